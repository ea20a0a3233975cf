"""Whoever fills in the solutions passes everything; a wrong solution is seen."""

from __future__ import annotations

import os
import re
from pathlib import Path

import fill_in_solutions
import nbformat
import normalise
import pytest

from course_utils.learning.bank import BY_NAME, PROJECT
from course_utils.learning.progress import Progress
from tests.notebooks.small import notebook

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [
    path
    for path in sorted((ROOT / "notebooks").glob("0[1-9]_*.ipynb"))
    if fill_in_solutions.fill(nbformat.read(path, as_version=4))
]


def outcomes(run) -> dict[str, str]:
    """What each check said in a notebook that was run, by the exercise's name."""
    said = [
        str(output.get("data", {}).get("text/plain", ""))
        for cell in run.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    matches = (re.fullmatch(r"Exercise \d\.\d, (\w+): ([\w ]+)\.", words) for words in said)
    return {match[1]: match[2] for match in matches if match}


def execute(filled, folder: Path, monkeypatch) -> tuple[dict[str, str], set[str]]:
    """Run a notebook with a progress file of its own: outcomes, and the names that it holds."""
    file = folder / "progress.json"

    def environment(place: Path) -> dict[str, str]:
        return {**before(place), "COURSE_PROGRESS": str(file)}

    before = normalise.isolated_environment
    monkeypatch.setattr(normalise, "isolated_environment", environment)
    run = normalise.execute(filled, ROOT / "notebooks")
    entries = Progress(file).entries("exercise")
    return outcomes(run), {entry.name for entry in entries if entry.data["outcome"] == "passed"}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_filled_with_the_solutions_passes(path, tmp_path, monkeypatch):
    target = tmp_path / path.name
    assert fill_in_solutions.main([str(path), str(target)]) == 0
    names = fill_in_solutions.fill(nbformat.read(path, as_version=4))
    found, passed = execute(nbformat.read(target, as_version=4), tmp_path, monkeypatch)
    assert found == dict.fromkeys(names, "passed")
    assert passed - {PROJECT.name} == set(names)


def test_a_small_one_passes_and_a_wrong_solution_is_seen(tmp_path, monkeypatch):
    names = ["make_questions", "perplexity", "sgd_step"]
    sources = [
        f"{BY_NAME[name].blank.strip()}\n\n\ncheck({name})" for name in names
    ]  # fmt: skip
    fresh = notebook("from course_utils.widgets import check", *sources)
    assert fill_in_solutions.fill(fresh) == names
    fresh.cells[2].source = fresh.cells[2].source.replace("math.exp(mean)", "mean + 1")
    found, passed = execute(fresh, tmp_path, monkeypatch)
    assert found == {"make_questions": "passed", "perplexity": "not yet", "sgd_step": "passed"}
    assert passed == {"make_questions", "sgd_step"}


def test_what_is_not_a_blank_stays(capsys, tmp_path):
    source = "def softmax(logits):\n    return logits\n\n\ncheck(softmax)"
    assert fill_in_solutions.filled(source) == (source, [])
    assert fill_in_solutions.main(["one"]) == 2
    assert fill_in_solutions.main([str(tmp_path / "no.ipynb"), str(tmp_path / "out.ipynb")]) == 1
    (tmp_path / "bad.ipynb").write_text("[", encoding="utf-8")
    assert fill_in_solutions.main([str(tmp_path / "bad.ipynb"), os.devnull]) == 1
    error = capsys.readouterr().err
    assert "doesn't exist" in error and "can't be read" in error and "Use:" in error
