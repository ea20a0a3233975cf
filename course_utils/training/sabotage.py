"""Seven teachers, six of them with one fault each, and the evidence by which each is known.

All train the same small student on the same few stories; only the fault differs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.material.batches import NOT_ASKED, Batch
from course_utils.material.symbols import END_ID, START_ID
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.sampling import generate
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.evaluation import evaluate
from course_utils.training.loop import Settings, TrainingRun

RECORD = Path(__file__).with_name("sabotage.json")
STORIES, EXAM = 40, 20  # stories for practice, and held-out stories of the exam
STEPS, EXAM_EVERY = 200, 5
RATE, LARGE, SMALL = 8e-3, 0.5, 3e-6
TEXTS = 2  # stories that the student writes at the end
LEAP = 1.0  # nats: a rise of the practice loss above its beginning that is no noise

HEALTHY = "a healthy teacher"
FLIPPED = "the gradient has the wrong sign"
SHIFTED = "the key is shifted to the word after next"
TOO_LARGE = "the learning rate is far too large"
TOO_SMALL = "the learning rate is far too small"
LEAKED = "the unseen stories were practised on"
DEAF = "the attention gets no feedback"
FAULTS = (HEALTHY, FLIPPED, SHIFTED, TOO_LARGE, TOO_SMALL, LEAKED, DEAF)

PRACTICE, HELD_OUT, NORMS, WRITING = (
    "the practice loss", "the loss on unseen stories", "the gradients' lengths", "the texts",
)  # fmt: skip
# What gives each away: the piece of evidence, and what is to be seen in it.
SIGNATURES = {
    HEALTHY: (
        HELD_OUT,
        "The loss on unseen stories first falls with the practice loss. Then practice sinks below"
        " the best possible (these few stories are being memorised), and the loss on unseen stories"
        " rises again. With so few stories that is what a healthy teacher gets.",
    ),
    FLIPPED: (
        PRACTICE,
        "The practice loss rises from the first step on and leaves a blind guess far behind: each"
        " step goes exactly the wrong way, uphill.",
    ),
    SHIFTED: (
        HELD_OUT,
        "Practice falls as if all were well, but the loss on unseen stories climbs from the start:"
        " the student learns well, only something else than it is asked.",
    ),
    TOO_LARGE: (
        PRACTICE,
        "In the first steps the practice loss leaps up by more than a nat, above a blind guess,"
        " and then stays high: each step jumps across the valley.",
    ),
    TOO_SMALL: (
        PRACTICE,
        "The practice loss stays where it began, near a blind guess, though the gradients are as"
        " long as a healthy student's at its start: the lesson is there, hardly any is taken.",
    ),
    LEAKED: (
        HELD_OUT,
        "The loss on unseen stories ends below the best possible. On stories that it never saw no"
        " student can do that, but for luck, and luck doesn't reach so far.",
    ),
    DEAF: (
        NORMS,
        "The attention's gradient has length 0 at every step. The rest learns, so the curves look"
        " nearly healthy, but the student never learns to look back at what the story named.",
    ),
}


@dataclass
class Evidence:
    """All that may be seen of a teacher.

    ``practice`` (steps,): loss before each step; ``exam``: loss on the held-out stories every
    `EXAM_EVERY` steps, before the first one too; ``attention`` and ``others`` (steps,): length of
    the attention's gradient and of all others'; ``texts``: written at the end. ``uniform`` and
    ``floor`` are the lines for the exam, in nats.
    """

    uniform: float
    floor: float
    practice: list[float] = field(default_factory=list)
    exam: list[float] = field(default_factory=list)
    attention: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class SabotagedRun(TrainingRun):
    """A training with one fault. Raises `ValueError` for a fault that isn't in `FAULTS`.

    ``lengths``: of the attention's gradient and of all others', in the last step before clipping.
    """

    def __init__(self, fault: str, seed: int) -> None:
        if fault not in FAULTS:
            raise ValueError(f"There is no fault {fault!r}; choose one of {', '.join(FAULTS)}.")
        self.fault, corpus = fault, sabotage_corpus()
        rows, self.exam = corpus.rows[:STORIES], corpus.held_out[:EXAM]
        if fault == LEAKED:
            rows = np.concatenate([rows[: STORIES - EXAM], self.exam])
        rate = {TOO_LARGE: LARGE, TOO_SMALL: SMALL}.get(fault, RATE)
        rng = np.random.default_rng(seed)
        config = GPTConfig(
            corpus.vocab_size, corpus.block_size, n_layer=2, n_head=2, n_embd=32,
            initializer_range=0.07,
        )  # fmt: skip
        settings = Settings(steps=STEPS, batch_size=16, learning_rate=rate, weight_decay=0.0)
        super().__init__(GPT(config, rng), rows, settings, rng)
        self.lengths = (0.0, 0.0)

    def next_batch(self) -> Batch:
        """The batch; with a shifted key its answers are the words after next."""
        batch = super().next_batch()
        return shifted(batch) if self.fault == SHIFTED else batch

    def lesson(self, batch: Batch) -> float:
        """The lesson; spoiled where the fault lies in the gradient."""
        loss = super().lesson(batch)
        if self.fault == FLIPPED:
            self.model.flat_grad[...] *= -1
        if self.fault == DEAF:
            for name, parameter in self.model.named_parameters().items():
                if ".attn." in name:
                    parameter.grad[...] = 0
        self.lengths = _lengths(self.model)
        return loss


def _lengths(model: GPT) -> tuple[float, float]:
    total = {True: 0.0, False: 0.0}
    for name, parameter in model.named_parameters().items():
        flat = parameter.grad.ravel()
        total[".attn." in name] += float(flat @ flat)
    return math.sqrt(total[True]), math.sqrt(total[False])


def sabotage_corpus() -> Corpus:
    """The stories of all seven teachers."""
    return story_corpus(STORIES)


def shifted(batch: Batch) -> Batch:
    """The batch with each answer replaced by the one after it; each row's last isn't asked."""
    targets = np.full_like(batch.targets, NOT_ASKED)
    targets[:, :-1] = batch.targets[:, 1:]
    return Batch(batch.inputs, targets)


def gather(fault: str, seed: int) -> Iterator[Evidence]:
    """Train with a fault and yield the growing evidence after each step, and once more at the end.

    The evidence is one object that grows; the last one holds the texts.
    """
    run, corpus = SabotagedRun(fault, seed), sabotage_corpus()
    assert corpus.grammar is not None
    floor = corpus.grammar.floor([corpus.text(row) for row in run.exam])
    evidence = Evidence(math.log(corpus.vocab_size), floor)
    for step in range(STEPS):
        if step % EXAM_EVERY == 0:
            evidence.exam.append(evaluate(run.model, run.exam).loss)
        evidence.practice.append(run.advance().loss)
        attention, others = run.lengths
        evidence.attention.append(attention)
        evidence.others.append(others)
        yield evidence
    evidence.exam.append(evaluate(run.model, run.exam).loss)
    evidence.texts += [_written(run.model, corpus, seed, number) for number in range(TEXTS)]
    yield evidence


def _written(model: GPT, corpus: Corpus, seed: int, number: int) -> str:
    rng = np.random.default_rng([seed, number])
    ids = generate(model, [START_ID], corpus.block_size - 1, rng, stop_id=END_ID)
    return corpus.text(ids)


def gathered(fault: str, seed: int) -> Evidence:
    """All evidence of one teacher."""
    *_, evidence = gather(fault, seed)
    return evidence


def _end(evidence: Evidence) -> float:
    return float(np.mean(evidence.practice[-10:]))


def _leap(evidence: Evidence) -> float:
    return max(evidence.practice) - evidence.practice[0]


# In words, as a test of the evidence, and what it names; the first one that holds counts.
RULES: tuple[tuple[str, Callable[[Evidence], bool], str], ...] = (
    (
        "The attention's gradient has length 0 at every step.",
        lambda e: max(e.attention) == 0, DEAF,
    ),
    (
        "Practice ends above twice a blind guess.",
        lambda e: _end(e) > 2 * e.uniform, FLIPPED,
    ),
    (
        f"Practice ends above half a blind guess, and once leapt up by more than {LEAP:g} nat.",
        lambda e: _end(e) > 0.5 * e.uniform and _leap(e) > LEAP, TOO_LARGE,
    ),
    (
        "Practice ends above half a blind guess, without such a leap.",
        lambda e: _end(e) > 0.5 * e.uniform, TOO_SMALL,
    ),
    (
        "The loss on unseen stories ends above a blind guess.",
        lambda e: e.exam[-1] > e.uniform, SHIFTED,
    ),
    (
        "The loss on unseen stories ends below the best possible.",
        lambda e: e.exam[-1] < e.floor, LEAKED,
    ),
    ("None of these.", lambda e: True, HEALTHY),
)  # fmt: skip


def diagnose(evidence: Evidence) -> str:
    """The fault, by a few rules on exactly the evidence that is shown."""
    return next(fault for _, holds, fault in RULES if holds(evidence))


def recorded(fault: str) -> Evidence:
    """The evidence that comes with the course. Raises `ValueError` for an unknown fault."""
    if fault not in FAULTS:
        raise ValueError(f"There is no fault {fault!r}; choose one of {', '.join(FAULTS)}.")
    content = json.loads(RECORD.read_text(encoding="utf-8"))
    return Evidence(**content[fault])


def to_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence with four significant digits, for the record."""
    return {
        name: [v if isinstance(v, str) else float(f"{v:.4g}") for v in value]
        if isinstance(value, list)
        else float(f"{value:.6g}")
        for name, value in asdict(evidence).items()
    }
