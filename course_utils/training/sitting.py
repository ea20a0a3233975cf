"""One test for a human and a student: six questions, graded alike, before and while it learns."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.material.batches import NOT_ASKED, pack_stories, split_stories
from course_utils.material.questions import (
    CHIPS,
    ChoiceQuestion,
    chips_to_distribution,
    question_loss,
    story_questions,
)
from course_utils.material.stories import StoryGrammar, entropy
from course_utils.material.symbols import END_ID, START_ID
from course_utils.student.functions import softmax
from course_utils.student.model import GPT
from course_utils.student.optimizers import clip_gradients
from course_utils.student.sampling import generate
from course_utils.training.counting import choose_counting
from course_utils.training.evaluation import mean_loss
from course_utils.training.loop import Step, TrainingRun
from course_utils.training.presets import QUICK, Preset

Floats = NDArray[np.float64]
Chips = tuple[int, ...]
RECORD = Path(__file__).with_name("recorded_run.json")
SEED = 2026
WATCHED = 100  # unseen stories that the curve is drawn from
EVERY = 10  # steps between two points of the curve
EVEN: Chips = (4, 4, 4, 4, 4)
HOLD = 20  # steps: a mark that stays better for so long isn't better by luck
LOOKED_AT = 200  # stories that the book is chosen from
# An imagined reader is now too unsure, now about right, now too sure: powers of the true chances.
SURENESS = (0.25, 1.0, 6.0)
DOUBT = 0.04  # and gives each box a little more than it deserves
MOMENTS = (0, 1, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300, 400)  # and a run's end
SMALLER = replace(
    QUICK, name="smaller", n_head=2, n_embd=32, settings=replace(QUICK.settings, steps=300)
)


@dataclass
class History:
    """What was seen while training.

    ``steps`` and ``unseen``: the curve's points, mean loss over unseen stories; ``six_steps`` and
    ``six``: the mean loss on the six questions at each step.
    """

    steps: list[int] = field(default_factory=list)
    unseen: list[float] = field(default_factory=list)
    six_steps: list[int] = field(default_factory=list)
    six: list[float] = field(default_factory=list)

    def crossing(self, mark: float) -> int | None:
        """The first step after which the six questions' loss was below ``mark``."""
        return next(
            (s for s, loss in zip(self.six_steps, self.six, strict=True) if loss < mark), None
        )

    def passing(self, mark: float, total: int) -> int | None:
        """The first step from which the six's loss stayed below ``mark`` for `HOLD` steps.

        Or to the end of the run, which has ``total`` steps.
        """
        since: int | None = None
        for step, loss in zip(self.six_steps, self.six, strict=True):
            if loss >= mark:
                since = None
            elif since is None:
                since = step
            if since is not None and (step - since >= HOLD or step >= total):
                return since
        return None


@dataclass(frozen=True)
class Paper:
    """Somebody's answers to Q questions: points in five boxes (Q, 5), and the losses (Q,)."""

    points: Floats
    losses: Floats

    @property
    def loss(self) -> float:
        """The mean loss in nats."""
        return float(self.losses.mean())


@dataclass(frozen=True)
class ExampleStep:
    """One turn: a test of ``questions``, one weight with its slope, and one question's answer.

    ``slope`` is in nats per unit of the weight, ``before`` and ``after`` are the weight's values;
    ``points_before`` and ``points_after`` (of 100) lie on the right ``word``.
    """

    questions: int
    slope: float
    before: float
    after: float
    word: str
    points_before: float
    points_after: float


class Sitting:
    """A human's test, and a student who sits the same one and then learns.

    ``questions`` are six, ``warm_up`` one; ``rows`` (N, T + 1) is what the student will read,
    ``unseen`` (500, T + 1) is what neither has seen. Nothing is drawn or printed here.
    """

    def __init__(self, preset: Preset = QUICK, seed: int = SEED) -> None:
        self.preset, self.seed = preset, seed
        self.grammar = grammar = StoryGrammar()
        rng = np.random.default_rng(seed)
        self.stories, held_out = split_stories(grammar, preset.stories, preset.held_out, rng)
        self.rows = pack_stories(self.stories, grammar, grammar.block_size)
        self.unseen = pack_stories(held_out, grammar, grammar.block_size)
        asked = story_questions(grammar, held_out, rng, settled=3, still_open=4)
        self.warm_up, self.questions = asked[-1], asked[:-1]
        self.chips: list[Chips | None] = [None] * len(self.questions)
        self.handed_in = False
        self.counting = choose_counting(self.rows, grammar.vocab_size)
        self.truths = np.array([self._truth(q) for q in self.questions])
        self._looks = self._cut()
        self._fresh: dict[Preset, tuple[Paper, str, History]] = {}
        self.reset()

    def reset(self) -> None:
        """A fresh student; the human's paper stays."""
        self.model, rng = self.fresh_student()
        self.run = TrainingRun(self.model, self.rows, self.preset.settings, rng)
        self.history = History()
        if self.preset not in self._fresh:  # each reset makes the same student again
            self._watch()
            self._fresh[self.preset] = self.student_paper(), self.write(), self.history
        self.untrained, self.before, seen = self._fresh[self.preset]
        self.history = History(*map(list, astuple(seen)))

    def fresh_student(self) -> tuple[GPT, np.random.Generator]:
        """An untrained student, always the same one, and the generator that deals its batches."""
        rng = np.random.default_rng([self.seed, 1])
        config = self.preset.config(self.grammar.vocab_size, self.grammar.block_size)
        return GPT(config, rng), rng

    # The book that the human reads

    def book(self, count: int) -> list[str]:
        """Of the first stories that the student will read, those that show most of what is asked.

        Each next one shows most of what those before it don't.
        """
        chosen: list[str] = []
        missing = [self._turn(q.context) for q in self.questions]
        for _ in range(count):
            rest = [story for story in self.stories[:LOOKED_AT] if story not in chosen]
            chosen.append(max(rest, key=lambda story: self.shown_by(story, missing)))
            turns = self._turns(chosen[-1])
            missing = [turn for turn in missing if turn not in turns]
        return chosen

    def shown_by(self, story: str, turns: Sequence[tuple[str, ...]] | None = None) -> int:
        """How many of the six questions' turns (or of ``turns``) a story takes as well."""
        asked = [self._turn(q.context) for q in self.questions] if turns is None else turns
        taken = self._turns(story)
        return sum(turn in taken for turn in asked)

    def _turns(self, story: str) -> set[tuple[str, ...]]:
        words = self.grammar.words(story)
        return {self._turn(words[:t]) for t in range(8, len(words))}

    def _turn(self, context: Sequence[str]) -> tuple[str, ...]:
        """The last three words, with the list's name for each word that is drawn from a list."""
        names = {
            form: name
            for name, values in self.grammar.description.lists.items()
            for value in values
            for form in ((value,) if isinstance(value, str) else value[:1])
        }
        return tuple(names.get(word, word) for word in context[-3:])

    def example_step(self) -> ExampleStep:
        """One whole turn of a fresh student at its full learning rate, seen from close by.

        The weight is that of the word table with the steepest slope; the question is the test's
        first one. The sitting's own student stays as it is.
        """
        model, rng = self.fresh_student()
        settings = self.preset.settings
        run = TrainingRun(model, self.rows, settings, rng)
        batch = run.next_batch()

        def points() -> float:
            logits = model.forward(batch.inputs[:1])[0, 0].astype(np.float64)
            return 100 * float(softmax(logits)[batch.targets[0, 0]])

        points_before = points()
        run.lesson(batch)
        clip_gradients(model, settings.clip)
        place = int(np.argmax(np.abs(model.wte.grad)))
        slope, before = float(model.wte.grad.flat[place]), float(model.wte.data.flat[place])
        run.optimizer.learning_rate = settings.learning_rate
        run.optimizer.step()
        after = float(model.wte.data.flat[place])
        word = self.grammar.vocabulary[batch.targets[0, 0]]
        return ExampleStep(batch.questions, slope, before, after, word, points_before, points())

    # The human

    def answer(self, number: int, chips: Sequence[int]) -> None:
        """Put chips on question ``number`` (from 0). Raises `ValueError` after handing in."""
        if self.handed_in:
            raise ValueError("The paper is handed in; its answers stay as they are.")
        question = self.questions[number]
        chips_to_distribution(chips, question.choices, self.grammar.vocabulary)
        self.chips[number] = tuple(chips)

    def hand_in(self) -> None:
        """Close the paper. Raises `ValueError` that names the first question without an answer."""
        for number, chips in enumerate(self.chips, 1):
            if chips is None:
                raise ValueError(f"Question {number} has no answer yet; place all {CHIPS} chips.")
        self.handed_in = True

    def learner_paper(self) -> Paper | None:
        """The human's graded paper, or None before it is handed in."""
        return self.grade(self.chips) if self.handed_in else None

    def grade(self, chips: Sequence[Chips | None]) -> Paper:
        """Grade chips on the six questions, exactly as a student's probabilities are."""
        losses = [
            question_loss(
                chips_to_distribution(c or EVEN, q.choices, self.grammar.vocabulary), self._id(q)
            )
            for q, c in zip(self.questions, chips, strict=True)
        ]
        points = np.array([c or EVEN for c in chips], float) * 100 / CHIPS
        return Paper(points, np.array(losses))

    def best_chips(self) -> list[Chips]:
        """How somebody who knows the stories' rules would place the chips on the six questions."""
        return [
            chips_for(self._boxes(q, p)) for q, p in zip(self.questions, self.truths, strict=True)
        ]

    # The student

    def student_paper(self) -> Paper:
        """The student's answers to the six questions now; its feelings for all V words graded."""
        distributions = self.student_distributions()
        points = [
            100 * self._boxes(q, p) for q, p in zip(self.questions, distributions, strict=True)
        ]
        losses = [
            question_loss(p, self._id(q))
            for q, p in zip(self.questions, distributions, strict=True)
        ]
        return Paper(np.array(points), np.array(losses))

    def student_distributions(self) -> Floats:
        """The student's probabilities (6, V) for the six questions."""
        longest = max(len(q.context) for q in self.questions) + 1
        ids = np.full((len(self.questions), longest), START_ID)
        ends = []
        for row, q in zip(ids, self.questions, strict=True):
            row[1 : len(q.context) + 1] = [self._ids[word] for word in q.context]
            ends.append(len(q.context))
        logits = self.model.forward(ids)[np.arange(len(ids)), ends]
        return np.asarray(softmax(logits.astype(np.float64)), np.float64)

    def six_loss(self) -> float:
        """The student's mean loss on the six questions now, which is that of `student_paper`.

        Quicker than the whole paper: it's asked after every step.
        """
        total = sum(self.model.loss(ids, targets) * len(ids) for ids, targets in self._looks)
        return total / len(self.questions)

    def _cut(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """The six as ids and targets, in the one or two parts that hold the least padding."""
        asked = sorted(self.questions, key=lambda q: len(q.context))
        lengths = [len(q.context) + 1 for q in asked]
        most, count = lengths[-1], len(asked)
        cost = {k: k * lengths[k - 1] + (count - k) * most for k in range(1, count + 1)}
        best = min(cost, key=cost.__getitem__)
        looks = []
        for part in (asked[:best], asked[best:]):
            if part:
                ids = np.full((len(part), len(part[-1].context) + 1), START_ID)
                targets = np.full(ids.shape, NOT_ASKED)
                for row, target, q in zip(ids, targets, part, strict=True):
                    row[: len(q.context) + 1] = self._context(q)
                    target[len(q.context)] = self._id(q)
                looks.append((ids, targets))
        return looks

    def advance(self, steps: int = 1) -> Step | None:
        """Train so many steps, and look after each; None when the schedule is done."""
        step = None
        for _ in range(steps):
            if self.done:
                break
            step = self.run.advance()
            self._watch()
        return step

    @property
    def done(self) -> bool:
        """Whether the schedule has come to its end."""
        return self.run.step >= self.preset.settings.steps

    def _watch(self) -> None:
        step, history = self.run.step, self.history
        history.six_steps.append(step)
        history.six.append(self.six_loss())
        if step % EVERY == 0 or self.done:
            history.steps.append(step)
            history.unseen.append(self.unseen_loss(WATCHED))

    def unseen_loss(self, stories: int) -> float:
        """The student's mean loss now on the first so many unseen stories."""
        return mean_loss(self.model, self.unseen[:stories], batch_size=50)

    def write(self) -> str:
        """A story by the student as it is now."""
        rng = np.random.default_rng([self.seed, 2])
        ids = generate(self.model, [START_ID], self.grammar.block_size - 1, rng, stop_id=END_ID)
        return self.grammar.decode(ids)

    # The lines to read a loss against

    def lines(self, stories: int = WATCHED) -> dict[str, float]:
        """Blind guess, best counting and best possible on the first so many unseen stories."""
        rows = self.unseen[:stories]
        texts = [self.grammar.decode(row) for row in rows]
        return {
            "uniform": math.log(self.grammar.vocab_size),
            "counting": self.counting.loss(rows),
            "floor": self.grammar.floor(texts),
        }

    def lines_for_six(self) -> dict[str, float]:
        """The same three on the six questions."""
        counted = [
            question_loss(self.counting.distribution(self._context(q)), self._id(q))
            for q in self.questions
        ]
        own = [
            question_loss(p, self._id(q)) for q, p in zip(self.questions, self.truths, strict=True)
        ]
        return {
            "uniform": math.log(self.grammar.vocab_size),
            "counting": float(np.mean(counted)),
            "floor": float(np.mean(own)),
        }

    def luck(self) -> tuple[float, float]:
        """Between which marks the best possible student's lies in 95 of 100 cases.

        With these six beginnings: each way in which they can go on is counted, with its chance.
        """
        marks, chances = np.zeros(1), np.ones(1)
        for truth in self.truths:
            p = truth[truth > 0]
            marks = np.add.outer(marks, -np.log(p) / len(self.truths)).ravel()
            chances = np.multiply.outer(chances, p).ravel()
        order = np.argsort(marks)
        below = np.cumsum(chances[order])
        low, high = np.searchsorted(below, [0.025, 0.975])
        return float(marks[order][low]), float(marks[order][min(high, len(order) - 1)])

    def expected_floor(self) -> float:
        """What the best possible student averages on papers with these six beginnings."""
        return float(np.mean(entropy(self.truths)))

    # Small helpers

    @property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.grammar.vocabulary)}

    def _id(self, question: ChoiceQuestion) -> int:
        return self.grammar.vocabulary.index(question.answer)

    def _context(self, question: ChoiceQuestion) -> list[int]:
        return [START_ID, *(self.grammar.vocabulary.index(word) for word in question.context)]

    def _truth(self, question: ChoiceQuestion) -> Floats:
        p = np.zeros(self.grammar.vocab_size)
        expected = self.grammar.next_word_probabilities(list(question.context))
        for word, share in expected.items():
            p[self.grammar.vocabulary.index(word)] = share
        return p

    def chance(self, number: int) -> float:
        """How much the best possible student puts on the right word of question ``number``."""
        return float(self.truths[number, self._id(self.questions[number])])

    def _boxes(self, question: ChoiceQuestion, p: Floats) -> Floats:
        four = [float(p[self.grammar.vocabulary.index(word)]) for word in question.choices]
        return np.array([*four, 1 - sum(four)])

    def fingerprint(self) -> str:
        """A hash of the questions and the settings, by which a recorded run is known to fit."""
        text = json.dumps([[q.context, q.choices, q.answer] for q in self.questions])
        return hashlib.sha256(f"{text}{self.preset}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Moment:
    """What was kept of a recorded run after ``step`` steps.

    ``unseen`` is the mean loss on all unseen stories, ``story`` what the student wrote.
    """

    step: int
    unseen: float
    story: str


@dataclass(frozen=True)
class Recording:
    """A run made elsewhere and kept: the same things to see, without waiting.

    ``moments`` begin before the first step, lie dense early on and end with the run.
    """

    fingerprint: str
    history: History
    untrained: Paper
    trained: Paper
    moments: tuple[Moment, ...]

    def moment(self, step: int) -> Moment:
        """The last moment that was kept up to ``step``."""
        return next(m for m in reversed(self.moments) if m.step <= step)


def record(sitting: Sitting) -> dict[str, Any]:
    """Train a fresh sitting to its end and return all that `load_recording` reads, as JSON."""

    def paper(answers: Paper) -> dict[str, Any]:
        return {
            "points": answers.points.round(2).tolist(),
            "losses": answers.losses.round(4).tolist(),
        }

    sitting.reset()
    steps = sitting.preset.settings.steps
    moments = []
    for step in [*(m for m in MOMENTS if m < steps), steps]:
        sitting.advance(step - sitting.run.step)
        unseen = round(sitting.unseen_loss(len(sitting.unseen)), 4)
        moments.append({"step": step, "unseen": unseen, "story": sitting.write()})
    history = sitting.history
    return {
        "fingerprint": sitting.fingerprint(),
        "steps": history.steps,
        "unseen": [round(x, 4) for x in history.unseen],
        "six": [round(x, 4) for x in history.six],
        "untrained": paper(sitting.untrained),
        "trained": paper(sitting.student_paper()),
        "moments": moments,
    }


def recording_text(content: Mapping[str, Any]) -> str:
    """What `record` returns as JSON with one line for each list and each moment."""
    lines = []
    for name, value in content.items():
        if name == "moments":
            kept = ",\n".join(json.dumps(moment, ensure_ascii=False) for moment in value)
            lines.append(f'"{name}": [\n{kept}\n]')
        else:
            lines.append(f'"{name}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load_recording(path: Path = RECORD) -> Recording:
    """Read the recorded run that comes with the course."""
    content = json.loads(path.read_text(encoding="utf-8"))
    six = content["six"]
    history = History(content["steps"], content["unseen"], list(range(len(six))), six)
    untrained, trained = (
        Paper(np.array(content[name]["points"]), np.array(content[name]["losses"]))
        for name in ("untrained", "trained")
    )
    moments = tuple(Moment(**moment) for moment in content["moments"])
    return Recording(content["fingerprint"], history, untrained, trained, moments)


def example_chips(sitting: Sitting) -> list[Chips]:
    """What an imagined reader would answer: fairly good, but now too unsure and now too sure.

    Chips go where the story makes a word likely, never by looking at the answer.
    """
    return [
        _human(sitting._boxes(q, truth), SURENESS[i % len(SURENESS)])
        for i, (q, truth) in enumerate(zip(sitting.questions, sitting.truths, strict=True))
    ]


def example_warm_up(sitting: Sitting) -> Chips:
    """The same reader's chips on the warm-up question."""
    question = sitting.warm_up
    return _human(sitting._boxes(question, sitting._truth(question)), SURENESS[0])


def _human(boxes: Floats, sureness: float) -> Chips:
    felt = (boxes + DOUBT) ** sureness
    return chips_for(felt / felt.sum())


def chips_for(boxes: Floats) -> Chips:
    """The chips with the lowest expected loss if the five boxes have these probabilities."""
    chips = np.ones(len(boxes), int)
    for _ in range(CHIPS - len(boxes)):  # each chip where it helps most
        chips[int(np.argmax(boxes * np.log1p(1 / chips)))] += 1
    return tuple(int(n) for n in chips)
