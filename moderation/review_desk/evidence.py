"""What the scores file knows of the queue's comments and of those around them.

It is read only when it is asked for, a few columns at a time: it can be ten times the queue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from moderation.errors import UsageError
from moderation.records import Reason, TermMatch
from moderation.review_desk.fixed_rows import RowEvidence
from moderation.review_queue.cells import to_cell
from moderation.review_queue.columns import LABELS
from moderation.review_queue.locking import Stamp, stamp
from moderation.review_queue.rows import shown_text
from moderation.scores import labels_in, matches_of, reasons_of

if TYPE_CHECKING:
    import polars

_ROWS_AT_ONCE: Final = 30_000
_PLACES: Final = ("id", "document_id", "parent_id", "start")
_SHOWN: Final = (*("id", "source", "number", "author", "posted_at", "text", "matches", "reasons"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One comment of the scores file: its own text, and what was found in it."""

    id: str
    source: str
    number: str
    author: str
    posted_at: str
    text: str
    matches: tuple[TermMatch, ...]
    reasons: tuple[Reason, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The ids of the comments before and after one on its page, and of the one it answers."""

    before: str = ""
    after: str = ""
    parent: str = ""


class Evidence:
    """The scores file beside a queue; one that is not there, or is none, says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = Lock()
        self._read_at: Stamp | None = None
        self._places: polars.DataFrame | None = None
        self._rows: polars.DataFrame | None = None
        self._row_lines: dict[str, int] = {}
        self.labels: tuple[str, ...] = ()
        self._problem = ""

    @property
    def problem(self) -> str:
        """What is missing, in a sentence; empty where nothing is."""
        if self._path.exists():
            return self._problem
        return (
            f"There is no {self._path.name} beside the queue. Terms and passages are not marked in "
            "the texts, there are no neighbours that were not flagged, and filters by reason, "
            "severity and target find nothing. A scan writes that file."
        )

    def is_there(self) -> bool:
        """Whether there is a scores file that can be read."""
        return self._known_places() is not None

    def load(self, ids: polars.Series) -> RowEvidence | None:
        """Read what filters and rows need of the queue's comments; ``ids`` are in its order."""
        places = self._known_places()
        if places is None:
            return None
        rows = self._rows_of(places["id"].is_in(ids.implode()))
        if rows is None:
            return None
        wanted = ids.to_frame("id").with_row_index("row")
        found = rows.select("id").join(wanted, on="id", how="left", maintain_order="left")
        rows = rows.with_columns(found["row"])  # a join of all columns takes ten times the memory
        with self._mutex:
            self._rows = rows.rechunk()
            self._row_lines = {name: line for line, name in enumerate(rows["id"])}
        return _row_evidence(rows, len(ids), self.labels)

    def of(self, comment_id: str, cell: str | None = None) -> Scored | None:
        """One comment; None where the file has none, or not the text that the queue has.

        ``cell`` is the queue's text, as it stands in the file.
        """
        row = self._row(comment_id)
        if row is None or (cell is not None and to_cell(shown_text(row["text"])) != cell):
            return None
        return _scored(row, self.labels)

    def around(self, comment_id: str) -> Around | None:
        """The neighbours of a comment on its page; None where the file does not have it."""
        places = self._known_places()
        line = None if places is None else _line_of(places, comment_id)
        if places is None or line is None:
            return None
        own = places.row(line, named=True)
        page = places.filter(places["document_id"] == own["document_id"]).sort("start")
        ids: list[str] = page["id"].to_list()
        at = ids.index(comment_id)
        return Around(
            before=ids[at - 1] if at else "",
            after=ids[at + 1] if at + 1 < len(ids) else "",
            parent=own["parent_id"] or "",
        )

    def _known_places(self) -> polars.DataFrame | None:
        """Where each comment stands, read anew when the file is another one."""
        with self._mutex:
            now = stamp(self._path)
            if now != self._read_at:
                self._read_at = now
                self._places, self._rows = None, None
                self._row_lines = {}
                self.labels = ()
                if now is not None:
                    self._read_places()
            return self._places

    def _read_places(self) -> None:
        import polars  # noqa: PLC0415 - half of the start-up time

        try:
            self.labels = labels_in(self._path)
            file = polars.scan_parquet(self._path).select(_PLACES)
            places = file.cast({"document_id": polars.Categorical}).collect()
        except (OSError, UsageError, polars.exceptions.PolarsError) as error:
            self._problem = f"{error} So the evidence that it holds is not shown."
            return
        self._problem = ""
        self._places = places

    def _row(self, comment_id: str) -> dict[str, Any] | None:
        places = self._known_places()
        with self._mutex:
            rows, line = self._rows, self._row_lines.get(comment_id)
            if rows is not None and line is not None:
                return rows.row(line, named=True)
        line = None if places is None else _line_of(places, comment_id)
        if line is None:
            return None
        found = self._collected(line, 1, (*_SHOWN, *self.labels))
        if found is None or found.is_empty() or found["id"][0] != comment_id:
            return None
        return found.row(0, named=True)

    def _rows_of(self, wanted: polars.Series) -> polars.DataFrame | None:
        """The rows that are wanted, read piece by piece to save memory."""
        import polars  # noqa: PLC0415

        pieces = []
        for begin in range(0, len(wanted), _ROWS_AT_ONCE):
            piece = self._collected(begin, _ROWS_AT_ONCE, (*_SHOWN, *self.labels, "start"))
            if piece is None:
                return None
            pieces.append(piece.filter(wanted[begin : begin + _ROWS_AT_ONCE]))
        return polars.concat(pieces) if pieces else None

    def _collected(self, begin: int, count: int, columns: Sequence[str]) -> polars.DataFrame | None:
        """Some rows of the file; None where it was replaced by something else meanwhile."""
        import polars  # noqa: PLC0415

        rows = polars.scan_parquet(self._path).slice(begin, count)
        try:
            return rows.select(columns).collect()
        except (OSError, polars.exceptions.PolarsError):
            return None


def _line_of(places: polars.DataFrame, comment_id: str) -> int | None:
    lines = (places["id"] == comment_id).arg_true()
    return int(lines[0]) if len(lines) else None


def _row_evidence(rows: polars.DataFrame, height: int, labels: Sequence[str]) -> RowEvidence:
    import polars  # noqa: PLC0415

    def one_each(name: str, field: str) -> polars.DataFrame:
        said = rows.select("row", polars.col(name).list.eval(polars.element().struct.field(field)))
        said = said.explode(name).filter(polars.col(name).is_not_null() & (polars.col(name) != ""))
        return said.unique(maintain_order=True).rename({name: field})

    def placed(values: polars.Series, dtype: polars.DataType, rest: float | None) -> polars.Series:
        whole: polars.Series = polars.repeat(rest, height, dtype=dtype, eager=True)
        return whole.scatter(rows["row"], values)

    said = rows["reasons"].explode().drop_nulls().struct.unnest().drop_nulls("threshold")
    limits = dict(said.select("code", "threshold").iter_rows())
    levels = rows["matches"].list.eval(polars.element().struct.field("severity")).list.max()
    other = [label for label in labels if label not in LABELS]
    return RowEvidence(
        reasons=one_each("reasons", "code"),
        targets=one_each("matches", "target"),
        thresholds={
            label: limits[f"toxicity.{label}"] for label in labels if f"toxicity.{label}" in limits
        },
        severity=placed(levels.fill_null(0), polars.Int64(), 0),
        start=placed(rows["start"], polars.Int64(), None),
        scores=polars.DataFrame(
            {name: placed(rows[name], polars.Float64(), None) for name in other}
        ),
    )


def _scored(row: Mapping[str, Any], labels: Sequence[str]) -> Scored:
    return Scored(
        id=row["id"],
        source=row["source"],
        number="" if row["number"] is None else str(row["number"]),
        author=row["author"] or "",
        posted_at=row["posted_at"] or "",
        text=row["text"],
        matches=matches_of(row),
        reasons=reasons_of(row),
        scores={label: row[label] for label in labels if row.get(label) is not None},
    )
