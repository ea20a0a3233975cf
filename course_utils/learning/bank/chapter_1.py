"""Chapter 1: making questions from text."""

from __future__ import annotations

import numpy as np

from course_utils.learning.exercises import Exercise, Misconception
from course_utils.material import next_token_batch

ONE = np.array([[1, 5, 2]])
ROWS = np.array([[1, 5, 6, 4, 2], [1, 6, 5, 2, 0]])
LONG = np.array([[1, 4, 4, 9, 3, 7, 2, 0], [1, 8, 2, 0, 0, 0, 0, 0], [1, 3, 5, 8, 2, 0, 0, 0]])
STORY = ["<start>", "Mia", "lost", "her", "red", "kite", ".", "<end>"]

EXERCISES = (
    Exercise(
        name="make_questions",
        title="make questions from a text",
        chapter=1,
        kind="example",
        task="The list `words` begins with `<start>`. Each later word is one question: what may be"
        " read (the context: all words before it), and the right answer. The example below makes"
        " only the first two questions. Alter it so that it makes all of them, for a text of any"
        " length.",
        difficulty=1,
        minutes=4,
        core=True,
        cases=(
            (["<start>", "Stop"],),
            (["<start>", "Tom", "ran", "<end>"],),
            (STORY,),
        ),
        misconceptions=(
            Misconception(
                "the last word isn't asked",
                "The last word is never asked. range(1, n) already stops before n, so nothing is to"
                " be taken off the length.",
            ),
            Misconception(
                "the answer stands in the context",
                "The answer itself can be read in the context. words[:i] stops before word i, and"
                " that is what you want: a question must not hold its own answer.",
            ),
            Misconception(
                "the start is asked",
                "You also ask for the first word, with nothing to read before it. <start> is given,"
                " so the first question is about word 1, not word 0.",
            ),
            Misconception(
                "only one word is read",
                "Each question shows only the word just before. The context is everything before"
                " the answer, from <start> on.",
            ),
            Misconception(
                "one question a text",
                "That is one question for the whole text, about its last word. Every word after"
                " <start> is a question.",
            ),
        ),
        hints=(
            "How many questions does the list of four words hold, and which word is the last"
            " answer?",
            "The numbers in range(1, 3) say which words are asked. The 3 must become something"
            " that depends on the text.",
            "len(words) is the number of words, and range(1, n) stops just before n.",
        ),
        blank="""\
def make_questions(words):
    questions = []
    for i in range(1, 3):  # words 1 and 2 are asked: alter this line
        questions.append((words[:i], words[i]))
    return questions
""",
    ),
    Exercise(
        name="mask_word",
        title="hide a word",
        chapter=1,
        kind="partly",
        task='Make a fill-in question: hide the word at `position` (counted from 0) by `"<mask>"`.'
        " Return the list that the student sees, and the right answer. Fill in the two gaps.",
        difficulty=1,
        minutes=4,
        core=False,
        cases=(
            (["Stop"], 0),
            (["Tom", "ran"], 1),
            (["Ida", "has", "a", "blue", "cap"], 3),
            (["Ida", "has", "a", "blue", "cap"], 0),
        ),
        misconceptions=(
            Misconception(
                "the answer is read too late",
                "The right answer comes out as <mask>: it is read after the word was hidden. Read"
                " it first.",
            ),
            Misconception(
                "the word is taken out",
                "The word is gone, and the text is one word shorter. The student must see where"
                " something is missing, so <mask> takes the word's place.",
            ),
            Misconception(
                "counted from 1",
                "You hide the word before it. Positions count from 0: the first word is words[0].",
            ),
            Misconception(
                "all that follows is hidden",
                "You hide everything from there on. That would be a next-token question; in a"
                " fill-in question the words on both sides may be read.",
            ),
        ),
        hints=(
            "Two things are returned: what the student sees, and what the teacher knows.",
            "seen is a copy of the list. The word at a position is seen[position].",
            'answer = seen[position] comes first; then seen[position] = "<mask>".',
        ),
        blank="""\
def mask_word(words, position):
    seen = list(words)  # a copy, so that the text itself stays whole
    answer = ...
    seen[position] = ...
    return seen, answer
""",
    ),
    Exercise(
        name="count_questions",
        title="count the questions of a batch",
        chapter=1,
        kind="free",
        task="`rows` is an array with one story a row, as ids: 1 is `<start>`, 0 is padding."
        " Count the next-token questions. Everything after the start is asked, except padding.",
        difficulty=2,
        minutes=5,
        core=False,
        cases=((ONE,), (ROWS,), (LONG,), (np.array([[1, 7, 7, 7, 2]] * 3),)),
        misconceptions=(
            Misconception(
                "a row is a question",
                "That is the number of rows. One row of text is many questions, nearly one for each"
                " of its tokens.",
            ),
            Misconception(
                "padding is counted",
                "You also count the padding. The zeros only fill the shorter rows up, and nobody"
                " asks for them.",
            ),
            Misconception(
                "the start is counted",
                "You count the <start> of each row as well. It is given and never asked, so each"
                " row has one question less.",
            ),
            Misconception(
                "every place is counted",
                "That is rows times columns: every place. Neither <start> nor padding is asked.",
            ),
            Misconception(
                "different words are counted",
                "You count how many different ids there are. A word that comes three times is asked"
                " three times.",
            ),
        ),
        hints=(
            "Which tokens of the row 1 6 5 2 0 are asked?",
            "Leave out the first column, then count what isn't 0.",
            "For a row, row[1:] is everything after the start. Go through it and add 1 for each"
            " token that isn't 0.",
        ),
        blank="""\
def count_questions(rows):
    return ...  # your code here
""",
    ),
    Exercise(
        name="answer_key",
        title="the answer key",
        chapter=1,
        kind="free",
        task="`rows` is again an array of ids. Make its answer key: for each place of `rows` but"
        " the last, the id that comes next, and −1 where that is padding (0). So B rows of T + 1"
        " ids give B rows of T.",
        difficulty=2,
        minutes=6,
        core=False,
        shown=next_token_batch,
        cases=((ONE,), (ROWS,), (LONG,)),
        misconceptions=(
            Misconception(
                "padding stays 0",
                "Where there is padding your key says 0, as if 0 were a right answer. −1 says that"
                " nothing is asked there.",
            ),
            Misconception(
                "shifted the wrong way",
                "That is what the student reads at each place, not what comes next. Drop the first"
                " id of a row, not the last.",
            ),
            Misconception(
                "as long as the row",
                "Your key has T + 1 places. After the last id nothing comes, so nothing is asked"
                " there, and the key ends one place earlier.",
            ),
            Misconception(
                "the padding is cut off",
                "You leave the padding out, so the rows get different lengths. A batch is a table:"
                " keep the place, and write −1.",
            ),
        ),
        hints=(
            "Write the row 1 6 5 2 0 down, and under each id the one that comes next.",
            "The key is the row without its first id. Then look for the zeros.",
            "With an array: key = rows[:, 1:] and then np.where(key == 0, -1, key). With lists: go"
            " through row[1:] of every row.",
        ),
        blank="""\
def answer_key(rows):
    return ...  # your code here
""",
    ),
)
