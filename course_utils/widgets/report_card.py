"""The report card: a picture of what is done, what comes next, and a file to hand in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import ipywidgets as W

from course_utils.figures.report_card import ReportPicture
from course_utils.learning.prediction import blind
from course_utils.learning.progress import Entry, Progress, shared
from course_utils.learning.report import Foreseen, Parts, Report, course_parts, report, save_report
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, table, text

FILE = "my_report_card.json"
LONGEST_NAME = 80


class ReportCard(Panel):
    """What is in the learner's progress, as a picture with its text; ``again_button`` looks anew.

    ``save_button`` writes it to a small file in the notebook's folder. The file holds a name only
    if one is typed into ``name``. ``parts`` is what the chapters ask (the course's own).
    """

    summary = "Your report card."

    def __init__(
        self, progress: Progress | None = None, parts: Mapping[int, Parts] | None = None
    ) -> None:
        self.progress = shared() if progress is None else progress
        self.parts = course_parts() if parts is None else parts
        self.page, self.reply = W.HTML(), W.HTML()
        self.name = W.Text(
            description="Name:", placeholder="only if you want one in the file",
            continuous_update=False,  # sent when it is whole: fast typing once lost letters
            layout=W.Layout(width="330px"),
        )  # fmt: skip
        self.save_button = W.Button(description="Save a file to hand in", layout={"width": "190px"})
        self.again_button = W.Button(description="Look again")
        self.save_button.on_click(lambda _: self.save())
        self.again_button.on_click(lambda _: self.refresh())
        bar = W.HBox(
            [self.name, self.save_button, self.again_button],
            layout=W.Layout(flex_flow="row wrap"),
        )
        super().__init__([self.page, bar, self.reply])
        self.refresh()

    @property
    def report(self) -> Report:
        """What the progress says now."""
        return report(self.progress.entries(), self.parts)

    @answering
    def refresh(self) -> None:
        """Show the progress as it is now."""
        self.page.value = page(self.report)
        self.tell(self.progress)

    @answering
    def save(self, path: str | os.PathLike[str] = FILE) -> Path:
        """Write the card to a file. Complains if it can't be written there."""
        name = " ".join(self.name.value.split())[:LONGEST_NAME]
        made = datetime.now(UTC).date().isoformat()
        place = save_report(path, self.report.to_json(name, made))
        whose = f"with the name “{name}”" if name else "without a name"
        self.reply.value = status(f"Saved as {place.resolve()}, {whose}.")
        return place

    def still(self) -> str:
        """An example learner's card."""
        return paragraph(f"{EXAMPLE}:") + page(report(example_entries(self.parts), self.parts))


def report_card() -> ReportCard:
    """The learner's report card, to look at and to save."""
    return ReportCard()


def page(card: Report) -> str:
    """The card as HTML: what comes next, the picture, predictions beside results, calibration."""
    picture = ReportPicture(card).canvas.html(card.alt)
    said = paragraph(f"Next: {card.next_step}")
    rows = [_row(foreseen) for foreseen in card.predictions]
    if rows:
        head = ["prediction", "you said", "how sure", "it came", "cost", "a blind guess"]
        results = table(head, rows, "Predictions and results")
    else:
        results = paragraph("No prediction was made yet.")
    items = "".join(f"<li>{text(sentence)}</li>" for sentence in card.calibration)
    return f"{said}{picture}{results}<ul>{items}</ul>"


def _row(one: Foreseen) -> list[str]:
    sure = "–" if one.confidence is None else f"{100 * one.confidence:.0f} %"
    came = one.outcome or "not seen yet"
    if one.right is not None:
        came = f"{'right' if one.right else 'not so'}: {came}"
    graded = one.score is not None
    return [
        one.title, one.answer, sure, came, f"{one.score:.2f}" if graded else "–",
        f"{blind(one.options):.2f}" if graded else "–",
    ]  # fmt: skip


def example_entries(parts: Mapping[int, Parts]) -> list[Entry]:
    """An imagined learner, half-way through the course."""
    found: list[Entry] = []

    def add(kind: str, name: str, **data: object) -> None:
        found.append(Entry(kind, name, "", f"example {len(found)}", data))

    for number, part in parts.items():
        if number > 3:
            break
        for i, name in enumerate(part.exercises):
            outcome = "not yet" if (number, i) == (3, 1) else "passed"
            if (number, i) < (3, 2):
                add("exercise", name, outcome=outcome, solution_seen=i == 2)
        if number < 3:
            for i, name in enumerate(part.quiz):
                add("quiz", name, right=i != 1, confidence=None)
        for name in part.predictions:
            add("prediction", name, answer="an example", outcome=None, confidence=None)
    add("score", "start: paper", learner=2.1, floor=1.0)
    add("score", "start: board", learner=2.1, student=1.4, floor=1.0)
    return found
