"""How long the live trainings of a lesson take on this machine, drawn as the widgets draw them.

    python -m benchmarks.classroom_times [--rounds 3]

For the table "How long the training takes" of the teacher's guide. Two trainings, each started by
its own button with all views of its chapter beside it: chapter 0's, 600 steps, and chapter 5's with
fifty stories, to the end. No browser draws beside it. The seconds on the clock hold on a quiet
machine only; the processor's seconds, printed beside, hardly depend on what else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the chapters' first cell sets it

from benchmarks.training_speed import machine
from benchmarks.widget_latency import chapter_0, followed, room_view


async def first_training() -> int:
    """Chapter 0's training, from Play to its end; the steps made."""
    chapter = chapter_0()
    chapter.ground.play.value = True
    await chapter.ground.task
    assert chapter.desk.done
    return chapter.desk.total


async def fifty_stories() -> int:
    """Chapter 5's training on fifty stories, "to the end"; the steps made."""
    chapter = room_view("curves", recorded=False)()
    chapter.view.play.value = True
    await followed(chapter)
    run = chapter.view.room.run
    assert run.step == run.plan.steps
    return run.step


def measure(training: Callable[[], object], rounds: int) -> tuple[int, float, float, float]:
    """Steps, the median and the longest time on the clock, and the processor's median."""
    clock, spent, steps = [], [], 0
    for _ in range(rounds):
        begun, busy = time.perf_counter(), time.process_time()
        steps = asyncio.run(training())  # type: ignore[arg-type]
        clock.append(time.perf_counter() - begun)
        spent.append(time.process_time() - busy)
    return steps, statistics.median(clock), max(clock), statistics.median(spent)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    print(", ".join(f"{name} {value}" for name, value in machine().items()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COURSE_PROGRESS"] = os.path.join(folder, "progress.json")
        for name, training in (("chapter 0", first_training), ("chapter 5", fifty_stories)):
            steps, median, longest, spent = measure(training, options.rounds)
            print(
                f"{name}: {steps} steps, median {median:.1f} s, longest {longest:.1f} s;"
                f" {spent:.1f} s of a processor"
            )
        print(f"load during the last minute: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
