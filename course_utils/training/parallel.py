"""A batch split over threads: an option for terminals and benchmarks, never needed by a chapter.

NumPy lets other threads run during its long operations, so two copies of the student, which share
their weights, can each answer half of a batch. A browser's Python has no threads: no widget uses
this. Set ``OPENBLAS_NUM_THREADS=1`` before Python starts, or the products fight for the same cores.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import TypeVar

import numpy as np

from course_utils.student.model import GPT
from course_utils.student.parameters import Array

Part = TypeVar("Part")
Result = TypeVar("Result")


class ParallelLoss:
    """`GPT.loss` and `GPT.backward` with the rows of a batch shared out among threads.

    ``loss(ids, targets)`` is the mean over all questions asked, and ``backward()`` adds its
    gradient to the model's own: both as the model alone would, up to rounding. Close it, or use
    it in a ``with`` statement, when the training is over. Raises `ValueError` for ``workers`` < 1
    and wherever `GPT.loss` does.
    """

    def __init__(self, model: GPT, workers: int = 2) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}; it must be at least 1.")
        self.model = model
        self.twins = [twin(model) for _ in range(workers)]
        self._pool = ThreadPoolExecutor(workers)
        self._shares: list[float] = []
        # Each thread adds up its own part of the flat gradient array.
        edges = np.linspace(0, model.count, workers + 1).astype(int)
        self._parts = [slice(a, b) for a, b in pairwise(edges)]

    def loss(self, ids: Array, targets: Array) -> float:
        """Mean cross-entropy in nats over the questions asked; ids and targets are (B, T)."""
        ids, targets = np.asarray(ids), np.asarray(targets)
        self._shares = []
        if ids.shape != targets.shape or not (targets >= 0).any():
            return self.model.loss(ids, targets)  # it says what is wrong
        halves = zip(
            np.array_split(ids, len(self.twins)),
            np.array_split(targets, len(self.twins)),
            strict=True,
        )
        counted = [(i, t, int((t >= 0).sum())) for i, t in halves]
        asked = [(i, t, count) for i, t, count in counted if count]
        total = sum(count for _, _, count in asked)
        losses = self._together(
            lambda part: part[0].loss(part[1][0], part[1][1]),
            zip(self.twins, asked, strict=False),
        )
        self._shares = [count / total for _, _, count in asked]
        return sum(share * loss for share, loss in zip(self._shares, losses, strict=True))

    def backward(self) -> None:
        """Add the gradient of the last `loss` to every parameter's ``grad``."""
        if not self._shares:
            raise RuntimeError("Call loss(ids, targets) first: backward needs its last attempt.")
        shares, self._shares = self._shares, []
        taught = list(zip(self.twins, shares, strict=False))
        self._together(_teach, taught)
        self._together(lambda part: self._add(part, taught), self._parts)

    def _add(self, part: slice, taught: list[tuple[GPT, float]]) -> None:
        for other, share in taught:
            gradient = other.flat_grad[part]
            gradient *= share  # a twin's gradients are forgotten before its next lesson
            self.model.flat_grad[part] += gradient

    def _together(self, work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
        return list(self._pool.map(work, parts))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def __enter__(self) -> ParallelLoss:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _teach(taught: tuple[GPT, float]) -> None:
    taught[0].zero_grad()
    taught[0].backward()


def twin(model: GPT) -> GPT:
    """A copy that shares the model's weights and has gradients and working memory of its own."""
    kept = {id(model.flat_data): model.flat_data}
    gradients = np.zeros_like(model.flat_grad)
    kept[id(model.flat_grad)] = gradients
    begin, size = _address(model.flat_grad), model.flat_grad.itemsize
    for parameter in model.parameters():
        start = (_address(parameter.grad) - begin) // size
        view = gradients[start : start + parameter.grad.size]
        kept[id(parameter.data)] = parameter.data
        kept[id(parameter.grad)] = view.reshape(parameter.grad.shape)
    return copy.deepcopy(model, dict(kept))


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
