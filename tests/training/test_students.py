"""The shipped students are the recorded ones, and as good as the record says."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from course_utils.training import evaluate
from course_utils.training.corpus import HELD_OUT, course_corpus, story_corpus, text_corpus
from course_utils.training.students import (
    FILL_IN,
    FOLDER,
    HALF_TRAINED,
    TRAINED,
    UNTRAINED,
    checkpoints,
    fresh_run,
    load_student,
    path_of,
    record,
)

NAMES = sorted(record().students)
SAME = 1e-3  # nats: losses agree so far on any processor


def loss_of(model, corpus) -> float:
    rng = None if model.config.causal else np.random.default_rng(5)
    return evaluate(model, corpus.held_out, rng=rng).loss


@pytest.mark.parametrize("name", NAMES)
def test_hash_and_loss_are_the_recorded_ones(name):
    known = record().students[name]
    model = load_student(name)
    if name != UNTRAINED:
        with np.load(path_of(name)) as file:
            assert file["weights"].dtype == np.float16
            assert hashlib.sha256(file["weights"].tobytes()).hexdigest() == known.sha256
    assert model.dtype == np.float32
    corpus = story_corpus(1)
    assert loss_of(model, corpus) == pytest.approx(known.held_out_loss, abs=SAME)
    model.flat_data[::20] = 0
    assert loss_of(model, corpus) != pytest.approx(known.held_out_loss, abs=SAME)


def test_the_names_mean_what_they_say():
    students, corpus = record().students, story_corpus(1)
    assert students[HALF_TRAINED].held_out_loss < record().trigram
    before = [s for s in checkpoints() if s.step < students[HALF_TRAINED].step]
    assert before and all(s.held_out_loss > record().trigram for s in before)
    assert students[TRAINED].held_out_loss - record().lines["floor"] < 0.05
    texts = [corpus.text(row) for row in corpus.held_out]
    assert record().lines["floor"] == pytest.approx(corpus.grammar.floor(texts), abs=1e-9)
    fill_in = load_student(FILL_IN)
    assert not fill_in.config.causal
    rng = np.random.default_rng(5)
    filled = evaluate(fill_in, corpus.held_out, corpus.grammar, rng=rng)
    assert filled.loss - filled.floor < 0.05
    steps = [s.step for s in checkpoints()]
    assert steps == sorted(steps) and steps[0] == 0
    with pytest.raises(ValueError, match="choose untrained"):
        load_student("step 7")


def test_the_untrained_one_is_where_the_run_begins():
    assert np.array_equal(load_student(UNTRAINED).flat_data, fresh_run(practice=64).model.flat_data)
    a, b = load_student(), load_student()
    a.flat_data[...] = 0
    assert b.flat_data.any(), "each call gives a student of its own"


def test_together_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


def test_practice_and_held_out_share_no_story():
    few, many = story_corpus(50), story_corpus(300)
    assert np.array_equal(few.rows, many.rows[:50]), "fewer are the beginning of more"
    assert np.array_equal(few.held_out, many.held_out) and len(few.held_out) == HELD_OUT
    every = np.concatenate([many.rows, many.held_out])
    assert len(np.unique(every, axis=0)) == len(every)
    with pytest.raises(ValueError, match="at least 1 story"):
        story_corpus(0)


@pytest.mark.parametrize("tokens", ["characters", "words", "byte pairs"])
def test_an_own_text_is_cut_in_two_without_losing_a_token(tokens):
    text = "The cat saw the dog. The dog saw the cat, and ran.\n" * 40
    corpus = text_corpus(text, tokens, block_size=16)
    assert corpus.text(corpus.rows[:, 1:].ravel()) + corpus.text(
        corpus.held_out[:, 1:].ravel()
    ) == (text)
    assert corpus.grammar is None and "floor" not in corpus.lines()
    assert 0 < corpus.lines()["counting"] < corpus.lines()["uniform"]
    assert "\n" not in corpus.label(corpus.vocabulary.index("\n")) if tokens == "characters" else 1


def test_complaints_name_the_remedy():
    with pytest.raises(ValueError, match="longer text"):
        text_corpus("ab" * 20, block_size=64)
    with pytest.raises(ValueError, match="choose characters"):
        text_corpus("ab" * 200, tokens="letters")


def test_the_chapters_themselves_are_a_corpus():
    corpus = course_corpus(block_size=32)
    assert corpus.block_size == 32 and "loss" in corpus.text(corpus.rows.ravel())
