"""Checkpoints: everything a run needs to go on bit for bit, in one file without pickle."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.student.files import write_atomically
from course_utils.student.parameters import Array

FORMAT = "decoding-llm-training checkpoint 1"


class CheckpointError(ValueError):
    """A checkpoint that can't be written or read; the message says what to do."""


def save_checkpoint(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], record: Mapping[str, Any]
) -> None:
    """Write arrays and a JSON-able record as one safetensors file, atomically.

    Raises `CheckpointError` if the file can't be written; an older one then stays as it was.
    """
    from safetensors.numpy import save_file

    target = Path(path)
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    text = json.dumps(dict(record))
    metadata = {"format": FORMAT, "record": text, "sha256": _digest(plain, text)}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, lambda file: save_file(plain, file, metadata))
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {target} can't be written ({error.strerror or error}); "
            "choose a folder that you may write to, with space left."
        ) from error


def load_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read what `save_checkpoint` wrote: (arrays, record).

    Raises `CheckpointError` with one sentence if the file is missing, damaged or foreign.
    """
    from safetensors import SafetensorError, safe_open

    source = Path(path)
    if not source.is_file():
        raise CheckpointError(f"There is no checkpoint {source}; check the name and the folder.")
    try:
        with safe_open(source, framework="numpy") as file:
            metadata = file.metadata() or {}
            ours = metadata.get("format") == FORMAT
            names = file.keys() if ours else ()
            arrays = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"The checkpoint {source} is damaged or no checkpoint at all; use an older one, "
            "or begin again without it."
        ) from error
    if not ours:
        raise CheckpointError(
            f"{source} is a safetensors file, but no checkpoint of this course; "
            "load a student's folder with GPT.from_pretrained."
        )
    if metadata.get("sha256") != _digest(arrays, metadata.get("record", "")):
        raise CheckpointError(
            f"The checkpoint {source} is damaged (its contents don't match its checksum); "
            "use an older one, or begin again without it."
        )
    return arrays, json.loads(metadata["record"])


def _digest(arrays: Mapping[str, Array], record: str) -> str:
    import hashlib  # takes a seventh of the course's import time, and is seldom needed

    digest = hashlib.sha256(record.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
