"""The account of a merge: what became of each row and each decision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from moderation.review_queue.decisions import Conflict, UnknownVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupConflict:
    """Near-duplicates on which people decided differently, so that nothing fans out.

    ``verdicts`` are the different ones, ``ids`` the comments that they were made on.
    """

    group: str
    verdicts: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeAccount:
    """What a write changed in a queue, in rows unless said otherwise.

    ``before + added - dropped - doubled == after``, always. ``refreshed`` were found again;
    ``dropped`` are no longer flagged and nobody had worked on them; ``doubled`` were second rows of
    one comment. ``kept_unflagged`` are no longer flagged but worked on; ``gone`` are newly missing
    from their page, ``still_gone`` were so before, ``came_back`` were and are there again;
    ``not_in_scan`` lie on pages that the scan did not read.

    Of decisions: ``kept`` stand as they stood, ``recorded`` are new in the log, ``changed`` have
    another verdict, reviewer or note than the log had, ``put_back`` were missing from the queue and
    came from the log, ``taken_back`` were withdrawn, ``fanned_out`` are rows that follow a
    near-duplicate. ``only_in_log`` are standing decisions whose comment has no row in the queue.
    """

    before: int = 0
    added: int = 0
    refreshed: int = 0
    dropped: int = 0
    doubled: int = 0
    kept_unflagged: int = 0
    gone: int = 0
    still_gone: int = 0
    came_back: int = 0
    not_in_scan: int = 0
    after: int = 0
    kept: int = 0
    recorded: int = 0
    changed: int = 0
    put_back: int = 0
    taken_back: int = 0
    fanned_out: int = 0
    only_in_log: int = 0
    conflicts: tuple[Conflict, ...] = ()
    group_conflicts: tuple[GroupConflict, ...] = ()
    unknown: tuple[UnknownVerdict, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that do not add up.

        Raises:
            ValueError: when a row was lost on the way, or came from nowhere.
        """
        if self.before + self.added - self.dropped - self.doubled != self.after:
            raise ValueError(f"the rows of the queue do not add up: {self}")

    @property
    def changes_nothing(self) -> bool:
        """Whether this was the first scan into an empty place."""
        return self.before == 0 and self.added == self.after and not self.put_back

    def as_json(self) -> dict[str, Any]:
        """The account as plain data."""
        return asdict(self)
