"""Words with letters hidden behind stars and the like: which term could each one be?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from moderation.folding import Step, keys, read_character, squeeze, symbol_letter
from moderation.lexicon.index import VOWELS, MaskedForm, word_list, words_of_language
from moderation.lexicon.tables import Term

_STARS: Final = "*✱✶█░▓∗＊"
"""What hides letters and little else, so that two shown letters are enough."""
_SYMBOLS: Final = "•●★☆■#%_×…~?^=&$@!|+€£"
_HYPHENS: Final = "-.–—‐‑"
_PICTURES: Final = "\U0001f000-\U0001f0ff\U0001f110-\U0001faff☀-❵➔-➿"
"""Without the digits among them: what can be read both ways makes a search run away."""
_HIDING: Final = re.escape(_STARS + _SYMBOLS + _HYPHENS) + _PICTURES
_MASKED: Final = re.compile(
    rf"(?<![^\W_])[^\W_]+(?:(?:[{_HIDING}]+[^\W_]+)+[{re.escape(_STARS)}]*"
    rf"|(?<=[^\W_]{{2}})[{re.escape(_STARS)}#]+)"
    # A row of stars is tried from its first one only, or its length would count twice.
    rf"|(?<![{re.escape(_STARS)}])[{re.escape(_STARS)}]+[^\W_]{{3,}}"
)
"""It begins where a word or a row of stars does, so that no place is begun at twice."""
_ASCII_ANY: Final = re.compile(r"\*|(?<=[A-Za-z])(?:#|[%_~?^=&$@!|+.-]+(?=[A-Za-z0-9]))")
_ANY: Final = re.compile(
    rf"[{re.escape(_STARS)}]|(?<=[^\W\d_])#"
    rf"|[{re.escape(_SYMBOLS + _HYPHENS)}{_PICTURES}](?=[^\W_{re.escape(_SYMBOLS)}])"
)
_EMPHASIS: Final = re.compile(
    r"(?<![^\W_]|\*)(\*{1,9})(?=[^\W_])[^*\n]{1,200}(?<!\s)\1(?![^\W_]|\*)"
)
_STAR_AT_EDGE: Final = re.compile(r"(?<![^\W_]|\*)\*|\*(?![^\W_]|\*)")
_CHUNK: Final = re.compile(r"\S+")
_WORDS: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 24
_LONGEST_HYPHENED: Final = 10
"""Longer words with a hyphen are compounds."""
_NEAR: Final = 48
"""How far the other words of a phrase may stand from the masked one."""
_REMEMBERED: Final = 4096
_HIDDEN: Final = "\0"
_HYPHEN: Final = "\1"


MaskedForms = Mapping[tuple[int, str], Sequence[MaskedForm]]
"""What a masked word could be, by its length and its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """A masked word, or the phrase that it belongs to, and what it stands for."""

    start: int
    end: int
    term: Term
    steps: frozenset[Step]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mask:
    """A masked word: known keys, ``_HIDDEN`` and ``_HYPHEN`` for the rest; symbols both ways.

    ``shown`` says how many letters are shown.
    """

    known: str
    as_letter: str
    shown: int
    starred: bool

    @property
    def is_credible(self) -> bool:
        """Whether enough is shown to tell a mask from a formula, a face or an initialism."""
        return self.shown >= (2 if self.starred else 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain:
    """The text with every letter undisguised, and where each character stood."""

    text: str
    places: Sequence[int]


def has_masks(text: str) -> bool:
    """Whether the text has a character at all that could hide a letter."""
    return (_ASCII_ANY if text.isascii() else _ANY).search(text) is not None


class Masks:
    """What masked words can stand for."""

    def __init__(self, forms: MaskedForms) -> None:
        self._forms = forms
        self._fitting = lru_cache(maxsize=_REMEMBERED)(self._find_fitting)

    def find(self, text: str) -> Iterator[Unmasked]:
        """Every masked word that a form fits.

        Where several fit, the mildest is taken: a desk should not read more into a word than is
        there.
        """
        plain = _undress(text)
        shown = _without_emphasis(plain.text)
        for place, written in _masked_words(shown):
            span = _choose(shown, place, written, self._fitting(written))
            if span is not None:
                begin, stop, term = span
                start, end = plain.places[begin], plain.places[stop - 1] + 1
                yield Unmasked(start=start, end=end, term=term, steps=_steps(text, start, end))

    def needs_neighbours(self, chunk: str) -> bool:
        """Whether only its neighbours tell if it is masked: one of a phrase, or emphasised."""
        words = [written for _, written in _masked_words(_undress(chunk).text)]
        fitting = [forms for forms in map(self._fitting, words) if forms]
        return any(len(forms[0].words) > 1 for forms in fitting) or (
            bool(fitting) and _STAR_AT_EDGE.search(chunk) is not None
        )

    def _find_fitting(self, written: str) -> Sequence[MaskedForm]:
        if _has_footnote(written):
            return ()
        return tuple(_fitting(_read_mask(written), self._forms))


def _undress(text: str) -> _Plain:
    """Marks and invisible characters left out, styled letters made plain, one for one."""
    if text.isascii():
        return _Plain(text=text, places=range(len(text)))
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        read = read_character(character)
        if read.letters or not read.steps:
            one = len(read.letters) == 1 and not character.isdigit()
            characters.append(read.letters if one else character)
            places.append(place)
    return _Plain(text="".join(characters), places=places)


def _without_emphasis(text: str) -> str:
    """The stars around ``*some words*`` made blank: they hide nothing."""
    return _EMPHASIS.sub(lambda found: found.group().replace("*", " "), text)


def _steps(text: str, start: int, end: int) -> frozenset[Step]:
    steps = {
        step
        for character in text[start:end]
        if character.isalnum() or not character.isascii()
        for step in read_character(character).steps
    }
    return frozenset(steps)


def _masked_words(text: str) -> Iterator[tuple[int, str]]:
    for chunk in _CHUNK.finditer(text):
        if has_masks(chunk.group()):
            for word in _MASKED.finditer(text, *chunk.span()):
                if len(word.group()) <= _LONGEST:
                    yield word.start(), word.group()


def _choose(
    text: str, start: int, written: str, forms: Sequence[MaskedForm]
) -> tuple[int, int, Term] | None:
    """The first form that is complete: a word by itself, a phrase with its other words near."""
    for form in forms:
        if len(form.words) == 1:
            return start, start + len(written), form.term
        span = _find_phrase(text, start, written, form)
        if span is not None:
            return (*span, form.term)
    return None


def _find_phrase(text: str, start: int, written: str, form: MaskedForm) -> tuple[int, int] | None:
    """Where the phrase stands, if the words before and after the masked one are the right ones."""
    before = list(_WORDS.finditer(text, max(0, start - _NEAR), start))[::-1]
    end = start + len(written)
    after = list(_WORDS.finditer(text, end, end + _NEAR))
    wanted_before = form.words[: form.place][::-1]
    wanted_after = form.words[form.place + 1 :]
    if len(before) < len(wanted_before) or len(after) < len(wanted_after):
        return None
    for word, wanted in zip(before, wanted_before, strict=False):
        if not _is_word(text, word, wanted):
            return None
        start = word.start()
    for word, wanted in zip(after, wanted_after, strict=False):
        if not _is_word(text, word, wanted):
            return None
        end = word.end()
    return start, end


def _is_word(text: str, word: re.Match[str], wanted: str) -> bool:
    """Whether a neighbouring word is the wanted one; a mask in it is taken on trust."""
    key = keys(word.group()).strip()
    if key == wanted or squeeze(key) == squeeze(wanted):
        return True
    masked = text[word.end() : word.end() + 1] in _STARS + _SYMBOLS
    return bool(text[word.end() : word.end() + 1]) and masked and wanted.startswith(key)


def _read_mask(written: str) -> _Mask:
    known = ""
    as_letter = ""
    for character in written:
        if character in _HYPHENS:
            known += _HYPHEN
            as_letter += _HYPHEN
            continue
        letter = keys(symbol_letter(character) or character).strip()[:1]
        hidden = not character.isalpha() and not (letter and character.isdigit())
        known += _HIDDEN if hidden or not letter else letter
        as_letter += letter or _HIDDEN
    return _Mask(
        known=known,
        as_letter=as_letter,
        shown=_count_shown(written),
        starred=not set(_STARS + "#").isdisjoint(written),
    )


def _has_footnote(written: str) -> bool:
    """Whether the star behind a whole everyday word points to a note."""
    word = written.rstrip(_STARS).lower()
    return word in word_list("common.txt") or word in words_of_language("fillers.txt", "en")


def _count_shown(written: str) -> int:
    """How many letters are shown. Digits are some of them where two letters stand beside them."""
    letters = sum(character.isalpha() for character in written)
    return letters if letters < 2 else sum(character.isalnum() for character in written)


def _fitting(mask: _Mask, forms: MaskedForms) -> Iterator[MaskedForm]:
    if not mask.is_credible or (_HYPHEN in mask.known and len(mask.known) > _LONGEST_HYPHENED):
        return
    found = False
    for form in _same_length(mask, forms):
        found = True
        yield form
    if not found:
        yield from _other_length(mask, forms)


def _buckets(mask: _Mask, length: int, forms: MaskedForms) -> Sequence[MaskedForm]:
    first, last = mask.known[0], mask.known[-1]
    ends = (first if first > _HYPHEN else "*") + (last if last > _HYPHEN else "*")
    return forms.get((length, ends), ())


def _same_length(mask: _Mask, forms: MaskedForms) -> Iterator[MaskedForm]:
    one_end_open = mask.known[0] <= _HYPHEN or mask.known[-1] <= _HYPHEN
    if one_end_open and mask.shown < 3:
        return
    if mask.known[0] == _HIDDEN and 2 * mask.shown < len(mask.known):
        return
    for form in _buckets(mask, len(mask.known), forms):
        if _fits(mask, form.spelled):
            yield form


def _fits(mask: _Mask, spelled: str) -> bool:
    for shown, symbol, letter in zip(mask.known, mask.as_letter, spelled, strict=True):
        if shown == _HYPHEN:
            # a hyphen hides a vowel (bl-rf) but joins two words far more often than it hides more
            if letter not in VOWELS or len(mask.known) - mask.known.count(_HYPHEN) < 3:
                return False
        elif letter not in (shown, symbol) and shown != _HIDDEN:
            return False
    return True


def _other_length(mask: _Mask, forms: MaskedForms) -> Iterator[MaskedForm]:
    """One run of stars may be longer or shorter than what it hides; letters may be stretched."""
    runs = re.findall(f"{_HIDDEN}+", mask.known)
    if len(runs) != 1 or _HYPHEN in mask.known or not mask.starred:
        return
    head, _, tail = mask.known.partition(runs[0])
    if not head or not tail:
        return
    short_head, short_tail = squeeze(head), squeeze(tail)
    longest = min(len(mask.known) + 2, mask.shown * 3)
    for length in range(len(short_head) + len(short_tail) + 1, longest + 1):
        for form in _buckets(mask, length, forms):
            if _has_ends(form.spelled, head, tail) or (
                _has_ends(squeeze(form.spelled), short_head, short_tail)
                and len(head) + len(tail) > len(short_head) + len(short_tail) + 1
            ):
                yield form


def _has_ends(spelled: str, head: str, tail: str) -> bool:
    return (
        len(spelled) > len(head) + len(tail) and spelled.startswith(head) and spelled.endswith(tail)
    )
