"""A plan: checked together, priced, written as one string, and the same run wherever it is read."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course_utils.material.symbols import END_ID, MASK_ID, START_ID
from course_utils.material.text import TextError
from course_utils.material.tokenizers import (
    BytePairTokenizer,
    CharTokenizer,
    TokenizerError,
    WordTokenizer,
    learn_in_pieces,
    load_tokenizer,
)
from course_utils.student import GPT, softmax
from course_utils.training import playground
from course_utils.training.corpus import TOKENS, story_corpus, text_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.loop import TrainingRun
from course_utils.training.playground import (
    LIMITS,
    PIECE_CHARACTERS,
    SEEDS,
    PiecewiseRun,
    Plan,
    PlanError,
    PlannedRun,
    corpus_of,
    cost_of,
    mark_of,
    smaller,
    with_text,
)
from course_utils.training.recorded_playground import (
    RecordedRun,
    examples,
    nearest,
    record,
    recorded,
)
from course_utils.training.students import load_student

SMALL = Plan(layers=1, heads=2, channels=16, batch=4, steps=20, warmup=2)
TEXT = "The cat saw the dog. The dog saw the cat, and ran away to the old tree.\n" * 60
FILL = replace(SMALL, objective="fill in")
CHARACTERS = with_text(replace(SMALL, tokens="characters", block=24), "own", TEXT)


@st.composite
def plans(draw):
    heads, steps = draw(st.integers(1, LIMITS["heads"])), draw(st.integers(1, LIMITS["steps"]))
    text = draw(st.sampled_from(["stories", "chapters", "own"]))
    marked = text != "stories" and draw(st.booleans())
    return Plan(
        text, draw(st.sampled_from(TOKENS)), draw(st.sampled_from(["next token", "fill in"])),
        draw(st.integers(1, LIMITS["layers"])), heads,
        heads * draw(st.integers(1, LIMITS["channels"] // heads)),
        draw(st.integers(1, LIMITS["block"])), draw(st.integers(1, LIMITS["batch"])),
        draw(st.sampled_from(["adamw", "sgd"])),
        draw(st.floats(0, 10, exclude_min=True)), steps, draw(st.integers(0, steps)),
        draw(st.integers(0, SEEDS)), mark_of(draw(st.text())) if marked else "",
    )  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plans())
def test_a_plan_survives_its_string(plan):
    string = plan.to_string()
    assert Plan.from_string(string) == plan and Plan.from_string(f"  {string}\n") == plan
    assert len(string) < 130 and string.isascii() and " " not in string


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plans(), st.data())
@example(SMALL, None)
def test_every_altered_or_swapped_character_is_seen(plan, data):
    string = plan.to_string()
    places = range(len(string)) if data is None else [data.draw(st.integers(0, len(string) - 1))]
    others = "07aZ:#٣" if data is None else [data.draw(st.characters())]
    for i in places:
        for other in others:
            altered = string[:i] + other + string[i + 1 :]
            if altered.strip() != string:
                with pytest.raises(PlanError) as caught:
                    Plan.from_string(altered)
                assert "\n" not in str(caught.value) and "opy" in str(caught.value)
        swapped = string[:i] + string[i : i + 2][::-1] + string[i + 2 :]
        if swapped != string:
            with pytest.raises(PlanError):
                Plan.from_string(swapped)


@pytest.mark.parametrize("cut", ["", "run1:", SMALL.to_string()[:-1], "hello", "a#b", "run2:1#0"])
def test_what_is_no_string_gets_one_sentence(cut):
    with pytest.raises(PlanError, match=r"Copy it whole|copy it again") as caught:
        Plan.from_string(cut)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"heads": 3}, "multiple of heads"), ({"steps": 0}, "choose 1 to"),
        ({"warmup": 21}, "choose 0 to 20"), ({"learning_rate": 0.0}, "above 0"),
        ({"learning_rate": float("nan")}, "above 0"), ({"layers": 1.5}, "whole number"),
        ({"batch": True}, "whole number"),
        ({"optimizer": "adam"}, "adamw or sgd"), ({"text": "novel"}, "choose stories"),
        ({"tokens": "letters"}, "choose characters"), ({"seed": -1}, "choose 0 to"),
        ({"mark": "0123abcd"}, "eight hex digits"), ({"text": "own", "mark": "x"}, "eight hex"),
    ],
)  # fmt: skip
def test_what_cannot_work_gets_one_sentence(change, said):
    with pytest.raises(PlanError, match=said):
        replace(SMALL, **change)


# The text


@pytest.mark.parametrize("tokens", TOKENS)
def test_reading_in_pieces_gives_the_same_corpus(tokens, monkeypatch):
    monkeypatch.setattr(playground, "PIECE_CHARACTERS", 300)
    text = TEXT + "naïve ÄÖ — “quoted”\t tab\n\n\n  two blanks" + TEXT[:-1]
    plan = with_text(replace(SMALL, tokens=tokens, block=24), "own", text)
    whole, pieces = text_corpus(text, tokens, 24), corpus_of(plan, text)
    assert pieces.vocabulary == whole.vocabulary
    assert np.array_equal(pieces.rows, whole.rows)
    assert np.array_equal(pieces.held_out, whole.held_out)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.text("ab \n\t.é", max_size=8), max_size=6))
def test_learning_in_pieces_gives_the_same_tokenizer(lines):
    parts = [line + "\n" for line in lines]
    for kind, known in (
        ("characters", CharTokenizer), ("words", WordTokenizer), ("byte pairs", BytePairTokenizer),
    ):  # fmt: skip
        made = playground.finished(learn_in_pieces(parts, kind))
        assert made.vocabulary == known.train("".join(parts)).vocabulary
    with pytest.raises(TokenizerError, match="choose characters"):
        playground.finished(learn_in_pieces(parts, "syllables"))


def test_an_own_text_is_known_by_its_mark():
    assert CHARACTERS.mark == mark_of(TEXT)
    assert Plan.from_string(CHARACTERS.to_string()) == CHARACTERS
    run = PlannedRun(CHARACTERS, TEXT)
    *_, _ = run.opening()
    assert set(run.lines) == {"uniform", "counting"} and run.corpus.block_size == 24
    with pytest.raises(PlanError, match="load it first"):
        PlannedRun(CHARACTERS)
    with pytest.raises(PlanError, match="made for another text"):
        PlannedRun(CHARACTERS, TEXT + "more words here\n")
    with pytest.raises(PlanError, match="longer than the text"):
        PlannedRun(replace(CHARACTERS, batch=128, block=96), TEXT)
    with pytest.raises(TextError, match="single character"):
        PlannedRun(replace(CHARACTERS, mark=""), "aaaa")
    with pytest.raises(TextError, match="fewer than two blocks"):
        PlannedRun(replace(CHARACTERS, mark=""), "short")
    long = "ab" * (PIECE_CHARACTERS * 60)
    with pytest.raises(TextError, match="cut a part out"):
        PlannedRun(replace(CHARACTERS, mark=""), long)


def test_the_chapters_are_known_by_their_mark_too():
    plan = with_text(replace(SMALL, tokens="characters"), "chapters")
    assert len(plan.mark) == 8 and corpus_of(plan).grammar is None
    with pytest.raises(PlanError, match="another version"):
        corpus_of(replace(plan, mark="00000000"))
    assert with_text(plan, "stories").mark == ""


# The price


@pytest.mark.parametrize(
    "plan",
    [
        SMALL, FILL, Plan(), Plan(objective="fill in", optimizer="sgd"), CHARACTERS,
        Plan(layers=3, channels=96, heads=6, batch=64),
        Plan(tokens="byte pairs", block=128, heads=2, batch=32),
    ],
    ids=str,
)  # fmt: skip
def test_the_price_counts_every_parameter_and_about_the_memory(plan):
    corpus = corpus_of(plan, TEXT)
    gc.collect()
    tracemalloc.start()
    try:
        run = PlannedRun(plan, TEXT, corpus)
        for _ in range(2):  # without the looks
            run.run.advance()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.cost.parameters == run.model.count
    assert 0.5 < run.cost.memory / peak < 2
    assert f"{run.model.count:,} parameters" in run.cost.sentence(20)
    assert run.cost.operations > 6 * run.model.count * plan.batch  # each row has several tokens


def test_what_needs_too_much_is_refused_before_it_starts():
    with pytest.raises(PlanError, match="GB of memory"):
        cost_of(Plan(layers=6, heads=16, channels=192, batch=128, block=256), 1_000_000, 256)


# The run


def test_the_same_plan_gives_the_same_curve():
    runs = [PlannedRun(Plan.from_string(SMALL.to_string())) for _ in range(2)]
    runs[0].advance(100)
    for _ in range(20):  # however it is cut into pieces
        runs[1].advance()
    track = runs[0].track
    assert track == runs[1].track and runs[0].done and track.step == 20
    assert track.held_steps == [0, 10, 20] and track.held_out[-1] < track.held_out[0]
    assert track.held_out[-1] == pytest.approx(evaluate(runs[0].model, runs[0].watched).loss)
    other = PlannedRun(replace(SMALL, seed=2))
    other.advance(0)
    assert other.track.held_out[0] != track.held_out[0]


def test_the_lines_are_the_oracle_s_and_counting_s():
    run, masked = PlannedRun(SMALL), PlannedRun(FILL)
    *_, _ = run.opening()
    *_, _ = masked.opening()
    stories = [run.corpus.text(row) for row in run.watched]
    floor = run.corpus.grammar.floor(stories)
    assert run.lines["floor"] == pytest.approx(floor)
    assert run.lines["uniform"] == pytest.approx(np.log(run.corpus.vocab_size))
    assert floor < run.lines["counting"] < run.lines["uniform"]
    assert set(masked.lines) == {"uniform", "floor"}
    rng = np.random.default_rng(playground.HIDDEN_SEED)
    asked = evaluate(masked.model, masked.watched, masked.corpus.grammar, rng=rng)
    assert masked.lines["floor"] == pytest.approx(asked.floor), "the floor of just these blanks"
    assert masked.track.held_out == [pytest.approx(asked.loss)]


@pytest.mark.parametrize("plan", [SMALL, FILL])
def test_a_step_in_pieces_is_the_step(plan):
    """Three rows a piece and all at once: the same gradient but for rounding, and the same dice."""
    corpus = story_corpus(50)
    runs = []
    for rows in (3, 100):
        rng = np.random.default_rng(3)
        config = PlannedRun(plan).model.config
        run = PiecewiseRun(GPT(config, rng, np.float64), corpus.rows, plan.settings(), rng)
        run.rows_a_piece = rows
        runs.append(run)
    steps = [[run.advance() for _ in range(3)] for run in runs]
    for a, b in zip(*steps, strict=True):
        assert a.loss == pytest.approx(b.loss, rel=1e-10) and a.questions == b.questions
        assert a.gradient_norm == pytest.approx(b.gradient_norm, rel=1e-10)
    assert np.allclose(runs[0].model.flat_data, runs[1].model.flat_data, rtol=1e-7, atol=1e-12)
    rng = np.random.default_rng(3)
    plain = TrainingRun(GPT(config, rng, np.float64), corpus.rows, plan.settings(), rng)
    assert [plain.advance() for _ in range(3)] == steps[1], "as the training loop has it"


def test_a_step_that_was_paused_goes_on_where_it_was():
    runs = [PlannedRun(SMALL), PlannedRun(SMALL)]
    for run in runs:
        run.run.rows_a_piece = 1
        run.opened = True
    runs[0].advance(3)
    for _ in range(6):  # a worker that is stopped again and again
        work = runs[1].work(20)
        next(work)
        next(work)
    while runs[1].step < 3:
        runs[1].advance()
    assert runs[1].track.practice[:3] == runs[0].track.practice


def test_a_look_that_was_paused_is_made_when_it_goes_on():
    runs = [PlannedRun(SMALL), PlannedRun(SMALL)]
    for run in runs:
        run.advance(9)
        run._rows = 1  # a look in many pieces
    runs[0].advance(3)
    work = runs[1].work(3)
    for _ in range(3):
        next(work)
    assert runs[1].step == 10 and runs[1].track.held_steps == [0]
    runs[1].advance(2)
    assert runs[1].track == runs[0].track and runs[0].track.held_steps == [0, 10]


# What it is for


def test_it_writes_on_and_says_which_word_it_does_not_know():
    run = PlannedRun(SMALL)
    assert run.write("Today Tom") == run.write("Today Tom"), "the same dice at the same step"
    assert run.write("Today Tom").startswith("Today Tom")
    assert run.write("Today Tom", tokens=0) == "Today Tom"
    assert list(run.writing("Today", 3))[-1] == run.write("Today", 3)
    with pytest.raises(ValueError, match="'elephant' is no word"):
        run.write("Today elephant")
    with pytest.raises(PlanError, match="no blank"):
        run.fill("Today ___")
    own = PlannedRun(CHARACTERS, TEXT)
    assert own.write("The cat", 5).startswith("The cat") and own.write("", 5)[0] == TEXT[0]
    with pytest.raises(ValueError, match="isn't in this tokenizer's vocabulary"):
        own.write("Ж")


def test_it_fills_in_what_the_model_says():
    run = PlannedRun(replace(Plan(), objective="fill in"))
    run.model.flat_data[...] = load_student("fill-in").flat_data
    words = run.fill("Today Mia took a red ___ to the kitchen. Later it was gone.")
    corpus = run.corpus
    before, after = (
        corpus.encoder.encode("Today Mia took a red"),
        corpus.encoder.encode("to the kitchen. Later it was gone."),
    )
    ids = np.array([[START_ID, *before, MASK_ID, *after, END_ID]])
    p = softmax(run.model.forward(ids)[0, 1 + len(before)].astype(float))
    assert words[0] == (corpus.label(int(p[4:].argmax()) + 4), pytest.approx(p[4:].max()))
    assert len(words) == 5 and [q for _, q in words] == sorted((q for _, q in words), reverse=True)
    with pytest.raises(PlanError, match="write on"):
        run.write()
    with pytest.raises(PlanError, match="exactly one"):
        run.fill("Today")
    with pytest.raises(PlanError, match="shorten it"):
        run.fill("Today Mia ___. " + "Mia ran. " * 30)


@pytest.mark.parametrize("tokens", TOKENS)
def test_a_blank_in_an_own_text_takes_its_own_blank_along(tokens):
    plan = with_text(replace(FILL, tokens=tokens, block=24, steps=60), "own", TEXT)
    run = PlannedRun(plan, TEXT)
    seen = []
    forward = run.model.forward
    run.model.forward = lambda ids: seen.append(ids) or forward(ids)
    run.fill("The cat saw the ___." if tokens != "characters" else "The cat saw the ___og.")
    whole = run.corpus.encoder.encode("The cat saw the dog.")
    hidden = np.flatnonzero(seen[0][0] == MASK_ID)
    if tokens == "byte pairs":  # a blank is one token, whatever the word was cut into
        assert len(hidden) == 1
    else:
        assert np.array_equal(np.delete(seen[0][0][1:], hidden - 1), np.delete(whole, hidden - 1))


# Folders


@pytest.mark.parametrize("plan", [SMALL, FILL, CHARACTERS], ids=str)
def test_a_saved_run_goes_on_bit_for_bit(plan, tmp_path):
    run = PlannedRun(plan, TEXT)
    run.advance(7)
    run.save(tmp_path / "run")
    loaded = PlannedRun.load(tmp_path / "run")
    assert loaded.plan == plan and loaded.track == run.track and loaded.step == 7
    for each in (run, loaded):
        each.advance(20)
    assert loaded.track == run.track and np.array_equal(loaded.model.flat_data, run.model.flat_data)
    assert {p.name for p in tmp_path.iterdir()} == {"run"}, "nothing else is left"
    with pytest.raises(PlanError, match="already a run here"):
        run.save(tmp_path / "run")


def test_a_run_saved_in_the_middle_of_a_step_finishes_it_first(tmp_path):
    run = PlannedRun(SMALL)
    run.run.rows_a_piece = 1
    *_, _ = run.opening()
    assert run.run.piece() and run.step == 0
    run.save(tmp_path / "run")
    assert run.step == 1 and PlannedRun.load(tmp_path / "run").track == run.track


def test_damaged_missing_and_readonly_folders_get_one_sentence(tmp_path):
    run = PlannedRun(SMALL)
    with pytest.raises(PlanError, match="no saved run"):
        PlannedRun.load(tmp_path / "nothing")
    run.save(tmp_path / "run")
    whole = (tmp_path / "run" / "run.npz").read_bytes()
    (tmp_path / "run" / "run.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PlanError, match="can't be read"):
        PlannedRun.load(tmp_path / "run")
    (tmp_path / "run" / "plan.json").write_text("{")
    with pytest.raises(PlanError, match="can't be read"):
        PlannedRun.load(tmp_path / "run")
    (tmp_path / "file").write_text("")
    with pytest.raises(PlanError, match="can't be written"):
        run.export(tmp_path / "file" / "model")


@pytest.mark.parametrize("plan", [SMALL, FILL, CHARACTERS], ids=str)
def test_an_exported_folder_loads_with_its_tokenizer(plan, tmp_path):
    run = PlannedRun(plan, TEXT)
    run.export(tmp_path / "model")
    again = GPT.from_pretrained(tmp_path / "model")
    assert np.array_equal(again.flat_data, run.model.flat_data)
    assert again.config.causal != plan.masked
    text = "The cat saw the dog." if plan.text == "own" else "Today Mia ran."
    ids = load_tokenizer(tmp_path / "model").encode(text)
    assert np.array_equal(ids, run.corpus.encoder.encode(text))
    assert (tmp_path / "model" / "plan.txt").read_text().strip() == plan.to_string()
    with pytest.raises(PlanError, match="already a model here"):
        run.export(tmp_path / "model")


# What is recorded


def test_the_recorded_runs_are_those_of_their_plans():
    for name, plan in examples().items():
        kept = recorded(name)
        assert kept.plan == plan and kept.track.step == plan.steps and nearest(plan) == name
        assert kept.track.held_out[-1] < kept.track.held_out[0] - 1
        assert ("floor" in kept.lines) == (name != "own") and kept.written
    made = record(replace(Plan(), steps=12, warmup=12))
    kept = recorded()
    # The schedule's warm-up is longer in this one, so only what comes before the first step agrees.
    assert made["held_out"][0] == pytest.approx(kept.track.held_out[0], abs=1e-3)
    assert made["practice"][0] == pytest.approx(kept.track.practice[0], abs=1e-3)
    assert made["lines"] == pytest.approx(kept.lines, abs=1e-3) and made["rows"] == 2000
    assert asdict(kept.track.plan)["rows"] == 2000
    with pytest.raises(ValueError, match="choose next token"):
        recorded("yesterday's")


def test_the_nearest_recorded_run_is_one_of_its_kind():
    assert nearest(Plan(layers=1)) == "next token"
    assert nearest(Plan(objective="fill in", layers=1)) == "fill in, longer"
    assert nearest(CHARACTERS) == "own"


def test_a_recorded_run_is_shown_step_by_step():
    kept = recorded()
    run = RecordedRun(kept)
    assert run.track.practice == [] and run.track.held_out == kept.track.held_out[:1]
    assert len(list(run.work(25))) == 25
    assert run.track.practice == kept.track.practice[:25] and run.track.held_steps == [0, 10, 20]
    run.advance(10**6)
    assert run.done and run.track == kept.track and list(run.work(5)) == []


@pytest.mark.parametrize("share", [0.5, 0.1, 0.001])
def test_what_is_smaller_takes_its_share_of_the_arithmetic(share):
    plan = Plan(layers=6, heads=12, channels=192, batch=64, steps=5000)
    less = smaller(plan, 150, share)
    before, after = (cost_of(p, 150, 64).operations * p.steps for p in (plan, less))
    assert after <= share * before and less.channels % less.heads == 0
    if share > 0.01:
        assert less.steps == plan.steps, "a smaller model before a shorter run"
    least = smaller(plan, 150, 1e-9)
    assert (least.layers, least.channels, least.batch) == (1, 24, 8) and 50 < least.steps <= 100
    assert smaller(least, 150, 0.5) == least
