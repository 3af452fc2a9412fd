"""Words with letters hidden behind stars and the like: which term could each one be?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from moderation.folding import Step, keys, read_character, squeeze, symbol_letter
from moderation.lexicon.index import (
    VOWELS,
    MaskedForm,
    with_open_ends,
    word_list,
    words_of_language,
)
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
_ASCII_ANY: Final = re.compile(
    r"\*|(?<=[A-Za-z])(?:#|[%_~?^=&$@!|+.-]+(?=[A-Za-z0-9]))|(?<=\d)[_#](?=[A-Za-z])"
)
_ANY: Final = re.compile(
    rf"[{re.escape(_STARS)}]|(?<=[^\W\d_])#"
    rf"|[{re.escape(_SYMBOLS + _HYPHENS)}{_PICTURES}](?=[^\W_{re.escape(_SYMBOLS)}])"
)
_EMPHASIS: Final = re.compile(
    r"(?<![^\W_]|\*)(\*{1,9})(?=[^\W_])[^*\n]{1,200}(?<!\s)\1(?![^\W_]|\*)"
)
_STAR_AT_EDGE: Final = re.compile(r"(?<![^\W_]|\*)\*|\*(?![^\W_]|\*)")
_CHUNK: Final = re.compile(r"\S+")
_NEIGHBOURS: Final = re.compile(
    rf"[^\W_]+(?:[{re.escape(_STARS + _SYMBOLS)}]+[^\W_]+)*[{re.escape(_STARS)}#_]*"
)
_LONGEST: Final = 24
_LONGEST_HYPHENED: Final = 10
"""Longer words with a hyphen are compounds."""
_LETTERS_AROUND_BULLET: Final = 3
"""A bullet between two letters parts them more often than it hides a third."""
_NEAR: Final = 48
"""How far the other words of a phrase may stand from the masked one."""
_ONE_RUN: Final = re.compile("([^\0]+)\0+([^\0]+)")
_HELD: Final = re.compile(r"(([^\W\d_])(?:(?:\2|\0)*\2)?|\0)")
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

    def is_credible(self, form: MaskedForm) -> bool:
        """Whether enough is shown to tell a mask from a formula, a face or an initialism."""
        return self.shown >= (2 if self.starred or len(form.words) > 1 else 3)


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

    @cached_property
    def _open(self) -> MaskedForms:
        """Only needed for words whose first or last letter is hidden, which is seldom done."""
        return with_open_ends(self._forms)

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
        return tuple(self._fitting_forms(_read_mask(written)))

    def _fitting_forms(self, mask: _Mask) -> Iterator[MaskedForm]:
        if _HYPHEN in mask.known and len(mask.known) > _LONGEST_HYPHENED:
            return
        forms = [*self._same_length(mask)] or [*self._other_length(mask)]
        for form in forms:
            if mask.is_credible(form):
                yield form

    def _bucket(self, mask: _Mask, length: int) -> Sequence[MaskedForm]:
        first, last = mask.known[0], mask.known[-1]
        if first > _HYPHEN and last > _HYPHEN:
            return self._forms.get((length, first + last), ())
        ends = (first if first > _HYPHEN else "*") + (last if last > _HYPHEN else "*")
        return self._open.get((length, ends), ())

    def _same_length(self, mask: _Mask) -> Iterator[MaskedForm]:
        one_end_open = mask.known[0] <= _HYPHEN or mask.known[-1] <= _HYPHEN
        if one_end_open and mask.shown < 3:
            return
        if mask.known[0] == _HIDDEN and 2 * mask.shown < len(mask.known):
            return
        for form in self._bucket(mask, len(mask.known)):
            if _fits(mask, form.spelled):
                yield form

    def _other_length(self, mask: _Mask) -> Iterator[MaskedForm]:
        """A letter may be held; one run of stars may be longer or shorter than what it hides."""
        if _HYPHEN in mask.known or not mask.starred:
            return
        one_run, held = _ONE_RUN.fullmatch(mask.known), _held(mask)
        if one_run is None and held is None:
            return
        for length in range(2, len(mask.known) + 3):
            for form in self._bucket(mask, length):
                if (held and held.fullmatch(form.spelled)) or (
                    one_run and _fits_run(form.spelled, *one_run.groups())
                ):
                    yield form


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
    before = list(_NEIGHBOURS.finditer(text, max(0, start - _NEAR), start))[::-1]
    end = start + len(written)
    after = list(_NEIGHBOURS.finditer(text, end, end + _NEAR))
    wanted_before = form.words[: form.place][::-1]
    wanted_after = form.words[form.place + 1 :]
    if len(before) < len(wanted_before) or len(after) < len(wanted_after):
        return None
    for word, wanted in zip(before, wanted_before, strict=False):
        if not _is_word(word.group(), wanted):
            return None
        start = word.start()
    for word, wanted in zip(after, wanted_after, strict=False):
        if not _is_word(word.group(), wanted):
            return None
        end = word.end()
    return start, end


def _is_word(written: str, wanted: str) -> bool:
    """Whether a neighbouring word is the wanted one; it may be masked as well."""
    if written.isalnum():
        key = keys(written)
        return key == wanted or squeeze(key) == squeeze(wanted)
    mask = _read_mask(written)
    if len(mask.known) == len(wanted):
        return mask.shown > 0 and _fits(mask, wanted)
    head = mask.known.rstrip(_HIDDEN)
    return _HIDDEN not in head and bool(head) and wanted.startswith(head)


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
        starred=not set(_STARS + "#").isdisjoint(written)
        or "__" in written
        or ("•" in written and len(written) > _LETTERS_AROUND_BULLET),
    )


def _has_footnote(written: str) -> bool:
    """Whether the star behind a whole everyday word points to a note."""
    word = written.rstrip(_STARS).lower()
    return word in word_list("common.txt") or word in words_of_language("fillers.txt", "en")


def _count_shown(written: str) -> int:
    """How many letters are shown. Digits are some of them where two letters stand beside them."""
    letters = sum(character.isalpha() for character in written)
    return letters if letters < 2 else sum(character.isalnum() for character in written)


def _fits(mask: _Mask, spelled: str) -> bool:
    for shown, symbol, letter in zip(mask.known, mask.as_letter, spelled, strict=True):
        if shown == _HYPHEN:
            # a hyphen hides a vowel (bl-rf) but joins two words far more often than it hides more
            if letter not in VOWELS or len(mask.known) - mask.known.count(_HYPHEN) < 3:
                return False
        elif letter not in (shown, symbol) and shown != _HIDDEN:
            return False
    return True


def _fits_run(spelled: str, head: str, tail: str) -> bool:
    """Whether a form has what is shown before and after the only run of stars."""
    if len(spelled) > 3 * (len(head) + len(tail)):
        return False
    if _has_ends(spelled, head, tail):
        return True
    short_head, short_tail = squeeze(head), squeeze(tail)
    return len(head) + len(tail) > len(short_head) + len(short_tail) + 1 and _has_ends(
        squeeze(spelled), short_head, short_tail
    )


def _held(mask: _Mask) -> re.Pattern[str] | None:
    """What a mask could be in which a letter is held for long, also across what hides letters."""
    parts = _HELD.findall(mask.known)
    shown = sum(bool(letter) for _, letter in parts)
    if shown < 3 or not any(letter and len(part) > 2 for part, letter in parts):
        return None
    return re.compile(
        "".join(f"{letter}{{1,{len(part)}}}" if letter else ".?" for part, letter in parts)
    )


def _has_ends(spelled: str, head: str, tail: str) -> bool:
    return (
        len(spelled) > len(head) + len(tail) and spelled.startswith(head) and spelled.endswith(tail)
    )
