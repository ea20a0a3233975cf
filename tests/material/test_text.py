"""Files that can be read, and one clear sentence for each that can't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_utils.material import course_text, read_text, text
from course_utils.material.text import TextError


def test_utf8_is_read_with_plain_line_ends(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffÄpfel\r\nund Birnen\r".encode())
    assert read_text(file) == "Äpfel\nund Birnen\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"abc\0def", "binary"),
        ("Stra\u00dfe".encode("latin-1"), "isn't UTF-8"),
        (b"aaaaaaaaaaaa\n", "single character"),
        (b"short text", "fewer than two blocks"),
        (b"x" * 60, "20,000,000|more than the 50"),
    ],
)
def test_each_bad_file_gets_one_sentence(tmp_path, monkeypatch, content, said):
    monkeypatch.setattr(text, "MOST_BYTES", 50)
    file = tmp_path / "a.txt"
    file.write_bytes(content)
    with pytest.raises(TextError, match=said) as caught:
        read_text(file, block_size=8)
    assert ";" in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(TextError, match="is a folder"):
        read_text(tmp_path)
    with pytest.raises(TextError, match="no file"):
        read_text(tmp_path / "nothing.txt")


def test_the_courses_own_chapters_are_a_text(tmp_path):
    prose = course_text()
    assert "batch" in prose and len(prose) > 2000
    for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        assert code and not any("\n" in source and source in prose for source in code)
    with pytest.raises(TextError, match="no chapters"):
        course_text(tmp_path)
