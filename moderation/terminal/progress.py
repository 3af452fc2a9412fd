"""How far a pass has come, on standard error, while people wait."""

from __future__ import annotations

import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as ProgressBar
from rich.text import Text

if TYPE_CHECKING:
    from moderation.pipeline import Progress

PATIENCE = 1.0
"""Seconds of work after which a progress bar appears."""


class ProgressShown:
    """A context in which `update` draws a progress bar on standard error, if that is a terminal."""

    def __init__(self, wanted: bool) -> None:
        self._console = Console(stderr=True)
        self._wanted = wanted and self._console.is_terminal
        self._started: float | None = time.monotonic()
        self._bar: ProgressBar | None = None

    def __enter__(self) -> ProgressShown:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.done()

    def done(self) -> None:
        """Take the bar away; the next update begins anew."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._started = None

    def update(self, progress: Progress) -> None:
        """Show how far the pass has come."""
        if self._started is None:
            self._started = time.monotonic()
        if not self._wanted or time.monotonic() - self._started < PATIENCE:
            return
        if self._bar is None:
            self._bar = self._start_bar()
        self._bar.update(
            self._bar.task_ids[0],
            completed=progress.comments_done,
            total=progress.comments_expected,
            description=_pages(progress),
            amount=_amount(progress),
        )

    def _start_bar(self) -> ProgressBar:
        bar = ProgressBar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[amount]}"),
            _Rate(),
            _TimeLeft(),
            console=self._console,
            transient=True,
        )
        bar.add_task("", total=None, amount="")
        bar.start()
        return bar


class _Rate(ProgressColumn):
    """Comments a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class _TimeLeft(ProgressColumn):
    """The time that is left, where it is known how much is to come."""

    def render(self, task: Task) -> Text:
        seconds = task.time_remaining
        if task.total is None or seconds is None:
            return Text("")
        return Text(f"{timedelta(seconds=round(seconds))} left")


def _pages(progress: Progress) -> str:
    """Where a file holds many pages, their number is known only when it has been read."""
    if progress.pages_read > progress.pages_total:
        return f"{progress.pages_read:,} pages"
    return f"page {progress.pages_read:,} of {progress.pages_total:,}"


def _amount(progress: Progress) -> str:
    known = f", {progress.comments_known:,} known already" if progress.comments_known else ""
    if progress.comments_expected is None:
        whole = f"{progress.comments_found:,} read so far"
    else:
        about = "" if progress.pages_read == progress.pages_total else "about "
        whole = f"{about}{progress.comments_expected:,}"
    return f"{progress.comments_done:,} of {whole}{known}"
