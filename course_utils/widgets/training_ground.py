"""Training, live: play, pause, step and reset, with the curve and the learner's own mark."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

import ipywidgets as W
import numpy as np

from course_utils.figures.curve import LearningCurve, curve_alt
from course_utils.learning.verdict import crossing_sentence
from course_utils.training.loop import DivergedError
from course_utils.training.sitting import EVERY, WATCHED, History
from course_utils.widgets.desk import LIVE, RECORDED, SMALL, Desk
from course_utils.widgets.panel import EXAMPLE, Panel, paragraph, text

PIECE = 0.02  # seconds of training between two looks at the controls
BREATH = 0.001  # seconds in which callbacks run; none at all would starve them
REDRAW = 0.2  # seconds between two pictures
FRAME = 0.01  # seconds between two steps of a recorded run, so that it can be watched
PATIENCE = 20.0  # seconds to expect above which something quicker is offered
SETTLED = 1.0  # seconds of training after which its real pace replaces the first estimate
TRIED = 3  # steps that are timed to know how long all will take


class TrainingGround(Panel):
    """``play`` (a toggle), ``step_button``, ``reset_button``; ``offer`` appears if it is slow."""

    summary = "Live training with a curve."

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.perf_counter) -> None:
        self.desk, self._clock = desk, clock
        self.play = W.ToggleButton(description="Play")
        self.step_button = W.Button(description="Step")
        self.reset_button = W.Button(description="Reset")
        self.offer = W.Dropdown(options=[LIVE, SMALL, RECORDED], description="Train:")
        self.offer.layout.display = "none"
        self.status, self.picture = W.HTML(), W.HTML()
        self.expected: float | None = None
        self.task: asyncio.Future[None] | None = None
        self._running, self._trouble = False, ""
        self._lines = desk.sitting.lines()
        self._curve = LearningCurve(desk.total, self._lines)
        self.play.observe(self._toggled, "value")
        self.step_button.on_click(lambda _: self.step())
        self.reset_button.on_click(lambda _: self.reset())
        self.offer.observe(self._chosen, "value")
        buttons = W.HBox([self.play, self.step_button, self.reset_button, self.offer])
        super().__init__([buttons, self.status, self.picture])
        desk.listen(self.refresh)
        self.refresh()

    def advance(self, steps: int = 1) -> None:
        """Make so many steps now, measure the student on all unseen stories, and show it."""
        if self._made(steps):
            for _ in self.desk.look_up():
                pass
        self.desk.changed()

    def step(self) -> None:
        """One step, shown at once; what takes longer follows in pieces."""
        made = self._made(1)
        self.desk.changed()
        if made and not self._running:
            self.task = asyncio.ensure_future(self._look_up())

    def _made(self, steps: int) -> bool:
        try:
            self.desk.advance(steps)
        except DivergedError as error:
            self._trouble = str(error)
        return not self._trouble

    def reset(self) -> None:
        """A fresh student."""
        self.play.value = False
        self._trouble = ""
        self.desk.reset()
        self.desk.changed()

    def estimate(self) -> float:
        """Make three steps, and return the seconds to expect for all the others.

        The middle one of the three counts: the first is slow, for nothing is in the cache yet.
        """
        taken = []
        for _ in range(TRIED):
            begun = self._clock()
            self.desk.advance(1)
            taken.append(self._clock() - begun)
        begun = self._clock()
        self.desk.sitting.unseen_loss(WATCHED)
        each = sorted(taken)[TRIED // 2] + (self._clock() - begun) / EVERY
        return self._expect(each * (self.desk.total - self.desk.step))

    def _expect(self, seconds: float) -> float:
        self.expected = seconds
        slow = seconds > PATIENCE or self.desk.kind != LIVE
        self.offer.layout.display = "" if slow else "none"
        return seconds

    async def run(self) -> None:
        """Train in small pieces until paused or done; the kernel stays responsive."""
        shown = -math.inf
        try:
            if self.expected is None and self.desk.kind != RECORDED:
                self.estimate()
            first, start = self.desk.step, self._clock()
            while self.play.value and not self.desk.done:
                if self.desk.kind == RECORDED:
                    await self._play_recorded()
                    continue
                begun = self._clock()
                while self._clock() - begun < PIECE and not self.desk.done:
                    self.desk.advance(1)
                if self._clock() - shown >= REDRAW:
                    shown = self._clock()
                    if shown - start > SETTLED:
                        each = (shown - start) / (self.desk.step - first)
                        self._expect(each * self.desk.total)
                    self.refresh()
                await asyncio.sleep(BREATH)
        except DivergedError as error:
            self._trouble = str(error)
        finally:
            self._running = False
            self.play.value = False
            self.desk.changed()
        await self._look_up()

    async def _play_recorded(self) -> None:
        """Show the recorded run up to the next moment of which all was kept."""
        moment, frames = self.desk.moment, 0
        while self.play.value and self.desk.moment is moment and not self.desk.done:
            self.desk.advance(1)
            frames += 1
            if frames * FRAME >= REDRAW:
                frames = 0
                self.refresh()
            await asyncio.sleep(FRAME)
        self.desk.changed()

    async def _look_up(self) -> None:
        for _ in self.desk.look_up():
            await asyncio.sleep(BREATH)
        if not self._running:
            self.desk.changed()

    def _toggled(self, change: dict[str, bool]) -> None:
        self.play.description = "Pause" if change["new"] else "Play"
        if change["new"] and not self._running:
            self._running = True
            self.task = asyncio.ensure_future(self.run())

    def _chosen(self, change: dict[str, str]) -> None:
        self.play.value = False
        self._trouble = ""
        self.desk.use(change["new"])
        self.expected = None
        self._curve = LearningCurve(self.desk.total, self._lines)
        self.desk.changed()

    def _say(self, words: str) -> None:
        self.status.value = f'<p role="status">{text(words)}</p>'

    def headline(self) -> str:
        """One sentence on where the training is."""
        desk = self.desk
        if self._trouble:
            return self._trouble
        said = f"Step {desk.step} of {desk.total}."
        mine = desk.sitting.learner_paper()
        if mine is None:
            said += " Your mark: not answered yet."
        else:
            passed = desk.history.crossing(mine.loss)
            if passed is not None:
                sentence = crossing_sentence(passed)
                said += f" {sentence[0].upper()}{sentence[1:]}."
        if desk.kind == RECORDED:
            said += " This is a recorded run."
        elif self.expected is not None and not desk.done:
            said += f" The whole run takes about {self.expected:.0f} seconds here."
            if self.expected > PATIENCE and desk.kind == LIVE:
                said += " That is long: you can choose a smaller student or a recorded run."
        return said

    def refresh(self) -> None:
        """Draw the curve as it is now."""
        with self.desk.lock:
            mine = self.desk.sitting.learner_paper()
            mark = None if mine is None else mine.loss
            self.picture.value = self._draw(self._curve, self.desk.history, mark)
            self._say(self.headline())

    def _draw(self, curve: LearningCurve, history: History, mark: float | None) -> str:
        passed = None if mark is None else history.crossing(mark)
        headline = crossing_sentence(passed)
        steps, unseen = np.array(history.steps), np.array(history.unseen)
        six = slice(None, None, max(1, len(history.six) // 60))
        six_steps, sixes = np.array(history.six_steps)[six], np.array(history.six)[six]
        curve.update(steps, unseen, six_steps, sixes, mark, passed, headline)
        return curve.canvas.html(curve_alt(steps, unseen, self._lines, mark, headline))

    def still(self) -> str:
        """The recorded run, with an example learner's mark."""
        history = self.desk.recording.history
        curve = LearningCurve(history.six_steps[-1], self._lines)
        picture = self._draw(curve, history, self.desk.example_paper().loss)
        return paragraph(f"{EXAMPLE}, and a recorded run:") + picture
