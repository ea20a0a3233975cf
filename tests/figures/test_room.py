"""The training room's pictures show the numbers that they are given."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.figures.room import (
    FIRST,
    EpochStrip,
    PairCurves,
    RunCurves,
    curves_alt,
    guess_places,
    pair_alt,
    strip_alt,
)
from course_utils.training.room import Plan, Track, load_recording

LINES = {"uniform": 5.0, "counting": 2.2, "floor": 0.46, "memory": 0.09}
GUESS = {"practice": [5.0, 4.0, 3.0, 2.0, 1.0], "held out": [5.0, 4.5, 4.0, 3.5, 3.0]}


@pytest.fixture
def few() -> Track:
    return load_recording().tracks["few"]


@pytest.fixture
def many() -> Track:
    return load_recording().tracks["many"]


def data(line):
    return [np.asarray(values).tolist() for values in line.get_data()]


def test_both_curves_are_drawn_whole_and_near(few, many):
    curves = RunCurves(few.plan, LINES)
    curves.update(few, many)
    for number in (0, 1):
        held, practice = (curves._curves[name][number] for name in ("held out", "practice"))
        assert data(held) == [few.held_steps, few.held_out]
        assert data(practice) == [list(range(1, 601)), few.practice]
        assert data(curves._curves["pale held out"][number])[1] == many.held_out
        assert held.get_linewidth() > 2 * practice.get_linewidth(), "told apart without colour"
    assert curves._curves["pale practice"][0].get_alpha() < 0.5
    assert "pale: 2,000 stories" in [name for _, name in curves._key.rows]
    low, high = curves.views[1].get_ylim()
    assert low < LINES["memory"] and LINES["floor"] < high < LINES["counting"]
    curves.update(few)
    assert data(curves._curves["pale held out"][0]) == [[], []]
    assert not any("pale" in name for _, name in curves._key.rows)
    assert curves._above.visible, "the thick curve lies above the lower picture: it is said"
    curves.update(many)
    assert not curves._above.visible


@pytest.mark.parametrize(("rows", "width"), [(50, 5), (2000, 200), (9000, 600)])
def test_the_first_epoch_is_shaded(rows, width):
    curves = RunCurves(Plan(rows=rows), LINES)
    for ax in curves.views:
        [shade] = ax.patches
        assert (shade.get_x(), shade.get_width()) == (0, width) and shade.get_hatch()
    assert FIRST in curves.whole.get_title(loc="left")


def test_guess_and_look_back_are_marked(few):
    curves = RunCurves(few.plan, LINES)
    curves.update(few, guess=GUESS, marked=120)
    for name, line in curves._guess.items():
        assert data(line) == [[0, 150, 300, 450, 600], GUESS[name]]
    at = few.held_out[few.held_steps.index(120)]
    assert all(data(dot) == [[120], [at]] for dot in curves._dots)
    curves.update(few)
    hidden = [*curves._dots, *curves._markers, *curves._guess.values()]
    assert not any(artist.get_visible() for artist in hidden)
    assert guess_places(600, 5).tolist() == [0, 150, 300, 450, 600]


def test_the_key_names_what_is_drawn_and_lies_on_no_other_name(few, many):
    curves = RunCurves(few.plan, LINES)
    curves.update(Track(few.plan), guess=GUESS)
    assert [name for _, name in curves._key.rows] == ["your guess: unseen", "your guess: practice"]
    curves.update(few, many, GUESS)
    names = ["unseen stories", "practice", "pale: 2,000 stories"]
    assert [name for _, name in curves._key.rows][:3] == names
    curves.update(few, guess=GUESS)
    for (line, name), sample, label in zip(
        curves._key.rows, curves._key.samples, curves._key.labels, strict=False
    ):
        assert (label.text, label.colour) == (name, line.get_color()) and label.visible
        assert sample.get_linestyle() == line.get_linestyle()
        assert sample.get_linewidth() == line.get_linewidth(), "told apart without colour"
    heights = [label.y for label in curves._key.labels[:4]]
    for loss in LINES.values():
        at = curves.whole.transData.transform((0, loss))[1]
        assert all(abs(at - height) > 12 for height in heights), loss


def test_each_curve_has_the_best_possible_of_its_own_text(few):
    curves = RunCurves(few.plan, {**LINES, "practice floor": 0.44})
    names = [[text.get_text() for text in ax.texts] for ax in curves.views]
    assert "best on practice 0.44" in names[1] and "best possible 0.46" in names[1]
    assert "best on practice 0.44" not in names[0]


def test_a_text_without_a_floor_says_so(few):
    curves = RunCurves(few.plan, {"uniform": 4.3, "counting": 1.9})
    assert "not known" in curves.views[1].get_title(loc="left")
    assert "best possible" not in curves_alt(few, curves.lines)


def test_a_line_s_name_stands_at_its_height():
    curves = RunCurves(Plan(), {"uniform": 5.0, "floor": 0.46})
    named = {text.get_text(): text for text in curves.whole.texts}
    assert named["blind guess 5.00"].xy[1] == 5.0
    assert named["best possible 0.46"].xy[1] == 0.46


def test_the_strip_shows_what_was_dealt(few):
    strip = EpochStrip(few.plan)
    assert all(line.text == "" for row in strip.boxes for _, _, words in row for line in words)
    strip.update(few.dealt[:7], few.practice[:7], "two")
    first = [line.text for line in strip.boxes[0][0][2]]
    numbers = [int(n) for n in " ".join(first[:2]).split()]
    assert numbers == [i + 1 for i in few.dealt[0]]
    assert first[2] == f"loss {few.practice[0]:.2f}"
    filled = [[full.get_width() > 0 for _, full, _ in row] for row in strip.boxes]
    assert filled == [[True] * 5, [True, True, False, False, False], [False] * 5]
    lit = [(r, c) for r, row in enumerate(strip.boxes) for c, box in enumerate(row)
           if box[0].get_linewidth() == 3.0]  # fmt: skip
    assert lit == [(1, 1)]
    strip.update(few.dealt[:12], few.practice[:17], "four epochs: the last three are seen")
    assert [name.text for name in strip.names] == ["epoch 2", "epoch 3", "epoch 4"]
    said = [line.text for line in strip.boxes[2][1][2]]
    assert said == ["", f"loss {few.practice[16]:.2f}", ""], "its rows are not recorded"


def test_a_long_epoch_is_a_bar_that_fills(many):
    strip = EpochStrip(many.plan)
    strip.update([], many.practice[:250], "")
    [[first], [second], [third]] = strip.boxes
    wide = first[0].get_width()
    assert [bar[1].get_width() for bar in (first, second, third)] == [wide, wide / 4, 0]
    assert [line.text for line in second[2]] == ["", "50 of 200 batches", ""]


def test_two_runs_have_one_scale_and_their_names(few, many):
    plans, titles = (few.plan, many.plan), ("50 stories", "2,000 stories")
    pair = PairCurves(plans, (LINES, {"uniform": 5.0, "floor": 0.46}), titles, "Only this")
    pair.update([few, many])
    assert pair.axes[0].get_ylim() == pair.axes[1].get_ylim()
    for ax, track, curves, title in zip(pair.axes, (few, many), pair._curves, titles, strict=True):
        assert ax.get_title() == title
        assert data(curves["held out"]) == [track.held_steps, track.held_out]
        assert data(curves["practice"])[1] == track.practice
    alt = pair_alt([few, many], titles, "Only this")
    assert f"practice {few.practice[-1]:.1f}" in alt and "2,000 stories" in alt


def test_the_words_say_what_is_seen(few, many):
    alt = curves_alt(few, LINES, earlier=many, guess=GUESS, marked=40)
    for said in (
        f"Practice went from {few.practice[0]:.1f} to {few.practice[-1]:.1f}",
        "5.0, 4.5, 4.0, 3.5, 3.0", "Marked: step 40", "perfect memory 0.1", "2,000 stories",
        "first 5 steps are shaded",
    ):  # fmt: skip
        assert said in alt
    assert "No step was made yet" in curves_alt(Track(Plan()), LINES)
    numbers = ", ".join(str(i + 1) for i in few.dealt[6])
    assert f"epoch 2, batch 2 with stories {numbers}" in strip_alt(few.until(7))
    assert "No batch" in strip_alt(Track(Plan()))


def test_a_wrong_curve_would_be_seen(few):
    curves = RunCurves(few.plan, LINES)
    curves.update(few)
    first = curves.canvas.png()
    few = Track(few.plan, [x + 0.3 for x in few.practice], few.questions, few.dealt,
                few.held_steps, few.held_out, few.moments)  # fmt: skip
    curves.update(few)
    assert curves.canvas.png() != first
