"""AttemptExplorer: every control and action against the number or the picture it must give."""

from __future__ import annotations

import asyncio
import os
import re
from typing import ClassVar

import ipywidgets as W
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from course_utils.figures.reading import SEEN
from course_utils.learning.progress import shared
from course_utils.material.questions import CHIPS
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.training.attempts import (
    Watched,
    answer_logits,
    drawing_shares,
    question_at,
    swapped,
)
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.students import load_student
from course_utils.widgets import AttemptExplorer, ChoiceCard
from course_utils.widgets.attempt.attention import COVER_EACH, MATTERED, MEAN, NOTHING, READ
from course_utils.widgets.attempt.confidence import ALL, CONSTANT, NEXT, REVEAL, SWAP
from tests.widgets.loops import in_a_loop

VIEWS = ("confidence", "path", "attention", "time", "writing")
TEXT = "the red fox saw the blue hen. the hen saw the fox, and the red fox ran away. " * 20


@pytest.fixture(scope="module")
def corpus():
    return story_corpus(1)


@pytest.fixture(scope="module")
def trained():
    return load_student()


@pytest.fixture(scope="module")
def own():
    return text_corpus(TEXT, "words", 16)


def own_student(own, causal=True, seed=0):
    config = GPTConfig(own.vocab_size, own.block_for(not causal), 1, 2, 8, causal)
    return GPT(config, np.random.default_rng(seed))


def logits_of(model, question):
    return model.forward(question.ids[None])[0, question.place].astype(np.float64)


def points(logits):
    return 100 * softmax(logits)


def seen(html: str) -> list[str]:
    """The text alternatives of all pictures in a page."""
    return re.findall(r'<img alt="([^"]*)"', html)


def total(view) -> int:
    """How many controls are in sight."""

    def count(box) -> int:
        if box.layout.display == "none":
            return 0
        if isinstance(box, W.Box):
            return sum(count(child) for child in box.children)
        return isinstance(
            box,
            (W.Button, W.ToggleButton, W.ToggleButtons, W.Dropdown, W.SelectionSlider,
             W.FloatSlider, W.IntSlider, W.BoundedIntText, W.Text),
        )  # fmt: skip

    return count(view)


# All views


@pytest.mark.parametrize("show", VIEWS)
@pytest.mark.parametrize("objective", ["next token", "fill in"])
def test_every_view_opens_and_carries_pictures(show, objective):
    if (show, objective) == ("writing", "fill in"):
        with pytest.raises(ValueError, match="only one that answers what comes next can write"):
            AttemptExplorer(show, objective=objective)
        return
    explorer = AttemptExplorer(show, objective=objective)
    bundle = explorer._repr_mimebundle_()
    assert all(len(alt) > 20 for alt in seen(bundle["text/html"])) and seen(bundle["text/html"])
    assert bundle["text/plain"] == explorer.view.summary
    assert explorer.view.trouble.value == ""


@pytest.mark.parametrize("show", VIEWS)
@pytest.mark.parametrize("causal", [True, False])
def test_every_view_works_on_an_own_text(show, causal, own):
    student = own_student(own, causal)
    options = {"moments": [("fresh", 0, student), ("later", 50, own_student(own, causal, 1))]}
    if show == "writing" and not causal:
        return
    objective = "next token" if causal else "fill in"
    kwargs = options if show == "time" else {}
    explorer = AttemptExplorer(show, own, student, objective, **kwargs)
    assert seen(explorer.still()) and explorer.view.trouble.value == ""


def test_what_doesn_t_fit_is_said(corpus, own, trained):
    with pytest.raises(ValueError, match="choose confidence, path, attention, time, writing"):
        AttemptExplorer("nothing")
    with pytest.raises(ValueError, match="next token or fill in"):
        AttemptExplorer(objective="guess")
    with pytest.raises(ValueError, match="pass model="):
        AttemptExplorer(corpus=own)
    with pytest.raises(ValueError, match=f"knows 150 tokens, your text has {own.vocab_size}"):
        AttemptExplorer(corpus=own, model=trained)
    with pytest.raises(ValueError, match="causal=False"):
        AttemptExplorer(model=trained, objective="fill in")
    short = GPT(GPTConfig(corpus.vocab_size, 8, 1, 2, 8), np.random.default_rng(0))
    with pytest.raises(ValueError, match="reads 8 tokens"):
        AttemptExplorer(model=short)
    with pytest.raises(ValueError, match=r"pass\s+moments="):
        AttemptExplorer("time", model=trained)
    for show, option in (
        ("confidence", "task"), ("confidence", "example"), ("attention", "look"),
        ("attention", "head"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="choose"):
            AttemptExplorer(show, **{option: "nothing"})


@pytest.mark.parametrize("show", VIEWS)
def test_at_most_three_controls_are_in_sight(show):
    view = AttemptExplorer(show).view
    faces = {"confidence": "task", "attention": "look", "writing": "knob"}
    switch = getattr(view, faces[show]) if show in faces else None
    for face in switch.options if switch else [None]:
        if switch:
            switch.value = face
        if face == "your chips":  # the five boxes are one board
            view.board.layout.display = "none"
        assert 1 <= total(view) <= 3, face


@pytest.mark.parametrize("show", VIEWS)
def test_closing_leaves_nothing_behind_and_two_don_t_disturb_each_other(show):
    known = set(W.widget._instances) if hasattr(W.widget, "_instances") else None
    first, second = AttemptExplorer(show), AttemptExplorer(show)
    before = second.still()
    assert first.view.subject.model is not second.view.subject.model
    first.view.subject.model.flat_data[:] = 0
    first.view.refresh()
    second.view.refresh()
    assert second.still() == before
    ids = [child.comm for child in first.children]
    first.close()
    second.close()
    assert first.comm is None and all(child.comm is None for child in first.children)
    assert ids and all(child.comm is None for child in first.view.children)
    if known is not None:
        assert set(W.widget._instances) - known == set() or True in [
            isinstance(W.widget._instances[i], (W.Layout, W.DOMWidget))
            or "Style" in type(W.widget._instances[i]).__name__
            for i in set(W.widget._instances) - known
        ]


# Confidence


def test_the_student_s_answer_waits_for_twenty_chips():
    view = AttemptExplorer("confidence").view
    model, (question, four) = view.subject.model, view._for_chips[0]
    assert "Not answered yet" in view.said.value and view.picture.value == ""
    view.reveal.click()
    assert "15 are still in your hand" in view.trouble.value and view.picture.value == ""
    view.board.place((6, 5, 4, 3, 2))
    assert view.picture.value == "", "all chips placed, but the button not pressed"
    view.reveal.click()
    assert view.trouble.value == "" and view.reveal.description == NEXT
    expected = points(logits_of(model, question))
    answers = view.chip_answers(view.board.chips, True)
    for answer, token, chips in zip(answers, four, view.board.chips, strict=False):
        assert answer.points == pytest.approx(expected[token], abs=1e-3)
        assert answer.other == 100 * chips / CHIPS
        assert answer.right == (token == question.answer)
        assert answer.logit == pytest.approx(logits_of(model, question)[token], abs=1e-3)
        assert (
            f"{answer.word}{' (right)' if answer.right else ''} {answer.points:.0f}"
            in (seen(view.picture.value)[0])
        )
    assert answers[-1].points == pytest.approx(100 - expected[four].sum(), abs=1e-3)
    assert answers[-1].beside == "146 words, no one logit"
    above = re.search(r"is ([\d.]+) above .* is ([\d.]+): so many times", view.said.value)
    assert np.exp(float(above[1])) == pytest.approx(float(above[2]), rel=0.03)
    assert view.board.numbers[0].disabled
    view.reveal.click()
    assert view.reveal.description == REVEAL and view.board.chips == (1,) * 5
    assert not view.board.numbers[0].disabled and view.picture.value == ""
    assert view.subject.text(view._for_chips[1][0]) in view.board.story.value


def test_no_question_for_chips_is_among_the_others():
    for objective in ("next token", "fill in"):
        view = AttemptExplorer("confidence", objective=objective).view
        shown = [tuple(q.ids) for q in view.subject.questions]
        assert not any(tuple(q.ids) in shown for q, _ in view._for_chips)


def test_swapping_a_word_moves_the_answer(corpus, trained):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("confidence", question=asked, task=SWAP).view
    assert "Nothing is altered" in view.said.value
    ball, kite = (corpus.vocabulary.index(word) for word in ("ball", "kite"))
    view.place.value = 10
    assert view.word.value == kite, "the menu shows the word that stands there"
    view.word.value = ball
    logits = logits_of(trained, swapped(asked, 10, ball))
    assert view.logits == pytest.approx(logits, abs=1e-4)
    answers, ids = view.moved_answers(view.logits)
    assert ids[0] == ball and answers[0].points == pytest.approx(points(logits)[ball], abs=1e-2)
    assert answers[0].other == pytest.approx(points(logits_of(trained, asked))[ball], abs=1e-2)
    assert "“kite” (place 10) became “ball”" in view.said.value
    assert "a white ball for him" in view.story.value
    assert seen(view.picture.value)[0].startswith(
        f"Points of 100, now: ball {answers[0].points:.0f}"
    )
    view.place.value = 2
    assert view.word.value == corpus.vocabulary.index("Tom"), "only one word is altered at a time"
    assert "Nothing is altered" in view.said.value
    view.swap(99, ball)
    assert "could be swapped" in view.trouble.value
    view.swap(10, ball)
    assert view.trouble.value == "" and "became “ball”" in view.said.value


def test_a_swap_of_the_answer_s_word_is_the_outcome_of_a_prediction(corpus, trained):
    card = ChoiceCard("?", ["stays", "follows", "else"], name="attempt: a swapped word")
    question = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer(show="confidence", task=SWAP, question=question, card=card).view
    card.choose(0)
    place = next(p for _, p in view.place.options if question.ids[p] == question.answer)
    other = next(p for _, p in view.place.options if question.ids[p] != question.answer)
    ball = corpus.vocabulary.index("ball")
    view.swap(other, ball)
    assert card.came is None, "another word's swap answers nothing"
    view.swap(place, ball)
    favourite = int(answer_logits(trained, swapped(question, place, ball)).argmax())
    assert favourite == ball and card.came == "follows"
    assert shared().latest("prediction", "attempt: a swapped word").data["right"] is False


def test_the_swapped_answer_waits_for_the_prediction(corpus):
    options = ["kite", "ball", "neither"]
    card = ChoiceCard("What will it answer?", options, example=2, confidence=True)
    asked = question_at(corpus.held_out[4], 31)
    explorer = AttemptExplorer("confidence", task=SWAP, question=asked, card=card, example="ball")
    view, ball = explorer.view, corpus.vocabulary.index("ball")
    view.swap(10, ball)
    assert view.picture.value == "" and "Not answered yet" in view.said.value
    assert "ball" not in view.story.value, "the story stays as it was"
    still = view.still()
    assert "became “ball”" in still and "You predicted: “neither”" in still
    assert card.came is None, "the saved picture decides nothing"
    view.swap(10, corpus.vocabulary.index("kite"))
    card.choose(1)
    assert view.picture.value == "", "chosen, but not kept"
    card.press()
    assert seen(view.picture.value) and "Nothing is altered" in view.said.value
    view.swap(2, ball)
    assert card.came is None and "You predicted" not in view.said.value
    view.swap(10, ball)
    assert "The favourite is “ball”" in view.said.value
    assert "You predicted: “ball”." in view.said.value
    assert card.came == "ball" and card.keep_button.layout.display == "none"
    explorer.close()
    assert card._listeners == [] and card.options.comm is not None
    card.close()


def test_a_constant_on_all_changes_nothing_and_on_one_everything(corpus, trained):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("confidence", question=asked, task=CONSTANT).view
    before = logits_of(trained, asked)
    view.constant.value = 4.0
    answers, ids = view.moved_answers(view.logits)
    assert "the largest change in points is 0.0" in view.said.value
    for answer, i in zip(answers, ids, strict=True):
        assert answer.points == pytest.approx(answer.other, abs=1e-9)
        assert answer.logit == pytest.approx(before[i] + 4, abs=1e-4)
    token = view.target.options[3][1]
    view.target.value = token
    altered = before.copy()
    altered[token] += 4
    answers, ids = view.moved_answers(view.logits)
    for answer, i in zip(answers, ids, strict=True):
        assert answer.points == pytest.approx(points(altered)[i], abs=1e-2)
    kept = points(altered)[ids[0]] / points(before)[ids[0]]
    assert f"multiplied by {kept:.2f}" in view.said.value
    view.add(0.0, ALL)
    assert "Nothing is added yet" in view.said.value


def test_tasks_are_chosen():
    view = AttemptExplorer("confidence").view
    view.turn(SWAP)
    assert view._faces[SWAP].layout.display == "" and view.board.layout.display != "none"
    assert view._faces["your chips"].layout.display == "none"
    view.turn("nothing")
    assert "choose your chips, swap a word" in view.trouble.value and view.task.value == SWAP


# Path


def test_a_station_is_opened_and_a_number_followed(corpus, trained):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("path", question=asked).view
    attempt = Watched(trained).attempt(asked)
    for i, (name, _) in enumerate(view.station.options):
        view.station.value = i
        assert f"Open: {name}" in seen(view.picture.value)[0]
        bars = view._picture._bars
        for strip, drawn in zip(view.stations[i].strips, bars, strict=True):
            heights = [line[1][1] - line[0][1] for line in drawn.get_segments()]
            reach = view._picture._reach()
            assert np.array(heights) == pytest.approx(reach * strip.values / strip.full)
            assert abs(strip.values).max() <= strip.full
    assert len(seen(view.still())) == 3 and view.station.value == len(view.station.options) - 1
    view.channel.value = 9
    for station, stream in zip(view.stations, attempt.stream(), strict=False):
        assert station.carried == f"{stream[9] + 0.0:+.2f}".replace("-", "−").replace(
            "−0.00", "+0.00"
        )
    assert "following number 9" in seen(view.picture.value)[0]
    view.question.value = 3
    assert view.asked is view.subject.questions[3]
    assert view.attempt.logits == pytest.approx(logits_of(trained, view.asked), abs=1e-4)
    view.visit(99)
    assert "choose 0 to 6" in view.trouble.value
    view.visit(2)
    assert view.station.value == 2 and view.trouble.value == ""


# Attention


def test_the_view_opens_on_the_head_that_finds_best(corpus, trained):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("attention", question=asked).view
    best = np.unravel_index(view.scores.argmax(), view.scores.shape)
    assert view.head.value == tuple(best) and view.scores[best] > 0.5
    weights = trained.attention(asked.ids[None])
    for layer, head in ((0, 0), (1, 3)):
        view.head.value = (layer, head)
        assert view.shares == pytest.approx(weights[layer][head, 30], abs=1e-5)
        place = int(view.shares.argmax())
        assert f"(place {place}) {100 * view.shares[place]:.0f}" in seen(view.picture.value)[0]
        heights = [path.get_extents().height for path in drawn(view)._read.get_paths()]
        shown = np.where(view.shares < SEEN, 0, view.shares)
        assert np.array(heights) == pytest.approx(shown * max(heights) / shown.max())
    view.head.value = MEAN
    assert view.shares == pytest.approx(np.concatenate(weights)[:, 30].mean(axis=0), abs=1e-5)
    assert AttemptExplorer("attention", head="all").view.head.value == MEAN
    assert AttemptExplorer("attention", head=(1, 2)).view.head.value == (1, 2)


def drawn(view):
    """The map that the view draws on now."""
    [shown] = [
        m
        for m in view._maps.values()
        if m._words[0].text == view.words[0]
        and m.height == max(k.height for k in view._maps.values())
    ] or [None]
    return shown


def test_a_covered_word_matters_as_much_as_measured(corpus, trained):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("attention", question=asked, look=MATTERED).view
    view.still()
    assert np.isnan(view.effects).all(), "the saved picture measures for itself alone"
    assert "Nothing is covered yet" in view.said.value
    view.cover.value = 10
    watched = Watched(trained)
    before = log_softmax(logits_of(trained, asked))[asked.answer]
    after = watched.covering(asked, [10])[0]
    assert view.effects[10] == pytest.approx(before - after, abs=1e-4)
    assert f"rises by {before - after:.2f}" in view.said.value
    assert f"to {100 * np.exp(after):.1f}" in view.said.value
    assert "Covered now: kite" in seen(view.picture.value)[0]
    assert np.isnan(view.effects[3])
    view.advance(5)
    assert np.count_nonzero(~np.isnan(view.effects)) == 6
    view.advance(100)
    assert np.isnan(view.effects[asked.place]) and np.isnan(view.effects).sum() == 1
    assert "It also mattered most" in view.said.value
    view.measure(asked.place)
    assert "choose another of the 31" in view.trouble.value
    view.cover.value = NOTHING
    assert "30 of 30 words were covered" in view.said.value
    view.question.value = 2
    assert view.cover.value == NOTHING and np.isnan(view.effects).all()
    view.question.value = 0
    assert not np.isnan(view.effects[10]), "what was measured is kept"
    view.look.value = READ
    assert "Covered now" not in seen(view.picture.value)[0]


def test_covering_each_goes_on_by_itself_and_can_be_paused():
    view = AttemptExplorer("attention", look=MATTERED).view

    async def press():
        view.each.value = True
        assert view.each.description == "Pause"
        while np.isnan(view.effects).sum() > len(view.words) - 4:
            await asyncio.sleep(0.001)
        view.each.value = False
        await view.worker.task
        paused = np.count_nonzero(~np.isnan(view.effects))
        await asyncio.sleep(0.02)
        assert np.count_nonzero(~np.isnan(view.effects)) == paused >= 4
        view.each.value = True
        await view.worker.task

    in_a_loop(press())
    assert np.isnan(view.effects).sum() == 1 and view.each.description == COVER_EACH
    assert not view.each.value and "mattered most" in view.said.value


def test_turning_to_another_question_stops_covering():
    view = AttemptExplorer("attention", look=MATTERED).view

    async def press():
        view.each.value = True
        task = view.worker.task
        await asyncio.sleep(0.005)
        view.question.value = 1
        await task

    in_a_loop(press())
    assert not view.worker.running and not view.each.value
    assert np.isnan(view.effects).all() and view.trouble.value == ""


# Time


def test_the_same_question_at_each_moment(corpus):
    asked = question_at(corpus.held_out[4], 31)
    view = AttemptExplorer("time", question=asked).view
    names = ("untrained", "step 10", "step 30", "half-trained", "step 100", "step 300", "trained")
    assert tuple(view.names) == names
    for i, name in enumerate(names):
        view.moment.value = i
        logits = logits_of(load_student(name), asked)
        answers = view.answers(i)
        right = next(answer for answer in answers if answer.right)
        assert right.points == pytest.approx(points(logits)[asked.answer], abs=1e-2)
        assert f"Marked: step {view.steps[i]}." in seen(view.curve.value)[0]
        assert view._curve._mark.get_ydata()[0] == pytest.approx(right.points, abs=1e-2)
    view.go_to(0)
    assert "“white”, the word just read" in view.said.value
    assert any("the word just read" in answer.note for answer in view.answers(0))
    view.go_to(7)
    assert "choose 0 to 6" in view.trouble.value
    view.question.value = 2
    assert view.subject.label(view.subject.questions[2].answer) in view.story.value


# Writing


def test_one_word_a_press(trained):
    view = AttemptExplorer("writing").view
    while not view.writer.ended:
        logits = trained.forward(np.array([view.writer.ids]))[0, -1].astype(np.float64)
        assert view.shares == pytest.approx(softmax(logits), abs=1e-5)
        count = len(view.writer.ids)
        view.write_button.click()
        assert len(view.writer.ids) == count + 1
    assert "That is the end" in view.said.value and view.picture.value == ""
    assert view.write_button.description == "Start anew"
    text = view.page.value
    view.write_button.click()
    assert len(view.writer.ids) == 1 and view.write_button.description == "Write one word"
    view.write(100)
    assert view.page.value == text, "the same luck again"


def test_temperature_and_cuts_change_what_is_drawn_from():
    view = AttemptExplorer("writing").view
    view.write(8)
    logits = view.writer.logits.copy()
    view.temperature.value = 0.5
    assert view.shares == pytest.approx(drawing_shares(logits, 0.5))
    view.temperature.value = 1.0
    view.top_k.value = 2
    assert np.count_nonzero(view.shares) == 2 and "drawn from 2 of 150" in view.said.value
    assert sum("left out" in answer.note for answer in view.answers(logits)) == 6
    view.top_k.value = 0
    view.top_p.value = 0.5
    assert view.shares == pytest.approx(drawing_shares(logits, 1.0, None, 0.5))
    assert (view.writer.logits == logits).all(), "the student's own answer stays as it is"
    for knob in view.knob.options:
        view.knob.value = knob
        assert [n for n, face in view._faces.items() if face.layout.display == ""] == [knob]


def test_an_own_beginning_and_an_unknown_word():
    view = AttemptExplorer("writing").view
    view.beginning.value = "Today Tom was"
    assert len(view.writer.ids) == 4 and "Today Tom was" in view.page.value
    view.beginning.value = "Today Zebra was"
    assert "zebra" in view.trouble.value and "knows, for example" in view.trouble.value
    assert "Today Tom was" in view.page.value, "what was there stays"
    view.beginning.value = ""
    view.write(2)
    view.anew.click()
    assert len(view.writer.ids) == 1 and view.trouble.value == ""
    view.knob.value = "start"
    assert view.write_button.layout.display == "none"
    view.anew.click()
    assert view.knob.value == "temperature" and view.write_button.layout.display == ""


# A random walk


class Walk(RuleBasedStateMachine):
    """Controls moved at random: what is drawn equals what is computed, and nothing is raised."""

    made: ClassVar[dict[str, AttemptExplorer]] = {}

    @initialize()
    def open(self):
        for show in VIEWS:
            self.made.setdefault(show, AttemptExplorer(show))
        self.views = {show: explorer.view for show, explorer in self.made.items()}
        self.reference = load_student()

    @rule(data=st.data())
    def chips(self, data):
        view = self.views["confidence"]
        view.task.value = "your chips"
        if data.draw(st.booleans()):
            view.board.numbers[data.draw(st.integers(0, 4))].value = data.draw(st.integers(0, 16))
        elif data.draw(st.booleans()):
            view.board.rest[data.draw(st.integers(0, 4))].click()
        view.reveal.click()

    @rule(data=st.data())
    def swap(self, data):
        view = self.views["confidence"]
        view.task.value = SWAP
        view.place.value = data.draw(st.sampled_from([p for _, p in view.place.options]))
        view.word.value = data.draw(st.sampled_from([t for _, t in view.word.options]))

    @rule(data=st.data())
    def shift(self, data):
        view = self.views["confidence"]
        view.task.value = CONSTANT
        view.target.value = data.draw(st.sampled_from([t for _, t in view.target.options]))
        view.constant.value = data.draw(st.sampled_from([-5.0, -0.5, 0.0, 2.5, 5.0]))

    @rule(station=st.integers(0, 6), question=st.integers(0, 5), channel=st.integers(0, 63))
    def path(self, station, question, channel):
        view = self.views["path"]
        view.question.value, view.channel.value, view.station.value = question, channel, station

    @rule(data=st.data())
    def attention(self, data):
        view = self.views["attention"]
        view.look.value = data.draw(st.sampled_from([READ, MATTERED]))
        view.question.value = data.draw(st.integers(0, 5))
        view.head.value = data.draw(st.sampled_from([h for _, h in view.head.options]))
        view.cover.value = data.draw(st.sampled_from([p for _, p in view.cover.options]))
        view.advance(data.draw(st.integers(0, 3)))

    @rule(moment=st.integers(0, 6), question=st.integers(0, 5))
    def time(self, moment, question):
        view = self.views["time"]
        view.moment.value, view.question.value = moment, question

    @rule(data=st.data())
    def writing(self, data):
        view = self.views["writing"]
        view.knob.value = data.draw(st.sampled_from(view.knob.options))
        view.temperature.value = data.draw(st.sampled_from([0.1, 0.7, 1.0, 3.0]))
        view.top_k.value = data.draw(st.integers(0, 20))
        view.top_p.value = data.draw(st.sampled_from([0.05, 0.5, 1.0]))
        view.beginning.value = data.draw(st.sampled_from(["", "Tom had", "no such zebra"]))
        for _ in range(data.draw(st.integers(0, 4))):
            view.write_button.click()

    @invariant()
    def the_confidence_drawn_is_computed(self):
        view = getattr(self, "views", {}).get("confidence")
        if view is None or view.task.value == "your chips":
            return
        answers, ids = view.moved_answers(view.logits)
        question = view.question
        if view.task.value == SWAP and view.word.value is not None:
            question = swapped(question, view.place.value, view.word.value)
        logits = logits_of(self.reference, question)
        if view.task.value == CONSTANT:
            where = slice(None) if view.target.value == ALL else view.target.value
            logits[where] += view.constant.value
        for row, (answer, i) in enumerate(zip(answers, ids, strict=True)):
            assert answer.points == pytest.approx(points(logits)[i], abs=1e-2)
            assert view._bars._bars[row].get_width() == pytest.approx(2.4 * answer.points)

    @invariant()
    def the_reading_drawn_is_computed(self):
        view = getattr(self, "views", {}).get("attention")
        if view is None:
            return
        weights = self.reference.attention(view.asked.ids[None])
        layer, head = view.head.value
        rows = np.concatenate(weights) if layer < 0 else weights[layer][head : head + 1]
        place = view.asked.place
        assert view.shares == pytest.approx(rows[:, place].mean(axis=0), abs=1e-5)
        assert len(view.words) == len(view.asked.ids) and np.isnan(view.effects[place])

    @invariant()
    def the_writer_draws_from_what_is_shown(self):
        view = getattr(self, "views", {}).get("writing")
        if view is None:
            return
        expected = drawing_shares(view.writer.logits, *view.settings)
        assert view.shares == pytest.approx(expected) and view.shares.sum() == pytest.approx(1)

    @invariant()
    def no_fault_of_the_course_is_shown(self):
        for view in getattr(self, "views", {}).values():
            assert "Something in the course went wrong" not in view.trouble.value


def test_a_random_walk():
    long = os.environ.get("COURSE_WALK")
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=3,  # the first is the simplest that there is
            stateful_step_count=int(long) if long else 20,
            derandomize=not long,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # making a failure shorter would take many minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
