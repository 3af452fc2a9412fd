"""The rows of a queue as they stand now: those of the file, and over them what changed since.

Settling is left to the queue's own rules, on the few rows that a change touches: a row, its
near-duplicates, and what they follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from moderation.records import HUMAN_VERDICTS
from moderation.review_desk.fixed_rows import FixedRows
from moderation.review_desk.log_history import LogHistory
from moderation.review_desk.values import Standing, UnknownComment
from moderation.review_queue.cells import from_cell
from moderation.review_queue.columns import SCANNED_COLUMNS
from moderation.review_queue.decision_log import LogEntry
from moderation.review_queue.decisions import JOINED, verdicts_in
from moderation.review_queue.fanning import fan_out
from moderation.review_queue.merging import cells_of, without_followed
from moderation.review_queue.older import FILLED_BY_PEOPLE
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.settling import Recorder, Said, WorkedRow, settle
from moderation.review_queue.states import GONE, NOT_FLAGGED, joined
from moderation.review_queue.verdict_words import UNDO

if TYPE_CHECKING:
    import polars

CHANGING: Final = (*FILLED_BY_PEOPLE, "state")
"""The columns that a decision changes."""

UNDECIDED: Final = 0
CONFLICT: Final = 5
UNKNOWN: Final = 6
"""Codes of rows; 1 to 4 are the verdicts in the order of `HUMAN_VERDICTS`."""


_FEW: Final = 50
"""Rows that are faster to fetch one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRows:
    """What some rows come to: their cells in `CHANGING`, and the entries that the log lacks."""

    cells: Mapping[str, Mapping[str, str]]
    entries: tuple[LogEntry, ...]


class Book:
    """The rows of one reading of the queue, in the order of the file.

    ``frame`` has the rows as they were read, ``index`` the place of each comment in it, ``groups``
    the group of each comment that has near-duplicates. ``codes`` and ``is_noted`` have one value a
    row as it stands now; ``fixed`` is what decisions do not change. ``is_safe`` when strangers'
    texts have all their marks against formulas.
    """

    def __init__(self, table: QueueTable) -> None:
        self.frame: polars.DataFrame = table.frame.drop(ROW).rechunk()
        self._people = self.frame.select(CHANGING)
        self.separator = table.separator
        self.deleted = table.deleted
        self.index: dict[str, int] = {name: at for at, name in enumerate(self.frame["id"])}
        self.groups: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        grouped = self.frame.filter(self.frame["group"] != "").select("id", "group")
        self.group(dict(grouped.iter_rows()))
        self.codes: polars.Series = _codes(self.frame["decision"])
        self.is_noted: polars.Series = self.frame["note"] != ""
        self.fixed = FixedRows(self.frame.drop(CHANGING))
        self.changed: dict[str, Mapping[str, str]] = {}
        self.is_safe = False

    def group(self, groups: Mapping[str, str]) -> None:
        """Name the groups of near-duplicates."""
        self.groups = dict(groups)
        self._members = {}
        for name, group in groups.items():
            self._members.setdefault(group, []).append(name)

    def members(self, comment_id: str) -> Sequence[str]:
        """The comment and its near-duplicates, in the order of the file."""
        return self._members.get(self.groups.get(comment_id, ""), (comment_id,))

    def place(self, comment_id: str) -> int:
        """Where a comment stands among the rows.

        Raises:
            UnknownComment: when it has no row.
        """
        place = self.index.get(comment_id)
        if place is None:
            raise UnknownComment(
                f"The queue has no row with the id {comment_id}. It may have left the queue; go "
                "on with the next comment."
            )
        return place

    def cells(self, comment_id: str) -> dict[str, str]:
        """All cells of a row as they stand now."""
        row = self.frame.row(self.place(comment_id), named=True)
        return {**row, **self.changed.get(comment_id, {})}

    def cell(self, comment_id: str, column: str) -> str:
        """One cell of a row as it stands now."""
        changed = self.changed.get(comment_id, {})
        cell: str = self.frame[column][self.place(comment_id)]
        return changed.get(column, cell)

    def code(self, comment_id: str) -> int:
        """What a row's decision comes to, as a number."""
        code: int = self.codes[self.place(comment_id)]
        return code

    def changing_cells(self, ids: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """The cells of some rows that decisions change, as they stand now.

        Raises:
            UnknownComment: when one of them has no row.
        """
        names = list(ids)
        places = [self.place(name) for name in names]
        if len(places) > _FEW:
            rows = self._people[places].iter_rows(named=True)
        else:
            rows = (self._people.row(place, named=True) for place in places)
        read = zip(names, rows, strict=True)
        return {name: self.changed.get(name, row) for name, row in read}

    def standings(self, ids: Iterable[str], change: Callable[[str], int]) -> dict[str, Standing]:
        """What is decided about some comments now; ``change`` counts the changes of each."""
        return {
            name: Standing(
                verdict=verdict_shown(cells["decision"]),
                note=from_cell(cells["note"]),
                reviewer=from_cell(cells["reviewer"]),
                decided_at=from_cell(cells["decided_at"]),
                change=change(name),
                state=cells["state"],
                decided_with=cells["decided_with"],
            )
            for name, cells in self.changing_cells(ids).items()
        }

    def with_related(self, ids: Iterable[str]) -> list[str]:
        """Some comments, and all others that settling them can touch, in the order of the file."""
        touched: dict[str, None] = {}
        for name in ids:
            touched |= dict.fromkeys((*self.members(name), self.cell(name, "decided_with")))
        touched.pop("", None)
        return sorted((name for name in touched if name in self.index), key=self.index.__getitem__)

    def settled(
        self,
        ids: Iterable[str],
        edits: Mapping[str, Mapping[str, str]],
        history: LogHistory,
        recorder: Recorder,
    ) -> SettledRows:
        """Settle some rows, with a person's edits in them, as recording the whole queue would."""
        chosen = self.with_related(ids)
        cells = self.changing_cells(chosen)
        scored_by = self._fixed_cells(chosen, "scored_by")
        known = {name: history.of(name) for name in chosen}
        rows = [
            _worked(self.index[name], name, {**cells[name], **edits.get(name, {})}, by)
            for name, by in scored_by.items()
        ]
        settled = {
            row.comment_id: settle([row], known[row.comment_id], recorder)
            for row in without_followed(rows, known)
        }
        groups = {name: self.groups[name] for name in chosen if name in self.groups}
        terms = {} if "terms" in self.deleted else self._fixed_cells(groups, "terms")
        fanned = fan_out(groups, settled, history.order(chosen), terms)
        new = {
            name: _as_written(cells[name], cells_of(name, settled, fanned, by, recorder.policy))
            for name, by in scored_by.items()
        }
        entries = tuple(entry for one in settled.values() for entry in one.entries)
        return SettledRows(cells=new, entries=entries)

    def _fixed_cells(self, ids: Iterable[str], column: str) -> dict[str, str]:
        cells = self.fixed.cells(column)
        return {name: cells[self.index[name]] for name in ids}

    def put(self, rows: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Take up rows that were settled, and say which of them stand differently now."""
        import polars  # noqa: PLC0415 - half of the start-up time

        before = self.changing_cells(rows)
        different = [name for name, cells in rows.items() if cells != before[name]]
        if different:
            self.changed |= {name: rows[name] for name in different}
            places = polars.Series([self.index[name] for name in different], dtype=polars.UInt32)
            codes = [_code(rows[name]["decision"]) for name in different]
            notes = [rows[name]["note"] != "" for name in different]
            self.codes = self.codes.clone().scatter(
                places, polars.Series(codes, dtype=polars.UInt8)
            )
            self.is_noted = self.is_noted.clone().scatter(places, polars.Series(notes))
        return different

    def whole(self, changed: Mapping[str, Mapping[str, str]] | None = None) -> polars.DataFrame:
        """All rows with what has changed since they were read, or with ``changed`` instead."""
        import polars  # noqa: PLC0415

        over = self.changed if changed is None else changed
        if not over:
            return self.frame
        places = polars.Series([self.index[name] for name in over], dtype=polars.UInt32)
        return self.frame.with_columns(
            self.frame[column]
            .clone()
            .scatter(places, polars.Series([cells[column] for cells in over.values()]))
            .alias(column)
            for column in CHANGING
        )

    def to_write(self, frame: polars.DataFrame) -> polars.DataFrame:
        """A frame as the file is to have it: a column that was deleted stays so."""
        return frame.drop(self.deleted.intersection(SCANNED_COLUMNS))

    def rest_on(self, frame: polars.DataFrame, written: Mapping[str, Mapping[str, str]]) -> None:
        """Go on from a frame that was written with some changes in it; later ones stay changes."""
        self.frame, self._people, self.is_safe = frame, frame.select(CHANGING), True
        for name, cells in written.items():
            if self.changed.get(name) is cells:
                del self.changed[name]


def verdict_shown(cell: str) -> str:
    """A decision cell in canonical words; one that nobody knows stays as it was written."""
    if not cell:
        return ""
    words = meaning(cell)
    return cell.strip() if words is None else JOINED.join(words)


@lru_cache(maxsize=4_096)
def meaning(cell: str) -> tuple[Said, ...] | None:
    """The verdicts in a decision cell; None when one of its words is unknown."""
    return verdicts_in(cell)


def _worked(place: int, name: str, cells: Mapping[str, str], scored_by: str) -> WorkedRow:
    people = {column: cells[column] for column in FILLED_BY_PEOPLE}
    return WorkedRow(row=place + 2, comment_id=name, scored_by=scored_by, **people)


def _as_written(before: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row as a merge writes them: what the last scan said of it stays."""
    words = before["state"].lower()
    scan = GONE if GONE in words else NOT_FLAGGED if NOT_FLAGGED in words else ""
    new = {column: cells.get(column, "") for column in FILLED_BY_PEOPLE}
    return {**new, "state": joined([scan, cells["said"]])}


def _codes(decisions: polars.Series) -> polars.Series:
    import polars  # noqa: PLC0415

    meanings = {cell: _code(cell) for cell in decisions.unique()}
    if set(meanings) <= {""}:
        return polars.repeat(UNDECIDED, len(decisions), dtype=polars.UInt8, eager=True)
    codes: polars.Series = decisions.replace_strict(meanings, return_dtype=polars.UInt8)
    return codes


def _code(cell: str) -> int:
    words = meaning(cell)
    if words is None:
        return UNKNOWN
    if len(words) > 1:
        return CONFLICT
    if not words or words[0] == UNDO:
        return UNDECIDED
    return HUMAN_VERDICTS.index(words[0]) + 1
