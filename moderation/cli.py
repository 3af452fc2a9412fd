"""The command ``moderation``: parse, make one call, show. The only module that exits.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation import __version__
from moderation.errors import Interrupted, ModerationError

if TYPE_CHECKING:
    from moderation.records import PassedOver


class ExitCode(IntEnum):
    """What the command tells the program that called it."""

    EVERYTHING_CHECKED = 0
    SOMETHING_NOT_CHECKED = 1
    WRONG_USAGE = 2


app = typer.Typer(
    name="moderation",
    help="Find the reader comments in saved article pages that a person should look at.",
    epilog="Everything runs on this machine. A person decides; this only says where to look first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks would show comment texts
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; known errors become one sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console in an old code page must not stop a scan over one character.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except ModerationError as error:
        typer.echo(f"Error: {visible(str(error))}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        # A stream has no file name: the screen is full or gone, and what was written is complete.
        place = error.filename or "the output could not be shown"
        typer.echo(f"Error: {visible(str(place))}: {error.strerror}.", err=True)
        sys.exit(ExitCode.SOMETHING_NOT_CHECKED)


def visible(text: str) -> str:
    """Make a text from outside harmless for a terminal, which obeys control characters."""
    from moderation.review_queue.cells import show_invisible

    return show_invisible(text)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"moderation {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command()
def scan(
    paths: Annotated[
        list[str],
        typer.Argument(help="Pages, folders of pages (.txt), patterns, or - for standard input."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The queue to write.")] = Path(
        "queue.csv"
    ),
    policy: Annotated[
        str, typer.Option("--policy", "-p", help="lenient, standard, strict, or a TOML file.")
    ] = "standard",
    model: Annotated[
        str,
        typer.Option(
            "--model", "-m", help="compact, a Detoxify model, or a Detoxify checkpoint file."
        ),
    ] = "compact",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the counts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Look through all comments of the pages and write the queue, worst first.

    Exits with 0 when everything was checked, with 1 when something could not be (the output says
    what), with 2 when the command was wrong.
    """
    from moderation.output import write_results
    from moderation.pipeline import scan as run_scan
    from moderation.review_queue import QueuePaths, check_output
    from moderation.terminal import ProgressShown, show_summary

    output = output.resolve() if output.is_symlink() else output
    check_output(output)
    try:
        with ProgressShown(wanted=not quiet) as progress:
            result = run_scan(
                paths,
                policy=policy,
                model=model,
                outputs=QueuePaths.beside(output).all(),
                on_progress=progress.update,
            )
        written = write_results(result, output)
    except KeyboardInterrupt:
        raise Interrupted("Stopped. Nothing was written.") from None
    receipt = result.receipt
    if as_json:
        typer.echo(json.dumps(receipt.as_json(), indent=2))
    elif quiet:
        typer.echo(receipt.sentence())
    else:
        show_summary(result, written)
    _report(receipt.failures)
    if not receipt.everything_was_checked:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@app.command()
def separate(
    paths: Annotated[
        list[str],
        typer.Argument(help="Pages, folders of pages (.txt), patterns, or - for standard input."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print comments and receipts as JSON lines.")
    ] = False,
) -> None:
    """Show which comments are found in the pages, and what else stands there, without scoring."""
    from moderation.reading import require_pages, separated_pages
    from moderation.sources import find_pages
    from moderation.terminal import show_separation

    failures: list[PassedOver] = []
    for page in separated_pages(require_pages(find_pages(paths)), failures.append):
        if as_json:
            typer.echo(json.dumps(page.as_json()))
        else:
            show_separation(page.source, page.separation)
    _report(failures)
    if failures:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@app.command()
def show(
    queue: Annotated[Path, typer.Argument(help="A queue that a scan wrote.")] = Path("queue.csv"),
    rows: Annotated[int, typer.Option("--rows", "-n", min=1, help="How many rows.")] = 10,
) -> None:
    """Show the first rows of a queue on the terminal."""
    from moderation.review_queue import read_queue
    from moderation.terminal import show_queue

    show_queue(read_queue(queue), rows)


@app.command()
def policy(
    name: Annotated[
        str, typer.Argument(help="lenient, standard, strict, or a TOML file to check.")
    ] = "standard",
) -> None:
    """Print a policy, with what its thresholds were measured to give, to start your own from."""
    from moderation.policy import annotated_policy
    from moderation.toxicity import measured_effect

    typer.echo(annotated_policy(name, measured_effect), nl=False)


def _report(failures: Iterable[PassedOver]) -> None:
    for failure in failures:
        typer.echo(visible(f"Not checked: {failure.source}: {failure.reason}"), err=True)
