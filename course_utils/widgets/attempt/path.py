"""The way of one answer through the student, one station open at a time."""

from __future__ import annotations

import ipywidgets as W

from course_utils.figures.path import PathPicture, path_alt
from course_utils.training.stations import (
    Station,
    Strip,
    number,
    station_names,
    stations,
    strongest_channel,
)
from course_utils.widgets.attempt.subject import Subject
from course_utils.widgets.panel import Panel, answering, status, text


class PathView(Panel):
    """``station`` opens one, ``question`` chooses what is asked, ``channel`` which number goes.

    ``stations`` are all of them, as they are now.
    """

    summary = "The way of one answer through the student."

    def __init__(self, subject: Subject, question: int = 0, station: int = 0) -> None:
        self.subject = subject
        names = station_names(subject.model.config.n_layer)
        self._picture = PathPicture(names)
        self.station = W.ToggleButtons(
            options=[(name, i) for i, name in enumerate(names)], value=station,
            description="Open:", style={"button_width": "auto"},
        )  # fmt: skip
        self.question = W.Dropdown(
            options=subject.names(), value=question, description="Question:",
            layout=W.Layout(width="420px", max_width="100%"),
        )  # fmt: skip
        self.channel = W.BoundedIntText(
            0, min=0, max=subject.model.config.n_embd - 1, description="Follow number:",
            style={"description_width": "auto"}, layout=W.Layout(width="180px"),
        )  # fmt: skip
        self.story, self.picture, self.said = W.HTML(), W.HTML(), W.HTML()
        row = W.HBox([self.question, self.channel], layout=W.Layout(flex_flow="row wrap"))
        super().__init__([row, self.story, self.station, self.said, self.picture])
        self._ask()
        self.channel.value = strongest_channel(self.attempt, subject.model.wte.data)
        self.question.observe(self._asked, "value")
        for control in (self.station, self.channel):
            control.observe(self._moved, "value")
        self.refresh()

    @answering
    def visit(self, station: int) -> None:
        """Open a station (from 0). Raises `ValueError` if it isn't there."""
        count = len(self.station.options)
        if not 0 <= station < count:
            raise ValueError(f"There is no station {station}; choose 0 to {count - 1}.")
        self.station.value = station

    def _ask(self) -> None:
        self.asked = self.subject.questions[self.question.value]
        self.attempt = self.subject.attempt(self.asked)

    @answering
    def _asked(self, _: object) -> None:
        self._ask()
        self.refresh()

    def _moved(self, _: object) -> None:
        self.refresh()

    @property
    def stations(self) -> list[Station]:
        """All stations of the attempt, with the followed number."""
        table = self.subject.model.wte.data
        return stations(self.attempt, table, self.subject.label, self.channel.value)

    @answering
    def refresh(self) -> None:
        """Show the open station as it is now."""
        question = self.asked
        answer = self.subject.label(question.answer)
        self.story.value = (
            f"<p>{text(self.subject.text(question))}{'' if question.masked else ' ___'}"
            f" (right: <b>{text(answer)}</b>)</p>"
        )
        found = self.stations
        self.said.value = status(found[self.station.value].said)
        self.picture.value = self._draw(found)

    def _draw(self, found: list[Station], opened: int | None = None) -> str:
        opened = self.station.value if opened is None else opened
        strips = found[opened].strips
        head = f"following number {self.channel.value} of 0 to {self.channel.max}"
        titles = [strip.title for strip in strips]
        carried, shapes = [s.carried for s in found], [s.shape for s in found]
        self._picture.update(
            opened, titles, [strip.values for strip in strips], [strip.full for strip in strips],
            [strip.mark for strip in strips], [self._flag(strip) for strip in strips],
            carried, shapes, head,
        )  # fmt: skip
        alt = path_alt([s.name for s in found], shapes, carried, opened, titles, head)
        return self._picture.canvas.html(alt)

    def _flag(self, strip: Strip) -> str:
        """What is said of the marked number: a word's, where there is one number for each word."""
        if strip.mark is None:
            return ""
        name = f"“{self.subject.label(strip.mark)}”" if strip.words else f"number {strip.mark}"
        return f"{name}: {number(strip.values[strip.mark])}"

    def still(self) -> str:
        """The open station, two more, and what is said of each."""
        found = self.stations
        last = len(found) - 1
        shown = sorted({self.station.value, min(1, last), last - 1})
        pages = [str(self.story.value)]
        for i, station in enumerate(found):
            pages.append(f"<p><b>{i + 1}. {text(station.name)}</b>: {text(station.said)}</p>")
            if i in shown:
                pages.append(self._draw(found, i))
        return "".join(pages)
