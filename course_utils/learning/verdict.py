"""The score board's sentence: it fits what really happened."""

from __future__ import annotations

NOT_ANSWERED = "Not answered yet: hand in your paper above, and your mark appears here."
SAME = 0.005  # nats: marks that look the same with two decimals


def verdict(
    learner: float | None,
    student: float,
    floor: float,
    step: int,
    passed_at: int | None,
) -> str:
    """Say who did better on the six questions; all marks are mean losses in nats.

    ``learner`` is None before the paper is handed in; ``floor`` is the best possible student's
    mark on the same questions; ``step`` steps were trained, and ``passed_at`` is the first step
    after which the student's mark was below the learner's.
    """
    if learner is None:
        return NOT_ANSWERED
    if step == 0:
        said = (
            f"The student has learned nothing yet. Your mark is {learner:.2f}, its {student:.2f}."
        )
    elif abs(student - learner) < SAME:
        said = f"You and the student have the same mark, {learner:.2f}."
    elif student < learner and passed_at is not None:
        said = (
            f"The student passed you at step {passed_at}:"
            f" its mark is now {student:.2f}, yours {learner:.2f}."
        )
    elif student < learner:
        said = f"The student was ahead from the start: {student:.2f} against your {learner:.2f}."
    elif passed_at is not None:
        said = (
            f"The student passed you at step {passed_at}, but now you are ahead again:"
            f" {learner:.2f} against its {student:.2f}."
        )
    else:
        said = f"You beat the student: {learner:.2f} against its {student:.2f} after step {step}."
    if learner < floor - SAME:
        said += (
            f" You were also below the best possible student's {floor:.2f}: that was luck,"
            " which six questions leave room for and five hundred stories don't."
        )
    if step and student < floor - SAME:
        said += (
            f" On these six the student is below the best possible {floor:.2f}, too: that is luck;"
            " look at the unseen stories."
        )
    return said
