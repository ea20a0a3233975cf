"""The class report as one HTML page that needs nothing beside itself: no network, no script."""

from __future__ import annotations

import html
from collections.abc import Sequence

from course_utils.figures.calibration import CLASS, CalibrationPlot
from course_utils.figures.class_grid import MOST, class_alt, class_grid
from course_utils.learning.calibration import Group, means
from course_utils.teaching.class_summary import (
    ENOUGH,
    FEW_GROUPS,
    MANY_HELPED,
    MANY_TRIES,
    TALK,
    WORSE,
    ClassSummary,
    Stop,
)
from course_utils.teaching.report_cards import Answer, SetAside

MOST_STOPS = 10
MOST_WRONG = 3  # wrong answers that are said of each
# A browser that reads this runs no script and fetches nothing, whatever else the page might hold.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.7em; } h2 { font-size: 1.3em; margin-top: 2em; }
table { border-collapse: collapse; margin: 8px 0; }
caption { text-align: left; font-weight: bold; padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 3px 14px 3px 0; }
th, td { border-bottom: 1px solid #8888; }
td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
th[scope=row], td:not(.number) { min-width: 7em; } td.long { min-width: 15em; }
.wide { overflow-x: auto; } .wide td:last-child { overflow-wrap: anywhere; }
.wide:focus-visible { outline: 3px solid; }
img { max-width: 100%; height: auto; display: block; margin: 8px 0; }
@media print { h2 { break-after: avoid; } tr, img { break-inside: avoid; } }
"""


def page(summary: ClassSummary, aside: Sequence[SetAside], folder: str) -> str:
    """The whole page. ``aside`` are the files that weren't used, ``folder`` is named on top."""
    count = len(summary.cards)
    sections = [
        f"<h1>Class report</h1>{_p(_opening(summary, aside, folder))}",
        _section("talk", f"{TALK} students to talk to first", _talk(summary)),
        _section("where", "Who is where", _where(summary)),
        _section("stops", "What stops most", _stops(summary)),
        _section("sure", "How sure the class was", _sure(summary)),
    ]
    if not count:
        sections = sections[:1]
    sections.append(_section("aside", "Files set aside", _aside(aside)))
    body = "\n".join(sections)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Class report</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def text(words: object) -> str:
    """Words made safe for HTML."""
    return html.escape(str(words))


def _p(words: str) -> str:
    return f"<p>{text(words)}</p>"


def _section(name: str, title: str, content: str) -> str:
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{text(title)}</h2>\n{content}</section>'
    )


def _table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[int] = ()
) -> str:
    """A table whose rows begin with their heading; the columns ``numbers`` stand to the right."""

    def look(column: int) -> str:
        return ' class="number"' if column in numbers else ""

    def long(cell: object) -> str:
        return ' class="long"' if len(str(cell)) > 20 else ""

    top = "".join(f'<th scope="col"{look(i)}>{text(cell)}</th>' for i, cell in enumerate(head))
    body = "\n".join(
        f'<tr><th scope="row">{text(first)}</th>'
        + "".join(f"<td{look(i) or long(cell)}>{text(cell)}</td>" for i, cell in enumerate(rest, 1))
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{text(caption)}"><table>'
        f"<caption>{text(caption)}</caption><thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></div>"
    )


def _opening(summary: ClassSummary, aside: Sequence[SetAside], folder: str) -> str:
    count = len(summary.cards)
    said = f"{_many(count, 'report card')} from {folder}"
    said += f"; {_many(len(aside), 'file')} set aside (see the end)." if aside else "."
    if not count:
        return f"{said} Let your students save theirs by report_card() and lay them there."
    passed = sorted(card.passed() for card in summary.cards)
    return (
        f"{said} Of {len(summary.names)} exercises each has passed between {passed[0]} and"
        f" {passed[-1]}; half of the class {passed[count // 2]} or more."
        " A card says only what its student's own computer has kept, and a file can be edited:"
        " it is a reason to ask, not a mark."
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _talk(summary: ClassSummary) -> str:
    if not summary.talk:
        return _p("Nobody stands out: no card shows one of the reasons below.") + _rule()
    rows = [
        (talk.card.label, summary.where(summary.cards.index(talk.card)), "; ".join(talk.reasons))
        for talk in summary.talk
    ]
    return _table("Whom to talk to, and why", ["student", "has come to", "why"], rows) + _rule()


def _rule() -> str:
    return _p(
        f"How they were chosen: {MANY_TRIES} or more tries at an exercise without passing it counts"
        " most, then having passed half as many as the middle of the class or fewer, then"
        f" {MANY_HELPED} or more solutions looked at, then {ENOUGH} or more predictions that cost"
        f" at least {WORSE:g} more than a blind guess. Several reasons add up."
    )


def _where(summary: ClassSummary) -> str:
    pictures = []
    count = len(summary.cards)
    labels = [card.label for card in summary.cards]
    for first in range(0, count, MOST):
        part = slice(first, first + MOST)
        canvas = class_grid(labels[part], summary.states[part], summary.columns)
        alt = class_alt(labels[part], summary.states[part], summary.columns)
        pictures.append(canvas.html(alt))
    rows = []
    for row, card in enumerate(summary.cards):
        rows.append(
            (
                card.label, summary.where(row), card.passed(),
                sum(a.state == "tried" for a in card.exercises.values()),
                sum(a.helped for a in card.exercises.values()),
                _of(card.quiz.values()), _of(card.predictions.values()), card.made or "–",
                card.file,
            )
        )  # fmt: skip
    said = (
        "Those who have passed most come first. Columns are exercises: 2.3 is the third of chapter"
        " 2. The number at the end of a row counts the passed ones."
    )
    head = [
        "student", "has come to", "passed", "tried", "solutions seen", "quiz right", "predictions",
        "saved on", "file",
    ]  # fmt: skip
    table = _table("The same as a table", head, rows, (2, 3, 4, 5, 6))
    return _p(said) + "".join(pictures) + table


def _of(answers: object) -> str:
    given: list[Answer] = list(answers)  # type: ignore[call-overload]
    return f"{sum(answer.state == 'done' for answer in given)} of {len(given)}"


def _stops(summary: ClassSummary) -> str:
    return _stop_table(
        "Exercises, the one that stops most first", summary.exercises, "exercise", "passed",
        "what is thought",
    ) + _stop_table(
        "Quiz questions, the one that stops most first", summary.questions, "question", "right",
        "wrong answers",
    )  # fmt: skip


def _stop_table(
    caption: str, stops: Sequence[Stop], what: str, done: str, wrong: str
) -> str:  # fmt: skip
    met = sorted(
        (stop for stop in stops if stop.weight > 0 or stop.wrong),
        key=lambda stop: (-stop.weight, -sum(n for _, n in stop.wrong), stop.label),
    )[:MOST_STOPS]
    if not met:
        return _p(f"No {what} has stopped anybody so far.")
    rows = [
        (
            f"{stop.label} {stop.title}", stop.passed, stop.tried, stop.helped, f"{stop.tries:.1f}",
            "; ".join(f"{words} ({n})" for words, n in stop.wrong[:MOST_WRONG]) or "–",
        )
        for stop in met
    ]  # fmt: skip
    head = [what, done, "still trying", "solution seen", "tries each", f"{wrong} (students)"]
    if what == "question":
        rows = [(first, p, t, tries, words) for first, p, t, _, tries, words in rows]  # type: ignore[misc]
        head.remove("solution seen")
    return _table(caption, head, rows, range(1, len(head) - 1))


def group_sentence(group: Group) -> str:
    """A group of the class's answers in words."""
    low, high = group.usual
    least, most = (f"{100 * value:.0f}" for value in (group.least, group.most))
    when = least if least == most else f"{least} to {most}"
    verdict = (
        "too sure" if group.right < low else "it could be surer" if group.right > high
        else "that fits"
    )  # fmt: skip
    return (
        f"Where the class said {when} %, it was right in {group.right} of {group.count}"
        f" ({100 * group.share:.0f} %); {low} to {high} would be usual: {verdict}."
    )


def _sure(summary: ClassSummary) -> str:
    both = means(summary.answers)
    if both is None:
        return _p("No prediction with a confidence has an outcome yet.")
    said = _p(
        f"{_many(len(summary.answers), 'prediction')} with a confidence: mean loss {both[0]:.2f}, a"
        f" blind guess's {both[1]:.2f}; lower is better."
    )
    if summary.groups:
        plot = CalibrationPlot(CLASS)
        plot.update(summary.groups)
        sentences = [group_sentence(group) for group in summary.groups]
        said += plot.canvas.html(
            "How sure the class was, from left to right, and how often it was right, upwards. "
            + " ".join(sentences)
        )
        said += "<ul>" + "".join(f"<li>{text(one)}</li>" for one in sentences) + "</ul>"
        said += _p(
            "What chance allows is counted as if all answers were independent. Where the whole"
            " class fell for the same question, they aren't: see the table."
        )
    else:
        said += _p(
            f"A share says something from {FEW_GROUPS} answers of like confidence on; there are"
            " fewer so far."
        )
    rows = [
        (
            one.title, one.count, f"{100 * one.right / one.count:.0f} %", f"{100 * one.said:.0f} %",
            f"{one.loss:.2f}", f"{one.blind:.2f}",
        )
        for one in sorted(summary.foreseen, key=lambda one: one.blind - one.loss)
    ]  # fmt: skip
    head = ["prediction", "students", "right", "how sure", "mean loss", "a blind guess's"]
    return said + _table("Predictions, the greatest surprise first", head, rows, range(1, 6))


def _aside(aside: Sequence[SetAside]) -> str:
    if not aside:
        return _p("None: each file is a report card, and each is used.")
    rows = [(one.file, one.why) for one in aside]
    return _p("These files weren't used. They lie where they were, unchanged.") + _table(
        "Files set aside", ["file", "why"], rows
    )
