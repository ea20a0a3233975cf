"""Two objectives beside their floors: shown after the prediction, and told to its card once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.learning.progress import Progress
from course_utils.training.playground import FILL, NEXT, Plan
from course_utils.training.recorded_playground import nearest, recorded
from course_utils.widgets import ChoiceCard, ObjectivesCompared, Playground
from course_utils.widgets.objectives_compared import (
    EQUALLY,
    FILL_NEARER,
    NEXT_NEARER,
    TO_DO,
    WAITING,
    WHY,
    Ending,
    nearer,
)

SMALL = Plan(layers=1, heads=2, channels=16, batch=4, steps=20, warmup=2)
PLANS = (SMALL, replace(SMALL, objective=FILL))


@pytest.fixture
def parts(tmp_path):
    progress = Progress(tmp_path / "progress.json")
    card = ChoiceCard(
        "Which?", ["next", "fill in", "equally"], name="graduation: nearer to its floor",
        confidence=True, progress=progress,
    )  # fmt: skip
    views = [Playground("train", plan=plan) for plan in PLANS]
    compared = ObjectivesCompared(card, *(view.bench for view in views))
    yield progress, card, views, compared
    for view in (compared, *views, card):
        view.close()


def numbers(view: Playground) -> tuple[float, float]:
    run = view.bench.run
    return run.track.held_out[-1], run.lines["floor"]


def expected(views) -> int:
    next_gap, fill_gap = (loss - floor for loss, floor in map(numbers, views))
    if abs(next_gap - fill_gap) < 0.05:
        return 2
    return 0 if next_gap < fill_gap else 1


def test_nothing_is_shown_before_the_prediction_and_all_of_it_after_both_runs(parts):
    progress, card, views, compared = parts
    assert WAITING in compared.page.value
    card.choose(1, confidence=0.6)
    assert TO_DO in compared.page.value
    views[0].advance(19)
    assert "<td" not in compared.page.value, "the run isn't at its end"
    views[0].advance(1)
    assert f"{numbers(views[0])[0]:.2f}" in compared.page.value and TO_DO in compared.page.value
    assert card.came is None
    views[1].advance(20)
    for loss, floor in map(numbers, views):
        for number in (loss, floor, loss - floor):
            assert f">{number:.2f}<" in compared.page.value
    right = expected(views)
    assert card.came == card.prediction.options[right]
    kept = progress.entries("prediction")[-1].data
    assert kept["outcome"] == card.came and kept["right"] is (right == 1)
    page = compared.page.value
    views[0].turn(seed=2)
    views[0].advance(3)
    assert compared.page.value == page, "what was compared stays, whatever is turned later"


def test_an_answer_after_the_runs_is_no_prediction(parts):
    progress, card, views, compared = parts
    for view in views:
        view.advance(20)
    assert WAITING in compared.page.value and "<td" not in compared.page.value
    card.choose(0, confidence=0.9)
    assert "<td" in compared.page.value and card.came is None
    assert "counted" in card.reply.value and progress.entries("prediction") == []


def test_a_run_with_other_knobs_is_another_run(parts):
    _, card, views, compared = parts
    card.choose(0, confidence=0.9)
    views[0].turn(seed=3)
    views[0].advance(20)
    views[1].advance(20)
    assert TO_DO in compared.page.value and card.came is None


def test_closing_leaves_the_runs_and_the_card_alone(parts):
    _, card, views, compared = parts
    compared.close()
    assert all(compared not in view.bench._views for view in views)
    card.choose(0, confidence=0.9)
    views[0].advance(2)
    assert views[0].bench.run.step == 2


@pytest.mark.parametrize(
    ("gaps", "came"),
    [((0.2, 0.6), NEXT_NEARER), ((0.6, 0.2), FILL_NEARER), ((0.30, 0.32), EQUALLY)],
)
def test_which_came(gaps, came):
    ends = [Ending(name, 1 + gap, 1.0) for name, gap in zip((NEXT, FILL), gaps, strict=True)]
    assert nearer(*ends) == came


def test_the_still_holds_the_recorded_runs(parts):
    still = parts[-1].still()
    for objective in (NEXT, FILL):
        kept = recorded(nearest(Plan(objective=objective)))
        gap = kept.track.held_out[-1] - kept.lines["floor"]
        assert objective in still and f">{gap:.2f}<" in still
    assert WHY in still and "Recorded runs" in still
