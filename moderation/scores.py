"""The scores file: every comment of a pass, flagged or not, with all that was measured.

One Parquet file beside the queue; the only place that knows its columns and their types. Scores
are kept raw here, so that a new policy can be tried without running the model again.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moderation.errors import UsageError
from moderation.records import Comment, Reason, ScoredComment, TermMatch, Verdict

if TYPE_CHECKING:
    import polars


def scores_bytes(
    judged: Iterable[tuple[ScoredComment, Verdict]],
    labels: Sequence[str],
    carried: polars.DataFrame | None = None,
) -> bytes:
    """Write comments, one row each in the order given, as a Parquet file with a fixed schema.

    ``start`` and ``end`` point into the page's text, those of matches and reasons into the
    comment's. ``carried`` are rows of an earlier file that are kept, behind the others; a label
    that only one of two models has is empty in the other's rows.
    """
    import polars  # noqa: PLC0415 - half of the command's start-up time

    file = io.BytesIO()
    rows = [_row(scored, verdict, labels) for scored, verdict in judged]
    frame = polars.DataFrame(rows, schema=_schema(labels), orient="row")
    if carried is not None:
        older = [name for name in carried.columns if name not in frame.columns]
        columns = list(_schema([*labels, *older]))
        frame = polars.concat([frame, carried], how="diagonal").select(columns)
    frame.write_parquet(file)
    return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A scores file that was read back: one row a comment, and the model's labels."""

    frame: polars.DataFrame
    labels: tuple[str, ...]

    def judged(self) -> Iterator[tuple[ScoredComment, Verdict]]:
        """Give each comment as it was measured, and the verdict of the policy of its day."""
        for row in self.frame.iter_rows(named=True):
            scored = _scored(row, self.labels)
            verdict = Verdict(
                comment_id=row["id"],
                outcome=row["outcome"],
                priority=row["priority"],
                reasons=reasons_of(row),
            )
            yield scored, verdict


def read_scores(path: Path) -> Scores:
    """Read a scores file that a scan wrote.

    Raises:
        UsageError: when there is none, or it is not a scores file of this tool.
    """
    import polars  # noqa: PLC0415

    labels = labels_in(path)
    try:
        frame = polars.read_parquet(path)
    except (OSError, polars.exceptions.PolarsError) as error:
        raise UsageError(f"{path} cannot be read as a scores file: {error}.") from error
    return Scores(frame=frame, labels=labels)


def labels_in(path: Path) -> tuple[str, ...]:
    """The model's labels in a scores file, without reading its rows.

    Raises:
        UsageError: when there is none, or it is not a scores file of this tool.
    """
    import polars  # noqa: PLC0415

    if not path.is_file():
        raise UsageError(f"There is no scores file at {path}. A scan writes it beside its queue.")
    try:
        names = list(polars.read_parquet_schema(path))
    except (OSError, polars.exceptions.PolarsError) as error:
        raise UsageError(f"{path} cannot be read as a scores file: {error}.") from error
    known = _schema(())
    if missing := [name for name in known if name not in names]:
        raise UsageError(f"{path} is not a scores file: the columns {', '.join(missing)} miss.")
    return tuple(name for name in names if name not in known)


def matches_of(row: Mapping[str, Any]) -> tuple[TermMatch, ...]:
    """The terms that were found in a comment, from its row in a scores file."""
    return tuple(TermMatch(**match | {"via": tuple(match["via"])}) for match in row["matches"])


def reasons_of(row: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What the policy of its day had against a comment, from its row in a scores file."""
    return tuple(map(_reason, row["reasons"]))


def _scored(row: dict[str, Any], labels: Sequence[str]) -> ScoredComment:
    comment = Comment(**{name: row[name] for name in Comment.__dataclass_fields__})
    return ScoredComment(
        comment=comment,
        source=row["source"],
        language=row["language"],
        toxicity={label: row[label] for label in labels if row[label] is not None},
        matches=matches_of(row),
        status=row["status"],
        error=row["error"],
        scored_by=row["scored_by"],
    )


def _reason(row: dict[str, Any]) -> Reason:
    """Read a reason; an older file knows no further places."""
    further = tuple((start, end) for start, end in row.get("further") or ())
    return Reason(**row | {"further": further})


def _schema(labels: Sequence[str]) -> dict[str, polars.DataType]:
    import polars  # noqa: PLC0415

    text, whole, number = polars.String(), polars.Int64(), polars.Float64()
    match = {"start": whole, "end": whole, "text": text, "term": text, "language": text}
    match |= {"category": text, "target": text, "severity": whole}
    match |= {"via": polars.List(text), "context": text}
    reason = {"code": text, "detail": text, "value": number, "threshold": number}
    reason |= {"start": whole, "end": whole, "further": polars.List(polars.List(whole))}
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
