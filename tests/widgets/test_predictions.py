"""Predictions as widgets: a choice, a number and a curve, each with the learner's confidence."""

from __future__ import annotations

import math
import re

import ipywidgets as W
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

from course_utils.figures.predictions import CurveSheet, NumberScale, Scale, curve_alt, number
from course_utils.learning.progress import Progress
from course_utils.widgets import ChoiceCard, CurvePrediction, NumberPrediction
from course_utils.widgets.curve_board import CurveBoard
from course_utils.widgets.curve_prediction import mean_distance
from course_utils.widgets.panel import Panel
from course_utils.widgets.spoken_names import SpokenNames

EVIL = "<script>alert(1)</script>&\"'"


@pytest.fixture
def progress(tmp_path) -> Progress:
    return Progress(tmp_path / "p.json")


def kept(progress, name):
    return [entry.data for entry in progress.entries("prediction", name)]


def controls_in_sight(box):
    for child in box.children:
        if child.layout is not None and child.layout.display == "none":
            continue
        if isinstance(child, W.Box):
            yield from controls_in_sight(child)
        elif not isinstance(child, W.HTML | SpokenNames):
            yield child


def a_choice(progress=None, **options) -> ChoiceCard:
    return ChoiceCard(
        "How many?",
        ["1", "5", "40"],
        name="how many",
        confidence=True,
        progress=progress,
        **options,
    )


def a_number(progress=None, **options) -> NumberPrediction:
    return NumberPrediction(
        "How many weights?", 1e3, 1e9, margin=2, unit="weights", log=True, name="weights",
        progress=progress, **options,
    )  # fmt: skip


def a_curve(progress=None, **options) -> CurvePrediction:
    return CurvePrediction(
        "How does the loss fall?", [0, 50, 100], 0, 5, margin=0.5, across="steps", up="loss",
        unit="nats", lines={"blind guess": 5.0}, name="fall", progress=progress, **options,
    )  # fmt: skip


# A choice


def test_a_choice_is_made_when_it_is_said_how_sure(progress):
    card, heard = a_choice(progress), []
    card.on_answer(lambda: heard.append(card.prediction.chosen))
    assert [c.description for c in controls_in_sight(card)] == [""], "the options alone"
    card.keep_button.click()
    assert "Choose an option first" in card.trouble.value
    card.options.index = 1
    assert card.prediction.chosen is None and heard == [] and kept(progress, "how many") == []
    assert len(list(controls_in_sight(card))) == 3
    card.sure.value = 0.6
    card.keep_button.click()
    assert (card.prediction.chosen, card.prediction.confidence, heard) == (1, 0.6, [1])
    assert card.options.disabled and card.sure.disabled
    [data] = kept(progress, "how many")
    assert data["answer"] == "5" and data["confidence"] == 0.6 and data["options"] == 3
    card.keep_button.click()  # it says "Change my answer" now
    assert card.prediction.chosen is None and not card.options.disabled and heard == [1, None]
    card.choose(2, confidence=0.9)
    card.outcome(2, "There are 40.")
    for words in (
        "You said: “40”, 90 % sure",
        "So it was.",
        "There are 40.",
        f"{-math.log(0.9):.2f}",
    ):
        assert words in card.reply.value
    assert card.options.disabled and card.keep_button.layout.display == "none"
    assert kept(progress, "how many")[-1]["right"] is True
    count = len(progress.entries())
    card.outcome(0)
    assert len(progress.entries()) == count and "So it was" in card.reply.value


def test_a_wrong_choice_is_shown_beside_what_came(progress):
    card = a_choice(progress)
    card.choose(0, confidence=0.8)
    card.outcome(2)
    assert "You said: “1”, 80 % sure. It came out otherwise: “40”" in card.reply.value
    assert (
        f"costs you {-math.log(0.1):.2f}; a blind guess costs {math.log(3):.2f}" in card.reply.value
    )
    other = ChoiceCard("?", ["a", "b"], name="x", progress=progress)
    other.choose(0)
    other.outcome("neither")
    assert "otherwise: “neither”" in other.reply.value and kept(progress, "x")[-1]["right"] is False


def test_an_answer_after_the_outcome_is_no_prediction(progress):
    card = a_choice(progress)
    card.outcome(2)
    card.choose(2, confidence=0.9)
    assert kept(progress, "how many") == [] and "counted" in card.reply.value
    card.outcome(2)
    assert kept(progress, "how many") == []


def test_with_the_right_one_known_the_outcome_follows_at_once_and_the_first_answer_stays(progress):
    card = ChoiceCard(
        "?", ["a", "b"], ["no", "yes"], name="x", confidence=True, right=1, progress=progress
    )
    card.choose(0, confidence=0.7)
    assert card.reply.value.startswith('<p role="status">no')
    assert f"{-math.log(0.3):.2f}" in card.reply.value and not card.options.disabled
    card.choose(1)
    assert "yes" in card.reply.value and "Your answer was “a”; it stays" in card.reply.value
    assert card.prediction.chosen == 0 and len(kept(progress, "x")) == 2


def test_the_right_one_may_be_shown_later_by_another_widget(progress):
    card = a_choice(progress, right=2, reveal=False)
    card.choose(2, confidence=0.5)
    assert card.came is None and "So it was" not in card.reply.value
    card.outcome()
    assert card.came == "40" and kept(progress, "how many")[-1]["right"] is True
    nobody = a_choice(progress)
    nobody.choose(1, confidence=0.5)
    for wrong in (None, 7):
        with pytest.raises(ValueError, match="turned out right"):
            nobody.outcome(wrong)
    with pytest.raises(ValueError, match="right is 0 to 2"):
        a_choice(progress, right=3)
    with pytest.raises(ValueError, match="0 to 2"):
        nobody.choose(3)


def test_a_card_without_a_name_keeps_nothing(progress):
    card = ChoiceCard("?", ["a", "b"], progress=progress)
    assert not hasattr(card, "sure"), "no control is made that isn't shown"
    card.choose(1)
    card.outcome(1)
    assert progress.entries() == [] and "So it was." in card.reply.value


def test_who_no_longer_listens_hears_nothing(progress):
    card, heard = a_choice(progress), []
    end = card.on_answer(lambda: heard.append(1))
    end()
    end()
    card.choose(1, confidence=0.5)
    assert heard == []


# A number


def test_a_number_is_placed_kept_and_laid_beside_what_came(progress):
    view = a_number(progress)
    assert (
        "not answered yet" in view.reply.value.lower() and len(list(controls_in_sight(view))) == 3
    )
    view.keep_button.click()
    assert "Move the mark first" in view.trouble.value and view.made is None
    view.guess.value = 1e5
    assert "Your mark: 100,000 weights" in view.picture.value
    view.sure.value = 0.75
    view.keep_button.click()
    assert view.guess.disabled and kept(progress, "weights")[0]["answer"] == pytest.approx(1e5)
    view.keep_button.click()
    assert view.made is None and not view.guess.disabled
    view.keep_button.click()
    view.outcome(113_088, "That is chapter 0's student.")
    for words in (
        "You said 100,000 weights, 75 % sure",
        "It is 113,088 weights: within",
        "chapter 0",
    ):
        assert words in view.reply.value
    assert f"{-math.log(0.75):.2f}" in view.reply.value
    last = kept(progress, "weights")[-1]
    assert last["right"] is True and last["outcome"] == 113_088 and last["options"] == 2
    view.outcome(5)
    assert kept(progress, "weights")[-1] == last
    view.keep_button.click()
    assert view.made == pytest.approx(1e5), "it stays"


def test_a_number_far_off_costs_more(progress):
    view = a_number(progress)
    view.place(1e7)
    view.sure.value = 0.95
    view.press()
    view.outcome(113_088)
    assert "not within" in view.reply.value and f"{-math.log(0.05):.2f}" in view.reply.value
    view = a_number(progress)
    view.outcome(5)
    assert view.came is None, "nothing before there is a number"
    with pytest.raises(ValueError, match="isn't on it"):
        view.place(5)


@pytest.mark.parametrize(
    ("scale", "guess", "value", "near"),
    [
        (Scale(0, 10, margin=1), 4, 5, True), (Scale(0, 10, margin=1), 4, 5.01, False),
        (Scale(1, 1e6, log=True, margin=2), 100, 200, True),
        (Scale(1, 1e6, log=True, margin=2), 100, 201, False),
        (Scale(1, 1e6, log=True, margin=2), 100, 50, True),
        (Scale(1, 1e6, log=True, margin=2), 100, 0, False),
    ],
)  # fmt: skip
def test_near_enough(scale, guess, value, near):
    assert scale.near(guess, value) is near


@pytest.mark.parametrize(
    ("low", "high", "margin", "log"),
    [(1, 1, 1, False), (5, 1, 1, False), (0, 10, 2, True), (0, 10, 0, False), (1, 10, 1, True)],
)
def test_an_impossible_scale_is_refused(low, high, margin, log):
    with pytest.raises(ValueError, match=r"can't be drawn|margin"):
        NumberPrediction("?", low, high, margin, log=log)


def test_the_mark_stands_where_it_should():
    figure = NumberScale(Scale(1, 1000, log=True, margin=2))
    figure.update(100, 50)
    assert figure._mark.get_xdata() == [100] and figure._outcome.get_xdata() == [50]
    assert figure._band.get_x() == 50 and figure._band.get_width() == pytest.approx(150)
    left, right = (figure._pixel(value) for value in (10, 100))
    assert right - left == pytest.approx(630 / 3, abs=1)
    figure.update(None)
    assert not figure._mine.visible and not figure._real.visible


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (113_088.2, "113,088"), (12.345, "12.3"), (0.000123, "0.000123"), (5.0, "5"),
     (-2.5, "-2.5"), (100, "100"), (1e9, "1,000,000,000")],
)  # fmt: skip
def test_numbers_as_people_read_them(value, said):
    assert number(value) == said


@settings(max_examples=40, deadline=None)
@given(st.floats(1e3, 1e9), st.sampled_from([0.05, 0.5, 0.95]), st.floats(0, 1e12))
def test_any_number_is_graded(tmp_path_factory, guess, sure, came):
    progress = Progress(tmp_path_factory.mktemp("p") / "p.json")
    view = a_number(progress)
    view.place(guess)
    view.sure.value = sure
    view.press()
    view.outcome(came)
    data = kept(progress, "weights")[-1]
    assert view.trouble.value == "" and data["score"] in (
        pytest.approx(-math.log(sure)), pytest.approx(-math.log(1 - sure)),
    )  # fmt: skip


# A curve


def drag(board, point, value):
    """What the browser sends when a point was moved."""
    board.moved = [*board.moved, [0, point]]
    values = list(board.values[0])
    values[point] = value
    board.values = [values]


def test_a_curve_is_drawn_kept_and_laid_beside_what_came(progress):
    view = a_curve(progress)
    view.keep_button.click()
    assert "Nothing is drawn yet" in view.trouble.value
    for point, value in enumerate((5.0, 2.0, 1.0)):
        drag(view.board, point, value)
    assert view.drawn == [5.0, 2.0, 1.0] and "5 at 0, 2 at 50, 1 at 100" in view.board.alt
    view.sure.value = 0.8
    view.keep_button.click()
    assert view.board.locked and kept(progress, "fall")[0]["answer"] == [5.0, 2.0, 1.0]
    view.outcome([0, 25, 75, 100], [5.0, 3.0, 1.4, 1.2], "So it fell.")
    assert view.board.layout.display == "none" and "What came: 5 at 0" in view.picture.value
    far = np.mean([0, 0.2, 0.2])
    assert f"lies {number(far)} nats from what came" in view.reply.value
    assert "So it fell." in view.reply.value and "within 0.5 nats" in view.reply.value
    last = kept(progress, "fall")[-1]
    assert last["right"] is True and last["outcome"] == [5.0, 2.2, 1.2]
    assert last["score"] == pytest.approx(-math.log(0.8))


def test_a_curve_far_off_and_one_that_is_taken_back(progress):
    view = a_curve(progress)
    view.draw([1, 1, 1])
    view.press()
    view.press()
    assert view.made is None and not view.board.locked
    view.outcome([0, 100], [5, 1])
    assert view.came is None
    view.press()
    view.outcome([0, 100], [5, 1])
    assert "not within" in view.reply.value and kept(progress, "fall")[-1]["right"] is False
    with pytest.raises(ValueError, match="has 3 values from 0 to 5"):
        view.draw([1, 2])
    with pytest.raises(ValueError, match="has 3 values from 0 to 5"):
        view.draw([1, 2, 9])
    with pytest.raises(ValueError, match="two places"):
        CurvePrediction("?", [0], 0, 1, margin=0.1)
    with pytest.raises(ValueError, match="two places"):
        CurvePrediction("?", [0, 0], 0, 1, margin=0.1)


def test_a_logarithmic_curve_is_measured_in_factors(progress):
    view = CurvePrediction("?", [0, 1], 1, 1000, margin=2, log=True, progress=progress)
    view.draw([10, 100])
    view.press()
    view.outcome([0, 1], [20, 100])
    assert (
        f"a factor of {number(math.sqrt(2))}" in view.reply.value and ": within" in view.reply.value
    )
    assert mean_distance(view.scale, [10], [20]) == pytest.approx(math.log(2))


def test_the_points_lie_on_the_picture_s_own_axes():
    sheet = CurveSheet(
        Scale(0, 5, margin=0.5), [0, 50, 100], ("steps", "loss"), {"blind guess": 5.0}
    )
    left, top, width, height = sheet.box
    for place, value in ((0, 0), (50, 2.5), (100, 5)):
        x, y = sheet.ax.transData.transform((place, value))
        assert x == pytest.approx(left + width * place / 100)
        assert sheet.canvas.height - y == pytest.approx(top + height * (1 - value / 5))
    sheet.update([5, 2, 1], ([0, 100], [5, 1]))
    assert (
        sheet._guess.get_ydata().tolist() == [5, 2, 1]
        if hasattr(sheet._guess.get_ydata(), "tolist")
        else list(sheet._guess.get_ydata()) == [5, 2, 1]
    )
    assert "blind guess 5" in curve_alt(sheet, None)


def test_the_board_says_all_that_a_screen_reader_needs():
    script = CurveBoard._esm
    script = script if isinstance(script, str) else str(script)
    for words in ('role: "slider"', "aria-valuenow", "aria-valuetext", "aria-label", "tabindex: 0"):
        assert words in script
    assert set(re.findall(r"https?://[\w./]+", script)) == {"http://www.w3.org/2000/svg"}
    view = a_curve()
    assert view.board.names == [
        ["your curve at 0 steps", "your curve at 50 steps", "your curve at 100 steps"]
    ]


# All of them


@pytest.mark.parametrize("make", [a_choice, a_number, a_curve])
def test_a_still_is_an_example_and_stays_the_same(make, progress):
    view = make(progress)
    bundle = view._repr_mimebundle_()
    still = bundle["text/html"]
    assert "An example learner" in still and "<script" not in still and "<svg" not in still
    assert still.count("<img") == still.count('<img alt="') and 'alt=""' not in still
    if make is a_number:
        view.place(5e3)
        view.press()
        view.outcome(7e3)
    elif make is a_curve:
        view.draw([1, 2, 3])
        view.press()
        view.outcome([0, 100], [1, 1])
    else:
        view.choose(1, confidence=0.5)
        view.outcome(2)
    assert view.still() == still
    assert len(list(controls_in_sight(view))) <= 3
    assert 'role="status"' in view.reply.value


@pytest.mark.parametrize("make", [a_choice, a_number, a_curve])
def test_closing_leaves_no_widget_open(make, progress):
    before = {k for k, w in _instances.items() if isinstance(w, W.DOMWidget)}
    view = make(progress)
    view.close()
    after = {k for k, w in _instances.items() if isinstance(w, W.DOMWidget)}
    assert after <= before


@pytest.mark.parametrize("make", [a_choice, a_number, a_curve])
def test_two_copies_do_not_disturb_each_other(make, progress):
    first, second = make(progress), make(progress)
    before = second.reply.value
    if make is a_choice:
        first.choose(1, confidence=0.5)
    elif make is a_number:
        first.place(5e3)
        first.press()
    else:
        first.draw([1, 2, 3])
        first.press()
        assert second.drawn == [2.5] * 3
    assert second.reply.value == before and first.reply.value != before


def test_what_a_learner_or_a_chapter_writes_is_escaped(progress):
    card = ChoiceCard(EVIL, [EVIL, "b"], [EVIL, EVIL], name="x", confidence=True, progress=progress)
    card.choose(0, confidence=0.6)
    card.outcome(EVIL, EVIL)
    number_ = NumberPrediction(EVIL, 0, 1, 0.1, unit=EVIL, progress=progress)
    number_.place(0.5)
    number_.press()
    number_.outcome(0.5, EVIL)
    for view in (card, number_):
        shown = [c.value for c in parts(view) if isinstance(c, W.HTML)]
        assert "&lt;script" in "".join(shown)
        assert "<script" not in "".join(shown) and "<script" not in view.still()


def parts(box):
    for child in box.children:
        yield child
        yield from parts(child) if isinstance(child, W.Box | Panel) else ()


def test_a_place_that_cannot_be_written_is_told_once(tmp_path):
    (tmp_path / "file").write_text("")
    progress = Progress(tmp_path / "file" / "p.json")
    card = a_choice(progress)
    card.choose(0, confidence=0.5)
    assert "be saved" in card.trouble.value and "COURSE_PROGRESS" in card.trouble.value
    card.outcome(2)
    other = a_number(progress)
    other.place(5e3)
    other.press()
    assert "be saved" not in other.trouble.value, "once"
