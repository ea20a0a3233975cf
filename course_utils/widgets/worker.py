"""Long work in short pieces: the kernel stays responsive, and the learner can pause at once."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator

from course_utils.widgets.panel import LOCK

PIECE = 0.02  # seconds of work between two looks at the controls
BREATH = 0.001  # seconds in which callbacks run; none at all would starve them
REDRAW = 0.2  # seconds between two pictures
REST = object()  # yielded by work that has done enough for one piece


class Worker:
    """Draws a generator to its end in pieces; starting another one stops the first.

    ``show`` is called every `REDRAW` seconds and once at the end; ``fail`` gets the sentence of a
    `ValueError` or `ArithmeticError` that the work raises. Between two ``yield`` at most about
    `PIECE` seconds should pass; a yielded `REST` ends the piece. Start it from a
    button only, never from running a cell.
    """

    def __init__(
        self, show: Callable[[], None], fail: Callable[[str], None],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        self._show, self._fail, self._clock = show, fail, clock
        self._work: Iterator[object] | None = None
        self.task: asyncio.Future[None] | None = None

    @property
    def running(self) -> bool:
        """Whether there is work that is not at its end."""
        return self._work is not None

    def start(self, work: Iterator[object]) -> None:
        """Begin the work; it goes on while this method has long returned."""
        self._work = work
        self.task = asyncio.ensure_future(self._run(work))

    def stop(self) -> None:
        """Stop before the next piece; what was done stays done."""
        self._work = None

    async def _run(self, work: Iterator[object]) -> None:
        shown = -math.inf
        try:
            while self._work is work:
                with LOCK:
                    begun = self._clock()
                    while self._work is work and self._clock() - begun < PIECE:
                        try:
                            if next(work) is REST:
                                break
                        except StopIteration:
                            self._work = None
                    if self._work is work and self._clock() - shown >= REDRAW:
                        shown = self._clock()
                        self._show()
                await asyncio.sleep(BREATH)
        except (ValueError, ArithmeticError) as error:
            self._fail(str(error))
        finally:
            if self._work is work:
                self._work = None
            with LOCK:
                if self._work is None:
                    self._show()
