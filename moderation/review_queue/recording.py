"""Take up what people wrote into a queue: into the log first, then into the queue itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, overload

from moderation import __version__
from moderation.errors import OutputError, UsageError
from moderation.review_queue.account import MergeAccount
from moderation.review_queue.columns import SCANNED_COLUMNS
from moderation.review_queue.decision_log import Log, append, histories, outcome, read_log
from moderation.review_queue.files import QueuePaths, whole_table
from moderation.review_queue.locking import Stamp, locked, opened_elsewhere, stamp
from moderation.review_queue.merging import Merged, record
from moderation.review_queue.older import OlderQueue, older_queue
from moderation.review_queue.reading import QueueTable
from moderation.review_queue.settling import Recorder
from moderation.review_queue.table_file import HashedWriter
from moderation.review_queue.verdict_words import UNDO
from moderation.review_queue.writing import Content, write_together

if TYPE_CHECKING:
    import polars

Result = TypeVar("Result")

TOOL = f"moderation {__version__}"

ATTEMPTS = 5
"""How often a write starts again because somebody saved the queue meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecisions:
    """What a command did to a queue: where it lies, what changed, what people should know."""

    paths: QueuePaths
    account: MergeAccount
    warnings: tuple[str, ...] = ()


class SavedMeanwhile(Exception):
    """Somebody saved the queue after it was read: it must be read again."""


def record_decisions(queue: Path) -> RecordedDecisions:
    """Read a queue, take its decisions into the log, fan them out, and write the queue again.

    Rows keep their order. Recording the same again changes nothing.

    Raises:
        UsageError: when there is no queue.
        QueueExists: when it is no queue, or a part of it cannot be read; nothing has changed then.
        OutputError: when something cannot be written; the queue is then as it was.
    """
    paths = existing(queue)
    with locked(paths.queue):
        return rewritten(paths, now_recorder)


def take_back(queue: Path, ids: Collection[str], reviewer: str = "") -> RecordedDecisions:
    """Take decisions back, by the comments' ids; what people wrote besides is recorded too.

    Raises:
        UsageError: when there is no queue, or one of the ids has no decision of its own there.
        QueueExists: when it is no queue, or a part of it cannot be read; nothing has changed then.
        OutputError: when something cannot be written; the queue is then as it was.
    """
    paths = existing(queue)
    with locked(paths.queue):
        rewritten(paths, now_recorder)
        _require_decided(paths, ids)
        return rewritten(
            paths,
            lambda policy: now_recorder(policy, reviewer),
            lambda table: _with_undo(table, ids),
        )


def existing(queue: Path) -> QueuePaths:
    """The files of a queue that is there.

    Raises:
        UsageError: when there is none.
    """
    paths = QueuePaths.beside(queue)
    if not paths.queue.exists():
        raise UsageError(
            f"There is no queue at {queue}. 'moderation scan' writes one; 'moderation queue "
            "rebuild' makes it anew from the log and the scores beside it."
        )
    return paths


def rewritten(
    paths: QueuePaths,
    recorder_of: Callable[[str], Recorder],
    edited: Callable[[QueueTable], QueueTable] = lambda table: table,
) -> RecordedDecisions:
    """Record what stands in the queue, and write it again; the caller holds the lock.

    ``recorder_of`` makes a recorder for a policy; ``edited`` may change the rows that were read.

    Raises:
        QueueExists: when a part of the queue cannot be read; nothing has changed then.
        OutputError: when something cannot be written; the queue is then as it was.
    """

    def attempt() -> RecordedDecisions:
        read_at = stamp(paths.queue)
        table, log = whole_table(paths.queue), read_log(paths.log)
        if table is None:
            raise UsageError(f"{paths.queue} is empty. 'moderation queue rebuild' fills it again.")
        old = older_queue(edited(table), log, None)
        warnings = warnings_of(paths, old.remarks, log)
        policy = policy_of(read_receipt(paths.receipt))
        merged = record(old, log, recorder_of(policy), grouping=near_duplicates, policy=policy)
        # A column that was deleted stays so: written again, it would say that nothing was found.
        frame = merged.frame.drop(old.deleted.intersection(SCANNED_COLUMNS))
        kept = keep_guessed(paths.queue, old)
        put_in_place(paths, merged, HashedWriter(frame, old.separator), read_at)
        return RecordedDecisions(paths=paths, account=merged.account, warnings=(*warnings, *kept))

    return again_if_saved(paths.queue, attempt)


def keep_guessed(queue: Path, old: OlderQueue) -> tuple[str, ...]:
    """Keep a copy of a file whose letters may have been misread, and say where.

    Raises:
        OutputError: when the copy cannot be written.
    """
    if not old.is_guessed or not queue.exists():
        return ()
    content = queue.read_bytes()
    name = f"{queue.stem}.as-saved-{hashlib.sha256(content).hexdigest()[:8]}{queue.suffix}"
    copy = queue.with_name(name)
    if not copy.exists():
        write_together({copy: content})
    return (f"The file as it was saved is kept as {copy.name}.",)


def now_recorder(
    policy: str, reviewer: str = "", *, cleared_is_taken_back: bool = True
) -> Recorder:
    """Record with this tool, now."""
    return Recorder(
        now=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        tool=TOOL,
        policy=policy,
        reviewer=reviewer,
        cleared_is_taken_back=cleared_is_taken_back,
    )


def policy_of(receipt: Mapping[str, Any]) -> str:
    """Name the policy of a receipt as the queue does; empty where it does not say."""
    try:
        policy = receipt["settings"]["policy"]
        return f"policy {policy['name']} {policy['version']}"
    except (LookupError, TypeError):
        return ""


def read_receipt(path: Path) -> dict[str, Any]:
    """Read the receipt beside a queue; empty where there is none that can be read."""
    try:
        receipt = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return receipt if isinstance(receipt, dict) else {}


def warnings_of(paths: QueuePaths, remarks: Sequence[str], log: Log) -> tuple[str, ...]:
    """What people should know of the queue and its log before they rely on them.

    ``remarks`` are those of the reader, about what it put right.
    """
    damaged = [
        f"Line {one.line:,} of {paths.log.name}: {one.problem}. The other lines count."
        for one in log.damaged
    ]
    return tuple(filter(None, (opened_elsewhere(paths.queue), *remarks, *damaged)))


def near_duplicates(ids: polars.Series, texts: polars.Series) -> Mapping[str, str]:
    """The groups of near-duplicates, by id; imported when there are rows to compare."""
    from moderation.review_queue import groups  # noqa: PLC0415

    return groups.near_duplicates(_Cells(ids), _Cells(texts))


class _Cells(Sequence[str]):
    """A column as a sequence of texts that are made when asked for: a list would hold them all."""

    def __init__(self, column: polars.Series) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, index: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> str | list[str]:
        if isinstance(index, slice):
            return self._column[index].to_list()
        text: str = self._column[operator.index(index)]
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._column)


def put_in_place(
    paths: QueuePaths,
    merged: Merged,
    writer: HashedWriter,
    read_at: Stamp | None,
    others: Mapping[Path, Content] | None = None,
) -> None:
    """Write the log, then the files beside the queue, and last the queue.

    ``others`` are those files; what they hold is made after ``writer`` has written.

    Raises:
        SavedMeanwhile: when the queue is not the one that was read at ``read_at``.
        OutputError: when something cannot be written; the queue is then as it was.
    """

    def require_unchanged() -> None:
        if stamp(paths.queue) != read_at:
            raise SavedMeanwhile

    require_unchanged()
    append(paths.log, merged.entries, like=paths.queue)
    write_together({paths.queue: writer, **(others or {})}, require_unchanged)


def again_if_saved(queue: Path, attempt: Callable[[], Result]) -> Result:
    """Do something to a queue, anew whenever somebody saves it meanwhile.

    Raises:
        OutputError: when it is saved again and again.
    """
    for _ in range(ATTEMPTS):
        with contextlib.suppress(SavedMeanwhile):
            return attempt()
    raise OutputError(
        f"{queue} is being saved again and again by another program. Nothing was changed. "
        "Close it there and try again."
    )


def _require_decided(paths: QueuePaths, ids: Collection[str]) -> None:
    known = histories(read_log(paths.log).entries)
    table = whole_table(paths.queue)
    rows = set(table.frame["id"]) if table is not None else set()
    for name in ids:
        if name not in rows:
            raise UsageError(f"{paths.queue} has no row with the id {name}.")
        if not outcome(known.get(name, ())):
            raise UsageError(
                f"Nobody has decided on {name} itself, so there is nothing to take back. Where its "
                "row follows another one, 'decided_with' names that one."
            )


def _with_undo(table: QueueTable, ids: Collection[str]) -> QueueTable:
    import polars  # noqa: PLC0415

    chosen = polars.col("id").is_in(list(ids))
    new = {"decision": UNDO, "decided_under": "", "reviewer": ""}
    frame = table.frame.with_columns(
        polars.when(chosen).then(polars.lit(text)).otherwise(polars.col(name)).alias(name)
        for name, text in new.items()
    )
    return replace(table, frame=frame)
