"""Chapter 6: a text of your own, and a project."""

from __future__ import annotations

import numpy as np

from course_utils.learning.case_functions import adder, counter, successor
from course_utils.learning.exercises import Exercise, Misconception, Project
from course_utils.student import generate
from course_utils.training.corpus import text_corpus

SHORT = np.arange(10)
LONG = np.array([7, 3, 3, 9, 1, 4, 8, 8, 2, 5, 6, 0, 4, 4, 1, 7, 9, 2, 3, 5, 0, 6, 6])
ASKED = np.array([[3, -1], [-1, 5]])
LOSSES = np.array([[0.5, 2.0], [4.0, 1.5]])

EXERCISES = (
    Exercise(
        name="hold_out",
        title="hold out a part of your text",
        chapter=6,
        kind="example",
        task="A text of your own needs a part that the model never trains on. `ids` (n,) is the"
        " whole text. The example returns practice and held-out part, but the held-out part is also"
        " practised on. Alter it: the last `share` of the text is held out (rounded to whole"
        " tokens), and practice is the rest.",
        difficulty=1,
        minutes=4,
        core=True,
        shown=text_corpus,
        cases=((SHORT, 0.1), (SHORT, 0.5), (LONG, 0.3)),
        misconceptions=(
            Misconception(
                "the held-out part is practised on",
                "Practice still holds the whole text. The held-out loss then says nothing about"
                " unseen text: it has been seen.",
            ),
            Misconception(
                "the two are swapped",
                "Practice and held-out part are swapped. Practice comes first, and it is the larger"
                " one.",
            ),
            Misconception(
                "the beginning is held out",
                "You hold out the beginning of the text. Here it is the end.",
            ),
            Misconception(
                "the share is practised on",
                "You practise on the share and hold out all the rest. share says how much is held"
                " out.",
            ),
            Misconception(
                "one token is lost",
                "One token is in neither part. Both parts meet at the same place: ids[:cut] and"
                " ids[cut:].",
            ),
        ),
        hints=(
            "Where does practice have to stop so that nothing is in both parts?",
            "The held-out part begins at a place that you can give a name: cut.",
            "cut = len(ids) - round(share * len(ids)); then ids[:cut] and ids[cut:].",
        ),
        blank="""\
def hold_out(ids, share):
    count = round(share * len(ids))
    practice = ids  # the held-out part is still in it: alter this line
    return practice, ids[len(ids) - count :]
""",
    ),
    Exercise(
        name="count_parameters",
        title="count the parameters of a GPT",
        chapter=6,
        kind="partly",
        task="How many weights has a GPT with V tokens, a block of T, C channels and some layers?"
        " Token table V·C, position table T·C. In each layer: attention (C to 3C and C to C), MLP"
        " (C to 4C and 4C to C), each with biases, and two LayerNorms with a gain and a bias of C"
        " numbers. One more LayerNorm at the end. The token table also writes the logits, so it"
        " counts once. Fill in the two gaps.",
        difficulty=2,
        minutes=7,
        core=False,
        cases=((1, 1, 1, 1), (3, 2, 1, 1), (50, 8, 4, 2), (50257, 1024, 768, 12)),
        misconceptions=(
            Misconception(
                "the token table counts twice",
                "You count the token table twice. The same table reads the tokens and writes the"
                " logits, so its weights exist once.",
            ),
            Misconception(
                "biases are forgotten",
                "The biases of the MLP are missing: one for each output, so 4C for the first layer"
                " and C for the second.",
            ),
            Misconception(
                "positions are forgotten",
                "The position table is missing: T places with C numbers each.",
            ),
            Misconception(
                "the MLP is one layer wide",
                "Your MLP goes from C to C and back. It widens to 4C: the first weight is (C, 4C),"
                " the second (4C, C).",
            ),
            Misconception(
                "half of the MLP",
                "That is the first half of the MLP. It also has a way back, from 4C to C.",
            ),
        ),
        hints=(
            "A linear layer from a to b channels has a·b weights and b biases.",
            "The two tables have V rows and T rows of C numbers. The MLP is two linear layers.",
            "tables = V * C + T * C, and the MLP is C * 4 * C + 4 * C + 4 * C * C + C.",
        ),
        blank="""\
def count_parameters(V, T, C, layers):
    tables = ...
    attention = 3 * C * C + 3 * C + C * C + C
    mlp = ...
    norms = 4 * C
    return tables + layers * (attention + mlp + norms) + 2 * C
""",
    ),
    Exercise(
        name="masked_loss",
        title="the loss of a fill-in batch",
        chapter=6,
        kind="free",
        task="`losses` (B, T) holds a loss for every place, `targets` (B, T) the right ids, −1"
        " where nothing is asked. Return the mean loss over the questions that are asked.",
        difficulty=1,
        minutes=4,
        core=False,
        cases=(
            (np.array([[2.0, 1.0]]), np.array([[-1, 0]])),
            (LOSSES, ASKED),
            (
                np.array([[0.1, 3.0, 0.7, 2.2], [1.0, 0.0, 5.0, 0.4]]),
                np.array([[-1, 7, -1, -1], [0, -1, 2, 9]]),
            ),
        ),
        misconceptions=(
            Misconception(
                "the mean over all places",
                "You take the mean over all places. Where the target is −1 nothing is asked, and"
                " what stands there doesn't count.",
            ),
            Misconception(
                "divided by all places",
                "You add up only the asked ones, but divide by all places. Divide by the number of"
                " questions that are asked.",
            ),
            Misconception(
                "id 0 isn't asked",
                "You leave out the questions whose right answer has the id 0. Only −1 means that"
                " nothing is asked: use >= 0.",
            ),
            Misconception(
                "the sum instead of the mean",
                "That is the sum. Divide by the number of questions, or more blanks would always"
                " look worse.",
            ),
            Misconception(
                "a mean of the rows' means",
                "You take each row's mean and then the mean of those. Then a question in a row with"
                " few blanks counts more than others; all questions count alike.",
            ),
            Misconception(
                "what isn't asked is graded",
                "You grade exactly the places where nothing is asked.",
            ),
        ),
        hints=(
            "At which places is something asked? How many are there?",
            "targets >= 0 is True exactly there.",
            "losses[targets >= 0] picks those losses; take their mean.",
        ),
        blank="""\
import numpy as np


def masked_loss(losses, targets):
    return ...  # your code here
""",
    ),
    Exercise(
        name="write",
        title="generate, token by token",
        chapter=6,
        kind="free",
        task="`logits_after(window)` gives the logits for what follows a list of ids; the list may"
        " hold at most `block_size` of them. Begin with `ids`, and write `count` more tokens: take"
        " the one with the largest logit, append it, ask again. When the text is longer than a"
        " block, show the last `block_size` ids. Return only what was written, as a list.",
        difficulty=2,
        minutes=8,
        core=False,
        shown=generate,
        cases=(
            (successor, [0], 1, 4),
            (successor, [0], 3, 4),
            (adder, [1, 2], 4, 10),
            (adder, [3, 1, 2], 5, 2),
            (counter, [0, 0], 4, 3),
        ),
        misconceptions=(
            Misconception(
                "the beginning is returned, too",
                "You return the beginning as well. Only the new tokens are wanted.",
            ),
            Misconception(
                "never appended",
                "What was written isn't appended, so the same question is asked again and again.",
            ),
            Misconception(
                "longer than a block",
                "You show more than block_size ids. The model has no places for them: show only the"
                " last block_size.",
            ),
            Misconception(
                "the first block forever",
                "You show the first block_size ids, so that new tokens are never read. Show the"
                " last ones.",
            ),
            Misconception(
                "only the last token is read",
                "You show only the last token. The answer depends on everything in the block.",
            ),
            Misconception(
                "the least likely one",
                "You take the token with the smallest logit.",
            ),
        ),
        hints=(
            "Write is a loop: answer, append, ask again.",
            "text[-block_size:] are the last block_size ids of a list, or all if it is shorter.",
            "int(np.argmax(logits)) is the id with the largest logit. At the end, leave out the"
            " first len(ids) entries.",
        ),
        blank="""\
import numpy as np


def write(logits_after, ids, count, block_size):
    return ...  # your code here
""",
    ),
)

PROJECT = Project(
    name="open_project",
    title="a question of your own",
    chapter=6,
    task="Ask one question about training that this course hasn't answered for you, and answer it"
    " by an experiment: say, whether a model with twice the channels needs more text, or which of"
    " two texts of yours is harder to predict. Write down your question, what you expect and why,"
    " what you did, what came out, and what you still don't know. Then grade your own work with"
    " the list below. Ten lines and one picture are enough.",
    difficulty=3,
    minutes=60,
    rubric=(
        "My question can be answered by numbers, and I wrote down what I expected before I ran it.",
        "Two runs are compared, and only one thing differs between them.",
        "The loss is measured on held-out text, and I say how many questions it is a mean of.",
        "I ran it with at least two seeds and say how much the seed alone changes.",
        "I compare with a line that I know: ln V, counting, or the floor.",
        "Somebody else could repeat it: settings, text and seeds stand there.",
        "I say what came out even where it isn't what I expected, and what it doesn't show.",
    ),
)
