"""What the lines around comments say: the heading above, the form or footer below.

Looks at single lines; knows nothing of lists.
"""

from __future__ import annotations

import re
from functools import lru_cache

from moderation.separator.dates import MOST_REMEMBERED
from moderation.separator.heads import is_furniture
from moderation.separator.lines import Line
from moderation.separator.phrases import (
    ANSWER_WORDS,
    BOX_WORDS,
    CLOSED_WORDS,
    CLOSING_PHRASES,
    COMMENT_WORDS,
    FIRST_COMMENT_PHRASES,
    HEADING_NOTES,
    HEADING_PREPOSITIONS,
    NO_WORDS,
    ONE_WORDS,
    POLICY_WORDS,
    RELATED_PHRASES,
    by_opening,
    every,
)
from moderation.separator.receipt import LeftoverKind

LONGEST_HEADING = 160
LONGEST_NOTE = 80
LONGEST_UNSPACED = 40
FIRST_UNSPACED_LETTER = "\u2e80"
"""From here on are the scripts of East Asia, which put no blanks between words."""

MOST_WORDS_BEFORE = 4
VERBS_TO_BE = frozenset(
    ("is", "are", "was", "ist", "sind", "war", "est", "sont", "es", "son", "é", "são")
)
_TOKEN = re.compile(r"[^\s\d.,:;!?()\[\]{}«»<>|\"'“”„‘’…/\\#*_–—-]+|\d{1,7}")
_UNSPACED = re.compile(
    "|".join(
        re.escape(word)
        for language in ("ja", "zh", "ko", "vi")
        for word in (*COMMENT_WORDS[language], *ANSWER_WORDS[language])
    )
)
_COMMENT_WORDS = every(COMMENT_WORDS)
_ANSWERS = every(ANSWER_WORDS) - _COMMENT_WORDS
_ANY_WORDS = _COMMENT_WORDS | _ANSWERS
_CLOSINGS = by_opening(every(CLOSING_PHRASES), 3)
_LONG_CLOSINGS = 24
_NO_HEADING = NO_WORDS | BOX_WORDS
_LEADING_MARKS = " \t\xa0«»<>{[(*#|·•–—-+:»→↓\"'“”„"
_CLOSED = re.compile("|".join(map(re.escape, sorted(CLOSED_WORDS))))
_PAGINATION = re.compile(r"[\s\d.…«»<>‹›|←→–-]+|(?:page|seite|página|pagina|страница)\s.{0,40}")


@lru_cache(maxsize=MOST_REMEMBERED)
def is_comment_heading(text: str) -> bool:
    """Tell whether a line heads a comment section: 'Comments', '12 Responses to “Title”'."""
    if len(text) > LONGEST_HEADING:
        return False
    tokens = _TOKEN.findall(text.casefold())
    if _ANY_WORDS.isdisjoint(tokens):
        return _is_unspaced_heading(text)
    if tokens[0] in _NO_HEADING or not POLICY_WORDS.isdisjoint(tokens):
        return False
    place = next(i for i, token in enumerate(tokens) if token in _ANY_WORDS)
    count = heading_count(text)
    if count is not None:
        return place <= MOST_WORDS_BEFORE and count > (1 if is_closing(text) else 0)
    if is_closing(text) or is_furniture(text):
        return False
    titled = place == 0 and len(tokens) > 1 and tokens[1] in HEADING_PREPOSITIONS
    return titled or _is_bare_heading(text, tokens, place)


def _is_unspaced_heading(text: str) -> bool:
    """Tell whether a line heads comments in a script that puts no blanks between words."""
    if len(text) > LONGEST_UNSPACED or text.isascii():
        return False
    return _UNSPACED.search(text) is not None and not is_closing(text) and not is_furniture(text)


def _is_bare_heading(text: str, tokens: list[str], place: int) -> bool:
    """Tell whether a line without a number is little more than the word for comments."""
    return (
        tokens[place] in _COMMENT_WORDS
        and len(tokens) <= 3
        and place in (0, len(tokens) - 1)
        and VERBS_TO_BE.isdisjoint(tokens)
        and not text.endswith((".", "!", "?"))
    )


def heading_count(text: str) -> int | None:
    """Return how many comments a heading speaks of: the number beside its word for comments."""
    tokens = _TOKEN.findall(text[:LONGEST_HEADING].casefold())
    for place, token in enumerate(tokens):
        if token in _ANY_WORDS or (not token.isascii() and _UNSPACED.search(token)):
            # '12 Comments', '12 reader comments', 'Comments (12)', and nothing farther away.
            # A word for an answer is followed by its number only where nothing else is said.
            nears = [place - 1, place - 2]
            if token not in _ANSWERS or (len(tokens) == place + 2 <= 3 and "#" not in text):
                nears.insert(1, place + 1)
            for near in nears:
                if 0 <= near < len(tokens) and tokens[near].isdecimal():
                    return int(tokens[near])
            return 1 if place and tokens[place - 1] in ONE_WORDS else None
    return None


def heads_comments(text: str, line: Line) -> bool:
    """Tell whether a line heads comments; a bulleted one may be a link, unless it counts them."""
    content = text[line.start : min(line.end, line.start + 200)]
    if not is_comment_heading(content):
        return False
    return line.marker is None or heading_count(content) is not None


@lru_cache(maxsize=MOST_REMEMBERED)
def is_closing(text: str) -> bool:
    """Tell whether a line begins what comes after the comments: a form, a closing note, a box."""
    if len(text) > 400:
        return False
    bare = text.lstrip(_LEADING_MARKS).casefold()
    phrases = _CLOSINGS.get(bare[:3], ())
    for phrase in phrases:
        if bare.startswith(phrase):
            rest = bare[len(phrase) :]
            if rest[:1].isalpha() and phrase[-1] < FIRST_UNSPACED_LETTER:
                continue  # Only the beginning of a longer word.
            # A sentence may begin like a form's title; a title is short or is the whole of it.
            return len(rest) <= 60 or len(phrase) > _LONG_CLOSINGS
    return len(bare) <= LONGEST_NOTE and _says_closed(bare)


def _says_closed(folded: str) -> bool:
    """Tell whether a short line says that no more comments are taken."""
    if _CLOSED.search(folded) is None:
        return False
    tokens = _TOKEN.findall(folded)
    return not (_COMMENT_WORDS.isdisjoint(tokens) or CLOSED_WORDS.isdisjoint(tokens))


def says_none(text: str) -> bool:
    """Tell whether a line says that there are no comments."""
    tokens = _TOKEN.findall(text[:LONGEST_NOTE].casefold())[:4]
    return bool(tokens) and tokens[0] in NO_WORDS and not _ANY_WORDS.isdisjoint(tokens)


def awaits_first(text: str) -> bool:
    """Tell whether a line says that nobody has commented yet, or asks for the first comment."""
    folded = text[:LONGEST_NOTE].lstrip(_LEADING_MARKS).casefold()
    return folded.startswith(FIRST_COMMENT_PHRASES)


def is_heading_note(text: str) -> bool:
    """Tell whether a line below a heading tells how comments are shown, followed or written."""
    folded = text[:LONGEST_NOTE].lstrip(_LEADING_MARKS).casefold()
    return folded.startswith(HEADING_NOTES) or is_closing(text)


def is_related(text: str) -> bool:
    """Tell whether a line heads a box of links to other articles, which may follow anything."""
    return text[:80].lstrip(_LEADING_MARKS).casefold().startswith(RELATED_PHRASES)


def leftover_kind(text: str) -> LeftoverKind | None:
    """Say what a line outside the comments seems to be, where its words alone tell."""
    if _PAGINATION.fullmatch(text[:200]) and len(text) <= 200:
        return "pagination"
    folded = text[:80].lstrip(_LEADING_MARKS).casefold()
    if folded.startswith(("trackback", "pingback")):
        return "trackbacks"
    if folded.startswith(RELATED_PHRASES):
        return "related"
    if is_closing(text):
        return "terminator"
    if is_comment_heading(text):
        return "heading"
    return None
