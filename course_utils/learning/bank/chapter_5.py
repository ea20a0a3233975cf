"""Chapter 5: the loop, and what goes wrong in it."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning.case_functions import epochs_seen, square_gradient, square_loss
from course_utils.learning.exercises import Exercise, Misconception
from course_utils.material.batches import deal
from course_utils.training import TrainingRun

NAN = math.nan

EXERCISES = (
    Exercise(
        name="shuffled_epoch",
        title="a shuffled epoch",
        chapter=5,
        kind="example",
        task="The example deals the rows 0 to `count` − 1 into batches of `batch_size`; the last"
        " batch may be smaller. But it deals them in the same order every time. Alter one line so"
        " that `rng` shuffles them: each row exactly once, another order in each epoch."
        " `rng.permutation(n)` gives the numbers 0 to n − 1 in a random order.",
        difficulty=1,
        minutes=4,
        core=True,
        shown=deal,
        cases=(
            (7, 2, np.random.default_rng(5)),
            (20, 6, np.random.default_rng(6)),
            (11, 3, np.random.default_rng(7)),
        ),
        facts=epochs_seen,
        misconceptions=(
            Misconception(
                "not shuffled",
                "The rows still come in order. Let rng choose the order.",
            ),
            Misconception(
                "drawn with repeats",
                "Each row is drawn anew, so some come twice and others never. In an epoch every row"
                " comes exactly once: shuffle them instead.",
            ),
            Misconception(
                "the rest is dropped",
                "The last, smaller batch is left out, so some rows are never read in this epoch.",
            ),
            Misconception(
                "only the batches are shuffled",
                "You shuffle whole batches. The same rows always stay together; shuffle the rows"
                " first, then deal them.",
            ),
            Misconception(
                "a generator of its own",
                "Every epoch has the same order, because a new generator with the same seed is made"
                " each time. Use the rng that is handed in.",
            ),
        ),
        hints=(
            "Which line decides on the order? Only that one needs to change.",
            "np.arange(count) gives 0, 1, 2, … What gives the same numbers in a random order?",
            "order = rng.permutation(count)",
        ),
        blank="""\
import numpy as np


def shuffled_epoch(count, batch_size, rng):
    order = np.arange(count)  # always the same order: alter this line
    return [order[i : i + batch_size] for i in range(0, count, batch_size)]
""",
    ),
    Exercise(
        name="training_loop",
        title="the training loop itself",
        chapter=5,
        kind="partly",
        task="`loss(weights, batch)` grades, `gradient(weights, batch)` writes the lesson. For each"
        " batch: keep the loss of the student as it is, then take one step of plain SGD with"
        " learning rate `rate`. Return the last weights and all losses. Fill in the two gaps.",
        difficulty=2,
        minutes=6,
        core=False,
        shown=TrainingRun.advance,
        cases=(
            (np.array([0.0]), [1.0], square_loss, square_gradient, 0.1),
            (np.array([0.0]), [1.0, 3.0], square_loss, square_gradient, 0.25),
            (
                np.array([1.0, -1.0]),
                [np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([4.0, 0.0])],
                square_loss,
                square_gradient,
                0.1,
            ),
        ),
        misconceptions=(
            Misconception(
                "graded after the step",
                "You grade the student after the lesson, on the very batch it was about. Grade"
                " first, learn afterwards.",
            ),
            Misconception(
                "uphill",
                "The losses grow: the step goes along the gradient instead of against it.",
            ),
            Misconception(
                "always the first weights",
                "Each batch begins with the first weights again, so only the last lesson stays. The"
                " new weights must be those that the next batch finds.",
            ),
            Misconception(
                "one step at the end",
                "All lessons are written for the first weights, and one step is made at the end."
                " A step is made after each batch, inside the loop.",
            ),
            Misconception(
                "the loss for the gradient",
                "The step uses the loss. The loss is one number that says how bad it was; the"
                " gradient says for each weight which way to go.",
            ),
        ),
        hints=(
            "Which two functions are handed in, and what does each of them want to know?",
            "First loss(weights, batch) with the weights as they are now. Then the step of"
            " chapter 4: weights − rate × gradient.",
            "losses.append(loss(weights, batch)) and"
            " weights = weights - rate * gradient(weights, batch)",
        ),
        blank="""\
def training_loop(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        losses.append(...)
        weights = ...
    return weights, losses
""",
    ),
    Exercise(
        name="mended_loop",
        title="find the fault in a broken loop",
        chapter=5,
        kind="free",
        task="This loop should average the lessons of a batch's questions and take one step a"
        " batch. But its steps grow larger and larger, as if the student were told everything again"
        " each time. One line stands in the wrong place. Find it and mend it.",
        difficulty=2,
        minutes=6,
        core=False,
        shown=TrainingRun.lesson,
        cases=(
            (np.array([0.0]), [[1.0], [2.0]], square_gradient, 0.1),
            (np.array([0.0]), [[1.0, 2.0], [3.0, 3.0, 6.0]], square_gradient, 0.25),
            (np.array([1.0]), [[4.0, 0.0], [2.0], [1.0, 5.0, 3.0, 3.0]], square_gradient, 0.1),
        ),
        misconceptions=(
            Misconception(
                "still broken",
                "The lesson of the first batch is still in the second one: lesson is never set back"
                " to 0. Where must that line stand, so that every batch begins with an empty"
                " lesson?",
            ),
            Misconception(
                "emptied at each question",
                "Now lesson is emptied before each question, and only the last one of a batch is"
                " left. Empty it once for each batch.",
            ),
            Misconception(
                "a step after each question",
                "The student learns after each question, so later questions of the batch meet other"
                " weights. One step a batch, after all its lessons.",
            ),
            Misconception(
                "a step inside the inner loop",
                "The step is made inside the inner loop, with a lesson that is still being written."
                " Move it back to the outer loop.",
            ),
            Misconception(
                "summed, not averaged",
                "The lessons are added up, not averaged: a longer batch would take a longer step."
                " Keep / len(batch).",
            ),
            Misconception(
                "uphill",
                "The sign was right: a step goes against the gradient.",
            ),
        ),
        hints=(
            "Follow the number lesson with a pencil through two batches of one question each.",
            "When the second batch begins, what does lesson still hold from the first?",
            "lesson = 0.0 must be the first line inside for batch in batches.",
        ),
        blank="""\
def mended_loop(weights, batches, gradient, rate):
    lesson = 0.0
    for batch in batches:
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
        weights = weights - rate * lesson
    return weights
""",
    ),
    Exercise(
        name="best_rate",
        title="a learning-rate range test",
        chapter=5,
        kind="free",
        task="Several fresh students were trained for a few steps, each with another learning rate."
        " `rates` are the rates in growing order, `losses` the last loss of each; a training that"
        " diverged has nan or inf. Return the rate with the lowest loss; of equal ones the smaller"
        " rate. At least one training went well.",
        difficulty=2,
        minutes=6,
        core=False,
        cases=(
            ([0.1], [2.0]),
            ([0.001, 0.01, 0.1], [4.5, 3.1, 3.8]),
            ([0.01, 0.1, 1.0], [3.0, 2.5, NAN]),
            ([0.01, 0.1, 1.0], [NAN, 2.5, 2.6]),
            ([0.01, 0.1, 1.0, 10.0], [3.0, 2.0, 2.0, math.inf]),
        ),
        misconceptions=(
            Misconception(
                "the loss instead of the rate",
                "That is the lowest loss. The rate that led to it is wanted.",
            ),
            Misconception(
                "nan wins",
                "A training that diverged wins. Every comparison with nan is false, and argmin even"
                " takes nan for the least: leave out what isn't finite (math.isfinite).",
            ),
            Misconception(
                "the place instead of the rate",
                "That is the place in the list, counted from 0. Return the rate that stands there.",
            ),
            Misconception(
                "the largest that didn't diverge",
                "You take the largest rate that didn't diverge. It is often already too large: look"
                " for the lowest loss.",
            ),
            Misconception(
                "the highest loss",
                "You take the rate with the highest loss. Lower is better.",
            ),
            Misconception(
                "the larger of two equal ones",
                "Of two equal losses you take the larger rate. The smaller one is safer: only"
                " replace the best when the new loss is really lower (<).",
            ),
        ),
        hints=(
            "Which entries of losses must not win at all?",
            "Go through rates and losses together (zip), and remember the lowest finite loss so far"
            " with its rate.",
            "Begin with best = None and lowest = math.inf; inside the loop:"
            " if math.isfinite(loss) and loss < lowest.",
        ),
        blank="""\
import math


def best_rate(rates, losses):
    return ...  # your code here
""",
    ),
)
