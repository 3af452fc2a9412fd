"""How a table of plain text is written: its delimiter, its quotes, whether it has a header.

The standard library's parser is run over the beginning with each dialect that the first line
allows. What gives rows of one width, under a header of column names, is a table; saved pages have
blank lines and lines of all lengths, and are none.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from moderation.files.columns import KNOWN_NAMES, TEXT_NAMES, folded

DELIMITERS = (",", "\t", ";", "|")
TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab"})
LONGEST_HEADER_CELL = 64
MOST_CELLS = 2000
LEAST_FILLED = 0.8
"""Share of lines that are not blank; saved pages have more blank lines than that."""

Quoting = Literal["doubled", "backslash", "none"]
"""A quotation mark inside quotes is doubled, or has a backslash before; or none means anything."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*\n', re.IGNORECASE)
_VALUE = re.compile(r"[-+]?[\d.,:/ -]+|true|false|https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How to read a table of plain text.

    ``first_line`` is that of the header, from 0: Excel's ``sep=;`` may stand before it. Without a
    header, columns are called by their numbers.
    """

    delimiter: str
    quoting: Quoting = "doubled"
    first_line: int = 0
    header: bool = True

    def reader(self, lines: Iterator[str], *, strict: bool = False) -> Iterator[list[str]]:
        """Parse lines with the standard library's parser.

        With ``strict`` that raises `csv.Error` where a quotation mark inside quotes is a bare one.
        """
        if self.quoting == "none":
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        escape = "\\" if self.quoting == "backslash" else None
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            doublequote=escape is None,
            escapechar=escape,
            strict=strict,
        )


class _Signs(NamedTuple):
    """What speaks for a table: known names, rows of one width, no blank lines, the file's name."""

    known: int
    even: float
    dense: bool
    suffix: str
    tabs: bool


def find_dialect(text: str, *, whole: bool, suffix: str = "") -> Dialect | None:
    """Tell how a table is written from its beginning, or None when it is no table.

    ``whole`` says that the text is all there is; else its last row may be cut and is not judged.
    ``suffix`` decides where the content cannot: for tables of one column, and for those without
    any column name that is known.
    """
    separator = _SEPARATOR_LINE.match(text)
    first_line = 1 if separator else 0
    body = (text[separator.end() :] if separator else text).strip("\n") + "\n"
    header = body.partition("\n")[0]
    delimiters = [separator[1]] if separator else [mark for mark in DELIMITERS if mark in header]
    candidates = [
        (score, -place, dialect)
        for place, dialect in enumerate(_dialects(delimiters, body, first_line))
        if (score := _score(dialect, body, whole, sure=bool(separator), suffix=suffix))
    ]
    if candidates:
        return max(candidates, key=lambda candidate: candidate[:2])[2]
    return _one_column(body, whole, suffix)


def _dialects(delimiters: Sequence[str], body: str, first_line: int) -> Iterator[Dialect]:
    for delimiter in delimiters:
        for header in (True, False):
            common = Dialect(delimiter=delimiter, first_line=first_line, header=header)
            yield common
            if '\\"' in body:
                yield Dialect(
                    delimiter=delimiter, quoting="backslash", first_line=first_line, header=header
                )
            if delimiter == "\t" and '"' in body:
                yield Dialect(
                    delimiter=delimiter, quoting="none", first_line=first_line, header=header
                )


def _rows(dialect: Dialect, body: str, whole: bool) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(dialect.reader(line + "\n" for line in body.split("\n")[:-1]))
    except csv.Error:
        # What comes before a cell that never ends still tells how the table is written.
        return rows
    return rows if whole else rows[:-1]


def _score(dialect: Dialect, body: str, whole: bool, *, sure: bool, suffix: str) -> float:
    """Rate a reading of the text: 0 when it makes no table, else 1 and more for better ones."""
    rows = _rows(dialect, body, whole)
    filled = [row for row in rows if row]
    if not filled:
        return 0.0
    first, *data = filled
    width = len(first)
    if not 2 <= width <= MOST_CELLS or _is_header(first) != dialect.header:
        return 0.0
    judged = data if dialect.header else filled
    even = sum(len(row) == width for row in judged) / len(judged) if judged else 1.0
    known = sum(folded(cell) in KNOWN_NAMES for cell in first) if dialect.header else 0
    dense = len(filled) >= len(rows) * LEAST_FILLED
    signs = _Signs(known, even, dense, suffix, dialect.delimiter == "\t")
    enough = sure or _is_table(filled, signs)
    return even + width / 1e5 if enough else 0.0


def _is_table(rows: Sequence[Sequence[str]], signs: _Signs) -> bool:
    if signs.known >= 2:
        # Some exports end each row but the first with a delimiter, or leave off empty cells.
        return signs.even >= 0.4 or signs.suffix in TABLE_SUFFIXES
    if not signs.dense:
        return False
    if signs.known:
        return signs.even >= 0.9
    if signs.suffix in TABLE_SUFFIXES:
        return signs.even >= 0.9 and len(rows) >= 2
    return signs.even >= 0.98 and len(rows) >= 5 and (len(rows[0]) >= 3 or signs.tabs)


def _is_header(cells: Sequence[str]) -> bool:
    """Column names are short, different from each other, and neither numbers nor links."""
    names = [cell.strip() for cell in cells]
    # Frames that were saved with their index leave its name empty.
    named = names[1:] if names and not names[0] else names
    return (
        bool(named)
        and all(name and len(name) <= LONGEST_HEADER_CELL for name in named)
        and max(Counter(names).values()) == 1
        and not any(_VALUE.fullmatch(name) for name in named)
    )


def _one_column(body: str, whole: bool, suffix: str) -> Dialect | None:
    """A name for text above lines that are quoted, or in a file that is called a table."""
    dialect = Dialect(delimiter=",")
    first, _, rest = body.partition("\n")
    if folded(first) not in TEXT_NAMES or len(first) > LONGEST_HEADER_CELL or not rest.strip():
        return None
    lines = [line for line in rest.split("\n") if line]
    if suffix in TABLE_SUFFIXES or (rest.startswith('"') and lines[-1].endswith('"') and whole):
        return dialect
    return None
