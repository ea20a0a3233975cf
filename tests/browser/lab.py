"""A JupyterLab of our own and what a browser sees there: errors that a notebook run swallows.

An exception in a widget's callback shows neither in the cell nor on the console: only the kernel's
messages carry it. So `Watch` reads the WebSocket's frames for the name of an error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import normalise
from nbformat.sign import NotebookNotary

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
OUTPUT = ".jp-OutputArea-output"
START_SECONDS = 60
RUN_MILLISECONDS = 120_000


def chromium() -> str | None:
    """The browser's path, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def axe_source() -> str:
    """axe-core's own script, as the package axe-playwright-python carries it.

    The environment variable COURSE_AXE may name another version's file.
    """
    named = os.environ.get("COURSE_AXE")
    if named:
        return Path(named).read_text(encoding="utf-8")
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None and package.submodule_search_locations
    [script] = Path(package.submodule_search_locations[0]).rglob("axe*.js")
    return script.read_text(encoding="utf-8")


class Lab:
    """A JupyterLab on a free port, with folders of its own; notebooks live in ``root``.

    ``progress`` is where its notebooks keep what was done.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir(parents=True)
        environment = normalise.isolated_environment(folder / "jupyter")
        self._data = Path(environment["JUPYTER_DATA_DIR"])
        self.progress = Path(environment["COURSE_PROGRESS"])
        settings = Path(environment["JUPYTERLAB_SETTINGS_DIR"])
        self._set(settings, "notebook-extension/tracker", windowingMode="none")
        self._set(settings, "docmanager-extension/plugin", autosave=False)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "lab.log").open("w+")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                *("--IdentityProvider.token=", "--LabApp.news_url="),
                *("--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={self.root}"),
            ],
            env={**os.environ, **environment, "COURSE_HOME": str(folder / "home")},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    @staticmethod
    def _set(settings: Path, plugin: str, **values: object) -> None:
        path = settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/api", timeout=2):
                return
            time.sleep(0.2)
        self._log.seek(0)
        said = self._log.read()
        self.close()
        raise RuntimeError(f"JupyterLab didn't start:\n{said[-3000:]}")

    def put(self, notebook: nbformat.NotebookNode, trusted: bool) -> str:
        """Save a notebook for the server, signed if it's to be trusted; its path there."""
        name = f"{secrets.token_hex(4)}.ipynb"
        if trusted:
            notary = NotebookNotary(data_dir=str(self._data))
            notary.sign(notebook)
            notary.store.close()
        # Trust is no part of the file: without a signature the browser strips what is active.
        nbformat.write(notebook, self.root / name)
        return name

    def close(self) -> None:
        """Stop the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


@dataclass
class Watch:
    """Everything that went wrong on a page since it was opened."""

    console: list[str] = field(default_factory=list)
    kernel: list[str] = field(default_factory=list)

    def follow(self, page) -> None:
        """Listen to the page's console, its uncaught errors and its kernels' messages."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        page.on("websocket", lambda ws: ws.on("framereceived", self._on_frame))

    def _on_console(self, message) -> None:
        if message.type == "error":
            self.console.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_frame(self, payload: str | bytes) -> None:
        text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
        found = re.search(r'"ename"\s*:\s*"([^"]*)"', text)
        if found:
            value = re.search(r'"evalue"\s*:\s*"([^"]*)"', text)
            self.kernel.append(f"{found[1]}: {value[1] if value else ''}")


class Chapter:
    """One notebook, open in the browser."""

    def __init__(self, page, lab: Lab, notebook: nbformat.NotebookNode, trusted: bool) -> None:
        self.page, self.lab = page, lab
        self.watch = Watch()
        self.watch.follow(page)
        lab.progress.unlink(missing_ok=True)  # each notebook begins with nothing done
        self.name = lab.put(notebook, trusted)
        page.goto(f"{lab.url}/lab/workspaces/{Path(self.name).stem}/tree/{self.name}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self._idle()

    def close(self) -> None:
        """Shut the notebook's kernel down, so that it costs the next one nothing."""
        self.page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")

    def _idle(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=RUN_MILLISECONDS,
        )

    def settle(self) -> None:
        """Wait until the kernel has answered everything that was sent to it so far."""
        self.page.evaluate(
            "async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel"
            ".requestKernelInfo(); }"
        )
        self._idle()
        self.page.wait_for_timeout(60)

    def run_all(self) -> None:
        """Run all cells; done when each input prompt shows a number."""
        self.page.evaluate(
            "async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); }"
        )
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')].every(
                cell => !cell.querySelector('.cm-content')?.innerText.trim()
                    || /\\[\\d+\\]/.test(cell.querySelector('.jp-InputPrompt')?.innerText))""",
            timeout=RUN_MILLISECONDS,
        )
        self.settle()

    def unfold(self) -> None:
        """Open every folded part: headings with the cells below them, and details in a cell."""
        self.page.evaluate(
            """async () => {
                await jupyterapp.commands.execute('notebook:expand-all-headings');
                for (const e of document.querySelectorAll('.jp-Notebook details')) e.open = true;
            }"""
        )
        self.page.wait_for_timeout(200)

    def theme(self, name: str) -> None:
        """Switch to the light or the dark theme."""
        self.page.evaluate(
            "async theme => { await jupyterapp.commands.execute("
            "'apputils:change-theme', {theme}); }",
            THEMES[name],
        )
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light",
            arg="true" if name == "light" else "false",
        )
        self.page.wait_for_timeout(300)

    def errors(self) -> list[str]:
        """The error outputs that can be seen, and what the browser's widgets say of errors."""
        return self.page.evaluate(
            """() => {
                const found = [...document.querySelectorAll(
                    '.jp-Notebook [data-mime-type="application/vnd.jupyter.error"],'
                    + '.jp-Notebook [data-mime-type="application/vnd.jupyter.stderr"]'
                )].map(e => e.innerText);
                for (const e of document.querySelectorAll('.jp-Notebook .jp-OutputArea-output'))
                    if (/Error (displaying|creating) widget|model not found|Loading widget/
                        .test(e.innerText)) found.push(e.innerText);
                return found;
            }"""
        )

    def pictures(self) -> list[dict]:
        """Each picture in the notebook: its text alternative, and its width (0 if it's broken)."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.jp-Notebook .jp-Cell img')].map(
                i => ({alt: i.alt, width: i.complete ? i.naturalWidth : 0,
                       seen: i.getClientRects().length > 0}))"""
        )

    def axe(self, source: str) -> list[str]:
        """axe-core's violations within the outputs, one line for each element."""
        self.page.evaluate(source)
        violations = self.page.evaluate(
            "async where => document.querySelector(where)"
            " ? (await axe.run({include: [[where]]}, {resultTypes: ['violations']})).violations"
            " : []",
            OUTPUT,
        )
        return [
            f"{violation['id']} ({violation['help']}): {node['html'][:200]}"
            for violation in violations
            for node in violation["nodes"]
        ]

    def screenshot(self, path: Path) -> None:
        """Save the whole notebook as a picture, however long it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        height = self.page.evaluate(
            "() => Math.max(...[...document.querySelectorAll("
            "'.jp-WindowedPanel-outer, .jp-Notebook')].map(e => e.scrollHeight)) + 150"
        )
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": before["width"], "height": min(int(height), 30_000)})
        self.page.wait_for_timeout(200)
        self.page.evaluate(
            "document.querySelectorAll('.jp-WindowedPanel-outer')"
            ".forEach(e => { e.scrollTop = 0; })"
        )
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(before)
