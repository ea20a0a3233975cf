"""One vertical scale for every mark, from a blind guess down to the best possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from matplotlib.axes import Axes

    Mark: TypeAlias = tuple[str, str, float]  # role in the palette, label, loss in nats

WIDTH, HEIGHT = 560, 380
MARKERS = {"learner": "o", "student": "s", "uniform": "x", "floor": "_", "counting": "^"}


def spread(places: np.ndarray, gap: float) -> np.ndarray:
    """Move (N,) label heights apart until neighbours are at least ``gap`` apart; keeps the order.

    Labels that collide are set evenly around their common middle.
    """
    order = np.argsort(places, kind="stable")
    groups: list[list[float]] = []  # [sum of wanted middles, how many]
    for i, place in enumerate(places[order]):
        groups.append([float(place), 1.0])
        while len(groups) > 1 and _bottom(groups[-1], gap) - _top(groups[-2], gap) < gap - 1e-9:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
        assert sum(g[1] for g in groups) == i + 1
    heights = [_bottom(g, gap) + gap * i for g in groups for i in range(int(g[1]))]
    result = np.empty(len(places))
    result[order] = heights
    return result


def _bottom(group: list[float], gap: float) -> float:
    return group[0] / group[1] - gap * (group[1] - 1) / 2


def _top(group: list[float], gap: float) -> float:
    return group[0] / group[1] + gap * (group[1] - 1) / 2


def draw_scale(ax: Axes, marks: Sequence[Mark], luck: tuple[float, float] | None = None) -> None:
    """Draw each mark at its height with a label beside it.

    ``marks`` are (role, label, loss in nats); ``luck`` is the (low, high) range in which the best
    possible mark falls by luck. Lower is better, so lower is also lower in the picture.
    """
    losses = np.array([loss for _, _, loss in marks], dtype=float)
    top = max(float(losses.max()) * 1.06, 1.0)
    ax.set_facecolor(style.CARD)
    ax.set_xlim(0, 10)
    ax.set_ylim(-0.04 * top, top)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    ax.spines["left"].set_color(style.QUIET)
    ax.tick_params(labelsize=style.SMALL, colors=style.INK)
    ax.set_xticks([])
    ax.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
    if luck is not None:
        ax.add_patch(
            Rectangle(
                (0.3, luck[0]), 1.0, luck[1] - luck[0],
                facecolor=style.SOFT, edgecolor=style.FLOOR, hatch="///", linewidth=1,
            )
        )  # fmt: skip
    heights = spread(losses, 0.075 * top)
    for (role, label, loss), height in zip(marks, heights, strict=True):
        colour = style.PALETTE[role]
        ax.plot(
            [0.8], [loss], MARKERS[role], markersize=16 if role == "floor" else 10,
            markeredgewidth=3 if role in ("floor", "uniform") else 1, color=colour,
        )  # fmt: skip
        ax.plot([1.5, 2.1], [loss, height], color=colour, linewidth=1.2)
        ax.text(
            2.25, height, f"{label}: {loss:.2f}", va="center", fontsize=style.NORMAL, color=colour
        )


def scale_alt(marks: Sequence[Mark], luck: tuple[float, float] | None = None) -> str:
    """The text alternative of the scale."""
    ordered = sorted(marks, key=lambda mark: -mark[2])
    text = "A scale of losses, worst first: "
    text += ", ".join(f"{label} {loss:.2f}" for _, label, loss in ordered) + "."
    if luck is not None:
        text += f" By luck the best possible lies between {luck[0]:.2f} and {luck[1]:.2f}."
    return text


def scale_canvas(marks: Sequence[Mark], luck: tuple[float, float] | None = None) -> Canvas:
    """The scale on a canvas of its own."""
    canvas = Canvas(WIDTH, HEIGHT)
    draw_scale(canvas.axes(70, 20, WIDTH - 85, HEIGHT - 40), marks, luck)
    return canvas
