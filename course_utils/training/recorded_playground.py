"""Runs that were made before, for pages without a kernel: labelled as recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from course_utils.training.corpus import story_corpus
from course_utils.training.playground import (
    BLANK,
    FILL,
    OWN,
    STORIES,
    Plan,
    PlannedRun,
    with_text,
)
from course_utils.training.room import Plan as Outline
from course_utils.training.room import Track

RECORD = Path(__file__).with_name("recorded_playground.json")
LINES = 400  # stories of the text that stands in for a learner's own
DIGITS = 4  # after the point: a record is to be looked at
PROMPT = "Today Tom"
SENTENCE = (  # the name that "her" belongs to stands before it and after it
    f"Today Mia was eight. Max found a red kite for {BLANK} and hid it in the library. Soon Mia ran"
    " to the library."
)


@dataclass(frozen=True)
class Recorded:
    """A run of a ``plan``: its ``track``, its ``lines``, what it has ``written``, and an intro."""

    plan: Plan
    track: Track
    lines: dict[str, float]
    written: str
    intro: str


def example_text() -> str:
    """A text that stands in for a learner's own: stories, one a line."""
    corpus = story_corpus(LINES)
    return "".join(corpus.text(row) + "\n" for row in corpus.rows)


def examples() -> dict[str, Plan]:
    """The plans that are recorded, by name."""
    return {
        "next token": Plan(),
        "fill in": Plan(objective=FILL),
        "fill in, longer": Plan(objective=FILL, batch=32, steps=2000),
        "own": with_text(Plan(tokens="characters", steps=1500), OWN, example_text()),
    }


def record(plan: Plan) -> dict[str, Any]:
    """Make a run and return what is kept of it."""
    run = PlannedRun(plan, example_text() if plan.text == OWN else None)
    run.advance(plan.steps)
    if plan.masked:
        written = "; ".join(f"{w} {p:.0%}" for w, p in run.fill(SENTENCE))
    else:
        written = run.write(PROMPT, 120 if plan.text == OWN else 60)
    track = run.track
    return {
        "plan": plan.to_string(), "rows": track.plan.rows, "written": written,
        "practice": [round(loss, DIGITS) for loss in track.practice],
        "held_steps": track.held_steps,
        "held_out": [round(loss, DIGITS) for loss in track.held_out],
        "lines": {role: round(loss, DIGITS) for role, loss in run.lines.items()},
    }  # fmt: skip


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return content


def nearest(plan: Plan) -> str:
    """The name of the recorded run that is nearest to a plan: the very same, or of its kind."""
    string = plan.to_string()
    same = [name for name, kept in _content().items() if kept["plan"] == string]
    if same:
        return same[0]
    if plan.text != STORIES:
        return "own"
    return "fill in, longer" if plan.masked else "next token"


def recorded(name: str = "next token") -> Recorded:
    """A recorded run. Raises `ValueError` that lists the names."""
    if name not in _content():
        raise ValueError(f"No run {name!r} was recorded; choose {', '.join(_content())}.")
    kept = _content()[name]
    plan = Plan.from_string(kept["plan"])
    outline = Outline(
        kept["rows"], plan.steps, plan.batch, plan.learning_rate, plan.layers, plan.heads,
        plan.channels, plan.masked, plan.seed,
    )  # fmt: skip
    track = Track(outline, kept["practice"], [], [], kept["held_steps"], kept["held_out"])
    intro = "A recorded run, in place of yours:"
    if name == "own":
        intro = f"A recorded run on {LINES} stories as characters, in place of your text:"
    return Recorded(plan, track, kept["lines"], kept["written"], intro)


class RecordedRun:
    """A recorded run under the controls of a `PlannedRun`: shown step by step, nothing is trained.

    ``plan``, ``lines``, ``step``, ``track`` and ``done`` read as those of a run that is trained.
    """

    def __init__(self, kept: Recorded) -> None:
        self.kept, self.step = kept, 0
        self.plan, self.lines = kept.plan, kept.lines

    @property
    def track(self) -> Track:
        """What was seen up to now."""
        return self.kept.track.until(self.step)

    @property
    def done(self) -> bool:
        """Whether all of it was shown."""
        return self.step >= self.plan.steps

    def advance(self, steps: int) -> None:
        """Show so many steps more."""
        self.step = min(self.step + steps, self.plan.steps)

    def work(self, steps: int) -> Iterator[None]:
        """Show so many steps more, one at a time."""
        for _ in range(min(steps, self.plan.steps - self.step)):
            self.step += 1
            yield
