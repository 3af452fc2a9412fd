"""The phrases of ``words/cues.csv``: what stands around a term and tells what it is doing there.

A phrase names the words beside the term, whose own place is ``…``:

    called me/us (a) …      one of several words; a word that may be missing
    назвал* меня …          a word by its beginning
    bana … dedi             words before and after
    is * slur               any one word
    ^ … is racist           nothing before it in its sentence
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from moderation.errors import LexiconError

PLACE: Final = "…"
START: Final = "^"
KINDS: Final = (
    "mention",
    "mention in quotes",
    "use",
    "use in quotes",
    "own voice",
    "pride",
    "hostile",
)
"""What a phrase says of the term: it is talked about; so it is if it stands in quotation marks;
it is meant, whatever else stands there; it is meant in spite of quotation marks; it is said of
oneself; it is said with pride; an ambiguous term is meant badly."""
STEM_LENGTH: Final = 3
"""How much of a word's beginning is looked up, and the least that a phrase must give."""
MOST_WORDS: Final = 12
"""How many words to either side a phrase can reach."""

_WORD: Final = re.compile(r"[^\s.,;:!?\"()\[\]{}<>«»‹›“”„‟「」『』।،؛؟۔…—–¿¡*_`|#@]+")
_APOSTROPHES: Final = "'‘‚‛"


class Slot(NamedTuple):
    """A place in a phrase, and what may stand there."""

    words: frozenset[str]
    beginnings: tuple[str, ...]
    is_any: bool
    may_lack: bool

    def takes(self, word: str) -> bool:
        """Whether the word may stand here."""
        if word in self.words:
            return True
        return (self.is_any and word != START) or word.startswith(self.beginnings)


@dataclass(frozen=True, slots=True)
class Phrase:
    """The slots before the term, the nearest first, and those after it."""

    before: tuple[Slot, ...]
    after: tuple[Slot, ...]

    def fits(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether these words, on both sides the nearest first, are the phrase's."""
        return _fits(self.before, before) and _fits(self.after, after)


class CueRow(NamedTuple):
    """A row of the table."""

    kind: str
    language: str
    phrase: str
    certainty: str


class Cues:
    """The phrases of one kind, found by the one word of each that is looked up first."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_word: dict[str, list[Phrase]] = {}
        by_stem: dict[str, list[Phrase]] = {}
        for text in phrases:
            phrase = compile_phrase(text)
            slot = _rarest(phrase)
            for word in slot.words:
                by_word.setdefault(word, []).append(phrase)
            for stem in {beginning[:STEM_LENGTH] for beginning in slot.beginnings}:
                by_stem.setdefault(stem, []).append(phrase)
        self._by_word, self._words = by_word, frozenset(by_word)
        self._by_stem, self._stems = by_stem, frozenset(by_stem)

    def fit(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether one of the phrases stands around the term."""
        return any(phrase.fits(before, after) for phrase in self._possible((*before, *after)))

    def _possible(self, words: Sequence[str]) -> Iterator[Phrase]:
        for word in self._words.intersection(words):
            yield from self._by_word[word]
        for stem in self._stems.intersection([word[:STEM_LENGTH] for word in words]):
            yield from self._by_stem[stem]


@lru_cache(maxsize=len(KINDS))
def cues(kind: str) -> Cues:
    """The phrases of a kind, of all languages: a term stands in any language's sentence."""
    return Cues(row.phrase for row in read_cues() if row.kind == kind)


@lru_cache(maxsize=1)
def read_cues() -> tuple[CueRow, ...]:
    """The rows of the packaged table."""
    text = (files(__package__) / "words" / "cues.csv").read_text(encoding="utf-8-sig")
    return tuple(parse_cues(text, "cues.csv"))


def parse_cues(text: str, name: str) -> Iterator[CueRow]:
    """The rows of a table; a mistake is an error that names its line."""
    reader = csv.DictReader(text.splitlines())
    for row in reader:
        problem = _problem(row["kind"], row["phrase"])
        if problem:
            raise LexiconError(f"{name}, line {reader.line_num}: {problem}.")
        yield CueRow(row["kind"], row["language"], row["phrase"], row["certainty"])


def _problem(kind: str, text: str) -> str:
    """What is wrong with a row, if anything."""
    if kind not in KINDS:
        return f"'{kind}' is no kind of cue; the kinds are {', '.join(KINDS)}"
    if text.split().count(PLACE) != 1:
        return f"'{text}' needs one '{PLACE}', where the term stands"
    phrase = compile_phrase(text)
    if not _certain_slots(phrase):
        return f"'{text}' has no word that must be there"
    for beginning in _beginnings(phrase):
        if len(beginning) < STEM_LENGTH:
            return f"'{beginning}*' needs {STEM_LENGTH} letters before the star"
    return ""


def compile_phrase(text: str) -> Phrase:
    """A phrase as the table writes it, ready to be compared with words."""
    parts = text.lower().split()
    place = parts.index(PLACE)
    before = tuple(map(_slot, reversed(parts[:place])))
    return Phrase(before, tuple(map(_slot, parts[place + 1 :])))


def _slot(part: str) -> Slot:
    may_lack = part.startswith("(") and part.endswith(")")
    choices = part.strip("()").split("/")
    return Slot(
        words=frozenset(c for c in choices if not c.endswith("*")),
        beginnings=tuple(c[:-1] for c in choices if c.endswith("*") and c != "*"),
        is_any="*" in choices,
        may_lack=may_lack,
    )


def _fits(slots: Sequence[Slot], words: Sequence[str]) -> bool:
    if not slots:
        return True
    slot, rest = slots[0], slots[1:]
    if slot.may_lack and _fits(rest, words):
        return True
    return bool(words) and slot.takes(words[0]) and _fits(rest, words[1:])


def _certain_slots(phrase: Phrase) -> list[Slot]:
    slots = (*phrase.before, *phrase.after)
    return [slot for slot in slots if not (slot.may_lack or slot.is_any)]


def _beginnings(phrase: Phrase) -> Iterator[str]:
    return (b for slot in (*phrase.before, *phrase.after) for b in slot.beginnings)


def _rarest(phrase: Phrase) -> Slot:
    """The slot to look a phrase up by: the one with the longest words, which are seldom met."""
    return max(
        _certain_slots(phrase),
        key=lambda slot: min(map(len, (*slot.words, *slot.beginnings))),
    )


def words_of(text: str) -> list[str]:
    """The words of a text, without the signs around them; a picture is none."""
    found = (word.strip(_APOSTROPHES) for word in _WORD.findall(text.replace("’", "'")))
    return [word for word in found if word[:1].isalnum()]
