"""`python -m course_utils.teaching site OUT`: the course as pages, without kernel and network."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TextIO
from urllib.parse import quote, unquote

from course_utils.learning.glossary import NOTEBOOKS
from course_utils.teaching import site_frame as frame
from course_utils.teaching.command import CommandError, Parser
from course_utils.teaching.site_pages import FILES, PICTURES, Pages

COURSE = Path(__file__).resolve().parents[2]
PICTURE = "docs/picture.png"


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m course_utils.teaching site",
        description="The chapters, the guide and the glossary as a folder of pages that can be"
        " read and searched without a kernel, a server or the network.",
    )
    made.add_argument("out", metavar="OUT", help="the folder of the pages; it is made if needed")
    made.add_argument(
        "--for-class", action="store_true",
        help="leave out the teacher's guide and the exercises' written solutions",
    )  # fmt: skip
    return made


def main(given: list[str], out: TextIO | None = None) -> int:
    """Write the site; 0 when done. Raises `CommandError` with a sentence."""
    options = parser().parse_args(given)
    folder = Path(options.out)
    check_folder(folder)
    files = build(COURSE, for_class=options.for_class)
    write(folder, files)
    pages = sum(name.endswith(".html") for name in files)
    size = sum(map(len, files.values())) / 1e6
    print(
        f"{pages} pages, {size:.1f} MB. Open {folder / frame.INDEX} in a browser; no server is"
        " needed.",
        file=sys.stdout if out is None else out,
    )
    return 0


def sources(course: Path, for_class: bool = False) -> dict[str, str]:
    """All that becomes a page, in order: its path from the course's folder → the page's name.

    Raises `CommandError` if the chapters aren't there.
    """
    names = {f"notebooks/{name}.ipynb": f"{name}.html" for name in NOTEBOOKS}
    for path in names:
        if not (course / path).is_file():
            raise CommandError(
                f"{path} isn't there; run this in a copy of the course's whole folder."
            )
    if not for_class:
        guide = sorted(
            path.relative_to(course).as_posix() for path in (course / "teaching").rglob("*.md")
        )
        for path in sorted(guide, key=lambda path: path != "teaching/README.md"):
            stem = re.sub(r"(^|/)README$", "", path.removesuffix(".md"))
            names[path] = f"{stem.replace('/', '_')}.html"
    return names


def build(course: Path, for_class: bool = False) -> dict[str, bytes]:
    """The whole site, file name → content. Raises `ValueError` for a source that can't be read."""
    names = sources(course, for_class)
    maker = Pages(course, {**names, **frame.OWN}, solutions=not for_class)
    pages = []
    for source, name in names.items():
        chapter = source.endswith(".ipynb")
        body = maker.of(source)
        short = str(int(name[:2])) if chapter else body.title
        pages.append(frame.Page(name, short, "chapter" if chapter else "guide", body))
    own = maker.words(frame.glossary_words(), "notebooks/glossary.md")
    pages.append(frame.Page(frame.GLOSSARY, "Glossary", "", own))
    words = frame.index_words(pages, PICTURE)
    first = maker.words(words, frame.INDEX)
    first.html = first.html.replace('id="Open-the-course"', 'id="open"')
    for section in first.sections:
        section.anchor = {"Open-the-course": "open"}.get(section.anchor, section.anchor)
    pages.insert(0, frame.Page(frame.INDEX, frame.COURSE, "", first))
    pages.append(frame.Page(frame.SEARCH, "Search", "", frame.search_body()))
    settle_anchors(pages)
    files = {page.name: frame.framed(page, pages).encode() for page in pages}
    files[frame.WORDS] = frame.search_index(pages).encode()
    for name in (frame.STYLE, frame.SCRIPT, frame.FOLDS):
        files[name] = (FILES / name).read_bytes()
    files.update(maker.pictures)
    return files


def settle_anchors(pages: list[frame.Page]) -> None:
    """Let links that name a heading as GitHub does (`#on-paper`) name it as these pages do."""
    known = {page.name: {section.anchor for section in page.body.sections} for page in pages}
    slugs = {
        page.name: {
            re.sub(r"[^\w\- ]", "", section.title.lower()).replace(" ", "-"): section.anchor
            for section in reversed(page.body.sections)
        }
        for page in pages
    }
    for page in pages:

        def settled(found: re.Match[str], here: str = page.name) -> str:
            target, anchor = found[1] or here, unquote(found[2])
            if anchor in known.get(target, {anchor}) or anchor not in slugs[target]:
                return found[0]
            return f'href="{found[1]}#{quote(slugs[target][anchor])}"'

        page.body.html = re.sub(r'href="([^"#:]*)#([^"]+)"', settled, page.body.html)


def check_folder(folder: Path) -> None:
    """Raise `CommandError` if the folder holds something that isn't an earlier site."""
    if folder.is_dir():
        first = folder / frame.INDEX
        if not any(folder.iterdir()) or (first.is_file() and ours(first)):
            return
    elif not folder.exists():
        return
    raise CommandError(f"{folder} holds something else than a site; choose an empty folder.")


def ours(path: Path) -> bool:
    """Whether a page was made by this command."""
    with path.open("rb") as file:
        return frame.GENERATOR.encode() in file.read(2000)


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write all files; what an earlier site had more goes, and nothing else is touched."""
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    old = [path for path in folder.glob("*.html") if path.name not in files and ours(path)]
    old += [p for p in (folder / PICTURES).iterdir() if f"{PICTURES}/{p.name}" not in files]
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for path in old:
        path.unlink()
