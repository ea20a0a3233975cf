"""What a learner has done, in one local file that nothing can make unreadable.

Every write takes a lock, reads what others have written meanwhile, appends, and replaces the file
in one go: two open notebooks lose nothing, and a crash leaves the old file or the new one.
Nothing leaves this computer.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from course_utils.student.files import write_atomically

VARIABLE = "COURSE_PROGRESS"
FORMAT, VERSION = "decoding-llm-training progress", 1
PATIENCE = 10.0  # seconds to wait for another notebook that is writing
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Entry:
    """One thing that a learner did: ``kind`` (as "exercise"), ``name``, ``when`` (UTC), ``data``.

    ``mark`` is unique, so that the same entry is never counted twice.
    """

    kind: str
    name: str
    when: str
    mark: str
    data: Mapping[str, Any]


def default_path(platform: str = sys.platform, variables: Mapping[str, str] = os.environ) -> Path:
    """Where progress is kept: as COURSE_PROGRESS says, or in the platform's user data folder.

    In a browser's Python only the notebook's own folder lasts.
    """
    if named := variables.get(VARIABLE):
        path = Path(named).expanduser()
        return path / "progress.json" if path.is_dir() else path
    if platform == "emscripten":
        return Path("progress.json")
    home = Path(variables.get("HOME") or variables.get("USERPROFILE") or "~").expanduser()
    if platform == "win32":
        folder = Path(variables.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "decoding-llm-training" / "progress.json"


def shared() -> Progress:
    """This process's progress: the same object for as long as `default_path` is the same."""
    return _progress_at(default_path())


@lru_cache(maxsize=1)
def _progress_at(path: Path) -> Progress:
    return Progress(path)


class Progress:
    """All entries of one file, ``path``; ``notices`` holds sentences that the learner should see.

    If the file can't be written, entries are kept in memory and one notice says so. A file that
    is damaged, foreign or of a later version is set aside beside it, with a notice.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        # Absolute, so that a learner's os.chdir doesn't begin another file.
        self.path = (default_path() if path is None else Path(path)).absolute()
        self.notices: list[str] = []
        self._unsaved: list[Entry] = []

    def record(self, kind: str, name: str, data: Mapping[str, Any] | None = None) -> Entry:
        """Add an entry and save it. ``data`` must fit into JSON, else `TypeError`."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(kind, name, when, uuid.uuid4().hex, dict(data or {}))
        json.dumps(entry.data, allow_nan=False)
        waiting = [*self._unsaved, entry]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path):
                kept = self._read()
                known = {old.mark for old in kept}
                kept += [new for new in waiting if new.mark not in known]
                text = _to_text(kept)
                write_atomically(self.path, lambda file: _write(file, text))
        except OSError as error:
            if not self._unsaved:
                self._say(
                    f"Your progress can't be saved in {self.path} ({error.strerror or error}); the"
                    f" course goes on without. Set {VARIABLE} to a file that you may write to."
                )
            self._unsaved = waiting
        else:
            self._unsaved = []
        return entry

    def entries(self, kind: str | None = None, name: str | None = None) -> list[Entry]:
        """All entries in the order in which they were written, or those of a kind and a name."""
        try:
            kept = self._read()
        except OSError:
            kept = []
        known = {entry.mark for entry in kept}
        kept += [entry for entry in self._unsaved if entry.mark not in known]
        return [
            entry
            for entry in kept
            if (kind is None or entry.kind == kind) and (name is None or entry.name == name)
        ]

    def latest(self, kind: str, name: str) -> Entry | None:
        """The newest entry of a kind and a name, or None."""
        found = self.entries(kind, name)
        return found[-1] if found else None

    def _say(self, sentence: str) -> None:
        if sentence not in self.notices:
            self.notices.append(sentence)

    def _read(self) -> list[Entry]:
        try:
            if self.path.stat().st_size > MOST_BYTES:
                return self._set_aside(f"is larger than {MOST_BYTES:,} bytes")
            text = self.path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            return self._set_aside("is damaged")
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return self._set_aside("is damaged")
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            return self._set_aside("belongs to something else")
        version = content.get("version")
        if not isinstance(version, int) or version > VERSION:
            return self._set_aside("was written by a later version of the course")
        try:
            return [
                Entry(
                    str(e["kind"]), str(e["name"]), str(e["when"]), str(e["mark"]), dict(e["data"])
                )
                for e in content["entries"]
            ]
        except (KeyError, TypeError, ValueError):
            return self._set_aside("is damaged")

    def _set_aside(self, why: str) -> list[Entry]:
        """Move the file out of the way, never over another one; begin anew."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.stem}-aside-{stamp}-{uuid.uuid4().hex[:6]}.json")
        os.rename(self.path, aside)
        self._say(
            f"{self.path.name} {why}; it now lies beside as {aside.name}, and a new one was begun."
        )
        return []


def _to_text(entries: list[Entry]) -> str:
    lines = ",\n".join(
        json.dumps(vars(entry) | {"data": dict(entry.data)}, ensure_ascii=False)
        for entry in entries
    )
    return f'{{"format": "{FORMAT}", "version": {VERSION}, "entries": [\n{lines}\n]}}\n'


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; another notebook waits meanwhile. A dead process's lock is gone.

    Raises `OSError` if the lock can't be had for `PATIENCE` seconds.
    """
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        until = time.monotonic() + PATIENCE
        while not _try_lock(handle):
            if time.monotonic() > until:
                raise TimeoutError(f"another program holds {path.name}")
            time.sleep(0.005)
        yield
    finally:
        os.close(handle)  # closing it unlocks it


def _try_lock(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        with suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            return True
        return False
    if sys.platform == "emscripten":  # one notebook, one process, no threads
        return True
    import fcntl

    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
