"""The student's attempt, looked at from five sides."""

from __future__ import annotations

from typing import Any

from course_utils.student.model import GPT
from course_utils.training.attempts import Question
from course_utils.training.corpus import Corpus
from course_utils.widgets.attempt.attention import AttentionView
from course_utils.widgets.attempt.confidence import ConfidenceView
from course_utils.widgets.attempt.over_time import TimeView
from course_utils.widgets.attempt.path import PathView
from course_utils.widgets.attempt.subject import NEXT_TOKEN, Subject
from course_utils.widgets.attempt.writing import WritingView
from course_utils.widgets.panel import Panel

VIEWS: dict[str, type[Panel]] = {
    "confidence": ConfidenceView,
    "path": PathView,
    "attention": AttentionView,
    "time": TimeView,
    "writing": WritingView,
}


class AttemptExplorer(Panel):
    """One view of the forward pass: ``show`` is confidence, path, attention, time or writing.

    ``view`` is the open view; its controls and actions are public. ``corpus`` and ``model`` are the
    stories and the trained student, or your own; ``objective`` is "next token" or "fill in";
    ``question`` is asked first. ``options`` go to the view: ``task=``, ``card=`` and ``example=``
    (confidence), ``station=`` (path), ``look=`` and ``head=`` (attention), ``moments=`` and
    ``moment=`` (time). Raises `ValueError` for an unknown view, and where corpus, model and
    objective don't fit.
    """

    summary = "The student's attempt."

    def __init__(
        self,
        show: str = "confidence",
        corpus: Corpus | None = None,
        model: GPT | None = None,
        objective: str = NEXT_TOKEN,
        question: Question | None = None,
        **options: Any,
    ) -> None:
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        self.show = show
        subject = Subject(corpus, model, objective, question)
        self.view: Any = VIEWS[show](subject, **options)  # type: ignore[arg-type]
        super().__init__([self.view])
        self.summary = self.view.summary

    def still(self) -> str:
        """The view's own."""
        return str(self.view.still())
