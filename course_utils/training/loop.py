"""Training: attempt, grading, feedback, study; one `Step` each time, and the caller drives."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any, Self

import numpy as np

from course_utils.material.batches import Batch, Ids, deal, masked_batch, next_token_batch
from course_utils.student.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.optimizers import SGD, AdamW, clip_gradients, warmup_cosine


@dataclass(frozen=True)
class Step:
    """One iteration: a batch attempted, graded and learned from.

    ``step`` counts from 1, ``epoch`` from 1; ``loss`` is measured before the step, in nats per
    question; ``gradient_norm`` before clipping; ``questions`` were asked in this batch.
    """

    step: int
    epoch: int
    loss: float
    learning_rate: float
    gradient_norm: float
    questions: int


@dataclass(frozen=True)
class Settings:
    """How to train. ``steps`` is the length of the learning-rate schedule.

    ``optimizer`` is "adamw" or "sgd"; ``clip`` is the largest length of the gradient; with
    ``masked`` the questions are "fill in the blank". Raises `ValueError` for what can't work.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warmup: int = 0
    weight_decay: float = 0.1
    clip: float = 1.0
    optimizer: str = "adamw"
    momentum: float = 0.0
    masked: bool = False

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}; train for at least 1 step.")
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}; it must be at least 1.")
        if not self.learning_rate >= 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; it must be 0 or more.")
        if not self.clip > 0:
            raise ValueError(f"clip is {self.clip}; it must be above 0 (math.inf for none).")
        if self.optimizer not in ("adamw", "sgd"):
            raise ValueError(f"optimizer is {self.optimizer!r}; choose 'adamw' or 'sgd'.")


class DivergedError(ArithmeticError):
    """The loss or a gradient is no longer a number; the model keeps its last good weights."""


class TrainingRun:
    """A training that can stop anywhere and go on: model, optimizer, generator and position.

    ``rows`` (N, T + 1) come from `pack_stories` or `pack_text`; ``rng`` shuffles every epoch anew
    (and hides the words of masked questions). ``step`` steps have been made, in ``epoch`` epochs
    begun. Raises `ValueError` if a batch is longer than the text.
    """

    def __init__(self, model: GPT, rows: Ids, settings: Settings, rng: np.random.Generator) -> None:
        deal(len(rows), settings.batch_size, None)  # complains early
        self.model, self.rows, self.settings, self.rng = model, rows, settings, rng
        self.optimizer: AdamW | SGD
        if settings.optimizer == "adamw":
            self.optimizer = AdamW(
                model, settings.learning_rate, weight_decay=settings.weight_decay
            )
        else:
            self.optimizer = SGD(model, settings.learning_rate, settings.momentum)
        self.step = self.epoch = self.cursor = 0
        self.order: Ids = np.empty(0, np.int64)

    @property
    def steps_per_epoch(self) -> int:
        """How many batches hold every row once."""
        return -(-len(self.rows) // self.settings.batch_size)

    def next_batch(self) -> Batch:
        """Deal the next batch; a new epoch begins when every row was read."""
        if self.cursor >= len(self.order):
            self.order = self.rng.permutation(len(self.rows))
            self.cursor = 0
            self.epoch += 1
        chosen = self.order[self.cursor : self.cursor + self.settings.batch_size]
        self.cursor += len(chosen)
        if self.settings.masked:
            return masked_batch(self.rows[chosen], self.rng)
        return next_token_batch(self.rows[chosen])

    def lesson(self, batch: Batch) -> float:
        """Attempt, grading and feedback: returns the loss, and leaves its gradient in the model."""
        self.model.zero_grad()
        loss = self.model.loss(batch.inputs, batch.targets)
        if math.isfinite(loss):
            self.model.backward()
        return loss

    def advance(self) -> Step:
        """Make one step: attempt, grading, feedback, study.

        Raises `DivergedError` before anything is changed by a loss or gradient that is not finite.
        """
        settings, model = self.settings, self.model
        batch = self.next_batch()
        rate = warmup_cosine(self.step, settings.steps, settings.learning_rate, settings.warmup)
        loss = self.lesson(batch)
        norm = clip_gradients(model, settings.clip) if math.isfinite(loss) else math.nan
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise DivergedError(
                f"Training diverged at step {self.step + 1} with learning rate {rate:.2g}: the"
                f" loss is {loss} and the gradient's length {norm}. The last good weights are"
                " kept; try a learning rate ten times smaller, or a longer warm-up."
            )
        self.optimizer.learning_rate = rate
        self.optimizer.step()
        self.step += 1
        return Step(self.step, self.epoch, loss, rate, norm, batch.questions)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a checkpoint from which `resume` goes on bit for bit; `CheckpointError` if not."""
        arrays: dict[str, Any] = {"weights": self.model.flat_data, "order": self.order}
        record: dict[str, Any] = {
            "config": asdict(self.model.config),
            "dtype": str(self.model.dtype),
            "settings": asdict(self.settings),
            "generator": self.rng.bit_generator.state,
            "position": [self.step, self.epoch, self.cursor, len(self.rows)],
        }
        for name, value in self.optimizer.state().items():
            if isinstance(value, np.ndarray):
                arrays[f"optimizer.{name}"] = value
            else:
                record[f"optimizer.{name}"] = value
        save_checkpoint(path, arrays, json.loads(json.dumps(record, default=int)))

    @classmethod
    def resume(cls, path: str | PathLike[str], rows: Ids, **more: Any) -> Self:
        """Go on from a checkpoint with the same rows. Raises `CheckpointError` if it can't be.

        ``more`` is for a subclass that needs more to be made.
        """
        arrays, record = load_checkpoint(path)
        try:
            step, epoch, cursor, count = record["position"]
            if count != len(rows):
                raise CheckpointError(
                    f"The checkpoint {path} belongs to a text of {count} rows, not {len(rows)}; "
                    "resume with the text and settings that it was begun with."
                )
            state = record["generator"]
            bits = getattr(np.random, state["bit_generator"])()
            bits.state = state
            dtype: Any = {"float32": np.float32, "float64": np.float64}[record["dtype"]]
            model = GPT(GPTConfig(**record["config"]), np.random.default_rng(0), dtype)
            model.flat_data[...] = arrays["weights"]
            settings, rng = Settings(**record["settings"]), np.random.Generator(bits)
            run = cls(model, rows, settings, rng, **more)
            run.step, run.epoch, run.cursor = step, epoch, cursor
            run.order = arrays["order"]
            saved = {**record, **arrays}
            run.optimizer.load_state(
                {name: saved[f"optimizer.{name}"] for name in run.optimizer.state()}
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(
                f"The checkpoint {path} lacks something ({error}); it may come from another"
                " version of the course, so begin again without it."
            ) from error
        return run


def train(run: TrainingRun, steps: int | None = None) -> Iterator[Step]:
    """Yield a `Step` for each step that was made, until the schedule's end or ``steps`` more.

    The caller drives: it may pause, stop or slice at any step, and go on with another `train`.
    """
    stop = run.settings.steps if steps is None else run.step + steps
    while run.step < stop:
        yield run.advance()
