"""What was done, in a sentence for the reviewer, who may hear it read out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from moderation.review_desk.values import Standing

_DONE: Final[Mapping[str, str]] = {
    "approve": "approved",
    "remove": "marked for removal",
    "escalate": "escalated",
    "unsure": "marked as unsure",
    "": "taken back",
}


def decided(  # noqa: PLR0913, PLR0917 - what there is to say
    verdict: str, own: int, followers: int, same: int, refused: Mapping[str, Standing], gone: int
) -> str:
    """Say what became of a decision: on how many comments it was made, and where it was not."""
    parts = []
    if own:
        parts.append(f"{_comments(own)} {_DONE[verdict]}.")
    if followers:
        one = "One near-duplicate follows."
        parts.append(one if followers == 1 else f"{followers:,} near-duplicates follow.")
    if same and not own:
        parts.append("Nothing has changed: it stands so already.")
    return " ".join([*parts, *_not_done(refused, gone)]) or "Nothing was to be done."


def noted(changed: int, refused: Mapping[str, Standing]) -> str:
    """Say what became of a note."""
    said = "The note is saved." if changed else "" if refused else "The note stands so already."
    return " ".join(filter(None, [said, *_not_done(refused, 0)]))


def moved(what: str, changed: int, refused: Mapping[str, Standing], gone: int) -> str:
    """Say what was undone or done again."""
    said = f"{what}: {_comments(changed)} changed." if changed else f"{what}: nothing has changed."
    return " ".join([said, *_not_done(refused, gone)])


def follows(origin: str) -> str:
    """Say why a decision cannot be taken back here."""
    return (
        f"This comment follows the decision on {origin}. Take that one back, or give this one a "
        "verdict of its own."
    )


def _not_done(refused: Mapping[str, Standing], gone: int) -> list[str]:
    said = []
    if len(refused) == 1:
        (standing,) = refused.values()
        who = f" by {standing.reviewer}" if standing.reviewer else ""
        now = f"it stands as '{standing.verdict}'{who}" if standing.verdict else "it is undecided"
        said.append(f"One comment was left as it is: {now}.")
    elif refused:
        said.append(f"{len(refused):,} comments were left as they are: they were decided before.")
    if gone:
        said.append(f"{_comments(gone)} left the queue meanwhile.")
    return said


def _comments(count: int) -> str:
    return "One comment" if count == 1 else f"{count:,} comments"
