"""What a watch shows: one line a round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moderation.terminal.merging import problems

if TYPE_CHECKING:
    from moderation.watching import Round


def round_line(done: Round) -> str:
    """``14:02:31 2 pages read; 9 comments found = …; 1 row added, 2 gone``."""
    at = f"{done.at:%H:%M:%S}"
    if done.result is None or done.written is None:
        return f"{at} {done.problem} It will be tried again."
    account = done.written.account
    rows = "1 row" if account.added == 1 else f"{account.added:,} rows"
    others = "".join(
        f", {count:,} {word}"
        for count, word in (
            (account.gone, "gone"),
            (account.came_back, "back"),
            (account.dropped, "dropped"),
        )
        if count
    )
    return f"{at} {done.result.receipt.sentence()}; {rows} added{others}"


def round_notes(done: Round) -> list[str]:
    """What a person has to look at after a round."""
    if done.written is None:
        return []
    return [*problems(done.written.account), *(f"Note: {one}" for one in done.written.warnings)]
