"""Write the queue and the files beside it so that no crash, full disk or second run loses work.

Everything is written under a temporary name, synced and only then renamed: at any moment there is
either the old file, whole, or the new one, whole.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from moderation.encoding import NotText, decode
from moderation.errors import OutputError, QueueExists, UsageError
from moderation.review_queue.columns import COLUMNS, REVIEWER_COLUMNS
from moderation.review_queue.rows import QueueRow


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePaths:
    """The queue and the two files that belong to it."""

    queue: Path
    receipt: Path
    scores: Path

    @classmethod
    def beside(cls, queue: Path) -> QueuePaths:
        """``queue.csv`` is joined by ``queue.receipt.json`` and ``queue.scores.parquet``."""
        stem = queue.name.removesuffix(".csv")
        return cls(
            queue=queue,
            receipt=queue.with_name(f"{stem}.receipt.json"),
            scores=queue.with_name(f"{stem}.scores.parquet"),
        )


def queue_bytes(rows: Iterable[QueueRow]) -> bytes:
    """The queue as RFC 4180 CSV in UTF-8 with a byte-order mark, which Excel needs to see."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells() for row in rows)
    return text.getvalue().encode("utf-8-sig")


def read_queue(queue: Path) -> list[dict[str, str]]:
    """Read a queue back, also one that a spreadsheet saved its own way: a dictionary each row.

    Cells are given as they stand in the file; `cells.from_cell` gives the comment's own text.

    Raises:
        UsageError: when the file cannot be read or is not a queue.
    """
    try:
        header, *body = _existing_rows(queue) or [[]]
    except (OSError, NotText, csv.Error) as error:
        raise UsageError(f"{queue} cannot be read as a queue: {_problem(error)}.") from error
    if not set(COLUMNS) <= set(header):
        raise UsageError(f"{queue} is not a queue of this tool: columns are missing.")
    return [dict(zip_longest(header, row[: len(header)], fillvalue="")) for row in body]


def write_queue(contents: Mapping[Path, bytes]) -> None:
    """Put several files in place together: all are on the disk before the first is renamed.

    Raises:
        OutputError: when the disk is full or a file cannot be written; nothing has changed then.
    """
    staged: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            staged[path] = _stage(path, content)
        for path, temporary in staged.items():
            temporary.replace(path)
            _sync_folder(path.parent)
    except OSError as error:
        raise OutputError(
            f"Cannot write {error.filename or next(iter(contents))}: {error.strerror}. "
            "Nothing was changed. Free some space or choose another place with --output."
        ) from error
    finally:
        for temporary in staged.values():
            temporary.unlink(missing_ok=True)


def refuse_to_lose_decisions(queue: Path) -> None:
    """Check that a queue may be written here.

    Raises:
        UsageError: when the folder does not exist or the path is a folder.
        OutputError: when the folder cannot be written to.
        QueueExists: when a queue with decisions, or another file, stands there.
    """
    folder = queue.parent
    if not folder.is_dir():
        raise UsageError(
            f"The folder {folder} does not exist. Create it or choose another --output."
        )
    if queue.is_dir():
        raise UsageError(f"{queue} is a folder. Name a file with --output, such as queue.csv.")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"The folder {folder} is not writable. Choose another with --output.")
    if queue.exists():
        _refuse_existing(queue)


def _refuse_existing(queue: Path) -> None:
    try:
        rows = _existing_rows(queue)
    except (OSError, NotText, csv.Error) as error:
        raise QueueExists(
            f"{queue} exists and cannot be read as a queue: {_problem(error)}. "
            "It was left as it is. Choose another file with --output."
        ) from error
    if not rows:
        return
    if "id" not in rows[0] or "decision" not in rows[0]:
        raise QueueExists(
            f"{queue} exists and is not a queue of this tool. It was left as it is. "
            "Choose another file with --output."
        )
    header, *body = rows
    people = [index for index, name in enumerate(header) if name in REVIEWER_COLUMNS]
    decided = sum(any(cell.strip() for cell in _pick(row, people)) for row in body)
    if decided:
        raise QueueExists(
            f"{queue} holds {decided} row{'s' if decided != 1 else ''} that a person has worked "
            "on. It was left as it is. Choose another file with --output."
        )


def _problem(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _existing_rows(queue: Path) -> list[list[str]]:
    """The file's rows, header first, whatever separator and encoding a spreadsheet chose."""
    text = decode(queue.read_bytes()).text.removeprefix("\ufeff")
    first_line = text.partition("\n")[0]
    separator = max(",;\t", key=first_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [row for row in rows if any(row)]


def _pick(row: list[str], indexes: list[int]) -> list[str]:
    return [row[index] for index in indexes if index < len(row)]


def _stage(path: Path, content: bytes) -> Path:
    """Write next to ``path``, since a rename is atomic only within one file system."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode_of(path))
    except OSError as error:
        temporary.unlink(missing_ok=True)
        error.filename = str(path)
        raise
    return temporary


def _mode_of(path: Path) -> int:
    """Keep an existing file's permissions; give a new one what the user's umask allows."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
