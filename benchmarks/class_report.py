"""How long `python -m course_utils.teaching report` takes for a class of 300.

    python benchmarks/class_report.py [--cards 300] [--rounds 5]

The cards are those of imagined students, made from entries as the course keeps them. Must: 300 in
under 5 s, from the command's start to its end, Python's own start included. On a busy machine the
processor's seconds, which are printed beside, say more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from course_utils.learning.bank import BY_NAME
from course_utils.learning.prediction import graded
from course_utils.learning.progress import Entry
from course_utils.learning.quizzes import OneChoice, quiz
from course_utils.learning.report import Parts, course_parts, report

MUST = 5.0  # seconds
GIVEN = ("Ada", "Ben", "Chloé", "Dario", "Emre", "Fatou", "Greta", "Hana", "Ivo", "Jun", "Kofi")
FAMILY = ("Almeida", "Brandt", "Chen", "Dubois", "Eriksen", "Farouk", "Garcia", "Horvat", "Ito")


def entries(rng: np.random.Generator, parts: Mapping[int, Parts]) -> list[Entry]:
    """What one imagined student has done, from a strength and a place drawn by ``rng``."""
    strength, until = rng.uniform(0.35, 0.95), int(rng.integers(1, 8))
    found: list[Entry] = []

    def add(kind: str, name: str, **data: object) -> None:
        found.append(Entry(kind, name, "", str(len(found)), data))

    for chapter, part in parts.items():
        if chapter >= until:
            break
        for name in part.exercises:
            known = BY_NAME[name].misconceptions if name in BY_NAME else ()  # a project has none
            wrong = [m.name for m in known]
            for _ in range(int(rng.integers(0, 7))):
                if rng.random() < strength:
                    add("exercise", name, outcome="passed", hints=int(rng.integers(0, 3)),
                        solution_seen=bool(rng.random() < 0.1))  # fmt: skip
                    break
                slip = wrong[int(rng.integers(len(wrong)))] if wrong and rng.random() < 0.6 else ""
                add("exercise", name, outcome="not yet", misconception=slip, hints=1)
        for question in quiz(chapter) if part.quiz else ():
            right = bool(rng.random() < strength)
            chosen = None
            if isinstance(question, OneChoice):
                others = [i for i in range(len(question.options)) if i != question.answer]
                chosen = question.answer if right else others[int(rng.integers(len(others)))]
            add("quiz", question.name, chosen=chosen, right=right, confidence=None)
        for name in part.predictions:
            sure, right = float(rng.choice([0.5, 0.6, 0.8, 0.9])), bool(rng.random() < strength)
            add("prediction", name, answer="this", outcome="that", confidence=sure, right=right,
                options=3, score=graded(sure, right, 3))  # fmt: skip
    return found


def make_cards(folder: Path, count: int, seed: int = 1) -> None:
    """Write so many report cards into a folder."""
    parts, rng = course_parts(), np.random.default_rng(seed)
    for number in range(count):
        given, family = GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN) % len(FAMILY)]
        name = f"{given} {family}" + (f" {number // 99 + 1}" if number >= 99 else "")
        card = report(entries(rng, parts), parts).to_json(name, "2026-01-15")
        place = folder / f"{number:03}_report_card.json"
        place.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--cards", type=int, default=300)
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "cards", Path(name) / "page.html"
        folder.mkdir()
        make_cards(folder, options.cards)
        command = [sys.executable, "-m", "course_utils.teaching", "report", str(folder)]
        seconds, before = [], os.times()
        for _ in range(options.rounds):
            begun = time.perf_counter()
            subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
            seconds.append(time.perf_counter() - begun)
        after = os.times()
        spent = after.children_user + after.children_system
        spent -= before.children_user + before.children_system
        size = sum(file.stat().st_size for file in folder.iterdir()) / options.cards
        print(
            f"{options.cards} report cards of {size / 1000:.0f} kB: median"
            f" {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s (must: 300 in"
            f" {MUST:g} s); {spent / options.rounds:.2f} s of a processor each;"
            f" page {out.stat().st_size / 1e6:.1f} MB"
        )


if __name__ == "__main__":
    main()
