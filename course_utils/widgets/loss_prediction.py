"""Chapter 3's prediction: who has the lower mean loss, an even student or a bold one?"""

from __future__ import annotations

import math

from course_utils.widgets.choice_card import ChoiceCard

EVEN = (0.5, 0.5)
BOLD = (0.99, 0.01)


def mean_loss(probabilities: tuple[float, ...]) -> float:
    """The mean of −ln p, in nats."""
    return sum(-math.log(p) for p in probabilities) / len(probabilities)


def _prices(probabilities: tuple[float, ...]) -> str:
    return " and ".join(f"{-math.log(p):.2f}" for p in probabilities)


class LossPrediction(ChoiceCard):
    """Two questions, two students: 50 % and 50 % on the right words, or 99 % and 1 %."""

    summary = "A prediction: who gets the lower loss, the even or the bold student?"

    def __init__(self) -> None:
        even, bold = mean_loss(EVEN), mean_loss(BOLD)
        found = (
            f"Even pays {_prices(EVEN)}; Bold pays {_prices(BOLD)}. So Even's mean loss is"
            f" {even:.2f}, Bold's {bold:.2f}."
        )
        super().__init__(
            "Two questions. Even puts 50 % on the right word both times. Bold puts 99 % on it once"
            " and 1 % the other time: also 50 % in the mean. Who has the lower mean loss?",
            ["Even", "Bold", "both the same"],
            [
                f"Yes. {found}",
                f"No. {found}",
                f"No: the percentages have the same mean, the losses haven't. {found}",
            ],
            example=2,
            name="loss: even or bold",
            confidence=True,
            right=0 if even < bold else 1,
        )
