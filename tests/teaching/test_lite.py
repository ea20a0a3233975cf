"""A browser's own Python: every package can be had there, and nothing is used that it lacks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pyodide_packages
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course_utils import doctor
from course_utils.learning import progress as progress_module
from course_utils.learning.progress import Progress
from course_utils.teaching import lite_site
from course_utils.teaching.command import CommandError
from course_utils.teaching.repository import starter
from tests.lite_tools import ROOT, core, starting_pyodide
from tests.teaching import guarded

CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KEPT = json.loads((ROOT / "lite" / "pyodide_packages.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
THERE = {
    "python_version": "3.14", "python_full_version": KEPT["python"], "sys_platform": "emscripten",
    "platform_system": "Emscripten", "os_name": "posix", "implementation_name": "cpython",
    "platform_python_implementation": "CPython", "platform_machine": "wasm32", "extra": "",
}  # fmt: skip
FROM_PYODIDE = {canonicalize_name(name): v for name, v in KEPT["packages"].items()}
# JupyterLite's kernel brings an empty one of this name: its content is the page.
STANDS_IN = {"widgetsnbextension": "4.0.999"}


def pinned(names: list[str]) -> dict[str, str]:
    return {canonicalize_name(n): v for n, v in (name.split("==") for name in names)}


def available(start) -> dict[str, str]:
    """Everything that can be installed in the page, by name."""
    return {**FROM_PYODIDE, **pinned(start.LITE_WHEELS), **STANDS_IN}


def unmet(requirements: list[str], there: dict[str, str]) -> list[str]:
    """What of these, and of all that they need in turn, can't be had in the page.

    What Pyodide's packages need is in Pyodide's own list: `lite_site.closure` has followed it.
    """
    todo, seen, found = [Requirement(text) for text in requirements], set(), []
    while todo:
        wanted = todo.pop()
        if wanted.marker is not None and not wanted.marker.evaluate(THERE):
            continue
        name = canonicalize_name(wanted.name)
        if not wanted.specifier.contains(there.get(name, "0"), prereleases=True):
            found.append(f"{wanted}: {there.get(name, 'not there')}")
        elif name not in there:
            found.append(f"{wanted}: not there")
        if name not in seen and name not in FROM_PYODIDE:
            seen.add(name)
            todo += [Requirement(text) for text in metadata.requires(name) or []]
    return found


@pytest.fixture(scope="module")
def start():
    return starter()


def course_needs() -> list[str]:
    needs = [text for text in PROJECT["dependencies"] if not text.startswith("jupyterlab")]
    assert len(needs) == len(PROJECT["dependencies"]) - 1
    return needs


def test_all_that_the_course_needs_can_be_had_in_the_page(start):
    assert unmet(course_needs(), available(start)) == []


@pytest.mark.parametrize(
    ("name", "version"), [("numpy", "2.2.0"), ("psygnal", None), ("typing-extensions", None)]
)
def test_a_package_that_cannot_be_had_is_seen(start, name, version):
    there = available(start)
    if version is None:
        del there[name]
    else:
        there[name] = version
    assert any(fault.startswith(name) for fault in unmet(course_needs(), there))


def test_what_the_page_brings_itself_is_pure_python_and_what_the_course_is_tested_with(start):
    locked = {
        package["name"]: package
        for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    }
    for name, version in pinned(start.LITE_WHEELS).items():
        assert locked[name]["version"] == version
        assert any(w["url"].endswith("-py3-none-any.whl") for w in locked[name]["wheels"]), name
    tools = pinned(start.LITE_PACKAGES)
    for name in ("jupyterlab-widgets", "anywidget"):  # the part on the page, and its other half
        assert tools[name] == pinned(start.LITE_WHEELS)[name]


def test_the_wheels_that_start_the_kernel_are_the_versions_of_pyodides_list(start):
    for name, version in pinned(start.KERNEL_WHEELS).items():
        assert FROM_PYODIDE[name] == version
    assert start.PYODIDE.split("@") == ["pyodide", KEPT["pyodide"]]


def test_the_package_itself_is_pure_python():
    kinds = {path.suffix for path in (ROOT / "course_utils").rglob("*")}
    assert ".py" in kinds and not kinds & {".so", ".pyd", ".dll", ".dylib", ".c", ".pyx"}


@pytest.mark.lite
def test_pyodides_list_is_what_its_own_package_says(tmp_path):
    lock = json.loads((core(tmp_path) / "pyodide-lock.json").read_text(encoding="utf-8"))
    assert pyodide_packages.excerpt(lock, KEPT["pyodide"], KEPT["read"]) == KEPT
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", KEPT["read"])


def guarded_run(folder: Path, *groups: list[Path]) -> list[dict]:
    """What `guarded` reports of some notebooks: the groups run side by side, each in FOLDER."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
    running = [
        subprocess.Popen(
            [sys.executable, guarded.__file__, str(folder), *map(str, group)],
            env={**variables, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for group in groups
    ]  # fmt: skip
    said = [(process.communicate(), process.returncode) for process in running]
    assert [(err[-2000:], status) for (_, err), status in said] == [("", 0)] * len(groups)
    return [json.loads(line) for (out, _), _ in said for line in out.splitlines()]


def made(folder: Path, name: str, *sources: str) -> Path:
    cells = [{"cell_type": "code", "source": [source]} for source in sources]
    (folder / name).write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder / name


def test_no_chapter_needs_a_thread_a_process_or_an_alarm(tmp_path):
    last = made(
        tmp_path, "last.ipynb",
        "from course_utils.learning.progress import shared\n"
        "shared().record('exercise', 'e', {}); assert not shared().notices",
        "from course_utils.learning.deadline import OutOfTime, with_deadline\n"
        "def endless():\n    while True: pass\n"
        "try:\n    with_deadline(endless, (), 0.1)\nexcept OutOfTime: pass\n"
        "else: raise AssertionError",
    )  # fmt: skip
    found = guarded_run(tmp_path, [*CHAPTERS[::2], last], CHAPTERS[1::2])
    assert {one["name"] for one in found} == {path.name for path in (*CHAPTERS, last)}
    assert [one for one in found if one["errors"] or one["tried"]] == []
    # Beside the notebooks, and no lock there.
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last.ipynb", "progress.json"]


def test_what_a_browser_lacks_is_seen(tmp_path):
    lines = {
        "thread": "import threading; threading.Thread(target=print).start()",
        "subprocess": "import subprocess; subprocess.run(['ls'])",
        "process": "import multiprocessing as m; m.Process(target=print).start()",
        "os.fork": "import os; os.fork()",
    }
    swallowed = [f"try:\n    {line}\nexcept RuntimeError: pass" for line in lines.values()]
    alarm = "import signal; signal.setitimer(signal.ITIMER_REAL, 1)"
    [found] = guarded_run(tmp_path, [made(tmp_path, "bad.ipynb", *swallowed, alarm)])
    assert found["tried"] == list(lines)
    assert len(found["errors"]) == 1 and found["errors"][0].startswith("AttributeError")


def test_progress_takes_no_lock_in_a_browser(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module.sys, "platform", "emscripten")
    monkeypatch.setattr(progress_module, "_try_lock", lambda handle: pytest.fail("a lock"))
    progress = Progress(tmp_path / "progress.json")
    progress.record("exercise", "e", {})
    assert [entry.name for entry in Progress(progress.path).entries()] == ["e"]
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_the_doctor_asks_a_browser_for_no_jupyterlab():
    here, there = ({f.name for f in doctor.examine(True, p)} for p in ("linux", "emscripten"))
    assert here - there == {"jupyterlab", "widgets"} and there < here


@pytest.mark.lite
def test_progress_and_deadline_work_in_pyodide_itself(tmp_path):
    script, file = ROOT / "scripts" / "in_pyodide.mjs", Path(__file__).with_name("in_browser.py")
    pyodide = starting_pyodide(tmp_path / "pyodide")
    done = subprocess.run(
        ["node", str(script), str(pyodide), str(file), "pygments"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    sources = list((ROOT / "course_utils").rglob("*.py"))
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "platform": "emscripten", "threads": False, "clock": False,
        "progress": "/notebooks/progress.json", "notices": [], "read again": ["e0", "e1", "e2"],
        "files": ["progress.json"], "loop": True, "caught": True, "comes back": 3, "findings": [],
        "compiled": len(sources),
    }  # fmt: skip


def test_a_chapter_for_the_page_begins_by_fetching_the_course(tmp_path):
    names = lite_site.lay_chapters(tmp_path / "chapters")
    assert names == tuple(path.name for path in CHAPTERS)
    for path in CHAPTERS:
        laid = json.loads((tmp_path / "chapters" / path.name).read_text(encoding="utf-8"))
        code = [cell for cell in laid["cells"] if cell["cell_type"] == "code"]
        assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
        assert "".join(code[0]["source"]).endswith(f"%pip install -q {PROJECT['name']}")
        assert laid["metadata"]["kernelspec"]["name"] == "python"
        first = [
            c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"
        ]
        assert code[1]["source"] == first[0]["source"] and len(code) == len(first) + 1


def a_pyodide(folder: Path, *lacking: str) -> Path:
    folder.mkdir()
    names = (*lite_site.STARTS_WITH, *lite_site.NEEDS, "tornado")
    packages = {
        name: {"depends": ["jedi"] if name == "ipython" else [], "file_name": f"{name}-1.whl",
               "version": "1"}
        for name in names
    }  # fmt: skip
    for name in (*lite_site.CORE, *(f"{name}-1.whl" for name in names)):
        if name not in lacking:
            (folder / name).write_bytes(b"x")
    (folder / lite_site.LOCK).write_text(json.dumps({"packages": packages}), encoding="utf-8")
    return folder


def test_only_what_is_needed_of_pyodide_is_copied(tmp_path):
    lite_site.copy_pyodide(a_pyodide(tmp_path / "p"), tmp_path / "q")
    copied = {path.name for path in (tmp_path / "q").iterdir()}
    assert "numpy-1.whl" in copied and "pyodide.asm.wasm" in copied
    assert "tornado-1.whl" not in copied


@pytest.mark.parametrize(
    ("lacking", "remedy"),
    [("pyodide.mjs", "unpacked folder"), ("numpy-1.whl", "full distribution")],
)
def test_a_pyodide_that_lacks_something_gets_one_sentence(tmp_path, lacking, remedy):
    source = a_pyodide(tmp_path / "p", lacking)
    with pytest.raises(CommandError, match=f"{lacking}.*{remedy}"):
        lite_site.copy_pyodide(source, tmp_path / "q")


def test_missing_tools_and_a_folder_with_something_else_get_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(lite_site, "TOOLS", tmp_path / "none")
    with pytest.raises(CommandError, match=re.escape(lite_site.INSTALL)):
        lite_site.build(tmp_path / "out")
    monkeypatch.setattr(lite_site, "_tools", lambda: Path(sys.executable))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="another folder"):
        lite_site.build(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_the_sites_first_page_gets_one_link(tmp_path):
    page = tmp_path / "index.html"
    assert not lite_site.link(page, "lite/a")
    page.write_text("<p>no such part</p>")
    assert not lite_site.link(page, "lite/a") and page.read_text() == "<p>no such part</p>"
    page.write_text("<main><h1>Course</h1></main><footer></footer>")
    assert lite_site.link(page, "lite/a") and lite_site.link(page, "lite/a")
    assert page.read_text().count('<a href="lite/a">') == 1
    assert page.read_text().endswith("</p>\n</main><footer></footer>")
