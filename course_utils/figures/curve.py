"""The learning curve: a loss over steps between its reference lines, whole and near the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

WIDTH, HEIGHT = 860, 380
LEFT, BOTTOM, WIDE, HIGH = 58, 58, 358, 268  # the axes of the whole run, in pixels


class LearningCurve:
    """Two views of one curve on a canvas: the whole run on the left, enlarged on the right.

    Curve and reference lines belong to unseen stories; circles and the learner's mark to the six
    questions, and the labels say so.

    ``total`` is the last step; ``lines`` holds the reference losses in nats by role ("uniform",
    "counting", "floor"). `update` moves the curve, the dots, the learner's line and the sentence;
    everything else is drawn once.
    """

    def __init__(self, total: int, lines: Mapping[str, float]) -> None:
        self.total, self.lines = total, dict(lines)
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.whole = self.canvas.axes(LEFT, BOTTOM, WIDE, HIGH)
        self.near = self.canvas.axes(668, BOTTOM, 172, HIGH)
        top = 1.08 * self.lines["uniform"]
        floor = self.lines["floor"]
        reach = max(1.6 * (self.lines.get("counting", floor) - floor), 0.4)
        draw_reference(self.whole, total, self.lines, (0.0, top))
        draw_reference(self.near, total, self.lines, (floor - 0.15 * reach, floor + reach))
        self.whole.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self.whole.set_title("the whole run", fontsize=style.NORMAL, color=style.INK)
        self.near.set_title("the same curve, enlarged", fontsize=style.NORMAL, color=style.INK)
        self._curves = [_line(ax, "student", linewidth=2.4) for ax in (self.whole, self.near)]
        (self._dots,) = self.whole.plot(
            [], [], "o", markersize=4, markerfacecolor="none", color=style.STUDENT, alpha=0.75
        )
        (self._mark,) = self.whole.plot([], [], color=style.LEARNER, linewidth=2, linestyle="-.")
        (self._crossing,) = self.whole.plot(
            [], [], "D", markersize=10, markerfacecolor=style.LIT, color=style.LEARNER
        )
        self._labels = {
            role: self.canvas.label(LEFT + WIDE + 7, 0, colour=style.PALETTE[role])
            for role in (*self.lines, "learner")
        }
        for role, loss in self.lines.items():
            self._labels[role].text = f"{REFERENCE[role]} {loss:.2f} (unseen)"
        for height, said in (
            (0.83, "\u2014 student, unseen stories"),
            (0.74, "○ student, your six"),
        ):
            self.whole.text(
                0.97, height, said, ha="right", va="center", fontsize=style.SMALL,
                color=style.STUDENT, transform=self.whole.transAxes,
            )  # fmt: skip
        self._headline = self.canvas.label(LEFT, 357, size=style.LARGE)
        self.canvas.move(*self._curves, self._dots, self._mark, self._crossing)

    def stretch(self, total: int) -> None:
        """Let the curve end at another step; call `update` for what is to be seen there."""
        if total != self.total:
            self.total = total
            for ax in (self.whole, self.near):
                ax.set_xlim(0, total)
            self.canvas.freeze()

    def update(
        self,
        steps: np.ndarray,
        held_out: np.ndarray,
        six_steps: np.ndarray,
        six: np.ndarray,
        mark: float | None = None,
        passed_at: int | None = None,
        headline: str = "",
    ) -> None:
        """Show these numbers.

        ``steps`` and ``held_out`` (N,): steps and mean losses over unseen stories; ``six_steps``
        and ``six`` (M,): steps and mean losses on the learner's questions; ``mark``: the learner's
        own mean loss there; ``passed_at``: the step of the crossing.
        """
        for curve in self._curves:
            curve.set_data(steps, held_out)
        self._dots.set_data(six_steps, six)
        known = mark is not None
        top = self.whole.get_ylim()[1]
        self._mark.set_visible(known)
        self._labels["learner"].visible = known
        places = dict(self.lines)
        if mark is not None:
            places["learner"] = shown = min(mark, 0.97 * top)
            self._mark.set_data([0, self.total], [shown, shown])
            self._labels["learner"].text = f"your mark {mark:.2f} (six)"
        heights = spread(np.array(list(places.values())), 0.062 * top)
        for role, height in zip(places, heights, strict=True):
            self._labels[role].y = BOTTOM + HIGH * height / top
        self._crossing.set_visible(known and passed_at is not None)
        if mark is not None and passed_at is not None:
            self._crossing.set_data([passed_at], [min(mark, 0.97 * top)])
        self._headline.text = headline


def _line(ax: Axes, role: str, linewidth: float) -> Line2D:
    (line,) = ax.plot(
        [], [], color=style.PALETTE[role], linestyle=style.LINES[role], linewidth=linewidth
    )
    return line


def draw_reference(
    ax: Axes,
    total: int,
    lines: Mapping[str, float],
    limits: tuple[float, float],
) -> None:
    """Draw the reference lines over ``total`` steps."""
    style.plain_axes(ax)
    ax.set_xlim(0, total)
    ax.set_ylim(*limits)
    ax.set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
    for role, loss in lines.items():
        ax.axhline(loss, color=style.PALETTE[role], linestyle=style.LINES[role], linewidth=1.6)


def curve_alt(
    steps: np.ndarray,
    held_out: np.ndarray,
    six: np.ndarray,
    lines: Mapping[str, float],
    mark: float | None = None,
    headline: str = "",
) -> str:
    """The text alternative of the curve as it is now; the arguments are those of `update`."""
    text = "A curve of the loss over steps. "
    if len(steps) > 1:
        text += (
            f"On unseen stories it went from {held_out[0]:.2f} at step {steps[0]}"
            f" to {held_out[-1]:.2f} at step {steps[-1]}"
        )
    elif len(steps):
        text += f"Before the first step the loss on unseen stories is {held_out[0]:.2f}"
    if len(six) > 1:
        text += f"; circles, your six questions: from {six[0]:.2f} to {six[-1]:.2f}"
    elif len(six):
        text += f"; a circle, your six questions: {six[0]:.2f}"
    text += ". Lines for unseen stories: "
    text += ", ".join(f"{REFERENCE[k]} {v:.2f}" for k, v in lines.items())
    text += f"; your mark on the six {mark:.2f}." if mark is not None else "; your mark: none yet."
    return f"{text} {headline}".strip()
