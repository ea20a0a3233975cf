"""The way of one answer through the student, station by station, with the real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.material.batches import Ids
from course_utils.student.parameters import Array
from course_utils.training.attempts import Attempt, Floats

LOOK_UP, LOGITS, SOFTMAX = "look up", "logits", "softmax"
DECIDED = 0.2  # a share of the reading; a head that gives no word so much isn't decided


@dataclass(frozen=True, eq=False)
class Strip:
    """A row of numbers (n,) with a title; ``mark`` is the place of the one that is followed.

    ``full`` is the size that fills the strip: the same one where strips are added to each other.
    ``words`` says that there is a number for each word of the vocabulary.
    """

    title: str
    values: Floats
    full: float
    mark: int | None = None
    words: bool = False


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
        _added(
            channel,
            (f"the row of “{word}” in the word table", attempt.word),
            (f"the row of place {question.place} in the place table", attempt.position),
            ("their sum begins the stream", stream),
        ),
        number(stream[channel]),
        f"Each word has a row of {C} numbers in a table, and so has each place. Both tables began"
        f" with random numbers; training made of them what is useful. The two rows are added. Here"
        f" is the place that answers, “{word}”. Number {channel}:"
        f" {_sum(attempt.word[channel], attempt.position[channel], stream[channel])}",
    )


def _attention(attempt: Attempt, label: Callable[[int], str], channel: int, layer: int) -> Station:
    T, C = len(attempt.question.ids), len(attempt.word)
    before, added = attempt.steps[2 * layer]
    after = attempt.stream()[2 * layer + 1]
    weights = attempt.weights[layer]
    head, place = np.unravel_index(int(np.argmax(weights)), weights.shape)
    read, most = label(int(attempt.question.ids[place])), float(weights[head, place])
    where = "all places" if attempt.question.masked else "what stands before, and this place itself"
    decided = (
        f"The most decided one is head {head + 1}: it gives {100 * most:.0f} of 100 to “{read}”"
        f" (place {place})."
        if most >= DECIDED
        else f"None is decided: the most that one gives to a word is {100 * most:.0f} of 100."
    )
    return Station(
        f"attention {layer + 1}",
        f"({T}, {C}) → ({T}, {C})",
        _added(
            channel,
            ("the stream before", before),
            ("added: a mix of what was read", added),
            ("the stream after", after),
        ),
        number(after[channel]),
        f"Attention fetches. {len(weights)} readers, called heads, look at {where}, each in its own"
        f" way. {decided} A mix of what they fetched is added. Number {channel}:"
        f" {_sum(before[channel], added[channel], after[channel])}",
    )


def _mlp(attempt: Attempt, channel: int, layer: int) -> Station:
    T, C = len(attempt.question.ids), len(attempt.word)
    before, added = attempt.steps[2 * layer + 1]
    after, hidden = attempt.stream()[2 * layer + 2], attempt.hidden[layer]
    return Station(
        f"MLP {layer + 1}",
        f"({T}, {C}) → ({T}, {len(hidden)}) → ({T}, {C})",
        (
            Strip(f"the {C} numbers, weighed in {len(hidden)} ways", hidden, _size(hidden)),
            *_added(
                channel,
                (f"brought back to {C} numbers: added", added),
                ("the stream after", after),
            ),
        ),
        number(after[channel]),
        f"The MLP works on the stream of this place alone. It weighs the {C} numbers in"
        f" {len(hidden)} ways; what comes out above 0 goes on, here {int((hidden > 0).sum())} of"
        f" them, and the rest is pressed towards 0. Of that it makes {C} numbers again and adds"
        f" them. Number {channel}:"
        f" {_sum(before[channel], added[channel], after[channel])}",
    )


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
            Strip("the stream, brought to a common scale", attempt.normed,
                  _size(attempt.normed), channel),
            Strip(f"times the row of “{label(answer)}” in the word table", parts,
                  _size(parts), channel),
            _of_words(f"the logits of all {V} words", attempt.logits, answer),
        ),
        f"{number(parts[channel])} of {number(logit)}",
        f"First the {C} numbers are brought to a common scale (LayerNorm):"
        f" {number(attempt.stream()[-1][channel])} becomes {number(attempt.normed[channel])}. Then"
        " the table that looked the words up scores them."
        f" For “{label(answer)}” number {channel} gives"
        f" {number(attempt.normed[channel], 3)} × {number(row[channel], 3)} ="
        f" {number(parts[channel])}; all {C} products together are its logit, {number(logit)}.",
    )  # fmt: skip


def _softmax(attempt: Attempt, label: Callable[[int], str]) -> Station:
    V, answer = len(attempt.logits), attempt.question.answer
    shares = attempt.probabilities
    largest = float(attempt.logits.max())
    powers = np.exp(attempt.logits - largest)
    return Station(
        SOFTMAX,
        f"({V},) → ({V},)",
        (
            _of_words("the logits", attempt.logits, answer),
            _of_words("e to the power of (logit − largest logit)", powers, answer),
            _of_words("divided by their sum: shares of 1", shares, answer),
        ),
        f"{100 * shares[answer]:.1f} points",
        f"First the largest logit, {number(largest)}, is taken off all of them. That changes no"
        f" share, and no power gets larger than e⁰ = 1. The {V} powers together make"
        f" {powers.sum():.3f}. For “{label(answer)}”: {powers[answer]:.3f} / {powers.sum():.3f} ="
        f" {shares[answer]:.3f}, that is {100 * shares[answer]:.1f} points.",
    )


def _size(*values: Floats) -> float:
    """The largest size in some rows; never 0, for a strip is drawn by it."""
    return max(float(np.abs(row).max()) for row in values) or 1.0


def _added(channel: int, *rows: tuple[str, Floats]) -> tuple[Strip, ...]:
    """Strips of rows that add up: all on one scale, so that their bars do so, too."""
    full = _size(*(values for _, values in rows))
    return tuple(Strip(title, values, full, channel) for title, values in rows)


def _of_words(title: str, values: Floats, answer: int) -> Strip:
    return Strip(title, values, _size(values), answer, words=True)


def number(value: float, digits: int = 2) -> str:
    """A number with so many digits, its sign, a true minus, and no negative zero."""
    rounded = round(float(value), digits) + 0.0
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.{digits}f}"


def _sum(first: float, second: float, total: float) -> str:
    """A sum whose parts have a digit more than their result, so that it can be checked."""
    whole = f"{number(first, 3)} and {number(second, 3)} make {number(total)}"
    by_hand = round(round(first, 3) + round(second, 3), 3)
    adds_up = abs(by_hand - round(total, 2)) < 0.0051
    return f"{whole}{'' if adds_up else ' (rounded)'}."


def words_read(ids: Ids, label: Callable[[int], str]) -> list[str]:
    """The words of (T,) ids as they can be shown."""
    return [label(int(token)) for token in ids]
