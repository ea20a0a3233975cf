"""Chapter 5: the loop and its epochs."""

from __future__ import annotations

import numpy as np

from course_utils.figures.small_curves import CurveBox, SmallCurve
from course_utils.learning.quizzes import (
    NumberAsked,
    OneChoice,
    Option,
    Ordered,
    Question,
    Recalled,
    SeveralChoices,
    Slip,
    WhichCurve,
)

PRACTICE, UNSEEN = "training", "held-out"

RECALL: tuple[Recalled, ...] = (
    Recalled(
        4,
        OneChoice(
            "recall 5: past the valley",
            "From chapter 4: after one step the loss is higher than before, though the step went"
            " against the gradient. Why?",
            (
                Option(
                    "The gradient was wrong: it must have pointed uphill",
                    "It points uphill, and the step went against it. A shorter one would have"
                    " helped.",
                ),
                Option(
                    "The step was too long: the slope holds only near by",
                    "Past the valley the ground rises again.",
                    right=True,
                ),
                Option(
                    "The loss always rises at first, and falls later",
                    "A short enough step lowers the loss of its own batch at once.",
                ),
                Option(
                    "The batch was too long",
                    "A longer batch gives a steadier gradient, not a wrong one.",
                ),
            ),
        ),
    ),
    Recalled(
        3,
        NumberAsked(
            "recall 5: perplexity of four",
            "From chapter 3: a model's mean loss is 1.39 nats. It is as costly as a blind guess"
            " among how many?",
            4,
            0.1,
            "e to the power of 1.39 is 4.0: the perplexity.",
            (
                Slip(1.39, "That is the loss. Turn it back: e to the power of it."),
                Slip(2, "That would be a loss of 0.69. 1.39 is two halvings."),
                Slip(24.5, "That is 10 to the power of it. The base of a nat is e."),
            ),
        ),
    ),
    Recalled(
        1,
        OneChoice(
            "recall 5: one story",
            "From chapter 1: a batch has 16 rows, each of them a story. How many next-token"
            " questions is that?",
            (
                Option("16: one for each story", "A row isn't one question."),
                Option(
                    "16 × V: each token of the vocabulary is asked for once",
                    "V says among how many tokens each question chooses.",
                ),
                Option(
                    "hundreds: one at nearly every token of each story",
                    "About 700 with our stories.",
                    right=True,
                ),
            ),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    NumberAsked(
        "5: steps of an epoch",
        "There are 1,000 rows, and a batch has 32 of them. How many steps are one epoch?",
        32,
        0,
        "1,000 / 32 is 31.25, rounded up: the last batch is smaller, and it counts.",
        (
            Slip(31, "31 batches hold 992 rows. The other 8 come as a smaller batch."),
            Slip(1000, "That would be batches of one row each."),
            Slip(32000, "That multiplies. Rows divided by the size of a batch."),
            Slip(1, "An epoch isn't a step: it has as many steps as there are batches."),
        ),
    ),
    OneChoice(
        "5: below the floor in training",
        "After 120 epochs on 50 stories: training loss 0.07, held-out loss 2.5, the floor of the"
        " training stories 0.46. What has happened?",
        (
            Option(
                "The model has learned the rules better than the best possible student",
                "Then its held-out loss would be low as well.",
            ),
            Option(
                "The held-out stories are harder than the training stories",
                "Both come from the same rules. The exam isn't five times as hard.",
            ),
            Option(
                "Training has diverged; the learning rate is too large",
                "Then the training loss wouldn't be so low.",
            ),
            Option(
                "It has memorised the 50 stories",
                "Only who knows this very text gets clearly below its floor.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    WhichCurve(
        "5: few stories, many epochs",
        "A model is trained on 50 stories for 120 epochs. Which picture shows its losses?",
        (
            Option(
                "A",
                "So it looks with thousands of stories. 50 can be learned by heart, and that"
                " doesn't help elsewhere.",
            ),
            Option(
                "B",
                "At first both fall. Then the training loss goes on towards perfect memory while"
                " the held-out loss rises.",
                right=True,
            ),
            Option(
                "C",
                "What is practised on can't be the harder part for long: it is what the weights"
                " are fitted to.",
            ),
        ),
        (
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.12 + 0.8 * np.exp(-7 * x), "falls and flattens", PRACTICE
                    ),
                    SmallCurve(
                        lambda x: 0.15 + 0.8 * np.exp(-7 * x), "falls with it, hardly above", UNSEEN
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.03 + 0.9 * np.exp(-7 * x), "falls nearly to 0", PRACTICE
                    ),
                    SmallCurve(
                        lambda x: 0.22 + 0.72 * np.exp(-9 * x) + 0.28 * x,
                        "falls at first, then rises",
                        UNSEEN,
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.22 + 0.72 * np.exp(-9 * x) + 0.28 * x,
                        "falls at first, then rises",
                        PRACTICE,
                    ),
                    SmallCurve(lambda x: 0.03 + 0.9 * np.exp(-7 * x), "falls nearly to 0", UNSEEN),
                )
            ),
        ),
        "step",
        "loss",
    ),
    OneChoice(
        "5: which checkpoint",
        "The training loss has been falling in every epoch. The held-out loss was lowest after"
        " epoch 9 and has risen since. Which checkpoint do you keep?",
        (
            Option(
                "the last one: a lower training loss is always better",
                "It may only mean that more of the training text is known by heart.",
            ),
            Option(
                "that of epoch 9",
                "What counts is text that it hasn't practised on. Stopping there is called early"
                " stopping.",
                right=True,
            ),
            Option(
                "the first one: it had seen nothing twice, so it is the most honest",
                "It was honest, and hadn't learned much.",
            ),
        ),
        confidence=True,
    ),
    SeveralChoices(
        "5: the first epoch",
        "What is true of the first epoch?",
        (
            Option(
                "No question has been seen before it is asked",
                "So practice is an exam.",
                right=True,
            ),
            Option(
                "Training and held-out loss lie close together",
                "A gap can open only when questions come back. What is left is luck.",
                right=True,
            ),
            Option(
                "It is one single step",
                "It has one step for each batch.",
            ),
            Option(
                "The model doesn't learn yet, for it only looks at the text",
                "Every step ends with an optimizer step, the very first as well.",
            ),
        ),
    ),
    Ordered(
        "5: the training loop",
        "Put the lines of one step of training in order.",
        (
            Option("batch = next_batch()", "Deal the questions."),
            Option("model.zero_grad()", "Forget the last lesson; gradients are added up."),
            Option("loss = model.loss(batch.inputs, batch.targets)", "Attempt and grading."),
            Option("model.backward()", "The gradient of that loss."),
            Option("optimizer.step()", "Carry it out."),
        ),
        (3, 0, 4, 2, 1),
    ),
    OneChoice(
        "5: end of an epoch",
        "What happens to the weights at the moment when an epoch ends?",
        (
            Option(
                "They are updated with all that was learned in it",
                "They were updated after each batch already.",
            ),
            Option(
                "They are set back, so that the next epoch begins anew",
                "Then nothing would ever be learned.",
            ),
            Option(
                "They are averaged over the batches of the epoch",
                "Averaged are the lessons within one batch, before its step.",
            ),
            Option(
                "Nothing at all; an epoch is only a way of counting",
                "Rows are shuffled and dealt again. The model isn't told.",
                right=True,
            ),
        ),
    ),
    OneChoice(
        "5: why practice lags",
        "The training loss that a step reports is a little higher than what you measure on the same"
        " batch after the step. Why?",
        (
            Option(
                "The reported loss is from before the weights moved",
                "Attempt and grading come first, the optimizer step last.",
                right=True,
            ),
            Option(
                "Measuring it a second time is itself a bit of practice",
                "A forward pass teaches nothing.",
            ),
            Option(
                "During training, wrong answers count more",
                "It is the same formula: the mean of −ln p.",
            ),
        ),
    ),
)
