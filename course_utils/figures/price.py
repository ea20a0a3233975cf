"""What a probability on the right word costs: a dot that runs along −ln p."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, image_html
from course_utils.figures.png import png_bytes

if TYPE_CHECKING:
    from matplotlib.lines import Line2D

WIDTH, HEIGHT = 600, 370
SHARE_WIDTH, SHARE_HEIGHT = 120, 14
LEAST = 1e-3  # the smallest probability on the curve
TOP = 7.4  # nats
GUESSES = (1, 2, 4, 10, 30, 100, 300, 1000)
HALVINGS = 0.5 ** np.arange(0, 10)


class PriceCurve:
    """The curve on a canvas of its own; `update` moves the dot.

    With ``logarithmic`` the probabilities stand at even distances for each halving, and the curve
    becomes a straight line.
    """

    def __init__(self, logarithmic: bool = False) -> None:
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.logarithmic = logarithmic
        self.ax = ax = self.canvas.axes(62, 58, WIDTH - 150, HEIGHT - 84)
        style.plain_axes(ax)
        if logarithmic:
            ax.set_xscale("log")
            ax.set_xlim(LEAST * 0.9, 1.15)
            ticks = HALVINGS
            ax.set_xticks(ticks, [_percent(p) if i % 2 == 0 else "" for i, p in enumerate(ticks)])
            ax.minorticks_off()
            p = np.geomspace(LEAST, 1, 40)
        else:
            ax.set_xlim(-0.02, 1.03)
            ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
            p = np.concatenate([np.geomspace(LEAST, 0.1, 120), np.linspace(0.1, 1, 120)])
        ax.set_ylim(-0.25, TOP)
        ax.plot(p, -np.log(p), color=style.INK, linewidth=1.8)
        x = 1.5 * LEAST if logarithmic else 0.015  # beside the curve's upper end
        ax.text(x, TOP, "↑ and on, without end", fontsize=style.SMALL, color=style.INK, va="top")
        ax.set_xlabel("probability on the right word", fontsize=style.NORMAL, color=style.INK)
        ax.set_ylabel("loss = −ln p, in nats", fontsize=style.NORMAL, color=style.INK)
        right = ax.secondary_yaxis("right")
        right.set_yticks([math.log(k) for k in GUESSES], [f"{k:,}" for k in GUESSES])
        right.tick_params(labelsize=style.SMALL, colors=style.QUIET)
        right.set_ylabel("like a blind guess among …", fontsize=style.NORMAL, color=style.QUIET)
        self._marks: dict[str, Line2D] = {}
        self._guide: Line2D
        (self._guide,) = ax.plot([], [], color=style.LEARNER, linewidth=1.2, linestyle=":")
        for role, marker, size in (("floor", "D", 9), ("student", "s", 10), ("learner", "o", 12)):
            (self._marks[role],) = ax.plot(
                [], [], marker, markersize=size, color=style.PALETTE[role],
                markerfacecolor=style.CARD if role == "floor" else style.PALETTE[role],
                markeredgewidth=1.8, linestyle="none",
            )  # fmt: skip
        self._notes = [
            ax.text(
                0.97, 0.96 - 0.075 * k, "", transform=ax.transAxes, ha="right", va="top",
                fontsize=style.NORMAL, color=style.PALETTE[role],
            )
            for k, role in enumerate(("learner", "student", "floor"))
        ]  # fmt: skip
        self.canvas.move(self._guide, *self._marks.values(), *self._notes)

    def update(self, probability: float, student: float, oracle: float | None = None) -> None:
        """Put the dot at ``probability``, and marks at those of ``student`` and ``oracle``."""
        loss = -math.log(probability)
        left = self.ax.get_xlim()[0]
        self._guide.set_data([left, probability, probability], [loss, loss, -0.25])
        self._put("learner", probability)
        self._put("student", student)
        self._put("floor", oracle)
        lines = [f"● you: {percent_text(probability)} costs {abs(loss):.2f}"]
        lines.append(f"■ the student: {percent_text(student)} costs {_loss_text(student)}")
        if oracle is not None:
            lines.append(f"◇ best possible: {percent_text(oracle)} costs {_loss_text(oracle)}")
        for note, line in zip(self._notes, [*lines, ""], strict=False):
            note.set_text(line)

    def _put(self, role: str, probability: float | None) -> None:
        mark = self._marks[role]
        mark.set_visible(probability is not None)
        if probability is not None:
            shown = max(probability, LEAST)
            mark.set_data([shown], [-math.log(shown)])


def share_html(share: float, right: bool) -> str:
    """A share of 0 to 1 as a small bar; the right word's is striped, and in the answer's colour."""
    bar = np.empty((SHARE_HEIGHT, SHARE_WIDTH, 3), np.uint8)
    bar[:] = _rgb(style.CARD)
    end = round(share * SHARE_WIDTH)
    y, x = np.mgrid[0:SHARE_HEIGHT, 0:end]
    bar[:, :end] = _rgb(style.ANSWER if right else style.EDGE)
    if right:
        bar[:, :end][(x + y) % 8 < 2] = _rgb(style.CARD)
    edge = _rgb(style.ANSWER if right else style.QUIET)
    bar[[0, -1], :end] = edge
    bar[:, : min(end, 1)] = bar[:, max(end - 1, 0) : end] = edge
    return image_html(png_bytes(bar), f"a bar of {percent_text(share)}", SHARE_WIDTH, SHARE_HEIGHT)


def _rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _percent(p: float) -> str:
    return f"{100 * p:.0f} %" if p > 0.1 else f"{100 * p:.2g} %"


def percent_text(p: float) -> str:
    """A probability as a percentage with two digits that matter, and never a false 0 or 100."""
    if p <= 0:
        return "0 %"
    if p < 0.0005:
        return "under 0.05 %"
    if 0.995 <= p < 1:
        return "over 99 %"
    return f"{100 * p:.1f} %" if p < 0.0995 else f"{100 * p:.0f} %"


def _loss_text(p: float) -> str:
    return "infinitely much" if p <= 0 else f"{abs(math.log(p)):.2f}"


def price_alt(probability: float, student: float, oracle: float | None = None) -> str:
    """The text alternative of the curve."""
    loss = abs(math.log(probability))
    said = (
        "A falling curve: the loss, minus the natural logarithm of the probability on the right"
        " word; towards 0 % it rises without end. Your dot:"
        f" {percent_text(probability)} costs {loss:.2f} nats, like a blind guess among"
        f" {guesses(loss)}. The student: {percent_text(student)} costs {_loss_text(student)}."
    )
    if oracle is not None:
        said += f" The best possible: {percent_text(oracle)} costs {_loss_text(oracle)}."
    return said


def guesses(loss: float) -> str:
    """The perplexity e^loss in words: among how many a blind guess costs the same."""
    k = math.exp(loss)
    return f"{k:.1f}" if k < 20 else f"{k:,.0f}"
