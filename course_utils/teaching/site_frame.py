"""What stands around each page of the site, and the pages that are no chapter and no guide."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from urllib.parse import quote

from course_utils.learning.glossary import Term, glossary
from course_utils.teaching.site_pages import Body, Section

COURSE = "Decoding LLM training"
GENERATOR = '<meta name="generator" content="course_utils.teaching site">'
INDEX, GLOSSARY, SEARCH, GUIDE = "index.html", "glossary.html", "search.html", "teaching.html"
OWN = {name: name for name in (INDEX, GLOSSARY, SEARCH)}
STYLE, SCRIPT, WORDS = "style.css", "search.js", "search_index.js"
FOLDS = "fold.js"  # on each page: opens what a link leads into


@dataclass
class Page:
    """One page: its file name, what the navigation calls it (``short``), and its body.

    ``kind`` is "chapter", "guide" or "" for the others.
    """

    name: str
    short: str
    kind: str
    body: Body

    @property
    def long(self) -> str:
        """Its title with what it belongs to."""
        if self.kind == "chapter":
            return f"Chapter {self.short}: {self.body.title}"
        return self.body.title


def framed(page: Page, pages: Sequence[Page]) -> str:
    """The whole page, with the way to all others."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{GENERATOR}\n<title>{escape(_window(page))}</title>\n"
        f'<link rel="icon" href="data:,">\n<link rel="stylesheet" href="{STYLE}">\n</head>\n'
        f'<body>\n<a class="skip" href="#main">To the text</a>\n{_top(page, pages)}'
        f'<main id="main" tabindex="-1">\n{_with_contents(page.body)}\n</main>\n'
        f'{_bottom(page, pages)}<script src="{FOLDS}"></script>\n</body>\n</html>\n'
    )


def _window(page: Page) -> str:
    return COURSE if page.name == INDEX else f"{page.long} – {COURSE}"


def _top(page: Page, pages: Sequence[Page]) -> str:
    def link(other: Page) -> str:
        here = ' aria-current="page"' if other is page else ""
        spoken = f' aria-label="{escape(other.long)}"' if other.kind == "chapter" else ""
        return f'<li><a href="{other.name}"{here}{spoken}>{escape(other.short)}</a></li>'

    chapters = "".join(link(other) for other in pages if other.kind == "chapter")
    others = "".join(link(p) for p in pages if p.name in (GLOSSARY, GUIDE))
    home = ' aria-current="page"' if page.name == INDEX else ""
    return (
        '<header>\n<nav aria-label="Site">\n'
        f'<a class="home" href="{INDEX}"{home}>{COURSE}</a>\n'
        f'<span class="row"><span class="quiet" aria-hidden="true">Chapter</span>'
        f"<ul>{chapters}</ul></span>\n<ul>{others}</ul>\n</nav>\n"
        f'<form role="search" action="{SEARCH}">'
        '<label for="q">Search</label> <input id="q" name="q" type="search" autocomplete="off">'
        " <button>Go</button></form>\n</header>\n"
    )


def _with_contents(body: Body) -> str:
    """The body with a folded table of contents under its title, if it is long."""
    parts = [section for section in body.sections if section.level in (2, 3)]
    if len(parts) < 5:
        return body.html
    rows = "".join(
        f'<li class="level{s.level}"><a href="#{quote(s.anchor)}">{escape(s.title)}</a></li>'
        for s in parts
    )
    contents = (
        '<details class="contents"><summary>On this page</summary>'
        f'<nav aria-label="On this page"><ul>{rows}</ul></nav></details>'
    )
    before, end, after = body.html.partition("</h1>")
    return f"{before}{end}\n{contents}{after}"


def _bottom(page: Page, pages: Sequence[Page]) -> str:
    """The pages before and after one, within its kind."""
    links = []
    row = [other for other in pages if other.kind == page.kind and page.kind]
    for first, second in pairwise(row):
        if second is page:
            links.append(f'<a rel="prev" href="{first.name}">← {escape(first.long)}</a>')
        if first is page:
            links.append(f'<a rel="next" href="{second.name}">{escape(second.long)} →</a>')
    around = f'<nav aria-label="Before and after">{" ".join(links)}</nav>\n' if links else ""
    return (
        f"<footer>\n{around}<p>The course to read. What can be tried is in the notebooks:"
        f' <a href="{INDEX}#open">open the course</a>.</p>\n</footer>\n'
    )


# Pages of our own -----------------------------------------------------------------------------


def index_words(pages: Sequence[Page], picture: str) -> str:
    """The first page, in Markdown. ``picture`` is where its picture lies."""
    chapters = [page for page in pages if page.kind == "chapter"]
    rows = "\n".join(
        f"- [Chapter {page.short}]({page.name}): {page.body.title}" for page in chapters
    )
    guide = [page for page in pages if page.kind == "guide"]
    teaching = (
        f"\n## For teachers\n\n[The guide]({GUIDE}) has a lesson for each chapter, minute by"
        " minute, one with paper only, and plans for a lesson, a day and six weeks.\n"
        if guide
        else ""
    )
    return f"""# {COURSE}: a test-taking course

How is a large language model trained? Like a student who takes tests: a batch is a test, the
forward pass the attempt, the loss the grading, backpropagation the feedback, an epoch a round of
tests. The student of this course is a real GPT, small enough to learn before your eyes.

![The cycle of training as a ring of five parts: batch, forward pass, loss, backpropagation,
optimizer step. Below it, a curve of the student's loss on unseen stories, falling from a blind
guess towards the best possible.]({picture})

These pages are the course to read. Its widgets are pictures here, answers are those of an example
learner, and what would give away the answer to a question is folded: say what you think first, then
open it. Parts marked "deeper" are folded, too: open them if you like, for nothing else needs them.

## The chapters

{rows}

Every term of the course stands in the [glossary]({GLOSSARY}), and the box above searches all pages.

## Open the course

To sit the tests yourself, train the student and turn the knobs, you need the course's folder,
Python 3.11 or newer, and one command in a terminal there:

```
python3 start.py
```

The first run installs everything beside it and needs the network; later runs don't. Chapter 0 opens
in the browser.
{teaching}
## Where it comes from

The comparison was published as "Decoding LLM Training: A Test-Taking Analogy" (Grok Mountain,
Substack, 18 January 2025). Every sentence here is our own.
"""


def glossary_words() -> str:
    """All terms, in Markdown, as seen from the folder of the chapters."""
    terms = glossary().terms
    return (
        "# Glossary\n\nEvery term of the course once: the field's word, the everyday word of the"
        " comparison, what it is, and where it is explained.\n\n"
        + "\n\n".join(_term(term) for term in terms)
    )


def _term(term: Term) -> str:
    lines = [f"## {term.name}", "", term.sentence, "", f"- In the comparison: {term.everyday}"]
    if term.also:
        lines.append(f"- Also called: {', '.join(term.also)}")
    if term.signs:
        lines.append(f"- Symbol and shape: {term.signs.replace('_', chr(92) + '_')}")
    lines.append(f"- Explained in [chapter {term.where[0]}, {term.place}]({term.link})")
    return "\n".join(lines)


def search_body() -> Body:
    """The page that shows what was found; the script fills it."""
    html = (
        "<h1>Search</h1>\n<noscript><p>The search needs JavaScript. Without it, the"
        f' <a href="{GLOSSARY}">glossary</a> says where each term is explained.</p></noscript>\n'
        '<p id="count" role="status"></p>\n<ol id="found"></ol>\n'
        f'<script src="{WORDS}"></script>\n<script src="{SCRIPT}"></script>'
    )
    return Body(html, "Search", [Section(1, "main", "Search")])


def search_index(pages: Sequence[Page]) -> str:
    """A script that holds the words of all pages by section; so it works without a server.

    Code comes last, so that what is shown of a section begins with its sentences.
    """
    rows = [
        [page.name, page.long, section.anchor, section.title, _indexed(section)]
        for page in pages
        if page.name != SEARCH
        for section in page.body.sections
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"window.courseWords = [\n{lines}\n];\n"


def _indexed(section: Section) -> str:
    """All words of a section; marks that stood behind a link or an equation stand at it again."""
    return re.sub(r" (?=[.,;:?!](?: |$))", "", " ".join([*section.words, *section.code]))
