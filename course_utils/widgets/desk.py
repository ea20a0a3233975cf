"""What the widgets of chapter 0 share: one sitting, and who wants to hear when it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from course_utils.material.batches import next_token_batches
from course_utils.student.model import GPT
from course_utils.training.loop import Step
from course_utils.training.presets import Preset
from course_utils.training.sitting import (
    EVEN,
    SMALLER,
    Chips,
    History,
    Moment,
    Paper,
    Recording,
    Sitting,
    example_chips,
    example_warm_up,
    load_recording,
)
from course_utils.widgets.panel import LOCK, Panel, text

PIECE = 25  # unseen stories that are measured between two looks at the controls
LIVE, SMALL, RECORDED = "this student", "a smaller student", "a recorded run"
UNPREDICTED = "Make your prediction above first."


@dataclass(frozen=True)
class Book:
    """Stories to read, shown as paragraphs."""

    stories: tuple[str, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        pages = "".join(f"<blockquote>{text(story)}</blockquote>" for story in self.stories)
        return {"text/plain": "\n\n".join(self.stories), "text/html": pages}


class Desk:
    """One sitting, its views, and which run is looked at: live, smaller, or recorded.

    Views subscribe by `listen` and are called after every `changed`. A notebook may handle each
    widget's messages in a thread of its own (kernel subshells), so whoever uses the student or
    draws holds ``lock``. ``predicted`` says whether the prediction was answered: until then, and
    before the first step, no view shows how the untrained student does.
    """

    lock = LOCK

    def __init__(self, sitting: Sitting | None = None) -> None:
        self.sitting = Sitting() if sitting is None else sitting
        self.usual = self.sitting.preset
        self.recording: Recording = load_recording()
        self.kind = LIVE
        self.untrained = self.sitting.untrained
        self._fresh: dict[str, float] = {}  # a fresh student's loss on all unseen stories
        self.unseen_now: float | None = None
        self._played = 0  # steps of the recorded run that were shown
        self.predicted = False
        self._listeners: list[Callable[[], None]] = []
        for _ in self._measure_fresh():
            pass

    def listen(self, view: Callable[[], None]) -> Callable[[], None]:
        """Call ``view`` whenever something changed, until what is returned is called."""
        self._listeners.append(view)

        def end() -> None:
            if view in self._listeners:
                self._listeners.remove(view)

        return end

    def changed(self) -> None:
        """Tell every view."""
        with self.lock:
            for view in list(self._listeners):
                view()

    def book(self, count: int) -> Book:
        """So many stories of the book that the student reads."""
        return Book(tuple(self.sitting.book(count)))

    @property
    def hidden(self) -> bool:
        """Whether the student must not be seen yet: it would answer the prediction."""
        return not self.predicted and not self.step

    def answered(self) -> None:
        """The prediction was answered: from now on every view shows the student."""
        if not self.predicted:
            self.predicted = True
            self.changed()

    # Training, live or recorded under the same controls

    def use(self, kind: str) -> None:
        """Choose which run is looked at, and begin it anew. Raises `ValueError` if unknown."""
        if kind not in (LIVE, SMALL, RECORDED):
            raise ValueError(f"There is no run {kind!r}; choose {LIVE}, {SMALL} or {RECORDED}.")
        self.kind = kind
        preset: Preset = SMALLER if kind == SMALL else self.usual
        with self.lock:
            self.sitting.preset = preset
            self.reset()

    def reset(self) -> None:
        """A fresh student; the learner's paper stays."""
        with self.lock:
            self._played = 0
            self.sitting.reset()
            self.unseen_now = None

    @property
    def unseen_before(self) -> float | None:
        """A fresh student's loss on all unseen stories; None until `look_up` has measured it."""
        if self.kind == RECORDED:
            return self.recording.moments[0].unseen
        return self._fresh.get(self.sitting.preset.name)

    def _measure_fresh(self) -> Iterator[None]:
        # Each reset makes the same student again, so it is measured once.
        preset = self.sitting.preset
        if preset.name in self._fresh:
            return
        model, _ = self.sitting.fresh_student()
        for loss in self._measure(model):
            if loss is not None:
                self._fresh[preset.name] = loss
            yield

    def _measure(self, model: GPT) -> Iterator[float | None]:
        """The loss on all unseen stories piece by piece: None until the last piece."""
        total, questions = 0.0, 0
        for batch in next_token_batches(self.sitting.unseen, PIECE):
            with self.lock:
                total += model.loss(batch.inputs, batch.targets) * batch.questions
            questions += batch.questions
            yield None
        yield total / questions

    def advance(self, steps: int = 1) -> Step | None:
        """Go on by so many steps."""
        if self.kind == RECORDED:
            self._played = min(self._played + steps, self.total)
            self.unseen_now = self.moment.unseen
            return None
        with self.lock:
            self.unseen_now = None
            return self.sitting.advance(steps)

    def look_up(self) -> Iterator[None]:
        """Measure the student as it is now on all unseen stories, piece by piece.

        The caller may do other things between two pieces. If the student changes meanwhile, the
        measurement is dropped.
        """
        if self.kind == RECORDED:
            return
        yield from self._measure_fresh()
        step, run = self.step, self.sitting.run
        for loss in self._measure(self.sitting.model):
            with self.lock:
                if self.sitting.run is not run or self.step != step:
                    return
                self.unseen_now = loss
            yield

    @property
    def total(self) -> int:
        """How many steps the whole run has."""
        if self.kind == RECORDED:
            return self.recording.history.six_steps[-1]
        return self.sitting.preset.settings.steps

    @property
    def step(self) -> int:
        """How many steps were made."""
        return self._played if self.kind == RECORDED else self.sitting.run.step

    @property
    def done(self) -> bool:
        """Whether the run is at its end."""
        return self.step >= self.total

    @property
    def history(self) -> History:
        """What was seen up to now."""
        return self.history_until(self._played) if self.kind == RECORDED else self.sitting.history

    def history_until(self, step: int) -> History:
        """The recorded history up to a step."""
        h = self.recording.history
        points = sum(s <= step for s in h.steps)
        return History(
            h.steps[:points], h.unseen[:points], h.six_steps[: step + 1], h.six[: step + 1]
        )

    @property
    def moment(self) -> Moment:
        """Of the recorded run: the last moment that was kept."""
        return self.recording.moment(self._played)

    @property
    def seen_at(self) -> int:
        """After which step the student was as its story and its unseen loss show it."""
        return self.moment.step if self.kind == RECORDED else self.step

    def story_before(self) -> str:
        """What the student wrote before the first step."""
        return self.recording.moments[0].story if self.kind == RECORDED else self.sitting.before

    def story_now(self) -> str:
        """What the student writes now; in a recorded run, what it wrote at the last moment kept."""
        return self.moment.story if self.kind == RECORDED else self.sitting.write()

    # The example learner of the saved pictures

    def example_chips(self) -> list[Chips]:
        """An imagined learner's chips."""
        return example_chips(self.sitting)

    def example_warm_up(self) -> Chips:
        """The same learner's chips on the warm-up question."""
        return example_warm_up(self.sitting)

    def even_paper(self) -> Paper:
        """Chips spread evenly on all six, graded."""
        return self.sitting.grade([EVEN] * len(self.sitting.questions))

    def best_chips_paper(self) -> Paper:
        """The chips of somebody who knows the stories' rules, graded."""
        return self.sitting.grade(self.sitting.best_chips())

    def example_paper(self) -> Paper:
        """The same, graded."""
        return self.sitting.grade(self.example_chips())


class DeskView(Panel):
    """A panel that shows a desk; it hears of every change until it is closed."""

    def follow(self, desk: Desk) -> None:
        """Refresh now, and whenever the desk changes."""
        self.until_closed(desk.listen(self.refresh))
        self.refresh()

    def until_closed(self, end: Callable[[], None]) -> None:
        """Call ``end`` when this view is closed."""
        self._ends = [*getattr(self, "_ends", []), end]

    def refresh(self) -> None:
        """Show the desk as it is now."""
        raise NotImplementedError

    def close(self) -> None:
        """Close this view; it no longer hears of the desk."""
        ends = getattr(self, "_ends", [])
        while ends:
            ends.pop()()
        super().close()
