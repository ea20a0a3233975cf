"""The cycle lights up part by part, with the field's words."""

from __future__ import annotations

import ipywidgets as W

from course_utils.figures.cycle import CENTRE, PARTS, CycleRing, cycle_alt
from course_utils.widgets.panel import Panel, paragraph, text

SAID = (
    "batch: a test. The student got 16 stories at a time, about 700 questions.",
    "forward pass: the attempt. It put some of its confidence on each of all the words.",
    "loss: the grading. One number: how little confidence lay on the right words.",
    "backpropagation: the feedback. For each weight: which way would have been better?",
    "optimizer step: studying. Every weight moved a little, and only here the student changed.",
    "iteration: once round. Play went round hundreds of times; all stories once is an epoch.",
)


class CycleWalk(Panel):
    """``next_button`` lights the next part; ``number`` says which is lit."""

    summary = "The cycle of training, part by part."

    def __init__(self) -> None:
        self.number = 0
        self._ring = CycleRing()
        self.terms = [*(term for term, _ in PARTS), CENTRE[0]]
        self.next_button = W.Button(description="Next part")
        self.next_button.on_click(lambda _: self.light(self.number + 1))
        self.picture, self.said = W.HTML(), W.HTML()
        super().__init__([self.next_button, self.said, self.picture])
        self.light(0)

    def light(self, number: int) -> None:
        """Light one part (from 0); after the last comes the first."""
        self.number = number % len(self.terms)
        self.said.value = f'<p role="status">{text(SAID[self.number])}</p>'
        self.picture.value = self._drawn(self.terms[self.number])

    def _drawn(self, term: str) -> str:
        self._ring.light((term,))
        return self._ring.canvas.html(cycle_alt((term,)))

    def still(self) -> str:
        """The ring with its last part lit, and all sentences."""
        items = "".join(f"<li>{text(sentence)}</li>" for sentence in SAID)
        return paragraph("One part after the other:") + f"<ol>{items}</ol>" + self._drawn(CENTRE[0])
