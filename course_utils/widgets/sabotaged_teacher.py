"""Seven sealed teachers, one of them healthy: look at the evidence, then say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as W
import numpy as np

from course_utils.figures.evidence import EvidencePicture, evidence_alt
from course_utils.learning.prediction import PredictionLog
from course_utils.training.sabotage import (
    EXAM_EVERY,
    FAULTS,
    HELD_OUT,
    NORMS,
    PRACTICE,
    RULES,
    SIGNATURES,
    STEPS,
    WRITING,
    Evidence,
    gather,
    recorded,
)
from course_utils.widgets.panel import (
    LOCK,
    Panel,
    answering,
    folded,
    paragraph,
    status,
    table,
    text,
)
from course_utils.widgets.worker import Worker

LETTERS = "ABCDEFG"
CHOOSE = "choose …"
REASONS = (PRACTICE, HELD_OUT, NORMS, WRITING)
LIVE_SEED = 100


class SabotagedTeacher(Panel):
    """``teacher`` chooses whose evidence is seen (at first nobody's); ``train_button`` makes it
    anew, live.

    ``judge_button`` turns to the verdict: ``diagnosis`` and ``reason``, then ``commit_button``.
    Which letter hides which fault is drawn by ``seed``.
    """

    summary = "Seven sealed teachers and the evidence about each."

    def __init__(self, seed: int = 1) -> None:
        order = np.random.default_rng(seed).permutation(len(FAULTS))
        self._faults = {letter: FAULTS[i] for letter, i in zip(LETTERS, order, strict=True)}
        self.answers: dict[str, tuple[str, str]] = {}
        self._evidence = {letter: recorded(fault) for letter, fault in self._faults.items()}
        self._lives = 0
        first = self._evidence[LETTERS[0]]
        self._lines = {"uniform": first.uniform, "floor": first.floor}
        self._picture = EvidencePicture(STEPS, self._lines)
        self.worker = Worker(self.refresh, self.complain)
        self.teacher = W.Dropdown(options=[CHOOSE, *LETTERS], description="Teacher")
        self.train_button = W.Button(description="Train it anew")
        self.judge_button = W.Button(description="I have a suspicion")
        wide, style = W.Layout(width="min(440px, 95%)"), {"description_width": "80px"}
        self.diagnosis = W.Dropdown(
            options=[CHOOSE, *FAULTS], description="It is", layout=wide, style=style
        )
        self.reason = W.Dropdown(
            options=[CHOOSE, *REASONS], description="I saw it in", layout=wide, style=style
        )
        self.commit_button = W.Button(description="Commit to it")
        self.looking = W.HBox(
            [self.teacher, self.train_button, self.judge_button],
            layout=W.Layout(flex_flow="row wrap"),
        )
        self.judging = W.VBox([self.diagnosis, self.reason, self.commit_button])
        self.verdict, self.picture, self.texts = W.HTML(), W.HTML(), W.HTML()
        self.rules = W.HTML()
        self.teacher.observe(lambda _: self.look(), "value")
        self.train_button.on_click(lambda _: self.train())
        self.judge_button.on_click(lambda _: self.judge())
        self.commit_button.on_click(lambda _: self.commit())
        super().__init__(
            [self.looking, self.judging, self.verdict, self.rules, self.picture, self.texts]
        )
        self.look()

    @answering
    def look(self) -> None:
        """Show the evidence about the chosen teacher; a training that runs stops."""
        self.worker.stop()
        self.diagnosis.value = self.reason.value = CHOOSE
        self._turn_to(judging=False)
        self.refresh()

    def _chosen(self) -> str:
        if self.teacher.value == CHOOSE:
            raise ValueError("Choose a teacher first.")
        return str(self.teacher.value)

    @answering
    def judge(self) -> None:
        """Turn to the verdict on this teacher."""
        self._chosen()
        self._turn_to(judging=True)

    def _turn_to(self, judging: bool) -> None:
        self.judging.layout.display = "" if judging else "none"
        self.looking.layout.display = "none" if judging else ""

    @answering
    def train(self) -> None:
        """Gather new evidence about this teacher, live, with other chance."""
        self.worker.start(self._trained(self._chosen()))

    def advance(self, steps: int) -> None:
        """Gather the evidence of so many steps now, anew from the first one."""
        work = self._trained(self._chosen())
        for _ in range(steps):
            next(work, None)
        self.refresh()

    def _trained(self, letter: str) -> Iterator[None]:
        self._lives += 1
        for evidence in gather(self._faults[letter], LIVE_SEED + self._lives):
            self._evidence[letter] = evidence
            yield

    @answering
    def commit(self) -> None:
        """Record the diagnosis with its reason, and open the seal."""
        if CHOOSE in (self.diagnosis.value, self.reason.value):
            raise ValueError("Choose what it is and where you saw it, then commit.")
        letter = self._chosen()
        self.answers[letter] = self.diagnosis.value, self.reason.value
        log = PredictionLog(f"epoch: teacher {letter}", options=len(FAULTS))
        log.answered([self.diagnosis.value, self.reason.value])
        log.came(self._faults[letter], self._faults[letter] == self.diagnosis.value)
        self._turn_to(judging=False)
        self.refresh()
        self.tell(log.progress)

    @property
    def right(self) -> int:
        """How many of the answers name the fault."""
        return sum(self._faults[letter] == said for letter, (said, _) in self.answers.items())

    def opened(self, letter: str) -> str:
        """What the seal hid, and the signature that gave it away."""
        fault, (said, reason) = self._faults[letter], self.answers[letter]
        where, signature = SIGNATURES[fault]
        judged = "Yes" if fault == said else f"No, not that {said!r}"
        words = f"{judged}: teacher {letter} is: {fault}. {signature}"
        if reason != where:
            words += f" It shows best in {where}; you named {reason}."
        return words

    def refresh(self) -> None:
        """Show the evidence as it is now."""
        with LOCK:
            letter = self.teacher.value
            if letter == CHOOSE:
                self.picture.value = self.texts.value = ""
                said = "Choose a teacher; then its evidence is shown."
                self.verdict.value = status(said)
                return
            evidence = self._evidence[letter]
            self.picture.value = self._drawn(evidence)
            self.texts.value = _page(evidence.texts)
            if letter in self.answers:
                counted = f"{len(self.answers)} of 7 opened, {self.right} right."
                self.verdict.value = status(f"{self.opened(letter)} {counted}")
                if len(self.answers) == len(LETTERS):
                    self.rules.value = folded("Rules that name all seven", rules_table())
            else:
                step = len(evidence.practice)
                running = f"It trains: step {step} of {STEPS}. " if self.worker.running else ""
                self.verdict.value = status(f"{running}The seal of teacher {letter} is closed.")

    def _drawn(self, e: Evidence) -> str:
        self._picture.update(e.practice, e.exam, EXAM_EVERY, e.attention, e.others)
        alt = evidence_alt(e.practice, e.exam, e.attention, e.others, self._lines)
        return self._picture.canvas.html(alt)

    def still(self) -> str:
        """The first teacher's evidence, its seal closed, and what there is to choose from."""
        evidence = recorded(self._faults[LETTERS[0]])
        picture = EvidencePicture(STEPS, self._lines)
        picture.update(
            evidence.practice, evidence.exam, EXAM_EVERY, evidence.attention, evidence.others
        )
        alt = evidence_alt(
            evidence.practice, evidence.exam, evidence.attention, evidence.others, self._lines
        )
        items = "".join(f"<li>{text(fault)}</li>" for fault in FAULTS)
        return (
            paragraph("Teacher A of seven, a recorded run. The seven are, in another order:")
            + f"<ul>{items}</ul>" + picture.canvas.html(alt) + _page(evidence.texts)
        )  # fmt: skip


def rules_table() -> str:
    """The rules of `diagnose`, in their order."""
    rows = [[words, fault] for words, _, fault in RULES]
    return table(["what is seen", "then it is"], rows, "The first one that holds counts")


def _page(texts: list[str]) -> str:
    if not texts:
        return paragraph("What its student writes is seen when the training is done.")
    quotes = "".join(f"<blockquote>{text(words)}</blockquote>" for words in texts)
    return f"<p><b>What its student writes at the end</b></p>{quotes}"
