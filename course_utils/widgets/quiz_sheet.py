"""Quizzes: one question at a time, and a reason for each answer once one was given."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as W

from course_utils.figures.small_curves import small_curves_canvas
from course_utils.learning.progress import Progress, shared
from course_utils.learning.quizzes import (
    Answer,
    NumberAsked,
    OneChoice,
    Ordered,
    Question,
    SeveralChoices,
    WhichCurve,
    quiz,
    recall,
)
from course_utils.widgets.answer_controls import AnswerControls, controls_for
from course_utils.widgets.panel import Panel, answering, folded, paragraph, text
from course_utils.widgets.spoken_groups import QUESTION, SHEET, SpokenGroups

CHECK, NEXT, SKIP, AGAIN, BACK = "Check", "Next question", "Skip", "Try again", "Question before"
UNSAID, UNSURE = "rather not say", 0.0  # None would be no choice at all: a blank list
SURE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # nobody is ever 100 % sure: chapter 0
ANSWERS = "The answers"
LINES = "line-height:1.5;max-width:760px"


class QuizSheet(Panel):
    """``main_button`` checks, then goes on; ``side_button`` skips, then tries again.

    ``number`` is the question in sight (from 0), ``controls`` holds the controls of each question,
    ``sure`` asks for the confidence where the question wants one. Answers are kept in
    ``progress``; what was answered earlier is shown again.
    """

    summary = "Questions, one at a time."
    kind = "quiz"

    def __init__(self, questions: Sequence[Question], progress: Progress | None = None) -> None:
        self.questions = tuple(questions)
        self.progress = shared() if progress is None else progress
        self.number = 0
        self.answers: dict[str, Answer] = {}  # the newest of each question
        self.confidences: dict[str, float] = {}
        self.first: dict[str, bool] = {}  # whether the first answer was right
        self._retried: set[str] = set()
        self._groups = SpokenGroups()
        self.title, self.asked, self.reply = W.HTML(), W.HTML(), W.HTML()
        self.controls: list[AnswerControls] = [
            controls_for(question, self._moved) for question in self.questions
        ]
        self.sure = W.Dropdown(
            options=[(UNSAID, UNSURE)], description="How sure are you?",
            style={"description_width": "initial"}, layout=W.Layout(width="330px"),
        )  # fmt: skip
        self.main_button = W.Button(description=CHECK)
        self.side_button = W.Button(description=SKIP)
        self.back_button = W.Button(description=BACK)
        self.main_button.on_click(lambda _: self.go_on())
        self.side_button.on_click(lambda _: self.step_aside())
        self.back_button.on_click(lambda _: self.turn(self.number - 1))
        buttons = W.HBox(
            [self.main_button, self.side_button, self.back_button],
            layout=W.Layout(flex_flow="row wrap"),
        )
        self._read()
        super().__init__(
            [
                self.title, self.asked, *self.controls, self.sure, self.reply, buttons,
                self._groups,
            ]
        )  # fmt: skip
        self.add_class(SHEET)
        self._pictures = {q.name: _picture(q) for q in self.questions if isinstance(q, WhichCurve)}
        unanswered = [i for i, q in enumerate(self.questions) if q.name not in self.answers]
        self._show(unanswered[0] if unanswered else 0)

    @property
    def question(self) -> Question:
        """The question in sight."""
        return self.questions[self.number]

    @property
    def answered(self) -> bool:
        """Whether the question in sight was answered, and isn't being tried again."""
        return self.question.name in self.answers and self.question.name not in self._retried

    def go_on(self) -> None:
        """Check the answer; once it was checked, turn to the next question."""
        if self.answered:
            self.turn(self.number + 1)
        else:
            self.check()

    def step_aside(self) -> None:
        """Skip the question; once it was answered, try it again."""
        if self.answered:
            self.try_again()
        else:
            self.turn(self.number + 1)

    @answering
    def turn(self, number: int) -> None:
        """Turn to a question (from 0); after the last comes the first."""
        self._show(number % len(self.questions))
        if not self.answered:
            self._groups.focus()

    @answering
    def check(self) -> None:
        """Judge the answer, keep it, and say why. Raises `ValueError` if there is none yet."""
        if self.answered:
            return
        question, controls = self.question, self.controls[self.number]
        answer = controls.answer
        if answer is None:
            raise ValueError(controls.missing)
        right = question.reply(answer).right
        confidence = (self.sure.value or None) if self._wants_confidence else None
        attempt = len(self.progress.entries(self.kind, question.name)) + 1
        if attempt > 1:  # another copy of this sheet was faster
            confidence = None
        self.progress.record(
            self.kind,
            question.name,
            {
                "chosen": answer,
                "right": right,
                "confidence": confidence,
                "options": question.choices,
                "attempt": attempt,
            },
        )
        self.answers[question.name] = answer
        self.first.setdefault(question.name, right)
        if confidence is not None:
            self.confidences[question.name] = confidence
        self._retried.discard(question.name)
        self._show(self.number)
        self.tell(self.progress)

    @answering
    def try_again(self) -> None:
        """Ask the question in sight once more; its first answer stays the one that counts."""
        if not self.answered:
            return
        self._retried.add(self.question.name)
        self.controls[self.number].clear()
        self._show(self.number)
        self._groups.focus()

    @property
    def _wants_confidence(self) -> bool:
        return self.question.confidence and self.question.name not in self.answers

    def _read(self) -> None:
        """Take over what was answered earlier. What a hand-edit made impossible is passed over."""
        known = {question.name: question for question in self.questions}
        for entry in self.progress.entries(self.kind):
            question = known.get(entry.name)
            answer = question.read(entry.data.get("chosen")) if question else None
            if question is None or answer is None:
                continue
            self.answers[entry.name] = answer
            if entry.name not in self.first:
                self.first[entry.name] = question.reply(answer).right
                said = entry.data.get("confidence")
                if isinstance(said, int | float) and 0 < said <= 1:
                    self.confidences[entry.name] = float(said)

    def _moved(self) -> None:
        """Something was chosen: now there is a confidence to ask for, and nothing to skip."""
        self.complain("")
        begun = not self.answered and self._wants_confidence and self._begun()
        self.sure.layout.display = "" if begun else "none"
        self.side_button.layout.display = "none" if begun else ""

    def _begun(self) -> bool:
        try:
            return self.controls[self.number].answer is not None
        except ValueError:
            return False

    def _show(self, number: int) -> None:
        if number != self.number or not self.sure.options[1:]:
            self.sure.options = _levels(self.questions[number])
            self.sure.value = UNSURE
        self.number = number
        question = self.question
        count = len(self.questions)
        self.title.value = f"<b>Question {number + 1} of {count}</b> ({self.standing()})"
        self.asked.value = (
            f'<p class="{QUESTION}" style="{LINES}"><b>{text(question.asked)}</b></p>'
            f"{self._pictures.get(question.name, '')}"
        )
        for i, controls in enumerate(self.controls):
            controls.layout.display = "" if i == number and not self.answered else "none"
        self.main_button.description = NEXT if self.answered else CHECK
        self.side_button.description = AGAIN if self.answered else SKIP
        self.back_button.layout.display = "" if self.answered else "none"
        self.reply.value = self._reply() if self.answered else ""
        self._moved()

    def standing(self) -> str:
        """How many were answered, and of these how many rightly at the first try."""
        done, count = len(self.answers), len(self.questions)
        said = f"{done} of {count} answered"
        if done:
            said += f", {sum(self.first.values())} right at the first try"
        return said

    def _reply(self) -> str:
        question = self.question
        answer = self.answers[question.name]
        reply = question.reply(answer)
        yours = f"Your answer: {question.spelled(answer)}."
        if question.name in self.confidences:
            yours += f" At first you were {100 * self.confidences[question.name]:.0f} % sure."
        return (
            f'<div style="{LINES}"><p style="margin-top:0">{text(yours)}</p>'
            f'<p role="status"><b>{text(reply.said)}</b></p>'
            f"{_rest(question, reply.rest)}</div>"
        )

    def still(self) -> str:
        """All questions with their options; the answers are folded."""
        return "".join(_still(i, question) for i, question in enumerate(self.questions, 1))


class Quiz(QuizSheet):
    """The questions at the end of a chapter (0 to 6)."""

    summary = "A quiz: questions, one at a time."

    def __init__(self, chapter: int, progress: Progress | None = None) -> None:
        super().__init__(quiz(chapter), progress)


class Recall(QuizSheet):
    """Three questions from earlier chapters, at the start of a chapter (1 to 6)."""

    summary = "Three questions from earlier chapters."
    kind = "recall"

    def __init__(self, chapter: int, progress: Progress | None = None) -> None:
        super().__init__(recall(chapter), progress)


def _levels(question: Question) -> list[tuple[str, float]]:
    """How sure one may say to be: from a blind guess upwards."""
    guess = 1 / (question.choices or 2)
    levels = [(UNSAID, UNSURE)]
    levels.append((f"{100 * guess:.0f} %: a blind guess", guess))
    levels += [(f"{100 * level:.0f} %", level) for level in SURE if level > guess + 0.01]
    return levels


def _picture(question: WhichCurve) -> str:
    canvas = small_curves_canvas(question.boxes, question.across, question.up, question.logarithmic)
    return canvas.html(question.alt)


def _rest(question: Question, rest: Sequence[str]) -> str:
    if isinstance(question, Ordered):
        head = "The right order:"
    elif isinstance(question, SeveralChoices):
        head = "Box by box:"
    elif isinstance(question, NumberAsked):
        head = "Where other numbers come from:"
    else:
        head = "The others:"
    tag = "ol" if isinstance(question, Ordered) else "ul"
    return f"<p>{head}</p>{_list(rest, tag)}" if rest else ""


def _list(lines: Sequence[str], tag: str = "ul") -> str:
    return f"<{tag}>" + "".join(f"<li>{text(line)}</li>" for line in lines) + f"</{tag}>"


def _still(number: int, question: Question) -> str:
    """One question for a page without a kernel."""
    picture = _picture(question) if isinstance(question, WhichCurve) else ""
    offered: list[str] = []
    if isinstance(question, OneChoice | SeveralChoices):
        offered = [option.text for option in question.options]
        answers = [
            f"{option.text}: {'right' if option.right else 'not right'}. {option.explanation}"
            for option in question.options
        ]
    elif isinstance(question, Ordered):
        offered = [question.items[i].text for i in question.shown]
        answers = [f"{item.text}: {item.explanation}" for item in question.items]
    else:
        assert isinstance(question, NumberAsked)
        answers = [f"{question.spelled(question.answer)}. {question.explanation}"]
        answers += list(question.reply(question.answer).rest)
    listed = _list(offered) if offered else paragraph("A number.")
    return (
        f"<p><b>{number}. {text(question.asked)}</b></p>{picture}{listed}"
        f"{folded(ANSWERS, _list(answers, 'ol' if isinstance(question, Ordered) else 'ul'))}"
    )
