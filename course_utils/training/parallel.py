"""A batch split over processes: an option for terminals and benchmarks, never needed by a chapter.

Each process answers a part of the batch with the same weights; the gradients are added up.
Processes rather than threads: a small student makes hundreds of short NumPy calls in a step, and
threads of one Python would wait for each other between them. A browser's Python has neither: no
widget uses this. Set ``OPENBLAS_NUM_THREADS=1`` before Python starts, or the matrix products
fight for the same cores.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import numpy as np

from course_utils.student.functions import Fast
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.optimizers import PIECE, AdamW
from course_utils.student.parameters import Array


class ParallelLoss:
    """`GPT.loss` and `GPT.backward` with the rows of a batch shared out among processes.

    ``loss(ids, targets)`` is the mean over all questions asked, and ``backward()`` adds its
    gradient to the model's own: both as the model alone would, up to rounding. It is made for
    training: the helpers go on to their gradients without being asked, and the model's weights
    move into memory that all processes see. ``workers`` counts this process, too. Close it, or
    use it in a ``with`` statement, when the training is over. As always when processes are
    started, a script needs ``if __name__ == "__main__":``. Raises `ValueError` for
    ``workers`` < 1 and wherever `GPT.loss` does.
    """

    def __init__(self, model: GPT, workers: int = 2) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}; it must be at least 1.")
        self.model = model
        weights = _shared(model)
        seen_by_all = np.frombuffer(weights, model.dtype)
        seen_by_all[...] = model.flat_data
        model.store.move(seen_by_all, model.flat_grad)
        self._helpers = [_Helper(model, weights) for _ in range(workers - 1)]
        self._shares: list[float] = []
        self._busy: list[_Helper] = []  # those that are at their gradients

    @property
    def processes(self) -> list[int]:
        """The ids of the processes that help this one."""
        return [helper.process.pid or 0 for helper in self._helpers]

    def loss(self, ids: Array, targets: Array) -> float:
        """Mean cross-entropy in nats over the questions asked; ids and targets are (B, T)."""
        ids, targets = np.asarray(ids), np.asarray(targets)
        self._shares = []
        self._answers()  # an attempt that nobody learned from
        if ids.shape != targets.shape or not (targets >= 0).any():
            return self.model.loss(ids, targets)  # it says what is wrong
        workers = len(self._helpers) + 1
        parts = zip(np.array_split(ids, workers), np.array_split(targets, workers), strict=True)
        asked = [part for part in parts if (part[1] >= 0).any()]
        counts = [int((part[1] >= 0).sum()) for part in asked]
        shares = [count / sum(counts) for count in counts]
        asked_for = zip(self._helpers, asked[1:], shares[1:], strict=False)
        helpers = [helper.ask((*part, share)) for helper, part, share in asked_for]
        try:
            losses = [self.model.loss(*asked[0])]
        finally:  # or an old answer would be taken for the next one's
            answers = [helper.answer() for helper in helpers]
            told = zip(helpers, answers, strict=True)
            self._busy = [helper for helper, answer in told if isinstance(answer, float)]
        losses += [_checked(answer) for answer in answers]
        self._shares = shares
        return sum(share * loss for share, loss in zip(shares, losses, strict=True))

    def backward(self) -> None:
        """Add the gradient of the last `loss` to every parameter's ``grad``."""
        if not self._shares:
            raise RuntimeError("Call loss(ids, targets) first: backward needs its last attempt.")
        shares, self._shares = self._shares, []
        try:
            self.model.backward(shares[0])
        finally:
            helpers, answers = list(self._busy), self._answers()
        for helper, answer in zip(helpers, answers, strict=True):
            _checked(answer)
            self.model.flat_grad[...] += helper.gradients

    def _answers(self) -> list[Any]:
        """What the busy helpers say when their gradients are ready."""
        helpers, self._busy = self._busy, []
        return [helper.answer() for helper in helpers]

    def close(self) -> None:
        """End the processes."""
        for helper in self._helpers:
            helper.close()

    def __enter__(self) -> ParallelLoss:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class ParallelAdamW(AdamW):
    """`AdamW`, to the bit, with each step shared among ``workers`` threads.

    Here threads will do: a step is a few long operations. A student too small to gain by it
    is moved by one thread. The other arguments are those of `AdamW`.
    """

    def __init__(self, model: GPT, learning_rate: float, workers: int = 2, **more: Any) -> None:
        super().__init__(model, learning_rate, **more)
        workers = max(1, min(workers, model.count // PIECE))
        edges = np.linspace(0, model.count, workers + 1).astype(int).tolist()
        # Threads wait for each other between operations, so theirs are as long as can be.
        self._parts = [(start, stop, stop - start) for start, stop in pairwise(edges)]
        self._others = ThreadPoolExecutor(workers)
        self._own = threading.local()

    def step(self) -> None:
        """Move every weight once, each thread its part."""
        self.count += 1
        mine, *others = self._parts
        waiting = [self._others.submit(self._move, *part) for part in others]
        self._move(*mine)
        for other in waiting:
            other.result()

    def _update(self, w: Array, g: Array, m: Array, v: Array, decay: float) -> None:
        """The same in memory that each thread uses again: new arrays of this size are slow."""
        if len(getattr(self._own, "spare", ())) < len(w):
            self._own.spare = np.empty_like(w)
        s = self._own.spare[: len(w)]
        rate, (beta1, beta2) = float(self.learning_rate), self.betas
        m *= beta1
        m += np.multiply(g, 1 - beta1, out=s)
        v *= beta2
        np.multiply(g, g, out=s)
        s *= 1 - beta2
        v += s
        np.sqrt(v, out=s)
        s *= 1 / math.sqrt(1 - beta2**self.count)
        s += self.eps
        np.divide(m, s, out=s)
        s *= rate / (1 - beta1**self.count)
        if decay:
            w *= 1 - rate * decay
        w -= s


class _Helper:
    """Another process and the line to it; what it is asked and answers is in `_help`."""

    def __init__(self, model: GPT, weights: Any) -> None:
        context = multiprocessing.get_context("spawn")
        gradients = _shared(model)
        self.gradients: Array = np.frombuffer(gradients, model.dtype)
        self.line, its_end = context.Pipe()
        self.process = context.Process(
            target=_help,
            args=(its_end, model.config, model.dtype.type, type(model.f), weights, gradients),
            daemon=True,
        )
        self.process.start()
        its_end.close()

    def ask(self, question: Any) -> _Helper:
        with suppress(OSError):  # a line that has ended shows in the answer
            self.line.send(question)
        return self

    def answer(self) -> Any:
        try:
            return self.line.recv()
        except (EOFError, OSError):
            return RuntimeError("A helping process has ended; make a new ParallelLoss.")

    def close(self) -> None:
        self.line.close()  # at the end of the line it stops by itself
        self.process.join()


def _help(
    line: Connection,
    config: GPTConfig,
    dtype: type[np.floating[Any]],
    functions: type[Fast],
    weights: Any,
    gradients: Any,
) -> None:
    """Answer (ids, targets, share) with the loss, then with None when the gradients are ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # stopping is the other process's business
    model = GPT(config, np.random.default_rng(0), dtype, functions())
    model.store.move(np.frombuffer(weights, dtype), np.frombuffer(gradients, dtype))
    while True:
        try:
            ids, targets, share = line.recv()
        except EOFError:
            return
        try:
            line.send(model.loss(ids, targets))
            model.zero_grad()
            model.backward(share)
            line.send(None)
        except OSError:  # nobody listens any more
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
