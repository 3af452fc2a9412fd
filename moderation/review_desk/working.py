"""The queue's files as a desk works on them: what is in memory, on the disk, and who else writes.

The log is the truth: what is decided is in it before anything else knows. The queue file is written
again behind that, and whatever another program changes in either file is taken up by the rules by
which every command merges.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final

from moderation.errors import ModerationError, OutputError
from moderation.review_desk.book import UNDECIDED, Book, meaning
from moderation.review_desk.holding import Busy, Holding
from moderation.review_desk.log_history import LogHistory, LogReplaced
from moderation.review_desk.taking_up import Reading, read_files, standing_differently, taken_up
from moderation.review_desk.upkeep import rows_to_settle
from moderation.review_desk.values import CannotDecide, Standing
from moderation.review_desk.write_back import StampedWriter, made_safe, why_read_only
from moderation.review_queue.decision_log import LogEntry
from moderation.review_queue.locking import PATIENCE, Stamp, opened_elsewhere, stamp
from moderation.review_queue.recording import (
    ATTEMPTS,
    TOOL,
    SavedMeanwhile,
    existing,
    keep_guessed,
    now_recorder,
    policy_of,
    read_receipt,
)
from moderation.review_queue.settling import Recorder
from moderation.review_queue.states import UNKNOWN_VERSIONS, numbered
from moderation.review_queue.writing import write_together

if TYPE_CHECKING:
    import polars

_STILL_BEING_SAVED: Final = 1.0
"""Seconds after a save in which missing rows may be rows that are not saved yet."""

_A_MOMENT: Final = 0.2
"""Seconds for which looking for news waits while another program writes; it looks again soon."""

_GONE: Final = (
    "{queue} and its log are both gone. Nothing was saved. Put the folder back where it was, or "
    "end this page and open the queue where it is now."
)
_NEWS_FOR: Final = 300.0
_MOST_NEWS: Final = 3


class WorkingQueue:
    """A queue that is open: its rows, its log, and what keeps them and the disk together.

    Everything but ``write`` and ``notice`` is called with ``mutex`` held.
    """

    def __init__(self, queue: Path) -> None:
        self.paths = existing(queue)
        self.mutex = RLock()
        self.holding = Holding(self.paths.queue, self.mutex)
        self.read_only = why_read_only(self.paths.queue, self.paths.log)
        self.revision = 0
        self.is_dirty = False
        self.trouble = ""
        self._news: list[tuple[float, str]] = []
        self._remarks: tuple[str, ...] = ()
        self._noticed: Counter[str] = Counter()
        self._stamp: Stamp | None = None
        self._own_stamp: Stamp | None = None
        self._refused: Stamp | None = None
        self._is_missing = False
        self.generation = 0
        self.readings = 0
        self._policy = ""
        self._policy_at: Stamp | None = None
        with self.mutex:
            self._use(self._read_patiently())

    @property
    def policy(self) -> str:
        """The policy of the last scan, as the queue names it."""
        now = stamp(self.paths.receipt)
        if now != self._policy_at:
            self._policy_at, self._policy = now, policy_of(read_receipt(self.paths.receipt))
        return self._policy

    def warnings(self) -> tuple[str, ...]:
        """What the reviewer should know, in sentences."""
        log = self.paths.log.name
        damaged = (
            f"Line {one.line:,} of {log}: {one.problem}. The other lines count."
            for one in self.history.damaged
        )
        elsewhere = opened_elsewhere(self.paths.queue)
        all_of_them = (self.trouble, elsewhere, *self._remarks, *damaged, *self._recent_news())
        return tuple(filter(None, all_of_them))

    def change(self, comment_id: str) -> int:
        """A number that grows with each change of a comment's decision or note.

        Changes in the log are counted by it, so that a program that was started anew counts alike.
        """
        return self.history.count(comment_id) + self._noticed[comment_id]

    def standings(self, ids: Iterable[str]) -> dict[str, Standing]:
        """What is decided about some comments now.

        Raises:
            UnknownComment: when one of them has no row.
        """
        return self.book.standings(ids, self.change)

    def decided_times(self) -> polars.Series:
        """When each row was decided that is, in UTC; a row that follows another has its time."""
        import polars  # noqa: PLC0415 - half of the start-up time

        with self.mutex:
            last = dict(
                self.history.frame.group_by("id").last().select("id", "recorded_at").iter_rows()
            )
            last |= {name: found[-1].recorded_at for name, found in self.history.later.items()}
            rows = self.book.whole().select("id", "decided_with")
            decided = self.book.codes != UNDECIDED
        asked = polars.when(polars.col("decided_with") != "").then("decided_with").otherwise("id")
        names = rows.select(asked.alias("id"))["id"]
        times = [
            last.get(name) if is_decided else None
            for name, is_decided in zip(names, decided, strict=True)
        ]
        return polars.Series(times, dtype=polars.String)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the queue for a decision, with everything known that others did.

        Raises:
            CannotDecide: when decisions cannot be saved.
            OutputError: when another program holds the queue for long.
        """
        if self.read_only:
            raise CannotDecide(self.read_only)
        with self.mutex, self.holding.for_decision():
            self._catch_up()
            yield

    def recorder(self, reviewer: str, tool: str) -> Recorder:
        """Who records now; no two operations in one log have the same time."""
        recorder = now_recorder(self.policy, reviewer)
        while recorder.now in self.history.times:
            time.sleep(0.001)
            recorder = now_recorder(recorder.policy, reviewer)
        return replace(recorder, tool=tool)

    def apply(
        self,
        edits: Mapping[str, Mapping[str, str]],
        entries: Sequence[LogEntry],
        recorder: Recorder,
    ) -> list[str]:
        """Log entries and what a person wrote into rows; the rows that stand differently then.

        Raises:
            OutputError: when the log cannot be written; nothing was changed then.
        """
        self.history.add(entries, like=self.paths.queue)
        touched = [*edits, *(entry.decision.comment_id for entry in entries)]
        different, logged = self._settled(touched, edits, recorder)
        logged.update(entry.decision.comment_id for entry in entries)
        self._noticed.update(edits.keys() & set(different) - logged)
        return different

    def _settled(
        self, ids: Iterable[str], edits: Mapping[str, Mapping[str, str]], recorder: Recorder
    ) -> tuple[list[str], set[str]]:
        """Settle rows, the log first; which stand differently, and which have new entries."""
        settled = self.book.settled(ids, edits, self.history, recorder)
        if not self.read_only:
            self.history.add(settled.entries, like=self.paths.queue)
        different = self.book.put(settled.cells)
        if different:
            self.revision += 1
            self.is_dirty = True
        return different, {entry.decision.comment_id for entry in settled.entries}

    def _settle(self, ids: Iterable[str]) -> None:
        """Settle rows that nobody at this desk has changed."""
        known = [name for name in ids if name in self.book.index]
        if not known:
            return
        recorder = self.recorder("", TOOL)
        with self._held_for(PATIENCE):
            self._settled(known, {}, recorder)

    def is_only_in_memory(self, ids: Sequence[str]) -> bool:
        """Whether a row has changed in a way that the log alone does not tell."""
        return any(
            name in self.book.changed
            and (len(self.history.stands(name)) != 1 or self._has_other_word(name))
            and self._differs_in_file(name)
            for name in ids
        )

    def _has_other_word(self, name: str) -> bool:
        """Whether the file holds a word that is no verdict: read anew, it outdoes the log."""
        return meaning(self.book.frame.row(self.book.place(name), named=True)["decision"]) is None

    def require_saved(self, ids: Sequence[str]) -> None:
        """Say it where a note that only the file can hold could not be put there.

        Raises:
            OutputError: when it is in no file yet.
        """
        with self.mutex:
            if self.trouble and self.is_only_in_memory(ids):
                raise OutputError(
                    f"The note is not saved yet. {self.trouble} It is kept while this program "
                    "runs, and saved as soon as the file can be written again."
                )

    def _differs_in_file(self, name: str) -> bool:
        row = self.book.frame.row(self.book.place(name), named=True)
        changed = self.book.changed[name]
        is_word = None in {meaning(row["decision"]), meaning(changed["decision"])}
        has_other_word = is_word and changed["decision"] != row["decision"]
        return changed["note"] != row["note"] or has_other_word

    def notice(self) -> bool:
        """Take up what others changed; whether there was anything."""
        if not self._has_news():
            return False
        reading = self._read_ahead()
        with self.mutex:
            before = self.revision
            with suppress(Busy), self._held_for(_A_MOMENT):
                self._catch_up(reading)
            return self.revision != before

    def _held_for(self, patience: float) -> AbstractContextManager[None]:
        """Hold the queue, where anything can be written at all."""
        return nullcontext() if self.read_only else self.holding.for_decision(patience)

    def _read_ahead(self) -> Reading | None:
        """Read a file that others saved before anybody has to wait for it."""
        if not self._is_saved_by_others():
            return None
        with suppress(ModerationError):  # told when it is read again, with the lock held
            return read_files(self.paths, self.policy)
        return None

    def write(self) -> None:
        """Put the decisions into the queue file, if it lacks any.

        Raises:
            OutputError: when it cannot be written; the decisions are in the log.
        """
        if self.read_only:
            return
        with self.holding.for_write():
            for _ in range(ATTEMPTS):
                try:
                    self._write_once()
                except SavedMeanwhile:
                    continue
                return
        raise OutputError(
            f"{self.paths.queue} is being saved again and again by another program. Your decisions "
            "are safe in the log. Close the file there."
        )

    def _write_once(self) -> None:
        with self.mutex:
            self._catch_up()
            book, read_at, changed = self.book, stamp(self.paths.queue), dict(self.book.changed)
            is_ours = read_at is not None and read_at in {self._stamp, self._own_stamp}
            if not self.is_dirty or not is_ours:
                return
        frame = book.whole(changed)
        if not book.is_safe:
            frame = made_safe(frame, book)

        writer = StampedWriter(book.to_write(frame), book.separator)

        def require_unchanged() -> None:
            self._own_stamp = writer.stamp
            if stamp(self.paths.queue) != read_at:
                raise SavedMeanwhile

        write_together({self.paths.queue: writer}, require_unchanged)
        with self.mutex:
            self._stamp, self.trouble = writer.stamp, ""
            book.rest_on(frame, changed)
            self.is_dirty = bool(book.changed)

    def _read_patiently(self) -> Reading:
        """Read a file that a spreadsheet may just be saving: half of it is there then."""
        until = time.monotonic() + _STILL_BEING_SAVED
        while True:
            try:
                return read_files(self.paths, self.policy)
            except ModerationError:
                now = stamp(self.paths.queue)
                is_fresh = now is not None and time.time() - now[0] / 1e9 < _STILL_BEING_SAVED
                if not is_fresh or time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def _has_news(self) -> bool:
        return self.history.has_changed() or self._is_saved_by_others()

    def _is_saved_by_others(self) -> bool:
        now = stamp(self.paths.queue)
        return now is None or now not in {self._stamp, self._own_stamp, self._refused}

    def _catch_up(self, reading: Reading | None = None) -> None:
        """Take up what others wrote into the log, and what they made of the queue.

        ``reading`` is what was read before the lock was held; it is used if it is still new.
        """
        if self.history.has_changed():
            try:
                touched: Iterable[str] = self.history.read_on()
            except LogReplaced:
                self._require_a_place()
                touched = self._with_other_log()
            self._settle(touched)
        if self._is_saved_by_others():
            self._read_again(reading)
        elif self._is_missing:
            self._is_missing, self.trouble = False, ""

    def _require_a_place(self) -> None:
        """Refuse to begin a new log where queue and log are both gone, as with their disk."""
        if stamp(self.paths.queue) is None and not self.paths.log.exists():
            raise Busy(_GONE.format(queue=self.paths.queue))

    def _with_other_log(self) -> Iterable[str]:
        """Go on with a log that is not the one that was read; what only the rows say stays."""
        self.history = LogHistory(self.paths.log)
        self.generation += 1
        self._tell(
            f"{self.paths.log.name} is not the file that it was: it was replaced or cut. What the "
            "rows say besides is recorded in it again."
        )
        return rows_to_settle(self.book.whole(), self.history)

    def _read_again(self, reading: Reading | None) -> None:
        """Read everything anew, unless the file is just being saved or cannot be read whole."""
        name, now = self.paths.queue.name, stamp(self.paths.queue)
        if now is None:
            self._is_missing = True
            self.trouble = (
                f"{name} is not where it was. Your decisions are safe in {self.paths.log.name}; "
                "put the file back, or run 'moderation queue rebuild'."
            )
            return
        if reading is None or reading.read_at != now:
            try:
                reading = read_files(self.paths, self.policy)
            except ModerationError as error:
                self.trouble, self._refused = str(error), now
                return
        missing = len(self.book.index.keys() - reading.book.index.keys())
        is_fresh = time.time() - now[0] / 1e9 < _STILL_BEING_SAVED
        if stamp(self.paths.queue) == reading.read_at and not (missing and is_fresh):
            self._replace(reading, missing)

    def _replace(self, reading: Reading, missing: int) -> None:
        before, book = self.book, reading.book
        if book.fixed.frame.equals(before.fixed.frame):
            book.fixed = before.fixed
        self.trouble, self._refused, self._is_missing = "", None, False
        history, unsaved = self.history, self._unsaved(book)
        self._use(reading)
        self._put_again(unsaved)
        different = standing_differently(before, book)
        # What the log tells is counted there, so that the number is the same after a restart.
        self._noticed.update(
            name for name in different if self.history.count(name) == history.count(name)
        )
        added = len(book.index.keys() - before.index.keys())
        if different or missing or added:
            self.revision += 1
            self._tell(taken_up(self.paths.queue.name, len(different), added, missing))

    def _unsaved(self, read: Book) -> dict[str, dict[str, str]]:
        """What neither log nor file has yet, of rows that nobody else changed meanwhile."""
        before, edits = self.book, dict[str, dict[str, str]]()
        for name in before.changed:
            if name not in read.index or not self.is_only_in_memory([name]):
                continue
            old, now = before.frame.row(before.place(name), named=True), read.cells(name)
            new = before.changed[name]
            edit = {column: new[column] for column in ("note", "decision")}
            if meaning(edit["decision"]) is not None:
                del edit["decision"]  # the log has it
            same = {column: cell for column, cell in edit.items() if now[column] == old[column]}
            if same:
                edits[name] = same
        return edits

    def _put_again(self, edits: Mapping[str, Mapping[str, str]]) -> None:
        """Put what only the memory had into rows that were read anew."""
        if not edits:
            return
        known = {
            name: {**edit, "decided_under": numbered(UNKNOWN_VERSIONS, self.history.count(name))}
            if self.history.count(name)
            else dict(edit)
            for name, edit in edits.items()
        }
        with self._held_for(PATIENCE):
            self._settled(known, known, self.recorder("", TOOL))

    def _use(self, reading: Reading) -> None:
        """Go on with what was read, and settle what the file and the log do not agree on."""
        self.book, self.history, self._stamp = reading.book, reading.history, reading.read_at
        self._remarks, self.is_dirty = reading.remarks, reading.older is not None
        self.readings += 1
        if reading.older is not None and not self.read_only:
            with self.holding.for_decision():
                self._remarks += keep_guessed(self.paths.queue, reading.older)
                self.history.add(reading.entries, like=self.paths.queue)
        self._settle(rows_to_settle(self.book.frame, self.history))
        if self.history.has_changed():  # something was logged while the file was being read
            self._settle(self.history.read_on())

    def _tell(self, news: str) -> None:
        self._news.append((time.monotonic(), news))

    def _recent_news(self) -> list[str]:
        now = time.monotonic()
        self._news = [(then, news) for then, news in self._news if now - then < _NEWS_FOR]
        return list(dict.fromkeys(news for _, news in self._news))[-_MOST_NEWS:]
