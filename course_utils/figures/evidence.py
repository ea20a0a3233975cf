"""The evidence about a teacher: two curves of losses, and how long the gradients were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.labels import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

WIDTH, HEIGHT = 700, 420
LOSSES = (0.05, 300.0)  # nats; logarithmic, for the runs differ so much
SHORTEST = 1e-3  # a gradient of length 0 is drawn at the bottom edge
LONGEST = 1e3
LINES = {"uniform": REFERENCE["uniform"], "floor": f"{REFERENCE['floor']} on unseen"}


class EvidencePicture:
    """Losses above, gradients' lengths below, over ``total`` steps; `update` moves the curves.

    ``lines`` holds "uniform" and "floor" in nats.
    """

    def __init__(self, total: int, lines: Mapping[str, float]) -> None:
        self.total = total
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.losses = self._axes(190, 200, "loss: lower is better")
        self.losses.set_yscale("log")
        self.losses.set_ylim(*LOSSES)
        self.losses.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        self.losses.tick_params(labelbottom=False)
        self.norms = self._axes(52, 104, "gradient's length")
        self.norms.set_yscale("log")
        self.norms.set_ylim(SHORTEST / 2, LONGEST)
        self.norms.set_yticks([SHORTEST, 1, 1e2], ["0.001\nor less", "1", "100"])
        self.norms.set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
        for role, label in LINES.items():
            self._reference(role, lines[role], f"{label} {lines[role]:.2f}")
        self.curves = {
            "exam": self._curve(self.losses, "student", "-", 3.0),
            "practice": self._curve(self.losses, "student", "-", 1.1),
            "attention": self._curve(self.norms, "learner", "-", 2.0),
            "others": self._curve(self.norms, "counting", "--", 1.4),
        }
        (self._edge,) = self.losses.plot([], [], color=style.CARD, linewidth=2.6)
        self._named(self.losses, {"exam": "unseen stories", "practice": "practice"}, 0.98)
        self._named(self.norms, {"attention": "attention", "others": "all others"}, 1.0)
        curves = self.curves
        self.canvas.move(
            curves["exam"], self._edge, curves["practice"], curves["others"], curves["attention"]
        )

    def _axes(self, bottom: float, height: float, label: str) -> Axes:
        ax = self.canvas.axes(76, bottom, WIDTH - 76 - 190, height)
        style.plain_axes(ax)
        ax.set_xlim(0, self.total)
        ax.set_ylabel(label, fontsize=style.SMALL, color=style.INK)
        return ax

    def _reference(self, role: str, loss: float, label: str) -> None:
        colour = style.PALETTE[role]
        self.losses.axhline(loss, color=colour, linestyle=style.LINES[role], linewidth=1.4)
        self.losses.annotate(
            label.replace(" on ", "\non "), (1, loss), (5, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=style.SMALL, color=colour,
        )  # fmt: skip

    @staticmethod
    def _curve(ax: Axes, role: str, linestyle: str, width: float) -> Line2D:
        (line,) = ax.plot([], [], color=style.PALETTE[role], linestyle=linestyle, linewidth=width)
        return line

    def _named(self, ax: Axes, names: Mapping[str, str], top: float) -> None:
        """A legend beside the axes: the same lines, with their names."""
        ax.legend(
            [self.curves[key] for key in names], list(names.values()), loc="upper left",
            bbox_to_anchor=(1.0, top), fontsize=style.SMALL, frameon=False, labelcolor=style.INK,
        )  # fmt: skip

    def update(
        self, practice: Sequence[float], exam: Sequence[float], every: int,
        attention: Sequence[float], others: Sequence[float],
    ) -> None:  # fmt: skip
        """Show losses and lengths (one a step), and the exam's losses (one every so many steps)."""
        steps = np.arange(len(practice))
        for line in (self._edge, self.curves["practice"]):
            line.set_data(steps, practice)
        self.curves["exam"].set_data(every * np.arange(len(exam)), exam)
        for name, lengths in (("attention", attention), ("others", others)):
            self.curves[name].set_data(steps, np.maximum(lengths, SHORTEST))


def evidence_alt(
    practice: Sequence[float], exam: Sequence[float],
    attention: Sequence[float], others: Sequence[float], lines: Mapping[str, float],
) -> str:  # fmt: skip
    """The text alternative of the evidence."""
    if not practice:
        return "Curves of losses and of the gradients' lengths; nothing was trained yet."
    said = [
        f"{name} begins at {values[0]:.1f}, has its lowest point {min(values):.1f} and its highest"
        f" {max(values):.1f}, and ends at {values[-1]:.1f}"
        for name, values in (("practice", practice), ("the loss on unseen stories", exam))
    ]
    return (
        f"Two curves of losses over {len(practice)} steps: {'; '.join(said)}. Lines: blind guess"
        f" {lines['uniform']:.1f}, best possible on unseen stories {lines['floor']:.1f}. Below, the"
        f" gradients' lengths: attention at most {max(attention):.1f}, all others at most"
        f" {max(others):.1f}."
    )
