"""Papers for a class: different for neighbours, the same for a seed, a card and a key that hold."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from course_utils.figures.class_papers import (
    KeyPaper,
    KeyRow,
    card_rows,
    class_pages,
    key_pages,
)
from course_utils.material.questions import chips_to_distribution, question_loss
from course_utils.teaching import __main__ as teaching
from course_utils.teaching.class_papers import all_pages, key_of, says
from course_utils.training.class_papers import ClassPapers, deal_class, range_by_luck

OWN = "The cat saw the dog. The dog saw a bird, and ran away to the old tree.\n" * 120


@pytest.fixture(scope="module")
def papers():
    return deal_class(questions=3, copies=5, seed=1)


@pytest.fixture(scope="module")
def own_file(tmp_path_factory):
    place = tmp_path_factory.mktemp("own") / "my text.txt"
    place.write_text(OWN, encoding="utf-8")
    return place


def written(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_papers_share_no_question_and_a_seed_gives_them_again(papers):
    rows = [passage.row for sheet in papers.sheets for passage in sheet.passages]
    assert len(set(rows)) == len(rows) == 15
    assert [sheet.number for sheet in papers.sheets] == [1, 2, 3, 4, 5]
    assert all(papers.sheet_of(n) != papers.sheet_of(n + 1) for n in range(1, 5))
    deal_class.__globals__["_story_class"].cache_clear()
    assert deal_class(questions=3, copies=5, seed=1).sheets == papers.sheets
    assert deal_class(questions=3, copies=5, seed=2).sheets != papers.sheets


def test_the_questions_stand_in_no_story_that_was_practised(papers):
    known = {
        row[: len(passage.row)].tobytes()
        for sheet in papers.sheets
        for passage in sheet.passages
        for row in papers.corpus.rows
    }
    fresh = [np.array(p.row).tobytes() not in known for s in papers.sheets for p in s.passages]
    assert sum(fresh) >= 13, "a short beginning may occur by chance"


def test_more_copies_than_papers_go_round_without_equal_neighbours(monkeypatch):
    monkeypatch.setattr("course_utils.training.class_papers.DIFFERENT", 3)
    deal_class.__globals__["_story_class"].cache_clear()
    few = deal_class(questions=1, copies=7, seed=3)
    deal_class.__globals__["_story_class"].cache_clear()
    assert len(few.sheets) == 3
    assert [few.sheet_of(n).number for n in range(1, 8)] == [1, 2, 3, 1, 2, 3, 1]
    assert "paper 1 comes again after paper 3" in " ".join(says(few, "x"))


def test_others_are_graded_as_everywhere(papers):
    grammar = papers.corpus.grammar
    for sheet, lines in zip(papers.sheets, papers.lines, strict=True):
        for i, passage in enumerate(sheet.passages):
            words = [grammar.vocabulary[token] for token in passage.row[1:]]
            chance = grammar.next_word_probabilities(words[:-1])[words[-1]]
            assert words[-1] == sheet.questions[i].answer
            assert lines.oracle[i] == pytest.approx(-math.log(chance), abs=1e-12)
            assert lines.chances[i] == pytest.approx(chance)
            low, high = lines.ranges[i]
            assert low <= high and (chance < 0.999 or low == high == 0)
            p = papers.corpus.counting.distribution(passage.row[:-1])
            assert lines.counting[i] == question_loss(p, passage.row[-1])


def test_twenty_chips_cost_a_settled_question_what_four_of_them_hold_back(papers):
    sheet = papers.sheets[0]
    assert papers.lines[0].chances[0] == pytest.approx(1), "the first question is settled"
    one = replace(sheet, passages=sheet.passages[:1])
    alone = ClassPapers(papers.corpus, (one,), 1, 0)
    assert alone.with_chips(one) == pytest.approx(-math.log(16 / 20))
    assert alone.even(one) == pytest.approx(math.log(5))


def test_luck_is_counted_exactly():
    p = np.array([[0.5, 0.3, 0.2], [0.9, 0.1, 0.0], [1.0, 0.0, 0.0]])
    marks = []
    for ways in itertools.product(*(np.flatnonzero(row) for row in p)):
        chances = [row[i] for row, i in zip(p, ways, strict=True)]
        marks.append((float(np.mean(-np.log(chances))), float(np.prod(chances))))
    marks.sort()
    below = np.cumsum([chance for _, chance in marks])
    low, high = (marks[int(np.searchsorted(below, at))][0] for at in (0.025, 0.975))
    assert range_by_luck(p) == pytest.approx((low, high), abs=1e-3)
    assert range_by_luck(p[2:]) == (0, 0)
    heavy = range_by_luck(p, np.array([0.0, 1.0, 0.0]))
    assert heavy == pytest.approx((-math.log(0.9), -math.log(0.1)), abs=1e-3)
    assert range_by_luck(p, np.array([0.5, 0.5, 0.0])) != pytest.approx(range_by_luck(p), abs=1e-3)


def test_luck_narrows_as_papers_are_added(papers):
    one, all_of_them = papers.luck([1, 0, 0, 0, 0]), papers.luck([1] * 5)
    assert all_of_them[1] - all_of_them[0] < one[1] - one[0]


def test_the_card_says_what_the_formula_says(papers):
    sheet = papers.sheets[0]
    rows = dict(card_rows(papers.corpus.vocab_size))
    question = sheet.questions[0]
    vocabulary = list(sheet.vocabulary)
    other = next(word for word in reversed(vocabulary) if word not in question.choices)
    for column, chips in enumerate(map(int, rows["chips"])):
        rest = 20 - chips - 3
        for box, word, row in (
            (0, question.choices[0], "loss"),
            (4, other, "loss, any other"),
        ):
            placed = [1] * 5
            placed[box] = chips
            placed[1] = rest if box != 1 else placed[1]
            p = chips_to_distribution(placed, question.choices, vocabulary)
            assert rows[row][column] == f"{question_loss(p, vocabulary.index(word)):.2f}"
    assert rows["points of 100"][:2] == ["5", "10"] and rows["chips"][-1] == "16"
    assert card_rows(500) != card_rows(150)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_copy_has_all_questions_boxes_and_its_card(papers, paper):
    sheet = papers.sheets[1]
    figures = list(class_pages(sheet, papers.corpus.vocab_size, paper))
    words = [word for figure in figures for word in written(figure)]
    for question in sheet.questions:
        for box in question.boxes:
            assert box in words or any(w.endswith("…") and box.startswith(w[:-1]) for w in words)
    assert words.count("chips") == 5 * 3 + 1 and "What an answer costs" in words
    assert any("divided by 3" in word for word in words)
    for figure in figures:  # nothing hangs out of the page
        for text in figure.axes[0].texts:
            x, y = text.get_position()
            assert 0 < x < figure.axes[0].get_xlim()[1] and y > 20
    both = list(class_pages(sheet, papers.corpus.vocab_size, paper, two_sided=True))
    assert len(both) % 2 == 0 and len(both) - len(figures) in (0, 1)


def test_the_key_stands_apart_and_names_every_answer(papers):
    words = [w for figure in key_of(papers, "the command", "A4") for w in written(figure)]
    for sheet, lines in zip(papers.sheets, papers.lines, strict=True):
        assert f"Test {sheet.number}" in words
        for question in sheet.questions:
            assert question.answer in words
        assert f"{lines.oracle.mean():.2f}" in words
    assert any("the command" in word for word in words)
    flat = " ".join(words)
    assert "ClassScale(questions=3, copies=5, seed=1)" in flat
    printed = {w for figure in all_pages(papers, "A4") for w in written(figure)}
    assert "Answer key" not in printed and not any("best possible" in w for w in printed)


def test_a_page_of_the_key_is_filled_before_the_next_begins():
    dealt = deal_class(questions=10, copies=5, seed=1)
    command = "python -m course_utils.teaching papers --text stories --questions 10 --copies 5"
    figures = list(key_of(dealt, command + " --seed 1 --paper A4", "A4"))
    titles = [[w for w in written(figure) if w.startswith("Test ")] for figure in figures]
    assert titles == [["Test 1", "Test 2"], ["Test 3", "Test 4", "Test 5"]]
    for figure in figures:
        *words, foot = sorted((t.get_position()[1] for t in figure.axes[0].texts), reverse=True)
        assert min(words) > foot + 20


def test_a_long_key_goes_on_new_pages():
    rows = tuple(KeyRow(n, "word", "box 1", ("1.00",)) for n in range(1, 31))
    keys = [KeyPaper(f"Test {n}", rows, ("1.00",)) for n in range(1, 4)]
    figures = list(key_pages("Answer key", ["Said."] * 3, ("counting",), keys, "Letter"))
    assert len(figures) == 3 or len(figures) == 4
    lowest = min(t.get_position()[1] for f in figures for t in f.axes[0].texts)
    assert lowest >= 40


def test_the_command_writes_the_same_bytes_for_a_seed(tmp_path, capsys):
    command = ["papers", "--questions", "2", "--copies", "3", "--seed", "4"]
    for name in ("a", "b"):
        assert teaching.main([*command, "--out", str(tmp_path / name)]) == 0
    said = capsys.readouterr().out
    assert "3 papers, 3 different ones, 2 questions each" in said and "a-key.pdf" in said
    pages = (tmp_path / "a.pdf").read_bytes()
    assert pages.startswith(b"%PDF") and pages == (tmp_path / "b.pdf").read_bytes()
    key = (tmp_path / "a-key.pdf").read_bytes()
    assert key == (tmp_path / "b-key.pdf").read_bytes() != pages
    assert len(re.findall(rb"/Type /Page\b", pages)) == 3
    other = [*command[:-1], "5", "--paper", "Letter", "--two-sided", "--out", str(tmp_path / "c")]
    assert teaching.main(other) == 0
    letter = (tmp_path / "c.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 612 792 ]" in letter
    assert len(re.findall(rb"/Type /Page\b", letter)) == 6


def test_an_own_text_says_that_its_best_mark_is_not_known(own_file):
    own = deal_class(own_file, questions=2, copies=4, seed=1)
    assert own.sheets == deal_class(own_file, questions=2, copies=4, seed=1).sheets
    assert own.sheet_of(1) != own.sheet_of(2)
    assert all(lines.oracle is None and lines.counting.shape == (2,) for lines in own.lines)
    words = " ".join(w for figure in key_of(own, "x", "A4") for w in written(figure))
    assert "isn't known" in words and "counting" in words and "ClassScale" not in words
    with pytest.raises(ValueError, match="isn't known"):
        own.luck([1] * len(own.sheets))
    held_out = {tuple(row) for row in own.corpus.held_out.tolist()}
    for sheet in own.sheets:
        for passage in sheet.passages:
            assert any(row[: len(passage.row)] == passage.row for row in held_out)


def test_complaints_are_one_sentence_that_names_the_remedy(tmp_path, own_file, capsys):
    short = tmp_path / "short.txt"
    short.write_text("one two three. " * 40, encoding="utf-8")
    for wrong, remedy in (
        (["--questions", "0"], "choose 1 to 30"),
        (["--copies", "9999"], "choose 1 to 1000"),
        (["--seed", "-1"], "choose 0 or more"),
        (["--text", str(tmp_path / "none.txt")], "check its name"),
        (["--text", str(short)], "choose a longer text"),
        (["--text", str(own_file), "--questions", "30"], "choose a longer text"),
        (["--paper", "A5"], "choose from"),
        (["--questions", "many"], "see --help"),
        (["--out", str(tmp_path / "x.docx")], "let it end in .pdf"),
        (["--questions", "1", "--copies", "1", "--out", str(tmp_path / "no" / "x")], "choose"),
    ):
        assert teaching.main(["papers", *wrong]) == 2
        said = capsys.readouterr().err
        assert remedy in said and said.count("\n") == 1, said
    assert teaching.main([]) == 2 and "papers" in capsys.readouterr().err
    assert teaching.main(["--help"]) == 0
