"""Which comment a comment replies to, from the ids that a file has for its comments."""

from __future__ import annotations

from typing import NamedTuple

REMEMBERED = 100_000
"""Comments that a reply can find, counted back from it."""

TOP_LEVEL = frozenset({"", "0", "0.0", "-1", "root", "null", "none", "nan", "\\n"})
"""What stands in the parent's place of a comment that is no reply, in small letters."""


class Known(NamedTuple):
    """A comment that was read: our id of it, and how deep it stands."""

    id: str
    level: int


class Replies:
    """The last comments by the ids of their file: at least 100,000, at most twice that."""

    def __init__(self) -> None:
        self._young: dict[str, Known] = {}
        self._old: dict[str, Known] = {}
        self.not_found = 0

    def remember(self, own_id: str, known: Known) -> None:
        """Keep a comment for those that reply to it."""
        if own_id:
            self._young[own_id] = known
        if len(self._young) >= REMEMBERED:
            self._old, self._young = self._young, {}

    def parent(self, parent_id: str, own_id: str = "") -> Known | None:
        """Find the comment that one replies to; none for one that is no reply.

        A parent that is not among those remembered is counted in ``not_found``.
        """
        if parent_id.lower() in TOP_LEVEL or parent_id == own_id:
            return None
        for spelling in _spellings(parent_id):
            known = self._young.get(spelling) or self._old.get(spelling)
            if known is not None:
                return known
        # Reddit's own way to say that a comment answers the article.
        if not parent_id.startswith("t3_"):
            self.not_found += 1
        return None

    def warning(self) -> str:
        """Say how many parents were not found; nothing when all were."""
        if not self.not_found:
            return ""
        who = "1 comment replies" if self.not_found == 1 else f"{self.not_found:,} comments reply"
        return f"{who} to one that was not read before"


def _spellings(parent_id: str) -> tuple[str, ...]:
    """As it stands, without what frames add to numbers, without Reddit's mark of a comment."""
    return (parent_id, parent_id.removesuffix(".0"), parent_id.removeprefix("t1_"))
