"""`python -m course_utils.teaching course OUT`: the chapters as a course for nbgrader.

nbgrader's own commands do the rest. The release's cells hold no solution: a chapter's blanks stay
as they are, and below each stands a locked cell that asserts on what `judged` says.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import sys
import textwrap
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from course_utils.learning.bank import BY_NAME, of_chapter
from course_utils.learning.exercises import CLOSE, Exercise
from course_utils.student.files import write_atomically
from course_utils.teaching.command import CommandError, Parser

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
MARK = "# Made by `python -m course_utils.teaching course`; made anew by the same command."
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
ASSERTION = 'assert graded_answer.outcome == "passed", graded_answer.said'
TIMEOUT = 30  # seconds for one cell
FOLDED = "jp-MarkdownHeadingCollapsed"
CONFIG = f"""\
{MARK}
import os
import tempfile

from nbgrader.preprocessors import (
    CheckCellMetadata, ClearHiddenTests, ClearMarkScheme, ClearOutput, ComputeChecksums,
    IncludeHeaderFooter, LockCells, SaveCells,
)

c = get_config()
c.CourseDirectory.course_id = "decoding_llm_training"
# Seconds for one cell; a loop without an end in a student's cell is stopped after them.
c.Execute.timeout = {TIMEOUT}
# A chapter's blanks are what students find: there is no solution to be cleared away.
c.GenerateAssignment.preprocessors = [
    IncludeHeaderFooter, LockCells, ClearOutput, CheckCellMetadata, ComputeChecksums, SaveCells,
    ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata,
]
# What students' notebooks write down while they are graded isn't your own progress.
os.environ["COURSE_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "progress.json")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""

Notebook = dict[str, Any]


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching course",
        description="An nbgrader course: a source folder for each chapter, and nbgrader_config.py.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("out", help="the course's folder, new or made by this command before")
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Write the course; 0 when done. Raises `CommandError` with a sentence."""
    screen = sys.stdout if out is None else out
    folder = Path(parser().parse_args(given).out)
    chapters = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    graded = variants()
    if not chapters:
        raise CommandError(f"There are no chapters in {NOTEBOOKS}; run this in the repository.")
    config = folder / "nbgrader_config.py"
    if folder.exists() and not _ours(folder, config):
        raise CommandError(f"{folder} holds something else than this course; choose a new folder.")
    cells = points = 0
    for path in chapters:
        notebook = release(json.loads(path.read_text(encoding="utf-8")), int(path.name[:2]), graded)
        target = folder / "source" / path.stem / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        worth = [grade_points(cell) for cell in notebook["cells"] if grade_points(cell)]
        cells, points = cells + len(worth), points + sum(worth)
    _write(config, CONFIG)
    print(
        f"{folder}: {len(chapters)} chapters, {cells} graded cells, {points} points.\n"
        f"Next, in that folder: nbgrader generate_assignment {chapters[1].stem}",
        file=screen,
    )
    return 0


def variants() -> dict[str, Any]:
    """What is graded, by the exercise's name. Raises `CommandError` where the teacher keeps it."""
    try:
        found: dict[str, Any] = import_module("course_utils.learning.solutions.graded").BY_EXERCISE
    except ModuleNotFoundError:
        raise CommandError(
            "This copy of the course has no solutions; run the command in the repository."
        ) from None
    return found


def _ours(folder: Path, config: Path) -> bool:
    if not folder.is_dir():
        return False
    if config.is_file():
        return config.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    return not any(folder.iterdir())


def _write(path: Path, text: str) -> None:
    def fill(file: Path) -> None:
        file.write_text(text, encoding="utf-8", newline="\n")

    write_atomically(path, fill)


def release(notebook: Notebook, chapter: int, graded: dict[str, Any]) -> Notebook:
    """A chapter for nbgrader: no outputs, its exercises' cells marked, a graded cell below each.

    Raises `ValueError` if an exercise has no cell of its own.
    """
    cells: list[dict[str, Any]] = []
    missing = {exercise.name for exercise in of_chapter(chapter)}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        # Chapters lie in folders of their own here.
        source = re.sub(r"\]\((\d\d_\w+)\.ipynb", r"](../\1/\1.ipynb", source)
        cell = {**cell, "source": source, "metadata": dict(cell.get("metadata", {}))}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        elif re.match(r"### (Exercise|Deeper exercises)", source):
            cell["metadata"].pop(FOLDED, None)  # what is graded lies open
        cells.append(cell)
        for exercise in of_chapter(chapter):
            if cell["cell_type"] == "code" and exercise.blank.strip() in source:
                missing.discard(exercise.name)
                cells += _graded_cells(cell, exercise, graded[exercise.name])
    if missing:
        raise ValueError(f"Chapter {chapter} has no cell for {', '.join(sorted(missing))}.")
    return {**notebook, "cells": cells}


def _graded_cells(cell: dict[str, Any], exercise: Exercise, one: Any) -> list[dict[str, Any]]:
    """Mark the exercise's own cell if it is graded; what is laid below it."""
    below: list[dict[str, Any]] = []
    points = exercise.difficulty
    if one.name == exercise.name:
        cell["metadata"]["nbgrader"] = _metadata(one.name, solution=True)
    else:
        worth = f"{points} point{'' if points == 1 else 's'}"
        task = f"#### Graded: {one.name} ({worth})\n\n{one.task}"
        below.append(_cell("markdown", f"{one.name}-task", task, locked=True))
        below.append(_cell("code", one.name, one.blank.strip(), solution=True))
    test = graded_source(one, points)
    below.append(_cell("code", f"{one.name}-test", test, locked=True, grade=True, points=points))
    return below


def _cell(kind: str, name: str, source: str, **marks: Any) -> dict[str, Any]:
    made = {
        "cell_type": kind, "id": name.replace("_", "-"),
        "metadata": {"nbgrader": _metadata(name, **marks)}, "source": source,
    }  # fmt: skip
    return {**made, "outputs": [], "execution_count": None} if kind == "code" else made


def _metadata(name: str, **marks: Any) -> dict[str, Any]:
    plain = {"grade": False, "locked": False, "solution": False, "task": False}
    return {"grade_id": name, "schema_version": 3, **plain, **marks}


def grade_points(cell: dict[str, Any]) -> int:
    """How many points a cell is worth; 0 if it isn't graded."""
    return int(cell["metadata"].get("nbgrader", {}).get("points", 0))


def graded_source(one: Any, points: int) -> str:
    """The source of a graded cell: shown cases, then the hidden ones between nbgrader's marks."""
    own = one.name in BY_NAME
    more = ""
    imports: set[str] = set()
    if one.facts:
        imports.add(one.facts.__name__)
        more = f", facts={one.facts.__name__}"
    if one.close != CLOSE:
        more += f", close={one.close}"
    shown = "" if own else _listed(one.answers(hidden=False), imports)
    hidden = _listed(one.answers(hidden=True), imports)
    asked = f'judged("{one.name}", {one.name}'
    lines = ["import numpy as np\n"]
    if imports:
        lines.append(
            f"from course_utils.learning.case_functions import {', '.join(sorted(imports))}"
        )
    return "\n".join(
        [
            f"# Worth {points}. What is altered in this cell is put back before it is graded.",
            *lines,
            "from course_utils.learning.graded import judged",
            "",
            *([f"graded_cases = {shown}"] if shown else []),
            f"graded_answer = {asked}{', graded_cases' if shown else ''}{more})",
            ASSERTION,
            BEGIN,
            f"graded_cases = {hidden}",
            f"graded_answer = {asked}, graded_cases{more})",
            ASSERTION,
            END,
        ]
    )


def _listed(cases: list[tuple[tuple[Any, ...], Any]], imports: set[str]) -> str:
    parts = [f"({code(given, imports)}, {code(right, imports)})," for given, right in cases]
    return "[  # arguments, and what is right\n" + textwrap.indent("\n".join(parts), "    ") + "\n]"


def code(value: Any, imports: set[str]) -> str:
    """Python that makes this value; functions that it needs are added to ``imports``.

    Raises `TypeError` for a value of another kind.
    """
    inner: Callable[[Any], str] = functools.partial(code, imports=imports)
    if isinstance(value, np.ndarray):
        return f"np.array({inner(value.tolist())})"
    if isinstance(value, np.generic):
        return inner(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(inner, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(inner, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inner(key)}: {inner(part)}' for key, part in value.items())}}}"
    if isinstance(value, np.random.Generator):
        seed = getattr(value.bit_generator.seed_seq, "entropy", None)
        return f"np.random.default_rng({seed})"
    if isinstance(value, types.FunctionType) and value.__module__.endswith("case_functions"):
        imports.add(value.__name__)
        return value.__name__
    raise TypeError(f"A value of type {type(value).__name__} can't be written into a graded cell.")
