"""What the student writes, before and after."""

from __future__ import annotations

import ipywidgets as W

from course_utils.widgets.desk import RECORDED, Desk
from course_utils.widgets.panel import Panel, paragraph, text


class Writing(Panel):
    """Two stories by the same student: untrained, and as it is now."""

    summary = "What the student writes before and after training."

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.view = W.HTML()
        super().__init__([self.view])
        desk.listen(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Let it write again."""
        desk = self.desk
        recorded = desk.kind == RECORDED
        before = desk.recording.before if recorded else desk.sitting.before
        if not desk.step:
            after = "Not trained yet: press Play above."
        elif recorded and not desk.done:
            after = "Of the recorded run only the end was kept: press Play until it is there."
        else:
            after = desk.story_now()
        when = f"After step {desk.step}" if desk.step else "After training"
        self.view.value = self._page(before, after, when)

    def _page(self, before: str, after: str, when: str) -> str:
        return (
            f"<p><b>Before the first step</b></p><blockquote>{text(before)}</blockquote>"
            f"<p><b>{text(when)}</b></p><blockquote>{text(after)}</blockquote>"
        )

    def still(self) -> str:
        """The recorded run's stories."""
        recording = self.desk.recording
        steps = recording.history.six_steps[-1]
        page = self._page(recording.before, recording.after, f"After step {steps}")
        return paragraph("From a recorded run:") + page
