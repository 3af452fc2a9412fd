"""The scores file: every comment of a pass, flagged or not, with all that was measured.

One Parquet file beside the queue; the only place that knows its columns and their types. Scores
are kept raw here, so that a new policy can be tried without running the model again.
"""

from __future__ import annotations

import errno
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from moderation.errors import UsageError
from moderation.records import (
    Comment,
    Reason,
    ScoredComment,
    TermMatch,
    Verdict,
    by_field,
    with_places,
)

if TYPE_CHECKING:
    import polars


_PLACE: Final = "place"

ROW_GROUP: Final = 16_384
"""Rows that are written, and can be read, together."""


def scores_frame(
    judged: Iterable[tuple[ScoredComment, Verdict]], labels: Sequence[str]
) -> polars.DataFrame:
    """Put comments into a frame, one row each in the order given.

    ``start`` and ``end`` point into the page's text, those of matches and reasons into the
    comment's.
    """
    import polars  # noqa: PLC0415 - half of the command's start-up time

    rows = [_row(scored, verdict, labels) for scored, verdict in judged]
    return polars.DataFrame(rows, schema=_schema(labels), orient="row")


def write_scores(
    parts: Sequence[polars.LazyFrame],
    labels: Sequence[str],
    file: IO[bytes],
    carried: polars.LazyFrame | None = None,
) -> None:
    """Write the scores file from frames of `scores_frame`, one behind the other, in little memory.

    ``carried`` are rows of an earlier file that are kept, behind the others; a label that only one
    of two models has is empty in the other's rows. The same rows give the same bytes, however they
    are cut into parts.

    Raises:
        OSError: when it cannot be written, or one of the frames cannot be read from the disk.
    """
    import polars  # noqa: PLC0415

    columns = list(_schema(labels))
    frames = [*parts] or [polars.LazyFrame(schema=_schema(labels))]
    if carried is not None:
        known = carried.collect_schema().names()
        columns = list(_schema([*labels, *(name for name in known if name not in columns)]))
        frames.append(carried)
    whole = polars.concat(frames, how="diagonal").select(columns)
    noting = _Noting(file)
    try:
        whole.sink_parquet(noting, row_group_size=ROW_GROUP, maintain_order=True)  # type: ignore[call-overload]
    except polars.exceptions.PolarsError as error:
        raise noting.problem or OSError(errno.EIO, str(error)) from error


class _Noting(io.RawIOBase):
    """Hands on what is written, and notes why it could not be: polars tells that in no words."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.problem: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        try:
            return self._file.write(content)
        except OSError as error:
            self.problem = error
            raise


def scores_bytes(judged: Iterable[tuple[ScoredComment, Verdict]], labels: Sequence[str]) -> bytes:
    """The scores file of a few comments, as `write_scores` writes it."""
    file = io.BytesIO()
    write_scores([scores_frame(judged, labels).lazy()], labels, file)
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
    return Scores(frame=_with_places(frame), labels=labels)


def scan_scores(path: Path) -> polars.LazyFrame:
    """A scores file of which only what is asked for is read.

    Raises:
        UsageError: when there is none, or it is not a scores file of this tool.
    """
    import polars  # noqa: PLC0415

    labels_in(path)
    if _PLACE not in polars.read_parquet_schema(path):
        return read_scores(path).frame.lazy()
    return polars.scan_parquet(path)


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
    if missing := [name for name in known if name not in (*names, _PLACE)]:
        raise UsageError(f"{path} is not a scores file: the columns {', '.join(missing)} miss.")
    return tuple(name for name in names if name not in known)


def matches_of(row: Mapping[str, Any]) -> tuple[TermMatch, ...]:
    """The terms that were found in a comment, from its row in a scores file."""
    return tuple(TermMatch(**match | {"via": tuple(match["via"])}) for match in row["matches"])


def reasons_of(row: Mapping[str, Any]) -> tuple[Reason, ...]:
    """What the policy of its day had against a comment, from its row in a scores file."""
    return tuple(map(_reason, row["reasons"]))


def _with_places(frame: polars.DataFrame) -> polars.DataFrame:
    """Fill in what files of before this column lack: where each comment stands on its page."""
    import polars  # noqa: PLC0415

    if _PLACE in frame.columns:
        return frame
    given = [name for name in Comment.__dataclass_fields__ if name != _PLACE]
    comments = with_places(Comment(**row) for row in frame.select(given).iter_rows(named=True))
    places = polars.Series(_PLACE, [one.place for one in comments], dtype=polars.String)
    return frame.with_columns(places)


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
        "place": text,
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
        comment.place,
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
        [by_field(match) | {"via": list(match.via)} for match in scored.matches],
        [by_field(reason) for reason in verdict.reasons],
        scored.scored_by,
    ]
