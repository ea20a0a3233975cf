"""The playground: every knob of a run, one at a time, and what the trained model is for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ipywidgets as W

from course_utils.figures.room import RunCurves, curves_alt
from course_utils.material.text import TextError
from course_utils.training.corpus import TOKENS
from course_utils.training.playground import (
    CHAPTERS,
    FILL,
    LIMITS,
    NEXT,
    OWN,
    SEEDS,
    STORIES,
    Plan,
)
from course_utils.training.recorded_playground import PROMPT, SENTENCE, nearest, recorded
from course_utils.training.room import Track
from course_utils.widgets.panel import Panel, answering, paragraph, status, text
from course_utils.widgets.spoken_names import SpokenNames
from course_utils.widgets.workbench import AS_IT_IS, OFFERS, RECORDED, Workbench, differing

TRAIN, OWN_TEXT, WRITE, SAVE, LOAD, HAND_OVER, SHARE = ACTIONS = (
    "train", "own text", "write", "save", "load", "hand over", "share",
)  # fmt: skip
KNOBS = {  # the name in the menu: the name in a `Plan`
    "text": "text", "tokens": "tokens", "objective": "objective", "layers": "layers",
    "heads": "heads", "channels": "channels", "context": "block", "batch": "batch",
    "optimizer": "optimizer", "learning rate": "learning_rate", "steps": "steps",
    "warm-up": "warmup", "seed": "seed",
}  # fmt: skip
VIEWS = (TRAIN, OWN_TEXT, *KNOBS, WRITE, SAVE, LOAD, HAND_OVER, SHARE)
TEXTS = {"stories": STORIES, "the course's chapters": CHAPTERS, "your own text": OWN}
NUMBERS = {  # smallest, step of the arrow keys
    "channels": (1, 8), "block": (1, 8), "batch": (1, 1), "steps": (1, 50), "warmup": (0, 10),
    "seed": (0, 1),
}  # fmt: skip
FIGURES = 4  # pictures of different runs that are kept
RATES = (-5, 1)  # powers of ten
NO_FLOOR = "No entropy floor is drawn, for none has been worked out for this text."
WIDE, NARROW = {"width": "330px"}, {"width": "120px"}
NAMED = {"description_width": "110px"}


class Playground(Panel):
    """All knobs of a run behind one menu, ``group``: beside it stand the one or two controls of it.

    ``show`` is what the menu begins with (one of `VIEWS`). For "train" the controls are ``play``
    and ``reset_button``; for a knob that knob and ``play``; for "own text" ``upload`` and
    ``path``; for "write" ``prompt`` and ``write_button``; for "save" ``name`` and
    ``save_button``; for "load" ``saved`` and ``load_button``; for "hand over" ``folder_name`` and
    ``export_button``; for "share" ``string`` and ``use_button``. Before a run that takes long, and
    while a recorded one is shown, ``offer`` and ``play`` are in their place. Playgrounds that are
    given the same ``bench`` show the same run. Raises `ValueError` for an unknown view.
    """

    summary = "The playground: all knobs of a run."

    def __init__(
        self, show: str = TRAIN, bench: Workbench | None = None, plan: Plan | None = None,
        own: str | None = None, folder: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        if show not in VIEWS:
            raise ValueError(f"There is no view {show!r}; choose {', '.join(VIEWS)}.")
        self.bench = Workbench(plan, own, folder, clock) if bench is None else bench
        self.worker = self.bench.worker
        self.summary = f"The playground: {show}."
        self._quiet = False  # while controls are set by the program, not by the learner
        self._figures: dict[object, RunCurves] = {}  # the latest few: a new one takes long
        self._drawn: tuple[object, str] = (None, "")
        self.group = W.Dropdown(
            options=list(VIEWS), value=show, description="What to do:", layout={"width": "250px"}
        )
        self.group.observe(self._turned_to, "value")
        self._make_knobs()
        self._make_actions()
        self._controls: dict[str, tuple[Any, ...]] = {
            TRAIN: (self.play, self.reset_button),
            OWN_TEXT: (self.upload, self.path),
            **{name: (getattr(self, knob), self.play) for name, knob in KNOBS.items()},
            WRITE: (self.prompt, self.write_button),
            SAVE: (self.name, self.save_button),
            LOAD: (self.saved, self.load_button),
            HAND_OVER: (self.folder_name, self.export_button),
            SHARE: (self.string, self.use_button),
        }
        self.bar = W.HBox(layout={"flex_flow": "row wrap"})
        self.facts, self.head, self.picture = W.HTML(), W.HTML(), W.HTML()
        # Sliders come and go with the menu, so their names are spoken from the beginning.
        super().__init__([self.bar, self.facts, self.head, self.picture, SpokenNames()])
        self.bench.listen(self)
        self.refresh()

    def _make_knobs(self) -> None:
        now = self.bench.knobs

        def chosen(knob: str, options: Any) -> Any:
            name = next(name for name, other in KNOBS.items() if other == knob)
            return W.Dropdown(
                options=options, value=now[knob], description=f"{name.capitalize()}:",
                layout=WIDE, style=NAMED,
            )  # fmt: skip

        self.text = chosen("text", list(TEXTS.items()))
        self.tokens = chosen("tokens", list(TOKENS))
        self.objective = chosen("objective", [NEXT, FILL])
        self.optimizer = chosen("optimizer", [("AdamW", "adamw"), ("SGD, momentum 0.9", "sgd")])
        for knob in ("layers", "heads"):
            slider = W.IntSlider(
                value=now[knob], min=1, max=LIMITS[knob], description=f"{knob.capitalize()}:",
                layout=WIDE, style=NAMED,
            )  # fmt: skip
            setattr(self, knob, slider)
        for knob, (least, step) in NUMBERS.items():
            most = LIMITS.get(knob, LIMITS["steps"] if knob == "warmup" else SEEDS)
            name = next(name for name, other in KNOBS.items() if other == knob)
            number = W.BoundedIntText(
                value=now[knob], min=least, max=most, step=step,
                description=f"{name.capitalize()}:", layout=WIDE, style=NAMED,
            )  # fmt: skip
            setattr(self, knob, number)
        self.learning_rate = W.FloatLogSlider(
            value=now["learning_rate"], min=RATES[0], max=RATES[1], step=0.1,
            description="Learning rate:", readout_format=".2g", layout=WIDE, style=NAMED,
        )  # fmt: skip
        for knob in KNOBS.values():
            getattr(self, knob).observe(self._knob_moved(knob), "value")

    def _knob_moved(self, knob: str) -> Callable[[dict[str, Any]], None]:
        def moved(change: dict[str, Any]) -> None:
            value = change["new"]
            if not self._quiet:
                self.turn(**{knob: float(f"{value:.2g}") if knob == "learning_rate" else value})

        return moved

    def _make_actions(self) -> None:
        def button(words: str, action: Callable[[], object]) -> Any:
            made = W.Button(description=words, layout={"width": "130px"})
            made.on_click(lambda _: action())
            return made

        def line(words: str, value: str, hint: str = "") -> Any:
            return W.Text(
                value=value, description=words, placeholder=hint, continuous_update=False,
                layout={"width": "420px"}, style=NAMED,
            )  # fmt: skip

        self.play = W.ToggleButton(description="Play", layout=NARROW)
        self.play.observe(self._toggled, "value")
        self.reset_button = button("Reset", self.reset)
        self.offer = W.Dropdown(options=list(OFFERS), description="Train:", style=NAMED)
        self.offer.observe(self._offered, "value")
        self.upload = W.FileUpload(
            accept=".txt,.md,text/plain", multiple=False, description="Upload a text",
            layout={"width": "150px"},
        )  # fmt: skip
        self.upload.observe(self._uploaded, "value")
        self.path = line("or its path:", "", "my_text.txt")
        self.path.observe(lambda change: self.load_text(change["new"]), "value")
        self.prompt = line("Begin with:", "")
        self.write_button = button("Write", self.write)
        self.name = line("Folder:", "my run")
        self.save_button = button("Save", self.save)
        self.saved = W.Dropdown(options=[], description="Saved run:", layout=WIDE, style=NAMED)
        self.load_button = button("Load", self.load)
        self.folder_name = line("Folder:", "my model")
        self.export_button = button("Hand over", self.export)
        self.string = line("Settings:", "")
        self.string.layout.width = "min(590px, 98%)"  # a whole string is seen
        self.use_button = button("Use this string", self.use_string)
        self._set(self.prompt, SENTENCE if self.bench.knobs["objective"] == FILL else PROMPT)

    # The knobs

    @answering
    def turn(self, /, **knobs: Any) -> None:
        """Turn some knobs, by the names of a `Plan`; the price is said at once."""
        before = self.bench.knobs.get("objective")
        self.bench.active = self
        try:
            self.bench.turn(**knobs)
        finally:
            if self.bench.knobs.get("objective") != before:
                now = self.bench.knobs["objective"]
                self._set(self.prompt, SENTENCE if now == FILL else PROMPT)
            self.bench.changed(self)

    @answering
    def load_text(self, path: str) -> None:
        """Use a UTF-8 text file of one's own, by its path from the notebook's folder."""
        if path.strip():
            self.bench.active = self
            self.bench.read_file(path.strip())
            self.bench.changed(self)

    @answering
    def _uploaded(self, change: dict[str, Any]) -> None:
        if self._quiet or not change["new"]:
            return
        [file] = change["new"][:1]
        try:
            words = bytes(file["content"]).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise TextError(
                f"{file['name']} isn't UTF-8 text; save it as plain text with the encoding UTF-8."
            ) from None
        finally:
            self._set(self.upload, ())
        self.bench.active = self
        self.bench.take_text(words.replace("\r\n", "\n").replace("\r", "\n"), file["name"])
        self.bench.changed(self)

    @answering
    def use_string(self) -> None:
        """Take all knobs from the string that stands in ``string``; it is checked first."""
        plan = Plan.from_string(self.string.value)
        self.bench.active = self
        self.bench.use(plan)
        self.bench.said = "The string is whole, and its settings are used."
        self.bench.changed(self)

    # The run

    @answering
    def advance(self, steps: int) -> None:
        """Make so many steps now, and show them."""
        try:
            self.bench.advance(steps)
        finally:
            self.bench.changed(self)

    @answering
    def reset(self) -> None:
        """Forget the run; the same plan begins with the same first weights."""
        self.bench.reset()
        self.bench.changed(self)

    def _toggled(self, change: dict[str, bool]) -> None:
        if self._quiet:  # and a complaint stays where it is
            return
        if change["new"]:
            self.start()
        else:
            self.bench.pause()

    @answering
    def start(self) -> None:
        """Go on to the end of the plan, or of the recorded run, in pieces."""
        self.bench.active = self
        try:
            self.bench.play()
        except ValueError:
            self._set(self.play, False)
            raise
        self._show_running()

    @answering
    def choose(self, offer: str) -> None:
        """Train these settings, a smaller model, or look at a recorded run."""
        self.bench.active = self
        try:
            self.bench.choose(offer)
        finally:
            self.bench.changed(self)

    def _offered(self, change: dict[str, str]) -> None:
        if not self._quiet:
            self.choose(change["new"])

    @answering
    def write(self) -> None:
        """Let the model write on from ``prompt``, or fill in its blank."""
        self.bench.active = self
        self.bench.write(self.prompt.value)
        self.bench.changed(self)

    @answering
    def save(self) -> None:
        """Save the run into a new folder beside the notebook."""
        self.bench.save(self.name.value)
        self.bench.changed(self)

    @answering
    def load(self) -> None:
        """Go on with the run that ``saved`` names."""
        if self.saved.value is None:
            raise ValueError("There is no saved run beside this notebook; save one first.")
        self.bench.active = self
        self.bench.load(self.saved.value)
        self.bench.changed(self)

    @answering
    def export(self) -> None:
        """Write a new folder for transformers beside the notebook."""
        self.bench.export(self.folder_name.value)
        self.bench.changed(self)

    @answering
    def _turned_to(self, _: object) -> None:
        self.refresh()

    def close(self) -> None:
        """Close this view; the run stops when no other view looks at it."""
        if not hasattr(self, "bar"):  # the view was never finished
            super().close()
            return
        self.bench.forget(self)
        shown = set(map(id, self.bar.children))
        others = {id(c): c for group in self._controls.values() for c in (*group, self.offer)}
        if self.bench._views:  # another view's run goes on
            del self.worker
        super().close()
        for key, control in others.items():
            if key not in shown:
                control.close()

    def _set(self, control: Any, value: object) -> None:
        self._quiet = True
        try:
            control.value = value
        finally:
            self._quiet = False

    # What is seen

    @property
    def show(self) -> str:
        """What the menu stands at."""
        return str(self.group.value)

    def refresh(self) -> None:
        """Show the workbench as it is now."""
        bench = self.bench
        self.complain(bench.trouble or bench.failure)
        for knob in KNOBS.values():
            self._set(getattr(self, knob), bench.knobs[knob])
        if self.show == LOAD:
            self._quiet = True
            if list(self.saved.options) != (names := bench.saved()):
                self.saved.options = names
            if names and self.saved.value not in names:
                self.saved.value = names[0]
            self._quiet = False
        if self.show == SHARE and bench.plan is not None:
            self._set(self.string, bench.plan.to_string())
        fill = bench.run is not None and bench.run.plan.masked
        self.prompt.description = "Sentence:" if fill else "Begin with:"
        self.write_button.description = "Fill in" if fill else "Write"
        controls = self._controls[self.show]
        if (bench.offering or bench.recorded) and self.play in controls:
            self._set(self.offer, RECORDED if bench.recorded else AS_IT_IS)
            controls = self.offer, self.play
        children = (self.group, *controls)
        if self.bar.children != children:
            self.bar.children = children
        self._show_running()
        if bench.recorded and bench.run is not None:
            self.facts.value = self._facts(asdict(bench.run.plan))
        else:
            self.facts.value = self._facts(bench.knobs, self._price())
        self.head.value = status(self.headline())
        self.picture.value = self._page()

    def _show_running(self) -> None:
        running = self.bench.worker.running and self.bench.doing == "training"
        self._set(self.play, running)
        self.play.description = "Pause" if running else "Play"

    def _price(self) -> str:
        bench = self.bench
        if bench.plan is None or bench.cost is None:
            return "The price is not known yet."
        said = bench.cost.sentence(bench.plan.steps)
        if bench.expected is not None and bench.expected > 0.5 and not (
            bench.current and bench.run is not None and bench.run.done
        ):  # fmt: skip
            said += f" About {bench.expected:,.0f} seconds to go here."
        return said

    def _facts(self, knobs: dict[str, Any], price: str = "") -> str:
        name = next(name for name, kind in TEXTS.items() if kind == knobs["text"])
        parts = [
            f"{name} in {knobs['tokens']}", knobs["objective"],
            f"{_plural(knobs['layers'], 'layer')}, {_plural(knobs['heads'], 'head')},"
            f" {_plural(knobs['channels'], 'channel')}",
            f"context {self._context(knobs)}", f"batch {knobs['batch']}",
            f"{'AdamW' if knobs['optimizer'] == 'adamw' else 'SGD'} at"
            f" {knobs['learning_rate']:.2g}",
            f"{_plural(knobs['steps'], 'step')}, warm-up {knobs['warmup']}",
            f"seed {knobs['seed']}",
        ]  # fmt: skip
        parts = [part.replace(" ", "\u00a0") for part in parts]  # each stays on one line
        cost = f"<br><b>Cost:</b> {text(price)}" if price else ""
        return f"<p>{text(' · '.join(parts))}{cost}</p>"

    def _context(self, knobs: dict[str, Any]) -> str:
        if knobs["text"] == STORIES and knobs["tokens"] == "words":
            return "one story"
        return str(knobs["block"])

    def headline(self) -> str:
        """A few sentences on where the run is."""
        bench = self.bench
        said = [bench.said] if bench.said else []
        run, working = bench.run, bench.worker.running
        if working and bench.doing != "training":
            said.append(f"{bench.doing.capitalize()} …")
        elif run is None:
            said.append("Getting ready …" if working else self._not_yet())
        elif not bench.current and bench.plan is not None:
            changed = differing(bench.plan, run.plan)
            said.append(
                f"Changed: {changed}. Press Play for the new run; what is shown is the one before."
            )
        if run is not None and bench.recorded:
            said.append("This is a recorded run; nothing is trained.")
        if run is not None and (bench.current or working):
            said.append(f"Step {run.step} of {run.plan.steps}.")
            if "floor" not in run.lines:
                said.append(NO_FLOOR)
        return " ".join(said)

    def _not_yet(self) -> str:
        if self.bench.knobs["text"] == OWN and self.bench.own is None:
            return "No text is loaded yet: upload one, or write its path (under “own text”)."
        if self.play in self._controls[self.show]:
            return "Nothing is trained yet: press Play."
        return "Nothing is trained yet: choose “train”, and press Play there."

    def _page(self) -> str:
        bench = self.bench
        if self.show == WRITE:
            return _quoted(bench.written)
        if self.show in (SAVE, LOAD, HAND_OVER, SHARE) or bench.run is None:
            return ""
        run = bench.run
        before = bench.earlier and (bench.earlier[0], bench.earlier[1].step)
        key = (run.plan, bench.recorded, run.step, len(run.track.held_out), before)
        if self._drawn[0] != key:
            self._drawn = key, self._curves(run.track, run.lines, run.plan, bench.earlier)
        return self._drawn[1]

    def _curves(
        self, track: Track, lines: dict[str, float], plan: Plan,
        earlier: tuple[Plan, Track] | None = None, kept: bool = True,
    ) -> str:  # fmt: skip
        unit = "stories" if "floor" in lines else "blocks"
        key = (plan, tuple(lines.items()))
        curves = self._figures.get(key) or RunCurves(track.plan, lines, unit, terms=True)
        if kept:
            self._figures.pop(key, None)  # the newest is the last
            self._figures[key] = curves
            if len(self._figures) > FIGURES:
                del self._figures[next(iter(self._figures))]
        # Losses of other questions or other tokens can't stand on one scale.
        if earlier is not None and any(
            getattr(earlier[0], knob) != getattr(plan, knob)
            for knob in ("text", "mark", "tokens", "objective")
        ):
            earlier = None
        pale = differing(earlier[0], plan) or "the same again" if earlier else ""
        before = earlier[1] if earlier else None
        curves.update(track, before, headline=_where(track), pale=pale)
        alt = curves_alt(track, curves.lines, unit, before, terms=True)
        return str(curves.canvas.html(alt))

    def still(self) -> str:
        """This view with the run as it is, or with a recorded one of the same kind."""
        bench, show = self.bench, self.show
        plan, run, intro = bench.plan or Plan(), bench.run, ""
        apart = (SHARE, SAVE, LOAD, HAND_OVER)
        if run is not None and run.step:
            track, lines, of, written = run.track, run.lines, run.plan, bench.written
        else:
            example = recorded("own" if show == OWN_TEXT else nearest(plan))
            track, lines, of = example.track, example.lines, example.plan
            intro, written = example.intro, example.written
        if show in apart:
            of, intro = plan, ""
        price = bench.cost.sentence(of.steps) if bench.cost and of == bench.plan else ""
        facts = self._facts(asdict(of), price)
        note = "" if "floor" in lines else paragraph(NO_FLOOR)
        pages = {
            WRITE: f"{paragraph(f'At step {track.step}:')}{_quoted(written)}",
            SHARE: f"<p><code>{text(of.to_string())}</code></p>",
            SAVE: paragraph("“Save” writes the run into a new folder beside this notebook."),
            LOAD: paragraph("“Load” goes on with a saved run where it stopped."),
            HAND_OVER: paragraph(
                "“Hand over” writes a new folder beside this notebook, as transformers reads it:"
                " weights, configuration and tokenizer."
            ),
        }
        page = pages.get(show)
        if page is None:
            page = note + self._curves(track, lines, of, kept=False)
        if intro:
            page = paragraph(intro) + page
        return facts + page


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _quoted(words: str) -> str:
    lines = "<br>".join(text(line) for line in words.splitlines())
    return f"<blockquote>{lines}</blockquote>" if words else ""


def _where(track: Track) -> str:
    epochs = track.step / track.plan.steps_per_epoch
    return f"Step {track.step} of {track.plan.steps}: {epochs:.1f} epochs"
