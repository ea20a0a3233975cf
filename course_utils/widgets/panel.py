"""What all widgets share: a picture of themselves for readers without a kernel."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as W

EXAMPLE = "An example learner's, in place of yours"


class Panel(W.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A widget that also carries a still: HTML with pictures and text alternatives."""

    summary = "A widget of the course."

    def still(self) -> str:
        """HTML that a page without a kernel shows; safe in an untrusted notebook."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(**kwargs))
        bundle["text/plain"] = self.summary
        bundle["text/html"] = self.still()
        return bundle


def text(words: object) -> str:
    """Words made safe for HTML."""
    return html.escape(str(words))


def paragraph(words: object) -> str:
    """A paragraph of plain words."""
    return f"<p>{text(words)}</p>"


LEFT = 'style="text-align:left;padding-right:16px"'


def table(head: list[str], rows: list[list[str]], caption: str) -> str:
    """An HTML table; each row begins with its own heading."""
    top = "".join(f'<th scope="col" {LEFT}>{text(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row" {LEFT}>{text(row[0])}</th>'
        + "".join(f"<td {LEFT}>{text(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><caption {LEFT}>{text(caption)}</caption><tr>{top}</tr>{body}</table>"
