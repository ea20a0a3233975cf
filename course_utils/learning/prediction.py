"""A prediction: made before the result is seen, kept as it was made, and graded like a student.

How sure somebody is of an answer makes it a spread of confidence over all options: what isn't on
the chosen one lies evenly on the others. Its loss is −ln of what lies on the right one, the same
formula as for a model; a blind guess among n options costs ln n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.learning.progress import Progress, shared
from course_utils.material.questions import ChoiceQuestion

KIND = "prediction"
CHOICE, NUMBER, CURVE = "choice", "number", "curve"
CHIP = 0.05  # each option keeps one chip of twenty, as on paper: a wrong "never" costs infinitely
GUESSED = "just a guess"


@dataclass
class Prediction:
    """A question with ``options``; ``chosen`` is the option's number, or None before.

    ``confidence`` (0 to 1) is how sure the learner is of it, None if that wasn't said. Raises
    `ValueError` for an option that isn't there.
    """

    question: str
    options: tuple[str, ...]
    chosen: int | None = None
    confidence: float | None = None

    def choose(self, number: int, confidence: float | None = None) -> None:
        """Record option ``number`` (from 0)."""
        if not 0 <= number < len(self.options):
            raise ValueError(f"There is no option {number}; choose 0 to {len(self.options) - 1}.")
        self.chosen, self.confidence = number, confidence

    @property
    def answer(self) -> str:
        """The chosen option, or "not answered yet"."""
        return "not answered yet" if self.chosen is None else self.options[self.chosen]


def levels(options: int) -> list[tuple[str, float]]:
    """How sure one can be of the best of n options: words, and the confidence on it.

    From a blind guess in steps of a chip to as much as leaves every other option one chip.
    """
    even = 1 / options
    chips = range(math.floor(even / CHIP + 1e-9) + 1, round(1 / CHIP) - (options - 1) + 1)
    return [(GUESSED, even)] + [(f"{100 * CHIP * n:.0f} %", round(CHIP * n, 2)) for n in chips]


def statement_levels() -> list[tuple[str, float]]:
    """How sure one can be that a statement is true, from one chip to all but one."""
    chips = range(1, round(1 / CHIP))
    return [(f"{100 * CHIP * n:.0f} %", round(CHIP * n, 2)) for n in chips]


def graded(confidence: float, right: bool, options: int) -> float:
    """The loss in nats of an answer held with this confidence, among so many options.

    Raises `ValueError` for a confidence that isn't between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"A confidence lies between 0 and 1, not at {confidence}.")
    return -math.log(confidence if right else (1 - confidence) / (options - 1))


def blind(options: int) -> float:
    """The loss in nats of a blind guess among so many options."""
    return math.log(options)


class PredictionLog:
    """What is kept of one prediction, under a ``name`` that stays the same from run to run.

    Without a name nothing is kept. ``about`` is "choice", "number" or "curve"; ``options`` how many
    a blind guess has (a number or a curve is right or not: two).
    """

    def __init__(
        self, name: str | None, about: str = CHOICE, options: int = 2,
        progress: Progress | None = None,
    ) -> None:  # fmt: skip
        self.name, self.about, self.options = name, about, options
        self._progress = progress
        self.data: dict[str, Any] | None = None

    @property
    def progress(self) -> Progress:
        """Where it is kept."""
        return shared() if self._progress is None else self._progress

    def answered(self, answer: object, confidence: float | None = None) -> None:
        """Keep an answer (what fits into JSON) and how sure the learner is of it."""
        self._begin(answer, confidence)
        self._keep()

    def settled(
        self, answer: object, outcome: object, right: bool | None, confidence: float | None = None
    ) -> None:
        """Keep an answer and its outcome in one entry, where both are known at once."""
        self._begin(answer, confidence)
        self.came(outcome, right)

    def _begin(self, answer: object, confidence: float | None) -> None:
        self.data = {
            "about": self.about, "answer": answer, "confidence": confidence,
            "options": self.options, "outcome": None, "right": None, "score": None,
        }  # fmt: skip

    def came(self, outcome: object, right: bool | None) -> None:
        """Keep what came of the last answer; ``right`` is None where that can't be said.

        Nothing is kept before there is an answer, and nothing twice.
        """
        if self.data is None or self.data["outcome"] is not None:
            return
        confidence = self.data["confidence"]
        score = None
        if confidence is not None and right is not None:
            score = graded(confidence, right, self.options)
        self.data |= {"outcome": outcome, "right": right, "score": score}
        self._keep()

    def withdrawn(self) -> None:
        """Forget the answer here: the learner takes it back before the outcome is seen."""
        self.data = None

    def _keep(self) -> None:
        if self.name is not None and self.data is not None:
            self.progress.record(KIND, self.name, self.data)


def paper_entry(question: ChoiceQuestion, chips: Sequence[int] | None) -> dict[str, Any]:
    """What is kept of a question with five boxes: the fullest box, and all chips (of twenty)."""
    assert chips is not None
    total, favourite = sum(chips), max(range(len(chips)), key=lambda box: chips[box])
    right = question.answer_box
    return {
        "about": CHOICE, "answer": question.boxes[favourite],
        "confidence": chips[favourite] / total, "options": len(chips),
        "probabilities": [count / total for count in chips], "outcome": question.answer,
        "right": favourite == right, "score": -math.log(chips[right] / total),
    }  # fmt: skip


def grade_sentence(confidence: float | None, right: bool, options: int) -> str:
    """What an answer cost, beside a blind guess; empty if no confidence was given."""
    if confidence is None:
        return ""
    loss, even = graded(confidence, right, options), blind(options)
    return (
        f"With {100 * confidence:.0f} % on your answer this costs you {loss:.2f};"
        f" a blind guess costs {even:.2f}, and lower is better."
    )
