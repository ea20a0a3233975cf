"""The learner's own calibration: how sure, and how often right."""

from __future__ import annotations

import ipywidgets as W
import numpy as np

from course_utils.figures.calibration import CalibrationPlot, calibration_alt
from course_utils.learning.calibration import (
    LEAST,
    Answered,
    answered,
    groups,
    summary,
)
from course_utils.learning.prediction import blind, graded
from course_utils.learning.progress import Progress, shared
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, text


class Calibration(Panel):
    """All answers that were given with a confidence; ``again_button`` looks anew.

    Groups of at least ``least`` answers are drawn; with fewer, the mean loss is said beside a
    blind guess's.
    """

    summary = "How sure you were, and how often you were right."

    def __init__(self, progress: Progress | None = None, least: int = LEAST) -> None:
        self.progress = shared() if progress is None else progress
        self.least = least
        self.again_button = W.Button(description="Look again")
        self.page = W.HTML()
        self.again_button.on_click(lambda _: self.refresh())
        super().__init__([self.page, self.again_button])
        self.refresh()

    @answering
    def refresh(self) -> None:
        """Show what is in the learner's progress now."""
        page = self._page(answered(self.progress.entries()))
        self.page.value = f'<div role="status">{page}</div>'
        self.tell(self.progress)

    def _page(self, answers: list[Answered]) -> str:
        shown = groups(answers, self.least)
        picture = ""
        if shown:
            plot = CalibrationPlot()
            plot.update(shown)
            picture = plot.canvas.html(calibration_alt(shown))
        items = "".join(f"<li>{text(sentence)}</li>" for sentence in summary(answers, self.least))
        return f"<ul>{items}</ul>{picture}"

    def still(self) -> str:
        """An example learner's."""
        return paragraph(f"{EXAMPLE}:") + self._page(example_answers())


def example_answers() -> list[Answered]:
    """An imagined learner's answers: a little too sure where very sure."""
    rng = np.random.default_rng(3)
    answers = []
    for number, (sure, chance) in enumerate(
        [(0.4, 0.45), (0.6, 0.6), (0.8, 0.75), (0.9, 0.6)] * 12
    ):
        right = bool(rng.random() < chance)
        answers.append(Answered(f"example {number}", sure, right, graded(sure, right, 3), blind(3)))
    return answers
