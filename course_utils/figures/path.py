"""The stations of one answer: the chain on the left, the open station's numbers on the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Label

WIDTH = 680
LEFT, BOX, LOWEST = 10, 236, 46  # pixels: the chain's edge, a box's width, a station's height
STRIPS, STRIP_WIDTH = 268, 396  # the strips' edge and width
TITLE, POINTER = 40, 14  # the two lines above a strip, and what points at a bar from below


class PathPicture:
    """The chain and three strips on a canvas; `update` opens a station.

    ``names`` are the stations'.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.height = max(430, LOWEST * len(names) + 50)
        self.canvas = Canvas(WIDTH, self.height)
        ax = self.ax = self.canvas.axes(0, 0, WIDTH, self.height)
        style.empty_axes(ax)
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(0, self.height)
        self._head = self.canvas.label(LEFT, self.height - 18)
        self._lit: list[FancyBboxPatch] = []
        self._carried: list[Label] = []
        self._shapes: list[Label] = []
        for i, name in enumerate(names):
            self._station(i, name)
        self._bars: list[LineCollection] = []
        self._marks: list[LineCollection] = []
        self._titles: list[Label] = []
        self._flags: list[Label] = []
        self._scales: list[Label] = []
        self._pointers: list[Line2D] = []
        for k in range(3):
            self._strip(k)
        self.canvas.move(*self._lit, *self._bars, *self._marks, *self._pointers)

    def _middle(self, i: int) -> float:
        step = (self.height - 40) / len(self.names)
        return self.height - 36 - step * (i + 0.5)

    def _station(self, i: int, name: str) -> None:
        ax, y = self.ax, self._middle(i)
        for lit in (False, True):
            box = FancyBboxPatch(
                (LEFT, y - 19), BOX, 38, boxstyle="round,pad=0,rounding_size=7",
                facecolor=style.LIT if lit else "#FFFFFF",
                edgecolor=style.INK if lit else style.EDGE, linewidth=2.4 if lit else 1.2,
            )  # fmt: skip
            ax.add_patch(box)
            if lit:
                self._lit.append(box)
        self.canvas.label(LEFT + 10, y + 9, name, style.NORMAL)
        self._shapes.append(self.canvas.label(LEFT + 10, y - 9))
        self._carried.append(
            self.canvas.label(LEFT + BOX - 8, y + 9, colour=style.STUDENT, side="right", bold=True)
        )

    def _top(self, k: int) -> float:
        return self.height - 8 - k * (self.height - 14) / 3

    def _base(self, k: int) -> float:
        return self._top(k) - TITLE - self._reach()

    def _reach(self) -> float:
        return ((self.height - 14) / 3 - TITLE - POINTER) / 2

    def _strip(self, k: int) -> None:
        ax, y, top = self.ax, self._base(k), self._top(k)
        ax.plot([STRIPS, STRIPS + STRIP_WIDTH], [y, y], color=style.QUIET, linewidth=0.8)
        bars = LineCollection([], colors=style.STUDENT, linewidths=2)
        mark = LineCollection([], colors=style.INK, linewidths=4)
        for lines in (bars, mark):
            ax.add_collection(lines)
        (pointer,) = ax.plot([], [], "^", color=style.INK, markersize=6)
        self._bars.append(bars)
        self._marks.append(mark)
        self._pointers.append(pointer)
        self._titles.append(self.canvas.label(STRIPS, top - 10))
        self._flags.append(self.canvas.label(STRIPS, top - 27, bold=True))
        self._scales.append(
            self.canvas.label(STRIPS + STRIP_WIDTH, top - 27, colour=style.QUIET, side="right")
        )

    def update(
        self, opened: int, titles: Sequence[str], strips: Sequence[np.ndarray],
        fulls: Sequence[float], marks: Sequence[int | None], flags: Sequence[str],
        carried: Sequence[str], shapes: Sequence[str], head: str,
    ) -> None:  # fmt: skip
        """Open station ``opened`` (from 0): three ``strips`` (n,) with titles and followed places.

        ``fulls`` are the sizes that fill a strip, ``flags`` what is said of the followed numbers,
        ``carried`` and ``shapes`` what stands in each box, ``head`` what is followed.
        """
        self._head.text = head
        for i, box in enumerate(self._lit):
            box.set_visible(i == opened)
        for labels, texts in ((self._carried, carried), (self._shapes, shapes)):
            for label, words in zip(labels, texts, strict=True):
                label.text = words
        for k in range(3):
            self._titles[k].text, self._flags[k].text = titles[k], flags[k]
            self._scales[k].text = f"a full bar is {fulls[k]:.2f}"
            self._fill(k, strips[k], fulls[k], marks[k])

    def _fill(self, k: int, values: np.ndarray, full: float, mark: int | None) -> None:
        y, n = self._base(k), len(values)
        x = STRIPS + STRIP_WIDTH * (np.arange(n) + 0.5) / n
        heights = y + self._reach() * np.asarray(values) / full
        lines = np.stack([np.stack([x, np.full(n, y)], 1), np.stack([x, heights], 1)], axis=1)
        self._bars[k].set_segments(list(lines))
        self._bars[k].set_linewidth([0.5 * STRIP_WIDTH / n])
        self._marks[k].set_segments([] if mark is None else [lines[mark]])
        found = [] if mark is None else [float(x[mark])]
        self._pointers[k].set_data(found, [y - self._reach() - POINTER / 2] * len(found))


def path_alt(
    names: Sequence[str], shapes: Sequence[str], carried: Sequence[str], opened: int,
    titles: Sequence[str], head: str,
) -> str:  # fmt: skip
    """The text alternative: the chain with the number that is followed, and what is open."""
    chain = "; ".join(f"{n}, {s}, {c}" for n, s, c in zip(names, shapes, carried, strict=True))
    return f"{head}. Stations: {chain}. Open: {names[opened]}, with {', '.join(titles)}."
