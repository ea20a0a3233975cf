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
    PriceBars,
    SliceCurve,
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
    drawn.begin(-0.00015)
    drawn.update(np.array([-10, 0, 10]), np.array(changes), here, "loss 1.0")
    return drawn


def test_the_nudged_weight_stands_where_it_was_nudged_to():
    drawn = nudge()
    np.testing.assert_allclose(drawn.here.get_xydata(), [[10, drawn.height(-0.001)]])
    np.testing.assert_allclose(drawn.tangent.get_ydata(), drawn.height(np.array([1.5, -1.5]) / 1e3))
    assert drawn.axis.get_text().endswith("thousandths of a nat")
    marks = {m.get_text(): m.get_position()[1] for m in drawn.marks if m.get_visible()}
    assert len(marks) > 2
    for label, height in marks.items():  # the numbers beside the scale stand where they belong
        assert height == pytest.approx(float(drawn.height(float(label) / 1e3)))
    drawn.update(np.array([0]), np.array([0.0]), 0, "")
    assert not drawn.tangent.get_visible()  # the plan comes after the first nudge


def test_a_nudge_beyond_the_picture_makes_it_larger():
    drawn = nudge(changes=(0.02, 0.0, -0.001))
    assert drawn.high > 0.02 and drawn.tried.get_ydata().max() < 1


@pytest.mark.parametrize(("reach", "name"), [(2, "nats"), (2e-3, "thousandths"), (1e-9, "mill")])
def test_units(reach, name):
    assert unit_for(reach)[1].startswith(name)


def test_a_lessons_bars_are_as_long_as_its_slopes():
    drawn = LessonBars(3)
    drawn.update(["ran", "walked", "8 others"], np.array([-0.6, 0.35, 0.25]), 0, 1)
    assert [bar.get_width() for bar in drawn.bars] == [-0.6, 0.35, 0.25]
    assert drawn.names[0].get_text() == "ran ✓" and drawn.band.get_y() == 0.5
    assert drawn.bars[0].get_hatch() != drawn.bars[1].get_hatch()  # not by colour alone


def test_changes_are_sorted_and_counted():
    changes = np.array([0.5, -0.2, 0.0, 0.1, -1.0])
    drawn = ChangeBars(5)
    drawn.update(changes, 0, "")
    assert [count.get_text() for count in drawn.counts] == ["2 better", "2 worse"]
    assert drawn.better.get_xy()[:, 1].min() == -1.0
    assert drawn.worse.get_xy()[:, 1].max() == 0.5
    np.testing.assert_allclose(drawn.studied.get_xydata(), [[4.5, 0.5]])
    drawn.update(None, None, "")
    assert not drawn.better.get_visible() and not drawn.counts[0].get_visible()


def test_the_slice_stands_where_its_numbers_are():
    rates = 10.0 ** np.arange(-3, 2)
    drawn = SliceCurve(rates, 1.0, 0.8, 0.5)
    drawn.update(rates, np.array([0.99, 0.9, 0.8, 0.95, 40.0]), 2, "")
    here = drawn.here.get_xydata()
    np.testing.assert_allclose(here, [[0.1, 0.8]])
    assert drawn.tried.get_ydata()[-1] < drawn.limits[1]  # 40 nats stand near the upper edge
    assert drawn.beyond.get_visible()
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
    assert drawn.bars[1][1].get_width() == 0
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
    assert "0.800, at 0.1" in slice_alt(np.array([0.01, 0.1]), np.array([0.9, 0.8]), 1.0, "")
    said = layer_alt(["a", "b"], np.array([0.1, 0.2]), np.array([0.3, np.nan]), "")
    assert "a +0.1000 and +0.3000, b +0.2000." in said


def test_prices_and_steps_are_drawn():
    drawn = PriceBars(["a", "b"], "attempts", 0.1, 1e9)
    drawn.update([3, 4e5], ["3", "400,000"])
    assert [bar.get_x() + bar.get_width() for bar in drawn.bars] == [3, pytest.approx(4e5)]
    assert [label.get_text() for label in drawn.labels] == ["3", "400,000"]
    before = pixels(drawn.canvas)
    drawn.update([3, 4e7], ["3", "400,000"])
    assert (before != pixels(drawn.canvas)).any()
    gradients = np.geomspace(1e-5, 1e-1, 500)
    picture = step_picture(gradients, {"SGD": 0.1 * gradients, "AdamW": np.full(500, 0.003)})
    assert "AdamW: the middle half of the steps lies between 0.003 and 0.003" in picture.alt
