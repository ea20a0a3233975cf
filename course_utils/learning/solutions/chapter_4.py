"""Chapter 4's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import numpy as np


def slope(function, x, h):
    return (function(x + h) - function(x - h)) / (2 * h)


def logits_gradient(probabilities, targets):
    gradient = np.array(probabilities)
    gradient[np.arange(len(targets)), targets] -= 1
    return gradient / len(targets)


def sgd_step(weights, gradient, rate):
    return weights - rate * gradient


def linear_backward(dy, x, weight):
    dx = dy @ weight.T
    dweight = x.T @ dy
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


def adamw_step(w, g, m, v, step, rate, decay):
    m = 0.9 * m + 0.1 * g
    v = 0.95 * v + 0.05 * g**2
    mean = m / (1 - 0.9**step)
    square = v / (1 - 0.95**step)
    w = w - rate * decay * w - rate * mean / (np.sqrt(square) + 1e-8)
    return w, m, v


def _reversed(probabilities, targets):
    return -logits_gradient(probabilities, targets)


def _summed(probabilities, targets):
    return logits_gradient(probabilities, targets) * len(targets)


def _divided_by_all(probabilities, targets):
    return logits_gradient(probabilities, targets) * len(targets) / np.size(probabilities)


def _only_the_right_one(probabilities, targets):
    kept = np.zeros_like(probabilities)
    at = np.arange(len(targets)), targets
    kept[at] = logits_gradient(probabilities, targets)[at]
    return kept


def _by_the_probabilities(probabilities, targets):
    slopes_there = np.zeros_like(probabilities)
    at = np.arange(len(targets)), targets
    slopes_there[at] = -1 / probabilities[at] / len(targets)
    return slopes_there


def _adamw(w, g, m, v, step, rate, decay, corrected=True, squared=True, coupled=False):
    if coupled:
        g = g + decay * w
    m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * (g**2 if squared else g)
    mean = m / (1 - 0.9**step) if corrected else m
    mean_square = v / (1 - 0.95**step) if corrected else v
    kept = w if coupled else w - rate * decay * w
    return kept - rate * mean / (np.sqrt(mean_square) + 1e-8), m, v


def _adamw_without_root(w, g, m, v, step, rate, decay):
    m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g**2
    update = m / (1 - 0.9**step) / (v / (1 - 0.95**step) + 1e-8)
    return w - rate * decay * w - rate * update, m, v


def _adamw_swapped(w, g, m, v, step, rate, decay):
    m, v = 0.1 * m + 0.9 * g, 0.05 * v + 0.95 * g**2
    update = m / (1 - 0.1**step) / (np.sqrt(v / (1 - 0.05**step)) + 1e-8)
    return w - rate * decay * w - rate * update, m, v


WRONG = {
    "slope": {
        "nudged up only": lambda function, x, h: (function(x + h) - function(x)) / h,
        "the run is 2h": lambda function, x, h: (function(x + h) - function(x - h)) / h,
        "nudged down only": lambda function, x, h: (function(x) - function(x - h)) / h,
        "not divided by 2h, but by 2 and times h": lambda function, x, h: (
            (function(x + h) - function(x - h)) / 2 * h
        ),
        "the rise alone": lambda function, x, h: function(x + h) - function(x - h),
        "upside down": lambda function, x, h: (function(x - h) - function(x + h)) / (2 * h),
    },
    "logits_gradient": {
        "one-hot minus softmax": _reversed,
        "not averaged": _summed,
        "divided by all numbers of the table": _divided_by_all,
        "only the right answer gets a slope": _only_the_right_one,
        "the slope by the probability": _by_the_probabilities,
        "the probabilities themselves": lambda probabilities, targets: probabilities / len(targets),
    },
    "sgd_step": {
        "uphill": lambda weights, gradient, rate: weights + rate * gradient,
        "no learning rate": lambda weights, gradient, rate: weights - gradient,
        "divided by the learning rate": lambda weights, gradient, rate: weights - gradient / rate,
        "only the sign": lambda weights, gradient, rate: weights - rate * np.sign(gradient),
        "the step instead of the weights": lambda weights, gradient, rate: -rate * gradient,
        "the rate acts on the weights": lambda weights, gradient, rate: rate * (weights - gradient),
    },
    "linear_backward": {
        "the weight isn't transposed": lambda dy, x, weight: (
            dy @ weight,
            x.T @ dy,
            dy.sum(axis=0),
        ),
        "the weight's gradient is turned round": lambda dy, x, weight: (
            dy @ weight.T,
            dy.T @ x,
            dy.sum(axis=0),
        ),
        "the mean for the bias": lambda dy, x, weight: (dy @ weight.T, x.T @ dy, dy.mean(axis=0)),
        "the bias isn't summed": lambda dy, x, weight: (dy @ weight.T, x.T @ dy, dy),
        "the weight's gradient is averaged": lambda dy, x, weight: (
            dy @ weight.T,
            x.T @ dy / len(x),
            dy.sum(axis=0) / len(x),
        ),
        "summed over the wrong axis": lambda dy, x, weight: (
            dy @ weight.T,
            x.T @ dy,
            dy.sum(axis=1),
        ),
    },
    "adamw_step": {
        "the start isn't corrected": lambda w, g, m, v, step, rate, decay: _adamw(
            w, g, m, v, step, rate, decay, corrected=False
        ),
        "v of the slopes, not of their squares": lambda w, g, m, v, step, rate, decay: _adamw(
            w, g, m, v, step, rate, decay, squared=False
        ),
        "the decay goes through the gradient": lambda w, g, m, v, step, rate, decay: _adamw(
            w, g, m, v, step, rate, decay, coupled=True
        ),
        "no root": _adamw_without_root,
        "0.9 and 0.1 swapped": _adamw_swapped,
        "no decay": lambda w, g, m, v, step, rate, decay: _adamw(w, g, m, v, step, rate, 0.0),
        "the corrected means are handed on": lambda w, g, m, v, step, rate, decay: (
            adamw_step(w, g, m, v, step, rate, decay)[0],
            (0.9 * m + 0.1 * g) / (1 - 0.9**step),
            (0.95 * v + 0.05 * g**2) / (1 - 0.95**step),
        ),
    },
}
