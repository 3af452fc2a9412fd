"""Write the queue and the files beside it so that no crash, full disk or second run loses work.

Everything is written under a temporary name, synced and only then renamed: at any moment there is
either the old file, whole, or the new one, whole.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
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

    def all(self) -> tuple[Path, Path, Path]:
        """The three paths."""
        return (self.queue, self.receipt, self.scores)

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
    if not queue.exists():
        raise UsageError(f"There is no queue at {queue}. 'moderation scan' writes one.")
    try:
        header, *body = _rows_of(queue.read_bytes()) or [[]]
    except (OSError, NotText, csv.Error) as error:
        raise UsageError(f"{queue} cannot be read as a queue: {_problem(error)}.") from error
    if not set(COLUMNS) <= set(header):
        raise UsageError(f"{queue} is not a queue of this tool: columns are missing.")
    return [dict(zip_longest(header, row[: len(header)], fillvalue="")) for row in body]


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Put several files in place together: all are on the disk before the first is renamed.

    Raises:
        OutputError: when the disk is full or a file cannot be written; nothing has changed then.
    """
    staged: dict[Path, Path] = {}
    replaced: dict[Path, Path | None] = {}
    path = next(iter(contents))
    try:
        for path, content in contents.items():
            staged[path] = _stage(path, content)
        for path, temporary in staged.items():
            replaced[path] = _set_aside(path)
            temporary.replace(path)
        for folder in {path.parent for path in contents}:
            _sync_folder(folder)
    except BaseException as error:  # also Ctrl-C: files that belong together stay together
        _put_back(replaced)
        if not isinstance(error, OSError):
            raise
        raise OutputError(
            f"Cannot write {path}: {error.strerror}. Nothing was changed. "
            "Close the file elsewhere, free some space, or choose another place with --output."
        ) from error
    finally:
        for temporary in [*staged.values(), *filter(None, replaced.values())]:
            temporary.unlink(missing_ok=True)


def _set_aside(path: Path) -> Path | None:
    """Keep a second name for a file that is about to be replaced; None where there is none."""
    if not path.exists():
        return None
    aside = path.with_name(f".{path.name}.{os.getpid()}.old.partial")
    aside.unlink(missing_ok=True)
    try:
        aside.hardlink_to(path)
    except OSError:
        if path.is_dir():
            raise
        shutil.copy2(path, aside)  # a file system without links
    return aside


def _put_back(replaced: Mapping[Path, Path | None]) -> None:
    for path, aside in replaced.items():
        if aside is not None:
            aside.replace(path)
        elif not path.is_dir():
            path.unlink(missing_ok=True)


def check_output(queue: Path) -> None:
    """Check that a queue may be written here.

    Raises:
        UsageError: when the folder does not exist or the path is not that of a file.
        OutputError: when the folder or the file cannot be written to.
        QueueExists: when a queue that people have worked on, or another file, stands there.
    """
    try:
        _check_place(queue)
        if queue.exists():
            _refuse_existing(queue)
    except OSError as error:
        raise OutputError(
            f"{queue} cannot be written: {error.strerror}. Choose another file with --output."
        ) from error


def _check_place(queue: Path) -> None:
    folder = queue.parent
    if not folder.is_dir():
        raise UsageError(
            f"The folder {folder} does not exist. Create it or choose another --output."
        )
    if queue.is_dir():
        raise UsageError(f"{queue} is a folder. Name a file with --output, such as queue.csv.")
    if queue.name == "-" or (queue.exists() and not queue.is_file()):
        raise UsageError(f"{queue} is no file. Name one with --output, such as queue.csv.")
    if not all(_is_writable(path) for path in (folder, queue) if path.exists()):
        raise OutputError(f"{queue} is not writable. Choose another file with --output.")


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _refuse_existing(queue: Path) -> None:
    """Refuse to replace anything but a queue that stands as a scan has written it."""
    content = queue.read_bytes()
    written = _hashes_in_receipt(queue)
    if not content or hashlib.sha256(content).hexdigest() in written:
        return
    try:
        header, *body = _rows_of(content) or [[]]
    except (NotText, csv.Error) as error:
        raise _kept(queue, f"cannot be read as a queue: {_problem(error)}") from error
    if "id" not in header or "decision" not in header:
        raise _kept(queue, "is not a queue of this tool")
    people = [index for index, name in enumerate(header) if name in REVIEWER_COLUMNS]
    decided = sum(any(cell.strip() for cell in _pick(row, people)) for row in body)
    if decided:
        rows = "1 row" if decided == 1 else f"{decided:,} rows"
        raise _kept(queue, f"holds {rows} that a person has worked on")
    if tuple(header) != COLUMNS or written:
        raise _kept(queue, "was changed since a scan wrote it")


def _kept(queue: Path, finding: str) -> QueueExists:
    return QueueExists(
        f"{queue} {finding}. It was left as it is. Choose another file with --output."
    )


def _hashes_in_receipt(queue: Path) -> set[str]:
    """The hashes of the queue as scans wrote it, if a receipt still lies beside it.

    The receipt is put in place just before the queue, and names the queue that it replaces too: a
    scan that is killed between the two leaves that one.
    """
    try:
        receipt = json.loads(QueuePaths.beside(queue).receipt.read_text(encoding="utf-8"))
        entry = receipt["files"][queue.name]
        return {entry["sha256"], entry.get("replaces")} - {None}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()


def _problem(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _rows_of(content: bytes) -> list[list[str]]:
    """A queue's rows, header first, whatever separator and encoding a spreadsheet chose."""
    text = decode(content).text.removeprefix("\ufeff")
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
    except OSError:
        temporary.unlink(missing_ok=True)
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
