"""A whole test: each question's loss in three parts, and luck, which many questions wear away."""

from __future__ import annotations

import ipywidgets as W
import numpy as np

from course_utils.figures.loss_parts import (
    NO_LUCK,
    MeanParts,
    QuestionParts,
    mean_alt,
    sum_text,
)
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.grading import GradedTest, grade_test, place_name
from course_utils.training.students import HALF_TRAINED
from course_utils.widgets.panel import Panel, answering, status, text

COUNTS = (
    1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300,
    400, 500, 600, 800, 1000, 1200, 1500, 2000,
)  # fmt: skip
START = 10
ROWS = 10  # questions a page
CONTEXT = 26  # characters
HEAD = ("question", "right word", "unavoidable + left to learn + luck", "rank", "loss")
NO_PARTS = (
    "This text has no known best possible answer, so the bars have no parts: nobody knows how much"
    " of a loss was unavoidable."
)


class WholeTest(Panel):
    """``student`` chooses who is graded, ``count`` how many questions, ``page`` which are shown."""

    summary = "A whole test: the losses in their three parts."

    def __init__(self, corpus: Corpus, students: dict[str, GPT]) -> None:
        self.tests = {name: grade_test(model, corpus) for name, model in students.items()}
        total = len(next(iter(self.tests.values())))
        counts = [n for n in COUNTS if n < total] + [min(total, COUNTS[-1])]
        names = list(reversed(self.tests))
        first = HALF_TRAINED if HALF_TRAINED in names else names[0]
        self.student = W.Dropdown(options=names, value=first, description="Student")
        self.student.layout.display = "" if len(self.tests) > 1 else "none"
        self.count = W.SelectionSlider(
            options=[(f"{n:,}", n) for n in counts], value=START if START in counts else counts[-1],
            description="Questions", layout=W.Layout(width="480px"),
        )  # fmt: skip
        self.page = W.BoundedIntText(value=1, min=1, max=1, description="Page")
        self.page.layout.width = "160px"
        self.mean, self.said, self.rows = W.HTML(), W.HTML(), W.HTML()
        self._means = {name: _mean_figure(test, counts) for name, test in self.tests.items()}
        self._questions = {name: _rows_figure(test) for name, test in self.tests.items()}
        self._setting = False
        self.student.observe(lambda _: self.refresh(), "value")
        self.count.observe(lambda _: self.refresh(), "value")
        self.page.observe(lambda _: self._turned(), "value")
        super().__init__([self.student, self.count, self.said, self.mean, self.page, self.rows])
        self.refresh()

    @property
    def test(self) -> GradedTest:
        """The chosen student's test."""
        return self.tests[self.student.value]

    @property
    def order(self) -> np.ndarray:
        """The first ``count`` questions, sorted by what is left to learn (without parts, by loss).

        Equal ones stay in the order in which they were asked.
        """
        parts = self.test.parts
        key = self.test.evaluation.losses if parts is None else parts[:, 1]
        return np.argsort(-np.round(key[: self.count.value], 6), kind="stable")

    @answering
    def refresh(self) -> None:
        """Draw the mean and the first page of the questions that are chosen now."""
        self._setting = True
        self.page.max = -(-self.count.value // ROWS)
        self.page.value = 1
        self._setting = False
        self._draw_mean()
        self._draw_rows()

    @answering
    def _turned(self) -> None:
        if not self._setting:
            self._draw_rows()

    def _draw_mean(self) -> None:
        count, running = self.count.value, self.test.running_parts
        name = self.student.value
        who = name if name.startswith("your") else f"the {name} student"
        if running is None:
            loss = float(self.test.evaluation.losses[:count].mean())
            self.said.value = status(
                f"{count:,} question{'s' if count != 1 else ''}: mean loss {loss:.2f}. {NO_PARTS}"
            )
            self.mean.value = ""
            return
        parts, typical = running[count - 1], self.test.typical_luck(count)
        figure = self._means[name]
        assert figure is not None
        figure.update(parts.tolist(), count, typical, who)
        self.mean.value = figure.canvas.html(mean_alt(parts.tolist(), count, typical, who))
        self.said.value = status(luck_sentence(float(parts[2]), count, typical))

    def _draw_rows(self) -> None:
        test, first = self.test, (self.page.value - 1) * ROWS
        chosen = self.order[first : first + ROWS]
        figure, rows = self._questions[self.student.value], []
        for q in chosen:
            loss = float(test.evaluation.losses[q])
            parts = None if test.parts is None else test.parts[q].tolist()
            rows.append(
                [
                    text(test.context(int(q), CONTEXT)),
                    f"<b>{text(test.corpus.label(int(test.answers[q])))}</b>",
                    figure.html(parts, loss) + ("" if parts is None else f"<br>{sum_text(parts)}"),
                    place_name(int(test.evaluation.ranks[q])),
                    f"{loss:.2f}",
                ]
            )
        last = first + len(chosen)
        caption = f"Questions {first + 1:,} to {last:,} of {self.count.value:,}, sorted by "
        caption += "loss" if test.parts is None else "what is left to learn"
        self.rows.value = _table(rows, figure.axis, caption)

    def still(self) -> str:
        """The test as it is shown now."""
        return str(self.said.value + self.mean.value + self.rows.value)


def luck_sentence(luck: float, count: int, typical: float) -> str:
    """What luck did to a mean, where ``typical`` is how far it usually goes; all in nats."""
    if abs(luck) < NO_LUCK:
        if typical < 2 * NO_LUCK:
            return f"With {count:,} questions luck has all but vanished from the mean."
        return f"Good and bad luck happen to cancel here; ±{typical:.2f} would be nothing special."
    how = "good luck, pointing left" if luck < 0 else "bad luck, pointing right"
    what = "this question" if count == 1 else f"the mean of {count:,} questions"
    return f"Luck moved {what} by {abs(luck):.2f} nats: {how}."


def _table(rows: list[list[str]], axis: str, caption: str) -> str:
    """The questions as a table; the cells are HTML already."""
    cell = 'style="text-align:left;padding:1px 10px 1px 0;vertical-align:middle"'
    head = "".join(f'<th scope="col" {cell}>{name}</th>' for name in HEAD)
    body = "".join(
        "<tr>" + "".join(f"<td {cell}>{words}</td>" for words in row) + "</tr>" for row in rows
    )
    foot = f"<tr><td {cell}></td><td {cell}></td><td {cell}>{axis}</td></tr>"
    return f"<table><caption {cell}>{caption}</caption><tr>{head}</tr>{body}{foot}</table>"


def _mean_figure(test: GradedTest, counts: list[int]) -> MeanParts | None:
    running = test.running_parts
    if running is None:
        return None
    seen = running[np.array(counts) - 1]
    high = 1.06 * float(np.maximum(seen[:, 0] + seen[:, 1], seen.sum(1)).max())
    return MeanParts(-0.02 * high, high)


def _rows_figure(test: GradedTest) -> QuestionParts:
    high = float(test.evaluation.losses.max())
    if test.parts is not None:
        high = max(high, float(test.parts[:, :2].sum(1).max()))
    return QuestionParts(-0.03 * high, 1.06 * high)
