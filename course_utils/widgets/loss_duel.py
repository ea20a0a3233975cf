"""A duel: two students whose right words have the same ranks. Are their losses the same?"""

from __future__ import annotations

from dataclasses import dataclass

import ipywidgets as W

from course_utils.figures.duel import duel_alt, duel_canvas, report_alt, report_canvas
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.grading import (
    Duel,
    agreeing_duel,
    grade_test,
    place_name,
    report,
    twin_duel,
)
from course_utils.training.students import TRAINED, UNTRAINED
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import Panel, answering, paragraph, status

BOLD, TIMID = 4.0, 0.5
HALF_BOLD = 2.0  # the half-trained student is too timid: doubling its logits helps it
OPTIONS = ("A has the lower loss", "B has the lower loss", "the same loss: the ranks are the same")
SAME = 2
ROWS = 6
BOLD_LESSON = (
    "The bold one gains a little where its first choice is right, and pays a high price where it"
    " isn't: being confidently wrong is the dearest thing there is."
)
TIMID_LESSON = (
    "Being less sure than one has reason to be costs a little on most questions. Here that adds up"
    " to more than what being surer costs on a few."
)
LONGER_LESSON = (
    "The same places on the list, but whoever has learned longer has reason to be surer, and is."
)
CONTEXT = 26  # characters
WAITING = "Choose one of the three, then press Reveal."


@dataclass(frozen=True)
class Pair:
    """A duel, and what it teaches."""

    duel: Duel
    lesson: str


class DuelView(Panel):
    """``pair`` chooses the two students, ``card`` takes the prediction, ``reveal`` shows both."""

    summary = "A duel of two students with equal ranks."

    def __init__(self, corpus: Corpus, students: dict[str, GPT]) -> None:
        self.pairs = _pairs(corpus, students)
        self._known = TRAINED in students  # the course's own: the same duels for everybody
        self.pair = W.Dropdown(options=list(self.pairs), description="Students")
        self.cards = {name: self._card(name) for name in self.pairs}
        self.reveal = W.Button(description="Reveal", disabled=True)
        self.report, self.result = W.HTML(), W.HTML()
        self.place = W.VBox()
        self.revealed: set[str] = set()
        # Drawing takes longer than a control may, so all pictures are made here.
        self._reports = {name: _report(pair.duel) for name, pair in self.pairs.items()}
        self._pictures = {name: _picture(pair.duel) for name, pair in self.pairs.items()}
        self.pair.observe(lambda _: self.refresh(), "value")
        self.reveal.on_click(lambda _: self.show())
        super().__init__([self.pair, self.report, self.place, self.reveal, self.result])
        self.refresh()

    def _card(self, name: str) -> ChoiceCard:
        card = ChoiceCard(
            "Who has the lower mean loss?", OPTIONS, example=2,
            name=f"loss: duel, {name}" if self._known else None,
        )  # fmt: skip
        card.on_answer(self.refresh)
        return card

    @property
    def duel(self) -> Duel:
        """The duel of the chosen pair."""
        return self.pairs[self.pair.value].duel

    @property
    def card(self) -> ChoiceCard:
        """The prediction about the chosen pair."""
        return self.cards[self.pair.value]

    @answering
    def refresh(self) -> None:
        """Show the chosen pair: its report, its prediction, and the result once revealed."""
        name = self.pair.value
        self.report.value = self._reports[name]
        if self.place.children != (self.card,):
            self.place.children = (self.card,)
        shown = name in self.revealed
        self.reveal.disabled = shown or self.card.prediction.chosen is None
        if shown:
            said = verdict(self.pairs[name], self.card.prediction.chosen)
            self.result.value = status(said) + self._pictures[name]
        else:
            self.result.value = status(WAITING)

    @answering
    def show(self) -> None:
        """Reveal the chosen pair. Raises `ValueError` before there is a prediction."""
        if self.card.prediction.chosen is None:
            raise ValueError("Make your prediction first: choose one of the three.")
        self.revealed.add(self.pair.value)
        self.card.outcome(better(self.duel))
        self.refresh()

    def close(self) -> None:
        """Close this widget with the predictions that aren't in sight."""
        for card in self.cards.values():
            card.close()
        super().close()

    def still(self) -> str:
        """The first pair, revealed to an example learner."""
        name = next(iter(self.pairs))
        card = self.cards[name]
        said = verdict(self.pairs[name], card.example)
        return self._reports[name] + card.still() + paragraph(said) + self._pictures[name]


def _pairs(corpus: Corpus, students: dict[str, GPT]) -> dict[str, Pair]:
    """Three pairs of the course's students; two of a student of one's own."""
    tests = {
        name: grade_test(model, corpus, oracle=False)
        for name, model in students.items()
        if name != UNTRAINED
    }
    first, *more = tests
    plain = first if first.startswith("your") else f"the {first} student"
    pairs = [_pair(twin_duel(tests[first], BOLD, _twins(plain, "bold", BOLD)), bolder=1)]
    if more:
        half = tests[more[0]]
        other = f"the {more[0]} student"
        twins = twin_duel(half, HALF_BOLD, _twins(other, "bold", HALF_BOLD))
        pairs.append(_pair(twins, bolder=1))
        pairs.append(Pair(agreeing_duel(half, tests[first], (other, plain)), LONGER_LESSON))
    else:
        twins = twin_duel(tests[first], TIMID, _twins(plain, "timid", TIMID))
        pairs.append(_pair(twins, bolder=0))
    return {f"pair {i + 1}": pair for i, pair in enumerate(pairs)}


def _pair(duel: Duel, bolder: int) -> Pair:
    """A duel with its twin; what it teaches depends on who won."""
    return Pair(duel, TIMID_LESSON if duel.better == bolder else BOLD_LESSON)


def _twins(name: str, kind: str, factor: float) -> tuple[str, str]:
    return name, f"its {kind} twin, all logits × {factor:g}"


def better(duel: Duel) -> int:
    """Which of `OPTIONS` is right."""
    a, b = duel.means
    return SAME if abs(a - b) < 0.005 else duel.better


def verdict(pair: Pair, chosen: int | None) -> str:
    """What came of the prediction, and why."""
    duel = pair.duel
    a, b = duel.means
    right = better(duel)
    same = right == SAME
    said = "" if chosen is None else ("You were right. " if chosen == right else "Not so. ")
    said += f"A is {duel.names[0]}: mean loss {a:.2f}. B is {duel.names[1]}: mean loss {b:.2f}."
    if not same:
        said += (
            f" {'AB'[duel.better]} is better, for the loss sees how much was put on the right"
            f" word, and the rank doesn't. {pair.lesson}"
        )
    return said


def _report(duel: Duel) -> str:
    shares = report(duel.ranks)
    count, asked = len(duel.ranks), len(duel.test)
    words = f"A is {duel.names[0]}. B is {duel.names[1]}. "
    if count == asked:
        words += f"Both answered {asked:,} questions, and gave each right word the same place."
    else:
        words += (
            f"Of {asked:,} questions we took the {count:,} on which both gave the right word the"
            " same place."
        )
    return paragraph(f"{words} Their reports:") + report_canvas(shares).html(report_alt(shares))


def _picture(duel: Duel) -> str:
    chosen = duel.telling(ROWS)
    test = duel.test
    labels = [
        (
            test.context(int(duel.questions[i]), CONTEXT),
            test.corpus.label(int(test.answers[duel.questions[i]])),
            place_name(int(duel.ranks[i])),
        )
        for i in chosen
    ]
    losses = duel.losses[:, chosen]
    note = (
        f"The questions on which they differ most: {min(ROWS // 2, len(chosen))} that A wins, then"
        " as many that B wins."
    )
    canvas = duel_canvas(labels, losses, duel.means)
    return paragraph(note) + canvas.html(duel_alt(labels, losses, duel.means))
