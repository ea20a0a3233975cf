"""Counting against a slow count by hand, and the choice of n without a look at the exam."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.material import StoryGrammar, pack_stories, split_stories
from course_utils.training import CountingModel, choose_counting

ROWS = np.array([[1, 4, 5, 4, 6, 2], [1, 4, 5, 5, 2, 0], [1, 6, 4, 5, 2, 0]])
V = 8


def by_hand(rows, context, word, n, s):
    """The recursion of the docstring, counted with loops."""
    p = 1 / (V - 3)
    for k in range(n):
        seen = [
            row[t + 1]
            for row in rows.tolist()
            for t in range(len(row) - 1)
            if row[t + 1] != 0
            and k <= t + 1
            and row[t + 1 - k : t + 1] == context[len(context) - k :]
        ]
        if k > len(context):
            seen = [row[len(context)] for row in rows.tolist() if row[: len(context)] == context]
        p = (seen.count(word) + s * p) / (len(seen) + s)
    return p


@pytest.mark.parametrize("n", [1, 2, 3])
def test_counts_equal_those_made_by_hand(n):
    model = CountingModel(ROWS, V, n, 0.5)
    for context in ([1, 4, 5], [1, 6, 4], [1, 4, 5, 4], [1, 5, 6]):
        p = model.distribution(context)
        assert p.sum() == pytest.approx(1, abs=1e-12) and not p[[0, 1, 3]].any()
        for word in (2, 4, 5, 6, 7):
            assert p[word] == pytest.approx(by_hand(ROWS, context, word, n, 0.5), abs=1e-12)


@pytest.mark.parametrize("n", [1, 3, 5])
def test_losses_are_those_of_the_distributions(n):
    model = CountingModel(ROWS[:2], V, n, 0.3)
    losses = model.losses(ROWS)
    for row, line in zip(ROWS, losses, strict=True):
        for t in range(5):
            if row[t + 1] == 0:
                assert np.isnan(line[t])
            else:
                p = model.distribution(row[: t + 1].tolist())[row[t + 1]]
                assert line[t] == pytest.approx(-np.log(p), abs=1e-12)


def test_contexts_never_cross_a_story():
    joined = np.array([[1, 4, 5, 4, 6, 2], [1, 7, 5, 5, 2, 0]])
    swapped = np.array([[1, 5, 4, 4, 6, 2], [1, 7, 5, 5, 2, 0]])
    a, b = (CountingModel(rows, V, 4, 0.5).losses(joined[1:]) for rows in (joined, swapped))
    # Only single counts are shared by the two rows; in both they are the same.
    np.testing.assert_allclose(a[0, :1], b[0, :1])


def test_the_choice_looks_at_the_practice_text_alone():
    grammar = StoryGrammar()
    practice, exam = split_stories(grammar, 1500, 200, np.random.default_rng(0))
    rows, unseen = (pack_stories(s, grammar, grammar.block_size) for s in (practice, exam))
    chosen = choose_counting(rows, grammar.vocab_size)
    floor = grammar.floor(exam)
    trigram = CountingModel(rows, grammar.vocab_size, 3, 0.1).loss(unseen)
    assert trigram > floor + 0.3, "a trigram must stay clearly above the floor"
    assert floor < chosen.loss(unseen) < trigram
    # Doctored: with the exam's stories in the practice text the exam's loss is far better.
    leaked = choose_counting(np.concatenate([rows, unseen]), grammar.vocab_size)
    assert leaked.loss(unseen) < chosen.loss(unseen) - 0.1


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="n ≥ 1"):
        CountingModel(ROWS, V, 0, 1.0)
