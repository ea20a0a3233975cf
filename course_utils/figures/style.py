"""One look for every picture, so that a colour means the same thing in every chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colour-blind-safe hues ("Color Universal Design", 2008), darkened until text in
# them has a contrast of at least 4.5 to 1 on the card. Nothing is told by colour alone: each has
# a line style, a marker or a label of its own.
LEARNER = "#0065A3"  # you
STUDENT = "#B34A00"  # the model
ANSWER = "#00704F"  # the right word, the teacher
COUNTING = "#8A3E73"  # the best counting model
FLOOR = "#1A1A1A"  # the best possible student
UNIFORM = "#5E5E5E"  # a blind guess
MEMORY = "#6B5200"  # a student who knows its few stories by heart
INK = "#1A1A1A"
QUIET = "#5E5E5E"
CARD = "#FCFBF7"  # opaque, so that a picture reads the same on light and dark pages
EDGE = "#B9B4A6"
SOFT = "#E9E5DA"  # empty places, grid lines
LIT = "#FFE3A3"  # the part that is being talked about

PALETTE = {
    "learner": LEARNER,
    "earlier": LEARNER,
    "student": STUDENT,
    "answer": ANSWER,
    "counting": COUNTING,
    "floor": FLOOR,
    "practice floor": FLOOR,
    "uniform": UNIFORM,
    "even": UNIFORM,
    "memory": MEMORY,
}

SMALL, NORMAL, LARGE = 10.0, 11.0, 13.0  # points; no text in a picture is smaller than SMALL
LINES: dict[str, str | tuple[int, tuple[int, ...]]] = {
    "uniform": ":",
    "counting": "--",
    "floor": "-",
    "practice floor": (0, (3, 2)),
    "learner": "-.",
    "student": "-",
    "memory": (0, (6, 2, 1, 2, 1, 2)),
}


def contrast(first: str, second: str) -> float:
    """Contrast of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, section 1.4.3)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return float(0.2126 * r + 0.7152 * g + 0.0722 * b)

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def card(figure: Figure) -> None:
    """Give a figure the opaque background and border that every picture has."""
    figure.patch.set_facecolor(CARD)
    figure.patch.set_edgecolor(EDGE)
    figure.patch.set_linewidth(2.0)


def plain_axes(ax: Axes) -> None:
    """Axes without a frame on top and right, with readable ticks."""
    ax.set_facecolor(CARD)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(QUIET)
    ax.tick_params(labelsize=SMALL, colors=INK)


def empty_axes(ax: Axes) -> None:
    """Axes as a blank sheet: no ticks, no frame."""
    ax.set_facecolor(CARD)
    ax.set_axis_off()
