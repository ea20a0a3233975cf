"""A student trained by the learner's parts follows the course's curve, and a wrong part shows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.figures.own_parts import SAME, own_parts_picture, own_parts_sentence
from course_utils.learning.bank import BY_NAME
from course_utils.training.table_student import STEPS, table_text, train_with

NAMES = ("softmax", "cross_entropy", "logits_gradient", "linear_backward", "sgd_step")
PARTS = {name: BY_NAME[name].solution for name in NAMES}


@pytest.fixture(scope="module")
def course():
    return train_with()


def test_it_begins_at_a_blind_guess_and_learns_pairs(course):
    ids = table_text()
    V = int(ids.max()) + 1
    assert set(ids.tolist()) == set(range(V))
    assert course.shape == (STEPS,) and course[0] == pytest.approx(math.log(V), abs=1e-12)
    assert course[-10:].mean() < 0.75 * course[0]
    assert np.array_equal(course, train_with())


def test_the_exercises_solutions_give_the_same_curve(course):
    yours = train_with(**PARTS)
    assert np.abs(yours - course).max() < 1e-6
    assert own_parts_sentence(yours, course).startswith("The same curve")


def pure_python(logits):
    return [
        [math.exp(x - max(row)) / sum(math.exp(y - max(row)) for y in row) for x in row]
        for row in logits.tolist()
    ]


def in_place(weights, gradient, rate):
    weights -= rate * gradient
    gradient[...] = 0
    return weights


def test_slow_plain_python_and_parts_that_change_what_they_get_do_as_well(course):
    yours = train_with(softmax=pure_python, sgd_step=in_place, steps=20)
    assert np.abs(yours - course[:20]).max() < 1e-6


@pytest.mark.parametrize("name", [*NAMES])
def test_each_misconception_about_a_part_leads_elsewhere_or_is_refused(name, course):
    for misconception in BY_NAME[name].misconceptions:
        if misconception.name in ("overflow", "cut off"):  # logits stay small here
            continue
        try:
            with np.errstate(all="ignore"):
                yours = train_with(**{name: misconception.wrong})
        except ValueError as error:
            assert name in str(error)
            continue
        assert not np.abs(yours - course).max() < 0.05, misconception.name
        assert "part at step" in own_parts_sentence(yours, course)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"softmax": lambda logits: logits[0]}, "softmax gave the shape"),
        ({"sgd_step": lambda w, g, r: None}, "sgd_step gave"),
        ({"linear_backward": lambda dy, x, w: None}, "three arrays"),
        ({"logits_gradient": lambda p, t: "x"}, "no numbers"),
    ],
)
def test_a_part_of_another_shape_gets_one_sentence(parts, said):
    with pytest.raises(ValueError, match=said):
        train_with(**parts, steps=3)


def test_the_picture_shows_both_and_says_where_they_part(course):
    same = own_parts_picture(course, course + SAME / 2)
    assert "The same curve" in same.alt and f"{course[-1]:.2f}" in same.alt
    other = course.copy()
    other[6:] += 0.5
    assert "part at step 7" in own_parts_picture(other, course).alt
    other[20:] = np.nan
    assert "no number" in own_parts_picture(other, course).alt
    assert "<img" in same._repr_mimebundle_()["text/html"]
    with pytest.raises(ValueError, match="same steps"):
        own_parts_picture(course[:3], course)
