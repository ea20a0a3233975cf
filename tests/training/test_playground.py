"""A plan: checked together, priced, written as one string, and the same run wherever it is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.training.playground import (
    Plan,
    PlanError,
    PlannedRun,
    cost_of,
    mark_of,
    with_own_text,
)

SMALL = Plan(layers=1, heads=2, channels=16, batch=4, steps=20, warmup=2)
TEXT = "The cat saw the dog. The dog saw the cat, and ran away to the old tree.\n" * 60


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["stories", "chapters"]), st.sampled_from(["characters", "byte pairs"]),
    st.booleans(), st.integers(1, 4), st.sampled_from([1e-4, 3e-3, 0.25]), st.integers(0, 2**40),
)  # fmt: skip
def test_a_plan_survives_its_string(text, tokens, masked, heads, rate, seed):
    objective = "fill in" if masked else "next token"
    plan = Plan(
        text, tokens, objective, heads=heads, channels=8 * heads, learning_rate=rate, seed=seed
    )
    assert Plan.from_string(plan.to_string()) == plan


def test_every_altered_character_is_seen():
    string = SMALL.to_string()
    for i, letter in enumerate(string):
        altered = string[:i] + ("7" if letter != "7" else "8") + string[i + 1 :]
        with pytest.raises(PlanError, match=r"copy it|Copy it"):
            Plan.from_string(altered)
    for cut in ("", "run1:", string[:-1], string[3:], "hello"):
        with pytest.raises(PlanError):
            Plan.from_string(cut)
    assert Plan.from_string(f"  {string}\n") == SMALL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"heads": 3}, "multiple of heads"), ({"steps": 0}, "choose 1 to"),
        ({"warmup": 21}, "choose 0 to 20"), ({"learning_rate": 0.0}, "above 0"),
        ({"optimizer": "adam"}, "adamw or sgd"), ({"text": "novel"}, "choose stories"),
        ({"seed": -1}, "0 or more"),
    ],
)  # fmt: skip
def test_what_cannot_work_gets_one_sentence(change, said):
    with pytest.raises(PlanError, match=said):
        replace(SMALL, **change)


def test_the_price_counts_every_parameter_and_refuses_what_is_too_much():
    run = PlannedRun(SMALL)
    assert run.cost.parameters == run.model.count
    masked = PlannedRun(replace(SMALL, objective="fill in"))
    assert masked.cost.parameters == masked.model.count
    assert f"{run.model.count:,} parameters" in run.cost.sentence(20)
    with pytest.raises(PlanError, match="GB of memory"):
        cost_of(Plan(layers=12, heads=16, channels=512, batch=256, block=512), 1000, 512)


def test_the_same_plan_gives_the_same_curve():
    runs = [PlannedRun(Plan.from_string(SMALL.to_string())) for _ in range(2)]
    for run in runs:
        while not run.done:
            run.advance()
    assert runs[0].curves == runs[1].curves
    assert runs[0].curves.held_out_steps == [0, 10, 20]
    assert runs[0].curves.held_out[-1] < runs[0].curves.held_out[0]
    other = PlannedRun(replace(SMALL, seed=2))
    assert other.curves.held_out[0] != runs[0].curves.held_out[0]
    assert runs[0].lines["floor"] < runs[0].lines["uniform"]
    *_, _ = runs[0].fit_counting()
    assert runs[0].lines["floor"] < runs[0].lines["counting"] < runs[0].lines["uniform"]
    assert runs[0].write("Today Tom").startswith("Today Tom") or runs[0].write("Today Tom")
    with pytest.raises(PlanError, match="no blank"):
        runs[0].fill("Today ___")


def test_fill_in_names_likely_words_and_cannot_write():
    run = PlannedRun(replace(SMALL, objective="fill in"))
    run.advance()
    words = run.fill("Today Tom took a red ___ to the hall.")
    assert len(words) == 5 and all(0 < p < 1 for _, p in words)
    assert [p for _, p in words] == sorted((p for _, p in words), reverse=True)
    with pytest.raises(PlanError, match="write on"):
        run.write()
    with pytest.raises(PlanError, match="exactly one"):
        run.fill("Today")


def test_an_own_text_is_known_by_its_mark():
    plan = with_own_text(replace(SMALL, tokens="words", block=24), TEXT)
    assert plan.mark == mark_of(TEXT) and Plan.from_string(plan.to_string()) == plan
    run = PlannedRun(plan, TEXT)
    assert "floor" not in run.lines and run.corpus.block_size == 24
    with pytest.raises(PlanError, match="load it first"):
        PlannedRun(plan)
    with pytest.raises(PlanError, match="made for another text"):
        PlannedRun(plan, TEXT + "more words here\n")
    with pytest.raises(PlanError, match="longer than the text"):
        PlannedRun(replace(plan, batch=256), TEXT)
