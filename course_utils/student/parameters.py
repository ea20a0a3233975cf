"""What the student knows: named arrays of weights, all of them views of one flat array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Spec:
    """A parameter before it has numbers: its name, its shape and how it begins.

    ``scale`` is the standard deviation of its first values around ``mean``; ``decay`` says
    whether weight decay applies (to matrices, never to biases and LayerNorm).
    """

    name: str
    shape: tuple[int, ...]
    scale: float = 0.0
    mean: float = 0.0

    @property
    def decay(self) -> bool:
        """Whether weight decay applies: to matrices only."""
        return len(self.shape) > 1


@dataclass
class Parameter:
    """One named array of weights, and the gradient of the loss by each of them (same shape)."""

    name: str
    data: Array
    grad: Array
    decay: bool


class ParameterStore:
    """All parameters in one flat array, all gradients in another: a step is one pass over both.

    ``flat_data`` and ``flat_grad`` have shape (count,). Matrices come first, so that the weights
    which decay are ``flat_data[:decayed]`` and the others are the rest.
    """

    def __init__(
        self, specs: Sequence[Spec], rng: np.random.Generator, dtype: type[np.floating[Any]]
    ) -> None:
        count = sum(int(np.prod(spec.shape)) for spec in specs)
        self.flat_data: Array = np.empty(count, dtype)
        self.flat_grad: Array = np.zeros(count, dtype)
        self.decayed = sum(int(np.prod(spec.shape)) for spec in specs if spec.decay)
        ends = {True: 0, False: self.decayed}
        self.named: dict[str, Parameter] = {}
        self._places: dict[str, slice] = {}
        for spec in specs:
            start = ends[spec.decay]
            ends[spec.decay] = stop = start + int(np.prod(spec.shape))
            data = self.flat_data[start:stop].reshape(spec.shape)
            data[...] = spec.mean
            if spec.scale:
                data[...] += spec.scale * rng.standard_normal(spec.shape)
            grad = self.flat_grad[start:stop].reshape(spec.shape)
            self.named[spec.name] = Parameter(spec.name, data, grad, spec.decay)
            self._places[spec.name] = slice(start, stop)

    def move(self, data: Array, grad: Array) -> None:
        """Live in other flat arrays (count,) from now on, with the numbers that are in them."""
        self.flat_data, self.flat_grad = data, grad
        for name, place in self._places.items():
            parameter = self.named[name]
            shape = parameter.data.shape
            parameter.data, parameter.grad = data[place].reshape(shape), grad[place].reshape(shape)

    def __getitem__(self, name: str) -> Parameter:
        return self.named[name]
