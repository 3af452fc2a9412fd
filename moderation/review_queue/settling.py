"""What people wrote in a queue, held against the log: what is decided now, and what is new.

A queue travels: it lies open in a spreadsheet for hours, an older copy is saved over a newer one,
a column is lost. So a row says which entry of the log it shows (`states.change_of`), and is
compared with that entry first: a row that still says what it said then is an older copy and changes
nothing; one that says something else is a person's doing. Where both the row and the log have moved
on, and differ, that is a conflict. It is shown, and a person settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from moderation.records import HUMAN_VERDICTS, Decision, HumanVerdict
from moderation.review_queue.cells import from_cell, to_cell
from moderation.review_queue.columns import REVIEWER_COLUMNS
from moderation.review_queue.decision_log import Action, LogEntry, outcome
from moderation.review_queue.decisions import JOINED, verdicts_in
from moderation.review_queue.states import change_of, numbered, under
from moderation.review_queue.verdict_words import UNDO, Undo

Said = HumanVerdict | Undo

ORDER: tuple[Said, ...] = (*HUMAN_VERDICTS, UNDO)
"""In which the verdicts of a conflict are written."""

Happened = Literal["nothing", "kept", "recorded", "changed", "put back", "taken back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Who records, when, and under which policy the rows were decided that are not in the log yet.

    ``now`` is a time in UTC (ISO 8601), ``tool`` the tool and its version, ``policy`` as in
    ``policy standard 1a2b3c4d`` or empty. ``reviewer`` takes decisions back where the row names
    nobody. With ``cleared_is_taken_back`` false, an empty cell is a loss that the log makes good.
    """

    now: str
    tool: str
    policy: str = ""
    reviewer: str = ""
    cleared_is_taken_back: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedRow:
    """A row that a person has worked on, or that the log knows: its cells as they stand."""

    row: int
    comment_id: str
    decision: str = ""
    note: str = ""
    reviewer: str = ""
    decided_at: str = ""
    decided_under: str = ""
    decided_with: str = ""
    scored_by: str = ""

    def said(self) -> frozenset[Said] | None:
        """The verdicts in the decision cell; None when one of its words is unknown."""
        words = _words_in(self.decision)
        return None if words is None else frozenset(words)

    def plain(self, column: Literal["note", "reviewer", "decided_at"]) -> str:
        """A cell's text without what makes it safe in a spreadsheet."""
        text: str = getattr(self, column)
        return from_cell(text).strip() if text else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What one comment's rows and history come to.

    ``verdicts`` is empty, one decision, or a conflict; ``cells`` are the reviewer's columns and
    ``decided_under`` as they are to be written; ``entries`` are new in the log.
    """

    comment_id: str
    verdicts: tuple[Said, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[LogEntry, ...] = ()
    happened: Happened = "nothing"
    unknown_word: str = ""
    rows: tuple[int, ...] = ()

    @property
    def decision(self) -> HumanVerdict | None:
        """The one verdict that stands, if there is one."""
        if len(self.verdicts) != 1 or self.unknown_word:
            return None
        (verdict,) = self.verdicts
        return None if verdict == UNDO else verdict

    @property
    def was_worked_on(self) -> bool:
        """Whether a person left anything in the reviewer's columns, so that the row must stay."""
        return any(self.cells.get(name, "").strip() for name in REVIEWER_COLUMNS)


def settle(rows: Sequence[WorkedRow], history: Sequence[LogEntry], recorder: Recorder) -> Settled:
    """Settle one comment: its rows in the queue, none or several, and its entries in the log."""
    return _Comment(rows, history, recorder).settled()


class _Comment:
    def __init__(
        self, rows: Sequence[WorkedRow], history: Sequence[LogEntry], recorder: Recorder
    ) -> None:
        self.rows = rows
        self.history = history
        self.recorder = recorder
        self.stands = outcome(history)
        self.id = rows[0].comment_id if rows else history[0].decision.comment_id

    def settled(self) -> Settled:
        said = [(row, self._said(row)) for row in self.rows]
        verdicts = tuple(word for word in ORDER if any(word in words for _, words in said))
        speakers = [row for row, words in said if words] or list(self.rows)
        if self._unknown_words():
            return self._unreadable(verdicts, speakers)
        if not verdicts:
            return self._as_logged()
        if verdicts == (UNDO,):
            return self._taken_back(speakers)
        if len(verdicts) > 1:
            return self._in_conflict(verdicts, speakers)
        if verdicts == self._standing_verdicts():
            return self._confirmed(speakers)
        return self._decided(verdicts[0], speakers)

    def _said(self, row: WorkedRow) -> frozenset[Said]:
        """What a row says that the log does not say already for an older copy of it."""
        said, change, latest = row.said(), change_of(row.decided_under), len(self.history)
        if said is None:
            return frozenset()
        if not said:
            is_cleared = change >= max(latest, 1) and self.recorder.cleared_is_taken_back
            return frozenset({UNDO}) if is_cleared else frozenset()
        if change >= latest:
            return said
        stands = frozenset(self._standing_verdicts())
        if said == {UNDO}:
            return said if change == 0 else frozenset()
        if change and said == frozenset(_verdicts(outcome(self.history[:change]))):
            return frozenset()
        return said | stands

    def _standing_verdicts(self) -> tuple[Said, ...]:
        return _verdicts(self.stands)

    def _unknown_words(self) -> tuple[str, ...]:
        return _distinct(row.decision.strip() for row in self.rows if row.said() is None)

    def _as_logged(self) -> Settled:
        """Nobody says anything new: the log's decision stands, also where the row has lost it."""
        if not self.stands:
            was_cleared = any(row.said() for row in self.rows)
            blank = {"decision": "", "decided_under": ""}
            withdrawn = {"reviewer": "", "decided_at": ""} if was_cleared else {}
            return self._result((), blank | withdrawn, happened="nothing")
        verdicts = self._standing_verdicts()
        shown = {row.said() for row in self.rows} == {frozenset(verdicts)}
        entries = self._noted(self._all_notes())
        return self._result(
            verdicts,
            self._cells(verdicts, self.stands, self._all_notes(), len(entries)),
            entries=entries,
            happened="kept" if shown else "put back",
        )

    def _taken_back(self, speakers: Sequence[WorkedRow]) -> Settled:
        blank = dict.fromkeys(("decision", "reviewer", "decided_at", "decided_under"), "")
        if not self.stands:
            return self._result((), blank, happened="nothing")
        reviewer = self.recorder.reviewer or _join(row.plain("reviewer") for row in speakers)
        entries = tuple(
            self._entry("taken back", one.decision.verdict, reviewer, "", one.decision.note, one)
            for one in self.stands[:1]
        )
        return self._result((), blank, entries=entries, happened="taken back")

    def _confirmed(self, speakers: Sequence[WorkedRow]) -> Settled:
        """The row says what the log says; a note or a reviewer may be new."""
        (stands,) = self.stands
        logged = stands.decision
        current = [row for row in speakers if change_of(row.decided_under) >= len(self.history)]
        if current:
            reviewer = _join(row.plain("reviewer") for row in current)
            note = _join(row.plain("note") for row in self.rows)
            when = _first(row.plain("decided_at") for row in current)
        else:
            reviewer, note, when = logged.reviewer, self._all_notes(), logged.decided_at
        is_new = (reviewer, note) != (logged.reviewer, logged.note)
        entries = (
            (self._entry("changed", logged.verdict, reviewer, when, note, stands),)
            if is_new
            else ()
        )
        cells = {"decision": logged.verdict, "reviewer": reviewer, "decided_at": when, "note": note}
        cells["decided_under"] = self._under(stands.decided_under, len(entries))
        happened: Happened = "changed" if is_new else "kept"
        return self._result((logged.verdict,), cells, entries=entries, happened=happened)

    def _decided(self, verdict: Said, speakers: Sequence[WorkedRow]) -> Settled:
        if verdict == UNDO:
            raise ValueError("taking back is no decision")
        reviewer = _join(row.plain("reviewer") for row in speakers)
        when = _first(row.plain("decided_at") for row in speakers)
        note = self._all_notes()
        action: Action = "changed" if self.stands else "decided"
        entry = self._entry(action, verdict, reviewer, when, note)
        cells = {"decision": verdict, "reviewer": reviewer, "decided_at": when, "note": note}
        cells["decided_under"] = self._under(entry.decided_under, 1)
        happened: Happened = "changed" if self.stands else "recorded"
        return self._result((verdict,), cells, entries=(entry,), happened=happened)

    def _in_conflict(self, verdicts: tuple[Said, ...], speakers: Sequence[WorkedRow]) -> Settled:
        real = tuple(verdict for verdict in verdicts if verdict != UNDO)
        if len(real) == 1:  # one says undo, another a verdict: the verdict is safe in the log
            known = real == self._standing_verdicts()
            inner = self._confirmed(speakers) if known else self._decided(real[0], speakers)
            cells = {**inner.cells, "decision": JOINED.join(verdicts)}
            return replace(inner, verdicts=verdicts, cells=cells)
        by_verdict = self._who_said(real, speakers)
        if set(real) == set(self._standing_verdicts()):
            entries: tuple[LogEntry, ...] = ()
            happened: Happened = "kept"
        else:
            entries = tuple(by_verdict[verdict] for verdict in real)
            happened = "changed" if self.stands else "recorded"
        chosen = entries or self.stands
        cells = self._cells(verdicts, chosen, self._all_notes(), len(entries))
        return self._result(verdicts, cells, entries=entries, happened=happened)

    def _unreadable(self, verdicts: tuple[Said, ...], speakers: Sequence[WorkedRow]) -> Settled:
        """A word that nobody knows stays as it was written, and the log as it was."""
        word = JOINED.join((*verdicts, *self._unknown_words()))
        real = tuple(verdict for verdict in verdicts if verdict != UNDO)
        inner = None
        if len(real) == 1 and real != self._standing_verdicts():
            inner = self._decided(real[0], speakers)
        entries = inner.entries if inner else ()
        cells = {"decision": word, "note": self._all_notes()}
        cells["reviewer"] = _join(row.plain("reviewer") for row in self.rows)
        cells["decided_at"] = _first(row.plain("decided_at") for row in self.rows)
        logged = (*self.stands, *entries)
        cells["decided_under"] = (
            self._under(logged[-1].decided_under, len(entries)) if logged else ""
        )
        return self._result(self._standing_verdicts(), cells, entries=entries, unknown_word=word)

    def _who_said(
        self, verdicts: Iterable[HumanVerdict], speakers: Sequence[WorkedRow]
    ) -> dict[Said, LogEntry]:
        """One entry for each verdict of a conflict, with the people and notes behind it."""
        logged = {one.decision.verdict: one.decision for one in self.stands}
        found: dict[Said, LogEntry] = {}
        for verdict in verdicts:
            rows = [row for row in speakers if verdict in (row.said() or ())]
            before = logged.get(verdict)
            reviewer = _join(
                [*([before.reviewer] if before else []), *(row.plain("reviewer") for row in rows)]
            )
            note = _join([*([before.note] if before else []), *(row.plain("note") for row in rows)])
            when = _first(
                [*([before.decided_at] if before else []), *(r.plain("decided_at") for r in rows)]
            )
            found[verdict] = self._entry("in conflict", verdict, reviewer, when, note)
        return found

    def _noted(self, note: str) -> tuple[LogEntry, ...]:
        """Record a note that only an older copy of the row has."""
        if len(self.stands) != 1 or note == self.stands[0].decision.note:
            return ()
        (one,) = self.stands
        logged = one.decision
        return (
            self._entry("changed", logged.verdict, logged.reviewer, logged.decided_at, note, one),
        )

    def _all_notes(self) -> str:
        """Everything that was noted: what the log has, and what the rows have on top of it."""
        notes = [one.decision.note for one in self.stands]
        known = {entry.decision.note for entry in self.history}
        for row in self.rows:
            note = row.plain("note")
            if change_of(row.decided_under) >= len(self.history):
                notes = [note] if len(self.rows) == 1 else [*notes, note]
            elif note not in known or not self.stands:  # a note stays when a decision is withdrawn
                notes.append(note)
        return _join(notes)

    def _cells(
        self, verdicts: Sequence[str], entries: Sequence[LogEntry], note: str, new: int
    ) -> dict[str, str]:
        decisions = [entry.decision for entry in entries]
        return {
            "decision": JOINED.join(verdicts),
            "reviewer": _join(one.reviewer for one in decisions),
            "decided_at": _join(one.decided_at for one in decisions),
            "note": note,
            "decided_under": self._under(entries[-1].decided_under, new),
        }

    def _under(self, versions: str, new: int) -> str:
        return numbered(versions, len(self.history) + new)

    def _entry(  # noqa: PLR0913, PLR0917 - the fields of a decision
        self,
        action: Action,
        verdict: HumanVerdict,
        reviewer: str,
        decided_at: str,
        note: str,
        before: LogEntry | None = None,
    ) -> LogEntry:
        """A new entry; one that keeps an earlier verdict keeps the versions it was made under."""
        scored_by = from_cell(self.rows[0].scored_by) if self.rows else ""
        versions = before.decided_under if before else under(scored_by, self.recorder.policy)
        return LogEntry(
            recorded_at=self.recorder.now,
            action=action,
            decision=Decision(
                comment_id=self.id,
                verdict=verdict,
                reviewer=reviewer,
                decided_at=decided_at,
                note=note,
            ),
            decided_under=versions,
            recorded_by=self.recorder.tool,
        )

    def _result(
        self,
        verdicts: tuple[Said, ...],
        cells: Mapping[str, str],
        *,
        entries: tuple[LogEntry, ...] = (),
        happened: Happened = "nothing",
        unknown_word: str = "",
    ) -> Settled:
        return Settled(
            comment_id=self.id,
            verdicts=verdicts,
            cells=self._as_written(cells),
            entries=entries,
            happened=happened,
            unknown_word=unknown_word,
            rows=tuple(row.row for row in self.rows),
        )

    def _as_written(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Cells for the file: as a person wrote them where they say the same, else made safe."""
        written: dict[str, str] = {"decision": "", "decided_under": ""}
        for column in ("note", "reviewer", "decided_at"):
            raw = [getattr(row, column) for row in self.rows]
            text = cells.get(column)
            if text is None:
                text = _join(from_cell(cell).strip() for cell in raw)
            same = (cell for cell in raw if from_cell(cell).strip() == text)
            written[column] = next(same, to_cell(text))
        return {**written, **{name: cells[name] for name in ("decision", "decided_under")}}


def _verdicts(entries: Iterable[LogEntry]) -> tuple[HumanVerdict, ...]:
    return tuple(entry.decision.verdict for entry in entries)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _join(texts: Iterable[str]) -> str:
    """Join different texts, none twice, also where some were joined before."""
    different = _distinct(texts)
    if len(different) < 2:
        return "".join(different)
    return JOINED.join(_distinct(part.strip() for text in different for part in text.split(JOINED)))


@lru_cache(maxsize=4096)
def _words_in(cell: str) -> tuple[Said, ...] | None:
    """Read a decision cell; a million of them say the same few words."""
    return verdicts_in(cell)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")
