"""Calibration: of all answers held with 80 % confidence, were 80 % right?

Every answer with a confidence counts, predictions and quiz questions alike, and only the first
one: later ones were given by somebody who had seen the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.learning.prediction import blind, graded
from course_utils.learning.progress import Entry

KINDS = ("prediction", "quiz", "recall")
LEAST = 8  # answers in a group of which a share is said
EDGES = (0.0, 0.5, 0.7, 0.85, 1.0)  # groups of confidence; each begins at its lower edge
TAIL = 0.025  # on each side of what chance allows
PERFECT = 0.99  # what somebody is taken to have meant who said 100 %


@dataclass(frozen=True)
class Answered:
    """An answer whose outcome is known: the confidence on it, and its loss beside a blind guess's.

    ``loss`` and ``blind`` are in nats.
    """

    name: str
    confidence: float
    right: bool
    loss: float
    blind: float


@dataclass(frozen=True)
class Group:
    """Answers of like confidence: how many, how many right, and how many chance allows.

    ``said`` is their mean confidence, ``least`` and ``most`` the confidences that occur;
    ``usual`` is the range in which the number of right ones lies in 95 of 100 cases if every
    confidence is meant exactly.
    """

    count: int
    right: int
    said: float
    least: float
    most: float
    usual: tuple[int, int]

    @property
    def share(self) -> float:
        """The share of right answers."""
        return self.right / self.count

    @property
    def verdict(self) -> str:
        """Whether that was too sure, not sure enough, or as good as can be told."""
        if self.right < self.usual[0]:
            return "you were too sure"
        return "you could be surer" if self.right > self.usual[1] else "that fits"

    @property
    def sentence(self) -> str:
        """The group in words."""
        least, most = (f"{100 * value:.0f}" for value in (self.least, self.most))
        when = f"{least} %" if least == most else f"{least} to {most} %"
        low, high = self.usual
        return (
            f"When you said {when}, you were right in {self.right} of {self.count}"
            f" ({100 * self.share:.0f} %); {low} to {high} would be usual: {self.verdict}."
        )


def answered(entries: Iterable[Entry]) -> list[Answered]:
    """All answers with a confidence and an outcome, the first one of each name."""
    found: dict[tuple[str, str], Answered] = {}
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        data, key = entry.data, (entry.kind, entry.name)
        right = data.get("right")
        if entry.kind not in KINDS or not isinstance(right, bool) or key in seen:
            continue
        seen.add(key)  # a first answer without a confidence isn't replaced by a later one with
        one = _answered(entry.name, data.get("confidence"), right, data.get("options"))
        if one is not None:
            score = number(data.get("score"))  # chips lie on all boxes, and are graded so
            if "probabilities" in data and score is not None:
                one = Answered(one.name, one.confidence, right, score, one.blind)
            found[key] = one
    return list(found.values())


def _answered(name: str, confidence: object, right: bool, options: object) -> Answered | None:
    """An answer, or None if it says no confidence that makes sense (a file can be edited)."""
    given = number(confidence)
    if given is None or not 0 <= given <= 1:
        return None
    sure = min(max(given, 1 - PERFECT), PERFECT)
    among = options if isinstance(options, int) and not isinstance(options, bool) else 2
    among = max(among, 2)
    return Answered(name, sure, right, graded(sure, right, among), blind(among))


def number(value: object) -> float | None:
    """A value from a file as a finite number, or None if it is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def groups(answers: Sequence[Answered], least: int = LEAST) -> list[Group]:
    """The groups of confidence that hold at least so many answers, the least sure first."""
    found = []
    for low, high in itertools.pairwise(EDGES):
        inside = [
            a
            for a in answers
            if low - 1e-9 <= a.confidence < high - 1e-9 or a.confidence == high == 1
        ]
        if len(inside) < least:
            continue
        sure = [a.confidence for a in inside]
        found.append(
            Group(
                len(inside), sum(a.right for a in inside), float(np.mean(sure)), min(sure),
                max(sure), usual(sure),
            )
        )  # fmt: skip
    return found


def usual(confidences: Sequence[float]) -> tuple[int, int]:
    """From how many to how many are right in 95 of 100 cases, each with its own chance."""
    chances = np.ones(1)
    for p in confidences:
        chances = np.convolve(chances, [1 - p, p])
    below = np.cumsum(chances)
    return int(np.searchsorted(below, TAIL)), int(np.searchsorted(below, 1 - TAIL - 1e-12))


def means(answers: Sequence[Answered]) -> tuple[float, float] | None:
    """The mean loss of the answers and that of a blind guess on them, in nats; None without any."""
    if not answers:
        return None
    return float(np.mean([a.loss for a in answers])), float(np.mean([a.blind for a in answers]))


def summary(answers: Sequence[Answered], least: int = LEAST) -> list[str]:
    """What can be said of a learner's calibration, one sentence each."""
    both = means(answers)
    if both is None:
        return ["No answer with a confidence yet: predict, or answer a quiz, and look again."]
    mine, even = both
    count = f"{len(answers)} answer{'s' if len(answers) > 1 else ''} with a confidence"
    better = "better" if mine < even - 0.005 else "worse" if mine > even + 0.005 else "the same"
    said = [f"{count}: mean loss {mine:.2f}, a blind guess's {even:.2f}; {better}."]
    told = [group.sentence for group in groups(answers, least)]
    if not told:
        said.append(
            f"A share of right answers says something from {least} answers of like confidence on;"
            " you have fewer so far."
        )
    return said + told
