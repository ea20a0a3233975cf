"""The cycle of training as a ring of five parts, one or more of them lit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

# (the field's term, the analogy)
PARTS = (
    ("batch", "a test of many questions"),
    ("forward pass", "the student's attempt"),
    ("loss", "the teacher's grading"),
    ("backpropagation", "a lesson plan\nfor each weight"),
    ("optimizer step", "studying the feedback"),
)
CENTRE = ("iteration", "once round, one test")
WIDTH, HEIGHT = 860, 380
_PLACES = np.array([(430, 318), (707, 228), (610, 78), (250, 78), (153, 228)], dtype=float)
_BOX = np.array([232.0, 84.0])


def draw_cycle(ax: Axes, lit: Collection[str] = (), terms: bool = True) -> None:
    """Draw the five parts and the arrows between them.

    ``lit`` names the parts (their terms) that are lit; ``terms=False`` hides the field's terms.
    A part that isn't known raises `ValueError`.
    """
    unknown = set(lit) - {term for term, _ in PARTS} - {CENTRE[0]}
    if unknown:
        known = ", ".join(term for term, _ in (*PARTS, CENTRE))
        raise ValueError(f"The cycle has no part called {sorted(unknown)[0]!r}; it has {known}.")
    style.empty_axes(ax)
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, HEIGHT)
    for k, (term, everyday) in enumerate(PARTS):
        _draw_part(ax, _PLACES[k], f"{k + 1}", term, everyday, term in lit, terms)
        _draw_arrow(ax, _PLACES[k], _PLACES[(k + 1) % len(PARTS)])
    centre_lit = CENTRE[0] in lit
    ax.text(
        430, 206, CENTRE[0] if terms else "once round", ha="center", va="center",
        fontsize=style.LARGE, weight="bold" if centre_lit else "normal", color=style.INK,
    )  # fmt: skip
    ax.text(
        430, 180, CENTRE[1] if terms else "one test", ha="center", va="center",
        fontsize=style.SMALL, color=style.INK,
    )  # fmt: skip


def _draw_part(
    ax: Axes, place: np.ndarray, number: str, term: str, everyday: str, lit: bool, terms: bool
) -> None:
    x, y = place - _BOX / 2
    ax.add_patch(
        FancyBboxPatch(
            (x, y), float(_BOX[0]), float(_BOX[1]), boxstyle="round,pad=0,rounding_size=12",
            facecolor=style.LIT if lit else "#FFFFFF",
            edgecolor=style.INK if lit else style.EDGE, linewidth=3.0 if lit else 1.5, zorder=2,
        )
    )  # fmt: skip
    weight = "bold" if lit else "normal"
    name = f"{number}  {term}" if terms else number
    ax.text(
        place[0], place[1] + 20, name, ha="center", va="center",
        fontsize=style.LARGE, weight=weight, color=style.INK, zorder=3,
    )  # fmt: skip
    ax.text(
        place[0], place[1] - 15, everyday, ha="center", va="center",
        fontsize=style.SMALL, color=style.INK, zorder=3, linespacing=1.25,
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


def cycle_canvas(lit: Collection[str] = (), terms: bool = True) -> Canvas:
    """The ring on a canvas of its own."""
    canvas = Canvas(WIDTH, HEIGHT)
    draw_cycle(canvas.axes(0, 0, WIDTH, HEIGHT), lit, terms)
    return canvas


def cycle_picture(lit: Collection[str] = ()) -> Picture:
    """The ring as a picture that a cell can end in."""
    return Picture(cycle_canvas(lit), cycle_alt(lit))
