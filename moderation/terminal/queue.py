"""A queue's rows."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from moderation.review_queue.cells import from_cell, show_invisible
from moderation.terminal.texts import beginning, text


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
        reasons, comment = from_cell(row["reasons"]), beginning(from_cell(row["text"]))
        console.print(Padding(text(reasons, style="yellow"), (0, 0, 0, 6)))
        console.print(Padding(text(comment), (0, 0, 1, 6)))
    if len(queue) > most:
        console.print(text(f"… and {len(queue) - most:,} more rows."))
