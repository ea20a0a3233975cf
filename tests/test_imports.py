"""Dependencies point one way: numbers → figures → widgets and learning → notebooks."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "course_utils"
# What each part may import from the others.
ALLOWED = {
    "material": set(),
    "student": {"material"},
    "training": {"material", "student"},
    "figures": {"material", "student", "training"},
    "widgets": {"material", "student", "training", "figures", "learning"},
    "learning": {"material", "student", "training", "figures"},
    # Everything but notebooks; and nothing imports it.
    "teaching": {"material", "student", "training", "figures", "widgets", "learning"},
}
NUMBERS = ("material", "student", "training")
# Besides the standard library. safetensors is the weights' file format.
NUMBERS_MAY_IMPORT = {"numpy", "safetensors", "course_utils"}
HEAVY = ("matplotlib", "ipywidgets", "IPython", "PIL", "traitlets")


def sources(part: str) -> list[Path]:
    return sorted((PACKAGE / part).rglob("*.py"))


def imported(path: Path, tree: ast.Module) -> set[str]:
    """The full names of all modules that a file imports, anywhere in it."""
    package = [*path.relative_to(ROOT).parent.parts]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found.add(start)
            if start == "course_utils":
                found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def complaints(path: Path, source: str) -> list[str]:
    """What the file imports or calls against the rules."""
    tree = ast.parse(source)
    part = path.relative_to(PACKAGE).parts[0]
    found = []
    for name in sorted(imported(path, tree)):
        words = name.split(".")
        other = words[1] if words[0] == "course_utils" and len(words) > 1 else part
        if other in ALLOWED and other not in {part, *ALLOWED[part]}:
            found.append(f"{part} imports {other}")
        if (
            part in NUMBERS
            and words[0] not in NUMBERS_MAY_IMPORT
            and words[0] not in sys.stdlib_module_names
        ):
            found.append(f"{part} imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            found.append("star import")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("exec", "eval"):
                found.append(node.func.id)
            if node.func.id == "print" and part in NUMBERS and path.stem not in ("terminal",):
                found.append("print")
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "np.random.seed",
            "random.seed",
        ):
            found.append("global seed")
    return found


@pytest.mark.parametrize("part", ALLOWED)
def test_the_rules_hold(part):
    assert sources(part)
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in sources(part)
        if (wrong := complaints(path, path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("place", "source", "said"),
    [
        ("material/stories.py", "from course_utils.student import GPT", "imports student"),
        ("student/layers.py", "from ..training import train", "imports training"),
        ("student/layers.py", "from course_utils import training", "imports training"),
        ("material/text.py", "def f():\n    import matplotlib.pyplot", "imports matplotlib"),
        ("figures/curve.py", "import course_utils.widgets.chips", "imports widgets"),
        ("learning/quiz.py", "from ..widgets import Paper", "imports widgets"),
        ("widgets/room.py", "from course_utils.teaching import papers", "imports teaching"),
        ("student/layers.py", "from numpy import *", "star import"),
        ("training/loop.py", "print(1)", "print"),
        ("widgets/play.py", "exec('1')", "exec"),
        ("training/loop.py", "import numpy as np\nnp.random.seed(0)", "global seed"),
    ],
)
def test_a_broken_rule_is_seen(place, source, said):
    assert any(said in wrong for wrong in complaints(PACKAGE / place, source))


def loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_numbers_load_neither_pictures_nor_widgets():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for part in NUMBERS
        for path in sources(part)
    ]
    assert loaded_after("import " + ", ".join(modules)) == set()
    assert "matplotlib" in loaded_after("import matplotlib")


def test_the_garbage_collector_need_not_look_at_what_imports_made():
    code = (
        "import gc, course_utils.widgets;"
        "gc.collect();"
        "print(len(gc.get_objects()), gc.get_freeze_count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    watched, left_alone = map(int, done.stdout.split())
    assert watched < left_alone / 20
