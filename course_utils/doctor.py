"""Is this computer ready for the course? One finding for each thing, with its remedy."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

NEEDED = {
    "anywidget": "0.9.18",
    "numpy": "2.3",
    "matplotlib": "3.10",
    "ipywidgets": "8.1.7",
    "jupyterlab": "4.4",
    "safetensors": "0.7",
}
OLDEST, FIRST_UNKNOWN = (3, 11), (3, 15)
FONT = "DejaVu Sans"
MEGABYTE = 1024 * 1024
LEAST_MEMORY = 500 * MEGABYTE
REINSTALL = "run `python3 start.py` again from the course's folder"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, what was seen, and what to do if not."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        if self.ok:
            return f"ok       {self.name}: {self.detail}"
        return f"PROBLEM  {self.name}: {self.detail}; {self.remedy}."


def numbers(text: str) -> tuple[int, ...]:
    """A version's leading numbers: "8.1.7rc1" → (8, 1, 7)."""
    match = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def python(found: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Is this Python neither too old nor untried?"""
    text = ".".join(map(str, found))
    ok = OLDEST <= found[:2] < FIRST_UNKNOWN
    return Finding("Python", ok, text, "use Python 3.11, 3.12, 3.13 or 3.14")


def package(name: str, least: str, load: bool = True) -> Finding:
    """Is the package there, new enough, and (with ``load``) can it be imported?"""
    try:
        found = version(name)
        if numbers(found) < numbers(least):
            return Finding(name, False, f"{found} is older than {least}", REINSTALL)
        if load:
            importlib.import_module(name)
    except PackageNotFoundError:
        return Finding(name, False, "isn't installed", REINSTALL)
    except Exception as error:  # whatever a broken installation raises
        return Finding(name, False, f"can't be imported ({error})", REINSTALL)
    return Finding(name, True, found)


def widgets() -> Finding:
    """Does JupyterLab find the part of ipywidgets that runs in the browser?"""
    try:
        files = distribution("jupyterlab_widgets").files or []
        there = any(
            "labextensions" in file.parts
            and file.name == "package.json"
            and Path(str(file.locate())).exists()
            for file in files
        )
    except PackageNotFoundError:
        there = False
    detail = "the browser's part is installed" if there else "the browser's part is missing"
    return Finding("widgets", there, detail, REINSTALL)


def fonts(family: str = FONT) -> Finding:
    """Does matplotlib find the font that the pictures are drawn in?"""
    try:
        from matplotlib import font_manager

        path = font_manager.findfont(family, fallback_to_default=False)
    except Exception as error:  # matplotlib missing, or the font
        return Finding("fonts", False, f"{family} wasn't found ({error})".split("\n")[0], REINSTALL)
    return Finding("fonts", True, f"{family} ({Path(path).name})")


def writing(folder: str | os.PathLike[str] = ".") -> Finding:
    """May the course write beside the notebook?"""
    try:
        # With a name: what has none can't be written in a browser's Python.
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        remedy = "copy the course to a folder of your own and start it there"
        return Finding("writing", False, f"this folder can't be written ({error.strerror})", remedy)
    return Finding("writing", True, "this folder can be written")


def free_memory() -> int | None:
    """Free memory in bytes, or None where the system doesn't tell."""
    try:
        if sys.platform.startswith("linux"):
            found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text())
            return int(found[1]) * 1024 if found else None
        if sys.platform == "darwin":
            text = subprocess.run(["vm_stat"], capture_output=True, text=True, check=True).stdout
            size = re.search(r"page size of (\d+) bytes", text)
            pages = re.findall(r"Pages (?:free|inactive|speculative):\s+(\d+)\.", text)
            return sum(map(int, pages)) * int(size[1]) if size and pages else None
        if sys.platform == "win32":
            import ctypes

            status = (ctypes.c_ulonglong * 8)()
            status[0] = 64  # its length in bytes, in the first four of them
            ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
            return int(status[2])
    except (OSError, subprocess.SubprocessError, AttributeError):
        return None
    return None


def memory(free: int | None = None) -> Finding:
    """Is enough memory free?"""
    free = free_memory() if free is None else free
    if free is None:
        return Finding("memory", True, "this system doesn't say how much is free")
    remedy = f"close other programs until {LEAST_MEMORY // MEGABYTE} MB are free"
    return Finding("memory", free >= LEAST_MEMORY, f"{free // MEGABYTE} MB free", remedy)


def examine(quick: bool = False, platform: str = sys.platform) -> list[Finding]:
    """Look at everything that the course needs.

    A notebook asks for a ``quick`` look: to import JupyterLab, as its own process has done, would
    take seconds. In a browser's Python, JupyterLab and the widgets' other part are the page.
    """
    in_page = platform == "emscripten"
    packages = [
        package(name, least, load=not (quick and name == "jupyterlab"))
        for name, least in NEEDED.items()
        if not (in_page and name == "jupyterlab")
    ]
    beside = [] if in_page else [widgets()]
    return [python(), *packages, *beside, fonts(), writing(), memory()]


def main() -> int:
    """Print one line for each finding; 0 if all is well, 1 if not."""
    findings = examine()
    print(*findings, sep="\n")
    return 0 if all(finding.ok for finding in findings) else 1
