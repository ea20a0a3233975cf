"""The widgets: one class a file, each a thin shell over training and figures."""

import gc

from course_utils.widgets.attempt_explorer import AttemptExplorer
from course_utils.widgets.calibration import Calibration
from course_utils.widgets.chip_board import ChipBoard
from course_utils.widgets.choice_card import ChoiceCard
from course_utils.widgets.class_scale import ClassScale
from course_utils.widgets.curve_prediction import CurvePrediction
from course_utils.widgets.cycle_walk import CycleWalk
from course_utils.widgets.desk import Desk
from course_utils.widgets.exercise_desk import (
    ExerciseDesk,
    ProjectDesk,
    check,
    hint,
    keep,
    solution,
)
from course_utils.widgets.exit_question import ExitQuestion
from course_utils.widgets.feedback_microscope import FeedbackMicroscope
from course_utils.widgets.first_prediction import FirstPrediction
from course_utils.widgets.loss_desk import LossDesk
from course_utils.widgets.loss_prediction import LossPrediction
from course_utils.widgets.number_prediction import NumberPrediction
from course_utils.widgets.objectives_compared import ObjectivesCompared
from course_utils.widgets.papers_back import PapersBack
from course_utils.widgets.playground import Playground
from course_utils.widgets.question_paper import QuestionPaper
from course_utils.widgets.question_sheet import QuestionSheet
from course_utils.widgets.quiz_sheet import Quiz, Recall
from course_utils.widgets.report_card import ReportCard, report_card
from course_utils.widgets.room import Room
from course_utils.widgets.sabotaged_teacher import SabotagedTeacher
from course_utils.widgets.score_board import ScoreBoard
from course_utils.widgets.training_ground import TrainingGround
from course_utils.widgets.training_room import TrainingRoom
from course_utils.widgets.warm_up import WarmUp
from course_utils.widgets.workbench import Workbench
from course_utils.widgets.writing import Writing

__all__ = [
    "AttemptExplorer",
    "Calibration",
    "ChipBoard",
    "ChoiceCard",
    "ClassScale",
    "CurvePrediction",
    "CycleWalk",
    "Desk",
    "ExerciseDesk",
    "ExitQuestion",
    "FeedbackMicroscope",
    "FirstPrediction",
    "LossDesk",
    "LossPrediction",
    "NumberPrediction",
    "ObjectivesCompared",
    "PapersBack",
    "Playground",
    "ProjectDesk",
    "QuestionPaper",
    "QuestionSheet",
    "Quiz",
    "Recall",
    "ReportCard",
    "Room",
    "SabotagedTeacher",
    "ScoreBoard",
    "TrainingGround",
    "TrainingRoom",
    "WarmUp",
    "Workbench",
    "Writing",
    "check",
    "hint",
    "keep",
    "report_card",
    "solution",
]

# What the imports made stays to the end, over 100,000 objects. Left to itself, the garbage
# collector looks at all of them now and then: a tenth of a second in which no control answers.
gc.freeze()
