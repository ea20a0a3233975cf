"""Pictures of feedback: a nudged weight, a lesson, its price, and what a step does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
from course_utils.figures.real_models import RAISED
from course_utils.training.feedback import ROUNDING, ZONES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from course_utils.training.feedback import Floats

WIDTH, HEIGHT = 660, 340
UNITS = ((1.0, "nats"), (1e-3, "thousandths of a nat"), (1e-6, "millionths of a nat"))
MARKS = 6  # numbers beside a scale that moves, about
FINEST = 0.01  # nats: changes smaller than this share the middle of the picture


def unit_for(reach: float) -> tuple[float, str]:
    """The unit in which changes of a loss up to ``reach`` nats are read most easily."""
    return next((u for u in UNITS if abs(reach) >= u[0]), UNITS[-1])


def _rectangle(ax: Axes, x: float, y: float, height: float, **look: Any) -> Rectangle:
    """A bar without length yet, kept so that it can be moved."""
    bar = Rectangle((x, y), 0, height, **look)
    ax.add_patch(bar)
    return bar


def _outline(ax: Axes, **look: Any) -> Polygon:
    outline = Polygon([(0, 0)], **look)
    ax.add_patch(outline)
    return outline


def _signed(value: float) -> str:
    """A change as people write it: +30, 0, −30."""
    return f"{value:+.3g}".replace("-", "−") if value else "0"


def _titles(ax: Axes, x: str, y: str) -> None:
    style.plain_axes(ax)
    ax.set_xlabel(x, fontsize=style.NORMAL, color=style.INK)
    ax.set_ylabel(y, fontsize=style.NORMAL, color=style.INK)


class NudgeCurve:
    """The loss over one weight: the places tried, the one we are at, and the written slope.

    `begin` sets a weight and its scale, `update` what was tried. Across stand nudges, ``most`` each
    way; the heights' scale moves with the weight, so that nothing is ever drawn anew as a whole.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.canvas = Canvas(WIDTH, HEIGHT)
        left, bottom, wide, high = 70, 52, WIDTH - 90, HEIGHT - 96
        self.ax = ax = self.canvas.axes(left, bottom, wide, high)
        _titles(ax, "", "")
        ax.set_xlim(-1.08 * most, 1.08 * most)
        ax.set_ylim(0, 1)
        ax.set_xticks(np.linspace(-most, most, 5))
        ax.set_yticks([])
        (self.zero,) = ax.plot([], [], color=style.EDGE, linewidth=1)
        (self.tangent,) = ax.plot([], [], "--", color=style.ANSWER, linewidth=1.8)
        (self.tried,) = ax.plot([], [], "o-", color=style.STUDENT, markersize=5, linewidth=1.2)
        (self.triangle,) = ax.plot([], [], ":", color=style.INK, linewidth=2)
        (self.here,) = ax.plot(
            [], [], "o", markersize=10, markerfacecolor=style.LIT, color=style.INK
        )
        self.canvas.move(self.zero, self.tangent, self.tried, self.triangle, self.here)
        label = self.canvas.label
        self.plan = label(
            left + wide - 8, 0, "the plan's slope", colour=style.ANSWER, side="right",
            behind=style.CARD,
        )  # fmt: skip
        self.run = label(0, 0, "run", side="middle")
        self.rise = label(0, 0, "rise")
        self.marks = [label(left - 6, 0, side="right") for _ in range(MARKS + 1)]
        self.axis = label(18, HEIGHT - 28, size=style.NORMAL)
        self.words = label(WIDTH - 20, HEIGHT - 28, size=style.NORMAL, side="right")
        self.across = label(left + wide / 2, 17, size=style.NORMAL, side="middle")
        self.low, self.high, self.tilt = -1.0, 1.0, 0.0

    def begin(self, slope: float, nudge: float) -> None:
        """Turn to a weight with this written slope, and to nudges of this size."""
        self.tilt = slope * nudge * self.most
        self.across.text = f"nudges of {nudge:g} each, down and up"
        self._scale(-abs(self.tilt), abs(self.tilt))

    def _scale(self, low: float, high: float) -> None:
        pad = 0.16 * (high - low) or UNITS[-1][0]
        self.low, self.high = low - pad, high + pad
        unit, name = unit_for(max(abs(low), abs(high)))
        self.axis.text = f"change of the loss, in {name}"
        values = MaxNLocator(MARKS - 1).tick_values(low / unit, high / unit)
        for number, mark in enumerate(self.marks):
            mark.visible = number < len(values)
            if number < len(values):
                height = float(self.height(values[number] * unit))
                mark.visible = 0 <= height <= 1
                mark.y = self._pixel(0, height)[1]
                mark.text = _signed(values[number])

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        found = self.ax.transData.transform((x, y))
        return float(found[0]), float(found[1])

    def height(self, change: Floats | float) -> Floats:
        """Where a change of the loss in nats stands, 0 at the lower edge and 1 at the upper."""
        return np.asarray((np.asarray(change) - self.low) / (self.high - self.low))

    def update(self, nudges: Floats, changes: Floats, here: int, words: str) -> None:
        """Show the nudges (N,) tried and the changes (N,) of the loss; ``here`` is one of them."""
        low, high = float(changes.min()), float(changes.max())
        if low < self.low or high > self.high:  # with room, so that it seldom has to grow again
            self._scale(
                1.5 * low if low < self.low else self.low,
                1.5 * high if high > self.high else self.high,
            )
        self.tangent.set_visible(len(nudges) > 1)  # the plan is shown after the first nudge
        self.plan.visible = len(nudges) > 1
        ends = np.array([-1.0, 1.0])
        self.tangent.set_data(self.most * ends, self.height(self.tilt * ends))
        # A loss curves upwards more often than not, so the plan's name stands below its line.
        self.plan.y = self._pixel(0, float(self.height(self.tilt)))[1] - 16
        self.zero.set_data(1.08 * self.most * ends, self.height(0 * ends))
        x, y, ground = nudges, self.height(changes), float(self.height(0.0))
        self.tried.set_data(x, y)
        self.here.set_data([x[here]], [y[here]])
        self.triangle.set_data([0, x[here], x[here]], [ground, ground, y[here]])
        self._name_triangle(float(x[here]), float(y[here]), ground)
        self.words.text = words

    def _name_triangle(self, x: float, y: float, ground: float) -> None:
        """Write "run" on the far side of the ground line, "rise" outside of the triangle."""
        for name in (self.run, self.rise):
            name.visible = abs(x) > 1
        self.run.x, level = self._pixel(x / 2, ground)
        self.run.y = level + (11 if y <= ground else -11)
        edge, self.rise.y = self._pixel(x, (y + ground) / 2)
        self.rise.visible &= abs(self._pixel(0, y)[1] - level) > 20  # else it hides the curve
        outside = abs(x) < self.most
        right = (x > 0) == outside
        self.rise.x, self.rise.side = edge + (10 if right else -10), "left" if right else "right"


def nudge_alt(nudges: Floats, changes: Floats, here: int, words: str) -> str:
    """The text alternative of the nudged weight's curve; nudges (N,) and changes (N,) in nats."""
    order = np.argsort(nudges)
    kept = order[:: max(1, len(order) // 5)]
    tried = ", ".join(f"{nudges[i]:+.4g}: {changes[i]:+.2g}" for i in kept)
    return f"The loss over one weight. Nudges and changes of the loss: {tried}. {words}"


class LessonBars:
    """The slopes at a question's logits as bars; the chosen one is lit.

    ``rows`` is the number of bars. A bar to the left is a logit that should rise; beside it, where
    no bar is, stands how the slope comes about.
    """

    def __init__(self, rows: int) -> None:
        self.canvas = Canvas(WIDTH, 84 + 34 * rows)
        self.ax = ax = self.canvas.axes(150, 58, WIDTH - 170, 34 * rows - 6)
        style.plain_axes(ax)
        ax.set_xlim(-1.28, 1.28)
        ax.set_ylim(rows - 0.4, -0.6)
        ax.set_yticks([])
        ax.set_xlabel("slope of the loss at this logit", fontsize=style.NORMAL, color=style.INK)
        ax.axvline(0, color=style.INK, linewidth=1.2)
        top = 1.03
        for x, words in (
            (0.23, "◀ raise it: the loss falls"),
            (0.77, "raise it: the loss rises ▶"),
        ):
            ax.text(x, top, words, transform=ax.transAxes, ha="center", fontsize=style.SMALL)
        self.band = _rectangle(
            ax, -1.28, -0.5, 1, facecolor=style.LIT, edgecolor=style.INK, zorder=0
        )
        self.band.set_width(2.56)
        self.bars = [_rectangle(ax, 0, row - 0.3, 0.6, linewidth=1.2) for row in range(rows)]
        self.canvas.move(self.band, *self.bars)
        self.names, self.sums = [], []
        for row in range(rows):
            middle, level = (float(v) for v in ax.transData.transform((0, row)))
            self.names.append(self.canvas.label(142, level, size=style.NORMAL, side="right"))
            self.sums.append(self.canvas.label(middle, level))
        self._middle = middle

    def update(self, names: Sequence[str], confidences: Floats, answer: int, chosen: int) -> None:
        """Show these choices with their confidences (rows,); ``answer`` and ``chosen`` are rows."""
        for row, (name, p) in enumerate(zip(names, confidences, strict=True)):
            right = row == answer
            slope = float(p) - right
            bar = self.bars[row]
            bar.set_width(slope)
            bar.set_facecolor(style.ANSWER if right else "#FFFFFF")
            bar.set_edgecolor(style.ANSWER if right else style.STUDENT)
            bar.set_hatch("" if right else "///")
            label, total = self.names[row], self.sums[row]
            label.text = f"{name} ✓" if right else name
            label.colour = style.ANSWER if right else style.INK
            label.bold = right
            total.text = f"{p:.2f} − {int(right)} = {slope:+.2f}".replace("-", "−")
            total.x = self._middle + (8 if right else -8)
            total.side = "left" if right else "right"
        self.band.set_y(chosen - 0.5)


def lesson_alt(names: Sequence[str], slopes: Floats, answer: int) -> str:
    """The text alternative of the lesson's bars."""
    bars = ", ".join(f"{n} {s:+.2f}" for n, s in zip(names, slopes, strict=True))
    return f"Bars of the loss's slope at each logit: {bars}. The right word is {names[answer]}."


class PriceMarks:
    """What slopes cost, as marks on a logarithmic scale from ``low`` to ``high`` of a ``unit``.

    Such a scale has no zero, so the marks have no bars. ``names`` has a name for each row.
    """

    def __init__(self, names: Sequence[str], unit: str, low: float, high: float) -> None:
        rows = len(names)
        self.low = low
        self.canvas = Canvas(WIDTH, 84 + 48 * rows)
        self.ax = ax = self.canvas.axes(150, 58, WIDTH - 180, 48 * rows)
        style.plain_axes(ax)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.xaxis.set_major_locator(LogLocator(10, numticks=12))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(_plain_power))
        ax.set_ylim(rows - 0.5, -0.5)
        ax.set_yticks(range(rows), names, fontsize=style.NORMAL)
        ax.set_xlabel(f"{unit}; each mark is ten times the one before", fontsize=style.NORMAL)
        for row in range(rows):
            ax.axhline(row, color=style.SOFT, linewidth=1, zorder=0)
        self.marks = [
            ax.plot(
                [low], [row], "s" if row else "o", markersize=11, color=style.STUDENT,
                markerfacecolor=style.STUDENT if row else "#FFFFFF", markeredgewidth=2,
            )[0]
            for row in range(rows)
        ]  # fmt: skip
        self.canvas.move(*self.marks)
        self.labels = [
            self.canvas.label(0, 0, size=style.NORMAL, behind=style.CARD) for _ in range(rows)
        ]

    def update(self, values: Sequence[float], words: Sequence[str]) -> None:
        """Show the values (rows,) with their labels."""
        left, right = (
            float(x)
            for x in self.ax.transData.transform([(v, 0) for v in self.ax.get_xlim()])[:, 0]
        )
        for row, (value, said) in enumerate(zip(values, words, strict=True)):
            value = max(value, self.low)
            self.marks[row].set_xdata([value])
            x, y = (float(v) for v in self.ax.transData.transform((value, row)))
            label = self.labels[row]
            far = x > (left + right) / 2
            label.x, label.y, label.text = x + (-16 if far else 16), y, said
            label.side = "right" if far else "left"


def _plain_power(value: float, _: int) -> str:
    """A power of ten as people write it: 0.01, 1, 10,000, and 10⁷ where that gets too long."""
    if not 1e-4 <= value < 1e5:
        return f"10{str(round(np.log10(value))).translate(RAISED)}"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _decimal(value: float, _: int) -> str:
    """A size below ten written out, so that all marks of a scale look alike: 0.000001, 0.01, 1."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def price_alt(names: Sequence[str], unit: str, words: Sequence[str]) -> str:
    """The text alternative of the prices."""
    marks = ", ".join(f"{name} {label}" for name, label in zip(names, words, strict=True))
    return f"Marks on a logarithmic scale of {unit}: {marks}."


class ChangeBars:
    """How a step changed every question's loss, sorted, on a scale that also shows the small."""

    def __init__(self, questions: int) -> None:
        self.canvas = Canvas(WIDTH, HEIGHT)
        self.ax = ax = self.canvas.axes(88, 52, WIDTH - 110, HEIGHT - 84)
        _titles(ax, "questions, sorted by change", "change of a question's loss")
        ax.set_xlim(-0.02 * questions, 1.02 * questions)
        ax.set_yscale("symlog", linthresh=FINEST, linscale=0.6)
        ax.set_ylim(-12, 12)
        ticks = [-10, -1, -0.1, -FINEST, 0, FINEST, 0.1, 1, 10]
        ax.set_yticks(ticks, [_signed(t) for t in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.axhline(0, color=style.INK, linewidth=1.2)
        self.better = _outline(ax, facecolor=style.STUDENT, edgecolor=style.STUDENT)
        self.worse = _outline(ax, facecolor="#FFFFFF", edgecolor=style.STUDENT, hatch="////")
        (self.studied,) = ax.plot(
            [], [], "D", markersize=11, markerfacecolor=style.LIT, color=style.INK
        )
        self.canvas.move(self.better, self.worse, self.studied)
        label = self.canvas.label
        self.label = label(0, 0, "the studied question", behind=style.CARD)
        self.counts = [label(0, 0, size=style.LARGE, behind=style.CARD) for _ in range(2)]
        self.words = label(88 + (WIDTH - 110) / 2, HEIGHT - 18, size=style.NORMAL, side="middle")

    def update(self, changes: Floats | None, studied: int | None, words: str) -> None:
        """Show the changes (Q,), or none yet; ``studied`` is the question a lesson came from."""
        known = changes is not None
        for outline in (self.better, self.worse):
            outline.set_visible(known)
        for count in self.counts:
            count.visible = known
        self.studied.set_visible(known and studied is not None)
        self.label.visible = known and studied is not None
        self.words.text = words
        if changes is None:
            return
        order = np.argsort(changes, kind="stable")
        heights = np.clip(changes[order], -12, 12)
        better = int((heights < 0).sum())
        self.better.set_xy(_stairs(heights[:better], 0))
        self.worse.set_xy(_stairs(heights[better:], better))
        worse = int((heights > 0).sum())
        self._place_counts(better, worse, len(order))
        if studied is not None:
            place = int(np.flatnonzero(order == studied)[0])
            self.studied.set_data([place + 0.5], [heights[place]])
            left = place < len(order) / 2
            x, self.label.y = self._pixel(place + 0.5, float(heights[place]))
            self.label.side = "left" if left else "right"
            self.label.x = x + (14 if left else -14)

    def _place_counts(self, better: int, worse: int, questions: int) -> None:
        """Write each count beside its own bars: on their side of zero, over or next to them."""
        for count, number, word, first, level in (
            (self.counts[0], better, "better", 0, -0.3),
            (self.counts[1], worse, "worse", better, 0.3),
        ):
            count.text = f"{number} {word}"
            narrow = number < 0.3 * questions
            x, count.y = self._pixel(
                first + (0.5 * number if not narrow else -4 if first else number + 4),
                level if narrow else np.sign(level) * 5,
            )
            count.x = x
            count.side = "middle" if not narrow else "right" if first else "left"

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        found = self.ax.transData.transform((x, y))
        return float(found[0]), float(found[1])


def _stairs(heights: Floats, first: int) -> Floats:
    """The outline (2 N + 2, 2) of N bars of width 1 that stand on zero, from ``first`` on."""
    x = first + np.repeat(np.arange(len(heights) + 1.0), 2)
    return np.column_stack([x, np.concatenate([[0.0], np.repeat(heights, 2), [0.0]])])


def change_alt(changes: Floats | None, studied: int | None, words: str) -> str:
    """The text alternative of the changes."""
    if changes is None:
        return f"A picture of how every question's loss changes; nothing applied yet. {words}"
    text = (
        f"The change of {len(changes)} questions' losses, sorted: {(changes < 0).sum()} better,"
        f" {(changes > 0).sum()} worse, from {changes.min():+.2f} to {changes.max():+.2f} nats."
    )
    if studied is not None:
        text += f" The studied question changed by {changes[studied]:+.2f}."
    return f"{text} {words}"


class SliceCurve:
    """The loss after one step over the learning rate, logarithmic: tried rates, promise, zones.

    ``rates`` (N,) are all that can be tried; ``start`` is the loss before, ``low`` about the
    lowest after, in nats; ``squared`` is the gradient's squared length, which makes the promise.
    """

    def __init__(self, rates: Floats, start: float, low: float, squared: float) -> None:
        self.rates = rates
        self.canvas = Canvas(WIDTH, HEIGHT + 40)
        self.ax = ax = self.canvas.axes(80, 58, WIDTH - 100, HEIGHT - 94)
        _titles(
            ax, "learning rate (each number is ten times the one before)", "loss after the step"
        )
        gain = max(start - low, 1e-6)
        ax.set_xscale("log")
        ax.set_xlim(rates[0] / 1.15, rates[-1] * 1.15)
        ax.xaxis.set_major_formatter(FuncFormatter(_plain_power))
        self.limits = (low - 0.5 * gain, start + 1.6 * gain)
        ax.set_ylim(*self.limits)
        ax.axhline(start, color=style.INK, linewidth=1.2)
        ax.annotate(
            "before the step", (1, start), (-4, 4), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
        finely = np.geomspace(rates[0], rates[-1], 8 * len(rates))
        ax.plot(finely, start - finely * squared, "--", color=style.ANSWER, linewidth=1.8)
        end = min((start - self.limits[0]) / max(squared, 1e-9), rates[-1])
        ax.annotate(
            "the plan's promise", (end, self.limits[0]), (-18, 8), textcoords="offset points",
            ha="right", fontsize=style.SMALL, color=style.ANSWER,
        )  # fmt: skip
        (self.unseen,) = ax.plot(
            [], [], "o:", color=style.UNIFORM, markersize=4.5, markerfacecolor=style.CARD,
            linewidth=1.6,
        )  # fmt: skip
        (self.tried,) = ax.plot([], [], "s-", color=style.STUDENT, markersize=4, linewidth=2)
        (self.beyond,) = ax.plot(
            [], [], "^", color=style.STUDENT, markersize=6, clip_on=False, linestyle="none"
        )
        (self.here,) = ax.plot(
            [], [], "o", markersize=13, markerfacecolor=style.LIT, color=style.INK, clip_on=False
        )
        self.canvas.move(self.unseen, self.tried, self.beyond, self.here)
        label = self.canvas.label
        self.words = label(80, HEIGHT + 22, size=style.NORMAL)
        self.higher = label(WIDTH - 24, HEIGHT - 54, side="right", behind=style.CARD)
        label(92, 112, "■ this test", colour=style.STUDENT, behind=style.CARD)
        self.named = label(
            92, 94, "○ a test that nobody studied", colour=style.UNIFORM, behind=style.CARD,
        )  # fmt: skip
        self._bands: list[object] = []

    def show_zones(self, zones: Sequence[str]) -> None:
        """Name the zone (N,) of each rate by bands with their names; none takes them away."""
        for artist in self._bands:
            artist.remove()  # type: ignore[attr-defined]
        self._bands = []
        middles = np.sqrt(self.rates[1:] * self.rates[:-1])
        edges = np.concatenate([self.rates[:1], middles, self.rates[-1:]])
        starts = [k for k, zone in enumerate(zones) if k == 0 or zones[k - 1] != zone]
        for number, first in enumerate(starts):
            last = starts[number + 1] if number + 1 < len(starts) else len(zones)
            x0, x1 = edges[first], edges[last]
            self._bands.append(
                self.ax.axvspan(x0, x1, facecolor=(style.CARD, style.SOFT)[number % 2], zorder=0)
            )
            self._name_zone(zones[first], x0, x1)
        self.canvas.freeze()

    def _name_zone(self, zone: str, left: float, right: float) -> None:
        """Write a zone's name over its band; the narrow one in the middle a line higher."""
        x, side = {
            ZONES[0]: (left, "left"), ZONES[1]: (right, "right"), ZONES[3]: (right, "right"),
        }.get(zone, (float(np.sqrt(left * right)), "center"))  # fmt: skip
        high = zone == ZONES[2]
        self._bands.append(
            self.ax.annotate(
                zone, (x, 1.0), (0, 20 if high else 4), xycoords=self.ax.get_xaxis_transform(),
                textcoords="offset points", ha=side, va="bottom", fontsize=style.SMALL,
                arrowprops={"arrowstyle": "-", "linewidth": 0.8} if high else None,
                annotation_clip=False,
            )
        )  # fmt: skip

    def update(
        self, rates: Floats, losses: Floats, here: int, words: str, unseen: Floats | None = None
    ) -> None:
        """Show the rates (n,) tried and the losses (n,) after them; ``here`` is one of them.

        A loss above the picture is a triangle at its upper edge; the last of them is said.
        ``unseen`` (n,) are the losses on a test that wasn't studied, or None.
        """
        top = self.limits[1]
        above = losses > top
        self.beyond.set_data(rates[above], np.full(int(above.sum()), top))
        self.higher.visible = bool(above.any())
        if above.any():
            last = int(np.flatnonzero(above)[-1])
            self.higher.text = f"▲ higher: {losses[last]:.3g} at {rates[last]:.3g}"
        self.tried.set_data(rates, losses)
        self.named.visible = unseen is not None
        self.unseen.set_data(
            rates[:0] if unseen is None else rates, losses[:0] if unseen is None else unseen
        )
        self.here.set_data([rates[here]], [min(losses[here], top)])
        self.words.text = words


def slice_alt(
    rates: Floats, losses: Floats, start: float, words: str, unseen: Floats | None = None
) -> str:
    """The text alternative of the slice."""
    best = int(np.argmin(losses))
    if unseen is not None:
        least = int(np.nanargmin(unseen))
        words += f" On a test that nobody studied the lowest is {unseen[least]:.3f}, at"
        words += f" {rates[least]:.2g}."
    return (
        f"The loss after one step over the learning rate; {len(rates)} rates tried, from"
        f" {rates.min():.2g} to {rates.max():.2g}. Before the step the loss is {start:.3f}; the"
        f" lowest after it is {losses[best]:.3f}, at {rates[best]:.2g}. {words}"
    )


class LayerBars:
    """For each layer two bars: the improvement promised, and what stepping it alone gives.

    The longest bar fills the picture; each has its number beside it.
    """

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = list(layers)
        rows = len(self.layers)
        self.canvas = Canvas(WIDTH, 72 + 40 * rows)
        self.ax = ax = self.canvas.axes(130, 34, WIDTH - 160, 40 * rows)
        style.plain_axes(ax)
        ax.set_ylim(rows - 0.5, -0.5)
        ax.set_yticks(range(rows), self.layers, fontsize=style.NORMAL)
        ax.set_xlim(-0.3, 1.2)
        ax.set_xticks([])
        ax.axvline(0, color=style.INK, linewidth=1.2)
        ax.set_xlabel("improvement of the loss, in nats ▶", fontsize=style.NORMAL, color=style.INK)
        self.bars = [
            [
                _rectangle(ax, 0, row + shift, 0.34, facecolor=face, edgecolor=colour, hatch=hatch)
                for shift, face, colour, hatch in (
                    (-0.38, "#FFFFFF", style.ANSWER, "///"),
                    (0.02, style.STUDENT, style.STUDENT, ""),
                )
            ]
            for row in range(rows)
        ]
        ax.legend(
            self.bars[0], ("promised", "given"), loc="upper right", frameon=False,
            fontsize=style.NORMAL,
        )  # fmt: skip
        self.canvas.move(*(b for pair in self.bars for b in pair))
        self.words = self.canvas.label(
            130 + (WIDTH - 160) / 2, self.canvas.height - 18, size=style.NORMAL, side="middle"
        )
        self.numbers = [
            [self.canvas.label(0, float(ax.transData.transform((0, row + shift))[1]))
             for shift in (-0.21, 0.19)]
            for row in range(rows)
        ]  # fmt: skip

    def update(self, promised: Floats, given: Floats, words: str) -> None:
        """Show both (rows,) in nats; NaN in ``given`` is "not tried yet"."""
        top = float(np.nanmax(np.concatenate([promised, given]))) or 1.0
        for row, pair in enumerate(zip(promised, given, strict=True)):
            for bar, number, value in zip(self.bars[row], self.numbers[row], pair, strict=True):
                width = 0.0 if np.isnan(value) else max(float(value) / top, -0.28)
                bar.set_width(width)
                bar.set_visible(not np.isnan(value))  # an outline without length is a line
                number.x = float(self.ax.transData.transform((max(width, 0.0), 0))[0]) + 6
                number.text = "" if np.isnan(value) else f"{value:+.4f}"
        self.words.text = words


def layer_alt(layers: Sequence[str], promised: Floats, given: Floats, words: str) -> str:
    """The text alternative of the layers' bars."""
    pairs = ", ".join(
        f"{n} {p:+.4f}" + ("" if np.isnan(g) else f" and {g:+.4f}")
        for n, p, g in zip(layers, promised, given, strict=True)
    )
    return f"Improvement promised and given by each layer, in nats: {pairs}. {words}"


def step_picture(sizes: Mapping[str, tuple[Floats, Floats]], shown: int = 1200) -> Picture:
    """Each weight as a dot: the size of its gradient (count,) against that of its step, by name.

    Weights that got no gradient are left out; every so many-th is drawn, ``shown`` for each name.
    """
    canvas = Canvas(WIDTH, HEIGHT + 30)
    ax = canvas.axes(110, 58, WIDTH - 132, HEIGHT - 84)
    _titles(ax, "size of the weight's slope (each number is ten times the one before)", "")
    ax.set_ylabel("size of its step", fontsize=style.NORMAL, color=style.INK)
    ax.set_xscale("log")
    ax.set_yscale("log")
    looks = ((style.UNIFORM, "o", 3), (style.STUDENT, "^", 4))
    spans, lows, highs = [], [], []
    for (name, (gradients, steps)), (colour, marker, size) in zip(
        sizes.items(), looks, strict=False
    ):
        used = np.flatnonzero(gradients > ROUNDING)
        picked = used[:: max(1, len(used) // shown)]
        ax.plot(
            gradients[picked], steps[picked], marker, markersize=size, color=colour,
            alpha=0.55, label=name, linestyle="none",
        )  # fmt: skip
        both = np.column_stack([gradients, steps])[used]
        lows.append(np.percentile(both, 0.5, axis=0))
        highs.append(both.max(axis=0))
        a, b = np.percentile(steps[used], [25, 75])
        spans.append(f"{name}: the middle half of the steps lies between {a:.1g} and {b:.1g}")
    (left, bottom), (right, top) = np.min(lows, axis=0), np.max(highs, axis=0)
    ax.set_xlim(left, 1.4 * right)
    ax.set_ylim(bottom, 2 * top)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(_decimal))
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(sizes), frameon=False,
        fontsize=style.NORMAL, markerscale=2.5,
    )  # fmt: skip
    return Picture(canvas, f"Each weight's slope against its step. {'; '.join(spans)}.")
