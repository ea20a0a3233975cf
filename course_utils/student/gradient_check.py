"""Is the feedback right? The written gradient against what nudging the weights really does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.student.model import GPT
from course_utils.student.parameters import Array

STEP = 1e-5  # rounding and curvature are both small here in float64


def relative_error(written: Array | float, measured: Array | float) -> float:
    """|written − measured| / (|written| + |measured|), by Euclidean length; 0 if both are 0."""
    a, b = np.asarray(written, np.float64), np.asarray(measured, np.float64)
    size = float(np.linalg.norm(a) + np.linalg.norm(b))
    return float(np.linalg.norm(a - b)) / size if size else 0.0


def slopes(function: Callable[[], float], array: Array, step: float = STEP) -> Array:
    """The slope of ``function()`` by each number of ``array``, by central differences.

    ``array`` is nudged in place and put back: two calls for each number. The error of the result
    is of order step², so float64 is needed. Same shape as ``array``.
    """
    result = np.empty(array.shape, np.float64)
    for index in np.ndindex(array.shape):
        old = array[index]
        array[index] = old + step
        above = function()
        array[index] = old - step
        below = function()
        array[index] = old
        result[index] = (above - below) / (2 * step)
    return result


def check_gradients(
    model: GPT, ids: Array, targets: Array, rng: np.random.Generator, step: float = 1e-4
) -> dict[str, float]:
    """The relative error of each parameter's gradient along one random direction.

    Two attempts a parameter, whatever its size; the fourth-order difference
    (8 (f₊ − f₋) − (f₊₊ − f₋₋)) / 12 h keeps the error of curvature out. Raises `ValueError` for
    a model that isn't float64.
    """
    if model.dtype != np.float64:
        raise ValueError("Check gradients in float64: GPT(config, rng, dtype=np.float64).")
    model.zero_grad()
    model.loss(ids, targets)
    model.backward()
    errors = {}
    for name, parameter in model.named_parameters().items():
        direction = rng.standard_normal(parameter.data.shape)
        direction /= np.linalg.norm(direction)
        written = float((parameter.grad * direction).sum())
        old = parameter.data.copy()
        f = []
        for distance in (2, 1, -1, -2):
            parameter.data[...] = old + distance * step * direction
            f.append(model.loss(ids, targets))
        parameter.data[...] = old
        measured = (8 * (f[1] - f[2]) - (f[0] - f[3])) / (12 * step)
        errors[name] = relative_error(written, measured)
    return errors
