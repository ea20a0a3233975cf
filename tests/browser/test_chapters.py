"""Each chapter in a real browser: opened without running, then run, and every control moved."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from tests.browser.controls import move_all

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [
    path for folder in ("notebooks", "teaching") for path in sorted((ROOT / folder).glob("*.ipynb"))
]
pytestmark = pytest.mark.browser


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_opened_without_running_every_picture_is_seen(path, trusted, open_notebook):
    notebook = read(path)
    chapter = open_notebook(notebook, trusted)
    chapter.unfold()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    expected = sum(
        "image/png" in data or len(re.findall("<img ", str(data.get("text/html", ""))))
        for data in (output.get("data", {}) for output in outputs)
    ) + sum(
        len(re.findall(r"!\[|<img ", cell.source))
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    )
    pictures = chapter.pictures()
    assert len(pictures) == expected
    assert [picture for picture in pictures if not picture["width"]] == []
    # JupyterLab says "Image" where a picture has no text alternative of its own.
    assert [picture for picture in pictures if picture["alt"].strip() in ("", "Image")] == []
    assert chapter.errors() == []
    assert chapter.watch.console == []
    assert chapter.watch.kernel == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_run_with_every_control_moved_nothing_goes_wrong(path, open_notebook, axe, screenshots):
    chapter = open_notebook(read(path))
    chapter.run_all()
    chapter.unfold()
    chapter.screenshot(screenshots / f"{path.stem}-light.png")
    assert chapter.errors() == []
    assert chapter.axe(axe) == []

    moves = move_all(chapter)
    chapter.settle()
    chapter.screenshot(screenshots / f"{path.stem}-light-moved.png")
    print(f"{len(moves.moved)} moves; screenshots are in {screenshots}")
    assert chapter.errors() == []
    assert chapter.watch.kernel == []
    assert chapter.watch.console == []
    assert moves.stuck == []
    assert moves.never_on == set()
    assert chapter.axe(axe) == []

    chapter.theme("dark")
    chapter.screenshot(screenshots / f"{path.stem}-dark-moved.png")
    assert chapter.axe(axe) == []
    assert chapter.watch.console == []
    assert chapter.watch.kernel == []
