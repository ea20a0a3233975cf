"""Notebooks under pytest: nbval runs each code cell, this file compares pictures and is strict.

It stands at the root because it also serves ``pytest notebooks``; what only the tests need stands
in ``tests/conftest.py``.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
import uuid
from importlib.metadata import version
from pathlib import Path

import normalise
import pytest
from nbval.plugin import IPyNbCell

ROOT = Path(__file__).resolve().parent
DRAWING = ("matplotlib", "numpy", "pillow")
_folders = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the user's own Jupyter and Matplotlib settings away from every kernel we start."""
    folder = tempfile.TemporaryDirectory(prefix="course-tests-", ignore_cleanup_errors=True)
    config.stash[_folders] = folder
    os.environ.update(normalise.isolated_environment(Path(folder.name)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders that `pytest_configure` made."""
    config.stash[_folders].cleanup()


def unlocked_versions() -> list[str]:
    """The packages that draw pictures and whose version isn't one of those in ``uv.lock``."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked: dict[str, set[str]] = {}
    for package in lock["package"]:
        locked.setdefault(package["name"], set()).add(package.get("version", ""))
    return [name for name in DRAWING if version(name) not in locked.get(name, set())]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the notebooks in the order of their cells, after the quicker tests; the browser last.

    A browser's event loop stays in this thread: whoever asks for a loop afterwards would find it.
    """
    items.sort(
        key=lambda item: (
            item.get_closest_marker("browser") is not None,
            isinstance(item, IPyNbCell),
        )
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let every test, and every notebook, begin with a progress file of its own, not yet there."""
    name = item.path.stem if isinstance(item, IPyNbCell) else uuid.uuid4().hex
    folder = Path(item.config.stash[_folders].name)
    os.environ["COURSE_PROGRESS"] = str(folder / "progress" / f"{name}.json")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """After nbval has compared a cell's text: was it run at all, and are its pictures the same?"""
    result = yield
    if not isinstance(item, IPyNbCell):
        return result
    if item.cell.source.strip() and item.cell.execution_count is None:
        item.raise_cell_error("the saved cell was never run; use scripts/normalise.py")
    if item.options["check"]:
        found = normalise.output_pictures_differences(item.cell.outputs, item.test_outputs or [])
        if found and not (unlocked := unlocked_versions()):
            item.raise_cell_error("Cell pictures differ", "\n".join(found))
        elif found:
            pytest.skip(f"pictures aren't compared: {', '.join(unlocked)} isn't the locked version")
    return result
