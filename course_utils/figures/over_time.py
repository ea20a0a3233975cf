"""One question over training: the points on the right word at each checkpoint, steps by tens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

WIDTH, HEIGHT = 680, 220
START = 3.0  # where step 0 stands on a logarithmic axis, which has no zero


class OverTime:
    """The points (N,) on the right word at (N,) ``steps``; `update` moves the mark."""

    def __init__(self, steps: Sequence[int], names: Sequence[str], even: float) -> None:
        self.steps, self.names = tuple(steps), tuple(names)
        self.x = np.array([max(float(step), START) for step in steps])
        self.canvas = Canvas(WIDTH, HEIGHT)
        ax = self.ax = self.canvas.axes(84, 52, WIDTH - 114, HEIGHT - 76)
        style.plain_axes(ax)
        ax.set_xscale("log")
        ax.set_xlim(0.75 * START, 1.25 * self.x[-1])
        ax.set_ylim(-4, 104)
        ax.set_xticks(list(self.x), [str(step) for step in steps])
        ax.set_xticks([], minor=True)
        ax.set_xlabel("steps of training: equal distances are equal factors, 0 stands apart")
        ax.set_ylabel("points on\nthe right word")
        for label in (ax.xaxis.label, ax.yaxis.label):
            label.set_fontsize(style.SMALL)
            label.set_color(style.INK)
        ax.axhline(even, color=style.UNIFORM, linestyle=":", linewidth=1.5)
        ax.text(
            1.2 * self.x[-1], even + 2.5, f"blind guess {even:.1f}", ha="right", va="bottom",
            fontsize=style.SMALL, color=style.UNIFORM,
        )  # fmt: skip
        # Between two moments nothing was asked: the line only leads the eye, and has a gap at 0.
        (self._line,) = ax.plot([], [], "s:", color=style.STUDENT, markersize=7, linewidth=1.5)
        (self._mark,) = ax.plot(
            [],
            [],
            "o",
            markersize=15,
            markerfacecolor="none",
            markeredgewidth=2.4,
            color=style.INK,
            clip_on=False,
        )
        self._label = self.canvas.label(0, 0, size=style.NORMAL, bold=True, behind=style.CARD)
        self.canvas.move(self._line, self._mark)

    def update(self, points: np.ndarray, chosen: int) -> None:
        """Show points (N,) of 100, with checkpoint ``chosen`` marked."""
        x, y = self.x[chosen], float(points[chosen])
        apart = 1 if self.steps[0] == 0 else 0
        self._line.set_data(np.insert(self.x, apart, np.nan), np.insert(points, apart, np.nan))
        self._mark.set_data([x], [y])
        across, up = self.ax.transData.transform((x, y))
        late = across > WIDTH / 2
        self._label.side = "right" if late else "left"
        self._label.x, self._label.y = across + (-16 if late else 16), up + (-18 if y > 80 else 18)
        self._label.text = f"{self.names[chosen]}: {y:.1f}"


def over_time_alt(steps: Sequence[int], points: np.ndarray, chosen: int) -> str:
    """The text alternative of the curve."""
    parts = ", ".join(f"step {s} {p:.0f}" for s, p in zip(steps, points, strict=True))
    return f"Points of 100 on the right word: {parts}. Marked: step {steps[chosen]}."
