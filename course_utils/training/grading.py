"""A test of real questions, graded one by one: what each loss is made of, and two students in duel.

The questions are the first ones of a corpus's held-out rows, in the order in which they are asked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Batch, Ids, masked_batch, next_token_batch
from course_utils.material.symbols import MASK_ID, PAD_ID, SYMBOLS
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.evaluation import CLOSE, Evaluation, evaluate

Floats = NDArray[np.float64]
QUESTIONS = 2000
HIDING_SEED = 13  # which words of the held-out rows a fill-in test hides
PIECE = 32  # rows answered at once
ASKED, HIDDEN, BEGINNING = "___", "(hidden)", "(beginning)"
PARTS = ("unavoidable", "left to learn", "luck")
REPORT = ("spot on", "close", "way off")


@dataclass(frozen=True, eq=False)
class GradedTest:
    """Q questions that ``model`` has answered, with their grades.

    ``batch`` holds the rows; ``places`` (Q, 2) says in which row and column of it each question is
    asked. ``evaluation`` has one grade for each of the Q questions.
    """

    corpus: Corpus
    model: GPT
    batch: Batch
    places: Ids
    evaluation: Evaluation

    def __len__(self) -> int:
        return len(self.places)

    @property
    def answers(self) -> Ids:
        """The right tokens (Q,)."""
        return np.asarray(self.batch.targets[self.places[:, 0], self.places[:, 1]], np.int64)

    @cached_property
    def parts(self) -> Floats | None:
        """Each loss as unavoidable, left to learn and luck (Q, 3); None without an oracle."""
        e = self.evaluation
        if e.entropies is None or e.divergences is None or e.lucks is None:
            return None
        # A question with one possible answer may come out as -0.0.
        return np.stack([np.abs(e.entropies), np.abs(e.divergences), e.lucks], axis=1)

    @cached_property
    def running_parts(self) -> Floats | None:
        """The mean parts of the first 1, 2 … Q questions (Q, 3)."""
        if self.parts is None:
            return None
        return np.cumsum(self.parts, axis=0) / np.arange(1, len(self) + 1)[:, None]

    def typical_luck(self, count: int) -> float:
        """How far luck moves the mean of the first ``count`` questions: a standard deviation.

        In nats; exact for next-token questions, whose lucks are uncorrelated. Raises `ValueError`
        without an oracle.
        """
        variances = self.evaluation.luck_variances
        if variances is None:
            raise ValueError("Without a known best possible answer nobody knows what luck was.")
        return float(np.sqrt(variances[:count].sum()) / count)

    def distribution(self, question: int) -> Floats:
        """The student's answer: its probabilities (V,) for one question."""
        row, column = self.places[question]
        logits = self.model.forward(self.batch.inputs[row : row + 1])[0, column]
        return softmax(logits.astype(np.float64))

    def truth(self, question: int) -> Floats | None:
        """The oracle's answer (V,), or None for an own text."""
        if self.corpus.grammar is None:
            return None
        row, column = self.places[question]
        story = self.corpus.text(self._whole_row(row))
        if self.model.config.causal:
            return np.asarray(self.corpus.grammar.next_word_distribution(story)[column])
        hidden = np.flatnonzero(self.batch.targets[row] >= 0)
        rows = self.corpus.grammar.masked_distribution(story, (hidden - 1).tolist())
        return np.asarray(rows[int(np.flatnonzero(hidden == column)[0])])

    def answers_beside_truth(self, rows: int) -> tuple[Floats, Floats]:
        """All answers to the next-token questions of the first rows, and the true ones (Q, V each).

        Raises `ValueError` where the true probabilities aren't known.
        """
        if self.corpus.grammar is None or not self.model.config.causal:
            raise ValueError("The true answers are known for next-token questions on stories only.")
        asked = self.batch.targets[:rows] >= 0
        logits = self.model.forward(self.batch.inputs[:rows])[asked]
        stories = [self.corpus.text(self._whole_row(row)) for row in range(len(asked))]
        truths = [self.corpus.grammar.next_word_distribution(story) for story in stories]
        return softmax(logits.astype(np.float64)), np.concatenate(truths)

    def _whole_row(self, row: int) -> Ids:
        """A row's tokens with nothing hidden."""
        inputs, targets = self.batch.inputs[row], self.batch.targets[row]
        if self.model.config.causal:
            return np.asarray(np.append(inputs[:1], targets[targets >= 0]), np.int64)
        return np.asarray(np.where(targets >= 0, targets, inputs), np.int64)

    def context(self, question: int, length: int) -> str:
        """What can be read, with ``___`` where the question is; about ``length`` characters."""
        row, column = self.places[question]
        ids = self.batch.inputs[row]
        if self.model.config.causal:
            before = self._read(ids[: column + 1])
            return f"{_end(before, length) or BEGINNING} {ASKED}"
        before, after = self._read(ids[:column]), self._read(ids[column + 1 :], lower=True)
        half = length // 2
        return f"{_end(before, half)} {ASKED} {_beginning(after, half)}".strip()

    def _read(self, ids: Ids, lower: bool = False) -> str:
        """Ids as text; other hidden words are marked."""
        ids = ids[ids != PAD_ID]
        grammar = self.corpus.grammar
        if grammar is not None:
            words = [
                HIDDEN if i == MASK_ID else grammar.vocabulary[i]
                for i in ids
                if i == MASK_ID or i >= len(SYMBOLS)
            ]
            said = grammar.text(words)
            return words[0][:1] + said[1:] if lower and words else said
        cuts = np.flatnonzero(ids == MASK_ID)
        pieces = np.split(ids, cuts)
        return HIDDEN.join(self.corpus.text(piece[piece >= len(SYMBOLS)]) for piece in pieces)


def _end(text: str, length: int) -> str:
    """The last words of a text."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[-length:]
    return "… " + (cut[cut.find(" ") + 1 :] if " " in cut[:-1] else cut)


def _beginning(text: str, length: int) -> str:
    """The first words of a text."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rpartition(" ")[0] + " …"


def grade_test(
    model: GPT,
    corpus: Corpus,
    questions: int = QUESTIONS,
    counting: bool = False,
    oracle: bool = True,
) -> GradedTest:
    """Let the student sit the first questions of the held-out rows; fewer if there aren't so many.

    A student that reads both sides fills in blanks, the same ones at each call. With ``counting``
    the corpus's best counting is graded as well (next-token questions only); ``oracle``
    False leaves the three parts out, which is quicker. Raises `ValueError` for a student made for
    another vocabulary or for shorter rows.
    """
    if model.config.vocab_size != corpus.vocab_size:
        raise ValueError(
            f"This student knows {model.config.vocab_size} tokens, but the corpus"
            f" {corpus.name!r} has {corpus.vocab_size}; pass the student that was made for it."
        )
    masked = not model.config.causal
    needed = corpus.block_for(masked)
    if model.config.block_size < needed:
        raise ValueError(
            f"The rows of {corpus.name!r} need a block of {needed}, but this student's is"
            f" {model.config.block_size}; pass a student with a larger block_size."
        )
    rows = corpus.held_out
    batch = _batch(rows, masked)
    enough = np.cumsum((batch.targets >= 0).sum(1)) >= questions
    rows = rows[: int(np.argmax(enough)) + 1] if enough.any() else rows
    batch = _batch(rows, masked)
    rng = np.random.default_rng(HIDING_SEED) if masked else None
    # One batch holds all rows of a fill-in test, so that the same words are hidden as above.
    size = len(rows) if masked else PIECE
    counted = corpus.counting if counting and not masked else None
    grammar = corpus.grammar if oracle else None
    graded = evaluate(model, rows, grammar, counted, rng, size)
    places = np.argwhere(batch.targets >= 0)[:questions]
    return GradedTest(corpus, model, batch, places, first_questions(graded, questions))


def _batch(rows: Ids, masked: bool) -> Batch:
    if masked:
        return masked_batch(rows, np.random.default_rng(HIDING_SEED))
    return next_token_batch(rows)


def first_questions(evaluation: Evaluation, count: int) -> Evaluation:
    """The grades of the first ``count`` questions only."""
    cut = {
        f.name: getattr(evaluation, f.name)[:count]
        for f in fields(evaluation)
        if isinstance(getattr(evaluation, f.name), np.ndarray)
    }
    return replace(evaluation, **cut)


def report(ranks: Ids) -> tuple[float, float, float]:
    """The shares of answers that were spot on, close (second or third) and way off."""
    spot, close = float((ranks == 1).mean()), float(((ranks > 1) & (ranks <= CLOSE)).mean())
    return spot, close, 1 - spot - close


def place_name(rank: int) -> str:
    """A rank in words: first, second, third, 4th …"""
    named = {1: "first", 2: "second", 3: "third"}
    if rank in named:
        return named[rank]
    ending = {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th") if rank % 100 // 10 != 1 else "th"
    return f"{rank}{ending}"


def verdict_on(rank: int) -> str:
    """The report's word for a rank."""
    return REPORT[0] if rank == 1 else REPORT[1] if rank <= CLOSE else REPORT[2]


@dataclass(frozen=True, eq=False)
class Duel:
    """Two students whose right answers have the same rank on each of Q questions.

    ``names`` say who they are; ``losses`` is (2, Q), ``ranks`` (Q,); ``questions`` (Q,) are their
    numbers in ``test``.
    """

    test: GradedTest
    names: tuple[str, str]
    losses: Floats
    ranks: Ids
    questions: Ids

    @property
    def means(self) -> tuple[float, float]:
        """Both mean losses, in nats."""
        return float(self.losses[0].mean()), float(self.losses[1].mean())

    @property
    def better(self) -> int:
        """The student (0 or 1) with the lower mean loss."""
        return int(self.means[1] < self.means[0])

    def telling(self, count: int) -> Ids:
        """Questions (as columns of ``losses``) on which they differ most, half for each student.

        Each question's text is taken once. First those that the first student wins, the clearest
        first.
        """
        gap = self.losses[1] - self.losses[0]
        order = np.argsort(-gap, kind="stable")
        chosen: list[int] = []
        for pool in (order, order[::-1]):
            seen: set[str] = set()
            for i in pool:
                text = self.test.context(int(self.questions[i]), 22)
                if text not in seen:
                    seen.add(text)
                    chosen.append(int(i))
                if len(seen) == count // 2:
                    break
        return np.array(chosen)


def twin_duel(test: GradedTest, factor: float, names: tuple[str, str]) -> Duel:
    """A student against its twin, all of whose logits are multiplied by ``factor``.

    Above 1 the twin is bolder, below 1 more timid; the order of its choices stays. Raises
    `ValueError` for a factor that isn't above 0.
    """
    if not factor > 0:
        raise ValueError(f"The factor is {factor}; only above 0 does the order of choices stay.")
    twin = np.empty(len(test))
    rows, columns = test.places.T
    for first in range(0, len(test.batch.inputs), PIECE):
        here = np.flatnonzero((rows >= first) & (rows < first + PIECE))
        if len(here):
            logits = test.model.forward(test.batch.inputs[first : first + PIECE])
            asked = logits[rows[here] - first, columns[here]].astype(np.float64)
            logp = log_softmax(factor * asked)
            twin[here] = -logp[np.arange(len(here)), test.answers[here]]
    e = test.evaluation
    return Duel(test, names, np.stack([e.losses, twin]), e.ranks, np.arange(len(test)))


def agreeing_duel(first: GradedTest, second: GradedTest, names: tuple[str, str]) -> Duel:
    """Two students on those questions where the right answer has the same rank for both.

    Raises `ValueError` if they never agree, or if they sat different tests.
    """
    if len(first) != len(second) or not (first.answers == second.answers).all():
        raise ValueError("The two students must have sat the same test.")
    e, f = first.evaluation, second.evaluation
    same = np.flatnonzero(e.ranks == f.ranks)
    if not len(same):
        raise ValueError("These two students agree on no rank; choose two that are more alike.")
    return Duel(first, names, np.stack([e.losses[same], f.losses[same]]), e.ranks[same], same)


def with_probability(distribution: Floats, answer: int, probability: float) -> Floats:
    """The same answer (V,) with this probability on one choice; the others share the rest.

    They keep their proportions, or share it equally if they had nothing. Raises `ValueError` for
    a probability outside 0 to 1.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"A probability of {probability} can't be; it lies between 0 and 1.")
    rest = np.array(distribution, np.float64)
    rest[answer] = 0
    total = rest.sum()
    if total > 0:
        rest *= (1 - probability) / total
    else:
        rest[:] = (1 - probability) / (len(rest) - 1)
    rest[answer] = probability
    return rest


def share_beaten(
    losses: Floats, rival: Floats, count: int, tests: int, rng: np.random.Generator
) -> float:
    """In what share of many small tests the ``losses`` (Q,) have a lower mean than ``rival`` (Q,).

    Each of the ``tests`` draws ``count`` of the Q questions; both are graded on the same ones.
    """
    chosen = rng.integers(len(losses), size=(tests, count))
    return float(((losses - rival)[chosen].mean(1) < 0).mean())
