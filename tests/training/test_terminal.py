"""The terminal: progress, a clean stop, going on bit for bit, and one sentence for what's wrong."""

from __future__ import annotations

import io
import os
import signal

import numpy as np
import pytest

from course_utils.student import GPT
from course_utils.training import terminal
from course_utils.training.presets import QUICK

TEXT = "The sea was calm, and the sea was cold. Nobody went near it.\n" * 200


@pytest.fixture
def book(tmp_path):
    file = tmp_path / "book.txt"
    file.write_text(TEXT, encoding="utf-8")
    return str(file)


def run(*arguments: str) -> tuple[int, str]:
    screen = io.StringIO()
    return terminal.main(list(arguments), screen), screen.getvalue()


def test_stories_are_trained_reported_and_saved(tmp_path):
    status, said = run("--preset", "quick", "--steps", "3", "--out", str(tmp_path / "out"))
    assert status == 0
    for word in ("best counting", "best possible", "spot on", "It writes:"):
        assert word in said
    model = GPT.from_pretrained(tmp_path / "out")
    assert model.config.n_embd == QUICK.n_embd


@pytest.mark.parametrize("tokenizer", ["characters", "words", "bytepairs"])
def test_an_own_text_has_no_floor(tmp_path, book, tokenizer):
    out = str(tmp_path / "out")
    status, said = run(
        "--preset", "quick", "--text", book, "--tokenizer", tokenizer, "--steps", "2", "--out", out
    )
    assert status == 0 and "best possible   unknown" in said


@pytest.mark.parametrize("workers", ["1", "2"])
def test_stopped_by_ctrl_c_and_resumed_it_ends_with_the_same_weights(
    tmp_path, book, monkeypatch, workers
):
    options = ["--preset", "quick", "--text", book, "--steps", "12", "--workers", workers]
    assert run(*options, "--out", str(tmp_path / "whole"))[0] == 0
    advance = terminal.TrainingRun.advance

    def interrupted(self):
        step = advance(self)
        if step.step == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return step

    monkeypatch.setattr(terminal.TrainingRun, "advance", interrupted)
    status, said = run(*options, "--out", str(tmp_path / "part"))
    assert status == 130 and "Stopped after step 5" in said
    monkeypatch.setattr(terminal.TrainingRun, "advance", advance)
    status, said = run("--resume", "--workers", workers, "--out", str(tmp_path / "part"))
    assert status == 0 and "resumed after step 5" in said
    whole, part = (GPT.from_pretrained(tmp_path / name) for name in ("whole", "part"))
    assert np.array_equal(whole.flat_data, part.flat_data)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--preset", "huge"], "There is no preset 'huge'"),
        (["--text", "nothing.txt"], "There is no file nothing.txt"),
        (["--resume"], "nothing to resume"),
        (["--steps", "many"], "see --help"),
        (["--steps", "0"], "at least 1 step"),
        (["--workers", "0"], "choose 1 to 64"),
        (["--text", __file__, "--learning-rate", "-1"], "0 or more"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, capsys, arguments, said):
    status, _ = run(*arguments, "--out", str(tmp_path / "out"))
    printed = capsys.readouterr().err
    assert status == 2 and said in printed and printed.count("\n") == 1


def test_a_damaged_checkpoint_and_a_file_in_the_folders_place(tmp_path, book, capsys):
    out = tmp_path / "out"
    run("--preset", "quick", "--text", book, "--steps", "2", "--out", str(out))
    (out / terminal.CHECKPOINT).write_bytes(b"not a checkpoint")
    assert run("--resume", "--out", str(out))[0] == 2
    (out / terminal.PLAN).write_text("{")
    assert run("--resume", "--out", str(out))[0] == 2
    assert "is damaged" in capsys.readouterr().err
    blocked = tmp_path / "file"
    blocked.write_text("x")
    arguments = ["--preset", "quick", "--text", book, "--steps", "2", "--out", str(blocked)]
    assert run(*arguments)[0] == 2
    assert "can't be written" in capsys.readouterr().err
