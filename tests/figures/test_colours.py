"""The palette as colour-blind readers and black-and-white printers see it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from course_utils.figures import style

# Linear RGB as somebody without red or green cones sees it: Viénot, Brettel and Mollon (1999).
SEEN = {
    "everybody": np.eye(3),
    "without red cones": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "without green cones": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "in grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
READABLE = 4.5  # contrast of text: WCAG 2.2, section 1.4.3


def simulated(colour: str, matrix) -> str:
    """A ``#rrggbb`` colour through a matrix for linear RGB."""
    encoded = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(matrix) @ linear, 0, 1)
    back = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(part)):02X}" for part in back)


@pytest.mark.parametrize("eyes", SEEN)
def test_text_in_every_colour_is_readable(eyes):
    card = simulated(style.CARD, SEEN[eyes])
    for name, colour in {**style.PALETTE, "ink": style.INK, "quiet": style.QUIET}.items():
        assert style.contrast(simulated(colour, SEEN[eyes]), card) >= READABLE, (name, eyes)
    lit = simulated(style.LIT, SEEN[eyes])
    assert style.contrast(simulated(style.INK, SEEN[eyes]), lit) >= READABLE


def test_no_two_lines_are_told_apart_by_colour_alone():
    lines = [role for role in style.PALETTE if role in style.LINES]
    alike = [
        (a, b)
        for a, b in combinations(lines, 2)
        if style.LINES[a] == style.LINES[b]
        and style.contrast(
            simulated(style.PALETTE[a], SEEN["in grey"]),
            simulated(style.PALETTE[b], SEEN["in grey"]),
        )
        < 1.5
    ]
    assert alike == []


def test_the_simulation_makes_red_and_green_alike():
    red, green = (simulated(c, SEEN["without green cones"]) for c in ("#C00000", "#007A00"))
    assert style.contrast("#C00000", "#FFFFFF") > READABLE
    difference = [abs(int(red[i : i + 2], 16) - int(green[i : i + 2], 16)) for i in (1, 3, 5)]
    assert max(difference) < 60 < abs(0xC0 - 0x00)
    assert simulated("#808080", SEEN["without red cones"]) in ("#808080", "#7F7F7F", "#818181")
    pale = simulated("#9A9A9A", SEEN["in grey"])
    assert style.contrast(pale, style.CARD) < READABLE
