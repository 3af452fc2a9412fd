"""What the readers of the kinds of tables have in common: rows, notes, and the way they break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

LONGEST_CELL = 4_000_000
"""Characters; where a cell or a line is longer, a quotation mark or a bracket was left open."""

SAMPLE_ROWS = 200
"""Rows that are looked at to tell what the columns hold."""

MOST_NAMED = 10
"""Places that a warning names; the others are counted."""


class BrokenOff(Exception):
    """A file that cannot be read on from some place; the message names it."""


class Row(NamedTuple):
    """A row of a table: its line in the file, or its number, and the cells that are wanted.

    ``key`` and ``parent_key`` tie a reply to the row inside which it stood, ``article`` names the
    article inside which both stood; all three are empty but in nested JSON. ``list_name`` is that
    of the list in which it stood, where several lists of one file are read.
    """

    line: int
    cells: Sequence[str]
    key: str = ""
    parent_key: str = ""
    article: str = ""
    list_name: str = ""


class Notes:
    """What a reader noticed on its way: things counted with their places, and sentences."""

    def __init__(self, place: str, noun: str = "row") -> None:
        self.encoding = "utf-8"
        self.sentences: list[str] = []
        self._place = place
        self._noun = noun
        self._counts: dict[str, int] = {}
        self._places: dict[str, list[int]] = {}
        self._losses: dict[str, None] = {}

    def lose(self, what: str, place: int) -> None:
        """Count one that was not read, or not whole: what stood there nobody has looked at."""
        self.count(what, place)
        self._losses[what] = None

    def losses(self) -> str:
        """Say what was not read, or not whole; nothing where all was."""
        return "; ".join(self._counted(what) for what in self._losses)

    def count(self, what: str, place: int) -> None:
        """Count one; ``what`` follows '3 rows'."""
        self._counts[what] = self._counts.get(what, 0) + 1
        places = self._places.setdefault(what, [])
        if len(places) < MOST_NAMED:
            places.append(place)

    def warnings(self) -> tuple[str, ...]:
        """Say all of it, a sentence each."""
        return (*self.sentences, *(self._counted(what) for what in self._counts))

    def _counted(self, what: str) -> str:
        count, places = self._counts[what], self._places[what]
        shown = ", ".join(f"{place:,}" for place in places)
        more = ", …" if count > len(places) else ""
        noun = self._noun if count == 1 else f"{self._noun}s"
        places_word = self._place if count == 1 else f"{self._place}s"
        return f"{count:,} {noun} {what} ({places_word} {shown}{more})"


def of_the_file(warnings: Iterable[str], documents: int) -> tuple[str, ...]:
    """Say of warnings that one of several documents carries that they are about the whole file."""
    said = filter(None, warnings)
    return tuple(f"in the whole file: {warning}" for warning in said) if documents > 1 else (*said,)


class Table(Protocol):
    """A table that is open."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""

    @property
    def sample(self) -> Sequence[Sequence[str]]:
        """The first rows, each with a cell for every column."""

    @property
    def description(self) -> str:
        """How the table is written."""

    @property
    def place(self) -> str:
        """What its rows are found by: 'line' or 'row'."""

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows, with the cells of the columns at these positions, in this order.

        The first of them is the text's.

        Raises:
            BrokenOff: where the table cannot be read on.
            OSError: where the disk fails, or compressed data breaks off.
        """
