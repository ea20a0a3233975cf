"""Grades: three parts that add up, ranks, and the range of luck."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.material import StoryGrammar, pack_stories, pack_text
from course_utils.student import GPT, GPTConfig
from course_utils.training import CountingModel, evaluate, mean_loss, perfect_memory, range_of_luck

GRAMMAR = StoryGrammar()
STORIES = GRAMMAR.sample(150, np.random.default_rng(2))
ROWS = pack_stories(STORIES, GRAMMAR, GRAMMAR.block_size)


def student(causal: bool = True) -> GPT:
    config = GPTConfig(GRAMMAR.vocab_size, GRAMMAR.block_size + 1, 1, 2, 16, causal)
    return GPT(config, np.random.default_rng(0))


class Oracle:
    """Answers with the true distributions, in place of a student."""

    config = GPTConfig(GRAMMAR.vocab_size, GRAMMAR.block_size, 1, 1, 1)

    def forward(self, ids):
        logits = np.zeros((*ids.shape, GRAMMAR.vocab_size))
        for row, ids_ in zip(logits, ids, strict=True):
            p = GRAMMAR.next_word_distribution(GRAMMAR.decode(ids_))
            row[: len(p)] = np.log(np.maximum(p, 1e-300))[: len(row)]
        return logits


@pytest.mark.parametrize("causal", [True, False])
def test_each_loss_is_the_sum_of_its_three_parts(causal):
    graded = evaluate(student(causal), ROWS, GRAMMAR, rng=np.random.default_rng(0))
    assert graded.divergences.min() >= 0
    np.testing.assert_allclose(
        graded.entropies + graded.divergences + graded.lucks, graded.losses, atol=1e-12
    )
    assert graded.loss == pytest.approx(graded.expected_floor + graded.left_to_learn + graded.luck)
    assert graded.spot_on + graded.close + graded.way_off == pytest.approx(1)
    assert graded.perplexity == pytest.approx(math.exp(graded.loss))


def test_the_oracle_has_nothing_left_to_learn_and_its_luck_vanishes():
    graded = evaluate(Oracle(), ROWS, GRAMMAR)
    assert graded.left_to_learn == pytest.approx(0, abs=1e-9)
    assert graded.loss == pytest.approx(GRAMMAR.floor(STORIES)) == graded.floor
    truths = np.concatenate([GRAMMAR.next_word_distribution(s) for s in STORIES])
    mean, deviation = range_of_luck(truths)
    assert mean == pytest.approx(graded.expected_floor)
    assert abs(graded.luck) < 4 * deviation < 0.1
    assert not graded.memorised


def test_the_range_of_luck_is_that_of_many_draws():
    p = np.array([[0.5, 0.25, 0.25], [0.9, 0.1, 0.0]])
    rng = np.random.default_rng(0)
    draws = [rng.choice(3, 20_000, p=row) for row in p]
    marks = np.mean([-np.log(row[d]) for row, d in zip(p, draws, strict=True)], axis=0)
    mean, deviation = range_of_luck(p)
    assert mean == pytest.approx(marks.mean(), abs=0.02)
    assert deviation == pytest.approx(marks.std(), rel=0.05)


def test_ranks_and_counting():
    counting = CountingModel(ROWS, GRAMMAR.vocab_size, 2, 0.5)
    graded = evaluate(student(), ROWS, GRAMMAR, counting)
    assert graded.counting == pytest.approx(counting.loss(ROWS))
    assert graded.counting_losses.shape == graded.losses.shape
    even = student()
    even.flat_data[...] = 0
    flat = evaluate(even, ROWS[:5])
    assert flat.way_off == 1, "whoever prefers nothing is way off, not spot on"
    assert flat.loss == pytest.approx(flat.uniform)


def test_without_a_grammar_there_is_no_floor():
    rows = pack_text(np.arange(4, 100) % 50 + 4, 20)
    graded = evaluate(student(), rows)
    assert graded.floor is graded.luck is graded.left_to_learn is graded.counting is None
    assert not graded.memorised


def test_perfect_memory_counts_distinct_stories():
    questions = sum(len(GRAMMAR.words(s)) + 1 for s in STORIES) / len(STORIES)
    assert perfect_memory(ROWS) == pytest.approx(math.log(150) / questions)
    assert perfect_memory(np.concatenate([ROWS, ROWS])) == pytest.approx(perfect_memory(ROWS))


@pytest.mark.parametrize("causal", [True, False])
def test_the_mean_loss_alone_is_that_of_the_evaluation(causal):
    model = student(causal)
    graded = evaluate(model, ROWS, rng=np.random.default_rng(3))
    alone = mean_loss(model, ROWS, np.random.default_rng(3))
    assert alone == pytest.approx(graded.loss, abs=1e-5)
    assert mean_loss(model, ROWS[:100], np.random.default_rng(3)) != alone


def test_fill_in_questions_need_a_generator():
    with pytest.raises(ValueError, match="pass rng"):
        evaluate(student(False), ROWS)


def test_the_range_of_luck_holds_the_marks_that_chance_gives():
    from course_utils.training.sitting import Sitting

    sitting = Sitting()
    low, high = sitting.luck()
    rng = np.random.default_rng(0)
    marks = np.array([
        np.mean([-np.log(p[rng.choice(len(p), p=p)]) for p in sitting.truths])
        for _ in range(4000)
    ])  # fmt: skip
    assert 0.92 < np.mean((marks >= low - 1e-9) & (marks <= high + 1e-9)) <= 1
    assert low >= marks.min() - 1e-9, "no mark is promised that cannot come"
