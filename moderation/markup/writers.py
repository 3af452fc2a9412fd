"""Who wrote a comment and when, from the lines around its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.markup.habits import Habits
from moderation.markup.lines import Line
from moderation.separator.dates import DECORATION, find_dates, is_glue
from moderation.separator.heads import HeadLine, is_furniture, read_head, read_writer
from moderation.separator.phrases import BYLINE_WORDS, every

LONGEST_AUTHOR = 80
LONGEST_STAMP = 80
SIGNATURES = ("says", "byline")
BYLINES = frozenset(word for word in every(BYLINE_WORDS) if " " not in word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment's writer and time, as the page words them.

    ``signed`` tells that the writer is named as such, and not only guessed to be.
    """

    author: str | None = None
    signed: bool = False
    posted_at: str | None = None
    site_number: int | None = None


def read_writer_and_date(before: Sequence[Line], behind: Sequence[Line], habits: Habits) -> Written:
    """Return who wrote a comment and when, from the lines before and behind its words."""
    around = [*before, *behind]
    posted_at, site_number = None, None
    heads = [read_head(line.text, opens_item=True) for line in around]
    author = _hinted(around)
    author = author or next((line.text for line in around if line.place.slot in habits.names), None)
    for line, head in zip(around, heads, strict=True):
        if posted_at is None and (line.role == "date" or find_dates(line.text)):
            posted_at = _stamp(line.text, head)
        if author is None and line.role == "author":
            author = _with_letters(_cleaned(line.text))
        if author is None and head is not None and line.role not in ("form", "date"):
            author = head.author if line.role != "foot" or head.kind in SIGNATURES else None
        if site_number is None and head is not None and line.role != "foot":
            site_number = head.site_number
    return Written(
        author=author or _first_name(before),
        signed=author is not None,
        posted_at=posted_at,
        site_number=site_number,
    )


def _hinted(lines: Iterable[Line]) -> str | None:
    """Return the text of the elements that are named as the writer."""
    weak = None
    for line in lines:
        for hint, text in line.hints:
            if hint == "author" and not all(is_glue(word) for word in text.split()):
                cleaned = _cleaned(text)
                if cleaned and any(letter.isalpha() for letter in cleaned):
                    return cleaned
                weak = weak or cleaned
    return weak


def _with_letters(name: str | None) -> str | None:
    """Return a name unless it is only a number or a mark."""
    return name if name and any(map(str.isalpha, name)) else None


def _cleaned(text: str) -> str | None:
    """Return a name without 'says' and the like."""
    if len(text) > 160 or is_furniture(text):
        return None
    head = read_writer(text, opens_item=True)
    if head is not None:
        return head.author
    opening, _, rest = text.partition(" ")
    if rest and opening.strip(":") in BYLINES:
        text = rest
    name = text.strip(" \t\xa0|·•:,;-–—/#")
    return name if 0 < len(name) <= LONGEST_AUTHOR else None


def _stamp(text: str, head: HeadLine | None) -> str | None:
    """Return the date in a line, in the page's own wording."""
    if head is not None and head.posted_at:
        return head.posted_at
    dates = find_dates(text)
    if dates:
        return text[dates[0][0] : dates[-1][1]].strip(DECORATION)
    bare = text.strip(DECORATION)
    return bare if 0 < len(bare) <= LONGEST_STAMP else None


def _first_name(lines: Iterable[Line]) -> str | None:
    """Return the first short line before the words that is neither a link nor a date."""
    for line in lines:
        if line.role in ("foot", "form", "aside", "date", "title") or find_dates(line.text):
            continue
        if any(letter.isalpha() for letter in line.text):
            name = _cleaned(line.text)
            if name:
                return name
    return None
