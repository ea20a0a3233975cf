"""Slopes: of one nudged weight, at the logits, and what it costs to find them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import ipywidgets as W
import numpy as np

from course_utils.figures.feedback import (
    LessonBars,
    NudgeCurve,
    PriceMarks,
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
STILL_AT, FAR = 6, 0.01  # where the saved picture measures, and the nudges that show the bend
ZOOMS = (0.1, 0.01, 0.001, 0.0001)
SHOWN = 5  # choices beside all the others
LOGIT_STEP = 0.01
RIGHT = 1  # of the options, the slope that it is
LEAST = 0.01  # a share whose slopes can be told apart when they are rounded
RULE = """
<p>This is the simplest rule of the whole chapter. Take the student's confidence in each choice
(softmax). Take away what would have been right: 1 on the right word and 0 on all others. Such a row
of zeros with a single 1 is called <b>one-hot</b>. The difference is the slope at each logit:</p>
<p><b>slope = softmax − one-hot</b></p>
<p>So the right word's slope is never above zero: raising it can only help. All others are never
below zero. Together they add up to zero, because all confidences add up to 1, and so does the
one-hot row. And a student that is sure and right has nothing left to learn from this question: all
its slopes are nearly zero.</p>
"""
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
            options=[(f"{size:g}", size) for size in ZOOMS], value=ZOOMS[-1],
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
        never = set(unused.tolist())
        return [
            (self.feedback.name(k) + (" (never used in this test)" if k in never else ""), k)
            for k in dict.fromkeys(chosen)
        ]

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
        curve.begin(float(self.gradient[self.weight.value]), self.zoom.value)

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
            now = self.feedback.weights[self.weight.value]
            return (
                f"The loss is {self.before:.6f}, this weight is {now:.4f}. Move the slider: one"
                " step is one nudge."
            )
        moved = slope * by
        return (
            f"Nudged by {by:+.4g}, the loss moves by {moved:+.7f}. Rise over run:"
            f" {moved:+.7f} / {by:+.4g} = {slope:+.4f}. The lesson plan, without any"
            f" nudging, says {self.gradient[self.weight.value]:+.4f}."
        )

    def _draw(
        self, curve: NudgeCurve, tried: dict[int, float], here: int, size: float | None = None
    ) -> str:
        stops = sorted(tried)
        nudges = np.array(stops)
        changes = np.array([tried[stop] for stop in stops]) - self.before
        words = f"loss {tried[here]:.6f}"
        curve.update(nudges, changes, stops.index(here), words)
        sizes = nudges * (size or self.zoom.value)
        return curve.canvas.html(nudge_alt(sizes, changes, stops.index(here), words + "."))

    def still(self) -> str:
        """The weight nudged to both sides, by a hair and by larger nudges."""
        number, size = self.weight.value, self.zoom.value
        near, slope = self._both_sides(size)
        far, bent = self._both_sides(FAR)
        name = self.feedback.name(number)
        said = (
            f"{name}, nudged to both sides. The slope measured with {STILL_AT} nudges:"
            f" {slope:+.4f}. What the lesson plan says (dashed): {self.gradient[number]:+.4f}."
        )
        beyond = (
            f"The same weight, nudges of {FAR:g}: the curve bends, and {STILL_AT} nudges now"
            f" measure a slope of {bent:+.4f}."
        )
        return near + paragraph(said) + far + paragraph(beyond)

    def _both_sides(self, size: float) -> tuple[str, float]:
        """The picture of nudges of this size both ways, and the slope that one of them measures."""
        number = self.weight.value
        stops = range(-STOPS, STOPS + 1, 2)
        tried = {k: self.feedback.nudged(number, k * size) for k in stops}
        curve = NudgeCurve(STOPS)
        curve.begin(float(self.gradient[number]), size)
        return self._draw(curve, tried, STILL_AT, size), (tried[STILL_AT] - self.before) / (
            STILL_AT * size
        )


class LessonView(Panel):
    """``prediction`` first; then ``question``, ``choice`` (a logit), and ``nudge`` to confirm."""

    summary = "A question's lesson: the slopes at its logits."

    def __init__(self, bench: Bench) -> None:
        self.bench, self.feedback = bench, bench.feedback
        self.logits = self.feedback.logits()
        p = softmax(self.logits)[np.arange(self.feedback.questions), self.feedback.answers]
        # A question on which something is to learn, whose options can be told apart.
        apart = (np.abs(2 * p - 1) > 2 * LEAST) & (np.abs(p - 0.5) < 0.5 - LEAST)
        hesitant = int(np.argmin(np.abs(p - 0.4) + ~apart))
        self.options = options_for(float(p[hesitant]))
        self.prediction = W.RadioButtons(
            options=list(self.options), value=None, layout=W.Layout(width="auto")
        )
        self.prediction.tooltip = "the slope of the loss at the right word's logit"
        self.asked = hesitant
        self.question = one_by_one("Question", 1, self.feedback.questions, hesitant + 1)
        self.choice = W.Dropdown(description="Logit of", style=WIDE, layout=half())
        self.nudge = one_by_one(f"Nudges of {LOGIT_STEP}", -STOPS, STOPS, 0)
        self.head, self.said, self.picture = W.HTML(), W.HTML(), W.HTML()
        self.reply, self.rule = W.HTML(), W.HTML()
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
                self.head, self.prediction, self.reply, self.question, self.choice, self.nudge,
                self.said, self.picture, self.rule,
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
            if question != self.asked:
                self.reply.value = ""  # it spoke of the question that was asked
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
                log = PredictionLog("feedback: slope at the right word", options=len(self.options))
                log.answered(self.prediction.value)
                log.came(self.options[RIGHT], self.prediction.index == RIGHT)
                self.tell(log.progress)
            self.prediction.layout.display = "none"
            for control in (self.question, self.choice, self.nudge):
                control.layout.display = ""
            self.reply.value = status(
                f"You predicted {self.options[self.prediction.index]}"
                f" {self.replies()[self.prediction.index]}"
            )
            self.rule.value = RULE
            self._show()

    def _turned(self, _: object) -> None:
        if not self._quiet:
            self.turn(self.number)

    @answering
    def _moved(self, _: object) -> None:
        if not self._quiet:
            self._show()

    def _show(self) -> None:
        self.head.value = self._heading(self.number)
        if self.prediction.index is None:
            self.head.value += f"<p><b>{text(self._asking())}</b></p>"
            self.said.value = status("Not answered yet.")
            return
        self.said.value = status(self.sentence())
        self.picture.value = self._draw(self._bars, self.number, self.choice.value)

    def _share(self, question: int) -> float:
        """The student's confidence in the right word."""
        return float(softmax(self.logits[question])[self.feedback.answers[question]])

    def _asking(self) -> str:
        return (
            f"The student's confidence in the right word is {self._share(self.asked):.2f}. What is"
            " the slope of the loss at this word's logit?"
        )

    def replies(self) -> tuple[str, ...]:
        """What is said to each option of the prediction."""
        p = self._share(self.asked)
        slope = f"It is {p:.2f} − 1 = −{1 - p:.2f}."
        return (
            f"{slope} −1 it would be if the student had given the right word nothing at all.",
            "So it is.",
            f"{slope} With the confidence itself, a student that is sure would have the most to"
            " learn.",
            f"{slope} Above zero, raising the right word's logit would make the loss worse.",
        )

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
        answer, kept = int(self.feedback.answers[question]), self.shown(question)
        p = softmax(self.logits[question])
        names = [self.bench.corpus.label(k) for k in kept] + [f"{len(p) - len(kept)} others"]
        confidences = np.append(p[kept], p.sum() - p[kept].sum())
        place = kept.index(answer)
        bars.update(names, confidences, place, kept.index(choice))
        slopes = confidences - (np.arange(len(names)) == place)
        return bars.canvas.html(lesson_alt(names, slopes, place))

    def still(self) -> str:
        """The question's lesson, with the right word's logit nudged once."""
        question = self.number
        answer = int(self.feedback.answers[question])
        picture = self._draw(LessonBars(len(self._bars.bars)), question, answer)
        before, after = (self.nudged(question, answer, n) for n in (0.0, LOGIT_STEP))
        bar = self.slopes(question)[answer]
        said = (
            f"Nudged to confirm it: raising the right word's logit by {LOGIT_STEP} takes the loss"
            f" from {before:.4f} to {after:.4f}, a slope of {(after - before) / LOGIT_STEP:+.2f};"
            f" the bar says {bar:+.2f}."
        )
        items = "".join(f"<li>{text(option)}</li>" for option in self.options)
        chosen = f"{EXAMPLE}, predicted {self.options[2]} {self.replies()[2]}"
        asked = f"<p><b>{text(self._asking())}</b></p><ul>{items}</ul>{paragraph(chosen)}"
        return self._heading(question) + asked + picture + paragraph(said) + RULE


def options_for(share: float) -> tuple[str, ...]:
    """The slopes to choose from where the student's confidence in the right word is ``share``."""
    return (
        "−1.00: raising this logit lowers the loss, as fast as can be.",
        f"−{1 - share:.2f}: raising it lowers the loss.",
        f"−{share:.2f}: raising it lowers the loss.",
        f"+{1 - share:.2f}: raising it raises the loss.",
    )


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
        self._marks = PriceMarks(PRICES, SECONDS, 1e-3, 1e5)
        self._marks.canvas.draw()  # so that the measured marks come at once
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
                f" them takes {self.attempts:,} attempts. Seconds, minutes or hours? Not measured"
                " yet."
            )
            self.picture.value = self.rows.value = ""
            return
        seconds = self.attempt * self.attempts
        self.said.value = status(
            f"One attempt takes {1000 * self.attempt:.1f} ms here. {self.attempts:,} of them take"
            f" {duration(seconds)}. Backpropagation, attempt included, takes"
            f" {1000 * self.backward:.1f} ms: {seconds / self.backward:,.0f} times less."
        )
        costs = (self.backward, seconds)
        words = [duration(value) for value in costs]
        self._marks.update(costs, words)
        self.picture.value = self._marks.canvas.html(price_alt(PRICES, SECONDS, words))
        self.rows.value = self._table(self.nudged, self.written)

    def _counts(self) -> str:
        # A backward pass has two matrix products for each one of the forward pass.
        often = round(self.attempts / 3, -3 if self.attempts > 30_000 else 0)
        words = ["about 3", f"{self.attempts:,}: about {often:,.0f} times as much"]
        marks = PriceMarks(PRICES, WORK, 1, 1e6)
        marks.update((3.0, float(self.attempts)), words)
        return marks.canvas.html(price_alt(PRICES, WORK, words))

    def _table(self, nudged: dict[int, float], written: dict[int, float]) -> str:
        rows = [
            [
                self.feedback.name(k), f"{1000 * nudged[k]:+.3f}", f"{1000 * written[k]:+.3f}",
                "yes" if abs(nudged[k] - written[k]) < 1e-7 else "no",
            ]
            for k in nudged
        ]  # fmt: skip
        head = ["weight", "by nudging", "by backpropagation", "differ by less than 0.0001"]
        return table(head, rows, "Five slopes, in thousandths")

    def still(self) -> str:
        """What stays the same on every computer: the attempts counted, and five slopes."""
        gradient = self.feedback.gradient()
        nudged = {k: self.feedback.slope(k) for k in self.compared}
        said = "Minutes and milliseconds are measured on your computer when you press the button."
        rows = self._table(nudged, {k: float(gradient[k]) for k in self.compared})
        return self._counts() + rows + paragraph(said)


def duration(seconds: float) -> str:
    """Seconds as people say them: 12 ms, 4.2 s, 19 minutes, 3.1 hours."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
