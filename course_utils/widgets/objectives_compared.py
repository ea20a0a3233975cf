"""Two runs that differ in their objective: which of them ends nearer to its own floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets as W

from course_utils.training.playground import FILL, NEXT, Plan
from course_utils.training.recorded_playground import nearest, recorded
from course_utils.training.room import Track
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import LOCK, Panel, paragraph, status, table, text
from course_utils.widgets.workbench import Workbench

ALIKE = 0.05  # nats above the floor that count as equally near
NEXT_NEARER, FILL_NEARER, EQUALLY = range(3)  # the options of the chapter's card
WAITING = "Not answered yet: make the prediction in the card above first."
TO_DO = "Press Play above, on each of the two runs, and wait for their ends."
WHY = (
    "The fill-in model has the easier questions, for it reads both sides: its floor is lower, too."
    " But only some 15 % of the words are asked, so a batch says less about which weights to move,"
    " and it needs more steps. That is a part of the reason. How large a part? Below, under “Turn"
    " the knobs”, you can measure it."
)
HEAD = ("objective", "held-out loss at the end", "entropy floor", "above its floor")


@dataclass(frozen=True)
class Ending:
    """How a run ended, in nats: its held-out ``loss`` and its ``floor``."""

    objective: str
    loss: float
    floor: float

    @property
    def gap(self) -> float:
        """How far it is above its own floor."""
        return self.loss - self.floor


def ending(plan: Plan, track: Track, lines: dict[str, float]) -> Ending | None:
    """How a run ended; None before its last step was measured, or without a known floor."""
    if "floor" not in lines or not track.held_steps or track.held_steps[-1] != plan.steps:
        return None
    return Ending(plan.objective, track.held_out[-1], lines["floor"])


def nearer(next_token: Ending, fill_in: Ending) -> int:
    """Which option of the card came true."""
    difference = fill_in.gap - next_token.gap
    if abs(difference) < ALIKE:
        return EQUALLY
    return NEXT_NEARER if difference > 0 else FILL_NEARER


class ObjectivesCompared(Panel):
    """The ends of a next-token and a fill-in run, once ``card`` is answered and both are finished.

    ``benches`` are the two workbenches, in this order. What their plans are now is what is
    compared; how such a run ended is kept, whatever its knobs are turned to later. The card is
    told the outcome.
    """

    summary = "Two objectives, each beside its own floor."

    def __init__(self, card: ChoiceCard, next_token: Workbench, fill_in: Workbench) -> None:
        self.card, self.benches = card, (next_token, fill_in)
        self.plans = tuple(bench.plan for bench in self.benches)
        self.ends: list[Ending | None] = [None, None]
        self.page = W.HTML()
        super().__init__([self.page])
        for bench in self.benches:
            bench.listen(self)
        self._forget_card = card.on_answer(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the runs as they are now."""
        with LOCK:
            for i, bench in enumerate(self.benches):
                run = bench.run
                if self.ends[i] is None and run is not None and run.plan == self.plans[i]:
                    self.ends[i] = ending(run.plan, run.track, run.lines)
            ends = [end for end in self.ends if end is not None]
            if len(ends) == len(self.ends):
                self.card.outcome(nearer(*ends))
            if self.card.prediction.chosen is None:
                said = status(WAITING)
            elif len(ends) < len(self.ends):
                said = status(TO_DO) + (_table(ends) if ends else "")
            else:
                said = _compared(ends)
            if self.page.value != said:
                self.page.value = said

    def close(self) -> None:
        """Close the view; the runs and the card go on without it."""
        for bench in self.benches:
            bench.forget(self)
        self._forget_card()
        super().close()

    def still(self) -> str:
        """The recorded runs."""
        kept = [recorded(nearest(Plan(objective=objective))) for objective in (NEXT, FILL)]
        ends = [ending(run.plan, run.track, run.lines) for run in kept]
        shown = [end for end in ends if end is not None]
        return paragraph("Recorded runs, in place of yours:") + _compared(shown)


def _table(ends: Sequence[Ending]) -> str:
    rows = [
        [end.objective, f"{end.loss:.2f}", f"{end.floor:.2f}", f"{end.gap:.2f}"] for end in ends
    ]
    return table(list(HEAD), rows, "Losses in nats a question")


def _compared(ends: Sequence[Ending]) -> str:
    came = nearer(*ends)
    said = {
        NEXT_NEARER: "The model that predicts the next token is nearer to its floor.",
        FILL_NEARER: "The model that fills in blanks is nearer to its floor.",
        EQUALLY: "Both are about equally near to their floors.",
    }[came]
    why = f"<p>{text(WHY)}</p>" if came == NEXT_NEARER else ""
    return status(said) + _table(ends) + why
