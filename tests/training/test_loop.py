"""The loop: sliced, resumed bit for bit, stopped by what isn't a number."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from course_utils.material import StoryGrammar, pack_stories, split_stories
from course_utils.student import GPT, GPTConfig
from course_utils.student.checkpoints import CheckpointError
from course_utils.training import (
    COURSE,
    DivergedError,
    Settings,
    TrainingRun,
    evaluate,
    perfect_memory,
    preset,
    train,
)

GRAMMAR = StoryGrammar()
ROWS = pack_stories(GRAMMAR.sample(60, np.random.default_rng(0)), GRAMMAR, GRAMMAR.block_size)
SETTINGS = Settings(steps=30, batch_size=8, learning_rate=3e-3, warmup=5)


def begin(settings: Settings = SETTINGS, rows=ROWS) -> TrainingRun:
    config = GPTConfig(GRAMMAR.vocab_size, GRAMMAR.block_size, 1, 2, 16, causal=not settings.masked)
    rng = np.random.default_rng(1)
    return TrainingRun(GPT(config, rng), rows, settings, rng)


@pytest.mark.parametrize("changes", [{}, {"optimizer": "sgd", "momentum": 0.9}, {"masked": True}])
def test_stopped_and_resumed_it_is_the_same_to_the_bit(tmp_path, changes):
    settings = replace(SETTINGS, **changes)
    whole, part = begin(settings), begin(settings)
    expected = list(train(whole))
    first = list(islice(train(part), 13))  # 8 batches are an epoch, so this is inside the second
    part.save(tmp_path / "run.safetensors")
    resumed = TrainingRun.resume(tmp_path / "run.safetensors", ROWS)
    assert first + list(train(resumed)) == expected
    assert np.array_equal(resumed.model.flat_data, whole.model.flat_data)
    assert not np.array_equal(part.model.flat_data, whole.model.flat_data)


def test_steps_say_what_happened():
    steps = list(train(begin()))
    assert [s.step for s in steps] == list(range(1, 31))
    assert [s.epoch for s in steps[6:10]] == [1, 1, 2, 2]
    assert steps[-1].loss < steps[0].loss - 0.3
    assert all(s.questions > 100 and s.gradient_norm > 0 for s in steps)


def test_training_is_in_single_precision_throughout():
    run = begin()
    run.advance()
    for parameter in run.model.parameters():
        assert parameter.data.dtype == parameter.grad.dtype == np.float32
    moments = [v for v in run.optimizer.state().values() if isinstance(v, np.ndarray)]
    assert moments and all(moment.dtype == np.float32 for moment in moments)


def test_a_diverged_run_stops_with_a_sentence_and_keeps_the_last_good_weights():
    run = begin(replace(SETTINGS, learning_rate=1e30, warmup=0, clip=math.inf, optimizer="sgd"))
    before = run.model.flat_data.copy()
    run.model.wte.data[5] = np.nan
    spoiled = run.model.flat_data.copy()
    with pytest.raises(DivergedError, match=r"step 1 with learning rate 1e\+30.*try"):
        run.advance()
    assert np.array_equal(run.model.flat_data, spoiled, equal_nan=True)
    run.model.flat_data[...] = before
    with np.errstate(all="ignore"), pytest.raises(DivergedError, match="step 2"):
        list(train(run))


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path):
    run = begin()
    path = tmp_path / "run.safetensors"
    run.save(path)
    with pytest.raises(CheckpointError, match="rows"):
        TrainingRun.resume(path, ROWS[:10])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError):
        TrainingRun.resume(path, ROWS)
    with pytest.raises(CheckpointError):
        TrainingRun.resume(tmp_path / "nothing", ROWS)


def test_a_batch_longer_than_the_text_and_an_unknown_preset():
    with pytest.raises(ValueError, match="smaller batch_size"):
        begin(replace(SETTINGS, batch_size=61))
    with pytest.raises(ValueError, match="choose quick, course, nanogpt_cpu"):
        preset("huge")


def test_few_stories_are_learned_by_heart():
    rows = ROWS[:8]
    config = GPTConfig(GRAMMAR.vocab_size, GRAMMAR.block_size, 2, 2, 48, initializer_range=0.07)
    rng = np.random.default_rng(0)
    settings = Settings(400, 8, 4e-3, warmup=20, weight_decay=0.0)
    run = TrainingRun(GPT(config, rng), rows, settings, rng)
    assert not evaluate(run.model, rows, GRAMMAR).memorised
    list(train(run))
    graded = evaluate(run.model, rows, GRAMMAR)
    assert graded.loss < perfect_memory(rows) + 0.02
    assert graded.loss < graded.floor and graded.memorised


@pytest.mark.parametrize("name", ["quick", "course"])
@pytest.mark.parametrize("seed", range(5))
def test_a_fresh_student_of_a_preset_starts_near_a_blind_guess(name, seed):
    rng = np.random.default_rng(seed)
    model = GPT(preset(name).config(GRAMMAR.vocab_size, GRAMMAR.block_size), rng)
    blind = math.log(GRAMMAR.vocab_size)
    assert evaluate(model, ROWS, GRAMMAR).loss == pytest.approx(blind, rel=0.05)


def test_the_course_preset_comes_close_to_the_floor():
    rng = np.random.default_rng(11)
    practice, held_out = split_stories(GRAMMAR, COURSE.stories, COURSE.held_out, rng)
    rows, unseen = (pack_stories(s, GRAMMAR, GRAMMAR.block_size) for s in (practice, held_out))
    model = GPT(COURSE.config(GRAMMAR.vocab_size, GRAMMAR.block_size), rng)
    fresh = evaluate(model, unseen[:100], GRAMMAR)
    assert fresh.loss == pytest.approx(math.log(GRAMMAR.vocab_size), rel=0.05)
    list(train(TrainingRun(model, rows, COURSE.settings, rng)))
    graded = evaluate(model, unseen, GRAMMAR)
    assert graded.loss - graded.floor < 0.05
    assert not graded.memorised
