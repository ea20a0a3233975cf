"""A question with a few options: a prediction, or a check with an explanation for each answer."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as W

from course_utils.learning.prediction import Prediction
from course_utils.widgets.panel import EXAMPLE, Panel, paragraph, text


class ChoiceCard(Panel):
    """``options`` are the radio buttons; choosing one records it in ``prediction``.

    ``explanations`` has a sentence for each option, shown when it is chosen; ``example`` is the
    option that the saved picture shows as chosen.
    """

    summary = "A question with options."

    def __init__(
        self,
        question: str,
        options: Sequence[str],
        explanations: Sequence[str] | None = None,
        example: int = 0,
    ) -> None:
        self.prediction = Prediction(question, tuple(options))
        self.explanations = explanations or ["Noted. You will see."] * len(options)
        self.example = example
        self.options = W.RadioButtons(
            options=list(options), value=None, layout=W.Layout(width="auto")
        )
        self.options.tooltip = question
        self.reply = W.HTML(value='<p role="status">Not answered yet.</p>')
        self.options.observe(self._chosen, "index")
        super().__init__([W.HTML(f"<p><b>{text(question)}</b></p>"), self.options, self.reply])

    def choose(self, number: int) -> None:
        """Choose an option (from 0). Raises `ValueError` if it isn't there."""
        self.prediction.choose(number)
        self.options.index = number

    def keep(self) -> None:
        """From now on the answer stays as it is: its outcome is known."""
        self.options.disabled = True

    def _chosen(self, change: dict[str, int | None]) -> None:
        number = change["new"]
        if number is not None:
            self.prediction.choose(number)
            self.reply.value = f'<p role="status">{text(self.explanations[number])}</p>'

    def still(self) -> str:
        """The options, and what an example learner chose."""
        items = "".join(f"<li>{text(option)}</li>" for option in self.prediction.options)
        chosen = self.prediction.options[self.example]
        said = f"{EXAMPLE}: {chosen}. {self.explanations[self.example]}"
        return f"<p><b>{text(self.prediction.question)}</b></p><ul>{items}</ul>{paragraph(said)}"
