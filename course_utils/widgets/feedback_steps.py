"""Steps: a lesson applied and taken back, a slice of the loss, and each layer alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import ipywidgets as W
import numpy as np

from course_utils.figures.feedback import (
    ChangeBars,
    LayerBars,
    SliceCurve,
    change_alt,
    layer_alt,
    slice_alt,
)
from course_utils.material.batches import Batch
from course_utils.student.functions import softmax
from course_utils.training.feedback import GOOD, MOST, PAST, TOO_SHORT, WALL, Bench, Floats, zones
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.feedback_slopes import WIDE, half, one_by_one
from course_utils.widgets.panel import (
    EXAMPLE,
    Panel,
    answering,
    paragraph,
    status,
    table,
    text,
)
from course_utils.widgets.worker import Worker

ONE_QUESTION, WHOLE = "one question", "whole test"
APPLY, UNDO = "Apply the lesson", "Undo"
BETTER, SAME, WORSE = range(3)  # what may happen to the other answers, as a card's options ask
TOLD = 3  # choices whose chances are told, beside the right word
MEANINGS = {
    TOO_SHORT: "safe, but little is gained.",
    GOOD: f"at least {100 * MOST:.0f} % of the best gain that one step can bring this test.",
    PAST: "the step went too far, and gives part of its gain back.",
    WALL: "the loss is higher than before the step.",
}
LOWEST, HIGHEST, PER_DECADE = -3, 1, 10  # powers of ten of the rates that can be tried
RATES = 10.0 ** (np.arange(LOWEST * PER_DECADE, HIGHEST * PER_DECADE + 1) / PER_DECADE)
EVERY_OTHER = slice(0, None, 2)  # enough for the saved picture
COARSE = slice(0, None, 5)  # enough rates to know how deep the valley is
FIRST_RATE = 0.01
EVERYTHING = "all at once"
NOTHING = 1e-6  # nats: a change that is none


def rate_slider(value: float) -> W.FloatLogSlider:
    """A slider over learning rates; each ten steps are a factor of ten."""
    return W.FloatLogSlider(
        value, min=LOWEST, max=HIGHEST, step=1 / PER_DECADE, readout_format=".3g",
        description="Learning rate", style=WIDE, layout=half(),
    )  # fmt: skip


def nearest(rate: float) -> int:
    """The number of the rate that a slider stands on."""
    return int(np.argmin(np.abs(np.log(RATES) - np.log(rate))))


@dataclass(frozen=True)
class Lesson:
    """What came of one lesson: its gradient (count,), and losses (Q,) before and after the step.

    ``question`` is the one it came from, or None for the mean of all.
    """

    gradient: Floats
    rate: float
    question: int | None
    before: Floats
    after: Floats
    unseen_before: Floats
    unseen_after: Floats
    told: str = ""  # what there is to learn from it, as HTML

    @property
    def others(self) -> Floats:
        """The changes without that of the studied question; all of them for the whole test."""
        return self.changes if self.question is None else np.delete(self.changes, self.question)

    @property
    def outcome(self) -> int:
        """What happened to most of the others: `BETTER`, `SAME` or `WORSE`."""
        better, worse = (int((sign * self.others > NOTHING).sum()) for sign in (-1, 1))
        counts = {BETTER: better, SAME: len(self.others) - better - worse, WORSE: worse}
        return max(counts, key=lambda fate: counts[fate])

    @property
    def changes(self) -> Floats:
        """The change of each question's loss (Q,), in nats; below zero is better."""
        return self.after - self.before

    @property
    def length(self) -> float:
        """How far the step moves the weights, as one distance."""
        return float(self.rate * np.linalg.norm(self.gradient))


class StudyView(Panel):
    """``lesson`` chooses one question's or the whole test's, ``apply`` applies it and undoes it.

    With a ``card``, whose options are that the others' answers get better, stay, or get worse, it
    waits until that prediction is made, and says what came of it.
    """

    summary = "A lesson applied, and the test sat again."

    def __init__(
        self, bench: Bench, show: str, rate: float, card: ChoiceCard | None = None
    ) -> None:
        self.card = card
        self.bench, self.feedback, self.rate = bench, bench.feedback, rate
        self.before = self.feedback.losses()
        self.unseen_before = self.feedback.losses(bench.unseen)
        hardest = int(np.argmax(self.before))
        self.lesson = W.ToggleButtons(
            options=[ONE_QUESTION, WHOLE], value=show, description="Lesson of", style=WIDE
        )
        self.question = one_by_one("Question", 1, self.feedback.questions, hardest + 1)
        self.apply = W.Button(description=APPLY, layout=W.Layout(width="180px"))
        self.head, self.said, self.picture = W.HTML(), W.HTML(), W.HTML()
        self.told = W.HTML()
        self.applied = False
        self.undone = False
        self._known: dict[str, Lesson] = {}
        self._bars = ChangeBars(self.feedback.questions)
        self.worker = Worker(self.refresh, self.complain)
        self.lesson.observe(self._switched, "value")
        self.question.observe(self._turned, "value")
        self.apply.on_click(lambda _: self.press())
        self._unheard = card.on_answer(self._predicted) if card is not None else None
        super().__init__(
            [self.lesson, self.question, self.apply, self.head, self.said, self.picture, self.told]
        )
        self.refresh()

    @property
    def number(self) -> int:
        """The question, from 0."""
        return int(self.question.value) - 1

    @property
    def waiting(self) -> bool:
        """Whether the prediction is still to be made."""
        return self.card is not None and self.card.prediction.chosen is None

    @property
    def known(self) -> Lesson | None:
        """The chosen lesson with its outcome; None before it was applied."""
        return self._known.get(self.lesson.value)

    @answering
    def _predicted(self) -> None:
        self.refresh()

    def close(self) -> None:
        """Close it, and listen to the card no longer."""
        if self._unheard is not None:
            self._unheard()
        super().close()

    @answering
    def press(self) -> None:
        """What the button does: apply the lesson in pieces, or undo it."""
        if self.waiting and not self.applied:
            raise ValueError("Make your prediction first: choose an option of the card above.")
        if self.applied:
            self.undo()
        else:
            self.worker.start(self._work())

    def study(self) -> None:
        """Apply the chosen lesson and sit the test again, now."""
        for _ in self._work():
            pass
        self.refresh()

    def undo(self) -> None:
        """Take the step back: the weights are what they were, bit for bit."""
        self.feedback.undo()
        self.applied, self.undone = False, True
        self.refresh()

    def _work(self) -> Iterator[None]:
        for kind in (ONE_QUESTION, WHOLE):
            if kind not in self._known:
                yield from self._learn(kind)
        self._carry_out()

    def _learn(self, kind: str) -> Iterator[None]:
        """Write a lesson at the start's weights, and see what its step does, in pieces."""
        question = self.number if kind == ONE_QUESTION else None
        gradient = self.feedback.gradient(question)
        yield
        after = self.feedback.after(gradient, self.rate)
        yield
        unseen = self.feedback.after(gradient, self.rate, self.bench.unseen)
        lesson = Lesson(
            gradient, self.rate, question, self.before, after, self.unseen_before, unseen
        )
        yield
        told = self._of_one(lesson, question) if question is not None else self._of_all(lesson)
        self._known[kind] = replace(lesson, told=told)
        yield

    def _of_one(self, lesson: Lesson, question: int) -> str:
        """What one question's lesson did: to its own answer, to its word elsewhere, to the rest."""
        feedback, label = self.feedback, self.bench.corpus.label
        word = int(feedback.answers[question])
        before, after = self._answers(lesson)
        elsewhere = [100 * np.delete(p[:, word], question).mean() for p in (before, after)]
        said = (
            "<p>The same weights also answer all other questions. At the other places the"
            f" student's confidence in “{text(label(word))}” went from {elsewhere[0]:.1f} to"
            f" {elsewhere[1]:.1f} % in the mean, wanted or not. And what weighs more: the numbers"
            " that this lesson moved were needed elsewhere.</p>"
        )
        truth = self.bench.truth(question)
        if truth is None:
            return said
        old, new = before[question], after[question]
        shown = [int(k) for k in np.argsort(-truth, kind="stable")[:TOLD] if truth[k] > 0]
        rows = [
            [f"{label(k)} (right)" if k == word else label(k)]
            + [f"{100 * p[k]:.0f} %" for p in (old, new, truth)]
            for k in dict.fromkeys([*shown, word])
        ]
        head = ["word", "before", "after the lesson", "true chance"]
        left = [_divergence(truth, p) for p in (old, new)]
        judged = (
            "The loss on this one draw fell, but what is left to learn here rose from"
            f" {left[0]:.2f} to {left[1]:.2f} nats: it learned the draw, not the chances."
            if left[1] > left[0]
            else f"What is left to learn here went from {left[0]:.2f} to {left[1]:.2f} nats."
        )
        return (
            said
            + table(head, rows, "Was it a good lesson? The answer to the studied question itself")
            + paragraph(judged)
        )

    def _answers(self, lesson: Lesson) -> list[Floats]:
        """The student's confidences (Q, V) at the start, and after the lesson's step."""
        with self.feedback.from_start():
            before = softmax(self.feedback.logits())
            self.feedback.step(lesson.gradient, self.rate)
            return [before, softmax(self.feedback.logits())]

    def _of_all(self, lesson: Lesson) -> str:
        share = 100 * float((lesson.changes < 0).mean())
        return paragraph(
            f"{share:.0f} % of the answers improve, none by more than"
            f" {max(0.0, -lesson.changes.min()):.2f} nats. But this step is also shorter, because"
            " what only one question asks for is nearly averaged away. Is it only that? Below,"
            " under “Where the analogy breaks”, both lessons get the same length."
        )

    def _carry_out(self) -> None:
        self.feedback.undo()
        self.feedback.step(self._known[self.lesson.value].gradient, self.rate)
        self.applied = True

    @answering
    def _switched(self, _: object) -> None:
        if self.applied:
            self._carry_out()
        self.refresh()

    @answering
    def _turned(self, _: object) -> None:
        self.worker.stop()
        self.feedback.undo()
        self.applied = self.undone = False
        self._known.pop(ONE_QUESTION, None)
        self.refresh()

    def refresh(self) -> None:
        """Show the lesson and, if it is applied, what came of it."""
        one = self.lesson.value == ONE_QUESTION
        self.question.layout.display = "" if one else "none"
        self.apply.description = UNDO if self.applied else APPLY
        self.apply.disabled = self.waiting and not self.applied
        self.head.value = self._heading(self.number if one else None)
        lesson = self.known if self.applied else None
        if lesson is not None:
            said = self.sentence(lesson)
            if self.card is not None and lesson.question is not None:
                self.card.outcome(lesson.outcome)
        elif self.waiting:
            said = "Not answered yet: make the prediction in the card above first."
        elif self.worker.running:
            said = "Writing the lesson and sitting the test again …"
        elif self.undone:
            same = bool(np.array_equal(self.feedback.weights, self.feedback.start))
            count = self.feedback.model.count
            said = f"Undone: all {count:,} weights are what they were, bit for bit."
            said = said if same else "Undone, but some weights differ from what they were."
        else:
            said = "Not applied yet: press the button."
        self.said.value = status(said)
        self.told.value = "" if lesson is None else lesson.told
        self.picture.value = self._draw(self._bars, lesson)

    def _heading(self, question: int | None) -> str:
        count = self.feedback.questions
        if question is None:
            return paragraph(f"The mean lesson of all {count} questions.")
        word = self.bench.corpus.label(int(self.feedback.answers[question]))
        where = text(self.bench.context(question))
        return (
            f"<p>Question {question + 1} of {count}: {where}"
            f" &nbsp; right word: <b>{text(word)}</b></p>"
        )

    def sentence(self, lesson: Lesson) -> str:
        """The losses before and after: of the question, the test, and an unseen test."""
        chosen = None if self.card is None else self.card.prediction.chosen
        return self._verdict(lesson, "You", chosen) + self._losses(lesson)

    def _verdict(self, lesson: Lesson, who: str, chosen: int | None) -> str:
        """The others counted, beside what was predicted."""
        if lesson.question is None:
            return ""
        others = lesson.others
        said = (
            f"Of the other {len(others)} questions {(others < 0).sum()} get better and"
            f" {(others > 0).sum()} worse. "
        )
        if self.card is None or chosen is None:
            return said
        answer = self.card.prediction.options[chosen]
        right = "So it was. " if chosen == lesson.outcome else "It came out otherwise. "
        return f"{who} predicted “{answer}”. {right}{said}"

    def _losses(self, lesson: Lesson) -> str:
        said = ""
        if lesson.question is not None:
            before, after = (x[lesson.question] for x in (lesson.before, lesson.after))
            said = f"This question: {before:.2f} → {after:.2f}. "
        return said + (
            f"Whole test: {lesson.before.mean():.3f} → {lesson.after.mean():.3f}. A test that"
            f" nobody studied: {lesson.unseen_before.mean():.3f} →"
            f" {lesson.unseen_after.mean():.3f}. Learning rate {lesson.rate:g}, length of the"
            f" step {lesson.length:.2g}."
        )

    def _draw(self, bars: ChangeBars, lesson: Lesson | None) -> str:
        if lesson is None:
            bars.update(None, None, "not applied yet")
            return bars.canvas.html(change_alt(None, None, ""))
        kind = ONE_QUESTION if lesson.question is not None else WHOLE
        words = (
            f"after the lesson of {'one question' if kind == ONE_QUESTION else 'the whole test'}"
        )
        bars.update(lesson.changes, lesson.question, words)
        return bars.canvas.html(change_alt(lesson.changes, lesson.question, f"Shown {words}."))

    def still(self) -> str:
        """The chosen lesson, applied."""
        kind = self.lesson.value
        if kind not in self._known:
            with self.feedback.from_start():
                for _ in self._learn(kind):
                    pass
        lesson = self._known[kind]
        picture = self._draw(ChangeBars(self.feedback.questions), lesson)
        example = None if self.card is None else self.card.example
        said = self._verdict(lesson, f"{EXAMPLE},", example) + self._losses(lesson)
        return self._heading(lesson.question) + picture + paragraph(said) + lesson.told


def _divergence(truth: Floats, student: Floats) -> float:
    """What is left to learn, in nats: the KL divergence from the truth to the student's answer."""
    asked = truth > 0
    return float(truth[asked] @ np.log(truth[asked] / student[asked]))


class RateView(Panel):
    """``rate`` tries a learning rate; ``draw`` (a button) tries all of them."""

    summary = "One step at many learning rates: a slice of the loss."

    def __init__(self, bench: Bench) -> None:
        self.bench, self.feedback = bench, bench.feedback
        self.before = self.feedback.loss()
        self.unseen_before = float(self.feedback.losses(bench.unseen).mean())
        self.gradient = self.feedback.gradient()
        self.squared = float(self.gradient @ self.gradient)
        self.rate = rate_slider(FIRST_RATE)
        self.draw = W.Button(description="Draw the whole slice", layout=W.Layout(width="180px"))
        self.said, self.picture = W.HTML(), W.HTML()
        self.told = W.HTML()
        self.tried: dict[int, float] = {}
        self.unseen: dict[int, float] = {}  # on a test that wasn't studied
        coarse = list(self.feedback.slice(self.gradient, RATES[COARSE]))
        self._low = float(np.nanmin([*coarse, self.before]))
        self._curve = SliceCurve(RATES, self.before, self._low, self.squared)
        self._named = False
        self.worker = Worker(self.refresh, self.complain)
        self.rate.observe(self._moved, "value")
        self.draw.on_click(lambda _: self.start())
        super().__init__([self.rate, self.draw, self.said, self.picture, self.told])
        self.attempt()

    @property
    def zones(self) -> list[str]:
        """The zone of each rate; empty before the whole slice is known."""
        if min(len(self.tried), len(self.unseen)) < len(RATES):
            return []
        losses = np.array([self.tried[k] for k in range(len(RATES))])
        return zones(RATES, losses, self.before)

    @answering
    def attempt(self) -> None:
        """Take one step at the slider's rate, sit the test again, and take the step back."""
        number = nearest(self.rate.value)
        if number not in self.tried:
            self._try(number)
        self.refresh()

    @answering
    def start(self) -> None:
        """Try all rates, in pieces."""
        self.worker.start(self._work())

    def advance(self) -> None:
        """Try all rates now."""
        for _ in self._work():
            pass
        self.refresh()

    def _work(self) -> Iterator[None]:
        for number in range(len(RATES)):
            if number not in self.tried:
                self._try(number)
                yield
            if number not in self.unseen:
                self.unseen[number] = self._after(number, self.bench.unseen)
                yield

    def _after(self, number: int, batch: Batch | None = None) -> float:
        return float(self.feedback.after(self.gradient, RATES[number], batch).mean())

    def _try(self, number: int) -> None:
        self.tried[number] = self._after(number)

    @answering
    def _moved(self, _: object) -> None:
        self.attempt()

    def refresh(self) -> None:
        """Show the rates tried, and the step that the slider stands on."""
        number = nearest(self.rate.value)
        if number not in self.tried:
            return
        found = self.zones
        if found and not self._named:
            self._named = True
            self._curve.show_zones(found)
            unseen = np.array([self.unseen[k] for k in range(len(RATES))])
            self.told.value = self._telling(RATES, found, unseen)
        zone = f" This is {_spoken(found[number])}." if found else ""
        working = f" Drawing: {len(self.unseen)} of {len(RATES)}." if self.worker.running else ""
        self.said.value = status(self.sentence(number) + zone + working)
        self.picture.value = self._draw(
            self._curve, self.tried, number, self.unseen if found else None
        )

    def _telling(self, rates: Floats, found: list[str], unseen: Floats) -> str:
        """What each zone means, and what the same steps do for a test that nobody studied."""
        items = "".join(
            f"<li><b>{zone}</b>, from {rates[found.index(zone)]:.2g} on: {MEANINGS[zone]}</li>"
            for zone in dict.fromkeys(found)
        )
        best = int(np.nanargmin(unseen))
        harm = np.flatnonzero(unseen[best:] >= self.unseen_before)
        until = f"; from {rates[best + harm[0]]:.2g} on the step does it harm" if len(harm) else ""
        promise = (
            "The dashed promise is a straight line in truth, bent only by this scale: half of the"
            " picture is the first hundredth of the way. It is kept for short steps."
        )
        plan = (
            f"The test that nobody studied goes from {self.unseen_before:.3f} to"
            f" {unseen[best]:.3f} at {rates[best]:.2g}, its best{until}. A plan is a plan for its"
            " own test. So training takes many short steps, each with a new plan."
        )
        return f"<ul>{items}</ul>{paragraph(promise)}{paragraph(plan)}"

    def sentence(self, number: int) -> str:
        """What a step at this rate promised and gave."""
        rate, after = RATES[number], self.tried[number]
        return (
            f"Learning rate {rate:.3g}: the loss goes from {self.before:.3f} to {after:.3f}."
            f" The plan promised a gain of {rate * self.squared:.3g}, the step gave"
            f" {self.before - after:+.3g}."
        )

    def _draw(
        self, curve: SliceCurve, tried: dict[int, float], here: int, unseen: dict[int, float] | None
    ) -> str:
        numbers = sorted(tried)
        rates, losses = RATES[numbers], np.array([tried[k] for k in numbers])
        losses = np.where(np.isfinite(losses), losses, 1e9)
        others = None if unseen is None else np.array([unseen[k] for k in numbers])
        words = f"loss after the step {tried[here]:.3f}"
        curve.update(rates, losses, numbers.index(here), words, others)
        return curve.canvas.html(slice_alt(rates, losses, self.before, words + ".", others))

    def still(self) -> str:
        """The whole slice, with the lowest place chosen."""
        numbers = range(len(RATES))[EVERY_OTHER]
        tried, unseen = (
            dict(
                zip(
                    numbers,
                    self.feedback.slice(self.gradient, RATES[EVERY_OTHER], batch),
                    strict=True,
                )
            )
            for batch in (None, self.bench.unseen)
        )
        losses = np.array([tried[k] for k in numbers])
        rates, curve = (
            RATES[EVERY_OTHER],
            SliceCurve(RATES[EVERY_OTHER], self.before, self._low, self.squared),
        )
        named = zones(rates, losses, self.before)
        curve.show_zones(named)
        picture = self._draw(curve, tried, numbers[int(np.argmin(losses))], unseen)
        told = self._telling(rates, named, np.array([unseen[k] for k in numbers]))
        return picture + paragraph(f"Before the step the loss is {self.before:.3f}.") + told


def _spoken(zone: str) -> str:
    return f"“{zone}”"


class LayersView(Panel):
    """``rate`` sets the promise of each layer, ``step`` (a button) steps each of them alone."""

    summary = "Each layer's improvement: promised, and given."

    def __init__(self, bench: Bench) -> None:
        self.feedback = bench.feedback
        self.gradient = self.feedback.gradient()
        self.layers = [*self.feedback.layers, EVERYTHING]
        self.rate = rate_slider(FIRST_RATE)
        self.step = W.Button(description="Step each layer alone", layout=W.Layout(width="200px"))
        self.said, self.picture = W.HTML(), W.HTML()
        self.given: dict[str, float] = {}
        self._bars = LayerBars(self.layers)
        self.worker = Worker(self.refresh, self.complain)
        self.rate.observe(self._moved, "value")
        self.step.on_click(lambda _: self.start())
        super().__init__([self.rate, self.step, self.said, self.picture])
        self.refresh()

    def promised(self, rate: float) -> dict[str, float]:
        """The improvement promised by each layer and by all at once, in nats."""
        found = self.feedback.layer_promises(self.gradient, rate)
        return {**found, EVERYTHING: sum(found.values())}

    @answering
    def start(self) -> None:
        """Step each layer alone, in pieces."""
        self.worker.start(self._work())

    def advance(self) -> None:
        """Step each layer alone, now."""
        for _ in self._work():
            pass
        self.refresh()

    def _work(self) -> Iterator[None]:
        rate = self.rate.value
        self.given = {}
        for layer, gain in self._gains(rate):
            self.given[layer] = gain
            yield

    def _gains(self, rate: float) -> Iterator[tuple[str, float]]:
        yield from self.feedback.layer_gains(self.gradient, rate)
        before = float(self.feedback.losses().mean())
        yield EVERYTHING, before - float(self.feedback.after(self.gradient, rate).mean())

    @answering
    def _moved(self, _: object) -> None:
        self.worker.stop()
        self.given = {}
        self.refresh()

    def refresh(self) -> None:
        """Show the promises, and what is known of the gains."""
        promised = self.promised(self.rate.value)
        if self.worker.running:
            said = f"Stepping: {len(self.given)} of {len(self.layers)}."
        elif len(self.given) < len(self.layers):
            said = "Promised only: press the button to see what each layer gives alone."
        else:
            said = self.sentence(promised, self.given)
        self.said.value = status(said)
        self.picture.value = self._draw(self._bars, promised, self.given, self.rate.value)

    def sentence(self, promised: dict[str, float], given: dict[str, float]) -> str:
        """How well the promise of all layers together was kept."""
        alone = sum(given[layer] for layer in self.layers[:-1])
        return (
            f"All layers at once: promised {promised[EVERYTHING]:.4f}, given"
            f" {given[EVERYTHING]:+.4f}. The layers one at a time give {alone:+.4f} in sum."
        )

    def _draw(
        self, bars: LayerBars, promised: dict[str, float], given: dict[str, float], rate: float
    ) -> str:
        plan = np.array([promised[layer] for layer in self.layers])
        gain = np.array([given.get(layer, np.nan) for layer in self.layers])
        words = f"learning rate {rate:.3g}"
        bars.update(plan, gain, words)
        return bars.canvas.html(layer_alt(self.layers, plan, gain, words + "."))

    def still(self) -> str:
        """All layers stepped alone."""
        rate = self.rate.value
        promised, given = self.promised(rate), dict(self._gains(rate))
        picture = self._draw(LayerBars(self.layers), promised, given, rate)
        return picture + paragraph(self.sentence(promised, given))
