"""What the teacher's commands share: one sentence for a wrong command, and no traceback."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn


class CommandError(Exception):
    """What is wrong with a command, in one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that complains by a `CommandError` in place of ending Python."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint."""
        raise CommandError(f"{message[:1].upper()}{message[1:]}; see --help.")


@contextmanager
def environment(added: Mapping[str, str]) -> Iterator[None]:
    """Set these environment variables for as long as the block runs."""
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
