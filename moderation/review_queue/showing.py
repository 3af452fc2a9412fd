"""Rows as a notebook shows them: HTML in which nothing that a stranger wrote is markup."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from moderation.review_queue.cells import show_invisible
from moderation.review_queue.reasons import sentence

if TYPE_CHECKING:
    from moderation.review_queue.rows import QueueRow

MOST_ROWS: Final = 20
MOST_CHARACTERS: Final = 300
"""What is longer is cut, and says so."""

_COLUMNS: Final = ("priority", "text", "reasons", "source", "number", "author")


def rows_as_html(rows: Sequence[QueueRow]) -> str:
    """The first rows as a table, and how many more there are."""
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    body = "".join(_row(row) for row in rows[:MOST_ROWS])
    more = len(rows) - MOST_ROWS
    below = f"<p>and {more:,} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def as_html(text: str) -> str:
    """A text from outside, harmless and with its hidden characters shown."""
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]} … ({len(text) - MOST_CHARACTERS:,} more characters)"
    return html.escape(show_invisible(text))


def _row(row: QueueRow) -> str:
    comment = row.scored.comment
    cells = (
        str(row.verdict.priority),
        row.text,
        sentence(row.verdict.reasons, comment.text),
        row.scored.source,
        comment.place,
        comment.author or "",
    )
    return f"<tr>{''.join(f'<td>{as_html(cell)}</td>' for cell in cells)}</tr>"
