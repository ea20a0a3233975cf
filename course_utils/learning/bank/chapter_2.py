"""Chapter 2: from logits to shares, what is read, and a word drawn."""

from __future__ import annotations

import numpy as np

from course_utils.learning.case_functions import drawn
from course_utils.learning.exercises import Exercise, Misconception
from course_utils.student import choose
from course_utils.student import softmax as packages_softmax
from course_utils.student.functions import Plain

CONFIDENT = np.array([2.0, 0.0, 1.0, -1.0])

EXERCISES = (
    Exercise(
        name="softmax",
        title="softmax that doesn't overflow",
        chapter=2,
        kind="example",
        task="Softmax makes shares of logits: e to the power of each, divided by the sum along the"
        " last axis. The example does that, but for a logit of 1,000 e to the power of it is too"
        " large for the computer (inf), and the shares come out as nan. Adding a constant to all"
        " logits changes no share. Use that: alter the example so that large logits work, too.",
        difficulty=1,
        minutes=5,
        core=True,
        shown=packages_softmax,
        cases=(
            (np.array([0.0, 0.0]),),
            (np.array([1.0, 2.0, 3.0]),),
            (np.array([1000.0, 999.0]),),
            (np.array([-2000.0, 0.0, 1.0]),),
            (np.array([[0.0, 1.0], [3.0, 3.0], [-1.0, 900.0]]),),
        ),
        misconceptions=(
            Misconception(
                "overflow",
                "e to the power of a large logit is still computed, and it is too large for the"
                " computer. Take the largest logit off all of them before np.exp.",
            ),
            Misconception(
                "the logits are divided, not exponentiated",
                "You divide the logits themselves by their sum. Logits can be negative, or 0, so"
                " they are no shares; e to the power of them is always above 0.",
            ),
            Misconception(
                "divided by the largest",
                "You divide the logits by the largest one. That changes how far they are apart,"
                " and with it the shares. Take the largest one off instead: differences stay.",
            ),
            Misconception(
                "cut off",
                "You cut large logits off. Then 1,000 and 900 count as the same, though one is far"
                " ahead. Take the largest one off all of them instead.",
            ),
            Misconception(
                "one sum for the whole table",
                "All rows share one sum, so only the whole table adds up to 1. Each row is a"
                " question of its own: use axis=-1 and keepdims=True.",
            ),
            Misconception(
                "not divided",
                "The numbers don't add up to 1. Divide each by the sum of its row.",
            ),
        ),
        hints=(
            "What is e to the power of 0? Which constant would make the largest logit 0?",
            "Take a number off all logits of a row before np.exp: which one?",
            "np.max(logits, axis=-1, keepdims=True) is the largest of each row; subtract it inside"
            " np.exp( ).",
        ),
        blank="""\
import numpy as np


def softmax(logits):
    exp = np.exp(logits)  # too large for large logits: alter this line
    return exp / exp.sum(axis=-1, keepdims=True)
""",
    ),
    Exercise(
        name="attention_weights",
        title="attention weights for three tokens",
        chapter=2,
        kind="partly",
        task="A place asks with a `query` (D,), and each of the tokens offers a key: `keys` (T, D)."
        " A token's score is its key times the query, summed over the D channels and divided by"
        " √D. Softmax makes weights (T,) of the scores. Fill in the two gaps.",
        difficulty=2,
        minutes=6,
        core=False,
        shown=Plain.attend,
        cases=(
            (np.array([2.0]), np.array([[1.0], [0.0]])),
            (np.array([1.0, 0.0]), np.array([[2.0, 5.0], [0.0, 1.0], [-1.0, 3.0]])),
            (
                np.array([1.0, -2.0, 0.5, 1.0]),
                np.array([[1.0, 0.0, 2.0, 0.0], [0.0, -1.0, 0.0, 1.0], [3.0, 1.0, -1.0, 0.0]]),
            ),
        ),
        misconceptions=(
            Misconception(
                "not divided by the root of D",
                "The scores aren't divided by the root of D. With many channels they would grow"
                " large, and one token would get nearly everything.",
            ),
            Misconception(
                "divided by D",
                "You divide by D; it is the root of D: np.sqrt(len(query)).",
            ),
            Misconception(
                "no softmax",
                "You divide the scores by their sum. Scores can be negative, and weights can't;"
                " take e to the power of them first.",
            ),
            Misconception(
                "the scores themselves",
                "These are the scores. Softmax is still missing: the weights must add up to 1.",
            ),
            Misconception(
                "divided by the number of tokens",
                "You take the root of the number of tokens. D is the number of channels:"
                " len(query).",
            ),
        ),
        hints=(
            "There is one score for each token, so three tokens give three scores.",
            "keys @ query multiplies each key with the query and adds up the channels.",
            "scores = keys @ query / np.sqrt(len(query)), and the last gap is the sum that makes"
            " the weights add up to 1.",
        ),
        blank="""\
import numpy as np


def attention_weights(query, keys):
    scores = ...  # one for each key
    exp = np.exp(scores - np.max(scores))
    return exp / ...
""",
    ),
    Exercise(
        name="causal_weights",
        title="no looking ahead",
        chapter=2,
        kind="free",
        task="Now all T places ask at once: `queries` and `keys` are both (T, D). Return the"
        " weights (T, T): row t says how much place t reads of each token. A place may read itself"
        " and what came before, and each row adds up to 1. Scores are as in the exercise before.",
        difficulty=3,
        minutes=10,
        core=False,
        shown=Plain.attend,
        cases=(
            (np.array([[1.0], [2.0]]), np.array([[0.5], [1.0]])),
            (
                np.array([[1.0, 0.0], [0.0, 2.0], [1.0, -1.0]]),
                np.array([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]),
            ),
            (
                np.array([[0.5, 1.0, 0.0, 2.0], [1.0, 1.0, -1.0, 0.0]]),
                np.array([[1.0, 0.0, 3.0, 1.0], [2.0, -1.0, 0.0, 1.0]]),
            ),
        ),
        misconceptions=(
            Misconception(
                "looks ahead",
                "Every place reads what comes after it. Then it could read the very word that it is"
                " asked for.",
            ),
            Misconception(
                "zeros instead of minus infinity",
                "You set the scores of later tokens to 0 before softmax, but e to the power of 0 is"
                " 1: they still get a weight. A score of -np.inf gives a weight of exactly 0.",
            ),
            Misconception(
                "hidden after softmax",
                "The weights of later tokens are taken away after softmax, so a row adds up to less"
                " than 1. Hide them before softmax, or divide each row by its sum again.",
            ),
            Misconception(
                "only ahead",
                "It's the wrong way round: each place reads only itself and what comes after it."
                " Row t may read the columns 0 to t.",
            ),
            Misconception(
                "not divided by the root of D",
                "The scores aren't divided by the root of D, the number of channels.",
            ),
        ),
        hints=(
            "Row 0 can only read token 0. So what must the first row be, whatever the scores are?",
            "queries @ keys.T gives all scores, (T, T). Before softmax, those above the diagonal"
            " must become so low that nothing is left of them.",
            "np.tri(T, dtype=bool) is True where a place may read; np.where(that, scores, -np.inf)"
            " hides the rest. Then softmax along the rows.",
        ),
        blank="""\
import numpy as np


def causal_weights(queries, keys):
    return ...  # your code here
""",
    ),
    Exercise(
        name="draw",
        title="draw a word",
        chapter=2,
        kind="free",
        task="Draw one id from `logits` (V,): divide them by `temperature`, keep the `top_k`"
        " largest, make shares of those by softmax, and draw an id with these shares."
        " `rng.choice(ids, p=shares)` draws one of several ids. The check draws 200 times"
        " and looks at how often each id came up.",
        difficulty=3,
        minutes=10,
        core=False,
        shown=choose,
        cases=(
            (np.array([1.0, 0.0]), 1.0, 2, np.random.default_rng(1)),
            (CONFIDENT, 1.0, 2, np.random.default_rng(2)),
            (CONFIDENT, 0.5, 4, np.random.default_rng(3)),
            (CONFIDENT, 3.0, 3, np.random.default_rng(4)),
        ),
        facts=drawn,
        close=0.1,
        misconceptions=(
            Misconception(
                "temperature the wrong way",
                "You multiply by the temperature. Divided by a temperature above 1 the logits come"
                " closer together, and unlikely words get more.",
            ),
            Misconception(
                "always the likeliest",
                "You always take the likeliest id. Drawing means that a share of 30 % comes up in"
                " about 30 of 100 draws.",
            ),
            Misconception(
                "all of the k alike",
                "You draw evenly among those that were kept. They still have different shares: give"
                " rng.choice the shares as p.",
            ),
            Misconception(
                "the place, not the id",
                "You return the place in the sorted list (0 is the likeliest). The id that stands"
                " at this place is wanted.",
            ),
            Misconception(
                "the k least likely",
                "You keep the k smallest logits. np.argsort sorts upwards, so the largest stand at"
                " the end.",
            ),
            Misconception(
                "top-k forgotten",
                "Ids come up that don't belong to the top_k likeliest. Keep only those, then make"
                " shares.",
            ),
            Misconception(
                "temperature forgotten",
                "The temperature has no effect. Divide the logits by it before softmax.",
            ),
        ),
        hints=(
            "Four steps: divide, keep the k largest, softmax over those, draw.",
            "np.argsort(-logits)[:top_k] are the ids of the k largest logits.",
            "With kept = np.argsort(-logits)[:top_k], softmax over logits[kept] / temperature gives"
            " the shares; return rng.choice(kept, p=shares).",
        ),
        blank="""\
import numpy as np


def draw(logits, temperature, top_k, rng):
    return ...  # your code here
""",
    ),
)
