"""What ``scan`` does with its options: once, or again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from moderation.assessing import Brief
from moderation.cli.app import ExitCode, report_failures
from moderation.cli.stopping import Stopping
from moderation.cli.watching import show_rounds
from moderation.errors import Interrupted
from moderation.files import ColumnNames
from moderation.output import Written, earlier_sample, write_results
from moderation.pipeline import Manner, Progress, ScanResult, run
from moderation.review_queue import QueuePaths
from moderation.terminal.merging import show_problems
from moderation.terminal.progress import ProgressShown
from moderation.terminal.summary import show_summary
from moderation.watching import Polling, Watch

STOPPED = (
    "Stopped. The queue is as it was. What was scored is kept, and the same command goes on from "
    "there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A scan as its options ask for it; without ``audit_sample`` the number of before holds."""

    paths: tuple[str, ...]
    output: Path
    brief: Brief
    columns: ColumnNames | None
    audit_sample: int | None
    manner: Manner
    quiet: bool
    as_json: bool


def scan_once(job: Job) -> None:
    """Scan, write the results and show them."""
    asked = earlier_sample(job.output) if job.audit_sample is None else job.audit_sample
    outputs = QueuePaths.beside(job.output).all_ever()
    try:
        with _watched_over(job) as (manner, _):
            result = run(
                job.brief,
                job.paths,
                outputs=outputs,
                columns=job.columns,
                audit_sample=asked,
                manner=manner,
            )
        written = write_results(result, job.output)
    except KeyboardInterrupt:
        raise Interrupted(STOPPED) from None
    _show(job, result, written)
    if not result.receipt.everything_was_checked:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def watch_folders(job: Job, poll: float | None) -> None:
    """Scan, and go on with pages as they come, until Ctrl-C."""
    with _watched_over(job) as (manner, progress):
        try:
            watch = Watch(
                [Path(path) for path in job.paths],
                job.output,
                job.brief,
                manner=manner,
                columns=job.columns,
                audit_sample=job.audit_sample,
                signals=None if poll is None else Polling(poll),
            )
        except KeyboardInterrupt:
            raise Interrupted(STOPPED) from None
        if not job.quiet and not job.as_json:
            typer.echo(f"Watching {', '.join(job.paths)}. Ctrl-C ends it.", err=True)
        show_rounds(watch, progress, quiet=job.quiet, as_json=job.as_json, stopped=STOPPED)


@contextmanager
def _watched_over(job: Job) -> Iterator[tuple[Manner, ProgressShown]]:
    """Show how far the work has come, and hear Ctrl-C wherever it is."""
    with Stopping() as stopping, ProgressShown(wanted=not job.quiet) as progress:

        def on_progress(step: Progress) -> None:
            stopping.check()
            progress.update(step)

        yield replace(job.manner, on_progress=on_progress), progress


def _show(job: Job, result: ScanResult, written: Written) -> None:
    if job.as_json:
        typer.echo(json.dumps(written.receipt, indent=2))
    elif job.quiet:
        typer.echo(result.receipt.sentence())
    else:
        show_summary(result, written)
    show_problems(written.account, written.warnings)
    report_failures(result.receipt.failures)
