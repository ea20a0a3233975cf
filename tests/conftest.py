"""What tests need from outside, and the one line that says what was skipped for want of it."""

from __future__ import annotations

import os
import shutil
import sys

import hypothesis
import pytest

from course_utils.teaching.repository import starter
from tests.class_tools import INSTALL_CLASS, class_python
from tests.lite_tools import INSTALL_LITE, lite_there
from tests.peers import INSTALL, peers_python

# No test judges a wall clock, not even Hypothesis's own.
hypothesis.settings.register_profile("course", deadline=None)
hypothesis.settings.load_profile("course")

# What a mark needs: the test that it's there, and how to get it.
NEEDS = {
    "browser": (
        lambda: shutil.which("chromium") or shutil.which("chromium-browser"),
        "Chromium",
        "install Chromium with the system's packages, e.g. `apt-get install chromium`",
    ),
    "peers": (peers_python, "PyTorch and transformers", f"`{INSTALL}`"),
    "class_tools": (class_python, "nbgrader, JupyterHub and their like", f"`{INSTALL_CLASS}`"),
    "lite": (lite_there, "JupyterLite's tools or Node.js", f"`{INSTALL_LITE}`, with Node.js there"),
}


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests: Playwright can't be started twice in a process."""
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import chromium

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(autouse=True)
def forget_widgets():
    """ipywidgets keeps every widget for ever, and with it its pictures: gigabytes in all."""
    yield
    if "ipywidgets" in sys.modules:
        sys.modules["ipywidgets"].Widget.close_all()


@pytest.fixture
def start():
    """start.py as a module, read anew for each test."""
    return starter()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what can't run here; where the run must be complete, a lack is a failure."""
    for mark, (find, what, remedy) in NEEDS.items():
        if item.get_closest_marker(mark) is None or find():
            continue
        if os.environ.get("COURSE_COMPLETE") == "1":
            pytest.fail(
                f"this run must be complete, but {what} is missing: {remedy}", pytrace=False
            )
        pytest.skip(f"{what} is missing: {remedy}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One last line: what was skipped for want of something, and how to get it."""
    reasons = [
        str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        for report in terminalreporter.stats.get("skipped", [])
    ]
    parts = []
    for _, what, remedy in NEEDS.values():
        count = sum(remedy in reason for reason in reasons)
        if count:
            parts.append(f"{count} that need {what} (to get it: {remedy})")
    if parts:
        terminalreporter.write_line("Skipped tests: " + "; ".join(parts) + ".")
