"""The page as lines: where each begins and ends, how far it is indented, what marks it as an item.

Reads text only; knows nothing of comments. One pass, linear in the page's length.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from moderation.separator.phrases import MONTH_NAMES, every

INVISIBLE = (
    "\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks that set a direction or join letters and take no room; they may stand before a number."""

BULLETS = frozenset("•◦▪‣●○■□▸►∙⁃")
DASH_BULLETS = frozenset("*-–+·")
TAB_WIDTH = 4
LAST_DAY = 31
MONTHS = every(MONTH_NAMES)

# A number of up to seven digits (more is never a place in a list) in one of the shapes that lists
# use. Full-width closers need no blank after them; all others do.
_NUMBER_MARKER = re.compile(
    r"(?P<open>[#\[((【]?)(?P<digits>\d{1,7})"
    r"(?:(?P<wide>[．：、】）])|(?P<close>\.?[)\]:]?)(?=\s|$))"
)
_PLAIN_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\"'“„<@")
_STYLES = {
    ("", "."): "1.",
    ("", ")"): "1)",
    ("", ".)"): "1)",
    ("", ":"): "1:",
    ("#", ""): "#1",
    ("#", "."): "#1",
    ("#", ":"): "#1",
    ("#", ")"): "#1",
    ("[", "]"): "[1]",
    ("(", ")"): "(1)",
    ("（", "）"): "(1)",
    ("(", "）"): "(1)",
    ("【", "】"): "[1]",
    ("", "．"): "1.",
    ("", "、"): "1.",
    ("", "："): "1:",
    ("", "）"): "1)",
}
# A month alone is no date, since a comment may begin 'June, you are right.': a year or a time has
# to follow.
_DATE_AFTER = re.compile(
    r"\s*([^\s\d.,]+)(?:\.?,?\s{1,3}(?:(?:de\s)?(?:19|20)\d{2}(?!\d)|\d{1,2}:\d{2}"
    r"|(?:um|at|à|a las|alle|om|o|в)\s{1,2}\d)|\.?\s?['’]\d{2}|\.?,?\s?[-–—|]\s?\d)"
)


class Marker(NamedTuple):
    """A list marker: its style, its value (None for a bullet) and where the item's text begins."""

    style: str
    value: int | None
    text_start: int


class Line(NamedTuple):
    """A line with something on it; ``start`` and ``end`` leave out the white space around it.

    ``gap`` is the number of blank lines before it.
    """

    start: int
    end: int
    indent: int
    gap: int
    marker: Marker | None


def split_lines(text: str) -> list[Line]:
    """Return the lines of a page that are not blank; only a line feed ends a line."""
    lines: list[Line] = []
    position = gap = 0
    for raw in text.split("\n"):
        content = raw.lstrip()
        if content:
            margin = len(raw) - len(content)
            start = position + margin
            end = start + len(content.rstrip())
            indent = margin if margin == 0 or "\t" not in raw else _width(raw[:margin])
            marker = None if content[0] in _PLAIN_STARTS else read_marker(text, start, end, indent)
            lines.append(Line(start, end, indent, gap, marker))
            gap = 0
        else:
            gap += 1
        position += len(raw) + 1
    return lines


def _width(white_space: str) -> int:
    """Return how far a margin indents; a tab counts as four blanks."""
    return len(white_space) + (TAB_WIDTH - 1) * white_space.count("\t")


def read_marker(text: str, start: int, end: int, indent: int) -> Marker | None:
    """Return the list marker that the text between two positions begins with."""
    first = text[start]
    skipped = 0
    while first in INVISIBLE and skipped < 4 and start + 1 < end:
        start += 1
        skipped += 1
        first = text[start]
    if first in BULLETS or (first in DASH_BULLETS and indent > 0):
        after = start + 1
        if after < end and not text[after].isspace():
            return None
        return Marker("•" if first in BULLETS else first, None, _skip_blanks(text, after, end))
    if not (first.isdecimal() or first in "#[((【"):
        return None
    match = _NUMBER_MARKER.match(text, start, end)
    if match is None:
        return None
    close = match["wide"] or match["close"]
    style = _STYLES.get((match["open"], close))
    number = int(match["digits"])  # digits of any script
    may_be_day = style == "1." and number <= LAST_DAY
    if style is None or (may_be_day and _is_date(text, match.end(), end)):
        return None
    return Marker(style, number, _skip_blanks(text, match.end(), end))


def _is_date(text: str, position: int, end: int) -> bool:
    """Tell whether ``12.`` opens a date such as ``12. Juli 2012``, and not ``1. July 6, 2012``."""
    match = _DATE_AFTER.match(text, position, min(end, position + 40))
    return match is not None and match[1].casefold() in MONTHS


def _skip_blanks(text: str, position: int, end: int) -> int:
    """Return the first position that is not white space, or the line's end."""
    while position < end and text[position].isspace():
        position += 1
    return position
