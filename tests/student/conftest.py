"""One question to PyTorch and transformers for all parity tests: they take seconds to import."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from course_utils.student import GPT, GPTConfig
from tests.peers import run_peer

SIZES = {"vocab_size": 23, "block_size": 12, "n_layer": 2, "n_head": 2, "n_embd": 16}
SETTINGS = {
    "peak": 1e-2,
    "warmup": 10,
    "total": 50,
    "beta1": 0.9,
    "beta2": 0.95,
    "eps": 1e-8,
    "weight_decay": 0.1,
    "max_norm": 0.95,
}
GOLDEN = Path(__file__).parent / "fixtures" / "gpt2_tiny"


@dataclass(frozen=True)
class Peer:
    """What was asked (``ids``, ``targets``, ``batches``), the folders, and the answers by name."""

    folder: Path
    ids: np.ndarray
    targets: np.ndarray
    batches: np.ndarray
    answers: dict[str, np.ndarray]


def seasoned(causal: bool, dtype: type = np.float32) -> GPT:
    """A student far from its beginning, so that every weight has a say."""
    rng = np.random.default_rng(2)
    model = GPT(GPTConfig(**SIZES, causal=causal), rng, dtype)
    model.flat_data[...] += (0.3 * rng.standard_normal(model.count)).astype(np.float32)
    return model


@pytest.fixture(scope="session")
def peer(tmp_path_factory) -> Peer:
    folder = tmp_path_factory.mktemp("parity")
    rng = np.random.default_rng(4)
    for kind in ("causal", "masked"):
        seasoned(kind == "causal").save_pretrained(folder / f"ours_{kind}")
    fresh = GPT(GPTConfig(**SIZES), np.random.default_rng(6))
    fresh.save_pretrained(folder / "ours_fresh")

    # As folders of a bare GPT2Model have it, and a masked one that doesn't say so.
    seasoned(True).save_pretrained(folder / "ours_without_prefix")
    path = folder / "ours_without_prefix" / "model.safetensors"
    arrays = {name.removeprefix("transformer."): a for name, a in load_file(path).items()}
    save_file(arrays, path, {"format": "pt"})
    seasoned(False).save_pretrained(folder / "ours_unsaid")
    path = folder / "ours_unsaid" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    del config["is_causal"]
    path.write_text(json.dumps(config), "utf-8")

    B, T, V = 3, SIZES["block_size"], SIZES["vocab_size"]
    ids = rng.integers(0, V, (B, T))
    targets = np.where(rng.random((B, T)) < 0.7, rng.integers(0, V, (B, T)), -1)
    # Each word is followed by one of three: there is something to learn in fifty steps.
    likely = rng.integers(0, V, (V, 3))
    batches = np.empty((50, 8, T + 1), np.int64)
    batches[..., 0] = rng.integers(0, V, (50, 8))
    for t in range(T):
        batches[..., t + 1] = likely[batches[..., t], rng.integers(0, 3, (50, 8))]
    np.savez(
        folder / "given.npz",
        ids=ids,
        targets=targets,
        batches=batches,
        settings=np.array(json.dumps(SETTINGS)),
        golden=np.array(str(GOLDEN)),
    )
    run_peer(Path(__file__).with_name("parity_peer.py"), folder)
    with np.load(folder / "answers.npz") as answers:
        return Peer(folder, ids, targets, batches, dict(answers))
