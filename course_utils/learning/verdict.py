"""The score board's sentence: it fits what really happened."""

from __future__ import annotations

NOT_ANSWERED = "Not answered yet: hand in your paper above, and your mark appears here."
BETWEEN = "somewhere between me and a blind guess"
ABOUT, WORSE = "about like a blind guess", "far worse than a blind guess"
NEAR = 0.25  # nats: as near to a blind guess counts as "about"
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
    mark on the same questions; ``step`` steps were trained, and ``passed_at`` is the step
    from which the student's mark stayed below the learner's (0: it was so from the start), if it
    did so for long enough.
    """
    if learner is None:
        return NOT_ANSWERED
    if step == 0:
        said = (
            f"The student has learned nothing yet. Your mark is {learner:.2f}, its {student:.2f}."
        )
    elif abs(student - learner) < SAME:
        said = f"You and the student have the same mark, {learner:.2f}."
    elif student < learner and passed_at:
        said = (
            f"The student passed you at step {passed_at}:"
            f" its mark is now {student:.2f}, yours {learner:.2f}."
        )
    elif student < learner and passed_at is None:
        said = (
            f"The student is below your mark, {student:.2f} against {learner:.2f}; it has yet to"
            " show that it stays there."
        )
    elif student < learner:
        said = f"The student was ahead from the start: {student:.2f} against your {learner:.2f}."
    elif passed_at:
        said = (
            f"The student passed you at step {passed_at}, but now you are ahead again:"
            f" {learner:.2f} against its {student:.2f}."
        )
    else:
        said = f"You beat the student: {learner:.2f} against its {student:.2f} after step {step}."
    if learner < floor - SAME:
        said += (
            f" You were also below the best possible student's {floor:.2f}: that was luck,"
            " which six questions leave room for and five hundred stories hardly do."
        )
    if step and student < floor - SAME:
        too = ", too" if learner < floor - SAME else ""
        said += (
            f" On these six the student is below the best possible {floor:.2f}{too}: that is luck;"
            " look at the unseen stories."
        )
    return said


def crossing_sentence(first_below: int | None, passed_at: int | None) -> str:
    """What is said where the student's mark gets below the learner's, and when it stays there.

    Both are steps; the sentence is empty before the first.
    """
    if passed_at is not None:
        return f"step {passed_at}: it passed you" if passed_at else "it was ahead from the start"
    if first_below is None:
        return ""
    if not first_below:
        return "it begins below your mark"
    return f"step {first_below}: below your mark for the first time"


def what_came(learner: float, student: float, uniform: float) -> str:
    """How the untrained student really did: one of the options, or "better than me"; in nats."""
    if abs(student - uniform) <= NEAR:
        return ABOUT
    return WORSE if student > uniform else BETWEEN if learner < student else "better than me"


def prediction_verdict(predicted: str, learner: float, student: float, uniform: float) -> str:
    """Say how the untrained student really did, beside what was predicted; marks in nats.

    ``predicted`` is one of `BETWEEN`, `ABOUT` and `WORSE`; ``uniform`` is a blind guess's mark.
    """
    what = what_came(learner, student, uniform)
    right = predicted == what
    said = f"You predicted: {predicted}. " + ("So it was. " if right else "It came out otherwise. ")
    said += f"The untrained student's mark is {student:.2f}, a blind guess's {uniform:.2f}."
    if what == ABOUT:
        said += (
            " It spreads its confidence nearly evenly. What leanings it has come from the random"
            " numbers that it began with: they help with some questions and harm others, and harm"
            " costs more than help saves. So its mean over many questions is slightly worse than a"
            " blind guess's."
        )
    if student < learner:
        said += (
            f" It did better than you ({learner:.2f}): being very sure of a wrong word costs a lot."
        )
    return said
