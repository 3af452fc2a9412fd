"""What a term is doing in its text: abusing somebody, being talked about, or nothing at all."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from moderation.lexicon.index import address_words, word_list
from moderation.lexicon.tables import Term

AMBIGUOUS: Final = "ambiguous"
MENTIONED: Final = "mentioned"
RECLAIMED: Final = "reclaimed"

_SENTENCE_END: Final = re.compile(r"(?<![.…])[.!?]['\")\]”’»]{0,2}\s|[।؟۔]|\n\s*\n")
"""Three dots are none: after them people go on."""
_NEAR: Final = 60
"""How many characters to either side are looked at."""

Found = tuple[int, int, Term, bool]
"""Where a term stands, and whether a name may have been taken for it."""

_QUOTES: Final = {'"': '"', "“": "”", "‘": "’", "«": "»", "„": "“", "'": "'"}
# A quotation of a few words: what is quoted at length is somebody's speech, not a word named.
_OPEN_QUOTE: Final = re.compile(
    r"(?<![^\W_])(?P<quote>[\"“‘«„'])[ \u00a0]?(?:[\w’'-]{1,30} ){0,3}$"
)
_CLOSED_QUOTE: Final = re.compile(
    r"(?: [\w’'-]{1,30}){0,3}[.,!?…]?[ \u00a0]?(?P<quote>[\"”’»“'])(?![^\W_])"
)
_NAMED_BEFORE: Final = re.compile(
    r"(?:\b(?:word|words|term|terms|slur|slurs|epithet|insult|label|expression|phrase)"
    r"(?: like| such as| of)?"
    r"|\b(?:called|calls|calling|call|labelled|labeled|named|saying|said|say|says|yelled|shouted"
    r"|screamed|using|uses|used|use)"
    r"(?: (?:me|us|him|her|them|people|someone|anyone|somebody|the word"
    r"|(?:my|our|your|his|their|the) \w+))?"
    r"(?: (?:a|an|the))?)"
    r"\W{1,3}$"
)
_NAMED_AFTER: Final = re.compile(
    r"^\W{1,3}(?:is|was|are|were|as)?\s?(?:an? |the )?(?:\w+ )?"
    r"(?:slur|slurs|epithet|word|insult|term|offensive|derogatory|racist|unacceptable|pejorative)\b"
)
_FIRST_PERSON: Final = re.compile(
    r"\b(?:i am|i'm|i’m|im|we are|we're|we’re|us|as|my fellow|fellow|proud|my|our)"
    r"(?: (?:a|an|the|all|just|proud|happy|very|big|old|young|two|three|such|black|out|and)){0,3}"
    r"(?: \w+)?"
    r"\W$"
)
_WORD_END: Final = re.compile(r"[^\W_]+$")
"""Letters directly before a term: a word that it was run into, which says nothing about it."""
_LAST_WORDS: Final = re.compile(r"[^\s.,;:!?\"()«»“”।،]+")


def judge(text: str, found: Sequence[Found]) -> list[str | None]:
    """For each term found: its context, empty when it is plain abuse, None when it is innocent."""
    lowered = _lower_keeping_length(text)
    certain = [_is_certain(text, lowered, item) for item in found]
    ends = [end.end() for end in _SENTENCE_END.finditer(text)]
    places = [(item[2].language, bisect_right(ends, item[0])) for item in found]
    company = Counter(
        place for place, is_certain in zip(places, certain, strict=True) if is_certain
    )
    return [
        _judge_one(text, lowered, item, has_company=_near(company, place) > is_certain)
        for item, place, is_certain in zip(found, places, certain, strict=True)
    ]


def _near(company: Mapping[tuple[str, int], int], place: tuple[str, int]) -> int:
    """How many terms of a language stand in a sentence or one beside it."""
    language, sentence = place
    return sum(company.get((language, sentence + by), 0) for by in (-1, 0, 1))


def _is_certain(text: str, lowered: str, item: Found) -> bool:
    """Whether the term is bad enough, and surely enough meant, to make its neighbours suspect."""
    start, end, term, doubtful = item
    return (
        term.severity > 1
        and not _needs_sign(text[start:end], term, doubtful)
        and not _is_excused(lowered, start, end, term)
    )


def _needs_sign(word: str, term: Term, doubtful: bool) -> bool:
    return doubtful or term.ambiguity == "often innocent" or is_like_name(word)


def _lower_keeping_length(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _judge_one(text: str, lowered: str, item: Found, *, has_company: bool) -> str | None:
    start, end, term, doubtful = item
    if _is_excused(lowered, start, end, term):
        return None
    before = _WORD_END.sub("", lowered[max(0, start - _NEAR) : start])
    after = lowered[end : end + _NEAR]
    if _needs_sign(text[start:end], term, doubtful):
        return "" if has_company or is_aimed(before, after, term.language) else AMBIGUOUS
    if _is_mentioned(before, after):
        return MENTIONED
    if term.ambiguity == "reclaimed" and _FIRST_PERSON.search(before):
        return RECLAIMED
    return ""


def _is_excused(lowered: str, start: int, end: int, term: Term) -> bool:
    if not term.excused_by:
        return False
    near = lowered[max(0, start - _NEAR) : end + _NEAR]
    return any(_phrase(phrase).search(near) for phrase in term.excused_by)


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> re.Pattern[str]:
    words = r"[\W_]+".join(re.escape(word) for word in re.split(r"[\W_]+", phrase) if word)
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])")


def is_aimed(before: str, after: str, language: str) -> bool:
    """Whether the words around an ambiguous term show that it is meant for people, and badly."""
    words = _LAST_WORDS.findall(before)
    if words and words[-1] in word_list("hostile.txt"):
        return True
    addressed = address_words(language)
    fillers = word_list("fillers.txt")
    for word in reversed(words[-6:]):
        if word in addressed:
            return not before.rstrip().endswith((".", "!", "?"))
        if word not in fillers and word not in word_list("hostile.txt"):
            break
    return _GO_AWAY.match(after) is not None


_GO_AWAY: Final = re.compile(
    r"^\W{1,3}(?:should|must|need to|ought to|can|better)?\s?(?:all |just )?(?:be )?"
    r"(?:go (?:back )?home|go back|get out|get lost|deported|exterminated|gassed|hanged|hung|shot"
    r"|wiped out|put down|out of (?:my|our|this))\b"
)


def is_like_name(word: str) -> bool:
    """Whether a word that is also a name stands there as a name does."""
    return is_title(word) and word.lower() in word_list("names.txt")


def is_title(word: str) -> bool:
    """Whether a word has one capital, at its head, as names have."""
    return word[:1].isupper() and not any(character.isupper() for character in word[1:])


def _is_mentioned(before: str, after: str) -> bool:
    opening, closing = _OPEN_QUOTE.search(before), _CLOSED_QUOTE.match(after)
    if opening and closing and _QUOTES[opening["quote"]] == closing["quote"]:
        return True
    return bool(_NAMED_BEFORE.search(before) or _NAMED_AFTER.search(after))
