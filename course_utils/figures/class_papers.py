"""A class's papers in print: each with a card that saves the logarithm, and the teacher's key."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from course_utils.figures import style
from course_utils.figures.flow import wrap
from course_utils.figures.page import (
    AFTER_PASSAGE,
    HEAD,
    LEADING,
    MARGIN,
    SMALL,
    SPREAD,
    TEXT,
    TITLE,
    Block,
    Writer,
    blocks,
    draw_page,
    paginate,
    paper_size,
)
from course_utils.material.questions import CHIPS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from course_utils.training.papers import Sheet

ROW = 17.0  # how high a line of a table is
BELOW = 16.0  # under a paper of the key
CELL = 9.0  # the size of the card's numbers: sixteen stand in a line
FOOT = 10.0  # above the page's lowest line
LABELS = 92.0  # room for what stands before the numbers of the card
PER_LINE = 5  # losses that are written down in one line of the card
CARD_TITLE = "What an answer costs"
CARD_SAYS = (
    "Find the chips in the box that holds the right word; below stands your loss. Lower is better."
)


def card_rows(vocab_size: int, choices: int = 4) -> list[tuple[str, list[str]]]:
    """The card's lines: a name and a cell for each number of chips that a box can hold, from 1.

    The box for any other word shares its chips among the ``vocab_size`` − ``choices`` others.
    """
    chips = range(1, CHIPS - choices + 1)
    loss = [-math.log(n / CHIPS) for n in chips]
    others = math.log(vocab_size - choices) if vocab_size > choices else 0.0
    return [
        ("chips", [f"{n}" for n in chips]),
        ("points of 100", [f"{100 * n / CHIPS:.0f}" for n in chips]),
        ("loss", [f"{x:.2f}" for x in loss]),
        ("loss, any other", [f"{x + others:.2f}" for x in loss]),
    ]


def card_height(questions: int) -> float:
    """How many points the card of a paper with so many questions needs."""
    return TEXT * LEADING + 2 * SMALL * LEADING + 4 * ROW + _lines(questions) * 22 + 44


def _lines(questions: int) -> int:
    return -(-questions // PER_LINE)


def draw_card(writer: Writer, vocab_size: int, questions: int, choices: int = 4) -> None:
    """Write the card, and room for the losses, where the writer stands."""
    wide = writer.wide - 2 * MARGIN
    writer.rule()
    writer.down(8)
    writer.words(CARD_TITLE, TEXT, bold=True)
    writer.down(TEXT * LEADING + 2)
    for line in wrap(CARD_SAYS, SMALL, SPREAD * wide):
        writer.words(line, SMALL)
        writer.down(SMALL * LEADING)
    writer.down(4)
    rows = card_rows(vocab_size, choices)
    step = (wide - LABELS) / len(rows[0][1])
    for i, (name, cells) in enumerate(rows):
        writer.words(name, SMALL, bold=i == 2)
        for k, cell in enumerate(cells):
            writer.words(cell, CELL, LABELS + (k + 1) * step, ha="right")
        writer.down(ROW)
    writer.down(8)
    each = wide / PER_LINE
    for number in range(1, questions + 1):
        column = (number - 1) % PER_LINE
        writer.words(f"{number}: ___________", TEXT, column * each)
        if column == PER_LINE - 1 or number == questions:
            writer.down(22)
    writer.words(
        f"Sum: ___________   divided by {questions}, my mark: ___________", TEXT, bold=True
    )
    writer.down(TEXT * LEADING)


def class_pages(
    sheet: Sheet, vocab_size: int, paper: str = "A4", two_sided: bool = False
) -> Iterator[Figure]:
    """The pages of one copy, its card at the end; with ``two_sided`` an even number of them."""
    found: list[list[Block]] = paginate(blocks(sheet, paper), paper)
    questions, choices = len(sheet.questions), len(sheet.questions[0].choices)
    _, high = paper_size(paper)
    used = sum(block.height for block in found[-1]) + (HEAD if len(found) == 1 else 0.0)
    if used + card_height(questions) > high - 2 * MARGIN - 30:
        found.append([])
    for number, page in enumerate(found, 1):
        card = partial(
            draw_card, vocab_size=vocab_size, questions=questions, choices=choices
        )  # fmt: skip
        last = number == len(found)
        yield draw_page(page, sheet.title, number, len(found), paper, card if last else None)
    if two_sided and len(found) % 2:
        yield Writer(paper).finished()


@dataclass(frozen=True)
class KeyRow:
    """One question's line in the key: what is right, where it stands, and ``cells`` of numbers."""

    number: int
    answer: str
    box: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class KeyPaper:
    """One paper's key: its lines, and one line for the whole of it."""

    title: str
    rows: tuple[KeyRow, ...]
    total: tuple[str, ...]

    @property
    def height(self) -> float:
        """How many points it needs, without the space below it."""
        return (len(self.rows) + 2) * ROW + 2


def key_pages(
    title: str, says: Sequence[str], head: Sequence[str], papers: Sequence[KeyPaper],
    paper: str = "A4",
) -> Iterator[Figure]:  # fmt: skip
    """The teacher's key: what it ``says`` first, then the ``papers``, none cut in two.

    ``head`` names the columns of numbers.
    """
    pages: list[list[KeyPaper]] = [[]]
    _, high = paper_size(paper)
    wide = paper_size(paper)[0] - 2 * MARGIN
    spoken = [wrap(part, SMALL, SPREAD * wide) for part in says]
    room = high - 2 * MARGIN - FOOT
    left = room - TITLE * LEADING - 31
    left -= sum(len(lines) * SMALL * LEADING + 4 for lines in spoken)
    for one in papers:
        if one.height > left and (pages[-1] or len(pages) == 1):
            pages.append([])
            left = room
        pages[-1].append(one)
        left -= one.height + BELOW
    for number, page in enumerate(pages, 1):
        writer = Writer(paper)
        if number == 1:
            writer.words(title, TITLE, bold=True)
            writer.down(TITLE * LEADING + 8)
            for lines in spoken:
                for line in lines:
                    writer.words(line, SMALL)
                    writer.down(SMALL * LEADING)
                writer.down(4)
            writer.down(AFTER_PASSAGE)
            writer.rule()
            writer.down(14)
        for one in page:
            _draw_key(writer, one, head, wide)
        writer.foot(f"Answer key, page {number} of {len(pages)}")
        yield writer.finished()


def _draw_key(writer: Writer, one: KeyPaper, head: Sequence[str], wide: float) -> None:
    first = 0.42 * wide  # where the columns of numbers begin
    shares = np.array([len(name) + 4.0 for name in head])
    ends = first + (wide - first) * np.cumsum(shares) / shares.sum()

    def numbers(cells: Sequence[str], bold: bool = False, colour: str = style.INK) -> None:
        for end, cell in zip(ends, cells, strict=True):
            writer.words(cell, SMALL, float(end), bold, colour, "right")

    writer.words(one.title, TEXT, bold=True)
    numbers(head, colour=style.QUIET)
    writer.down(ROW + 2)
    for row in one.rows:
        writer.words(f"{row.number}.", SMALL, 18, bold=True, ha="right")
        writer.words(row.answer, SMALL, 26)
        writer.words(row.box, SMALL, first - 6, colour=style.QUIET, ha="right")
        numbers(row.cells)
        writer.down(ROW)
    writer.words("mark (mean)", SMALL, 26, bold=True)
    numbers(one.total, bold=True)
    writer.down(ROW + BELOW)
