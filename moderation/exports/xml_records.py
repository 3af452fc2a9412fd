"""XML of any size as records: the few elements that are wanted, each whole, one after the other.

Read by Expat, which comes with Python. A document may declare no entities, so that none can grow or
fetch anything; elements may nest, and a record may grow, only so far.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from moderation.tables.rows import BrokenOff, Notes

MOST_DEPTH = 200
LONGEST_RECORD = 32_000_000
"""Characters; a post of that length was not written by anybody. Comments inside it do not count."""

ELEMENT_COST = 100
"""Characters that an element counts for itself: even an empty one takes memory."""

MOST_JUNK = 64
"""Characters behind the end, or before the beginning, that are stray and no second document."""

# Characters that XML does not know at all; old exports are full of them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BEFORE_XML = re.compile(r"[^<]{1,64}(?=<)")


class Element:
    """An element of a record, with what stands in it but for other records."""

    __slots__ = ("attributes", "children", "line", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.children: list[Element] = []
        self.pieces: list[str] = []

    def child(self, name: str) -> Element | None:
        """The first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def text_of(self, *names: str) -> str:
        """The text of the first child that has any, of these names in this order, without edges."""
        for name in names:
            for child in self.children:
                if child.name == name and (text := "".join(child.pieces).strip()):
                    return text
        return ""


class Record(NamedTuple):
    """An element that was asked for, and the record around it, as far as that is read."""

    element: Element
    inside: Element | None


def records(blocks: Iterator[str], wanted: frozenset[str], notes: Notes) -> Iterator[Record]:
    """Give the elements of the wanted names, each when it ends.

    Raises:
        BrokenOff: where it is no XML any more, declares entities, nests too deep or grows too long;
            with the line. All records before were given.
    """
    reader = _Reader(wanted)
    forbidden = 0
    for block in _from_the_beginning(blocks, reader, notes):
        clean, found = _FORBIDDEN.subn("\N{REPLACEMENT CHARACTER}", block)
        forbidden += found
        problem = reader.read(clean)
        yield from reader.taken()
        if problem is not None and not _is_stray(problem, reader, clean, blocks, notes):
            raise problem
        if problem is not None:
            break
    else:
        problem = reader.read("", final=True)
        yield from reader.taken()
        if problem is not None:
            raise problem
    if forbidden:
        notes.sentences.append(
            f"{forbidden:,} control characters, which XML does not allow, are shown as "
            "\N{REPLACEMENT CHARACTER}"
        )


class _Reader:
    """Expat with an eye on limits."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._records: deque[Record] = deque()
        self._open: list[Element] = []
        self._open_records: list[Element] = []
        self._lengths: list[int] = []  # of the open records, each without those inside it
        self._depth = 0
        self.root = ""
        self.ended = False
        self.lines_before = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = 65_536
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def read(self, text: str, *, final: bool = False) -> BrokenOff | None:
        """Parse a piece; give what is wrong with it, if anything is."""
        try:
            self._parser.Parse(text, final)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            if final:
                what = "the file ends too early"
            return BrokenOff(f"line {error.lineno + self.lines_before:,} is no XML: {what}")
        except BrokenOff as error:
            return error
        return None

    def taken(self) -> Iterator[Record]:
        """Give the records that have come."""
        while self._records:
            yield self._records.popleft()

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber + self.lines_before

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise BrokenOff(f"line {self._line:,}: elements are nested more than {MOST_DEPTH} deep")
        if name in self._wanted:
            element = Element(name, attributes, self._line)
            self._open_records.append(element)
            self._lengths.append(0)
            self._open.append(element)
        elif self._open:
            element = Element(name, attributes, self._line)
            self._open[-1].children.append(element)
            self._open.append(element)
        else:
            return
        self._grow(ELEMENT_COST + sum(map(len, attributes.values())))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.ended = self._depth == 0
        if not self._open:
            return
        element = self._open.pop()
        if self._open_records and element is self._open_records[-1]:
            self._open_records.pop()
            self._lengths.pop()
            inside = self._open_records[-1] if self._open_records else None
            self._records.append(Record(element, inside))

    def _characters(self, text: str) -> None:
        if self._open:
            self._grow(len(text))
            self._open[-1].pieces.append(text)

    def _grow(self, characters: int) -> None:
        self._lengths[-1] += characters
        if self._lengths[-1] > LONGEST_RECORD:
            raise BrokenOff(
                f"line {self._line:,}: an element is longer than {LONGEST_RECORD:,} characters"
            )

    def _entity(self, name: str, *_: object) -> None:
        raise BrokenOff(
            f"line {self._line:,} declares an entity ({name!r}); entities are not expanded, since "
            "they can be made to grow without end"
        )


def _from_the_beginning(blocks: Iterator[str], reader: _Reader, notes: Notes) -> Iterator[str]:
    """Leave out what stands before the first bracket, as plug-ins and editors put it there."""
    first = next(blocks, "").lstrip("\ufeff")
    before = _BEFORE_XML.match(first)
    if before:
        reader.lines_before = before[0].count("\n")
        if before[0].strip():
            notes.sentences.append(f"{before[0].strip()!r} before the beginning was left out")
        first = first[before.end() :]
    yield first
    yield from blocks


def _is_stray(
    problem: BrokenOff, reader: _Reader, block: str, blocks: Iterator[str], notes: Notes
) -> bool:
    """Tell a few characters behind the end from a file that is broken."""
    if not reader.ended:
        return False
    before, end, rest = block.partition(f"</{reader.root}>")
    behind = (rest if end else before) + next(blocks, "")
    if len(behind) > MOST_JUNK:
        return False
    notes.sentences.append(f"{behind.strip()!r} behind the end was left out")
    return True
