"""The one table of the analogy: the field's term, its everyday picture, and where it breaks."""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    term: str
    analogy: str
    breaks: str


VOCABULARY = (
    Row("model", "the student", "it keeps nothing between two attempts but its weights"),
    Row(
        "weights (parameters)", "what the student knows",
        "no weight holds one fact; a lesson moves nearly all of them a little",
    ),
    Row(
        "token, vocabulary", "a word on the paper; all words there are",
        "tokens needn't be words, and every question has all V choices",
    ),
    Row("context", "what may be read before answering", "at most the block size"),
    Row(
        "batch", "a test of many questions",
        "one row of T tokens is T questions; nothing is learned between two questions of one test",
    ),
    Row(
        "forward pass", "the student's attempt",
        "all questions are answered at once, and the attempt alone leaves no trace",
    ),
    Row(
        "logits", "gut feeling for each choice",
        "adding a constant to all of them changes nothing; they become percentages only by softmax",
    ),
    Row(
        "loss", "the teacher's grading; lower is better",
        "only the probability on the right choice counts, and the best mark isn't zero",
    ),
    Row(
        "backpropagation", "a lesson plan for each weight",
        "it only writes the plan, and the plan holds for a small step only",
    ),
    Row(
        "optimizer step", "studying the feedback",
        "one question's lesson can spoil other answers",
    ),
    Row(
        "iteration", "one test taken, graded and learned from",
        "the lessons of all questions are averaged before anything changes",
    ),
    Row(
        "epoch", "a round in which every question comes once",
        "large models see most of their text about once",
    ),
)  # fmt: skip
HEAD = ("The field's term", "In the analogy", "Where the analogy breaks")


@dataclass(frozen=True)
class VocabularyTable:
    """Some rows, as a table that a notebook shows."""

    rows: tuple[Row, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        plain = "\n".join(f"{r.term}: {r.analogy} ({r.breaks})" for r in self.rows)
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in HEAD)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(r.term)}</th>'
            f'<td style="text-align:left">{html.escape(r.analogy)}</td>'
            f'<td style="text-align:left">{html.escape(r.breaks)}</td></tr>'
            for r in self.rows
        )
        return {"text/plain": plain, "text/html": f"<table><tr>{head}</tr>{body}</table>"}


def vocabulary_table(*terms: str) -> VocabularyTable:
    """The rows of these terms, in this order; all without any. Raises `ValueError` if unknown."""
    known = {row.term: row for row in VOCABULARY}
    for term in terms:
        if term not in known:
            raise ValueError(f"The table has no term {term!r}; it has {', '.join(known)}.")
    return VocabularyTable(tuple(known[term] for term in terms) or VOCABULARY)
