"""A stretch of text, graded word by word: above each word what it cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
from course_utils.figures.price import percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course_utils.training.grading import GradedTest

WIDTH, HEIGHT = 860, 330
MOST = 14  # words in a picture


def graded_words_canvas(
    words: Sequence[str], losses: Sequence[float], ranks: Sequence[int]
) -> Canvas:
    """Up to `MOST` words with the loss of each as a bar, its probability and its rank."""
    canvas = Canvas(WIDTH, HEIGHT)
    ax = canvas.axes(62, 84, WIDTH - 76, HEIGHT - 104)
    style.plain_axes(ax)
    top = 1.25 * max(*losses, 1.0)
    ax.set_xlim(-0.6, len(words) + 0.35)
    ax.set_ylim(0, top)
    ax.set_xticks([])
    ax.set_ylabel("loss, in nats", fontsize=style.NORMAL, color=style.INK)
    for x, (word, loss, rank) in enumerate(zip(words, losses, ranks, strict=True)):
        ax.add_patch(
            Rectangle(
                (x - 0.36, 0), 0.72, loss, facecolor=style.STUDENT, edgecolor=style.STUDENT
            )
        )  # fmt: skip
        ax.text(
            x, loss + 0.02 * top, f"{loss:.2f}", ha="center", va="bottom",
            fontsize=style.NORMAL, weight="bold", color=style.STUDENT, zorder=3,
            bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
        for down, said, colour, size in (
            (0.10, word, style.ANSWER, style.NORMAL),
            (0.21, percent_text(math.exp(-loss)).replace("over ", ">").replace("under ", "<"),
             style.INK, style.SMALL),
            (0.32, f"rank {rank}", style.INK, style.SMALL),
        ):  # fmt: skip
            ax.text(x, -down * top, said, ha="center", va="center", fontsize=size, color=colour)
    mean = sum(losses) / len(losses)
    ax.axhline(mean, color=style.INK, linestyle="--", linewidth=1.2)
    ax.text(
        len(words) - 0.4, mean + 0.02 * top, f"mean\n{mean:.2f}", ha="left", va="bottom",
        fontsize=style.NORMAL, color=style.INK,
    )  # fmt: skip
    return canvas


def graded_words_alt(words: Sequence[str], losses: Sequence[float], ranks: Sequence[int]) -> str:
    """The text alternative of the graded words."""
    each = ", ".join(
        f"{word} {loss:.2f} (rank {rank})"
        for word, loss, rank in zip(words, losses, ranks, strict=True)
    )
    mean = sum(losses) / len(losses)
    return f"Words with their losses in nats: {each}. The mean is {mean:.2f}."


def graded_words_picture(test: GradedTest, first: int = 0, count: int = MOST) -> Picture:
    """Some questions of a test in a row, as a picture that a cell can end in.

    Raises `ValueError` for more than `MOST` of them.
    """
    if not 1 <= count <= MOST:
        raise ValueError(f"A picture holds 1 to {MOST} words, not {count}.")
    part = slice(first, first + count)
    words = [test.corpus.label(int(token)) for token in test.answers[part]]
    losses = test.evaluation.losses[part].tolist()
    ranks = test.evaluation.ranks[part].tolist()
    return Picture(
        graded_words_canvas(words, losses, ranks), graded_words_alt(words, losses, ranks)
    )
