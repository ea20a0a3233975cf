"""What is written down about an exercise: its outcome, the hints that were seen, the solution."""

from __future__ import annotations

from course_utils.learning.exercises import NOT_STARTED, PASSED, Exercise, Judgement, Project
from course_utils.learning.progress import Progress, shared

KIND = "exercise"


class ExerciseLog:
    """The record of one exercise, kept in ``progress``.

    ``outcome`` and ``misconception`` are those of the last check, ``hints`` counts the hints that
    were seen, ``solution_seen`` is a fact, no reproach.
    """

    def __init__(self, exercise: Exercise, progress: Progress | None = None) -> None:
        self.exercise = exercise
        self.progress = shared() if progress is None else progress
        latest = self.progress.latest(KIND, exercise.name)
        data = latest.data if latest else {}
        self.outcome = str(data.get("outcome", NOT_STARTED))
        self.misconception = str(data.get("misconception", ""))
        hints = data.get("hints", 0)
        self.hints = max(0, min(hints, len(exercise.hints))) if isinstance(hints, int) else 0
        self.solution_seen = data.get("solution_seen") is True

    def judged(self, judgement: Judgement) -> None:
        """Write down what came of a check; a blank isn't worth a line, nor the same pass twice."""
        before, self.outcome = self.outcome, judgement.outcome
        self.misconception = judgement.misconception
        if judgement.outcome != NOT_STARTED and not (before == judgement.outcome == PASSED):
            self._write(checked=True)

    def next_hint(self) -> str:
        """The next hint, stronger than the one before; the last one stays."""
        if self.hints < len(self.exercise.hints):
            self.hints += 1
            self._write()
        return f"Hint {self.hints} of {len(self.exercise.hints)}: {self.seen_hints[-1]}"

    @property
    def seen_hints(self) -> tuple[str, ...]:
        """The hints that were seen."""
        return self.exercise.hints[: self.hints]

    def see_solution(self) -> None:
        """Write down that the solution was looked at."""
        if not self.solution_seen:
            self.solution_seen = True
            self._write()

    def _write(self, checked: bool = False) -> None:
        self.progress.record(
            KIND,
            self.exercise.name,
            {
                "outcome": self.outcome,
                "misconception": self.misconception,
                "hints": self.hints,
                "solution_seen": self.solution_seen,
                "checked": checked,  # a hint or a solution that is seen is no try
            },
        )


class ProjectLog:
    """The record of a project: the numbers of the rubric's lines that are ticked."""

    def __init__(self, project: Project, progress: Progress | None = None) -> None:
        self.project = project
        self.progress = shared() if progress is None else progress
        latest = self.progress.latest(KIND, project.name)
        ticked = latest.data.get("ticked", ()) if latest else ()
        known = range(len(project.rubric))
        self.ticked = {i for i in ticked if i in known} if isinstance(ticked, list) else set[int]()

    @property
    def outcome(self) -> str:
        """Passed when all is ticked."""
        if len(self.ticked) == len(self.project.rubric):
            return PASSED
        return "not yet" if self.ticked else NOT_STARTED

    def tick(self, line: int, on: bool) -> None:
        """Tick a line of the rubric, or take the tick back. Raises `ValueError` if there's none."""
        if not 0 <= line < len(self.project.rubric):
            raise ValueError(
                f"There is no line {line}; choose 0 to {len(self.project.rubric) - 1}."
            )
        if on != (line in self.ticked):
            self.ticked ^= {line}
            self.progress.record(
                KIND,
                self.project.name,
                {"outcome": self.outcome, "ticked": sorted(self.ticked), "checked": False},
            )
