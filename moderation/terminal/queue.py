"""A queue's rows, and what could not be read of it."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from moderation.review_queue.cells import from_cell, show_invisible
from moderation.review_queue.reading import QueueTable
from moderation.terminal.texts import beginning, text

PROBLEMS_SHOWN = 20
"""Damaged rows that are named on the screen; the number of the others is told."""


def show_queue(table: QueueTable, most: int) -> None:
    """Show the first ``most`` rows of a queue that was read back, and what was wrong with it."""
    console = Console(highlight=False)
    if table.frame.is_empty():
        console.print("The queue is empty.")
    for row in table.frame.head(most).iter_rows(named=True):
        place = f"{from_cell(row['source'])} · {row['number'] or '–'}"
        console.print(
            Text.assemble(
                (f"{show_invisible(row['priority']):>4}  ", "bold"), (show_invisible(place), "cyan")
            )
        )
        reasons, comment = from_cell(row["reasons"]), beginning(from_cell(row["text"]))
        console.print(Padding(text(reasons, style="yellow"), (0, 0, 0, 6)))
        console.print(Padding(text(comment), (0, 0, 1, 6)))
    if len(table.frame) > most:
        console.print(text(f"… and {len(table.frame) - most:,} more rows."))
    show_reading(table, console)


def show_reading(table: QueueTable, console: Console) -> None:
    """Say what was put right in a queue file, and which of its rows could not be read."""
    for remark in table.remarks:
        console.print(text(remark))
    if not table.problems:
        return
    rows = "1 row" if len(table.problems) == 1 else f"{len(table.problems):,} rows"
    console.print(text(f"{rows} could not be read and nothing was taken from there:", "red"))
    for problem in table.problems[:PROBLEMS_SHOWN]:
        line = f"row {problem.row:,} (line {problem.line:,}): {problem.problem}."
        console.print(Padding(text(line), (0, 0, 0, 2)))
    if len(table.problems) > PROBLEMS_SHOWN:
        console.print(text(f"  … and {len(table.problems) - PROBLEMS_SHOWN:,} more."))
    console.print(text("Mend these rows in the file, or put them back from a copy, and try again."))
