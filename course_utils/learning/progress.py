"""What a learner has done, in one local file that nothing can make unreadable.

Every write takes a lock, reads what others have written meanwhile, appends, and replaces the file
in one go: two open notebooks lose nothing, and a crash leaves the old file or the new one.
Nothing leaves this computer.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
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
IMPATIENCE = 0.05  # the same once saving has failed: the course goes on without
# A file system without locks (some network drives): one notebook at a time is still safe there.
NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
BUSY_TRIES = 50  # Windows replaces no file that another notebook is just reading
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
        path = _expanded(named)
        return path / "progress.json" if path.is_dir() else path
    if platform == "emscripten":
        return Path("progress.json")
    home = _expanded(variables.get("HOME") or variables.get("USERPROFILE") or "~")
    if platform == "win32":
        folder = Path(variables.get("APPDATA") or home / "AppData" / "Roaming")
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    return folder / "decoding-llm-training" / "progress.json"


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # whoever runs this has no home
        return Path(path.removeprefix("~/") if path != "~" else ".")


def shared() -> Progress:
    """This process's progress: the same object for as long as `default_path` is the same."""
    return _progress_at(default_path())


@lru_cache(maxsize=1)
def _progress_at(path: Path) -> Progress:
    return Progress(path)


class Progress:
    """All entries of one file, ``path``; ``notices`` holds sentences that the learner should see.

    If the file can't be written, entries are kept in memory and one notice says so. A file that
    is damaged, foreign or of a later version is set aside beside it, with a notice. `untold` gives
    each notice out once.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        # Absolute, so that a learner's os.chdir doesn't begin another file.
        self.path = (default_path() if path is None else Path(path)).absolute()
        self.notices: list[str] = []
        self._told = 0
        self._unsaved: list[Entry] = []
        self._kept: list[Entry] = []  # what was last read, from a file that looked so:
        self._looked: tuple[int, int, int] | None = None
        self._lines: dict[str, str] = {}  # entries as they stand there, by mark

    def record(self, kind: str, name: str, data: Mapping[str, Any] | None = None) -> Entry:
        """Add an entry and save it. ``data`` must fit into JSON, else `TypeError`."""
        return self.record_all([(kind, name, data or {})])[0]

    def record_all(self, given: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Entry]:
        """Add several entries, each (kind, name, data), and save them in one go."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        new = [
            Entry(kind, name, when, uuid.uuid4().hex, _as_read(data)) for kind, name, data in given
        ]
        waiting = [*self._unsaved, *new]
        try:
            # Nobody else on this computer has to know what a learner got wrong.
            self.path.parent.parent.mkdir(parents=True, exist_ok=True)
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            with _locked(self.path, IMPATIENCE if self._unsaved else PATIENCE):
                self._save([*self._read_or_set_aside(), *waiting])
        except OSError as error:
            if not self._unsaved:
                self._say(
                    f"Your progress can't be saved in {self.path} ({error.strerror or error}); the"
                    f" course goes on without. Set {VARIABLE} to a file that you may write to."
                )
            self._unsaved = waiting
        else:
            self._unsaved = []
        return new

    def entries(self, kind: str | None = None, name: str | None = None) -> list[Entry]:
        """All entries in the order in which they were written, or those of a kind and a name."""
        try:
            kept = self._read()
        except _UnusableError:
            kept = self._look_again()
        except OSError:
            kept = []
        return [
            entry
            for entry in _each_once([*kept, *self._unsaved])
            if (kind is None or entry.kind == kind) and (name is None or entry.name == name)
        ]

    def latest(self, kind: str, name: str) -> Entry | None:
        """The newest entry of a kind and a name, or None."""
        found = self.entries(kind, name)
        return found[-1] if found else None

    def untold(self) -> list[str]:
        """The notices that nobody has asked for yet: each is given out once."""
        told, self._told = self._told, len(self.notices)
        return self.notices[told:]

    def _say(self, sentence: str) -> None:
        if sentence not in self.notices:
            self.notices.append(sentence)

    def _save(self, entries: list[Entry]) -> None:
        entries = _each_once(entries)
        text = self._to_text(entries)
        for tried in range(BUSY_TRIES):
            try:
                write_atomically(self.path, lambda file: _write(file, text))
                break
            except PermissionError:
                if sys.platform != "win32" or tried == BUSY_TRIES - 1:
                    raise
                time.sleep(0.01)
        self._kept, self._looked = entries, _looks(self.path.stat())
        # What a killed notebook left half-written: whoever holds the lock is the only writer.
        for left in self.path.parent.glob(f".{self.path.name}.*"):
            with suppress(OSError):
                left.unlink()

    def _look_again(self) -> list[Entry]:
        """Read under the lock: another notebook may have put a good file there meanwhile."""
        try:
            with _locked(self.path, PATIENCE):
                return self._read_or_set_aside()
        except OSError as error:
            self._say(
                f"{self.path} can't be used and can't be set aside ({error.strerror or error});"
                f" set {VARIABLE} to a file that you may write to."
            )
            return []

    def _to_text(self, entries: Sequence[Entry]) -> str:
        for entry in entries:
            if entry.mark not in self._lines:
                whole = vars(entry) | {"data": dict(entry.data)}
                self._lines[entry.mark] = json.dumps(whole, ensure_ascii=False)
        lines = ",\n".join(self._lines[entry.mark] for entry in entries)
        return f'{{"format": "{FORMAT}", "version": {VERSION}, "entries": [\n{lines}\n]}}\n'

    def _read(self) -> list[Entry]:
        """What the file holds, nothing if there is none; raises `_UnusableError` and `OSError`."""
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return []
        if _looks(state) != self._looked:
            # Its state was asked first: what is written meanwhile is read again next time.
            self._kept, self._lines = self._parse(state.st_size), {}
            self._looked = _looks(state)
        return list(self._kept)

    def _parse(self, size: int) -> list[Entry]:
        try:
            if size > MOST_BYTES:
                raise _UnusableError(f"is larger than {MOST_BYTES:,} bytes")
            content = json.loads(self.path.read_bytes().decode("utf-8"))
        except FileNotFoundError:
            return []
        except (ValueError, RecursionError) as error:
            raise _UnusableError("is damaged") from error
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise _UnusableError("belongs to something else")
        version = content.get("version")
        if type(version) is not int or version < 1:
            raise _UnusableError("is damaged")
        if version > VERSION:
            raise _UnusableError("was written by a later version of the course")
        try:
            return [
                Entry(
                    str(e["kind"]), str(e["name"]), str(e["when"]), str(e["mark"]), dict(e["data"])
                )
                for e in content["entries"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise _UnusableError("is damaged") from error

    def _read_or_set_aside(self) -> list[Entry]:
        """What the file holds; one that can't be used is moved away, never over another one."""
        try:
            return self._read()
        except _UnusableError as why:
            stamp = time.strftime("%Y%m%d-%H%M%S")
            name = f"{self.path.stem}-aside-{stamp}-{uuid.uuid4().hex[:6]}.json"
            os.rename(self.path, self.path.with_name(name))
            self._say(
                f"{self.path.name} {why}; it now lies beside as {name}, and a new one was begun."
            )
            return []


class _UnusableError(Exception):
    """Why a file can't be used, as the rest of a sentence that begins with its name."""


def _as_read(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as they will come back from the file, whatever their owner does to them later."""
    read: dict[str, Any] = json.loads(json.dumps(dict(data), allow_nan=False))
    return read


def _looks(state: os.stat_result) -> tuple[int, int, int]:
    """What changes whenever a file is replaced or written to."""
    return state.st_ino, state.st_mtime_ns, state.st_size


def _each_once(entries: Sequence[Entry]) -> list[Entry]:
    known: dict[str, Entry] = {}
    for entry in entries:
        known.setdefault(entry.mark, entry)
    return list(known.values())


def _write(file: Path, text: str) -> None:
    # Half a surrogate pair is no UTF-8; with a backslash it is the same letter in JSON.
    file.write_bytes(text.encode("utf-8", "backslashreplace"))


@contextmanager
def _locked(path: Path, patience: float) -> Iterator[None]:
    """Hold the file's lock; another notebook waits meanwhile. A dead process's lock is gone.

    Raises `OSError` if the lock can't be had for ``patience`` seconds.
    """
    if sys.platform == "emscripten":  # one notebook, one process, no threads: nobody else writes
        yield
        return
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        until = time.monotonic() + patience
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
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True
