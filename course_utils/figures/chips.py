"""Chips in boxes: how a learner's confidence in one answer looks on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Circle, FancyBboxPatch

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

WIDTH, HEIGHT = 860, 240
COLUMNS = 5  # chips in a row of a box
_BOX, _GAP = 160, 10


def draw_chips(ax: Axes, labels: Sequence[str], chips: Sequence[int], notes: Sequence[str]) -> None:
    """Draw a box for each label with its chips, and a note under it.

    ``chips`` are whole numbers of 0 to 20; all three sequences have the same length.
    """
    style.empty_axes(ax)
    ax.set_aspect("equal")
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    left = (WIDTH - len(labels) * _BOX - (len(labels) - 1) * _GAP) / 2
    for label, count, note in zip(labels, chips, notes, strict=True):
        ax.add_patch(
            FancyBboxPatch(
                (left, 66), _BOX, 132, boxstyle="round,pad=0,rounding_size=8",
                facecolor="#FFFFFF", edgecolor=style.EDGE, linewidth=1.5,
            )
        )  # fmt: skip
        middle = left + _BOX / 2
        ax.text(middle, 213, label, ha="center", fontsize=style.LARGE, color=style.INK)
        for k in range(20):
            row, column = divmod(k, COLUMNS)
            ax.add_patch(
                Circle(
                    (left + 24 + 28 * column, 87 + 30 * row), 10,
                    facecolor=style.LEARNER if k < count else style.CARD,
                    edgecolor=style.LEARNER if k < count else style.SOFT, linewidth=1.2,
                )
            )  # fmt: skip
        ax.text(
            middle, 54, note, ha="center", va="top",
            fontsize=style.SMALL, color=style.INK, linespacing=1.3,
        )  # fmt: skip
        left += _BOX + _GAP


def chips_alt(labels: Sequence[str], chips: Sequence[int]) -> str:
    """The text alternative of the boxes."""
    boxes = ", ".join(f"{label} {n}" for label, n in zip(labels, chips, strict=True))
    return f"Twenty chips in five boxes: {boxes}."


def chips_canvas(labels: Sequence[str], chips: Sequence[int], notes: Sequence[str]) -> Canvas:
    """The boxes on a canvas of their own."""
    canvas = Canvas(WIDTH, HEIGHT)
    draw_chips(canvas.axes(0, 0, WIDTH, HEIGHT), labels, chips, notes)
    return canvas
