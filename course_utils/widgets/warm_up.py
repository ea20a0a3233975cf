"""A question to try the chips on; nothing is graded."""

from __future__ import annotations

import ipywidgets as W

from course_utils.material.questions import CHIPS
from course_utils.widgets.chip_board import ALL_ON_ONE, ChipBoard
from course_utils.widgets.desk import Desk
from course_utils.widgets.panel import status


class WarmUp(ChipBoard):
    """The warm-up question of a desk; ``show_button`` says how the story went on."""

    summary = "A warm-up question with five boxes for twenty chips; it isn't graded."
    hint = ALL_ON_ONE
    compares = False  # a blind guess is explained later

    def __init__(self, desk: Desk) -> None:
        sitting = desk.sitting
        self.show_button = W.Button(description="Show the word")
        self.reply = W.HTML()
        self.show_button.on_click(lambda _: self.reveal())
        self.below = [self.show_button, self.reply]
        super().__init__(
            sitting.warm_up, sitting.grammar, self._forget, example=desk.example_warm_up()
        )

    def reveal(self) -> None:
        """Say which word came, and what it costs; first all chips must be placed."""
        if self.left:
            self.reply.value = status(f"Place all {CHIPS} chips first.")
            return
        box = self.question.answer_box
        count = self.chips[box]
        chips = f"{count} chip{'s' if count > 1 else ''}"
        self.reply.value = status(
            f"It went on with “{self.spelled(self.question.answer)}”. You had {chips} on it: that"
            f" costs {self.cost(box):.2f}."
        )

    def _forget(self) -> None:
        self.reply.value = ""
