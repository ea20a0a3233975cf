"""Quizzes as a learner uses them: each control, what is kept, and a random walk over them all."""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from ipywidgets.widgets.widget import _instances

from course_utils.figures.small_curves import CurveBox, SmallCurve
from course_utils.learning.progress import Progress
from course_utils.learning.quizzes import (
    NumberAsked,
    OneChoice,
    Option,
    Ordered,
    SeveralChoices,
    Slip,
    WhichCurve,
    quiz,
    recall,
)
from course_utils.widgets import Quiz, Recall
from course_utils.widgets.answer_controls import InOrder, OneNumber, OneOfThem, SomeOfThem
from course_utils.widgets.quiz_sheet import AGAIN, BACK, CHECK, NEXT, SKIP, UNSURE, QuizSheet
from course_utils.widgets.spoken_groups import GROUP, QUESTION, SHEET

ONE = OneChoice(
    "t: one", "One?", (Option("a", "A no."), Option("b", "B yes.", True), Option("c", "C no.")),
    confidence=True,
)  # fmt: skip
SEVERAL = SeveralChoices(
    "t: several", "Several?", (Option("p", "P.", True), Option("q", "Q."), Option("r", "R.", True))
)
NUMBER = NumberAsked("t: number", "How much?", 2.08, 0.03, "Ln 8.", (Slip(3, "Bits."),), "nats")
ORDER = Ordered("t: order", "Order?", tuple(Option(x, f"{x}!") for x in "xyz"), (2, 0, 1))
CURVES = WhichCurve(
    "t: curves", "Which?", (Option("A", "Flat."), Option("B", "Rising.", True)),
    (
        CurveBox((SmallCurve(lambda x: 0.5 + 0 * x, "is flat"),)),
        CurveBox((SmallCurve(lambda x: x, "rises", "unseen"),)),
    ),
    "step", "loss",
)  # fmt: skip
SHEET_OF_FIVE = (ONE, SEVERAL, NUMBER, ORDER, CURVES)


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "progress.json")


@pytest.fixture
def sheet(progress):
    return QuizSheet(SHEET_OF_FIVE, progress)


def words(page):
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def seen(widget):
    return widget.layout.display != "none"


def in_sight(sheet):
    """The controls that can be seen; a group of answers is one."""
    count = sum(seen(controls) for controls in sheet.controls)
    buttons = (sheet.main_button, sheet.side_button, sheet.back_button)
    return count + seen(sheet.sure) + sum(map(seen, buttons))


def answer_right(sheet, progress=None):
    question, controls = sheet.question, sheet.controls[sheet.number]
    if isinstance(controls, OneOfThem):
        controls.options.index = question.answer
    elif isinstance(controls, SomeOfThem):
        for i, tick in enumerate(controls.ticks):
            tick.value = i in question.answer
    elif isinstance(controls, OneNumber):
        controls.box.value = str(question.answer)
    else:
        for goal, item in enumerate(question.answer):
            for place in range(controls.order.index(item), goal, -1):
                controls.lines.index = place
                controls.up.click()
    assert sheet.main_button.description == CHECK
    sheet.main_button.click()


def test_at_the_beginning_one_question_waits_and_nothing_is_given_away(sheet):
    assert words(sheet.title.value) == "Question 1 of 5 (0 of 5 answered)"
    assert f'class="{QUESTION}"' in sheet.asked.value and "One?" in sheet.asked.value
    assert [seen(controls) for controls in sheet.controls] == [True] + [False] * 4
    assert sheet.controls[0].options.options == ("a", "b", "c")
    assert sheet.controls[0].options.index is None
    assert sheet.reply.value == "" and not seen(sheet.sure) and not seen(sheet.back_button)
    assert (sheet.main_button.description, sheet.side_button.description) == (CHECK, SKIP)
    assert SHEET in sheet._dom_classes and GROUP in sheet.controls[0].options._dom_classes


def test_a_wrong_choice_gets_its_reason_and_those_of_the_others(sheet, progress):
    sheet.controls[0].options.index = 2
    assert seen(sheet.sure) and not seen(sheet.side_button)
    assert [label for label, _ in sheet.sure.options][:3] == [
        "rather not say", "33 %: a blind guess", "50 %",
    ]  # fmt: skip
    sheet.sure.value = 0.8
    sheet.main_button.click()
    said = words(sheet.reply.value)
    assert said == (
        "Your answer: “c”. At first you were 80 % sure. Not right. C no."
        " The others: “a”: A no. “b” (right): B yes."
    )
    assert 'role="status"' in sheet.reply.value
    assert not seen(sheet.controls[0])
    assert words(sheet.title.value).endswith("(1 of 5 answered, 0 right at the first try)")
    [entry] = progress.entries("quiz")
    assert entry.name == "t: one"
    assert dict(entry.data) == {
        "chosen": 2, "right": False, "confidence": 0.8, "options": 3, "attempt": 1,
    }  # fmt: skip
    assert (sheet.main_button.description, sheet.side_button.description) == (NEXT, AGAIN)
    assert sheet.back_button.description == BACK and seen(sheet.back_button)


def test_trying_again_is_recorded_but_the_first_answer_counts(sheet, progress):
    sheet.controls[0].options.index = 0
    sheet.main_button.click()
    sheet.side_button.click()
    assert seen(sheet.controls[0]) and sheet.controls[0].options.index is None
    sheet.controls[0].options.index = 1
    assert not seen(sheet.sure)
    sheet.main_button.click()
    assert "Right. B yes." in words(sheet.reply.value)
    assert words(sheet.title.value).endswith("(1 of 5 answered, 0 right at the first try)")
    first, second = progress.entries("quiz", "t: one")
    assert (first.data["attempt"], first.data["right"]) == (1, False)
    assert (second.data["attempt"], second.data["right"]) == (2, True)
    assert second.data["confidence"] is None


def test_every_kind_is_answered_by_its_controls(sheet, progress):
    for number in range(5):
        assert sheet.number == number
        answer_right(sheet)
        assert sheet.reply.value.count("Right.") == 1
        sheet.main_button.click()
    assert sheet.number == 0
    assert words(sheet.title.value).endswith("(5 of 5 answered, 5 right at the first try)")
    assert [dict(e.data)["chosen"] for e in progress.entries("quiz")] == [
        1, [0, 2], 2.08, [0, 1, 2], 1,
    ]  # fmt: skip


def test_ticks(sheet):
    sheet.turn(1)
    sheet.controls[1].ticks[1].value = True
    sheet.check()
    said = words(sheet.reply.value)
    assert "Not right. 0 of 3 boxes are as they should be." in said
    assert "“q” (not true; you ticked it): Q." in said


def test_a_number(sheet):
    sheet.turn(2)
    sheet.controls[2].box.value = "3"
    sheet.check()
    assert "Your answer: 3 nats. Not right. Bits. Ln 8." in words(sheet.reply.value)


def test_an_order_by_buttons(sheet):
    sheet.turn(3)
    controls = sheet.controls[3]
    assert isinstance(controls, InOrder)
    assert controls.lines.options == ("1. z", "2. x", "3. y") and controls.lines.index is None
    controls.up.click()
    assert "Choose the line" in controls.said.value
    controls.lines.index = 0
    controls.down.click()
    assert controls.lines.options == ("1. x", "2. z", "3. y") and controls.lines.index == 1
    assert "“z” is now in place 2 of 3." in controls.said.value
    controls.down.click()  # the same item again
    assert controls.lines.options == ("1. x", "2. y", "3. z") and controls.lines.index == 2
    controls.down.click()
    assert "“z” is last already." in controls.said.value
    controls.lines.index = 0
    controls.up.click()
    assert "“x” is first already." in controls.said.value
    controls.lines.index = 1
    controls.down.click()
    sheet.check()
    assert "1 of 3 stand in their places." in sheet.reply.value
    sheet.side_button.click()
    assert controls.lines.options == ("1. z", "2. x", "3. y") and controls.said.value == ""


def test_the_picture_of_curves_stands_with_the_question(sheet):
    sheet.turn(4)
    assert sheet.asked.value.count("<img ") == 1
    assert html.escape(CURVES.alt) in sheet.asked.value
    assert CURVES.alt == "2 pictures of loss over step. A: is flat. B: unseen rises."
    sheet.turn(0)
    assert "<img " not in sheet.asked.value


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (0, "Choose one of the answers first"),
        (1, "Tick at least one"),
        (2, "Write a number first"),
        (3, "Bring them into order first"),
    ],
)
def test_check_without_an_answer_says_what_is_missing(sheet, progress, number, sentence):
    sheet.turn(number)
    sheet.main_button.click()
    assert sentence in sheet.trouble.value and 'role="alert"' in sheet.trouble.value
    assert progress.entries() == [] and sheet.number == number
    answer_right(sheet)
    assert sheet.trouble.value == ""


def test_what_is_no_number_gets_one_sentence_and_is_escaped(sheet, progress):
    sheet.turn(2)
    sheet.controls[2].box.value = "<b>ball"
    sheet.main_button.click()
    assert "“&lt;b&gt;ball” isn" in sheet.trouble.value
    assert progress.entries() == []


def test_never_more_than_three_controls_in_sight(sheet):
    for _ in range(5):
        assert in_sight(sheet) <= 3
        sheet.controls[sheet.number].clear()
        if isinstance(sheet.controls[sheet.number], OneOfThem):
            sheet.controls[sheet.number].options.index = 0
        assert in_sight(sheet) <= 3
        answer_right(sheet)
        assert in_sight(sheet) <= 3
        sheet.main_button.click()


def test_an_answer_is_shown_when_the_notebook_is_opened_again(sheet, progress):
    sheet.controls[0].options.index = 0
    sheet.sure.value = 0.9
    sheet.check()
    sheet.turn(2)
    answer_right(sheet)
    again = QuizSheet(SHEET_OF_FIVE, Progress(progress.path))
    assert again.number == 1  # the first that is open
    assert words(again.title.value) == (
        "Question 2 of 5 (2 of 5 answered, 1 right at the first try)"
    )
    again.turn(0)
    assert "Your answer: “a”. At first you were 90 % sure. Not right." in words(again.reply.value)
    again.side_button.click()
    again.controls[0].options.index = 1
    again.check()
    assert [e.data["attempt"] for e in progress.entries("quiz", "t: one")] == [1, 2]


@pytest.mark.parametrize("chosen", [17, -1, "1", None, True, [1], 1.5, {}])
def test_a_kept_answer_that_is_impossible_is_passed_over(progress, chosen):
    progress.record("quiz", "t: one", {"chosen": chosen, "right": True, "confidence": "much"})
    progress.record("quiz", "unknown", {"chosen": 0})
    progress.record("quiz", "t: number", {})
    sheet = QuizSheet(SHEET_OF_FIVE, progress)
    assert sheet.answers == {} and sheet.number == 0


def test_the_list_of_confidences_never_stands_there_blank(progress):
    sheet = QuizSheet((ONE, replace(ONE, name="t: next")), progress)
    for number in (0, 1, 0):
        sheet.turn(number)
        assert (sheet.sure.index, sheet.sure.value) == (0, UNSURE)
        sheet.controls[number].options.index = 1
        sheet.sure.value = 0.5
    sheet.check()
    assert progress.entries("quiz")[-1].data["confidence"] == 0.5


def test_two_copies_keep_to_themselves_and_only_the_first_answer_has_a_confidence(progress):
    one, two = (QuizSheet(SHEET_OF_FIVE, progress) for _ in range(2))
    for sheet, index in ((one, 1), (two, 2)):
        sheet.controls[0].options.index = index
        sheet.sure.value = 0.5
        assert one.controls[0] is not two.controls[0]
    one.check()
    assert two.reply.value == ""
    two.check()
    first, second = progress.entries("quiz", "t: one")
    assert (first.data["confidence"], second.data["confidence"]) == (0.5, None)
    assert (first.data["attempt"], second.data["attempt"]) == (1, 2)
    assert "Right." in one.reply.value and "Not right." in two.reply.value


def test_a_place_that_cannot_be_written_is_told_once_and_the_quiz_goes_on(tmp_path):
    (tmp_path / "file").write_text("")
    sheet = QuizSheet(SHEET_OF_FIVE, Progress(tmp_path / "file" / "progress.json"))
    answer_right(sheet)
    assert "can&#x27;t be saved" in sheet.trouble.value and "Right." in sheet.reply.value
    sheet.main_button.click()
    answer_right(sheet)
    assert sheet.trouble.value == "" and len(sheet.answers) == 2


def test_recall_and_quiz_are_recorded_apart(progress):
    for sheet, kind, questions in (
        (Quiz(3, progress), "quiz", quiz(3)),
        (Recall(3, progress), "recall", recall(3)),
    ):
        assert sheet.questions == questions
        answer_right(sheet)
        [entry] = progress.entries(kind)
        assert entry.name == questions[0].name and entry.data["right"] is True


def test_without_a_progress_the_shared_one_is_used():
    from course_utils.learning.progress import shared

    sheet = Recall(1)
    assert sheet.progress is shared()


@pytest.mark.parametrize("chapter", [7, "1"])
def test_a_chapter_without_questions(chapter, progress):
    with pytest.raises(ValueError, match="choose 0 to 6"):
        Quiz(chapter, progress)


def test_the_still_has_all_questions_and_folds_the_answers(sheet, progress):
    page = sheet.still()
    for question in SHEET_OF_FIVE:
        assert question.asked in page
    assert page.count("<details>") == 5 and page.count("<img ") == 1
    outside = re.sub(r"<details>.*?</details>", "", page)
    assert "B yes." not in outside and "Ln 8." not in outside and "right" not in outside
    assert "B yes." in page and "2.08 nats. Ln 8." in page
    sheet.controls[0].options.index = 1
    sheet.check()
    assert sheet.still() == page  # a saved page never shows the learner's own answers


@pytest.mark.parametrize("make", [Quiz, Recall])
def test_every_chapters_still_is_complete(make, progress):
    for chapter in range(0 if make is Quiz else 1, 7):
        sheet = make(chapter, progress)
        page = sheet.still()
        assert "<script" not in page and "<svg" not in page and "<style" not in page
        for question in sheet.questions:
            assert html.escape(question.asked) in page
            for option in getattr(question, "options", getattr(question, "items", ())):
                assert html.escape(option.explanation) in page
        bundle = sheet._repr_mimebundle_()
        assert bundle["text/html"] == page and bundle["text/plain"] == sheet.summary
        sheet.close()


def test_all_texts_are_escaped(progress):
    evil = "<script>alert(1)</script>"
    questions = (
        OneChoice(f"e{evil}", evil, (Option(evil, evil, True), Option("b", evil))),
        SeveralChoices("e: s", evil, (Option(evil, evil, True), Option("b", evil))),
        Ordered("e: o", evil, (Option(evil, evil), Option("b", evil)), (1, 0)),
        NumberAsked("e: n", evil, 1, 0, evil, (Slip(2, evil),), evil),
    )
    sheet = QuizSheet(questions, progress)
    pages = [sheet.still()]
    for _ in questions:
        answer_right(sheet)
        pages += [sheet.reply.value, sheet.asked.value, sheet.title.value]
        sheet.main_button.click()
    pages.append(sheet.controls[2].said.value)
    assert all("<script" not in page for page in pages)


def test_closing_leaves_nothing_behind(progress):
    before = set(_instances)
    sheet = QuizSheet(SHEET_OF_FIVE, progress)
    answer_right(sheet)
    assert set(_instances) - before
    sheet.close()
    assert set(_instances) - before == set()


class Walk(RuleBasedStateMachine):
    """Whatever is pressed, the sheet shows the question, and keeps exactly what was answered."""

    folder = None

    def __init__(self):
        super().__init__()
        number = Walk.count = getattr(Walk, "count", 0) + 1
        self.progress = Progress(Walk.folder / f"{number}.json")
        self.sheet = QuizSheet(SHEET_OF_FIVE, self.progress)
        self.kept = {}

    def teardown(self):
        self.sheet.close()

    @rule()
    def main(self):
        sheet = self.sheet
        before, name, number = sheet.answered, sheet.question.name, sheet.number
        sheet.main_button.click()
        if before:
            assert sheet.number == (number + 1) % 5
        elif not sheet.trouble.value:
            self.kept.setdefault(name, []).append(sheet.answers[name])

    @rule()
    def side(self):
        if seen(self.sheet.side_button):
            self.sheet.side_button.click()

    @rule()
    def back(self):
        if seen(self.sheet.back_button):
            self.sheet.back_button.click()

    @rule(index=st.integers(0, 2), word=st.sampled_from(["3", "2.08", "ball", "", "1,5"]))
    def choose(self, index, word):
        if self.sheet.answered:
            return
        controls = self.sheet.controls[self.sheet.number]
        if isinstance(controls, OneOfThem):
            controls.options.index = min(index, len(controls.options.options) - 1)
        elif isinstance(controls, SomeOfThem):
            controls.ticks[index].value = not controls.ticks[index].value
        elif isinstance(controls, OneNumber):
            controls.box.value = word
        else:
            if index < 2:
                controls.lines.index = index
            (controls.up if word else controls.down).click()

    @rule(level=st.integers(0, 3))
    def say_how_sure(self, level):
        if seen(self.sheet.sure):
            self.sheet.sure.value = self.sheet.sure.options[level][1]

    @rule()
    def open_again(self):
        self.sheet.close()
        self.sheet = QuizSheet(SHEET_OF_FIVE, self.progress)

    @invariant()
    def it_shows_what_is_kept(self):
        sheet = self.sheet
        entries = self.progress.entries("quiz")
        assert {n: [e.data["chosen"] for e in entries if e.name == n] for n in self.kept} == (
            self.kept
        )
        assert len(entries) == sum(map(len, self.kept.values()))
        assert sheet.answers == {name: given[-1] for name, given in self.kept.items()}
        questions = {q.name: q for q in SHEET_OF_FIVE}
        firsts = sum(questions[name].reply(given[0]).right for name, given in self.kept.items())
        if self.kept:
            assert f"{len(self.kept)} of 5 answered, {firsts} right" in sheet.title.value
        assert sheet.question.asked in sheet.asked.value
        assert in_sight(sheet) <= 3
        assert seen(sheet.controls[sheet.number]) != sheet.answered
        right = sheet.answered and sheet.question.reply(sheet.answers[sheet.question.name]).right
        assert ("<b>Right." in sheet.reply.value) == right
        assert bool(sheet.reply.value) == sheet.answered


def test_a_random_walk(tmp_path):
    Walk.folder = tmp_path
    steps = int(os.environ.get("COURSE_WALK") or 0)
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=2, stateful_step_count=steps or 25, deadline=None,
            derandomize=not steps, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
