"""Calibration: how sure somebody was, and how often that was right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from course_utils.figures import style
from course_utils.figures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 740, 400
LEFT, BOTTOM, SIDE = 90, 60, 300
# Axes and notes, for a learner and for a class.
YOURS = (
    "you said: % sure",
    "you were right in … %",
    "dotted line: as often right as you said",
    "dot: a group of your answers",
    "bar: if calibrated, 95 of 100 dots lie in it",
    "below its bar: you were too sure",
    "above its bar: you could be surer",
)
CLASS = (
    "the class said: % sure",
    "it was right in … %",
    "dotted line: as often right as it said",
    "dot: a group of the class's answers",
    "bar: if calibrated, 95 of 100 dots lie in it",
    "below its bar: too sure",
    "above its bar: could be surer",
)


class Group(Protocol):
    """A group of answers, as `learning.calibration` makes it."""

    @property
    def count(self) -> int:
        """How many answers."""

    @property
    def right(self) -> int:
        """How many of them were right."""

    @property
    def said(self) -> float:
        """Their mean confidence, 0 to 1."""

    @property
    def share(self) -> float:
        """The share of right ones."""

    @property
    def usual(self) -> tuple[int, int]:
        """How many right ones chance allows."""

    @property
    def sentence(self) -> str:
        """The group in words."""


class CalibrationPlot:
    """One dot for each group, with the range that chance allows, beside the line of "as said".

    ``words`` are `YOURS` or `CLASS`.
    """

    def __init__(self, words: Sequence[str] = YOURS) -> None:
        self.words = tuple(words)
        self.canvas = Canvas(WIDTH, HEIGHT)

    def update(self, groups: Sequence[Group]) -> None:
        """Show these groups."""
        self.canvas.figure.clear()
        self.canvas.freeze()
        ax = self.canvas.axes(LEFT, BOTTOM, SIDE, SIDE)
        style.plain_axes(ax)
        ax.set_xlim(0, 100)
        ax.set_ylim(0, 100)
        ax.set_xlabel(self.words[0], fontsize=style.NORMAL, color=style.INK)
        ax.set_ylabel(self.words[1], fontsize=style.NORMAL, color=style.INK)
        ax.plot([0, 100], [0, 100], color=style.QUIET, linestyle=":", linewidth=1.8)
        right = LEFT + SIDE + 30
        note = self.canvas.figure.text
        for i, words in enumerate(self.words[2:]):
            note(
                right / WIDTH, (BOTTOM + SIDE - 12 - 24 * i) / HEIGHT, words, va="center",
                fontsize=style.SMALL, color=style.INK,
            )  # fmt: skip
        for group in groups:
            said, share = 100 * group.said, 100 * group.share
            low, high = (100 * n / group.count for n in group.usual)
            ax.plot([said, said], [low, high], color=style.EDGE, linewidth=9, solid_capstyle="butt")
            ax.plot([said], [share], "o", markersize=11, color=style.LEARNER)
            if self.words == CLASS:  # many answers, groups close together: a list says the numbers
                continue
            ax.annotate(
                f"{group.right} of {group.count}", (said, share), (-11, 0),
                textcoords="offset points", ha="right", va="center", fontsize=style.SMALL,
                color=style.LEARNER, bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 1},
            )  # fmt: skip


def calibration_alt(groups: Sequence[Group]) -> str:
    """The text alternative of `CalibrationPlot` as it is now."""
    said = ["How sure you were, from left to right, and how often you were right, upwards."]
    return " ".join([*said, *(group.sentence for group in groups)])
