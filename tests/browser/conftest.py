"""One browser and one JupyterLab for all browser tests; a fresh page for each."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.browser.lab import Chapter, Lab, axe_source

WIDTH, HEIGHT = 1200, 1000


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    started = Lab(tmp_path_factory.mktemp("lab"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    return axe_source()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    named = os.environ.get("COURSE_SCREENSHOTS")
    return Path(named or tempfile.mkdtemp(prefix="course-screenshots-")).resolve()


@pytest.fixture
def open_notebook(browser, lab):
    """A function that opens a notebook on a page of its own."""
    opened = []

    def open_(notebook, trusted=True) -> Chapter:
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        opened.append((context, None))
        chapter = Chapter(context.new_page(), lab, notebook, trusted)
        opened[-1] = (context, chapter)
        return chapter

    yield open_
    for context, chapter in opened:
        if chapter is not None:
            chapter.close()
        context.close()
