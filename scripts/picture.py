"""Draw the README's picture from the course's own figures and its recorded run."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.figures.curve import LearningCurve
from course_utils.figures.cycle import CycleRing
from course_utils.training.sitting import Sitting, load_recording

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write docs/picture.png: the cycle above, the curve below."""
    history = load_recording().history
    curve = LearningCurve(history.six_steps[-1], Sitting().lines())
    curve.update(
        np.array(history.steps), np.array(history.unseen), np.array([]), np.array([]),
        headline="A student learns: its loss on stories that it never reads",
    )  # fmt: skip
    parts = [Image.open(io.BytesIO(c.png())) for c in (CycleRing().canvas, curve.canvas)]
    sheet = Image.new("RGB", (parts[0].width, sum(part.height for part in parts) - 2))
    sheet.paste(parts[0], (0, 0))
    sheet.paste(parts[1], (0, parts[0].height - 2))
    (ROOT / "docs").mkdir(exist_ok=True)
    sheet.save(ROOT / "docs" / "picture.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
