"""Exercises: an answer is passed, not yet, or not started, and a wrong one gets its reason.

An `Exercise` knows its solution, cases from the smallest on, and wrong answers that beginners
really give. `judge` never raises, never hangs, and never touches the learner's arrays.
"""

from __future__ import annotations

import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.learning.deadline import OutOfTime, with_deadline

PASSED, NOT_YET, NOT_STARTED = "passed", "not yet", "not started"
CLOSE = 1e-6  # relative and absolute; looser for an answer in float32
CLOSE_FLOAT32 = 1e-4
LONGEST = 400  # characters of a value in a message

Function = Callable[..., Any]


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that is often given: ``wrong`` computes it, ``reason`` explains it."""

    name: str
    wrong: Function
    reason: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    ``cases`` are tuples of arguments, the smallest first; ``solution`` is right on each of them.
    ``hints`` are three, each stronger than the one before. ``difficulty`` is 1 to 3. ``blank`` is
    the cell that the learner finds. ``shown``: the package's own function or method whose source
    is the answer, or None if the solution's own source is.
    """

    name: str
    chapter: int
    task: str
    difficulty: int
    minutes: int
    core: bool
    solution: Function
    cases: tuple[tuple[Any, ...], ...]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    blank: str
    shown: Function | None = None


@dataclass(frozen=True)
class Judgement:
    """What came of an answer: ``outcome`` is `PASSED`, `NOT_YET` or `NOT_STARTED`.

    ``said`` is for the learner; ``misconception`` is the name of the one that was recognised.
    """

    outcome: str
    said: str
    misconception: str = ""


def judge(exercise: Exercise, answer: Function, seconds: float = 2.0) -> Judgement:
    """Judge a function. Whatever it does, this returns."""
    results: list[Any] = []
    note = ""
    for arguments in exercise.cases:
        expected = exercise.solution(*copy.deepcopy(arguments))
        given = copy.deepcopy(arguments)
        try:
            got = _quietly(answer, given, seconds)
        except OutOfTime:
            return Judgement(
                NOT_YET,
                f"It ran for more than {seconds:g} seconds on {_call(exercise, arguments)} and was"
                " stopped; look for a loop that never ends.",
            )
        except NotImplementedError:
            return Judgement(NOT_STARTED, "Not started yet: write your answer, then run the cell.")
        except Exception as error:
            return Judgement(
                NOT_YET,
                f"{_call(exercise, arguments)} raised {type(error).__name__}: {_short(str(error))}",
            )
        except BaseException as error:
            return Judgement(
                NOT_YET, f"{_call(exercise, arguments)} ended with {type(error).__name__}."
            )
        if got is None or got is Ellipsis:
            if all(result is None for result in results):
                return Judgement(
                    NOT_STARTED, "Not started yet: it returns nothing. Write your answer first."
                )
            return Judgement(
                NOT_YET, f"{_call(exercise, arguments)} returned nothing; is a return missing?"
            )
        if not _same(given, arguments):
            note = " It changes what it is given; a copy would be kinder to whoever calls it."
        results.append(got)
        if not equal(got, expected):
            return _explain(exercise, answer, arguments, expected, got, seconds)
    return Judgement(PASSED, f"Passed.{note}")


def _explain(
    exercise: Exercise, answer: Function, arguments: tuple[Any, ...], expected: Any, got: Any,
    seconds: float,
) -> Judgement:  # fmt: skip
    said = (
        f"Not yet: {_call(exercise, arguments)} should be {_short(expected)}, but yours gives"
        f" {_short(got)}."
    )
    for misconception in exercise.misconceptions:
        if _is_this(exercise, misconception, answer, seconds):
            return Judgement(NOT_YET, f"{said} {misconception.reason}", misconception.name)
    return Judgement(NOT_YET, f"{said} {_shape_hint(expected, got)}".strip())


def _is_this(
    exercise: Exercise, misconception: Misconception, answer: Function, seconds: float
) -> bool:
    """Whether the answer is this wrong one, wherever this wrong one differs from the right one."""
    differs = False
    for arguments in exercise.cases:
        try:
            wrong = _quietly(misconception.wrong, copy.deepcopy(arguments), seconds)
            right = exercise.solution(*copy.deepcopy(arguments))
            if equal(wrong, right):
                continue
            got = _quietly(answer, copy.deepcopy(arguments), seconds)
        except (Exception, OutOfTime):
            return False
        differs = True
        if not equal(got, wrong, nan=True):
            return False
    return differs


def _quietly(function: Function, arguments: tuple[Any, ...], seconds: float) -> Any:
    """Call a function within the deadline; what it prints and warns of stays unseen."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        return with_deadline(function, arguments, seconds)


def equal(got: Any, expected: Any, nan: bool = False) -> bool:
    """Whether two answers are the same: numbers within rounding, lists and arrays alike.

    With ``nan`` two numbers that are none (NaN) are the same, too.
    """
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(equal(got[key], expected[key], nan) for key in expected)
        )
    if isinstance(expected, str) or isinstance(got, str):
        return type(got) is type(expected) and bool(got == expected)
    if isinstance(expected, (tuple, list)) and any(
        isinstance(part, (str, dict, list, tuple, np.ndarray)) for part in expected
    ):
        return (
            isinstance(got, (tuple, list, np.ndarray))
            and len(got) == len(expected)
            and all(equal(g, e, nan) for g, e in zip(got, expected, strict=True))
        )
    try:
        a, b = np.asarray(got), np.asarray(expected)
        if a.dtype.kind not in "biuf" or a.shape != b.shape:
            return False
        close = CLOSE_FLOAT32 if a.dtype in (np.float16, np.float32) else CLOSE
        return bool(np.allclose(a, b, rtol=close, atol=close, equal_nan=nan))
    except (TypeError, ValueError):
        return False


def _same(given: Any, arguments: Any) -> bool:
    if isinstance(arguments, np.ndarray):
        return isinstance(given, np.ndarray) and np.array_equal(given, arguments)
    if isinstance(arguments, (list, tuple)):
        return len(given) == len(arguments) and all(
            _same(g, a) for g, a in zip(given, arguments, strict=True)
        )
    if isinstance(arguments, np.random.Generator):
        return True
    return bool(given == arguments)


def _shape_hint(expected: Any, got: Any) -> str:
    try:
        a, b = np.shape(got), np.shape(expected)
    except (TypeError, ValueError):
        return ""
    return "" if a == b else f"Its shape is {a}, and {b} is wanted."


def _call(exercise: Exercise, arguments: Sequence[Any]) -> str:
    return f"{exercise.name}({', '.join(_short(argument) for argument in arguments)})"


def _short(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        value = np.round(value, 4).tolist() if value.dtype.kind == "f" else value.tolist()
    try:
        said = value if isinstance(value, str) and len(value) > 60 else repr(value)
    except Exception:
        said = f"something of type {type(value).__name__}"
    return said if len(said) <= LONGEST else said[:LONGEST] + " …"
