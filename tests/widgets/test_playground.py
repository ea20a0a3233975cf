"""The playground: each control against the number, picture or folder that it must give."""

from __future__ import annotations

import asyncio
import html
import os
import re
from dataclasses import asdict, replace

import ipywidgets as W
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ipywidgets.widgets.widget import _instances

from course_utils.student import GPT
from course_utils.training import playground as planned
from course_utils.training.playground import Plan, PlannedRun, cost_of, with_text
from course_utils.training.recorded_playground import PROMPT, SENTENCE, nearest, recorded
from course_utils.widgets import Playground, Workbench
from course_utils.widgets.playground import (
    ACTIONS,
    HAND_OVER,
    KNOBS,
    LOAD,
    NO_FLOOR,
    OWN_TEXT,
    SAVE,
    SHARE,
    TRAIN,
    VIEWS,
    WRITE,
)
from course_utils.widgets.workbench import AS_IT_IS, RECORDED, SMALLER
from tests.widgets.loops import in_a_loop

SMALL = Plan(layers=1, heads=2, channels=16, batch=4, steps=20, warmup=2)
FILL = replace(SMALL, objective="fill in")
TEXT = "The cat saw the dog. The dog saw the cat, and ran away to the old tree.\n" * 60
TURNED = {  # another value for each knob, and what the line of facts then says
    "text": ("chapters", "the course's chapters in words"), "tokens": ("characters", "characters"),
    "objective": ("fill in", "fill in"), "layers": (3, "3 layers"), "heads": (4, "4 heads"),
    "channels": (32, "32 channels"), "block": (40, "one story"), "batch": (7, "batch 7"),
    "optimizer": ("sgd", "SGD at"), "learning_rate": (0.1, "at 0.1"), "steps": (30, "30 steps"),
    "warmup": (5, "warm-up 5"), "seed": (9, "seed 9"),
}  # fmt: skip


def shown(view):
    """The curves that the view showed last."""
    return list(view._figures.values())[-1]


def playground(show: str = TRAIN, plan: Plan = SMALL, **given) -> Playground:
    return Playground(show, plan=plan, **given)


def do(bench: Workbench, *actions) -> None:
    """Do one thing after the other as a notebook would, each to the end of its work."""

    async def act():
        for action in actions:
            action()
            while bench.worker.running:
                await bench.worker.task
            if bench._later is not None:
                await bench._later

    in_a_loop(act())


def play(view: Playground) -> None:
    do(view.bench, lambda: setattr(view.play, "value", True))


def curves(view: Playground):
    """The drawn curves by name: (steps, losses)."""
    drawn = shown(view)._curves
    return {name: [np.asarray(d).tolist() for d in lines[0].get_data()]
            for name, lines in drawn.items()}  # fmt: skip


def trained(plan: Plan, steps: int = 10**6, own: str | None = None) -> PlannedRun:
    run = PlannedRun(plan, own)
    run.advance(steps)
    return run


def said(part: W.HTML) -> str:
    """What stands in a part of a view, as plain words."""
    return html.unescape(part.value).replace("\u00a0", " ")


def open_widgets() -> set[str]:
    """The widgets that are open; each one's layout and style go with the page."""
    return {key for key, widget in _instances.items() if isinstance(widget, W.DOMWidget)}


@pytest.fixture(autouse=True)
def little_is_measured(monkeypatch):
    """The lines and the curve are measured on few rows, here and in what is expected."""
    monkeypatch.setattr(planned, "COUNTED", 3000)
    monkeypatch.setattr(planned, "WATCHED", 400)


# Knobs


@pytest.mark.parametrize("knob", TURNED)
def test_each_knob_turns_the_plan_and_its_price(knob):
    view = playground(next(name for name, known in KNOBS.items() if known == knob))
    value, words = TURNED[knob]
    do(view.bench, lambda: setattr(getattr(view, knob), "value", value))
    expected = with_text(SMALL, value) if knob == "text" else replace(SMALL, **{knob: value})
    assert view.bench.plan == expected and view.bench.trouble == ""
    assert words in said(view.facts)
    corpus = view.bench.corpus
    cost = cost_of(expected, corpus.vocab_size, corpus.block_for(expected.masked))
    assert f"{cost.parameters:,} parameters" in said(view.facts)
    assert f"{cost.memory / 1e6:,.0f} MB" in said(view.facts)
    view.advance(0)
    assert view.bench.run.model.count == cost.parameters
    assert view.bench.run.plan == expected and view.trouble.value == ""


def test_turning_by_program_moves_the_controls():
    view = playground()
    knobs = {name: value for name, (value, _) in TURNED.items() if name not in ("text", "tokens")}
    view.turn(**knobs)
    assert {name: getattr(view, name).value for name in knobs} == pytest.approx(knobs)
    view.turn(rounds=3)
    assert "There is no knob" in said(view.trouble)


def test_a_dragged_slider_ends_at_its_last_value():
    view = playground("learning rate")
    for exponent in np.linspace(-4, 0, 30):
        view.learning_rate.value = 10**exponent
    assert view.bench.plan.learning_rate == 1.0 and "AdamW at 1 " in said(view.facts)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"heads": 3}, "16 channels can't be shared out among 3 heads"),
        ({"steps": 1}, "warmup is 2; choose 0 to 1, the steps"),
        ({"objective": "fill in", "tokens": "characters", "block": 128, "batch": 128,
          "channels": 192, "layers": 6, "heads": 16}, None),
        ({"text": "own"}, "Load your own text first"),
    ],
)  # fmt: skip
def test_what_cannot_work_together_is_said_until_it_is_mended(knobs, words):
    view = playground()
    do(view.bench, lambda: view.turn(**knobs))
    if words is None:  # large, but possible
        assert view.trouble.value == "" and view.bench.cost.memory < 2e9
        return
    assert words in said(view.trouble) and view.trouble.layout.display == ""
    assert said(view.trouble).count(". ") == 0, "one sentence"
    play(view)
    assert words in said(view.trouble) and view.bench.run is None and not view.play.value
    back = {name: getattr(SMALL, name) for name in knobs}
    do(view.bench, lambda: view.turn(**back))
    assert view.trouble.value == "" and view.bench.plan == SMALL


def test_a_batch_longer_than_the_text_is_refused_before_it_starts():
    view = playground(own=TEXT, plan=Plan(text="own", tokens="characters"))
    view.turn(batch=128)
    rows = len(view.bench.corpus.rows)
    assert f"which has {rows}" in said(view.trouble)
    view.turn(batch=rows)
    assert view.trouble.value == ""


# The run


@pytest.mark.parametrize("plan", [SMALL, FILL], ids=["next token", "fill in"])
def test_play_trains_the_plan_and_draws_it(plan):
    view = playground(plan=plan)
    assert "press Play" in view.head.value and view.picture.value == ""
    play(view)
    expected = trained(plan)
    run = view.bench.run
    assert run.done and np.array_equal(run.model.flat_data, expected.model.flat_data)
    assert not view.play.value and view.play.description == "Play"
    assert curves(view)["practice"][1] == expected.track.practice
    assert curves(view)["held out"] == [expected.track.held_steps, expected.track.held_out]
    assert shown(view).lines == pytest.approx(expected.lines)
    assert "Step 20 of 20" in view.head.value
    assert f"to {expected.track.practice[-1]:.1f}" in view.picture.value
    play(view)
    assert "All steps are made" in said(view.trouble) and not view.play.value


def test_pause_and_go_on_give_the_same_run():
    plan = replace(SMALL, steps=400)  # more than a quick computer makes before it is looked at
    view = playground(plan=plan)
    bench = view.bench

    async def watch():
        view.play.value = True
        assert view.play.description == "Pause"
        while bench.run is None or bench.run.step < 5:
            await asyncio.sleep(0.001)
        view.play.value = False
        await bench.worker.task
        paused = bench.run.step
        await asyncio.sleep(0.02)
        assert bench.run.step == paused < plan.steps and view.play.description == "Play"

    in_a_loop(watch())
    play(view)
    assert bench.run.track == trained(plan).track


def test_reset_begins_with_the_same_weights():
    view = playground()
    view.advance(8)
    losses = view.bench.run.track.practice
    view.reset_button.click()
    assert view.bench.run is None and view.picture.value == ""
    view.advance(8)
    assert view.bench.run.track.practice == losses


def test_the_run_before_stays_pale_and_says_what_was_different():
    view = playground("seed")
    view.advance(20)
    before = view.bench.run.track
    view.seed.value = 2
    assert "Changed: seed 2" in view.head.value and curves(view)["practice"][1] == before.practice
    view.advance(12)
    assert curves(view)["pale practice"][1] == before.practice
    assert curves(view)["practice"][1] == trained(replace(SMALL, seed=2), 12).track.practice
    assert "pale: seed 1" in [name for _, name in shown(view)._key.rows]


def test_losses_of_other_questions_stand_on_no_common_scale():
    view = playground("objective")
    view.advance(20)
    view.objective.value = "fill in"
    view.advance(20)
    assert view.bench.earlier is not None and curves(view)["pale practice"][1] == []


def test_a_diverged_run_says_so():
    view = playground()
    view.advance(2)
    view.bench.run.model.wte.data[...] = np.nan
    play(view)
    assert "diverged" in said(view.trouble) or "not finite" in said(view.trouble)
    view.reset()
    view.advance(1)
    assert view.trouble.value == "" and view.bench.run.step == 1


# What takes long


@pytest.fixture
def slow(monkeypatch):
    """A clock that a step moves on by five seconds."""
    seconds = [0.0]
    made = PlannedRun._made

    def late(self):
        seconds[0] += 5.0
        return made(self)

    monkeypatch.setattr(PlannedRun, "_made", late)
    return lambda: seconds[0]


def test_three_steps_are_timed_and_what_takes_long_is_asked_about(slow):
    view = playground(clock=slow)
    play(view)
    bench = view.bench
    assert bench.run.step == 3 and not view.play.value
    assert bench.expected == pytest.approx(5.0 * 17) and "about 85 seconds here" in view.head.value
    assert view.bar.children == (view.group, view.offer, view.play)
    assert view.offer.value == AS_IT_IS
    play(view)
    assert bench.run.done and bench.run.track == trained(SMALL).track
    assert view.bar.children == (view.group, view.play, view.reset_button)


def test_a_smaller_model_is_offered(slow):
    plan = replace(SMALL, layers=2, channels=64, steps=200)
    view = playground("layers", plan, clock=slow)
    play(view)
    assert view.bench.offering
    view.offer.value = SMALLER
    less = view.bench.plan
    assert less.channels < 64 and view.channels.value == less.channels
    assert "Made smaller: " in view.head.value and f"channels {less.channels}" in view.head.value
    assert view.bar.children == (view.group, view.layers, view.play)
    sizes = [cost_of(p, 150, 53).operations * p.steps for p in (less, plan)]
    assert sizes[0] <= 12 / (5.0 * 197) * sizes[1] * 1.3 or less.steps <= 100
    assert view.bench.cost.parameters == cost_of(less, 150, 53).parameters


@pytest.mark.parametrize("plan", [SMALL, FILL], ids=["next token", "fill in"])
def test_a_recorded_run_plays_under_the_same_controls(plan, slow):
    view = playground(plan=plan, clock=slow)
    play(view)
    mine = view.bench.run
    view.offer.value = RECORDED
    kept = recorded(nearest(plan))
    assert "recorded run; nothing is trained" in view.head.value
    assert f"batch {kept.plan.batch}" in said(view.facts) and "Cost" not in said(view.facts)
    view.advance(30)
    assert curves(view)["practice"][1] == kept.track.practice[:30]
    view.group.value = WRITE
    view.write_button.click()
    assert kept.written[:30].split(";")[0][:12] in view.picture.value
    assert "Recorded" in view.head.value
    view.group.value = SAVE
    view.save_button.click()
    assert "has no weights" in said(view.trouble)
    view.group.value = TRAIN
    view.reset()
    assert view.bench.recorded and view.bench.run.step == 0
    view.advance(10**6)
    assert view.bench.run.done and curves(view)["held out"][1] == kept.track.held_out
    view.offer.value = AS_IT_IS
    assert view.bench.run is mine and mine.step == 3 and not view.bench.recorded
    view.choose(RECORDED)
    view.turn(seed=5)
    assert not view.bench.recorded and view.bench.plan == replace(plan, seed=5)
    view.choose("another")
    assert "choose these settings" in said(view.trouble)


def test_play_begins_a_recorded_run_anew_when_it_is_over():
    view = playground()
    view.choose(RECORDED)
    view.advance(10**6)

    async def watch():
        view.play.value = True
        await asyncio.sleep(0.05)
        view.play.value = False
        await view.bench.worker.task

    in_a_loop(watch())
    assert 0 < view.bench.run.step < 300 and view.picture.value


# An own text


def test_an_own_text_by_its_path(tmp_path):
    (tmp_path / "mine.txt").write_text(TEXT, encoding="utf-8")
    view = playground(OWN_TEXT, folder=tmp_path)
    do(view.bench, lambda: setattr(view.path, "value", "mine.txt"))
    assert f"mine.txt: {len(TEXT):,} characters" in view.head.value
    plan = with_text(replace(SMALL, tokens="characters"), "own", TEXT)
    assert view.bench.plan == plan and view.tokens.value == "characters"
    view.advance(20)
    assert view.bench.run.track == trained(plan, own=TEXT).track
    assert NO_FLOOR in view.head.value and "floor" not in shown(view).lines
    assert "entropy floor" not in re.findall('alt="([^"]*)"', view.picture.value)[0].replace(
        "not known", "")  # fmt: skip
    assert "blocks" in view.picture.value


def upload(view: Playground, content: bytes) -> None:
    file = {"name": "mine.txt", "content": memoryview(content), "size": len(content),
            "type": "text/plain", "last_modified": None}  # fmt: skip
    do(view.bench, lambda: view._uploaded({"new": (file,)}))


def test_an_own_text_by_upload(tmp_path):
    view = playground(OWN_TEXT, folder=tmp_path)
    upload(view, b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert view.bench.own == TEXT and view.text.value == "own"
    assert view.bench.plan.mark == with_text(SMALL, "own", TEXT).mark


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00a", "isn't UTF-8"), (b" \n", "is empty"),
        (b"aaaa" * 500, "single character"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_gets_one_sentence(content, words, tmp_path):
    view = playground(OWN_TEXT, folder=tmp_path)
    upload(view, content)
    assert words in said(view.trouble) and view.bench.plan == SMALL and view.bench.own is None
    (tmp_path / "mine.txt").write_bytes(content)
    view.load_text("mine.txt")
    assert view.trouble.value and view.bench.plan == SMALL
    view.load_text("nothing.txt")
    assert "nothing.txt" in said(view.trouble)


def test_a_short_own_text_is_refused_when_it_is_read(tmp_path):
    view = playground(OWN_TEXT, folder=tmp_path)
    upload(view, b"A short text, too short for a block.")
    assert "fewer than two blocks" in said(view.trouble)
    assert "isn't known" in said(view.facts) or "not known" in said(view.facts)


def test_the_chapters_are_a_text_too():
    view = playground("text", replace(SMALL, tokens="characters"))
    do(view.bench, lambda: setattr(view.text, "value", "chapters"))
    view.advance(2)
    assert view.bench.run.step == 2 and NO_FLOOR in view.head.value


# What the model is for


def test_it_writes_on_and_fills_in():
    view = playground(WRITE)
    view.write_button.click()
    assert "There is no model yet" in said(view.trouble)
    assert view.prompt.value == PROMPT
    view.advance(20)
    view.prompt.value = "Today Mia"
    do(view.bench, view.write_button.click)
    assert view.bench.written == trained(SMALL).write("Today Mia")
    assert view.bench.written[:20] in view.picture.value and "at step 20" in view.head.value
    assert view.bench.write_now("Today Mia") == view.bench.written
    view.prompt.value = "Today elephant"
    do(view.bench, view.write_button.click)
    assert "'elephant' is no word" in said(view.trouble)
    view.turn(objective="fill in")
    assert view.prompt.value == SENTENCE
    view.advance(20)
    assert view.write_button.description == "Fill in"
    do(view.bench, view.write_button.click)
    expected = trained(FILL).fill(SENTENCE)
    assert view.bench.written.startswith(f"{expected[0][0]} {expected[0][1]:.0%}; ")


def test_save_and_load_go_on_with_the_same_run(tmp_path):
    first = playground(SAVE, folder=tmp_path)
    first.save_button.click()
    assert "There is no model yet" in said(first.trouble)
    first.advance(7)
    first.name.value = "seven"
    first.save_button.click()
    assert "Saved at step 7" in first.head.value and (tmp_path / "seven").is_dir()
    first.save_button.click()
    assert "already a seven" in said(first.trouble)
    second = playground(LOAD, replace(SMALL, seed=3), folder=tmp_path)
    assert second.saved.options == ("seven",)
    do(second.bench, second.load_button.click)
    assert second.bench.plan == SMALL and second.bench.run.step == 7 and second.seed.value == 1
    assert "Loaded seven: step 7 of 20" in second.head.value
    for view in (first, second):
        view.advance(20)
    assert second.bench.run.track == first.bench.run.track == trained(SMALL).track


def test_folders_that_cannot_be_get_one_sentence(tmp_path):
    view = playground(SAVE, folder=tmp_path)
    view.advance(1)
    for name in ("", "..", "a/b", "c:d"):
        view.name.value = name
        view.save()
        assert "is no name for a folder" in said(view.trouble)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.npz").write_bytes(b"no run")
    view.group.value = LOAD
    do(view.bench, view.load_button.click)
    assert "no saved run" in said(view.trouble) or "can't be read" in said(view.trouble)
    assert view.bench.run.step == 1, "what was there stays"
    view.advance(1)
    assert view.bench.run.step == 2 and view.trouble.value == ""
    empty = playground(LOAD, folder=tmp_path / "nowhere")
    empty.load_button.click()
    assert "save one first" in said(empty.trouble)
    empty.advance(1)
    empty.bench.folder = tmp_path / "bad" / "run.npz"  # no folder at all
    empty.save()
    assert "can't be written" in said(empty.trouble)


def test_hand_over_writes_what_loads(tmp_path):
    view = playground(HAND_OVER, folder=tmp_path)
    view.export_button.click()
    assert "There is no model yet" in said(view.trouble)
    view.advance(5)
    view.folder_name.value = "mine"
    view.export_button.click()
    assert "weights, the configuration and the tokenizer" in view.head.value
    model = GPT.from_pretrained(tmp_path / "mine")
    assert np.array_equal(model.flat_data, view.bench.run.model.flat_data)
    view.export()
    assert "already a mine" in said(view.trouble)


# The string


def test_the_string_rebuilds_the_same_run_elsewhere():
    plan = replace(SMALL, optimizer="sgd", learning_rate=0.05, seed=4)
    first, second = playground(SHARE, plan), playground(SHARE)
    assert first.string.value == plan.to_string() and len(first.string.value) < 100
    second.string.value = first.string.value
    second.use_button.click()
    assert second.bench.plan == plan and second.optimizer.value == "sgd"
    assert "its settings are used" in second.head.value
    for view in (first, second):
        view.advance(20)
    assert np.array_equal(first.bench.run.model.flat_data, second.bench.run.model.flat_data)


@pytest.mark.parametrize(
    ("string", "words"),
    [
        (SMALL.to_string()[:-3], "cut or altered"), ("hello", "no string of settings"),
        (SMALL.to_string().replace("s1#", "s2#"), "cut or altered"),
        (with_text(SMALL, "own", TEXT).to_string(), "load it first"),
    ],
)  # fmt: skip
def test_a_string_is_checked_when_it_is_pasted(string, words):
    view = playground(SHARE, replace(SMALL, seed=8))
    view.string.value = string
    view.use_button.click()
    assert words in said(view.trouble) and view.bench.plan.seed == 8
    assert view.string.value == string, "what was pasted can be mended"


def test_a_string_for_an_own_text_asks_for_that_text():
    plan = with_text(replace(SMALL, tokens="characters"), "own", TEXT)
    view = playground(SHARE, Plan(text="own", tokens="characters"), own=TEXT + "More.\n")
    view.string.value = plan.to_string()
    view.use_button.click()
    assert "made for another text" in said(view.trouble)
    mine = playground(SHARE, Plan(text="own", tokens="characters"), own=TEXT)
    mine.string.value = plan.to_string()
    mine.use_button.click()
    assert mine.bench.plan == plan


# Views


def test_views_are_known():
    with pytest.raises(ValueError, match="choose train, own text"):
        Playground("everything")
    assert set(VIEWS) == {*ACTIONS, *KNOBS} and set(KNOBS.values()) | {"mark"} == set(asdict(SMALL))


def test_at_most_three_controls_are_in_sight_and_each_has_words():
    view = playground()
    for show in VIEWS:
        view.group.value = show
        assert len(view.bar.children) <= 3 and view.bar.children[0] is view.group
        assert all(control.description for control in view.bar.children)


def test_views_of_one_bench_show_the_same_run():
    bench = Workbench(SMALL)
    views = [Playground(show, bench) for show in (TRAIN, "seed", SHARE, WRITE)]
    views[0].advance(4)
    assert all("Step 4 of 20" in view.head.value for view in views)
    views[1].seed.value = 6
    assert views[2].string.value == replace(SMALL, seed=6).to_string()
    play(views[0])
    assert all("Step 20 of 20" in view.head.value for view in views)


@pytest.mark.parametrize(
    ("show", "plan"),
    [
        *((show, Plan()) for show in (*ACTIONS, "layers")),
        *((show, replace(FILL, layers=2)) for show in (TRAIN, "seed", WRITE, SHARE)),
    ],
)  # fmt: skip
def test_each_view_carries_a_still(show, plan):
    view = playground(show, plan)
    page = view._repr_mimebundle_()["text/html"]
    assert "<script" not in page and "<svg" not in page and "<style" not in page
    pictures = re.findall('<img alt="([^"]+)"', page)
    assert len(pictures) == page.count("<img") == (0 if show in ACTIONS[2:] else 1)
    assert page == view.still(), "a still is the same every time"
    example = recorded("own" if show == OWN_TEXT else nearest(plan)).plan
    apart = show in (SAVE, LOAD, HAND_OVER, SHARE)
    assert ("recorded run" in page.lower()) != apart
    assert f"batch\u00a0{(plan if apart else example).batch} " in page
    assert show != SHARE or plan.to_string() in page


def test_the_still_of_a_run_is_that_run():
    view = playground()
    view.advance(20)
    page = view.still()
    assert "recorded" not in page.lower() and "Step 20" not in page.replace("20 steps", "")
    assert f"to {view.bench.run.track.practice[-1]:.1f}" in page


def test_a_view_without_play_says_where_it_is_and_what_is_missing():
    assert "choose “train”" in playground(WRITE).head.value
    assert "press Play." in playground().head.value
    assert "No text is loaded yet" in playground(OWN_TEXT, replace(SMALL, text="own")).head.value


def test_two_copies_do_not_disturb_each_other():
    first, second = playground(), playground()
    first.advance(5)
    assert second.bench.run is None and second.picture.value == ""
    second.advance(5)
    weights = second.bench.run.model.flat_data.copy()
    first.advance(5)
    first.turn(seed=3)
    assert np.array_equal(second.bench.run.model.flat_data, weights) and second.seed.value == 1


def test_closing_leaves_nothing_behind():
    bench = Workbench(replace(SMALL, steps=300))  # longer than the pauses below
    before = open_widgets()
    view, other = Playground(TRAIN, bench), Playground("seed", bench)

    async def close_while_running():
        view.play.value = True
        await asyncio.sleep(0.05)
        view.close()
        assert bench.worker.running, "another view looks at it"
        await bench.worker.task

    in_a_loop(close_while_running())
    assert bench.run.done and bench._views == [other]
    bench.reset()

    async def close_the_last():
        other.play.value = True
        await asyncio.sleep(0.02)
        other.close()
        await bench.worker.task

    in_a_loop(close_the_last())
    assert not bench.worker.running and bench._views == [] and open_widgets() <= before


class Walk(RuleBasedStateMachine):
    """Any order of actions: what is drawn equals what is computed, and nothing escapes."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Workbench(replace(SMALL, steps=8))
        self.views = [Playground(show, self.bench) for show in (TRAIN, "seed", WRITE, SHARE)]

    @rule(knob=st.sampled_from(["layers", "heads", "channels", "batch", "steps", "warmup", "seed"]),
          value=st.integers(0, 9))  # fmt: skip
    def turn(self, knob, value):
        control = getattr(self.views[1], knob)
        self.views[1].group.value = next(name for name, k in KNOBS.items() if k == knob)
        control.value = value

    @rule(name=st.sampled_from(["next token", "fill in"]))
    def ask(self, name):
        do(self.bench, lambda: setattr(self.views[1].objective, "value", name))

    @rule(which=st.integers(0, 3), steps=st.integers(0, 5))
    def train(self, which, steps):
        self.views[which].advance(steps)

    @rule()
    def play(self):
        play(self.views[0])

    @rule()
    def reset(self):
        self.views[0].reset_button.click()

    @rule()
    def write(self):
        do(self.bench, self.views[2].write_button.click)

    @rule(offer=st.sampled_from([AS_IT_IS, SMALLER, RECORDED]))
    def choose(self, offer):
        self.views[0].choose(offer)

    @rule()
    def share(self):
        self.views[3].use_button.click()

    @rule(show=st.sampled_from(VIEWS))
    def look(self, show):
        self.views[0].group.value = show
        self.views[0].group.value = TRAIN

    @invariant()
    def drawn_is_computed(self):
        bench = self.bench
        assert (bench.plan is None) <= bool(bench.trouble)
        for view in self.views:
            assert "went wrong" not in said(view.trouble)
            assert {k: getattr(view, k).value for k in KNOBS.values() if k != "learning_rate"} == {
                k: v for k, v in bench.knobs.items() if k not in ("learning_rate", "mark")
            }
            if bench.run is None:
                assert view.picture.value == "" or view.show == WRITE
            elif view.show not in ACTIONS[2:]:
                assert curves(view)["practice"][1] == bench.run.track.practice
                assert curves(view)["held out"][1] == bench.run.track.held_out
        if bench.plan is not None:
            assert self.views[3].string.value == bench.plan.to_string()
        if bench.run is not None and bench.run.step and not bench.recorded:
            assert bench.run.model.count == bench.run.cost.parameters


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    derandomize=True, max_examples=2, deadline=None,
    stateful_step_count=int(os.environ.get("COURSE_WALK", "15")),
)  # fmt: skip
