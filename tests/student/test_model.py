"""The whole student: causal, counted, checked in float64, and caught when a backward is off."""

from dataclasses import replace

import numpy as np
import pytest

from course_utils.student import (
    GPT,
    SGD,
    AdamW,
    GPTConfig,
    check_gradients,
    clip_gradients,
    warmup_cosine,
)
from course_utils.student.functions import Fast, Plain
from course_utils.student.layers import MLP, Attention, Block, LayerNorm, Linear

SIZE = GPTConfig(vocab_size=13, block_size=8, n_layer=2, n_head=2, n_embd=8)


def student(config=SIZE, dtype=np.float64, functions=None, lively=0.2):
    rng = np.random.default_rng(5)
    model = GPT(config, rng, dtype, functions)
    model.flat_data[...] += lively * rng.standard_normal(model.count)
    return model


def questions(seed=1, rows=3, length=7):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 13, (rows, length)), rng.integers(-1, 13, (rows, length))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("functions", [Plain, Fast])
def test_whole_model_gradients(causal, functions):
    config = GPTConfig(13, 8, 2, 2, 8, causal)
    errors = check_gradients(
        student(config, functions=functions()), *questions(), np.random.default_rng(2)
    )
    assert len(errors) == 2 + 12 * 2 + 2
    assert max(errors.values()) < 1e-6


BACKWARDS = [
    (Linear, "backward"),
    (LayerNorm, "backward"),
    (Attention, "backward"),
    (MLP, "backward"),
    (Block, "backward"),
    (Plain, "linear_backward"),
    (Plain, "layer_norm_backward"),
    (Plain, "gelu_backward"),
    (Plain, "attend_backward"),
    (Plain, "logits_backward"),
    (Fast, "linear_backward"),
    (Fast, "layer_norm_backward"),
    (Fast, "gelu_backward"),
    (Fast, "attend_backward"),
    (Fast, "logits_backward"),
]


@pytest.mark.parametrize(("owner", "name"), BACKWARDS)
def test_a_backward_off_by_a_thousandth_is_caught(monkeypatch, owner, name):
    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args: original(*args) * 1.001)
    functions = owner() if owner in (Plain, Fast) else Fast()
    errors = check_gradients(student(functions=functions), *questions(), np.random.default_rng(2))
    assert max(errors.values()) > 1e-5


@pytest.mark.parametrize("owner", [Plain, Fast])
def test_an_embedding_lesson_off_by_a_thousandth_is_caught(monkeypatch, owner):
    original = owner.embed_backward

    def wrong(self, dx, *rest):
        original(self, dx * 1.001, *rest)

    monkeypatch.setattr(owner, "embed_backward", wrong)
    errors = check_gradients(student(functions=owner()), *questions(), np.random.default_rng(2))
    assert max(errors.values()) > 1e-5


@pytest.mark.parametrize("owner", [Plain, Fast])
def test_a_grading_off_by_a_thousandth_is_caught(monkeypatch, owner):
    original = owner.cross_entropy

    def wrong(self, logits, targets):
        loss, dlogits = original(self, logits, targets)
        return loss, dlogits * 1.001

    monkeypatch.setattr(owner, "cross_entropy", wrong)
    errors = check_gradients(student(functions=owner()), *questions(), np.random.default_rng(2))
    assert max(errors.values()) > 1e-5


def test_gradient_check_wants_float64():
    with pytest.raises(ValueError, match="float64"):
        check_gradients(student(dtype=np.float32), *questions(), np.random.default_rng(0))


def test_changing_a_token_leaves_every_earlier_logit_bit_identical():
    model = student(dtype=np.float32, lively=1.0)
    ids, _ = questions()
    before = model.forward(ids)
    for t in range(1, ids.shape[1]):
        changed = ids.copy()
        changed[:, t] = (changed[:, t] + 1) % 13
        after = model.forward(changed)
        assert np.array_equal(before[:, :t], after[:, :t])
        assert not np.array_equal(before[:, t], after[:, t])


def test_a_student_that_fills_in_reads_both_sides():
    model = student(GPTConfig(13, 8, 2, 2, 8, causal=False))
    ids, _ = questions()
    changed = ids.copy()
    changed[:, -1] = (changed[:, -1] + 1) % 13
    assert not np.allclose(model.forward(ids)[:, 0], model.forward(changed)[:, 0])


@pytest.mark.parametrize("vocab_size", [50, 130, 512])
def test_a_fresh_student_guesses_blindly(vocab_size):
    rng = np.random.default_rng(0)
    model = GPT(GPTConfig(vocab_size, 32, 2, 2, 32), rng)
    ids = rng.integers(0, vocab_size, (8, 33))
    assert model.loss(ids[:, :-1], ids[:, 1:]) == pytest.approx(np.log(vocab_size), rel=0.05)


def test_every_array_of_a_training_is_float32():
    model = student(dtype=np.float32)
    adam, sgd = AdamW(model, 1e-3), SGD(model, 1e-3, momentum=0.9)
    for rate in (1e-3, np.float64(1e-3)):
        model.zero_grad()
        model.loss(*questions())
        model.backward()
        clip_gradients(model, 0.1)
        for optimizer in (adam, sgd):
            optimizer.learning_rate = rate
            optimizer.step()
    assert model.forward(questions()[0]).dtype == np.float32
    for parameter in model.parameters():
        assert parameter.data.dtype == parameter.grad.dtype == np.float32
    for moment in (adam.first, adam.second, sgd.velocity, model.flat_data, model.flat_grad):
        assert moment.dtype == np.float32


def test_parameters_are_views_of_the_flat_arrays():
    model = student()
    assert sum(p.data.size for p in model.parameters()) == model.count
    model.flat_data[...] = 3
    model.flat_grad[...] = 4
    for p in model.parameters():
        assert (p.data == 3).all() and (p.grad == 4).all()
    assert model.named_parameters()["h.1.attn.c_attn.weight"].data.shape == (8, 24)


def test_gradients_accumulate():
    model = student()
    model.loss(*questions())
    model.backward()
    once = model.flat_grad.copy()
    model.loss(*questions())
    model.backward()
    assert np.allclose(model.flat_grad, 2 * once, atol=1e-12)
    model.zero_grad()
    assert not model.flat_grad.any()


def test_a_share_of_the_gradient():
    model = student()
    model.loss(*questions())
    model.backward()
    whole = model.flat_grad.copy()
    model.zero_grad()
    model.loss(*questions())
    model.backward(share=0.3)
    assert np.allclose(model.flat_grad, 0.3 * whole, rtol=1e-10, atol=1e-14)


def test_unasked_questions_change_nothing():
    model = student()
    ids, targets = questions()
    logits = model.forward(ids)
    exp = np.exp(logits)
    p = exp / exp.sum(-1, keepdims=True)
    asked = targets >= 0
    expected = -np.log(p[asked, targets[asked]]).mean()
    assert model.loss(ids, targets) == pytest.approx(expected, rel=1e-12)


def test_batches_of_different_shapes_may_follow_each_other():
    fast, plain = student(), student(functions=Plain())
    for rows, length in ((3, 7), (1, 2), (4, 8), (2, 5), (3, 7)):
        batch = questions(rows, rows, length)
        for model in (fast, plain):
            model.zero_grad()
            model.loss(*batch)
            model.backward()
        assert np.allclose(fast.flat_grad, plain.flat_grad, atol=1e-12)


def test_attention_is_a_distribution_over_what_was_read():
    ids, _ = questions()
    layers = student().attention(ids[:1])
    assert len(layers) == 2 and layers[0].shape == (2, 7, 7)
    for weights in layers:
        assert np.allclose(weights.sum(-1), 1)
        assert (np.triu(weights, 1) == 0).all()


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (np.array([[13]]), "outside the vocabulary"),
        (np.array([[-1]]), "outside the vocabulary"),
        (np.zeros((1, 9), int), "longer than the block"),
        (np.zeros(3, int), "shape"),
        (np.zeros((0, 3), int), "shape"),
        (np.zeros((1, 3)), "whole numbers"),
    ],
)
def test_wrong_ids_get_a_sentence(ids, sentence):
    with pytest.raises(ValueError, match=sentence):
        student().forward(ids)


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        (np.full((1, 3), -1), "No question is asked"),
        (np.full((1, 3), 13), "outside the vocabulary"),
        (np.zeros((1, 2), int), "one target for each token"),
    ],
)
def test_wrong_targets_get_a_sentence(targets, sentence):
    with pytest.raises(ValueError, match=sentence):
        student().loss(np.zeros((1, 3), int), targets)


def test_backward_needs_an_attempt():
    model = student()
    with pytest.raises(RuntimeError, match="loss"):
        model.backward()
    model.loss(*questions())
    model.forward(questions()[0])  # a later attempt without grading replaces the earlier one
    with pytest.raises(RuntimeError, match="loss"):
        model.backward()


def test_impossible_sizes_get_a_sentence():
    with pytest.raises(ValueError, match="multiple of n_head"):
        GPTConfig(13, 8, 1, 3, 8)
    with pytest.raises(ValueError, match="at least 1"):
        GPTConfig(13, 0, 1, 1, 8)
    for name in ("initializer_range", "final_gain"):
        with pytest.raises(ValueError, match=f"{name} is 0"):
            GPTConfig(13, 8, 1, 1, 8, **{name: 0})


def test_a_smaller_final_gain_makes_fresh_logits_as_much_quieter():
    ids = questions()[0]
    usual, quiet = (
        student(replace(SIZE, final_gain=gain), lively=0).forward(ids) for gain in (1.0, 0.5)
    )
    assert quiet == pytest.approx(usual / 2)


def test_adamw_is_its_equation():
    model = student()
    optimizer = AdamW(model, 0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.5)
    expected = {n: p.data.copy() for n, p in model.named_parameters().items()}
    first = {n: np.zeros_like(w) for n, w in expected.items()}
    second = {n: np.zeros_like(w) for n, w in expected.items()}
    for step in range(1, 4):
        model.zero_grad()
        model.loss(*questions(step))
        model.backward()
        for n, p in model.named_parameters().items():
            first[n] = 0.8 * first[n] + 0.2 * p.grad
            second[n] = 0.9 * second[n] + 0.1 * p.grad**2
            m, v = first[n] / (1 - 0.8**step), second[n] / (1 - 0.9**step)
            decay = 0.5 if p.data.ndim > 1 else 0.0
            expected[n] = expected[n] * (1 - 0.01 * decay) - 0.01 * m / (np.sqrt(v) + 1e-3)
        optimizer.step()
    for n, p in model.named_parameters().items():
        assert np.allclose(p.data, expected[n], rtol=1e-12, atol=1e-14)


def test_sgd_with_momentum_is_its_equation():
    model = student()
    expected, velocity = model.flat_data.copy(), np.zeros(model.count)
    optimizer = SGD(model, 0.1, momentum=0.5)
    for step in range(3):
        model.zero_grad()
        model.loss(*questions(step))
        model.backward()
        velocity = 0.5 * velocity + model.flat_grad
        expected -= 0.1 * velocity
        optimizer.step()
    assert np.allclose(model.flat_data, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", [AdamW, lambda m, r: SGD(m, r, momentum=0.9)])
def test_an_optimizer_goes_on_from_its_state(make):
    through, stopped = student(), student()
    a, b = make(through, 0.01), make(stopped, 0.01)
    for step in range(4):
        if step == 2:
            state = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in b.state().items()}
            b = make(stopped, 0.01)
            b.load_state(state)
        for model, optimizer in ((through, a), (stopped, b)):
            model.zero_grad()
            model.loss(*questions(step))
            model.backward()
            optimizer.step()
    assert np.array_equal(through.flat_data, stopped.flat_data)


def test_clipping_keeps_the_direction():
    model = student()
    model.loss(*questions())
    model.backward()
    before = model.flat_grad.copy()
    norm = clip_gradients(model, 0.01)
    assert norm == pytest.approx(np.linalg.norm(before))
    assert np.allclose(model.flat_grad, before * 0.01 / norm)
    assert clip_gradients(model, 1.0) == pytest.approx(0.01)
    assert np.linalg.norm(model.flat_grad) == pytest.approx(0.01), "a short one stays as it is"


def test_the_learning_rate_rises_falls_and_stays():
    rates = [warmup_cosine(s, 10, 1.0, warmup=2, floor=0.1) for s in range(13)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates[6] == pytest.approx(0.55)
    assert rates[2:11] == sorted(rates[2:11], reverse=True)
    assert rates[10:] == [0.1] * 3
    assert warmup_cosine(99, 10, 1.0) == 0.1
