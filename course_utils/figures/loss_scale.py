"""One scale for losses: reference lines, the learner's guess, and the students, once revealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.price import guesses
from course_utils.figures.scale import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.lines import Line2D
    from matplotlib.text import Text

WIDTH, HEIGHT = 760, 450
NAMES = {"uniform": "blind guess, ln V", "counting": "best counting", "floor": "best possible"}
MOST = 12  # labels beside the scale
GAP = 0.062  # of the scale's height, between two labels


class LossScale:
    """Lines that stand still and marks that move, from ``low`` to ``high`` nats.

    ``lines`` holds nats by role (uniform, counting, floor); those outside aren't drawn.
    """

    def __init__(self, lines: Mapping[str, float], low: float, high: float) -> None:
        self.lines = {role: at for role, at in lines.items() if low <= at <= high}
        self.low, self.high = low, high
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.ax = ax = self.canvas.axes(66, 18, WIDTH - 86, HEIGHT - 54)
        ax.set_facecolor(style.CARD)
        ax.set_xlim(0, 10)
        ax.set_ylim(low, high)
        for side in ("top", "right", "bottom"):
            ax.spines[side].set_visible(False)
        ax.spines["left"].set_color(style.QUIET)
        ax.tick_params(labelsize=style.SMALL, colors=style.INK)
        ax.set_xticks([])
        ax.set_ylabel("loss in nats: lower is better", fontsize=style.NORMAL, color=style.INK)
        for role, at in self.lines.items():
            ax.plot(
                [0, 2.6], [at, at], color=style.PALETTE[role], linestyle=style.LINES[role],
                linewidth=2,
            )  # fmt: skip
        self._marks: dict[str, Line2D] = {}
        for role, marker in (("step", "s"), ("student", "s"), ("learner", "o")):
            (self._marks[role],) = ax.plot(
                [], [], marker, linestyle="none", markersize=7 if role == "step" else 12,
                color=style.PALETTE.get(role, style.STUDENT), markeredgewidth=1.5,
                markerfacecolor=style.CARD if role == "step" else style.PALETTE[role],
            )  # fmt: skip
        self.labels: list[Text] = []
        self.guesses: list[Text] = []
        self._leads: list[Line2D] = []
        for _ in range(MOST):
            self.labels.append(ax.text(3.5, 0, "", va="center", fontsize=style.NORMAL))
            self.guesses.append(ax.text(9.9, 0, "", va="center", ha="right", fontsize=style.NORMAL))
            (lead,) = ax.plot([], [], linewidth=1)
            self._leads.append(lead)
        for x, words, align in ((3.5, "loss", "left"), (9.9, "like a blind guess among", "right")):
            ax.text(
                x, 1.03, words, transform=ax.get_xaxis_transform(), ha=align, va="bottom",
                fontsize=style.SMALL, color=style.QUIET,
            )  # fmt: skip
        self.canvas.move(*self._marks.values(), *self._leads, *self.labels, *self.guesses)
        self.canvas.draw()

    def update(
        self, guess: float | None, student: tuple[str, float] | None = None,
        others: Sequence[tuple[str, float]] = (),
    ) -> None:  # fmt: skip
        """Draw the learner's ``guess``, the ``student`` (name, loss) and ``others`` as small marks.

        What lies outside the scale is left out.
        """
        entries = [(NAMES[role], at, style.PALETTE[role], 2.6) for role, at in self.lines.items()]
        if guess is not None:
            entries.append(("your mark", guess, style.LEARNER, 1.3))
        if student is not None:
            entries.append((*student, style.STUDENT, 2.0))
        entries += [(name, at, style.STUDENT, 0.6) for name, at in others]
        entries = [entry for entry in entries if self.low <= entry[1] <= self.high][:MOST]
        places = np.array([entry[1] for entry in entries])
        gap = GAP * (self.high - self.low)
        heights = spread(places, gap)
        edge = 0.4 * gap
        heights += max(0.0, self.low + edge - heights.min()) if len(heights) else 0.0
        heights -= max(0.0, heights.max() - self.high + edge) if len(heights) else 0.0
        for i, (label, lead) in enumerate(zip(self.labels, self._leads, strict=True)):
            label.set_visible(i < len(entries))
            self.guesses[i].set_visible(i < len(entries))
            lead.set_visible(i < len(entries))
            if i < len(entries):
                name, at, colour, x = entries[i]
                label.set_text(f"{name}: {at:.2f}")
                self.guesses[i].set_text(guesses(at))
                for words in (label, self.guesses[i]):
                    words.set_color(colour)
                    words.set_y(heights[i])
                lead.set_data([x, 2.9, 3.4], [at, at, heights[i]])
                lead.set_color(colour)
                lead.set_linestyle(":" if x < 2.6 else "-")
        inside = [at for _, at in others if self.low <= at <= self.high]
        self._marks["step"].set_data([0.6] * len(inside), inside)
        self._put("student", 2.0, None if student is None else student[1])
        self._put("learner", 1.3, guess)

    def _put(self, role: str, x: float, at: float | None) -> None:
        mark = self._marks[role]
        mark.set_visible(at is not None and self.low <= at <= self.high)
        if at is not None:
            mark.set_data([x], [at])


def limits(lines: Mapping[str, float], near: bool) -> tuple[float, float]:
    """The scale's ends in nats: the whole of it, or near the lowest of the lines."""
    top = lines["uniform"]
    if not near:
        return 0.0, 1.12 * top
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
