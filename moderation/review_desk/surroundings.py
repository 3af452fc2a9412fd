"""One comment with what stands around it: its evidence, its neighbours, and others like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from moderation.review_desk.book import UNDECIDED, UNKNOWN, Book
from moderation.review_desk.evidence import Evidence
from moderation.review_desk.values import Brief, Briefs, Neighbours, Related, Row, Standing
from moderation.review_desk.working import WorkingQueue
from moderation.review_queue.cells import from_cell
from moderation.review_queue.columns import LABELS
from moderation.review_queue.decision_log import LogEntry

if TYPE_CHECKING:
    import polars

MOST_BRIEFS: Final = 20
MOST_HISTORY: Final = 10


class Surroundings:
    """Rows for display, from the queue and the scores file together."""

    def __init__(self, working: WorkingQueue, evidence: Evidence) -> None:
        self._working = working
        self._evidence = evidence

    def row(self, comment_id: str) -> Row:
        """See `Desk.row`."""
        working = self._working
        with working.mutex:
            cells = working.book.cells(comment_id)
            standing = working.standings([comment_id])[comment_id]
            history = working.history.of(comment_id)
        scored = self._evidence.of(comment_id, cells["text"])
        plain = {name: from_cell(cell) for name, cell in cells.items()}
        return Row(
            id=comment_id,
            text=plain["text"] if scored is None else scored.text,
            source=plain["source"],
            number=plain["number"],
            author=plain["author"],
            posted_at=plain["posted_at"],
            group=cells["group"],
            language=plain["language"],
            reasons_cell=plain["reasons"],
            terms_cell=plain["terms"],
            scored_by=plain["scored_by"],
            priority=_whole_number(cells["priority"]),
            scores=_scores(cells) if scored is None else scored.scores,
            matches=() if scored is None else scored.matches,
            reasons=() if scored is None else scored.reasons,
            has_evidence=scored is not None,
            standing=standing,
            history=tuple(_past(entry) for entry in reversed(history[-MOST_HISTORY:])),
        )

    def neighbours(self, comment_id: str) -> Neighbours:
        """See `Desk.neighbours`."""
        with self._working.mutex:
            book = self._working.book
            book.place(comment_id)
        around = self._evidence.around(comment_id)
        if around is None:
            before, after = _beside_in_queue(book, comment_id)
            return Neighbours(before=self._brief(before), after=self._brief(after))
        return Neighbours(
            before=self._brief(around.before),
            after=self._brief(around.after),
            parent=self._brief(around.parent),
        )

    def related(self, comment_id: str) -> Related:
        """See `Desk.related`."""
        import polars  # noqa: PLC0415 - half of the start-up time

        working = self._working
        with working.mutex:
            book, at = working.book, working.book.place(comment_id)
            codes = book.codes
            group = [name for name in book.members(comment_id) if name != comment_id]
        fixed = book.fixed
        decided = (codes != UNDECIDED) & (codes != UNKNOWN)
        decided = decided.clone().scatter(polars.Series([at], dtype=polars.UInt32), [False])
        author = fixed.cells("author")[at]
        by_author = decided & (fixed.cells("author") == author) if author else None
        same_text = decided & (fixed.same_text == fixed.same_text[at])
        return Related(
            group=self._briefs(group, is_sorted=False),
            same_author=self._briefs(_ids(book, by_author)),
            same_text=self._briefs(_ids(book, same_text)),
        )

    def _briefs(self, ids: Sequence[str], *, is_sorted: bool = True) -> Briefs:
        """At most 20 of some rows, the newest decision first."""
        if is_sorted:
            with self._working.mutex:
                history = self._working.history
                ids = sorted(ids, key=lambda name: _last_time(history.of(name)), reverse=True)
        briefs = (self._brief(name) for name in ids[:MOST_BRIEFS])
        return Briefs(total=len(ids), briefs=tuple(one for one in briefs if one is not None))

    def _brief(self, comment_id: str) -> Brief | None:
        """One comment, from the scores file where it is there, else from the queue."""
        working = self._working
        if not comment_id:
            return None
        with working.mutex:
            is_row = comment_id in working.book.index
            cells = working.book.cells(comment_id) if is_row else {}
            standing = working.standings([comment_id])[comment_id] if is_row else None
        scored = self._evidence.of(comment_id, cells.get("text"))
        if is_row:
            brief = _flagged(comment_id, cells, standing)
            if scored is None:
                return brief
            return replace(brief, text=scored.text, matches=scored.matches)
        if scored is None:
            return None
        return Brief(
            id=comment_id,
            author=scored.author,
            posted_at=scored.posted_at,
            text=scored.text,
            number=scored.number,
            source=scored.source,
            matches=scored.matches,
        )


def _flagged(comment_id: str, cells: Mapping[str, str], standing: Standing | None) -> Brief:
    return Brief(
        id=comment_id,
        author=from_cell(cells["author"]),
        posted_at=from_cell(cells["posted_at"]),
        text=from_cell(cells["text"]),
        number=from_cell(cells["number"]),
        source=from_cell(cells["source"]),
        is_flagged=True,
        standing=standing,
    )


def _ids(book: Book, mask: polars.Series | None) -> list[str]:
    ids: list[str] = [] if mask is None else book.fixed.cells("id").filter(mask).to_list()
    return ids


def _last_time(history: Sequence[LogEntry]) -> str:
    return history[-1].recorded_at if history else ""


def _past(entry: LogEntry) -> Standing:
    decision = entry.decision
    return Standing(
        verdict="" if entry.action == "taken back" else decision.verdict,
        note=decision.note,
        reviewer=decision.reviewer,
        decided_at=decision.decided_at or entry.recorded_at,
        state=entry.action,
    )


def _beside_in_queue(book: Book, comment_id: str) -> tuple[str, str]:
    """The rows before and after one among those of its page that are in the queue."""
    import polars  # noqa: PLC0415

    fixed, at = book.fixed, book.place(comment_id)
    places = (fixed.cells("source") == fixed.cells("source")[at]).arg_true()
    number = fixed.page_number.gather(places)
    frame = polars.DataFrame({"number": number, "id": fixed.cells("id").gather(places)})
    ids: list[str] = frame.sort("number", maintain_order=True)["id"].to_list()
    found = ids.index(comment_id)
    return (ids[found - 1] if found else "", ids[found + 1] if found + 1 < len(ids) else "")


def _whole_number(cell: str) -> int:
    return int(cell) if cell.strip().isdecimal() else 0


def _scores(cells: dict[str, str]) -> dict[str, float]:
    found = {}
    for label in LABELS:
        cell = cells[label].strip().replace(",", ".")
        if cell.replace(".", "", 1).isdecimal():
            found[label] = float(cell)
    return found
