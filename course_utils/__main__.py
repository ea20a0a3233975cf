"""The course in a terminal: `python -m course_utils doctor` and `python -m course_utils train`."""

from __future__ import annotations

import os
import sys

USAGE = """\
usage: python -m course_utils doctor          is this computer ready for the course?
       python -m course_utils train --help    train a student in the terminal"""


def main(arguments: list[str]) -> int:
    """Run the named command; 0 if all went well, 2 for a command that isn't known."""
    if arguments[:1] == ["doctor"]:
        from course_utils import doctor

        return doctor.main()
    if arguments[:1] == ["train"]:
        # Two threads multiply matrices of this size somewhat faster than one; but processes that
        # share a step have a core each.
        shared = any(word.startswith("--w") for word in arguments)  # --workers, perhaps cut short
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1" if shared else "2")
        from course_utils.training import terminal

        return terminal.main(arguments[1:])
    asked = arguments[:1] in (["-h"], ["--help"])
    print(USAGE, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
