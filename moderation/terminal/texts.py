"""Texts from outside, made harmless and short enough for a terminal."""

from __future__ import annotations

from rich.text import Text

from moderation.review_queue.cells import show_invisible

LONGEST_SHOWN = 300
"""Characters of a comment."""


def text(content: str, style: str = "") -> Text:
    """A text from outside: shown as it is, obeyed in nothing."""
    return Text(show_invisible(content), style=style)


def beginning(text: str) -> str:
    """The first line's worth of a comment."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= LONGEST_SHOWN else f"{one_line[:LONGEST_SHOWN]} …"
