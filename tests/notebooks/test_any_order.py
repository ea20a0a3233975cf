"""Cells run in any order give, at worst, a message that says which cell to run first."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import nbformat
import normalise
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.notebooks.small import notebook

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SEED = 1
EARLY = 2  # cells that are run before the first one, where Python's own words are accepted
SENTENCE = re.compile(r"isn't known yet: the cell .* makes it, .*; run that cell first")


def errors(cell) -> list[str]:
    return [output.ename for output in cell.outputs if output.output_type == "error"]


def printed(cell) -> str:
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stderr")


def code_cells(saved) -> list[int]:
    return [i for i, c in enumerate(saved.cells) if c.cell_type == "code" and c.source.strip()]


def run_in_order(saved, folder: Path, others: list[int]) -> tuple[list[str], list[str]]:
    """Run the ``others`` in this order and the first cell after `EARLY` of them, in one kernel.

    What failed is run again, in the saved order. Returns complaints about what a learner couldn't
    put right, and the names of the cells that failed at first.
    """
    fresh = normalise.normalise(copy.deepcopy(saved), outputs=False)
    order = [*others[:EARLY], code_cells(fresh)[0], *others[EARLY:]]
    client = NotebookClient(
        fresh, timeout=normalise.SECONDS_PER_CELL, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    complaints, failed = [], []
    with normalise.isolated(), client.setup_kernel():
        for place, i in enumerate(order):
            cell = client.execute_cell(fresh.cells[i], i)
            name = normalise.name_cell(fresh, i)
            for kind in errors(cell):
                failed.append(i)
                if kind != "NameError":
                    complaints.append(f"{name} raised {kind}")
                elif place > EARLY and not SENTENCE.search(printed(cell)):
                    complaints.append(f"{name} doesn't say which cell to run: {printed(cell)!r}")
        for i in sorted(failed):
            fresh.cells[i].outputs = []
            for kind in errors(client.execute_cell(fresh.cells[i], i)):
                complaints.append(
                    f"{normalise.name_cell(fresh, i)} raised {kind} when run in its turn"
                )
    return complaints, [normalise.name_cell(fresh, i) for i in failed]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_says_which_cell_to_run_first(path):
    saved = normalise.read(path)
    others = np.random.default_rng(SEED).permutation(code_cells(saved)[1:]).tolist()
    complaints, _ = run_in_order(saved, path.parent, others)
    assert complaints == []


def test_what_cannot_be_put_right_is_seen(tmp_path):
    saved = notebook(
        "from course_utils.learning import ready\n\nready()",
        "word = 'loss'", "word.upper()",  # only out of order
        "kept = {}", "kept['a'] = 1", "kept['a']",  # another error than a NameError
        "gone = 1", "del gone", "gone",  # fails in its turn, too
        "kept = kept if 'kept' in globals() else {}", "1", "2",
    )  # fmt: skip
    nbformat.write(saved, tmp_path / "small.ipynb")
    complaints, failed = run_in_order(saved, tmp_path, [10, 11, 9, 8, 7, 5, 4, 2, 1, 3, 6])
    assert [int(name.split()[1]) for name in failed] == [9, 8, 6, 3]
    assert [int(sentence.split()[1]) for sentence in complaints] == [6, 6, 9]
    assert complaints[0].endswith("raised KeyError")
    assert complaints[2].endswith("raised NameError when run in its turn")
