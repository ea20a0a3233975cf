"""A random walk over chapter 0's widgets: whatever is pressed, all of them agree.

`COURSE_WALK=500` in the environment walks so many actions at a time, another way each time it is
run; without it the walk is short and always the same.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import logging
import os
import re
from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from course_utils.material import CHIPS
from course_utils.training.sitting import History, Sitting
from course_utils.widgets import (
    CycleWalk,
    Desk,
    ExitQuestion,
    FirstPrediction,
    PapersBack,
    QuestionPaper,
    ScoreBoard,
    TrainingGround,
    WarmUp,
    Writing,
    training_ground,
)
from course_utils.widgets.desk import LIVE, RECORDED, SMALL
from tests.widgets.loops import SHORT, in_a_loop

LONG = os.environ.get("COURSE_WALK")
FEW = replace(SHORT, held_out=60)
SHOWN = 0.005 + 1e-4  # two decimals, and the last bits of two ways to the same number
boxes = st.integers(0, 4)


def table(page: str) -> dict[str, list[str]]:
    """The cells of an HTML table by the heading of their row."""
    rows = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page):
        first, *cells = [
            html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        ]
        rows[first] = cells
    return rows


def said(page: str) -> str:
    """A page as plain words."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


class Complaints(logging.Handler):
    """Buttons swallow what their callbacks raise, and write it here."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


class Walk(RuleBasedStateMachine):
    """Chapter 0's widgets on one desk, all of them in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints = Complaints()
        logging.getLogger("traitlets").addHandler(self.complaints)
        ticks = itertools.count()
        self.desk = desk = Desk(Sitting(FEW))
        self.warm_up, self.paper = WarmUp(desk), QuestionPaper(desk)
        self.prediction = FirstPrediction()
        self.back, self.untrained = PapersBack(desk), PapersBack(desk, self.prediction)
        self.ground = TrainingGround(desk, clock=lambda: 0.007 * next(ticks))
        self.writing, self.scores = Writing(desk), ScoreBoard(desk)
        self.cycle, self.exit = CycleWalk(desk), ExitQuestion()
        self.first: int | None = None
        self._measured: dict[tuple[str, int], tuple[float, float, str]] = {}

    def measured(self) -> tuple[float, float, str]:
        """The student's loss on the six and on the unseen now, and what it writes.

        Each run of one kind is the same run again, so each step is measured once.
        """
        desk, sitting = self.desk, self.desk.sitting
        key = (desk.kind, desk.step)
        if key not in self._measured:
            six, unseen = sitting.student_paper().loss, sitting.unseen_loss(len(sitting.unseen))
            self._measured[key] = six, unseen, sitting.write()
        return self._measured[key]

    def teardown(self) -> None:
        logging.getLogger("traitlets").removeHandler(self.complaints)
        # Fresh views show the same: no trace of earlier pictures is left on a kept background.
        desk = self.desk
        assert TrainingGround(desk).picture.value == self.ground.picture.value
        assert PapersBack(desk).view.value == self.back.view.value
        assert PapersBack(desk, self.prediction).view.value == self.untrained.view.value

    # What a learner may do

    @rule(graded=st.booleans(), box=boxes, chips=st.integers(-3, 30))
    def write_a_number(self, graded, box, chips):
        number = (self.paper.board if graded else self.warm_up).numbers[box]
        if not number.disabled:
            number.value = chips

    @rule(graded=st.booleans(), box=boxes)
    def put_the_rest(self, graded, box):
        button = (self.paper.board if graded else self.warm_up).rest[box]
        if not button.disabled:
            button.click()

    @rule()
    def turn_forward(self):
        self.paper.forward.click()

    @rule()
    def turn_back(self):
        self.paper.back.click()

    @rule(graded=st.booleans(), box=boxes, chips=st.sampled_from([-1, 1]))
    def put_a_chip_or_take_one(self, graded, box, chips):
        board = self.paper.board if graded else self.warm_up
        button = (board.more if chips > 0 else board.fewer)[box]
        if not button.disabled:
            button.click()

    @rule()
    def show_the_word(self):
        self.warm_up.show_button.click()

    @rule(boxes=st.lists(boxes, min_size=6, max_size=6))
    def answer_all_that_are_open(self, boxes):
        self.paper.turn(0)
        for box in boxes:
            if self.paper.board.left and not self.paper.board.rest[box].disabled:
                self.paper.board.rest[box].click()
            self.paper.forward.click()

    @rule()
    def hand_in(self):
        if not self.paper.hand_in_button.disabled:
            self.paper.hand_in_button.click()

    @rule(option=st.integers(0, 2))
    def predict(self, option):
        if not self.prediction.options.disabled:
            self.prediction.options.index = option

    @rule(sure=st.integers(0, 11))
    def keep_the_prediction_or_take_it_back(self, sure):
        card = self.prediction
        if card.keep_button.layout.display is None:
            if not card.sure.disabled:
                card.sure.index = sure
            card.keep_button.click()

    @rule()
    def press_step(self):
        async def press():
            self.ground.step_button.click()
            await self.ground.task

        in_a_loop(press())

    @rule(steps=st.integers(1, 9))
    def play_and_pause(self, steps):
        async def play():
            until = self.desk.step + steps
            self.ground.play.value = True
            while self.desk.step < until and self.ground.play.value:
                await asyncio.sleep(0)
            self.ground.play.value = False
            await self.ground.task

        in_a_loop(play())

    @rule(steps=st.sampled_from([1, 3, 10]))
    def advance(self, steps):
        self.ground.advance(steps)

    @rule()
    def reset(self):
        self.ground.reset_button.click()

    @rule(kind=st.sampled_from([LIVE, SMALL, RECORDED]))
    def choose_a_run(self, kind):
        self.ground.offer.value = kind

    @rule(times=st.integers(1, 7))
    def light_the_next_part(self, times):
        for _ in range(times):
            self.cycle.next_button.click()

    @rule(option=st.integers(0, 3))
    def answer_the_last_question(self, option):
        self.exit.options.index = option
        self.first = option if self.first is None else self.first  # the rest only looks on

    # What must be so after each action

    @invariant()
    def nothing_was_swallowed(self):
        assert self.complaints.said == []

    @invariant()
    def chips_and_hand_are_twenty(self):
        for board in (self.warm_up, self.paper.board):
            assert min(board.chips) >= 1 and board.left >= 0
            assert sum(board.chips) + board.left == CHIPS
            hand = f"hand: {board.left} chip" if board.left else "All twenty chips"
            assert hand in board.status.value
            for box, count in enumerate(board.chips):
                assert board.heads[box].value.count("●") == count
                assert f"{board.cost(box):.2f}" in board.notes[box].value

    @invariant()
    def the_paper_shows_what_is_kept(self):
        sitting, board = self.desk.sitting, self.paper.board
        assert f"Question {self.paper.number + 1} of 6" in self.paper.title.value
        assert board.question == sitting.questions[self.paper.number]
        kept = sitting.chips[self.paper.number]
        assert kept == (None if board.left else board.chips)
        assert sitting.handed_in == self.paper.hand_in_button.disabled

    @invariant()
    def the_papers_show_the_sitting_s_numbers(self):
        sitting, mine = self.desk.sitting, self.desk.sitting.learner_paper()
        for view, predicted in (
            (self.back, True),
            (self.untrained, self.prediction.prediction.chosen),
        ):
            if mine is None or predicted is None:
                waits = "Not answered yet" if mine is None else "Make your prediction"
                assert waits in view.view.value and "<img" not in view.view.value
                continue
            page = view.view.value
            shown, theirs = list(table(page).values())[1:7], self.desk.untrained
            for i, question in enumerate(sitting.questions):
                box = question.answer_box
                word, points, loss, *rest = shown[i]
                student = rest if view is self.untrained else []
                assert word == question.answer
                assert float(points) == round(mine.points[i, box])
                assert abs(float(loss) - mine.losses[i]) < SHOWN
                if student:
                    assert abs(float(student[0]) - theirs.points[i, box]) < SHOWN
                    assert abs(float(student[1]) - theirs.losses[i]) < SHOWN
            assert abs(float(table(page)["mark (mean)"][2]) - mine.losses.mean()) < SHOWN
            assert f"you {mine.loss:.2f}" in page, "the picture's text alternative"
            assert view._scale.marks["learner"].get_ydata()[0] == min(mine.loss, view._scale.top)

    @invariant()
    def the_score_board_shows_the_desk_s_numbers(self):
        desk, mine = self.desk, self.desk.sitting.learner_paper()
        rows = table(self.scores.view.value)
        if not desk.step and (mine is None or not desk.predicted):
            assert rows == {}
            return
        made = " (recorded)" if desk.kind == RECORDED else ""
        after = f"student after step {desk.step}{made}"
        assert (after in rows) == (desk.step > 0)
        six, unseen = rows[after if desk.step else "untrained student"]
        you = rows["you"][0]
        assert you == ("not answered yet" if mine is None else f"{mine.loss:.2f}")
        if desk.kind == RECORDED:
            moment = desk.recording.moment(desk.step)
            assert abs(float(six) - desk.recording.history.six[desk.step]) < SHOWN
            expected = moment.unseen
            assert ("as it was" in unseen) == (moment.step != desk.step)
        else:
            six_now, expected, _ = self.measured()
            assert abs(float(six) - six_now) < SHOWN
        if (
            unseen == "still measuring"
        ):  # a smaller student is measured when it has learned something
            assert desk.kind == SMALL and not desk.step
        else:
            assert abs(float(unseen.split()[0]) - expected) < SHOWN
        lines, all_lines = desk.sitting.lines_for_six(), self.scores._all
        for row, role in (("blind guess", "uniform"), ("best counting", "counting")):
            assert rows[row] == [f"{lines[role]:.2f}", f"{all_lines[role]:.2f}"]

    @invariant()
    def the_curve_shows_the_history(self):
        desk, history, curve = self.desk, self.desk.history, self.ground._curve
        assert history.six_steps == list(range(desk.step + 1))
        assert desk.hidden == (not desk.step and not desk.predicted)
        assert desk.predicted == self.prediction.options.disabled
        assert curve.total == desk.total and 0 <= desk.step <= desk.total
        if desk.hidden:
            history = History()
        for line in curve._curves:
            np.testing.assert_array_equal(line.get_xdata(), history.steps)
            np.testing.assert_array_equal(line.get_ydata(), history.unseen)
        dots = curve._dots.get_xdata(), curve._dots.get_ydata()
        for step, loss in zip(*dots, strict=True):
            assert history.six[int(step)] == loss
        assert f"Step {desk.step} of {desk.total}" in self.ground.status.value
        mine = desk.sitting.learner_paper()
        first = None if mine is None else history.crossing(mine.loss)
        passed = None if mine is None else history.passing(mine.loss, desk.total)
        assert (first is not None) == curve._crossing.get_visible()
        if passed:
            assert f"Step {passed}: it passed you" in self.ground.status.value
        elif first and passed is None:
            assert f"Step {first}: below your mark" in self.ground.status.value
        assert not self.ground.play.value and self.ground.play.description == "Play"

    @invariant()
    def it_writes_what_it_would_write(self):
        desk, page = self.desk, said(self.writing.view.value)
        if desk.hidden:
            assert page == "Make your prediction above first."
            return
        assert said(html.escape(desk.story_before())) in page
        if desk.step:
            recorded = desk.kind == RECORDED
            story = desk.moment.story if recorded else self.measured()[2]
            assert said(html.escape(story)) in page
        else:
            assert "Not trained yet" in page

    @invariant()
    def the_last_two_show_where_they_are(self):
        assert f"{self.cycle.number + 1} of 6" in self.cycle.said.value
        assert self.cycle.terms[self.cycle.number] in self.cycle.said.value
        chosen = self.exit.options.index
        assert self.exit.prediction.chosen == self.first
        assert ("Not answered yet" in self.exit.reply.value) == (chosen is None)


def test_a_random_walk_finds_all_widgets_in_agreement(monkeypatch):
    monkeypatch.setattr(training_ground, "FRAME", 0.0)
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=3,  # the first is the simplest that there is: it only advances
            stateful_step_count=int(LONG) if LONG else 25,
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # making a failure shorter would take many minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_walk_would_see_what_is_wrong():
    machine = Walk()
    machine.answer_all_that_are_open([0, 1, 2, 3, 4, 0])
    machine.hand_in()
    machine.predict(1)
    machine.advance(3)
    names = [name for name, f in vars(Walk).items() if hasattr(f, "hypothesis_stateful_invariant")]

    def complaints(spoil=lambda: None) -> set[str]:
        machine.back._shown = None
        machine.desk.changed()
        machine.warm_up.place(machine.warm_up.chips)
        spoil()
        found = set()
        for name in names:
            try:
                getattr(machine, name)()
            except AssertionError:
                found.add(name)
        return found

    def replaced(view, old, new):
        def spoil():
            assert old in view.value
            view.value = view.value.replace(old, new)

        return spoil

    assert complaints() == set() and len(names) == 8
    mark = f"{machine.desk.sitting.learner_paper().loss:.2f}"
    curve = machine.ground._curve._curves[0]
    for name, spoil in {
        "chips_and_hand_are_twenty": replaced(machine.warm_up.status, "15", "14"),
        "the_papers_show_the_sitting_s_numbers": replaced(machine.back.view, mark, "9.99"),
        "the_score_board_shows_the_desk_s_numbers": replaced(machine.scores.view, mark, "9.99"),
        "it_writes_what_it_would_write": replaced(machine.writing.view, " ", " x "),
        "the_curve_shows_the_history": lambda: curve.set_data([0], [5.0]),
    }.items():
        assert complaints(spoil) == {name}
    machine.cycle.next_button.on_click(lambda _: 1 / 0)
    machine.cycle.next_button.click()
    assert "nothing_was_swallowed" in complaints()
    machine.teardown()
