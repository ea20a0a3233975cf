"""A prediction: chosen before the result is seen, and kept as it was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Prediction:
    """A question with ``options``; ``chosen`` is the option's number, or None before.

    Raises `ValueError` for an option that isn't there.
    """

    question: str
    options: tuple[str, ...]
    chosen: int | None = None

    def choose(self, number: int) -> None:
        """Record option ``number`` (from 0)."""
        if not 0 <= number < len(self.options):
            raise ValueError(f"There is no option {number}; choose 0 to {len(self.options) - 1}.")
        self.chosen = number

    @property
    def answer(self) -> str:
        """The chosen option, or "not answered yet"."""
        return "not answered yet" if self.chosen is None else self.options[self.chosen]
