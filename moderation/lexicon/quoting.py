"""Who speaks: words in quotation marks, lines that quote another comment, and blocks that do."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from moderation.lexicon.index import words_of_language
from moderation.lexicon.tables import available_languages

LONGEST_QUOTATION: Final = 200
"""How far apart the marks of a quotation may stand."""

_CLOSING: Final = {
    '"': '"”',
    "“": '”"',
    "”": "”",
    "„": '“”"',
    "‟": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‘": "’'",
    "‚": "‘’",
    "'": "'’",
    "`": "`'",
    "「": "」",
    "『": "』",
}
"""What closes what each mark opens, in one language or another."""
_STRAIGHT: Final = frozenset("\"'’‘`")
_MARK: Final = re.compile("[" + re.escape("".join({*_CLOSING, *"".join(_CLOSING.values())})) + "]")

_HINT: Final = re.compile(r"[>|＞]|&gt;|\[quote|:[ \t]*\n", re.IGNORECASE)
_LETTER: Final = re.compile(r"[^\W\d_]")
_QUOTING_SIGN: Final = r"(?:>|＞|&gt;)"
_QUOTED_LINE: Final = re.compile(
    rf"^[ \t]*(?P<signs>{_QUOTING_SIGN}(?:[ \t]*{_QUOTING_SIGN})*|\|(?=[ \t][^|\n]*$))"
    r"(?P<gap>[ \t]*)(?P<said>[^\W\d_].*|[\"“„«»‘'‹@#*_\[(…¿¡].*[^\W\d_].*)$",
    re.MULTILINE,
)
"""No line that goes on with a digit (more than; a post's number), a face or an arrow."""
_FACE: Final = re.compile(r"^[(\[*_\"'][\W_]*(?:\s|$)")
_STORY: Final = re.compile(r"(?:be|mfw|tfw|mrw|yfw|implying|inb4)\b", re.IGNORECASE)
"""So imageboards tell a story line by line, in their own voice: ``>be me``."""
_TAG: Final = re.compile(
    r"\[(?P<ends>/?)quote\b[^\]\n]{0,100}\]"
    r"|(?:<|&lt;)(?P<closes>/?)(?:blockquote|quote)\b[^<>&\n]{0,100}(?:>|&gt;)",
    re.IGNORECASE,
)


class Span(NamedTuple):
    """From where to where something stands, marks included."""

    start: int
    end: int


def quoted_blocks(text: str) -> list[Span]:
    """The parts of a comment that repeat another's: lines behind ``>``, blocks between tags.

    A comment of nothing but such lines has no words of its own beside them, so that nothing shows
    whose they are: they are its own.
    """
    if not _HINT.search(text):
        return []
    blocks = _merged(sorted([*_quoted_lines(text), *_tagged(text), *_headed(text)]))
    return blocks if _has_words_beside(text, blocks) else []


def _quoted_lines(text: str) -> Iterator[Span]:
    lines = [line for line in _QUOTED_LINE.finditer(text) if not _FACE.match(line["said"])]
    is_story = any(_STORY.match(line["said"]) and not line["gap"] for line in lines)
    for line in lines:
        if line["gap"] or not is_story:
            yield Span(*line.span())


def _tagged(text: str) -> Iterator[Span]:
    """What stands between an opening tag and its closing one, others within it included."""
    opened: list[int] = []
    for tag in _TAG.finditer(text):
        if not (tag["ends"] or tag["closes"]):
            opened.append(tag.start())
        elif opened:
            yield Span(opened.pop(), tag.end())


def _headed(text: str) -> Iterator[Span]:
    """What stands below *somebody wrote:*, up to the next blank line."""
    return (Span(*block.span()) for block in _heading().finditer(text))


@lru_cache(maxsize=1)
def _heading() -> re.Pattern[str]:
    known = (words_of_language("wrote.txt", language) for language in available_languages())
    verbs = "|".join(map(re.escape, sorted(frozenset().union(*known))))
    return re.compile(
        rf"^[^\n]{{0,100}}?(?<!\w)(?:{verbs})[ \u00a0]?:[ \t]*\n+[^\n]+(?:\n[^\n]+)*",
        re.IGNORECASE | re.MULTILINE,
    )


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap as one."""
    merged: list[Span] = []
    for span in spans:
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


def _has_words_beside(text: str, blocks: Iterable[Span]) -> bool:
    end = 0
    for block in blocks:
        if _LETTER.search(text, end, block.start):
            return True
        end = block.end
    return _LETTER.search(text, end) is not None


def holds(blocks: Sequence[Span], place: int) -> bool:
    """Whether a place lies in one of the blocks."""
    last = bisect_right(blocks, (place, len(blocks) and blocks[-1].end)) - 1
    return last >= 0 and place < blocks[last].end


def quotations(text: str) -> list[Span]:
    """What stands in quotation marks, of any language, within a paragraph.

    A straight mark opens where no letter stands before it and closes where none stands after it,
    which tells it from an apostrophe.
    """
    found: list[Span] = []
    opened: list[tuple[str, int]] = []
    for match in _MARK.finditer(text):
        mark, place = match.group(), match.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        is_straight = mark in _STRAIGHT
        may_close = not (is_straight and (after.isalnum() or before.isspace()))
        start = _opened_by(opened, mark, place) if may_close else None
        if start is not None:
            found.append(Span(start, place + 1))
        elif mark in _CLOSING and not (is_straight and before.isalnum()):
            opened.append((mark, place))
    return sorted(found)


def _opened_by(opened: list[tuple[str, int]], mark: str, place: int) -> int | None:
    """Where the mark was opened that this one closes; what was opened since is forgotten."""
    for index in range(len(opened) - 1, max(-1, len(opened) - 5), -1):
        opening, start = opened[index]
        if place - start > LONGEST_QUOTATION:
            return None
        if mark in _CLOSING[opening] and place - start > 1:
            del opened[index:]
            return start
    return None


def innermost(spans: Sequence[Span], start: int, end: int) -> Span | None:
    """The smallest of the quotations that holds a stretch of text."""
    first, last = bisect_left(spans, (start - LONGEST_QUOTATION, 0)), bisect_left(spans, (start, 0))
    around = [span for span in spans[first:last] if span.end > end]
    return min(around, key=lambda span: span.end - span.start, default=None)
