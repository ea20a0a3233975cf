"""The teacher's guide speaks of widgets, controls, exercises and sections that there really are.

Its notation: **bold** is what stands on a control, *italics* are a heading of the chapter or an
exercise, and `Widget("view")` is a cell of the chapter. A line with a control names its widget.
"""

from __future__ import annotations

import ast
import functools
import math
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "teaching"
CALL = re.compile(r"`([A-Za-z_]\w*)\(([^`]*)\)`")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
ITALIC = re.compile(r"(?<![*\w])\*([^*\s][^*]*)\*(?![*\w])")
EXERCISE = re.compile(r"Exercise (\d\.\d)(?:, (.+))?")
FIGURE = re.compile(r"(?<![\w.,])\d+\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?")
NOTEBOOK = re.compile(r"\(\.\./notebooks/([^)#]+)\)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
MINUTES = re.compile(r"^\| (\d+)–(\d+) \|", re.M)
SHARE = re.compile(r"^- (\d+) min: ", re.M)
PARTS = (
    "What they take home",
    "Before the lesson",
    "45 minutes",
    "Cut to 25 minutes",
    "Stretch to 90 minutes",
    "Three questions",
    "What they will think",
    "In pairs",
    "Exit ticket",
    "Homework",
    "Without calculus",
)


def page(name: str) -> str:
    return (GUIDE / name).read_text(encoding="utf-8")


def part(text: str, name: str) -> str:
    """What stands under a heading of the second level, up to the next one."""
    found = re.search(rf"^## {re.escape(name)}.*?\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return found[1] if found else ""


def blocks(text: str) -> list[str]:
    """Paragraphs, list items and rows of tables, each on one line; code is left out."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    text = re.sub(r"\n(?=\s*(?:[-|#>]|\d+\. ))", "\n\n", text)
    return [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip()]


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def strings(node: ast.AST) -> set[str]:
    """All strings in some code but docstrings, without a colon at the end."""
    docs = {
        id(inner.body[0].value)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Module | ast.ClassDef | ast.FunctionDef)
        and inner.body
        and isinstance(inner.body[0], ast.Expr)
    }
    found = {
        inner.value.strip().rstrip(":")
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant)
        and isinstance(inner.value, str)
        and id(inner) not in docs
    }
    return found


class Course:
    """The chapters and the package under a root, read and never run."""

    def __init__(self, root: Path = ROOT) -> None:
        self.package = root / "course_utils"
        self.notebooks = sorted((root / "notebooks").glob("0[0-9]_*.ipynb"))
        self.homes: dict[str, Path] = {}
        for path in sorted(self.package.rglob("*.py")):
            for node in tree(path).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef):
                    first = "widgets" in path.parts or node.name not in self.homes
                    if first:
                        self.homes[node.name] = path

    def file(self, module: str) -> Path | None:
        path = self.package.parent.joinpath(*module.split("."))
        return next(
            (p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()), None
        )

    def commands(self) -> set[str]:
        """The teacher's commands, by the strings of their table."""
        path = self.package / "teaching" / "__main__.py"
        return strings(tree(path)) if path.exists() else set()

    def labels(self, widget: str) -> set[str]:
        """The strings of a widget's module, of the widgets that it uses, and of their sources."""
        todo, seen, found = [self.homes[widget]], set(), set()
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.add(path)
            found |= strings(tree(path))
            if "widgets" not in path.parts or path.name == "__init__.py":
                continue
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    used = self.file(node.module)
                    if node.module.startswith("course_utils.") and used:
                        todo.append(used)
        return found


class Chapter:
    """One notebook: its headings, calls and words."""

    def __init__(self, path: Path) -> None:
        cells = nbformat.read(path, as_version=4).cells
        self.name = path.name
        texts = [c.source for c in cells if c.cell_type == "markdown"]
        self.headings = {
            re.sub(r" \([^)]*\)$", "", heading).strip()
            for heading in re.findall(r"^#+ (.+)$", "\n".join(texts), re.M)
        }
        self.calls: list[tuple[str, set[object], set[str]]] = []
        for cell in cells:
            if cell.cell_type == "code":
                for node in ast.walk(ast.parse(cell.source)):
                    if isinstance(node, ast.Call):
                        inner = [n for a in ast.iter_child_nodes(node) for n in ast.walk(a)]
                        given = {n.value for n in inner if isinstance(n, ast.Constant)}
                        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                        self.calls.append((name, given, strings(node)))
        shown = "\n".join(str(cell) for cell in cells)
        shown = re.sub(r"base64,[A-Za-z0-9+/=]+", "", shown)
        self.figures = set(FIGURE.findall(shown))

    def has_call(self, name: str, arguments: str) -> bool:
        wanted = {ast.literal_eval(a) for a in re.findall(r'"[^"]*"|\b\d+\b', arguments)}
        return any(name == called and wanted <= given for called, given, _ in self.calls)


def faults(text: str, chapter: Chapter | None, course: Course) -> list[str]:
    """What a page says that isn't so. Without a chapter headings and cells may be of any."""
    chapters = [chapter] if chapter else [read(path) for path in course.notebooks]
    headings = set().union(*(c.headings for c in chapters))
    everywhere = set().union(*(read(path).headings for path in course.notebooks))
    found = []
    for block in blocks(text):
        widgets = []
        for name, arguments in CALL.findall(block):
            if name not in course.homes:
                found.append(f"{name} isn't in the package")
            elif name[0].isupper() or "widgets" in course.homes[name].parts:
                widgets.append(name)
                # A page of no chapter may name a widget for a cell of one's own.
                if chapter and not chapter.has_call(name, arguments):
                    found.append(f"no cell has {name}({arguments})")
        found += [
            f"no command {command!r}"
            for command in re.findall(r"course_utils\.teaching (\w+)", block)
            if command not in course.commands()
        ]
        for control in BOLD.findall(block):
            known = set().union(*(course.labels(name) for name in widgets if name in course.homes))
            for c in chapters:
                known |= {s for name, _, given in c.calls if name in widgets for s in given}
            if not widgets:
                found.append(f"the line with the control {control!r} names no widget")
            elif control.rstrip(":") not in known:
                found.append(f"no control {control!r} in {', '.join(widgets)}")
        for words in ITALIC.findall(BOLD.sub("", block)):
            exercise = EXERCISE.fullmatch(words)
            if exercise:
                if not any(
                    h.startswith(f"Exercise {exercise[1]}: {exercise[2] or ''}") for h in everywhere
                ):
                    found.append(f"no exercise {words!r}")
            elif words not in headings:
                found.append(f"no section {words!r}")
    if chapter:
        told = FIGURE.findall(re.sub(r"Exercise \d\.\d", "", text))
        found += [f"{n} isn't in the chapter" for n in told if n not in chapter.figures]
    return found


@functools.cache
def read(path: Path) -> Chapter:
    return Chapter(path)


@functools.cache
def course() -> Course:
    return Course()


def by_number(number: int) -> Chapter:
    return read(course().notebooks[number])


def test_each_chapter_has_its_page():
    pages = sorted(path.name for path in GUIDE.glob("chapter_*.md"))
    assert pages == [f"chapter_{n}.md" for n in range(len(course().notebooks))]


@pytest.mark.parametrize("number", range(7))
def test_a_page_agrees_with_its_chapter(number):
    assert faults(page(f"chapter_{number}.md"), by_number(number), course()) == []


@pytest.mark.parametrize("name", ["README.md", "class_as_model.md"])
def test_the_other_pages_agree_with_the_course(name):
    assert faults(page(name), None, course()) == []


def chapter_minutes(path: Path) -> tuple[int, int]:
    """What a chapter's headings say of its core and of its deeper minutes."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    core = re.findall(r"^## [^(\n]+ \((\d+) minutes?\)", text, re.M)
    deeper = re.findall(r"^#+ (?!Exercise)[^(\n]+ \(deeper, (\d+) minutes?\)", text, re.M)
    return sum(map(int, core)), sum(map(int, deeper))


def test_the_readme_gives_the_chapters_minutes():
    rows = re.findall(r"\(chapter_(\d)\.md\) \| (\d+), (\d+) \|", page("README.md"))
    told = {int(n): (int(core), int(deeper)) for n, core, deeper in rows}
    there = {n: chapter_minutes(path) for n, path in enumerate(course().notebooks)}
    assert told == {n: minutes for n, minutes in there.items() if n}


def test_the_day_has_no_gap():
    spans = re.findall(r"^\| (\d+:\d\d)–(\d+:\d\d) \|", page("README.md"), re.M)
    assert len(spans) > 8
    assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]


def plan_faults(text: str) -> list[str]:
    found = [f"no part {name!r}" for name in PARTS if not part(text, name)]
    spans = [(int(a), int(b)) for a, b in MINUTES.findall(part(text, "45 minutes"))]
    ends = [0, *(b for _, b in spans)]
    if [a for a, _ in spans] != ends[:-1] or ends[-1] != 45:
        found.append(f"the minutes {spans} don't fill 45")
    for total, name in ((25, "Cut to 25 minutes"), (90, "Stretch to 90 minutes")):
        told = sum(map(int, SHARE.findall(part(text, name))))
        if told != total:
            found.append(f"{name}: {told}")
    asked = part(text, "Three questions")
    if len(re.findall(r"^\d\. ", asked, re.M)) != 3 or asked.count("Expect:") != 3:
        found.append("not three questions with what to expect")
    ideas = [b for b in blocks(part(text, "What they will think")) if b.startswith("- ")]
    if len(ideas) < 3 or not all("Say:" in idea or "Show:" in idea for idea in ideas):
        found.append("fewer than three ideas, or one without an answer")
    exit_ticket = part(text, "Exit ticket")
    asked_last = re.findall(r"^\d\. ", exit_ticket, re.M)
    if len(asked_last) < 4 or len(asked_last) % 2 or "Answers:" not in exit_ticket:
        found.append("an exit ticket has as many answers as questions")
    return found


@pytest.mark.parametrize("number", range(7))
def test_the_minutes_add_up_and_no_part_is_missing(number):
    assert plan_faults(page(f"chapter_{number}.md")) == []


@pytest.mark.parametrize("path", sorted(GUIDE.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def rows_of_boxes(text: str) -> dict[str, dict[str, int]]:
    """The filled sheet: after what, the chips on each word."""
    found, words = {}, []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if cells[0] == "after":
            words = cells[1:]
        elif len(cells) == 6 and all(cell.isdigit() for cell in cells[1:]):
            found[cells[0]] = dict(zip(words, map(int, cells[1:]), strict=True))
    return found


class SecretLanguage:
    """The paper lesson's rules and sentences, as they stand on its page."""

    def __init__(self, text: str) -> None:
        faces = re.findall(r"^\| (The[a-z ]*) \| ([a-z]+ \d.*) \|$", text, re.M)
        self.rules = {
            after: {word: int(n) / 6 for word, n in re.findall(r"([a-z]+) (\d)", words)}
            for after, words in faces
        }
        self.sentences = {
            name: re.findall(r"The (\w+)\s+(\w+)\.", words)
            for name, words in re.findall(
                r"^- (Book|Test 1|Test 2): (.*?)\n(?=- |\n)", text, re.M | re.S
            )
        }

    def cost(self, shares: dict[str, dict[str, float]], name: str) -> float:
        """The mean cost of a test's questions, two for each sentence."""
        costs = []
        for animal, verb in self.sentences[name]:
            costs += [-math.log(shares["The"][animal]), -math.log(shares[f"The {animal}"][verb])]
        return sum(costs) / len(costs)

    def expected(self, shares: dict[str, dict[str, float]]) -> float:
        """The mean cost of a question in the long run."""

        def row(after: str) -> float:
            return -sum(p * math.log(shares[after][w]) for w, p in self.rules[after].items())

        verbs = sum(p * row(f"The {animal}") for animal, p in self.rules["The"].items())
        return (row("The") + verbs) / 2


def test_the_card_of_losses_is_right():
    """Each row: points on the right word, and what they cost."""
    rows = re.findall(r"^\| (\d+) \| (\d\.\d\d) \|", page("class_as_model.md"), re.M)
    assert [int(points) for points, _ in rows] == list(range(5, 85, 5))
    for points, cost in rows:
        assert abs(-math.log(int(points) / 100) - float(cost)) < 0.00501, (points, cost)


def test_the_secret_language_costs_what_is_said():
    text = page("class_as_model.md")
    secret = SecretLanguage(text)
    assert all(math.isclose(sum(row.values()), 1) for row in secret.rules.values())
    assert [len(secret.sentences[name]) for name in ("Book", "Test 1", "Test 2")] == [12, 5, 5]
    best = [secret.cost(secret.rules, name) for name in ("Test 1", "Test 2")]
    assert f"costs {best[0]:.2f} in Test 1 and {best[1]:.2f} in Test 2" in " ".join(text.split())
    assert f"In the long run {secret.expected(secret.rules):.2f} a question" in text
    sheet = rows_of_boxes(text)
    assert sheet.keys() == secret.rules.keys()
    assert all(sum(row.values()) == 20 and min(row.values()) > 0 for row in sheet.values())
    shares = {after: {w: n / 20 for w, n in row.items()} for after, row in sheet.items()}
    assert f"It gets {secret.cost(shares, 'Test 2'):.2f} in Test 2" in text
    # Something new comes in the second test, and the sheet follows the counts.
    seen = secret.sentences["Book"] + secret.sentences["Test 1"]
    assert set(secret.sentences["Test 2"]) - set(seen) == {("cat", "sings")}


def test_the_best_possible_with_chips_costs_what_is_said():
    """Chip by chip to the word that gains most is best, for each chip gains less than the last."""
    text = page("class_as_model.md")
    secret = SecretLanguage(text)
    placed = {}
    for after, row in secret.rules.items():
        chips = dict.fromkeys(rows_of_boxes(text)[after], 1)
        for _ in range(15):
            gains = {w: row.get(w, 0) * math.log((n + 1) / n) for w, n in chips.items()}
            chips[max(gains, key=gains.__getitem__)] += 1
        placed[after] = {w: n / 20 for w, n in chips.items()}
    assert f"and {secret.expected(placed):.2f} with chips" in text


def test_the_class_lesson_fills_its_minutes():
    spans = [(int(a), int(b)) for a, b in MINUTES.findall(page("class_as_model.md"))]
    assert [a for a, _ in spans] == [0, *(b for _, b in spans)][:-1] and spans[-1][1] == 45


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("**Play**", "**Start**", "no control 'Start'"),
        ("`TrainingGround(desk)`", "the cell", "names no widget"),
        ('`TrainingGround(desk)`', '`TrainingGround("sea")`', "no cell has"),
        ("`TrainingGround(desk)`", "`TrainingHall(desk)`", "isn't in the package"),
        ("*It learns*", "*It sleeps*", "no section"),
        ("*Exercise 1.1*", "*Exercise 1.9*", "no exercise"),
        ("5.01", "5.07", "5.07 isn't in the chapter"),
    ],
)  # fmt: skip
def test_a_wrong_page_is_seen(old, new, complaint):
    right = (
        "In *It learns*, press **Play** in `TrainingGround(desk)`: from 5.01 down. Then *Exercise"
        " 1.1*."
    )
    assert faults(right, by_number(0), course()) == []
    assert old in right
    assert any(complaint in f for f in faults(right.replace(old, new), by_number(0), course()))


def test_a_command_that_there_isnt_is_seen():
    assert faults("`python -m course_utils.teaching sing`", None, course()) == ["no command 'sing'"]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("| 0–", "| 1–", "don't fill 45"),
        ("\n- 3 min: ", "\n- 4 min: ", "Cut to 25"),
        ("Expect:", "Perhaps:", "not three questions"),
        ("## Homework", "## At home", "no part 'Homework'"),
        ("Answers:", "Say:", "exit ticket"),
    ],
)
def test_a_plan_that_is_wrong_is_seen(old, new, complaint):
    text = page("chapter_0.md")
    assert old in text
    assert any(complaint in fault for fault in plan_faults(text.replace(old, new, 1)))
