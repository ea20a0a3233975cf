"""The words on pictures for the field's terms: one place, so that every picture says the same.

The glossary takes them from here. Nothing is imported, so that looking up a word costs nothing.
"""

from __future__ import annotations

# The parts of the cycle, in their order, and what stands under each.
CYCLE = {
    "batch": "a test of many questions",
    "forward pass": "the student's attempt",
    "loss": "the teacher's grading",
    "backpropagation": "a lesson plan\nfor each weight",
    "optimizer step": "studying the feedback",
    "iteration": "one turn, one test",
}
# Lines that a loss is compared with, by their role in the palette.
REFERENCE = {
    "uniform": "blind guess",
    "counting": "best counting",
    "floor": "best possible",
    "memory": "perfect memory",
}
