"""The pictures of feedback stand where their numbers are, and say what they show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from course_utils.figures.feedback import (
    ChangeBars,
    LayerBars,
    LessonBars,
    NudgeCurve,
    PriceMarks,
    SliceCurve,
    _decimal,
    change_alt,
    layer_alt,
    lesson_alt,
    nudge_alt,
    price_alt,
    slice_alt,
    step_picture,
    unit_for,
)
from course_utils.training.feedback import GOOD, PAST, TOO_SHORT, WALL


def pixels(canvas) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.png()))).astype(int)


def nudge(here=2, changes=(0.002, 0.0, -0.001)) -> NudgeCurve:
    drawn = NudgeCurve(10)
    drawn.begin(-0.15, 0.001)
    drawn.update(np.array([-10, 0, 10]), np.array(changes), here, "loss 1.0")
    return drawn


def test_the_nudged_weight_stands_where_it_was_nudged_to():
    drawn = nudge()
    np.testing.assert_allclose(drawn.here.get_xydata(), [[10, drawn.height(-0.001)]])
    np.testing.assert_allclose(drawn.tangent.get_ydata(), drawn.height(np.array([1.5, -1.5]) / 1e3))
    assert drawn.axis.text.endswith("thousandths of a nat")
    assert drawn.across.text == "nudges of 0.001 each, down and up"
    marks = {m.text: m.y for m in drawn.marks if m.visible}
    assert len(marks) > 2
    for label, pixel in marks.items():  # the numbers beside the scale stand where they belong
        height = drawn.ax.transData.inverted().transform((0, pixel))[1]
        assert height == pytest.approx(float(drawn.height(float(label.replace("−", "-")) / 1e3)))
    drawn.update(np.array([0]), np.array([0.0]), 0, "")
    assert not drawn.tangent.get_visible()  # the plan comes after the first nudge
    assert not drawn.plan.visible and not drawn.run.visible and not drawn.rise.visible


def test_run_and_rise_are_named_beside_their_lines():
    drawn = nudge(here=2, changes=(0.002, 0.0, -0.001))
    drawn.update(np.array([0, 6]), np.array([0.0, -0.001]), 1, "")
    x, ground = drawn.ax.transData.transform((6, float(drawn.height(0.0))))
    low = drawn.ax.transData.transform((6, float(drawn.height(-0.001))))[1]
    assert drawn.run.visible and drawn.run.y > ground and drawn.run.x < x
    assert drawn.rise.visible and drawn.rise.x > x and low < drawn.rise.y < ground
    drawn.update(np.array([0, 6]), np.array([0.0, -1e-6]), 1, "")
    assert not drawn.rise.visible  # too low to be named


def test_a_nudge_beyond_the_picture_makes_it_larger():
    drawn = nudge(changes=(0.02, 0.0, -0.001))
    assert drawn.high > 0.02 and drawn.tried.get_ydata().max() < 1


@pytest.mark.parametrize(("reach", "name"), [(2, "nats"), (2e-3, "thousandths"), (1e-9, "mill")])
def test_units(reach, name):
    assert unit_for(reach)[1].startswith(name)


def test_a_lessons_bars_are_as_long_as_its_slopes():
    drawn = LessonBars(3)
    drawn.update(["ran", "walked", "8 others"], np.array([0.4, 0.35, 0.25]), 0, 1)
    assert [bar.get_width() for bar in drawn.bars] == [-0.6, 0.35, 0.25]
    assert drawn.names[0].text == "ran ✓" and drawn.band.get_y() == 0.5
    assert [total.text for total in drawn.sums] == [
        "0.40 − 1 = −0.60", "0.35 − 0 = +0.35", "0.25 − 0 = +0.25",
    ]  # fmt: skip
    zero = drawn.ax.transData.transform((0, 0))[0]
    # Each sum stands on the side of zero where its bar is not.
    assert drawn.sums[0].x > zero and drawn.sums[0].side == "left"
    assert drawn.sums[1].x < zero and drawn.sums[1].side == "right"
    assert drawn.bars[0].get_hatch() != drawn.bars[1].get_hatch()  # not by colour alone


def test_changes_are_sorted_and_counted():
    changes = np.array([0.5, -0.2, 0.0, 0.1, -1.0])
    drawn = ChangeBars(5)
    drawn.update(changes, 0, "")
    assert [count.text for count in drawn.counts] == ["2 better", "2 worse"]
    zero = drawn.ax.transData.transform((0, 0))[1]
    assert drawn.counts[0].y < zero < drawn.counts[1].y  # each on the side of its bars
    assert drawn.counts[0].x < drawn.counts[1].x
    assert drawn.better.get_xy()[:, 1].min() == -1.0
    assert drawn.worse.get_xy()[:, 1].max() == 0.5
    np.testing.assert_allclose(drawn.studied.get_xydata(), [[4.5, 0.5]])
    drawn.update(None, None, "")
    assert not drawn.better.get_visible() and not drawn.counts[0].visible
    assert not drawn.label.visible


def test_the_slice_stands_where_its_numbers_are():
    rates = 10.0 ** np.arange(-3, 2)
    drawn = SliceCurve(rates, 1.0, 0.8, 0.5)
    drawn.update(rates, np.array([0.99, 0.9, 0.8, 0.95, 40.0]), 2, "")
    here = drawn.here.get_xydata()
    np.testing.assert_allclose(here, [[0.1, 0.8]])
    # 40 nats lie above the picture: the curve leaves it, and a triangle stands at the edge.
    assert drawn.tried.get_ydata()[-1] == 40
    np.testing.assert_allclose(drawn.beyond.get_xydata(), [[10, drawn.limits[1]]])
    assert drawn.higher.visible and drawn.higher.text == "▲ higher: 40 at 10"
    assert not drawn.named.visible and len(drawn.unseen.get_xdata()) == 0
    drawn.update(rates, np.array([0.99, 0.9, 0.8, 0.95, 40.0]), 4, "", unseen=np.ones(5))
    assert drawn.named.visible and list(drawn.unseen.get_ydata()) == [1.0] * 5
    assert drawn.here.get_ydata()[0] == drawn.limits[1]
    before = pixels(drawn.canvas)
    drawn.show_zones([TOO_SHORT, TOO_SHORT, GOOD, PAST, WALL])
    shown = {text.get_text() for text in drawn.ax.texts}
    assert {TOO_SHORT, GOOD, PAST, WALL} <= shown
    assert (before != pixels(drawn.canvas)).any()
    drawn.show_zones([])
    assert (before == pixels(drawn.canvas)).all()


def test_layers_have_two_bars_each():
    drawn = LayerBars(["a", "b"])
    drawn.update(np.array([0.1, 0.4]), np.array([0.2, np.nan]), "")
    assert drawn.bars[0][1].get_width() == pytest.approx(2 * drawn.bars[0][0].get_width())
    assert not drawn.bars[1][1].get_visible() and drawn.bars[1][0].get_visible()
    said = [[number.text for number in pair] for pair in drawn.numbers]
    assert said == [["+0.1000", "+0.2000"], ["+0.4000", ""]]
    assert drawn.numbers[1][0].x > drawn.numbers[0][0].x  # each at the end of its bar
    names = [text.get_text() for text in drawn.ax.get_legend().get_texts()]
    assert names == ["promised", "given"]
    assert drawn.bars[0][0].get_hatch() != drawn.bars[0][1].get_hatch()
    drawn.update(np.array([0.1, 0.4]), np.array([-0.2, 0.4]), "")
    assert drawn.bars[0][1].get_width() < 0


def test_the_same_numbers_give_the_same_picture_and_others_another():
    same = pixels(nudge().canvas)
    assert (same == pixels(nudge().canvas)).all()
    assert (same != pixels(nudge(here=0).canvas)).any()


def test_a_kept_background_gives_what_a_full_drawing_gives():
    drawn = nudge(here=0)
    pixels(drawn.canvas)
    drawn.update(np.array([-10, 0, 10]), np.array([0.002, 0.0, -0.001]), 2, "loss 1.0")
    assert (pixels(drawn.canvas) == pixels(nudge().canvas)).all()


def test_alternatives_say_what_is_seen():
    changes = np.array([0.5, -0.2])
    assert "1 better, 1 worse" in change_alt(changes, 0, "") and "+0.50" in change_alt(
        changes, 0, ""
    )
    assert "nothing applied" in change_alt(None, None, "")
    assert "+0.1: -0.02" in nudge_alt(np.array([0, 0.1]), np.array([0, -0.02]), 1, "")
    assert "ran -0.60" in lesson_alt(["ran", "x"], np.array([-0.6, 0.6]), 0)
    assert "nudging 12" in price_alt(["nudging"], "seconds", ["12"])
    rates, losses = np.array([0.01, 0.1]), np.array([0.9, 0.8])
    assert "0.800, at 0.1" in slice_alt(rates, losses, 1.0, "")
    assert "0.700, at 0.01" in slice_alt(rates, losses, 1.0, "", np.array([0.7, 0.9]))
    said = layer_alt(["a", "b"], np.array([0.1, 0.2]), np.array([0.3, np.nan]), "")
    assert "a +0.1000 and +0.3000, b +0.2000." in said


def test_prices_and_steps_are_drawn():
    drawn = PriceMarks(["a", "b"], "attempts", 0.1, 1e9)
    drawn.update([3, 4e5], ["3", "400,000"])
    assert [mark.get_xdata()[0] for mark in drawn.marks] == [3, 4e5]
    assert [label.text for label in drawn.labels] == ["3", "400,000"]
    assert drawn.labels[0].x > drawn.ax.transData.transform((3, 0))[0]  # right of its mark
    assert drawn.labels[1].x < drawn.ax.transData.transform((4e5, 1))[0]  # no room at the right
    before = pixels(drawn.canvas)
    drawn.update([3, 4e7], ["3", "400,000"])
    assert (before != pixels(drawn.canvas)).any()
    gradients = np.geomspace(1e-5, 1e-1, 500)
    picture = step_picture(
        {"SGD": (gradients, 0.1 * gradients), "AdamW": (2 * gradients, np.full(500, 0.003))}
    )
    assert "AdamW: the middle half of the steps lies between 0.003 and 0.003" in picture.alt


def test_marks_of_one_scale_are_of_one_kind():
    marks = [_decimal(size, 0) for size in (1e-6, 1e-5, 1e-2, 1.0)]
    assert marks == ["0.000001", "0.00001", "0.01", "1"]
