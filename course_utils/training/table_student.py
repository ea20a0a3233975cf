"""The smallest student that learns: a table of tokens and one linear layer, trained by given parts.

It reads only the token just before, so it can't do better than counting pairs. Chapter 5 trains it
by the learner's own functions beside the course's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.material.stories import StoryGrammar
from course_utils.material.tokenizers import CharTokenizer
from course_utils.student.functions import Plain, softmax

Floats = NDArray[np.float64]
Part = Callable[..., Any]
STORIES, SEED = 12, 3
PLACES = 48  # characters a batch
CHANNELS = 16
STEPS, RATE = 60, 2.0


def table_text() -> NDArray[np.int64]:
    """The ids (n,) of a few stories' characters, numbered from 0 without gaps."""
    text = " ".join(StoryGrammar().sample(STORIES, np.random.default_rng(SEED)))
    ids = CharTokenizer.train(text).encode(text)
    return np.unique(ids, return_inverse=True)[1].astype(np.int64)


def train_with(
    softmax: Part | None = None,
    cross_entropy: Part | None = None,
    logits_gradient: Part | None = None,
    linear_backward: Part | None = None,
    sgd_step: Part | None = None,
    steps: int = STEPS,
    rate: float = RATE,
) -> Floats:
    """Train a fresh table student by these parts; returns the loss (steps,) before each step.

    A part that isn't given is the course's own. They are called with copies: softmax(logits
    (M, V)), cross_entropy(logits, targets (M,)), logits_gradient(probabilities, targets),
    linear_backward(dy, x, weight) → dx, dweight, dbias, and sgd_step(weights, gradient, rate).
    Raises `ValueError` if a part gives another shape than it must.
    """
    given = {
        "softmax": softmax,
        "cross_entropy": cross_entropy,
        "logits_gradient": logits_gradient,
        "linear_backward": linear_backward,
        "sgd_step": sgd_step,
    }
    parts = {name: part or PARTS[name] for name, part in given.items()}
    ids = table_text()
    V = int(ids.max()) + 1
    table = np.random.default_rng(SEED).normal(size=(V, CHANNELS))
    weight, bias = np.zeros((CHANNELS, V)), np.zeros(V)
    losses = np.empty(steps)

    def call(name: str, *given: Any) -> Any:
        return parts[name](*(np.copy(one) if np.ndim(one) else one for one in given))

    for step in range(steps):
        start = step * PLACES % (len(ids) - PLACES - 1)
        read = ids[start : start + PLACES]
        x = table[read]  # M, C
        targets = ids[start + 1 : start + PLACES + 1]
        logits = x @ weight + bias
        losses[step] = _shaped("cross_entropy", call("cross_entropy", logits, targets), ())
        probabilities = _shaped("softmax", call("softmax", logits), logits.shape)
        dlogits = _shaped(
            "logits_gradient", call("logits_gradient", probabilities, targets), logits.shape
        )
        try:
            dx, dweight, dbias = call("linear_backward", dlogits, x, weight)
        except (TypeError, ValueError):
            raise ValueError("linear_backward must return three arrays; check it first.") from None
        dweight = _shaped("linear_backward", dweight, weight.shape)
        dbias = _shaped("linear_backward", dbias, bias.shape)
        dtable = np.zeros_like(table)
        np.add.at(dtable, read, _shaped("linear_backward", dx, x.shape))
        table = _shaped("sgd_step", call("sgd_step", table, dtable, rate), table.shape)
        weight = _shaped("sgd_step", call("sgd_step", weight, dweight, rate), weight.shape)
        bias = _shaped("sgd_step", call("sgd_step", bias, dbias, rate), bias.shape)
    return losses


def _shaped(name: str, value: Any, shape: tuple[int, ...]) -> Any:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} gave no numbers; check it first.") from None
    if array.shape != shape:
        raise ValueError(f"{name} gave the shape {array.shape}, not {shape}; check it first.")
    return array


def _softmax(logits: Floats) -> Floats:
    return softmax(logits)


def _cross_entropy(logits: Floats, targets: NDArray[np.int64]) -> float:
    return Plain().cross_entropy(logits, targets)[0]


def _logits_gradient(probabilities: Floats, targets: NDArray[np.int64]) -> Floats:
    return np.asarray((probabilities - np.eye(probabilities.shape[1])[targets]) / len(targets))


def _linear_backward(dy: Floats, x: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    dweight, dbias = np.zeros_like(weight), np.zeros(weight.shape[1])
    return Plain().linear_backward(dy, x, weight, dweight, dbias), dweight, dbias


def _sgd_step(weights: Floats, gradient: Floats, rate: float) -> Floats:
    return weights - rate * gradient


# The course's own parts, by the names of their exercises.
PARTS: dict[str, Part] = {
    "softmax": _softmax,
    "cross_entropy": _cross_entropy,
    "logits_gradient": _logits_gradient,
    "linear_backward": _linear_backward,
    "sgd_step": _sgd_step,
}
