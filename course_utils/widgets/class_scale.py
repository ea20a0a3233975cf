"""A class's paper results on one scale with the student model, counting and the best possible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets as W
import numpy as np
from numpy.typing import NDArray

from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import MarkScale, scale_alt
from course_utils.learning.quizzes import read_number
from course_utils.material.questions import CHIPS
from course_utils.training.class_papers import STORIES, ClassPapers, deal_class
from course_utils.training.students import HALF_TRAINED, TRAINED, UNTRAINED, load_student
from course_utils.widgets.panel import Panel, answering, paragraph, status

EXAMPLE_CLASS = "An example class in place of yours"
HINT = "One paper a line: its number and its mark, such as “7 1.45”; or the mark alone."
NAMES = {
    "uniform": REFERENCE["uniform"],
    "even": "chips spread evenly",
    "counting": REFERENCE["counting"],
    "earlier": "the class, first round",
    "learner": "the class",
    "student": "the student",
    "floor": REFERENCE["floor"],
}
STUDENTS = (UNTRAINED, HALF_TRAINED, TRAINED)
HEADROOM = 1.12  # the scale's top, in blind guesses
MOST_LINES = 1000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """One paper's mark: its mean loss in nats, and its number, None if that wasn't typed."""

    mark: float
    number: int | None


class ClassScale(Panel):
    """``first`` and ``second`` hold the marks of two rounds as text; ``student`` chooses a model.

    ``questions``, ``copies`` and ``seed`` are those with which the papers were printed (by
    ``python -m course_utils.teaching papers``), and so is ``text``. Where papers' numbers are
    typed, all others are graded on just these papers. An own text has no student and no best
    possible. Raises as `deal_class` does.
    """

    summary = "A class's paper results on one scale."

    def __init__(
        self, questions: int = 10, copies: int = 30, seed: int = 1, text: str = STORIES
    ) -> None:
        self.papers: ClassPapers = deal_class(text, questions, copies, seed)
        papers = self.papers
        self._counting = np.array([lines.counting.mean() for lines in papers.lines])
        self._even = np.array([papers.even(sheet) for sheet in papers.sheets])
        self._oracle: Floats | None = None
        self._students: dict[str, Floats] = {}
        self._luck: dict[tuple[int, ...], tuple[float, float]] = {}
        stories = papers.corpus.grammar is not None
        if stories:
            oracles = [lines.oracle for lines in papers.lines if lines.oracle is not None]
            self._oracle = np.array([losses.mean() for losses in oracles])
        self._scale = MarkScale(NAMES, HEADROOM * papers.uniform())
        self.first, self.second = (
            W.Textarea(
                description=name, placeholder="7 1.45", continuous_update=False,
                layout=W.Layout(width="260px", height="150px"),
            )
            for name in ("Round 1", "Round 2")
        )  # fmt: skip
        self.student = W.Dropdown(
            options=list(STUDENTS) if stories else ["none for an own text"],
            description="Student",
            disabled=not stories, layout=W.Layout(width="260px"),
        )  # fmt: skip
        if stories:
            self.student.value = HALF_TRAINED
        self.said, self.picture = W.HTML(), W.HTML()
        for control in (self.first, self.second, self.student):
            control.observe(lambda _: self.refresh(), "value")
        boxes = W.HBox([self.first, self.second], layout=W.Layout(flex_flow="row wrap"))
        hint = W.HTML(paragraph(HINT))
        super().__init__([hint, boxes, self.student, self.said, self.picture])
        self.refresh()

    @answering
    def refresh(self) -> None:
        """Show what is typed now. Complains about the first line that can't be a paper's mark."""
        first = self.read(self.first.value, "round 1")
        second = self.read(self.second.value, "round 2")
        self.picture.value, said = self._page(first, second, self.student.value)
        self.said.value = status(said)

    def read(self, typed: str, where: str) -> list[Result]:
        """The marks in a text, one a line. Raises `ValueError` that names the line."""
        lines = [line.strip() for line in typed.splitlines()]
        if len(lines) > MOST_LINES:
            raise ValueError(f"{where} has {len(lines):,} lines; type one for each paper.")
        return [
            self._result(line, f"Line {number} of {where}")
            for number, line in enumerate(lines, 1)
            if line
        ]

    def _result(self, line: str, where: str) -> Result:
        parts = re.split(r"[\s:;]+", line)
        if len(parts) > 2:
            raise ValueError(f"{where} has more than a paper's number and its mark; shorten it.")
        try:
            mark = read_number(parts[-1])
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        number = None
        if len(parts) == 2:
            if not parts[0].isdecimal() or not 1 <= int(parts[0][:6]) <= len(self.papers.sheets):
                raise ValueError(
                    f"{where}: there is no paper “{parts[0][:20]}”; papers go from 1 to"
                    f" {len(self.papers.sheets)}."
                )
            number = int(parts[0])
        low, high = self.possible()
        if not low - 0.005 <= mark <= high + 0.005:
            summed = self.papers.per_paper > 1 and high < mark <= high * self.papers.per_paper
            hint = f"; is it the sum? divide it by {self.papers.per_paper}" if summed else ""
            raise ValueError(
                f"{where}: a mark lies between {low:.2f} and {high:.2f}, not at {mark:g}{hint}."
            )
        return Result(mark, number)

    def possible(self) -> tuple[float, float]:
        """The best and the worst mark that twenty chips can get."""
        choices = len(self.papers.sheets[0].questions[0].choices)
        others = max(1, self.papers.corpus.vocab_size - choices)
        return float(-np.log((CHIPS - choices) / CHIPS)), float(np.log(CHIPS * others))

    def _page(
        self, first: Sequence[Result], second: Sequence[Result], student: str
    ) -> tuple[str, str]:
        latest = second or first
        counts = self._counts(latest)
        shares = np.array(counts, float) / sum(counts)
        losses = {"uniform": self.papers.uniform(), "even": float(shares @ self._even)}
        losses["counting"] = float(shares @ self._counting)
        if first and second:
            losses["earlier"] = float(np.mean([result.mark for result in first]))
        if latest:
            losses["learner"] = float(np.mean([result.mark for result in latest]))
        luck = None
        if self._oracle is not None:
            losses["student"] = float(shares @ self._student(student))
            losses["floor"] = float(shares @ self._oracle)
            if counts not in self._luck:
                self._luck[counts] = self.papers.luck(counts)
            luck = self._luck[counts]
        names = NAMES | {"student": f"the {student} student"}
        if second:
            names["learner"] = "the class, second round" if first else NAMES["learner"]
        self._scale.names.update(names)
        marks = [result.mark for result in latest]
        self._scale.update(losses, luck, marks)
        alt = scale_alt(names, losses, luck)
        if marks:
            alt += f" Single papers from {min(marks):.2f} to {max(marks):.2f}."
        return self._scale.canvas.html(alt), self._sentence(losses, first, second, counts, luck)

    def _student(self, name: str) -> Floats:
        """A student's mean loss on each paper; it sits them when it is first asked for."""
        if name not in self._students:
            losses = self.papers.student_losses(load_student(name))
            self._students[name] = np.array([one.mean() for one in losses])
        return self._students[name]

    def _counts(self, results: Sequence[Result]) -> tuple[int, ...]:
        """How often each paper counts: as typed, or all alike where a number is missing."""
        sheets = len(self.papers.sheets)
        numbers = [result.number for result in results]
        if not numbers or None in numbers:
            return (1,) * sheets
        return tuple(numbers.count(number) for number in range(1, sheets + 1))

    def _sentence(
        self, losses: dict[str, float], first: Sequence[Result], second: Sequence[Result],
        counts: tuple[int, ...], luck: tuple[float, float] | None,
    ) -> str:  # fmt: skip
        latest = second or first
        if not latest:
            return "No mark is typed yet; the others' marks are on all papers."
        mine = losses["learner"]
        many = f"{len(latest)} paper{'s' if len(latest) > 1 else ''}"
        said = f"The class: {mine:.2f} on {many}; each small ring is one of them."
        if first and second:
            change = mine - losses["earlier"]
            way = "better" if change < -0.005 else "worse" if change > 0.005 else "the same"
            said += f" In the first round it was {losses['earlier']:.2f}: now {way}"
            said += f" by {abs(change):.2f}." if way != "the same" else "."
        beaten = [
            NAMES[role] if role != "student" else self._scale.names["student"]
            for role in ("uniform", "even", "counting", "student")
            if role in losses and mine < losses[role] - 0.005
        ]
        if beaten:
            said += f" Better than: {', '.join(beaten)}."
        if luck is None:
            said += " This text's best possible mark isn't known."
        elif mine < losses["floor"]:
            said += " Below the best possible on these papers: that can only be luck."
        else:
            said += f" Above the best possible by {mine - losses['floor']:.2f}."
        if counts == (1,) * len(counts) and any(result.number is None for result in latest):
            said += " Not every line names its paper, so the others' marks are on all papers."
        return said

    def still(self) -> str:
        """The scale of an example class, and of the student that is shown first."""
        rounds = example_class(self.papers, self._even)
        student = HALF_TRAINED if self._oracle is not None else ""
        page, said = self._page(*rounds, student)
        return paragraph(f"{EXAMPLE_CLASS}: {said}") + page


def example_class(papers: ClassPapers, even: Floats) -> tuple[list[Result], list[Result]]:
    """An imagined class in two rounds: a little better than even chips, then better."""
    rng = np.random.default_rng(4)
    rounds = []
    for middle in (0.95, 0.7):
        marks = middle * even * np.exp(0.18 * rng.standard_normal(len(even)))
        rounds.append(
            [Result(round(float(mark), 2), number) for number, mark in enumerate(marks, 1)]
        )
    return rounds[0], rounds[1]
