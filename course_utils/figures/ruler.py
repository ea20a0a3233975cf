"""A ruler that turns points into a loss by halving, so that no logarithm is needed yet."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
from course_utils.material.questions import CHIPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 860, 262
HALVINGS = 5


def ruler_marks(halvings: int = HALVINGS) -> tuple[np.ndarray, np.ndarray]:
    """Confidences 1, 1/2, 1/4 … and their losses −ln p in nats; both (halvings,)."""
    confidence = 0.5 ** np.arange(halvings)
    return confidence, np.abs(np.log(confidence))


def percent(share: float) -> str:
    """A share as a percentage without needless decimals: 12.5 %, 25 %."""
    return f"{100 * share:.3g} %"


def counted(share: float) -> str:
    """So many chips of twenty; empty where a learner can't place them."""
    chips = share * CHIPS
    return f"{chips:.0f} chips" if chips == round(chips) and chips <= CHIPS - 4 else ""


def draw_ruler(ax: Axes, confidence: np.ndarray, loss: np.ndarray) -> None:
    """Draw (N,) confidences as bars above a ruler with (N,) losses at even distances."""
    style.empty_axes(ax)
    last = float(loss[-1])
    margin = 0.13 * last
    ax.set_xlim(-margin, last + margin)
    ax.set_ylim(-0.95, 1.85)
    for p, x in zip(confidence, loss, strict=True):
        half = 0.06 * last
        ax.add_patch(
            Rectangle((x - half, 0.22), 2 * half, 1, facecolor=style.SOFT, edgecolor="none")
        )
        ax.add_patch(
            Rectangle((x - half, 0.22), 2 * half, p, facecolor=style.LEARNER, edgecolor="none")
        )
        ax.text(x, 1.56, percent(p), ha="center", fontsize=style.LARGE, color=style.LEARNER)
        if counted(p):
            ax.text(x, 1.31, counted(p), ha="center", fontsize=style.SMALL, color=style.QUIET)
        ax.plot([x, x], [-0.08, 0.08], color=style.INK, linewidth=2)
        ax.text(x, -0.40, f"{x:.2f}", ha="center", fontsize=style.LARGE, color=style.INK)
    ax.plot([loss[0], last], [0, 0], color=style.INK, linewidth=2)
    for left, right in pairwise(loss):
        middle = (left + right) / 2
        ax.text(
            middle, -0.78, f"halved: +{right - left:.2f}",
            ha="center", fontsize=style.SMALL, color=style.QUIET,
        )  # fmt: skip


def ruler_alt(confidence: np.ndarray, loss: np.ndarray) -> str:
    """The text alternative of the ruler."""
    pairs = ", ".join(
        f"{percent(p)}{f' ({counted(p)})' if counted(p) else ''} costs {x:.2f}"
        for p, x in zip(confidence, loss, strict=True)
    )
    return f"A ruler of losses. Points on the right word and what they cost: {pairs}."


def ruler_picture() -> Picture:
    """The ruler as a picture that a cell can end in."""
    confidence, loss = ruler_marks()
    canvas = Canvas(WIDTH, HEIGHT)
    draw_ruler(canvas.axes(10, 5, WIDTH - 20, HEIGHT - 12), confidence, loss)
    return Picture(canvas, ruler_alt(confidence, loss))
