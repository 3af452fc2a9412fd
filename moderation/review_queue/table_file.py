"""Write a queue's rows as the CSV file that spreadsheets open."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING

from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.rows import QueueRow

if TYPE_CHECKING:
    import polars

ROWS_AT_ONCE = 20_000
"""Rows that are turned into text together: a queue of a million is never in memory as text."""


def frame_of(rows: Iterable[QueueRow]) -> polars.DataFrame:
    """Put rows into a frame of `COLUMNS`, all text, in the order given."""
    import polars  # noqa: PLC0415 - half of a command's start-up time

    cells = [row.cells() for row in rows]
    return polars.DataFrame(cells, schema=dict.fromkeys(COLUMNS, polars.String), orient="row")


def write_frame(
    frame: polars.DataFrame,
    file: IO[bytes],
    separator: str = ",",
    rows_at_once: int = ROWS_AT_ONCE,
) -> None:
    """Write RFC 4180 CSV in UTF-8 with a byte-order mark, which Excel needs to see."""
    import polars  # noqa: PLC0415

    for number, rows in enumerate(frame.iter_slices(rows_at_once) if len(frame) else [frame]):
        cells = rows.with_columns(
            polars.when(polars.all() != "").then(polars.all()).name.keep()  # else polars writes ""
        )
        cells.write_csv(
            file,
            include_bom=number == 0,
            include_header=number == 0,
            separator=separator,
            line_terminator="\r\n",
        )


def queue_bytes(rows: Iterable[QueueRow]) -> bytes:
    """The queue's file as a scan writes it where there was none."""
    file = io.BytesIO()
    write_frame(frame_of(rows), file)
    return file.getvalue()


class HashedContent:
    """Writes what a function writes, and remembers the SHA-256 of it."""

    def __init__(self, write: Callable[[IO[bytes]], None]) -> None:
        """Take the function that is to write into a file."""
        self._write = write
        self.sha256 = ""

    def __call__(self, file: IO[bytes]) -> None:
        """Write it into a file that is open.

        Raises:
            OSError: when that fails, also where a library made another error of it.
        """
        hashing = _HashingFile(file.write)
        try:
            self._write(hashing)  # type: ignore[arg-type]
        except Exception as error:
            if hashing.problem is not None:
                raise hashing.problem from error
            raise
        self.sha256 = hashing.digest.hexdigest()


class HashedWriter(HashedContent):
    """Writes a frame as a queue, and remembers the SHA-256 of what was written."""

    def __init__(self, frame: polars.DataFrame, separator: str) -> None:
        """Take a frame of text, and what stands between its cells."""
        super().__init__(lambda file: write_frame(frame, file, separator))


class _HashingFile(io.RawIOBase):
    def __init__(self, write: Callable[[bytes], int]) -> None:
        self._write = write
        self.digest = hashlib.sha256()
        self.problem: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        try:
            return self._write(data)
        except OSError as error:
            self.problem = error
            raise
