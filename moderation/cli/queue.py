"""Commands on the queue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.app import app

queue_app = typer.Typer(
    help="Take up what people decided in a queue: into its log, and back out of it.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(queue_app, name="queue")

TheQueue = Annotated[Path, typer.Argument(help="A queue that a scan wrote.")]


@app.command()
def show(
    queue: Annotated[Path, typer.Argument(help="A queue that a scan wrote.")] = Path("queue.csv"),
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, help="How many rows.")] = 10,
) -> None:
    """Show the first rows of a queue on the terminal."""
    from moderation.review_queue.reading import read_table
    from moderation.terminal.queue import show_queue

    table = read_table(queue)
    show_queue(table, rows)
    if table.problems:
        raise typer.Exit(1)


@queue_app.command()
def record(queue: TheQueue = Path("queue.csv")) -> None:
    """Take what people decided into the log, carry it over to near-duplicates, write the queue."""
    from moderation.review_queue.recording import record_decisions
    from moderation.terminal.merging import show_recorded

    show_recorded(record_decisions(queue))


@queue_app.command(name="take-back")
def take_back(
    queue: TheQueue,
    ids: Annotated[list[str], typer.Argument(help="Ids of comments, as the queue shows them.")],
    reviewer: Annotated[str, typer.Option(help="Who takes the decisions back.")] = "",
) -> None:
    """Take decisions back. The log keeps that they were made, and that they were withdrawn."""
    from moderation.review_queue import recording
    from moderation.terminal.merging import show_recorded

    show_recorded(recording.take_back(queue, ids, reviewer))


@queue_app.command()
def rebuild(queue: TheQueue = Path("queue.csv")) -> None:
    """Put the log's decisions back into a queue, or make a lost queue again from scores and log."""
    from moderation.rebuilding import rebuild_queue
    from moderation.terminal.merging import show_recorded

    show_recorded(rebuild_queue(queue))
