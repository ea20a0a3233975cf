"""Which cell makes a name: looked up in the notebook that is being run, as it was last saved."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 20_000_000  # a larger notebook isn't read just to help with a name
UNKNOWN = (
    "{name} isn't known yet: an earlier cell makes it. Choose Run → Run All Above Selected Cell"
    " in the menu, then run this cell again."
)
MADE = (
    "{name} isn't known yet: the cell{place} makes it, where it says {line!r}; run that cell"
    " first, then this one again."
)
NOWHERE = (
    "{name} isn't known, and no cell of this notebook makes it: look whether it is spelt right,"
    " or make it first."
)


@dataclass(frozen=True)
class Maker:
    """A cell that makes a name: the ``heading`` above it (or ""), and the ``line`` that does it."""

    heading: str
    line: str


def advice(name: str, run: Sequence[str], folder: Path) -> str:
    """One sentence for a reader who used ``name`` too early.

    ``run`` are the sources of the cells that were run, the last of them just now; the notebook
    is looked for in ``folder``. Where it isn't found the sentence is general.
    """
    cells = _find(run, folder)
    if cells is None:
        return UNKNOWN.format(name=name)
    maker = find_maker(name, cells)
    if maker is None:
        return NOWHERE.format(name=name)
    place = f" under “{maker.heading}”" if maker.heading else " near the top"
    return MADE.format(name=name, place=place, line=maker.line)


def find_maker(name: str, cells: Sequence[tuple[str, str]]) -> Maker | None:
    """The first of a notebook's cells, (type, source), that makes ``name``; None if none does."""
    heading = ""
    for kind, source in cells:
        if kind == "markdown":
            titles = [line for line in source.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ").strip() if titles else heading
        for made, number in _names(source) if kind == "code" else ():
            if made == name:
                return Maker(heading, source.splitlines()[number - 1].strip())
    return None


def _names(source: str) -> Iterator[tuple[str, int]]:
    """The names that a cell makes for later cells, each with its line (from 1)."""
    lines = ["" if line[:1] in ("%", "!") else line for line in source.splitlines()]
    try:
        waiting: list[ast.AST] = list(ast.parse("\n".join(lines)).body)
    except SyntaxError:
        return
    for node in waiting:  # grows while it is read
        number = getattr(node, "lineno", 0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, number
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], number
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, number
        elif not isinstance(node, (ast.Lambda, ast.comprehension)):
            waiting += ast.iter_child_nodes(node)


def _find(run: Sequence[str], folder: Path) -> list[tuple[str, str]] | None:
    """The cells of the notebook in ``folder`` that holds the last cell, and most of the others."""
    best: list[tuple[str, str]] | None = None
    most = 0
    for path in sorted(folder.glob("*.ipynb")):
        cells = _read(path)
        sources = {source.strip() for kind, source in cells if kind == "code"}
        shared = len(sources & {source.strip() for source in run})
        if run and run[-1].strip() in sources and shared > most:
            best, most = cells, shared
    return best


def _read(path: Path) -> list[tuple[str, str]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            return []
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # a damaged notebook helps nobody, and isn't worth a second error
