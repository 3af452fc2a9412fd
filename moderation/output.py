"""Put a pass's results on the disk: into the queue that stands there, with all that belongs to it.

What people wrote into the queue is taken into its log first. Then queue, receipt and scores are
written together, all or none.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice
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
from moderation.review_queue.table_file import HashedContent, HashedWriter
from moderation.review_queue.writing import Content
from moderation.scores import read_scores, scan_scores

if TYPE_CHECKING:
    import polars

    from moderation.pipeline import ScanResult


ROWS_AT_ONCE = 2_000
"""Rows that are held as values while the queue's frame is made."""

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
        scan_scores(paths.scores)


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
    read_at = stamp(paths.queue)
    earlier = _Earlier.at(paths, result.judged.ids())
    warnings = warnings_of(paths, [*earlier.queue.remarks, *_fewer(earlier)], earlier.log)
    extent = _extent(result, earlier)
    sample = _Sample.drawn(result, earlier, extent)
    merged = _merge(result, earlier, extent, sample)
    warnings = (*warnings, *keep_guessed(paths.queue, earlier.queue), *result.remarks)
    carried = _carried_over(earlier, extent, merged.frame["id"])
    writer = HashedWriter(merged.frame, earlier.queue.separator)
    scores = HashedContent(lambda file: result.judged.write_scores(file, carried.rows(paths)))
    account = result.receipt.as_json() | {
        **({"audit_sample": sample.as_json(result, carried)} if sample.asked else {}),
        "merge": merged.account.as_json(),
        "scores_carried_over": len(carried.ids),
        "finished_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    receipt: dict[str, Any] = {}

    def write_receipt(file: IO[bytes]) -> None:
        hashes = {paths.queue.name: writer.sha256, paths.scores.name: scores.sha256}
        receipt.update(account)
        receipt["files"] = {name: {"sha256": sha256} for name, sha256 in hashes.items()}
        # Piece by piece: of an export with a hundred thousand posts it is a hundred megabytes.
        text = codecs.getwriter("utf-8")(file)
        json.dump(receipt, text, ensure_ascii=False, indent=2)
        text.write("\n")

    others: dict[Path, Content] = {paths.scores: scores, paths.receipt: write_receipt}
    put_in_place(paths, merged, writer, read_at, others)
    return Written(paths=paths, account=merged.account, warnings=warnings, receipt=receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What stands where a pass is to be written: all of it may be missing.

    ``comments`` are those of the scores file, as far as a merge must know them.
    """

    queue: OlderQueue
    log: Log
    comments: polars.DataFrame | None
    receipt: Mapping[str, Any]
    seen: polars.Series

    @classmethod
    def at(cls, paths: QueuePaths, seen: polars.Series) -> _Earlier:
        """Read it. A queue that is lost is made again from the scores, if its log is there."""
        table, log = whole_table(paths.queue), read_log(paths.log)
        receipt = read_receipt(paths.receipt)
        has_past = table is not None or log.entries
        has_scores = has_past and paths.scores.exists()
        if table is None and has_scores:
            table = lost_table(read_scores(paths.scores), log, receipt)
        queue = older_queue(table, log, seen)
        comments = _comments(paths.scores) if has_scores else None
        return cls(queue=queue, log=log, comments=comments, receipt=receipt, seen=seen)


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

    def as_json(self, result: ScanResult, carried: _Carried) -> dict[str, Any]:
        passed = result.receipt.counts.passed + carried.passed
        return {"asked": self.asked, "drawn_from": passed, "ids": list(self.ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Carried:
    """The comments whose earlier scores are kept, and how many of them passed."""

    ids: polars.Series
    passed: int

    def rows(self, paths: QueuePaths) -> polars.LazyFrame | None:
        """Their rows in the scores file that stands there."""
        import polars  # noqa: PLC0415

        if self.ids.is_empty():
            return None
        return scan_scores(paths.scores).filter(polars.col("id").is_in(self.ids.implode()))


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
    return Extent(
        pages={page.id: page.source for page in receipt.pages},
        folders=result.folders,
        files=frozenset(result.files),
        unread=frozenset(failure.source for failure in receipt.failures),
        seen=earlier.seen,
        earlier=earlier.comments,
    )


def _comments(scores: Path) -> polars.DataFrame:
    columns = ("id", "document_id", "source", "start", "outcome")
    return scan_scores(scores).select(columns).collect()


def _merge(result: ScanResult, earlier: _Earlier, extent: Extent, sample: _Sample) -> Merged:
    rows = (r for r in result.unsorted_rows() if r.scored.comment.id not in sample.left_out)
    displaced = result.sample_rows(sample.left_out)
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


def _with_start(rows: Iterable[QueueRow]) -> polars.DataFrame:
    """Rows as a frame, made a few at a time: as values they take several times the memory."""
    import polars  # noqa: PLC0415

    coming = iter(rows)
    frames = [_started([])]
    while some := list(islice(coming, ROWS_AT_ONCE)):
        frames.append(_started(some))
    return polars.concat(frames)


def _started(rows: list[QueueRow]) -> polars.DataFrame:
    import polars  # noqa: PLC0415

    starts = polars.Series(START, [r.scored.comment.start for r in rows], dtype=polars.Int64)
    return frame_of(rows).with_columns(starts)


def _carried_over(earlier: _Earlier, extent: Extent, queued: polars.Series) -> _Carried:
    """The comments that this scan did not look for, or that are gone but queued."""
    import polars  # noqa: PLC0415

    if earlier.comments is None:
        return _Carried(ids=polars.Series("id", [], dtype=polars.String), passed=0)
    rest = earlier.comments.filter(~earlier.comments["id"].is_in(extent.seen.implode()))
    kept = rest.filter(~extent.looked_at(rest) | rest["id"].is_in(queued.implode()))
    return _Carried(ids=kept["id"], passed=int((kept["outcome"] == "passed").sum()))
