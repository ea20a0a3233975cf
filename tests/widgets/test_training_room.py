"""The training room: each control against the number or picture that it must give."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import ipywidgets as W
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ipywidgets.widgets.widget import _instances

from course_utils.learning.progress import shared
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.room import MANY, LiveRun, Plan, load_recording, questions
from course_utils.widgets import Room, TrainingRoom
from course_utils.widgets.curve_board import CurveBoard
from course_utils.widgets.desk import LIVE, RECORDED, SMALL
from course_utils.widgets.room_words import (
    how_decided,
    memorised_sentence,
    outcome,
    pair_titles,
)
from course_utils.widgets.spoken_names import SpokenNames
from course_utils.widgets.training_room import (
    BACK,
    CHOICE,
    CURVE_NAMES,
    CURVES,
    GUESS,
    ONE_EPOCH,
    ONE_STEP,
    PAIR,
    STEPS,
    VIEWS,
    WHOLE,
)

TINY = Plan(rows=10, steps=8, batch_size=5, n_layer=1, n_head=2, n_embd=16)
DRAWN = {
    "practice": [5.0, 3.0, 2.0, 1.0, 0.5],
    "held out": [5.0, 3.5, 3.0, 3.0, 3.5],
}


def tiny_room(pair: bool = False, **given) -> Room:
    room = Room(story_corpus(MANY), pair=pair, **given)
    return shorten(room)


def shorten(room: Room, plan: Plan = TINY) -> Room:
    plan = replace(plan, masked=room.masked)
    if room.pair:
        room.choices = {
            "how much there is to read": (plan, replace(plan, rows=30)),
            "learning rate": (plan, replace(plan, learning_rate=1e-4)),
        }
    else:
        room.choices = {"few": (plan,), "many": (replace(plan, rows=30),)}
    room.chosen = next(iter(room.choices))
    room.reset()
    return room


def in_a_loop(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def press_play(view: TrainingRoom) -> None:
    """Press Play and wait until the work is done and all views have caught up."""

    async def press():
        view.play.value = True
        await view.room.worker.task
        if view.room._later is not None:
            await view.room._later

    in_a_loop(press())


def open_widgets() -> set[str]:
    """The widgets that are open; each one's layout and style go with the page."""
    return {key for key, widget in _instances.items() if isinstance(widget, W.DOMWidget)}


def data(line):
    return [np.asarray(values).tolist() for values in line.get_data()]


def drawn(view: TrainingRoom):
    return view._figures[view.room.run.plan]


def drag(view, curve, number, loss):
    """What the browser sends when a point was moved."""
    board = view.board
    curve = curve if isinstance(curve, int) else list(CURVE_NAMES).index(curve)
    board.moved = [*board.moved, [curve, number]]
    values = [list(losses) for losses in board.values]
    values[curve][number] = loss
    board.values = values


def test_the_guess_is_drawn_kept_and_shown_under_the_curves():
    room = tiny_room()
    view, curves = TrainingRoom(GUESS, room), TrainingRoom(CURVES, room)
    assert "not answered yet" in view.head.value and "not answered yet" in curves.head.value
    assert view.picture.value == "" and view.board.moved == []
    drag(view, "held out", 2, 2.5)
    drag(view, "practice", 4, 0.5)
    assert view.drawn["held out"][2] == 2.5 and view.drawn["practice"][4] == 0.5
    assert view.board.moved == [[1, 2], [0, 4]]
    for name, losses in view.drawn.items():
        words = "practice" if name == "practice" else "unseen stories"
        assert f"Your guess for {words}: {', '.join(f'{x:.1f}' for x in losses)}" in view.board.alt
    view.sure.value = 0.7
    view.keep_button.click()
    assert room.guess == view.drawn and view.board.locked and room.confidence == 0.7
    assert view.board.layout.display == "none" and "<img" in view.picture.value
    assert view.guess_bar.layout.display is None and not curves.asks, "one board is enough"
    view.keep_button.click()  # it says "Change my guess" now
    assert room.guess is None and view.board.layout.display is None and not view.board.locked
    view.keep_button.click()
    curves.advance(2)
    assert data(drawn(curves)._guess["practice"])[1] == room.guess["practice"]
    assert view.keep_button.layout.display == "none", "no guess after the first step"


def test_nothing_is_seen_before_the_guess():
    room = tiny_room()
    views = [TrainingRoom(show, room) for show in VIEWS]
    for view in views:
        assert "not answered yet" in view.head.value
        if view.show != GUESS:
            assert view.picture.value == "" and view.run_bar.layout.display == "none"
        view.advance(1)
        assert "Draw it first" in view.trouble.value and view.room.steps == 0
    views[0].keep()
    assert "Nothing is guessed yet" in views[0].trouble.value and room.guess is None
    views[0].guess("practice", DRAWN["practice"])
    views[0].guess("held out", DRAWN["held out"])
    views[0].keep()
    assert room.guess == DRAWN and views[-1].show == PAIR
    for view in views[1:]:
        assert view.run_bar.layout.display is None and "<img" in view.picture.value
    views[1].advance(1)
    views[0].keep()
    assert "has begun" in views[0].trouble.value and room.guess == DRAWN
    views[-1].close()
    assert views[-1]._follower not in room._views, "a closed view doesn't follow any more"


def test_a_view_of_the_curves_alone_asks_for_the_guess_itself():
    view = TrainingRoom(CURVES, tiny_room())
    assert view.asks and view.run_bar.layout.display == "none"
    view.guess("held out", DRAWN["held out"])
    view.keep()
    assert view.guess_bar.layout.display == "none" and view.run_bar.layout.display is None


def test_the_guess_is_kept_and_at_the_end_laid_beside_the_curves():
    room = tiny_room()
    view = TrainingRoom(CURVES, room)
    view.guess("practice", DRAWN["practice"])
    view.guess("held out", DRAWN["held out"])
    view.sure.value = 0.8
    view.keep()
    [entry] = shared().entries("prediction", "epoch: two curves")
    assert entry.data["answer"] == DRAWN and entry.data["confidence"] == 0.8
    assert entry.data["outcome"] is None
    view.advance(3)
    assert room.judged == "" and len(shared().entries("prediction")) == 1
    view.advance(TINY.steps)
    _, last = shared().entries("prediction", "epoch: two curves")
    real = {name: np.asarray(losses) for name, losses in last.data["outcome"].items()}
    track = room.run.track
    assert real["held out"][-1] == pytest.approx(track.held_out[-1], abs=1e-4)
    assert real["practice"][-1] == pytest.approx(np.mean(track.practice[-10:]), abs=1e-4)
    far = np.mean([np.abs(real[name] - DRAWN[name]) for name in real])
    assert f"{far:.2f} nats from the real ones" in view.head.value
    assert last.data["right"] == (far <= 0.5)
    share = 0.8 if last.data["right"] else 0.2
    assert last.data["score"] == pytest.approx(-np.log(share))
    view.reset()
    view.advance(TINY.steps)
    assert len(shared().entries("prediction")) == 2, "the outcome is kept once"


def test_a_guess_that_can_t_be_is_refused():
    view = TrainingRoom(GUESS, tiny_room())
    with pytest.raises(ValueError, match="There is no curve"):
        view.guess("exam", [1] * 5)
    with pytest.raises(ValueError, match="5 losses from 0"):
        view.guess("practice", [1, 2, 3, 4, 99])


@pytest.mark.parametrize(("by", "made"), [(ONE_STEP, 1), (ONE_EPOCH, 2), (WHOLE, 8)])
def test_play_goes_on_by_what_was_chosen(by, made):
    view = TrainingRoom(STEPS, tiny_room())
    view.stretch.value = by
    press_play(view)
    assert view.room.steps == made and not view.play.value and view.play.description == "Play"
    expected = LiveRun(view.room.corpus, TINY)
    expected.advance(made)
    assert view.room.run.track.practice == expected.track.practice
    strip = view._figures["strip", TINY]
    boxes = [full.get_width() > 0 for row in strip.boxes for _, full, _ in row]
    epochs = min(3, -(-made // 2))
    assert sum(boxes) == min(made, 6) and len(boxes) == 6 and epochs <= 3
    if by == ONE_EPOCH:
        view.stretch.value = ONE_STEP
        press_play(view)
        view.stretch.value = ONE_EPOCH
        press_play(view)
        assert view.room.steps == 4, "to the end of the epoch that was begun"


def test_methods_do_what_the_buttons_do():
    view = TrainingRoom(CHOICE, tiny_room())
    view.step()
    view.epoch()
    assert view.room.steps == 2
    view.epoch()
    assert view.room.steps == 4
    view.advance(100)
    assert view.room.steps == 8 and view.room.done


def test_pause_and_go_on_give_the_same_run():
    view = TrainingRoom(CHOICE, tiny_room())
    room = view.room

    async def watch():
        view.play.value = True
        assert view.play.description == "Pause"
        while room.steps < 3:
            await asyncio.sleep(0.001)
        view.play.value = False
        await room.worker.task
        paused = room.steps
        await asyncio.sleep(0.02)
        assert room.steps == paused
        view.play.value = True
        await room.worker.task

    in_a_loop(watch())
    expected = LiveRun(room.corpus, TINY)
    expected.advance(8)
    assert room.run.track == expected.track
    assert data(drawn(view)._curves["practice"][0])[1] == expected.track.practice


def test_reset_is_the_same_student_again():
    view = TrainingRoom(CHOICE, tiny_room())
    first = view.room.run.model.flat_data.copy()
    blank = view.picture.value
    view.advance(3)
    losses = list(view.room.run.track.practice)
    assert view.picture.value != blank
    view.reset_button.click()
    assert view.room.steps == 0 and np.array_equal(view.room.run.model.flat_data, first)
    assert view.picture.value == blank
    view.advance(3)
    assert view.room.run.track.practice == losses


def test_the_headline_says_that_practice_lags():
    room = tiny_room()
    view = TrainingRoom(CURVES, room)
    view.guess("practice", DRAWN["practice"])
    view.keep()
    view.advance(3)
    track = room.run.track
    assert f"Practice {track.practice[-1]:.2f}, measured before the step" in view.head.value
    assert f"Unseen {track.held_out[-1]:.2f}" in view.head.value
    figure = drawn(view)
    assert figure.lines == room.lines(TINY) and "floor" in figure.lines


def test_another_number_of_stories_leaves_the_first_run_pale():
    view = TrainingRoom(CHOICE, tiny_room())
    view.advance(4)
    few = view.room.run.track
    view.stories.value = "many"
    assert view.room.run.plan.rows == 30 and view.room.steps == 0
    assert view.room.earlier == few
    view.advance(2)
    figure = drawn(view)
    assert data(figure._curves["pale held out"][0])[1] == few.held_out
    assert data(figure._curves["held out"][0])[1] == view.room.run.track.held_out
    assert "pale: 10 stories" in [name for _, name in figure._key.rows]
    assert few.moments[-1].written.mark in view.below.value, "what both wrote is read"
    assert view.room.run.track.moments[-1].written.mark in view.below.value
    view.choose("few")
    assert view.room.earlier.plan.rows == 30 and view.stories.value == "few"
    view.choose("none")
    assert "choose few, many" in view.trouble.value and view.room.chosen == "few"


def test_memorising_is_announced_exactly_when_it_is_so():
    plan = replace(TINY, rows=4, steps=120, batch_size=4, n_embd=32)
    room = shorten(tiny_room(), plan)
    view = TrainingRoom(CHOICE, room)
    view.advance(2)
    assert "memorised" not in view.head.value.lower()
    view.advance(118)
    run = room.run
    now = evaluate(run.model, run.rows, room.corpus.grammar)
    assert now.memorised and "Memorised, first seen after step" in view.head.value
    below = now.oracle_losses.sum() - now.losses.sum()
    assert f"now {below / len(now.losses):.2f} nats a question below" in view.head.value
    assert run.track.moments[-1].asked == len(now.losses)
    assert f"{below:,.0f} nats below the best" in how_decided(run.track, "stories")
    known = [moment.memorised for moment in run.track.moments]
    first = run.track.moments[known.index(True)]
    assert f"after step {first.step}:" in view.head.value and view.below.value
    assert first.below >= 10 and all(m.below < 10 for m in run.track.moments[: known.index(True)])
    written = run.track.moments[-1].written
    assert written.mark in view.below.value
    writes = replace(written, story=3)
    run.track.moments[-1] = replace(run.track.moments[-1], written=writes)
    view.refresh()
    assert "word for word story 3" in view.below.value


def test_going_back_moves_every_view_of_the_room():
    room = tiny_room()
    back, choice = TrainingRoom(BACK, room), TrainingRoom(CHOICE, room)
    assert back.when.layout.display == "none", "there is nothing to go back to yet"
    back.advance(8)
    moments = room.run.track.moments
    assert back.when.max == len(moments) - 1 == 4 and back.when.layout.display is None
    assert back.when.value == 4 and room.back is None
    back.when.value = 1
    moment = moments[1]
    assert room.moment is moment
    for view in (back, choice):
        assert data(drawn(view)._dots[0]) == [[moment.step], [moment.held_out]]
        assert all(dot.get_visible() for dot in drawn(view)._dots)
        assert moment.written.text[:20] in view.below.value
    student = room.run.student_at(moment)
    grade = evaluate(student, room.corpus.held_out[:50]).loss
    assert f"unseen {grade:.2f}" in back.head.value and "after step 2 (after round 1)" in (
        back.head.value
    )
    for answer in moment.answers:
        assert f"{100 * answer.share:.0f} %" in back.below.value
    for question in questions(room.corpus, TINY):
        assert question.right in back.below.value
    back.when.value = 4
    assert room.back is None and not drawn(choice)._dots[0].get_visible()
    back.look_back(99)
    assert "there are 5" in back.trouble.value


def test_going_on_leaves_the_past():
    view = TrainingRoom(BACK, tiny_room())
    view.advance(4)
    view.when.value = 0
    press_play(view)
    assert view.room.back is None and view.when.value == view.when.max == 4
    view.when.value = 2
    view.reset_button.click()
    assert view.room.back is None and view.when.layout.display == "none"


@pytest.mark.parametrize(
    ("choice", "title"),
    [("how much there is to read", "practice stories 10"), ("learning rate", "0.003")],
)
def test_two_runs_side_by_side_differ_in_what_is_named(choice, title):
    view = TrainingRoom(PAIR, tiny_room(pair=True))
    view.difference.value = choice
    first, second = view.room.plans
    titles, headline = pair_titles(first, second, "stories")
    assert title in titles[0] and headline.startswith("Only this differs")
    view.advance(5)
    figure = view._figures[first, second][0]
    for plan, curves, ax, name in zip(
        (first, second), figure._curves, figure.axes, titles, strict=True
    ):
        expected = LiveRun(view.room.corpus, plan)
        expected.advance(5)
        assert data(curves["practice"])[1] == expected.track.practice
        assert data(curves["held out"])[1] == expected.track.held_out
        assert ax.get_title() == name
    press_play(view)
    assert view.room.done and [run.step for run in view.room.runs] == [8, 8]


def test_every_difference_is_only_one():
    room = Room(story_corpus(MANY), pair=True)
    for name, (first, second) in room.choices.items():
        _, headline = pair_titles(first, second, "stories")
        expected = 2 if name == "size of the student" else 1
        assert headline.count(",") == expected - 1, headline


def test_a_slow_computer_is_told_and_offered_something_quicker():
    seconds = [0.0]
    room = Room(story_corpus(MANY), clock=lambda: seconds[0])
    shorten(room)
    view = TrainingRoom(CHOICE, room)
    assert view.offer.layout.display == "none"
    step = LiveRun._step

    def slow(self):
        seconds[0] += 5.0
        return step(self)

    LiveRun._step = slow
    try:
        press_play(view)
    finally:
        LiveRun._step = step
    assert room.expected == pytest.approx(5.0 * 8), "8 steps; nothing else took time"
    assert view.offer.layout.display is None
    room.reset()
    view.refresh()
    assert "40 seconds here" in view.head.value and "smaller student" in view.head.value
    view.offer.value = SMALL
    assert room.kind == SMALL and room.run.plan.steps == 4 and room.expected is None
    view.use("another")
    assert "choose this student" in view.trouble.value
    view.offer.value = RECORDED
    assert "no run was recorded" in view.trouble.value, "these plans are no recorded ones"
    assert room.kind == SMALL and view.offer.value == SMALL
    view.offer.value = LIVE
    assert isinstance(room.run, LiveRun) and view.offer.layout.display == "none"


def test_the_first_estimate_times_three_steps():
    seconds = [0.0]
    room = shorten(Room(story_corpus(MANY), clock=lambda: seconds[0]))
    step, times = LiveRun._step, iter([9.0, 2.0, 1.0])

    def timed(self):
        seconds[0] += next(times)
        return step(self)

    LiveRun._step = timed
    try:
        for _ in room._try():
            pass
    finally:
        LiveRun._step = step
    assert room.expected == pytest.approx(2.0 * 8), "the middle one of three, for eight steps"
    assert room.steps == 3


def test_a_recorded_run_plays_under_the_same_controls():
    room = Room(story_corpus(MANY))
    view = TrainingRoom(CHOICE, room)
    room.use(RECORDED)
    few = load_recording().tracks["few"]
    assert room.run.recorded == few
    view.epoch()
    assert room.steps == 5 and room.run.track.practice == few.practice[:5]
    view.advance(80)
    assert "recorded run" in view.head.value and "Memorised" in view.head.value
    press_play(view)
    assert room.done and few.moments[-1].written.mark in view.below.value
    view.stories.value = "many"
    assert room.earlier == few
    pair = TrainingRoom(PAIR)
    pair.use(RECORDED)
    assert [run.plan.seed for run in pair.room.runs] == [3, 4]
    pair.choose("how much there is to read")
    assert [run.plan.rows for run in pair.room.runs] == [50, 2000]
    assert pair.room.plans == pair.room.choices["how much there is to read"]
    pair.choose("learning rate")
    assert "no run was recorded" in pair.trouble.value and pair.difference.value == (
        "how much there is to read"
    )


def test_at_the_end_it_is_told_what_happened():
    room = Room(story_corpus(MANY))
    curves, choice, back = (TrainingRoom(show, room) for show in (CURVES, CHOICE, BACK))
    curves.guess("practice", DRAWN["practice"])
    curves.keep()
    few, many = (load_recording().tracks[name] for name in ("few", "many"))
    room.use(RECORDED)
    curves.advance(599)
    assert curves.below.value == "", "before the end nothing is told"
    curves.advance(1)
    then, end = few.certainties
    lowest = few.held_steps[few.held_out.index(min(few.held_out))]
    for said in (
        f"was lowest at step {lowest} ({min(few.held_out):.2f})", f"to {few.held_out[-1]:.2f}",
        f"({100 * then.right:.0f} %, now {100 * end.right:.0f} %)",
        f"{100 * then.wrong:.0f} % on the wrong word then, {100 * end.wrong:.0f} % now",
        "that is 0.09: the line called perfect memory", "<details>",
    ):  # fmt: skip
        assert said in curves.below.value, said
    best = min(few.moments, key=lambda moment: moment.held_out)
    assert f"is that of step {best.step}. " in back.below.value
    assert "stay together" not in choice.below.value
    choice.stories.value = "many"
    choice.advance(600)
    gap = many.gap(50)
    assert f"practice lies {gap:.2f} nats below" in choice.below.value
    assert "After 3 rounds" in choice.below.value and "made 120 of them" in choice.below.value
    assert few.moments[-1].written.mark in choice.below.value
    assert "ended near its lowest" in curves.below.value and "early stopping" not in (
        back.below.value
    )


def test_a_diverged_run_says_so():
    view = TrainingRoom(CHOICE, tiny_room())
    view.room.run.model.wte.data[...] = np.nan
    press_play(view)
    assert "diverged" in view.trouble.value or "not finite" in view.trouble.value
    assert not view.play.value
    view.reset()
    view.advance(1)
    assert view.room.steps == 1 and view.trouble.value == ""


def test_fill_in_questions():
    room = shorten(Room(story_corpus(MANY), objective="fill in"))
    view = TrainingRoom(BACK, room)
    view.advance(8)
    assert room.recording is None and not room.run.model.config.causal
    assert "What it fills in" in view.below.value and "blanks filled in rightly" in (
        view.below.value
    )
    assert "counting" not in drawn(view).lines and "floor" in drawn(view).lines
    expected = LiveRun(room.corpus, replace(TINY, masked=True))
    expected.advance(8)
    assert room.run.track.held_out == expected.track.held_out
    assert "<img" in view.still()
    with pytest.raises(ValueError, match="choose next token or fill in"):
        Room(story_corpus(MANY), objective="translate")


@pytest.mark.parametrize("show", VIEWS)
def test_an_own_text_has_no_floor_and_says_so(show):
    corpus = text_corpus("the cat sat on the mat and the dog sat on the cat. " * 40, block_size=16)
    view = TrainingRoom(show, corpus=corpus)
    plan = view.room.plans[0]
    assert plan.rows < len(corpus.rows) and "floor" not in view.room.lines(plan)
    if show in (GUESS, CURVES):
        view.guess("practice", [3.0] * 5)
        view.keep()
    view.advance(2)
    assert "blocks" in view.still() and outcome(view.room.run.track, None, "blocks") == ""
    if show not in (GUESS, STEPS, BACK):
        assert "not known" in view.head.value


def test_two_copies_do_not_disturb_each_other():
    first, second = TrainingRoom(CHOICE, tiny_room()), TrainingRoom(CHOICE, tiny_room())
    before, weights = second.picture.value, second.room.run.model.flat_data.copy()
    first.advance(3)
    assert second.picture.value == before and second.room.steps == 0
    assert np.array_equal(second.room.run.model.flat_data, weights)


def test_closing_leaves_nothing_behind():
    room = tiny_room()
    before = open_widgets()
    view, other = TrainingRoom(BACK, room), TrainingRoom(CHOICE, room)

    async def close_while_running():
        view.play.value = True
        await asyncio.sleep(0.005)
        view.close()
        await room.worker.task

    in_a_loop(close_while_running())
    assert not room.worker.running and room._views == [other]
    made = room.steps
    other.advance(1)
    assert room.steps == min(made + 1, 8)
    other.close()
    assert room._views == [] and open_widgets() <= before


def test_views_are_known():
    with pytest.raises(ValueError, match="choose guess, steps, curves"):
        TrainingRoom("everything")


@pytest.mark.parametrize("show", VIEWS)
def test_each_view_carries_a_still(show):
    view = TrainingRoom(show)
    bundle = view._repr_mimebundle_()
    html = bundle["text/html"]
    assert "<script" not in html and "<svg" not in html and "<style" not in html
    assert html.count("<img") == html.count('<img alt="') == 1 and 'alt=""' not in html
    assert html == view.still(), "a still is the same every time"
    assert "recorded run" in html.lower() or "An example learner" in html
    shown = [c for c in view.run_bar.children if c.layout.display != "none"]
    assert len(shown) <= 3
    few = load_recording().tracks["few"]
    if show in (CURVES, CHOICE, PAIR):
        track = load_recording().tracks["few, short"] if show == PAIR else few
        assert memorised_sentence(track)[1:] in html


def controls_in_sight(box):
    """All that can be moved or pressed, in a box that is seen."""
    for child in box.children:
        if child.layout is not None and child.layout.display == "none":
            continue
        if isinstance(child, W.Box):
            yield from controls_in_sight(child)
        elif not isinstance(child, W.HTML | SpokenNames):
            yield child


def test_at_most_three_controls_are_in_sight():
    room = tiny_room()
    for show in VIEWS:
        view = TrainingRoom(show, room if show != PAIR else None)
        seen = list(controls_in_sight(view))
        assert len(seen) <= 3
        assert all(control.description for control in seen if not isinstance(control, CurveBoard))


class Walk(RuleBasedStateMachine):
    """Any order of actions: what is drawn equals what is computed, and nothing escapes."""

    def __init__(self) -> None:
        super().__init__()
        self.room = tiny_room()
        self.views = [TrainingRoom(show, self.room) for show in (CURVES, STEPS, CHOICE, BACK)]
        self.pair = TrainingRoom(PAIR, self.room)
        shorten(self.pair.room)

    @rule(place=st.integers(0, 9), loss=st.floats(0, 5))
    def draw(self, place, loss):
        view = self.views[0]
        drag(view, *divmod(place, 5), loss)

    @rule()
    def keep(self):
        self.views[0].keep_button.click()

    @rule(which=st.integers(0, 3), steps=st.integers(1, 5))
    def train(self, which, steps):
        self.views[which].advance(steps)

    @rule(which=st.integers(1, 3))
    def reset(self, which):
        self.views[which].reset_button.click()

    @rule(name=st.sampled_from(["few", "many"]))
    def read(self, name):
        self.views[2].stories.value = name

    @rule(
        steps=st.integers(1, 3),
        name=st.sampled_from(["how much there is to read", "learning rate"]),
    )
    def compare(self, steps, name):
        self.pair.difference.value = name
        self.pair.advance(steps)

    @precondition(lambda self: len(self.room.run.track.moments) > 1)
    @rule(share=st.floats(0, 1))
    def back(self, share):
        self.views[3].when.value = round(share * self.views[3].when.max)

    @invariant()
    def drawn_is_computed(self):
        room, track = self.room, self.room.run.track
        assert track.plan == room.choices[room.chosen][0]
        for view in self.views:
            assert "went wrong" not in view.trouble.value
            if room.waits:
                assert "not answered yet" in view.head.value
                continue
            if view.show == STEPS:
                continue
            figure = drawn(view)
            assert data(figure._curves["practice"][0])[1] == track.practice
            assert data(figure._curves["held out"][1])[1] == track.held_out
        if not room.waits and track.moments:
            moment = track.moments[-1 if room.back is None else room.back]
            assert moment.written.mark in self.views[3].below.value
            assert self.views[3].when.value <= self.views[3].when.max
        pair = self.pair
        assert pair.room.waits == room.waits and "went wrong" not in pair.trouble.value
        if pair.room.steps:
            curves = pair._figures[pair.room.plans][0]._curves
            for run, lines in zip(pair.room.runs, curves, strict=True):
                assert data(lines["practice"])[1] == run.track.practice


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    derandomize=True, max_examples=2, deadline=None,
    stateful_step_count=int(os.environ.get("COURSE_WALK", "15")),
)  # fmt: skip
