"""Training: the loop as a generator, counting, evaluation against the floor, and presets."""

from course_utils.training.counting import CountingModel, choose_counting
from course_utils.training.evaluation import (
    Evaluation,
    evaluate,
    mean_loss,
    perfect_memory,
    range_of_luck,
)
from course_utils.training.loop import DivergedError, Settings, Step, TrainingRun, train
from course_utils.training.presets import COURSE, NANOGPT_CPU, PRESETS, QUICK, Preset, preset

__all__ = [
    "COURSE",
    "NANOGPT_CPU",
    "PRESETS",
    "QUICK",
    "CountingModel",
    "DivergedError",
    "Evaluation",
    "Preset",
    "Settings",
    "Step",
    "TrainingRun",
    "choose_counting",
    "evaluate",
    "mean_loss",
    "perfect_memory",
    "preset",
    "range_of_luck",
    "train",
]
