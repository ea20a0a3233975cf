"""Questions for humans: four words, "any other word", and twenty chips of confidence.

A student spreads its confidence over all V symbols; nobody could do that on paper. So a human
sees a short list that is chosen from the context alone, never from the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course_utils.material.stories import StoryGrammar, entropy
from course_utils.material.symbols import END_ID, SYMBOLS

CHIPS = 20
OTHER = "any other word"
RECENT = 8  # words back: a settled question's answer was named before them
OPEN = 0.8  # nats: a question whose answer is still open
UNEVEN = 0.2  # nats: how far luck can go in an open question (a standard deviation)
SETTLED = 0.95  # the oracle's confidence in a question that the story has settled


def question_loss(distribution: NDArray[np.floating], answer: int) -> float:
    """−ln of the probability (V,) that was put on the right answer, in nats.

    The one grading for a human, a student, counting and the oracle.
    """
    with np.errstate(divide="ignore"):
        return float(-np.log(np.float64(distribution[answer])))


@dataclass(frozen=True)
class ChoiceQuestion:
    """What a human is asked: the words so far, four to choose from, and the story's own next word.

    ``settled`` says whether the story before has decided it.
    """

    context: tuple[str, ...]
    choices: tuple[str, ...]
    answer: str
    settled: bool

    @property
    def boxes(self) -> tuple[str, ...]:
        """The four words and "any other word"."""
        return (*self.choices, OTHER)

    @property
    def answer_box(self) -> int:
        """Which box (0 to 4) holds the answer."""
        return self.choices.index(self.answer) if self.answer in self.choices else 4


def choose_words(
    grammar: StoryGrammar, context: Sequence[str], rng: np.random.Generator
) -> tuple[str, ...]:
    """Four words from the context alone: the oracle's three likeliest, and an unlikely one.

    If fewer than three are possible, others of the likeliest word's own list fill up (another
    name for a name), those that the story has named first. The order is shuffled by ``rng``.
    Raises `ValueError` for an impossible context.
    """
    return _four(grammar, grammar.next_word_probabilities(list(context)), context, rng)


def choose_filling_words(
    grammar: StoryGrammar,
    words: Sequence[str],
    positions: Sequence[int],
    rng: np.random.Generator,
) -> dict[int, tuple[str, ...]]:
    """For each hidden position four words, chosen as `choose_words` does, from both sides.

    ``positions`` (from 0) are hidden all at once; what stands there is not used. Raises
    `ValueError` if no story has the words that can be seen.
    """
    seen = [word for i, word in enumerate(words) if i not in set(positions)]
    expected = grammar.masked_word_probabilities(words, positions)
    return {i: _four(grammar, expected[i], seen, rng) for i in positions}


def _four(
    grammar: StoryGrammar,
    expected: Mapping[str, float],
    context: Sequence[str],
    rng: np.random.Generator,
) -> tuple[str, ...]:
    words = [w for w in grammar.vocabulary[len(SYMBOLS) :] if w[0].isalpha()]
    chosen = sorted((w for w in expected if w in words), key=lambda w: (-expected[w], w))[:3]
    lists = [_heads(values) for values in grammar.description.lists.values()]
    kin = next((values for values in lists if chosen and chosen[0] in values), [])
    shuffled = [words[i] for i in rng.permutation(len(words))]
    named = [w for w in shuffled if w in context]
    tempting = [w for w in named if w in kin] + [w for w in shuffled if w in kin] + named
    for pool, size in ((tempting, 3), (shuffled, 4)):
        for word in pool:
            if len(chosen) < size and word not in chosen and word not in expected:
                chosen.append(word)
    return tuple(chosen[i] for i in rng.permutation(len(chosen)))


def _heads(values: Sequence[str | tuple[str, ...]]) -> list[str]:
    return [value if isinstance(value, str) else value[0] for value in values]


def chips_to_distribution(
    chips: Sequence[int], choices: Sequence[str], vocabulary: Sequence[str]
) -> NDArray[np.float64]:
    """Twenty chips in five boxes to a full distribution (V,).

    Each word's box is its probability; the fifth box is shared equally by the V − 4 others.
    Every box keeps at least one chip: a "never" that turns out wrong would cost infinitely much.
    Raises `ValueError` for other numbers of chips.
    """
    if len(chips) != len(choices) + 1 or sum(chips) != CHIPS or min(chips) < 1:
        raise ValueError(
            f"Place {CHIPS} chips in {len(choices) + 1} boxes, at least one in each; "
            f"got {list(chips)}."
        )
    places = [list(vocabulary).index(word) for word in choices]
    share = chips[-1] / CHIPS / (len(vocabulary) - len(choices))
    distribution = np.full(len(vocabulary), share)
    distribution[places] = np.array(chips[:-1]) / CHIPS
    return distribution


def story_questions(
    grammar: StoryGrammar,
    stories: Sequence[str],
    rng: np.random.Generator,
    settled: int = 3,
    still_open: int = 3,
) -> list[ChoiceQuestion]:
    """Questions from these stories, one a story at most, settled and open ones in turn.

    Settled: the oracle is sure, and the answer (a thing, a colour, a place or an animal, never a
    child) was named early, before the last `RECENT` words. Open: the entropy is above `OPEN` nats,
    and some answers are likelier than others. No two of them ask at the same place of the grammar
    if there are stories enough: what may follow differs in every word, and each settled one asks
    from another list. Which place is asked depends on the context alone. Raises `ValueError` if
    the stories don't hold enough questions.
    """
    chosen: dict[bool, list[ChoiceQuestion]] = {True: [], False: []}
    wanted = {True: settled, False: still_open}
    lists = _comes_back(grammar)
    taken: set[str] = set()
    asked: set[int] = set()
    for repeat in (False, True):
        for i, story in enumerate(stories):
            kind = len(chosen[True]) <= len(chosen[False])
            if len(chosen[kind]) == wanted[kind]:
                kind = not kind
            if len(chosen[kind]) == wanted[kind]:
                break
            if i in asked:
                continue
            words, p = grammar.words(story), grammar.next_word_distribution(story)
            places = []
            for t in range(8, len(words)):
                if p[t, END_ID] == 0 and _fits(grammar, words[:t], p[t], kind, lists):
                    possible = _possible(grammar, p[t], kind, lists)
                    if repeat or not possible & taken:
                        places.append((t, possible))
            if not places:
                continue
            t, possible = places[int(rng.integers(len(places)))]
            taken |= possible
            asked.add(i)
            context = tuple(words[:t])
            four = choose_words(grammar, context, rng)
            chosen[kind].append(ChoiceQuestion(context, four, words[t], kind))
    if any(len(chosen[kind]) < wanted[kind] for kind in chosen):
        raise ValueError("These stories don't hold enough questions; give more stories.")
    pairs = [q for pair in zip(chosen[True], chosen[False], strict=False) for q in pair]
    longer = chosen[True] if settled > still_open else chosen[False]
    return pairs + longer[min(settled, still_open) :]


def _comes_back(grammar: StoryGrammar) -> dict[str, frozenset[str]]:
    """By word the list that it is drawn from: what stories name and come back to, no children."""
    description = grammar.description
    lists = {
        name: frozenset(_heads(values))
        for name, values in description.lists.items()
        if name not in description.proper
    }
    return {word: values for values in lists.values() for word in values}


def _possible(
    grammar: StoryGrammar, p: NDArray[np.float64], settled: bool, lists: dict[str, frozenset[str]]
) -> frozenset[str]:
    """The words that mark a place: in a settled question the whole list that is asked from."""
    if settled:
        return lists[grammar.vocabulary[int(np.argmax(p))]]
    return frozenset(grammar.vocabulary[int(i)] for i in np.flatnonzero(p > 0))


def _fits(
    grammar: StoryGrammar,
    context: Sequence[str],
    p: NDArray[np.float64],
    settled: bool,
    lists: dict[str, frozenset[str]],
) -> bool:
    if not settled:
        # Were all answers equally likely, even the best possible student's mark had no luck in it.
        logp = np.log(np.where(p > 0, p, 1.0))
        spread = float((p * logp**2).sum() - (p * logp).sum() ** 2)
        return float(entropy(p)) > OPEN and spread > UNEVEN**2
    best = int(np.argmax(p))
    word = grammar.vocabulary[best]
    return (
        p[best] >= SETTLED
        and word in lists
        and word in context
        and word not in context[-RECENT:]
        and context[-1].isalpha()
    )
