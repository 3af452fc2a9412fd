"""The queue as one reviewer works on it: what is in it, what is decided, and what others did.

Every method may be called from any thread. A decision is in the log and synced before the method
that made it returns; the queue file follows a little later, in the background.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from moderation.records import HUMAN_VERDICTS
from moderation.review_desk import facets, filters, histogram
from moderation.review_desk.book import CONFLICT
from moderation.review_desk.deciding import Deciding, Verdict, plain_text
from moderation.review_desk.evidence import Evidence
from moderation.review_desk.filters import Rows
from moderation.review_desk.keeping import Keeping
from moderation.review_desk.surroundings import Surroundings
from moderation.review_desk.values import (
    Bin,
    Done,
    Facets,
    Filters,
    Found,
    Neighbours,
    Related,
    Row,
    Standing,
    Summary,
)
from moderation.review_desk.working import WorkingQueue

if TYPE_CHECKING:
    import polars

_LISTS_KEPT: Final = 16


def open_desk(queue: Path, reviewer: str = "") -> Desk:
    """Open a queue for one reviewer; decisions in it that are not in the log yet are recorded.

    Raises:
        UsageError: when there is no queue.
        QueueExists: when it is no queue, or a part of it cannot be read; nothing has changed then.
        OutputError: when what people wrote has to be recorded, and cannot be.
    """
    return Desk(queue, reviewer)


class Desk:
    """One open queue, for one reviewer; see `open_desk`."""

    def __init__(self, queue: Path, reviewer: str = "") -> None:
        self._working = WorkingQueue(queue)
        self._deciding = Deciding(self._working, reviewer)
        self._evidence = Evidence(self._working.paths.scores)
        self._surroundings = Surroundings(self._working, self._evidence)
        self._lists: dict[tuple[object, ...], polars.Series] = {}
        self._reading = Lock()
        self._keeping = Keeping(self._working, self._prepare)
        self._keeping.start()

    @property
    def queue(self) -> Path:
        """The queue's file."""
        return self._working.paths.queue

    @property
    def reviewer(self) -> str:
        """Who decides; may be changed at any time, and holds for what is decided from then on."""
        return self._deciding.reviewer

    @reviewer.setter
    def reviewer(self, name: str) -> None:
        with self._working.mutex:
            self._deciding.reviewer = plain_text(name)

    @property
    def revision(self) -> int:
        """A number that grows with each change by anybody."""
        return self._working.revision

    def summary(self) -> Summary:
        """Count the whole queue, and say how the work goes on."""
        can_undo, can_redo = self._deciding.can_move()
        with self._working.mutex:
            book, warnings = self._working.book, self._working.warnings()
            codes = dict(book.codes.value_counts().iter_rows())
        undecided = sum(codes.get(code, 0) for code in filters.CODES["undecided"])
        pace = self._deciding.pace
        per_minute = pace.per_minute()
        evidence = book.fixed.evidence
        other = () if evidence is None else evidence.scores.columns
        return Summary(
            rows=len(book.fixed),
            undecided=undecided,
            conflicts=codes.get(CONFLICT, 0),
            verdicts={name: codes.get(code, 0) for code, name in enumerate(HUMAN_VERDICTS, 1)},
            session_decided=len(pace.decided),
            per_minute=per_minute,
            seconds_left=undecided * 60 / per_minute if per_minute else None,
            can_undo=can_undo,
            can_redo=can_redo,
            warnings=(*warnings, *filter(None, [self._evidence.problem])),
            labels=(*book.fixed.labels, *other),
            thresholds={} if evidence is None else evidence.thresholds,
            read_only=self._working.read_only,
        )

    def facets(self, wanted: Filters) -> Facets:
        """For each filter its values, counted under the other filters."""
        self._with_evidence()
        return facets.facets(self._rows(), wanted)

    def find(self, wanted: Filters, offset: int = 0, limit: int = 50) -> Found:
        """The rows that the filters let through: how many there are, and a part of their ids."""
        rows, places = self._listed(wanted)
        ids = rows.fixed.cells("id").gather(places.slice(offset, limit)).to_list()
        return Found(total=len(places), ids=tuple(ids))

    def place(self, wanted: Filters, comment_id: str) -> int | None:
        """Where a comment stands in that list, from 0; None where it is not in it."""
        _, places = self._listed(wanted)
        at = self._working.book.index.get(comment_id)
        if at is None:
            return None
        found = (places == at).arg_true()
        return int(found[0]) if len(found) else None

    def next_undecided(self, wanted: Filters, comment_id: str) -> str | None:
        """The next undecided row of that list behind a comment, or else its first; None without.

        Raises:
            UnknownComment: when the queue has no such row.
        """
        at = self._working.book.place(comment_id)
        rows, places = self._listed(replace(wanted, verdict=""))
        found = filters.undecided_after(rows, wanted, places, at)
        return None if found is None else str(rows.fixed.cells("id")[found])

    def row(self, comment_id: str) -> Row:
        """One row with everything that a decision needs.

        Raises:
            UnknownComment: when the queue has no such row.
        """
        return self._surroundings.row(comment_id)

    def standings(self, ids: Collection[str]) -> Mapping[str, Standing]:
        """What is decided about some rows now, also about very many.

        Raises:
            UnknownComment: when the queue lacks one of them.
        """
        with self._working.mutex:
            return self._working.standings(ids)

    def neighbours(self, comment_id: str) -> Neighbours:
        """The comments around one on its page: those not flagged too, where a scores file has them.

        Raises:
            UnknownComment: when the queue has no such row.
        """
        return self._surroundings.neighbours(comment_id)

    def related(self, comment_id: str) -> Related:
        """Near-duplicates, and what was decided about the same author or the same text.

        Raises:
            UnknownComment: when the queue has no such row.
        """
        return self._surroundings.related(comment_id)

    def decide(
        self,
        ids: Sequence[str],
        verdict: Verdict,
        note: str | None = None,
        seen: Mapping[str, int] | None = None,
        *,
        whole_group: bool = False,
    ) -> Done:
        """Decide about comments, in one operation; an empty verdict takes decisions back.

        ``note`` replaces the note, None leaves it. ``seen`` has the number of changes that the
        person looked at: a row that has had more since is refused and named, never overwritten.
        ``whole_group`` decides the near-duplicates too that nobody has decided. On return the
        decisions are in the log and on the disk. Ids that left the queue are passed over.

        Raises:
            UnknownComment: when the queue has none of the rows.
            CannotDecide: when decisions cannot be saved, or the note is too long.
            OutputError: when the log cannot be written; nothing was decided then.
        """
        done = self._deciding.decide(ids, verdict, note, seen or {}, whole_group=whole_group)
        return self._through(done)

    def note(self, comment_id: str, note: str, seen: int | None = None) -> Done:
        """Write a note without a verdict; one beside no decision is in the file on return.

        Raises:
            UnknownComment: when the queue has no such row.
            CannotDecide: when it cannot be saved, or is too long.
            OutputError: when the log or the queue cannot be written.
        """
        return self._through(self._deciding.note(comment_id, note, seen))

    def undo(self) -> Done | None:
        """Undo the last operation of this reviewer, also of an earlier day; None without one.

        A row that does not stand as the operation left it is refused and named.

        Raises:
            CannotDecide: when it cannot be saved.
            OutputError: when the log cannot be written; nothing was undone then.
        """
        done = self._deciding.undo()
        return None if done is None else self._through(done)

    def redo(self) -> Done | None:
        """Do again what was undone last; None where there is nothing. Raises as `undo` does."""
        done = self._deciding.redo()
        return None if done is None else self._through(done)

    def histogram(self, label: str, wanted: Filters, bins: int = 40) -> tuple[Bin, ...]:
        """How the scores of a label lie, in equal parts of 0 to 1."""
        self._with_evidence(label)
        return histogram.histogram(self._rows(), label, wanted, bins)

    def sample(  # noqa: PLR0913, PLR0917 - a range of scores, and how to draw from it
        self, label: str, low: float, high: float, wanted: Filters, size: int, seed: int
    ) -> tuple[str, ...]:
        """Ids of undecided rows drawn from a range of scores (both ends in), low scores first."""
        self._with_evidence(label)
        rows = self._rows()
        places = histogram.sample(rows, label, low, high, wanted, size, seed)
        return tuple(rows.fixed.cells("id").gather(places))

    def notice(self) -> bool:
        """Take up what others wrote into the log or the queue; whether there was anything."""
        return self._working.notice()

    def write(self) -> None:
        """Put the decisions into the queue file now.

        Raises:
            OutputError: when it cannot be written; the decisions are in the log.
        """
        self._working.write()

    def close(self) -> None:
        """Write the queue file a last time; the desk cannot be used any more.

        Raises:
            OutputError: when it cannot be written; the decisions are in the log.
        """
        self._keeping.stop()
        self._working.write()

    def _through(self, done: Done) -> Done:
        """Write the file at once where the log alone does not tell what was done."""
        with self._working.mutex:
            must_write = self._working.is_only_in_memory(done.ids)
        if must_write:
            self._working.write()
            self._working.require_saved(done.ids)
        return done

    def _prepare(self) -> None:
        """Make what the first search, the first filter and the first undo would wait for."""
        self._with_evidence()
        self._working.book.fixed.prepare()
        self._deciding.read_earlier()

    def _with_evidence(self, label: str = "") -> None:
        """Have the scores file read, where filters need it."""
        fixed = self._working.book.fixed
        if label and label in fixed.labels:
            return
        with self._reading:
            if fixed.evidence is None and self._evidence.is_there():
                fixed.evidence = self._evidence.load(fixed.cells("id"))

    def _rows(self) -> Rows:
        """All rows as they stand at this moment."""
        with self._working.mutex:
            book = self._working.book
            return Rows(
                fixed=book.fixed,
                codes=book.codes,
                is_noted=book.is_noted,
                notes=book.frame["note"],
                new_notes={book.index[name]: row["note"] for name, row in book.changed.items()},
                decided=self._working.decided_times,
            )

    def _listed(self, wanted: Filters) -> tuple[Rows, polars.Series]:
        """The rows, and the places of those that the filters let through, in order."""
        needs_scores = wanted.reason or wanted.severity or wanted.target or wanted.order == "page"
        if needs_scores or wanted.label:
            self._with_evidence("" if needs_scores else wanted.label)
        revision, rows = self._working.revision, self._rows()
        moves = bool(wanted.verdict or wanted.search) or wanted.order == "newest"
        key = (wanted, id(rows.fixed), rows.fixed.evidence is None, revision if moves else None)
        places = self._lists.get(key)
        if places is None:
            places = filters.places(rows, wanted)
            kept = list(self._lists.items())[-_LISTS_KEPT:]
            self._lists = {**dict(kept), key: places}
        return rows, places
