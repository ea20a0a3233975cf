"""What transformers and PyTorch answer, all in one process of theirs: importing them is slow.

Run in the peers' Python by the fixture ``peer`` in conftest.py, never imported by a test. Reads
``folder``/given.npz and the folders that the course wrote; writes answers.npz and folders of its
own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model

ANSWERS: dict[str, np.ndarray] = {}
KINDS = ("causal", "masked")


def logits(model: torch.nn.Module, ids: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return model.eval()(ids).logits.numpy()


def read_ours(folder: Path, ids: torch.Tensor) -> None:
    """Our folders in transformers; with the names that start with ``transformer.`` and without."""
    for kind in KINDS:
        model, told = GPT2LMHeadModel.from_pretrained(
            folder / f"ours_{kind}", output_loading_info=True
        )
        assert not any(told.values()), told
        ANSWERS[f"ours_{kind}"] = logits(model, ids)
    model = GPT2LMHeadModel.from_pretrained(folder / "ours_without_prefix")
    ANSWERS["ours_without_prefix"] = logits(model, ids)
    model = GPT2LMHeadModel.from_pretrained(folder / "ours_unsaid")
    ANSWERS["ours_unsaid"] = logits(model, ids)


def write_theirs(folder: Path, ids: torch.Tensor) -> None:
    """Folders as transformers writes them, and what these models answer."""
    torch.manual_seed(1)
    sizes = {"n_positions": ids.shape[1], "n_embd": 16, "n_layer": 2, "n_head": 2}
    for kind in KINDS:
        config = GPT2Config(vocab_size=23, initializer_range=0.3, **sizes)
        if kind == "masked":
            config.is_causal = False
        model = GPT2LMHeadModel(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.1 * torch.randn_like(parameter)
        model.save_pretrained(folder / f"theirs_{kind}")
        ANSWERS[f"theirs_{kind}"] = logits(model, ids)
    bare = GPT2Model.from_pretrained(folder / "theirs_causal")
    bare.save_pretrained(folder / "theirs_without_prefix")
    model = GPT2LMHeadModel.from_pretrained(folder / "theirs_causal")
    model.save_pretrained(folder / "theirs_sharded", max_shard_size="10KB")
    (folder / "theirs_pickle").mkdir()
    config.save_pretrained(folder / "theirs_pickle")
    torch.save(model.state_dict(), folder / "theirs_pickle" / "pytorch_model.bin")
    model.to(torch.bfloat16).save_pretrained(folder / "theirs_bf16")


def gradients(folder: Path, given: dict[str, np.ndarray]) -> None:
    """Loss and every gradient in float64, from the same weights and questions."""
    ids, targets = torch.from_numpy(given["ids"]), torch.from_numpy(given["targets"])
    for kind in KINDS:
        model = GPT2LMHeadModel.from_pretrained(folder / f"ours_{kind}", dtype=torch.float64)
        model.train()  # the dropouts in our config.json are 0
        answered = model(ids).logits.flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(answered, targets.flatten(), ignore_index=-1)
        loss.backward()
        ANSWERS[f"loss_{kind}"] = loss.detach().numpy()
        for name, parameter in model.named_parameters():
            short = name.removeprefix("transformer.")
            ANSWERS[f"gradient_{kind}:{short}"] = parameter.grad.numpy()
    model = GPT2LMHeadModel.from_pretrained(folder / "ours_causal", dtype=torch.float64)
    with torch.no_grad():  # transformers shifts the labels itself
        ANSWERS["loss_shifted"] = model(ids, labels=ids).loss.numpy()


def curve(folder: Path, given: dict[str, np.ndarray], dtype: torch.dtype) -> np.ndarray:
    """The losses of AdamW steps, all by PyTorch's own parts: groups, clipping, schedulers."""
    s = json.loads(str(given["settings"]))
    model = GPT2LMHeadModel.from_pretrained(folder / "ours_fresh", dtype=dtype).train()
    parameters = list(model.parameters())
    decaying = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decaying, "weight_decay": s["weight_decay"]}, {"params": others}],
        lr=s["peak"],
        betas=(s["beta1"], s["beta2"]),
        eps=s["eps"],
        weight_decay=0.0,
    )
    up = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / s["warmup"], 1.0, s["warmup"] - 1)
    down = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, s["total"] - s["warmup"], eta_min=0.1 * s["peak"]
    )
    schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [up, down], [s["warmup"]])
    losses, norms, rates = [], [], []
    for batch in torch.from_numpy(given["batches"]):
        answered = model(batch[:, :-1]).logits.flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(answered, batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, s["max_norm"]).item())
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    ANSWERS["norms"], ANSWERS["rates"] = np.array(norms), np.array(rates)
    return np.array(losses)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with np.load(folder / "given.npz") as arrays:
        given = dict(arrays)
    ids = torch.from_numpy(given["ids"])
    read_ours(folder, ids)
    write_theirs(folder, ids)
    gradients(folder, given)
    ANSWERS["curve_float32"] = curve(folder, given, torch.float32)
    ANSWERS["curve_float64"] = curve(folder, given, torch.float64)
    golden = GPT2LMHeadModel.from_pretrained(str(given["golden"]))
    with np.load(Path(str(given["golden"])) / "expected.npz") as expected:
        ANSWERS["golden"] = logits(golden, torch.from_numpy(expected["ids"]))
    np.savez(folder / "answers.npz", **ANSWERS)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
