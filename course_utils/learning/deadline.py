"""A deadline for a learner's function: an endless loop is stopped, also where there are no signals.

Python calls a trace function at each line (and, for a loop in one line, at each operation); past
the deadline that raises. A bare ``except:`` in the loop can swallow it, once each time round.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")
SECONDS = 2.0


class OutOfTime(BaseException):
    """The function ran for longer than allowed; not an `Exception`, which a loop might catch."""


def with_deadline(
    function: Callable[..., Result], arguments: tuple[Any, ...], seconds: float = SECONDS
) -> Result:
    """Call the function; raises `OutOfTime` if its own Python code runs longer than ``seconds``."""
    until = time.monotonic() + seconds
    before = sys.gettrace()

    def watch(frame: FrameType, event: str, argument: object) -> Any:
        if time.monotonic() > until:
            raise OutOfTime
        frame.f_trace_opcodes = True  # without it Python 3.11 misses `while True: pass`
        return watch

    sys.settrace(watch)
    try:
        return function(*arguments)
    finally:
        sys.settrace(before)
