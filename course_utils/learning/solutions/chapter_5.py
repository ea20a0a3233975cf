"""Chapter 5's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning.case_functions import groups_in_order


def shuffled_epoch(count, batch_size, rng):
    order = rng.permutation(count)
    return [order[i : i + batch_size] for i in range(0, count, batch_size)]


def training_loop(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        losses.append(loss(weights, batch))
        weights = weights - rate * gradient(weights, batch)
    return weights, losses


def mended_loop(weights, batches, gradient, rate):
    for batch in batches:
        lesson = 0.0
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
        weights = weights - rate * lesson
    return weights


def best_rate(rates, losses):
    best, lowest = None, math.inf
    for rate, loss in zip(rates, losses, strict=True):
        if math.isfinite(loss) and loss < lowest:
            best, lowest = rate, loss
    return best


def _in_groups(order, batch_size):
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def _batches_shuffled(count, batch_size, rng):
    groups = groups_in_order(count, batch_size)
    while True:  # the short one stays last, so that only the order of the others is altered
        order = [int(i) for i in rng.permutation(len(groups) - 1)]
        if order != sorted(order):
            return [groups[i] for i in order] + groups[-1:]


def _rest_dropped(count, batch_size, rng):
    return [batch for batch in shuffled_epoch(count, batch_size, rng) if len(batch) == batch_size]


def _after_each_step(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        weights = weights - rate * gradient(weights, batch)
        losses.append(loss(weights, batch))
    return weights, losses


def _uphill(weights, batches, loss, gradient, rate):
    return training_loop(weights, batches, loss, gradient, -rate)


def _always_the_first_weights(weights, batches, loss, gradient, rate):
    losses = [loss(weights, batch) for batch in batches]
    return weights - rate * gradient(weights, batches[-1]), losses


def _one_step_at_the_end(weights, batches, loss, gradient, rate):
    losses = [loss(weights, batch) for batch in batches]
    return weights - rate * sum(gradient(weights, batch) for batch in batches), losses


def _loss_for_gradient(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        losses.append(loss(weights, batch))
        weights = weights - rate * loss(weights, batch)
    return weights, losses


def _broken(weights, batches, gradient, rate):
    lesson = 0.0
    for batch in batches:
        lesson = lesson + sum(gradient(weights, question) for question in batch) / len(batch)
        weights = weights - rate * lesson
    return weights


def _only_the_last_question(weights, batches, gradient, rate):
    for batch in batches:
        weights = weights - rate * gradient(weights, batch[-1]) / len(batch)
    return weights


def _a_step_each_question(weights, batches, gradient, rate):
    for batch in batches:
        for question in batch:
            weights = weights - rate * gradient(weights, question) / len(batch)
    return weights


def _lessons_of_a_growing_batch(weights, batches, gradient, rate):
    for batch in batches:
        lesson = 0.0
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
            weights = weights - rate * lesson
    return weights


def _summed_lessons(weights, batches, gradient, rate):
    for batch in batches:
        weights = weights - rate * sum(gradient(weights, question) for question in batch)
    return weights


def _uphill_mended(weights, batches, gradient, rate):
    return mended_loop(weights, batches, gradient, -rate)


WRONG = {
    "shuffled_epoch": {
        "not shuffled": lambda count, batch_size, rng: _in_groups(np.arange(count), batch_size),
        "drawn with repeats": lambda count, batch_size, rng: _in_groups(
            rng.integers(1, count, count), batch_size
        ),
        "the rest is dropped": _rest_dropped,
        "only the batches are shuffled": _batches_shuffled,
        "a generator of its own": lambda count, batch_size, rng: shuffled_epoch(
            count, batch_size, np.random.default_rng(0)
        ),
    },
    "training_loop": {
        "graded after the step": _after_each_step,
        "uphill": _uphill,
        "always the first weights": _always_the_first_weights,
        "one step at the end": _one_step_at_the_end,
        "the loss for the gradient": _loss_for_gradient,
    },
    "mended_loop": {
        "still broken": _broken,
        "emptied at each question": _only_the_last_question,
        "a step after each question": _a_step_each_question,
        "a step inside the inner loop": _lessons_of_a_growing_batch,
        "summed, not averaged": _summed_lessons,
        "uphill": _uphill_mended,
    },
    "best_rate": {
        "the loss instead of the rate": lambda rates, losses: min(filter(math.isfinite, losses)),
        "nan wins": lambda rates, losses: rates[int(np.argmin(losses))],
        "the place instead of the rate": lambda rates, losses: losses.index(
            min(filter(math.isfinite, losses))
        ),
        "the largest that didn't diverge": lambda rates, losses: max(
            r for r, x in zip(rates, losses, strict=True) if math.isfinite(x)
        ),
        "the highest loss": lambda rates, losses: rates[
            losses.index(max(filter(math.isfinite, losses)))
        ],
        "the larger of two equal ones": lambda rates, losses: best_rate(rates[::-1], losses[::-1]),
    },
}
