"""Cuts an item into head, body and links, and a tree of items into comments in page order.

Takes items that were already chosen; decides nothing about what is a comment section.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from moderation.records import CommentKind
from moderation.separator.evidence import has_head, has_reply_link, opens_with_short_line
from moderation.separator.heads import (
    HeadLine,
    is_furniture,
    is_reply_link,
    opens_with_label,
    read_head,
    with_name,
)
from moderation.separator.lines import Line
from moderation.separator.lists import Item, ItemList
from moderation.separator.phrases import (
    PINGBACK_STARTS,
    REPLIES_HEADINGS,
    SECTION_NOTES,
    TRACKBACK_STARTS,
)
from moderation.separator.threads import Thread

MOST_HEAD_LINES = 6
INITIAL_AT_END = re.compile(r"(?<!\w)[^\W\d_]\.$")
"""'Anna K.' is a name, though it ends as a sentence does."""

LONGEST_NAME_LINE = 50
LONGEST_SUBJECT = 120
MOST_ARE_HEADED = 0.7
LONGEST_SECTION_NOTE = max(map(len, SECTION_NOTES))


class Piece(NamedTuple):
    """A comment before it has its id: where it stands and what its head said.

    ``start`` and ``end`` bound the whole item without its marker, ``body_start`` and ``body_end``
    what its writer wrote. ``signed_end`` is where the line ends that names the writer, if it
    stands after the words as a signature does, without the site's own 'Posted by'; else it is the
    end of the body. ``parent`` is the place of its parent among the pieces.
    """

    start: int
    end: int
    body_start: int
    body_end: int
    signed_end: int
    number: int | None
    site_number: int | None
    author: str | None
    posted_at: str | None
    level: int
    parent: int | None
    kind: CommentKind


def cut_lists(
    text: str, lines: Sequence[Line], lists: Sequence[ItemList], top_indent: int
) -> list[Piece]:
    """Return the comments of a section's lists in page order."""
    pieces: list[Piece] = []
    for item_list in lists:
        # An orphan: a reply whose parent the renderer lost keeps its depth and has no parent.
        level = max(0, item_list.indent - top_indent) // 2
        style = Style(item_list.style, _share_headed(text, lines, item_list) >= MOST_ARE_HEADED)
        pending: list[_Pending] = [(item, level, None) for item in reversed(item_list.items)]
        _cut_tree(text, lines, pending, pieces, style)
    return pieces


def cut_thread(text: str, lines: Sequence[Line], thread: Thread) -> list[Piece]:
    """Return the comments of a thread without markers in page order."""
    pieces = []
    for number, (first, last) in enumerate(thread.blocks):
        above = 0
        if thread.anchors and not thread.head_follows:
            above = thread.anchors[number] - first
        spans = [(lines[index].start, lines[index].end) for index in range(first + above, last + 1)]
        gaps = [lines[index].gap for index in range(first + above, last + 1)]
        piece = cut_spans(text, spans, gaps, Place())
        if above and piece.author is None:
            name = text[lines[first + above - 1].start : lines[first + above - 1].end]
            piece = piece._replace(author=name[:LONGEST_NAME_LINE])
        if thread.by_name and len(spans) > 1:
            piece = piece._replace(author=text[slice(*spans[0])], body_start=spans[1][0])
        if thread.head_follows and not opens_with_label(text[slice(*spans[-1])]):
            piece = piece._replace(signed_end=piece.end)
        pieces.append(piece)
    return pieces


class Style(NamedTuple):
    """How a section writes its comments: the marker, and whether each opens with a head."""

    marker: str
    headed: bool


_Pending = tuple[Item, int, "int | None"]


def _share_headed(text: str, lines: Sequence[Line], item_list: ItemList) -> float:
    """Return the share of a list's items that open with a head or a short line of its own."""
    sample = item_list.items[:: max(1, len(item_list.items) // 20)]
    return sum(_is_headed(text, lines, item) for item in sample) / len(sample)


def _is_headed(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether an item opens with a writer, a date or a short line that may be a name."""
    if item.last == item.first:
        return False
    return has_head(text, lines, item) or opens_with_short_line(text, lines, item)


def _cut_tree(
    text: str,
    lines: Sequence[Line],
    pending: list[_Pending],
    pieces: list[Piece],
    style: Style,
) -> None:
    """Cut items and the replies inside them, each before those that follow it."""
    while pending:
        item, level, parent = pending.pop()
        replies = []
        last = item.last
        for child in item.children:
            if _is_only_links(text, lines, child):
                # An empty item that holds a form's link: it ends the text before it.
                last = min(last, child.first - 1) if child is item.children[-1] else last
            elif holds_replies(text, lines, child, style):
                last = min(last, child.first - 1)
                replies.append(child)
        if replies and last > item.first and _heads_replies(text, lines, last):
            last -= 1
        here = len(pieces)
        piece = cut_item(text, lines, item, last, Place(item.value, level, parent))
        if piece is not None:
            pieces.append(piece)
        holder = here if piece is not None else parent
        pending.extend(
            (reply, level + 1, holder)
            for child in reversed(replies)
            for reply in reversed(child.items)
        )


def _heads_replies(text: str, lines: Sequence[Line], index: int) -> bool:
    """Tell whether a line is the heading of the replies below and not the 'Reply' link above it."""
    line = text[lines[index].start : lines[index].end].casefold()
    before = text[lines[index - 1].start : lines[index - 1].end][:100]
    return line in REPLIES_HEADINGS and (not is_reply_link(line) or is_furniture(before))


def _is_only_links(text: str, lines: Sequence[Line], child: ItemList) -> bool:
    """Tell whether a numbered list inside a comment is a 'Reply' link and nothing else."""
    return child.numbered and all(
        item.first == item.last
        and len(item.children) == 0
        and is_furniture(text[_text_start(lines[item.first]) : lines[item.first].end])
        for item in child.items
    )


def _is_links(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether every line of an item is a link such as 'Share' or 'Like'."""
    return item.last - item.first < 8 and all(
        is_furniture(_opening(text, line.start, line.end))
        for line in lines[item.first : item.last + 1]
    )


def _text_start(line: Line) -> int:
    """Return where a line's text begins, after its marker."""
    return line.marker.text_start if line.marker is not None else line.start


def holds_replies(text: str, lines: Sequence[Line], child: ItemList, style: Style) -> bool:
    """Tell whether a list inside a comment holds replies to it, or is part of what it says."""
    if child.style not in (style.marker, "•"):
        return False
    sample = child.items[:5]
    if all(_is_links(text, lines, item) for item in sample):
        return False
    if any(
        item.last > item.first
        and (item.children or has_head(text, lines, item) or has_reply_link(text, lines, item))
        for item in sample
    ):
        return True
    if style.headed and not any(_is_headed(text, lines, item) for item in sample):
        return False
    return all(lines[item.first].gap > 0 for item in child.items)


class Place(NamedTuple):
    """Where a comment stands among the others: its number, its depth, the piece it answers."""

    number: int | None = None
    level: int = 0
    parent: int | None = None


def cut_item(text: str, lines: Sequence[Line], item: Item, last: int, place: Place) -> Piece | None:
    """Cut one item that ends with the line ``last``; None where nothing stands in it."""
    inside = lines[item.first : last + 1]
    spans = [(line.start, line.end) for line in inside]
    gaps = [line.gap for line in inside]
    spans[0] = (_text_start(inside[0]), spans[0][1])
    if spans[0][0] >= spans[0][1]:
        del spans[0], gaps[0]
    while len(spans) > 1 and _is_section_note(text, *spans[-1]):
        del spans[-1]
    while len(spans) > 1 and is_furniture(_opening(text, *spans[0])):
        del spans[0], gaps[0]
    return cut_spans(text, spans, gaps, place) if spans else None


def _is_section_note(text: str, start: int, end: int) -> bool:
    """Tell whether a line is a heading that the renderer left at the end of an item."""
    return end - start <= LONGEST_SECTION_NOTE and text[start:end].casefold() in SECTION_NOTES


def _opening(text: str, start: int, end: int) -> str:
    """Return the beginning of a line, long enough for any link."""
    return text[start : min(end, start + 100)]


def cut_spans(
    text: str,
    spans: Sequence[tuple[int, int]],
    gaps: Sequence[int],
    place: Place,
) -> Piece:
    """Cut the lines of one comment into head, body and links."""
    first, heads = _head_lines(text, spans, gaps)
    last, tails = _tail_lines(text, spans, first)
    told = [*heads, *tails]
    author = _author(told)
    posted_at = _posted_at(told)
    site_number = _site_number(told)
    if first == 0 and author is not None:
        first = _after_name(text, spans[: min(2, last)], gaps, author)
    body_start, body_end = spans[first][0], spans[last][1]
    return Piece(
        start=spans[0][0],
        end=spans[-1][1],
        body_start=body_start,
        body_end=body_end,
        signed_end=body_end,
        number=place.number,
        site_number=site_number,
        author=author,
        posted_at=posted_at,
        level=place.level,
        parent=place.parent,
        kind=_kind(text[spans[0][0] : spans[0][0] + 40], text[body_start : body_start + 40]),
    )


def _kind(opening: str, body: str) -> CommentKind:
    """Say whether a comment is another site's notice of a link."""
    for start in (opening, body):
        folded = start.casefold()
        if folded.startswith(TRACKBACK_STARTS):
            return "trackback"
        if folded.startswith(PINGBACK_STARTS):
            return "pingback"
    return "comment"


def _head_lines(
    text: str, spans: Sequence[tuple[int, int]], gaps: Sequence[int]
) -> tuple[int, list[HeadLine]]:
    """Return the index of the first line of the body, and what the lines before it say."""
    told: list[HeadLine] = []
    body = 0
    name: str | None = None
    for index in range(min(MOST_HEAD_LINES, len(spans) - 1)):
        start, end = spans[index]
        line = text[start : min(end, start + 200)]
        if told and _author(told) is not None and _posted_at(told) is not None:
            if not is_furniture(line):
                break
            body = index + 1
            continue
        head = read_head(line, opens_item=index == 0)
        if head is None:
            if told:
                if body == index and gaps[index] == 0 < gaps[index + 1] and _may_name(line, told):
                    told.append(HeadLine("says", line))
                    body = index + 1
                break
            subject = index == 0 and len(line) <= LONGEST_SUBJECT and gaps[1] > 0
            if index == 3 or not (subject or _may_name(line, told)):
                break
            name = name or (line if len(line) <= LONGEST_NAME_LINE else None)
        elif head.kind != "furniture":
            if told and gaps[index] > 0 and head.kind == "name_date":
                break
            told.append(head if name is None or head.author else with_name(head, name))
            body = index + 1
        elif told:
            body = index + 1
    return body, told


def _author(told: Sequence[HeadLine]) -> str | None:
    """Return the first writer that the lines of a head name."""
    for head in told:
        if head.author:
            return head.author
    return None


def _posted_at(told: Sequence[HeadLine]) -> str | None:
    """Return the first date that the lines of a head give."""
    for head in told:
        if head.posted_at:
            return head.posted_at
    return None


def _site_number(told: Sequence[HeadLine]) -> int | None:
    """Return the first number of the site's own that the lines of a head give."""
    for head in told:
        if head.site_number is not None:
            return head.site_number
    return None


def _may_name(line: str, told: Sequence[HeadLine]) -> bool:
    """Tell whether a line beside a head may be the writer's name, which is still missing."""
    if _author(told) is not None:
        return False
    if len(line) > LONGEST_NAME_LINE:
        return False
    return line[-1] not in ".!?…。" or INITIAL_AT_END.search(line) is not None


def _tail_lines(
    text: str, spans: Sequence[tuple[int, int]], first: int
) -> tuple[int, list[HeadLine]]:
    """Return the index of the last line of the body, and what the lines after it say."""
    told: list[HeadLine] = []
    last = len(spans) - 1
    while last > first:
        start, end = spans[last]
        if end - start > 200:
            break
        line = text[start:end]
        head = read_head(line)
        if head is None or not (
            head.kind in ("furniture", "date", "byline") or _is_signature(line, head)
        ):
            break
        if head.kind != "furniture":
            told.append(head)
        last -= 1
    return last, told


def _after_name(
    text: str, spans: Sequence[tuple[int, int]], gaps: Sequence[int], author: str
) -> int:
    """Return the index of the line after one that only repeats the writer's name, or 0."""
    wanted = author.casefold()
    for index, (start, end) in enumerate(spans):
        if gaps[index + 1] > 0 and text[start:end].casefold() == wanted:
            return index + 1
    return 0


def _is_signature(line: str, head: HeadLine) -> bool:
    """Tell whether a line is a writer and a date, and not a sentence that names a day."""
    return head.kind == "name_date" and ("|" in line or "#" in line)
