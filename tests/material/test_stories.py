"""The oracle against brute force, and what the real stories must be."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from course_utils.material import (
    END_ID,
    MASK_ID,
    PAD_ID,
    SCHOOL_STORIES,
    START_ID,
    Grammar,
    StoryGrammar,
    entropy,
    stories,
)

SMALL = Grammar(
    lists={
        "children": (("Mia", "she"), ("Ben", "he")),
        "things": ("cup", "hat"),
    },
    slots={"name": "children", "friend": "children", "thing": "things"},
    plots={
        "one": "{name} had a {thing}. [2: Soon | Then] {name.they} lost the {thing}.",
        "two": "{name} met {friend}. [3: {friend} | Then {name}] had a {thing}[! | .]",
    },
    forms={"children": ("name", "they")},
    proper=("children",),
)


@pytest.fixture(scope="module")
def small() -> StoryGrammar:
    return StoryGrammar(SMALL)


@pytest.fixture(scope="module")
def grammar() -> StoryGrammar:
    return StoryGrammar()


@pytest.fixture(scope="module")
def sampled(grammar) -> list[str]:
    return grammar.sample(2000, np.random.default_rng(7))


def every_story() -> dict[tuple[str, ...], float]:
    """All stories of the small grammar with their probabilities, written out by hand."""
    stories: dict[tuple[str, ...], float] = {}
    they = {"Mia": "she", "Ben": "he"}
    other = {"Mia": "Ben", "Ben": "Mia"}
    for name, thing in product(they, ("cup", "hat")):
        for word, share in (("soon", 2 / 3), ("then", 1 / 3)):
            text = f"{name} had a {thing} . {word} {they[name]} lost the {thing} ."
            stories[tuple(text.split())] = 0.5 * 0.25 * share
        friend = other[name]
        for begin, share in ((friend, 3 / 4), (f"then {name}", 1 / 4)):
            for mark in "!.":
                text = f"{name} met {friend} . {begin} had a {thing} {mark}"
                stories[tuple(text.split())] = 0.5 * 0.25 * share * 0.5
    assert sum(stories.values()) == pytest.approx(1)
    return stories


def test_next_words_equal_those_counted_by_enumerating_every_story(small):
    stories = every_story()
    prefixes = {story[:t] for story in stories for t in range(len(story) + 1)}
    for prefix in prefixes:
        expected: dict[str, float] = {}
        for story, p in stories.items():
            if story[: len(prefix)] == prefix:
                word = (*story, "<end>")[len(prefix)]
                expected[word] = expected.get(word, 0) + p
        total = sum(expected.values())
        found = {w: p for w, p in small.next_word_probabilities(list(prefix)).items() if p > 0}
        assert set(found) == set(expected)
        for word, p in expected.items():
            assert found[word] == pytest.approx(p / total, abs=1e-12)


def test_hidden_words_equal_those_counted_by_enumerating_every_story(small):
    stories = every_story()
    rng = np.random.default_rng(0)
    for story in stories:
        for count in (1, 2, 3):
            positions = sorted(rng.choice(len(story), count, replace=False).tolist())
            seen = [None if t in positions else word for t, word in enumerate(story)]
            fits = {
                other: p
                for other, p in stories.items()
                if len(other) == len(story)
                and all(w is None or w == o for w, o in zip(seen, other, strict=True))
            }
            found = small.masked_word_probabilities(list(story), positions)
            for t in positions:
                expected: dict[str, float] = {}
                for other, p in fits.items():
                    expected[other[t]] = expected.get(other[t], 0) + p / sum(fits.values())
                for word, p in expected.items():
                    assert found[t][word] == pytest.approx(p, abs=1e-12)
                assert sum(found[t].values()) == pytest.approx(1, abs=1e-12)


def test_the_comparison_sees_a_slightly_wrong_oracle(small):
    wrong = StoryGrammar(replace(SMALL, plots={**SMALL.plots, "one": SMALL.plots["one"].replace(
        "2: Soon", "2.01: Soon")}))  # fmt: skip
    words = ["Mia", "had", "a", "cup", "."]
    off = (
        wrong.next_word_probabilities(words)["soon"] - small.next_word_probabilities(words)["soon"]
    )
    assert abs(off) > 1e-4


def test_the_real_stories_are_what_a_class_needs(grammar, sampled):
    lengths = [len(grammar.words(story)) for story in sampled]
    assert min(lengths) >= 25 and max(lengths) <= 60
    assert 80 <= grammar.vocab_size <= 150
    assert len(SCHOOL_STORIES.plots) >= 8
    assert 0.4 <= grammar.floor(sampled, expected=True) <= 0.6
    entropies = np.concatenate([entropy(grammar.next_word_distribution(s)) for s in sampled[:500]])
    assert (entropies > 0.5).mean() >= 1 / 3


def test_there_are_at_least_a_hundred_thousand_stories(grammar, sampled):
    # No story is likelier than e^-12, so at least e^12 = 162,754 are needed to sum to one ...
    nats = [
        -np.log(p[np.arange(len(ids)), ids]).sum()
        for story in sampled[:500]
        for ids in [np.append(grammar.encode(story), END_ID)]
        for p in [grammar.next_word_distribution(story)]
    ]
    # ... and the number of equally likely stories is e to the mean of −ln p, the entropy.
    assert np.mean(nats) > np.log(100_000)
    assert len(set(sampled)) > 1990


def test_words_and_text_undo_each_other(grammar, sampled):
    for story in sampled[:200]:
        assert grammar.text(grammar.words(story)) == story
        assert grammar.decode(grammar.encode(story)) == story


def test_distributions_sum_to_one_and_special_symbols_have_none(grammar, sampled):
    for story in sampled[:50]:
        p = grammar.next_word_distribution(story)
        assert p.shape == (len(grammar.words(story)) + 1, grammar.vocab_size)
        np.testing.assert_allclose(p.sum(1), 1, atol=1e-12)
        assert not p[:, [PAD_ID, START_ID, MASK_ID]].any()
        assert p[-1, END_ID] > 0


def calibration(grammar, stories, power: float = 1.0) -> float:
    """The largest gap, in standard errors, between said and seen over ten bins of confidence."""
    said, seen = [], []
    for story in stories:
        p = grammar.next_word_distribution(story) ** power
        p /= p.sum(1, keepdims=True)
        ids = np.append(grammar.encode(story), END_ID)
        hit = np.zeros_like(p)
        hit[np.arange(len(ids)), ids] = 1
        unsure = (p > 0.01) & (p < 0.99)
        said.append(p[unsure])
        seen.append(hit[unsure])
    said, seen = np.concatenate(said), np.concatenate(seen)
    bins = np.minimum((said * 10).astype(int), 9)
    gaps = []
    for b in range(10):
        here = bins == b
        if here.sum() > 200:
            error = np.sqrt((said[here] * (1 - said[here])).sum())
            gaps.append(abs((seen[here] - said[here]).sum()) / error)
    return max(gaps)


def test_two_thousand_sampled_stories_agree_with_the_probabilities(grammar, sampled):
    assert calibration(grammar, sampled) < 3
    assert calibration(grammar, sampled, power=0.8) > 4.5, "a wrong oracle would pass"
    floor, expected = grammar.floor(sampled), grammar.floor(sampled, expected=True)
    assert floor == pytest.approx(expected, abs=0.01)


def test_what_was_named_early_decides_a_late_word(grammar):
    story = "Ben had a big cup, and Tom had a bag. Ben liked the bag, and Tom liked the cup."
    words = grammar.words(story)
    late = grammar.next_word_probabilities(words[: words.index("liked") + 2])
    assert late["bag"] == pytest.approx(1)
    changed = [("kite" if w == "bag" else w) for w in words]
    assert grammar.next_word_probabilities(changed[: words.index("liked") + 2])["kite"] > 0.99


def test_pronouns_agree_with_their_names(grammar, sampled):
    girls, boys = {"Mia", "Lily", "Zoe", "Ruby"}, {"Ben", "Tom", "Max", "Leo"}
    for story in sampled[:300]:
        words = grammar.words(story)
        for pronoun, wrong in (("he", girls), ("she", boys)):
            if pronoun in words and not (set(words) & (girls | boys)) - wrong:
                pytest.fail(story)


def test_an_impossible_beginning_names_the_first_impossible_word(grammar):
    with pytest.raises(ValueError, match="'cat'"):
        grammar.next_word_probabilities(["today", "cat", "cat"])
    with pytest.raises(ValueError, match="'zebra'"):
        grammar.next_word_probabilities(["zebra"])


def test_the_masked_floor_sums_over_the_hidden_words_only(grammar, sampled):
    stories, hidden = sampled[:20], [[3, 9, 20]] * 20
    by_hand = [
        -np.log(grammar.masked_distribution(s, h)[np.arange(3), grammar.encode(s)[h]]).mean()
        for s, h in zip(stories, hidden, strict=True)
    ]
    assert grammar.floor(stories, hidden=hidden) == pytest.approx(np.mean(by_hand))


def test_a_teacher_can_change_a_list_of_names():
    lists = {**SCHOOL_STORIES.lists}
    names = tuple(lists["children"])
    lists["children"] = (("Ada", *names[0][1:]), *names[1:])
    changed = StoryGrammar(replace(SCHOOL_STORIES, lists=lists))
    assert "Ada" in changed.vocabulary and names[0][0] not in changed.vocabulary
    story = changed.sample(1, np.random.default_rng(0))[0]
    assert changed.next_word_distribution(story).shape[1] == changed.vocab_size


def test_sampling_depends_on_the_generator_alone(grammar):
    draws = [grammar.sample(3, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert all(a != b for a, b in pairwise(draws[0]))


def test_a_seed_gives_the_same_stories_as_ever(sampled):
    # The recorded run and the trained students that come with the course belong to these stories.
    text = "\n".join(sampled[:200])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "88b6c39901a5f543"


def test_what_is_remembered_changes_nothing_and_is_bounded(grammar, sampled, monkeypatch):
    monkeypatch.setattr(stories, "KEPT", 8)
    forgetful = StoryGrammar()
    assert forgetful.sample(50, np.random.default_rng(7)) == sampled[:50]
    for story in sampled[:20]:
        expected = grammar.next_word_distribution(story)
        assert (forgetful.next_word_distribution(story) == expected).all()
        hidden = grammar.masked_distribution(story, [3, 9])
        assert (forgetful.masked_distribution(story, [3, 9]) == hidden).all()
    kept = forgetful._moves.cache_info()
    assert kept.currsize == 8 and kept.misses > 100
