"""What a line beside a comment says: a writer, a date, a 'Reply' link, or none of these.

Looks at one line's text at a time; knows nothing of pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from moderation.separator.dates import (
    CLOCK,
    DECORATION,
    GLUE,
    MOST_REMEMBERED,
    WORD,
    find_dates,
    is_glue,
)
from moderation.separator.phrases import (
    BYLINE_WORDS,
    LINK_FILLERS,
    LINK_VOCABULARY,
    PICTURE_ENDS,
    PICTURE_STARTS,
    QUOTE_STARTS,
    REPLY_WORDS,
    SAYS_WORDS,
    by_opening,
    every,
)

HeadKind = Literal["says", "byline", "date", "name_date", "furniture"]

LONGEST_HEAD = 160
MOST_HEAD_WORDS = 26
LONGEST_FURNITURE = 80
LONGEST_NAME = 60
MOST_NAME_WORDS = 8
LONGEST_DATED_NAME = 110
MOST_DATED_NAME_WORDS = 18
"""A site's title may stand for a name; a day and a clock time beside it leave little doubt."""

PARTING_MARKS = ("|", ",", "—", "–", "-", ":", "/", "·", "•", "#", ")", "]", "»")


class HeadLine(NamedTuple):
    """What one line tells of a comment: its writer, its date, the number that the site gives it."""

    kind: HeadKind
    author: str | None = None
    posted_at: str | None = None
    site_number: int | None = None


_FURNITURE = HeadLine("furniture")
_SAYS = every(SAYS_WORDS)
_SAYS_UNSPACED = tuple(
    sorted({w for language in ("ja", "zh", "ko") for w in SAYS_WORDS[language]}, key=len)[::-1]
)
_REPLIES = every(REPLY_WORDS)
_LINK_OPENINGS = frozenset(word[:2] for word in _REPLIES)
_LINKS = _REPLIES - {"replies", "réponse", "ردود", "الردود"}
_BYLINES = by_opening(every(BYLINE_WORDS))
_FIRM_BYLINES = by_opening(word for word in every(BYLINE_WORDS) if " " in word)
_SHORT_BYLINES = frozenset(word for word in every(BYLINE_WORDS) if " " not in word)

_NUMBERED_NAME = re.compile(r"#?(\d{1,6})[.):]?\s+(\D.*)")
_LEADING_NUMBER = re.compile(r"[#(\[]?(\d{1,6})[.):\]]?(?=\s|$)")
_DATE_GAP = re.compile(r"[ ]{4,}")
_VOTES = re.compile(r"[\s•·(\[]*[+−-]\d{1,5}[)\]]?")
_SMILEY = frozenset("():;<>")
_LINK_WORD = re.compile(r"[^\W\d_][^\W\d_+-]*")
_PARTING = re.compile(r"[|·•/\xa0]|\s{2,}")
_TRAILING_NUMBER = re.compile(r"#\s?(\d{1,6})$")


@lru_cache(maxsize=MOST_REMEMBERED)
def is_furniture(text: str) -> bool:
    """Tell whether a line is only links and notes beside a comment, such as 'Reply'."""
    if len(text) > LONGEST_FURNITURE:
        return False
    folded = text.casefold()
    if folded in _REPLIES:
        return True
    bare = folded.strip(DECORATION)
    if not bare:
        return _SMILEY.isdisjoint(text)
    return (
        bare in _REPLIES
        or (bare[-1].isdecimal() and _VOTES.fullmatch(text) is not None)
        or bare.startswith(PICTURE_STARTS)
        or bare.endswith(PICTURE_ENDS)
        or _is_row_of_links(bare)
    )


def _is_row_of_links(bare: str) -> bool:
    """Tell whether a line is made of links alone: 'Share on Facebook', 'Reply | Report'."""
    opening = _LINK_WORD.search(bare)
    if opening is not None and opening.group() in LINK_VOCABULARY:
        words = _LINK_WORD.findall(bare)
        if LINK_VOCABULARY.issuperset(words) and not LINK_FILLERS.issuperset(words):
            return True
    # Each part has to be a link or a number, so that how the first begins rules most lines out.
    first = bare[0]
    opens_link = bare[:2] in _LINK_OPENINGS or first in _LINK_OPENINGS
    if not (opens_link or first.isdecimal() or first.isspace()):
        return False
    if _PARTING.search(bare) is None:
        return False
    parts = [part.strip(DECORATION) for part in _PARTING.split(bare)]
    return all(not part or part in _REPLIES or part.isdecimal() for part in parts)


def is_reply_link(folded: str) -> bool:
    """Tell whether a casefolded line is the link by which a comment is answered or reported."""
    return folded in _LINKS


def opens_with_label(line: str) -> bool:
    """Tell whether the site says in a line what it is, as in 'Posted by Name at …'."""
    return _opening(line.strip(DECORATION).casefold(), _FIRM_BYLINES) is not None


def with_name(head: HeadLine, line: str) -> HeadLine:
    """Return a head with the writer, and perhaps the number, that a line beside it gives."""
    match = _NUMBERED_NAME.fullmatch(line)
    if match is None or head.site_number is not None:
        return head._replace(author=line)
    return head._replace(author=match[2], site_number=int(match[1]))


def read_head(text: str, *, opens_item: bool = False) -> HeadLine | None:
    """Return what a line beside a comment says, or None for ordinary text.

    The line that opens a list item may end in a bare 'says'; elsewhere a colon has to follow.
    """
    return _FURNITURE if is_furniture(text) else _read_words(text, opens_item)


def read_writer(text: str, *, opens_item: bool = False) -> HeadLine | None:
    """Return what a line says of a writer or a date, or None for links and ordinary text."""
    head = _read_words(text, opens_item)
    # Asked last, because few lines name anyone.
    return None if head is None or is_furniture(text) else head


def _read_words(text: str, opens_item: bool) -> HeadLine | None:
    """Return what a line that is no link says; only without a date its place in an item counts."""
    bare_verb = opens_item and len(text) <= LONGEST_NAME and not find_dates(text)
    return _read_short_line(text, bare_verb)


@lru_cache(maxsize=MOST_REMEMBERED)
def _read_short_line(text: str, bare_verb: bool) -> HeadLine | None:
    """Return what a line says of a writer or a date, where 'says' may or may not end it."""
    if len(text) > LONGEST_HEAD or text.count(" ") > MOST_HEAD_WORDS:
        return None
    head = _writer_and_date(text, bare_verb)
    if head is None or text.lstrip(DECORATION).casefold().startswith(QUOTE_STARTS):
        return None
    return head


def _writer_and_date(text: str, bare_verb: bool) -> HeadLine | None:
    """Return what a short line says of a writer or a date, be it of a comment or a quotation."""
    dates = find_dates(text)
    rest, posted_at = _without(text, dates)
    if dates and _is_only_links(text[dates[-1][1] :]):
        rest = rest[: dates[-1][1]]
    if dates and not rest.strip(DECORATION):
        return HeadLine("date", None, posted_at)
    says = _says_verb(rest, firmly=bool(dates) or bare_verb)
    if not dates and says is None:
        return _firm_byline(text)
    if says is not None:
        return _named(rest[:says], "says", posted_at, dated=_tells_day_and_time(text, dates))
    name_start = _verb_before_name(rest)
    kind: HeadKind = "says" if name_start else "name_date"
    return _named(rest[name_start:], kind, posted_at, dated=_tells_day_and_time(text, dates))


def _is_only_links(tail: str) -> bool:
    """Tell whether several links follow a date, and perhaps a time zone: 'EDT reply actions'."""
    words = [word for word in _LINK_WORD.findall(tail.casefold()) if word not in GLUE]
    return len(words) > 1 and LINK_VOCABULARY.issuperset(words)


def _is_sentence(rest: str) -> bool:
    """Tell whether words run on around a date, as they do in a sentence and not in a head.

    The date has been blanked, so that it shows as a gap.
    """
    gap = _DATE_GAP.search(rest)
    if gap is None:
        return False
    before = [word for word in rest[: gap.start()].split() if not is_glue(word)]
    after = [word for word in rest[gap.end() :].split() if not is_glue(word)]
    if not after or rest[: gap.start()].rstrip().endswith(PARTING_MARKS):
        return False
    if rest[gap.end() :].lstrip().startswith(PARTING_MARKS):
        return False
    if before:
        return not LINK_VOCABULARY.issuperset(word.strip(DECORATION).casefold() for word in after)
    return len(after) > 2 and after[0][0].islower()


def _named(rest: str, kind: HeadKind, posted_at: str | None, *, dated: bool) -> HeadLine | None:
    """Return a head from what its line holds beside dates and verb, or None for a sentence."""
    byline = _opening(rest.strip(DECORATION).casefold(), _BYLINES)
    name, number = _name(rest, byline, dated=dated)
    if name is None or (kind == "name_date" and byline is None and _is_sentence(rest)):
        return None
    if kind == "says":
        # A number may be a name: '666 said...'
        if not name and number is not None:
            name, number = str(number), None
    elif not name:
        kind = "date"
    elif byline is not None:
        kind = "byline"
    return HeadLine(kind, name or None, posted_at, number)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, str | None]:
    """Return a text with some spans blanked, and the stretch from the first to the last of them."""
    if not spans:
        return text, None
    rest = text
    for start, end in spans:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return rest, text[spans[0][0] : spans[-1][1]].strip(DECORATION)


def _says_verb(text: str, *, firmly: bool) -> int | None:
    """Return where the verb of 'Name says:' begins, or None."""
    trimmed = text.rstrip(" \t\xa0|#,-–—")
    if not firmly and not trimmed.endswith((":", "：", "…", "...")):
        return None
    stem = trimmed.rstrip(":….：").rstrip()
    folded = stem.casefold()
    words = folded.split()
    # 'schrieb am', 'said on': what led to a date that was blanked.
    while firmly and len(words) > 1 and words[-1] in GLUE:
        words.pop()
    for count in (1, 2, 3):
        if len(words) >= count and " ".join(words[-count:]) in _SAYS:
            return len(stem) - len(folded) + folded.rfind(words[-count])
    if folded.isascii():
        return None
    for verb in _SAYS_UNSPACED:
        if folded.endswith(verb) and len(verb) < len(folded) <= LONGEST_NAME:
            return len(stem) - len(verb)
    return None


def _verb_before_name(rest: str) -> int:
    """Return where the name begins in 'Am … schrieb Name:', or 0 where no verb opens the line."""
    for word in WORD.finditer(rest, 0, 60):
        folded = word.group().casefold()
        if folded in _SAYS:
            return word.end() if rest[word.end() :].strip(DECORATION) else 0
        if folded not in GLUE:
            return 0
    return 0


def _firm_byline(text: str) -> HeadLine | None:
    """Return the writer of a line such as 'Posted by: Name'."""
    bare = text.strip(DECORATION)
    word = _opening(bare.casefold(), _FIRM_BYLINES)
    if word is None:
        return None
    name, number = _name(bare, word, dated=False)
    return HeadLine("byline", name, None, number) if name else None


def _opening(folded: str, table: dict[str, tuple[str, ...]]) -> str | None:
    """Return the words of a table that a text begins with, followed by a blank or a colon."""
    for words in table.get(folded[:2], ()):
        if folded.startswith(words) and folded[len(words) : len(words) + 1] in (" ", ":", "\xa0"):
            return words
    return None


def _tells_day_and_time(text: str, dates: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a line opens or closes with a date that has a clock time."""
    if not dates or dates[-1][1] - dates[0][0] < 12:
        return False
    at_an_end = dates[0][0] <= 4 or len(text) - dates[-1][1] <= 24
    return at_an_end and CLOCK.search(text) is not None


def _name(rest: str, byline: str | None, *, dated: bool) -> tuple[str | None, int | None]:
    """Return the writer's name that is left in a head ('' for none, None for no head at all)."""
    bare = rest.strip(DECORATION)
    number = None
    site = _LEADING_NUMBER.match(bare)
    if site is not None:
        number = int(site[1])
        bare = bare[site.end() :].strip(DECORATION)
    trailing = _TRAILING_NUMBER.search(rest.rstrip())
    if trailing is not None and number is None:
        number = int(trailing[1])
        bare = bare.removesuffix(trailing[1]).strip(DECORATION)
    if byline is not None and bare.casefold().startswith(byline):
        bare = bare[len(byline) :].strip(DECORATION)
    words = bare.split()
    if dated:
        verb = next((i for i, w in enumerate(words) if w.strip(DECORATION).casefold() in _SAYS), 0)
        words = words[:verb] if verb else words
    while words and is_glue(words[0]):
        words.pop(0)
        if len(words) > 1 and words[0].casefold() in _SHORT_BYLINES:
            words.pop(0)  # 'Am 5. Mai von Name'
    while words and is_glue(words[-1]):
        words.pop()
    name = " ".join(words).strip(" \t\xa0|·•:,;-–—/#")
    if words and len(words[-1]) == 1 and f"{name}." in rest:
        name += "."
    if len(name) > (LONGEST_DATED_NAME if dated else LONGEST_NAME):
        return None, None
    if len(words) > (MOST_DATED_NAME_WORDS if dated else MOST_NAME_WORDS):
        return None, None
    return name, number
