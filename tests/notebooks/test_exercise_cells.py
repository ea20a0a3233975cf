"""The chapters' exercises are those of the bank: heading, blank, check, once each, in order."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import exercise_cells
import nbformat
import pytest

from course_utils.learning.bank import PROJECT, number_of, of_chapter
from course_utils.learning.exercises import heading

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("0[1-9]_*.ipynb"))


def faults(notebook, chapter: int) -> list[str]:
    """What is wrong with a chapter's exercises; nothing is where there is no section for them."""
    markdown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if not any(re.search(r"^## Your turn", source, re.M) for source in markdown):
        return []
    found = []
    headings = re.findall(r"^### Exercise .*$", "\n".join(markdown), re.M)
    wanted = [heading(one, number_of(one)) for one in of_chapter(chapter)]
    if chapter == PROJECT.chapter:
        wanted.append(heading(PROJECT, len(wanted) + 1))
        if sum("ProjectDesk()" in source for source in code) != 1:
            found.append("ProjectDesk() must stand there once")
    if headings != wanted:
        found.append(f"the headings are {headings}, not {wanted}")
    for exercise in of_chapter(chapter):
        blanks = sum(source.count(exercise.blank.strip()) for source in code)
        checks = sum(
            len(re.findall(rf"^check\({exercise.name}\)$", source, re.M)) for source in code
        )
        if blanks != 1:
            found.append(f"the blank of {exercise.name} stands there {blanks} times, not once")
        if checks != 1:
            found.append(f"check({exercise.name}) stands there {checks} times, not once")
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_chapters_exercises_are_those_of_the_bank(path):
    assert faults(nbformat.read(path, as_version=4), int(path.stem[:2])) == []


def small(chapter: int):
    """A notebook with nothing but a chapter's exercises."""
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("## Your turn (9 minutes)")]
    for kind, source in exercise_cells.cells(chapter):
        make = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
        cells.append(make(source))
    return v4.new_notebook(cells=cells)


@pytest.mark.parametrize("chapter", range(1, 7))
def test_what_the_script_prints_is_right_and_a_change_is_seen(chapter, capsys):
    assert faults(small(chapter), chapter) == []
    for change, said in [
        (lambda n: n.cells.pop(2), "0 times, not once"),
        (lambda n: n.cells.append(n.cells[2]), "2 times, not once"),
        (lambda n: n.cells[2].update(source=n.cells[2].source.replace("(", "(x, ", 1)), "blank"),
        (lambda n: n.cells[1].update(source=n.cells[1].source.replace("minutes", "hours", 1)), "h"),
        (lambda n: n.cells.insert(1, n.cells.pop(3)), "the headings are"),
    ]:
        notebook = small(chapter)
        change(notebook)
        assert any(said in fault for fault in faults(notebook, chapter))
    assert exercise_cells.main([str(chapter)]) == 0
    assert f"### Exercise {chapter}.1" in capsys.readouterr().out


def test_the_table_names_all(capsys):
    assert exercise_cells.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + 26 and "| 2 | softmax |" in "\n".join(lines)
    assert "exercise_cells" in sys.modules
