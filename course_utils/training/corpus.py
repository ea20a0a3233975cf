"""What a student reads and is examined on, whatever it is made of: the stories, or an own text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import (
    Batch,
    Ids,
    masked_batch,
    next_token_batch,
    pack_stories,
    pack_text,
)
from course_utils.material.stories import StoryGrammar
from course_utils.material.symbols import PAD_ID, SYMBOLS
from course_utils.material.text import TextError, course_text
from course_utils.material.tokenizers import (
    BytePairTokenizer,
    CharTokenizer,
    Tokenizer,
    WordTokenizer,
)
from course_utils.training.counting import CountingModel, choose_counting

PRACTICE_SEED, HELD_OUT_SEED = 11, 12
HELD_OUT = 500  # stories that nobody practises on
TOKENS = ("characters", "words", "byte pairs")
BYTE_PAIRS = 512  # symbols of a byte-pair vocabulary, at most
TEXT_BLOCK = 64
HELD_OUT_SHARE = 0.1  # of an own text: its end


@dataclass(frozen=True, eq=False)
class Corpus:
    """Rows for practice (N, T + 1) and rows held out (M, T + 1), and how their ids read.

    ``grammar`` knows the exact floor; it is None for an own text, which has no known one.
    ``encoder`` turns text into ids and back.
    """

    name: str
    encoder: StoryGrammar | Tokenizer
    rows: Ids
    held_out: Ids
    grammar: StoryGrammar | None = None

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """V symbols, the four special ones first."""
        return self.encoder.vocabulary

    @property
    def vocab_size(self) -> int:
        """V, the number of all symbols."""
        return len(self.vocabulary)

    @property
    def block_size(self) -> int:
        """T, the number of tokens that may be read before answering."""
        return int(self.rows.shape[1]) - 1

    def block_for(self, masked: bool) -> int:
        """The block that a student needs; a fill-in question shows the whole row, end included."""
        return self.block_size + masked

    def text(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Ids as natural text; special symbols are left out."""
        return self.encoder.decode(ids)

    def label(self, token: int) -> str:
        """A token as it can be shown: line ends and blanks are made visible."""
        word = self.vocabulary[token]
        if isinstance(self.encoder, BytePairTokenizer) and token >= len(SYMBOLS):
            read = self.encoder.decode([token])  # its own letters stand for bytes
            word = word if "\ufffd" in read else read
        return word.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣") or "∅"

    @cached_property
    def counting(self) -> CountingModel:
        """The best counting on the practice rows, chosen without looking at the held-out ones."""
        return choose_counting(self.rows, self.vocab_size)

    def lines(self) -> dict[str, float]:
        """The lines that a loss on the held-out rows is read against, in nats, by role.

        "uniform" (ln V), "counting", and "floor" (the oracle's mean loss on exactly these stories)
        where it is known.
        """
        lines = {
            "uniform": math.log(self.vocab_size),
            "counting": self.counting.loss(self.held_out),
        }
        if self.grammar is not None:
            lines["floor"] = self.grammar.floor([self.text(row) for row in self.held_out])
        return lines

    def batch(self, rows: Ids, rng: np.random.Generator | None = None) -> Batch:
        """Questions on rows (B, T + 1): the next token, or with ``rng`` the words that it hides."""
        return next_token_batch(rows) if rng is None else masked_batch(rows, rng)

    def questions(self, rows: Ids) -> int:
        """How many next-token questions rows (N, T + 1) hold."""
        return int(np.count_nonzero(rows[:, 1:] != PAD_ID))


@lru_cache(maxsize=1)
def _held_out_stories() -> tuple[StoryGrammar, tuple[str, ...]]:
    grammar = StoryGrammar()
    return grammar, _distinct(grammar, HELD_OUT, HELD_OUT_SEED, frozenset())


def _distinct(
    grammar: StoryGrammar, count: int, seed: int, without: frozenset[str]
) -> tuple[str, ...]:
    """The first ``count`` distinct stories of a seed, so that fewer are a part of more."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        [story] = grammar.sample(1, rng)
        if story not in without:
            found[story] = None
    return tuple(found)


@lru_cache(maxsize=4)
def story_corpus(practice: int = 2000) -> Corpus:
    """The course's stories: ``practice`` of them to read, and 500 held out that are none of these.

    The same stories at each call; fewer are the beginning of more. Raises `ValueError` below 1.
    """
    if practice < 1:
        raise ValueError(f"practice is {practice}; a student needs at least 1 story.")
    grammar, held_out = _held_out_stories()
    stories = _distinct(grammar, practice, PRACTICE_SEED, frozenset(held_out))
    block = grammar.block_size
    return Corpus(
        "stories", grammar, pack_stories(stories, grammar, block),
        pack_stories(held_out, grammar, block), grammar,
    )  # fmt: skip


def text_corpus(
    text: str, tokens: str = "characters", block_size: int = TEXT_BLOCK, name: str = "your text"
) -> Corpus:
    """An own text in blocks; its last tenth is held out. ``tokens`` is one of `TOKENS`.

    Raises `TextError` for a text too short to leave a block for each part, and `ValueError` for
    another kind of token.
    """
    encoder: Tokenizer
    if tokens == "characters":
        encoder = CharTokenizer.train(text)
    elif tokens == "words":
        encoder = WordTokenizer.train(text)
    elif tokens == "byte pairs":
        encoder = BytePairTokenizer.train(text, BYTE_PAIRS)
    else:
        raise ValueError(f"There are no tokens {tokens!r}; choose {', '.join(TOKENS)}.")
    practice, held_out = split_text(encoder.encode(text), block_size, name)
    return Corpus(name, encoder, pack_text(practice, block_size), pack_text(held_out, block_size))


def split_text(ids: Ids, block_size: int, name: str = "your text") -> tuple[Ids, Ids]:
    """A text's ids (n,) for practice and, its last tenth, held out.

    Raises `TextError` if that leaves no block for each part.
    """
    cut = len(ids) - max(block_size, round(HELD_OUT_SHARE * len(ids)))
    if cut < block_size:
        raise TextError(
            f"{name} has {len(ids)} tokens, fewer than two blocks of {block_size};"
            " choose a longer text or a smaller block."
        )
    return ids[:cut], ids[cut:]


def course_corpus(tokens: str = "words", block_size: int = TEXT_BLOCK) -> Corpus:
    """The course's own chapters as a corpus. Raises as `text_corpus` and `course_text` do."""
    return text_corpus(course_text(), tokens, block_size, "the course's own chapters")


def word_count(row: Ids) -> int:
    """How many tokens of a row (T + 1,) are no special symbols."""
    return int(np.count_nonzero(row >= len(SYMBOLS)))
