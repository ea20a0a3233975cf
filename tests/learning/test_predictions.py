"""Predictions: kept by name, and graded by the same formula as the model."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils.learning.prediction import (
    GUESSED,
    Prediction,
    PredictionLog,
    blind,
    grade_sentence,
    graded,
    levels,
    paper_entry,
    statement_levels,
)
from course_utils.learning.progress import Progress, shared
from course_utils.learning.report import PREDICTIONS
from course_utils.material.questions import OTHER, ChoiceQuestion, question_loss

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("options", [2, 3, 4, 5, 7])
def test_every_option_keeps_a_chip_and_the_confidences_add_up(options):
    steps = levels(options)
    assert steps[0] == (GUESSED, 1 / options)
    values = [value for _, value in steps]
    assert values == sorted(values) and len(set(values)) == len(values)
    for words, value in steps[1:]:
        assert words == f"{100 * value:.0f} %" and value > 1 / options
        rest = (1 - value) / (options - 1)
        assert rest >= 0.05 - 1e-9, "no option gets less than one chip"
    assert values[-1] == pytest.approx(1 - 0.05 * (options - 1))


def test_a_statement_can_be_doubted_as_well():
    assert statement_levels()[0] == ("5 %", 0.05) and statement_levels()[-1] == ("95 %", 0.95)
    assert ("50 %", 0.5) in statement_levels()


@pytest.mark.parametrize("options", [2, 3, 5])
@pytest.mark.parametrize("sure", [0.35, 0.5, 0.85])
def test_the_loss_is_the_model_s(options, sure):
    spread = np.full(options, (1 - sure) / (options - 1))
    spread[0] = sure
    assert spread.sum() == pytest.approx(1)
    assert graded(sure, True, options) == pytest.approx(question_loss(spread, 0))
    assert graded(sure, False, options) == pytest.approx(question_loss(spread, options - 1))
    assert graded(1 / options, True, options) == pytest.approx(blind(options))
    assert graded(1 / options, False, options) == pytest.approx(blind(options))


@pytest.mark.parametrize("sure", [0.0, 1.0, -0.1, 1.5])
def test_an_impossible_confidence_is_refused(sure):
    with pytest.raises(ValueError, match="between 0 and 1"):
        graded(sure, True, 3)


def test_a_prediction_is_kept_and_then_its_outcome(tmp_path):
    progress = Progress(tmp_path / "p.json")
    log = PredictionLog("batch: how many questions", options=3, progress=progress)
    log.came("about 40", True)
    assert progress.entries() == [], "no outcome before there is an answer"
    log.answered("about 5", 0.6)
    log.came("about 40", False)
    log.came("about 40", False)
    first, second = Progress(tmp_path / "p.json").entries("prediction", log.name)
    assert first.data["outcome"] is None and first.data["confidence"] == 0.6
    assert second.data["right"] is False and second.data["options"] == 3
    assert second.data["score"] == pytest.approx(-math.log(0.2))


def test_without_a_name_or_after_it_was_taken_back_nothing_is_kept(tmp_path):
    progress = Progress(tmp_path / "p.json")
    nameless = PredictionLog(None, progress=progress)
    nameless.answered("a")
    nameless.came("a", True)
    assert progress.entries() == [] and nameless.data["outcome"] == "a"
    log = PredictionLog("x", progress=progress)
    log.answered("a", 0.9)
    log.withdrawn()
    log.came("a", True)
    assert len(progress.entries()) == 1
    unsure = PredictionLog("y", progress=progress)
    unsure.answered("a")
    unsure.came("b", False)
    assert progress.latest("prediction", "y").data["score"] is None


def test_the_shared_progress_is_used_without_another():
    PredictionLog("x").answered("a")
    assert [entry.name for entry in shared().entries()] == ["x"]


def test_chips_are_graded_as_they_lie():
    question = ChoiceQuestion(("Mia",), ("sees", "has", "took", "kite"), "kite", True)
    data = paper_entry(question, (2, 9, 3, 5, 1))
    assert data["answer"] == "has" and data["confidence"] == 9 / 20 and data["right"] is False
    assert data["score"] == pytest.approx(-math.log(5 / 20)) and data["outcome"] == "kite"
    right = paper_entry(question, (1, 1, 1, 16, 1))
    assert right["right"] and right["score"] == pytest.approx(-math.log(16 / 20))
    other = ChoiceQuestion(("Mia",), ("sees", "has", "took", "red"), "kite", False)
    assert paper_entry(other, (1, 1, 1, 1, 16))["answer"] == OTHER
    assert paper_entry(other, (1, 1, 1, 1, 16))["right"]


def test_the_sentence_says_what_it_cost():
    assert grade_sentence(None, True, 3) == ""
    said = grade_sentence(0.8, False, 3)
    assert "80 %" in said and f"{-math.log(0.1):.2f}" in said and f"{math.log(3):.2f}" in said


def test_an_unknown_option_is_refused():
    prediction = Prediction("?", ("a", "b"))
    assert prediction.answer == "not answered yet"
    with pytest.raises(ValueError, match="0 to 1"):
        prediction.choose(2)
    prediction.choose(1, 0.7)
    assert prediction.answer == "b" and prediction.confidence == 0.7


# The course's own names


def known() -> set[str]:
    return {name for names in PREDICTIONS.values() for name in names}


def test_each_prediction_has_a_name_of_its_own():
    names = [name for names in PREDICTIONS.values() for name in names]
    assert len(set(names)) == len(names)


def test_every_name_in_the_code_and_in_the_chapters_is_in_the_table():
    """A card in a notebook is named; what is written there is what the report card knows."""
    files = [
        *(ROOT / "course_utils" / "widgets").rglob("*.py"),
        *(ROOT / "notebooks").glob("*.ipynb"),
    ]
    literal = re.compile(
        r"(?:name=|PredictionLog\()(f?)\\?\"((?:start|batch|attempt|loss|feedback|epoch|graduation)"
        r": [^\"\\]*)"
    )
    used = []
    for path in files:
        for formatted, name in literal.findall(path.read_text(encoding="utf-8")):
            used.append(name.partition("{")[0] if formatted else name)
    assert len(used) >= 8
    unknown = {name for name in used if not any(k.startswith(name) for k in known())}
    assert unknown == set()
