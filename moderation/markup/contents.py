"""What one comment's element holds: the writer, the date, the words, and what stands around them.

Names of classes decide first. Where they say nothing, the same place is compared across all
comments of the page: what reads alike in all of them is a link of the site's, what reads as a date
is one. Only then is a line's own wording looked at, by the rules for plain text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from moderation.markup.lines import AROUND, Line, joined
from moderation.separator.dates import DECORATION, find_dates, is_glue
from moderation.separator.heads import HeadLine, is_furniture, read_head, read_writer
from moderation.separator.items import INITIAL_AT_END
from moderation.separator.phrases import BYLINE_WORDS, every

LONGEST_AUTHOR = 80
LONGEST_STAMP = 80
LONGEST_FURNITURE = 60
LONGEST_OUTSIDE = 200
MOST_HEAD_LINES = 6
NAME_TAGS = frozenset("h3 h4 h5 h6 strong b cite".split())
ENOUGH_COMMENTS = 3
NEARLY_ALL = 0.9
SIGNATURES = ("says", "byline")
BYLINES = frozenset(word for word in every(BYLINE_WORDS) if " " not in word)
REPLY_TITLES = ("re:", "aw:", "antw:", "sv:", "r:", "re ")
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class Content:
    """The parts of a comment: lines before the words, the words, lines behind them.

    ``signed`` tells that the writer is named as such, and not only guessed to be.
    """

    author: str | None = None
    posted_at: str | None = None
    signed: bool = False
    before: list[Line] = field(default_factory=list)
    body: list[Line] = field(default_factory=list)
    behind: list[Line] = field(default_factory=list)
    site_number: int | None = None

    @property
    def told(self) -> bool:
        """Tell whether it is said who wrote the comment, or when."""
        return self.signed or self.posted_at is not None

    @property
    def text(self) -> str:
        """Return the words of the comment."""
        return joined(self.body)


@dataclass(frozen=True, slots=True)
class Habits:
    """What was learnt from all comments of a page.

    ``furniture``, ``dates`` and ``names`` are places (``Line.slot``) of the site's own words, of
    dates and of writers' names; ``endings`` are lines, without their digits, that close many
    comments, such as 'Like or dislike: 1 0'.
    """

    furniture: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    names: frozenset[int] = frozenset()
    endings: frozenset[str] = frozenset()


def learn_habits(comments: Sequence[Sequence[Line]]) -> Habits:
    """Return what reads alike, as a date or as a name in nearly all comments of a page."""
    if len(comments) < ENOUGH_COMMENTS:
        return Habits()
    texts: dict[int, Counter[str]] = {}
    dated: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    opening: Counter[int] = Counter()
    closing: Counter[str] = Counter()
    for lines in comments:
        for slot in {line.place.slot for line in lines}:
            seen[slot] += 1
        for line in lines:
            short = len(line.text) <= LONGEST_FURNITURE
            texts.setdefault(line.place.slot, Counter())[line.text.casefold() if short else ""] += 1
            dated[line.place.slot] += short and _is_date(line.text)
        words = [line for line in lines if line.role not in AROUND]
        if len(words) > 1:
            opening[words[0].place.slot] += 1
            closing[_pattern(words[-1].text)] += 1
    enough = max(ENOUGH_COMMENTS, NEARLY_ALL * len(comments))
    return Habits(
        furniture=frozenset(slot for slot, counts in texts.items() if _is_alike(counts)),
        dates=frozenset(
            slot
            for slot, counts in texts.items()
            if dated[slot] >= max(ENOUGH_COMMENTS, NEARLY_ALL * sum(counts.values()))
        ),
        names=frozenset(
            slot
            for slot, count in opening.items()
            if count >= enough and _are_names(texts[slot], seen[slot])
        ),
        endings=frozenset(
            text for text, count in closing.items() if count >= enough / 2 and len(text) <= 60
        ),
    )


def _pattern(text: str) -> str:
    """Return a line with its numbers taken out."""
    return _DIGITS.sub("#", text.casefold())


def _is_alike(counts: Counter[str]) -> bool:
    """Tell whether nearly all lines of a place say the same."""
    total = sum(counts.values())
    text, most = counts.most_common(1)[0]
    return total >= ENOUGH_COMMENTS and bool(text) and most >= NEARLY_ALL * total


def _are_names(counts: Counter[str], comments: int) -> bool:
    """Tell whether a place has one short line in each comment that is no sentence."""
    total = sum(counts.values())
    if total != comments or counts[""] > 0.02 * total:
        return False
    if sum(n for text, n in counts.items() if any(map(str.isalpha, text))) < NEARLY_ALL * total:
        return False
    sentences = sum(n for text, n in counts.items() if text.endswith((".", "!", "?")))
    words = sum(n * len(text.split()) for text, n in counts.items())
    return sentences <= 0.1 * total and words <= 4 * total


def _is_date(text: str) -> bool:
    """Tell whether a line is a date and nothing else."""
    head = read_head(text) if find_dates(text) else None
    return head is not None and head.kind == "date"


def read_content(lines: Sequence[Line], habits: Habits, stamp: str = "") -> Content:
    """Take a comment's lines apart; ``stamp`` is a time that only the markup gives."""
    words = [place for place, line in enumerate(lines) if _may_be_words(line, habits)]
    if not words:
        # A name such as 'clear-block meta' may stand around everything.
        words = [i for i, line in enumerate(lines) if not line.place.firm and len(line.text) > 60]
    words = _without_gaps(lines, _within_body(lines, words))
    words = _without_heads(lines, words, habits)
    words = _with_title(lines, words)
    first = words[0] if words else len(lines)
    chosen = set(words)
    content = Content(
        before=list(lines[:first]),
        body=[lines[place] for place in words],
        behind=[line for place, line in enumerate(lines) if place >= first and place not in chosen],
    )
    _name_writer(content, habits)
    if not content.told and len(content.body) > 1:
        _take_head_from_words(content)
    content.posted_at = content.posted_at or stamp or None
    return content


def _take_head_from_words(content: Content) -> None:
    """Where nothing else says who wrote it, read the first line in the element of the words."""
    line = content.body[0]
    head = read_head(line.text, opens_item=True)
    if head is not None and head.author and (head.kind == "says" or head.posted_at):
        content.author, content.posted_at = head.author, head.posted_at
        content.signed, content.site_number = True, head.site_number
        content.before.append(content.body.pop(0))


def _may_be_words(line: Line, habits: Habits) -> bool:
    """Tell whether nothing says that a line stands around the words."""
    if line.role in AROUND or line.role == "title":
        return False
    if line.place.body_firm and line.place.tag == "p":
        return True
    return not (
        line.place.slot in habits.furniture
        or line.place.slot in habits.dates
        or line.place.slot in habits.names
    )


def _within_body(lines: Sequence[Line], words: list[int]) -> list[int]:
    """Keep what stands in the element that is named as the words, if there is one."""
    firm = [
        place for place in words if lines[place].place.body >= 0 and lines[place].place.body_firm
    ]
    if firm:
        return firm
    soft = [place for place in words if lines[place].place.body >= 0]
    outside = [place for place in words if lines[place].place.body < 0]
    if soft and not any(len(lines[place].text) > LONGEST_OUTSIDE for place in outside):
        return soft
    return words


def _without_gaps(lines: Sequence[Line], words: list[int]) -> list[int]:
    """Add what lies between the words in their element, such as the head of a quotation."""
    if not words or not lines[words[0]].place.body_firm:
        return words
    return [
        place
        for place in range(words[0], words[-1] + 1)
        if lines[place].place.body_firm
        and (not lines[place].place.firm or lines[place].role not in AROUND)
    ]


def _without_heads(lines: Sequence[Line], words: list[int], habits: Habits) -> list[int]:
    """Cut lines that name the writer or the date, or are links, off the ends."""
    first, last = 0, len(words)
    while last - first > 1 and first < MOST_HEAD_LINES and _is_head(lines, words[first], True):
        first += 1
    if last == 1 and _names_only(lines[words[0]]):
        return []
    if first == 0 and last > 1 and _is_unsigned(lines, words[0]) and _stands_out(lines[words[0]]):
        first = 1
    cut = 0
    while last - first > 1 and cut < MOST_HEAD_LINES:
        line = lines[words[last - 1]]
        if _pattern(line.text) not in habits.endings and not _is_head(
            lines, words[last - 1], False
        ):
            break
        last, cut = last - 1, cut + 1
    return words[first:last]


def _is_head(lines: Sequence[Line], place: int, opens: bool) -> bool:
    """Tell whether a line at an end of a comment names its writer or date, or is a link."""
    line = lines[place]
    if line.hints and 2 * sum(len(text) for _, text in line.hints) > len(line.text):
        return True
    following = lines[place + 1] if place + 1 < len(lines) else None
    if opens and following is not None and following.breaks == 0 and following.role in AROUND:
        return True  # 'Name | ' with the date on the same line
    if line.place.body_firm:
        return False
    return read_head(line.text, opens_item=opens) is not None


def _names_only(line: Line) -> bool:
    """Tell whether all of a line stands in an element that is named as the writer."""
    return sum(len(text) for role, text in line.hints if role == "author") >= len(line.text)


def _is_unsigned(lines: Sequence[Line], first: int) -> bool:
    """Tell whether no line before the words names the writer."""
    return not any(line.names_writer for line in lines[:first])


def _stands_out(line: Line) -> bool:
    """Tell whether a line is short and all in bold or a heading, as a name may be."""
    return bool(
        not line.place.body_firm
        and line.place.tag in NAME_TAGS
        and len(line.text.split()) <= 5
        and (not line.text.endswith((".", "!", "?", ":", ",")) or INITIAL_AT_END.search(line.text))
    )


def _with_title(lines: Sequence[Line], words: list[int]) -> list[int]:
    """Add the subject that the writer gave, unless it repeats another's or the first words."""
    titles = [
        place
        for place, line in enumerate(lines[: words[0] if words else len(lines)])
        if line.role == "title" or (line.place.is_heading and _is_subject(lines, place))
    ]
    if not titles:
        return words
    body = lines[words[0]].text.casefold() if words else ""
    kept = []
    for place in titles:
        title = lines[place].text.casefold()
        if not title.startswith(REPLY_TITLES) and not body.startswith(title.rstrip(".… ")):
            kept.append(place)
    return sorted({*kept, *words})


def _is_subject(lines: Sequence[Line], place: int) -> bool:
    """Tell whether a heading in a comment is its subject: the writer is named elsewhere."""
    line = lines[place]
    if line.role or line.hints or read_head(line.text, opens_item=True) is not None:
        return False
    return any(other.names_writer for other in lines)


def _name_writer(content: Content, habits: Habits) -> None:
    """Find who wrote a comment and when, in the lines around its words."""
    around = [*content.before, *content.behind]
    heads = [read_head(line.text, opens_item=True) for line in around]
    author = _hinted(around)
    author = author or next((line.text for line in around if line.place.slot in habits.names), None)
    for line, head in zip(around, heads, strict=True):
        if content.posted_at is None and (line.role == "date" or find_dates(line.text)):
            content.posted_at = _stamp(line.text, head)
        if author is None and line.role == "author":
            author = _with_letters(_cleaned(line.text))
        if author is None and head is not None and line.role not in ("form", "date"):
            author = head.author if line.role != "foot" or head.kind in SIGNATURES else None
        if content.site_number is None and head is not None and line.role != "foot":
            content.site_number = head.site_number
    content.signed = author is not None
    content.author = author or _first_name(content.before)


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
