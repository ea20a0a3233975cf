"""`python -m course_utils.teaching papers`: tests to print for a class, and their answer key."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from course_utils.figures.class_papers import KeyPaper, KeyRow, class_pages, key_pages
from course_utils.figures.page import PAPERS, save_pages
from course_utils.teaching.command import CommandError, Parser
from course_utils.training.class_papers import STORIES, ClassPapers, PaperLines, deal_class
from course_utils.training.papers import Sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OUT = "papers.pdf"
ORACLE_HEAD = ("points", "best possible", "by luck    ", "counting")
COUNTING_HEAD = ("counting",)


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching papers",
        description="Tests to print: one PDF with a paper for each student, and one with the key.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--text", default=STORIES, help=f"{STORIES}, or a UTF-8 text file")
    made.add_argument("--questions", type=int, default=10, help="on each paper")
    made.add_argument("--copies", type=int, default=30, help="one for each student")
    made.add_argument("--seed", type=int, default=1, help="the same seed prints the same papers")
    made.add_argument("--paper", choices=list(PAPERS), default="A4", help="the paper's size")
    made.add_argument("--two-sided", action="store_true", help="each copy begins on a new leaf")
    made.add_argument("--out", default=OUT, metavar="FILE", help="the key's name is made from it")
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Write both PDFs; 0 when done. Raises `ValueError` and `CommandError` with a sentence."""
    screen = sys.stdout if out is None else out
    options = parser().parse_args(given)
    target, key = places(options.out)
    papers = deal_class(options.text, options.questions, options.copies, options.seed)
    command = (
        f"python -m course_utils.teaching papers --text {shlex.quote(options.text)}"
        f" --questions {options.questions} --copies {options.copies} --seed {options.seed}"
        f" --paper {options.paper}{' --two-sided' if options.two_sided else ''}"
    )
    save_pages(target, all_pages(papers, options.paper, options.two_sided), "Tests for a class")
    save_pages(key, key_of(papers, command, options.paper), "Answer key")
    different = len(papers.sheets)
    print(
        f"{target}: {options.copies} papers, {different} different ones,"
        f" {options.questions} questions each.\n{key}: the answer key, for the teacher.",
        file=screen,
    )
    return 0


def places(out: str) -> tuple[Path, Path]:
    """Where the papers and their key go. Raises `CommandError` for a name of another kind."""
    target = Path(out)
    if target.suffix.lower() not in ("", ".pdf"):
        raise CommandError(f"{target} isn't the name of a PDF; let it end in .pdf.")
    target = target.with_suffix(".pdf")
    return target, target.with_name(f"{target.stem}-key.pdf")


def all_pages(papers: ClassPapers, paper: str, two_sided: bool = False) -> Iterator[Figure]:
    """The pages of every copy, in their order."""
    for copy in range(1, papers.copies + 1):
        sheet = papers.sheet_of(copy)
        yield from class_pages(sheet, papers.corpus.vocab_size, paper, two_sided)


def key_of(papers: ClassPapers, command: str, paper: str) -> Iterator[Figure]:
    """The pages of the answer key: right words, others' grades, ranges of luck."""
    known = papers.corpus.grammar is not None
    head = ORACLE_HEAD if known else COUNTING_HEAD
    keys = [
        _key_paper(papers, sheet, lines)
        for sheet, lines in zip(papers.sheets, papers.lines, strict=True)
    ]
    return key_pages("Answer key", says(papers, command), head, keys, paper)


def says(papers: ClassPapers, command: str) -> list[str]:
    """What the key says first, one part a paragraph."""
    different = len(papers.sheets)
    counting = float(np.mean([lines.counting.mean() for lines in papers.lines]))
    said = [
        f"Made by: {command}",
        f"{papers.copies} copies, {different} different papers"
        + (f"; paper 1 comes again after paper {different}." if different < papers.copies else "."),
        "To mark: find the right word's box (1 to 5, from the left), look up its chips on the card"
        " at the end of the paper, add up the losses and divide by the number of questions."
        f" In box 5 the chips are shared among {papers.corpus.vocab_size - 4:,} other words, so"
        " use the card's last line.",
    ]
    if papers.corpus.grammar is None:
        return [
            *said,
            "The best possible mark of this text isn't known: nobody knows its rules. In its place"
            " stands the loss of the best counting, which has counted the rest of the text. A"
            " range of luck can't be given.",
            f"Mean over all papers: counting {counting:.2f}, a blind guess {papers.uniform():.2f},"
            f" chips spread evenly {_even(papers):.2f}.",
        ]
    low, high = papers.luck([1] * different)
    oracles = [lines.oracle for lines in papers.lines]
    best = float(np.mean([oracle.mean() for oracle in oracles if oracle is not None]))
    chips = float(np.mean([papers.with_chips(sheet) for sheet in papers.sheets]))
    return [
        *said,
        "“Points” is what the best possible student, who knows the stories' rules, puts on the"
        " right word; “best possible” is its loss. “By luck”: between which marks its loss falls"
        " in 95 of 100 cases, had the story gone on otherwise. With twenty chips even it can't"
        f" put all on one word: placed as well as can be, its mark is {chips:.2f}.",
        f"Mean over all papers: best possible {best:.2f} (by luck {low:.2f} to {high:.2f}),"
        f" counting {counting:.2f}, chips spread evenly {_even(papers):.2f}, a blind guess among"
        f" all words {papers.uniform():.2f}.",
        "To see your class on one scale with the student, run in a notebook: from"
        " course_utils.widgets import ClassScale; ClassScale("
        f"questions={papers.per_paper}, copies={papers.copies}, seed={papers.seed})",
    ]


def _even(papers: ClassPapers) -> float:
    return float(np.mean([papers.even(sheet) for sheet in papers.sheets]))


def _key_paper(papers: ClassPapers, sheet: Sheet, lines: PaperLines) -> KeyPaper:
    rows = []
    for i, question in enumerate(sheet.questions):
        cells: tuple[str, ...] = (f"{lines.counting[i]:.2f}",)
        if lines.oracle is not None and lines.chances is not None and lines.ranges is not None:
            low, high = lines.ranges[i]
            cells = (
                f"{100 * lines.chances[i]:.0f}", f"{lines.oracle[i]:.2f}",
                f"{low:.2f} to {high:.2f}", *cells,
            )  # fmt: skip
        box = question.answer_box
        other = ", any other" if box == len(question.choices) else ""
        rows.append(KeyRow(question.number, question.answer, f"box {box + 1}{other}", cells))
    total: tuple[str, ...] = (f"{lines.counting.mean():.2f}",)
    if lines.oracle is not None:
        counts = [int(other is sheet) for other in papers.sheets]
        low, high = papers.luck(counts)
        total = ("", f"{lines.oracle.mean():.2f}", f"{low:.2f} to {high:.2f}", *total)
    return KeyPaper(f"Test {sheet.number}", tuple(rows), total)
