"""The course for nbgrader: what is graded can't be pasted, known submissions score as expected."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_utils.learning.bank import BY_NAME, EXERCISES, of_chapter
from course_utils.learning.graded import judged
from course_utils.learning.solutions import SOLUTIONS, WRONG
from course_utils.learning.solutions.graded import BY_EXERCISE, GRADED
from course_utils.teaching import __main__ as command
from course_utils.teaching.nbgrader_course import BEGIN, END, code, graded_source, release, variants
from tests.class_tools import class_python

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "01_batch_as_test"
# Long enough for any cell of the chapter, also on a busy machine; the loop waits so long.
LOOP_SECONDS = 12
each = pytest.mark.parametrize("one", GRADED, ids=lambda one: one.name)


def solved(name: str) -> str:
    """A cell with a solution, as a student would write it."""
    return f"import math\n\nimport numpy as np\n\n\n{inspect.getsource(BY_EXERCISE[name].solution)}"


# What is graded -------------------------------------------------------------------------------


def test_every_exercise_is_graded_and_none_by_what_the_package_shows():
    assert [one.exercise for one in GRADED] == [exercise.name for exercise in EXERCISES]
    assert len({one.name for one in GRADED}) == len(GRADED)
    direct = {one.name for one in GRADED if one.name in BY_NAME}
    assert direct == {"make_questions", "mask_word", "best_rate"}
    assert all(BY_NAME[name].shown is None for name in direct)
    for one in GRADED:
        assert (one.pasted is None) == (one.name in direct)
        assert bool(one.task and one.blank and one.shown) == (one.name not in direct)
        assert f"def {one.name}(" in (one.blank or BY_NAME[one.name].blank)


def run(one, function) -> None:
    """Run a graded cell with a function; raises `AssertionError` as nbgrader would see it."""
    exec(graded_source(one, 1), {one.name: function})


def hidden_alone(one) -> str:
    """A graded cell's source without its shown cases."""
    source = graded_source(one, 1)
    imports = source[: source.index("graded_")]
    return imports + source[source.index(BEGIN) : source.index(END)]


@each
def test_the_solution_passes_and_the_packages_own_does_not(one):
    run(one, one.solution)
    blank: dict = {}
    exec(one.blank or BY_NAME[one.name].blank, blank)
    with pytest.raises(AssertionError, match="Not"):
        run(one, blank[one.name])
    if one.pasted is not None:
        with pytest.raises(AssertionError, match="Not yet"):
            run(one, one.pasted)
        with pytest.raises(AssertionError, match="Not yet"):
            exec(hidden_alone(one), {one.name: one.pasted})


@each
def test_the_hidden_cases_catch_who_only_knows_the_shown_ones(one):
    known = [
        (repr(given), right)
        for given, right in (
            one.answers(hidden=False)
            or [(c, BY_NAME[one.name].right(n)) for n, c in enumerate(BY_NAME[one.name].cases)]
        )
    ]

    def by_heart(*arguments):
        return next((right for given, right in known if given == repr(arguments)), 0)

    if one.facts is None:
        answer = judged(one.name, by_heart, one.answers(hidden=True))
        assert answer.outcome == "not yet"
        shown = one.answers(hidden=False)
        assert judged(one.name, by_heart, shown).outcome == "passed"
    # No hidden case is also shown.
    listed = {repr(case) for case in (one.shown or BY_NAME[one.name].cases)}
    assert one.facts or not listed & {repr(case) for case in one.hidden}


@pytest.mark.parametrize("name", ["make_questions", "mask_word", "best_rate"])
def test_a_misconception_fails_the_graded_cell_with_its_reason(name):
    for misconception in BY_NAME[name].misconceptions:
        with pytest.raises(AssertionError, match=re.escape(misconception.reason)):
            run(BY_EXERCISE[name], misconception.wrong)


def test_values_are_written_as_python():
    imports: set[str] = set()
    for value in (None, True, -3, 0.1, "it's", [1, 2.5], (1,), {"a": [0]}):
        assert eval(code(value, imports)) == value
    assert np.isnan(eval(code(float("nan"), imports))) and eval(code(-np.inf, imports)) == -np.inf
    made = eval(code(np.random.default_rng(7), imports), {"np": np})
    assert made.random() == np.random.default_rng(7).random()
    array = np.array([[1, 2]])
    assert np.array_equal(eval(code(array, imports), {"np": np}), array) and not imports
    with pytest.raises(TypeError, match="can't be written"):
        code(object(), imports)


# The course's folder --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "course"
    assert command.main(["course", str(folder)]) == 0
    return folder


def cells(path: Path) -> list:
    return nbformat.read(path, as_version=4).cells


def test_the_chapters_are_marked_for_nbgrader(course):
    paths = sorted(course.glob("source/*/*.ipynb"))
    assert [path.stem for path in paths] == [p.stem for p in sorted(ROOT.glob("notebooks/0*"))]
    assert all(path.parent.name == path.stem for path in paths)
    for chapter, path in enumerate(paths):
        nbformat.validate(nbformat.read(path, as_version=4))
        marks = [c.metadata["nbgrader"] for c in cells(path) if "nbgrader" in c.metadata]
        assert len({mark.grade_id for mark in marks}) == len(marks)
        tests = [mark for mark in marks if mark.grade]
        assert [mark.grade_id for mark in tests] == [
            f"{BY_EXERCISE[exercise.name].name}-test" for exercise in of_chapter(chapter)
        ]
        assert [mark.points for mark in tests] == [e.difficulty for e in of_chapter(chapter)]
        assert all(mark.locked and not mark.solution for mark in tests)
        assert sum(mark.solution for mark in marks) == len(tests)
        assert not any(mark.locked or mark.grade for mark in marks if mark.solution)
        assert not any(c.get("outputs") for c in cells(path))
        for link in re.findall(r"\]\(([^)#]+\.ipynb)", "\n".join(c.source for c in cells(path))):
            assert (path.parent / link).exists()


def bodies(source: str) -> set[str]:
    """What the functions of some source do, their names and documentation aside."""
    return {
        "\n".join(ast.unparse(part) for part in node.body)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def test_no_solution_is_handed_out(course):
    handed_out: set[str] = set()
    for path in course.glob("source/*/*.ipynb"):
        for cell in cells(path):
            if cell.cell_type == "code":
                handed_out |= bodies(cell.source)
    assert len(handed_out) > 15  # many blanks are alike
    written = [*SOLUTIONS.values(), *(one.solution for one in GRADED)]
    for function in written:
        assert not bodies(inspect.getsource(function)) & handed_out


def test_what_is_not_ours_is_left_alone(course, tmp_path, capsys, monkeypatch):
    (course / "gradebook.db").write_bytes(b"marks")
    assert command.main(["course", str(course)]) == 0  # once more
    assert (course / "gradebook.db").read_bytes() == b"marks"
    (course / "gradebook.db").unlink()
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    assert command.main(["course", str(tmp_path)]) == 2
    assert "choose a new folder" in capsys.readouterr().err
    notebook = json.loads((ROOT / "notebooks" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    kept = [c for c in notebook["cells"] if "def mask_word" not in "".join(c["source"])]
    with pytest.raises(ValueError, match="no cell for mask_word"):
        release({**notebook, "cells": kept}, 1, variants())


# Five submissions -----------------------------------------------------------------------------

FOR_SCORES = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as gb:
    found = {
        s.student.id: {g.cell.name: g.score for n in s.notebooks for g in n.grades}
        for s in gb.assignment_submissions(sys.argv[1])
    }
print(json.dumps(found))
"""
ENDLESS = "    while True:\n        pass\n"
LAST_NOT_ASKED = """\
def make_questions(words):
    return [(words[:i], words[i]) for i in range(1, len(words) - 1)]
"""
# For each graded cell what is expected of it; the points are 1, 1, 2 and 2.
EXPECTED = {
    "all right": (1, 1, 2, 2),
    "untouched": (0, 0, 0, 0),
    "one misconception": (0, 1, 2, 2),
    "endless loops": (1, 0, 0, 2),
    "deleted cells": (1, 0, 2, 0),
}
NAMES = ("make_questions", "mask_word", "count_with_context", "key_backwards")


def submissions(released: dict) -> dict[str, dict]:
    """A chapter as five students hand it in."""
    right = {BY_EXERCISE[e.name].name: solved(e.name) for e in of_chapter(1)}
    endless = {
        "mask_word": f"def mask_word(words, position):\n{ENDLESS}",  # in the function
        "count_with_context": "while True:\n    pass",  # in the cell itself
    }
    answers = {
        "all right": right,
        "untouched": {},
        "one misconception": {**right, "make_questions": LAST_NOT_ASKED},
        "endless loops": {**right, **endless},
        "deleted cells": right,
    }
    made = {}
    for student, sources in answers.items():
        notebook = copy.deepcopy(released)
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = sources.get(grade_id, cell["source"])
        if student != "all right":  # the others took only the exercises out of the chapter
            notebook["cells"] = [c for c in notebook["cells"] if "nbgrader" in c["metadata"]]
        if student == "deleted cells":  # a graded one, and one that is needed by another
            notebook["cells"] = [
                cell
                for cell in notebook["cells"]
                if cell["metadata"].get("nbgrader", {}).get("grade_id")
                not in ("key_backwards-test", "mask_word")
            ]
        made[student] = notebook
    return made


@pytest.mark.class_tools
def test_five_submissions_of_known_merit_score_exactly_that(course):
    python = class_python()
    assert python is not None
    # nbgrader calls a command beside its own (alembic) by name.
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}

    def tool(*arguments: object) -> str:
        done = subprocess.run(
            [str(argument) for argument in arguments],
            cwd=course, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    nbgrader = python.with_name("nbgrader")
    tool(nbgrader, "generate_assignment", CHAPTER)
    released = course / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    text = released.read_text(encoding="utf-8")
    assert "HIDDEN" not in text and "graded_answer" in text
    for exercise in of_chapter(1):
        assert any(exercise.blank.strip() in cell.source for cell in cells(released))
    for student, notebook in submissions(json.loads(text)).items():
        folder = course / "submitted" / student / CHAPTER
        folder.mkdir(parents=True)
        (folder / released.name).write_text(json.dumps(notebook), encoding="utf-8")
    tool(nbgrader, "autograde", CHAPTER, f"--Execute.timeout={LOOP_SECONDS}")
    scores = json.loads(tool(python, "-c", FOR_SCORES, CHAPTER))
    found = {
        student: tuple(grades[f"{name}-test"] for name in NAMES)
        for student, grades in scores.items()
    }
    print(f"{'submission':20}{'expected':>10}{'got':>6}   points {NAMES}")
    for student, points in EXPECTED.items():
        print(f"{student:20}{sum(points):>10}{sum(found[student]):>6g}   {found[student]}")
    assert found == EXPECTED
    # A student's page says which case failed, and why.
    tool(nbgrader, "generate_feedback", CHAPTER, "--student", "one misconception")
    page = course / "feedback" / "one misconception" / CHAPTER / f"{CHAPTER}.html"
    reason = next(iter(WRONG["make_questions"]))
    assert reason == "the last word isn't asked"
    assert "The last word is never asked" in page.read_text(encoding="utf-8")


# The guide ------------------------------------------------------------------------------------


def test_the_guide_says_what_is_graded(course):
    text = (ROOT / "teaching" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([\w/.]+)` \| `(\w+)`", text, re.M)
    told = {exercise: name for exercise, _, name in rows}
    assert told == {one.exercise: one.name for one in GRADED if one.pasted}
    for exercise, home, _ in rows:
        assert (ROOT / "course_utils" / home).is_file()
        shown = BY_NAME[exercise].shown
        assert shown is None or shown.__module__ == f"course_utils.{home[:-3]}".replace("/", ".")
    assert f"For {len(rows)} of the {len(GRADED)} exercises" in text
    points = [exercise.difficulty for exercise in EXERCISES]
    chapter = sum(exercise.difficulty for exercise in of_chapter(1))
    assert f"{sum(points)} in all, {chapter} of them in chapter 1" in text
