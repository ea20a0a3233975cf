"""One attempt, taken apart: what the student reads, what it computes, what mattered.

A question is some tokens to read and a place where the answer is read off. A next-token student
answers at the last place; one that fills in blanks answers where ``<mask>`` stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Ids
from course_utils.material.questions import OPEN, RECENT, choose_words
from course_utils.material.stories import entropy
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS
from course_utils.student.functions import Plain, log_softmax, softmax
from course_utils.student.model import GPT
from course_utils.student.parameters import Array
from course_utils.student.sampling import choose
from course_utils.training.corpus import Corpus

Floats = NDArray[np.float64]
RETURNING = "things"  # the list of the stories whose words are named early and come back late


@dataclass(frozen=True, eq=False)
class Question:
    """``ids`` (T,) are read, the answer is read off at ``place``; ``answer`` is the right token.

    ``masked`` says that a blank is to be filled in, which stands at ``place``.
    """

    ids: Ids
    place: int
    answer: int
    masked: bool = False


def question_at(row: Ids, place: int, masked: bool = False) -> Question:
    """The question whose right answer is token ``place`` (from 1) of a row (T + 1,).

    Next-token: what stands before is read. ``masked``: the whole row is read, this token hidden.
    Raises `ValueError` if no word is asked there.
    """
    row = row[row != PAD_ID]
    if not 1 <= place < len(row):
        raise ValueError(f"Place {place} isn't asked; choose 1 to {len(row) - 1}.")
    answer = int(row[place])
    if not masked:
        return Question(row[:place].copy(), place - 1, answer)
    ids = row.copy()
    ids[place] = MASK_ID
    return Question(ids, place, answer, masked=True)


def swapped(question: Question, place: int, token: int) -> Question:
    """The same question with another token at ``place``; the right answer stays as it was.

    Raises `ValueError` for a place that isn't read, or the blank itself.
    """
    if not 0 <= place < len(question.ids) or (question.masked and place == question.place):
        raise ValueError(f"Place {place} holds no word that could be swapped.")
    ids = question.ids.copy()
    ids[place] = token
    return replace(question, ids=ids)


def answer_logits(model: GPT, question: Question) -> Floats:
    """The student's logits (V,) for a question, in float64."""
    return np.asarray(model.forward(question.ids[None])[0, question.place], np.float64)


def answer_shares(model: GPT, question: Question) -> Floats:
    """The student's answer to a question as shares (V,) that add up to 1."""
    return np.asarray(softmax(answer_logits(model, question)))


# Watching a forward pass


class Notes(Plain):
    """The plain arithmetic, which also notes what passes by.

    Since the last `rewind`: ``additions`` has (stream before, what is added) twice a layer, first
    the attention's, then the MLP's, each (N, C); ``weights`` one (B, H, T, T) a layer; ``hidden``
    the MLP's bent values (N, 4C); ``normed`` what the last LayerNorm gave (N, C). Where ``covered``
    (B, T) is true lies a card: no other place can read there.
    """

    def __init__(self) -> None:
        self.covered: NDArray[np.bool_] | None = None
        self.rewind()

    def rewind(self) -> None:
        """Begin new notes."""
        self.additions: list[tuple[Array, Array]] = []
        self.weights: list[Array] = []
        self.hidden: list[Array] = []
        self.normed: Array = np.zeros((0, 0))

    def add(self, x: Array, y: Array) -> Array:
        """x + y, noting both."""
        self.additions.append((x, y))
        return super().add(x, y)

    def layer_norm(self, x: Array, gain: Array, bias: Array) -> tuple[Array, Array, Array]:
        """As `Plain`, noting the result; the last one is what the logits are made of."""
        y, normed, scale = super().layer_norm(x, gain, bias)
        self.normed = y
        return y, normed, scale

    def gelu(self, x: Array) -> tuple[Array, Array]:
        """As `Plain`, noting the bent values."""
        y, slope = super().gelu(x)
        self.hidden.append(y)
        return y, slope

    def attend(self, q: Array, k: Array, v: Array, causal: bool) -> tuple[Array, Array]:
        """As `Plain`, noting the weights, and with cards on what is ``covered``."""
        if self.covered is None:
            y, weights = super().attend(q, k, v, causal)
        else:
            B, H, T, D = q.shape
            scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.dtype.type(D))
            unread = self.covered[:, None, None, :] & ~np.eye(T, dtype=bool)
            if causal:
                unread = unread | ~np.tri(T, dtype=bool)
            weights = softmax(np.where(unread, -np.inf, scores)).astype(q.dtype, copy=False)
            y = (weights @ v).swapaxes(1, 2).reshape(B * T, H * D)
        self.weights.append(weights)
        return y, weights


class Watched:
    """A copy of a student whose forward pass can be looked into; the original isn't touched."""

    def __init__(self, model: GPT) -> None:
        self.notes = Notes()
        self.model = GPT(model.config, np.random.default_rng(0), model.dtype.type, self.notes)
        self.model.flat_data[...] = model.flat_data

    def attempt(self, question: Question) -> Attempt:
        """The student's forward pass on one question, with everything it went through."""
        model, t = self.model, question.place
        logits = answer_logits(model, question)
        notes = self.notes
        return Attempt(
            question,
            _wide(model.wte.data[question.ids[t]]),
            _wide(model.wpe.data[t]),
            tuple((_wide(before[t]), _wide(added[t])) for before, added in notes.additions),
            tuple(_wide(weights[0, :, t]) for weights in notes.weights),
            tuple(_wide(hidden[t]) for hidden in notes.hidden),
            _wide(notes.normed[t]),
            logits,
        )

    def covering(self, question: Question, places: Sequence[int]) -> Floats:
        """The log-probability of the right answer when each of these places is covered, (P,).

        In nats, one attempt a place. The place where the answer is read off can't be covered:
        it reads itself. Raises `ValueError` for that place and for places that aren't read.
        """
        if len(places) == 0:
            return np.zeros(0)
        for place in places:
            if not 0 <= place < len(question.ids) or place == question.place:
                raise ValueError(
                    f"Place {place} can't be covered: choose another of the"
                    f" {len(question.ids)} that are read, not the one that answers."
                )
        logits = self._covered(question.ids, places)
        logp = log_softmax(logits[:, question.place].astype(np.float64))
        return np.asarray(logp[:, question.answer], np.float64)

    def _covered(self, ids: Ids, places: Sequence[int]) -> Array:
        """The logits (P, T, V) of ids (T,) when each of these places is covered."""
        cards = np.zeros((len(places), len(ids)), bool)
        cards[np.arange(len(places)), list(places)] = True
        self.notes.covered = cards
        try:
            return self.model.forward(np.repeat(ids[None], len(places), axis=0))
        finally:
            self.notes.covered = None

    def row(self, row: Ids) -> tuple[Floats, Floats, Floats]:
        """All questions of a row (T + 1,) of a causal student, each with every place covered once.

        Returns the log-probabilities (T,) of the right answers, the same (T, T) when the first
        axis's place is covered (its own answer isn't touched by that), and the shares (L, H, T, T)
        of the reading. As a causal student's earlier questions are a part of its last one, this
        takes two attempts a row.
        """
        ids, answers = row[:-1], row[1:]
        every = np.arange(len(ids))
        logp = log_softmax(self.model.forward(ids[None])[0].astype(np.float64))[every, answers]
        shares = np.stack([_wide(weights[0]) for weights in self.notes.weights])
        covered = log_softmax(self._covered(ids, every.tolist()).astype(np.float64))
        return np.asarray(logp), np.asarray(covered[:, every, answers]), shares


def _wide(values: Array) -> Floats:
    """A copy in float64: what the model keeps, it uses again."""
    return np.array(values, np.float64)


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one forward pass went through at the place that answers, in float64.

    ``word`` and ``position`` (C,): the rows of the two tables. ``steps``: twice a layer, first the
    attention's then the MLP's, the stream before (C,) and what is added to it (C,). ``weights``:
    for each layer (H, T), how strongly each place was read. ``hidden``: for each layer (4C,), the
    MLP's values after GELU. ``normed`` (C,): the stream after the last LayerNorm. ``logits`` (V,).
    """

    question: Question
    word: Floats
    position: Floats
    steps: tuple[tuple[Floats, Floats], ...]
    weights: tuple[Floats, ...]
    hidden: tuple[Floats, ...]
    normed: Floats
    logits: Floats

    @property
    def probabilities(self) -> Floats:
        """The answer as shares (V,) that add up to 1."""
        return np.asarray(softmax(self.logits))

    def stream(self) -> list[Floats]:
        """The stream (C,) after the look-up and after each of the 2L additions."""
        return [self.steps[0][0], *(before + added for before, added in self.steps)]


def effects(watched: Watched, question: Question, places: Sequence[int]) -> Floats:
    """How much dearer the right answer gets when each place is covered, in nats of loss (P,).

    Near zero: it didn't matter. Negative: the student does better without it.
    """
    logp = log_softmax(answer_logits(watched.model, question))[question.answer]
    return np.asarray(logp - watched.covering(question, places))


def others(question: Question) -> list[int]:
    """The places that are read, without the one that answers."""
    return [place for place in range(len(question.ids)) if place != question.place]


# Which head finds what comes back


def returning(corpus: Corpus, row: Ids) -> list[int]:
    """The places of a row (T + 1,) whose token was named before, more than `RECENT` tokens back.

    In the stories only things count (a ball, a kite); in an own text any token but a symbol.
    """
    row = row[row != PAD_ID]
    grammar = corpus.grammar
    things = None if grammar is None else grammar.description.lists.get(RETURNING)
    found = []
    for place in range(1, len(row)):
        wanted = row[place] >= len(SYMBOLS) and (
            things is None or corpus.vocabulary[row[place]] in things
        )
        back = row[: max(0, place - RECENT)]
        if wanted and row[place] in back and row[place] not in row[place - RECENT : place]:
            found.append(place)
    return found


def head_scores(model: GPT, corpus: Corpus, rows: Ids) -> tuple[Floats, int]:
    """How much of its reading each head spends on finding what comes back: (L, H), and N.

    The mean, over N questions of rows (B, T + 1) whose answer was named before (`returning`; of a
    row with blanks only the last one), of the attention weight on the places that hold the answer.
    Nothing to find gives zeros.
    """
    masked = not model.config.causal
    total = np.zeros((model.config.n_layer, model.config.n_head))
    count = 0
    for row in rows:
        asked = [question_at(row, place, masked) for place in returning(corpus, row)]
        if not asked:
            continue
        longest = asked[-1]  # a causal student's earlier questions are a part of its last one
        model.forward(longest.ids[None])
        for question in asked[-1:] if masked else asked:
            held = np.flatnonzero(longest.ids[: len(question.ids)] == question.answer)
            for layer, block in enumerate(model.blocks):
                total[layer] += block.attn.weights[0][:, question.place, held].sum(axis=1)
            count += 1
    return total / max(count, 1), count


def best_head(scores: Floats) -> tuple[int, int]:
    """The (layer, head) with the highest score, both from 0."""
    layer, head = np.unravel_index(int(np.argmax(scores)), scores.shape)
    return int(layer), int(head)


# What was read and what mattered need not agree


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was read most in a question, beside what mattered most for its answer.

    ``shares`` (L, H, T): how much each head of the answering place read each place. ``effects``
    (T,): how much dearer covering a place makes the right answer, in nats; 0 for the answering
    place itself. ``read`` is the place that one head gave most to, ``head`` that (layer, head);
    ``mattered`` is the place with the largest effect.
    """

    question: Question
    shares: Floats
    effects: Floats
    read: int
    head: tuple[int, int]
    mattered: int

    @property
    def agree(self) -> bool:
        """Whether the word that was read most is the one that mattered most."""
        return self.read == self.mattered

    @property
    def at_stake(self) -> float:
        """How much the word that mattered most mattered, in nats."""
        return float(self.effects[self.mattered])

    def describe(self, label: Callable[[int], str]) -> str:
        """The word that was read most, and the one that mattered most; two lines for each."""
        lines = []
        for name, place in (("read most", self.read), ("mattered most", self.mattered)):
            word, share = label(int(self.question.ids[place])), 100 * self.shares[:, :, place].max()
            lines.append(
                f"{name}: “{word}” (place {place}), one head gave it {share:.0f} of 100;\n"
                f"  covering it costs {self.effects[place]:.2f}"
            )
        return "\n".join(lines)


def compare(watched: Watched, question: Question) -> Comparison | None:
    """What was read most and what mattered most, measured; None if nothing else is read."""
    places = others(question)
    if not places:
        return None
    measured = np.zeros(len(question.ids))
    measured[places] = effects(watched, question, places)
    return _comparison(question, np.stack(watched.attempt(question).weights), measured)


def _comparison(question: Question, shares: Floats, measured: Floats) -> Comparison:
    places = others(question)
    strongest = shares.max(axis=(0, 1))
    read = max(places, key=lambda place: strongest[place])
    mattered = max(places, key=lambda place: measured[place])
    return Comparison(question, shares, measured, read, best_head(shares[:, :, read]), mattered)


def comparisons(watched: Watched, rows: Ids, sure: float = 0.5) -> Iterator[Comparison]:
    """All of them in rows (N, T + 1), among the questions that the student answers well.

    Its share on the right answer is at least ``sure``: only there is something to lose.
    """
    for row in rows:
        row = row[row != PAD_ID]
        if watched.model.config.causal:
            yield from _comparisons_of_a_row(watched, row, sure)
            continue
        for place in range(2, len(row)):
            question = question_at(row, place, masked=True)
            share = softmax(answer_logits(watched.model, question))[question.answer]
            found = compare(watched, question) if share >= sure else None
            if found is not None:
                yield found


def _comparisons_of_a_row(watched: Watched, row: Ids, sure: float) -> Iterator[Comparison]:
    logp, covered, shares = watched.row(row)
    for t in range(1, len(logp)):
        if np.exp(logp[t]) >= sure:
            measured = logp[t] - covered[: t + 1, t]
            measured[t] = 0.0
            yield _comparison(question_at(row, t + 1), shares[:, :, t, : t + 1], measured)


# The untrained student's favourite


@dataclass(frozen=True)
class Favourites:
    """How a student spreads its confidence, over many questions, in points of 100.

    ``last_read``: the share of questions whose favourite is the word just read; ``even`` a blind
    guess's points; ``least``, ``most`` and ``on_last`` the mean points on the least liked word, the
    favourite and the word just read.
    """

    last_read: float
    even: float
    least: float
    most: float
    on_last: float

    def __str__(self) -> str:
        return (
            f"least liked word {self.least:.2f}, favourite {self.most:.1f}, even {self.even:.2f}"
            f" points;\n  the favourite is the word just read in {100 * self.last_read:.0f} of 100"
            " questions"
        )


def favourites(model: GPT, rows: Ids) -> Favourites:
    """Measure a next-token student's favourites on all questions of rows (N, T + 1)."""
    ids, asked = rows[:, :-1], rows[:, 1:] != PAD_ID
    shares = softmax(model.forward(ids)[asked].astype(np.float64))
    last = ids[asked]
    return Favourites(
        float((shares.argmax(axis=1) == last).mean()),
        100 / model.config.vocab_size,
        100 * float(shares.min(axis=1).mean()),
        100 * float(shares.max(axis=1).mean()),
        100 * float(shares[np.arange(len(last)), last].mean()),
    )


# Writing: how an answer is drawn


def drawing_shares(
    logits: Floats, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Floats:
    """With which probability `choose` draws each word: logits (V,) → (V,).

    Temperature divides the logits; top-k keeps the k likeliest, top-p the fewest that together
    hold p; what is kept is brought back to a sum of 1.
    """
    shares = softmax(np.asarray(logits, np.float64) / temperature)
    order = np.argsort(-shares, kind="stable")
    kept = len(order) if top_k is None else min(top_k, len(order))
    if top_p is not None:
        before = np.cumsum(shares[order]) - shares[order]
        kept = min(kept, int(np.count_nonzero(before < top_p)))
    result = np.zeros_like(shares)
    result[order[:kept]] = shares[order[:kept]] / shares[order[:kept]].sum()
    return np.asarray(result)


class Writer:
    """Writes one token at a time: answers, writes the answer down, asks itself the next.

    ``ids`` is all that stands there; ``logits`` (V,) what the student feels comes next. The window
    is `stream`'s: past the block its last half is read anew. Raises `ValueError` for a student that
    fills in blanks, and for an empty beginning.
    """

    def __init__(self, model: GPT, beginning: Sequence[int], seed: int = 0) -> None:
        if not model.config.causal:
            raise ValueError(
                "This student was made to fill in blanks; only one that answers what comes next"
                " can write."
            )
        if len(beginning) == 0:
            raise ValueError("Writing needs a beginning; give at least <start>.")
        self.model, self.ids = model, [int(token) for token in beginning]
        self.rng = np.random.default_rng(seed)
        self._window = self.ids[-model.config.block_size :]
        self._read()

    def _read(self) -> None:
        block = self.model.config.block_size
        if len(self._window) > block:
            self._window = self._window[-max(1, block // 2) :]
        ids = np.array([self._window], np.int64)
        self.logits: Floats = np.asarray(self.model.forward(ids)[0, -1], np.float64)

    @property
    def ended(self) -> bool:
        """Whether the end was written."""
        return self.ids[-1] == END_ID

    def write(
        self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
    ) -> int:
        """Draw the next token, write it down, and read on. Raises `ValueError` after the end."""
        if self.ended:
            raise ValueError("The text is at its end; start anew.")
        token = choose(self.logits, self.rng, temperature, top_k, top_p)
        self.ids.append(token)
        self._window.append(token)
        if not self.ended:
            self._read()
        return token


# Questions to look at


def example_questions(
    corpus: Corpus, masked: bool = False, count: int = 6, first: int = 0
) -> list[Question]:
    """Held-out questions whose answer was named far back (`returning`), one a row.

    From row ``first`` on. A text where nothing comes back gives the middle of each row instead.
    """
    found: list[Question] = []
    for row in corpus.held_out[first:]:
        places = returning(corpus, row)
        if places and len(found) < count:
            found.append(question_at(row, places[-1] if masked else places[0], masked))
    if not found:
        for row in corpus.held_out[:count]:
            used = int(np.count_nonzero(row != PAD_ID))
            if used > 1:
                found.append(question_at(row, max(1, used // 2), masked))
    return found


def open_questions(
    corpus: Corpus, rng: np.random.Generator, masked: bool = False, count: int = 6
) -> list[Question]:
    """Held-out questions to place chips on: a word (no mark, no end), one a row.

    In the stories the best possible student isn't sure of it (`OPEN` nats); in an own text any.
    """
    found: list[Question] = []
    grammar = corpus.grammar
    for row in corpus.held_out[::-1]:
        if len(found) == count:
            break
        row = row[row != PAD_ID]
        places = [
            place for place in range(min(9, len(row) - 1), len(row))
            if row[place] >= len(SYMBOLS)
            and (grammar is None or _is_word(corpus.vocabulary[row[place]]))
        ]  # fmt: skip
        if grammar is not None and places and not masked:
            truth = grammar.next_word_distribution(corpus.text(row))
            places = [place for place in places if float(entropy(truth[place - 1])) > OPEN]
        if places:
            found.append(question_at(row, places[int(rng.integers(len(places)))], masked))
    return found


def _is_word(token: str) -> bool:
    return token.strip()[:1].isalpha()


def short_list(corpus: Corpus, question: Question, rng: np.random.Generator) -> list[int]:
    """Four tokens for a human to choose from, from the context alone, never from the answer.

    In the stories the oracle's three likeliest and an unlikely one; in an own text the three that
    follow the word before most often in practice, and another.
    """
    grammar = corpus.grammar
    if grammar is not None and not question.masked:
        words = [corpus.vocabulary[i] for i in question.ids if i >= len(SYMBOLS)]
        return [corpus.vocabulary.index(word) for word in choose_words(grammar, words, rng)]
    if grammar is not None:
        words = [corpus.vocabulary[i] for i in question.ids if i not in (PAD_ID, START_ID, END_ID)]
        place = question.place - 1
        known = grammar.masked_word_probabilities(words, [place])[place]
        likely = [corpus.vocabulary.index(w) for w in sorted(known, key=lambda w: (-known[w], w))]
    else:
        before = question.ids[question.place - 1 if question.masked else question.place]
        follows = corpus.rows[:, 1:][corpus.rows[:, :-1] == before]
        counted = np.bincount(follows, minlength=corpus.vocab_size)
        counted[: len(SYMBOLS)] = 0
        likely = [int(i) for i in np.argsort(-counted, kind="stable") if counted[i]]
    chosen = likely[:3]
    shuffled = len(SYMBOLS) + rng.permutation(corpus.vocab_size - len(SYMBOLS))
    words = [int(i) for i in shuffled if _is_word(corpus.vocabulary[i])]
    for token in [*words, *(int(i) for i in shuffled), *range(len(SYMBOLS))]:
        if len(chosen) < 4 and token not in chosen:
            chosen.append(token)
    return [chosen[i] for i in rng.permutation(len(chosen))]


def question_text(corpus: Corpus, question: Question) -> str:
    """The context as natural text; a blank is shown as ___."""
    if not question.masked:
        return corpus.text(question.ids)
    if corpus.grammar is not None:
        words = [
            "___" if i == MASK_ID else corpus.vocabulary[i]
            for i in question.ids
            if i not in (PAD_ID, START_ID, END_ID)
        ]
        return corpus.grammar.text(words)
    before, after = question.ids[: question.place], question.ids[question.place + 1 :]
    return f"{corpus.text(before)} ___ {corpus.text(after)}"
