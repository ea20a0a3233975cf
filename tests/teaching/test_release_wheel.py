"""The wheel for students: no solution is in it, and everything works without them."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course_utils.learning.bank import BY_NAME, EXERCISES
from course_utils.learning.exercises import NOT_YET, PASSED, equal, judge, wrong_answer
from course_utils.learning.recorded import read, record, without_solution
from course_utils.learning.solutions import SOLUTIONS, WRONG
from course_utils.learning.solutions.graded import GRADED
from course_utils.teaching import __main__ as command
from tests.class_tools import class_python
from tests.teaching.test_nbgrader_course import bodies

ROOT = Path(__file__).resolve().parents[2]


def test_each_exercise_has_its_solution_and_its_wrong_answers():
    assert SOLUTIONS.keys() == BY_NAME.keys() == WRONG.keys()
    for exercise in EXERCISES:
        assert {m.name for m in exercise.misconceptions} == WRONG[exercise.name].keys()


def test_what_is_recorded_is_what_the_functions_answer():
    recorded = read(record(EXERCISES))
    assert recorded.keys() == BY_NAME.keys()
    for exercise in EXERCISES:
        released = without_solution(exercise, recorded[exercise.name])
        assert released.solution is None and not any(m.wrong for m in released.misconceptions)
        for number in range(len(exercise.cases)):
            assert equal(released.right(number), exercise.right(number), within=1e-12)
            for misconception in exercise.misconceptions * (exercise.facts is None):
                then = wrong_answer(released, misconception, number)
                now = wrong_answer(exercise, misconception, number)
                assert then.kind == now.kind
                assert repr(then.value) == repr(now.value) or equal(
                    then.value, now.value, nan=True, within=1e-12
                )


def test_a_recorded_answer_that_is_wrong_is_seen():
    exercise = BY_NAME["sgd_step"]
    recorded = read(record([exercise]))["sgd_step"]
    released = without_solution(exercise, recorded)
    assert judge(released, SOLUTIONS["sgd_step"]).outcome == PASSED
    off = tuple(np.asarray(value) + 0.001 for value in recorded.right)
    spoilt = without_solution(exercise, replace(recorded, right=off))
    assert judge(spoilt, SOLUTIONS["sgd_step"]).outcome == NOT_YET


def test_what_cannot_be_recorded_says_so():
    exercise = replace(BY_NAME["sgd_step"], solution=lambda *_: {1, 2}, misconceptions=())
    with pytest.raises(TypeError, match="of type set"):
        record([exercise])


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel, built and unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [str(class_python()), "-m", "course_utils.teaching", "wheel", str(folder / "built")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = (folder / "built").glob("decoding_llm_training-*-none-any.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.class_tools
def test_no_solution_is_in_the_wheel(installed):
    assert not (installed / "course_utils" / "learning" / "solutions").exists()
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in installed.rglob("*")
        if path.suffix in (".py", ".json") or path.name == "METADATA"
    }
    assert len(texts) > 150
    there = set().union(*(bodies(text) for path, text in texts.items() if path.suffix == ".py"))
    wrong = [wrong for answers in WRONG.values() for wrong in answers.values()]
    functions = [*SOLUTIONS.values(), *(one.solution for one in GRADED), *wrong]
    for function in functions:
        source = inspect.getsource(function).strip()
        assert not any(source in text for text in texts.values()), source
    # The package's own code for the same, and no solution else, is word for word one of them.
    same = {f.__name__ for f in functions[: -len(wrong)] if bodies(inspect.getsource(f)) & there}
    assert same == {"sgd_step"}


WITHOUT = """
import importlib, inspect, json, pkgutil, sys, warnings
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
here, kept = map(Path, sys.argv[1:])
import course_utils
assert Path(course_utils.__file__).is_relative_to(here), course_utils.__file__
for module in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from course_utils.learning.bank import EXERCISES, BY_NAME
from course_utils.learning.exercises import judge
from course_utils.widgets import check, solution
solutions, wrong = {}, {}
for path in sorted(kept.glob("chapter_*.py")):  # the teacher's copy, read as a stranger's file
    spec = spec_from_file_location("kept_" + path.stem, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    wrong.update(module.WRONG)
    solutions.update({name: getattr(module, name) for name in module.WRONG})
found = {}
for exercise in EXERCISES:
    blank = {}
    exec(exercise.blank, blank)
    found[exercise.name] = [
        judge(exercise, solutions[exercise.name]).outcome,
        judge(exercise, blank[exercise.name]).outcome,
        [m.name for m in exercise.misconceptions
         if judge(exercise, wrong[exercise.name][m.name]).misconception != m.name],
    ]
from course_utils.learning.my_functions import mine
from course_utils.teaching.__main__ import main
from course_utils.training.table_student import PARTS
import numpy as np
try:
    mine("rank")(np.zeros(2), 0)
    lent = ""
except ValueError as error:
    lent = str(error)
print(json.dumps({
    "found": found,
    "solutions": {name: str(solution(name)) for name in BY_NAME},
    "page": check(solutions["best_rate"]).still(),
    "borrowed": all(mine(name) is PARTS[name] for name in PARTS),
    "lent": lent,
    "commands": [main(["course", "out"]), main(["wheel", "out"])],
}))
"""


@pytest.mark.class_tools
def test_the_course_works_without_its_solutions(installed, tmp_path):
    variables = {
        **os.environ, "PYTHONPATH": str(installed), "COURSE_PROGRESS": str(tmp_path / "p.json"),
    }  # fmt: skip
    kept = ROOT / "course_utils" / "learning" / "solutions"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(installed), str(kept)],
        cwd=tmp_path, env=variables, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["found"] == {e.name: ["passed", "not started", []] for e in EXERCISES}
    for name, sentence in said["solutions"].items():
        assert sentence == f"Your teacher keeps the solution of {name}; ask there, or take a hint."
    assert "Your teacher keeps the solution of best_rate" in said["page"]
    assert said["borrowed"] and "The teacher keeps the course's own rank" in said["lent"]
    assert said["commands"] == [2, 2] and done.stderr.count("in the repository") == 2


def test_a_folder_that_is_a_file_gets_one_sentence(tmp_path, capsys):
    (tmp_path / "out").write_text("", encoding="utf-8")
    assert command.main(["wheel", str(tmp_path / "out")]) == 2
    assert "is a file" in capsys.readouterr().err
