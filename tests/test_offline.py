"""Nothing leaves the machine: the package opens no network connection."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import normalise
import pytest

from tests.notebooks.small import notebook

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "course_utils"
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Modules of the standard library, and well-known others, that speak to other machines.
SPEAKS = {
    "ftplib", "http", "imaplib", "nntplib", "poplib", "requests", "httpx", "aiohttp", "smtplib",
    "socket", "socketserver", "ssl", "telnetlib", "urllib", "urllib3", "webbrowser", "xmlrpc",
}  # fmt: skip
# An audit hook sees every connection that Python opens, whoever asks for it, and can't be removed.
GUARD = """\
import sys

_course_seen = []

def _course_guard(event, arguments):
    far = None
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost", ""):
            far = address
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] not in (None, "", "127.0.0.1", "::1", "localhost"):
            far = arguments[0]
    elif event in ("urllib.Request", "http.client.connect", "webbrowser.open"):
        far = arguments
    if far is not None:
        _course_seen.append(f"{event}: {far}")
        raise OSError(f"no connection is allowed here: {far}")

sys.addaudithook(_course_guard)
"""
AFTER = "print('connections:', _course_seen)"


def modules() -> list[str]:
    """Every module of the package."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(PACKAGE.rglob("*.py"))
    ]
    return [name for name in names if not name.endswith("__main__")]


def run(*lines: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "\n".join([GUARD, *lines, AFTER])],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ},
    )  # fmt: skip


def test_importing_everything_opens_no_connection():
    done = run(*(f"import {name}" for name in modules()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("connections: []")


@pytest.mark.parametrize(
    "line",
    [
        "import socket; socket.create_connection(('192.0.2.1', 9), 1)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "from socket import *; socket(type=SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    ],
)
def test_a_connection_is_seen_even_if_its_error_is_swallowed(line):
    done = run("import contextlib", f"with contextlib.suppress(OSError):\n    {line}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("connections: [") and "connections: []" not in done.stdout


def test_the_own_machine_is_no_connection():
    done = run("import socket", "a = socket.create_server(('127.0.0.1', 0))",
               "socket.create_connection(a.getsockname()).close()")  # fmt: skip
    assert done.stdout.strip() == "connections: []", done.stderr


def run_guarded(saved, folder: Path) -> str:
    """Run a notebook between the guard and its report; what the last cell prints."""
    guarded = notebook(GUARD, AFTER)
    saved.cells = [guarded.cells[0], *saved.cells, guarded.cells[1]]
    return str(normalise.execute(saved, folder).cells[-1].outputs[0].text)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_opens_no_connection(path):
    assert run_guarded(normalise.read(path), path.parent) == "connections: []\n"


def test_a_chapter_that_opens_one_is_seen(tmp_path):
    bad = notebook("try:\n    __import__('socket').create_connection(('192.0.2.1', 9))\n"
                   "except OSError:\n    pass")  # fmt: skip
    assert "192.0.2.1" in run_guarded(bad, tmp_path)


def speakers(source: str) -> set[str]:
    """The modules that a source imports and that could speak to other machines."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    found.discard("urllib.parse")  # it only takes addresses apart
    return {name.split(".")[0] for name in found} & SPEAKS


def test_no_module_even_imports_what_could():
    found = {
        str(path.relative_to(ROOT)): names
        for path in sorted(PACKAGE.rglob("*.py"))
        if (names := speakers(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    assert speakers("from urllib.request import urlopen\nimport numpy, socket") == {
        "urllib",
        "socket",
    }
