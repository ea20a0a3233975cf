"""All knobs of a run in one place: checked together, priced, and written as one short string."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from course_utils.material.batches import Ids, hidden_positions
from course_utils.material.symbols import END_ID, MASK_ID, START_ID, SYMBOLS
from course_utils.material.text import TextError, check_text, course_text
from course_utils.student.functions import softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.sampling import generate
from course_utils.training.corpus import TOKENS, Corpus, story_corpus, text_corpus
from course_utils.training.counting import ORDERS, SMOOTHINGS, CountingModel
from course_utils.training.evaluation import evaluate
from course_utils.training.loop import Settings, Step, TrainingRun

STORIES, CHAPTERS, OWN = "stories", "chapters", "own"
NEXT, FILL = "next token", "fill in"
PRACTICE = 2000  # stories
MEMORY_LIMIT = 2e9  # bytes that a run may take
WATCHED = 2500  # held-out tokens, about, that a point of the curve is measured on
COUNTED = 100_000  # tokens, about, that the counting line is fitted on
EVERY = 10  # steps between two points of the held-out curve
TRIED = 3  # steps that are timed before a run begins
HIDDEN_SEED = 5
CONTROL = re.compile(r"[\x00-\x1f]")


class PlanError(ValueError):
    """A plan that can't work, or a string that is none; the message says what to change."""


@dataclass(frozen=True)
class Plan:
    """Everything that decides a run.

    ``text`` is "stories", "chapters" or "own" (then ``mark`` is the first eight hex digits of the
    text's SHA-256). ``tokens``: characters, words or byte pairs. ``objective``: "next token" or
    "fill in". ``block`` is the context in tokens (stories in words take one story a row, whatever
    it says). Raises `PlanError` for what can't work together.
    """

    text: str = STORIES
    tokens: str = "words"
    objective: str = NEXT
    layers: int = 2
    heads: int = 4
    channels: int = 64
    block: int = 53
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
        for name, most in (
            ("layers", 12), ("heads", 16), ("channels", 512), ("block", 512), ("batch", 256),
            ("steps", 100_000),
        ):  # fmt: skip
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
        if self.seed < 0:
            raise PlanError(f"seed is {self.seed}; choose 0 or more.")

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
            "run1", self.text + (f"={self.mark}" if self.text == OWN else ""),
            self.tokens.replace(" ", "-"), self.objective.replace(" ", "-"),
            f"{self.layers}x{self.heads}x{self.channels}", f"t{self.block}", f"b{self.batch}",
            self.optimizer, f"{self.learning_rate:g}", f"{self.steps}+{self.warmup}",
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
        if words[0] != "run1" or len(words) != 11:
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
    return hashlib.sha256(body.encode()).hexdigest()[:4]


def mark_of(text: str) -> str:
    """By what an own text is known again: eight hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def corpus_of(plan: Plan, own: str | None = None) -> Corpus:
    """The corpus of a plan; ``own`` is the learner's text, if the plan asks for one.

    Raises `PlanError` if that is missing or another one, and `TextError` if it is too short.
    """
    if plan.text == OWN:
        if own is None:
            raise PlanError("This plan needs your own text; load it first, then try again.")
        if plan.mark and plan.mark != mark_of(own):
            raise PlanError(
                f"This plan was made for another text (its mark is {plan.mark}, yours has"
                f" {mark_of(own)}); load that one, or choose your text anew."
            )
        check_text(own, name="Your text")
        return text_corpus(own, plan.tokens, plan.block)
    if plan.text == CHAPTERS:
        return text_corpus(course_text(), plan.tokens, plan.block, "the course's own chapters")
    stories = story_corpus(PRACTICE)
    if plan.tokens == "words":
        return stories
    text = "\n".join(stories.text(row) for row in stories.rows) + "\n"
    return text_corpus(text, plan.tokens, plan.block, "stories as one text")


@dataclass(frozen=True)
class Cost:
    """What a plan costs: ``parameters``, ``memory`` in bytes, ``operations`` of arithmetic a step.

    Both are estimates: 6 operations for each parameter and token (Kaplan et al., 2020) and the
    attention's own; the weights with gradient and two moments, and what a backward pass needs.
    """

    parameters: int
    memory: float
    operations: float

    def sentence(self, steps: int) -> str:
        """The cost of so many steps in words."""
        return (
            f"{self.parameters:,} parameters, about {self.memory / 1e6:,.0f} MB of memory and"
            f" {self.operations * steps:.1e} arithmetic operations in {steps:,} steps."
        )


def cost_of(plan: Plan, vocab_size: int, block: int) -> Cost:
    """The cost of a plan with V words and T tokens. Raises `PlanError` if it needs too much."""
    L, C, T, B, V = plan.layers, plan.channels, block, plan.batch, vocab_size
    parameters = V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C
    tokens = B * T
    activations = L * (tokens * 22 * C + B * plan.heads * T * T * 2) + 3 * tokens * V
    memory = 4.0 * (4 * parameters + activations)
    operations = 6.0 * parameters * tokens + 12.0 * L * C * T * tokens
    if memory > MEMORY_LIMIT:
        raise PlanError(
            f"This run would need about {memory / 1e9:.1f} GB of memory, more than the"
            f" {MEMORY_LIMIT / 1e9:.0f} GB allowed; take a smaller batch, block or model."
        )
    return Cost(parameters, memory, operations)


@dataclass
class Curves:
    """What was seen: practice loss before each step, held-out loss every `EVERY` steps."""

    practice_steps: list[int] = field(default_factory=list)
    practice: list[float] = field(default_factory=list)
    held_out_steps: list[int] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)


class PlannedRun:
    """A plan made real: corpus, model, training and what was seen of it.

    ``lines`` are the reference losses by role, in nats; "counting" is there once it was fitted
    (`fit_counting`), "floor" only where it is known. Raises as `corpus_of` and `cost_of` do, and
    `PlanError` if the batch is longer than the text.
    """

    def __init__(self, plan: Plan, own: str | None = None) -> None:
        self.plan, self.corpus = plan, corpus_of(plan, own)
        corpus = self.corpus
        block = corpus.block_for(plan.masked)
        self.cost = cost_of(plan, corpus.vocab_size, block)
        if plan.batch > len(corpus.rows):
            raise PlanError(
                f"A batch of {plan.batch} rows is longer than the text, which has"
                f" {len(corpus.rows)}; take a smaller batch, a smaller block or a longer text."
            )
        rng = np.random.default_rng(plan.seed)
        config = GPTConfig(
            corpus.vocab_size, block, plan.layers, plan.heads, plan.channels,
            causal=not plan.masked, initializer_range=0.07 if plan.channels <= 96 else 0.02,
        )  # fmt: skip
        self.model = GPT(config, rng)
        self.run = TrainingRun(self.model, corpus.rows, plan.settings(), rng)
        tokens = max(1, corpus.questions(corpus.held_out[:1]))
        self.watched = corpus.held_out[: max(1, WATCHED // tokens)]
        self.curves = Curves()
        self.lines: dict[str, float] = {"uniform": math.log(corpus.vocab_size)}
        if corpus.grammar is not None:
            stories = [corpus.text(row) for row in self.watched]
            hidden = None
            if plan.masked:
                batch = corpus.batch(self.watched, np.random.default_rng(HIDDEN_SEED))
                hidden = hidden_positions(batch)
            self.lines["floor"] = corpus.grammar.floor(stories, hidden=hidden)
        self._look()

    def fit_counting(self) -> Iterator[None]:
        """Find the best counting in pieces; only for next-token questions. Adds to ``lines``."""
        if self.plan.masked:
            return
        corpus = self.corpus
        rows = corpus.rows[: max(5, COUNTED // corpus.block_size)]
        cut = len(rows) * 4 // 5
        best = (math.inf, 1, SMOOTHINGS[0])
        for n, smoothing in product(ORDERS, SMOOTHINGS):
            counted = CountingModel(rows[:cut], corpus.vocab_size, n, smoothing)
            best = min(best, (counted.loss(rows[cut:]), n, smoothing))
            yield
        chosen = CountingModel(rows, corpus.vocab_size, best[1], best[2])
        self.lines["counting"] = chosen.loss(self.watched)

    @property
    def done(self) -> bool:
        """Whether the plan's steps are made."""
        return self.run.step >= self.plan.steps

    def advance(self) -> Step:
        """Make one step and look at the held-out rows where it is time to."""
        step = self.run.advance()
        self.curves.practice_steps.append(step.step - 1)
        self.curves.practice.append(step.loss)
        if step.step % EVERY == 0 or self.done:
            self._look()
        return step

    def _look(self) -> None:
        rng = np.random.default_rng(HIDDEN_SEED) if self.plan.masked else None
        self.curves.held_out_steps.append(self.run.step)
        self.curves.held_out.append(evaluate(self.model, self.watched, rng=rng).loss)

    def prompt_ids(self, prompt: str) -> Ids:
        """The ids of a prompt. Raises `ValueError` that names a word which isn't known."""
        words = CONTROL.sub(" ", prompt) if self.corpus.grammar else prompt
        return np.append(START_ID, self.corpus.encoder.encode(words)).astype(np.int64)

    def write(self, prompt: str = "", tokens: int = 60, temperature: float = 0.8) -> str:
        """A text that goes on from the prompt. Raises `PlanError` for a fill-in model."""
        if self.plan.masked:
            raise PlanError(
                "A model that fills in blanks reads both sides, so it can't write on from the left;"
                " use fill(text) with a blank instead."
            )
        ids = self.prompt_ids(prompt)
        rng = np.random.default_rng([self.plan.seed, self.run.step])
        written = generate(
            self.model, ids.tolist(), tokens, rng, temperature=temperature, stop_id=END_ID
        )
        return self.corpus.text(np.asarray(written))

    def fill(self, sentence: str, blank: str = "___") -> list[tuple[str, float]]:
        """The five likeliest tokens for the blank, with their probabilities.

        Raises `PlanError` for a next-token model, or if there is not exactly one blank.
        """
        if not self.plan.masked:
            raise PlanError("This model answers what comes next; give it a beginning, no blank.")
        if sentence.count(blank) != 1:
            raise PlanError(f"Put exactly one {blank} into the sentence.")
        before, after = (self.prompt_ids(part)[1:] for part in sentence.split(blank))
        ids = np.concatenate([[START_ID], before, [MASK_ID], after, [END_ID]])
        if len(ids) > self.model.config.block_size:
            raise PlanError(
                f"The sentence has {len(ids)} tokens, more than the block of"
                f" {self.model.config.block_size}; shorten it."
            )
        p = softmax(self.model.forward(ids[None])[0, len(before) + 1].astype(np.float64))
        p[: len(SYMBOLS)] = 0
        best = np.argsort(-p)[:5]
        return [(self.corpus.label(int(i)), float(p[i])) for i in best]


def with_own_text(plan: Plan, text: str) -> Plan:
    """The plan for this own text."""
    return replace(plan, text=OWN, mark=mark_of(text))


__all__ = [
    "Cost", "Curves", "Plan", "PlanError", "PlannedRun", "TextError", "corpus_of", "cost_of",
    "mark_of", "with_own_text",
]  # fmt: skip
