"""The doctor's findings, the command line, and files that must say the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course_utils import __main__ as command
from course_utils import doctor
from course_utils.training import terminal

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_conda_gets_the_same_python_and_the_course_itself():
    lines = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert f"python {PROJECT['requires-python']}" in lines
    assert "- -e ." in lines and f"name: {PROJECT['name']}" in lines


def test_the_doctor_looks_at_what_the_course_depends_on():
    needed = dict(re.fullmatch(r"(\w+)>=([\d.]+)", d).groups() for d in PROJECT["dependencies"])
    assert needed == doctor.NEEDED
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert ((3, int(low)), (3, int(high))) == (doctor.OLDEST, doctor.FIRST_UNKNOWN)


def test_here_all_is_well(capsys):
    assert doctor.main() == 0
    assert capsys.readouterr().out.count("ok ") == len(doctor.examine())


@pytest.mark.parametrize(
    "finding",
    [
        doctor.python((3, 10, 1)),
        doctor.python((3, 15, 0)),
        doctor.package("numpy", "99"),
        doctor.package("no-such-package", "1"),
        doctor.fonts("No Such Font"),
        doctor.writing("no/such/folder"),
        doctor.memory(1000),
    ],
)
def test_each_problem_is_one_line_with_its_remedy(finding):
    assert not finding.ok and finding.remedy
    assert str(finding).startswith("PROBLEM") and "\n" not in str(finding)


def test_missing_widgets_are_seen_and_the_exit_status_says_so(monkeypatch, capsys):
    def missing(name):
        raise doctor.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "distribution", missing)
    assert not doctor.widgets().ok
    assert doctor.main() == 1 and "PROBLEM  widgets" in capsys.readouterr().out


def test_an_unknown_amount_of_memory_is_no_problem(monkeypatch):
    monkeypatch.setattr(doctor, "free_memory", lambda: None)
    assert doctor.memory().ok


def test_the_command_line(capsys):
    assert command.main(["doctor"]) == 0
    assert command.main(["nonsense"]) == 2 and "usage" in capsys.readouterr().err
    assert command.main(["--help"]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "course_utils", "train", "--preset", "huge"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and "There is no preset 'huge'" in done.stderr


@pytest.mark.parametrize(
    ("asked", "chosen", "threads"),
    [
        ([], None, "2"),
        (["--workers", "2"], None, "1"),  # each process has a core of its own
        (["--workers=2"], None, "1"),
        ([], "3", "3"),
    ],
)
def test_a_training_alone_has_two_threads_for_its_products(monkeypatch, asked, chosen, threads):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", chosen or "")  # so that it is put back afterwards
    if chosen is None:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    trained = []
    monkeypatch.setattr(terminal, "main", lambda arguments: trained.append(arguments) or 0)
    assert command.main(["train", *asked]) == 0
    assert trained == [asked] and os.environ["OPENBLAS_NUM_THREADS"] == threads


def test_a_notebook_s_quick_look_spares_the_import_of_jupyterlab_only(monkeypatch):
    loaded = []
    monkeypatch.setattr(doctor.importlib, "import_module", loaded.append)
    assert all(finding.ok for finding in doctor.examine(quick=True))
    assert loaded == [name for name in doctor.NEEDED if name != "jupyterlab"]
    loaded.clear()
    doctor.examine()
    assert loaded == list(doctor.NEEDED)
