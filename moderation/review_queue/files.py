"""Where a queue and the files beside it lie, and whether a queue may be written there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import OutputError, QueueExists, UsageError
from moderation.review_queue.reading import QueueTable, RowProblem, read_table

MOST_NAMED = 5
"""Damaged rows that a message names; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePaths:
    """The queue and the files that belong to it; without ``cache`` nothing but time is lost."""

    queue: Path
    receipt: Path
    scores: Path
    log: Path
    cache: Path

    def all(self) -> tuple[Path, ...]:
        """All paths, the queue first."""
        return (self.queue, self.receipt, self.scores, self.log, self.cache)

    def all_ever(self) -> tuple[Path, ...]:
        """All paths, and those at which a scan that was killed may leave something."""
        ends = ("-wal", "-shm", "-journal")
        cache = (self.cache.with_name(f"{self.cache.name}{end}") for end in ends)
        return (*self.all(), *cache)

    @classmethod
    def beside(cls, queue: Path) -> QueuePaths:
        """``queue.csv`` is joined by a receipt, the scores and the log of decisions.

        They are ``queue.receipt.json``, ``queue.scores.parquet`` and ``queue.decisions.jsonl``,
        with ``queue.cache.sqlite`` for what was scored before, and lie beside the file itself where
        the queue is a link to it.
        """
        queue = queue.resolve() if queue.is_symlink() else queue
        stem = queue.name.removesuffix(".csv")
        return cls(
            queue=queue,
            receipt=queue.with_name(f"{stem}.receipt.json"),
            scores=queue.with_name(f"{stem}.scores.parquet"),
            log=queue.with_name(f"{stem}.decisions.jsonl"),
            cache=queue.with_name(f"{stem}.cache.sqlite"),
        )


def whole_table(queue: Path) -> QueueTable | None:
    """Read a queue that is going to be written again; None where there is none yet.

    Raises:
        QueueExists: when another file stands there, or a queue of which a part cannot be read:
            writing it again would lose that part.
    """
    if not queue.exists() or not queue.stat().st_size:
        return None
    try:
        table = read_table(queue)
    except UsageError as error:
        raise QueueExists(f"{error} It was left as it is.") from error
    if table.problems:
        raise QueueExists(_damaged(queue, table.problems))
    return table


def check_output(queue: Path) -> None:
    """Check that a queue may be written here, or merged with the one that stands here.

    Raises:
        UsageError: when the folder does not exist or the path is not that of a file.
        OutputError: when the folder or the file cannot be written to.
        QueueExists: when another file stands there, or a queue that cannot be read whole.
    """
    try:
        _check_place(queue)
        whole_table(queue)
    except OSError as error:
        raise OutputError(
            f"{queue} cannot be written: {error.strerror}. Choose another file with --output."
        ) from error
    except QueueExists as error:
        raise QueueExists(f"{error} Or choose another file with --output.") from error


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


def _damaged(queue: Path, problems: tuple[RowProblem, ...]) -> str:
    named = "; ".join(f"row {one.row:,}: {one.problem}" for one in problems[:MOST_NAMED])
    more = f"; and {len(problems) - MOST_NAMED:,} more" if len(problems) > MOST_NAMED else ""
    rows = "A row" if len(problems) == 1 else f"{len(problems):,} rows"
    return (
        f"{rows} of {queue} cannot be read ({named}{more}). The queue was left as it is, since "
        "writing it again would lose what stands there. Mend it in an editor, take up a copy, "
        "or move it away and run 'moderation queue rebuild'."
    )
