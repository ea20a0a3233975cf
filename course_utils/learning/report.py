"""The report card: what is done, what comes next, predictions beside results, then and now.

Everything here is computed from the entries of a `Progress` and from what the course holds.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course_utils.learning.calibration import answered, groups, means, number, summary
from course_utils.learning.progress import Entry
from course_utils.student.files import write_atomically

FORMAT, VERSION = "decoding-llm-training report card", 1
EXERCISE, QUIZ, RECALL, PREDICTION = "exercise", "quiz", "recall", "prediction"
SCORE, PAPER, BOARD = "score", "start: paper", "start: board"
PASSED = "passed"
LONGEST = 60  # characters of an answer in a table
MOST_WRONG = 12  # wrong answers to one question that a card holds, and items of one answer
TITLES = {
    0: "Start here",
    1: "A batch is a test",
    2: "The forward pass",
    3: "The loss",
    4: "Backpropagation",
    5: "An epoch",
    6: "Graduation",
}
# Every prediction of the course by the name under which it is kept, and in few words.
PREDICTIONS: dict[int, dict[str, str]] = {
    0: {
        **{f"start: question {n}": f"your question {n}" for n in range(1, 7)},
        "start: the untrained student": "how the untrained student does",
        "start: when the student changed": "when the student changed",
    },
    1: {
        "batch: how many questions": "which kind of test holds more questions",
        "batch: questions in the grid": "how many questions a batch holds",
    },
    2: {"attempt: a swapped word": "what becomes of a swapped word"},
    3: {
        "loss: even or bold": "the even or the bold student",
        **{f"loss: duel, pair {n}": f"the duel, pair {n}" for n in range(1, 4)},
        "loss: place on the scale": "where the student stands on the scale",
    },
    4: {
        "feedback: one question's lesson": "what one question's lesson does to the others",
        "feedback: slope at the right word": "the slope at the right word",
    },
    5: {
        "epoch: two curves": "two curves of the loss",
        **{f"epoch: teacher {letter}": f"what ails teacher {letter}" for letter in "ABCDEFG"},
    },
    6: {
        "graduation: nearer to its floor": "which objective ends nearer to its floor",
        "graduation: the other stories": "what fine-tuning does to other stories",
    },
}


@dataclass(frozen=True)
class Parts:
    """What a chapter asks: ``exercises`` and ``quiz`` questions by name, with a title each."""

    exercises: Mapping[str, str]
    quiz: Mapping[str, str]
    predictions: Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """One thing that was asked: ``state`` is "open", "tried" or "done"; ``helped``: a solution
    was seen. ``tries`` counts the answers that were checked, ``hints`` the hints that were asked
    for. ``wrong`` are the wrong answers to a quiz question as they were kept, each once.
    """

    name: str
    title: str
    state: str = "open"
    tries: int = 0
    hints: int = 0
    helped: bool = False
    misconceptions: tuple[str, ...] = ()
    wrong: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Foreseen:
    """A prediction beside its result; ``score`` and ``blind`` in nats where it was graded."""

    name: str
    title: str
    answer: str
    confidence: float | None
    outcome: str
    right: bool | None
    score: float | None
    options: int


@dataclass(frozen=True)
class Chapter:
    """What was done in one chapter."""

    number: int
    title: str
    exercises: tuple[Done, ...]
    quiz: tuple[Done, ...]
    predictions: tuple[Done, ...]

    @property
    def sentence(self) -> str:
        """The chapter in words."""
        said = [
            f"{count_done(items)} of {len(items)} {what}"
            for items, what in (
                (self.exercises, "exercises passed"),
                (self.quiz, "quiz questions right"),
                (self.predictions, "predictions made"),
            )
            if items
        ]
        helped = sum(item.helped for item in self.exercises)
        if helped:
            said.append(f"solution seen for {helped}")
        words = ", ".join(said) or "nothing is asked here yet"
        return f"Chapter {self.number}, {self.title}: {words}."


@dataclass(frozen=True)
class Report:
    """Everything that a report card shows; marks in nats, ``then`` and ``now`` by who got them."""

    chapters: tuple[Chapter, ...]
    next_step: str
    predictions: tuple[Foreseen, ...]
    then: Mapping[str, float]
    now: Mapping[str, float]
    calibration: tuple[str, ...]
    calibration_groups: tuple[Mapping[str, float], ...]
    mean_loss: float | None
    mean_blind: float | None

    @property
    def alt(self) -> str:
        """The card in words, for its picture's text alternative."""
        said = [chapter.sentence for chapter in self.chapters]
        said.append(f"Next: {self.next_step}")
        return " ".join([*said, self.board_sentence])

    @property
    def board_sentence(self) -> str:
        """Chapter 0's score board, then and now."""
        if "learner" not in self.then:
            return "Score board: not answered yet."
        said = f"Score board then: {_marks(self.then)}."
        return said + (f" Now: {_marks(self.now)}." if self.now != self.then else "")

    def to_json(self, name: str = "", made: str = "") -> dict[str, Any]:
        """What is handed in; it holds a ``name`` only if one is given."""
        return {
            "format": FORMAT,
            "version": VERSION,
            **({"name": name} if name else {}),
            **({"made": made} if made else {}),
            **asdict(self),
        }


def count_done(items: Sequence[Done]) -> int:
    """How many of these are done."""
    return sum(item.state == "done" for item in items)


def _marks(marks: Mapping[str, float]) -> str:
    names = {"learner": "you", "student": "the student", "floor": "best possible"}
    return ", ".join(f"{words} {marks[key]:.2f}" for key, words in names.items() if key in marks)


# What the course holds -------------------------------------------------------------------------


def course_parts() -> dict[int, Parts]:
    """What each chapter asks, from the banks of exercises and questions."""
    return {
        number: Parts(_exercises(number), _quiz(number), PREDICTIONS[number]) for number in TITLES
    }


def _exercises(chapter: int) -> dict[str, str]:
    """The chapter's exercises by name; empty where the bank has none."""
    try:
        bank = importlib.import_module("course_utils.learning.bank")
        asked = {exercise.name: exercise.title for exercise in bank.of_chapter(chapter)}
        project = bank.PROJECT
        return asked | ({project.name: project.title} if project.chapter == chapter else {})
    except (ImportError, AttributeError):
        return {}


def _quiz(chapter: int) -> dict[str, str]:
    """The chapter's quiz questions by name; empty where the bank has none."""
    try:
        quizzes = importlib.import_module("course_utils.learning.quizzes")
        return {question.name: question.asked for question in quizzes.quiz(chapter)}
    except (ImportError, AttributeError):
        return {}


# What was done ---------------------------------------------------------------------------------


def report(entries: Iterable[Entry], parts: Mapping[int, Parts] | None = None) -> Report:
    """The report card of these entries; it is complete with none at all.

    A file can be edited by hand: what makes no sense in an entry is left out.
    """
    entries, parts = list(entries), course_parts() if parts is None else parts
    by_name: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        by_name.setdefault((entry.kind, entry.name), []).append(entry.data)
    chapters = tuple(
        Chapter(
            number, TITLES[number],
            tuple(_exercise(n, t, by_name) for n, t in part.exercises.items()),
            tuple(_question(n, t, by_name) for n, t in part.quiz.items()),
            tuple(_predicted(n, t, by_name) for n, t in part.predictions.items()),
        )
        for number, part in parts.items()
    )  # fmt: skip
    answers = answered(entries)
    both = means(answers)
    titles = {n: t for part in parts.values() for n, t in part.predictions.items()}
    then, now = _boards(entries)
    return Report(
        chapters,
        next_step(chapters),
        tuple(
            foreseen
            for (kind, name), all_data in by_name.items()
            if kind == PREDICTION and (foreseen := _foreseen(name, titles, all_data))
        ),
        then,
        now,
        tuple(summary(answers)),
        tuple(
            {"said": g.said, "share": g.share, "right": g.right, "count": g.count}
            for g in groups(answers)
        ),
        *(both or (None, None)),
    )


Kept = Mapping[tuple[str, str], list[Mapping[str, Any]]]


def _exercise(name: str, title: str, by_name: Kept) -> Done:
    all_data = by_name.get((EXERCISE, name), [])
    begun = [data for data in all_data if data.get("outcome") not in (None, "", "not started")]
    tried = [str(data["outcome"]) for data in begun]
    checks = sum(data.get("checked", True) is True for data in begun)
    state = "done" if PASSED in tried else "tried" if tried else "open"
    hints = [data["hints"] for data in all_data if type(data.get("hints")) is int]
    found = [str(data["misconception"]) for data in all_data if data.get("misconception")]
    helped = any(data.get("solution_seen") is True for data in all_data)
    return Done(
        name, title, state, checks, max(hints, default=0), helped, tuple(dict.fromkeys(found))
    )


def _question(name: str, title: str, by_name: Kept) -> Done:
    """Right at any try is done: the first one counts for calibration only."""
    all_data = by_name.get((QUIZ, name), [])
    right = any(data.get("right") is True for data in all_data)
    state = "done" if right else "tried" if all_data else "open"
    missed = [data.get("chosen") for data in all_data if data.get("right") is False]
    kept = [answer for answer in missed if _as_kept(answer)]
    wrong = [answer for i, answer in enumerate(kept) if answer not in kept[:i]]
    return Done(name, title, state, len(all_data), wrong=tuple(wrong[:MOST_WRONG]))


def _as_kept(answer: object) -> bool:
    """Whether this can be an answer to a quiz question: a number, or a few of them."""
    if isinstance(answer, list):
        return len(answer) <= MOST_WRONG and all(number(one) is not None for one in answer)
    return number(answer) is not None


def _predicted(name: str, title: str, by_name: Kept) -> Done:
    all_data = by_name.get((PREDICTION, name), [])
    return Done(name, title, "done" if all_data else "open", len(all_data))


def _foreseen(
    name: str, titles: Mapping[str, str], all_data: Sequence[Mapping[str, Any]]
) -> Foreseen | None:
    """The first answer whose outcome is known, or else the latest one."""
    settled = [data for data in all_data if data.get("outcome") is not None]
    data = settled[0] if settled else all_data[-1]
    right, options = data.get("right"), data.get("options")
    return Foreseen(
        name, titles.get(name, name), in_words(data.get("answer")),
        number(data.get("confidence")), in_words(data.get("outcome")),
        right if isinstance(right, bool) else None, number(data.get("score")),
        options if type(options) is int and options > 1 else 2,
    )  # fmt: skip


def in_words(answer: object) -> str:
    """An answer as a table can show it: numbers short, lists joined, nothing too long."""
    if answer is None:
        return ""
    if isinstance(answer, Mapping):
        words = "; ".join(f"{key}: {in_words(value)}" for key, value in answer.items())
    elif isinstance(answer, list | tuple):
        words = ", ".join(in_words(value) for value in answer)
    elif isinstance(answer, float):
        words = f"{answer:.4g}"
    else:
        words = str(answer)
    return words if len(words) <= LONGEST else words[: LONGEST - 2] + " …"


def _boards(entries: Sequence[Entry]) -> tuple[dict[str, float], dict[str, float]]:
    """Chapter 0's marks at the first time and at the latest one."""
    marks = [(e.name, _all_numbers(e.data)) for e in entries if e.kind == SCORE]
    then: dict[str, float] = {}
    now: dict[str, float] = {}
    for name in (PAPER, BOARD):
        then |= next((found for which, found in marks if which == name), {})
    for _, found in marks:
        now |= found
    return then, now


def _all_numbers(data: Mapping[str, Any]) -> dict[str, float]:
    found = {key: number(value) for key, value in data.items()}
    return {key: value for key, value in found.items() if value is not None}


def next_step(chapters: Sequence[Chapter]) -> str:
    """One sentence: the first thing that is still open."""
    for chapter in chapters:
        where = f"chapter {chapter.number}, {chapter.title}"
        for item in chapter.exercises:
            if item.state != "done":
                verb = "go on with" if item.state == "tried" else "try"
                return f"{verb} the exercise “{item.title}” in {where}."
        if chapter.quiz and not any(item.tries for item in chapter.quiz):
            return f"check yourself with the quiz at the end of {where}."
        made = any(item.tries for item in chapter.predictions)
        if not chapter.exercises and not chapter.quiz and chapter.predictions and not made:
            return f"begin with {where}."
        wrong = sum(item.state != "done" for item in chapter.quiz)
        if wrong:
            return f"look again at {wrong} quiz question{'s' if wrong > 1 else ''} in {where}."
    return "everything that is asked is done; try the course on your own text in chapter 6."


# A file to hand in -----------------------------------------------------------------------------


def save_report(path: str | os.PathLike[str], card: Mapping[str, Any]) -> Path:
    """Write a card as JSON, atomically. Raises `ValueError` with a sentence if that can't be.

    A file that is something else than an earlier report card is never overwritten.
    """
    place = Path(path)
    if place.suffix.lower() != ".json":
        place = place.with_name(place.name + ".json")
    if place.exists() and not _is_report(place):
        raise ValueError(f"{place} is something else than a report card; choose another name.")
    try:
        write_atomically(place, lambda file: _write(file, card))
    except OSError as error:
        raise ValueError(
            f"{place} can't be written ({error.strerror or error}); choose a folder that you may"
            " write to."
        ) from error
    return place


def _write(file: Path, card: Mapping[str, Any]) -> None:
    content = json.dumps(card, ensure_ascii=False, indent=1) + "\n"
    file.write_bytes(content.encode("utf-8", "backslashreplace"))


def _is_report(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT
