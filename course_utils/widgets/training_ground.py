"""Training, live: play, pause, step and reset, with the curve and the learner's own mark."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import ipywidgets as W
import numpy as np

from course_utils.figures.curve import LearningCurve, curve_alt
from course_utils.learning.verdict import crossing_sentence
from course_utils.training.loop import DivergedError
from course_utils.training.sitting import EVERY, WATCHED, History
from course_utils.widgets.desk import LIVE, RECORDED, SMALL, UNPREDICTED, Desk, DeskView
from course_utils.widgets.panel import EXAMPLE, answering, paragraph, text
from course_utils.widgets.worker import REST, Worker

FRAME = 0.01  # seconds between two steps of a recorded run, so that it can be watched
PATIENCE = 20.0  # seconds to expect above which something quicker is offered
SETTLED = 1.0  # seconds of training after which its real pace replaces the first estimate
TRIED = 3  # steps that are timed to know how long all will take
SPOKEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"


class TrainingGround(DeskView):
    """``play`` (a toggle), ``step_button``, ``reset_button``; ``offer`` appears if it is slow."""

    summary = "Live training with a curve."

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.perf_counter) -> None:
        self.desk, self._clock = desk, clock
        self.play = W.ToggleButton(description="Play")
        self.step_button = W.Button(description="Step")
        self.reset_button = W.Button(description="Reset")
        self.offer = W.Dropdown(options=[LIVE, RECORDED, SMALL], description="Train:")
        self.offer.layout.display = "none"
        self.status, self.picture = W.HTML(), W.HTML()
        self.spoken = W.HTML()  # only what happened, for screen readers: the steps run too fast
        self.expected: float | None = None
        self.worker = Worker(self._shown, self._fail, clock)
        self._training, self._trouble, self._crossed = False, "", ""
        self._lines = desk.sitting.lines()
        self._curve = LearningCurve(desk.total, self._lines)
        self.play.observe(self._toggled, "value")
        self.step_button.on_click(lambda _: self.step())
        self.reset_button.on_click(lambda _: self.reset())
        self.offer.observe(lambda change: self.choose(change["new"]), "value")
        buttons = W.HBox(
            [self.play, self.step_button, self.reset_button, self.offer],
            layout=W.Layout(flex_flow="row wrap"),
        )
        super().__init__([buttons, self.status, self.spoken, self.picture])
        self.follow(desk)

    @property
    def task(self) -> asyncio.Future[None] | None:
        """The work that was started last, if any."""
        return self.worker.task

    def advance(self, steps: int = 1) -> None:
        """Make so many steps now, measure the student on all unseen stories, and show it."""
        if self._made(steps):
            for _ in self.desk.look_up():
                pass
        self.desk.changed()

    @answering
    def step(self) -> None:
        """One step, shown at once; what takes longer follows in pieces."""
        made = self._made(1)
        self.desk.changed()
        if made and not self._training:
            self.worker.start(self.desk.look_up())

    def _made(self, steps: int) -> bool:
        try:
            self.desk.advance(steps)
        except DivergedError as error:
            self._trouble = str(error)
        return not self._trouble

    @answering
    def reset(self) -> None:
        """A fresh student."""
        self._stop()
        self.desk.reset()
        self.desk.changed()

    def _stop(self) -> None:
        self.worker.stop()
        self._training, self._trouble, self._crossed = False, "", ""
        self.play.value = False

    def estimate(self) -> float:
        """Make three steps, and return the seconds to expect for all the others.

        The middle one of the three counts: the first is slow, for nothing is in the cache yet.
        """
        for _ in self._try():
            pass
        assert self.expected is not None
        return self.expected

    def _try(self) -> Iterator[None]:
        """`estimate` in pieces."""
        taken = []
        for _ in range(TRIED):
            begun = self._clock()
            self.desk.advance(1)
            taken.append(self._clock() - begun)
            yield
        begun = self._clock()
        self.desk.sitting.unseen_loss(WATCHED)
        each = sorted(taken)[TRIED // 2] + (self._clock() - begun) / EVERY
        yield
        self._expect(each * (self.desk.total - self.desk.step))

    def _expect(self, seconds: float) -> float:
        self.expected = seconds
        slow = seconds > PATIENCE or self.desk.kind != LIVE
        self.offer.layout.display = "" if slow else "none"
        return seconds

    def _run(self) -> Iterator[object]:
        """All steps that are left, in pieces, and then a look at all unseen stories."""
        desk = self.desk
        if self.expected is None and desk.kind != RECORDED:
            yield from self._try()
        first, start = desk.step, self._clock()
        while not desk.done:
            if desk.kind == RECORDED:
                yield from self._frame()
                continue
            desk.advance(1)
            seconds = self._clock() - start
            if seconds > SETTLED:
                self._expect(seconds / (desk.step - first) * desk.total)
            # The next step is followed by a look at the unseen stories, which takes longer.
            yield REST if (desk.step + 1) % EVERY == 0 else None
        self._training = False
        self.play.value = False
        self._speak(f"The run is at its end, step {desk.step}.")
        yield from desk.look_up()

    def _frame(self) -> Iterator[object]:
        """One step of the recorded run; the other views follow at each moment that was kept."""
        desk = self.desk
        moment, until = desk.moment, self._clock() + FRAME
        desk.advance(1)
        if desk.moment is not moment:
            desk.changed()
        yield REST
        while self._clock() < until:
            yield REST

    def _shown(self) -> None:
        if self.worker.running:
            self.refresh()
        else:
            self.desk.changed()

    def _fail(self, sentence: str) -> None:
        self._stop()
        self._trouble = sentence
        self._speak(sentence)

    def _toggled(self, change: dict[str, bool]) -> None:
        self.play.description = "Pause" if change["new"] else "Play"
        if change["new"]:
            self._training = True
            self._speak("Training begins.")
            self.worker.start(self._run())
        elif self._training:
            self._training = False
            self._speak(f"Paused at step {self.desk.step}.")
            self.worker.start(self.desk.look_up())

    @answering
    def choose(self, kind: str) -> None:
        """Train this student, a smaller one, or look at the recorded run; it begins anew."""
        self._stop()
        self.desk.use(kind)
        self.expected = None
        self._curve.stretch(self.desk.total)
        self.desk.changed()

    def _speak(self, words: str) -> None:
        self.spoken.value = f'<p role="status" style="{SPOKEN}">{text(words)}</p>'

    def _say(self, words: str) -> None:
        self.status.value = paragraph(words)

    def headline(self) -> str:
        """One sentence on where the training is."""
        desk = self.desk
        if self._trouble:
            return self._trouble
        if desk.hidden:
            return f"Step 0 of {desk.total}. {UNPREDICTED}"
        said = f"Step {desk.step} of {desk.total}."
        mine = desk.sitting.learner_paper()
        if mine is None:
            said += " Your mark: not answered yet."
        else:
            sentence = self._crossing(desk.history, mine.loss)
            if sentence:
                said += f" {sentence[0].upper()}{sentence[1:]}."
        if desk.kind == RECORDED:
            said += " This is a recorded run."
        elif self.expected is not None and not desk.done:
            said += f" The whole run takes about {self.expected:.0f} seconds here."
            if self.expected > PATIENCE and desk.kind == LIVE:
                said += (
                    " That is long: you can choose a recorded run, or a smaller student, which"
                    " gets below best counting but ends further from the best possible."
                )
        return said

    def _crossing(self, history: History, mark: float) -> str:
        return crossing_sentence(history.crossing(mark), history.passing(mark, self.desk.total))

    def refresh(self) -> None:
        """Draw the curve as it is now."""
        with self.desk.lock:
            mine = self.desk.sitting.learner_paper()
            mark = None if mine is None else mine.loss
            hidden = self.desk.hidden
            history = History() if hidden else self.desk.history
            self.picture.value = self._draw(self._curve, history, mark, self.desk.total)
            self._say(self.headline())
            crossed = "" if mark is None or hidden else self._crossing(history, mark)
            if crossed != self._crossed:
                self._crossed = crossed
                self._speak(crossed)

    def _draw(self, curve: LearningCurve, history: History, mark: float | None, total: int) -> str:
        at, headline = None, ""
        if mark is not None:
            first, passed = history.crossing(mark), history.passing(mark, total)
            at = first if passed is None else passed
            headline = crossing_sentence(first, passed)
        steps, unseen = np.array(history.steps), np.array(history.unseen)
        six = slice(None, None, max(1, len(history.six) // 60))
        six_steps, sixes = np.array(history.six_steps)[six], np.array(history.six)[six]
        curve.update(steps, unseen, six_steps, sixes, mark, at, headline)
        alt = curve_alt(steps, unseen, np.array(history.six), self._lines, mark, headline)
        return curve.canvas.html(alt)

    def still(self) -> str:
        """The recorded run, with an example learner's mark."""
        history = self.desk.recording.history
        total = history.six_steps[-1]
        curve = LearningCurve(total, self._lines)
        picture = self._draw(curve, history, self.desk.example_paper().loss, total)
        return paragraph(f"{EXAMPLE}, and a recorded run:") + picture
