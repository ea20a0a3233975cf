"""Fill a chapter's blanks in with the solutions, by the exercises' names.

    python scripts/fill_in_solutions.py notebooks/03_loss_as_grading.ipynb filled.ipynb

For the test that a learner who solves everything passes everything.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course_utils.learning.bank import EXERCISES
from course_utils.learning.my_functions import source_of

IMPORTS = {"np.": "import numpy as np\n", "math.": "import math\n"}


def filled(source: str) -> tuple[str, list[str]]:
    """A cell's source with its blanks replaced by solutions, and the names of those exercises."""
    names = []
    for exercise in EXERCISES:
        blank = exercise.blank.strip()
        if blank in source:
            solution = source_of(exercise.solution)
            imports = "".join(line for use, line in IMPORTS.items() if use in solution)
            source = source.replace(blank, f"{imports}\n\n{solution.rstrip()}".lstrip())
            names.append(exercise.name)
    return source, names


def fill(notebook: Any) -> list[str]:
    """Fill in a notebook, in place; returns the names of the exercises that were found."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, names = filled(cell.source)
            found += names
    return found


def main(arguments: list[str] | None = None) -> int:
    """Read a notebook, fill it in, write another one; one sentence if that can't be."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 2:
        print("Use: fill_in_solutions.py NOTEBOOK OUT", file=sys.stderr)
        return 2
    source, target = map(Path, given)
    try:
        notebook = nbformat.read(source, as_version=4)
    except FileNotFoundError:
        print(f"{source} doesn't exist; name a notebook.", file=sys.stderr)
        return 1
    except Exception:
        print(f"{source} can't be read as a notebook; name another one.", file=sys.stderr)
        return 1
    found = fill(notebook)
    nbformat.write(notebook, target)
    print(f"{len(found)} filled in: {', '.join(found) or 'none'}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
