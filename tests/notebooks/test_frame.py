"""Every chapter has the same frame, its minutes add up, and its cells are small."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("0[1-9]_*.ipynb"))
HEADING = re.compile(
    r"^## (?P<name>[^(\n]+?)(?: \((?P<deeper>deeper, )?(?P<minutes>\d+) minutes?\))?\s*$", re.M
)
DEEPER_PART = re.compile(r"^### ([^(\n]+?) \(deeper, ", re.M)  # an exercise, or the heading above
FRAME = [
    "Where we are",
    "The analogy",
    "Predict",
    "Watch it",
    "Turn the knobs",
    "Look inside",
    "Your turn",
    "Where the analogy breaks",
    "In a real LLM",
    "Check yourself",
    "In three lines",
]
LATER = {"Your turn", "Check yourself"}  # exercises and quizzes
DEEPER = {"Look inside", "In a real LLM"}
CORE_MINUTES = (20, 45)
MEDIAN_LINES, MOST_LINES = 5, 15
WALL = 8  # lines of about 100 characters without a picture, a cell or a question
WIDTH = 100


def read(path: Path):
    return nbformat.read(path, as_version=4)


def sections(notebook) -> list[tuple[str, bool, int, dict]]:
    """Each section: name, whether it is deeper, minutes (-1 unsaid), its cell's metadata."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found += [
                (m["name"], m["deeper"] is not None, int(m["minutes"] or -1), cell.metadata)
                for m in HEADING.finditer(cell.source)
            ]
    return found


def faults(notebook) -> list[str]:
    found = []
    parts = sections(notebook)
    names = [name for name, *_ in parts]
    if names != [name for name in FRAME if name in names]:
        found.append(f"the sections are {names}, not in the order of {FRAME}")
    found += [f"{name} is missing" for name in FRAME if name not in names and name not in LATER]
    for name, deeper, minutes, metadata in parts:
        if minutes < 0:
            found.append(f"{name} doesn't say its minutes")
        if deeper != (name in DEEPER):
            found.append(f"{name} is {'' if deeper else 'not '}marked as deeper")
        if deeper and not metadata.get("jp-MarkdownHeadingCollapsed"):
            found.append(f"{name} is deeper, but not folded")
    found += [
        f"{name} is deeper, but not folded"
        for cell in notebook.cells
        for name in DEEPER_PART.findall(cell.source if cell.cell_type == "markdown" else "")
        if not cell.metadata.get("jp-MarkdownHeadingCollapsed")
    ]
    core = sum(minutes for _, deeper, minutes, _ in parts if not deeper)
    if not CORE_MINUTES[0] <= core <= CORE_MINUTES[1]:
        found.append(f"the core path takes {core} minutes")
    if "What the article simplifies" not in "".join(c.source for c in notebook.cells):
        found.append("the box 'What the article simplifies' is missing")
    lines = [
        len([line for line in cell.source.splitlines() if line.strip()])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    if lines and statistics.median(lines) > MEDIAN_LINES:
        found.append(f"the median code cell has {statistics.median(lines)} lines")
    if lines and max(lines) > MOST_LINES:
        found.append(f"a code cell has {max(lines)} lines")
    return found + [f"a wall of text begins {start!r}" for start in walls(notebook)]


def walls(notebook) -> list[str]:
    """The beginnings of blocks of prose that are too long without anything to see or to do."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for block in re.split(r"\n\s*\n|(?=^#+ )", cell.source, flags=re.M):
            if block.lstrip().startswith(("#", "|", "-", "!", ">", "1.", "<", "```")):
                continue
            rows = sum(-(-len(line) // WIDTH) for line in block.splitlines() if line.strip())
            if rows > WALL:
                found.append(block.strip()[:60])
    return found


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_frame(path):
    assert faults(read(path)) == []


def small() -> nbformat.NotebookNode:
    """The smallest notebook that keeps the rules."""
    v4 = nbformat.v4
    cells = []
    for name in FRAME:
        deeper = "deeper, " if name in DEEPER else ""
        cell = v4.new_markdown_cell(f"## {name} ({deeper}3 minutes)\n\nWords.")
        if deeper:
            cell.metadata["jp-MarkdownHeadingCollapsed"] = True
        cells += [cell, v4.new_code_cell("1 + 1")]
    cells[2].source += "\n\n**What the article simplifies**"
    return v4.new_notebook(cells=cells)


def test_a_frame_that_is_right_passes():
    assert faults(small()) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda n: n.cells.pop(4), "Predict is missing"),
        (lambda n: n.cells.insert(0, n.cells.pop(4)), "not in the order"),
        (lambda n: n.cells[0].update(source="## Where we are"), "doesn't say its minutes"),
        (lambda n: n.cells[0].update(source="## Where we are (90 minutes)"), "core path takes"),
        (lambda n: n.cells[10].metadata.clear(), "not folded"),
        (lambda n: n.cells[1].update(cell_type="markdown", source="### More (deeper, 2 minutes)"),
         "More is deeper, but not folded"),
        (lambda n: n.cells[10].update(source="## Look inside (3 minutes)"), "marked as deeper"),
        (lambda n: n.cells[2].update(source="## The analogy (3 minutes)"), "the box"),
        (lambda n: n.cells[1].update(source="\n".join(["x = 1"] * 16)), "has 16 lines"),
        (lambda n: [c.update(source="a\n" * 6) for c in n.cells[1::2]], "median"),
        (lambda n: n.cells[0].update(source=n.cells[0].source + "\n\n" + "word " * 200), "wall"),
    ],
)  # fmt: skip
def test_a_frame_that_is_wrong_is_seen(change, complaint):
    notebook = small()
    change(notebook)
    assert any(complaint in fault for fault in faults(notebook)), faults(notebook)
