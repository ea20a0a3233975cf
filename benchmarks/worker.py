"""One contestant in a process of its own: it works when told to, and blocks on a read otherwise.

Messages are lines of JSON on standard input and output; the thread settings are in the
environment before any library is loaded. It runs under whichever Python holds the contestant's
library, so it imports the standard library and NumPy alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def peak_memory(helpers: list[int]) -> float | None:
    """The largest memory this process and its helpers ever held, each by itself, in MB.

    Memory that they share is counted for each. None where the system doesn't say.
    """
    if Path("/proc/self/status").exists():  # ru_maxrss would count what the parent held earlier
        peaks = []
        for name in ("self", *helpers):
            lines = Path(f"/proc/{name}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
        return sum(peaks) * 1024 / 1e6
    try:
        import resource
    except ImportError:
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / 1e6 if sys.platform == "darwin" else largest * 1024 / 1e6


def cpu_seconds(helpers: list[int]) -> float:
    """The time that processors worked for this process and, where Linux tells, for its helpers."""
    total = time.process_time()
    for helper in helpers:
        record = Path(f"/proc/{helper}/stat")
        if record.exists():
            fields = record.read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def main() -> None:
    # What a library prints must not end up between the messages.
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**message: object) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    job = json.loads(sys.stdin.readline())
    if job.get("pin") and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-job["threads"] :])
    sys.path.insert(0, str(ROOT))
    import numpy as np

    files = np.load(job["arrays"])
    weights = {
        name.removeprefix("weight:"): files[name] for name in files.files if name[:7] == "weight:"
    }
    try:
        module = importlib.import_module(f"benchmarks.contestants.{job['module']}")
        contestant = module.Contestant(job, weights, files["batches"])
    except ImportError as error:
        return answer(missing=str(error))
    helpers = getattr(contestant, "helpers", [])  # processes beside this one
    answer(versions=contestant.versions(), python=sys.version.split()[0])

    for line in sys.stdin:
        message = json.loads(line)
        wall, cpu = time.perf_counter(), cpu_seconds(helpers)
        if message["do"] == "curve":
            contestant.reset()
            result = {"losses": contestant.steps(message["steps"])}
        elif message["do"] == "steps":
            result = {"losses": contestant.steps(message["steps"])[-1:]}
        elif message["do"] == "quality":
            given = np.load(message["arrays"])
            contestant.reset()
            result = contestant.quality(
                {"order": given["order"], "rates": given["rates"], "clip": message["clip"]},
                given["rows"],
                given["held_out"],
            )
        elif message["do"] == "generation":
            result = {"rates": contestant.generation(message["count"])}
        elif message["do"] == "memory":
            result = {"peak": peak_memory(helpers)}
        else:
            return None
        seconds = time.perf_counter() - wall
        answer(**result, seconds=seconds, cpu=cpu_seconds(helpers) - cpu)
    return None


if __name__ == "__main__":
    main()
