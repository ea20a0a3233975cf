"""The report card: complete with nothing done, with everything done, and with nonsense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.figures.report_card import ReportPicture
from course_utils.learning.bank import EXERCISES, PROJECT
from course_utils.learning.exercise_log import ExerciseLog, ProjectLog
from course_utils.learning.exercises import Judgement
from course_utils.learning.prediction import PredictionLog
from course_utils.learning.progress import Entry, Progress
from course_utils.learning.report import (
    FORMAT,
    PREDICTIONS,
    TITLES,
    VERSION,
    Parts,
    course_parts,
    in_words,
    report,
    save_report,
)
from course_utils.widgets import ReportCard, report_card

PARTS = {
    0: Parts({}, {}, {"start: a": "the first"}),
    1: Parts({"softmax": "stable softmax", "rank": "rank"}, {"q1": "What?", "q2": "Why?"}, {}),
    2: Parts({"step": "one step"}, {}, {}),
}
EVIL = "<script>alert(1)</script>&\"'"


def entry(what, name, **data) -> Entry:
    return Entry(what, name, "", f"{what} {name} {sorted(data.items())}", data)


def test_with_nothing_done_it_is_complete():
    card = report([], PARTS)
    assert [c.number for c in card.chapters] == [0, 1, 2]
    assert card.chapters[1].sentence == (
        "Chapter 1, A batch is a test: 0 of 2 exercises passed, 0 of 2 quiz questions right."
    )
    assert card.next_step.startswith("begin with chapter 0")
    assert card.predictions == () and card.then == {} and card.mean_loss is None
    assert "not answered yet" in card.alt
    assert "<img" in ReportPicture(card).canvas.html(card.alt)


def test_exercises_quizzes_and_predictions_are_counted():
    entries = [
        entry("exercise", "softmax", outcome="not yet", misconception="no maximum", hints=1),
        entry("exercise", "softmax", outcome="passed", hints=2, solution_seen=True),
        entry("exercise", "rank", outcome="not started"),
        entry("quiz", "q1", chosen=1, right=False, confidence=0.8),
        entry("quiz", "q1", chosen=0, right=True, confidence=None),
        entry("prediction", "start: a", answer="x", confidence=None, outcome=None),
    ]
    card = report(entries, PARTS)
    softmax, rank = card.chapters[1].exercises
    assert (softmax.state, softmax.tries, softmax.hints, softmax.helped) == ("done", 2, 2, True)
    assert softmax.misconceptions == ("no maximum",)
    assert (rank.state, rank.tries) == ("open", 0), "a blank that is run is no try"
    assert "1 of 2 exercises passed, 1 of 2 quiz questions right" in card.chapters[1].sentence
    assert "solution seen for 1" in card.chapters[1].sentence
    assert card.chapters[0].predictions[0].state == "done"
    q1 = card.chapters[1].quiz[0]
    assert (q1.state, q1.tries, q1.wrong) == ("done", 2, (1,)), "the right answer isn't among them"
    assert card.next_step == "try the exercise “rank” in chapter 1, A batch is a test."
    assert card.mean_loss is not None and len(card.calibration) >= 1


def test_what_comes_next_in_order():
    passed = [entry("exercise", name, outcome="passed") for name in ("softmax", "rank")]
    seen = [entry("prediction", "start: a", answer="x", outcome=None)]
    assert "quiz at the end of chapter 1" in report(seen + passed, PARTS).next_step
    quiz = [entry("quiz", "q1", right=True), entry("quiz", "q2", right=False)]
    assert "look again at 1 quiz question in" in report(seen + passed + quiz, PARTS).next_step
    quiz[1] = entry("quiz", "q2", right=True)
    tried = [entry("exercise", "step", outcome="not yet")]
    assert report(seen + passed + quiz + tried, PARTS).next_step.startswith("go on with")
    tried.append(entry("exercise", "step", outcome="passed"))
    assert (
        "everything that is asked is done" in report(seen + passed + quiz + tried, PARTS).next_step
    )


def test_predictions_stand_beside_results_and_the_first_result_counts(tmp_path):
    progress = Progress(tmp_path / "p.json")
    for answer, right in (("a", False), ("b", True)):
        log = PredictionLog("start: a", options=3, progress=progress)
        log.answered(answer, 0.6)
        log.came("b", right)
    PredictionLog("open one", progress=progress).answered(2.0)
    first, second = report(progress.entries(), PARTS).predictions
    assert (first.title, first.answer, first.outcome, first.right) == ("the first", "a", "b", False)
    assert first.score == pytest.approx(1.609, abs=1e-3)
    assert (second.answer, second.outcome, second.right) == ("2", "", None)


def test_then_and_now():
    entries = [
        entry("score", "start: paper", learner=2.0, floor=1.0),
        entry("score", "start: board", learner=2.0, student=1.5, kind="this student"),
    ]
    card = report(entries, PARTS)
    assert card.then == card.now == {"learner": 2.0, "floor": 1.0, "student": 1.5}
    assert card.board_sentence == (
        "Score board then: you 2.00, the student 1.50, best possible 1.00."
    )
    later = report([*entries, entry("score", "start: paper", learner=1.4, floor=1.0)], PARTS)
    assert later.then["learner"] == 2.0 and later.now["student"] == 1.5
    assert later.now["learner"] == 1.4, "the latest paper; the student's mark stays"


ODDITIES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**30)
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(), st.none())
)


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["exercise", "quiz", "recall", "prediction", "score", "odd"]),
            st.sampled_from(["softmax", "q1", "start: a", "start: paper", "start: board", "?"]),
            st.dictionaries(
                st.sampled_from(
                    ["outcome", "misconception", "hints", "solution_seen", "right", "answer",
                     "chosen", "confidence", "options", "score", "learner", "student",
                     "probabilities"]
                ),
                ODDITIES,
            ),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_any_hand_edit_gives_a_card(given):
    entries = [Entry(kind, name, "", str(i), data) for i, (kind, name, data) in enumerate(given)]
    card = report(entries, PARTS)
    assert len(card.chapters) == 3 and card.next_step
    assert json.loads(json.dumps(card.to_json())) is not None
    ReportPicture(card)


def test_it_is_saved_without_a_name_unless_one_is_given(tmp_path):
    card = report([entry("exercise", "softmax", outcome="passed")], PARTS)
    place = save_report(tmp_path / "card", card.to_json())
    assert place == tmp_path / "card.json"
    content = json.loads(place.read_text(encoding="utf-8"))
    assert content["format"] == FORMAT and content["version"] == VERSION
    assert "name" not in content and "made" not in content
    assert content["chapters"][1]["exercises"][0] == {
        "name": "softmax", "title": "stable softmax", "state": "done", "tries": 1, "hints": 0,
        "helped": False, "misconceptions": [], "wrong": [],
    }  # fmt: skip
    save_report(place, card.to_json("Mia", "2026-01-02"))
    assert json.loads(place.read_text(encoding="utf-8"))["name"] == "Mia"
    assert place.stat().st_size < 20_000


def test_nothing_else_is_overwritten(tmp_path):
    other = tmp_path / "notes.json"
    other.write_text('{"mine": 1}')
    with pytest.raises(ValueError, match="choose another name"):
        save_report(other, {})
    assert other.read_text() == '{"mine": 1}'
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="choose a folder"):
        save_report(tmp_path / "file" / "card.json", {})
    with pytest.raises(ValueError, match="choose a folder"):
        save_report(tmp_path / "nowhere" / "card.json", {})


def test_the_course_s_own_parts_are_there():
    parts = course_parts()
    assert list(parts) == list(TITLES) == list(PREDICTIONS) == list(range(7))
    assert report([]).chapters[0].predictions


def test_answers_in_words():
    assert (
        in_words(None) == "" and in_words(0.123456) == "0.1235" and in_words([1, 2.5]) == "1, 2.5"
    )
    assert in_words({"a": [1.0]}) == "a: 1" and len(in_words("x" * 500)) == 60


# The widget


def test_the_widget_shows_saves_and_escapes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    progress = Progress(tmp_path / "p.json")
    log = PredictionLog("start: a", progress=progress)
    log.answered(EVIL, 0.6)
    log.came(EVIL, True)
    PredictionLog(EVIL, progress=progress).answered("x")
    card = ReportCard(progress, PARTS)
    assert "<script" not in card.page.value and "&lt;script&gt;" in card.page.value
    assert card.report.alt.split(".")[0] in card.page.value
    card.name.value = f"  {EVIL}  "
    card.save_button.click()
    content = json.loads((tmp_path / "my_report_card.json").read_text(encoding="utf-8"))
    assert content["name"] == EVIL
    assert "<script" not in card.reply.value and "Saved as" in card.reply.value
    card.name.value = ""
    card.save_button.click()
    content = json.loads((tmp_path / "my_report_card.json").read_text(encoding="utf-8"))
    assert "name" not in content and "without a name" in card.reply.value
    card.save(tmp_path / "nowhere" / "x.json")
    assert "choose a folder" in card.trouble.value
    progress.record("exercise", "softmax", {"outcome": "passed"})
    card.again_button.click()
    assert "1 of 2 exercises passed" in card.page.value
    card.close()


def test_the_still_is_an_example_and_the_same_every_time(tmp_path):
    card = ReportCard(Progress(tmp_path / "p.json"), PARTS)
    still = card.still()
    card.progress.record("exercise", "softmax", {"outcome": "passed"})
    card.refresh()
    assert still == card.still() and still.startswith("<p>An example learner")
    assert still.count('<img alt="') == 1 and "<script" not in still and "<svg" not in still
    assert list((tmp_path).iterdir()) != []


BEGIN = "<p>Next: check yourself with the quiz at the end of chapter 0, Start here.</p>"


def test_report_card_is_the_widget_on_the_shared_progress():
    card = report_card()
    assert isinstance(card, ReportCard) and BEGIN in card.page.value


def test_a_hint_or_a_solution_that_is_seen_is_no_try(tmp_path):
    exercise, progress = EXERCISES[0], Progress(tmp_path / "p.json")
    log = ExerciseLog(exercise, progress)
    log.judged(Judgement("not yet", "should be 1"))
    log.next_hint()
    log.see_solution()
    done = next(
        item
        for chapter in report(progress.entries()).chapters
        for item in chapter.exercises
        if item.name == exercise.name
    )
    assert (done.state, done.tries, done.hints, done.helped) == ("tried", 1, 1, True)


def test_the_project_counts_when_its_rubric_is_ticked(tmp_path):
    progress = Progress(tmp_path / "p.json")

    def project():
        [last] = [c for c in report(progress.entries()).chapters if c.number == PROJECT.chapter]
        return next(item for item in last.exercises if item.name == PROJECT.name)

    assert project().state == "open"
    for line in range(len(PROJECT.rubric)):
        ProjectLog(PROJECT, progress).tick(line, on=True)
        assert project().state == ("done" if line == len(PROJECT.rubric) - 1 else "tried")
