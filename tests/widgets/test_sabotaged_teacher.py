"""The sealed teachers: what is seen, what is committed to, and what is told."""

from __future__ import annotations

import html
import os

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ipywidgets.widgets.widget import _instances

from course_utils.learning.progress import shared
from course_utils.training.sabotage import (
    FAULTS,
    HEALTHY,
    LEAKED,
    RULES,
    SIGNATURES,
    recorded,
)
from course_utils.widgets import SabotagedTeacher
from course_utils.widgets.sabotaged_teacher import CHOOSE, LETTERS, REASONS


def letter_of(widget, fault):
    return next(letter for letter in LETTERS if widget._faults[letter] == fault)


def shown(widget):
    curves = widget._picture.curves
    return [np.asarray(curves[name].get_ydata()) for name in ("practice", "exam")]


def test_all_seven_are_sealed_and_each_shows_its_own_evidence():
    widget = SabotagedTeacher()
    assert sorted(widget._faults.values()) == sorted(FAULTS)
    assert widget.teacher.options == (CHOOSE, *LETTERS)
    assert widget.picture.value == "" and "Choose a teacher" in widget.verdict.value
    for press in (widget.judge_button, widget.train_button):
        press.click()
        assert "Choose a teacher first" in widget.trouble.value
    for letter in LETTERS:
        widget.teacher.value = letter
        evidence = recorded(widget._faults[letter])
        practice, exam = shown(widget)
        assert practice.tolist() == evidence.practice and exam.tolist() == evidence.exam
        assert f"ends at {evidence.practice[-1]:.1f}" in widget.picture.value
        assert evidence.texts[0].split()[0] in widget.texts.value
        assert "closed" in widget.verdict.value
        assert widget._faults[letter] not in widget.picture.value + widget.verdict.value
    assert SabotagedTeacher(2)._faults != widget._faults


def test_committing_needs_an_answer_and_a_reason_and_opens_the_seal():
    widget = SabotagedTeacher()
    widget.teacher.value = letter = letter_of(widget, LEAKED)
    assert widget.judging.layout.display == "none"
    widget.judge_button.click()
    assert widget.looking.layout.display == "none" and widget.judging.layout.display == ""
    widget.diagnosis.value = HEALTHY
    widget.commit_button.click()
    assert "Choose what it is" in widget.trouble.value and not widget.answers
    widget.reason.value = REASONS[0]
    widget.commit_button.click()
    assert widget.trouble.layout.display == "none"
    assert widget.answers == {letter: (HEALTHY, REASONS[0])}
    where, signature = SIGNATURES[LEAKED]
    told = html.unescape(widget.verdict.value)
    assert "No, not that" in told and signature[:40] in told and "1 of 7 opened, 0 right" in told
    assert f"best in {where}" in told
    assert widget.looking.layout.display == ""

    widget.teacher.value = letter_of(widget, HEALTHY)
    assert "closed" in widget.verdict.value and widget.diagnosis.value == CHOOSE
    widget.judge()
    widget.diagnosis.value, widget.reason.value = HEALTHY, SIGNATURES[HEALTHY][0]
    widget.commit()
    assert "Yes" in widget.verdict.value and "2 of 7 opened, 1 right" in widget.verdict.value
    assert "It shows best in" not in widget.verdict.value
    widget.teacher.value = letter
    assert "No, not that" in widget.verdict.value, "a seal stays open"


def test_when_all_seals_are_open_the_rules_can_be_unfolded():
    widget = SabotagedTeacher()
    for letter in LETTERS:
        assert widget.rules.value == ""
        widget.teacher.value = letter
        widget.judge()
        widget.diagnosis.value, widget.reason.value = HEALTHY, REASONS[0]
        widget.commit()
    page = html.unescape(widget.rules.value)
    assert page.startswith("<details>")
    for words, holds, fault in RULES:
        assert words in page and page.index(words) < page.index(fault, page.index(words))
        assert holds(recorded(fault))


def test_training_anew_shows_growing_evidence_of_the_same_fault():
    known = set(_instances)
    widget = SabotagedTeacher()
    widget.teacher.value = "A"
    before = shown(widget)[0]
    widget.advance(6)
    practice, exam = shown(widget)
    assert len(practice) == 6 and len(exam) == 2
    assert practice.tolist() != before[:6].tolist(), "other chance, other numbers"
    assert "when the training is done" in widget.texts.value
    other = SabotagedTeacher()
    other.teacher.value = "A"
    assert len(shown(other)[0]) == len(before), "two copies don't disturb each other"
    other.close()
    widget.close()
    assert set(_instances) == known, "nothing is left behind"


def test_the_still_is_a_closed_seal():
    page = html.unescape(SabotagedTeacher().still())
    assert page.count("<img ") == 1 and all(fault in page for fault in FAULTS)
    assert "Two curves of losses over 200 steps" in page


class Walk(RuleBasedStateMachine):
    """Whatever is clicked: what is drawn is what is known, and what is told is true."""

    def __init__(self):
        super().__init__()
        self.widget = SabotagedTeacher()
        self.widget.teacher.value = "A"

    @rule(letter=st.sampled_from(LETTERS))
    def look(self, letter):
        self.widget.teacher.value = letter

    @rule()
    def judge(self):
        self.widget.judge_button.click()

    @rule(fault=st.sampled_from([CHOOSE, *FAULTS]), reason=st.sampled_from([CHOOSE, *REASONS]))
    def choose(self, fault, reason):
        self.widget.diagnosis.value, self.widget.reason.value = fault, reason

    @rule()
    def commit(self):
        self.widget.commit_button.click()

    @rule(steps=st.integers(1, 3))
    def train(self, steps):
        self.widget.advance(steps)

    @invariant()
    def drawn_is_known(self):
        widget = self.widget
        evidence = widget._evidence[widget.teacher.value]
        practice, exam = shown(widget)
        assert practice.tolist() == evidence.practice and exam.tolist() == evidence.exam

    @invariant()
    def told_is_true(self):
        widget, letter = self.widget, self.widget.teacher.value
        right = sum(widget._faults[k] == said for k, (said, _) in widget.answers.items())
        if letter in widget.answers:
            assert f"{len(widget.answers)} of 7 opened, {right} right" in widget.verdict.value
        else:
            assert "closed" in widget.verdict.value
        hidden = [box.layout.display == "none" for box in (widget.looking, widget.judging)]
        assert sorted(hidden) == [False, True]


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    derandomize=True, max_examples=2, deadline=None,
    stateful_step_count=int(os.environ.get("COURSE_WALK", "15")),
)  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_given(reason):
    widget = SabotagedTeacher()
    widget.teacher.value = LETTERS[0]
    widget.judge()
    widget.diagnosis.value, widget.reason.value = HEALTHY, reason
    widget.commit()
    assert widget.answers[LETTERS[0]] == (HEALTHY, reason)


def test_a_diagnosis_is_kept_with_what_the_seal_hid():
    widget = SabotagedTeacher()
    widget.teacher.value = "A"
    widget.judge()
    widget.diagnosis.value, widget.reason.value = FAULTS[0], REASONS[0]
    widget.commit_button.click()
    data = shared().latest("prediction", "epoch: teacher A").data
    assert data["answer"] == [FAULTS[0], REASONS[0]] and data["options"] == len(FAULTS)
    assert data["right"] == (data["outcome"] == FAULTS[0]) and data["outcome"] in FAULTS
