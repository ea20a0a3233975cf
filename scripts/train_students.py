"""Train the students that come with the course, and keep their weights and their losses.

The same bits when it is run twice on one machine; on another one held-out losses agree to 1e-3.
"""

from __future__ import annotations

import argparse
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


def train_next_token(corpus: Corpus, trigram: float) -> dict[str, tuple[int, str]]:
    """Train the next-token student; each kept one's step and hash by its name."""
    kept: dict[str, tuple[int, str]] = {UNTRAINED: (0, "")}
    run = fresh_run()
    while run.step < run.settings.steps:
        run.advance()
        first = HALF_TRAINED not in kept and run.step % LOOK == 0
        if first and held_out_loss(run.model, corpus) < trigram:
            kept[HALF_TRAINED] = run.step, save_weights(run.model, HALF_TRAINED)
        elif run.step in KEPT:
            kept[f"step {run.step}"] = run.step, save_weights(run.model, f"step {run.step}")
    kept[TRAINED] = run.step, save_weights(run.model, TRAINED)
    return kept


def train_fill_in() -> dict[str, tuple[int, str]]:
    """Train the fill-in student; its step and hash by its name."""
    run = fresh_run(masked=True)
    while run.step < run.settings.steps:
        run.advance()
    return {FILL_IN: (run.step, save_weights(run.model, FILL_IN))}


def main(arguments: list[str] | None = None) -> int:
    """Write the weights beside `course_utils.training.students`, and their record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("which", nargs="?", default="both", choices=["both", "next-token", FILL_IN])
    which = parser.parse_args(arguments).which
    corpus = story_corpus(PRACTICE)
    trigram = choose_counting(corpus.rows, corpus.vocab_size, orders=(3,)).loss(corpus.held_out)
    content = {"students": {}, "lines": corpus.lines(), "trigram": trigram}
    if which != "both":
        content["students"] = json.loads(RECORD.read_text(encoding="utf-8"))["students"]
    kept: dict[str, tuple[int, str]] = {}
    if which != FILL_IN:
        kept |= train_next_token(corpus, trigram)
    if which != "next-token":
        kept |= train_fill_in()
    for name, (step, sha256) in kept.items():
        content["students"][name] = {"step": step, "held_out_loss": 0.0, "sha256": sha256}
    RECORD.write_text(json.dumps(content), encoding="utf-8")
    for name in kept:
        known = content["students"][name]
        known["held_out_loss"] = held_out_loss(load_student(name), corpus)
        print(f"{name}: step {known['step']}, {known['held_out_loss']:.3f} nats")
    RECORD.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(content["lines"], trigram)
    return 0


if __name__ == "__main__":
    sys.exit(main())
