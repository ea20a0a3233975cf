"""A picture that is drawn sharper is the same picture with more pixels."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from course_utils.figures.canvas import Canvas, sharpen
from course_utils.figures.cycle import cycle_picture
from course_utils.figures.room import Key
from course_utils.figures.stamps import Stamp, Stamps


@pytest.fixture(autouse=True)
def usual():
    yield
    sharpen()


def pixels(html) -> Image.Image:
    data = re.search(r"base64,([A-Za-z0-9+/=]+)", html)[1]
    return Image.open(io.BytesIO(base64.b64decode(data)))


COLOURS = {"label": "#0000FF", "key": "#00FF00", "stamp": "#FF00FF", "mark": "#FF0000"}


def drawn() -> Canvas:
    """A picture with everything that is placed by pixels: a label, a stamp and a key's sample."""
    canvas = Canvas(300, 120)
    ax = canvas.axes(40, 30, 120, 80)
    ax.plot([0.2, 0.8], [0.5, 0.5], color=COLOURS["mark"])
    line = Line2D([], [], color=COLOURS["key"])
    canvas.label(200, 100, "label", colour=COLOURS["label"])
    Key(canvas, 180, 60, rows=1).show([(line, "")])
    stamps = Stamps()
    stamps.stamps = (Stamp(100, 20, "stamp", colour=COLOURS["stamp"]),)
    canvas.figure.add_artist(stamps)
    canvas.move(stamps)
    return canvas


def box(image: Image.Image, colour: str) -> np.ndarray:
    """Where a colour is: left, top, right and bottom in pixels."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    near = np.abs(np.asarray(image.convert("RGB"), int) - wanted).max(axis=2) < 100
    rows, columns = np.nonzero(near)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_everything_stays_in_its_place(scale):
    usual = pixels(drawn().html("a"))
    sharpen(scale)
    sharp = pixels(drawn().html("a"))
    assert sharp.size == (300 * scale, 120 * scale)
    for name, colour in COLOURS.items():
        # A letter's edge is rounded to whole pixels of each picture.
        assert np.abs(box(sharp, colour) / scale - box(usual, colour)).max() <= 2.0, name


def test_a_picture_changes_its_sharpness_and_comes_back():
    canvas = drawn()
    before = canvas.html("a")
    sharpen(2)
    large = canvas.html("a")
    assert pixels(large).size == (600, 240) and canvas.html("a") == large
    assert 'width="300" height="120"' in large
    sharpen()
    assert canvas.html("a") == before


def test_a_finished_picture_is_drawn_sharper():
    sharpen(2)
    bundle = cycle_picture()._repr_mimebundle_()
    assert pixels(bundle["text/html"]).size == (1720, 760)


@pytest.mark.parametrize("scale", [0.5, 5, float("nan")])
def test_a_wrong_sharpness_is_refused(scale):
    with pytest.raises(ValueError, match="choose 1 to 4"):
        sharpen(scale)
