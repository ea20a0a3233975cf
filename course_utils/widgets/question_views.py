"""The views of a `QuestionSheet`: each shows one idea about a batch of questions."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

import ipywidgets as W
import numpy as np
from numpy.typing import NDArray

from course_utils.figures.deal import Dealt, deal_alt
from course_utils.figures.grid import MOST_ROWS, BatchGrid, grid_alt
from course_utils.figures.page import page_alt, page_html, pages, saving_pages, sheet_pages
from course_utils.figures.strips import (
    BlankStrip,
    CoverStrip,
    KeyStrip,
    TokenStrip,
    blank_alt,
    cover_alt,
    key_alt,
    token_lines,
    tokens_alt,
)
from course_utils.learning.prediction import NUMBER, PredictionLog
from course_utils.material.batches import Batch, Ids, masked_batch, next_token_batch
from course_utils.material.symbols import MASK_ID, PAD_ID, SYMBOLS
from course_utils.training.corpus import TOKENS, Corpus, text_corpus
from course_utils.training.papers import Sheet, deal_sheet, question_counts, row_words, sheets_in
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.panel import EXAMPLE, Panel, answering, paragraph, status, text
from course_utils.widgets.worker import REST, Worker

WAITING = "Not answered yet: make your prediction above."
SAMPLE = 300  # rows that the small tokenizers are made from
CLOSE = 0.1  # of the number itself: how far off a guess may be that we call close
WIDE = {"width": "min(560px, 100%)"}  # each control makes a layout of its own of it


def plural(count: int, thing: str) -> str:
    """A number with its thing: 1 question, 2 questions."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


class View(Panel):
    """What the views share: a corpus, whether words are hidden, a status line and a picture."""

    def __init__(self, corpus: Corpus, masked: bool, controls: Sequence[W.Widget]) -> None:
        self.corpus, self.masked = corpus, masked
        self.status, self.picture = W.HTML(), W.HTML()
        super().__init__([*controls, self.status, self.picture])

    def asked_in(self, rows: Ids, seed: int = 0) -> Batch:
        """The batch of some rows, next-token or with words hidden by a seed."""
        if self.masked:
            return masked_batch(rows, np.random.default_rng(seed))
        return next_token_batch(rows)

    def _say(self, sentence: str, picture: str) -> None:
        self.status.value, self.picture.value = status(sentence), picture

    def still(self) -> str:
        """The sentence and the picture of now."""
        return f"{self.status.value}{self.picture.value}"


class TokensView(View):
    """``sentence`` is cut by ``kind`` of token; the ids stand below."""

    summary = "A sentence, its tokens and their ids."

    def __init__(self, corpus: Corpus, masked: bool = False, row: int = 0) -> None:
        whole = corpus.text(corpus.rows[row])
        first = re.match(r".{8,}?[.!?](?=\s)", whole, re.S)
        self._corpora: dict[str, Corpus] = {}
        self.sentence = W.Text(
            value=(first[0] if first else whole)[:60], description="sentence", layout=WIDE,
            continuous_update=False,
        )  # fmt: skip
        self.kind = W.ToggleButtons(options=_kinds(corpus), description="tokens")
        self._strips: dict[int, TokenStrip] = {}
        super().__init__(corpus, masked, [self.sentence, self.kind])
        self.sentence.observe(self._moved, "value")
        self.kind.observe(self._moved, "value")
        self._moved()

    def encoded(self, kind: str) -> tuple[Corpus, Ids]:
        """The sentence in tokens of a kind, and the corpus whose vocabulary they are from.

        Raises `ValueError` for a token that this vocabulary doesn't have.
        """
        if kind not in self._corpora:
            own = kind == _kinds(self.corpus)[0]
            sample = "\n".join(self.corpus.text(row) for row in self.corpus.rows[:SAMPLE])
            self._corpora[kind] = self.corpus if own else text_corpus(sample, kind, 8)
        corpus = self._corpora[kind]
        try:
            return corpus, corpus.encoder.encode(self.sentence.value)
        except ValueError as error:
            reason = str(error).split(";")[0].rstrip(".")
            raise ValueError(f"{reason}; leave it out, or choose byte pairs.") from None

    @answering
    def _moved(self, _: object = None) -> None:
        if not self.sentence.value.strip():
            raise ValueError("There is nothing to cut; type a sentence.")
        self._say(*self._seen(self.kind.value))

    def _seen(self, kind: str) -> tuple[str, str]:
        corpus, ids = self.encoded(kind)
        tokens = [corpus.label(int(token)) for token in ids]
        lines = token_lines(tokens, ids.tolist())
        if lines not in self._strips:
            self._strips[lines] = TokenStrip(lines)
        strip = self._strips[lines]
        strip.show(tokens, ids.tolist())
        said = (
            f"Cut into {kind}: {plural(len(self.sentence.value), 'character')} became"
            f" {plural(len(tokens), 'token')}, out of a vocabulary of {corpus.vocab_size:,}."
        )
        if strip.shown < len(tokens):
            said += f" The picture shows the first {strip.shown}."
        alt = tokens_alt(kind, tokens, ids.tolist(), corpus.vocab_size)
        return said, strip.canvas.html(alt)

    def still(self) -> str:
        """The sentence in each kind of token that has all of its pieces."""
        seen = []
        for kind in self.kind.options if self.sentence.value.strip() else ():
            with contextlib.suppress(ValueError):
                said, picture = self._seen(kind)
                seen.append(status(said) + picture)
        return "".join(seen) or self.trouble.value


def _kinds(corpus: Corpus) -> list[str]:
    """The kinds of token that can be compared, the corpus's own first."""
    kind = getattr(corpus.encoder, "kind", "words")
    return [kind, *(other for other in TOKENS if other != kind)]


class CoverView(View):
    """A cover card: ``place`` moves it along a row by arrow key, and each stop is a question.

    With a ``card`` it waits until that prediction is made.
    """

    summary = "A cover card that moves along a text."

    def __init__(
        self, corpus: Corpus, masked: bool = False, row: int = 0, card: ChoiceCard | None = None
    ) -> None:
        self.card = card
        self.tokens = row_words(corpus, corpus.rows[row])
        asked = next_token_batch(corpus.rows[row : row + 1]).questions
        if masked:
            places = [t for t, i in enumerate(corpus.rows[row]) if i >= len(SYMBOLS)]
        else:
            places = list(range(1, asked + 1))
        self.places = places
        self.place = W.IntSlider(
            value=1, min=1, max=len(places), description="question", layout=WIDE
        )
        self._strip = CoverStrip(self.tokens, both_sides=masked)
        super().__init__(corpus, masked, [self.place])
        self.place.observe(self._moved, "value")
        if card is not None:
            self._unheard = card.on_answer(self._moved)
        self._moved()

    @property
    def waiting(self) -> bool:
        """Whether the prediction has still to be made."""
        return self.card is not None and self.card.prediction.chosen is None

    @answering
    def _moved(self, _: object = None) -> None:
        self.place.layout.display = "none" if self.waiting else ""
        if self.waiting:
            self.status.value, self.picture.value = paragraph(WAITING), ""
            return
        if self.card is not None and self.place.value > 1:
            self.card.keep()  # a part of what it asks for was seen
        self._say(*self._seen(self.place.value))

    def close(self) -> None:
        """Close this view; it no longer hears of its card."""
        if self.card is not None:
            self._unheard()
        super().close()

    def _seen(self, number: int) -> tuple[str, str]:
        t, count = self.places[number - 1], len(self.places)
        self._strip.cover(t)
        if self.masked:
            said = (
                f"Question {number} of {count} that this row could hold: everything but one"
                " word may be read, on both sides."
            )
        else:
            said = (
                f"Question {number} of {count} (each of the {len(self.tokens)} tokens but the"
                f" first). May be read: {plural(t, 'token')}."
                f" The choices: all {self.corpus.vocab_size:,} of the vocabulary."
            )
        picture = self._strip.canvas.html(cover_alt(self.tokens, t, self.masked))
        return said, picture

    def still(self) -> str:
        """The card somewhere in the row."""
        said, picture = self._seen(max(1, len(self.places) // 4))
        chosen = "" if self.card is None else paragraph(f"{EXAMPLE}, after the prediction:")
        html = chosen + status(said) + picture
        self._strip.cover(self.places[self.place.value - 1])
        return html


class GridView(View):
    """A batch as a grid: ``guess`` how many questions it holds, then ``say_button`` lights it.

    ``rows`` is B; a new B is a new batch with the same rule, and stays lit.
    """

    summary = "A batch as a grid of rows and places."

    def __init__(self, corpus: Corpus, masked: bool = False, row: int = 0) -> None:
        self._first = row
        self.said: int | None = None
        most = min(MOST_ROWS, len(corpus.rows) - row)
        self.rows = W.IntSlider(
            value=min(4, most), min=1, max=most, description="rows (B)", layout=WIDE
        )
        self.guess = W.BoundedIntText(
            value=0, min=0, max=10_000, description="questions",
            layout=W.Layout(width="190px"),
        )  # fmt: skip
        self.say_button = W.Button(description="That's my number")
        self._grids: dict[int, BatchGrid] = {}
        answer = W.HBox([self.guess, self.say_button], layout=W.Layout(flex_flow="row wrap"))
        super().__init__(corpus, masked, [self.rows, answer])
        self.rows.observe(self._moved, "value")
        self.say_button.on_click(lambda _: self.say())
        self._moved()

    @property
    def batch(self) -> Batch:
        """The batch that is looked at."""
        return self.asked_in(self.corpus.rows[self._first : self._first + self.rows.value])

    @answering
    def say(self) -> None:
        """Take the guess, and light the grid. Complains about a guess of zero."""
        if not self.guess.value:
            raise ValueError("Say a number first: type how many questions this batch holds.")
        self.said = self.guess.value
        self.guess.disabled = self.say_button.disabled = True
        self._said_for = self.batch.questions
        log = PredictionLog("batch: questions in the grid", NUMBER)
        off = abs(self.said - self._said_for)
        log.settled(self.said, self._said_for, off <= CLOSE * self._said_for)
        self._moved()
        self.tell(log.progress)

    @answering
    def _moved(self, _: object = None) -> None:
        self._say(*self._seen(self.said))

    def _seen(self, said: int | None) -> tuple[str, str]:
        batch = self.batch
        asked = batch.targets >= 0
        padding = batch.inputs == PAD_ID
        if not self.masked:
            padding = ~asked
        lit = said is not None
        B, T = asked.shape
        if B not in self._grids:
            self._grids[B] = BatchGrid(B)
        self._grids[B].show(asked, padding, lit)
        picture = self._grids[B].canvas.html(grid_alt(asked, padding, lit))
        size = f"B = {B}, T = {T}, V = {self.corpus.vocab_size:,}."
        if said is None:
            return f"{size} How many questions does this batch hold?", picture
        answered = getattr(self, "_said_for", batch.questions)
        close = " You were close." if 0 < abs(said - answered) <= CLOSE * answered else ""
        verdict = "that is exact" if said == answered else f"there were {answered:,}"
        count = plural(batch.questions, "question")
        if self.masked:
            reckoned = f"{count}: the hidden words."
        else:
            reckoned = f"{B * T:,} places − {int(padding.sum()):,} of padding = {count}."
        return f"You said {said:,}: {verdict}.{close} {size} {reckoned}", picture

    def still(self) -> str:
        """The lit grid after an example learner's guess."""
        said, picture = self._seen(self.rows.value * 10)
        html = paragraph(f"{EXAMPLE}:") + status(said) + picture
        self._seen(self.said)
        return html


class KeyView(View):
    """The answer key, a second copy of the text: ``shift`` slides it to the left.

    ``fitting`` counts the keys that stand under their question, over the whole row.
    """

    summary = "A text and its answer key."

    def __init__(self, corpus: Corpus, masked: bool = False, row: int = 0) -> None:
        self._row = corpus.rows[row : row + 1]
        self._batch = masked_batch(self._row, np.random.default_rng(row)) if masked else None
        full = self._row[0]
        self._ids = full[full != PAD_ID]
        if self._batch is None:
            targets = np.append(next_token_batch(self._row).targets[0], -1)
        else:
            targets = self._batch.targets[0]
        self._targets = targets[: len(self._ids)]
        self.tokens = row_words(corpus, full)
        top = list(self.tokens)
        if self._batch is not None:
            top = [
                corpus.label(MASK_ID) if t >= 0 else word
                for word, t in zip(top, self._targets, strict=True)
            ]
        self.shift = W.IntSlider(
            value=-1 if masked else 0, min=-2, max=3, description="slide by", layout=WIDE
        )
        self._strip = KeyStrip(self.tokens, (self._targets >= 0).tolist(), top)
        super().__init__(corpus, masked, [self.shift])
        self.shift.observe(self._moved, "value")
        self._moved()

    def fits(self, shift: int) -> list[bool]:
        """For each place of the row whether the key that now stands there is its target."""
        where = np.arange(len(self._ids)) + shift
        inside = (where >= 0) & (where < len(self._ids))
        keys = np.where(inside, self._ids[np.clip(where, 0, len(self._ids) - 1)], -2)
        return [bool(b) for b in (keys == self._targets) & (self._targets >= 0)]

    @property
    def fitting(self) -> int:
        """How many keys stand under their question now."""
        return sum(self.fits(self.shift.value))

    @property
    def asked(self) -> int:
        """How many questions the row has."""
        return int(np.count_nonzero(self._targets >= 0))

    @answering
    def _moved(self, _: object = None) -> None:
        self._say(*self._seen(self.shift.value))

    def _seen(self, shift: int) -> tuple[str, str]:
        right = self.fits(shift)
        self._strip.slide(shift, right)
        said = (
            f"Slid by {shift}: {sum(right)} of {plural(self.asked, 'key')} stand under their"
            " question."
        )
        if sum(right) == self.asked:
            said += (
                " All fit, without a shift: each answer stood where it was hidden."
                if self.masked
                else " All fit: the key is the same text, shifted by one."
            )
        alt = key_alt(self.tokens, shift, sum(right), self.asked)
        return said, self._strip.canvas.html(alt)

    def still(self) -> str:
        """The key where all fit."""
        said, picture = self._seen(0 if self.masked else 1)
        html = status(said) + picture
        self._seen(self.shift.value)
        return html


class FillInView(View):
    """Tap ``words`` to hide them; only hidden words are questions.

    ``chance_button`` hides the usual share of them by chance. With a ``card`` the view waits until
    that prediction is made, and the button brings its outcome.
    """

    summary = "A text whose words can be hidden."

    def __init__(
        self, corpus: Corpus, masked: bool = True, row: int = 0, card: ChoiceCard | None = None
    ) -> None:
        self.card = card
        full = corpus.rows[row]
        self._ids = full[full != PAD_ID]
        self.tokens = row_words(corpus, full)
        self._next_token = next_token_batch(full[None]).questions
        self._seed, self._rng = row, np.random.default_rng(row)
        self._by_chance = False
        self.places = [t for t, i in enumerate(self._ids) if i >= len(SYMBOLS)]
        self.words = [
            W.ToggleButton(description=self.tokens[t], layout=W.Layout(width="auto"))
            for t in self.places
        ]
        self.chance_button = W.Button(description="Hide 15 % by chance", layout={"width": "auto"})
        self._strip = BlankStrip(self.tokens, self._ids.tolist())
        self.board = W.HBox(self.words, layout=W.Layout(flex_flow="row wrap"))
        super().__init__(corpus, True, [self.board, self.chance_button])
        for word in self.words:
            word.observe(self._moved, "value")
        self.chance_button.on_click(lambda _: self.hide_by_chance())
        if card is not None:
            self._unheard = card.on_answer(self._moved)
        self._moved()

    def close(self) -> None:
        """Close this view; it no longer hears of its card."""
        if self.card is not None:
            self._unheard()
        super().close()

    @property
    def waiting(self) -> bool:
        """Whether the prediction has still to be made."""
        return self.card is not None and self.card.prediction.chosen is None

    @property
    def hidden(self) -> list[int]:
        """The places (from 0, ``<start>``) of the hidden words."""
        return [t for t, word in zip(self.places, self.words, strict=True) if word.value]

    @property
    def batch(self) -> Batch:
        """The batch of this one row, with the words hidden."""
        targets = np.full(len(self._ids), -1)
        targets[self.hidden] = self._ids[self.hidden]
        return Batch(np.where(targets >= 0, MASK_ID, self._ids)[None], targets[None])

    def hide(self, places: Sequence[int]) -> None:
        """Hide these places and no others. Raises `ValueError` for a place without a word."""
        wrong = [t for t in places if t not in self.places]
        if wrong:
            raise ValueError(f"Place {wrong[0]} holds no word to hide; use 1 to {self.places[-1]}.")
        for word in self.words:
            word.unobserve(self._moved, "value")
        for t, word in zip(self.places, self.words, strict=True):
            word.value = t in places
        for word in self.words:
            word.observe(self._moved, "value")
        self._moved()

    @answering
    def hide_by_chance(self) -> None:
        """Hide as many words as a batch of fill-in questions does, by chance."""
        self._by_chance = True
        self.hide(self._drawn(self._rng))
        if self.card is None:
            return
        if self.card.right is None:
            self.card.keep()
        else:
            self.card.outcome()

    def _drawn(self, rng: np.random.Generator) -> list[int]:
        """The places that a batch of fill-in questions would hide."""
        targets = masked_batch(self._ids[None], rng).targets[0]
        return [int(t) for t in np.flatnonzero(targets >= 0)]

    @answering
    def _moved(self, _: object = None) -> None:
        for control in (self.board, self.chance_button):
            control.layout.display = "none" if self.waiting else ""
        if self.waiting:
            self.status.value, self.picture.value = paragraph(WAITING), ""
            return
        self._say(*self._seen(self.hidden, self._by_chance))

    def _seen(self, hidden: Sequence[int], by_chance: bool) -> tuple[str, str]:
        self._strip.hide(set(hidden))
        said = f"{plural(len(hidden), 'question')} in a row of {plural(len(self._ids), 'token')}."
        if not hidden:
            said = "No question yet: hide a word."
        if by_chance:
            said += self._compared()
        alt = blank_alt(self.tokens, self._ids.tolist(), set(hidden))
        return said, self._strip.canvas.html(alt)

    def _compared(self) -> str:
        """The other kind of test made from this row, and what was predicted of both."""
        said = (
            f" Of the kind “what comes next?” the same row holds {self._next_token:,}. More words"
            " could be hidden, but what is hidden can't be read."
        )
        if self.card is None or self.card.prediction.chosen is None:
            return said
        return f"{said} You predicted: {self.card.prediction.answer}."

    def still(self) -> str:
        """Words hidden by chance, after an example learner's prediction."""
        hidden = self.hidden or self._drawn(np.random.default_rng(self._seed))
        said, picture = self._seen(hidden, by_chance=True)
        after = "" if self.card is None else ", after the prediction"
        html = paragraph(f"{EXAMPLE}{after}:") + status(said) + picture
        self._strip.hide(set(self.hidden))
        return html


class ShuffleView(View):
    """Rows dealt into tests: ``shuffle_button`` deals anew, ``size`` is B, the rows of a test.

    ``papers`` are the rows' numbers; ``questions`` is the set of all questions, counted.
    """

    summary = "Rows dealt into tests."
    COUNT, FOLLOWED = 24, 7

    def __init__(self, corpus: Corpus, masked: bool = False, row: int = 0) -> None:
        self._rows = corpus.rows[row : row + self.COUNT]
        self._seed, self._rng = row, np.random.default_rng(row)
        self.order = self._earlier = np.arange(len(self._rows))
        self.deals = 0
        self.size = W.IntSlider(
            value=min(4, len(self._rows)), min=2, max=8, description="rows (B)", layout=WIDE
        )
        self.shuffle_button = W.Button(description="Shuffle and deal")
        self._followed = min(self.FOLLOWED, len(self._rows) - 1)
        self._dealt = Dealt(self._followed)
        super().__init__(corpus, masked, [self.size, self.shuffle_button])
        self._before = question_counts(self._rows)
        self.size.observe(self._moved, "value")
        self.shuffle_button.on_click(lambda _: self.shuffle())
        self._moved()

    @property
    def papers(self) -> list[list[int]]:
        """The rows (numbers from 0) of each test."""
        return self._dealt_from(self.order)

    def _dealt_from(self, order: NDArray[np.int64]) -> list[list[int]]:
        size = self.size.value
        return [order[i : i + size].tolist() for i in range(0, len(order), size)]

    def batches(self) -> list[Batch]:
        """The tests as batches."""
        return self._batches(self.papers, self.deals)

    def _batches(self, papers: Sequence[Sequence[int]], deals: int) -> list[Batch]:
        return [self.asked_in(self._rows[list(paper)], deals) for paper in papers]

    @answering
    def shuffle(self) -> None:
        """Shuffle the rows and deal them anew."""
        self._earlier, self.order = self.order, self._rng.permutation(len(self._rows))
        self.deals += 1
        self._moved()

    @answering
    def _moved(self, _: object = None) -> None:
        self._say(*self._seen(self.order, self._earlier, self.deals))

    def _seen(
        self, order: NDArray[np.int64], earlier: NDArray[np.int64], deals: int
    ) -> tuple[str, str]:
        papers = self._dealt_from(order)
        self._dealt.show(papers)
        picture = self._dealt.canvas.html(deal_alt(papers, self._followed))
        times = f"Shuffled {plural(deals, 'time')}" if deals else "Not shuffled yet"
        said = (
            f"{times}: {plural(len(papers), 'test')} of at most {plural(self.size.value, 'row')}."
        )
        if self.masked:
            asked = sum(batch.questions for batch in self._batches(papers, deals))
            said += f" {plural(asked, 'hidden word')} in all"
            if deals:
                said += ": as many as before, though others, for they are hidden anew each time"
            return f"{said}.", picture
        now = question_counts(self._rows[order])
        said += f" {plural(now.total(), 'question')} in all"
        if deals:
            before, after = (self._holder(self._dealt_from(rows)) for rows in (earlier, order))
            moved = f"lies in test {after} " + ("again" if after == before else "now")
            same = "the same as before" if now == self._before else "NOT the same as before"
            said += (
                f", {same}. Only their company is new: row {self._followed + 1} was in test"
                f" {before}, and {moved}"
            )
        return f"{said}.", picture

    def _holder(self, papers: Sequence[Sequence[int]]) -> int:
        """The number of the test that holds the followed row."""
        return next(n for n, rows in enumerate(papers, 1) if self._followed in rows)

    def still(self) -> str:
        """The tests after a shuffle."""
        if self.deals:
            return super().still()
        order = np.random.default_rng(self._seed).permutation(len(self._rows))
        said, picture = self._seen(order, self.order, 1)
        self._dealt.show(self.papers)
        return status(said) + picture


class PaperView(View):
    """A test paper: ``number`` takes another one, ``key_button`` shows the answers.

    Under each question all V choices can be unfolded. ``save_button`` writes a PDF beside the
    notebook.
    """

    summary = "A test paper."

    def __init__(self, corpus: Corpus, masked: bool = False, row: int = 0) -> None:
        count = sheets_in(corpus, masked=masked)
        self.number = W.BoundedIntText(
            value=1, min=1, max=max(1, count), description="paper", layout=W.Layout(width="170px")
        )
        if count <= 1:  # there is nothing to choose
            self.number.layout.display = "none"
        self.key_button = W.ToggleButton(description="Answer key")
        self.save_button = W.Button(description="Save as PDF")
        self._sheets: dict[int, Sheet] = {}
        self.worker = Worker(lambda: None, self._failed)
        bar = W.HBox(
            [self.number, self.key_button, self.save_button],
            layout=W.Layout(flex_flow="row wrap"),
        )
        super().__init__(corpus, masked, [bar])
        self.number.observe(self._moved, "value")
        self.key_button.observe(self._moved, "value")
        self.save_button.on_click(lambda _: self.worker.start(self._saving()))
        self._moved()

    @property
    def sheet(self) -> Sheet:
        """The paper that is looked at."""
        number = int(self.number.value)
        if number not in self._sheets:
            self._sheets[number] = deal_sheet(self.corpus, number, masked=self.masked)
        return self._sheets[number]

    @answering
    def save(self) -> None:
        """Write the paper and its key into a PDF in the notebook's folder, and say where."""
        for _ in self._saving():
            pass

    def _failed(self, sentence: str) -> None:
        self.status.value = status("Not saved.")
        self.complain(sentence)

    def _saving(self) -> Iterator[object]:
        """`save` in pieces, so that the button doesn't hold up other controls."""
        sheet = self.sheet
        name = f"test-{sheet.number}{'-fill-in' if sheet.masked else ''}.pdf"
        self.complain("")
        self.status.value = status(f"Writing {name} …")
        for _ in saving_pages(name, sheet_pages(sheet), sheet.title):
            yield REST
        self.status.value = status(f"Saved as {name}, in this notebook's folder.")

    @answering
    def _moved(self, _: object = None) -> None:
        sheet, key = self.sheet, bool(self.key_button.value)
        shown = "Its key is shown." if key else "Its key is covered."
        self._say(f"{sheet.title}, {len(sheet.questions)} questions. {shown}",
                  sheet_html(sheet, key))  # fmt: skip

    def still(self) -> str:
        """The printed page."""
        sheet = self.sheet
        return page_html(next(pages(sheet)), page_alt(sheet))


PAGE = (
    "background:#FFFFFF;color:#1A1A1A;border:1px solid #5E5E5E;padding:16px 24px;max-width:760px;"
    "line-height:1.45"
)
BOX = "border:1px solid #1A1A1A;padding:2px 10px;margin:2px 6px 2px 0;display:inline-block"
RIGHT = "outline:3px solid #00704F;font-weight:bold;"


def sheet_html(sheet: Sheet, key: bool) -> str:
    """A test paper as a page on the screen; ``key`` marks the right boxes."""
    parts = [f'<div style="{PAGE}"><p><b>{text(sheet.title)}</b></p>']
    vocabulary = " · ".join(text(token) for token in sheet.vocabulary)
    for passage in sheet.passages:
        numbered = "" if sheet.masked else f"<b>{passage.questions[0].number}.</b> "
        said = text(passage.text).replace("\n", "↵<br>")
        parts.append(f'<p style="margin:14px 0 4px">{numbered}{said}</p>')
        for q in passage.questions:
            before = f"<b>({q.number})</b> " if sheet.masked else ""
            boxes = "".join(
                f'<span style="{BOX};{RIGHT if key and i == q.answer_box else ""}">'
                f"{'✓ ' if key and i == q.answer_box else ''}{text(word)}</span>"
                for i, word in enumerate(q.boxes)
            )
            answer = ""
            if key and q.answer_box == len(q.choices):
                answer = f" <b>the word was: {text(q.answer)}</b>"
            parts.append(f'<div style="margin:4px 0">{before}{boxes}{answer}</div>')
            parts.append(
                f"<details><summary>all {len(sheet.vocabulary):,} choices of question"
                f" {q.number}</summary>{vocabulary}</details>"
            )
    return "".join(parts) + "</div>"
