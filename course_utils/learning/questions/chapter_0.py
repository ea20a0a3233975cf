"""Chapter 0: the whole cycle."""

from __future__ import annotations

import numpy as np

from course_utils.figures.small_curves import CurveBox, SmallCurve
from course_utils.learning.quizzes import (
    NumberAsked,
    OneChoice,
    Option,
    Ordered,
    Question,
    SeveralChoices,
    Slip,
    WhichCurve,
)

QUIZ: tuple[Question, ...] = (
    Ordered(
        "0: parts of an iteration",
        "Put the five parts of one iteration in order.",
        (
            Option("batch", "First there must be questions."),
            Option("forward pass", "The model answers all of them, with the weights it has now."),
            Option("loss", "The answers are measured against the right words."),
            Option("backpropagation", "Only now is there a loss whose slopes can be worked out."),
            Option("optimizer step", "Last: the weights move, by what backpropagation found."),
        ),
        (2, 4, 1, 0, 3),
    ),
    OneChoice(
        "0: answering without feedback",
        "A model answers 1,000 questions. No loss is computed and no optimizer step is made. What"
        " has it learned from them?",
        (
            Option(
                "A little: each answer leaves a small trace in its weights",
                "A forward pass only reads the weights. It writes to none of them.",
            ),
            Option(
                "The questions, but not yet their right answers",
                "It keeps nothing but its weights, and they are what they were. The questions are"
                " gone when the pass is over.",
            ),
            Option(
                "Nothing: every weight is what it was before",
                "Learning means changing weights, and only the optimizer step does that.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    NumberAsked(
        "0: loss of a quarter",
        "With half of the confidence on the right word a question costs 0.69. What does it cost"
        " with a quarter on it?",
        1.39,
        0.02,
        "Each halving costs 0.69 once more: two halvings are 1.39 (a hair more than 2 × 0.69).",
        (
            Slip(
                0.35,
                "That is half of 0.69. But less on the right word costs more, not less.",
            ),
            Slip(0.75, "That is the share that isn't on the right word. The loss isn't a share."),
            Slip(0.25, "That is the confidence itself. The loss says what it costs."),
        ),
    ),
    OneChoice(
        "0: best loss is not zero",
        "Why does even the best possible student have a loss above 0 on many stories?",
        (
            Option(
                "Some questions are open: several words may follow, and one is drawn by lot",
                "Who knows the rules still doesn't know how the lot will fall.",
                right=True,
            ),
            Option(
                "It has read too few stories to know all of the rules by which they are made",
                "The best possible student knows the rules exactly. More reading adds nothing.",
            ),
            Option(
                "Computers round numbers, so that a loss of exactly 0 can never be reached",
                "Rounding is far smaller than what is seen here.",
            ),
            Option(
                "The loss counts mistakes, and everyone makes some",
                "The loss doesn't count mistakes. It measures how much lay on the right word.",
            ),
        ),
    ),
    SeveralChoices(
        "0: an untrained student",
        "What is true of a student that hasn't been trained at all?",
        (
            Option("Its weights are random numbers", "Something must stand in them.", right=True),
            Option("Its loss is 0, for it hasn't made a mistake yet", "It is about a blind guess."),
            Option(
                "It spreads its confidence nearly evenly over all choices",
                "Random weights give no reason for a strong favourite.",
                right=True,
            ),
            Option(
                "On many questions its loss is about that of a blind guess",
                "Nearly even answers cost about as much as exactly even ones.",
                right=True,
            ),
            Option(
                "It can't answer until it has taken its first test",
                "It answers at once, only badly. The first test needs such answers.",
            ),
        ),
    ),
    WhichCurve(
        "0: loss over a training",
        "Which curve is like the loss on unseen stories while a student is trained?",
        (
            Option(
                "A",
                "A straight way down to 0 would mean that each step brings the same, and that"
                " nothing has to be guessed in the end.",
            ),
            Option(
                "B",
                "It begins at about a blind guess, gains most in the first steps, and flattens"
                " above the best possible loss, which isn't 0.",
                right=True,
            ),
            Option(
                "C",
                "Nothing jumps: each step moves the weights a little. And 0 can't be had.",
            ),
        ),
        (
            CurveBox((SmallCurve(lambda x: 0.95 * (1 - x), "falls along a straight line to 0"),)),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.14 + 0.81 * np.exp(-6 * x),
                        "falls steeply at first, then ever more slowly, and stays above 0",
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.95 / (1 + np.exp(90 * (x - 0.55))),
                        "stays high for half of the time, then drops to 0 at once",
                    ),
                )
            ),
        ),
        "step",
        "loss",
    ),
    OneChoice(
        "0: below the best possible",
        "On six questions a student has a lower loss than the best possible student. What is the"
        " likely reason?",
        (
            Option(
                "It has found rules that the best possible student doesn't know",
                "There are none: the best possible student uses exactly the rules that make the"
                " stories.",
            ),
            Option(
                "Luck: on few questions it can happen",
                "The words that came happened to be those on which it had put much. On hundreds"
                " of stories that evens out.",
                right=True,
            ),
            Option(
                "The loss was computed wrongly, since nobody can be below the best",
                "On few questions somebody can. The best possible student is unbeaten only in the"
                " long run.",
            ),
        ),
    ),
)
