"""What the training room says: where a run is, what was seen of it, and what that means."""

from __future__ import annotations

import math
from collections.abc import Sequence

from course_utils.training.evaluation import MEMORISED
from course_utils.training.room import SAMPLE, Moment, Plan, Question, Track, differences
from course_utils.widgets.panel import folded, paragraph, table, text

CLOSE = 3
ROSE = 0.05  # nats above its lowest from which the held-out loss is said to have risen
TOGETHER = 0.15  # nats between the two curves up to which they are said to have stayed together
LUCK = 22_000  # e^10: a loss 10 nats below the oracle's is no likelier than one in so many


def rounds(step: int, plan: Plan) -> str:
    """Where in the rounds a step is."""
    each = plan.steps_per_epoch
    if step == 0:
        return "before the first round"
    if step % each == 0:
        return f"after round {step // each}"
    return f"in round {step // each + 1}"


def place_in_run(track: Track) -> str:
    """How far a run has got."""
    plan = track.plan
    if not track.step:
        return f"Step 0 of {plan.steps}"
    return f"Step {track.step} of {plan.steps}, round {-(-track.step // plan.steps_per_epoch)}"


def iteration(track: Track) -> str:
    """Which batch of which epoch the last step was."""
    each, made = track.plan.steps_per_epoch, track.step
    if not made:
        return "Not begun: press Play for one step"
    return (
        f"Step {made} is batch {(made - 1) % each + 1} of {each} in epoch {(made - 1) // each + 1}"
    )


def memorised_sentence(track: Track, unit: str = "stories") -> str:
    """The announcement of memorising, or nothing; exactly `Evaluation.memorised` decides."""
    moment = track.memorised()
    if moment is None:
        return ""
    now = track.moments[-1]
    assert now.below is not None
    where = f"{abs(now.below) / now.asked:.2f} nats a question"
    if now.below < 0:
        return f"memorised, first seen after step {moment.step}; now {where} above again."
    return (
        f"memorised, first seen after step {moment.step}: on its practice {unit} the student is"
        f" now {where} below the best possible student."
    )


def how_decided(track: Track, unit: str) -> str:
    """By which rule a student is said to have memorised, with this run's numbers."""
    now = track.moments[-1]
    assert now.below is not None
    said = (
        f"Practice {unit} 1 to {min(track.plan.rows, SAMPLE)} hold {now.asked:,} questions. On all"
        f" of them together the student is {now.below:,.0f} nats below the best possible student."
        f" “Memorised” is said from {MEMORISED:.0f} nats on"
    )
    if track.plan.masked:
        return f"{said}."
    return (
        f"{said}: a student who never saw them gets so far below by luck at most once in"
        f" {LUCK:,} times."
    )


def outcome(track: Track, memory: float | None, unit: str) -> str:
    """What two curves at their end mean, as HTML; nothing before the run's end."""
    if track.step < track.plan.steps or not track.moments:
        return ""
    said, decided = "", ""
    if track.memorised() is not None:
        said += paragraph(
            "Practice went below the best possible. Nobody can stay there who doesn't know these"
            f" very {unit}: the student knows them by heart."
        )
        decided = folded("How “memorised” is decided", paragraph(how_decided(track, unit)))
    said += paragraph(_why_it_rises(track, unit))
    if memory is not None:
        rows, each = track.plan.rows, math.log(track.plan.rows) / memory
        said += paragraph(
            "Why doesn't practice go down to 0? Even with perfect memory the student must find"
            f" out which of the {rows} {unit} it is reading, and the first words don't say it yet."
            f" That costs ln {rows} = {math.log(rows):.1f} a story on average. Spread over its"
            f" {each:.0f} questions that is {memory:.2f}: the line called perfect memory."
        )
    return f"<p><b>What happened</b></p>{said}{decided}"


def _why_it_rises(track: Track, unit: str) -> str:
    best, now = min(track.held_out), track.held_out[-1]
    if now < best + ROSE:
        return f"The loss on unseen {unit} ended near its lowest, at {now:.2f}."
    at = track.held_steps[track.held_out.index(best)]
    said = (
        f"The loss on unseen {unit} was lowest at step {at} ({best:.2f}). Then it rose, to"
        f" {now:.2f}."
    )
    if len(track.certainties) < 2:
        return said
    then, end = track.certainties
    if end.wrong <= then.wrong:
        return said
    return (
        f"{said} Why? Its first choice is right about as often as then ({100 * then.right:.0f} %,"
        f" now {100 * end.right:.0f} %). But where that is wrong, it is surer of it: it puts"
        f" {100 * then.wrong:.0f} % on the wrong word then, {100 * end.wrong:.0f} % now. It"
        " answers as in the stories that it knows, and to be confidently wrong is the dearest"
        " mistake (the duel of chapter 3)."
    )


def amounts(track: Track, earlier: Track | None, unit: str) -> str:
    """What a run on many rows shows beside the one on few, as HTML; nothing before its end."""
    if track.step < track.plan.steps or not track.held_out or track.plan.masked:
        return ""
    gap = track.gap(min(track.step, 50))
    if track.memorised() is not None or gap > TOGETHER:
        return ""
    count = track.step / track.plan.steps_per_epoch
    said = (
        f"The two lines stay together (over the last 50 steps practice lies {gap:.2f} nats below)."
        f" After {count:.0f} rounds the student doesn't know the {track.plan.rows:,} {unit} by"
        " heart; what helps it in practice also helps it on unseen ones."
    )
    if earlier is not None:
        before = earlier.step / earlier.plan.steps_per_epoch
        said += (
            f" It is the rounds that count: the earlier run made {before:.0f} of them, with as"
            f" many steps. With many more rounds these {unit} would be learned by heart, too."
        )
    return paragraph(said)


def stopping(track: Track) -> str:
    """Which moment one would go back to, as HTML; nothing before the run's end."""
    best = track.lowest()
    if track.step < track.plan.steps or best is None or best is track.moments[-1]:
        return ""
    return paragraph(
        f"The lowest loss on unseen stories is that of step {best.step}. One often ends a training"
        " there and takes these weights: early stopping. Stories that help to choose are no exam"
        " any more, for their loss is then a little too good. So one keeps three piles: the"
        " training set, the validation set to choose with, and the test set, looked at once, at"
        " the very end."
    )


def moment_sentence(moment: Moment, plan: Plan, unit: str) -> str:
    """Where in the run a moment was, and whether the practice rows were known by heart then."""
    said = (
        f"You see the student as it was after step {moment.step} ({rounds(moment.step, plan)}):"
        f" unseen {moment.held_out:.2f}, practice {moment.practice:.2f}."
    )
    if moment.below is None:
        return said
    where = "below" if moment.below > 0 else "above"
    what = "memorised" if moment.memorised else "not memorised"
    return (
        f"{said} On its practice {unit} it is {abs(moment.below) / moment.asked:.2f} nats a"
        f" question {where} the best possible student: {what}."
    )


def writing(moment: Moment, track: Track, whose: str = "it") -> str:
    """What the student wrote at a moment, and whether that is a copy, as HTML."""
    written = moment.written
    what = f"What {whose} fills in" if written.filled else f"What {whose} writes"
    when = f"{what} after step {moment.step} ({rounds(moment.step, track.plan)})"
    words = written.text or "(nothing: it ended at once)"
    return (
        f"<p><b>{text(when)}</b></p><blockquote>{text(words)}</blockquote>"
        f"<p><b>{text(written.mark)}</b></p>"
    )


def answers(asked: Sequence[Question], moment: Moment, unit: str) -> str:
    """The answers to the questions that are asked again and again, as a table."""
    rows = []
    for question, answer in zip(asked, moment.answers, strict=True):
        gap = f"{question.before} ___ {question.after}".rstrip()
        rows.append(
            [
                "unseen" if question.unseen else "practice", gap, question.right,
                f"{100 * answer.share:.0f} %", f"{answer.first} ({100 * answer.sure:.0f} %)",
                report(answer.rank),
            ]
        )  # fmt: skip
    head = ["from", "question", "right word", "on it", "its first choice", "report"]
    losses = {
        unseen: [a.loss for q, a in zip(asked, moment.answers, strict=True) if q.unseen == unseen]
        for unseen in (False, True)
    }
    practice, unseen = (sum(losses[key]) / len(losses[key]) for key in (False, True))
    caption = (
        f"The same {len(asked)} questions after step {moment.step}: mean loss {practice:.2f} on the"
        f" practice {unit}, {unseen:.2f} on the unseen ones"
    )
    return table(head, rows, caption)


def report(rank: int) -> str:
    """How a choice is called that has this rank."""
    if rank == 1:
        return "spot on"
    return "close" if rank <= CLOSE else "way off"


def pair_titles(first: Plan, second: Plan, unit: str) -> tuple[tuple[str, str], str]:
    """The titles of two runs, and the sentence that names what differs between them."""
    found = differences(first, second)
    names = [name.replace("practice rows", f"practice {unit}") for name, _, _ in found]
    first_values = [_number(value) for _, value, _ in found]
    second_values = [_number(value) for _, _, value in found]
    titles = [
        ", ".join(
            f"{name.split(' (')[0]} {value}" for value, name in zip(values, names, strict=True)
        )
        for values in (first_values, second_values)
    ]
    return (titles[0], titles[1]), f"Only this differs: {', '.join(names)}"


def _number(value: float | bool) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
