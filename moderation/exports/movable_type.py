"""Movable Type's export, plain text that many other systems write too (TypePad, Hatena, Livedoor).

Entries end with eight dashes, their parts with five. A part begins with its name and a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.exports.plain import plain_text
from moderation.exports.records import Event, ExportedComment, Post, PostEnd
from moderation.records import CommentKind
from moderation.tables.lines import text_lines
from moderation.tables.rows import LONGEST_CELL, BrokenOff, Notes

_ENTRY_END = "--------"
_PART_END = "-----"
_PARTS: dict[str, CommentKind] = {"COMMENT:": "comment", "PING:": "trackback"}
_PART_NAME = re.compile(r"[A-Z][A-Z ]{2,20}:")
MOST_LINES = 100_000
"""Lines of a comment; more are no comment but a file that has lost its form."""

_FIELDS = frozenset("AUTHOR EMAIL IP URL DATE TITLE".split()) | {"BLOG NAME"}


def movable_type_events(blocks: Iterator[str], notes: Notes) -> Iterator[Event]:
    """Read entries and their comments in the order of the file."""
    entry = _Entry(1)
    part: list[str] = []
    first_line = 1
    length = 0
    for number, line in enumerate(text_lines(blocks), 1):
        bare = line.rstrip()
        if bare not in {_PART_END, _ENTRY_END}:
            part.append(line.rstrip("\n"))
            length += len(line)
            if length > LONGEST_CELL:
                raise BrokenOff(f"the part that begins on line {first_line:,} has no end")
            continue
        yield from entry.events(part, first_line)
        part, first_line, length = [], number + 1, 0
        if bare == _ENTRY_END:
            yield from entry.end()
            entry = _Entry(entry.number + 1)
    yield from entry.events(part, first_line)
    yield from entry.end()


@dataclass(slots=True)
class _Part:
    """A comment that may go on: people write lines of dashes too."""

    kind: CommentKind
    line: int
    lines: list[str]


class _Entry:
    """One entry as it is read: its parts come before its comments."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._fields: dict[str, str] = {}
        self._body: list[str] = []
        self._post_id = ""
        self._held: _Part | None = None

    def events(self, part: Sequence[str], line: int) -> Iterator[Event]:
        """Take a part; give the comment before it, and before the first the post."""
        blank = next((place for place, text in enumerate(part) if text.strip()), len(part))
        lines, line = list(part[blank:]), line + blank
        if not lines:
            return
        name = lines[0].strip()
        if not _PART_NAME.fullmatch(name) and self._held is not None:
            self._hold_more(part)
            return
        yield from self._release()
        if name in _PARTS:
            self._held = _Part(_PARTS[name], line, lines[1:])
        elif not self._fields:
            self._fields = _fields(lines)
        elif name in {"BODY:", "EXTENDED BODY:"}:
            self._body += lines[1:]

    def end(self) -> Iterator[Event]:
        """Say that the entry is over, unless there was none."""
        yield from self._release()
        if self._fields or self._post_id:
            yield from self._begin()
            yield PostEnd(id=self._post_id)

    def _hold_more(self, part: Sequence[str]) -> None:
        assert self._held is not None
        self._held.lines += [_PART_END, *part]
        if len(self._held.lines) > MOST_LINES:
            raise BrokenOff(f"the comment that begins on line {self._held.line:,} has no end")

    def _release(self) -> Iterator[Event]:
        held, self._held = self._held, None
        if held is not None:
            yield from self._begin()
            yield _comment(held, self._post_id)

    def _begin(self) -> Iterator[Event]:
        if self._post_id:
            return
        names = ("UNIQUE URL", "PERMALINK", "BASENAME", "URL")
        named = next((self._fields[name] for name in names if self._fields.get(name)), "")
        title, date = self._fields.get("TITLE", ""), self._fields.get("DATE", "")
        self._post_id = named or " ".join(filter(None, (date, title))) or f"entry {self.number}"
        yield Post(
            id=self._post_id,
            title=title,
            link=named if "/" in named else "",
            text=plain_text("\n".join(self._body), keep_lines=True),
        )


def _fields(lines: Sequence[str]) -> dict[str, str]:
    """Read lines of the form 'NAME: value' from the top."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.isupper():
            break
        fields.setdefault(name.strip(), value.strip())
    return fields


def _comment(part: _Part, post_id: str) -> ExportedComment:
    fields: dict[str, str] = {}
    # A comment may begin with a word in capitals and a colon; only the names that are known count.
    for text in part.lines:
        name, colon, value = text.partition(":")
        if not colon or name not in _FIELDS or name in fields:
            break
        fields[name] = value.strip()
    return ExportedComment(
        post_id=post_id,
        author=fields.get("AUTHOR", "") or fields.get("BLOG NAME", ""),
        posted_at=fields.get("DATE", ""),
        text=plain_text("\n".join(part.lines[len(fields) :]), keep_lines=True),
        kind=part.kind,
        line=part.line,
    )
