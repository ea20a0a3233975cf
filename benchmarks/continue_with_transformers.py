"""Go on training a folder that the course wrote, with transformers, in two processes on the CPU.

    accelerate launch --multi_gpu --num_processes 2 -m benchmarks.continue_with_transformers FOLDER
    accelerate launch … FOLDER --text my_text.txt --out my_larger_model --steps 500

(``--multi_gpu`` is accelerate's word for several processes on one machine; this script asks for
the CPU. With ``--cpu`` alone accelerate 1.15 starts a single process.)

It prints the held-out loss as the course's NumPy measures it, as transformers does, and after the
training; the exit status is 1 if the last one isn't lower, or if the first two differ. Without
``--text`` it trains on the course's stories. What it writes (``--out``) the course loads again.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, TensorDataset
from transformers import AutoTokenizer, GPT2LMHeadModel, get_cosine_schedule_with_warmup

from course_utils.material.batches import pack_text
from course_utils.material.symbols import PAD_ID
from course_utils.material.text import TextError, read_text
from course_utils.material.tokenizers import CONFIG, FILE
from course_utils.student import GPT
from course_utils.training.corpus import Corpus, split_text, story_corpus
from course_utils.training.evaluation import evaluate

IGNORED = -100  # what transformers calls a target that isn't asked
SAME = 1e-3  # nats by which the two libraries may differ
PRACTICE = 2000  # stories


def rows_of(folder: str, text: str | None, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Practice rows (N, T + 1) and held-out rows (M, T + 1), by transformers' own tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def encoded(words: str) -> list[int]:
        return tokenizer(words, add_special_tokens=False)["input_ids"]

    if text is not None:
        ids = np.array(encoded(read_text(text)))
        practice, held_out = split_text(ids, block, text)
        return pack_text(practice, block), pack_text(held_out, block)
    stories: Corpus = story_corpus(PRACTICE)
    first = stories.rows[0]
    if encoded(stories.text(first)) != [i for i in first.tolist() if i > 3]:
        raise TextError(f"{folder} wasn't trained on the stories in words; name its --text.")
    return stories.rows, stories.held_out


def data(rows: np.ndarray) -> TensorDataset:
    """Inputs and targets; transformers shifts them itself, so both are the whole row."""
    rows = rows[:, : np.flatnonzero((rows != PAD_ID).any(axis=0))[-1] + 1]
    labels = np.where(rows == PAD_ID, IGNORED, rows)
    # The last token of a row is only a target: the block has no place for it as an input.
    return TensorDataset(torch.from_numpy(rows[:, :-1]), torch.from_numpy(labels[:, 1:]))


def losses(model: torch.nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum of −ln p over the questions asked, and their number: (2,)."""
    logits = model(inputs, attention_mask=torch.ones_like(inputs)).logits.flatten(0, 1)
    total = torch.nn.functional.cross_entropy(
        logits, targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return torch.stack([total, (targets != IGNORED).sum()])


def held_out_loss(accelerator: Accelerator, model: torch.nn.Module, loader: DataLoader) -> float:
    """The mean loss over all held-out questions, shared out among the processes."""
    model.eval()
    total = torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for inputs, targets in loader:
            parts = losses(model, inputs, targets)[None].double()
            total += accelerator.gather_for_metrics(parts).sum(0)
    model.train()
    return float(total[0] / total[1])


def main() -> int:
    """Train on; 0 if the held-out loss fell from where NumPy left it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", help="what save_pretrained or the playground wrote")
    parser.add_argument("--text", help="a UTF-8 text file; the course's stories without")
    parser.add_argument("--out", help="a new folder for the model that comes out")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=16, help="rows a step in each process")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    options = parser.parse_args()
    if options.out and Path(options.out).exists():
        sys.exit(f"There is already a {options.out}; choose another name.")

    torch.set_num_threads(1)
    accelerator = Accelerator(cpu=True)
    set_seed(1)
    ours = GPT.from_pretrained(options.folder)
    if not ours.config.causal:
        sys.exit("This model fills in blanks; only one that says what comes next goes on here.")
    practice, held_out = rows_of(options.folder, options.text, ours.config.block_size)
    numpy_loss = evaluate(ours, held_out).loss

    model = GPT2LMHeadModel.from_pretrained(options.folder)
    optimizer = torch.optim.AdamW(model.parameters(), options.learning_rate, betas=(0.9, 0.95))
    schedule = get_cosine_schedule_with_warmup(
        optimizer, accelerator.num_processes * options.steps // 10,
        accelerator.num_processes * options.steps,
    )  # fmt: skip
    loader = DataLoader(data(practice), options.batch, shuffle=True)
    exam = DataLoader(data(held_out), 50)
    model, optimizer, loader, exam, schedule = accelerator.prepare(
        model, optimizer, loader, exam, schedule
    )
    before = held_out_loss(accelerator, model, exam)
    accelerator.print(
        f"{accelerator.num_processes} processes, {len(practice)} practice rows\n"
        f"held-out loss in NumPy          {numpy_loss:.4f}\n"
        f"the same in transformers        {before:.4f}",
        flush=True,
    )
    made = 0
    while made < options.steps:
        for inputs, targets in loader:
            total, asked = losses(model, inputs, targets)
            accelerator.backward(total / asked)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            made += 1
            if made == options.steps:
                break
    after = held_out_loss(accelerator, model, exam)
    accelerator.print(f"{f'after {made} more steps':32}{after:.4f}", flush=True)
    if options.out:
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            accelerator.unwrap_model(model).save_pretrained(options.out)
            for name in (FILE, CONFIG):
                shutil.copy(Path(options.folder) / name, options.out)
    accelerator.end_training()
    fine = math.isfinite(after) and after < before and abs(before - numpy_loss) < SAME
    if not fine:
        accelerator.print("The loss did NOT go on falling from where NumPy left it.")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
