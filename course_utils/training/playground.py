"""All knobs of a run in one place: checked together, priced, and written as one short string."""

from __future__ import annotations

import binascii
import hashlib
import json
import math
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from course_utils.material.batches import Batch, Ids, hidden_positions, pack_text
from course_utils.material.symbols import END_ID, MASK_ID, START_ID, SYMBOLS
from course_utils.material.text import TextError, check_text, course_text
from course_utils.material.tokenizers import StoryTokenizer, Tokenizer, learn_in_pieces
from course_utils.student.functions import softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.sampling import stream
from course_utils.training.corpus import BYTE_PAIRS, TOKENS, Corpus, split_text, story_corpus
from course_utils.training.counting import ORDERS, SMOOTHINGS, CountingModel
from course_utils.training.evaluation import evaluate
from course_utils.training.loop import Settings, TrainingRun
from course_utils.training.room import EVERY, Track
from course_utils.training.room import Plan as Outline

STORIES, CHAPTERS, OWN = "stories", "chapters", "own"
NEXT, FILL = "next token", "fill in"
PRACTICE = 2000  # stories
LONGEST = 5_000_000  # characters of an own text
FIXED = 1e6  # bytes that any run takes: scratch, and the order of the rows
MEMORY_LIMIT = 2e9  # bytes that a run may take
WATCHED = 2500  # held-out tokens, about, that a point of the curve is measured on
COUNTED = 60_000  # tokens, about, that the counting line is fitted on
TRIED = 3  # steps that are timed before a run begins
LEAST_WIDTH = 8  # channels of a head, in a model that is made smaller
HIDDEN_SEED = 5
PIECE_OPERATIONS = 1e9  # of arithmetic, about, in one piece of work: some 20 ms
PIECE_CHARACTERS = 50_000  # that are turned into tokens in one piece of work
PIECE_STORIES = 4  # whose floor is computed in one piece of work
BLANK = "___"
CONTROL = re.compile(r"[\x00-\x1f]")
MARK = re.compile(r"[0-9a-f]{8}")
LIMITS = {"layers": 6, "heads": 16, "channels": 192, "block": 256, "batch": 128, "steps": 100_000}
SEEDS = 2**31 - 1
RUN, PLAN, TEXT = "run.npz", "plan.json", "text.txt"  # the files of a saved run

Result = TypeVar("Result")


class PlanError(ValueError):
    """A plan that can't work, or a string that is none; the message says what to change."""


def finished(work: Generator[object, None, Result]) -> Result:
    """Draw work in pieces to its end at once, and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


@dataclass(frozen=True)
class Plan:
    """Everything that decides a run.

    ``text`` is "stories", "chapters" or "own"; for the last two ``mark`` may say which text it
    must be: the first eight hex digits of its SHA-256. ``tokens``: characters, words or byte
    pairs. ``objective``: "next token" or "fill in". ``block`` is the context in tokens (stories in
    words take one story a row, whatever it says). Raises `PlanError` for what can't work together.
    """

    text: str = STORIES
    tokens: str = "words"
    objective: str = NEXT
    layers: int = 2
    heads: int = 4
    channels: int = 64
    block: int = 64
    batch: int = 16
    optimizer: str = "adamw"
    learning_rate: float = 3e-3
    steps: int = 300
    warmup: int = 30
    seed: int = 1
    mark: str = ""

    def __post_init__(self) -> None:
        for name, allowed in (
            ("text", (STORIES, CHAPTERS, OWN)), ("tokens", TOKENS), ("objective", (NEXT, FILL)),
            ("optimizer", ("adamw", "sgd")),
        ):  # fmt: skip
            if getattr(self, name) not in allowed:
                raise PlanError(
                    f"{name} is {getattr(self, name)!r}; choose {' or '.join(allowed)}."
                )
        for name in (*LIMITS, "warmup", "seed"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
                raise PlanError(f"{name} is {value!r}; choose a whole number.")
        for name, most in LIMITS.items():
            if not 1 <= getattr(self, name) <= most:
                raise PlanError(f"{name} is {getattr(self, name)}; choose 1 to {most:,}.")
        if self.channels % self.heads:
            raise PlanError(
                f"{self.channels} channels can't be shared out among {self.heads} heads; make"
                " channels a multiple of heads."
            )
        if not 0 <= self.warmup <= self.steps:
            raise PlanError(f"warmup is {self.warmup}; choose 0 to {self.steps}, the steps.")
        if not 0 < self.learning_rate <= 10:
            raise PlanError(
                f"learning_rate is {self.learning_rate}; choose a number above 0, at most 10."
            )
        if not 0 <= self.seed <= SEEDS:
            raise PlanError(f"seed is {self.seed}; choose 0 to {SEEDS:,}.")
        if self.mark and (self.text == STORIES or not MARK.fullmatch(self.mark)):
            raise PlanError(
                f"mark is {self.mark!r}; it is eight hex digits, for the chapters or an own text."
            )

    @property
    def masked(self) -> bool:
        """Whether words are hidden instead of asked for in order."""
        return self.objective == FILL

    def settings(self) -> Settings:
        """The training loop's settings."""
        return Settings(
            self.steps, self.batch, self.learning_rate, self.warmup, weight_decay=0.0,
            optimizer=self.optimizer, momentum=0.9 if self.optimizer == "sgd" else 0.0,
            masked=self.masked,
        )  # fmt: skip

    def to_string(self) -> str:
        """The plan as one short string, with a check at its end; `from_string` reads it."""
        words = [
            "run1", self.text + (f"={self.mark}" if self.mark else ""),
            self.tokens.replace(" ", "-"), self.objective.replace(" ", "-"),
            f"{self.layers}x{self.heads}x{self.channels}", f"t{self.block}", f"b{self.batch}",
            self.optimizer, repr(float(self.learning_rate)), f"{self.steps}+{self.warmup}",
            f"s{self.seed}",
        ]  # fmt: skip
        body = ":".join(words)
        return f"{body}#{_check(body)}"

    @classmethod
    def from_string(cls, string: str) -> Plan:
        """The plan of a string. Raises `PlanError` if it was cut, altered or is no such string."""
        string = string.strip()
        body, _, check = string.partition("#")
        words = body.split(":")
        if not string.isascii() or words[0] != "run1" or len(words) != 11:
            raise PlanError(
                "This is no string of settings; it begins with run1: and ends with # and four"
                " letters or digits. Copy it whole."
            )
        if check != _check(body):
            raise PlanError("The string was cut or altered on its way; copy it again, whole.")
        try:
            text, _, mark = words[1].partition("=")
            layers, heads, channels = (int(part) for part in words[4].split("x"))
            steps, warmup = (int(part) for part in words[9].split("+"))
            return cls(
                text, words[2].replace("-", " "), words[3].replace("-", " "), layers, heads,
                channels, int(words[5][1:]), int(words[6][1:]), words[7], float(words[8]), steps,
                warmup, int(words[10][1:]), mark,
            )  # fmt: skip
        except PlanError:
            raise
        except ValueError:
            raise PlanError("The string has a part that can't be read; copy it again.") from None


def _check(body: str) -> str:
    """Four hex digits (CRC-CCITT) that change with any one letter, or two neighbours."""
    return f"{binascii.crc_hqx(body.encode(), 0xFFFF):04x}"


def mark_of(text: str) -> str:
    """By what a text is known again: eight hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def with_text(plan: Plan, kind: str, own: str | None = None) -> Plan:
    """The plan for another text, with its mark; ``own`` is the learner's. May raise `TextError`."""
    if kind == OWN:
        return replace(plan, text=OWN, mark="" if own is None else mark_of(own))
    mark = mark_of(course_text()) if kind == CHAPTERS else ""
    return replace(plan, text=kind, mark=mark)


# The text ---------------------------------------------------------------------------------------


def corpus_of(plan: Plan, own: str | None = None) -> Corpus:
    """The corpus of a plan; ``own`` is the learner's text, if the plan asks for one.

    Raises `PlanError` if that is missing or another one, and `TextError` if it is too short.
    """
    return finished(corpus_in_pieces(plan, own))


def corpus_in_pieces(plan: Plan, own: str | None = None) -> Generator[None, None, Corpus]:
    """`corpus_of` in pieces of some milliseconds; its result is the generator's own."""
    name = "the course's own chapters"
    if plan.text == STORIES:
        stories = story_corpus(PRACTICE)
        yield
        if plan.tokens == "words":
            return stories
        name, lines = "stories as one text", []
        for row in stories.rows:
            lines.append(stories.text(row))
            if len(lines) % 200 == 0:
                yield
        text = "\n".join(lines) + "\n"
    elif plan.text == CHAPTERS:
        text = course_text()
        if plan.mark and plan.mark != mark_of(text):
            raise PlanError(
                "This plan was made with another version of the course's chapters; choose them"
                " anew, and the run will be a little different."
            )
    else:
        name, own = "your text", check_own(plan, own)
        text = own
    yield
    parts = list(_parts(text))
    encoder: Tokenizer = yield from learn_in_pieces(parts, plan.tokens, BYTE_PAIRS)
    encoded = []
    for part in parts:
        encoded.append(encoder.encode(part))
        yield
    practice, held_out = split_text(np.concatenate(encoded), plan.block, name)
    yield
    return Corpus(name, encoder, pack_text(practice, plan.block), pack_text(held_out, plan.block))


def check_own(plan: Plan, own: str | None) -> str:
    """The learner's own text for this plan.

    Raises `PlanError` if it is missing or another one, and `TextError` if it can't be used.
    """
    if own is None:
        raise PlanError("This plan needs your own text; load it first, then try again.")
    if plan.mark and plan.mark != mark_of(own):
        raise PlanError(
            f"This plan was made for another text (its mark is {plan.mark}, yours has"
            f" {mark_of(own)}); load that one, or choose your text anew."
        )
    if len(own) > LONGEST:
        raise TextError(
            f"Your text has {len(own):,} characters, more than the {LONGEST:,} that the"
            " playground takes; cut a part out of it."
        )
    if not own.strip():
        raise TextError("Your text is empty; choose a file with text in it.")
    check_text(own, name="Your text")
    return own


def _parts(text: str) -> Iterator[str]:
    """A text cut after line ends, where no token goes on, into parts of about the same length.

    A text without line ends stays in one part.
    """
    ends = [0]
    while len(text) - ends[-1] > PIECE_CHARACTERS:
        end = text.find("\n", ends[-1] + PIECE_CHARACTERS) + 1
        if not end:
            break
        ends.append(end)
    return (text[a:b] for a, b in pairwise([*ends, len(text)]) if b > a)


# The price --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What a plan costs: ``parameters``, ``memory`` in bytes, ``operations`` of arithmetic a step.

    The last two are estimates: 6 operations for each parameter and token (Kaplan et al., 2020) and
    the attention's own; the weights with gradient and moments, and what a backward pass needs.
    """

    parameters: int
    memory: float
    operations: float

    def sentence(self, steps: int) -> str:
        """The cost of so many steps in words."""
        return (
            f"{self.parameters:,} parameters, about {self.memory / 1e6:,.0f} MB of memory and"
            f" {self.operations * steps / 1e9:,.1f} billion arithmetic operations in"
            f" {steps:,} steps."
        )


def cost_of(plan: Plan, vocab_size: int, block: int) -> Cost:
    """The cost of a plan with V words and T tokens. Raises `PlanError` if it needs too much."""
    L, C, T, V = plan.layers, plan.channels, block, vocab_size
    parameters = V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C
    operations = (6.0 * parameters + 12.0 * L * C * T) * plan.batch * T
    # A step is made in pieces of some rows; each needs its activations, then they are free again.
    rows = min(plan.batch, _rows_a_piece(operations / plan.batch))
    asked = 0.15 if plan.masked else 1.0
    activations = L * (rows * T * 30 * C + rows * plan.heads * T * T * 2) + 3 * asked * rows * T * V
    arrays = (4 if plan.optimizer == "adamw" else 3) + (rows < plan.batch)
    memory = FIXED + 4.0 * (arrays * parameters + activations)
    if memory > MEMORY_LIMIT:
        raise PlanError(
            f"This run would need about {memory / 1e9:.1f} GB of memory, more than the"
            f" {MEMORY_LIMIT / 1e9:.0f} GB allowed; take a smaller batch, block or model."
        )
    return Cost(parameters, memory, operations)


def _rows_a_piece(operations: float) -> int:
    """How many rows of so many operations make a piece of work."""
    return max(1, int(PIECE_OPERATIONS / operations))


def smaller(plan: Plan, vocab_size: int, share: float) -> Plan:
    """A plan that takes at most about ``share`` of this one's arithmetic.

    Channels are halved first, then layers, the batch, and at last the steps; none of them below
    what still learns something, so the share may be missed.
    """

    def work(plan: Plan) -> float:
        return cost_of(plan, vocab_size, plan.block).operations * plan.steps

    most = share * work(plan)
    while work(plan) > most:
        if plan.channels > 32:
            channels = plan.channels // 2
            fitting = (h for h in range(plan.heads, 1, -1) if channels % h == 0)
            heads = next((h for h in fitting if channels // h >= LEAST_WIDTH), 1)
            plan = replace(plan, channels=channels, heads=heads)
        elif plan.layers > 1:
            plan = replace(plan, layers=plan.layers // 2)
        elif plan.batch > 8:
            plan = replace(plan, batch=plan.batch // 2)
        elif plan.steps > 100:
            plan = replace(plan, steps=plan.steps // 2, warmup=plan.warmup // 2)
        else:
            break
    return plan


# The run ----------------------------------------------------------------------------------------


class PiecewiseRun(TrainingRun):
    """A run whose step can be made in pieces, each of ``rows_a_piece`` rows of the batch.

    Each piece's gradient counts by its share of the questions, so that their sum is that of the
    whole batch. A step that was begun is finished by `advance`, from wherever it is.
    """

    rows_a_piece: int = 1_000_000
    _begun: Batch | None = None

    def next_batch(self) -> Batch:
        """The batch that was begun, or else the next one."""
        if self._begun is None:
            self._begun = super().next_batch()
            self._row, self._loss = 0, 0.0
            if len(self._begun.inputs) > self.rows_a_piece:
                self._gradient = np.zeros_like(self.model.flat_grad)
        return self._begun

    def piece(self) -> bool:
        """Work on the next piece; whether there are more of this step's."""
        batch = self.next_batch()
        if len(batch.inputs) <= self.rows_a_piece:
            return False
        part = slice(self._row, self._row + self.rows_a_piece)
        inputs, targets = batch.inputs[part], batch.targets[part]
        asked = np.count_nonzero(targets >= 0)
        if asked:
            share = float(asked / batch.questions)
            loss = super().lesson(Batch(inputs, targets))
            self._loss += share * loss
            self._gradient += self.model.flat_grad * share
        self._row += self.rows_a_piece
        return self._row < len(batch.inputs)

    def lesson(self, batch: Batch) -> float:
        """The whole step's loss and gradient, with what was done of it before."""
        whole = len(batch.inputs) <= self.rows_a_piece
        if whole:
            loss = super().lesson(batch)
        else:
            while self._row < len(batch.inputs):
                self.piece()
            loss = self._loss
            self.model.flat_grad[...] = self._gradient
        self._begun = None
        return loss


@dataclass
class PlannedRun:
    """A plan made real: corpus, model, training, and what was seen of it (``track``).

    ``corpus`` saves making it anew. ``lines`` are the reference losses by role, in nats: "uniform"
    at once, the others after `opening`: "counting" for next-token questions, "floor" where it is
    known. Raises as `corpus_of` and `cost_of` do, and `PlanError` if the batch is longer than the
    text.
    """

    plan: Plan
    own: str | None = None
    corpus: Corpus = None  # type: ignore[assignment]  # made below
    lines: dict[str, float] = field(default_factory=dict, init=False)
    opened: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        if self.corpus is None:
            self.corpus = corpus_of(plan, self.own)
        corpus = self.corpus
        block = corpus.block_for(plan.masked)
        self.cost = cost_of(plan, corpus.vocab_size, block)
        check_batch(plan, corpus)
        rng = np.random.default_rng(plan.seed)
        config = GPTConfig(
            corpus.vocab_size, block, plan.layers, plan.heads, plan.channels,
            causal=not plan.masked, initializer_range=0.07 if plan.channels <= 96 else 0.02,
        )  # fmt: skip
        self._use(PiecewiseRun(GPT(config, rng), corpus.rows, plan.settings(), rng))
        tokens = max(1, corpus.questions(corpus.held_out[:1]))
        self.watched = corpus.held_out[: max(1, WATCHED // tokens)]
        self.track = Track(
            Outline(
                len(corpus.rows), plan.steps, plan.batch, plan.learning_rate, plan.layers,
                plan.heads, plan.channels, plan.masked, plan.seed,
            )
        )  # fmt: skip
        self.lines = {"uniform": math.log(corpus.vocab_size)}

    def _use(self, run: PiecewiseRun) -> None:
        self.run, self.model = run, run.model
        self._rows = _rows_a_piece(self.cost.operations / self.plan.batch)
        run.rows_a_piece = self._rows

    def opening(self) -> Iterator[None]:
        """What is measured before the first step, in pieces: the lines, and the fresh model."""
        if self.opened:
            return
        if self.corpus.grammar is not None:
            yield from self._find_floor()
        if not self.plan.masked:
            yield from self._fit_counting()
        if not self.track.held_out:
            yield from self._look()
        self.opened = True

    def _find_floor(self) -> Iterator[None]:
        grammar = self.corpus.grammar
        assert grammar is not None
        hidden = None
        if self.plan.masked:
            asked = self.corpus.batch(self.watched, np.random.default_rng(HIDDEN_SEED))
            hidden = hidden_positions(asked)
        total, count = 0.0, 0
        for i in range(0, len(self.watched), PIECE_STORIES):
            part = self.watched[i : i + PIECE_STORIES]
            places = None if hidden is None else hidden[i : i + PIECE_STORIES]
            asked_here = self.corpus.questions(part) if places is None else sum(map(len, places))
            stories = [self.corpus.text(row) for row in part]
            total += grammar.floor(stories, hidden=places) * asked_here
            count += asked_here
            yield
        self.lines["floor"] = total / count

    def _fit_counting(self) -> Iterator[None]:
        """Find the best counting: n and smoothing chosen on practice rows, as `choose_counting`."""
        V = self.corpus.vocab_size
        rows = self.corpus.rows[: max(5, COUNTED // self.corpus.block_size)]
        cut = max(1, len(rows) * 4 // 5)
        part, rest = (rows[:cut], rows[cut:]) if cut < len(rows) else (rows, rows)
        best = (math.inf, 1, SMOOTHINGS[0])
        for n, smoothing in product(ORDERS, SMOOTHINGS):
            loss = CountingModel(part, V, n, smoothing).loss(rest)
            best = min(best, (loss, n, smoothing))
            yield
        self.lines["counting"] = CountingModel(rows, V, best[1], best[2]).loss(self.watched)
        yield

    @property
    def step(self) -> int:
        """How many steps were made."""
        return self.run.step

    @property
    def done(self) -> bool:
        """Whether the plan's steps are made."""
        return self.run.step >= self.plan.steps

    def work(self, steps: int) -> Iterator[None]:
        """Make so many steps, at most to the plan's end, in pieces; look every `EVERY` steps."""
        yield from self.opening()
        end = min(self.step + steps, self.plan.steps)
        yield from self._look_if_due()  # a pause may have cut one short
        while self.step < end:
            if self.run.piece():
                yield
                continue
            self._made()
            yield
            yield from self._look_if_due()

    def advance(self, steps: int = 1) -> None:
        """Make so many steps now."""
        for _ in self.work(steps):
            pass

    def _made(self) -> None:
        step = self.run.advance()
        self.track.practice.append(step.loss)
        self.track.questions.append(step.questions)

    def _look_if_due(self) -> Iterator[None]:
        due = self.step % EVERY == 0 or self.done
        if due and self.step not in self.track.held_steps:
            yield from self._look()

    def _look(self) -> Iterator[None]:
        """Add the held-out loss to the track; dropped if the model changes meanwhile."""
        at = self.step
        loss = yield from self.measure()
        if self.step == at and at not in self.track.held_steps:
            self.track.held_steps.append(at)
            self.track.held_out.append(loss)

    def measure(self) -> Generator[None, None, float]:
        """The mean loss on the watched held-out rows, in pieces; its result is the generator's."""
        losses = []
        rng = np.random.default_rng(HIDDEN_SEED) if self.plan.masked else None
        for i in range(0, len(self.watched), self._rows):
            losses.append(evaluate(self.model, self.watched[i : i + self._rows], rng=rng).losses)
            yield
        return float(np.concatenate(losses).mean())

    # What the model is for

    def writing(
        self, prompt: str = "", tokens: int = 60, temperature: float = 0.8
    ) -> Generator[str, None, None]:
        """Write on from the prompt, a token at a time; each time all that was written is yielded.

        An empty prompt begins a story, or goes on as the practice text begins. Raises `PlanError`
        for a fill-in model, and `ValueError` that names a word which isn't known.
        """
        if self.plan.masked:
            raise PlanError(
                "A model that fills in blanks reads both sides, so it can't write on from the"
                f" left; give it a sentence with one {BLANK} instead."
            )
        ids = self._encoded(prompt).tolist()
        if self.corpus.grammar is not None:
            ids = [START_ID, *ids]
        elif not ids:
            ids = [int(self.corpus.rows[0, 1])]
        rng = np.random.default_rng([self.plan.seed, self.step])
        for token in stream(
            self.model, ids.copy(), tokens, rng, temperature=temperature, stop_id=END_ID
        ):
            ids.append(token)
            yield self.corpus.text(np.asarray(ids))

    def write(self, prompt: str = "", tokens: int = 60, temperature: float = 0.8) -> str:
        """The text that `writing` ends with, prompt included."""
        text = self.corpus.text(self._encoded(prompt))
        for text in self.writing(prompt, tokens, temperature):  # noqa: B007
            pass
        return text

    def fill(self, sentence: str) -> list[tuple[str, float]]:
        """The five likeliest tokens for the blank in a sentence, with their probabilities.

        Raises `PlanError` for a next-token model, or if there is not exactly one `BLANK`, and
        `ValueError` that names a word which isn't known.
        """
        if not self.plan.masked:
            raise PlanError("This model answers what comes next; give it a beginning, no blank.")
        if sentence.count(BLANK) != 1:
            raise PlanError(f"Put exactly one {BLANK} into the sentence.")
        first, last = sentence.split(BLANK)
        if self.corpus.grammar is None and self.plan.tokens != "characters":
            first = first.removesuffix(" ")  # a word takes the blank before it along
        before, after = self._encoded(first), self._encoded(last)
        stories = self.corpus.grammar is not None
        ids = np.concatenate(
            [[START_ID], before, [MASK_ID], after, [END_ID] if stories else []]
        ).astype(np.int64)
        if len(ids) > self.model.config.block_size:
            raise PlanError(
                f"The sentence has {len(ids)} tokens, more than the block of"
                f" {self.model.config.block_size}; shorten it."
            )
        logits = self.model.forward(ids[None])[0, len(before) + 1].astype(np.float64)
        p = softmax(logits)
        best = np.argsort(-np.where(np.arange(len(p)) < len(SYMBOLS), -1.0, p))[:5]
        return [(self.corpus.label(int(i)), float(p[i])) for i in best]

    def _encoded(self, text: str) -> Ids:
        words = CONTROL.sub(" ", text) if self.corpus.grammar else text
        return np.asarray(self.corpus.encoder.encode(words), np.int64)

    # Folders

    def save(self, folder: str | PathLike[str]) -> None:
        """Write a folder from which `load` goes on bit for bit on the same machine.

        Raises `PlanError` if the folder is there already, or can't be written.
        """
        if self.run._begun is not None:  # a step that was begun has used up random numbers
            self._made()
        track = self.track
        content = {
            "plan": self.plan.to_string(), "practice": track.practice,
            "questions": track.questions, "held_steps": track.held_steps,
            "held_out": track.held_out,
        }  # fmt: skip

        def write(target: Path) -> None:
            self.run.save(target / RUN)
            (target / PLAN).write_text(json.dumps(content), encoding="utf-8")
            if self.plan.text == OWN and self.own is not None:
                (target / TEXT).write_text(self.own, encoding="utf-8", newline="")

        _new_folder(Path(folder), write)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> PlannedRun:
        """A run that was saved. Raises `PlanError` if the folder holds none, or a damaged one."""
        return finished(cls.load_in_pieces(folder))

    @classmethod
    def load_in_pieces(cls, folder: str | PathLike[str]) -> Generator[None, None, PlannedRun]:
        """`load` in pieces; the run is the generator's own result."""
        source = Path(folder)
        try:
            content = json.loads((source / PLAN).read_text(encoding="utf-8"))
            plan = Plan.from_string(content["plan"])
            own = None
            if plan.text == OWN:
                with (source / TEXT).open(encoding="utf-8", newline="") as file:
                    own = file.read()
            corpus = yield from corpus_in_pieces(plan, own)
            run = cls(plan, own, corpus)
            run._use(PiecewiseRun.resume(source / RUN, corpus.rows))
            run.track.practice = [float(loss) for loss in content["practice"]]
            run.track.questions = [int(count) for count in content["questions"]]
            run.track.held_steps = [int(step) for step in content["held_steps"]]
            run.track.held_out = [float(loss) for loss in content["held_out"]]
        except FileNotFoundError:
            raise PlanError(
                f"There is no saved run in {source}; name a folder that “save” has made."
            ) from None
        except PlanError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PlanError(
                f"The saved run in {source} can't be read ({error}); save it again."
            ) from error
        return run

    def export(self, folder: str | PathLike[str]) -> None:
        """Write a folder that transformers loads, with its tokenizer and the plan's string.

        Raises `PlanError` if the folder is there already, or can't be written.
        """
        encoder = self.corpus.encoder
        tokenizer = encoder if isinstance(encoder, Tokenizer) else StoryTokenizer(encoder)

        def write(target: Path) -> None:
            self.model.save_pretrained(target, tokenizer)
            (target / "plan.txt").write_text(self.plan.to_string() + "\n", encoding="utf-8")

        _new_folder(Path(folder), write)


def check_batch(plan: Plan, corpus: Corpus) -> None:
    """Raise `PlanError` if a plan's batch is longer than its text."""
    if plan.batch > len(corpus.rows):
        raise PlanError(
            f"A batch of {plan.batch} rows is longer than the text, which has"
            f" {len(corpus.rows)}; take a smaller batch, a smaller block or a longer text."
        )


def _new_folder(folder: Path, write: Callable[[Path], Any]) -> None:
    """A folder that is whole or not there: written beside its place, then moved there."""
    if folder.exists():
        raise PlanError(f"There is already a {folder.name} here; choose another name.")
    beside = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        write(beside)
        beside.rename(folder)
    except OSError as error:
        raise PlanError(
            f"The folder {folder} can't be written ({error.strerror or error});"
            " choose a place that you may write to."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
