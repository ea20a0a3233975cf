"""Graded tests: parts that add up, ranks that twins share, and small tests that luck decides."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from course_utils.student.model import GPT, GPTConfig
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.grading import (
    HIDDEN,
    Duel,
    agreeing_duel,
    first_questions,
    grade_test,
    place_name,
    report,
    share_beaten,
    twin_duel,
    verdict_on,
    with_probability,
)
from course_utils.training.students import load_student

TEXT = "The cat sat on the mat. The dog saw the cat. " * 12
FEW = 300


@cache
def graded(name: str = "trained", questions: int = FEW):
    return grade_test(load_student(name), story_corpus(1), questions)


def own_text():
    corpus = text_corpus(TEXT, "characters", 16)
    config = GPTConfig(corpus.vocab_size, corpus.block_size, 1, 1, 8)
    return corpus, GPT(config, np.random.default_rng(3))


def test_the_grades_are_those_of_evaluate_on_the_same_questions():
    test = graded()
    rows = story_corpus(1).held_out[: test.places[-1, 0] + 1]
    whole = evaluate(load_student("trained"), rows, story_corpus(1).grammar)
    assert len(test) == FEW == len(test.evaluation.losses)
    np.testing.assert_allclose(test.evaluation.losses, whole.losses[:FEW], atol=1e-5)
    np.testing.assert_array_equal(test.evaluation.rows, whole.rows[:FEW])


@pytest.mark.parametrize("name", ["trained", "fill-in"])
def test_each_question_s_answer_truth_and_grade_belong_together(name):
    test = graded(name)
    for q in range(0, FEW, 37):
        answer, truth = test.distribution(q), test.truth(q)
        right = test.answers[q]
        assert -math.log(answer[right]) == pytest.approx(test.evaluation.losses[q], abs=1e-4)
        assert truth.sum() == pytest.approx(1)
        assert -math.log(truth[right]) == pytest.approx(test.evaluation.oracle_losses[q])
        expected = -(truth * np.log(answer)).sum()
        assert test.parts[q, :2].sum() == pytest.approx(expected, abs=1e-4)


def test_the_answers_to_whole_rows_are_those_to_each_question():
    test = graded()
    shown, true = test.answers_beside_truth(3)
    asked = int((test.places[:, 0] < 3).sum())
    assert shown.shape == true.shape == (asked, story_corpus(1).vocab_size)
    for q in (0, 50, asked - 1):
        np.testing.assert_allclose(shown[q], test.distribution(q), atol=1e-6)
        np.testing.assert_allclose(true[q], test.truth(q), atol=1e-12)
    corpus, model = own_text()
    for other in (graded("fill-in"), grade_test(model, corpus)):
        with pytest.raises(ValueError, match="next-token questions on stories only"):
            other.answers_beside_truth(1)


@pytest.mark.parametrize("name", ["trained", "fill-in"])
def test_the_parts_add_up_to_the_loss_and_two_are_never_negative(name):
    test = graded(name)
    np.testing.assert_allclose(test.parts.sum(1), test.evaluation.losses, atol=1e-9)
    assert (test.parts[:, :2] >= 0).all()
    np.testing.assert_allclose(test.running_parts[9], test.parts[:10].mean(0))


def test_luck_shrinks_and_the_other_parts_stay():
    test = graded("trained", 2000)
    assert test.typical_luck(2000) < test.typical_luck(100) / 3 < test.typical_luck(1) / 30
    assert abs(test.running_parts[-1, 2]) < 4 * test.typical_luck(2000) < 0.05
    assert test.running_parts[-1, 0] > 0.4 and test.running_parts[-1, 1] > 0.01
    truth, answer = test.truth(0), test.distribution(0)
    surprise = -np.log(answer)
    variance = (truth * surprise**2).sum() - (truth * surprise).sum() ** 2
    assert test.typical_luck(1) == pytest.approx(math.sqrt(variance), rel=1e-3)


def test_what_can_be_read_ends_before_the_answer():
    test = graded()
    assert test.context(0, 30) == "(beginning) ___"
    assert test.context(4, 80) == "Today a big dog ___"
    assert test.corpus.label(int(test.answers[4])) == "ran"
    assert test.context(44, 20).startswith("… ") and len(test.context(44, 20)) <= 26


def test_a_blank_stands_between_its_two_sides_and_other_blanks_are_marked():
    test = graded("fill-in")
    story = story_corpus(1).text(story_corpus(1).held_out[0])
    first = np.flatnonzero(test.places[:, 0] == 0)
    for q in first:
        shown = test.context(int(q), 1000)
        assert shown.count("___") == 1 and shown.count(HIDDEN) == len(first) - 1
    filled = test.context(int(first[0]), 1000)
    for q in first:
        word = test.corpus.label(int(test.answers[q]))
        filled = filled.replace("___" if q == first[0] else HIDDEN, word, 1)
    assert filled.lower() == story.lower()


def test_an_own_text_has_no_parts():
    corpus, model = own_text()
    test = grade_test(model, corpus, counting=True)
    assert test.parts is None and test.running_parts is None and test.truth(0) is None
    assert len(test) == np.count_nonzero(corpus.held_out[:, 1:])
    assert test.evaluation.counting == pytest.approx(corpus.counting.loss(corpus.held_out))
    assert test.context(3, 40).endswith("___")
    with pytest.raises(ValueError, match="best possible"):
        test.typical_luck(3)


def test_a_student_that_does_not_fit_is_told_so():
    corpus, model = own_text()
    with pytest.raises(ValueError, match="pass the student"):
        grade_test(model, story_corpus(1))
    small = GPT(GPTConfig(corpus.vocab_size, 4, 1, 1, 8), np.random.default_rng(3))
    with pytest.raises(ValueError, match="larger block_size"):
        grade_test(small, corpus)


@pytest.mark.parametrize("factor", [0.5, 2.0, 4.0])
def test_a_twin_keeps_every_rank(factor):
    test = graded("half-trained")
    duel = twin_duel(test, factor, ("one", "twin"))
    for q in range(0, FEW, 41):
        answer = test.distribution(q) ** factor
        answer /= answer.sum()
        right = test.answers[q]
        assert duel.losses[1, q] == pytest.approx(-math.log(answer[right]), abs=1e-3)
        assert (answer >= answer[right]).sum() == duel.ranks[q]
    same = twin_duel(test, 1.0, ("one", "twin"))
    np.testing.assert_allclose(same.losses[0], same.losses[1], atol=1e-5)
    with pytest.raises(ValueError, match="above 0"):
        twin_duel(test, 0.0, ("one", "twin"))


def test_a_bold_twin_loses_to_the_trained_and_beats_the_half_trained_student():
    assert twin_duel(graded("trained", 2000), 4.0, ("", "")).better == 0
    assert twin_duel(graded("half-trained", 2000), 2.0, ("", "")).better == 1


def test_two_students_are_compared_only_where_their_ranks_agree():
    first, second = graded("half-trained"), graded("trained")
    duel = agreeing_duel(first, second, ("half", "whole"))
    np.testing.assert_array_equal(first.evaluation.ranks[duel.questions], duel.ranks)
    np.testing.assert_array_equal(second.evaluation.ranks[duel.questions], duel.ranks)
    assert 0 < len(duel.questions) < FEW and duel.better == 1
    with pytest.raises(ValueError, match="same test"):
        agreeing_duel(first, graded("trained", FEW - 1), ("", ""))


def test_telling_questions_are_those_with_the_widest_gap():
    test = graded()
    losses = np.zeros((2, FEW))
    losses[1, [7, 50]] = 3.0, 2.0
    losses[0, [90, 20]] = 5.0, 1.0
    duel = Duel(test, ("", ""), losses, test.evaluation.ranks, np.arange(FEW))
    assert duel.telling(4).tolist() == [7, 50, 90, 20]
    assert duel.means == (pytest.approx(6 / FEW), pytest.approx(5 / FEW)) and duel.better == 1


def test_the_report_and_its_words():
    assert report(np.array([1, 1, 2, 3, 4])) == pytest.approx((0.4, 0.4, 0.2))
    assert [verdict_on(rank) for rank in (1, 2, 3, 4)] == ["spot on", "close", "close", "way off"]
    names = {1: "first", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd",
             33: "33rd", 111: "111th"}  # fmt: skip
    assert {rank: place_name(rank) for rank in names} == names


def test_a_changed_probability_leaves_the_others_in_proportion():
    p = np.array([0.5, 0.3, 0.2, 0.0])
    moved = with_probability(p, 0, 0.9)
    np.testing.assert_allclose(moved, [0.9, 0.06, 0.04, 0.0])
    np.testing.assert_allclose(with_probability(np.array([1.0, 0, 0]), 0, 0.4), [0.4, 0.3, 0.3])
    assert with_probability(p, 1, 1.0).tolist() == [0, 1, 0, 0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_probability(p, 0, 1.2)


def test_small_tests_can_be_won_by_luck_and_long_ones_cannot():
    rng = np.random.default_rng(0)
    mine, best = np.array([0.0, 3.0]), np.array([1.0, 1.0])  # worse by 0.5 in the mean
    assert share_beaten(mine, best, 1, 4000, rng) == pytest.approx(0.5, abs=0.03)
    assert share_beaten(mine, best, 400, 500, rng) == 0.0
    assert share_beaten(best, mine, 400, 500, rng) == 1.0


def test_the_first_questions_are_cut_from_every_column():
    cut = first_questions(graded().evaluation, 5)
    for column in ("losses", "ranks", "rows", "entropies", "luck_variances"):
        np.testing.assert_array_equal(
            getattr(cut, column), getattr(graded().evaluation, column)[:5]
        )
    assert cut.vocab_size == graded().evaluation.vocab_size
