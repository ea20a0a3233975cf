"""The way of one answer through the student, station by station, with the real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.material.batches import Ids
from course_utils.student.parameters import Array
from course_utils.training.attempts import Attempt, Floats

LOOK_UP, LOGITS, SOFTMAX = "look up", "logits", "softmax"


@dataclass(frozen=True, eq=False)
class Strip:
    """A row of numbers (n,) with a title; ``mark`` is the place of the one that is followed."""

    title: str
    values: Floats
    mark: int | None = None


@dataclass(frozen=True, eq=False)
class Station:
    """One station: ``shape`` of what goes in and out, its numbers at the place that answers.

    ``carried`` is what became of the followed number here, ``said`` a few sentences on it.
    """

    name: str
    shape: str
    strips: tuple[Strip, ...]
    carried: str
    said: str


def station_names(layers: int) -> list[str]:
    """The names of all stations of a student with so many layers."""
    between = [f"{part} {layer + 1}" for layer in range(layers) for part in ("attention", "MLP")]
    return [LOOK_UP, *between, LOGITS, SOFTMAX]


def strongest_channel(attempt: Attempt, table: Array) -> int:
    """The channel that adds most to the right word's logit; ``table`` is the word table (V, C)."""
    return int(np.argmax(attempt.normed * table[attempt.question.answer]))


def stations(
    attempt: Attempt, table: Array, label: Callable[[int], str], channel: int
) -> list[Station]:
    """All stations of an attempt, one ``channel`` of the stream followed through them.

    ``table`` is the word table (V, C), ``label`` turns an id into a word. Raises `ValueError` for a
    channel that isn't there.
    """
    C = len(attempt.word)
    if not 0 <= channel < C:
        raise ValueError(f"There is no number {channel}; choose 0 to {C - 1}.")
    found = [_look_up(attempt, label, channel)]
    for layer in range(len(attempt.weights)):
        found.append(_attention(attempt, label, channel, layer))
        found.append(_mlp(attempt, channel, layer))
    return [
        *found, _logits(attempt, table, label, channel), _softmax(attempt, label),
    ]  # fmt: skip


def _look_up(attempt: Attempt, label: Callable[[int], str], channel: int) -> Station:
    question, T, C = attempt.question, len(attempt.question.ids), len(attempt.word)
    word = label(int(question.ids[question.place]))
    stream = attempt.stream()[0]
    return Station(
        LOOK_UP,
        f"{T} ids → ({T}, {C})",
        (
            Strip(f"the row of “{word}” in the word table", attempt.word, channel),
            Strip(
                f"the row of place {question.place} in the place table",
                attempt.position, channel,
            ),
            Strip("their sum begins the stream", stream, channel),
        ),
        number(stream[channel]),
        f"Each of the {T} words is looked up: {C} numbers for the word, {C} for its place. Of the"
        f" place that answers you see all {C}. Number {channel}:"
        f" {_sum(attempt.word[channel], attempt.position[channel], stream[channel])}",
    )  # fmt: skip


def _attention(attempt: Attempt, label: Callable[[int], str], channel: int, layer: int) -> Station:
    T, C = len(attempt.question.ids), len(attempt.word)
    before, added = attempt.steps[2 * layer]
    after = attempt.stream()[2 * layer + 1]
    weights = attempt.weights[layer]
    head, place = np.unravel_index(int(np.argmax(weights)), weights.shape)
    read = label(int(attempt.question.ids[place]))
    return Station(
        f"attention {layer + 1}",
        f"({T}, {C}) → ({T}, {C})",
        (
            Strip("the stream before", before, channel),
            Strip("added: a mix of what was read elsewhere", added, channel),
            Strip("the stream after", after, channel),
        ),
        number(after[channel]),
        f"{len(weights)} heads read the other places, all at once. The most decided one is head"
        f" {head + 1}: it gives {100 * weights[head, place]:.0f} of 100 to “{read}”"
        f" (place {place}). What they read is mixed and added. Number {channel}:"
        f" {_sum(before[channel], added[channel], after[channel])}",
    )  # fmt: skip


def _mlp(attempt: Attempt, channel: int, layer: int) -> Station:
    T, C = len(attempt.question.ids), len(attempt.word)
    before, added = attempt.steps[2 * layer + 1]
    after, hidden = attempt.stream()[2 * layer + 2], attempt.hidden[layer]
    return Station(
        f"MLP {layer + 1}",
        f"({T}, {C}) → ({T}, {len(hidden)}) → ({T}, {C})",
        (
            Strip(f"widened to {len(hidden)} and bent by GELU", hidden),
            Strip("narrowed again, and added", added, channel),
            Strip("the stream after", after, channel),
        ),
        number(after[channel]),
        f"The MLP looks at this place alone. Of its {len(hidden)} bent numbers"
        f" {int((hidden > 0).sum())} are above 0; GELU leaves little of the others. Number"
        f" {channel}: {_sum(before[channel], added[channel], after[channel])}",
    )  # fmt: skip


def _logits(attempt: Attempt, table: Array, label: Callable[[int], str], channel: int) -> Station:
    T, C, V = len(attempt.question.ids), len(attempt.word), len(table)
    answer = attempt.question.answer
    row = np.asarray(table[answer], np.float64)
    parts = attempt.normed * row
    logit = attempt.logits[answer]
    return Station(
        LOGITS,
        f"({T}, {C}) → ({T}, {V})",
        (
            Strip("the stream, brought to a common scale (LayerNorm)", attempt.normed, channel),
            Strip(f"times the row of “{label(answer)}” in the word table", parts, channel),
            Strip(f"the logits of all {V} words", attempt.logits, answer),
        ),
        f"{number(parts[channel])} of {number(logit)}",
        f"The table that looked the words up also scores them. For “{label(answer)}” number"
        f" {channel} gives {number(attempt.normed[channel])} × {number(row[channel])} ="
        f" {number(parts[channel])}; all {C} together are its logit, {number(logit)}.",
    )  # fmt: skip


def _softmax(attempt: Attempt, label: Callable[[int], str]) -> Station:
    V, answer = len(attempt.logits), attempt.question.answer
    shares = attempt.probabilities
    powers = np.exp(attempt.logits - attempt.logits.max())
    return Station(
        SOFTMAX,
        f"({V},) → ({V},)",
        (
            Strip("the logits", attempt.logits, answer),
            Strip("e to the power of (logit − largest logit)", powers, answer),
            Strip("divided by their sum: shares of 1", shares, answer),
        ),
        f"{100 * shares[answer]:.1f} points",
        f"All {V} powers are positive; their sum is {powers.sum():.2f}. For “{label(answer)}”:"
        f" {powers[answer]:.3f} / {powers.sum():.3f} = {shares[answer]:.3f}, that is"
        f" {100 * shares[answer]:.1f} points.",
    )  # fmt: skip


def number(value: float) -> str:
    """A number with two digits, its sign, a true minus, and no negative zero."""
    rounded = round(float(value), 2) + 0.0
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.2f}"


def _sum(first: float, second: float, total: float) -> str:
    whole = f"{number(first)} and {number(second)} make {number(total)}"
    adds_up = abs(round(first, 2) + round(second, 2) - round(total, 2)) < 0.005
    return f"{whole}{'' if adds_up else ' (rounded)'}."


def words_read(ids: Ids, label: Callable[[int], str]) -> list[str]:
    """The words of (T,) ids as they can be shown."""
    return [label(int(token)) for token in ids]
