"""Slides and large type in a real browser: readable from ten metres, reachable by keyboard."""

from __future__ import annotations

import nbformat
import pytest

from course_utils.figures import style
from course_utils.figures.canvas import DPI
from course_utils.teaching import slides
from course_utils.teaching.slides_page import page as slides_page
from course_utils.widgets.large_type import LABEL, TEXT
from tests.browser.controls import move_all

pytestmark = pytest.mark.browser
BODY = 28.0  # pixels on a sheet of 1280 by 720
SMALLEST = style.SMALL * DPI / 72  # of a label, in a picture that isn't enlarged

SLIDE = """() => {
    const slide = [...document.querySelectorAll('section')].find(s => !s.hidden);
    const sizes = [...slide.querySelectorAll('h1, h2, .words p, .words li')]
        .map(e => parseFloat(getComputedStyle(e).fontSize));
    const image = slide.querySelector('img'), r = image?.getBoundingClientRect();
    const parts = [...slide.children].filter(e => e.getClientRects().length);
    const inside = parts.every(e => {
        const b = e.getBoundingClientRect(), s = slide.getBoundingClientRect();
        return b.left >= s.left && b.right <= s.right && b.top >= s.top && b.bottom <= s.bottom;
    });
    const words = slide.querySelector('.words')?.getBoundingClientRect();
    return {
        id: slide.id, smallest: Math.min(...sizes), inside,
        grown: image ? Math.min(r.width / image.getAttribute('width'),
                                r.height / image.getAttribute('height')) : null,
        covered: Boolean(image && words && words.bottom > r.top + 1),
        page: slide.querySelector('.page').textContent,
    };
}"""

# What axe-core finds on the present slide, each fault with the slide's number.
AXE = """async () => {
    const found = (await axe.run({resultTypes: ['violations']})).violations;
    return found.flatMap(v => v.nodes.map(
        n => `${location.hash} ${v.id}: ${n.html.slice(0, 150)}`));
}"""


def seen(page, made, folder):
    """A page with these slides, and what it said or asked of the network."""
    path = folder / "slides.html"
    path.write_text(made, encoding="utf-8")
    wrong = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda asked: asked.url.startswith(("file:", "data:")) or wrong.append(asked.url)
    )
    page.goto(path.as_uri())
    return wrong


@pytest.mark.parametrize("path", slides.chapters(), ids=lambda path: path.stem)
def test_each_slide_is_readable_from_far_and_none_is_cut(path, browser, axe, tmp_path):
    deck = slides.deck(slides.read(path), slides.guide_of(path))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    wrong = seen(page, slides_page(deck), tmp_path)
    page.evaluate(axe)
    found, violations = [], []
    for _ in deck:
        found.append(page.evaluate(SLIDE))
        for _ in ("as it was", "the other theme"):
            violations += page.evaluate(AXE)
            page.keyboard.press("d")
        page.keyboard.press("ArrowRight")
    assert [slide["page"] for slide in found] == [
        f"{number} / {len(deck)}" for number in range(1, len(deck) + 1)
    ]
    assert [slide for slide in found if slide["smallest"] < BODY or not slide["inside"]] == []
    assert [slide for slide in found if slide["covered"]] == []
    small = [s for s in found if s["grown"] is not None and s["grown"] * SMALLEST < LABEL]
    assert small == []
    assert violations == []
    assert wrong == []
    # Axe sees what is wrong on the slide that is shown.
    page.evaluate("document.querySelector('section:not([hidden]) .page').style.color = '#CCCCCC'")
    assert [found.split()[:2] for found in page.evaluate(AXE)] == [
        [f"#{len(deck)}", "color-contrast:"]
    ]
    page.close()


def test_keys_notes_theme_and_print(browser, axe, tmp_path):
    path = slides.chapters()[0]
    deck = slides.deck(slides.read(path), slides.guide_of(path))
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    wrong = seen(page, slides_page(deck), tmp_path)
    last = len(deck)
    for key, number in (("End", last), ("ArrowRight", last), ("Home", 1), ("ArrowLeft", 1),
                        (" ", 2), ("PageDown", 3), ("PageUp", 2)):  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate(SLIDE)["id"] == str(number), key
    assert page.url.endswith("#2")
    noted = page.locator(".notes")
    assert not noted.is_visible()
    page.keyboard.press("n")
    assert noted.is_visible() and "0–4 min." in noted.inner_text()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []
    before = page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
    page.click("#dark")
    after = page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor")
    assert before == "rgb(255, 255, 255)" and after != before
    page.click("#on")
    assert page.evaluate(SLIDE)["id"] == "3"
    page.set_viewport_size({"width": 1920, "height": 1080})  # a larger screen shows it larger
    page.wait_for_function(
        "document.querySelector('section:not([hidden])').getBoundingClientRect().width === 1920"
    )
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == len(deck)
    assert wrong == []
    page.close()


# Large type --------------------------------------------------------------------------------------

MEASURE = """() => {
    const small = [], cut = [], labels = [];
    const where = '.jp-Notebook .jp-OutputArea-output, .jp-Notebook .jp-MarkdownOutput';
    const size = e => parseFloat(getComputedStyle(e).fontSize) * e.currentCSSZoom;
    for (const output of document.querySelectorAll(where)) {
        const walk = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const e = walk.currentNode.parentElement, words = walk.currentNode.textContent.trim();
            if (!words || !e.getClientRects().length || e.matches('style, script')) continue;
            if (size(e) < LEAST) small.push([size(e), words]);
        }
        const controls = 'button, input, select, textarea, .widget-readout';
        for (const e of output.querySelectorAll(controls)) {
            if (!e.getClientRects().length) continue;
            if (size(e) < LEAST) small.push([size(e), e.outerHTML.slice(0, 80)]);
            if (e.matches('button, .widget-readout') && e.scrollWidth > e.clientWidth + 1)
                cut.push(e.innerText);
        }
        for (const image of output.querySelectorAll('img')) {
            const wide = image.getBoundingClientRect().width;
            if (wide) labels.push([wide / image.getAttribute('width'),
                                   image.naturalWidth / image.getAttribute('width')]);
        }
    }
    const box = document.querySelector('.jp-WindowedPanel-outer, .jp-Notebook');
    return {small, cut, labels, wide: box.scrollWidth > box.clientWidth + 1};
}""".replace("LEAST", str(TEXT))

CELLS = (
    "from course_utils import large_type\n\nlarge_type()",
    "from course_utils.widgets import Desk, WarmUp\n\nWarmUp(Desk())",
    'from course_utils.widgets import QuestionSheet\n\nQuestionSheet("grid")',
    "from course_utils.figures.cycle import cycle_picture\n\ncycle_picture()",
)


def test_in_large_type_every_word_control_and_label_is_large_and_still_works(open_notebook, axe):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    chapter = open_notebook(notebook)
    chapter.page.set_viewport_size({"width": 1280, "height": 720})
    # The list of files takes a fifth of the screen; the guide says to fold it away.
    chapter.page.evaluate("() => jupyterapp.commands.execute('filebrowser:toggle-main')")
    chapter.run_all()
    large = chapter.page.evaluate(MEASURE)
    assert large["small"] == [] and large["cut"] == [] and not large["wide"]
    assert len(large["labels"]) >= 2
    for grown, sharp in large["labels"]:
        assert grown * SMALLEST >= LABEL and sharp >= grown
    assert chapter.axe(axe) == []

    moves = move_all(chapter)
    assert moves.stuck == [] and len(moves.moved) > 10
    assert chapter.watch.kernel == [] and chapter.watch.console == []
    assert chapter.page.evaluate(MEASURE)["small"] == []

    chapter.page.evaluate(
        """async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({code: 'off = large_type(False)'}).done; }"""
    )
    chapter.settle()
    again = chapter.page.evaluate(MEASURE)
    assert again["small"] and all(grown <= 1 for grown, _ in again["labels"])
