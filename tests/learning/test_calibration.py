"""When you said 80 %, you were right in …"""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.figures.calibration import CalibrationPlot, calibration_alt
from course_utils.learning.calibration import Answered, answered, groups, means, summary, usual
from course_utils.learning.prediction import PredictionLog
from course_utils.learning.progress import Entry, Progress
from course_utils.widgets import Calibration


def entry(name, kind="prediction", **data) -> Entry:
    return Entry(kind, name, "", name, data)


def some(sure: float, right: int, count: int) -> list[Answered]:
    return [Answered(f"{sure} {i}", sure, i < right, 1.0, 1.1) for i in range(count)]


def test_predictions_and_quizzes_count_and_only_the_first_answer():
    entries = [
        entry("a", confidence=0.8, right=None, options=3),
        entry("a", confidence=0.8, right=True, options=3),
        entry("a", confidence=0.9, right=False, options=3),
        entry("b", "quiz", confidence=0.6, right=False, options=4),
        entry("b", "quiz", confidence=None, right=True, options=4),
        entry("c", "recall", confidence=None, right=True, options=4),
        entry("c", "recall", confidence=0.9, right=True, options=4),
        entry("d", "exercise", confidence=0.9, right=True),
    ]
    found = {a.name: a for a in answered(entries)}
    assert set(found) == {"a", "b"}, "a first answer without confidence isn't replaced"
    assert found["a"].right and found["a"].confidence == 0.8
    assert found["a"].loss == pytest.approx(-math.log(0.8))
    assert found["b"].loss == pytest.approx(-math.log(0.4 / 3))
    assert found["b"].blind == pytest.approx(math.log(4))


def test_chips_count_with_their_own_loss():
    [found] = answered(
        [entry("q", confidence=0.5, right=False, options=5, probabilities=[0.5, 0.3], score=1.2)]
    )
    assert found.loss == 1.2 and found.blind == pytest.approx(math.log(5))


@pytest.mark.parametrize(
    "data",
    [
        {"confidence": "sure", "right": True}, {"confidence": 7, "right": True},
        {"confidence": float("nan"), "right": True}, {"confidence": True, "right": True},
        {"confidence": 0.5, "right": "yes"}, {"confidence": 0.5}, {},
    ],
)  # fmt: skip
def test_nonsense_in_a_file_is_left_out(data):
    assert answered([entry("a", **data)]) == []


def test_certainty_and_odd_options_do_not_break_the_formula():
    sure, odd = answered(
        [entry("a", confidence=1.0, right=False), entry("b", confidence=0, right=True, options="x")]
    )
    assert math.isfinite(sure.loss) and math.isfinite(odd.loss) and sure.loss > 4


def test_a_share_is_said_from_eight_answers_on():
    seven = some(0.8, 5, 7)
    assert groups(seven) == []
    [group] = groups([*seven, Answered("x", 0.75, True, 1.0, 1.1)])
    assert (group.count, group.right, group.least, group.most) == (8, 6, 0.75, 0.8)
    assert "When you said 75 to 80 %, you were right in 6 of 8 (75 %)" in group.sentence
    assert "fewer so far" in " ".join(summary(seven))
    assert "6 of 8" in " ".join(summary([*seven, Answered("x", 0.75, True, 1.0, 1.1)]))
    four = groups(some(0.4, 3, 8) + some(0.6, 5, 9) + some(0.8, 6, 10) + some(0.9, 9, 11))
    assert [(g.said, g.count) for g in four] == [
        (pytest.approx(0.4), 8), (pytest.approx(0.6), 9), (pytest.approx(0.8), 10),
        (pytest.approx(0.9), 11),
    ]  # fmt: skip
    assert groups(some(1.0, 8, 8))[0].count == 8, "the upper edge belongs to the last group"


def test_what_chance_allows():
    rng = np.random.default_rng(0)
    sure = [0.9] * 5 + [0.75] * 6
    right = (rng.random((40_000, len(sure))) < sure).sum(axis=1)
    low, high = usual(sure)
    assert np.mean(right < low) < 0.03 and np.mean(right > high) < 0.03
    assert np.mean(right < low + 1) > 0.02 or np.mean(right > high - 1) > 0.02
    assert usual([0.5] * 8) == (1, 7)
    [bold] = groups(some(0.9, 3, 10))
    [timid] = groups(some(0.4, 10, 10))
    [fine] = groups(some(0.8, 8, 10))
    assert [g.verdict for g in (bold, timid, fine)] == [
        "you were too sure", "you could be surer", "that fits",
    ]  # fmt: skip


def test_below_that_the_mean_stands_beside_a_blind_guess():
    answers = [Answered("a", 0.8, True, 0.2, 1.1), Answered("b", 0.8, False, 1.4, 0.7)]
    assert means(answers) == (pytest.approx(0.8), pytest.approx(0.9)) and means([]) is None
    assert "mean loss 0.80, a blind guess's 0.90; better." in summary(answers)[0]
    assert "worse" in summary([Answered("b", 0.8, False, 1.4, 0.7)])[0]
    assert "No answer with a confidence yet" in summary([])[0]


def test_the_picture_shows_each_group_where_it_belongs():
    found = groups(some(0.6, 5, 9) + some(0.9, 6, 12))
    plot = CalibrationPlot()
    plot.update(found)
    ax = plot.canvas.figure.axes[0]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [(d.get_xdata()[0], d.get_ydata()[0]) for d in dots] == [
        (pytest.approx(60), pytest.approx(100 * 5 / 9)), (pytest.approx(90), pytest.approx(50)),
    ]  # fmt: skip
    assert "5 of 9" in calibration_alt(found) and "6 of 12" in calibration_alt(found)
    plot.update(found[:1])
    assert len([x for x in plot.canvas.figure.axes[0].lines if x.get_marker() == "o"]) == 1


def test_the_widget_shows_what_was_kept(tmp_path):
    progress = Progress(tmp_path / "p.json")
    view = Calibration(progress)
    assert "No answer with a confidence yet" in view.page.value and "<img" not in view.page.value
    for number in range(8):
        log = PredictionLog(f"p{number}", options=3, progress=progress)
        log.answered("a", 0.8)
        log.came("a", number < 7)
    assert "No answer" in view.page.value, "it looks anew when asked to"
    view.again_button.click()
    assert "right in 7 of 8" in view.page.value and "<img" in view.page.value
    still = view.still()
    assert "An example learner" in still and still == view.still() and "7 of 8" not in still
    assert still.count('<img alt="') == 1
    view.close()


def test_a_damaged_file_is_told_once(tmp_path):
    path = tmp_path / "p.json"
    path.write_text("{")
    view = Calibration(Progress(path))
    assert "is damaged" in view.trouble.value
    view.refresh()
    assert view.trouble.value == ""
