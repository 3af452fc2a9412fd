"""Commands that read pages: ``scan`` and ``separate``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.app import ExitCode, app, report_failures
from moderation.errors import Interrupted

if TYPE_CHECKING:
    from moderation.records import PassedOver


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
    from moderation.terminal.progress import ProgressShown
    from moderation.terminal.summary import show_summary

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
    report_failures(receipt.failures)
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
    from moderation.terminal.separation import show_separation

    failures: list[PassedOver] = []
    for page in separated_pages(require_pages(find_pages(paths)), failures.append):
        if as_json:
            typer.echo(json.dumps(page.as_json()))
        else:
            show_separation(page.source, page.separation)
    report_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)
