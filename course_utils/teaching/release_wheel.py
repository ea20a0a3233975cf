"""`python -m course_utils.teaching wheel OUT`: the course as a wheel, the solutions left out.

In their place lies what they answer to each case, so that `check` works all the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TextIO

from course_utils.learning.bank import EXERCISES
from course_utils.learning.recorded import FILE, record
from course_utils.teaching.command import CommandError, Parser
from course_utils.teaching.repository import PACKAGE, ROOT, copy_sources

KEPT = Path(PACKAGE, "learning", "solutions")  # by the teacher
SETUPTOOLS = 77  # the oldest that pyproject.toml allows
EPOCH = "1735689600"  # every file's date in the wheel, so that the same course gives the same wheel


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching wheel",
        description="The course as a wheel for students: without its written solutions.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("out", help="the folder for the wheel")
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Build the wheel; 0 when done. Raises `CommandError` with a sentence."""
    screen = sys.stdout if out is None else out
    folder = Path(parser().parse_args(given).out)
    if not (ROOT / "pyproject.toml").is_file() or not (ROOT / KEPT).is_dir():
        raise CommandError(
            "This copy of the course can't be packed again; run the command in the repository."
        )
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file; name a folder for the wheel.")
    with tempfile.TemporaryDirectory() as stage:
        lay(Path(stage))
        build(Path(stage), folder)
    found = sorted(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    print(
        f"{found[-1]}: the course without its solutions.\n"
        f"Students install it with: pip install {found[-1].name}",
        file=screen,
    )
    return 0


def lay(stage: Path) -> None:
    """Copy what the wheel is made of, with answers in place of solutions."""
    copy_sources(stage)
    shutil.rmtree(stage / KEPT)
    (stage / FILE.relative_to(ROOT)).write_text(record(EXERCISES), encoding="utf-8", newline="\n")


def build(stage: Path, folder: Path) -> None:
    """Let pip and setuptools make the wheel. Raises `CommandError` if they can't."""
    command = [
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
        "--disable-pip-version-check", "--wheel-dir", str(folder.resolve()),
        *(["--no-build-isolation"] if has_setuptools() else []), str(stage),
    ]  # fmt: skip
    environment = {"SOURCE_DATE_EPOCH": EPOCH, **os.environ}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise CommandError(
            f"pip couldn't build the wheel ({last[:300]}); it needs setuptools {SETUPTOOLS} or"
            " newer: connect to the network, or use the Python of `python3 start.py class`."
        )


def has_setuptools() -> bool:
    """Whether the wheel can be made without fetching anything."""
    try:
        return int(version("setuptools").split(".")[0]) >= SETUPTOOLS
    except (PackageNotFoundError, ValueError):
        return False
