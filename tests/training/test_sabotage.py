"""Seven teachers: the evidence alone tells them apart, over ten seeds."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.training.sabotage import (
    DEAF,
    EXAM,
    FAULTS,
    FLIPPED,
    HEALTHY,
    LEAKED,
    SHIFTED,
    SIGNATURES,
    STEPS,
    SabotagedRun,
    diagnose,
    gather,
    gathered,
    recorded,
    sabotage_corpus,
    shifted,
    to_json,
)


@pytest.mark.parametrize("seed", range(10))
def test_simple_rules_tell_all_seven_apart(seed):
    assert {fault: diagnose(gathered(fault, seed)) for fault in FAULTS} == {
        fault: fault for fault in FAULTS
    }


def test_the_record_is_told_apart_too_and_is_what_its_script_makes():
    for fault in FAULTS:
        assert diagnose(recorded(fault)) == fault
    again = to_json(gathered(HEALTHY, 3))
    kept = recorded(HEALTHY)
    assert again["practice"][:5] == pytest.approx(kept.practice[:5], abs=1e-3)
    assert again["exam"][-1] == pytest.approx(kept.exam[-1], abs=0.05)
    assert len(kept.practice) == STEPS and len(kept.texts) == 2


def test_evidence_grows_step_by_step():
    lengths = [
        (len(evidence.practice), len(evidence.exam), len(evidence.texts))
        for evidence, _ in zip(gather(HEALTHY, 0), range(12), strict=False)
    ]
    assert lengths == [(n, 1 + (n - 1) // 5, 0) for n in range(1, 13)]


def test_each_fault_is_just_the_one_it_says():
    healthy, corpus = SabotagedRun(HEALTHY, 0), sabotage_corpus()
    batch = healthy.next_batch()
    healthy.lesson(batch)
    flipped = SabotagedRun(FLIPPED, 0)
    flipped.lesson(flipped.next_batch())
    assert np.array_equal(flipped.model.flat_grad, -healthy.model.flat_grad)

    deaf = SabotagedRun(DEAF, 0)
    deaf.lesson(deaf.next_batch())
    for name, parameter in deaf.model.named_parameters().items():
        same = healthy.model.named_parameters()[name].grad
        wanted = np.zeros_like(same) if ".attn." in name else same
        assert np.array_equal(parameter.grad, wanted), name
    assert deaf.lengths[0] == 0 and deaf.lengths[1] == pytest.approx(healthy.lengths[1])

    late = SabotagedRun(SHIFTED, 0).next_batch()
    assert np.array_equal(late.inputs, batch.inputs)
    assert np.array_equal(late.targets, shifted(batch).targets)
    assert np.array_equal(late.targets[:, :-1], batch.targets[:, 1:])
    assert (late.targets[:, -1] == -1).all()

    exam = {row.tobytes() for row in corpus.held_out[:EXAM]}
    read = {fault: {row.tobytes() for row in SabotagedRun(fault, 0).rows} for fault in FAULTS}
    assert exam <= read[LEAKED]
    assert not any(exam & read[fault] for fault in FAULTS if fault != LEAKED)


def test_unknown_faults_are_refused_and_every_fault_has_a_signature():
    assert set(SIGNATURES) == set(FAULTS) and len(set(FAULTS)) == 7
    for wrong in (lambda: SabotagedRun("laziness", 0), lambda: recorded("laziness")):
        with pytest.raises(ValueError, match="no fault 'laziness'; choose"):
            wrong()
