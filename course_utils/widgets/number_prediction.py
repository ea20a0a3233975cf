"""A prediction of a number: a mark on a scale, how sure that it's near, and what came of it."""

from __future__ import annotations

import math

import ipywidgets as W

from course_utils.figures.predictions import NumberScale, Scale, number_alt
from course_utils.learning.prediction import (
    NUMBER,
    PredictionLog,
    grade_sentence,
    statement_levels,
)
from course_utils.learning.progress import Progress
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, text

KEEP, CHANGE = "Keep my number", "Change my number"
PER_DECADE = 20  # steps of a logarithmic slider for a factor of ten
STEPS = 100
EXAMPLE_SURE = 0.6
NOT_YET = "Not answered yet: move the mark, say how sure you are, and keep it."


class NumberPrediction(Panel):
    """A ``question`` whose answer is a number from ``low`` to ``high``, in ``unit``.

    ``guess`` is a slider (arrow keys move it, and its number can be typed), on a logarithmic scale
    with ``log``. ``margin`` says how near counts as right: a distance, or with ``log`` a factor.
    ``sure`` is how sure the learner is to be as near; ``keep_button`` makes the prediction.
    `outcome` shows what came beside it. ``name`` keeps it in the learner's progress; ``example`` is
    what the saved picture shows. Raises `ValueError` for an impossible scale or margin.
    """

    summary = "A prediction: a number on a scale."

    def __init__(
        self, question: str, low: float, high: float, margin: float, unit: str = "",
        log: bool = False, example: float | None = None, name: str | None = None,
        progress: Progress | None = None,
    ) -> None:  # fmt: skip
        self.question, self.scale = question, Scale(low, high, unit, log, margin)
        self.memory = PredictionLog(name, NUMBER, progress=progress)
        middle = math.sqrt(low * high) if log else (low + high) / 2
        self.example = middle if example is None else example
        self.made: float | None = None
        self.came: float | None = None
        self._moved = False
        wide = W.Layout(width="min(520px, 95%)")
        if log:
            self.guess = W.FloatLogSlider(
                middle, min=math.log10(low), max=math.log10(high), step=1 / PER_DECADE,
                readout_format=".3~g" if high < 1000 else ",.0f", description="Your number:",
                layout=wide,
            )  # fmt: skip
        else:
            step = _step(low, high)
            digits = max(0, -math.floor(math.log10(step)))
            self.guess = W.FloatSlider(
                round(middle / step) * step, min=low, max=high, step=step,
                readout_format=f".{digits}f", description="Your number:", layout=wide,
            )  # fmt: skip
        self.sure = W.SelectionSlider(
            options=statement_levels(), value=0.5, description="How sure?",
            layout=W.Layout(width="min(420px, 95%)"),
        )  # fmt: skip
        self.keep_button = W.Button(description=KEEP, layout=W.Layout(width="170px"))
        self.reply, self.picture = W.HTML(), W.HTML()
        self._figure = NumberScale(self.scale)
        self.guess.observe(self._slid, "value")
        self.keep_button.on_click(lambda _: self.press())
        near = W.HTML(paragraph(f"How sure are you to be within {self.scale.margin_said()}?"))
        self._asked = W.VBox([self.guess, near, self.sure, self.keep_button])
        heading = W.HTML(f"<p><b>{text(question)}</b></p>")
        super().__init__([heading, self._asked, self.reply, self.picture])
        self.refresh()

    def place(self, value: float) -> None:
        """Move the mark. Raises `ValueError` outside the scale."""
        if not self.scale.low <= value <= self.scale.high:
            raise ValueError(
                f"The scale goes from {self.scale.said(self.scale.low)} to"
                f" {self.scale.said(self.scale.high)}; {value:g} isn't on it."
            )
        self.guess.value = value
        self._moved = True
        self.refresh()

    @answering
    def press(self) -> None:
        """What the button does: keep the number, or take it back while its outcome is unknown."""
        if self.came is not None:
            return
        if self.made is not None:
            self.made = None
            self.memory.withdrawn()
        elif not self._moved:
            raise ValueError("Move the mark first, then keep your number.")
        else:
            self.made = float(self.guess.value)
            self.memory.answered(self.made, float(self.sure.value))
            self.tell(self.memory.progress)
        self.refresh()

    def outcome(self, value: float, said: str = "") -> None:
        """Show and keep what came, with a sentence about it; nothing before there is a number."""
        if self.made is None or self.came is not None:
            return
        self.came = float(value)
        self._said = said
        self.memory.came(self.came, self.scale.near(self.made, self.came))
        self.refresh()
        self.tell(self.memory.progress)

    @answering
    def _slid(self, _: object) -> None:
        self._moved = True
        self.refresh()

    def refresh(self) -> None:
        """Show the scale as it is now."""
        made, came = self.made is not None, self.came is not None
        self.guess.disabled = self.sure.disabled = made
        self._asked.layout.display = "none" if came else ""
        self.keep_button.description = CHANGE if made else KEEP
        guess = float(self.guess.value) if self._moved else None
        self._figure.update(guess, self.came)
        self.picture.value = self._figure.canvas.html(number_alt(self.scale, guess, self.came))
        self.reply.value = status(self._sentence())

    def _sentence(self) -> str:
        if self.made is None:
            return NOT_YET
        sure = float(self.sure.value)
        if self.came is None:
            return (
                f"Kept: {self.scale.said(self.made)}, {100 * sure:.0f} % sure to be within"
                f" {self.scale.margin_said()}."
            )
        said = _outcome_said(self.scale, self.made, self.came, sure)
        return f"{said} {self._said}".strip()

    def still(self) -> str:
        """The question with an example learner's number."""
        figure = NumberScale(self.scale)
        figure.update(self.example)
        said = (
            f"{EXAMPLE}: {self.scale.said(self.example)}, {100 * EXAMPLE_SURE:.0f} % sure to be"
            f" within {self.scale.margin_said()}."
        )
        picture = figure.canvas.html(number_alt(self.scale, self.example))
        return f"<p><b>{text(self.question)}</b></p>{paragraph(said)}{picture}"


def _outcome_said(scale: Scale, made: float, came: float, sure: float) -> str:
    near = scale.near(made, came)
    grade = grade_sentence(sure, near, 2)
    return (
        f"You said {scale.said(made)}, {100 * sure:.0f} % sure to be within"
        f" {scale.margin_said()}. It is {scale.said(came)}: {'within' if near else 'not within'}."
        f" {grade}"
    )


def _step(low: float, high: float) -> float:
    """A round step of which about `STEPS` make the whole scale."""
    rough = (high - low) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= rough - 1e-12)
