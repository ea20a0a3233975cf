"""A question with a few options: a prediction, or a check with an explanation for each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as W

from course_utils.learning.prediction import (
    Prediction,
    PredictionLog,
    grade_sentence,
    levels,
)
from course_utils.learning.progress import Progress
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, text

KEEP, CHANGE = "Keep my answer", "Change my answer"
NOT_YET = "Not answered yet."
NOTED = "Noted. You will see."


class ChoiceCard(Panel):
    """``options`` are the radio buttons; choosing one records it in ``prediction``.

    ``explanations`` has a sentence for each option, shown when it is chosen; ``example`` is the
    option that the saved picture shows as chosen. A ``name`` keeps the answer in the learner's
    progress. With ``confidence`` the learner also says how sure that is (``sure``) and keeps the
    answer by ``keep_button``: only then it counts as made.

    Who shows the result calls `outcome`. ``right`` is the right option where it is known from the
    start; then the outcome follows the answer at once, or with ``reveal=False`` when `outcome` is
    called. `on_answer` tells others that the answer was made or taken back.
    """

    summary = "A question with options."

    def __init__(
        self,
        question: str,
        options: Sequence[str],
        explanations: Sequence[str] | None = None,
        example: int = 0,
        name: str | None = None,
        confidence: bool = False,
        right: int | None = None,
        reveal: bool = True,
        progress: Progress | None = None,
    ) -> None:
        if right is not None and not 0 <= right < len(options):
            raise ValueError(f"There is no option {right}; right is 0 to {len(options) - 1}.")
        self.prediction = Prediction(question, tuple(options))
        self.memory = PredictionLog(name, options=len(options), progress=progress)
        self.explanations = explanations or [NOTED] * len(options)
        self.example, self.right, self._reveal = example, right, reveal
        self.came: str | None = None  # the option that came, in words
        self._kept = self._shown_before = False
        self.asks_confidence = confidence
        self._listeners: list[Callable[[], None]] = []
        self.options = W.RadioButtons(
            options=list(options), value=None, layout=W.Layout(width="auto")
        )
        self.options.tooltip = question
        self._asked: list[W.Widget] = []  # nothing is made that isn't shown
        if confidence:
            self.sure = W.SelectionSlider(
                options=levels(len(options)), description="How sure?",
                layout=W.Layout(width="min(420px, 95%)"),
            )  # fmt: skip
            self.keep_button = W.Button(description=KEEP, layout=W.Layout(width="170px"))
            self.keep_button.on_click(lambda _: self.press())
            self._asked = [self.sure, self.keep_button]
        self.reply = W.HTML(value=status(NOT_YET))
        self.options.observe(self._chosen, "index")
        heading = W.HTML(f"<p><b>{text(question)}</b></p>")
        super().__init__([heading, self.options, *self._asked, self.reply])
        self._show_controls()

    # What a learner does

    def choose(self, number: int, confidence: float | None = None) -> None:
        """Choose an option (from 0). Raises `ValueError` if it isn't there.

        Where the card asks for confidence, the answer is made when ``confidence`` is given, or by
        `press`.
        """
        if not 0 <= number < len(self.prediction.options):
            raise ValueError(
                f"There is no option {number}; choose 0 to {len(self.prediction.options) - 1}."
            )
        self.options.index = number
        if self.asks_confidence and confidence is not None:
            self.sure.value = confidence
            self.press()

    @answering
    def press(self) -> None:
        """What the button does: keep the answer, or take it back while nothing came of it."""
        if self.prediction.chosen is not None:
            self.prediction.chosen = self.prediction.confidence = None
            self.memory.withdrawn()
            self.reply.value = status("Taken back. Choose again.")
        elif self.options.index is None:
            raise ValueError("Choose an option first, then say how sure you are.")
        else:
            self._made(int(self.options.index), float(self.sure.value))
        self._changed()

    @answering
    def _chosen(self, change: dict[str, int | None]) -> None:
        number = change["new"]
        if number is None:
            return
        if self.came is not None:  # its outcome is known: only the explanations are looked at
            self.reply.value = status(f"{self.explanations[number]} {self._first()}")
            return
        if self.asks_confidence:
            self.reply.value = status("How sure are you? Move the slider, then keep your answer.")
            self._show_controls()
            return
        self._made(number, None)
        self._changed()

    def _made(self, number: int, confidence: float | None) -> None:
        self.prediction.choose(number, confidence)
        if self._shown_before:  # an answer made now is no prediction
            self.reply.value = status("Its outcome was shown before, so this isn't counted.")
            return
        self.memory.answered(self.prediction.answer, confidence)
        self.reply.value = status(self.explanations[number])
        if self.right is not None and self._reveal:
            self._came(self.right)
        self.tell(self.memory.progress)

    # What others do

    def on_answer(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when the answer is made or taken back, until what is returned is."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def keep(self) -> None:
        """From now on the answer stays as it is: its outcome is known."""
        self._kept = True
        self._show_controls()

    def outcome(self, right: int | str | None = None, said: str = "") -> None:
        """Show and keep what came of the answer: option ``right``, and a sentence about it.

        Without ``right`` it is the card's own; words stand for something that was no option.
        Nothing happens before there is an answer, and nothing twice. Raises `ValueError` if no
        option is known to be right.
        """
        right = self.right if right is None else right
        if isinstance(right, int | None) and right not in range(len(self.prediction.options)):
            raise ValueError(f"There is no option {right}; say which one turned out right.")
        assert right is not None
        if self.prediction.chosen is None or self.came is not None or self._shown_before:
            self._shown_before |= self.came is None
            return
        self._came(right, said)
        self.keep()
        self.tell(self.memory.progress)

    def _came(self, right: int | str, said: str = "") -> None:
        chosen, options = self.prediction.chosen, self.prediction.options
        assert chosen is not None
        self.came = options[right] if isinstance(right, int) else right
        self.memory.came(self.came, chosen == right)
        grade = grade_sentence(self.prediction.confidence, chosen == right, len(options))
        first = [self.explanations[chosen]] if self._reveal and self.right is not None else []
        if not first:
            first = [_beside(self.prediction, self.came)]
        self.reply.value = status(" ".join([*first, *filter(None, (said, grade))]))
        self._show_controls()

    def _first(self) -> str:
        return f"(Your answer was “{self.prediction.answer}”; it stays.)"

    def _changed(self) -> None:
        self._show_controls()
        for listener in list(self._listeners):
            listener()

    def _show_controls(self) -> None:
        """The slider and the button come when there is something to be sure of."""
        made, settled = self.prediction.chosen is not None, self.came is not None
        self.options.disabled = self._kept or (self.asks_confidence and made and not settled)
        if self.asks_confidence:
            hidden = self.options.index is None or settled or self._kept
            for control in self._asked:
                control.layout.display = "none" if hidden else ""
            self.sure.disabled = self.options.disabled
            self.keep_button.description = CHANGE if made else KEEP

    def still(self) -> str:
        """The options, and what an example learner chose."""
        items = "".join(f"<li>{text(option)}</li>" for option in self.prediction.options)
        chosen = self.prediction.options[self.example]
        said = f"{EXAMPLE}: {chosen}. {self.explanations[self.example]}"
        return f"<p><b>{text(self.prediction.question)}</b></p><ul>{items}</ul>{paragraph(said)}"


def _beside(prediction: Prediction, came: str) -> str:
    """The answer beside its outcome, in words."""
    said = f"You said: “{prediction.answer}”"
    if prediction.confidence is not None:
        said += f", {100 * prediction.confidence:.0f} % sure"
    if prediction.answer == came:
        return f"{said}. So it was."
    return f"{said}. It came out otherwise: “{came}”."
