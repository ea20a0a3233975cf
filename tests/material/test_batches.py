"""Each question once, shuffled by the generator that was passed in, and nothing shared."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from course_utils.material import (
    END_ID,
    MASK_ID,
    START_ID,
    SYMBOLS,
    Batch,
    BytePairTokenizer,
    CharTokenizer,
    StoryGrammar,
    WordTokenizer,
    masked_batches,
    next_token_batches,
    pack_stories,
    pack_text,
    split_stories,
)

GRAMMAR = StoryGrammar()
STORIES = GRAMMAR.sample(40, np.random.default_rng(5))
ROWS = pack_stories(STORIES, GRAMMAR, GRAMMAR.block_size)


def test_one_story_is_one_row():
    for row, story in zip(ROWS, STORIES, strict=True):
        ids = [START_ID, *GRAMMAR.encode(story), END_ID]
        assert row[: len(ids)].tolist() == ids and not row[len(ids) :].any()


def test_an_epoch_asks_each_token_after_the_start_once():
    asked = Counter()
    for batch in next_token_batches(ROWS, 7, np.random.default_rng(0)):
        assert (batch.inputs[:, 1:][batch.targets[:, :-1] >= 0] > 0).all()
        asked.update(batch.targets[batch.targets >= 0].tolist())
    expected = Counter(i for s in STORIES for i in [*GRAMMAR.encode(s).tolist(), END_ID])
    assert asked == expected


def test_the_order_is_the_generators():
    def order(seed):
        rng = np.random.default_rng(seed)
        return np.concatenate([b.inputs[:, 1] for b in next_token_batches(ROWS, 8, rng)]).tolist()

    assert order(1) == order(1) != order(2)


def test_a_long_text_is_asked_once_and_its_last_row_padded():
    ids = np.arange(4, 27)
    rows = pack_text(ids, 5)
    assert rows.shape == (5, 6) and rows[0, 0] == START_ID
    asked = [t for b in next_token_batches(rows, 2) for t in b.targets[b.targets >= 0].tolist()]
    assert sorted(asked) == ids.tolist()
    assert (rows[1:, 0] == rows[:-1, -1]).all() and rows[-1, -1] == 0


@pytest.mark.parametrize("kind", [CharTokenizer, WordTokenizer, BytePairTokenizer])
def test_an_own_text_with_each_tokenizer(kind):
    text = "The sea was calm, and the sea was cold. Nobody went near the sea."
    tokenizer = kind.train(text)
    rows = pack_text(tokenizer.encode(text), 8)
    asked = [t for b in next_token_batches(rows, 1) for t in b.targets[b.targets >= 0]]
    assert tokenizer.decode(asked) == text


def test_fifteen_percent_of_each_row_are_hidden_and_at_least_one():
    batches = list(masked_batches(ROWS, 8, np.random.default_rng(3)))
    again = list(masked_batches(ROWS, 8, np.random.default_rng(3)))
    assert all((a.inputs == b.inputs).all() for a, b in zip(batches, again, strict=True))
    for batch in batches:
        hidden = batch.targets >= 0
        words = (batch.inputs >= len(SYMBOLS)).sum(1) + hidden.sum(1)
        assert (hidden.sum(1) == np.maximum(1, np.round(0.15 * words))).all()
        assert (batch.inputs[hidden] == MASK_ID).all() and (batch.targets[hidden] > MASK_ID).all()
    assert sum(len(b.inputs) for b in batches) == len(ROWS)
    tiny = np.array([[START_ID, 9, END_ID]])
    assert next(masked_batches(tiny, 1, np.random.default_rng(0))).questions == 1


def test_the_held_out_stories_share_none_with_the_practice():
    practice, held_out = split_stories(GRAMMAR, 300, 100, np.random.default_rng(0))
    assert not set(practice) & set(held_out)
    assert len(set(practice)) == 300 and len(set(held_out)) == 100
    assert set(practice) & set([*held_out[:-1], practice[0]]), "the check can't fail"


def test_what_cannot_be_dealt_is_explained():
    with pytest.raises(ValueError, match="smaller batch_size"):
        next(next_token_batches(ROWS, 41))
    with pytest.raises(ValueError, match="shape"):
        Batch(np.zeros((2, 3), int), np.zeros((2, 2), int))
    with pytest.raises(ValueError, match="larger block_size"):
        pack_stories(STORIES, GRAMMAR, 10)
    with pytest.raises(ValueError, match="longer text"):
        pack_text(np.arange(3), 5)
