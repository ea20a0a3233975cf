"""Decoding LLM training: everything the chapters of the test-taking course compute and show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.widgets.large_type import LargeType

__version__ = "0.1.0"


def large_type(on: bool = True) -> LargeType:
    """Show the notebook in large type, for a projector; ``large_type(False)`` turns it off."""
    from course_utils.widgets.large_type import LargeType  # here: numbers need no widgets

    return LargeType(on)
