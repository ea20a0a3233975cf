"""An attempt taken apart equals the attempt; covering and drawing are what they say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.sampling import choose, stream
from course_utils.training.attempts import (
    Watched,
    Writer,
    answer_logits,
    best_head,
    compare,
    comparisons,
    drawing_shares,
    effects,
    example_questions,
    favourites,
    head_scores,
    open_questions,
    others,
    question_at,
    question_text,
    returning,
    short_list,
    swapped,
)
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.training.stations import station_names, stations, strongest_channel
from course_utils.training.students import load_student

TEXT = "the red fox saw the blue hen. the hen saw the fox, and the red fox ran away. " * 20


@pytest.fixture(scope="module")
def corpus():
    return story_corpus(1)


@pytest.fixture(scope="module")
def trained():
    return load_student("trained")


@pytest.fixture(scope="module")
def fill_in():
    return load_student("fill-in")


@pytest.fixture
def question(corpus):
    return question_at(corpus.held_out[4], 31)


def test_a_question_reads_what_stands_before_or_all_but_the_blank(corpus):
    row = corpus.held_out[4]
    asked = question_at(row, 31)
    assert (asked.ids == row[:31]).all() and asked.place == 30 and asked.answer == row[31]
    blank = question_at(row, 31, masked=True)
    used = int(np.count_nonzero(row != PAD_ID))
    assert len(blank.ids) == used and blank.ids[31] == MASK_ID and blank.place == 31
    assert (np.delete(blank.ids, 31) == np.delete(row[:used], 31)).all()
    assert question_text(corpus, asked).endswith("He saw the white")
    assert "the white ___ and" in question_text(corpus, blank)
    for wrong in (0, used):
        with pytest.raises(ValueError, match=f"choose 1 to {used - 1}"):
            question_at(row, wrong)


def test_swapping_changes_one_place_and_leaves_the_question(corpus, question):
    other = swapped(question, 10, corpus.vocabulary.index("ball"))
    assert np.flatnonzero(other.ids != question.ids).tolist() == [10]
    assert other.answer == question.answer
    with pytest.raises(ValueError, match="could be swapped"):
        swapped(question, 31, 5)
    with pytest.raises(ValueError, match="could be swapped"):
        swapped(question_at(corpus.held_out[4], 31, masked=True), 31, 5)


@pytest.mark.parametrize("masked", [False, True])
def test_the_watched_attempt_is_the_attempt(corpus, trained, fill_in, masked):
    model = fill_in if masked else trained
    asked = question_at(corpus.held_out[4], 31, masked)
    attempt = Watched(model).attempt(asked)
    t = asked.place
    assert attempt.logits == pytest.approx(answer_logits(model, asked), abs=1e-4)
    assert attempt.stream()[0] == pytest.approx(
        model.wte.data[asked.ids[t]] + model.wpe.data[t], abs=1e-6
    )
    for (before, added), after in zip(attempt.steps, attempt.stream()[1:], strict=True):
        assert before + added == pytest.approx(after)
    for later, stream_now in zip(attempt.steps[1:], attempt.stream()[1:], strict=False):
        assert later[0] == pytest.approx(stream_now, abs=1e-5)
    for mine, theirs in zip(attempt.weights, model.attention(asked.ids[None]), strict=True):
        assert mine == pytest.approx(theirs[:, t], abs=1e-5)
        assert mine.sum(axis=1) == pytest.approx(1)
    assert attempt.normed @ model.wte.data.T == pytest.approx(attempt.logits, abs=1e-3)
    assert attempt.probabilities.sum() == pytest.approx(1)


def test_watching_leaves_the_student_alone(trained, question):
    before = trained.flat_data.copy()
    watched = Watched(trained)
    watched.model.flat_data[:] = 0
    assert (trained.flat_data == before).all()


def test_a_covered_word_is_read_by_nobody_else(corpus, trained, question):
    """What stands under a card can't matter: swapping it there changes nothing."""
    watched, place = Watched(trained), 10
    covered = watched.covering(question, [place])[0]
    other = swapped(question, place, corpus.vocabulary.index("drum"))
    assert watched.covering(other, [place])[0] == pytest.approx(covered, abs=1e-6)
    open_now = log_softmax(answer_logits(watched.model, question))[question.answer]
    assert abs(covered - open_now) > 1, "this word is the one that the answer comes from"
    assert effects(watched, question, [place])[0] == pytest.approx(open_now - covered)
    at_once = watched.covering(question, others(question))
    one_by_one = [watched.covering(question, [p])[0] for p in others(question)]
    assert at_once == pytest.approx(one_by_one, abs=1e-5)
    assert answer_logits(watched.model, question) == pytest.approx(
        answer_logits(trained, question), abs=1e-4
    ), "the cards are gone"
    for wrong in (question.place, 31, -1):
        with pytest.raises(ValueError, match="can't be covered"):
            watched.covering(question, [wrong])
    assert len(watched.covering(question, [])) == 0


def test_covering_shuts_both_sides_of_a_blank(corpus, fill_in):
    asked = question_at(corpus.held_out[4], 10, masked=True)
    watched = Watched(fill_in)
    other = swapped(asked, 31, corpus.vocabulary.index("drum"))
    covered, other_covered = (watched.covering(q, [31])[0] for q in (asked, other))
    assert covered == pytest.approx(other_covered, abs=1e-6)


def test_what_returns_was_named_more_than_eight_words_back(corpus):
    things = corpus.grammar.description.lists["things"]
    found = 0
    for row in corpus.held_out[:20]:
        for place in returning(corpus, row):
            assert corpus.vocabulary[row[place]] in things
            assert row[place] in row[: place - 8] and row[place] not in row[place - 8 : place]
            found += 1
    assert found > 10


def test_head_scores_are_the_mean_reading_of_the_answer_s_places(corpus, trained):
    rows = corpus.held_out[:12]
    scores, count = head_scores(trained, corpus, rows)
    expected, asked = np.zeros_like(scores), 0
    for row in rows:
        for place in returning(corpus, row):
            weights = trained.attention(row[None, :place])
            held = row[:place] == row[place]
            expected += np.array([layer[:, place - 1, held].sum(axis=1) for layer in weights])
            asked += 1
    assert count == asked > 5
    assert scores == pytest.approx(expected / asked, abs=1e-5)
    layer, head = best_head(scores)
    assert scores[layer, head] == scores.max() > 0.5
    assert head_scores(trained, corpus, rows[:0]) == (pytest.approx(np.zeros((2, 4))), 0)


def test_reading_and_mattering_disagree_where_it_is_measured(corpus, trained):
    watched = Watched(trained)
    found = [c for c in comparisons(watched, corpus.held_out[2:3], sure=0.9) if c.at_stake > 1]
    case = max(found, key=lambda c: (not c.agree) * c.at_stake)
    shares = np.stack(watched.attempt(case.question).weights)
    # A row's shares sum to 1, so the smallest are only as exact as float32 is near 1.
    assert case.shares == pytest.approx(shares, rel=1e-6, abs=float(np.finfo(np.float32).eps))
    places = others(case.question)
    strongest = shares.max(axis=(0, 1))
    assert case.read == max(places, key=lambda i: strongest[i]) != case.mattered
    assert shares[case.head][case.read] == strongest[case.read] > 0.5
    measured = effects(watched, case.question, [case.read, case.mattered])
    assert abs(measured[0]) < 0.05 and measured[1] == pytest.approx(case.at_stake, abs=1e-5)
    assert case.effects[[case.read, case.mattered]] == pytest.approx(measured, abs=1e-5)
    assert f"gave it {100 * strongest[case.read]:.0f} of 100" in case.describe(corpus.label)
    for asked in found[:4]:
        alone = compare(watched, asked.question)
        assert (alone.read, alone.mattered, alone.head) == (asked.read, asked.mattered, asked.head)
        assert alone.effects == pytest.approx(asked.effects, abs=1e-4)
        assert alone.shares == pytest.approx(asked.shares, abs=1e-5)
    agreeing = compare(watched, question_at(corpus.held_out[4], 31))
    assert agreeing.agree and agreeing.read == 10 and agreeing.at_stake > 1
    for asked in found:
        assert softmax(answer_logits(watched.model, asked.question))[asked.question.answer] >= 0.9
    assert compare(watched, question_at(corpus.held_out[4], 1)) is None, "nothing else is read"


def test_blanks_are_compared_one_by_one(corpus, fill_in):
    found = list(comparisons(Watched(fill_in), corpus.held_out[4:5], sure=0.9))
    assert len(found) > 5 and all(asked.question.masked for asked in found)
    assert all(asked.effects[asked.question.place] == 0 for asked in found)


def test_words_that_are_used_alike_have_similar_rows(corpus, trained):
    rows = trained.wte.data / np.linalg.norm(trained.wte.data, axis=1, keepdims=True)
    for name in ("things", "colours", "places", "animals"):
        words = corpus.grammar.description.lists[name]
        ids = [i for i, word in enumerate(corpus.vocabulary) if word in words]
        fit = rows[ids] @ rows.T
        alike = (fit[:, ids].sum() - len(ids)) / (len(ids) ** 2 - len(ids))
        assert alike > 0.5 > 0.1 > np.delete(fit, ids, axis=1).mean()


def test_the_untrained_student_s_favourite_is_the_word_just_read(corpus):
    rows = corpus.held_out[:40]
    untrained, trained = (favourites(load_student(name), rows) for name in ("untrained", "trained"))
    assert untrained.last_read > 0.2 > 20 / 150, "chance is 1 in 150"
    assert trained.last_read < 0.01
    assert 0 < untrained.least < untrained.even < untrained.most < 10
    config = load_student("untrained").config
    small = GPTConfig(
        config.vocab_size, config.block_size, config.n_layer, config.n_head, config.n_embd
    )
    assert favourites(GPT(small, np.random.default_rng(7)), rows).last_read > 0.9


@pytest.mark.parametrize(
    "settings",
    [(1.0, None, None), (0.5, None, None), (2.0, 5, None), (1.0, None, 0.8), (1.3, 4, 0.6),
     (1.0, 1, None)],
)  # fmt: skip
def test_drawing_shares_are_what_choose_draws(settings):
    class Fixed:
        """A generator that returns the numbers it is given."""

        def __init__(self, number):
            self.number = number

        def random(self):
            return self.number

    logits = np.random.default_rng(3).normal(0, 2, 12)
    shares = drawing_shares(logits, *settings)
    grid = (np.arange(4000) + 0.5) / 4000
    drawn = np.bincount([choose(logits, Fixed(u), *settings) for u in grid], minlength=12)
    assert shares == pytest.approx(drawn / 4000, abs=1 / 4000)
    assert shares.sum() == pytest.approx(1)


def test_the_writer_writes_what_stream_yields(trained):
    writer = Writer(trained, [START_ID], seed=3)
    mine = [writer.write(1.2, 6) for _ in range(12)]
    theirs = stream(trained, [START_ID], 12, np.random.default_rng(3), 1.2, 6)
    assert mine == list(theirs)


def test_the_writer_goes_on_past_the_block():
    model = GPT(GPTConfig(12, 8, 1, 2, 8), np.random.default_rng(1))
    writer, mine = Writer(model, [START_ID, 5], seed=0), []
    while not writer.ended and len(mine) < 40:
        mine.append(writer.write())
    theirs = stream(model, [START_ID, 5], 40, np.random.default_rng(0), stop_id=END_ID)
    assert [token for token in mine if token != END_ID] == list(theirs) and len(mine) > 12


def test_the_writer_says_what_it_can_t_do(fill_in, trained):
    with pytest.raises(ValueError, match="fill in blanks"):
        Writer(fill_in, [START_ID])
    with pytest.raises(ValueError, match="beginning"):
        Writer(trained, [])
    writer = Writer(trained, [START_ID, 2])
    assert writer.ended
    with pytest.raises(ValueError, match="start anew"):
        writer.write()


@pytest.mark.parametrize("masked", [False, True])
def test_four_words_come_from_the_context_alone(corpus, masked):
    rng = np.random.default_rng
    for asked in open_questions(corpus, rng(0), masked):
        four = short_list(corpus, asked, rng(1))
        assert len(set(four)) == 4
        lie = type(asked)(asked.ids, asked.place, (asked.answer + 7) % 150, masked)
        assert short_list(corpus, lie, rng(1)) == four


def test_open_questions_are_open_and_examples_return(corpus):
    for asked in open_questions(corpus, np.random.default_rng(0)):
        words = [corpus.vocabulary[i] for i in asked.ids[1:]]
        likely = corpus.grammar.next_word_probabilities(words)
        assert -sum(p * np.log(p) for p in likely.values()) > 0.8
    for asked in example_questions(corpus):
        assert asked.answer in asked.ids[:-8]


@pytest.mark.parametrize("tokens", ["characters", "words"])
def test_an_own_text_has_questions_too(tokens):
    own = text_corpus(TEXT, tokens, 16)
    for masked in (False, True):
        for asked in example_questions(own, masked):
            assert len(asked.ids) <= 16 + masked
        for asked in open_questions(own, np.random.default_rng(0), masked):
            four = short_list(own, asked, np.random.default_rng(0))
            assert len(set(four)) == 4 and ("___" in question_text(own, asked)) == masked


def test_stations_carry_one_number_to_the_answer(corpus, trained, question):
    watched = Watched(trained)
    attempt, table = watched.attempt(question), watched.model.wte.data
    channel = strongest_channel(attempt, table)
    parts = attempt.normed * table[question.answer]
    assert parts[channel] == parts.max()
    found = stations(attempt, table, corpus.label, channel)
    assert [station.name for station in found] == station_names(2)
    assert found[0].shape == "31 ids → (31, 64)" and found[5].shape == "(31, 64) → (31, 150)"
    for station, values in zip(found[:5], attempt.stream(), strict=True):
        assert station.strips[-1].values == pytest.approx(values)
        assert station.carried == f"{values[channel]:+.2f}".replace("-", "−")
    assert found[5].strips[1].values.sum() == pytest.approx(attempt.logits[question.answer])
    shares = softmax(attempt.logits)
    assert found[6].strips[-1].values == pytest.approx(shares)
    assert found[6].carried == f"{100 * shares[question.answer]:.1f} points"
    full = {strip.full for strip in found[1].strips}
    assert full == {max(abs(strip.values).max() for strip in found[1].strips)}, "bars that add up"


def test_what_is_said_of_a_station_can_be_checked_by_hand(corpus, trained, question):
    watched = Watched(trained)
    attempt, table = watched.attempt(question), watched.model.wte.data
    for channel in range(64):
        found = stations(attempt, table, corpus.label, channel)
        for station in found[:5]:
            first, second, total = signed_numbers(station.said.split("Number")[-1])[1:]
            assert first + second == pytest.approx(total, abs=0.0065)
            assert ("(rounded)" in station.said) == (abs(first + second - total) > 0.0051)
            assert station.carried.endswith(f"{abs(total):.2f}")
        before, scaled = signed_numbers(found[5].said.split("becomes")[0])[-1], found[5].strips[0]
        assert f"{before:+.2f}".replace("-", "−") == found[4].carried
        assert scaled.values[channel] == pytest.approx(attempt.normed[channel])
        factors = signed_numbers(found[5].said.split("gives")[1])
        assert factors[0] * factors[1] == pytest.approx(factors[2], abs=0.01)
    powers, whole, share = signed_numbers(found[6].said.split("“kite”:")[1])[:3]
    assert powers / whole == pytest.approx(share, abs=0.001)
    assert "The most decided one is head 1" in found[1].said and "None is decided" in found[3].said


def signed_numbers(said: str) -> list[float]:
    """All numbers of a sentence, with a true minus."""
    return [float(n.replace("−", "-")) for n in re.findall(r"[+−]?\d+(?:\.\d+)?", said)]


def test_no_channel_but_those_that_are_there(corpus, trained, question):
    attempt, table = Watched(trained).attempt(question), trained.wte.data
    with pytest.raises(ValueError, match="choose 0 to 63"):
        stations(attempt, table, corpus.label, 64)
