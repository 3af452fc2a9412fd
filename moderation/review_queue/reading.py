"""Read a queue back, whatever a spreadsheet made of it, and name what could not be read."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from moderation.encoding import NotText
from moderation.errors import UsageError
from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.csv_rows import (
    SEPARATORS,
    Damage,
    Header,
    Repairs,
    RowReader,
    Section,
    find_header,
    our_name,
)
from moderation.review_queue.file_text import FileText, lines_of, recognise
from moderation.review_queue.quick_reading import quick_read

if TYPE_CHECKING:
    import polars

ROW: Final = "_row"
"""The frame's last column: the row's number as a spreadsheet shows it. It is never written."""

NO_NAME: Final = "no name"
"""The name of a column that people filled without naming it."""

_LONGEST_READ: Final = 131_072
"""Characters of a cell; a longer one is damage, since a spreadsheet holds 32,767."""

_NEEDED_BY_A_MERGE: Final = ("_rank", "_start")
"""Names that a person's own column cannot keep."""

_LINES_TO_HEADER: Final = 200
_MOST_SHOWN: Final = 80
_ROWS_NAMED: Final = 5


class NotAQueue(ValueError):
    """Text, but not that of a queue; the message continues a sentence about the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A row that could not be read, and why.

    ``row`` is its number as the spreadsheet shows it (the header is 1), ``line`` that of its first
    line in the file, ``problem`` a clause that says what is wrong and what was decided there.
    """

    row: int
    line: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTable:
    """A queue as it was read.

    ``frame`` holds text only: `COLUMNS` first and complete (a missing one is empty), then people's
    own columns in the order of the file, then the Int64 column `ROW`. Cells stand as they are in
    the file (`cells.from_cell` gives the text), but for the ids, which are made whole. Two rows
    with one id are both there. ``problems`` names the damaged rows, which are left out.
    ``remarks`` are sentences about what was put right on the way. ``separator`` and ``encoding``
    are those of the file. ``deleted`` are the columns of ours that it lacks: an empty cell there
    says nothing. ``is_guessed`` when letters may have been misread, so that the file as it was is
    worth keeping.
    """

    frame: polars.DataFrame
    problems: tuple[RowProblem, ...] = ()
    remarks: tuple[str, ...] = ()
    separator: str = ","
    encoding: str = "utf-8-sig"
    deleted: frozenset[str] = frozenset()
    is_guessed: bool = False


def read_table(path: Path) -> QueueTable:
    """Read a queue, also one that a spreadsheet saved its own way.

    Raises:
        UsageError: when there is no file, it cannot be read, or it is no queue.
    """
    if not path.exists():
        raise UsageError(f"There is no queue at {path}. 'moderation scan' writes one.")
    try:
        with path.open("rb") as file, _usual_limit():
            return _table_of(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (NotText, NotAQueue) as error:
        raise UsageError(f"{path} {error}.") from error


@contextmanager
def _usual_limit() -> Iterator[None]:
    """Hold the csv module's limit for a cell: it is one for the whole process, and others move it.

    Without it, a lost quotation mark could swallow the rest of a file into one cell.
    """
    before = csv.field_size_limit(_LONGEST_READ)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _table_of(file: BinaryIO) -> QueueTable:
    text = recognise(file)
    return _quickly(file, text) or _carefully(file, text)


def _quickly(file: BinaryIO, text: FileText) -> QueueTable | None:
    """Read a file that is just as it was written; None for any other."""
    import polars  # noqa: PLC0415

    quick = quick_read(file, text)
    if quick is None:
        return None
    numbers = polars.int_range(2, quick.frame.height + 2, dtype=polars.Int64, eager=True)
    frame = quick.frame.with_columns(numbers.alias(ROW))
    return QueueTable(frame=frame, separator=quick.separator, encoding=text.encoding)


def _carefully(file: BinaryIO, text: FileText) -> QueueTable:
    lines = lines_of(file, text)
    first_lines = list(itertools.islice(lines, _LINES_TO_HEADER))
    found = find_header(first_lines)
    if found is None:
        raise NotAQueue(_why_no_queue(first_lines))
    header, at_line, at_row = found
    rest = itertools.chain(first_lines[at_line:], lines)
    reader = RowReader(rest, header, at_line, at_row, text.has_damage)
    headers = [header]
    frame = _frame_of(_noting_headers(reader.sections(), headers))
    if frame.is_empty() and not reader.damages and not first_lines[at_line - 1].endswith("\n"):
        raise NotAQueue("ends within its header; the rest of it was lost when it was saved or sent")
    return QueueTable(
        frame=frame,
        problems=tuple(map(_problem, reader.damages)),
        remarks=tuple(_remarks(text, reader.repairs, header)),
        separator=header.separator if header.separator in SEPARATORS else ",",
        encoding=text.encoding,
        deleted=frozenset(name for one in headers for name in COLUMNS if name not in one.names),
        is_guessed=bool(text.remark or reader.repairs.unreadable),
    )


def _noting_headers(sections: Iterable[Section], headers: list[Header]) -> Iterator[Section]:
    for section in sections:
        headers.append(section.header)
        yield section


def _why_no_queue(first_lines: list[str]) -> str:
    begin = " ".join("".join(first_lines[:1]).split())
    shown = begin if len(begin) <= _MOST_SHOWN else f"{begin[:_MOST_SHOWN]} …"
    return (
        "is not a queue of this tool, or its first row is damaged: no row names the columns 'id' "
        f"and 'decision'. It begins '{shown}'. Put the names back, or give another file"
    )


def _problem(damage: Damage) -> RowProblem:
    lines = f" (lines {damage.line:,} to {damage.last_line:,} of the file)"
    where = lines if damage.last_line > damage.line else ""
    return RowProblem(row=damage.row, line=damage.line, problem=damage.problem + where)


def _frame_of(sections: Iterable[Section]) -> polars.DataFrame:
    """The rows of all sections, one below the other; cells that are all empty take no memory."""
    import polars  # noqa: PLC0415

    chunks: dict[str, list[polars.Series]] = {name: [] for name in (*COLUMNS, ROW)}
    blanks: list[polars.Series] = []
    for section in sections:
        columns = _columns_of(section)
        blank = polars.repeat("", len(section.rows), dtype=polars.String, eager=True)
        for name in [name for name in columns if name not in chunks]:
            chunks[name] = list(blanks)
        blanks.append(blank)
        for name, series in chunks.items():
            series.append(columns.get(name, blank))
    whole = {name: polars.concat(series, rechunk=False) for name, series in chunks.items()}
    own = [name for name in whole if name not in COLUMNS and name != ROW]
    return polars.DataFrame({name: whole[name] for name in (*COLUMNS, *own, ROW)})


def _columns_of(section: Section) -> dict[str, polars.Series]:
    """The columns that hold anything, and those that only have a name."""
    import polars  # noqa: PLC0415

    columns = {}
    names = unique_names(section.header.names)
    for name, cells in zip(names, zip(*section.rows, strict=True), strict=False):
        if any(cells) or not (name in COLUMNS or name.startswith(NO_NAME)):
            columns[name] = polars.Series(cells, dtype=polars.String)
    columns[ROW] = polars.Series(section.numbers, dtype=polars.Int64)
    return columns


def unique_names(names: Iterable[str]) -> list[str]:
    """Each column's name, told apart where two columns have one: ``colour``, ``colour (2)``."""
    given: set[str] = {ROW, *_NEEDED_BY_A_MERGE}
    unique = []
    for name in (name or NO_NAME for name in names):
        candidates = (name if count == 1 else f"{name} ({count})" for count in itertools.count(1))
        unique.append(next(one for one in candidates if one not in given))
        given.add(unique[-1])
    return unique


def _remarks(text: FileText, repairs: Repairs, header: Header) -> Iterator[str]:
    """Say what was put right on the way."""
    if text.remark:
        yield text.remark
    for name in _named_twice(header):
        yield (
            f"Two columns are named '{name}'. The first was read; the other is kept as it stands."
        )
    for rows, found in (
        (repairs.headers, "the header stands there once more, and was passed over"),
        (repairs.other_separator, "another separator is used there, and was understood"),
        (repairs.split, "the next row stood on the same line, and was put on its own"),
        (repairs.short, "cells are missing at the end, and were taken as empty"),
        (repairs.unreadable, "some characters could not be read, and are shown as \ufffd"),
    ):
        if rows:
            yield f"{_rows_named(rows)}: {found}."


def _named_twice(header: Header) -> list[str]:
    ours = [name for name in map(our_name, header.names) if name in COLUMNS]
    return [name for name in dict.fromkeys(ours) if ours.count(name) > 1]


def _rows_named(rows: Sequence[int]) -> str:
    shown = ", ".join(f"{row:,}" for row in rows[:_ROWS_NAMED])
    more = f" and {len(rows) - _ROWS_NAMED:,} more" if len(rows) > _ROWS_NAMED else ""
    return f"{'Row' if len(rows) == 1 else 'Rows'} {shown}{more}"
