"""Real language models in a table: each figure with the place where it was published."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.training.published import Figure


@dataclass(frozen=True)
class RealModelsTable:
    """Some quantities of real models, as a table that a notebook shows."""

    quantities: tuple[str, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [(q, figure) for q in self.quantities for figure in _published(q)]
        plain = "\n".join(f"{q}, {f.model}: {f.said} ({f.source})" for q, f in rows)
        left = 'style="text-align:left"'
        names = ("quantity", "model", "published", "source")
        head = "".join(f'<th scope="col" {left}>{name}</th>' for name in names)
        body = "".join(
            f'<tr><th scope="row" {left}>{html.escape(q)}</th>'
            + "".join(f"<td {left}>{html.escape(c)}</td>" for c in (f.model, f.said, f.source))
            + "</tr>"
            for q, f in rows
        )
        return {"text/plain": plain, "text/html": f"<table><tr>{head}</tr>{body}</table>"}


def real_models_table(*quantities: str) -> RealModelsTable:
    """A table of these quantities. Raises `ValueError` for an unknown one, or for none."""
    if not quantities:
        raise ValueError("Name at least one quantity, as 'parameters'.")
    for quantity in quantities:
        _published(quantity)
    return RealModelsTable(quantities)


def _published(quantity: str) -> tuple[Figure, ...]:
    # Imported late: it brings NumPy, and the first cell of a chapter chooses NumPy's threads.
    from course_utils.training.published import published

    return published(quantity)
