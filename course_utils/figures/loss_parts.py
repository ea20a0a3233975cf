"""Losses in their three parts: unavoidable, left to learn, and luck, which may point left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text
    from numpy.typing import NDArray

WIDTH = 860
MEAN_HEIGHT, ROW_HEIGHT = 216, 30
ROWS = 10
HEADER, FOOTER = 34, 44
HATCHES = {"unavoidable": "///", "left to learn": "", "luck": "..."}
FACES = {"unavoidable": style.SOFT, "left to learn": style.STUDENT, "luck": style.CARD}
EDGES = {"unavoidable": style.FLOOR, "left to learn": style.STUDENT, "luck": style.LEARNER}
_BAR, _LUCK = 0.62, 0.3  # heights in rows
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
        self.ax = ax = self.canvas.axes(24, 52, WIDTH - 48, 92)
        style.plain_axes(ax)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(low, high)
        ax.set_ylim(0, 2.5)
        ax.set_yticks([])
        ax.axvline(0, color=style.INK, linewidth=1.2)
        ax.set_xlabel("mean loss, in nats", fontsize=style.NORMAL, color=style.INK)
        self.bar = PartsBar(ax, 0.95, scale=2.0)
        self.range: Line2D
        (self.range,) = ax.plot(
            [], [], color=style.LEARNER, linewidth=1.4, marker="|", markersize=12
        )
        self._legend()
        self.canvas.move(*self.bar.artists, self.title, *self.values, self.range)
        self.canvas.draw()

    def _legend(self) -> None:
        """The title, a swatch for each pattern, and texts for the numbers."""
        top = self.canvas.axes(24, 150, WIDTH - 48, 60)
        style.empty_axes(top)
        top.set_xlim(0, WIDTH - 48)
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

    def update(self, parts: Sequence[float], count: int, typical: float) -> None:
        """Draw the mean parts of ``count`` questions, and the range of luck around them."""
        self.bar.update(parts)
        expected = float(parts[0] + parts[1])
        self.range.set_data([expected - typical, expected + typical], [2.1, 2.1])
        self.title.set_text(mean_title(parts, count))
        numbers = (f"{parts[0]:.2f}", f"{parts[1]:.2f}", signed(parts[2]))
        for value, name, number in zip(self.values, HATCHES, numbers, strict=False):
            value.set_text(f"{name} {number}")
        self.values[-1].set_text(f"typical luck ±{typical:.2f}")


def mean_title(parts: Sequence[float], count: int) -> str:
    """The mean loss in words."""
    loss = sum(float(part) for part in parts)
    return f"{count:,} question{'s' if count != 1 else ''}: mean loss {loss:.2f}"


def signed(value: float) -> str:
    """A number with its sign, as it is printed: +0.20, −0.86, 0.00."""
    shown = f"{abs(value):.2f}"
    if float(shown) == 0:
        return shown
    return ("−" if value < 0 else "+") + shown


class QuestionParts:
    """Up to `ROWS` questions, each a bar in three parts, with rank and loss beside it.

    ``low`` and ``high`` are the ends of the scale in nats.
    """

    def __init__(self, low: float, high: float) -> None:
        height = HEADER + FOOTER + ROWS * ROW_HEIGHT
        self.canvas = Canvas(WIDTH, height)
        self.ax = ax = self.canvas.axes(318, FOOTER, 390, ROWS * ROW_HEIGHT)
        style.plain_axes(ax)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(low, high)
        ax.set_ylim(ROWS, 0)
        ax.set_yticks([])
        ax.axvline(0, color=style.INK, linewidth=1.2)
        ax.set_xlabel("loss, in nats", fontsize=style.NORMAL, color=style.INK)
        self._side = self.canvas.axes(0, 0, WIDTH, height)
        style.empty_axes(self._side)
        self._side.patch.set_visible(False)
        self._side.set_xlim(0, WIDTH)
        self._side.set_ylim(0, height)
        top = height - HEADER / 2 - 2
        for x, words, align in (
            (16, "question", "left"),
            (302, "right word", "right"),
            (788, "rank", "right"),
            (846, "loss", "right"),
        ):
            self._side.text(
                x, top, words, ha=align, va="center", fontsize=style.SMALL,
                color=style.QUIET,
            )  # fmt: skip
        self.bars = [PartsBar(ax, row + 0.5) for row in range(ROWS)]
        self.cells: list[list[Text]] = []
        for row in range(ROWS):
            y = height - HEADER - (row + 0.5) * ROW_HEIGHT
            self.cells.append(
                [
                    self._text(16, y, "left", style.INK),
                    self._text(302, y, "right", style.ANSWER),
                    self._text(788, y, "right", style.INK),
                    self._text(846, y, "right", style.INK),
                ]
            )
        for bar, cells in zip(self.bars, self.cells, strict=True):
            self.canvas.move(*bar.artists, *cells)
        self.canvas.draw()

    def _text(self, x: float, y: float, align: str, colour: str) -> Text:
        return self._side.text(x, y, "", ha=align, va="center", fontsize=style.SMALL, color=colour)

    def update(
        self, labels: Sequence[tuple[str, str, str]], parts: NDArray[np.float64] | None,
        losses: Sequence[float],
    ) -> None:  # fmt: skip
        """Draw these questions: (context, right word, rank), their parts (n, 3) and losses (n,).

        Without parts a bar is the bare loss.
        """
        for row, (bar, cells) in enumerate(zip(self.bars, self.cells, strict=True)):
            seen = row < len(labels)
            bar.update(None)
            for cell in cells:
                cell.set_visible(seen)
            if not seen:
                continue
            if parts is None:
                bare = bar.rects["left to learn"]
                bare.set_visible(True)
                bare.set_x(0)
                bare.set_width(float(losses[row]))
            else:
                bar.update(parts[row].tolist())
            for cell, words in zip(cells, (*labels[row], f"{losses[row]:.2f}"), strict=True):
                cell.set_text(words)


def mean_alt(parts: Sequence[float], count: int, typical: float) -> str:
    """The text alternative of the mean's bar."""
    side = "left" if parts[2] < 0 else "right"
    pointing = "" if float(f"{abs(parts[2]):.2f}") == 0 else f", pointing {side}"
    return (
        f"A bar in three patterns. {mean_title(parts, count)}: unavoidable {parts[0]:.2f}, left to"
        f" learn {parts[1]:.2f}, luck {signed(parts[2])}{pointing}. Typical luck at this"
        f" number of questions: {typical:.2f} either way."
    )


def questions_alt(
    labels: Sequence[tuple[str, str, str]], parts: NDArray[np.float64] | None,
    losses: Sequence[float],
) -> str:  # fmt: skip
    """The text alternative of the questions' bars."""
    lines = []
    for i, (context, word, rank) in enumerate(labels):
        said = f"{context} {word}: {rank}, loss {losses[i]:.2f}"
        if parts is not None:
            a, b, c = (float(part) for part in parts[i])
            said += f" (unavoidable {a:.2f}, left to learn {b:.2f}, luck {signed(c)})"
        lines.append(said)
    return f"{len(labels)} questions as bars. " + "; ".join(lines) + "."
