"""The training room: a run to guess, watch, compare and go back in, one view at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as W

from course_utils.figures import style
from course_utils.figures.room import (
    EpochStrip,
    PairCurves,
    RunCurves,
    curves_alt,
    guess_places,
    pair_alt,
    strip_alt,
)
from course_utils.learning.prediction import statement_levels
from course_utils.training.corpus import Corpus
from course_utils.training.room import Moment, Plan, Track, questions
from course_utils.widgets.curve_board import CurveBoard
from course_utils.widgets.desk import LIVE, RECORDED
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status
from course_utils.widgets.room import (
    FEW_ROWS,
    GUESS_MARGIN,
    MANY_ROWS,
    OBJECTIVES,
    PATIENCE,
    PLACES,
    Follower,
    Room,
)
from course_utils.widgets.room_words import (
    amounts,
    answers,
    iteration,
    memorised_sentence,
    moment_sentence,
    outcome,
    pair_titles,
    place_in_run,
    rounds,
    stopping,
    writing,
)

GUESS, STEPS, CURVES, CHOICE, BACK, PAIR = VIEWS = (
    "guess", "steps", "curves", "few or many", "back in time", "side by side",
)  # fmt: skip
CONTROLS = {
    GUESS: (),
    STEPS: ("stretch", "play", "reset_button"),
    CURVES: ("stretch", "play", "reset_button"),
    CHOICE: ("stories", "play", "reset_button"),
    BACK: ("play", "when", "reset_button"),
    PAIR: ("difference", "play", "reset_button"),
}
ONE_STEP, ONE_EPOCH, WHOLE = "one step", "one epoch", "to the end"
PRACTICE_NAME = "practice"
CURVE_NAMES = {"practice": "practice", "held out": "unseen"}
EXAMPLE_GUESS = {"practice": [5.0, 2.4, 1.4, 0.9, 0.6], "held out": [5.0, 2.6, 1.7, 1.3, 1.1]}
STILL_STEP = 12  # of the recorded run, in the saved picture of the steps
NOT_YET = "Your guess of the two curves: not answered yet."


class TrainingRoom(Panel):
    """One view of a `Room`: ``show`` is one of "guess", "steps", "curves", "few or many", …

    Views that are given the same ``room`` show the same run. ``board``, ``sure`` and
    ``keep_button`` take the learner's guess; ``play`` goes on by ``stretch``, ``reset_button``
    begins anew; ``stories`` chooses few or many, ``when`` goes back in time, ``difference`` says
    in what two runs differ. ``offer`` appears where training would take long. Raises
    `ValueError` for an unknown view or objective.
    """

    summary = "The training room: a run to watch."

    def __init__(
        self, show: str = CURVES, room: Room | None = None, corpus: Corpus | None = None,
        objective: str = OBJECTIVES[0], clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        after = None
        if room is not None and room.pair != (show == PAIR):
            corpus, objective, after, room = room.corpus, room.objective, room, None
        self.show, self.summary = show, f"The training room: {show}."
        if room is None:
            room = Room(corpus, objective, show == PAIR, clock, after)
        self.room = room
        self._follower = Follower(self, lambda: self.room.waits)
        if after is not None:
            after.listen(self._follower)
        self.worker = self.room.worker
        self.head, self.picture, self.below = W.HTML(), W.HTML(), W.HTML()
        self._figures: dict[object, Any] = {}
        self._quiet = False  # while controls are set by the program, not by the learner
        plan = self.room.plans[0]
        bars = [self._run_bar()]
        self.asks = show == GUESS or (show == CURVES and not room.asked)
        if self.asks:
            room.asked = True
            bars.insert(0, self._guess_bar())
        super().__init__([*bars, self.head, self.picture, self.below])
        self._asked = questions(self.room.corpus, plan) if show == BACK else []
        self.room.listen(self)
        self.refresh()
        for plans in self.room.choices.values():  # so that choosing draws no background anew
            if show == CHOICE:
                self._run_curves(plans[0]).canvas.draw()
            elif show == PAIR:
                self._pair_curves((plans[0], plans[1]))[0].canvas.draw()

    # Controls

    def _guess_bar(self) -> W.VBox:
        plan, curves = self.room.plans[0], self._guess_sheet()
        steps, top = guess_places(plan.steps, PLACES), self._top(plan)
        self.board = CurveBoard(
            width=curves.canvas.width, height=curves.canvas.height, box=list(curves.box),
            places=[float(step / plan.steps) for step in steps], low=0.0, high=curves.top,
            values=[[top] * PLACES for _ in CURVE_NAMES], label="your guess of two curves",
            curves=[
                {"name": name, "colour": style.LEARNER, "thick": thick, "square": thick > 2}
                for name, thick in ((PRACTICE_NAME, 1.6), (f"unseen {self.room.unit}", 2.6))
            ],
            names=[
                [f"{words} loss at step {step:.0f}" for step in steps]
                for words in CURVE_NAMES.values()
            ],
        )  # fmt: skip
        self.board.lay(curves.canvas.png(), "")
        self.sure = W.SelectionSlider(
            options=statement_levels(), value=0.5, description="How sure?",
            layout=W.Layout(width="min(420px, 95%)"),
        )  # fmt: skip
        self.keep_button = W.Button(description="Keep my guess")
        self.board.observe(self._drew, "values")
        self.keep_button.on_click(lambda _: self.keep())
        asked = (
            f"How sure are you that both together lie within {GUESS_MARGIN} nats of the real ones,"
            " in the mean?"
        )
        self._how_sure = W.VBox([W.HTML(paragraph(asked)), self.sure])
        self.guess_bar = W.VBox([self.board, self._how_sure, self.keep_button])
        self._say_guess()
        return self.guess_bar

    def _run_bar(self) -> W.HBox:
        room, made = self.room, []
        for name in CONTROLS[self.show]:
            if name == "stretch":
                self.stretch = W.Dropdown(
                    options=[ONE_STEP, ONE_EPOCH, WHOLE], description="Go on by:",
                    value=ONE_STEP if self.show == STEPS else WHOLE, layout={"width": "220px"},
                )  # fmt: skip
            elif name == "play":
                self.play = W.ToggleButton(description="Play", layout={"width": "110px"})
                self.play.observe(self._toggled, "value")
            elif name == "reset_button":
                self.reset_button = W.Button(description="Reset", layout={"width": "110px"})
                self.reset_button.on_click(lambda _: self.reset())
            elif name == "stories":
                options = [(f"{name}: {self._amount(name)}", name) for name in room.choices]
                self.stories = W.Dropdown(
                    options=options, value=room.chosen, description="To read:"
                )
                self.stories.observe(self._chose, "value")
            elif name == "difference":
                self.difference = W.Dropdown(
                    options=list(room.choices), value=room.chosen, description="Differs in:"
                )
                self.difference.observe(self._chose, "value")
            else:
                self.when = W.IntSlider(
                    value=0, min=0, max=1, description="Look back:", layout={"display": "none"}
                )
                self.when.observe(self._looked, "value")
            made.append(getattr(self, name))
        self.offer = W.Dropdown(
            options=room.kinds, value=room.kind, description="Train:", layout={"display": "none"}
        )
        self.offer.observe(self._used, "value")
        self.run_bar = _bar(*made, self.offer)
        return self.run_bar

    def _amount(self, choice: str) -> str:
        return f"{self.room.choices[choice][0].rows:,} {self.room.unit}"

    def _top(self, plan: Plan) -> float:
        return round(self.room.lines(plan)["uniform"], 1)

    # The guess

    @property
    def drawn(self) -> dict[str, list[float]]:
        """The two curves on the board: `PLACES` losses each, in nats."""
        return {
            name: [float(loss) for loss in losses]
            for name, losses in zip(CURVE_NAMES, self.board.values, strict=True)
        }

    def guess(self, curve: str, losses: Sequence[float]) -> None:
        """Draw one guessed curve, "practice" or "held out": `PLACES` losses in nats."""
        if curve not in CURVE_NAMES:
            raise ValueError(f"There is no curve {curve!r}; choose {', '.join(CURVE_NAMES)}.")
        if len(losses) != PLACES or not all(0 <= loss <= self.board.high for loss in losses):
            raise ValueError(f"A guess has {PLACES} losses from 0 to {self.board.high:.1f}.")
        self.board.draw(list(CURVE_NAMES).index(curve), losses)

    @answering
    def keep(self) -> None:
        """Keep the guess, or take it back while no step was made."""
        if self.room.guess is not None:
            self.room.keep_guess(None)
        elif not self.board.moved:
            raise ValueError("Nothing is guessed yet: move the points of both curves.")
        else:
            self.room.keep_guess(self.drawn, float(self.sure.value))
            self.tell(self.room.log.progress)
        self.room.changed(self)

    @answering
    def _drew(self, _: object) -> None:
        self._say_guess()

    def _say_guess(self) -> None:
        nothing, curves = Track(self.room.plans[0]), self._guess_sheet()
        self.board.alt = curves_alt(nothing, curves.lines, self.room.unit, guess=self.drawn)

    # The run

    @answering
    def advance(self, steps: int = 1) -> None:
        """Make so many steps now (in both runs, where there are two), and show all views."""
        self._may_run()
        self.room.advance(steps)

    def step(self) -> None:
        """Make one step now."""
        self.advance(1)

    def epoch(self) -> None:
        """Go on to the end of this epoch now."""
        self.advance(self._to_epoch_end())

    @answering
    def reset(self) -> None:
        """A fresh student; what was seen of another choice's run stays."""
        self.room.reset()
        self.room.changed(self)

    @answering
    def choose(self, choice: str) -> None:
        """Choose what is read ("few" or "many"), or in what two runs differ; begin that run."""
        try:
            self.room.choose(choice)
        finally:
            self.room.changed(self)

    @answering
    def use(self, kind: str) -> None:
        """Train this student or a smaller one, or look at the recorded run."""
        try:
            self.room.use(kind)
        finally:
            self.room.changed(self)

    @answering
    def look_back(self, number: int) -> None:
        """Go back to moment ``number`` (from 0) in all views; the last one is the present."""
        self.room.look_back(number)
        self.room.changed(self)

    def _may_run(self) -> None:
        if self.room.waits:
            raise ValueError(f"{NOT_YET} Draw it first.")

    def _to_epoch_end(self) -> int:
        run = self.room.run
        each = run.plan.steps_per_epoch
        return each - run.step % each

    @answering
    def _toggled(self, change: dict[str, bool]) -> None:
        if self._quiet:
            return
        if not change["new"]:
            self.room.pause()
            return
        try:
            self._may_run()
        except ValueError:
            self.show_running(False)
            raise
        go_on = self.stretch.value if "stretch" in CONTROLS[self.show] else WHOLE
        steps = {ONE_STEP: 1, ONE_EPOCH: self._to_epoch_end()}.get(
            go_on, max(plan.steps for plan in self.room.plans)
        )
        self.room.play(steps, self)

    def _chose(self, change: dict[str, str]) -> None:
        if not self._quiet:
            self.choose(change["new"])

    def _used(self, change: dict[str, str]) -> None:
        if not self._quiet:
            self.use(change["new"])

    def _looked(self, change: dict[str, int]) -> None:
        if not self._quiet:
            self.look_back(change["new"])

    def _set(self, control: Any, value: object) -> None:
        self._quiet = True
        try:
            control.value = value
        finally:
            self._quiet = False

    # What is seen

    def show_running(self, running: bool) -> None:
        """Let ``play`` say what it will do when it is pressed."""
        if "play" in CONTROLS[self.show]:
            self._set(self.play, running)
            self.play.description = "Pause" if running else "Play"

    def refresh(self) -> None:
        """Show the room as it is now."""
        room = self.room
        self.complain(room.trouble)
        self._refresh_controls()
        if self.show == GUESS or (self.asks and room.waits):
            self._refresh_guess()
            return
        if room.waits:
            self.head.value, self.picture.value = status(f"{NOT_YET} Draw it first."), ""
            self.below.value = ""
            return
        self.head.value = status(self.headline())
        tracks = [run.track for run in room.runs]
        self.picture.value = self._drawn(tracks, room.earlier, room.guess, room.moment, room.back)
        self.below.value = self._told(tracks[0], room.moment, room.earlier)

    def _refresh_controls(self) -> None:
        room = self.room
        if self.asks:
            _hide(self.guess_bar, self.show == CURVES and not room.waits)
            kept = room.guess is not None
            self.board.locked = kept
            for control in (self.board, self._how_sure):
                _hide(control, kept)
            self.keep_button.description = "Change my guess" if kept else "Keep my guess"
            _hide(self.keep_button, room.steps > 0)
        _hide(self.run_bar, room.waits or self.show == GUESS)
        slow = room.expected is not None and room.expected > PATIENCE
        _hide(self.offer, not slow and room.kind == LIVE)
        self._set(self.offer, room.kind)
        if self.show == CHOICE:
            self._set(self.stories, room.chosen)
        if self.show == PAIR:
            self._set(self.difference, room.chosen)
        if self.show == BACK:
            moments = len(room.run.track.moments)
            _hide(self.when, moments < 2)
            if moments > 1:
                last = moments - 1
                self._quiet = True
                self.when.max = max(last, self.when.value)
                self.when.value = last if room.back is None else room.back
                self.when.max = last
                self._quiet = False

    def _refresh_guess(self) -> None:
        room = self.room
        kept = room.guess is not None
        said = "Your guess is kept." if kept else NOT_YET
        said += (
            " You will see it below the real curves."
            if kept
            else " Drag the points of both curves (or reach one by Tab and move it by the arrow"
            " keys), and keep your guess when they say what you expect."
        )
        self.head.value = status(said)
        self.picture.value = self._guess_drawn(room.guess) if room.guess is not None else ""
        self.below.value = ""

    def _guess_sheet(self) -> RunCurves:
        if "guess" not in self._figures:
            plan = self.room.choices[next(iter(self.room.choices))][0]
            lines = self.room.lines(plan)
            shown = ("uniform", "floor")
            known = {role: loss for role, loss in lines.items() if role in shown}
            sheet = RunCurves(plan, known, self.room.unit, near=False)
            sheet.update(Track(plan), headline="Your guess")
            self._figures["guess"] = sheet
        curves: RunCurves = self._figures["guess"]
        return curves

    def _guess_drawn(self, guess: dict[str, list[float]]) -> str:
        curves = self._guess_sheet()
        nothing = Track(curves.plan)
        curves.update(nothing, guess=guess, headline="Your guess")
        alt = curves_alt(nothing, curves.lines, self.room.unit, guess=guess)
        html = str(curves.canvas.html(alt))
        curves.update(nothing, headline="Your guess")
        return html

    def _run_curves(self, plan: Plan) -> RunCurves:
        if plan not in self._figures:
            self._figures[plan] = RunCurves(plan, self.room.lines(plan), self.room.unit)
        curves: RunCurves = self._figures[plan]
        return curves

    def _drawn(
        self, tracks: list[Track], earlier: Track | None, guess: dict[str, list[float]] | None,
        moment: Moment | None, back: int | None,
    ) -> str:  # fmt: skip
        track, unit = tracks[0], self.room.unit
        if self.show == PAIR:
            return self._pair_drawn(tracks)
        if self.show == STEPS:
            key = "strip", track.plan
            if key not in self._figures:
                self._figures[key] = EpochStrip(track.plan, unit)
            strip: EpochStrip = self._figures[key]
            strip.update(track.dealt, track.practice, iteration(track))
            return str(strip.canvas.html(strip_alt(track, unit)))
        curves = self._run_curves(track.plan)
        if self.show == CHOICE or track.plan.rows != self._guessed_rows:
            guess = None
        earlier = earlier if self.show == CHOICE else None
        marked = moment.step if moment and (back is not None or self.show == BACK) else None
        said = place_in_run(track)
        if moment is not None and back is not None:
            where = rounds(moment.step, track.plan)
            said = f"Back at step {moment.step} of {track.plan.steps}, {where}"
        if moment is not None and moment.memorised:
            said += ": memorised"
        curves.update(track, earlier, guess, marked, said)
        alt = curves_alt(track, curves.lines, unit, earlier, guess, marked)
        return curves.canvas.html(alt)

    @property
    def _guessed_rows(self) -> int:
        return next(iter(self.room.choices.values()))[0].rows

    def _pair_curves(self, plans: tuple[Plan, Plan]) -> tuple[PairCurves, tuple[str, str], str]:
        if plans not in self._figures:
            titles, headline = pair_titles(*plans, self.room.unit)
            lines = self.room.lines(plans[0]), self.room.lines(plans[1])
            self._figures[plans] = (
                PairCurves(plans, lines, titles, headline, self.room.unit), titles, headline
            )  # fmt: skip
        known: tuple[PairCurves, tuple[str, str], str] = self._figures[plans]
        return known

    def _pair_drawn(self, tracks: list[Track]) -> str:
        curves, titles, headline = self._pair_curves((tracks[0].plan, tracks[1].plan))
        curves.update(tracks)
        return str(curves.canvas.html(pair_alt(tracks, titles, headline, self.room.unit)))

    def _told(self, track: Track, moment: Moment | None, earlier: Track | None) -> str:
        """What is read below the picture."""
        unit = self.room.unit
        if self.show == CURVES:
            return outcome(track, self.room.lines(track.plan).get("memory"), unit)
        if self.show not in (CHOICE, BACK) or moment is None:
            return ""
        if self.show == BACK:
            return writing(moment, track) + answers(self._asked, moment, unit) + stopping(track)
        told = writing(moment, track)
        if earlier is not None and earlier.moments:
            told += writing(earlier.moments[-1], earlier, "the earlier student")
        return told + amounts(track, earlier, unit)

    def headline(self) -> str:
        """A few sentences on where the training is."""
        room = self.room
        track = room.run.track
        said = [self._where(track)]
        if room.kind == RECORDED:
            said.append("This is a recorded run.")
        elif room.expected is not None and not room.done:
            said.append(f"The whole run takes about {room.expected:.0f} seconds here.")
            if room.expected > PATIENCE and room.kind == LIVE:
                said.append("That is long: you can choose a smaller student or a recorded run.")
        if self.show == STEPS:
            return " ".join(said)
        if self.show == CURVES and room.judged:
            said.append(room.judged)
        said += self._notes([run.track for run in room.runs], room.earlier)
        if room.corpus.grammar is None:
            said.append("The best possible loss on this text is not known, so no line shows it.")
        return " ".join(said)

    def _notes(self, tracks: Sequence[Track], earlier: Track | None) -> list[str]:
        """The announcements of memorising, each with the run that it is about."""
        if self.show in (STEPS, BACK):
            return []
        named = list(zip(("Left: ", "Right: "), tracks, strict=False))
        if self.show != PAIR:
            named = [("", tracks[0])]
        if earlier is not None and self.show == CHOICE:
            named.append((f"The earlier run ({earlier.plan.rows:,} {self.room.unit}): ", earlier))
        known = [(name, memorised_sentence(track, self.room.unit)) for name, track in named]
        notes = [name + sentence for name, sentence in known if sentence]
        return [note[0].upper() + note[1:] for note in notes]

    def _where(self, track: Track) -> str:
        room, plan = self.room, track.plan
        each = plan.steps_per_epoch
        moment = room.moment
        if room.pair:
            return f"Step {track.step} of {plan.steps} in both runs."
        if self.show == STEPS:
            questions = f" with {track.questions[-1]} questions" if track.step else ""
            return (
                f"{plan.rows:,} {room.unit}, {plan.batch_size} a batch: {each} steps are one"
                f" epoch. {track.step} made{questions}."
            )
        if self.show == BACK and moment is not None:
            return moment_sentence(moment, plan, room.unit)
        if not track.practice:
            return f"{plan.rows:,} {room.unit}, {each} steps a round. Press Play."
        said = f"Practice {track.practice[-1]:.2f}, measured before the step: it lags one lesson."
        if track.held_out:
            said += f" Unseen {track.held_out[-1]:.2f}."
        return said

    # The saved picture

    def still(self) -> str:
        """The recorded run where there is one, with an example learner's guess."""
        room = self.room
        if room.recording is None:
            return self._still_of_now()
        few, many = (room.recording.tracks[name] for name in (FEW_ROWS, MANY_ROWS))
        best = few.lowest()
        if self.show == GUESS:
            drawn = self._guess_drawn(EXAMPLE_GUESS)
            return paragraph(f"{EXAMPLE}:") + drawn
        if self.show == STEPS:
            return self._still(few.until(STILL_STEP), "A recorded run:")
        if self.show == CURVES:
            said = f"{EXAMPLE}, and a recorded run:"
            return self._still(few, said, guess=EXAMPLE_GUESS)
        if self.show == CHOICE:
            return self._still(many, "Two recorded runs:", earlier=few)
        if self.show == BACK:
            assert best is not None
            return self._still(few, "A recorded run, gone back in:", back=few.moments.index(best))
        first, second = room.recorded(next(iter(room.choices))) or (few, many)
        return self._still(first, "Two recorded runs:", other=second)

    def _still(
        self, track: Track, said: str, earlier: Track | None = None,
        guess: dict[str, list[float]] | None = None, back: int | None = None,
        other: Track | None = None,
    ) -> str:  # fmt: skip
        moment = track.moments[-1 if back is None else back]
        tracks = [track] if other is None else [track, other]
        drawn = self._drawn(tracks, earlier, guess, moment, back)
        notes = "".join(paragraph(note) for note in self._notes(tracks, earlier))
        if self.show == BACK:
            notes = paragraph(moment_sentence(moment, track.plan, self.room.unit))
            notes += answers(self._asked, moment, self.room.unit) + "<p>…</p>"
            moment = track.moments[-1]
        return paragraph(said) + drawn + notes + self._told(track, moment, earlier)

    def _still_of_now(self) -> str:
        room = self.room
        tracks = [run.track for run in room.runs]
        if self.show == GUESS:
            guess = {name: [self._top(tracks[0].plan)] * PLACES for name in CURVE_NAMES}
            return paragraph(NOT_YET) + self._guess_drawn(guess)
        drawn = self._drawn(tracks, room.earlier, None, room.moment, room.back)
        return paragraph(self.headline()) + drawn + self._told(tracks[0], room.moment, room.earlier)

    def close(self) -> None:
        """Leave the room, and stop what it does."""
        room = getattr(self, "room", None)  # None if the view was never finished
        if room is not None:
            room.forget(self)
            if room.after is not None:
                room.after.forget(self._follower)
        super().close()


def _bar(*controls: Any) -> W.HBox:
    return W.HBox(list(controls), layout={"flex_flow": "row wrap"})


def _hide(control: Any, hidden: bool) -> None:
    control.layout.display = "none" if hidden else None
