"""Functions that exercises are asked with: curves, students to write with, facts about chance."""

from __future__ import annotations

import math

import numpy as np

DRAWS = 200


def drawn(function, arguments):
    """How often each id came up in many draws, as shares."""
    logits, temperature, top_k, rng = arguments
    ids = [int(function(logits.copy(), temperature, top_k, rng)) for _ in range(DRAWS)]
    shares = {f"share of {i}": ids.count(i) / DRAWS for i in range(len(logits))}
    kept = np.argsort(-logits)[:top_k].tolist()
    return {**shares, "drawn, but not among the top_k": sorted(set(ids) - set(kept))}


def square(x):
    """A parabola: its slope at x is 2x."""
    return x * x


def cube(x):
    """Its slope at x is 3x², and central differences miss it by h²."""
    return x**3


def wave(x):
    """A curve without a corner."""
    return math.sin(x)


def epochs_seen(function, arguments):
    """What two epochs with one generator are like, in words."""
    count, batch_size, rng = arguments
    epochs = [[list(map(int, batch)) for batch in function(count, batch_size, rng)] for _ in "12"]
    flat = [[row for batch in epoch for row in batch] for epoch in epochs]
    return {
        "rows in each batch": [len(batch) for batch in epochs[0]],
        "each row exactly once": sorted(flat[0]) == list(range(count)),
        "rows in order": flat[0] == sorted(flat[0]),
        "neighbours stay together": _groups(epochs[0]) == groups_in_order(count, batch_size),
        "the next epoch is the same": flat[0] == flat[1],
    }


def _groups(epoch):
    return sorted(sorted(batch) for batch in epoch)


def groups_in_order(count, batch_size):
    """The rows dealt in their order, as lists."""
    return [list(range(i, min(i + batch_size, count))) for i in range(0, count, batch_size)]


def square_loss(weights, batch):
    """How far the weights are from the batch's number, squared."""
    return float(((weights - batch) ** 2).sum())


def square_gradient(weights, batch):
    """The slope of `square_loss`."""
    return 2 * (weights - batch)


def successor(window):
    """A student that always answers with the next id, round about five."""
    logits = np.zeros(5)
    logits[(window[-1] + 1) % 5] = 2.0
    return logits


def counter(window):
    """A student that answers with how many tokens it may read, and refuses more than three."""
    if len(window) > 3:
        raise ValueError("more than a block of 3")
    logits = np.zeros(5)
    logits[len(window)] = 1.0
    return logits


def adder(window):
    """A student whose answer depends on all that it reads."""
    logits = np.zeros(7)
    logits[sum(window) % 7] = 3.0
    return logits


def shares_drawn(function, arguments):
    """How often each id came up in many draws, as shares; the generator is the last argument."""
    ids = [int(function(arguments[0].copy(), *arguments[1:])) for _ in range(DRAWS)]
    return {f"share of {i}": ids.count(i) / DRAWS for i in range(len(arguments[0]))}
