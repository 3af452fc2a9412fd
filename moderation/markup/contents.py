"""What one comment's element holds: the writer, the date, the words, and what stands around them.

Names of classes decide first. Where they say nothing, the same place is compared across all
comments of the page: what reads alike in all of them is a link of the site's, what reads as a date
is one. Only then is a line's own wording looked at, by the rules for plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moderation.markup.habits import Habits, pattern
from moderation.markup.lines import AROUND, Line, joined
from moderation.markup.writers import Written, read_writer_and_date
from moderation.separator.heads import read_head
from moderation.separator.items import INITIAL_AT_END

LONGEST_OUTSIDE = 200
LONGEST_NAME = 80
MOST_HEAD_LINES = 6
NAME_TAGS = frozenset("h3 h4 h5 h6 strong b cite".split())
REPLY_TITLES = ("re:", "aw:", "antw:", "sv:", "r:", "re ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The parts of a comment: lines before the words, the words, lines behind them."""

    before: tuple[Line, ...]
    body: tuple[Line, ...]
    behind: tuple[Line, ...]
    written: Written

    @property
    def signed(self) -> bool:
        """Tell whether someone is named as the writer."""
        return self.written.signed

    @property
    def posted_at(self) -> str | None:
        """Return when it was written, in the page's own wording."""
        return self.written.posted_at

    @property
    def told(self) -> bool:
        """Tell whether it is said who wrote the comment, or when."""
        return self.signed or self.posted_at is not None

    @property
    def text(self) -> str:
        """Return the words of the comment."""
        return joined(self.body)


def read_content(lines: Sequence[Line], habits: Habits, stamp: str = "") -> Content:
    """Take a comment's lines apart; ``stamp`` is a time that only the markup gives."""
    words = _without_gaps(lines, _within_body(lines, _likely_words(lines, habits)))
    words = _without_heads(lines, words, habits)
    words = _with_title(lines, words)
    first = words[0] if words else len(lines)
    chosen = set(words)
    before, body = tuple(lines[:first]), tuple(lines[place] for place in words)
    behind = tuple(
        line for place, line in enumerate(lines) if place >= first and place not in chosen
    )
    written = read_writer_and_date(before, behind, habits)
    if len(body) > 1 and not written.signed and written.posted_at is None:
        told = _read_opening(body[0])
        if told is not None:
            written, before, body = told, (*before, body[0]), body[1:]
    if stamp and written.posted_at is None:
        written = replace(written, posted_at=stamp)
    return Content(before=before, body=body, behind=behind, written=written)


def _likely_words(lines: Sequence[Line], habits: Habits) -> list[int]:
    """Return the places of the lines of which nothing says that they stand around the words."""
    words = [place for place, line in enumerate(lines) if _may_be_words(line, habits)]
    if not words:
        # Comments that all say the same, which is for a person to see.
        words = [i for i, line in enumerate(lines) if line.role not in (*AROUND, "title")]
        words = [i for i in words if lines[i].place.slot not in habits.names][-1:]
    if not words:
        # A name such as 'clear-block meta' may stand around everything.
        words = [i for i, line in enumerate(lines) if not line.place.firm and len(line.text) > 60]
    return words


def _read_opening(line: Line) -> Written | None:
    """Return what the first line says of the writer, where nothing else does."""
    head = read_head(line.text, opens_item=True)
    if head is None or not head.author or not (head.kind == "says" or head.posted_at):
        return None
    return Written(
        author=head.author, signed=True, posted_at=head.posted_at, site_number=head.site_number
    )


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
        if pattern(line.text) not in habits.endings and not _is_head(lines, words[last - 1], False):
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
