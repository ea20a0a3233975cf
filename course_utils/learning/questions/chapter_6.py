"""Chapter 6: everything together, on a text of one's own."""

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
        5,
        OneChoice(
            "recall 6: honest practice",
            "From chapter 5: when does the training loss tell as much about unseen text as the"
            " held-out loss?",
            (
                Option(
                    "as long as no row has come back",
                    "In the first epoch every question is new, so practice is an exam.",
                    right=True,
                ),
                Option(
                    "once it doesn't fall any more",
                    "It may have stopped at perfect memory, far below the held-out loss.",
                ),
                Option(
                    "always, for both come from the same rules",
                    "The rules are the same, but practised questions may be known by heart.",
                ),
                Option(
                    "never, not even at the start",
                    "Before anything is seen twice the two differ by luck only.",
                ),
            ),
        ),
    ),
    Recalled(
        4,
        OneChoice(
            "recall 6: sure and right",
            "From chapter 4: a model puts 99.9 % on the right token. What does this question teach"
            " it?",
            (
                Option(
                    "much: it is told that it was right, and remembers",
                    "A model isn't told anything. It gets slopes, and these are nearly 0.",
                ),
                Option(
                    "next to nothing: all slopes at its logits are nearly 0",
                    "softmax − one-hot is 0.999 − 1 there, and tiny everywhere else.",
                    right=True,
                ),
                Option(
                    "to be less sure next time",
                    "The right token's slope is still below 0: even a little more is still better.",
                ),
            ),
        ),
    ),
    Recalled(
        1,
        OneChoice(
            "recall 6: cut in pieces",
            "From chapter 1: the same text is cut into characters instead of words. What becomes of"
            " the number of questions?",
            (
                Option(
                    "It stays: it is the same text",
                    "A question is asked at each token, and there are more tokens now.",
                ),
                Option(
                    "It falls, for there are fewer different characters than words",
                    "That is V, the number of choices. It falls, indeed.",
                ),
                Option(
                    "It grows, and each question gets easier",
                    "More pieces, each with less to say: so losses per token can't be compared.",
                    right=True,
                ),
            ),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    OneChoice(
        "6: no floor",
        "You train on a text of your own. Which line can no plot show exactly?",
        (
            Option(
                "ln V, the blind guess",
                "V is known as soon as the text is cut into tokens.",
            ),
            Option(
                "the entropy floor",
                "Nobody has the rules by which a real text came about; for our stories we wrote"
                " them.",
                right=True,
            ),
            Option(
                "the best counting",
                "Counting needs the text and nothing else.",
            ),
            Option(
                "the held-out loss",
                "It is measured on a part that training never uses.",
            ),
        ),
    ),
    OneChoice(
        "6: two ways of cutting",
        "On the same text, model C with characters reaches 1.4 nats a token, model W with words"
        " reaches 4.1. Which one predicts the text better?",
        (
            Option(
                "C, because its loss is much lower",
                "Its questions are smaller ones. A word is several of them.",
            ),
            Option(
                "W, because words are harder than characters",
                "Harder questions alone don't say how well they were answered.",
            ),
            Option(
                "These numbers alone don't say",
                "Compare the nats of all questions added up, for the whole text: then the same"
                " thing was predicted.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    SeveralChoices(
        "6: the same run again",
        "What must be equal so that somebody else gets the same run (to within 0.001 of the"
        " held-out loss)?",
        (
            Option("the text", "Other text, other questions.", right=True),
            Option(
                "the seed",
                "From it come the first weights and the order of the batches.",
                right=True,
            ),
            Option(
                "the learning rate and its schedule",
                "Every step depends on it.",
                right=True,
            ),
            Option(
                "the speed of the computer",
                "A slower one needs longer for the same steps.",
            ),
            Option(
                "the name of the folder in which it is saved",
                "It isn't part of the run.",
            ),
        ),
    ),
    NumberAsked(
        "6: weights of the token table",
        "V = 200 tokens, 64 channels, and the table that reads tokens also scores them. How many"
        " weights do these two jobs need together?",
        12800,
        0,
        "One table of 200 × 64 does both.",
        (
            Slip(25600, "That counts it twice. It is one and the same table."),
            Slip(264, "That adds. Each of the 200 tokens has 64 numbers: multiply."),
            Slip(200, "Each token has a whole row of numbers."),
        ),
    ),
    WhichCurve(
        "6: warm-up and cosine",
        "Which curve is a learning rate with warm-up and cosine decay, as under “All thirteen”?",
        (
            Option("A", "That is a constant rate: no warm-up, no decay."),
            Option(
                "B",
                "It grows through the whole training. At the end small steps are wanted, to settle"
                " low in the valley.",
            ),
            Option(
                "C",
                "A short rise while the running means of AdamW are still rough, then down along"
                " half a cosine, here to a tenth.",
                right=True,
            ),
        ),
        (
            CurveBox((SmallCurve(lambda x: 0.8 + 0 * x, "stays at the same height"),)),
            CurveBox((SmallCurve(lambda x: 0.05 + 0.9 * x, "rises from the start to the end"),)),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: np.where(
                            x < 0.1, 9.5 * x, 0.095 + 0.4275 * (1 + np.cos(np.pi * (x - 0.1) / 0.9))
                        ),
                        "rises in the first tenth, then falls to a tenth of its height, slowly at"
                        " first and at the end",
                    ),
                )
            ),
        ),
        "step",
        "rate",
    ),
    OneChoice(
        "6: fine-tuning",
        "What is called fine-tuning today?",
        (
            Option(
                "a later training of a trained model on other text",
                "It begins with weights that know something already.",
                right=True,
            ),
            Option(
                "the small change of the weights in each single step",
                "The article uses the word so. In the field it is an optimizer step.",
            ),
            Option(
                "choosing a good learning rate before the training starts",
                "That is setting a knob, and part of the plan of a run.",
            ),
            Option(
                "lowering the temperature while a model writes",
                "That changes how tokens are drawn, and no weight.",
            ),
        ),
    ),
    OneChoice(
        "6: forgetting",
        "A trained model is fine-tuned on one kind of story only. What happens to its loss on the"
        " other kinds?",
        (
            Option(
                "It stays: what a model has learned, it keeps",
                "It keeps its weights only, and the new gradients move these very weights.",
            ),
            Option(
                "It falls as well, since more training never harms",
                "In your experiment the loss fell a little for one kind and rose for all others.",
            ),
            Option(
                "It usually rises; old text in the mix, or a smaller learning rate, keeps the"
                " rise small",
                "No batch asks for the other kinds any more, so nothing holds them in place.",
                right=True,
            ),
        ),
        confidence=True,
    ),
    OneChoice(
        "6: fill-in learns slowly",
        "Two models read the same 16 stories a batch. Name one reason why the one for masked"
        " prediction needs more steps.",
        (
            Option(
                "Only the hidden tokens of each row are questions",
                "15 % of the tokens instead of nearly all: each batch teaches less. That is a part"
                " of the reason.",
                right=True,
            ),
            Option(
                "Its questions are harder, as parts of the text are missing",
                "They are easier: it reads on both sides, and its floor is lower.",
            ),
            Option(
                "It has fewer weights that can be trained",
                "It has as many (64 more, for one more place). What differs is which tokens are"
                " asked, and what may be read.",
            ),
        ),
    ),
    Ordered(
        "6: handing weights over",
        "You want to go on training with another program. Put the steps in order.",
        (
            Option("train the model here", "First there must be weights worth handing over."),
            Option(
                "save weights, config.json and tokenizer in a folder",
                "The weights alone don't say how they are to be used.",
            ),
            Option("load the folder in the other program", "Same names, same numbers."),
            Option(
                "compare the logits of both on the same tokens",
                "Equal logits (up to rounding) show that weights and equations arrived, before"
                " any time is spent.",
            ),
            Option(
                "go on training there",
                "The loss begins where it was; the optimizer's memory begins anew.",
            ),
        ),
        (1, 4, 2, 0, 3),
    ),
    OneChoice(
        "6: writing with a fill-in model",
        "Why does one rarely let a model that was trained on masked prediction write a text, token"
        " by token?",
        (
            Option(
                "Its vocabulary lacks the words that were hidden",
                "Hidden tokens belong to the vocabulary like all others.",
            ),
            Option(
                "It is used to reading on both sides, and while writing there is no right side yet",
                "Each new token is asked for in a situation that it wasn't trained for.",
                right=True,
            ),
            Option(
                "It gives no probabilities, only a yes or a no",
                "It has logits and softmax like the other.",
            ),
        ),
    ),
)
