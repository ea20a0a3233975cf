"""The student: a GPT written by hand in NumPy, and what trains, checks, stores and uses it."""

from course_utils.student.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from course_utils.student.functions import log_softmax, softmax
from course_utils.student.gradient_check import check_gradients, relative_error, slopes
from course_utils.student.model import GPT, GPTConfig
from course_utils.student.optimizers import SGD, AdamW, clip_gradients, warmup_cosine
from course_utils.student.parameters import Parameter
from course_utils.student.pretrained import PretrainedError
from course_utils.student.sampling import KeyValueCache, choose, generate, stream

__all__ = [
    "GPT",
    "SGD",
    "AdamW",
    "CheckpointError",
    "GPTConfig",
    "KeyValueCache",
    "Parameter",
    "PretrainedError",
    "check_gradients",
    "choose",
    "clip_gradients",
    "generate",
    "load_checkpoint",
    "log_softmax",
    "relative_error",
    "save_checkpoint",
    "slopes",
    "softmax",
    "stream",
    "warmup_cosine",
]
