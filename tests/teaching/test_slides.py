"""Slides come from the chapters: each has a title, few words, and says what it was made from."""

from __future__ import annotations

import base64
import copy
import io
import os
import re

import pytest
from PIL import Image

from course_utils.teaching import __main__ as teaching
from course_utils.teaching import slides
from course_utils.teaching.slides_page import page

CHAPTERS = slides.chapters()
MOST_WORDS = 60


def saved(path):
    """A chapter as it is saved, with its pictures at their usual size."""
    return slides.read(path)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_8_to_15_slides_with_title_few_words_and_pictures(path):
    notebook, guide = saved(path), slides.guide_of(path)
    deck = slides.deck(notebook, guide)
    assert 8 <= len(deck) <= 15
    for slide in deck:
        words = re.sub(r"<[^>]+>", "", " ".join(slide.text)).split()
        assert slide.title and len(slide.title) <= 60
        assert len(words) <= MOST_WORDS, slide.title
        assert words or slide.picture, slide.title
        assert slide.picture is None or slide.picture.alt.strip()
    assert sum(slide.picture is not None for slide in deck) >= 6
    assert sum(bool(slide.notes) for slide in deck) >= 5  # what the teacher's page says of them
    heading = re.search(r"^# (.+)$", notebook.cells[0].source, re.M)
    assert deck[0].title == heading[1]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_page_loads_nothing(path):
    made = page(slides.deck(saved(path)))
    assert re.findall(r"(?:https?:)?//[\w.]", re.sub(r"base64,[A-Za-z0-9+/=]+", "", made)) == []
    assert "default-src 'none'" in made
    assert set(re.findall(r'src="(\w+):', made)) == {"data"}


def cell(source, tags=("slide",), **chosen):
    kind = {"cell_type": "markdown", "id": "a", "source": source}
    return {**kind, "metadata": {"tags": list(tags), "slide": chosen}}


def test_a_slide_is_the_last_heading_and_its_first_sentence():
    source = "## One (3 minutes)\n\n### Two (deeper, 4 minutes)\n\nA [b](c.ipynb) is **d**. More."
    [slide] = slides.deck({"cells": [cell(source)]})
    assert (slide.title, slide.text) == ("Two", ("A b is <strong>d</strong>.",))
    [slide] = slides.deck({"cells": [cell(source, sentences=["More", "A ["])]})
    assert slide.text == ("More.", "A b is <strong>d</strong>.")
    [slide] = slides.deck({"cells": [cell("a < b & `x*y*z`", title="<T>")]})
    assert slide.text == ("a &lt; b &amp; <code>x<em>y</em>z</code>",) or "<script" not in page(
        [slide]
    ).replace("<script>", "", 1)
    assert "&lt;T&gt;" in page([slide])


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (cell("No heading."), "has no heading"),
        (cell("# T\n\nOne.", sentences=["Two"]), "no sentence that begins 'Two'"),
        (cell("x", tags=["slide-part"]), "there is no slide for it"),
    ],
)
def test_a_wrong_tag_is_named(made, complaint):
    with pytest.raises(ValueError, match=complaint):
        slides.deck({"cells": [made]})


def test_a_picture_that_is_gone_is_named():
    notebook = copy.deepcopy(saved(CHAPTERS[0]))
    for one in notebook.cells:
        one.pop("outputs", None)
    with pytest.raises(ValueError, match="shows no picture 0; was the chapter run"):
        slides.deck(notebook)


def test_a_picture_is_cropped_at_the_size_it_was_drawn():
    image = Image.new("RGB", (200, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    file = io.BytesIO()
    image.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    shown = (
        f'<img alt="a &lt; b" width="100" height="50" style="" src="data:image/png;base64,{data}">'
    )
    one = cell("Show()", tags=["slide-part"], crop=[50, 0, 100, 25])
    one["outputs"] = [{"data": {"text/html": shown}}]
    picture = slides.picture_of(one)
    assert (picture.width, picture.height, picture.alt) == (50, 25, "a < b")
    with Image.open(io.BytesIO(base64.b64decode(picture.data))) as part:
        assert part.size == (100, 50) and part.getcolors() == [(5000, (0, 0, 255))]


def test_notes_are_the_lesson_s_rows():
    guide = (
        "## 45 minutes\n\n| min | what happens | on the projector |\n|---|---|---|\n"
        "| 0–4 | Ask. | *Two*: `Show(1)` |\n| 4–6 | Wait. | *Three* |\n\n## Cut\n"
    )
    [slide] = slides.deck({"cells": [cell("## Two\n\nWords.")]}, guide)
    assert slide.notes == ("<strong>0–4 min.</strong> Ask. <em>Two</em>: <code>Show(1)</code>",)


def test_a_chapter_is_run_and_its_pictures_are_drawn_sharper(tmp_path):
    """Of the chapter only the two cells that take no time."""
    chapter = tmp_path / "00_start_here.ipynb"
    notebook = saved(CHAPTERS[0])
    wanted = {"title", "cycle-text", "cycle", "other-text", "ruler"}
    notebook.cells = [cell for cell in notebook.cells if cell.id in wanted]
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    slides.nbformat.write(notebook, chapter)
    before = dict(os.environ)
    made = slides.write(chapter, slides.run(chapter), tmp_path).read_text(encoding="utf-8")
    assert dict(os.environ) == before
    pictures = re.findall(r'data-width="(\d+)".*?base64,([A-Za-z0-9+/=]+)', made)
    assert len(pictures) == 2
    for width, data in pictures:
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.width == slides.SHARP * int(width)


def test_the_command_writes_a_file_for_each_chapter(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides, "run", slides.read)  # with the pictures that are saved
    assert teaching.main(["slides", str(tmp_path / "out"), "--chapters", "0", "3"]) == 0
    made = [tmp_path / "out" / name for name in ("00_start_here.html", "03_loss_as_grading.html")]
    assert capsys.readouterr().out.split() == [str(path) for path in made]
    assert sorted((tmp_path / "out").iterdir()) == made
    assert all(path.stat().st_size < 3_000_000 for path in made)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["slides"], "required: OUT"),
        (["slides", "out", "--chapters", "9"], "There is no chapter 9; choose from 0 to 6."),
    ],
)
def test_a_wrong_command_gets_one_sentence(arguments, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert teaching.main(arguments) == 2
    said = capsys.readouterr().err
    assert complaint in said and said.count("\n") == 1


def test_a_failing_cell_is_told_in_one_sentence(tmp_path):
    broken = tmp_path / "00_broken.ipynb"
    source = saved(CHAPTERS[0])
    source.cells = source.cells[:4]
    source.cells[1].source = "raise ValueError('not today')"
    slides.nbformat.write(source, broken)
    with pytest.raises(
        slides.CommandError, match=r"00_broken\.ipynb failed: ValueError: not today"
    ):
        slides.run(broken)
