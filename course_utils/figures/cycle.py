"""The cycle of training as a ring of five parts, one or more of them lit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
from course_utils.figures.labels import CYCLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# (the field's term, the analogy); the turn as a whole stands in the middle.
*PARTS, CENTRE = CYCLE.items()
WIDTH, HEIGHT = 860, 380
_PLACES = np.array([(430, 318), (707, 228), (610, 78), (250, 78), (153, 228)], dtype=float)
_MIDDLE = np.array([430.0, 206.0])
_BOX = np.array([232.0, 84.0])


class CycleRing:
    """The ring on a canvas of its own; `light` changes which parts are lit, quickly.

    ``terms=False`` hides the field's terms.
    """

    def __init__(self, terms: bool = True) -> None:
        self.canvas = Canvas(WIDTH, HEIGHT)
        ax = self.canvas.axes(0, 0, WIDTH, HEIGHT)
        style.empty_axes(ax)
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(0, HEIGHT)
        # What is lit covers what is plain, which therefore stands still; only the middle, which
        # has no box, changes places with its plain words.
        self._lit: dict[str, list[Artist]] = {}
        self._plain: dict[str, list[Artist]] = {}
        for k, (term, everyday) in enumerate(PARTS):
            name = f"{k + 1}  {term}" if terms else f"{k + 1}"
            _draw_arrow(ax, _PLACES[k], _PLACES[(k + 1) % len(PARTS)])
            self._plain[term] = [_draw_box(ax, _PLACES[k], lit=False)]
            self._lit[term] = [_draw_box(ax, _PLACES[k], lit=True)]
            _draw_words(ax, _PLACES[k] + (0, 20), name, self._plain[term], self._lit[term])
            for artists in (self._plain[term], self._lit[term]):
                artists.append(_draw_text(ax, _PLACES[k] - (0, 15), everyday, style.SMALL, False))
        centre, below = CENTRE if terms else ("one turn", "one test")
        self._plain[CENTRE[0]], self._lit[CENTRE[0]] = [], []
        _draw_words(ax, _MIDDLE, centre, self._plain[CENTRE[0]], self._lit[CENTRE[0]])
        _draw_text(ax, _MIDDLE - (0, 26), below, style.SMALL, False)
        for artists in (self._plain[CENTRE[0]], *self._lit.values()):
            self.canvas.move(*artists)
        self.light(())

    def light(self, lit: Collection[str]) -> None:
        """Light these parts (their terms) and no others. An unknown part raises `ValueError`."""
        unknown = sorted(set(lit) - set(self._lit))
        if unknown:
            known = ", ".join(self._lit)
            raise ValueError(f"The cycle has no part called {unknown[0]!r}; it has {known}.")
        for term, artists in self._lit.items():
            for artist in artists:
                artist.set_visible(term in lit)
        for artist in self._plain[CENTRE[0]]:
            artist.set_visible(CENTRE[0] not in lit)


def _draw_box(ax: Axes, place: np.ndarray, lit: bool) -> Artist:
    x, y = place - _BOX / 2
    return ax.add_patch(
        FancyBboxPatch(
            (x, y), float(_BOX[0]), float(_BOX[1]), boxstyle="round,pad=0,rounding_size=12",
            facecolor=style.LIT if lit else "#FFFFFF",
            edgecolor=style.INK if lit else style.EDGE, linewidth=3.0 if lit else 1.5,
        )
    )  # fmt: skip


def _draw_words(
    ax: Axes, place: np.ndarray, words: str, plain: list[Artist], lit: list[Artist]
) -> None:
    plain.append(_draw_text(ax, place, words, style.LARGE, bold=False))
    lit.append(_draw_text(ax, place, words, style.LARGE, bold=True))


def _draw_text(ax: Axes, place: np.ndarray, words: str, size: float, bold: bool) -> Artist:
    return ax.text(
        place[0], place[1], words, ha="center", va="center", fontsize=size,
        weight="bold" if bold else "normal", color=style.INK, linespacing=1.25,
    )  # fmt: skip


def _draw_arrow(ax: Axes, start: np.ndarray, end: np.ndarray) -> None:
    """An arrow from the edge of one box to the edge of the next."""
    direction = end - start

    def edge(centre: np.ndarray, toward: np.ndarray) -> np.ndarray:
        reach = np.min((_BOX / 2 + 7) / np.maximum(np.abs(toward), 1e-9))
        return np.asarray(centre + toward * reach)

    ax.add_patch(
        FancyArrowPatch(
            tuple(edge(start, direction)), tuple(edge(end, -direction)), arrowstyle="-|>",
            mutation_scale=20, linewidth=2.0, color=style.QUIET, shrinkA=0, shrinkB=0, zorder=1,
        )
    )  # fmt: skip


def cycle_alt(lit: Collection[str] = ()) -> str:
    """The text alternative of the ring."""
    parts = ", ".join(f"{k + 1} {term}" for k, (term, _) in enumerate(PARTS))
    text = f"The cycle of training, a ring of five parts: {parts}, and round again."
    if lit:
        text += f" Lit: {', '.join(lit)}."
    return text


def cycle_picture(lit: Collection[str] = ()) -> Picture:
    """The ring as a picture that a cell can end in."""
    ring = CycleRing()
    ring.light(lit)
    return Picture(ring.canvas, cycle_alt(lit))
