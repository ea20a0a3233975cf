"""Where PyTorch and transformers live, and how a test asks them: never in the course's own Python.

The peers are the libraries that the student is compared with. `python3 start.py peers` installs
them in ``.peers``; the environment variable ``COURSE_PEERS_PYTHON`` may name another interpreter.
Tests that need them carry the mark ``peers``: skipped without them, failing in a complete run.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL = "python3 start.py peers"


def peers_python() -> Path | None:
    """The peers' interpreter, or None where they aren't installed.

    Raises `FileNotFoundError` if ``COURSE_PEERS_PYTHON`` names what isn't there.
    """
    named = os.environ.get("COURSE_PEERS_PYTHON")
    if named:
        if not Path(named).exists():
            raise FileNotFoundError(
                f"COURSE_PEERS_PYTHON is {named}, which isn't there; unset it, run `{INSTALL}`."
            )
        return Path(named)
    for place in (".peers/bin/python", ".peers/Scripts/python.exe"):
        if (ROOT / place).exists():
            return ROOT / place
    return None


def run_peer(script: Path, *arguments: str | Path, timeout: float = 300) -> str:
    """Run ``script`` in the peers' Python, off line, and return what it printed.

    The repository's root is importable there. Raises `AssertionError` with all that it said if it
    failed, and if the peers aren't installed.
    """
    python = peers_python()
    assert python is not None, f"The peers aren't installed; run `{INSTALL}`."
    done = subprocess.run(
        [str(python), str(script), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"The peers' script failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout
