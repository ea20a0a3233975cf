"""Train the students that come with the course, and keep their weights and their losses.

The same bits when it is run twice on one machine; on another one held-out losses agree to 1e-3.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from course_utils.student.model import GPT
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.counting import choose_counting
from course_utils.training.evaluation import evaluate
from course_utils.training.students import (
    FILL_IN,
    HALF_TRAINED,
    PRACTICE,
    RECORD,
    TRAINED,
    UNTRAINED,
    fresh_run,
    load_student,
    save_weights,
)

KEPT = (10, 30, 100, 300)  # steps, about evenly spaced on a logarithmic scale
LOOK = 5  # steps between two looks for the half-trained one
HIDDEN_SEED = 5


def held_out_loss(model: GPT, corpus: Corpus) -> float:
    """Mean loss over the held-out stories, in nats per question."""
    rng = None if model.config.causal else np.random.default_rng(HIDDEN_SEED)
    return evaluate(model, corpus.held_out, rng=rng).loss


def main() -> int:
    """Write the weights beside `course_utils.training.students`, and their record."""
    corpus = story_corpus(PRACTICE)
    trigram = choose_counting(corpus.rows, corpus.vocab_size, orders=(3,)).loss(corpus.held_out)
    hashes: dict[str, tuple[int, str]] = {UNTRAINED: (0, "")}
    run = fresh_run()
    half = False
    while run.step < run.settings.steps:
        run.advance()
        if not half and run.step % LOOK == 0 and held_out_loss(run.model, corpus) < trigram:
            half = True
            hashes[HALF_TRAINED] = run.step, save_weights(run.model, HALF_TRAINED)
        elif run.step in KEPT:
            name = f"step {run.step}"
            hashes[name] = run.step, save_weights(run.model, name)
    hashes[TRAINED] = run.step, save_weights(run.model, TRAINED)
    run = fresh_run(masked=True)
    while run.step < run.settings.steps:
        run.advance()
    hashes[FILL_IN] = run.step, save_weights(run.model, FILL_IN)

    content = {"students": {}, "lines": corpus.lines(), "trigram": trigram}
    for name, (step, sha256) in hashes.items():
        content["students"][name] = {"step": step, "held_out_loss": 0.0, "sha256": sha256}
    RECORD.write_text(json.dumps(content), encoding="utf-8")
    for name, known in content["students"].items():
        known["held_out_loss"] = held_out_loss(load_student(name), corpus)
        print(f"{name}: step {known['step']}, {known['held_out_loss']:.3f} nats")
    RECORD.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(content["lines"], trigram)
    return 0


if __name__ == "__main__":
    sys.exit(main())
