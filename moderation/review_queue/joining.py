"""Bring the parts of several people back into a queue, and measure how far they agree.

A part's row becomes a further row of its comment; what several rows of one comment come to is
settled in one place only, where decisions are recorded (`settling`). So a difference between two
people, or with the queue, is a conflict that stays in the cell until a person settles it.

What a part says that the log has already was joined before: it is passed over, so that joining
twice changes nothing and an old part does not open again what people have settled since.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from moderation.errors import UsageError
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.columns import COLUMNS, REVIEWER_COLUMNS
from moderation.review_queue.decision_log import LogEntry, histories, read_log
from moderation.review_queue.decisions import JOINED, UnknownVerdict
from moderation.review_queue.judgements import (
    ORDER,
    Judgement,
    PairAgreement,
    Said,
    agreements,
    judgement_of,
    own_judgements,
)
from moderation.review_queue.locking import locked
from moderation.review_queue.reading import ROW, QueueTable, read_table
from moderation.review_queue.recording import (
    RecordedDecisions,
    existing,
    now_recorder,
    rewritten,
)
from moderation.review_queue.side_files import write_side_file
from moderation.review_queue.splitting import reviewer_of
from moderation.review_queue.table_file import write_frame
from moderation.review_queue.verdict_words import UNDO

if TYPE_CHECKING:
    import polars

_NOT_JOINED = "not-joined-"
_PEOPLE_S = (*REVIEWER_COLUMNS, "decided_under", "decided_with")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPart:
    """A part that was read back: its name for people, whose it is, and its rows."""

    name: str
    reviewer: str
    table: QueueTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A comment on which a part differs from another or from the queue, and who says what."""

    comment_id: str
    verdicts: tuple[Said, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A decision cell of a part whose word is none that the tool knows."""

    part: str
    verdict: UnknownVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAccount:
    """What a part held: ``rows == untouched + new + known + strangers + unread``.

    ``new`` rows bring something, ``known`` ones nothing that the queue or its log does not have;
    ``strangers`` are rows with somebody's work on comments that the queue does not know.
    ``unread`` rows are damaged.
    """

    name: str
    reviewer: str
    rows: int
    untouched: int
    new: int
    known: int
    strangers: int
    unread: int

    def __post_init__(self) -> None:
        """Refuse numbers that do not add up.

        Raises:
            ValueError: when a row of the part was lost.
        """
        parts = (self.untouched, self.new, self.known, self.strangers, self.unread)
        if sum(parts) != self.rows:
            raise ValueError(f"the rows of the part do not add up: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A queue with the work of its parts as further rows, ready to be recorded.

    ``strangers`` holds, with a first column ``part``, the rows that the queue does not know.
    """

    table: QueueTable
    parts: tuple[JoinedPart, ...]
    accounts: tuple[PartAccount, ...]
    conflicts: tuple[Disagreement, ...]
    agreement: tuple[PairAgreement, ...]
    unknown_words: tuple[UnknownWord, ...]
    strangers: polars.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedQueue:
    """What joining did: to the queue, and where the rows lie that it does not know."""

    joined: Joined
    recorded: RecordedDecisions
    not_joined: tuple[Path, ...]

    @property
    def needs_a_look(self) -> bool:
        """Whether a person has to do something before the queue says what the parts say."""
        unread = any(account.unread for account in self.joined.accounts)
        conflicts = self.recorded.account.conflicts
        return bool(unread or self.not_joined or self.joined.unknown_words or conflicts)


def join_parts(queue: Path, parts: Sequence[Path]) -> JoinedQueue:
    """Bring the decisions, notes, reviewers and own columns of parts back into a queue.

    What stands in the queue is recorded first. The rows of a part that the queue does not know are
    written beside the queue, as ``not-joined-PART.csv``. The parts stay as they are.

    Raises:
        UsageError: when there is no queue, or a part is missing or no queue; nothing has changed.
        QueueExists: when a part of the queue cannot be read; nothing has changed then.
        OutputError: when something cannot be written; the queue is then as it was.
    """
    paths = existing(queue)
    read = read_parts(paths.queue, parts)
    results: list[Joined] = []

    def edited(table: QueueTable) -> QueueTable:
        results.append(join(table, read, read_log(paths.log).entries))
        return results[-1].table

    with locked(paths.queue):
        rewritten(paths, now_recorder)
        recorded = rewritten(paths, now_recorder, edited)
    not_joined = _write_strangers(results[-1].strangers, paths.queue.parent)
    return JoinedQueue(joined=results[-1], recorded=recorded, not_joined=not_joined)


def read_parts(queue: Path, parts: Iterable[Path]) -> list[JoinedPart]:
    """Read each part once; the queue itself, which a pattern may have caught, is passed over.

    Raises:
        UsageError: when a part is missing or no queue, or there is none.
    """
    own = queue.resolve()
    distinct = {part.resolve(): part for part in parts if part.resolve() != own}
    if not distinct:
        raise UsageError("There is no part to join. Name the files that reviewers sent back.")
    return [
        JoinedPart(name=str(part), reviewer=reviewer_of(part, queue), table=read_table(part))
        for part in distinct.values()
    ]


def join(
    table: QueueTable, parts: Sequence[JoinedPart], entries: Iterable[LogEntry] = ()
) -> Joined:
    """Put the work of parts into a queue; pure, nothing is written.

    ``entries`` are those of the queue's log, so that what was joined before is told apart.
    """
    return _Joining(table, parts, histories(entries)).joined()


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartRow:
    """A row of a part: what it says, people's cells in it, and those of their own columns."""

    judgement: Judgement
    cells: Mapping[str, str]
    own: Mapping[str, str]

    @property
    def note(self) -> str:
        return from_cell(self.cells["note"]).strip()


class _Joining:
    def __init__(
        self,
        table: QueueTable,
        parts: Sequence[JoinedPart],
        known: Mapping[str, Sequence[LogEntry]],
    ) -> None:
        self.table = table
        self.parts = tuple(parts)
        self.history = known
        self.worked = {part.name: _worked_rows(part) for part in parts}
        ids = {row.judgement.comment_id for rows in self.worked.values() for row in rows}
        self.before = _by_id(table, ids)
        self.own = {name: own_judgements(rows) for name, rows in self.before.items()}
        self.new: dict[str, list[_PartRow]] = defaultdict(list)
        self.accounts = tuple([self._take(part) for part in parts])

    def joined(self) -> Joined:
        return Joined(
            table=replace(self.table, frame=self._frame()),
            parts=self.parts,
            accounts=self.accounts,
            conflicts=tuple(self._conflicts()),
            agreement=agreements(self._judged()),
            unknown_words=tuple(self._unknown_words()),
            strangers=_strangers(self.parts, self.before),
        )

    def _take(self, part: JoinedPart) -> PartAccount:
        """Sort the rows of a part by what they bring."""
        counts = Counter(map(self._sorted, self.worked[part.name]))
        rows, unread = part.table.frame.height, len(part.table.problems)
        return PartAccount(
            name=part.name,
            reviewer=part.reviewer,
            rows=rows + unread,
            untouched=rows - counts.total(),
            new=counts["new"],
            known=counts["known"],
            strangers=counts["strangers"],
            unread=unread,
        )

    def _sorted(self, row: _PartRow) -> str:
        comment_id = row.judgement.comment_id
        if comment_id not in self.before:
            return "strangers"
        if self._is_known(row):
            return "known"
        self.new[comment_id].append(row)
        return "new"

    def _is_known(self, row: _PartRow) -> bool:
        """Tell whether the queue or its log has everything that a row says."""
        before = self.before[row.judgement.comment_id]
        has_own = all(_holds(before, name, cell) for name, cell in row.own.items())
        return has_own and self._has_note(row) and self._has_verdict(row)

    def _has_note(self, row: _PartRow) -> bool:
        comment_id = row.judgement.comment_id
        notes = [from_cell(cells["note"]) for cells in self.before[comment_id]]
        notes += [one.decision.note for one in self.history.get(comment_id, ())]
        return _pieces(row.note) <= set().union(*map(_pieces, notes))

    def _has_verdict(self, row: _PartRow) -> bool:
        """Tell whether a row has no verdict, or one that was recorded for the same person."""
        one = row.judgement
        history = self.history.get(one.comment_id, ())
        before = self.before[one.comment_id]
        if not one.said:
            return not one.word or _holds(before, "decision", one.word)
        if one.said == {UNDO}:
            was_decided = history or any(cells["decision"].strip() for cells in before)
            return not was_decided or any(entry.action == "taken back" for entry in history)
        recorded = {
            entry.decision.verdict
            for entry in history
            if entry.action != "taken back" and _names(entry.decision.reviewer, one.reviewer)
        }
        return one.said - {UNDO} <= recorded

    def _conflicts(self) -> Iterator[Disagreement]:
        """Comments on which what is joined now differs, or differs from what the queue says."""
        for comment_id, rows in self.new.items():
            judgements = [row.judgement for row in rows if row.judgement.said]
            if self._changed_mind(comment_id) is None:
                judgements = [*self.own[comment_id], *judgements]
            said = {verdict for judgement in judgements for verdict in judgement.said}
            if len(said) > 1:
                yield Disagreement(
                    comment_id=comment_id,
                    verdicts=tuple(verdict for verdict in ORDER if verdict in said),
                    judgements=tuple(judgements),
                )

    def _changed_mind(self, comment_id: str) -> _PartRow | None:
        """The row in which somebody says otherwise than the same person in the queue."""
        recorded = self._recorded(comment_id)
        rows = [row for row in self.new[comment_id] if row.judgement.said]
        if recorded is None or len(rows) != 1:
            return None
        (row,) = rows
        same = recorded.reviewer.casefold() == row.judgement.reviewer.casefold()
        return row if same and recorded.said != row.judgement.said else None

    def _recorded(self, comment_id: str) -> Judgement | None:
        """What the queue's one row of a comment says, if that is in the log and its own."""
        before, own = self.before[comment_id], self.own[comment_id]
        return own[0] if len(before) == len(own) == 1 and before[0]["decided_under"] else None

    def _confirms(self, row: _PartRow) -> bool:
        """Tell whether a row says what another person said in the queue: both stand there then."""
        recorded = self._recorded(row.judgement.comment_id)
        return recorded is not None and recorded.said == row.judgement.said

    def _judged(self) -> Iterator[list[Judgement]]:
        """The verdicts on each comment that a part judged: those of the parts, then the queue's."""
        of_parts: dict[str, list[Judgement]] = defaultdict(list)
        for row in (row for rows in self.worked.values() for row in rows):
            if row.judgement.said and not row.cells["decided_with"]:
                of_parts[row.judgement.comment_id].append(row.judgement)
        for comment_id, judgements in of_parts.items():
            yield [*judgements, *self.own.get(comment_id, ())]

    def _unknown_words(self) -> Iterator[UnknownWord]:
        for row in (row for rows in self.worked.values() for row in rows):
            one = row.judgement
            if one.word and not one.said:
                verdict = UnknownVerdict(row=one.row, comment_id=one.comment_id, word=one.word)
                yield UnknownWord(part=one.part, verdict=verdict)

    def _frame(self) -> polars.DataFrame:
        """The queue's rows, then a row for each that brings something."""
        import polars  # noqa: PLC0415

        frame = self.table.frame
        own = dict.fromkeys(name for rows in self.new.values() for row in rows for name in row.own)
        added = [name for name in own if name not in frame.columns]
        frame = frame.with_columns(polars.lit("").alias(name) for name in added)
        frame = frame.select([*(name for name in frame.columns if name != ROW), ROW])
        frame = _with_cells(frame, {name: self._changed(name) for name in self.new})
        further = [row for name in self.new for row in self._further(name)]
        return _with_rows(frame, further)

    def _changed(self, comment_id: str) -> dict[str, str]:
        """The cells of the queue's own row that change.

        They are people's own columns, and what one of them changed or another confirms.
        """
        before = self.before[comment_id][0]
        cells = dict(before)
        for row in self.new[comment_id]:
            for name, cell in row.own.items():
                cells[name] = _joined_cells(cells.get(name, ""), cell)
            if self._confirms(row):
                cells["reviewer"] = _joined_cells(cells["reviewer"], row.judgement.reviewer)
                cells["note"] = _joined_cells(cells["note"], row.cells["note"])
        if (changed := self._changed_mind(comment_id)) is not None:
            cells |= {name: changed.cells[name] for name in ("decision", "decided_at")}
            cells["note"] = _joined_cells(cells["note"], changed.cells["note"])
        return {name: cell for name, cell in cells.items() if cell != before.get(name)}

    def _further(self, comment_id: str) -> Iterator[dict[str, str]]:
        """Further rows of a comment: the decisions and notes of parts that go into no other."""
        changed_mind = self._changed_mind(comment_id)
        for row in self.new[comment_id]:
            is_taken = row is changed_mind or self._confirms(row)
            if is_taken or not (row.judgement.word or row.note):
                continue
            cells = {name: row.cells[name] for name in ("id", *_PEOPLE_S)}
            if row.judgement.word:
                cells["reviewer"] = to_cell(row.judgement.reviewer)
            yield cells


def _worked_rows(part: JoinedPart) -> list[_PartRow]:
    """The rows of a part that a person has worked on."""
    own = _own_columns(part.table.frame)
    rows = part.table.frame.filter(_is_touched(part.table.frame))
    return [
        _PartRow(
            judgement=judgement_of(part.name, part.reviewer, cells),
            cells=cells,
            own={name: cells[name] for name in own if cells[name].strip()},
        )
        for cells in rows.select("id", *_PEOPLE_S, *own, ROW).iter_rows(named=True)
    ]


def _own_columns(frame: polars.DataFrame) -> list[str]:
    return [name for name in frame.columns if name not in (*COLUMNS, ROW)]


def _is_touched(frame: polars.DataFrame) -> polars.Expr:
    import polars  # noqa: PLC0415

    return polars.any_horizontal(
        polars.col(name).str.contains(r"\S") for name in ("decision", "note", *_own_columns(frame))
    )


def _by_id(table: QueueTable, ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """The queue's rows of some comments."""
    import polars  # noqa: PLC0415

    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    wanted = polars.Series(sorted(filter(None, ids)), dtype=polars.String)
    rows = table.frame.filter(table.frame["id"].is_in(wanted.implode()))
    people_s = rows.select("id", *_PEOPLE_S, *_own_columns(rows), ROW)
    for cells in people_s.iter_rows(named=True):
        found[cells["id"]].append(cells)
    return dict(found)


def _pieces(text: str) -> set[str]:
    """What stands between the marks in a cell that several people's texts were joined in."""
    return {piece.strip() for piece in text.split(JOINED)} - {""}


def _names(reviewers: str, person: str) -> bool:
    return person.casefold() in {name.casefold() for name in _pieces(reviewers)}


def _holds(rows: Iterable[Mapping[str, str]], column: str, cell: str) -> bool:
    return any(_pieces(from_cell(cell)) <= _pieces(from_cell(row.get(column, ""))) for row in rows)


def _joined_cells(before: str, cell: str) -> str:
    """Put two people's texts into one cell, none twice, also where some were joined before."""
    new = _pieces(from_cell(cell)) - _pieces(from_cell(before))
    if not new:
        return before
    pieces = [piece.strip() for piece in from_cell(cell).split(JOINED) if piece.strip() in new]
    return to_cell(JOINED.join([*filter(None, [from_cell(before)]), *dict.fromkeys(pieces)]))


def _with_cells(
    frame: polars.DataFrame, changes: Mapping[str, Mapping[str, str]]
) -> polars.DataFrame:
    """Change some cells of some comments' first rows."""
    import polars  # noqa: PLC0415

    columns = list(dict.fromkeys(name for cells in changes.values() for name in cells))
    is_first = frame["id"].is_first_distinct()
    new = []
    for name in columns:
        cells = {one: changed[name] for one, changed in changes.items() if name in changed}
        changed = frame["id"].replace_strict(cells, default=None, return_dtype=polars.String)
        wanted = is_first & changed.is_not_null()
        new.append(polars.when(wanted).then(changed).otherwise(frame[name]).alias(name))
    return frame.with_columns(new)


def _with_rows(frame: polars.DataFrame, further: Sequence[Mapping[str, str]]) -> polars.DataFrame:
    """Add further rows of comments, with the queue's evidence, and numbered behind its own."""
    import polars  # noqa: PLC0415

    schema = dict.fromkeys(("id", *_PEOPLE_S), polars.String)
    rows = polars.DataFrame({name: [row[name] for row in further] for name in schema}, schema)
    evidence = [name for name in COLUMNS if name not in _PEOPLE_S]
    first = frame.filter(frame["id"].is_first_distinct()).select(evidence)
    last = int(frame[ROW].to_numpy().max(initial=1))
    numbers = polars.Series(ROW, range(last + 1, last + 1 + len(further)), dtype=polars.Int64)
    whole = rows.join(first, on="id", how="left", maintain_order="left").with_columns(
        *(polars.lit("").alias(name) for name in _own_columns(frame)), numbers
    )
    return polars.concat([frame, whole.select(frame.columns)])


def _strangers(parts: Sequence[JoinedPart], known: Collection[str]) -> polars.DataFrame:
    """The rows that people worked on and whose comments the queue does not know."""
    import polars  # noqa: PLC0415

    names = list(known)
    none = polars.DataFrame(schema=dict.fromkeys(("part", *COLUMNS), polars.String))
    rows = [
        part.table.frame.filter(
            _is_touched(part.table.frame) & ~polars.col("id").is_in(names)
        ).select(polars.lit(part.name).alias("part"), polars.all().exclude(ROW, "part"))
        for part in parts
    ]
    return polars.concat([none, *rows], how="diagonal").with_columns(polars.all().fill_null(""))


def _write_strangers(strangers: polars.DataFrame, folder: Path) -> tuple[Path, ...]:
    written: list[Path] = []
    for (part,), rows in strangers.group_by("part", maintain_order=True):
        name = f"{_NOT_JOINED}{Path(str(part)).stem}"
        same = sum(one.stem.startswith(name) for one in written)
        path = folder / f"{name}{f'-{same + 1}' if same else ''}.csv"
        content = io.BytesIO()
        write_frame(rows, content)
        write_side_file(path, content.getvalue().decode("utf-8"), opening="\ufeffpart,")
        written.append(path)
    return tuple(written)
