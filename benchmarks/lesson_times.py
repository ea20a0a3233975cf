"""How long a lesson's trainings take for one user alone: chapter 0, and 50 stories in chapter 5.

    python -m benchmarks.lesson_times            writes lesson_times.json

As in the chapter: Play is pressed, and all views follow to the end of the run. What the browser
does isn't counted. Beside the seconds stand those of a processor, which other work changes little.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.training_speed import machine
from course_utils.widgets import Desk, PapersBack, ScoreBoard, TrainingGround, TrainingRoom, Writing

RECORD = Path(__file__).resolve().parent / "lesson_times.json"


def chapter_0() -> Any:
    """The training ground with the views that follow it in the chapter."""
    desk = Desk()
    others = [PapersBack(desk), Writing(desk), ScoreBoard(desk)]
    return TrainingGround(desk), others


def chapter_5() -> Any:
    """The room of 50 stories with its views."""
    guess = TrainingRoom("guess")
    guess.guess("practice", [5.0, 4.0, 3.0, 2.0, 1.0])
    guess.guess("held out", [5.0, 4.0, 3.0, 2.0, 1.0])
    guess.keep()
    curves = TrainingRoom("curves", guess.room)
    return curves, [guess, TrainingRoom("steps", guess.room)]


async def played(view: Any) -> dict[str, float]:
    """Press Play, and wait for the end of the run."""
    begun, spent = time.perf_counter(), time.process_time()
    view.play.value = True
    while view.play.value or view.worker.running:
        await asyncio.sleep(0.05)
    return {"seconds": time.perf_counter() - begun, "processor": time.process_time() - spent}


def main() -> None:
    """Measure both, print and write them."""
    os.environ["COURSE_PROGRESS"] = os.devnull
    found: dict[str, Any] = {}
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    for name, make in (("chapter 0", chapter_0), ("chapter 5, 50 stories", chapter_5)):
        view, _others = make()
        found[name] = asyncio.run(played(view))
        print(name, found[name], flush=True)
    record = {"machine": machine(), "load": load, **found}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
