"""What a class's report cards say together: what stops most, how sure it was, whom to talk to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import NDArray

from course_utils.figures.class_grid import DONE as PASSED
from course_utils.figures.class_grid import HELPED, OPEN, TRIED, Columns
from course_utils.learning.bank import BY_NAME
from course_utils.learning.calibration import PERFECT, Answered, Group, groups, means
from course_utils.learning.prediction import blind, graded
from course_utils.learning.quizzes import Question, quiz
from course_utils.learning.report import Parts
from course_utils.teaching.report_cards import DONE, Answer, Card, Foretold
from course_utils.teaching.report_cards import TRIED as UNDER_WAY

TALK = 5  # students to talk to first
MANY_TRIES = 4  # at one exercise, without passing it
MANY_HELPED = 3  # solutions seen
ENOUGH = 5  # predictions, before anything is said about how sure somebody is
WORSE = 0.1  # nats a prediction above a blind guess
FEW_GROUPS = 8  # answers of like confidence


@dataclass(frozen=True)
class Stop:
    """An exercise or question as the class met it.

    ``passed``, ``tried`` (and not passed) and ``helped`` count students; ``tries`` is the mean of
    those who tried. ``wrong`` are the wrong answers, the commonest first, with how many gave them.
    """

    chapter: int
    label: str
    title: str
    passed: int
    tried: int
    helped: int
    tries: float
    wrong: tuple[tuple[str, int], ...]

    @property
    def met(self) -> int:
        """How many have tried it at all."""
        return self.passed + self.tried

    @property
    def weight(self) -> float:
        """How much it stops: who is still at it, and whom it cost many tries or the solution."""
        return self.tried + 0.5 * self.helped + 0.25 * max(0.0, self.tries - 1) * self.met


@dataclass(frozen=True)
class Foreseen:
    """One prediction of the course: how many made it with a confidence, and how it came."""

    title: str
    count: int
    right: int
    said: float
    loss: float
    blind: float


@dataclass(frozen=True)
class Talk:
    """A student to talk to, and why, the weightiest reason first."""

    card: Card
    reasons: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class ClassSummary:
    """Everything that the page and the table show; ``states`` (S, C) are as in `class_grid`."""

    cards: tuple[Card, ...]
    columns: Columns
    names: tuple[str, ...]
    states: NDArray[np.int64]
    exercises: tuple[Stop, ...]
    questions: tuple[Stop, ...]
    answers: tuple[Answered, ...]
    groups: tuple[Group, ...]
    foreseen: tuple[Foreseen, ...]
    talk: tuple[Talk, ...]

    def where(self, row: int) -> str:
        """The furthest exercise that a student has tried or passed, by its label and title."""
        states = self.states[row]
        if len(states) and (states >= PASSED).all():
            return "all passed"
        met = np.flatnonzero(states != OPEN)
        if not len(met):
            return "no exercise yet"
        stop = self.exercises[int(met[-1])]
        return f"{stop.label} {stop.title}"


def summarise(cards: Sequence[Card], parts: Mapping[int, Parts]) -> ClassSummary:
    """Put the cards together; those who have passed most come first."""
    ordered = sorted(cards, key=lambda card: (-card.passed(), card.label.casefold(), card.file))
    known = [
        (chapter, f"{chapter}.{i}", name, title)
        for chapter, part in parts.items()
        for i, (name, title) in enumerate(part.exercises.items(), 1)
    ]
    columns = Columns(tuple(c for c, *_ in known), tuple(label for _, label, *_ in known))
    states = np.array(
        [[_state(card.exercises[name]) for _, _, name, _ in known] for card in ordered], np.int64
    ).reshape(len(ordered), len(known))
    answers = tuple(answer for card in ordered for answer in confident(card))
    return ClassSummary(
        tuple(ordered), columns, tuple(name for _, _, name, _ in known), states,
        tuple(
            _stop(chapter, label, title, [card.exercises[name] for card in ordered],
                  [misconceptions(name, card.exercises[name]) for card in ordered])
            for chapter, label, name, title in known
        ),
        tuple(_questions(ordered, parts)),
        answers, tuple(groups(answers, FEW_GROUPS)), tuple(_foreseen(ordered, parts)),
        tuple(whom(ordered)),
    )  # fmt: skip


def _state(answer: Answer) -> int:
    if answer.state == DONE:
        return HELPED if answer.helped else PASSED
    return TRIED if answer.state == UNDER_WAY else OPEN


def _stop(
    chapter: int, label: str, title: str, given: Sequence[Answer], wrong: Sequence[Sequence[str]]
) -> Stop:
    tries = [answer.tries for answer in given if answer.state != "open" and answer.tries]
    counted = Counter(words for one in wrong for words in dict.fromkeys(one))
    return Stop(
        chapter, label, title,
        sum(answer.state == DONE for answer in given),
        sum(answer.state == UNDER_WAY for answer in given),
        sum(answer.helped for answer in given),
        float(np.mean(tries)) if tries else 0.0,
        tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))),
    )  # fmt: skip


def misconceptions(exercise: str, answer: Answer) -> list[str]:
    """The misconceptions behind wrong answers: only those that the course knows by name."""
    if exercise not in BY_NAME:
        return []
    known = {m.name for m in BY_NAME[exercise].misconceptions}
    return [name for name in answer.misconceptions if name in known]


def _questions(cards: Sequence[Card], parts: Mapping[int, Parts]) -> list[Stop]:
    found = []
    for chapter, part in parts.items():
        bank = {question.name: question for question in quiz(chapter)} if part.quiz else {}
        for i, (name, title) in enumerate(part.quiz.items(), 1):
            given = [card.quiz[name] for card in cards]
            wrong = [_spelled(bank.get(name), answer) for answer in given]
            found.append(_stop(chapter, f"{chapter}.{i}", title, given, wrong))
    return found


def _spelled(question: Question | None, answer: Answer) -> list[str]:
    """Wrong answers in the course's own words; what can't be an answer is left out."""
    if question is None:
        return []
    read = [question.read(one) for one in answer.wrong]
    return [question.spelled(one) for one in read if one is not None]


@lru_cache(maxsize=2048)  # a card is asked several times
def _confident(foretold: tuple[Foretold, ...]) -> tuple[Answered, ...]:
    found = []
    for one in foretold:
        sure = min(max(one.confidence, 1 - PERFECT), PERFECT)
        loss = graded(sure, one.right, one.options) if one.score is None else one.score
        found.append(Answered(one.name, sure, one.right, loss, blind(one.options)))
    return tuple(found)


def confident(card: Card) -> tuple[Answered, ...]:
    """A student's predictions as `learning.calibration` grades them."""
    return _confident(card.foretold)


def _foreseen(cards: Sequence[Card], parts: Mapping[int, Parts]) -> list[Foreseen]:
    by_name: dict[str, list[Answered]] = {}
    for card in cards:
        for answer in confident(card):
            by_name.setdefault(answer.name, []).append(answer)
    titles = {n: t for part in parts.values() for n, t in part.predictions.items()}
    found = []
    for name, title in titles.items():
        answers = by_name.get(name, [])
        both = means(answers)
        if both is not None:
            said = float(np.mean([answer.confidence for answer in answers]))
            right = sum(answer.right for answer in answers)
            found.append(Foreseen(title, len(answers), right, said, *both))
    return found


def whom(cards: Sequence[Card]) -> list[Talk]:
    """At most `TALK` students with a reason to talk to them, the most urgent first."""
    middle = median([card.passed() for card in cards]) if cards else 0
    found = [talk for card in cards if (talk := _talk(card, middle)).reasons]
    return sorted(found, key=lambda t: (-t.weight, t.card.label.casefold(), t.card.file))[:TALK]


def _talk(card: Card, middle: float) -> Talk:
    """Weigh what a card shows: stuck counts most, then far behind, solutions, being too sure."""
    reasons: list[tuple[float, str]] = []
    stuck = [
        (answer.tries, name)
        for name, answer in card.exercises.items()
        if answer.state == UNDER_WAY and answer.tries >= MANY_TRIES
    ]
    if stuck:
        tries, name = max(stuck, key=lambda one: (one[0], one[1]))
        title = BY_NAME[name].title if name in BY_NAME else name
        more = f", and at {len(stuck) - 1} more" if len(stuck) > 1 else ""
        weight = 3.0 + min(tries, 20) / 10 + len(stuck)
        reasons.append((weight, f"{tries} tries at “{title}” without passing it{more}"))
    passed = card.passed()
    if middle >= 2 and passed <= middle / 2:
        begun = "nothing was begun" if not card.amount() else f"{passed} exercises passed"
        weight = 2.5 + 2 * (1 - passed / middle) - (0.5 if card.amount() else 0)
        reasons.append((weight, f"{begun}; half of the class has {middle:g} or more"))
    helped = sum(answer.helped for answer in card.exercises.values())
    if helped >= MANY_HELPED:
        reasons.append((1.0 + 0.2 * helped, f"looked at the solution of {helped} exercises"))
    answers = confident(card)
    both = means(answers)
    if both is not None and len(answers) >= ENOUGH and both[0] > both[1] + WORSE:
        reasons.append(
            (
                1.0 + min(both[0] - both[1], 2.0),
                f"very sure and often wrong: {len(answers)} predictions cost {both[0]:.2f} each, a"
                f" blind guess {both[1]:.2f}",
            )
        )
    reasons.sort(key=lambda one: -one[0])
    return Talk(card, tuple(words for _, words in reasons), sum(weight for weight, _ in reasons))
