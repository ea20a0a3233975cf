"""Feedback: slopes by nudging and by backpropagation agree, and every step is taken back."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.student import GPT, GPTConfig, softmax
from course_utils.training.corpus import text_corpus
from course_utils.training.feedback import (
    GOOD,
    MASKED,
    NEXT_TOKEN,
    PAST,
    TOO_SHORT,
    WALL,
    ZONES,
    agreement,
    bench,
    reversed_share,
    step_sizes,
    zones,
)
from course_utils.training.students import UNTRAINED, load_student

TEXT = "the cat sat on the mat. the dog ran to the cat and the mat. " * 12


@pytest.fixture(scope="module")
def corpus():
    return text_corpus(TEXT, "characters", 16)


def student(corpus, causal=True) -> GPT:
    config = GPTConfig(corpus.vocab_size, corpus.block_for(not causal), 2, 2, 8, causal, 0.3)
    return GPT(config, np.random.default_rng(1))


@pytest.fixture(params=[NEXT_TOKEN, MASKED])
def desk(request, corpus):
    model = student(corpus, causal=request.param == NEXT_TOKEN)
    return bench(corpus, model, request.param, rows=3)


def test_backpropagation_gives_the_slopes_that_nudging_finds(desk):
    feedback = desk.feedback
    gradient = feedback.gradient()
    rng = np.random.default_rng(0)
    for weight in rng.choice(feedback.model.count, 40, replace=False):
        assert feedback.slope(weight) == pytest.approx(gradient[weight], rel=1e-5, abs=1e-8)
    assert np.array_equal(feedback.weights, feedback.start)


def test_a_nudge_is_one_attempt_with_one_weight_changed(desk):
    feedback = desk.feedback
    copy = GPT(feedback.model.config, np.random.default_rng(0), np.float64)
    copy.flat_data[...] = feedback.weights
    copy.flat_data[7] += 0.25
    assert feedback.nudged(7, 0.25) == copy.loss(feedback.batch.inputs, feedback.batch.targets)
    assert np.array_equal(feedback.weights, feedback.start)


def test_the_mean_of_all_lessons_is_the_lesson_of_the_mean(desk):
    feedback = desk.feedback
    lessons = [feedback.gradient(question) for question in range(feedback.questions)]
    np.testing.assert_allclose(np.mean(lessons, axis=0), feedback.gradient(), atol=1e-12)
    assert feedback.loss() == pytest.approx(feedback.losses().mean(), rel=1e-12)


def test_a_step_is_plain_sgd_and_is_undone_to_the_bit(desk):
    feedback = desk.feedback
    gradient = feedback.gradient()
    expected = feedback.start - 0.3 * gradient
    feedback.step(gradient, 0.3)
    assert np.array_equal(feedback.weights, expected)
    stepped = feedback.losses()
    assert np.array_equal(feedback.after(gradient, 0.3), stepped)
    assert np.array_equal(feedback.weights, expected)  # looking changes nothing
    feedback.undo()
    assert np.array_equal(feedback.weights, feedback.start)
    assert list(feedback.slice(gradient, [0.3])) == [stepped.mean()]


def test_the_model_that_was_passed_stays_untouched(corpus):
    model = student(corpus)
    before = model.flat_data.copy()
    feedback = bench(corpus, model, rows=2).feedback
    feedback.step(feedback.gradient(), 1.0)
    assert np.array_equal(model.flat_data, before)
    assert feedback.weights.dtype == np.float64


def test_the_layers_share_out_all_weights_and_the_promise(desk):
    feedback = desk.feedback
    everything = np.concatenate(list(feedback.layers.values()))
    assert sorted(everything) == list(range(feedback.model.count))
    assert list(feedback.layers) == [
        "token table", "place table", "attention 1", "MLP 1", "attention 2", "MLP 2", "last norm",
    ]  # fmt: skip
    gradient = feedback.gradient()
    promises = feedback.layer_promises(gradient, 1e-4)
    assert sum(promises.values()) == pytest.approx(1e-4 * gradient @ gradient)
    for layer, gain in feedback.layer_gains(gradient, 1e-4):  # a small step keeps its promise
        assert gain == pytest.approx(promises[layer], rel=0.01, abs=1e-9)
    far = dict(feedback.layer_gains(gradient, 30.0))  # a large one doesn't
    assert far["token table"] < 0.5 * feedback.layer_promises(gradient, 30.0)["token table"]


def test_a_weights_name_leads_back_to_it(desk):
    feedback = desk.feedback
    assert feedback.name(0) == "token table: weight[0, 0]"
    number = int(feedback.places["h.1.mlp.c_fc.weight"][3, 5])
    assert feedback.name(number) == "MLP 2: mlp.c_fc.weight[3, 5]"
    feedback.weights[number] = 42.0
    assert feedback.model.named_parameters()["h.1.mlp.c_fc.weight"].data[3, 5] == 42.0
    with pytest.raises(ValueError, match="no weight"):
        feedback.name(feedback.model.count)


def test_the_zones_of_a_slice():
    rates = np.arange(1.0, 8.0)
    losses = np.array([0.99, 0.6, 0.52, 0.5, 0.55, 0.8, 1.5])
    found = zones(rates, losses, 1.0)
    assert found == [TOO_SHORT, GOOD, GOOD, GOOD, GOOD, PAST, WALL]
    assert zones(rates, losses + 0.6, 1.0)[4:] == [WALL] * 3  # no rate helps
    assert set(found) == set(ZONES)


def test_adamw_gives_every_weight_the_same_first_step_and_sgd_does_not(corpus):
    model = student(corpus)
    desk = bench(corpus, model, rows=2)
    gradients, steps = step_sizes(model, desk.batches(1, 2), "adamw", 0.01)
    used = gradients > 1e-4
    np.testing.assert_allclose(steps[used], 0.01, rtol=1e-3)
    gradients, steps = step_sizes(model, desk.batches(1, 2), "sgd", 0.01)
    np.testing.assert_allclose(steps, 0.01 * gradients, atol=1e-12)
    rng = np.random.default_rng(0)
    assert reversed_share(gradients, steps, rng) < 1e-3
    assert reversed_share(gradients, 1 / (steps + 1e-9), rng) > 0.99
    with pytest.raises(ValueError, match="adamw"):
        step_sizes(model, [], "adam", 0.01)


def test_agreement_is_a_cosine():
    a = np.array([3.0, 4.0])
    assert agreement(a, 2 * a) == pytest.approx(1)
    assert agreement(a, -a) == pytest.approx(-1)
    assert agreement(a, np.array([4.0, -3.0])) == pytest.approx(0)


def test_the_context_shows_what_may_be_read_and_never_the_answer():
    stories = bench(rows=2)
    feedback, corpus = stories.feedback, stories.corpus
    words = corpus.text(corpus.rows[0])
    assert stories.context(0) == "___"
    assert stories.context(1) == f"{words.split()[0]} ___"
    assert words.split()[3].startswith(corpus.label(feedback.answers[3]))
    row, place = feedback.place(30)
    assert stories.context(30).startswith("… ") and stories.context(30).endswith(" ___")
    assert feedback.batch.targets[row, place] == feedback.answers[30]
    filled = bench(objective=MASKED, rows=2)
    assert filled.context(0).count("___") == 1
    assert (filled.feedback.batch.inputs >= 0).all()


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
def test_the_true_chances_are_the_grammar_s(objective, corpus):
    desk = bench(objective=objective, rows=2)
    grammar, batch = desk.corpus.grammar, desk.feedback.batch
    for question in (0, desk.feedback.questions - 1):
        row, place = desk.feedback.place(question)
        whole = desk.corpus.rows[row]
        story = desk.corpus.text(whole)
        if objective == NEXT_TOKEN:
            expected = grammar.next_word_distribution(story)[place]
        else:
            hidden = [int(k) - 1 for k in np.flatnonzero(batch.targets[row] >= 0)]
            expected = grammar.masked_distribution(story, hidden)[hidden.index(place - 1)]
        truth = desk.truth(question)
        np.testing.assert_array_equal(truth, expected)
        assert truth.sum() == pytest.approx(1) and truth[desk.feedback.answers[question]] > 0
    own = bench(corpus, student(corpus), rows=3)
    assert own.truth(0) is None


def test_own_text_gives_a_lesson_too(corpus):
    desk = bench(corpus, student(corpus), rows=4)
    p = softmax(desk.feedback.logits())
    right = p[np.arange(desk.feedback.questions), desk.feedback.answers]
    np.testing.assert_allclose(-np.log(right), desk.feedback.losses())
    assert "___" in desk.context(20)


def test_what_does_not_fit_gets_one_sentence(corpus):
    for call, words in (
        (lambda: bench(objective="essay"), "next token"),
        (lambda: bench(rows=0), "at least 1"),
        (lambda: bench(corpus), "pass the model"),
        (lambda: bench(objective=MASKED, model=load_student(UNTRAINED)), "can't fill in"),
        (lambda: bench(corpus, student(corpus)).practice(0, 10_000), "practice rows"),
        (lambda: bench(corpus, student(corpus)).feedback.gradient(10_000), "no question"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
