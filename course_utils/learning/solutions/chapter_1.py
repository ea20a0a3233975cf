"""Chapter 1's solutions, and the wrong answers that are often given."""

from __future__ import annotations

import numpy as np


def make_questions(words):
    questions = []
    for i in range(1, len(words)):
        questions.append((words[:i], words[i]))
    return questions


def mask_word(words, position):
    seen = list(words)
    answer = seen[position]
    seen[position] = "<mask>"
    return seen, answer


def count_questions(rows):
    asked = 0
    for row in rows:
        for token in row[1:]:
            if token != 0:
                asked += 1
    return asked


def answer_key(rows):
    key = []
    for row in rows:
        key.append([token if token != 0 else -1 for token in row[1:]])
    return key


def _answer_after_hiding(words, position):
    seen = list(words)
    seen[position] = "<mask>"
    return seen, seen[position]


def _hidden_one_early(words, position):
    return _masked(words, position - 1)


def _masked(words, position):
    return mask_word(words, position % len(words))


WRONG = {
    "make_questions": {
        "the last word isn't asked": lambda words: [
            (words[:i], words[i]) for i in range(1, len(words) - 1)
        ],
        "the answer stands in the context": lambda words: [
            (words[: i + 1], words[i]) for i in range(1, len(words))
        ],
        "the start is asked": lambda words: [(words[:i], words[i]) for i in range(len(words))],
        "only one word is read": lambda words: [
            ([words[i - 1]], words[i]) for i in range(1, len(words))
        ],
        "one question a text": lambda words: [(words[:-1], words[-1])],
    },
    "mask_word": {
        "the answer is read too late": _answer_after_hiding,
        "the word is taken out": lambda words, position: (
            [*words[:position], *words[position + 1 :]],
            words[position],
        ),
        "counted from 1": _hidden_one_early,
        "all that follows is hidden": lambda words, position: (
            [*words[:position], *["<mask>"] * (len(words) - position)],
            words[position],
        ),
    },
    "count_questions": {
        "a row is a question": lambda rows: len(rows),
        "padding is counted": lambda rows: sum(len(row) - 1 for row in rows),
        "the start is counted": lambda rows: int(np.count_nonzero(rows)),
        "every place is counted": lambda rows: int(np.size(rows)),
        "different words are counted": lambda rows: len(
            set(np.ravel(rows)[np.ravel(rows) > 1].tolist())
        ),
    },
    "answer_key": {
        "padding stays 0": lambda rows: [list(row[1:]) for row in rows],
        "shifted the wrong way": lambda rows: [
            [-1 if token == 0 else token for token in row[:-1]] for row in rows
        ],
        "as long as the row": lambda rows: [
            [-1 if token == 0 else token for token in [*row[1:], 0]] for row in rows
        ],
        "the padding is cut off": lambda rows: [
            [token for token in row[1:] if token != 0] for row in rows
        ],
    },
}
