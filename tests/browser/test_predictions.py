"""Predictions by keyboard alone, in a real browser: a choice, a number and a curve; the report."""

from __future__ import annotations

import json

import pytest

from course_utils.learning.progress import Progress
from tests.browser.controls import move_all
from tests.notebooks.small import notebook

pytestmark = pytest.mark.browser

CELLS = (
    """\
from course_utils.widgets import Calibration, ChoiceCard, CurvePrediction, NumberPrediction
from course_utils.widgets import report_card
card = ChoiceCard("How many?", ["1", "5", "40"], name="how many", confidence=True)
card""",
    """\
number = NumberPrediction(
    "How many weights?", 1e3, 1e9, margin=2, unit="weights", log=True, name="weights")
number""",
    """\
curve = CurvePrediction(
    "How does the loss fall?", [0, 50, 100], 0, 5, margin=0.5, across="steps", up="loss",
    lines={"blind guess": 5.0}, name="fall")
curve""",
    """\
import ipywidgets
reveal = ipywidgets.Button(description="Reveal")
reveal.on_click(lambda _: (
    card.outcome(2), number.outcome(113_088), curve.outcome([0, 100], [5.0, 1.0])))
reveal""",
    "Calibration()",
    "report_card()",
)


class Keys:
    """A learner without a mouse: Tab goes on until the wanted control has the focus."""

    def __init__(self, chapter) -> None:
        self.chapter, self.page = chapter, chapter.page

    def reach(self, kind: str, name: str = "") -> None:
        """Go on by Tab to a control by its kind and its spoken name."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(
                """() => { const e = document.activeElement; return [
                    e.getAttribute('role') || e.type || e.tagName.toLowerCase(),
                    e.getAttribute('aria-label') || e.innerText || e.labels?.[0]?.innerText || '',
                ]; }"""
            )
            if found[0] == kind and name in found[1]:
                return
        raise AssertionError(f"no {kind} {name!r} is reached by Tab; the last was {found}")

    def reach_button(self, name: str) -> None:
        """Go on by Tab to a button by its name."""
        self.reach("submit", name)

    def press(self, *keys: str) -> None:
        """Press these keys, and wait for the kernel."""
        for key in keys:
            self.page.keyboard.press(key)
        self.chapter.settle()

    def begin(self, cell: int) -> None:
        """Put the focus before the first control of a cell's output."""
        self.page.evaluate(
            """n => { const out = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[n]
                .querySelector('.jp-OutputArea-output');
                const start = document.createElement('span'); start.tabIndex = -1;
                out.prepend(start); start.focus(); }""",
            cell,
        )

    def said(self) -> str:
        """All that can be read on the page."""
        return self.page.evaluate("document.querySelector('.jp-Notebook').innerText")


def test_three_predictions_by_keyboard_alone(open_notebook, axe):
    chapter = open_notebook(notebook(*CELLS))
    chapter.run_all()
    chapter.page.wait_for_timeout(400)
    assert chapter.errors() == [] and chapter.axe(axe) == []
    keys, progress = Keys(chapter), Progress(chapter.lab.progress)

    keys.begin(0)
    keys.reach("radio")
    keys.press("Space", "ArrowDown", "ArrowDown")
    keys.reach("slider", "How sure?")
    keys.press("ArrowRight", "ArrowRight")
    keys.reach_button("Keep my answer")
    keys.press("Enter")

    keys.begin(1)
    keys.reach("slider", "Your number")
    keys.press("ArrowLeft", "ArrowLeft")
    keys.reach("slider", "How sure?")
    keys.press("ArrowRight")
    keys.reach_button("Keep my number")
    keys.press("Enter")

    keys.begin(2)
    for place, key in ((0, "End"), (50, "PageDown"), (100, "PageDown")):
        keys.reach("slider", f"your curve at {place} steps")
        keys.press(key, "ArrowDown" if place else "ArrowUp")
    keys.reach_button("Keep my curve")
    keys.press("Enter")

    made = {entry.name: entry.data for entry in progress.entries("prediction")}
    assert made["how many"]["answer"] == "40" and made["how many"]["confidence"] == 0.4
    assert 1e5 < made["weights"]["answer"] < 1e6 and made["weights"]["confidence"] == 0.55
    assert made["fall"]["answer"] == pytest.approx([5.0, 1.95, 1.95], abs=0.01)

    keys.begin(3)
    keys.reach_button("Reveal")
    keys.press("Enter")
    said = keys.said()
    assert "You said: “40”, 40 % sure. So it was." in said
    assert "It is 113,088 weights" in said and "from what came, in the mean" in said
    outcomes = {entry.name: entry.data for entry in progress.entries("prediction")}
    assert all(data["outcome"] is not None for data in outcomes.values())

    keys.begin(4)
    keys.reach_button("Look again")
    keys.press("Enter")
    assert "3 answers with a confidence: mean loss" in keys.said()
    keys.begin(5)
    keys.reach("text", "Name")
    chapter.page.keyboard.type("<b>Mia</b>")
    keys.reach_button("Save a file to hand in")
    keys.press("Enter")
    chapter.page.get_by_text("with the name “<b>Mia</b>”").first.wait_for(timeout=20_000)
    content = json.loads((chapter.lab.root / "my_report_card.json").read_text(encoding="utf-8"))
    assert content["name"] == "<b>Mia</b>" and len(content["predictions"]) == 3
    keys.reach_button("Look again")
    keys.press("Enter")

    assert chapter.errors() == [] and chapter.watch.kernel == [] and chapter.watch.console == []
    assert chapter.axe(axe) == []
    chapter.theme("dark")
    assert chapter.axe(axe) == []


def test_every_control_by_mouse_and_keyboard(open_notebook, axe):
    chapter = open_notebook(notebook(*CELLS))
    chapter.run_all()
    chapter.page.wait_for_timeout(400)
    moves = move_all(chapter)
    assert moves.stuck == [] and moves.never_on == set()
    points = {key for how, key in moves.moved if how == "mouse" and "your curve at" in key}
    assert len(points) == 3, "each was dragged (and then the curve was kept)"
    assert chapter.errors() == [] and chapter.watch.kernel == [] and chapter.watch.console == []
    assert chapter.axe(axe) == []


def test_a_curve_follows_the_mouse(open_notebook):
    chapter = open_notebook(notebook(CELLS[0] + "\n" + CELLS[2]))
    chapter.run_all()
    chapter.page.wait_for_timeout(300)
    board = chapter.page.query_selector(".course-board svg rect")
    board.scroll_into_view_if_needed()
    area = board.bounding_box()
    point = chapter.page.query_selector_all(".course-board [role=slider]")[1]
    before = point.bounding_box()
    mouse = chapter.page.mouse
    mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    mouse.down()
    mouse.move(before["x"], area["y"] + 0.25 * area["height"], steps=6)
    mouse.up()
    chapter.settle()
    value = float(point.get_attribute("aria-valuenow"))
    assert value == pytest.approx(0.75 * 5, abs=0.06)
    drawn = point.bounding_box()
    middle = drawn["y"] + drawn["height"] / 2
    assert middle == pytest.approx(area["y"] + 0.25 * area["height"], abs=4)
    # A press beside the points takes the nearest one along.
    mouse.click(area["x"] + 0.95 * area["width"], area["y"] + 0.8 * area["height"])
    chapter.settle()
    last = chapter.page.query_selector_all(".course-board [role=slider]")[2]
    assert float(last.get_attribute("aria-valuenow")) == pytest.approx(1.0, abs=0.06)
    assert chapter.watch.console == [] and chapter.watch.kernel == []
