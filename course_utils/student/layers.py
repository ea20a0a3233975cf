"""The parts of a GPT: each knows its forward pass and, right below it, its backward pass."""

from __future__ import annotations

from course_utils.student.functions import Plain
from course_utils.student.parameters import Array, ParameterStore, Spec


class Linear:
    """A weighted sum for each output: y = x W + b, W (in, out)."""

    @staticmethod
    def specs(name: str, inputs: int, outputs: int, scale: float) -> list[Spec]:
        """The parameters: a weight (in, out) and a bias (out,)."""
        return [Spec(f"{name}.weight", (inputs, outputs), scale), Spec(f"{name}.bias", (outputs,))]

    def __init__(self, name: str, store: ParameterStore, functions: Plain) -> None:
        self.weight, self.bias = store[f"{name}.weight"], store[f"{name}.bias"]
        self.f = functions

    def forward(self, x: Array) -> Array:  # (N, in) -> (N, out)
        """Answer, and keep the input for the lesson."""
        self.x = x
        return self.f.linear(x, self.weight.data, self.bias.data)

    def backward(self, dy: Array) -> Array:  # (N, out) -> (N, in)
        """dW += xᵀ dy, db += Σ dy; returns dx = dy Wᵀ."""
        w, b = self.weight, self.bias
        return self.f.linear_backward(dy, self.x, w.data, w.grad, b.grad)


class LayerNorm:
    """Each token's channels brought to mean 0 and variance 1, then scaled and shifted."""

    @staticmethod
    def specs(name: str, channels: int, gain: float = 1.0) -> list[Spec]:
        """The parameters: a gain (C,), each ``gain``, and a bias (C,) of zeros."""
        return [Spec(f"{name}.weight", (channels,), mean=gain), Spec(f"{name}.bias", (channels,))]

    def __init__(self, name: str, store: ParameterStore, functions: Plain) -> None:
        self.weight, self.bias = store[f"{name}.weight"], store[f"{name}.bias"]
        self.f = functions

    def forward(self, x: Array) -> Array:  # (N, C) -> (N, C)
        """y = x̂ g + b, keeping x̂ and the scale for the lesson."""
        y, self.normed, self.scale = self.f.layer_norm(x, self.weight.data, self.bias.data)
        return y

    def backward(self, dy: Array) -> Array:  # (N, C) -> (N, C)
        """dg += Σ dy x̂, db += Σ dy; returns dx."""
        w, b = self.weight, self.bias
        return self.f.layer_norm_backward(dy, self.normed, self.scale, w.data, w.grad, b.grad)


class Attention:
    """Every token looks back: softmax(q kᵀ / √D) v in H heads at once."""

    @staticmethod
    def specs(name: str, channels: int, scale: float, last: float) -> list[Spec]:
        """One matrix for query, key and value, one that mixes the heads' results."""
        return [
            *Linear.specs(f"{name}.c_attn", channels, 3 * channels, scale),
            *Linear.specs(f"{name}.c_proj", channels, channels, last),
        ]

    def __init__(
        self, name: str, store: ParameterStore, functions: Plain, heads: int, causal: bool
    ) -> None:
        self.c_attn = Linear(f"{name}.c_attn", store, functions)
        self.c_proj = Linear(f"{name}.c_proj", store, functions)
        self.f, self.heads, self.causal = functions, heads, causal

    def forward(self, x: Array, rows: int) -> Array:  # (N, C) -> (N, C)
        """What each token asks for (q), offers (k) and hands over (v), and what it then read."""
        self.q, self.k, self.v = self.f.split_heads(self.c_attn.forward(x), rows, self.heads)
        self.y, self.weights = self.f.attend(self.q, self.k, self.v, self.causal)
        return self.c_proj.forward(self.y)

    def backward(self, dy: Array) -> Array:  # (N, C) -> (N, C)
        """The same path back: mixing, reading, asking."""
        dy = self.c_proj.backward(dy)
        dqkv = self.f.attend_backward(dy, self.y, self.q, self.k, self.v, self.weights)
        return self.c_attn.backward(dqkv)


class MLP:
    """Each token by itself: widen to 4C, bend with GELU, narrow to C."""

    @staticmethod
    def specs(name: str, channels: int, scale: float, last: float) -> list[Spec]:
        """Two linear layers, C → 4C → C."""
        return [
            *Linear.specs(f"{name}.c_fc", channels, 4 * channels, scale),
            *Linear.specs(f"{name}.c_proj", 4 * channels, channels, last),
        ]

    def __init__(self, name: str, store: ParameterStore, functions: Plain) -> None:
        self.c_fc = Linear(f"{name}.c_fc", store, functions)
        self.c_proj = Linear(f"{name}.c_proj", store, functions)
        self.f = functions

    def forward(self, x: Array) -> Array:  # (N, C) -> (N, C)
        """y = GELU(x W₁ + b₁) W₂ + b₂, keeping GELU's slope for the lesson."""
        y, self.slope = self.f.gelu(self.c_fc.forward(x))
        return self.c_proj.forward(y)

    def backward(self, dy: Array) -> Array:  # (N, C) -> (N, C)
        """Through W₂, times the slope, through W₁."""
        dy = self.f.gelu_backward(self.c_proj.backward(dy), self.slope)
        return self.c_fc.backward(dy)


class Block:
    """Attention, then the MLP; each reads a normed copy and adds its result to the stream."""

    @staticmethod
    def specs(name: str, channels: int, scale: float, last: float) -> list[Spec]:
        """The parameters in GPT-2's order."""
        return [
            *LayerNorm.specs(f"{name}.ln_1", channels),
            *Attention.specs(f"{name}.attn", channels, scale, last),
            *LayerNorm.specs(f"{name}.ln_2", channels),
            *MLP.specs(f"{name}.mlp", channels, scale, last),
        ]

    def __init__(
        self, name: str, store: ParameterStore, functions: Plain, heads: int, causal: bool
    ) -> None:
        self.ln_1 = LayerNorm(f"{name}.ln_1", store, functions)
        self.attn = Attention(f"{name}.attn", store, functions, heads, causal)
        self.ln_2 = LayerNorm(f"{name}.ln_2", store, functions)
        self.mlp = MLP(f"{name}.mlp", store, functions)
        self.f = functions

    def forward(self, x: Array, rows: int) -> Array:  # (N, C) -> (N, C)
        """x = x + attention(norm(x)), then x + MLP(norm(x))."""
        x = self.f.add(x, self.attn.forward(self.ln_1.forward(x), rows))
        return self.f.add(x, self.mlp.forward(self.ln_2.forward(x)))

    def backward(self, dy: Array) -> Array:  # (N, C) -> (N, C)
        """A sum hands its derivative to both of its parts."""
        dy = self.f.add(dy, self.ln_2.backward(self.mlp.backward(dy)))
        return self.f.add(dy, self.ln_1.backward(self.attn.backward(dy)))
