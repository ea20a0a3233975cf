"""Every term of the course once: everyday word, one sentence, symbol and shape, where explained.

The vocabulary table takes its terms and everyday words from here.
"""

from __future__ import annotations

import difflib
import html
import re
from dataclasses import dataclass
from urllib.parse import quote

from course_utils.figures.labels import CYCLE, REFERENCE

NOTEBOOKS = (
    "00_start_here",
    "01_batch_as_test",
    "02_forward_pass_as_attempt",
    "03_loss_as_grading",
    "04_backprop_as_feedback",
    "05_epoch_as_next_round",
    "06_graduation",
)
HEAD = ("Term", "Everyday word", "What it is", "Symbol and shape", "Explained in")
NEAR = 0.6  # how alike two words must be to be taken for a slip of the pen


@dataclass(frozen=True)
class Term:
    """A term of the field. ``where`` is the chapter and the heading under which it is explained.

    ``also`` holds other words for it, ``label`` what a picture writes beside it.
    """

    name: str
    everyday: str
    sentence: str
    where: tuple[int, str]
    symbol: str = ""
    shape: str = ""
    also: tuple[str, ...] = ()
    label: str = ""

    @property
    def link(self) -> str:
        """Where it is explained, as seen from another chapter."""
        return f"{NOTEBOOKS[self.where[0]]}.ipynb#{quote(anchor(self.where[1]))}"

    @property
    def place(self) -> str:
        """The heading, without the minutes that it names."""
        return re.sub(r" \(.*minutes?\)$", "", self.where[1])

    @property
    def signs(self) -> str:
        """Symbol and shape, as far as there are any."""
        return ", ".join(sign for sign in (self.symbol, self.shape) if sign)


def anchor(heading: str) -> str:
    """The anchor that JupyterLab gives a heading."""
    return heading.replace(" ", "-")


START, BATCH, FORWARD, LOSS, BACK, EPOCH, GRADUATION = range(7)
TERMS = (
    # The whole cycle
    Term(
        "model", "the student",
        "A function with many weights that puts a probability on every possible next token.",
        (START, "Predict"), also=("GPT", "language model"),
    ),
    Term(
        "weights", "what the student knows: its synapses",
        "The numbers inside a model; training changes them and nothing else.",
        (START, "Predict"), also=("parameters",), symbol="W, b, E, P",
    ),
    Term(
        "iteration", "one test taken, graded and learned from",
        "One turn of the cycle: a batch, its forward pass, loss, backpropagation, one optimizer"
        " step.",
        (START, "What happened, in the field's words"), also=("step", "training step"),
        label=CYCLE["iteration"],
    ),
    Term(
        "blind guess", "someone who knows nothing",
        "The same probability on every token; each question then costs ln V.",
        (START, "Predict"), symbol="ln V", also=("uniform guess",), label=REFERENCE["uniform"],
    ),
    Term(
        "counting model", "someone who only counts",
        "It predicts by how often each token followed the last few tokens in the training text.",
        (START, "It learns"), also=("best counting", "n-gram model", "trigram"),
        label=REFERENCE["counting"],
    ),
    # The batch
    Term(
        "token", "a word on the paper",
        "The piece into which text is cut: here a word or a mark, elsewhere a character or a part"
        " of a word.",
        (BATCH, "From text to numbers"),
    ),
    Term(
        "id", "a token's number",
        "The place of a token in the vocabulary, counted from 0; a model is given ids, not words.",
        (BATCH, "From text to numbers"), shape="(B, T)", also=("token id",),
    ),
    Term(
        "vocabulary", "all words there are",
        "The list of all tokens; every question has all of them as choices.",
        (BATCH, "From text to numbers"), symbol="V",
    ),
    Term(
        "context", "what may be read before answering",
        "The tokens that a model uses for an answer: at most the block size.",
        (BATCH, "One text, many questions"),
    ),
    Term(
        "block size", "how far back can be read",
        "The largest number of tokens that a model reads at once.",
        (BATCH, "May one turn back any number of pages?"), also=("context length",),
    ),
    Term(
        "batch", "a test of multiple-choice questions",
        "Some rows of text that are answered together, before one optimizer step.",
        (BATCH, "The analogy (3 minutes)"), shape="(B, T)", label=CYCLE["batch"],
    ),
    Term(
        "batch size", "how long a test is",
        "How many rows a batch has.",
        (BACK, "The analogy (3 minutes)"), symbol="B",
    ),
    Term(
        "padding", "empty places at the end of a row",
        "It fills shorter rows up to T places; nothing is asked there.",
        (BATCH, "B rows of T tokens"),
    ),
    Term(
        "target", "the answer key",
        "The id that is right at a place: the token that really comes next, or −1 where nothing is"
        " asked.",
        (BATCH, "The answer key"), shape="(B, T)", also=("answer key",),
    ),
    Term(
        "next-token prediction", "“what comes next?”",
        "Each token is predicted from those before it.",
        (BATCH, "The analogy (3 minutes)"),
    ),
    Term(
        "masked prediction", "“fill in the blank”",
        "Some tokens are hidden, and each is predicted from what stands on both sides.",
        (BATCH, "Fill in the blank"), also=("fill-in",),
    ),
    # The forward pass
    Term(
        "forward pass", "the student's attempt",
        "The way from ids to logits, through all layers, with the weights as they are.",
        (FORWARD, "The analogy (3 minutes)"), label=CYCLE["forward pass"],
    ),
    Term(
        "embedding", "looking a word up",
        "A table with a row of numbers for each token, and one for each place; both are added.",
        (FORWARD, "The way through the student"), symbol="E, P", shape="(V, C), (T, C)",
    ),
    Term(
        "channel", "one of the numbers that stand for a word",
        "Each place carries C numbers through the model; each of them is a channel.",
        (FORWARD, "By hand"), symbol="C",
    ),
    Term(
        "stream", "the sheet that is passed on",
        "The numbers of a place as they go from layer to layer; each part adds to them.",
        (FORWARD, "The way through the student"), shape="(B · T, C)", also=("residual stream",),
    ),
    Term(
        "attention", "reading",
        "Each place takes a mix of what other places hold, in shares that add up to 1.",
        (FORWARD, "What was read"), shape="(B, H, T, T)",
    ),
    Term(
        "head", "one of several readers",
        "A part of attention with shares of its own.",
        (FORWARD, "What was read"), symbol="H",
    ),
    Term(
        "MLP", "thinking about it alone",
        "A multi-layer perceptron: it works on each place's own numbers and looks at no other.",
        (FORWARD, "The way through the student"), also=("multi-layer perceptron",),
    ),
    Term(
        "layer", "one round of reading and thinking",
        "Attention and an MLP together; a model has several, one after the other.",
        (FORWARD, "The way through the student"), also=("Transformer block",),
    ),
    Term(
        "logits", "gut feeling for each choice",
        "One number for each token of the vocabulary; only their differences count.",
        (FORWARD, "Logits"), symbol="l", shape="(B, T, V)", also=("logit",),
    ),
    Term(
        "softmax", "turning feelings into confidence",
        "e to the power of each logit, divided by the sum of all of these: probabilities.",
        (FORWARD, "Logits"), symbol="p", shape="(B, T, V)",
    ),
    Term(
        "generation", "writing: answer, write it down, ask the next",
        "A token is drawn from the probabilities and appended, again and again.",
        (FORWARD, "Writing"), also=("sampling",),
    ),
    Term(
        "temperature", "how boldly",
        "What all logits are divided by before a token is drawn: below 1 the likely ones get more.",
        (FORWARD, "Writing"),
    ),
    Term(
        "top-k", "only the k best may be drawn",
        "Only the k likeliest tokens stay in the draw.",
        (FORWARD, "Writing"), symbol="k",
    ),
    Term(
        "top-p", "only the best that fill a share may be drawn",
        "Only the fewest tokens that hold the share p together stay in the draw.",
        (FORWARD, "Writing"), also=("nucleus sampling",),
    ),
    Term(
        "causal", "never looking ahead",
        "A causal model's place reads itself and what came before, nothing later.",
        (FORWARD, "The equations"), also=("causal mask",),
    ),
    # The loss
    Term(
        "loss", "the teacher's grading; lower is better",
        "One number for how badly a batch was predicted: the mean of −ln p on the right tokens.",
        (START, "How a paper is graded"), symbol="−ln p", label=CYCLE["loss"],
    ),
    Term(
        "cross-entropy", "the grade's full name",
        "The loss of this course: the mean of −ln p, p being the probability on the right token.",
        (LOSS, "One story, graded word by word"),
    ),
    Term(
        "logarithm", "counting halvings",
        "It turns products into sums: each halving of p adds the same to −ln p.",
        (LOSS, "A logarithm counts halvings"), symbol="ln",
    ),
    Term(
        "nat", "the unit of a loss",
        "The unit of the natural logarithm; a halving is 0.69 nats, or one bit.",
        (LOSS, "A logarithm counts halvings"), also=("bits",),
    ),
    Term(
        "perplexity", "like a blind guess among so many",
        "e to the power of the loss: among how many tokens a blind guess would cost as much.",
        (LOSS, "And back: a blind guess among k"), symbol="e^loss",
    ),
    Term(
        "rank", "place on the list",
        "How many tokens were given at least as much as the right one; 1 is the first choice.",
        (LOSS, "One story, graded word by word"),
    ),
    Term(
        "entropy floor", "the best possible student",
        "The mean loss of the true probabilities; in the long run nobody gets below it.",
        (LOSS, "The scale"), also=("floor", "best possible"), label=REFERENCE["floor"],
    ),
    Term(
        "entropy", "the unavoidable part",
        "What the true probabilities lose in the mean on one question, because it is open.",
        (LOSS, "What a loss is made of"), also=("unavoidable",),
    ),
    Term(
        "Kullback-Leibler divergence", "left to learn",
        "How much more a model loses in the mean than the true probabilities do; never below 0.",
        (LOSS, "What a loss is made of"), also=("KL divergence", "left to learn"),
    ),
    Term(
        "luck", "an expected or a surprising word",
        "The rest of a loss: what really came, against the mean over what could have come.",
        (LOSS, "What a loss is made of"),
    ),
    # Backpropagation and the optimizer
    Term(
        "slope", "rise over run",
        "How far the loss moves for each unit that one number is moved, for a small move.",
        (BACK, "Nudge one weight"), symbol="dL/dw",
    ),
    Term(
        "gradient", "the lesson plan",
        "All slopes of the loss, one for each weight.",
        (BACK, "Nudge one weight"), symbol="∇L", shape="that of the weights",
    ),
    Term(
        "one-hot", "all on one",
        "A row of zeros with a single 1, on the right token.",
        (BACK, "The slope at a logit needs no nudging"), shape="(V,)",
    ),
    Term(
        "backpropagation", "the teacher's feedback: a lesson plan for each weight",
        "It finds all slopes in one walk from the loss back through the model.",
        (BACK, "Backpropagation"), also=("backward pass",), label=CYCLE["backpropagation"],
    ),
    Term(
        "chain rule", "gears that turn each other",
        "Slopes along a path multiply, and those of several paths add up.",
        (BACK, "Backpropagation"),
    ),
    Term(
        "optimizer", "who studies the plan",
        "The rule that turns a gradient into new weights.",
        (BACK, "One question's lesson"),
    ),
    Term(
        "optimizer step", "studying the feedback",
        "The moment in which the weights move, and the only one.",
        (BACK, "The analogy (3 minutes)"), label=CYCLE["optimizer step"],
    ),
    Term(
        "learning rate", "how strongly feedback is taken",
        "What the optimizer multiplies its steps by.",
        (BACK, "One question's lesson"), symbol="η",
    ),
    Term(
        "SGD", "straight downhill",
        "Stochastic gradient descent: each weight moves by the learning rate times its slope.",
        (BACK, "One question's lesson"), also=("stochastic gradient descent",),
    ),
    Term(
        "AdamW", "a step size for each weight",
        "An optimizer that divides the running mean of each weight's slopes by the root of that of"
        " their squares.",
        (BACK, "From gradient to step"), also=("Adam",),
    ),
    # Round after round
    Term(
        "epoch", "a round: every question once, dealt into newly shuffled tests",
        "Once through all rows of the training text.",
        (START, "It learns"),
    ),
    Term(
        "training loss", "practice tests",
        "The loss on the batches that are learned from, measured before each step.",
        (EPOCH, "The analogy (3 minutes)"), also=("practice loss",),
    ),
    Term(
        "held-out loss", "the unseen exam",
        "The loss on text that is never learned from.",
        (EPOCH, "The analogy (3 minutes)"), also=("validation loss", "held-out"),
    ),
    Term(
        "memorising", "knowing by heart",
        "Learning what holds for the training text only; a training loss clearly below the floor of"
        " that text shows it.",
        (EPOCH, "The two curves"), also=("overfitting", "memorised"),
    ),
    Term(
        "perfect memory", "who knows each story by heart",
        "The loss of someone who knows N stories and must only find out which one it is.",
        (EPOCH, "The two curves"), symbol="(ln N) / (tokens a story)",
        label=REFERENCE["memory"],
    ),
    Term(
        "checkpoint", "a copy to go back to",
        "A copy of all weights at one moment of training.",
        (EPOCH, "Back in time"),
    ),
    Term(
        "early stopping", "stopping while the exam is best",
        "Keeping the checkpoint with the lowest held-out loss.",
        (EPOCH, "Back in time"),
    ),
    Term(
        "fine-tuning", "a later course on other text",
        "A later training of a trained model on other text.",
        (GRADUATION, "A later course"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Glossary:
    """Some terms, as a table that a notebook shows; ``note`` is said before it."""

    terms: tuple[Term, ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.note] if self.note else []
        for term in self.terms:
            signs = f" [{term.signs}]" if term.signs else ""
            lines.append(
                f"{term.name} ({term.everyday}): {term.sentence}{signs}"
                f" Chapter {term.where[0]}, “{term.place}”."
            )
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        page = f'<p role="status">{html.escape(self.note)}</p>' if self.note else ""
        if self.terms:
            page += _table(self.terms)
        return {"text/plain": str(self), "text/html": page}


def _table(terms: tuple[Term, ...]) -> str:
    left = 'style="text-align:left"'
    head = "".join(f'<th scope="col" {left}>{name}</th>' for name in HEAD)
    rows = ""
    for term in terms:
        name = html.escape(term.name)
        if term.also:
            also = html.escape(", ".join(term.also))
            name += f'<br><span style="font-weight:normal">{also}</span>'
        where = (
            f'<a href="{html.escape(term.link)}">chapter {term.where[0]},'
            f" {html.escape(term.place)}</a>"
        )
        signs = "<br>".join(
            f'<span style="white-space:nowrap">{html.escape(sign)}</span>'
            for sign in (term.symbol, term.shape)
            if sign
        )
        cells = (html.escape(term.everyday), html.escape(term.sentence), signs)
        body = "".join(f"<td {left}>{cell}</td>" for cell in (*cells, where))
        rows += f'<tr><th scope="row" {left}>{name}</th>{body}</tr>'
    return f"<table><tr>{head}</tr>{rows}</table>"


def glossary(term: str = "") -> Glossary:
    """All terms by the alphabet, or one of them. For a near miss the right one is suggested."""
    if not str(term).strip():
        return Glossary(tuple(sorted(TERMS, key=lambda t: t.name.lower())))
    known: dict[str, Term] = {}
    for entry in TERMS:
        for name in (entry.name, *entry.also):
            known.setdefault(_plain(name), entry)
    asked = _plain(str(term))
    if asked in known:
        return Glossary((known[asked],))
    near = difflib.get_close_matches(asked, known, n=3, cutoff=NEAR)
    if not near:
        near = [name for name in known if asked in name or name in asked][:3]
    found = tuple(dict.fromkeys(known[name] for name in near))
    if not found:
        return Glossary((), f"“{term}” isn't in the glossary; glossary() shows every term.")
    names = " or ".join(f"“{entry.name}”" for entry in found)
    return Glossary(found, f"“{term}” isn't in the glossary. Did you mean {names}?")


def _plain(name: str) -> str:
    """A term without what people write differently: capitals, hyphens, a plural's s."""
    words = re.sub(r"[\s\-_]+", " ", name.lower()).strip()
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def named(name: str) -> Term:
    """The term of this very name. Raises `ValueError` if there is none."""
    for term in TERMS:
        if term.name == name:
            return term
    raise ValueError(f"The glossary has no term {name!r}; add it there first.")
