"""GPT-2 as a PyTorch user would write it today: the opponent, and the parity tests' reference."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

LAYER_NORM_EPSILON = 1e-5


class Attention(nn.Module):
    def __init__(self, n_embd: int, n_head: int, causal: bool) -> None:
        super().__init__()
        self.n_head, self.causal = n_head, causal
        self.c_attn = nn.Linear(n_embd, 3 * n_embd)
        self.c_proj = nn.Linear(n_embd, n_embd)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, C = x.shape
        q, k, v = self.c_attn(x).split(C, dim=2)
        q, k, v = (
            part.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for part in (q, k, v)
        )
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class MLP(nn.Module):
    def __init__(self, n_embd: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(n_embd, 4 * n_embd)
        self.c_proj = nn.Linear(4 * n_embd, n_embd)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(functional.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, n_embd: int, n_head: int, causal: bool) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(n_embd, eps=LAYER_NORM_EPSILON)
        self.attn = Attention(n_embd, n_head, causal)
        self.ln_2 = nn.LayerNorm(n_embd, eps=LAYER_NORM_EPSILON)
        self.mlp = MLP(n_embd)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class TorchGPT(nn.Module):
    """GPT-2 with a tied output embedding; parameter names are those of transformers."""

    def __init__(self, config: dict[str, int]) -> None:
        super().__init__()
        n_embd, causal = config["n_embd"], bool(config.get("causal", True))
        self.wte = nn.Embedding(config["vocab_size"], n_embd)
        self.wpe = nn.Embedding(config["block_size"], n_embd)
        self.h = nn.ModuleList(
            Block(n_embd, config["n_head"], causal) for _ in range(config["n_layer"])
        )
        self.ln_f = nn.LayerNorm(n_embd, eps=LAYER_NORM_EPSILON)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.wte(ids) + self.wpe(positions)
        for block in self.h:
            x = block(x)
        return functional.linear(self.ln_f(x), self.wte.weight)

    def loss(self, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = self(ids)
        return functional.cross_entropy(
            logits.view(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-1
        )

    def load(self, weights: dict[str, np.ndarray]) -> None:
        """Take weights under GPT-2's names and layout; its matrices are (in, out)."""
        own = dict(self.named_parameters())
        if own.keys() != weights.keys():
            raise ValueError(f"parameter names differ: {sorted(own.keys() ^ weights.keys())}")
        with torch.no_grad():
            for name, parameter in own.items():
                parameter.copy_(torch.from_numpy(transposed(name, weights[name])))

    def arrays(self, gradients: bool = False) -> dict[str, np.ndarray]:
        """The weights, or their gradients, under GPT-2's names and in its layout."""
        result = {}
        for name, parameter in self.named_parameters():
            tensor = parameter.grad if gradients else parameter.detach()
            assert tensor is not None, name
            result[name] = np.ascontiguousarray(transposed(name, tensor.numpy()))
        return result


def transposed(name: str, array: np.ndarray) -> np.ndarray:
    """GPT-2 keeps its matrices as (in, out), ``nn.Linear`` as (out, in)."""
    linear = name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))
    return np.ascontiguousarray(array.T) if linear else array


def adamw(model: nn.Module, settings: dict[str, float], fused: bool = False) -> torch.optim.AdamW:
    """Weight decay on matrices and embeddings, none on biases and LayerNorm."""
    parameters = list(model.parameters())
    groups = [
        {
            "params": [p for p in parameters if p.dim() >= 2],
            "weight_decay": settings["weight_decay"],
        },
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups,
        lr=settings["learning_rate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["eps"],
        fused=True if fused else None,
    )


class Contestant:
    """PyTorch in one of three forms: ``default``, ``fused`` (AdamW) or ``compile``."""

    def __init__(self, job: dict, weights: dict[str, np.ndarray], batches: np.ndarray) -> None:
        torch.set_num_threads(job["threads"])
        self.job, self.weights = job, weights
        self.inputs = [torch.from_numpy(batch[:, :-1].copy()) for batch in batches]
        self.targets = [torch.from_numpy(batch[:, 1:].copy()) for batch in batches]
        self.model = TorchGPT(job["config"])
        compiled = job["variant"] == "compile"
        self.loss = torch.compile(self.model.loss) if compiled else self.model.loss
        self.reset()

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__}

    def reset(self) -> None:
        self.model.load(self.weights)
        fused = self.job["variant"] in ("fused", "compile")
        self.optimizer = adamw(self.model, self.job["settings"], fused=fused)
        self.position = 0

    def steps(self, count: int) -> list[float]:
        losses = []
        for _ in range(count):
            index = self.position % len(self.inputs)
            loss = self.loss(self.inputs[index], self.targets[index])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
            self.position += 1
        return [loss.item() for loss in losses]

    def quality(self, job: dict, rows: np.ndarray, held_out: np.ndarray) -> dict:
        """Train on rows in the order given, with a schedule and clipping; grade all of held_out."""
        inputs, targets = (torch.from_numpy(part.copy()) for part in (rows[:, :-1], rows[:, 1:]))
        order = torch.from_numpy(job["order"])
        for indices, rate in zip(order, job["rates"], strict=True):
            for group in self.optimizer.param_groups:
                group["lr"] = float(rate)
            loss = self.loss(inputs[indices], targets[indices])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), job["clip"])
            self.optimizer.step()
        total = questions = 0.0
        with torch.no_grad():
            for start in range(0, len(held_out), 64):
                piece = torch.from_numpy(held_out[start : start + 64].copy())
                asked = int((piece[:, 1:] != -1).sum())
                total += self.model.loss(piece[:, :-1], piece[:, 1:]).item() * asked
                questions += asked
        return {"held_out_loss": total / questions, "last_loss": loss.item()}
