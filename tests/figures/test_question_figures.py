"""Strips, grids, dealt papers and printed pages: what is drawn is what was given."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from course_utils.figures import style
from course_utils.figures.deal import Dealt, deal_alt
from course_utils.figures.flow import MISSING, drawable, flow, pixels_wide, points_wide, wrap
from course_utils.figures.grid import BatchGrid, grid_alt
from course_utils.figures.page import (
    MARGIN,
    PAPERS,
    blocks,
    page_alt,
    pages,
    paginate,
    paper_size,
    sheet_pages,
)
from course_utils.figures.stamps import Stamp, Stamps
from course_utils.figures.strips import (
    BlankStrip,
    CoverStrip,
    KeyStrip,
    TokenStrip,
    blank_alt,
    cover_alt,
    key_alt,
    token_lines,
    tokens_alt,
    whole_axes,
)
from course_utils.training.corpus import story_corpus
from course_utils.training.papers import Passage, Sheet, SheetQuestion, deal_sheet

WORDS = ["<start>", "Mia", "lost", "a", "red", "hat", ".", "Tom", "found", "it", ".", "<end>"]
IDS = list(range(1, len(WORDS) + 1))


def pixels(canvas) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(canvas.png()))).astype(int)


def test_a_letter_that_the_font_lacks_is_drawn_as_a_box():
    assert drawable("ball") == "ball" and drawable("\u4e2d$") == f"{MISSING}$"
    assert points_wide("hats", 10) > points_wide("hat", 10)
    assert pixels_wide("hat", 13) == pytest.approx(points_wide("hat", 13) * 100 / 72)


def test_boxes_flow_and_text_wraps_without_losing_a_letter():
    places = flow([50, 60, 70], 10, 130)
    assert [(p.left, p.line) for p in places] == [(0, 0), (60, 0), (0, 1)]
    text = "one two three " + "x" * 200 + "\nfour"
    lines = wrap(text, 10, 120)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert max(points_wide(line, 10) for line in lines) <= 120 and lines[-1] == "four"


def test_a_stamped_word_stands_where_matplotlib_s_own_would():
    from course_utils.figures.canvas import Canvas

    boxes = []
    for kind in ("stamp", "text"):
        canvas = Canvas(200, 60)
        ax = whole_axes(canvas)
        if kind == "stamp":
            stamps = Stamps()
            stamps.stamps = [Stamp(100, 30, "Hat")]
            ax.add_artist(stamps)
        else:
            ax.text(100, 30, "Hat", ha="center", va="center_baseline", fontsize=style.LARGE)
        dark = np.argwhere(pixels(canvas)[4:-4, 4:-4].sum(2) < 300)
        boxes.append((dark.min(0), dark.max(0)))
    for mine, theirs in zip(*boxes, strict=True):
        assert np.abs(mine - theirs).max() <= 3


def test_tokens_are_shown_up_to_the_last_line_and_counted():
    strip = TokenStrip()
    strip.show(WORDS, IDS)
    assert strip.shown == len(WORDS)
    said = [stamp.words for stamp in strip.words.stamps]
    assert said[::2] == WORDS and said[1::2] == [str(i) for i in IDS]
    few = pixels(strip.canvas)
    strip.show(["wonderful"] * 90, range(90))
    assert strip.shown < 90 and "…" in [stamp.words for stamp in strip.words.stamps]
    assert (pixels(strip.canvas) != few).any()
    assert token_lines(WORDS, IDS) == 1 and token_lines(["wonderful"] * 90, range(90)) == 4
    low = TokenStrip(lines=1)
    low.show(WORDS, IDS)
    assert low.shown == len(WORDS) and low.canvas.height < strip.canvas.height
    assert tokens_alt("words", WORDS, IDS, 150).startswith("A text cut into 12 tokens (words)")


def test_the_cover_leaves_open_what_may_be_read():
    strip = CoverStrip(WORDS)
    strip.cover(3)
    assert len(strip.shut.get_paths()) == len(WORDS) - 4 and len(strip.asked.get_paths()) == 1
    strip.cover(len(WORDS) - 1)
    assert len(strip.shut.get_paths()) == 0
    both = CoverStrip(WORDS, both_sides=True)
    both.cover(3)
    assert len(both.shut.get_paths()) == 0
    said = cover_alt(WORDS, 3, False)
    assert "Mia lost." in said and "hat" not in said and "8 more tokens are covered" in said
    assert "a red" not in cover_alt(WORDS, 3, True) and "red hat" in cover_alt(WORDS, 3, True)


def test_only_hidden_words_carry_a_target():
    strip = BlankStrip(WORDS, IDS)
    strip.hide({2, 5})
    assert [s.words for s in strip.words.stamps] == ["?", "?", "lost", "3", "hat", "6"]
    beside = {s.words: s.x for s in strip.words.stamps}
    assert beside["lost"] == beside["3"] < beside["hat"] == beside["6"], "a word above its own id"
    assert len(strip.asked.get_paths()) == len(strip.wiped.get_paths()) == 2
    said = blank_alt(WORDS, IDS, {2, 5})
    assert said.startswith("<start> Mia [?] a red [?]") and "lost 3, hat 6" in said
    strip.hide(())
    assert not strip.words.stamps


def test_the_key_is_slid_by_whole_cells():
    strip = KeyStrip(WORDS, [True] * len(WORDS))
    strip.slide(0, [False] * len(WORDS))
    before = {s.words: s.x for s in strip.words.stamps}
    strip.slide(1, [True] * 4)
    after = {s.words: s.x for s in strip.words.stamps}
    assert after["red"] == pytest.approx(before["lost"] + (before["lost"] - before["Mia"]) * 1)
    assert len(strip.right.get_xdata()) == 4
    for shift in range(-2, 4):
        strip.slide(shift, [False] * len(WORDS))
        corners = np.concatenate([path.vertices for path in strip.boxes.get_paths()])
        assert corners[:, 0].min() >= 8 and corners[:, 0].max() <= strip.canvas.width - 8, "whole"
    assert key_alt(WORDS, 1, 4, 11).endswith("4 of 11 keys stand under their question.")


def test_the_grid_lights_exactly_the_questions():
    asked = np.array([[True, True, False], [True, False, False]])
    padding = np.array([[False, False, False], [False, False, True]])
    grid = BatchGrid(rows=2)
    assert grid.canvas.height < BatchGrid(rows=3).canvas.height
    grid.show(asked, padding, lit=False)
    assert {n: len(m.get_xdata()) for n, m in grid.marks.items()} == {
        "blank": 6, "asked": 0, "quiet": 0, "padding": 0,
    }  # fmt: skip
    assert "not lit yet" in grid_alt(asked, padding, False)
    grid.show(asked, padding, lit=True)
    assert {n: len(m.get_xdata()) for n, m in grid.marks.items()} == {
        "blank": 0, "asked": 3, "quiet": 2, "padding": 1,
    }  # fmt: skip
    said = [stamp.words for stamp in grid.words.stamps]
    assert "2 questions" in said and "1 question" in said
    assert "2, 1; 3 in all" in grid_alt(asked, padding, True)


def test_dealt_rows_lie_on_their_papers():
    dealt = Dealt(followed=2)
    dealt.show([[0, 1], [3, 2]])
    assert len(dealt.sheets.get_paths()) == 2 and len(dealt.lit.get_paths()) == 1
    assert [s.words for s in dealt.words.stamps if s.bold] == ["3"]
    assert "Row 3, outlined, lies in test 2" in deal_alt([[0, 1], [3, 2]], 2)
    for size in range(2, 9):
        dealt.show([list(range(i, min(i + size, 24))) for i in range(0, 24, size)])
        corners = np.concatenate([path.vertices for path in dealt.sheets.get_paths()])
        assert corners.min() > 8, "all on the picture"
        assert corners[:, 0].max() < dealt.canvas.width - 8 and (corners[:, 1] < 180).all()


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("masked", [False, True])
def test_a_printed_page_keeps_its_margins_and_says_everything(paper, masked):
    sheet = deal_sheet(story_corpus(120), 1, masked=masked)
    figures = list(sheet_pages(sheet, paper))
    wide, high = paper_size(paper)
    written = []
    for figure in figures:
        assert figure.get_size_inches() * 72 == pytest.approx((wide, high))
        agg = FigureCanvasAgg(figure)
        agg.draw()
        for text in figure.findobj(Text):
            if text.get_text():
                written.append(text.get_text())
                box = text.get_window_extent(agg.get_renderer())
                scale = 72 / figure.dpi
                assert box.x1 * scale <= wide - MARGIN + 14, text.get_text()
                assert box.x0 * scale >= MARGIN - 1 and box.y0 * scale > 20
                assert text.get_fontsize() >= style.SMALL
    assert written.count("chips") == 5 * len(sheet.questions)
    assert sheet.title in written and written.count("any other word") == len(sheet.questions)
    said = page_alt(sheet)
    assert all(choice in said for q in sheet.questions for choice in q.choices)


def test_many_and_long_passages_go_on_another_page():
    question = SheetQuestion(1, 1, ("a", "b", "c", "d"), "a")
    long = Passage("word " * 2000, (question,), (1, 4))
    sheet = Sheet(1, False, (long, *[Passage("Short …", (question,), (1, 4))] * 20), ("a",))
    found = paginate(blocks(sheet))
    room = PAPERS["A4"][1] - 2 * MARGIN
    assert len(found) > 3 and all(sum(b.height for b in page) <= room for page in found)
    assert sum(len(b.questions) for page in found for b in page) == 21
    written = [text.get_text() for text in list(pages(sheet))[1].findobj(Text)]
    assert any("page 2 of" in words for words in written)
    with pytest.raises(ValueError, match="A4 or Letter"):
        paper_size("A5")
