"""Trained students that come with the course, so that a chapter need not wait for them.

They are made by ``scripts/train_students.py`` on `story_corpus`. Their weights are kept in half
precision (float16) and used in float32.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from course_utils.student.model import GPT
from course_utils.training.corpus import story_corpus
from course_utils.training.loop import TrainingRun
from course_utils.training.presets import COURSE, Preset

FOLDER = Path(__file__).with_name("students")
RECORD = FOLDER / "record.json"
SEED = 7
PRACTICE = 8000  # stories that the shipped students have read
FILL_IN_STEPS, FILL_IN_BATCH = 8000, 64
UNTRAINED, HALF_TRAINED, TRAINED, FILL_IN = "untrained", "half-trained", "trained", "fill-in"


@dataclass(frozen=True)
class Shipped:
    """What is known of one shipped student.

    ``step`` steps were made; ``held_out_loss`` on the 500 held-out stories, in nats; ``sha256`` of
    its file, empty for the untrained one, which is made anew from its seed.
    """

    name: str
    step: int
    held_out_loss: float
    sha256: str


@dataclass(frozen=True)
class Record:
    """All shipped students, and the lines their losses are read against (in nats, by role).

    ``trigram`` is the best counting of three tokens in a row, on the held-out stories.
    """

    students: dict[str, Shipped]
    lines: dict[str, float]
    trigram: float


@lru_cache(maxsize=1)
def record() -> Record:
    """Read the record that lies beside the weights."""
    content = json.loads(RECORD.read_text(encoding="utf-8"))
    students = {name: Shipped(name, **known) for name, known in content["students"].items()}
    return Record(students, content["lines"], content["trigram"])


def path_of(name: str) -> Path:
    """Where a shipped student's weights lie."""
    return FOLDER / f"{name.replace(' ', '-')}.npz"


def fresh_run(masked: bool = False, practice: int = PRACTICE) -> TrainingRun:
    """The run that a shipped student comes from, before its first step."""
    corpus = story_corpus(practice)
    preset = fill_in_preset() if masked else COURSE
    rng = np.random.default_rng(SEED)
    model = GPT(preset.config(corpus.vocab_size, corpus.block_for(masked)), rng)
    return TrainingRun(model, corpus.rows, preset.settings, rng)


def fill_in_preset() -> Preset:
    """`COURSE` with "fill in the blank" questions; fewer are asked, so it takes more rows."""
    settings = replace(COURSE.settings, masked=True, steps=FILL_IN_STEPS, batch_size=FILL_IN_BATCH)
    return replace(COURSE, name="fill-in", settings=settings)


def save_weights(model: GPT, name: str) -> str:
    """Write a student's weights as float16 and return the hash of the numbers."""
    FOLDER.mkdir(exist_ok=True)
    weights = model.flat_data.astype(np.float16)
    np.savez_compressed(path_of(name), weights=weights)
    return hashlib.sha256(weights.tobytes()).hexdigest()


def load_student(name: str = TRAINED) -> GPT:
    """A fresh copy of a shipped student: untrained, half-trained, trained, fill-in, or "step 100".

    Raises `ValueError` that lists the names.
    """
    known = record().students
    if name not in known:
        raise ValueError(f"There is no student {name!r}; choose {', '.join(known)}.")
    preset, corpus = (fill_in_preset() if name == FILL_IN else COURSE), story_corpus(1)
    config = preset.config(corpus.vocab_size, corpus.block_for(name == FILL_IN))
    model = GPT(config, np.random.default_rng(SEED))
    if name != UNTRAINED:
        with np.load(path_of(name)) as file:
            model.flat_data[...] = file["weights"]
    return model


def checkpoints() -> list[Shipped]:
    """The next-token student at every step that was kept, untrained first, in order of steps."""
    kept = [student for name, student in record().students.items() if name != FILL_IN]
    return sorted(kept, key=lambda student: student.step)
