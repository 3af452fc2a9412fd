"""The queue as it stood before, cut down to what a merge needs of it.

Of a million rows that a new scan has found again, only the ids are needed and what people wrote;
the rows themselves would fill the memory a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from moderation.records import Decision
from moderation.review_queue.cells import LONGEST_CELL, from_cell, to_cell
from moderation.review_queue.columns import COLUMNS, REVIEWER_COLUMNS
from moderation.review_queue.decision_log import Log
from moderation.review_queue.decisions import JOINED
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.settling import WorkedRow
from moderation.review_queue.states import GONE, NOT_FLAGGED, WITH_GROUP

if TYPE_CHECKING:
    import polars

RANK: Final = "_rank"
"""A column for sorting: 0 for ordinary rows, 1 for those no longer flagged, 2 for those gone."""

_FROM_STRANGERS: Final = ("text", "reasons", "source", "author", "posted_at", "terms")
_UNMARKED: Final = r"(?m)^[^\S\n]*[=+\-@\x{ff0b}\x{ff0d}\x{ff1d}\x{ff20}]"

FILLED_BY_PEOPLE: Final = (*REVIEWER_COLUMNS, "decided_under", "decided_with")


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderQueue:
    """What a merge needs of the queue that stands there.

    ``height`` counts its rows, ``doubled`` those that are a second one of their comment. ``worked``
    are the rows that a person worked on, that the log knows, or that are doubled. ``known`` has a
    row a comment: id, `RANK` and the columns that people added. ``rest`` has the whole rows of
    comments that the scan did not see, and rows without an id, which are nobody's comment.
    ``touched`` are the comments in whose rows a person wrote into a column of their own;
    ``deleted`` are the columns of ours that the file lacks. ``is_guessed`` when letters of the file
    may have been misread.
    """

    height: int
    doubled: int
    worked: tuple[WorkedRow, ...]
    known: polars.DataFrame
    rest: polars.DataFrame
    separator: str = ","
    remarks: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    deleted: frozenset[str] = frozenset()
    is_guessed: bool = False

    @property
    def own_columns(self) -> list[str]:
        """The columns that people added."""
        return [name for name in self.rest.columns if name not in (*COLUMNS, RANK)]

    def worked_on(self) -> set[str]:
        """The comments on which a person left a word, a note or anything else."""
        words = {
            row.comment_id
            for row in self.worked
            if any((row.decision.strip(), row.note.strip(), row.reviewer, row.decided_at))
        }
        return words | self.touched


def older_queue(table: QueueTable | None, log: Log, seen: polars.Series | None) -> OlderQueue:
    """Cut a queue down; ``seen`` are the ids that the scan found, None where there was no scan."""
    import polars  # noqa: PLC0415

    if table is None:
        nothing = polars.DataFrame(schema=dict.fromkeys(COLUMNS, polars.String))
        table = QueueTable(frame=nothing.with_columns(polars.lit(0, polars.Int64).alias(ROW)))
    ids = table.frame["id"].filter(table.frame["id"] != "")
    frame = _without_second_rows(table.frame.drop(ROW)).with_columns(rank_of_state())
    rest = frame if seen is None else frame.filter(~frame["id"].is_in(seen.implode()))
    own = [name for name in frame.columns if name not in COLUMNS and name != RANK]
    return OlderQueue(
        height=table.frame.height,
        doubled=len(ids) - ids.n_unique(),
        worked=_worked_rows(table, log),
        known=frame.select("id", RANK, *own).filter(polars.col("id") != ""),
        rest=_safe_again(rest),
        separator=table.separator,
        remarks=table.remarks,
        touched=_touched(table.frame, own),
        deleted=table.deleted,
        is_guessed=table.is_guessed,
    )


def _touched(frame: polars.DataFrame, own: Sequence[str]) -> frozenset[str]:
    """The comments in whose rows a person wrote into a column of their own."""
    import polars  # noqa: PLC0415

    if not own:
        return frozenset()
    return frozenset(frame.filter(is_touched(own) & (polars.col("id") != ""))["id"])


def is_touched(columns: Sequence[str]) -> polars.Expr:
    """Tell rows in which one of the columns says something."""
    import polars  # noqa: PLC0415

    return polars.any_horizontal(polars.col(name).str.contains(r"\S") for name in columns)


def rank_of_state() -> polars.Expr:
    """The rank of a row, from what its state says."""
    import polars  # noqa: PLC0415

    words = polars.col("state").str.to_lowercase()
    return (
        polars.when(words.str.contains(GONE, literal=True))
        .then(2)
        .when(words.str.contains(NOT_FLAGGED, literal=True))
        .then(1)
        .otherwise(0)
        .cast(polars.Int8)
        .alias(RANK)
    )


def _safe_again(frame: polars.DataFrame) -> polars.DataFrame:
    """Mark strangers' texts again that a spreadsheet would run, where one took our mark away."""
    import polars  # noqa: PLC0415

    for name in _FROM_STRANGERS:
        unmarked = frame[name].str.contains(_UNMARKED) & (
            frame[name].str.len_chars() <= LONGEST_CELL
        )
        if unmarked.any():
            where = unmarked.arg_true()
            cells = [to_cell(from_cell(cell)) for cell in frame[name].gather(where)]
            column = frame[name].scatter(where, polars.Series(cells, dtype=polars.String))
            frame = frame.with_columns(column.alias(name))
    return frame


def _worked_rows(table: QueueTable, log: Log) -> tuple[WorkedRow, ...]:
    """The rows that a person worked on; what a deleted column held, the log still knows."""
    import polars  # noqa: PLC0415

    frame = _without_followed(table)
    logged = polars.Series([e.decision.comment_id for e in log.entries], dtype=polars.String)
    is_worked = (
        is_touched(FILLED_BY_PEOPLE)
        | polars.col("id").is_in(logged.unique().implode())
        | polars.col("id").is_duplicated()
    )
    rows = frame.select("id", *FILLED_BY_PEOPLE, "scored_by", ROW)
    rows = rows.filter((polars.col("id") != "") & is_worked)
    rows = rows.rename({"id": "comment_id", ROW: "row"})
    lost = [name for name in ("note", "reviewer", "decided_at") if name in table.deleted]
    known = {one.decision.comment_id: one.decision for one in log.entries} if lost else {}
    return tuple(
        WorkedRow(**cells | _as_logged(known.get(cells["comment_id"]), lost))
        for cells in rows.iter_rows(named=True)
    )


def _as_logged(decision: Decision | None, columns: Sequence[str]) -> dict[str, str]:
    return {name: to_cell(getattr(decision, name)) for name in columns} if decision else {}


def _without_followed(table: QueueTable) -> polars.DataFrame:
    """Empty what was fanned out to a row, where the column that says so was deleted."""
    import polars  # noqa: PLC0415

    if "decided_with" not in table.deleted:
        return table.frame
    follows = polars.col("state").str.to_lowercase().str.contains(WITH_GROUP, literal=True)
    return table.frame.with_columns(
        polars.when(follows).then(polars.lit("")).otherwise(polars.col(name)).alias(name)
        for name in ("decision", "reviewer", "decided_under")
    )


def _without_second_rows(frame: polars.DataFrame) -> polars.DataFrame:
    """The first row of each comment, with what people wrote into columns of their own in all."""
    import polars  # noqa: PLC0415

    repeated = frame["id"].is_duplicated() & (frame["id"] != "")
    if not repeated.any():
        return frame
    first = frame.filter(~repeated | frame["id"].is_first_distinct())
    own = [name for name in frame.columns if name not in COLUMNS]
    if not own:
        return first
    texts = polars.col(own).filter(polars.col(own) != "").unique(maintain_order=True)
    all_texts = frame.filter(repeated).group_by("id").agg(texts.str.join(JOINED))
    found = first.select("id").join(all_texts, on="id", how="left", maintain_order="left")
    return first.with_columns(polars.coalesce(found[name], first[name]) for name in own)
