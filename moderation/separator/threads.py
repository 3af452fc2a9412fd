"""Comments that no list marks: bodies with a line before or after each that names the writer.

Finds the runs of such lines and where each comment begins and ends; whether a run is a comment
section is weighed like that of a list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from moderation.separator.heads import LONGEST_HEAD, HeadKind, HeadLine, is_furniture, read_writer
from moderation.separator.lines import Line
from moderation.separator.surroundings import (
    LONGEST_HEADING,
    heading_count,
    heads_comments,
    is_closing,
    is_comment_heading,
    is_heading_note,
)

LONGEST_NAME_LINE = 50
LONGEST_LONE_NAME = 32
LONGEST_LINE_ABOVE_HEAD = 80
MOST_LINES_OF_LONE_COMMENT = 12
USUAL = 0.8
"""The share of a run's comments that are built alike if a line is to count as part of the head."""

USUALLY_LINKED = 0.5
"""The share of a run's comments that end in the same link if the last is to end there too."""

FEWEST_LINKED = 2
"""How many comments at least have to end in that link."""

LINKS_BELOW_HEADING = 5
"""How many lines below a heading may be links before the first writer is named."""

MOST_HEADINGS = 6
"""How many comment headings are tried from the top of a page, and as many from its end."""

_KINDS: tuple[HeadKind, ...] = ("says", "byline", "name_date", "date")
_HEAD_ENDS = frozenset(":：….,。")
_HEAD_OPENINGS = ("posted", "comment", "written", "submitted", "reply", "left")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A run of comments without markers: the first and last line of each, head and links included.

    ``anchors`` are the lines that name the writers, one for each block (none for a lone comment).
    ``heading`` is the index of the comment heading above; ``closing`` that of the line that ends
    the run; ``signature`` says what kind of head its comments have ('' for none), ``head_follows``
    whether it stands below each body, and ``by_name`` whether it is only a name.
    ``counts_on_page`` is the number of other lines that count comments.
    """

    blocks: tuple[tuple[int, int], ...]
    anchors: tuple[int, ...] = ()
    heading: int | None = None
    closing: int | None = None
    signature: str = ""
    head_follows: bool = False
    by_name: bool = False
    counts_on_page: int = 0


class _Page:
    """A page's lines, with what has been read of them: stretches below two headings may overlap."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        self.text = text
        self.lines = lines
        self._heads: dict[int, HeadLine | None] = {}
        self._searched_from = 0
        self._closing: int | None = -1  # Before the page: nothing has been searched.

    def heads(self, start: int, end: int) -> dict[int, HeadLine]:
        """Return what the lines of a stretch that name a writer or a date say, by index."""
        heads: dict[int, HeadLine] = {}
        for index in range(start, end):
            if index not in self._heads:
                self._heads[index] = _read_likely_head(self.text, self.lines[index])
            head = self._heads[index]
            if head is not None:
                heads[index] = head
        return heads

    def closing(self, start: int) -> int | None:
        """Return the index of the first line from ``start`` on that ends a run of comments."""
        known = self._searched_from <= start and (self._closing is None or start <= self._closing)
        if not known:
            ending = (i for i in range(start, len(self.lines)) if _closes(self.text, self.lines[i]))
            self._closing = next(ending, None)
            self._searched_from = start
        return self._closing


@dataclass(frozen=True, slots=True)
class _Zone:
    """The stretch of a page below a heading, from the line ``start`` to before ``end``."""

    text: str
    lines: Sequence[Line]
    heads: Mapping[int, HeadLine]
    start: int
    end: int
    heading: int | None
    closing: int | None

    def content(self, index: int) -> str:
        """Return the text of a line, cut short where it is too long for any purpose here."""
        line = self.lines[index]
        return self.text[line.start : min(line.end, line.start + LONGEST_HEAD + 1)]


def find_threads(text: str, lines: Sequence[Line]) -> list[Thread]:
    """Return the runs of comments without markers in a page."""
    page = _Page(text, lines)
    headings = _headings(text, lines)
    threads: list[Thread] = []
    for heading in [*headings[:MOST_HEADINGS], *headings[MOST_HEADINGS:][-MOST_HEADINGS:]]:
        thread = _thread(_zone(page, heading + 1, heading))
        if thread is not None:
            if threads and threads[-1].anchors == thread.anchors:
                threads.pop()  # Of two headings above the same comments, the lower one heads them.
            threads.append(replace(thread, counts_on_page=len(headings) - 1))
    if not threads:
        says = [i for i, head in page.heads(0, len(lines)).items() if head.kind == "says"]
        thread = _thread(_zone(page, says[0], None)) if len(says) > 1 else None
        if thread is not None:
            threads.append(thread)
    return threads


def _read_likely_head(text: str, line: Line) -> HeadLine | None:
    """Return what a line says of a writer or a date, if anything about it is like a head."""
    if line.end - line.start > LONGEST_HEAD:
        return None
    content = text[line.start : line.end]
    if (
        content[-1] not in _HEAD_ENDS
        and _DIGIT.search(content) is None
        and not content[:16].casefold().startswith(_HEAD_OPENINGS)
    ):
        return None  # Told apart cheaply: most lines of a page are ordinary text.
    return read_writer(content)


def _headings(text: str, lines: Sequence[Line]) -> list[int]:
    """Return the indexes of comment headings, of several in a row the last."""
    headings: list[int] = []
    for index, line in enumerate(lines):
        if line.end - line.start <= LONGEST_HEADING and heads_comments(text, line):
            if headings and index - headings[-1] <= 2:
                headings[-1] = index
            else:
                headings.append(index)
    return headings


def _zone(page: _Page, start: int, heading: int | None) -> _Zone:
    """Return the stretch from a line to the one that closes the comments."""
    # A link to the form may stand between the heading and the first comment.
    near = page.heads(start, min(len(page.lines), start + LINKS_BELOW_HEADING))
    closing = page.closing(next(iter(near), start))
    end = closing if closing is not None else len(page.lines)
    return _Zone(page.text, page.lines, page.heads(start, end), start, end, heading, closing)


def _closes(text: str, line: Line) -> bool:
    """Tell whether a line ends a run of comments."""
    content = text[line.start : min(line.end, line.start + 401)]
    return is_closing(content) and not is_furniture(content) and not is_comment_heading(content)


def _thread(zone: _Zone) -> Thread | None:
    """Return the run of comments in a stretch, if there is one."""
    anchors = _anchors(zone)
    by_name = not anchors
    if by_name:
        anchors = _names(zone)
        zone = replace(zone, heads={i: HeadLine("name_date", zone.content(i)) for i in anchors})
    if not anchors:
        return _lone(zone)
    follows = _head_follows(zone, anchors)
    blocks = _blocks_before_heads(zone, anchors) if follows else _blocks_after_heads(zone, anchors)
    return Thread(
        blocks=tuple(blocks),
        anchors=tuple(anchors[: len(blocks)]),
        heading=zone.heading,
        closing=zone.closing,
        signature=zone.heads[anchors[0]].kind,
        head_follows=follows,
        by_name=by_name,
    )


def _anchors(zone: _Zone) -> list[int]:
    """Return the lines of a stretch that are heads of the kind that is most common there."""
    inside = [index for index in zone.heads if zone.start <= index < zone.end]
    counts = Counter(zone.heads[index].kind for index in inside)
    if not counts:
        return []
    kind = max(_KINDS, key=lambda kind: (counts[kind], -_KINDS.index(kind)))
    if counts["says"] * 2 >= counts[kind]:
        kind = "says"
    elif kind == "date" and counts["name_date"] * 2 >= counts["date"]:
        kind = "name_date"
    anchors: list[int] = []
    for index in inside:
        told = zone.heads[index].kind
        # A name such as 'Jan' or 'April' may be lost in the date beside it.
        lost = (kind, told) == ("name_date", "date") and is_furniture(zone.content(index - 1))
        if (told == kind or lost) and not (anchors and index == anchors[-1] + 1):
            anchors.append(index)
    return anchors


def _names(zone: _Zone) -> list[int]:
    """Return the lines that hold only a name, if they are about as many as the heading counts."""
    if zone.heading is None or zone.start >= zone.end - 1:
        return []
    count = heading_count(zone.content(zone.heading))
    if count is None or count < 2 or not _is_lone_name(zone, zone.start):
        return []
    names = [index for index in range(zone.start, zone.end - 1) if _is_lone_name(zone, index)]
    return names if count / 2 <= len(names) <= 2 * count else []


def _is_lone_name(zone: _Zone, index: int) -> bool:
    """Tell whether a line is a paragraph that may be a name: short, and no sentence."""
    line = zone.lines[index]
    if line.gap == 0 or zone.lines[index + 1].gap == 0 or line.marker is not None:
        return False
    content = zone.content(index)
    return (
        len(content) <= LONGEST_LONE_NAME
        and content.count(" ") < 4
        and content[-1].isalnum()
        and "," not in content
        and not is_furniture(content)
    )


def _lone(zone: _Zone) -> Thread | None:
    """Return the one comment that a heading counts and no head names, if it stands there alone."""
    if zone.heading is None or zone.closing is None:
        return None
    if not 0 < zone.end - zone.start <= MOST_LINES_OF_LONE_COMMENT:
        return None
    if heading_count(zone.content(zone.heading)) != 1:
        return None
    if any(line.marker is not None for line in zone.lines[zone.start : zone.end]):
        return None
    return Thread(blocks=((zone.start, zone.end - 1),), heading=zone.heading, closing=zone.closing)


def _is_name_line(content: str) -> bool:
    """Tell whether a line is short enough and plain enough to be only a name."""
    return len(content) <= LONGEST_NAME_LINE and content[-1] not in ".!?…。:;,)"


def _head_follows(zone: _Zone, anchors: Sequence[int]) -> bool:
    """Tell whether the writer's line stands after each body and not before it."""
    if zone.heads[anchors[0]].kind == "says":
        return False
    before = _texts(zone, zone.start, anchors[0])
    after = _texts(zone, anchors[-1] + 1, zone.end)
    tight = sum(zone.lines[a + 1].gap == 0 for a in anchors if a + 1 < zone.end)
    if after and tight >= USUAL * len(anchors):
        return False
    names_only = len(before) <= 2 and all(_is_name_line(zone.content(index)) for index in before)
    if not before or (names_only and after):
        return False
    return not after or zone.heads[anchors[0]].kind == "byline"


def _texts(zone: _Zone, start: int, end: int) -> list[int]:
    """Return the lines between two that are neither heads nor links."""
    return [
        index
        for index in range(start, end)
        if index not in zone.heads and not is_furniture(zone.content(index))
    ]


def _blocks_before_heads(zone: _Zone, anchors: Sequence[int]) -> list[tuple[int, int]]:
    """Return the blocks of comments whose writers are named after them."""
    blocks = []
    start = zone.start
    while start < anchors[0] and is_heading_note(zone.content(start)):
        start += 1
    for anchor in anchors:
        if start <= anchor:
            blocks.append((start, anchor))
        start = anchor + 1
        while start < zone.end and is_furniture(zone.content(start)):
            start += 1
    return blocks


def _blocks_after_heads(zone: _Zone, anchors: Sequence[int]) -> list[tuple[int, int]]:
    """Return the blocks of comments whose writers are named before them."""
    names_above = False
    if zone.heads[anchors[0]].kind in ("date", "byline"):
        above = [anchor - 1 for anchor in anchors if anchor > zone.start]
        named = sum(_is_name_line(zone.content(i)) and i not in zone.heads for i in above)
        names_above = named > 0 and named >= USUAL * len(anchors)
    floors = [zone.start, *(anchor + 1 for anchor in anchors[:-1])]
    starts = [
        _first_of_head(zone, anchor, floor, name_above=names_above)
        for anchor, floor in zip(anchors, floors, strict=True)
    ]
    stops = [*(first - 1 for first in starts[1:]), zone.end - 1]
    return _up_to_last_link(zone, list(zip(starts, stops, strict=True)))


def _up_to_last_link(zone: _Zone, blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return blocks without what follows the last comment, where a link ends most of the others.

    Nothing else may tell the last comment from the rest of the page: pages of older comments,
    boxes beside the article, which may name writers and dates as well.
    """
    endings = Counter(zone.content(last).casefold() for _, last in blocks[:-1])
    link, count = endings.most_common(1)[0] if endings else ("", 0)
    usual = count >= max(FEWEST_LINKED, USUALLY_LINKED * (len(blocks) - 1))
    if not usual or not is_furniture(link):
        return blocks
    for place in range(len(blocks) - 1, -1, -1):
        first, last = blocks[place]
        for index in range(first + 1, last + 1):
            if zone.content(index).casefold() == link:
                return [*blocks[:place], (first, index)]
        if zone.closing is not None:
            break  # The form below shows that it is a comment, if one without the link.
    return blocks


def _first_of_head(zone: _Zone, anchor: int, floor: int, *, name_above: bool) -> int:
    """Return the first line of a head: a name above it, a number or votes above that."""
    first = anchor - 1 if name_above and anchor > floor else anchor
    for index in range(first - 1, max(floor, first - 3) - 1, -1):
        content = zone.content(index)
        if content.isdecimal():
            return index
        if len(content) > LONGEST_LINE_ABOVE_HEAD:
            break
    return first
