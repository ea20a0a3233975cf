"""Text to ids and back, the same as the ecosystem's own library has them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.material import (
    BytePairTokenizer,
    CharTokenizer,
    StoryGrammar,
    StoryTokenizer,
    TokenizerError,
    WordTokenizer,
    load_tokenizer,
)
from tests.peers import run_peer

TEXT = "The cat sat on the mat. The cat, the mat: isn't it odd?\n\tÄpfel – 東京 \U0001f431!\n" * 3
NASTY = [
    "e\u0301\u0301",
    "\U0001f469\u200d\U0001f680",
    "\u05e9\u05dc\u05d5\u05dd",
    "a\0b",
    "\u2028\x85\x1c",
    "  \n\r\t",
]
ASK = """
import json, sys
from pathlib import Path
from transformers import AutoTokenizer
folder, found = Path(sys.argv[1]), {}
for kind, text in json.loads((folder / "texts.json").read_text("utf-8")).items():
    tokenizer = AutoTokenizer.from_pretrained(folder / kind)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    found[kind] = [ids, tokenizer.decode(ids), tokenizer.eos_token_id]
print(json.dumps(found))
"""
KINDS = [CharTokenizer, WordTokenizer, BytePairTokenizer]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [TEXT, *NASTY])
def test_any_text_survives_what_was_trained_on_it(kind, text):
    tokenizer = kind.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text())
@settings(derandomize=True, max_examples=60, deadline=None)
def test_byte_pairs_know_any_text(text):
    tokenizer = BytePairTokenizer.train(TEXT, 300)
    text = text.encode("utf-8", "replace").decode()
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(min_size=1))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_words_survive_their_own_text(text):
    tokenizer = WordTokenizer.train(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_byte_pairs_merge_what_is_frequent():
    tokenizer = BytePairTokenizer.train("abab abab abab xy", 262)
    assert tokenizer.merges == [("a", "b"), ("ab", "ab")]
    assert len(tokenizer.encode("abab")) == 1
    with pytest.raises(TokenizerError, match="at least 260"):
        BytePairTokenizer.train("abc", 100)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_an_unknown_token_is_named(kind):
    with pytest.raises(TokenizerError, match="'ß'"):
        kind.train("the cat").encode("ß")


def test_the_stories_own_tokenizer_has_the_grammars_ids():
    grammar = StoryGrammar()
    tokenizer = StoryTokenizer(grammar)
    for story in grammar.sample(20, np.random.default_rng(0)):
        assert tokenizer.encode(story).tolist() == grammar.encode(story).tolist()
        assert tokenizer.decode(tokenizer.encode(story)) == story


@pytest.mark.parametrize("kind", [*KINDS, StoryTokenizer])
def test_saved_and_loaded_it_is_the_same(kind, tmp_path):
    tokenizer = kind() if kind is StoryTokenizer else kind.train(TEXT)
    tokenizer.save(tmp_path)
    again = load_tokenizer(tmp_path)
    assert type(again) is kind and again.vocabulary == tokenizer.vocabulary
    text = "Today Mia was happy." if kind is StoryTokenizer else TEXT
    if kind is not StoryTokenizer:
        assert again.encode(text).tolist() == tokenizer.encode(text).tolist()


def test_damaged_or_missing_files_get_one_sentence(tmp_path):
    with pytest.raises(TokenizerError, match="is missing"):
        load_tokenizer(tmp_path)
    CharTokenizer.train(TEXT).save(tmp_path)
    with pytest.raises(TokenizerError, match="for characters, not for words"):
        WordTokenizer.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(TokenizerError, match="is damaged"):
        load_tokenizer(tmp_path)


@pytest.mark.peers
def test_transformers_reads_the_same_ids(tmp_path):
    story = " ".join(StoryGrammar().sample(30, np.random.default_rng(1)))
    texts = {"stories": story, **dict.fromkeys(("characters", "words", "byte pairs"), TEXT)}
    ours = {}
    for tokenizer in (StoryTokenizer(), *(kind.train(TEXT) for kind in KINDS)):
        tokenizer.save(tmp_path / tokenizer.kind)
        ours[tokenizer.kind] = tokenizer.encode(texts[tokenizer.kind]).tolist()
    script = tmp_path / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    (tmp_path / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    answers = json.loads(run_peer(script, tmp_path).splitlines()[-1])
    for kind, (ids, decoded, end) in answers.items():
        assert ids == ours[kind], kind
        assert end == 2
        if kind != "stories":
            assert decoded == texts[kind]


def test_a_text_may_speak_of_the_special_symbols():
    """Such words are cut into marks and letters, and stay themselves."""
    text = 'Hide it by "<mask>" or <mask>, after <start>.'
    tokenizer = WordTokenizer.train(text)
    ids = tokenizer.encode(text)
    assert ids.min() >= 4 and tokenizer.decode(ids) == text
