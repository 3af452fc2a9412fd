"""The scores file: every comment of a pass, flagged or not, with all that was measured.

One Parquet file beside the queue; the only place that knows its columns and their types. Scores
are kept raw here, so that a new policy can be tried without running the model again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from moderation.records import ScoredComment, Verdict

if TYPE_CHECKING:
    import polars


def scores_bytes(judged: Iterable[tuple[ScoredComment, Verdict]], labels: Sequence[str]) -> bytes:
    """Write comments, one row each in the order given, as a Parquet file with a fixed schema.

    ``start`` and ``end`` point into the page's text, those of matches and reasons into the
    comment's.
    """
    import polars  # noqa: PLC0415 - half of the command's start-up time

    file = io.BytesIO()
    rows = [_row(scored, verdict, labels) for scored, verdict in judged]
    polars.DataFrame(rows, schema=_schema(labels), orient="row").write_parquet(file)
    return file.getvalue()


def _schema(labels: Sequence[str]) -> dict[str, polars.DataType]:
    import polars  # noqa: PLC0415

    text, whole, number = polars.String(), polars.Int64(), polars.Float64()
    match = {"start": whole, "end": whole, "text": text, "term": text, "language": text}
    match |= {"category": text, "target": text, "severity": whole}
    match |= {"via": polars.List(text), "context": text}
    reason = {"code": text, "detail": text, "value": number, "threshold": number}
    reason |= {"start": whole, "end": whole}
    return {
        "id": text,
        "document_id": text,
        "source": text,
        "number": whole,
        "site_number": whole,
        "start": whole,
        "end": whole,
        "level": whole,
        "parent_id": text,
        "kind": text,
        "author": text,
        "posted_at": text,
        "text": text,
        "language": text,
        "status": text,
        "error": text,
        "outcome": text,
        "priority": whole,
        **dict.fromkeys(labels, number),
        "matches": polars.List(polars.Struct(match)),
        "reasons": polars.List(polars.Struct(reason)),
        "scored_by": text,
    }


def _row(scored: ScoredComment, verdict: Verdict, labels: Sequence[str]) -> list[Any]:
    comment = scored.comment
    return [
        comment.id,
        comment.document_id,
        scored.source,
        comment.number,
        comment.site_number,
        comment.start,
        comment.end,
        comment.level,
        comment.parent_id,
        comment.kind,
        comment.author,
        comment.posted_at,
        comment.text,
        scored.language,
        scored.status,
        scored.error,
        verdict.outcome,
        verdict.priority,
        *(scored.toxicity.get(label) for label in labels),
        [asdict(match) | {"via": list(match.via)} for match in scored.matches],
        [asdict(reason) for reason in verdict.reasons],
        scored.scored_by,
    ]
