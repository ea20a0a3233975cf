"""The teacher's commands: `python -m course_utils.teaching report` and `… papers`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from course_utils.teaching.command import CommandError

COMMANDS = {
    "report": ("class_report", "one page and one table from a folder of report cards"),
    "papers": ("class_papers", "tests to print, different for neighbours, and their answer key"),
    "course": ("nbgrader_course", "the chapters as a course for nbgrader"),
    "wheel": ("release_wheel", "the course as a wheel without its solutions"),
    "lite": ("lite_site", "the course for a browser's own Python, for any web server"),
    "lay": ("hub", "the chapters, results removed, in a folder: for a hub, Binder, shared disks"),
    "site": ("site", "chapters, guide and glossary as pages to read, without kernel or network"),
    "slides": ("slides", "slides of each chapter for the projector, made from the chapter"),
}


def usage() -> str:
    """All commands, one a line."""
    lines = [
        f"python -m course_utils.teaching {name} --help    {what}"
        for name, (_, what) in COMMANDS.items()
    ]
    return "usage: " + "\n       ".join(lines)


def main(arguments: list[str]) -> int:
    """Run the named command; 0 if all went well, 2 with one sentence if not."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        asked = name in ("-h", "--help")
        print(usage(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    # Small matrices are multiplied faster by one thread than by several.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    command = import_module(f"course_utils.teaching.{COMMANDS[name][0]}")
    try:
        return int(command.main(arguments[1:]))
    except (CommandError, ValueError) as error:
        print(str(error), file=sys.stderr)
    except OSError as error:
        place = error.filename or "The file"
        print(f"{place} can't be used ({error.strerror}); choose another.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
