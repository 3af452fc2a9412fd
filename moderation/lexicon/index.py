"""The terms turned into something that can be searched: keys, needles and likely misspellings.

Built in bulk, because it is built at every start: all spellings are folded in one go, and what is
needed to compare a spelling letter by letter (``Form``) is worked out when it is first met.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, NamedTuple

import ahocorasick_rs

from moderation.folding import (
    Step,
    keys,
    keys_of_all,
    read_character,
    skeleton,
    squeeze,
    squeeze_all,
)
from moderation.lexicon.tables import Term

NEEDLE_LENGTH: Final = 5
"""Keys of this length (terms of severity 3 and 4: one less) are sought anywhere in the text,
shorter ones as whole words."""
ENDING_LENGTH: Final = 4
"""Shorter words are not sought in longer ones at all."""
STRONG: Final = 3
VARIANT_LENGTH: Final = 5
"""Shorter words are not sought with letters swapped or left out: too many words are near them."""
GUESSED_LANGUAGES: Final = frozenset({"en"})
"""Misspellings and words run together are guessed in these alone: elsewhere we know too few
innocent words that the guess could be."""
SWAPPED_IN_PHRASE: Final = 3
"""In a phrase the other words say which word is meant, so that a shorter one will do."""
NEIGHBOUR_LENGTH: Final = 3
"""Shorter words do not count as neighbours that a term was run into."""
MASKED_LENGTH: Final = 3
"""Of shorter words a mask leaves nothing to go by."""
VOWELS: Final = frozenset("aeiou")
_WITHOUT_VOWELS: Final = str.maketrans("", "", "aeiou")


class Spelling(NamedTuple):
    """A form of a term as the table spells it, or a misspelling of it and how it comes about."""

    term: Term
    form: str
    step: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One spelling of a term, in the shape in which it is compared with a text.

    ``key`` is the skeleton of its ``spelling``, ``counts`` how often each letter of the key stands
    there, ``letters`` which letters those are, ``breaks`` where in the key a new word begins.
    ``step`` names the disguise when the form is a misspelling that the table does not have.
    """

    term: Term
    spelling: str
    key: str
    counts: tuple[int, ...]
    letters: tuple[str, ...]
    breaks: frozenset[int]
    step: Step | None = None

    @property
    def is_strong(self) -> bool:
        """Whether it is worth finding inside other words and through split words."""
        return _is_strong(self.term)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A form with open places, and the piece of it that is certain to be there.

    It ``may_be_name`` when it is an ending of a single thing: so end family names (``Whittard``).
    """

    term: Term
    expression: re.Pattern[str]
    needle: str
    may_be_name: bool


class MaskedForm(NamedTuple):
    """A form that a masked word could stand for, with the keys of all its letters.

    In a phrase the word is one of several: ``words`` has them all, ``place`` says which it is.
    """

    spelled: str
    term: Term
    words: tuple[str, ...]
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Everything that is looked up.

    ``own`` has every form that is no pattern, ``written`` the keys of all letters of each, ``keys``
    leads from a key to the places in these, ``changed`` from the key of a word without its vowels,
    or backwards, to its place, ``letters`` from the letters of a word to the places and the keys
    of all words that have these, ``phrase_letters`` to the words of phrases that have them.
    ``words`` are the keys that count when they are a whole word; ``needles`` those that are sought
    anywhere, ``phrases`` the numbers of those that are several words; ``endings`` the keys of words
    too short for that, which may still be what a longer word ends in.
    """

    own: tuple[Spelling, ...]
    written: tuple[str, ...]
    keys: dict[str, list[int]]
    changed: dict[str, int]
    letters: dict[frozenset[str], list[tuple[int, str]]]
    phrase_letters: dict[frozenset[str], list[str]]
    words: frozenset[str]
    needles: tuple[str, ...]
    phrases: frozenset[int]
    endings: frozenset[str]
    searcher: ahocorasick_rs.AhoCorasick
    patterns: tuple[Pattern, ...]
    pattern_searcher: ahocorasick_rs.AhoCorasick

    def spellings(self, key: str) -> list[Spelling]:
        """The forms of the tables that have this key."""
        return [self.own[place] for place in self.keys.get(key, ())]

    def whole(self, key: str) -> list[Spelling]:
        """What a whole word could be: forms of the tables, or else a misspelling of one."""
        if key in self.keys:
            return self.spellings(key) if key in self.words else []
        place = self.changed.get(key)
        return self.swapped(key) if place is None else _misspellings(self.own[place], key)

    def ending(self, key: str) -> str | None:
        """The short term that a word ends in, if all before it are everyday words."""
        end = key[-ENDING_LENGTH:]
        if end in self.endings and len(key) >= ENDING_LENGTH + NEIGHBOUR_LENGTH:
            return end if splits(key[:-ENDING_LENGTH]) else None
        return None

    def swapped(self, key: str) -> list[Spelling]:
        """What a word could be in which two neighbours were swapped."""
        return [
            spelling
            for place, written in self.letters.get(frozenset(key), ())
            if key[0] == written[0] and key[-1] in written[-2:] and len(key) <= len(written)
            for spelling in _misspellings(self.own[place], key)
        ]

    def unswapped(self, written: str) -> int | None:
        """Of a word's keys, the first of the two to be swapped to make it a word of a phrase."""
        words = self.phrase_letters.get(frozenset(written), ())
        if written in words:
            return None
        for word in words:
            place = _swapped_at(written, word)
            if place is not None:
                return place
        return None


def build_index(terms: Iterable[Term]) -> Index:
    """Index every form of every term, and the misspellings of the long ones."""
    own, patterns = _sort_forms(terms)
    written = _keys_of(own)
    squeezed = squeeze_all(written)
    joined = _without_spaces(squeezed)
    by_key: dict[str, list[int]] = {}
    for place, key in enumerate(joined):
        by_key.setdefault(key, []).append(place)
    phrases = {key for key, words in zip(joined, squeezed, strict=True) if " " in words}
    guessed = [place for place, spelling in enumerate(own) if _is_guessed(spelling)]
    changed = _changed_keys(own, guessed, by_key)
    needles = phrases.union(
        key
        for key, (term, _, _) in zip(joined, own, strict=True)
        if len(key) >= NEEDLE_LENGTH or (len(key) == NEEDLE_LENGTH - 1 and _is_strong(term))
    )
    ordered = tuple(sorted(needles))
    return Index(
        own=tuple(own),
        written=tuple(written),
        keys=by_key,
        changed=changed,
        letters=_by_letters(own, guessed, written),
        phrase_letters=_phrase_letters(own),
        words=frozenset(by_key).union(changed) - needles,
        needles=ordered,
        phrases=frozenset(n for n, needle in enumerate(ordered) if needle in phrases),
        endings=frozenset(
            key for key in map(joined.__getitem__, guessed) if len(key) == ENDING_LENGTH
        ).difference(needles),
        searcher=_searcher(ordered),
        patterns=tuple(patterns),
        pattern_searcher=_searcher([pattern.needle for pattern in patterns]),
    )


def _sort_forms(terms: Iterable[Term]) -> tuple[list[Spelling], list[Pattern]]:
    own: list[Spelling] = []
    patterns: list[Pattern] = []
    for term in terms:
        for form in term.forms:
            if "*" in form or "[" in form:
                patterns.append(_pattern(term, form))
            else:
                own.append(Spelling(term, form))
                if " " in form:
                    own.extend(_run_together(term, form))
    return own, patterns


def _run_together(term: Term, form: str) -> Iterator[Spelling]:
    """A phrase as one word, where two equal letters meet: they count as one when it is spelled."""
    words = form.split()
    if any(word[-1] == following[0] for word, following in pairwise(words)):
        yield Spelling(term, "".join(words))


def _searcher(needles: Sequence[str]) -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(
        needles,
        implementation=ahocorasick_rs.Implementation.ContiguousNFA,
        store_patterns=False,
    )


def _keys_of(own: Iterable[Spelling]) -> list[str]:
    """The keys of all forms in one go, one space between words."""
    return [" ".join(key.split()) for key in keys_of_all([spelling.form for spelling in own])]


def _is_strong(term: Term) -> bool:
    return term.severity >= STRONG and term.ambiguity == "never innocent"


@lru_cache(maxsize=65536)
def compile_form(spelling: Spelling) -> Form:
    """What is needed to compare a spelling with a text, letter by letter."""
    bones = skeleton(spelling.form)
    return Form(
        term=spelling.term,
        spelling=spelling.form.lower(),
        key=bones.text,
        counts=bones.counts,
        letters=tuple(
            _letters(spelling.form[start:end])
            for start, end in zip(bones.starts, bones.ends, strict=True)
        ),
        breaks=frozenset(bones.words) - {0},
        step=spelling.step,
    )


def _letters(run: str) -> str:
    """The letters that count as undisguised: those of the table, with and without accents."""
    return run.lower() + "".join(read_character(character).letters for character in run)


def _changed_keys(
    own: Sequence[Spelling], guessed: Iterable[int], known: Mapping[str, object]
) -> dict[str, int]:
    """From the keys of words without their vowels, or backwards, to the words."""
    innocent = word_list("innocent.txt") | word_list("common.txt")
    made = [
        (place, variant)
        for place in guessed
        for word in [own[place].form.lower()]
        for variant in (*_without_vowels(word), *_backwards(own[place].term, word))
    ]
    found = squeeze_all(keys_of_all([variant for _, variant in made]))
    changed: dict[str, int] = {}
    for key, (place, variant) in zip(found, made, strict=True):
        if key not in known and variant not in innocent:
            changed.setdefault(key, place)
    return changed


def _by_letters(
    own: Sequence[Spelling], guessed: Iterable[int], written: Sequence[str]
) -> dict[frozenset[str], list[tuple[int, str]]]:
    """From the letters of words to the words: those of a word with two swapped are the same."""
    by_letters: dict[frozenset[str], list[tuple[int, str]]] = {}
    for place in guessed:
        word = written[place]
        if len(word) >= _shortest_guess(own[place]):
            by_letters.setdefault(frozenset(word), []).append((place, word))
    return by_letters


def _phrase_letters(own: Iterable[Spelling]) -> dict[frozenset[str], list[str]]:
    """The words of phrases by their letters, in full and not squeezed."""
    written = {
        word
        for term, form, _ in own
        if (" " in form or "-" in form) and term.language in GUESSED_LANGUAGES
        for word in form.lower().replace("-", " ").split(" ")
        if len(word) >= SWAPPED_IN_PHRASE
    }
    by_letters: dict[frozenset[str], list[str]] = {}
    for word in keys_of_all(sorted(written)):
        by_letters.setdefault(frozenset(word), []).append(word)
    return by_letters


def _without_spaces(texts: Sequence[str]) -> list[str]:
    return "\n".join(texts).replace(" ", "").split("\n") if texts else []


def _is_guessed(spelling: Spelling) -> bool:
    """Whether it is a single word of a language in which misspellings are guessed."""
    form = spelling.form
    return spelling.term.language in GUESSED_LANGUAGES and form.isascii() and form.isalpha()


def _shortest_guess(spelling: Spelling) -> int:
    return VARIANT_LENGTH - 1 if _is_strong(spelling.term) else VARIANT_LENGTH


def _misspell(spelling: Spelling) -> list[tuple[str, Step]]:
    """The misspellings of a word in plain letters, and how each comes about."""
    word = spelling.form.lower()
    made: list[tuple[str, Step]] = [(bare, "vowels") for bare in _without_vowels(word)]
    made += [(changed, "turned") for changed in _backwards(spelling.term, word)]
    if len(word) >= _shortest_guess(spelling):
        made += [(changed, "swapped") for changed in _swaps(word, last=len(word) > VARIANT_LENGTH)]
    return made


def _without_vowels(word: str) -> list[str]:
    """The word without vowels but a first one, if enough is left to read."""
    bare = word[0] + word[1:].translate(_WITHOUT_VOWELS)
    is_readable = VARIANT_LENGTH - 1 <= len(bare) < len(word) and len(set(bare)) > 2
    return [bare] if is_readable else []


def _backwards(term: Term, word: str) -> list[str]:
    """The word read from its end, if it is long and bad enough to be worth a guess."""
    shortest = VARIANT_LENGTH if term.severity >= STRONG else VARIANT_LENGTH + 1
    return [word[::-1]] if len(word) >= shortest and term.severity > 1 else []


def _swapped_at(written: str, word: str) -> int | None:
    """The first of two inner neighbours that are swapped between the two, if that is all."""
    if len(written) != len(word) or written[0] != word[0]:
        return None
    places = [
        place for place, pair in enumerate(zip(written, word, strict=True)) if len({*pair}) > 1
    ]
    if len(places) != 2 or places[1] - places[0] != 1 or len(word) < 3:
        return None
    first, second = places
    return first if (written[first], written[second]) == (word[second], word[first]) else None


def _swaps(word: str, *, last: bool) -> list[str]:
    """The word with two neighbours swapped: never the first letter, the last one if allowed."""
    return [
        f"{word[:place]}{word[place + 1]}{word[place]}{word[place + 2 :]}"
        for place in range(1, len(word) - (1 if last else 2))
        if word[place] != word[place + 1]
    ]


@lru_cache(maxsize=4096)
def _misspellings(spelling: Spelling, key: str) -> list[Spelling]:
    """The misspellings of a form that have this key."""
    return [
        Spelling(spelling.term, variant, step)
        for variant, step in _misspell(spelling)
        if squeeze(keys(variant)) == key and variant not in word_list("common.txt")
    ]


def _pattern(term: Term, spelling: str) -> Pattern:
    """Compile ``*`` and ``[abc]`` on the keys of letters; nothing in it can run away."""
    parts = re.findall(r"\*+|\[[^\]]*\]|[^*\[]+", spelling)
    expression = "".join(_pattern_part(part) for part in parts)
    fixed = [keys(part).replace(" ", "") for part in parts if part[0] not in "*["]
    return Pattern(
        term=term,
        expression=re.compile(expression),
        needle=max(fixed, key=len),
        may_be_name=spelling.startswith("*") and not spelling.endswith(("*", "s", "ed")),
    )


def _pattern_part(part: str) -> str:
    if part[0] == "*":
        return r"\w*"
    if part[0] == "[":
        return "[" + re.escape(keys(part[1:-1])) + "]"
    return re.escape(keys(part).replace(" ", ""))


def build_masked(index: Index) -> dict[tuple[int, str], list[MaskedForm]]:
    """What a masked word could be, by its length and its first and last letter.

    The mildest come first, so that a masked word is taken for no more than it must be. Phrases
    stand there by each of their words.
    """
    forms: dict[tuple[int, str], list[MaskedForm]] = {}
    pairs = [(spelling.term, key) for spelling, key in zip(index.own, index.written, strict=True)]
    for term, key in sorted(pairs, key=lambda pair: _mildness(pair[0])):
        words = tuple(key.split())
        for place, word in enumerate(words):
            if len(word) >= MASKED_LENGTH:
                form = MaskedForm(word, term, words, place)
                forms.setdefault((len(word), word[0] + word[-1]), []).append(form)
    return forms


def with_open_ends(
    forms: Mapping[tuple[int, str], Sequence[MaskedForm]],
) -> dict[tuple[int, str], list[MaskedForm]]:
    """The same for words of which one end is hidden, for which a star stands."""
    opened: dict[tuple[int, str], list[MaskedForm]] = {}
    for (length, ends), some in forms.items():
        opened.setdefault((length, ends[0] + "*"), []).extend(some)
        opened.setdefault((length, "*" + ends[1]), []).extend(some)
    for some in opened.values():
        some.sort(key=lambda form: _mildness(form.term))
    return opened


def _mildness(term: Term) -> tuple[bool, int, bool]:
    """What a masked word is taken for first: if all else is equal, for English."""
    is_innocent = term.ambiguity == "often innocent"
    return is_innocent, term.severity, term.language not in GUESSED_LANGUAGES


@lru_cache(maxsize=8)
def word_list(name: str) -> frozenset[str]:
    """A packaged list of words, one or more a line, without its comments."""
    return frozenset(word for line in lines_of(name) for word in line.split())


@lru_cache(maxsize=128)
def words_of_language(name: str, language: str) -> frozenset[str]:
    """Of a packaged list whose lines begin with a language and a colon, the words of one."""
    lines = (line.partition(": ") for line in lines_of(name))
    return frozenset(word for code, _, words in lines if code == language for word in words.split())


def lines_of(name: str) -> list[str]:
    """The lines of a packaged list, without its comments."""
    text = (files(__package__) / "words" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@lru_cache(maxsize=1)
def common_keys() -> frozenset[str]:
    """The keys of everyday words, to tell where words were cut apart."""
    return frozenset(squeeze(keys(word)) for word in word_list("common.txt"))


@lru_cache(maxsize=2)
def _neighbours(*, is_exact: bool) -> frozenset[str]:
    """The keys of everyday words that a term may be run into: those long enough to be seen."""
    words = [keys(word) for word in word_list("common.txt") if len(word) >= NEIGHBOUR_LENGTH]
    return frozenset(words if is_exact else [*words, *map(squeeze, words)])


def splits(run: str, terms: Container[object] = (), *, is_exact: bool = False) -> bool:
    """Whether a run of keys is nothing but everyday words and, if they are given, terms.

    Unless it is to be exact, a double letter may stand there once (``al`` for ``all``).
    """
    neighbours = _neighbours(is_exact=is_exact)
    reachable = [True] + [False] * len(run)
    for end in range(2, len(run) + 1):
        reachable[end] = any(
            reachable[begin]
            and (run[begin:end] in neighbours or (end - begin > 3 and run[begin:end] in terms))
            for begin in range(max(0, end - 14), end - 1)
        )
    return reachable[-1]
