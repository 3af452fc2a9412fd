"""The queue file as the desk writes it, and whether it may."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from moderation.review_desk.book import Book
from moderation.review_queue.decision_log import Log
from moderation.review_queue.locking import Stamp
from moderation.review_queue.older import older_queue
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.table_file import write_frame

if TYPE_CHECKING:
    import polars

_ROWS_AT_ONCE: Final = 2_000
"""Few enough that a decision never waits long for the processor."""


class StampedWriter:
    """Writes a frame, and remembers by what the file will be known."""

    def __init__(self, frame: polars.DataFrame, separator: str) -> None:
        self._frame = frame
        self._separator = separator
        self.stamp: Stamp | None = None

    def __call__(self, file: IO[bytes]) -> None:
        """Write it into a file that is open."""
        write_frame(self._frame, file, self._separator, _ROWS_AT_ONCE)
        file.flush()
        status = os.fstat(file.fileno())
        self.stamp = (status.st_mtime_ns, status.st_size, status.st_ino)


def made_safe(frame: polars.DataFrame, book: Book) -> polars.DataFrame:
    """Mark strangers' texts again that a spreadsheet would run, as every command does."""
    table = QueueTable(frame=frame.with_row_index(ROW), deleted=book.deleted)
    return older_queue(table, Log(), None).rest.select(frame.columns)


def why_read_only(queue: Path, log: Path) -> str:
    """Why decisions cannot be saved, in a sentence; empty where they can."""
    blocked = next((path for path in (queue.parent, queue, log) if not _is_writable(path)), None)
    if blocked is None:
        return ""
    return (
        f"Decisions cannot be saved: {blocked} cannot be written to. Copy the queue and the files "
        "beside it to a folder of your own, and open it there."
    )


def _is_writable(path: Path) -> bool:
    if not path.exists():
        return True
    needed = os.W_OK | os.X_OK if path.is_dir() else os.W_OK
    return os.access(path, needed, effective_ids=os.access in os.supports_effective_ids)
