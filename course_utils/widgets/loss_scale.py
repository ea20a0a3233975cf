"""The scale: what a loss is read against, and where the half-trained student stands on it."""

from __future__ import annotations

import ipywidgets as W

from course_utils.figures.loss_scale import LossScale, limits, scale_alt
from course_utils.figures.price import guesses
from course_utils.learning.prediction import NUMBER, PredictionLog
from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus
from course_utils.training.grading import grade_test
from course_utils.training.students import HALF_TRAINED, TRAINED, checkpoints, record
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status

WHOLE, NEAR = "whole", "near the best"
CLOSE_GUESS = 0.15  # nats
REST = (
    " The small marks are the same student earlier and later. Untrained it is a little worse than a"
    " blind guess: it has favourites, and no good reason for them. The first tests bring most; the"
    " last piece takes longest, for there it must learn to look back."
)
NO_FLOOR = " The best possible mark of this text isn't known, so that line is missing."


class ScaleView(Panel):
    """``guess`` is a slider in nats, ``reveal`` shows the student, ``zoom`` a choice of two."""

    summary = "The scale of losses, with a place to predict."

    def __init__(self, corpus: Corpus, students: dict[str, GPT]) -> None:
        self.lines, self.student, self.others, self.label = _standings(corpus, students)
        top = round(1.1 * self.lines["uniform"], 1)
        self.guess = W.FloatSlider(
            value=round(top / 2, 2), min=0, max=top, step=0.01, description="Your mark",
            readout_format=".2f", layout=W.Layout(width="480px"),
        )  # fmt: skip
        self.reveal = W.Button(description="Show the student", disabled=True)
        self.zoom = W.ToggleButtons(
            options=[WHOLE, NEAR], description="Scale", layout=W.Layout(width="420px")
        )
        self.zoom.style.button_width = "120px"
        self.said, self.picture = W.HTML(), W.HTML()
        self.placed = self.revealed = False
        # Drawing a whole scale takes longer than a control may: all four are made here.
        shown = {False: (None, []), True: ((self.label, self.student[1]), self.others)}
        self._scales = {
            (name, revealed): LossScale(self.lines, *limits(self.lines, name == NEAR), *marks)
            for name in (WHOLE, NEAR)
            for revealed, marks in shown.items()
        }
        self.guess.observe(lambda _: self._moved(), "value")
        self.reveal.on_click(lambda _: self.show())
        self.zoom.observe(lambda _: self.refresh(), "value")
        super().__init__([self.said, self.guess, self.reveal, self.zoom, self.picture])
        self.refresh()

    def _moved(self) -> None:
        self.placed = True
        self.refresh()

    @answering
    def show(self) -> None:
        """Show the student. Raises `ValueError` before the learner has placed it."""
        if not self.placed:
            raise ValueError("Place it first: move the slider to where you expect the student.")
        self.revealed = True
        self.guess.disabled = True
        placed, loss = float(self.guess.value), self.student[1]
        log = PredictionLog("loss: place on the scale" if self.others else None, NUMBER)
        log.answered(placed)
        log.came(loss, abs(placed - loss) <= CLOSE_GUESS)
        self.refresh()
        self.tell(log.progress)

    @answering
    def refresh(self) -> None:
        """Draw the scale as it is now."""
        self.reveal.disabled = self.revealed or not self.placed
        guess = float(self.guess.value) if self.placed else None
        self.picture.value = self._draw(self.zoom.value, guess, self.revealed)
        self.said.value = status(self._sentence(guess, self.revealed))

    def _draw(self, zoom: str, guess: float | None, revealed: bool) -> str:
        scale = self._scales[zoom, revealed]
        scale.update(guess)
        student, others = (self.student, self.others) if revealed else (None, [])
        return scale.canvas.html(scale_alt(self.lines, guess, student, others))

    def _sentence(self, guess: float | None, revealed: bool) -> str:
        name, loss = self.student
        missing = "" if "floor" in self.lines else NO_FLOOR
        if guess is None:
            return f"Not answered yet: where is {name}? Move the slider, then press the button." + (
                missing
            )
        if not revealed:
            return f"You place {name} at {guess:.2f}, like a blind guess among {guesses(guess)}."
        gap = guess - loss
        judged = (
            "Well placed." if abs(gap) <= CLOSE_GUESS
            else f"You were {abs(gap):.2f} too {'high' if gap > 0 else 'low'}."
        )  # fmt: skip
        return (
            f"You placed {name} at {guess:.2f}; it is at {loss:.2f}, like a blind guess among"
            f" {guesses(loss)}. {judged}{self._between(loss)}{missing}"
        )

    def _between(self, loss: float) -> str:
        top = self.lines["uniform"]
        if "floor" not in self.lines:
            return ""
        way = (top - loss) / (top - self.lines["floor"])
        said = f" Of the way from a blind guess to the best possible, {100 * way:.0f} % is done."
        return said + (REST if self.others else "")

    def still(self) -> str:
        """The scale with an example learner's mark, revealed."""
        example = round(0.5 * self.lines["uniform"], 1)
        said = self._sentence(example, revealed=True)
        return paragraph(f"{EXAMPLE}: {said}") + self._draw(WHOLE, example, revealed=True)


def _standings(
    corpus: Corpus, students: dict[str, GPT]
) -> tuple[dict[str, float], tuple[str, float], list[tuple[str, float]], str]:
    """The lines, the student to place, others that are shown with it, and its short name."""
    if HALF_TRAINED in students:
        known = record()
        total = known.students[TRAINED].step
        half = known.students[HALF_TRAINED]
        others = [
            (f"after {s.step:,} tests" if s.step else "untrained", s.held_out_loss)
            for s in checkpoints()
            if s.name != HALF_TRAINED
        ]
        name = f"the student after {half.step} of {total} tests"
        return dict(known.lines), (name, half.held_out_loss), others, f"after {half.step} tests"
    [(name, model)] = students.items()
    graded = grade_test(model, corpus, counting=corpus.grammar is None).evaluation
    lines = {"uniform": graded.uniform}
    if graded.counting is not None:
        lines["counting"] = graded.counting
    if graded.floor is not None:
        lines["floor"] = graded.floor
    said = name if name.startswith("your") else f"the {name} student"
    return lines, (said, graded.loss), [], said
