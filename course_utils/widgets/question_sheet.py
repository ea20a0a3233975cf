"""A batch as a test: its tokens, its questions, its key, and a paper that prints."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from course_utils.figures.page import paper_size, save_pages, sheet_pages
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.papers import deal_sheet
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import Panel
from course_utils.widgets.question_views import (
    CoverView,
    FillInView,
    GridView,
    KeyView,
    PaperView,
    ShuffleView,
    TokensView,
    View,
)

VIEWS: dict[str, Callable[..., View]] = {
    "paper": PaperView,
    "tokens": TokensView,
    "cover": CoverView,
    "grid": GridView,
    "key": KeyView,
    "fill in": FillInView,
    "shuffle": ShuffleView,
}
NEXT_TOKEN, FILL_IN = "next token", "fill in"


class QuestionSheet(Panel):
    """One view of the questions that a text holds; its controls and actions are on ``view``.

    ``show`` is "paper", "tokens", "cover", "grid", "key", "fill in" or "shuffle". ``corpus`` is
    the stories, or an own text by `text_corpus`. ``objective`` is "next token" or "fill in".
    ``row`` is the first row that is used. ``card`` is a prediction that "cover" and "fill in" wait
    for. Raises `ValueError` for an unknown view or objective, or a row that isn't there.
    """

    summary = "Questions made from a text."

    def __init__(
        self,
        show: str = "paper",
        corpus: Corpus | None = None,
        objective: str = NEXT_TOKEN,
        row: int = 0,
        card: ChoiceCard | None = None,
    ) -> None:
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        if objective not in (NEXT_TOKEN, FILL_IN):
            raise ValueError(
                f"There is no objective {objective!r}; choose {NEXT_TOKEN} or {FILL_IN}."
            )
        self.corpus = story_corpus() if corpus is None else corpus
        if not 0 <= row < len(self.corpus.rows):
            raise ValueError(
                f"There is no row {row}; {self.corpus.name} has rows 0 to"
                f" {len(self.corpus.rows) - 1}."
            )
        self.masked = objective == FILL_IN
        options: dict[str, Any] = {} if card is None else {"card": card}
        self.view: View = VIEWS[show](self.corpus, self.masked, row=row, **options)
        self.summary = self.view.summary
        super().__init__([self.view])

    def save_pdf(
        self, path: str | PathLike[str], paper: str = "A4", number: int | None = None
    ) -> Path:
        """Write a test paper and its answer key as a PDF, the same bytes each time.

        ``paper`` is "A4" or "Letter"; ``number`` (from 1) is the one in view, or the first.
        Raises `ValueError` for another paper, a number that isn't there or a place that can't be
        written.
        """
        paper_size(paper)
        if number is None:
            number = self.view.sheet.number if isinstance(self.view, PaperView) else 1
        sheet = deal_sheet(self.corpus, number, masked=self.masked)
        return save_pages(path, sheet_pages(sheet, paper), sheet.title)

    def still(self) -> str:
        """What the view shows."""
        return self.view.still()
