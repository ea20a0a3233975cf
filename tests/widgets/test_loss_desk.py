"""The loss desk: each control against the number and the picture that it must give."""

from __future__ import annotations

import html
import logging
import math
import os
import re
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from course_utils.figures.price import percent_text
from course_utils.learning.progress import shared
from course_utils.student.functions import softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.training.corpus import Corpus, story_corpus, text_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.students import load_student, record
from course_utils.widgets import LossDesk, LossPrediction
from course_utils.widgets.loss_desk import VIEWS
from course_utils.widgets.loss_duel import OPTIONS
from course_utils.widgets.loss_scale import NEAR, WHOLE

LONG = os.environ.get("COURSE_WALK")
TEXT = "The cat sat on the mat. The dog saw the cat, and the cat saw the dog. " * 12
SHOWN = 0.005 + 1e-4  # two decimals


@cache
def own_corpus() -> Corpus:
    return text_corpus(TEXT, "characters", 16)


def own_student(masked: bool = False) -> GPT:
    corpus = own_corpus()
    config = GPTConfig(
        corpus.vocab_size, corpus.block_for(masked), 1, 1, 8, causal=not masked,
        initializer_range=0.3,
    )  # fmt: skip
    return GPT(config, np.random.default_rng(3))


def view(show: str, own: bool = False, **options):
    if own:
        options.update(corpus=own_corpus(), model=own_student())
    return LossDesk(show, **options).view


def said(page: str) -> str:
    """A page as plain words, text alternatives included."""
    page = re.sub(r'<img alt="([^"]*)"[^>]*>', r" \1 ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def number_after(words: str, page: str) -> float:
    found = re.search(re.escape(words) + r" ([+−]?[\d.]+)", said(page))
    assert found, f"no number after {words!r} in {said(page)[:300]}"
    return float(found[1].rstrip(".").replace("−", "-").replace("+", ""))


# One question


def test_the_dot_begins_at_the_student_s_own_probability():
    desk = view("one question")
    story = story_corpus(1)
    for number in (2, 60, 1999):
        desk.question.value = number
        evaluation = desk.test.evaluation
        own = math.exp(-evaluation.losses[number - 1])
        assert desk.probability.value == pytest.approx(max(100 * own, 0.1), rel=1e-3)
        row, column = desk.test.places[number - 1]
        logits = load_student().forward(story.held_out[row : row + 1, : column + 1])[0, -1]
        p = softmax(logits.astype(float))
        assert desk.own == pytest.approx(p, abs=1e-5)
        assert f"right word is {story.label(desk.answer)}" in said(desk.head.value)
        rank = (p >= p[desk.answer]).sum()
        report = "spot on" if rank == 1 else "close" if rank <= 3 else "way off"
        assert said(desk.head.value).endswith(f"{report}.")
        truth = story.grammar.next_word_distribution(story.text(story.held_out[row]))[column]
        assert desk.oracle == pytest.approx(truth[desk.answer])


def test_it_opens_on_a_settled_question_that_was_closely_missed():
    desk = view("one question")
    assert desk.oracle == pytest.approx(1) and desk.number == desk.question.value - 1
    assert desk.test.evaluation.ranks[desk.number] in (2, 3) and desk.share < 0.2
    assert "…" not in desk.test.context(desk.number, 150), "the whole story can be read"
    page = desk.still()
    assert "with the axis by halvings" in said(page) and page.count("A falling curve") == 2
    desk.axis.value = "by halvings"
    assert "with the axis plain" in said(desk.still())


def test_what_all_others_share_has_a_bar():
    desk = view("one question")
    desk.probability.value = 10
    last = re.findall(r"<tr>(.*?)</tr>", desk.picture.value)[-1]
    shown = [float(share) for share in re.findall(r"([\d.]+) %</td>", desk.picture.value)]
    name, bar, share = (said(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", last))
    assert name == "all others" and bar == f"a bar of {share}"
    assert sum(shown) == pytest.approx(100, abs=3)


@pytest.mark.parametrize(
    ("percent", "loss", "k"),
    [(50, 0.69, "2.0"), (25, 1.39, "4.0"), (100, 0.0, "1.0"), (0.1, 6.91, "1,000")],
)
def test_dragging_moves_the_dot_along_the_curve(percent, loss, k):
    desk = view("one question")
    before = desk.picture.value
    desk.probability.value = percent
    assert desk.loss == pytest.approx(-math.log(percent / 100), abs=1e-9)
    assert f"a loss of {loss:.2f} nats, like a blind guess among {k}" in said(desk.said.value)
    assert f"costs {loss:.2f} nats" in said(desk.picture.value)
    dot = desk._curves["plain"]._marks["learner"].get_xydata()[0]
    assert dot == pytest.approx([percent / 100, abs(math.log(percent / 100))])
    assert desk.picture.value != before
    if percent == 100:
        assert "first place: spot on" in said(desk.said.value)


def test_the_other_words_share_what_is_left():
    desk = view("one question")
    desk.probability.value = 90
    rows = re.findall(r"<tr>(.*?)</tr>", desk.picture.value)
    shares = {}
    for row in rows:
        word, _, share = (said(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row))
        shares[word] = share
    label = desk.test.corpus.label
    assert shares[f"{label(desk.answer)} (right)"] == "90 %"
    rest = np.delete(desk.own, desk.answer)
    others = 0.1 * desk.own / rest.sum()
    best = [int(i) for i in np.argsort(-desk.own) if i != desk.answer][:3]
    for token in best:
        assert shares[label(token)] == percent_text(others[token])


def test_by_halvings_the_same_dot_is_drawn_on_a_straight_line():
    desk = view("one question")
    plain = desk.picture.value
    desk.axis.value = "by halvings"
    assert desk.picture.value != plain and said(desk.picture.value) == said(plain)
    desk.axis.value = "plain"
    assert desk.picture.value == plain


def test_a_storm_ends_at_the_last_value():
    desk, other = view("one question"), view("one question")
    for percent in np.geomspace(0.1, 100, 40):
        desk.probability.value = percent
    desk.probability.value = 30.0
    other.probability.value = 30.0
    assert desk.picture.value == other.picture.value


# Duel


def test_nothing_is_revealed_before_the_prediction():
    desk = view("duel")
    assert desk.reveal.disabled and "<img" not in desk.result.value
    desk.show()
    assert "prediction first" in desk.trouble.value and "<img" not in desk.result.value
    desk.card.options.index = 0
    assert not desk.reveal.disabled and "<img" not in desk.result.value
    desk.reveal.click()
    assert "You were right." in said(desk.result.value) and "all logits × 4" in desk.result.value
    assert desk.card.options.disabled and desk.reveal.disabled
    desk.pair.value = "pair 2"
    assert "<img" not in desk.result.value and not desk.card.options.disabled
    desk.card.choose(2)
    desk.show()
    assert "Not so." in said(desk.result.value) and "B is better" in said(desk.result.value)
    desk.pair.value = "pair 1"
    assert "You were right." in said(desk.result.value), "a revealed pair stays revealed"


def test_the_pairs_are_what_they_say():
    desk, story = view("duel"), story_corpus(1)
    losses = {}
    for name in ("trained", "half-trained"):
        evaluation = evaluate(load_student(name), story.held_out[:60])
        losses[name] = evaluation.losses[:2000], evaluation.ranks[:2000]
    assert desk.duel.means[0] == pytest.approx(losses["trained"][0].mean(), abs=1e-5)
    same = losses["trained"][1] == losses["half-trained"][1]
    third = desk.pairs["pair 3"].duel
    assert third.means[0] == pytest.approx(losses["half-trained"][0][same].mean(), abs=2e-3)
    assert third.means[1] == pytest.approx(losses["trained"][0][same].mean(), abs=2e-3)
    for name, pair in desk.pairs.items():
        desk.pair.value = name
        ranks = pair.duel.ranks
        assert f"spot on {100 * (ranks == 1).mean():.0f} %" in said(desk.report.value)
        before = said(desk.report.value)
        assert f"A is {pair.duel.names[0]}. B is {pair.duel.names[1]}." in before
        chosen = f"Of 2,000 questions we took the {len(ranks):,}"
        assert (chosen in before) == (name == "pair 3") == (len(ranks) < 2000)
        desk.card.choose(pair.duel.better)
        desk.show()
        words = said(desk.result.value)
        for letter, mean in zip("AB", pair.duel.means, strict=True):
            assert f"{letter} {mean:.2f}" in words
        assert "right." in words and pair.lesson in words


# Whole test


def test_more_questions_wear_away_luck_only():
    desk = view("whole test")
    desk.student.value = "trained"
    seen = {}
    for count in (1, 100, 2000):
        desk.count.value = count
        parts = [number_after(n, desk.mean.value) for n in ("unavoidable", "left to learn", "luck")]
        evaluation = desk.test.evaluation
        assert parts[0] == pytest.approx(evaluation.entropies[:count].mean(), abs=SHOWN)
        assert parts[1] == pytest.approx(evaluation.divergences[:count].mean(), abs=SHOWN)
        assert parts[2] == pytest.approx(evaluation.lucks[:count].mean(), abs=SHOWN)
        seen[count] = parts
    assert abs(seen[1][2]) > 0.5 and abs(seen[2000][2]) <= 0.01
    assert seen[2000][0] > 0.4 and seen[2000][1] >= 0.02
    assert "all but vanished" in desk.said.value


def test_every_question_is_on_one_page_and_sorted_by_what_is_left_to_learn():
    desk = view("whole test")
    desk.count.value = 25
    assert desk.page.max == 3
    shown = []
    for page in (1, 2, 3):
        desk.page.value = page
        alts = re.findall(r'alt="(unavoidable[^"]*)"', desk.rows.value)
        assert len(alts) == (5 if page == 3 else 10)
        shown += [float(re.search(r"left to learn ([\d.]+)", alt)[1]) for alt in alts]
        assert f"Questions {10 * page - 9} to {min(10 * page, 25)} of 25" in desk.rows.value
    expected = np.sort(desk.test.evaluation.divergences[:25])[::-1]
    np.testing.assert_allclose(shown, expected, atol=SHOWN)
    desk.count.value = 10
    assert desk.page.value == 1 == desk.page.max


def test_each_row_says_rank_and_loss_of_its_question():
    desk = view("whole test")
    rows = re.findall(r"<tr>(.*?)</tr>", desk.rows.value)[1:-1]
    for q, row in zip(desk.order, rows, strict=True):
        cells = [said(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        evaluation = desk.test.evaluation
        assert cells[0] == desk.test.context(int(q), 26)
        assert cells[1] == desk.test.corpus.label(int(desk.test.answers[q]))
        assert cells[3].startswith({1: "first", 2: "second", 3: "third"}.get(
            int(evaluation.ranks[q]), str(evaluation.ranks[q])))  # fmt: skip
        assert float(cells[4]) == pytest.approx(evaluation.losses[q], abs=SHOWN)
        total = re.search(r"([\d.]+) \+ ([\d.]+) ([+−]) ([\d.]+)$", cells[2])
        unavoidable, left, luck = (float(total[k]) for k in (1, 2, 4))
        luck = luck if total[3] == "+" else -luck
        parts = [evaluation.entropies[q], evaluation.divergences[q], evaluation.lucks[q]]
        assert [unavoidable, left, luck] == pytest.approx(parts, abs=SHOWN)


def test_another_student_has_as_much_that_is_unavoidable_and_less_left_to_learn():
    desk = view("whole test")
    desk.count.value = 2000
    numbers = {}
    for name in ("untrained", "half-trained", "trained"):
        desk.student.value = name
        assert desk.test.model.flat_data == pytest.approx(load_student(name).flat_data)
        assert f"The {name} student, 2,000 questions: mean loss" in said(desk.mean.value)
        numbers[name] = [number_after(n, desk.mean.value) for n in ("unavoidable", "left to learn")]
    unavoidable, left = zip(*numbers.values(), strict=True)
    assert len(set(unavoidable)) == 1 and left[0] > left[1] > left[2]


# Scale


def test_the_student_appears_only_after_it_was_placed():
    desk = view("scale")
    loss = record().students["half-trained"].held_out_loss
    shown = f"{loss:.2f}"
    assert desk.reveal.disabled and shown not in desk.picture.value + desk.said.value
    for name, at in zip(("blind guess, ln V", "best counting", "best possible"),
                        record().lines.values(), strict=True):  # fmt: skip
        assert f"{name} {at:.2f}" in said(desk.picture.value)
    desk.show()
    assert "Place it first" in desk.trouble.value and not desk.revealed
    desk.guess.value = 2.0
    assert "your mark 2.00" in said(desk.picture.value) and shown not in desk.picture.value
    desk.reveal.click()
    assert desk.guess.disabled and desk.reveal.disabled
    assert f"it is at {shown}" in desk.said.value
    assert f"{2.0 - loss:.2f} too high" in desk.said.value
    assert "after 900 tests" in said(desk.picture.value)
    assert {name for name, *_ in desk._scales[NEAR, True].shown} >= {"after 65 tests"}


def test_near_the_best_is_the_same_in_another_scale():
    desk = view("scale")
    desk.guess.value = 0.7
    whole = desk.picture.value
    desk.zoom.value = NEAR
    assert desk.picture.value != whole and said(desk.picture.value) == said(whole)
    assert desk._scales[NEAR, False].mark.get_ydata() == [0.7]
    desk.zoom.value = WHOLE
    assert desk.picture.value == whole


@pytest.mark.parametrize(("offset", "judged"), [(0.1, "Well placed"), (-0.4, "0.40 too low")])
def test_the_sentence_fits_the_guess(offset, judged):
    desk = view("scale")
    desk.guess.value = round(record().students["half-trained"].held_out_loss, 2) + offset
    desk.reveal.click()
    assert judged in desk.said.value


# Fill-in questions, own text, errors


@pytest.mark.parametrize("show", VIEWS)
def test_fill_in_questions(show):
    desk = view(show, objective="fill in")
    page = said(desk.still())
    if show == "one question":
        assert "___ " in said(desk.head.value) and not desk.test.model.config.causal
        assert desk.own[desk.answer] == pytest.approx(desk.share, abs=0.002)
    if show == "duel":
        assert list(desk.pairs) == ["pair 1", "pair 2"] and "fill-in student" in page
    if show == "whole test":
        assert desk.student.layout.display == "none" and len(desk.test) == 2000
        assert number_after("unavoidable", desk.mean.value) > 0
    if show == "scale":
        assert set(desk.lines) == {"uniform", "floor"} and "fill-in student" in page
        desk.guess.value = 0.5
        desk.reveal.click()
        assert f"it is at {desk.student[1]:.2f}" in desk.said.value


@pytest.mark.parametrize("show", VIEWS)
def test_an_own_text_has_no_floor_and_the_view_says_so(show):
    desk = view(show, own=True)
    if show == "one question":
        assert desk.oracle is None and "no known best possible" in desk.said.value
    if show == "whole test":
        assert desk.mean.value == "" and "no parts" in desk.said.value
        alts = re.findall(r'alt="(loss [^"]*)"', desk.rows.value)
        losses = [float(alt.split()[1]) for alt in alts]
        expected = np.sort(desk.test.evaluation.losses[: desk.count.value])[::-1][: len(losses)]
        np.testing.assert_allclose(losses, expected, atol=SHOWN)
    if show == "scale":
        assert set(desk.lines) == {"uniform", "counting"} and "isn't known" in said(desk.said.value)
        assert desk.lines["uniform"] == pytest.approx(math.log(own_corpus().vocab_size))
    if show == "duel":
        assert set(desk.pairs) == {"pair 1", "pair 2"}
    assert "<img" in desk.still()


@pytest.mark.parametrize("show", VIEWS)
def test_fill_in_questions_on_an_own_text(show):
    desk = view(show, corpus=own_corpus(), model=own_student(masked=True), objective="fill in")
    assert "<img" in desk.still()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"show": "everything"}, "no view 'everything'; choose one question, duel"),
        ({"objective": "guess"}, "no objective 'guess'; choose next token, fill in"),
        ({"corpus": "own"}, "pass the one that was made for it"),
        ({"model": "fill-in"}, "pass objective='fill in'"),
        ({"corpus": "own", "model": "trained"}, "pass the student that was made for it"),
    ],
)
def test_what_can_t_be_is_said_in_one_sentence(options, message):
    if "corpus" in options:
        options = {**options, "corpus": own_corpus()}
    if "model" in options:
        options = {**options, "model": load_student(options["model"])}
    with pytest.raises(ValueError, match=re.escape(message)):
        LossDesk(**options)


# All views


@pytest.mark.parametrize("show", VIEWS)
def test_a_still_for_pages_without_a_kernel(show):
    desk = LossDesk(show)
    bundle = desk._repr_mimebundle_()
    page = bundle["text/html"]
    assert bundle["text/plain"] == desk.view.summary and "<img" in page
    assert not re.search(r"<(script|svg|style)", page)
    assert len(re.findall(r'<img alt="[^"]+"', page)) == page.count("<img")
    assert page == desk.still(), "a still is the same every time"
    if show in ("duel", "scale"):
        assert "An example learner" in page
        live = desk.view.result if show == "duel" else desk.view.said
        assert "ot answered yet" in live.value or "Choose one" in live.value


@pytest.mark.parametrize("show", VIEWS)
def test_closing_leaves_nothing_behind_and_nothing_else_is_disturbed(show):
    import ipywidgets

    def alive() -> set[str]:
        return set(ipywidgets.widgets.widget._instances)

    other = LossDesk(show)
    page, before = other.still(), alive()
    desk = LossDesk(show)
    for control in ("question", "count", "guess"):
        if hasattr(desk.view, control):
            getattr(desk.view, control).value = 3
    assert other.still() == page
    desk.close()
    left = [ipywidgets.widgets.widget._instances[key] for key in alive() - before]
    kinds = {type(widget).__name__ for widget in left}
    assert kinds <= {"LayoutModel", "Layout"} or all(
        "Style" in kind or kind == "Layout" for kind in kinds
    ), kinds


def test_the_prediction_is_answered_by_its_own_numbers():
    card = LossPrediction()
    assert "0.69" not in card.reply.value
    card.choose(0, confidence=0.8)
    bold = -(math.log(0.99) + math.log(0.01)) / 2
    assert f"Even's mean loss is {math.log(2):.2f}, Bold's {bold:.2f}" in said(card.reply.value)
    assert "Even pays 0.69 and 0.69; Bold pays 0.01 and 4.61" in said(card.reply.value)
    assert said(card.reply.value).startswith("Yes.")
    card.choose(1)
    assert said(card.reply.value).startswith("No.")


def test_predictions_are_kept_with_their_outcomes():
    card = LossPrediction()
    card.choose(2, confidence=0.6)
    data = shared().latest("prediction", "loss: even or bold").data
    assert data["outcome"] == "Even" and data["right"] is False
    assert data["score"] == pytest.approx(-math.log(0.2))
    duel = LossDesk("duel").view
    duel.card.choose(duel.duel.better)
    duel.show()
    data = shared().latest("prediction", "loss: duel, pair 1").data
    assert data["right"] is True and data["outcome"] == OPTIONS[duel.duel.better]
    scale = LossDesk("scale").view
    scale.guess.value = 1.0
    scale.show()
    data = shared().latest("prediction", "loss: place on the scale").data
    assert data["answer"] == 1.0 and data["outcome"] == pytest.approx(scale.student[1])
    assert data["right"] == (abs(1.0 - scale.student[1]) <= 0.15)


# A random walk


class Swallowed(logging.Handler):
    """Buttons swallow what their callbacks raise, and write it here."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


class Walk(RuleBasedStateMachine):
    """All four views; what is drawn equals what is computed, whatever is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.swallowed = Swallowed()
        logging.getLogger("traitlets").addHandler(self.swallowed)
        self.one, self.duel = view("one question"), view("duel")
        self.whole, self.scale = view("whole test"), view("scale")

    def teardown(self) -> None:
        logging.getLogger("traitlets").removeHandler(self.swallowed)
        fresh = view("one question")
        fresh.question.value = self.one.question.value
        fresh.probability.value = self.one.probability.value
        fresh.axis.value = self.one.axis.value
        assert fresh.picture.value == self.one.picture.value
        again = view("whole test")
        again.student.value, again.count.value = self.whole.student.value, self.whole.count.value
        again.page.value = self.whole.page.value
        assert (again.mean.value, again.rows.value) == (
            self.whole.mean.value, self.whole.rows.value,
        )  # fmt: skip

    @rule(number=st.integers(1, 2000))
    def ask(self, number):
        self.one.question.value = number

    @rule(percent=st.floats(0.1, 100))
    def drag(self, percent):
        self.one.probability.value = percent

    @rule(axis=st.sampled_from(["plain", "by halvings"]))
    def turn_the_axis(self, axis):
        self.one.axis.value = axis

    @rule(pair=st.integers(1, 3))
    def choose_a_pair(self, pair):
        self.duel.pair.value = f"pair {pair}"

    @rule(option=st.integers(0, 2))
    def predict(self, option):
        if not self.duel.card.options.disabled:
            self.duel.card.options.index = option

    @rule()
    def press_reveal(self):
        if not self.duel.reveal.disabled:
            self.duel.reveal.click()

    @rule(data=st.data())
    def choose_a_count(self, data):
        counts = [count for _, count in self.whole.count.options]
        self.whole.count.value = data.draw(st.sampled_from(counts))

    @rule(student=st.sampled_from(["untrained", "half-trained", "trained"]))
    def choose_a_student(self, student):
        self.whole.student.value = student

    @rule(page=st.integers(-2, 300))
    def turn_a_page(self, page):
        self.whole.page.value = page

    @rule(guess=st.floats(0, 5))
    def guess(self, guess):
        if not self.scale.guess.disabled:
            self.scale.guess.value = guess

    @rule()
    def show_the_student(self):
        if not self.scale.reveal.disabled:
            self.scale.reveal.click()

    @rule(zoom=st.sampled_from([WHOLE, NEAR]))
    def zoom(self, zoom):
        self.scale.zoom.value = zoom

    @invariant()
    def nothing_was_swallowed(self):
        assert self.swallowed.said == []
        for desk in (self.one, self.duel, self.whole, self.scale):
            assert desk.trouble.value == ""

    @invariant()
    def the_dot_costs_minus_the_logarithm(self):
        loss = -math.log(self.one.probability.value / 100)
        assert f"costs {abs(loss):.2f} nats" in self.one.picture.value
        dot = self.one._curves[self.one.axis.value]._marks["learner"].get_ydata()[0]
        assert dot == pytest.approx(loss, abs=1e-9)

    @invariant()
    def a_result_needs_a_prediction(self):
        revealed = self.duel.pair.value in self.duel.revealed
        assert ("<img" in self.duel.result.value) == revealed
        assert self.duel.card.options.disabled == revealed
        chosen = self.duel.card.prediction.chosen
        assert self.duel.reveal.disabled == (revealed or chosen is None)
        assert len(OPTIONS) == 3 and not (revealed and chosen is None)

    @invariant()
    def the_parts_add_up_to_the_mean(self):
        whole = self.whole
        count = whole.count.value
        loss = whole.test.evaluation.losses[:count].mean()
        assert number_after("mean loss", whole.mean.value) == pytest.approx(loss, abs=SHOWN)
        names = ("unavoidable", "left to learn", "luck")
        parts = [number_after(name, whole.mean.value) for name in names]
        assert sum(parts) == pytest.approx(loss, abs=4 * SHOWN)
        rows = len(re.findall(r'alt="unavoidable', whole.rows.value))
        assert rows == min(10, count - 10 * (whole.page.value - 1))

    @invariant()
    def the_scale_shows_what_was_placed(self):
        scale = self.scale
        assert ("your mark" in said(scale.picture.value)) == scale.placed
        assert ("after 65" in said(scale.picture.value)) == scale.revealed
        drawn = scale._scales[scale.zoom.value, scale.revealed]
        inside = scale.placed and drawn.low <= scale.guess.value <= drawn.high
        assert drawn.mark.get_visible() == inside


def test_a_random_walk():
    steps = {"stateful_step_count": int(LONG)} if LONG else {"stateful_step_count": 15}
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=2, derandomize=not LONG, deadline=None, database=None, **steps,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
