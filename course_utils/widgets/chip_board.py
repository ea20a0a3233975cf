"""Twenty chips in five boxes: how sure are you of each answer?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import ipywidgets as W

from course_utils.figures.chips import chips_alt, chips_canvas
from course_utils.material.questions import CHIPS, OTHER, ChoiceQuestion
from course_utils.widgets.panel import EXAMPLE, Panel, paragraph, text

BOXES = 5
ROW = 10  # chips in a row
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

    ``chips`` is what lies in the boxes, ``left`` what is still in the hand. ``placed`` is called
    after every change.
    """

    summary = "A question with five boxes for twenty chips."
    asked = "… what comes next?"

    def __init__(
        self,
        question: ChoiceQuestion,
        grammar: Wording,
        placed: Callable[[], None] | None = None,
        example: Sequence[int] = (4, 4, 4, 4, 4),
    ) -> None:
        self.question, self.grammar, self.example = question, grammar, tuple(example)
        self._placed = placed or (lambda: None)
        self.story = W.HTML()
        self.numbers = [
            W.BoundedIntText(
                1,
                min=1,
                max=16,
                description="word",
                layout=W.Layout(width="150px", margin="2px 0"),
                style={"description_width": "102px"},
            )
            for _ in range(BOXES)
        ]
        self.rest = [W.Button(description="rest here") for _ in range(BOXES)]
        self.heads = [W.HTML() for _ in range(BOXES)]
        self.notes = [W.HTML() for _ in range(BOXES)]
        self.status = W.HTML()
        for i in range(BOXES):
            self.numbers[i].observe(self._moved, "value")
            self.rest[i].on_click(lambda _, i=i: self.put_rest(i))
            self.rest[i].layout.width = "142px"
        columns = [
            W.VBox([*parts], layout=W.Layout(width="152px", padding="2px"))
            for parts in zip(self.heads, self.numbers, self.rest, self.notes, strict=True)
        ]
        boxes = W.HBox(columns, layout=W.Layout(flex_flow="row wrap"))
        super().__init__([self.story, boxes, self.status])
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
        for word, number, button in zip(question.boxes, self.numbers, self.rest, strict=True):
            number.description = word
            number.tooltip = f"chips on {word}"
            button.tooltip = f"put the rest on {word}"
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

    def put_rest(self, box: int) -> None:
        """Put all chips that are left into one box."""
        self.numbers[box].value += self.left

    def lock(self) -> None:
        """Let nothing be moved any more: the paper is handed in."""
        for control in (*self.numbers, *self.rest):
            control.disabled = True

    def cost(self, box: int, chips: Sequence[int] | None = None) -> float:
        """The loss in nats if this box turns out right; with ``chips``, or those placed now."""
        share = (self.chips if chips is None else chips)[box] / CHIPS
        if self.question.boxes[box] == OTHER:
            share /= self.grammar.vocab_size - (BOXES - 1)
        return -math.log(share)

    def note(self, box: int, chips: Sequence[int] | None = None) -> str:
        """What stands under a box."""
        loss = self.cost(box, chips)
        return f"If this is right: {loss:.2f}, like a blind guess among {among(math.exp(loss))}."

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
        hint = ALL_ON_ONE if max(self.chips) >= CHIPS - BOXES + 1 else ""
        hand = "All twenty chips are placed." if not left else f"Still in your hand: {left} chips."
        self.status.value = f'<p role="status"><b>{hand}</b> {hint}</p>'
        self._placed()

    def still(self) -> str:
        """The question with an example learner's chips."""
        notes = [
            self.note(i, self.example)
            .replace(", like", ",\nlike")
            .replace("guess among", "guess\namong")
            for i in range(BOXES)
        ]
        boxes = self.question.boxes
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
