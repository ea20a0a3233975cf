"""Who is where: students as rows, exercises as columns, a mark for what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, label_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
OPEN, TRIED, DONE, HELPED = range(4)
STATES = ("open", "tried, not passed", "passed", "passed, solution seen")
ROW, COLUMN, GAP = 17, 22, 14  # pixels: a student, an exercise, between two chapters
NAMES, TOP, FOOT, COUNTS = 190, 64, 40, 56
MIDDLE, EDGE = 7.5, 10
STROKE = [(-1.0, -1.0), (1.0, 1.0)]
MOST = 50  # students in one picture


@dataclass(frozen=True)
class Columns:
    """The exercises: each one's chapter (C,), and what stands on top of its column (C,)."""

    chapters: tuple[int, ...]
    labels: tuple[str, ...]


def class_grid(names: Sequence[str], states: NDArray[np.int64], columns: Columns) -> Canvas:
    """The picture of ``states`` (S, C), each one of `OPEN`, `TRIED`, `DONE` and `HELPED`.

    Raises `ValueError` if the shapes differ.
    """
    if states.shape != (len(names), len(columns.labels)):
        raise ValueError(
            f"states is {states.shape}; there are {len(names)} names and {len(columns.labels)}"
            " exercises."
        )
    lefts = _lefts(columns.chapters)
    width = int((lefts[-1] if len(lefts) else NAMES) + COLUMN + COUNTS)
    canvas = Canvas(max(width, 520), TOP + ROW * len(names) + FOOT)
    ax = canvas.axes(0, 0, canvas.width, canvas.height)
    style.empty_axes(ax)
    ax.set_xlim(0, canvas.width)
    ax.set_ylim(0, canvas.height)
    ys = canvas.height - TOP - ROW * (np.arange(len(names)) + 0.5)
    xs = np.array(lefts) + COLUMN / 2
    _marks(ax, np.tile(xs, (len(ys), 1)), np.tile(ys[:, None], (1, len(xs))), states)
    rules = [[(EDGE, y - ROW / 2), (canvas.width - EDGE, y - ROW / 2)] for y in ys[4::5]]
    ax.add_collection(LineCollection(rules, colors=style.EDGE, linewidths=0.8))
    for name, y, row in zip(names, ys, states, strict=True):
        canvas.label(EDGE, y, fitting(name, NAMES - 2 * EDGE))
        passed = int(np.count_nonzero(row >= DONE))
        canvas.label(
            canvas.width - EDGE, y, f"{passed}/{len(row)}", colour=style.QUIET, side="right"
        )
    for x, chapter, label in zip(xs, columns.chapters, columns.labels, strict=True):
        canvas.label(x, canvas.height - TOP + 12, label.split(".")[-1], side="middle")
        if x == xs[columns.chapters.index(chapter)]:
            canvas.label(x - 8, canvas.height - TOP + 36, f"ch. {chapter}", bold=True)
    _legend(ax, canvas)
    return canvas


def _lefts(chapters: Sequence[int]) -> list[float]:
    """Where each column begins; a new chapter stands a little apart."""
    lefts, x = [], float(NAMES)
    for i, chapter in enumerate(chapters):
        if i and chapter != chapters[i - 1]:
            x += GAP
        lefts.append(x)
        x += COLUMN
    return lefts


def _marks(ax: Axes, xs: Floats, ys: Floats, states: NDArray[np.int64]) -> None:
    """A dot, a box with a stroke, a full box, a full box with a hole: told without colour."""
    look: dict[str, Any] = {"linestyle": "none", "color": style.LEARNER, "markeredgewidth": 1.2}
    blank = states == OPEN
    ax.plot(xs[blank], ys[blank], ".", markersize=3, linestyle="none", color=style.QUIET)
    tried = states == TRIED
    ax.plot(xs[tried], ys[tried], "s", markersize=MIDDLE, fillstyle="none", **look)
    ax.plot(xs[tried], ys[tried], marker=STROKE, markersize=MIDDLE, **look)
    passed = states >= DONE
    ax.plot(xs[passed], ys[passed], "s", markersize=MIDDLE, **look)
    helped = states == HELPED
    ax.plot(xs[helped], ys[helped], "o", markersize=3.6, linestyle="none", color=style.CARD)


def _legend(ax: Axes, canvas: Canvas) -> None:
    x, y = float(EDGE) + 8, FOOT / 2
    for state, words in enumerate(STATES):
        _marks(ax, np.array([x]), np.array([y]), np.array([state]))
        canvas.label(x + 12, y, words)
        x += 34 + label_font(style.SMALL, False).getlength(words)


def fitting(words: str, most: float) -> str:
    """Words, cut where they would be wider than ``most`` pixels."""
    font = label_font(style.SMALL, False)
    if font.getlength(words) <= most:
        return words
    while words and font.getlength(f"{words}…") > most:
        words = words[:-1]
    return f"{words}…"


def class_alt(names: Sequence[str], states: NDArray[np.int64], columns: Columns) -> str:
    """The picture in words: what each student has passed, and where they stopped."""
    said = [
        f"Students as rows, {len(columns.labels)} exercises as columns; a full box is passed, a"
        " box with a stroke tried, a dot open."
    ]
    for name, row in zip(names, states, strict=True):
        passed = int(np.count_nonzero(row >= DONE))
        one = f"{name}: {passed} passed"
        tried = [columns.labels[i] for i in np.flatnonzero(row == TRIED)]
        if tried:
            one += f", tried {', '.join(tried)}"
        said.append(f"{one}.")
    return " ".join(said)
