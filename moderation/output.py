"""Put a pass's results on the disk: into the queue that stands there, with all that belongs to it.

What people wrote into the queue is taken into its log first. Then queue, receipt and scores are
written together, all or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from moderation.rebuilding import lost_table
from moderation.review_queue import MergeAccount, QueuePaths, QueueRow, check_output, frame_of
from moderation.review_queue.decision_log import Log, read_log
from moderation.review_queue.extent import Extent
from moderation.review_queue.files import whole_table
from moderation.review_queue.locking import locked, stamp
from moderation.review_queue.merging import START, FoundRows, Merged, merge, worked_on
from moderation.review_queue.older import OlderQueue, older_queue
from moderation.review_queue.recording import (
    again_if_saved,
    keep_guessed,
    near_duplicates,
    now_recorder,
    policy_of,
    put_in_place,
    read_receipt,
    warnings_of,
)
from moderation.review_queue.table_file import HashedWriter
from moderation.review_queue.writing import Content
from moderation.scores import Scores, read_scores, scores_bytes

if TYPE_CHECKING:
    import polars

    from moderation.pipeline import ScanResult


PATIENCE = 600.0
"""Seconds that a finished scan waits for another command: hours of work hang on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a pass's files are, what it changed in the queue, and the receipt as it was written."""

    paths: QueuePaths
    account: MergeAccount
    warnings: tuple[str, ...]
    receipt: Mapping[str, Any] = field(repr=False)


def check_results(queue: Path) -> None:
    """Check before a pass that its results can be written.

    Raises:
        UsageError: when the folder does not exist, the path is not that of a file, or the scores
            beside the queue cannot be read.
        OutputError: when the folder or the file cannot be written to.
        QueueExists: when another file stands there, or a queue that cannot be read whole.
    """
    paths = QueuePaths.beside(queue)
    check_output(paths.queue)
    if paths.scores.exists() and (paths.queue.exists() or paths.log.exists()):
        read_scores(paths.scores)


def earlier_sample(queue: Path) -> int:
    """How many comments the last scan into this queue was asked to put there unflagged."""
    return _Sample.of(read_receipt(QueuePaths.beside(queue).receipt)).asked


def write_results(result: ScanResult, queue: Path) -> Written:
    """Write the files of a pass, merged with what stands there.

    Raises:
        QueueExists: when another file stands there, or a queue that cannot be read whole.
        UsageError: when the scores beside the queue cannot be read.
        OutputError: when something cannot be written; the queue is then as it was.
    """
    paths = QueuePaths.beside(queue)
    check_output(paths.queue)
    with locked(paths.queue, PATIENCE):
        return again_if_saved(paths.queue, lambda: _write(result, paths))


def _write(result: ScanResult, paths: QueuePaths) -> Written:
    import polars  # noqa: PLC0415

    read_at = stamp(paths.queue)
    ids = [one.scored.comment.id for one in result.judged]
    earlier = _Earlier.at(paths, polars.Series(ids, dtype=polars.String))
    warnings = warnings_of(paths, [*earlier.queue.remarks, *_fewer(earlier)], earlier.log)
    extent = _extent(result, earlier)
    sample = _Sample.drawn(result, earlier, extent)
    merged = _merge(result, earlier, extent, sample)
    warnings = (*warnings, *keep_guessed(paths.queue, earlier.queue))
    carried = _carried_over(earlier, extent, merged.frame["id"])
    writer = HashedWriter(merged.frame, earlier.queue.separator)
    scores = scores_bytes(
        ((one.scored, one.verdict) for one in result.judged), result.labels, carried
    )
    account = result.receipt.as_json() | {
        **({"audit_sample": sample.as_json(result, carried)} if sample.asked else {}),
        "merge": merged.account.as_json(),
        "scores_carried_over": 0 if carried is None else carried.height,
        "finished_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    receipt: dict[str, Any] = {}

    def write_receipt(file: IO[bytes]) -> None:
        hashes = {paths.queue.name: writer.sha256, paths.scores.name: _hash(scores)}
        receipt.update(account)
        receipt["files"] = {name: {"sha256": sha256} for name, sha256 in hashes.items()}
        file.write(json.dumps(receipt, ensure_ascii=False, indent=2).encode() + b"\n")

    others: dict[Path, Content] = {paths.receipt: write_receipt, paths.scores: scores}
    put_in_place(paths, merged, writer, read_at, others)
    return Written(paths=paths, account=merged.account, warnings=warnings, receipt=receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What stands where a pass is to be written: all of it may be missing."""

    queue: OlderQueue
    log: Log
    scores: Scores | None
    receipt: Mapping[str, Any]
    seen: polars.Series

    @classmethod
    def at(cls, paths: QueuePaths, seen: polars.Series) -> _Earlier:
        """Read it. A queue that is lost is made again from the scores, if its log is there."""
        table, log = whole_table(paths.queue), read_log(paths.log)
        receipt = read_receipt(paths.receipt)
        has_past = table is not None or log.entries
        scores = read_scores(paths.scores) if has_past and paths.scores.exists() else None
        if table is None and scores is not None:
            table = lost_table(scores, log, receipt)
        queue = older_queue(table, log, seen)
        return cls(queue=queue, log=log, scores=scores, receipt=receipt, seen=seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """The blind sample: how many were asked for, and which comments it is."""

    asked: int = 0
    ids: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(cls, receipt: Mapping[str, Any]) -> _Sample:
        """The sample that a receipt tells of."""
        try:
            sample = receipt["audit_sample"]
            return cls(asked=int(sample["asked"]), ids=tuple(map(str, sample["ids"])))
        except (LookupError, TypeError, ValueError):
            return cls()

    @classmethod
    def drawn(cls, result: ScanResult, earlier: _Earlier, extent: Extent) -> _Sample:
        """Draw from this scan's comments and those of pages that it did not read, taken together.

        Either side brings the comments that come first in the same order, so that the first of both
        are those of the whole.
        """
        from moderation.pipeline import sample_order  # noqa: PLC0415

        kept = _not_looked_at(cls.of(earlier.receipt).ids, earlier.queue.rest, extent)
        order = sorted({*result.sample, *kept}, key=sample_order)
        chosen = order[: result.sample_asked]
        return cls(
            asked=result.sample_asked,
            ids=tuple(sorted(chosen)),
            left_out=frozenset(order).difference(chosen),
        )

    def as_json(self, result: ScanResult, carried: polars.DataFrame | None) -> dict[str, Any]:
        passed = result.receipt.counts.passed
        elsewhere = 0 if carried is None else int((carried["outcome"] == "passed").sum())
        return {"asked": self.asked, "drawn_from": passed + elsewhere, "ids": list(self.ids)}


def _not_looked_at(ids: Collection[str], rest: polars.DataFrame, extent: Extent) -> list[str]:
    """Those of the ids whose rows stand in the queue and whose pages the scan did not read."""
    rows = rest.filter(rest["id"].is_in(list(ids)))
    return rows.filter(~extent.looked_at(rows))["id"].to_list()


def _fewer(earlier: _Earlier) -> list[str]:
    """Say when rows have vanished since the last scan: a filtered sheet was saved, or a part."""
    try:
        missing = int(earlier.receipt["merge"]["after"]) - earlier.queue.height
    except (LookupError, TypeError, ValueError):
        return []
    if missing <= 0:
        return []
    rows = "A row" if missing == 1 else f"{missing:,} rows"
    return [
        f"{rows} of the last scan had been taken out of the queue. Comments that are flagged are "
        "in it again; 'moderation queue rebuild' brings back the others that people decided on."
    ]


def _extent(result: ScanResult, earlier: _Earlier) -> Extent:
    receipt = result.receipt
    known = earlier.scores
    return Extent(
        pages={page.id: page.source for page in receipt.pages},
        folders=result.folders,
        unread=frozenset(failure.source for failure in receipt.failures),
        seen=earlier.seen,
        earlier=None
        if known is None
        else known.frame.select("id", "document_id", "source", "start"),
    )


def _merge(result: ScanResult, earlier: _Earlier, extent: Extent, sample: _Sample) -> Merged:
    rows = [row for row in result.rows if row.scored.comment.id not in sample.left_out]
    displaced = [row for row in result.rows if row.scored.comment.id in sample.left_out]
    ids = worked_on(earlier.queue, earlier.log)
    found = FoundRows(
        frame=_with_start(rows),
        unflagged=_with_start([*result.other_rows(ids), *displaced]),
        policy=policy_of({"settings": result.receipt.settings}),
        left_out=sample.left_out,
    )
    recorder = now_recorder(policy_of(earlier.receipt))
    return merge(
        earlier.queue,
        earlier.log,
        found,
        extent,
        recorder=recorder,
        grouping=near_duplicates,
    )


def _with_start(rows: Sequence[QueueRow]) -> polars.DataFrame:
    import polars  # noqa: PLC0415

    starts = polars.Series(START, [r.scored.comment.start for r in rows], dtype=polars.Int64)
    return frame_of(rows).with_columns(starts)


def _carried_over(
    earlier: _Earlier, extent: Extent, queued: polars.Series
) -> polars.DataFrame | None:
    """The scores of comments that this scan did not look for, or that are gone but queued."""
    if earlier.scores is None:
        return None
    frame = earlier.scores.frame
    rest = frame.filter(~frame["id"].is_in(extent.seen.implode()))
    return rest.filter(~extent.looked_at(rest) | rest["id"].is_in(queued.implode()))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
