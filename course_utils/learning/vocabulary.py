"""The one table of the analogy: the field's term, its everyday picture, and where it breaks."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

from course_utils.learning.glossary import named


@dataclass(frozen=True)
class Row:
    """One line of the table; ``brief`` says for a beginner where the analogy breaks.

    ``term`` and ``analogy`` come from the glossary.
    """

    term: str
    analogy: str
    breaks: str
    brief: str = ""


def _row(*names: str, breaks: str, brief: str = "", between: str = "; ", shown: str = "") -> Row:
    """The row of one or more terms of the glossary."""
    terms = [named(name) for name in names]
    analogy = between.join(term.everyday for term in terms)
    return Row(shown or ", ".join(names), analogy, breaks, brief)


VOCABULARY = (
    _row(
        "model",
        breaks="it keeps nothing between two attempts but its weights",
        brief="it keeps nothing between two attempts but its weights",
    ),
    _row(
        "weights",
        shown="weights (parameters)",
        breaks="no weight holds one fact; a lesson moves nearly all of them a little",
        brief="they are numbers, and none of them holds one fact",
    ),
    _row(
        "token",
        "vocabulary",
        breaks="tokens needn't be words, and every question has all V choices",
    ),
    _row(
        "context",
        breaks="at most the block size",
    ),
    _row(
        "batch",
        breaks=(
            "one row of T tokens is T questions, not one; nothing is learned between two "
            "questions of one test; the text is its own answer key"
        ),
        brief=(
            "a story of 40 words is some 40 questions, not one; nothing is learned between two "
            "questions of a test"
        ),
    ),
    _row(
        "next-token prediction",
        "masked prediction",
        between=", ",
        breaks="a fill-in question may look at both sides, a next-token question only back",
    ),
    _row(
        "forward pass",
        breaks=(
            "all questions are answered at once; the student keeps nothing from the attempt "
            "unless feedback follows"
        ),
        brief="all questions are answered at once, and answering changes nothing",
    ),
    _row(
        "logits",
        breaks=(
            "adding a constant to all of them changes nothing; they are no percentages until "
            "softmax"
        ),
        brief="only comparing them means something; they are no percentages yet",
    ),
    _row(
        "loss",
        breaks=(
            "only the probability on the right choice counts, so two “second places” can score "
            "very differently; the report “spot on, close, way off” stands beside the loss and is "
            "not the loss"
        ),
        brief="only what lies on the right word counts, and even the best doesn't reach 0",
    ),
    _row(
        "entropy floor",
        breaks=(
            "the best mark is not zero, for some questions can only be guessed; on a few "
            "questions luck can beat the best possible student, on many it can't"
        ),
        brief="it isn't zero, for some questions can only be guessed",
    ),
    _row(
        "backpropagation",
        breaks=(
            "it only writes the plan (the gradients), the optimizer carries it out; the plan "
            "holds for a small step only"
        ),
        brief="it says which way each weight should move, and holds only for a small move",
    ),
    _row(
        "optimizer step",
        breaks=(
            "one question's lesson can spoil other answers; AdamW gives each weight a step size "
            "of its own, so a larger gradient need not mean a larger step"
        ),
        brief="learning one answer can spoil another",
    ),
    _row(
        "iteration",
        breaks=(
            "the lessons of all questions are averaged before anything changes; opposite lessons "
            "cancel"
        ),
    ),
    _row(
        "epoch",
        breaks=(
            "in the first round practice is as honest as the exam, for no story of it was "
            "seen before; large models see most of their text about once"
        ),
    ),
    _row(
        "training loss",
        "held-out loss",
        between=", ",
        breaks="training loss clearly below the floor of that same text shows memorising",
    ),
    _row(
        "learning rate",
        "batch size",
        between=", ",
        breaks=(
            "too strong a lesson overshoots; a longer test costs more and is less swayed by "
            "single questions"
        ),
    ),
    _row(
        "generation",
        "temperature",
        breaks=(
            "nothing is graded or learned while writing; temperature changes how an answer is "
            "drawn, never the grading"
        ),
        brief="nothing is graded or learned while writing",
    ),
    _row(
        "fine-tuning",
        breaks="some use the word for one step's adjusting; today it means this later course",
    ),
)
HEAD = ("The field's term", "In the analogy", "Where the analogy breaks")


@dataclass(frozen=True)
class VocabularyTable:
    """Some rows, as a table that a notebook shows; without ``limits`` two columns only."""

    rows: tuple[Row, ...]
    limits: bool = True

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        plain = "\n".join(
            f"{r.term}: {r.analogy}" + (f" ({r.breaks})" if self.limits else "") for r in self.rows
        )
        names = HEAD if self.limits else HEAD[:-1]
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in names)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(r.term)}</th>'
            + "".join(
                f'<td style="text-align:left">{html.escape(words)}</td>'
                for words in (r.analogy, r.breaks)[: len(names) - 1]
            )
            + "</tr>"
            for r in self.rows
        )
        return {"text/plain": plain, "text/html": f"<table><tr>{head}</tr>{body}</table>"}


def vocabulary_table(*terms: str, brief: bool = False, limits: bool = True) -> VocabularyTable:
    """The rows of these terms, in this order; all without any. ``brief`` is for beginners.

    Without ``limits`` it doesn't say where the analogy breaks, which would answer a prediction.
    Raises `ValueError` if a term is unknown or has no short form.
    """
    known = {row.term: row for row in VOCABULARY}
    for term in terms:
        if term not in known:
            raise ValueError(f"The table has no term {term!r}; it has {', '.join(known)}.")
        if brief and not known[term].brief:
            raise ValueError(f"{term!r} has no short form; show it in full.")
    rows = tuple(known[term] for term in terms) or VOCABULARY
    if brief:
        rows = tuple(replace(row, breaks=row.brief) for row in rows if row.brief)
    return VocabularyTable(rows, limits)
