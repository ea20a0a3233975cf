"""From text to tests: rows of tokens, and batches of questions with their answer key.

A row is ``<start> w1 … wn <end>``, padded; next-token questions ask for everything after the
start. The answer key is the row itself, shifted by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from course_utils.material.stories import StoryGrammar
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS

Ids = NDArray[np.int64]
NOT_ASKED = -1
HIDDEN_SHARE = 0.15  # of a row's words, as in BERT (Devlin et al., 2019)


class Encoder(Protocol):
    """Whatever turns text into ids: a tokenizer or a `StoryGrammar`."""

    def encode(self, text: str, /) -> Ids:
        """The ids (n,) of a text."""


@dataclass(frozen=True)
class Batch:
    """``inputs`` (B, T) are read; ``targets`` (B, T) are the right answers, -1 where none is asked.

    Raises `ValueError` if the shapes differ.
    """

    inputs: Ids
    targets: Ids

    def __post_init__(self) -> None:
        if self.inputs.ndim != 2 or self.inputs.shape != self.targets.shape:
            raise ValueError(
                f"inputs {self.inputs.shape} and targets {self.targets.shape} must both have the"
                " same shape (rows, tokens)."
            )

    @property
    def questions(self) -> int:
        """How many questions are asked."""
        return int(np.count_nonzero(self.targets >= 0))


def pack_stories(stories: Sequence[str], encoder: Encoder, block_size: int | None = None) -> Ids:
    """One story a row: ``<start> … <end>`` and padding, (N, T + 1) with T the block size.

    Without ``block_size`` T fits the longest story. Raises `ValueError` if there is no story or
    one is too long.
    """
    encoded = [encoder.encode(story) for story in stories]
    if not encoded:
        raise ValueError("There is no story to pack; sample at least one.")
    longest = max(len(ids) for ids in encoded) + 1
    size = longest if block_size is None else block_size
    if longest > size:
        raise ValueError(
            f"The longest story has {longest - 1} tokens and needs a block of {longest}, not"
            f" {size}; use a larger block_size."
        )
    rows = np.full((len(encoded), size + 1), PAD_ID, np.int64)
    rows[:, 0] = START_ID
    for row, ids in zip(rows, encoded, strict=True):
        row[1 : len(ids) + 1] = ids
        row[len(ids) + 1] = END_ID
    return rows


def pack_text(ids: Sequence[int] | Ids, block_size: int) -> Ids:
    """A long text as rows (N, T + 1): each begins with the last token of the row before.

    So each token is asked exactly once; the first row begins with ``<start>``, the last is
    padded. Raises `ValueError` if the text is shorter than one block.
    """
    if block_size < 1:
        raise ValueError(f"block_size is {block_size}; it must be at least 1.")
    flat = np.asarray(ids, np.int64)
    if len(flat) < block_size:
        raise ValueError(
            f"The text has {len(flat)} tokens, fewer than one block of {block_size}; "
            "use a longer text or a smaller block_size."
        )
    count = -(-len(flat) // block_size)
    padded = np.full(count * block_size, PAD_ID, np.int64)
    padded[: len(flat)] = flat
    asked = padded.reshape(count, block_size)
    first = np.append(START_ID, asked[:-1, -1])
    return np.concatenate([first[:, None], asked], axis=1)


def next_token_batches(
    rows: Ids, batch_size: int, rng: np.random.Generator | None = None
) -> Iterator[Batch]:
    """One epoch of "what comes next?": every row once, in the order that ``rng`` shuffles.

    Without ``rng`` the order stays. The last batch may be smaller. Raises `ValueError` for a
    batch longer than the text.
    """
    for chosen in deal(len(rows), batch_size, rng):
        yield next_token_batch(rows[chosen])


def next_token_batch(rows: Ids) -> Batch:
    """The batch of these rows (B, T + 1), cut after the longest of them."""
    used = np.flatnonzero((rows != PAD_ID).any(axis=0))
    rows = rows[:, : used[-1] + 1]
    targets = rows[:, 1:]
    return Batch(rows[:, :-1], np.where(targets == PAD_ID, NOT_ASKED, targets))


def masked_batches(
    rows: Ids,
    batch_size: int,
    rng: np.random.Generator,
    share: float = HIDDEN_SHARE,
    shuffle: bool = True,
) -> Iterator[Batch]:
    """One epoch of "fill in the blank": every row once, with a ``share`` of its words hidden.

    At least one word of each row is hidden, never a special symbol; ``rng`` draws the order and
    the words. The student reads the whole row. Raises `ValueError` for a batch longer than the
    text, or a row without words.
    """
    for chosen in deal(len(rows), batch_size, rng if shuffle else None):
        yield masked_batch(rows[chosen], rng, share)


def masked_batch(rows: Ids, rng: np.random.Generator, share: float = HIDDEN_SHARE) -> Batch:
    """The batch of these rows (B, T + 1), cut after the longest, with words hidden by ``rng``."""
    used = np.flatnonzero((rows != PAD_ID).any(axis=0))
    inputs = rows[:, : used[-1] + 1].copy()
    targets = np.full(inputs.shape, NOT_ASKED, np.int64)
    for row, target in zip(inputs, targets, strict=True):
        words = np.flatnonzero(row >= len(SYMBOLS))
        if not len(words):
            raise ValueError("A row has no word to hide; leave empty stories out.")
        count = max(1, round(share * len(words)))
        hidden = rng.choice(words, count, replace=False)
        target[hidden] = row[hidden]
        row[hidden] = MASK_ID
    return Batch(inputs, targets)


def hidden_positions(batch: Batch) -> list[list[int]]:
    """For each row the hidden words' places in the story (from 0), as the grammar counts them."""
    return [(np.flatnonzero(row >= 0) - 1).tolist() for row in batch.targets]


def deal(count: int, batch_size: int, rng: np.random.Generator | None) -> Iterator[Ids]:
    """Each of ``count`` rows' numbers once, in groups of ``batch_size``, shuffled by ``rng``."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be at least 1.")
    if batch_size > count:
        raise ValueError(
            f"A batch of {batch_size} rows is longer than the text, which has {count}; "
            "use a smaller batch_size or more text."
        )
    order = np.arange(count) if rng is None else rng.permutation(count)
    return (order[i : i + batch_size] for i in range(0, count, batch_size))


def split_stories(
    grammar: StoryGrammar, practice: int, held_out: int, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Two lists of distinct stories that share none, for practice and for the unseen questions.

    Raises `ValueError` if the grammar doesn't have that many.
    """
    found: dict[str, None] = {}
    wanted = practice + held_out
    tries = 0
    while len(found) < wanted:
        found.update(dict.fromkeys(grammar.sample(wanted - len(found), rng)))
        tries += 1
        if tries > 100:
            raise ValueError(
                f"This grammar gave only {len(found)} distinct stories, not {wanted}; "
                "ask for fewer, or give it more choices."
            )
    stories = list(found)
    return stories[:practice], stories[practice:]
