"""Ctrl-C, heard wherever it comes."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

import typer

from moderation.errors import Interrupted


class Stopping:
    """A context in which Ctrl-C is never lost.

    A library that is in the midst of loading something may swallow the interruption, or take it
    for a fault of its own. So it is remembered: `check` raises it again, and whatever error leaves
    the context after it is an interruption.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: object = None

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if self._before is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if signal.getsignal(signal.SIGINT) == self._hear:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        # Who has heard it already and says how the command ends is not interrupted again.
        answered = (KeyboardInterrupt, Interrupted, typer.Exit)
        if self._asked and error is not None and not isinstance(error, answered):
            raise KeyboardInterrupt from None

    def check(self) -> None:
        """Stop here, if that was asked for.

        Raises:
            KeyboardInterrupt: when it was.
        """
        if self._asked:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        raise KeyboardInterrupt
