"""The package's own source in a chapter: the code that is shown is the code that runs."""

from __future__ import annotations

import html
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token


class _Colours(Style):  # type: ignore[misc]  # pygments has no types
    """The pictures' own palette: readable on the card, and not told by colour alone."""

    background_color = "#FCFBF7"
    styles = {  # noqa: RUF012
        Token: "#1A1A1A",
        Comment: "italic #5E5E5E",
        Keyword: "bold #0065A3",
        Name.Function: "bold #1A1A1A",
        Name.Class: "bold #1A1A1A",
        String: "#00704F",
        Number: "#8A3E73",
        Operator: "#1A1A1A",
    }


class Source:
    """A piece of source, shown in a notebook as it stands in its file; more of it is folded."""

    def __init__(self, title: str, shown: str, folded: tuple[tuple[str, str], ...]) -> None:
        self.title, self.shown, self.folded = title, shown, folded

    def __str__(self) -> str:
        return self.shown

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        shown = _coloured(self.shown, self.title)
        parts = [f"<p><code>{html.escape(self.title)}</code></p>", shown]
        for title, source in self.folded:
            summary = f"<summary><code>{html.escape(title)}</code></summary>"
            coloured = _coloured(source, f"{self.title}, folded: {title}")
            parts.append(f"<details>{summary}{coloured}</details>")
        return {"text/plain": self.shown, "text/html": "".join(parts)}


def show_source(what: type | Callable[..., Any], *methods: str) -> Source:
    """A function, a class, or only some ``methods`` of a class, with its other methods folded.

    Raises `ValueError` for something whose source isn't Python, or a method that isn't there.
    """
    module = inspect.getmodule(what)
    title = f"{module.__name__ if module else '?'}: {what.__qualname__}"
    try:
        if not methods:
            return Source(title, _of(what), ())
        own = {
            name: member for name, member in vars(what).items()
            if inspect.isfunction(inspect.unwrap(getattr(member, "__func__", member)))
        }  # fmt: skip
        for name in methods:
            if name not in own:
                raise ValueError(f"{what.__qualname__} has no method {name!r} of its own.")
        shown = "\n".join(_of(getattr(what, name)) for name in methods)
        rest = tuple((f"{name}", _of(getattr(what, name))) for name in own if name not in methods)
    except (OSError, TypeError):
        raise ValueError(f"The source of {what!r} isn't written in Python.") from None
    return Source(f"{title}.{', .'.join(methods)}", shown, rest)


def _of(what: type | Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(what)).rstrip() + "\n"


def _coloured(source: str, name: str) -> str:
    formatter = HtmlFormatter(
        noclasses=True, style=_Colours,
        prestyles="margin:0;padding:8px;line-height:1.35;overflow-x:auto;white-space:pre;"
        "background:#FCFBF7;color:#1A1A1A",
    )  # fmt: skip
    return str(highlight(source, PythonLexer(), formatter)).replace(
        "<pre", f'<pre tabindex="0" role="region" aria-label="Source of {html.escape(name)}"', 1
    )
