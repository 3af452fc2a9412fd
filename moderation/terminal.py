"""What the command shows on a terminal: progress, the summary of a pass, a page's comments.

``cli`` calls these; no other module prints. Comment texts are shown only by `show_separation`
and `show_queue`, where they are what was asked for.
"""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from moderation.review_queue.cells import from_cell, show_invisible

if TYPE_CHECKING:
    from moderation.pipeline import Progress, ScanResult
    from moderation.receipt import PageAccount
    from moderation.review_queue import QueuePaths
    from moderation.separator import Separation

MOST_PAGES_SHOWN = 20
MOST_NOTES_SHOWN = 20
LONGEST_SHOWN = 300
"""Characters of a comment."""

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


def _text(content: str, style: str = "") -> Text:
    """A text from outside: shown as it is, obeyed in nothing."""
    return Text(show_invisible(content), style=style)


def show_summary(result: ScanResult, written: QueuePaths) -> None:
    """Show pages, reasons, counts and where the files are."""
    console = Console(soft_wrap=True, highlight=False)  # a sentence is never broken in two
    if result.receipt.pages:
        console.print(_pages_table(result.receipt.pages))
    if result.rows:
        console.print(_reasons_table(result))
    notes = [(page.source, note) for page in result.receipt.pages for note in _notes(page)]
    for source, note in notes[:MOST_NOTES_SHOWN]:
        console.print(_text(f"Note: {source}: {note}"))
    if len(notes) > MOST_NOTES_SHOWN:
        console.print(f"… and {len(notes) - MOST_NOTES_SHOWN:,} more notes in the receipt.")
    if skipped := result.receipt.skipped:
        names = ", ".join(passed_over.source for passed_over in skipped[:5])
        more = f" and {len(skipped) - 5:,} more" if len(skipped) > 5 else ""
        console.print(_text(f"Not pages, passed over: {names}{more}."))
    for reason, count in list(result.receipt.not_checked_because.items())[:MOST_NOTES_SHOWN]:
        console.print(_text(f"Not checked: {count:,}, because {reason}."))
    console.print(_text(result.receipt.sentence(), style="bold"))
    rows = "1 row" if len(result.rows) == 1 else f"{len(result.rows):,} rows"
    console.print(_text(f"Queue: {written.queue} ({rows}, worst first)"))
    console.print(_text(f"Beside it: {written.receipt.name}, {written.scores.name}"))


def _notes(page: PageAccount) -> list[str]:
    """What people should know about a page: its encoding, gaps, doubts, or no comments at all."""
    notes = [f"{warning}." for warning in page.warnings]
    if missing := page.separation["missing_numbers"]:
        shown = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        notes.append(f"The numbers {shown} are missing.")
    notes += page.separation["warnings"]
    if page.counts.found == 0:
        notes.append(page.separation["message"])
    return notes


def _pages_table(pages: tuple[PageAccount, ...]) -> Table:
    worst_first = sorted(pages, key=lambda page: (-page.counts.flagged, page.source))
    table = Table(title="Pages", title_justify="left", show_footer=len(pages) > MOST_PAGES_SHOWN)
    table.add_column("page", footer=f"and {len(pages) - MOST_PAGES_SHOWN:,} more", overflow="fold")
    for name in ("found", "flagged", "passed", "not checked"):
        table.add_column(name, justify="right")
    for page in worst_first[:MOST_PAGES_SHOWN]:
        counts = page.counts
        numbers = (counts.found, counts.flagged, counts.passed, counts.not_checked)
        table.add_row(_text(page.source), *(f"{number:,}" for number in numbers))
    return table


def _reasons_table(result: ScanResult) -> Table:
    """Count rows, not matches: a comment with five slurs is one row."""
    counts = Counter(
        code
        for row in result.rows
        for code in sorted({reason.code for reason in row.verdict.reasons})
    )
    table = Table(title="Reasons in the queue", title_justify="left")
    table.add_column("reason")
    table.add_column("rows", justify="right")
    for code, count in counts.most_common():
        table.add_row(_words(code), f"{count:,}")
    return table


def _words(code: str) -> str:
    """Name a reason's code for people: 'model: insult', 'word list: slur'."""
    if code == "not_checked.language":
        return "the model does not know the language"
    detector, _, what = code.partition(".")
    names = {"toxicity": "model", "lexicon": "word list", "not_checked": "not checked"}
    return f"{names[detector]}: {what.replace('_', ' ')}"


def show_queue(queue: list[dict[str, str]], most: int) -> None:
    """Show the first ``most`` rows of a queue that was read back."""
    console = Console(highlight=False)
    if not queue:
        console.print("The queue is empty.")
    for row in queue[:most]:
        place = f"{from_cell(row['source'])} · {row['number'] or '–'}"
        console.print(
            Text.assemble((f"{row['priority']:>4}  ", "bold"), (show_invisible(place), "cyan"))
        )
        reasons, text = from_cell(row["reasons"]), _beginning(from_cell(row["text"]))
        console.print(Padding(_text(reasons, style="yellow"), (0, 0, 0, 6)))
        console.print(Padding(_text(text), (0, 0, 1, 6)))
    if len(queue) > most:
        console.print(_text(f"… and {len(queue) - most:,} more rows."))


def _beginning(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST_SHOWN else f"{one_line[:LONGEST_SHOWN]} …"


def show_separation(source: str, separation: Separation) -> None:
    """Show a page's comments and what the separator says about the rest of the page."""
    console = Console(highlight=False)
    message = _text(f"{source}: {separation.receipt.message}", style="bold")
    console.print(message, soft_wrap=True)
    for comment in separation.comments:
        number = "-" if comment.number is None else str(comment.number)
        head = " · ".join(filter(None, (comment.author, comment.posted_at)))
        kind = "" if comment.kind == "comment" else f"[{comment.kind}] "
        indent = "  " * (comment.level + 1)
        line = f"{indent}{number:>3}  {kind}{head + ': ' if head else ''}"
        console.print(
            _text(line + " ".join(comment.text.split())), overflow="ellipsis", no_wrap=True
        )
    for warning in separation.receipt.warnings:
        console.print(_text(f"  Note: {warning}"))
    for leftover in separation.receipt.leftovers:
        console.print(
            _text(
                f"  {leftover.start}–{leftover.end}: {leftover.kind.replace('_', ' ')}", style="dim"
            ),
            no_wrap=True,
        )
