"""Help for the reader of a notebook: readiness, predictions, the vocabulary, fitting sentences."""

from course_utils.learning.first_cell import ready
from course_utils.learning.glossary import Glossary, glossary
from course_utils.learning.prediction import Prediction
from course_utils.learning.real_models import real_models_table
from course_utils.learning.source import show_source
from course_utils.learning.vocabulary import VOCABULARY, vocabulary_table

__all__ = [
    "VOCABULARY",
    "Glossary",
    "Prediction",
    "glossary",
    "ready",
    "real_models_table",
    "show_source",
    "vocabulary_table",
]
