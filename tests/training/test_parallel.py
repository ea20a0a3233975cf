"""A batch split over processes, a step over threads: as the model alone does, and clear ends."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from course_utils.student import GPT, AdamW, GPTConfig
from course_utils.training import parallel
from course_utils.training.parallel import ParallelAdamW, ParallelLoss


def student(dtype=np.float64) -> GPT:
    rng = np.random.default_rng(5)
    model = GPT(GPTConfig(13, 8, 2, 2, 8), rng, dtype)
    model.flat_data[...] += 0.2 * rng.standard_normal(model.count)
    return model


@pytest.fixture(scope="module")
def pair():
    """A model and its split loss: starting a process takes a while, so one serves all tests."""
    model = student()
    with ParallelLoss(model) as split:
        yield model, split


def questions(rows, seed=1):
    rng = np.random.default_rng(seed)
    ids, targets = rng.integers(0, 13, (rows, 7)), rng.integers(-1, 13, (rows, 7))
    targets[-1] = -1  # nothing is asked in the last row
    targets[0, 0] = 3
    return ids, targets


@pytest.mark.parametrize("rows", [1, 2, 3, 6, 7])
def test_the_parts_make_up_the_whole(pair, rows):
    model, split = pair
    alone = student()
    model.zero_grad()
    for seed in (1, 2):  # gradients accumulate
        expected = alone.loss(*questions(rows, seed))
        alone.backward()
        assert split.loss(*questions(rows, seed)) == pytest.approx(expected, rel=1e-12)
        split.backward()
    assert np.allclose(model.flat_grad, alone.flat_grad, rtol=1e-10, atol=1e-13)
    assert not np.allclose(model.flat_grad, 1.001 * alone.flat_grad, rtol=1e-10, atol=1e-13)


def test_an_attempt_that_nobody_learns_from_leaves_no_trace(pair):
    model, split = pair
    alone = student()
    model.zero_grad()
    split.loss(*questions(6, seed=3))
    expected = alone.loss(*questions(6, seed=4))
    assert split.loss(*questions(6, seed=4)) == pytest.approx(expected, rel=1e-12)
    split.backward()
    alone.backward()
    assert np.allclose(model.flat_grad, alone.flat_grad, rtol=1e-10, atol=1e-13)
    with pytest.raises(RuntimeError, match="loss"):
        split.backward()


def test_it_learns_as_the_model_alone_does():
    split_model, alone = student(np.float32), student(np.float32)
    curves = []
    with ParallelLoss(split_model, workers=3) as split:
        for model, answering in ((split_model, split), (alone, alone)):
            optimizer, losses = AdamW(model, 1e-2), []
            for step in range(20):
                losses.append(answering.loss(*questions(9, step)))
                model.zero_grad()
                answering.backward()
                optimizer.step()
            curves.append(losses)
    assert split_model.flat_grad.dtype == np.float32
    assert np.allclose(*curves, atol=1e-4)
    assert curves[0][-1] != curves[0][0]


@pytest.mark.parametrize("row", [0, 5])
def test_an_unknown_word_in_either_part_gets_its_sentence(pair, row):
    model, split = pair
    ids, targets = questions(7)
    targets[row, 0] = 1
    wrong = ids.copy()
    wrong[row, 2] = 13
    with pytest.raises(ValueError, match="outside the vocabulary"):
        split.loss(wrong, targets)
    with pytest.raises(RuntimeError, match="loss"):
        split.backward()
    assert split.loss(ids, targets) == pytest.approx(model.loss(ids, targets), rel=1e-12)


def test_wrong_requests_get_their_sentence(pair):
    model, split = pair
    ids, targets = questions(4)
    with pytest.raises(ValueError, match="No question is asked"):
        split.loss(ids, np.full_like(targets, -1))
    with pytest.raises(ValueError, match="one target for each token"):
        split.loss(ids, targets[:, :-1])
    with pytest.raises(ValueError, match="at least 1"):
        ParallelLoss(model, workers=0)


def test_a_process_that_was_lost_is_named_and_closing_ends_all():
    with ParallelLoss(student()) as split:
        process = split._helpers[0].process
        process.terminate()
        process.join()
        with pytest.raises(RuntimeError, match="make a new ParallelLoss"):
            split.loss(*questions(4))
    with ParallelLoss(student()) as split:
        process = split._helpers[0].process
        assert process.is_alive()
    assert not process.is_alive()


@pytest.mark.parametrize("workers", [2, 3])
def test_threads_share_a_step_to_the_bit(workers, monkeypatch):
    monkeypatch.setattr(parallel, "PIECE", 50)
    together, alone = student(np.float32), student(np.float32)
    many, one = ParallelAdamW(together, 1e-2, workers=workers), AdamW(alone, 1e-2)
    moved = set()
    move = many._move
    many._move = lambda *part: (moved.add(threading.current_thread().name), move(*part))
    for step in range(3):
        for model, optimizer in ((together, many), (alone, one)):
            model.zero_grad()
            model.loss(*questions(6, step))
            model.backward()
            optimizer.step()
    assert len(moved) > 1
    assert (together.flat_data == alone.flat_data).all()
    assert (many.state()["second"] == one.state()["second"]).all()
    assert (together.flat_data != student(np.float32).flat_data).all()


def test_a_small_student_is_moved_by_one_thread():
    model = student(np.float32)
    optimizer = ParallelAdamW(model, 1e-2, workers=2, betas=(0.5, 0.5))
    assert optimizer.betas == (0.5, 0.5)
    assert [part[:2] for part in optimizer._parts] == [(0, model.count)]
