"""The learner's own parts: passed answers kept in one file, borrowed from the course if missing.

``my_functions.py`` is plain Python that may be read and edited. Whatever is wrong with it costs one
sentence, never the chapter: the part is then borrowed.
"""

from __future__ import annotations

import builtins
import contextlib
import dis
import inspect
import io
import os
import re
import textwrap
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from course_utils.learning.bank import BY_NAME, find
from course_utils.learning.deadline import OutOfTime, with_deadline
from course_utils.learning.exercises import PASSED, judge
from course_utils.student.files import write_atomically
from course_utils.training.table_student import PARTS

VARIABLE = "COURSE_FUNCTIONS"
FOLDER, FILE = "my_course", "my_functions.py"
HEADER = '''\
"""My own parts of the course: answers that passed.

This is plain Python. Read it, change it, add to it: later chapters take these functions from here.
What is between two lines of # ---- is replaced when that exercise is kept again.
"""

import math

import numpy as np
'''
IMPORTED = {"np": "numpy", "math": "math"}  # what the header imports
MOST_BYTES = 1_000_000
PLAIN = (int, float, str, bool, bytes, type(None))

Function = Callable[..., Any]


@dataclass(frozen=True)
class Part:
    """A function for an exercise's name: the learner's own, or borrowed. ``trouble`` says why."""

    name: str
    function: Function
    own: bool
    trouble: str = ""


def default_path(folder: Path | None = None) -> Path:
    """Where own parts are kept: as COURSE_FUNCTIONS says, or in ``my_course/``.

    The notebooks run in that folder; where they don't, it is made beside them.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    here = Path.cwd() if folder is None else folder
    return (here if here.name == FOLDER else here / FOLDER) / FILE


def mine(name: str, path: Path | None = None) -> Function:
    """The learner's kept function of this name if it still passes, or else the course's own.

    Raises `ValueError` if there is no such exercise.
    """
    return part(name, path).function


def whose(*names: str, path: Path | None = None) -> str:
    """One line that says which of these parts are the learner's, and which are borrowed.

    Without names: of all exercises. What is wrong with the file is said, too.
    """
    parts = [part(name, path) for name in names or BY_NAME]
    own = ", ".join(one.name for one in parts if one.own) or "none"
    borrowed = ", ".join(one.name for one in parts if not one.own) or "none"
    troubles = dict.fromkeys(one.trouble for one in parts if one.trouble)
    return " ".join([f"Yours: {own}. Borrowed from the course: {borrowed}.", *troubles])


def part(name: str, path: Path | None = None) -> Part:
    """The function for an exercise's name, and whose it is; `ValueError` for an unknown name."""
    exercise = find(name)
    borrowed = exercise.solution or PARTS.get(name) or _kept_by_the_teacher(name)
    file = default_path() if path is None else path
    try:
        own = _read(file).get(name)
    except _UnusableError as error:
        return Part(name, borrowed, False, str(error))
    if own is None:
        return Part(name, borrowed, False)
    judged = judge(exercise, own)
    if judged.outcome != PASSED:
        return Part(
            name, borrowed, False,
            f"{name} in {file.name} doesn't pass its exercise any more, so it is borrowed; mend it"
            " there, or keep it again from its chapter.",
        )  # fmt: skip
    return Part(name, own, True)


def _kept_by_the_teacher(name: str) -> Function:
    """What is lent where there is no solution: a function that says so when it is called."""

    def missing(*_: Any) -> Any:
        raise ValueError(f"The teacher keeps the course's own {name}; write yours, and keep it.")

    return missing


def keep(function: Function, path: Path | None = None) -> Path:
    """Write a function that passes into the learner's file, with the helpers that it needs.

    Returns the file. Raises `ValueError` with one sentence if it doesn't pass, if its source can't
    be had, if it needs what only the notebook knows, or if the file can't be written.
    """
    exercise = find(function)
    if judge(exercise, function).outcome != PASSED:
        raise ValueError(f"{exercise.name} doesn't pass yet; only a passed answer can be kept.")
    if str(getattr(function, "__module__", "")).startswith("course_utils."):
        raise ValueError(f"This {exercise.name} is the course's own and needs no keeping.")
    file = default_path() if path is None else path
    begin = f"# ---- {exercise.name}, chapter {exercise.chapter}"
    end = f"# ---- end of {exercise.name}"
    section = f"{begin}\n{_source_with_helpers(function)}{end}\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if file.exists() else HEADER
        pattern = re.compile(rf"^{re.escape(begin)}$.*?^{re.escape(end)}$\n?", re.M | re.S)
        if pattern.search(before):
            text = pattern.sub(lambda _: section, before, count=1)
        else:
            text = f"{before.rstrip()}\n\n\n{section}"
        write_atomically(file, lambda p: _write(p, text))
    except UnicodeDecodeError:
        raise ValueError(
            f"{file} isn't a text file; move it elsewhere, then keep your answer again."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{file} can't be written ({error.strerror or error}); set {VARIABLE} to a file that"
            " you may write to."
        ) from None
    return file


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def source_of(function: Function) -> str:
    """The source of one function as the learner wrote it; `ValueError` if it can't be had."""
    try:
        return textwrap.dedent(inspect.getsource(function)).strip() + "\n"
    except (OSError, TypeError, IndentationError, SyntaxError):
        name = getattr(function, "__name__", "the function")
        raise ValueError(
            f"The source of {name} can't be found; run the cell in which you wrote it once more."
        ) from None


def _source_with_helpers(function: Function) -> str:
    """The function's source, after what it uses from outside: imports, helpers, plain numbers."""
    before: dict[str, str] = {}
    helpers: dict[str, str] = {}
    waiting, seen = [function], {function}
    while waiting:
        current = waiting.pop()
        helpers[current.__name__] = source_of(current)
        code = getattr(current, "__code__", None)
        outside = getattr(current, "__globals__", {})
        if getattr(current, "__closure__", None):
            raise ValueError(_needs(function, "something from a function around it"))
        for name in _global_names(code):
            if name not in outside:
                continue  # a builtin
            value = outside[name]
            if isinstance(value, types.ModuleType):
                if IMPORTED.get(name) != value.__name__:
                    before[name] = f"import {value.__name__} as {name}\n"
            elif isinstance(value, types.FunctionType) and value.__module__ == current.__module__:
                if value not in seen:
                    seen.add(value)
                    waiting.append(value)
            elif type(value) in PLAIN:
                before[name] = f"{name} = {value!r}\n"
            elif _importable(name, value):
                before[name] = f"from {value.__module__} import {value.__qualname__} as {name}\n"
            else:
                raise ValueError(_needs(function, name))
    own = helpers.pop(function.__name__)
    parts = ["".join(sorted(before.values())), *reversed(helpers.values()), own]
    return "\n\n".join(text for text in parts if text)


def _needs(function: Function, what: str) -> str:
    return (
        f"{function.__name__} uses {what}, which only this notebook knows; hand it over as an"
        " argument or make it inside the function, then keep it."
    )


def _global_names(code: object) -> Iterator[str]:
    """The names that a function, and the functions inside it, look up outside."""
    if not isinstance(code, types.CodeType):
        return
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for inner in code.co_consts:
        yield from _global_names(inner)


def _importable(name: str, value: Any) -> bool:
    module, qualified = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not isinstance(module, str) or module in ("__main__", "builtins") or "." in qualified:
        return False
    return callable(value) and bool(qualified) and not hasattr(builtins, name)


# Reading --------------------------------------------------------------------------------------


class _UnusableError(Exception):
    """One sentence about a file of own parts that can't be used."""


class _Fresh(SourceFileLoader):
    """Reads the source anew each time: a compiled copy could be older than a quick edit."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        code: types.CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _read(file: Path) -> dict[str, Function]:
    """The functions of the learner's file by name; nothing if there is none."""
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > MOST_BYTES:
            raise _UnusableError(
                f"{file.name} is larger than {MOST_BYTES:,} bytes, so all is borrowed; take out"
                " what doesn't belong there."
            )
        loader = _Fresh("my_functions", str(file))
        spec = spec_from_loader(loader.name, loader)
        assert spec is not None
        module = module_from_spec(spec)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            with_deadline(loader.exec_module, (module,))
    except _UnusableError:
        raise
    except SyntaxError as error:
        raise _UnusableError(
            f"{file.name} can't be read as Python (line {error.lineno}: {error.msg}), so all is"
            " borrowed; mend that line."
        ) from None
    except OutOfTime:
        raise _UnusableError(
            f"{file.name} doesn't come to an end, so all is borrowed; only functions belong there."
        ) from None
    except BaseException as error:
        raise _UnusableError(
            f"{file.name} can't be run ({type(error).__name__}: {_first_line(error)}), so all is"
            " borrowed; mend or remove what raises it."
        ) from None
    return {
        name: value
        for name, value in vars(module).items()
        if name in BY_NAME and isinstance(value, types.FunctionType)
    }


def _first_line(error: BaseException) -> str:
    try:
        return (str(error).splitlines() or [""])[0][:200]
    except Exception:
        return "something that can't be said"
