"""Slopes: of one nudged weight, at the logits, and what it costs to find them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import ipywidgets as W
import numpy as np

from course_utils.figures.feedback import (
    LessonBars,
    NudgeCurve,
    PriceBars,
    lesson_alt,
    nudge_alt,
    price_alt,
)
from course_utils.learning.prediction import PredictionLog
from course_utils.student.functions import log_softmax, softmax
from course_utils.training.feedback import ROUNDING, Bench, Floats
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, table, text
from course_utils.widgets.worker import Worker

WIDE = {"description_width": "110px"}
STOPS = 10  # nudges each way
ZOOMS = (0.1, 0.01, 0.001, 0.0001)
SHOWN = 5  # choices beside all the others
LOGIT_STEP = 0.01
BELOW, ZERO, ABOVE = (
    "below zero: raising it lowers the loss",
    "zero: raising it changes nothing",
    "above zero: raising it raises the loss",
)
PRICES = "backpropagation", "nudging"
SECONDS, WORK = "seconds for all slopes", "attempts' worth of work"
COMPARED, TRIES, WEIGHTS_SEED = 5, 5, 2


def half() -> W.Layout:
    """A control's width; each needs a layout of its own, for it may be hidden."""
    return W.Layout(width="420px", max_width="100%")


def one_by_one(name: str, least: int, most: int, value: int) -> W.IntSlider:
    """A slider over whole numbers, moved by the arrow keys."""
    return W.IntSlider(value, least, most, description=name, style=WIDE, layout=half())


class NudgeView(Panel):
    """``weight`` and ``zoom`` choose a weight and how small a nudge is; ``nudge`` is how many."""

    summary = "One weight, nudged: how the loss moves."

    def __init__(self, bench: Bench) -> None:
        self.bench, self.feedback = bench, bench.feedback
        self.gradient = self.feedback.gradient()
        self.before = self.feedback.loss()
        self.weight = W.Dropdown(
            options=self._offered(), description="Weight", style=WIDE, layout=half()
        )
        self.zoom = W.Dropdown(
            options=[(f"{size:g}", size) for size in ZOOMS], value=ZOOMS[1],
            description="One nudge is", style=WIDE, layout=half(),
        )  # fmt: skip
        self.nudge = one_by_one("Nudges", -STOPS, STOPS, 0)
        self.said, self.picture = W.HTML(), W.HTML()
        self._curve = NudgeCurve(STOPS)
        self.tried: dict[int, float] = {}
        self.weight.observe(self._begun, "value")
        self.zoom.observe(self._begun, "value")
        self.nudge.observe(self._moved, "value")
        super().__init__([self.weight, self.zoom, self.nudge, self.said, self.picture])
        self.begin()

    def _offered(self) -> list[tuple[str, int]]:
        """A few telling weights: steep both ways, middling, and one that the test never used."""
        g, size = self.gradient, np.abs(self.gradient)
        steep = [
            int(numbers[np.argmax(size[numbers])])
            for layer, numbers in self.feedback.layers.items()
            if layer.startswith(("MLP", "token"))
        ]
        chosen = [int(np.argmin(g)), int(np.argmax(g)), *steep]
        chosen.append(int(np.argsort(size, kind="stable")[len(g) // 2]))
        unused = np.flatnonzero(size < ROUNDING)
        if len(unused):
            chosen.append(int(unused[0]))
        return [(self.feedback.name(number), number) for number in dict.fromkeys(chosen)]

    @property
    def slope(self) -> float | None:
        """Rise over run from the start to where the slider is; None where it didn't move."""
        by = self.nudge.value * self.zoom.value
        return (self.tried[self.nudge.value] - self.before) / by if by else None

    @answering
    def begin(self) -> None:
        """Turn to the chosen weight and nudge, with nothing tried yet."""
        self.tried = {}
        self._set_out(self._curve)
        if self.nudge.value:
            self.nudge.value = 0  # this draws
        else:
            self._try()

    def _set_out(self, curve: NudgeCurve) -> None:
        curve.begin(float(self.gradient[self.weight.value]) * self.zoom.value)

    def _begun(self, _: object) -> None:
        self.begin()

    @answering
    def _moved(self, _: object) -> None:
        self._try()

    def _try(self) -> None:
        stop = self.nudge.value
        self.tried.setdefault(0, self.before)
        if stop not in self.tried:
            self.tried[stop] = self.feedback.nudged(self.weight.value, stop * self.zoom.value)
        self.said.value = status(self.sentence())
        self.picture.value = self._draw(self._curve, self.tried, stop)

    def sentence(self) -> str:
        """What was nudged, how the loss moved, and both slopes."""
        slope, by = self.slope, self.nudge.value * self.zoom.value
        if slope is None:
            return f"The loss is {self.before:.6f}. Move the slider: one step is one nudge."
        moved = slope * by
        return (
            f"Nudged by {by:+.4g}, the loss moves by {moved:+.3g}. The slope is"
            f" {moved:+.3g} / {by:+.4g} = {slope:+.4f}. Backpropagation, without any"
            f" nudging, says {self.gradient[self.weight.value]:+.4f}."
        )

    def _draw(self, curve: NudgeCurve, tried: dict[int, float], here: int) -> str:
        stops = sorted(tried)
        nudges = np.array(stops)
        changes = np.array([tried[stop] for stop in stops]) - self.before
        words = f"loss {tried[here]:.6f}"
        curve.update(nudges, changes, stops.index(here), words)
        sizes = nudges * self.zoom.value
        return curve.canvas.html(nudge_alt(sizes, changes, stops.index(here), words + "."))

    def still(self) -> str:
        """The weight nudged to both sides."""
        number, size = self.weight.value, self.zoom.value
        stops = range(-STOPS, STOPS + 1, 2)
        tried = {k: self.feedback.nudged(number, k * size) for k in stops}
        curve = NudgeCurve(STOPS)
        self._set_out(curve)
        slope = (tried[4] - self.before) / (4 * size)
        said = (
            f"{self.feedback.name(number)}, nudged to both sides. Dotted: the run and the rise;"
            f" slope by nudging {slope:+.4f}. Dashed: what backpropagation says,"
            f" {self.gradient[number]:+.4f}."
        )
        return self._draw(curve, tried, 4) + paragraph(said)


class LessonView(Panel):
    """``prediction`` first; then ``question``, ``choice`` (a logit), and ``nudge`` to confirm."""

    summary = "A question's lesson: the slopes at its logits."

    def __init__(self, bench: Bench) -> None:
        self.bench, self.feedback = bench, bench.feedback
        self.logits = self.feedback.logits()
        p = softmax(self.logits)[np.arange(self.feedback.questions), self.feedback.answers]
        hesitant = int(np.argmin(np.abs(p - 0.4)))  # a question on which something is to learn
        self.prediction = W.RadioButtons(
            options=[BELOW, ZERO, ABOVE], value=None, layout=W.Layout(width="auto")
        )
        self.prediction.tooltip = "the slope of the loss at the right word's logit"
        self.question = one_by_one("Question", 1, self.feedback.questions, hesitant + 1)
        self.choice = W.Dropdown(description="Logit of", style=WIDE, layout=half())
        self.nudge = one_by_one(f"Nudges of {LOGIT_STEP}", -STOPS, STOPS, 0)
        self.head, self.said, self.picture = W.HTML(), W.HTML(), W.HTML()
        for control in (self.question, self.choice, self.nudge):
            control.layout.display = "none"
        self._bars = LessonBars(min(SHOWN, bench.corpus.vocab_size) + 1)
        self._quiet = False
        self.prediction.observe(self._predicted, "index")
        self.question.observe(self._turned, "value")
        self.choice.observe(self._moved, "value")
        self.nudge.observe(self._moved, "value")
        super().__init__(
            [
                self.head, self.prediction, self.question, self.choice, self.nudge, self.said,
                self.picture,
            ]
        )  # fmt: skip
        self.turn(hesitant)

    @property
    def number(self) -> int:
        """The question, from 0."""
        return int(self.question.value) - 1

    def shown(self, question: int) -> list[int]:
        """The choices with a bar of their own: the right one and those with the most confidence."""
        answer = int(self.feedback.answers[question])
        order = np.argsort(-self.logits[question], kind="stable")
        kept = [int(k) for k in order[: len(self._bars.bars) - 1]]
        if answer not in kept:
            kept[-1] = answer
        return kept

    def slopes(self, question: int) -> Floats:
        """Softmax minus one-hot (V,): the slope of the loss at each logit."""
        found = softmax(self.logits[question])
        found[self.feedback.answers[question]] -= 1
        return found

    def nudged(self, question: int, choice: int, by: float) -> float:
        """The question's loss in nats with one logit nudged."""
        logits = self.logits[question].copy()
        logits[choice] += by
        return -float(log_softmax(logits)[self.feedback.answers[question]])

    def predict(self, number: int) -> None:
        """Choose an option of the prediction (from 0), which opens the lesson."""
        self.prediction.index = number

    @answering
    def turn(self, question: int) -> None:
        """Show a question (from 0), the right word's logit chosen and not nudged."""
        self.feedback.place(question)
        answer = int(self.feedback.answers[question])
        kept = self.shown(question)
        self._quiet = True
        try:
            self.question.value = question + 1
            self.choice.options = [(self._name(k, answer), k) for k in kept]
            self.choice.value = answer
            self.nudge.value = 0
        finally:
            self._quiet = False
        self._show()

    def _name(self, choice: int, answer: int) -> str:
        label = self.bench.corpus.label(choice)
        return f"{label} (right)" if choice == answer else label

    @answering
    def _predicted(self, _: object) -> None:
        if self.prediction.index is not None:
            if self.prediction.layout.display != "none":
                log = PredictionLog("feedback: slope at the right word", options=3)
                log.answered(self.prediction.value)
                log.came(BELOW, self.prediction.value == BELOW)
                self.tell(log.progress)
            self.prediction.layout.display = "none"
            for control in (self.question, self.choice, self.nudge):
                control.layout.display = ""
            self._show()

    def _turned(self, _: object) -> None:
        if not self._quiet:
            self.turn(self.number)

    @answering
    def _moved(self, _: object) -> None:
        if not self._quiet:
            self._show()

    def _show(self) -> None:
        answer = int(self.feedback.answers[self.number])
        share = float(softmax(self.logits[self.number])[answer])
        self.head.value = self._heading(self.number)
        if self.prediction.index is None:
            self.said.value = status(
                "Not answered yet. What is the slope of the loss at the right word's logit?"
            )
            return
        right = "So it is." if self.prediction.index == 0 else "It is below zero."
        self.said.value = status(
            f"You predicted {self.prediction.value}. {right} The student gave the right word"
            f" {100 * share:.1f} %, so the slope there is {share:.3f} minus 1, {share - 1:+.3f}."
            f" {self.sentence()}"
        )
        self.picture.value = self._draw(self._bars, self.number, self.choice.value)

    def sentence(self) -> str:
        """What a nudge of the chosen logit does, and both slopes."""
        by, choice = LOGIT_STEP * self.nudge.value, self.choice.value
        label = self.bench.corpus.label(choice)
        if not by:
            return f"Now nudge the logit of “{label}” to confirm its bar."
        before, after = (self.nudged(self.number, choice, n) for n in (0.0, by))
        return (
            f"Logit of “{label}” nudged by {by:+.2f}: the loss goes from {before:.4f} to"
            f" {after:.4f}. Slope by nudging {(after - before) / by:+.3f}, by the formula"
            f" {self.slopes(self.number)[choice]:+.3f}."
        )

    def _heading(self, question: int) -> str:
        word = self.bench.corpus.label(int(self.feedback.answers[question]))
        return f"<p>{text(self.bench.context(question))} &nbsp; right word: <b>{text(word)}</b></p>"

    def _draw(self, bars: LessonBars, question: int, choice: int) -> str:
        answer, kept, slopes = (
            int(self.feedback.answers[question]), self.shown(question), self.slopes(question),
        )  # fmt: skip
        others = len(slopes) - len(kept)
        names = [self.bench.corpus.label(k) for k in kept] + [f"{others} others"]
        heights = np.append(slopes[kept], slopes.sum() - slopes[kept].sum())
        bars.update(names, heights, kept.index(answer), kept.index(choice))
        return bars.canvas.html(lesson_alt(names, heights, kept.index(answer)))

    def still(self) -> str:
        """The question's lesson, with the right word's logit nudged once."""
        question = self.number
        answer = int(self.feedback.answers[question])
        picture = self._draw(LessonBars(len(self._bars.bars)), question, answer)
        before, after = (self.nudged(question, answer, n) for n in (0.0, LOGIT_STEP))
        bar = self.slopes(question)[answer]
        said = (
            f"{EXAMPLE}, predicted: {BELOW}. So it is: raising the right word's logit by"
            f" {LOGIT_STEP} takes the loss from {before:.4f} to {after:.4f}, a slope of"
            f" {(after - before) / LOGIT_STEP:+.2f}; the bar says {bar:+.2f}."
        )
        return self._heading(question) + picture + paragraph(said)


class PriceView(Panel):
    """``measure`` (a button) nudges five weights and times one attempt and one feedback here."""

    summary = "What all slopes cost, by nudging and by backpropagation."

    def __init__(self, bench: Bench, clock: Callable[[], float] = time.perf_counter) -> None:
        self.feedback, self._clock = bench.feedback, clock
        used = np.flatnonzero(np.abs(self.feedback.gradient()) > ROUNDING)
        rng = np.random.default_rng(WEIGHTS_SEED)
        self.compared = [int(k) for k in np.sort(rng.choice(used, COMPARED, replace=False))]
        self.attempts = 2 * self.feedback.model.count
        self.attempt: float | None = None  # seconds for one attempt …
        self.backward: float | None = None  # … and for one attempt with backpropagation
        self.nudged: dict[int, float] = {}
        self.written: dict[int, float] = {}
        self.measure = W.Button(description="Measure it here", layout=W.Layout(width="180px"))
        self.said, self.picture, self.rows = W.HTML(), W.HTML(), W.HTML()
        self._bars = PriceBars(PRICES, SECONDS, 1e-4, 1e8)
        self._bars.canvas.draw()  # so that the measured bars come at once
        self._counted = self._counts()
        self.worker = Worker(self.refresh, self.complain)
        self.measure.on_click(lambda _: self.start())
        super().__init__([self.measure, self.said, self.picture, self.rows])
        self.refresh()

    @property
    def seconds(self) -> float | None:
        """How long nudging every weight would take here; None before it was measured."""
        return None if self.attempt is None else self.attempt * self.attempts

    @answering
    def start(self) -> None:
        """Measure in pieces."""
        self.worker.start(self._work())

    def advance(self) -> None:
        """Measure now."""
        for _ in self._work():
            pass
        self.refresh()

    def _work(self) -> Iterator[None]:
        feedback = self.feedback
        self.attempt = self.backward = None
        self.nudged, self.written = {}, {}
        for number in self.compared:
            self.nudged[number] = feedback.slope(number)
            yield
        attempts, feedbacks = [], []
        for _ in range(TRIES):
            begun = self._clock()
            feedback.loss()
            attempts.append(self._clock() - begun)
            yield
            begun = self._clock()
            gradient = feedback.gradient()
            feedbacks.append(self._clock() - begun)
            yield
        self.written = {number: float(gradient[number]) for number in self.compared}
        self.attempt, self.backward = (sorted(t)[TRIES // 2] for t in (attempts, feedbacks))

    def refresh(self) -> None:
        """Show what is known now."""
        if self.worker.running:
            self.said.value = status(f"Measuring: {len(self.nudged)} of {COMPARED} weights nudged.")
            return
        if self.attempt is None or self.backward is None:
            self.said.value = status(
                f"{self.feedback.model.count:,} weights, two attempts for each: nudging all of"
                f" them takes {self.attempts:,} attempts. Not measured yet."
            )
            self.picture.value, self.rows.value = self._counted, ""
            return
        seconds = self.attempt * self.attempts
        self.said.value = status(
            f"One attempt takes {1000 * self.attempt:.1f} ms here. {self.attempts:,} of them take"
            f" {duration(seconds)}. Backpropagation, attempt included, takes"
            f" {1000 * self.backward:.1f} ms: {seconds / self.backward:,.0f} times less."
        )
        costs = (self.backward, seconds)
        words = [duration(value) for value in costs]
        self._bars.update(costs, words)
        self.picture.value = self._bars.canvas.html(price_alt(PRICES, SECONDS, words))
        self.rows.value = self._table(self.nudged, self.written)

    def _counts(self) -> str:
        # A backward pass has two matrix products for each one of the forward pass.
        words = ["about 3", f"{self.attempts:,}"]
        bars = PriceBars(PRICES, WORK, 0.1, 1e10)
        bars.update((3.0, float(self.attempts)), words)
        return bars.canvas.html(price_alt(PRICES, WORK, words))

    def _table(self, nudged: dict[int, float], written: dict[int, float]) -> str:
        rows = [
            [
                self.feedback.name(k), f"{1000 * nudged[k]:+.3f}", f"{1000 * written[k]:+.3f}",
                "yes" if abs(nudged[k] - written[k]) < 1e-7 else "no",
            ]
            for k in nudged
        ]  # fmt: skip
        head = ["weight", "by nudging", "by backpropagation", "equal to 0.0001"]
        return table(head, rows, "Five slopes, in thousandths")

    def still(self) -> str:
        """What stays the same on every computer: the attempts counted, and five slopes."""
        gradient = self.feedback.gradient()
        nudged = {k: self.feedback.slope(k) for k in self.compared}
        said = "Minutes and milliseconds are measured on your computer when you press the button."
        rows = self._table(nudged, {k: float(gradient[k]) for k in self.compared})
        return self._counted + rows + paragraph(said)


def duration(seconds: float) -> str:
    """Seconds as people say them: 12 ms, 4.2 s, 19 minutes, 3.1 hours."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
