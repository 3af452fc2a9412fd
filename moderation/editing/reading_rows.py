"""A term table read past its mistakes: every row that can be had, and a remark on every other.

The lexicon refuses a table at its first mistake. An editor wants all of them in one go, so that
here a broken row is noted and the next one is read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from moderation.editing.looking_up import near_terms
from moderation.encoding import NotText, decode
from moderation.errors import LexiconError
from moderation.lexicon.tables import COLUMNS, Row

OWN_COLUMNS = (*COLUMNS, "language")
"""The columns that a desk's own table may have."""

_MOST_BROKEN_ROWS = 1_000
"""A file with more of them is no table; reading on would only take time."""
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabulators", "|": "bars"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that is wrong with a table, and where it stands.

    ``line`` is the line of the file, as an editor counts (from 1), 0 for the file as a whole;
    ``column`` the column's name and ``column_number`` its place in the row (from 1), where the
    remark is about one cell.
    """

    line: int
    what: str
    column: str = ""
    column_number: int | None = None

    @property
    def place(self) -> str:
        """The place in words."""
        line = f"line {self.line}" if self.line else "the file"
        return f"{line}, column '{self.column}'{self._number()}" if self.column else line

    @property
    def sentence(self) -> str:
        """What is wrong, with the stop that a sentence needs."""
        return self.what if self.what.endswith("?") else f"{self.what}."

    def _number(self) -> str:
        return "" if self.column_number is None else f" ({self.column_number})"


class Complaint(LexiconError):
    """A remark on its way out of a check that raises."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(f"{remark.place}: {remark.sentence}")
        self.remark = remark


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRow(Row):
    """A row that knows where its columns stand, and complains of its cells with their place."""

    header: tuple[str, ...]

    def error(self, column: str, what: str) -> Complaint:
        """The complaint about one of its cells, to be raised."""
        return Complaint(self.remark(column, what))

    def remark(self, column: str, what: str) -> Remark:
        """The same, to be noted."""
        number = self.header.index(column) + 1 if column in self.header else None
        return Remark(line=self.line, column=column, column_number=number, what=what)


@dataclass(slots=True, kw_only=True)
class TableRows:
    """What could be read of a table, and what is wrong with the rest."""

    header: tuple[str, ...] = ()
    rows: list[PlacedRow] = field(default_factory=list)
    mistakes: list[Remark] = field(default_factory=list)


def read_rows(data: bytes, name: str) -> TableRows:
    """Read the bytes of a table, whatever they are."""
    table = TableRows()
    text = _text(data, table.mistakes)
    if text is not None:
        lines = list(io.StringIO(text, newline=""))
        delimiter = _delimiter(lines)
        for line, cells in _cells(lines, delimiter, table.mistakes):
            if not table.header:
                table.header = _read_header(cells, line, delimiter, table.mistakes)
                if "term" not in table.header:
                    return table
            elif row := _read_row(cells, line, name, table):
                table.rows.append(row)
        if not table.header:
            what = "it is empty; its first line must name the columns"
            table.mistakes.append(Remark(line=0, what=what))
    return table


def _text(data: bytes, mistakes: list[Remark]) -> str | None:
    """The text of a table; in another encoding than the lexicon reads, that is noted."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = error.start
    try:
        decoded = decode(data)
    except NotText as error:
        mistakes.append(Remark(line=0, what=f"{error}; a term table is a CSV file in UTF-8"))
        return None
    is_wide = decoded.encoding.startswith("utf-") and decoded.encoding != "utf-8"
    found = f"it is in {decoded.encoding.upper()}" if is_wide else f"byte {byte} is not UTF-8"
    what = f"{found}; save it as 'CSV UTF-8' and try again"
    mistakes.append(Remark(line=0 if is_wide else line, what=what))
    return decoded.text


def _delimiter(lines: Sequence[str]) -> str:
    """What stands between the cells of the first line that has any; a comma, if all is well."""
    head = next((line for line in lines if line.strip()), "")
    return max((",", *_OTHER_DELIMITERS), key=lambda sign: _columns_between(sign, head))


def _columns_between(delimiter: str, head: str) -> int:
    return sum(cell.strip().strip('"') in OWN_COLUMNS for cell in head.split(delimiter))


def _cells(
    lines: Sequence[str], delimiter: str, mistakes: list[Remark]
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row with the line on which it begins; what is no row is noted.

    After a row that cannot be read the next line is taken for a new row: a quotation mark that is
    never closed must not hide the rest of the table.
    """
    begins, broken = 0, 0
    while begins < len(lines) and broken < _MOST_BROKEN_ROWS:
        reader = csv.reader(iter(lines[begins:]), delimiter=delimiter, strict=True)
        start = begins
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield begins + 1, cells
                begins = start + reader.line_num
        except csv.Error as error:
            broken += 1
            what = _csv_mistake(error, lines_swallowed=start + reader.line_num - begins)
            mistakes.append(Remark(line=begins + 1, what=what))
            begins += 1
    if broken == _MOST_BROKEN_ROWS:
        what = f"{broken:,} rows are broken; the lines after this one were not read"
        mistakes.append(Remark(line=begins, what=what))


def _csv_mistake(error: csv.Error, lines_swallowed: int) -> str:
    if lines_swallowed > 1 or "end of data" in str(error):
        return "this is not a CSV row: a quotation mark is opened here and not closed"
    if "expected after" in str(error):
        return (
            "this is not a CSV row: something follows a closing quotation mark;"
            " inside a cell write the mark twice"
        )
    return f"this is not a CSV row: {error}"


def _read_header(
    cells: Sequence[str], line: int, delimiter: str, mistakes: list[Remark]
) -> tuple[str, ...]:
    header = tuple(cell.strip() for cell in cells)
    if delimiter != ",":
        what = (
            f"its cells are parted by {_OTHER_DELIMITERS[delimiter]};"
            " save it with commas ('CSV UTF-8, comma delimited')"
        )
        mistakes.append(Remark(line=line, what=what))
    # Where no name at all is known, the first line is no head, and one remark says it.
    for place, column in enumerate(header if set(header) & set(OWN_COLUMNS) else ()):
        at = Remark(line=line, column=column, column_number=place + 1, what="")
        if not column:
            mistakes.append(replace(at, what=f"the column {place + 1} has no name"))
        elif column not in OWN_COLUMNS:
            mistakes.append(replace(at, what=f"there is no such column{_suggestion(column)}"))
        elif column in header[:place]:
            mistakes.append(replace(at, what="it stands there twice"))
    if "term" not in header:
        what = "it is missing; no row can be read without it. The first line must name the columns"
        mistakes.append(Remark(line=line, column="term", what=what))
    return header


def _suggestion(column: str) -> str:
    near = near_terms(OWN_COLUMNS, column)
    return f"; did you mean '{near[0]}'?" if near else f". Known: {', '.join(OWN_COLUMNS)}"


def _read_row(cells: Sequence[str], line: int, name: str, table: TableRows) -> PlacedRow | None:
    if len(cells) != len(table.header):
        what = (
            f"{len(cells)} cells where the head has {len(table.header)} columns;"
            " a comma inside a cell needs quotation marks around the cell"
        )
        table.mistakes.append(Remark(line=line, what=what))
        return None
    return PlacedRow(
        file=name,
        line=line,
        cells={key: cell.strip() for key, cell in zip(table.header, cells, strict=True)},
        header=table.header,
    )
