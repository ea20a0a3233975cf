"""Judging an answer: passed, not yet with its reason, or not started; whatever it does."""

from __future__ import annotations

import time

import numpy as np
import pytest

from course_utils.learning.exercises import (
    NOT_STARTED,
    NOT_YET,
    PASSED,
    Exercise,
    Misconception,
    equal,
    judge,
)
from course_utils.student import softmax


def unshifted(logits):
    with np.errstate(over="ignore", invalid="ignore"):
        exp = np.exp(np.asarray(logits, float))
        return exp / exp.sum()


SOFTMAX = Exercise(
    name="softmax",
    title="softmax",
    chapter=2,
    kind="free",
    task="Turn logits into probabilities, however large they are.",
    difficulty=1,
    minutes=5,
    core=True,
    solution=softmax,
    cases=(
        (np.array([0.0, 0.0]),),
        (np.array([1.0, 2.0, 3.0]),),
        (np.array([1000.0, 1000.0]),),
    ),
    misconceptions=(
        Misconception("overflow", unshifted, "exp of a large logit overflows; subtract the max."),
        Misconception("share", lambda x: x / x.sum(), "Logits aren't shares; take exp first."),
    ),
    hints=("What is never negative?", "exp, then divide.", "Subtract the largest logit first."),
    blank="def softmax(logits):\n    ...",
)


@pytest.mark.parametrize(
    "answer",
    [
        softmax,
        lambda x: softmax(x).tolist(),
        lambda x: softmax(np.asarray(x, np.float32)),
        lambda x: tuple(float(p) for p in softmax(x)),
    ],
)
def test_any_right_way_passes(answer):
    assert judge(SOFTMAX, answer).outcome == PASSED


def blank(logits): ...


def todo(logits):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [blank, todo, lambda x: None, lambda x: ...])
def test_a_blank_is_not_started(answer):
    assert judge(SOFTMAX, answer).outcome == NOT_STARTED


def test_a_known_wrong_answer_gets_its_reason_and_the_smallest_failing_case():
    judged = judge(SOFTMAX, unshifted)
    assert judged.outcome == NOT_YET and judged.misconception == "overflow"
    assert "softmax([1000.0, 1000.0]) should be [0.5, 0.5]" in judged.said
    assert "subtract the max" in judged.said
    with np.errstate(invalid="ignore"):
        shares = judge(SOFTMAX, lambda x: x / x.sum())
    assert shares.misconception == "share" and "softmax([0.0, 0.0])" in shares.said


def endless(logits):
    while True:
        pass


def endless_in_one_line(logits):
    while True: pass  # noqa: E701  # fmt: skip


def changes(logits):
    logits -= logits.max()
    exp = np.exp(logits)
    return exp / exp.sum()


def prints_and_quits(logits):
    print("passed")
    raise SystemExit


class Odd:
    def __repr__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (endless, "never ends"),
        (endless_in_one_line, "never ends"),
        (prints_and_quits, "SystemExit"),
        (lambda x: 1 / 0, "ZeroDivisionError"),
        (lambda x, y: x, "TypeError"),
        (lambda x: "0.5, 0.5", "should be"),
        (lambda x: Odd(), "something of type Odd"),
        (lambda x: np.ones((2, 2)), "shape"),
        (lambda x: softmax(x) + 1e-3, "should be"),
        (lambda x: softmax(x) if len(x) == 2 else None, "returned nothing"),
        (lambda x: np.array([0.5, np.nan]), "should be"),
    ],
)
def test_whatever_it_does_a_wrong_answer_is_answered(answer, said, capsys):
    begun = time.monotonic()
    judged = judge(SOFTMAX, answer, seconds=0.3)
    assert judged.outcome == NOT_YET and said in judged.said
    assert time.monotonic() - begun < 30
    assert capsys.readouterr().out == ""


def test_the_cases_are_never_touched():
    before = [case[0].copy() for case in SOFTMAX.cases]
    judged = judge(SOFTMAX, changes)
    assert judged.outcome == PASSED and "changes what it is given" in judged.said
    for (now,), then in zip(SOFTMAX.cases, before, strict=True):
        assert np.array_equal(now, then)


def test_a_long_answer_is_cut():
    judged = judge(SOFTMAX, lambda x: [0.1] * 10_000)
    assert len(judged.said) < 1000 and "…" in judged.said


def test_sameness():
    assert equal([1, 2], np.array([1.0, 2.0])) and equal(np.float32(0.1), 0.1)
    assert not equal([1, 2], [1, 2, 3]) and not equal("1", 1) and not equal(1e-3, 0)
    assert equal({"a": [1, 2]}, {"a": np.array([1, 2])}) and not equal({"a": 1}, {"b": 1})
    assert equal(([1, 2], "x"), ([1, 2], "x")) and not equal((1, "x"), (1, "y"))
    assert equal(True, 1) and not equal(None, 0) and not equal([[1], [2, 3]], [1, 2])
