"""The learner's own file: kept, read, borrowed where it fails, and never in the way."""

from __future__ import annotations

import importlib.util
import linecache
import os
from pathlib import Path

import numpy as np
import pytest

from course_utils.learning import my_functions
from course_utils.learning.bank import BY_NAME
from course_utils.learning.my_functions import default_path, keep, mine, part, whose

STEP = BY_NAME["sgd_step"].solution


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "my_course" / "my_functions.py"


@pytest.fixture
def written(tmp_path):
    """A notebook's functions: the source is run, and inspect can find it."""
    count = iter(range(99))

    def write(source: str) -> dict:
        name = f"<cell {next(count)} of {tmp_path.name}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        names: dict = {"np": np, "__name__": "__main__"}
        exec(compile(source, name, "exec"), names)
        return names

    return write


def imported(file: Path):
    """The file as anybody's Python would read it."""
    spec = importlib.util.spec_from_file_location("theirs", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_passed_is_kept_and_used(file, written):
    own = written("def sgd_step(weights, gradient, rate):\n    return weights - gradient * rate\n")
    assert mine("sgd_step", file) is STEP and not file.exists()
    assert keep(own["sgd_step"], file) == file
    function = mine("sgd_step", file)
    assert function is not STEP and function(3.0, 2.0, 0.5) == 2.0
    assert imported(file).sgd_step(3.0, 2.0, 0.5) == 2.0
    line = whose("sgd_step", "softmax", path=file)
    assert line == "Yours: sgd_step. Borrowed from the course: softmax." and "\n" not in line
    assert "Yours: sgd_step." in whose(path=file) and "adamw_step" in whose(path=file)


def test_kept_again_it_is_replaced_and_the_rest_stays(file, written):
    for source in (
        "def rank(logits, target):\n    return sum(x >= logits[target] for x in logits)\n",
        "def sgd_step(w, g, r):\n    return w - r * g\n",
    ):
        own = written(source)
        keep(next(own[name] for name in ("rank", "sgd_step") if name in own), file)
    with file.open("a", encoding="utf-8") as text:
        text.write("\n\ndef my_note():\n    return 'mine — schön'\n")
    keep(
        written("def rank(logits, target):\n    return int((logits >= logits[target]).sum())\n")[
            "rank"
        ],
        file,
    )
    text = file.read_text(encoding="utf-8")
    assert text.count("def rank") == 1 and "int((logits" in text
    assert text.count("def sgd_step") == 1 and text.count("mine — schön") == 1
    assert whose("rank", "sgd_step", path=file).startswith("Yours: rank, sgd_step.")
    assert text.startswith('"""My own parts') and imported(file).my_note().startswith("mine")


def test_helpers_numbers_and_imports_come_along(file, written):
    own = written(
        "import math as m\nfrom collections import deque\nRATE = 2\n\n"
        "def twice(x):\n    return RATE * x\n\n"
        "def step_size(rate):\n    return twice(rate) / 2\n\n"
        "def sgd_step(weights, gradient, rate):\n"
        "    deque([m.pi, max(1, 2)])\n"
        "    return weights - step_size(rate) * gradient\n"
    )
    keep(own["sgd_step"], file)
    text = file.read_text(encoding="utf-8")
    assert text.index("def twice") < text.index("def sgd_step")
    assert "import math as m" in text and "from collections import deque as deque" in text
    assert part("sgd_step", file).own and imported(file).sgd_step(3.0, 2.0, 0.5) == 2.0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def sgd_step(w, g, r):\n    return w + r * g\n", "doesn't pass yet"),
        ("table = np.zeros(3)\ndef sgd_step(w, g, r):\n    table\n    return w - r * g\n", "table"),
        (
            "def outer():\n    one = 1\n    def sgd_step(w, g, r):\n"
            "        return w - one * r * g\n"
            "    return sgd_step\nsgd_step = outer()\n",
            "a function around it",
        ),
    ],
)
def test_what_cannot_be_kept_says_why(source, said, file, written):
    with pytest.raises(ValueError, match=said):
        keep(written(source)["sgd_step"], file)
    assert not file.exists()


def test_without_source_or_place_there_is_one_sentence(file, written, tmp_path):
    names: dict = {}
    exec("def sgd_step(w, g, r):\n    return w - r * g\n", names)
    with pytest.raises(ValueError, match="run the cell"):
        keep(names["sgd_step"], file)
    with pytest.raises(ValueError, match="the course's own"):
        keep(STEP, file)
    own = written("def sgd_step(w, g, r):\n    return w - r * g\n")["sgd_step"]
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(ValueError, match="can't be written"):
        keep(own, tmp_path / "taken" / "my_functions.py")
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="isn't a text file"):
        keep(own, file)
    assert file.read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def sgd_step(w, g, r:\n    return w\n", "can't be read as Python (line 1"),
        ("import no_such_module\n", "can't be run (ModuleNotFoundError"),
        ("1 / 0\n", "can't be run (ZeroDivisionError"),
        ("raise SystemExit\n", "can't be run (SystemExit"),
        ("while True:\n    pass\n", "doesn't come to an end"),
        ("def sgd_step(w, g, r):\n    return w + r * g\n", "doesn't pass its exercise any more"),
        ("def sgd_step(w, g, r):\n    while True: pass\n", "doesn't pass its exercise any more"),
        ("#" * 1_000_001, "is larger than"),
        ("\0", "my_functions.py can't be"),
        ("sgd_step = 3\n", ""),
        ("", ""),
    ],
)
def test_a_broken_file_costs_one_sentence_and_the_part_is_borrowed(text, said, file, capsys):
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    found = part("sgd_step", file)
    assert not found.own and found.function is STEP
    assert said in found.trouble and bool(said) == bool(found.trouble)
    assert found.trouble.count(". ") == 0 and "\n" not in found.trouble
    line = whose("sgd_step", "softmax", path=file)
    assert line.startswith("Yours: none. Borrowed from the course: sgd_step, softmax.")
    assert line.count("borrowed;") <= 1, "said once, not for each part"
    assert capsys.readouterr().out == ""
    assert file.read_text(encoding="utf-8") == text


def test_a_quick_edit_is_seen_and_nothing_is_left_beside_it(file):
    file.parent.mkdir()
    file.write_text("def sgd_step(w, g, r):\n    return w - r * g\n", encoding="utf-8")
    stamp = file.stat()
    assert part("sgd_step", file).own
    file.write_text("def sgd_step(w, g, r):\n    return w + r * g\n", encoding="utf-8")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert not part("sgd_step", file).own
    assert [one.name for one in file.parent.iterdir()] == ["my_functions.py"]


def test_a_file_that_the_learner_wrote_alone_is_used_too(file):
    file.parent.mkdir()
    file.write_text("def sgd_step(w, g, r):\n    return w - r * g\nprint('hi')\n", encoding="utf-8")
    assert part("sgd_step", file).own


def test_the_place(monkeypatch, tmp_path):
    monkeypatch.delenv(my_functions.VARIABLE, raising=False)
    assert default_path(tmp_path) == tmp_path / "my_course" / "my_functions.py"
    inside = tmp_path / "my_course"
    assert default_path(inside) == inside / "my_functions.py"
    monkeypatch.setenv(my_functions.VARIABLE, str(tmp_path / "x.py"))
    assert default_path(tmp_path) == tmp_path / "x.py"
    with pytest.raises(ValueError, match="did you mean softmax"):
        mine("sofmax")
