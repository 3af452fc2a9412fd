"""The quick way to read a queue that is written exactly as this tool writes it.

polars parses it many rows at a time, and what it read is trusted only where writing it again gives
the same bytes and no row has anything that the careful way would look at twice. Whatever is unusual
is left to the careful way (`csv_rows`), which then reads the file from its beginning: the quick way
never reads anything differently, it only declines.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final

from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.csv_rows import SEPARATORS, names_of, our_name
from moderation.review_queue.file_text import FileText
from moderation.review_queue.table_file import write_frame

if TYPE_CHECKING:
    import polars

_MARK: Final = b"\xef\xbb\xbf"
_LINE_END: Final = b"\r\n"
_BLOCK: Final = 4 << 20
"""Bytes that are parsed together: a large file is never in memory as text."""

_AT_ONCE: Final = 2
"""Blocks that are parsed beside one another: polars does most of it without Python."""

_LONGEST_HEADER: Final = 1 << 16
_LONGEST_CELL: Final = 100_000
"""Bytes; well below what the careful way calls damage."""

_MOST_LINES: Final = 1_000
"""Line ends of a cell; the careful way gives up a row with 40,000 lines."""

_WHOLE_ID: Final = r"\Ac[0-9a-f]{16}\z"
_ROW_IN_CELL: Final = r"\n[^\n0-9A-Za-z]*[cC][0-9a-fA-F]{16}"
"""A line of a cell that might be another row, which a lost quotation mark put there."""


class _Unusual(Exception):
    """The file is not written as this tool writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickRead:
    """A queue that was read: text columns, `COLUMNS` first, and the file's separator."""

    frame: polars.DataFrame
    separator: str


def quick_read(file: BinaryIO, text: FileText) -> QuickRead | None:
    """Read a queue; None where the careful way has to. The file is at its beginning afterwards."""
    if text.encoding != "utf-8-sig" or text.has_damage:
        return None
    try:
        return _read(file)
    except _Unusual:
        return None
    finally:
        file.seek(0)


def _read(file: BinaryIO) -> QuickRead:
    import polars  # noqa: PLC0415 - half of a command's start-up time

    line = file.readline(_LONGEST_HEADER)
    names, separator = _header(line)
    frames: list[polars.DataFrame] = []
    blocks = _blocks(file)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while group := list(islice(blocks, _AT_ONCE)):
            frames += pool.map(lambda block: _parsed(line, block, names, separator), group)
    if not frames:
        raise _Unusual
    return QuickRead(frame=polars.concat(frames, rechunk=False), separator=separator)


def _header(line: bytes) -> tuple[tuple[str, ...], str]:
    """The names of the columns, ours first, and what separates them."""
    if not line.startswith(_MARK + b"id") or not line.endswith(_LINE_END):
        raise _Unusual
    header = line.removeprefix(_MARK).removesuffix(_LINE_END).decode("utf-8")
    separator = header[2:3]
    cells = header.split(separator) if separator and separator in SEPARATORS else []
    names = names_of(cells)
    is_plain = not set('"\r\n').intersection(header) and list(names) == cells
    if not is_plain or names[: len(COLUMNS)] != COLUMNS or not _are_own(names[len(COLUMNS) :]):
        raise _Unusual
    return names, separator


def _are_own(names: Iterable[str]) -> bool:
    """Whether people's columns need no other names than those that they have."""
    from moderation.review_queue.reading import (  # noqa: PLC0415 - it imports this file
        NO_NAME,
        unique_names,
    )

    given = [*COLUMNS, *names]
    is_ours = any(our_name(name) in COLUMNS for name in given[len(COLUMNS) :])
    is_no_name = any(name.startswith(NO_NAME) for name in given)
    return all(given) and not is_ours and not is_no_name and unique_names(given) == given


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The rows, some megabytes at a time; a block ends where a row ends."""
    rest = b""
    while read := file.read(_BLOCK):
        whole, end, rest = (rest + read).rpartition(_LINE_END)
        if end:
            yield whole + end
    if rest:
        raise _Unusual


def _parsed(
    header: bytes, block: bytes, names: tuple[str, ...], separator: str
) -> polars.DataFrame:
    import polars  # noqa: PLC0415

    try:
        frame = polars.read_csv(
            block,
            has_header=False,
            separator=separator,
            schema=dict.fromkeys(names, polars.String),
            empty_string_is_null=False,
        )
    except polars.exceptions.PolarsError as error:
        raise _Unusual from error
    # A carriage return within a cell would be a line end for the careful way.
    if block.count(b"\r") != frame.height or not frame["id"].str.contains(_WHOLE_ID).all():
        raise _Unusual
    if any(_is_unusual(column) for column in frame.iter_columns()):
        raise _Unusual
    _require_same(frame, separator, header + block)
    return frame


def _is_unusual(column: polars.Series) -> bool:
    """Whether a cell is so long, or has such lines, that the careful way must judge it."""
    longest = column.str.len_bytes().max()
    if column.null_count() or not isinstance(longest, int) or longest > _LONGEST_CELL:
        return True
    if not longest or not column.str.contains("\n", literal=True).any():
        return False
    lines = column.str.count_matches("\n", literal=True).max()
    is_long = not isinstance(lines, int) or lines > _MOST_LINES
    return is_long or bool(column.str.contains(_ROW_IN_CELL).any())


def _require_same(frame: polars.DataFrame, separator: str, expected: bytes) -> None:
    """Hold what was read against the bytes that it came from, by writing it again."""
    written = _Comparing(expected)
    write_frame(frame, written, separator)  # type: ignore[arg-type]
    if not written.is_same or written.place != len(expected):
        raise _Unusual


class _Comparing(io.RawIOBase):
    """A file that keeps nothing, but whether what was written is what was expected."""

    def __init__(self, expected: bytes) -> None:
        self._expected = expected
        self.place = 0
        self.is_same = True

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.is_same = self.is_same and self._expected.startswith(data, self.place)
        self.place += len(data)
        return len(data)
