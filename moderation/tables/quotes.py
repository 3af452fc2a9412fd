"""A CSV table whose last quotation mark is never closed: noticed, and read on without it.

The parser takes all that follows such a mark into one cell and says nothing. A line of our own
behind the last one tells: where it does not come out as a row of its own, quotes were open. The
lines of that row are then read anew with the mark as a character, so that the rows which it had
swallowed come back.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.files.dialects import Dialect

END = "\ufdd0"
"""A line behind the last one; no text holds this, which Unicode sets aside for programs."""

_MARK = "\ufdd1"
"""Stands for a quotation mark that means nothing to the parser."""


class WatchedLines:
    """Lines with one of our own behind the last; it remembers those of the row in hand."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.of_row: list[str] = []
        self.are_over = False
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        of_row = self.of_row
        for line in self._lines:
            of_row.append(line)
            yield line
        self.are_over = True
        yield END


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuote:
    """Quotes that are open at the end of the file.

    ``cells`` is their row, without what follows the line on which they open; ``line`` is the number
    of that line among those of the row, from 0, and ``rest`` are the lines behind it.
    """

    cells: list[str]
    line: int
    rest: Sequence[str]


def is_doubtful(dialect: Dialect, lines: Sequence[str]) -> bool:
    """Tell a row of several lines that a bare quotation mark inside quotes holds together.

    Quotes that are never closed go on to the next ones, and end there in the middle of a cell.
    """
    try:
        next(dialect.reader(iter(lines), strict=True), None)
    except csv.Error:
        return True
    return False


def without_end(cells: Sequence[str]) -> list[str]:
    """Take our own line out of the cell that swallowed it."""
    return [*cells[:-1], cells[-1].removesuffix(END)]


def open_quote(dialect: Dialect, lines: Sequence[str], last_cell: str) -> OpenQuote | None:
    """Find the quotes in which a row ends; None where it is not quotes that carried it on.

    ``lines`` are those of the row, ``last_cell`` is what became of their end.
    """
    ends = last_cell.count("\n") + (not lines[-1].endswith("\n"))
    place = len(lines) - ends
    if not 0 <= place < len(lines):
        return None
    before, line = lines[:place], lines[place]
    for column in reversed([at for at, mark in enumerate(line) if mark == '"']):
        starts_cell = column == 0 or line[column - 1] == dialect.delimiter
        if starts_cell and _is_outside(dialect, [*before, line[:column]]):
            mended = line[:column] + _MARK + line[column + 1 :]
            row = next(dialect.reader(iter([*before, mended])), [])
            cells = [cell.replace(_MARK, '"') for cell in row]
            return OpenQuote(cells=cells, line=place, rest=lines[place + 1 :])
    return None


def _is_outside(dialect: Dialect, lines: Sequence[str]) -> bool:
    return any(row == [END] for row in dialect.reader(iter([*lines, END])))
