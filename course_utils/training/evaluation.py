"""Grading without learning: losses, ranks, and the lines that a loss is read against.

A question's loss has three parts: unavoidable (the entropy of the true distribution), left to
learn (the divergence from the true distribution to the student's) and luck (the rest, zero in the
mean).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import (
    Batch,
    Ids,
    hidden_positions,
    masked_batch,
    next_token_batch,
)
from course_utils.material.stories import StoryGrammar, entropy
from course_utils.material.symbols import PAD_ID
from course_utils.student.functions import log_softmax
from course_utils.student.model import GPT
from course_utils.training.counting import CountingModel

Floats = NDArray[np.float64]
CLOSE = 3  # the second and third choice are close
MEMORISED = 10.0  # nats in total: for a student who never saw the text, a chance of e^-10


@dataclass(frozen=True)
class Evaluation:
    """The grades of Q questions, in the order of the rows.

    All arrays are (Q,): ``losses`` in nats; ``ranks`` of the right answer, from 1 (a tie counts
    against the student); ``rows`` say which row each question belongs to. From the oracle, or None
    without one: ``oracle_losses`` (its own −ln p), ``entropies`` (unavoidable), ``divergences``
    (left to learn) and ``luck_variances`` (how far luck can go, squared). ``counting_losses`` or
    None. ``vocab_size`` is V.
    """

    vocab_size: int
    rows: Ids
    losses: Floats
    ranks: Ids
    oracle_losses: Floats | None = None
    entropies: Floats | None = None
    divergences: Floats | None = None
    counting_losses: Floats | None = None
    luck_variances: Floats | None = None

    @property
    def loss(self) -> float:
        """The mean loss, in nats per question."""
        return float(self.losses.mean())

    @property
    def perplexity(self) -> float:
        """e^loss: as uncertain as a blind guess among so many."""
        return math.exp(self.loss)

    @property
    def uniform(self) -> float:
        """ln V, the loss of a blind guess."""
        return math.log(self.vocab_size)

    @property
    def spot_on(self) -> float:
        """The share of questions whose right answer was the first choice."""
        return float((self.ranks == 1).mean())

    @property
    def close(self) -> float:
        """The share whose right answer was the second or third choice."""
        return float(((self.ranks > 1) & (self.ranks <= CLOSE)).mean())

    @property
    def way_off(self) -> float:
        """The share of all others."""
        return float((self.ranks > CLOSE).mean())

    @property
    def counting(self) -> float | None:
        """The counting model's mean loss on these questions."""
        return _mean(self.counting_losses)

    @property
    def floor(self) -> float | None:
        """The oracle's mean loss on exactly these questions."""
        return _mean(self.oracle_losses)

    @property
    def expected_floor(self) -> float | None:
        """The mean entropy of these questions: what the oracle loses without luck."""
        return _mean(self.entropies)

    @property
    def left_to_learn(self) -> float | None:
        """The mean divergence from the true distribution to the student's; never negative."""
        return _mean(self.divergences)

    @property
    def lucks(self) -> Floats | None:
        """Each question's luck (Q,): its loss without the unavoidable and the left to learn."""
        if self.entropies is None or self.divergences is None:
            return None
        return self.losses - self.entropies - self.divergences

    @property
    def luck(self) -> float | None:
        """The mean luck; near zero for many questions."""
        return _mean(self.lucks)

    @property
    def memorised(self) -> bool:
        """Whether these rows are known by heart: `MEMORISED` nats in total below the oracle."""
        if self.oracle_losses is None:
            return False
        return bool(self.oracle_losses.sum() - self.losses.sum() >= MEMORISED)


def _mean(values: Floats | None) -> float | None:
    return None if values is None else float(values.mean())


def evaluate(
    model: GPT,
    rows: Ids,
    grammar: StoryGrammar | None = None,
    counting: CountingModel | None = None,
    rng: np.random.Generator | None = None,
    batch_size: int = 64,
) -> Evaluation:
    """Let the student sit all questions of rows (N, T + 1) and grade them; nothing is learned.

    A causal student is asked what comes next. One that reads both sides fills in blanks, and
    ``rng`` draws which words are hidden; without it that raises `ValueError`. ``grammar``, whose
    vocabulary the rows must use, adds the oracle's parts; ``counting`` its line (next-token only).
    """
    losses, ranks, where, oracle = [], [], [], []
    for first, batch in _asked(model, rows, rng, batch_size):
        asked = batch.targets >= 0
        answers = batch.targets[asked]
        logp = log_softmax(model.forward(batch.inputs)[asked].astype(np.float64))
        right = np.take_along_axis(logp, answers[:, None], 1)
        losses.append(-right[:, 0])
        ranks.append((logp >= right).sum(1))
        where.append(first + np.nonzero(asked)[0])
        if grammar is not None:
            truth = _truth(grammar, rows[first : first + len(asked)], batch, model.config.causal)
            own = -np.log(np.take_along_axis(truth, answers[:, None], 1)[:, 0])
            unavoidable = entropy(truth)
            # 0 · ln 0 is 0, and a probability of zero never meets an infinite logit.
            divergence = np.maximum(-(truth * logp).sum(1) - unavoidable, 0.0)
            spread = np.maximum((truth * logp**2).sum(1) - (truth * logp).sum(1) ** 2, 0.0)
            oracle.append((own, unavoidable, divergence, spread))
    oracle_losses, entropies, divergences, luck_variances = (
        (np.concatenate(column) for column in zip(*oracle, strict=True))
        if oracle
        else (None, None, None, None)
    )
    counted = None
    if counting is not None and model.config.causal:
        grid = counting.losses(rows)
        counted = grid[~np.isnan(grid)]
    return Evaluation(
        model.config.vocab_size, np.concatenate(where), np.concatenate(losses),
        np.concatenate(ranks), oracle_losses, entropies, divergences, counted,
        luck_variances,
    )  # fmt: skip


def mean_loss(
    model: GPT, rows: Ids, rng: np.random.Generator | None = None, batch_size: int = 64
) -> float:
    """The student's mean loss on rows (N, T + 1), in nats per question; nothing is learned.

    The same as `evaluate(...).loss` in a third of the time. ``rng`` as there.
    """
    total, questions = 0.0, 0
    for _, batch in _asked(model, rows, rng, batch_size):
        total += model.loss(batch.inputs, batch.targets) * batch.questions
        questions += batch.questions
    return total / questions


def _asked(
    model: GPT, rows: Ids, rng: np.random.Generator | None, batch_size: int
) -> Iterator[tuple[int, Batch]]:
    """The batches in the rows' order, each with the number of its first row."""
    if not model.config.causal and rng is None:
        raise ValueError("Fill-in questions hide words by chance; pass rng as well.")
    for first in range(0, len(rows), batch_size):
        part = rows[first : first + batch_size]
        if model.config.causal:
            yield first, next_token_batch(part)
        else:
            assert rng is not None
            yield first, masked_batch(part, rng)


def _truth(grammar: StoryGrammar, rows: Ids, batch: Batch, causal: bool) -> Floats:
    """The true distributions (Q, V) of a batch's questions."""
    stories = [grammar.decode(row) for row in rows]
    if causal:
        return np.concatenate([grammar.next_word_distribution(story) for story in stories])
    hidden = hidden_positions(batch)
    return np.concatenate(
        [grammar.masked_distribution(s, h) for s, h in zip(stories, hidden, strict=True)]
    )


def range_of_luck(distributions: Floats) -> tuple[float, float]:
    """What the best possible student scores on questions with these true distributions (Q, V).

    Returns the expected mean loss and its standard deviation, in nats. (Surprises about different
    questions are uncorrelated, even in one story, so the variances add.)
    """
    logp = np.log(np.where(distributions > 0, distributions, 1.0))
    mean = -(distributions * logp).sum(1)
    variance = (distributions * logp**2).sum(1) - mean**2
    return float(mean.mean()), math.sqrt(max(float(variance.sum()), 0.0)) / len(mean)


def perfect_memory(rows: Ids) -> float:
    """The line below which no student's mean can go on rows (N, T + 1) that it knows by heart.

    ln N over the questions per row, N distinct rows equally often: it still has to guess which of
    the N it is. In nats per question.
    """
    distinct = np.unique(rows, axis=0)
    questions = np.count_nonzero(distinct[:, 1:] != PAD_ID)
    return math.log(len(distinct)) / (questions / len(distinct))
