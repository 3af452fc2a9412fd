"""Folders that are watched: each page that comes, changes or goes is taken into the queue.

What has changed is told by comparing listings of the folders, never by the system's events alone:
events only say when to look. So an event that was lost, as on a network drive, costs time and no
page. Each round reads and scores the files that changed, and merges them into the queue as a scan
does; the detectors are loaded once.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from moderation.assessing import Brief
from moderation.detectors import Detectors
from moderation.errors import ModerationError, UsageError
from moderation.files import ColumnNames
from moderation.output import Written, earlier_sample, write_results
from moderation.pipeline import Manner, Pass, ScanResult
from moderation.review_queue import QueuePaths
from moderation.sources import FoundPages, PagePath, find_pages

QUIET: Final = 1.0
"""Seconds without a change after which a page counts as written to its end."""

LOOKED_AFTER: Final = 60.0
"""Seconds after which the folders are looked at though no event came."""

APART: Final = 0.25
"""Seconds between two looks, whatever happens in the folders."""

AGAIN_AFTER: Final = 5.0
AGAIN_AFTER_AT_MOST: Final = 300.0
"""Seconds until a round that failed, or a page that could not be read, is tried again; doubled each
time up to the second number."""

Stamp = tuple[str, int, int, int, int]
"""What changes with a page: its id, its times, its size, and its number in the file system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What became of a look at the folders, at the local time ``at``.

    ``changed`` are the pages that were read, ``gone`` those that were there before, by the paths
    to show people. Where the round failed, ``problem`` says why and nothing was written: there is
    neither ``result`` nor ``written``, and it will be tried again.
    """

    at: datetime
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    result: ScanResult | None = field(default=None, repr=False)
    written: Written | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unread:
    """A page that could not be read, why, how often it was tried, and when it is tried again."""

    stamp: Stamp
    reason: str
    tries: int
    due: float


class Signals(Protocol):
    """What says when to look."""

    def wait(self, seconds: float) -> None:
        """Return when something may have changed, at the latest after so many seconds."""


class Polling:
    """Looks every few seconds, for drives that tell of no change."""

    def __init__(self, every: float) -> None:
        self._every = every

    def wait(self, seconds: float) -> None:
        """See `Signals.wait`."""
        time.sleep(min(seconds, self._every))


class SystemEvents:
    """Waits for the system's word that something changed in a folder or below it."""

    def __init__(self, folders: Sequence[Path], outputs: Collection[Path]) -> None:
        """Begin to listen; what happens to ``outputs`` and to hidden files is not heard."""
        import watchfiles  # noqa: PLC0415 - only who watches needs it

        names = {path.name for path in outputs}
        self._events = watchfiles.watch(
            *folders,
            watch_filter=lambda change, path: (
                not (name := Path(path).name).startswith(".") and name not in names
            ),
            debounce=200,
            rust_timeout=200,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        self.wait(0.0)  # it listens from the first time that it is asked

    def wait(self, seconds: float) -> None:
        """See `Signals.wait`; where the system tells nothing any more, look every second."""
        until = time.monotonic() + seconds
        try:
            for events in self._events:
                if events or time.monotonic() >= until:
                    return
        except (OSError, RuntimeError):  # too many files, or a folder that has gone
            pass
        time.sleep(min(seconds, QUIET))


class Watch:
    """A watch over folders, whose `rounds` go on until somebody stops asking for them."""

    def __init__(  # noqa: PLR0913 - the others by keyword, with a default
        self,
        folders: Sequence[Path],
        queue: Path,
        brief: Brief,
        *,
        manner: Manner | None = None,
        columns: ColumnNames | None = None,
        audit_sample: int | None = None,
        signals: Signals | None = None,
    ) -> None:
        """Load the detectors. ``columns`` and ``audit_sample`` are as `scan` takes them; without
        a number, the one of before holds.

        Raises:
            UsageError: when one of the paths is no folder.
            LexiconError: when one of the term tables cannot be used.
            PolicyError: when the policy asks for a label that the model lacks.
            ModelUnavailable: when the model cannot be had here.
        """
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is no folder. Only folders can be watched.")
        self.is_at_work = False
        self._folders = tuple(folders)
        self._queue = queue
        self._brief = brief
        self._manner = manner or Manner()
        self._columns = columns
        self._audit_sample = audit_sample
        self._outputs = QueuePaths.beside(queue).all_ever()
        self._detectors = _loaded(brief)
        self._signals = signals or SystemEvents(self._folders, self._outputs)
        self._taken: dict[str, Stamp] = {}
        self._unread: dict[str, _Unread] = {}
        self._moving: dict[str, tuple[Stamp | None, float]] = {}
        self._was_whole = False
        self._unseen: frozenset[str] = frozenset()
        self._failures = 0

    def rounds(self) -> Iterator[Round]:
        """Look again and again; give each round in which something was done, or failed.

        The first takes all pages, as a scan does. Where there is none yet, it waits for one.
        """
        while True:
            yield from self._look()
            time.sleep(APART)
            self._signals.wait(self._until_next())

    def _look(self) -> Iterator[Round]:
        found = find_pages(self._folders, self._outputs, self._columns)
        yield from self._now_unseen(found)
        pages = dict(_stamped(found))
        stamps = {source: stamp for source, (_, stamp) in pages.items()}
        changed, gone = self._settled(stamps)
        if changed or gone:
            yield from self._taking(found, changed, gone)
        if due := self._due(stamps):
            yield from self._taking(found, due, set())

    def _taking(
        self, found: FoundPages, changed: dict[str, Stamp], gone: set[str]
    ) -> Iterator[Round]:
        """Do a round; one in which pages fail again as they did before is not told again."""
        chosen = tuple(page for page in found.pages if page.source in changed)
        part = replace(found, pages=chosen)  # the first round tells of all else that it found
        if self._was_whole:
            part = replace(part, skipped=(), missing=())
        self.is_at_work = True
        done = self._round(part, tuple(sorted(gone)))
        self.is_at_work = False
        self._failures = self._failures + 1 if done.problem else 0
        if done.problem:
            self._put_off(changed)
        else:
            self._was_whole = True
            self._taken |= changed
            for source in gone:
                del self._taken[source]
                self._unread.pop(source, None)
            self._note_unread(done, changed)
        if done.problem or done.written is not None:
            yield done

    def _note_unread(self, done: Round, changed: dict[str, Stamp]) -> None:
        """Remember which pages could not be read: they are tried again though nothing changes."""
        assert done.result is not None
        reasons = {one.source: one.reason for one in done.result.receipt.failures}
        for source, stamp in changed.items():
            known = self._unread.pop(source, None)
            if source in reasons:
                tries = known.tries + 1 if known and known.stamp == stamp else 1
                due = time.monotonic() + _again_after(tries)
                self._unread[source] = _Unread(
                    stamp=stamp, reason=reasons[source], tries=tries, due=due
                )

    def _put_off(self, changed: dict[str, Stamp]) -> None:
        """Wait with pages that were to be tried again in a round that failed."""
        due = time.monotonic() + _again_after(self._failures)
        for source in changed.keys() & self._unread.keys():
            self._unread[source] = replace(self._unread[source], due=due)

    def _due(self, stamps: dict[str, Stamp]) -> dict[str, Stamp]:
        """Give the pages that could not be read, and are to be tried again now.

        One that has changed meanwhile is taken as every page that changes.
        """
        now = time.monotonic()
        return {
            source: one.stamp
            for source, one in self._unread.items()
            if now >= one.due and stamps.get(source) == one.stamp
        }

    def _fails_as_before(self, result: ScanResult, changed: tuple[str, ...]) -> bool:
        failures = {one.source: one.reason for one in result.receipt.failures}
        return all(
            (known := self._unread.get(source)) is not None
            and self._taken.get(source) == known.stamp
            and failures.get(source) == known.reason
            for source in changed
        )

    def _until_next(self) -> float:
        """Seconds after which to look without being called."""
        if self._failures:
            return _again_after(self._failures)
        if self._moving:
            return QUIET
        now = time.monotonic()
        return min([LOOKED_AFTER, *(max(0.0, one.due - now) for one in self._unread.values())])

    def _settled(self, stamps: dict[str, Stamp]) -> tuple[dict[str, Stamp], set[str]]:
        """Tell which pages have changed, and which have gone, and are quiet since."""
        if not self._was_whole:
            return stamps, set()
        away = {source for source in self._taken if source not in stamps and self._can_see(source)}
        differing: dict[str, Stamp | None] = {
            source: stamp for source, stamp in stamps.items() if self._taken.get(source) != stamp
        }
        differing |= dict.fromkeys(away)
        now = time.monotonic()
        before = self._moving
        self._moving = {}
        changed, gone = dict[str, Stamp](), set[str]()
        for source, stamp in differing.items():
            known, since = before.get(source, (None, -1.0))
            if since < 0 or known != stamp:
                self._moving[source] = (stamp, now)
            elif now - since < QUIET:
                self._moving[source] = (stamp, since)
            elif stamp is None:
                gone.add(source)
            else:
                changed[source] = stamp
        if changed or gone:  # should the round fail, they are as quiet as before
            self._moving |= {source: before[source] for source in (*changed, *gone)}
        return changed, gone

    def _round(self, found: FoundPages, gone: tuple[str, ...]) -> Round:
        """Read, score and merge some pages; a page that is gone takes its comments along."""
        searched = gone if self._was_whole else tuple(one.as_posix() for one in self._folders)
        asked = self._audit_sample
        at = datetime.now().astimezone()
        changed = tuple(page.source for page in found.pages)
        try:
            asked = earlier_sample(self._queue) if asked is None else asked
            work = Pass(self._brief, self._detectors, self._manner, self._columns)
            result = work.run(found, searched, asked)
            if changed and not gone and self._fails_as_before(result, changed):
                return Round(at=at, changed=changed, result=result)  # nothing new to write
            written = write_results(result, self._queue)
        except ModerationError as error:
            return Round(at=at, changed=changed, gone=gone, problem=str(error))
        except Exception as error:  # a fault of ours in one round must not end the watch
            return Round(at=at, changed=changed, gone=gone, problem=f"The round failed: {error!r}")
        for source in (*changed, *gone):
            self._moving.pop(source, None)
        return Round(at=at, changed=changed, gone=gone, result=result, written=written)

    def _now_unseen(self, found: FoundPages) -> Iterator[Round]:
        """Say once of each folder that it cannot be looked into, or holds no page any more.

        A drive that was taken away looks like that. So nothing in it counts as deleted.
        """
        unseen = frozenset(one.source for one in found.missing)
        new = [one for one in found.missing if one.source not in self._unseen]
        self._unseen = unseen
        if new:
            named = "; ".join(f"{one.source}: {one.reason}" for one in new)
            problem = f"{named}. Rows of pages that were there stay as they are."
            yield Round(at=datetime.now().astimezone(), problem=problem)

    def _can_see(self, source: str) -> bool:
        path = PurePosixPath(source)
        return not any(path.is_relative_to(unseen) for unseen in self._unseen)


def _again_after(tries: int) -> float:
    """Seconds to wait behind so many tries that failed."""
    return float(min(AGAIN_AFTER * 2 ** min(tries - 1, 30), AGAIN_AFTER_AT_MOST))


def _loaded(brief: Brief) -> Detectors:
    detectors = brief.load()
    brief.policy.require_labels(detectors.scorer.labels, detectors.scorer.name)
    return detectors


def _stamped(found: FoundPages) -> Iterator[tuple[str, tuple[PagePath, Stamp]]]:
    """Each page that is there, by the path to show people."""
    for page in found.pages:
        if page.path is None:
            continue
        try:
            status = page.path.stat()
        except OSError:  # it has just gone, or the next look will say why
            continue
        times = (status.st_mtime_ns, status.st_ctime_ns)
        yield page.source, (page, (page.id, *times, status.st_size, status.st_ino))
