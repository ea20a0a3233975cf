"""Chapter 0's widgets: every control and action, without a browser."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from course_utils.learning.progress import shared
from course_utils.learning.verdict import BETWEEN
from course_utils.training.presets import QUICK
from course_utils.training.sitting import (
    EVEN,
    HOLD,
    SMALLER,
    History,
    Sitting,
    example_chips,
    example_warm_up,
    load_recording,
    record,
    recording_text,
)
from course_utils.widgets import (
    ChipBoard,
    ChoiceCard,
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
)
from course_utils.widgets.desk import LIVE, RECORDED, SMALL
from tests.widgets.loops import SHORT, in_a_loop


@pytest.fixture
def desk() -> Desk:
    return Desk(Sitting(SHORT))


def answer_all(desk: Desk) -> QuestionPaper:
    paper = QuestionPaper(desk)
    for number in range(6):
        paper.turn(number)
        paper.board.place((6, 5, 4, 3, 2))
    paper.hand_in()
    return paper


def test_chips_are_never_lost_and_never_none(desk):
    board = WarmUp(desk)
    assert board.chips == (1,) * 5 and board.left == 15
    board.numbers[2].value = 8
    assert board.left == 8 and "8 chips" in board.status.value
    board.more[1].click()
    board.fewer[2].click()
    assert board.chips == (1, 2, 7, 1, 1)
    board.fewer[1].click()
    board.fewer[1].click()  # the last one stays
    board.more[2].click()
    assert board.chips == (1, 1, 8, 1, 1)
    board.rest[0].click()
    assert board.chips == (9, 1, 8, 1, 1) and board.left == 0
    board.numbers[1].value = 9  # nothing is left to put there
    assert sum(board.chips) == 20 and board.numbers[1].value == 1
    board.more[1].click()
    assert board.chips[1] == 1 and "take it out of another box first" in board.status.value
    board.numbers[2].value = 7
    assert "hand: 1 chip.<" in board.status.value
    board.numbers[2].value = 0  # each box keeps one
    assert board.chips[2] == 1
    board.again.click()
    assert board.chips == (1,) * 5
    for wrong in ((20, 0, 0, 0, 0), (5, 5, 5, 5, 5), (1, 1, 1, 1)):
        with pytest.raises(ValueError, match="at least one"):
            board.place(wrong)


def test_the_note_says_the_cost_and_the_hint_warns(desk):
    board, graded = WarmUp(desk), QuestionPaper(desk).board
    for each in (board, graded):
        each.place((10, 1, 1, 1, 1))
    assert board.note(0) == "If this is right, it costs 0.69."
    assert graded.note(0) == "If this is right, it costs 0.69, like a blind guess among 2."
    assert graded.note(4) == "If this is right, it costs 7.98.", "more than there are choices"
    assert "costs a lot" not in board.status.value
    for each in (board, graded):
        each.place((16, 1, 1, 1, 1))
    assert "costs a lot" in board.status.value and "costs a lot" not in graded.status.value


def test_the_warm_up_is_resolved(desk):
    board = WarmUp(desk)
    board.show_button.click()
    assert "Place all 20 chips first" in board.reply.value
    box = desk.sitting.warm_up.answer_box
    chips = [1] * 5
    chips[box], chips[(box + 1) % 5] = 2, 15
    board.place(chips)
    board.show_button.click()
    word = board.spelled(desk.sitting.warm_up.answer)
    assert f"“{word}”. You had 2 chips on it: that costs 2.30." in board.reply.value
    board.again.click()
    assert board.reply.value == ""


def test_a_box_says_its_word_and_its_buttons_say_which(desk):
    board = QuestionPaper(desk).board
    for question in desk.sitting.questions:
        board.show(question)
        for i, word in enumerate(question.boxes):
            begins = question.context[-1] in ".!?" and i < 4
            said = word.capitalize() if begins else word
            assert f">{said}</b>" in board.words[i].value and said == board.spelled(word)
            assert board.numbers[i].description == said
            for button in (board.rest[i], board.fewer[i], board.more[i]):
                assert button.tooltip.endswith(f" {said}")


def test_the_paper_keeps_answers_and_shows_none_before_the_end(desk):
    paper, back = QuestionPaper(desk), PapersBack(desk)
    assert desk.sitting.chips == [None] * 6
    paper.still()  # drawing the example leaves the learner's answers alone
    assert desk.sitting.chips == [None] * 6
    assert paper.back.disabled and not paper.forward.disabled
    paper.board.place((6, 5, 4, 3, 2))
    assert "Answered. Press Next question. 1 of 6" in paper.status.value
    paper.turn(9)
    assert paper.number == 5 and paper.forward.disabled and not paper.back.disabled
    paper.hand_in_button.click()
    assert paper.number == 1, "it turns to the question that it names"
    assert "Question 2 has no answer yet" in paper.status.value and not desk.sitting.handed_in
    assert "Not answered yet" in back.view.value
    paper.back.click()
    assert paper.board.chips == (6, 5, 4, 3, 2)
    paper.board.numbers[0].value = 5
    assert desk.sitting.chips[0] is None, "a chip taken back is no answer yet"
    closed = answer_all(desk)
    mark = desk.sitting.learner_paper().loss
    assert f"{mark:.2f}" in back.view.value
    assert closed.board.numbers[0].disabled and closed.board.rest[4].disabled
    paper.turn(3)
    paper.board.place((16, 1, 1, 1, 1))
    assert desk.sitting.learner_paper().loss == mark, "a paper handed in stays as it is"


def test_the_student_s_paper_waits_for_the_prediction_and_then_keeps_it(desk):
    card = FirstPrediction()
    back, board = PapersBack(desk, card), ScoreBoard(desk)
    ground, writing = TrainingGround(desk), Writing(desk)
    assert "hand in" in back.view.value and "<table" not in board.view.value
    paper = answer_all(desk)
    assert "First make your prediction" in paper.status.value
    for view in (back.view, board.view, writing.view, ground.status):
        assert "Make your prediction above first." in view.value
    assert not card.options.disabled and len(ground._curve._dots.get_xdata()) == 0
    for number in (f"{desk.untrained.loss:.2f}", f"{desk.unseen_before:.2f}"):
        for view in (back.view, board.view, writing.view, ground.status, ground.picture):
            assert number not in view.value
    card.choose(1)
    assert "Make your prediction" in back.view.value, "not before it is said how sure"
    card.sure.value = 0.6
    card.keep_button.click()
    assert f"{desk.untrained.loss:.2f}" in back.view.value and card.options.disabled
    assert "You predicted: about like a blind guess" in back.view.value
    assert "<table" in board.view.value and "student after step" not in board.view.value
    assert "Before the first step" in writing.view.value
    assert len(ground._curve._dots.get_xdata()) == 1
    before = back.view.value
    TrainingGround(desk).advance(3)
    assert back.view.value == before, "the untrained student's paper stays as it was"


def test_human_and_student_are_graded_by_one_formula(desk):
    answer_all(desk)
    sitting = desk.sitting
    paper = sitting.learner_paper()
    for question, points, loss in zip(sitting.questions, paper.points, paper.losses, strict=True):
        share = points[question.answer_box] / 100
        if question.answer_box == 4:
            share /= sitting.grammar.vocab_size - 4
        assert loss == pytest.approx(-math.log(share))
    student = sitting.untrained
    assert student.loss == pytest.approx(sitting.lines()["uniform"], rel=0.15)
    assert student.points.sum(1) == pytest.approx(100)


def test_a_prediction_is_recorded(desk):
    card = ChoiceCard("?", ["a", "b"], ["no", "yes"])
    assert card.prediction.chosen is None
    card.options.index = 1
    assert card.prediction.answer == "b" and "yes" in card.reply.value
    card.choose(0)
    assert card.options.index == 0
    with pytest.raises(ValueError, match="0 to 1"):
        card.choose(5)


def test_chapter_0_is_kept_the_chips_the_prediction_and_the_score_board(desk):
    card = FirstPrediction()
    PapersBack(desk, card)
    board = ScoreBoard(desk)
    answer_all(desk)
    mine = desk.sitting.learner_paper()
    for i, question in enumerate(desk.sitting.questions):
        data = shared().latest("prediction", f"start: question {i + 1}").data
        assert data["probabilities"] == [0.3, 0.25, 0.2, 0.15, 0.1] and data["confidence"] == 0.3
        assert data["right"] == (question.answer_box == 0)
        share = data["probabilities"][question.answer_box]
        assert data["score"] == pytest.approx(-math.log(share))
    assert shared().latest("score", "start: paper").data["learner"] == pytest.approx(mine.loss)
    card.choose(0, confidence=0.8)
    data = shared().latest("prediction", "start: the untrained student").data
    assert data["right"] == (data["outcome"] == BETWEEN) and data["score"] is not None
    assert "80 % sure" in card.reply.value
    desk.use(RECORDED)
    desk.advance(desk.total)
    desk.changed()
    [kept] = shared().entries("score", "start: board")
    assert kept.data["learner"] == pytest.approx(mine.loss) and kept.data["kind"] == RECORDED
    assert kept.data["student"] == pytest.approx(desk.history.six[-1])
    desk.changed()
    board.refresh()
    assert len(shared().entries("score", "start: board")) == 1, "once"


def test_step_and_reset(desk):
    ground, board, writing = TrainingGround(desk), ScoreBoard(desk), Writing(desk)
    first = desk.sitting.model.flat_data.copy()
    blank = ground.picture.value

    async def press(button):
        button.click()
        shown = desk.step, ground.status.value, desk.unseen_now
        await ground.task
        return shown

    step, status, unseen = in_a_loop(press(ground.step_button))
    assert step == 1 and "Step 1 of 12" in status and unseen is None, "shown at once"
    assert desk.unseen_now == pytest.approx(desk.sitting.unseen_loss(200)), "measured afterwards"
    ground.advance(11)
    assert desk.done and ground.picture.value != blank
    assert "Not trained yet" not in writing.view.value and "after step 12" in board.view.value
    in_a_loop(press(ground.step_button))
    assert desk.step == 12
    ground.reset_button.click()
    assert desk.step == 0 and (desk.sitting.model.flat_data == first).all()
    assert ground.picture.value == blank and "prediction" in writing.view.value


def test_play_and_pause(desk):
    ground = TrainingGround(desk)

    async def watch():
        ground.play.value = True
        assert ground.play.description == "Pause"
        while desk.step < 4:
            await asyncio.sleep(0.001)
        ground.play.value = False
        await ground.task
        paused = desk.step
        await asyncio.sleep(0.02)
        assert 4 <= desk.step == paused <= 12
        ground.play.value = True
        await ground.task

    in_a_loop(watch())
    assert desk.done and not ground.play.value and ground.play.description == "Play"
    assert desk.unseen_now is not None


def test_a_measurement_is_dropped_when_the_student_changes(desk):
    pieces = desk.look_up()
    next(pieces)
    desk.advance(1)
    assert list(pieces) == [] and desk.unseen_now is None


def test_a_recorded_run_is_labelled(desk):
    ground, writing, board = TrainingGround(desk), Writing(desk), ScoreBoard(desk)
    desk.use(RECORDED)
    desk.changed()
    first, *_, last = desk.recording.moments
    assert first.story not in writing.view.value
    desk.answered()
    assert first.story in writing.view.value and "Not trained yet" in writing.view.value
    ground.advance(41)
    assert "As it was at step 40 (recorded)" in writing.view.value
    then = desk.recording.moment(40)
    assert then.story.split(".")[0] in writing.view.value
    assert f"{then.unseen:.2f} (as it was at step 40)" in board.view.value
    assert f"{first.unseen:.2f}" in board.view.value and "step 41 (recorded)" in board.view.value
    ground.advance(10_000)
    assert last.story.split(".")[0] in writing.view.value and "as it was" not in board.view.value
    assert f"After step {QUICK.settings.steps} (recorded)" in writing.view.value
    ground.reset()
    assert desk.step == 0 and desk.unseen_now is None and desk.unseen_before == first.unseen


def test_a_recorded_run_is_played_like_a_film_and_can_be_paused(desk, monkeypatch):
    monkeypatch.setattr("course_utils.widgets.training_ground.FRAME", 0.0)
    ground, writing = TrainingGround(desk), Writing(desk)
    desk.use(RECORDED)
    seen = []
    writing.view.observe(lambda change: seen.append(change["new"]), "value")

    async def play():
        ground.play.value = True
        while desk.step < 25:
            await asyncio.sleep(0)
        ground.play.value = False
        await ground.task
        paused = desk.step
        ground.play.value = True
        await ground.task
        return paused

    assert 25 <= in_a_loop(play()) <= 30
    assert desk.done and not ground.play.value
    for moment in desk.recording.moments[1:]:
        assert any(f"After step {moment.step} (recorded)" in said for said in seen)


def test_the_crossing_is_named(desk):
    ground = TrainingGround(desk)
    answer_all(desk)
    desk.sitting.history.six_steps[:] = [0, 1, 2]
    desk.sitting.history.six[:] = [5.0, 3.0, 0.1]
    desk.answered()
    assert "Step 2: below your mark for the first time." in ground.status.value
    assert "step 2: below your mark for the first time" in ground.picture.value
    assert "below your mark" in ground.spoken.value
    desk.sitting.history.six_steps[:] = range(13)
    desk.sitting.history.six[2:] = [0.1] * 11
    ground.refresh()
    assert "Step 2: it passed you" in ground.status.value
    assert "step 2: it passed you" in ground.picture.value and "passed" in ground.spoken.value


def test_a_screen_reader_hears_events_not_steps(desk):
    ground, heard = TrainingGround(desk), []
    ground.spoken.observe(lambda change: heard.append(change["new"]), "value")

    async def play():
        ground.play.value = True
        await ground.task

    in_a_loop(play())
    assert "role" not in ground.status.value and "role" not in ground.picture.value
    assert len(heard) == 2
    assert "Training begins." in heard[0] and "at its end, step 12" in heard[1]


def test_a_closed_view_hears_no_more(desk):
    card = FirstPrediction()
    views = [
        TrainingGround(desk), Writing(desk), ScoreBoard(desk), PapersBack(desk),
        PapersBack(desk, card),
    ]  # fmt: skip
    assert len(desk._listeners) == 5
    for view in views:
        view.close()
    assert desk._listeners == []
    answer_all(desk)
    card.choose(1, confidence=0.5)
    assert card.came is None


def test_a_slow_computer_is_offered_something_quicker(desk):
    ticks = iter(range(0, 10_000, 20))
    ground = TrainingGround(desk, clock=lambda: float(next(ticks)))
    assert ground.offer.layout.display == "none"
    assert ground.estimate() == (20 + 20 / 10) * 9 > 20
    ground.refresh()
    assert ground.offer.layout.display == "" and "198 seconds" in ground.status.value
    ground.offer.value = SMALL
    assert ground.offer.options.index(RECORDED) < ground.offer.options.index(SMALL)
    assert desk.step == 0 and desk.sitting.model.config.n_embd == 32
    ground.offer.value = RECORDED
    ground.advance(100)
    assert "recorded run" in ground.status.value and desk.step == 100
    ground.advance(10_000)
    assert desk.done and desk.unseen_now == desk.recording.moments[-1].unseen
    ground.offer.value = LIVE
    assert desk.step == 0 and desk.sitting.model.config.n_embd == 64
    with pytest.raises(ValueError, match="choose this student"):
        desk.use("another")


def test_a_slow_beginning_is_corrected_by_the_real_pace(desk):
    seconds = [0.0]
    ground = TrainingGround(desk, clock=lambda: seconds[0])
    step = desk.sitting.advance

    def slow_at_first(steps):
        seconds[0] += 9.0 if desk.step < 3 else 1.5
        return step(steps)

    desk.sitting.advance = slow_at_first
    seen = []
    ground.status.observe(lambda change: seen.append(change["new"]), "value")

    async def play():
        ground.play.value = True
        await ground.task

    in_a_loop(play())
    assert ground.expected == pytest.approx(1.5 * 12) and ground.offer.layout.display == "none"
    assert any("81 seconds" in said or "18 seconds" in said for said in seen)


def test_a_quick_computer_is_offered_nothing(desk):
    ground = TrainingGround(desk, clock=lambda: 0.0)
    ground.estimate()
    assert ground.offer.layout.display == "none"


def test_a_diverged_run_says_so(desk):
    ground = TrainingGround(desk)
    desk.sitting.model.wte.data[...] = float("nan")
    ground.advance(1)
    assert "diverged" in ground.status.value and "try" in ground.status.value
    ground.refresh()
    assert "diverged" in ground.status.value, "a view that refreshes keeps it in sight"

    async def play():
        ground.play.value = True
        await ground.task

    in_a_loop(play())
    assert "diverged" in ground.status.value and not ground.play.value
    ground.reset_button.click()
    assert "Step 0" in ground.status.value


def test_the_walk_and_the_exit_question(desk):
    walk = CycleWalk(desk)
    assert "1 of 6" in walk.said.value
    seen = [walk.picture.value]
    for _ in range(6):
        walk.next_button.click()
        seen.append(walk.picture.value)
    assert len(set(seen)) == 6 and seen[0] == seen[6]
    walk.light(5)
    assert "has made none yet" in walk.said.value and "each 8 show it" in walk.said.value
    desk.advance(2)
    walk.light(5)
    assert "6 of 6" in walk.said.value and "has made 2;" in walk.said.value
    step = desk.sitting.example_step()
    assert step.slope * (step.after - step.before) < 0, "against the slope"
    rate = QUICK.settings.learning_rate  # Adam's first step is as long as that
    assert abs(step.after - step.before) == pytest.approx(rate, rel=0.01)
    assert step.points_after > step.points_before and step.questions > 600
    walk.light(4)
    numbers = f"{step.before:.4f} became {step.after:.4f}", f"{step.points_after:.2f} after"
    for number in numbers:
        assert number.replace("-", "−") in walk.said.value
    question = ExitQuestion()
    question.choose(2)
    assert "moves none" in question.reply.value


@pytest.mark.parametrize(
    "make",
    [
        WarmUp, QuestionPaper, PapersBack, TrainingGround, Writing, ScoreBoard,
        lambda desk: PapersBack(desk, FirstPrediction()), CycleWalk,
        lambda desk: FirstPrediction(),
        lambda desk: ExitQuestion(),
        lambda desk: ChipBoard(desk.sitting.questions[0], desk.sitting.grammar),
    ],
)  # fmt: skip
def test_each_carries_a_still_for_pages_without_a_kernel(desk, make):
    widget = make(desk)
    bundle = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    html = bundle["text/html"]
    assert "<script" not in html and "<svg" not in html and "<style" not in html
    assert html.count("<img") == html.count('<img alt="') - html.count('<img alt=""')
    assert html == widget.still(), "a still is the same every time"


def test_the_recorded_run_fits_the_questions_and_can_be_made_again():
    recording, sitting = load_recording(), Sitting()
    assert recording.fingerprint == sitting.fingerprint()
    assert recording.history.six_steps[-1] == QUICK.settings.steps
    first, *_, last = recording.moments
    assert (first.step, last.step) == (0, QUICK.settings.steps) and len(recording.moments) >= 12
    assert sum(moment.step <= 100 for moment in recording.moments) >= 8, "dense early on"
    lines = sitting.lines(len(sitting.unseen))
    assert first.unseen == pytest.approx(lines["uniform"], rel=0.05)
    assert last.unseen - lines["floor"] < 0.1 and last.unseen < lines["counting"] - 0.4
    assert recording.history.six_steps == list(range(last.step + 1))
    for moment in recording.moments:  # the curve's points, on fewer stories
        near = [abs(s - moment.step) for s in recording.history.steps]
        assert recording.history.unseen[near.index(min(near))] == pytest.approx(
            moment.unseen, abs=0.05
        )


def test_a_run_can_be_recorded_again(tmp_path):
    sitting = Sitting(SHORT)
    made = record(sitting)
    assert len(made["six"]) == 13 and len(made["unseen"]) == 3
    assert made["six"][0] == pytest.approx(sum(made["untrained"]["losses"]) / 6, abs=1e-3)
    (tmp_path / "run.json").write_text(recording_text(made), encoding="utf-8")
    recording = load_recording(tmp_path / "run.json")
    assert [moment.step for moment in recording.moments] == [0, 1, 10, 12]
    assert recording.moments[0].story == sitting.before
    assert recording.moments[-1].story == sitting.write()
    assert recording.moments[-1].unseen == pytest.approx(sitting.unseen_loss(200), abs=1e-4)
    assert recording.moment(11).step == 10
    again = Sitting(SHORT)
    again.advance(10)
    assert recording.moments[2].story == again.write()


def test_a_look_at_the_six_is_the_paper_s_mean_at_every_step(desk):
    sitting = desk.sitting
    for step in range(1, 4):
        sitting.advance()
        assert sitting.history.six_steps[-1] == step
        assert sitting.history.six[-1] == pytest.approx(sitting.student_paper().loss, abs=1e-5)
    padding = sum(ids.size for ids, _ in sitting._looks)
    assert padding < 6 * max(len(q.context) + 1 for q in sitting.questions)
    assert sum((targets >= 0).sum() for _, targets in sitting._looks) == 6


def test_the_notebook_names_no_answer_before_the_paper_is_handed_in():
    source = Path("notebooks/00_start_here.ipynb").read_text(encoding="utf-8")
    before = source[: source.index("QuestionPaper(desk)")]
    assert "right word" not in before.split('"outputs"')[-1]


def test_a_dip_is_no_passing_until_it_lasts():
    steps = list(range(60))
    dip = History([], [], steps, [5.0] * 10 + [0.5] + [5.0] * 9 + [0.5] * 40)
    assert dip.crossing(1.0) == 10 and dip.passing(1.0, 600) == 20
    short = History([], [], steps[:30], dip.six[:30])
    assert HOLD == 20 and short.crossing(1.0) == 10 and short.passing(1.0, 600) is None
    assert short.passing(1.0, 29) == 20, "the run is at its end"
    assert dip.passing(0.1, 600) is None and dip.passing(6.0, 600) == 0


def test_the_book_shows_stories_of_the_kinds_that_are_asked():
    sitting = Sitting()
    book = sitting.book(2)
    assert len(set(book)) == 2 and set(book) <= set(sitting.stories)
    first = sum(sitting.shown_by(story) for story in sitting.stories[:2])
    assert sum(sitting.shown_by(story) for story in book) >= max(4, first)


def test_the_marks_that_chips_can_reach():
    sitting = Sitting()
    even, best = sitting.grade([EVEN] * 6), sitting.grade(sitting.best_chips())
    assert even.losses == pytest.approx(math.log(5)), "every answer is among the four words"
    assert sitting.lines_for_six()["floor"] < best.loss < even.loss
    for truth, question, chips in zip(
        sitting.truths, sitting.questions, sitting.best_chips(), strict=True
    ):
        boxes = sitting._boxes(question, truth)

        def expected(chips, boxes=boxes):
            return -sum(p * math.log(n / 20) for p, n in zip(boxes, chips, strict=True))

        for i in range(5):
            for j in range(5):
                moved = [n - (k == i) + (k == j) for k, n in enumerate(chips)]
                if min(moved) >= 1:
                    assert expected(moved) >= expected(chips) - 1e-12


def test_the_example_learner_is_only_human():
    sitting = Sitting()
    chips = [*example_chips(sitting), example_warm_up(sitting)]
    assert all(sum(c) == 20 and min(c) >= 1 for c in chips)
    mark, best = sitting.grade(chips[:6]).loss, sitting.grade(sitting.best_chips()).loss
    assert best + 0.1 < mark < math.log(5)
    assert len({max(c) for c in chips}) >= 3, "now too sure, now too unsure"


def test_the_smaller_student_beats_counting():
    sitting = Sitting(SMALLER)
    sitting.advance(SMALLER.settings.steps)
    assert sitting.unseen_loss(100) < sitting.lines()["counting"] - 0.1


def test_the_stills_fold_the_answers_away(desk):
    for view in (PapersBack(desk), PapersBack(desk, FirstPrediction()), ExitQuestion()):
        page = view.still()
        assert page.endswith("</details>") and "(it shows the answers)" in page
    answers = [q.answer for q in desk.sitting.questions]
    assert all(
        f">{answer}<" not in PapersBack(desk).still().split("<details>")[0] for answer in answers
    )


def test_the_papers_say_what_could_be_reached(desk):
    back = PapersBack(desk)
    answer_all(desk)
    page, sitting = back.view.value, desk.sitting
    assert page.count("<td") and page.count("settled") == 3 and "best possible" in page
    for loss in (
        desk.even_paper().loss, sitting.expected_floor(), sitting.lines_for_six()["floor"],
        desk.best_chips_paper().loss,
    ):  # fmt: skip
        assert f"{loss:.2f}" in page
    board = ScoreBoard(desk)
    desk.answered()
    assert "chips spread evenly" in board.view.value and "in 95 of 100 cases" in board.view.value


def test_the_numbers_in_the_prose_are_the_student_s():
    source = Path("notebooks/00_start_here.ipynb").read_text(encoding="utf-8")
    sitting = Sitting()
    settings, words = QUICK.settings, sitting.grammar.vocabulary
    letters = [word for word in words if word.isalpha()]
    marks = [word for word in words if len(word) == 1 and not word.isalpha()]
    turns = -(-len(sitting.rows) // settings.batch_size)
    blind = sitting.lines()["uniform"]
    assert len(marks) == 4 == len(words) - len(letters) - len(marks)
    for said in (
        f"{sitting.model.flat_data.size:,} numbers", f"{len(words)} choices",
        f"{len(letters)} words, four marks", f"costs {blind:.2f}", f"costs {-math.log(0.8):.2f}",
        f"{turns} steps go through all {len(sitting.rows):,} stories",
        f"One test is {settings.batch_size} stories",
        f"{settings.steps} steps are about three and a half",
        f"{len(sitting.unseen)} unseen stories, nearly 22,000",
    ):  # fmt: skip
        assert said in source, said
    assert 3.3 < settings.steps / turns < 3.7 and 650 < sitting.example_step().questions < 750
    assert 21_500 < (sitting.unseen[:, 1:] > 0).sum() < 22_000
