"""The latency script's table holds every control of every widget; its times aren't tested."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

from benchmarks import report, widget_latency
from benchmarks.widget_latency import CASES, Control, judged, measure, write_report
from course_utils import widgets
from course_utils.training.sitting import Sitting
from course_utils.widgets.panel import Panel
from tests.widgets.loops import SHORT, in_a_thread

ROOT = Path(__file__).resolve().parents[1]
# A chapter is added with its widgets' entries in `CASES`.
CHAPTERS = (
    "00_start_here.ipynb",
    "02_forward_pass_as_attempt.ipynb",
    "03_loss_as_grading.ipynb",
    "05_epoch_as_next_round.ipynb",
    "06_graduation.ipynb",
)
MEASURED = {case.widget for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.widget}: {case.controls[0].name}")
def test_each_control_answers_in_the_benchmark(case, monkeypatch):
    monkeypatch.setattr(widget_latency, "Sitting", lambda: Sitting(SHORT))
    for control in case.controls:
        if control.computes:
            assert inspect.iscoroutinefunction(control.move)
        else:
            row = in_a_thread(measure, case, control, 1)
            assert 0 < row["median"] <= row["p95"] and row["moves"] == 1


def test_a_control_that_trains_is_a_coroutine():
    wrong = Control("train", lambda widget, k: None, computes=True)
    with pytest.raises(AssertionError, match="train"):
        measure(CASES[0], wrong, 1)


def test_no_widget_with_a_control_is_left_out():
    """What the measured chapters show, by the names that they use."""
    shown = {
        name
        for chapter in CHAPTERS
        for name in re.findall(
            r"\b[A-Z]\w+(?=\()", (ROOT / "notebooks" / chapter).read_text(encoding="utf-8")
        )
        if issubclass(getattr(widgets, name, object), Panel)
    }
    assert shown >= {"WarmUp", "CycleWalk"}
    without = {"ObjectivesCompared", "PapersBack", "ScoreBoard", "Writing"}  # these only show
    without |= {"ChoiceCard"}  # measured as `FirstPrediction` and `ExitQuestion`
    assert shown - MEASURED - without == set()


def test_the_report_says_what_is_above():
    row = {"widget": "A", "control": "b", "computes": False, "moves": 1, "median": 1.0, "p95": 60.0}
    about = dict.fromkeys(
        ("cpu", "cores", "system", "python", "numpy", "matplotlib", "ipywidgets", "date"), "x"
    )
    report = write_report({"machine": {**about, "load": 0.0}, "rows": [{**row, "cpu_p95": 50.0}]})
    assert "| A | b | 1.0 | 60.0 | 50.0 | above must |" in report
    assert [judged(x, 50, 20) for x in (20, 50, 51)] == [
        "aim reached", "must reached", "above must",
    ]  # fmt: skip


RECORDS = sorted((ROOT / "benchmarks").glob("results*.json"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_each_speed_report_is_its_record_s(path):
    pages = {record: record.with_name(f"{record.stem.upper()}.md") for record in RECORDS}
    others = sorted(page.name for record, page in pages.items() if record != path)
    written = report.write_report(json.loads(path.read_text(encoding="utf-8")), others)
    assert pages[path].read_text(encoding="utf-8") == written
