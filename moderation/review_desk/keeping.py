"""The thread that keeps a desk and its files together while somebody works.

It writes decisions into the queue a little behind them, notices what other programs write, and
reads the scores file when the first comment has been shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from moderation.errors import ModerationError
from moderation.review_desk.working import WorkingQueue

_TICK: Final = 0.25
_WRITE_AFTER: Final = 2.0
"""Seconds without a decision after which the queue is written."""

_WRITE_AT_LEAST: Final = 10.0
"""Seconds after which it is written although decisions go on."""

_LOOK_EVERY: Final = 2.0
_PREPARE_AFTER: Final = 0.75
"""Seconds that the first comment has for itself before the scores file is read."""


class Keeping:
    """One thread for one open queue; it ends with ``stop``."""

    def __init__(self, working: WorkingQueue, prepare: Callable[[], None]) -> None:
        self._working = working
        self._prepare = prepare
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="review-desk", daemon=True)
        self._dirty_since: float | None = None
        self._seen_revision = working.revision
        self._changed_at = 0.0
        self._not_before = 0.0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after a write that has begun."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        looked_at = prepared_at = time.monotonic()
        prepared = -1
        while not self._is_over.wait(_TICK):
            now = time.monotonic()
            if now - prepared_at > _PREPARE_AFTER and prepared != self._working.readings:
                prepared = self._working.readings
                self._guarded(self._prepare)
            if now - looked_at > _LOOK_EVERY:
                looked_at = now
                self._guarded(self._working.notice)
            if self._is_time_to_write(now):
                self._guarded(self._working.write)
                self._dirty_since, self._not_before = None, time.monotonic() + _WRITE_AFTER

    def _is_time_to_write(self, now: float) -> bool:
        if self._working.revision != self._seen_revision:
            self._seen_revision, self._changed_at = self._working.revision, now
        if not self._working.is_dirty:
            self._dirty_since = None
            return False
        self._dirty_since = self._dirty_since or now
        if now < self._not_before:
            return False
        is_quiet = now - self._changed_at >= _WRITE_AFTER
        return is_quiet or now - self._dirty_since >= _WRITE_AT_LEAST

    def _guarded(self, work: Callable[[], object]) -> None:
        """Do something; what goes wrong is told to the reviewer, who may be able to mend it."""
        try:
            work()
        except ModerationError as error:
            self._working.trouble = str(error)
        except Exception as error:
            self._working.trouble = (
                f"The queue could not be brought up to date ({type(error).__name__}). Your "
                "decisions are safe in the log. Close the page and start it again."
            )
