"""Commands that share a queue among several people: ``queue split`` and ``queue join``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.app import ExitCode
from moderation.cli.queue import queue_app
from moderation.errors import UsageError


@queue_app.command()
def split(
    queue: Annotated[Path, typer.Argument(help="A queue that a scan wrote.")] = Path("queue.csv"),
    by: Annotated[
        int | None, typer.Option("--by", "-b", min=1, help="Among how many people to share it.")
    ] = None,
    names: Annotated[
        str, typer.Option("--names", help="Who they are, separated by commas: ann,bo,cy.")
    ] = "",
    overlap: Annotated[
        int,
        typer.Option(
            "--overlap", min=0, help="How many rows two people judge, unmarked, to compare them."
        ),
    ] = 0,
    blind: Annotated[
        bool, typer.Option("--blind", help="Leave out priority, reasons, scores and terms.")
    ] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for the parts.")
    ] = Path("parts"),
) -> None:
    """Share the undecided rows out among several people, a file each, whole pages together.

    Decided rows stay in the queue. Bring the parts back with 'moderation queue join'.
    """
    from moderation.review_queue.reading import read_table
    from moderation.review_queue.splitting import split as split_queue
    from moderation.review_queue.splitting import write_parts
    from moderation.terminal.sharing import show_split

    table = read_table(queue)
    shared = split_queue(table, _names(by, names), overlap=overlap, blind=blind)
    written = write_parts(shared.parts, queue, output)
    show_split(shared, written, table, queue, overlap)
    if table.problems:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@queue_app.command()
def join(
    queue: Annotated[Path, typer.Argument(help="The queue that was split.")],
    parts: Annotated[list[Path], typer.Argument(help="The parts that reviewers sent back.")],
) -> None:
    """Bring decisions, notes, reviewers and people's own columns back from the parts.

    Lists on what people differ and says how far they agree. Exits with 1 when something needs a
    look: a conflict, a row that cannot be read or is not known, a word that is no verdict.
    """
    from moderation.review_queue.joining import join_parts
    from moderation.terminal.sharing import show_joined

    result = join_parts(queue, parts)
    show_joined(result)
    if result.needs_a_look:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _names(by: int | None, names: str) -> list[str]:
    """The people's names: those given, or as many numbers as there are people."""
    given = [name.strip() for name in names.split(",") if name.strip()]
    if not given and by is None:
        raise UsageError("Say among how many people to share the queue with --by, such as --by 3.")
    if given and by not in {None, len(given)}:
        raise UsageError(f"--names gives {len(given)} names, but --by asks for {by} people.")
    return given or [f"part-{number}" for number in range(1, (by or 0) + 1)]
