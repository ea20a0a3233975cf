"""The report card's picture: a row of boxes for each chapter, and the score board beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from matplotlib.collections import LineCollection, PolyCollection

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.labels import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, ROW, TOP, FOOT = 740, 34, 62, 128
NAMES, EXERCISES, QUIZ, PREDICTIONS = 16, 190, 350, 560  # where the columns begin
BOX, MOST = 14, 10
MARKS = {"learner": "you", "student": "the student", "floor": REFERENCE["floor"]}


class Done(Protocol):
    """One thing that was asked, as `learning.report` knows it."""

    @property
    def state(self) -> str:
        """Open, tried or done."""

    @property
    def helped(self) -> bool:
        """Whether a solution was seen."""


class Chapter(Protocol):
    """What was done in one chapter."""

    @property
    def number(self) -> int:
        """From 0."""

    @property
    def title(self) -> str:
        """In few words."""

    @property
    def exercises(self) -> Sequence[Done]:
        """All of its exercises."""

    @property
    def quiz(self) -> Sequence[Done]:
        """All of its quiz questions."""

    @property
    def predictions(self) -> Sequence[Done]:
        """All of its predictions."""


class Report(Protocol):
    """Everything that is drawn; marks are mean losses in nats by who got them."""

    @property
    def chapters(self) -> Sequence[Chapter]:
        """The rows."""

    @property
    def then(self) -> Mapping[str, float]:
        """Chapter 0's score board at the first time."""

    @property
    def now(self) -> Mapping[str, float]:
        """The same at the latest time."""


class ReportPicture:
    """Chapters as rows: a box for each exercise, quiz question and prediction, full when done.

    A box with a stroke is tried but not done; one with a dot is done after its solution was seen.
    """

    def __init__(self, report: Report) -> None:
        self.canvas = Canvas(WIDTH, TOP + ROW * len(report.chapters) + FOOT)
        self.ax = self.canvas.axes(0, 0, WIDTH, self.canvas.height)
        style.empty_axes(self.ax)
        self.ax.set_xlim(0, WIDTH)
        self.ax.set_ylim(0, self.canvas.height)
        self._rules: list[list[tuple[float, float]]] = []
        self._corners: list[tuple[list[tuple[float, float]], str, str]] = []
        self._strokes: list[list[tuple[float, float]]] = []
        self._dots: list[tuple[float, float, str]] = []  # the legend has one of each kind
        height = self.canvas.height
        for x, words in (
            (EXERCISES, "exercises"), (QUIZ, "quiz"), (PREDICTIONS, "predictions")
        ):  # fmt: skip
            self._write(x, height - 34, words, style.NORMAL)
        for i, chapter in enumerate(report.chapters):
            self._row(height - TOP - ROW * i - ROW / 2, chapter)
        self._legend(FOOT - 22)
        self._board(FOOT - 58, "then", report.then)
        self._board(FOOT - 82, "now", report.now)
        self._draw()

    def _write(self, x: float, y: float, words: str, size: float = style.SMALL) -> None:
        self.canvas.label(x, y, words, size)

    def _row(self, y: float, chapter: Chapter) -> None:
        self._rules.append([(NAMES, y + ROW / 2), (WIDTH - 16, y + ROW / 2)])
        self._write(NAMES, y, f"{chapter.number}  {chapter.title}")
        self._boxes(EXERCISES, y, chapter.exercises)
        self._boxes(QUIZ, y, chapter.quiz)
        self._boxes(PREDICTIONS, y, chapter.predictions)

    def _boxes(self, x: float, y: float, items: Sequence[Done]) -> None:
        for i, item in enumerate(items[:MOST]):
            self._box(x + i * (BOX + 3), y, item.state, item.helped)
        if not items:
            self._write(x, y, "–")

    def _box(self, x: float, y: float, state: str, helped: bool = False) -> None:
        low, high = y - BOX / 2, y + BOX / 2
        done = state == "done"
        corners = [(x, low), (x + BOX, low), (x + BOX, high), (x, high)]
        edge = style.LEARNER if state != "open" else style.QUIET
        self._corners.append((corners, style.LEARNER if done else style.CARD, edge))
        if state == "tried":
            self._strokes.append([(x + 2, low + 2), (x + BOX - 2, high - 2)])
        if helped:
            self._dots.append((x + BOX / 2, y, style.CARD if done else style.LEARNER))

    def _draw(self) -> None:
        """All boxes at once: one artist for each would take longer than a control may."""
        corners, faces, edges = zip(*self._corners, strict=True)
        self.ax.add_collection(
            LineCollection(self._rules, colors=style.SOFT, linewidths=1), autolim=False
        )
        self.ax.add_collection(
            PolyCollection(list(corners), facecolors=faces, edgecolors=edges, linewidths=1.4),
            autolim=False,
        )
        self.ax.add_collection(
            LineCollection(self._strokes, colors=style.LEARNER, linewidths=2), autolim=False
        )
        x, y, colours = zip(*self._dots, strict=True)
        self.ax.scatter(x, y, s=16, c=colours, zorder=3)

    def _legend(self, y: float) -> None:
        x = float(NAMES)
        for state, helped, words in (
            ("done", False, "done"), ("tried", False, "tried"), ("open", False, "open"),
            ("done", True, "done, solution seen"),
        ):  # fmt: skip
            self._box(x, y, state, helped)
            self._write(x + BOX + 6, y, words)
            x += 60 + 7.5 * len(words)

    def _board(self, y: float, when: str, marks: Mapping[str, float]) -> None:
        known = [f"{words} {marks[key]:.2f}" for key, words in MARKS.items() if key in marks]
        said = ", ".join(known) if "learner" in marks else "not answered yet"
        self._write(NAMES, y, f"Score board of chapter 0, {when}: {said}", style.NORMAL)
