"""What a view looks at: a corpus, a student of its own, and questions for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.student.model import GPT
from course_utils.training.attempts import (
    Attempt,
    Question,
    Watched,
    example_questions,
    open_questions,
    question_text,
    short_list,
)
from course_utils.training.corpus import Corpus, story_corpus
from course_utils.training.students import FILL_IN, TRAINED, load_student

NEXT_TOKEN, FILL_IN_BLANK = "next token", "fill in"
OBJECTIVES = (NEXT_TOKEN, FILL_IN_BLANK)
SEED = 4  # draws which open questions are asked, and the order of the four words
TAIL = 6  # words of a question's end that its name shows


class Subject:
    """A corpus and a student that is this widget's alone.

    ``questions`` have an answer that was named far back; ``asked`` comes first, if it is given.
    Raises `ValueError` if the student and the corpus don't fit each other or the objective.
    """

    def __init__(
        self,
        corpus: Corpus | None = None,
        model: GPT | None = None,
        objective: str = NEXT_TOKEN,
        asked: Question | None = None,
    ) -> None:
        if objective not in OBJECTIVES:
            raise ValueError(
                f"There is no objective {objective!r}; choose {' or '.join(OBJECTIVES)}."
            )
        self.shipped = model is None
        if model is None:
            if corpus is not None and corpus.grammar is None:
                raise ValueError(
                    "The shipped students know the stories only; pass model=, a student trained on"
                    f" {corpus.name}."
                )
            model = load_student(FILL_IN if objective == FILL_IN_BLANK else TRAINED)
        elif objective == FILL_IN_BLANK and model.config.causal:
            raise ValueError("This student only looks back; pass one made with causal=False.")
        self.corpus = corpus = story_corpus(1) if corpus is None else corpus
        self.masked = not model.config.causal
        if model.config.vocab_size != corpus.vocab_size:
            raise ValueError(
                f"The student knows {model.config.vocab_size} tokens, {corpus.name} has"
                f" {corpus.vocab_size}; pass the student that was trained on this corpus."
            )
        if model.config.block_size < corpus.block_for(self.masked):
            raise ValueError(
                f"The student reads {model.config.block_size} tokens, a question has up to"
                f" {corpus.block_for(self.masked)}; pass a corpus with a smaller block."
            )
        self.watched = Watched(model)
        self.questions = [] if asked is None else [asked]
        self.questions += example_questions(corpus, self.masked)
        if not self.questions:
            raise ValueError(f"{corpus.name} holds no question; choose a longer text.")

    @property
    def model(self) -> GPT:
        """The student; nobody else uses it."""
        return self.watched.model

    @property
    def label(self) -> Callable[[int], str]:
        """A token as it can be shown."""
        return self.corpus.label

    def text(self, question: Question) -> str:
        """The question's context as natural text."""
        return question_text(self.corpus, question)

    def names(self) -> list[tuple[str, int]]:
        """The questions as a menu: the end of each context, and its number."""
        return [(f"{i + 1}. {self._tail(q)}", i) for i, q in enumerate(self.questions)]

    def _tail(self, question: Question) -> str:
        words = self.text(question).split()
        if not question.masked:
            return f"… {' '.join(words[-TAIL:])} ___"
        gap = next((i for i, word in enumerate(words) if "___" in word), 0)
        return f"… {' '.join(words[max(0, gap - TAIL) : gap + 3])} …"

    def attempt(self, question: Question) -> Attempt:
        """One forward pass, looked into."""
        return self.watched.attempt(question)

    def for_chips(self) -> list[tuple[Question, list[int]]]:
        """Questions to place chips on, each with its four words; none is in ``questions``."""
        rng = np.random.default_rng(SEED)
        return [
            (question, short_list(self.corpus, question, rng))
            for question in open_questions(self.corpus, rng, self.masked)
        ]
