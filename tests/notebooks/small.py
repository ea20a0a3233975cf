"""Small notebooks made by code, so that the harness is seen to fail where it must."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import normalise

DRAW = """\
import base64, io
from IPython.display import HTML, display
from PIL import Image, ImageDraw

def bars(heights):
    image = Image.new("RGB", (120, 80), "white")
    for i, height in enumerate(heights):
        ImageDraw.Draw(image).rectangle([10 + 40 * i, 79 - height, 30 + 40 * i, 79], fill="navy")
    return image

def as_html(image):
    buffer = io.BytesIO()
    image.save(buffer, "png")
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return HTML(f'<img alt="three bars" src="data:image/png;base64,{encoded}">')
"""


def notebook(*sources: str) -> nbformat.NotebookNode:
    """An unrun notebook with one code cell for each source."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return normalise.normalise(nbformat.v4.new_notebook(cells=cells), outputs=False)


def example() -> nbformat.NotebookNode:
    """An unrun notebook with a number, a printed line, a picture in HTML and a picture alone."""
    return notebook(
        DRAW, "6 * 7", "print('seven')", "display(as_html(bars([20, 40, 60])))", "bars([5, 6, 7])"
    )


def mutants(saved: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """Copies of the run `example`, each with one thing wrong that the harness must see."""
    wrong = {
        name: copy.deepcopy(saved)
        for name in (
            "a changed number",
            "a changed bar",
            "a changed bar in HTML",
            "a removed output",
            "all outputs stripped",
            "a raising cell",
        )
    }
    wrong["a changed number"].cells[1].outputs[0].data["text/plain"] = "43"

    other = normalise.execute(
        notebook(DRAW, "display(as_html(bars([20, 41, 60])))", "bars([5, 6, 8])"), Path.cwd()
    )
    wrong["a changed bar in HTML"].cells[3].outputs = other.cells[1].outputs
    picture = other.cells[2].outputs[0].data["image/png"]
    wrong["a changed bar"].cells[4].outputs[0].data["image/png"] = picture

    wrong["a removed output"].cells[2].outputs = []
    for cell in wrong["all outputs stripped"].cells:
        cell.outputs, cell.execution_count = [], None
    wrong["a raising cell"].cells[0].source += "\n1 / 0"
    return wrong
