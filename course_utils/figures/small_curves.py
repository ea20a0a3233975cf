"""Small curves side by side, lettered A, B, C: which of them is it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

LETTERS = "ABCDEF"
BOX, HEIGHT, GAP = 250, 236, 14  # pixels
POINTS = 160
STYLES = ("-", "--", ":")
COLOURS = (style.STUDENT, style.LEARNER, style.FLOOR)


@dataclass(frozen=True)
class SmallCurve:
    """A curve over x from 0 to 1, with y about 0 to 1; ``says`` describes its course in words.

    ``name`` is the label on the picture, "" where a box has only one curve.
    """

    at: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    says: str
    name: str = ""


@dataclass(frozen=True)
class CurveBox:
    """One box: its curves."""

    curves: tuple[SmallCurve, ...]


def small_curves_canvas(
    boxes: Sequence[CurveBox], across: str, up: str, logarithmic: bool = False
) -> Canvas:
    """The boxes side by side on one canvas; ``logarithmic`` says so on the axis across."""
    canvas = Canvas(GAP + (BOX + GAP) * len(boxes), HEIGHT)
    x = np.linspace(0.0, 1.0, POINTS)
    for i, box in enumerate(boxes):
        left = GAP + (BOX + GAP) * i
        ax = canvas.axes(left + 30, 42, BOX - 36, HEIGHT - 84)
        style.plain_axes(ax)
        ax.set(xlim=(0, 1.02), ylim=(0, 1.08), xticks=[], yticks=[])
        ax.set_title(LETTERS[i], fontsize=style.LARGE, weight="bold", color=style.INK)
        for k, curve in enumerate(box.curves):
            ax.plot(x, curve.at(x), STYLES[k], color=COLOURS[k], linewidth=2.4)
        ax.set_xlabel(
            f"{across}{', logarithmic' if logarithmic else ''} ▶",
            fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
        ax.set_ylabel(f"{up} ▶", fontsize=style.SMALL, color=style.INK)
        named = [(k, curve.name) for k, curve in enumerate(box.curves) if curve.name]
        for row, (k, name) in enumerate(named):
            y = 1.0 - 0.1 * row
            ax.plot([0.42, 0.55], [y, y], STYLES[k], color=COLOURS[k], linewidth=2.4)
            ax.text(0.58, y, name, va="center", fontsize=style.SMALL, color=style.INK)
    return canvas


def small_curves_alt(boxes: Sequence[CurveBox], across: str, up: str) -> str:
    """What is drawn in each box, in words."""
    said = ". ".join(
        f"{LETTERS[i]}: "
        + "; ".join(f"{c.name} {c.says}" if c.name else c.says for c in box.curves)
        for i, box in enumerate(boxes)
    )
    return f"{len(boxes)} pictures of {up} over {across}. {said}."
