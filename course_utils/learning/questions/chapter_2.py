"""Chapter 2: the forward pass."""

from __future__ import annotations

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
        1,
        NumberAsked(
            "recall 2: hidden words",
            "From chapter 1: a row of 40 tokens is made into a fill-in test, and 6 tokens are"
            " hidden. How many questions does this row ask?",
            6,
            0,
            "Only hidden tokens are asked for; all others have the target −1.",
            (
                Slip(40, "That is next-token prediction: a question at every place."),
                Slip(34, "Those can be read. What can be read isn't asked for."),
                Slip(1, "One row is not one question."),
            ),
        ),
    ),
    Recalled(
        0,
        OneChoice(
            "recall 2: what a blind guess is",
            "From chapter 0: what does a blind guess do?",
            (
                Option(
                    "It puts the same confidence on each word of the vocabulary",
                    "Then every question costs the same, whatever comes: 5.01 for 150 choices.",
                    right=True,
                ),
                Option(
                    "It picks one word by chance and puts everything on it",
                    "That would cost infinitely much, nearly always.",
                ),
                Option(
                    "It takes the word that is most frequent in the book",
                    "That would need some counting. A blind guess knows nothing.",
                ),
            ),
        ),
    ),
    Recalled(
        0,
        OneChoice(
            "recall 2: what learning is",
            "From chapter 0: a student writes better after its training. What is different"
            " inside it?",
            (
                Option(
                    "a list of stories has been added",
                    "No list is kept anywhere. It has as many numbers as before.",
                ),
                Option(
                    "it has got more weights",
                    "The number of weights stays the same: 113,088.",
                ),
                Option(
                    "its weights have other values",
                    "That is all that learning is, and all that it keeps.",
                    right=True,
                ),
                Option(
                    "it takes more time for each answer",
                    "An answer is the same amount of arithmetic before and after.",
                ),
            ),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    Ordered(
        "2: stations of the forward pass",
        "Put the stations of one forward pass in order (a model with a single layer).",
        (
            Option("embedding", "Ids become rows of numbers: the token's and the place's."),
            Option("attention", "Each place fetches something from the places it may read."),
            Option("MLP", "Each place works on its own numbers."),
            Option("logits", "The result is compared with each token's row of the table."),
            Option("softmax", "Last, scores become probabilities."),
        ),
        (1, 3, 0, 4, 2),
    ),
    OneChoice(
        "2: a constant on all logits",
        "You add 100 to every logit of an answer. What happens to the probabilities?",
        (
            Option(
                "They all grow, and the largest grows most",
                "They can't all grow: they add up to 1.",
            ),
            Option(
                "They become more even, since 100 is large beside the differences",
                "Softmax looks at differences only, and these stay.",
            ),
            Option(
                "The largest becomes 1",
                "For that the differences would have to grow. They stay the same.",
            ),
            Option(
                "Nothing",
                "Each power gets the same factor, and dividing by the sum takes it out again.",
                right=True,
            ),
        ),
    ),
    NumberAsked(
        "2: one logit more",
        "Token A's logit is 1 higher than token B's. How many times as probable is A?",
        2.72,
        0.03,
        "Softmax takes e to the power of each logit: one more is a factor of e, about 2.72.",
        (
            Slip(
                1,
                "Then they would be equally probable, and the logits would be equal.",
            ),
            Slip(2, "Softmax doesn't double for each unit: the base is e, not 2."),
            Slip(10, "The base of the power is e, not 10."),
        ),
        "times",
    ),
    OneChoice(
        "2: what a softmax output means",
        "A model gives “kite” a probability of 0.93. What does that tell you?",
        (
            Option(
                "The answer is 93 % certain to be right",
                "A fresh model can say 0.93, too. The number comes out of the weights, and nobody"
                " has checked it.",
            ),
            Option(
                "So much of its confidence lies there; how often it is right must be measured",
                "Softmax makes shares of scores. Whether they deserve trust is another question.",
                right=True,
            ),
            Option(
                "It has counted: in 93 of 100 such places of its text, the next word was “kite”",
                "It doesn't keep counts. This very context may never have occurred before.",
            ),
            Option(
                "93 % of the words of the context point to “kite”",
                "Shares of attention and probabilities of answers are different things.",
            ),
        ),
        confidence=True,
    ),
    SeveralChoices(
        "2: attention",
        "What is true of attention in a causal model?",
        (
            Option(
                "The shares that one place gives add up to 1",
                "They come out of a softmax.",
                right=True,
            ),
            Option(
                "A place gives nothing to later places",
                "Their scores are −∞, of which softmax makes 0.",
                right=True,
            ),
            Option(
                "The word with the largest share is always the one that mattered most",
                "Reading isn't needing: covering the most read word sometimes changes nothing.",
            ),
            Option(
                "Paying attention to a word changes weights, so that it is remembered",
                "The shares are computed anew in each pass. No weight moves.",
            ),
            Option(
                "Several heads can read different places at once",
                "Each has its own shares.",
                right=True,
            ),
        ),
    ),
    OneChoice(
        "2: temperature and loss",
        "You raise the temperature from 1 to 2 while the model writes. What happens to its loss on"
        " held-out text?",
        (
            Option(
                "It rises, because unlikely words are drawn more often",
                "Drawing is part of writing. In grading nothing is drawn.",
            ),
            Option(
                "It stays the same",
                "Temperature changes how a word is drawn. No temperature goes into the loss.",
                right=True,
            ),
            Option(
                "It falls, because the model is less sure of wrong words",
                "That would be so if the logits were graded at that temperature; they aren't.",
            ),
        ),
    ),
    WhichCurve(
        "2: temperature and the favourite",
        "Which curve shows the probability with which the likeliest token is drawn, as the"
        " temperature rises?",
        (
            Option(
                "A",
                "Near 0 the favourite is drawn nearly always; the hotter, the more even, down to"
                " 1 in V.",
                right=True,
            ),
            Option(
                "B",
                "A higher temperature makes it bolder, that is: more often an unlikely token.",
            ),
            Option(
                "C",
                "Dividing all logits by the temperature changes their differences, and so all the"
                " shares.",
            ),
        ),
        (
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 0.06 + 0.94 / (1 + (2.2 * x) ** 3),
                        "begins at 1 and falls, ever more slowly, towards a small value",
                    ),
                )
            ),
            CurveBox(
                (
                    SmallCurve(
                        lambda x: 1.0 - 0.94 / (1 + (2.2 * x) ** 3),
                        "begins at a small value and rises towards 1",
                    ),
                )
            ),
            CurveBox((SmallCurve(lambda x: 0.6 + 0 * x, "stays at the same height"),)),
        ),
        "temperature",
        "probability",
    ),
    OneChoice(
        "2: the untrained favourite",
        "Why does an untrained GPT tend to favour the token that it has just read?",
        (
            Option(
                "One table both looks tokens up and scores them",
                "The stream begins with that token's row, and no other row fits it as well.",
                right=True,
            ),
            Option(
                "Texts often repeat words, and it has noticed that",
                "It has read nothing yet.",
            ),
            Option(
                "Its attention can only read the last token",
                "It can read all that came before, trained or not.",
            ),
        ),
    ),
)
