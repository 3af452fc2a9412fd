"""What the column ``state`` says of a row, in words, and the versions behind a decision."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

GONE: Final = "gone"
"""The comment is no longer on its page."""

NOT_FLAGGED: Final = "no longer flagged"
"""Kept only because a person worked on it."""

CONFLICT: Final = "conflict"
"""People's verdicts differ, and nobody has settled it yet."""

WITH_GROUP: Final = "with its group"
"""The decision was made on a near-duplicate."""

UNKNOWN_VERSIONS: Final = "versions not known"

_CHANGE = re.compile(r"; change (\d+)$")


def joined(words: Iterable[str]) -> str:
    """Write the words of a state into one cell."""
    return "; ".join(filter(None, words))


def words_of(state: str) -> set[str]:
    """The words in a cell of the column ``state``, in whatever case a spreadsheet left them."""
    return {word.strip().casefold() for word in state.split(";")}


def under(scored_by: str, policy: str, change: int = 1) -> str:
    """Name the versions under which a row was decided.

    ``change`` is how many entries the log has of the comment. From the second on it is written too:
    a row that shows an earlier one comes from an older copy of the queue.
    """
    versions = "; ".join(filter(None, (scored_by, policy))) or UNKNOWN_VERSIONS
    return numbered(versions, change)


def numbered(versions: str, change: int) -> str:
    """Write another number of changes behind the versions of a row."""
    plain = _CHANGE.sub("", versions)
    return f"{plain}; change {change}" if change > 1 else plain


def change_of(decided_under: str) -> int:
    """Which entry of the comment's log a row shows: 0 when it shows none."""
    if not decided_under.strip():
        return 0
    match = _CHANGE.search(decided_under.strip())
    return int(match[1]) if match else 1


def older(decided_under: str, scored_by: str, policy: str) -> str:
    """Say which versions have changed since a decision: 'decided under an older policy'."""
    then = _versions(numbered(decided_under, 1))
    now = _versions("; ".join(filter(None, (scored_by, policy))))
    changed = [what for what in then if what in now and then[what] != now[what]]
    if not changed:
        return ""
    *first, last = changed
    return f"decided under an older {', '.join(first)}{' and ' if first else ''}{last}"


def _versions(text: str) -> dict[str, str]:
    """Take ``moderation 1; compact 2; lexicon 3; policy name 4`` apart; the tool's own is left out.

    A policy is told by its version alone, which is made from its content: a new name changes
    nothing.
    """
    found: dict[str, str] = {}
    for part in filter(None, text.split("; ")):
        kind, _, version = part.partition(" ")
        if kind == "policy":
            found["policy"] = version.rpartition(" ")[2]
        elif kind == "lexicon":
            found["word list"] = version
        elif kind != "moderation" and part != UNKNOWN_VERSIONS:
            found["model"] = part
    return {what: found[what] for what in ("model", "word list", "policy") if what in found}
