"""Sizes and settings that are known to work, by name."""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.student.model import GPTConfig
from course_utils.training.loop import Settings


@dataclass(frozen=True)
class Preset:
    """A student's size, its material and how it is trained.

    ``initializer_range`` is the scale of fresh weights: the two narrow students learn to look back
    (to copy what the story named) several times sooner with 0.07 or 0.12 than with GPT-2's 0.02.
    With 0.12 a fresh student's loss would lie 0.3 to 0.6 nats above a blind guess's; ``final_gain``
    halves its logits, and the loss lies 0.1 to 0.2 above.
    ``stories`` are sampled for practice and ``held_out`` for the unseen questions. With
    ``block_size`` None one story is one row of words; with a number the material is one long
    text of characters in blocks.
    """

    name: str
    n_layer: int
    n_head: int
    n_embd: int
    stories: int
    held_out: int
    settings: Settings
    block_size: int | None = None
    initializer_range: float = 0.02
    final_gain: float = 1.0

    def config(self, vocab_size: int, block_size: int) -> GPTConfig:
        """The student's configuration for a vocabulary and a block."""
        return GPTConfig(
            vocab_size,
            block_size,
            self.n_layer,
            self.n_head,
            self.n_embd,
            causal=not self.settings.masked,
            initializer_range=self.initializer_range,
            final_gain=self.final_gain,
        )


QUICK = Preset(
    name="quick",
    n_layer=2,
    n_head=4,
    n_embd=64,
    initializer_range=0.12,
    final_gain=0.5,
    stories=2000,
    held_out=500,
    settings=Settings(steps=450, batch_size=16, learning_rate=7e-3, warmup=50, weight_decay=0.0),
)
COURSE = Preset(
    name="course",
    n_layer=2,
    n_head=4,
    n_embd=64,
    initializer_range=0.07,
    stories=8000,
    held_out=500,
    settings=Settings(steps=900, batch_size=16, learning_rate=3e-3, warmup=50, weight_decay=0.0),
)
NANOGPT_CPU = Preset(
    name="nanogpt_cpu",
    n_layer=4,
    n_head=4,
    n_embd=128,
    stories=6000,
    held_out=500,
    settings=Settings(steps=2000, batch_size=12, learning_rate=1e-3, warmup=100),
    block_size=64,
)
PRESETS = {preset.name: preset for preset in (QUICK, COURSE, NANOGPT_CPU)}


def preset(name: str) -> Preset:
    """The preset of that name. Raises `ValueError` that lists the names."""
    if name not in PRESETS:
        raise ValueError(f"There is no preset {name!r}; choose {', '.join(PRESETS)}.")
    return PRESETS[name]
