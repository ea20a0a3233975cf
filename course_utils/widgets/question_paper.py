"""The graded paper: six questions, one at a time, and no answer before the end."""

from __future__ import annotations

import ipywidgets as W

from course_utils.learning.prediction import KIND, paper_entry
from course_utils.learning.progress import shared
from course_utils.learning.report import PAPER, SCORE
from course_utils.widgets.chip_board import ChipBoard
from course_utils.widgets.desk import Desk
from course_utils.widgets.panel import Panel, paragraph, status


class QuestionPaper(Panel):
    """Turn pages with ``back`` and ``forward``, then ``hand_in_button``."""

    summary = "A paper of six questions."

    def __init__(self, desk: Desk) -> None:
        self.desk, self.number = desk, 0
        sitting = desk.sitting
        self.title = W.HTML()
        self.board = ChipBoard(
            sitting.questions[0], sitting.grammar, self._keep, desk.example_chips()[0]
        )
        self.back = W.Button(description="Question before")
        self.forward = W.Button(description="Next question")
        self.hand_in_button = W.Button(description="Hand in")
        self.status = W.HTML()
        self.back.on_click(lambda _: self.turn(self.number - 1))
        self.forward.on_click(lambda _: self.turn(self.number + 1))
        self.hand_in_button.on_click(lambda _: self.hand_in())
        buttons = W.HBox([self.back, self.forward, self.hand_in_button])
        super().__init__([self.title, self.board, buttons, self.status])
        self.turn(0)

    def turn(self, number: int) -> None:
        """Turn to a question (from 0); before the first and past the last there is none."""
        questions = self.desk.sitting.questions
        self.number = max(0, min(number, len(questions) - 1))
        self.title.value = f"<h3>Question {self.number + 1} of {len(questions)}</h3>"
        self.back.disabled = self.number == 0
        self.forward.disabled = self.number == len(questions) - 1
        self.board.show(questions[self.number], self.desk.sitting.chips[self.number])

    def _keep(self) -> None:
        sitting = self.desk.sitting
        if getattr(self, "board", None) is None or sitting.handed_in:
            return
        if self.board.left:
            sitting.chips[self.number] = None
        else:
            sitting.answer(self.number, self.board.chips)
        done, count = sum(chips is not None for chips in sitting.chips), len(sitting.chips)
        said = f"{done} of {count} answered."
        if done == count:
            said += " Press Hand in."
        elif not self.board.left:
            said = f"Answered. Press Next question. {said}"
            if self.number == count - 1:
                said = f"Answered. Turn back to those that are missing. {done} of {count} answered."
        self.status.value = status(said)

    def hand_in(self) -> None:
        """Close the paper, or say which question lacks an answer."""
        sitting = self.desk.sitting
        if sitting.handed_in:
            return
        try:
            sitting.hand_in()
        except ValueError as error:
            self.turn(sitting.chips.index(None))
            self.status.value = status(error)
            return
        self.board.lock()
        self.hand_in_button.disabled = True
        self._record()
        self.status.value = status(
            "Handed in. First make your prediction below; then the papers come back."
        )
        self.desk.changed()

    def _record(self) -> None:
        """Keep the six answers, each a prediction with its confidence, and the mark."""
        sitting, progress = self.desk.sitting, shared()
        paper, lines = sitting.learner_paper(), sitting.lines_for_six()
        assert paper is not None
        answers = zip(sitting.questions, sitting.chips, strict=True)
        asked = [paper_entry(question, chips) for question, chips in answers]
        mark = {"learner": paper.loss, "floor": lines["floor"], "uniform": lines["uniform"]}
        given = [(KIND, f"start: question {i + 1}", data) for i, data in enumerate(asked)]
        progress.record_all([*given, (SCORE, PAPER, mark)])
        self.tell(progress)

    def still(self) -> str:
        """The first question with an example learner's chips."""
        return paragraph("Question 1 of 6") + self.board.still()
