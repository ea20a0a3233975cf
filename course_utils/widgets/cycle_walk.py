"""The cycle lights up part by part, with the field's words."""

from __future__ import annotations

import ipywidgets as W

from course_utils.figures.cycle import CENTRE, PARTS, CycleRing, cycle_alt
from course_utils.training.sitting import ExampleStep
from course_utils.widgets.desk import Desk
from course_utils.widgets.panel import Panel, answering, paragraph, status, text

EPOCH = "every story once: an epoch"


def number(value: float) -> str:
    """A weight or a slope as people write it."""
    return f"{value:.4f}".replace("-", "−")


class CycleWalk(Panel):
    """``next_button`` lights the next part; ``number`` says which is lit."""

    summary = "The cycle of training, part by part."

    def __init__(self, desk: Desk) -> None:
        self.number, self.desk = 0, desk
        self._ring = CycleRing()
        self._example: ExampleStep | None = None
        self.terms = [*(term for term, _ in PARTS), CENTRE[0]]
        self.next_button = W.Button(description="Next part")
        self.next_button.on_click(lambda _: self.light(self.number + 1))
        self.picture, self.said = W.HTML(), W.HTML()
        super().__init__([self.next_button, self.said, self.picture])
        self.light(0)

    @answering
    def light(self, number: int) -> None:
        """Light one part (from 0); after the last comes the first."""
        self.number = number % len(self.terms)
        place = f"{self.number + 1} of {len(self.terms)}"
        self.said.value = status(f"{place}. {self.sentence(self.number, self.desk.step)}")
        self.picture.value = self._drawn(self.terms[self.number])

    def sentence(self, part: int, steps: int) -> str:
        """What is said about a part when the student has made so many steps."""
        settings, vocab = self.desk.usual.settings, self.desk.sitting.grammar.vocab_size
        step = self._step()
        before, slope, after = map(number, (step.before, step.slope, step.after))
        return (
            f"batch: a test. {settings.batch_size} stories at a time;"
            f" the first test had {step.questions} questions.",
            "forward pass: the attempt. For every question a share of confidence on each of the"
            f" {vocab} choices.",
            "loss: the grading. One number: the mean cost over all questions.",
            "backpropagation: the feedback. For each weight, which way lowers the loss, and how"
            f" steeply. One weight of a fresh student: it is {before}, and its slope is"
            f" {slope}, so {'less' if step.slope > 0 else 'more'} of it is better.",
            "optimizer step: studying. Nearly every weight moves a little, and only here the"
            f" student changes. That weight: {before} became {after}. The right"
            f" word of one question, “{step.word}”, had {step.points_before:.2f} points of 100"
            f" before and {step.points_after:.2f} after.",
            f"iteration: the whole turn. {self._turns(steps)}",
        )[part]

    def _turns(self, steps: int) -> str:
        rows, size = len(self.desk.sitting.rows), self.desk.usual.settings.batch_size
        epoch = -(-rows // size)
        made = {0: "Your student has made none yet", 1: "Your student has made 1"}
        said = made.get(steps, f"Your student has made {steps}")
        return f"{said}; each {epoch} show it {EPOCH}."

    def _step(self) -> ExampleStep:
        if self._example is None:
            self._example = self.desk.sitting.example_step()
        return self._example

    def _drawn(self, term: str) -> str:
        self._ring.light((term,))
        return self._ring.canvas.html(cycle_alt((term,)))

    def still(self) -> str:
        """The ring with its last part lit, and all sentences for the recorded run."""
        steps = self.desk.recording.moments[-1].step
        sentences = [self.sentence(i, steps) for i in range(len(self.terms))]
        items = "".join(f"<li>{text(sentence)}</li>" for sentence in sentences)
        return paragraph("One part after the other:") + f"<ol>{items}</ol>" + self._drawn(CENTRE[0])
