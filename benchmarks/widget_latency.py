"""How soon a moved control is answered: the kernel's part, for every control of every widget.

    python -m benchmarks.widget_latency                 all widgets, written to LATENCY.md and .json
    python -m benchmarks.widget_latency --only CycleWalk --dry

The clock runs from the moved control until the new HTML is set on the last view that hears of it,
drawn and encoded; what the browser does afterwards isn't counted. A control that only selects,
colours or scales must be answered in 50 ms at the 95th percentile (aim: 20 ms). One that computes
(trains, makes a new student) has a time of its own; what counts there is how long it keeps the
kernel busy at a stretch, for so long nothing else is answered: at most 100 ms.

A new widget is one entry of `CASES`. A control that computes is a coroutine function.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import contextlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib
import numpy as np

from benchmarks.training_speed import machine
from course_utils.learning.bank import BY_NAME
from course_utils.learning.progress import Progress
from course_utils.training.playground import Plan
from course_utils.training.sitting import Sitting
from course_utils.widgets import (
    AttemptExplorer,
    Calibration,
    ChoiceCard,
    ClassScale,
    CurvePrediction,
    CycleWalk,
    Desk,
    ExerciseDesk,
    ExitQuestion,
    FeedbackMicroscope,
    FirstPrediction,
    LossDesk,
    LossPrediction,
    NumberPrediction,
    PapersBack,
    Playground,
    ProjectDesk,
    QuestionPaper,
    QuestionSheet,
    Quiz,
    Recall,
    ReportCard,
    SabotagedTeacher,
    ScoreBoard,
    TrainingGround,
    TrainingRoom,
    WarmUp,
    Workbench,
    Writing,
)
from course_utils.widgets.desk import LIVE, RECORDED, SMALL
from course_utils.widgets.workbench import AS_IT_IS, OFFERS

HERE = Path(__file__).parent
MUST, AIM, BUSY = 50.0, 20.0, 100.0  # ms
WARM = 3  # moves that aren't counted: the first picture is drawn as a whole
HEARTBEAT = 0.001  # seconds between two looks at whether the kernel is free


@dataclass(frozen=True)
class Control:
    """What is moved: ``move(widget, k)`` is the k-th move, each another one than the last.

    ``before`` puts things back first, off the clock. With ``computes`` the move is a coroutine
    function that returns when all is done.
    """

    name: str
    move: Callable[[Any, int], Any]
    computes: bool = False
    before: Callable[[Any], object] = lambda widget: None


@dataclass(frozen=True)
class Case:
    """A widget, how to build it with all the views that hear of it, and its controls."""

    widget: str
    build: Callable[[], Any]
    controls: tuple[Control, ...]


def scratch_folder() -> Path:
    """A folder that is gone when the measuring ends."""
    folder = Path(tempfile.mkdtemp(prefix="course-latency-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def scratch_progress() -> Progress:
    """A progress file of its own."""
    return Progress(scratch_folder() / "progress.json")


# Quizzes: answers go into a progress file of their own ------------------------------------------

ONE, SEVERAL, NUMBER, ORDER = 3, 4, 2, 0  # where these kinds stand in chapter 2's quiz


def quiz_at(number: int) -> Callable[[], Any]:
    """A builder of chapter 2's quiz, turned to a question."""

    def build() -> Any:
        sheet = Quiz(2, scratch_progress())
        sheet.turn(number)
        return sheet

    return build


def option_chosen(sheet: Any) -> None:
    """The question in sight is open, and an option is chosen."""
    sheet.try_again()
    sheet.controls[sheet.number].options.index = 0


def checked(sheet: Any) -> None:
    """The question in sight is answered."""
    if not sheet.answered:
        option_chosen(sheet)
        sheet.check()


def choose(sheet: Any, k: int) -> None:
    """Another option each time."""
    sheet.controls[ONE].options.index = k % 4


def tick(sheet: Any, k: int) -> None:
    """Tick a box, or take its tick away."""
    box = sheet.controls[SEVERAL].ticks[k % 5]
    box.value = not box.value


def write(sheet: Any, k: int) -> None:
    """Write another number."""
    sheet.controls[NUMBER].box.value = f"{k}.5"


def move_line(sheet: Any, k: int) -> None:
    """Move the line in the middle up, then down."""
    lines = sheet.controls[ORDER]
    (lines.up if k % 2 else lines.down).click()


def choose_line(sheet: Any) -> None:
    """Choose the line in the middle."""
    sheet.controls[ORDER].lines.index = 2


def recall_sheet() -> Any:
    """Chapter 3's recall."""
    return Recall(3, scratch_progress())


QUIZZES = (
    Case(
        "Quiz",
        quiz_at(ONE),
        (
            Control("options", choose),
            Control(
                "How sure are you?",
                lambda sheet, k: setattr(sheet.sure, "index", k % 4),
                before=option_chosen,
            ),
            Control("Check", lambda sheet, k: sheet.main_button.click(), before=option_chosen),
            Control("Try again", lambda sheet, k: sheet.side_button.click(), before=checked),
        ),
    ),
    Case(
        "Quiz",
        quiz_at(ORDER),
        (
            Control("Skip", lambda sheet, k: sheet.side_button.click()),
            Control("Up and Down", move_line, before=choose_line),
        ),
    ),
    Case("Quiz", quiz_at(SEVERAL), (Control("boxes to tick", tick),)),
    Case("Quiz", quiz_at(NUMBER), (Control("Your number", write),)),
    Case("Recall", recall_sheet, (Control("Skip", lambda sheet, k: sheet.side_button.click()),)),
)

# Chapter 0: all of its views on one desk, with the paper handed in and the prediction made ------


@dataclass
class Chapter0:
    """The widgets as the chapter has them."""

    desk: Desk
    warm_up: WarmUp
    paper: QuestionPaper
    prediction: FirstPrediction
    ground: TrainingGround
    views: tuple[object, ...]


def chapter_0(handed_in: bool = True, predicted: bool = True) -> Chapter0:
    desk = Desk(Sitting())
    warm_up, paper, prediction = WarmUp(desk), QuestionPaper(desk), FirstPrediction()
    back = PapersBack(desk), PapersBack(desk, prediction)
    ground = TrainingGround(desk)
    views = (*back, Writing(desk), ScoreBoard(desk))
    if handed_in:
        answer(desk)
        paper.hand_in()
    if handed_in and predicted:
        prediction.choose(1, confidence=0.5)
    return Chapter0(desk, warm_up, paper, prediction, ground, views)


def answer(desk: Desk) -> None:
    for number, chips in enumerate(desk.example_chips()):
        desk.sitting.answer(number, chips)


def not_handed_in(chapter: Chapter0) -> None:
    chapter.desk.sitting.handed_in = False
    chapter.desk.changed()


def place_one_each(board: Any) -> None:
    board.place((1, 1, 1, 1, 1))


async def press_step(chapter: Chapter0, k: int) -> None:
    chapter.ground.step_button.click()
    await chapter.ground.task


async def play_a_second(chapter: Chapter0, k: int) -> None:
    ground = chapter.ground
    ground.play.value = True
    await asyncio.sleep(1.0)
    ground.play.value = False
    await ground.task


async def press_reset(chapter: Chapter0, k: int) -> None:
    chapter.ground.reset_button.click()


async def choose_run(chapter: Chapter0, k: int) -> None:
    chapter.ground.offer.value = (SMALL, RECORDED, LIVE)[k % 3]


def play_recorded(chapter: Chapter0) -> None:
    chapter.desk.use(RECORDED)


BOARD = (
    Control("chips in a box", lambda b, k: setattr(b.numbers[k % 5], "value", 1 + k % 3)),
    Control("one more", lambda b, k: b.more[k % 5].click(), before=place_one_each),
    Control("put all left here", lambda b, k: b.rest[k % 5].click(), before=place_one_each),
)


def of_paper(control: Control) -> Control:
    """The same control on the graded paper, whose answers are kept."""
    return replace(
        control,
        move=lambda chapter, k: control.move(chapter.paper.board, k),
        before=lambda chapter: control.before(chapter.paper.board),
    )


# Chapter 1: one view of the question sheet each ------------------------------------------------


def sheet_view(show: str) -> Callable[[], Any]:
    return lambda: QuestionSheet(show).view


def unsaid(view: Any) -> None:
    """A batch that isn't lit yet, and a number to say."""
    view.said, view.guess.value = None, 150


def other_sentence(view: Any, k: int) -> None:
    view.sentence.value = f"Today {('Mia', 'Tom', 'Zoe')[k % 3]} found a red ball in the hall."


def toggle_word(view: Any, k: int) -> None:
    word = view.words[k % 30]
    word.value = not word.value


async def write_pdf(view: Any, k: int) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        view.save_button.click()
        await view.worker.task


CHAPTER_1 = (
    Case("QuestionSheet", sheet_view("tokens"), (
        Control("tokens: sentence", other_sentence),
        Control("tokens: tokens", lambda v, k: choose_next(v.kind, k + 1)),
    )),
    Case("QuestionSheet", sheet_view("cover"), (
        Control("cover: question", lambda v, k: setattr(v.place, "value", 2 + k % 30)),
    )),
    Case("QuestionSheet", sheet_view("grid"), (
        Control("grid: rows (B)", lambda v, k: setattr(v.rows, "value", 1 + k % 8)),
        Control("grid: That's my number", lambda v, k: v.say(), before=unsaid),
    )),
    Case("QuestionSheet", sheet_view("key"), (
        Control("key: slide by", lambda v, k: setattr(v.shift, "value", k % 6 - 2)),
    )),
    Case("QuestionSheet", sheet_view("fill in"), (
        Control("fill in: a word", toggle_word),
        Control("fill in: Hide 15 % by chance", lambda v, k: v.hide_by_chance()),
    )),
    Case("QuestionSheet", sheet_view("shuffle"), (
        Control("shuffle: rows (B)", lambda v, k: setattr(v.size, "value", 2 + (k + 1) % 7)),
        Control("shuffle: Shuffle and deal", lambda v, k: v.shuffle()),
    )),
    Case("QuestionSheet", sheet_view("paper"), (
        Control("paper: paper", lambda v, k: setattr(v.number, "value", 2 + k % v.number.max)),
        Control("paper: Answer key", lambda v, k: setattr(v.key_button, "value", k % 2 == 0)),
        Control("paper: Save as PDF", write_pdf, computes=True),
    )),
)  # fmt: skip

# Chapter 2 ------------------------------------------------------------------------------------


def attempt(show: str, **options: Any) -> Callable[[], Any]:
    return lambda: AttemptExplorer(show, **options).view


def option(name: str) -> Callable[[Any, int], None]:
    """Turn a menu or a slider over options to the next one."""

    def move(view: Any, k: int) -> None:
        control = getattr(view, name)
        values = [o[1] if isinstance(o, tuple) else o for o in control.options]
        control.value = values[(k + 1) % len(values)]

    return move


def value(name: str, *values: float) -> Callable[[Any, int], None]:
    """Turn a slider or a number box to the next of these values."""
    return lambda view, k: setattr(getattr(view, name), "value", values[k % len(values)])


def of_explorer(control: Control) -> Control:
    """The same control on the explorer's chips, which stay open."""
    return replace(
        control,
        move=lambda view, k: control.move(view.board, k),
        before=lambda view: control.before(view.board),
    )


def swap_with_a_prediction() -> Any:
    """Chapter 2's swap, at the word that its prediction is about."""
    card = ChoiceCard("?", ["stays", "follows", "something else"])
    view = AttemptExplorer("confidence", task="swap a word", card=card).view
    card.choose(0)
    held = view.question.ids == view.question.answer
    view.place.value = int(held.nonzero()[0][0])
    return view


def place_all(view: Any) -> None:
    if view.reveal.description != "Next question":
        view.board.place((4, 4, 4, 4, 4))


async def cover_each(view: Any, k: int) -> None:
    view._known.clear()
    view.question.value = (k + 1) % len(view.question.options)
    view.each.value = True
    await view.worker.task


ATTEMPTS = (
    Case(
        "AttemptExplorer",
        attempt("confidence"),
        (
            Control("show the answer, next question", lambda v, k: v.reveal.click(),
                    before=place_all),
            Control("task", option("task")),
        ),
    ),
    Case(
        "AttemptExplorer",
        attempt("confidence"),
        (*map(of_explorer, BOARD), Control("start over", lambda v, k: v.board.again.click(),
                                           before=lambda v: v.board.place((4, 4, 4, 4, 4)))),
    ),
    Case(
        "AttemptExplorer",
        swap_with_a_prediction,
        (Control("becomes, with a prediction", option("word")),),
    ),
    Case(
        "AttemptExplorer",
        attempt("confidence", task="swap a word"),
        (Control("which word", option("place")), Control("becomes", option("word"))),
    ),
    Case(
        "AttemptExplorer",
        attempt("confidence", task="add a constant"),
        (Control("add to", option("target")), Control("constant", value("constant", 1, 2, -3))),
    ),
    Case(
        "AttemptExplorer",
        attempt("path"),
        (
            Control("station", option("station")),
            Control("question (path)", option("question")),
            Control("number to follow", value("channel", 3, 30, 60)),
        ),
    ),
    Case(
        "AttemptExplorer",
        attempt("attention"),
        (
            Control("head", option("head")),
            Control("question (attention)", option("question")),
            Control("what to look at", option("look")),
            Control("cover", option("cover")),
            Control("cover each in turn", cover_each, computes=True),
        ),
    ),
    Case(
        "AttemptExplorer",
        attempt("time"),
        (Control("moment", option("moment")), Control("question (time)", option("question"))),
    ),
    Case(
        "AttemptExplorer",
        attempt("writing"),
        (
            Control("write one word", lambda v, k: v.write_button.click()),
            Control("temperature", value("temperature", 0.5, 1.0, 2.0)),
            Control("top-k", value("top_k", 3, 10, 0)),
            Control("top-p", value("top_p", 0.5, 0.9, 1.0)),
            Control("what to change", option("knob")),
            Control("begin with", lambda v, k: setattr(v.beginning, "value", BEGINNINGS[k % 2])),
            Control("start anew", lambda v, k: v.anew.click()),
        ),
    ),
)  # fmt: skip
BEGINNINGS = ("Today Tom was", "It rained again")
# Chapter 3: the loss desk's four views --------------------------------------------------------


def loss_view(show: str) -> Callable[[], Any]:
    return lambda: LossDesk(show).view


def choose_next(control: Any, k: int) -> None:
    """The k-th option of a dropdown, of toggle buttons or of a slider with options."""
    values = [o[1] if isinstance(o, tuple) else o for o in control.options]
    control.value = values[k % len(values)]


def predicted(view: Any) -> None:
    """A fresh prediction on the pair that is shown."""
    view.revealed.clear()
    view.card.choose(0)


def placed(view: Any) -> None:
    """A guess on the scale, not yet answered."""
    view.placed, view.revealed = True, False


def chosen(card: Any) -> None:
    """An option that is chosen, but not yet kept."""
    card.options.index = 0


CHAPTER_3 = (
    Case(
        "LossPrediction",
        LossPrediction,
        (
            Control("options", lambda card, k: setattr(card.options, "index", k % 3)),
            # "How sure?" is only kept by the browser until the answer is: nothing is drawn for it.
            Control("Keep my answer", lambda card, k: card.press(), before=chosen),
        ),
    ),
    Case(
        "LossDesk",
        loss_view("one question"),
        (
            Control("one question: Question", lambda v, k: setattr(v.question, "value", 5 + 7 * k)),
            Control(
                "one question: Percent", lambda v, k: setattr(v.probability, "value", 1 + k % 97)
            ),
            Control("one question: Axis", lambda v, k: choose_next(v.axis, k + 1)),
        ),
    ),
    Case(
        "LossDesk",
        loss_view("duel"),
        (
            Control("duel: Students", lambda v, k: choose_next(v.pair, k + 1)),
            Control("duel: options", lambda v, k: setattr(v.card.options, "index", k % 3)),
            Control("duel: Reveal", lambda v, k: v.show(), before=predicted),
        ),
    ),
    Case(
        "LossDesk",
        loss_view("whole test"),
        (
            Control("whole test: Questions", lambda v, k: choose_next(v.count, k)),
            Control("whole test: Student", lambda v, k: choose_next(v.student, k)),
            Control(
                "whole test: Page",
                lambda v, k: setattr(v.page, "value", 2 + k % 150),
                before=lambda v: setattr(v.count, "value", 2000),
            ),
        ),
    ),
    Case(
        "LossDesk",
        loss_view("scale"),
        (
            Control("scale: Your mark", lambda v, k: setattr(v.guess, "value", 0.3 + 0.02 * k)),
            Control("scale: Show the student", lambda v, k: v.show(), before=placed),
            Control("scale: Scale", lambda v, k: choose_next(v.zoom, k + 1)),
        ),
    ),
)

# Chapter 4: the feedback microscope's seven views ----------------------------------------------


def feedback_view(show: str) -> Callable[[], Any]:
    def build() -> Any:
        view = FeedbackMicroscope(show).view
        if show == "lesson":
            view.predict(0)
        return view

    return build


def not_predicted(view: Any) -> None:
    """The slope's prediction still to be made."""
    view.prediction.layout.display = ""
    view.prediction.index = None


def applied(view: Any) -> None:
    """The lesson applied, so that the toggle carries out the other one."""
    if not view.applied:
        view.study()


def pressing(button: str) -> Callable[[Any, int], Any]:
    """Press a button of a view and wait until its work is done."""

    async def press(view: Any, k: int) -> None:
        getattr(view, button).click()
        if view.worker.running:
            await view.worker.task

    return press


def all_anew(view: Any) -> None:
    """Nothing applied and no rate tried yet."""
    if hasattr(view, "tried"):
        view.tried.clear()
        view.unseen.clear()
    else:
        view.undo()
        view._known.clear()


CHAPTER_4 = (
    Case(
        "FeedbackMicroscope",
        feedback_view("nudge"),
        (
            Control("nudge: Nudges", lambda v, k: setattr(v.nudge, "value", k % 21 - 10)),
            Control("nudge: Weight", lambda v, k: choose_next(v.weight, k + 1)),
            Control("nudge: One nudge is", lambda v, k: choose_next(v.zoom, k)),
        ),
    ),
    Case(
        "FeedbackMicroscope",
        feedback_view("lesson"),
        (
            Control("lesson: prediction", lambda v, k: v.predict(k % 4), before=not_predicted),
            Control("lesson: Question", lambda v, k: setattr(v.question, "value", 1 + 7 * k % 300)),
            Control("lesson: Logit of", lambda v, k: choose_next(v.choice, k + 1)),
            Control("lesson: Nudges", lambda v, k: setattr(v.nudge, "value", k % 20 - 10)),
        ),
    ),
    Case(
        "FeedbackMicroscope",
        feedback_view("price"),
        (Control("price: Measure it here", pressing("measure"), computes=True),),
    ),
    Case(
        "FeedbackMicroscope",
        feedback_view("one question"),
        (
            Control("steps: Lesson of", lambda v, k: choose_next(v.lesson, k + 1), before=applied),
            Control("steps: Question", lambda v, k: setattr(v.question, "value", 1 + 7 * k % 300)),
            Control("steps: Apply the lesson", pressing("apply"), computes=True, before=all_anew),
            Control("steps: Undo", lambda v, k: v.press(), before=applied),
        ),
    ),
    Case(
        "FeedbackMicroscope",
        feedback_view("rate"),
        (
            Control(
                "rate: Learning rate",
                lambda v, k: setattr(v.rate, "value", 10 ** (k % 40 / 10 - 3)),
            ),
            Control("rate: Draw the whole slice", pressing("draw"), computes=True, before=all_anew),
        ),
    ),
    Case(
        "FeedbackMicroscope",
        feedback_view("layers"),
        (
            Control(
                "layers: Learning rate",
                lambda v, k: setattr(v.rate, "value", 10 ** (k % 40 / 10 - 3)),
            ),
            Control("layers: Step each layer alone", pressing("step"), computes=True),
        ),
    ),
)

# Chapter 5: the training room's views on one room, and the sealed teachers ---------------------

SECOND = 1.0  # of training, for a control that trains


@dataclass
class Chapter5:
    """The view that is used, and all that hear of it."""

    view: TrainingRoom
    others: tuple[TrainingRoom, ...]


ON_ONE_ROOM = ("guess", "steps", "curves", "few or many", "back in time")


def room_view(show: str, kept: bool = True, recorded: bool = True) -> Callable[[], Chapter5]:
    """A view with its neighbours, as the chapter has them; a recorded run at its end."""

    def build() -> Chapter5:
        guess = TrainingRoom("guess")
        room = guess.room
        views = {"guess": guess, **{n: TrainingRoom(n, room) for n in ON_ONE_ROOM[1:]}}
        views["side by side"] = TrainingRoom("side by side", room)
        if kept:
            guess.guess("practice", [5.0, 4.0, 3.0, 2.0, 1.0])
            guess.keep()
        if recorded:
            for one in (room, views["side by side"].room):
                one.use(RECORDED)
                one.advance(one.run.plan.steps)
        others = tuple(view for name, view in views.items() if name != show)
        return Chapter5(views[show], others)

    return build


async def followed(chapter: Chapter5) -> None:
    """Wait until no work is left and all other views have followed."""
    room = chapter.view.room
    if room.worker.task is not None:
        await room.worker.task
    if room._later is not None:
        await room._later


def drag_a_point(chapter: Chapter5, k: int) -> None:
    board = chapter.view.board
    board.values = [[0.5 + (k + n + c) % 40 / 10 for n in range(5)] for c in range(2)]


async def look_back_everywhere(chapter: Chapter5, k: int) -> None:
    chapter.view.when.value = k % chapter.view.when.max
    await followed(chapter)


async def play_room(chapter: Chapter5, k: int) -> None:
    chapter.view.play.value = True
    await asyncio.sleep(SECOND)
    chapter.view.play.value = False
    await followed(chapter)


async def play_one_step(chapter: Chapter5, k: int) -> None:
    chapter.view.play.value = True
    await followed(chapter)


async def reset_room(chapter: Chapter5, k: int) -> None:
    chapter.view.reset_button.click()
    await followed(chapter)


async def choose_stories(chapter: Chapter5, k: int) -> None:
    choose_next(chapter.view.stories, k + 1)
    await followed(chapter)


async def choose_difference(chapter: Chapter5, k: int) -> None:
    choose_next(chapter.view.difference, k + 1)
    await followed(chapter)


async def choose_kind(chapter: Chapter5, k: int) -> None:
    choose_next(chapter.view.offer, k + 1)
    await followed(chapter)


async def train_teacher(teacher: SabotagedTeacher, k: int) -> None:
    teacher.train_button.click()
    await asyncio.sleep(SECOND)
    teacher.worker.stop()
    await teacher.worker.task


def sealed_teacher() -> SabotagedTeacher:
    teacher = SabotagedTeacher()
    teacher.teacher.value = "A"
    return teacher


def suspected(teacher: SabotagedTeacher) -> None:
    teacher.judge()
    teacher.diagnosis.value, teacher.reason.value = (
        box.options[1] for box in (teacher.diagnosis, teacher.reason)
    )


def in_view(control: str) -> Callable[[Any, int], Any]:
    """Choose the next option of this control of the view."""
    return lambda chapter, k: choose_next(getattr(chapter.view, control), k + 1)


def fresh_room(chapter: Chapter5) -> None:
    chapter.view.room.use(LIVE)
    chapter.view.room.refresh()


CHAPTER_5 = (
    Case(
        "TrainingRoom",
        room_view("guess", kept=False, recorded=False),
        (
            Control("guess: a point", drag_a_point),
            Control("guess: How sure?", in_view("sure")),
            Control(
                "guess: Keep my guess",
                lambda c, k: c.view.keep(),
                before=lambda c: c.view.guess("practice", [1.0] * 5),
            ),
        ),
    ),
    Case(
        "TrainingRoom",
        room_view("steps", recorded=False),
        (
            Control("steps: Go on by", in_view("stretch")),
            Control("steps: Play (one step)", play_one_step, computes=True),
            Control("steps: Reset", reset_room, computes=True),
        ),
    ),
    Case(
        "TrainingRoom",
        room_view("curves"),
        (
            Control("curves: Go on by", in_view("stretch")),
            Control("curves: Play for a second", play_room, computes=True, before=fresh_room),
            Control("curves: Reset", reset_room, computes=True),
        ),
    ),
    Case(
        "TrainingRoom",
        room_view("few or many"),
        (
            Control("few or many: To read", choose_stories, computes=True),
            Control("few or many: Play for a second", play_room, computes=True, before=fresh_room),
            Control("few or many: Reset", reset_room, computes=True),
        ),
    ),
    Case(
        "TrainingRoom",
        room_view("back in time"),
        (
            Control(
                "back in time: Look back (its own view)",
                lambda c, k: setattr(c.view.when, "value", k % c.view.when.max),
            ),
            Control(
                "back in time: Look back (until all views follow)",
                look_back_everywhere,
                computes=True,
            ),
            Control("back in time: Play for a second", play_room, computes=True, before=fresh_room),
            Control("back in time: Reset", reset_room, computes=True),
        ),
    ),
    Case(
        "TrainingRoom",
        room_view("side by side", recorded=False),
        (
            Control("side by side: Differs in", choose_difference, computes=True),
            Control("side by side: Play for a second", play_room, computes=True, before=fresh_room),
            Control("side by side: Reset", reset_room, computes=True),
            Control("side by side: Train (another run)", choose_kind, computes=True),
        ),
    ),
    Case(
        "SabotagedTeacher",
        sealed_teacher,
        (
            Control("Teacher", lambda t, k: choose_next(t.teacher, k + 1)),
            Control("I have a suspicion", lambda t, k: t.judge_button.click()),
            Control("It is", lambda t, k: choose_next(t.diagnosis, k + 1)),
            Control("I saw it in", lambda t, k: choose_next(t.reason, k + 1)),
            Control("Commit to it", lambda t, k: t.commit_button.click(), before=suspected),
            Control("Train it anew (a second of it)", train_teacher, computes=True),
        ),
    ),
)

# Exercises ------------------------------------------------------------------------------------


def exercise_desk() -> ExerciseDesk:
    exercise = BY_NAME["sgd_step"]
    return ExerciseDesk(exercise, exercise.misconceptions[0].wrong, scratch_progress())


def forget_hints(desk: ExerciseDesk) -> None:
    desk.record.hints = 0


EXERCISES = (
    Case(
        "ExerciseDesk",
        exercise_desk,
        (
            Control("Hint", lambda w, k: w.hint_button.click(), before=forget_hints),
            Control("Solution", lambda w, k: w.solution_button.click()),
        ),
    ),
    Case(
        "ProjectDesk",
        lambda: ProjectDesk(progress=scratch_progress()),
        (Control("tick", lambda w, k: setattr(w.boxes[k % 7], "value", k // 7 % 2 == 0)),),
    ),
)

# Predictions and what becomes of them ------------------------------------------------------------


def a_number() -> NumberPrediction:
    return NumberPrediction("How many?", 1e3, 1e9, margin=2, log=True, name="a number")


def a_curve() -> CurvePrediction:
    view = CurvePrediction("How?", [0, 50, 100], 0, 5, margin=0.5, name="a curve")
    view.draw([5, 2, 1])
    return view


def dragged(view: Any, k: int) -> None:
    view.board.values = [[5 - 0.01 * (k % 90), 2, 1]]


def kept_or_changed(view: Any, k: int) -> None:
    view.place(1e4 + k)
    view.keep_button.click()


PREDICTIONS = (
    Case(
        "NumberPrediction",
        a_number,
        (
            Control("Your number", lambda v, k: setattr(v.guess, "value", 1e4 * 1.1 ** (k % 90))),
            Control("How sure?", lambda v, k: setattr(v.sure, "index", k % 19)),
            Control("Keep my number", kept_or_changed),
        ),
    ),
    Case(
        "CurvePrediction",
        a_curve,
        (
            Control("a point", dragged),
            Control("Keep my curve", lambda v, k: v.keep_button.click()),
        ),
    ),
    Case("Calibration", Calibration, (Control("Look again", lambda v, k: v.refresh()),)),
    Case(
        "ClassScale",
        lambda: ClassScale(questions=3, copies=6),
        (
            Control("Round 1", lambda v, k: setattr(v.first, "value", f"{k % 6 + 1} 1.45")),
            Control("Round 2", lambda v, k: setattr(v.second, "value", f"{k % 6 + 1} 1.2")),
            Control("Student", lambda v, k: setattr(v.student, "index", k % 3)),
        ),
    ),
    Case("ReportCard", ReportCard, (Control("Look again", lambda v, k: v.refresh()),)),
)

# Chapter 6: the playground's views on one bench, as the chapter has them -----------------------

ENDLESS = Plan(steps=100_000)
OTHER_VIEWS = ("train", "layers", "write", "share", "save", "hand over")


@dataclass
class Chapter6:
    """The view that is used, and all that hear of it."""

    view: Playground
    others: tuple[Playground, ...]


def playground_view(show: str) -> Callable[[], Chapter6]:
    def build() -> Chapter6:
        place = scratch_folder()
        place.joinpath("mine.txt").write_text("The cat saw the dog, and ran.\n" * 2000)
        bench = Workbench(ENDLESS, folder=place)
        others = tuple(Playground(name, bench) for name in OTHER_VIEWS if name != show)
        bench.advance(20)
        view = Playground(show, bench)
        if show == "load":
            bench.save("a")
            bench.save("b")
            view.refresh()
        return Chapter6(view, others)

    return build


def turning(knob: str, *values: Any) -> Control:
    """Turn a knob of the playground to the next of these values."""
    return Control(
        f"knob: {knob}",
        lambda c, k: setattr(getattr(c.view, knob), "value", values[k % len(values)]),
    )


def reading(knob: str, *values: Any) -> Control:
    """A knob for which the text is read anew."""

    async def turn(chapter: Chapter6, k: int) -> None:
        chapter.view.bench._corpora.clear()
        getattr(chapter.view, knob).value = values[k % len(values)]
        if chapter.view.bench.worker.running:
            await chapter.view.bench.worker.task

    return Control(f"knob: {knob}", turn, computes=True)


async def play_playground(chapter: Chapter6, k: int) -> None:
    chapter.view.play.value = True
    await asyncio.sleep(1.0)
    chapter.view.play.value = False
    await chapter.view.bench.worker.task


async def begin_anew(chapter: Chapter6, k: int) -> None:
    chapter.view.reset_button.click()
    await play_playground(chapter, k)


async def write_on(chapter: Chapter6, k: int) -> None:
    chapter.view.write_button.click()
    await chapter.view.bench.worker.task


async def load_path(chapter: Chapter6, k: int) -> None:
    chapter.view.bench._corpora.clear()
    chapter.view.path.value = ("mine.txt", "./mine.txt")[k % 2]
    await chapter.view.bench.worker.task


async def save_run(chapter: Chapter6, k: int) -> None:
    chapter.view.name.value = f"run {k}"
    chapter.view.save_button.click()


async def load_run(chapter: Chapter6, k: int) -> None:
    chapter.view.saved.value = "ab"[k % 2]
    chapter.view.load_button.click()
    await chapter.view.bench.worker.task


async def export_run(chapter: Chapter6, k: int) -> None:
    chapter.view.folder_name.value = f"model {k}"
    chapter.view.export_button.click()


def paste(chapter: Chapter6, k: int) -> None:
    chapter.view.string.value = Plan(seed=k).to_string()
    chapter.view.use_button.click()


def offered(chapter: Chapter6) -> None:
    """A run that would take long."""
    bench = chapter.view.bench
    bench.choose(AS_IT_IS)
    bench.expected, bench.offering = 100.0, True


async def choose_offer(chapter: Chapter6, k: int) -> None:
    chapter.view.offer.value = OFFERS[1 + k % 2]  # each needs a picture of its own


CHAPTER_6 = (
    Case(
        "Playground",
        playground_view("train"),
        (
            Control("What to do", lambda c, k: choose_next(c.view.group, k)),
            Control("Train: (another run)", choose_offer, computes=True, before=offered),
            Control("Reset", lambda c, k: c.view.reset_button.click()),
        ),
    ),
    Case(
        "Playground",
        playground_view("train"),
        (
            Control("Play for a second", play_playground, computes=True),
            Control("Reset, then Play", begin_anew, computes=True),
        ),
    ),
    Case(
        "Playground",
        playground_view("layers"),
        (
            turning("objective", "fill in", "next token"),
            turning("layers", 1, 2, 3),
            turning("heads", 1, 2, 3, 4),
            turning("channels", 32, 64, 96),
            turning("batch", 8, 16, 32),
            turning("optimizer", "sgd", "adamw"),
            turning("learning_rate", 1e-3, 1e-2, 1e-1),
            turning("steps", 100, 200, 300),
            turning("warmup", 0, 10, 20),
            turning("seed", *range(10)),
            turning("block", *range(8, 64, 8)),
            reading("tokens", "characters", "byte pairs", "words"),
            reading("text", "chapters", "stories"),
        ),
    ),
    Case("Playground", playground_view("own text"),
         (Control("or its path (and upload)", load_path, computes=True),)),
    Case("Playground", playground_view("write"),
         (Control("Write", write_on, computes=True),)),
    Case("Playground", playground_view("share"), (Control("Use this string", paste),)),
    Case("Playground", playground_view("save"), (Control("Save", save_run, computes=True),)),
    Case("Playground", playground_view("load"), (Control("Load", load_run, computes=True),)),
    Case("Playground", playground_view("hand over"),
         (Control("Hand over", export_run, computes=True),)),
)  # fmt: skip

CASES = (
    *CHAPTER_5,
    *PREDICTIONS,
    *CHAPTER_6,
    *CHAPTER_1,
    *CHAPTER_4,
    *ATTEMPTS,
    *EXERCISES,
    Case("WarmUp", lambda: chapter_0().warm_up, BOARD),
    Case(
        "QuestionPaper",
        lambda: chapter_0(handed_in=False),
        (
            *map(of_paper, BOARD),
            Control("Next question", lambda c, k: c.paper.forward.click()),
            Control("Question before", lambda c, k: c.paper.back.click()),
        ),
    ),
    Case(
        "QuestionPaper",
        lambda: chapter_0(predicted=False),  # the prediction comes after the paper
        (Control("Hand in", lambda c, k: c.paper.hand_in_button.click(), before=not_handed_in),),
    ),
    Case(
        "FirstPrediction",
        chapter_0,
        (Control("options", lambda c, k: setattr(c.prediction.options, "index", k % 3)),),
    ),
    Case(
        "TrainingGround",
        chapter_0,
        (
            Control("Step", press_step, computes=True),
            Control("Play for a second", play_a_second, computes=True),
            Control("Reset", press_reset, computes=True),
            Control("Train: (another run)", choose_run, computes=True),
            Control("Play a recorded run", play_a_second, computes=True, before=play_recorded),
        ),
    ),
    Case(
        "CycleWalk",
        lambda: CycleWalk(Desk(Sitting())),
        (Control("Next part", lambda walk, k: walk.next_button.click()),),
    ),
    Case(
        "ExitQuestion",
        ExitQuestion,
        (Control("options", lambda card, k: setattr(card.options, "index", k % 4)),),
    ),
    *CHAPTER_3,
    *QUIZZES,
)

# Measuring --------------------------------------------------------------------------------------


async def busiest(work: Any) -> tuple[float, float, float]:
    """Seconds until ``work`` is done, and the longest stretch in which the kernel wasn't free.

    The third figure is the longest stretch in the processor's time: other programs may have
    kept ours waiting.
    """
    longest = used = 0.0

    async def beat() -> None:
        nonlocal longest, used
        last, cpu_last = time.perf_counter(), time.process_time()
        while True:
            await asyncio.sleep(HEARTBEAT)
            now, cpu = time.perf_counter(), time.process_time()
            longest, used = max(longest, now - last - HEARTBEAT), max(used, cpu - cpu_last)
            last, cpu_last = now, cpu

    heart = asyncio.ensure_future(beat())
    await asyncio.sleep(5 * HEARTBEAT)
    begun = time.perf_counter()
    await work
    taken = time.perf_counter() - begun
    await asyncio.sleep(2 * HEARTBEAT)
    heart.cancel()
    return taken, longest, used


def measure(case: Case, control: Control, moves: int) -> dict[str, Any]:
    """Move one control of a fresh widget so many times; milliseconds, 50th and 95th percentile."""
    assert control.computes == inspect.iscoroutinefunction(control.move), control.name
    widget = case.build()
    taken, used, busy = [], [], []

    async def move_all() -> None:
        for k in range(WARM + moves):
            control.before(widget)
            if control.computes:
                seconds, stretch, cpu = await busiest(control.move(widget, k))
            else:
                begun, cpu_begun = time.perf_counter(), time.process_time()
                control.move(widget, k)
                seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu_begun
                stretch = seconds
            if k >= WARM:
                taken.append(1000 * seconds)
                used.append(1000 * cpu)
                busy.append(1000 * stretch)

    asyncio.run(move_all())
    row = {
        "widget": case.widget,
        "control": control.name,
        "computes": control.computes,
        "moves": moves,
        "median": float(np.median(taken)),
        "p95": float(np.percentile(taken, 95)),
    }
    if control.computes:
        row["busy_p95"] = float(np.percentile(busy, 95))
    return {**row, "cpu_p95": float(np.percentile(used, 95))}


# Reporting --------------------------------------------------------------------------------------


def judged(milliseconds: float, must: float, aim: float) -> str:
    if milliseconds <= aim:
        return "aim reached"
    return "must reached" if milliseconds <= must else "above must"


def write_report(record: dict[str, Any]) -> str:
    """The whole of LATENCY.md."""
    about = record["machine"]
    versions = ", ".join(f"{name} {about[name]}" for name in ("numpy", "matplotlib", "ipywidgets"))
    quick = [row for row in record["rows"] if not row["computes"]]
    slow = [row for row in record["rows"] if row["computes"]]
    lines = [
        "# How soon a moved control is answered",
        "",
        "Written by `python -m benchmarks.widget_latency`; don't edit. Milliseconds in the kernel,"
        " from the moved control until the new picture or text is set on all views.",
        "",
        f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']},"
        f" {versions}; {about['date']}. Other work per core while measured: {about['load']:.1f}.",
        "",
        f"## Selecting, colouring, scaling (must {MUST:.0f}, aim {AIM:.0f}, at 95 %)",
        "",
        "| widget | control | median | 95 % | of it the processor's | |",
        "|---|---|---|---|---|---|",
    ]
    for row in quick:
        lines.append(
            f"| {row['widget']} | {row['control']} | {row['median']:.1f} | {row['p95']:.1f}"
            f" | {row['cpu_p95']:.1f} | {judged(row['p95'], MUST, AIM)} |"
        )
    lines += [
        "",
        f"## Computing (busy at a stretch: must {BUSY:.0f}, aim {MUST:.0f}, at 95 %)",
        "",
        "| widget | control | all done, median | busy at a stretch, 95 % | processor | |",
        "|---|---|---|---|---|---|",
    ]
    for row in slow:
        lines.append(
            f"| {row['widget']} | {row['control']} | {row['median']:.0f} | {row['busy_p95']:.1f}"
            f" | {row['cpu_p95']:.1f} | {judged(row['busy_p95'], BUSY, MUST)} |"
        )
    return "\n".join(lines) + "\n"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    names = sorted({case.widget for case in CASES})
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--moves", type=int, default=200, help="of each control (200)")
    parser.add_argument("--tasks", type=int, default=10, help="of each that computes (10)")
    parser.add_argument("--only", nargs="+", choices=names, help="these widgets")
    parser.add_argument("--dry", action="store_true", help="print the report, write nothing")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    options = arguments(given)
    with tempfile.TemporaryDirectory() as folder:  # not into the progress of whoever measures
        os.environ["COURSE_PROGRESS"] = str(Path(folder) / "progress.json")
        measure_all(options)


def measure_all(options: argparse.Namespace) -> None:
    before = os_load()
    rows = []
    for case in CASES:
        if options.only and case.widget not in options.only:
            continue
        for control in case.controls:
            rows.append(
                measure(case, control, options.tasks if control.computes else options.moves)
            )
            print(f"{case.widget}, {control.name}: {rows[-1]['p95']:.1f} ms", flush=True)
    about = {
        **machine(),
        "matplotlib": matplotlib.__version__,
        "ipywidgets": ipywidgets.__version__,
        "load": before,
    }
    record = {"machine": about, "rows": rows}
    report = write_report(record)
    if not options.dry:
        HERE.joinpath("latency.json").write_text(
            json.dumps(record, indent=1) + "\n", encoding="utf-8"
        )
        HERE.joinpath("LATENCY.md").write_text(report, encoding="utf-8")
    print(report)


def os_load() -> float:
    """Others' running tasks per core, before we begin; 0 where the system doesn't say."""
    import os

    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):
        return 0.0


if __name__ == "__main__":
    main()
