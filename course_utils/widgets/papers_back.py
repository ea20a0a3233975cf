"""The papers come back: the right words, the points on them, and the marks on one scale."""

from __future__ import annotations

import ipywidgets as W

from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import MarkScale, scale_alt
from course_utils.learning.verdict import prediction_verdict, what_came
from course_utils.training.sitting import Paper
from course_utils.widgets.desk import UNPREDICTED, Desk, DeskView
from course_utils.widgets.first_prediction import FirstPrediction
from course_utils.widgets.panel import EXAMPLE, FOLDED, folded, paragraph, table, text

WAITING = "Not answered yet: hand in your paper above."
NAMES = {
    "uniform": REFERENCE["uniform"],
    "even": "chips spread evenly",
    "learner": "you",
    "student": "untrained student",
    "floor": REFERENCE["floor"],
}
HEADROOM = 1.12  # the scale's top, in blind guesses


class PapersBack(DeskView):
    """The learner's paper; with a ``prediction`` the untrained student's paper stands beside it.

    The student's paper is shown when the prediction was made, and answers it.
    """

    summary = "The graded papers."

    def __init__(self, desk: Desk, prediction: FirstPrediction | None = None) -> None:
        self.desk, self.card = desk, prediction
        self._lines, self._luck = desk.sitting.lines_for_six(), desk.sitting.luck()
        self._scale = MarkScale(NAMES, HEADROOM * self._lines["uniform"])
        self.view = W.HTML()
        self._shown: object = None
        super().__init__([self.view])
        if prediction is not None:
            self.until_closed(prediction.on_answer(self.refresh))
        self.follow(desk)

    def refresh(self) -> None:
        """Show the papers as they are now."""
        mine = self.desk.sitting.learner_paper()
        predicted = None if self.card is None else self.card.prediction
        shown = (mine is not None, predicted is not None and predicted.chosen)
        if shown == self._shown:  # a paper handed in stays as it is, and so does its picture
            return
        self._shown = shown
        if mine is None:
            self.view.value = paragraph(WAITING)
        elif predicted is not None and predicted.chosen is None:
            self.view.value = paragraph(UNPREDICTED)
        else:
            self.view.value = self._page(mine, "" if predicted is None else predicted.answer)
            if self.card is not None:
                came = what_came(*self._marks(mine))
                options = self.card.prediction.options
                self.card.outcome(options.index(came) if came in options else came)
                self.desk.answered()

    def _marks(self, mine: Paper) -> tuple[float, float, float]:
        """The learner's, the untrained student's and a blind guess's mean loss."""
        return mine.loss, self.desk.untrained.loss, self._lines["uniform"]

    def _page(self, mine: Paper, predicted: str) -> str:
        sitting = self.desk.sitting
        head = ["question", "right word", "your points", "your loss"]
        head += ["student's points", "student's loss"] if predicted else ["kind", "best possible's"]
        untrained = self.desk.untrained
        rows = []
        for i, question in enumerate(sitting.questions):
            box = question.answer_box
            end = " ".join(sitting.grammar.text(list(question.context)).split()[-3:])
            row = [
                f"{i + 1}. … {end} ___",
                question.answer, f"{mine.points[i, box]:.0f}", f"{mine.losses[i]:.2f}",
            ]  # fmt: skip
            if predicted:
                row += [f"{untrained.points[i, box]:.2f}", f"{untrained.losses[i]:.2f}"]
            else:
                chance = sitting.chance(i)
                row += ["settled" if question.settled else "open", f"{100 * chance:.0f} points"]
            rows.append(row)
        total = ["mark (mean)", "", "", f"{mine.loss:.2f}"]
        said, reading = "", ""
        if predicted:
            total += ["", f"{untrained.loss:.2f}"]
            verdict = prediction_verdict(predicted, *self._marks(mine))
            said = f'<p role="status">{text(verdict)}</p>'
        else:
            total += ["", f"{self._lines['floor']:.2f}"]
            reading = paragraph(self._reading())
        papers = table(head, [*rows, total], "Six questions")
        return said + papers + reading + self._draw(mine, predicted)

    def _reading(self) -> str:
        desk, lines = self.desk, self._lines
        return (
            "Your short list was a great help: chips spread evenly cost"
            f" {desk.even_paper().loss:.2f}, a blind guess among all"
            f" {desk.sitting.grammar.vocab_size} choices {lines['uniform']:.2f}. The best possible"
            " student knows our rules: on papers with these beginnings it averages"
            f" {desk.sitting.expected_floor():.2f}, and with the words that really came it gets"
            f" {lines['floor']:.2f}. With your twenty chips it would get"
            f" {desk.best_chips_paper().loss:.2f}."
        )

    def _draw(self, mine: Paper, predicted: str) -> str:
        lines = self._lines
        losses = {"uniform": lines["uniform"], "even": self.desk.even_paper().loss}
        losses |= {"learner": mine.loss, "floor": lines["floor"]}
        if predicted:
            losses["student"] = self.desk.untrained.loss
        self._scale.update(losses, self._luck)
        return self._scale.canvas.html(scale_alt(NAMES, losses, self._luck))

    def still(self) -> str:
        """The papers of an example learner."""
        card = self.card
        predicted = "" if card is None else card.prediction.options[card.example]
        page = self._page(self.desk.example_paper(), predicted)
        return folded(FOLDED, paragraph(f"{EXAMPLE}:") + page)
