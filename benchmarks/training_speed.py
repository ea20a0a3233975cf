"""How fast the student learns, beside PyTorch, JAX and autograd doing provably the same work.

    python benchmarks/training_speed.py                  speed, memory, generation, imports
    python benchmarks/training_speed.py --quality        2,000 steps of nanogpt_cpu, here and there
    python benchmarks/training_speed.py --help           everything else

Each contestant lives in a process of its own; in each round each works for a moment while the
others wait, so that whatever else the machine does meets all of them alike. Before anything is
timed, all train 20 steps from the same weights on the same batches, and their losses must agree.

PyTorch is found as the tests find it: `python3 start.py peers`, or COURSE_PEERS_PYTHON. JAX and
HIPS autograd are extras of that same Python: `.peers/bin/python -m pip install jax autograd`.
torch.compile needs a C++ compiler. What is missing is listed as missing.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

from benchmarks.report import write_report  # noqa: E402
from tests.peers import peers_python  # noqa: E402

RECORD = "results"  # the file's name, without its ending; the report's is the same in capitals
SETTINGS = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.1}
CURVE_STEPS, CURVE_TOLERANCE = 20, 1e-4
BATCHES = 50
# Between two turns, seconds. A second thread of OpenBLAS (autograd's) spins on for 0.11 s after
# its last product, PyTorch's for 0.01 s: it would take a core from whoever comes next.
REST = 0.2


@dataclass(frozen=True)
class Size:
    """A model and a batch size; letters as everywhere: B rows, T tokens, V words."""

    vocab_size: int
    block_size: int
    n_layer: int
    n_head: int
    n_embd: int
    batch: int

    @property
    def config(self) -> dict[str, int]:
        return {
            name: getattr(self, name)
            for name in ("vocab_size", "block_size", "n_layer", "n_head", "n_embd")
        }


SIZES = {
    "course": Size(64, 32, 2, 2, 32, batch=32),
    "nanogpt_cpu": Size(65, 64, 4, 4, 128, batch=12),
}


@dataclass(frozen=True)
class Entry:
    """A contestant: its name in the table, its module, the form of it, and whose Python it needs.

    ``pin`` keeps the process on as many cores as it may have threads, for a library that has no
    reliable setting of its own.
    """

    name: str
    module: str
    variant: str = ""
    peer: bool = True
    pin: bool = False


OURS = "this course"
ENTRIES = (
    Entry(OURS, "ours", peer=False),
    Entry("PyTorch eager", "torch_gpt", "default"),
    Entry("PyTorch eager, fused AdamW", "torch_gpt", "fused"),
    Entry("torch.compile, fused AdamW", "torch_gpt", "compile"),
    Entry("JAX jit", "jax_gpt", pin=True),
    Entry("HIPS autograd", "autograd_gpt"),
)


class Worker:
    """A contestant's process, and the two pipes to it."""

    def __init__(self, entry: Entry, size: Size, threads: int, arrays: Path) -> None:
        self.entry = entry
        python = peers_python() if entry.peer else Path(sys.executable)
        self.missing: str | None = None
        self.versions: dict[str, str] = {}
        if python is None:
            self.missing = "no Python for the peers"
            return
        # Ours splits the batch over processes, one for each thread, so its BLAS keeps to one.
        blas = "1" if entry.module == "ours" else str(threads)
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
        self.process = subprocess.Popen(
            [str(python), str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                **os.environ,
                **dict.fromkeys(names, blas),
                "XLA_FLAGS": flags,
                "JAX_PLATFORMS": "cpu",
                "NPROC": str(threads),
            },
        )
        job = {
            "module": entry.module,
            "variant": entry.variant,
            "threads": threads,
            "pin": entry.pin,
            "config": size.config,
            "settings": SETTINGS,
            "arrays": str(arrays),
        }
        first = self._exchange(job)
        self.missing = first.get("missing")
        self.versions = first.get("versions", {})

    def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"{self.entry.name} stopped without an answer to {message}")
        return dict(json.loads(line))

    def do(self, what: str, **more: Any) -> dict[str, Any]:
        return self._exchange({"do": what, **more})

    def close(self) -> None:
        if self.missing != "no Python for the peers":
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait(timeout=60)


def write_arrays(size: Size, path: Path) -> None:
    """The same first weights and batches for all: a random walk over the words, so there is
    something to learn."""
    from course_utils.student import GPT, GPTConfig

    rng = np.random.default_rng(7)
    model = GPT(GPTConfig(**size.config), rng)
    weights = {f"weight:{name}": p.data for name, p in model.named_parameters().items()}
    likely = rng.integers(0, size.vocab_size, (size.vocab_size, 4))
    rows = np.empty((BATCHES * size.batch, size.block_size + 1), np.int64)
    rows[:, 0] = rng.integers(0, size.vocab_size, len(rows))
    for t in range(1, rows.shape[1]):
        rows[:, t] = likely[rows[:, t - 1], rng.integers(0, 4, len(rows))]
    np.savez(path, batches=rows.reshape(BATCHES, size.batch, -1), **weights)


def race(size: Size, threads: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One size, one number of threads: curves compared, then interleaved rounds."""
    arrays = folder / "arrays.npz"
    write_arrays(size, arrays)
    wanted = [e for e in ENTRIES if options.only is None or e.module in (*options.only, "ours")]
    missing, workers = {}, []
    for entry in wanted:
        worker = Worker(entry, size, threads, arrays)
        if worker.missing is None:
            workers.append(worker)
        else:
            missing[entry.name] = worker.missing
    curves = {}
    for worker in list(workers):
        name = worker.entry.name
        try:
            curves[name] = worker.do("curve", steps=CURVE_STEPS)["losses"]
        except RuntimeError as error:  # such as torch.compile without a compiler
            missing[name] = str(error)
            workers.remove(worker)
    differences = {
        name: float(np.abs(np.subtract(curve, curves[OURS])).max())
        for name, curve in curves.items()
    }
    for name, difference in differences.items():
        if not difference <= CURVE_TOLERANCE:
            raise SystemExit(
                f"{name} doesn't do the same work: its loss differs by {difference:.2g}"
            )
    counts = {}
    for worker in workers:  # warm up, then choose how many steps fill a moment
        worker.do("steps", steps=10)
        took = worker.do("steps", steps=10)["seconds"] / 10
        counts[worker.entry.name] = max(2, round(options.seconds / took))
    times: dict[str, list[float]] = {worker.entry.name: [] for worker in workers}
    busy: dict[str, list[float]] = {worker.entry.name: [] for worker in workers}
    for number in range(options.rounds):
        turn = number % len(workers)
        for worker in workers[turn:] + workers[:turn]:
            time.sleep(REST)
            name = worker.entry.name
            done = worker.do("steps", steps=counts[name])
            times[name].append(done["seconds"] / counts[name])
            busy[name].append(done["cpu"] / done["seconds"])
        print(f"  round {number + 1} of {options.rounds}", end="\r", flush=True)
    result: dict[str, Any] = {"threads": threads, "rounds": options.rounds, "missing": missing}
    result["versions"] = {k: v for worker in workers for k, v in worker.versions.items()}
    result["contestants"] = {
        worker.entry.name: {
            "ms": 1000 * float(np.median(times[worker.entry.name])),
            "ratio": quartiles(np.divide(times[worker.entry.name], times[OURS])),
            "cores": float(np.median(busy[worker.entry.name])),
            "peak": worker.do("memory")["peak"],
            "curve": differences[worker.entry.name],
        }
        for worker in workers
    }
    for worker in workers:
        worker.close()
    return result


def quartiles(values: np.ndarray) -> list[float]:
    return [float(value) for value in np.quantile(values, (0.25, 0.5, 0.75))]


def generation(folder: Path) -> dict[str, Any]:
    size = SIZES["nanogpt_cpu"]
    write_arrays(size, folder / "arrays.npz")
    worker = Worker(ENTRIES[0], size, 1, folder / "arrays.npz")
    worker.do("steps", steps=20)
    rates = worker.do("generation", count=500)["rates"]
    worker.close()
    return {"rates": rates}


IMPORTS = """\
import time
import numpy
begin = time.perf_counter()
import course_utils.material, course_utils.student, course_utils.training
print(time.perf_counter() - begin)
"""


def import_time() -> dict[str, Any]:
    """Seconds beyond NumPy's own, each time in a fresh process; the first fills the caches."""
    seconds = []
    for _ in range(11):
        done = subprocess.run(
            [sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True
        )
        seconds.append(float(done.stdout))
    return {"seconds": float(np.median(seconds[1:]))}


def quality(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The same text, weights, order and schedule here and in PyTorch: the whole held-out loss."""
    from course_utils.student import warmup_cosine

    size, steps = SIZES["nanogpt_cpu"], options.quality_steps
    rng = np.random.default_rng(11)
    if options.text:
        text, source = Path(options.text).read_text(encoding="utf-8"), Path(options.text).name
    else:
        from course_utils.material import StoryGrammar

        pieces: list[str] = []
        while sum(map(len, pieces)) < 1_000_000:
            pieces += [story + "\n" for story in StoryGrammar().sample(500, rng)]
        text, source = "".join(pieces)[:1_000_000], "sampled stories"
    symbols = sorted(set(text))
    ids = np.array([symbols.index(c) for c in symbols])[np.searchsorted(symbols, list(text))]
    size = Size(max(65, len(symbols)), 64, 4, 4, 128, batch=12)
    write_arrays(size, folder / "arrays.npz")
    T = size.block_size
    cut = int(0.9 * len(ids))
    practice, held_out = ids[:cut], ids[cut:]
    starts = rng.integers(0, len(practice) - T - 1, (steps, size.batch))
    rows = practice[starts[..., None] + np.arange(T + 1)].reshape(-1, T + 1)
    whole = (len(held_out) - 1) // T
    unseen = np.stack([held_out[i * T : i * T + T + 1] for i in range(whole)])
    given = folder / "quality.npz"
    np.savez(
        given,
        rows=rows,
        held_out=unseen,
        order=np.arange(len(rows)).reshape(steps, -1),
        rates=[warmup_cosine(step, steps, 1e-3, warmup=100) for step in range(steps)],
    )
    result: dict[str, Any] = {
        "text": f"{source}, {len(text):,} characters, {len(symbols)} different",
        "steps": steps,
        "questions": int(unseen[:, 1:].size),
        "missing": {},
    }
    for entry in ENTRIES[:2]:
        worker = Worker(entry, size, 1, folder / "arrays.npz")
        if worker.missing is not None:
            result["missing"][entry.name] = worker.missing
            continue
        done = worker.do("quality", arrays=str(given), clip=1.0)
        result[entry.name] = {
            "held_out_loss": done["held_out_loss"],
            "seconds": done["seconds"],
            "peak": worker.do("memory")["peak"],
        }
        worker.close()
        print(f"  {entry.name}: {done['held_out_loss']:.4f} in {done['seconds']:.0f} s", flush=True)
    return result


def machine() -> dict[str, Any]:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "date": datetime.date.today().isoformat(),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="interleaved rounds (10)")
    parser.add_argument("--seconds", type=float, default=0.5, help="work in one turn (0.5 s)")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--threads", nargs="+", type=int, choices=(1, 2), default=[1, 2])
    parser.add_argument(
        "--only", nargs="+", choices=("ours", "torch_gpt", "jax_gpt", "autograd_gpt")
    )
    parser.add_argument("--quality", action="store_true", help="only compare held-out losses")
    parser.add_argument("--quality-steps", type=int, default=2000)
    parser.add_argument("--text", metavar="FILE", help="text for --quality (sampled stories)")
    parser.add_argument(
        "--record", default=RECORD, help=f"another machine's, such as results_intel ({RECORD})"
    )
    parser.add_argument("--dry", action="store_true", help="print the report, write nothing")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    path = Path(__file__).with_name(f"{options.record}.json")
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    about = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.quality:
            record["quality"] = {"machine": about, **quality(options, folder)}
        else:
            for size in options.sizes:
                for threads in options.threads:
                    print(f"{size}, {threads} thread(s)", flush=True)
                    found = race(SIZES[size], threads, options, folder)
                    record.setdefault("speed", {})[f"{size} {threads}"] = {
                        "machine": about,
                        **found,
                    }
            try:
                record["generation"] = {"machine": about, **generation(folder)}
            except (ImportError, RuntimeError) as error:
                print(f"generation: {error}")
            record["imports"] = {"machine": about, **import_time()}
    page = path.with_name(f"{options.record.upper()}.md")
    others = {each.name for each in path.parent.glob("RESULTS*.md")} - {page.name}
    report = write_report(record, sorted(others))
    if options.dry:
        print(report)
        return
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    page.write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
