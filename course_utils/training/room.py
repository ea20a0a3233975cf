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

from course_utils.material.batches import Ids, masked_batch
from course_utils.material.stories import entropy
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.parameters import Array
from course_utils.student.sampling import stream
from course_utils.training.corpus import Corpus
from course_utils.training.counting import choose_counting
from course_utils.training.evaluation import Evaluation, evaluate, perfect_memory
from course_utils.training.loop import Settings, Step, TrainingRun

RECORD = Path(__file__).with_name("recorded_room.json")
FEW, MANY = 50, 2000  # practice rows
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
INITIALIZER = 0.07  # as in the `QUICK` preset
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
    """The student's ``first`` choice, its probability on the right token, and that one's rank."""

    first: str
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
        return f"no copy; its longest piece from the practice text: {self.longest} of {self.length}"


@dataclass(frozen=True)
class Moment:
    """One look at the student, and its weights then (None in a recording).

    ``held_out`` and ``practice`` are mean losses, measured now, on the watched held-out rows and
    on the first practice rows. ``below`` is how many nats in total the latter lie below the
    oracle's on the same rows (None without an oracle); ``memorised`` is `Evaluation.memorised`.
    """

    step: int
    held_out: float
    practice: float
    below: float | None
    memorised: bool
    written: Written
    answers: tuple[Answer, ...]
    weights: Array | None = field(default=None, repr=False, compare=False)


@dataclass
class Track:
    """What was seen of a run.

    ``practice[k]`` is the mean loss of the batch of step k + 1, measured before that step, over
    ``questions[k]`` questions; ``dealt[k]`` its rows' numbers. ``held_out`` was measured after
    each of ``held_steps``.
    """

    plan: Plan
    practice: list[float] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)
    dealt: list[tuple[int, ...]] = field(default_factory=list)
    held_steps: list[int] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

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

    def memorised(self) -> Moment | None:
        """The first moment at which the practice rows were known by heart."""
        return next((moment for moment in self.moments if moment.memorised), None)


class LiveRun:
    """A run that trains; `work` goes on in small pieces, `advance` at once."""

    def __init__(self, corpus: Corpus, plan: Plan) -> None:
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
        self._looks = frozenset(plan.looks())
        self._oracle: dict[int, Any] = {}
        self._library = _Library(corpus, self.rows)

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
        total, questions = 0.0, 0
        for first in range(0, len(self.held_out), PART):
            part = self.held_out[first : first + PART]
            rng = np.random.default_rng([HIDDEN_SEED, first]) if self.plan.masked else None
            batch = self.corpus.batch(part, rng)
            total += self.model.loss(batch.inputs, batch.targets) * batch.questions
            questions += batch.questions
            yield
        self.track.held_steps.append(self.step)
        self.track.held_out.append(total / questions)

    def _look(self) -> Iterator[None]:
        step, parts = self.step, []
        if not self.track.held_steps or self.track.held_steps[-1] != step:
            yield from self._measure()
        for first in range(0, min(SAMPLE, len(self.rows)), PART):
            parts.append(self._known(first))
            yield
        now = _joined(parts)
        below = None
        if now.oracle_losses is not None:
            below = float(now.oracle_losses.sum() - now.losses.sum())
        written = yield from self._write()
        answers = tuple(resit(self.model, self.corpus, self.plan))
        self.track.moments.append(
            Moment(
                step, self.track.held_out[-1], now.loss, below, now.memorised, written, answers,
                self.model.flat_data.copy(),
            )
        )  # fmt: skip
        yield

    def _known(self, first: int) -> Evaluation:
        """The practice rows from ``first``, evaluated; the oracle is asked only once."""
        rows = self.rows[first : min(first + PART, SAMPLE)]
        rng = np.random.default_rng([HIDDEN_SEED, first])
        if first in self._oracle:
            return replace(evaluate(self.model, rows, rng=rng), oracle_losses=self._oracle[first])
        now = evaluate(self.model, rows, self.corpus.grammar, rng=rng)
        self._oracle[first] = now.oracle_losses
        return now

    def _write(self) -> Generator[None, None, Written]:
        if self.plan.masked:
            return fill_in(self.model, self.corpus)
        rng = np.random.default_rng(WRITING_SEED)
        ids: list[int] = []
        for token in stream(self.model, *_beginning(self.corpus), rng, stop_id=END_ID):
            ids.append(token)
            if len(ids) % TOKENS == 0:
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


def _joined(parts: Sequence[Evaluation]) -> Evaluation:
    """Evaluations of some rows, one after the other, as one."""
    known = [part.oracle_losses for part in parts if part.oracle_losses is not None]
    return Evaluation(
        parts[0].vocab_size, np.concatenate([part.rows for part in parts]),
        np.concatenate([part.losses for part in parts]),
        np.concatenate([part.ranks for part in parts]),
        np.concatenate(known) if known else None,
    )  # fmt: skip


# The lines that a loss is read against


def reference_lines(corpus: Corpus, plan: Plan) -> dict[str, float]:
    """Lines by role, in nats, on the watched held-out rows: "uniform", and what else is known.

    "counting" has counted the plan's practice rows (next-token questions only), "floor" is the
    oracle's. "memory", for few stories, is about these practice stories (`perfect_memory`).
    """
    rows, held_out = corpus.rows[: plan.rows], corpus.held_out[:WATCHED]
    lines = {"uniform": math.log(corpus.vocab_size)}
    if not plan.masked:
        lines["counting"] = choose_counting(rows, corpus.vocab_size).loss(held_out)
    if corpus.grammar is None:
        return lines
    if plan.masked:
        lines["floor"] = _masked_floor(corpus, held_out)
    else:
        lines["floor"] = corpus.grammar.floor([corpus.text(row) for row in held_out])
        if plan.rows <= 2 * FEW:
            lines["memory"] = perfect_memory(rows)
    return lines


def _masked_floor(corpus: Corpus, rows: Ids) -> float:
    assert corpus.grammar is not None
    losses = []
    for first in range(0, len(rows), PART):
        part = rows[first : first + PART]
        batch = masked_batch(part, np.random.default_rng([HIDDEN_SEED, first]))
        for row, target in zip(part, batch.targets, strict=True):
            hidden = np.flatnonzero(target >= 0)
            truth = corpus.grammar.masked_distribution(corpus.text(row), (hidden - 1).tolist())
            losses.append(-np.log(truth[np.arange(len(hidden)), target[hidden]]))
    return float(np.concatenate(losses).mean())


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


def resit(model: GPT, corpus: Corpus, plan: Plan) -> list[Answer]:
    """The student's answers to `questions` now."""
    answers = []
    for _, row, place in _places(corpus, plan):
        right, ids = int(row[place]), row[:place]
        if plan.masked:
            ids = row[: np.flatnonzero(row != PAD_ID)[-1] + 1].copy()
            ids[place] = MASK_ID
        logits = model.forward(ids[None])[0, place if plan.masked else -1].astype(np.float64)
        p = softmax(logits)
        answers.append(
            Answer(
                corpus.label(int(np.argmax(p))),
                float(p[right]),
                int((logits >= logits[right]).sum()),
            )
        )
    return answers


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
    return hashlib.sha256(rows.astype(np.int64).tobytes()).hexdigest()[:16]


def record(corpus: Corpus, plans: dict[str, Plan]) -> dict[str, Any]:
    """Make these runs and return what `load_recording` reads, as JSON."""
    content: dict[str, Any] = {"fingerprint": fingerprint(corpus), "tracks": {}, "lines": {}}
    for name, plan in plans.items():
        run = LiveRun(corpus, plan)
        run.advance(plan.steps)
        track = run.track
        kept = [
            moment for i, moment in enumerate(track.moments)
            if i <= EARLY or i % THINNED == 0 or moment is track.memorised()
            or moment is track.moments[-1]
        ]  # fmt: skip
        content["tracks"][name] = {
            "plan": asdict(plan),
            "practice": [round(x, 4) for x in track.practice],
            "questions": track.questions,
            "dealt": track.dealt[:KEPT_DEALS],
            "held_steps": track.held_steps,
            "held_out": [round(x, 4) for x in track.held_out],
            "moments": [_moment_as_json(moment) for moment in kept],
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
        answer["share"] = float(f"{answer['share']:.4g}")
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
        tracks[name] = Track(
            **{**known, "plan": Plan(**known["plan"]), "moments": moments, "dealt": dealt}
        )
    return Recording(content["fingerprint"], tracks, content["lines"])


@lru_cache(maxsize=1)
def load_recording() -> Recording:
    """The recorded runs that come with the course: "few" and "many"."""
    return read_recording(json.loads(RECORD.read_text(encoding="utf-8")))
