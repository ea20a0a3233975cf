"""Chapter 0's prediction: how will a student do that has learned nothing?"""

from __future__ import annotations

from course_utils.learning.verdict import ABOUT, BETWEEN, WORSE
from course_utils.widgets.choice_card import ChoiceCard


class FirstPrediction(ChoiceCard):
    """Three options; `PapersBack` answers it, and from then on it is kept as it is."""

    summary = "A prediction: how will the untrained student do?"

    def __init__(self) -> None:
        super().__init__(
            "Before it has learned anything, how will the student do?",
            [BETWEEN, ABOUT, WORSE],
            example=1,
            name="start: the untrained student",
            confidence=True,
        )
