"""Checkpoints and GPT-2 folders: whole or not there, and one sentence for what can't be read."""

import json
import os

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from course_utils.student import (
    GPT,
    CheckpointError,
    GPTConfig,
    PretrainedError,
    load_checkpoint,
    save_checkpoint,
)


def student(causal=True, dtype=np.float32):
    return GPT(GPTConfig(13, 8, 2, 2, 8, causal), np.random.default_rng(5), dtype)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "run" / "last.ckpt"
    save_checkpoint(path, {"w": np.arange(6.0).reshape(2, 3), "n": np.arange(3)}, {"step": 4})
    return path


def test_a_checkpoint_comes_back_bit_for_bit(checkpoint):
    arrays, record = load_checkpoint(checkpoint)
    assert np.array_equal(arrays["w"], np.arange(6.0).reshape(2, 3))
    assert arrays["n"].dtype == np.int64 and record == {"step": 4}
    assert os.listdir(checkpoint.parent) == ["last.ckpt"], "no temporary file is left"


@pytest.mark.parametrize("place", [0, 20, -30, -1])
def test_a_damaged_checkpoint_is_noticed(checkpoint, place):
    whole = bytearray(checkpoint.read_bytes())
    whole[place] ^= 1
    checkpoint.write_bytes(whole)
    with pytest.raises(CheckpointError, match=r"damaged|no checkpoint"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04pickle"])
def test_a_foreign_file_gets_a_sentence(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged or no checkpoint"):
        load_checkpoint(path)


def test_another_safetensors_file_gets_a_sentence(tmp_path):
    save_file({"a": np.zeros(2)}, tmp_path / "x")
    with pytest.raises(CheckpointError, match="no checkpoint of this course"):
        load_checkpoint(tmp_path / "x")


def test_a_missing_checkpoint_gets_a_sentence(tmp_path):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load_checkpoint(tmp_path / "x")


def test_a_failed_write_leaves_the_old_checkpoint(checkpoint, monkeypatch):
    before = checkpoint.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("course_utils.student.files.os.replace", full)
    with pytest.raises(CheckpointError, match="No space left"):
        save_checkpoint(checkpoint, {"w": np.zeros(3)}, {})
    assert checkpoint.read_bytes() == before
    assert os.listdir(checkpoint.parent) == ["last.ckpt"]


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_folder_comes_back_the_same(tmp_path, causal, dtype):
    config = GPTConfig(13, 8, 2, 2, 8, causal, initializer_range=0.12, final_gain=0.5)
    model = GPT(config, np.random.default_rng(5), dtype)
    model.save_pretrained(tmp_path)
    again = GPT.from_pretrained(tmp_path, dtype)
    assert again.config == model.config
    assert np.array_equal(again.flat_data, model.flat_data)


def test_config_says_what_transformers_must_know(tmp_path):
    student(causal=False).save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["is_causal"] is False
    assert [config[k] for k in ("attn_pdrop", "embd_pdrop", "resid_pdrop")] == [0.0] * 3
    assert [config[k] for k in ("bos_token_id", "eos_token_id")] == [1, 2]
    assert "lm_head.weight" not in load_file(tmp_path / "model.safetensors")


def test_names_without_the_prefix_and_mask_buffers_are_read(tmp_path):
    model = student()
    model.save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    arrays = {n.removeprefix("transformer."): a for n, a in load_file(path).items()}
    arrays["h.0.attn.bias"] = np.tril(np.ones((1, 1, 8, 8), np.uint8))
    arrays["h.0.attn.masked_bias"] = np.array(-1e4, np.float32)
    arrays["lm_head.weight"] = arrays["wte.weight"]
    save_file(arrays, path)
    assert np.array_equal(GPT.from_pretrained(tmp_path).flat_data, model.flat_data)


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_weights(folder, change):
    path = folder / "model.safetensors"
    arrays = load_file(path)
    change(arrays)
    save_file(arrays, path)


def write_bf16(folder):
    header = json.dumps(
        {"wte.weight": {"dtype": "BF16", "shape": [13, 8], "data_offsets": [0, 208]}}
    ).encode()
    path = folder / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(208))


def shard(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text("{}")


def pickle_only(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


DAMAGE = {
    "bf16": (write_bf16, "BF16"),
    "sharded": (shard, "sharded"),
    "pickle": (pickle_only, "pickle"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "no model.safetensors"),
    "no config": (lambda f: (f / "config.json").unlink(), "no config.json"),
    "config": (lambda f: (f / "config.json").write_text("{"), "JSON"),
    "weights": (lambda f: (f / "model.safetensors").write_bytes(b"x" * 99), "damaged"),
    "kind": (lambda f: edit_config(f, model_type="llama"), "llama"),
    "gelu": (lambda f: edit_config(f, activation_function="relu"), "relu"),
    "inner": (lambda f: edit_config(f, n_inner=7), "n_inner"),
    "size": (lambda f: edit_config(f, n_embd=9), "multiple"),
    "shape": (lambda f: edit_config(f, n_positions=9), "shape"),
    "lacking": (lambda f: edit_weights(f, lambda a: a.pop("transformer.ln_f.bias")), "lacks"),
    "untied": (
        lambda f: edit_weights(f, lambda a: a.update({"lm_head.weight": np.ones((13, 8), "f4")})),
        "output table",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_unreadable_folder_gets_one_sentence(tmp_path, damage):
    student().save_pretrained(tmp_path)
    spoil, sentence = DAMAGE[damage]
    spoil(tmp_path)
    with pytest.raises(PretrainedError, match=sentence) as caught:
        GPT.from_pretrained(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cant_be_written_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PretrainedError, match="can't be written"):
        student().save_pretrained(tmp_path / "file")
