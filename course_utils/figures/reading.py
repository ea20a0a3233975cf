"""What one place read, and what mattered: the words of a text with a bar above and below each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

WIDTH, MARGIN, HEAD = 680, 12, 50
UP, WORD, DOWN, GAP = 46, 22, 46, 2  # pixels: the bar above, the word, the bar below, and air
NUMBER = 16  # pixels of a number's line, above a bar or below it
CELL = UP + WORD + DOWN + GAP
SEEN = 0.01  # a share of the reading from which on its bar is drawn
NUMBERED = 0.05  # a share of the reading from which on its number is shown
DEAR = 3.0  # nats: a full bar below, unless some bar is longer: then that one
CHEAP = 0.05  # nats: less isn't drawn
ABOVE = "above: how much it was read, of 100"
BELOW = "below: how much the loss rises if it is covered"


def columns_for(words: Sequence[str]) -> int:
    """How many words stand in a line."""
    longest = max(len(word) for word in words)
    return 8 if longest > 5 else 10 if longest > 2 else 16


def lines_for(words: Sequence[str]) -> int:
    """How many lines the words take."""
    return -(-len(words) // columns_for(words))


class ReadingMap:
    """``lines`` of ``columns`` words on a canvas of their own.

    `set_words` puts words there, `update` moves the bars and the card.
    """

    def __init__(self, lines: int, columns: int) -> None:
        self.columns = columns
        self.cell = (WIDTH - 2 * MARGIN) / columns
        self.height = HEAD + lines * CELL + 4
        self.canvas = Canvas(WIDTH, self.height)
        ax = self.ax = self.canvas.axes(0, 0, WIDTH, self.height)
        style.empty_axes(ax)
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(0, self.height)
        self._legend()
        self._words = []
        for i in range(lines * columns):
            x, y = self.corner(i)
            middle = y + DOWN + WORD / 2
            self._words.append(self.canvas.label(x + self.cell / 2, middle, side="middle"))
        self._frame = Rectangle(
            (0, 0), self.cell - 2, WORD, facecolor=style.LIT, edgecolor=style.INK, linewidth=1.6
        )
        self._read = PolyCollection([], facecolors=style.STUDENT, edgecolors="none")
        self._mattered = PolyCollection(
            [], facecolors=style.CARD, edgecolors=style.ANSWER, hatch="////", linewidths=1.2
        )
        for bars in (self._read, self._mattered):
            ax.add_collection(bars)
        self._card = Rectangle(
            (0, 0), self.cell - 6, WORD, facecolor=style.SOFT, edgecolor=style.INK,
            linewidth=2.4, linestyle="--",
        )  # fmt: skip
        for patch in (self._frame, self._card):
            ax.add_patch(patch)
        self._numbers = [self.canvas.label(0, 0, side="middle") for _ in range(int(1 / NUMBERED))]
        self._costs = [self.canvas.label(0, 0, side="middle") for _ in self._words]
        self.canvas.move(self._read, self._mattered, self._frame, self._card)

    def set_words(self, words: Sequence[str], place: int) -> None:
        """Put these words there; ``place`` is the one that answers, and gets a frame."""
        for i, label in enumerate(self._words):
            label.visible = i < len(words)
            if i < len(words):
                label.text = words[i]
                label.size = style.NORMAL if len(words[i]) < 9 else style.SMALL
        x, y = self.corner(place)
        self._frame.set_xy((x + 1, y + DOWN))

    def _legend(self) -> None:
        ax, y = self.ax, self.height - 18
        for x, name in ((MARGIN, ABOVE), (MARGIN + 300, BELOW)):
            mattered = name == BELOW
            ax.add_patch(
                Rectangle(
                    (x, y - 6), 14, 12, facecolor=style.CARD if mattered else style.STUDENT,
                    edgecolor=style.ANSWER if mattered else "none",
                    hatch="////" if mattered else None,
                )
            )  # fmt: skip
            self.canvas.label(x + 20, y, name)

    def corner(self, i: int) -> tuple[float, float]:
        """The lower left corner of a word's cell, in pixels."""
        line, column = divmod(i, self.columns)
        return MARGIN + column * self.cell, self.height - HEAD - (line + 1) * CELL + GAP

    def update(self, shares: np.ndarray, effects: np.ndarray, covered: int | None = None) -> None:
        """Show shares (T,) of the reading and effects (T,) in nats; NaN where not yet measured."""
        half = 0.3 * self.cell
        known = effects[~np.isnan(effects)]
        full = max(DEAR, float(known.max()) if len(known) else DEAR)
        above, below = [], []
        for label in (*self._numbers, *self._costs):
            label.visible = False
        for i, (share, effect) in enumerate(zip(shares, effects, strict=True)):
            x, y = self.corner(i)
            middle, top, bottom = x + self.cell / 2, y + DOWN + WORD, y + DOWN
            tall = (UP - NUMBER) * share if share >= SEEN else 0.0
            above.append(_box(middle - half, middle + half, top, top + tall))
            if not np.isnan(effect) and effect >= CHEAP:
                length = (DOWN - NUMBER) * effect / full
                below.append(_box(middle - half, middle + half, bottom - length, bottom))
                cost = self._costs[i]
                cost.x, cost.y = middle, bottom - length - NUMBER / 2
                cost.text, cost.visible = f"{effect:.1f}", True
        self._read.set_verts(above)
        self._mattered.set_verts(below)
        numbered = np.flatnonzero(shares >= NUMBERED)[: len(self._numbers)]
        for label, i in zip(self._numbers, numbered, strict=False):
            x, y = self.corner(int(i))
            label.x = x + self.cell / 2
            label.y = y + DOWN + WORD + (UP - NUMBER) * shares[i] + NUMBER / 2
            label.text, label.visible = f"{100 * shares[i]:.0f}", True
        self._card.set_visible(covered is not None)
        if covered is not None:
            x, y = self.corner(covered)
            self._card.set_xy((x + 3, y + DOWN))


def _box(left: float, right: float, low: float, high: float) -> list[tuple[float, float]]:
    return [(left, low), (right, low), (right, high), (left, high)]


def reading_alt(
    words: Sequence[str], place: int, shares: np.ndarray, effects: np.ndarray,
    covered: Collection[int] = (),
) -> str:  # fmt: skip
    """The text alternative: what was read most, and what mattered most as far as measured."""
    order = [int(i) for i in np.argsort(-shares, kind="stable") if shares[i] >= NUMBERED][:5]
    read = ", ".join(f"{words[i]} (place {i}) {100 * shares[i]:.0f}" for i in order) or "nothing"
    said = f"{len(words)} words. The place of {words[place]!r} reads, of 100: {read}."
    known = np.flatnonzero(~np.isnan(effects))
    if len(known):
        dear = sorted((int(i) for i in known), key=lambda i: -effects[i])[:3]
        most = ", ".join(f"{words[i]} (place {i}) {effects[i]:.1f}" for i in dear)
        said += f" Covering costs most, in loss: {most}."
    for i in covered:
        said += f" Covered now: {words[i]}."
    return said
