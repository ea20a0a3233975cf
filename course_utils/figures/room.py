"""The training room's pictures: two curves of one run, the tests of an epoch, two runs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.figures import style
from course_utils.figures.canvas import Canvas
from course_utils.figures.labels import REFERENCE
from course_utils.figures.scale import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    from course_utils.training.room import Plan, Track

WIDTH, HEIGHT = 740, 560
LEFT, INNER, NEAR = 62, 500, 188  # NEAR: the height of the lower picture
LINE_NAMES = REFERENCE
TERMS = {  # the same in the field's terms alone
    "uniform": "uniform, ln V",
    "counting": "best n-gram",
    "floor": "entropy floor",
    "memory": REFERENCE["memory"],
}
FIRST = "nothing seen twice yet"
BELOW_ZERO = 0.45  # nats of room for a label under a curve near zero
REACH = 0.5  # nats above the floor that are seen near it
PALE = 0.4


def guess_places(steps: int, count: int) -> np.ndarray:
    """The ``count`` steps at which a guess is placed, evenly from the first to the last."""
    return np.linspace(0, steps, count)


class RunCurves:
    """One run: practice (thin) and held-out loss (thick), above as a whole, below near the floor.

    ``lines`` holds the reference losses in nats by role ("uniform", "counting", "floor",
    "memory"); the first epoch of ``plan`` is shaded. Without ``near`` only the whole is seen.
    ``terms`` leaves the analogy out of the labels. `update` moves all that changes.
    """

    def __init__(
        self, plan: Plan, lines: Mapping[str, float], unit: str = "stories", near: bool = True,
        terms: bool = False,
    ) -> None:  # fmt: skip
        self.plan, self.lines, self.unit = plan, dict(lines), unit
        self.names, self.first = (TERMS, "epoch") if terms else (LINE_NAMES, "round")
        height = HEIGHT if near else HEIGHT - NEAR
        self.canvas = Canvas(WIDTH, height)
        self.top = 1.1 * self.lines["uniform"]
        self.whole = self.canvas.axes(LEFT, height - 324, INNER, 268)
        self._prepared(self.whole, (-BELOW_ZERO, self.top), "whole")
        self.views = [self.whole]
        if near:
            best = "entropy floor" if terms else REFERENCE["floor"]
            title = f"the same near the {best}"
            if "floor" not in self.lines:
                title = f"nearer; the {best} is not known for this text"
            self.views.append(self.canvas.axes(LEFT, 48, INNER, 132))
            self._prepared(self.views[1], self.near_limits(), title)
        self.views[-1].set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
        self.whole.set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self._shade()
        self._curves: dict[str, list[Line2D]] = {
            name: [_curve(ax, name) for ax in self.views]
            for name in ("pale practice", "pale held out", "practice", "held out")
        }
        self._guess = {name: _guess_line(self.whole, name) for name in ("practice", "held out")}
        self._markers = [
            ax.axvline(0, color=style.INK, linewidth=1.4, linestyle=(0, (2, 2)))
            for ax in self.views
        ]
        self._dots = [
            ax.plot([], [], "D", markersize=9, markerfacecolor=style.LIT, color=style.INK)[0]
            for ax in self.views
        ]
        self._labels = {
            name: _label(self.whole, words, colour)
            for name, words, colour in (
                ("practice", "practice", style.STUDENT),
                ("held out", f"unseen {unit}", style.STUDENT),
                ("pale", "", style.QUIET),
                ("guess practice", "your guess: practice", style.LEARNER),
                ("guess held out", f"your guess: unseen {unit}", style.LEARNER),
            )
        }
        self._headline = self.canvas.figure.text(
            16 / WIDTH, (height - 24) / height, "", va="center", fontsize=style.LARGE,
            color=style.INK,
        )  # fmt: skip
        lines_of = [line for pair in self._curves.values() for line in pair]
        self.canvas.move(
            *lines_of[:4], *self._guess.values(), *lines_of[4:], *self._markers,
            *self._dots, *self._labels.values(), self._headline,
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
        return max(0.0, lowest - 0.08), best + REACH

    def _prepared(self, ax: Axes, limits: tuple[float, float], title: str) -> None:
        _prepare(ax, self.plan, limits)
        draw_lines(ax, self.lines, limits, names=self.names)
        ax.set_title(title, fontsize=style.NORMAL, color=style.INK, loc="left")

    def _shade(self) -> None:
        first = min(self.plan.steps_per_epoch, self.plan.steps)
        # A first epoch that is no more than half of the run leaves room beside it.
        wide = first / self.plan.steps > (0.5 if self.names is TERMS else 0.3)
        self.whole.annotate(
            f"first {self.first}:\n{FIRST}",
            (first / 2 if wide else first, 0.8 * self.top),
            (0, 0) if wide else (16, 0),
            textcoords="offset points", ha="center" if wide else "left", va="center",
            fontsize=style.SMALL, color=style.INK,
            arrowprops=None if wide else {"arrowstyle": "->", "color": style.INK},
            bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip

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
        if earlier is not None:
            said = pale or f"{earlier.plan.rows:,} {self.unit}"
            self._labels["pale"].set_text(f"pale: {said}")
        end = (earlier.held_steps[-1], earlier.held_out[-1]) if earlier else None
        _place(self._labels["pale"], end, self.plan.steps, above=False)
        ends = self._ends(track)
        _place(self._labels["held out"], ends["held out"], self.plan.steps, above=True)
        _place(self._labels["practice"], ends["practice"], self.plan.steps, above=False)
        self._show_guess(guess)
        self._mark(track, marked)
        self._headline.set_text(headline)

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

    def _ends(self, track: Track) -> dict[str, tuple[float, float] | None]:
        held = (track.held_steps[-1], track.held_out[-1]) if track.held_out else None
        near = (track.step, float(np.mean(track.practice[-10:]))) if track.practice else None
        return {"held out": held, "practice": near}

    def _show_guess(self, guess: Mapping[str, Sequence[float]] | None) -> None:
        for name, line in self._guess.items():
            label = self._labels[f"guess {name}"]
            line.set_visible(guess is not None)
            label.set_visible(guess is not None)
            if guess is not None:
                places = guess_places(self.plan.steps, len(guess[name]))
                line.set_data(places, guess[name])
                which = len(places) // 2 + (-1 if name == "practice" else 1)
                _place(
                    label, (places[which], guess[name][which]), self.plan.steps,
                    above=name == "held out",
                )  # fmt: skip

    def _mark(self, track: Track, marked: int | None) -> None:
        for marker, dot in zip(self._markers, self._dots, strict=True):
            marker.set_visible(marked is not None)
            dot.set_visible(marked is not None)
            if marked is not None:
                marker.set_xdata([marked, marked])
                dot.set_data([marked], [np.interp(marked, track.held_steps, track.held_out)])


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
    names: Mapping[str, str] = LINE_NAMES,
) -> None:  # fmt: skip
    """Draw the reference lines that lie within ``limits``, with their ``names`` on the right."""
    inside = {role: loss for role, loss in lines.items() if limits[0] <= loss <= limits[1]}
    gap = 15.0 * (limits[1] - limits[0]) / ax.bbox.height
    heights = spread(np.array(list(inside.values())), gap)
    for (role, loss), place in zip(inside.items(), heights, strict=True):
        colour = style.PALETTE[role]
        ax.axhline(loss, color=colour, linestyle=style.LINES[role], linewidth=1.6)
        if labels:
            ax.annotate(
                f"{names[role]} {loss:.2f}", (1.0, place), (6, 0),
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


def _guess_line(ax: Axes, name: str) -> Line2D:
    thick = name == "held out"
    (line,) = ax.plot(
        [], [], color=style.LEARNER, linestyle=style.LINES["learner"],
        linewidth=2.4 if thick else 1.2, marker="s" if thick else "o", markersize=6,
        markerfacecolor=style.CARD,
    )  # fmt: skip
    return line


def _label(ax: Axes, words: str, colour: str) -> Text:
    return ax.text(
        0, 0, words, fontsize=style.SMALL, color=colour,
        bbox={"facecolor": style.CARD, "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
    )  # fmt: skip


def _place(label: Text, end: tuple[float, float] | None, total: int, above: bool) -> None:
    """Put a label above or below a point, inside the axes; without one it is hidden."""
    label.set_visible(end is not None)
    if end is None:
        return
    x, y = end
    ax = label.axes
    assert ax is not None
    low, high = ax.get_ylim()
    height = (high - low) / 268  # one pixel
    late = x > 0.55 * total
    label.set_horizontalalignment("right" if late else "left")
    label.set_verticalalignment("bottom" if above else "top")
    y = y + 8 * height if above else y - 8 * height
    label.set_position((x, float(np.clip(y, low + 18 * height, high - 20 * height))))


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
        self._headline = ax.text(
            16, STRIP_HEIGHT - 24, "", va="center", fontsize=style.LARGE, color=style.INK
        )
        self.columns = plan.steps_per_epoch if plan.steps_per_epoch <= BOXES else 1
        self.boxes: list[list[tuple[Rectangle, Rectangle, Text]]] = []
        self._names: list[Text] = []
        moving: list[Artist] = [self._headline]
        wide = (STRIP_WIDTH - 100 - 16) / self.columns
        for r in range(ROWS):
            y = STRIP_HEIGHT - 124 - 84 * r
            name = ax.text(16, y + 36, "", va="center", fontsize=style.NORMAL, color=style.INK)
            self._names.append(name)
            row = []
            for c in range(self.columns):
                x = 100 + c * wide
                box = Rectangle(
                    (x, y), wide - 8, 72, facecolor="#FFFFFF", edgecolor=style.EDGE, linewidth=1.5
                )
                full = Rectangle((x, y), 0, 72, facecolor=style.SOFT, edgecolor=style.QUIET)
                words = ax.text(
                    x + wide / 2 - 4, y + 36, "", ha="center", va="center", fontsize=style.SMALL,
                    color=style.INK, linespacing=1.3,
                )  # fmt: skip
                for patch in (box, full):
                    ax.add_patch(patch)
                row.append((box, full, words))
                moving += [box, full, words]
            self.boxes.append(row)
        self.canvas.move(*moving, *self._names)
        self.update([], [], "")

    def update(
        self, dealt: Sequence[Sequence[int]], losses: Sequence[float], headline: str
    ) -> None:
        """Show the batches that were made: their rows' numbers (from 0) and their losses."""
        each, made = self.plan.steps_per_epoch, len(losses)
        first = max(0, -(-made // each) - ROWS)
        self._headline.set_text(headline)
        for r, row in enumerate(self.boxes):
            epoch = first + r
            self._names[r].set_text(f"epoch {epoch + 1}")
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
                words.set_text(said)
                words.set_visible(bool(said))
                full.set_visible(share > 0)

    def _words(
        self, step: int, done: int, dealt: Sequence[Sequence[int]], losses: Sequence[float], c: int
    ) -> str:
        if self.columns == 1:
            return f"{done} of {self.plan.steps_per_epoch} batches"
        if c >= done:
            return ""
        numbers = [str(i + 1) for i in dealt[step]] if step < len(dealt) else []
        half = -(-len(numbers) // 2)
        parts = [" ".join(numbers[:half]), " ".join(numbers[half:])] if len(numbers) <= 12 else []
        return "\n".join([*filter(None, parts), f"loss {losses[step]:.2f}"])


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
            self.canvas.axes(56, 50, 270, 246), self.canvas.axes(372, 50, 270, 246)
        ]  # fmt: skip
        self._curves: list[dict[str, Line2D]] = []
        self._labels: list[dict[str, Text]] = []
        top = 1.1 * max(each["uniform"] for each in lines)
        for number, (ax, plan) in enumerate(zip(self.axes, plans, strict=True)):
            _prepare(ax, plan, (-BELOW_ZERO, top))
            draw_lines(ax, lines[number], (-BELOW_ZERO, top), labels=number == 1)
            if number == 0:
                _name_inside(ax, lines[0], shared=lines[1])
            ax.set_title(titles[number], fontsize=style.NORMAL, color=style.INK, weight="bold")
            ax.set_xlabel("step", fontsize=style.NORMAL, color=style.INK)
            self._curves.append({name: _curve(ax, name) for name in ("practice", "held out")})
            self._labels.append(
                {
                    "practice": _label(ax, "practice", style.STUDENT),
                    "held out": _label(ax, f"unseen {unit}", style.STUDENT),
                }
            )
            self.canvas.move(*self._curves[-1].values(), *self._labels[-1].values())
        self.axes[0].set_ylabel("loss: lower is better", fontsize=style.NORMAL, color=style.INK)
        self.canvas.figure.text(
            16 / PAIR_WIDTH, (PAIR_HEIGHT - 22) / PAIR_HEIGHT, headline, va="center",
            fontsize=style.LARGE, color=style.INK,
        )  # fmt: skip

    def update(self, tracks: Sequence[Track]) -> None:
        """Show both tracks."""
        for track, curves, labels in zip(tracks, self._curves, self._labels, strict=True):
            curves["practice"].set_data(np.arange(1, track.step + 1), track.practice)
            curves["held out"].set_data(track.held_steps, track.held_out)
            held = (track.held_steps[-1], track.held_out[-1]) if track.held_out else None
            near = (track.step, float(np.mean(track.practice[-10:]))) if track.practice else None
            _place(labels["held out"], held, track.plan.steps, above=True)
            _place(labels["practice"], near, track.plan.steps, above=False)


def pair_alt(tracks: Sequence[Track], titles: Sequence[str], headline: str) -> str:
    """The text alternative of `PairCurves` as it is now."""
    said = [f"{headline}."]
    for track, title in zip(tracks, titles, strict=True):
        now = "no step was made yet"
        if track.practice and track.held_out:
            now = f"practice {track.practice[-1]:.1f}, unseen {track.held_out[-1]:.1f}"
        said.append(f"{title}, after step {track.step}: {now}.")
    return " ".join(said)
