"""The repository around the package: its start.py, and its sources as a wheel is made of them."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

from course_utils.teaching.command import CommandError

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "course_utils"
BESIDE = ("pyproject.toml", "README.md", "LICENSE")


def starter() -> ModuleType:
    """start.py, which lays the chapters on a learner's own computer.

    Raises `CommandError` if it isn't there.
    """
    place = ROOT / "start.py"
    spec = importlib.util.spec_from_file_location("course_start", place)
    if spec is None or spec.loader is None or not place.is_file():
        raise CommandError(f"{place} is missing; get a whole copy of the course.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_sources(stage: Path) -> None:
    """Copy what a wheel of the course is made of into a folder."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    shutil.copytree(ROOT / PACKAGE, stage / PACKAGE, ignore=ignored)
    for name in BESIDE:
        shutil.copy(ROOT / name, stage / name)
