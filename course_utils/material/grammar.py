"""A grammar that writes stories, as data, and the automaton that it becomes.

A `Grammar` is a description that a teacher can read and change; see `school_stories` for ours.
A plot is a line of text with three kinds of holes:

- ``{object}`` is a slot: one word of that list is drawn where the slot first stands, and the same
  word comes back wherever it stands again. ``{friend}`` may share the list of ``{name}``: slots of
  one list never hold the same word.
- ``{name.they}`` is a form of the drawn word, for pronouns that agree with their name.
- ``[soon | in the end | ]`` is a choice between equally likely pieces (the last one empty);
  ``[3: soon | later]`` makes the first three times as likely.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MARKS = frozenset(".,!?")
TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|[.,!?]")
PIECE = re.compile(r"\[[^\[\]]*\]|\{[a-z0-9]+(?:\.[a-z]+)?\}|[A-Za-z]+(?:'[a-z]+)?|[.,!?]")
WEIGHT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*:")


class GrammarError(ValueError):
    """A description that can't be used; the message names the plot or list, and what to do."""


@dataclass(frozen=True)
class Grammar:
    """What a teacher may change.

    ``lists``: words by the name of their list; a word with forms is a tuple, one entry for each
    name in ``forms`` of that list (the first form is the word itself). ``slots``: which list
    each slot draws from. ``plots``: each plot's text by its name. ``proper``: lists whose words
    keep their capital letter.
    """

    lists: Mapping[str, Sequence[str | tuple[str, ...]]]
    slots: Mapping[str, str]
    plots: Mapping[str, str]
    forms: Mapping[str, tuple[str, ...]]
    proper: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Node:
    """One place of a plot: a fixed ``word``, or a ``slot`` with the number of a ``form``."""

    word: str | None = None
    slot: int = -1
    form: int = 0


@dataclass(frozen=True)
class Automaton:
    """All plots as one graph. Node 0 is the start; ``END`` is the end.

    ``next[i]``: (probability, node) of what may follow node i, summing to one. ``slots``: the
    values of each slot, each a tuple of its forms. ``rivals[s]``: slots that share s's list.
    ``alive[i]``: the slots that are still needed after node i.
    """

    nodes: tuple[Node, ...]
    next: tuple[tuple[tuple[float, int], ...], ...]
    slots: tuple[tuple[tuple[str, ...], ...], ...]
    rivals: tuple[tuple[int, ...], ...]
    alive: tuple[frozenset[int], ...]


END = -1


def compile_grammar(grammar: Grammar) -> Automaton:
    """Turn a description into its automaton; `GrammarError` says what is wrong with it."""
    names = list(grammar.slots)
    slots = tuple(_values(grammar, slot) for slot in names)
    rivals = tuple(
        tuple(
            i
            for i, other in enumerate(names)
            if other != slot and grammar.slots[other] == grammar.slots[slot]
        )
        for slot in names
    )
    if not grammar.plots:
        raise GrammarError("The grammar has no plot; write at least one.")
    nodes: list[Node] = [Node()]
    follow: dict[int, list[tuple[float, int]]] = {0: []}
    for title, text in grammar.plots.items():
        _add_plot(grammar, names, title, text, nodes, follow, 1 / len(grammar.plots))
    return Automaton(
        tuple(nodes),
        tuple(tuple(follow[i]) for i in range(len(nodes))),
        slots,
        rivals,
        _alive(nodes, follow, rivals),
    )


def _values(grammar: Grammar, slot: str) -> tuple[tuple[str, ...], ...]:
    kind = grammar.slots[slot]
    words = grammar.lists.get(kind, ())
    if not words:
        raise GrammarError(f"The list {kind!r} of slot {slot!r} is missing or empty; fill it.")
    count = len(grammar.forms.get(kind, ("word",)))
    values = tuple(w if isinstance(w, tuple) else (w,) for w in words)
    for value in values:
        if len(value) != count:
            raise GrammarError(f"{value[0]!r} in list {kind!r} needs {count} forms.")
        for word in value:
            if TOKEN.fullmatch(word) is None:
                raise GrammarError(f"{word!r} in list {kind!r} is not one single word.")
    if len({value[0] for value in values}) < len(values):
        raise GrammarError(f"The list {kind!r} names a word twice; remove one.")
    sharing = sum(other == kind for other in grammar.slots.values())
    if len(values) < sharing:
        raise GrammarError(f"The list {kind!r} needs {sharing} words, one for each of its slots.")
    return values


def _add_plot(
    grammar: Grammar,
    slots: list[str],
    title: str,
    text: str,
    nodes: list[Node],
    follow: dict[int, list[tuple[float, int]]],
    share: float,
) -> None:
    """Append the plot's nodes; ``loose`` are the ends that the next piece continues."""
    loose: list[tuple[float, int]] = [(share, 0)]
    for piece in _split(title, text, PIECE):
        choices = _choices(title, piece) if piece.startswith("[") else [(1.0, piece)]
        after: list[tuple[float, int]] = []
        for weight, choice in choices:
            ends = [(p * weight, node) for p, node in loose]
            for part in _split(title, choice, PIECE):
                nodes.append(_node(grammar, slots, title, part))
                new = len(nodes) - 1
                follow[new] = []
                for p, node in ends:
                    follow[node].append((p, new))
                ends = [(1.0, new)]
            after += ends
        loose = after
    for p, node in loose:
        if node == 0:
            raise GrammarError(f"The plot {title!r} can be empty; give it a word.")
        follow[node].append((p, END))


def _split(title: str, text: str, pattern: re.Pattern[str]) -> list[str]:
    rest = pattern.sub("", text).strip()
    if rest:
        raise GrammarError(
            f"The plot {title!r} holds {rest.split()[0]!r}, which is neither a word, a mark, a"
            " {slot} nor a [choice | of | pieces]; choices can't stand inside choices."
        )
    return pattern.findall(text)


def _choices(title: str, piece: str) -> list[tuple[float, str]]:
    weighted = []
    for text in piece[1:-1].split("|"):
        match = WEIGHT.match(text)
        weight = float(match[1]) if match else 1.0
        if weight <= 0:
            raise GrammarError(f"The plot {title!r} gives a choice the weight {weight}.")
        weighted.append((weight, text[match.end() :] if match else text))
    total = sum(weight for weight, _ in weighted)
    return [(weight / total, text) for weight, text in weighted]


def _node(grammar: Grammar, slots: list[str], title: str, part: str) -> Node:
    if not part.startswith("{"):
        return Node(word=part)
    name, _, form = part[1:-1].partition(".")
    if name not in grammar.slots:
        raise GrammarError(
            f"The plot {title!r} uses {part}, but there is no slot {name!r}; "
            f"the slots are {', '.join(slots)}."
        )
    forms = grammar.forms.get(grammar.slots[name], ("word",))
    if form and form not in forms:
        raise GrammarError(
            f"The plot {title!r} uses {part}, but {name} has only the forms {', '.join(forms)}."
        )
    return Node(slot=slots.index(name), form=forms.index(form) if form else 0)


def _alive(
    nodes: list[Node], follow: dict[int, list[tuple[float, int]]], rivals: Sequence[Sequence[int]]
) -> tuple[frozenset[int], ...]:
    """Backwards: a slot is needed if a later node says it, or draws one that must differ."""
    alive: list[frozenset[int]] = [frozenset()] * len(nodes)
    for i in reversed(range(len(nodes))):
        needed: set[int] = set()
        for _, j in follow[i]:
            if j != END:
                needed |= alive[j]
                if nodes[j].slot >= 0:
                    needed |= {nodes[j].slot, *rivals[nodes[j].slot]}
        alive[i] = frozenset(needed)
    return tuple(alive)
