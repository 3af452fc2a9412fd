"""Where a line gives a date or a time, in the ways that sites write them.

Looks at one line's text at a time; knows nothing of comments.
"""

from __future__ import annotations

import re
from functools import lru_cache

from moderation.separator.lines import MONTHS
from moderation.separator.phrases import AGO_WORDS, GLUE_WORDS, TIME_UNITS, every

MOST_REMEMBERED = 2048
"""How many lines' readings are kept: several rooms ask about the same line of a page."""

DECORATION = " \t\xa0[](){}«»<>#|·•↓↑→:.,-–—_*/\\…\u200e\u200f"
"""Marks around names, dates and links that belong to none of them."""

GLUE = every(GLUE_WORDS)
"""Small words around a date or a name that are part of neither."""

_AGO = every(AGO_WORDS)
_UNITS = every(TIME_UNITS)
_DATE_WORDS = MONTHS | _UNITS
_DIGIT = re.compile(r"\d")
# A number that may open a date: the character after it tells it from most numbers of a line.
_DATE_OPENING = re.compile(r"\d(?<![\d.,/]\d)\d*(?=[^\d,;)\]|%])(?! (?![aApPuUhH./\-年月]))")
_NUMERIC_DATE = re.compile(
    r"(?:\d{4}\s?[./\-年]\s?\d{1,2}\s?[./\-月]\s?\d{1,2}日?"
    r"|\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d{2})?"
    r"|\d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2})|\d{1,2}月\d{1,2}日)(?!\d)"
)
CLOCK = re.compile(
    r"\d\d?(?::\d{2}(?::\d{2})?(?:\s?[aApP]\.?[mM]\b\.?)?(?:\s?[Uu]hr\b|\s?h\b)?"
    r"|[.h]\d{2}\s?(?:[Uu]hr\b|h\b|[aApP]\.?[mM]\b\.?)|h\d{2}|\sh\s\d{2}(?:\smin)?"
    r"|\s?(?:[aApP]\.?[mM]\b\.?|[Uu]hr\b)|[時点]\d{1,2}分)(?!\d)"
)
WORD = re.compile(r"[^\s\d.,:;!?()\[\]{}«»<>|\"“”/\\#*@_–—-]+")
_DAY_BEFORE = re.compile(r"(?<!\d)\d{1,2}(?:st|nd|rd|th|er|º|ª|°|\.)?[\s.\-]{0,2}(?:de\s|of\s)?$")
_YEAR_AFTER = re.compile(
    r"\.?[\s.,\-]{0,3}(?:de\s|del\s)?(?:(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?!\d|:))?"
    r"[\s.,\-]{0,3}(?:de\s|del\s)?(?P<year>(?:19|20)\d{2}|['’]\d{2})?(?!\d)"
)
_NUMBER_BEFORE = re.compile(r"\d{1,3}\s*$")


@lru_cache(maxsize=MOST_REMEMBERED)
def find_dates(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of dates and times in a short text, in order and not overlapping."""
    if _DIGIT.search(text) is None:
        return ()
    spans: list[tuple[int, int]] = []
    reached = 0
    for number in _DATE_OPENING.finditer(text):
        start = number.start()
        if start < reached:
            continue
        match = _NUMERIC_DATE.match(text, start) or CLOCK.match(text, start)
        if match is not None:
            spans.append(match.span())
            reached = match.end()
    if _DATE_WORDS.isdisjoint(WORD.findall(text.casefold())):
        return tuple(_merged(text, spans))
    for word in WORD.finditer(text):
        folded = word.group().casefold()
        if folded in MONTHS:
            span = _named_date(text, word.start(), word.end())
        elif folded in _UNITS:
            span = _relative_time(text, word.start(), word.end())
        else:
            continue
        if span is not None:
            spans.append(span)
    return tuple(_merged(text, spans))


def _named_date(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of the date around a month's name, where a day or a year stands beside it."""
    following = WORD.match(text, end + 1)
    if following is not None and following.group().casefold() in MONTHS:
        return None  # A writer's name: 'June November 6, 2012'.
    day = _DAY_BEFORE.search(text, max(0, start - 10), start)
    after = _YEAR_AFTER.match(text, end)
    if after is not None and (after["day"] or after["year"]):
        end = after.end()
    elif day is None:
        return None
    return (day.start() if day is not None else start, end)


def _relative_time(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of a time such as '3 hours ago' or 'vor 3 Stunden' around its unit."""
    number = _NUMBER_BEFORE.search(text, max(0, start - 6), start)
    if number is None:
        return None
    for word in WORD.finditer(text, end, end + 12):
        if word.group().casefold() in _AGO:
            return number.start(), word.end()
    lead = text[max(0, number.start() - 8) : number.start()]
    for word in WORD.finditer(lead):
        if word.group().casefold() in _AGO or lead[word.start() :].strip().casefold() in _AGO:
            return number.start() - len(lead) + word.start(), end
    return None


def _merged(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that touch or have only a word such as 'at' between as one."""
    if len(spans) < 2:
        return spans
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and (
            start <= merged[-1][1]
            or (start - merged[-1][1] < 12 and is_glue(text[merged[-1][1] : start]))
        ):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def is_glue(word: str) -> bool:
    """Tell whether a word belongs to neither name nor date; a capital alone is an initial."""
    bare = word.strip(DECORATION)
    if len(bare) == 1 and bare.isupper():
        return False
    if bare.isalnum():
        return bare.casefold() in GLUE
    return bare.casefold() in GLUE or not any(letter.isalnum() for letter in bare)
