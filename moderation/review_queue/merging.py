"""A new scan into an old queue: by id, and nothing that a person did is lost.

Pure: frames and a log in; a frame, new log entries and an account out. polars does the work on all
rows; Python looks only at those that people worked on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from moderation.review_queue.account import MergeAccount
from moderation.review_queue.columns import COLUMNS
from moderation.review_queue.decision_log import Log, LogEntry, histories
from moderation.review_queue.decisions import JOINED, Conflict, UnknownVerdict
from moderation.review_queue.extent import Extent
from moderation.review_queue.fanning import FannedOut, fan_out, is_followed
from moderation.review_queue.older import (
    FILLED_BY_PEOPLE,
    RANK,
    OlderQueue,
    is_touched,
    rank_of_state,
)
from moderation.review_queue.settling import ORDER, Recorder, Settled, WorkedRow, settle
from moderation.review_queue.states import (
    CONFLICT,
    GONE,
    NOT_FLAGGED,
    WITH_GROUP,
    joined,
    older,
)
from moderation.review_queue.verdict_words import UNDO

if TYPE_CHECKING:
    import polars

Grouping = Callable[["polars.Series", "polars.Series"], Mapping[str, str]]
"""Ids and texts in; the group of each id that has a near-duplicate out (`groups`)."""

START: Final = "_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRows:
    """What a scan has for the queue.

    ``frame`` holds the rows of the comments that belong into it, ``unflagged`` those of other
    comments that it found and that an older queue may know (at least the ones that `worked_on`
    names); both have `COLUMNS` and the Int64 column `START`, the comment's place in its page.
    ``policy`` names the policy: ``policy standard 1a2b3c4d``. ``left_out`` are comments of an
    earlier blind sample that do not belong to it any more.
    """

    frame: polars.DataFrame
    unflagged: polars.DataFrame
    policy: str
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A queue to be written, the entries that its log needs first, and the account."""

    frame: polars.DataFrame
    entries: tuple[LogEntry, ...]
    account: MergeAccount


def merge(  # noqa: PLR0913 - each is a thing of its own
    old: OlderQueue,
    log: Log,
    found: FoundRows,
    extent: Extent,
    *,
    recorder: Recorder,
    grouping: Grouping,
) -> Merged:
    """Put what a scan found into a queue that people work on.

    ``old`` was cut down by the ids of ``extent.seen``; ``recorder.policy`` is that of its last
    scan, under which its decisions were made. Merging the same again changes nothing.

    Raises:
        ValueError: when the rows do not add up, or one that a person worked on would be lost.
    """
    work = _Work.of(old, log, recorder)
    rows = _Rows(work, found, extent).arranged()
    return work.finished(rows, found.policy, grouping)


def record(  # noqa: PLR0913 - what a merge needs, but for the scan
    old: OlderQueue,
    log: Log,
    recorder: Recorder,
    *,
    grouping: Grouping,
    policy: str,
    restored: polars.DataFrame | None = None,
) -> Merged:
    """Take up what people wrote into a queue: no row leaves, and each keeps its place.

    ``old`` is all of the queue; ``restored`` are rows that are added at the end, as they were
    before they were lost.

    Raises:
        ValueError: when the rows do not add up.
    """
    import polars  # noqa: PLC0415

    frame, added = old.rest, 0
    if restored is not None:
        again = restored.with_columns(rank_of_state())
        frame, added = polars.concat([frame, again], how="diagonal").fill_null(""), again.height
    rows = _Arranged(frame=frame, counts=Counter(added=added))
    return _Work.of(old, log, recorder).finished(rows, policy, grouping)


def worked_on(old: OlderQueue, log: Log) -> set[str]:
    """Name the comments that a person has worked on, so that their rows stay, flagged or not."""
    return {entry.decision.comment_id for entry in log.entries} | old.worked_on()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arranged:
    frame: polars.DataFrame
    counts: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The older queue, and what its people's rows and the log come to."""

    old: OlderQueue
    settled: Mapping[str, Settled]
    order: Mapping[str, int]
    not_undone: tuple[WorkedRow, ...]

    @classmethod
    def of(cls, old: OlderQueue, log: Log, recorder: Recorder) -> _Work:
        known = histories(log.entries)
        plain = without_followed(old.worked, known)
        by_id: dict[str, list[WorkedRow]] = {name: [] for name in known}
        for row in plain:
            by_id.setdefault(row.comment_id, []).append(row)
        settled = {
            name: settle(by_id[name], known.get(name, ()), recorder) for name in sorted(by_id)
        }
        order = {name: number for number, name in enumerate(known)}
        return cls(
            old=old,
            settled=settled,
            order=order,
            not_undone=tuple(row for row in old.worked if _undoes_another_s(row)),
        )

    def finished(self, rows: _Arranged, policy: str, grouping: Grouping) -> Merged:
        """Write decisions, groups and states into the rows, and give the account."""
        comments = rows.frame.select("id", "text").filter(
            (rows.frame["id"] != "") & rows.frame["text"].str.contains(r"\S")
        )
        groups = grouping(comments["id"], comments["text"])
        present = _present(rows.frame, self.settled)
        settled = {name: self.settled[name] for name in present}
        fanned = fan_out(groups, settled, self.order, self._terms(rows.frame, groups))
        frame = _filled(rows.frame, self.settled, fanned, groups, policy)
        return Merged(
            frame=frame,
            entries=tuple(entry for one in self.settled.values() for entry in one.entries),
            account=self._account(rows, frame, settled, fanned),
        )

    def _terms(self, frame: polars.DataFrame, groups: Mapping[str, str]) -> dict[str, str]:
        """The terms found in the comments of groups; of those whose column was deleted, none."""
        known = frame["id"].is_in(list(groups))
        if "terms" in self.old.deleted:
            known &= ~frame["id"].is_in(self.old.rest["id"].implode())
        return dict(frame.filter(known).select("id", "terms").iter_rows())

    def _account(
        self,
        rows: _Arranged,
        frame: polars.DataFrame,
        settled: Mapping[str, Settled],
        fanned: FannedOut,
    ) -> MergeAccount:
        happened = Counter(one.happened for one in self.settled.values())
        shown = self._row_numbers(frame)
        put_back = sum(one.happened == "put back" for one in settled.values())
        return MergeAccount(
            before=self.old.height,
            added=rows.counts["added"],
            refreshed=rows.counts["refreshed"],
            dropped=rows.counts["dropped"],
            doubled=self.old.doubled,
            kept_unflagged=rows.counts["kept_unflagged"],
            gone=rows.counts["gone"],
            still_gone=rows.counts["still_gone"],
            came_back=rows.counts["came_back"],
            not_in_scan=rows.counts["not_in_scan"],
            after=frame.height,
            kept=happened["kept"],
            recorded=happened["recorded"],
            changed=happened["changed"],
            put_back=put_back,
            taken_back=happened["taken back"],
            fanned_out=len(fanned.followed),
            only_in_log=happened["put back"] - put_back,
            conflicts=tuple(
                _conflict(one, shown[name])
                for name, one in settled.items()
                if len(one.verdicts) > 1
            ),
            group_conflicts=fanned.conflicts,
            unknown=tuple(
                UnknownVerdict(row=shown[name], comment_id=name, word=one.unknown_word)
                for name, one in settled.items()
                if one.unknown_word
            ),
            remarks=tuple(
                _not_undone(row, shown[row.comment_id])
                for row in self.not_undone
                if row.comment_id in shown
            ),
        )

    def _row_numbers(self, frame: polars.DataFrame) -> dict[str, int]:
        """The rows of settled comments as a spreadsheet shows them in the queue as written now."""
        import polars  # noqa: PLC0415

        rows = frame.select("id").with_row_index("row", offset=2)
        ours = rows.filter(polars.col("id").is_in(list(self.settled)))
        return dict(ours.select("id", "row").iter_rows())


class _Rows:
    """The rows of a merged queue, each from the newest that there is of it, in their order."""

    def __init__(self, work: _Work, found: FoundRows, extent: Extent) -> None:
        self.work = work
        self.found = found
        self.extent = extent
        self.counts: Counter[str] = Counter()

    def arranged(self) -> _Arranged:
        import polars  # noqa: PLC0415

        own = self.work.old.own_columns
        kept = self._kept()
        new = polars.concat([self.found.frame.with_columns(_rank(0)), self._unflagged()])
        self._count_new(new)
        if own:
            new = _with_people_s_own(new, self.work.old.known, own)
        columns = [*COLUMNS, *own, START, RANK]
        frame = polars.concat([new.select(columns), kept.select(columns)], rechunk=False)
        return _Arranged(frame=_in_order(frame), counts=self.counts)

    def _worked(self) -> list[str]:
        """Comments whose rows stay, since people left something there."""
        words = {name for name, one in self.work.settled.items() if one.was_worked_on}
        return sorted(words | self.work.old.touched)

    def _unflagged(self) -> polars.DataFrame:
        """Comments that the scan found harmless, but that a person has worked on."""
        import polars  # noqa: PLC0415

        wanted = polars.col("id").is_in(self._worked())
        return self.found.unflagged.filter(wanted).with_columns(_rank(1))

    def _kept(self) -> polars.DataFrame:
        """Rows that the scan has nothing new for: of comments that are gone, or not looked for."""
        import polars  # noqa: PLC0415

        rest = self.work.old.rest
        left_out = rest["id"].is_in(list(self.found.left_out.difference(self._worked())))
        self.counts["dropped"] += int(left_out.sum())
        rest = rest.filter(~left_out)
        gone = self.extent.looked_at(rest) & (rest["id"] != "")
        was_gone = rest[RANK] == 2
        self.counts["gone"] = int((gone & ~was_gone).sum())
        self.counts["still_gone"] = int((gone & was_gone).sum())
        self.counts["not_in_scan"] = int((~gone).sum())
        ranks = polars.select(
            polars.when(gone).then(2).otherwise(rest[RANK]).cast(polars.Int8).alias(RANK)
        )
        return _with_places(rest.with_columns(ranks[RANK]), self.extent.earlier)

    def _count_new(self, new: polars.DataFrame) -> None:
        known = self.work.old.known.select("id", RANK)
        again = known.join(new.select("id", now=RANK), on="id", how="inner")
        is_unflagged = again["now"] == 1
        self.counts["added"] = new.height - again.height
        self.counts["refreshed"] = int((~is_unflagged).sum())
        self.counts["kept_unflagged"] = int(is_unflagged.sum())
        self.counts["came_back"] = int((again[RANK] == 2).sum())
        seen = known.filter(known["id"].is_in(self.extent.seen.implode()))
        self.counts["dropped"] += seen.height - again.height
        self._require_worked(seen["id"], new["id"])

    def _require_worked(self, seen: polars.Series, new: polars.Series) -> None:
        import polars  # noqa: PLC0415

        worked = polars.Series(self._worked(), dtype=polars.String)
        worked = worked.filter(worked.is_in(seen.implode()))
        if not worked.is_in(new.implode()).all():
            raise ValueError("a row that a person has worked on is missing")


def without_followed(
    rows: Sequence[WorkedRow], known: Mapping[str, Sequence[LogEntry]]
) -> list[WorkedRow]:
    """Leave out of each row what was fanned out to it from another, which is among them.

    ``known`` is the log of each comment.
    """
    first: dict[str, WorkedRow] = {}
    for row in rows:
        first.setdefault(row.comment_id, row)
    return [
        replace(row, decision="", reviewer="", decided_under="")
        if is_followed(row, first.get(row.decided_with), known)
        else row
        for row in rows
    ]


def _undoes_another_s(row: WorkedRow) -> bool:
    return bool(row.decided_with) and row.said() in (frozenset(), frozenset({UNDO}))


def _not_undone(row: WorkedRow, number: int) -> str:
    return (
        f"Row {number:,} ({row.comment_id}) follows the decision on {row.decided_with}, so that an "
        "empty cell or 'undo' there changes nothing. Take that decision back, or give the row a "
        "verdict of its own."
    )


def _present(frame: polars.DataFrame, settled: Mapping[str, Settled]) -> list[str]:
    """The settled comments that have a row."""
    import polars  # noqa: PLC0415

    names = polars.Series(list(settled), dtype=polars.String)
    present: list[str] = names.filter(names.is_in(frame["id"].implode())).to_list()
    return present


def _filled(
    frame: polars.DataFrame,
    settled: Mapping[str, Settled],
    fanned: FannedOut,
    groups: Mapping[str, str],
    policy: str,
) -> polars.DataFrame:
    """Write people's columns and the standing ones anew; the frame's other columns stay."""
    import polars  # noqa: PLC0415

    names = [*settled, *(name for name in fanned.followed if name not in settled)]
    scored_by = dict(
        frame.filter(polars.col("id").is_in(names)).select("id", "scored_by").iter_rows()
    )
    cells = [
        {"id": name, **cells_of(name, settled, fanned, scored_by.get(name, ""), policy)}
        for name in names
    ]
    schema = dict.fromkeys(("id", *FILLED_BY_PEOPLE, "said"), polars.String)
    people = polars.DataFrame(cells, schema=schema)
    grouped = polars.DataFrame(
        {"id": list(groups), "group": list(groups.values())},
        schema={"id": polars.String, "group": polars.String},
    )
    standing = frame.select("id", RANK).join(people, on="id", how="left", maintain_order="left")
    standing = standing.join(grouped, on="id", how="left", maintain_order="left")
    state = polars.concat_str(
        polars.when(polars.col(RANK) == 2)
        .then(polars.lit(GONE))
        .when(polars.col(RANK) == 1)
        .then(polars.lit(NOT_FLAGGED)),
        polars.when(polars.col("said") != "").then(polars.col("said")),
        separator="; ",
        ignore_nulls=True,
    )
    standing = standing.with_columns(state=state).fill_null("")
    strangers = frame["id"] == ""
    new = standing.select(*FILLED_BY_PEOPLE, "state", "group")
    if strangers.any():
        new = new.with_columns(
            polars.when(strangers).then(frame[name]).otherwise(new[name]).alias(name)
            for name in new.columns
        )
    kept = [name for name in frame.columns if name not in {START, RANK}]
    return frame.with_columns(new).select(kept)


def cells_of(
    name: str,
    settled: Mapping[str, Settled],
    fanned: FannedOut,
    scored_by: str,
    policy: str,
) -> dict[str, str]:
    """What people's columns and the standing ones say of a comment; an empty cell may be missing.

    ``said`` are the words for its column ``state``, behind those about the last scan.
    """
    one = settled.get(name)
    cells = dict(one.cells) if one is not None else {}
    said = [CONFLICT] if one is not None and len(one.verdicts) > 1 else []
    if followed := fanned.followed.get(name):
        cells |= {"decision": followed.verdict, "reviewer": followed.reviewer}
        cells["decided_with"] = followed.origin
        said.append(WITH_GROUP)
    if cells.get("decided_under"):
        said.append(older(cells["decided_under"], scored_by, policy))
    return cells | {"said": joined(said)}


def _conflict(one: Settled, row: int) -> Conflict:
    return Conflict(
        comment_id=one.comment_id,
        rows=(row,),
        verdicts=tuple(verdict for verdict in ORDER if verdict in one.verdicts),
        reviewers=tuple(filter(None, one.cells["reviewer"].split(JOINED))),
    )


def _rank(rank: int) -> polars.Expr:
    import polars  # noqa: PLC0415

    return polars.lit(rank, dtype=polars.Int8).alias(RANK)


def _with_places(rows: polars.DataFrame, earlier: polars.DataFrame | None) -> polars.DataFrame:
    """Add where each comment of an earlier scan stands in its page, as far as it is known."""
    import polars  # noqa: PLC0415

    if earlier is None or rows.is_empty():
        return rows.with_columns(polars.lit(None, polars.Int64).alias(START))
    places = earlier.select("id", polars.col("start").alias(START)).unique("id")
    return rows.join(places, on="id", how="left", maintain_order="left")


def _in_order(frame: polars.DataFrame) -> polars.DataFrame:
    """Worst first, in the order of pages and of places; then what is no longer flagged, or gone.

    People's rows without an id come last.
    """
    import polars  # noqa: PLC0415

    keys = frame.select(
        polars.col("id") == "",
        RANK,
        -polars.col("priority").cast(polars.Int64, strict=False).fill_null(-1),
        "source",
        START,
        name="id",
    )
    order = keys.select(polars.arg_sort_by(keys.columns, nulls_last=True, maintain_order=True))
    return frame[order.to_series()]


def _with_people_s_own(
    new: polars.DataFrame, known: polars.DataFrame, own: Sequence[str]
) -> polars.DataFrame:
    """Carry the columns that people added over to the fresh rows."""
    import polars  # noqa: PLC0415

    filled = known.select("id", *own).filter(is_touched(own))
    carried = new.select("id").join(filled, on="id", how="left", maintain_order="left")
    return new.with_columns(carried.select(polars.col(own).fill_null("")))
