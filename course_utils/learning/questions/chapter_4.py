"""Chapter 4: backpropagation and the optimizer step."""

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

RECALL: tuple[Recalled, ...] = (
    Recalled(
        3,
        OneChoice(
            "recall 4: half on the right token",
            "From chapter 3: one model puts 50 % on the right token twice, another 99 % once and"
            " 1 % once. Whose mean loss is lower?",
            (
                Option(
                    "both have the same: their mean percentages are equal",
                    "Losses are averaged, not percentages: 0.69 against 2.31.",
                ),
                Option(
                    "the second: it was nearly certain once",
                    "It saves 0.68 there and pays 3.91 more on the other question.",
                ),
                Option(
                    "the first",
                    "0.69 against 2.31: being confidently wrong is the dearest thing there is.",
                    right=True,
                ),
            ),
        ),
    ),
    Recalled(
        2,
        OneChoice(
            "recall 4: asked twice",
            "From chapter 2: you give a model the same row of tokens twice. What about its logits?",
            (
                Option(
                    "They are the same to the last bit",
                    "A pass keeps nothing, and no chance is in it. Chance comes in when a token is"
                    " drawn.",
                    right=True,
                ),
                Option(
                    "They differ slightly, for a model answers by chance",
                    "The answer is a whole distribution, computed without any chance.",
                ),
                Option(
                    "The second answer is better, for the text is known by now",
                    "It keeps nothing from the first pass.",
                ),
                Option(
                    "The second answer is surer, as repeating makes confident",
                    "There is no place in which the first time could be noted.",
                ),
            ),
        ),
    ),
    Recalled(
        0,
        Ordered(
            "recall 4: the cycle",
            "From chapter 0: what follows what?",
            (
                Option("The questions are dealt", "A batch."),
                Option("All of them are answered", "The forward pass."),
                Option("One number says how good that was", "The loss."),
                Option("For each weight it is found out which way is better", "Backpropagation."),
                Option("The weights move", "The optimizer step."),
            ),
            (4, 2, 1, 3, 0),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    OneChoice(
        "4: what a gradient holds",
        "What does the gradient of the loss hold?",
        (
            Option(
                "for each weight, how far it must move to be right",
                "No weight has a right value, and a slope is no distance: how far to go is the"
                " optimizer's choice.",
            ),
            Option(
                "for each weight, the slope of the loss: which way is up, and how steep it is here",
                "One number for each weight, true for small moves from this place.",
                right=True,
            ),
            Option(
                "for each neuron, whether it was to blame for a wrong answer, and how much of it",
                "It belongs to weights. And it blames nobody; right answers have slopes, too.",
            ),
            Option(
                "for each question, whether it was answered correctly",
                "That would be a list of errors. A gradient has one number for each weight.",
            ),
        ),
    ),
    NumberAsked(
        "4: one step of SGD",
        "A weight is 0.50, its slope is 2.0, and the learning rate is 0.1. What is the weight after"
        " one step of plain SGD?",
        0.3,
        0.001,
        "0.50 − 0.1 × 2.0: against the slope.",
        (
            Slip(0.7, "That goes up the slope. Downhill is minus."),
            Slip(-1.5, "The learning rate is missing: 0.50 − 2.0."),
            Slip(0.2, "That is the length of the step, and the weight was 0.50."),
            Slip(0.4, "That subtracts the learning rate alone. The slope counts as well."),
        ),
    ),
    OneChoice(
        "4: after backward",
        "A training script has just called model.backward(), and not yet optimizer.step(). What is"
        " different from before?",
        (
            Option(
                "The weights have moved a little, downhill",
                "backward moves no weight: 0.0 % of them changed in your experiment.",
            ),
            Option(
                "The weights of the last layer have moved; the others follow in step()",
                "No layer moves in backward. It only walks from the last one to the first.",
            ),
            Option(
                "The loss is lower",
                "It can only be lower when weights have changed, and none has.",
            ),
            Option(
                "The gradients are filled in; the weights are as before",
                "The plan is written. Nobody has carried it out.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    NumberAsked(
        "4: slope at the right logit",
        "For one question, softmax gives the right token 0.7. What is the slope of this question's"
        " loss at the right token's logit?",
        -0.3,
        0.005,
        "softmax − one-hot = 0.7 − 1: raising it lowers the loss.",
        (
            Slip(0.3, "The sign: it is softmax minus one-hot, not the other way round."),
            Slip(0.7, "One-hot is missing: at the right token 1 is taken away."),
            Slip(-0.7, "At the right token it is 0.7 − 1."),
            Slip(0.357, "That is the loss, −ln 0.7. Its slope is asked for."),
        ),
    ),
    WhichCurve(
        "4: loss over the learning rate",
        "One step of SGD is made from the same place with ever larger learning rates. Which curve"
        " is the loss after the step?",
        (
            Option(
                "A",
                "Too short a step gains little, a good one ends in the valley, a long one climbs"
                " the other wall.",
                right=True,
            ),
            Option(
                "B",
                "That is the promise of the slope, kept for small steps only. The ground bends.",
            ),
            Option(
                "C",
                "Small steps downhill do lower the loss. Only long ones make it worse.",
            ),
        ),
        (
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.6 - 0.55 * x**3 + 6.4 * np.maximum(x - 0.7, 0) ** 1.6,
                        "begins level, sinks into a valley, then rises above where it began",
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.6 - 0.55 * x**3,
                        "begins level, then falls without end",
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.3 + 0.65 * x**3,
                        "begins level, then rises without end",
                    ),
                )
            ),
        ),
        "learning rate",
        "loss",
        logarithmic=True,
    ),
    SeveralChoices(
        "4: SGD and AdamW",
        "SGD (without momentum) and AdamW get the same gradient. What is true?",
        (
            Option(
                "With SGD, twice the slope is twice the step",
                "Every slope is multiplied by the same learning rate.",
                right=True,
            ),
            Option(
                "With AdamW, a weight with the larger slope always takes the larger step",
                "In about half of the pairs it was the other way round.",
            ),
            Option(
                "AdamW keeps two running means for each weight",
                "Of its slopes and of their squares.",
                right=True,
            ),
            Option(
                "AdamW needs no learning rate",
                "It sets a step for each weight, and the learning rate scales them all.",
            ),
        ),
    ),
    OneChoice(
        "4: why many questions",
        "Why does a batch hold many questions instead of one?",
        (
            Option(
                "Because a model can't answer a single question",
                "It can; you applied the lesson of one.",
            ),
            Option(
                "Because otherwise the loss couldn't be computed",
                "One question has a loss as well.",
            ),
            Option(
                "The mean of their lessons keeps what many ask for, and spoils other answers less",
                "What only one asks for is nearly averaged away.",
                right=True,
            ),
            Option(
                "So that the weights can move once for each question, one after the other",
                "They move once for the whole batch, after all lessons have been averaged.",
            ),
        ),
        confidence=True,
    ),
    Ordered(
        "4: the way back",
        "Backpropagation walks through a model with two layers. In which order does it get there?",
        (
            Option("the logits", "There the slope is known at once: softmax minus one-hot."),
            Option("layer 2, its MLP", "The layer just before the logits; in it the MLP is last."),
            Option("layer 2, its attention", "In a layer attention comes first, so here second."),
            Option("layer 1", "It gets what layer 2 hands back."),
            Option("the embedding tables", "Where the forward pass began, the way back ends."),
        ),
        (4, 1, 3, 0, 2),
    ),
    OneChoice(
        "4: the price of slopes",
        "A model has ten times as many weights as another. How much longer does it take to find all"
        " slopes, counted in attempts of the larger model?",
        (
            Option(
                "Backpropagation: still about two more attempts; nudging: ten times as many",
                "Nudging needs two attempts for each weight. Backpropagation goes back once.",
                right=True,
            ),
            Option(
                "Both: ten times as many, since each weight needs a slope of its own",
                "For nudging it is so. Backpropagation finds all slopes in one walk.",
            ),
            Option(
                "Both: the same number, since all weights are nudged at the same time",
                "Nudge all at once, and nobody can tell which of them moved the loss.",
            ),
        ),
    ),
)
