"""Rows of CSV and TSV files, read with the standard library's parser."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from moderation.encoding import StreamDecoder
from moderation.files import OpenedFile
from moderation.files.dialects import Dialect, find_dialect
from moderation.tables.lines import text_blocks, text_lines
from moderation.tables.quotes import END, WatchedLines, is_doubtful, open_quote, without_end
from moderation.tables.rows import LONGEST_CELL, SAMPLE_ROWS, BrokenOff, Notes, Row

TAKEN_AT_ONCE = 500
"""Rows that are parsed while the parser's limit, one for the whole process, is held."""

_DOUBTFUL = (
    "of several lines with a bare quotation mark inside quotes: one before may never have been "
    "closed, and several rows may have been read as one"
)
_DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class DelimitedTable:
    """A CSV or TSV file."""

    place = "line"

    def __init__(self, opened: OpenedFile) -> None:
        self._opened = opened
        whole = opened.look.whole
        text = StreamDecoder().decode(opened.look.head, final=whole)
        dialect = find_dialect(text, whole=whole, suffix=opened.suffix)
        self._dialect = dialect or Dialect(delimiter=",")
        rows = _first_rows(self._dialect, text, whole)
        header = self._dialect.header
        first = rows[0] if rows else []
        self.columns = tuple(first) if header else tuple(map(str, range(1, len(first) + 1)))
        self.sample = rows[1 : SAMPLE_ROWS + 1] if header else rows[:SAMPLE_ROWS]
        delimiter = _DELIMITER_NAMES.get(self._dialect.delimiter, repr(self._dialect.delimiter))
        self.description = f"delimiter: {delimiter}" + (
            "" if header else "; no header, so columns are called by their numbers"
        )

    def rows(self, wanted: Sequence[int], notes: Notes) -> Iterator[Row]:
        """Read all rows."""
        decoder = StreamDecoder()
        lines = text_lines(_without_nulls(text_blocks(self._opened, decoder), notes))
        parsed = _parsed(self._dialect, lines, notes)
        if self._dialect.header:
            next(parsed, None)
        try:
            for line, cells in parsed:
                yield Row(line, self._wanted(cells, wanted, line, notes))
        finally:
            notes.encoding = decoder.encoding
            if decoder.warning:
                notes.sentences.append(decoder.warning)

    def _wanted(
        self, cells: list[str], wanted: Sequence[int], line: int, notes: Notes
    ) -> Sequence[str]:
        width = len(self.columns)
        if len(cells) == width:
            return [cells[place] for place in wanted]
        if len(cells) < width:
            notes.count("with fewer cells than the table has columns", line)
            return [cells[place] if place < len(cells) else "" for place in wanted]
        if wanted[0] == width - 1:
            # The text stands last and without quotes: what follows its delimiters is text too.
            cells = [*cells[: width - 1], self._dialect.delimiter.join(cells[width - 1 :])]
        else:
            # Half of the text may stand in another column, where nobody looks for it.
            count = notes.lose if any(map(str.strip, cells[width:])) else notes.count
            count("with more cells than the table has columns, so some may be shifted", line)
        return [cells[place] for place in wanted]


def _first_rows(dialect: Dialect, text: str, whole: bool) -> list[list[str]]:
    lines = [line + "\n" for line in text.split("\n")]
    rows: list[list[str]] = []
    try:
        rows.extend(cells for _, cells in _parsed(dialect, iter(lines)))
    except BrokenOff:
        return rows
    # Where the file goes on, the last row may be cut.
    return rows if whole or len(rows) < 2 else rows[:-1]


def _without_nulls(blocks: Iterator[str], notes: Notes) -> Iterator[str]:
    """Show zero bytes as what they are, damage; older parsers stop at them."""
    told = False
    for block in blocks:
        if "\0" in block:
            if not told:
                notes.sentences.append("zero bytes are shown as \N{REPLACEMENT CHARACTER}")
            told = True
            yield block.replace("\0", "\N{REPLACEMENT CHARACTER}")
        else:
            yield block


def _parsed(
    dialect: Dialect, lines: Iterator[str], notes: Notes | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Give each row that is not blank with the number of its first line.

    Raises:
        BrokenOff: where a cell grows without end; the message names the line where it began.
    """
    for _ in islice(lines, dialect.first_line):
        pass
    watched = WatchedLines(lines)
    parser = dialect.reader(iter(watched))
    start = dialect.first_line + 1
    width = 0
    problem: Exception | None = None
    more = True
    while more:
        taken, problem = _take(dialect, parser, watched)
        more = len(taken) == TAKEN_AT_ONCE and problem is None
        for cells, last_line, is_odd in taken:
            if is_odd and notes is not None:
                notes.count(_DOUBTFUL, start)
            if cells and cells[-1].endswith(END):
                yield from _to_the_end(dialect, cells, watched.of_row, start, width, notes)
            elif cells:
                width = width or len(cells)
                yield start, cells
            start = dialect.first_line + last_line + 1
    if isinstance(problem, csv.Error):
        raise BrokenOff(
            f"the row that begins on line {start:,} cannot be read ({problem}); a quotation mark "
            "may be missing there"
        ) from problem
    if problem is not None:
        raise problem


def _take(
    dialect: Dialect, parser: Iterator[list[str]], watched: WatchedLines
) -> tuple[list[tuple[list[str], int, bool]], Exception | None]:
    """Parse some rows, each with the number of its last line, and whether its quotes are doubtful;
    a problem comes after them.
    """
    taken: list[tuple[list[str], int, bool]] = []
    try:
        with _roomy_cells():
            for cells in islice(parser, TAKEN_AT_ONCE):
                lines = watched.of_row
                is_odd = len(lines) > 1 and not watched.are_over and is_doubtful(dialect, lines)
                taken.append((cells, parser.line_num, is_odd))  # type: ignore[attr-defined]
                if not watched.are_over:
                    lines.clear()
    except (csv.Error, BrokenOff, OSError) as error:
        return taken, error
    return taken, None


def _to_the_end(  # noqa: PLR0913, PLR0917 - the state of `_parsed` at the file's end
    dialect: Dialect,
    cells: list[str],
    lines: Sequence[str],
    start: int,
    width: int,
    notes: Notes | None,
) -> Iterator[tuple[int, list[str]]]:
    """Give the rows out of one that went on to the file's end, as quotes that are open do.

    Where most lines behind the quotation mark are whole rows, it was a character, and they are
    rows. Else the file was cut off inside a comment of several lines, which stays one.
    """
    whole = without_end(cells)
    if not any(whole):
        return
    found = open_quote(dialect, lines, whole[-1])
    if found is None:
        yield start, whole
        return
    line = start + found.line
    rows = list(_parsed(replace(dialect, first_line=0), iter(found.rest), notes))
    even = sum(len(row) == width for _, row in rows)
    said = f"the quotation mark that opens on line {line:,} is never closed"
    if even * 2 > len(rows):
        counted = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
        said += f"; it was taken as a character, and what stands behind it as {counted}"
        yield start, found.cells
        yield from ((line + number, row) for number, row in rows)
    else:
        said += "; all from there to the end of the file is one cell"
        yield start, whole
    if notes is not None:
        notes.sentences.append(said)


@contextmanager
def _roomy_cells() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
