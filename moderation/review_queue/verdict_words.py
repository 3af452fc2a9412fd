"""What people write for a verdict, in the languages of the lexicon.

The words are data: ``verdict_words.csv`` gives each its verdict, its languages and its kind (a
word, a letter, a symbol, or one that is ambiguous). No word stands for two verdicts, in whatever
languages. ``yes``, ``no``, ``x``, ``1`` and the like stand for none: "yes" to what?
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast

from moderation.records import HumanVerdict

Undo = Literal["undo"]
"""What a person writes to take a decision back."""

UNDO: Final[Undo] = "undo"

Kind = Literal["word", "letter", "symbol", "ambiguous"]

_DRESSING: Final = re.compile(
    "[\ufe00-\ufe0f\u200b-\u200f\u2060\ufeff\U0001f3fb-\U0001f3ff\u0640♀♂]"
)
"""What changes how a symbol or letter looks, and nothing else: variants, skin tones, joiners."""

_LETTERS_WITHOUT_MARK: Final = str.maketrans("łıøđðħ", "lioddh")
_MARKS: Final = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u093c]")
"""Accents, Arabic vowel signs and the Hindi dot below; the vowel signs of Hindi stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWord:
    """One row of the table; ``verdict`` is None for an ambiguous word."""

    word: str
    verdict: HumanVerdict | Undo | None
    languages: tuple[str, ...]
    kind: Kind


def verdict_of(word: str) -> HumanVerdict | Undo | None:
    """The verdict that a cell means, whatever its case, accents and punctuation.

    None when it is empty, unknown or ambiguous, or when its words and symbols disagree
    (``remove?`` is neither a removal nor a mere question).
    """
    words, symbols = _taken_apart(word)
    verdicts = {_symbols()[symbol] for symbol in symbols}
    if words:
        verdicts.add(_words().get(words))
    return verdicts.pop() if len(verdicts) == 1 else None


def why_unknown(word: str) -> str:
    """Why a cell is no verdict: a clause that says so and what to write instead."""
    words, symbols = _taken_apart(word)
    if words in _ambiguous():
        return f"'{word.strip()}' can mean that the comment stays or that it goes; {_ADVICE}"
    if symbols and (not words or words in _words()):
        return f"'{word.strip()}' says two things at once; {_ADVICE}"
    return f"'{word.strip()}' is no verdict that is known here; {_ADVICE}"


_ADVICE: Final = "write approve, remove, escalate or unsure, or undo to take a decision back"


def folded(word: str) -> str:
    """A word without case, accents and punctuation, its parts one blank apart."""
    plain = unicodedata.normalize("NFKD", _DRESSING.sub("", word)).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", plain)).translate(_LETTERS_WITHOUT_MARK)
    joined = re.sub("['’‘`´ʼ]", "", bare)
    letters = (
        char if char.isalnum() or unicodedata.category(char) in {"Mn", "Mc"} else " "
        for char in joined
    )
    return " ".join("".join(letters).split())


@cache
def verdict_words() -> tuple[VerdictWord, ...]:
    """The table, as it stands in the package."""
    text = (files(__package__) / "verdict_words.csv").read_text(encoding="utf-8")
    return tuple(
        VerdictWord(
            word=row["word"],
            verdict=cast("HumanVerdict | Undo", row["verdict"]) if row["verdict"] else None,
            languages=tuple(row["language"].split()),
            kind=cast("Kind", row["kind"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _taken_apart(cell: str) -> tuple[str, list[str]]:
    """The folded words of a cell, and its symbols."""
    bare = _DRESSING.sub("", cell)
    symbols = [char for char in bare if char in _symbols()]
    return folded("".join(" " if char in _symbols() else char for char in bare)), symbols


@cache
def _symbols() -> dict[str, HumanVerdict | Undo | None]:
    return {one.word: one.verdict for one in verdict_words() if one.kind == "symbol"}


@cache
def _words() -> dict[str, HumanVerdict | Undo | None]:
    return {folded(one.word): one.verdict for one in _of_kind("word", "letter")}


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(folded(one.word) for one in _of_kind("ambiguous"))


def _of_kind(*kinds: Kind) -> Iterator[VerdictWord]:
    return (one for one in verdict_words() if one.kind in kinds)
