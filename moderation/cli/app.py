"""The application itself: its exit codes, how errors are told, and what every command shares."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import IntEnum
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from moderation import __version__
from moderation.errors import ModerationError

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


def report_failures(failures: Iterable[PassedOver]) -> None:
    """Name on standard error each page that was not checked, and why."""
    for failure in failures:
        typer.echo(visible(f"Not checked: {failure.source}: {failure.reason}"), err=True)
