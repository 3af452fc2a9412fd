"""What people decided in a queue that was read: decisions, conflicts, words that nobody knows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from moderation.records import HUMAN_VERDICTS, Decision, HumanVerdict
from moderation.review_queue.cells import from_cell
from moderation.review_queue.reading import ROW, QueueTable
from moderation.review_queue.verdict_words import UNDO, Undo, verdict_of

if TYPE_CHECKING:
    import polars

JOINED: Final = " | "
"""Stands between the verdicts of a conflict, and between notes and reviewers of joined rows."""

Verdict: TypeAlias = "HumanVerdict | Undo"

_READ: Final = ("id", "decision", "note", "reviewer", "decided_at", "decided_with")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownVerdict:
    """A decision cell whose word is none that the tool knows; it is kept as it stands.

    `verdict_words.why_unknown` says why it was not understood.
    """

    row: int
    comment_id: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One comment with different verdicts, in several rows or in one cell: ``approve | remove``.

    ``rows`` are those that have a verdict. ``verdicts`` stand in the order of `HUMAN_VERDICTS`,
    ``undo`` behind them; ``reviewers`` in the order of the rows, each once.
    """

    comment_id: str
    rows: tuple[int, ...]
    verdicts: tuple[Verdict, ...]
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDecisions:
    """What people decided, by comment id.

    ``taken_back`` are the ids whose cell says undo, or was cleared although the log has their
    decision (``decided_under`` is not empty). An id is in at most one of ``decisions``,
    ``conflicts`` and ``taken_back``; it can be in ``unknown`` besides, if it has several rows.
    """

    decisions: Mapping[str, Decision]
    unknown: tuple[UnknownVerdict, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    taken_back: frozenset[str] = frozenset()


def read_decisions(table: QueueTable) -> QueueDecisions:
    """Take the decisions out of a queue.

    Rows with one id are read together. The same verdict twice is one decision with both notes; a
    row without a verdict beside one that has it adds its note and nothing else; different
    verdicts are a conflict, which is reported and not settled.
    """
    decisions: dict[str, Decision] = {}
    conflicts: list[Conflict] = []
    unknown: list[UnknownVerdict] = []
    taken_back: set[str] = set()
    for comment_id, rows in _rows_by_id(table.frame).items():
        unknown += (
            UnknownVerdict(row=row.number, comment_id=comment_id, word=row.word)
            for row in rows
            if row.verdicts is None
        )
        named = [row for row in rows if row.verdicts]
        verdicts = {verdict for row in named for verdict in row.verdicts or ()}
        if len(verdicts) > 1:
            conflicts.append(_conflict(comment_id, named, verdicts))
        elif verdict := next((one for one in HUMAN_VERDICTS if one in verdicts), None):
            decisions[comment_id] = _decision(comment_id, rows, verdict)
        elif verdicts or not any(row.word for row in rows):
            taken_back.add(comment_id)
    return QueueDecisions(
        decisions=decisions,
        unknown=tuple(sorted(unknown, key=lambda one: one.row)),
        conflicts=tuple(conflicts),
        taken_back=frozenset(taken_back),
    )


def verdicts_in(cell: str) -> tuple[Verdict, ...] | None:
    """The verdicts that a cell names, each once and in their order; None when a word is unknown.

    Several are those of a conflict (``approve | remove``); an empty cell names none.
    """
    words = [word for word in cell.split("|") if word.strip()]
    verdicts = [verdict_of(word) for word in words]
    if None in verdicts:
        return None
    order = (*HUMAN_VERDICTS, UNDO)
    return tuple(verdict for verdict in order if verdict in verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """What a person wrote into one row."""

    number: int
    word: str
    verdicts: tuple[Verdict, ...] | None
    note: str
    reviewer: str
    decided_at: str
    decided_with: str


def _meanings(frame: polars.DataFrame) -> dict[str, tuple[Verdict, ...] | None]:
    """What each word in the column of decisions means; a million rows have few words."""
    return {word: verdicts_in(word) for word in frame["decision"].unique()}


def _rows_by_id(frame: polars.DataFrame) -> dict[str, list[_Row]]:
    """The rows of each comment that has a decision in one of them, or had one."""
    import polars  # noqa: PLC0415

    meanings = _meanings(frame)
    words = [word for word in meanings if word.strip()]
    has_work = polars.col("decision").is_in(words) | polars.col("decided_under").ne("")
    worked_on = frame.lazy().filter(has_work).select("id").unique()
    rows_of = frame.lazy().select(*_READ, ROW)
    chosen = rows_of.join(worked_on, on="id", how="semi").sort(ROW, maintain_order=True).collect()
    text_of = lru_cache(maxsize=10_000)(from_cell)  # names, dates and notes are often the same
    rows: dict[str, list[_Row]] = {}
    for comment_id, word, note, reviewer, decided_at, other, number in chosen.iter_rows():
        row = _Row(
            number=number,
            word=word.strip(),
            verdicts=meanings[word],
            note=text_of(note),
            reviewer=text_of(reviewer).strip(),
            decided_at=text_of(decided_at).strip(),
            decided_with=other.strip(),
        )
        rows.setdefault(comment_id, []).append(row)
    return rows


def _decision(comment_id: str, rows: Sequence[_Row], verdict: HumanVerdict) -> Decision:
    """One decision from the rows that agree, with the notes of all rows of the comment."""
    decided = [row for row in rows if row.verdicts]
    followed = [row.decided_with for row in decided]
    return Decision(
        comment_id=comment_id,
        verdict=verdict,
        reviewer=joined(row.reviewer for row in decided),
        decided_at=joined(row.decided_at for row in decided),
        note=joined(row.note for row in rows),
        decided_with=followed[0] if all(followed) else "",
    )


def _conflict(comment_id: str, rows: Sequence[_Row], verdicts: Container[Verdict]) -> Conflict:
    names = (name for row in rows for name in row.reviewer.split(JOINED))
    return Conflict(
        comment_id=comment_id,
        rows=tuple(row.number for row in rows),
        verdicts=tuple(one for one in (*HUMAN_VERDICTS, UNDO) if one in verdicts),
        reviewers=tuple(name for name in dict.fromkeys(names) if name),
    )


def joined(texts: Iterable[str]) -> str:
    """Texts of several rows as one, each once, also when they were joined before."""
    kept: list[str] = []
    for text in texts:
        if text.strip() and text not in kept and text not in JOINED.join(kept).split(JOINED):
            kept.append(text)
    return JOINED.join(kept)
