"""A queue and its log, read from the disk; what another program made of them, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from moderation.errors import UsageError
from moderation.review_desk.book import CHANGING, Book
from moderation.review_desk.log_history import LogHistory
from moderation.review_queue.decision_log import LogEntry, read_log
from moderation.review_queue.files import QueuePaths, whole_table
from moderation.review_queue.locking import Stamp, stamp
from moderation.review_queue.merging import record
from moderation.review_queue.older import OlderQueue, older_queue
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.recording import near_duplicates, now_recorder

if TYPE_CHECKING:
    pass

_NEEDED: Final = frozenset((*CHANGING, "group"))
"""A file without one of these is settled as a whole: single rows do not tell what was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Queue and log as they were at one moment.

    ``older`` and ``entries`` are there where the file was so odd that it was settled as a whole:
    the entries are to be written into the log, and the rows into the file.
    """

    book: Book
    history: LogHistory
    read_at: Stamp | None
    remarks: tuple[str, ...]
    older: OlderQueue | None = None
    entries: tuple[LogEntry, ...] = ()


def read_files(paths: QueuePaths, policy: str) -> Reading:
    """Read the queue, and then the log, so that the log has what the queue has.

    Raises:
        QueueExists: when a part of the queue cannot be read.
        UsageError: when it is empty, or the log cannot be read.
    """
    read_at = stamp(paths.queue)
    table = whole_table(paths.queue)
    if table is None:
        raise UsageError(f"{paths.queue} is empty. 'moderation queue rebuild' fills it again.")
    history = LogHistory(paths.log)
    if _is_odd(table):
        return _settled_whole(paths, table, history, read_at, policy)
    return Reading(book=Book(table), history=history, read_at=read_at, remarks=table.remarks)


def _is_odd(table: QueueTable) -> bool:
    """Whether single rows do not tell what a spreadsheet did to the file."""
    is_doubled = bool(table.frame["id"].is_duplicated().any())
    return bool(table.deleted & _NEEDED) or table.is_guessed or is_doubled


def _settled_whole(
    paths: QueuePaths, table: QueueTable, history: LogHistory, read_at: Stamp | None, policy: str
) -> Reading:
    """Settle a file that a spreadsheet changed beyond single rows, as recording it would."""
    log = read_log(paths.log)
    old = older_queue(table, log, None)
    grouped = table.frame.filter(table.frame["group"] != "")
    known = dict(grouped.select("id", "group").iter_rows())
    merged = record(
        old,
        log,
        now_recorder(policy),
        grouping=near_duplicates if "group" in table.deleted else lambda *_: known,
        policy=policy,
    )
    numbered = merged.frame.with_row_index(ROW, offset=2)
    return Reading(
        book=Book(replace(table, frame=numbered)),
        history=history,
        read_at=read_at,
        remarks=table.remarks,
        older=old,
        entries=merged.entries,
    )


def standing_differently(before: Book, now: Book) -> list[str]:
    """The comments on which a decision or a note is another one, but for those that follow."""
    import polars  # noqa: PLC0415 - half of the start-up time

    columns = ("id", "decision", "note", "decided_with")
    old, new = before.whole().select(columns), now.whole().select(columns)
    both = new.join(old, on="id", suffix="_before")
    other = (polars.col("decision") != polars.col("decision_before")) | (
        polars.col("note") != polars.col("note_before")
    )
    own = (polars.col("decided_with") == "") | (polars.col("decided_with_before") == "")
    found: list[str] = both.filter(other & own)["id"].to_list()
    return found


def taken_up(name: str, different: int, added: int, missing: int) -> str:
    """Say what was found in a file that another program wrote."""
    parts = [
        (different, "decided or noted differently"),
        (added, "new"),
        (missing, "not in it any more"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    return f"{name} was changed by another program, and this was taken up. Rows: {told}."
