"""Commands on what decides: ``preview`` a change before it is made, ``tune`` from decisions."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from moderation.cli.app import ExitCode, app, visible
from moderation.errors import UsageError


@app.command()
def preview(
    files: Annotated[
        list[Path],
        typer.Argument(help="A queue, its scores file, or both. One is enough side by side."),
    ],
    policy: Annotated[
        str | None, typer.Option("--policy", "-p", help="lenient, standard, strict or a TOML file.")
    ] = None,
    terms: Annotated[
        list[Path] | None, typer.Option("--terms", help="A table of terms of your own.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Another model; this scores again.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the rows to a CSV file.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", "-n", min=0, help="Rows of each kind shown.")] = 10,
    all_rows: Annotated[bool, typer.Option("--all", help="Show all rows.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what another policy, word list or model would change in a queue. Changes nothing.

    Exits with 1 when rows of the queue are damaged or not in the scores.
    """
    from moderation.previewing import Trial, write_preview
    from moderation.previewing import preview as run_preview
    from moderation.terminal.preview import show_preview
    from moderation.terminal.progress import ProgressShown

    if policy is None and not terms and model is None:
        raise UsageError("Say what to try: --policy, --terms or --model.")
    trial = Trial(policy=policy, terms=tuple(terms or ()), model=model)
    with ProgressShown(wanted=not as_json) as progress:
        found = run_preview(files, trial, progress.update)
    if output is not None:
        write_preview(found, output)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        show_preview(found, None if all_rows else rows)
    if output is not None:
        typer.echo(visible(f"Written: {output}."), err=True)
    if found.strangers or found.problems:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@app.command()
def tune(
    queue: Annotated[Path, typer.Argument(help="A queue in which people have decided.")],
    scores: Annotated[
        Path | None, typer.Option("--scores", help="Its scores file, when not beside it.")
    ] = None,
    target_precision: Annotated[
        float | None,
        typer.Option(
            "--target-precision", min=0, max=1, help="Share of flagged rows that are to be hits."
        ),
    ] = None,
    rows_per_day: Annotated[
        int | None, typer.Option("--rows-per-day", min=1, help="Rows your staff can read a day.")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option("--days", min=0.01, help="Days whose comments the queue covers."),
    ] = None,
    total_rows: Annotated[
        int | None, typer.Option("--rows", min=1, help="Rows for all that the queue covers.")
    ] = None,
    retire_below: Annotated[
        float,
        typer.Option("--retire-below", min=0.01, max=1, help="When a term is not worth its rows."),
    ] = 0.10,
    policy: Annotated[
        str | None,
        typer.Option("--policy", "-p", help="The queue's policy, where no receipt names it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The policy file to write.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Learn thresholds, and which terms waste time, from the decisions in a queue.

    Exits with 1 when too few decisions, or none that reach the goal, allow a proposal.
    """
    from moderation.terminal.tuning import show_tuning
    from moderation.tuning import Goal, Proposal, Refusal, write_policy
    from moderation.tuning import tune as run_tune

    budget = _budget(rows_per_day, days, total_rows)
    if budget is not None and target_precision is not None:
        raise UsageError("Choose one goal: --target-precision, or a number of rows.")
    goal = Goal(precision=target_precision, rows=budget)
    if output is not None and goal == Goal():
        raise UsageError("A policy is written for a goal: --target-precision or --rows-per-day.")
    found = run_tune(queue, goal, scores=scores, policy=policy, retirement_bound=retire_below)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        show_tuning(found, retire_below)
    if isinstance(found.result, Proposal) and output is not None:
        write_policy(found, found.result, output, date.today())
        message = f"Written: {output}. Try it first: moderation preview --policy {output} {queue}"
        typer.echo(visible(message), err=True)
    if isinstance(found.result, Refusal):
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _budget(rows_per_day: int | None, days: float | None, total_rows: int | None) -> int | None:
    if rows_per_day is None:
        if days is not None:
            raise UsageError("--days belongs to --rows-per-day: name both, or --rows alone.")
        return total_rows
    if total_rows is not None:
        raise UsageError("Choose one budget: --rows-per-day with --days, or --rows.")
    if days is None:
        raise UsageError(
            "Say with --days how many days of comments the queue covers: the pages do not tell."
        )
    return round(rows_per_day * days)
