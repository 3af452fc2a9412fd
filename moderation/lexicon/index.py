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
STRONG: Final = 3
VARIANT_LENGTH: Final = 5
"""Shorter words are not sought with letters swapped or left out: too many words are near them."""
GUESSED_LANGUAGES: Final = frozenset({"en"})
"""Misspellings and words run together are guessed in these alone: elsewhere we know too few
innocent words that the guess could be."""
GUESSED_SEVERITY: Final = 2
"""Milder terms are not worth guessing at."""
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

    ``own`` has every form that is no pattern, ``keys`` leads from a key to the places in it;
    ``misspelled`` leads from the key of a likely misspelling to the place of what is misspelled.
    ``words`` are the keys that count when they are a whole word; ``needles`` those that are sought
    anywhere, ``phrases`` the numbers of those that are several words.
    """

    own: tuple[Spelling, ...]
    keys: dict[str, list[int]]
    misspelled: dict[str, int]
    words: frozenset[str]
    needles: tuple[str, ...]
    phrases: frozenset[int]
    searcher: ahocorasick_rs.AhoCorasick
    patterns: tuple[Pattern, ...]
    pattern_searcher: ahocorasick_rs.AhoCorasick

    def spellings(self, key: str) -> list[Spelling]:
        """What a key could be: forms of the table, or else a misspelling of one."""
        places = self.keys.get(key)
        if places is not None:
            return [self.own[place] for place in places]
        place = self.misspelled.get(key)
        return [] if place is None else _misspellings(self.own[place], key)


def build_index(terms: Iterable[Term]) -> Index:
    """Index every form of every term, and the misspellings of the long ones."""
    own, patterns = _sort_forms(terms)
    squeezed = squeeze_all(_keys_of(own))
    joined = _without_spaces(squeezed)
    by_key: dict[str, list[int]] = {}
    for place, key in enumerate(joined):
        by_key.setdefault(key, []).append(place)
    phrases = {key for key, words in zip(joined, squeezed, strict=True) if " " in words}
    misspelled, misspelled_phrases = _misspell_all(own, by_key)
    phrases |= misspelled_phrases
    needles = phrases.union(
        key
        for key, (term, _, _) in zip(joined, own, strict=True)
        if len(key) >= NEEDLE_LENGTH or (len(key) == NEEDLE_LENGTH - 1 and _is_strong(term))
    )
    ordered = tuple(sorted(needles))
    return Index(
        own=tuple(own),
        keys=by_key,
        misspelled=misspelled,
        words=frozenset(by_key).union(misspelled) - needles,
        needles=ordered,
        phrases=frozenset(n for n, needle in enumerate(ordered) if needle in phrases),
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


def _misspell_all(
    own: Sequence[Spelling], known: Mapping[str, object]
) -> tuple[dict[str, int], set[str]]:
    """From the keys of likely misspellings to what is misspelled; and those of them in phrases."""
    innocent = word_list("innocent.txt") | word_list("common.txt")
    made: list[str] = []
    places: list[int] = []
    for place, spelling in enumerate(own):
        if _is_guessed(spelling.term):
            variants = [variant for variant, _ in _misspell(spelling)]
            made += variants
            places += [place] * len(variants)
    found = _without_spaces(squeeze_all(keys_of_all(made)))
    misspelled: dict[str, int] = {}
    phrases: set[str] = set()
    for key, variant, place in zip(found, made, places, strict=True):
        if key not in known and variant not in innocent:
            misspelled.setdefault(key, place)
            if " " in variant:
                phrases.add(key)
    return misspelled, phrases


def _without_spaces(texts: Sequence[str]) -> list[str]:
    return "\n".join(texts).replace(" ", "").split("\n") if texts else []


def _is_guessed(term: Term) -> bool:
    return term.language in GUESSED_LANGUAGES and term.severity >= GUESSED_SEVERITY


def _misspell(spelling: Spelling) -> list[tuple[str, Step]]:
    """The misspellings of a form in plain letters, and how each comes about."""
    word = spelling.form.lower().replace("-", " ")
    if not (word.isascii() and word.replace(" ", "").isalpha()):
        return []
    if " " in word:
        return [(changed, "swapped") for changed in _swap_in_phrase(word)]
    if len(word) < (VARIANT_LENGTH - 1 if _is_strong(spelling.term) else VARIANT_LENGTH):
        return []
    swapped = _swaps(word, last=len(word) > VARIANT_LENGTH)
    made: list[tuple[str, Step]] = [(changed, "swapped") for changed in swapped]
    bare = word[0] + word[1:].translate(_WITHOUT_VOWELS)
    if VARIANT_LENGTH - 1 <= len(bare) < len(word) and len(set(bare)) > 2:
        made.append((bare, "vowels"))
    return made


def _swap_in_phrase(phrase: str) -> Iterator[str]:
    """The phrase with two neighbours swapped in one of its longer words."""
    start = 0
    for word in phrase.split(" "):
        stop = start + len(word)
        if len(word) >= VARIANT_LENGTH - 1:
            for changed in _swaps(word, last=True):
                yield phrase[:start] + changed + phrase[stop:]
        start = stop + 1


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
        if "".join(squeeze(keys(variant)).split()) == key
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


def build_masked(own: Iterable[Spelling]) -> dict[tuple[int, str], list[MaskedForm]]:
    """What a masked word could be, by its length and its ends: ``bf``, ``b*`` or ``*f``.

    The mildest come first, so that a masked word is taken for no more than it must be. Phrases
    stand there by each of their words.
    """
    index: dict[tuple[int, str], list[MaskedForm]] = {}
    ordered = sorted(
        own, key=lambda own: (own.term.ambiguity == "often innocent", own.term.severity)
    )
    for spelling, key in zip(ordered, _keys_of(ordered), strict=True):
        words = tuple(key.split())
        for place, word in enumerate(words):
            if len(word) >= MASKED_LENGTH:
                form = MaskedForm(word, spelling.term, words, place)
                for ends in (word[0] + word[-1], word[0] + "*", "*" + word[-1]):
                    index.setdefault((len(word), ends), []).append(form)
    return index


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
