"""From text to ids and back: by characters, by words, or by byte pairs.

Each tokenizer is trained on a text, and writes a ``tokenizer.json`` that the ecosystem's own
library reads with the same ids. Ids 0 to 3 are the special symbols everywhere.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from course_utils.material.stories import StoryGrammar
from course_utils.material.symbols import END_ID, MASK_ID, PAD_ID, START_ID, SYMBOLS

Ids = NDArray[np.int64]
FILE, CONFIG = "tokenizer.json", "tokenizer_config.json"
# A word takes the blank before it along; every mark and every other blank stands alone. The marks
# are spelled out, so that this regular expression means the same in every library.
# < and > are marks of their own, so that a text may speak of "<mask>" without meaning that symbol.
WORD = r""" ?[^ \t\n\r.,;:!?"()\[\]{}<>*_`#|/—–-]+|[ \t\n\r.,;:!?"()\[\]{}<>*_`#|/—–-]"""
PIECE = r" ?[^ \t\n\r]+|[ \t\n\r]"  # byte pairs never reach across such pieces


class TokenizerError(ValueError):
    """A tokenizer that can't be read, or a text that it doesn't know; says what to do."""


class Tokenizer:
    """What all tokenizers share: a vocabulary (V symbols, the special ones first) and its ids."""

    kind: ClassVar[str]

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self.vocabulary: tuple[str, ...] = tuple(vocabulary)
        if self.vocabulary[: len(SYMBOLS)] != SYMBOLS:
            raise TokenizerError(f"A vocabulary begins with {', '.join(SYMBOLS)}.")
        self._ids = {token: i for i, token in enumerate(self.vocabulary)}
        if len(self._ids) != len(self.vocabulary):
            raise TokenizerError("A vocabulary holds each symbol once; remove the double ones.")

    @property
    def vocab_size(self) -> int:
        """V, the number of all symbols."""
        return len(self.vocabulary)

    def pieces(self, text: str) -> list[str]:
        """The text cut into tokens, as the vocabulary spells them."""
        raise NotImplementedError

    def encode(self, text: str) -> Ids:
        """Text → ids (n,), without start and end. Raises `TokenizerError` for an unknown token."""
        pieces = self.pieces(text)
        try:
            return np.array([self._ids[piece] for piece in pieces], np.int64)
        except KeyError as error:
            raise TokenizerError(
                f"{error.args[0]!r} isn't in this tokenizer's vocabulary; leave it out, or use byte"
                " pairs, which know any text."
            ) from None

    def decode(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Ids (n,) → text; special symbols are left out."""
        return "".join(self.vocabulary[i] for i in ids if i >= len(SYMBOLS))

    def save(self, folder: str | PathLike[str]) -> None:
        """Write ``tokenizer.json`` and ``tokenizer_config.json`` for the ecosystem's library."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        special = [
            {"id": i, "content": symbol, "special": True, "single_word": False,
             "lstrip": False, "rstrip": False, "normalized": False}
            for i, symbol in enumerate(SYMBOLS)
        ]  # fmt: skip
        content = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
            "normalizer": None, "post_processor": None, **self._settings(),
        }  # fmt: skip
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast", "course_kind": self.kind,
            "pad_token": SYMBOLS[PAD_ID], "bos_token": SYMBOLS[START_ID],
            "eos_token": SYMBOLS[END_ID], "mask_token": SYMBOLS[MASK_ID],
            "clean_up_tokenization_spaces": False,
        }  # fmt: skip
        for name, value in ((FILE, content), (CONFIG, config)):
            text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
            (target / name).write_text(text, encoding="utf-8", newline="\n")

    def _settings(self) -> dict[str, Any]:
        # An unknown token has no id there either: it is an error, as it is here.
        model = {"type": "WordLevel", "vocab": self._ids, "unk_token": "<unknown>"}
        return {"pre_tokenizer": self._cut(), "model": model, "decoder": {"type": "Fuse"}}

    def _cut(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Self:
        """Read what `save` wrote. Raises `TokenizerError` if that is missing or damaged."""
        content, kind = _read(Path(folder))
        if kind != cls.kind:
            raise TokenizerError(f"{folder} holds a tokenizer for {kind}, not for {cls.kind}.")
        return cls._from_settings(content["model"])

    @classmethod
    def _from_settings(cls, model: dict[str, Any]) -> Self:
        vocabulary = model["vocab"]
        return cls(sorted(vocabulary, key=vocabulary.__getitem__))


def _read(folder: Path) -> tuple[dict[str, Any], str]:
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        return {"model": dict(content["model"])}, str(config["course_kind"])
    except FileNotFoundError as error:
        raise TokenizerError(
            f"{error.filename} is missing; save the tokenizer again, or train a new one."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise TokenizerError(
            f"{folder / FILE} is damaged; save the tokenizer again, or train a new one."
        ) from None


def _isolated(pattern: str) -> dict[str, Any]:
    regex = {"Regex": pattern}
    return {"type": "Split", "pattern": regex, "behavior": "Isolated", "invert": False}


class CharTokenizer(Tokenizer):
    """One token for each character that the text has."""

    kind = "characters"

    @classmethod
    def train(cls, text: str) -> CharTokenizer:
        """The vocabulary of all characters in the text, in Unicode's order."""
        return cls([*SYMBOLS, *sorted(set(text))])

    def pieces(self, text: str) -> list[str]:
        """The characters."""
        return list(text)

    def _cut(self) -> dict[str, Any]:
        return _isolated(r"[\s\S]")


class WordTokenizer(Tokenizer):
    """One token for each word (with the blank before it), each mark and each other blank."""

    kind = "words"

    @classmethod
    def train(cls, text: str) -> WordTokenizer:
        """The vocabulary of all words in the text, the most frequent first."""
        counts = Counter(re.findall(WORD, text))
        return cls([*SYMBOLS, *sorted(counts, key=lambda word: (-counts[word], word))])

    def pieces(self, text: str) -> list[str]:
        """The words, marks and blanks."""
        return re.findall(WORD, text)

    def _cut(self) -> dict[str, Any]:
        return _isolated(WORD)


class StoryTokenizer(Tokenizer):
    """The stories' own words, with the ids of a `StoryGrammar`, for the ecosystem's library.

    There, decoding writes no capitals; ids are the same.
    """

    kind = "stories"

    def __init__(self, grammar: StoryGrammar | None = None) -> None:
        self.grammar = StoryGrammar() if grammar is None else grammar
        super().__init__(self.grammar.vocabulary)

    def pieces(self, text: str) -> list[str]:
        """The words and marks; a capital at the beginning of a sentence is dropped."""
        return self.grammar.words(text)

    def decode(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Natural text, with capitals."""
        return self.grammar.decode(np.asarray(ids, np.int64))

    def _settings(self) -> dict[str, Any]:
        lower = [word for word in self.vocabulary[len(SYMBOLS) :] if word[0].islower()]
        drop_capitals = [
            {"type": "Replace", "pattern": {"Regex": rf"\b{word.capitalize()}\b"}, "content": word}
            for word in lower
        ]
        return {
            **super()._settings(),
            "normalizer": {"type": "Sequence", "normalizers": drop_capitals},
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        }

    def _cut(self) -> dict[str, Any]:
        words = {"Regex": r"[\w']+|[^\w\s']"}
        return {"type": "Split", "pattern": words, "behavior": "Removed", "invert": True}

    @classmethod
    def _from_settings(cls, model: dict[str, Any]) -> Self:
        found = cls()
        if model["vocab"] != found._ids:
            raise TokenizerError("This tokenizer belongs to other stories; save it again.")
        return found


def _byte_letters() -> list[str]:
    """A visible letter for each of the 256 bytes, as GPT-2 has them (Radford et al., 2019)."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in visible}
    others = [byte for byte in range(256) if byte not in letters]
    letters.update({byte: chr(256 + i) for i, byte in enumerate(others)})
    return [letters[byte] for byte in range(256)]


BYTE_LETTERS = _byte_letters()
LETTER_BYTES = {letter: byte for byte, letter in enumerate(BYTE_LETTERS)}
LEAST = len(SYMBOLS) + len(BYTE_LETTERS)  # symbols of a byte-pair vocabulary without merges
Pair = tuple[str, str]


class BytePairTokenizer(Tokenizer):
    """Bytes, and the pairs that were most often neighbours (Sennrich et al., 2016; GPT-2's bytes).

    Knows any Unicode text. ``merges`` are in the order in which they were learned.
    """

    kind = "byte pairs"

    def __init__(self, merges: Sequence[Pair]) -> None:
        self.merges = [(left, right) for left, right in merges]
        self._rank = {pair: i for i, pair in enumerate(self.merges)}
        self._known: dict[str, list[str]] = {}
        super().__init__([*SYMBOLS, *BYTE_LETTERS, *(left + right for left, right in self.merges)])

    @classmethod
    def train(cls, text: str, vocab_size: int = 512) -> BytePairTokenizer:
        """Learn merges until the vocabulary has ``vocab_size`` symbols, or no pair comes twice.

        Raises `TokenizerError` if that is fewer than the special symbols and the 256 bytes.
        """
        if vocab_size < LEAST:
            raise TokenizerError(f"vocab_size is {vocab_size}; byte pairs need at least {LEAST}.")
        counted = Counter(re.findall(PIECE, text))
        words = [_letters(piece) for piece in counted]
        return cls(list(_learn_merges(words, list(counted.values()), vocab_size - LEAST)))

    def pieces(self, text: str) -> list[str]:
        """The text's bytes, merged as far as was learned."""
        return [token for piece in re.findall(PIECE, text) for token in self._merged(piece)]

    def _merged(self, piece: str) -> list[str]:
        if piece not in self._known:
            letters = _letters(piece)
            while len(letters) > 1:
                pair = min(
                    itertools.pairwise(letters),
                    key=lambda pair: self._rank.get(pair, len(self._rank)),
                )
                if pair not in self._rank:
                    break
                letters = _merge(letters, pair)
            self._known[piece] = letters
        return self._known[piece]

    def decode(self, ids: Sequence[int] | NDArray[np.integer]) -> str:
        """Ids (n,) → text; bytes that are no UTF-8 (half a letter) become the sign �."""
        letters = super().decode(ids)
        return bytes(LETTER_BYTES[letter] for letter in letters).decode("utf-8", "replace")

    def _settings(self) -> dict[str, Any]:
        bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
                  "use_regex": False}  # fmt: skip
        model = {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "ignore_merges": False, "vocab": self._ids, "merges": [list(p) for p in self.merges],
        }  # fmt: skip
        cut = {"type": "Sequence", "pretokenizers": [_isolated(PIECE), bytes_]}
        return {"pre_tokenizer": cut, "model": model, "decoder": bytes_}

    @classmethod
    def _from_settings(cls, model: dict[str, Any]) -> Self:
        return cls([(left, right) for left, right in model["merges"]])


def _letters(piece: str) -> list[str]:
    # A lone surrogate is no Unicode text; it's written as "?" rather than refused.
    return [BYTE_LETTERS[byte] for byte in piece.encode("utf-8", "replace")]


def _merge(letters: list[str], pair: Pair) -> list[str]:
    """Every neighbouring ``pair`` becomes one, from the left."""
    merged, i = [], 0
    while i < len(letters):
        if i + 1 < len(letters) and (letters[i], letters[i + 1]) == pair:
            merged.append(letters[i] + letters[i + 1])
            i += 2
        else:
            merged.append(letters[i])
            i += 1
    return merged


def _learn_merges(words: list[list[str]], counts: list[int], most: int) -> Iterator[Pair]:
    """Merge the most frequent pair, again and again; of equal ones the first in the alphabet.

    Only the words that hold the pair are counted anew.
    """
    total: Counter[Pair] = Counter()
    holders: defaultdict[Pair, set[int]] = defaultdict(set)
    for i, word in enumerate(words):
        for pair in itertools.pairwise(word):
            total[pair] += counts[i]
            holders[pair].add(i)
    known: set[str] = set()
    while len(known) < most and total:
        best = min(total, key=lambda pair: (-total[pair], pair))
        if total[best] < 2:
            break
        new = best[0] + best[1]
        for i in sorted(holders.pop(best)):
            before, words[i] = words[i], _merge(words[i], best)
            for pair in itertools.pairwise(before):
                total[pair] -= counts[i]
                if total[pair] <= 0:
                    del total[pair]
                holders[pair].discard(i)
            for pair in zip(words[i], words[i][1:], strict=False):
                total[pair] += counts[i]
                holders[pair].add(i)
        if new not in known:  # two ways to the same letters need only one symbol
            known.add(new)
            yield best


def learn_in_pieces(
    parts: Sequence[str], kind: str, vocab_size: int = 512
) -> Generator[None, None, Tokenizer]:
    """The same tokenizer as ``train`` makes of the joined ``parts``, in pieces.

    ``kind`` is "characters", "words" or "byte pairs"; the parts are cut after line ends, which no
    token crosses. The tokenizer is the generator's own result. Raises `TokenizerError` for another
    kind.
    """
    if kind == CharTokenizer.kind:
        letters: set[str] = set()
        for part in parts:
            letters.update(part)
            yield
        return CharTokenizer.train("".join(letters))
    if kind not in (WordTokenizer.kind, BytePairTokenizer.kind):
        raise TokenizerError(f"There are no tokens {kind!r}; choose characters, words, byte pairs.")
    counted: Counter[str] = Counter()
    for part in parts:
        counted.update(re.findall(WORD if kind == WordTokenizer.kind else PIECE, part))
        yield
    if kind == WordTokenizer.kind:
        return WordTokenizer([*SYMBOLS, *sorted(counted, key=lambda w: (-counted[w], w))])
    words = [_letters(piece) for piece in counted]
    merges = []
    for pair in _learn_merges(words, list(counted.values()), vocab_size - LEAST):
        merges.append(pair)
        yield
    return BytePairTokenizer(merges)


TOKENIZERS = {t.kind: t for t in (CharTokenizer, WordTokenizer, BytePairTokenizer, StoryTokenizer)}


def load_tokenizer(folder: str | PathLike[str]) -> Tokenizer:
    """Read whichever tokenizer a folder holds. Raises `TokenizerError` as `Tokenizer.load` does."""
    _, kind = _read(Path(folder))
    if kind not in TOKENIZERS:
        raise TokenizerError(f"{folder} holds a tokenizer of an unknown kind, {kind!r}.")
    return TOKENIZERS[kind].load(folder)
