"""Chapter 1's sheets of questions: what a control shows is what the batch holds."""

from __future__ import annotations

import html
import os
import re

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ipywidgets.widgets.widget import _instances

from course_utils.learning.progress import shared
from course_utils.material import END_ID, MASK_ID, next_token_batch
from course_utils.training.corpus import story_corpus, text_corpus
from course_utils.widgets import ChoiceCard, QuestionSheet
from course_utils.widgets.question_sheet import VIEWS
from tests.widgets.loops import in_a_loop

TEXT = "The cat saw the dog. The dog saw the cat, and ran away to the old tree.\n" * 60


@pytest.fixture(scope="module")
def corpus():
    return story_corpus(60)


def own():
    return text_corpus(TEXT, "words", block_size=24)


@pytest.mark.parametrize("objective", ["next token", "fill in"])
@pytest.mark.parametrize("show", VIEWS)
def test_every_view_works_for_stories_and_an_own_text(show, objective, corpus):
    for text in (corpus, own()):
        sheet = QuestionSheet(show, text, objective)
        still = sheet.still()
        assert "<img alt=" in still and "NaN" not in re.sub('src="[^"]*"', "", still)
        assert "<svg" not in still and "<style" not in still


def test_both_views_wait_for_a_card_and_hear_of_it_until_they_are_closed(corpus):
    card = ChoiceCard("How many?", ["1", "5", "40"], confidence=True, right=2, reveal=False)
    views = [QuestionSheet(show, corpus, card=card).view for show in ("cover", "fill in")]
    card.choose(1)
    assert all(view.waiting for view in views), "not before it is said how sure"
    card.press()
    assert not any(view.waiting for view in views)
    views[0].place.value = 2
    assert card.came is None and card.options.disabled, "half of the outcome is seen"
    for view in views:
        view.close()
    assert card._listeners == []


def test_a_number_of_questions_is_kept_with_what_came(corpus):
    view = QuestionSheet("grid", corpus).view
    view.guess.value = 7
    view.say_button.click()
    data = shared().latest("prediction", "batch: questions in the grid").data
    assert data["answer"] == 7 and data["outcome"] == view.batch.questions


def test_a_card_keeps_the_cover_closed_until_it_is_answered(corpus):
    card = ChoiceCard("How many?", ["1", "5", "40"])
    view = QuestionSheet("cover", corpus, card=card).view
    other = QuestionSheet("key", corpus).view
    assert view.waiting and view.place.layout.display == "none" and not view.picture.value
    assert other.shift.layout.display is None, "another view's control isn't hidden with it"
    card.choose(2)
    assert not view.waiting and view.place.layout.display == "" and not card.options.disabled
    assert view.place.max == next_token_batch(corpus.rows[:1]).questions
    before = view.picture.value
    view.place.value = 7
    word = corpus.label(int(corpus.rows[0][7]))
    assert view.picture.value != before and card.options.disabled
    assert word not in html.unescape(view.picture.value.split('src="')[0]).split("asked")[-1]


def test_the_grid_waits_for_a_number_and_then_counts(corpus):
    view = QuestionSheet("grid", corpus).view
    assert view.batch.inputs.shape[0] == 4 and "How many" in view.status.value
    view.say_button.click()
    assert "Say a number first" in view.trouble.value and view.said is None
    asked = view.batch.questions
    view.guess.value = asked
    view.say_button.click()
    assert "that is exact" in view.status.value and view.guess.disabled
    view.rows.value = 7
    batch = view.batch
    padding = int((batch.targets < 0).sum())
    reckoned = f"{batch.targets.size} places − {padding} of padding = {batch.questions} questions."
    assert reckoned in view.status.value and "close" not in view.status.value
    assert view.batch.questions == next_token_batch(corpus.rows[:7]).questions > asked


@pytest.mark.parametrize(("share", "close"), [(1.08, True), (0.93, True), (1.15, False)])
def test_a_guess_that_is_nearly_right_is_called_close(corpus, share, close):
    view = QuestionSheet("grid", corpus).view
    view.guess.value = round(share * view.batch.questions)
    view.say_button.click()
    assert ("You were close." in view.status.value) == close
    [kept] = shared().entries("prediction", "batch: questions in the grid")
    assert kept.data["answer"] == view.said and kept.data["outcome"] == view.batch.questions
    assert kept.data["right"] == close


def test_the_key_fits_only_when_it_is_shifted_by_one(corpus):
    view = QuestionSheet("key", corpus).view
    asked = next_token_batch(corpus.rows[:1]).questions
    fitting = {}
    for shift in range(view.shift.min, view.shift.max + 1):
        view.shift.value = shift
        fitting[shift] = view.fitting
        assert f"{view.fitting} of {asked} keys" in view.status.value
    assert fitting.pop(1) == asked
    assert max(fitting.values()) < asked
    filled = QuestionSheet("key", corpus, "fill in").view
    filled.shift.value = 0
    assert filled.fitting == filled.asked > 0


def test_only_hidden_words_are_questions(corpus):
    view = QuestionSheet("fill in", corpus).view
    assert view.hidden == [] and "hide a word" in view.status.value
    view.words[3].value = view.words[5].value = True
    assert view.hidden == [4, 6] and view.batch.questions == 2
    assert "2 questions" in view.status.value
    assert (view.batch.inputs[0, [4, 6]] == MASK_ID).all()
    assert view.batch.targets[0, 4] == corpus.rows[0][4]
    view.chance_button.click()
    words = len(view.words)
    assert len(view.hidden) == max(1, round(0.15 * words))
    with pytest.raises(ValueError, match="holds no word"):
        view.hide([0])


def test_hiding_by_chance_says_what_came_of_the_prediction(corpus):
    options = ["the same", "the first", "the second"]
    card = ChoiceCard(
        "Which holds more?", options, name="batch: how many questions", confidence=True, right=1,
        reveal=False,
    )  # fmt: skip
    cover = QuestionSheet("cover", corpus, card=card).view
    view = QuestionSheet("fill in", corpus, card=card).view
    assert view.waiting and not view.picture.value and "Not answered yet" in view.status.value
    assert view.board.layout.display == view.chance_button.layout.display == "none"
    card.choose(2)
    assert view.waiting and cover.waiting, "only a kept answer counts"
    card.press()
    assert not view.waiting and view.board.layout.display == "" and view.picture.value
    view.words[0].value = True
    cover.place.value = 9
    assert "predicted" not in view.status.value and card.came is None
    view.chance_button.click()
    said = html.unescape(view.status.value)
    usual = max(1, round(0.15 * len(view.words)))
    assert f"{usual} questions in a row" in said
    assert f"the same row holds {next_token_batch(corpus.rows[:1]).questions}." in said
    assert said.count("You predicted: the second.") == 1
    assert card.came == "the first" and card.options.disabled
    assert shared().latest("prediction", "batch: how many questions").data["right"] is False


def test_the_still_of_hidden_words_is_what_chance_hides_first(corpus):
    view = QuestionSheet("fill in", corpus).view
    still = view.still()
    view.chance_button.click()
    assert view.picture.value in still and view.status.value in still


def test_shuffling_changes_the_tests_and_not_the_questions(corpus):
    view = QuestionSheet("shuffle", corpus).view
    before, still = view.papers, view.still()
    assert "the same" not in view.status.value
    view.shuffle_button.click()
    assert view.papers != before
    assert view.picture.value in still and view.status.value in still
    held = [next(n for n, p in enumerate(deal, 1) if 7 in p) for deal in (before, view.papers)]
    assert "row 8 was in test {}, and lies in test {} now".format(*held) in view.status.value
    assert sorted(np.concatenate(view.papers)) == sorted(np.concatenate(before))
    assert "the same as before" in view.status.value and "NOT" not in view.status.value
    view.size.value = 8
    assert [len(paper) for paper in view.papers] == [8, 8, 8]
    ends = sum(int((batch.targets == END_ID).sum()) for batch in view.batches())
    assert ends == 24, "each story's end is asked once"


def test_the_paper_covers_its_key_and_shows_four_words_and_one_box_more(corpus):
    view = QuestionSheet("paper", corpus).view
    sheet = view.sheet
    assert all(len(q.choices) == 4 and len(q.boxes) == 5 for q in sheet.questions)
    covered = view.picture.value
    view.key_button.value = True
    assert view.picture.value != covered and "shown" in view.status.value
    view.number.value = 2
    assert [q.answer for q in view.sheet.questions] != [q.answer for q in sheet.questions] or (
        view.sheet.passages != sheet.passages
    )
    assert f"all {corpus.vocab_size} choices" in covered


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_pdf_is_the_same_bytes_each_time(tmp_path, corpus, paper):
    sheet = QuestionSheet("paper", corpus)
    first = sheet.save_pdf(tmp_path / "a.pdf", paper).read_bytes()
    again = sheet.save_pdf(tmp_path / "b.pdf", paper).read_bytes()
    assert first.startswith(b"%PDF") and first == again and len(first) > 5000
    width = {"A4": b"595", "Letter": b"612"}[paper]
    assert b"/MediaBox [ 0 0 " + width in first
    with pytest.raises(ValueError, match="A4"):
        sheet.save_pdf(tmp_path / "c.pdf", "A5")
    with pytest.raises(ValueError, match="can't be written"):
        sheet.save_pdf(tmp_path / "none" / "c.pdf", paper)


def test_a_text_for_one_paper_offers_no_other(corpus):
    one = text_corpus(TEXT[:300], "words", block_size=24)
    assert QuestionSheet("paper", one, "fill in").view.number.layout.display == "none"
    assert QuestionSheet("paper", corpus).view.number.layout.display is None


def test_the_button_writes_the_paper_piece_by_piece(tmp_path, monkeypatch, corpus):
    monkeypatch.chdir(tmp_path)
    view = QuestionSheet("paper", corpus).view
    pieces = list(view._saving())
    assert len(pieces) >= 4, "each page is drawn and written in pieces of their own"

    async def press():
        view.number.value = 2
        view.save_button.click()
        await view.worker.task

    in_a_loop(press())
    assert "Saved as test-2.pdf" in view.status.value
    sheet = QuestionSheet("paper", corpus)
    by_name = sheet.save_pdf("named.pdf", number=2).read_bytes()
    assert (tmp_path / "test-2.pdf").read_bytes() == by_name
    (tmp_path / "test-2.pdf").unlink()
    (tmp_path / "test-2.pdf").mkdir()
    in_a_loop(press())
    assert "can't be written" in html.unescape(view.trouble.value)
    assert "Not saved" in view.status.value


def test_complaints_name_the_remedy(corpus):
    for wrong, said in (
        ({"show": "desk"}, "choose paper"),
        ({"objective": "guess"}, "choose next token"),
        ({"row": 1000}, "has rows 0 to 59"),
    ):
        with pytest.raises(ValueError, match=said):
            QuestionSheet(**{"corpus": corpus, **wrong})


def test_closing_leaves_nothing_behind(corpus):
    QuestionSheet("grid", corpus).close()
    known = set(_instances)
    sheet = QuestionSheet("fill in", corpus)
    sheet.still()
    sheet.close()
    assert set(_instances) == known


def test_a_sentence_is_cut_three_ways_and_an_unknown_word_is_explained(corpus):
    view = QuestionSheet("tokens", corpus).view
    view.sentence.value = "Today Tom was eight."
    kinds = {}
    for kind in view.kind.options:
        view.kind.value = kind
        used, ids = view.encoded(kind)
        kinds[kind] = len(ids)
        assert f"{len(ids)} tokens, out of a vocabulary of {used.vocab_size}" in view.status.value
        assert f"{used.label(int(ids[0]))} {ids[0]}, " in html.unescape(view.picture.value)
    assert kinds["words"] == 5 and kinds["characters"] == len("Today Tom was eight.")
    assert kinds["words"] < kinds["byte pairs"] < kinds["characters"]
    view.kind.value = "words"
    before = view.picture.value
    view.sentence.value = "Today Tom was zealous."
    assert "zealous" in view.trouble.value and "byte pairs" in view.trouble.value
    assert view.picture.value == before
    view.kind.value = "byte pairs"
    assert not view.trouble.value and view.picture.value != before
    assert "Cut into words" not in view.still() and "Cut into byte pairs" in view.still()
    view.sentence.value = "   "
    assert "type a sentence" in view.trouble.value and view.still() == view.trouble.value


def test_the_still_shows_the_sentence_in_each_kind_of_token(corpus):
    view = QuestionSheet("tokens", corpus).view
    still = view.still()
    for kind in view.kind.options:
        view.kind.value = kind
        assert view.status.value + view.picture.value in still


def test_html_in_a_sentence_or_a_text_is_escaped(corpus):
    view = QuestionSheet("tokens", corpus).view
    view.kind.value = "byte pairs"
    view.sentence.value = '<script>alert("$x$")</script>'
    assert "<script" not in view.picture.value + view.status.value
    text = text_corpus("<b>one</b> two <i>three</i>.\n" * 60, "words", block_size=20)
    for objective in ("next token", "fill in"):
        paper = QuestionSheet("paper", text, objective).view
        assert "<i>" not in paper.picture.value


def test_two_copies_do_not_disturb_each_other(corpus):
    for show, move in (
        ("cover", lambda view: setattr(view.place, "value", 9)),
        ("key", lambda view: setattr(view.shift, "value", 1)),
        ("fill in", lambda view: view.hide([3, 4])),
        ("shuffle", lambda view: view.shuffle()),
        ("paper", lambda view: setattr(view.number, "value", 2)),
    ):
        one, other = (QuestionSheet(show, corpus).view for _ in range(2))
        before = other.picture.value
        move(one)
        assert other.picture.value == before != one.picture.value, show


def test_drawing_a_still_leaves_the_learner_s_view_alone(corpus):
    for show in VIEWS:
        view = QuestionSheet(show, corpus).view
        said, picture = view.status.value, view.picture.value
        assert view.still() == view.still()
        assert (view.status.value, view.picture.value) == (said, picture), show


class Walk(RuleBasedStateMachine):
    """Any view, any control, any order: what is said is what the batch holds."""

    def __init__(self):
        super().__init__()
        corpus = story_corpus(60)
        self.views = {name: QuestionSheet(name, corpus).view for name in VIEWS}

    @rule(place=st.integers(1, 39))
    def cover(self, place):
        self.views["cover"].place.value = place

    @rule(rows=st.integers(1, 8), guess=st.integers(0, 400))
    def grid(self, rows, guess):
        view = self.views["grid"]
        view.rows.value = rows
        if not view.guess.disabled:
            view.guess.value = guess
            view.say_button.click()

    @rule(shift=st.integers(-2, 3))
    def key(self, shift):
        self.views["key"].shift.value = shift

    @rule(word=st.integers(0, 30))
    def hide(self, word):
        button = self.views["fill in"].words[word % len(self.views["fill in"].words)]
        button.value = not button.value

    @rule()
    def chance(self):
        self.views["fill in"].chance_button.click()

    @rule(size=st.integers(2, 8))
    def shuffle(self, size):
        view = self.views["shuffle"]
        view.size.value = size
        view.shuffle_button.click()

    @rule(number=st.integers(1, 3), key=st.booleans())
    def paper(self, number, key):
        view = self.views["paper"]
        view.number.value, view.key_button.value = number, key

    @invariant()
    def said_is_so(self):
        fill, key, deal = (self.views[name] for name in ("fill in", "key", "shuffle"))
        assert fill.batch.questions == len(fill.hidden)
        if fill.hidden:
            assert f"{len(fill.hidden)} question" in fill.status.value
        assert f"{key.fitting} of {key.asked}" in key.status.value
        assert sorted(np.concatenate(deal.papers).tolist()) == list(range(24))
        assert "NOT" not in deal.status.value


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    derandomize=True, max_examples=2, deadline=None,
    stateful_step_count=int(os.environ.get("COURSE_WALK", "15")),
)  # fmt: skip
