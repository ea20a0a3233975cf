"""Print a chapter's exercises as cells to paste: heading and task as text, the blank as code.

    python scripts/exercise_cells.py 3        the exercises of chapter 3
    python scripts/exercise_cells.py          a table of all

The bank in ``course_utils/learning/bank`` is the one source; a test compares the chapters with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course_utils.learning.bank import EXERCISES, PROJECT, number_of, of_chapter
from course_utils.learning.exercises import Exercise, Project, cell, heading


def cells(chapter: int) -> Iterator[tuple[str, str]]:
    """Each cell of a chapter's exercises as (type, source)."""
    for exercise in of_chapter(chapter):
        yield "markdown", f"{heading(exercise, number_of(exercise))}\n\n{exercise.task}"
        yield "code", cell(exercise)
    if chapter == PROJECT.chapter:
        number = len(of_chapter(chapter)) + 1
        yield "markdown", f"{heading(PROJECT, number)}\n\n{PROJECT.task}"
        yield "code", "from course_utils.widgets import ProjectDesk\n\nProjectDesk()"


def table() -> str:
    """All exercises as a table in Markdown."""
    rows = ["| chapter | name | title | difficulty | minutes | part | kind | misconceptions |"]
    rows.append("|" + "---|" * 8)
    all_of_them: list[Exercise | Project] = [*EXERCISES, PROJECT]
    for one in all_of_them:
        kind = one.kind if isinstance(one, Exercise) else "project"
        named = len(one.misconceptions) if isinstance(one, Exercise) else "–"
        part = "core" if one.core else "deeper"
        rows.append(
            f"| {one.chapter} | {one.name} | {one.title} | {one.difficulty} | {one.minutes}"
            f" | {part} | {kind} | {named} |"
        )
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="exercise_cells.py", description="A chapter's exercises.")
    parser.add_argument("chapter", nargs="?", type=int, choices=range(1, 7), help="1 to 6")
    chapter = parser.parse_args(arguments).chapter
    if chapter is None:
        print(table())
    else:
        for kind, source in cells(chapter):
            print(f"----- {kind}\n{source}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
