"""What a change would do to a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from moderation.review_queue.cells import show_invisible
from moderation.terminal.texts import beginning, text

if TYPE_CHECKING:
    from moderation.previewing import Change, Preview

MOST_NAMED = 5

_TITLES = {
    "added": "New rows",
    "dropped": "Rows that go",
    "kept": "No longer flagged, kept since a person worked on them",
    "changed": "Rows that stay with another priority or other reasons",
}


def show_preview(preview: Preview, most: int | None) -> None:
    """Show counts and the rows that differ, ``most`` of each kind or all of them."""
    console = Console(soft_wrap=True, highlight=False)  # a sentence is never broken in two
    for kind, title in _TITLES.items():
        changes = [change for change in preview.changes if change.kind == kind]
        if changes:
            _show_kind(console, title, changes, most)
    console.print(text(f"Policy: {preview.policy_before} → {preview.policy_after}"))
    console.print(text(f"Now:    {preview.before.sentence()}; {_rows(preview.rows_before)}"))
    console.print(text(f"After:  {preview.after.sentence()}; {_rows(preview.rows_after)}"))
    console.print(text(preview.sentence(), style="bold"))
    _show_notes(console, preview)
    console.print("Nothing was changed. 'moderation scan' with the same options does it.")


def _show_kind(console: Console, title: str, changes: list[Change], most: int | None) -> None:
    shown = changes if most is None else changes[:most]
    console.print(text(f"{title}: {len(changes):,}", style="bold"))
    for change in shown:
        place = f"{change.source} · {change.place or '–'}"
        decision = f"  decided: {change.decision}" if change.decision else ""
        console.print(
            Text.assemble(
                (f"{change.priority_before:>5} → {change.priority_after:<3} ", "bold"),
                (show_invisible(place), "cyan"),
                (show_invisible(decision), "magenta"),
            )
        )
        reasons = f"{change.reasons_before or '–'}  →  {change.reasons_after or '–'}"
        console.print(Padding(text(reasons, style="yellow"), (0, 0, 0, 6)))
        console.print(Padding(text(beginning(change.text)), (0, 0, 0, 6)))
    if len(changes) > len(shown):
        console.print(text(f"… and {len(changes) - len(shown):,} more (--all shows them)."))
    console.print()


def _show_notes(console: Console, preview: Preview) -> None:
    if preview.removed_rows:
        console.print(
            text(
                f"Note: {preview.removed_rows:,} comments were flagged at the last scan but have "
                "no row in the queue today. Somebody took them out, and a scan brings them back."
            )
        )
    if preview.strangers:
        names = ", ".join(preview.strangers[:MOST_NAMED])
        more = len(preview.strangers) - MOST_NAMED
        console.print(
            text(
                f"Not checked: {_rows(len(preview.strangers))} of the queue are not in the scores "
                f"({names}{f' and {more:,} more' if more > 0 else ''}). The scores file is that of "
                "another scan, or the ids were changed."
            )
        )
    for problem in preview.problems:
        console.print(text(f"Not checked: row {problem.row:,}: {problem.problem}."))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
