"""Source that a chapter shows: each piece has a name of its own for a screen reader."""

from __future__ import annotations

import re

from course_utils.learning.source import show_source
from course_utils.student import SGD, AdamW


def test_pieces_of_source_have_names_of_their_own():
    pages = "".join(
        show_source(*what)._repr_mimebundle_()["text/html"]
        for what in ((SGD, "step"), (AdamW, "_update"), (AdamW, "step"), (SGD,))
    )
    names = re.findall('aria-label="([^"]*)"', pages)
    assert "Source of course_utils.student.optimizers: SGD.step" in names
    assert len(names) == len(set(names)) > 8


def test_a_line_of_source_is_never_broken_within_a_word():
    page = show_source(SGD, "step")._repr_mimebundle_()["text/html"]
    pieces = re.findall('<pre[^>]* style="([^"]*)"', page)
    assert pieces and all("white-space:pre;" in piece for piece in pieces)  # it scrolls instead
