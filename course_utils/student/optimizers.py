"""From gradient to step: what is done with the feedback once it is written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course_utils.student.model import GPT
from course_utils.student.parameters import Array

PIECE = 65_536  # numbers handled at a time, so that a piece of each array stays in the cache


def _pieces(start: int, stop: int, size: int = PIECE) -> Iterator[slice]:
    return (slice(i, min(i + size, stop)) for i in range(start, stop, size))


class SGD:
    """Stochastic gradient descent: u ← momentum · u + g, w ← w − learning rate · u."""

    def __init__(self, model: GPT, learning_rate: float, momentum: float = 0.0) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; it must be at least 0 and below 1.")
        self.model, self.learning_rate, self.momentum = model, learning_rate, momentum
        self.velocity: Array = np.zeros_like(model.flat_data)

    def step(self) -> None:
        """Move every weight once, against its gradient."""
        if self.momentum:
            self.velocity *= self.momentum
            self.velocity += self.model.flat_grad
            update = self.velocity
        else:
            update = self.model.flat_grad
        self.model.flat_data[...] -= float(self.learning_rate) * update

    def state(self) -> dict[str, Any]:
        """What a resumed run needs: the velocity (count,)."""
        return {"velocity": self.velocity}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` gave."""
        self.velocity[...] = state["velocity"]


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    m and v are running means of g and g²; with their start corrected,
    w ← w − η λ w − η m̂ / (√v̂ + ε). Biases and LayerNorm don't decay.
    """

    def __init__(
        self,
        model: GPT,
        learning_rate: float,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.1,
    ) -> None:
        self.model, self.learning_rate = model, learning_rate
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.count = 0
        self.first: Array = np.zeros_like(model.flat_data)
        self.second: Array = np.zeros_like(model.flat_data)

    def step(self) -> None:
        """Move every weight once, by a step size of its own."""
        self.count += 1
        self._move(0, self.model.count)

    def _move(self, start: int, stop: int, size: int = PIECE) -> None:
        """Move the weights from ``start`` to ``stop``, ``size`` at a time."""
        data, grad = self.model.flat_data, self.model.flat_grad
        decayed = min(max(self.model.store.decayed, start), stop)
        for first, last, decay in ((start, decayed, self.weight_decay), (decayed, stop, 0.0)):
            for piece in _pieces(first, last, size):
                means = self.first[piece], self.second[piece]
                self._update(data[piece], grad[piece], *means, decay)

    def _update(self, w: Array, g: Array, m: Array, v: Array, decay: float) -> None:
        """Some weights, their gradients and both running means, all (n,), changed in place."""
        rate, (beta1, beta2) = float(self.learning_rate), self.betas
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * (g * g)
        typical = np.sqrt(v) * (1 / math.sqrt(1 - beta2**self.count)) + self.eps
        if decay:
            w *= 1 - rate * decay
        w -= m / typical * (rate / (1 - beta1**self.count))

    def state(self) -> dict[str, Any]:
        """What a resumed run needs: both running means (count,) and the number of steps."""
        return {"first": self.first, "second": self.second, "count": self.count}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state` gave."""
        self.first[...] = state["first"]
        self.second[...] = state["second"]
        self.count = int(state["count"])


def clip_gradients(model: GPT, max_norm: float) -> float:
    """Scale all gradients down so that their joint length is at most ``max_norm``.

    Returns the length before. Pascanu, Mikolov and Bengio (2013).
    """
    norm = math.sqrt(
        sum(
            float(np.dot(g, g))
            for g in (model.flat_grad[piece] for piece in _pieces(0, model.count))
        )
    )
    if norm > max_norm and math.isfinite(norm):
        model.flat_grad[...] *= max_norm / norm
    return norm


def warmup_cosine(
    step: int, total: int, peak: float, warmup: int = 0, floor: float | None = None
) -> float:
    """The learning rate at ``step`` (from 0): a line up to ``peak``, then half a cosine down.

    After ``total`` steps it stays at ``floor``, a tenth of the peak unless told.
    """
    low = 0.1 * peak if floor is None else floor
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return low
    done = (step - warmup) / max(1, total - warmup)
    return low + 0.5 * (peak - low) * (1 + math.cos(math.pi * done))
