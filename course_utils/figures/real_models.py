"""The course's student beside real models, on one logarithmic scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.ticker import NullFormatter

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
from course_utils.training.published import published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

WIDTH, ROW, EDGE = 700, 40, 76
OURS = "the student of this course"
FAR = 1e15  # from here on there are no words for numbers
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
UNITS = {
    "cost": "hours of one processor",
    "compute": "arithmetic operations",
    "fine-tuning compute": "arithmetic operations",
}


def draw_scale(
    ax: Axes, names: Sequence[str], values: Sequence[float], said: Sequence[str]
) -> None:
    """Draw one mark a row on a logarithmic scale, the first of them ours; all (N,)."""
    style.plain_axes(ax)
    ax.set_xscale("log")
    low, high = min(values), max(values)
    span = max(math.log10(high / low), 0.5)
    ax.set_xlim(low / 10 ** (0.06 * span), high * 10 ** (0.10 * span))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks([])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.spines["left"].set_visible(False)
    for i, (name, value, words) in enumerate(zip(names, values, said, strict=True)):
        colour, marker = (style.STUDENT, "s") if i == 0 else (style.INK, "o")
        ax.axhline(i, color=style.SOFT, linewidth=1, zorder=0)
        ax.plot([value], [i], marker, markersize=9, color=colour)
        left = math.log10(value / low) < 0.45 * span
        ax.annotate(
            f"{name}: {words}", (value, i), (10 if left else -10, 0), textcoords="offset points",
            va="center", ha="left" if left else "right", fontsize=style.SMALL, color=colour,
            bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def scale_picture(quantity: str, ours: float, name: str = OURS) -> Picture:
    """The published figures of a quantity beside ``ours``, the course's student's.

    ``name`` says which student that is.

    Raises `ValueError` for an unknown quantity, or if ``ours`` isn't above 0.
    """
    if not ours > 0:
        raise ValueError(f"ours is {ours}; a logarithmic scale needs a number above 0.")
    others = sorted(published(quantity), key=lambda figure: figure.value)
    names = [name, *(figure.model for figure in others)]
    values = [float(ours), *(figure.value for figure in others)]
    powers = max(values) >= FAR  # one way of saying numbers in one picture
    said = [power_of_ten(number) if powers else plain(number) for number in values]
    height = ROW * len(names) + EDGE
    canvas = Canvas(WIDTH, height)
    ax = canvas.axes(16, EDGE - 22, WIDTH - 32, ROW * len(names))
    draw_scale(ax, names, values, said)
    unit = UNITS.get(quantity, quantity)
    label = f"{unit}, on a logarithmic scale: equal distances are equal factors"
    ax.set_xlabel(label, fontsize=style.NORMAL, color=style.INK)
    marks = "; ".join(f"{name} {words}" for name, words in zip(names, said, strict=True))
    return Picture(canvas, f"{quantity} on a logarithmic scale: {marks}.")


def plain(number: float) -> str:
    """A number as people say it, with three digits: 116 thousand, 1.5 billion."""
    for size, word in (
        (1e12, " trillion"),
        (1e9, " billion"),
        (1e6, " million"),
        (1e3, " thousand"),
    ):
        if size <= number < 1000 * size:
            return f"{float(f'{number / size:.3g}'):g}{word}"
    return f"{float(f'{number:.3g}'):g}"


def power_of_ten(number: float) -> str:
    """A number with three digits and a power of ten: 3.14 · 10²³."""
    digits, power = f"{number:.2e}".split("e")
    return f"{float(digits):g} · 10{str(int(power)).translate(RAISED)}"
