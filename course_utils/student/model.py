"""The student: GPT-2's architecture in NumPy, forward and backward written by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.student.functions import Fast, Plain
from course_utils.student.layers import Block, LayerNorm
from course_utils.student.parameters import Array, Parameter, ParameterStore, Spec

if TYPE_CHECKING:
    from course_utils.student.pretrained import SavableTokenizer


@dataclass(frozen=True)
class GPTConfig:
    """The student's size: V words, T tokens of context, layers, heads, C channels.

    ``causal=False`` lets every token read both sides, for fill-in-the-blank questions.
    ``initializer_range`` is the standard deviation of a fresh weight: GPT-2's 0.02 suits wide
    models; a narrow one learns sooner to look back when it begins with a larger one.
    ``final_gain`` is the last LayerNorm's first gain: GPT-2's is 1; a smaller one keeps the logits
    of larger weights quiet, so that a fresh student starts near a blind guess.
    """

    vocab_size: int
    block_size: int
    n_layer: int
    n_head: int
    n_embd: int
    causal: bool = True
    initializer_range: float = 0.02
    final_gain: float = 1.0

    def __post_init__(self) -> None:
        for name in ("vocab_size", "block_size", "n_layer", "n_head", "n_embd"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ValueError(f"{name} is {value!r}; it must be a whole number of at least 1.")
        for name, usual in (("initializer_range", 0.02), ("final_gain", 1.0)):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(
                    f"{name} is {value!r}; it must be a number above 0, as {usual} is."
                )
        if self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd is {self.n_embd} and n_head is {self.n_head}; choose n_embd as a multiple"
                " of n_head, so that each head gets the same number of channels."
            )


class GPT:
    """GPT-2 (Radford et al., 2019): embeddings, blocks, a last LayerNorm, logits by the tied table.

    ``rng`` draws the first weights; ``dtype`` is float32 for training, float64 for gradient
    checks. Errors: ids outside the vocabulary or rows longer than the block raise `ValueError`.
    """

    def __init__(
        self,
        config: GPTConfig,
        rng: np.random.Generator,
        dtype: type[np.floating[Any]] = np.float32,
        functions: Plain | None = None,
    ) -> None:
        self.config, self.dtype = config, np.dtype(dtype)
        self.f = Fast() if functions is None else functions
        self.store = ParameterStore(self._specs(config), rng, dtype)
        self.wte, self.wpe = self.store["wte.weight"], self.store["wpe.weight"]
        self.blocks = [
            Block(f"h.{i}", self.store, self.f, config.n_head, config.causal)
            for i in range(config.n_layer)
        ]
        self.ln_f = LayerNorm("ln_f", self.store, self.f)
        self._forgotten = True  # whether all gradients are zero
        self._lesson: tuple[Array, Array | None, Array, Array] | None = None

    @staticmethod
    def _specs(config: GPTConfig) -> list[Spec]:
        """All parameters in GPT-2's order; what adds to the stream begins smaller, as in GPT-2."""
        C, scale = config.n_embd, config.initializer_range
        last = scale / (2 * config.n_layer) ** 0.5
        specs = [
            Spec("wte.weight", (config.vocab_size, C), scale),
            Spec("wpe.weight", (config.block_size, C), scale),
        ]
        for i in range(config.n_layer):
            specs += Block.specs(f"h.{i}", C, scale, last)
        return specs + LayerNorm.specs("ln_f", C, config.final_gain)

    def forward(self, ids: Array) -> Array:  # (B, T) -> (B, T, V)
        """The attempt: logits for each choice at each place, as a fresh array."""
        ids = self._checked(ids)
        x = self._stream(ids)
        return self.f.logits(x, self.wte.data).reshape(*ids.shape, -1).copy()

    def loss(self, ids: Array, targets: Array) -> float:
        """Mean cross-entropy in nats over the questions asked, i.e. where targets ≥ 0.

        ids and targets are (B, T). Keeps what `backward` needs; logits are computed only where
        a target is asked. Raises `ValueError` if the shapes differ or nothing is asked.
        """
        ids = self._checked(ids)
        targets = np.asarray(targets)
        if targets.shape != ids.shape:
            raise ValueError(
                f"The ids have shape {ids.shape} but the targets {targets.shape}; "
                "give one target for each token, and -1 where nothing is asked."
            )
        flat = targets.ravel()
        if flat.max() >= self.config.vocab_size:
            raise ValueError(
                f"Target {flat.max()} lies outside the vocabulary of {self.config.vocab_size}; "
                "use the tokenizer that this student was made for."
            )
        asked = None if flat.min() >= 0 else np.flatnonzero(flat >= 0)
        if asked is not None and len(asked) == 0:
            raise ValueError("No question is asked: every target is -1.")
        x = self._stream(ids)
        if asked is not None:
            x, flat = x[asked], flat[asked]
        logits = self.f.logits(x, self.wte.data)
        loss, dlogits = self.f.cross_entropy(logits, flat)
        self._lesson = (ids, asked, x, dlogits)
        return loss

    def backward(self, share: float = 1.0) -> None:
        """The feedback: add the gradient of ``share`` · the last `loss` to every ``grad``."""
        if self._lesson is None:
            raise RuntimeError("Call loss(ids, targets) first: backward needs its last attempt.")
        (ids, asked, x, dlogits), self._lesson = self._lesson, None
        self.f.expect_zeros(self._forgotten)
        self._forgotten = False
        if share != 1.0:
            dlogits = dlogits * float(share)
        dx = self.f.logits_backward(dlogits, x, self.wte.data, self.wte.grad)
        if asked is not None:
            spread = np.zeros((ids.size, self.config.n_embd), self.dtype)
            spread[asked] = dx
            dx = spread
        dx = self.ln_f.backward(dx)
        for block in reversed(self.blocks):
            dx = block.backward(dx)
        self.f.embed_backward(dx, ids, self.wte.grad, self.wpe.grad)

    def _stream(self, ids: Array) -> Array:  # (B, T) -> (N, C)
        """Embeddings, every block, the last LayerNorm."""
        self._lesson = None
        self.f.rewind()
        x = self.f.embed(ids, self.wte.data, self.wpe.data)
        for block in self.blocks:
            x = block.forward(x, rows=len(ids))
        return self.ln_f.forward(x)

    def _checked(self, ids: Array) -> Array:
        ids = np.asarray(ids)
        if ids.ndim != 2 or ids.size == 0 or ids.dtype.kind not in "iu":
            raise ValueError(
                f"ids must be whole numbers of shape (rows, tokens), not {ids.dtype} {ids.shape}."
            )
        if ids.shape[1] > self.config.block_size:
            raise ValueError(
                f"A row of {ids.shape[1]} tokens is longer than the block of "
                f"{self.config.block_size}; cut it, or make a student with a larger block_size."
            )
        if ids.min() < 0 or ids.max() >= self.config.vocab_size:
            wrong = ids.min() if ids.min() < 0 else ids.max()
            raise ValueError(
                f"Id {wrong} lies outside the vocabulary of {self.config.vocab_size}; "
                "use the tokenizer that this student was made for."
            )
        return ids

    def attention(self, ids: Array) -> list[Array]:
        """How strongly each token reads each other: ids (1, T) → one (H, T, T) a layer."""
        ids = self._checked(ids)
        if len(ids) != 1:
            raise ValueError(f"attention reads one row at a time, not {len(ids)}.")
        self._stream(ids)
        return [block.attn.weights[0].copy() for block in self.blocks]

    def zero_grad(self) -> None:
        """Forget all gradients: set them to zero, where the next `backward` begins."""
        self.store.flat_grad.fill(0)
        self._forgotten = True

    def named_parameters(self) -> dict[str, Parameter]:
        """Every parameter by the name that transformers gives it (without ``transformer.``)."""
        return dict(self.store.named)

    def parameters(self) -> list[Parameter]:
        """Every parameter, in GPT-2's order."""
        return list(self.store.named.values())

    @property
    def flat_data(self) -> Array:
        """All weights as one array (count,); the parameters are views of it."""
        return self.store.flat_data

    @property
    def flat_grad(self) -> Array:
        """All gradients as one array (count,); the parameters' are views of it."""
        return self.store.flat_grad

    @property
    def count(self) -> int:
        """The number of weights."""
        return self.store.flat_data.size

    def save_pretrained(
        self, folder: str | PathLike[str], tokenizer: SavableTokenizer | None = None
    ) -> None:
        """Write a folder that transformers' ``GPT2LMHeadModel.from_pretrained`` loads."""
        from course_utils.student.pretrained import save

        save(self, folder, tokenizer)

    @classmethod
    def from_pretrained(
        cls, folder: str | PathLike[str], dtype: type[np.floating[Any]] = np.float32
    ) -> GPT:
        """Load a GPT-2 folder, written here or by transformers.

        Raises `PretrainedError` (a `ValueError`) with one sentence if it can't be read.
        """
        from course_utils.student.pretrained import load

        return load(folder, dtype)
