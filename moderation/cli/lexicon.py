"""Commands on the lexicon's terms: ``lexicon list``, ``show``, ``check`` and ``try``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from moderation.cli.app import ExitCode, app, report_failures
from moderation.errors import UsageError

if TYPE_CHECKING:
    from moderation.lexicon import Lexicon
    from moderation.records import PassedOver

lexicon_app = typer.Typer(
    help="Look at the terms, check a table of terms, try a term on real comments.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(lexicon_app, name="lexicon")

Tables = Annotated[
    list[Path] | None,
    typer.Option("--terms", help="A table of your own to lay over ours; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]


@lexicon_app.command("list")
def list_terms(
    language: Annotated[str, typer.Option("--language", "-l", help="en, hi, de, …")] = "",
    category: Annotated[
        str, typer.Option("--category", "-c", help="ethnicity, religion, profanity, …")
    ] = "",
    severity: Annotated[
        int | None, typer.Option("--severity", "-s", min=1, max=4, help="1 mild to 4 extreme.")
    ] = None,
    terms: Tables = None,
    as_json: AsJson = False,
) -> None:
    """List the terms, openly, with category, severity, ambiguity, forms and target."""
    from moderation.editing import select_terms, table_counts
    from moderation.lexicon import load_lexicon
    from moderation.terminal.lexicon import show_terms

    lexicon = load_lexicon(extra=terms or ())
    chosen = select_terms(lexicon, language=language, category=category, severity=severity)
    if as_json:
        _print_json(
            lexicon.version,
            tables=table_counts(lexicon.terms),
            terms=[asdict(term) for term in chosen],
        )
    else:
        show_terms(lexicon, chosen)


@lexicon_app.command("show")
def show_term(
    term: Annotated[str, typer.Argument(help="A term, or one of its forms.")],
    terms: Tables = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of a term, and what the tool makes of its two examples."""
    from moderation.editing import find_term
    from moderation.lexicon import load_lexicon
    from moderation.terminal.lexicon import show_known_term

    lexicon = load_lexicon(extra=terms or ())
    found = find_term(lexicon, term)
    if not found:
        raise UsageError(_unknown(lexicon, term))
    if as_json:
        _print_json(lexicon.version, terms=[asdict(one) for one in found])
    else:
        show_known_term(lexicon, found)


@lexicon_app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A table: one like ours, or your own.")],
    as_json: AsJson = False,
) -> None:
    """Tell every mistake of a table with line and column, and what an editor should look at again.

    Exits with 0 when the table can be used, with 1 when it has mistakes, with 2 when there is no
    such file. Warnings alone are no mistakes.
    """
    from moderation.editing import check_table
    from moderation.terminal.lexicon import show_check

    checked = check_table(file)
    if as_json:
        typer.echo(json.dumps(checked.as_json(), indent=2))
    else:
        show_check(checked)
    if not checked.is_clean:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


@lexicon_app.command("try")
def try_on_pages(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TERM] [PAGES]...", help="The term; its forms after a bar."),
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option("--on", help="Pages, folders of pages (.txt) or patterns.")
    ] = None,
    tables: Annotated[
        list[Path] | None, typer.Option("--table", help="A table to try in place of a term.")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="The term's language.")] = "en",
    category: Annotated[str, typer.Option("--category", "-c")] = "general insult",
    severity: Annotated[int, typer.Option("--severity", "-s", min=1, max=4)] = 2,
    ambiguity: Annotated[
        str, typer.Option(help="never innocent, often innocent, or reclaimed.")
    ] = "never innocent",
    as_json: AsJson = False,
) -> None:
    """Show what a new term, or a table, would find in the comments of real pages.

    Changes nothing. Exits with 1 when a page could not be read.
    """
    from moderation.editing import (
        lexicon_with_tables,
        lexicon_with_term,
        released_lexicon,
        try_terms,
    )
    from moderation.reading import require_pages, separated_pages
    from moderation.sources import find_pages
    from moderation.terminal.lexicon import show_trial

    # A shell writes `--on *.txt` out, so that all pages but the first come as arguments.
    term, more = ("", words or []) if tables else _first(words)
    paths = [*(on or []), *more]
    if not paths:
        raise UsageError("Name the pages to try it on: --on PAGES.")
    changed = (
        lexicon_with_tables(tables)
        if tables
        else lexicon_with_term(
            term, language=language, category=category, severity=severity, ambiguity=ambiguity
        )
    )
    failures: list[PassedOver] = []
    pages = separated_pages(require_pages(find_pages(paths)), failures.append)
    trial = try_terms(released_lexicon(), changed, pages)
    if as_json:
        typer.echo(json.dumps(trial.as_json(), indent=2))
    else:
        show_trial(trial)
    report_failures(failures)
    if failures:
        raise typer.Exit(ExitCode.SOMETHING_NOT_CHECKED)


def _first(words: list[str] | None) -> tuple[str, list[str]]:
    if not words:
        raise UsageError("Name the term to try, or a table with --table FILE.")
    return words[0], words[1:]


def _unknown(lexicon: Lexicon, word: str) -> str:
    from moderation.editing import near_terms

    near = near_terms((form for term in lexicon.terms for form in term.forms), word)
    hint = f" Near it: {', '.join(near)}." if near else ""
    return f"The lexicon has no term '{word}'.{hint} moderation lexicon list shows all."


def _print_json(version: str, **parts: Any) -> None:
    typer.echo(json.dumps({"lexicon": version, **parts}, indent=2))
