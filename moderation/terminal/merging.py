"""What a scan or a command changed in a queue, one plain line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console

from moderation.review_queue.verdict_words import why_unknown
from moderation.terminal.texts import beginning, text

if TYPE_CHECKING:
    from moderation.review_queue import MergeAccount
    from moderation.review_queue.recording import RecordedDecisions

MOST_SHOWN = 20
"""Conflicts, and unknown words, that are named; the receipt has all of them."""


def show_recorded(recorded: RecordedDecisions) -> None:
    """Show what was taken up, and where the queue and its log are."""
    console = Console(soft_wrap=True, highlight=False)
    for line in changes(recorded.account) or ["There was nothing new."]:
        console.print(text(line))
    rows = _rows(recorded.account.after)
    console.print(text(f"Queue: {recorded.paths.queue} ({rows})"))
    if recorded.paths.log.exists():
        console.print(text(f"Log: {recorded.paths.log}"))
    show_problems(recorded.account, recorded.warnings)


def show_problems(account: MergeAccount, warnings: tuple[str, ...]) -> None:
    """Print on standard error what a person has to look at."""
    console = Console(soft_wrap=True, highlight=False, stderr=True)
    for line in (*problems(account), *(f"Note: {warning}" for warning in warnings)):
        console.print(text(line))


def changes(account: MergeAccount) -> list[str]:
    """Say in sentences what became of rows and decisions; nothing of what did not happen."""
    return [*_changes_of_rows(account), *_changes_of_decisions(account)]


def _changes_of_rows(account: MergeAccount) -> Iterator[str]:
    for count, one, many in (
        (account.refreshed, "was found again and refreshed", "were found again and refreshed"),
        (account.added if account.before else 0, "is new", "are new"),
        (
            account.dropped,
            "is no longer flagged and left the queue; nobody had worked on it",
            "are no longer flagged and left the queue; nobody had worked on them",
        ),
        (
            account.kept_unflagged,
            "is no longer flagged and stays, since a person worked on it",
            "are no longer flagged and stay, since a person worked on them",
        ),
        (account.gone, "is gone from its page", "are gone from their pages"),
        (account.still_gone, "is still gone from its page", "are still gone from their pages"),
        (account.came_back, "came back to its page", "came back to their pages"),
        (
            account.not_in_scan,
            "stays as it was: of pages that this scan did not read",
            "stay as they were: of pages that this scan did not read",
        ),
        (account.doubled, "was a second one of its comment", "were second ones of their comments"),
    ):
        if count:
            yield f"{_rows(count)} {one if count == 1 else many}."


def _changes_of_decisions(account: MergeAccount) -> Iterator[str]:
    for count, one, many in (
        (account.kept, "is kept", "are kept"),
        (account.recorded, "is new in the log", "are new in the log"),
        (account.changed, "was changed by a person", "were changed by people"),
        (
            account.put_back,
            "was missing and put back from the log",
            "were missing and put back from the log",
        ),
        (account.taken_back, "was taken back", "were taken back"),
        (
            account.only_in_log,
            "stands in the log only, since its comment has no row",
            "stand in the log only, since their comments have no row",
        ),
    ):
        if count:
            noun = "decision" if count == 1 else "decisions"
            yield f"{count:,} {noun} {one if count == 1 else many}."
    if account.fanned_out:
        follow = "follows" if account.fanned_out == 1 else "follow"
        yield f"{_rows(account.fanned_out)} {follow} the decision on a near-duplicate."


def problems(account: MergeAccount) -> Iterator[str]:
    """Say which rows a person has to look at: conflicts, and words that are no verdict."""
    for conflict in account.conflicts[:MOST_SHOWN]:
        who = f" by {' and '.join(conflict.reviewers)}" if conflict.reviewers else ""
        yield (
            f"Conflict: {_of_rows(conflict.rows)}{conflict.comment_id} was judged "
            f"{' and '.join(conflict.verdicts)}{who}. Write one verdict into its decision cell."
        )
    for group in account.group_conflicts[:MOST_SHOWN]:
        yield (
            f"Near-duplicates ({group.group}) were judged {' and '.join(group.verdicts)}: "
            f"{', '.join(group.ids[:5])}{' …' if len(group.ids) > 5 else ''}. Nothing was carried "
            "over to the others."
        )
    for unknown in account.unknown[:MOST_SHOWN]:
        yield (
            f"Row {unknown.row:,} ({unknown.comment_id}) stays as it stands: "
            f"{why_unknown(beginning(unknown.word))}."
        )
    for found in (account.conflicts, account.group_conflicts, account.unknown):
        if len(found) > MOST_SHOWN:
            yield f"… and {len(found) - MOST_SHOWN:,} more of these."
    yield from account.remarks[:MOST_SHOWN]
    if len(account.remarks) > MOST_SHOWN:
        yield f"… and {len(account.remarks) - MOST_SHOWN:,} more of these."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _of_rows(rows: tuple[int, ...]) -> str:
    if not rows:
        return ""
    noun = "row" if len(rows) == 1 else "rows"
    return f"{noun} {' and '.join(f'{row:,}' for row in rows)}, "
