"""The controls of each kind of question: `answer` is what is chosen now, or None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as W

from course_utils.learning.quizzes import (
    Answer,
    NumberAsked,
    OneChoice,
    Ordered,
    Question,
    SeveralChoices,
    read_number,
)
from course_utils.widgets.panel import status, text
from course_utils.widgets.spoken_groups import GROUP

WIDE = {"width": "auto"}


class AnswerControls(W.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """What all kinds have; ``moved`` is called after each change."""

    missing = "Give an answer first, then press Check."

    def __init__(self, children: list[Any], moved: Callable[[], None]) -> None:
        self.moved = moved
        super().__init__(children)

    @property
    def answer(self) -> Answer | None:
        """What is chosen now. Raises `ValueError` if it can't be read."""
        raise NotImplementedError

    def clear(self) -> None:
        """As it was at the beginning."""
        raise NotImplementedError


class OneOfThem(AnswerControls):
    """``options`` are radio buttons."""

    missing = "Choose one of the answers first, then press Check."

    def __init__(self, question: OneChoice, moved: Callable[[], None]) -> None:
        self.options = W.RadioButtons(
            options=[option.text for option in question.options],
            value=None,
            layout=W.Layout(**WIDE),
        )
        self.options.add_class(GROUP)
        self.options.observe(lambda _: self.moved(), "index")
        super().__init__([self.options], moved)

    @property
    def answer(self) -> Answer | None:
        """The chosen option's number."""
        number: int | None = self.options.index
        return number

    def clear(self) -> None:
        """Nothing is chosen."""
        self.options.index = None


class SomeOfThem(AnswerControls):
    """``ticks`` are boxes to tick."""

    missing = "Tick at least one box, then press Check."

    def __init__(self, question: SeveralChoices, moved: Callable[[], None]) -> None:
        self.ticks = [
            W.Checkbox(
                value=False, description=option.text, indent=False, layout=W.Layout(**WIDE)
            )
            for option in question.options
        ]  # fmt: skip
        for tick in self.ticks:
            tick.observe(lambda _: self.moved(), "value")
        self.group = W.VBox(self.ticks)
        self.group.add_class(GROUP)
        super().__init__([self.group], moved)

    @property
    def answer(self) -> Answer | None:
        """The ticked options' numbers."""
        return [i for i, tick in enumerate(self.ticks) if tick.value] or None

    def clear(self) -> None:
        """Nothing is ticked."""
        for tick in self.ticks:
            tick.value = False


class OneNumber(AnswerControls):
    """``box`` takes a number as people write it."""

    missing = "Write a number first, then press Check."

    def __init__(self, question: NumberAsked, moved: Callable[[], None]) -> None:
        self.box = W.Text(
            description="Your number", placeholder="such as 0.5",
            style={"description_width": "initial"}, layout=W.Layout(width="240px"),
        )  # fmt: skip
        self.box.observe(lambda _: self.moved(), "value")
        unit = [W.HTML(f"<span>{text(question.unit)}</span>")] if question.unit else []
        self.group = W.HBox([self.box, *unit])
        self.group.add_class(GROUP)
        super().__init__([self.group], moved)

    @property
    def answer(self) -> Answer | None:
        """The number in the box. Raises `ValueError` if there is something else."""
        return read_number(self.box.value) if self.box.value.strip() else None

    def clear(self) -> None:
        """The box is empty."""
        self.box.value = ""


class InOrder(AnswerControls):
    """``lines`` are the items; ``up`` and ``down`` move the chosen one.

    ``order`` holds the items' numbers as they stand. The buttons stay where they are, so that
    pressing one again moves the same item again.
    """

    missing = "Bring them into order first: choose a line, and move it up or down."

    def __init__(self, question: Ordered, moved: Callable[[], None]) -> None:
        self.question = question
        self.order = list(question.shown)
        self.lines = W.RadioButtons(options=[], layout=W.Layout(**WIDE))
        self.lines.add_class(GROUP)
        self.up, self.down = W.Button(description="▲ Up"), W.Button(description="▼ Down")
        for button, by in ((self.up, -1), (self.down, 1)):
            button.layout.width = "90px"
            button.on_click(lambda _, by=by: self.move(by))
        self.said = W.HTML()
        super().__init__([self.lines, W.HBox([self.up, self.down]), self.said], moved)
        self._show(None)

    @property
    def answer(self) -> Answer | None:
        """The items' numbers, from the first place to the last; None if nothing was moved."""
        return None if self.order == list(self.question.shown) else list(self.order)

    def move(self, by: int) -> None:
        """Move the chosen line up by −1 or down by 1, as far as there is room."""
        place: int | None = self.lines.index
        if place is None:
            self.said.value = status("Choose the line that you want to move.")
            return
        goal = place + by
        item = self.question.items[self.order[place]].text
        if not 0 <= goal < len(self.order):
            end = "first" if by < 0 else "last"
            self.said.value = status(f"“{item}” is {end} already.")
            return
        self.order[place], self.order[goal] = self.order[goal], self.order[place]
        self._show(goal)
        self.said.value = status(f"“{item}” is now in place {goal + 1} of {len(self.order)}.")
        self.moved()

    def clear(self) -> None:
        """As they were laid out."""
        self.order = list(self.question.shown)
        self.said.value = ""
        self._show(None)

    def _show(self, chosen: int | None) -> None:
        items = [self.question.items[number].text for number in self.order]
        self.lines.options = [f"{place}. {item}" for place, item in enumerate(items, 1)]
        self.lines.index = chosen


def controls_for(question: Question, moved: Callable[[], None]) -> AnswerControls:
    """The controls of a question's kind."""
    if isinstance(question, OneChoice):
        return OneOfThem(question, moved)
    if isinstance(question, SeveralChoices):
        return SomeOfThem(question, moved)
    if isinstance(question, NumberAsked):
        return OneNumber(question, moved)
    if isinstance(question, Ordered):
        return InOrder(question, moved)
    raise TypeError(f"There are no controls for a {type(question).__name__}.")
