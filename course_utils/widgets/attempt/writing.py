"""Writing, one word a press: answer, write the answer down, ask the next."""

from __future__ import annotations

import ipywidgets as W
import numpy as np

from course_utils.figures.answer_bars import Answer, AnswerBars, answers_alt, top_words
from course_utils.material.symbols import START_ID
from course_utils.student.functions import softmax
from course_utils.training.attempts import Floats, Writer, drawing_shares
from course_utils.widgets.attempt.subject import Subject
from course_utils.widgets.panel import Panel, answering, paragraph, status, text

ROWS = 8
SEED = 0
TEMPERATURE, TOP_K, TOP_P, BEGINNING = "temperature", "top-k", "top-p", "start"
KNOBS = (TEMPERATURE, TOP_K, TOP_P, BEGINNING)
EXAMPLE_WORDS = 8  # words that the saved picture has written
EXAMPLE_TEMPERATURE = 2.0  # to which the saved picture then turns, if nothing else is changed

Knobs = tuple[float, int | None, float | None]  # temperature, top-k, top-p; None keeps all words
Drawn = tuple[int, float] | None  # a token, and its points when it was drawn


class WritingView(Panel):
    """``write_button`` writes one word; ``knob`` chooses which other control is in sight.

    ``temperature``, ``top_k`` (0 keeps all), ``top_p`` (1 keeps all); or, in place of the button,
    ``beginning`` (a text; a new one starts anew) and ``anew``.
    """

    summary = "Writing, one word a press."

    def __init__(self, subject: Subject, seed: int = SEED) -> None:
        self.subject, self.seed = subject, seed
        V = subject.corpus.vocab_size
        self.writer = Writer(subject.model, [START_ID], seed)
        self._bars = AnswerBars(ROWS, "drawn from this", "temperature 1, all")
        self.write_button = W.Button(description="Write one word")
        self.anew = W.Button(description="Start anew")
        self.knob = W.ToggleButtons(
            options=KNOBS, description="Change:", style={"button_width": "120px"}
        )

        def wide() -> W.Layout:  # one for each: hiding one must not hide the others
            return W.Layout(width="400px", max_width="100%")

        self.temperature = W.FloatSlider(
            1.0, min=0.1, max=3.0, step=0.1, description="Temperature:", layout=wide(),
            readout_format=".1f", style={"description_width": "auto"},
        )  # fmt: skip
        self.top_k = W.IntSlider(
            0, min=0, max=min(V, 20), description="Top-k (0: all):", layout=wide(),
            style={"description_width": "auto"},
        )  # fmt: skip
        self.top_p = W.FloatSlider(
            1.0, min=0.05, max=1.0, step=0.05, description="Top-p (1: all):", layout=wide(),
            readout_format=".2f", style={"description_width": "auto"},
        )  # fmt: skip
        self.beginning = W.Text(
            "", description="Begin with:", continuous_update=False, layout=wide(),
            placeholder="empty: from the start", style={"description_width": "auto"},
        )  # fmt: skip
        self.page, self.picture, self.said = W.HTML(), W.HTML(), W.HTML()
        self._faces = {
            TEMPERATURE: self.temperature, TOP_K: self.top_k, TOP_P: self.top_p,
            BEGINNING: W.HBox([self.beginning, self.anew], layout=W.Layout(flex_flow="row wrap")),
        }  # fmt: skip
        super().__init__(
            [self.knob, *self._faces.values(), self.write_button, self.page, self.said,
             self.picture]
        )  # fmt: skip
        self._drawn: Drawn = None
        self.write_button.on_click(lambda _: self._pressed())
        self.anew.on_click(self._start_anew)
        self.beginning.observe(lambda change: self.start(change["new"]), "value")
        for control in (self.knob, self.temperature, self.top_k, self.top_p):
            control.observe(self._moved, "value")
        self.refresh()

    # Actions

    @property
    def settings(self) -> Knobs:
        """Temperature, top-k and top-p as `choose` wants them."""
        top_k, top_p = self.top_k.value, self.top_p.value
        return self.temperature.value, top_k or None, top_p if top_p < 1 else None

    @answering
    def start(self, beginning: str = "") -> None:
        """Start anew after this text, with the same luck as the first time.

        Shows a complaint for a word that the student doesn't know.
        """
        ids = [] if not beginning.strip() else self._encoded(beginning)
        self.writer = Writer(self.subject.model, [START_ID, *ids], self.seed)
        self._drawn = None
        self.refresh()

    def _encoded(self, beginning: str) -> list[int]:
        corpus = self.subject.corpus
        try:
            return [int(token) for token in corpus.encoder.encode(beginning)]
        except ValueError as error:
            known = [word for word in corpus.vocabulary if word.strip().isalpha()][::25][:6]
            raise ValueError(
                f"{error} Choose other words; the student knows, for example, {', '.join(known)}."
            ) from None

    @answering
    def write(self, count: int = 1) -> None:
        """Write so many words, or until the end."""
        for _ in range(count):
            if self.writer.ended:
                break
            shares = drawing_shares(self.writer.logits, *self.settings)
            token = self.writer.write(*self.settings)
            self._drawn = token, 100 * float(shares[token])
        self.refresh()

    def _pressed(self) -> None:
        if self.writer.ended:
            self.start(self.beginning.value)
        else:
            self.write()

    def _start_anew(self, _: object) -> None:
        self.start(self.beginning.value)
        self.knob.value = TEMPERATURE  # where the other button is

    def _moved(self, _: object) -> None:
        self.refresh()

    # What is seen

    @property
    def shares(self) -> Floats:
        """With which probability each word (V,) would be drawn next."""
        return drawing_shares(self.writer.logits, *self.settings)

    def answers(self, logits: Floats, knobs: Knobs | None = None) -> list[Answer]:
        """The likeliest words at temperature 1: what is drawn from, and what the student said.

        ``knobs`` are the settings of now, if not given.
        """
        plain = 100 * softmax(logits)
        shares = 100 * drawing_shares(logits, *(knobs or self.settings))
        return [
            Answer(
                self.subject.label(i), float(shares[i]), float(plain[i]), float(logits[i]),
                note=f"left out ({plain[i]:.1f})" if shares[i] == 0 else "",
            )
            for i in top_words(plain, ROWS)
        ]  # fmt: skip

    @answering
    def refresh(self) -> None:
        """Show the text, and what the next word is drawn from."""
        for name, face in self._faces.items():
            face.layout.display = "" if name == self.knob.value else "none"
        self.write_button.layout.display = "none" if self.knob.value == BEGINNING else ""
        self.write_button.description = "Start anew" if self.writer.ended else "Write one word"
        pages = self._pages(self.writer, self._drawn)
        self.page.value, self.said.value, self.picture.value = pages

    def _pages(
        self, writer: Writer, drawn: Drawn, knobs: Knobs | None = None
    ) -> tuple[str, str, str]:
        knobs = knobs or self.settings
        written, ended = self.subject.corpus.text(writer.ids), writer.ended
        gap = "" if ended else " <b>___</b>"
        said = "Press the button: a word is drawn, written down, and read with all the others."
        if drawn is not None:
            token, points = drawn
            said = f"It drew “{self.subject.label(token)}”, which had {points:.1f} points."
        if ended:
            said += " That is the end."
        else:
            shares = drawing_shares(writer.logits, *knobs)
            kept = int(np.count_nonzero(shares))
            said += f" The next one is drawn from {kept} of {len(shares)} words."
        page = f"<blockquote>{text(written)}{gap}</blockquote>"
        if ended:
            return page, status(said), ""
        answers = self.answers(writer.logits, knobs)
        self._bars.update(answers)
        alt = answers_alt(answers, "to draw from", "at temperature 1")
        return page, status(said), self._bars.canvas.html(alt)

    def still(self) -> str:
        """The first words that it writes, before the end; then the temperature is turned up."""
        writer = Writer(self.subject.model, [START_ID], self.seed)
        knobs, drawn, written = self.settings, None, 0
        shown = Writer(self.subject.model, writer.ids, self.seed)
        while written < EXAMPLE_WORDS:
            shares = drawing_shares(writer.logits, *knobs)
            token = writer.write(*knobs)
            if writer.ended:
                break
            drawn, written = (token, 100 * float(shares[token])), written + 1
            shown = Writer(self.subject.model, writer.ids, self.seed)
        said = f"After {written} presses"
        if knobs == (1.0, None, None):
            knobs = (EXAMPLE_TEMPERATURE, None, None)
            said += f", with the temperature then turned to {EXAMPLE_TEMPERATURE:g}"
        return paragraph(f"{said}:") + "".join(self._pages(shown, drawn, knobs))
