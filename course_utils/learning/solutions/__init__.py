"""What the teacher keeps: solutions, the wrong answers' code, graded variants, hidden cases.

The release wheel leaves this package out, and nothing but `bank` and `teaching` imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from course_utils.learning.solutions import (
    chapter_1,
    chapter_2,
    chapter_3,
    chapter_4,
    chapter_5,
    chapter_6,
)

_CHAPTERS: tuple[ModuleType, ...] = (
    chapter_1, chapter_2, chapter_3, chapter_4, chapter_5, chapter_6,
)  # fmt: skip

# By the exercise's name: its solution; and by the misconception's name: what computes it.
WRONG: dict[str, dict[str, Callable[..., Any]]] = {
    name: wrong for chapter in _CHAPTERS for name, wrong in chapter.WRONG.items()
}
SOLUTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(chapter, name) for chapter in _CHAPTERS for name in chapter.WRONG
}
