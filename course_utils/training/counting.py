"""Counting instead of learning: how often did this word follow those? The mark to beat.

An n-gram model looks n − 1 tokens back. What it has seen rarely it takes half from a shorter
memory (Jelinek and Mercer, 1980; the weights are those of MacKay and Peto, 1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Ids
from course_utils.material.symbols import MASK_ID, PAD_ID, START_ID

Floats = NDArray[np.float64]
ORDERS = (1, 2, 3, 4, 5)
SMOOTHINGS = (0.02, 0.1, 0.5, 2.0)
NEVER = [PAD_ID, START_ID, MASK_ID]  # symbols that are no answer
UNSEEN = -1


@dataclass(frozen=True)
class _Table:
    """Counts for one length of context.

    ``contexts`` (sorted): for each context of this length the code shorter · V + token;
    ``pairs`` (sorted): context · V + next token; ``counts`` of each pair; ``totals`` of contexts.
    """

    contexts: Ids
    pairs: Ids
    counts: Ids
    totals: Ids


class CountingModel:
    """Counts of n tokens in a row, with additive smoothing towards n − 1.

    p_k(w | c) = (count(c, w) + s · p_{k−1}(w | shorter c)) / (count(c) + s), and p_0 is uniform
    over the V − 3 symbols that can be an answer. Contexts never reach across the beginning of a
    row. Raises `ValueError` for n below 1 or a smoothing that isn't above 0.
    """

    def __init__(self, rows: Ids, vocab_size: int, n: int, smoothing: float) -> None:
        if n < 1 or not smoothing > 0:
            raise ValueError(f"n is {n} and smoothing {smoothing}; use n ≥ 1, smoothing > 0.")
        self.n, self.smoothing, self.vocab_size = n, smoothing, vocab_size
        self._tables: list[_Table] = []
        inputs, targets = rows[:, :-1], rows[:, 1:]
        asked = targets != PAD_ID
        code = np.zeros(inputs.shape, np.int64)
        for back in range(n):
            contexts = np.zeros(1, np.int64)
            if back:
                raw = code * vocab_size + _shifted(inputs, back - 1)
                contexts = np.unique(raw[asked])
                code = _places(contexts, raw)
            answers = targets[asked]
            pairs, counts = np.unique(code[asked] * vocab_size + answers, return_counts=True)
            totals = np.bincount(code[asked], minlength=len(contexts))
            self._tables.append(_Table(contexts, pairs, counts, totals))

    def losses(self, rows: Ids) -> Floats:
        """−ln p of each answer in rows (N, T + 1), in nats: (N, T), NaN where nothing is asked."""
        inputs, targets = rows[:, :-1], rows[:, 1:]
        p = np.full(inputs.shape, 1 / (self.vocab_size - len(NEVER)))
        for code, table in zip(self._codes(inputs), self._tables, strict=True):
            seen = code != UNSEEN
            total = np.where(seen, table.totals[code], 0)
            pair = _places(table.pairs, np.where(seen, code * self.vocab_size + targets, -1))
            count = np.where(pair != UNSEEN, table.counts[pair], 0)
            p = (count + self.smoothing * p) / (total + self.smoothing)
        return np.where(targets == PAD_ID, np.nan, -np.log(p))

    def loss(self, rows: Ids) -> float:
        """Mean loss over all questions of rows (N, T + 1), in nats."""
        return float(np.nanmean(self.losses(rows)))

    def distribution(self, context: Sequence[int]) -> Floats:
        """The probabilities (V,) of what follows a context that begins with ``<start>``."""
        V = self.vocab_size
        p = np.full(V, 1 / (V - len(NEVER)))
        p[NEVER] = 0
        for code, table in zip(self._codes(np.array([context])), self._tables, strict=True):
            last = code[0, -1]
            if last == UNSEEN:
                break
            first, end = np.searchsorted(table.pairs, [last * V, (last + 1) * V])
            counts = np.zeros(V)
            counts[table.pairs[first:end] - last * V] = table.counts[first:end]
            p = (counts + self.smoothing * p) / (counts.sum() + self.smoothing)
        return p

    def _codes(self, inputs: Ids) -> list[Ids]:
        """For each length of context its number at each place (N, T), or `UNSEEN`."""
        code = np.zeros(inputs.shape, np.int64)
        codes = [code]
        for back in range(1, self.n):
            raw = np.where(code < 0, -1, code * self.vocab_size + _shifted(inputs, back - 1))
            code = _places(self._tables[back].contexts, raw)
            codes.append(code)
        return codes


def _shifted(inputs: Ids, back: int) -> Ids:
    """The tokens (N, T) that stand ``back`` places earlier; padding before the row's beginning."""
    shifted = np.full_like(inputs, PAD_ID)
    shifted[:, back:] = inputs[:, : inputs.shape[1] - back]
    return shifted


def _places(known: Ids, wanted: Ids) -> Ids:
    """Where each of ``wanted`` stands in the sorted ``known``, or `UNSEEN`."""
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, UNSEEN)


def choose_counting(
    rows: Ids,
    vocab_size: int,
    orders: Sequence[int] = ORDERS,
    smoothings: Sequence[float] = SMOOTHINGS,
) -> CountingModel:
    """The best counting: n and smoothing chosen on the last fifth of the practice rows.

    They are compared after counting the other four fifths; the best then counts all of them. The
    exam is never looked at.
    """
    cut = max(1, len(rows) * 4 // 5)
    part, rest = (rows[:cut], rows[cut:]) if cut < len(rows) else (rows, rows)
    settings = list(product(orders, smoothings))
    losses = [CountingModel(part, vocab_size, n, s).loss(rest) for n, s in settings]
    n, smoothing = settings[int(np.argmin(losses))]
    return CountingModel(rows, vocab_size, n, smoothing)
