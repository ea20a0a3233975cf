"""What is graded for each exercise: a variant where the package's own source is the answer.

Each variant asks for something that the package doesn't contain. ``pasted`` is what somebody gives
who pastes the package's own function in; it must fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.learning.case_functions import (
    adder,
    counter,
    cube,
    shares_drawn,
    square,
    square_gradient,
    square_loss,
    successor,
    wave,
)
from course_utils.learning.exercises import CLOSE
from course_utils.learning.graded import made_of
from course_utils.learning.solutions import SOLUTIONS
from course_utils.material.batches import deal, next_token_batch
from course_utils.material.stories import entropy
from course_utils.student import choose, softmax
from course_utils.student.functions import Plain

Function = Callable[..., Any]
Cases = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Graded:
    """What is graded for ``exercise``: the function ``name``, on ``shown`` and ``hidden`` cases.

    Where ``name`` is the exercise's own, its cell is graded as it is, and the bank has the shown
    cases. Else ``task`` and ``blank`` are laid below it. Where many answers are right, ``facts``
    says what of them is compared, ``close`` how closely, and ``expected`` what is right.
    """

    exercise: str
    name: str
    hidden: Cases
    solution: Function
    shown: Cases = ()
    task: str = ""
    blank: str = ""
    pasted: Function | None = None
    facts: Callable[[Function, tuple[Any, ...]], Any] | None = None
    close: float = CLOSE
    expected: Function | None = None

    def answers(self, hidden: bool) -> list[tuple[tuple[Any, ...], Any]]:
        """The shown or the hidden cases, each with what is right."""
        asked = made_of(self.name, [(case, None) for case in self._cases(hidden)], self.facts)
        if self.expected is not None:
            return [(case, self.expected(*case)) for case in asked.cases]
        return [(case, asked.ask(self.solution, case)) for case in asked.cases]

    def _cases(self, hidden: bool) -> Cases:
        return self.hidden if hidden else self.shown


def count_with_context(rows, least):
    return int(np.count_nonzero(np.asarray(rows)[:, least:]))


def key_backwards(rows):
    return np.where(rows[:, 1:] == 0, -1, rows[:, :-1])


def softmax_columns(logits, temperature):
    scaled = logits / temperature
    exp = np.exp(scaled - scaled.max(axis=0))
    return exp / exp.sum(axis=0)


def distance_attention(query, keys, loss):
    distance = np.arange(len(keys))[::-1]
    scores = keys @ query / np.sqrt(len(query)) - loss * distance
    exp = np.exp(scores - scores.max())
    return exp / exp.sum()


def window_weights(queries, keys, window):
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    weights = np.zeros_like(scores)
    for t in range(len(scores)):
        first = max(0, t - window + 1)
        exp = np.exp(scores[t, first : t + 1] - scores[t, first : t + 1].max())
        weights[t, first : t + 1] = exp / exp.sum()
    return weights


def draw_near_the_best(logits, temperature, part, rng):
    exp = np.exp((logits - logits.max()) / temperature)
    exp = np.where(exp >= part, exp, 0.0)
    return int(rng.choice(len(exp), p=exp / exp.sum()))


def bits_per_character(losses, words):
    return sum(losses) / math.log(2) / sum(len(word) for word in words)


def fair_rank(logits, target):
    higher = sum(logit > logits[target] for logit in logits)
    equal = sum(logit == logits[target] for logit in logits) - 1
    return 1 + higher + equal / 2


def smoothed_cross_entropy(logits, targets, share):
    largest = logits.max(axis=1, keepdims=True)
    logs = logits - largest - np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))
    right = logs[np.arange(len(targets)), targets]
    return -((1 - share) * right + share * logs.mean(axis=1)).mean()


def moody_coin_floor(after_heads, after_tails):
    heads = after_tails / (1 - after_heads + after_tails)
    floor = 0.0
    for weight, p in ((heads, after_heads), (1 - heads, after_tails)):
        for q in (p, 1 - p):
            if q > 0:
                floor -= weight * q * math.log(q)
    return floor


def curvature(function, x, h):
    return (function(x + h) - 2 * function(x) + function(x - h)) / h**2


def weighted_gradient(probabilities, targets, weights):
    gradient = np.array(probabilities)
    gradient[np.arange(len(targets)), targets] -= 1
    return gradient * (weights / weights.sum())[:, None]


def short_step(weights, gradient, rate, most):
    return weights - np.clip(rate * gradient, -most, most)


def turned_linear_backward(dy, x, weight):
    return dy @ weight, dy.T @ x, dy.sum(axis=0)


def lion_step(w, g, m, rate, decay):
    direction = np.sign(0.9 * m + 0.1 * g)
    return w - rate * (direction + decay * w), 0.99 * m + 0.01 * g


def dealt_like_cards(count, batch_size):
    hands = -(-count // batch_size)
    return [list(range(hand, count, hands)) for hand in range(hands)]


def patient_loop(weights, batches, loss, gradient, rate, every):
    losses, lessons = [], []
    for batch in batches:
        losses.append(loss(weights, batch))
        lessons.append(gradient(weights, batch))
        if len(lessons) == every:
            weights = weights - rate * sum(lessons) / every
            lessons = []
    return weights, losses


def halving_loop(weights, batches, gradient, rate):
    for batch in batches:
        lesson = 0.0
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
        weights = weights - rate * lesson
        rate = rate / 2
    return weights


def count_bare(V, T, C, layers):
    tables = 2 * V * C + T * C
    return tables + layers * (12 * C * C + 2 * C) + C


def loss_by_story(losses, targets):
    means = [
        row[key >= 0].mean() for row, key in zip(losses, targets, strict=True) if max(key) >= 0
    ]
    return sum(means) / len(means)


def hold_out_middle(ids, share):
    count = round(share * len(ids))
    first = (len(ids) - count) // 2
    return np.concatenate([ids[:first], ids[first + count :]]), ids[first : first + count]


def write_no_echo(logits_after, ids, count, block_size):
    written = list(ids)
    for _ in range(count):
        logits = np.array(logits_after(written[-block_size:]))
        logits[written[-1]] = -np.inf
        written.append(int(np.argmax(logits)))
    return written[len(ids) :]


def _packages_linear_backward(dy, x, weight):
    dweight, dbias = np.zeros_like(weight), np.zeros(weight.shape[1])
    return Plain().linear_backward(dy, x, weight, dweight, dbias), dweight, dbias


def _packages_causal(queries, keys):
    D = queries.shape[1]
    q, k = (np.asarray(one, float).reshape(1, 1, -1, D) for one in (queries, keys))
    return Plain().attend(q, k, k, causal=True)[1][0, 0]


def _shares_near_the_best(logits, temperature, part, rng):
    exp = np.exp((logits - logits.max()) / temperature)
    kept = np.where(exp >= part, exp, 0.0)
    return {f"share of {i}": share for i, share in enumerate((kept / kept.sum()).tolist())}


ROWS = np.array([[1, 5, 6, 4, 2], [1, 6, 5, 2, 0]])
MORE_ROWS = np.array([[1, 4, 4, 9, 3, 2, 0], [1, 8, 2, 0, 0, 0, 0], [1, 7, 3, 5, 8, 6, 2]])
QUERY = np.array([1.0, -2.0, 0.5])
KEYS = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 0.0], [2.0, 1.0, -1.0], [0.5, 0.5, 0.5]])
QUERIES = np.array([[0.5, 1.0, 0.0], [1.0, 1.0, -1.0], [0.0, 2.0, 1.0], [-1.0, 0.0, 0.5]])
FEELINGS = np.array([2.0, 0.0, 1.0, -1.0, 1.5])
SURE = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0], [1000.0, 0.0, 990.0]])
SHARES = np.array([[0.7, 0.1, 0.2], [0.25, 0.5, 0.25], [0.2, 0.6, 0.2]])
GRADIENT = np.array([[0.3, -40.0, 0.0], [9.0, -0.2, 2.0]])
DY = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])
X2, X3 = np.array([[1.0, 4.0], [0.0, 1.0], [-2.0, 1.0]]), np.array([[1.0, 2.0, 0.0]] * 3)
W2, W3 = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 0.0, 2.0], [-1.0, 3.0, 1.0]])
LOSSES = np.array([[0.5, 2.0, 1.0], [4.0, 1.5, 0.2], [3.0, 3.0, 3.0]])
ASKED = np.array([[3, -1, 4], [-1, 5, -1], [-1, -1, -1]])
IDS = np.array([7, 3, 3, 9, 1, 4, 8, 8, 2, 5, 6, 0, 4])

GRADED: tuple[Graded, ...] = (
    Graded(
        exercise="make_questions",
        name="make_questions",
        hidden=((["<start>"],), (["<start>", "a", "b", "a", "b", "<end>"],)),
        solution=SOLUTIONS["make_questions"],
    ),
    Graded(
        exercise="mask_word",
        name="mask_word",
        hidden=((["we", "go", "home", "now"], 2), (["so", "so", "so"], 0), (["no", "end"], 1)),
        solution=SOLUTIONS["mask_word"],
    ),
    Graded(
        exercise="count_questions",
        name="count_with_context",
        task="`rows` is an array of ids, as in the exercise above. A question only counts if at"
        " least `least` tokens stand before it in its row (`<start>` is one of them). Count those"
        " questions.",
        blank="def count_with_context(rows, least):\n    return ...  # your code here\n",
        shown=((ROWS, 1), (ROWS, 3)),
        hidden=((MORE_ROWS, 2), (MORE_ROWS, 4), (MORE_ROWS, 6)),
        solution=count_with_context,
        pasted=lambda rows, least: next_token_batch(rows).questions,
    ),
    Graded(
        exercise="answer_key",
        name="key_backwards",
        task="This student reads a story from right to left, and is asked which id stands *before*"
        " each. Make the answer key: for each place of `rows` but the first, the id before it, and"
        " −1 where the place itself is padding (0). So (B, T + 1) ids give (B, T).",
        blank="import numpy as np\n\n\ndef key_backwards(rows):\n"
        "    return ...  # your code here\n",
        shown=((ROWS,),),
        hidden=((MORE_ROWS,), (np.array([[1, 2, 0, 0]]),)),
        solution=key_backwards,
        pasted=lambda rows: next_token_batch(rows).targets,
    ),
    Graded(
        exercise="softmax",
        name="softmax_columns",
        task="Here `logits` is (V, M): each *column* is a question. Divide the logits by"
        " `temperature`, and return softmax along each column, (V, M). Logits of 1,000 must work.",
        blank="import numpy as np\n\n\ndef softmax_columns(logits, temperature):\n"
        "    return ...  # your code here\n",
        shown=((np.array([[0.0, 1.0], [2.0, 1.0]]), 1.0), (np.array([[1.0], [3.0]]), 0.5)),
        hidden=((SURE, 2.0), (SURE.T, 1.0), (np.array([[0.0, 900.0, -3.0]]), 4.0)),
        solution=softmax_columns,
        pasted=lambda logits, temperature: softmax(logits / temperature),
    ),
    Graded(
        exercise="attention_weights",
        name="distance_attention",
        task="As in the exercise above, but what is far away counts less. The last of the `keys`"
        " (T, D) has the distance 0, the one before it 1, and so on. From each score, `loss` times"
        " the distance is taken away; then softmax makes weights (T,).",
        blank="import numpy as np\n\n\ndef distance_attention(query, keys, loss):\n"
        "    return ...  # your code here\n",
        shown=((np.array([2.0]), np.array([[1.0], [0.0]]), 0.5), (QUERY, KEYS[:2], 1.0)),
        hidden=((QUERY, KEYS, 0.3), (10 * QUERY, 50 * KEYS, 2.0), (QUERY, KEYS[::-1], 0.0)),
        solution=distance_attention,
        pasted=lambda query, keys, loss: softmax(keys @ query / np.sqrt(len(query))),
    ),
    Graded(
        exercise="causal_weights",
        name="window_weights",
        task="As in the exercise above, but each place reads at most `window` tokens: itself and"
        " the `window` − 1 before it. Return the weights (T, T); each row adds up to 1.",
        blank="import numpy as np\n\n\ndef window_weights(queries, keys, window):\n"
        "    return ...  # your code here\n",
        shown=((QUERIES[:3], KEYS[:3], 2), (QUERIES[:2], KEYS[:2], 1)),
        hidden=((QUERIES, KEYS, 2), (QUERIES, KEYS, 3), (KEYS, QUERIES, 9)),
        solution=window_weights,
        pasted=lambda queries, keys, window: _packages_causal(queries, keys),
    ),
    Graded(
        exercise="draw",
        name="draw_near_the_best",
        task="Draw one id from `logits` (V,) at `temperature`, but only among those whose share is"
        " at least `part` times the largest share (with `part` 0.5: at least half as likely as the"
        " likeliest). Those that are kept are drawn by their shares. 200 draws are looked at.",
        blank="import numpy as np\n\n\ndef draw_near_the_best(logits, temperature, part, rng):\n"
        "    return ...  # your code here\n",
        shown=((FEELINGS[:3], 1.0, 0.3, np.random.default_rng(1)),),
        hidden=(
            (FEELINGS, 1.0, 0.5, np.random.default_rng(2)),
            (FEELINGS, 3.0, 0.6, np.random.default_rng(3)),
            (FEELINGS, 0.5, 0.05, np.random.default_rng(4)),
        ),
        solution=draw_near_the_best,
        pasted=lambda logits, temperature, part, rng: choose(logits, rng, temperature, top_p=part),
        facts=shares_drawn,
        expected=_shares_near_the_best,
        close=0.1,
    ),
    Graded(
        exercise="perplexity",
        name="bits_per_character",
        task="Texts cut in different ways are compared by bits for each character. `losses` holds"
        " the loss of each word in nats, `words` the words themselves. Return all losses together"
        " in bits (1 bit is ln 2 nats), divided by the number of characters of all words.",
        blank="import math\n\n\ndef bits_per_character(losses, words):\n"
        "    return ...  # your code here\n",
        shown=(([math.log(4)], ["no"]), ([0.5, 1.5], ["Mia", "ran"])),
        hidden=(([0.1, 2.5, 0.7], ["a", "kite", "."]), ([0.0, 0.0], ["so", "so"])),
        solution=bits_per_character,
        pasted=lambda losses, words: math.exp(np.mean(losses)),
    ),
    Graded(
        exercise="rank",
        name="fair_rank",
        task="A fairer rank: an equal logit counts as half before the answer. So among three equal"
        " logits, each has rank 2. Return the rank of `target`.",
        blank="def fair_rank(logits, target):\n    return ...  # your code here\n",
        shown=((np.array([2.0, 1.0]), 1), (np.array([0.0, 0.0, 0.0]), 1)),
        hidden=(
            (np.array([0.5, -1.0, 3.0, 2.0, 3.0]), 2),
            (np.array([1.0, 1.0, 2.0, 1.0]), 0),
            (np.array([5.0, 4.0]), 0),
        ),
        solution=fair_rank,
        pasted=lambda logits, target: int((logits >= logits[target]).sum()),
    ),
    Graded(
        exercise="cross_entropy",
        name="smoothed_cross_entropy",
        task="Another objective: of each question's one-hot target, `share` is taken away and"
        " spread evenly over all V choices (the right one gets its part of it, too). Return the"
        " mean over the M questions of −Σ target · ln p, in nats. Logits of 1,000 must work.",
        blank="import numpy as np\n\n\ndef smoothed_cross_entropy(logits, targets, share):\n"
        "    return ...  # your code here\n",
        shown=((SURE[:1], np.array([0]), 0.1), (SURE[:2], np.array([0, 1]), 0.0)),
        hidden=(
            (SURE, np.array([0, 1, 2]), 0.2),
            (SURE[:2], np.array([2, 2]), 1.0),
            (SURE[:2], np.array([2, 0]), 0.5),
        ),
        solution=smoothed_cross_entropy,
        pasted=lambda logits, targets, share: Plain().cross_entropy(logits, targets)[0],
    ),
    Graded(
        exercise="coin_floor",
        name="moody_coin_floor",
        task="This coin remembers its last toss: after heads it shows heads with probability"
        " `after_heads`, after tails with `after_tails`. In the long run the share of heads is"
        " `after_tails / (1 - after_heads + after_tails)`. Return the best possible mean loss in"
        " the long run, in nats. What never comes costs nothing.",
        blank="import math\n\n\ndef moody_coin_floor(after_heads, after_tails):\n"
        "    return ...  # your code here\n",
        shown=((0.5, 0.5), (0.9, 0.3)),
        hidden=((0.2, 0.7), (0.0, 1.0), (0.99, 0.5), (0.0, 0.25)),
        solution=moody_coin_floor,
        pasted=lambda after_heads, after_tails: float(
            entropy(np.array([after_heads, 1 - after_heads]))
        ),
    ),
    Graded(
        exercise="slope",
        name="curvature",
        task="How fast does the slope itself change at x? Nudge both ways: the slope on the right,"
        " from x to x + h, minus the slope on the left, from x − h to x, divided by h.",
        blank="def curvature(function, x, h):\n    return ...  # your code here\n",
        shown=((square, 3.0, 0.5), (cube, 1.0, 0.5)),
        hidden=((wave, 0.5, 0.25), (cube, -2.0, 0.1), (wave, 2.0, 1.0)),
        solution=curvature,
        pasted=lambda function, x, h: (function(x + h) - function(x - h)) / (2 * h),
    ),
    Graded(
        exercise="logits_gradient",
        name="weighted_gradient",
        task="Now the questions don't count alike: `weights` (M,) says how much each counts, and"
        " the loss is Σ weight · loss, divided by Σ weight. Return its gradient by the logits"
        " (M, V), from the `probabilities` (M, V) and the `targets` (M,).",
        blank="import numpy as np\n\n\ndef weighted_gradient(probabilities, targets, weights):\n"
        "    return ...  # your code here\n",
        shown=(
            (SHARES[:1], np.array([0]), np.array([2.0])),
            (SHARES[:2], np.array([0, 2]), np.array([1.0, 3.0])),
        ),
        hidden=(
            (SHARES, np.array([2, 1, 0]), np.array([0.5, 2.0, 1.0])),
            (SHARES, np.array([0, 0, 0]), np.array([0.0, 1.0, 0.0])),
        ),
        solution=weighted_gradient,
        pasted=lambda probabilities, targets, weights: SOLUTIONS["logits_gradient"](
            probabilities, targets
        ),
    ),
    Graded(
        exercise="sgd_step",
        name="short_step",
        task="One step of plain SGD, but no single weight may move by more than `most`: a longer"
        " step of a weight is cut to `most`, with its sign. The others stay as they are.",
        blank="import numpy as np\n\n\ndef short_step(weights, gradient, rate, most):\n"
        "    return ...  # your code here\n",
        shown=((np.array([1.0]), np.array([2.0]), 0.5, 0.25),),
        hidden=(
            (np.zeros((2, 3)), GRADIENT, 0.1, 0.5),
            (np.ones((2, 3)), GRADIENT, 0.01, 9.0),
            (np.array([1.0, -2.0]), np.array([-5.0, 5.0]), 1.0, 0.1),
        ),
        solution=short_step,
        pasted=lambda weights, gradient, rate, most: weights - rate * gradient,
    ),
    Graded(
        exercise="linear_backward",
        name="turned_linear_backward",
        task="Another layout: here `weight` is (out, in), as PyTorch keeps it, so the layer"
        " computed y = x Wᵀ + b. From `dy` (N, out), `x` (N, in) and `weight` return `dx`,"
        " `dweight` and `dbias`, each of the shape of what it belongs to.",
        blank="def turned_linear_backward(dy, x, weight):\n    return ...  # your code here\n",
        shown=((np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])), (DY, X2, W2)),
        hidden=((DY, X3, W3), (DY[:1], X3[:1], 2 * W3)),
        solution=turned_linear_backward,
        pasted=_packages_linear_backward,
    ),
    Graded(
        exercise="adamw_step",
        name="lion_step",
        task="One step of another optimizer, Lion (Chen et al., 2023). The direction is the sign of"
        " 0.9 m + 0.1 g. Then w ← w − rate · (direction + decay · w), with the old w on the right,"
        " and m ← 0.99 m + 0.01 g. Return the new w and m.",
        blank="import numpy as np\n\n\ndef lion_step(w, g, m, rate, decay):\n"
        "    return ...  # your code here\n",
        shown=((np.array([1.0]), np.array([0.5]), np.zeros(1), 0.1, 0.0),),
        hidden=(
            (np.array([1.0, -2.0]), np.array([0.1, -4.0]), np.array([-1.0, 0.2]), 0.01, 0.1),
            (np.array([0.5, 2.0]), np.array([1.0, 0.0]), np.array([0.3, 0.0]), 0.1, 0.2),
        ),
        solution=lion_step,
        pasted=lambda w, g, m, rate, decay: SOLUTIONS["adamw_step"](
            w, g, m, np.zeros_like(m), 1, rate, decay
        )[:2],
    ),
    Graded(
        exercise="shuffled_epoch",
        name="dealt_like_cards",
        task="Deal the rows 0 to `count` − 1 like cards, without shuffling: there are as few hands"
        " as batches of at most `batch_size` need; row 0 goes to the first hand, row 1 to the"
        " second, and after the last hand it begins with the first again. Return the hands as"
        " lists.",
        blank="def dealt_like_cards(count, batch_size):\n    return ...  # your code here\n",
        shown=((4, 2), (7, 3)),
        hidden=((20, 6), (5, 5), (9, 4), (3, 1)),
        solution=dealt_like_cards,
        pasted=lambda count, batch_size: [list(batch) for batch in deal(count, batch_size, None)],
    ),
    Graded(
        exercise="training_loop",
        name="patient_loop",
        task="This loop collects lessons: the loss of each batch is kept before anything else, as"
        " above, but a step of plain SGD is only taken after every `every` batches, along the mean"
        " of the gradients since the last step. Lessons left over at the end are dropped. Return"
        " the last weights and all losses.",
        blank="def patient_loop(weights, batches, loss, gradient, rate, every):\n"
        "    return ...  # your code here\n",
        shown=(
            (np.array([0.0]), [1.0], square_loss, square_gradient, 0.1, 1),
            (np.array([0.0]), [1.0, 3.0], square_loss, square_gradient, 0.25, 2),
        ),
        hidden=(
            (np.array([0.0]), [1.0, 3.0, 5.0, 2.0, 8.0], square_loss, square_gradient, 0.1, 2),
            (np.array([2.0, 1.0]), [1.0, 3.0, 6.0], square_loss, square_gradient, 0.1, 3),
        ),
        solution=patient_loop,
        pasted=lambda weights, batches, loss, gradient, rate, every: SOLUTIONS["training_loop"](
            weights, batches, loss, gradient, rate
        ),
    ),
    Graded(
        exercise="mended_loop",
        name="halving_loop",
        task="This loop should average the lessons of a batch's questions, take one step a batch,"
        " and halve the learning rate after each batch. Two faults are in it. Find and mend them.",
        blank="def halving_loop(weights, batches, gradient, rate):\n"
        "    for batch in batches:\n        for question in batch:\n            lesson = 0.0\n"
        "            lesson = lesson + gradient(weights, question) / len(batch)\n"
        "            rate = rate / 2\n        weights = weights - rate * lesson\n"
        "    return weights\n",
        shown=((np.array([0.0]), [[1.0], [2.0]], square_gradient, 0.1),),
        hidden=(
            (np.array([0.0]), [[1.0, 2.0], [3.0, 3.0, 6.0]], square_gradient, 0.25),
            (np.array([1.0]), [[4.0, 0.0], [2.0], [1.0, 5.0]], square_gradient, 0.1),
        ),
        solution=halving_loop,
        pasted=SOLUTIONS["mended_loop"],
    ),
    Graded(
        exercise="best_rate",
        name="best_rate",
        hidden=(
            ([0.3, 0.6, 0.9], [math.inf, math.nan, 5.0]),
            ([0.001, 0.01, 0.1, 1.0], [2.0, 1.5, 1.5, math.nan]),
            ([0.5, 1.0], [math.nan, 7.0]),
        ),
        solution=SOLUTIONS["best_rate"],
    ),
    Graded(
        exercise="hold_out",
        name="hold_out_middle",
        task="Now the *middle* of the text is held out. `round(share * len(ids))` tokens are held"
        " out; before them stand half of the others (rounded down), after them the rest. Return"
        " practice (both parts in one array) and the held-out part.",
        blank="import numpy as np\n\n\ndef hold_out_middle(ids, share):\n"
        "    return ...  # your code here\n",
        shown=((np.arange(10), 0.2),),
        hidden=((IDS, 0.3), (IDS, 0.5), (np.arange(4), 0.25)),
        solution=hold_out_middle,
        pasted=SOLUTIONS["hold_out"],
    ),
    Graded(
        exercise="count_parameters",
        name="count_bare",
        task="A barer model: no biases at all, neither in the linear layers nor in the LayerNorms"
        " (which keep their gain), and the logits are written by a second table V·C of their own."
        " Else it is the GPT of the exercise above. How many weights has it?",
        blank="def count_bare(V, T, C, layers):\n    return ...  # your code here\n",
        shown=((1, 1, 1, 1), (3, 2, 1, 1)),
        hidden=((50, 8, 4, 2), (50257, 1024, 768, 12), (7, 3, 2, 0)),
        solution=count_bare,
        pasted=SOLUTIONS["count_parameters"],
    ),
    Graded(
        exercise="masked_loss",
        name="loss_by_story",
        task="Here every *story* is to count alike: take the mean loss of the questions asked in"
        " each row, then the mean of these over the rows. A row in which nothing is asked is left"
        " out. At least one row asks something.",
        blank="import numpy as np\n\n\ndef loss_by_story(losses, targets):\n"
        "    return ...  # your code here\n",
        shown=((LOSSES[:2], ASKED[:2]),),
        hidden=((LOSSES, ASKED), (LOSSES, -ASKED), (LOSSES[:1], np.array([[0, 0, -1]]))),
        solution=loss_by_story,
        pasted=SOLUTIONS["masked_loss"],
    ),
    Graded(
        exercise="write",
        name="write_no_echo",
        task="Write as in the exercise above, but never the same token twice in a row: take the one"
        " with the largest logit among all but the last token of the text. Return only what was"
        " written, as a list. `ids` isn't empty.",
        blank="import numpy as np\n\n\ndef write_no_echo(logits_after, ids, count, block_size):\n"
        "    return ...  # your code here\n",
        shown=((successor, [0], 2, 4), (counter, [0, 0], 3, 3)),
        hidden=((adder, [0], 5, 10), (adder, [6, 0], 4, 2), (counter, [1, 1, 3], 4, 3)),
        solution=write_no_echo,
        pasted=SOLUTIONS["write"],
    ),
)
BY_EXERCISE = {one.exercise: one for one in GRADED}
