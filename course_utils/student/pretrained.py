"""The student's weights in the ecosystem's own format, so that a learner can take them along."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from course_utils.material.symbols import END_ID, PAD_ID, START_ID
from course_utils.student.files import write_atomically
from course_utils.student.parameters import Array

if TYPE_CHECKING:
    from course_utils.student.model import GPT, GPTConfig

READABLE = {"F64", "F32", "F16"}
EXPECTED = {  # what GPT-2 means by its settings, and what is refused if a folder differs
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}


class PretrainedError(ValueError):
    """A folder that can't be written or read as a GPT-2; the message says what to do."""


class SavableTokenizer(Protocol):
    """Whatever can write its ``tokenizer.json`` into a folder."""

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write tokenizer.json."""


def save(model: GPT, folder: str | os.PathLike[str], tokenizer: SavableTokenizer | None) -> None:
    """Write model.safetensors, config.json and, with a tokenizer, tokenizer.json."""
    from safetensors.numpy import save_file

    target = Path(folder)
    arrays = {f"transformer.{name}": p.data for name, p in model.named_parameters().items()}
    text = json.dumps(_settings(model.config, model.dtype), indent=2) + "\n"
    try:
        target.mkdir(parents=True, exist_ok=True)
        write_atomically(
            target / "model.safetensors",
            lambda file: save_file(arrays, file, {"format": "pt"}),
        )
        write_atomically(
            target / "config.json", lambda file: _discard(file.write_text(text, "utf-8"))
        )
        if tokenizer is not None:
            tokenizer.save(target)
    except OSError as error:
        raise PretrainedError(
            f"The folder {target} can't be written ({error.strerror or error}); "
            "choose one that you may write to."
        ) from error


def _discard(_: object) -> None:
    pass


def _settings(config: GPTConfig, dtype: np.dtype[Any]) -> dict[str, Any]:
    ids = {"pad_token_id": PAD_ID, "bos_token_id": START_ID, "eos_token_id": END_ID}
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": config.vocab_size,
        "n_positions": config.block_size,
        "n_embd": config.n_embd,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_inner": None,
        **EXPECTED,
        "attn_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "initializer_range": config.initializer_range,
        "final_gain": config.final_gain,
        **{name: value for name, value in ids.items() if value < config.vocab_size},
        "is_causal": config.causal,
        "dtype": str(dtype),
    }


def load(folder: str | os.PathLike[str], dtype: type[np.floating[Any]]) -> GPT:
    """Read a GPT-2 folder that was written by `save` or by transformers."""
    from course_utils.student.model import GPT

    source = Path(folder)
    config = _read_config(source)
    model = GPT(config, np.random.default_rng(0), dtype)
    arrays = _read_weights(source)
    for name, parameter in model.named_parameters().items():
        if name not in arrays:
            raise PretrainedError(
                f"{source} lacks the weights {name}; it is no complete GPT-2, so fetch it again."
            )
        if arrays[name].shape != parameter.data.shape:
            raise PretrainedError(
                f"In {source} the weights {name} have shape {arrays[name].shape}, but config.json"
                f" asks for {parameter.data.shape}; use the config.json that belongs to them."
            )
        parameter.data[...] = arrays[name]
    head = arrays.get("lm_head.weight")
    if head is not None and not np.array_equal(head, arrays["wte.weight"]):
        raise PretrainedError(
            f"{source} has an output table of its own (lm_head.weight differs from wte.weight); "
            "this student ties the two, as GPT-2 does, so such a model can't be loaded."
        )
    return model


def _read_config(source: Path) -> GPTConfig:
    from course_utils.student.model import GPTConfig

    path = source / "config.json"
    try:
        settings = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise PretrainedError(
            f"{source} has no config.json; give the folder that save_pretrained wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise PretrainedError(
            f"{path} can't be read as JSON; fetch or save the folder again."
        ) from error
    kind = settings.get("model_type") if isinstance(settings, dict) else None
    if kind != "gpt2":
        raise PretrainedError(
            f"{source} holds a model of type {kind!r}; only GPT-2 folders (gpt2) can be loaded."
        )
    for name, value in EXPECTED.items():
        if settings.get(name, value) != value:
            raise PretrainedError(
                f"{path} sets {name} to {settings[name]!r}; this student knows only {value!r}."
            )
    try:
        config = GPTConfig(
            vocab_size=settings["vocab_size"],
            block_size=settings.get("n_positions", settings.get("n_ctx")),
            n_layer=settings["n_layer"],
            n_head=settings["n_head"],
            n_embd=settings["n_embd"],
            causal=bool(settings.get("is_causal", True)),
            initializer_range=settings.get("initializer_range", 0.02),
            final_gain=settings.get("final_gain", 1.0),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise PretrainedError(
            f"{path} lacks or garbles a size ({error}); use the one that belongs to the weights."
        ) from error
    if settings.get("n_inner") not in (None, 4 * config.n_embd):
        raise PretrainedError(
            f"{path} sets n_inner to {settings['n_inner']}; this student knows only four times"
            f" n_embd, {4 * config.n_embd}."
        )
    return config


def _read_weights(source: Path) -> Mapping[str, Array]:
    """All arrays by the names without ``transformer.``; the causal mask's buffers are left out."""
    from safetensors import SafetensorError, safe_open

    path = source / "model.safetensors"
    if not path.is_file():
        raise PretrainedError(_why_missing(source))
    arrays: dict[str, Array] = {}
    try:
        with safe_open(path, framework="numpy") as file:
            for name in file.keys():  # noqa: SIM118
                short = name.removeprefix("transformer.")
                if short.endswith((".attn.bias", ".attn.masked_bias")):
                    continue
                kind = file.get_slice(name).get_dtype()
                if kind not in READABLE:
                    raise PretrainedError(
                        f"The weights in {path} are stored as {kind}, which NumPy can't read; load"
                        " them in transformers with dtype=torch.float32 and save them again."
                    )
                arrays[short] = file.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise PretrainedError(
            f"{path} is damaged or no safetensors file; fetch or save it again."
        ) from error
    return arrays


def _why_missing(source: Path) -> str:
    if (source / "model.safetensors.index.json").exists():
        return (
            f"The weights in {source} are split over several files (sharded); load them in"
            " transformers and save them with a max_shard_size larger than the model."
        )
    if any(source.glob("*.bin")) or any(source.glob("*.pt")) or any(source.glob("*.pth")):
        return (
            f"{source} holds its weights as a pickle only, which can run foreign code when it is"
            " opened; load it in transformers and save it again as safetensors."
        )
    return f"{source} has no model.safetensors; give the folder that save_pretrained wrote."
