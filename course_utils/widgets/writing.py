"""What the student writes, before and after."""

from __future__ import annotations

import ipywidgets as W

from course_utils.widgets.desk import RECORDED, UNPREDICTED, Desk, DeskView
from course_utils.widgets.panel import paragraph, text


class Writing(DeskView):
    """Two stories by the same student: untrained, and as it is now."""

    summary = "What the student writes before and after training."

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.view = W.HTML()
        super().__init__([self.view])
        self.follow(desk)

    def refresh(self) -> None:
        """Let it write again."""
        desk = self.desk
        if desk.hidden:
            self.view.value = paragraph(UNPREDICTED)
            return
        after = desk.story_now() if desk.step else "Not trained yet: press Play above."
        when = "After training"
        if desk.step:
            when = f"After step {desk.step}"
            if desk.seen_at != desk.step:
                when = f"As it was at step {desk.seen_at}"
            if desk.kind == RECORDED:
                when += " (recorded)"
        self.view.value = self._page(desk.story_before(), after, when)

    def _page(self, before: str, after: str, when: str) -> str:
        return (
            f"<p><b>Before the first step</b></p><blockquote>{text(before)}</blockquote>"
            f"<p><b>{text(when)}</b></p><blockquote>{text(after)}</blockquote>"
        )

    def still(self) -> str:
        """The recorded run's stories."""
        first, *_, last = self.desk.recording.moments
        page = self._page(first.story, last.story, f"After step {last.step}")
        return paragraph("From a recorded run:") + page
