"""A quiz is answered by keyboard alone, its groups have names, and nothing goes wrong meanwhile."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.browser.controls import move_all
from tests.notebooks.small import notebook

pytestmark = pytest.mark.browser

QUIZ = """\
from course_utils.widgets import Quiz
Quiz({chapter})
"""
FOCUS = """selector => {
    const all = [...document.querySelectorAll('.jp-OutputArea-output ' + selector)];
    all.find(e => e.getClientRects().length > 0).focus();
}"""
ACTIVE = """() => {
    const e = document.activeElement;
    return [e.tagName, e.type || '', e.getAttribute('aria-label') || e.innerText || ''];
}"""
NAMES = """() => [...document.querySelectorAll('.course-group')]
    .filter(e => e.getClientRects().length > 0)
    .map(e => [e.getAttribute('role'), e.getAttribute('aria-label')])"""
SAID = """() => [...document.querySelectorAll('.jp-OutputArea-output [role=status]')]
    .filter(e => e.getClientRects().length > 0).map(e => e.innerText.trim())"""


def press(chapter, *keys):
    for key in keys:
        chapter.page.keyboard.press(key)
        chapter.settle()
    chapter.page.wait_for_timeout(150)


def test_a_quiz_is_answered_by_keyboard_alone(open_notebook, axe):
    chapter = open_notebook(notebook(QUIZ.format(chapter=0)))
    chapter.run_all()
    chapter.page.wait_for_timeout(300)
    assert chapter.axe(axe) == []
    # Put in order: loss, optimizer step, forward pass, batch, backpropagation.
    asked = "Put the five parts of one iteration in order."
    assert chapter.page.evaluate(NAMES) == [["radiogroup", asked]]
    chapter.page.evaluate(FOCUS, "input[type=radio]")
    press(chapter, *["ArrowDown"] * 3, "Tab")  # batch
    assert chapter.page.evaluate(ACTIVE)[2] == "▲ Up"
    press(chapter, "Enter", "Enter", "Enter")
    assert chapter.page.evaluate(SAID) == ["“batch” is now in place 1 of 5."]
    press(chapter, "Shift+Tab", *["ArrowDown"] * 3, "Tab", "Enter", "Enter")  # forward pass
    assert chapter.page.evaluate(SAID) == ["“forward pass” is now in place 2 of 5."]
    press(chapter, "Shift+Tab", *["ArrowDown"] * 2, "Tab", "Tab", "Enter")  # optimizer step
    assert chapter.page.evaluate(SAID) == ["“optimizer step” is now in place 5 of 5."]
    press(chapter, "Tab")
    assert chapter.page.evaluate(ACTIVE)[2] == "Check"
    press(chapter, "Enter")
    assert chapter.page.evaluate(SAID) == ["Right. All 5 stand in their places."]
    assert chapter.page.evaluate(ACTIVE)[2] == "Next question"
    press(chapter, "Enter")
    # One choice, with a confidence; the focus stands on the first answer.
    assert chapter.page.evaluate(ACTIVE)[:2] == ["INPUT", "radio"]
    [[role, name]] = chapter.page.evaluate(NAMES)
    assert role == "radiogroup" and name.startswith("A model answers 1,000 questions")
    assert chapter.axe(axe) == []
    press(chapter, "Space", "ArrowDown", "ArrowDown")
    press(chapter, "Tab")
    assert chapter.page.evaluate(ACTIVE)[0] == "SELECT"
    press(chapter, "Space", "ArrowDown", "ArrowDown", "Enter", "Tab", "Enter")
    assert chapter.page.evaluate(SAID)[0].startswith("Right. Learning means changing weights")
    press(chapter, "Enter")
    # A number.
    assert chapter.page.evaluate(ACTIVE)[:2] == ["INPUT", "text"]
    chapter.page.keyboard.type("0,75")
    press(chapter, "Tab", "Enter")
    assert chapter.page.evaluate(SAID)[0].startswith("Not right. That is the share")
    assert chapter.axe(axe) == []
    kept = json.loads(chapter.lab.progress.read_text(encoding="utf-8"))["entries"]
    assert [(entry["kind"], entry["data"]["right"]) for entry in kept] == [
        ("quiz", True), ("quiz", True), ("quiz", False),
    ]  # fmt: skip
    assert kept[1]["data"]["confidence"] == 0.5
    chapter.theme("dark")
    assert chapter.axe(axe) == []
    assert chapter.watch.console == [] and chapter.watch.kernel == []


@pytest.mark.parametrize("chapter_number", [3, 5])
def test_every_control_of_a_quiz_moves(open_notebook, axe, chapter_number):
    chapter = open_notebook(notebook(QUIZ.format(chapter=chapter_number)))
    chapter.run_all()
    moves = move_all(chapter)
    assert moves.stuck == [] and moves.never_on == set()
    assert chapter.axe(axe) == []
    assert chapter.watch.console == [] and chapter.watch.kernel == []


LINES = """() => [...document.querySelectorAll('.course-group label')]
    .filter(e => e.getClientRects().length > 0)
    .map(e => e.getBoundingClientRect()).map(r => [r.top, r.bottom, r.right])"""


def test_long_answers_wrap_in_a_narrow_window(open_notebook):
    chapter = open_notebook(notebook(QUIZ.format(chapter=4)))
    chapter.page.set_viewport_size({"width": 560, "height": 900})
    chapter.run_all()
    chapter.page.wait_for_timeout(400)
    lines = chapter.page.evaluate(LINES)
    assert len(lines) == 4
    assert any(bottom - top > 30 for top, bottom, _ in lines)  # one has two lines
    for (_, bottom, right), (top, *_) in pairwise(lines):
        assert top >= bottom - 1 and right <= 560
