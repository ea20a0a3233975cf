"""Words set in lines: how wide a word is drawn, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import TextToPath

from course_utils.figures.canvas import DPI

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATHS = TextToPath()
PLAIN = "DejaVu Sans"  # matplotlib brings it along
MISSING = "□"


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=PLAIN))).get_charmap())


def drawable(words: str) -> str:
    """The text with a box for each letter that the font doesn't have, as an own text may hold."""
    known = _letters()
    return "".join(c if ord(c) in known else MISSING for c in words)


@lru_cache(maxsize=8192)
def points_wide(words: str, size: float, bold: bool = False) -> float:
    """How many points wide a text of ``size`` points is drawn."""
    font = FontProperties(family=PLAIN, size=size, weight="bold" if bold else "normal")
    width, _, _ = _PATHS.get_text_width_height_descent(drawable(words), font, False)
    return float(width)


def pixels_wide(words: str, size: float, bold: bool = False) -> float:
    """How many pixels wide a text of ``size`` points is drawn on a `Canvas`."""
    return points_wide(words, size, bold) * DPI / 72


@dataclass(frozen=True)
class Place:
    """Where a box stands: its left edge and width in the widths' unit, and its line from 0."""

    left: float
    width: float
    line: int

    @property
    def middle(self) -> float:
        """The box's middle."""
        return self.left + self.width / 2


def flow(widths: Sequence[float], gap: float, most: float) -> list[Place]:
    """Boxes of these widths set in lines of at most ``most``, ``gap`` apart."""
    places: list[Place] = []
    x, line = 0.0, 0
    for width in widths:
        if places and x + width > most:
            x, line = 0.0, line + 1
        places.append(Place(x, width, line))
        x += width + gap
    return places


def wrap(text: str, size: float, most: float) -> list[str]:
    """A text in lines of at most ``most`` points; its own line ends stay, a long word is cut."""
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            joined = f"{line} {word}" if line else word
            if points_wide(joined, size) <= most:
                line = joined
                continue
            if line:
                lines.append(line)
            while points_wide(word, size) > most:
                cut = max(1, int(len(word) * most / points_wide(word, size)) - 1)
                lines.append(word[:cut])
                word = word[cut:]
            line = word
        lines.append(line)
    return lines
