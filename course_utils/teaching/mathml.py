"""The few equations of the pages as MathML, which every browser shows without a script."""

from __future__ import annotations

import re
from html import escape

TOKEN = re.compile(
    r"\\(?:text|mathrm)\{[^{}]*\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|[A-Za-z]|[^\sA-Za-z\d]"
)
SPACES = {"\\,": "0.17em", "\\;": "0.28em", "\\!": "-0.17em", "\\quad": "1em", "\\qquad": "2em"}
SIGNS = {
    "\\cdot": "·", "\\times": "×", "\\sum": "∑", "\\partial": "∂", "\\nabla": "∇", "\\le": "≤",
    "\\ge": "≥", "\\ne": "≠", "\\approx": "≈", "\\to": "→", "\\dots": "…", "\\top": "⊤",
    "\\{": "{", "\\}": "}", "-": "−",
}  # fmt: skip
LETTERS = {
    "\\alpha": "α", "\\beta": "β", "\\gamma": "γ", "\\epsilon": "ε", "\\eta": "η", "\\mu": "μ",
    "\\sigma": "σ", "\\ln": "ln", "\\log": "log", "\\exp": "exp", "\\max": "max",
}  # fmt: skip


def mathml(tex: str, block: bool = False) -> str:
    """An equation in TeX's notation as a ``<math>`` element.

    Raises `ValueError` for notation that isn't known here.
    """
    reader = _Reader(TOKEN.findall(tex))
    rows = reader.row("")
    display = ' display="block"' if block else ""
    said = escape(" ".join(tex.split()))
    return f'<math{display} alttext="{said}"><mrow>{rows}</mrow></math>'


class _Reader:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def next(self) -> str:
        if not self.tokens:
            raise ValueError("An equation ends too early; look at its braces.")
        return self.tokens.pop(0)

    def row(self, end: str) -> str:
        """Everything up to the token ``end`` (to the last one, if it's empty)."""
        parts = []
        while self.tokens and self.tokens[0] != end:
            parts.append(self.scripted())
        if end:
            if not self.tokens:
                raise ValueError(f"An equation lacks its {end}.")
            self.next()
        return "".join(parts)

    def scripted(self) -> str:
        base, below, above = self.atom(), "", ""
        while self.tokens and self.tokens[0] in ("^", "_"):
            if self.next() == "^":
                above = self.atom()
            else:
                below = self.atom()
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        if below or above:
            tag = "msub" if below else "msup"
            return f"<{tag}>{base}{below or above}</{tag}>"
        return base

    def atom(self) -> str:
        token = self.next()
        if token == "{":
            return f"<mrow>{self.row('}')}</mrow>"
        if token == "\\frac":
            return f"<mfrac>{self.atom()}{self.atom()}</mfrac>"
        if token == "\\sqrt":
            return f"<msqrt>{self.atom()}</msqrt>"
        if token == "\\left":
            begin, inside, end = self.next(), self.row("\\right"), self.next()
            return f"<mrow><mo>{escape(begin)}</mo>{inside}<mo>{escape(end)}</mo></mrow>"
        if token.startswith(("\\text{", "\\mathrm{")):
            return f"<mtext>{escape(token[token.index('{') + 1 : -1])}</mtext>"
        if token in SPACES:
            return f'<mspace width="{SPACES[token]}"></mspace>'
        if token in LETTERS:
            return f"<mi>{LETTERS[token]}</mi>"
        if token in SIGNS:
            return f"<mo>{escape(SIGNS[token])}</mo>"
        if token.startswith("\\") or token in "{}^_&":
            raise ValueError(f"The equation's {token} isn't known; add it to mathml.py.")
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        return f"<mi>{token}</mi>" if token.isalpha() else f"<mo>{escape(token)}</mo>"
