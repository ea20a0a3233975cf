"""The training room's pictures: two curves of one run, the tests of an epoch, two runs at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas, Label
from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from course_utils.training.room import Plan, Track

WIDTH, HEIGHT = 740, 560
LEFT, INNER, NEAR = 62, 490, 188  # NEAR: the height of the lower picture
LINE_NAMES = {**REFERENCE, "practice floor": "best on practice"}
TERMS = {  # the same in the field's terms alone
    "uniform": "uniform, ln V",
    "counting": "best n-gram",
    "floor": "entropy floor",
    "practice floor": "practice floor",
    "memory": REFERENCE["memory"],
}
FIRST = "nothing seen twice yet"
BELOW_ZERO = 0.25  # nats of room under 0, so that a curve near it is seen whole
REACH = 0.5  # nats above the floor that are seen near it
FILL_IN_REACH = 1.0  # the same for fill-in questions, which take longer to learn
PALE = 0.4
ROW = 18  # pixels between two rows of the key
SAMPLE_WIDTH = 22  # pixels of a line in the key


def guess_places(steps: int, count: int) -> np.ndarray:
    """The ``count`` steps at which a guess is placed, evenly from the first to the last."""
    return np.linspace(0, steps, count)


class RunCurves:
    """One run: practice (thin) and held-out loss (thick), above as a whole, below near the floor.

    ``lines`` holds the reference losses in nats by role ("uniform", "counting", "floor",
    "practice floor", "memory"); the first epoch of ``plan`` is shaded. Without ``near`` only the
    whole is seen. ``terms`` leaves the analogy out of the labels. `update` moves all that changes.
    """

    def __init__(
        self, plan: Plan, lines: Mapping[str, float], unit: str = "stories", near: bool = True,
        terms: bool = False,
    ) -> None:  # fmt: skip
        self.plan, self.lines, self.unit = plan, dict(lines), unit
        self.names = TERMS if terms else LINE_NAMES
        first = "epoch" if terms else "round"
        height = HEIGHT if near else HEIGHT - NEAR
        self.canvas = Canvas(WIDTH, height)
        self.top = 1.1 * self.lines["uniform"]
        bottom = height - 324
        self.whole = self.canvas.axes(LEFT, bottom, INNER, 268)
        of_exam = {role: loss for role, loss in self.lines.items() if role != "practice floor"}
        self._prepared(
            self.whole, (-BELOW_ZERO, self.top), f"shaded: first {first}, {FIRST}", of_exam
        )
        self.views = [self.whole]
        if near:
            best = TERMS["floor"] if terms else REFERENCE["floor"]
            title = f"the same near the {best}"
            if "floor" not in self.lines:
                title = f"nearer; the {best} is not known for this text"
            self.views.append(self.canvas.axes(LEFT, 48, INNER, 132))
            self._prepared(self.views[1], self.near_limits(), title, self.lines)
        self.views[-1].set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
        self.whole.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self._curves: dict[str, list[Line2D]] = {
            name: [_curve(ax, name) for ax in self.views]
            for name in ("pale practice", "pale held out", "practice", "held out")
        }
        self._edges = [_edge(ax) for ax in self.views]
        self._guess = {name: _guess_line(self.whole, name) for name in ("practice", "held out")}
        self._markers = [
            ax.axvline(0, color=style.INK, linewidth=1.4, linestyle=(0, (2, 2)))
            for ax in self.views
        ]
        self._dots = [
            ax.plot([], [], "D", markersize=9, markerfacecolor=style.LIT, color=style.INK)[0]
            for ax in self.views
        ]
        self._key = Key(self.canvas, LEFT + INNER + 8, _gap(self.whole, of_exam, bottom))
        self._headline = self.canvas.label(16, height - 24, size=style.LARGE)
        self._above = self.canvas.label(
            LEFT + INNER - 6, 48 + 132 - 14, f"unseen {unit}: higher than this picture",
            side="right", colour=style.STUDENT,
        )  # fmt: skip
        curves = self._curves
        pair = [*curves["held out"], *self._edges, *curves["practice"]]
        if terms:  # two runs are compared by the ends of their thick lines: nothing hides those
            pair = [*self._edges, *curves["practice"], *curves["held out"]]
        self.canvas.move(
            *curves["pale practice"], *curves["pale held out"],
            *self._guess.values(), *pair,
            *self._markers, *self._dots,
        )  # fmt: skip

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where losses from zero to ``top`` lie: left, top, width and height in pixels, from above.

        Only in the picture without ``near``.
        """
        share = self.top / (self.top + BELOW_ZERO)
        return float(LEFT), float(self.canvas.height - 48 - 268), float(INNER), 268 * share

    def near_limits(self) -> tuple[float, float]:
        """The losses between which the lower picture is drawn, in nats."""
        best = self.lines.get("floor", self.lines.get("counting", self.lines["uniform"]))
        lowest = min(self.lines.values())
        if "floor" not in self.lines:
            return 0.0, 1.25 * best
        reach = FILL_IN_REACH if self.plan.masked else REACH
        return max(0.0, lowest - 0.08), best + reach

    def _prepared(
        self, ax: Axes, limits: tuple[float, float], title: str, lines: Mapping[str, float]
    ) -> None:
        _prepare(ax, self.plan, limits)
        # apart: a guess's last point lies on the edge
        draw_lines(ax, lines, limits, names=self.names, apart=9)
        ax.set_title(title, fontsize=style.SMALL, color=style.INK, loc="left")

    def update(
        self,
        track: Track,
        earlier: Track | None = None,
        guess: Mapping[str, Sequence[float]] | None = None,
        marked: int | None = None,
        headline: str = "",
        pale: str = "",
    ) -> None:
        """Show a track; all else is left out where it is None.

        ``earlier`` stays as pale curves, named by ``pale`` or by what it has read; ``guess`` has
        the learner's losses for "practice" and "held out" at evenly spaced places; ``marked`` is a
        step that is gone back to; ``headline`` is one sentence.
        """
        self._set("", track)
        self._set("pale ", earlier)
        for edge, line in zip(self._edges, self._curves["practice"], strict=True):
            edge.set_data(*line.get_data())
        self._show_guess(guess)
        self._mark(track, marked)
        read = "" if earlier is None else f"{earlier.plan.rows:,} {self.unit}"
        pale = f"pale: {pale or read}" if read else ""
        self._show_key(track, pale, guess is not None)
        self._headline.text = headline
        held_out = track.held_out
        self._above.visible = bool(
            held_out and len(self.views) > 1 and min(held_out) > self.views[1].get_ylim()[1]
        )

    def _show_key(self, track: Track, pale: str, guessed: bool) -> None:
        curves, rows = self._curves, []
        if track.practice:
            rows += [
                (curves["held out"][0], f"unseen {self.unit}"), (curves["practice"][0], "practice")
            ]  # fmt: skip
        if pale:
            rows.append((curves["pale held out"][0], pale))
        if guessed:
            rows += [
                (self._guess["held out"], "your guess: unseen"),
                (self._guess["practice"], "your guess: practice"),
            ]
        self._key.show(rows)

    def _set(self, prefix: str, track: Track | None) -> None:
        for name, steps, losses in (
            (
                "practice",
                range(1, track.step + 1) if track else (),
                track.practice if track else (),
            ),
            ("held out", track.held_steps if track else (), track.held_out if track else ()),
        ):
            for line in self._curves[prefix + name]:
                line.set_data(np.asarray(steps), np.asarray(losses))

    def _show_guess(self, guess: Mapping[str, Sequence[float]] | None) -> None:
        for name, line in self._guess.items():
            line.set_visible(guess is not None)
            if guess is not None:
                line.set_data(guess_places(self.plan.steps, len(guess[name])), guess[name])

    def _mark(self, track: Track, marked: int | None) -> None:
        for marker, dot in zip(self._markers, self._dots, strict=True):
            marker.set_visible(marked is not None)
            dot.set_visible(marked is not None)
            if marked is not None:
                marker.set_xdata([marked, marked])
                dot.set_data([marked], [np.interp(marked, track.held_steps, track.held_out)])


class Key:
    """What each line is, as a list beside the axes: a piece of the line, and its name.

    ``x`` is its left edge and ``middle`` its middle, both in pixels from the lower left corner.
    """

    def __init__(self, canvas: Canvas, x: float, middle: float, rows: int = 5) -> None:
        self.x, self.middle = x, middle
        self.pixels = canvas.pixels
        self.samples = [Line2D([], [], transform=self.pixels) for _ in range(rows)]
        for sample in self.samples:
            canvas.figure.add_artist(sample)
        self.labels = [canvas.label(x + SAMPLE_WIDTH + 6, 0) for _ in range(rows)]
        canvas.move(*self.samples)
        self.rows: list[tuple[Line2D, str]] = []

    def show(self, rows: Sequence[tuple[Line2D, str]]) -> None:
        """List these lines, each with its name, from the top."""
        if list(rows) == self.rows:
            return
        self.rows = list(rows)
        top = self.middle + ROW * (len(rows) - 1) / 2
        for number, (sample, label) in enumerate(zip(self.samples, self.labels, strict=True)):
            shown = number < len(rows)
            sample.set_visible(shown)
            label.visible = shown
            if shown:
                line, name = rows[number]
                y = top - ROW * number
                sample.update_from(line)
                sample.set_transform(self.pixels)
                sample.set_animated(True)
                sample.set_clip_on(False)
                sample.set_visible(True)
                sample.set_data([self.x, self.x + SAMPLE_WIDTH / 2, self.x + SAMPLE_WIDTH], [y] * 3)
                sample.set_markevery([1])
                label.y, label.text, label.colour = y, name, str(line.get_color())


def _gap(ax: Axes, lines: Mapping[str, float], bottom: float) -> float:
    """The middle, in pixels, of the largest gap between the reference lines' names."""
    low, high = ax.get_ylim()
    pixels = ax.bbox.height / (high - low)
    places = sorted(bottom + (loss - low) * pixels for loss in lines.values() if loss < high)
    ends = [bottom, *places, bottom + ax.bbox.height]
    return max((b - a, (a + b) / 2) for a, b in pairwise(ends))[1]


def _prepare(ax: Axes, plan: Plan, limits: tuple[float, float]) -> None:
    style.plain_axes(ax)
    ax.set_xlim(0, plan.steps)
    ax.set_ylim(*limits)
    first = min(plan.steps_per_epoch, plan.steps)
    ax.add_patch(
        Rectangle(
            (0, limits[0]), first, limits[1] - limits[0], facecolor=style.LIT, alpha=0.55,
            edgecolor=style.EDGE, linewidth=0, hatch="//", zorder=0,
        )
    )  # fmt: skip
    ax.axvline(first, color=style.QUIET, linewidth=1.0, zorder=0)


def draw_lines(
    ax: Axes, lines: Mapping[str, float], limits: tuple[float, float], labels: bool = True,
    names: Mapping[str, str] = LINE_NAMES, apart: float = 6,
) -> None:  # fmt: skip
    """Draw the lines that lie within ``limits``, their ``names`` ``apart`` points on the right."""
    inside = {role: loss for role, loss in lines.items() if limits[0] <= loss <= limits[1]}
    gap = 15.0 * (limits[1] - limits[0]) / ax.bbox.height
    heights = spread(np.array(list(inside.values())), gap)
    for (role, loss), place in zip(inside.items(), heights, strict=True):
        colour = style.PALETTE[role]
        ax.axhline(loss, color=colour, linestyle=style.LINES[role], linewidth=1.6)
        if labels:
            ax.annotate(
                f"{names[role]} {loss:.2f}", (1.0, place), (apart, 0),
                xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
                fontsize=style.SMALL, color=colour,
            )  # fmt: skip


def _name_inside(ax: Axes, lines: Mapping[str, float], shared: Mapping[str, float]) -> None:
    """Name, where there is room, the lines that the other axes don't have or have elsewhere."""
    own = {role: loss for role, loss in lines.items() if shared.get(role) != loss}
    if not own:
        return
    handles = [
        ax.plot([], [], color=style.PALETTE[role], linestyle=style.LINES[role], linewidth=1.6)[0]
        for role in own
    ]
    names = [f"{LINE_NAMES[role]} {loss:.2f}" for role, loss in own.items()]
    ax.legend(
        handles, names, loc="upper right", bbox_to_anchor=(1.0, 0.88), fontsize=style.SMALL,
        frameon=False, handlelength=2.6, borderaxespad=0.2,
    )  # fmt: skip


def _curve(ax: Axes, name: str) -> Line2D:
    thick = name.endswith("held out")
    (line,) = ax.plot(
        [], [], color=style.STUDENT, linewidth=3.0 if thick else 1.1,
        alpha=PALE if name.startswith("pale") else 1.0,
        linestyle="-",
    )  # fmt: skip
    return line


def _edge(ax: Axes) -> Line2D:
    """A light edge under the thin curve, so that it is seen where it lies on the thick one."""
    (line,) = ax.plot([], [], color=style.CARD, linewidth=2.6)
    return line


def _guess_line(ax: Axes, name: str) -> Line2D:
    thick = name == "held out"
    (line,) = ax.plot(
        [], [], color=style.LEARNER, linestyle=style.LINES["learner"],
        linewidth=2.4 if thick else 1.2, marker="s" if thick else "o", markersize=6,
        markerfacecolor=style.CARD, clip_on=False,
    )  # fmt: skip
    return line


def curves_alt(
    track: Track,
    lines: Mapping[str, float],
    unit: str = "stories",
    earlier: Track | None = None,
    guess: Mapping[str, Sequence[float]] | None = None,
    marked: int | None = None,
    terms: bool = False,
) -> str:
    """The text alternative of `RunCurves` as it is now."""
    names = TERMS if terms else LINE_NAMES
    plan = track.plan
    said = [
        f"Two curves of the loss over {plan.steps} steps on {plan.rows:,} practice {unit}; "
        f"the first {min(plan.steps_per_epoch, plan.steps)} steps are shaded: {FIRST}."
    ]
    if track.practice and track.held_out:
        said.append(
            f"Practice went from {track.practice[0]:.1f} to {track.practice[-1]:.1f}, "
            f"unseen {unit} from {track.held_out[0]:.1f} to {track.held_out[-1]:.1f}"
            f" (lowest {min(track.held_out):.1f})."
        )
    else:
        said.append("No step was made yet.")
    if earlier is not None and earlier.practice and earlier.held_out:
        said.append(
            f"Pale, an earlier run on {earlier.plan.rows:,} {unit}: practice to "
            f"{earlier.practice[-1]:.1f}, unseen to {earlier.held_out[-1]:.1f}."
        )
    if guess is not None:
        for name, words in (("practice", "practice"), ("held out", f"unseen {unit}")):
            numbers = ", ".join(f"{x:.1f}" for x in guess[name])
            said.append(f"Your guess for {words}: {numbers}.")
    if marked is not None:
        said.append(f"Marked: step {marked}.")
    said.append("Lines: " + ", ".join(f"{names[k]} {v:.1f}" for k, v in lines.items()) + ".")
    return " ".join(said)


# An epoch as the tests that it is dealt into

STRIP_WIDTH, STRIP_HEIGHT, ROWS = 740, 310, 3
WORD_HEIGHTS = (54, 36, 18)  # of the lines in a box, above its lower edge
BOXES = 8  # batches of an epoch that are drawn as boxes with numbers


class EpochStrip:
    """The last epochs as rows, each of their batches as a box with its rows' numbers and its loss.

    An epoch of more than `BOXES` batches is one bar that fills. The batch of the last step is lit.
    """

    def __init__(self, plan: Plan, unit: str = "stories") -> None:
        self.plan, self.unit = plan, unit
        self.canvas = Canvas(STRIP_WIDTH, STRIP_HEIGHT)
        ax = self.canvas.axes(0, 0, STRIP_WIDTH, STRIP_HEIGHT)
        style.empty_axes(ax)
        ax.set_xlim(0, STRIP_WIDTH)
        ax.set_ylim(0, STRIP_HEIGHT)
        self._headline = self.canvas.label(16, STRIP_HEIGHT - 24, size=style.LARGE)
        self.columns = plan.steps_per_epoch if plan.steps_per_epoch <= BOXES else 1
        self.boxes: list[list[tuple[Rectangle, Rectangle, list[Label]]]] = []
        self.names: list[Label] = []
        moving: list[Artist] = []
        wide = (STRIP_WIDTH - 100 - 16) / self.columns
        for r in range(ROWS):
            y = STRIP_HEIGHT - 124 - 84 * r
            self.names.append(self.canvas.label(16, y + 36, size=style.NORMAL))
            row = []
            for c in range(self.columns):
                x = 100 + c * wide
                box = Rectangle(
                    (x, y), wide - 8, 72, facecolor="#FFFFFF", edgecolor=style.EDGE, linewidth=1.5
                )
                full = Rectangle((x, y), 0, 72, facecolor=style.SOFT, edgecolor=style.QUIET)
                middle = x + wide / 2 - 4
                words = [
                    self.canvas.label(middle, y + height, side="middle") for height in WORD_HEIGHTS
                ]
                for patch in (box, full):
                    ax.add_patch(patch)
                row.append((box, full, words))
                moving += [box, full]
            self.boxes.append(row)
        self.canvas.move(*moving)
        self.update([], [], "")

    def update(
        self, dealt: Sequence[Sequence[int]], losses: Sequence[float], headline: str
    ) -> None:
        """Show the batches that were made: their rows' numbers (from 0) and their losses."""
        each, made = self.plan.steps_per_epoch, len(losses)
        first = max(0, -(-made // each) - ROWS)
        self._headline.text = headline
        for r, row in enumerate(self.boxes):
            epoch = first + r
            self.names[r].text = f"epoch {epoch + 1}"
            done = min(max(made - epoch * each, 0), each)
            now = made > 0 and epoch == (made - 1) // each
            for c, (box, full, words) in enumerate(row):
                lit = now and (self.columns == 1 or c == done - 1)
                share = done / each if self.columns == 1 else float(c < done)
                full.set_width(share * box.get_width())
                full.set_facecolor(style.LIT if lit else style.SOFT)
                box.set_linewidth(3.0 if lit else 1.5)
                box.set_edgecolor(style.INK if lit else style.EDGE)
                said = self._words(epoch * each + c, done, dealt, losses, c)
                lines = ["", said[0], ""] if len(said) == 1 else [*said, "", ""]
                for label, line in zip(words, lines, strict=False):
                    label.text = line
                full.set_visible(share > 0)

    def _words(
        self, step: int, done: int, dealt: Sequence[Sequence[int]], losses: Sequence[float], c: int
    ) -> list[str]:
        """What stands in a box: at most three lines."""
        if self.columns == 1:
            return [f"{done} of {self.plan.steps_per_epoch} batches"]
        if c >= done:
            return []
        numbers = [str(i + 1) for i in dealt[step]] if step < len(dealt) else []
        half = -(-len(numbers) // 2)
        parts = [" ".join(numbers[:half]), " ".join(numbers[half:])] if len(numbers) <= 12 else []
        return [*filter(None, parts), f"loss {losses[step]:.2f}"]


def strip_alt(track: Track, unit: str = "stories") -> str:
    """The text alternative of `EpochStrip` as it is now."""
    each, made = track.plan.steps_per_epoch, track.step
    said = f"An epoch is {each} batches of at most {track.plan.batch_size} {unit}. "
    if not made:
        return said + "No batch was made yet."
    said += (
        f"{made} batches were made: epoch {(made - 1) // each + 1}, batch {(made - 1) % each + 1}"
    )
    if made <= len(track.dealt):
        numbers = ", ".join(str(i + 1) for i in track.dealt[made - 1])
        said += f" with {unit} {numbers}"
    return said + f", loss {track.practice[-1]:.1f}."


# Two runs side by side

PAIR_WIDTH, PAIR_HEIGHT = 800, 380


class PairCurves:
    """Two runs on two axes with one scale; each title says what is different there."""

    def __init__(
        self,
        plans: tuple[Plan, Plan],
        lines: tuple[Mapping[str, float], Mapping[str, float]],
        titles: tuple[str, str],
        headline: str,
        unit: str = "stories",
    ) -> None:
        self.canvas = Canvas(PAIR_WIDTH, PAIR_HEIGHT)
        self.axes = [
            self.canvas.axes(56, 50, 262, 246), self.canvas.axes(364, 50, 262, 246)
        ]  # fmt: skip
        self._curves: list[dict[str, Line2D]] = []
        top = 1.1 * max(each["uniform"] for each in lines)
        of_exam = [{k: loss for k, loss in each.items() if k != "practice floor"} for each in lines]
        for number, (ax, plan) in enumerate(zip(self.axes, plans, strict=True)):
            _prepare(ax, plan, (-BELOW_ZERO, top))
            draw_lines(ax, of_exam[number], (-BELOW_ZERO, top), labels=number == 1)
            if number == 0:
                _name_inside(ax, of_exam[0], shared=of_exam[1])
            ax.set_title(titles[number], fontsize=style.NORMAL, color=style.INK, weight="bold")
            ax.set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
            held_out, edge, practice = _curve(ax, "held out"), _edge(ax), _curve(ax, "practice")
            self._curves.append({"held out": held_out, "edge": edge, "practice": practice})
            self.canvas.move(held_out, edge, practice)
        key = Key(self.canvas, 364 + 262 + 8, _gap(self.axes[1], of_exam[1], 50))
        key.show([(held_out, f"unseen {unit}"), (practice, "practice")])
        self.axes[0].set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self.canvas.figure.text(
            16 / PAIR_WIDTH, (PAIR_HEIGHT - 22) / PAIR_HEIGHT, headline, va="center",
            fontsize=style.LARGE, color=style.INK,
        )  # fmt: skip

    def update(self, tracks: Sequence[Track]) -> None:
        """Show both tracks."""
        for track, curves in zip(tracks, self._curves, strict=True):
            for name in ("edge", "practice"):
                curves[name].set_data(np.arange(1, track.step + 1), track.practice)
            curves["held out"].set_data(track.held_steps, track.held_out)


def pair_alt(
    tracks: Sequence[Track], titles: Sequence[str], headline: str, unit: str = "stories"
) -> str:
    """The text alternative of `PairCurves` as it is now."""
    said = [f"{headline}."]
    for track, title in zip(tracks, titles, strict=True):
        now = "no step was made yet"
        if track.practice and track.held_out:
            now = f"practice {track.practice[-1]:.1f}, unseen {unit} {track.held_out[-1]:.1f}"
        said.append(f"{title}, after step {track.step}: {now}.")
    return " ".join(said)
