"""`python -m course_utils.teaching lite OUT`: the course for a browser's own Python (JupyterLite).

JupyterLite's own tools build the page, in an environment of their own (`python3 start.py lite`).
What is ours: the course as a wheel, the chapters without results, each with a first cell that
fetches this wheel, and, where a folder with Pyodide is named, just the part of it that is needed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from course_utils.teaching.command import CommandError, Parser
from course_utils.teaching.repository import ROOT, copy_sources, starter

TOOLS, CONFIGURATION = ROOT / ".lite", ROOT / "lite"
INSTALL = "python3 start.py lite"
FETCH = "%pip install -q decoding-llm-training"
FETCH_CELL = f"# Fetches the course into this page, once after each start of the kernel.\n{FETCH}"
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# What is loaded before the first cell, and the course's own needs.
STARTS_WITH = ("micropip", "jedi", "ipython")
NEEDS = ("numpy", "matplotlib", "safetensors", "typing-extensions")
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
MEGABYTE = 1_000_000
INDEX, MAIN_END = "index.html", "</main>"


@dataclass(frozen=True)
class Built:
    """What was built: the ``folder``, its files, their size in bytes, the chapters in it."""

    folder: Path
    files: int
    size: int
    chapters: tuple[str, ...]


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching lite",
        description="The course for a browser's own Python: a folder for any web server.",
    )
    made.add_argument("out", metavar="OUT", help="the site's folder; this part goes to OUT/lite")
    made.add_argument(
        "--pyodide", metavar="FOLDER", type=Path,
        help="Pyodide's distribution, unpacked: what is needed of it is copied, and the page then"
        " fetches nothing from other servers (without: Pyodide comes from cdn.jsdelivr.net)",
    )  # fmt: skip
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Build into OUT/lite; 0 when done. Raises `CommandError` with a sentence."""
    screen = sys.stdout if out is None else out
    options = parser().parse_args(given)
    built = build(Path(options.out) / "lite", options.pyodide)
    if link(Path(options.out) / INDEX, f"lite/lab/index.html?path={built.chapters[0]}"):
        print(f"{Path(options.out) / INDEX} has a link to it.", file=screen)
    print(
        f"{built.folder}: {len(built.chapters)} chapters, {built.files} files,"
        f" {built.size / MEGABYTE:.1f} MB. It needs a web server, as it won't start from a folder:"
        f" `{sys.executable} -m http.server --directory {Path(options.out)}`,"
        f" then http://localhost:8000/lite/lab/index.html?path={built.chapters[0]}",
        file=screen,
    )
    return 0


def build(folder: Path, pyodide: Path | None = None, *, complete: bool = True) -> Built:
    """Build the page into ``folder``, replacing an earlier one.

    With ``complete`` False a Pyodide that lacks packages will do: its kernel starts, and an import
    of what is missing fails. Raises `CommandError` if the tools, the course's sources or
    something of Pyodide are missing, or if the folder holds something else.
    """
    python = _tools()
    if folder.exists() and any(folder.iterdir()) and not (folder / "jupyter-lite.json").exists():
        raise CommandError(f"{folder} holds something else; name another folder.")
    with tempfile.TemporaryDirectory(prefix="course-lite-") as place:
        work = Path(place)
        shutil.copytree(CONFIGURATION, work / "lite")
        if pyodide is not None:
            copy_pyodide(pyodide, work / "lite" / "static" / "pyodide", complete)
        chapters = lay_chapters(work / "chapters")
        wheels = [make_wheel(work / "wheel", python), *sorted((TOOLS / "wheels").glob("*.whl"))]
        site = work / "site"
        command = [
            str(python), "-m", "jupyterlite_core", "build", "--lite-dir", str(work / "lite"),
            "--output-dir", str(site), "--contents", str(work / "chapters"),
            *(part for wheel in wheels for part in ("--piplite-wheels", str(wheel))),
        ]  # fmt: skip
        _run(command, work)
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site, folder)
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Built(folder, len(sizes), sum(sizes), chapters)


def link(page: Path, target: str) -> bool:
    """Add a link to the site's first page, once; False if there is no such page to add it to."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    if MAIN_END not in text:
        return False
    if target not in text:
        line = f'<p><a href="{target}">Run the course in this browser</a> (from a web server)</p>'
        before, end, after = text.rpartition(MAIN_END)
        page.write_text(f"{before}{line}\n{end}{after}", encoding="utf-8")
    return True


def _tools() -> Path:
    """The Python of the build tools."""
    if not CONFIGURATION.is_dir() or not (ROOT / "start.py").exists():
        raise CommandError("This is built from the course's own folder: clone it and run it there.")
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    if not (TOOLS / inside).exists() or not (TOOLS / "wheels").is_dir():
        raise CommandError(f"The build tools are missing; run `{INSTALL}` first.")
    return TOOLS / inside


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-15:]
        raise CommandError("The build failed; the tools said:\n" + "\n".join(said))


def make_wheel(folder: Path, python: Path) -> Path:
    """The course as a wheel in ``folder``, from a copy of its sources.

    It doesn't ask for JupyterLab, which there is the page itself.
    """
    source = folder / "source"
    copy_sources(source)
    project = (source / "pyproject.toml").read_text(encoding="utf-8")
    less, left_out = re.subn(r'^\s*"jupyterlab[>=][^"]*",\n', "", project, flags=re.M)
    if left_out != 1:
        raise CommandError("pyproject.toml doesn't name JupyterLab on a line of its own any more.")
    (source / "pyproject.toml").write_text(less, encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    _run([str(python), "-m", "pip", "wheel", *options, "--wheel-dir", ".", "./source"], folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def lay_chapters(folder: Path) -> tuple[str, ...]:
    """The chapters without results, each with a first cell that fetches the course; their names."""
    start = starter()
    folder.mkdir(parents=True)
    names = []
    for chapter in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = start.without_outputs(chapter.read_text(encoding="utf-8"))
        laid = json.dumps(for_browser(json.loads(text)), indent=1, ensure_ascii=False) + "\n"
        (folder / chapter.name).write_text(laid, encoding="utf-8")
        names.append(chapter.name)
    return tuple(names)


def for_browser(notebook: dict[str, Any]) -> dict[str, Any]:
    """The same notebook for the browser's kernel, its first code cell fetches the course."""
    cells = list(notebook["cells"])
    first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    fetch: dict[str, Any] = {
        "cell_type": "code", "id": "fetch-the-course", "metadata": {}, "execution_count": None,
        "outputs": [], "source": FETCH_CELL.splitlines(keepends=True),
    }  # fmt: skip
    cells.insert(first, fetch)
    return {**notebook, "cells": cells, "metadata": {**notebook["metadata"], "kernelspec": KERNEL}}


def closure(packages: dict[str, Any], names: Iterable[str]) -> list[str]:
    """These packages of a lock and all that they need, each once, sorted by key."""
    keys = {name.replace("_", "-").lower(): name for name in packages}
    todo, found = [name.replace("_", "-").lower() for name in names], set()
    while todo:
        name = todo.pop()
        if name not in keys:
            raise CommandError(f"This Pyodide has no package {name}; take another version of it.")
        if name not in found:
            found.add(name)
            needs = packages[keys[name]]["depends"]
            todo += [other.replace("_", "-").lower() for other in needs]
    return sorted(keys[name] for name in found)


def copy_pyodide(source: Path, target: Path, complete: bool = True) -> None:
    """Copy Pyodide's core and just the packages that the course needs.

    Raises `CommandError` if the folder isn't Pyodide's, or if ``complete`` and a package is
    missing.
    """
    missing = [name for name in (*CORE, LOCK) if not (source / name).is_file()]
    if missing:
        raise CommandError(f"{source} lacks {', '.join(missing)}; name Pyodide's unpacked folder.")
    lock = json.loads((source / LOCK).read_text(encoding="utf-8"))
    wanted = closure(lock["packages"], (*STARTS_WITH, *NEEDS))
    names = [lock["packages"][key]["file_name"] for key in wanted]
    lacking = [name for name in names if not (source / name).is_file()]
    if lacking and complete:
        raise CommandError(
            f"{source} lacks {', '.join(lacking)}; take the full distribution, not the core."
        )
    target.mkdir(parents=True)
    for name in (*CORE, LOCK, *(name for name in names if name not in lacking)):
        shutil.copy(source / name, target / name)
