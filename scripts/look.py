"""Open a notebook in JupyterLab, run it, and save what a learner would see, page by page.

    python scripts/look.py notebooks/00_start_here.ipynb --out pictures
    python scripts/look.py notebooks/00_start_here.ipynb --out pictures --dark --width 700
    python scripts/look.py notebooks/00_start_here.ipynb --out pictures --still

``--still`` shows the saved notebook without running it, as on a page without a kernel. Folded
parts are unfolded. Needs Chromium. Errors in cells, in the console and in callbacks are printed.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
PAGE = 1400  # pixels of height of one saved picture


def main(arguments: list[str] | None = None) -> int:
    """Save the pictures; 1 if anything went wrong on the page."""
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import Chapter, Lab, chromium

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument("--dark", action="store_true", help="in the dark theme")
    parser.add_argument("--still", action="store_true", help="don't run it")
    parser.add_argument("--width", type=int, default=1200, help="of the window, in pixels")
    options = parser.parse_args(arguments)
    notebook = nbformat.read(options.notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": options.width, "height": 1000})
            chapter = Chapter(page, lab, notebook, trusted=not options.still)
            page.evaluate("() => jupyterapp.commands.execute('filebrowser:toggle-main')")
            if not options.still:
                chapter.run_all()
            if options.dark:
                chapter.theme("dark")
            chapter.unfold()
            whole = Path(folder) / "whole.png"
            chapter.screenshot(whole)
            picture = Image.open(io.BytesIO(whole.read_bytes()))
            wrong = chapter.errors() + chapter.watch.console + chapter.watch.kernel
            chapter.close()
        finally:
            browser.close()
            lab.close()
    options.out.mkdir(parents=True, exist_ok=True)
    stem = options.notebook.stem + ("-dark" if options.dark else "")
    for number, top in enumerate(range(0, picture.height, PAGE), 1):
        part = picture.crop((0, top, picture.width, min(top + PAGE, picture.height)))
        path = options.out / f"{stem}-{number:02}.png"
        part.save(path)
        print(path)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
