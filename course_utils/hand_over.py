"""Hand the weights over: the same folder in the course's NumPy and in Hugging Face transformers.

    python -m course_utils.hand_over FOLDER "Today Tom"

The course itself doesn't need transformers; where it isn't installed, one sentence says how to get
it.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np

from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID
from course_utils.material.tokenizers import StoryTokenizer, load_tokenizer
from course_utils.student.model import GPT
from course_utils.student.sampling import generate
from course_utils.training.corpus import story_corpus
from course_utils.training.students import TRAINED, load_student

PROMPT = "Today Tom"
TOKENS = 30
CLOSE = 1e-3  # float32 sums in another order differ by less
PYTHON = r".peers\Scripts\python" if sys.platform == "win32" else ".peers/bin/python"
HOW = (
    "transformers isn't installed here; `python3 start.py peers` installs it in .peers, and then"
    " this compares the two:\n"
    '{python} -m course_utils.hand_over "my_course/{folder}"'
)


@dataclass(frozen=True)
class Comparison:
    """What both libraries make of one folder, for one prompt.

    ``difference`` is the largest one between two logits, ``size`` the largest logit; the texts are
    written by always taking the likeliest token. For a fill-in model the texts are empty.
    """

    folder: Path
    difference: float
    size: float
    ours: str
    theirs: str

    @property
    def equal(self) -> bool:
        """Whether they agree but for rounding."""
        return self.difference < CLOSE and self.ours == self.theirs

    def __str__(self) -> str:
        verdict = "the same" if self.equal else "NOT the same"
        said = (
            f"Logits of both: {verdict} (largest difference {self.difference:.1e}, largest logit"
            f" {self.size:.1f})."
        )
        if self.theirs:
            said += f"\ntransformers writes: {self.theirs}\nthe course writes: {self.ours}"
        return said


def transformers_is_there() -> bool:
    """Whether this Python has transformers and PyTorch."""
    return all(importlib.util.find_spec(name) for name in ("transformers", "torch"))


@lru_cache(maxsize=1)
def _passing_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def shipped_folder() -> Path:
    """The trained student that comes with the course as such a folder, in a passing place."""
    folder = _passing_folder() / "my model"
    if not folder.exists():
        grammar = story_corpus(1).grammar
        assert grammar is not None
        load_student(TRAINED).save_pretrained(folder, StoryTokenizer(grammar))
    return folder


def compare(folder: str | PathLike[str], prompt: str = PROMPT) -> Comparison | str:
    """Load a folder that ``save_pretrained`` wrote in both libraries, and let both answer.

    Without transformers a sentence that says how to get it. Raises `ValueError` if the folder
    can't be read, or the prompt has an unknown word.
    """
    folder = Path(folder)
    model, tokenizer = GPT.from_pretrained(folder), load_tokenizer(folder)
    if not transformers_is_there():
        return HOW.format(folder=folder.name, python=PYTHON)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    other = AutoModelForCausalLM.from_pretrained(folder).eval()
    other_tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = [START_ID, *other_tokenizer(prompt, add_special_tokens=False)["input_ids"]]
    if ids[1:] != tokenizer.encode(prompt).tolist():
        raise ValueError(f"The two tokenizers of {folder} read {prompt!r} differently.")
    given = torch.tensor([ids])
    with torch.no_grad():
        theirs = other(given).logits[0].numpy()
    ours = model.forward(np.array([ids]))[0]
    texts = ["", ""]
    if model.config.causal:
        count = min(TOKENS, model.config.block_size - len(ids))
        never = [PAD_ID, START_ID, MASK_ID]
        made = other.generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=count, do_sample=False,
            pad_token_id=PAD_ID, eos_token_id=END_ID,
        )[0].tolist()  # fmt: skip
        rng = np.random.default_rng(0)  # greedy: no dice are thrown
        own = generate(model, ids, count, rng, greedy=True, stop_id=END_ID)
        texts = [tokenizer.decode([*ids, *own])]
        texts.append(tokenizer.decode([i for i in made if i not in never and i != END_ID]))
    return Comparison(folder, float(np.abs(ours - theirs).max()), float(np.abs(ours).max()), *texts)


def main(arguments: list[str]) -> int:
    """Compare; 0 if both libraries agree."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.hand_over", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", help="what save_pretrained or the playground wrote")
    parser.add_argument("prompt", nargs="?", default=PROMPT)
    options = parser.parse_args(arguments)
    try:
        found = compare(options.folder, options.prompt)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(found)
    return 0 if isinstance(found, Comparison) and found.equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
