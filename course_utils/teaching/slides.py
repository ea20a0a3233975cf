"""Slides of each chapter, made from the chapter itself: one HTML file that needs no network.

A cell with the tag ``slide`` begins a slide: its last heading is the title, its first sentence the
text. A cell with the tag ``slide-part`` gives it the picture of its output. A cell's metadata may
choose under ``slide``: ``sentences`` (by their first words), or ``title`` and ``text`` of its own;
which ``picture`` of several, from 0, and a ``crop`` of it (left, top, right, bottom, in pixels).
"""

from __future__ import annotations

import base64
import html
import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

from course_utils.teaching.command import CommandError, Parser, environment
from course_utils.teaching.slides_page import Picture, Slide, page

ROOT = Path(__file__).resolve().parents[2]
SHARP = 2.0
SECONDS_PER_CELL = 300
IMAGE = re.compile(
    r'<img alt="(?P<alt>[^"]*)" width="(?P<width>\d+)" height="(?P<height>\d+)"[^>]*'
    r'src="data:image/png;base64,(?P<data>[A-Za-z0-9+/=]+)"'
)
HEADING = re.compile(r"^#+ (.+)$", re.M)
SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!]\*\*)|(?<=[.?!]\)))\s+(?=[A-Z“\"*(])")
ROW = re.compile(r"^\| (\d+–\d+) \| (.+?) \| (.+?) \|$", re.M)

Cell = Mapping[str, Any]


def deck(notebook: Mapping[str, Any], guide: str = "") -> list[Slide]:
    """The slides of a chapter that was run; ``guide`` is the text of its page for teachers.

    Raises `ValueError` that names the cell if a tagged one has no title, no text or no picture.
    """
    slides: list[Slide] = []
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", ())
        if "slide" in tags:
            slides.append(_slide(cell, guide))
        elif "slide-part" in tags:
            if not slides or slides[-1].picture is not None:
                raise ValueError(f"Cell {cell['id']} has a picture, but there is no slide for it.")
            notes = dict.fromkeys([*slides[-1].notes, *_notes(guide, str(cell["source"]))])
            slides[-1] = replace(slides[-1], picture=picture_of(cell), notes=tuple(notes))
    return slides


def _slide(cell: Cell, guide: str) -> Slide:
    chosen = cell["metadata"].get("slide", {})
    source = str(cell["source"])
    headings = HEADING.findall(source)
    title = chosen.get("title") or (_without_minutes(headings[-1]) if headings else "")
    if not title:
        raise ValueError(f"Cell {cell['id']} has no heading; give its slide a title.")
    if "text" in chosen:
        text = [chosen["text"]] if chosen["text"] else []
    else:
        said = sentences(source)
        text = []
        for beginning in chosen.get("sentences", [""]):
            found = next((words for words in said if words.startswith(beginning)), None)
            if found is None:
                raise ValueError(f"Cell {cell['id']} has no sentence that begins {beginning!r}.")
            text.append(found)
    return Slide(title, tuple(inline(words) for words in text), None, _notes(guide, source))


def _without_minutes(heading: str) -> str:
    return re.sub(r" \([^)]*\)$", "", heading).strip()


def sentences(source: str) -> list[str]:
    """The sentences of a cell's text after its last heading; an item of a list is one."""
    text = HEADING.split(source)[-1]
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.S)
    found: list[str] = []
    for block in re.split(r"\n\s*\n|\n(?=- )", text.strip()):
        words = " ".join(block.split())
        found += SENTENCE.split(words.removeprefix("- "))
    return found


def inline(words: str) -> str:
    """A sentence's emphasis and code as HTML; of a link only the words are kept."""
    words = html.escape(words, quote=False)
    words = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", words)
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
    words = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", words)
    return re.sub(r"\*([^*\s][^*]*)\*", r"<em>\1</em>", words)


def picture_of(cell: Cell) -> Picture:
    """The picture that a cell's output shows, the chosen one of several, cropped if it says so."""
    chosen = cell["metadata"].get("slide", {})
    pages = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", ())]
    found = [match for text in pages for match in IMAGE.finditer("".join(text))]
    number = int(chosen.get("picture", 0))
    if number >= len(found):
        raise ValueError(f"Cell {cell['id']} shows no picture {number}; was the chapter run?")
    match = found[number]
    width, height = int(match["width"]), int(match["height"])
    left, top, right, bottom = chosen.get("crop", (0, 0, width, height))
    with Image.open(io.BytesIO(base64.b64decode(match["data"]))) as image:
        scale = image.width / width
        # A little palette is enough for flat pictures, and makes a third of the bytes.
        part = image.convert("RGB").crop(
            tuple(round(v * scale) for v in (left, top, right, bottom))
        )
    file = io.BytesIO()
    part.save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return Picture(data, html.unescape(match["alt"]), right - left, bottom - top)


def _notes(guide: str, source: str) -> tuple[str, ...]:
    """What the teacher's page says of a cell: rows that name its heading or its call."""
    lesson = guide.partition("## 45 minutes")[2].partition("\n## ")[0]
    headings = [_without_minutes(heading) for heading in HEADING.findall(source)]
    calls = re.findall(r"^[A-Za-z_]\w*\([^\n]*\)$", source, re.M)
    wanted = [f"*{heading}*" for heading in headings] + [f"`{call}`" for call in calls]
    return tuple(
        inline(f"**{minutes} min.** {happens} {screen}")
        for minutes, happens, screen in ROW.findall(lesson)
        if any(words in screen for words in wanted)
    )


# Running a chapter -------------------------------------------------------------------------------


def run(path: Path) -> Any:
    """A chapter with its outputs, run up to its last slide with pictures drawn twice as sharp.

    Raises `CommandError` if a cell fails.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = read(path)
    tagged = [i for i, cell in enumerate(notebook.cells) if _is_tagged(cell)]
    notebook.cells = notebook.cells[: tagged[-1] + 1] if tagged else []
    sharp = f"from course_utils.figures.canvas import sharpen\n\nsharpen({SHARP})"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(sharp))  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook, timeout=SECONDS_PER_CELL, kernel_name="python3", store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    )  # fmt: skip
    with _nothing_recorded():
        try:
            client.execute()
        except CellExecutionError as error:
            raise CommandError(f"{path.name} failed: {error.ename}: {error.evalue}") from None
        except (CellTimeoutError, DeadKernelError) as error:
            raise CommandError(f"{path.name} failed: {error}") from None
    return notebook


def read(path: Path) -> Any:
    """A chapter as it is saved. Raises `CommandError` if it is no notebook."""
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except OSError:
        raise
    except Exception:
        raise CommandError(f"{path} is no notebook; lay the chapter there anew.") from None


def _is_tagged(cell: Cell) -> bool:
    return bool({"slide", "slide-part"} & set(cell["metadata"].get("tags", ())))


@contextmanager
def _nothing_recorded() -> Iterator[None]:
    """Keep the teacher's own progress apart, and the course's example learner in sight."""
    with tempfile.TemporaryDirectory(prefix="course-slides-") as folder:
        added = {
            "COURSE_PROGRESS": str(Path(folder) / "progress.json"),
            "COURSE_FUNCTIONS": str(Path(folder) / "my_functions.py"),
            "IPYTHONDIR": folder,
            "JUPYTER_PREFER_ENV_PATH": "1",
        }
        with environment(added):
            yield


# The command -------------------------------------------------------------------------------------


def chapters(numbers: Sequence[int] = (), folder: Path = ROOT / "notebooks") -> list[Path]:
    """The chapters with these numbers, or all. Raises `CommandError` if one isn't there."""
    there = {int(path.name[:2]): path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    if not there:
        raise CommandError(f"{folder} holds no chapter; run this in the course's own folder.")
    missing = [number for number in numbers if number not in there]
    if missing:
        raise CommandError(f"There is no chapter {missing[0]}; choose from 0 to {max(there)}.")
    return [there[number] for number in numbers or there]


def guide_of(chapter: Path, folder: Path = ROOT / "teaching") -> str:
    """The teacher's page of a chapter; empty if it isn't there."""
    path = folder / f"chapter_{int(chapter.name[:2])}.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(chapter: Path, notebook: Any, out: Path) -> Path:
    """Write a chapter's slides into the folder ``out``; their path."""
    slides = deck(notebook, guide_of(chapter))
    if not slides:
        raise CommandError(f"{chapter.name} has no cell with the tag slide.")
    target = out / f"{chapter.stem}.html"
    target.write_text(page(slides), encoding="utf-8")
    return target


def main(arguments: list[str]) -> int:
    """Read the command line, run the chapters and write their slides; 0."""
    parser = Parser(
        prog="python -m course_utils.teaching slides",
        description="Slides of each chapter: one HTML file, which needs no network.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder for the files")
    parser.add_argument(
        "--chapters", type=int, nargs="+", default=[], metavar="N", help="only these; default: all"
    )
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for chapter in chapters(options.chapters):
        print(f"{write(chapter, run(chapter), options.out)}", flush=True)
    return 0
