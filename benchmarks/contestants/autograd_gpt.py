"""The same forward pass in plain NumPy, with HIPS autograd writing the backward pass."""

from __future__ import annotations

from importlib.metadata import version

import autograd
import autograd.numpy as anp
import numpy as np

LAYER_NORM_EPSILON = 1e-5
GELU_SCALE = float(np.sqrt(2.0 / np.pi))


def layer_norm(x, weight, bias):
    centred = x - anp.mean(x, axis=-1, keepdims=True)
    variance = anp.mean(centred * centred, axis=-1, keepdims=True)
    return centred / anp.sqrt(variance + LAYER_NORM_EPSILON) * weight + bias


def gelu(x):
    return 0.5 * x * (1.0 + anp.tanh(GELU_SCALE * (x + 0.044715 * (x * x * x))))


def attention(w, prefix, x, B, T, n_head, mask):
    """x is (B * T, C): products of matrices, not of stacks, as the course's own primitives."""
    C = x.shape[1]
    qkv = anp.dot(x, w[prefix + "c_attn.weight"]) + w[prefix + "c_attn.bias"]
    qkv = anp.transpose(anp.reshape(qkv, (B, T, 3, n_head, C // n_head)), (2, 0, 3, 1, 4))
    q, k, v = qkv[0], qkv[1], qkv[2]
    scores = anp.matmul(q, anp.swapaxes(k, -1, -2)) * (C // n_head) ** -0.5 + mask
    scores = anp.exp(scores - anp.max(scores, axis=-1, keepdims=True))
    weights = scores / anp.sum(scores, axis=-1, keepdims=True)
    y = anp.reshape(anp.transpose(anp.matmul(weights, v), (0, 2, 1, 3)), (B * T, C))
    return anp.dot(y, w[prefix + "c_proj.weight"]) + w[prefix + "c_proj.bias"]


def mean_loss(w, ids, targets, n_layer, n_head, mask):
    B, T = ids.shape
    x = anp.reshape(w["wte.weight"][ids] + w["wpe.weight"][:T], (B * T, -1))
    for layer in range(n_layer):
        prefix = f"h.{layer}."
        normed = layer_norm(x, w[prefix + "ln_1.weight"], w[prefix + "ln_1.bias"])
        x = x + attention(w, prefix + "attn.", normed, B, T, n_head, mask)
        normed = layer_norm(x, w[prefix + "ln_2.weight"], w[prefix + "ln_2.bias"])
        hidden = anp.dot(normed, w[prefix + "mlp.c_fc.weight"]) + w[prefix + "mlp.c_fc.bias"]
        hidden = gelu(hidden)
        x = x + anp.dot(hidden, w[prefix + "mlp.c_proj.weight"]) + w[prefix + "mlp.c_proj.bias"]
    logits = anp.dot(
        layer_norm(x, w["ln_f.weight"], w["ln_f.bias"]), anp.transpose(w["wte.weight"])
    )
    logits = logits - anp.max(logits, axis=-1, keepdims=True)
    rows = np.flatnonzero(targets.reshape(-1) != -1)
    picked = logits[rows, targets.reshape(-1)[rows]]
    return anp.mean(anp.log(anp.sum(anp.exp(logits[rows]), axis=-1)) - picked)


class Contestant:
    def __init__(self, job: dict, weights: dict[str, np.ndarray], batches: np.ndarray) -> None:
        self.weights, self.settings, config = weights, job["settings"], job["config"]
        self.inputs = [np.ascontiguousarray(batch[:, :-1]) for batch in batches]
        self.targets = [np.ascontiguousarray(batch[:, 1:]) for batch in batches]
        T = self.inputs[0].shape[1]
        mask = np.triu(np.full((T, T), -1e9, np.float32), 1)
        sizes = (config["n_layer"], config["n_head"], mask)
        self.value_and_grad = autograd.value_and_grad(lambda w, x, y: mean_loss(w, x, y, *sizes))
        self.reset()

    def versions(self) -> dict[str, str]:
        return {"autograd": version("autograd")}

    def reset(self) -> None:
        self.w = {name: array.copy() for name, array in self.weights.items()}
        self.first = {name: np.zeros_like(array) for name, array in self.w.items()}
        self.second = {name: np.zeros_like(array) for name, array in self.w.items()}
        self.position = 0

    def steps(self, count: int) -> list[float]:
        s, losses = self.settings, []
        for _ in range(count):
            index = self.position % len(self.inputs)
            loss, gradients = self.value_and_grad(self.w, self.inputs[index], self.targets[index])
            self.position += 1
            correction1 = 1.0 - s["beta1"] ** self.position
            correction2 = 1.0 - s["beta2"] ** self.position
            for name, p in self.w.items():
                g, m, v = (
                    gradients[name].astype(p.dtype, copy=False),
                    self.first[name],
                    self.second[name],
                )
                m *= s["beta1"]
                m += (1.0 - s["beta1"]) * g
                v *= s["beta2"]
                v += (1.0 - s["beta2"]) * (g * g)
                if p.ndim >= 2:
                    p *= 1.0 - s["learning_rate"] * s["weight_decay"]
                p -= (s["learning_rate"] / correction1) * m / (np.sqrt(v / correction2) + s["eps"])
            losses.append(float(loss))
        return losses
