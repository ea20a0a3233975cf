"""Small rules of hygiene for what is committed."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 1_000_000
# A home directory or a temporary folder of some machine: no learner has it.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/])/(home|Users|root|opt|work|mnt|srv|tmp)/\w|[A-Z]:\\\\?Users"
)
# Files whose subject is such paths.
SPEAKS_OF_PATHS = {"tests/test_repository.py", "teaching/hub.md"}


def tracked() -> list[Path]:
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("git isn't installed here")
    if done.returncode:
        pytest.skip("this copy of the course is no git repository")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def machine_paths(text: str) -> list[str]:
    return [line.strip()[:200] for line in text.splitlines() if MACHINE_PATH.search(line)]


def undocumented(source: str) -> list[str]:
    """The module (as "module"), public classes, functions and methods without a docstring."""

    inherited: dict[str, set[str]] = {}

    def walk(node: ast.AST, prefix: str) -> list[str]:
        found = []
        if isinstance(node, ast.ClassDef):
            documented = {
                child.name
                for child in node.body
                if isinstance(child, ast.FunctionDef) and ast.get_docstring(child)
            }
            for base in node.bases:
                documented |= inherited.get(ast.unparse(base), set())
            inherited[node.name] = documented
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = prefix + child.name
                if isinstance(node, ast.ClassDef) and child.name in inherited[node.name]:
                    continue
                if child.name.startswith("_"):
                    continue
                if ast.get_docstring(child) is None and not _overloads(child):
                    found.append(name)
                if isinstance(child, ast.ClassDef):
                    found += walk(child, f"{name}.")
        return found

    tree = ast.parse(source)
    return ([] if ast.get_docstring(tree) else ["module"]) + walk(tree, "")


def _overloads(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(d).endswith(("overload", ".setter")) for d in decorators)


def test_nothing_large_is_committed():
    large = {
        str(path.relative_to(ROOT)): path.stat().st_size
        for path in tracked()
        if path.name != "uv.lock" and path.stat().st_size > MOST_BYTES
    }
    assert large == {}


def test_no_file_names_a_place_on_somebodys_machine():
    found = {}
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name not in SPEAKS_OF_PATHS and (lines := machine_paths(text)):
            found[name] = lines
    assert found == {}


def test_a_machines_path_is_seen():
    assert machine_paths("see /home/mia/course") != []
    assert machine_paths('open("/tmp/a.txt")') != []
    assert machine_paths(r"C:\Users\mia") != []
    assert machine_paths("https://example.org/home/page and ./tmp/a and the work/rest ratio") == []


def test_everything_public_has_a_docstring():
    found = {
        str(path.relative_to(ROOT)): names
        for path in sorted((ROOT / "course_utils").rglob("*.py"))
        if path.parent.name != "solutions"  # solutions: the exercise says what they do
        if (names := undocumented(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_missing_docstring_is_seen():
    source = '"""M."""\nclass A:\n    """A."""\n    def f(self): ...\n    def _g(self): ...\n'
    assert undocumented(source) == ["A.f"]
    source += 'class B(A):\n    """B."""\n    def f(self): ...\n    def g(self): ...\n'
    assert undocumented(source) == ["A.f", "B.f", "B.g"]
    assert undocumented(
        source.replace("def f(self): ...", 'def f(self):\n        """F."""', 1)
    ) == ["B.g"]
    assert undocumented("") == ["module"]


def test_generated_and_private_folders_are_not_committed():
    wrong = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if {".venv", ".peers", "my_course", "my_hub", "__pycache__", ".ipynb_checkpoints"}
        & set(path.parts)
    ]
    assert wrong == []
