"""Runs in Pyodide: what of the course needs no NumPy, where there is no thread and no clock.

One line of JSON: what was seen. NumPy isn't there, so an empty module stands for it, and the
student's package is entered without what it imports.
"""

import json
import os
import signal
import sys
import threading
import types
from pathlib import Path

numpy = types.ModuleType("numpy")
numpy.__file__ = "/nowhere/numpy/__init__.py"
sys.modules["numpy"] = numpy
student = types.ModuleType("course_utils.student")
student.__path__ = ["/course/course_utils/student"]
sys.modules["course_utils.student"] = student

from course_utils.doctor import memory, python, writing  # noqa: E402
from course_utils.learning.deadline import OutOfTime, with_deadline  # noqa: E402
from course_utils.learning.progress import Progress, shared  # noqa: E402


def stopped(source: str) -> bool:
    """Whether an endless function is ended by its deadline."""
    space: dict = {}
    exec(source, space)
    try:
        with_deadline(space["f"], (), 0.2)
    except OutOfTime:
        return True
    return False


os.mkdir("/notebooks")
os.chdir("/notebooks")
progress = shared()
for number in range(3):
    progress.record("exercise", f"e{number}", {"passed": True})
try:
    threading.Thread(target=print).start()
    threads = True
except RuntimeError:
    threads = False
sources = sorted(Path("/course").rglob("*.py"))
for path in sources:
    compile(path.read_text(encoding="utf-8"), str(path), "exec")
print(
    json.dumps(
        {
            "platform": sys.platform,
            "threads": threads,
            "clock": hasattr(signal, "setitimer"),
            "progress": str(progress.path),
            "notices": progress.notices,
            "read again": [e.name for e in Progress(progress.path).entries()],
            "files": sorted(os.listdir("/notebooks")),
            "loop": stopped("def f():\n    while True: pass"),
            "caught": stopped(
                "def f():\n    while True:\n        try: pass\n        except Exception: pass"
            ),
            "comes back": with_deadline(sum, ([1, 2],), 0.2),
            "findings": [str(f) for f in (python(), writing(), memory()) if not f.ok],
            "compiled": len(sources),
        }
    )
)
