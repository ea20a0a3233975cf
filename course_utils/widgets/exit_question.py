"""The question at the end of chapter 0: when did the student change?"""

from __future__ import annotations

from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import EXAMPLE, FOLDED, folded, paragraph, text

ANSWERS = {
    "while it answered the test": (
        "No: the forward pass leaves no trace. It could answer the same test all day."
    ),
    "when its paper was graded": "No: the loss only measures. A mark on a paper changes nobody.",
    "when the feedback was written": (
        "Not yet: backpropagation writes the plan for each weight, and moves none."
    ),
    "when it studied the feedback": (
        "Yes: only the optimizer step moves the weights, and the weights are all it keeps."
    ),
}


class ExitQuestion(ChoiceCard):
    """Four options, each with its explanation."""

    summary = "A question: when did the student change?"

    def __init__(self) -> None:
        options, explanations = list(ANSWERS), list(ANSWERS.values())
        super().__init__(
            "When did the student change?", options, explanations, example=3,
            name="start: when the student changed", right=3,
        )  # fmt: skip

    def still(self) -> str:
        """The question; the example's answer is folded."""
        items = "".join(f"<li>{text(option)}</li>" for option in self.prediction.options)
        said = f"{EXAMPLE}: {self.prediction.options[self.example]}."
        answer = paragraph(f"{said} {self.explanations[self.example]}")
        question = f"<p><b>{text(self.prediction.question)}</b></p><ul>{items}</ul>"
        return question + folded(FOLDED, answer)
