"""What was read, and what mattered: attention as bars over the words, and cards to cover them."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as W
import numpy as np

from course_utils.figures.reading import ReadingMap, columns_for, lines_for, reading_alt
from course_utils.training.attempts import Floats, best_head, effects, head_scores, others
from course_utils.training.stations import words_read
from course_utils.widgets.attempt.subject import Subject
from course_utils.widgets.panel import Panel, answering, status, text
from course_utils.widgets.worker import Worker

READ, MATTERED = "what was read", "what mattered"
LOOKS = (READ, MATTERED)
MEAN = (-1, -1)
BEST, ALL_HEADS = "best", "all"
NOTHING = -1
MEASURED = 60  # held-out rows on which the heads are compared
FINDS = 0.1  # a head's score below which it can't be said to find anything
COVER_EACH, PAUSE = "Cover each in turn", "Pause"


class AttentionView(Panel):
    """``look`` chooses between reading and mattering; of the others only its own are in sight.

    Reading: ``question`` and ``head``. Mattering: ``cover`` (a word, or nothing) and ``each``, a
    button. ``head`` opens on the one that finds best what comes back, on the mean of all, or on a
    (layer, head). ``scores`` (L, H) say how well each finds it, on ``measured`` questions;
    ``effects`` (T,) are NaN where not yet measured.
    """

    summary = "What a place of the text read, and what mattered for its answer."

    def __init__(
        self, subject: Subject, question: int = 0, look: str = READ,
        head: str | tuple[int, int] = BEST,
    ) -> None:  # fmt: skip
        if look not in LOOKS:
            raise ValueError(f"There is nothing called {look!r} here; choose {', '.join(LOOKS)}.")
        self.subject = subject
        rows = subject.corpus.held_out[:MEASURED]
        self.scores, self.measured = head_scores(subject.model, subject.corpus, rows)
        self.worker = Worker(self._show_progress, self.complain)
        self._maps: dict[tuple[int, int], ReadingMap] = {}
        self._known: dict[int, Floats] = {}
        self.look = W.ToggleButtons(options=LOOKS, value=look, description="Look at:")
        self.question = W.Dropdown(
            options=subject.names(), value=question, description="Question:",
            layout=W.Layout(width="420px", max_width="100%"),
        )  # fmt: skip
        best = best_head(self.scores) if self.scores.max() >= FINDS else MEAN
        opened = best if head == BEST else MEAN if head == ALL_HEADS else head
        heads = self._head_names(best)
        if opened not in dict(heads).values():
            raise ValueError(
                f"There is no head {head!r} to open on; choose {BEST}, {ALL_HEADS}, or a layer and"
                " a head, both from 0."
            )
        self.head = W.Dropdown(
            options=heads, value=opened, description="Head:",
            layout=W.Layout(width="420px", max_width="100%"),
        )  # fmt: skip
        self.cover = W.SelectionSlider(
            options=[("nothing", NOTHING)], description="Cover:", layout=W.Layout(width="360px")
        )
        self.each = W.ToggleButton(description=COVER_EACH, layout=W.Layout(width="auto"))
        self.story, self.picture, self.said = W.HTML(), W.HTML(), W.HTML()
        self._faces = {
            READ: W.VBox([self.question, self.head]),
            MATTERED: W.HBox([self.cover, self.each], layout=W.Layout(flex_flow="row wrap")),
        }
        super().__init__([self.look, *self._faces.values(), self.story, self.said, self.picture])
        self._ask()
        self.question.observe(self._asked, "value")
        self.cover.observe(self._covered, "value")
        self.each.observe(self._pressed, "value")
        for control in (self.look, self.head):
            control.observe(self._moved, "value")
        self.refresh()

    def _head_names(self, best: tuple[int, int]) -> list[tuple[str, tuple[int, int]]]:
        names = [("all heads, their mean", MEAN)]
        for layer, heads in enumerate(self.scores):
            for head, score in enumerate(heads):
                found = ", finds it best" if (layer, head) == best else ""
                name = f"layer {layer + 1}, head {head + 1}: {100 * score:.0f} of 100{found}"
                names.append((name, (layer, head)))
        return names

    # Actions

    def _ask(self) -> None:
        self.worker.stop()
        subject = self.subject
        self.asked = subject.questions[self.question.value]
        self.attempt = subject.attempt(self.asked)
        self.words = words_read(self.asked.ids, subject.label)
        self._logp = float(np.log(self.attempt.probabilities[self.asked.answer]))
        empty = np.full(len(self.words), np.nan)
        self.effects = self._known.setdefault(self.question.value, empty)
        with self.cover.hold_trait_notifications():
            self.cover.options = [
                ("nothing", NOTHING), *((f"{i} {self.words[i]}", i) for i in others(self.asked)),
            ]  # fmt: skip
            self.cover.value = NOTHING

    @answering
    def measure(self, place: int) -> float:
        """Cover one place and return how much dearer the right word gets, in nats.

        Shows a complaint for a place that can't be covered.
        """
        if np.isnan(self.effects[place]) or place == self.asked.place:
            self.effects[place] = effects(self.subject.watched, self.asked, [place])[0]
        return float(self.effects[place])

    def advance(self, count: int) -> None:
        """Cover so many of the words that aren't measured yet, and show what mattered."""
        for _, _ in zip(range(count), self._cover_each(), strict=False):
            pass
        self.refresh()

    def _cover_each(self) -> Iterator[None]:
        effects_now = self.effects
        for place in others(self.asked):
            if np.isnan(effects_now[place]):
                self.measure(place)
                yield

    def _asked(self, _: object) -> None:
        self.each.value = False
        self._turn_to()

    @answering
    def _turn_to(self) -> None:
        self._ask()
        self.refresh()

    def _covered(self, change: dict[str, int]) -> None:
        if change["new"] != NOTHING:
            self.measure(change["new"])
        self.refresh()

    def _pressed(self, change: dict[str, bool]) -> None:
        self.each.description = PAUSE if change["new"] else COVER_EACH
        if change["new"]:
            self.worker.start(self._cover_each())
        else:
            self.worker.stop()
            self.refresh()

    def _show_progress(self) -> None:
        if not self.worker.running and self.each.value:
            self.each.value = False  # which shows it, too
        else:
            self.refresh()

    def _moved(self, _: object) -> None:
        self.refresh()

    # What is seen

    @property
    def shares(self) -> Floats:
        """How much each place is read by the one that answers (T,): by the head, or by all."""
        layer, head = self.head.value
        if (layer, head) == MEAN:
            return np.asarray(np.concatenate(self.attempt.weights).mean(axis=0))
        return np.asarray(self.attempt.weights[layer][head])

    @answering
    def refresh(self) -> None:
        """Show the words with their bars as they are now."""
        for name, face in self._faces.items():
            face.layout.display = "" if name == self.look.value else "none"
        subject, question = self.subject, self.asked
        right = subject.label(question.answer)
        self.story.value = (
            f"<p>{text(subject.text(question))}{'' if question.masked else ' ___'}"
            f" (right: <b>{text(right)}</b>)</p>"
        )
        said = self._reading() if self.look.value == READ else self._mattering()
        self.said.value = status(said)
        self.picture.value = self._draw()

    def _reading(self) -> str:
        shares = self.shares
        most = int(np.argmax(shares))
        layer, head = self.head.value
        who = (
            f"Layer {layer + 1}, head {head + 1} gives" if layer >= 0 else "All heads together give"
        )
        said = f"{who} {100 * shares[most]:.0f} of 100 to “{self.words[most]}” (place {most})."
        if layer >= 0 and self.measured:
            said += (
                f" Over {self.measured} questions whose answer was named far back, it gave"
                f" {100 * self.scores[layer, head]:.0f} of 100 to that word."
            )
        return said

    def _mattering(self) -> str:
        known = np.flatnonzero(~np.isnan(self.effects))
        right = self.subject.label(self.asked.answer)
        place = self.cover.value
        if place != NOTHING and not np.isnan(self.effects[place]):
            dearer = float(self.effects[place])
            before, now = 100 * np.exp(self._logp), 100 * np.exp(self._logp - dearer)
            way = "rises" if dearer >= 0 else "falls"
            said = (
                f"“{self.words[place]}” covered: “{right}” goes from {before:.1f} to {now:.1f}"
                f" points; its loss {way} by {abs(dearer):.2f}."
            )
        elif not len(known):
            return "Nothing is covered yet: move the card along the words."
        else:
            said = f"{len(known)} of {len(others(self.asked))} words were covered once."
        if len(known) == len(others(self.asked)):
            said += " " + self._agreement()
        return said

    def _agreement(self) -> str:
        """What was read most beside what mattered most; all places must be measured."""
        places = others(self.asked)
        read = max(places, key=lambda i: self.shares[i])
        most = max(places, key=lambda i: self.effects[i])
        layer, head = self.head.value
        reader = "all heads together" if layer < 0 else f"layer {layer + 1}, head {head + 1}"
        said = (
            f"Read most ({reader}): “{self.words[read]}” (place {read}); covering it costs"
            f" {self.effects[read]:.2f}. "
        )
        if read == most:
            return said + "It also mattered most."
        return said + (
            f"But “{self.words[most]}” (place {most}) mattered most:"
            f" covering it costs {self.effects[most]:.2f}."
        )

    def _draw(self) -> str:
        key = lines_for(self.words), columns_for(self.words)
        if key not in self._maps:
            self._maps[key] = ReadingMap(*key)
        shown, place = self._maps[key], self.asked.place
        shown.set_words(self.words, place)
        covered = None if self.cover.value == NOTHING else self.cover.value
        if self.look.value == READ:
            covered = None
        shown.update(self.shares, self.effects, covered)
        cards = () if covered is None else (covered,)
        return shown.canvas.html(reading_alt(self.words, place, self.shares, self.effects, cards))

    def still(self) -> str:
        """The words with their bars; for it alone, what mattered is measured to the end."""
        if self.look.value == READ:
            return str(self.story.value + self.said.value + self.picture.value)
        kept, self.effects = self.effects, self.effects.copy()
        unknown = [place for place in others(self.asked) if np.isnan(self.effects[place])]
        self.effects[unknown] = effects(self.subject.watched, self.asked, unknown)
        page = str(self.story.value + status(self._mattering()) + self._draw())
        self.effects = kept
        self.refresh()
        return page
