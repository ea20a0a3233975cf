"""On a hub, each user gets the chapters in a folder of their own, and an update costs no work.

Results are removed, for none is to be seen before its prediction, and nothing of the user's is
overwritten: `start.lay_chapters` does the work, as on a computer of one's own. As an extension of
the Jupyter server this module lays them when the server starts and when somebody opens
``…/course`` or ``…/course/CHAPTER.ipynb``, where an nbgitpuller link may lead to. The same without
a hub: `python -m course_utils.teaching lay FOLDER`.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_escape, url_path_join
from tornado import web

from course_utils.teaching.command import CommandError, Parser
from course_utils.teaching.repository import ROOT as COURSE
from course_utils.teaching.repository import starter

FOLDER = "my_course"
PULLED = ".decoding-llm-training"  # where a link pulls the course to; hidden, for it has results
FIRST_CHAPTER = "00_start_here.ipynb"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Before you go on</title>
<body style="font:1.2em/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em">
<h1>Before you go on</h1><ul>{items}</ul><p><a href="{target}">Go on to the course</a></p>"""


def course_for(home: Path) -> Path:
    """The course that a user gets: the one that a link pulled, or the one that is installed."""
    pulled = home / PULLED
    return pulled if any(pulled.glob("notebooks/*.ipynb")) else COURSE


def lay(course: Path, folder: Path) -> list[str]:
    """Lay a course's chapters into a folder; returns sentences that its owner should read.

    Raises `CommandError` with a sentence if that can't be done; nothing is lost then.
    """
    if not any(course.glob("notebooks/*.ipynb")):
        raise CommandError(
            f"There are no chapters in {course}; install the course from a whole copy of its"
            " repository (pip install -e)."
        )
    start = starter()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return list(start.lay_chapters(course / "notebooks", folder))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandError(
            f"{error.filename} is missing; get a whole copy of the course."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(
            f"A chapter in {course} isn't a whole notebook; delete that folder and open the link"
            f" again. Your own chapters in {folder.name} are untouched."
        ) from error
    except start.StartError as error:
        raise CommandError(str(error)) from error


def _lay_for(home: Path) -> list[str]:
    try:
        return lay(course_for(home), home / FOLDER)
    except CommandError as error:
        return [str(error)]


class OpenCourse(JupyterHandler):
    """Lay what is new, say what was laid beside a changed chapter, and go on to a chapter."""

    @web.authenticated
    def get(self, name: str = "") -> None:
        """Redirect to the chapter, or answer with a page if there is something to say."""
        home = Path(self.settings["course_home"])
        untold: list[str] = self.settings["course_untold"]
        said = [*dict.fromkeys([*untold, *_lay_for(home)])]
        untold.clear()
        chapter = name if (home / FOLDER / Path(name).name).is_file() and name else FIRST_CHAPTER
        target = url_path_join(self.base_url, "lab/tree", FOLDER, url_escape(Path(chapter).name))
        if not said:
            self.redirect(target)
            return
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in said)
        self.finish(PAGE.format(items=items, target=html.escape(target)))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "course_utils.teaching.hub"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Lay the chapters, and let kernels import the package that belongs to them."""
    home = Path(app.root_dir).expanduser()
    # Where nothing was pulled the folder is missing, and Python passes over it.
    rest = [path for path in [os.environ.get("PYTHONPATH", "")] if path]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(home / PULLED), *rest])
    said = _lay_for(home)
    for sentence in said:
        app.log.warning(sentence)
    settings = app.web_app.settings
    settings["course_home"], settings["course_untold"] = str(home), said
    base = settings["base_url"]
    app.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "course/?"), OpenCourse),
            (url_path_join(base, r"course/([^/]+\.ipynb)"), OpenCourse),
        ],
    )


def main(arguments: list[str]) -> int:
    """`python -m course_utils.teaching lay FOLDER`."""
    parser = Parser(
        prog="python -m course_utils.teaching lay",
        description="Copy the chapters, results removed, into a folder. What was changed there is"
        " never overwritten: a new version is laid beside it.",
    )
    parser.add_argument("folder", type=Path, nargs="?", default=Path(FOLDER))
    folder = parser.parse_args(arguments).folder
    for sentence in lay(COURSE, folder):
        print(sentence)
    print(f"The chapters lie in {folder}.")
    return 0
