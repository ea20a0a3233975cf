"""Training in a terminal: `python -m course_utils train --preset course`.

The only module of these three parts that prints.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TextIO

import numpy as np

from course_utils.material.batches import Ids, pack_stories, pack_text, split_stories
from course_utils.material.stories import StoryGrammar
from course_utils.material.symbols import END_ID, START_ID
from course_utils.material.text import TextError, read_text
from course_utils.material.tokenizers import (
    BytePairTokenizer,
    CharTokenizer,
    StoryTokenizer,
    Tokenizer,
    TokenizerError,
    WordTokenizer,
    load_tokenizer,
)
from course_utils.student.checkpoints import CheckpointError
from course_utils.student.files import write_atomically
from course_utils.student.model import GPT
from course_utils.student.pretrained import PretrainedError
from course_utils.student.sampling import generate
from course_utils.training.counting import choose_counting
from course_utils.training.evaluation import Evaluation, evaluate, mean_loss
from course_utils.training.loop import DivergedError, TrainingRun, train
from course_utils.training.parallel import ParallelRun
from course_utils.training.presets import PRESETS, Preset, preset

CHECKPOINT, PLAN = "checkpoint.safetensors", "plan.json"
TEXT_BLOCK = 64  # characters or tokens of an own text that may be read before answering
SPLIT_SEED, WEIGHT_SEED, ORDER_SEED = range(3)
SHOWN = 500  # unseen rows that the last evaluation uses, at most
QUICK_LOOK = 100  # unseen rows for the line of progress
MOST_WORKERS = 64
SECONDS = 0.5  # between two lines of progress on a screen


class CommandError(Exception):
    """What is wrong with the command, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message[0].upper()}{message[1:]}; see --help.")


def _parser() -> _Parser:
    parser = _Parser(prog="python -m course_utils train", description="Train a student.")
    parser.add_argument("--preset", default="course", help=f"one of {', '.join(PRESETS)}")
    parser.add_argument("--text", metavar="FILE", help="learn this UTF-8 text, not the stories")
    parser.add_argument(
        "--tokenizer", choices=["characters", "words", "bytepairs"], default="characters",
        help="how an own text is cut into tokens",
    )  # fmt: skip
    parser.add_argument("--steps", type=int, help="how many steps, in place of the preset's")
    parser.add_argument("--learning-rate", type=float, help="in place of the preset's")
    parser.add_argument("--seed", type=int, default=0, help="chooses stories, weights and order")
    parser.add_argument("--out", default="runs", metavar="FOLDER", help="where to save (runs)")
    parser.add_argument("--workers", type=int, default=1, help="processes that share a step (1)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint there")
    return parser


def main(arguments: list[str], out: TextIO | None = None) -> int:
    """Train as asked; 0 when done, 130 after Ctrl-C, 2 with one sentence if it can't be done."""
    screen = sys.stdout if out is None else out
    try:
        return _run(vars(_parser().parse_args(arguments)), screen)
    except (
        CommandError, TextError, TokenizerError, CheckpointError, PretrainedError, DivergedError,
        ValueError,
    ) as error:  # fmt: skip
        print(str(error), file=sys.stderr)
    except OSError as error:
        place = error.filename or "The folder"
        print(f"{place} can't be written ({error.strerror}); use --out.", file=sys.stderr)
    return 2


def _run(options: dict[str, Any], screen: TextIO) -> int:
    folder, workers = Path(options["out"]), options.pop("workers")
    if not 1 <= workers <= MOST_WORKERS:
        raise CommandError(f"--workers is {workers}; choose 1 to {MOST_WORKERS}.")
    if options["resume"]:
        options = _read_plan(folder)
    chosen = _chosen_preset(options)
    rng = np.random.default_rng([options["seed"], SPLIT_SEED])
    rows, held_out, tokenizer, grammar = _material(options, chosen, rng, folder)
    kind: type[TrainingRun] = ParallelRun if workers > 1 else TrainingRun
    more = {"workers": workers} if workers > 1 else {}
    if options["resume"]:
        run = kind.resume(folder / CHECKPOINT, rows, **more)
    else:
        weights = np.random.default_rng([options["seed"], WEIGHT_SEED])
        model = GPT(chosen.config(tokenizer.vocab_size, rows.shape[1] - 1), weights)
        order = np.random.default_rng([options["seed"], ORDER_SEED])
        run = kind(model, rows, chosen.settings, order, **more)
        folder.mkdir(parents=True, exist_ok=True)
        plan = json.dumps({**options, "resume": True}, indent=1) + "\n"
        write_atomically(folder / PLAN, lambda file: _write(file, plan))
        tokenizer.save(folder)
    print(_opening(run, options, held_out), file=screen)
    with run if isinstance(run, ParallelRun) else nullcontext():
        finished = _train(run, held_out, folder, screen)
    if not finished:
        return 130
    rng = np.random.default_rng([options["seed"], WEIGHT_SEED])
    counting = choose_counting(rows, tokenizer.vocab_size)
    graded = evaluate(run.model, held_out[:SHOWN], grammar, counting, rng)
    run.save(folder / CHECKPOINT)
    run.model.save_pretrained(folder, tokenizer)
    print(report(graded), file=screen)
    print(f"It writes: {_sample(run.model, tokenizer, grammar, rng)}", file=screen)
    print(f"Saved in {folder}.", file=screen)
    return 0


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _read_plan(folder: Path) -> dict[str, Any]:
    try:
        plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        known = vars(_parser().parse_args([]))
        del known["workers"]  # said anew each time: the result is the same but for rounding
        return {**known, **{name: plan[name] for name in known}, "out": str(folder)}
    except FileNotFoundError:
        raise CommandError(
            f"There is nothing to resume in {folder}; begin without --resume, or name its --out."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{folder / PLAN} is damaged; begin again without --resume.") from None


def _chosen_preset(options: dict[str, Any]) -> Preset:
    chosen = preset(options["preset"])
    changes = {"steps": options["steps"], "learning_rate": options["learning_rate"]}
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(chosen, settings=replace(chosen.settings, **given))


def _material(
    options: dict[str, Any], chosen: Preset, rng: np.random.Generator, folder: Path
) -> tuple[Ids, Ids, Tokenizer, StoryGrammar | None]:
    """Rows to learn and unseen rows, their tokenizer, and the grammar where the floor is known."""
    grammar = StoryGrammar()
    if options["text"] is None and chosen.block_size is None:
        practice, unseen = split_stories(grammar, chosen.stories, chosen.held_out, rng)
        size = grammar.block_size
        rows = pack_stories(practice, grammar, size), pack_stories(unseen, grammar, size)
        return *rows, StoryTokenizer(grammar), grammar
    block = chosen.block_size or TEXT_BLOCK
    if options["text"] is None:
        practice, unseen = split_stories(grammar, chosen.stories, chosen.held_out, rng)
        learned, held_out = "\n".join(practice), "\n".join(unseen)
    else:
        text = read_text(options["text"], 10 * block)
        cut = len(text) * 9 // 10  # the last tenth is never learned
        learned, held_out = text[:cut], text[cut:]
    tokenizer = _tokenizer(options, learned + held_out, folder)
    packed = [pack_text(tokenizer.encode(part), block) for part in (learned, held_out)]
    return packed[0], packed[1], tokenizer, None


def _tokenizer(options: dict[str, Any], text: str, folder: Path) -> Tokenizer:
    if options["resume"]:
        return load_tokenizer(folder)
    kinds = {"characters": CharTokenizer, "words": WordTokenizer, "bytepairs": BytePairTokenizer}
    trained: Tokenizer = kinds[options["tokenizer"]].train(text)  # type: ignore[attr-defined]
    return trained


def _opening(run: TrainingRun, options: dict[str, Any], held_out: Ids) -> str:
    size = f"{run.model.count:,} weights, {len(run.rows):,} rows to learn, {len(held_out):,} unseen"
    begin = f"resumed after step {run.step}" if run.step else f"{run.settings.steps} steps"
    return f"preset {options['preset']}: {size}; {begin}. Ctrl-C stops and saves."


def _train(run: TrainingRun, held_out: Ids, folder: Path, screen: TextIO) -> bool:
    """Drive the training to its end; False after Ctrl-C. Either way there is a checkpoint."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True  # between two steps, so that the checkpoint is whole

    before = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    live, rng_state = screen.isatty(), run.settings.steps
    begun, first, shown = time.perf_counter(), run.step, -math.inf
    try:
        for step in train(run):
            now = time.perf_counter()
            due = now - shown >= SECONDS if live else step.step % max(rng_state // 10, 1) == 0
            if due or step.step == run.settings.steps:
                shown = now
                unseen = mean_loss(run.model, held_out[:QUICK_LOOK], np.random.default_rng(0))
                pace = (step.step - first) / (now - begun)
                line = (
                    f"step {step.step:>5}/{run.settings.steps}  epoch {step.epoch}"
                    f"  practice {step.loss:.3f}  unseen {unseen:.3f}  {pace:.0f} steps/s"
                    f"  {(run.settings.steps - step.step) / pace:.0f} s left"
                )
                print(f"\r{line:<90}" if live else line, end="" if live else "\n", file=screen)
                screen.flush()
            if stopped:
                break
    except DivergedError:
        run.save(folder / CHECKPOINT)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if live:
            print(file=screen)
    run.save(folder / CHECKPOINT)
    if stopped:
        print(
            f"Stopped after step {run.step}; go on with"
            f" `python -m course_utils train --resume --out {folder}`.",
            file=screen,
        )
    return not stopped


def report(graded: Evaluation) -> str:
    """A few lines about the unseen questions."""
    lines = [
        f"unseen loss     {graded.loss:.3f} nats a question,"
        f" like a blind guess among {graded.perplexity:.1f}",
        f"answers         spot on {graded.spot_on:.0%}, close {graded.close:.0%},"
        f" way off {graded.way_off:.0%}",
        f"blind guess     {graded.uniform:.3f}",
    ]
    if graded.counting is not None:
        lines.append(f"best counting   {graded.counting:.3f}")
    if graded.floor is not None:
        lines += [
            f"best possible   {graded.floor:.3f}",
            f"left to learn   {graded.left_to_learn:.3f}",
        ]
    else:
        lines.append("best possible   unknown: only the stories' own grammar tells it")
    return "\n".join(lines)


def _sample(
    model: GPT, tokenizer: Tokenizer, grammar: StoryGrammar | None, rng: np.random.Generator
) -> str:
    if not model.config.causal:
        return "nothing: a student of blanks only fills them in."
    count = model.config.block_size - 1 if grammar is not None else 200
    return tokenizer.decode(generate(model, [START_ID], count, rng, stop_id=END_ID))
