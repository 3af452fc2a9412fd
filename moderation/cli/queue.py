"""Commands on the queue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.app import app


@app.command()
def show(
    queue: Annotated[Path, typer.Argument(help="A queue that a scan wrote.")] = Path("queue.csv"),
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, help="How many rows.")] = 10,
) -> None:
    """Show the first rows of a queue on the terminal."""
    from moderation.review_queue import read_queue
    from moderation.terminal.queue import show_queue

    show_queue(read_queue(queue), rows)
