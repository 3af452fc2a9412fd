"""The review page's address, and where the decisions are when it is closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from moderation.review_queue.files import QueuePaths
from moderation.terminal.texts import text

if TYPE_CHECKING:
    from moderation.review_desk.values import Summary


def show_opened(queue: Path, summary: Summary, address: str, *, opens: bool) -> None:
    """Print the address and what to do with it, and what to know of the queue beforehand."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(text(f"{queue}: {_standing(summary)}"))
    console.print(text(f"The review page is at\n\n  {address}\n"))
    console.print(
        text(
            f"{'It opens in your browser.' if opens else 'Open this address in a browser here.'} "
            "Leave this window open while you work; each decision is saved as you make it. Press "
            "Ctrl-C here to end."
        )
    )
    console.print(text("Keep the address to yourself: who has it can decide in your name."))
    notes = Console(soft_wrap=True, highlight=False, stderr=True)
    for note in filter(None, (summary.read_only, *summary.warnings)):
        notes.print(text(f"Note: {note}"))


def show_no_browser() -> None:
    """Say that the person has to open the page."""
    console = Console(soft_wrap=True, highlight=False, stderr=True)
    console.print(text("Note: No browser could be opened. Copy the address into one yourself."))


def show_ended(queue: Path, summary: Summary) -> None:
    """Say how far the work is, and where it lies."""
    console = Console(soft_wrap=True, highlight=False)
    paths = QueuePaths.beside(queue)
    console.print(text(f"Closed. {_standing(summary)}"))
    if summary.session_decided:
        times = "decision" if summary.session_decided == 1 else "decisions"
        console.print(text(f"In this session: {summary.session_decided:,} {times}."))
    console.print(text(f"Queue: {paths.queue}"))
    if paths.log.exists():
        console.print(text(f"Log: {paths.log}"))


def _standing(summary: Summary) -> str:
    decided = summary.rows - summary.undecided - summary.conflicts
    rows = "1 row" if summary.rows == 1 else f"{summary.rows:,} rows"
    conflicts = f", {summary.conflicts:,} in conflict" if summary.conflicts else ""
    return f"{decided:,} of {rows} decided{conflicts}."
