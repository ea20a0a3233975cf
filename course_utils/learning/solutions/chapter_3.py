"""Chapter 3's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import math

import numpy as np

from course_utils.student import log_softmax


def perplexity(losses):
    mean = sum(losses) / len(losses)
    return math.exp(mean)


def rank(logits, target):
    better = 0
    for i, logit in enumerate(logits):
        if i != target and logit >= logits[target]:
            better += 1
    return better + 1


def cross_entropy(logits, targets):
    largest = logits.max(axis=1, keepdims=True)
    log_sum = largest[:, 0] + np.log(np.exp(logits - largest).sum(axis=1))
    return (log_sum - logits[np.arange(len(targets)), targets]).mean()


def coin_floor(heads):
    floor = 0.0
    for p in (heads, 1 - heads):
        if p > 0:
            floor -= p * math.log(p)
    return floor


def _picked(logits, targets):
    return log_softmax(logits)[np.arange(len(targets)), targets]


def _overflowing(logits, targets):
    exp = np.exp(logits)
    shares = exp / exp.sum(axis=1, keepdims=True)
    return -np.log(shares[np.arange(len(targets)), targets]).mean()


def _x_log_x(p):
    return p * math.log(p)


WRONG = {
    "perplexity": {
        "the mean of the perplexities": lambda losses: float(np.mean(np.exp(losses))),
        "2 instead of e": lambda losses: 2 ** float(np.mean(losses)),
        "the sum instead of the mean": lambda losses: math.exp(sum(losses)),
        "a logarithm instead of a power": lambda losses: (
            math.log(np.mean(losses)) if np.mean(losses) > 0 else -math.inf
        ),
        "the minus sign comes twice": lambda losses: math.exp(-float(np.mean(losses))),
    },
    "rank": {
        "counted from 0": lambda logits, target: rank(logits, target) - 1,
        "an equal logit is overlooked": lambda logits, target: (
            1 + sum(logit > logits[target] for logit in logits)
        ),
        "the lowest comes first": lambda logits, target: (
            1 + sum(logit < logits[target] for logit in logits)
        ),
        "the place in argsort": lambda logits, target: (
            int(np.argsort(-logits, kind="stable")[target]) + 1
        ),
        "the answer counts itself": lambda logits, target: (
            1 + sum(logit >= logits[target] for logit in logits)
        ),
    },
    "cross_entropy": {
        "the minus sign is missing": lambda logits, targets: float(_picked(logits, targets).mean()),
        "the sum instead of the mean": lambda logits, targets: (
            -float(_picked(logits, targets).sum())
        ),
        "bits instead of nats": lambda logits, targets: (
            -float(_picked(logits, targets).mean()) / math.log(2)
        ),
        "ln of the mean share": lambda logits, targets: (
            -float(np.log(np.exp(_picked(logits, targets)).mean()))
        ),
        "overflow": _overflowing,
        "the logit is taken for the loss": lambda logits, targets: (
            -float(logits[np.arange(len(targets)), targets].mean())
        ),
        "errors are counted": lambda logits, targets: float(
            (logits.argmax(axis=1) != targets).mean()
        ),
    },
    "coin_floor": {
        "bits instead of nats": lambda heads: coin_floor(heads) / math.log(2),
        "only heads are graded": lambda heads: -_x_log_x(heads) if heads > 0 else 0.0,
        "the likelier side is taken for the answer": lambda heads: -math.log(max(heads, 1 - heads)),
        "errors are counted": lambda heads: min(heads, 1 - heads),
        "the losses aren't weighed": lambda heads: (
            -(math.log(heads) + math.log(1 - heads)) / 2 if 0 < heads < 1 else math.inf
        ),
        "ln of 0": lambda heads: -_x_log_x(heads) - _x_log_x(1 - heads),
        "the minus sign is missing": lambda heads: -coin_floor(heads),
    },
}
