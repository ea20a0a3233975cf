"""The score board: these six questions, and five hundred unseen stories."""

from __future__ import annotations

import ipywidgets as W

from course_utils.learning.progress import shared
from course_utils.learning.report import BOARD, SCORE
from course_utils.learning.verdict import verdict
from course_utils.widgets.desk import RECORDED, UNPREDICTED, Desk, DeskView
from course_utils.widgets.panel import EXAMPLE, paragraph, table, text


def number(loss: float | None) -> str:
    """A loss as the board shows it; or what is missing."""
    return "still measuring" if loss is None else f"{loss:.2f}"


class ScoreBoard(DeskView):
    """Mean losses of everybody, and a sentence that fits what happened."""

    summary = "The score board."

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        sitting = desk.sitting
        self._six, self._all = sitting.lines_for_six(), sitting.lines(len(sitting.unseen))
        self._luck = sitting.luck()
        self.view = W.HTML()
        self._recorded: object = None
        super().__init__([self.view])
        self.follow(desk)

    def refresh(self) -> None:
        """Show the marks as they are now."""
        desk = self.desk
        mine = desk.sitting.learner_paper()
        mark = None if mine is None else mine.loss
        now = desk.history.six[-1]
        passed = None if mark is None else desk.history.passing(mark, desk.total)
        if mine is not None and desk.hidden:
            self.view.value = f'<p role="status">{text(UNPREDICTED)}</p>'
            return
        said = verdict(mark, now, self._six["floor"], desk.step, passed)
        if mine is None and not desk.step:  # nothing may be seen before it is predicted
            self.view.value = f'<p role="status">{text(said)}</p>'
            return
        unseen = desk.unseen_now if desk.step else desk.unseen_before
        self._record(mark, now, unseen)
        page = self._page(
            mark, desk.history.six[0], desk.unseen_before, now, unseen, desk.step, desk.seen_at
        )
        self.view.value = f'{page}<p role="status">{text(said)}</p>'

    def _record(self, mark: float | None, six: float, unseen: float | None) -> None:
        """Keep the result at the end of a run, once for each pair of marks."""
        desk = self.desk
        key = (mark, desk.kind, six, unseen)
        if mark is None or unseen is None or not desk.done or key == self._recorded:
            return
        self._recorded = key
        progress = shared()
        progress.record(
            SCORE, BOARD,
            {
                "learner": mark, "student": six, "unseen": unseen, "step": desk.step,
                "kind": desk.kind, "floor": self._six["floor"], "uniform": self._six["uniform"],
            },
        )  # fmt: skip
        self.tell(progress)

    def _page(
        self, mark: float | None, six_before: float, before: float | None, six_now: float,
        now: float | None, step: int, seen_at: int,
    ) -> str:  # fmt: skip
        low, high = self._luck
        then = "" if seen_at == step else f" (as it was at step {seen_at})"
        made = " (recorded)" if self.desk.kind == RECORDED else ""
        even, chips = self.desk.even_paper().loss, self.desk.best_chips_paper().loss
        rows = [
            ["blind guess", f"{self._six['uniform']:.2f}", f"{self._all['uniform']:.2f}"],
            ["untrained student", f"{six_before:.2f}", number(before)],
            ["best counting", f"{self._six['counting']:.2f}", f"{self._all['counting']:.2f}"],
            ["chips spread evenly", f"{even:.2f}", "–"],
            ["you", "not answered yet" if mark is None else f"{mark:.2f}", "–"],
            ["best possible with chips", f"{chips:.2f}", "–"],
            [
                "best possible",
                f"{self._six['floor']:.2f} (in 95 of 100 cases {low:.2f} to {high:.2f})",
                f"{self._all['floor']:.2f}",
            ],
        ]
        if step:
            student = [f"student after step {step}{made}", f"{six_now:.2f}", number(now) + then]
            rows.insert(-2, student)
        count = len(self.desk.sitting.unseen)
        head = ["mean loss, lower is better", "these six", f"{count} unseen stories"]
        return table(head, rows, "Score board")

    def still(self) -> str:
        """The marks of an example learner and of the recorded run."""
        recording, mark = self.desk.recording, self.desk.example_paper().loss
        history = recording.history
        steps, passed = history.six_steps[-1], history.passing(mark, history.six_steps[-1])
        page = self._page(
            mark, history.six[0], recording.moments[0].unseen, history.six[-1],
            recording.moments[-1].unseen, steps, steps,
        )  # fmt: skip
        said = verdict(mark, history.six[-1], self._six["floor"], steps, passed)
        return paragraph(f"{EXAMPLE}, and a recorded run:") + page + paragraph(said)
