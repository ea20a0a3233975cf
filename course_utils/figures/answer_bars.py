"""An answer as bars: points on each word, the logits beside, and what it was before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

WIDTH, ROW, TOP = 680, 38, 46
LABEL, BARS, BAR_WIDTH = 132, 142, 240  # pixels: words end here, bars begin, 100 points wide
LOGITS, LOGIT_WIDTH = 480, 140  # the axis of the logits
SHOWN = 0.05  # points: a smaller change isn't worth a number


@dataclass(frozen=True)
class Answer:
    """One line of the picture.

    ``points`` of 100 now, None while they aren't to be seen; ``other`` the points of somebody else
    or of before, or None; ``logit`` or None; ``right`` marks the right word, ``note`` stands
    behind the bar in place of its points.
    """

    word: str
    points: float | None
    other: float | None = None
    logit: float | None = None
    right: bool = False
    note: str = ""
    beside: str = ""


class AnswerBars:
    """The bars on a canvas of their own, ``rows`` lines at most; `update` moves them.

    ``now`` and ``before`` name the full bar and the outline; ``role`` is the outline's place in the
    palette.
    """

    def __init__(
        self, rows: int, now: str = "the student", before: str = "before", role: str = "uniform"
    ) -> None:
        self.rows, self.now, self.before, self.role = rows, now, before, role
        self.height = TOP + rows * ROW + 18
        self.canvas = Canvas(WIDTH, self.height)
        ax = self.ax = self.canvas.axes(0, 0, WIDTH, self.height)
        style.empty_axes(ax)
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(0, self.height)
        head = self.height - 20
        self._legend(head)
        self._axis_name = self.canvas.label(LOGITS + LOGIT_WIDTH / 2, head, "logit", side="middle")
        self._words, self._points, self._numbers = [], [], []
        self._bars: list[Rectangle] = []
        self._outlines: list[Rectangle] = []
        ends = [[(BARS, 16), (BARS, self.height - TOP)]]
        ax.add_collection(LineCollection(ends, colors=style.QUIET, linewidths=1))
        for row in range(rows):
            y = self._middle(row)
            bar = Rectangle((BARS, y - 10), 0, 20, facecolor=style.STUDENT, edgecolor="none")
            outline = Rectangle(
                (BARS, y - 14), 0, 28, facecolor="none", edgecolor=style.PALETTE[role],
                linewidth=1.6, linestyle="--",
            )  # fmt: skip
            for patch, kept in ((bar, self._bars), (outline, self._outlines)):
                ax.add_patch(patch)
                kept.append(patch)
            self._words.append(self.canvas.label(LABEL, y, side="right"))
            self._points.append(self.canvas.label(BARS, y))
            self._numbers.append(self.canvas.label(WIDTH - 8, y, side="right"))
        (self._dots,) = ax.plot([], [], "o", markersize=7, color=style.STUDENT)
        (self._rings,) = ax.plot(
            [], [], "o", markersize=10, markerfacecolor="none", markeredgewidth=1.5,
            color=style.PALETTE[role],
        )  # fmt: skip
        self._stems = LineCollection([], colors=style.STUDENT, linewidths=1.5)
        ax.add_collection(self._stems)
        (self._zero,) = ax.plot([], [], color=style.QUIET, linewidth=1, linestyle=":")
        self._zero_name = self.canvas.label(0, 7, "0", colour=style.QUIET, side="middle")
        self.canvas.move(
            *self._bars, *self._outlines, self._zero, self._stems, self._dots, self._rings
        )

    def _legend(self, y: float) -> None:
        for bar, x, name in ((True, BARS, self.now), (False, BARS + 166, self.before)):
            if name:
                self.ax.add_patch(
                    Rectangle(
                        (x, y - 7), 22, 14, facecolor=style.STUDENT if bar else "none",
                        edgecolor=style.STUDENT if bar else style.PALETTE[self.role],
                        linewidth=1.6, linestyle="-" if bar else "--",
                    )
                )  # fmt: skip
                self.canvas.label(x + 28, y, name)

    def _middle(self, row: int) -> float:
        return self.height - TOP - ROW * (row + 0.5)

    def update(
        self, answers: Sequence[Answer], limits: tuple[float, float] | None = None,
        before: Sequence[float] | None = None,
    ) -> None:  # fmt: skip
        """Show these answers, at most as many as there are rows.

        ``limits`` is the logits' axis (low, high), chosen from the answers without it; ``before``
        are the logits as they were, drawn as rings.
        """
        logits = [answer.logit for answer in answers if answer.logit is not None]
        low, high = limits or _reach(logits)
        shown = []
        for row in range(self.rows):
            answer = answers[row] if row < len(answers) else None
            self._show(row, answer or Answer("", None))
            if answer is not None and answer.logit is not None:
                shown.append((_place(answer.logit, low, high), self._middle(row)))
        self._axis_name.visible = bool(shown)
        self._dots.set_data([x for x, _ in shown], [y for _, y in shown])
        zero = _place(min(max(0.0, low), high), low, high)
        self._stems.set_segments([[(zero, y), (x, y)] for x, y in shown])
        bottom = self._middle(len(answers) - 1) - ROW / 2 if answers else 0
        self._zero.set_data([zero] * 2 if shown else [], [bottom, self.height - TOP] * bool(shown))
        self._zero_name.visible = bool(shown)
        self._zero_name.x, self._zero_name.y = zero, bottom - 7
        rings = [] if before is None else [_place(logit, low, high) for logit in before]
        self._rings.set_data(rings, [y for _, y in shown][: len(rings)])

    def _show(self, row: int, answer: Answer) -> None:
        points, other = answer.points, answer.other
        self._bars[row].set_width(BAR_WIDTH * (points or 0.0) / 100)
        self._outlines[row].set_visible(other is not None)
        self._outlines[row].set_width(BAR_WIDTH * (other or 0.0) / 100)
        words = self._words[row]
        words.text = f"✓ {answer.word}" if answer.right else answer.word
        words.colour = style.ANSWER if answer.right else style.INK
        words.bold = answer.right
        words.size = style.LARGE if len(answer.word) < 13 else style.SMALL
        end = max(points or 0.0, other or 0.0)
        self._points[row].x = BARS + BAR_WIDTH * end / 100 + 6
        self._points[row].text = answer.note or points_text(points, other)
        self._numbers[row].text = answer.beside if answer.logit is None else signed(answer.logit)


def points_text(points: float | None, other: float | None) -> str:
    """The points as a number, and the change from ``other`` where there is one."""
    if points is None:
        return "" if other is None else f"{other:.0f}"
    if other is None or abs(points - other) < SHOWN:
        return f"{points:.1f}"
    return f"{points:.1f} ({signed(points - other)})"


def signed(number: float, digits: int = 1) -> str:
    """A number with its sign, a true minus, and no negative zero."""
    rounded = round(number, digits) + 0.0
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.{digits}f}"


def _place(logit: float, low: float, high: float) -> float:
    return LOGITS + LOGIT_WIDTH * (min(max(logit, low), high) - low) / (high - low)


def _reach(logits: Sequence[float]) -> tuple[float, float]:
    if not len(logits):
        return -1.0, 1.0
    low, high = min(0.0, *logits), max(0.0, *logits)
    return math.floor(low - 0.5), math.ceil(high + 0.5)


def top_words(shares: np.ndarray, count: int, keep: Sequence[int] = ()) -> list[int]:
    """The ``count`` likeliest of shares (V,), the ids of ``keep`` among them, by share."""
    chosen = list(dict.fromkeys(keep))[:count]
    for token in np.argsort(-shares, kind="stable"):
        if len(chosen) >= count:
            break
        if int(token) not in chosen:
            chosen.append(int(token))
    return sorted(chosen, key=lambda token: (-shares[token], token))


def answers_alt(answers: Sequence[Answer], now: str, before: str) -> str:
    """The text alternative of the bars."""
    parts = []
    for answer in answers:
        said = f"{answer.word}{' (right)' if answer.right else ''}"
        if answer.points is not None:
            said += f" {answer.points:.0f}"
        if answer.other is not None:
            said += f", {before} {answer.other:.0f}"
        parts.append(said)
    seen = any(answer.points is not None for answer in answers)
    return f"Points of 100{f', {now}' if seen else ''}: {'; '.join(parts)}."
