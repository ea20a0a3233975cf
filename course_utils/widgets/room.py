"""What the views of one training room share: its runs, the learner's guess, the look back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import numpy as np

from course_utils.figures.room import guess_places
from course_utils.learning.prediction import CURVE, PredictionLog, grade_sentence
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.room import (
    EVERY,
    FEW,
    MANY,
    PAIR_STEPS,
    WATCHED,
    LiveRun,
    Moment,
    Plan,
    Recording,
    Replay,
    Track,
    fingerprint,
    load_recording,
    reference_lines,
)
from course_utils.widgets.desk import LIVE, RECORDED, SMALL
from course_utils.widgets.panel import LOCK
from course_utils.widgets.worker import BREATH, REST, Worker

OBJECTIVES = ("next token", "fill in")
FEW_ROWS, MANY_ROWS = "few", "many"
PATIENCE = 20.0  # seconds to expect above which something quicker is offered
SETTLED = 1.0  # seconds of training after which its real pace replaces the first estimate
TRIED = 3  # steps that are timed to know how long all will take
PLACES = 5  # points of a guessed curve
GUESS_MARGIN = 0.5  # nats: as near to the real curves, in the mean, counts as right
SMOOTH = 10  # steps over which a practice curve is averaged beside a guess
REPLAY_RESTS = 3  # breaths between two steps of a recorded run, so that it can be watched
FORWARD = 1 / 3  # a forward pass, as a share of a step


def real_curves(track: Track, count: int) -> dict[str, np.ndarray]:
    """A track's losses (count,) at the places of a guess, "practice" (smoothed) and "held out"."""
    places = guess_places(track.plan.steps, count)
    steps = np.arange(1, track.step + 1)
    smooth = [np.mean(track.practice[max(0, i - SMOOTH + 1) : i + 1]) for i in range(track.step)]
    return {
        "practice": np.interp(places, steps, smooth),
        "held out": np.interp(places, track.held_steps, track.held_out),
    }


class View(Protocol):
    """A view of a room."""

    def refresh(self) -> None:
        """Show the room as it is now."""

    def show_running(self, running: bool) -> None:
        """Show whether the room is training."""


class Follower:
    """Lets a view that waits for another room's guess hear that it is there."""

    def __init__(self, view: View, waits: Callable[[], bool]) -> None:
        self.view, self.waits, self.waited = view, waits, True

    def refresh(self) -> None:
        """Refresh the view if its waiting has begun or ended."""
        now = self.waits()
        if now != self.waited:
            self.waited = now
            self.view.refresh()

    def show_running(self, running: bool) -> None:
        """The other room's running is not this view's."""


class Room:
    """One run (or with ``pair`` two at once), looked at by any number of views.

    ``choices`` are the plans that can be chosen by name; ``chosen`` is the name, ``kind`` whether
    the student, a smaller one or a recorded run is looked at. ``earlier`` is the track of another
    choice's run; ``guess`` the learner's two curves, None before they are kept; ``back`` the
    number of the moment that is looked back at, None for the last one. A room that comes ``after``
    another waits for the guess that was asked for there.
    """

    def __init__(
        self, corpus: Corpus | None = None, objective: str = OBJECTIVES[0], pair: bool = False,
        clock: Callable[[], float] = time.perf_counter, after: Room | None = None,
    ) -> None:  # fmt: skip
        if objective not in OBJECTIVES:
            raise ValueError(
                f"There is no objective {objective!r}; choose {' or '.join(OBJECTIVES)}."
            )
        self.corpus = story_corpus(MANY) if corpus is None else corpus
        self.objective, self.pair, self.clock, self.after = objective, pair, clock, after
        self.recording = self._recording()
        self.choices = self._pairs() if pair else self._singles()
        self.chosen, self.kind = next(iter(self.choices)), LIVE
        self.earlier: Track | None = None
        self.guess: dict[str, list[float]] | None = None
        self.confidence: float | None = None  # in the guess
        self.judged = ""  # what came of the guess
        own = self.corpus.grammar is None or self.masked or pair
        self.log = PredictionLog(None if own else "epoch: two curves", CURVE)
        self.asked = False
        self.back: int | None = None
        self.expected: float | None = None
        self.trouble = ""
        self.worker = Worker(self._shown, self._failed)
        self._lines: dict[tuple[int, bool], dict[str, float]] = {}
        self._views: list[View] = []
        self._active: View | None = None
        self._stale: list[View] = []
        self._later: asyncio.Future[None] | None = None
        self._begun = (0.0, 0)
        self.runs = self._fresh()

    # What there is to choose

    @property
    def unit(self) -> str:
        """What a row of the corpus is called."""
        return "stories" if self.corpus.grammar is not None else "blocks"

    @property
    def masked(self) -> bool:
        """Whether blanks are filled in."""
        return self.objective == OBJECTIVES[1]

    def _recording(self) -> Recording | None:
        recording = load_recording()
        fits = not self.masked and fingerprint(self.corpus) == recording.fingerprint
        return recording if fits else None

    def _singles(self) -> dict[str, tuple[Plan, ...]]:
        total = len(self.corpus.rows)
        few = FEW if total >= 2 * FEW else max(1, total // 4)
        plan = Plan(rows=few, batch_size=min(10, few), masked=self.masked)
        return {FEW_ROWS: (plan,), MANY_ROWS: (replace(plan, rows=min(MANY, total)),)}

    def _pairs(self) -> dict[str, tuple[Plan, ...]]:
        singles = self._singles()
        few, many = (replace(singles[n][0], steps=PAIR_STEPS) for n in (FEW_ROWS, MANY_ROWS))
        longer = min(few.rows, 5 * few.batch_size)
        return {
            "nothing but the seed": (few, replace(few, seed=few.seed + 1)),
            "how much there is to read": (few, many),
            "learning rate": (few, replace(few, learning_rate=few.learning_rate / 10)),
            "batch size": (few, replace(few, batch_size=longer)),
            "size of the student": (few, replace(few, n_embd=16, n_head=2)),
        }

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the runs that are looked at."""
        return tuple(run.plan for run in self.runs)

    def lines(self, plan: Plan) -> dict[str, float]:
        """The reference lines for a plan, in nats by role; those of the recording where it fits."""
        key = plan.rows, plan.masked
        if key not in self._lines:
            known = self.recording.tracks if self.recording else {}
            same = [name for name, track in known.items() if track.plan.rows == plan.rows]
            if self.recording and same:
                self._lines[key] = self.recording.lines[same[0]]
            else:
                self._lines[key] = reference_lines(self.corpus, plan)
        return self._lines[key]

    def recorded(self, choice: str) -> list[Track] | None:
        """The recorded tracks of a choice, or None if it wasn't recorded."""
        known = self.recording.tracks.values() if self.recording else ()
        by_plan = {track.plan: track for track in known}
        plans = self.choices[choice]
        return [by_plan[plan] for plan in plans] if all(p in by_plan for p in plans) else None

    def _fresh(self) -> list[LiveRun | Replay]:
        if self.kind == RECORDED:
            tracks = self.recorded(self.chosen)
            if tracks is None:
                raise ValueError(
                    "Of this choice no run was recorded; choose another one, or train a student."
                )
            return [Replay(track) for track in tracks]
        plans = self.choices[self.chosen]
        if self.kind == SMALL:
            plans = tuple(
                replace(plan, n_embd=min(32, plan.n_embd), n_head=2, steps=plan.steps // 2)
                for plan in plans
            )
        return [LiveRun(self.corpus, plan) for plan in plans]

    # What is done

    @property
    def run(self) -> LiveRun | Replay:
        """The first run."""
        return self.runs[0]

    @property
    def waits(self) -> bool:
        """Whether the learner was asked for a guess that isn't there yet."""
        waits = self.asked and self.guess is None
        return waits or (self.after is not None and self.after.waits)

    @property
    def done(self) -> bool:
        """Whether all runs are at their end."""
        return all(run.done for run in self.runs)

    @property
    def steps(self) -> int:
        """How many steps were made, in all runs together."""
        return sum(run.step for run in self.runs)

    def keep_guess(
        self, guess: dict[str, list[float]] | None, confidence: float | None = None
    ) -> None:
        """Keep the learner's two curves; None takes them back. `ValueError` once steps are made.

        ``confidence`` is how sure the learner is of being within `GUESS_MARGIN`.
        """
        if self.steps:
            raise ValueError("The student has begun; a guess made now would be none.")
        self.guess, self.confidence, self.judged = guess, confidence, ""
        if guess is None:
            self.log.withdrawn()
        else:
            self.log.answered(guess, confidence)

    def judge(self) -> None:
        """At the end of the run that was asked about: lay the guess beside it, and keep that."""
        asked = self.choices[next(iter(self.choices))][0]
        track = self.run.track
        if self.guess is None or not self.done or self.judged or track.plan != asked:
            return
        real = real_curves(track, PLACES)
        gaps = [np.abs(np.subtract(self.guess[name], real[name])) for name in real]
        far = float(np.mean(gaps))
        near = far <= GUESS_MARGIN
        self.log.came({name: losses.round(4).tolist() for name, losses in real.items()}, near)
        self.judged = (
            f"Your two curves lay {far:.2f} nats from the real ones, in the mean:"
            f" {'within' if near else 'not within'} {GUESS_MARGIN}."
        )
        if grade := grade_sentence(self.confidence, near, 2):
            self.judged += f" {grade}"

    def choose(self, choice: str) -> None:
        """Begin another choice's run; what was seen of this one stays as ``earlier``."""
        if choice not in self.choices:
            raise ValueError(f"There is no {choice!r}; choose {', '.join(self.choices)}.")
        before, track = self.chosen, self.run.track
        self.chosen = choice
        try:
            self.reset()
        except ValueError:
            self.chosen = before
            raise
        if not self.pair and choice != before:
            self.earlier = track if track.practice else None

    def use(self, kind: str) -> None:
        """Look at the student, a smaller one or the recorded run. `ValueError` if there is none."""
        if kind not in self.kinds:
            raise ValueError(f"There is no run {kind!r}; choose {', '.join(self.kinds)}.")
        before, self.kind = self.kind, kind
        try:
            self.reset()
        except ValueError:
            self.kind = before
            raise
        self.expected, self.earlier = None, None

    @property
    def kinds(self) -> list[str]:
        """What `use` takes."""
        return [LIVE, SMALL, *([RECORDED] if self.recording else [])]

    def reset(self) -> None:
        """A fresh student, the same as at the beginning."""
        self.worker.stop()
        self.runs = self._fresh()
        self.back, self.trouble = None, ""

    def advance(self, steps: int) -> None:
        """Make so many steps in each run now, and show it."""
        for run in self.runs:
            run.advance(steps)
        self.refresh()

    def play(self, steps: int, by: View) -> None:
        """Make so many steps in each run, in pieces, while the kernel stays responsive."""
        self._active, self.trouble, self.back = by, "", None
        if not self.worker.running:
            self._begun = self.clock(), self.steps
            self.worker.start(self._work(steps))
        self._tell_running()

    def pause(self) -> None:
        """Stop before the next piece."""
        self.worker.stop()

    def look_back(self, number: int) -> None:
        """Look at moment ``number`` (from 0); the last one is the present."""
        moments = self.run.track.moments
        if not 0 <= number < len(moments):
            raise ValueError(f"There is no look {number}; there are {len(moments)}.")
        self.back = None if number == len(moments) - 1 else number

    @property
    def moment(self) -> Moment | None:
        """The moment that is looked at, or None before the first."""
        moments = self.run.track.moments
        if not moments:
            return None
        return moments[-1 if self.back is None else min(self.back, len(moments) - 1)]

    def _work(self, steps: int) -> Iterator[object]:
        ends = [min(run.step + steps, run.plan.steps) for run in self.runs]
        if self.expected is None and self.kind != RECORDED and steps > TRIED:
            yield from self._try()
        while any(run.step < end or run.owes for run, end in zip(self.runs, ends, strict=True)):
            for run, end in zip(self.runs, ends, strict=True):
                yield from run.work(min(1, end - run.step))
                if isinstance(run, Replay):
                    for _ in range(REPLAY_RESTS):
                        yield REST

    def _try(self) -> Iterator[None]:
        """Make three steps and say how many seconds all will take; the middle one counts."""
        run, look, taken = self.run, [0.0], []
        yield from self._timed(run.work(0), look)
        for _ in range(TRIED):
            step: list[float] = []
            yield from self._timed(run.work(1), step)
            taken.append(sum(step))
        each, expected = sorted(taken)[TRIED // 2], 0.0
        for plan in self.plans:
            looks = len(plan.looks())
            measured = max(plan.steps // EVERY - looks, 0) * FORWARD * WATCHED / plan.batch_size
            expected += each * (plan.steps + measured) + sum(look) * looks
        self.expected = expected

    def _timed(self, work: Iterator[None], taken: list[float]) -> Iterator[None]:
        while True:
            begun = self.clock()
            ended = next(work, self) is self
            taken.append(self.clock() - begun)
            if ended:
                return
            yield

    # Who is told

    def listen(self, view: View) -> None:
        """Let a view be told of changes."""
        self._views.append(view)

    def forget(self, view: View) -> None:
        """Tell a view no more."""
        self._views = [other for other in self._views if other is not view]
        if self._active is view:
            self._active = None

    def refresh(self) -> None:
        """Refresh all views now."""
        with LOCK:
            self.judge()
            for view in self._views:
                view.refresh()

    def changed(self, by: View) -> None:
        """Refresh the view in which something was done, then all others, one at a time."""
        self.judge()
        by.refresh()
        self._stale = [view for view in self._views if view is not by]
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            for view in self._stale:
                view.refresh()
            return
        if self._stale and (self._later is None or self._later.done()):
            self._later = asyncio.ensure_future(self._catch_up())

    async def _catch_up(self) -> None:
        while self._stale:
            await asyncio.sleep(BREATH)
            with LOCK:
                view = self._stale.pop(0)
                if view in self._views:
                    view.refresh()

    def _tell_running(self) -> None:
        for view in self._views:
            view.show_running(self.worker.running)

    def _shown(self) -> None:
        begun, first = self._begun
        seconds, made = self.clock() - begun, self.steps - first
        if seconds > SETTLED and made and self.kind != RECORDED and self.expected is not None:
            self.expected = seconds / made * sum(plan.steps for plan in self.plans)
        if self.worker.running and self._active is not None:
            self._active.refresh()
            return
        self._tell_running()
        by = self._active or next(iter(self._views), None)
        if by is not None:
            self.changed(by)

    def _failed(self, sentence: str) -> None:
        self.trouble = sentence
