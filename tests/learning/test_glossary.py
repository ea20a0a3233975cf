"""Each term once, its link leads somewhere, and no chapter uses a term before it is explained."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from course_utils.figures.cycle import CENTRE, PARTS
from course_utils.figures.labels import CYCLE, REFERENCE
from course_utils.learning import VOCABULARY, glossary
from course_utils.learning.glossary import NOTEBOOKS, TERMS, Term, anchor, named

NOTEBOOK_FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
# (term, chapter, cell): why it may stand there before it is explained.
EXCEPTIONS = {
    (
        "language model",
        0,
        "title",
    ): "what the course is about, said as such",
    ("model", 0, "title"): "the same words",
    ("softmax", 2, "simplifies"): "the sentence itself says what it does: it makes confidences",
    ("slope", 3, "inside-text"): "announced there as what chapter 4 needs",
    ("gradient", 0, "end"): "folded, for readers of the article, who have met the word there",
    ("gradient", 4, "simplifies"): "the sentence itself says what it is: how steep the loss is",
    ("fine-tuning", 0, "end"): "folded, and the sentence itself says what the word means",
    ("fine-tuning", 4, "simplifies"): "the sentence itself says what the word means",
    ("checkpoint", 3, "errors-text"): "explained at once: a student at 65 tests and at 100",
}


@dataclass(frozen=True)
class Place:
    """Where something stands: chapter, cell, and how far into it."""

    chapter: int
    cell: int
    at: int

    @property
    def order(self) -> tuple[int, int, int]:
        return (self.chapter, self.cell, self.at)


@cache
def chapters() -> tuple[tuple[tuple[str, str, str], ...], ...]:
    """(kind, source, id) of each cell of each chapter."""
    return tuple(
        tuple(
            (cell.cell_type, cell.source, cell.id)
            for cell in nbformat.read(NOTEBOOK_FOLDER / f"{name}.ipynb", as_version=4).cells
        )
        for name in NOTEBOOKS
        if (NOTEBOOK_FOLDER / f"{name}.ipynb").exists()
    )


@cache
def said_by_views(chapter: int) -> dict[str, str]:
    """The words that a chapter's saved views say, by the id of their cell: no tags, no pictures."""
    notebook = nbformat.read(NOTEBOOK_FOLDER / f"{NOTEBOOKS[chapter]}.ipynb", as_version=4)
    return {
        cell.id: re.sub(
            r"<[^>]*>", " ", "".join(o.get("data", {}).get("text/html", "") for o in cell.outputs)
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def heading_place(cells, chapter: int, heading: str) -> Place | None:
    for number, (kind, source, *_) in enumerate(cells):
        if kind == "markdown":
            found = re.search(rf"^#+ {re.escape(heading)}\s*$", source, re.M)
            if found:
                return Place(chapter, number, found.start())
    return None


def pattern(name: str) -> re.Pattern[str]:
    """The term as a whole word, also in the plural; capitals don't matter."""
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", name)))
    return re.compile(rf"(?<![\w-]){words}(?:s|es)?(?![\w-])", re.I)


def introductions(term: Term, course) -> list[Place]:
    """Where a reader is told: its heading, the term in bold, or its row of the table."""
    found = []
    place = heading_place(course[term.where[0]], *term.where)
    if place:
        found.append(place)
    names = [pattern(name) for name in (term.name, *term.also)]
    for chapter, cells in enumerate(course):
        for number, (kind, source, *_) in enumerate(cells):
            if kind == "code" and "vocabulary_table" in source:
                rows = re.findall(r'"([^"]+)"', source)
                if any(name.search(row) for name in names for row in rows):
                    found.append(Place(chapter, number, 0))
            elif kind == "markdown":
                for bold in re.finditer(r"\*\*([^*]+)\*\*", source):
                    if any(name.search(bold[1]) for name in names) and not announced(
                        source, bold.start()
                    ):
                        found.append(Place(chapter, number, bold.start()))
    return found


def announced(source: str, at: int) -> bool:
    """Whether this stands in a chapter's list of what it is about: titles and their bullets."""
    start = source.rfind("\n", 0, at) + 1
    line = source[start : source.find("\n", at) if "\n" in source[at:] else None]
    return (
        line.startswith("#") or line.startswith("- **You will") or line.startswith("- **You need")
    )


def uses(name: str, course):
    """Each use in prose: its place, and whether it is a link that explains it."""
    for chapter, cells in enumerate(course):
        for number, (kind, source, *_) in enumerate(cells):
            if kind != "markdown":
                continue
            plain = re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", lambda m: " " * len(m[0]), source)
            linked = [m.span(1) for m in re.finditer(r"\[([^\]]+)\]\([^)]*\)", source)]
            for hit in pattern(name).finditer(plain):
                if announced(source, hit.start()):
                    continue
                inside = any(a <= hit.start() and hit.end() <= b for a, b in linked)
                yield Place(chapter, number, hit.start()), inside


def too_early(terms, course) -> list[str]:
    """Terms that are used, without a link, before they are explained; the first use of each."""
    found = []
    for term in terms:
        told = introductions(term, course)
        first = min((place.order for place in told), default=(len(course), 0, 0))
        for name in (term.name, *term.also):
            early = [
                place
                for place, linked in uses(name, course)
                if place.order < first and not linked and not excused(name, place, course)
            ]
            linked = [p.order for p, is_link in uses(name, course) if is_link]
            early = [p for p in early if not any(order <= p.order for order in linked)]
            if early:
                place = early[0]
                source = course[place.chapter][place.cell][1]
                around = source[max(0, place.at - 30) : place.at + 40].replace("\n", " ")
                found.append(f"{name}: chapter {place.chapter}, cell {place.cell}: …{around}…")
    return found


def excused(name: str, place: Place, course) -> bool:
    """Whether there is an exception for this very cell."""
    _, _, *known = course[place.chapter][place.cell]
    return (name, place.chapter, *known) in EXCEPTIONS


def test_each_term_stands_once():
    names = [name.lower() for term in TERMS for name in (term.name, *term.also)]
    assert sorted(names) == sorted(set(names))
    assert len(TERMS) >= 50


def test_each_term_has_an_everyday_word_and_one_sentence():
    for term in TERMS:
        assert term.everyday and term.everyday != term.name
        assert (term.sentence[-1] == "." and term.sentence[0].isupper()) or "e to" in term.sentence
        assert ". " not in term.sentence, term.name
        assert len(term.sentence) < 130, term.name


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_each_link_leads_to_a_heading_under_which_the_term_stands(term):
    chapter, heading = term.where
    cells = chapters()[chapter]
    place = heading_place(cells, chapter, heading)
    assert place is not None, f"{NOTEBOOKS[chapter]} has no heading {heading!r}"
    name, fragment = term.link.split("#")
    assert (NOTEBOOK_FOLDER / name).exists()
    assert unquote(fragment) == anchor(heading)
    level = len(re.match(r"#+", cells[place.cell][1][place.at :])[0])
    section = [cells[place.cell][1][place.at :]]
    for kind, source, cell in cells[place.cell + 1 :]:
        source += said_by_views(chapter).get(cell, "")
        end = re.search(rf"^#{{1,{level}}} ", source, re.M) if kind == "markdown" else None
        section.append(source[: end.start()] if end else source)
        if end:
            break
    below = section[0].split("\n", 1)
    nxt = re.search(rf"^#{{1,{level}}} ", below[1], re.M) if len(below) > 1 else None
    text = below[0] + "\n" + (below[1][: nxt.start()] if nxt else "".join(below[1:]))
    text += "\n".join(section[1:]) if nxt is None else ""
    names = (term.name, *term.also)
    said = any(pattern(name).search(text) for name in names)
    assert said or heading.lower() in term.everyday, f"{term.name} isn't in {heading!r}"


def test_no_chapter_uses_a_term_before_it_is_explained():
    assert too_early(TERMS, chapters()) == []


COURSE = (
    (("markdown", "## Words\n\nA **token** is a piece."), ("markdown", "Tokens make a batch.")),
    (("markdown", "## Tests\n\nThis is a [batch](x.ipynb)."), ("markdown", "## Batch\n\nA row.")),
)
TOKEN = Term("token", "a word", "A piece.", (0, "Words"))
A_BATCH = Term("batch", "a test", "Rows.", (1, "Batch"))


def test_a_term_that_comes_too_early_is_seen():
    assert too_early([TOKEN], COURSE) == []
    [early] = too_early([A_BATCH], COURSE)
    assert early.startswith("batch: chapter 0, cell 1")
    linked = ((("markdown", "[Batches](x.ipynb#batch) and batches."),), COURSE[1])
    assert too_early([A_BATCH], linked) == []
    announced_ = ((("markdown", "# A batch\n\n- **You will learn:** a batch"),), COURSE[1])
    assert too_early([A_BATCH], announced_) == []
    assert too_early([replace(A_BATCH, where=(0, "Words"))], COURSE) == []
    table = ((("code", 'vocabulary_table("batch")'), ("markdown", "A batch.")), COURSE[1])
    assert too_early([A_BATCH], table) == []


def test_exceptions_are_few_and_their_cells_are_there():
    names = {name for term in TERMS for name in (term.name, *term.also)}
    ids = [{name for _, _, name in cells} for cells in chapters()]
    assert len(EXCEPTIONS) < 12
    for (name, chapter, cell), reason in EXCEPTIONS.items():
        assert name in names and cell in ids[chapter] and len(reason) > 10


def test_the_vocabulary_table_takes_its_words_from_here():
    for row in VOCABULARY:
        names = row.term.replace("weights (parameters)", "weights").split(", ")
        assert all(named(name).everyday in row.analogy for name in names)


def test_the_labels_of_the_pictures_are_those_of_the_glossary():
    labels = {term.name: term.label for term in TERMS if term.label}
    assert dict([*PARTS, CENTRE]) == CYCLE
    assert {name: labels[name] for name in CYCLE} == CYCLE
    assert set(labels.values()) == {*CYCLE.values(), *REFERENCE.values()}


def test_labels_are_written_nowhere_else():
    """A figure that spelled a label out could drift away from the others."""
    figures = NOTEBOOK_FOLDER.parent / "course_utils" / "figures"
    for path in figures.glob("*.py"):
        if path.stem == "labels":
            continue
        for label in (*CYCLE.values(), *REFERENCE.values()):
            assert f'"{label}"' not in path.read_text(encoding="utf-8"), (path.name, label)


def test_all_terms_as_a_table():
    shown = glossary()
    page = shown._repr_mimebundle_()["text/html"]
    names = [term.name for term in shown.terms]
    assert names == sorted(names, key=str.lower) and len(names) == len(TERMS)
    assert page.count("<tr>") == len(TERMS) + 1 and page.count('scope="col"') == 5
    assert '<a href="02_forward_pass_as_attempt.ipynb#Logits">chapter 2, Logits</a>' in page
    assert ">l</span><br>" in page and ">(B, T, V)</span>" in page and "<script" not in page
    assert "chapter 1, The analogy</a>" in page and "l, (B, T, V)" in str(shown)
    assert str(shown).count("\n") == len(TERMS) - 1


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("logits", "logits"), ("logit", "logits"), ("Logits", "logits"), ("  loss ", "loss"),
        ("parameters", "weights"), ("held out loss", "held-out loss"), ("epochs", "epoch"),
        ("learning-rate", "learning rate"), ("KL divergence", "Kullback-Leibler divergence"),
    ],
)  # fmt: skip
def test_one_term(asked, name):
    shown = glossary(asked)
    assert [term.name for term in shown.terms] == [name] and shown.note == ""


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("lerning rate", "learning rate"), ("sofmax", "softmax"), ("perplexty", "perplexity"),
        ("backprop", "backpropagation"), ("gradiant", "gradient"),
        ("crossentropy", "cross-entropy"),
        ("vocab", "vocabulary"), ("fine tunning", "fine-tuning"),
    ],
)  # fmt: skip
def test_a_near_miss_suggests_the_right_one(asked, name):
    shown = glossary(asked)
    assert shown.terms[0].name == name
    assert shown.note.startswith(f"“{asked}” isn't in the glossary. Did you mean “{name}”")
    assert shown.note in str(shown)


def test_nothing_like_it():
    shown = glossary("<b>zzzzqqq")
    assert shown.terms == ()
    assert "glossary() shows every term" in shown.note
    assert "&lt;b&gt;zzzz" in shown._repr_mimebundle_()["text/html"]


def test_an_unknown_row_is_refused():
    with pytest.raises(ValueError, match="has no term 'lesson'"):
        named("lesson")
