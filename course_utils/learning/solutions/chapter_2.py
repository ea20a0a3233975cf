"""Chapter 2's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import numpy as np

from course_utils.student import softmax as packages_softmax


def softmax(logits):
    exp = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def attention_weights(query, keys):
    scores = keys @ query / np.sqrt(len(query))
    exp = np.exp(scores - scores.max())
    return exp / exp.sum()


def causal_weights(queries, keys):
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    for t in range(len(scores)):
        scores[t, t + 1 :] = -np.inf
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def draw(logits, temperature, top_k, rng):
    scaled = np.array(logits) / temperature
    kept = np.argsort(-scaled)[:top_k]
    exp = np.exp(scaled[kept] - scaled[kept].max())
    return int(rng.choice(kept, p=exp / exp.sum()))


def _shares(scores):
    return packages_softmax(np.asarray(scores, float))


def _masked_after(queries, keys):
    return np.tril(_shares(queries @ keys.T / np.sqrt(queries.shape[1])))


def _zeros_before(queries, keys):
    return _shares(np.tril(queries @ keys.T / np.sqrt(queries.shape[1])))


def _looks_ahead(queries, keys):
    return _shares(queries @ keys.T / np.sqrt(queries.shape[1]))


def _only_ahead(queries, keys):
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    return _shares(np.where(np.triu(np.ones_like(scores)) > 0, scores, -np.inf))


def _unscaled_causal(queries, keys):
    return causal_weights(queries * np.sqrt(queries.shape[1]), keys)


def _draw_from(weights, rng):
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _multiplied(logits, temperature, top_k, rng):
    return draw(logits, 1 / temperature, top_k, rng)


def _any_of_k(logits, temperature, top_k, rng):
    return int(rng.choice(np.argsort(-logits)[:top_k]))


def _place_among_k(logits, temperature, top_k, rng):
    return _draw_from(np.sort(_shares(logits / temperature))[::-1][:top_k], rng)


def _least_likely(logits, temperature, top_k, rng):
    kept = np.argsort(logits)[:top_k]
    return int(kept[_draw_from(_shares(logits[kept] / temperature), rng)])


WRONG = {
    "softmax": {
        "overflow": lambda logits: np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True),
        "the logits are divided, not exponentiated": lambda logits: (
            logits / logits.sum(axis=-1, keepdims=True)
        ),
        "divided by the largest": lambda logits: _shares(
            logits / np.abs(logits).max(axis=-1, keepdims=True)
        ),
        "cut off": lambda logits: _shares(np.minimum(logits, 700)),
        "one sum for the whole table": lambda logits: (
            np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        ),
        "not divided": lambda logits: np.exp(logits - np.max(logits, axis=-1, keepdims=True)),
    },
    "attention_weights": {
        "not divided by the root of D": lambda query, keys: _shares(keys @ query),
        "divided by D": lambda query, keys: _shares(keys @ query / len(query)),
        "no softmax": lambda query, keys: keys @ query / (keys @ query).sum(),
        "the scores themselves": lambda query, keys: keys @ query / np.sqrt(len(query)),
        "divided by the number of tokens": lambda query, keys: _shares(
            keys @ query / np.sqrt(len(keys))
        ),
    },
    "causal_weights": {
        "looks ahead": _looks_ahead,
        "zeros instead of minus infinity": _zeros_before,
        "hidden after softmax": _masked_after,
        "only ahead": _only_ahead,
        "not divided by the root of D": _unscaled_causal,
    },
    "draw": {
        "temperature the wrong way": _multiplied,
        "always the likeliest": lambda logits, temperature, top_k, rng: int(np.argmax(logits)),
        "all of the k alike": _any_of_k,
        "the place, not the id": _place_among_k,
        "the k least likely": _least_likely,
        "top-k forgotten": lambda logits, temperature, top_k, rng: _draw_from(
            _shares(logits / temperature), rng
        ),
        "temperature forgotten": lambda logits, temperature, top_k, rng: draw(
            logits, 1.0, top_k, rng
        ),
    },
}
