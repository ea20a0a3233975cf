"""Strips of tokens: cut from a text, covered by a card, hidden one by one, or with their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.collections import PolyCollection
from matplotlib.patches import FancyBboxPatch, Polygon
from matplotlib.path import Path

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.flow import Place, drawable, flow, pixels_wide
from course_utils.figures.stamps import Stamp, Stamps

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes
    from matplotlib.patches import Patch
    from matplotlib.text import Text

WIDTH, MARGIN, GAP = 712, 16, 6
PADDING = 7  # on both sides of a word in its box
LEAST = 24  # the narrowest box
TALL, BLANK_TALL = 66, 80  # of a line with one or two things below each box
MOST_SHOWN, TOKEN_LINES = 100, 4  # tokens and lines in one picture


class Lines:
    """A canvas with a box for each token, set in lines; ``tall`` pixels for each line.

    ``boxes`` (left, bottom) corners are in pixels. ``notes`` are as wide as they must be below.
    """

    def __init__(
        self, tokens: Sequence[str], notes: Sequence[str], tall: int, top: int = 14
    ) -> None:
        widths = [_box_wide(*pair) for pair in zip(tokens, notes, strict=True)]
        self.places = flow(widths, GAP, WIDTH - 2 * MARGIN)
        self.tall, self.lines = tall, self.places[-1].line + 1
        self.canvas = Canvas(WIDTH, top + tall * self.lines)
        self.ax = whole_axes(self.canvas)
        self._top = self.canvas.height - top

    def left(self, place: Place) -> float:
        """The left edge of a box, in pixels."""
        return MARGIN + place.left

    def middle(self, place: Place) -> float:
        """The middle of a box, in pixels."""
        return MARGIN + place.middle

    def upper(self, place: Place) -> float:
        """The upper edge of a line, in pixels."""
        return self._top - place.line * self.tall


def _box_wide(token: str, note: str) -> float:
    words = pixels_wide(token, style.LARGE), pixels_wide(note, style.SMALL)
    return max(LEAST, *words) + 2 * PADDING - 4


def whole_axes(canvas: Canvas) -> Axes:
    """Axes over the whole canvas, whose units are pixels."""
    ax = canvas.axes(0, 0, canvas.width, canvas.height)
    style.empty_axes(ax)
    ax.set_xlim(0, canvas.width)
    ax.set_ylim(0, canvas.height)
    return ax


def card(ax: Axes, left: float, bottom: float, width: float, height: float, **look: Any) -> Patch:
    """A card with round corners."""
    drawn = {"facecolor": "#FFFFFF", "edgecolor": style.EDGE, "linewidth": 1.2, **look}
    shape = "round,pad=0,rounding_size=5"
    patch = FancyBboxPatch((left, bottom), width, height, boxstyle=shape, **drawn)
    return ax.add_patch(patch)


def write(ax: Axes, x: float, y: float, words: str, size: float = style.LARGE, **look: Any) -> Text:
    """Words centred at a place."""
    drawn = {"ha": "center", "va": "center_baseline", "color": style.INK, **look}
    # A text may hold a dollar sign, which is no formula.
    return ax.text(x, y, drawable(words), fontsize=size, parse_math=False, **drawn)


# Text, tokens, ids


def _token_places(tokens: Sequence[str], ids: Sequence[int]) -> list[Place]:
    widths = [_box_wide(token, str(i)) for token, i in zip(tokens, ids, strict=True)]
    return flow(widths[:MOST_SHOWN], GAP, WIDTH - 2 * MARGIN)


def token_lines(tokens: Sequence[str], ids: Sequence[int]) -> int:
    """How many lines of a `TokenStrip` these tokens fill, at most `TOKEN_LINES`."""
    return min(_token_places(tokens, ids)[-1].line + 1, TOKEN_LINES)


class TokenStrip:
    """Tokens in boxes, each with its id below; `show` takes another text.

    What doesn't fit in its ``lines`` is left out; ``shown`` tokens are seen.
    """

    def __init__(self, lines: int = TOKEN_LINES) -> None:
        self.lines = lines
        self.canvas = Canvas(WIDTH, 10 + TALL * lines)
        ax = whole_axes(self.canvas)
        self.boxes = _cards(ax, facecolor="#FFFFFF", edgecolor=style.EDGE, linewidth=1.2)
        self.words = Stamps()
        ax.add_artist(self.words)
        self.canvas.move(self.boxes, self.words)
        self.shown = 0

    def show(self, tokens: Sequence[str], ids: Sequence[int]) -> None:
        """Show these tokens and their ids."""
        pairs = [(token, str(i)) for token, i in zip(tokens, ids, strict=True)][:MOST_SHOWN]
        places = _token_places(tokens, ids)
        self.shown = sum(place.line < self.lines for place in places)
        if self.shown < len(tokens):
            pairs[self.shown - 1] = ("…", "")
            self.shown -= 1
        stamps, corners = [], []
        for (token, number), place in zip(pairs, places, strict=True):
            if place.line < self.lines:
                x, y = MARGIN + place.left, self.canvas.height - 12 - place.line * TALL
                right = x + place.width
                corners.append([(x, y), (right, y), (right, y - 34), (x, y - 34)])
                stamps.append(Stamp(MARGIN + place.middle, y - 17, token))
                stamps.append(
                    Stamp(MARGIN + place.middle, y - 46, number, style.SMALL, style.QUIET)
                )
        self.boxes.set_verts(corners)
        self.words.stamps = stamps


def tokens_alt(kind: str, tokens: Sequence[str], ids: Sequence[int], vocab_size: int) -> str:
    """The text alternative of the tokens."""
    pairs = ", ".join(f"{t} {i}" for t, i in zip(tokens[:8], ids[:8], strict=True))
    more = " and so on" if len(tokens) > 8 else ""
    return (
        f"A text cut into {len(tokens)} tokens ({kind}), each with its id among {vocab_size}: "
        f"{pairs}{more}."
    )


# A cover card

Corners = list[tuple[float, float]]


def _box(lines: Lines, place: Place) -> Corners:
    """A token's box, from its upper left corner clockwise."""
    x, y = lines.left(place), lines.upper(place)
    return [(x, y), (x + place.width, y), (x + place.width, y - 34), (x, y - 34)]


def _cards(ax: Axes, **look: Any) -> PolyCollection:
    cards = PolyCollection([], **look)
    ax.add_collection(cards, autolim=False)
    return cards


def _asked(lines: Lines) -> tuple[PolyCollection, Stamps]:
    """What covers a token that is asked: a card, and the mark on it."""
    words = Stamps()
    asked = _cards(lines.ax, facecolor=style.LIT, edgecolor=style.INK, linewidth=2.5)
    lines.ax.add_artist(words)
    return asked, words


def _ask(
    cards: PolyCollection, words: Stamps, corners: Sequence[Corners], more: Sequence[Stamp] = ()
) -> None:
    cards.set_verts(corners)
    marks = [Stamp((c[0][0] + c[1][0]) / 2, c[0][1] - 17, "?", bold=True) for c in corners]
    words.stamps = [*marks, *more]


class CoverStrip:
    """A row of tokens under cover: `cover` leaves open what may be read, and lifts the rest.

    With ``both_sides`` only one token is covered.
    """

    def __init__(self, tokens: Sequence[str], both_sides: bool = False) -> None:
        self.tokens, self.both_sides = tuple(tokens), both_sides
        lines = Lines(tokens, [""] * len(tokens), 44)
        self.canvas = lines.canvas
        self.corners = [_box(lines, place) for place in lines.places]
        for place, token in zip(lines.places, tokens, strict=True):
            write(lines.ax, lines.middle(place), lines.upper(place) - 17, token)
        shut = {"facecolor": style.SOFT, "edgecolor": style.EDGE, "hatch": "//"}
        self.shut = _cards(lines.ax, linewidth=1.2, **shut)
        self.asked, self.words = _asked(lines)
        self.canvas.move(self.shut, self.asked, self.words)
        self.cover(1)

    def cover(self, place: int) -> None:
        """Ask for the token at ``place``; tokens before it are open, those after are covered."""
        self.place = place
        self.shut.set_verts([] if self.both_sides else self.corners[place + 1 :])
        _ask(self.asked, self.words, [self.corners[place]])


def cover_alt(tokens: Sequence[str], place: int, both_sides: bool) -> str:
    """The text alternative of the covered row."""
    before, after = " ".join(tokens[:place]), " ".join(tokens[place + 1 :])
    said = f"A row of {len(tokens)} tokens. To be read: {before}. Then a card with a question mark"
    if both_sides:
        return f"{said}, and after it: {after or 'nothing'}."
    left = len(tokens) - place - 1
    return f"{said}. {left} more {'token is' if left == 1 else 'tokens are'} covered."


# Words hidden one by one


class BlankStrip:
    """A row of tokens with their targets below; `hide` covers some and asks for them.

    Below a hidden token stand the token itself and its id, the target. Not hidden: the target is
    −1, which means "not asked".
    """

    def __init__(self, tokens: Sequence[str], ids: Sequence[int]) -> None:
        self.tokens, self.ids = tuple(tokens), [*ids]
        lines = Lines(tokens, ["−1"] * len(tokens), BLANK_TALL)
        self.canvas = lines.canvas
        self.corners = [_box(lines, place) for place in lines.places]
        for place, token in zip(lines.places, tokens, strict=True):
            x, y, middle = lines.left(place), lines.upper(place), lines.middle(place)
            card(lines.ax, x, y - 34, place.width, 34)
            write(lines.ax, middle, y - 17, token)
            write(lines.ax, middle, y - 46, "−1", style.SMALL, color=style.QUIET)
        self.wiped = _cards(lines.ax, facecolor=style.CARD, edgecolor="none")
        self.asked, self.words = _asked(lines)
        self.canvas.move(self.wiped, self.asked, self.words)
        self.hide(())

    def hide(self, places: Collection[int]) -> None:
        """Cover these tokens (their places from 0) and no others."""
        corners = [self.corners[t] for t in sorted(places)]
        self.wiped.set_verts([[(x, y - (60 if i < 2 else 4)) for i, (x, y) in enumerate(c)]
                              for c in corners])  # fmt: skip
        targets = []
        for t, c in zip(sorted(places), corners, strict=True):
            x, y = (c[0][0] + c[1][0]) / 2, c[0][1]
            look = style.SMALL, style.ANSWER, True
            targets += [
                Stamp(x, y - 46, self.tokens[t], *look), Stamp(x, y - 62, str(self.ids[t]), *look)
            ]  # fmt: skip
        _ask(self.asked, self.words, corners, targets)


def blank_alt(tokens: Sequence[str], ids: Sequence[int], hidden: Collection[int]) -> str:
    """The text alternative of the row with its blanks."""
    shown = " ".join("[?]" if t in hidden else token for t, token in enumerate(tokens))
    asked = ", ".join(f"{tokens[t]} {ids[t]}" for t in sorted(hidden)) or "none"
    return f"{shown}. Targets asked: {asked}; all others are −1."


# The answer key: a second copy, to be slid along


CHECK = Path([(0, 0.1), (0.35, -0.35), (1, 0.55)])  # a tick, around its middle
KEY_CELL, KEY_SIDE = 70, 3  # pixels a token, and how far the copy can be slid
KEY_SHOWN = (WIDTH - 2 * 10) // KEY_CELL - 2  # one more place on both sides is for the copy


class KeyStrip:
    """The questions' row above, a copy of the text below that `slide` moves to the left.

    ``tokens`` (n,) begin with ``<start>``; each but the last is what was read last before a
    question. ``asked`` says which places of the row are questions; ``top`` is what stands above
    if it isn't the text itself, as where words are hidden.
    """

    def __init__(
        self, tokens: Sequence[str], asked: Sequence[bool], top: Sequence[str] | None = None
    ) -> None:
        self.tokens = tuple(tokens)
        read = tokens if top is None else top
        self.canvas = Canvas(WIDTH, 176)
        ax = self.ax = whole_axes(self.canvas)
        write(ax, 14, 158, "the questions: read up to here, what is asked?", style.SMALL,
              ha="left", color=style.QUIET)  # fmt: skip
        write(ax, 14, 16, "the answer key: a second copy of the same text", style.SMALL,
              ha="left", color=style.QUIET)  # fmt: skip
        shown = min(len(tokens), KEY_SHOWN)
        for t in range(shown):
            edge = style.QUIET if asked[t] else style.SOFT
            box = Polygon(self._corners(t, 100), facecolor="#FFFFFF", edgecolor=edge, linewidth=1.5)
            ax.add_patch(box)
            write(ax, self._middle(t), 117, read[t], _key_size(read[t]))
        self.keys = tokens[: shown + KEY_SIDE]
        self.boxes = _cards(ax, facecolor=style.CARD, edgecolor=style.ANSWER, linewidth=1.5)
        self.words = Stamps()
        ax.add_artist(self.words)
        self.shown = shown
        (self.right,) = ax.plot(
            [], [], linestyle="", marker=CHECK, markersize=11, markerfacecolor="none",
            markeredgecolor=style.ANSWER, markeredgewidth=2.5,
        )  # fmt: skip
        self.canvas.move(self.boxes, self.words, self.right)
        self.slide(0, [False] * shown)

    def _middle(self, t: float) -> float:
        return 10 + KEY_CELL * (t + 1.5)

    def _corners(self, t: float, y: float) -> list[tuple[float, float]]:
        left, right = self._middle(t) - KEY_CELL / 2 + 2, self._middle(t) + KEY_CELL / 2 - 2
        return [(left, y), (right, y), (right, y + 34), (left, y + 34)]

    def slide(self, shift: int, right: Sequence[bool]) -> None:
        """Move the copy ``shift`` places to the left; ``right`` says which keys now fit."""
        self.shift = shift
        last = self.shown
        seen = [t for t in range(len(self.keys)) if -1 <= t - shift <= last]
        self.boxes.set_verts([self._corners(t - shift, 46) for t in seen])
        self.words.stamps = [
            Stamp(self._middle(t - shift), 63, self.keys[t], _key_size(self.keys[t])) for t in seen
        ]
        fit = [self._middle(t) for t, fits in enumerate(right[:last]) if fits]
        self.right.set_data(fit, [90] * len(fit))


def _key_size(token: str) -> float:
    size = style.LARGE
    while size > style.SMALL and pixels_wide(token, size) > KEY_CELL - 8:
        size -= 0.5
    return size


def key_alt(tokens: Sequence[str], shift: int, fitting: int, asked: int) -> str:
    """The text alternative of the slid key."""
    pairs = ", ".join(
        f"{token} over {tokens[t + shift] if 0 <= t + shift < len(tokens) else 'nothing'}"
        for t, token in enumerate(tokens[:4])
    )
    return (
        f"Two copies of a text, the lower one slid by {shift}: {pairs} and so on. "
        f"{fitting} of {asked} keys stand under their question."
    )
