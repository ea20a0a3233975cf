"""Questions for humans: chosen from the context alone, and graded by the one formula."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.material import (
    CHIPS,
    OTHER,
    StoryGrammar,
    chips_to_distribution,
    choose_words,
    question_loss,
    story_questions,
)

GRAMMAR = StoryGrammar()
STORIES = GRAMMAR.sample(300, np.random.default_rng(3))


def test_the_four_words_come_from_the_context_alone():
    # Stories with the same beginning and different next words get the same list.
    groups: dict[tuple[str, ...], set[str]] = {}
    for story in GRAMMAR.sample(400, np.random.default_rng(0)):
        words = GRAMMAR.words(story)
        groups.setdefault(tuple(words[:2]), set()).add(words[2])
    context = next(c for c, answers in groups.items() if len(answers) > 1)
    lists = {choose_words(GRAMMAR, context, np.random.default_rng(1)) for _ in groups[context]}
    assert len(lists) == 1
    words = lists.pop()
    expected = GRAMMAR.next_word_probabilities(list(context))
    assert len(set(words)) == 4
    assert any(expected.get(word, 0) == 0 for word in words), "an unlikely one is among them"


def test_which_place_is_asked_depends_on_the_context_alone():
    for question in story_questions(GRAMMAR, STORIES, np.random.default_rng(0)):
        truth = GRAMMAR.next_word_probabilities(list(question.context))
        assert truth[question.answer] > 0
        if question.settled:
            assert truth[question.answer] > 0.9 and question.answer in question.context
        else:
            assert max(truth.values()) < 0.9


def test_chips_become_a_full_distribution():
    words = ("Mia", "dog", "cup", "the")
    p = chips_to_distribution((10, 4, 3, 1, 2), words, GRAMMAR.vocabulary)
    assert p.sum() == pytest.approx(1) and p.shape == (GRAMMAR.vocab_size,)
    assert p[GRAMMAR.vocabulary.index("Mia")] == 0.5
    rest = p[GRAMMAR.vocabulary.index("bag")]
    assert rest == pytest.approx(0.1 / (GRAMMAR.vocab_size - 4)) and (p > 0).all()
    assert question_loss(p, GRAMMAR.vocabulary.index("Mia")) == pytest.approx(np.log(2))
    assert question_loss(p, GRAMMAR.vocabulary.index("bag")) == pytest.approx(-np.log(rest))


@pytest.mark.parametrize("chips", [(20, 0, 0, 0, 0), (5, 5, 5, 5), (4, 4, 4, 4, 5), (1,) * 5])
def test_other_chips_are_refused(chips):
    with pytest.raises(ValueError, match=str(CHIPS)):
        chips_to_distribution(chips, ("Mia", "dog", "cup", "the"), GRAMMAR.vocabulary)


def test_six_questions_half_settled_half_open():
    questions = story_questions(GRAMMAR, STORIES, np.random.default_rng(0))
    assert [q.settled for q in questions].count(True) == 3 == len(questions) / 2
    assert all(
        q.boxes[-1] == OTHER and q.boxes[q.answer_box] in (q.answer, OTHER) for q in questions
    )
    with pytest.raises(ValueError, match="more stories"):
        story_questions(GRAMMAR, STORIES[:1], np.random.default_rng(0))


def test_a_settled_question_asks_for_what_comes_back_never_for_a_child():
    lists = GRAMMAR.description.lists
    coming_back = {word for name, words in lists.items() if name != "children" for word in words}
    for seed in range(3):
        for question in story_questions(GRAMMAR, STORIES, np.random.default_rng(seed)):
            if question.settled:
                assert question.answer in coming_back
                assert question.context[-1].isalpha(), "not at the beginning of a sentence"


def test_no_two_questions_ask_at_the_same_place_of_the_grammar():
    for seed in range(5):
        questions = story_questions(GRAMMAR, STORIES, np.random.default_rng(seed), 3, 4)
        possible = [set(GRAMMAR.next_word_probabilities(list(q.context))) for q in questions]
        for i, words in enumerate(possible):
            assert not any(words & other for other in possible[i + 1 :])
        settled = [q.answer for q in questions if q.settled]
        lists = [n for w in settled for n, ws in GRAMMAR.description.lists.items() if w in ws]
        assert len(set(lists)) == 3


def test_few_stories_may_ask_at_the_same_place_twice():
    questions = story_questions(GRAMMAR, STORIES[:18], np.random.default_rng(0))
    assert len(questions) == 6 and len({q.context for q in questions}) == 6
    assert [q.settled for q in questions] == [True, False] * 3
