"""A learner's own text: read from a file, or explained in one sentence why it can't be."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path

MOST_BYTES = 20_000_000
FEWEST_CHARACTERS = 2
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


class TextError(ValueError):
    """A file that can't be used as a text; the message says why and what to do."""


def read_text(path: str | PathLike[str], block_size: int | None = None) -> str:
    """The text of a UTF-8 file, with line ends as ``\\n`` and without a byte-order mark.

    Raises `TextError` if the file is missing, a folder, not readable, larger than `MOST_BYTES`,
    empty, binary, not UTF-8, made of a single character, or (with ``block_size``) shorter than two
    blocks of so many characters.
    """
    source = Path(path)
    data = _read_bytes(source)
    if not data.strip():
        raise TextError(f"{source} is empty; choose a file with some text in it.")
    if b"\0" in data:
        raise TextError(f"{source} is a binary file, not a text; save it as plain text first.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(
            f"{source} isn't UTF-8 text (byte {error.start} is {data[error.start]:#04x});"
            " open it in an editor and save it with the encoding UTF-8."
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    check_text(text, block_size, str(source))
    return text


def _read_bytes(source: Path) -> bytes:
    if source.is_dir():
        raise TextError(f"{source} is a folder; name one text file inside it.")
    try:
        size = source.stat().st_size
        if size > MOST_BYTES:
            raise TextError(
                f"{source} has {size:,} bytes, more than the {MOST_BYTES:,} that can be read;"
                " cut a part out of it and use that."
            )
        return source.read_bytes()
    except FileNotFoundError:
        raise TextError(f"There is no file {source}; check its name and its folder.") from None
    except OSError as error:
        raise TextError(
            f"{source} can't be read ({error.strerror}); check that you may open it."
        ) from error


def check_text(text: str, block_size: int | None = None, name: str = "The text") -> None:
    """Raise `TextError` if nothing can be learned from the text: too uniform, or too short."""
    if len(set(text.strip())) < FEWEST_CHARACTERS:
        raise TextError(
            f"{name} holds a single character; choose a text in which something can be learned."
        )
    if block_size is not None and len(text) < 2 * block_size:
        raise TextError(
            f"{name} has {len(text)} characters, fewer than two blocks of {block_size};"
            " choose a longer text or a smaller block."
        )


def course_text(folder: str | PathLike[str] = NOTEBOOKS) -> str:
    """The prose of the course's own chapters, in their order. Raises `TextError` if none is there.

    ``folder`` holds the chapters as notebooks; only their text cells are read.
    """
    chapters = sorted(Path(folder).glob("[0-9]*.ipynb"))
    if not chapters:
        raise TextError(
            f"There are no chapters in {folder}; name the course's own folder of notebooks."
        )
    parts = []
    for chapter in chapters:
        cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
        parts += ["".join(c["source"]).strip() for c in cells if c["cell_type"] == "markdown"]
    return "\n\n".join(parts) + "\n"
