"""Run notebooks from top to bottom and save them so that a second run gives no difference.

    python scripts/normalise.py                     every notebook, run anew and saved
    python scripts/normalise.py --check             every notebook, run anew and compared
    python scripts/normalise.py notebooks/00_start_here.ipynb

What differs from run to run is left out of the saved file: timestamps, random cell ids, widget
views and widget state (a widget brings a picture of itself instead). ``--check`` compares the text
exactly and the pictures by their pixels: two machines may compress the same picture differently.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_utils.teaching.command import environment

ROOT = Path(__file__).resolve().parents[1]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
DATA_URI = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
FOLDERS = ("notebooks", "teaching")
RANDOM_ID = re.compile(r"^([0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f-]{27})$")
# A trained number may differ in its last bits from processor to processor: an edge may then be a
# shade lighter or darker, out of 255, but nothing moves and no colour changes.
SHADES = 8
SECONDS_PER_CELL = 120
NOTEBOOK_METADATA = {"kernelspec", "language_info", "title", "authors", "course"}
VOLATILE_METADATA = {"ExecuteTime", "collapsed", "execution", "scrolled", "trusted", "widgets"}


class NotebookError(Exception):
    """One sentence about a notebook that can't be run, saved or compared."""


# Running --------------------------------------------------------------------------------------


def isolated_environment(folder: Path) -> dict[str, str]:
    """Environment variables that keep a user's own settings and progress away from what we run."""
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    places = {name: folder / place for name, place in names.items()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    style = folder / "matplotlibrc"
    style.touch()
    return {
        **{name: str(place) for name, place in places.items()},
        "MATPLOTLIBRC": str(style),
        "COURSE_PROGRESS": str(folder / "progress" / "progress.json"),
        "COURSE_FUNCTIONS": str(folder / "functions" / "my_functions.py"),
        # The kernel of this environment, even where the user has another one named python3.
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


@contextmanager
def isolated() -> Iterator[None]:
    """Set `isolated_environment` for as long as the block runs."""
    with (
        tempfile.TemporaryDirectory(prefix="course-jupyter-") as folder,
        environment(isolated_environment(Path(folder))),
    ):
        yield


def read(path: Path):
    """The notebook at ``path``; raises `NotebookError` if it's missing or no notebook."""
    import nbformat

    if not path.exists():
        raise NotebookError(f"{path} doesn't exist; give the path of a notebook.")
    if path.is_dir() or path.suffix != ".ipynb":
        raise NotebookError(f"{path} is no notebook; give the path of a file that ends in .ipynb.")
    try:
        # Missing cell ids are given out by `normalise`, so nbformat needn't warn of them.
        notebook = nbformat.from_dict(nbformat.reader.reads(path.read_text(encoding="utf-8")))
    except Exception as error:
        raise NotebookError(f"{path} can't be read as a notebook: {error}") from error
    if notebook.get("nbformat") != 4:
        raise NotebookError(f"{path} is in an old notebook format; open and save it in JupyterLab.")
    return notebook


def execute(notebook, folder: Path):
    """A copy of ``notebook``, run in a fresh kernel in ``folder``; raises `NotebookError`."""
    import copy

    import matplotlib.font_manager  # noqa: F401  builds the font cache here, not in the notebook
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    fresh = normalise(copy.deepcopy(notebook), outputs=False)
    client = NotebookClient(
        fresh,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with isolated():
        try:
            client.execute()
        except CellExecutionError as error:
            cell = next(
                (i for i, c in enumerate(fresh.cells) if _raised(c)),
                None,
            )
            raise NotebookError(
                f"{name_cell(fresh, cell)} raised {error.ename}: {error.evalue}"
            ) from error
        except CellTimeoutError as error:
            raise NotebookError(f"a cell ran for more than {SECONDS_PER_CELL} seconds") from error
        except DeadKernelError as error:
            raise NotebookError("the kernel died while the notebook ran") from error
    return fresh


def _raised(cell) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


# Normalising ----------------------------------------------------------------------------------


def normalise(notebook, outputs: bool = True):
    """Change ``notebook`` to its committed form and return it; drop the outputs if asked to."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    metadata = notebook.metadata
    for name in set(metadata) - NOTEBOOK_METADATA:
        del metadata[name]
    metadata["kernelspec"] = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    metadata["language_info"] = {"name": "python"}
    _name_cells(notebook)
    count = 0
    for cell in notebook.cells:
        for name in VOLATILE_METADATA & set(cell.metadata):
            del cell.metadata[name]
        cell.pop("attachments", None) if not cell.get("attachments") else None
        if cell.cell_type != "code":
            continue
        if not outputs:
            cell.outputs, cell.execution_count = [], None
            continue
        if not cell.source.strip():
            cell.execution_count = None
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            _clean_output(output, count)
        cell.outputs = _joined_streams(cell.outputs)
    return notebook


def _clean_output(output, count: int) -> None:
    output.pop("transient", None)
    if "data" in output:
        output["data"].pop(WIDGET_VIEW, None)
        output["metadata"].pop(WIDGET_VIEW, None)
    if output.output_type == "execute_result":
        output["execution_count"] = count


def _joined_streams(outputs):
    """Text printed in pieces is one output, however the pieces were cut this time."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and output.output_type == last.output_type == "stream"
            and output.name == last.name
        ):
            last["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def _name_cells(notebook) -> None:
    """Give each cell whose id is missing, random or used twice an id from its first words."""
    used: set[str] = set()
    for cell in notebook.cells:
        chosen = cell.get("id", "")
        if not chosen or RANDOM_ID.match(chosen) or chosen in used:
            first = next((line for line in cell.source.splitlines() if line.strip()), "empty")
            words = re.findall(r"[a-z0-9]+", first.lower())[:6]
            stem = "-".join(words)[:40].strip("-") or "cell"
            chosen, number = stem, 1
            while chosen in used:
                number += 1
                chosen = f"{stem}-{number}"
        cell["id"] = chosen
        used.add(chosen)


def faults(notebook) -> list[str]:
    """What a committed notebook must not hold, one sentence each; empty if all is well."""
    found = []
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        name = name_cell(notebook, i)
        if cell.source.strip() and cell.execution_count is None:
            found.append(f"{name} was never run")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{name} shows an error: {output.ename}")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"{name} writes to stderr: {output.text.strip().splitlines()[0]}")
            data = output.get("data")
            if data is None:
                continue
            if WIDGET_VIEW in data:
                found.append(f"{name} holds a widget view, which shows an error without a kernel")
            if not data or (_is_widget(data) and "text/html" not in data):
                found.append(f"{name} shows a widget that brings no picture of itself")
            if re.search(r"\bat 0x[0-9a-f]{6,}", str(data.get("text/plain", ""))):
                found.append(f"{name} shows an address in memory, which differs from run to run")
    if "widgets" in notebook.metadata:
        found.append("the notebook holds widget state, which differs from run to run")
    ids = [cell.get("id") for cell in notebook.cells]
    if len(set(ids)) < len(ids) or not all(ids):
        found.append("each cell needs an id of its own")
    return found


def _is_widget(data) -> bool:
    plain = str(data.get("text/plain", ""))
    return bool(re.match(r"^\w+\((children|value|description|options)=", plain))


# Comparing ------------------------------------------------------------------------------------


def pictures(output) -> list:
    """The pictures of one output as uint8 arrays (height, width, 4), in the order they stand."""
    data = output.get("data", {})
    encoded = [data["image/png"]] if "image/png" in data else []
    encoded += DATA_URI.findall(_text(data.get("text/html", "")))
    return [_pixels(text) for text in encoded]


def _pixels(encoded: str):
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(_text(encoded)))) as image:
        return np.asarray(image.convert("RGBA"))


def _text(value) -> str:
    return "".join(value) if isinstance(value, list) else value


def picture_difference(committed, fresh) -> str | None:
    """How two pictures (arrays of `pictures`) differ, in words; None if they're the same."""
    import numpy as np

    if committed.shape != fresh.shape:
        (h1, w1, _), (h2, w2, _) = committed.shape, fresh.shape
        return f"its size was {w1} x {h1} pixels and is now {w2} x {h2}"
    gap = np.abs(committed.astype(np.int16) - fresh.astype(np.int16)).max(axis=2)
    moved = gap > SHADES
    if not moved.any():
        return None
    rows, columns = np.nonzero(moved)
    return (
        f"{moved.sum()} of {moved.size} pixels differ, between x {columns.min()} to "
        f"{columns.max()} and y {rows.min()} to {rows.max()}"
    )


def output_pictures_differences(committed, fresh) -> list[str]:
    """The differing pictures of two lists of outputs, one sentence each."""
    before = [picture for output in committed for picture in pictures(output)]
    after = [picture for output in fresh for picture in pictures(output)]
    if len(before) != len(after):
        return [f"it had {len(before)} pictures and has now {len(after)}"]
    found = []
    for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        difference = picture_difference(old, new)
        if difference:
            found.append(f"picture {number}: {difference}")
    return found


def _without_pictures(output) -> dict:
    """The output with every picture replaced by the same word, for a comparison of the text."""
    plain = {name: output[name] for name in output if name != "data"}
    if "data" in output:
        plain["data"] = {
            kind: "PICTURE"
            if kind == "image/png"
            else DATA_URI.sub("PICTURE", _text(value))
            if isinstance(value, (str, list))
            else value
            for kind, value in output["data"].items()
        }
    return plain


def _lines(output) -> list[str]:
    plain = _without_pictures(output)
    lines = []
    for name, value in sorted(plain.items()):
        parts = sorted(value.items()) if isinstance(value, dict) else [("", value)]
        for kind, part in parts:
            lines += [f"{kind or name}: {line}" for line in _text_lines(part)]
    return lines


def _text_lines(value) -> list[str]:
    return (_text(value) if isinstance(value, (str, list)) else str(value)).splitlines() or [""]


def name_cell(notebook, index: int | None) -> str:
    """How a message names a cell: its number from 1, and its id."""
    if index is None:
        return "a cell"
    return f"cell {index + 1} ({notebook.cells[index].get('id', 'without id')})"


def differences(committed, fresh) -> list[str]:
    """What differs between the committed notebook and the fresh one, cell by cell."""
    found = []
    names = {"nbformat", "nbformat_minor", "metadata"}
    found += [
        f"the notebook's {name} differs"
        for name in sorted(names)
        if committed.get(name) != fresh.get(name)
    ]
    if len(committed.cells) != len(fresh.cells):
        return [*found, f"it has {len(committed.cells)} cells, the fresh one {len(fresh.cells)}"]
    for i, (old, new) in enumerate(zip(committed.cells, fresh.cells, strict=True)):
        name = name_cell(committed, i)
        for key in sorted((set(old) | set(new)) - {"outputs"}):
            if old.get(key) != new.get(key):
                found.append(f"{name}: its {key} was {old.get(key)!r} and is now {new.get(key)!r}")
        if old.cell_type != "code":
            continue
        if len(old.outputs) != len(new.outputs):
            found.append(
                f"{name}: it had {len(old.outputs)} outputs and has now {len(new.outputs)}"
            )
            continue
        before = [line for output in old.outputs for line in _lines(output)]
        after = [line for output in new.outputs for line in _lines(output)]
        changed = [
            line
            for line in difflib.unified_diff(before, after, lineterm="", n=0)
            if not line.startswith(("---", "+++", "@@"))
        ]
        if changed:
            found.append("\n    ".join([f"{name}: its text differs", *changed[:20]]))
        found += [
            f"{name}: {text}" for text in output_pictures_differences(old.outputs, new.outputs)
        ]
    return found


def picture_only_changes_kept(committed, fresh):
    """Put the committed pictures back where the fresh ones show the same; return ``fresh``.

    Another machine compresses the same picture to other bytes: that is no difference.
    """
    if len(committed.cells) != len(fresh.cells):
        return fresh
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if old.get("outputs") and not differences_of_cell(old, new):
            new.outputs = old.outputs
    return fresh


def differences_of_cell(old, new) -> bool:
    """Whether two code cells show different text or pictures."""
    if len(old.outputs) != len(new.outputs):
        return True
    if [_lines(output) for output in old.outputs] != [_lines(output) for output in new.outputs]:
        return True
    return bool(output_pictures_differences(old.outputs, new.outputs))


# The command ----------------------------------------------------------------------------------


def write(notebook, path: Path) -> None:
    """Save the notebook as it's committed: one space of indent, sorted keys, a last line end."""
    import nbformat

    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def process(path: Path, check: bool) -> list[str]:
    """Run one notebook, then compare or save it; what is wrong comes back, one sentence each."""
    committed = read(path)
    if check and (found := faults(committed)):
        return found
    fresh = normalise(execute(committed, path.parent))
    if found := faults(fresh):
        return found
    if check:
        return differences(committed, fresh)
    write(picture_only_changes_kept(normalise(committed), fresh), path)
    return []


class OneSentenceParser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str):
        """Print what was wrong and leave with status 2."""
        self.exit(2, f"normalise.py: {message}; see --help.\n")


def main(arguments: list[str] | None = None) -> int:
    """Read the command line; 0 if all is well, 1 if a notebook isn't, 2 for a wrong option."""
    parser = OneSentenceParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--check", action="store_true", help="compare with the files, save nothing")
    options = parser.parse_args(arguments)
    paths = options.notebooks or [
        path for name in FOLDERS for path in sorted((ROOT / name).glob("*.ipynb"))
    ]
    if not paths:
        parser.error("there is no notebook in notebooks/")
    status = 0
    for path in paths:
        try:
            found = process(path, options.check)
        except NotebookError as error:
            found = [str(error)]
        for sentence in found:
            print(f"{path}: {sentence}", file=sys.stderr)
        if found:
            status = 1
        else:
            print(f"{path}: {'the same when run anew' if options.check else 'run and saved'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
