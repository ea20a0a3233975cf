"""Papers for a whole class: different ones for neighbours, and what each is read against.

The stories are new ones: neither counting nor a shipped student has practised on them on purpose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Ids, pack_stories
from course_utils.material.questions import CHIPS, question_loss
from course_utils.material.stories import StoryGrammar
from course_utils.material.text import read_text
from course_utils.student.functions import softmax
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus, story_corpus, text_corpus
from course_utils.training.papers import SPARE, Passage, Sheet, SheetQuestion, deal_sheet
from course_utils.training.sitting import chips_for

Floats = NDArray[np.float64]
STORIES = "stories"
STORY_SEED = 14  # the corpus's own are 11 and 12
DIFFERENT = 30  # papers, at most; a larger class gets each of them several times
SPARES = 3  # papers' worth of stories more, for stories that don't hold the questions wanted
TEXT_BLOCK = 32  # words of an own text that stand before a question, at most
TAIL = 0.025  # on each side of the range of luck
NEVER = 1e-15
CELLS = 30_000  # how finely marks are told apart when luck is counted
MOST_QUESTIONS, MOST_COPIES = 30, 1000


@dataclass(frozen=True)
class PaperLines:
    """What others get on the questions (Q,) of a paper, each a loss in nats.

    ``oracle`` is the best possible student's, ``chances`` the probability that it puts on each
    right word and ``ranges`` (Q, 2) where its loss falls by luck; all None for an own text.
    """

    counting: Floats
    oracle: Floats | None
    chances: Floats | None
    ranges: Floats | None


@dataclass(frozen=True, eq=False)
class ClassPapers:
    """``copies`` papers for a class; copy 1, 2 … gets one of the ``sheets`` in turn."""

    corpus: Corpus
    sheets: tuple[Sheet, ...]
    copies: int
    seed: int

    def sheet_of(self, copy: int) -> Sheet:
        """The paper of copy ``copy``, from 1. Neighbours' copies have different papers."""
        return self.sheets[(copy - 1) % len(self.sheets)]

    @property
    def per_paper(self) -> int:
        """How many questions a paper has."""
        return len(self.sheets[0].questions)

    @cached_property
    def lines(self) -> tuple[PaperLines, ...]:
        """What counting and the best possible student get, for each of the ``sheets``."""
        return tuple(self._lines(sheet) for sheet in self.sheets)

    def _lines(self, sheet: Sheet) -> PaperLines:
        answers = [passage.row[-1] for passage in sheet.passages]
        counting = self.corpus.counting
        counted = [
            question_loss(counting.distribution(passage.row[:-1]), answer)
            for passage, answer in zip(sheet.passages, answers, strict=True)
        ]
        if self.corpus.grammar is None:
            return PaperLines(np.array(counted), None, None, None)
        truths = self.truths(sheet)
        chances = truths[np.arange(len(answers)), answers]
        ranges = np.array([range_by_luck(truth[None]) for truth in truths])
        return PaperLines(np.array(counted), np.abs(np.log(chances)), chances, ranges)

    def truths(self, sheet: Sheet) -> Floats:
        """The exact probabilities (Q, V) of what follows, for one of the ``sheets``.

        Raises `ValueError` for an own text.
        """
        return self._truths[self.sheets.index(sheet)]

    @cached_property
    def _truths(self) -> tuple[Floats, ...]:
        grammar = self.corpus.grammar
        if grammar is None:
            raise ValueError("The best possible student of an own text isn't known.")
        return tuple(
            np.array([_truth(grammar, passage) for passage in sheet.passages])
            for sheet in self.sheets
        )

    def uniform(self) -> float:
        """A blind guess's loss, ln V, in nats."""
        return math.log(self.corpus.vocab_size)

    def even(self, sheet: Sheet) -> float:
        """The mean loss of somebody who spreads the chips evenly over the boxes."""
        return float(np.mean([self._of_chips(q, 1 / len(q.boxes)) for q in sheet.questions]))

    def with_chips(self, sheet: Sheet) -> float:
        """The mean loss of somebody who knows the stories' rules and places twenty chips.

        Raises `ValueError` for an own text.
        """
        losses = []
        for question, truth in zip(sheet.questions, self.truths(sheet), strict=True):
            four = [float(truth[sheet.vocabulary.index(word)]) for word in question.choices]
            chips = chips_for(np.array([*four, 1 - sum(four)]))
            losses.append(self._of_chips(question, chips[question.answer_box] / CHIPS))
        return float(np.mean(losses))

    def _of_chips(self, question: SheetQuestion, share: float) -> float:
        """The loss of a ``share`` of the chips in the box that holds the answer."""
        if question.answer not in question.choices:
            share /= self.corpus.vocab_size - len(question.choices)
        return -math.log(share)

    def luck(self, counts: Sequence[int]) -> tuple[float, float]:
        """Between which means the best possible student's lies in 95 of 100 cases.

        ``counts`` says how often each of the ``sheets`` is counted. Raises `ValueError` for an own
        text.
        """
        used = [(truths, n) for truths, n in zip(self._truths, counts, strict=True) if n]
        truths = np.concatenate([truth for truth, _ in used])
        weights = np.concatenate([np.full(len(truth), float(n)) for truth, n in used])
        return range_by_luck(truths, weights / weights.sum())

    def student_losses(self, model: GPT) -> list[Floats]:
        """A causal student's loss on each question (Q,) of each of the ``sheets``, in nats."""
        passages = [passage for sheet in self.sheets for passage in sheet.passages]
        ids = np.zeros((len(passages), max(len(p.row) for p in passages) - 1), np.int64)
        for line, passage in zip(ids, passages, strict=True):
            line[: len(passage.row) - 1] = passage.row[:-1]
        losses = np.empty(len(passages))
        for first in range(0, len(passages), 50):
            logits = model.forward(ids[first : first + 50])
            for i, one in enumerate(logits, first):
                at = len(passages[i].row) - 2
                losses[i] = question_loss(softmax(one[at].astype(np.float64)), passages[i].row[-1])
        return np.split(losses, len(self.sheets))


def _truth(grammar: StoryGrammar, passage: Passage) -> Floats:
    words = [grammar.vocabulary[token] for token in passage.row[1:-1]]
    p = np.zeros(grammar.vocab_size)
    for word, chance in grammar.next_word_probabilities(words).items():
        p[grammar.vocabulary.index(word)] = chance
    return p


def range_by_luck(distributions: Floats, weights: Floats | None = None) -> tuple[float, float]:
    """Where the mean loss of somebody who knows these distributions (Q, V) lies, 95 times of 100.

    Every way in which the Q questions can come out is counted with its chance, on a fine grid of
    marks. ``weights`` (Q,) sum to one; without them all questions count alike.
    """
    share = np.full(len(distributions), 1 / len(distributions)) if weights is None else weights
    outcomes = [
        (w * -np.log(p[p > 0]), p[p > 0]) for w, p in zip(share, distributions, strict=True)
    ]
    most = sum(float(costs.max()) for costs, _ in outcomes)
    if most < 1e-12:
        return 0.0, 0.0
    step = most / CELLS
    chances, lowest = np.ones(1), 0
    for costs, p in outcomes:
        places = np.round(costs / step).astype(int)
        grown = np.zeros(len(chances) + int(places.max()))
        for place, chance in zip(places, p, strict=True):
            grown[place : place + len(chances)] += chance * chances
        likely = np.flatnonzero(grown > NEVER)  # the far ends only cost time
        lowest += int(likely[0])
        chances = grown[likely[0] : likely[-1] + 1]
    below = np.cumsum(chances)
    low, high = np.minimum(np.searchsorted(below, [TAIL, 1 - TAIL]), len(below) - 1) + lowest
    return float(low) * step, float(high) * step


@lru_cache(maxsize=2)
def _story_class(questions: int, copies: int, seed: int) -> ClassPapers:
    corpus, different = story_corpus(), min(copies, DIFFERENT)
    rows = _new_stories(corpus, different, questions, seed)
    sheets = _sheets(corpus, rows, questions, different, seed)
    return ClassPapers(corpus, tuple(sheets), copies, seed)


def deal_class(
    text: str | PathLike[str] = STORIES, questions: int = 10, copies: int = 30, seed: int = 1
) -> ClassPapers:
    """Papers for a class from the stories, or from an own text: the name of a UTF-8 file.

    The same ``seed`` deals the same papers. An own text is cut into words, and its questions come
    from its last tenth, which counting doesn't see. Raises `ValueError` with a sentence for
    numbers that can't be, and `TextError` for a text that can't be read or is too short.
    """
    for name, given, most in (
        ("questions", questions, MOST_QUESTIONS), ("copies", copies, MOST_COPIES)
    ):  # fmt: skip
        if not 1 <= given <= most:
            raise ValueError(f"There can't be {given} {name}; choose 1 to {most}.")
    if seed < 0:
        raise ValueError(f"The seed is {seed}; choose 0 or more.")
    if str(text) == STORIES:
        return _story_class(questions, copies, seed)
    corpus = text_corpus(read_text(text), "words", TEXT_BLOCK, Path(text).name)
    rows = corpus.held_out[np.count_nonzero(corpus.held_out, axis=1) > TEXT_BLOCK // 2]
    least = questions * min(copies, 2)  # neighbours have different papers
    if len(rows) < least:
        raise ValueError(
            f"{corpus.name} has {len(rows)} places to ask at in its last tenth, and"
            f" {least} are needed; choose a longer text or fewer questions."
        )
    found = _sheets(corpus, rows, questions, min(copies, DIFFERENT), seed)
    return ClassPapers(corpus, tuple(found), copies, seed)


def _new_stories(corpus: Corpus, papers: int, questions: int, seed: int) -> Ids:
    """Stories that stand neither in the practice rows nor in the held-out ones."""
    grammar = corpus.grammar
    assert grammar is not None
    known = {row.tobytes() for row in (*corpus.rows, *corpus.held_out)}
    rng = np.random.default_rng([STORY_SEED, seed])
    found: dict[bytes, Ids] = {}
    wanted = SPARE * questions * (papers + SPARES)
    while len(found) < wanted:
        stories = grammar.sample(wanted - len(found), rng)
        for row in pack_stories(stories, grammar, grammar.block_size):
            if row.tobytes() not in known:
                found[row.tobytes()] = row
    return np.array(list(found.values()))


def _sheets(corpus: Corpus, rows: Ids, questions: int, wanted: int, seed: int) -> list[Sheet]:
    found: list[Sheet] = []
    needed = SPARE * questions if corpus.grammar is not None else questions
    refused: ValueError | None = None
    for number in range(1, len(rows) // needed + 1):
        if len(found) == wanted:
            break
        try:
            sheet = deal_sheet(corpus, number, questions, seed=seed, rows=rows)
        except ValueError as error:  # these few stories don't hold the questions wanted
            refused = error
            continue
        found.append(replace(sheet, number=len(found) + 1))
    if not found and refused is not None:
        raise refused
    return found
