"""Readiness, predictions, the vocabulary table, and the score board's sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils.doctor import Finding
from course_utils.learning import VOCABULARY, ready, vocabulary_table
from course_utils.learning.cell_order import find_maker
from course_utils.learning.first_cell import Readiness
from course_utils.learning.prediction import Prediction
from course_utils.learning.verdict import (
    ABOUT,
    BETWEEN,
    NOT_ANSWERED,
    WORSE,
    crossing_sentence,
    prediction_verdict,
    verdict,
)

ROOT = Path(__file__).resolve().parents[2]


def test_ready_is_one_word_or_the_remedies(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert str(ready()) == "Ready."
    bad = Readiness((Finding("numpy", False, "isn't installed", "run it again"),))
    shown = bad._repr_mimebundle_()
    assert "run it again" in shown["text/html"] and "Ready" not in shown["text/plain"]


def test_the_first_cell_comes_in_time_to_choose_one_thread():
    code = (
        "import os, sys\n"
        "from course_utils.learning import ready\n"
        "assert 'numpy' not in sys.modules\n"
        "ready()\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'])\n"
    )
    kept = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    for chosen, expected in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=kept | chosen
        )
        assert done.stdout.strip() == expected, done.stderr


def run_in_order(folder, *cells: str) -> str:
    """All that a shell says when these cells are run in ``folder`` after the first cell."""
    code = (
        "import sys\n"
        "FIRST = 'import course_utils.learning.first_cell as f; f.explain_missing_names()'\n"
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        "s = S.instance()\n"
        "for cell in [FIRST, *sys.argv[1:]]:\n"
        "    s.run_cell(cell, store_history=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *cells], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")},
    )  # fmt: skip
    return done.stdout + done.stderr


def save_notebook(path, *cells: tuple[str, str]) -> None:
    content = {"cells": [{"cell_type": kind, "source": [source]} for kind, source in cells]}
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_missing_name_keeps_its_traceback_and_gets_one_sentence(tmp_path):
    said = run_in_order(tmp_path, "desk")
    assert "NameError" in said and "desk isn't known yet: an earlier cell makes it" in said
    said = run_in_order(tmp_path, "def f():\n    print(x)\n    x = 1\nf()")
    assert "UnboundLocalError" in said and "isn't known" not in said


def test_the_sentence_names_the_cell_that_makes_it(tmp_path):
    book = "from course_utils.widgets import Desk\n\ndesk = Desk()"
    save_notebook(
        tmp_path / "00.ipynb",
        ("code", "ready()"), ("markdown", "# Start\n\nText\n\n## The book\n\nText"),
        ("code", book), ("code", "WarmUp(desk)"), ("code", "dask"),
    )  # fmt: skip
    save_notebook(tmp_path / "01.ipynb", ("code", "desk = 5"), ("code", "other(desk)"))
    (tmp_path / "02.ipynb").write_text('{"cells": [')
    said = run_in_order(tmp_path, "desk", "WarmUp(desk)")
    assert "WarmUp isn't known, and no cell of this notebook makes it" in said
    said = run_in_order(tmp_path, "class WarmUp:\n    pass", "WarmUp(desk)")
    assert "desk isn't known yet: the cell under “The book” makes it" in said
    assert "'desk = Desk()'; run that cell first" in said
    said = run_in_order(tmp_path, "dask")
    assert "dask isn't known, and no cell of this notebook makes it" in said


@pytest.mark.parametrize(
    ("source", "name", "line"),
    [
        ("import numpy as np", "np", "import numpy as np"),
        ("import a.b", "a", "import a.b"),
        ("from a import (\n    b,\n    c,\n)", "c", "from a import ("),
        ("x, (y, z) = f()", "z", "x, (y, z) = f()"),
        ("1\nfor i in a:\n    k = i", "k", "k = i"),
        ("with a as b:\n    pass", "b", "with a as b:"),
        ("%matplotlib inline\n!ls\nq: int = 1", "q", "q: int = 1"),
        ("@d\ndef f():\n    x = 1", "f", "def f():"),
        ("class A:\n    y = 1", "A", "class A:"),
        ("(n := 3)", "n", "(n := 3)"),
        ("def f():\n    x = 1", "x", None),
        ("class A:\n    y = 1", "y", None),
        ("[v for v in a]", "v", None),
        ("print(w)", "w", None),
        ("x = = 1", "x", None),
    ],
)
def test_what_a_cell_makes(source, name, line):
    found = find_maker(name, [("code", source)])
    assert (found and found.line) == line


def test_a_prediction_is_kept():
    prediction = Prediction("?", ("a", "b"))
    assert prediction.answer == "not answered yet"
    prediction.choose(1)
    assert prediction.answer == "b"
    with pytest.raises(ValueError, match="0 to 1"):
        prediction.choose(2)


def test_the_vocabulary_table():
    table = vocabulary_table("loss", "batch")
    assert [row.term for row in table.rows] == ["loss", "batch"]
    assert vocabulary_table().rows == VOCABULARY
    assert table._repr_mimebundle_()["text/html"].count("<tr>") == 3
    two = vocabulary_table("loss", limits=False)._repr_mimebundle_()
    assert two["text/html"].count("<th") == 3 and table.rows[0].breaks not in two["text/plain"]
    assert table.rows[0].breaks in table._repr_mimebundle_()["text/plain"]
    with pytest.raises(ValueError, match="no term 'lesson'"):
        vocabulary_table("lesson")


def test_chapter_0_has_a_short_form_of_its_rows():
    terms = ("batch", "forward pass", "loss", "backpropagation", "optimizer step")
    short = vocabulary_table(*terms, brief=True)._repr_mimebundle_()["text/html"]
    assert "learning one answer can spoil another" in short
    for later in ("AdamW", "T tokens", "gradient", "second places"):
        assert later not in short
    with pytest.raises(ValueError, match="'epoch' has no short form"):
        vocabulary_table("epoch", brief=True)


@pytest.mark.parametrize(
    ("marks", "said", "unsaid"),
    [
        ((None, 1.0, 0.4, 5, None), NOT_ANSWERED, "luck"),
        ((0.9, 5.0, 0.4, 0, None), "learned nothing yet", "passed"),
        ((0.9, 0.6, 0.4, 90, 41), "passed you at step 41", "luck"),
        ((0.9, 1.4, 0.4, 90, None), "You beat the student", "luck"),
        ((0.9, 1.4, 0.4, 90, 41), "ahead again", "luck"),
        ((0.9, 0.9, 0.4, 90, None), "the same mark", "luck"),
        ((6.0, 4.0, 0.4, 90, 0), "ahead from the start", "passed"),
        ((0.9, 0.8, 0.4, 90, None), "below your mark, 0.80 against 0.90; it has yet", "ahead"),
        ((6.0, 4.0, 0.4, 5, None), "below your mark, 4.00 against 6.00; it has yet", "start"),
        ((0.3, 0.2, 0.4, 90, 41), "below the best possible 0.40, too", "don't"),
        ((0.9, 0.2, 0.4, 90, 41), "below the best possible 0.40: that", ", too"),
        (
            (0.3, 0.6, 0.4, 90, None),
            "below the best possible student's 0.40: that was luck",
            "pass",
        ),
        ((0.9, 0.3, 0.4, 90, 41), "the student is below the best possible 0.40", "beat"),
    ],
)
def test_the_sentence_fits_what_happened(marks, said, unsaid):
    sentence = verdict(*marks)
    assert said in sentence and unsaid not in sentence


def test_the_crossing_is_named_only_where_there_is_one():
    assert crossing_sentence(41, 41) == crossing_sentence(30, 41) == "step 41: it passed you"
    assert crossing_sentence(41, None) == "step 41: below your mark for the first time"
    assert crossing_sentence(0, 0) == "it was ahead from the start"
    assert crossing_sentence(0, None) == "it begins below your mark"
    assert crossing_sentence(None, None) == ""


@pytest.mark.parametrize(
    ("predicted", "learner", "student", "right", "said"),
    [
        (ABOUT, 0.9, 5.04, True, "random numbers"),
        (BETWEEN, 0.9, 5.04, False, "random numbers"),
        (WORSE, 0.9, 5.04, False, "random numbers"),
        (BETWEEN, 6.1, 5.04, False, "It did better than you (6.10)"),
        (BETWEEN, 0.9, 4.2, True, "4.20"),
        (BETWEEN, 4.5, 4.2, False, "It did better than you (4.50)"),
        (ABOUT, 6.1, 5.04, True, "It did better than you (6.10)"),
        (WORSE, 0.9, 5.6, True, "5.60"),
        (ABOUT, 0.9, 5.6, False, "5.60"),
        (WORSE, 0.9, 4.2, False, "4.20"),
    ],
)
def test_a_prediction_is_answered(predicted, learner, student, right, said):
    sentence = prediction_verdict(predicted, learner, student, 5.01)
    assert f"You predicted: {predicted}." in sentence and said in sentence
    assert ("So it was." in sentence) is right
    assert ("random numbers" in sentence) is (abs(student - 5.01) < 0.1)
