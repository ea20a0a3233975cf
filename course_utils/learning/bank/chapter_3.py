"""Chapter 3: grades, and what the best grade can be."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning.exercises import Exercise, Misconception
from course_utils.student.functions import Plain

SURE = np.array([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]])

EXERCISES = (
    Exercise(
        name="perplexity",
        title="a blind guess among how many?",
        chapter=3,
        kind="example",
        task="`losses` holds the loss of each question, in nats. The example returns their mean."
        " Alter it so that it returns the perplexity: among how many choices a blind guess would"
        " cost as much.",
        difficulty=1,
        minutes=3,
        core=True,
        cases=(
            ([0.0],),
            ([math.log(4)],),
            ([math.log(2), math.log(8)],),
            ([0.1, 2.5, 0.7, 1.2],),
        ),
        misconceptions=(
            Misconception(
                "the mean of the perplexities",
                "You raise e to each loss and then take the mean. One dear question then counts far"
                " too much. The mean comes first, then e to the power of it.",
            ),
            Misconception(
                "2 instead of e",
                "You use 2 to the power of the loss. That fits bits; these losses are in nats, so"
                " it is e: math.exp.",
            ),
            Misconception(
                "the sum instead of the mean",
                "You use the sum of the losses, so a longer text looks worse. Use the mean.",
            ),
            Misconception(
                "a logarithm instead of a power",
                "You take the logarithm. A loss already is a logarithm; e to the power of it leads"
                " back.",
            ),
            Misconception(
                "the minus sign comes twice",
                "Your number is at most 1: that is the typical probability, 1 divided by the"
                " perplexity. The losses have their minus sign already.",
            ),
        ),
        hints=(
            "A blind guess among 4 choices costs ln 4. How do you get from ln 4 back to 4?",
            "e to the power of the mean loss.",
            "math.exp(x) is e to the power of x; return math.exp(mean).",
        ),
        blank="""\
import math


def perplexity(losses):
    mean = sum(losses) / len(losses)
    return mean  # alter this line
""",
    ),
    Exercise(
        name="rank",
        title="the rank of the right answer",
        chapter=3,
        kind="partly",
        task="`logits` (V,) are the student's feelings, `target` is the id of the right answer."
        " Return its rank: 1 if it is the first choice, 2 if one other comes before it. An equal"
        " logit counts as before it. Fill in the two gaps.",
        difficulty=2,
        minutes=5,
        core=False,
        cases=(
            (np.array([2.0, 1.0]), 0),
            (np.array([2.0, 1.0]), 1),
            (np.array([0.5, -1.0, 3.0, 2.0]), 3),
            (np.array([0.5, -1.0, 3.0, 2.0, 3.0]), 2),
            (np.array([0.0, 0.0, 0.0]), 1),
        ),
        misconceptions=(
            Misconception(
                "counted from 0",
                "Your first choice has rank 0. Ranks begin at 1.",
            ),
            Misconception(
                "an equal logit is overlooked",
                "A choice with the same logit isn't counted as before it. A student that can't tell"
                " them apart hasn't found the answer: use >=, and don't count the answer itself.",
            ),
            Misconception(
                "the lowest comes first",
                "You count the choices with a lower logit. Those before the right answer have a"
                " higher one.",
            ),
            Misconception(
                "the place in argsort",
                "np.argsort(-logits)[target] is the id that stands at place number target, not the"
                " place of the id target. Count the choices that come before it instead.",
            ),
            Misconception(
                "the answer counts itself",
                "The right answer is counted as before itself, for it is equal to itself. Leave it"
                " out, or leave out the + 1.",
            ),
        ),
        hints=(
            "Say in words which choices stand before the right answer.",
            "Go through all logits but the right one, and count those that are at least as high.",
            "The condition is i != target and logit >= logits[target]; the rank is one more than"
            " the number of those.",
        ),
        blank="""\
def rank(logits, target):
    better = 0
    for i, logit in enumerate(logits):
        if ...:  # another choice, at least as high
            better += 1
    return ...
""",
    ),
    Exercise(
        name="cross_entropy",
        title="cross-entropy from logits",
        chapter=3,
        kind="free",
        task="`logits` (M, V) answer M questions, `targets` (M,) are the ids of the right answers."
        " Return the mean loss in nats: −ln of the share that softmax gives to the right answer."
        " Logits of 1,000 must work.",
        difficulty=2,
        minutes=8,
        core=False,
        shown=Plain.cross_entropy,
        cases=(
            (np.array([[0.0, 0.0]]), np.array([1])),
            (SURE, np.array([0, 1])),
            (np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [-1.0, 4.0, 0.0]]), np.array([2, 0, 2])),
            (np.array([[1000.0, 0.0], [1000.0, 999.0]]), np.array([1, 0])),
        ),
        misconceptions=(
            Misconception(
                "the minus sign is missing",
                "Your loss is negative. ln of a number below 1 is negative, so the loss has a minus"
                " sign in front.",
            ),
            Misconception(
                "the sum instead of the mean",
                "You add the losses up. Divide by the number of questions, or a longer test would"
                " always get a worse grade.",
            ),
            Misconception(
                "bits instead of nats",
                "That is the loss in bits (log2). In nats it is the natural logarithm: np.log.",
            ),
            Misconception(
                "ln of the mean share",
                "You take the mean of the shares and then the logarithm. Each question is graded"
                " first; the mean comes last.",
            ),
            Misconception(
                "overflow",
                "It is right for small logits. For 1,000, e to the power of it is too large, and a"
                " share of 0 has no logarithm. Take the largest logit of each row off first, and"
                " use ln(a/b) = ln a − ln b.",
            ),
            Misconception(
                "the logit is taken for the loss",
                "You only look at the logit of the right answer. It means nothing without the"
                " others: softmax comes first.",
            ),
            Misconception(
                "errors are counted",
                "That is the share of wrong first choices. The loss asks how much was put on the"
                " right answer.",
            ),
        ),
        hints=(
            "Three steps: a share for the right answer of each question, −ln of it, the mean.",
            "−ln(e^l / Σ e^l) is the same as ln Σ e^l − l. So no share has to be computed, and"
            " none can become 0.",
            "Take each row's largest logit off. Then the loss of row i is"
            " np.log(np.exp(row).sum()) − row[targets[i]].",
        ),
        blank="""\
import numpy as np


def cross_entropy(logits, targets):
    return ...  # your code here
""",
    ),
    Exercise(
        name="coin_floor",
        title="the floor of a coin-toss text",
        chapter=3,
        kind="free",
        task="A text is made by tossing a coin that shows heads with probability `heads`: H T H H"
        " T … Nobody can do better than to know this probability. Return the best possible mean"
        " loss, in nats. A coin that always falls the same way has a floor of 0.",
        difficulty=2,
        minutes=6,
        core=False,
        cases=((0.5,), (0.9,), (0.25,), (1.0,), (0.0,), (0.01,)),
        misconceptions=(
            Misconception(
                "bits instead of nats",
                "A fair coin gives you 1: that is 1 bit. In nats it is ln 2 = 0.69, so use math.log"
                " and not log2.",
            ),
            Misconception(
                "only heads are graded",
                "You count only the tosses that show heads. Tails come with probability 1 − heads"
                " and cost −ln(1 − heads).",
            ),
            Misconception(
                "the likelier side is taken for the answer",
                "That is the loss when the likelier side comes. Sometimes the other one does, and"
                " it costs more: weigh both losses with their probabilities.",
            ),
            Misconception(
                "errors are counted",
                "That is how often a guess on the likelier side is wrong. The loss isn't the share"
                " of errors.",
            ),
            Misconception(
                "the losses aren't weighed",
                "You take the plain mean of both losses, as if both sides came equally often. Weigh"
                " each with how often it comes.",
            ),
            Misconception(
                "ln of 0",
                "For a coin that always falls the same way you ask for the logarithm of 0. What"
                " never comes costs nothing: leave it out.",
            ),
            Misconception(
                "the minus sign is missing",
                "Your floor is negative. A loss is −ln p, so it is never below 0.",
            ),
        ),
        hints=(
            "What does the best student lose when heads come, and how often does that happen?",
            "The mean is: probability of heads × loss on heads + probability of tails × loss on"
            " tails.",
            "−p ln p − (1 − p) ln(1 − p), and a part with probability 0 is left out.",
        ),
        blank="""\
import math


def coin_floor(heads):
    return ...  # your code here
""",
    ),
)
