"""Help for the reader of a notebook: readiness, the glossary, the vocabulary, fitting sentences.

What needs NumPy is not imported here: the first cell chooses the number of threads before.
"""

from course_utils.learning.first_cell import ready
from course_utils.learning.glossary import Glossary, glossary
from course_utils.learning.real_models import real_models_table
from course_utils.learning.source import show_source
from course_utils.learning.vocabulary import VOCABULARY, vocabulary_table

__all__ = [
    "VOCABULARY",
    "Glossary",
    "glossary",
    "ready",
    "real_models_table",
    "show_source",
    "vocabulary_table",
]
