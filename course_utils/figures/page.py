"""A test paper for humans as printed pages: to be filled in with chips, and its answer key.

A page is a matplotlib figure of the paper's own size, so that it is sharp in print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfFile, RendererPdf
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from course_utils.figures import style
from course_utils.figures.canvas import DPI, image_html, sharpness
from course_utils.figures.flow import drawable, points_wide, wrap
from course_utils.figures.png import png_bytes
from course_utils.material.questions import CHIPS
from course_utils.training.papers import Sheet, SheetQuestion

PAPERS = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}  # points, wide and high
MARGIN = 50.0
TITLE, TEXT, SMALL = 16.0, 10.5, 10.0
LEADING = 1.32  # a line's height, in sizes
BOX = 42.0  # how high the five boxes are
INDENT = 24.0  # room for a number
AFTER_TEXT, AFTER_BOXES, AFTER_PASSAGE = 6.0, 7.0, 9.0
RULES = (
    f"Place {CHIPS} chips for each question: write how many into each box."
    " At least one in every box, many where you are sure."
)
WHITE = "#FFFFFF"
SPREAD = 0.95  # of a line is filled: on a screen letters are a little wider than in print
HEAD = 76.0  # of the first page: title, name, rules

TOGETHER = 16  # words and lines of a page that are written in one piece

Line = list[tuple[float, float]]


@dataclass(frozen=True)
class Block:
    """A passage as it is set: its lines, and its questions with their boxes below."""

    lines: tuple[str, ...]
    questions: tuple[SheetQuestion, ...]
    numbered: bool  # whether the one question's number stands before the text

    @property
    def height(self) -> float:
        """How many points it needs."""
        text = len(self.lines) * TEXT * LEADING + AFTER_TEXT
        return text + len(self.questions) * (BOX + AFTER_BOXES) + AFTER_PASSAGE


def blocks(sheet: Sheet, paper: str = "A4") -> list[Block]:
    """All passages of a sheet, set in lines. Raises `ValueError` for an unknown paper."""
    wide, _ = paper_size(paper)
    found = []
    for passage in sheet.passages:
        lines = wrap(passage.text, TEXT, SPREAD * (wide - 2 * MARGIN - _indent(sheet.masked)))
        found.append(Block(tuple(lines), passage.questions, not sheet.masked))
    return found


def paper_size(paper: str) -> tuple[float, float]:
    """A paper's width and height in points. Raises `ValueError` that lists the papers."""
    if paper not in PAPERS:
        raise ValueError(f"There is no paper {paper!r}; choose {' or '.join(PAPERS)}.")
    return PAPERS[paper]


def paginate(found: Sequence[Block], paper: str = "A4") -> list[list[Block]]:
    """Blocks on pages, none cut in two unless it is longer than a page."""
    _, high = paper_size(paper)
    room = high - 2 * MARGIN - 30
    pages: list[list[Block]] = [[]]
    left = room - HEAD
    for block in found:
        for part in _parts(block, room - HEAD):
            if pages[-1] and part.height > left:
                pages.append([])
                left = room
            pages[-1].append(part)
            left -= part.height
    return pages


def _parts(block: Block, room: float) -> list[Block]:
    """A block that fits on a page stays whole; a longer one is cut between its lines."""
    if block.height <= room:
        return [block]
    most = max(1, int((room - AFTER_TEXT - AFTER_PASSAGE) / (TEXT * LEADING)) - 6)
    pieces = [block.lines[i : i + most] for i in range(0, len(block.lines), most)]
    parts = [Block(lines, (), False) for lines in pieces[:-1]]
    return [*parts, Block(pieces[-1], block.questions, block.numbered)]


def _indent(masked: bool) -> float:
    return 0.0 if masked else INDENT


def draw_page(
    page: Sequence[Block], title: str, number: int, of: int, paper: str = "A4",
    after: Callable[[Writer], None] | None = None,
) -> Figure:  # fmt: skip
    """One page as a figure of the paper's size: a title and rules on the first, then its blocks.

    ``after`` writes what stands below them.
    """
    writer = Writer(paper)
    if number == 1:
        writer.words(title, TITLE, bold=True)
        writer.right("Name ______________________", TEXT)
        writer.down(TITLE * LEADING + 8)
        top = writer.y
        for line in wrap(RULES, SMALL, SPREAD * (writer.wide - 2 * MARGIN)):
            writer.words(line, SMALL)
            writer.down(SMALL * LEADING)
        writer.down(4)
        writer.rule()
        writer.y = top - HEAD + TITLE * LEADING + 8
    for block in page:
        indent = _indent(not block.numbered)
        if block.numbered:
            writer.words(f"{block.questions[0].number}.", TEXT, bold=True)
        for line in block.lines:
            writer.words(line, TEXT, indent)
            writer.down(TEXT * LEADING)
        writer.down(AFTER_TEXT)
        for question in block.questions:
            if not block.numbered:
                writer.words(f"({question.number})", TEXT, bold=True, y=writer.y - 14)
            writer.boxes(question.boxes)
            writer.down(BOX + AFTER_BOXES)
        writer.down(AFTER_PASSAGE)
    if after is not None:
        after(writer)
    writer.foot(f"{title}, page {number} of {of}" if of > 1 else title)
    return writer.finished()


def draw_key(sheet: Sheet, paper: str = "A4") -> Figure:
    """The answer key of a sheet as a page of its own."""
    writer = Writer(paper)
    writer.words(f"Answer key. {sheet.title}", TITLE, bold=True)
    writer.down(TITLE * LEADING + 10)
    writer.words(
        "The right answers are the text itself: nobody had to write them.", SMALL, colour=style.INK
    )
    writer.down(SMALL * LEADING + 8)
    writer.rule()
    writer.down(18)
    step = min(24.0, (writer.y - MARGIN - 40) / max(1, len(sheet.questions)))
    for question in sheet.questions:
        where = "" if question.answer in question.choices else f"  (in the box “{question.other}”)"
        writer.words(f"{question.number}.", TEXT, bold=True)
        writer.words(f"{question.answer}{where}", TEXT, 28)
        writer.down(step)
    writer.foot("Answer key")
    return writer.finished()


class Writer:
    """A blank page; what is written stands at ``y``, which goes down. All numbers are points."""

    def __init__(self, paper: str) -> None:
        self.wide, self.high = paper_size(paper)
        self.figure = Figure(figsize=(self.wide / 72, self.high / 72), dpi=DPI)
        self.figure.patch.set_facecolor(WHITE)
        self.ax = self.figure.add_axes((0, 0, 1, 1))
        self.ax.set_axis_off()
        self.ax.set_xlim(0, self.wide)
        self.ax.set_ylim(0, self.high)
        self.y = self.high - MARGIN
        self.lines: dict[tuple[str, float], list[Line]] = {}

    def finished(self) -> Figure:
        """The page, with all lines of one look drawn as one: many artists take long."""
        for (colour, width), lines in self.lines.items():
            drawn = LineCollection(lines, colors=colour, linewidths=width, capstyle="projecting")
            self.ax.add_collection(drawn, autolim=False)
        return self.figure

    def line(self, points: Line, colour: str, width: float) -> None:
        """A line through these points."""
        self.lines.setdefault((colour, width), []).append(points)

    def down(self, points: float) -> None:
        """Go down."""
        self.y -= points

    def words(
        self, words: str, size: float, indent: float = 0.0, bold: bool = False,
        colour: str = style.INK, ha: str = "left", y: float | None = None,
    ) -> None:  # fmt: skip
        """Words whose top stands at ``y``, so far from the left margin as ``indent`` says."""
        text = Text(
            MARGIN + indent, self.y if y is None else y, drawable(words), fontsize=size, ha=ha,
            va="top", color=colour, weight="bold" if bold else "normal", parse_math=False,
            clip_on=False,
        )  # fmt: skip
        self.ax.add_artist(text)

    def right(self, words: str, size: float) -> None:
        """Words at the right margin."""
        self.words(words, size, self.wide - 2 * MARGIN, ha="right", y=self.y - 4)

    def rule(self) -> None:
        """A line across the page."""
        self.line([(MARGIN, self.y), (self.wide - MARGIN, self.y)], style.INK, 0.8)

    def foot(self, words: str) -> None:
        """Words in the middle below everything else."""
        self.words(words, SMALL, (self.wide - 2 * MARGIN) / 2, colour=style.QUIET, ha="center",
                   y=MARGIN - 6)  # fmt: skip

    def boxes(self, words: Sequence[str]) -> None:
        """A box for each choice, with room for the number of chips."""
        left, gap = MARGIN + INDENT, 6.0
        width = (self.wide - MARGIN - left - gap * (len(words) - 1)) / len(words)
        for i, word in enumerate(words):
            x, low = i * (width + gap), self.y - BOX
            sides = [left + x, left + x + width, left + x + width, left + x, left + x]
            ends = [low, low, low + BOX, low + BOX, low]
            self.line(list(zip(sides, ends, strict=True)), style.INK, 0.9)
            self.words(
                _fitting(word, width - 8), SMALL, INDENT + x + width / 2, ha="center", y=self.y - 5
            )
            self.words(
                "chips", SMALL, INDENT + x + width - 6, colour=style.QUIET, ha="right", y=low + 15
            )
            rule = [(left + x + 8, low + 7), (left + x + width - 40, low + 7)]
            self.line(rule, style.QUIET, 0.7)


def _fitting(word: str, most: float) -> str:
    """A word, cut where it would stick out of its box of ``most`` points."""
    if points_wide(word, SMALL) <= most:
        return word
    while word and points_wide(f"{word}…", SMALL) > most:
        word = word[:-1]
    return f"{word}…"


def pages(sheet: Sheet, paper: str = "A4") -> Iterator[Figure]:
    """All pages of a sheet, without its key."""
    found = paginate(blocks(sheet, paper), paper)
    for number, page in enumerate(found, 1):
        yield draw_page(page, sheet.title, number, len(found), paper)


def sheet_pages(sheet: Sheet, paper: str = "A4") -> Iterator[Figure]:
    """All pages of a sheet, and its key as the last one."""
    yield from pages(sheet, paper)
    yield draw_key(sheet, paper)


def save_pages(path: str | PathLike[str], figures: Iterable[Figure], title: str) -> Path:
    """Write pages into one PDF, the same bytes each time. Raises `ValueError` if it can't be."""
    for _ in saving_pages(path, figures, title):
        pass
    return Path(path)


def saving_pages(
    path: str | PathLike[str], figures: Iterable[Figure], title: str
) -> Iterator[None]:
    """`save_pages` in small pieces, so that it holds nothing up while it writes."""
    target = Path(path)
    try:
        about = {"Title": title, "CreationDate": None}
        with closing(PdfFile(target, metadata=about)) as pdf:  # type: ignore[no-untyped-call]
            for figure in figures:
                yield
                yield from _writing(pdf, figure)
            pdf.finalize()  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ValueError(
            f"{target} can't be written ({error.strerror}); choose another name or folder."
        ) from None


def _writing(pdf: PdfFile, figure: Figure) -> Iterator[None]:
    """Add a page, a few words at a time: matplotlib's own way draws the whole in one go."""
    figure.dpi = 72  # a PDF counts in points
    wide, high = figure.get_size_inches()
    pdf.newPage(wide, high)  # type: ignore[no-untyped-call]
    renderer = RendererPdf(pdf, DPI, high, wide)  # type: ignore[no-untyped-call]
    for ax in figure.axes:
        for i, artist in enumerate([*ax.collections, *ax.texts]):
            artist.draw(renderer)
            if i % TOGETHER == TOGETHER - 1:
                yield
    renderer.finalize()  # type: ignore[no-untyped-call]
    pdf.endStream()  # type: ignore[no-untyped-call]
    yield


def page_html(figure: Figure, alt: str) -> str:
    """A page as a picture."""
    wide, high = FigureCanvasAgg(figure).get_width_height()
    figure.set_dpi(DPI * sharpness())
    agg = FigureCanvasAgg(figure)
    agg.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(agg.buffer_rgba())[..., :3]  # type: ignore[no-untyped-call]
    return image_html(png_bytes(np.ascontiguousarray(pixels)), alt, wide, high)


def page_alt(sheet: Sheet) -> str:
    """The text alternative of a sheet's pages."""
    asked = "; ".join(f"{q.number}: {', '.join(q.boxes)}" for q in sheet.questions)
    return f"A test paper, {sheet.title}, with {len(sheet.questions)} questions. Boxes of {asked}."
