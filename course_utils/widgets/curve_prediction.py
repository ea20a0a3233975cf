"""A prediction of a curve: a few points to drag, how sure that it's near, and what came of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import ipywidgets as W
import numpy as np

from course_utils.figures import style
from course_utils.figures.predictions import CurveSheet, Scale, curve_alt, number
from course_utils.learning.prediction import (
    CURVE,
    PredictionLog,
    grade_sentence,
    statement_levels,
)
from course_utils.learning.progress import Progress
from course_utils.widgets.curve_board import CurveBoard
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, text

KEEP, CHANGE = "Keep my curve", "Change my curve"
EXAMPLE_SURE = 0.6
NOT_YET = (
    "Not answered yet: drag the points (or reach one by Tab and move it by the arrow keys), say how"
    " sure you are, and keep your curve."
)


class CurvePrediction(Panel):
    """A ``question`` whose answer is a curve, drawn by dragging its points at ``places``.

    ``board`` holds the points; they lie between ``low`` and ``high``, on a logarithmic scale with
    ``log``. ``across`` and ``up`` name the axes, ``lines`` are values to hold on to, by name.
    ``margin`` says how near counts as right, in the mean over the places: a distance, or with
    ``log`` a factor. ``sure``, ``keep_button``, ``name`` and ``example`` (values at the places) are
    as in `NumberPrediction`; `outcome` shows the real curve. Raises `ValueError` for fewer than two
    places and for an impossible scale or margin.
    """

    summary = "A prediction: a curve to draw."

    def __init__(
        self, question: str, places: Sequence[float], low: float, high: float, margin: float,
        across: str = "", up: str = "", unit: str = "", log: bool = False,
        lines: Mapping[str, float] | None = None, example: Sequence[float] | None = None,
        name: str | None = None, progress: Progress | None = None,
    ) -> None:  # fmt: skip
        if len(places) < 2 or not all(a < b for a, b in itertools.pairwise(places)):
            raise ValueError("A curve needs at least two places, from left to right.")
        self.question, self.scale = question, Scale(low, high, unit, log, margin)
        self.memory = PredictionLog(name, CURVE, progress=progress)
        self.sheet = CurveSheet(self.scale, places, (across, up), lines)
        middle = math.sqrt(low * high) if log else (low + high) / 2
        self.example = [middle] * len(places) if example is None else [float(v) for v in example]
        self.made: list[float] | None = None
        self.came: tuple[list[float], list[float]] | None = None
        self._said = ""
        span = places[-1] - places[0]
        self.board = CurveBoard(
            width=self.sheet.canvas.width, height=self.sheet.canvas.height,
            box=list(self.sheet.box), places=[(x - places[0]) / span for x in places],
            values=[[middle] * len(places)], low=low, high=high, log=log, unit=unit,
            curves=[{"name": "you", "colour": style.LEARNER, "thick": 2.4, "square": False}],
            names=[[f"your curve at {number(x)} {across}".strip() for x in places]],
            label=f"your curve of {up or 'values'}",
        )  # fmt: skip
        self.sure = W.SelectionSlider(
            options=statement_levels(), value=0.5, description="How sure?",
            layout=W.Layout(width="min(420px, 95%)"),
        )  # fmt: skip
        self.keep_button = W.Button(description=KEEP, layout=W.Layout(width="170px"))
        self.reply, self.picture = W.HTML(), W.HTML()
        near = W.HTML(
            paragraph(
                f"How sure are you to be within {self.scale.margin_said()} in the mean over your"
                f" {len(places)} points?"
            )
        )
        self.board.observe(self._drew, "values")
        self.keep_button.on_click(lambda _: self.press())
        self._asked = W.VBox([near, self.sure, self.keep_button])
        heading = W.HTML(f"<p><b>{text(question)}</b></p>")
        super().__init__([heading, self.board, self.picture, self._asked, self.reply])
        self._lay()
        self.refresh()

    @property
    def drawn(self) -> list[float]:
        """The curve's values now."""
        return [float(value) for value in self.board.values[0]]

    def draw(self, values: Sequence[float]) -> None:
        """Draw the whole curve. Raises `ValueError` if its values don't fit."""
        self.board.draw(0, values)

    @answering
    def press(self) -> None:
        """What the button does: keep the curve, or take it back while its outcome is unknown."""
        if self.came is not None:
            return
        if self.made is not None:
            self.made = None
            self.memory.withdrawn()
        elif not self.board.moved:
            raise ValueError("Nothing is drawn yet: move at least one point, then keep your curve.")
        else:
            self.made = self.drawn
            self.memory.answered([round(v, 6) for v in self.made], float(self.sure.value))
            self.tell(self.memory.progress)
        self.refresh()

    def outcome(self, x: Sequence[float], y: Sequence[float], said: str = "") -> None:
        """Show and keep the real curve, with a sentence; nothing before there is a drawn one.

        Between its points it counts as straight.
        """
        if self.made is None or self.came is not None:
            return
        self.came, self._said = ([float(v) for v in x], [float(v) for v in y]), said
        real = np.interp(self.sheet.places, *self.came)
        near = mean_distance(self.scale, self.made, real.tolist()) <= self._allowed + 1e-9
        self.memory.came([round(float(v), 6) for v in real], near)
        self.refresh()
        self.tell(self.memory.progress)

    @property
    def _allowed(self) -> float:
        return math.log(self.scale.margin) if self.scale.log else self.scale.margin

    @answering
    def _drew(self, _: object) -> None:
        self._lay()

    def _lay(self) -> None:
        """The empty axes under the points; the points and their words are the board's own."""
        if not self.board.picture:
            self.sheet.update(None, None)
            self.board.lay(self.sheet.canvas.png(), "")
        self.board.alt = curve_alt(self.sheet, self.drawn)

    def refresh(self) -> None:
        """Show the curve as it is now."""
        made, came = self.made, self.came
        self.board.locked = made is not None
        self.sure.disabled = made is not None
        self._asked.layout.display = "none" if came is not None else ""
        self.board.layout.display = "none" if came is not None else ""
        self.keep_button.description = CHANGE if made is not None else KEEP
        self.picture.value = "" if came is None else self._drawn(made, came)
        self.reply.value = status(self._sentence())

    def _drawn(
        self, guess: Sequence[float] | None,
        came: tuple[Sequence[float], Sequence[float]] | None = None,
    ) -> str:  # fmt: skip
        self.sheet.update(guess, came)
        return self.sheet.canvas.html(curve_alt(self.sheet, guess, came))

    def _sentence(self) -> str:
        if self.made is None:
            return NOT_YET
        sure = float(self.sure.value)
        if self.came is None:
            margin = self.scale.margin_said()
            return f"Kept: {100 * sure:.0f} % sure to be within {margin} in the mean."
        real = np.interp(self.sheet.places, *self.came).tolist()
        far = mean_distance(self.scale, self.made, real)
        near = far <= self._allowed + 1e-9
        distance = (
            f"a factor of {number(math.exp(far))}" if self.scale.log else self.scale.said(far)
        )
        grade = grade_sentence(sure, near, 2)
        said = (
            f"Your curve lies {distance} from what came, in the mean:"
            f" {'within' if near else 'not within'} {self.scale.margin_said()}, of which you were"
            f" {100 * sure:.0f} % sure. {grade}"
        )
        return f"{said} {self._said}".strip()

    def still(self) -> str:
        """The question with an example learner's curve."""
        said = (
            f"{EXAMPLE}, {100 * EXAMPLE_SURE:.0f} % sure to be within {self.scale.margin_said()} in"
            " the mean:"
        )
        picture = self._drawn(self.example)
        return f"<p><b>{text(self.question)}</b></p>{paragraph(said)}{picture}"


def mean_distance(scale: Scale, first: Sequence[float], second: Sequence[float]) -> float:
    """How far two curves (n,) lie apart in the mean; on a logarithmic scale, in logarithms."""
    a, b = np.asarray(first), np.asarray(second)
    if scale.log:
        a, b = np.log(a), np.log(np.maximum(b, 1e-300))
    return float(np.abs(a - b).mean())
