"""How sure is the student of each word? Your chips beside its bars, and two ways to move them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as W
import numpy as np

from course_utils.figures.answer_bars import Answer, AnswerBars, answers_alt, signed, top_words
from course_utils.material.questions import CHIPS, OTHER, ChoiceQuestion
from course_utils.material.symbols import SYMBOLS
from course_utils.student.functions import softmax
from course_utils.training.attempts import Floats, Question, answer_logits, swapped
from course_utils.widgets.attempt.subject import Subject
from course_utils.widgets.chip_board import BOXES, ChipBoard
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, text

YOUR_CHIPS, SWAP, CONSTANT = "your chips", "swap a word", "add a constant"
TASKS = (YOUR_CHIPS, SWAP, CONSTANT)
ROWS = 8
EXAMPLE_CHIPS = (6, 6, 4, 2, 2)
FURTHEST = 5.0  # logits: the largest constant
ALL = -1
WORTH = 0.5  # logits: a difference that is worth a sentence
REVEAL, NEXT = "Show the student's answer", "Next question"
UNPREDICTED = "Not answered yet: make your prediction above, then swap."


class _Wording:
    """Reads a context that is natural text already."""

    def __init__(self, vocab_size: int) -> None:
        self.vocab_size = vocab_size

    def text(self, words: Sequence[str], /) -> str:
        return " ".join(words)


def _compared(answers: Sequence[Answer]) -> str:
    """What a difference of two logits means in points, on the likeliest word and another."""
    scored = sorted(
        ((a.logit, a.word) for a in answers if a.logit is not None), key=lambda pair: -pair[0]
    )
    high, word = scored[0]
    for low, other in scored[1:]:
        if WORTH <= high - low <= 5:
            return (
                f" The logit of “{word}” is {high - low:.2f} above that of “{other}”, and e to the"
                f" power of {high - low:.2f} is {np.exp(high - low):.1f}: so many times the points."
            )
    return ""


class ConfidenceView(Panel):
    """``task`` chooses what to do; of the other controls only the task's own are in sight.

    Your chips: ``board`` and ``reveal``. Swap a word: ``place`` and ``word``. Add a constant:
    ``target`` and ``constant``. ``card`` is a prediction of what becomes of the answer when the
    word that stands for it is swapped: it stays (0), it follows (1), or something else comes (2);
    no swapped answer is shown before it is made, and the first such swap is its outcome.
    ``example`` is the word that the saved picture swaps in.
    """

    summary = "The student's confidence in each word, as bars."
    _ends: tuple[Callable[[], None], ...] = ()  # how to stop listening

    def __init__(
        self, subject: Subject, task: str = YOUR_CHIPS, question: int = 0,
        card: ChoiceCard | None = None, example: str | None = None,
    ) -> None:  # fmt: skip
        if task not in TASKS:
            raise ValueError(f"There is no task {task!r}; choose {', '.join(TASKS)}.")
        self.subject, self.question, self.card = subject, subject.questions[question], card
        self._example_word = example
        self._for_chips, self._number = subject.for_chips(), 0
        self._revealed = False
        self._chip_bars = AnswerBars(BOXES, "the student", "you", "learner")
        self._bars = AnswerBars(ROWS, "now", "before", "uniform")
        self._make_controls(task)
        if example is not None and example not in dict(self.word.options):
            raise ValueError(f"The student doesn't know {example!r}; choose a word of the menu.")
        self.story, self.picture, self.said = W.HTML(), W.HTML(), W.HTML()
        self._faces = {
            YOUR_CHIPS: W.VBox([self.board, self.reveal]),
            SWAP: W.HBox([self.place, self.word], layout=W.Layout(flex_flow="row wrap")),
            CONSTANT: W.HBox([self.target, self.constant], layout=W.Layout(flex_flow="row wrap")),
        }
        super().__init__([self.task, self.story, *self._faces.values(), self.said, self.picture])
        self.task.observe(self._turned, "value")
        self.reveal.on_click(self._pressed)
        self.place.observe(self._placed, "value")
        for control in (self.word, self.target, self.constant):
            control.observe(self._moved, "value")
        if card is not None:
            self._ends = (card.on_answer(self.refresh),)
        self.refresh()

    def close(self) -> None:
        """Close this view, which no longer listens to the card."""
        for end in self._ends:
            end()
        super().close()

    def _make_controls(self, task: str) -> None:
        subject, question = self.subject, self.question
        self.task = W.ToggleButtons(options=TASKS, value=task, description="Do:")
        self.board = ChipBoard(
            self._choice(0), _Wording(subject.corpus.vocab_size), example=EXAMPLE_CHIPS
        )
        if subject.masked:
            self.board.asked = "Which word is hidden?"
        self.board.show(self._choice(0))
        self.reveal = W.Button(description=REVEAL, layout=W.Layout(width="240px"))
        self.place = W.SelectionSlider(
            options=[
                (f"{i} {subject.label(int(token))}", i)
                for i, token in enumerate(question.ids)
                if token >= len(SYMBOLS) and not (question.masked and i == question.place)
            ],
            description="Word:", continuous_update=True, layout=W.Layout(width="330px"),
        )  # fmt: skip
        vocabulary = range(len(SYMBOLS), subject.corpus.vocab_size)
        self.word = W.Dropdown(
            options=[(subject.label(token), token) for token in vocabulary],
            description="becomes:", value=None, layout=W.Layout(width="250px"),
        )  # fmt: skip
        self._before = answer_logits(subject.model, question)
        listed = top_words(softmax(self._before), ROWS)
        self.target = W.Dropdown(
            options=[("all words", ALL), *((subject.label(token), token) for token in listed)],
            description="Add to:", layout=W.Layout(width="250px"),
        )  # fmt: skip
        self.constant = W.FloatSlider(
            0.0, min=-FURTHEST, max=FURTHEST, step=0.5, description="Constant:",
            readout_format="+.1f", layout=W.Layout(width="360px"),
        )  # fmt: skip
        low, high = self._before[listed].min(), self._before[listed].max()
        self._limits = (float(min(low, 0) - FURTHEST - 0.5), float(max(high, 0) + FURTHEST + 0.5))
        self._fit_word(self.place.value)

    def _fit_word(self, place: int) -> None:
        """Let the menu show the word that stands at a place; a symbol isn't in it."""
        token = int(self.question.ids[place])
        self._fitting = True  # the picture is drawn once, not twice
        self.word.value = token if token in dict(self.word.options).values() else None
        self._fitting = False

    def _choice(self, number: int) -> ChoiceQuestion:
        question, four = self._for_chips[number]
        label = self.subject.label
        return ChoiceQuestion(
            (self.subject.text(question),), tuple(label(token) for token in four),
            label(question.answer), settled=False,
        )  # fmt: skip

    # Actions

    @answering
    def turn(self, task: str) -> None:
        """Choose what to do. Raises `ValueError` for an unknown task."""
        if task not in TASKS:
            raise ValueError(f"There is no task {task!r}; choose {', '.join(TASKS)}.")
        self.task.value = task

    @answering
    def show_answer(self) -> None:
        """Lay the student's bars over the chips, when all twenty are placed."""
        if self.board.left:
            raise ValueError(
                f"Place all {CHIPS} chips first; {self.board.left} are still in your hand."
            )
        self._revealed = True
        self.board.lock()
        self.reveal.description = NEXT
        self.refresh()

    @answering
    def next_question(self) -> None:
        """Turn to the next question with fresh chips; after the last comes the first."""
        self._number = (self._number + 1) % len(self._for_chips)
        self._revealed = False
        self.board.unlock()
        self.board.show(self._choice(self._number))
        self.reveal.description = REVEAL
        self.refresh()

    @answering
    def swap(self, place: int, token: int) -> None:
        """Put another token at a place of the context, all others as they were."""
        if place not in [number for _, number in self.place.options]:
            raise ValueError(f"Place {place} holds no word that could be swapped.")
        self.place.value = place
        self.word.value = token

    @answering
    def add(self, constant: float, target: int = ALL) -> None:
        """Add a constant to the logit of a token, or to all of them."""
        self.target.value = target
        self.constant.value = constant

    def _turned(self, _: object) -> None:
        self.refresh()

    def _pressed(self, _: object) -> None:
        if self._revealed:
            self.next_question()
        else:
            self.show_answer()

    @answering
    def _placed(self, change: dict[str, int]) -> None:
        self._fit_word(change["new"])
        self.refresh()

    def _moved(self, _: object) -> None:
        if not self._fitting:
            self.refresh()

    # What is seen

    @property
    def waiting(self) -> bool:
        """Whether there is a prediction to be made first."""
        return self.card is not None and self.card.prediction.chosen is None

    @property
    def logits(self) -> Floats:
        """The logits (V,) as they are shown now, in the two tasks that move them."""
        if self.task.value == CONSTANT:
            return self._with_constant(self.target.value, self.constant.value)
        return answer_logits(self.subject.model, self._altered(self.place.value, self.word.value))

    def _with_constant(self, target: int, constant: float) -> Floats:
        logits = self._before.copy()
        logits[slice(None) if target == ALL else target] += constant
        return logits

    def _altered(self, place: int, token: int | None) -> Question:
        return self.question if token is None else swapped(self.question, place, token)

    @answering
    def refresh(self) -> None:
        """Show the chosen task as it is now."""
        task = self.task.value
        for name, face in self._faces.items():
            face.layout.display = "" if name == task else "none"
        if task == YOUR_CHIPS:
            self.story.value = ""
            self.said.value, self.picture.value = self._chips_page(self.board.chips, self._revealed)
        else:
            if task == SWAP and self.waiting:
                page = self._asks(self.question), status(UNPREDICTED), ""
            elif task == SWAP:
                place, token = self.place.value, self.word.value
                page = self._swap_page(place, token, self._answer_card(place, token))
            else:
                page = self._constant_page(self.target.value, self.constant.value)
            self.story.value, self.said.value, self.picture.value = page

    def _asks(self, question: Question) -> str:
        asked = "Which word is hidden?" if question.masked else "… what comes next?"
        return f"<p>{text(self.subject.text(question))} <b>{asked}</b></p>"

    def chip_answers(self, chips: Sequence[int], revealed: bool) -> list[Answer]:
        """The five boxes: your points, and when revealed the student's, logits beside."""
        question, four = self._for_chips[self._number]
        logits = answer_logits(self.subject.model, question)
        points = 100 * softmax(logits)
        answers = []
        for token, count in zip(four, chips, strict=False):
            mine = 100 * count / CHIPS
            answers.append(
                Answer(
                    self.subject.label(token), float(points[token]) if revealed else None, mine,
                    float(logits[token]) if revealed else None,
                    revealed and token == question.answer,
                    note=f"student {points[token]:.1f}, you {mine:.0f}" if revealed else "",
                )
            )  # fmt: skip
        rest, mine = 100 - float(points[four].sum()), 100 * chips[-1] / CHIPS
        answers.append(
            Answer(
                OTHER, rest if revealed else None, mine,
                right=revealed and question.answer not in four,
                note=f"student {rest:.1f}, you {mine:.0f}" if revealed else "",
                beside=f"{len(points) - len(four)} words, no one logit" if revealed else "",
            )
        )  # fmt: skip
        return answers

    def _chips_page(self, chips: Sequence[int], revealed: bool) -> tuple[str, str]:
        answers = self.chip_answers(chips, revealed)
        if not revealed:
            said = "Not answered yet: place all twenty chips, then look at the student's answer."
            return status(said), ""
        self._chip_bars.update(answers)
        answer = self._for_chips[self._number][0].answer
        box = next(a for a in answers if a.right)
        said = (
            f"The word was “{self.subject.label(answer)}”. On its box you put {box.other:.0f}"
            f" points, the student {box.points:.1f}.{_compared(answers)}"
        )
        alt = answers_alt(answers, "the student", "you")
        return status(said), self._chip_bars.canvas.html(alt)

    def moved_answers(self, logits: Floats) -> tuple[list[Answer], list[int]]:
        """The likeliest words before and with these logits (V,), their points; and their ids."""
        before, now = 100 * softmax(self._before), 100 * softmax(logits)
        if self.task.value == CONSTANT:
            ids = top_words(before, ROWS)
        else:
            ids = top_words(now, ROWS, top_words(before, 4))
        label = self.subject.label
        answers = [Answer(label(i), float(now[i]), float(before[i]), float(logits[i])) for i in ids]
        return answers, ids

    def _draw(self, logits: Floats) -> str:
        answers, ids = self.moved_answers(logits)
        self._bars.update(answers, self._limits, list(self._before[ids]))
        return self._bars.canvas.html(answers_alt(answers, "now", "before"))

    def _swap_page(
        self, place: int, token: int | None, predicted: str = ""
    ) -> tuple[str, str, str]:
        question, altered, label = self.question, self._altered(place, token), self.subject.label
        logits = answer_logits(self.subject.model, altered)
        was, now_there = int(question.ids[place]), int(altered.ids[place])
        said = "Nothing is altered yet: choose a word, and what it becomes."
        if was != now_there:
            before, now = 100 * softmax(self._before), 100 * softmax(logits)
            up, down = int(np.argmax(now - before)), int(np.argmin(now - before))
            said = (
                f"“{label(was)}” (place {place}) became “{label(now_there)}”. The favourite is"
                f" “{label(int(np.argmax(now)))}”, with {now.max():.1f} points. Most gained:"
                f" “{label(up)}”, from {before[up]:.1f} to {now[up]:.1f}. Most lost:"
                f" “{label(down)}”, from {before[down]:.1f} to {now[down]:.1f}.{predicted}"
            )
        return self._asks(altered), status(said), self._draw(logits)

    def _answer_card(self, place: int, token: int | None) -> str:
        """Tell the card what came, when the word that the answer is read from was swapped.

        Returns what the learner had predicted, as a sentence.
        """
        was = int(self.question.ids[place])
        if self.card is None or token in (None, was) or was != self.question.answer:
            return ""
        if self.card.came is None:
            logits = answer_logits(self.subject.model, self._altered(place, token))
            self.card.outcome({was: 0, token: 1}.get(int(logits.argmax()), 2))
        return f" You predicted: “{self.card.prediction.answer}”."

    def _constant_page(self, target: int, constant: float) -> tuple[str, str, str]:
        logits = self._with_constant(target, constant)
        before, now = 100 * softmax(self._before), 100 * softmax(logits)
        most, V = float(np.abs(now - before).max()), len(now)
        if constant == 0:
            said = "Nothing is added yet: move the constant."
        elif target == ALL:
            said = (
                f"{signed(constant)} on all {V} logits. Every logit moved;"
                f" the largest change in points is {most:.1f}."
            )
        else:
            others = np.arange(V) != target
            factor = float(now[others].sum() / before[others].sum())
            said = (
                f"{signed(constant)} on “{self.subject.label(target)}” alone: it went from"
                f" {before[target]:.1f} to {now[target]:.1f} points, and the points of each of the"
                f" {V - 1} other words were multiplied by {factor:.2f}."
            )
        return self._asks(self.question), status(said), self._draw(logits)

    # Without a kernel

    def still(self) -> str:
        """The task as it is now, or an example of it: chips with the student's answer, a change."""
        if self.task.value == YOUR_CHIPS:
            said, picture = self._chips_page(EXAMPLE_CHIPS, revealed=True)
            question = self._for_chips[self._number][0]
            return self._asks(question) + paragraph(f"{EXAMPLE}:") + said + picture
        if not self.waiting and not np.array_equal(self.logits, self._before):
            return str(self.story.value + self.said.value + self.picture.value)
        card = self.card
        if self.task.value == CONSTANT or card is None:
            return paragraph("An example:") + "".join(self._example())
        return paragraph(f"{EXAMPLE}:") + "".join(
            self._example(f" You predicted: “{card.prediction.options[card.example]}”.")
        )

    def _example(self, predicted: str = "") -> tuple[str, str, str]:
        """Something altered: the word that the answer comes from, or the second word's logit."""
        second = top_words(softmax(self._before), 2)[1]
        if self.task.value == CONSTANT:
            return self._constant_page(second, 3.0)
        if self._example_word is not None:
            second = dict(self.word.options)[self._example_word]
        places = [place for _, place in self.place.options]
        held = [p for p in places if self.question.ids[p] == self.question.answer]
        return self._swap_page((held or places)[0], second, predicted)
