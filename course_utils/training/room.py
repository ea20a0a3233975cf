"""Runs to be watched, compared and gone back in: what a training room shows, computed.

A `Plan` says what a run is made of, a `Track` holds what was seen of it. A `LiveRun` makes its
track while it trains; a `Replay` shows a track that was made earlier.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Ids, hidden_positions, masked_batch
from course_utils.material.stories import entropy
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.parameters import Array
from course_utils.student.sampling import stream
from course_utils.training.corpus import Corpus
from course_utils.training.counting import choose_counting
from course_utils.training.evaluation import MEMORISED, perfect_memory
from course_utils.training.loop import Settings, Step, TrainingRun

RECORD = Path(__file__).with_name("recorded_room.json")
FEW, MANY = 50, 2000  # practice rows
PAIR_STEPS = 300  # of each of two runs at once
WATCHED = 50  # held-out rows that the curve is drawn from
SAMPLE = 50  # practice rows, the first ones, on which memorising is looked for
EVERY = 10  # steps between two points of the held-out curve
LONG = 50  # an epoch of more steps than this is looked into every so many steps
PART = 25  # rows that are measured in one piece of work
TOKENS = 12  # tokens that are written in one piece of work
ASKED = 3  # questions from practice and as many from the held-out rows, asked again and again
EARLIEST = 6  # tokens that are read at least before one of these questions
SHOWN = 8  # words of a question's context that are shown
WRITING_SEED, HIDDEN_SEED = 1, 5
SETTLED = 0.05  # nats of entropy below which a question has only one answer
INITIALIZER = 0.07  # narrow students learn sooner with it than with 0.02
KEPT_DEALS = 15  # steps whose rows are named in a recording
EARLY, THINNED = 12, 4  # a recording keeps so many moments, then one out of so many


@dataclass(frozen=True)
class Plan:
    """What a run is made of; two runs differ in nothing but what `differences` names.

    ``rows`` is how many of the corpus's practice rows are read, the first ones.
    """

    rows: int = FEW
    steps: int = 600
    batch_size: int = 10
    learning_rate: float = 3e-3
    n_layer: int = 2
    n_head: int = 4
    n_embd: int = 64
    masked: bool = False
    seed: int = 3

    @property
    def steps_per_epoch(self) -> int:
        """How many batches hold every row once."""
        return -(-self.rows // self.batch_size)

    def looks(self) -> list[int]:
        """The steps after which a `Moment` is kept: each epoch's end, and long epochs' middles."""
        each = self.steps_per_epoch
        return [
            step
            for step in range(self.steps + 1)
            if step % each == 0 or step == self.steps or (each > LONG and step % LONG == 0)
        ]


NAMES = {
    "rows": "practice rows",
    "steps": "steps",
    "batch_size": "rows a batch",
    "learning_rate": "learning rate",
    "n_layer": "layers",
    "n_head": "heads",
    "n_embd": "channels",
    "masked": "fill in the blank",
    "seed": "seed (first weights and shuffling)",
}


def differences(first: Plan, second: Plan) -> list[tuple[str, Any, Any]]:
    """All that two plans don't share: (name, value in the first, value in the second)."""
    a, b = asdict(first), asdict(second)
    return [(NAMES[key], a[key], b[key]) for key in a if a[key] != b[key]]


@dataclass(frozen=True)
class Question:
    """A question that is asked after each epoch: its words before (and after) the gap.

    ``unseen`` says that it is from the held-out rows.
    """

    unseen: bool
    before: str
    after: str
    right: str


@dataclass(frozen=True)
class Answer:
    """The student's ``first`` choice and the probability on it (``sure``).

    ``share`` is the probability on the right token, ``rank`` that one's place.
    """

    first: str
    sure: float
    share: float
    rank: int

    @property
    def loss(self) -> float:
        """−ln of the probability on the right token, in nats."""
        return -math.log(max(self.share, 1e-300))


@dataclass(frozen=True)
class Written:
    """What the student wrote, and how much of it stands in the practice text.

    ``story`` is the number (from 1) of the practice row that it equals word for word, or None.
    The ``longest`` piece of its ``length`` tokens stands in the practice text as it is. For a
    student that fills in blanks, ``longest`` of ``length`` blanks are right.
    """

    text: str
    story: int | None
    longest: int
    length: int
    filled: bool = False

    @property
    def mark(self) -> str:
        """What is said of it: a copy, or how much was copied."""
        if self.filled:
            return f"{self.longest} of {self.length} blanks filled in rightly"
        if self.story is not None:
            return f"word for word story {self.story}"
        if self.length and self.longest == self.length:
            return "word for word in the practice text"
        return (
            f"no copy: at most {self.longest} of its {self.length} tokens in a row stand in the"
            " practice text"
        )


@dataclass(frozen=True)
class Moment:
    """One look at the student, and its weights then (None in a recording).

    ``held_out`` and ``practice`` are mean losses, measured now, on the watched held-out rows and
    on the ``asked`` questions of the first practice rows. ``below`` is how many nats in total the
    latter lie below the oracle's on the same questions (None without an oracle); ``memorised``
    says what `Evaluation.memorised` would.
    """

    step: int
    held_out: float
    practice: float
    asked: int
    below: float | None
    memorised: bool
    written: Written
    answers: tuple[Answer, ...]
    weights: Array | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Certainty:
    """How often the first choice was right on the watched held-out rows after a step.

    ``wrong`` is the mean probability on the first choice where that was wrong.
    """

    step: int
    right: float
    wrong: float


@dataclass
class Track:
    """What was seen of a run.

    ``practice[k]`` is the mean loss of the batch of step k + 1, measured before that step, over
    ``questions[k]`` questions; ``dealt[k]`` its rows' numbers. ``held_out`` was measured after
    each of ``held_steps``. ``certainties`` are known at the run's end: of the moment with the
    lowest held-out loss and of the last one.
    """

    plan: Plan
    practice: list[float] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    dealt: list[tuple[int, ...]] = field(default_factory=list)
    held_steps: list[int] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    certainties: list[Certainty] = field(default_factory=list)

    @property
    def step(self) -> int:
        """How many steps were made."""
        return len(self.practice)

    def until(self, step: int) -> Track:
        """The same as it was after an earlier step."""
        points = sum(s <= step for s in self.held_steps)
        return Track(
            self.plan, self.practice[:step], self.questions[:step], self.dealt[:step],
            self.held_steps[:points], self.held_out[:points],
            [moment for moment in self.moments if moment.step <= step],
            self.certainties if step >= self.plan.steps else [],
        )  # fmt: skip

    def epoch_means(self) -> list[float]:
        """The practice loss of each finished epoch, every question once."""
        each = self.plan.steps_per_epoch
        return [
            float(np.average(self.practice[i : i + each], weights=self.questions[i : i + each]))
            for i in range(0, self.step - each + 1, each)
        ]

    def gap(self, last: int) -> float:
        """How far practice lies below held-out loss, in nats, on average over the ``last`` steps.

        Each practice loss is compared with the held-out loss of the same student: the one before
        that step (interpolated where it wasn't measured).
        """
        steps = np.arange(self.step - last, self.step)
        held_out = np.interp(steps, self.held_steps, self.held_out)
        return float(np.mean(held_out - np.array(self.practice)[steps]))

    def lowest(self) -> Moment | None:
        """The moment with the lowest held-out loss."""
        return min(self.moments, key=lambda moment: moment.held_out, default=None)

    def memorised(self) -> Moment | None:
        """The first moment at which the practice rows were known by heart."""
        return next((moment for moment in self.moments if moment.memorised), None)


class LiveRun:
    """A run that trains; `work` goes on in small pieces, `advance` at once.

    With ``looking`` false no `Moment` is kept, which is quicker.
    """

    def __init__(self, corpus: Corpus, plan: Plan, looking: bool = True) -> None:
        self.corpus, self.plan = corpus, plan
        self.rows, self.held_out = corpus.rows[: plan.rows], corpus.held_out[:WATCHED]
        rng = np.random.default_rng(plan.seed)
        self.model = GPT(_config(corpus, plan), rng)
        settings = Settings(
            plan.steps, plan.batch_size, plan.learning_rate, warmup=min(20, plan.steps // 4),
            weight_decay=0.0, masked=plan.masked,
        )  # fmt: skip
        self.run = TrainingRun(self.model, self.rows, settings, rng)
        self.track = Track(plan)
        self._looks = frozenset(plan.looks() if looking else ())
        self._oracle: dict[int, float] = {}
        self._library: _Library | None = None  # made for the first text: it takes a moment
        self._places = _places(corpus, plan)

    @property
    def step(self) -> int:
        """How many steps were made."""
        return self.track.step

    @property
    def done(self) -> bool:
        """Whether the run is at its end, its last look included."""
        return self.step >= self.plan.steps and not self.owes

    @property
    def owes(self) -> bool:
        """Whether a look at the student is due that wasn't finished yet."""
        kept = self.track.moments
        return self.step in self._looks and (not kept or kept[-1].step != self.step)

    def advance(self, steps: int) -> None:
        """Make so many steps now. Raises `DivergedError` with the last good weights kept."""
        for _ in self.work(steps):
            pass

    def work(self, steps: int) -> Iterator[None]:
        """Make so many steps (none beyond the plan's) and look where looks are due.

        Yields between two small pieces. What a stopped work left out, the next one makes up for.
        """
        stop = min(self.step + steps, self.plan.steps)
        while True:
            if self.owes:
                yield from self._look()
            if self.step >= stop:
                return
            self._step()
            yield
            if self.step % EVERY == 0 and self.step not in self._looks:
                yield from self._measure()

    def _step(self) -> Step:
        step = self.run.advance()
        first = self.run.cursor - self.plan.batch_size
        if self.run.cursor == len(self.rows):
            first = (len(self.rows) - 1) // self.plan.batch_size * self.plan.batch_size
        self.track.practice.append(step.loss)
        self.track.questions.append(step.questions)
        self.track.dealt.append(tuple(int(i) for i in self.run.order[first : self.run.cursor]))
        return step

    def _measure(self) -> Iterator[None]:
        total, asked = 0.0, 0
        for first, part in _parts(self.held_out):
            batch = self.corpus.batch(part, self._hiding(first))
            total += self.model.loss(batch.inputs, batch.targets) * batch.questions
            asked += batch.questions
            yield
        self.track.held_steps.append(self.step)
        self.track.held_out.append(total / asked)

    def _hiding(self, first: int) -> np.random.Generator | None:
        """What hides words in the part of rows that begins with ``first``; the same each time."""
        return np.random.default_rng([HIDDEN_SEED, first]) if self.plan.masked else None

    def _look(self) -> Iterator[None]:
        step, total, asked, best = self.step, 0.0, 0, 0.0
        if not self.track.held_steps or self.track.held_steps[-1] != step:
            yield from self._measure()
        for first, part in _parts(self.rows[:SAMPLE]):
            batch = self.corpus.batch(part, self._hiding(first))
            total += self.model.loss(batch.inputs, batch.targets) * batch.questions
            asked += batch.questions
            if self.corpus.grammar is not None:
                if first not in self._oracle:
                    self._oracle[first], _ = _best(self.corpus, part, self._hiding(first))
                best += self._oracle[first]
            yield
        below = None if self.corpus.grammar is None else best - total
        memorised = below is not None and below >= MEMORISED
        written = yield from self._write()
        answers = tuple(resit(self.model, self.corpus, self.plan, self._places))
        if step == self.plan.steps:
            yield from self._end()
        self.track.moments.append(
            Moment(
                step, self.track.held_out[-1], total / asked, asked, below, memorised, written,
                answers, self.model.flat_data.copy(),
            )
        )  # fmt: skip
        yield

    def _end(self) -> Iterator[None]:
        """Compare how certain the student is now with how certain it was at its best."""
        found: list[Certainty] = []
        best, now = self.track.lowest(), self.track.held_out[-1]
        if best is not None and best.held_out < now:
            yield from self._certainty(self.student_at(best), best.step, found)
        yield from self._certainty(self.model, self.step, found)
        self.track.certainties = found

    def _certainty(self, model: GPT, step: int, found: list[Certainty]) -> Iterator[None]:
        right, sure = [], []
        for first, part in _parts(self.held_out):
            batch = self.corpus.batch(part, self._hiding(first))
            asked = batch.targets >= 0
            p = softmax(model.forward(batch.inputs)[asked])
            right.append(p.argmax(1) == batch.targets[asked])
            sure.append(p.max(1))
            yield
        hit, certain = np.concatenate(right), np.concatenate(sure)
        wrong = float(certain[~hit].mean()) if not hit.all() else 0.0
        found.append(Certainty(step, float(hit.mean()), wrong))

    def _write(self) -> Generator[None, None, Written]:
        if self.plan.masked:
            return fill_in(self.model, self.corpus)
        rng = np.random.default_rng(WRITING_SEED)
        ids: list[int] = []
        for token in stream(self.model, *_beginning(self.corpus), rng, stop_id=END_ID):
            ids.append(token)
            if len(ids) % TOKENS == 0:
                yield
        if self._library is None:
            self._library = _Library(self.corpus, self.rows)
            yield
        return self._library.compare(ids)

    def student_at(self, moment: Moment) -> GPT:
        """A new student with the weights of a moment. Raises `ValueError` if they weren't kept."""
        if moment.weights is None:
            raise ValueError("Of a recorded run no weights were kept; train one to go back to it.")
        student = GPT(self.model.config, np.random.default_rng(0))
        student.flat_data[...] = moment.weights
        return student


class Replay:
    """A recorded run under the same controls."""

    owes = False

    def __init__(self, recorded: Track) -> None:
        self.recorded, self.plan, self.step = recorded, recorded.plan, 0

    @property
    def track(self) -> Track:
        """What was seen up to now."""
        return self.recorded.until(self.step)

    @property
    def done(self) -> bool:
        """Whether all of it was shown."""
        return self.step >= self.plan.steps

    def advance(self, steps: int) -> None:
        """Show so many steps more."""
        self.step = min(self.step + steps, self.plan.steps)

    def work(self, steps: int) -> Iterator[None]:
        """Show so many steps more, one at a time."""
        for _ in range(min(steps, self.plan.steps - self.step)):
            self.step += 1
            yield


def _config(corpus: Corpus, plan: Plan) -> GPTConfig:
    return GPTConfig(
        corpus.vocab_size, corpus.block_for(plan.masked), plan.n_layer, plan.n_head, plan.n_embd,
        causal=not plan.masked, initializer_range=INITIALIZER,
    )  # fmt: skip


# The lines that a loss is read against


def reference_lines(corpus: Corpus, plan: Plan) -> dict[str, float]:
    """Lines by role, in nats, on the watched held-out rows: "uniform", and what else is known.

    "counting" has counted the plan's practice rows (next-token questions only), "floor" is the
    oracle's. About the practice stories themselves are "practice floor", the oracle's loss on
    them (next-token questions only), and "memory", for few stories (`perfect_memory`).
    """
    rows, held_out = corpus.rows[: plan.rows], corpus.held_out[:WATCHED]
    lines = {"uniform": math.log(corpus.vocab_size)}
    if not plan.masked:
        lines["counting"] = choose_counting(rows, corpus.vocab_size).loss(held_out)
    if corpus.grammar is None:
        return lines
    if plan.masked:
        parts = [
            _best(corpus, part, np.random.default_rng([HIDDEN_SEED, first]))
            for first, part in _parts(held_out)
        ]
        lines["floor"] = sum(total for total, _ in parts) / sum(asked for _, asked in parts)
        return lines
    lines["floor"] = corpus.grammar.floor([corpus.text(row) for row in held_out])
    lines["practice floor"] = corpus.grammar.floor([corpus.text(row) for row in rows])
    if plan.rows <= 2 * FEW:
        lines["memory"] = perfect_memory(rows)
    return lines


def _parts(rows: Ids) -> Iterator[tuple[int, Ids]]:
    """Pieces of `PART` rows, each with the number of its first one."""
    for first in range(0, len(rows), PART):
        yield first, rows[first : first + PART]


def _best(corpus: Corpus, rows: Ids, rng: np.random.Generator | None) -> tuple[float, int]:
    """What the oracle loses in total on rows (with ``rng`` on hidden words), and the questions."""
    assert corpus.grammar is not None
    batch = corpus.batch(rows, rng)
    hidden = None if rng is None else hidden_positions(batch)
    mean = corpus.grammar.floor([corpus.text(row) for row in rows], hidden=hidden)
    return mean * batch.questions, batch.questions


# The same few questions, asked again and again


def _places(corpus: Corpus, plan: Plan) -> list[tuple[bool, Ids, int]]:
    """(unseen, row, place) of each question: for stories one settled, then open ones.

    The settled one asks for a rare word, so for a name or a thing that comes back.
    """
    found, often = [], np.bincount(corpus.rows.ravel(), minlength=corpus.vocab_size)
    for unseen, rows in ((False, corpus.rows[: plan.rows]), (True, corpus.held_out)):
        for number, row in enumerate(rows[:ASKED]):
            asked = np.flatnonzero(row >= len(SYMBOLS))
            late = asked[asked >= EARLIEST]
            places = late if len(late) else asked
            place = int(places[len(places) * 2 // 3])
            if corpus.grammar is not None:
                open_to = entropy(corpus.grammar.next_word_distribution(corpus.text(row)))
                open_to = open_to[places - 1]
                settled = [p for p in places[open_to < SETTLED] if row[p] in row[:p]]
                if number == 0 and settled:
                    place = int(min(settled, key=lambda p: often[row[p]]))
                else:
                    place = int(places[np.argmax(open_to)])
            found.append((unseen, row, place))
    return found


def questions(corpus: Corpus, plan: Plan) -> list[Question]:
    """The questions that are asked again and again: from practice, then from the held-out rows."""
    result = []
    for unseen, row, place in _places(corpus, plan):
        before = corpus.text(row[:place]).split(" ")
        cut = "… " if len(before) > SHOWN else ""
        after = corpus.text(row[place:]).split(" ")[1:] if plan.masked else []
        result.append(
            Question(
                unseen, cut + " ".join(before[-SHOWN:]), " ".join(after[: SHOWN // 2]),
                corpus.label(int(row[place])),
            )
        )  # fmt: skip
    return result


def resit(
    model: GPT, corpus: Corpus, plan: Plan, places: list[tuple[bool, Ids, int]] | None = None
) -> list[Answer]:
    """The student's answers to `questions` now; ``places`` saves looking for them again."""
    asked = _places(corpus, plan) if places is None else places
    if plan.masked:
        logits = [_filling(model, row, place) for _, row, place in asked]
    else:  # what follows a gap can't be seen, so all are asked at once
        longest = max(place for *_, place in asked)
        together = model.forward(np.stack([row[:longest] for _, row, _ in asked]))
        logits = [together[i, place - 1] for i, (*_, place) in enumerate(asked)]
    return [
        _answer(corpus, feeling.astype(np.float64), int(row[place]))
        for feeling, (_, row, place) in zip(logits, asked, strict=True)
    ]


def _filling(model: GPT, row: Ids, place: int) -> Array:
    ids = row[: np.flatnonzero(row != PAD_ID)[-1] + 1].copy()
    ids[place] = MASK_ID
    logits: Array = model.forward(ids[None])[0, place]
    return logits


def _answer(corpus: Corpus, logits: NDArray[np.float64], right: int) -> Answer:
    p = softmax(logits)
    rank = int((logits >= logits[right]).sum())
    first = int(np.argmax(p))
    return Answer(corpus.label(first), float(p[first]), float(p[right]), rank)


# Writing, and how much of it is copied


def _beginning(corpus: Corpus) -> tuple[list[int], int]:
    """What a text is begun with, and how many tokens are written at most."""
    if corpus.grammar is not None:
        return [START_ID], corpus.block_size - 1
    return [START_ID, int(corpus.held_out[0][1])], corpus.block_size - 2


class _Library:
    """A practice text in which pieces are looked for; tokens are kept as characters."""

    def __init__(self, corpus: Corpus, rows: Ids) -> None:
        self.corpus = corpus
        self.stories: dict[tuple[int, ...], int] = {}
        if corpus.grammar is not None:
            for number, row in enumerate(rows, 1):
                self.stories[tuple(int(i) for i in row if i >= len(SYMBOLS))] = number
            self.text = "\0".join(map(_spelled, self.stories))
        else:
            self.text = _spelled(rows[:, 1:].ravel())  # each token of a text is asked once

    def compare(self, ids: Sequence[int]) -> Written:
        """What the student wrote, compared with the practice text."""
        ids = [i for i in ids if i >= len(SYMBOLS)]
        spelled, longest, start = _spelled(ids), 0, 0
        for end in range(1, len(spelled) + 1):
            while spelled[start:end] not in self.text:
                start += 1
            longest = max(longest, end - start)
        story = self.stories.get(tuple(ids))
        return Written(self.corpus.text(ids), story, longest, len(ids))


def _spelled(ids: Sequence[int] | Ids) -> str:
    return "".join(chr(int(i) + 1) for i in ids)


def fill_in(model: GPT, corpus: Corpus) -> Written:
    """The first held-out row with its hidden words filled in by their likeliest."""
    row = corpus.held_out[:1]
    batch = masked_batch(row, np.random.default_rng(HIDDEN_SEED))
    hidden = np.flatnonzero(batch.targets[0] >= 0)
    chosen = log_softmax(model.forward(batch.inputs)[0, hidden])
    chosen[:, : len(SYMBOLS)] = -np.inf
    filled = batch.inputs[0].copy()
    filled[hidden] = chosen.argmax(1)
    right = int((filled[hidden] == batch.targets[0, hidden]).sum())
    return Written(corpus.text(filled), None, right, len(hidden), filled=True)


# Recorded runs


@dataclass(frozen=True)
class Recording:
    """Runs that were made elsewhere, by name, and the lines of each."""

    fingerprint: str
    tracks: dict[str, Track]
    lines: dict[str, dict[str, float]]


def fingerprint(corpus: Corpus) -> str:
    """A hash of what is read and asked, by which a recording is known to fit a corpus."""
    rows = np.concatenate([corpus.rows, corpus.held_out[:WATCHED]])
    asked = json.dumps([asdict(question) for question in questions(corpus, Plan(rows=FEW))])
    return hashlib.sha256(rows.astype(np.int64).tobytes() + asked.encode()).hexdigest()[:16]


def record(
    corpus: Corpus, plans: dict[str, Plan], curves_only: Sequence[str] = ()
) -> dict[str, Any]:
    """Make these runs and return what `load_recording` reads, as JSON.

    Of those in ``curves_only`` no more moments are kept than the announcement of memorising needs.
    """
    content: dict[str, Any] = {"fingerprint": fingerprint(corpus), "tracks": {}, "lines": {}}
    for name, plan in plans.items():
        run = LiveRun(corpus, plan)
        run.advance(plan.steps)
        track = run.track
        best = track.lowest()
        kept = [
            moment for i, moment in enumerate(track.moments)
            if (name not in curves_only and (i <= EARLY or i % THINNED == 0))
            or moment in (track.memorised(), best, track.moments[-1])
        ]  # fmt: skip
        content["tracks"][name] = {
            "plan": asdict(plan),
            "practice": [round(x, 4) for x in track.practice],
            "questions": track.questions,
            "dealt": track.dealt[:KEPT_DEALS],
            "held_steps": track.held_steps,
            "held_out": [round(x, 4) for x in track.held_out],
            "moments": [_moment_as_json(moment) for moment in kept],
            "certainties": [
                {"step": known.step, "right": round(known.right, 3), "wrong": round(known.wrong, 3)}
                for known in track.certainties
            ],
        }
        content["lines"][name] = reference_lines(corpus, plan)
    return content


def _moment_as_json(moment: Moment) -> dict[str, Any]:
    content = asdict(replace(moment, weights=None))
    for name in ("held_out", "practice"):
        content[name] = round(content[name], 4)
    if moment.below is not None:
        content["below"] = round(moment.below, 1)
    for answer in content["answers"]:
        for name in ("sure", "share"):
            answer[name] = float(f"{answer[name]:.4g}")
    return content


def read_recording(content: dict[str, Any]) -> Recording:
    """What `record` returned."""
    tracks = {}
    for name, known in content["tracks"].items():
        moments = [
            Moment(
                **{
                    **moment,
                    "written": Written(**moment["written"]),
                    "answers": tuple(Answer(**answer) for answer in moment["answers"]),
                }
            )
            for moment in known["moments"]
        ]
        dealt = [tuple(rows) for rows in known["dealt"]]
        certainties = [Certainty(**at) for at in known["certainties"]]
        made = {"plan": Plan(**known["plan"]), "moments": moments, "dealt": dealt}
        tracks[name] = Track(**{**known, **made, "certainties": certainties})
    return Recording(content["fingerprint"], tracks, content["lines"])


@lru_cache(maxsize=1)
def load_recording() -> Recording:
    """The recorded runs that come with the course; "few" and "many" with all their moments."""
    return read_recording(json.loads(RECORD.read_text(encoding="utf-8")))
