"""Writing: answer one question, write the answer down, ask the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from course_utils.student.functions import EPSILON, GELU_CUBE, GELU_SCALE, softmax
from course_utils.student.layers import LayerNorm
from course_utils.student.model import GPT
from course_utils.student.parameters import Array


def choose(
    logits: Array,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    greedy: bool = False,
) -> int:
    """Draw one id from logits (V,).

    ``temperature`` divides the logits: below 1 bolder, above 1 more daring. ``top_k`` keeps the k
    likeliest (Fan et al., 2018), ``top_p`` the fewest that together hold p (Holtzman et al.,
    2020). ``greedy`` takes the likeliest and draws nothing from ``rng``.
    """
    if greedy:
        return int(np.argmax(logits))
    probabilities = softmax(np.asarray(logits, np.float64) / temperature)
    order = (-probabilities).argsort(kind="stable")
    likeliest = probabilities[order]
    cumulative = likeliest.cumsum()
    kept = len(order) if top_k is None else min(top_k, len(order))
    if top_p is not None:
        kept = min(kept, int(np.count_nonzero(cumulative - likeliest < top_p)))
    drawn = cumulative.searchsorted(rng.random() * cumulative[kept - 1], side="right")
    return int(order[min(drawn, kept - 1)])


class KeyValueCache:
    """Each layer's keys and values of what was read, so that one more token costs one row.

    ``kept`` is (layers, 2, H, T, D): keys, then values; ``length`` tokens of it are filled. One
    token's row is so short that a call costs more than its arithmetic: hence ``dot``, which
    calls the BLAS more directly than ``@``, and few calls.
    """

    def __init__(self, model: GPT) -> None:
        c = model.config
        shape = (c.n_layer, 2, c.n_head, c.block_size, c.n_embd // c.n_head)
        self.model, self.length = model, 0
        self.kept: Array = np.empty(shape, model.dtype)
        self._mean: Array = np.full(c.n_embd, 1 / c.n_embd, model.dtype)

    def read(self, ids: Sequence[int]) -> Array:
        """Read a whole window anew: ids (T,) → the logits (V,) after its last token."""
        logits = self.model.forward(np.array([ids], np.int64))[0, -1]
        for (keys, values), block in zip(self.kept, self.model.blocks, strict=True):
            keys[:, : len(ids)] = block.attn.k[0]
            values[:, : len(ids)] = block.attn.v[0]
        self.length = len(ids)
        return np.asarray(logits)

    def extend(self, token: int) -> Array:
        """Read one more token: its id → the logits (V,) after it. Equals `read` of all so far."""
        model, t = self.model, self.length
        H, C = model.config.n_head, model.config.n_embd
        x = model.wte.data[token] + model.wpe.data[t]
        for kept, block in zip(self.kept, model.blocks, strict=True):
            attn, mlp = block.attn, block.mlp
            qkv = self._normed(x, block.ln_1).dot(attn.c_attn.weight.data)
            qkv += attn.c_attn.bias.data
            qkv = qkv.reshape(3, H, C // H)
            kept[:, :, t] = qkv[1:]
            q = qkv[0] * (C // H) ** -0.5
            keys, values = kept[:, :, : t + 1]
            weights = (keys @ q[:, :, None])[:, :, 0]  # H, t + 1
            weights -= weights.max(axis=1, keepdims=True)
            np.exp(weights, out=weights)
            y = (weights[:, None] @ values)[:, 0]  # H, D
            y /= weights.sum(axis=1, keepdims=True)
            x += y.reshape(C).dot(attn.c_proj.weight.data)
            x += attn.c_proj.bias.data
            h = self._normed(x, block.ln_2).dot(mlp.c_fc.weight.data)
            h += mlp.c_fc.bias.data
            x += _gelu(h).dot(mlp.c_proj.weight.data)
            x += mlp.c_proj.bias.data
        self.length = t + 1
        return np.asarray(model.wte.data.dot(self._normed(x, model.ln_f)))

    def _normed(self, x: Array, norm: LayerNorm) -> Array:
        """LayerNorm of one token: x (C,) → (C,)."""
        y = x - x.dot(self._mean)
        y *= (float(y.dot(y)) / y.size + EPSILON) ** -0.5
        y *= norm.weight.data
        y += norm.bias.data
        return np.asarray(y)


def _gelu(x: Array) -> Array:
    t = x * x
    t *= GELU_SCALE * GELU_CUBE
    t += GELU_SCALE
    t *= x
    np.tanh(t, out=t)
    t += 1.0
    t *= x
    t *= 0.5
    return np.asarray(t)


def stream(
    model: GPT,
    ids: Sequence[int],
    count: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    greedy: bool = False,
    stop_id: int | None = None,
    reuse: bool = True,
) -> Iterator[int]:
    """Write up to ``count`` tokens after ``ids``, one at a time; ``stop_id`` ends it, unyielded.

    The student reads at most a block. When the block is full, the last half of the window is
    read anew, because every position has moved. ``reuse=False`` reads the same window from the
    start for every token: slower, and the same logits to 1e-5. Settings are as in `choose`.
    Raises `ValueError` for an empty beginning, an unknown id, or a setting out of range.
    """
    _check(model, ids, count, temperature, top_k, top_p)
    block = model.config.block_size
    window = [int(i) for i in ids][-block:]
    cache = KeyValueCache(model)
    for done in range(count):
        if len(window) > block:
            window = window[-max(1, block // 2) :]
            logits = cache.read(window)
        elif done and reuse:
            logits = cache.extend(window[-1])
        else:
            logits = cache.read(window)
        if not np.isfinite(logits).all():
            raise ValueError(
                "The student's logits are not finite, so it can't write; go back to a checkpoint"
                " from before the training diverged."
            )
        token = choose(logits, rng, temperature, top_k, top_p, greedy)
        if token == stop_id:
            return
        yield token
        window.append(token)


def generate(
    model: GPT,
    ids: Sequence[int],
    count: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    greedy: bool = False,
    stop_id: int | None = None,
    reuse: bool = True,
) -> list[int]:
    """The new ids that `stream` yields, as a list of at most ``count``."""
    return list(stream(model, ids, count, rng, temperature, top_k, top_p, greedy, stop_id, reuse))


def _check(
    model: GPT,
    ids: Sequence[int],
    count: int,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
) -> None:
    if not model.config.causal:
        raise ValueError(
            "This student was made to fill in blanks (causal=False); only a causal one writes."
        )
    if len(ids) == 0:
        raise ValueError("Writing needs a beginning: give at least one id, such as <start>.")
    for token in ids:
        if not 0 <= token < model.config.vocab_size:
            raise ValueError(
                f"Id {token} lies outside the vocabulary of {model.config.vocab_size}; "
                "use the tokenizer that this student was made for."
            )
    if count < 0:
        raise ValueError(f"count is {count}; it must be 0 or more.")
    if not temperature > 0:
        raise ValueError(
            f"temperature is {temperature}; it must be above 0. For the likeliest word each time"
            " use greedy=True."
        )
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}; keep at least 1 word.")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; it must be above 0 and at most 1.")
