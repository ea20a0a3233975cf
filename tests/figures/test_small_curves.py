"""Small curves: what is drawn is what the question says, and more than colour tells them apart."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.figures import style
from course_utils.figures.small_curves import (
    BOX,
    GAP,
    HEIGHT,
    CurveBox,
    SmallCurve,
    small_curves_alt,
    small_curves_canvas,
)
from course_utils.learning.quizzes import CHAPTERS, WhichCurve, quiz, recall

TWO = (
    CurveBox((SmallCurve(lambda x: x, "rises", "training"),
              SmallCurve(lambda x: 1 - x, "falls", "held-out"))),
    CurveBox((SmallCurve(lambda x: 0.3 + 0 * x, "stays"),)),
)  # fmt: skip
DRAWN = [
    question
    for chapter in CHAPTERS
    for question in (*quiz(chapter), *(recall(chapter) if chapter else ()))
    if isinstance(question, WhichCurve)
]


def test_each_box_shows_its_curves():
    canvas = small_curves_canvas(TWO, "step", "loss", logarithmic=True)
    first, second = canvas.figure.axes
    assert (first.get_title(), second.get_title()) == ("A", "B")
    x, y = first.lines[0].get_data()
    assert np.allclose(y, x)
    assert np.allclose(first.lines[1].get_ydata(), 1 - x)
    assert np.allclose(second.lines[0].get_ydata(), 0.3)
    assert first.get_xlabel() == "step, logarithmic ▶" and first.get_ylabel() == "loss ▶"
    assert [t.get_text() for t in first.texts] == ["training", "held-out"]
    assert second.texts == [] or not second.texts
    assert (canvas.width, canvas.height) == (GAP + 2 * (BOX + GAP), HEIGHT)


def test_two_curves_differ_by_more_than_colour_and_their_key_agrees():
    first, _ = small_curves_canvas(TWO, "step", "loss").figure.axes
    curves, keys = first.lines[:2], first.lines[2:]
    assert len({line.get_linestyle() for line in curves}) == 2
    for curve, key in zip(curves, keys, strict=True):
        assert curve.get_linestyle() == key.get_linestyle()
        assert curve.get_color() == key.get_color()
    assert all(style.contrast(line.get_color(), style.CARD) >= 4.5 for line in curves)
    assert all(t.get_fontsize() >= style.SMALL for t in first.texts)


def test_the_alt_text_describes_every_box():
    alt = small_curves_alt(TWO, "step", "loss")
    assert alt == ("2 pictures of loss over step. A: training rises; held-out falls. B: stays.")


def test_another_curve_is_another_picture():
    other = (CurveBox((SmallCurve(lambda x: x**2, "rises"),)), TWO[1])
    png = small_curves_canvas(TWO, "step", "loss").png()
    assert png != small_curves_canvas(other, "step", "loss").png()
    assert png == small_curves_canvas(TWO, "step", "loss").png()


@pytest.mark.parametrize("question", DRAWN, ids=lambda q: q.name)
def test_the_words_for_a_curve_are_true(question):
    """What a screen reader says of a curve must hold for what is drawn."""
    x = np.linspace(0, 1, 201)
    for box in question.boxes:
        for curve in box.curves:
            y = np.asarray(curve.at(x), float)
            assert np.isfinite(y).all() and (y > -0.02).all() and (y < 1.3).all()
            slopes = np.diff(y)
            said = curve.says
            if "then" in said.split(",")[0] or ", then" in said or "first, then" in said:
                continue
            if "same height" in said:
                assert np.ptp(y) == 0
            elif "falls" in said and "rises" not in said:
                assert y[0] > y[-1] and (slopes <= 1e-9).all()
            elif "rises" in said and "falls" not in said:
                assert y[0] < y[-1] and (slopes >= -1e-9).all()


@pytest.mark.parametrize("question", DRAWN, ids=lambda q: q.name)
def test_no_two_boxes_look_alike(question):
    x = np.linspace(0, 1, 201)
    drawn = [np.array([curve.at(x) for curve in box.curves]) for box in question.boxes]
    for i in range(len(drawn)):
        for j in range(i):
            assert abs(drawn[i] - drawn[j]).max() > 0.15
