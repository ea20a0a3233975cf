"""What was measured, as the tables of RESULTS.md: each promise beside its figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

OURS = "this course"
EAGER = ("PyTorch eager", "PyTorch eager, fused AdamW")
COMPILED = "torch.compile, fused AdamW"
Record = dict[str, Any]


def write_report(record: Record, others: Sequence[str] = ()) -> str:
    """The whole of RESULTS.md; what wasn't measured says so. ``others``: other machines' files."""
    links = ", ".join(f"[{name}]({name})" for name in others)
    parts = [
        "# Results",
        "Written by `benchmarks/training_speed.py`; don't edit. Times are medians over interleaved"
        " rounds in one run; a ratio is the median over rounds of the other's time divided by ours"
        " in that same round (above 1: this course is faster), with its quartiles."
        + (f" Other machines: {links}." if links else ""),
        promises(record),
    ]
    for key, race in record.get("speed", {}).items():
        parts.append(race_table(key, race))
    if "quality" in record:
        parts.append(quality_lines(record["quality"]))
    return "\n\n".join(parts) + "\n"


def promises(record: Record) -> str:
    """One row for each figure that the course must reach."""
    rows: list[tuple[str, str, float | None, float, float, bool, str]] = []
    speed = record.get("speed", {})

    def ratio(key: str, names: tuple[str, ...]) -> float | None:
        entries = speed.get(key, {}).get("contestants", {})
        known = [entries[name] for name in names if name in entries]
        # Against the fastest of those named.
        return min(known, key=lambda e: e["ms"])["ratio"][1] if known else None

    def faster(label: str, key: str, names: tuple[str, ...], must: float, aim: float) -> None:
        rows.append((label, "×", ratio(key, names), must, aim, True, ".2f"))

    for threads in (1, 2):
        key, say = f"course {threads}", f"{threads} thread{'s' * (threads > 1)}"
        faster(f"course size against PyTorch eager, {say}", key, EAGER, 1.2, 1.6)
        faster(f"course size against torch.compile, {say}", key, (COMPILED,), 1.1, 1.5)
        faster(f"course size against JAX jit, {say}", key, ("JAX jit",), 1.1, 1.5)
    both = (*EAGER, COMPILED)
    faster("nanogpt_cpu against PyTorch's fastest, 1 thread", "nanogpt_cpu 1", both, 1.0, 1.2)
    faster("nanogpt_cpu against PyTorch's fastest, 2 threads", "nanogpt_cpu 2", both, 1.15, 1.5)
    hips = ("HIPS autograd",)
    faster("course size against HIPS autograd, 1 thread", "course 1", hips, 5, 10)
    faster("nanogpt_cpu against HIPS autograd, 1 thread", "nanogpt_cpu 1", hips, 3.5, 4.5)

    graded = record.get("quality", {})
    difference = None
    if OURS in graded and EAGER[0] in graded:
        difference = abs(graded[OURS]["held_out_loss"] - graded[EAGER[0]]["held_out_loss"])
    label = "nanogpt_cpu, 2,000 steps: held-out loss, difference from PyTorch"
    rows.append((label, "nats", difference, 0.01, 0.002, False, ".5f"))

    entries = speed.get("nanogpt_cpu 1", {}).get("contestants", {})
    peak = entries.get(OURS, {}).get("peak")
    theirs = entries.get(EAGER[0], {}).get("peak")
    label = "peak memory, training nanogpt_cpu (aim: half of PyTorch's)"
    rows.append((label, "MB", peak, 250, theirs / 2 if theirs else 0, False, ".0f"))
    rates = record.get("generation", {}).get("rates", {})
    rate = min(rates.values()) if rates else None
    label = "generation, nanogpt_cpu, 500 tokens in a row"
    rows.append((label, "tokens/s", rate, 1500, 4000, True, ",.0f"))
    seconds = record.get("imports", {}).get("seconds")
    label = "import of material, student and training, beyond NumPy's own"
    rows.append((label, "s", seconds, 0.15, 0.05, False, ".3f"))

    lines = ["| what | must | aim | measured | |", "|---|---|---|---|---|"]
    for label, unit, value, must, aim, more_is_better, style in rows:
        bounds = f"{must:,g} {unit} | {aim:,.4g} {unit}"
        if value is None:
            lines.append(f"| {label} | {bounds} | not measured | |")
            continue
        sign = 1 if more_is_better else -1
        verdict = "below must"
        if sign * value >= sign * aim:
            verdict = "aim reached"
        elif sign * value >= sign * must:
            verdict = "must reached"
        lines.append(f"| {label} | {bounds} | {value:{style}} {unit} | {verdict} |")
    return "## What was promised\n\n" + "\n".join(lines)


def about(machine: Record, versions: dict[str, str]) -> str:
    """One line that says where and with what the figures below it were measured."""
    known = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python"
        f" {machine['python']}, {known or 'NumPy ' + machine['numpy']}; {machine['date']}."
    )


def race_table(key: str, race: Record) -> str:
    """All contestants at one size and one number of threads."""
    size, threads = key.split()
    lines = [
        f"## {size}, {threads} thread{'s' * (threads != '1')}",
        "",
        about(race["machine"], race["versions"]) + f" {race['rounds']} rounds.",
        "",
        "| contestant | ms a step | ratio (quartiles) | peak memory | cores busy | curve |",
        "|---|---|---|---|---|---|",
    ]
    for name, entry in race["contestants"].items():
        low, middle, high = entry["ratio"]
        peak = "unknown" if entry["peak"] is None else f"{entry['peak']:.0f} MB"
        ratio = f"{middle:.2f} ({low:.2f}–{high:.2f})"
        lines.append(
            f"| {name} | {entry['ms']:.2f} | {ratio} | {peak} | {entry['cores']:.1f}"
            f" | {entry['curve']:.0e} |"
        )
    for name, reason in race["missing"].items():
        lines.append(f"| {name} | missing: {reason} | | | | |")
    lines += ["", "Curve: the largest difference of its loss from ours in the first 20 steps."]
    return "\n".join(lines)


def quality_lines(graded: Record) -> str:
    """Held-out loss after the same training here and in PyTorch."""
    lines = [
        f"## nanogpt_cpu, {graded['steps']:,} steps on text",
        "",
        about(graded["machine"], {}),
        f"Text: {graded['text']}. The whole held-out tenth is graded:"
        f" {graded['questions']:,} questions. Same weights, order and schedule; 1 thread.",
        "",
        "| contestant | held-out loss | time | peak memory |",
        "|---|---|---|---|",
    ]
    for name in (OURS, EAGER[0]):
        if name in graded:
            entry = graded[name]
            peak = "unknown" if entry["peak"] is None else f"{entry['peak']:.0f} MB"
            lines.append(
                f"| {name} | {entry['held_out_loss']:.5f} | {entry['seconds']:.0f} s | {peak} |"
            )
    lines += [f"| {name} | missing: {why} | | |" for name, why in graded["missing"].items()]
    return "\n".join(lines)
