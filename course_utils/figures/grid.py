"""A batch as a grid of B rows and T columns: which places are questions, which are padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.stamps import Stamp, Stamps
from course_utils.figures.strips import whole_axes, write

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 712
LEFT, RIGHT, TOP, BOTTOM = 70, 124, 44, 46
MOST_ROWS, TALL = 8, 32


class BatchGrid:
    """One square for each place of a batch of ``rows`` rows; `show` draws it, lit or not yet.

    Lit: questions are filled squares, places that ask nothing are small open circles, padding is a
    grey cross. Not lit: all places look alike.
    """

    def __init__(self, rows: int = MOST_ROWS) -> None:
        height = TOP + TALL * rows + BOTTOM
        self.canvas = Canvas(WIDTH, height)
        ax = whole_axes(self.canvas)
        looks = {
            "blank": ("s", "#FFFFFF", style.QUIET, 0.8),
            "asked": ("s", style.LIT, style.INK, 1.4),
            "quiet": ("o", "#FFFFFF", style.QUIET, 0.8),
            "padding": ("x", style.QUIET, style.QUIET, 1.2),
        }
        self.marks = {
            name: ax.plot(
                [], [], marker, linestyle="", markerfacecolor=fill, markeredgecolor=edge,
                markeredgewidth=width,
            )[0]
            for name, (marker, fill, edge, width) in looks.items()
        }  # fmt: skip
        self._rows = height - TOP - TALL * (np.arange(rows) + 0.5)
        for b, y in enumerate(self._rows, 1):
            write(ax, LEFT - 14, y, f"row {b}", style.NORMAL, ha="right")
        self.words = Stamps()
        ax.add_artist(self.words)
        self.canvas.move(*self.marks.values(), self.words)

    def show(self, asked: NDArray[np.bool_], padding: NDArray[np.bool_], lit: bool) -> None:
        """Draw a batch: ``asked`` and ``padding`` are (rows, T)."""
        _, columns = asked.shape
        step = min((WIDTH - LEFT - RIGHT) / columns, TALL)
        x = LEFT + step * (np.arange(columns) + 0.5)
        kinds = {
            "blank": np.full(asked.shape, not lit),
            "asked": asked & lit,
            "quiet": ~asked & ~padding & lit,
            "padding": padding & lit,
        }
        sizes = {"blank": 0.62, "asked": 0.72, "quiet": 0.34, "padding": 0.55}
        for name, mark in self.marks.items():
            b, t = np.nonzero(kinds[name])
            mark.set_data(x[t], self._rows[b])
            mark.set_markersize(step * sizes[name] * 0.72)
        head, foot = f"T = {columns} places in each row →", _legend(asked, padding, lit)
        stamps = [
            Stamp(LEFT, height, words, style.NORMAL, ha="left")
            for height, words in ((self.canvas.height - 22, head), (22, foot))
        ]
        if lit:
            for height, number in zip(self._rows, asked.sum(axis=1), strict=True):
                said = "1 question" if number == 1 else f"{number} questions"
                stamps.append(Stamp(WIDTH - RIGHT + 14, height, said, style.NORMAL, ha="left"))
        self.words.stamps = stamps


def _legend(asked: NDArray[np.bool_], padding: NDArray[np.bool_], lit: bool) -> str:
    if not lit:
        return "Which of these places are questions? Say a number first."
    said = f"square: a question ({int(asked.sum()):,})"
    said += f" · cross: padding ({int(padding.sum()):,})"
    quiet = int((~asked & ~padding).sum())
    return said + (f" · circle: read, not asked ({quiet:,})" if quiet else "")


def grid_alt(asked: NDArray[np.bool_], padding: NDArray[np.bool_], lit: bool) -> str:
    """The text alternative of the grid."""
    rows, columns = asked.shape
    said = f"A grid of {rows} rows and {columns} columns"
    if not lit:
        return f"{said}, not lit yet."
    each = ", ".join(str(int(n)) for n in asked.sum(axis=1))
    return (
        f"{said}. Questions in each row: {each}; {int(asked.sum())} in all. "
        f"Padding: {int(padding.sum())} places."
    )
