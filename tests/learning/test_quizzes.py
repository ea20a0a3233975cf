"""The question bank: complete, fair, and each answer judged as it should be."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from course_utils.learning.quizzes import (
    CHAPTERS,
    NumberAsked,
    OneChoice,
    Option,
    Ordered,
    SeveralChoices,
    Slip,
    WhichCurve,
    quiz,
    read_number,
    recall,
    recalled_by,
)

QUIZZES = {chapter: quiz(chapter) for chapter in CHAPTERS}
RECALLS = {chapter: recall(chapter) for chapter in CHAPTERS[1:]}
BANK = [q for questions in (*QUIZZES.values(), *RECALLS.values()) for q in questions]
ONE_CHOICE = [q for q in BANK if type(q) is OneChoice]
CHANCE = 0.1  # a pattern that blind chance brings in fewer than so many banks is no chance


def tail(chances: list[float], seen: int) -> float:
    """The probability that at least so many of independent events happen."""
    counts = np.array([1.0])
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    return float(counts[seen:].sum())


def length_gives_away(bank: list[OneChoice]) -> bool:
    """Whether the right option is the longest, or the shortest, more often than by chance."""
    for sign in (1, -1):
        chances, seen = [], 0
        for question in bank:
            lengths = [sign * len(option.text) for option in question.options]
            most = [i for i, length in enumerate(lengths) if length == max(lengths)]
            chances.append(len(most) / len(lengths))
            seen += question.answer in most
        if tail(chances, seen) < CHANCE:
            return True
    return False


def uneven(bank: list[OneChoice]) -> dict[int, list[int]]:
    """How often each position is right, for each number of options where that is lopsided."""
    found = {}
    for count in {len(question.options) for question in bank}:
        asked = [question for question in bank if len(question.options) == count]
        places = Counter(question.answer for question in asked)
        counts = [places[i] for i in range(count)]
        if max(counts) - min(counts) > 2:
            found[count] = counts
    return found


def test_every_chapter_has_enough_and_every_kind_is_used():
    for questions in QUIZZES.values():
        assert len(questions) >= 6
        assert len({type(q) for q in questions}) >= 4
        assert 1 <= sum(q.confidence for q in questions) <= 3
    kinds = {type(q) for questions in QUIZZES.values() for q in questions}
    assert kinds == {OneChoice, SeveralChoices, NumberAsked, Ordered, WhichCurve}


def test_names_are_unique_and_say_their_chapter():
    names = [q.name for q in BANK]
    assert len(set(names)) == len(names)
    assert all(q.name.startswith(f"{n}: ") for n, qs in QUIZZES.items() for q in qs)
    assert all(q.name.startswith(f"recall {n}: ") for n, qs in RECALLS.items() for q in qs)
    asked = [q.asked for q in BANK]
    assert len(set(asked)) == len(asked)


def test_every_answer_has_its_own_explanation():
    for question in BANK:
        options = getattr(question, "options", getattr(question, "items", ()))
        said = [option.explanation for option in options]
        said += [slip.explanation for slip in getattr(question, "slips", ())]
        assert all(len(words) > 5 and words[-1] in ".!" for words in said), question.name
        assert len(set(said)) == len(said), question.name
        assert len({option.text for option in options}) == len(options), question.name


def test_the_position_of_the_right_option_is_spread_evenly():
    assert uneven(ONE_CHOICE) == {}
    curves = Counter(q.answer for q in BANK if isinstance(q, WhichCurve))
    assert set(curves) == {0, 1, 2} and max(curves.values()) <= 3
    for questions in QUIZZES.values():
        places = [q.answer for q in questions if type(q) is OneChoice]
        assert len(set(places)) > 1
    first = [replace(q, options=tuple(sorted(q.options, key=lambda o: not o.right)))
             for q in ONE_CHOICE]  # fmt: skip
    assert set(uneven(first)) == {3, 4}


def test_the_length_of_the_right_option_does_not_give_it_away():
    assert not length_gives_away(ONE_CHOICE)
    wordy = [
        replace(
            q,
            options=tuple(
                replace(o, text=o.text + " and so on, as was said" * 3) if o.right else o
                for o in q.options
            ),
        )
        for q in ONE_CHOICE[:12]
    ]
    assert length_gives_away([*wordy, *ONE_CHOICE[12:24]])
    short = [
        replace(q, options=tuple(replace(o, text="so") if o.right else o for o in q.options))
        for q in ONE_CHOICE[:16]
    ]
    assert length_gives_away(short)


def test_several_choices_are_neither_all_right_nor_all_wrong():
    several = [q for q in BANK if isinstance(q, SeveralChoices)]
    assert all(0 < len(q.answer) < len(q.options) for q in several)
    assert len({len(q.answer) for q in several}) > 1
    assert {i for q in several for i in q.answer} >= {0, 1, 2, 3}


def test_recall_reaches_further_and_further_back():
    for chapter in RECALLS:
        back = [recalled.chapter for recalled in recalled_by(chapter)]
        assert len(back) == 3
        assert back[0] == chapter - 1
        assert back[1] == max(chapter - 2, 0)
        assert back[2] <= min(1, max(chapter - 3, 0))
        for recalled in recalled_by(chapter):
            assert recalled.question.asked.startswith(f"From chapter {recalled.chapter}: ")
    assert {r.chapter for n in RECALLS for r in recalled_by(n)} == set(range(6))


@pytest.mark.parametrize("chapter", [-1, 7, "3", True, None, 1.0])
def test_a_chapter_that_is_not_there(chapter):
    with pytest.raises(ValueError, match="choose 0 to 6"):
        quiz(chapter)


def test_chapter_0_recalls_nothing():
    with pytest.raises(ValueError, match="recalls nothing"):
        recall(0)


@pytest.mark.parametrize("question", BANK, ids=lambda q: q.name)
def test_the_right_answer_is_right_and_survives_json(question):
    answer = json.loads(json.dumps(question.answer))
    assert question.read(answer) == answer
    reply = question.reply(answer)
    assert reply.right and reply.said.startswith("Right.")
    assert question.spelled(answer)


@pytest.mark.parametrize("question", ONE_CHOICE, ids=lambda q: q.name)
def test_one_choice(question):
    for i, option in enumerate(question.options):
        reply = question.reply(i)
        assert reply.right is option.right
        assert option.explanation in reply.said
        assert len(reply.rest) == len(question.options) - 1
        for other in question.options:
            assert any(other.explanation in line for line in reply.rest) != (other is option)
        assert any("(right)" in line for line in reply.rest) != option.right
    assert question.choices == len(question.options)


def test_several_are_right_only_as_a_whole():
    question = SeveralChoices(
        "s", "Which?", (Option("a", "A.", True), Option("b", "B."), Option("c", "C.", True))
    )
    assert question.answer == [0, 2]
    assert question.reply([2, 0]).right
    wrong = question.reply([0, 1])
    assert not wrong.right and "1 of 3 boxes" in wrong.said
    assert "“b” (not true; you ticked it): B." in wrong.rest
    assert "“c” (true; you did not tick it): C." in wrong.rest
    for bad in ([0, 0], [3], [-1], [True], "02", 0, None):
        assert question.read(bad) is None
        with pytest.raises(ValueError, match="isn't an answer"):
            question.reply(bad)


def test_a_number_is_right_within_its_tolerance_and_a_slip_is_named():
    question = NumberAsked("n", "How much?", 2.0, 0.05, "Two.", (Slip(3.0, "Three is bits."),))
    assert question.reply(2.04).right and question.reply(1.96).right
    assert not question.reply(2.06).right
    assert question.reply(3.02).said == "Not right. Three is bits. Two."
    assert "too large" in question.reply(9).said and "too small" in question.reply(-9).said
    assert question.reply(9).rest == ("3: Three is bits.",)
    for bad in (float("nan"), float("inf"), "2", None, True, [2]):
        assert question.read(bad) is None


@pytest.mark.parametrize(
    "question", [q for q in BANK if isinstance(q, NumberAsked)], ids=lambda q: q.name
)
def test_no_slip_of_the_bank_is_right(question):
    assert question.slips
    for slip in question.slips:
        reply = question.reply(slip.value)
        assert not reply.right and slip.explanation in reply.said
        assert question.explanation in reply.said


def test_an_order_is_right_only_as_a_whole():
    question = Ordered(
        "o", "Order.", (Option("a", "A."), Option("b", "B."), Option("c", "C.")), (2, 0, 1)
    )
    assert question.reply([0, 1, 2]).right
    wrong = question.reply([0, 2, 1])
    assert not wrong.right and "1 of 3 stand" in wrong.said
    assert wrong.rest[1] == "b (you had it in place 3): B."
    for bad in ([0, 1], [0, 1, 1], "012", None):
        assert question.read(bad) is None
    with pytest.raises(ValueError, match="not in order"):
        replace(question, shown=(0, 1, 2))
    with pytest.raises(ValueError, match="each item once"):
        replace(question, shown=(0, 0, 2))


def test_one_choice_needs_one_right_option():
    with pytest.raises(ValueError, match="exactly one right"):
        OneChoice("x", "?", (Option("a", "A."), Option("b", "B.")))


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0.69", 0.69), ("0,69", 0.69), (" 1,040 ", 1040), ("1 040", 1040), ("-2.08", -2.08),
        ("−0,3", -0.3), ("80 %", 80), ("12,800", 12800), ("1,234,567", 1234567), ("0,125", 0.125),
        ("1,39", 1.39), ("3", 3), ("1,040.5", 1040.5), ("1e3", 1000),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(written, number):
    assert read_number(written) == pytest.approx(number)


@pytest.mark.parametrize("written", ["", "abc", "1.2.3", "nan", "inf", "1_0", "<b>", "--2", "1/8"])
def test_what_is_no_number_gets_a_remedy(written):
    with pytest.raises(ValueError, match="isn't a number; write one with digits"):
        read_number(written)


def test_the_named_misconceptions_are_there():
    """Issue list: what beginners really believe, each as a wrong answer with its explanation."""
    wrong = " ".join(
        f"{option.text} {option.explanation}"
        for q in BANK
        for option in getattr(q, "options", ())
        if not option.right
    )
    for belief in (
        "the loss is the percentage of errors",
        "each answer leaves a small trace in its weights",
        "The weights have moved a little, downhill",  # backpropagation changes the weights
        "It is one single step",  # an epoch is a step
        "0: only then is every question understood",  # zero loss is the goal
        "93 % certain to be right",  # a softmax output is certainty
        "a lower training loss is always better",
    ):
        assert belief in wrong, belief


def test_which_curve_draws_a_box_for_each_option():
    for question in BANK:
        if isinstance(question, WhichCurve):
            assert [o.text for o in question.options] == list("ABC")[: len(question.boxes)]
            assert len(question.boxes) == len(question.options)
            assert all(f"{letter}: " in question.alt for letter in "ABC")
