"""Chapter 4: slopes, the way back, and the step."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning.exercises import Exercise, Misconception
from course_utils.student import SGD, AdamW, slopes
from course_utils.student.functions import Plain


def slope(function, x, h):
    return (function(x + h) - function(x - h)) / (2 * h)


def logits_gradient(probabilities, targets):
    gradient = np.array(probabilities)
    gradient[np.arange(len(targets)), targets] -= 1
    return gradient / len(targets)


def sgd_step(weights, gradient, rate):
    return weights - rate * gradient


def linear_backward(dy, x, weight):
    dx = dy @ weight.T
    dweight = x.T @ dy
    dbias = dy.sum(axis=0)
    return dx, dweight, dbias


def adamw_step(w, g, m, v, step, rate, decay):
    m = 0.9 * m + 0.1 * g
    v = 0.95 * v + 0.05 * g**2
    mean = m / (1 - 0.9**step)
    square = v / (1 - 0.95**step)
    w = w - rate * decay * w - rate * mean / (np.sqrt(square) + 1e-8)
    return w, m, v


def square(x):
    """A parabola: its slope at x is 2x."""
    return x * x


def cube(x):
    """Its slope at x is 3x², and central differences miss it by h²."""
    return x**3


def wave(x):
    """A curve without a corner."""
    return math.sin(x)


def _reversed(probabilities, targets):
    return -logits_gradient(probabilities, targets)


def _summed(probabilities, targets):
    return logits_gradient(probabilities, targets) * len(targets)


def _divided_by_all(probabilities, targets):
    return logits_gradient(probabilities, targets) * len(targets) / np.size(probabilities)


def _only_the_right_one(probabilities, targets):
    kept = np.zeros_like(probabilities)
    at = np.arange(len(targets)), targets
    kept[at] = logits_gradient(probabilities, targets)[at]
    return kept


def _by_the_probabilities(probabilities, targets):
    slopes_there = np.zeros_like(probabilities)
    at = np.arange(len(targets)), targets
    slopes_there[at] = -1 / probabilities[at] / len(targets)
    return slopes_there


def _adamw(w, g, m, v, step, rate, decay, corrected=True, squared=True, coupled=False):
    if coupled:
        g = g + decay * w
    m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * (g**2 if squared else g)
    mean = m / (1 - 0.9**step) if corrected else m
    mean_square = v / (1 - 0.95**step) if corrected else v
    kept = w if coupled else w - rate * decay * w
    return kept - rate * mean / (np.sqrt(mean_square) + 1e-8), m, v


def _adamw_without_root(w, g, m, v, step, rate, decay):
    m, v = 0.9 * m + 0.1 * g, 0.95 * v + 0.05 * g**2
    update = m / (1 - 0.9**step) / (v / (1 - 0.95**step) + 1e-8)
    return w - rate * decay * w - rate * update, m, v


def _adamw_swapped(w, g, m, v, step, rate, decay):
    m, v = 0.1 * m + 0.9 * g, 0.05 * v + 0.95 * g**2
    update = m / (1 - 0.1**step) / (np.sqrt(v / (1 - 0.05**step)) + 1e-8)
    return w - rate * decay * w - rate * update, m, v


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
        solution=slope,
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
                lambda function, x, h: (function(x + h) - function(x)) / h,
                "It still nudges in one direction only. The lower point should be function(x − h),"
                " not function(x).",
            ),
            Misconception(
                "the run is 2h",
                lambda function, x, h: (function(x + h) - function(x - h)) / h,
                "From x − h to x + h the run is 2h, but you divide by h, so the slope comes out"
                " twice as large.",
            ),
            Misconception(
                "nudged down only",
                lambda function, x, h: (function(x) - function(x - h)) / h,
                "Now it nudges downwards only. The upper point should be function(x + h).",
            ),
            Misconception(
                "not divided by 2h, but by 2 and times h",
                lambda function, x, h: (function(x + h) - function(x - h)) / 2 * h,
                "Without brackets / 2 * h divides by 2 and then multiplies by h. Write / (2 * h).",
            ),
            Misconception(
                "the rise alone",
                lambda function, x, h: function(x + h) - function(x - h),
                "That is the rise. A slope is the rise divided by the run.",
            ),
            Misconception(
                "upside down",
                lambda function, x, h: (function(x - h) - function(x + h)) / (2 * h),
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
        solution=logits_gradient,
        shown=Plain.cross_entropy,
        cases=((P2, np.array([1])), (P3, np.array([0, 2])), (P4, np.array([3, 0, 1]))),
        misconceptions=(
            Misconception(
                "one-hot minus softmax",
                _reversed,
                "All signs are the wrong way round. More of the right logit lowers the loss, so the"
                " slope there is negative: softmax minus one-hot.",
            ),
            Misconception(
                "not averaged",
                _summed,
                "That is the gradient of the sum of the losses. The loss is their mean, so divide"
                " by the number of questions.",
            ),
            Misconception(
                "divided by all numbers of the table",
                _divided_by_all,
                "You divide by the number of all entries, M times V. The mean is over the M"
                " questions: len(targets).",
            ),
            Misconception(
                "only the right answer gets a slope",
                _only_the_right_one,
                "Only the right answer has a slope. Every other logit takes something away from it,"
                " so its slope is its probability.",
            ),
            Misconception(
                "the slope by the probability",
                _by_the_probabilities,
                "−1/p is the slope of −ln p by the probability. By the logits, on the other side of"
                " softmax, it is softmax minus one-hot.",
            ),
            Misconception(
                "the probabilities themselves",
                lambda probabilities, targets: probabilities / len(targets),
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
        solution=sgd_step,
        shown=SGD.step,
        cases=(
            (np.array([1.0]), np.array([2.0]), 0.5),
            (np.array([1.0, -2.0, 0.5]), np.array([0.3, -1.0, 0.0]), 0.1),
            (np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [-4.0, 2.0]]), 0.01),
        ),
        misconceptions=(
            Misconception(
                "uphill",
                lambda weights, gradient, rate: weights + rate * gradient,
                "You go uphill. The gradient points to where the loss grows; a step goes against"
                " it, so it is minus.",
            ),
            Misconception(
                "no learning rate",
                lambda weights, gradient, rate: weights - gradient,
                "You take the whole gradient. Multiply it by the learning rate: the plan holds for"
                " a small step only.",
            ),
            Misconception(
                "divided by the learning rate",
                lambda weights, gradient, rate: weights - gradient / rate,
                "You divide by the learning rate. A small rate would then take a giant step;"
                " multiply by it.",
            ),
            Misconception(
                "only the sign",
                lambda weights, gradient, rate: weights - rate * np.sign(gradient),
                "Every weight takes a step of the same length. In SGD twice the slope is twice the"
                " step.",
            ),
            Misconception(
                "the step instead of the weights",
                lambda weights, gradient, rate: -rate * gradient,
                "That is the step alone. Add it to the old weights.",
            ),
            Misconception(
                "the rate acts on the weights",
                lambda weights, gradient, rate: rate * (weights - gradient),
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
        solution=linear_backward,
        shown=Plain.linear_backward,
        cases=((DY1, X1, W1), (DY2, X2, W2), (DY3, X3, W3)),
        misconceptions=(
            Misconception(
                "the weight isn't transposed",
                lambda dy, x, weight: (dy @ weight, x.T @ dy, dy.sum(axis=0)),
                "For dx you use the weight as it is. On the way back it is turned round: W takes"
                " in to out, weight.T takes out to in.",
            ),
            Misconception(
                "the weight's gradient is turned round",
                lambda dy, x, weight: (dy @ weight.T, dy.T @ x, dy.sum(axis=0)),
                "Your dweight is (out, in). It must have the weight's own shape: x.T @ dy.",
            ),
            Misconception(
                "the mean for the bias",
                lambda dy, x, weight: (dy @ weight.T, x.T @ dy, dy.mean(axis=0)),
                "For the bias you take the mean over the places. Slopes along several paths add up:"
                " it is the sum.",
            ),
            Misconception(
                "the bias isn't summed",
                lambda dy, x, weight: (dy @ weight.T, x.T @ dy, dy),
                "Your dbias has a row for each place. The same bias is added at every place, so its"
                " slope is the sum over the places.",
            ),
            Misconception(
                "the weight's gradient is averaged",
                lambda dy, x, weight: (dy @ weight.T, x.T @ dy / len(x), dy.sum(axis=0) / len(x)),
                "You divide by the number of places. The mean is in the loss already, so dy has it"
                " inside; from here on slopes only add up.",
            ),
            Misconception(
                "summed over the wrong axis",
                lambda dy, x, weight: (dy @ weight.T, x.T @ dy, dy.sum(axis=1)),
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
        solution=adamw_step,
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
                lambda w, g, m, v, step, rate, decay: _adamw(
                    w, g, m, v, step, rate, decay, corrected=False
                ),
                "m and v begin at 0 and are too small in the first steps. Divide them by"
                " 1 − 0.9**step and 1 − 0.95**step before you use them.",
            ),
            Misconception(
                "v of the slopes, not of their squares",
                lambda w, g, m, v, step, rate, decay: _adamw(
                    w, g, m, v, step, rate, decay, squared=False
                ),
                "v is the running mean of the squares: g**2. With g itself it could be negative,"
                " and a root of that is no number.",
            ),
            Misconception(
                "the decay goes through the gradient",
                lambda w, g, m, v, step, rate, decay: _adamw(
                    w, g, m, v, step, rate, decay, coupled=True
                ),
                "You add the decay to the gradient. That is older than AdamW: there it is divided"
                " by the root of v, too. The W stands for a decay of its own, straight on w.",
            ),
            Misconception(
                "no root",
                _adamw_without_root,
                "You divide by v̂ itself. Divide by its root: then the step doesn't depend on how"
                " large the slopes are.",
            ),
            Misconception(
                "0.9 and 0.1 swapped",
                _adamw_swapped,
                "You keep little of the old mean and take much of the new slope. It is the other"
                " way round: 0.9 of the old, 0.1 of the new.",
            ),
            Misconception(
                "no decay",
                lambda w, g, m, v, step, rate, decay: _adamw(w, g, m, v, step, rate, 0.0),
                "The decay is missing: each step also takes rate · decay · w off the weights.",
            ),
            Misconception(
                "the corrected means are handed on",
                lambda w, g, m, v, step, rate, decay: (
                    adamw_step(w, g, m, v, step, rate, decay)[0],
                    (0.9 * m + 0.1 * g) / (1 - 0.9**step),
                    (0.95 * v + 0.05 * g**2) / (1 - 0.95**step),
                ),
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
