"""The queue's lock, for a desk whose own background write must not keep its decisions waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Lock, RLock
from typing import Final

from moderation.errors import OutputError
from moderation.review_queue.locking import PATIENCE, locked

_A_MOMENT: Final = 0.005


class Busy(OutputError):
    """Another program holds the queue; nothing was done."""


class Holding:
    """The lock of one queue as the threads of one desk share it.

    Every decision is made under ``mutex``. The background write holds the queue's lock and gives it
    back only under ``mutex``: so a decision that finds it held by its own desk may go on.
    """

    def __init__(self, queue: Path, mutex: RLock) -> None:
        self._queue = queue
        self._mutex = mutex
        self._one_write = Lock()
        self._is_held_by_write = False
        self._is_held_for_decision = False

    @contextmanager
    def for_decision(self, patience: float = PATIENCE) -> Iterator[None]:
        """Hold the lock for something short; the caller has the mutex, and may hold it already.

        Raises:
            Busy: when another program holds the queue for longer.
            OutputError: when it cannot be locked.
        """
        if self._is_held_for_decision:
            yield
            return
        with self._acquired(patience):
            self._is_held_for_decision = True
            try:
                yield
            finally:
                self._is_held_for_decision = False

    @contextmanager
    def for_write(self) -> Iterator[None]:
        """Hold the lock while the queue is written; the caller does not have the mutex.

        Raises:
            OutputError: when another program holds the queue for too long, or it cannot be locked.
        """
        with self._one_write, ExitStack() as lock:
            if not self._queue.parent.is_dir():
                raise Busy(f"The folder {self._queue.parent} is not there any more.")
            lock.enter_context(locked(self._queue))
            self._is_held_by_write = True
            try:
                yield
            finally:
                with self._mutex:
                    self._is_held_by_write = False
                    lock.close()

    def _acquired(self, patience: float) -> AbstractContextManager[object]:
        if not self._queue.parent.is_dir():  # the lock would make it, and a new log with it
            raise Busy(
                f"The folder {self._queue.parent} is not there any more. Nothing was saved. Put it "
                "back, or end this page and open the queue where it is now."
            )
        until = time.monotonic() + patience
        while not self._is_held_by_write:
            lock = ExitStack()
            try:
                lock.enter_context(locked(self._queue, patience=0))
            except OutputError as error:
                if not _is_busy(error):
                    raise
            else:
                return lock
            if time.monotonic() > until:
                raise Busy(
                    f"Another command is writing {self._queue}. It was waited for during "
                    f"{patience:.0f} seconds, and nothing was changed. Try again when it has ended."
                )
            time.sleep(_A_MOMENT)
        return nullcontext()


def _is_busy(error: OutputError) -> bool:
    import filelock  # noqa: PLC0415 - only who writes needs it

    return isinstance(error.__cause__, filelock.Timeout)
