"""The class report as a table for a spreadsheet (CSV), in which no cell becomes a formula."""

from __future__ import annotations

import csv
import io

from course_utils.figures.class_grid import STATES
from course_utils.learning.calibration import means
from course_utils.teaching.class_summary import ClassSummary, confident

# A spreadsheet computes what begins so (OWASP, "CSV Injection"), in any width of letters.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
HEAD = (
    "student", "file", "saved on", "has come to", "exercises passed", "exercises tried", "hints",
    "solutions seen", "quiz right", "predictions made", "mean loss of predictions",
    "a blind guess's", "talk first because",
)  # fmt: skip


def safe(words: object) -> str:
    """A cell that a spreadsheet takes as words; numbers that we have computed stay as they are.

    Separators of other countries and ends of lines would begin a new cell: they are replaced.
    """
    if isinstance(words, int | float):
        return str(words)
    flat = " ".join(str(words).replace(";", ",").split())
    return f"'{flat}" if flat.lstrip("'\" ").startswith(FORMULA) else flat


def table(summary: ClassSummary) -> str:
    """One line for each student, with a column for each exercise; UTF-8 with its mark in front."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    exercises = [f"{stop.label} {stop.title}" for stop in summary.exercises]
    writer.writerow([safe(cell) for cell in (*HEAD, *exercises)])
    why = {talk.card.file: ". ".join(talk.reasons) for talk in summary.talk}
    for row, card in enumerate(summary.cards):
        both = means(confident(card))
        loss, blind = ("", "") if both is None else (round(both[0], 3), round(both[1], 3))
        done = card.exercises.values()
        cells = (
            card.label, card.file, card.made, summary.where(row), card.passed(),
            sum(answer.state == "tried" for answer in done), sum(answer.hints for answer in done),
            sum(answer.helped for answer in done),
            sum(answer.state == "done" for answer in card.quiz.values()),
            sum(answer.state == "done" for answer in card.predictions.values()),
            loss, blind, why.get(card.file, ""), *(STATES[state] for state in summary.states[row]),
        )  # fmt: skip
        writer.writerow([safe(cell) for cell in cells])
    return "\ufeff" + out.getvalue()
