"""A folder of report cards: read with care, for anybody may have written what lies there.

Nothing in a file is run, moved or trusted: what isn't a card of this course is listed with the
reason, and of a card only what the course itself knows is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_utils.learning.calibration import number
from course_utils.learning.report import FORMAT, MOST_WRONG, VERSION, Parts
from course_utils.teaching.command import CommandError

MOST_BYTES = 1_000_000  # a full card has about 40,000
MOST_NAME = 60
MOST_FILES = 5_000
MOST_TRIES = 100_000
MOST_OPTIONS, MOST_SCORE = 100, 10.0  # of a prediction
OPEN, TRIED, DONE = "open", "tried", "done"


@dataclass(frozen=True)
class Answer:
    """What a student did about one exercise, quiz question or prediction; see `report.Done`."""

    state: str = OPEN
    tries: int = 0
    hints: int = 0
    helped: bool = False
    misconceptions: tuple[str, ...] = ()
    wrong: tuple[Any, ...] = ()


NOTHING = Answer()


@dataclass(frozen=True)
class Foretold:
    """A prediction with its confidence (0 to 1), and whether it came true.

    ``score`` is its loss in nats as the course graded it, None if the file says none that can be.
    """

    name: str
    confidence: float
    right: bool
    options: int
    score: float | None


@dataclass(frozen=True)
class Card:
    """One student's card: ``label`` is the name, or the file's where none was given.

    ``made`` is the day on which it was saved, as the file says. The three mappings are by name.
    """

    label: str
    file: str
    named: bool
    made: str
    exercises: Mapping[str, Answer]
    quiz: Mapping[str, Answer]
    predictions: Mapping[str, Answer]
    foretold: tuple[Foretold, ...]

    def passed(self) -> int:
        """How many exercises are passed."""
        return sum(answer.state == DONE for answer in self.exercises.values())

    def amount(self) -> int:
        """How much was done at all, to know an earlier card from a later one."""
        everything = (*self.exercises.values(), *self.quiz.values(), *self.predictions.values())
        return sum(answer.tries for answer in everything)


@dataclass(frozen=True)
class SetAside:
    """A file that isn't used, and why."""

    file: str
    why: str


@dataclass
class Folder:
    """All cards of a folder in the order of their labels, and what was set aside."""

    cards: list[Card] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)


class _UnusableError(Exception):
    """Why a file isn't used, as the rest of a sentence."""


def read_folder(
    folder: str | os.PathLike[str], parts: Mapping[int, Parts], without: Sequence[Path] = ()
) -> Folder:
    """Read every report card in a folder and the folders in it; nothing there is changed.

    ``parts`` is what the course asks; ``without`` are files to pass over (the report itself).
    Raises `CommandError` if there is no such folder, or far too much in it.
    """
    place = Path(folder)
    if not place.is_dir():
        raise CommandError(f"There is no folder {place}; name the one that holds the report cards.")
    found, seen = Folder(), dict[str, str]()
    passed_over = {path.absolute() for path in without}
    for count, path in enumerate(_files(place), 1):
        if count > MOST_FILES:
            raise CommandError(
                f"{place} holds more than {MOST_FILES:,} files; name a folder that holds only"
                " report cards."
            )
        if path.absolute() in passed_over:
            continue
        name = printable(path.relative_to(place).as_posix(), 200)
        try:
            data = _bytes(path)
            digest = hashlib.sha256(data).hexdigest()
            if digest in seen:
                raise _UnusableError(f"has the same content as {seen[digest]}")
            card = _card(data, name, parts)
        except _UnusableError as why:
            found.aside.append(SetAside(name, str(why)))
            continue
        seen[digest] = name
        found.cards.append(card)
    found.cards, earlier = _newest(found.cards)
    found.aside = sorted([*found.aside, *earlier], key=lambda aside: aside.file)
    found.cards.sort(key=lambda card: (card.label.casefold(), card.file))
    return found


def _files(place: Path) -> Iterator[Path]:
    for base, folders, files in os.walk(place, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(base) / name


def _bytes(path: Path) -> bytes:
    """A file's content, if it can be a card; a link or a pipe is never opened."""
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode):
            raise _UnusableError("is a link or a device, not a file")
        if path.suffix.lower() != ".json":
            raise _UnusableError("isn't a .json file")
        if info.st_size > MOST_BYTES:
            raise _UnusableError(f"has {info.st_size:,} bytes, too many for a report card")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _UnusableError(f"can't be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:
        raise _UnusableError("is too large for a report card")
    return data


def _card(data: bytes, file: str, parts: Mapping[int, Parts]) -> Card:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _UnusableError("is damaged: it can't be read as JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _UnusableError("belongs to something else: it isn't a report card of this course")
    version = content.get("version")
    if type(version) is int and version > VERSION:
        raise _UnusableError("was written by a later version of the course; update yours")
    chapters = content.get("chapters")
    if version != VERSION or not isinstance(chapters, list):
        raise _UnusableError("is damaged: its chapters are missing")
    given: dict[str, dict[str, Answer]] = {"exercises": {}, "quiz": {}, "predictions": {}}
    try:
        for chapter in chapters:
            for kind, answers in given.items():
                answers.update((str(item["name"]), _answer(item)) for item in chapter[kind])
        foretold = tuple(_foretold(content.get("predictions", [])))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _UnusableError("is damaged: its chapters can't be understood") from error
    name = printable(content.get("name"), MOST_NAME)
    return Card(
        name or printable(Path(file).stem, MOST_NAME) or "?", file, bool(name),
        printable(content.get("made"), 10),
        _known(given["exercises"], [part.exercises for part in parts.values()]),
        _known(given["quiz"], [part.quiz for part in parts.values()]),
        _known(given["predictions"], [part.predictions for part in parts.values()]),
        foretold,
    )  # fmt: skip


def _known(given: Mapping[str, Answer], asked: Sequence[Mapping[str, str]]) -> dict[str, Answer]:
    """An answer, or "open", to each thing that the course asks, and to nothing else."""
    return {name: given.get(name, NOTHING) for names in asked for name in names}


def _answer(item: Mapping[str, Any]) -> Answer:
    state = item["state"]
    if state == OPEN:
        return NOTHING
    if state not in (TRIED, DONE):
        raise ValueError(f"no such state: {state!r:.40}")
    misconceptions, wrong = item.get("misconceptions", []), item.get("wrong", [])
    return Answer(
        state, _count(item.get("tries")), _count(item.get("hints")), item.get("helped") is True,
        tuple(str(one) for one in _few(misconceptions)), tuple(_few(wrong)),
    )  # fmt: skip


def _few(items: object) -> list[Any]:
    if not isinstance(items, list):
        raise TypeError("a list was expected")
    return items[:MOST_WRONG]


def _count(value: object) -> int:
    return min(max(value, 0), MOST_TRIES) if type(value) is int else 0


def _foretold(items: object) -> Iterator[Foretold]:
    """The predictions that say how sure the student was and what came; others say nothing here."""
    known: set[str] = set()
    for item in items if isinstance(items, list) else []:
        name, sure = str(item["name"]), number(item.get("confidence"))
        right, options = item.get("right"), item.get("options")
        if name in known or sure is None or not 0 <= sure <= 1 or not isinstance(right, bool):
            continue
        known.add(name)
        among = options if type(options) is int and 1 < options <= MOST_OPTIONS else 2
        score = number(item.get("score"))
        given = score if score is not None and 0 <= score <= MOST_SCORE else None
        yield Foretold(name, sure, right, among, given)


def _newest(cards: Sequence[Card]) -> tuple[list[Card], list[SetAside]]:
    """Of cards with the same name the one saved last, or with most done; the others go aside."""
    best: dict[str, Card] = {}
    aside = []
    for card in sorted(cards, key=lambda c: (c.made, c.amount(), c.file), reverse=True):
        key = (
            unicodedata.normalize("NFKC", card.label).casefold() if card.named else f"/{card.file}"
        )
        if key in best:
            aside.append(
                SetAside(
                    card.file,
                    f"has the same name as {best[key].file}, which is newer or has more done; if"
                    " it is another person's, let one of them save it under another name",
                )
            )
        else:
            best[key] = card
    return list(best.values()), aside


def printable(words: object, most: int) -> str:
    """Words from a file as a page can show them: in one line, without signs that steer a screen.

    Marks that turn the direction of writing, and what isn't a character, are left out.
    """
    if not isinstance(words, str):
        return ""
    kept = "".join(
        " " if c.isspace() else "" if unicodedata.category(c).startswith("C") else c
        for c in words[: 10 * most]
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 1] + "…"
