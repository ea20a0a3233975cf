"""One scale for losses: reference lines, the learner's guess, and the students, once revealed."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


WIDTH, HEIGHT = 760, 430
NAMES = REFERENCE | {"uniform": f"{REFERENCE['uniform']}, ln V"}
GUESSES = (1, 1.5, 2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10000, 30000)
GAP = 0.058  # of the scale's height, between two labels
STUDENTS, LEARNER, LINES = 0.4, 5.0, 10.0  # columns


class LossScale:
    """The scale from ``low`` to ``high`` nats on a canvas of its own; only the guess moves.

    ``lines`` holds nats by role (uniform, counting, floor); ``student`` (name, loss) gets a large
    mark, the ``others`` small ones. What lies outside the scale is left out.
    """

    def __init__(
        self, lines: Mapping[str, float], low: float, high: float,
        student: tuple[str, float] | None = None, others: Sequence[tuple[str, float]] = (),
    ) -> None:  # fmt: skip
        self.low, self.high = low, high
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.ax = ax = self.canvas.axes(62, 18, WIDTH - 136, HEIGHT - 36)
        ax.set_facecolor(style.CARD)
        ax.set_xlim(0, 10)
        ax.set_ylim(low, high)
        for side in ("top", "right", "bottom"):
            ax.spines[side].set_visible(False)
        ax.spines["left"].set_color(style.QUIET)
        ax.tick_params(labelsize=style.SMALL, colors=style.INK)
        ax.set_xticks([])
        ax.set_ylabel("loss in nats: lower is better", fontsize=style.NORMAL, color=style.INK)
        right = ax.secondary_yaxis("right")
        ticks = [k for k in GUESSES if low <= math.log(k) <= high]
        right.set_yticks([math.log(k) for k in ticks], [f"{k:,g}" for k in ticks])
        right.tick_params(labelsize=style.SMALL, colors=style.QUIET)
        right.set_ylabel("like a blind guess among …", fontsize=style.NORMAL, color=style.QUIET)
        self._draw_lines({role: at for role, at in lines.items() if low <= at <= high})
        marks = [(*mark, False) for mark in others]
        marks += [] if student is None else [(*student, True)]
        self.shown = [mark for mark in marks if low <= mark[1] <= high]
        self._draw_students()
        (self.mark,) = ax.plot([], [], "o", markersize=12, color=style.LEARNER)
        self.label = ax.text(
            LEARNER + 0.25, 0, "", va="center", fontsize=style.NORMAL, color=style.LEARNER
        )
        self.canvas.move(self.mark, self.label)
        self.canvas.draw()

    def _places(self, losses: Sequence[float]) -> list[float]:
        """Heights for labels of these losses, apart from each other and inside the scale."""
        gap = GAP * (self.high - self.low)
        heights = spread(np.array(losses), gap)
        heights += max(0.0, self.low + 0.4 * gap - heights.min())
        heights -= max(0.0, heights.max() - self.high + 0.4 * gap)
        return [float(height) for height in heights]

    def _below(self, losses: Sequence[float]) -> list[float]:
        """Heights for labels of these losses, each at its mark or below: never above a line
        that its mark lies under, as long as there is room.
        """
        gap = GAP * (self.high - self.low)
        heights = np.array(losses, float)
        order = np.argsort(-heights, kind="stable")
        for above, below in pairwise(order.tolist()):
            heights[below] = min(heights[below], heights[above] - gap)
        heights += max(0.0, self.low + 0.4 * gap - heights.min())
        return [float(height) for height in heights]

    def _draw_lines(self, lines: Mapping[str, float]) -> None:
        if not lines:
            return
        lift = 0.5 * GAP * (self.high - self.low)  # a label stands above its line
        for (role, at), height in zip(
            lines.items(), self._places([at + lift for at in lines.values()]), strict=True
        ):
            colour = style.PALETTE[role]
            self.ax.plot([0, 10], [at, at], color=colour, linestyle=style.LINES[role], linewidth=2)
            self.ax.text(
                LINES - 0.1, height, f"{NAMES[role]}: {at:.2f}", ha="right", va="center",
                fontsize=style.NORMAL, color=colour,
            )  # fmt: skip

    def _draw_students(self) -> None:
        if not self.shown:
            return
        places = self._below([loss for _, loss, _ in self.shown])
        for (name, loss, large), height in zip(self.shown, places, strict=True):
            self.ax.plot(
                [STUDENTS], [loss], "s", markersize=12 if large else 7, color=style.STUDENT,
                markerfacecolor=style.STUDENT if large else style.CARD, zorder=3,
            )  # fmt: skip
            self.ax.plot(
                [STUDENTS, STUDENTS + 0.5], [loss, height], color=style.STUDENT, linewidth=1
            )
            self.ax.text(
                STUDENTS + 0.6, height, f"{name}: {loss:.2f}", va="center",
                fontsize=style.NORMAL, color=style.STUDENT, weight="bold" if large else "normal",
                bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 0.5},
            )  # fmt: skip

    def update(self, guess: float | None) -> None:
        """Draw the learner's guess, if there is one and it lies inside the scale."""
        for artist in (self.mark, self.label):
            artist.set_visible(guess is not None and self.low <= guess <= self.high)
        if guess is not None:
            self.mark.set_data([LEARNER], [guess])
            self.label.set_y(guess)
            self.label.set_text(f"your mark: {guess:.2f}")


def limits(lines: Mapping[str, float], near: bool) -> tuple[float, float]:
    """The scale's ends in nats: the whole of it, or near the lowest of the lines."""
    top = lines["uniform"]
    if not near:
        return 0.0, 1.12 * top
    if len(lines) == 1:
        return 0.0, 0.6 * top
    lowest, second = sorted(lines.values())[:2]
    reach = second - lowest if second < top else max(0.4, 0.5 * lowest)
    return max(0.0, lowest - 0.5 * reach), min(1.12 * top, lowest + 2.5 * reach)


def scale_alt(
    lines: Mapping[str, float], guess: float | None,
    student: tuple[str, float] | None, others: Sequence[tuple[str, float]] = (),
) -> str:  # fmt: skip
    """The text alternative of the scale."""
    marks = [(NAMES[role], at) for role, at in lines.items()]
    if guess is not None:
        marks.append(("your mark", guess))
    if student is not None:
        marks.append(student)
    marks += others
    ordered = ", ".join(f"{name} {at:.2f}" for name, at in sorted(marks, key=lambda m: -m[1]))
    hidden = "" if student is not None else " The student isn't shown yet."
    return f"A scale of losses in nats, worst first: {ordered}.{hidden}"
