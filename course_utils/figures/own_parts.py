"""Two curves of one small student: trained by the learner's own parts, and by the course's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture

WIDTH, HEIGHT = 720, 320
SAME = 1e-6  # nats: rounding, and nothing else


def draw_own_parts(canvas: Canvas, yours: NDArray[np.float64], course: NDArray[np.float64]) -> None:
    """Both losses (steps,) over the steps: the course's as a wide pale line, yours as crosses."""
    ax = canvas.axes(60, 58, WIDTH - 80, HEIGHT - 100)
    style.plain_axes(ax)
    steps = np.arange(1, len(course) + 1)
    ax.plot(steps, course, color=style.STUDENT, linewidth=6, alpha=0.4, label="the course's parts")
    ax.plot(
        steps, yours, color=style.LEARNER, linewidth=1.2, linestyle="-", marker="x", markersize=5,
        label="your parts",
    )  # fmt: skip
    seen = np.concatenate([course, yours[np.isfinite(yours)]])
    ax.set_ylim(min(0.0, float(seen.min())), 1.08 * min(float(seen.max()), 4 * float(course.max())))
    ax.set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
    ax.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
    ax.legend(fontsize=style.SMALL, frameon=False, loc="lower left")


def own_parts_picture(yours: Sequence[float], course: Sequence[float]) -> Picture:
    """A picture of both losses, and a sentence that says whether they are the same.

    Raises `ValueError` if they have different lengths.
    """
    a, b = np.asarray(yours, np.float64), np.asarray(course, np.float64)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"{a.shape} and {b.shape} aren't two curves of the same steps.")
    canvas = Canvas(WIDTH, HEIGHT)
    draw_own_parts(canvas, a, b)
    said = own_parts_sentence(a, b)
    canvas.figure.text(
        0.5, 1 - 24 / HEIGHT, said, ha="center", fontsize=style.NORMAL, color=style.INK
    )
    return Picture(
        canvas,
        f"Loss over {len(a)} steps. {said} The course's parts begin at {b[0]:.2f} and end at"
        f" {b[-1]:.2f}; yours end at {_said(a[-1])}.",
    )


def own_parts_sentence(yours: NDArray[np.float64], course: NDArray[np.float64]) -> str:
    """Whether both curves are the same, or from where on they part."""
    apart = ~(np.abs(yours - course) <= SAME)
    if not apart.any():
        return "The same curve: your parts do what the course's do."
    first = int(np.argmax(apart)) + 1
    return f"The curves part at step {first}: look at what is used there."


def _said(loss: float) -> str:
    return f"{loss:.2f}" if math.isfinite(loss) else "no number"
