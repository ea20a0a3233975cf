"""A step shared among processes: as the model alone makes it, and clear ends."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.student import GPT, AdamW, GPTConfig
from course_utils.training import Settings, TrainingRun, parallel
from course_utils.training.parallel import ParallelAdamW, ParallelGradients, ParallelRun


def student(dtype=np.float64) -> GPT:
    rng = np.random.default_rng(5)
    model = GPT(GPTConfig(13, 8, 2, 2, 8), rng, dtype)
    model.flat_data[...] += 0.2 * rng.standard_normal(model.count)
    return model


@pytest.fixture(scope="module")
def pair():
    """A model and its helpers: starting a process takes a while, so one serves all tests."""
    model = student()
    with ParallelGradients(model) as together:
        yield model, together


def questions(rows, seed=1):
    rng = np.random.default_rng(seed)
    ids, targets = rng.integers(0, 13, (rows, 7)), rng.integers(-1, 13, (rows, 7))
    targets[-1] = -1  # nothing is asked in the last row
    targets[0, 0] = 3
    return ids, targets


def loss_and_backward(model, ids, targets):
    loss = model.loss(ids, targets)
    model.backward()
    return loss


@pytest.mark.parametrize("rows", [1, 2, 3, 6, 7])
def test_the_parts_make_up_the_whole(pair, rows):
    model, together = pair
    alone = student()
    model.zero_grad()
    for seed in (1, 2):  # gradients accumulate
        expected = loss_and_backward(alone, *questions(rows, seed))
        got = together.loss_and_backward(*questions(rows, seed))
        assert got == pytest.approx(expected, rel=1e-12)
    assert np.allclose(model.flat_grad, alone.flat_grad, rtol=1e-10, atol=1e-13)
    assert not np.allclose(model.flat_grad, 1.001 * alone.flat_grad, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("row", [0, 5])
def test_an_unknown_word_in_either_part_gets_its_sentence(pair, row):
    model, together = pair
    ids, targets = questions(7)
    targets[row, 0] = 1
    wrong = ids.copy()
    wrong[row, 2] = 13
    model.flat_grad[...] = 1
    with pytest.raises(ValueError, match="outside the vocabulary"):
        together.loss_and_backward(wrong, targets)
    assert not model.flat_grad.any()  # half a gradient would be a trap
    loss = together.loss_and_backward(ids, targets)
    assert loss == pytest.approx(model.loss(ids, targets), rel=1e-12)


def test_wrong_requests_get_their_sentence(pair):
    model, together = pair
    ids, targets = questions(4)
    with pytest.raises(ValueError, match="No question is asked"):
        together.loss_and_backward(ids, np.full_like(targets, -1))
    with pytest.raises(ValueError, match="one target for each token"):
        together.loss_and_backward(ids, targets[:, :-1])
    with pytest.raises(ValueError, match="at least 1"):
        ParallelGradients(model, workers=0)


def test_a_process_that_was_lost_is_named_and_closing_ends_all(monkeypatch):
    monkeypatch.setattr(parallel, "PIECE", 50)
    with ParallelGradients(student()) as together:
        optimizer = ParallelAdamW(together, 1e-2)
        process = together.helpers[0].process
        process.terminate()
        process.join()
        with pytest.raises(RuntimeError, match="make new ParallelGradients"):
            together.loss_and_backward(*questions(4))
        with pytest.raises(RuntimeError, match="make new ParallelGradients"):
            optimizer.step()
    with ParallelGradients(student()) as together:
        process = together.helpers[0].process
        assert process.is_alive()
    assert not process.is_alive()


@pytest.mark.parametrize("workers", [2, 3])
def test_processes_share_a_step_to_the_bit(workers, monkeypatch):
    monkeypatch.setattr(parallel, "PIECE", 50)
    model, alone = student(np.float32), student(np.float32)
    with ParallelGradients(model, workers) as together:
        many = ParallelAdamW(together, 1e-2)
        own = []
        move = many._move
        monkeypatch.setattr(many, "_move", lambda *part: (own.append(part), move(*part)))
        one = AdamW(alone, 1e-2)
        for step in range(3):
            many.learning_rate = one.learning_rate = 1e-2 / (step + 1)
            loss_and_backward(alone, *questions(6, step))
            model.flat_grad[...] = alone.flat_grad
            many.step()
            one.step()
            alone.zero_grad()
    assert model.flat_grad.dtype == model.flat_data.dtype == many.first.dtype == np.float32
    assert own == 3 * [(0, model.count // workers)]  # what lies beyond, others moved
    assert (model.flat_data == alone.flat_data).all()
    assert (many.state()["second"] == one.state()["second"]).all()
    assert (model.flat_data != student(np.float32).flat_data).all()


def test_a_small_student_is_moved_by_one_process_and_a_new_optimizer_begins_afresh(pair):
    model, together = pair
    optimizer = ParallelAdamW(together, 1e-2, betas=(0.5, 0.5))
    assert optimizer.betas == (0.5, 0.5)
    assert optimizer._parts == [(0, model.count)]
    model.flat_grad[...] = 1
    optimizer.step()
    assert optimizer.first.all()
    assert not ParallelAdamW(together, 1e-2).first.any()


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_run_learns_as_it_does_alone_and_goes_on_bit_for_bit(optimizer, tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "PIECE", 50)
    rows = np.random.default_rng(3).integers(0, 13, (40, 9))
    settings = Settings(12, 6, 1e-2, optimizer=optimizer)

    def losses(run, count):
        return [run.advance().loss for _ in range(count)]

    alone = losses(TrainingRun(student(), rows, settings, np.random.default_rng(1)), 12)
    with ParallelRun(student(), rows, settings, np.random.default_rng(1), workers=3) as run:
        shared = losses(run, 6)
        run.save(tmp_path / "half")
        shared += losses(run, 6)
    assert np.allclose(shared, alone, rtol=1e-9)
    assert shared[-1] != shared[0]
    with ParallelRun.resume(tmp_path / "half", rows, workers=3) as run:
        assert losses(run, 6) == shared[6:]
