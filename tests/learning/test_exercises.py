"""Judging an answer: passed, not yet with its reason, or not started; whatever it does."""

from __future__ import annotations

import gc
import sys
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
from tests.widgets.loops import in_a_thread


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
        Misconception("overflow", "exp of a large logit overflows; subtract the max.", unshifted),
        Misconception("share", "Logits aren't shares; take exp first.", lambda x: x / x.sum()),
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
    judged = judge(SOFTMAX, answer, seconds=0.3)
    assert judged.outcome == NOT_YET and said in judged.said
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


# Answers that misbehave ------------------------------------------------------------------------


def swallows(logits):
    while True:
        try:
            logits = logits + 1
        except:  # noqa: E722
            continue


def swallows_twice(logits):
    while True:
        try:
            while True:
                try:
                    logits = logits + 1
                except BaseException:
                    continue
        except BaseException:
            logits = logits - 1


def deeper_and_deeper(logits):
    return deeper_and_deeper(logits)


def swallows_depth(logits):
    while True:
        try:
            deeper_and_deeper(logits)
        except BaseException:
            continue


def without_end(logits):
    return [i for i in iter(int, 1)]


def yields_without_end(logits):
    while True:
        yield 1.0


class Hostile:
    """Everything that is asked of it goes wrong."""

    def __getattr__(self, name):
        raise KeyboardInterrupt(name)

    def __array__(self, *arguments, **named):
        raise SystemExit

    def __len__(self):
        return 10**9

    def __eq__(self, other):
        return True

    def __iter__(self):
        while True:
            yield self

    __hash__ = None


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def holds_itself(logits):
    result = [1]
    result.append(result)
    return result


def hostile_error(logits):
    raise HostileError


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (swallows, "never ends"),
        (swallows_twice, "never ends"),
        (swallows_depth, "never ends"),
        (without_end, "never ends"),
        (deeper_and_deeper, "calls itself again and again"),
        (yields_without_end, "should be"),
        (lambda x: Hostile(), "something of type Hostile"),
        (lambda x: [Hostile(), Hostile()], "something of type Hostile"),
        (lambda x: Hostile, "should be"),
        (holds_itself, "should be"),
        (hostile_error, "something that can't be said"),
        (lambda x: 10**10_000, "more than 30 digits"),
        (lambda x: x, "should be"),
        (lambda x: x.astype(object), "should be"),
        (lambda x: {"a": 1}, "should be"),
        (lambda x: softmax(x) + 0j, "should be"),
        (lambda x: np.zeros((3000, 3000)), "Its shape is (3000, 3000), and (2,) is wanted"),
        (lambda x: "<b>" * 1000, "…"),
        (np.add, "raised TypeError"),
        (print, "returned nothing"),
        (3, "TypeError"),
    ],
)
def test_no_answer_gets_the_better_of_it(answer, said):
    judged = judge(SOFTMAX, answer, seconds=0.3)
    assert judged.outcome == NOT_YET and said in judged.said, judged.said
    assert len(judged.said) < 1500


@pytest.mark.parametrize("where", ["with a clock", "without", "in a thread"])
def test_a_deadline_holds_and_is_quiet_where_nothing_can_be_raised(where, monkeypatch):
    noise, until = [], time.monotonic() + 5
    monkeypatch.setattr("sys.unraisablehook", noise.append)
    if where == "without":
        monkeypatch.delattr("course_utils.learning.deadline.signal.setitimer")

    def look(phase, info):  # as other packages look at the garbage collector
        for _ in range(10_000):
            pass

    def makes_garbage(logits):
        while time.monotonic() < until:
            circle = []
            circle.append(circle)
        raise AssertionError("it was never stopped")

    gc.callbacks.append(look)
    try:
        run = in_a_thread if where == "in a thread" else lambda f, *a: f(*a)
        judged = run(judge, SOFTMAX, makes_garbage, 0.1)
    finally:
        gc.callbacks.remove(look)
    assert "never ends" in judged.said and noise == []


def test_an_answer_that_remembers_does_not_pass():
    kept = []

    def remembers(logits):
        kept.append(1)
        return softmax(logits) if len(kept) <= 3 else softmax(logits) * 0

    judged = judge(SOFTMAX, remembers)
    assert judged.outcome == NOT_YET and "keeps something between two calls" in judged.said


def test_a_generator_a_tuple_and_a_map_are_lists():
    def yields(logits):
        yield from softmax(logits)

    assert judge(SOFTMAX, yields).outcome == PASSED
    assert judge(SOFTMAX, lambda x: map(float, softmax(x))).outcome == PASSED


def test_digits_are_added_until_a_difference_is_seen():
    judged = judge(SOFTMAX, lambda x: softmax(x) + 2e-5)
    assert "[0.5, 0.5], but yours gives [0.50002, 0.50002]" in judged.said


def test_the_learners_settings_survive():
    before = np.geterr()

    def sets(logits):
        np.seterr(all="raise")
        return softmax(logits)

    assert judge(SOFTMAX, sets).outcome == PASSED
    assert np.geterr() == before


def test_without_signals_a_loop_is_stopped_and_nothing_breaks(monkeypatch):
    from course_utils.learning import deadline

    monkeypatch.delattr(deadline.signal, "setitimer")
    assert "never ends" in judge(SOFTMAX, endless, seconds=0.3).said
    assert judge(SOFTMAX, softmax).outcome == PASSED


def test_a_knock_at_the_very_end_leaves_no_clock_running(monkeypatch):
    """It once stopped the code that stops the clock, which then went on knocking."""
    import signal

    from course_utils.learning import deadline

    monkeypatch.setattr(deadline, "GRACE", 0.0)
    monkeypatch.setattr(deadline, "TICK", 5e-5)
    earlier = signal.getsignal(signal.SIGALRM)
    for _ in range(300):
        with pytest.raises(deadline.OutOfTime):
            deadline.with_deadline(swallows, (np.zeros(2),), 0.002)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) is earlier


def test_in_another_thread_it_works_as_well():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(judge, SOFTMAX, softmax).result().outcome == PASSED
        assert "never ends" in pool.submit(judge, SOFTMAX, endless, 0.3).result().said


def test_the_alarm_clock_and_the_tracer_are_given_back():
    import signal

    rings = []
    earlier = signal.signal(signal.SIGALRM, lambda *_: rings.append(1))
    try:
        for answer in (softmax, swallows, endless):
            judge(SOFTMAX, answer, seconds=0.2)
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
            assert sys.gettrace() is None or "pydev" in str(sys.gettrace())
        signal.raise_signal(signal.SIGALRM)
        assert rings == [1]
    finally:
        signal.signal(signal.SIGALRM, earlier)
