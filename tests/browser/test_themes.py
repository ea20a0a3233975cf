"""What a theme must not hide: each is looked up in the page, in the light and in the dark theme."""

from __future__ import annotations

import pytest

from tests.notebooks.small import notebook

pytestmark = pytest.mark.browser

CELL = """
import ipywidgets as w
from course_utils.widgets.spoken_names import SpokenNames
w.VBox([w.Dropdown(options=["a", "b"], description="Choose"), SpokenNames()])
"""
ARROW = "() => getComputedStyle(document.querySelector('.widget-dropdown select')).backgroundImage"


def test_the_arrow_of_a_list_is_white_on_a_dark_page(open_notebook):
    chapter = open_notebook(notebook(CELL))
    chapter.run_all()
    chapter.page.locator(".widget-dropdown select").wait_for()
    chapter.theme("light")  # a test before this one may have left another
    light = chapter.page.evaluate(ARROW)
    assert "svg" in light and "white" not in light
    chapter.theme("dark")
    assert "stroke='white'" in chapter.page.evaluate(ARROW)
    assert chapter.errors() == [] and chapter.watch.console == []
