"""A folder in NumPy and in transformers: the same logits, and training that goes on there."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course_utils import hand_over
from course_utils.material.tokenizers import load_tokenizer
from course_utils.student import GPT, PretrainedError
from course_utils.training.corpus import story_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.playground import Plan, PlannedRun, with_text
from course_utils.training.recorded_playground import example_text
from course_utils.training.students import load_student
from tests.peers import ROOT, peers_python, run_peer

SMALL = Plan(layers=1, heads=2, channels=32, steps=60, warmup=5)
SCRIPT = ROOT / "course_utils" / "hand_over.py"
OWN = with_text(replace(SMALL, tokens="characters", steps=40), "own", example_text())


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("handed over")
    for name, plan in (
        ("stories", SMALL), ("fill in", replace(SMALL, objective="fill in")), ("own", OWN),
    ):  # fmt: skip
        run = PlannedRun(plan, example_text())
        run.opened = True
        run.advance(plan.steps)
        run.export(place / name)
    return place


def test_without_transformers_one_sentence_says_how_to_get_it(folders, capsys, monkeypatch):
    monkeypatch.setattr(hand_over, "transformers_is_there", lambda: False)
    said = hand_over.compare(folders / "stories")
    sentence, command = said.split("\n")  # the command stands alone, so that no page breaks it
    assert "python3 start.py peers" in sentence
    assert command == f'{hand_over.PYTHON} -m course_utils.hand_over "my_course/stories"'
    assert hand_over.main([str(folders / "stories")]) == 1 and said in capsys.readouterr().out
    with pytest.raises(PretrainedError):
        hand_over.compare(folders / "nothing")
    assert hand_over.main([str(folders / "nothing")]) == 1 and capsys.readouterr().err


def test_the_shipped_student_comes_as_a_folder():
    folder = hand_over.shipped_folder()
    assert folder == hand_over.shipped_folder()
    assert np.array_equal(GPT.from_pretrained(folder).flat_data, load_student().flat_data)
    assert load_tokenizer(folder).encode("Today Tom").tolist()


def test_a_difference_is_called_one():
    same = hand_over.Comparison(Path("x"), 1e-6, 8.0, "Today Tom ran.", "Today Tom ran.")
    assert same.equal and "the same" in str(same) and "Today Tom ran." in str(same)
    for other in (replace(same, difference=0.01), replace(same, theirs="Today Tom sat.")):
        assert not other.equal and "NOT the same" in str(other)


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "prompt"), [("stories", "Today Tom"), ("fill in", "Today Tom"), ("own", "Today ")]
)
def test_both_libraries_give_the_same_logits_and_write_the_same(folders, name, prompt):
    said = run_peer(SCRIPT, folders / name, prompt)
    assert "Logits of both: the same" in said
    texts = re.findall(r"writes: ([\s\S]*?)(?=\nthe course writes|\Z)", said)
    if name == "fill in":
        assert texts == []
    else:
        assert texts[0] == texts[1].rstrip("\n") and texts[0].startswith("Today")
        assert len(texts[0]) > len(prompt) + 5


@pytest.mark.peers
def test_training_goes_on_in_two_processes_from_where_numpy_left_it(folders, tmp_path):
    python = peers_python()
    done = subprocess.run(
        [
            str(python), "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
            "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
            "--main_process_port", "0", "-m", "benchmarks.continue_with_transformers",
            str(folders / "stories"), "--steps", "30", "--out", str(tmp_path / "more"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 processes" in done.stdout
    ours, theirs, after = (float(x) for x in re.findall(r"(\d\.\d{4})$", done.stdout, re.M))
    held_out = story_corpus(2000).held_out
    begun = evaluate(GPT.from_pretrained(folders / "stories"), held_out).loss
    assert ours == pytest.approx(begun, abs=1e-4) and theirs == pytest.approx(begun, abs=1e-3)
    more = GPT.from_pretrained(tmp_path / "more")
    assert evaluate(more, held_out).loss == pytest.approx(after, abs=1e-3) and after < begun - 0.01
    assert np.array_equal(
        load_tokenizer(tmp_path / "more").encode("Today Tom"),
        load_tokenizer(folders / "stories").encode("Today Tom"),
    )


def test_the_way_up_is_shown_where_it_lies():
    """The chapter's command and the script's own are one."""
    script = (ROOT / "benchmarks" / "continue_with_transformers.py").read_text(encoding="utf-8")
    chapter = (ROOT / "notebooks" / "06_graduation.ipynb").read_text(encoding="utf-8")
    command = "accelerate launch --multi_gpu --num_processes 2"
    assert command in script and command in chapter
