"""The summary of a pass: pages, reasons, counts and where the files are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from moderation.review_queue.reasons import code_in_words
from moderation.terminal.merging import changes
from moderation.terminal.texts import text

if TYPE_CHECKING:
    from moderation.output import Written
    from moderation.pipeline import ScanResult
    from moderation.receipt import PageAccount

MOST_PAGES_SHOWN = 20
MOST_NOTES_SHOWN = 20

_PAGES = frozenset({"text/plain", "text/html"})
"""What is there for its comments; many a post of an export has none."""


def show_summary(result: ScanResult, written: Written) -> None:
    """Show pages, reasons, counts and where the files are."""
    console = Console(soft_wrap=True, highlight=False)  # a sentence is never broken in two
    if result.receipt.pages:
        console.print(_pages_table(result.receipt.pages))
    if result.rows:
        console.print(_reasons_table(result))
    notes = [(page.source, note) for page in result.receipt.pages for note in _notes(page)]
    for source, note in notes[:MOST_NOTES_SHOWN]:
        console.print(text(f"Note: {source}: {note}"))
    if len(notes) > MOST_NOTES_SHOWN:
        console.print(f"… and {len(notes) - MOST_NOTES_SHOWN:,} more notes in the receipt.")
    if skipped := result.receipt.skipped:
        names = ", ".join(passed_over.source for passed_over in skipped[:5])
        more = f" and {len(skipped) - 5:,} more" if len(skipped) > 5 else ""
        console.print(text(f"Not pages, passed over: {names}{more}."))
    for reason, count in list(result.receipt.not_checked_because.items())[:MOST_NOTES_SHOWN]:
        console.print(text(f"Not checked: {count:,}, because {reason}."))
    console.print(text(result.receipt.sentence(), style="bold"))
    for line in changes(written.account):
        console.print(text(line))
    after, paths = written.account.after, written.paths
    rows = "1 row" if after == 1 else f"{after:,} rows"
    console.print(text(f"Queue: {paths.queue} ({rows}, worst first)"))
    beside = [path.name for path in paths.all()[1:] if path.exists()]
    console.print(text(f"Beside it: {', '.join(beside)}"))


def _notes(page: PageAccount) -> list[str]:
    """What people should know about a page: its encoding, gaps, doubts, or no comments at all."""
    notes = [f"{warning}." for warning in page.warnings]
    if missing := page.separation["missing_numbers"]:
        shown = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
        notes.append(f"The numbers {shown} are missing.")
    notes += page.separation["warnings"]
    if page.counts.found == 0 and page.media_type in _PAGES:
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
        table.add_row(text(page.source), *(f"{number:,}" for number in numbers))
    return table


def _reasons_table(result: ScanResult) -> Table:
    """Count rows, not matches: a comment with five slurs is one row."""
    sample = set(result.sample)
    counts = Counter(
        code
        for row in result.rows
        if row.scored.comment.id not in sample
        for code in sorted({reason.code for reason in row.verdict.reasons})
    )
    table = Table(title="Reasons in the queue", title_justify="left")
    table.add_column("reason")
    table.add_column("rows", justify="right")
    for code, count in counts.most_common():
        table.add_row(code_in_words(code), f"{count:,}")
    return table
