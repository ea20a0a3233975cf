"""A sheet to draw on that redraws only what moves, so that a picture can follow a control."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib import get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Affine2D
from PIL import Image, ImageDraw, ImageFont

from course_utils.figures import style
from course_utils.figures.png import png_bytes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

DPI = 100
MOST_SHARP = 4.0
_sharpness = 1.0
Side = Literal["left", "middle", "right"]
ANCHORS = {"left": "lm", "middle": "mm", "right": "rm"}


@dataclass
class Label:
    """Words that change from picture to picture, put on top of it.

    Matplotlib lays out each of its own texts anew, which takes longer than all the rest. ``x``
    and ``y`` are pixels from the lower left corner, ``y`` the middle of the line; ``side`` says
    which end of the words stands at ``x``. ``size`` is in points; ``behind`` is a colour to lay
    under the words.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str
    side: Side = "left"
    bold: bool = False
    behind: str | None = None
    visible: bool = True

    def draw(self, sheet: ImageDraw.ImageDraw, height: int, scale: float = 1.0) -> None:
        """Put the words on a sheet of ``height`` times ``scale`` pixels."""
        if not self.visible or not self.text:
            return
        font, anchor = label_font(self.size * scale, self.bold), ANCHORS[self.side]
        x, y = self.x * scale, (height - self.y) * scale
        if self.behind is not None:
            left, top, right, bottom = font.getbbox(self.text, anchor=anchor)
            box = (x + left - 2, y + top - 1, x + right + 1, y + bottom + 1)
            sheet.rectangle(box, fill=self.behind)
        sheet.text((x, y), self.text, self.colour, font, anchor)

    def extent(self) -> tuple[float, float, float, float]:
        """What the words take: left, low, right and high, in pixels from the lower left corner."""
        font = label_font(self.size, self.bold)
        left, top, right, bottom = font.getbbox(self.text, anchor=ANCHORS[self.side])
        return self.x + left, self.y - bottom, self.x + right, self.y - top


@lru_cache(maxsize=32)
def label_font(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font, at the size that its texts of so many points have."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = f"{get_data_path()}/fonts/ttf/{name}"
    return ImageFont.truetype(path, size * DPI / 72, layout_engine=ImageFont.Layout.BASIC)


def sharpen(scale: float = 1.0) -> None:
    """Draw each picture from now on with ``scale`` times the pixels across; its size stays.

    For a projector or slides, where a picture is shown larger. Raises `ValueError` below 1 and
    above 4.
    """
    global _sharpness
    if not 1.0 <= scale <= MOST_SHARP:
        raise ValueError(
            f"A picture can't be {scale:g} times as sharp; choose 1 to {MOST_SHARP:g}."
        )
    _sharpness = float(scale)


def sharpness() -> float:
    """How many pixels are drawn across each pixel of a picture's size."""
    return _sharpness


class Canvas:
    """A figure of ``width`` by ``height`` pixels, drawn by Agg without pyplot.

    What is passed to `move` is left out of the kept background and drawn anew each time; all else
    is drawn once. Call `freeze` after changing anything that stands still.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        self._agg = FigureCanvasAgg(self.figure)
        self._moving: list[Artist] = []
        self._labels: list[Label] = []
        self._background: Any = None
        self._scale = 1.0
        style.card(self.figure)

    @property
    def pixels(self) -> Transform:
        """From pixels of the canvas to those that are drawn: these are more where it is sharper."""
        return Affine2D().scale(1 / DPI) + self.figure.dpi_scale_trans

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """New axes; all four numbers are pixels, counted from the lower left corner."""
        w, h = self.width, self.height
        return self.figure.add_axes((left / w, bottom / h, width / w, height / h))

    def move(self, *artists: Artist) -> None:
        """Say which artists change from picture to picture."""
        for artist in artists:
            artist.set_animated(True)
        self._moving += artists
        self._background = None

    def label(
        self, x: float, y: float, text: str = "", size: float = style.SMALL,
        colour: str = style.INK, side: Side = "left", bold: bool = False,
        behind: str | None = None,
    ) -> Label:  # fmt: skip
        """A new label on top of the picture; change its attributes before the next picture."""
        label = Label(x, y, text, size, colour, side, bold, behind)
        self._labels.append(label)
        return label

    def freeze(self) -> None:
        """Forget the kept background: the next picture is drawn as a whole."""
        self._background = None

    def draw(self) -> None:
        """Draw into the buffer, from the kept background where there is one."""
        self._draw(1.0)

    def _draw(self, scale: float) -> None:
        if scale != self._scale:
            self._background, self._scale = None, scale
        if self._background is None:
            self._agg.draw()  # type: ignore[no-untyped-call]
            self._background = self._agg.copy_from_bbox(self.figure.bbox)  # type: ignore[no-untyped-call]
        else:
            self._agg.restore_region(self._background)  # type: ignore[no-untyped-call]
        for artist in self._moving:
            if artist.get_visible():
                artist.draw(self._agg.get_renderer())  # type: ignore[no-untyped-call]

    def png(self) -> bytes:
        """The picture now, as PNG bytes."""
        scale = sharpness()
        if scale == 1.0:
            return png_bytes(np.asarray(self._page(scale)))
        # Only for the drawing: whoever lays out a picture counts in its own pixels.
        self.figure.set_dpi(DPI * scale)
        try:
            return png_bytes(np.asarray(self._page(scale)))
        finally:
            self.figure.set_dpi(DPI)

    def _page(self, scale: float) -> Image.Image:
        self._draw(scale)
        size = self._agg.get_width_height()
        pixels = self._agg.buffer_rgba()  # type: ignore[no-untyped-call]
        picture = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1)
        page = picture.convert("RGB")
        if self._labels:
            sheet = ImageDraw.Draw(page)
            for label in self._labels:
                label.draw(sheet, self.height, scale)
        return page

    def html(self, alt: str) -> str:
        """The picture now, as an ``<img>`` with its text alternative."""
        return image_html(self.png(), alt, self.width, self.height)


def image_html(png: bytes, alt: str, width: int, height: int) -> str:
    """An ``<img>`` that holds the picture itself; it survives in an untrusted notebook."""
    data = base64.b64encode(png).decode("ascii")
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" '
        f'style="max-width:100%;height:auto" src="data:image/png;base64,{data}">'
    )


class Picture:
    """A finished picture that a cell can end in: shown as an image with its text alternative."""

    def __init__(self, canvas: Canvas, alt: str) -> None:
        self.alt = alt
        self._html = canvas.html(alt)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.alt, "text/html": self._html}
