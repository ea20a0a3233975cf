"""The class on one scale: what is typed is what is shown, and others sit the same papers."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from course_utils.training.students import HALF_TRAINED, TRAINED, load_student
from course_utils.widgets import ClassScale


@pytest.fixture
def scale():
    made = ClassScale(questions=2, copies=4, seed=1)
    yield made
    made.close()


def alt(widget) -> str:
    return html.unescape(re.search(r'alt="([^"]*)"', widget.picture.value)[1])


def mark(widget, name) -> float:
    return float(re.search(rf"{name} ([\d.]+)", alt(widget))[1].rstrip("."))


def test_before_anything_is_typed_all_others_are_there(scale):
    assert "No mark is typed yet" in scale.said.value
    for name in ("blind guess", "best counting", "half-trained student", "best possible"):
        assert name in alt(scale)
    assert "the class" not in alt(scale)
    oracle = np.mean([lines.oracle.mean() for lines in scale.papers.lines])
    assert mark(scale, "best possible") == pytest.approx(oracle, abs=0.006)


def test_others_are_graded_on_the_papers_that_are_named(scale):
    before = scale.picture.value
    scale.first.value = "2 1.25\n\n3: 1,35"
    assert scale.picture.value != before and "The class: 1.30 on 2 papers" in scale.said.value
    lines = [scale.papers.lines[1], scale.papers.lines[2]]
    assert mark(scale, "best possible") == pytest.approx(
        np.mean([one.oracle.mean() for one in lines]), abs=0.006
    )
    assert mark(scale, "best counting") == pytest.approx(
        np.mean([one.counting.mean() for one in lines]), abs=0.006
    )
    losses = scale.papers.student_losses(load_student(HALF_TRAINED))
    assert mark(scale, "half-trained student") == pytest.approx(
        np.mean([losses[1].mean(), losses[2].mean()]), abs=0.006
    )
    low, high = scale.papers.luck((0, 1, 1, 0))
    assert f"lies between {low:.2f} and {high:.2f}" in alt(scale)
    scale.first.value = "1.25\n2 1.35"
    assert "Not every line names its paper" in scale.said.value


def test_a_student_sits_each_question_after_its_own_words(scale):
    model = load_student(TRAINED)
    together = scale.papers.student_losses(model)
    passage = scale.papers.sheets[2].passages[1]
    logits = model.forward(np.array([passage.row[:-1]]))[0, -1].astype(np.float64)
    alone = np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[passage.row[-1]]
    assert together[2][1] == pytest.approx(alone, abs=1e-4)


def test_two_rounds_and_another_student(scale):
    scale.first.value, scale.second.value = "1 1.50", "1 1.10"
    assert "In the first round it was 1.50: now better by 0.40." in scale.said.value
    assert "the class, first round 1.50" in alt(scale)
    assert "the class, second round 1.10" in alt(scale)
    half = mark(scale, "half-trained student")
    scale.student.value = TRAINED
    assert mark(scale, "the trained student") < half
    scale.second.value = "1 1.70"
    assert "now worse by 0.20" in scale.said.value
    scale.second.value = ""
    scale.first.value = "2 0.25"
    known = scale.papers.lines[1].oracle.mean()
    said = "that can only be luck" if known > 0.25 else "Above the best possible"
    assert said in scale.said.value


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1 1.2\nx", "Line 2 of round 1: “x” isn't a number"),
        ("9 1.2", "there is no paper “9”; papers go from 1 to 4"),
        ("0 1.2", "there is no paper “0”"),
        ("1 0.1", "a mark lies between 0.22 and 7.98"),
        ("1 9", "is it the sum? divide it by 2"),
        ("1 99", "not at 99."),
        ("1 1.2 3", "more than a paper's number and its mark"),
        ("1\n" * 1001, "type one for each paper"),
        ("1 nan", "isn't a number"),
        ("<b> 1", "there is no paper “<b>”"),
    ],
)
def test_a_line_that_can_t_be_gets_one_sentence_and_the_picture_stays(scale, typed, said):
    before = scale.picture.value
    scale.first.value = typed
    assert said in html.unescape(scale.trouble.value) and scale.picture.value == before
    assert "<b> 1" not in scale.trouble.value and "“<b>" not in scale.trouble.value
    scale.first.value = "1 1.2"
    assert scale.trouble.value == "" and scale.picture.value != before


def test_an_own_text_has_neither_student_nor_best_possible(tmp_path):
    place = tmp_path / "own.txt"
    place.write_text("The cat saw the dog. The dog ran to the old tree.\n" * 120, encoding="utf-8")
    own = ClassScale(questions=1, copies=2, text=str(place))
    own.first.value = "1 1.2"
    assert own.student.disabled and "isn't known" in html.unescape(own.said.value)
    assert "student" not in alt(own) and "best possible" not in alt(own)
    assert own.still().count("<img") == 1


def test_the_still_is_an_example_class_and_stays(scale):
    still = scale.still()
    assert still.startswith("<p>An example class in place of yours: ")
    scale.first.value = "1 1.2"
    assert scale.still() == still and still.count('<img alt="') == 1
