"""All exercises, chapter by chapter: the first is core, and they fade from given to free."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from course_utils.learning.bank import (
    chapter_1,
    chapter_2,
    chapter_3,
    chapter_4,
    chapter_5,
    chapter_6,
)
from course_utils.learning.bank.chapter_6 import PROJECT
from course_utils.learning.exercises import Exercise
from course_utils.learning.recorded import with_answers

EXERCISES: tuple[Exercise, ...] = with_answers(
    (
        *chapter_1.EXERCISES,
        *chapter_2.EXERCISES,
        *chapter_3.EXERCISES,
        *chapter_4.EXERCISES,
        *chapter_5.EXERCISES,
        *chapter_6.EXERCISES,
    )
)
BY_NAME = {exercise.name: exercise for exercise in EXERCISES}

__all__ = ["BY_NAME", "EXERCISES", "PROJECT", "find", "number_of", "of_chapter"]


def find(what: str | Callable[..., Any]) -> Exercise:
    """The exercise of a function, or of a name. Raises `ValueError`, saying what would be right."""
    name = what if isinstance(what, str) else getattr(what, "__name__", None)
    if not isinstance(name, str):
        raise ValueError(
            f"Give the function that you wrote, by its name without brackets, as in"
            f" check({EXERCISES[0].name}); this is {_kind(what)}."
        )
    if name in BY_NAME:
        return BY_NAME[name]
    if name == "<lambda>":
        raise ValueError("This function has no name; write it with def and the exercise's name.")
    near = difflib.get_close_matches(name, BY_NAME, 1)
    remedy = (
        f"did you mean {near[0]}?" if near else "keep the name that stands after def in the blank."
    )
    raise ValueError(f"There is no exercise with the name {name[:60]!r}; {remedy}")


def _kind(what: object) -> str:
    return "nothing" if what is None else f"something of type {type(what).__name__}"


def of_chapter(chapter: int) -> tuple[Exercise, ...]:
    """A chapter's exercises in their order."""
    return tuple(exercise for exercise in EXERCISES if exercise.chapter == chapter)


def number_of(exercise: Exercise) -> int:
    """Which one of its chapter it is, from 1."""
    return of_chapter(exercise.chapter).index(exercise) + 1
