"""Feedback under a microscope: nudge a weight, write the lesson, take one step, and take it back.

Everything is in float64: a small nudge moves the loss in its eighth digit, where float32 has
nothing but rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import Batch
from course_utils.student.functions import log_softmax
from course_utils.student.model import GPT
from course_utils.student.optimizers import SGD, AdamW
from course_utils.student.parameters import Array
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.students import FILL_IN, HALF_TRAINED, load_student

Floats = NDArray[np.float64]
OBJECTIVES = NEXT_TOKEN, MASKED = "next token", "fill in"
ROWS = 8  # stories of the test
STORIES = 128  # practice stories: enough for a few tests
HIDDEN_SEED = 3  # draws the hidden words of a fill-in test
HAIR = 1e-4  # a nudge so small that the curve is straight, and far above float64's rounding
ROUNDING = 1e-12  # a slope below it is nothing but rounding, as that of a key's bias is
TOO_SHORT, GOOD, PAST, WALL = (
    "too short", "near the bottom", "past the valley", "up the other wall",
)  # fmt: skip
MOST = 0.8  # of the best gain among the rates tried: so much counts as near the bottom
ZONES = (TOO_SHORT, GOOD, PAST, WALL)


class Feedback:
    """A student of its own, in float64, with one batch before it.

    ``model`` is copied, so that nothing here touches it; ``batch`` asks Q questions, numbered from
    0 in the order of its rows. ``weights`` (count,) are the copy's, ``start`` what they were.
    Gradients are flat (count,), in the order of ``GPT.flat_data``.
    """

    def __init__(self, model: GPT, batch: Batch) -> None:
        self.model = GPT(model.config, np.random.default_rng(0), np.float64)
        self.weights: Array = self.model.flat_data
        self.weights[...] = model.flat_data
        self.start: Array = self.weights.copy()
        self.batch = batch
        self._asked = np.argwhere(batch.targets >= 0)  # (Q, 2): row and place of each question
        self.answers: NDArray[np.int64] = batch.targets[batch.targets >= 0]

    @property
    def questions(self) -> int:
        """Q, how many questions the batch asks."""
        return len(self.answers)

    def place(self, question: int) -> tuple[int, int]:
        """The row and the place in it of a question. Raises `ValueError` if it isn't there."""
        if not 0 <= question < self.questions:
            raise ValueError(
                f"There is no question {question}; choose one from 0 to {self.questions - 1}."
            )
        row, place = self._asked[question]
        return int(row), int(place)

    def logits(self, batch: Batch | None = None) -> Floats:
        """The logits (Q, V) of every question that is asked, with the weights as they are now."""
        batch = self.batch if batch is None else batch
        return np.asarray(self.model.forward(batch.inputs)[batch.targets >= 0])

    def losses(self, batch: Batch | None = None) -> Floats:
        """The loss (Q,) of each question in nats, of this batch or of another one."""
        batch = self.batch if batch is None else batch
        answers = batch.targets[batch.targets >= 0]
        return -log_softmax(self.logits(batch))[np.arange(len(answers)), answers]

    def loss(self) -> float:
        """The mean loss of the batch in nats: one attempt, graded."""
        return self.model.loss(self.batch.inputs, self.batch.targets)

    # Slopes

    def nudged(self, weight: int, by: float) -> float:
        """The loss with one weight (its flat number) nudged; the weight is put back."""
        old = self.weights[weight]
        self.weights[weight] = old + by
        try:
            return self.loss()
        finally:
            self.weights[weight] = old

    def slope(self, weight: int, hair: float = HAIR) -> float:
        """The slope of the loss by one weight, from two attempts: a hair up, a hair down."""
        return (self.nudged(weight, hair) - self.nudged(weight, -hair)) / (2 * hair)

    def gradient(self, question: int | None = None) -> Floats:
        """The slope of the loss by every weight, (count,), by backpropagation.

        Of the mean loss over the batch, or of one question's loss alone. No weight is changed.
        """
        inputs, targets = self.batch.inputs, self.batch.targets
        if question is not None:
            row, place = self.place(question)
            only = np.full((1, targets.shape[1]), -1, targets.dtype)
            only[0, place] = targets[row, place]
            inputs, targets = inputs[row : row + 1], only
        self.model.zero_grad()
        self.model.loss(inputs, targets)
        self.model.backward()
        return self.model.flat_grad.copy()

    # Steps

    def step(self, gradient: Floats, rate: float) -> None:
        """Apply a lesson by plain SGD: every weight moves by −rate · gradient."""
        self.model.flat_grad[...] = gradient
        SGD(self.model, rate).step()

    def undo(self) -> None:
        """The weights that there were at the start, bit for bit."""
        self.weights[...] = self.start

    @contextmanager
    def from_start(self) -> Iterator[None]:
        """Work with the weights of the start; afterwards they are again what they were before."""
        kept = self.weights.copy()
        self.undo()
        try:
            yield
        finally:
            self.weights[...] = kept

    def after(self, gradient: Floats, rate: float, batch: Batch | None = None) -> Floats:
        """The losses (Q,) after one step from the start; the step is taken back."""
        with self.from_start():
            self.step(gradient, rate)
            return self.losses(batch)

    def slice(
        self, gradient: Floats, rates: Iterable[float], batch: Batch | None = None
    ) -> Iterator[float]:
        """The mean loss after a step from the start at each rate, of this batch or another one."""
        for rate in rates:
            yield float(self.after(gradient, rate, batch).mean())

    # Layers and names

    @cached_property
    def places(self) -> dict[str, NDArray[np.int64]]:
        """The flat number of every weight, by parameter and in its shape."""
        self.model.flat_grad[...] = np.arange(self.model.count)
        found = {n: p.grad.astype(np.int64) for n, p in self.model.named_parameters().items()}
        self.model.zero_grad()
        return found

    @cached_property
    def layers(self) -> dict[str, NDArray[np.int64]]:
        """The flat numbers of every layer's weights, from the input to the output."""
        found: dict[str, list[NDArray[np.int64]]] = {}
        for name, numbers in self.places.items():
            found.setdefault(layer_of(name), []).append(numbers.ravel())
        return {layer: np.concatenate(parts) for layer, parts in found.items()}

    def name(self, weight: int) -> str:
        """Where a weight (its flat number) stands: layer, parameter and place in it."""
        for name, numbers in self.places.items():
            found = np.argwhere(numbers == weight)
            if len(found):
                index = ", ".join(str(i) for i in found[0])
                return f"{layer_of(name)}: {name.split('.', 2)[-1]}[{index}]"
        raise ValueError(f"There is no weight {weight}; choose 0 to {self.model.count - 1}.")

    def layer_promises(self, gradient: Floats, rate: float) -> dict[str, float]:
        """By how much stepping each layer should lower the loss, to first order: rate · |g|²."""
        return {
            layer: rate * float(gradient[numbers] @ gradient[numbers])
            for layer, numbers in self.layers.items()
        }

    def layer_gains(self, gradient: Floats, rate: float) -> Iterator[tuple[str, float]]:
        """By how much stepping each layer alone does lower the loss, one layer after the other."""
        with self.from_start():
            before = self.loss()
        for layer, numbers in self.layers.items():
            alone = np.zeros_like(gradient)
            alone[numbers] = gradient[numbers]
            yield layer, before - float(self.after(alone, rate).mean())


def layer_of(name: str) -> str:
    """The everyday name of the layer that a parameter belongs to."""
    parts = name.split(".")
    if parts[0] == "h":
        kind = "attention" if parts[2] in ("ln_1", "attn") else "MLP"
        return f"{kind} {int(parts[1]) + 1}"
    return {"wte": "token table", "wpe": "place table", "ln_f": "last norm"}[parts[0]]


@dataclass(frozen=True)
class Bench:
    """A `Feedback` with what surrounds it: its corpus, and a batch that is never learned from."""

    feedback: Feedback
    corpus: Corpus
    unseen: Batch
    objective: str

    def practice(self, first: int, rows: int) -> Batch:
        """The questions of ``rows`` practice rows from ``first`` on; `ValueError` if too few."""
        found = self.corpus.rows[first : first + rows]
        if first < 0 or rows < 1 or len(found) < rows:
            raise ValueError(
                f"There are {len(self.corpus.rows)} practice rows, not {rows} from row {first} on;"
                " ask for fewer, or give it a corpus with more."
            )
        masked = self.objective == MASKED
        return self.corpus.batch(found, np.random.default_rng(HIDDEN_SEED) if masked else None)

    def batches(self, count: int, rows: int = ROWS) -> list[Batch]:
        """So many tests of different practice rows; the first is the one on the bench."""
        return [self.practice(number * rows, rows) for number in range(count)]

    def lesson(self, first: int, rows: int) -> Floats:
        """The gradient (count,) of the mean loss over other practice rows."""
        return Feedback(self.feedback.model, self.practice(first, rows)).gradient()

    def truth(self, question: int) -> Floats | None:
        """The true chances (V,) of every choice at a question; None for an own text."""
        grammar, feedback = self.corpus.grammar, self.feedback
        if grammar is None:
            return None
        row, place = feedback.place(question)
        inputs, targets = feedback.batch.inputs[row], feedback.batch.targets[row]
        if self.objective == NEXT_TOKEN:
            return np.asarray(grammar.next_word_distribution(self.corpus.text(inputs))[place])
        hidden = np.flatnonzero(targets >= 0)
        story = self.corpus.text(np.where(targets >= 0, targets, inputs))
        rows = grammar.masked_distribution(story, (hidden - 1).tolist())
        return np.asarray(rows[int(np.flatnonzero(hidden == place)[0])])

    def context(self, question: int, letters: int = 60) -> str:
        """The text around a question, its place marked: ``… She saw the ___``."""
        feedback, corpus = self.feedback, self.corpus
        row, place = feedback.place(question)
        inputs = feedback.batch.inputs[row]
        if self.objective == NEXT_TOKEN:
            before = " ".join(corpus.text(inputs[: place + 1]).split())
            if len(before) > letters:
                before = "… " + before[-letters:].partition(" ")[2]
            return f"{before} ___".strip()
        hidden = feedback.batch.targets[row] >= 0
        words = ["▢" if h else corpus.label(i) for i, h in zip(inputs, hidden, strict=True)]
        words[place] = "___"
        kept = words[max(1, place - 6) : place + 7]
        return ("… " if place > 7 else "") + " ".join(kept) + " …"


def bench(
    corpus: Corpus | None = None,
    model: GPT | None = None,
    objective: str = NEXT_TOKEN,
    rows: int = ROWS,
) -> Bench:
    """A test of the corpus's first practice rows, and the student that sits it.

    Without ``corpus`` the stories; without ``model`` the half-trained student, for fill-in
    questions the one that learned to fill in. Raises `ValueError` for an unknown objective, for no
    row, and for a student that wasn't made for this corpus or these questions.
    """
    if objective not in OBJECTIVES:
        raise ValueError(f"There is no objective {objective!r}; choose {' or '.join(OBJECTIVES)}.")
    if rows < 1:
        raise ValueError(f"rows is {rows}; a test needs at least 1.")
    masked = objective == MASKED
    corpus = story_corpus(STORIES) if corpus is None else corpus
    model = load_student(FILL_IN if masked else HALF_TRAINED) if model is None else model
    if model.config.vocab_size != corpus.vocab_size:
        raise ValueError(
            f"The student knows {model.config.vocab_size} symbols, but {corpus.name} has"
            f" {corpus.vocab_size}; pass the model that was made for this text."
        )
    if model.config.causal == masked:
        asked = "fill in" if masked else "say what comes next"
        raise ValueError(f"This student can't {asked}; pass one that can, or another objective.")
    hide = np.random.default_rng(HIDDEN_SEED) if masked else None
    batch = corpus.batch(corpus.rows[:rows], hide)
    return Bench(
        Feedback(model, batch), corpus, corpus.batch(corpus.held_out[:rows], hide), objective
    )


def zones(rates: Floats, losses: Floats, start: float) -> list[str]:
    """What each rate (N,) of a slice with losses (N,) is, seen from the loss at the start.

    Near the bottom: at least `MOST` of the best gain. Otherwise too short before the lowest place,
    past the valley after it, and up the other wall where the loss is no lower than at the start.
    """
    best = int(np.argmin(losses))
    enough = MOST * (start - losses[best])
    found = []
    for number, loss in enumerate(losses):
        if number > best and loss >= start:
            found.append(WALL)
        elif enough > 0 and start - loss >= enough:
            found.append(GOOD)
        else:
            found.append(TOO_SHORT if number < best else PAST)
    return found


def step_sizes(
    model: GPT, batches: Sequence[Batch], optimizer: str, rate: float
) -> tuple[Floats, Floats]:
    """The sizes (count,) of the gradient and of the step, weight by weight, on the last batch.

    A copy of the model learns from all batches, without weight decay. ``optimizer`` is "sgd" or
    "adamw"; anything else raises `ValueError`.
    """
    if optimizer not in ("sgd", "adamw"):
        raise ValueError(f"optimizer is {optimizer!r}; choose 'sgd' or 'adamw'.")
    copy = GPT(model.config, np.random.default_rng(0), np.float64)
    copy.flat_data[...] = model.flat_data
    chosen = SGD(copy, rate) if optimizer == "sgd" else AdamW(copy, rate, weight_decay=0.0)
    before = copy.flat_data.copy()
    for batch in batches:
        before[...] = copy.flat_data
        copy.zero_grad()
        copy.loss(batch.inputs, batch.targets)
        copy.backward()
        chosen.step()
    return np.abs(copy.flat_grad), np.abs(copy.flat_data - before)


def reversed_share(
    gradients: Floats, steps: Floats, rng: np.random.Generator, pairs: int = 100_000
) -> float:
    """Of random pairs of weights, the share in which the larger gradient gets the smaller step.

    ``gradients`` and ``steps`` are sizes (count,); weights without a gradient are left out.
    """
    used = np.flatnonzero(gradients > ROUNDING)
    one, other = rng.choice(used, (2, pairs))
    larger = np.where(gradients[one] > gradients[other], one, other)
    smaller = one + other - larger
    return float((steps[larger] < steps[smaller]).mean())


def agreement(first: Floats, second: Floats) -> float:
    """The cosine between two lessons (count,): 1 the same way, 0 unrelated, −1 opposite."""
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))
