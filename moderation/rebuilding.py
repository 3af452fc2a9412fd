"""Make a lost queue again, from its scores and its log.

The scores file holds every comment that a scan found, the log every decision that was recorded:
together they are the queue, but for notes without a verdict and what a person wrote since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moderation.errors import UsageError
from moderation.records import JudgedComment
from moderation.review_queue import COLUMNS, QueuePaths, QueueRow, frame_of, queue_row
from moderation.review_queue.decision_log import Log, read_log
from moderation.review_queue.files import whole_table
from moderation.review_queue.locking import locked, stamp
from moderation.review_queue.merging import record
from moderation.review_queue.older import older_queue
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.recording import (
    RecordedDecisions,
    again_if_saved,
    near_duplicates,
    now_recorder,
    policy_of,
    put_in_place,
    read_receipt,
    warnings_of,
)
from moderation.review_queue.states import NOT_FLAGGED
from moderation.review_queue.table_file import HashedWriter
from moderation.scores import Scores, read_scores

if TYPE_CHECKING:
    import polars


def rebuild_queue(queue: Path) -> RecordedDecisions:
    """Put the log's decisions onto the queue that stands there, or make a lost queue again.

    A decision that is missing from a row is put back, also where a person cleared the cell; a row
    that is missing for a comment that people decided on is made again from the scores, where they
    are at hand. Anything else that stands in the queue stays.

    Raises:
        UsageError: when there is neither a queue nor a log with scores to make one from.
        QueueExists: when a part of the queue cannot be read; nothing has changed then.
        OutputError: when something cannot be written; the queue is then as it was.
    """
    paths = QueuePaths.beside(queue)
    if not paths.queue.exists() and not (paths.log.exists() and paths.scores.exists()):
        raise UsageError(
            f"There is no queue at {queue}, and to make it again, {paths.log.name} and "
            f"{paths.scores.name} must lie beside it."
        )
    with locked(paths.queue):
        return again_if_saved(paths.queue, lambda: _rebuilt(paths))


def lost_table(scores: Scores, log: Log, receipt: Mapping[str, Any]) -> QueueTable:
    """The rows of a queue that is lost, as the scores have them, without decisions."""
    return _table(_queue_rows(scores, log, receipt))


def _rebuilt(paths: QueuePaths) -> RecordedDecisions:
    read_at = stamp(paths.queue)
    table, log = whole_table(paths.queue), read_log(paths.log)
    old = older_queue(table, log, None)
    warnings = warnings_of(paths, old.remarks, log)
    receipt = read_receipt(paths.receipt)
    policy = policy_of(receipt)
    scores = read_scores(paths.scores) if paths.scores.exists() else None
    restored = _missing_rows(table, scores, log, receipt)
    recorder = now_recorder(policy, cleared_is_taken_back=False)
    merged = record(old, log, recorder, grouping=near_duplicates, policy=policy, restored=restored)
    put_in_place(paths, merged, HashedWriter(merged.frame, old.separator), read_at)
    return RecordedDecisions(paths=paths, account=merged.account, warnings=warnings)


def _missing_rows(
    table: QueueTable | None, scores: Scores | None, log: Log, receipt: Mapping[str, Any]
) -> polars.DataFrame | None:
    """All rows of a queue that is lost; of one that stands, those that people decided on."""
    if scores is None:
        return None
    rows = lost_table(scores, log, receipt).frame.drop(ROW)
    if table is None:
        return rows
    decided = list(_decided(log))
    missing = rows["id"].is_in(decided) & ~rows["id"].is_in(table.frame["id"].implode())
    return rows.filter(missing)


def _queue_rows(
    scores: Scores, log: Log, receipt: Mapping[str, Any]
) -> list[tuple[QueueRow, bool]]:
    """Rows worst first, and of each whether it is there only because a person decided on it."""
    judged = [JudgedComment(scored=one, verdict=verdict) for one, verdict in scores.judged()]
    queued, decided = _queued_outcomes(receipt), _decided(log)
    sample = _dressed_sample(judged, receipt)
    rows: list[tuple[QueueRow, bool]] = []
    for one in judged:
        name = one.scored.comment.id
        shown = sample.get(name, one)
        belongs = shown.verdict.outcome in queued
        if belongs or name in decided:
            rows.append((queue_row(shown), not belongs))
    return sorted(rows, key=lambda row: (row[1], row[0].sort_key()))


def _queued_outcomes(receipt: Mapping[str, Any]) -> frozenset[str]:
    try:
        with_unchecked = receipt["settings"]["policy"]["queue_unchecked"]
    except (LookupError, TypeError):
        with_unchecked = True
    return frozenset({"flagged", "not_checked"} if with_unchecked else {"flagged"})


def _decided(log: Log) -> set[str]:
    return {entry.decision.comment_id for entry in log.entries}


def _dressed_sample(
    judged: Sequence[JudgedComment], receipt: Mapping[str, Any]
) -> dict[str, JudgedComment]:
    """The blind sample as its rows looked, so that they come back unmarked."""
    from moderation.pipeline import blind_sample  # noqa: PLC0415

    try:
        ids: Collection[str] = set(receipt["audit_sample"]["ids"])
    except (LookupError, TypeError):
        return {}
    flagged = [one.verdict.priority for one in judged if one.verdict.outcome == "flagged"]
    drawn = blind_sample(judged, len(ids), flagged)
    return {one.scored.comment.id: one for one in drawn if one.scored.comment.id in ids}


def _table(rows: list[tuple[QueueRow, bool]]) -> QueueTable:
    import polars  # noqa: PLC0415

    states = [NOT_FLAGGED if only_decided else "" for _, only_decided in rows]
    frame = frame_of(row for row, _ in rows).with_columns(
        polars.Series("state", states, dtype=polars.String)
    )
    numbers = polars.Series(ROW, range(2, len(rows) + 2), dtype=polars.Int64)
    return QueueTable(frame=frame.select(COLUMNS).with_columns(numbers))
