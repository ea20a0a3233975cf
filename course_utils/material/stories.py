"""Stories whose best possible grade is known: sampled from a grammar, with exact probabilities.

A forward filter keeps every way in which the grammar could have written the words so far, and how
likely each is; what it expects next is the best possible answer. Reading backwards as well gives
the same for a hidden word. (Rabiner, 1989, describes both for hidden Markov models.)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from course_utils.material.grammar import END, MARKS, TOKEN, Grammar, compile_grammar
from course_utils.material.school_stories import SCHOOL_STORIES
from course_utils.material.symbols import END_ID, SYMBOLS

Binding = tuple[int, ...]  # the value of each slot, or -1 where it is not drawn or not needed
State = tuple[int, Binding]  # the node just written, and what is still needed of the draws
Beliefs = dict[State, float]
# What may come next: its probability and word id, and the node, slot and value (or -1) it leads to.
Move = tuple[float, int, int, int, int]
Moves = tuple[tuple[Move, ...], tuple[float, ...]]  # and the running sums of the probabilities

NO_STATE: State = (END, ())
KEPT = 16_384  # lists of moves that are remembered; our stories have 3,446


class StoryGrammar:
    """A grammar of stories: it samples them, and knows the exact probability of every word.

    ``vocabulary`` has V symbols: the four special ones, then the words in alphabetical order.
    Raises `GrammarError` (a `ValueError`) for a description that can't be used.
    """

    def __init__(self, description: Grammar = SCHOOL_STORIES) -> None:
        self.description = description
        a = self._automaton = compile_grammar(description)
        self._proper = {
            form
            for slot, values in zip(description.slots, a.slots, strict=True)
            if description.slots[slot] in description.proper
            for value in values
            for form in value[:1]
        }
        fixed = {node.word for node in a.nodes if node.word is not None}
        drawn = {form for values in a.slots for value in values for form in value}
        self.vocabulary: tuple[str, ...] = SYMBOLS + tuple(
            sorted({self._known(word) for word in fixed | drawn})
        )
        self._ids = {word: i for i, word in enumerate(self.vocabulary)}
        self._words = [self._ids[self._known(n.word)] if n.word else -1 for n in a.nodes]
        self._forms = [
            [[self._ids[self._known(form)] for form in value] for value in values]
            for values in a.slots
        ]
        self._blank: Binding = (-1,) * len(a.slots)
        self._asked, self._forgotten = self._memory()
        self._moves = lru_cache(maxsize=KEPT)(self._list_moves)
        self._distribution = lru_cache(maxsize=1024)(self._next_word_distribution)
        self.max_words = self._longest()

    def _known(self, word: str) -> str:
        """A word as it stands in the vocabulary: in lower case, but for names and "I"."""
        return word if word in self._proper or word == "I" else word.lower()

    @property
    def vocab_size(self) -> int:
        """V, the number of all symbols."""
        return len(self.vocabulary)

    @property
    def block_size(self) -> int:
        """The context that holds any story: ``<start>`` and ``max_words`` words."""
        return self.max_words + 1

    def _longest(self) -> int:
        length = [0] * len(self._automaton.nodes)
        for i in reversed(range(len(length))):
            following = [length[j] + 1 for _, j in self._automaton.next[i] if j != END]
            length[i] = max(following, default=0)
        return length[0]

    # Text and words

    def words(self, story: str) -> list[str]:
        """A story's words and marks, as the vocabulary spells them; undone by `text`.

        Raises `ValueError` for a word that no story has.
        """
        words = [self._known(word) for word in TOKEN.findall(story)]
        leftover = TOKEN.sub("", story).strip()
        if leftover:
            raise ValueError(f"{leftover.split()[0]!r} is neither a word nor a mark of a story.")
        for word in words:
            self._id(word)
        return words

    def text(self, words: Sequence[str]) -> str:
        """Words and marks as natural text: capitals after a full stop, no blank before a mark."""
        parts: list[str] = []
        begins = True
        for word in words:
            mark = word in MARKS
            if parts and not mark:
                parts.append(" ")
            parts.append(word[0].upper() + word[1:] if begins else word)
            begins = word in (".", "!", "?")
        return "".join(parts)

    def encode(self, story: str) -> NDArray[np.int64]:
        """The ids (n,) of a story's words, without start and end."""
        return np.array([self._ids[word] for word in self.words(story)], np.int64)

    def decode(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Natural text of ids; the special symbols are left out."""
        return self.text([self.vocabulary[i] for i in ids if i >= len(SYMBOLS)])

    def _id(self, word: str) -> int:
        if word not in self._ids:
            raise ValueError(f"{word!r} is no word of these stories.")
        return self._ids[word]

    # Writing

    def sample(self, count: int, rng: np.random.Generator) -> list[str]:
        """``count`` stories as natural text, drawn independently."""
        return [self.text(self._sample_words(rng)) for _ in range(count)]

    def _sample_words(self, rng: np.random.Generator) -> list[str]:
        words: list[str] = []
        node, binding = 0, self._blank
        while True:
            moves, sums = self._follow(node, binding)
            drawn = bisect_right(sums, rng.random() * sums[-1])
            _, word, node, slot, value = moves[min(drawn, len(moves) - 1)]
            if word == END_ID:
                return words
            words.append(self.vocabulary[word])
            binding = self._bind(binding, node, slot, value)

    def _memory(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """By node: the slots that decide what follows, and those that nobody needs from it on."""
        a = self._automaton
        asked: list[set[int]] = [set() for _ in a.nodes]
        forgotten: list[set[int]] = [set() for _ in a.nodes]
        for i, following in enumerate(a.next):
            for _, j in following:
                if j == END:
                    continue
                held, slot = set(a.alive[i]), a.nodes[j].slot
                if slot >= 0:
                    asked[i] |= {slot, *a.rivals[slot]}
                    held.add(slot)
                forgotten[j] |= held - a.alive[j]
        return [tuple(sorted(s)) for s in asked], [tuple(sorted(s)) for s in forgotten]

    def _follow(self, node: int, binding: Binding) -> Moves:
        """What may come next: probabilities that sum to one, and their running sums."""
        return self._moves(node, tuple([binding[slot] for slot in self._asked[node]]))

    def _list_moves(self, node: int, values: tuple[int, ...]) -> Moves:
        """`_follow` anew; ``values`` are those of the slots that it depends on."""
        a, held = self._automaton, dict(zip(self._asked[node], values, strict=True))
        moves: list[Move] = []
        for p, j in a.next[node]:
            if j == END:
                moves.append((p, END_ID, END, -1, -1))
                continue
            slot, form = a.nodes[j].slot, a.nodes[j].form
            if slot < 0:
                moves.append((p, self._words[j], j, -1, -1))
            elif held[slot] >= 0:
                moves.append((p, self._forms[slot][held[slot]][form], j, -1, -1))
            else:
                taken = {held[rival] for rival in a.rivals[slot]}
                free = [v for v in range(len(a.slots[slot])) if v not in taken]
                share = p / len(free)
                moves += [(share, self._forms[slot][v][form], j, slot, v) for v in free]
        return tuple(moves), tuple(accumulate(p for p, *_ in moves))

    def _bind(self, binding: Binding, node: int, slot: int, value: int) -> Binding:
        """The binding at ``node``: with the value just drawn, without what isn't needed again."""
        forgotten = self._forgotten[node]
        if slot < 0 and not forgotten:
            return binding
        held = list(binding)
        if slot >= 0:
            held[slot] = value
        for other in forgotten:
            held[other] = -1
        return tuple(held)

    def _state(self, binding: Binding, node: int, slot: int, value: int) -> State:
        return NO_STATE if node == END else (node, self._bind(binding, node, slot, value))

    # What comes next?

    def next_word_probabilities(self, words: Sequence[str]) -> dict[str, float]:
        """The exact probability of each possible next word; ``<end>`` is one of them.

        Raises `ValueError` that names the first word which no story has at that place.
        """
        beliefs: Beliefs = {(0, self._blank): 1.0}
        for place, word in enumerate(words):
            beliefs, row = self._advance(beliefs, self._ids.get(word, -1))
            if not beliefs:
                self._impossible(words, place, row)
        _, row = self._advance(beliefs, -1)
        return {self.vocabulary[i]: p for i, p in sorted(row.items())}

    def next_word_distribution(self, story: str) -> NDArray[np.float64]:
        """The exact distribution at each question: (n + 1, V), the last one asking for the end.

        The array is shared between calls and can't be written to. Raises as
        `next_word_probabilities` does.
        """
        return self._distribution(story)

    def _next_word_distribution(self, story: str) -> NDArray[np.float64]:
        words = self.words(story)
        beliefs: Beliefs = {(0, self._blank): 1.0}
        places: list[int] = []
        ids: list[int] = []
        shares: list[float] = []
        for place, word in enumerate([*words, SYMBOLS[END_ID]]):
            beliefs, row = self._advance(beliefs, self._ids[word])
            if not beliefs:
                self._impossible(words, place, row)
            places += [place] * len(row)
            ids += row.keys()
            shares += row.values()
        result = np.zeros((len(words) + 1, self.vocab_size))
        result[places, ids] = shares  # one assignment: forty small ones would take half the time
        result.flags.writeable = False
        return result

    def _advance(self, beliefs: Beliefs, observed: int) -> tuple[Beliefs, dict[int, float]]:
        """One word on: the beliefs after ``observed``, and what was expected before it."""
        after: Beliefs = {}
        row: dict[int, float] = {}
        for (node, binding), belief in beliefs.items():
            for p, word, j, slot, value in self._follow(node, binding)[0]:
                p *= belief
                row[word] = row.get(word, 0.0) + p
                if word == observed:
                    then = self._state(binding, j, slot, value)
                    after[then] = after.get(then, 0.0) + p
        total = sum(after.values())
        return {state: p / total for state, p in after.items()}, row

    def _impossible(self, words: Sequence[str], place: int, row: dict[int, float]) -> None:
        likely = [self.vocabulary[i] for i in sorted(row, key=lambda i: -row[i])[:3]]
        said = repr(words[place]) if place < len(words) else "the end"
        before = self.text(words[:place]) or "the start"
        raise ValueError(
            f"No story has {said} as word {place + 1}, after {before!r}; "
            f"possible there: {', '.join(likely)}."
        )

    # Fill in the blank

    def masked_word_probabilities(
        self, words: Sequence[str], positions: Sequence[int]
    ) -> dict[int, dict[str, float]]:
        """The exact probabilities of each hidden word, given all words that can be seen.

        ``positions`` (from 0) are hidden all at once; what stands there in ``words`` is not
        used. Raises `ValueError` if no story has the words that can be seen.
        """
        result = self._smooth(words, positions)
        return {
            position: {self.vocabulary[i]: p for i, p in sorted(row.items())}
            for position, row in result.items()
        }

    def masked_distribution(self, story: str, positions: Sequence[int]) -> NDArray[np.float64]:
        """`masked_word_probabilities` as an array (positions, V)."""
        result = np.zeros((len(positions), self.vocab_size))
        rows = self._smooth(self.words(story), positions)
        for i, position in enumerate(positions):
            row = rows[position]
            result[i, list(row)] = list(row.values())
        return result

    def _smooth(
        self, words: Sequence[str], positions: Sequence[int]
    ) -> dict[int, dict[int, float]]:
        """Forward to find every path that fits, backward to weigh it by what follows."""
        hidden = set(positions)
        for position in hidden:
            if not 0 <= position < len(words):
                raise ValueError(
                    f"Position {position} lies outside the story's {len(words)} words."
                )
        seen = [-1 if i in hidden else self._ids.get(w, -2) for i, w in enumerate(words)]
        beliefs: Beliefs = {(0, self._blank): 1.0}
        steps: list[list[tuple[State, float, int, State]]] = []
        for place, observed in enumerate([*seen, END_ID]):
            step, after = [], dict[State, float]()
            for state, belief in beliefs.items():
                node, binding = state
                for p, word, j, slot, value in self._follow(node, binding)[0]:
                    if word == observed or (observed == -1 and word != END_ID):
                        then = self._state(binding, j, slot, value)
                        step.append((state, belief * p, word, then))
                        after[then] = after.get(then, 0.0) + belief * p
            if not after:
                said = repr(words[place]) if place < len(words) else "the end"
                raise ValueError(
                    f"No story has {said} as word {place + 1} beside the other words that"
                    " can be seen."
                )
            total = sum(after.values())
            beliefs = {state: p / total for state, p in after.items()}
            steps.append(step)
        return self._weigh(steps, hidden)

    def _weigh(
        self, steps: list[list[tuple[State, float, int, State]]], hidden: set[int]
    ) -> dict[int, dict[int, float]]:
        later: Beliefs = {NO_STATE: 1.0}
        result: dict[int, dict[int, float]] = {}
        for place in reversed(range(len(steps))):
            row: dict[int, float] = {}
            before: Beliefs = {}
            for state, p, word, then in steps[place]:
                weight = p * later.get(then, 0.0)
                if weight:
                    row[word] = row.get(word, 0.0) + weight
                    before[state] = before.get(state, 0.0) + weight
            total = sum(row.values())
            if place in hidden:
                result[place] = {word: weight / total for word, weight in row.items()}
            later = self._ratio(before, place, steps)
        return result

    def _ratio(
        self, before: Beliefs, place: int, steps: list[list[tuple[State, float, int, State]]]
    ) -> Beliefs:
        """Likelihood of all that follows, by state: posterior mass over forward mass."""
        if place == 0:
            return before
        forward: Beliefs = {}
        for _, p, _, then in steps[place - 1]:
            forward[then] = forward.get(then, 0.0) + p
        largest = max(w / forward[s] for s, w in before.items())
        return {s: w / forward[s] / largest for s, w in before.items()}

    # The best possible grade

    def floor(
        self,
        stories: Sequence[str],
        expected: bool = False,
        hidden: Sequence[Sequence[int]] | None = None,
    ) -> float:
        """The oracle's mean loss on exactly these stories, in nats per question.

        With ``expected`` the mean entropy instead: what the oracle loses on average at these
        places. ``hidden`` (one list of positions a story) asks for these hidden words instead
        of the next ones. Raises `ValueError` if there is no question.
        """
        if not len(stories):
            raise ValueError("The floor of no stories is not defined; give at least one.")
        if hidden is not None and len(hidden) != len(stories):
            raise ValueError("Give one list of hidden positions for each story.")
        losses = []
        for i, story in enumerate(stories):
            ids = np.append(self.encode(story), END_ID)
            if hidden is None:
                p = self.next_word_distribution(story)
            else:
                p, ids = self.masked_distribution(story, hidden[i]), ids[list(hidden[i])]
            if expected:
                losses.append(entropy(p))
            else:
                losses.append(-np.log(p[np.arange(len(ids)), ids]))
        every = np.concatenate(losses)
        if not every.size:
            raise ValueError("No word is hidden, so there is no question; hide at least one.")
        return float(every.mean())


def entropy(distribution: NDArray[np.float64]) -> NDArray[np.float64]:
    """−Σ p ln p over the last axis, in nats, with 0 ln 0 = 0: (…, V) → (…)."""
    logs = np.log(distribution, out=np.zeros_like(distribution), where=distribution > 0)
    return np.asarray(-(distribution * logs).sum(axis=-1))
