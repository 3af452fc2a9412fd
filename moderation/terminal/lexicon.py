"""The terms of the lexicon, the check of a table, and what a change would find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from moderation.editing import table_counts, what_the_tool_makes_of
from moderation.terminal.texts import text

if TYPE_CHECKING:
    from moderation.editing import Remark, TableCheck, Trial, TrialExample
    from moderation.lexicon import Lexicon, Term
    from moderation.records import TermMatch

MOST_REMARKS_SHOWN = 200
MOST_PAGES_SHOWN = 20


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False)  # a line of output is a line of meaning


def show_terms(lexicon: Lexicon, chosen: Sequence[Term]) -> None:
    """Show terms, one a line, under a head that says how many of which tables."""
    console = _console()
    counts = table_counts(chosen)
    tables = ", ".join(f"{language} {count:,}" for language, count in counts.items())
    many = f"{len(counts)} table{'' if len(counts) == 1 else 's'}"
    head = f"{len(chosen):,} of {len(lexicon.terms):,} terms, from {many}: {tables or 'none'}."
    console.print(text(head, "bold"))
    console.print(text(f"Lexicon {lexicon.version}. Shown openly: this list is for editors.\n"))
    for row in _aligned([_TERM_HEAD, *map(_term_cells, chosen)]):
        console.print(text(row))


_TERM_HEAD = ("term", "language", "category", "severity", "ambiguity", "forms", "target")


def _term_cells(term: Term) -> tuple[str, ...]:
    return (
        term.term,
        term.language,
        term.category,
        str(term.severity),
        term.ambiguity,
        str(len(term.forms)),
        term.target,
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def show_known_term(lexicon: Lexicon, found: Sequence[Term]) -> None:
    """Show everything about each term, and what the tool finds in its hit and its miss."""
    console = _console()
    for term in found:
        console.print(text(f"{term.term} ({term.language})", "bold"))
        for name, value in _facts(term):
            console.print(text(f"  {name:<11} {value}"))
        for name, example in (("hit", term.hit), ("miss", term.miss)):
            console.print(text(f"  {name:<11} {example or 'none'}"))
            matches = what_the_tool_makes_of(lexicon, example)
            console.print(text(f"  {'':<11} → {_verdict(matches)}", "yellow"))


def _facts(term: Term) -> Iterable[tuple[str, str]]:
    yield "category", term.category
    yield "target", term.target
    yield "severity", f"{term.severity} of 4"
    yield "ambiguity", term.ambiguity
    yield f"forms ({len(term.forms)})", " | ".join(term.forms)
    yield "excused by", " | ".join(term.excused_by) or "nothing"
    yield "note", term.note or "none"
    yield "source", term.source or "not said"
    yield "certainty", term.certainty


def _verdict(matches: Sequence[TermMatch]) -> str:
    return "; ".join(map(_match_words, matches)) or "nothing is found"


def _match_words(match: TermMatch) -> str:
    """Say what a match is and how it was seen: 'xyz' as xyz, severity 3, via leetspeak."""
    via = f", via {', '.join(match.via)}" if match.via else ""
    context = f", {match.context}" if match.context else ""
    return f"'{match.text}' is found as {match.term}, severity {match.severity}{via}{context}"


def show_check(checked: TableCheck) -> None:
    """Show each mistake and each warning with its place, and the sum."""
    console = _console()
    for kind, remarks, style in (
        ("mistake", checked.mistakes, "red"),
        ("warning", checked.warnings, "yellow"),
    ):
        for remark in remarks[:MOST_REMARKS_SHOWN]:
            console.print(_remark(checked.file, kind, remark, style))
        if len(remarks) > MOST_REMARKS_SHOWN:
            more = len(remarks) - MOST_REMARKS_SHOWN
            console.print(text(f"… and {more:,} more {kind}s; --json has them all."))
    console.print(text(checked.sentence(), "bold"))


def _remark(file: str, kind: str, remark: Remark, style: str) -> Text:
    return Text.assemble(
        text(f"{file}, {remark.place}: "), text(f"{kind}: ", style), text(remark.sentence)
    )


def show_trial(trial: Trial) -> None:
    """Show the account of a trial, its examples in their context, and each page's share."""
    console = _console()
    console.print(text(f"{trial.sentence()}.", "bold"))
    for sentence in _beside_the_account(trial):
        console.print(text(sentence))
    for example in trial.examples:
        console.print(_example(example))
    if trial.more_examples:
        console.print(text(f"… and {trial.more_examples:,} more matches; not shown."))
    pages = sorted(trial.pages, key=lambda page: (-page.touched, page.source))
    for page in pages[:MOST_PAGES_SHOWN]:
        console.print(text(f"{page.touched:>6,} of {page.found:>6,}  {page.source}"))
    if len(pages) > MOST_PAGES_SHOWN:
        rest = pages[MOST_PAGES_SHOWN:]
        touched, found = sum(page.touched for page in rest), sum(page.found for page in rest)
        console.print(text(f"{touched:>6,} of {found:>6,}  on {len(rest):,} more pages"))


def _beside_the_account(trial: Trial) -> Iterable[str]:
    if trial.touched:
        yield "Touched: something is found in it that the lexicon does not find as it is."
    if trial.already:
        yield f"Of the touched, {trial.already:,} are found today for another word."
    if trial.waiting:
        yield f"In {trial.waiting:,} more, only an ambiguous word that needs a second sign."
    if trial.released:
        yield f"In {trial.released:,}, something that is found today would no longer be."


def _example(example: TrialExample) -> Text:
    number = "" if example.number is None else f" · {example.number}"
    via = f", via {', '.join(example.via)}" if example.via else ""
    context = f", {example.context}" if example.context else ""
    note = f"  {example.term}, severity {example.severity}{via}{context}"
    return Text.assemble(
        text(f"  {example.source}{number}: ", "cyan"),
        text(_one_line(f"…{example.before}")),
        text(f"[{_one_line(example.match)}]", "bold red"),
        text(_one_line(f"{example.after}…")),
        text(note, "dim"),
    )


def _one_line(part: str) -> str:
    return "".join(" " if character.isspace() else character for character in part)
