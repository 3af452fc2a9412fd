"""What a term is doing in its text: abusing somebody, being talked about, or nothing at all."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import dropwhile
from typing import Final

from moderation.lexicon.cues import MOST_WORDS, START, cues, words_of
from moderation.lexicon.index import lines_of, word_list, words_of_language
from moderation.lexicon.quoting import Span, holds, innermost, quotations, quoted_blocks
from moderation.lexicon.tables import Term, available_languages

AMBIGUOUS: Final = "ambiguous"
MENTIONED: Final = "mentioned"
RECLAIMED: Final = "reclaimed"

_SENTENCE_END: Final = re.compile(r"(?<![.…])[.!?]['\")\]”’»]{0,2}\s|[।؟۔]|\n\s*\n")
"""Three dots are none: after them people go on."""
_NEAR: Final = 60
"""How many characters to either side are looked at."""
_REACH: Final = 6
"""How many words may stand between *you* and what somebody is called."""

Found = tuple[int, int, Term, bool]
"""Where a term stands, and whether a name may have been taken for it."""

_OWN_WORD: Final = re.compile(r"(?<![^\s(])[\"'“„«‘‚]?[^\W\d_]+(?![^\s.,;:!?…)\-—–'’])")
"""No address, tag or name behind an at sign."""
_LEADING_ADJECTIVES: Final = frozenset({"en"})
"""The languages whose adjectives stand before what they say something of, and never behind it."""
_FEW: Final = 3
"""How many words may stand beside the term in a quotation that names it as a word."""


class Scene:
    """A text in small letters, its sentences, and who speaks where in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lowered = _lower_keeping_length(text)

    @cached_property
    def blocks(self) -> list[Span]:
        """What repeats somebody else's comment."""
        return quoted_blocks(self.text)

    @cached_property
    def quotations(self) -> list[Span]:
        """What stands in quotation marks."""
        return quotations(self.text)

    @cached_property
    def _own_words(self) -> tuple[int, int]:
        """Where the first word that is no address and no tag begins, and where the last."""
        places = [word.start() for word in _OWN_WORD.finditer(self.lowered)]
        return (places[0], places[-1]) if places else (len(self.text), -1)

    def has_words_beside(self, quotation: Span) -> bool:
        """Whether the writer adds a word: who does not repeats nobody, or nobody we can see."""
        first, last = self._own_words
        return first < quotation.start or last > quotation.end

    def sentence(self, place: int) -> int:
        """The number of the sentence in which a place lies."""
        return bisect_right(self._ends, place)

    @cached_property
    def _ends(self) -> list[int]:
        """Where the sentences end."""
        return [end.end() for end in _SENTENCE_END.finditer(self.text)]

    def before(self, start: int) -> list[str]:
        """The words of a sentence before a place, the nearest first."""
        sentence = self.sentence(start)
        first = self._ends[sentence - 1] if sentence else 0
        begin = max(first, start - _NEAR)
        while start > begin and self.lowered[start - 1].isalnum():
            # The term was run into a word, which says nothing about it.
            start -= 1
        words = words_of(self.lowered[begin:start])[::-1]
        # What is cut off at its beginning may begin with half a word.
        return [*words[:MOST_WORDS], START] if begin == first else words[:-1][:MOST_WORDS]

    def after(self, end: int) -> list[str]:
        """The words of a sentence after a place, the nearest first."""
        sentence = self.sentence(end)
        last = self._ends[sentence] if sentence < len(self._ends) else len(self.text)
        return words_of(self.lowered[end : min(last, end + _NEAR)])[:MOST_WORDS]


def judge(text: str, found: Sequence[Found]) -> list[str | None]:
    """For each term found: its context, empty when it is plain abuse, None when it is innocent."""
    scene = Scene(text)
    certain = [_is_certain(scene, item) for item in found]
    places = [(item[2].language, scene.sentence(item[0])) for item in found]
    company = Counter(
        place for place, is_certain in zip(places, certain, strict=True) if is_certain
    )
    return [
        _judge_one(scene, item, has_company=_near(company, place) > is_certain)
        for item, place, is_certain in zip(found, places, certain, strict=True)
    ]


def _near(company: Mapping[tuple[str, int], int], place: tuple[str, int]) -> int:
    """How many terms of a language stand in a sentence or one beside it."""
    language, sentence = place
    return sum(company.get((language, sentence + by), 0) for by in (-1, 0, 1))


def _is_certain(scene: Scene, item: Found) -> bool:
    """Whether the term is bad enough, and surely enough meant, to make its neighbours suspect."""
    start, end, term, _ = item
    return (
        term.severity > 1
        and not _needs_sign(scene, item)
        and not _is_excused(scene.lowered, start, end, term)
    )


def _needs_sign(scene: Scene, item: Found) -> bool:
    start, end, term, doubtful = item
    return (
        doubtful
        or term.ambiguity == "often innocent"
        or is_like_name(scene.text[start:end])
        or _is_in_full_name(scene.lowered, start, end)
    )


def _is_in_full_name(lowered: str, start: int, end: int) -> bool:
    """Whether it is part of a name of several words, in capitals, small letters or both."""
    names = _full_names().get(lowered[start:end], ())
    begin = max(0, start - _NEAR)
    near = lowered[begin : end + _NEAR] if names else ""
    return any(
        match.start() <= start - begin < match.end()
        for name in names
        for match in _phrase(name).finditer(near)
    )


@lru_cache(maxsize=1)
def _full_names() -> dict[str, list[str]]:
    """From each word to the names that it stands in."""
    names: dict[str, list[str]] = {}
    for name in lines_of("full_names.txt"):
        for word in {*words_of(name), *name.split()}:
            names.setdefault(word, []).append(name)
    return names


def _lower_keeping_length(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _judge_one(scene: Scene, item: Found, *, has_company: bool) -> str | None:
    start, end, term, _ = item
    if _is_excused(scene.lowered, start, end, term):
        return None
    before, after = scene.before(start), scene.after(end)
    needs_sign = _needs_sign(scene, item)
    if needs_sign and not (has_company or is_aimed(before, after, term.language)):
        return AMBIGUOUS
    if holds(scene.blocks, start):
        return MENTIONED
    if _fits("use", before, after):
        return ""
    if _fits("mention", before, after) or _is_quoted(scene, start, end):
        return MENTIONED
    return RECLAIMED if _is_claimed(term, before, after) else ""


def _fits(kind: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a phrase of this kind stands around a term, the curses before it left out or not."""
    known = cues(kind)
    bare = [*dropwhile(_all_hostile().__contains__, before)]
    return known.fit(before, after) or (len(bare) < len(before) and known.fit(bare, after))


@lru_cache(maxsize=1)
def _all_hostile() -> frozenset[str]:
    return frozenset().union(*(_hostile(language) for language in available_languages()))


def _is_quoted(scene: Scene, start: int, end: int) -> bool:
    """Whether the term is named in quotation marks, or in somebody's speech that is reported."""
    quotation = innermost(scene.quotations, start, end)
    if quotation is None or not scene.has_words_beside(quotation):
        return False
    before, after = scene.before(quotation.start), scene.after(quotation.end)
    is_announced = scene.lowered[quotation.start - 2 : quotation.start].rstrip().endswith(":")
    if not is_announced and _is_addressed(before):
        return False
    if _fits("use in quotes", before, after):
        return False
    inside = scene.lowered[quotation.start : start], scene.lowered[end : quotation.end]
    is_named = all(len(words_of(side)) <= _FEW for side in inside)
    return is_named or any(
        cues(kind).fit(before, after) for kind in ("mention", "mention in quotes")
    )


def _is_claimed(term: Term, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether people say it of themselves: a term of theirs in the first person, any with pride."""
    kinds = ("own voice", "pride") if term.ambiguity == "reclaimed" else ("pride",)
    return term.is_slur and any(cues(kind).fit(before, after) for kind in kinds)


def _is_excused(lowered: str, start: int, end: int, term: Term) -> bool:
    if not term.excused_by:
        return False
    near = lowered[max(0, start - _NEAR) : end + _NEAR]
    return any(_phrase(phrase).search(near) for phrase in term.excused_by)


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> re.Pattern[str]:
    words = r"[\W_]+".join(re.escape(word) for word in re.split(r"[\W_]+", phrase) if word)
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])")


def is_aimed(before: Sequence[str], after: Sequence[str], language: str) -> bool:
    """Whether the words around an ambiguous term show that it is meant for people, and badly."""
    hostile = _hostile(language)
    if not hostile.isdisjoint(before[:1]):
        return True
    if language not in _LEADING_ADJECTIVES and not hostile.isdisjoint(after[:1]):
        return True
    return _is_said_to(before, language) or cues("hostile").fit(before, after)


def _is_addressed(before: Sequence[str]) -> bool:
    """Whether somebody is spoken to, in any language, and called what follows."""
    return any(_is_said_to(before, language) for language in available_languages())


def _is_said_to(before: Sequence[str], language: str) -> bool:
    between = words_of_language("fillers.txt", language) | _hostile(language)
    addressed = words_of_language("address.txt", language)
    for word in before[:_REACH]:
        if word in addressed:
            return True
        if word not in between:
            return False
    return False


def _hostile(language: str) -> frozenset[str]:
    return words_of_language("hostile.txt", language)


def is_like_name(word: str) -> bool:
    """Whether a word that is also a name stands there as a name does."""
    return is_title(word) and word.lower() in word_list("names.txt")


def is_title(word: str) -> bool:
    """Whether a word has one capital, at its head, as names have."""
    return word[:1].isupper() and not any(character.isupper() for character in word[1:])
