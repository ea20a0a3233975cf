"""Where the tools for a browser's own Python live, and a Pyodide put together from packages.

`python3 start.py lite` installs them in ``.lite``. Tests that need it carry the mark ``lite``:
skipped without it, failing in a complete run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL_LITE = "python3 start.py lite"
LITE = ROOT / ".lite"


def lite_there() -> bool:
    """Whether the build tools, the wheels and Pyodide's core are installed, and Node.js is."""
    return (LITE / "course-stamp").exists() and shutil.which("node") is not None


def core(folder: Path) -> Path:
    """Pyodide's core from its npm package, unpacked into ``folder``."""
    [archive] = LITE.glob("pyodide-*.tgz")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            content = packed.extractfile(member)
            if content is not None:
                (folder / Path(member.name).name).write_bytes(content.read())
    return folder


def starting_pyodide(folder: Path) -> Path:
    """As much of Pyodide as npm and PyPI have: its kernel starts, and NumPy is missing.

    PyPI's pure wheels stand for Pyodide's own builds of them, so the lock gets their names and
    hashes.
    """
    core(folder)
    lock_file = folder / "pyodide-lock.json"
    lock = json.loads(lock_file.read_text(encoding="utf-8"))
    of = {key.replace("_", "-").lower(): key for key in lock["packages"]}
    for wheel in sorted((LITE / "kernel_wheels").glob("*.whl")):
        package = lock["packages"][of[wheel.name.split("-")[0].replace("_", "-").lower()]]
        content = wheel.read_bytes()
        (folder / wheel.name).write_bytes(content)
        package |= {"file_name": wheel.name, "sha256": hashlib.sha256(content).hexdigest()}
    lock_file.write_text(json.dumps(lock), encoding="utf-8")
    return folder
