"""The pictures of chapter 2: what is drawn is what was given, and each says what is seen."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_utils.figures import style
from course_utils.figures.answer_bars import (
    BAR_WIDTH,
    BARS,
    Answer,
    AnswerBars,
    answers_alt,
    points_text,
    signed,
    top_words,
)
from course_utils.figures.canvas import Canvas
from course_utils.figures.over_time import OverTime, over_time_alt
from course_utils.figures.path import PathPicture, path_alt
from course_utils.figures.reading import (
    DEAR,
    DOWN,
    NUMBER,
    ReadingMap,
    columns_for,
    lines_for,
    reading_alt,
)


def pixels(canvas: Canvas) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.png())).convert("RGB"))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def where(picture: np.ndarray, colour: str) -> np.ndarray:
    return (picture == rgb(colour)).all(axis=2)


def test_a_label_stands_where_it_is_put_and_can_be_hidden():
    canvas = Canvas(200, 100)
    label = canvas.label(100, 20, "MMM", 11, "#FF0000", "middle", bold=True)
    rows, columns = np.nonzero(where(pixels(canvas), "#FF0000"))
    assert rows.mean() == pytest.approx(80, abs=3) and columns.mean() == pytest.approx(100, abs=3)
    label.side = "right"
    assert np.nonzero(where(pixels(canvas), "#FF0000"))[1].max() <= 100
    label.behind = "#0000FF"
    assert where(pixels(canvas), "#0000FF").any()
    label.visible = False
    assert not where(pixels(canvas), "#FF0000").any()


def test_a_bar_is_as_long_as_its_points():
    bars = AnswerBars(3)
    for points in (80.0, 20.0):
        bars.update([Answer("a", points, 50.0, 1.0), Answer("b", 5.0)])
        row = where(pixels(bars.canvas), style.STUDENT)[round(bars.height - bars._middle(0))]
        end = np.flatnonzero(row[: BARS + BAR_WIDTH + 5]).max()
        assert end == pytest.approx(BARS + BAR_WIDTH * points / 100, abs=2)
    bars.update([Answer("a", None, 50.0)])
    row = where(pixels(bars.canvas), style.STUDENT)[round(bars.height - bars._middle(0))]
    assert not row[BARS : BARS + BAR_WIDTH].any(), "nothing of the student before it is shown"
    assert bars._words[2].text == "" and bars._bars[2].get_width() == 0


def test_what_stands_behind_a_bar():
    assert points_text(12.34, None) == "12.3"
    assert points_text(12.34, 12.31) == "12.3"
    assert points_text(12.3, 20.0) == "12.3 (−7.7)"
    assert points_text(None, 30.0) == "30"
    assert signed(-0.04) == "+0.0" and signed(-2.0) == "−2.0"


def test_logits_stand_on_one_axis():
    bars = AnswerBars(3)
    bars.update(
        [Answer("a", 1.0, None, 4.0), Answer("b", 1.0, None, -2.0)], (-4.0, 4.0), [0.0, 0.0]
    )
    x = bars._dots.get_xdata()
    rings = bars._rings.get_xdata()
    assert x[0] - rings[0] == pytest.approx(2 * (rings[1] - x[1])), "4 above zero, 2 below"


def test_top_words_keep_the_wanted_and_are_in_order():
    shares = np.array([0.1, 0.4, 0.05, 0.3, 0.15])
    assert top_words(shares, 3) == [1, 3, 4]
    assert top_words(shares, 3, keep=(2,)) == [1, 3, 2]
    alt = answers_alt([Answer("a", 40.2, 10.0, right=True), Answer("b", 1.0)], "now", "before")
    assert alt == "Points of 100, now: a (right) 40, before 10; b 1."


def test_bars_over_and_under_the_words():
    words = ["once", "Tom", "had", "a", "kite"]
    assert (columns_for(words), lines_for(words)) == (10, 1)
    assert columns_for(["everywhere"]) == 8 and columns_for(["a", "b"]) == 16
    shown = ReadingMap(1, 10)
    shown.set_words(words, 4)
    shares = np.array([0.0, 0.5, 0.25, 0.245, 0.005])
    effects = np.array([np.nan, DEAR, DEAR / 2, 0.01, np.nan])
    shown.update(shares, effects, 2)
    heights = [path.get_extents().height for path in shown._read.get_paths()]
    assert heights[:4] == pytest.approx(list(shares[:4] * heights[1] / 0.5))
    assert heights[4] == 0, "what is hardly read isn't drawn"
    full = DOWN - NUMBER
    depths = [path.get_extents().height for path in shown._mattered.get_paths()]
    assert depths == pytest.approx([full, full / 2]), "what hardly matters isn't drawn"
    assert [label.text for label in shown._numbers if label.visible] == ["50", "25", "24"]
    assert [label.text for label in shown._costs if label.visible] == ["3.0", "1.5"]
    shown.update(shares, np.array([np.nan, 2 * DEAR, DEAR, 0.01, np.nan]), None)
    depths = [path.get_extents().height for path in shown._mattered.get_paths()]
    assert depths == pytest.approx([full, full / 2]), "no bar is cut: the longest sets the scale"
    shown.update(shares, effects, 2)
    alt = reading_alt(words, 4, shares, effects, (2,))
    assert "reads, of 100: Tom (place 1) 50, had (place 2) 25" in alt
    assert "Tom (place 1) 3.0" in alt and "Covered now: had." in alt
    assert where(pixels(shown.canvas), style.LIT).any()


def test_the_open_station_is_lit_and_its_number_marked():
    names = ["look up", "attention 1", "logits"]
    picture = PathPicture(names)
    values = np.array([1.0, -2.0, 0.5])
    picture.update(
        1, ["one", "two", "three"], [values] * 3, [2.0, 2.0, 4.0], [1, None, 2],
        ["number 1: −2.00", "", "number 2: +0.50"], ["a", "b", "c"], ["s", "t", "u"],
        "following number 1",
    )  # fmt: skip
    assert [box.get_visible() for box in picture._lit] == [False, True, False]
    for drawn, full in zip(picture._bars, (2.0, 2.0, 4.0), strict=True):
        heights = [line[1][1] - line[0][1] for line in drawn.get_segments()]
        assert np.array(heights) == pytest.approx(picture._reach() * values / full)
    assert [len(mark.get_segments()) for mark in picture._marks] == [1, 0, 1]
    assert [len(pointer.get_xdata()) for pointer in picture._pointers] == [1, 0, 1]
    assert picture._pointers[0].get_xdata()[0] == picture._marks[0].get_segments()[0][0][0]
    assert [flag.text for flag in picture._flags] == ["number 1: −2.00", "", "number 2: +0.50"]
    assert [scale.text for scale in picture._scales][1:] == [
        "a full bar is 2.00",
        "a full bar is 4.00",
    ]
    alt = path_alt(names, ["s", "t", "u"], ["a", "b", "c"], 1, ["one"], "following number 1")
    assert "attention 1, t, b" in alt and "Open: attention 1, with one." in alt


def test_moments_stand_at_their_steps():
    curve = OverTime((0, 10, 100), ("untrained", "step 10", "trained"), 0.7)
    points = np.array([1.0, 20.0, 90.0])
    curve.update(points, 2)
    assert curve._label.text == "trained: 90.0" and curve._mark.get_ydata()[0] == 90
    x, y = curve._line.get_data()
    assert np.isnan(x[1]) and np.isnan(y[1]), "no line leads to a place that no logarithm has"
    assert list(np.delete(y, 1)) == list(points)
    assert list(np.delete(x, 1)) == [3.0, 10.0, 100.0], "step 0 has a place, too"
    assert over_time_alt((0, 10, 100), points, 2).endswith("step 100 90. Marked: step 100.")
