"""Pictures of predictions: a number on a scale, and a curve drawn over one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import NullFormatter, NullLocator

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

WIDTH = 740
SCALE_HEIGHT, SCALE_LEFT, SCALE_INNER = 160, 50, 630
CURVE_HEIGHT, CURVE_LEFT, CURVE_INNER, CURVE_TALL = 360, 70, 480, 270


@dataclass(frozen=True)
class Scale:
    """From where to where a number can lie, in what unit, and whether by factors.

    ``margin`` says how near counts as right: a distance, or with ``log`` a factor above 1. Raises
    `ValueError` for what can't be.
    """

    low: float
    high: float
    unit: str = ""
    log: bool = False
    margin: float = 0.0

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError(
                f"A scale from {self.low} to {self.high} can't be drawn; low must be below high,"
                " and above 0 on a logarithmic scale."
            )
        if self.margin <= (1 if self.log else 0):
            raise ValueError(
                f"The margin is {self.margin}; give a distance above 0, or on a logarithmic scale a"
                " factor above 1."
            )

    def near(self, guess: float, value: float) -> bool:
        """Whether a guess lies within the margin of a value."""
        if self.log:
            return value > 0 and abs(math.log(guess / value)) <= math.log(self.margin) + 1e-9
        return abs(guess - value) <= self.margin + 1e-9

    def band(self, guess: float) -> tuple[float, float]:
        """The values that lie within the margin of a guess, as far as the scale goes."""
        low, high = (
            (guess / self.margin, guess * self.margin)
            if self.log
            else (guess - self.margin, guess + self.margin)
        )
        return max(self.low, low), min(self.high, high)

    def said(self, value: float) -> str:
        """A value in words."""
        return f"{number(value)}{' ' + self.unit if self.unit else ''}"

    def margin_said(self) -> str:
        """The margin in words."""
        if self.log:
            return f"a factor of {number(self.margin)}"
        return self.said(self.margin)


def number(value: float) -> str:
    """A number as people read it: three digits, no exponent; whole from a thousand on."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    shown = f"{value:.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


class NumberScale:
    """A scale with the learner's mark and its margin above, and the outcome below."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self.canvas = Canvas(WIDTH, SCALE_HEIGHT)
        self.ax = self.canvas.axes(SCALE_LEFT, 50, SCALE_INNER, 70)
        _spread_out(self.ax, scale, vertical=False)
        self.ax.set_ylim(-1, 1)
        self.ax.set_yticks([])
        self.ax.spines["left"].set_visible(False)
        self.ax.set_xlabel(scale.unit, fontsize=style.NORMAL, color=style.INK)
        self._band = self.ax.axvspan(scale.low, scale.high, color=style.LIT, zorder=0)
        (self._mark,) = self.ax.plot(
            [], [], marker="v", markersize=12, color=style.LEARNER, linestyle="none"
        )
        (self._outcome,) = self.ax.plot(
            [], [], marker="D", markersize=10, color=style.ANSWER, linestyle="none"
        )
        self.canvas.move(self._band, self._mark, self._outcome)
        self._mine = self.canvas.label(0, 140, colour=style.LEARNER, side="middle")
        self._real = self.canvas.label(0, 71, colour=style.ANSWER)

    def update(self, guess: float | None, outcome: float | None = None) -> None:
        """Show the guess and, once it's known, what came; None is left out."""
        self._mark.set_data([], []) if guess is None else self._mark.set_data([guess], [0.35])
        self._band.set_visible(guess is not None)
        self._mine.visible = guess is not None
        if guess is not None:
            low, high = self.scale.band(guess)
            self._band.set_bounds(low, 0, high - low, 1)
            self._mine.x = min(max(self._pixel(guess), 90), WIDTH - 90)
            self._mine.text = f"you: {self.scale.said(guess)}"
        self._real.visible = outcome is not None
        self._outcome.set_data([], [])
        if outcome is not None:
            shown = min(max(outcome, self.scale.low), self.scale.high)
            self._outcome.set_data([shown], [-0.4])
            # Beside its mark, on the side where there is room.
            late = self._pixel(shown) > WIDTH / 2
            self._real.side = "right" if late else "left"
            self._real.x = self._pixel(shown) + (-14 if late else 14)
            self._real.text = f"it is: {self.scale.said(outcome)}"

    def _pixel(self, value: float) -> float:
        """Where a value lies in the picture."""
        x, _ = self.ax.transData.transform((value, 0))
        return float(x)


def number_alt(scale: Scale, guess: float | None, outcome: float | None = None) -> str:
    """The text alternative of `NumberScale` as it is now."""
    kind = "A logarithmic scale" if scale.log else "A scale"
    said = [f"{kind} from {scale.said(scale.low)} to {scale.said(scale.high)}."]
    if guess is None:
        said.append("Nothing is placed yet.")
    else:
        low, high = scale.band(guess)
        said.append(
            f"Your mark: {scale.said(guess)}; as near counts {number(low)} to {number(high)}."
        )
    if outcome is not None:
        said.append(f"It is {scale.said(outcome)}.")
    return " ".join(said)


class CurveSheet:
    """Axes for a drawn curve: reference lines, the learner's curve with its margin, and what came.

    ``places`` (n,) are where the points stand, ``lines`` values by name.
    """

    def __init__(
        self, scale: Scale, places: Sequence[float], labels: tuple[str, str],
        lines: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self.scale, self.places, self.labels = scale, [float(x) for x in places], labels
        self.lines = dict(lines or {})
        self.canvas = Canvas(WIDTH, CURVE_HEIGHT)
        self.ax = self.canvas.axes(CURVE_LEFT, 55, CURVE_INNER, CURVE_TALL)
        self.ax.set_xlim(self.places[0], self.places[-1])
        _spread_out(self.ax, scale, vertical=True)
        self.ax.set_xlabel(labels[0], fontsize=style.NORMAL, color=style.INK)
        self.ax.set_ylabel(labels[1], fontsize=style.NORMAL, color=style.INK)
        for name, value in self.lines.items():
            self.ax.axhline(value, color=style.QUIET, linestyle=":", linewidth=1.6)
            self.ax.annotate(
                f"{name} {number(value)}", (1.0, value), (8, 0),
                xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                fontsize=style.SMALL, color=style.QUIET,
            )  # fmt: skip
        self._band = self.ax.fill_between([], [], [], color=style.LIT, zorder=0)
        (self._guess,) = self.ax.plot(
            [], [], color=style.LEARNER, linestyle=style.LINES["learner"], linewidth=2.2,
            marker="o", markersize=7, markerfacecolor=style.CARD, clip_on=False,
        )  # fmt: skip
        (self._outcome,) = self.ax.plot([], [], color=style.ANSWER, linewidth=2.8)
        self.canvas.move(self._band, self._guess, self._outcome)
        above = CURVE_HEIGHT - 16
        self._mine = self.canvas.label(CURVE_LEFT, above, "- · -  you", colour=style.LEARNER)
        self._real = self.canvas.label(CURVE_LEFT + 110, above, colour=style.ANSWER)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where the axes lie: left, top, width and height in pixels from the upper left corner."""
        top = CURVE_HEIGHT - 55 - CURVE_TALL
        return float(CURVE_LEFT), float(top), float(CURVE_INNER), float(CURVE_TALL)

    def update(
        self, guess: Sequence[float] | None, outcome: tuple[Sequence[float], Sequence[float]] | None
    ) -> None:
        """Show the guess (n,) and, once it's known, what came as (x, y); None is left out."""
        self._guess.set_data([], []) if guess is None else self._guess.set_data(self.places, guess)
        self._mine.visible = guess is not None
        self._band.set_visible(guess is not None)
        if guess is not None:
            bands = np.array([self.scale.band(value) for value in guess])
            corners = [
                *zip(self.places, bands[:, 0], strict=True),
                *zip(self.places[::-1], bands[::-1, 1], strict=True),
            ]
            self._band.set_verts([np.array(corners)])
        self._real.visible = outcome is not None
        if outcome is None:
            self._outcome.set_data([], [])
        else:
            self._outcome.set_data(np.asarray(outcome[0]), np.asarray(outcome[1]))
            self._real.text = "——  what came"


def curve_alt(
    sheet: CurveSheet,
    guess: Sequence[float] | None,
    outcome: tuple[Sequence[float], Sequence[float]] | None = None,
) -> str:
    """The text alternative of `CurveSheet` as it is now."""
    across, up = sheet.labels
    said = [f"A curve of {up} over {across}, from {number(sheet.places[0])} to "]
    said[0] += f"{number(sheet.places[-1])}."
    if guess is not None:
        points = ", ".join(
            f"{number(y)} at {number(x)}" for x, y in zip(sheet.places, guess, strict=True)
        )
        said.append(f"Yours: {points}.")
    if outcome is not None:
        real = np.interp(sheet.places, *outcome)
        points = ", ".join(
            f"{number(y)} at {number(x)}" for x, y in zip(sheet.places, real, strict=True)
        )
        said.append(f"What came: {points}.")
    if sheet.lines:
        said.append("Lines: " + ", ".join(f"{k} {number(v)}" for k, v in sheet.lines.items()) + ".")
    return " ".join(said)


def _short(value: float) -> str:
    """A tick's number, large ones in words."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{number(value / size)} {word}"
    return number(value)


def _spread_out(ax: Axes, scale: Scale, vertical: bool) -> None:
    """Give an axis the scale's limits, logarithmic if it is, with plain numbers at its ticks."""
    style.plain_axes(ax)
    axis = ax.yaxis if vertical else ax.xaxis
    if scale.log:
        (ax.set_yscale if vertical else ax.set_xscale)("log")
        ends = math.ceil(math.log10(scale.low) - 1e-9), math.floor(math.log10(scale.high) + 1e-9)
        ticks = [10.0**k for k in range(ends[0], ends[1] + 1)]
        if len(ticks) < 2:
            ticks = [scale.low, math.sqrt(scale.low * scale.high), scale.high]
        axis.set_ticks(ticks, [_short(tick) for tick in ticks])
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    (ax.set_ylim if vertical else ax.set_xlim)(scale.low, scale.high)
