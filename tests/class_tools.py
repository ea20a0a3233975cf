"""Where the tools for teachers live (nbgrader, JupyterHub …), and how a test finds them.

`python3 start.py class` installs the course and its extra ``class`` in ``.class``, apart from the
learner's environment. Tests that need it carry the mark ``class_tools``: skipped without it,
failing in a complete run.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL_CLASS = "python3 start.py class"


def class_python() -> Path | None:
    """The interpreter that has the extra ``class``, or None where it isn't installed.

    Its other commands lie beside it: ``class_python().with_name("nbgrader")``.
    """
    for place in (".class/bin/python", ".class/Scripts/python.exe"):
        if (ROOT / place).exists():
            return ROOT / place
    return None
