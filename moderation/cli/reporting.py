"""Commands that say what people decided: ``decisions`` to apply it, ``report`` to see it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moderation.cli.app import ExitCode, app, visible
from moderation.errors import ModerationError, UsageError

if TYPE_CHECKING:
    from moderation.exporting import Export
    from moderation.review_queue.reading import QueueTable


class ExportFormat(str, Enum):
    """The forms in which decisions leave the tool."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    WORDPRESS = "wp"


class Removed(str, Enum):
    """What becomes of a removed comment in WordPress."""

    TRASH = "trash"
    SPAM = "spam"


@app.command()
def decisions(
    queue: Annotated[Path, typer.Argument(help="A queue that people have worked on.")] = Path(
        "queue.csv"
    ),
    form: Annotated[
        ExportFormat,
        typer.Option("--format", "-f", help="A table, JSON lines, or a WordPress script."),
    ] = ExportFormat.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write, else the screen.")
    ] = None,
    id_column: Annotated[
        str,
        typer.Option(
            "--id-column",
            help="For wp: the column with the site's own ids, or site_number if the pages print "
            "them beside each comment, or a table or an export gave them.",
        ),
    ] = "",
    removed: Annotated[
        Removed, typer.Option("--removed", help="For wp: what becomes of a removed comment.")
    ] = Removed.TRASH,
) -> None:
    """Export what is to be done with each comment, as reviewers decided.

    Exits with 1 when something stands in the way of a decision: two verdicts for one comment, a
    word that is no verdict, a damaged row, or an id that the site cannot know.
    """
    from moderation.exporting import export
    from moderation.review_queue.decisions import read_decisions
    from moderation.review_queue.reading import read_table
    from moderation.terminal.reporting import show_obstacles

    if form is ExportFormat.WORDPRESS and not id_column:
        raise UsageError(
            "WordPress knows comments by ids of its own. Say which column of the queue holds them "
            "with --id-column NAME; --id-column site_number takes the numbers that the pages print "
            "beside each comment, if those are the ids."
        )
    _record(queue)
    table = read_table(queue)
    decided = read_decisions(table)
    exported = export(table, decided, _site_numbers(queue))
    if form is ExportFormat.WORDPRESS:
        complete = _write_script(exported, table, queue, id_column, removed, output)
    else:
        complete = True
        _write_table(exported, form, output)
    show_obstacles(table, decided)
    typer.echo(exported.account.sentence(), err=True)
    if not (complete and exported.account.is_complete):
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@app.command()
def report(
    queue: Annotated[Path, typer.Argument(help="A queue that people work on.")] = Path("queue.csv"),
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the whole report as one page, report.html."),
    ] = None,
) -> None:
    """Say how far the work is, what the queue is worth, and what the scan misses.

    With --output the whole of it is written with drawings as one page that opens without a network.
    Exits with 1 when a sum does not come out, such as flagged comments whose row was deleted.
    """
    from moderation.report import findings_of, read_material
    from moderation.terminal.reporting import show_findings

    findings = findings_of(read_material(queue))
    if output is not None:
        from moderation.report.page import OPENING, page
        from moderation.review_queue.side_files import write_side_file

        write_side_file(output, page(findings), OPENING)
        typer.echo(visible(f"Report: {output}"))
    else:
        show_findings(findings)
    if failed := [check for check in findings.checks if not check.holds]:
        for check in failed:
            typer.echo(f"This does not add up: {check.sentence}", err=True)
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _record(queue: Path) -> None:
    """Take the decisions into the log and over to near-duplicates first, where that can be done."""
    from moderation.review_queue.recording import record_decisions

    if not queue.exists():
        return
    try:
        record_decisions(queue)
    except ModerationError as error:
        typer.echo(visible(f"Not recorded in the log of decisions: {error}"), err=True)


def _write_table(exported: Export, form: ExportFormat, output: Path | None) -> None:
    from moderation.exporting import CSV_OPENING, JSON_OPENING

    if form is ExportFormat.CSV:
        _write(exported.as_csv(), CSV_OPENING, output)
    else:
        _write(exported.as_json_lines(), JSON_OPENING, output)


def _write_script(
    exported: Export,
    table: QueueTable,
    queue: Path,
    id_column: str,
    removed: Removed,
    output: Path | None,
) -> bool:
    """Write the script; tell whether every decision is in it."""
    from moderation.exporting import SITE_NUMBER, ids_from_pages, ids_in_column
    from moderation.review_queue import QueuePaths
    from moderation.scores import read_scores
    from moderation.terminal.reporting import show_left_out
    from moderation.wordpress import OPENING

    if id_column == SITE_NUMBER and SITE_NUMBER not in table.frame.columns:
        site_ids = ids_from_pages(read_scores(QueuePaths.beside(queue).scores).frame)
    else:
        site_ids = ids_in_column(table, id_column)
    script = exported.as_wordpress_script(site_ids, removed.value)
    _write(script.text, OPENING, output)
    show_left_out(script)
    return not script.unapplied


def _write(content: str, opening: str, output: Path | None) -> None:
    from moderation.review_queue.side_files import write_side_file

    if output is None:
        typer.echo(content.removeprefix("\ufeff").encode(), nl=False)
    else:
        write_side_file(output, content, opening)


def _site_numbers(queue: Path) -> dict[str, int]:
    from moderation.exporting import site_numbers
    from moderation.review_queue import QueuePaths
    from moderation.scores import read_scores

    scores = QueuePaths.beside(queue).scores
    return site_numbers(read_scores(scores).frame) if scores.exists() else {}
