"""Losses in their three parts: unavoidable, left to learn, and luck, which may point left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, image_html
from course_utils.figures.png import png_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

WIDTH, MEAN_HEIGHT = 860, 240
MARGIN, AXES_BOTTOM, AXES_HEIGHT, ROOM = 24, 52, 108, 2.95  # pixels; the axes' height in rows
BAR_WIDTH, BAR_HEIGHT, LUCK_HEIGHT, TIP = 280, 30, 14, 11
AXIS_HEIGHT = 26
Pixels = NDArray[np.uint8]
HATCHES = {"unavoidable": "///", "left to learn": "", "luck": "..."}
FACES = {"unavoidable": style.SOFT, "left to learn": style.STUDENT, "luck": style.CARD}
EDGES = {"unavoidable": style.FLOOR, "left to learn": style.STUDENT, "luck": style.LEARNER}
_BAR, _LUCK = 0.62, 0.3  # heights in rows
NEAR_END = 0.09  # of the scale: there words stand to one side of what they name
NO_LUCK = 0.005  # nats that would be printed as 0.00


class PartsBar:
    """One loss on axes: two bars in a row, then luck from their end to the loss itself.

    ``y`` is its middle and ``scale`` the height of a row. Luck is drawn thinner, over the bars,
    and ends in a triangle that says which way it points.
    """

    def __init__(self, ax: Axes, y: float, scale: float = 1.0) -> None:
        self.y = y
        self.rects: dict[str, Rectangle] = {}
        for name, height in (("unavoidable", _BAR), ("left to learn", _BAR), ("luck", _LUCK)):
            h = height * scale
            self.rects[name] = Rectangle(
                (0, y - h / 2), 0, h, facecolor=FACES[name], edgecolor=EDGES[name],
                hatch=HATCHES[name], linewidth=1.1,
            )  # fmt: skip
            ax.add_patch(self.rects[name])
        self.tip: Line2D
        (self.tip,) = ax.plot(
            [], [], color=style.LEARNER, linestyle="none", markersize=9, markeredgewidth=1.5
        )

    @property
    def artists(self) -> list[Rectangle | Line2D]:
        """All that moves."""
        return [*self.rects.values(), self.tip]

    def update(self, parts: Sequence[float] | None) -> None:
        """Draw (unavoidable, left to learn, luck), or nothing."""
        for artist in self.artists:
            artist.set_visible(parts is not None)
        if parts is None:
            return
        unavoidable, left, luck = (float(part) for part in parts)
        expected = unavoidable + left
        for name, start, width in (
            ("unavoidable", 0.0, unavoidable),
            ("left to learn", unavoidable, left),
            ("luck", expected, luck),
        ):
            self.rects[name].set_x(start)
            self.rects[name].set_width(width)
        self.tip.set_data([expected + luck], [self.y])
        self.tip.set_marker("|" if abs(luck) < NO_LUCK else "<" if luck < 0 else ">")


class MeanParts:
    """The mean loss of some questions in its parts, on a canvas of its own; always in one scale.

    ``low`` and ``high`` are the ends of the scale in nats.
    """

    def __init__(self, low: float, high: float) -> None:
        self.canvas = Canvas(WIDTH, MEAN_HEIGHT)
        self.ax = ax = self.canvas.axes(MARGIN, AXES_BOTTOM, WIDTH - 2 * MARGIN, AXES_HEIGHT)
        style.plain_axes(ax)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(low, high)
        ax.set_ylim(0, ROOM)
        ax.set_yticks([])
        ax.axvline(0, color=style.INK, linewidth=1.2)
        ax.set_xlabel("mean loss, in nats", fontsize=style.NORMAL, color=style.INK)
        self.bar = PartsBar(ax, 0.95, scale=2.0)
        self.range: Line2D
        (self.range,) = ax.plot(
            [], [], color=style.LEARNER, linewidth=1.4, marker="|", markersize=12
        )
        self.pointer: Line2D  # from the bar's end to the words that name the mean loss
        (self.pointer,) = ax.plot([], [], color=style.INK, linewidth=1.2)
        self.loss = self.canvas.label(
            0, AXES_BOTTOM + 0.9 * AXES_HEIGHT, size=style.NORMAL, bold=True
        )
        self._legend()
        self.canvas.move(*self.bar.artists, self.title, *self.values, self.range, self.pointer)
        self.canvas.draw()

    def _legend(self) -> None:
        """The title, a swatch for each pattern, and texts for the numbers."""
        top = self.canvas.axes(MARGIN, MEAN_HEIGHT - 66, WIDTH - 2 * MARGIN, 60)
        style.empty_axes(top)
        top.set_xlim(0, WIDTH - 2 * MARGIN)
        top.set_ylim(0, 60)
        self.title = top.text(
            0, 46, "", fontsize=style.LARGE, weight="bold", color=style.INK, va="center"
        )
        self.values: list[Text] = []
        for k, name in enumerate(HATCHES):
            x = 205 * k
            top.add_patch(
                Rectangle(
                    (x, 8), 26, 14, facecolor=FACES[name], edgecolor=EDGES[name],
                    hatch=HATCHES[name], linewidth=1.1,
                )
            )  # fmt: skip
            self.values.append(top.text(x + 34, 15, "", fontsize=style.NORMAL, va="center"))
        top.plot([602, 636], [15, 15], color=style.LEARNER, marker="|", markersize=11)
        self.values.append(top.text(645, 15, "", fontsize=style.NORMAL, va="center"))

    def update(self, parts: Sequence[float], count: int, typical: float, who: str = "") -> None:
        """Draw the mean parts of ``count`` questions, and the range of luck around them.

        ``who`` names the student.
        """
        self.bar.update(parts)
        expected = float(parts[0] + parts[1])
        self.range.set_data([expected - typical, expected + typical], [2.1, 2.1])
        loss = sum(float(part) for part in parts)
        low, high = self.ax.get_xlim()
        share = (loss - low) / (high - low)
        self.pointer.set_data([loss, loss], [0.0, 2.32])  # it ends below the words
        self.loss.x = MARGIN + share * (WIDTH - 2 * MARGIN)
        self.loss.side = (
            "left" if share < NEAR_END else "right" if share > 1 - NEAR_END else "middle"
        )
        self.loss.text = f"mean loss {loss:.2f}"
        self.title.set_text(mean_title(parts, count, who))
        numbers = (f"{parts[0]:.2f}", f"{parts[1]:.2f}", signed(parts[2]))
        for value, name, number in zip(self.values, HATCHES, numbers, strict=False):
            value.set_text(f"{name} {number}")
        self.values[-1].set_text(f"typical luck ±{typical:.2f}")


def mean_title(parts: Sequence[float], count: int, who: str = "") -> str:
    """The mean loss of ``who`` in words."""
    loss = sum(float(part) for part in parts)
    name = f"{who[:1].upper()}{who[1:]}, " if who else ""
    return f"{name}{count:,} question{'s' if count != 1 else ''}: mean loss {loss:.2f}"


def sum_text(parts: Sequence[float]) -> str:
    """The parts as a sum, in their order: 0.56 + 0.13 − 0.20."""
    luck = signed(parts[2])
    ending = f"{luck[0]} {luck[1:]}" if luck[0] in "+−" else f"+ {luck}"
    return f"{parts[0]:.2f} + {parts[1]:.2f} {ending}"


def signed(value: float) -> str:
    """A number with its sign, as it is printed: +0.20, −0.86, 0.00."""
    shown = f"{abs(value):.2f}"
    if float(shown) == 0:
        return shown
    return ("−" if value < 0 else "+") + shown


class QuestionParts:
    """One question's bar a picture, for the rows of a table; all in one scale.

    ``low`` and ``high`` are its ends in nats. The patterns are copied, not drawn, so that a whole
    page of bars takes few milliseconds.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        axis = Canvas(BAR_WIDTH, AXIS_HEIGHT)
        axis.figure.patch.set_linewidth(0)
        ax = axis.axes(0, 21, BAR_WIDTH, 4)
        style.plain_axes(ax)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(low, high)
        ax.set_yticks([])
        self.axis = axis.html(f"a scale of losses from 0 to {high:.1f} nats")
        self._tiles = {name: _tile(name) for name in HATCHES}

    def column(self, nats: float) -> int:
        """The pixel column of a loss."""
        share = (nats - self.low) / (self.high - self.low)
        return int(np.clip(round(share * BAR_WIDTH), 0, BAR_WIDTH - 1))

    def pixels(self, parts: Sequence[float] | None, loss: float) -> Pixels:
        """The bar (`BAR_HEIGHT`, `BAR_WIDTH`, 3); without parts the bare loss."""
        sheet = np.empty((BAR_HEIGHT, BAR_WIDTH, 3), np.uint8)
        sheet[:] = _rgb(style.CARD)
        zero, end = self.column(0), self.column(loss)
        if parts is None:
            self._fill(sheet, "left to learn", zero, end, BAR_HEIGHT - 8)
        else:
            middle, expected = self.column(parts[0]), self.column(parts[0] + parts[1])
            self._fill(sheet, "unavoidable", zero, middle, BAR_HEIGHT - 8)
            self._fill(sheet, "left to learn", middle, expected, BAR_HEIGHT - 8)
            if abs(parts[2]) >= NO_LUCK:
                self._fill(sheet, "luck", min(expected, end), max(expected, end), LUCK_HEIGHT)
                _tip(sheet, end, left=parts[2] < 0)
        sheet[:, zero] = _rgb(style.INK)
        return sheet

    def _fill(self, sheet: Pixels, name: str, start: int, end: int, height: int) -> None:
        """A pattern with an edge, from one column to another."""
        if end <= start:
            return
        top = (BAR_HEIGHT - height) // 2
        box = sheet[top : top + height, start:end]
        box[:] = self._tiles[name][:height, start:end]
        edge = _rgb(EDGES[name])
        box[[0, -1]] = edge
        box[:, [0, -1]] = edge

    def html(self, parts: Sequence[float] | None, loss: float) -> str:
        """The bar as an ``<img>`` with its text alternative."""
        picture = png_bytes(self.pixels(parts, loss))
        return image_html(picture, bar_alt(parts, loss), BAR_WIDTH, BAR_HEIGHT)


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _tile(name: str) -> Pixels:
    """A sheet of one part's pattern: stripes, plain or dots."""
    y, x = np.mgrid[0:BAR_HEIGHT, 0:BAR_WIDTH]
    marked = {
        "unavoidable": (x + y) % 7 < 1,
        "left to learn": np.zeros_like(x, bool),
        "luck": (x % 4 == 1) & (y % 4 == 1),
    }[name]
    tile = np.empty((BAR_HEIGHT, BAR_WIDTH, 3), np.uint8)
    tile[:] = _rgb(FACES[name])
    tile[marked] = _rgb(EDGES[name])
    return tile


def _tip(sheet: Pixels, column: int, left: bool) -> None:
    """A triangle whose point stands at a column."""
    middle, colour = BAR_HEIGHT // 2, _rgb(EDGES["luck"])
    for k in range(TIP):
        x = column + k if left else column - k
        if 0 <= x < BAR_WIDTH:
            sheet[middle - k // 2 - 1 : middle + k // 2 + 1, x] = colour


def mean_alt(parts: Sequence[float], count: int, typical: float, who: str = "") -> str:
    """The text alternative of the mean's bar."""
    side = "left" if parts[2] < 0 else "right"
    pointing = "" if float(f"{abs(parts[2]):.2f}") == 0 else f", pointing {side}"
    return (
        f"A bar in three patterns. {mean_title(parts, count, who)}: unavoidable {parts[0]:.2f},"
        f" left to learn {parts[1]:.2f}, luck {signed(parts[2])}{pointing}. Typical luck at this"
        f" number of questions: {typical:.2f} either way."
    )


def bar_alt(parts: Sequence[float] | None, loss: float) -> str:
    """The text alternative of one question's bar."""
    if parts is None:
        return f"loss {loss:.2f}"
    unavoidable, left, luck = (float(part) for part in parts)
    return f"unavoidable {unavoidable:.2f}, left to learn {left:.2f}, luck {signed(luck)}"
