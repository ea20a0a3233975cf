"""The papers come back: the right words, the points on them, and the marks on one scale."""

from __future__ import annotations

import ipywidgets as W
import numpy as np

from course_utils.figures.scale import scale_alt, scale_canvas
from course_utils.training.sitting import Paper
from course_utils.widgets.desk import Desk
from course_utils.widgets.panel import EXAMPLE, Panel, paragraph, table, text

WAITING = "Not answered yet: hand in your paper above."


class PapersBack(Panel):
    """The learner's paper; with ``student`` the untrained student's paper stands beside it."""

    summary = "The graded papers."

    def __init__(self, desk: Desk, student: bool = False) -> None:
        self.desk, self.student = desk, student
        self.view = W.HTML()
        super().__init__([self.view])
        desk.listen(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the papers as they are now."""
        mine = self.desk.sitting.learner_paper()
        self.view.value = f"<p>{text(WAITING)}</p>" if mine is None else self._page(mine)

    def _page(self, mine: Paper) -> str:
        sitting = self.desk.sitting
        head = ["question", "right word", "your points", "your loss"]
        untrained = sitting.untrained
        if self.student:
            head += ["untrained student's points", "its loss"]
        rows = []
        for i, question in enumerate(sitting.questions):
            box = question.answer_box
            row = [
                f"{i + 1}. … {' '.join(question.context[-4:])} ___",
                question.answer, f"{mine.points[i, box]:.0f}", f"{mine.losses[i]:.2f}",
            ]  # fmt: skip
            if self.student:
                row += [f"{untrained.points[i, box]:.1f}", f"{untrained.losses[i]:.2f}"]
            rows.append(row)
        total = ["your mark (mean)", "", "", f"{mine.loss:.2f}"]
        if self.student:
            total += ["", f"{untrained.loss:.2f}"]
        return table(head, [*rows, total], "Six questions") + self._scale(mine)

    def _scale(self, mine: Paper) -> str:
        sitting = self.desk.sitting
        lines = sitting.lines_for_six()
        marks = [("uniform", "blind guess", lines["uniform"]), ("learner", "you", mine.loss)]
        if self.student:
            marks.append(("student", "untrained student", sitting.untrained.loss))
        low, high = sitting.luck()
        marks.append(("floor", "best possible", lines["floor"]))
        rounded = (float(np.round(low, 2)), float(np.round(high, 2)))
        return scale_canvas(marks, rounded).html(scale_alt(marks, rounded))

    def still(self) -> str:
        """The papers of an example learner."""
        return paragraph(f"{EXAMPLE}:") + self._page(self.desk.example_paper())
