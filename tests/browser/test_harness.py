"""The browser test must be able to fail: each kind of fault is seen on a small notebook."""

from __future__ import annotations

import nbformat
import pytest

from tests.browser.controls import move_all
from tests.notebooks.small import example, notebook

pytestmark = pytest.mark.browser

CONTROLS = """\
import ipywidgets as w
from IPython.display import display
button = w.Button(description="Add")
box = w.IntText(value=3, description="Count")
tick = w.Checkbox(value=False, description="Shuffle")
choice = w.Dropdown(options=["one", "two"], description="Which")
ways = w.RadioButtons(options=["left", "right"], description="Way")
slider = w.IntSlider(value=3, max=10, description="Words")
off = w.Button(description="Later", disabled=True)
button.on_click(lambda _: setattr(off, "disabled", False))
display(w.VBox([button, box, tick, choice, ways, slider, off]))
"""


def test_every_kind_of_control_is_moved_by_mouse_and_by_keyboard(open_notebook, axe):
    chapter = open_notebook(notebook(CONTROLS))
    chapter.run_all()
    moves = move_all(chapter)
    assert moves.stuck == []
    assert moves.never_on == set()
    for how in ("mouse", "keyboard"):
        kinds = [key.split("|")[1] for by, key in moves.moved if by == how]
        assert {kind: kinds.count(kind) for kind in set(kinds)} == {
            "button": 2,
            "number": 1,
            "checkbox": 1,
            "select": 1,
            "radio": 2,
            "slider": 1,
            "text": 1,
        } or {kind: kinds.count(kind) for kind in set(kinds)} == {
            "button": 2,
            "number": 1,
            "checkbox": 1,
            "select": 1,
            "radio": 2,
            "slider": 1,
        }
    assert chapter.watch.kernel == []
    assert chapter.watch.console == []
    # The slider has no name that a screen reader could say: axe-core sees it, in both themes.
    assert any("slider" in violation for violation in chapter.axe(axe))
    chapter.theme("dark")
    assert any("slider" in violation for violation in chapter.axe(axe))


def test_an_exception_in_a_callback_is_seen_though_the_notebook_shows_nothing(open_notebook):
    chapter = open_notebook(
        notebook(
            "import ipywidgets as w\nb = w.Button(description='Break')\n"
            "b.on_click(lambda _: 1 / 0)\nb"
        )
    )
    chapter.run_all()
    assert chapter.watch.kernel == []
    move_all(chapter)
    assert any("ZeroDivisionError" in error for error in chapter.watch.kernel)


def test_an_error_output_and_a_console_error_are_seen(open_notebook):
    chapter = open_notebook(
        notebook("from IPython.display import Javascript\nJavascript('console.error(\"oh\")')")
    )
    chapter.run_all()
    assert any(text.startswith("oh") for text in chapter.watch.console)
    chapter = open_notebook(notebook("1 / 0"))
    chapter.run_all()
    assert any("ZeroDivisionError" in text for text in chapter.errors())
    assert any("ZeroDivisionError" in text for text in chapter.watch.kernel)


def test_a_switched_off_control_and_a_deaf_one_are_named(open_notebook):
    deaf = '<input type="checkbox" aria-label="Deaf" onclick="return false">'
    unreachable = '<button tabindex="-1" aria-label="Far">Far</button>'
    chapter = open_notebook(
        notebook(
            f"from IPython.display import HTML\nHTML('''{deaf}{unreachable}"
            "<button disabled>Never</button>''')"
        )
    )
    chapter.run_all()
    moves = move_all(chapter)
    assert "checkbox 'Deaf' by mouse: a click changed nothing" in moves.stuck
    assert "button 'Far' by keyboard: it can't be reached by keyboard" in moves.stuck
    assert len(moves.never_on) == 1


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_a_widget_view_left_in_the_file_and_a_broken_picture_are_seen(open_notebook, trusted):
    saved = example()
    data = {
        "text/plain": "IntSlider()",
        "application/vnd.jupyter.widget-view+json": {
            "model_id": "0" * 32,
            "version_major": 2,
            "version_minor": 0,
        },
    }
    saved.cells[1].outputs = [nbformat.v4.new_output("display_data", data=data)]
    saved.cells[3].outputs = [
        nbformat.v4.new_output(
            "display_data", data={"text/html": '<img alt="" src="data:image/png;base64,AAAA">'}
        )
    ]
    for cell in saved.cells:
        cell.execution_count = 1
    chapter = open_notebook(saved, trusted)
    chapter.page.wait_for_timeout(500)
    assert chapter.errors() != [] or not trusted
    assert chapter.pictures() == [{"alt": "Image", "width": 0, "seen": True}]


PANEL = """\
import ipywidgets as w
from course_utils.widgets.panel import Panel

class Small(Panel):
    summary = "small"
    def still(self):
        return "<p>still</p>"

panel = Small([
    w.IntSlider(value=3, max=10, description="Words"),
    w.FloatLogSlider(value=1, min=-3, max=1, description="Rate"),
    w.IntRangeSlider(value=(2, 4), max=10, description="Between"),
    w.SelectionSlider(options=["a", "b"], description="Student"),
    w.VBox([w.Play(max=5)]),
])
panel
"""


def test_a_panel_names_its_sliders_and_players(open_notebook, axe):
    chapter = open_notebook(notebook(PANEL))
    chapter.run_all()
    chapter.page.wait_for_timeout(300)
    assert chapter.axe(axe) == []
    names = chapter.page.evaluate(
        "() => [...document.querySelectorAll('[role=slider]')].map(e => e.ariaLabel)"
    )
    assert names == ["Words", "Rate", "Between, lower end", "Between, upper end", "Student"]
    moves = move_all(chapter)
    assert moves.stuck == []
    assert chapter.axe(axe) == []
    assert chapter.watch.console == [] and chapter.watch.kernel == []
