"""A step shared among processes: an option for terminals and benchmarks, never needed by a chapter.

Each process answers a part of the batch with the same weights; the gradients are added up.
Processes rather than threads: a small student makes hundreds of short NumPy calls in a step, and
threads of one Python would wait for each other between them. A browser's Python has neither: no
widget uses this. Set ``OPENBLAS_NUM_THREADS=1`` before Python starts, or the matrix products
fight for the same cores.
"""

from __future__ import annotations

import marshal
import multiprocessing
import signal
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np

from course_utils.material.batches import Batch
from course_utils.student.functions import Fast
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.optimizers import PIECE, AdamW
from course_utils.student.parameters import Array
from course_utils.training.loop import TrainingRun


class ParallelGradients:
    """`GPT.loss` and `GPT.backward` with the rows of a batch shared out among processes.

    The model's weights and gradients move into memory that all processes see. ``workers`` counts
    this process, too. Close it, or use it in a ``with`` statement, when the training is over. As
    always when processes are started, a script needs ``if __name__ == "__main__":``. Raises
    `ValueError` for ``workers`` < 1.
    """

    def __init__(self, model: GPT, workers: int = 2) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}; it must be at least 1.")
        self.model = model
        shared = [_shared(model) for _ in range(4)]
        weights, gradients, *self.means = (np.frombuffer(part, model.dtype) for part in shared)
        weights[...], gradients[...] = model.flat_data, model.flat_grad
        model.store.move(weights, gradients)
        self.helpers = [_Helper(model, shared) for _ in range(workers - 1)]

    @property
    def processes(self) -> list[int]:
        """The ids of the processes that help this one."""
        return [helper.process.pid or 0 for helper in self.helpers]

    def loss_and_backward(self, ids: Array, targets: Array) -> float:
        """The mean loss in nats over the questions asked; its gradient is added to the model's.

        ids and targets are (B, T). One call for both, so that the processes wait for each other
        but once. As the model alone would, up to rounding. Raises `ValueError` wherever
        `GPT.loss` does; if a part of the gradient was already there, all gradients are forgotten.
        """
        ids, targets = np.asarray(ids), np.asarray(targets)
        if ids.shape != targets.shape or not (targets >= 0).any():
            return self.model.loss(ids, targets)  # it says what is wrong
        workers = len(self.helpers) + 1
        parts = zip(np.array_split(ids, workers), np.array_split(targets, workers), strict=True)
        asked = [part for part in parts if (part[1] >= 0).any()]
        counts = [int((part[1] >= 0).sum()) for part in asked]
        shares = [count / sum(counts) for count in counts]
        asked_for = zip(self.helpers, asked[1:], shares[1:], strict=False)
        helpers = [helper.ask(*part, share) for helper, part, share in asked_for]
        try:
            try:
                losses = [self.model.loss(*asked[0])]
                self.model.backward(shares[0])
            finally:  # or an old answer would be taken for the next one's
                answers = [helper.answer() for helper in helpers]
            losses += [_checked(answer) for answer in answers]
        except Exception:
            self.model.zero_grad()
            raise
        for helper in helpers:
            self.model.flat_grad[...] += helper.gradients
        return sum(share * loss for share, loss in zip(shares, losses, strict=True))

    def close(self) -> None:
        """End the processes."""
        for helper in self.helpers:
            helper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class ParallelAdamW(AdamW):
    """`AdamW`, to the bit, with each step shared among the processes of `ParallelGradients`.

    The running means lie in memory that ``together`` owns, so make one of these for it at a
    time. A student too small to gain by it is moved by this process alone. The other arguments
    are those of `AdamW`.
    """

    def __init__(self, together: ParallelGradients, learning_rate: float, **more: Any) -> None:
        super().__init__(together.model, learning_rate, **more)
        self.first, self.second = together.means
        for mean in together.means:
            mean.fill(0)
        self._helpers = together.helpers
        workers = max(1, min(len(together.helpers) + 1, self.model.count // PIECE))
        edges = np.linspace(0, self.model.count, workers + 1).astype(int).tolist()
        self._parts = list(pairwise(edges))

    def step(self) -> None:
        """Move every weight once, each process its part."""
        self.count += 1
        mine, *others = self._parts
        state = {
            "learning_rate": float(self.learning_rate),
            "betas": tuple(self.betas),
            "eps": self.eps,
            "weight_decay": self.weight_decay,
            "count": self.count,
        }
        asked_for = zip(self._helpers, others, strict=False)
        helpers = [helper.ask(*part, state) for helper, part in asked_for]
        self._move(*mine)
        for helper in helpers:
            _checked(helper.answer())


class ParallelRun(TrainingRun):
    """A `TrainingRun` whose steps are shared among ``workers`` processes.

    Close it, or use it in a ``with`` statement, when the training is over.
    """

    def __init__(self, *what: Any, workers: int = 2) -> None:
        super().__init__(*what)
        self.together = ParallelGradients(self.model, workers)
        if isinstance(self.optimizer, AdamW):
            rate, decay = self.settings.learning_rate, self.settings.weight_decay
            self.optimizer = ParallelAdamW(self.together, rate, weight_decay=decay)

    def lesson(self, batch: Batch) -> float:
        """Attempt, grading and feedback: returns the loss, and leaves its gradient in the model."""
        self.model.zero_grad()
        return self.together.loss_and_backward(batch.inputs, batch.targets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.together.close()


class _Helper:
    """Another process and the line to it; what it is asked and answers is in `_help`."""

    def __init__(self, model: GPT, shared: list[Any]) -> None:
        context = multiprocessing.get_context("spawn")
        gradients = _shared(model)
        self.gradients: Array = np.frombuffer(gradients, model.dtype)
        self.line, its_end = context.Pipe()
        functions = type(model.f)
        self.process = context.Process(
            target=_help,
            args=(its_end, model.config, model.dtype.type, functions, shared, gradients),
            daemon=True,
        )
        self.process.start()
        its_end.close()

    def ask(self, *question: Any) -> _Helper:
        """Numbers and arrays of int64; packed by marshal, many times as fast as pickle."""
        packed = [
            (x.shape, x.astype(np.int64).tobytes()) if isinstance(x, np.ndarray) else x
            for x in question
        ]
        with suppress(OSError):  # a line that has ended shows in the answer
            self.line.send_bytes(marshal.dumps(packed))
        return self

    def answer(self) -> Any:
        try:
            return self.line.recv()
        except (EOFError, OSError):
            return RuntimeError("A helping process has ended; make new ParallelGradients.")

    def close(self) -> None:
        self.line.close()  # at the end of the line it stops by itself
        self.process.join()


def _help(
    line: Connection,
    config: GPTConfig,
    dtype: type[np.floating[Any]],
    functions: type[Fast],
    shared: list[Any],
    gradients: Any,
) -> None:
    """Answer what is asked until the line ends.

    (ids, targets, share) with the loss, when the gradients are ready;
    (start, stop, state of AdamW) with None, when the weights between are moved.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # stopping is the other process's business
    weights, summed, *means = (np.frombuffer(part, dtype) for part in shared)
    model, whole = (GPT(config, np.random.default_rng(0), dtype, functions()) for _ in range(2))
    model.store.move(weights, np.frombuffer(gradients, dtype))
    whole.store.move(weights, summed)
    adamw = AdamW(whole, 0.0)
    adamw.first, adamw.second = means
    while True:
        try:
            *asked, last = marshal.loads(line.recv_bytes())
            loss = None
            if isinstance(last, dict):
                vars(adamw).update(last)
                adamw._move(*asked)
            else:
                ids, targets = (np.frombuffer(x, np.int64).reshape(shape) for shape, x in asked)
                loss = model.loss(ids, targets)
                model.zero_grad()
                model.backward(last)
            line.send(loss)
        except (EOFError, OSError):  # nobody listens any more
            return
        except Exception as error:
            line.send(error)


def _checked(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _shared(model: GPT) -> Any:
    """Memory for one number for each weight, seen by several processes."""
    return multiprocessing.get_context("spawn").RawArray("b", model.flat_data.nbytes)
