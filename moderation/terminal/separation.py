"""What the separator saw in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from moderation.terminal.texts import text

if TYPE_CHECKING:
    from moderation.reading import SeparatedPage


def show_separation(page: SeparatedPage) -> None:
    """Show a page's comments and what the separator says about the rest of the page."""
    console = Console(highlight=False)
    message = text(f"{page.source}: {page.receipt.message}", style="bold")
    console.print(message, soft_wrap=True)
    for comment in page.comments:
        number = "-" if comment.number is None else str(comment.number)
        head = " · ".join(filter(None, (comment.author, comment.posted_at)))
        kind = "" if comment.kind == "comment" else f"[{comment.kind}] "
        indent = "  " * (comment.level + 1)
        line = f"{indent}{number:>3}  {kind}{head + ': ' if head else ''}"
        console.print(
            text(line + " ".join(comment.text.split())), overflow="ellipsis", no_wrap=True
        )
    for note in (*(f"{warning}." for warning in page.page.warnings), *page.receipt.warnings):
        if note != page.receipt.message:
            console.print(text(f"  Note: {note}"), soft_wrap=True)
    for leftover in page.receipt.leftovers:
        console.print(
            text(
                f"  {leftover.start}–{leftover.end}: {leftover.kind.replace('_', ' ')}", style="dim"
            ),
            no_wrap=True,
        )
