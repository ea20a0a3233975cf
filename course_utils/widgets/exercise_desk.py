"""An exercise's desk: what came of the answer, hints, the solution, and keeping what passed."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as W

from course_utils.learning.bank import PROJECT, find, number_of
from course_utils.learning.exercise_log import ExerciseLog, ProjectLog
from course_utils.learning.exercises import (
    NOT_STARTED,
    NOT_YET,
    PASSED,
    Exercise,
    Judgement,
    Project,
    judge,
)
from course_utils.learning.my_functions import keep as keep_function
from course_utils.learning.my_functions import part
from course_utils.learning.progress import Progress
from course_utils.learning.source import show_source
from course_utils.widgets.panel import Panel, answering, folded, paragraph, status, text

MARKS = {PASSED: "✓", NOT_YET: "✗", NOT_STARTED: "○"}
LIMIT = 2.0  # seconds for one call of the learner's function


class Said:
    """One sentence, shown in a notebook."""

    def __init__(self, sentence: str, page: str = "") -> None:
        self.sentence, self.page = sentence, page or status(sentence)

    def __str__(self) -> str:
        return self.sentence

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.sentence, "text/html": self.page}


class ExerciseDesk(Panel):
    """What came of ``answer``, a function: ``judgement``, with ``hint_button``, ``solution_button``

    and, once it has passed, ``keep_button``. Hints and the solution are written down in
    ``progress`` as they are seen.
    """

    def __init__(
        self,
        exercise: Exercise,
        answer: Callable[..., Any],
        progress: Progress | None = None,
        seconds: float = LIMIT,
    ) -> None:
        self.exercise, self.answer = exercise, answer
        self.judgement: Judgement = judge(exercise, answer, seconds)
        self.record = ExerciseLog(exercise, progress)
        self.record.judged(self.judgement)
        title = f"Exercise {exercise.chapter}.{number_of(exercise)}: {exercise.title}"
        self.summary = (
            f"Exercise {exercise.chapter}.{number_of(exercise)}, {exercise.name}:"
            f" {self.judgement.outcome}."
        )
        self.title = title
        self.reply, self.hints, self.source = W.HTML(), W.HTML(), W.HTML()
        self.kept = W.HTML()
        self.hint_button = W.Button()
        self.solution_button = W.Button(description="Solution")
        self.keep_button = W.Button(description="Keep my answer")
        self.hint_button.on_click(lambda _: self.hint())
        self.solution_button.on_click(lambda _: self.turn_solution())
        self.keep_button.on_click(lambda _: self.keep())
        self.keep_button.layout.display = "" if self.judgement.outcome == PASSED else "none"
        buttons = W.HBox(
            [self.hint_button, self.solution_button, self.keep_button],
            layout=W.Layout(flex_flow="row wrap"),
        )
        self._hints_shown = self._solution_shown = False
        super().__init__([self.reply, buttons, self.kept, self.hints, self.source])
        self.reply.value = _verdict(exercise, self.judgement)
        self._refresh()

    @answering
    def hint(self) -> None:
        """Show the next hint; those seen before stay."""
        self.record.next_hint()
        self._hints_shown = True
        self._refresh()

    @answering
    def turn_solution(self) -> None:
        """Show the solution, which is written down as a fact, or hide it again."""
        self._solution_shown = not self._solution_shown
        if self._solution_shown:
            self.record.see_solution()
        self._refresh()

    @answering
    def keep(self) -> None:
        """Write the passed answer into the learner's own file."""
        self.kept.value = status(_kept(self.answer))

    def _refresh(self) -> None:
        """Show what the buttons have opened, and say on them what they would do next."""
        seen, total = self.record.hints, len(self.exercise.hints)
        self.hint_button.disabled = self._hints_shown and seen == total
        if seen == total and not self._hints_shown:
            self.hint_button.description = "Hints (all seen)"
        else:
            self.hint_button.description = f"Hint ({min(seen + 1, total)} of {total})"
        self.hints.value = _listed(self.record.seen_hints) if self._hints_shown else ""
        shown = self._solution_shown
        self.solution_button.description = "Hide the solution" if shown else "Solution"
        self.source.value = solution_page(self.exercise) if shown else ""
        self.tell(self.record.progress)

    def still(self) -> str:
        """What came of the answer; hints and solution folded."""
        folds = "".join(
            folded(f"Hint {number}", paragraph(hint))
            for number, hint in enumerate(self.exercise.hints, 1)
        )
        solved = folded("A solution", solution_page(self.exercise))
        verdict = _verdict(self.exercise, self.judgement)
        return f"<p><b>{text(self.title)}</b></p>{verdict}{folds}{solved}"


class ProjectDesk(Panel):
    """A project's rubric to tick: ``boxes`` are its lines, and each tick is written down."""

    def __init__(self, project: Project = PROJECT, progress: Progress | None = None) -> None:
        self.project = project
        self.record = ProjectLog(project, progress)
        self.summary = f"The rubric of a project, {len(project.rubric)} lines to tick."
        self.boxes = [
            W.Checkbox(
                value=number in self.record.ticked, description=line, indent=False,
                layout=W.Layout(width="min(720px, 95%)"),
            )
            for number, line in enumerate(project.rubric)
        ]  # fmt: skip
        for number, box in enumerate(self.boxes):
            box.observe(lambda change, number=number: self.tick(number, change["new"]), "value")
        self.reply = W.HTML()
        title = W.HTML(f"<p><b>{text(f'Your own grading: {project.title}')}</b></p>")
        super().__init__([title, *self.boxes, self.reply])
        self._refresh()

    @answering
    def tick(self, line: int, on: bool = True) -> None:
        """Tick a line of the rubric (from 0), or take the tick back."""
        self.record.tick(line, on)
        self.boxes[line].value = on
        self._refresh()

    def _refresh(self) -> None:
        self.reply.value = status(self._said())
        self.tell(self.record.progress)

    def _said(self) -> str:
        done, total = len(self.record.ticked), len(self.project.rubric)
        if done == total:
            return f"{MARKS[PASSED]} All {total} lines hold. Your project is done."
        if not done:
            return "Nothing ticked yet. Tick a line when it holds for your work."
        return f"{done} of {total} lines hold. The others say what is still to do."

    def still(self) -> str:
        """The rubric as a list."""
        lines = "".join(f"<li>☐ {text(line)}</li>" for line in self.project.rubric)
        return f"<p><b>{text(self.project.title)}</b></p><ul>{lines}</ul>"


def check(function: object) -> ExerciseDesk | Said:
    """Judge a learner's function, which is known by its name, and show what came of it."""
    try:
        exercise = find(_function(function))
    except ValueError as error:
        return Said(str(error))
    return ExerciseDesk(exercise, _function(function))


def hint(function: object) -> Said:
    """The next hint for a function, or for the name of one."""
    try:
        log = ExerciseLog(find(_named(function)))
    except ValueError as error:
        return Said(str(error))
    return Said(log.next_hint())


def solution(function: object) -> Said:
    """The solution of a function, or of the name of one; that it was seen is written down."""
    try:
        exercise = find(_named(function))
    except ValueError as error:
        return Said(str(error))
    ExerciseLog(exercise).see_solution()
    if exercise.solution is None:
        return Said(_kept_back(exercise), solution_page(exercise))
    return Said(str(show_source(exercise.solution)), solution_page(exercise))


def keep(function: object) -> Said:
    """Keep a passed function in the learner's own file."""
    try:
        return Said(_kept(_function(function)))
    except ValueError as error:
        return Said(str(error))


def solution_page(exercise: Exercise) -> str:
    """A short solution, or who keeps it; below it the course's own code for the same, folded."""
    if exercise.solution is None:
        page = paragraph(_kept_back(exercise))
    else:
        short = show_source(exercise.solution)._repr_mimebundle_()["text/html"]
        page = f"<p>A short solution; others are as right.</p>{_without_title(short)}"
    if exercise.shown is not None:
        own = show_source(exercise.shown)
        page += folded(
            f"The course's own code: {own.title}",
            _without_title(own._repr_mimebundle_()["text/html"]),
        )
    return page


def _kept_back(exercise: Exercise) -> str:
    return f"Your teacher keeps the solution of {exercise.name}; ask there, or take a hint."


def _without_title(page: str) -> str:
    return page.split("</p>", 1)[1]


def _verdict(exercise: Exercise, judgement: Judgement) -> str:
    """What came of it; the reason of a known wrong answer stands in a line of its own."""
    said = f"{MARKS[judgement.outcome]} {judgement.said}"
    reasons = {one.name: one.reason for one in exercise.misconceptions}
    reason = reasons.get(judgement.misconception, "")
    pages = [paragraph(said.removesuffix(reason).rstrip())] + [paragraph(reason)] * bool(reason)
    return f'<div role="status">{"".join(pages)}</div>'


def _listed(hints: tuple[str, ...]) -> str:
    items = "".join(f"<li>{html.escape(hint)}</li>" for hint in hints)
    return f'<div role="status"><p>Hints so far:</p><ol>{items}</ol></div>'


def _kept(function: Callable[..., Any]) -> str:
    exercise = find(function)
    file = keep_function(function)
    trouble = part(exercise.name).trouble
    return (
        f"Kept: {exercise.name} now stands in {file.parent.name}/{file.name}."
        f" {trouble or 'Later chapters can use it.'}"
    )


def _function(function: object) -> Callable[..., Any]:
    """A function as it is; anything else gets the sentence that `find` has for it."""
    if not callable(function) or isinstance(function, type):
        name = (
            f"{function}, without quotes" if isinstance(function, str) else "as in check(softmax)"
        )
        raise ValueError(f"Give the function itself, {name}; run the cell that defines it first.")
    return function


def _named(function: object) -> Any:
    return function if isinstance(function, str) else _function(function)
