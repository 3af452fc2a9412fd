"""What the log says of each comment, looked up by id, and read on where others add to it.

Records are made only of the comments that are asked for: a log of a hundred thousand lines is one
frame until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from moderation.errors import UsageError
from moderation.review_queue.decision_log import (
    LogEntry,
    append,
    entries_of,
    log_frame,
    log_of,
    outcome,
)
from moderation.review_queue.reading import RowProblem

if TYPE_CHECKING:
    import polars

_NUMBER: Final = "line"


class LogReplaced(Exception):
    """The log is not the one that was read, with more behind it: it must be read anew."""


class Line(NamedTuple):
    """When and by what a line was recorded, about which comment, as which of its entries (from 0).

    A tuple, since a log may have a million.
    """

    recorded_at: str
    recorded_by: str
    comment_id: str
    position: int


class LogHistory:
    """The entries of a log by comment; it is read once, and then only what is new.

    ``frame`` has the lines as they were read at first, in order (`decision_log.log_frame`);
    ``times`` are all that the log gives in ``recorded_at``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.frame: polars.DataFrame = _no_lines()
        self.times: set[str] = set()
        self._damaged: tuple[RowProblem, ...] = ()
        self._torn: tuple[RowProblem, ...] = ()
        self._index: dict[str, list[int]] | None = None
        self._known: dict[str, list[LogEntry]] = {}
        self._added: list[LogEntry] = []
        self._later: dict[str, list[LogEntry]] = {}
        self._first_later: dict[str, int] = {}
        self._identity = _identity(path)
        self._seen = self._size = self._line_count = 0
        content = _content(path)
        self._seen = len(content)
        whole = content[: _whole_lines(content)]
        frame = log_frame(whole)
        if frame is None:
            self._read(content)
            return
        self.frame = frame
        self.times.update(frame["recorded_at"].unique())
        self._size, self._line_count = len(whole), frame.height
        self._read(content[len(whole) :])

    @property
    def damaged(self) -> tuple[RowProblem, ...]:
        """The lines that could not be read."""
        return (*self._damaged, *self._torn)

    @property
    def later(self) -> Mapping[str, Sequence[LogEntry]]:
        """The entries that are not in ``frame``, by comment."""
        return self._later

    def of(self, comment_id: str) -> list[LogEntry]:
        """All entries of one comment, oldest first."""
        known = self._known.get(comment_id)
        if known is None:
            lines = self._lines_of().get(comment_id, [])
            known = [*(entries_of(self.frame[lines]) if lines else ())]
            self._known[comment_id] = known
        return [*known, *self._later.get(comment_id, ())]

    def count(self, comment_id: str) -> int:
        """How many entries a comment has."""
        return len(self._lines_of().get(comment_id, ())) + len(self._later.get(comment_id, ()))

    def order(self, ids: Iterable[str]) -> dict[str, int]:
        """Which comments were decided first: a number for each that the log knows."""
        index, last = self._lines_of(), self.frame.height
        found = {}
        for name in ids:
            if lines := index.get(name):
                found[name] = lines[0]
            elif name in self._later:
                found[name] = last + self._first_later[name]
        return found

    def stands(self, comment_id: str) -> tuple[LogEntry, ...]:
        """What a comment's entries come to (`decision_log.outcome`)."""
        return outcome(self.of(comment_id))

    def add(self, entries: Sequence[LogEntry], like: Path) -> None:
        """Write entries behind the others and wait for the disk; the caller holds the lock.

        Raises:
            OutputError: when they cannot be written; nothing was added then.
        """
        append(self.path, entries, like=like)
        if entries:
            self._take(entries)
            self._identity = _identity(self.path)
            self._size = self._seen = self.path.stat().st_size
            self._line_count += len(entries) + len(self._torn)
            self._damaged, self._torn = self.damaged, ()

    def has_changed(self) -> bool:
        """Whether somebody else wrote into the log since it was read."""
        return (_identity(self.path), _size(self.path)) != (self._identity, self._seen)

    def read_on(self) -> set[str]:
        """Read what others added, and say of which comments; the caller holds the lock.

        Raises:
            LogReplaced: when another file stands there, a shorter one, or none.
            UsageError: when it cannot be read.
        """
        identity, size = _identity(self.path), _size(self.path)
        if self._identity not in {None, identity} or size < self._size:
            raise LogReplaced
        content = _content(self.path, self._size)
        self._identity, self._seen = identity, self._size + len(content)
        before = len(self._added)
        self._read(content)
        return {entry.decision.comment_id for entry in self._added[before:]}

    def lines_by(self, mark: str) -> list[Line]:
        """The lines of which ``recorded_by`` ends with a mark, in the order of the log."""
        import polars  # noqa: PLC0415 - half of the start-up time

        numbered = self.frame.with_columns(polars.int_range(polars.len()).over("id").alias("at"))
        chosen = numbered.filter(polars.col("recorded_by").str.ends_with(mark))
        read = chosen.select("recorded_at", "recorded_by", "id", "at").iter_rows()
        found = [Line(*line) for line in read]
        positions: dict[str, int] = {}
        for entry in self._added:
            name = entry.decision.comment_id
            at = positions.get(name, len(self._lines_of().get(name, ())))
            positions[name] = at + 1
            if entry.recorded_by.endswith(mark):
                found.append(Line(entry.recorded_at, entry.recorded_by, name, at))
        return found

    def has_recorded_by(self, mark: str) -> bool:
        """Whether there is an entry of which ``recorded_by`` ends with a mark."""
        is_older = bool(self.frame["recorded_by"].str.ends_with(mark).any())
        return is_older or any(entry.recorded_by.endswith(mark) for entry in self._added)

    def _read(self, content: bytes) -> None:
        """Take further lines; one without an end is read again when it has got it."""
        whole = content[: _whole_lines(content)]
        log, rest = log_of(whole), log_of(content[len(whole) :])
        self._damaged += tuple(_moved(one, self._line_count) for one in log.damaged)
        self._size += len(whole)
        self._line_count += whole.count(b"\n")
        self._take((*log.entries, *rest.entries))
        self._torn = tuple(_moved(one, self._line_count) for one in rest.damaged)
        if rest.entries:
            self._size += len(content) - len(whole)

    def _take(self, entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            self._first_later.setdefault(entry.decision.comment_id, len(self._added))
            self._added.append(entry)
            self._later.setdefault(entry.decision.comment_id, []).append(entry)
            self.times.add(entry.recorded_at)

    def _lines_of(self) -> dict[str, list[int]]:
        if self._index is None:
            numbered = self.frame.select("id").with_row_index(_NUMBER)
            grouped = numbered.group_by("id").agg(_NUMBER)
            self._index = dict(grouped.iter_rows())
        return self._index


def _no_lines() -> polars.DataFrame:
    frame = log_frame(b"")
    if frame is None:
        raise ValueError("no lines cannot be damaged")
    return frame


def _moved(problem: RowProblem, lines: int) -> RowProblem:
    """A problem of a part of the log, named by its line in the whole."""
    return replace(problem, row=problem.row + lines, line=problem.line + lines)


def _content(path: Path, begin: int = 0) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(begin)
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"The log {path} cannot be read: {error.strerror}.") from error


def _whole_lines(content: bytes) -> int:
    """How many bytes are whole lines; a torn one is read when it has got its end."""
    return content.rfind(b"\n") + 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _identity(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
