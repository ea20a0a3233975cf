"""A deadline for a learner's function: an endless loop is stopped, also where there are no signals.

Python calls a trace function at each line (and, for a loop in one line, at each operation); past
the deadline that raises. A bare ``except:`` in the loop swallows this, and Python then forgets the
trace function. So where there are signals, a clock goes on raising and brings the trace function
back. In what is called while memory is tidied up nothing can be raised: Python would print it, and
forget the trace function, too; there a hook brings it back. What is endless inside one call of C
code, such as ``sum(itertools.count())``, is beyond all of them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TypeVar

import numpy as np

Result = TypeVar("Result")
SECONDS = 2.0
NUMPY = os.path.dirname(np.__file__)
OURS = (__file__, contextlib.__file__)
GRACE, TICK = 0.1, 0.0002  # seconds until the clock helps, and from then on between two knocks


class OutOfTime(BaseException):
    """The function ran for longer than allowed; not an `Exception`, which a loop might catch."""


def with_deadline(
    function: Callable[..., Result], arguments: tuple[Any, ...], seconds: float = SECONDS
) -> Result:
    """Call the function; raises `OutOfTime` if its own Python code runs longer than ``seconds``."""
    until = time.monotonic() + seconds
    before = sys.gettrace()

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename in OURS:
            return None  # the clock's own work is done to its end
        # While an exception goes up through many frames, raising another would only end the watch.
        if event not in ("exception", "return") and time.monotonic() > until:
            raise OutOfTime
        if frame.f_code.co_filename.startswith(NUMPY):
            return None  # comes to an end by itself, and much sooner unwatched
        frame.f_trace_opcodes = True  # without it Python 3.11 misses `while True: pass`
        return watch

    try:
        with _hook(watch), _clock(seconds + GRACE, watch):
            sys.settrace(watch)
            try:
                return function(*arguments)
            finally:
                sys.settrace(before)
    finally:
        sys.settrace(before)  # again: the clock may have knocked in the line above


def _called(frame: FrameType | None) -> list[FrameType]:
    """The frames of the learner's function, innermost first; none if it isn't running."""
    called = []
    while frame is not None and frame.f_code is not with_deadline.__code__:
        called.append(frame)
        frame = frame.f_back
    return [] if frame is None else called


def _watch_again(frames: list[FrameType], watch: Callable[..., Any]) -> None:
    for frame in frames:
        frame.f_trace, frame.f_trace_opcodes = watch, True
    sys.settrace(watch)


@contextlib.contextmanager
def _hook(watch: Callable[..., Any]) -> Iterator[None]:
    """Have every frame watched again after an `OutOfTime` where nothing can be raised."""
    usual = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, OutOfTime):
            usual(unraisable)
        elif called := _called(sys._getframe(1)):
            _watch_again(called, watch)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = usual


@contextlib.contextmanager
def _clock(seconds: float, watch: Callable[..., Any]) -> Iterator[None]:
    """After ``seconds`` raise `OutOfTime` again and again, and have every frame watched again."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    running = True

    def knock(number: int, frame: FrameType | None) -> None:
        try:
            called = _called(frame)
            if not running or not called:
                return
            if {called[0].f_code.co_filename, called[-1].f_code.co_filename} & set(OURS):
                return  # our own work is done to its end: else the clock would go on running
            _watch_again(called, watch)
            raise OutOfTime
        finally:
            if running:  # only now: a slow computer would knock again while it knocks
                signal.setitimer(signal.ITIMER_REAL, TICK)

    earlier = signal.signal(signal.SIGALRM, knock)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
