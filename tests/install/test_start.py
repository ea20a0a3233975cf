"""start.py: nothing of the learner's is overwritten, and a second run needs no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def commands(start, monkeypatch):
    """What start.py would have run."""
    heard = []
    monkeypatch.setattr(start, "run", lambda command, *_, **__: heard.append(command))
    return heard


def bare(start, monkeypatch, name, folder) -> Path:
    """The Python of an environment that has nothing else, in place of the one of this name."""
    monkeypatch.setattr(start, name, folder)
    python = start.interpreter(folder)
    python.parent.mkdir(parents=True)
    python.write_text("")
    return python


def notebook(word: str) -> str:
    cell = {
        "cell_type": "code", "id": "a", "metadata": {}, "source": [word],
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["seen"]}],
        "execution_count": 3,
    }  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def folders(tmp_path):
    source, mine = tmp_path / "notebooks", tmp_path / "my course"
    source.mkdir()
    (source / "00.ipynb").write_text(notebook("first"))
    return source, mine


def test_chapters_are_laid_without_outputs(start, folders):
    source, mine = folders
    assert start.lay_chapters(source, mine) == []
    cell = json.loads((mine / "00.ipynb").read_text())["cells"][0]
    assert cell["outputs"] == [] and cell["execution_count"] is None and cell["source"] == ["first"]
    if os.name != "nt":
        assert (mine / "00.ipynb").stat().st_mode & 0o777 == 0o644, "a teacher may read it, too"


def test_what_the_learner_edited_is_never_overwritten(start, folders):
    source, mine = folders
    start.lay_chapters(source, mine)
    (mine / "00.ipynb").write_text("the learner's own")
    assert start.lay_chapters(source, mine) == [], "nothing new, so nothing is laid"
    (source / "00.ipynb").write_text(notebook("second"))
    said = start.lay_chapters(source, mine)
    assert (mine / "00.ipynb").read_text() == "the learner's own"
    assert len(said) == 1 and "'00 (new).ipynb'" in said[0]
    assert "second" in (mine / "00 (new).ipynb").read_text()
    assert start.lay_chapters(source, mine) == [], "it is laid once"
    (source / "00.ipynb").write_text(notebook("third"))
    start.lay_chapters(source, mine)
    assert "second" in (mine / "00 (new).ipynb").read_text()
    assert "third" in (mine / "00 (new 2).ipynb").read_text()


def test_an_untouched_chapter_follows_the_course(start, folders):
    source, mine = folders
    start.lay_chapters(source, mine)
    (source / "00.ipynb").write_text(notebook("second"))
    assert start.lay_chapters(source, mine) == []
    assert "second" in (mine / "00.ipynb").read_text()
    assert sorted(p.name for p in mine.iterdir()) == [".chapters.json", "00.ipynb"]


def test_a_lost_record_overwrites_nothing(start, folders):
    source, mine = folders
    start.lay_chapters(source, mine)
    (mine / "00.ipynb").write_text("the learner's own")
    (mine / ".chapters.json").write_text("{ damaged")
    assert len(start.lay_chapters(source, mine)) == 1
    assert (mine / "00.ipynb").read_text() == "the learner's own"


def test_a_folder_that_cannot_be_written_gets_one_sentence(start, folders, tmp_path):
    source, _ = folders
    (tmp_path / "file").write_text("x")
    with pytest.raises(start.StartError, match="folder of your own"):
        start.lay_chapters(source, tmp_path / "file")


def test_a_debian_without_venv_is_told_the_package(start, monkeypatch, tmp_path):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(start.StartError, match=f"sudo apt install {version}"):
        start.make_environment(tmp_path / "env")


def test_an_old_python_is_told_what_it_needs():
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    doctored = source.replace("sys.version_info < (3, 11)", "sys.version_info < (9, 0)")
    done = subprocess.run([sys.executable, "-c", doctored], capture_output=True, text=True)
    assert done.returncode == 1 and "needs Python 3.11 or newer" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_second_run_installs_nothing_and_needs_no_network(start, commands, monkeypatch, tmp_path):
    bare(start, monkeypatch, "ENVIRONMENT", tmp_path / ".venv")
    start.install()
    assert any("sync" in command for command in commands)
    commands.clear()
    start.install()
    assert commands == []
    monkeypatch.setattr(start.sys, "version", "another Python")
    start.install()
    assert commands != []


def test_the_tools_for_teachers_stay_out_of_the_learners_environment(
    start, commands, monkeypatch, tmp_path
):
    python = bare(start, monkeypatch, "CLASS", tmp_path / ".class")
    assert start.main(["class"]) == 0
    assert commands[-1][-3:] == ["--no-dev", "--extra", "class"]
    assert all(str(python) in command for command in commands)
    commands.clear()
    assert start.main(["class"]) == 0 and commands == []


def test_the_tools_for_a_browsers_python_are_fetched_once_into_a_place_of_their_own(
    start, commands, monkeypatch, tmp_path
):
    python = bare(start, monkeypatch, "LITE", tmp_path / ".lite")
    assert start.main(["lite"]) == 0
    install, wheels, kernel, npm = commands
    assert install[0] == str(python) and install[-len(start.LITE_PACKAGES) :] == start.LITE_PACKAGES
    assert wheels[-len(start.LITE_WHEELS) :] == start.LITE_WHEELS
    assert kernel[-len(start.KERNEL_WHEELS) :] == start.KERNEL_WHEELS
    assert all("--platform=any" in command for command in (wheels, kernel)), "pure Python only"
    assert npm[-1] == start.PYODIDE and str(tmp_path / ".lite") in npm[-2]
    commands.clear()
    assert start.main(["lite"]) == 0 and commands == []
    for pinned in (start.LITE_PACKAGES, start.LITE_WHEELS, start.KERNEL_WHEELS):
        assert all("==" in name for name in pinned)


def test_a_computer_without_npm_is_told_so(start, monkeypatch, tmp_path, capsys):
    def run(command, *_, **__):
        if "npm" in command[0]:
            raise FileNotFoundError(command[0])

    monkeypatch.setattr(start, "run", run)
    monkeypatch.setattr(start, "make_environment", lambda environment: None)
    monkeypatch.setattr(start, "LITE", tmp_path / ".lite")
    assert start.main(["lite"]) == 1
    said = capsys.readouterr().err
    assert "npm" in said and said.count("\n") == 1
    assert not (tmp_path / ".lite").exists()


def test_a_network_that_is_off_is_named(start):
    with pytest.raises(start.StartError, match="needs the network"):
        start.run([sys.executable, "-c", "raise SystemExit(1)"], start.OFFLINE)


@pytest.mark.skipif(os.name == "nt", reason="the prepared environment is laid out as on Unix")
def test_the_installed_course_starts_with_the_network_off(start, tmp_path):
    if not start.is_ready(start.ENVIRONMENT, (start.ENVIRONMENT / start.STAMP).read_text()
                          if (start.ENVIRONMENT / start.STAMP).exists() else ""):  # fmt: skip
        pytest.skip("this environment wasn't made by start.py")
    nowhere = "http://127.0.0.1:9"
    blocked = {"http_proxy": nowhere, "https_proxy": nowhere, "PIP_INDEX_URL": nowhere,
               "UV_DEFAULT_INDEX": nowhere}  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(ROOT / "start.py"), "install"],
        env={**os.environ, **blocked}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_jupyterlab_asks_a_newcomer_nothing_but_own_settings_stay(start, tmp_path):
    start.ask_nothing(tmp_path)
    (written,) = tmp_path.rglob("overrides.json")
    assert written.parent.relative_to(tmp_path).as_posix() == "share/jupyter/lab/settings"
    said = json.loads(written.read_text())["@jupyterlab/apputils-extension:notification"]
    assert said == {"fetchNews": "false"}
    written.write_text("{}")
    start.ask_nothing(tmp_path)
    assert written.read_text() == "{}"


def test_what_follows_peers_goes_to_pip_for_pytorch_alone(start, monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(start, "run", lambda command, *_, **__: commands.append(command))
    monkeypatch.setattr(start, "PEERS", tmp_path / ".peers")
    (tmp_path / ".peers").mkdir()
    wanted = ["--index-url", "https://example.org/cpu"]
    assert start.main(["peers", *wanted, "--benchmarks"]) == 0
    pip = [command for command in commands if "pip" in command]
    assert [command[-1] for command in pip] == start.PEER_PACKAGES + start.BENCHMARK_PACKAGES
    assert pip[0][-3:] == [*wanted, "torch==2.13.0"] and pip[0][0].startswith(str(tmp_path))
    for command in pip[1:]:
        assert not set(command) & {*wanted, "--benchmarks"}
    python = start.interpreter(tmp_path / ".peers")
    python.parent.mkdir(parents=True)
    python.write_text("")
    commands.clear()
    assert start.main(["peers", *wanted, "--benchmarks"]) == 0 and commands == []
    assert start.main(["peers"]) == 0, "other packages are another environment"
    assert [command[-1] for command in commands if "pip" in command] == start.PEER_PACKAGES


def test_an_argument_that_pip_refuses_gets_the_remedy(start, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(start, "PEERS", tmp_path / ".peers")
    monkeypatch.setattr(start, "make_environment", lambda environment: None)
    monkeypatch.setattr(start, "interpreter", lambda environment: Path(sys.executable))
    monkeypatch.setattr(start, "PEER_PACKAGES", ["torch==0"])
    assert start.main(["peers", "--no-such-option"]) == 1
    assert "must be arguments of pip install" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rest", "browser", "status"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 1, 2)]
)
def test_all_tests_run_in_two_halves_and_either_can_fail(
    start, monkeypatch, tmp_path, capfd, rest, browser, status
):
    pretended = tmp_path / "pretended.py"
    pretended.write_text(
        "import sys\nhalf = sys.argv[-1]\nprint('ran', half)\n"
        f"sys.exit({rest} if half.startswith('not') else {browser})\n"
    )
    begin = subprocess.Popen

    def pretend(command, **more):
        assert command[1:3] == ["-m", "pytest"]
        return begin([sys.executable, str(pretended), *command[3:]], **more)

    monkeypatch.setattr(start, "install", lambda: None)
    monkeypatch.setattr(start.shutil, "which", lambda name: name)
    monkeypatch.setattr(start.subprocess, "Popen", pretend)  # `run` uses it, too
    assert start.main(["test"]) == status
    said = capfd.readouterr().out
    assert said.index("beside") < said.index("ran not (") < said.index("ran browser and")
    assert start.main(["test", "-k", "one"]) == browser
    assert capfd.readouterr().out.strip() == "ran one"
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    start.main(["test"])
    assert "not (" not in capfd.readouterr().out


def test_the_commands_of_the_readme_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 start.py  " in readme and "python3 start.py test" in readme
    done = subprocess.run(
        [sys.executable, str(ROOT / "start.py"), "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "{open,test,install,peers,class,lite,hub}" in done.stdout
    said = " ".join(done.stdout.split())
    assert "What else follows it goes to pip" in said and "PyTorch's own site" in said
