"""What a hub is made of: laid chapters, the image, the values, Binder, and figures that agree."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from benchmarks import hub_load, lesson_times
from course_utils.teaching import __main__ as command
from course_utils.teaching import hub
from course_utils.teaching.command import CommandError
from tests.class_tools import class_python

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VALUES = (ROOT / "hub" / "values.yaml").read_text(encoding="utf-8")
PAGE = (ROOT / "teaching" / "hub.md").read_text(encoding="utf-8")
RECORD = json.loads(hub_load.RECORD.read_text(encoding="utf-8"))
BADGE = "https://mybinder.org/v2/gh/OWNER/REPOSITORY/HEAD?urlpath=lab/tree/my_course/"


def chapter(word: str) -> str:
    cell = {
        "cell_type": "code", "id": "a", "metadata": {}, "source": [word], "execution_count": 1,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["seen"]}],
    }  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def cell(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))["cells"][0]


@pytest.fixture
def pulled(tmp_path):
    folder = tmp_path / hub.PULLED / "notebooks"
    folder.mkdir(parents=True)
    (folder / hub.FIRST_CHAPTER).write_text(chapter("pulled"))
    return tmp_path / hub.PULLED


def test_a_user_gets_the_pulled_course_else_the_installed_one(tmp_path, pulled):
    assert hub.course_for(tmp_path) == pulled
    (pulled / "notebooks" / hub.FIRST_CHAPTER).unlink()
    assert hub.course_for(tmp_path) == ROOT


def test_the_command_lays_all_chapters_without_results(tmp_path, capsys):
    assert command.main(["lay", str(tmp_path / "new" / "mine")]) == 0
    laid = sorted(path.name for path in (tmp_path / "new" / "mine").glob("*.ipynb"))
    assert laid == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    for path in (tmp_path / "new" / "mine").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(c.get("outputs") for c in cells)
    assert "The chapters lie in" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["<<<<<<< ours", "[]", '{"cells": 3}'])
def test_a_damaged_chapter_is_one_sentence_and_loses_nothing(tmp_path, pulled, damage):
    hub.lay(pulled, tmp_path / "mine")
    (tmp_path / "mine" / hub.FIRST_CHAPTER).write_text("my own")
    (pulled / "notebooks" / hub.FIRST_CHAPTER).write_text(damage)
    with pytest.raises(CommandError, match="isn't a whole notebook") as caught:
        hub.lay(pulled, tmp_path / "mine")
    assert str(caught.value).count("\n") == 0
    assert (tmp_path / "mine" / hub.FIRST_CHAPTER).read_text() == "my own"


def test_a_course_without_chapters_or_a_folder_that_is_a_file_is_one_sentence(tmp_path, capsys):
    with pytest.raises(CommandError, match="no chapters"):
        hub.lay(tmp_path, tmp_path / "mine")
    (tmp_path / "file").write_text("")
    assert command.main(["lay", str(tmp_path / "file")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said


class Server:
    """What the extension needs of a Jupyter server."""

    def __init__(self, home: Path) -> None:
        self.root_dir = str(home)
        self.handlers: list[tuple[str, type]] = []
        self.warned: list[str] = []
        self.log = SimpleNamespace(warning=self.warned.append)
        self.web_app = SimpleNamespace(settings={"base_url": "/user/mia/"}, add_handlers=self._add)

    def _add(self, host: str, handlers: list) -> None:
        self.handlers += handlers

    def routes(self, address: str) -> bool:
        return any(re.fullmatch(pattern, address) for pattern, *_ in self.handlers)


def test_a_server_that_starts_lays_the_chapters_and_lets_kernels_find_the_package(
    tmp_path, pulled, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert hub._jupyter_server_extension_points() == [{"module": hub.__name__}]
    server = Server(tmp_path)
    hub._load_jupyter_server_extension(server)
    assert cell(tmp_path / hub.FOLDER / hub.FIRST_CHAPTER)["source"] == ["pulled"]
    assert cell(tmp_path / hub.FOLDER / hub.FIRST_CHAPTER)["outputs"] == []
    assert os.environ["PYTHONPATH"] == os.pathsep.join([str(pulled), "elsewhere"])
    assert server.routes("/user/mia/course") and not server.routes("/user/mia/course/../x")
    assert server.warned == []


def test_a_server_starts_even_if_nothing_can_be_laid(tmp_path, pulled, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    (pulled / "notebooks" / hub.FIRST_CHAPTER).write_text("{")
    server = Server(tmp_path)
    hub._load_jupyter_server_extension(server)
    assert len(server.warned) == 1 and server.routes("/user/mia/course/00_start_here.ipynb")
    assert server.web_app.settings["course_untold"] == server.warned


# The image


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions, each with the rest of its line."""
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    return [(line.split()[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def kept_out(source: str, ignored: str) -> bool:
    """Whether a .dockerignore, whose last fitting line counts, keeps a path out."""
    out = False
    for line in ignored.split():
        pattern = line.removeprefix("!").removeprefix("**/")
        if fnmatch.fnmatch(source.rstrip("/"), pattern):
            out = not line.startswith("!")
    return out


def image_faults(text: str) -> list[str]:
    """What would keep the image from being built or from fitting a hub."""
    ignored = (ROOT / "hub" / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    made = instructions(text)
    known = {"FROM", "ARG", "RUN", "WORKDIR", "ENV", "COPY", "USER", "EXPOSE", "CMD"}
    found = [f"no instruction {word!r}" for word, _ in made if word not in known]
    copied: set[str] = set()
    for word, rest in made:
        if word == "COPY":
            *sources, target = rest.split()
            found += [f"no file {s!r}" for s in sources if not (ROOT / s).exists()]
            found += [f"{s!r} is kept out" for s in sources if kept_out(s, ignored)]
            if "home" in target.lower():
                found.append("the storage of a user would hide what lies in the home")
            copied |= set(sources)
        if word == "RUN":
            done = subprocess.run(
                ["bash", "-n", "-c", rest], capture_output=True, text=True, check=False
            )
            found += [f"{rest!r} is no command: {done.stderr}"] if done.returncode else []
            # A package's files must be there before what needs them.
            if "--editable" in rest and not {"course_utils", PROJECT["readme"]} <= copied:
                found.append("the course is installed before it is copied")
    if re.search(r"^FROM \S+(:latest)?$(?<!:\d)", text, re.M) and ":3" not in text:
        found.append("the base image has no version")
    version = re.search(r"^FROM python:3\.(\d+)", text, re.M)
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    if not version or not int(low) <= int(version[1]) < int(high):
        found.append("the base image's Python isn't one that the course runs on")
    users = [rest for word, rest in made if word == "USER"]
    if users[-1:] != ["${NB_UID}"]:
        found.append("the image runs as root")
    extras = re.findall(r"ARG EXTRA=(\w+)", text) + re.findall(r"EXTRA=(\w+)", text)
    found += [f"no extra {e!r}" for e in extras if e not in PROJECT["optional-dependencies"]]
    needed = {"start.py", "course_utils", "notebooks", "uv.lock", "pyproject.toml", "LICENSE"}
    found += [f"{name} isn't in the image" for name in sorted(needed - copied)]
    return found


def test_the_image_can_be_built_from_what_is_here():
    assert image_faults((ROOT / "hub" / "Dockerfile").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("COPY start.py", "COPY begin.py", "no file 'begin.py'"),
        ("COPY start.py", "COPY conftest.py start.py", "'conftest.py' is kept out"),
        ("COPY notebooks notebooks/", "COPY notebooks ${HOME}/", "would hide"),
        ("COPY notebooks notebooks/\n", "", "notebooks isn't in the image"),
        ("USER ${NB_UID}\n", "", "runs as root"),
        ("python:3.13", "python:3.9", "isn't one that the course runs on"),
        ("EXTRA=hub", "EXTRA=pub", "no extra 'pub'"),
        ("; fi\n", "\n", "is no command"),
        ("EXPOSE", "EXPOSES", "no instruction"),
    ],
)
def test_a_faulty_image_is_seen(old, new, complaint):
    text = (ROOT / "hub" / "Dockerfile").read_text(encoding="utf-8")
    assert old in text
    assert any(complaint in fault for fault in image_faults(text.replace(old, new, 1)))


def test_the_hub_s_own_packages_are_those_of_the_class():
    extras = PROJECT["optional-dependencies"]
    assert set(extras["hub"]) < set(extras["class"])


# The values, and what was measured


def quantity(text: str | float) -> float:
    """A quantity of Kubernetes, as "1G", in bytes or cores."""
    units = {"M": 1e6, "G": 1e9, "Mi": 2**20, "Gi": 2**30}
    number, unit = re.fullmatch(r"([\d.]+)([A-Z]i?)?", str(text)).groups()
    return float(number) * units.get(unit, 1)


def measured(count: int) -> dict:
    return next(run for run in RECORD["runs"] if run["users"] == count)


def test_the_limits_come_from_what_was_measured():
    single = yaml.safe_load(VALUES)["singleuser"]
    pss = max(measured(n)["bytes"]["pss"]["most"] for n in (10, 25))
    rss = max(measured(n)["bytes"]["rss"]["most"] for n in (10, 25))
    memory = single["memory"]
    assert pss < quantity(memory["guarantee"]) < rss * 1.5
    # A second and a third open chapter must fit.
    assert 2 * rss < quantity(memory["limit"]) <= 4 * rss
    assert 0 < single["cpu"]["guarantee"] < single["cpu"]["limit"] <= 2
    run = measured(10)
    told = [int(n) for n in re.findall(r"(\d+)\s+(?:# )?MB", VALUES)]
    most = measured(1)["bytes"]["pss"]["median"]  # chapter 6, which needs most
    assert told == [round(n / 1e6) for n in (run["bytes"]["pss"]["median"], rss, most)]
    assert f"{most / 1e6:.0f} MB with chapter 6" in " ".join(PAGE.split())
    seconds = run["seconds"]
    told = [int(n) for n in re.findall(r"(\d+) s (?:of a processor|for one training)", VALUES)]
    assert told == [
        round(seconds["processor, ready"]["median"]),
        round(seconds["processor, training"]["median"]),
    ]


def test_the_values_lead_to_the_course_and_let_nobody_in_by_themselves(tmp_path, monkeypatch):
    values = yaml.safe_load(VALUES)
    assert values["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"
    single = values["singleuser"]
    assert single["image"] == {"name": "REGISTRY/decoding-llm-training", "tag": "TAG"}
    assert single["storage"]["type"] == "dynamic", "an update keeps the users' homes"
    monkeypatch.setenv("PYTHONPATH", "")
    server = Server(tmp_path)
    hub._load_jupyter_server_extension(server)
    assert server.routes("/user/mia" + single["defaultUrl"])


def test_the_report_is_the_record_s():
    assert hub_load.REPORT.read_text(encoding="utf-8") == hub_load.write_report(RECORD)
    assert {run["users"] for run in RECORD["runs"]} >= {10, 25}
    assert all(run["failures"] == {} for run in RECORD["runs"])


def page_figures() -> list[str]:
    """What the page must say, from the record."""
    ten, many = measured(10), measured(25)
    seconds = ten["seconds"]
    return [
        f"{ten['bytes']['pss']['median'] / 1e6:.0f} MB for each user at 10 users,"
        f" {many['bytes']['pss']['median'] / 1e6:.0f} MB at 25",
        f"{seconds['processor, ready']['median']:.0f} seconds of one core until",
        f"{seconds['processor, training']['median']:.0f} for one training",
        *(
            f"{run['seconds']['ready']['median']:.0f} s{words}"
            f" and {run['seconds']['training']['median']:.0f} s"
            for run, words in ((ten, " for the chapter"), (many, ""))
        ),
    ]


def test_the_page_says_what_was_measured():
    text = " ".join(PAGE.split())
    for figure in page_figures():
        assert figure in text
    guide = " ".join((ROOT / "teaching" / "README.md").read_text(encoding="utf-8").split())
    alone = json.loads(lesson_times.RECORD.read_text(encoding="utf-8"))
    for name in ("chapter 0", "chapter 5, 50 stories"):
        assert f"{alone[name]['processor']:.0f} s of its time" in guide
    for run in (measured(10), measured(25)):
        assert f"{run['seconds']['training']['median']:.0f} s at {run['users']} users" in guide


def test_the_link_goes_where_the_extension_listens(tmp_path, monkeypatch):
    link = re.search(r"^https://HUB/hub/user-redirect/git-pull\S+$", PAGE, re.M)[0]
    asked = {key: value[0] for key, value in parse_qs(urlsplit(link).query).items()}
    assert asked["repo"] == "https://github.com/OWNER/REPOSITORY"
    assert asked["targetPath"] == hub.PULLED
    monkeypatch.setenv("PYTHONPATH", "")
    server = Server(tmp_path)
    hub._load_jupyter_server_extension(server)
    assert server.routes(f"/user/mia/{asked['urlpath']}")


# The hub on one computer


def test_the_proxy_is_pinned_and_names_no_package_host():
    wanted = json.loads((ROOT / "hub" / "package.json").read_text(encoding="utf-8"))
    text = (ROOT / "hub" / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(text)["packages"]
    assert locked[""]["dependencies"] == wanted["dependencies"]
    for name, version in wanted["dependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for name, package in locked.items() if name)
    assert "resolved" not in text


def test_without_npm_one_sentence_names_it(start, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(start, "install_class", lambda: None)
    monkeypatch.setattr(start, "CLASS", tmp_path)
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.main(["hub"]) == 1
    said = capsys.readouterr().err
    assert "npm" in said and said.count("\n") == 1


def test_the_proxy_is_installed_once(start, monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(start, "install_class", lambda: None)
    monkeypatch.setattr(start, "CLASS", tmp_path)
    monkeypatch.setattr(start.shutil, "which", lambda name: f"the {name}")
    monkeypatch.setattr(start, "run", lambda command, *_, **__: commands.append(command))
    assert start.main(["hub", "--install-only"]) == start.main(["hub", "--install-only"]) == 0
    assert len(commands) == 1 and commands[0][:2] == ["the npm", "ci"]
    assert (tmp_path / "proxy" / "package-lock.json").exists()


def test_the_local_hub_can_be_reached_from_this_computer_only():
    text = (ROOT / "hub" / "local_config.py").read_text(encoding="utf-8")
    assert 'ME = "127.0.0.1"' in text and "0.0.0.0" not in text
    for trait in ("bind_url", "hub_bind_url", "api_url"):
        assert re.search(rf"\.{trait} = f\"http://{{ME}}:", text), trait
    assert "user_password = PASSWORD" in text


# Binder


def test_binder_s_configuration_fits_the_course():
    folder = ROOT / ".binder"
    minor = int(re.fullmatch(r"python-3\.(\d+)\n", (folder / "runtime.txt").read_text())[1])
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert int(low) <= minor < int(high)
    for name in ("postBuild", "start"):
        assert os.access(folder / name, os.X_OK), name
        done = subprocess.run(["bash", "-n", str(folder / name)], capture_output=True, check=False)
        assert done.returncode == 0
    script = (folder / "postBuild").read_text(encoding="utf-8")
    assert "uv export --locked" in script and f"teaching lay {hub.FOLDER}\n" in script
    assert 'exec "$@"' in (folder / "start").read_text(encoding="utf-8")


def test_the_badge_opens_chapter_0_and_its_placeholder_is_named():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"({BADGE}{hub.FIRST_CHAPTER})" in readme
    assert "OWNER/REPOSITORY" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.class_tools
def test_repo2docker_accepts_the_binder_configuration(tmp_path):
    """It reads the folder and writes a Dockerfile; building one needs Docker."""
    copy = tmp_path / "course"
    (copy / ".binder").mkdir(parents=True)
    for path in (ROOT / ".binder").iterdir():
        target = copy / ".binder" / path.name
        target.write_bytes(path.read_bytes())
        target.chmod(path.stat().st_mode)
    (copy / "environment.yml").write_text("dependencies: [never-read]\n")
    done = subprocess.run(
        [str(class_python()), "-m", "repo2docker", "--no-build", "--debug", str(copy)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "python=3.12" in done.stdout + done.stderr
    made = [shlex.split(line) for line in done.stdout.splitlines() if line.startswith("RUN ./")]
    assert ["RUN", "./.binder/postBuild"] in made
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/.binder/start"' in done.stdout
    assert ".binder/requirements.txt" in done.stdout and "never-read" not in done.stdout
