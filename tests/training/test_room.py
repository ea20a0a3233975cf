"""Runs to be watched: what is kept of them, recomputed another way."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course_utils.material.batches import masked_batch, next_token_batch
from course_utils.material.symbols import SYMBOLS
from course_utils.student.model import GPT, GPTConfig
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.evaluation import evaluate, perfect_memory
from course_utils.training.loop import Settings, TrainingRun
from course_utils.training.room import (
    EVERY,
    FEW,
    HIDDEN_SEED,
    MANY,
    PART,
    SAMPLE,
    WATCHED,
    Answer,
    LiveRun,
    Plan,
    Replay,
    Written,
    _Library,
    differences,
    fingerprint,
    load_recording,
    questions,
    read_recording,
    record,
    reference_lines,
    resit,
)

SMALL = Plan(rows=12, steps=9, batch_size=5, n_layer=1, n_head=2, n_embd=16)


@pytest.fixture(scope="module")
def corpus():
    return story_corpus(MANY)


@pytest.fixture(scope="module")
def run(corpus):
    run = LiveRun(corpus, SMALL)
    run.advance(SMALL.steps)
    return run


def test_a_plan_counts_its_steps_and_looks():
    assert Plan(rows=50, batch_size=10).steps_per_epoch == 5
    assert SMALL.steps_per_epoch == 3, "the last batch may be smaller"
    assert SMALL.looks() == [0, 3, 6, 9]
    assert replace(SMALL, steps=8).looks() == [0, 3, 6, 8], "the end is looked at, too"
    assert Plan(rows=2000, steps=250).looks() == [0, 50, 100, 150, 200, 250]


def test_what_differs_is_named_and_nothing_else():
    other = replace(SMALL, learning_rate=1e-4, seed=9)
    assert differences(SMALL, SMALL) == []
    assert differences(SMALL, other) == [
        ("learning rate", 3e-3, 1e-4),
        ("seed (first weights and shuffling)", 3, 9),
    ]


def test_the_practice_curve_is_that_of_the_loop(run, corpus):
    rng = np.random.default_rng(SMALL.seed)
    config = GPTConfig(corpus.vocab_size, corpus.block_size, 1, 2, 16, initializer_range=0.07)
    settings = Settings(9, 5, 3e-3, warmup=2, weight_decay=0.0)
    loop = TrainingRun(GPT(config, rng), corpus.rows[:12], settings, rng)
    steps = [loop.advance() for _ in range(9)]
    assert run.track.practice == [step.loss for step in steps]
    assert run.track.questions == [step.questions for step in steps]
    assert np.array_equal(run.model.flat_data, loop.model.flat_data)
    first = steps[:3]
    expected = sum(s.loss * s.questions for s in first) / sum(s.questions for s in first)
    assert run.track.epoch_means()[0] == pytest.approx(expected)


def test_every_epoch_deals_every_row_once(run):
    assert [len(rows) for rows in run.track.dealt] == [5, 5, 2] * 3
    for epoch in range(3):
        dealt = run.track.dealt[3 * epoch : 3 * epoch + 3]
        assert sorted(sum(dealt, ())) == list(range(12))
    assert run.track.dealt[:3] != run.track.dealt[3:6], "shuffled anew"


def test_each_moment_is_the_student_as_it_was(run, corpus):
    assert [moment.step for moment in run.track.moments] == [0, 3, 6, 9]
    for moment in run.track.moments:
        student = run.student_at(moment)
        assert moment.held_out == pytest.approx(
            evaluate(student, corpus.held_out[:WATCHED]).loss, abs=1e-5
        )
        now = evaluate(student, corpus.rows[:12], corpus.grammar)
        assert moment.practice == pytest.approx(now.loss, abs=1e-5)
        assert moment.below == pytest.approx((now.floor - now.loss) * len(now.losses), abs=1e-2)
        assert moment.memorised == now.memorised
        assert tuple(resit(student, corpus, SMALL)) == moment.answers
    assert np.array_equal(run.student_at(run.track.moments[-1]).flat_data, run.model.flat_data)


def test_the_gap_compares_practice_with_the_student_before_the_step(run):
    track = run.track
    before = np.interp([6, 7, 8], track.held_steps, track.held_out)
    assert track.gap(3) == pytest.approx(np.mean(before - np.array(track.practice[6:9])))


def test_the_end_compares_how_certain_the_student_is(corpus):
    plan = replace(SMALL, rows=4, steps=120, batch_size=4, n_embd=32, learning_rate=1e-2)
    run = LiveRun(corpus, plan)
    run.advance(119)
    assert run.track.certainties == []
    run.advance(1)
    best, end = run.track.certainties
    assert best.step == run.track.lowest().step < 120 and end.step == 120
    now = evaluate(run.model, corpus.held_out[:WATCHED])
    assert end.right == pytest.approx((now.ranks == 1).mean(), abs=1e-3)
    batch = corpus.batch(corpus.held_out[:WATCHED])
    asked = batch.targets >= 0
    logits = run.model.forward(batch.inputs)[asked].astype(float)
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    wrong = p.argmax(1) != batch.targets[asked]
    assert end.wrong == pytest.approx(p.max(1)[wrong].mean(), rel=1e-4)


def test_stopped_work_is_made_up_for(corpus, run):
    other = LiveRun(corpus, SMALL)
    pieces = other.work(5)
    for _ in range(4):  # stopped in the middle of the first look
        next(pieces)
    assert other.track.moments == []
    for _ in range(20):
        for _, _ in zip(range(2), other.work(1), strict=False):
            pass
    other.advance(100)
    assert other.track.practice == run.track.practice
    assert other.done and [m.step for m in other.track.moments][-1] == 9
    assert other.track.moments[-1] == run.track.moments[-1]


def test_a_track_goes_back(run):
    earlier = run.track.until(4)
    assert earlier.step == 4 and earlier.practice == run.track.practice[:4]
    assert [moment.step for moment in earlier.moments] == [0, 3]
    assert earlier.held_steps == [0, 3]


def test_held_out_is_measured_every_so_many_steps(corpus):
    plan = replace(SMALL, rows=400, steps=EVERY + 1)
    run = LiveRun(corpus, plan)
    run.advance(EVERY)
    assert run.track.held_steps == [0, EVERY]
    run.advance(1)
    assert run.track.held_steps == [0, EVERY, EVERY + 1], "and at the end"


def test_a_replay_shows_what_was_seen(run):
    replay = Replay(run.track)
    assert replay.track.practice == [] and not replay.done
    for made, _ in enumerate(replay.work(4), 1):
        assert replay.step == made
    assert replay.track == run.track.until(4)
    replay.advance(100)
    assert replay.done and replay.track == run.track


def test_few_stories_are_memorised_and_the_text_becomes_a_copy(corpus):
    run = LiveRun(corpus, Plan(rows=4, steps=120, batch_size=2, n_layer=1))
    run.advance(120)
    assert run.track.moments[-1].memorised and not run.track.moments[3].memorised
    now = evaluate(run.model, corpus.rows[:4], corpus.grammar)
    assert now.memorised and now.loss < now.floor
    written = run.track.moments[-1].written
    assert written.story in (1, 2, 3, 4)
    assert written.text == corpus.text(corpus.rows[written.story - 1])
    assert written.mark == f"word for word story {written.story}"


def longest_by_hand(ids, rows) -> int:
    texts = [[int(i) for i in row if i >= len(SYMBOLS)] for row in rows]
    return max(
        (
            n
            for n in range(1, len(ids) + 1)
            for start in range(len(ids) - n + 1)
            if any(
                text[k : k + n] == ids[start : start + n]
                for text in texts
                for k in range(len(text) - n + 1)
            )
        ),
        default=0,
    )


def test_the_longest_copied_piece_is_found(corpus):
    rows = corpus.rows[:20]
    library = _Library(corpus, rows)
    rng = np.random.default_rng(0)
    story = [int(i) for i in rows[7] if i >= len(SYMBOLS)]
    assert library.compare(story).story == 8
    changed = [*story[:9], story[3], *story[10:]]
    for ids in (changed, list(rng.integers(4, corpus.vocab_size, 15)), story[3:11]):
        written = library.compare(ids)
        assert written.story is None and written.length == len(ids)
        assert written.longest == longest_by_hand([int(i) for i in ids], rows)
    assert library.compare([]).longest == 0
    assert library.compare(story[3:11]).mark == "word for word in the practice text"
    assert "in a row stand in" in library.compare(changed).mark


def test_the_questions_are_from_practice_and_unseen_rows(corpus):
    asked = questions(corpus, SMALL)
    assert [question.unseen for question in asked] == [False] * 3 + [True] * 3
    for question, row in zip(asked, [*corpus.rows[:3], *corpus.held_out[:3]], strict=True):
        story = corpus.text(row).split(" ")
        before = question.before.removeprefix("… ").split(" ")
        assert any(
            story[i : i + len(before)] == before
            and story[i + len(before)].strip(".,!?") == question.right
            for i in range(len(story))
        )
    assert Answer("cup", 0.5, 0.25, 2).loss == pytest.approx(math.log(4))


def test_the_lines_are_what_they_say(corpus):
    lines = reference_lines(corpus, SMALL)
    held = corpus.held_out[:WATCHED]
    assert lines["uniform"] == math.log(corpus.vocab_size)
    assert lines["floor"] == pytest.approx(corpus.grammar.floor([corpus.text(row) for row in held]))
    assert lines["memory"] == perfect_memory(corpus.rows[:12])
    assert lines["floor"] < lines["counting"] < lines["uniform"]
    own = corpus.grammar.floor([corpus.text(row) for row in corpus.rows[:12]])
    assert lines["practice floor"] == pytest.approx(own)
    assert "memory" not in reference_lines(corpus, replace(SMALL, rows=200))


def test_fill_in_questions(corpus):
    plan = replace(SMALL, masked=True, steps=4)
    run = LiveRun(corpus, plan)
    run.advance(4)
    losses, oracle = [], []
    for first in range(0, WATCHED, PART):
        rows = corpus.held_out[first : first + PART]
        rng = np.random.default_rng([HIDDEN_SEED, first])
        now = evaluate(run.model, rows, corpus.grammar, rng=rng)
        losses.append(now.losses)
        oracle.append(now.oracle_losses)
    assert run.track.held_out[-1] == pytest.approx(np.concatenate(losses).mean(), abs=1e-5)
    lines = reference_lines(corpus, plan)
    assert lines["floor"] == pytest.approx(np.concatenate(oracle).mean())
    assert set(lines) == {"uniform", "floor"}
    written = run.track.moments[-1].written
    batch = masked_batch(corpus.held_out[:1], np.random.default_rng(HIDDEN_SEED))
    assert written.filled and written.length == batch.questions
    assert "blanks filled in rightly" in written.mark
    assert any(question.after for question in questions(corpus, plan))


def test_an_own_text_has_no_floor():
    text = "the cat sat on the mat and the dog sat on the cat. " * 60
    corpus = text_corpus(text, "characters", 16)
    plan = replace(SMALL, rows=len(corpus.rows), steps=3, batch_size=20)
    run = LiveRun(corpus, plan)
    run.advance(3)
    moment = run.track.moments[-1]
    assert moment.below is None and not moment.memorised
    assert set(reference_lines(corpus, plan)) == {"uniform", "counting"}
    practice = run._library.text
    assert practice.startswith("".join(chr(int(i) + 1) for i in corpus.rows[0, 1:]))
    piece = corpus.rows[2, 3:15]
    assert run._library.compare(piece).mark == "word for word in the practice text"


def test_questions_that_are_asked_again_are_answered_by_the_model(corpus, run):
    question, answer = questions(corpus, SMALL)[1], run.track.moments[-1].answers[1]
    row = corpus.rows[1]
    words = [corpus.label(int(i)) for i in row]
    place = next(
        k for k in range(6, len(row))
        if words[k] == question.right
        and corpus.text(row[:k]).endswith(question.before.removeprefix("… "))
    )  # fmt: skip
    logits = run.model.forward(next_token_batch(row[None]).inputs)[0, place - 1].astype(float)
    p = np.exp(logits - logits.max())
    p /= p.sum()
    assert answer.sure == pytest.approx(p.max(), rel=1e-4)
    assert answer.share == pytest.approx(p[row[place]], rel=1e-4)
    assert answer.first == words_of(corpus)[int(p.argmax())]
    assert answer.rank == 1 + int((p > p[row[place]]).sum())


def words_of(corpus):
    return [corpus.label(i) for i in range(corpus.vocab_size)]


def test_weights_that_were_not_kept_are_not_made_up(run):
    with pytest.raises(ValueError, match="no weights were kept"):
        run.student_at(replace(run.track.moments[0], weights=None))


def test_the_recording_fits_and_shows_what_it_is_for(corpus):
    recording = load_recording()
    assert recording.fingerprint == fingerprint(corpus), "run scripts/record_room.py again"
    few, many = recording.tracks["few"], recording.tracks["many"]
    asked = questions(corpus, few.plan)
    for answer, question in [
        (answer, question)
        for track in recording.tracks.values() for moment in track.moments
        for question, answer in zip(asked, moment.answers, strict=True)
    ]:  # fmt: skip
        assert (answer.rank == 1) == (answer.first == question.right), "answers to other questions"
    assert few.plan == Plan(rows=FEW) and many.plan == Plan(rows=MANY)
    for name, track in recording.tracks.items():
        assert track.step == track.plan.steps
        expected = reference_lines(corpus, track.plan)
        assert recording.lines[name] == pytest.approx(expected)
    assert few.memorised() is not None and many.memorised() is None
    assert few.practice[-1] < recording.lines["few"]["memory"] + 0.02
    assert many.held_out[-1] < few.held_out[-1] - 1
    assert abs(many.gap(many.plan.steps_per_epoch)) < 0.1 < few.gap(100)
    assert any(moment.written.story for moment in few.moments)
    for track in recording.tracks.values():
        assert min(track.moments, key=lambda moment: moment.held_out) is track.lowest()
        assert track.certainties[-1].step == track.plan.steps
    assert {moment.step for moment in few.moments} <= set(few.plan.looks())
    assert few.moments[0].below < 0 and SAMPLE == FEW


def test_the_recording_is_a_run_that_can_be_made_again(corpus):
    few = load_recording().tracks["few"]
    run = LiveRun(corpus, few.plan)
    run.advance(10)
    assert run.track.practice == pytest.approx(few.practice[:10], abs=1e-3)
    assert run.track.dealt == few.dealt[:10]
    made = read_recording(record(corpus, {"small": SMALL})).tracks["small"]
    again = LiveRun(corpus, SMALL)
    again.advance(9)
    assert made.practice == pytest.approx(again.track.practice, abs=1e-4)
    assert [m.written for m in made.moments] == [m.written for m in again.track.moments]


def test_the_script_records_the_same_plans():
    path = Path(__file__).resolve().parents[2] / "scripts" / "record_room.py"
    spec = importlib.util.spec_from_file_location("record_room", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert {n: t.plan for n, t in load_recording().tracks.items()} == script.PLANS


def test_marks():
    assert Written("a", 17, 1, 1).mark == "word for word story 17"
    assert Written("", None, 0, 0).mark.startswith("no copy")
