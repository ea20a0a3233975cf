"""Test papers for humans: questions dealt from a corpus, four choices for each, and the key.

A student answers every question of a batch with confidence in all V choices. A human gets a few
questions, each with four tokens and a fifth box, chosen from what may be read, never from the
answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Ids, next_token_batch
from course_utils.material.questions import (
    OTHER,
    choose_filling_words,
    story_questions,
)
from course_utils.material.symbols import PAD_ID, START_ID, SYMBOLS
from course_utils.training.corpus import Corpus

QUESTIONS = 6  # on one paper
BLANKS = 3  # hidden words of one passage
SPARE = 3  # stories looked at for each question
FIRST = 8  # tokens, at least, before a question on an own text
BLANK = "______"


@dataclass(frozen=True)
class SheetQuestion:
    """One numbered question: tokens as they are shown, and the answer's ``place`` in its row."""

    number: int
    place: int
    choices: tuple[str, ...]
    answer: str
    other: str = OTHER

    @property
    def boxes(self) -> tuple[str, ...]:
        """The choices and "any other word"."""
        return (*self.choices, self.other)

    @property
    def answer_box(self) -> int:
        """Which box, from 0, holds the answer; the last one if no choice does."""
        return self.choices.index(self.answer) if self.answer in self.choices else len(self.choices)


@dataclass(frozen=True)
class Passage:
    """A text to read, with its questions: one at its end, or one at each blank.

    ``row`` (n,) are the ids that it was made from, the answers among them.
    """

    text: str
    questions: tuple[SheetQuestion, ...]
    row: tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    """One test paper: what is asked, and all passages; ``vocabulary`` are all V choices."""

    number: int
    masked: bool
    passages: tuple[Passage, ...]
    vocabulary: tuple[str, ...]

    @property
    def questions(self) -> tuple[SheetQuestion, ...]:
        """All questions in their order."""
        return tuple(question for passage in self.passages for question in passage.questions)

    @property
    def task(self) -> str:
        """What is asked."""
        return "Fill in the blanks" if self.masked else "What comes next?"

    @property
    def title(self) -> str:
        """The paper's heading."""
        return f"Test {self.number}: {self.task.lower()}"


def deal_sheet(
    corpus: Corpus, number: int = 1, count: int = QUESTIONS, masked: bool = False, seed: int = 0,
    rows: Ids | None = None,
) -> Sheet:  # fmt: skip
    """Paper ``number`` (from 1) with ``count`` questions; other numbers and seeds get other rows.

    ``masked`` asks for hidden words instead of the next one. The questions come from the practice
    rows, or from other ``rows`` (N, T + 1) of the same text. Raises `ValueError` if there are too
    few rows for that paper.
    """
    source = corpus.rows if rows is None else rows
    papers = sheets_in(corpus, count, masked, source)
    if not 1 <= number <= papers:
        raise ValueError(
            f"There is no paper {number}: {corpus.name} has rows for {papers}"
            f" with {count} questions each; choose a smaller number, or a longer text."
        )
    needed = _rows_for(corpus, count, masked)
    order = np.random.default_rng(seed).permutation(len(source))
    rows = source[order[(number - 1) * needed : number * needed]]
    rng = np.random.default_rng([seed, number])
    deal = _blanks if masked else _story_ends if corpus.grammar else _text_ends
    passages = deal(corpus, rows, count, rng)
    return Sheet(number, masked, tuple(passages), shown_vocabulary(corpus))


def sheets_in(
    corpus: Corpus, count: int = QUESTIONS, masked: bool = False, rows: Ids | None = None
) -> int:
    """How many papers with ``count`` questions can be dealt without using a row twice."""
    if count < 1:
        raise ValueError(f"count is {count}; a paper has at least 1 question.")
    source = corpus.rows if rows is None else rows
    return len(source) // _rows_for(corpus, count, masked)


def _rows_for(corpus: Corpus, count: int, masked: bool) -> int:
    if masked:
        return -(-count // BLANKS)
    return SPARE * count if corpus.grammar else count


@lru_cache(maxsize=8)
def shown_vocabulary(corpus: Corpus) -> tuple[str, ...]:
    """All V choices as they can be shown, the special symbols first."""
    return tuple(corpus.label(token) for token in range(corpus.vocab_size))


def _story_ends(corpus: Corpus, rows: Ids, count: int, rng: np.random.Generator) -> list[Passage]:
    """A beginning of a story for each question: settled ones and open ones in turn."""
    grammar = corpus.grammar
    assert grammar is not None
    stories = [grammar.decode(row) for row in rows]
    asked = story_questions(grammar, stories, rng, -(-count // 2), count // 2)
    passages = []
    for number, q in enumerate(asked, 1):
        question = SheetQuestion(number, len(q.context) + 1, q.choices, q.answer)
        ids = [START_ID, *(grammar.vocabulary.index(word) for word in (*q.context, q.answer))]
        passages.append(Passage(grammar.text(q.context) + " …", (question,), tuple(ids)))
    return passages


def _text_ends(corpus: Corpus, rows: Ids, count: int, rng: np.random.Generator) -> list[Passage]:
    passages = []
    for number, row in enumerate(rows, 1):
        tokens = int(np.count_nonzero(row != PAD_ID))
        place = int(rng.integers(min(FIRST, tokens - 1), tokens))
        choices = neighbours(corpus).choose(int(row[place - 1]), None, rng)
        question = _own_question(corpus, number, place, choices, int(row[place]))
        said = corpus.text(row[:place]) + "…"
        passages.append(Passage(said, (question,), tuple(row[: place + 1].tolist())))
    return passages


def _own_question(
    corpus: Corpus, number: int, place: int, choices: Sequence[int], answer: int
) -> SheetQuestion:
    shown = tuple(corpus.label(token) for token in choices)
    other = OTHER if corpus.grammar else "any other token"
    return SheetQuestion(number, place, shown, corpus.label(answer), other)


def _blanks(corpus: Corpus, rows: Ids, count: int, rng: np.random.Generator) -> list[Passage]:
    """Rows with words hidden, all at once; marks stay, for they would be no fun to guess."""
    passages: list[Passage] = []
    done = 0
    for row in rows:
        places = [t for t in range(len(row)) if row[t] >= len(SYMBOLS) and _worth(corpus, row[t])]
        wanted = min(BLANKS, count - done, len(places))
        hidden = sorted(rng.choice(places, wanted, replace=False).tolist()) if wanted else []
        fours = _filling(corpus, row, hidden, rng)
        questions = tuple(
            _own_question(corpus, done + i, t, fours[t], int(row[t]))
            for i, t in enumerate(hidden, 1)
        )
        passages.append(Passage(_with_blanks(corpus, row, questions), questions, _used(row)))
        done += wanted
    if done < count:
        raise ValueError(
            f"These rows hold only {done} words to hide, not {count}; ask for fewer questions."
        )
    return passages


def _used(row: Ids) -> tuple[int, ...]:
    return tuple(row[row != PAD_ID].tolist())


def _worth(corpus: Corpus, token: int) -> bool:
    return any(letter.isalnum() for letter in corpus.label(int(token)))


def _filling(
    corpus: Corpus, row: Ids, hidden: list[int], rng: np.random.Generator
) -> dict[int, Sequence[int]]:
    if corpus.grammar is None:
        near = neighbours(corpus)
        covered = set(hidden)
        return {
            t: near.choose(
                None if t - 1 in covered else int(row[t - 1]),
                None if t + 1 in covered or t + 1 == len(row) else int(row[t + 1]),
                rng,
            )
            for t in hidden
        }
    vocabulary = corpus.vocabulary
    words = [vocabulary[token] for token in row if token >= len(SYMBOLS)]
    fours = choose_filling_words(corpus.grammar, words, [t - 1 for t in hidden], rng)
    return {t + 1: [vocabulary.index(word) for word in four] for t, four in fours.items()}


def _with_blanks(corpus: Corpus, row: Ids, questions: Sequence[SheetQuestion]) -> str:
    """The row as text, with a numbered blank for each hidden token."""
    blanks = {question.place: f"{BLANK}({question.number})" for question in questions}
    if corpus.grammar is not None:
        vocabulary = corpus.vocabulary
        tokens = [(t, token) for t, token in enumerate(row) if token >= len(SYMBOLS)]
        return corpus.grammar.text([blanks.get(t, vocabulary[token]) for t, token in tokens])
    parts, begun = [], 0
    for place in [*sorted(blanks), len(row)]:
        parts.append(corpus.text(row[begun:place]))
        if place in blanks:
            blank = blanks[place]
            parts.append(f" {blank}" if corpus.label(int(row[place])).startswith("␣") else blank)
        begun = place + 1
    return "".join(parts)


class Neighbours:
    """Which tokens stood beside which, counted on an own text: the likely choices of a paper.

    Counts are kept as two sorted lists of pairs, so that a long text is counted in one go.
    """

    def __init__(self, rows: Ids, vocab_size: int) -> None:
        left, right = rows[:, :-1].ravel(), rows[:, 1:].ravel()
        both = (left != PAD_ID) & (right != PAD_ID)
        left, right = left[both], right[both]
        self.vocab_size = vocab_size
        self._after = np.unique(left * vocab_size + right, return_counts=True)
        self._before = np.unique(right * vocab_size + left, return_counts=True)
        self.counts = np.bincount(right, minlength=vocab_size)
        self.counts[: len(SYMBOLS)] = 0

    def _beside(
        self, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], token: int
    ) -> Counter[int]:
        keys, counts = pairs
        first, last = np.searchsorted(
            keys, [token * self.vocab_size, (token + 1) * self.vocab_size]
        )
        others = keys[first:last] - token * self.vocab_size
        return Counter(dict(zip(others.tolist(), counts[first:last].tolist(), strict=True)))

    def choose(
        self, left: int | None, right: int | None, rng: np.random.Generator
    ) -> tuple[int, ...]:
        """Four tokens to choose from: three that often stand between these two, and a rare one.

        A neighbour that is hidden, or that isn't to be read, is None. Fewer than four if the text
        has fewer tokens.
        """
        known = [
            self._beside(pairs, token)
            for pairs, token in ((self._after, left), (self._before, right))
            if token is not None
        ]
        total = max(int(self.counts.sum()), 1)
        frequent = np.argsort(-self.counts, kind="stable")
        candidates = {int(t) for beside in known for t in beside} | {int(t) for t in frequent[:4]}
        score = {
            t: float(np.prod([beside[t] + self.counts[t] / total for beside in known]))
            if known else float(self.counts[t])
            for t in candidates if self.counts[t]
        }  # fmt: skip
        chosen = sorted(score, key=lambda t: (-score[t], t))[:3]
        rare = [t for t in np.flatnonzero(self.counts).tolist() if t not in chosen]
        unseen = [t for t in rare if t not in score] or rare
        if unseen:
            chosen.append(unseen[int(rng.integers(len(unseen)))])
        return tuple(chosen[i] for i in rng.permutation(len(chosen)))


@lru_cache(maxsize=8)
def neighbours(corpus: Corpus) -> Neighbours:
    """The neighbours counted in a corpus's practice rows."""
    return Neighbours(corpus.rows, corpus.vocab_size)


# Questions as a set: what stays the same when papers are dealt anew


def question_counts(rows: Ids) -> Counter[tuple[bytes, int]]:
    """Every next-token question of rows (N, T + 1): what may be read, and the answer."""
    batch = next_token_batch(rows)
    return Counter(
        (batch.inputs[b, : t + 1].tobytes(), int(batch.targets[b, t]))
        for b, t in np.argwhere(batch.targets >= 0)
    )


def row_words(corpus: Corpus, row: Ids) -> list[str]:
    """A row's tokens as they can be shown, from ``<start>`` to ``<end>``, without padding."""
    return [corpus.label(int(token)) for token in row[row != PAD_ID]]
