"""Papers for humans: their choices come from what may be read, and their key is the text."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.material import END_ID, MASK_ID, PAD_ID, START_ID, choose_filling_words
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.papers import (
    BLANK,
    Neighbours,
    deal_sheet,
    neighbours,
    question_counts,
    sheets_in,
)

OWN = "The cat saw the dog. The dog saw a bird, and ran away to the old tree.\n" * 80


@pytest.fixture(scope="module")
def stories():
    return story_corpus(120)


@pytest.fixture(scope="module", params=["words", "characters", "byte pairs"])
def own(request):
    return text_corpus(OWN, request.param, block_size=24)


@pytest.mark.parametrize("masked", [False, True])
def test_the_key_is_the_text_itself(masked, stories, own):
    for corpus in (stories, own):
        sheet = deal_sheet(corpus, 2, masked=masked)
        assert [q.number for q in sheet.questions] == [1, 2, 3, 4, 5, 6]
        assert sheet.vocabulary == tuple(map(corpus.label, range(corpus.vocab_size)))
        for passage in sheet.passages:
            for q in passage.questions:
                assert q.answer == corpus.label(passage.row[q.place])
                assert q.boxes[q.answer_box] == (q.answer if q.answer in q.choices else q.other)
                assert len(set(q.choices)) == len(q.choices) == 4
            assert passage.text.count(BLANK) == (len(passage.questions) if masked else 0)


def test_papers_differ_share_no_row_and_come_back_the_same(stories):
    sheets = [deal_sheet(stories, number) for number in (1, 2, 3)]
    beginnings = [passage.row for sheet in sheets for passage in sheet.passages]
    assert len(set(beginnings)) == len(beginnings) == 18
    assert deal_sheet(stories, 2) == sheets[1] != deal_sheet(stories, 2, seed=1)
    last = sheets_in(stories)
    with pytest.raises(ValueError, match=f"rows for {last}"):
        deal_sheet(stories, last + 1)
    with pytest.raises(ValueError, match="at least 1 question"):
        deal_sheet(stories, count=0)


def test_the_four_words_of_a_blank_never_come_from_the_answer(stories):
    grammar = stories.grammar
    words = grammar.words(stories.text(stories.rows[0]))
    places = [1, 8, 16]
    other = [words[(t + 5) % len(words)] if t in places else w for t, w in enumerate(words)]
    assert other != words
    fours = [
        choose_filling_words(grammar, w, places, np.random.default_rng(3)) for w in (words, other)
    ]
    assert fours[0] == fours[1]
    expected = grammar.masked_word_probabilities(words, places)
    for t in places:
        likely = sorted(expected[t], key=lambda w: (-expected[t][w], w))
        alpha = [w for w in likely if w[0].isalpha()][:3]
        assert set(alpha) <= set(fours[0][t]) and len(set(fours[0][t])) == 4


def test_an_own_text_s_choices_stood_beside_what_can_be_read():
    rows = np.array([[START_ID, 5, 6, 7, 5, 6, END_ID, PAD_ID], [START_ID, 5, 6, 8, 5, 9, 4, 10]])
    near = Neighbours(rows, 12)
    rng = np.random.default_rng(0)
    assert near.counts[[5, 6, 9]].tolist() == [4, 3, 1] and not near.counts[:4].any()
    chosen = near.choose(5, None, rng)
    assert 6 in chosen and 9 in chosen and len(chosen) == 4, "both followed 5"
    assert 8 in near.choose(6, 5, rng) and 7 in near.choose(6, 5, rng)
    assert MASK_ID not in near.choose(None, None, rng) and len(near.choose(None, None, rng)) == 4
    few = Neighbours(np.array([[START_ID, 4, 5, 4]]), 6)
    assert sorted(few.choose(4, None, rng)) == [4, 5]


def test_the_counts_of_a_corpus_are_kept(own):
    assert neighbours(own) is neighbours(own)
    assert neighbours(own).counts.sum() == np.count_nonzero(own.rows[:, 1:] >= 4)


def test_questions_are_counted_with_what_may_be_read(stories):
    rows = stories.rows[:12]
    counted = question_counts(rows)
    assert counted.total() == stories.questions(rows)
    assert counted == question_counts(rows[::-1])
    altered = rows.copy()
    altered[3, 1] = altered[3, 1] + 1
    assert counted != question_counts(altered)
