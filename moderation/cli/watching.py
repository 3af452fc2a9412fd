"""``scan --watch``: goes on with pages as they come, until Ctrl-C."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from moderation.cli.app import ExitCode, report_failures, visible
from moderation.errors import Interrupted

if TYPE_CHECKING:
    from moderation.terminal.progress import ProgressShown
    from moderation.watching import Round, Watch


def show_rounds(
    watch: Watch, progress: ProgressShown, *, quiet: bool, as_json: bool, stopped: str
) -> None:
    """Show each round as it is done; Ctrl-C between two of them ends the command."""
    everything_was_checked = True
    shown: list[str] = []
    try:
        for number, done in enumerate(watch.rounds()):
            progress.done()
            _show(done, whole=not number and not quiet, as_json=as_json)
            shown = _show_notes(done, shown)
            if done.result is not None:
                everything_was_checked &= done.result.receipt.everything_was_checked
    except KeyboardInterrupt:
        progress.done()
        if watch.is_at_work:
            raise Interrupted(stopped) from None
    if not everything_was_checked:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _show(done: Round, *, whole: bool, as_json: bool) -> None:
    from moderation.terminal.summary import show_summary
    from moderation.terminal.watching import round_line

    if done.result is None or done.written is None:
        typer.echo(visible(round_line(done)), err=True)
    elif as_json:
        typer.echo(json.dumps(done.written.receipt))
    elif whole:
        show_summary(done.result, done.written)
    else:
        typer.echo(visible(round_line(done)))


def _show_notes(done: Round, shown: list[str]) -> list[str]:
    """Show what a person has to look at, as far as the round before had not said it."""
    from moderation.terminal.watching import round_notes

    if done.result is None:
        return shown
    report_failures(done.result.receipt.failures)
    notes = round_notes(done)
    for note in notes:
        if note not in shown:
            typer.echo(visible(note), err=True)
    return notes
