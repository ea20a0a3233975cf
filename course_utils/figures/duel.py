"""Two students with the same ranks: the report that is equal, and the losses that aren't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

WIDTH = 860
REPORT_HEIGHT = 150
ROW = 46
HEADER, FOOTER = 34, 46
FACES = {"A": style.STUDENT, "B": style.CARD}
EDGES = {"A": style.STUDENT, "B": style.STUDENT}
HATCHES = {"A": "", "B": "///"}
GREYS = (style.SOFT, style.CARD, style.EDGE)
PATTERNS = ("", "..", "xx")


def report_canvas(shares: Sequence[float], names: Sequence[str] = ("A", "B")) -> Canvas:
    """Both reports as bars: (spot on, close, way off), the same for each student."""
    canvas = Canvas(WIDTH, REPORT_HEIGHT)
    ax = canvas.axes(20, 10, WIDTH - 40, REPORT_HEIGHT - 20)
    style.empty_axes(ax)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 3)
    for y, name in zip((1.75, 0.75), names, strict=True):
        ax.text(0, y, name, va="center", fontsize=style.LARGE, weight="bold", color=style.INK)
        left = 0.05
        for share, face, pattern in zip(shares, GREYS, PATTERNS, strict=True):
            width = 0.95 * share
            ax.add_patch(
                Rectangle(
                    (left, y - 0.33), width, 0.66, facecolor=face, edgecolor=style.QUIET,
                    hatch=pattern, linewidth=1,
                )
            )  # fmt: skip
            left += width
    words = ("spot on (1st)", "close (2nd or 3rd)", "way off")
    for k, (share, word) in enumerate(zip(shares, words, strict=True)):
        x = 0.05 + 0.3 * k
        ax.add_patch(
            Rectangle(
                (x, 2.42), 0.03, 0.36, facecolor=GREYS[k], edgecolor=style.QUIET,
                hatch=PATTERNS[k], linewidth=1,
            )
        )  # fmt: skip
        ax.text(
            x + 0.04, 2.6, f"{word} {100 * share:.0f} %", va="center",
            fontsize=style.NORMAL, color=style.INK,
        )  # fmt: skip
    return canvas


def report_alt(shares: Sequence[float]) -> str:
    """The text alternative of the two reports."""
    spot, close, off = (f"{100 * share:.0f} %" for share in shares)
    return f"Two bars, A and B, exactly alike: spot on {spot}, close {close}, way off {off}."


def duel_canvas(
    labels: Sequence[tuple[str, str, str]], losses: NDArray[np.float64], means: Sequence[float]
) -> Canvas:
    """Losses (2, n) of both students on n questions, and at the bottom their means on the test.

    ``labels`` hold context, right word and the rank that both gave it.
    """
    rows = len(labels) + 1
    height = HEADER + FOOTER + rows * ROW
    canvas = Canvas(WIDTH, height)
    ax = canvas.axes(400, FOOTER, WIDTH - 420, rows * ROW)
    style.plain_axes(ax)
    ax.spines["left"].set_visible(False)
    high = float(max(losses.max() if losses.size else 0, *means))
    ax.set_xlim(0, 1.14 * high)
    ax.set_ylim(rows, 0)
    ax.set_yticks([])
    ax.axhline(rows - 1, color=style.INK, linewidth=1)
    ax.axvline(0, color=style.INK, linewidth=1.2)
    ax.set_xlabel("loss, in nats: shorter is better", fontsize=style.NORMAL, color=style.INK)
    side = canvas.axes(0, 0, WIDTH, height)
    style.empty_axes(side)
    side.patch.set_visible(False)
    side.set_xlim(0, WIDTH)
    side.set_ylim(0, height)
    top = height - HEADER / 2
    for x, words, align in (
        (16, "question", "left"),
        (296, "right word", "right"),
        (380, "rank", "right"),
    ):
        side.text(x, top, words, ha=align, va="center", fontsize=style.SMALL, color=style.QUIET)
    for row in range(rows):
        last = row == rows - 1
        pair = means if last else losses[:, row].tolist()
        y = height - HEADER - (row + 0.5) * ROW
        cells = ("mean of the whole test", "", "") if last else labels[row]
        for x, words, align, colour in (
            (16, cells[0], "left", style.INK),
            (296, cells[1], "right", style.ANSWER),
            (380, cells[2], "right", style.INK),
        ):
            side.text(
                x, y, words, ha=align, va="center", fontsize=style.SMALL, color=colour,
                weight="bold" if last else "normal",
            )  # fmt: skip
        for k, name in enumerate("AB"):
            bottom = row + 0.14 + 0.37 * k
            ax.add_patch(
                Rectangle(
                    (0, bottom), pair[k], 0.33, facecolor=FACES[name], edgecolor=EDGES[name],
                    hatch=HATCHES[name], linewidth=1.2,
                )
            )  # fmt: skip
            ax.text(
                pair[k] + 0.012 * high, bottom + 0.175, f"{name} {pair[k]:.2f}", va="center",
                fontsize=style.SMALL, color=EDGES[name], weight="bold" if last else "normal",
            )  # fmt: skip
    return canvas


def duel_alt(
    labels: Sequence[tuple[str, str, str]], losses: NDArray[np.float64], means: Sequence[float]
) -> str:
    """The text alternative of the duel."""
    lines = [
        f"{context} {word} ({rank} for both): A {losses[0, i]:.2f}, B {losses[1, i]:.2f}"
        for i, (context, word, rank) in enumerate(labels)
    ]
    return (
        "Losses of A and B side by side. " + "; ".join(lines)
        + f". Mean of the whole test: A {means[0]:.2f}, B {means[1]:.2f}."
    )  # fmt: skip
