"""What a class's graded cells call: a verdict on a function, by an exercise's cases or by others.

The cells assert on it. It prints nothing, for nbgrader takes a warning in a graded cell for a
failure, and any other output for full marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from course_utils.learning.bank import find
from course_utils.learning.exercises import CLOSE, Exercise, Judgement, Recorded, judge

SECONDS = 4.0  # for one call: a machine that grades a class is often busy
Function = Callable[..., Any]
Case = tuple[tuple[Any, ...], Any]  # the arguments, and what is right


def judged(
    name: str,
    function: Function,
    cases: Sequence[Case] = (),
    facts: Callable[[Function, tuple[Any, ...]], Any] | None = None,
    close: float = CLOSE,
) -> Judgement:
    """Judge a function by these cases or, without any, by those of the exercise of this name.

    Where many answers are right, ``facts`` says what of them is compared, and ``close`` how
    closely; an exercise brings its own. Raises `ValueError` without cases and without such an
    exercise.
    """
    if not cases:
        return judge(find(name), function, SECONDS)
    return judge(made_of(name, cases, facts, close), function, SECONDS)


def made_of(
    name: str,
    cases: Sequence[Case],
    facts: Callable[[Function, tuple[Any, ...]], Any] | None = None,
    close: float = CLOSE,
) -> Exercise:
    """An exercise of nothing but cases and their right answers."""
    return Exercise(
        name=name, title=name, chapter=0, kind="free", task="", difficulty=1, minutes=1, core=False,
        cases=tuple(arguments for arguments, _ in cases), misconceptions=(), hints=("", "", ""),
        blank=f"def {name}():\n    return ...\n", facts=facts, close=close,
        recorded=Recorded(tuple(right for _, right in cases), {}),
    )  # fmt: skip
