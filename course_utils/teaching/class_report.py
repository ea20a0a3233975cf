"""`python -m course_utils.teaching report FOLDER`: one page and one table from report cards."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

from course_utils.learning.report import course_parts
from course_utils.student.files import write_atomically
from course_utils.teaching.class_page import page
from course_utils.teaching.class_summary import summarise
from course_utils.teaching.class_table import HEAD, table
from course_utils.teaching.command import CommandError, Parser
from course_utils.teaching.report_cards import printable, read_folder

OUT = "class_report.html"
OURS = "<title>Class report</title>"  # by which an earlier page is known


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching report",
        description="From a folder of report cards: one HTML page that needs no network, and a"
        " table (CSV) beside it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("folder", help="holds the files that report_card() saved, in any folders")
    made.add_argument("--out", default=OUT, metavar="FILE", help="the page; the table lies beside")
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Write the page and the table; 0 when done. Raises `CommandError` with a sentence."""
    screen = sys.stdout if out is None else out
    options = parser().parse_args(given)
    target, beside = places(options.out)
    parts = course_parts()
    folder = read_folder(options.folder, parts, (target, beside))
    summary = summarise(folder.cards, parts)
    write(target, page(summary, folder.aside, printable(options.folder, 200)))
    write(beside, table(summary))
    cards = len(folder.cards)
    print(
        f"{cards} report card{'' if cards == 1 else 's'}, {len(folder.aside)} files set aside.\n"
        f"{target}: the page. {beside}: the table.",
        file=screen,
    )
    return 0


def places(out: str) -> tuple[Path, Path]:
    """Where the page and the table go. Raises `CommandError` for a name of another kind."""
    target = Path(out)
    if target.suffix.lower() not in ("", ".html", ".htm"):
        raise CommandError(f"{target} isn't the name of a page; let it end in .html.")
    if not target.suffix:
        target = target.with_suffix(".html")
    if target.exists() and not (target.is_file() and OURS in _beginning(target)):
        raise CommandError(f"{target} is something else than a class report; choose another name.")
    beside = target.with_suffix(".csv")
    if beside.exists() and not (beside.is_file() and HEAD[2] in _beginning(beside)):
        raise CommandError(
            f"The table would go to {beside}, which is something else; choose another name."
        )
    return target, beside


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(2000).decode("utf-8", "replace")


def write(path: Path, words: str) -> None:
    """Write a file as a whole or not at all. Raises `CommandError` if it can't be."""
    try:
        write_atomically(path, lambda file: _fill(file, words))
    except OSError as error:
        raise CommandError(
            f"{path} can't be written ({error.strerror or error}); choose a folder that you may"
            " write to."
        ) from error


def _fill(file: Path, words: str) -> None:
    file.write_bytes(words.encode("utf-8", "backslashreplace"))
