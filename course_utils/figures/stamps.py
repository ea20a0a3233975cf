"""Words that move or change at once: each is drawn a single time and then stamped like a picture.

Matplotlib draws a text letter by letter, about a tenth of a millisecond each; fifty words would
take longer than a control may.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from PIL import Image, ImageDraw

from course_utils.figures import style
from course_utils.figures.canvas import DPI, label_font
from course_utils.figures.flow import drawable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.backend_bases import RendererBase
    from numpy.typing import NDArray

CAPITAL = 0.729  # of its size: how high a capital letter of `label_font` is


@dataclass(frozen=True)
class Stamp:
    """Words around (or, with ``ha`` "left", to the right of) a place in pixels."""

    x: float
    y: float
    words: str
    size: float = style.LARGE
    colour: str = style.INK
    bold: bool = False
    ha: str = "center"


class Stamps(Artist):
    """All words of a canvas that change; set ``stamps`` to others. Units are pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: Sequence[Stamp] = ()

    def draw(self, renderer: RendererBase) -> None:
        """Stamp all words."""
        gc = renderer.new_gc()
        scale = float(str(renderer.points_to_pixels(72.0))) / DPI  # see `canvas.sharpen`
        for stamp in self.stamps:
            size = stamp.size * scale
            image, below = _drawn(stamp.words, size, stamp.colour, stamp.bold)
            left = stamp.x * scale - (0 if stamp.ha == "left" else image.shape[1] / 2)
            middle = CAPITAL / 2 * size * DPI / 72
            renderer.draw_image(gc, round(left), round(stamp.y * scale - middle) - below, image)
        gc.restore()


@lru_cache(maxsize=4096)
def _drawn(words: str, size: float, colour: str, bold: bool) -> tuple[NDArray[np.uint8], int]:
    """The words as pixels (height, width, 4), lowest row first, and how many lie below the line."""
    font = label_font(size, bold)
    said = drawable(words)
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(said)))
    image = Image.new("RGBA", (width + 2, ascent + descent), f"{colour}00")
    ImageDraw.Draw(image).text((1, ascent), said, fill=f"{colour}FF", font=font, anchor="ls")
    return np.asarray(image)[::-1].copy(), descent
