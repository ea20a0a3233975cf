"""The feedback microscope: every control against the number or picture that it must give."""

from __future__ import annotations

import asyncio
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

import ipywidgets as W
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from course_utils.learning.progress import shared
from course_utils.student import GPT, GPTConfig, log_softmax, softmax
from course_utils.training.corpus import text_corpus
from course_utils.training.feedback import GOOD, MASKED, NEXT_TOKEN, bench
from course_utils.widgets import ChoiceCard, FeedbackMicroscope
from course_utils.widgets.feedback_microscope import VIEWS
from course_utils.widgets.feedback_slopes import ZOOMS, duration
from course_utils.widgets.feedback_steps import APPLY, EVERYTHING, RATES, UNDO, nearest

TEXT = "the cat sat on the mat. the dog ran to the cat and the mat. " * 12
CORPUS = text_corpus(TEXT, "characters", 16)


def student(causal=True) -> GPT:
    config = GPTConfig(CORPUS.vocab_size, CORPUS.block_for(not causal), 2, 2, 8, causal, 0.3)
    return GPT(config, np.random.default_rng(1))


def small(show, objective=NEXT_TOKEN) -> FeedbackMicroscope:
    """A view on a small student of an own text."""
    return FeedbackMicroscope(show, CORPUS, student(objective == NEXT_TOKEN), objective, rows=3)


def alt(view) -> str:
    return re.search(r'<img alt="([^"]*)"', view.picture.value)[1]


def in_a_loop(work):
    """Run it in a thread of its own, as a notebook does; another test's loop may run here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def at_rest(worker) -> None:
    while worker.running:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.01)


def pressed(microscope, button) -> None:
    """Click a button and wait until its work is done."""

    async def work():
        button.click()
        await at_rest(microscope.view.worker)

    in_a_loop(work())


# nudge


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
def test_a_nudge_gives_the_loss_of_a_student_with_that_weight_changed(objective):
    view = small("nudge", objective).view
    assert view.slope is None and "Move the slider" in view.said.value
    assert "lesson plan" not in view.said.value
    view.nudge.value = 3
    feedback = view.feedback
    copy = GPT(feedback.model.config, np.random.default_rng(0), np.float64)
    copy.flat_data[...] = feedback.start
    copy.flat_data[view.weight.value] += 3 * view.zoom.value
    loss = copy.loss(feedback.batch.inputs, feedback.batch.targets)
    assert view.tried[3] == loss
    assert view.slope == (loss - view.before) / (3 * view.zoom.value)
    assert f"loss {loss:.6f}" in alt(view)
    assert f"{view.slope:+.4f}" in view.said.value
    assert f"{view.gradient[view.weight.value]:+.4f}" in view.said.value
    assert np.array_equal(feedback.weights, feedback.start)


def test_the_smaller_the_nudge_the_nearer_is_the_slope_to_the_gradient():
    view = small("nudge").view
    far = []
    for zoom in ZOOMS:
        view.zoom.value = zoom
        assert view.nudge.value == 0 and set(view.tried) == {0}
        view.nudge.value = 10
        far.append(abs(view.slope - view.gradient[view.weight.value]))
    assert far == sorted(far, reverse=True) and far[-1] < 1e-2 * far[0]


def test_the_offered_weights_slope_both_ways_and_one_is_never_used():
    view = FeedbackMicroscope("nudge", rows=2).view
    slopes = [view.gradient[number] for _, number in view.weight.options]
    assert min(slopes) == view.gradient.min() and max(slopes) == view.gradient.max()
    assert 0.0 in slopes  # a position that no story of this test reaches
    assert all(
        ("(never used in this test)" in name) == (view.gradient[number] == 0)
        for name, number in view.weight.options
    )
    view.weight.value = view.weight.options[-1][1]
    view.nudge.value = 5
    assert view.slope == 0 and "+0.0000" in view.said.value


def test_a_dragged_slider_ends_at_the_last_value():
    view = small("nudge").view
    for stop in [*range(11), *range(10, -8, -1)]:
        view.nudge.value = stop
    assert f"loss {view.tried[-7]:.6f}" in alt(view)
    assert set(view.tried) == set(range(-7, 11))


# lesson


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
def test_a_lesson_is_shown_after_its_prediction_and_is_softmax_minus_one_hot(objective):
    view = small("lesson", objective).view
    assert "Not answered yet" in view.said.value and view.picture.value == ""
    assert view.question.layout.display == view.nudge.layout.display == "none"
    assert view.rule.value == view.reply.value == ""  # nothing answers it before it is made
    assert len(set(view.options)) == 4
    view.predict(2)
    assert view.question.layout.display == "" and view.prediction.layout.display == "none"
    p = softmax(view.feedback.logits())[view.number, view.feedback.answers[view.number]]
    assert f"You predicted −{p:.2f}" in view.reply.value
    assert f"It is {p:.2f} − 1 = −{1 - p:.2f}" in view.reply.value
    assert "slope = softmax − one-hot" in view.rule.value
    question, answer = view.number, int(view.feedback.answers[view.number])
    expected = softmax(view.feedback.logits()[question])
    expected[answer] -= 1
    assert f"{CORPUS.label(answer)} {expected[answer]:+.2f}" in alt(view)
    assert view.slopes(question).sum() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(view.slopes(question), expected, atol=1e-12)


def test_only_the_right_slope_is_called_right():
    view = small("lesson").view
    right = [n for n, said in enumerate(view.replies()) if said == "So it is."]
    share = view.slopes(view.asked)[view.feedback.answers[view.asked]]
    assert right == [1] and view.options[1].startswith(f"{share:.2f}".replace("-", "−"))
    view.predict(1)
    assert "So it is." in view.reply.value
    entry = shared().latest("prediction", "feedback: slope at the right word")
    assert entry.data["answer"] == entry.data["outcome"] == view.options[1]


def test_nudging_a_logit_confirms_its_bar():
    view = small("lesson").view
    view.predict(0)
    for choice in [number for _, number in view.choice.options]:
        view.choice.value = choice
        view.nudge.value = 1
        logits = view.feedback.logits()[view.number]
        logits[choice] += 0.01
        loss = -log_softmax(logits)[view.feedback.answers[view.number]]
        assert f"to {loss:.4f}" in view.said.value
        measured, said = re.findall(r"(?:nudging|formula) ([+-]\d\.\d+)", view.said.value)
        assert float(measured) == pytest.approx(float(said), abs=0.003)


def test_another_question_has_other_choices_and_its_right_word_first_chosen():
    view = small("lesson").view
    view.predict(0)
    view.nudge.value = 4
    assert "So it is" not in view.reply.value and view.reply.value
    view.question.value = 1
    assert view.number == 0 and view.nudge.value == 0 and view.reply.value == ""
    assert view.choice.value == view.feedback.answers[0]
    assert view.bench.context(0) in view.head.value
    with pytest.raises(ValueError, match="no question"):
        view.feedback.place(-1)
    view.turn(99_999)  # shown, not raised
    assert "no question" in view.trouble.value and view.trouble.layout.display == ""
    view.turn(2)
    assert view.trouble.value == "" and view.number == 2


# price


def test_the_price_is_measured_on_this_computer_and_five_slopes_agree():
    ticks = iter(range(1000))
    view = small("price").view
    view._clock = lambda: float(next(ticks))  # every look at the clock is a second later
    assert view.seconds is None and "Not measured yet" in view.said.value
    assert f"{view.attempts:,}" in view.said.value and view.picture.value == ""
    view.advance()
    assert view.attempt == view.backward == 1.0
    assert view.seconds == 2 * view.feedback.model.count
    assert duration(view.seconds) in view.said.value and duration(view.seconds) in alt(view)
    gradient = view.feedback.gradient()
    assert len(view.compared) == len(set(view.compared)) == 5
    for number in view.compared:
        assert view.written[number] == gradient[number]
        assert view.nudged[number] == pytest.approx(gradient[number], abs=1e-7)
        assert f"{1000 * gradient[number]:+.3f}" in view.rows.value
    assert ">no<" not in view.rows.value and view.rows.value.count(">yes<") == 5


def test_the_price_button_works_in_pieces():
    microscope = small("price")
    pressed(microscope, microscope.view.measure)
    assert microscope.view.seconds > 0 and "times less" in microscope.view.said.value


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.012, "12 ms"), (4.2, "4.2 s"), (1140, "19 minutes"), (9000, "2.5 hours")],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


# one question, whole test


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
@pytest.mark.parametrize("show", ["one question", "whole test"])
def test_a_lesson_is_plain_sgd_and_every_question_is_asked_again(show, objective):
    view = small(show, objective).view
    feedback = view.feedback
    assert "Not applied yet" in view.said.value and "nothing applied" in alt(view)
    before = feedback.losses()
    gradient = feedback.gradient(view.number if show == "one question" else None)
    view.study()
    np.testing.assert_allclose(feedback.weights, feedback.start - 0.03 * gradient, atol=1e-15)
    changes = feedback.losses() - before
    np.testing.assert_allclose(view.known.changes, changes, atol=1e-12)
    assert f"{(changes < 0).sum()} better, {(changes > 0).sum()} worse" in alt(view)
    assert f"{before.mean():.3f} → {(before + changes).mean():.3f}" in view.said.value
    unseen = feedback.losses(view.bench.unseen).mean()
    assert f"{unseen:.3f}. Learning rate" in view.said.value
    view.undo()
    assert np.array_equal(feedback.weights, feedback.start)
    assert "bit for bit" in view.said.value and "nothing applied" in alt(view)


def test_the_toggle_carries_the_other_lesson_out():
    view = small("one question").view
    view.study()
    one = view.feedback.weights.copy()
    view.lesson.value = "whole test"
    expected = view.feedback.start - 0.03 * view.known.gradient
    assert np.array_equal(view.feedback.weights, expected) and view.known.question is None
    assert view.question.layout.display == "none"
    view.lesson.value = "one question"
    assert np.array_equal(view.feedback.weights, one)
    assert view.question.layout.display == ""


def test_another_question_begins_from_the_start():
    view = small("one question").view
    assert view.number == np.argmax(view.feedback.losses())
    view.study()
    view.question.value = 5
    assert not view.applied and "Not applied yet" in view.said.value
    assert np.array_equal(view.feedback.weights, view.feedback.start)
    view.study()
    assert view.known.question == 4


def test_the_first_lesson_of_one_question_is_the_outcome_of_a_prediction():
    card = ChoiceCard("?", ["better", "same", "worse"], name="feedback: one question's lesson")
    view = FeedbackMicroscope(show="one question", card=card).view
    card.choose(0)
    view.lesson.value = "whole test"
    view.study()
    assert card.came is None, "the whole test's lesson is no answer to that"
    view.undo()
    view.lesson.value = "one question"
    view.study()
    changes = np.delete(view.known.changes, view.known.question)
    worse, better = int((changes > 0).sum()), int((changes < 0).sum())
    assert worse != better and card.came == ("worse" if worse > better else "better")
    assert shared().latest("prediction", card.memory.name).data["outcome"] == card.came


def test_a_predicted_slope_is_kept():
    view = FeedbackMicroscope(show="lesson").view
    view.predict(2)
    data = shared().latest("prediction", "feedback: slope at the right word").data
    assert data["right"] is False and data["answer"].startswith("−0.40")


OPTIONS = ["better", "the same", "worse"]


def test_a_lesson_waits_for_its_prediction_and_says_what_came_of_it():
    card = ChoiceCard("What happens to the others?", OPTIONS)
    view = FeedbackMicroscope("one question", card=card).view
    assert view.waiting and view.apply.disabled and "Not answered yet" in view.said.value
    view.press()
    assert "prediction first" in view.trouble.value and not view.applied
    card.choose(0)
    assert not view.waiting and not view.apply.disabled and "Not applied yet" in view.said.value
    assert view.told.value == "" and not card.options.disabled
    view.study()
    others = np.delete(view.known.changes, view.known.question)
    assert view.known.outcome == 2 and (others > 0).mean() > 0.5
    assert "You predicted “better”. It came out otherwise." in view.said.value
    assert f"Of the other {len(others)} questions {(others < 0).sum()} get" in view.said.value
    assert card.options.disabled  # its outcome was seen
    view.lesson.value = "whole test"
    assert "predicted" not in view.said.value and view.known.outcome == 0
    view.undo()
    assert view.told.value == ""
    back = ChoiceCard("What happens to the others?", OPTIONS, confidence=True)
    undecided = FeedbackMicroscope("whole test", card=back).view
    back.choose(0, confidence=0.6)
    undecided.study()
    back.press()  # the answer is taken back: what is applied can still be undone
    assert undecided.waiting and not undecided.apply.disabled
    undecided.press()
    assert not undecided.applied and undecided.apply.disabled
    other = ChoiceCard("What happens to the others?", OPTIONS)
    again = FeedbackMicroscope("one question", card=other).view
    other.choose(2)
    again.study()
    assert "You predicted “worse”. So it was." in again.said.value
    again.close()
    other.choose(1)  # nobody listens any more


def test_what_one_lesson_did_to_its_own_answer_is_told_beside_the_true_chances():
    view = FeedbackMicroscope("one question").view
    view.study()
    question, word = view.known.question, view.feedback.answers[view.known.question]
    story = view.bench.corpus.text(view.feedback.batch.inputs[view.feedback.place(question)[0]])
    place = view.feedback.place(question)[1]
    truth = view.bench.corpus.grammar.next_word_distribution(story)[place]
    after = softmax(view.feedback.logits())[question]
    view.undo()
    before = softmax(view.feedback.logits())[question]
    for k in (*np.argsort(-truth)[:3], word):
        cells = [f"{100 * p[k]:.0f} %" for p in (before, after, truth)]
        row = view.bench.corpus.label(k) + (" (right)" if k == word else "")
        assert re.search(rf">{re.escape(row)}</th>.*?{'.*?'.join(cells)}", view.known.told)
    asked = truth > 0
    left = [truth[asked] @ np.log(truth[asked] / p[asked]) for p in (before, after)]
    assert f"rose from {left[0]:.2f} to {left[1]:.2f} nats" in view.known.told


def test_an_own_text_has_no_true_chances():
    view = small("one question").view
    view.study()
    assert "true chance" not in view.known.told and "in the mean" in view.known.told


def test_one_button_applies_and_undoes():
    microscope = small("one question")
    view = microscope.view
    assert view.apply.description == APPLY
    pressed(microscope, view.apply)
    assert view.apply.description == UNDO and view.applied
    pressed(microscope, view.apply)
    assert view.apply.description == APPLY and not view.applied
    assert np.array_equal(view.feedback.weights, view.feedback.start)


def test_on_the_stories_one_question_spoils_many_and_the_whole_test_few():
    view = FeedbackMicroscope("one question").view
    view.study()
    alone = view.known
    view.lesson.value = "whole test"
    whole = view.known
    others = np.delete(alone.changes, alone.question)
    assert alone.changes[alone.question] < -1
    assert (others > 0).mean() > 0.7 and others.mean() > 0.05
    assert (whole.changes < 0).mean() > 0.7 and whole.changes.mean() < -0.01
    assert whole.unseen_after.mean() < whole.unseen_before.mean()
    # As the chapter says, the studied word is then expected at nearly every other place.
    feedback, word = view.feedback, view.feedback.answers[alone.question]
    view.undo()
    before = softmax(feedback.logits())[:, word]
    feedback.step(alone.gradient, 0.03)
    assert (softmax(feedback.logits())[:, word] > before).mean() > 0.9


# rate


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
def test_a_rate_is_one_step_from_the_start(objective):
    view = small("rate", objective).view
    feedback = view.feedback
    for exponent in (-1.5, 0.3):
        view.rate.value = 10**exponent
        number = nearest(view.rate.value)
        assert RATES[number] == pytest.approx(10**exponent)
        feedback.step(view.gradient, RATES[number])
        loss = feedback.losses().mean()
        feedback.undo()
        assert view.tried[number] == loss
        assert f"to {loss:.3f}" in view.said.value
        assert f"loss after the step {loss:.3f}" in alt(view)
        assert f"promised a gain of {RATES[number] * view.squared:.3g}" in view.said.value
    assert view.zones == [] and "This is" not in view.said.value


def test_the_whole_slice_names_the_zones():
    microscope = small("rate")
    view = microscope.view
    pressed(microscope, view.draw)
    assert set(view.tried) == set(range(len(RATES))) and len(view.zones) == len(RATES)
    assert set(view.unseen) == set(view.tried)
    best = min(view.tried, key=view.tried.get)
    assert view.zones[best] == GOOD
    view.rate.value = RATES[best]
    assert "This is “near the bottom”" in view.said.value
    assert "41 rates tried" in alt(view)


def test_on_the_stories_all_four_zones_are_there():
    view = FeedbackMicroscope("rate").view
    view.advance()
    order = list(dict.fromkeys(view.zones))
    assert order == ["too short", "near the bottom", "past the valley", "up the other wall"]
    assert all(f"<b>{zone}</b>" in view.told.value for zone in order)
    # As the chapter says: the best step for a test that nobody studied is shorter.
    feedback, unseen = view.feedback, view.bench.unseen
    best = min(view.unseen, key=view.unseen.get)
    for k in (0, best, best + 5):
        assert view.unseen[k] == feedback.after(view.gradient, RATES[k], unseen).mean()
    assert best < min(view.tried, key=view.tried.get)
    assert f"{view.unseen[best]:.3f} at {RATES[best]:.2g}" in view.told.value


# layers


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
def test_every_layer_is_promised_and_stepped_alone(objective):
    microscope = small("layers", objective)
    view = microscope.view
    view.rate.value = 0.1
    assert "Promised only" in view.said.value
    pressed(microscope, view.step)
    feedback, before = view.feedback, view.feedback.losses().mean()
    numbers = feedback.layers["MLP 1"]
    feedback.weights[numbers] -= view.rate.value * view.gradient[numbers]
    gain = before - feedback.losses().mean()
    feedback.undo()
    assert view.given["MLP 1"] == pytest.approx(gain, abs=1e-12)
    promised = view.promised(view.rate.value)
    assert promised["MLP 1"] == pytest.approx(0.1 * (view.gradient[numbers] ** 2).sum())
    assert f"MLP 1 {promised['MLP 1']:+.4f} and {gain:+.4f}" in alt(view)
    assert promised[EVERYTHING] == pytest.approx(0.1 * view.gradient @ view.gradient)
    assert f"given {view.given[EVERYTHING]:+.4f}" in view.said.value
    view.rate.value = 1.0
    assert view.given == {} and "Promised only" in view.said.value


def test_what_the_chapter_says_about_the_layers_is_so():
    view = FeedbackMicroscope("layers").view
    view.rate.value = 0.1
    view.advance()
    promised, given = view.promised(0.1), view.given
    largest = sum(promised[layer] for layer in ("token table", "attention 1", "MLP 1"))
    assert largest / promised[EVERYTHING] == pytest.approx(0.75, abs=0.03)
    assert promised["MLP 2"] / promised["MLP 1"] == pytest.approx(1 / 3, abs=0.05)
    missing = promised[EVERYTHING] - given[EVERYTHING]
    bend = promised[EVERYTHING] - sum(given[layer] for layer in view.layers[:-1])
    assert bend / missing == pytest.approx(1 / 3, abs=0.05)


# all views


@pytest.mark.parametrize("objective", [NEXT_TOKEN, MASKED])
@pytest.mark.parametrize("show", VIEWS)
def test_the_still_is_a_picture_and_changes_nothing(show, objective):
    microscope = small(show, objective)
    view = microscope.view
    if show in ("one question", "whole test"):
        view.study()
    weights = view.feedback.weights.copy()
    bundle = microscope._repr_mimebundle_()
    assert re.search(r'<img alt="[^"]{40,}"[^>]+src="data:image/png;base64', bundle["text/html"])
    assert "<svg" not in bundle["text/html"] and "<style" not in bundle["text/html"]
    assert bundle["text/plain"] == view.summary
    assert microscope.still() == microscope.still()
    assert np.array_equal(view.feedback.weights, weights)


def controls(widget):
    found = []
    for child in getattr(widget, "children", ()):
        found += controls(child)
        if isinstance(child, (W.Button, W.ToggleButtons, W.Dropdown, W.RadioButtons)) or (
            "Slider" in type(child).__name__
        ):
            found.append(child)
    return found


@pytest.mark.parametrize("show", VIEWS)
def test_at_most_three_controls_are_in_sight_and_each_is_described(show):
    view = small(show).view
    if show == "lesson":
        assert [c for c in controls(view) if c.layout.display != "none"] == [view.prediction]
        view.predict(0)
    seen = [c for c in controls(view) if c.layout.display != "none"]
    assert 1 <= len(seen) <= 3
    assert all(c.description or c.tooltip for c in seen)


@pytest.mark.parametrize("show", VIEWS)
def test_two_copies_do_not_disturb_each_other(show):
    first, second = small(show), small(show)
    picture = second.view.picture.value
    for control in controls(first.view):
        if "Slider" in type(control).__name__:
            control.value = control.max if "Log" not in type(control).__name__ else 1.0
    if show in ("one question", "whole test"):
        first.view.study()
    assert second.view.picture.value == picture
    assert np.array_equal(second.view.feedback.weights, second.view.feedback.start)
    assert first.view.feedback.weights is not second.view.feedback.weights


@pytest.mark.parametrize("show", VIEWS)
def test_closing_leaves_nothing_behind(show):
    before = set(W.widgets.widget._instances)

    async def work():
        microscope = small(show)
        buttons = [c for c in controls(microscope) if isinstance(c, W.Button)]
        for button in buttons:
            button.click()
        microscope.close()
        worker = getattr(microscope.view, "worker", None)
        if worker is not None:
            await at_rest(worker)
            assert not worker.running

    in_a_loop(work())
    left = [W.widgets.widget._instances[k] for k in set(W.widgets.widget._instances) - before]
    # A widget's layout and style have no owner that closes them; nothing that is seen is left.
    assert [w for w in left if isinstance(w, W.DOMWidget)] == []


def test_what_does_not_fit_gets_one_sentence():
    with pytest.raises(ValueError, match="nudge, lesson, price, one question, whole test, rate"):
        FeedbackMicroscope("microscope")
    with pytest.raises(ValueError, match="above 0"):
        FeedbackMicroscope("rate", CORPUS, student(), rate=0)
    with pytest.raises(ValueError, match="pass the model"):
        FeedbackMicroscope("rate", CORPUS)


def test_no_piece_of_work_blocks():
    view = FeedbackMicroscope("one question").view
    longest = []
    for _ in range(3):  # another program may hold the processor for a while
        view._known.clear()
        view.applied = False
        view.feedback.undo()
        taken, work, begun = [], view._work(), time.process_time()
        for _ in work:
            taken.append(time.process_time() - begun)
            begun = time.process_time()
        longest.append(max(taken))
    assert min(longest) < 0.1


class Walk(RuleBasedStateMachine):
    """Any order of actions: what is drawn is what is computed, and no exception escapes."""

    def __init__(self) -> None:
        super().__init__()
        self.nudge = small("nudge").view
        self.lesson = small("lesson").view
        self.study = small("one question").view
        self.rates = small("rate").view
        self.layers = small("layers").view

    @rule(stop=st.integers(-10, 10))
    def nudge_to(self, stop):
        self.nudge.nudge.value = stop

    @rule(pick=st.integers(0, 20), zoom=st.sampled_from(ZOOMS))
    def look_at(self, pick, zoom):
        options = self.nudge.weight.options
        self.nudge.weight.value = options[pick % len(options)][1]
        self.nudge.zoom.value = zoom

    @precondition(lambda self: self.lesson.prediction.index is None)
    @rule(option=st.integers(0, 3))
    def predict(self, option):
        self.lesson.predict(option)

    @precondition(lambda self: self.lesson.prediction.index is not None)
    @rule(question=st.integers(1, 40), pick=st.integers(0, 4), stop=st.integers(-10, 10))
    def turn(self, question, pick, stop):
        self.lesson.question.value = question
        self.lesson.choice.value = self.lesson.choice.options[pick][1]
        self.lesson.nudge.value = stop

    @rule()
    def apply(self):
        self.study.study()

    @rule()
    def undo(self):
        self.study.undo()

    @rule(kind=st.sampled_from(["one question", "whole test"]))
    def toggle(self, kind):
        self.study.lesson.value = kind

    @rule(question=st.integers(1, 40))
    def ask(self, question):
        self.study.question.value = question

    @rule(exponent=st.integers(-30, 10))
    def try_rate(self, exponent):
        self.rates.rate.value = 10 ** (exponent / 10)
        self.layers.rate.value = 10 ** (exponent / 10)

    @rule()
    def draw(self):
        self.rates.advance()
        self.layers.advance()

    @invariant()
    def nothing_is_wrong(self):
        for view in (self.nudge, self.lesson, self.study, self.rates, self.layers):
            assert view.trouble.value == ""

    @invariant()
    def the_nudged_loss_is_shown(self):
        view = self.nudge
        loss = view.feedback.nudged(view.weight.value, view.nudge.value * view.zoom.value)
        assert f"loss {loss:.6f}" in alt(view)
        assert np.array_equal(view.feedback.weights, view.feedback.start)

    @invariant()
    def the_lesson_is_that_of_the_question(self):
        view = self.lesson
        if view.prediction.index is not None:
            answer = int(view.feedback.answers[view.number])
            slope = view.slopes(view.number)[answer]
            assert f"{CORPUS.label(answer)} {slope:+.2f}" in alt(view)

    @invariant()
    def the_weights_are_those_that_are_shown(self):
        view = self.study
        weights = view.feedback.start
        if view.applied:
            gradient = view.known.gradient
            weights = weights - view.rate * gradient
            assert f"{(view.known.changes > 0).sum()} worse" in alt(view)
        else:
            assert "nothing applied" in alt(view)
        assert np.array_equal(view.feedback.weights, weights)

    @invariant()
    def the_rate_is_the_sliders(self):
        number = nearest(self.rates.rate.value)
        assert f"loss after the step {self.rates.tried[number]:.3f}" in alt(self.rates)
        promised = self.layers.promised(self.layers.rate.value)[EVERYTHING]
        assert f"{EVERYTHING} {promised:+.4f}" in alt(self.layers)


STEPS = int(os.environ.get("COURSE_WALK", "15"))
Walk.TestCase.settings = settings(
    derandomize=True, max_examples=2, stateful_step_count=STEPS, deadline=None
)
TestWalk = Walk.TestCase


def test_the_bench_of_the_widget_is_the_bench_of_the_cells():
    view = FeedbackMicroscope("nudge", rows=2).view
    assert view.before == bench(rows=2).feedback.loss()
