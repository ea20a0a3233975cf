"""What a probability on the right word costs: a dot that runs along −ln p, beside the answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.lines import Line2D
    from matplotlib.text import Text

WIDTH, HEIGHT = 860, 380
LEAST = 1e-3  # the smallest probability on the curve
TOP = 7.4  # nats
GUESSES = (1, 2, 4, 10, 30, 100, 300, 1000)
SHOWN = 6  # choices beside the curve
HALVINGS = 0.5 ** np.arange(0, 10)


class PriceCurve:
    """The curve on a canvas of its own; `update` moves the dot and the bars.

    With ``logarithmic`` the probabilities stand at even distances for each halving, and the curve
    becomes a straight line.
    """

    def __init__(self, logarithmic: bool = False) -> None:
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.logarithmic = logarithmic
        self.ax = ax = self.canvas.axes(62, 58, 400, HEIGHT - 84)
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
        self._answer_axes()

    def _answer_axes(self) -> None:
        self.bars_ax = ax = self.canvas.axes(560, 58, 280, HEIGHT - 84)
        style.plain_axes(ax)
        ax.set_xlim(0, 1.02)
        ax.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        ax.set_ylim(SHOWN - 0.4, -0.6)
        ax.set_yticks([])
        ax.set_xlabel("the whole answer", fontsize=style.NORMAL, color=style.INK)
        self._bars: list[Rectangle] = []
        self._labels: list[Text] = []
        for row in range(SHOWN):
            bar = Rectangle((0, row + 0.05), 0, 0.35, linewidth=1)
            ax.add_patch(bar)
            self._bars.append(bar)
            self._labels.append(
                ax.text(0.01, row - 0.14, "", va="center", fontsize=style.SMALL, color=style.INK)
            )
        self.canvas.move(*self._bars, *self._labels)

    def update(
        self, probability: float, words: Sequence[str], shares: Sequence[float], right: int,
        student: float, oracle: float | None = None,
    ) -> None:  # fmt: skip
        """Put the dot at ``probability``; the bars show up to `SHOWN` words and their shares.

        ``right`` is the right word's place among them. ``student`` and ``oracle`` are the
        probabilities that these put on it.
        """
        loss = -math.log(probability)
        left = self.ax.get_xlim()[0]
        self._guide.set_data([left, probability, probability], [loss, loss, -0.25])
        self._put("learner", probability)
        self._put("student", student)
        self._put("floor", oracle)
        lines = [f"● you: {percent_text(probability)} costs {loss:.2f}"]
        lines.append(f"■ the student: {percent_text(student)} costs {_loss_text(student)}")
        if oracle is not None:
            lines.append(f"◇ best possible: {percent_text(oracle)} costs {_loss_text(oracle)}")
        for note, line in zip(self._notes, [*lines, ""], strict=False):
            note.set_text(line)
        for row, (bar, label) in enumerate(zip(self._bars, self._labels, strict=True)):
            seen = row < len(words)
            bar.set_visible(seen)
            label.set_visible(seen)
            if seen:
                _dress(bar, label, words[row], shares[row], row == right)

    def _put(self, role: str, probability: float | None) -> None:
        mark = self._marks[role]
        mark.set_visible(probability is not None)
        if probability is not None:
            shown = max(probability, LEAST)
            mark.set_data([shown], [-math.log(shown)])


def _dress(bar: Rectangle, label: Text, word: str, share: float, right: bool) -> None:
    bar.set_width(share)
    bar.set_facecolor(style.ANSWER if right else style.SOFT)
    bar.set_edgecolor(style.ANSWER if right else style.QUIET)
    bar.set_hatch("//" if right else "")
    label.set_text(f"{word}  {percent_text(share)}" + ("  ← the right word" if right else ""))
    label.set_color(style.ANSWER if right else style.INK)
    label.set_fontweight("bold" if right else "normal")


def _percent(p: float) -> str:
    return f"{100 * p:.2g} %"


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


def price_alt(
    probability: float, words: Sequence[str], shares: Sequence[float], right: int,
    student: float, oracle: float | None,
) -> str:  # fmt: skip
    """The text alternative of the curve and the answer beside it."""
    loss = abs(math.log(probability))
    said = (
        "A falling curve: the loss, minus the natural logarithm of the probability on the right"
        f" word. Your dot: {percent_text(probability)} costs {loss:.2f} nats, like a blind guess"
        f" among {guesses(loss)}. The student: {percent_text(student)} costs {_loss_text(student)}."
    )
    if oracle is not None:
        said += f" The best possible: {percent_text(oracle)} costs {_loss_text(oracle)}."
    bars = ", ".join(f"{w} {percent_text(s)}" for w, s in zip(words, shares, strict=True))
    return f"{said} The whole answer: {bars}; the right word is {words[right]}."


def guesses(loss: float) -> str:
    """The perplexity e^loss in words: among how many a blind guess costs the same."""
    k = math.exp(loss)
    return f"{k:.1f}" if k < 20 else f"{k:,.0f}"
