"""What the views of one playground share: the knobs, the run that is made of them, the worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

from course_utils.material.text import read_text
from course_utils.training.corpus import Corpus
from course_utils.training.playground import (
    OWN,
    TRIED,
    Cost,
    Plan,
    PlanError,
    PlannedRun,
    check_batch,
    check_own,
    corpus_in_pieces,
    cost_of,
    finished,
    smaller,
    with_text,
)
from course_utils.training.recorded_playground import RecordedRun, nearest, recorded
from course_utils.training.room import EVERY, Track
from course_utils.widgets.panel import LOCK
from course_utils.widgets.worker import BREATH, REST, Worker

AS_IT_IS, SMALLER, RECORDED = OFFERS = "these settings", "a smaller model", "a recorded run"
PATIENCE = 20.0  # seconds to expect above which it is asked first
GOAL = 0.6  # of that, for what is smaller: small steps cost more than their arithmetic
REPLAY_RESTS = 2  # breaths between two steps of a recorded run, so that it can be watched
SETTLED = 1.0  # seconds of training after which its real pace replaces the first estimate
KEPT = 4  # corpora that are kept, so that going back to a text is quick


class View(Protocol):
    """A view of a workbench."""

    def refresh(self) -> None:
        """Show the workbench as it is now."""


class Workbench:
    """The knobs of one run, and that run.

    ``knobs`` are the settings as they stand, by the names of `Plan`; ``plan`` is what they make,
    or None while they can't work together (``trouble`` says why; ``failure`` is what the last work
    ended with). ``cost`` is its price, None
    until the text is read. ``run`` is the run of ``made_of``, or None before the first one;
    ``earlier`` the plan and track of the run before. ``expected`` seconds are still to come. While
    ``offering``, a run that would take long waits for an answer, one of `OFFERS`.
    """

    def __init__(
        self, plan: Plan | None = None, own: str | None = None, folder: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        self.own, self.clock = own, clock
        self.folder = Path.cwd() if folder is None else folder
        self.knobs: dict[str, Any] = {}
        self.plan: Plan | None = None
        self.cost: Cost | None = None
        self.run: PlannedRun | RecordedRun | None = None
        self._aside: PlannedRun | None = None  # what was trained, while a recorded run is shown
        self.offering = False
        self.earlier: tuple[Plan, Track] | None = None
        self.expected: float | None = None
        self.trouble = self.failure = self.said = self.written = self.doing = ""
        self.asked = False  # whether a long run was announced, so that Play means yes
        self.worker = Worker(self._shown, self._failed)
        self._corpora: dict[tuple[object, ...], Corpus] = {}
        self.active: View | None = None  # who asked for the work: it alone is shown meanwhile
        self._views: list[View] = []
        self._stale: list[View] = []
        self._later: asyncio.Future[None] | None = None
        self._begun = (0.0, 0)
        plan = Plan() if plan is None else plan
        if plan.text == OWN and own is not None and not plan.mark:
            plan = with_text(plan, OWN, own)
        self._take(asdict(plan))
        if self.plan is not None and not (self.plan.text == OWN and own is None):
            finished(self._read(self.plan))
            self._price()

    # The knobs

    def turn(self, **knobs: Any) -> None:
        """Turn some knobs; what can't work together is said in ``trouble`` until it is mended.

        If the text has to be read first, the price comes a moment later. Raises `ValueError` for
        an unknown knob.
        """
        unknown = set(knobs) - set(self.knobs)
        if unknown:
            raise ValueError(f"There is no knob {unknown.pop()!r}; there are {list(self.knobs)}.")
        self.pause()
        if "text" in knobs:
            plan = with_text(Plan(), knobs["text"], self.own)
            knobs = {**knobs, "mark": plan.mark}
        self._take({**self.knobs, **knobs})
        self._know_price()

    def use(self, plan: Plan) -> None:
        """Take all knobs from a plan. Raises `PlanError` if its own text isn't the loaded one."""
        if plan.text == OWN:
            check_own(plan, self.own)
        self.pause()
        self._take(asdict(plan))
        self._know_price()

    def take_text(self, text: str, name: str = "your text") -> None:
        """Use a learner's own text. Raises `TextError` if nothing can be learned from it."""
        self.own = check_own(Plan(text=OWN), text)
        knobs: dict[str, Any] = {"text": OWN}
        if self.knobs["text"] != OWN and self.knobs["tokens"] == "words":
            knobs["tokens"] = "characters"  # few texts are long enough to learn words from
        self.turn(**knobs)
        self.said = f"{name}: {len(text):,} characters, {len(set(text)):,} different ones."

    def read_file(self, path: str) -> None:
        """Use the text of a UTF-8 file. Raises `TextError` that says what is wrong with it."""
        place = self.folder / Path(path).expanduser()
        self.take_text(read_text(place), place.name)

    def _take(self, knobs: dict[str, Any]) -> None:
        self.knobs, before = knobs, self.plan
        self.trouble = self.failure = self.said = ""
        try:
            self.plan = Plan(**knobs)
        except PlanError as error:
            self.plan, self.trouble = None, str(error)
        if self.plan != before:
            self.cost, self.expected, self.asked, self.offering = None, None, False, False
            self._leave_recorded()

    def _know_price(self) -> None:
        plan = self.plan
        if plan is None or (plan.text == OWN and self.own is None):
            if plan is not None:
                self.trouble = "Load your own text first: choose “own text” above."
            return
        if _key(plan) in self._corpora:
            self._price()
        else:
            self._start(self._reading(plan), "reading the text")

    def _price(self) -> None:
        plan = self.plan
        if plan is None or _key(plan) not in self._corpora:
            return
        corpus = self._corpora[_key(plan)]
        try:
            self.cost = cost_of(plan, corpus.vocab_size, corpus.block_for(plan.masked))
            check_batch(plan, corpus)
        except PlanError as error:
            self.trouble = str(error)

    def _read(self, plan: Plan) -> Generator[None, None, Corpus]:
        key = _key(plan)
        if key not in self._corpora:
            corpus = yield from corpus_in_pieces(plan, self.own)
            while len(self._corpora) >= KEPT:
                del self._corpora[next(iter(self._corpora))]
            self._corpora[key] = corpus
        return self._corpora[key]

    def _reading(self, plan: Plan) -> Iterator[None]:
        yield from self._read(plan)
        self._price()

    # The run

    @property
    def recorded(self) -> bool:
        """Whether a recorded run is shown in place of one that is trained."""
        return isinstance(self.run, RecordedRun)

    @property
    def current(self) -> bool:
        """Whether the run is one of the knobs as they stand, or a recorded one in its place."""
        return self.run is not None and (self.recorded or self.run.plan == self.plan)

    @property
    def corpus(self) -> Corpus | None:
        """The text of the plan, as it is read; None before it is."""
        return None if self.plan is None else self._corpora.get(_key(self.plan))

    def play(self, steps: int | None = None) -> None:
        """Go on for so many steps (to the end without), in pieces, until `pause`.

        Raises `PlanError` with what is in the way.
        """
        if isinstance(self.run, RecordedRun):
            if self.run.done:
                self.run = RecordedRun(self.run.kept)
            self._start(self._replaying(self.run, steps), "training")
            return
        plan = self._possible()
        if self.current and self.run is not None and self.run.done:
            raise PlanError("All steps are made; press Reset, or turn a knob, to begin anew.")
        self._start(self._training(plan, steps), "training")

    def choose(self, offer: str) -> None:
        """Answer what is offered for a run that takes long. Raises `ValueError` for another answer.

        "these settings" go on at the next `play`; "a smaller model" turns knobs until it takes
        some seconds; "a recorded run" of the same kind is shown under the same controls.
        """
        if offer not in OFFERS:
            raise ValueError(f"There is no {offer!r}; choose {', '.join(OFFERS)}.")
        plan = self._possible()
        self.pause()
        if offer == RECORDED:
            if isinstance(self.run, PlannedRun):
                self._aside = self.run
            self.run = RecordedRun(recorded(nearest(plan)))
            self.earlier, self.said = None, ""
            self.written = ""
            return
        self._leave_recorded()
        if offer == SMALLER and self.corpus is not None:
            share = GOAL * PATIENCE / max(self.expected or 0.0, PATIENCE)
            less = smaller(plan, self.corpus.vocab_size, share)
            self.turn(**{k: v for k, v in asdict(less).items() if v != self.knobs[k]})
            self.said = f"Made smaller: {differing(less, plan)}." if less != plan else (
                "It is as small as it can be; press Play to go on.")  # fmt: skip

    def _leave_recorded(self) -> None:
        if self.recorded:
            self.pause()
            self.run, self._aside, self.written = self._aside, None, ""

    def pause(self) -> None:
        """Stop before the next piece."""
        self.failure = ""
        self.worker.stop()

    def reset(self) -> None:
        """Forget the run; the next one begins with the same first weights."""
        self.pause()
        fresh = RecordedRun(self.run.kept) if isinstance(self.run, RecordedRun) else None
        self.run, self.earlier = fresh, None
        self.written = self.said = self.failure = ""

    def advance(self, steps: int) -> None:
        """Make so many steps now."""
        if isinstance(self.run, RecordedRun):
            self.pause()
            self.run.advance(steps)
            return
        plan = self._possible()
        self.pause()
        finished(self._making(plan)).advance(steps)

    def _possible(self) -> Plan:
        if self.plan is None or self.trouble:
            raise PlanError(self.trouble)
        return self.plan

    def _start(self, work: Iterator[object], doing: str) -> None:
        self.doing, self.failure = doing, ""
        self._begun = self.clock(), self.run.step if self.run is not None else 0
        self.worker.start(work)

    def _making(self, plan: Plan) -> Generator[None, None, PlannedRun]:
        """The run of the plan: the one that is there, or a fresh one, opened."""
        before = self.run
        if isinstance(before, PlannedRun) and before.plan == plan:
            yield from before.opening()
            return before
        corpus = yield from self._read(plan)
        run = PlannedRun(plan, self.own if plan.text == OWN else None, corpus)
        yield
        yield from run.opening()
        if before is not None and before.track.practice:
            self.earlier = before.plan, before.track
        self.run, self.written = run, ""
        return run

    def _training(self, plan: Plan, steps: int | None) -> Iterator[None]:
        run = yield from self._making(plan)
        end = plan.steps if steps is None else run.step + steps
        if self.expected is None and end - run.step > TRIED:
            yield from self._try(run)
            if self.expected is not None and self.expected > PATIENCE and not self.asked:
                self.asked = self.offering = True
                self.said = (
                    f"That takes about {self.expected:,.0f} seconds here. Press Play to go on, or"
                    " choose a smaller model or a recorded run."
                )
                return
        self.said, self.offering = "", False
        self._begun = self.clock(), run.step
        yield from run.work(end - run.step)

    def _replaying(self, run: RecordedRun, steps: int | None) -> Iterator[object]:
        for _ in run.work(run.plan.steps if steps is None else steps):
            for _ in range(REPLAY_RESTS):
                yield REST

    def _try(self, run: PlannedRun) -> Iterator[None]:
        """Make three steps and a look, and tell from them how long all the others will take."""
        taken = []
        for _ in range(TRIED):
            step = 0.0
            for seconds in _timed(run.work(1), self.clock):
                step += seconds
                yield
            taken.append(step)
        look = 0.0
        for seconds in _timed(run.measure(), self.clock):
            look += seconds
            yield
        each = sorted(taken)[TRIED // 2] + look / EVERY
        self.expected = each * (run.plan.steps - run.step)

    # What the run is for

    def needed(self) -> PlannedRun:
        """The run that was trained. Raises `PlanError` if there is none yet."""
        if isinstance(self.run, PlannedRun):
            return self.run
        if self.run is not None:
            raise PlanError("A recorded run has no weights; train a model of your own for that.")
        raise PlanError("There is no model yet: choose “train” above, and press Play first.")

    def write(self, prompt: str) -> None:
        """Let the model write on from the prompt, or fill in the blank; seen while it works.

        A recorded run shows what it wrote at its end, whatever the prompt.
        """
        if isinstance(self.run, RecordedRun):
            self.written = self.run.kept.written
            self.said = "Recorded: what this run wrote at its end, to a prompt of its own."
            return
        run = self.needed()
        self.pause()
        if run.plan.masked:
            self.written = "; ".join(f"{word} {p:.0%}" for word, p in run.fill(prompt))
            self.said = "The likeliest for the blank:"
            return
        self.said = f"Written at step {run.step}:"
        self._start(self._writing(run, prompt), "writing")

    def _writing(self, run: PlannedRun, prompt: str) -> Iterator[None]:
        for self.written in run.writing(prompt):
            yield

    def write_now(self, prompt: str) -> str:
        """The same at once; returns what was written."""
        run = self.needed()
        self.pause()
        if run.plan.masked:
            self.write(prompt)
        else:
            self.said, self.written = f"Written at step {run.step}:", run.write(prompt)
        return self.written

    # Folders

    def place(self, name: str) -> Path:
        """A folder beside the notebook. Raises `PlanError` for a name that isn't a plain one."""
        name = name.strip()
        if not name or name.startswith(".") or any(sign in name for sign in '/\\:*?"<>|\0'):
            raise PlanError(
                f"{name!r} is no name for a folder; use letters, digits, blanks and hyphens."
            )
        return self.folder / name

    def save(self, name: str) -> None:
        """Save the run into a new folder beside the notebook. May raise `PlanError`."""
        run = self.needed()
        self.pause()
        run.save(self.place(name))
        self.said = f"Saved at step {run.step} in the folder {name.strip()}, beside this notebook."

    def export(self, name: str) -> None:
        """Hand the model over to transformers in a new folder. May raise `PlanError`."""
        run = self.needed()
        self.pause()
        run.export(self.place(name))
        self.said = (
            f"The folder {name.strip()}, beside this notebook, holds the weights, the configuration"
            f" and the tokenizer, as transformers reads them (step {run.step})."
        )

    def saved(self) -> list[str]:
        """The names of the runs that were saved beside the notebook."""
        try:
            return sorted(p.parent.name for p in self.folder.glob("*/run.npz"))
        except OSError:
            return []

    def load(self, name: str) -> None:
        """Go on with a saved run, in pieces. Raises `PlanError` for a name that isn't a plain one.

        What is wrong with the folder is said in ``failure``.
        """
        place = self.place(name)
        self.pause()
        self._start(self._loading(place), "loading")

    def load_now(self, name: str) -> None:
        """The same at once. Raises `PlanError` if the folder holds no run, or a damaged one."""
        self.pause()
        finished(self._loading(self.place(name)))

    def _loading(self, place: Path) -> Generator[None, None, None]:
        run = yield from PlannedRun.load_in_pieces(place)
        yield from run.opening()
        if run.plan.text == OWN:
            self.own = run.own
        self._take(asdict(run.plan))
        self._corpora[_key(run.plan)] = run.corpus
        self.run, self._aside, self.earlier, self.written = run, None, None, ""
        self.offering = False
        self._price()
        self.said = f"Loaded {place.name}: step {run.step} of {run.plan.steps}."

    # Who is told

    def listen(self, view: View) -> None:
        """Let a view be told of changes."""
        self._views.append(view)

    def forget(self, view: View) -> None:
        """Tell a view no more; without any left, the work stops."""
        self._views = [other for other in self._views if other is not view]
        if self.active is view:
            self.active = None
        if not self._views:
            self.worker.stop()

    def changed(self, by: View | None = None) -> None:
        """Refresh the view in which something was done, then all others, one at a time."""
        with LOCK:
            if by is not None:
                by.refresh()
            self._stale = [view for view in self._views if view is not by]
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                while self._stale:
                    self._stale.pop(0).refresh()
                return
        if self._stale and (self._later is None or self._later.done()):
            self._later = asyncio.ensure_future(self._catch_up())

    async def _catch_up(self) -> None:
        while self._stale:
            await asyncio.sleep(BREATH)
            with LOCK:
                if self._stale and (view := self._stale.pop(0)) in self._views:
                    view.refresh()

    def _shown(self) -> None:
        begun, first = self._begun
        run, seconds = self.run, self.clock() - begun
        if (
            self.doing == "training" and isinstance(run, PlannedRun) and self.expected is not None
            and seconds > SETTLED and run.step > first
        ):  # fmt: skip
            self.expected = seconds / (run.step - first) * (run.plan.steps - run.step)
        if self.worker.running and self.active is not None:
            self.active.refresh()
        else:
            self.changed(self.active)

    def _failed(self, sentence: str) -> None:
        self.failure = sentence


def _key(plan: Plan) -> tuple[object, ...]:
    """What of a plan decides its corpus."""
    stories_in_words = plan.text == "stories" and plan.tokens == "words"
    return plan.text, plan.mark, plan.tokens, 0 if stories_in_words else plan.block


def _timed(work: Iterator[object], clock: Callable[[], float]) -> Iterator[float]:
    """The seconds of each piece of work."""
    while True:
        begun = clock()
        try:
            next(work)
        except StopIteration:
            yield clock() - begun
            return
        yield clock() - begun


def differing(first: Plan, second: Plan) -> str:
    """The knobs in which the first plan differs from the second, as "layers 1, seed 2"."""
    a, b = asdict(first), asdict(replace(second, mark=first.mark) if first.text == second.text
                                 else second)  # fmt: skip
    return ", ".join(f"{name.replace('_', ' ')} {a[name]}" for name in a if a[name] != b[name])
