"""The same question, asked of the student at several moments of its training."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as W
import numpy as np

from course_utils.figures.answer_bars import Answer, AnswerBars, answers_alt, top_words
from course_utils.figures.over_time import OverTime, over_time_alt
from course_utils.student.functions import softmax
from course_utils.student.model import GPT
from course_utils.training.attempts import Floats, answer_logits
from course_utils.training.students import (
    FILL_IN,
    HALF_TRAINED,
    SEED,
    checkpoints,
    load_student,
    record,
)
from course_utils.widgets.attempt.subject import Subject
from course_utils.widgets.panel import Panel, answering, status, text

ROWS = 7
Moment = tuple[str, int, GPT]  # name, steps made, the student then


def shipped_moments(masked: bool) -> list[Moment]:
    """The shipped student at every kept step; of the one that fills in blanks only both ends."""
    if not masked:
        return [(kept.name, kept.step, load_student(kept.name)) for kept in checkpoints()]
    trained = load_student(FILL_IN)
    fresh = GPT(trained.config, np.random.default_rng(SEED))
    return [("untrained", 0, fresh), ("trained", record().students[FILL_IN].step, trained)]


class TimeView(Panel):
    """``moment`` moves through training, ``question`` chooses what is asked.

    ``logits`` (moments, questions, V) are computed once, when the view is made.
    """

    summary = "One question over training."

    def __init__(
        self, subject: Subject, question: int = 0, moments: Sequence[Moment] | None = None,
        moment: int = 0,
    ) -> None:  # fmt: skip
        if moments is None:
            if not subject.shipped:
                raise ValueError(
                    "To see your own student over time, pass"
                    " moments=[(name, steps, student), …] as well."
                )
            moments = shipped_moments(subject.masked)
        self.subject = subject
        moments = sorted(moments, key=lambda kept: kept[1])
        self.names, self.steps = [m[0] for m in moments], [m[1] for m in moments]
        self.logits: Floats = np.array(
            [[answer_logits(model, q) for q in subject.questions] for _, _, model in moments]
        )
        self._bars = AnswerBars(ROWS, "the student then", "")
        self._curve = OverTime(self.steps, self.names, 100 / subject.corpus.vocab_size)
        self.moment = W.SelectionSlider(
            options=[(self._name(i), i) for i in range(len(moments))], value=moment,
            description="Student:", layout=W.Layout(width="400px"),
        )  # fmt: skip
        self.question = W.Dropdown(
            options=subject.names(), value=question, description="Question:",
            layout=W.Layout(width="420px", max_width="100%"),
        )  # fmt: skip
        self.story, self.said = W.HTML(), W.HTML()
        self.picture, self.curve = W.HTML(), W.HTML()
        controls = W.VBox([self.moment, self.question])
        super().__init__([controls, self.story, self.said, self.picture, self.curve])
        for control in (self.moment, self.question):
            control.observe(self._moved, "value")
        self.refresh()

    def _name(self, i: int) -> str:
        name, step = self.names[i], f"step {self.steps[i]}"
        return name if name == step else f"{name}, {step}"

    def _moved(self, _: object) -> None:
        self.refresh()

    @answering
    def go_to(self, moment: int) -> None:
        """Go to a moment (from 0). Raises `ValueError` if it isn't there."""
        if not 0 <= moment < len(self.steps):
            raise ValueError(f"There is no moment {moment}; choose 0 to {len(self.steps) - 1}.")
        self.moment.value = moment

    def answers(self, moment: int) -> list[Answer]:
        """The likeliest words at a moment, the right word and the word just read among them."""
        question, label = self.subject.questions[self.question.value], self.subject.label
        logits = self.logits[moment, self.question.value]
        shares = softmax(logits)
        keep = [question.answer]
        if not question.masked:
            keep.append(int(question.ids[question.place]))
        return [
            Answer(
                label(i), float(100 * shares[i]), None, float(logits[i]), i == question.answer,
                note=f"{100 * shares[i]:.1f}, the word just read" if i in keep[1:] else "",
            )
            for i in top_words(shares, ROWS, keep)
        ]  # fmt: skip

    @answering
    def refresh(self) -> None:
        """Show the chosen moment."""
        pages = (self.story, self.said, self.picture, self.curve)
        for page, content in zip(pages, self._page(self.moment.value), strict=True):
            page.value = content

    def _page(self, chosen: int) -> tuple[str, str, str, str]:
        asked = self.question.value
        question, label = self.subject.questions[asked], self.subject.label
        story = (
            f"<p>{text(self.subject.text(question))}{'' if question.masked else ' ___'}"
            f" (right: <b>{text(label(question.answer))}</b>)</p>"
        )
        shares = softmax(self.logits[chosen, asked])
        favourite = int(np.argmax(shares))
        just = "" if question.masked or favourite != question.ids[question.place] else (
            ", the word just read"
        )  # fmt: skip
        said = status(
            f"{self._name(chosen).capitalize()}: its favourite is “{label(favourite)}”{just}, with"
            f" {100 * shares[favourite]:.1f} points; a blind guess would give each of the"
            f" {len(shares)} words {100 / len(shares):.1f}."
        )
        answers = self.answers(chosen)
        self._bars.update(answers)
        picture = self._bars.canvas.html(
            answers_alt(answers, f"the student at step {self.steps[chosen]}", "")
        )
        points = 100 * softmax(self.logits[:, asked])[:, question.answer]
        self._curve.update(points, chosen)
        curve = self._curve.canvas.html(over_time_alt(self.steps, points, chosen))
        return story, said, picture, curve

    def still(self) -> str:
        """The answer at the first moment, half-trained, and at the last."""
        last = len(self.steps) - 1
        half = self.names.index(HALF_TRAINED) if HALF_TRAINED in self.names else 0
        shown = dict.fromkeys((0, half, last))
        pages = [self._page(moment) for moment in shown]
        drawn = "".join(said + picture for _, said, picture, _ in pages)
        return pages[-1][0] + drawn + pages[-1][3]
