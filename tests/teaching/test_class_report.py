"""The class report: what it says of a known class, and what it does with files of any kind."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.class_report import make_cards
from course_utils.figures.class_grid import (
    DONE,
    HELPED,
    OPEN,
    TRIED,
    Columns,
    class_alt,
    class_grid,
)
from course_utils.learning.bank import BY_NAME
from course_utils.learning.progress import Entry
from course_utils.learning.quizzes import OneChoice, quiz
from course_utils.learning.report import course_parts, report
from course_utils.teaching import __main__ as teaching
from course_utils.teaching.class_page import group_sentence, page
from course_utils.teaching.class_summary import summarise
from course_utils.teaching.class_table import safe, table
from course_utils.teaching.command import CommandError
from course_utils.teaching.report_cards import MOST_BYTES, printable, read_folder

EVIL = "<img src=x onerror=alert(1)>&\"'"
PARTS = course_parts()
FIRST, SECOND, *_ = PARTS[1].exercises
QUESTION = next(q for q in quiz(1) if isinstance(q, OneChoice))
WRONG = next(i for i in range(len(QUESTION.options)) if i != QUESTION.answer)


def entry(kind, name, **data):
    return Entry(kind, name, "", "", data)


def save(place, entries=(), name="", made="2026-01-02", **changes):
    card = report(list(entries), PARTS).to_json(name, made) | changes
    place.write_text(json.dumps(card), encoding="utf-8")
    return json.loads(json.dumps(card))


def passed(*names):
    return [entry("exercise", name, outcome="passed") for name in names]


def tried(name, times, misconception=""):
    return [
        entry("exercise", name, outcome="not yet", misconception=misconception, hints=1)
        for _ in range(times)
    ]


@pytest.fixture
def known(tmp_path):
    """Six students: two far on, one stuck, one with nothing, one without a name, one who errs."""
    folder = tmp_path / "cards"
    (folder / "group b").mkdir(parents=True)
    slip = BY_NAME[SECOND].misconceptions[0].name
    sure = [
        entry("prediction", name, answer="a", outcome="b", confidence=0.9, right=False, options=3)
        for name in [n for part in PARTS.values() for n in part.predictions][:9]
    ]
    save(folder / "1.json", passed(*PARTS[1].exercises, *PARTS[2].exercises), "Zoe")
    seen = [entry("exercise", FIRST, outcome="passed", solution_seen=True)]
    save(folder / "2.json", passed(SECOND, *PARTS[2].exercises) + seen, "Ada")
    wrong = [entry("quiz", QUESTION.name, chosen=WRONG, right=False, confidence=None)]
    save(folder / "3.json", passed(FIRST) + tried(SECOND, 6, slip) + wrong, "Ben")
    save(folder / "4.json", [], "Nobody yet")
    save(folder / "group b" / "moritz.json", passed(*PARTS[1].exercises) + wrong)
    save(folder / "6.json", passed(*PARTS[1].exercises) + sure, "Chloé")
    return folder


def test_who_is_where_and_what_stops(known):
    found = read_folder(known, PARTS)
    assert found.aside == []
    summary = summarise(found.cards, PARTS)
    assert [card.label for card in summary.cards] == [
        "Zoe", "Ada", "Chloé", "moritz", "Ben", "Nobody yet",
    ]  # fmt: skip
    assert summary.columns.labels[:2] == ("1.1", "1.2")
    assert summary.states[:, :2].tolist() == [
        [DONE, DONE], [HELPED, DONE], [DONE, DONE], [DONE, DONE], [DONE, TRIED], [OPEN, OPEN],
    ]  # fmt: skip
    assert summary.where(4).startswith("1.2 ") and summary.where(5) == "no exercise yet"
    stop = summary.exercises[1]
    assert (stop.passed, stop.tried, stop.helped, stop.met) == (4, 1, 0, 5)
    assert stop.tries == pytest.approx(10 / 5)
    assert stop.wrong == ((BY_NAME[SECOND].misconceptions[0].name, 1),)
    assert max(summary.exercises, key=lambda s: s.weight) is stop
    asked = next(s for s in summary.questions if s.title == QUESTION.asked)
    assert asked.wrong == ((QUESTION.spelled(WRONG), 2),) and asked.tried == 2


def test_five_to_talk_to_with_their_reasons(known):
    talk = summarise(read_folder(known, PARTS).cards, PARTS).talk
    assert [one.card.label for one in talk] == ["Ben", "Nobody yet", "Chloé"]
    assert talk[0].reasons[0].startswith(f"6 tries at “{BY_NAME[SECOND].title}”")
    assert "nothing was begun" in talk[1].reasons[0]
    assert "very sure and often wrong: 9 predictions" in talk[2].reasons[0]
    assert [one.weight for one in talk] == sorted((one.weight for one in talk), reverse=True)
    for number in range(7):
        save(known / f"more {number}.json", tried(FIRST, 9), f"Stuck {number}")
    assert len(summarise(read_folder(known, PARTS).cards, PARTS).talk) == 5


def test_how_sure_the_class_was(known):
    summary = summarise(read_folder(known, PARTS).cards, PARTS)
    [group] = summary.groups
    assert (group.count, group.right, group.said) == (9, 0, pytest.approx(0.9))
    said = group_sentence(group)
    assert said.startswith("Where the class said 90 %, it was right in 0 of 9 (0 %)")
    assert said.endswith("too sure.")
    assert len(summary.foreseen) == 9 and summary.foreseen[0].loss == pytest.approx(-np.log(0.05))


class Reader(HTMLParser):
    """Every tag and attribute of a page, and its words."""

    def __init__(self, words):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], []
        self.feed(words)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_needs_nothing_and_runs_nothing(known):
    save(known / "evil.json", passed(FIRST), EVIL, made=EVIL)
    (known / f"{EVIL.replace('/', '')}.txt").write_text("x")
    found = read_folder(known, PARTS)
    read = Reader(page(summarise(found.cards, PARTS), found.aside, EVIL))
    assert not {"script", "iframe", "object", "link", "svg", "form", "a"} & set(read.tags)
    assert all(not name.startswith("on") for _, name, _ in read.attributes)
    sources = [value for _, name, value in read.attributes if name in ("src", "href")]
    assert sources and all(value.startswith("data:image/png;base64,") for value in sources)
    assert any("default-src 'none'" in (value or "") for *_, value in read.attributes)
    assert EVIL in read.words, "it is shown, as words"
    alts = [value for tag, name, value in read.attributes if (tag, name) == ("img", "alt")]
    assert len(alts) == read.tags.count("img") == 2
    assert "Ben: 1 passed, tried 1.2." in alts[0] and "Zoe: 8 passed." in alts[0]
    assert read.tags.count("h1") == 1 and read.tags.count("table") == read.tags.count("caption")


def test_no_card_at_all_is_a_page_that_says_what_to_do(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    found = read_folder(tmp_path, PARTS)
    words = page(summarise(found.cards, PARTS), found.aside, "here")
    assert "report_card()" in words and "notes.txt" in words and "<img" not in words


def test_other_files_are_listed_and_left_where_they_are(known):
    whole = (known / "1.json").read_bytes()
    (known / "half.json").write_bytes(whole[: len(whole) // 2])
    (known / "deep.json").write_text("[" * 100_000)
    (known / "latin.json").write_bytes(b'{"format": "\xff"}')
    (known / "other.json").write_text('{"format": "decoding-llm-training progress"}')
    (known / "list.json").write_text("[1, 2]")
    (known / "copy of 1.json").write_bytes(whole)
    (known / "notes.docx").write_bytes(b"PK")
    (known / "huge.json").write_bytes(b" " * (MOST_BYTES + 1))
    save(known / "later.json", version=99)
    save(known / "odd.json", chapters=[{"exercises": 3}])
    save(known / "state.json", chapters=[
        {"exercises": [{"name": FIRST, "state": "hacked"}], "quiz": [], "predictions": []}
    ])  # fmt: skip
    save(known / "earlier.json", [], "zoe", made="2026-01-01")
    os.symlink(known / "1.json", known / "link.json")
    os.mkfifo(known / "pipe.json")
    (known / ".hidden.json").write_text("{")
    before = {path: path.lstat().st_mtime_ns for path in known.rglob("*")}
    found = read_folder(known, PARTS)
    why = {one.file: one.why for one in found.aside}
    assert len(found.cards) == 6
    for file, said in {
        "half.json": "damaged", "deep.json": "damaged", "latin.json": "damaged",
        "other.json": "something else", "list.json": "something else", "odd.json": "damaged",
        "state.json": "damaged", "notes.docx": ".json", "huge.json": "too many",
        "later.json": "later version", "earlier.json": "same name as 1.json",
        "link.json": "link", "pipe.json": "link or a device",
    }.items():  # fmt: skip
        assert said in why.pop(file), file
    assert list(why) == ["copy of 1.json"] and "same content as 1.json" in why["copy of 1.json"]
    assert before == {path: path.lstat().st_mtime_ns for path in known.rglob("*")}


def test_what_the_course_does_not_know_is_not_taken_from_a_card(tmp_path):
    card = save(tmp_path / "1.json", tried(SECOND, 2), "Ada")
    exercises = card["chapters"][1]["exercises"]
    for item in exercises:
        item["title"] = EVIL
        item["misconceptions"] = [EVIL]
    exercises.append({"name": EVIL, "state": "done", "tries": 10**30})
    quiz_items = card["chapters"][1]["quiz"]
    for item in quiz_items:
        item.update(state="tried", tries=1, wrong=[EVIL, 10**9, [1] * 5, None, WRONG])
    card["predictions"] = [
        {"name": EVIL, "confidence": 0.8, "right": True, "options": 10**12, "score": 1e300}
    ]
    (tmp_path / "1.json").write_text(json.dumps(card))
    found = read_folder(tmp_path, PARTS)
    assert [c.label for c in found.cards] == ["Ada"]
    summary = summarise(found.cards, PARTS)
    words = page(summary, found.aside, "here") + table(summary)
    assert "onerror" not in words
    assert len(summary.names) == sum(len(part.exercises) for part in PARTS.values())
    asked = next(s for s in summary.questions if s.title == QUESTION.asked)
    assert (QUESTION.spelled(WRONG), 1) in asked.wrong


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "state", "exercises", "quiz", "predictions", "tries", "wrong"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["name", "made", "version", "chapters", "predictions"]), ANYTHING
    )
)
def test_any_content_gives_a_card_or_a_reason(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("any")
    (folder / "x.json").write_text(
        json.dumps(report([], PARTS).to_json("", "") | changes), encoding="utf-8"
    )
    found = read_folder(folder, PARTS)
    assert len(found.cards) + len(found.aside) == 1
    summary = summarise(found.cards, PARTS)
    assert table(summary).count("\r\n") == 1 + len(found.cards)


def test_names_keep_their_letters_and_lose_what_steers_a_screen():
    assert printable("Zoë\u202e gro.live\x00\n Li", 60) == "Zoë gro.live Li"
    assert printable(["x"], 60) == "" and printable("x" * 99, 60) == "x" * 59 + "…"
    assert printable("  \u200b ", 60) == ""


@pytest.mark.parametrize(
    "start", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "'=1", '"=1', "\r=1", "%0A=1"]
)
def test_no_cell_of_the_table_becomes_a_formula(tmp_path, start):
    save(tmp_path / "1.json", passed(FIRST), f"{start};=2+2")
    summary = summarise(read_folder(tmp_path, PARTS).cards, PARTS)
    words = table(summary)
    assert words.startswith("\ufeff") and ";" not in words
    head, row = csv.reader(io.StringIO(words.removeprefix("\ufeff")))
    assert len(head) == len(row)
    assert not any(re.match(r"\s*[=+\-@＝]", cell) for cell in row)
    assert row[0].startswith("'") and row[head.index("exercises passed")] == "1"
    assert safe(1.5) == "1.5" and safe("a\nb") == "a b"


def test_the_picture_has_a_mark_for_each_state_and_its_words():
    columns = Columns((1, 1, 2, 2), ("1.1", "1.2", "2.1", "2.2"))
    states = np.array([[OPEN, TRIED, DONE, HELPED], [OPEN] * 4])
    canvas = class_grid(["Ada", "A name that is far too long for its column" * 2], states, columns)
    first = canvas.png()
    assert class_grid(["Ada", "Ben"], np.roll(states, 1, 1), columns).png() != first
    pictures = {
        class_grid(["Ada"], np.full((1, 4), state), columns).png()
        for state in (OPEN, TRIED, DONE, HELPED)
    }
    assert len(pictures) == 4
    alt = class_alt(["Ada", "Ben"], states, columns)
    assert "Ada: 2 passed, tried 1.2." in alt and "Ben: 0 passed." in alt
    with pytest.raises(ValueError, match="2 names and 4 exercises"):
        class_grid(["Ada", "Ben"], states[:1], columns)


def test_the_command_on_a_class(tmp_path, capsys):
    cards = tmp_path / "cards"
    cards.mkdir()
    make_cards(cards, 60)
    out = cards / "report.html"
    for _ in range(2):  # its own files are no report cards the second time either
        assert teaching.main(["report", str(cards), "--out", str(out)]) == 0
        assert capsys.readouterr().out.startswith("60 report cards, 0 files set aside.")
    words = out.read_text(encoding="utf-8")
    assert words.count("<img") == 3, "fifty students a picture, and the calibration"
    rows = list(csv.reader(io.StringIO(out.with_suffix(".csv").read_text("utf-8-sig"))))
    assert len(rows) == 61


def test_complaints_are_one_sentence_that_names_the_remedy(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    (tmp_path / "page.csv").write_text("mine")
    for wrong, remedy in (
        ([], "see --help"),
        ([str(tmp_path / "none")], "name the one that holds"),
        ([str(tmp_path), "--out", str(tmp_path / "mine.html")], "choose another name"),
        ([str(tmp_path), "--out", str(tmp_path / "page.html")], "choose another name"),
        ([str(tmp_path), "--out", str(tmp_path / "x.pdf")], "let it end in .html"),
        ([str(tmp_path), "--out", str(tmp_path / "no" / "x")], "choose a folder"),
    ):
        assert teaching.main(["report", *wrong]) == 2
        said = capsys.readouterr().err
        assert remedy in said and said.count("\n") == 1, said
    assert (tmp_path / "mine.html").read_text() == "<p>mine</p>"
    assert (tmp_path / "page.csv").read_text() == "mine"
    monkeypatch.setattr("course_utils.teaching.report_cards.MOST_FILES", 1)
    with pytest.raises(CommandError, match="more than 1 files"):
        read_folder(tmp_path, PARTS)
