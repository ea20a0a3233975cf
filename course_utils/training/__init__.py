"""Training: the loop as a generator, counting, evaluation against the floor, and presets."""

from course_utils.training.loop import DivergedError, Settings, Step, TrainingRun, train
from course_utils.training.presets import COURSE, NANOGPT_CPU, PRESETS, QUICK, Preset, preset

__all__ = [
    "COURSE",
    "NANOGPT_CPU",
    "PRESETS",
    "QUICK",
    "DivergedError",
    "Preset",
    "Settings",
    "Step",
    "TrainingRun",
    "preset",
    "train",
]
