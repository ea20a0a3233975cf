"""Stories dealt into papers like cards: the papers change, the stories don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.collections import PolyCollection

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.stamps import Stamp, Stamps
from course_utils.figures.strips import whole_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 712, 186, 16.0
TILE, GAP, SPACE, LINE = 36, 5, 14, 84


class Dealt:
    """A tile for each row; `show` lays them on papers, and row ``followed`` (from 0) stands out."""

    def __init__(self, followed: int) -> None:
        self.followed = followed
        self.canvas = Canvas(WIDTH, HEIGHT)
        ax = whole_axes(self.canvas)
        self.sheets = PolyCollection([], facecolor="#FFFFFF", edgecolor=style.QUIET, linewidth=1.2)
        self.tiles = PolyCollection([], facecolor=style.SOFT, edgecolor=style.QUIET, linewidth=1.0)
        self.lit = PolyCollection([], facecolor=style.LIT, edgecolor=style.INK, linewidth=2.5)
        self.words = Stamps()
        for part in (self.sheets, self.tiles, self.lit):
            ax.add_collection(part, autolim=False)
        ax.add_artist(self.words)
        self.canvas.move(self.sheets, self.tiles, self.lit, self.words)

    def show(self, papers: Sequence[Sequence[int]]) -> None:
        """Lay these rows (their numbers from 0) on one paper after the other."""
        x, y = MARGIN, HEIGHT - 22.0
        stamps, sheets = [], []
        tiles: dict[bool, list[list[tuple[float, float]]]] = {True: [], False: []}
        for number, rows in enumerate(papers, 1):
            width = len(rows) * (TILE + GAP) + GAP
            if x > MARGIN and x + width > WIDTH - 14:
                x, y = MARGIN, y - LINE
            bottom = y - 12 - TILE - 2 * GAP
            sheets.append(_corners(x, bottom, width, TILE + 2 * GAP))
            stamps.append(Stamp(x + 2, y, f"test {number}", style.SMALL, ha="left"))
            for i, row in enumerate(rows):
                left, lit = x + GAP + i * (TILE + GAP), row == self.followed
                tiles[lit].append(_corners(left, bottom + GAP, TILE, TILE))
                middle = left + TILE / 2, bottom + GAP + TILE / 2
                stamps.append(Stamp(*middle, str(row + 1), style.NORMAL, bold=lit))
            x += width + SPACE
        self.sheets.set_verts(sheets)
        self.tiles.set_verts(tiles[False])
        self.lit.set_verts(tiles[True])
        self.words.stamps = stamps


def _corners(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def deal_alt(papers: Sequence[Sequence[int]], followed: int) -> str:
    """The text alternative of the dealt papers."""
    laid = "; ".join(
        f"test {number}: rows {', '.join(str(row + 1) for row in rows)}"
        for number, rows in enumerate(papers, 1)
    )
    where = next(n for n, rows in enumerate(papers, 1) if followed in rows)
    return f"{len(papers)} tests. {laid}. Row {followed + 1}, outlined, lies in test {where}."
