"""One file for what a learner has done: nothing lost, nothing unreadable, nothing overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import normalise
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.learning.progress import FORMAT, VERSION, Progress, default_path, shared

WRITER = """\
import sys
from course_utils.learning.progress import Progress
progress = Progress(sys.argv[1])
for number in range(int(sys.argv[3])):
    progress.record("exercise", f"{sys.argv[2]}-{number}", {"passed": True})
assert not progress.notices, progress.notices
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count)])


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
    writers = [writer(path, name, 250) for name in "abcd"]
    assert [w.wait(300) for w in writers] == [0] * 4
    names = [entry.name for entry in Progress(path).entries()]
    assert sorted(names) == sorted(f"{name}-{i}" for name in "abcd" for i in range(250))
    assert asides(path) == []


KILLER = """\
import os, random, signal, sys, time
from pathlib import Path
from course_utils.learning.progress import Progress
path, chance = Path(sys.argv[1]), random.Random(1)
kept, written = 1, 0
Progress(path).record("exercise", "before")
for kill in range(200):
    child = os.fork()
    if child == 0:
        progress = Progress(path)
        while True:
            progress.record("exercise", f"killed {kill}")
    time.sleep(chance.uniform(0.001, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    reader = Progress(path)
    count = len(reader.entries())
    assert reader.notices == [] and count >= kept, (reader.notices, count, kept)
    written += count - kept
    kept = count
    if kept > 200:  # keep it small, so that many writes are under way when the child dies
        path.unlink()
        Progress(path).record("exercise", "before")
        kept = 1
print(written)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_killed_two_hundred_times_the_file_is_always_readable(tmp_path):
    path = tmp_path / "progress.json"
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(path)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100, "children were writing when they were killed"
    assert asides(path) == []


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
    blocked.unlink()
    progress.record("exercise", "rank")
    names = [e.name for e in Progress(progress.path).entries()]
    assert names == ["softmax", "loss", "rank"], "what waited is saved when it can be"


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
