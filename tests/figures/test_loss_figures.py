"""Chapter 3's pictures: each mark stands at its number, and the text alternative says the same."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from course_utils.figures import style
from course_utils.figures.duel import duel_alt, duel_canvas, report_alt, report_canvas
from course_utils.figures.graded_words import (
    MOST,
    graded_words_alt,
    graded_words_canvas,
    graded_words_picture,
)
from course_utils.figures.loss_parts import (
    BAR_HEIGHT,
    BAR_WIDTH,
    EDGES,
    FACES,
    MeanParts,
    QuestionParts,
    bar_alt,
    mean_alt,
    signed,
    sum_text,
)
from course_utils.figures.loss_scale import LossScale, limits, scale_alt
from course_utils.figures.price import (
    LEAST,
    SHARE_WIDTH,
    PriceCurve,
    guesses,
    percent_text,
    price_alt,
    share_html,
)
from course_utils.training.corpus import story_corpus
from course_utils.training.grading import grade_test
from course_utils.training.students import load_student

LINES = {"uniform": 5.0, "counting": 0.84, "floor": 0.45}
LABELS = [("Today ___", "a", "first"), ("The ___", "cat", "second")]


def pixels(canvas) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.png()))).astype(int)


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_dot_stands_on_the_curve_and_the_marks_where_they_belong(logarithmic):
    curve = PriceCurve(logarithmic)
    curve.update(0.25, 0.4, 0.5)
    before = pixels(curve.canvas)
    dot = curve._marks["learner"].get_xydata()[0]
    assert dot == pytest.approx([0.25, -math.log(0.25)])
    assert curve._marks["student"].get_xydata()[0, 0] == 0.4
    assert curve._marks["floor"].get_xydata()[0, 1] == pytest.approx(math.log(2))
    curve.update(0.5, 0.4)
    assert not curve._marks["floor"].get_visible() and (pixels(curve.canvas) != before).any()
    curve.update(0.25, 0.4, 0.5)
    assert (pixels(curve.canvas) == before).all(), "nothing of another picture is left"


@pytest.mark.parametrize("right", [True, False])
def test_a_share_is_as_long_as_it_is(right):
    for share in (0.0, 0.004, 0.5, 1.0):
        data = re.search(r"base64,([^\"]+)", share_html(share, right))[1]
        bar = np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))).astype(int)
        filled = (bar[0] != rgb(style.CARD)).any(1)
        assert filled.sum() == round(share * SHARE_WIDTH) and filled[: filled.sum()].all()
    assert 'alt="a bar of 50 %"' in share_html(0.5, right)
    assert share_html(0.5, True) != share_html(0.5, False)


def test_a_straight_line_by_halvings():
    ax = PriceCurve(logarithmic=True).ax
    p, loss = ax.lines[0].get_data()
    places = ax.transData.transform(np.stack([p, loss], 1))
    slopes = np.diff(places[:, 1]) / np.diff(places[:, 0])
    assert np.ptp(slopes) < 1e-6 * abs(slopes[0])
    shown = [label.get_text() for label in ax.get_xticklabels() if label.get_text()]
    assert shown == ["100 %", "25 %", "6.2 %", "1.6 %", "0.39 %"]


def test_an_oracle_that_rules_the_word_out_is_said_to_lose_infinitely_much():
    curve = PriceCurve()
    curve.update(0.25, 0.4, 0.0)
    assert curve._marks["floor"].get_xydata()[0, 0] == LEAST
    assert "infinitely" in price_alt(0.25, 0.4, 0.0)


def test_percentages_and_guesses_in_words():
    said = {0.0: "0 %", 0.0001: "under 0.05 %", 0.014: "1.4 %", 0.25: "25 %", 0.999: "over 99 %",
            1.0: "100 %"}  # fmt: skip
    assert {p: percent_text(p) for p in said} == said
    assert [guesses(x) for x in (0, math.log(2), math.log(150), 9.0)] == [
        "1.0", "2.0", "150", "8,103",
    ]  # fmt: skip


def test_the_mean_s_bar_is_as_long_as_its_parts():
    figure = MeanParts(0, 3)
    figure.update([0.9, 0.3, -0.2], 10, 0.1)
    rects = figure.bar.rects
    assert (rects["unavoidable"].get_x(), rects["unavoidable"].get_width()) == (0, 0.9)
    assert (rects["left to learn"].get_x(), rects["left to learn"].get_width()) == (0.9, 0.3)
    assert rects["luck"].get_width() == -0.2 and figure.bar.tip.get_marker() == "<"
    assert figure.bar.tip.get_xdata()[0] == pytest.approx(1.0), "luck ends at the loss"
    assert figure.range.get_xdata() == pytest.approx([1.1, 1.3])
    assert figure.pointer.get_xdata() == pytest.approx([1.0, 1.0])
    above = figure.loss.y - figure.ax.transData.transform((0, max(figure.pointer.get_ydata())))[1]
    assert above > 10, "the pointer ends below the words, whose middle is here"
    assert (figure.loss.text, figure.loss.side) == ("mean loss 1.00", "middle")
    assert figure.loss.x == pytest.approx(figure.ax.transData.transform((1.0, 0))[0])
    figure.update([0.9, 0.3, 0.2], 10, 0.1, "the trained student")
    assert figure.title.get_text() == "The trained student, 10 questions: mean loss 1.40"
    assert figure.bar.tip.get_marker() == ">"
    assert len({rect.get_hatch() for rect in rects.values()}) == 3, "three patterns"
    said = mean_alt([0.9, 0.3, -0.2], 10, 0.1)
    assert "mean loss 1.00" in said and "luck −0.20, pointing left" in said
    for parts, side in (([0.0, 0.0, 0.01], "left"), ([2.0, 0.9, 0.0], "right")):
        figure.update(parts, 1, 0.1)
        assert figure.loss.side == side, "words at an end stay inside the picture"
    sums = {(0.56, 0.13, -0.2): "0.56 + 0.13 − 0.20", (1, 0, 0.001): "1.00 + 0.00 + 0.00"}
    assert {parts: sum_text(parts) for parts in sums} == sums
    assert [signed(x) for x in (0.2, -0.861, -0.001)] == ["+0.20", "−0.86", "0.00"]


def test_a_question_s_bar_is_as_long_as_its_parts():
    figure = QuestionParts(0, 4)
    picture = figure.pixels([1.0, 1.0, 1.0], 3.0)
    assert picture.shape == (BAR_HEIGHT, BAR_WIDTH, 3)
    line = picture[8]  # beside the thinner luck
    quarter = BAR_WIDTH // 4
    learn = (line == rgb(FACES["left to learn"])).all(1)
    assert learn[quarter + 1 : 2 * quarter - 1].all() and not learn[: quarter - 1].any()
    card = (line[2 * quarter + 1 : 3 * quarter - 1] == rgb(style.CARD)).all(1)
    middle = (picture[BAR_HEIGHT // 2] == rgb(EDGES["luck"])).all(1)
    assert middle[3 * quarter - 3] and not middle[3 * quarter + 3]
    assert len(card) and not learn[2 * quarter + 1 :].any()


def test_luck_that_points_left_lies_over_the_bar():
    figure = QuestionParts(0, 4)
    picture = figure.pixels([2.0, 1.0, -2.0], 1.0)
    middle = (picture[BAR_HEIGHT // 2] == rgb(EDGES["luck"])).all(1)
    quarter = BAR_WIDTH // 4
    assert middle[quarter] and not middle[: quarter - 1].any() and not middle[3 * quarter :].any()
    no_luck = figure.pixels([2.0, 1.0, 0.001], 3.001)
    assert not (no_luck == rgb(EDGES["luck"])).all(2).any()
    bare = figure.pixels(None, 2.0)
    assert (bare[8, 5 : 2 * quarter - 2] == rgb(FACES["left to learn"])).all()
    assert "luck −2.00" in bar_alt([2.0, 1.0, -2.0], 1.0) and bar_alt(None, 2.0) == "loss 2.00"
    assert 'alt="unavoidable 2.00' in figure.html([2.0, 1.0, 0.0], 3.0)


def test_the_duel_s_bars_are_its_losses():
    losses = np.array([[1.0, 2.0], [0.5, 4.0]])
    canvas = duel_canvas(LABELS, losses, (1.5, 2.25))
    widths = [bar.get_width() for bar in canvas.figure.axes[0].patches]
    assert widths == [1.0, 0.5, 2.0, 4.0, 1.5, 2.25]
    hatches = {bar.get_hatch() for bar in canvas.figure.axes[0].patches}
    assert hatches == {"", "///"}, "A and B differ in black and white"
    said = duel_alt(LABELS, losses, (1.5, 2.25))
    assert "cat (second for both): A 2.00, B 4.00" in said and "A 1.50, B 2.25" in said


def test_both_reports_are_drawn_alike():
    bars = report_canvas((0.5, 0.3, 0.2)).figure.axes[0].patches
    first, second = ([bar.get_width() for bar in bars[i : i + 3]] for i in (0, 3))
    assert first == second == pytest.approx([0.475, 0.285, 0.19])
    assert "spot on 50 %, close 30 %, way off 20 %" in report_alt((0.5, 0.3, 0.2))


def test_the_scale_puts_lines_students_and_guess_at_their_losses():
    scale = LossScale(LINES, 0, 5.6, ("half", 1.06), [("untrained", 5.1), ("wild", 9.0)])
    assert [name for name, *_ in scale.shown] == ["untrained", "half"]
    flat = [line.get_ydata()[0] for line in scale.ax.lines if len(set(line.get_ydata())) == 1]
    for at in (*LINES.values(), 1.06, 5.1):
        assert at in flat
    scale.update(2.5)
    assert scale.mark.get_ydata() == [2.5] and scale.label.get_text() == "your mark: 2.50"
    with_guess = pixels(scale.canvas)
    scale.update(None)
    assert (pixels(scale.canvas) != with_guess).any() and not scale.mark.get_visible()
    assert "isn't shown yet" in scale_alt(LINES, 2.5, None)
    assert "half 1.06" in scale_alt(LINES, None, ("half", 1.06))


def test_near_the_best_shows_the_floor_and_counting_larger():
    low, high = limits(LINES, near=True)
    assert low < 0.45 < 0.84 < 1.06 < high < 2
    assert limits(LINES, near=False) == (0.0, pytest.approx(5.6))
    low, high = limits({"uniform": 3.0, "counting": 1.5}, near=True)
    assert low < 1.5 < high < 3.4


def test_a_student_s_label_stands_on_the_same_side_of_a_line_as_its_mark():
    scale = LossScale(LINES, 0, 5.6, ("half", 1.06), [("later", 0.79), ("last", 0.6)])
    heights = {t.get_text().split(":")[0]: t.get_position()[1] for t in scale.ax.texts}
    assert heights["half"] == pytest.approx(1.06) and heights["later"] < LINES["counting"]
    assert heights["half"] > heights["later"] > heights["last"] > 0


@pytest.mark.parametrize("near", [False, True])
def test_no_label_of_the_scale_covers_another(near):
    others = [("untrained", 5.08), ("after 100 tests", 0.79), ("after 300 tests", 0.7)]
    scale = LossScale(LINES, *limits(LINES, near), ("after 65 tests", 1.06), others)
    scale.canvas.png()
    renderer = scale.canvas._agg.get_renderer()
    boxes = [t.get_window_extent(renderer) for t in scale.ax.texts if t is not scale.label]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :]), scale.ax.texts[i]


def test_graded_words_show_each_loss():
    canvas = graded_words_canvas(["a", "cat"], [0.5, 2.0], [1, 4])
    assert [bar.get_height() for bar in canvas.figure.axes[0].patches] == [0.5, 2.0]
    said = graded_words_alt(["a", "cat"], [0.5, 2.0], [1, 4])
    assert "cat 2.00 (rank 4)" in said and "mean is 1.25" in said
    corpus = story_corpus(1)
    test = grade_test(load_student("untrained"), corpus, 20)
    assert f"{corpus.label(int(test.answers[3]))} " in graded_words_picture(test, 3, 2).alt
    with pytest.raises(ValueError, match=f"1 to {MOST} words"):
        graded_words_picture(test, 0, MOST + 1)
