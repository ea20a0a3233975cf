"""What each chapter's first cell does: say "Ready", and help with cells that run out of order."""

from __future__ import annotations

import html
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from course_utils.doctor import Finding, examine
from course_utils.learning.cell_order import advice


@dataclass(frozen=True)
class Readiness:
    """All findings; a notebook shows one word, or what is wrong and its remedy."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> list[Finding]:
        """What isn't well."""
        return [finding for finding in self.findings if not finding.ok]

    def __str__(self) -> str:
        if not self.problems:
            return "Ready."
        return "\n".join(f"{p.name}: {p.detail}; {p.remedy}." for p in self.problems)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        said = "<br>".join(html.escape(line) for line in str(self).splitlines())
        # No version and no number here: what is saved is the same on every computer.
        names = ", ".join(html.escape(finding.name) for finding in self.findings)
        folded = f"<details><summary>What was looked at</summary>{names}.</details>"
        return {"text/plain": str(self), "text/html": f"<p><b>{said}</b></p>{folded}"}


def ready() -> Readiness:
    """Look whether the course can run here, and from now on explain cells run out of order."""
    use_one_thread()
    explain_missing_names()
    return Readiness(tuple(examine(quick=True)))


def use_one_thread() -> None:
    """Leave the other cores to the browser, unless the user has chosen otherwise.

    NumPy reads this when it is first imported. The matrices here are small: several threads gain
    little, and while a browser draws the curve they wait for each other most of the time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def explain_missing_names() -> None:
    """Add one sentence to the traceback of every `NameError` in this notebook."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((NameError,), _explain)


def _explain(
    shell: Any,
    kind: type[BaseException],
    error: NameError,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    # A variable that a function uses before it sets it has nothing to do with the cells' order.
    if error.name is not None and kind is NameError:
        run = list(shell.user_ns.get("In", []))
        print(advice(error.name, run, Path.cwd()), file=sys.stderr)
