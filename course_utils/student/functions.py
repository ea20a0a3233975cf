"""The arithmetic of a GPT: `Plain` says what is computed, `Fast` computes the same, quicker.

Every backward takes ``dy``, the loss's derivative by the result, adds (``+=``) to the gradients
of the weights and returns ``dx``, the loss's derivative by the input. Axes: B rows of a batch,
T tokens of a row, N = B·T, C channels, H heads, D = C / H, V vocabulary.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_utils.student.parameters import Array

EPSILON = 1e-5  # GPT-2's, in LayerNorm
GELU_SCALE = 0.7978845608028654  # √(2/π)
GELU_CUBE = 0.044715


def softmax(logits: Array) -> Array:
    """Logits (…, V) to probabilities (…, V): exp(l) / Σ exp(l).

    The largest logit is taken off first, which changes nothing and keeps exp from overflowing.
    """
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=-1, keepdims=True))


def log_softmax(logits: Array) -> Array:
    """Logits (…, V) to log-probabilities (…, V) in nats: l − log Σ exp(l)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


class Plain:
    """Each function as its equation; the reference that `Fast` must equal."""

    def rewind(self) -> None:
        """Say that a new forward pass begins, so that earlier results are no longer needed."""

    def expect_zeros(self, zeros: bool) -> None:
        """Say that a backward pass begins, and whether all gradients are zero there."""

    def add(self, x: Array, y: Array) -> Array:
        """x + y, the residual connection."""
        return np.asarray(x + y)

    def linear(self, x: Array, weight: Array, bias: Array) -> Array:
        """y = x W + b: x (N, in), W (in, out), b (out,) → (N, out)."""
        return np.asarray(x @ weight + bias)

    def linear_backward(
        self, dy: Array, x: Array, weight: Array, dweight: Array, dbias: Array
    ) -> Array:
        """dW += xᵀ dy, db += Σ dy, dx = dy Wᵀ."""
        dweight += x.T @ dy
        dbias += dy.sum(axis=0)
        return np.asarray(dy @ weight.T)

    def layer_norm(self, x: Array, gain: Array, bias: Array) -> tuple[Array, Array, Array]:
        """y = x̂ g + b with x̂ = (x − mean) / √(variance + ε), over the channels.

        x (N, C) → y (N, C), x̂ (N, C), 1/√(variance + ε) (N, 1). Ba, Kiros and Hinton (2016).
        """
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = 1 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        normed = centred * scale
        return normed * gain + bias, normed, scale

    def layer_norm_backward(
        self, dy: Array, normed: Array, scale: Array, gain: Array, dgain: Array, dbias: Array
    ) -> Array:
        """dx = (d̂ − mean(d̂) − x̂ mean(d̂ x̂)) / √(variance + ε), where d̂ = dy g."""
        dgain += (dy * normed).sum(axis=0)
        dbias += dy.sum(axis=0)
        d = dy * gain
        along = (d * normed).mean(axis=-1, keepdims=True)
        return np.asarray((d - d.mean(axis=-1, keepdims=True) - normed * along) * scale)

    def gelu(self, x: Array) -> tuple[Array, Array]:
        """y = x (1 + tanh(u)) / 2, u = √(2/π) (x + 0.044715 x³); and dy/dx. Same shapes as x.

        The tanh form that GPT-2 uses: Hendrycks and Gimpel (2016).
        """
        u = GELU_SCALE * (x + GELU_CUBE * x * x * x)
        t = np.tanh(u)
        du = GELU_SCALE * (1 + 3 * GELU_CUBE * x * x)
        return 0.5 * x * (1 + t), 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du

    def gelu_backward(self, dy: Array, slope: Array) -> Array:
        """dx = dy · dy/dx."""
        return np.asarray(dy * slope)

    def split_heads(self, qkv: Array, rows: int, heads: int) -> tuple[Array, Array, Array]:
        """(N, 3C) → queries, keys and values, each a view (B, H, T, D)."""
        parts = qkv.reshape(rows, -1, 3, heads, qkv.shape[-1] // (3 * heads))
        q, k, v = parts.transpose(2, 0, 3, 1, 4)
        return q, k, v

    def attend(self, q: Array, k: Array, v: Array, causal: bool) -> tuple[Array, Array]:
        """y = softmax(q kᵀ / √D) v, and the softmax's weights (B, H, T, T). y is (N, C).

        Causal: a token reads itself and what came before. Vaswani et al. (2017), equation 1.
        """
        B, H, T, D = q.shape
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.dtype.type(D))
        if causal:
            scores = np.where(np.tri(T, dtype=bool), scores, -np.inf)
        weights = softmax(scores).astype(q.dtype, copy=False)
        return (weights @ v).swapaxes(1, 2).reshape(B * T, H * D), weights

    def attend_backward(
        self, dy: Array, y: Array, q: Array, k: Array, v: Array, weights: Array
    ) -> Array:
        """The derivatives by q, k and v, side by side as (N, 3C).

        With a for the weights: dv = aᵀ dy, da = dy vᵀ, ds = a (da − Σ a da), dq = ds k / √D,
        dk = dsᵀ q / √D. A row's Σ a da equals Σ dy y, so the result y is used for it.
        """
        B, H, T, D = q.shape
        dy = dy.reshape(B, T, H, D).swapaxes(1, 2)
        y = y.reshape(B, T, H, D).swapaxes(1, 2)
        dv = weights.swapaxes(-1, -2) @ dy
        dweights = dy @ v.swapaxes(-1, -2)
        dscores = weights * (dweights - (dy * y).sum(axis=-1, keepdims=True))
        dscores = dscores / np.sqrt(q.dtype.type(D))
        dq, dk = dscores @ k, dscores.swapaxes(-1, -2) @ q
        return np.stack([dq, dk, dv]).transpose(1, 3, 0, 2, 4).reshape(B * T, 3 * H * D)

    def embed(self, ids: Array, tokens: Array, positions: Array) -> Array:
        """Each id's row of the token table plus its place's row: ids (B, T) → (N, C)."""
        T = ids.shape[1]
        return np.asarray(tokens[ids] + positions[:T]).reshape(ids.size, -1)

    def embed_backward(self, dx: Array, ids: Array, dtokens: Array, dpositions: Array) -> None:
        """Each row of the tables collects the derivatives from wherever it was used."""
        np.add.at(dtokens, ids.ravel(), dx)
        dpositions[: ids.shape[1]] += dx.reshape(*ids.shape, -1).sum(axis=0)

    def logits(self, x: Array, tokens: Array) -> Array:
        """l = x Eᵀ: the table that read the words also scores them. x (M, C) → (M, V)."""
        return np.asarray(x @ tokens.T)

    def logits_backward(self, dlogits: Array, x: Array, tokens: Array, dtokens: Array) -> Array:
        """dE += dlᵀ x, dx = dl E."""
        dtokens += dlogits.T @ x
        return np.asarray(dlogits @ tokens)

    def cross_entropy(self, logits: Array, targets: Array) -> tuple[float, Array]:
        """Mean of −log softmax(l)[target] in nats, and its derivative by the logits.

        logits (M, V), targets (M,) → the loss and (softmax − one-hot) / M, shape (M, V).
        """
        M = len(targets)
        picked = log_softmax(logits)[np.arange(M), targets]
        dlogits = softmax(logits)
        dlogits[np.arange(M), targets] -= 1
        return -float(picked.mean(dtype=np.float64)), dlogits / M


class Fast(Plain):
    """The same functions with as few and as large NumPy calls as will do, in buffers used again.

    What a forward returns stays valid until the next `rewind`; what a backward returns, until the
    second next result of its kind. Some results take the place of an argument that nobody needs
    any more.
    """

    PIECE = 32_768  # GELU's many passes are made over 128 kB at a time, which stay in the cache

    def __init__(self) -> None:
        self._block: Array = np.empty(0)  # one for all that is kept: large pages of memory
        self._used = 0
        self._reused: dict[tuple[Any, ...], list[Array]] = {}
        self._constants: dict[tuple[Any, ...], Array] = {}
        self._zeros = False

    def expect_zeros(self, zeros: bool) -> None:
        self._zeros = zeros

    def _collect(self, x: Array, dy: Array, dweight: Array) -> None:
        """dW += xᵀ dy; where dW is known to be zero, it is written without being read."""
        if self._zeros:
            np.matmul(x.T, dy, out=dweight)
        else:
            dweight += np.matmul(x.T, dy, out=self._reuse("weight", dweight.shape, x.dtype))

    def rewind(self) -> None:
        """Begin a forward pass: the next cuts lie where the last pass's did."""
        if self._used > len(self._block):
            self._block = np.empty(self._used, self._block.dtype)
        self._used = 0

    def _keep(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Memory for what the backward pass will need, cut from one block; new if that is full."""
        size = math.prod(shape)
        start, self._used = self._used, self._used + size
        if self._used <= len(self._block) and self._block.dtype == dtype:
            return self._block[start : self._used].reshape(shape)
        if self._block.dtype != dtype:
            self._block = np.empty(0, dtype)
        return np.empty(shape, dtype)

    def _reuse(self, kind: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Memory for what is soon forgotten: two buffers in turn, so that it is still cached."""
        size = math.prod(shape)
        pair = self._reused.get((kind, shape[1:]))
        if pair is None or pair[0].size < size or pair[0].dtype != dtype:
            pair = self._reused[kind, shape[1:]] = [np.empty(size, dtype), np.empty(size, dtype)]
        pair.reverse()
        return pair[0][:size].reshape(shape)

    def _constant(self, kind: str, size: int, dtype: np.dtype[Any]) -> Array:
        key = (kind, size, dtype)
        if key not in self._constants:
            if kind == "ones":
                made = np.ones(size, dtype)
            elif kind == "mean":
                made = np.full(size, 1 / size, dtype)
            elif kind == "read":  # what a causal student may read …
                made = np.tri(size, dtype=dtype)
            else:  # … and what it may not
                made = np.where(np.tri(size, dtype=bool), 0, -np.inf).astype(dtype)
            self._constants[key] = made
        return self._constants[key]

    def add(self, x: Array, y: Array) -> Array:
        return np.add(x, y, out=y)

    def linear(self, x: Array, weight: Array, bias: Array) -> Array:
        y = np.matmul(x, weight, out=self._keep((len(x), len(bias)), x.dtype))
        y += bias
        return y

    def linear_backward(
        self, dy: Array, x: Array, weight: Array, dweight: Array, dbias: Array
    ) -> Array:
        self._collect(x, dy, dweight)
        dbias += self._constant("ones", len(dy), dy.dtype) @ dy
        return np.matmul(dy, weight.T, out=self._reuse("linear", x.shape, x.dtype))

    def layer_norm(self, x: Array, gain: Array, bias: Array) -> tuple[Array, Array, Array]:
        y, normed = self._keep(x.shape, x.dtype), self._keep(x.shape, x.dtype)
        scale = self._keep((len(x), 1), x.dtype)
        mean = self._constant("mean", x.shape[1], x.dtype)
        np.subtract(x, (x @ mean)[:, None], out=normed)
        np.multiply(normed, normed, out=y)
        np.matmul(y, mean, out=scale[:, 0])
        scale += EPSILON
        np.sqrt(scale, out=scale)
        np.reciprocal(scale, out=scale)
        normed *= scale
        np.multiply(normed, gain, out=y)
        y += bias
        return y, normed, scale

    def layer_norm_backward(
        self, dy: Array, normed: Array, scale: Array, gain: Array, dgain: Array, dbias: Array
    ) -> Array:
        product = np.multiply(dy, normed, out=self._reuse("product", dy.shape, dy.dtype))
        ones = self._constant("ones", len(dy), dy.dtype)
        dgain += ones @ product
        dbias += ones @ dy
        share = gain / gain.dtype.type(len(gain))
        along, mean = product @ share, dy @ share
        dx = np.multiply(dy, gain, out=self._reuse("norm", dy.shape, dy.dtype))
        dx -= mean[:, None]
        dx -= np.multiply(normed, along[:, None], out=product)
        dx *= scale
        return dx

    def gelu(self, x: Array) -> tuple[Array, Array]:
        """(1 + tanh(u)) / 2 = 1 / (1 + exp(−2u)) = s, so y = x s and dy/dx = s + y (1 − s) 2u'."""
        y = self._keep(x.shape, x.dtype)
        square, inner = self._reuse("gelu", (2, self.PIECE), x.dtype)
        scale, cube = 2 * GELU_SCALE, 2 * GELU_SCALE * GELU_CUBE
        # Arrays without axes: NumPy needs half as long for them as for Python's numbers.
        minus_k, minus_kc, k, kc3, one = (
            np.array(value, x.dtype) for value in (-scale, -cube, scale, 3 * cube, 1.0)
        )
        flat_x, flat_y = x.reshape(-1), y.reshape(-1)
        with np.errstate(over="ignore"):  # 1 / (1 + ∞) is the 0 that is wanted
            for start in range(0, x.size, self.PIECE):
                xs, ys = flat_x[start : start + self.PIECE], flat_y[start : start + self.PIECE]
                sq, s = square[: len(xs)], inner[: len(xs)]
                np.multiply(xs, xs, out=sq)
                np.multiply(sq, minus_kc, out=s)
                s += minus_k
                s *= xs  # −2u
                np.exp(s, out=s)
                s += one
                np.reciprocal(s, out=s)
                np.multiply(xs, s, out=ys)
                sq *= kc3
                sq += k  # 2u'
                sq *= ys
                np.subtract(one, s, out=xs)  # the slope takes the place of x
                xs *= sq
                xs += s
        return y, x

    def gelu_backward(self, dy: Array, slope: Array) -> Array:
        return np.multiply(dy, slope, out=slope)

    def _exp(self, x: Array, unread: Array | None = None) -> Array | None:
        """Turn x into exp(x − shift) along the last axis; return the shift, or None for 0.

        A row is shifted by its maximum only where some of it lies beyond ±80; finding out that
        none does costs one pass. Each row is judged by what it may read, so no row's result
        depends on another's. ``unread`` (T, T) is −∞ where a token may not look.
        """
        if x.max() < 80 and x.min() > -80:
            np.exp(x, out=x)
            if unread is not None:
                x *= self._constant("read", len(unread), x.dtype)
            return None
        if unread is not None:
            x += unread
        top = x.max(axis=-1, keepdims=True)
        low = np.where(np.isneginf(x), 0, x).min(axis=-1, keepdims=True)
        shift = np.where((top < 80) & (low > -80), 0, top).astype(x.dtype)
        x -= shift
        np.exp(x, out=x)
        return np.asarray(shift)

    def attend(self, q: Array, k: Array, v: Array, causal: bool) -> tuple[Array, Array]:
        B, H, T, D = q.shape
        weights = self._keep((B, H, T, T), q.dtype)
        y = self._keep((B, T, H, D), q.dtype)
        np.matmul(q, k.swapaxes(-1, -2), out=weights)
        weights *= D**-0.5
        self._exp(weights, self._constant("unread", T, q.dtype) if causal else None)
        total = weights.reshape(-1, T) @ self._constant("ones", T, q.dtype)
        weights *= np.reciprocal(total, out=total).reshape(B, H, T, 1)
        np.matmul(weights, v, out=y.swapaxes(1, 2))
        return y.reshape(B * T, H * D), weights

    def attend_backward(
        self, dy: Array, y: Array, q: Array, k: Array, v: Array, weights: Array
    ) -> Array:
        B, H, T, D = q.shape
        dqkv = self._reuse("qkv", (B * T, 3 * H * D), q.dtype)
        dq, dk, dv = self.split_heads(dqkv, B, H)
        product = np.multiply(dy, y, out=self._reuse("product", dy.shape, dy.dtype))
        along = product.reshape(-1, D) @ self._constant("ones", D, q.dtype)
        along = np.ascontiguousarray(along.reshape(B, T, H).swapaxes(1, 2))
        dy = dy.reshape(B, T, H, D).swapaxes(1, 2)
        np.matmul(weights.swapaxes(-1, -2), dy, out=dv)
        dscores = self._reuse("scores", weights.shape, q.dtype)
        np.matmul(dy, v.swapaxes(-1, -2), out=dscores)
        dscores -= along[..., None]
        dscores *= weights
        dscores *= D**-0.5
        np.matmul(dscores, k, out=dq)
        np.matmul(dscores.swapaxes(-1, -2), q, out=dk)
        return dqkv

    def embed(self, ids: Array, tokens: Array, positions: Array) -> Array:
        B, T = ids.shape
        x = self._keep((B, T, tokens.shape[1]), tokens.dtype)
        np.take(tokens, ids, axis=0, out=x, mode="clip")
        x += positions[:T]
        return x.reshape(B * T, -1)

    def embed_backward(self, dx: Array, ids: Array, dtokens: Array, dpositions: Array) -> None:
        (B, T), V = ids.shape, len(dtokens)
        flat = ids.ravel()
        if V <= 256:  # one-hot rows turn the sum into a product, which is quick for few words
            chosen = self._reuse("one-hot", (B * T, V), dx.dtype)
            chosen.fill(0)
            chosen[np.arange(B * T), flat] = 1
            dtokens += chosen.T @ dx
        else:
            if V < 2**15:  # NumPy sorts short integers in linear time
                flat = flat.astype(np.int16)
            order = np.argsort(flat, kind="stable")
            ordered = flat[order]
            starts = np.flatnonzero(np.diff(ordered, prepend=-1))
            together = np.take(dx, order, axis=0, out=self._reuse("linear", dx.shape, dx.dtype))
            dtokens[ordered[starts]] += np.add.reduceat(together, starts, axis=0)
        whole = self._constant("ones", B, dx.dtype) @ dx.reshape(B, -1)
        dpositions[:T] += whole.reshape(T, -1)

    def logits(self, x: Array, tokens: Array) -> Array:
        return np.matmul(x, tokens.T, out=self._keep((len(x), len(tokens)), x.dtype))

    def logits_backward(self, dlogits: Array, x: Array, tokens: Array, dtokens: Array) -> Array:
        self._collect(dlogits, x, dtokens)
        return np.matmul(dlogits, tokens, out=self._reuse("linear", x.shape, x.dtype))

    def cross_entropy(self, logits: Array, targets: Array) -> tuple[float, Array]:
        M, V = logits.shape
        asked = np.arange(M)
        picked = logits[asked, targets]
        shift = self._exp(logits)
        if shift is not None:
            picked -= shift[:, 0]
        total = logits @ self._constant("ones", V, logits.dtype)
        picked -= np.log(total)
        logits *= np.reciprocal(total * M)[:, None]  # the derivative takes their place
        logits[asked, targets] -= 1 / M
        return -float(picked.mean(dtype=np.float64)), logits
