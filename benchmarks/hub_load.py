"""What a class needs of a hub: users who open chapter 0, run all cells and train at the same time.

    .class/bin/python -m benchmarks.hub_load              10, then 25; HUB.md, hub.json
    .class/bin/python -m benchmarks.hub_load --users 3 --dry       prints, writes nothing
    .class/bin/python -m benchmarks.hub_load --users 1 --chapter 06_graduation.ipynb --dry

It starts the hub of hub/local_config.py on a free port of 127.0.0.1, in a folder of its own that
goes at the end, and asks nothing of any other machine. Each user goes a browser's way: logs in,
has a server started, opens the chapter, runs its cells over the kernel's WebSocket, and presses
Play; all press it at the same moment. Memory is looked at every two seconds, over all of a user's
processes: PSS (what is shared counts by its share) and RSS (shared memory counts for each process
anew). Linux only. It ends by itself when the minutes are over, or when the machine has less than
`LEAST_FREE` left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from benchmarks.training_speed import machine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RECORD, REPORT = HERE / "hub.json", HERE / "HUB.md"
CHAPTER = "00_start_here.ipynb"
MOST_USERS = 40
LEAST_FREE = 2 << 30  # bytes of memory that stay free, or the run ends
LOOK = 2.0  # seconds between two looks at the memory
MEGABYTE = 1e6


class RunError(Exception):
    """What went wrong for a user, in one sentence."""


@contextlib.contextmanager
def running_hub(
    folder: Path, password: str, python: str = sys.executable
) -> Iterator[tuple[str, psutil.Process]]:
    """Start the local hub; yields its address and its process. Nothing of it is left afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {
        **os.environ,
        "COURSE_HUB_FOLDER": str(folder / "hub"),
        "COURSE_HUB_PASSWORD": password,
        "COURSE_HUB_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    log = (folder / "hub.log").open("w+")
    command = [python, "-m", "jupyterhub", "-f", str(ROOT / "hub" / "local_config.py")]
    process = psutil.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(720):
            if process.poll() is not None:
                break
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/hub/health", trust_env=False).status_code == 200:
                    break
            time.sleep(0.25)
        else:
            raise RunError("The hub didn't come up within three minutes.")
        if process.poll() is not None:
            log.seek(0)
            raise RunError(f"The hub ended at once:\n{log.read()[-2000:]}")
        yield url, process
    finally:
        log.flush()
        left = [*process.children(recursive=True), process] if process.is_running() else []
        if process.poll() is None:
            process.terminate()
        # A hub ends its servers and its proxy; whatever doesn't end in time is killed.
        _, alive = psutil.wait_procs(left, timeout=20)
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        log.close()


class Memory:
    """The highest memory of each user, and of the hub with its proxy, in bytes."""

    def __init__(self, hub: psutil.Process) -> None:
        self.hub = hub
        self.users: dict[str, dict[str, int]] = {}
        self.rest = self.all = 0
        self.begun, self.busy = time.perf_counter(), busy_seconds()
        self.least_free = psutil.virtual_memory().available

    async def watch(self) -> None:
        """Look again and again; raises `RunError` when the machine's memory runs out."""
        while True:
            await asyncio.to_thread(self.look)
            if self.least_free < LEAST_FREE:
                raise RunError("The machine's memory runs out; take fewer users.")
            await asyncio.sleep(LOOK)

    def tree(self) -> list[psutil.Process]:
        """The hub, its proxy, all servers and all kernels."""
        return [self.hub, *self.hub.children(recursive=True)]

    def spent(self, owner: str | None = None) -> float:
        """The seconds of a processor that a user's processes have used, or all of the hub's."""
        seconds = 0.0
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if owner in (None, process.environ().get("JUPYTERHUB_USER")):
                    seconds += sum(process.cpu_times()[:2])
        return seconds

    def others(self) -> float:
        """How many processors' worth of other work each core had since this began."""
        ours = self.spent() + sum(psutil.Process().cpu_times()[:2])
        elapsed = (time.perf_counter() - self.begun) * (os.cpu_count() or 1)
        return max(0.0, busy_seconds() - self.busy - ours) / elapsed

    def look(self) -> None:
        """One look at all processes."""
        now: dict[str, dict[str, int]] = {}
        rest = 0
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                memory = process.memory_full_info()
                owner = process.environ().get("JUPYTERHUB_USER")
                if owner is None:
                    rest += memory.pss
                    continue
                mine = now.setdefault(owner, {"pss": 0, "rss": 0})
                mine["pss"] += memory.pss
                mine["rss"] += memory.rss
        for name, mine in now.items():
            kept = self.users.setdefault(name, {"pss": 0, "rss": 0})
            for kind, value in mine.items():
                kept[kind] = max(kept[kind], value)
        self.rest = max(self.rest, rest)
        self.all = max(self.all, rest + sum(mine["pss"] for mine in now.values()))
        self.least_free = min(self.least_free, psutil.virtual_memory().available)


def busy_seconds() -> float:
    """The seconds that this machine's processors have worked, all together."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def unpack(frame: str | bytes) -> dict[str, Any]:
    """A kernel's message as it comes over the WebSocket, without its buffers."""
    if isinstance(frame, bytes):
        first, second = (int.from_bytes(frame[i : i + 4], "big") for i in (4, 8))
        count = int.from_bytes(frame[:4], "big")
        frame = frame[first : second if count > 1 else len(frame)]
    found: dict[str, Any] = json.loads(frame)
    return found


@dataclass
class Kernel:
    """One kernel's WebSocket; ``models`` are the widgets that it made, by their id."""

    socket: WebSocketClientConnection
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    session: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a message on the shell channel; returns its id."""
        name = uuid.uuid4().hex
        header = {
            "msg_id": name, "msg_type": kind, "session": self.session, "username": "",
            "version": "5.3", "date": "",
        }  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self.socket.write_message(json.dumps({**message, "channel": "shell"}))
        return name

    async def read(self) -> dict[str, Any]:
        """The next message; notes what it says of widgets. Raises `RunError` at an end."""
        frame = await self.socket.read_message()
        if frame is None:
            raise RunError("The kernel's connection was closed.")
        message = unpack(frame)
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "comm_open":
            self.models[content["comm_id"]] = dict(content["data"].get("state", {}))
        elif kind == "comm_msg":
            model = self.models.get(content["comm_id"])
            if model is not None and content["data"].get("method") == "update":
                model.update(content["data"].get("state", {}))
        if kind == "error":
            raise RunError(f"{content['ename']}: {content['evalue']}")
        return message

    async def run(self, source: str) -> None:
        """Run a cell to its end. Raises `RunError` if it fails."""
        asked = await self.send("execute_request", {"code": source, "allow_stdin": False})
        replied = idle = False
        while not (replied and idle):
            message = await self.read()
            if message["parent_header"].get("msg_id") == asked:
                kind = message["header"]["msg_type"]
                replied |= kind == "execute_reply"
                idle |= kind == "status" and message["content"]["execution_state"] == "idle"

    async def press_play(self, pictures: int | None = None) -> None:
        """Press the button that says Play, and wait until it comes up by itself.

        With ``pictures`` it is pressed again after so many new ones: a part of the training.
        """
        found = [name for name, model in self.models.items() if model.get("description") == "Play"]
        if not found:
            raise RunError("The chapter has no button Play.")
        play = self.models[found[0]]
        await self._toggle(found[0], True)
        while play["description"] != "Pause":
            await self.read()
        while pictures and play["description"] == "Pause":
            message = await self.read()
            pictures -= "data:image/png" in json.dumps(message["content"])
            if not pictures:
                await self._toggle(found[0], False)
        while play["description"] != "Play":
            await self.read()

    async def close(self) -> None:
        """Say goodbye, and wait until the other side has said it, too."""
        self.socket.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while await self.socket.read_message() is not None:
                    pass

    async def _toggle(self, name: str, down: bool) -> None:
        data = {"method": "update", "state": {"value": down}, "buffer_paths": []}
        await self.send("comm_msg", {"comm_id": name, "data": data})


class Gate:
    """Opens when so many have come; who failed on the way counts as come."""

    def __init__(self, count: int) -> None:
        self.left, self._open = count, asyncio.Event()

    def come(self) -> None:
        """One more is here, or won't come."""
        self.left -= 1
        if self.left <= 0:
            self._open.set()

    async def wait(self) -> None:
        """Wait for all the others."""
        await self._open.wait()


@dataclass
class User:
    """One user of the hub, and how long each thing took, in seconds."""

    name: str
    hub: str
    took: dict[str, float] = field(default_factory=dict)
    failure: str = ""

    @contextlib.asynccontextmanager
    async def timed(self, what: str) -> AsyncIterator[None]:
        """Note the seconds of what stands inside."""
        begun = time.perf_counter()
        yield
        self.took[what] = time.perf_counter() - begun

    async def study(
        self, password: str, chapter: str, together: Gate, memory: Memory,
        pictures: int | None = None,
    ) -> None:  # fmt: skip
        """All that a user does. What goes wrong becomes ``failure``."""
        came = False
        try:
            async with httpx.AsyncClient(base_url=self.hub, timeout=180, trust_env=False) as web:
                begun = time.perf_counter()
                await self.log_in(web, password)
                async with self.timed("server"):
                    await self.start_server(web)
                async with self.timed("cells"):
                    kernel = await self.open(web, chapter)
                self.took["ready"] = time.perf_counter() - begun
                self.took["processor, ready"] = memory.spent(self.name)
                came = True
                together.come()
                await together.wait()
                try:
                    if chapter == CHAPTER:
                        async with self.timed("training"):
                            await kernel.press_play(pictures)
                        spent = memory.spent(self.name) - self.took["processor, ready"]
                        self.took["processor, training"] = spent
                finally:
                    await kernel.close()
        except Exception as error:  # whatever it was, this user didn't get through
            self.failure = f"{type(error).__name__}: {error}"
        finally:
            if not came:
                together.come()

    async def log_in(self, web: httpx.AsyncClient, password: str) -> None:
        """Log in by the hub's own form, then ask for a token as a page's script would."""
        page = await web.get("/hub/login")
        page.raise_for_status()
        form = {"username": self.name, "password": password, "_xsrf": web.cookies["_xsrf"]}
        await web.post("/hub/login", data=form, follow_redirects=False)
        headers = {"X-XSRFToken": str(web.cookies.get("_xsrf", path="/hub/"))}
        answer = await web.post(f"/hub/api/users/{self.name}/tokens", headers=headers, json={})
        answer.raise_for_status()
        web.headers["Authorization"] = f"token {answer.json()['token']}"
        web.cookies.clear()

    async def start_server(self, web: httpx.AsyncClient) -> None:
        """Have the server started, and wait until the hub calls it ready."""
        answer = await web.post(f"/hub/api/users/{self.name}/server")
        answer.raise_for_status()
        for _ in range(360):
            answer = await web.get(f"/hub/api/users/{self.name}")
            answer.raise_for_status()
            if answer.json()["servers"].get("", {}).get("ready"):
                return
            await asyncio.sleep(0.5)
        raise RunError("The server wasn't ready within three minutes.")

    async def cells(self, web: httpx.AsyncClient, chapter: str) -> list[str]:
        """The chapter's code as the hub laid it. Raises `RunError` if there are results."""
        answer = await web.get(f"/user/{self.name}/api/contents/my_course/{chapter}")
        answer.raise_for_status()
        found = [c for c in answer.json()["content"]["cells"] if c["cell_type"] == "code"]
        if any(cell["outputs"] for cell in found):
            raise RunError("The chapter shows results before they are predicted.")
        return [cell["source"] for cell in found]

    async def open(self, web: httpx.AsyncClient, chapter: str) -> Kernel:
        """Open the chapter, and run all its cells."""
        cells = await self.cells(web, chapter)
        base, path = f"/user/{self.name}/api", f"my_course/{chapter}"
        asked = {
            "path": path, "name": chapter, "type": "notebook", "kernel": {"name": "python3"},
        }  # fmt: skip
        answer = await web.post(f"{base}/sessions", json=asked)
        answer.raise_for_status()
        address = (
            f"{self.hub.replace('http', 'ws', 1)}{base}/kernels/{answer.json()['kernel']['id']}"
        )
        request = HTTPRequest(
            f"{address}/channels", headers={"Authorization": web.headers["Authorization"]},
            connect_timeout=180, request_timeout=180,
        )  # fmt: skip
        kernel = Kernel(await websocket_connect(request, max_message_size=1 << 28))
        try:
            for cell in cells:
                await kernel.run(cell)
        except Exception:
            await kernel.close()
            raise
        return kernel


async def study_together(
    url: str,
    hub: psutil.Process,
    password: str,
    count: int,
    chapter: str,
    minutes: float,
    pictures: int | None = None,
) -> dict[str, Any]:
    """Let so many users study at the same time; returns what was measured.

    With ``pictures`` each trains only until it has sent so many.
    """
    users = [User(f"user{number:02}", url) for number in range(1, count + 1)]
    together = Gate(count)
    memory = Memory(hub)
    watch = asyncio.ensure_future(memory.watch())
    work = asyncio.gather(
        *(user.study(password, chapter, together, memory, pictures) for user in users)
    )
    done, _ = await asyncio.wait(
        [watch, work], timeout=60 * minutes, return_when=asyncio.FIRST_COMPLETED
    )
    ended = "" if work in done else str(watch.exception()) if watch in done else "Out of time."
    others = memory.others()
    for task in (watch, work):
        task.cancel()
    await asyncio.gather(watch, work, return_exceptions=True)
    for user in users:
        if "processor, ready" not in user.took or (
            chapter == CHAPTER and "training" not in user.took
        ):
            user.failure = user.failure or ended or "It didn't come to the end."
    return {**summary(users, memory), "others": others}


def summary(users: list[User], memory: Memory) -> dict[str, Any]:
    """What was measured, as plain numbers."""

    def spread(values: list[float]) -> dict[str, float] | None:
        if not values:
            return None
        return {"median": statistics.median(values), "most": max(values)}

    kinds = (
        "server", "cells", "ready", "training", "processor, ready", "processor, training",
    )  # fmt: skip
    return {
        "users": len(users),
        "seconds": {k: spread([u.took[k] for u in users if k in u.took]) for k in kinds},
        "bytes": {k: spread([float(m[k]) for m in memory.users.values()]) for k in ("pss", "rss")},
        "hub_bytes": memory.rest,
        "all_bytes": memory.all,
        "failures": {u.name: u.failure for u in users if u.failure},
    }


def measure(count: int, chapter: str, minutes: float) -> dict[str, Any]:
    """Start a hub, let so many users study, and end it."""
    with tempfile.TemporaryDirectory(prefix="course-hub-", ignore_cleanup_errors=True) as name:
        password = secrets.token_urlsafe(12)
        with running_hub(Path(name), password) as (url, hub):
            found = asyncio.run(study_together(url, hub, password, count, chapter, minutes))
    return {**found, "chapter": chapter}


def write_report(record: dict[str, Any]) -> str:
    """HUB.md."""
    about = record["machine"]
    lines = [
        "# What a class needs of a hub",
        "",
        "Written by `.class/bin/python -m benchmarks.hub_load`; don't edit. All users of a row log"
        " in at the same moment, and all press Play at the same moment: that is the worst that a"
        " class can do. The hub is that of `hub/local_config.py`, and the users and their kernels"
        " share one machine with this script.",
        "",
        f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']},"
        f" JupyterHub {about['jupyterhub']}, JupyterLab {about['jupyterlab']}; {about['date']}.",
        "",
        "| users | chapter | memory per user: median, most (MB) | RSS, most (MB) | hub and proxy"
        " (MB) | server ready: median, most (s) | all cells run, too: median, most (s) | of a"
        " processor until then (s) | one training, all at once: median, most (s) | of a processor"
        " for it (s) | failures | others' work per core |",
        "|---" * 12 + "|",
    ]
    for run in record["runs"]:

        def two(found: dict[str, float] | None, unit: float, digits: int) -> str:
            if found is None:
                return "–"
            return f"{found['median'] / unit:.{digits}f}, {found['most'] / unit:.{digits}f}"

        def one(found: dict[str, float] | None) -> str:
            return "–" if found is None else f"{found['median']:.1f}"

        rss = run["bytes"]["rss"]
        lines.append(
            f"| {run['users']} | {run['chapter'][:2]} | {two(run['bytes']['pss'], MEGABYTE, 0)}"
            f" | {rss['most'] / MEGABYTE if rss else 0:.0f} | {run['hub_bytes'] / MEGABYTE:.0f}"
            f" | {two(run['seconds']['server'], 1, 1)} | {two(run['seconds']['ready'], 1, 1)}"
            f" | {one(run['seconds']['processor, ready'])}"
            f" | {two(run['seconds']['training'], 1, 1)}"
            f" | {one(run['seconds']['processor, training'])} | {len(run['failures'])}"
            f" | {run['others']:.2f} |"
        )
    lines += [
        "",
        "Memory is PSS at its highest, summed over a user's processes: the Jupyter server and one"
        " kernel. What several processes share counts by its share, so it is lower with more users"
        " on one machine. RSS counts shared memory for each process anew: an upper bound, and"
        " nearer to what a container is charged for."
        " The seconds of a processor depend least on what else the machine did; others' work is"
        " what the processors did beside the hub, its users and this script, from 0 to 1.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Read the command line; 1 if a user failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--users", type=int, nargs="+", default=[10, 25])
    parser.add_argument("--chapter", default=CHAPTER, help="a notebook's name (chapter 0)")
    parser.add_argument("--minutes", type=float, default=12, help="the most for one run (12)")
    parser.add_argument("--dry", action="store_true", help="print, write nothing")
    parser.add_argument("--add", action="store_true", help="keep the rows that are already there")
    options = parser.parse_args()
    if not all(1 <= count <= MOST_USERS for count in options.users):
        parser.error(f"from 1 to {MOST_USERS} users")
    about = {**machine(), **{name: version(name) for name in ("jupyterhub", "jupyterlab")}}
    runs = json.loads(RECORD.read_text(encoding="utf-8"))["runs"] if options.add else []
    try:
        for count in options.users:
            runs.append(measure(count, options.chapter, options.minutes))
            print(json.dumps(runs[-1]), flush=True)
            for name, failure in runs[-1]["failures"].items():
                print(f"{name}: {failure}", file=sys.stderr)
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    record = {"machine": about, "runs": runs}
    if options.dry:
        print(write_report(record))
    else:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        REPORT.write_text(write_report(record), encoding="utf-8")
    return 1 if any(run["failures"] for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
