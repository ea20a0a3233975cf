"""Chapter 4: slopes, the way back, and the step."""

from __future__ import annotations

import numpy as np

from course_utils.learning.case_functions import cube, square, wave
from course_utils.learning.exercises import Exercise, Misconception
from course_utils.student import SGD, AdamW, slopes
from course_utils.student.functions import Plain

P2 = np.array([[0.25, 0.75]])
P3 = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
P4 = np.array([[0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25], [0.2, 0.6, 0.1, 0.1]])
DY1, X1, W1 = np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])
DY2 = np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]])
X2, W2 = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0, 0.0, 2.0], [-1.0, 3.0, 1.0]])
DY3 = np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])
X3, W3 = np.array([[1.0, 4.0], [0.0, 1.0], [-2.0, 1.0]]), np.array([[1.0, 2.0], [3.0, 5.0]])
ZERO2 = np.zeros(2)

EXERCISES = (
    Exercise(
        name="slope",
        title="a slope by nudging both ways",
        chapter=4,
        kind="example",
        task="The example nudges x by h in one direction and returns rise over run. On a curve that"
        " is off to one side. Alter it so that it nudges both ways: from h below x to h above it.",
        difficulty=1,
        minutes=4,
        core=True,
        shown=slopes,
        cases=(
            (square, 3.0, 0.5),
            (square, -1.0, 0.1),
            (cube, 2.0, 1.0),
            (wave, 0.5, 0.25),
        ),
        misconceptions=(
            Misconception(
                "nudged up only",
                "It still nudges in one direction only. The lower point should be function(x − h),"
                " not function(x).",
            ),
            Misconception(
                "the run is 2h",
                "From x − h to x + h the run is 2h, but you divide by h, so the slope comes out"
                " twice as large.",
            ),
            Misconception(
                "nudged down only",
                "Now it nudges downwards only. The upper point should be function(x + h).",
            ),
            Misconception(
                "not divided by 2h, but by 2 and times h",
                "Without brackets / 2 * h divides by 2 and then multiplies by h. Write / (2 * h).",
            ),
            Misconception(
                "the rise alone",
                "That is the rise. A slope is the rise divided by the run.",
            ),
            Misconception(
                "upside down",
                "The sign is the wrong way round: the upper point comes first, function(x + h)"
                " minus function(x − h).",
            ),
        ),
        hints=(
            "Draw a curve and two points on it, one left and one right of x. What is the run?",
            "The rise is function(x + h) − function(x − h). How far apart are these two places?",
            "Divide that rise by (2 * h); mind the brackets.",
        ),
        blank="""\
def slope(function, x, h):
    rise = function(x + h) - function(x)  # alter these two lines
    return rise / h
""",
    ),
    Exercise(
        name="logits_gradient",
        title="the gradient at the logits",
        chapter=4,
        kind="partly",
        task="`probabilities` (M, V) are the student's answers to M questions, `targets` (M,) the"
        " right ids. Return the gradient of the mean loss by the logits, (M, V): softmax minus"
        " one-hot, averaged over the questions. Fill in the two gaps.",
        difficulty=2,
        minutes=5,
        core=False,
        shown=Plain.cross_entropy,
        cases=((P2, np.array([1])), (P3, np.array([0, 2])), (P4, np.array([3, 0, 1]))),
        misconceptions=(
            Misconception(
                "one-hot minus softmax",
                "All signs are the wrong way round. More of the right logit lowers the loss, so the"
                " slope there is negative: softmax minus one-hot.",
            ),
            Misconception(
                "not averaged",
                "That is the gradient of the sum of the losses. The loss is their mean, so divide"
                " by the number of questions.",
            ),
            Misconception(
                "divided by all numbers of the table",
                "You divide by the number of all entries, M times V. The mean is over the M"
                " questions: len(targets).",
            ),
            Misconception(
                "only the right answer gets a slope",
                "Only the right answer has a slope. Every other logit takes something away from it,"
                " so its slope is its probability.",
            ),
            Misconception(
                "the slope by the probability",
                "−1/p is the slope of −ln p by the probability. By the logits, on the other side of"
                " softmax, it is softmax minus one-hot.",
            ),
            Misconception(
                "the probabilities themselves",
                "The one-hot part is missing: take 1 off at the right answer of each question.",
            ),
        ),
        hints=(
            "What must a row of the gradient add up to, if a row of softmax adds up to 1?",
            "Take 1 off at the right answer of each question. What does the mean over M questions"
            " do to each single one?",
            "The first gap is 1, the second is len(targets).",
        ),
        blank="""\
import numpy as np


def logits_gradient(probabilities, targets):
    gradient = np.array(probabilities)  # a copy
    gradient[np.arange(len(targets)), targets] -= ...
    return gradient / ...
""",
    ),
    Exercise(
        name="sgd_step",
        title="one step of SGD",
        chapter=4,
        kind="free",
        task="Return the new weights after one step of plain SGD, with learning rate `rate`."
        " `weights` and `gradient` are arrays of the same shape.",
        difficulty=1,
        minutes=3,
        core=False,
        shown=SGD.step,
        cases=(
            (np.array([1.0]), np.array([2.0]), 0.5),
            (np.array([1.0, -2.0, 0.5]), np.array([0.3, -1.0, 0.0]), 0.1),
            (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [-4.0, 2.0]]), 0.01),
        ),
        misconceptions=(
            Misconception(
                "uphill",
                "You go uphill. The gradient points to where the loss grows; a step goes against"
                " it, so it is minus.",
            ),
            Misconception(
                "no learning rate",
                "You take the whole gradient. Multiply it by the learning rate: the plan holds for"
                " a small step only.",
            ),
            Misconception(
                "divided by the learning rate",
                "You divide by the learning rate. A small rate would then take a giant step;"
                " multiply by it.",
            ),
            Misconception(
                "only the sign",
                "Every weight takes a step of the same length. In SGD twice the slope is twice the"
                " step.",
            ),
            Misconception(
                "the step instead of the weights",
                "That is the step alone. Add it to the old weights.",
            ),
            Misconception(
                "the rate acts on the weights",
                "The learning rate also shrinks the weights. It belongs to the gradient only.",
            ),
        ),
        hints=(
            "new weight = old weight − learning rate × slope",
            "It is the same for a whole array: NumPy does it for each weight.",
            "return weights - rate * gradient",
        ),
        blank="""\
def sgd_step(weights, gradient, rate):
    return ...  # your code here
""",
    ),
    Exercise(
        name="linear_backward",
        title="the way back through a linear layer",
        chapter=4,
        kind="free",
        task="A linear layer computed y = x W + b, with x (N, in), `weight` (in, out) and y"
        " (N, out). `dy` (N, out) is the slope of the loss at every number of y. Return `dx`,"
        " `dweight` and `dbias`, the slopes at x, W and b. Each has the shape of what it belongs"
        " to.",
        difficulty=3,
        minutes=10,
        core=False,
        shown=Plain.linear_backward,
        cases=((DY1, X1, W1), (DY2, X2, W2), (DY3, X3, W3)),
        misconceptions=(
            Misconception(
                "the weight isn't transposed",
                "For dx you use the weight as it is. On the way back it is turned round: W takes"
                " in to out, weight.T takes out to in.",
            ),
            Misconception(
                "the weight's gradient is turned round",
                "Your dweight is (out, in). It must have the weight's own shape: x.T @ dy.",
            ),
            Misconception(
                "the mean for the bias",
                "For the bias you take the mean over the places. Slopes along several paths add up:"
                " it is the sum.",
            ),
            Misconception(
                "the bias isn't summed",
                "Your dbias has a row for each place. The same bias is added at every place, so its"
                " slope is the sum over the places.",
            ),
            Misconception(
                "the weight's gradient is averaged",
                "You divide by the number of places. The mean is in the loss already, so dy has it"
                " inside; from here on slopes only add up.",
            ),
            Misconception(
                "summed over the wrong axis",
                "For the bias you add up the outputs of each place. There is one bias for each"
                " output: sum over the places, axis=0.",
            ),
        ),
        hints=(
            "Begin with the shapes: dx is like x, dweight like weight, dbias like one row of y.",
            "W[i, j] multiplies x[n, i] and adds to y[n, j], at every place n. So its slope is the"
            " sum over n of x[n, i] · dy[n, j].",
            "dx = dy @ weight.T, dweight = x.T @ dy, dbias = dy.sum(axis=0)",
        ),
        blank="""\
def linear_backward(dy, x, weight):
    return ...  # your code here
""",
    ),
    Exercise(
        name="adamw_step",
        title="AdamW from its definition",
        chapter=4,
        kind="free",
        task="One step of AdamW. m ← 0.9 m + 0.1 g and v ← 0.95 v + 0.05 g². Both begin at 0, which"
        " is made good by m̂ = m / (1 − 0.9^step) and v̂ = v / (1 − 0.95^step); `step` counts from"
        " 1. Then w ← w − rate · decay · w − rate · m̂ / (√v̂ + 1e-8), with the old w on the right."
        " Return the new w, m and v (not m̂ and v̂).",
        difficulty=3,
        minutes=12,
        core=False,
        shown=AdamW._update,
        cases=(
            (np.array([1.0]), np.array([0.5]), np.zeros(1), np.zeros(1), 1, 0.1, 0.0),
            (np.array([1.0, -2.0]), np.array([0.1, -4.0]), ZERO2, ZERO2, 1, 0.01, 0.1),
            (
                np.array([0.5, 2.0]),
                np.array([1.0, -0.2]),
                np.array([0.3, 0.1]),
                np.array([0.2, 0.05]),
                3,
                0.1,
                0.2,
            ),
        ),
        misconceptions=(
            Misconception(
                "the start isn't corrected",
                "m and v begin at 0 and are too small in the first steps. Divide them by"
                " 1 − 0.9**step and 1 − 0.95**step before you use them.",
            ),
            Misconception(
                "v of the slopes, not of their squares",
                "v is the running mean of the squares: g**2. With g itself it could be negative,"
                " and a root of that is no number.",
            ),
            Misconception(
                "the decay goes through the gradient",
                "You add the decay to the gradient. That is older than AdamW: there it is divided"
                " by the root of v, too. The W stands for a decay of its own, straight on w.",
            ),
            Misconception(
                "no root",
                "You divide by v̂ itself. Divide by its root: then the step doesn't depend on how"
                " large the slopes are.",
            ),
            Misconception(
                "0.9 and 0.1 swapped",
                "You keep little of the old mean and take much of the new slope. It is the other"
                " way round: 0.9 of the old, 0.1 of the new.",
            ),
            Misconception(
                "no decay",
                "The decay is missing: each step also takes rate · decay · w off the weights.",
            ),
            Misconception(
                "the corrected means are handed on",
                "You return m̂ and v̂. The next step would correct them a second time; hand on m and"
                " v as they are.",
            ),
        ),
        hints=(
            "There are five lines, one after the other: m, v, m̂, v̂, w.",
            "Give the corrected ones names of their own, so that m and v stay what they are.",
            "The last line is w = w − rate * decay * w − rate * m_hat / (np.sqrt(v_hat) + 1e-8);"
            " then return w, m, v.",
        ),
        blank="""\
import numpy as np


def adamw_step(w, g, m, v, step, rate, decay):
    return ...  # your code here
""",
    ),
)
