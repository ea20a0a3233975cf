"""Pictures of feedback: a nudged weight, a lesson, its price, and what a step does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator, NullLocator

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Picture
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
        self.ax = ax = self.canvas.axes(70, 52, WIDTH - 90, HEIGHT - 96)
        _titles(ax, "nudges of this weight, down and up", "")
        ax.set_xlim(-1.08 * most, 1.08 * most)
        ax.set_ylim(0, 1)
        ax.set_xticks(np.linspace(-most, most, 5))
        ax.set_yticks([])
        (self.zero,) = ax.plot([], [], color=style.EDGE, linewidth=1)
        (self.tangent,) = ax.plot([], [], "--", color=style.ANSWER, linewidth=1.8)
        self.plan = ax.text(
            1.05 * most, 0, "backpropagation's slope", fontsize=style.SMALL, color=style.ANSWER,
            ha="right", va="center",
            bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
        (self.tried,) = ax.plot([], [], "o-", color=style.STUDENT, markersize=5, linewidth=1.2)
        (self.triangle,) = ax.plot([], [], ":", color=style.INK, linewidth=1.6)
        (self.here,) = ax.plot(
            [], [], "o", markersize=13, markerfacecolor=style.LIT, color=style.INK
        )
        self.marks = [
            ax.text(-1.1 * most, 0, "", ha="right", va="center", fontsize=style.SMALL)
            for _ in range(MARKS + 1)
        ]
        self.axis, self.words = (
            ax.text(x, 1.05, "", transform=ax.transAxes, ha=ha, fontsize=style.NORMAL)
            for x, ha in ((-0.09, "left"), (1.0, "right"))
        )
        self.canvas.move(
            self.zero, self.tangent, self.plan, self.tried, self.triangle, self.here, self.axis,
            self.words, *self.marks,
        )  # fmt: skip
        self.low, self.high, self.tilt = -1.0, 1.0, 0.0

    def begin(self, slope: float) -> None:
        """Turn to a weight with this written slope, as the change in nats by one nudge."""
        self.tilt = slope * self.most
        self._scale(-abs(self.tilt), abs(self.tilt))

    def _scale(self, low: float, high: float) -> None:
        pad = 0.16 * (high - low) or UNITS[-1][0]
        self.low, self.high = low - pad, high + pad
        unit, name = unit_for(max(abs(low), abs(high)))
        self.axis.set_text(f"change of the loss, in {name}")
        values = MaxNLocator(MARKS - 1).tick_values(low / unit, high / unit)
        for number, mark in enumerate(self.marks):
            mark.set_visible(number < len(values))
            if number < len(values):
                height = float(self.height(values[number] * unit))
                mark.set_visible(0 <= height <= 1)
                mark.set_y(height)
                mark.set_text(f"{values[number]:+.3g}" if values[number] else "0")

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
        for artist in (self.tangent, self.plan):  # the plan is shown after the first nudge
            artist.set_visible(len(nudges) > 1)
        ends = np.array([-1.0, 1.0])
        self.tangent.set_data(self.most * ends, self.height(self.tilt * ends))
        # A loss curves upwards more often than not, so the plan's name stands below its line.
        self.plan.set_y(float(self.height(self.tilt)) - 0.07)
        self.zero.set_data(1.08 * self.most * ends, self.height(0 * ends))
        x, y, ground = nudges, self.height(changes), float(self.height(0.0))
        self.tried.set_data(x, y)
        self.here.set_data([x[here]], [y[here]])
        self.triangle.set_data([0, x[here], x[here]], [ground, ground, y[here]])
        self.words.set_text(words)


def nudge_alt(nudges: Floats, changes: Floats, here: int, words: str) -> str:
    """The text alternative of the nudged weight's curve; nudges (N,) and changes (N,) in nats."""
    order = np.argsort(nudges)
    kept = order[:: max(1, len(order) // 5)]
    tried = ", ".join(f"{nudges[i]:+.4g}: {changes[i]:+.2g}" for i in kept)
    return f"The loss over one weight. Nudges and changes of the loss: {tried}. {words}"


class LessonBars:
    """The slopes at a question's logits as bars; the chosen one is lit.

    ``rows`` is the number of bars. A bar to the left is a logit that should rise.
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
        self.bars, self.names, self.values = [], [], []
        for row in range(rows):
            self.bars.append(_rectangle(ax, 0, row - 0.3, 0.6, linewidth=1.2, zorder=2))
            self.names.append(
                ax.text(
                    -1.32, row, "", ha="right", va="center", fontsize=style.NORMAL, clip_on=False
                )
            )
            self.values.append(ax.text(0, row, "", va="center", fontsize=style.SMALL, zorder=3))
        self.canvas.move(self.band, *self.bars, *self.names, *self.values)

    def update(self, names: Sequence[str], slopes: Floats, answer: int, chosen: int) -> None:
        """Show slopes (rows,) of these choices; ``answer`` and ``chosen`` are rows."""
        for row, (name, slope) in enumerate(zip(names, slopes, strict=True)):
            right = row == answer
            bar = self.bars[row]
            bar.set_width(float(slope))
            bar.set_facecolor(style.ANSWER if right else "#FFFFFF")
            bar.set_edgecolor(style.ANSWER if right else style.STUDENT)
            bar.set_hatch("" if right else "///")
            self.names[row].set_text(f"{name} ✓" if right else name)
            self.names[row].set_color(style.ANSWER if right else style.INK)
            self.names[row].set_fontweight("bold" if right else "normal")
            self.values[row].set_text(f"{slope:+.2f}")
            self.values[row].set_x(slope + (0.03 if slope >= 0 else -0.03))
            self.values[row].set_horizontalalignment("left" if slope >= 0 else "right")
        self.band.set_y(chosen - 0.5)


def lesson_alt(names: Sequence[str], slopes: Floats, answer: int) -> str:
    """The text alternative of the lesson's bars."""
    bars = ", ".join(f"{n} {s:+.2f}" for n, s in zip(names, slopes, strict=True))
    return f"Bars of the loss's slope at each logit: {bars}. The right word is {names[answer]}."


class PriceBars:
    """What slopes cost, on a logarithmic scale from ``low`` to ``high`` of a ``unit``.

    ``names`` has a name for each bar; the longest label needs a third of the scale beside it.
    """

    def __init__(self, names: Sequence[str], unit: str, low: float, high: float) -> None:
        rows = len(names)
        self.low = low
        self.canvas = Canvas(WIDTH, 84 + 48 * rows)
        self.ax = ax = self.canvas.axes(150, 58, WIDTH - 180, 48 * rows)
        style.plain_axes(ax)
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_ylim(rows - 0.5, -0.5)
        ax.set_yticks(range(rows), names, fontsize=style.NORMAL)
        ax.set_xlabel(f"{unit}, on a logarithmic scale", fontsize=style.NORMAL)
        self.bars = [
            _rectangle(
                ax, low, row - 0.25, 0.5, facecolor=style.STUDENT if row else "#FFFFFF",
                edgecolor=style.STUDENT, hatch="" if row else "///", linewidth=1.4,
            )
            for row in range(rows)
        ]  # fmt: skip
        self.labels = [
            ax.text(low, row, "", va="center", fontsize=style.NORMAL, color=style.INK)
            for row in range(rows)
        ]
        self.canvas.move(*self.bars, *self.labels)

    def update(self, values: Sequence[float], words: Sequence[str]) -> None:
        """Show the values (rows,) with their labels."""
        for bar, label, value, said in zip(self.bars, self.labels, values, words, strict=True):
            bar.set_width(max(value - self.low, 0.0))
            label.set_x(max(value, self.low) * 1.4)
            label.set_text(said)


def price_alt(names: Sequence[str], unit: str, words: Sequence[str]) -> str:
    """The text alternative of the prices."""
    bars = ", ".join(f"{name} {label}" for name, label in zip(names, words, strict=True))
    return f"Bars on a logarithmic scale of {unit}: {bars}."


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
        ax.set_yticks(ticks, [f"{t:+g}" if t else "0" for t in ticks])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.axhline(0, color=style.INK, linewidth=1.2)
        self.better = _outline(ax, facecolor=style.STUDENT, edgecolor=style.STUDENT)
        self.worse = _outline(ax, facecolor="#FFFFFF", edgecolor=style.STUDENT, hatch="////")
        (self.studied,) = ax.plot(
            [], [], "D", markersize=11, markerfacecolor=style.LIT, color=style.INK
        )
        self.label = ax.text(
            0, 0, "the studied question", fontsize=style.SMALL, va="center",
            bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
        box = {"facecolor": style.CARD, "edgecolor": "none", "pad": 1.5}
        self.counts = [
            ax.text(
                x, y, "", transform=ax.transAxes, ha=ha, va="center",
                fontsize=style.LARGE, color=style.INK, bbox=box,
            )
            for x, y, ha in ((0.98, 0.07, "right"), (0.02, 0.93, "left"))
        ]  # fmt: skip
        self.words = ax.text(
            0.5, 1.03, "", transform=ax.transAxes, ha="center", fontsize=style.NORMAL
        )
        self.canvas.move(
            self.better, self.worse, self.studied, self.label, *self.counts, self.words
        )

    def update(self, changes: Floats | None, studied: int | None, words: str) -> None:
        """Show the changes (Q,), or none yet; ``studied`` is the question a lesson came from."""
        known = changes is not None
        for artist in (self.better, self.worse, *self.counts):
            artist.set_visible(known)
        self.studied.set_visible(known and studied is not None)
        self.label.set_visible(known and studied is not None)
        self.words.set_text(words)
        if changes is None:
            return
        order = np.argsort(changes, kind="stable")
        heights = np.clip(changes[order], -12, 12)
        better = int((heights < 0).sum())
        self.better.set_xy(_stairs(heights[:better], 0))
        self.worse.set_xy(_stairs(heights[better:], better))
        worse = int((heights > 0).sum())
        self.counts[0].set_text(f"{better} better")
        self.counts[1].set_text(f"{worse} worse")
        if studied is not None:
            place = int(np.flatnonzero(order == studied)[0])
            self.studied.set_data([place + 0.5], [heights[place]])
            left = place < len(order) / 2
            shift = 0.03 * len(order)
            self.label.set_horizontalalignment("left" if left else "right")
            self.label.set_position((place + (shift if left else -shift), heights[place]))


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
        _titles(ax, "learning rate (each mark is ten times the one before)", "loss after the step")
        gain = max(start - low, 1e-6)
        ax.set_xscale("log")
        ax.set_xlim(rates[0] / 1.15, rates[-1] * 1.15)
        self.limits = (low - 0.5 * gain, start + 1.6 * gain)
        ax.set_ylim(*self.limits)
        ax.axhline(start, color=style.INK, linewidth=1.2)
        ax.annotate(
            "before the step", (1, start), (-4, 4), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
        ax.plot(rates, start - rates * squared, "--", color=style.ANSWER, linewidth=1.8)
        end = min((start - self.limits[0]) / max(squared, 1e-9), rates[-1])
        ax.annotate(
            "the plan's promise", (end, self.limits[0]), (-8, 8), textcoords="offset points",
            ha="right", fontsize=style.SMALL, color=style.ANSWER,
        )  # fmt: skip
        self.beyond = ax.text(
            0.995, 0.985, "▲ higher than shown", transform=ax.transAxes, ha="right", va="top",
            fontsize=style.SMALL,
        )  # fmt: skip
        (self.tried,) = ax.plot([], [], "s-", color=style.STUDENT, markersize=4, linewidth=2)
        (self.here,) = ax.plot(
            [], [], "o", markersize=13, markerfacecolor=style.LIT, color=style.INK
        )
        self.words = ax.text(0, 1.19, "", transform=ax.transAxes, fontsize=style.NORMAL)
        self.canvas.move(self.tried, self.here, self.words, self.beyond)
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
        sides = {ZONES[0]: (left, "left"), ZONES[-1]: (right, "right")}
        x, side = sides.get(zone, (np.sqrt(left * right), "center"))
        high = zone == ZONES[2]
        self._bands.append(
            self.ax.annotate(
                zone, (x, 1.0), (0, 20 if high else 4), xycoords=self.ax.get_xaxis_transform(),
                textcoords="offset points", ha=side, va="bottom", fontsize=style.SMALL,
                arrowprops={"arrowstyle": "-", "linewidth": 0.8} if high else None,
                annotation_clip=False,
            )
        )  # fmt: skip

    def update(self, rates: Floats, losses: Floats, here: int, words: str) -> None:
        """Show the rates (n,) tried and the losses (n,) after them; ``here`` is one of them.

        A loss above the picture stands near its upper edge; ``words`` say the number.
        """
        shown = np.minimum(losses, self.limits[1] - 0.12 * (self.limits[1] - self.limits[0]))
        self.beyond.set_visible(bool((shown < losses).any()))
        self.tried.set_data(rates, shown)
        self.here.set_data([rates[here]], [shown[here]])
        self.words.set_text(words)


def slice_alt(rates: Floats, losses: Floats, start: float, words: str) -> str:
    """The text alternative of the slice."""
    best = int(np.argmin(losses))
    return (
        f"The loss after one step over the learning rate; {len(rates)} rates tried, from"
        f" {rates.min():.2g} to {rates.max():.2g}. Before the step the loss is {start:.3f}; the"
        f" lowest after it is {losses[best]:.3f}, at {rates[best]:.2g}. {words}"
    )


class LayerBars:
    """For each layer two bars: the improvement promised, and what stepping it alone gives.

    The numbers belong in a table beside it: text takes longer to draw than all the bars.
    """

    def __init__(self, layers: Sequence[str]) -> None:
        self.layers = list(layers)
        rows = len(self.layers)
        self.canvas = Canvas(WIDTH, 72 + 40 * rows)
        self.ax = ax = self.canvas.axes(130, 34, WIDTH - 160, 40 * rows)
        style.plain_axes(ax)
        ax.set_ylim(rows - 0.5, -0.5)
        ax.set_yticks(range(rows), self.layers, fontsize=style.NORMAL)
        ax.set_xlim(-0.3, 1.1)
        ax.set_xticks([])
        ax.axvline(0, color=style.INK, linewidth=1.2)
        ax.set_xlabel("improvement of the loss ▶", fontsize=style.NORMAL, color=style.INK)
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
        self.words = ax.text(
            0.5, 1.03, "", transform=ax.transAxes, ha="center", fontsize=style.NORMAL
        )
        self.canvas.move(
            *(b for pair in self.bars for b in pair),
            self.words,
        )

    def update(self, promised: Floats, given: Floats, words: str) -> None:
        """Show both (rows,) in nats; NaN in ``given`` is "not tried yet"."""
        top = float(np.nanmax(np.concatenate([promised, given]))) or 1.0
        for row, pair in enumerate(zip(promised, given, strict=True)):
            widths = [max(float(v) / top, -0.28) if not np.isnan(v) else 0.0 for v in pair]
            for bar, width in zip(self.bars[row], widths, strict=True):
                bar.set_width(width)
        self.words.set_text(words)


def layer_alt(layers: Sequence[str], promised: Floats, given: Floats, words: str) -> str:
    """The text alternative of the layers' bars."""
    pairs = ", ".join(
        f"{n} {p:+.4f}" + ("" if np.isnan(g) else f" and {g:+.4f}")
        for n, p, g in zip(layers, promised, given, strict=True)
    )
    return f"Improvement promised and given by each layer, in nats: {pairs}. {words}"


def step_picture(gradients: Floats, steps: Mapping[str, Floats], shown: int = 1200) -> Picture:
    """Each weight as a dot: the size of its gradient (count,) against that of its step, by name.

    Weights that got no gradient are left out; every so many-th is drawn, ``shown`` in all.
    """
    canvas = Canvas(WIDTH, HEIGHT + 30)
    ax = canvas.axes(88, 58, WIDTH - 110, HEIGHT - 84)
    _titles(ax, "size of the weight's gradient", "size of its step")
    ax.set_xscale("log")
    ax.set_yscale("log")
    used = np.flatnonzero(gradients > ROUNDING)
    picked = used[:: max(1, len(used) // shown)]
    looks = ((style.UNIFORM, "o", 3), (style.STUDENT, "^", 4))
    for (name, sizes), (colour, marker, size) in zip(steps.items(), looks, strict=False):
        ax.plot(
            gradients[picked], sizes[picked], marker, markersize=size, color=colour,
            alpha=0.55, label=name, linestyle="none",
        )  # fmt: skip
    ax.set_xlim(*np.percentile(gradients[used], [0.5, 100]) * (1, 1.4))
    everything = np.concatenate([sizes[picked] for sizes in steps.values()])
    ax.set_ylim(np.percentile(everything[everything > 0], 1), everything.max() * 2)
    ax.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(steps), frameon=False,
        fontsize=style.NORMAL, markerscale=2.5,
    )  # fmt: skip
    spans = "; ".join(
        f"{name}: the middle half of the steps lies between {a:.1g} and {b:.1g}"
        for name, sizes in steps.items()
        for a, b in [np.percentile(sizes[used], [25, 75])]
    )
    return Picture(canvas, f"Each weight's gradient against its step. {spans}.")
