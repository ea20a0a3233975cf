"""The question at the end of chapter 0: when did the student change?"""

from __future__ import annotations

from course_utils.widgets.choice_card import ChoiceCard

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
        super().__init__("When did the student change?", options, explanations, example=3)
