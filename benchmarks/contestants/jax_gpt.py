"""GPT-2 as a JAX user would write it: pure functions, the whole step under one jit."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

LAYER_NORM_EPSILON = 1e-5


def layer_norm(x, weight, bias):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + LAYER_NORM_EPSILON) * weight + bias


def attention(w, prefix, x, n_head):
    B, T, C = x.shape
    qkv = x @ w[prefix + "c_attn.weight"] + w[prefix + "c_attn.bias"]
    q, k, v = (
        part.reshape(B, T, n_head, C // n_head).transpose(0, 2, 1, 3)
        for part in jnp.split(qkv, 3, axis=-1)
    )
    scores = q @ k.swapaxes(-1, -2) * (C // n_head) ** -0.5
    scores = jnp.where(jnp.tril(jnp.ones((T, T), bool)), scores, -jnp.inf)
    y = (jax.nn.softmax(scores, axis=-1) @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
    return y @ w[prefix + "c_proj.weight"] + w[prefix + "c_proj.bias"]


def mean_loss(w, ids, targets, n_layer, n_head):
    x = w["wte.weight"][ids] + w["wpe.weight"][: ids.shape[1]]
    for layer in range(n_layer):
        prefix = f"h.{layer}."
        normed = layer_norm(x, w[prefix + "ln_1.weight"], w[prefix + "ln_1.bias"])
        x = x + attention(w, prefix + "attn.", normed, n_head)
        normed = layer_norm(x, w[prefix + "ln_2.weight"], w[prefix + "ln_2.bias"])
        hidden = normed @ w[prefix + "mlp.c_fc.weight"] + w[prefix + "mlp.c_fc.bias"]
        hidden = jax.nn.gelu(hidden, approximate=True)
        x = x + hidden @ w[prefix + "mlp.c_proj.weight"] + w[prefix + "mlp.c_proj.bias"]
    logits = layer_norm(x, w["ln_f.weight"], w["ln_f.bias"]) @ w["wte.weight"].T
    log_probabilities = jax.nn.log_softmax(logits, axis=-1)
    asked = targets != -1
    picked = jnp.take_along_axis(log_probabilities, jnp.maximum(targets, 0)[..., None], -1)
    return -jnp.sum(picked[..., 0] * asked) / asked.sum()


@partial(jax.jit, static_argnames=("n_layer", "n_head", "settings"), donate_argnums=(0, 1))
def train_step(w, state, ids, targets, n_layer, n_head, settings):
    rate, beta1, beta2, eps, decay = settings
    loss, gradients = jax.value_and_grad(mean_loss)(w, ids, targets, n_layer, n_head)
    count = state["count"] + 1
    first = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, state["first"], gradients)
    second = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["second"], gradients)
    correction1, correction2 = 1 - beta1**count, 1 - beta2**count

    def moved(p, m, v):
        step = rate * (m / correction1) / (jnp.sqrt(v / correction2) + eps)
        return p * (1 - rate * decay * (p.ndim >= 2)) - step

    w = jax.tree.map(moved, w, first, second)
    return w, {"count": count, "first": first, "second": second}, loss


class Contestant:
    def __init__(self, job: dict, weights: dict[str, np.ndarray], batches: np.ndarray) -> None:
        self.weights = weights
        self.inputs = [jnp.asarray(batch[:, :-1], jnp.int32) for batch in batches]
        self.targets = [jnp.asarray(batch[:, 1:], jnp.int32) for batch in batches]
        names = ("learning_rate", "beta1", "beta2", "eps", "weight_decay")
        settings = tuple(job["settings"][name] for name in names)
        sizes = {name: job["config"][name] for name in ("n_layer", "n_head")}
        self.step = partial(train_step, **sizes, settings=settings)
        self.reset()

    def versions(self) -> dict[str, str]:
        return {"jax": jax.__version__}

    def reset(self) -> None:
        self.w = {name: jnp.array(array) for name, array in self.weights.items()}
        self.state = {
            "count": jnp.zeros((), jnp.float32),
            "first": jax.tree.map(jnp.zeros_like, self.w),
            "second": jax.tree.map(jnp.zeros_like, self.w),
        }
        self.position = 0

    def steps(self, count: int) -> list[float]:
        losses = []
        for _ in range(count):
            index = self.position % len(self.inputs)
            self.w, self.state, loss = self.step(
                self.w, self.state, self.inputs[index], self.targets[index]
            )
            losses.append(loss)
            self.position += 1
        jax.block_until_ready(self.w)
        return [float(loss) for loss in losses]
