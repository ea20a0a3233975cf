"""A folder that transformers wrote, loaded without transformers: the format, pinned in the repo."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from course_utils.student import GPT

GOLDEN = Path(__file__).parent / "fixtures" / "gpt2_tiny"  # made by make_gpt2_tiny.py beside it


@pytest.fixture
def expected():
    with np.load(GOLDEN / "expected.npz") as arrays:
        return dict(arrays)


def test_the_golden_folder_gives_its_recorded_logits(expected):
    model = GPT.from_pretrained(GOLDEN)
    assert model.config.causal and model.dtype == np.float32
    np.testing.assert_allclose(
        model.forward(expected["ids"]), expected["causal"], rtol=0, atol=1e-5
    )


def test_the_golden_folder_as_a_masked_student(expected, tmp_path):
    folder = tmp_path / "masked"
    shutil.copytree(GOLDEN, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "is_causal": False}), "utf-8")
    model = GPT.from_pretrained(folder)
    assert not model.config.causal
    np.testing.assert_allclose(
        model.forward(expected["ids"]), expected["masked"], rtol=0, atol=1e-5
    )
    assert np.abs(expected["masked"] - expected["causal"]).max() > 0.1, "the switch does nothing"


def test_each_array_off_by_a_tenth_of_a_percent_is_seen(expected):
    for name in GPT.from_pretrained(GOLDEN).named_parameters():
        model = GPT.from_pretrained(GOLDEN)
        model.named_parameters()[name].data[...] *= 1.001
        off = np.abs(model.forward(expected["ids"]) - expected["causal"]).max()
        assert off > 5e-5, f"{name} off by 0.1 % moves the logits by {off} only"


def test_writing_it_again_keeps_every_weight(tmp_path):
    model = GPT.from_pretrained(GOLDEN)
    model.save_pretrained(tmp_path)
    assert np.array_equal(GPT.from_pretrained(tmp_path).flat_data, model.flat_data)
