"""The page for a browser's own Python, built and opened, without any other server.

NumPy for Pyodide is in no package index, so it isn't there: the kernel starts, the course is
installed, progress is kept beside the notebook, and the import of NumPy is where it ends.
"""

from __future__ import annotations

import functools
import http.server
import json
import threading
import zipfile
from pathlib import Path

import pytest

from course_utils.teaching import lite_site
from tests.lite_tools import ROOT, starting_pyodide

pytestmark = [pytest.mark.lite, pytest.mark.browser]
MOST_BYTES = 45_000_000
START_MILLISECONDS = 240_000
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
EXECUTE = """async (code) => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({code});
    const said = [];
    future.onIOPub = ({content}) => said.push(
        content.ename ? `${content.ename}: ${content.evalue}`
                      : content.text ?? content.data?.['text/plain'] ?? '');
    await future.done;
    return said.join('');
}"""
IS_IDLE = "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
# The student's package is entered without NumPy, which it would import.
RECORD = """
import os, sys, types
import course_utils
student = types.ModuleType("course_utils.student")
student.__path__ = [os.path.join(os.path.dirname(course_utils.__file__), "student")]
sys.modules["course_utils.student"] = student
from course_utils.doctor import writing
from course_utils.learning.progress import Progress, shared
shared().record("exercise", "in the page", {"passed": True})
print([e.name for e in Progress(shared().path).entries()], shared().notices, writing().ok)
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite")
    pyodide = starting_pyodide(folder / "pyodide")
    return lite_site.build(folder / "site" / "lite", pyodide, complete=False)


@pytest.fixture(scope="module")
def address(built):
    handler = functools.partial(Quiet, directory=str(built.folder.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_is_built(built):
    assert list(built.chapters) == CHAPTERS
    files = built.folder / "files"
    assert sorted(path.name for path in files.iterdir()) == CHAPTERS
    assert built.size < MOST_BYTES
    settings = json.loads((built.folder / "jupyter-lite.json").read_text(encoding="utf-8"))
    data = settings["jupyter-config-data"]
    kernel = data["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] and kernel["pyodideUrl"] == "./static/pyodide/pyodide.mjs"
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager"} <= {
        extension["name"] for extension in data["federated_extensions"]
    }
    index = json.loads((built.folder / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert {"decoding-llm-training", "ipywidgets", "anywidget", "psygnal", "comm"} <= index.keys()


def test_the_wheel_is_the_course_and_asks_for_no_jupyterlab(built):
    [wheel] = (built.folder / "pypi").glob("decoding_llm_training-*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        [metadata] = [name for name in names if name.endswith("METADATA")]
        needs = [
            line for line in packed.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist") and "extra" not in line
        ]  # fmt: skip
    assert len(needs) == 5 and not any("jupyterlab" in line for line in needs)
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "course_utils").rglob("*")
        if path.is_file() and path.suffix in (".py", ".json", ".safetensors")
    }
    assert sources <= names


def test_the_page_starts_its_kernel_and_keeps_progress_with_no_other_server(
    built, browser, address, screenshots
):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    far: list[str] = []

    def answer(route) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        else:
            far.append(route.request.url)
            route.abort()

    try:
        context.route("**/*", answer)
        page = context.new_page()
        uncaught: list[str] = []
        page.on("pageerror", lambda error: uncaught.append(str(error)))
        page.goto(f"{address}/lite/lab/index.html?path={CHAPTERS[0]}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=START_MILLISECONDS)
        page.wait_for_function(IS_IDLE, timeout=START_MILLISECONDS)
        screenshots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(screenshots) / "lite.png"))
        assert page.evaluate(EXECUTE, "import sys; print(sys.platform)") == "emscripten\n"
        install = f"{lite_site.FETCH} --no-deps"
        assert page.evaluate(EXECUTE, install).strip() == ""
        assert page.evaluate(EXECUTE, RECORD) == "['in the page'] [] True\n"
        there = page.evaluate(
            "async () => (await jupyterapp.serviceManager.contents.get('')).content"
            ".map(file => file.name)"
        )
        assert sorted(there) == sorted([*CHAPTERS, "progress.json"])
        assert "No module named 'numpy'" in page.evaluate(EXECUTE, "import numpy")
        assert far == [] and uncaught == []
    finally:
        context.close()
