"""A short run, and an event loop like a notebook's, for the tests of widgets that train."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from course_utils.training.presets import QUICK

SHORT = replace(QUICK, stories=120, held_out=200, settings=replace(QUICK.settings, steps=12))


def in_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own, as a notebook does; another test's loop may run here."""
    return in_a_thread(asyncio.run, work)


def in_a_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call what begins a loop of its own: the browser's runs in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()
