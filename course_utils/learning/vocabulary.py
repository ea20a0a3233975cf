"""The one table of the analogy: the field's term, its everyday picture, and where it breaks."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Row:
    """One line of the table; ``brief`` says for a beginner where the analogy breaks."""

    term: str
    analogy: str
    breaks: str
    brief: str = ""


VOCABULARY = (
    Row(
        "model",
        "the student",
        "it keeps nothing between two attempts but its weights",
    ),
    Row(
        "weights (parameters)",
        "what the student knows: its synapses",
        "no weight holds one fact; a lesson moves nearly all of them a little",
    ),
    Row(
        "token, vocabulary",
        "a word on the paper; all words there are",
        "tokens needn't be words, and every question has all V choices",
    ),
    Row(
        "context",
        "what may be read before answering",
        "at most the block size",
    ),
    Row(
        "batch",
        "a test of multiple-choice questions",
        "one row of T tokens is T questions, not one; nothing is learned between two "
        "questions of one test; the text is its own answer key",
        brief="a story of 40 words is some 40 questions, not one; nothing is learned between two "
        "questions of a test",
    ),
    Row(
        "next-token prediction, masked prediction",
        "“what comes next?”, “fill in the blank”",
        "a fill-in question may look at both sides, a next-token question only back",
    ),
    Row(
        "forward pass",
        "the student's attempt",
        "all questions are answered at once; the student keeps nothing from the attempt "
        "unless feedback follows",
        brief="all questions are answered at once, and answering changes nothing",
    ),
    Row(
        "logits",
        "gut feeling for each choice",
        "adding a constant to all of them changes nothing; they are no percentages until softmax",
    ),
    Row(
        "loss",
        "the teacher's grading; lower is better",
        "only the probability on the right choice counts, so two “second places” can score "
        "very differently; the report “spot on, close, way off” stands beside the loss and is "
        "not the loss",
        brief="only what lies on the right word counts, and even the best doesn't reach 0",
    ),
    Row(
        "entropy floor",
        "the best possible student",
        "the best mark is not zero, for some questions can only be guessed; on a few "
        "questions luck can beat the best possible student, on many it can't",
    ),
    Row(
        "backpropagation",
        "the teacher's feedback: a lesson plan for each weight",
        "it only writes the plan (the gradients), the optimizer carries it out; the plan "
        "holds for a small step only",
        brief="it says which way each weight should move, and holds only for a small move",
    ),
    Row(
        "optimizer step",
        "studying the feedback",
        "one question's lesson can spoil other answers; AdamW gives each weight a step size "
        "of its own, so a larger gradient need not mean a larger step",
        brief="learning one answer can spoil another",
    ),
    Row(
        "iteration",
        "one test taken, graded and learned from",
        "the lessons of all questions are averaged before anything changes; opposite lessons "
        "cancel",
    ),
    Row(
        "epoch",
        "a round: every question once, dealt into newly shuffled tests",
        "in the first round practice is as honest as the exam, for no question has been seen; "
        "large models see most of their text about once",
    ),
    Row(
        "training loss, held-out loss",
        "practice tests, the unseen exam",
        "training loss clearly below the floor of that same text shows memorising",
    ),
    Row(
        "learning rate, batch size",
        "how strongly feedback is taken, how long a test is",
        "too strong a lesson overshoots; a longer test costs more and is less swayed by "
        "single questions",
    ),
    Row(
        "generation, temperature",
        "writing: answer, write it down, ask the next; how boldly",
        "nothing is graded or learned while writing; temperature changes how an answer is "
        "drawn, never the grading",
    ),
    Row(
        "fine-tuning",
        "a later course on other text",
        "some use the word for one step's adjusting; today it means this later course",
    ),
)
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


def vocabulary_table(*terms: str, brief: bool = False) -> VocabularyTable:
    """The rows of these terms, in this order; all without any. ``brief`` is for beginners.

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
    return VocabularyTable(rows)
