"""An exercise by keyboard alone, in a real browser: write, check, hint, solution, keep, tick."""

from __future__ import annotations

import pytest

from course_utils.learning.bank import BY_NAME, PROJECT
from course_utils.learning.exercises import cell
from course_utils.learning.progress import Progress
from tests.browser.controls import move_all
from tests.browser.test_predictions import Keys
from tests.notebooks.small import notebook

pytestmark = pytest.mark.browser
EXERCISE = BY_NAME["sgd_step"]
CELLS = (
    "from course_utils.widgets import ProjectDesk, check",
    cell(EXERCISE),
    cell(BY_NAME["softmax"]),
    "ProjectDesk()",
)


class Writer(Keys):
    """A learner without a mouse who also writes into cells."""

    def answer(self, number: int, line: int, words: str) -> None:
        """Write a line (from 0) of a cell anew, and run the cell."""
        self.page.evaluate(
            """n => { const notebook = jupyterapp.shell.currentWidget.content;
                document.activeElement.blur(); notebook.mode = 'command';
                notebook.activeCellIndex = n; notebook.activeCell.node.focus(); }""",
            number,
        )
        press = self.page.keyboard.press
        press("Enter")
        press("Control+Home")
        for _ in range(line):
            press("ArrowDown")
        press("End")
        press("Shift+Home")
        self.page.keyboard.type(words)
        press("Control+Enter")
        self.chapter.settle()
        self.page.wait_for_timeout(300)


def test_an_exercise_by_keyboard_alone(open_notebook, axe):
    chapter = open_notebook(notebook(*CELLS))
    chapter.run_all()
    chapter.page.wait_for_timeout(400)
    assert chapter.errors() == [] and chapter.axe(axe) == []
    learner, progress = Writer(chapter), Progress(chapter.lab.progress)
    assert learner.said().count("Not started yet") == 2

    learner.answer(1, 1, "return weights + rate * gradient")
    assert "You go uphill" in learner.said()
    learner.begin(1)
    learner.reach_button("Hint (1 of 3)")
    learner.press("Enter")
    assert EXERCISE.hints[0] in learner.said()
    learner.reach_button("Solution")
    learner.press("Enter")
    assert "return weights - rate * gradient" in learner.said()
    assert chapter.axe(axe) == []

    learner.answer(1, 1, "return weights - rate * gradient")
    assert "✓ Passed." in learner.said()
    learner.begin(1)
    learner.reach_button("Keep my answer")
    learner.press("Enter")
    assert "Kept: sgd_step now stands in" in learner.said()

    learner.begin(3)
    for _ in PROJECT.rubric:
        learner.reach("checkbox")
        learner.press("Space")
    assert "Your project is done" in learner.said()

    last = progress.latest("exercise", EXERCISE.name).data
    assert last == {
        "outcome": "passed", "misconception": "", "hints": 1, "solution_seen": True,
        "checked": True,
    }  # fmt: skip
    assert progress.latest("exercise", PROJECT.name).data["outcome"] == "passed"
    assert chapter.axe(axe) == [] and chapter.errors() == []
    assert chapter.watch.console == [] and chapter.watch.kernel == []


def test_every_control_can_be_moved(open_notebook, axe):
    chapter = open_notebook(notebook(*CELLS))
    chapter.run_all()
    moves = move_all(chapter)
    assert moves.stuck == [] and moves.never_on == set()
    chapter.settle()
    assert chapter.errors() == [] and chapter.axe(axe) == []
    chapter.theme("dark")
    assert chapter.axe(axe) == []
    assert chapter.watch.console == [] and chapter.watch.kernel == []
