"""Twenty chips in five boxes: how sure are you of each answer?"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Protocol

import ipywidgets as W

from course_utils.figures.chips import chips_alt, chips_canvas
from course_utils.material.questions import CHIPS, OTHER, ChoiceQuestion
from course_utils.widgets.panel import EXAMPLE, Panel, paragraph, text
from course_utils.widgets.spoken_names import SpokenNames

BOXES = 5
ROW = 8  # chips in a row
WORD = "white-space:nowrap;font-size:92%"
ALL_PLACED = "All twenty chips are placed. To move one, take it out of another box first."
ALL_ON_ONE = (
    "Nearly all chips lie on one word. If another one is right, that costs a lot: look at the"
    " numbers under the other boxes."
)


def among(choices: float) -> str:
    """A number of choices as people read it: 2, 6.7, 2,920."""
    return f"{choices:,.0f}" if choices >= 10 or choices == round(choices) else f"{choices:.1f}"


class Wording(Protocol):
    """What a question needs to be shown: how its words read, and V (`StoryGrammar` knows both)."""

    @property
    def vocab_size(self) -> int:
        """V, the number of all symbols."""

    def text(self, words: Sequence[str], /) -> str:
        """Words as natural text."""


class ChipBoard(Panel):
    """One question. ``numbers`` are the five boxes' chips, ``rest`` buttons put what is left there.

    ``fewer`` and ``more`` take or put one chip, ``again`` starts over. ``chips`` is what lies in
    the boxes, ``left`` what is still in the hand. ``placed`` is called after every change.
    """

    summary = "A question with five boxes for twenty chips."
    asked = "… what comes next?"
    hint = ""  # said when nearly all chips lie on one word
    below: Sequence[W.Widget] = ()  # what else stands below the boxes
    compares = True  # whether a cost is compared with a blind guess

    def __init__(
        self,
        question: ChoiceQuestion,
        grammar: Wording,
        placed: Callable[[], None] | None = None,
        example: Sequence[int] = (4, 4, 4, 4, 4),
    ) -> None:
        self.question, self.grammar, self.example = question, grammar, tuple(example)
        self._placed = placed or (lambda: None)
        self.story, self.status = W.HTML(), W.HTML()
        self.words, self.heads, self.notes = ([W.HTML() for _ in range(BOXES)] for _ in range(3))
        self.numbers = [
            # The label stands above as a bold word; here it is only spoken.
            W.BoundedIntText(
                1, min=1, max=16, description="word",
                layout=W.Layout(width="54px", margin="0"), style={"description_width": "0px"},
            )
            for _ in range(BOXES)
        ]  # fmt: skip
        small = {"width": "26px", "padding": "0", "margin": "2px 0"}
        self.fewer = [W.Button(description="−", layout=W.Layout(**small)) for _ in range(BOXES)]
        self.more = [W.Button(description="+", layout=W.Layout(**small)) for _ in range(BOXES)]
        wide = {"width": "107px", "padding": "0", "margin": "2px 0"}
        self.rest = [
            W.Button(description="put all left here", layout=W.Layout(**wide)) for _ in range(BOXES)
        ]
        self.again = W.Button(description="Start over")
        for i in range(BOXES):
            self.numbers[i].observe(self._moved, "value")
            self.fewer[i].on_click(lambda _, i=i: self.put(i, -1))
            self.more[i].on_click(lambda _, i=i: self.put(i, 1))
            self.rest[i].on_click(lambda _, i=i: self.put_rest(i))
        self.again.on_click(lambda _: self.place((1,) * BOXES))
        columns = [
            W.VBox(
                [word, head, W.HBox([fewer, number, more]), rest, note],
                layout=W.Layout(width="111px", padding="1px 2px"),
            )
            for word, head, fewer, number, more, rest, note in zip(
                self.words, self.heads, self.fewer, self.numbers, self.more, self.rest, self.notes,
                strict=True,
            )
        ]  # fmt: skip
        boxes = W.HBox(columns, layout=W.Layout(flex_flow="row wrap"))
        below = [self.again, *self.below]
        super().__init__([self.story, boxes, self.status, *below, SpokenNames()])
        self.show(question)

    @property
    def chips(self) -> tuple[int, ...]:
        """The chips in the five boxes."""
        return tuple(int(number.value) for number in self.numbers)

    @property
    def left(self) -> int:
        """The chips still in the hand."""
        return CHIPS - sum(self.chips)

    def show(self, question: ChoiceQuestion, chips: Sequence[int] | None = None) -> None:
        """Turn to a question, with ``chips`` already placed or one chip in each box."""
        self.question = question
        context = text(self.grammar.text(list(question.context)))
        self.story.value = f"<p>{context} <b>{self.asked}</b></p>"
        for i, word in enumerate(map(self.spelled, question.boxes)):
            self.words[i].value = f'<b style="{WORD}">{text(word)}</b>'
            self.numbers[i].description = word
            self.numbers[i].tooltip = f"chips on {word}"
            self.fewer[i].tooltip = f"one chip less on {word}"
            self.more[i].tooltip = f"one chip more on {word}"
            self.rest[i].tooltip = f"put all left here, on {word}"
        self.place(chips or (1,) * BOXES)

    def place(self, chips: Sequence[int]) -> None:
        """Put these chips into the boxes. Raises `ValueError` for an impossible number."""
        if len(chips) != BOXES or min(chips) < 1 or sum(chips) > CHIPS:
            raise ValueError(f"Place at most {CHIPS} chips in {BOXES} boxes, at least one in each.")
        with self.hold_trait_notifications():
            for number in self.numbers:
                number.unobserve(self._moved, "value")
            for number, count in zip(self.numbers, chips, strict=True):
                number.max = CHIPS
                number.value = count
            for number in self.numbers:
                number.observe(self._moved, "value")
        self._moved()

    def spelled(self, word: str) -> str:
        """A box's word as it would stand in the text: with a capital where a sentence begins."""
        begins = self.question.context[-1:] and self.question.context[-1] in (".", "!", "?")
        return word[0].upper() + word[1:] if begins and word != OTHER else word

    def put(self, box: int, chips: int) -> None:
        """Put so many chips more into a box, as far as that is possible."""
        number = self.numbers[box]
        number.value = max(number.min, min(number.max, number.value + chips))

    def put_rest(self, box: int) -> None:
        """Put all chips that are left into one box."""
        self.numbers[box].value += self.left

    def lock(self) -> None:
        """Let nothing be moved any more: the paper is handed in."""
        for control in self.controls:
            control.disabled = True

    def unlock(self) -> None:
        """Let chips be moved again."""
        for control in self.controls:
            control.disabled = False

    @property
    def controls(self) -> list[W.Widget]:
        """All that can be pressed or changed."""
        return [*self.numbers, *self.fewer, *self.more, *self.rest, self.again]

    def cost(self, box: int, chips: Sequence[int] | None = None) -> float:
        """The loss in nats if this box turns out right; with ``chips``, or those placed now."""
        share = (self.chips if chips is None else chips)[box] / CHIPS
        if self.question.boxes[box] == OTHER:
            share /= self.grammar.vocab_size - (BOXES - 1)
        return -math.log(share)

    def note(self, box: int, chips: Sequence[int] | None = None) -> str:
        """What stands under a box."""
        loss = self.cost(box, chips)
        said = f"If this is right, it costs {loss:.2f}"
        as_among = math.exp(loss)
        if self.compares and as_among <= self.grammar.vocab_size:
            said += f", like a blind guess among {among(as_among)}"
        return said + "."

    def _moved(self, _: object = None) -> None:
        left = self.left
        if left < 0:  # two boxes were raised at once
            self.place((1,) * BOXES)
            return
        for i, number in enumerate(self.numbers):
            number.max = number.value + left
            self.heads[i].value = _heap(number.value)
            self.notes[
                i
            ].value = (
                f'<span style="font-size:90%;line-height:1.4;display:block">{self.note(i)}</span>'
            )
        hint = self.hint if max(self.chips) >= CHIPS - BOXES + 1 else ""
        hand = f"Still in your hand: {left} chip{'s' if left > 1 else ''}." if left else ALL_PLACED
        self.status.value = f'<p role="status"><b>{hand}</b> {hint}</p>'
        self._placed()

    def still(self) -> str:
        """The question with an example learner's chips."""
        notes = [textwrap.fill(self.note(i, self.example), 25) for i in range(BOXES)]
        boxes = [self.spelled(word) for word in self.question.boxes]
        canvas = chips_canvas(boxes, self.example, notes)
        context = self.grammar.text(list(self.question.context))
        return (
            paragraph(f"{context} {self.asked}")
            + paragraph(f"{EXAMPLE}:")
            + canvas.html(chips_alt(boxes, self.example))
        )


def _heap(count: int) -> str:
    """So many chips in two rows; the number box beside says it in words."""
    rows = "●" * min(count, ROW) + "<br>" + ("●" * (count - ROW) or "&nbsp;")
    return f'<div aria-hidden="true" style="line-height:1.2">{rows}</div>'
