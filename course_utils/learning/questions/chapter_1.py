"""Chapter 1: the batch."""

from __future__ import annotations

from course_utils.learning.quizzes import (
    NumberAsked,
    OneChoice,
    Option,
    Ordered,
    Question,
    Recalled,
    SeveralChoices,
    Slip,
)

RECALL: tuple[Recalled, ...] = (
    Recalled(
        0,
        OneChoice(
            "recall 1: when weights move",
            "From chapter 0: in one iteration, at which moment do the numbers inside the student"
            " become different ones?",
            (
                Option(
                    "in the optimizer step, after backpropagation",
                    "All parts before it only read the weights.",
                    right=True,
                ),
                Option(
                    "in the forward pass, while it answers",
                    "Answering changes nothing: ask again, and you get the same answer.",
                ),
                Option(
                    "in backpropagation, when the slopes are found",
                    "Backpropagation writes down how each weight should move. It moves none.",
                ),
                Option(
                    "when the loss is computed",
                    "The loss is a measurement. It touches no weight.",
                ),
            ),
        ),
    ),
    Recalled(
        0,
        OneChoice(
            "recall 1: never zero confidence",
            "From chapter 0: why must some confidence lie on every possible word?",
            (
                Option(
                    "So that the student stays polite and never rules anything out",
                    "It has no manners, only a cost.",
                ),
                Option(
                    "Because all words are about equally likely anyway",
                    "They aren't. In many places one word is nearly certain.",
                ),
                Option(
                    "If a word with nothing on it came, it would cost infinitely much",
                    "Each halving costs 0.69 more, and from a half to nothing there is no end of"
                    " halvings.",
                    right=True,
                ),
            ),
        ),
    ),
    Recalled(
        0,
        NumberAsked(
            "recall 1: an eighth",
            "From chapter 0: half on the right word costs 0.69. What does an eighth cost?",
            2.08,
            0.03,
            "From all to an eighth there are three halvings, each 0.69.",
            (
                Slip(0.17, "That is a quarter of 0.69. Less on the right word costs more."),
                Slip(1.39, "That is the cost of a quarter: two halvings. An eighth is one more."),
                Slip(0.875, "That is what lies elsewhere. The loss isn't a share."),
            ),
        ),
    ),
)

QUIZ: tuple[Question, ...] = (
    NumberAsked(
        "1: questions in a batch",
        "A batch for next-token prediction has B = 4 rows of T = 10 places. Three places are"
        " padding. How many questions does it ask?",
        37,
        0,
        "Each place that isn't padding asks one question: 4 × 10 − 3.",
        (
            Slip(40, "That counts the padding, too; there the target is −1, and nothing is asked."),
            Slip(4, "That is one question a row. But each place in a row asks for the next token."),
        ),
    ),
    OneChoice(
        "1: where the targets come from",
        "Where do the targets of a next-token batch come from?",
        (
            Option(
                "People have read the text and marked the right answers",
                "Nobody has to: that is why so much text can be used.",
            ),
            Option(
                "They are the model's own best answers from the epoch before",
                "Then it would only learn what it says already.",
            ),
            Option(
                "They are drawn from the vocabulary at random",
                "Then there would be nothing to learn.",
            ),
            Option(
                "They are the inputs, moved by one place",
                "The token that really comes next is the right answer, so the text is its own"
                " answer key.",
                right=True,
            ),
        ),
    ),
    OneChoice(
        "1: number of choices",
        "V = 150. Among how many tokens does the model spread its confidence at each place?",
        (
            Option("150", "All of the vocabulary, at every place.", right=True),
            Option(
                "the 4 or 5 that fit best",
                "So it is on our printed paper. A model has no short list.",
            ),
            Option(
                "as many as there are tokens in the context",
                "The answer needn't stand in the context.",
            ),
        ),
        confidence=True,
    ),
    SeveralChoices(
        "1: what a causal model reads",
        "A row has 12 tokens. A next-token model is asked what comes after token 5. Which tokens"
        " can it use?",
        (
            Option(
                "token 1", "All before the gap may be read, as far as the block goes.", right=True
            ),
            Option("token 5", "The token just before the gap belongs to the context.", right=True),
            Option("token 6", "That is the answer. The card lies on it."),
            Option("token 11", "It stands behind the gap. Only a fill-in model could read it."),
        ),
    ),
    OneChoice(
        "1: next-token against masked",
        "How do next-token and masked prediction differ?",
        (
            Option(
                "Masked prediction needs people to choose the hidden words",
                "Chance hides them: here, 15 % of each row.",
            ),
            Option(
                "Next-token prediction uses whole words, masked prediction uses letters",
                "Both work with any tokens.",
            ),
            Option(
                "A masked question may use both sides, and only the hidden tokens are asked for",
                "So one row gives fewer questions, and each has more to go by.",
                right=True,
            ),
        ),
    ),
    OneChoice(
        "1: what shuffling changes",
        "After an epoch the rows are shuffled and dealt anew. What is new about the batches of the"
        " second epoch?",
        (
            Option(
                "The questions: no question comes twice",
                "The same rows give the same questions. Nothing else is in the text.",
            ),
            Option(
                "The order of the tokens within each row",
                "Then it would be no text any more. Rows are shuffled, never their tokens.",
            ),
            Option(
                "Only which rows come together, and when",
                "The set of questions is the same; the batches are others.",
                right=True,
            ),
            Option(
                "Nothing at all: the batches are the same as before",
                "That would be so without shuffling.",
            ),
        ),
    ),
    Ordered(
        "1: from text to a batch",
        "Put the way from a text to a batch in order.",
        (
            Option("Cut the text into tokens", "Without pieces there is nothing to number."),
            Option("Look up the id of each token", "The vocabulary gives each token its number."),
            Option(
                "Put the ids into rows and fill up with padding", "Rows of equal length: (B, T)."
            ),
            Option(
                "Shift a copy by one place: the targets",
                "Under each id stands the one that comes next; under padding −1.",
            ),
        ),
        (3, 1, 0, 2),
    ),
    OneChoice(
        "1: learning within a batch",
        "Two questions of one batch ask for the same rare word. Does the first help the model with"
        " the second?",
        (
            Option(
                "Yes, if the first one stands in an earlier row",
                "The order of the rows makes no difference to any answer.",
            ),
            Option(
                "No: both are answered with the same weights",
                "The weights move once, after the whole batch.",
                right=True,
            ),
            Option(
                "Yes, it has just been told the right answer",
                "It is told nothing while it answers. Targets are for the loss.",
            ),
        ),
        confidence=True,
    ),
)
