"""Pictures: what moves is redrawn, what is said is what is drawn, and colours can be read."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.transforms import Bbox
from PIL import Image, ImageFont

from course_utils.figures import canvas, stamps, style
from course_utils.figures.chips import chips_alt, chips_canvas
from course_utils.figures.curve import LearningCurve, curve_alt
from course_utils.figures.cycle import CENTRE, PARTS, CycleRing, cycle_alt
from course_utils.figures.png import png_bytes
from course_utils.figures.ruler import counted, ruler_marks, ruler_picture
from course_utils.figures.scale import MarkScale, scale_alt, spread

NAMES = {"learner": "you", "floor": "best possible"}
LINES = {"uniform": 5.0, "counting": 0.9, "floor": 0.45}


def pixels(canvas) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.png()))).astype(int)


def curve(**changes) -> LearningCurve:
    drawn = LearningCurve(100, LINES)
    steps = np.array([0, 50, 100])
    values = {"held_out": np.array([5.0, 2.0, 0.6]), "mark": 1.5, "passed_at": 60, **changes}
    drawn.update(steps, six_steps=steps, six=np.array([5.1, 2.2, 0.5]), **values)
    return drawn


def test_the_same_numbers_give_the_same_picture_and_others_another():
    same = pixels(curve().canvas)
    assert (same == pixels(curve().canvas)).all()
    for change in ({"held_out": np.array([5.0, 2.0, 0.9])}, {"mark": 1.8}, {"passed_at": None}):
        assert (same != pixels(curve(**change).canvas)).any(), change


def test_a_kept_background_gives_what_a_full_drawing_gives():
    drawn = LearningCurve(100, LINES)
    pixels(drawn.canvas)
    steps = np.array([0, 50, 100])
    drawn.update(
        steps, np.array([5.0, 2.0, 0.6]), steps, np.array([5.1, 2.2, 0.5]), 1.5, 60
    )  # fmt: skip
    assert (pixels(drawn.canvas) == pixels(curve().canvas)).all()


def test_a_stretched_curve_is_one_of_that_length():
    drawn, values = curve(), (np.array([0, 50]), np.array([5.0, 2.0]), np.array([0]), [5.1], 1.5)
    pixels(drawn.canvas)
    drawn.stretch(150)
    longer = LearningCurve(150, LINES)
    for each in (drawn, longer):
        each.update(*values)
    assert (pixels(drawn.canvas) == pixels(longer.canvas)).all()


def test_png_bytes_hold_the_pixels():
    seen = np.random.default_rng(0).integers(0, 256, (7, 5, 3)).astype(np.uint8)
    with Image.open(io.BytesIO(png_bytes(seen))) as image:
        image.load()
        assert image.mode == "RGB" and (np.asarray(image) == seen).all()
    for wrong in (seen[:, :, :2], seen[0], seen.astype(float)):
        with pytest.raises(ValueError, match=r"uint8 of \(height, width, 3\)"):
            png_bytes(wrong)


def test_a_lit_part_covers_the_plain_one_and_leaves_no_trace():
    ring, plain = CycleRing(), pixels(CycleRing().canvas)
    for term in (*(term for term, _ in PARTS), CENTRE[0]):
        ring.light((term,))
        fresh = CycleRing()
        fresh.light((term,))
        lit = pixels(ring.canvas)
        assert (lit == pixels(fresh.canvas)).all() and (lit != plain).any()
    ring.light(())
    assert (pixels(ring.canvas) == plain).all()


def test_the_curve_stands_where_its_numbers_are():
    drawn = curve()
    line = drawn._curves[0]
    np.testing.assert_array_equal(line.get_xydata(), [[0, 5.0], [50, 2.0], [100, 0.6]])
    assert drawn.whole.get_ylim()[1] > 5.0
    low, high = drawn.near.get_ylim()
    assert low < LINES["floor"] < LINES["counting"] < high


@pytest.mark.parametrize("mark", [0.5, 0.88, 1.5, 4.9, 7.0])
def test_no_label_is_cut_or_covers_another(mark):
    drawn = curve(mark=mark)
    drawn.canvas.png()
    renderer = drawn.canvas._agg.get_renderer()
    labels = [label for label in drawn.canvas._labels if label.text and label.visible]
    near = drawn.near.get_tightbbox(renderer)
    boxes = [t.get_window_extent(renderer) for t in drawn.whole.texts]
    boxes += [Bbox.from_extents(label.extent()) for label in labels]
    said = [t.get_text() for t in drawn.whole.texts] + [label.text for label in labels]
    assert len(boxes) == 6 and f"your mark {mark:.2f} (six)" in said
    assert {"best counting 0.90 (unseen)", "○ student, your six"} < set(said)
    for i, box in enumerate(boxes):
        assert box.x1 < near.x0, said[i]
        assert not any(box.overlaps(other) for other in boxes[i + 1 :]), said[i]


def test_text_alternatives_say_what_is_seen():
    steps = np.array([0, 100])
    losses, six = np.array([5.04, 0.61]), np.array([5.25, 0.78])
    said = curve_alt(steps, losses, six, LINES, 1.53, "step 60: it passed you")
    for part in (
        "from 5.04 at step 0 to 0.61 at step 100", "circles, your six questions: from 5.25 to 0.78",
        "best counting 0.90", "your mark on the six 1.53", "step 60",
    ):  # fmt: skip
        assert part in said
    assert "your mark: none yet" in curve_alt(steps, losses, six, LINES)
    assert "a circle, your six questions: 5.25" in curve_alt(steps[:1], losses, six[:1], LINES)
    assert "dog 16" in chips_alt(["cat", "dog"], [4, 16])
    assert "Lit: loss" in cycle_alt(("loss",))
    said = scale_alt(NAMES, {"learner": 1.0, "floor": 0.4}, (0.2, 0.6))
    assert "you 1.00, best possible 0.40" in said and "0.20 and 0.60" in said


def test_a_chip_more_a_part_lit_and_a_mark_moved_are_seen():
    words, notes = ["a", "b", "c", "d", "e"], ["n"] * 5
    four, five = (pixels(chips_canvas(words, [n, 4, 4, 4, 4], notes)) for n in (4, 5))
    assert (four != five).any()
    ring, lit = CycleRing(), []
    for term in (*(term for term, _ in PARTS), CENTRE[0]):
        ring.light((term,))
        lit.append(pixels(ring.canvas))
    assert all((a != b).any() for a, b in pairwise(lit))
    with pytest.raises(ValueError, match="no part called 'lesson'"):
        ring.light(("lesson",))
    with_terms, without = pixels(CycleRing().canvas), pixels(CycleRing(terms=False).canvas)
    assert (with_terms != without).any()


def test_the_scale_puts_each_mark_at_its_loss():
    scale = MarkScale(NAMES, top=5.6)
    scale.update({"learner": 1.0, "floor": 0.4}, (0.2, 0.6))
    before = pixels(scale.canvas)
    assert scale.marks["learner"].get_ydata() == [1.0]
    assert scale.labels["floor"].text == "best possible: 0.40 (hatched: range of luck)"
    assert (scale.range.get_y(), scale.range.get_height()) == (0.2, pytest.approx(0.4))
    scale.update({"learner": 1.2, "floor": 0.4}, (0.2, 0.6))
    assert (pixels(scale.canvas) != before).any()
    scale.update({"learner": 7.98, "floor": 0.4}, (0.2, 0.6))
    assert scale.marks["learner"].get_ydata() == [5.6], "it stays in the picture"
    assert scale.labels["learner"].text == "you: 7.98"
    scale.update({"learner": 1.0, "floor": 0.4}, (0.2, 0.6))
    assert (pixels(scale.canvas) == before).all(), "nothing of an earlier picture is left"


def test_the_ruler_halves():
    confidence, loss = ruler_marks()
    np.testing.assert_allclose(confidence[:-1] / confidence[1:], 2)
    np.testing.assert_allclose(np.diff(loss), np.log(2))
    assert "50 % (10 chips) costs 0.69" in ruler_picture().alt
    assert [counted(p) for p in confidence] == ["", "10 chips", "5 chips", "", ""]


def test_labels_are_spread_but_keep_their_order():
    places = spread(np.array([0.5, 0.45, 5.0, 0.48]), 0.3)
    assert np.diff(np.sort(places)).min() >= 0.3 - 1e-9
    assert (np.argsort(places) == np.argsort([0.5, 0.45, 5.0, 0.48])).all()


def test_every_colour_can_be_read_on_the_card():
    for name, colour in {**style.PALETTE, "ink": style.INK, "quiet": style.QUIET}.items():
        assert style.contrast(colour, style.CARD) >= 4.5, name
    assert style.contrast("#AAAAAA", style.CARD) < 4.5


def test_words_look_the_same_where_the_computer_has_no_library_for_scripts(monkeypatch):
    # Pillow lays words out by Raqm where it finds FriBiDi: a little differently than without.
    def stamped():
        canvas.label_font.cache_clear()
        stamps._drawn.cache_clear()
        return stamps._drawn("Today Ruby was seven.", style.LARGE, style.INK, False)[0]

    here = stamped()
    monkeypatch.setattr(ImageFont.core, "HAVE_RAQM", False)
    assert np.array_equal(here, stamped())
