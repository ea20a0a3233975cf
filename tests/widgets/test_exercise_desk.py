"""An exercise's desk: what came of it, hints that grow, the solution as a fact, keeping."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

from course_utils.learning.bank import BY_NAME, PROJECT
from course_utils.learning.my_functions import default_path, part
from course_utils.learning.progress import Progress, shared
from course_utils.widgets import ExerciseDesk, ProjectDesk, check, hint, keep, solution
from course_utils.widgets.exercise_desk import solution_page

EXERCISE = BY_NAME["sgd_step"]


def sgd_step(weights, gradient, rate):
    return weights - rate * gradient


def uphill(weights, gradient, rate):
    return weights + rate * gradient


def blank(weights, gradient, rate): ...


@pytest.fixture(autouse=True)
def own_file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_FUNCTIONS", str(tmp_path / "my_course" / "my_functions.py"))


def said(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def data() -> list[dict]:
    return [dict(entry.data) for entry in shared().entries("exercise", EXERCISE.name)]


def test_a_blank_is_answered_and_not_written_down():
    desk = ExerciseDesk(EXERCISE, blank)
    assert desk.summary == "Exercise 4.3, sgd_step: not started."
    assert desk.reply.value.startswith('<div role="status"><p>○ Not started yet')
    assert desk.keep_button.layout.display == "none"
    assert data() == []


def test_a_wrong_answer_is_named_and_written_down():
    desk = ExerciseDesk(EXERCISE, uphill)
    assert "✗ Not yet: sgd_step([1.0], [2.0], 0.5) should be [0.0], but yours gives [2.0]" in said(
        desk.reply.value
    )
    assert "<p>You go uphill" in desk.reply.value and 'role="status"' in desk.reply.value
    assert data() == [
        {"outcome": "not yet", "misconception": "uphill", "hints": 0, "solution_seen": False,
         "checked": True}
    ]  # fmt: skip
    assert desk.keep_button.layout.display == "none"


def test_hints_grow_and_stay_known_in_a_new_desk():
    desk = ExerciseDesk(EXERCISE, uphill)
    for number in (1, 2, 3):
        assert desk.hint_button.description == f"Hint ({number} of 3)"
        assert not desk.hint_button.disabled
        desk.hint_button.click()
        shown = said(desk.hints.value)
        assert [one in shown for one in EXERCISE.hints] == [i < number for i in range(3)]
        assert data()[-1]["hints"] == number
    assert desk.hint_button.disabled
    again = ExerciseDesk(EXERCISE, uphill)
    assert again.hints.value == "" and not again.hint_button.disabled
    assert again.hint_button.description == "Hints (all seen)"
    written = len(data())
    again.hint_button.click()
    assert all(one in said(again.hints.value) for one in EXERCISE.hints)
    assert len(data()) == written, "what was seen isn't seen again"


def test_the_solution_is_shown_and_hidden_and_noted_once():
    desk = ExerciseDesk(EXERCISE, uphill)
    assert desk.source.value == "" and not data()[-1]["solution_seen"]
    desk.solution_button.click()
    assert "return weights - rate * gradient" in said(desk.source.value).replace("  ", " ")
    assert "course_utils.student.optimizers" in desk.source.value, "the course's own code, too"
    assert desk.solution_button.description == "Hide the solution"
    assert data()[-1]["solution_seen"] is True
    desk.solution_button.click()
    assert desk.source.value == "" and desk.solution_button.description == "Solution"
    desk.solution_button.click()
    assert sum(entry["solution_seen"] for entry in data()) == 1
    passed = ExerciseDesk(EXERCISE, sgd_step)
    assert passed.judgement.outcome == "passed" and data()[-1] == {
        "outcome": "passed", "misconception": "", "hints": 0, "solution_seen": True,
        "checked": True,
    }  # fmt: skip


def test_passed_twice_is_written_once():
    for _ in range(3):
        ExerciseDesk(EXERCISE, sgd_step)
    assert [entry["outcome"] for entry in data()] == ["passed"]


def test_what_passed_can_be_kept():
    desk = ExerciseDesk(EXERCISE, sgd_step)
    assert desk.keep_button.layout.display == ""
    desk.keep_button.click()
    assert "Kept: sgd_step now stands in my_course/my_functions.py" in desk.kept.value
    assert 'role="status"' in desk.kept.value
    assert part("sgd_step").own and default_path().is_file()


def test_what_can_not_be_kept_is_said():
    names: dict = {}
    exec("def sgd_step(w, g, r):\n    return w - r * g\n", names)
    desk = ExerciseDesk(EXERCISE, names["sgd_step"])
    desk.keep_button.click()
    assert "run the cell in which you wrote it" in desk.trouble.value
    assert 'role="alert"' in desk.trouble.value and not default_path().exists()


def test_a_still_shows_the_outcome_and_folds_the_rest():
    desk = ExerciseDesk(EXERCISE, blank)
    page = desk.still()
    assert page == desk.still(), "a still is the same every time"
    before = page.split("<details>")[0]
    assert "Not started" in before and not any(one in before for one in EXERCISE.hints)
    assert page.count("<details>") >= 4 and "<style" not in page and "<svg" not in page
    assert desk._repr_mimebundle_()["text/plain"] == desk.summary
    assert data() == [], "a still isn't a learner who looks"


HOSTILE = "<img src=x onerror=alert(1)>"


def hostile(weights, gradient, rate):
    return HOSTILE


def hostile_error(weights, gradient, rate):
    raise ValueError(HOSTILE)


@pytest.mark.parametrize("answer", [hostile, hostile_error])
def test_html_in_an_answer_is_escaped(answer):
    desk = ExerciseDesk(EXERCISE, answer)
    assert "<img" not in desk.reply.value and "&lt;img" in desk.reply.value
    assert "<img" not in desk.still()


def test_html_in_a_name_is_escaped():
    def other():
        return 1

    other.__name__ = HOSTILE
    page = check(other)._repr_mimebundle_()["text/html"]
    assert "<img" not in page and "&lt;img" in page
    assert "<img" not in hint(HOSTILE)._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (3, "Give the function itself"),
        (None, "Give the function itself"),
        ("sgd_step", "without quotes"),
        (int, "Give the function itself"),
        (lambda x: x, "has no name"),
        (uphill, "no exercise with the name 'uphill'"),
    ],
)
def test_check_says_what_it_wants(given, what):
    answered = check(given)
    assert what in str(answered) and str(answered).count(". ") == 0
    assert data() == []


def test_from_a_cell_all_four_do_the_same():
    assert check(sgd_step).summary == "Exercise 4.3, sgd_step: passed."
    assert str(hint(sgd_step)) == f"Hint 1 of 3: {EXERCISE.hints[0]}"
    assert str(hint("sgd_step")) == f"Hint 2 of 3: {EXERCISE.hints[1]}"
    assert [str(hint("sgd_step"))[:6] for _ in range(2)] == ["Hint 3"] * 2
    assert "did you mean sgd_step" in str(hint("sgd_stop"))
    assert "def sgd_step" in str(solution(sgd_step)) and data()[-1]["solution_seen"]
    assert "no exercise" in str(solution("nothing of this kind"))
    assert "Kept: sgd_step" in str(keep(sgd_step))
    assert "without quotes" in str(keep("sgd_step"))
    assert data()[-1]["outcome"] == "passed" and data()[-1]["hints"] == 3


def test_every_solution_can_be_shown():
    for exercise in BY_NAME.values():
        page = solution_page(exercise)
        assert f"def {exercise.name}" in said(page).replace("  ", " ")
        assert ("own code" in page) == (exercise.shown is not None)


def test_a_read_only_place_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    progress = Progress(tmp_path / "taken" / "progress.json")
    desk = ExerciseDesk(EXERCISE, uphill, progress)
    assert "can't be saved" in html.unescape(desk.trouble.value) and "uphill" in desk.reply.value
    desk.hint_button.click()
    assert desk.trouble.value == "", "told once"
    assert EXERCISE.hints[0] in said(desk.hints.value)


@pytest.mark.parametrize("hints", [-3, 99, "x", None, True])
def test_a_hand_edited_record_does_no_harm(hints, tmp_path):
    progress = Progress(tmp_path / "progress.json")
    progress.record("exercise", "sgd_step", {"hints": hints, "solution_seen": "yes", "outcome": 3})
    desk = ExerciseDesk(EXERCISE, np.add, progress)
    desk.hint_button.click()
    assert desk.hints.value.count("<li>") in (1, 2, 3)
    assert desk.close() is None


def test_a_project_is_ticked_line_by_line():
    desk = ProjectDesk()
    assert "Nothing ticked yet" in desk.reply.value and len(desk.boxes) == len(PROJECT.rubric)
    desk.boxes[1].value = True
    desk.boxes[0].value = True
    assert f"2 of {len(desk.boxes)} lines hold" in desk.reply.value
    desk.boxes[1].value = False
    entries = [dict(entry.data) for entry in shared().entries("exercise", PROJECT.name)]
    assert [entry["ticked"] for entry in entries] == [[1], [0, 1], [0]]
    again = ProjectDesk()
    assert [box.value for box in again.boxes] == [True] + [False] * (len(desk.boxes) - 1)
    for box in again.boxes:
        box.value = True
    assert "Your project is done" in again.reply.value
    assert shared().latest("exercise", PROJECT.name).data["outcome"] == "passed"
    assert all(html.escape(line) in again.still() for line in PROJECT.rubric)
    again.tick(99)
    assert "There is no line 99" in again.trouble.value
