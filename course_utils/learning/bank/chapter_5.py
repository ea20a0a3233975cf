"""Chapter 5: the loop, and what goes wrong in it."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning.exercises import Exercise, Misconception
from course_utils.material.batches import deal
from course_utils.training import TrainingRun


def shuffled_epoch(count, batch_size, rng):
    order = rng.permutation(count)
    return [order[i : i + batch_size] for i in range(0, count, batch_size)]


def training_loop(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        losses.append(loss(weights, batch))
        weights = weights - rate * gradient(weights, batch)
    return weights, losses


def mended_loop(weights, batches, gradient, rate):
    for batch in batches:
        lesson = 0.0
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
        weights = weights - rate * lesson
    return weights


def best_rate(rates, losses):
    best, lowest = None, math.inf
    for rate, loss in zip(rates, losses, strict=True):
        if math.isfinite(loss) and loss < lowest:
            best, lowest = rate, loss
    return best


def epochs_seen(function, arguments):
    """What two epochs with one generator are like, in words."""
    count, batch_size, rng = arguments
    epochs = [[list(map(int, batch)) for batch in function(count, batch_size, rng)] for _ in "12"]
    flat = [[row for batch in epoch for row in batch] for epoch in epochs]
    return {
        "rows in each batch": [len(batch) for batch in epochs[0]],
        "each row exactly once": sorted(flat[0]) == list(range(count)),
        "rows in order": flat[0] == sorted(flat[0]),
        "neighbours stay together": _groups(epochs[0]) == _groups_in_order(count, batch_size),
        "the next epoch is the same": flat[0] == flat[1],
    }


def _groups(epoch):
    return sorted(sorted(batch) for batch in epoch)


def _groups_in_order(count, batch_size):
    return [list(range(i, min(i + batch_size, count))) for i in range(0, count, batch_size)]


def _in_groups(order, batch_size):
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def _batches_shuffled(count, batch_size, rng):
    groups = _groups_in_order(count, batch_size)
    while True:  # the short one stays last, so that only the order of the others is altered
        order = [int(i) for i in rng.permutation(len(groups) - 1)]
        if order != sorted(order):
            return [groups[i] for i in order] + groups[-1:]


def _rest_dropped(count, batch_size, rng):
    return [batch for batch in shuffled_epoch(count, batch_size, rng) if len(batch) == batch_size]


def _after_each_step(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        weights = weights - rate * gradient(weights, batch)
        losses.append(loss(weights, batch))
    return weights, losses


def _uphill(weights, batches, loss, gradient, rate):
    return training_loop(weights, batches, loss, gradient, -rate)


def _always_the_first_weights(weights, batches, loss, gradient, rate):
    losses = [loss(weights, batch) for batch in batches]
    return weights - rate * gradient(weights, batches[-1]), losses


def _one_step_at_the_end(weights, batches, loss, gradient, rate):
    losses = [loss(weights, batch) for batch in batches]
    return weights - rate * sum(gradient(weights, batch) for batch in batches), losses


def _loss_for_gradient(weights, batches, loss, gradient, rate):
    losses = []
    for batch in batches:
        losses.append(loss(weights, batch))
        weights = weights - rate * loss(weights, batch)
    return weights, losses


def _broken(weights, batches, gradient, rate):
    lesson = 0.0
    for batch in batches:
        lesson = lesson + sum(gradient(weights, question) for question in batch) / len(batch)
        weights = weights - rate * lesson
    return weights


def _only_the_last_question(weights, batches, gradient, rate):
    for batch in batches:
        weights = weights - rate * gradient(weights, batch[-1]) / len(batch)
    return weights


def _a_step_each_question(weights, batches, gradient, rate):
    for batch in batches:
        for question in batch:
            weights = weights - rate * gradient(weights, question) / len(batch)
    return weights


def _lessons_of_a_growing_batch(weights, batches, gradient, rate):
    for batch in batches:
        lesson = 0.0
        for question in batch:
            lesson = lesson + gradient(weights, question) / len(batch)
            weights = weights - rate * lesson
    return weights


def _summed_lessons(weights, batches, gradient, rate):
    for batch in batches:
        weights = weights - rate * sum(gradient(weights, question) for question in batch)
    return weights


def _uphill_mended(weights, batches, gradient, rate):
    return mended_loop(weights, batches, gradient, -rate)


def square_loss(weights, batch):
    """How far the weights are from the batch's number, squared."""
    return float(((weights - batch) ** 2).sum())


def square_gradient(weights, batch):
    """The slope of `square_loss`."""
    return 2 * (weights - batch)


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
        solution=shuffled_epoch,
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
                lambda count, batch_size, rng: _in_groups(np.arange(count), batch_size),
                "The rows still come in order. Let rng choose the order.",
            ),
            Misconception(
                "drawn with repeats",
                lambda count, batch_size, rng: _in_groups(
                    rng.integers(1, count, count), batch_size
                ),
                "Each row is drawn anew, so some come twice and others never. In an epoch every row"
                " comes exactly once: shuffle them instead.",
            ),
            Misconception(
                "the rest is dropped",
                _rest_dropped,
                "The last, smaller batch is left out, so some rows are never read in this epoch.",
            ),
            Misconception(
                "only the batches are shuffled",
                _batches_shuffled,
                "You shuffle whole batches. The same rows always stay together; shuffle the rows"
                " first, then deal them.",
            ),
            Misconception(
                "a generator of its own",
                lambda count, batch_size, rng: shuffled_epoch(
                    count, batch_size, np.random.default_rng(0)
                ),
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
        solution=training_loop,
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
                _after_each_step,
                "You grade the student after the lesson, on the very batch it was about. Grade"
                " first, learn afterwards.",
            ),
            Misconception(
                "uphill",
                _uphill,
                "The losses grow: the step goes along the gradient instead of against it.",
            ),
            Misconception(
                "always the first weights",
                _always_the_first_weights,
                "Each batch begins with the first weights again, so only the last lesson stays. The"
                " new weights must be those that the next batch finds.",
            ),
            Misconception(
                "one step at the end",
                _one_step_at_the_end,
                "All lessons are written for the first weights, and one step is made at the end."
                " A step is made after each batch, inside the loop.",
            ),
            Misconception(
                "the loss for the gradient",
                _loss_for_gradient,
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
        solution=mended_loop,
        shown=TrainingRun.lesson,
        cases=(
            (np.array([0.0]), [[1.0], [2.0]], square_gradient, 0.1),
            (np.array([0.0]), [[1.0, 2.0], [3.0, 3.0, 6.0]], square_gradient, 0.25),
            (np.array([1.0]), [[4.0, 0.0], [2.0], [1.0, 5.0, 3.0, 3.0]], square_gradient, 0.1),
        ),
        misconceptions=(
            Misconception(
                "still broken",
                _broken,
                "The lesson of the first batch is still in the second one: lesson is never set back"
                " to 0. Where must that line stand, so that every batch begins with an empty"
                " lesson?",
            ),
            Misconception(
                "emptied at each question",
                _only_the_last_question,
                "Now lesson is emptied before each question, and only the last one of a batch is"
                " left. Empty it once for each batch.",
            ),
            Misconception(
                "a step after each question",
                _a_step_each_question,
                "The student learns after each question, so later questions of the batch meet other"
                " weights. One step a batch, after all its lessons.",
            ),
            Misconception(
                "a step inside the inner loop",
                _lessons_of_a_growing_batch,
                "The step is made inside the inner loop, with a lesson that is still being written."
                " Move it back to the outer loop.",
            ),
            Misconception(
                "summed, not averaged",
                _summed_lessons,
                "The lessons are added up, not averaged: a longer batch would take a longer step."
                " Keep / len(batch).",
            ),
            Misconception(
                "uphill",
                _uphill_mended,
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
        solution=best_rate,
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
                lambda rates, losses: min(filter(math.isfinite, losses)),
                "That is the lowest loss. The rate that led to it is wanted.",
            ),
            Misconception(
                "nan wins",
                lambda rates, losses: rates[int(np.argmin(losses))],
                "A training that diverged wins. Every comparison with nan is false, and argmin even"
                " takes nan for the least: leave out what isn't finite (math.isfinite).",
            ),
            Misconception(
                "the place instead of the rate",
                lambda rates, losses: losses.index(min(filter(math.isfinite, losses))),
                "That is the place in the list, counted from 0. Return the rate that stands there.",
            ),
            Misconception(
                "the largest that didn't diverge",
                lambda rates, losses: max(
                    r for r, x in zip(rates, losses, strict=True) if math.isfinite(x)
                ),
                "You take the largest rate that didn't diverge. It is often already too large: look"
                " for the lowest loss.",
            ),
            Misconception(
                "the highest loss",
                lambda rates, losses: rates[losses.index(max(filter(math.isfinite, losses)))],
                "You take the rate with the highest loss. Lower is better.",
            ),
            Misconception(
                "the larger of two equal ones",
                lambda rates, losses: best_rate(rates[::-1], losses[::-1]),
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
