"""What all widgets share: a picture without a kernel, spoken names, plain complaints."""

from __future__ import annotations

import functools
import html
from collections.abc import Callable
from threading import RLock
from typing import Any, Concatenate, ParamSpec, TypeVar

import ipywidgets as W

from course_utils.learning.progress import Progress
from course_utils.widgets.spoken_names import SpokenNames

FOLDED = "An example (it shows the answers)"
EXAMPLE = "An example learner's, in place of yours"
# A notebook may handle each widget's messages in a thread of its own (kernel subshells), beside the
# thread that runs cells: whoever uses a student or draws holds this lock. Callbacks are short.
LOCK = RLock()

Given = ParamSpec("Given")
Result = TypeVar("Result")
AnyPanel = TypeVar("AnyPanel", bound="Panel")


class Panel(W.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A widget that also carries a still: HTML with pictures and text alternatives.

    ``trouble`` shows a complaint as one sentence; `answering` fills it.
    """

    summary = "A widget of the course."

    def __init__(self, children: list[Any]) -> None:
        self.trouble = W.HTML()
        self.trouble.layout.display = "none"
        names = [SpokenNames()] if _needs_names(children) else []
        super().__init__([*children, self.trouble, *names])

    def still(self) -> str:
        """HTML that a page without a kernel shows; safe in an untrusted notebook."""
        raise NotImplementedError

    def complain(self, sentence: str) -> None:
        """Show what is wrong and what to do about it; nothing if the sentence is empty."""
        self.trouble.value = f'<p role="alert"><b>{text(sentence)}</b></p>' if sentence else ""
        self.trouble.layout.display = "" if sentence else "none"

    def tell(self, progress: Progress) -> None:
        """Say, once, what the learner must know about the place where progress is kept."""
        for sentence in progress.untold():
            self.complain(sentence)

    def close(self) -> None:
        """Close this widget with everything inside it; its ``worker``, if it has one, stops."""
        worker = getattr(self, "worker", None)
        if worker is not None:
            worker.stop()
        parts = _parts(self)
        super().close()
        for part in parts:
            part.close()

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        bundle = dict(super()._repr_mimebundle_(**kwargs))
        bundle["text/plain"] = self.summary
        with LOCK:
            bundle["text/html"] = self.still()
        return bundle


def answering(
    action: Callable[Concatenate[AnyPanel, Given], Result],
) -> Callable[Concatenate[AnyPanel, Given], Result | None]:
    """Let a method of a `Panel` answer a control: one at a time, and never in silence.

    What a `ValueError` or a diverged training says is meant for the learner: it is shown. Anything
    else is a fault of the course: one sentence says so, and the error goes on to the kernel.
    """

    @functools.wraps(action)
    def answer(self: AnyPanel, /, *args: Given.args, **kwargs: Given.kwargs) -> Result | None:
        with LOCK:
            self.complain("")
            try:
                return action(self, *args, **kwargs)
            except (ValueError, ArithmeticError) as error:
                self.complain(str(error))
                return None
            except Exception as error:
                self.complain(
                    f"Something in the course went wrong here ({type(error).__name__});"
                    " run this cell again to begin anew."
                )
                raise

    return answer


def _parts(widget: Any) -> list[Any]:
    """Everything inside a widget, and the layouts and styles that belong to it."""
    own = [getattr(widget, name, None) for name in ("layout", "style")]
    found = [part for part in own if isinstance(part, W.Widget)]
    for child in getattr(widget, "children", ()):
        found += [*_parts(child), child]
    return found


def _needs_names(children: list[Any]) -> bool:
    """Whether something is inside that lacks a spoken name, or to which no arrow key would come."""
    for child in children:
        if isinstance(child, Panel):  # it has named its own
            continue
        if (
            isinstance(child, W.Play | W.RadioButtons | W.Checkbox)
            or "Slider" in type(child).__name__
        ):
            return True
        if _needs_names(list(getattr(child, "children", ()))):
            return True
    return False


def text(words: object) -> str:
    """Words made safe for HTML."""
    return html.escape(str(words))


def paragraph(words: object) -> str:
    """A paragraph of plain words."""
    return f"<p>{text(words)}</p>"


def status(words: object) -> str:
    """A paragraph that a screen reader speaks when it changes."""
    return f'<p role="status">{text(words)}</p>'


def folded(summary: str, page: str) -> str:
    """A part of a page that is opened by a click on its summary."""
    return f"<details><summary>{text(summary)}</summary>{page}</details>"


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
