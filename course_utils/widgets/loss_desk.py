"""The teacher's desk: what a loss is, what it is made of, and what it is read against."""

from __future__ import annotations

from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.students import FILL_IN, HALF_TRAINED, TRAINED, UNTRAINED, load_student
from course_utils.widgets.loss_duel import DuelView
from course_utils.widgets.loss_one_question import OneQuestion
from course_utils.widgets.loss_scale import ScaleView
from course_utils.widgets.loss_whole_test import WholeTest
from course_utils.widgets.panel import Panel

NEXT_TOKEN, FILL_IN_QUESTIONS = "next token", "fill in"
OBJECTIVES = (NEXT_TOKEN, FILL_IN_QUESTIONS)
VIEWS: dict[str, type[OneQuestion | DuelView | WholeTest | ScaleView]] = {
    "one question": OneQuestion,
    "duel": DuelView,
    "whole test": WholeTest,
    "scale": ScaleView,
}
YOURS = "your student"


class LossDesk(Panel):
    """One view of the grading, chosen by ``show``; its controls and actions are on ``view``.

    Without ``corpus`` and ``model`` the stories are graded, with the students that come with the
    course. An own corpus needs the ``model`` that was made for it; its best possible mark isn't
    known, and the view says so. ``objective`` is "next token" or "fill in". Raises `ValueError`
    for an unknown view or objective, and for a student that doesn't fit.
    """

    def __init__(
        self, show: str = "one question", corpus: Corpus | None = None, model: GPT | None = None,
        objective: str = NEXT_TOKEN,
    ) -> None:  # fmt: skip
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        corpus = story_corpus(1) if corpus is None else corpus
        self.view = VIEWS[show](corpus, _students(corpus, model, objective))
        self.summary = self.view.summary
        super().__init__([self.view])

    def still(self) -> str:
        """The view's own still."""
        return self.view.still()


def _students(corpus: Corpus, model: GPT | None, objective: str) -> dict[str, GPT]:
    """Copies of the students to grade, by name, the most important one first."""
    if objective not in OBJECTIVES:
        raise ValueError(f"There is no objective {objective!r}; choose {', '.join(OBJECTIVES)}.")
    causal = objective == NEXT_TOKEN
    if model is not None:
        if model.config.causal != causal:
            kind = NEXT_TOKEN if model.config.causal else FILL_IN_QUESTIONS
            raise ValueError(f"This student answers {kind!r} questions; pass objective={kind!r}.")
        return {YOURS: model}
    if corpus.grammar is None:
        raise ValueError(
            f"No student that comes with the course knows {corpus.name!r}; pass the one that was"
            " made for it as model=…"
        )
    names = (TRAINED, HALF_TRAINED, UNTRAINED) if causal else (FILL_IN,)
    return {name: load_student(name) for name in names}
