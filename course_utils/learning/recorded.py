"""What solutions and misconceptions answer to each case, as text: in place of their code.

The release wheel holds this file, so that `check` works there although the solutions are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.learning.exercises import Answer, Exercise, Recorded, wrong_answer

SOLUTIONS = "course_utils.learning.solutions"
FILE = Path(__file__).with_name("bank") / "answers.json"


def with_answers(exercises: Iterable[Exercise]) -> tuple[Exercise, ...]:
    """The exercises with their solutions or, where the teacher keeps those, with their answers."""
    try:
        kept = import_module(SOLUTIONS)
    except ModuleNotFoundError as error:
        if error.name != SOLUTIONS:
            raise
        recorded = read(FILE.read_text(encoding="utf-8"))
        return tuple(replace(one, recorded=recorded[one.name]) for one in exercises)
    return tuple(
        replace(
            one,
            solution=kept.SOLUTIONS[one.name],
            misconceptions=tuple(
                replace(m, wrong=kept.WRONG[one.name][m.name]) for m in one.misconceptions
            ),
        )
        for one in exercises
    )


def without_solution(exercise: Exercise, recorded: Recorded) -> Exercise:
    """The exercise as a release has it."""
    misconceptions = tuple(replace(m, wrong=None) for m in exercise.misconceptions)
    return replace(exercise, solution=None, misconceptions=misconceptions, recorded=recorded)


def record(exercises: Iterable[Exercise]) -> str:
    """All answers as JSON. Raises `TypeError` for an answer of a kind that can't be written."""
    whole = {}
    for one in exercises:
        numbers = range(len(one.cases))
        whole[one.name] = {
            "right": [_plain(one.right(number)) for number in numbers],
            "wrong": {
                m.name: [_written(wrong_answer(one, m, number)) for number in numbers]
                for m in one.misconceptions
            },
        }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def read(text: str) -> dict[str, Recorded]:
    """What `record` wrote, by the exercise's name."""
    return {
        name: Recorded(
            tuple(_made(value) for value in one["right"]),
            {
                wrong: tuple(Answer(_made(a["value"]), kind=a["kind"]) for a in answers)
                for wrong, answers in one["wrong"].items()
            },
        )
        for name, one in json.loads(text).items()
    }


def _written(answer: Answer) -> dict[str, Any]:
    return {"kind": answer.kind, "value": _plain(answer.value)}


def _plain(value: Any) -> Any:
    """Numbers, text and lists as they are; a tuple, array or table says what it is."""
    if value is None or isinstance(value, bool | int | float | str):
        return float(value) if isinstance(value, np.floating) else value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(part) for part in value]}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"table": {key: _plain(part) for key, part in value.items()}}
    raise TypeError(f"An answer of type {type(value).__name__} can't be recorded.")


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return [_made(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], value["dtype"])
    if "tuple" in value:
        return tuple(_made(part) for part in value["tuple"])
    return {key: _made(part) for key, part in value["table"].items()}
