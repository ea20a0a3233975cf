"""Quiz questions of five kinds, each with a reason for every answer, and the bank of them all."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

from course_utils.figures.small_curves import CurveBox, small_curves_alt

CHAPTERS = range(7)
RIGHT, WRONG = "Right.", "Not right."
# What is kept of an answer: an option's number, several, a number, or an order of items.
Answer: TypeAlias = int | float | list[int]


@dataclass(frozen=True)
class Option:
    """One of the answers that are offered, and why it is right or wrong."""

    text: str
    explanation: str
    right: bool = False


@dataclass(frozen=True)
class Slip:
    """A wrong number that is often given, and what it comes from."""

    value: float
    explanation: str


@dataclass(frozen=True)
class Reply:
    """What is said to an answer: ``said`` about the chosen one, ``rest`` about all the others."""

    right: bool
    said: str
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Question(ABC):
    """A question; ``name`` is unique in the course and stable, for answers are kept by it.

    ``confidence`` says whether the learner is also asked how sure the answer is.
    """

    name: str
    asked: str
    confidence: bool = field(default=False, kw_only=True)

    @abstractmethod
    def read(self, given: Any) -> Answer | None:
        """An answer as it was kept, or None if it can't be one of this question's."""

    @abstractmethod
    def reply(self, given: Any) -> Reply:
        """Judge an answer. Raises `ValueError` with a sentence for one that isn't possible."""

    @abstractmethod
    def spelled(self, given: Any) -> str:
        """An answer in words."""

    @property
    def choices(self) -> int | None:
        """Among how many answers a blind guess chooses, if there are so many."""
        return None

    def _checked(self, given: Any) -> Answer:
        answer = self.read(given)
        if answer is None:
            raise ValueError(f"{given!r} isn't an answer to this question; choose one that is.")
        return answer


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class OneChoice(Question):
    """Exactly one of the ``options`` is right."""

    options: tuple[Option, ...]

    def __post_init__(self) -> None:
        if sum(option.right for option in self.options) != 1:
            raise ValueError(f"{self.name!r} needs exactly one right option.")

    @property
    def answer(self) -> int:
        """The right option's number, from 0."""
        return next(i for i, option in enumerate(self.options) if option.right)

    @property
    def choices(self) -> int | None:
        """The number of options."""
        return len(self.options)

    def read(self, given: Any) -> Answer | None:
        """The option's number, if there is such an option."""
        return given if _whole(given) and 0 <= given < len(self.options) else None

    def reply(self, given: Any) -> Reply:
        """Right or not, the chosen option's explanation, and the others'."""
        chosen = self._checked(given)
        right = chosen == self.answer
        said = f"{RIGHT if right else WRONG} {self.options[int(chosen)].explanation}"  # type: ignore[arg-type]
        rest = tuple(
            f"{self._shown(i)}{' (right)' if option.right else ''}: {option.explanation}"
            for i, option in enumerate(self.options)
            if i != chosen
        )
        return Reply(right, said, rest)

    def spelled(self, given: Any) -> str:
        """The option's text."""
        return self._shown(int(self._checked(given)))  # type: ignore[arg-type]

    def _shown(self, number: int) -> str:
        return quoted(self.options[number].text)


@dataclass(frozen=True)
class WhichCurve(OneChoice):
    """One of the drawn curves is right: each option's text is the letter of its box.

    ``boxes`` has one drawing for each option; ``across`` and ``up`` name the axes.
    """

    boxes: tuple[CurveBox, ...]
    across: str
    up: str
    logarithmic: bool = False

    @cached_property
    def alt(self) -> str:
        """What is drawn, in words."""
        return small_curves_alt(self.boxes, self.across, self.up)

    def _shown(self, number: int) -> str:
        return f"curve {self.options[number].text}"


@dataclass(frozen=True)
class SeveralChoices(Question):
    """Any number of the ``options`` are right; an answer is right if all of it is."""

    options: tuple[Option, ...]

    @property
    def answer(self) -> list[int]:
        """The right options' numbers, from 0."""
        return [i for i, option in enumerate(self.options) if option.right]

    def read(self, given: Any) -> Answer | None:
        """The numbers in order, if there are such options."""
        if not isinstance(given, list | tuple) or not all(map(_whole, given)):
            return None
        if len(set(given)) != len(given) or not all(0 <= i < len(self.options) for i in given):
            return None
        return sorted(given)

    def spelled(self, given: Any) -> str:
        """The ticked options' texts."""
        chosen = self._checked(given)
        assert isinstance(chosen, list)
        return ", ".join(quoted(self.options[i].text) for i in chosen) or "no tick"

    def reply(self, given: Any) -> Reply:
        """Right or not, how many ticks are as they should be, and every explanation."""
        chosen = self._checked(given)
        assert isinstance(chosen, list)
        right = chosen == self.answer
        fit = sum(option.right == (i in chosen) for i, option in enumerate(self.options))
        said = (
            f"{RIGHT} Each tick is where it belongs, and so is each empty box."
            if right
            else f"{WRONG} {fit} of {len(self.options)} boxes are as they should be."
        )
        rest = tuple(
            f"{quoted(option.text)} ({'true' if option.right else 'not true'};"
            f" you {'ticked' if i in chosen else 'did not tick'} it): {option.explanation}"
            for i, option in enumerate(self.options)
        )
        return Reply(right, said, rest)


@dataclass(frozen=True)
class NumberAsked(Question):
    """A number is asked; it is right within ``tolerance``. ``unit`` stands behind the box.

    ``explanation`` says how the answer comes about, ``slips`` what known wrong ones come from.
    """

    answer: float
    tolerance: float
    explanation: str
    slips: tuple[Slip, ...]
    unit: str = ""

    def read(self, given: Any) -> Answer | None:
        """The number, if it is one."""
        if isinstance(given, bool) or not isinstance(given, int | float):
            return None
        return float(given) if math.isfinite(given) else None

    def spelled(self, given: Any) -> str:
        """The number with its unit."""
        number = self._checked(given)
        assert isinstance(number, float)
        return f"{spell(number)} {self.unit}".strip()

    def reply(self, given: Any) -> Reply:
        """Right or not, what a known wrong number comes from, and how the right one does."""
        number = self._checked(given)
        assert isinstance(number, float)
        if abs(number - self.answer) <= self.tolerance:
            return Reply(True, f"{RIGHT} {self.explanation}", self._rest(None))
        near = [slip for slip in self.slips if abs(number - slip.value) <= self.tolerance]
        if not near:
            way = "too large" if number > self.answer else "too small"
            return Reply(False, f"{WRONG} It is {way}. {self.explanation}", self._rest(None))
        said = f"{WRONG} {near[0].explanation} {self.explanation}"
        return Reply(False, said, self._rest(near[0]))

    def _rest(self, but: Slip | None) -> tuple[str, ...]:
        return tuple(
            f"{spell(slip.value)}: {slip.explanation}" for slip in self.slips if slip != but
        )


@dataclass(frozen=True)
class Ordered(Question):
    """Items to be put in order: ``items`` stands in the right one, each with its reason.

    ``shown`` is the order in which they are first laid out: numbers of items.
    """

    items: tuple[Option, ...]
    shown: tuple[int, ...]

    def __post_init__(self) -> None:
        if sorted(self.shown) != list(range(len(self.items))) or list(self.shown) == self.answer:
            raise ValueError(f"{self.name!r} must lay out each item once, and not in order.")

    @property
    def answer(self) -> list[int]:
        """The right order."""
        return list(range(len(self.items)))

    def read(self, given: Any) -> Answer | None:
        """The order, if it has each item once."""
        if not isinstance(given, list | tuple) or not all(map(_whole, given)):
            return None
        return list(given) if sorted(given) == self.answer else None

    def spelled(self, given: Any) -> str:
        """The items in the order given."""
        order = self._checked(given)
        assert isinstance(order, list)
        return ", ".join(self.items[i].text for i in order)

    def reply(self, given: Any) -> Reply:
        """Right or not, how many stand in their place, and each place's reason."""
        order = self._checked(given)
        assert isinstance(order, list)
        right = order == self.answer
        placed = sum(i == item for i, item in enumerate(order))
        said = (
            f"{RIGHT} All {len(order)} stand in their places."
            if right
            else f"{WRONG} {placed} of {len(order)} stand in their places."
        )
        rest = tuple(
            f"{item.text} (you had it in place {order.index(i) + 1}): {item.explanation}"
            for i, item in enumerate(self.items)
        )
        return Reply(right, said, rest)


@dataclass(frozen=True)
class Recalled:
    """A question that is asked again later; ``chapter`` is where its answer was explained."""

    chapter: int
    question: Question


def quiz(chapter: int) -> tuple[Question, ...]:
    """The questions at the end of a chapter. Raises `ValueError` for a chapter without any."""
    found: tuple[Question, ...] = _bank(chapter).QUIZ
    return found


def recall(chapter: int) -> tuple[Question, ...]:
    """The three questions at the start of a chapter. Raises `ValueError` for one without any."""
    return tuple(recalled.question for recalled in recalled_by(chapter))


def recalled_by(chapter: int) -> tuple[Recalled, ...]:
    """The same, with the chapters that they come from."""
    found: tuple[Recalled, ...] = getattr(_bank(chapter), "RECALL", ())
    if not found:
        raise ValueError(f"Chapter {chapter} recalls nothing; choose 1 to {CHAPTERS[-1]}.")
    return found


def _bank(chapter: int) -> Any:
    if not _whole(chapter) or chapter not in CHAPTERS:
        raise ValueError(f"There is no quiz for chapter {chapter!r}; choose 0 to {CHAPTERS[-1]}.")
    return import_module(f"course_utils.learning.questions.chapter_{chapter}")


def read_number(written: str) -> float:
    """A number as people write it: 0.69, 0,69, 1,040, 80 %. Raises `ValueError` with a remedy."""
    kept = written.strip().replace("−", "-").replace(" ", "").replace("\u202f", "").rstrip("%")
    whole, comma, part = kept.rpartition(",")
    if comma and "." not in kept:
        thousands = len(part) == 3 and whole.strip("-0") != ""
        kept = kept.replace(",", "") if thousands else f"{whole}.{part}"
    try:
        number = float(kept.replace(",", "").replace("_", "x"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        shown = written.strip()[:30]
        raise ValueError(f"“{shown}” isn't a number; write one with digits, such as 0.69.")
    return number


def quoted(words: str) -> str:
    """Words in quotation marks, unless they have some of their own."""
    return words if "“" in words else f"“{words}”"


def spell(value: float) -> str:
    """A number as a person writes it: 1,040 or 0.69."""
    if abs(value) < 1e12 and value == int(value):
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:g}".replace("-", "−")
