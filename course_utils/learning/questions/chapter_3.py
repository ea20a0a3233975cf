"""Chapter 3: the loss."""

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
        2,
        OneChoice(
            "recall 3: a negative logit",
            "From chapter 2: a token's logit is −4. What is its probability?",
            (
                Option(
                    "below 0, so it can never be drawn",
                    "Softmax takes a power of e, and every power is above 0.",
                ),
                Option(
                    "above 0; how large depends on the other logits",
                    "A logit alone says nothing. If all others are −9, it is the favourite.",
                    right=True,
                ),
                Option(
                    "4 %",
                    "Logits are no percentages.",
                ),
            ),
        ),
    ),
    Recalled(
        1,
        SeveralChoices(
            "recall 3: letters of a batch",
            "From chapter 1: inputs have the shape (B, T). Which of these are true?",
            (
                Option(
                    "B is the number of rows", "A row is a story or a piece of text.", right=True
                ),
                Option("T is the number of different tokens", "That is V. T is the places a row."),
                Option(
                    "The targets have the shape (B, T), too",
                    "Each place has its target, or −1 where nothing is asked.",
                    right=True,
                ),
                Option(
                    "The logits have the shape (B, T), too",
                    "Each place has V of them: (B, T, V).",
                ),
            ),
        ),
    ),
    Recalled(
        0,
        OneChoice(
            "recall 3: six or five hundred",
            "From chapter 0: two students differ by 0.2 on six questions. Why look at 500 stories"
            " before you say who is better?",
            (
                Option(
                    "On few questions, luck can make such a difference",
                    "On thousands of questions good and bad luck nearly cancel.",
                    right=True,
                ),
                Option(
                    "A longer test gives each of them more time to learn",
                    "Nothing is learned from a test without an optimizer step.",
                ),
                Option(
                    "On more questions every loss gets smaller",
                    "It is a mean, not a sum: more questions make it surer, not smaller.",
                ),
            ),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    NumberAsked(
        "3: three halvings",
        "A model puts a probability of 1/8 on the right token. What is the loss, in nats?",
        2.08,
        0.03,
        "−ln(1/8) = ln 8 = 3 × 0.693, as 1/8 is three halvings.",
        (
            Slip(3, "That is in bits: three halvings. In nats each is 0.693."),
            Slip(0.875, "That is 1 − p. The loss is −ln p."),
            Slip(0.125, "That is p itself. The loss is −ln p."),
            Slip(-2.08, "The sign is lost: ln p is negative, so the loss is −ln p."),
        ),
        "nats",
    ),
    OneChoice(
        "3: errors and loss",
        "Two checkpoints have their first choice wrong on 34 % of the questions. One has a loss of"
        " 1.06, the other of 0.79. How can that be?",
        (
            Option(
                "It can't: the loss is the percentage of errors, so one number is wrong",
                "The loss is no percentage of errors; it isn't even bounded by 1.",
            ),
            Option(
                "The second was graded on an easier test",
                "Not needed: it happens on the very same questions, as you have seen.",
            ),
            Option(
                "The loss depends on how much lay on the right token, not on who came first",
                "The second is surer where it has reason to be, and less sure where it hasn't.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    WhichCurve(
        "3: loss over probability",
        "Which curve is the loss of one question over the probability on its right token?",
        (
            Option(
                "A",
                "Then the way from 100 to 50 % would cost as much as the way from 50 % to nothing."
                " Each halving must cost the same.",
            ),
            Option(
                "B",
                "That would be a count of errors: all or nothing. The loss knows no threshold.",
            ),
            Option(
                "C",
                "−ln p: 0 at certainty, and beyond any bound towards 0 %.",
                right=True,
            ),
        ),
        (
            CurveBox((SmallCurve(lambda x: 0.95 * (1 - x), "falls along a straight line to 0"),)),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: np.where(x < 0.5, 0.8, 0.0),
                        "is flat and high up to the middle, then flat at 0",
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: np.minimum(-0.25 * np.log(np.maximum(x, 1e-4)), 1.2),
                        "leaves the picture at the top on the left and falls, ever more slowly, to"
                        " 0",
                    ),
                )
            ),
        ),
        "probability",
        "loss",
    ),
    NumberAsked(
        "3: perplexity of a blind guess",
        "A model has learned nothing and guesses evenly among V = 50 tokens. What is its"
        " perplexity?",
        50,
        0.5,
        "Its loss is ln 50 = 3.91, and e to the power of that is 50: as costly as a blind guess"
        " among 50.",
        (
            Slip(3.91, "That is the loss, ln 50. The perplexity is e to the power of it."),
            Slip(0.02, "That is the probability of each token."),
            Slip(25, "Perplexity isn't the mean number of tries."),
        ),
    ),
    OneChoice(
        "3: is zero the goal",
        "On unseen stories, what loss should training aim at?",
        (
            Option(
                "0: only then is every question understood",
                "Two of three questions there have one answer only, but the rest stay open. 0 on"
                " them would need a look at the key.",
            ),
            Option(
                "the entropy floor of these stories",
                "Below it nobody gets in the long run; what lies above it can still be learned.",
                right=True,
            ),
            Option(
                "ln V: the loss at which all tokens get a fair share",
                "That is a blind guess, where training begins.",
            ),
            Option(
                "1: then each question costs one unit",
                "One nat is a unit like one metre. Nothing special happens there.",
            ),
        ),
    ),
    SeveralChoices(
        "3: parts of a loss",
        "The mean loss of a test is split into unavoidable, left to learn and luck. What is true?",
        (
            Option(
                "Left to learn is never below 0",
                "It is a Kullback-Leibler divergence: 0 only if the model's probabilities are the"
                " true ones.",
                right=True,
            ),
            Option(
                "Luck can be below 0",
                "Then likelier tokens came than one could expect.",
                right=True,
            ),
            Option(
                "More training makes the unavoidable part smaller",
                "It belongs to the text. Training wears away what is left to learn.",
            ),
            Option(
                "A longer test makes luck smaller, in the mean of all its questions",
                "Good and bad luck cancel.",
                right=True,
            ),
            Option(
                "A longer test makes what is left to learn smaller",
                "It settles at its mean and stays. Asking more teaches nothing.",
            ),
        ),
    ),
    OneChoice(
        "3: shuffled wrong tokens",
        "All probabilities on wrong tokens are shuffled among these tokens. The right token keeps"
        " its own. What does the loss of this question do?",
        (
            Option(
                "It stays the same",
                "−ln p needs only the p of the right token.",
                right=True,
            ),
            Option(
                "It falls if the shuffled answer makes more sense to a reader",
                "Sense isn't looked at, only the probability of the right token.",
            ),
            Option(
                "It rises, because the first choice is now a worse word",
                "A better or worse wrong word makes no difference.",
            ),
        ),
        confidence=True,
    ),
    Ordered(
        "3: who loses most",
        "Order these by their mean loss on 500 unseen stories, the highest first.",
        (
            Option(
                "an untrained model", "It has favourites and no reason for them: a little above."
            ),
            Option("a blind guess", "Exactly ln V = 5.01."),
            Option("the best counting", "It knows what followed the last few words, and no more."),
            Option("a trained model", "It also looks far back: 0.47."),
            Option("the true probabilities", "Nobody is below these in the long run: 0.45."),
        ),
        (3, 0, 4, 1, 2),
    ),
)
