"""How far a pass has come, on standard error, while people wait."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

if TYPE_CHECKING:
    from moderation.pipeline import Progress

PATIENCE = 1.0
"""Seconds of work after which a progress bar appears."""


class ProgressShown:
    """A context in which `update` draws a progress bar on standard error, if that is a terminal."""

    def __init__(self, wanted: bool) -> None:
        self._console = Console(stderr=True)
        self._wanted = wanted and self._console.is_terminal
        self._started = time.monotonic()
        self._bar: ProgressBar | None = None

    def __enter__(self) -> ProgressShown:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Show how far the pass has come."""
        if not self._wanted or time.monotonic() - self._started < PATIENCE:
            return
        if self._bar is None:
            self._bar = self._start_bar()
        self._bar.update(
            self._bar.task_ids[0],
            completed=progress.comments_done,
            total=_expected_comments(progress),
            description=f"page {progress.pages_read:,} of {progress.pages_total:,}",
        )

    def _start_bar(self) -> ProgressBar:
        bar = ProgressBar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("comments"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        bar.add_task("", total=None)
        bar.start()
        return bar


def _expected_comments(progress: Progress) -> int:
    """Expect of the pages still to be read what the others held."""
    read = max(progress.pages_read, 1)
    return round(progress.comments_found * max(progress.pages_total, read) / read)
