"""Chapter 6's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import numpy as np


def hold_out(ids, share):
    cut = len(ids) - round(share * len(ids))
    return ids[:cut], ids[cut:]


def count_parameters(V, T, C, layers):
    tables = V * C + T * C
    attention = 3 * C * C + 3 * C + C * C + C
    mlp = 4 * C * C + 4 * C + 4 * C * C + C
    norms = 4 * C
    return tables + layers * (attention + mlp + norms) + 2 * C


def masked_loss(losses, targets):
    asked = targets >= 0
    return losses[asked].mean()


def write(logits_after, ids, count, block_size):
    written = list(ids)
    for _ in range(count):
        logits = logits_after(written[-block_size:])
        written.append(int(np.argmax(logits)))
    return written[len(ids) :]


def _parameters(V, T, C, layers, tables=1, places=1, biases=1, norms=1, blocks=None):
    block = 12 * C * C + 9 * C * biases + 4 * C * norms
    each = layers if blocks is None else blocks
    return V * C * tables + T * C * places + each * block + 2 * C * norms


def _whole_text(logits_after, ids, count, block_size):
    return write(logits_after, ids, count, 10**6)


def _beginning_of_the_text(logits_after, ids, count, block_size):
    written = list(ids)
    for _ in range(count):
        written.append(int(np.argmax(logits_after(written[:block_size]))))
    return written[len(ids) :]


def _never_appended(logits_after, ids, count, block_size):
    return [int(np.argmax(logits_after(list(ids)[-block_size:]))) for _ in range(count)]


def _last_only(logits_after, ids, count, block_size):
    return write(logits_after, ids, count, 1)


def _least_likely(logits_after, ids, count, block_size):
    return write(lambda window: -logits_after(window), ids, count, block_size)


WRONG = {
    "hold_out": {
        "the held-out part is practised on": lambda ids, share: (ids, hold_out(ids, share)[1]),
        "the two are swapped": lambda ids, share: hold_out(ids, share)[::-1],
        "the beginning is held out": lambda ids, share: (
            ids[round(share * len(ids)) :],
            ids[: round(share * len(ids))],
        ),
        "the share is practised on": lambda ids, share: (
            ids[: round(share * len(ids))],
            ids[round(share * len(ids)) :],
        ),
        "one token is lost": lambda ids, share: (
            ids[: len(ids) - round(share * len(ids))],
            ids[len(ids) - round(share * len(ids)) + 1 :],
        ),
    },
    "count_parameters": {
        "the token table counts twice": lambda V, T, C, layers: _parameters(
            V, T, C, layers, tables=2
        ),
        "biases are forgotten": lambda V, T, C, layers: (
            _parameters(V, T, C, layers) - layers * 5 * C
        ),
        "positions are forgotten": lambda V, T, C, layers: _parameters(V, T, C, layers, places=0),
        "the MLP is one layer wide": lambda V, T, C, layers: (
            _parameters(V, T, C, layers) - layers * (6 * C * C + 3 * C)
        ),
        "half of the MLP": lambda V, T, C, layers: (
            _parameters(V, T, C, layers) - layers * (4 * C * C + C)
        ),
    },
    "masked_loss": {
        "the mean over all places": lambda losses, targets: losses.mean(),
        "divided by all places": lambda losses, targets: (
            (losses * (targets >= 0)).sum() / losses.size
        ),
        "id 0 isn't asked": lambda losses, targets: (
            losses[targets > 0].mean() if (targets > 0).any() else np.nan
        ),
        "the sum instead of the mean": lambda losses, targets: losses[targets >= 0].sum(),
        "a mean of the rows' means": lambda losses, targets: np.mean(
            [row[asked].mean() for row, asked in zip(losses, targets >= 0, strict=True)]
        ),
        "what isn't asked is graded": lambda losses, targets: losses[targets < 0].mean(),
    },
    "write": {
        "the beginning is returned, too": lambda logits_after, ids, count, block_size: (
            list(ids) + write(logits_after, ids, count, block_size)
        ),
        "never appended": _never_appended,
        "longer than a block": _whole_text,
        "the first block forever": _beginning_of_the_text,
        "only the last token is read": _last_only,
        "the least likely one": _least_likely,
    },
}
