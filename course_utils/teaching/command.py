"""What the teacher's commands share: one sentence for a wrong command, and no traceback."""

from __future__ import annotations

import argparse
from typing import NoReturn


class CommandError(Exception):
    """What is wrong with a command, in one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser that complains by a `CommandError` in place of ending Python."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint."""
        raise CommandError(f"{message[:1].upper()}{message[1:]}; see --help.")
