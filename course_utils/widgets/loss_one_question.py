"""One question: drag the probability of the right word, and a dot runs along −ln p."""

from __future__ import annotations

import math

import ipywidgets as W
import numpy as np

from course_utils.figures.price import PriceCurve, guesses, percent_text, price_alt, share_html
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.evaluation import CLOSE
from course_utils.training.grading import (
    Floats,
    grade_test,
    place_name,
    verdict_on,
    with_probability,
)
from course_utils.widgets.panel import Panel, answering, paragraph, status, text

LEAST, MOST = 0.1, 100.0  # percent
PLAIN, HALVINGS = "plain", "by halvings"
CONTEXT = 150  # characters of the story
SHOWN = 6  # choices in the table
TELLING = 1.75  # nats: a question to begin with should cost something
SETTLED = 0.999  # from this true probability on there is but one possible answer
LOOKED = 40  # questions looked at to find one


class OneQuestion(Panel):
    """``question`` and ``probability`` (in percent) are sliders, ``axis`` a choice of two."""

    summary = "One question: what a probability on the right word costs."

    def __init__(self, corpus: Corpus, students: dict[str, GPT]) -> None:
        self.test = grade_test(next(iter(students.values())), corpus, oracle=False)
        self.question = W.IntSlider(
            value=self._first() + 1, min=1, max=max(2, len(self.test)), description="Question",
            continuous_update=True, layout=W.Layout(width="420px"),
        )  # fmt: skip
        self.probability = W.FloatLogSlider(
            value=50.0, base=10, min=math.log10(LEAST), max=math.log10(MOST), step=0.02,
            description="Percent", readout_format=".3g", layout=W.Layout(width="420px"),
        )  # fmt: skip
        self.axis = W.ToggleButtons(
            options=[PLAIN, HALVINGS], description="Axis", layout=W.Layout(width="420px")
        )
        self.axis.style.button_width = "110px"
        self.head, self.picture, self.said = W.HTML(), W.HTML(), W.HTML()
        self._curves = {PLAIN: PriceCurve(), HALVINGS: PriceCurve(logarithmic=True)}
        for curve in self._curves.values():
            curve.canvas.draw()
        self._setting = False
        self.question.observe(lambda _: self._asked(), "value")
        self.probability.observe(lambda _: self._dragged(), "value")
        self.axis.observe(lambda _: self._dragged(), "value")
        super().__init__(
            [self.question, self.head, self.probability, self.axis, self.picture, self.said]
        )
        self._asked()

    def _first(self) -> int:
        """A question to begin with: settled by what was read, and still missed, though closely.

        Where nobody knows what is settled, the first one that was missed closely.
        """
        e = self.test.evaluation
        missed = np.flatnonzero((e.ranks > 1) & (e.ranks <= CLOSE) & (e.losses > TELLING))
        for question in missed[:LOOKED].tolist():
            truth = self.test.truth(question)
            if truth is None or truth[self.test.answers[question]] > SETTLED:
                return int(question)
        return int(missed[0]) if len(missed) else 0

    @answering
    def _asked(self) -> None:
        """Take the chosen question; the dot begins at the student's own probability."""
        number = min(self.question.value, len(self.test)) - 1
        self.number, self.answer = number, int(self.test.answers[number])
        self.own = self.test.distribution(number)
        truth = self.test.truth(number)
        self.oracle = None if truth is None else float(truth[self.answer])
        self._setting = True
        self.probability.value = min(max(100 * float(self.own[self.answer]), LEAST), MOST)
        self._setting = False
        self.head.value = self._question()
        self._draw()

    @answering
    def _dragged(self) -> None:
        if not self._setting:
            self._draw()

    def _question(self) -> str:
        test, label = self.test, self.test.corpus.label(self.answer)
        rank = int(test.evaluation.ranks[self.number])
        return (
            f"<p>Question {self.number + 1:,} of {len(test):,}:"
            f" “{text(test.context(self.number, CONTEXT))}”<br>The right word is"
            f" <b>{text(label)}</b>. The student put it in {place_name(rank)} place:"
            f" {verdict_on(rank)}.</p>"
        )

    @property
    def share(self) -> float:
        """The probability that the dot stands at."""
        return float(self.probability.value) / 100

    @property
    def loss(self) -> float:
        """What it costs, in nats."""
        return abs(math.log(self.share))

    def _draw(self) -> None:
        answer = with_probability(self.own, self.answer, self.share)
        picture = self._curve(self.axis.value)
        self.picture.value = (
            '<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:center">'
            f"<div>{picture}</div><div>{self._table(answer)}</div></div>"
        )
        rank = int((answer >= answer[self.answer]).sum())
        said = (
            f"{percent_text(self.share)} on the right word: {self.loss / math.log(2):.1f} halvings"
            f" from 100 %, a loss of {self.loss:.2f} nats, like a blind guess among"
            f" {guesses(self.loss)}. It would be in {place_name(rank)} place: {verdict_on(rank)}."
        )
        if self.oracle is None:
            said += " This text has no known best possible answer."
        self.said.value = status(said)

    def _curve(self, axis: str) -> str:
        """The curve over one of the two axes, with the dot where it is now."""
        curve, own = self._curves[axis], float(self.own[self.answer])
        curve.update(self.share, own, self.oracle)
        return curve.canvas.html(price_alt(self.share, own, self.oracle))

    def _table(self, answer: Floats) -> str:
        """The student's first choices, with their shares as they are now."""
        shown = np.argsort(-self.own, kind="stable")[:SHOWN]
        if self.answer not in shown:
            shown[-1] = self.answer
        cell = 'style="text-align:left;padding:1px 10px 1px 0"'
        rows = ""
        for token in shown:
            right = int(token) == self.answer
            word = text(self.test.corpus.label(int(token)))
            word = f"<b>{word} (right)</b>" if right else word
            share = float(answer[token])
            rows += (
                f'<tr><th scope="row" {cell}>{word}</th><td {cell}>{share_html(share, right)}</td>'
                f"<td {cell}>{percent_text(share)}</td></tr>"
            )
        rest = max(0.0, 1 - float(answer[shown].sum()))
        rows += (
            f'<tr><th scope="row" {cell}>all others</th><td {cell}>{share_html(rest, False)}</td>'
            f"<td {cell}>{percent_text(rest)}</td></tr>"
        )
        return f"<table><caption {cell}>The whole answer</caption>{rows}</table>"

    def still(self) -> str:
        """The question as it stands now, over both axes."""
        other = PLAIN if self.axis.value == HALVINGS else HALVINGS
        also = paragraph(f"The same dot, with the axis {other}:") + self._curve(other)
        return str(self.head.value + self.picture.value + self.said.value) + also
