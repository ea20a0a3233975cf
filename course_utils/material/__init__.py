"""The material: stories with exact probabilities, own texts, tokens, batches and questions."""

from course_utils.material.batches import (
    Batch,
    hidden_positions,
    masked_batch,
    masked_batches,
    next_token_batch,
    next_token_batches,
    pack_stories,
    pack_text,
    split_stories,
)
from course_utils.material.grammar import Grammar, GrammarError
from course_utils.material.questions import (
    CHIPS,
    OTHER,
    ChoiceQuestion,
    chips_to_distribution,
    choose_filling_words,
    choose_words,
    question_loss,
    story_questions,
)
from course_utils.material.school_stories import SCHOOL_STORIES
from course_utils.material.stories import StoryGrammar, entropy
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS
from course_utils.material.text import TextError, course_text, read_text
from course_utils.material.tokenizers import (
    BytePairTokenizer,
    CharTokenizer,
    StoryTokenizer,
    TokenizerError,
    WordTokenizer,
    load_tokenizer,
)

__all__ = [
    "CHIPS",
    "END_ID",
    "MASK_ID",
    "OTHER",
    "PAD_ID",
    "SCHOOL_STORIES",
    "START_ID",
    "SYMBOLS",
    "Batch",
    "BytePairTokenizer",
    "CharTokenizer",
    "ChoiceQuestion",
    "Grammar",
    "GrammarError",
    "StoryGrammar",
    "StoryTokenizer",
    "TextError",
    "TokenizerError",
    "WordTokenizer",
    "chips_to_distribution",
    "choose_filling_words",
    "choose_words",
    "course_text",
    "entropy",
    "hidden_positions",
    "load_tokenizer",
    "masked_batch",
    "masked_batches",
    "next_token_batch",
    "next_token_batches",
    "pack_stories",
    "pack_text",
    "question_loss",
    "read_text",
    "split_stories",
    "story_questions",
]
