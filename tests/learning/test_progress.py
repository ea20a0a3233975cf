"""One file for what a learner has done: nothing lost, nothing unreadable, nothing overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import normalise
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.learning import progress as progress_module
from course_utils.learning.progress import FORMAT, VERSION, Progress, default_path, shared

WRITER = """\
import contextlib, random, sys, time
from course_utils.learning import progress as module
from course_utils.learning.progress import Progress
if sys.argv[4:] == ["no lock"]:
    module._locked = lambda path, patience: contextlib.nullcontext()
progress, chance = Progress(sys.argv[1]), random.Random(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    progress.record("exercise", f"{sys.argv[2]}-{number}", {"passed": True})
    time.sleep(chance.uniform(0, 0.01))  # a lock is taken by whoever asks next
assert not progress.notices, progress.notices
"""


def write_at_once(path: Path, count: int, *how: str) -> list[int]:
    """Four processes that are told to begin at the same moment; how each of them ended."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name, str(count), *how],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in "abcd"
    ]  # fmt: skip
    for process in writers:
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [process.wait(300) for process in writers]
    for process in writers:
        process.stdin.close()
        process.stdout.close()
    return ended


def asides(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*-aside-*"))


def test_what_was_recorded_is_read_again_in_order(tmp_path):
    path = tmp_path / "deep" / "progress.json"
    progress = Progress(path)
    assert progress.entries() == [] and progress.latest("quiz", "a") is None
    first = progress.record("quiz", "a", {"answer": "ä<b>", "sure": 0.8})
    progress.record("exercise", "softmax")
    last = progress.record("quiz", "a", {"answer": "b"})
    again = Progress(path)
    assert [e.kind for e in again.entries()] == ["quiz", "exercise", "quiz"]
    assert again.latest("quiz", "a") == last and again.entries("quiz")[0] == first
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["format"] == FORMAT and content["version"] == VERSION
    with pytest.raises((TypeError, ValueError)):
        progress.record("quiz", "a", {"answer": object()})
    with pytest.raises(ValueError, match="JSON"):
        progress.record("quiz", "a", {"answer": float("nan")})
    assert len(again.entries()) == 3


def test_a_thousand_writes_from_four_processes_lose_none(tmp_path):
    path = tmp_path / "progress.json"
    assert write_at_once(path, 250) == [0] * 4
    names = [entry.name for entry in Progress(path).entries()]
    assert sorted(names) == sorted(f"{name}-{i}" for name in "abcd" for i in range(250))
    for name in "abcd":
        own = [n for n in names if n.startswith(name)]
        assert own == [f"{name}-{i}" for i in range(250)], "each one's own order"
    # They really wrote at the same time: the writer changes all the way through.
    changes = sum(a[0] != b[0] for a, b in pairwise(names))
    assert changes > 100, changes
    assert asides(path) == [] and list(tmp_path.glob(".progress.json.*")) == []


def test_without_the_lock_entries_would_be_lost(tmp_path):
    path = tmp_path / "progress.json"
    write_at_once(path, 60, "no lock")
    assert len(Progress(path).entries()) < 240


KILLER = """\
import json, os, random, signal, sys, time
from pathlib import Path
from course_utils.learning import progress as module
from course_utils.learning.progress import Progress
path, kills, chance = Path(sys.argv[1]), int(sys.argv[2]), random.Random(1)
if sys.argv[3:] == ["in place"]:
    def in_place(path, write):
        write(whole := path.with_name("whole"))
        with path.open("wb") as file:
            for byte in whole.read_bytes():
                file.write(bytes([byte]))
                file.flush()
    module.write_atomically = in_place
Progress(path).record("exercise", "before")
kept, written, inside, unreadable = 1, 0, 0, 0
for kill in range(kills):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        progress, number = Progress(path), 0
        while True:
            number += 1
            progress.record("exercise", f"{kill}.{number}")
            os.write(write, b".")  # this one is promised
    os.close(write)
    promised = len(os.read(read, 1))  # it is writing by now
    time.sleep(chance.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    promised += len(os.read(read, 100_000))
    os.close(read)
    inside += len(list(path.parent.glob(f".{path.name}.*"))) > 0
    reader = Progress(path)
    entries = reader.entries()
    if reader.notices:
        unreadable += 1
        kept = len(entries)
        continue
    mine = sum(entry.name.startswith(f"{kill}.") for entry in entries)
    # All that was promised, and at most the one that was under way.
    assert promised <= mine <= promised + 1, (promised, mine)
    assert len(entries) == kept + mine, (len(entries), kept, mine)
    written += mine
    kept = len(entries)
    if kept > 200:  # keep it small, so that many writes are under way when the child dies
        path.unlink()
        kept = 0
print(json.dumps({"written": written, "inside": inside, "unreadable": unreadable}))
"""


def kill_while_writing(path: Path, kills: int, *how: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(path), str(kills), *how],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_two_hundred_times_the_file_is_always_readable(tmp_path):
    path = tmp_path / "progress.json"
    found = kill_while_writing(path, 200)
    assert found["unreadable"] == 0 and asides(path) == []
    assert found["written"] >= 200, "children were writing when they were killed"
    assert found["inside"] > 20, "and many were killed in the middle of a write"
    Progress(path).record("exercise", "after")
    assert list(tmp_path.glob(".progress.json.*")) == [], "what they left half-written is gone"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_file_written_in_place_would_be_found_damaged(tmp_path):
    assert kill_while_writing(tmp_path / "progress.json", 40, "in place")["unreadable"] > 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "damaged"),
        (b'{"format": "decoding-llm-training progress", "version": 1, "entr', "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"[1, 2]", "something else"),
        (b'{"name": "another program"}', "something else"),
        (f'{{"format": "{FORMAT}", "version": 99, "entries": []}}'.encode(), "later version"),
        (f'{{"format": "{FORMAT}", "version": "1", "entries": []}}'.encode(), "damaged"),
        (f'{{"format": "{FORMAT}", "version": 0, "entries": []}}'.encode(), "damaged"),
        (f'{{"format": "{FORMAT}", "version": true, "entries": []}}'.encode(), "damaged"),
        (f'{{"format": "{FORMAT}", "version": 1, "entries": [{{}}]}}'.encode(), "damaged"),
        (f'{{"format": "{FORMAT}", "version": 1, "entries": 7}}'.encode(), "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_set_aside_and_never_lost(tmp_path, content, why):
    path = tmp_path / "progress.json"
    path.write_bytes(content)
    progress = Progress(path)
    progress.record("exercise", "softmax")
    [aside] = asides(path)
    assert aside.read_bytes() == content
    [notice] = progress.notices
    assert why in notice and aside.name in notice
    assert [e.name for e in Progress(path).entries()] == ["softmax"]


def test_a_file_that_is_too_large_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "MOST_BYTES", 1000)
    path = tmp_path / "progress.json"
    path.write_bytes(b" " * 1001)
    progress = Progress(path)
    assert progress.entries() == [] and "larger than 1,000 bytes" in progress.notices[0]
    assert asides(path)[0].stat().st_size == 1001


def test_who_only_reads_sets_aside_what_is_damaged_not_what_came_meanwhile(tmp_path):
    """Two notebooks find the same damaged file; the slower one must not move the new one away."""
    path = tmp_path / "progress.json"
    path.write_text("{")
    slow = Progress(path)
    original = slow._read
    looks = []

    def read_and_be_overtaken():
        looks.append(1)
        if len(looks) == 1:
            try:
                return original()
            finally:
                Progress(path).record("exercise", "meanwhile")
        return original()

    slow._read = read_and_be_overtaken
    assert [entry.name for entry in slow.entries()] == ["meanwhile"]
    assert slow.notices == [] and len(asides(path)) == 1
    assert [entry.name for entry in Progress(path).entries()] == ["meanwhile"]


def test_what_is_no_proper_text_is_kept_as_it_was(tmp_path):
    path = tmp_path / "progress.json"
    progress = Progress(path)
    half = "\ud83d and \U0001f600 \x00"
    progress.record("quiz", half, {"answer": half})
    [entry] = Progress(path).entries()
    assert entry.name == half and entry.data == {"answer": half} and progress.notices == []
    path.read_bytes().decode("utf-8")


def test_the_same_entry_is_never_counted_twice(tmp_path):
    path = tmp_path / "progress.json"
    Progress(path).record("quiz", "a")
    content = json.loads(path.read_text())
    content["entries"] += content["entries"]
    path.write_text(json.dumps(content))
    assert len(Progress(path).entries()) == 1
    Progress(path).record("quiz", "b")
    assert len(json.loads(path.read_text())["entries"]) == 2


def test_several_entries_are_saved_in_one_go(tmp_path):
    progress = Progress(tmp_path / "progress.json")
    made = progress.record_all([("quiz", "a", {}), ("quiz", "b", {"right": True})])
    assert Progress(progress.path).entries() == made
    with pytest.raises((TypeError, ValueError)):
        progress.record_all([("quiz", "c", {}), ("quiz", "d", {"x": object()})])
    assert len(progress.entries()) == 2, "all or none"


def test_threads_of_one_notebook_lose_nothing(tmp_path):
    progress = Progress(tmp_path / "progress.json")

    def write(name):
        for number in range(25):
            progress.record("quiz", f"{name}{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Progress(progress.path).entries()) == 100


def test_somebody_who_never_lets_go_is_waited_for_once(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "PATIENCE", 0.2)
    path = tmp_path / "progress.json"
    progress = Progress(path)
    progress.record("quiz", "a")
    with progress_module._locked(path, 1.0):
        progress.record("quiz", "b")
        begun = time.monotonic()
        progress.record("quiz", "c")
        assert time.monotonic() - begun < 0.15
        assert [e.name for e in progress.entries()] == ["a", "b", "c"]
    assert "can't be saved" in progress.notices[0] and len(progress.notices) == 1
    progress.record("quiz", "d")
    assert [e.name for e in Progress(path).entries()] == ["a", "b", "c", "d"]


@pytest.mark.skipif(os.name == "nt", reason="Windows locks otherwise")
def test_a_drive_without_locks_is_written_to_all_the_same(tmp_path, monkeypatch):
    import errno
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    progress = Progress(tmp_path / "progress.json")
    progress.record("quiz", "a")
    assert progress.notices == [] and len(Progress(progress.path).entries()) == 1


def test_windows_replaces_the_file_as_soon_as_nobody_reads_it(tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module.sys, "platform", "win32")
    monkeypatch.setattr(progress_module, "_try_lock", lambda handle: True)
    write, tries = progress_module.write_atomically, []

    def busy_twice(path, fill):
        tries.append(1)
        if len(tries) < 3:
            raise PermissionError(13, "in use")
        write(path, fill)

    monkeypatch.setattr(progress_module, "write_atomically", busy_twice)
    progress = Progress(tmp_path / "progress.json")
    progress.record("quiz", "a")
    assert len(tries) == 3 and progress.notices == [] and len(progress.entries()) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edited=st.binary(max_size=60), at=st.integers(0, 400))
def test_any_hand_edit_is_survived(tmp_path, edited, at):
    path = tmp_path / "progress.json"
    path.unlink(missing_ok=True)
    Progress(path).record("exercise", "softmax", {"passed": True})
    whole = path.read_bytes()
    broken = whole[:at] + edited + whole[at + len(edited) :]
    path.write_bytes(broken)
    before = len(asides(path))
    progress = Progress(path)
    progress.record("exercise", "after")
    assert Progress(path).latest("exercise", "after") is not None
    if len(asides(path)) > before:
        assert any(aside.read_bytes() == broken for aside in asides(path))
    for aside in asides(path):
        aside.unlink()


def test_a_read_only_place_is_told_once_and_the_course_goes_on(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    progress = Progress(blocked / "progress.json")
    progress.record("exercise", "softmax")
    progress.record("exercise", "loss")
    assert [e.name for e in progress.entries()] == ["softmax", "loss"]
    [notice] = progress.notices
    assert "COURSE_PROGRESS" in notice
    assert progress.untold() == [notice] and progress.untold() == [], "told once"
    blocked.unlink()
    progress.record("exercise", "rank")
    names = [e.name for e in Progress(progress.path).entries()]
    assert names == ["softmax", "loss", "rank"], "what waited is saved when it can be"


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 1)() == 0,
    reason="here everything may be written to",
)
def test_a_damaged_file_in_a_read_only_folder_is_told_and_left_alone(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "progress.json").write_text("{")
    folder.chmod(0o500)
    progress = Progress(folder / "progress.json")
    assert progress.entries() == [] and progress.entries() == []
    folder.chmod(0o700)
    assert len(progress.notices) == 1 and "can't be set aside" in progress.notices[0]
    assert (folder / "progress.json").read_text() == "{"


def test_a_damaged_file_that_cannot_be_moved_is_told_and_left_alone(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    path.write_text("{")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(progress_module.os, "rename", refuse)
    progress = Progress(path)
    assert progress.entries() == [] and progress.entries() == []
    assert len(progress.notices) == 1 and "can't be set aside" in progress.notices[0]
    progress.record("quiz", "a")
    assert [entry.name for entry in progress.entries()] == ["a"]
    assert path.read_text() == "{", "never lost"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_learner_may_look_into_the_folder(tmp_path):
    progress = Progress(tmp_path / "share" / "course" / "progress.json")
    progress.record("quiz", "a")
    assert progress.path.parent.stat().st_mode & 0o077 == 0


def test_who_has_no_home_still_has_a_place(monkeypatch):
    monkeypatch.setattr(Path, "expanduser", _no_home)
    assert default_path("linux", {}).name == "progress.json"
    assert default_path("linux", {"COURSE_PROGRESS": "~/x.json"}) == Path("x.json")


def _no_home(self):
    raise RuntimeError("Could not determine home directory.")


def test_where_it_is_kept(tmp_path):
    home = {"HOME": "/u/mia"}
    assert default_path("linux", home) == Path(
        "/u/mia/.local/share/decoding-llm-training/progress.json"
    )
    assert default_path("linux", {**home, "XDG_DATA_HOME": "/d"}).parts[:2] == ("/", "d")
    assert "Application Support" in str(default_path("darwin", home))
    assert default_path("win32", {"APPDATA": "/a"}).parts[1] == "a"
    assert default_path("emscripten", {}) == Path("progress.json")
    assert default_path("linux", {"COURSE_PROGRESS": str(tmp_path)}) == tmp_path / "progress.json"
    assert default_path("linux", {"COURSE_PROGRESS": "/x/p.json"}) == Path("/x/p.json")


def test_one_progress_a_process_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "mine.json"))
    assert shared() is shared() and shared().path == tmp_path / "mine.json"
    shared().record("quiz", "a")
    assert [e.name for e in Progress(tmp_path / "mine.json").entries()] == ["a"]
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "other.json"))
    assert shared().entries() == [], "another place, another progress"


def test_another_folder_begins_no_other_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_PROGRESS", "mine.json")
    shared().record("quiz", "a")
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    shared().record("quiz", "b")
    assert [e.name for e in Progress(tmp_path / "mine.json").entries()] == ["a", "b"]


def test_tests_never_write_to_the_users_own_file():
    home = {name: value for name, value in os.environ.items() if name != "COURSE_PROGRESS"}
    assert default_path() != default_path(variables=home)
    assert not default_path().exists()
    shared().record("quiz", "a")
    assert default_path().exists()


def test_a_notebook_that_is_run_writes_to_a_scratch_file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "mine.json"))
    with normalise.isolated():
        inside = default_path()
        assert shared().path == inside
        shared().record("quiz", "a")
        assert inside.exists()
    assert not inside.exists() and list(tmp_path.iterdir()) == []


def test_what_is_kept_in_memory_is_what_the_file_says(tmp_path):
    mine, other = Progress(tmp_path / "p.json"), Progress(tmp_path / "p.json")
    answers = [1, (2, 3)]
    mine.record("quiz", "a", {"answers": answers})
    answers.append(4)
    assert mine.entries() == Progress(tmp_path / "p.json").entries()
    other.record("quiz", "b")
    assert [entry.name for entry in mine.entries()] == ["a", "b"]
    text = (tmp_path / "p.json").read_text(encoding="utf-8")
    (tmp_path / "p.json").write_text(text.replace('"quiz"', '"quip"'), encoding="utf-8")
    mine.record("quiz", "c")
    assert [entry.kind for entry in other.entries()] == ["quip", "quip", "quiz"]
    assert mine.entries() == other.entries()
