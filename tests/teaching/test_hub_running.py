"""The local hub with three users, and updates by nbgitpuller that cost nobody their work."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import httpx
import pytest

from benchmarks.hub_load import CHAPTER, User, running_hub, study_together
from course_utils.teaching.command import CommandError
from course_utils.teaching.hub import FOLDER, PULLED, lay
from tests.class_tools import class_python

PASSWORD = "only for this test"
pytestmark = pytest.mark.class_tools


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with running_hub(tmp_path_factory.mktemp("hub"), PASSWORD, str(class_python())) as found:
        yield found


def test_three_users_open_run_and_train_at_the_same_time(hub):
    url, process = hub
    found = asyncio.run(study_together(url, process, PASSWORD, 3, CHAPTER, 5, pictures=10))
    assert found["failures"] == {}
    # A look at memory finds a server and a kernel for each of them.
    assert 50e6 < found["bytes"]["pss"]["median"] < 1e9
    assert all(found["seconds"][kind]["most"] > 0 for kind in ("server", "ready", "training"))


def test_a_user_who_gets_the_password_wrong_is_a_failure(hub):
    url, process = hub
    found = asyncio.run(study_together(url, process, "wrong", 1, CHAPTER, 1))
    assert list(found["failures"]) == ["user01"]


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Teacher", "-c", "user.email=teacher@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def notebook(*cells: str) -> str:
    """A notebook with a result in each cell, as the course's repository has them."""
    content = [
        {
            "cell_type": "code", "id": f"c{number}", "metadata": {}, "execution_count": 1,
            "source": cell.splitlines(keepends=True),
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["a result\n"]}],
        }
        for number, cell in enumerate(cells)
    ]  # fmt: skip
    document = {"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1) + "\n"


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


class Remote:
    """A git repository of the course as a teacher has it, with a few small chapters."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.folder = folder
        (folder / "notebooks").mkdir(parents=True)
        (folder / "course_utils").mkdir()
        (folder / "course_utils" / "__init__.py").write_text("")
        git(folder, "init", "--quiet", "--initial-branch=main")
        for name in names:
            self.write(name, "first = 1", *["filler = 0"] * 4, "last = 1")
        self.commit()

    def path(self, name: str) -> Path:
        return self.folder / "notebooks" / name

    def write(self, name: str, *cells: str) -> None:
        self.path(name).write_text(notebook(*cells))

    def commit(self, *options: str) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", "a version", *options)

    def pull(self, into: Path) -> subprocess.CompletedProcess:
        """What a click on an nbgitpuller link does."""
        command = [
            str(class_python()), "-m", "nbgitpuller.pull", f"file://{self.folder}", "main",
            str(into),
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, cwd=into.parent)


def test_an_update_by_nbgitpuller_merges_and_loses_nothing(tmp_path):
    """Where students work in the pulled folder itself, as with a teacher's own notebooks."""
    names = ["theirs.ipynb", "mine.ipynb", "both.ipynb", "same.ipynb", "gone.ipynb", "lost.ipynb"]
    remote = Remote(tmp_path / "remote", names)
    home = tmp_path / "home"
    home.mkdir()
    pulled = home / "course"
    assert remote.pull(pulled).returncode == 0
    here = {name: pulled / "notebooks" / name for name in [*names, "new.ipynb"]}
    filler = ["filler = 0"] * 4
    for name in ("mine.ipynb", "both.ipynb", "same.ipynb", "gone.ipynb"):
        here[name].write_text(notebook("my_own = 2", *filler, "last = 1"))
    here["lost.ipynb"].unlink()
    here["new.ipynb"].write_text("notes of my own")

    remote.write("theirs.ipynb", "first = 1", *filler, "last = 3")
    remote.write("both.ipynb", "first = 1", *filler, "last = 3")
    remote.write("same.ipynb", "first = 3", *filler, "last = 1")
    remote.write("new.ipynb", "fresh = 3")
    remote.path("gone.ipynb").unlink()
    remote.commit()
    done = remote.pull(pulled)
    assert done.returncode == 0, done.stderr

    assert sources(here["theirs.ipynb"])[-1] == "last = 3", "an untouched file follows"
    assert sources(here["mine.ipynb"])[0] == "my_own = 2", "a changed cell stays"
    assert [sources(here["both.ipynb"])[i] for i in (0, -1)] == ["my_own = 2", "last = 3"]
    assert sources(here["same.ipynb"])[0] == "my_own = 2", "in a conflict the student's stays"
    assert sources(here["gone.ipynb"])[0] == "my_own = 2", "a changed file isn't deleted"
    assert sources(here["lost.ipynb"])[0] == "first = 1", "a deleted file comes back"
    assert sources(here["new.ipynb"]) == ["fresh = 3"]
    aside = [path.read_text() for path in pulled.glob("notebooks/new__*.ipynb")]
    assert aside == ["notes of my own"], "an untracked file of the same name is moved aside"


def test_a_rewritten_history_stops_the_update_and_loses_nothing(tmp_path):
    remote = Remote(tmp_path / "remote", ["00.ipynb"])
    pulled = tmp_path / PULLED
    assert remote.pull(pulled).returncode == 0
    lay(pulled, tmp_path / FOLDER)
    (tmp_path / FOLDER / "00.ipynb").write_text("my own work")
    (pulled / "notebooks" / "00.ipynb").write_text("my own work, there too")
    remote.write("00.ipynb", "first = 7")
    git(remote.folder, "checkout", "--quiet", "--orphan", "again")
    remote.commit()
    git(remote.folder, "branch", "--force", "main", "again")
    assert remote.pull(pulled).returncode != 0
    with pytest.raises(CommandError, match="isn't a whole notebook"):
        lay(pulled, tmp_path / FOLDER)
    assert (tmp_path / FOLDER / "00.ipynb").read_text() == "my own work"
    assert (pulled / "notebooks" / "00.ipynb").read_text() == "my own work, there too"


async def click(web: httpx.AsyncClient, base: str, remote: Remote) -> httpx.Response:
    """An nbgitpuller link to the course: pull, then go where the link leads on."""
    asked = {"repo": f"file://{remote.folder}", "branch": "main", "targetpath": PULLED}
    answer = await web.get(f"{base}/git-pull/api", params=asked)
    phases = [json.loads(line[6:])["phase"] for line in answer.text.splitlines() if line]
    assert phases[-1] == "finished", answer.text
    return await web.get(f"{base}/course/{CHAPTER}", follow_redirects=False)


async def an_updated_course(url: str, remote: Remote) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as web:
        mia = User("mia", url)
        base = "/user/mia"
        await mia.log_in(web, PASSWORD)
        await mia.start_server(web)
        # Before any link: the chapters of the installed course, without results.
        await mia.cells(web, CHAPTER)
        chapter = f"{base}/api/contents/{FOLDER}/{CHAPTER}"

        answer = await click(web, base, remote)
        assert answer.status_code == 302
        assert answer.headers["location"] == f"{base}/lab/tree/{FOLDER}/{CHAPTER}"
        cells = (await web.get(chapter)).json()["content"]["cells"]
        assert [cell["source"] for cell in cells] == ["pulled = 1"] and cells[0]["outputs"] == []
        kernel = await mia.open(web, CHAPTER)
        await kernel.run(
            "import course_utils\nassert 'decoding-llm-training' in course_utils.__file__"
        )
        await kernel.close()

        content = json.loads(notebook("my_own = 2"))
        saved = await web.put(chapter, json={"type": "notebook", "content": content})
        assert saved.status_code in (200, 201)
        remote.write(CHAPTER, "pulled = 3")
        remote.commit()
        answer = await click(web, base, remote)
        assert answer.status_code == 200 and "yours is untouched" in answer.text
        assert f"{base}/lab/tree/{FOLDER}/{CHAPTER}" in answer.text
        mine = (await web.get(chapter)).json()["content"]["cells"]
        assert [cell["source"] for cell in mine] == ["my_own = 2"]
        beside = f"{base}/api/contents/{FOLDER}/00_start_here (new).ipynb"
        new = (await web.get(beside)).json()["content"]["cells"]
        assert [cell["source"] for cell in new] == ["pulled = 3"] and new[0]["outputs"] == []
        assert (await click(web, base, remote)).status_code == 302, "it is said once"
        elsewhere = await web.get(f"{base}/course/no_such.ipynb", follow_redirects=False)
        assert elsewhere.headers["location"].endswith(f"{FOLDER}/{CHAPTER}")


def test_a_link_on_the_hub_updates_the_course_beside_changed_chapters(hub, tmp_path):
    url, _ = hub
    remote = Remote(tmp_path / "remote", [])
    remote.write(CHAPTER, "pulled = 1")
    remote.commit()
    asyncio.run(an_updated_course(url, remote))
