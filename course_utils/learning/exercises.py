"""Exercises: an answer is passed, not yet, or not started, and a wrong one gets its reason.

An `Exercise` knows its solution, cases from the smallest on, and wrong answers that beginners
really give; in a release what both answer to each case is `Recorded` in their place. `judge` never
raises and never touches the learner's arrays; a loop without an end is stopped (see `deadline` for
what can't be).
"""

from __future__ import annotations

import ast
import contextlib
import copy
import dis
import functools
import io
import itertools
import textwrap
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

from course_utils.learning.deadline import OutOfTime, with_deadline

PASSED, NOT_YET, NOT_STARTED = "passed", "not yet", "not started"
KINDS = ("example", "partly", "free")  # a filled example to alter, a partly blank one, a free one
CLOSE = 1e-6  # relative and absolute; looser for an answer in float32
CLOSE_FLOAT32 = 1e-4
LONGEST = 400  # characters of a value in a message
MOST = 40  # numbers of a value in a message
MOST_YIELDED = 10_000  # what is taken from a generator
PATIENCE = 4  # an answer gets so many times the seconds of one call for all its cases together
MANY_CALLS = 3  # so many times as long where a case calls the function again and again

Function = Callable[..., Any]


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that is often given: ``reason`` explains it, ``wrong`` computes it.

    Without ``wrong`` the exercise has its answers recorded.
    """

    name: str
    reason: str
    wrong: Function | None = None


@dataclass(frozen=True)
class Answer:
    """What a call gave: a value, or the error that it ended with, whose class's name is ``kind``.

    ``changed``: whether it altered its arguments.
    """

    value: Any = None
    error: BaseException | None = None
    changed: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Recorded:
    """What the solution, and each misconception by name, answers to each case, in their order."""

    right: tuple[Any, ...]
    wrong: Mapping[str, tuple[Answer, ...]]


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    ``cases`` are tuples of arguments, the smallest first; ``solution`` is right on each of them,
    and without it ``recorded`` says what is right.
    ``hints`` are three, each stronger than the one before. ``difficulty`` is 1 to 3; ``kind`` is
    one of `KINDS`. ``blank`` is the cell that the learner finds. ``shown``: the package's own
    function or method that does the same, or None. Where many answers are right (chance), ``facts``
    makes of a function and its arguments what is compared, and ``close`` says how closely.
    """

    name: str
    title: str
    chapter: int
    kind: str
    task: str
    difficulty: int
    minutes: int
    core: bool
    cases: tuple[tuple[Any, ...], ...]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    blank: str
    shown: Function | None = None
    facts: Callable[[Function, tuple[Any, ...]], Any] | None = None
    close: float = CLOSE
    solution: Function | None = None
    recorded: Recorded | None = None

    def ask(self, function: Function, arguments: tuple[Any, ...]) -> Any:
        """What is compared: the function's answer, or the facts about it. Copies what it gives."""
        given = copy.deepcopy(arguments)
        return self.facts(function, given) if self.facts else function(*given)

    def right(self, number: int) -> Any:
        """The right answer to a case, by its number from 0."""
        if self.recorded is not None:
            return self.recorded.right[number]
        assert self.solution is not None, f"{self.name} has neither a solution nor its answers"
        with np.errstate(all="ignore"):
            return self.ask(self.solution, self.cases[number])


@dataclass(frozen=True)
class Project:
    """An open task that nobody else can check: ``rubric`` is ticked by the learner."""

    name: str
    title: str
    chapter: int
    task: str
    difficulty: int
    minutes: int
    rubric: tuple[str, ...]
    core: bool = False


@dataclass(frozen=True)
class Judgement:
    """What came of an answer: ``outcome`` is `PASSED`, `NOT_YET` or `NOT_STARTED`.

    ``said`` is for the learner; ``misconception`` is the name of the one that was recognised.
    """

    outcome: str
    said: str
    misconception: str = ""


def judge(exercise: Exercise, answer: Function, seconds: float = 2.0) -> Judgement:
    """Judge a function. Whatever it does, this returns.

    Each call may take ``seconds``, all together `PATIENCE` times as long.
    """
    if is_blank(exercise, answer) or _is_empty(answer):
        return Judgement(NOT_STARTED, _start(exercise))
    seconds *= MANY_CALLS if exercise.facts else 1
    until = time.monotonic() + PATIENCE * seconds
    answers: list[Answer] = []

    def call(number: int) -> Answer:
        while len(answers) <= number:
            left = min(seconds, until - time.monotonic())
            answers.append(_call(exercise, answer, exercise.cases[len(answers)], left))
        return answers[number]

    note = ""
    for number in range(len(exercise.cases)):
        given = call(number)
        if given.error is not None or not _equal(exercise, given.value, exercise.right(number)):
            return _explain(exercise, number, given, call, seconds)
        if given.changed:
            note = " It changes what it is given; a copy would be kinder to whoever calls it."
    for number in reversed(range(len(exercise.cases))):
        again = _call(
            exercise, answer, exercise.cases[number], min(seconds, until - time.monotonic())
        )
        if isinstance(again.error, OutOfTime):
            return Judgement(NOT_YET, "Not yet: it is right, but slower each time it is called.")
        if again.error is not None or not _equal(exercise, again.value, answers[number].value):
            return Judgement(
                NOT_YET,
                f"Not yet: {_called(exercise, exercise.cases[number])} was right at first, and"
                " something else when it was asked again. It keeps something between two calls (a"
                " variable outside, or a list in its first line); make it anew inside.",
            )
    return Judgement(PASSED, f"Passed.{note}")


def is_blank(exercise: Exercise, answer: Function) -> bool:
    """Whether a function is still the blank of its exercise: the same code, comments aside."""
    code = getattr(answer, "__code__", None)
    return isinstance(code, CodeType) and any(_alike(code, one) for one in _blanks(exercise.blank))


@functools.lru_cache
def _blanks(blank: str) -> tuple[CodeType, ...]:
    """The code of a blank's function, compiled with what stands before it and by itself.

    A notebook compiles statement by statement; a call of an imported module's function comes out
    otherwise there.
    """
    tree = ast.parse(blank)
    alone = ast.Module([node for node in tree.body if isinstance(node, ast.FunctionDef)], [])
    cells = (compile(part, "blank", "exec", dont_inherit=True) for part in (tree, alone))
    return tuple(part for one in cells for part in one.co_consts if isinstance(part, CodeType))


def _alike(one: CodeType, other: CodeType) -> bool:
    if (one.co_code, one.co_names, one.co_varnames) != (
        other.co_code, other.co_names, other.co_varnames
    ) or len(one.co_consts) != len(other.co_consts):  # fmt: skip
        return False
    return all(
        _alike(a, b) if isinstance(a, CodeType) and isinstance(b, CodeType)
        else (isinstance(a, str) and "<locals>" in a) or (type(a), a) == (type(b), b)
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )  # fmt: skip


def _is_empty(answer: Function) -> bool:
    """Whether it has no code of its own: ``...``, ``pass`` or a docstring alone."""
    code = getattr(answer, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    steps = [one for one in dis.get_instructions(code) if one.opname not in ("RESUME", "NOP")]
    return steps[0].opname in ("LOAD_CONST", "RETURN_CONST") and (
        len(steps) <= 2 and (steps[0].argval is None or steps[0].argval is Ellipsis)
    )


def _start(exercise: Exercise) -> str:
    if "..." not in exercise.blank:
        return "Not started yet: this is the code as it was given. Alter it, then run the cell."
    return "Not started yet: write your answer in place of the …, then run the cell."


def _call(
    exercise: Exercise, answer: Function, arguments: tuple[Any, ...], seconds: float
) -> Answer:
    """Call the answer within the deadline; what it prints and warns of stays unseen."""
    changed = False

    def asked(*given: Any) -> Any:
        nonlocal changed
        value = _taken(answer(*given))
        changed = changed or not _same(given, arguments)
        return value

    try:
        with _quiet():
            value = with_deadline(exercise.ask, (asked, arguments), max(seconds, 0.01))
    except BaseException as error:  # also SystemExit, and a hostile class of the learner's own
        return Answer(error=error, kind=type(error).__name__)
    return Answer(value, changed=changed)


def _taken(value: Any) -> Any:
    """A generator's or map's items as a list; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(_taken(part) for part in value)
    return list(itertools.islice(value, MOST_YIELDED)) if isinstance(value, Iterator) else value


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _explain(
    exercise: Exercise, number: int, given: Answer, call: Callable[[int], Answer], seconds: float
) -> Judgement:
    """Why the answer to this case isn't right."""
    called, error = _called(exercise, exercise.cases[number]), given.error
    if isinstance(error, OutOfTime):
        return Judgement(
            NOT_YET,
            f"It ran for more than {seconds:g} seconds on {called} and was stopped; look for a loop"
            " that never ends.",
        )
    if isinstance(error, NotImplementedError) or _is_unfilled(given):
        return Judgement(NOT_STARTED, _start(exercise))
    if error is not None:
        said = f"Not yet: {called} {_failed(error)}"
    elif given.value is None:
        return Judgement(NOT_YET, f"Not yet: {called} returned nothing; is a return missing?")
    else:
        expected = exercise.right(number)
        wanted, got = _pair(expected, given.value)
        said = f"Not yet: {called} should be {wanted}, but yours gives {got}."
        if exercise.facts:
            said = f"Not yet: for {called} right is {wanted}; yours: {got}."
    for misconception in exercise.misconceptions:
        if _is_this(exercise, misconception, number, call, seconds):
            return Judgement(NOT_YET, f"{said} {misconception.reason}", misconception.name)
    if error is None:
        said = f"{said} {_shape_hint(expected, given.value)}".strip()
    return Judgement(NOT_YET, said)


def _is_unfilled(given: Answer) -> bool:
    """Whether a … is still in it: in the value, or as what an error complains of."""
    if given.error is not None:
        return isinstance(given.error, (TypeError, AttributeError)) and "ellipsis" in _message(
            given.error
        )
    return _holds_ellipsis(given.value, 3)


def _holds_ellipsis(value: Any, depth: int) -> bool:
    if type(value) in (list, tuple) and depth:
        return any(_holds_ellipsis(part, depth - 1) for part in value[:MOST])
    if issubclass(type(value), np.ndarray) and value.dtype == object:
        return any(part is Ellipsis for part in value.ravel()[:MOST])
    return value is Ellipsis


def _is_this(
    exercise: Exercise,
    misconception: Misconception,
    failing: int,
    call: Callable[[int], Answer],
    seconds: float,
) -> bool:
    """Whether the answer is this wrong one: in the failing case, and wherever it isn't right."""
    for number in (failing, *range(len(exercise.cases))):
        wrong = wrong_answer(exercise, misconception, number, seconds)
        if not wrong.kind and _equal(exercise, wrong.value, exercise.right(number)):
            if number == failing:
                return False
            continue
        got = call(number)
        if got.kind or wrong.kind:
            if got.kind != wrong.kind:
                return False
        elif not _equal(exercise, got.value, wrong.value, nan=True):
            return False
    return True


def wrong_answer(
    exercise: Exercise, misconception: Misconception, number: int, seconds: float = 2.0
) -> Answer:
    """What a misconception answers to a case, by its number from 0."""
    if exercise.recorded is not None:
        return exercise.recorded.wrong[misconception.name][number]
    assert misconception.wrong is not None, f"{misconception.name} has no function"
    return _call(exercise, misconception.wrong, exercise.cases[number], seconds)


def _equal(exercise: Exercise, got: Any, expected: Any, nan: bool = False) -> bool:
    """`equal`, whatever the learner's own classes do when they are looked at."""
    try:
        with _quiet():
            return with_deadline(equal, (got, expected, nan, exercise.close), 2.0)
    except BaseException:
        return False


def equal(got: Any, expected: Any, nan: bool = False, within: float = CLOSE) -> bool:
    """Whether two answers are the same: numbers within rounding, lists and arrays alike.

    With ``nan`` two numbers that are none (NaN) are the same, too.
    """
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(equal(got[key], expected[key], nan, within) for key in expected)
        )
    if isinstance(expected, str) or isinstance(got, str):
        return isinstance(got, str) and isinstance(expected, str) and str(got) == str(expected)
    if isinstance(expected, (tuple, list)) and any(
        isinstance(part, (str, dict, list, tuple, np.ndarray)) for part in expected
    ):
        return (
            isinstance(got, (tuple, list, np.ndarray))
            and len(got) == len(expected)
            and all(equal(g, e, nan, within) for g, e in zip(got, expected, strict=True))
        )
    try:
        a, b = np.asarray(got), np.asarray(expected)
        if a.dtype.kind not in "biuf" or a.shape != b.shape:
            return False
        close = max(within, CLOSE_FLOAT32) if a.dtype in (np.float16, np.float32) else within
        return bool(np.allclose(a, b, rtol=close, atol=close, equal_nan=nan))
    except (TypeError, ValueError, OverflowError):
        return False


def _same(given: Any, arguments: Any) -> bool:
    if isinstance(arguments, np.ndarray):
        return isinstance(given, np.ndarray) and np.array_equal(given, arguments)
    if isinstance(arguments, (list, tuple)):
        return (
            isinstance(given, (list, tuple))
            and len(given) == len(arguments)
            and all(_same(g, a) for g, a in zip(given, arguments, strict=True))
        )
    if isinstance(arguments, np.random.Generator):
        return True
    return bool(given == arguments) or (given is arguments)


def _shape_hint(expected: Any, got: Any) -> str:
    try:
        with _quiet():
            a, b = with_deadline(lambda: (np.shape(got), np.shape(expected)), (), 1.0)
    except BaseException:
        return ""
    return "" if a == b else f"Its shape is {a}, and {b} is wanted."


def _failed(error: BaseException) -> str:
    """How a call ended that gave nothing."""
    kind = type(error).__name__
    if isinstance(error, RecursionError):
        return "calls itself again and again without an end; a loop, or a way out, is missing."
    if not isinstance(error, Exception):
        return f"ended with {kind}."
    return f"raised {kind}: {_cut(_message(error))}"


def _message(error: BaseException) -> str:
    try:
        with _quiet():
            return str(with_deadline(str, (error,), 1.0))
    except BaseException:
        return "something that can't be said"


def _called(exercise: Exercise, arguments: Sequence[Any]) -> str:
    return f"{exercise.name}({', '.join(words(argument) for argument in arguments)})"


def _pair(expected: Any, got: Any) -> tuple[str, str]:
    """Both in words, with as many digits as it takes to tell them apart."""
    for digits in (4, 8, 17):
        wanted, given = words(expected, digits), words(got, digits)
        if wanted != given:
            break
    return wanted, given


def words(value: Any, digits: int = 4) -> str:
    """A value as a learner would write it, cut if it is long; nothing of its own is called."""
    return _cut(_words(value, digits, 4))


def _cut(said: str) -> str:
    return said if len(said) <= LONGEST else said[:LONGEST] + " …"


def _words(value: Any, digits: int, depth: int) -> str:
    kind = type(value)  # isinstance would ask the value itself, and it may be the learner's own
    if value is None or value is Ellipsis or kind in (bool, str, bytes):
        return repr(value[: LONGEST + 1]) if kind in (str, bytes) else repr(value)
    if kind is int:
        return str(value) if abs(value) < 10**30 else "a number of more than 30 digits"
    if kind is float:
        return repr(round(value, digits)) if np.isfinite(value) else str(value)
    if issubclass(kind, np.generic):
        return _words(value.item(), digits, depth - 1) if depth else "…"
    if issubclass(kind, np.ndarray) and depth and value.dtype.kind in "biufU":
        if value.ndim == 0:
            return _words(value.item(), digits, depth)
        return _words(np.asarray(value)[:MOST].tolist(), digits, depth)
    if kind in (list, tuple) and depth:
        parts = [_words(part, digits, depth - 1) for part in value[:MOST]]
        parts += ["…"] * (len(value) > MOST)
        comma = "," if kind is tuple and len(parts) == 1 else ""
        opened, closed = ("[", "]") if kind is list else ("(", ")")
        return opened + ", ".join(parts) + comma + closed
    if kind is dict and depth:
        return "; ".join(
            f"{key if isinstance(key, str) else _words(key, digits, 1)}:"
            f" {_words(part, digits, depth - 1)}"
            for key, part in itertools.islice(value.items(), MOST)
        )
    if kind is range:
        return repr(value)
    if issubclass(kind, np.random.Generator):
        return "rng"
    if kind in (types.FunctionType, types.BuiltinFunctionType):
        return str(value.__name__)
    return f"something of type {kind.__name__}"


def cell(exercise: Exercise) -> str:
    """The code cell that a chapter has for an exercise: its blank, and the call that checks it."""
    return f"{textwrap.dedent(exercise.blank).strip()}\n\n\ncheck({exercise.name})"


def heading(exercise: Exercise | Project, number: int) -> str:
    """An exercise's heading: number, title, core or deeper, difficulty, minutes."""
    part = "core" if exercise.core else "deeper"
    dots = "●" * exercise.difficulty + "○" * (3 - exercise.difficulty)
    minutes = f"{exercise.minutes} minutes"
    return f"### Exercise {exercise.chapter}.{number}: {exercise.title} ({part}, {dots}, {minutes})"
