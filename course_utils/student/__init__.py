"""The student: a GPT written by hand in NumPy, and what trains, checks, stores and uses it."""

from course_utils.student.functions import log_softmax, softmax
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.optimizers import SGD, AdamW, clip_gradients, warmup_cosine
from course_utils.student.parameters import Parameter

__all__ = [
    "GPT",
    "SGD",
    "AdamW",
    "GPTConfig",
    "Parameter",
    "clip_gradients",
    "log_softmax",
    "softmax",
    "warmup_cosine",
]
