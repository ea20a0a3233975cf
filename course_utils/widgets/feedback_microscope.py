"""Feedback under a microscope, one view a cell: from a nudged weight to a step of all."""

from __future__ import annotations

from collections.abc import Callable

from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.feedback import NEXT_TOKEN, ROWS, bench
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.feedback_slopes import LessonView, NudgeView, PriceView
from course_utils.widgets.feedback_steps import (
    ONE_QUESTION,
    WHOLE,
    LayersView,
    RateView,
    StudyView,
)
from course_utils.widgets.panel import Panel

RATE = 0.03  # of the lessons that are applied: the mean lesson still helps, a single one is strong
VIEWS: dict[str, Callable[..., Panel]] = {
    "nudge": NudgeView,
    "lesson": LessonView,
    "price": PriceView,
    ONE_QUESTION: StudyView,
    WHOLE: StudyView,
    "rate": RateView,
    "layers": LayersView,
}


class FeedbackMicroscope(Panel):
    """One view by ``show``; its controls and actions are those of ``view``.

    "nudge", "lesson", "price", "one question", "whole test", "rate" or "layers". The student is a
    copy: nothing that is applied here reaches ``model`` or another widget. Without ``corpus`` and
    ``model`` the stories and the half-trained student; ``objective`` is "next token" or "fill in";
    ``rows`` of the corpus are the test; ``rate`` is the learning rate of applied lessons; "one
    question" and "whole test" wait for the prediction of a ``card``. Raises `ValueError` for an
    unknown view and for what doesn't fit together.
    """

    summary = "Feedback under a microscope."

    def __init__(
        self,
        show: str = "nudge",
        corpus: Corpus | None = None,
        model: GPT | None = None,
        objective: str = NEXT_TOKEN,
        rows: int = ROWS,
        rate: float = RATE,
        card: ChoiceCard | None = None,
    ) -> None:
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        if not rate > 0:
            raise ValueError(f"rate is {rate}; a step needs a learning rate above 0.")
        self.show = show
        self.bench = bench(corpus, model, objective, rows)
        self.view = (
            VIEWS[show](self.bench, show, rate, card)
            if show in (ONE_QUESTION, WHOLE)
            else VIEWS[show](self.bench)
        )
        self.summary = self.view.summary
        super().__init__([self.view])

    def still(self) -> str:
        """The view's own still."""
        return self.view.still()
