"""Runs notebooks' cells as a browser's Python would have to: no thread, process or alarm clock.

    python tests/teaching/guarded.py FOLDER chapter.ipynb …

Prints one line of JSON for each notebook: the errors of its cells, and what was tried that isn't
there. The cells run in FOLDER, in IPython's own shell, without a kernel.
"""

from __future__ import annotations

import _thread
import json
import multiprocessing.process
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

TRIED: list[str] = []


def refuse(name: str):
    def refused(*_: object, **__: object) -> None:
        TRIED.append(name)  # even if the error is swallowed
        raise RuntimeError(f"there is no {name} in a browser's Python")

    return refused


def guard() -> None:
    """Take away what a browser's Python lacks; must come before the course is imported."""
    sysconfig.get_config_vars()  # remembered: this Python has no such file for the other platform
    import matplotlib.font_manager  # noqa: F401  (a timer guards its first, slow search for fonts)

    sys.platform = "emscripten"
    threading.Thread.start = refuse("thread")
    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        if hasattr(_thread, name):
            setattr(_thread, name, refuse("thread"))
    multiprocessing.process.BaseProcess.start = refuse("process")
    subprocess.Popen.__init__ = refuse("subprocess")
    for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "popen"):
        if hasattr(os, name):
            setattr(os, name, refuse(f"os.{name}"))
    for name in ("setitimer", "alarm", "pthread_kill"):  # the course asks whether they are there
        if hasattr(signal, name):
            delattr(signal, name)


def run(path: Path) -> dict[str, object]:
    """The errors of a notebook's code cells, run in a new shell."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    settings = Config()
    settings.HistoryManager.enabled = False  # it saves in a thread; Pyodide's kernel does without
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=settings)
    shell.display_formatter.active_types = ["text/plain", "text/html"]
    TRIED.clear()
    errors = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            done = shell.run_cell("".join(cell["source"]), silent=False)
            if not done.success:
                error = done.error_in_exec or done.error_before_exec
                errors.append(f"{type(error).__name__}: {error}")
    return {"name": path.name, "errors": errors, "tried": list(TRIED)}


if __name__ == "__main__":
    guard()
    os.chdir(sys.argv[1])
    from course_utils.figures import canvas

    canvas.DPI = 40  # small pictures: drawing them is most of the time
    notebooks = [Path(name).resolve() for name in sys.argv[2:]]
    report = os.fdopen(os.dup(1), "w")
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for notebook in notebooks:
        print(json.dumps(run(notebook)), file=report, flush=True)
