"""A question to try the chips on; nothing is graded."""

from __future__ import annotations

from course_utils.widgets.chip_board import ChipBoard
from course_utils.widgets.desk import Desk


class WarmUp(ChipBoard):
    """The warm-up question of a desk."""

    summary = "A warm-up question with five boxes for twenty chips; it isn't graded."

    def __init__(self, desk: Desk) -> None:
        sitting = desk.sitting
        super().__init__(sitting.warm_up, sitting.grammar, example=(8, 6, 3, 2, 1))
