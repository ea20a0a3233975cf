"""Notebooks and the guide's Markdown as plain HTML: what a page without a kernel can show.

nbconvert makes the HTML with a template of ours. Then the places of widgets are labelled, answers
that would stand beside their questions are folded, and so are the deeper parts, as in JupyterLab;
pictures go to files, and links to pages.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import nbformat
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement
from nbconvert import HTMLExporter

from course_utils.teaching.mathml import mathml

FILES = Path(__file__).parent / "site_files"
PICTURES = "pictures"
# How a saved widget says whose answers it shows (course_utils.widgets.panel; a test compares).
EXAMPLE = "An example learner's, in place of yours"
WIDGETS = "course_utils.widgets"
SHOWING = ("course_utils.figures", "course_utils.learning")  # a call that only shows something
PREDICTIONS = {
    "ChoiceCard", "CurvePrediction", "FirstPrediction", "LossPrediction", "NumberPrediction",
}  # fmt: skip
QUIZZES = {"ExitQuestion", "Quiz", "Recall"}
# Their pictures show an example learner's results, and answer no question that stands beside.
OPEN = {"TrainingGround", "ScoreBoard", "Calibration", "ReportCard", "report_card"}
# What a place is: the sentence before the link "Open the course", and what follows it.
SAYS = {
    "start": ("In the notebook this cell looks whether everything is there.", "."),
    "exercise": ("Exercise: here the notebook checks what you write.", " to do it."),
    "quiz": ("Here the notebook asks these questions one by one.", " to answer them."),
    "prediction": (
        "Here the notebook lets you choose, and say how sure you are. Choose before you read on.",
        " to have it noted.",
    ),
    "control": ("Here the notebook has a control; below is a still of it.", " to use it."),
}
FOLDED = "What an example learner said: open it when you have your own answer"
SHOWN = "An example (it shows the answers)"  # as the widgets of chapter 0 fold it themselves
CAME = "What came of it: open it when you have made your prediction"
SOLUTION = "A solution"
MATH = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.S)
SPAN = re.compile(r"^\s*\d+–\d+\s*$")  # minutes from and to: kept on one line
HEADINGS = ("h1", "h2", "h3", "h4")
DATA = re.compile(r'src="data:image/(\w+);base64,([A-Za-z0-9+/=\s]+)"')
# Source in the pictures' ink, span by span: the block around it has that colour already.
INK = re.compile(r'<span style="color: #1A1A1A">([^<]*)</span>')


@dataclass
class Section:
    """A heading of a page (``level`` 1 to 4), its anchor, its words and its folded code."""

    level: int
    anchor: str
    title: str
    words: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


@dataclass
class Body:
    """One page without its frame: HTML, title, and sections in order."""

    html: str
    title: str
    sections: list[Section]


class Pages:
    """Makes the bodies of all pages, and gathers their pictures (file name → bytes).

    ``names`` gives for each source, by its path from the course's folder, the page's file name.
    """

    def __init__(self, course: Path, names: dict[str, str], solutions: bool = True) -> None:
        self.course, self.names, self.solutions = course, names, solutions
        self.pictures: dict[str, bytes] = {}
        self._exporter = HTMLExporter(
            template_name="course", extra_template_basedirs=[str(FILES)], anchor_link_text=""
        )

    def of(self, source: str) -> Body:
        """The page of a notebook or of a Markdown file. Raises `ValueError` if it can't be read."""
        path = self.course / source
        if path.suffix == ".ipynb":
            try:
                notebook = nbformat.read(path, as_version=4)
            except Exception as error:  # nbformat raises many kinds
                raise ValueError(f"{source} is no notebook that can be read; mend it.") from error
            label(notebook)
        else:
            notebook = words_alone(path.read_text(encoding="utf-8"))
        return self.finish(self.convert(notebook), source)

    def words(self, text: str, source: str) -> Body:
        """The page of some Markdown of our own; its links are seen from ``source``."""
        return self.finish(self.convert(words_alone(text)), source)

    def convert(self, notebook: nbformat.NotebookNode) -> str:
        """A notebook's HTML, by nbconvert."""
        made, _ = self._exporter.from_notebook_node(notebook)
        return str(made)

    def finish(self, made: str, source: str) -> Body:
        """Fold, link, wrap; what stands here is true of every page."""
        made = DATA.sub(
            lambda found: f'src="{self._keep(found[1], found[2])}"', INK.sub(r"\1", made)
        )
        soup = BeautifulSoup(made, "html.parser")
        for mark in soup.select("a.anchor-link"):
            mark.decompose()
        _unique_headings(soup)
        for cell in soup.select(".exercise"):
            self._tidy_exercise(cell)
        _fold(soup)
        _equations(soup)
        for picture in soup.find_all("img"):
            self._picture(picture, source)
        for link in soup.find_all("a", href=True):
            self._link(link, source)
        _readable(soup)
        title, sections = _sections(soup, source)
        _fold_deeper(soup)
        return Body(str(soup), title, sections)

    def _tidy_exercise(self, cell: Tag) -> None:
        """Without what only a learner's own cell can say; without solutions, if so asked."""
        for said in cell.select(".shown [role=status]"):
            said.decompose()
        for folded in cell.select(".shown details"):
            summary = folded.find("summary")
            told = summary.get_text().strip() if summary else ""
            if told.startswith(SOLUTION) and not self.solutions:
                folded.decompose()

    def _keep(self, kind: str, content: str) -> str:
        """Lay a picture from a notebook beside the pages; its file's name."""
        return self._lay(base64.b64decode(content), kind)

    def _lay(self, data: bytes, suffix: str) -> str:
        name = f"{PICTURES}/{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
        self.pictures[name] = data
        return name

    def _picture(self, picture: Tag, source: str) -> None:
        place = str(picture.get("src", ""))
        if place not in self.pictures:
            if ":" in place or place.startswith("//"):
                raise ValueError(
                    f"{source} has a picture from elsewhere ({place[:60]}); lay it beside the file."
                )
            there = self.course / posixpath.dirname(source) / unquote(place)
            picture["src"] = self._lay(there.read_bytes(), there.suffix.lstrip("."))
        picture["loading"] = "lazy"

    def _link(self, link: Tag, source: str) -> None:
        """To the page of what is linked; what has no page is named by its place in the course."""
        target, _, anchor = str(link["href"]).partition("#")
        if re.match(r"[a-z]+:", target) or not target or target in self.names.values():
            return
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(target)))
        page = self.names.get(path) or self.names.get(f"{path}/README.md")
        if page:
            link["href"] = page + (f"#{anchor}" if anchor else "")
            return
        shown = link.get_text()
        link.name, link.attrs = "span", {}
        if path not in shown:
            link.append(f" ({path} in the course's folder)")


def words_alone(text: str) -> nbformat.NotebookNode:
    """A notebook that holds one Markdown cell, so that all pages are made in one way."""
    cell = nbformat.v4.new_markdown_cell(text, id="words")
    made: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=[cell])
    return made


# Labels ---------------------------------------------------------------------------------------


def label(notebook: nbformat.NotebookNode) -> None:
    """Write into each code cell's metadata what its place is, if a page can't do what it does."""
    widgets: set[str] = set()
    showing: set[str] = set()
    made: dict[str, str] = {}  # name → the widget that it was assigned
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                names = {alias.asname or alias.name for alias in node.names}
                widgets |= names if (node.module or "").startswith(WIDGETS) else set()
                showing |= names if (node.module or "").startswith(SHOWING) else set()
            if isinstance(node, ast.Assign) and (called := _called(node.value)):
                made |= {t.id: called for t in node.targets if isinstance(t, ast.Name)}
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr) or not any("data" in o for o in cell.outputs):
            continue
        shown = last.value
        name = made.get(shown.id, "") if isinstance(shown, ast.Name) else _called(shown)
        place = "start" if name == "ready" else _place(name) if name in widgets else ""
        if not place:
            if name in showing and len(tree.body) <= 2:
                cell.metadata.place = "only-shows"
            continue
        inner = [n for n in ast.walk(shown) if isinstance(n, ast.Name) and n is not shown]
        after = any(made.get(n.id) in PREDICTIONS for n in inner)
        says, todo = SAYS[place]
        cell.metadata.update(place=place, says=says, todo=todo)
        if after:
            cell.metadata.place += " after"
        elif name in OPEN:
            cell.metadata.place += " open"


def _called(node: ast.expr) -> str:
    """The name of what an expression calls, if it is a plain name."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return node.func.id if called else ""  # type: ignore[attr-defined]


def _place(name: str) -> str:
    if name in PREDICTIONS:
        return "prediction"
    if name in QUIZZES:
        return "quiz"
    return "exercise" if name == "check" else "control"


# Folding and tidying --------------------------------------------------------------------------


def _details(soup: BeautifulSoup, summary: str) -> Tag:
    folded = soup.new_tag("details")
    said = soup.new_tag("summary")
    said.string = summary
    folded.append(said)
    return folded


def _fold(soup: BeautifulSoup) -> None:
    """Fold what would answer a question in sight of it."""
    for cell in soup.select(".cell"):
        classes = list(cell.get("class") or [])
        for shown in cell.select(".shown"):
            parts = [part for part in shown.children if isinstance(part, Tag)]
            first = next(
                (p for p in parts if p.name != "details" and EXAMPLE in p.get_text()), None
            )
            if "after" in classes and parts and parts[0].name != "details":
                first, summary = parts[0], CAME
            else:
                summary = FOLDED
            if first is None or "open" in classes:
                continue
            folded = _details(soup, summary)
            first.insert_before(folded)
            for part in [first, *first.next_siblings]:
                folded.append(part.extract())


def _fold_deeper(soup: BeautifulSoup) -> None:
    """Fold what JupyterLab folds below a heading: all cells up to one whose heading is as high."""
    for cell in soup.select(".words.collapsed"):
        level = _level(cell)
        below: list[Tag] = []
        for other in cell.find_next_siblings():
            if "words" in (other.get("class") or []) and _level(other) <= level:
                break
            below.append(other)
        if below:
            # Minutes and the like stand in brackets, and in the heading itself.
            name = re.sub(r" \(deeper, [^)]*\)$", "", " ".join(_heading(cell).get_text().split()))
            folded = _details(soup, f"Read on in “{name}”")
            folded["class"] = "deeper"
            below[0].insert_before(folded)
            for part in below:
                folded.append(part.extract())


def _heading(cell: Tag) -> Tag:
    """The highest heading of a cell of words, the first of them, as JupyterLab takes it."""
    return min(cell.find_all(HEADINGS), key=lambda heading: heading.name)


def _level(cell: Tag) -> int:
    """The level of a cell's highest heading; of a cell that has none, lower than any."""
    return int(_heading(cell).name[1]) if cell.find(HEADINGS) else len(HEADINGS) + 1


def _unique_headings(soup: BeautifulSoup) -> None:
    """Each heading an anchor of its own, in the form that JupyterLab gives it."""
    used: set[str] = set()
    for heading in soup.find_all(HEADINGS):
        anchor = heading.get_text().strip().replace(" ", "-")
        free, number = anchor, 1
        while free in used:
            number += 1
            free = f"{anchor}-{number}"
        heading["id"] = free
        used.add(free)


def _equations(soup: BeautifulSoup) -> None:
    for words in list(soup.find_all(string=MATH)):
        if words.find_parent(["code", "pre", "script", "style"]) or not words.find_parent(
            class_="words"
        ):
            continue
        made: list[PageElement] = []
        end = 0
        for found in MATH.finditer(str(words)):
            made.append(NavigableString(str(words)[end : found.start()]))
            equation = mathml(found[1] or found[2], block=found[1] is not None)
            made.extend(BeautifulSoup(equation, "html.parser").contents)
            end = found.end()
        made.append(NavigableString(str(words)[end:]))
        words.replace_with(*made)


def _readable(soup: BeautifulSoup) -> None:
    """What is wide can be scrolled, by keyboard, too; nothing on a still page announces itself."""
    for number, table in enumerate(soup.find_all("table"), start=1):
        caption = table.find("caption")
        name = f"Table {number}: {caption.get_text()}" if caption else f"Table {number}"
        wide = soup.new_tag("div", attrs={"class": "wide", "tabindex": "0", "role": "group"})
        wide["aria-label"] = name
        table.wrap(wide)
        for cell in table.find_all("td", string=SPAN):
            cell["class"] = "span"
        for empty in table.find_all("th"):
            if not empty.get_text().strip():
                empty.name = "td"
    for block in soup.find_all("pre"):
        block["tabindex"] = "0"
        if block.get("role") == "region":
            block["role"] = "group"
    for told in soup.select("[role=status], [role=alert]"):
        del told["role"]


def _sections(soup: BeautifulSoup, source: str) -> tuple[str, list[Section]]:
    """The page's title, and its text by headings; a picture's alternative counts as text."""
    found = [Section(1, "", "")]
    _gather(soup, found)
    titles = [
        re.sub(r"^Chapter \d+[:,] (\w)", lambda begin: begin[1].upper(), section.title)
        if source.endswith(".ipynb")
        else section.title
        for section in found
        if section.level == 1 and section.title
    ]
    if len(titles) != 1:
        raise ValueError(f"{source} needs one heading of the first level; it has {len(titles)}.")
    return titles[0], [section for section in found if section.title]


def _tells(part: Tag) -> bool:
    """Whether it is a fold that keeps an answer out of sight, from those who search as well."""
    summary = part.find("summary") if part.name == "details" else None
    return summary is not None and summary.get_text() in (FOLDED, CAME, SHOWN)


def _gather(part: Tag, found: list[Section]) -> None:
    """Lay the words of some HTML into the section that they stand in."""
    for inner in part.children:
        if isinstance(inner, Tag):
            if inner.name in HEADINGS:
                title = " ".join(inner.get_text().split())
                found.append(Section(int(inner.name[1]), str(inner["id"]), title))
            elif "source" in (inner.get("class") or []):
                code = inner.select_one(".highlight") or inner
                found[-1].code.append(" ".join(code.get_text().split()))
            elif inner.name == "img":
                found[-1].words.append(str(inner.get("alt", "")))
            elif inner.name == "pre":
                found[-1].words.append(" ".join(inner.get_text().split()))
            elif inner.get("class") != ["place"] and not _tells(inner):
                _gather(inner, found)
        elif type(inner) is NavigableString and inner.strip():
            found[-1].words.append(" ".join(inner.split()))
