"""One vertical scale for every mark, from a blind guess down to the best possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.lines import Line2D

WIDTH, HEIGHT = 560, 380
LEFT, BOTTOM, WIDE, HIGH = 70, 20, WIDTH - 85, HEIGHT - 40  # the axes, in pixels
ACROSS = 10  # what they count across
LOW, TALL = 0.04, 1.08  # what lies below zero, and the whole height, as parts of the top mark
MARKERS = {
    "learner": "o",
    "earlier": "D",
    "student": "s",
    "uniform": "x",
    "floor": "_",
    "counting": "^",
    "even": "+",
}


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


class MarkScale:
    """The scale on a canvas of its own; `update` moves the marks, all else is drawn once.

    ``names`` holds a label by role in the palette; ``top`` is the highest loss in nats that can
    be shown (a worse mark stands at the top, with its number).
    """

    def __init__(self, names: Mapping[str, str], top: float) -> None:
        self.names, self.top = dict(names), top
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.ax = ax = self.canvas.axes(LEFT, BOTTOM, WIDE, HIGH)
        ax.set_facecolor(style.CARD)
        ax.set_xlim(0, ACROSS)
        ax.set_ylim(-LOW * top, (TALL - LOW) * top)
        for side in ("top", "right", "bottom"):
            ax.spines[side].set_visible(False)
        ax.spines["left"].set_color(style.QUIET)
        ax.tick_params(labelsize=style.SMALL, colors=style.INK)
        ax.set_xticks([])
        ax.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self.range = Rectangle(
            (0.3, 0), 1.0, 0,
            facecolor=style.SOFT, edgecolor=style.FLOOR, hatch="///", linewidth=1,
        )  # fmt: skip
        ax.add_patch(self.range)
        self.canvas.move(self.range)
        (self.crowd,) = ax.plot(
            [], [], "o", markersize=4, color=style.LEARNER, markerfacecolor="none",
            markeredgewidth=0.8,
        )  # fmt: skip
        self.canvas.move(self.crowd)
        self.marks: dict[str, Line2D] = {}
        self.labels: dict[str, Label] = {}
        self._leads: dict[str, Line2D] = {}
        for role in names:
            colour = style.PALETTE[role]
            (self.marks[role],) = ax.plot(
                [], [], MARKERS[role], markersize=16 if role == "floor" else 10, color=colour,
                markeredgewidth=3 if role in ("floor", "uniform", "even") else 1,
            )  # fmt: skip
            (self._leads[role],) = ax.plot([], [], color=colour, linewidth=1.2)
            self.labels[role] = self.canvas.label(
                LEFT + 2.25 / ACROSS * WIDE, 0, size=style.NORMAL, colour=colour
            )
            self.canvas.move(self.marks[role], self._leads[role])

    def update(
        self, losses: Mapping[str, float], luck: tuple[float, float] | None,
        crowd: Sequence[float] = (),
    ) -> None:  # fmt: skip
        """Show the marks with these losses in nats by role, others not at all.

        ``luck`` is the (low, high) range in which the best possible mark falls by luck, None where
        that isn't known. ``crowd`` are single papers' losses, as small rings. Lower is better, so
        lower is also lower in the picture.
        """
        for role, label in self.labels.items():
            label.visible = role in losses
            self.marks[role].set_visible(role in losses)
            self._leads[role].set_visible(role in losses)
        self.range.set_visible(luck is not None)
        if luck is not None:
            self.range.set_y(luck[0])
            self.range.set_height(luck[1] - luck[0])
        ring = np.minimum(np.array(crowd, float), self.top)
        self.crowd.set_data(np.full(len(ring), 0.12), ring)
        places = np.minimum(np.array(list(losses.values()), dtype=float), self.top)
        heights = spread(places, 0.078 * self.top)
        for role, place, height in zip(losses, places, heights, strict=True):
            self.marks[role].set_data([0.8], [place])
            self._leads[role].set_data([1.5, 2.1], [place, height])
            self.labels[role].y = BOTTOM + HIGH * (height / self.top + LOW) / TALL
            ends = " (hatched: range of luck)" if role == "floor" else ""
            self.labels[role].text = f"{self.names[role]}: {losses[role]:.2f}{ends}"


def scale_alt(
    names: Mapping[str, str], losses: Mapping[str, float], luck: tuple[float, float] | None
) -> str:
    """The text alternative of the scale."""
    ordered = sorted(losses.items(), key=lambda mark: -mark[1])
    text = "A scale of losses, worst first: "
    text += ", ".join(f"{names[role]} {loss:.2f}" for role, loss in ordered) + "."
    if luck is None:
        return text
    return (
        f"{text} In 95 of 100 cases the best possible lies between {luck[0]:.2f} and {luck[1]:.2f}."
    )
