"""What a pass asks of a cluster, and what it gets back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from moderation.assessing import Brief
from moderation.files import ColumnNames
from moderation.portions import ReadPage, Unread
from moderation.records import FoundComment, JudgedComment
from moderation.sources import PagePath

if TYPE_CHECKING:
    from moderation.score_cache import Fingerprints


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """Pages to be read, tables by these ``columns``, and how their comments are to be assessed.

    ``identity`` is that of the detectors here (`identity_of`): a machine with others must not take
    part. Comments among the ``known`` are to come back as they were found.
    """

    brief: Brief
    identity: str
    pages: Sequence[PagePath]
    columns: ColumnNames | None = None
    known: Fingerprints | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedPortion:
    """A portion of a page's comments, assessed where it was read.

    ``comments`` are all of them, in order; those that were known came back as they were found.
    ``finished`` is as in `Portion`, ``language`` that of the page.
    """

    language: str
    comments: tuple[JudgedComment | FoundComment, ...]
    finished: tuple[ReadPage, ...]


class Cluster(Protocol):
    """Machines that work on an order."""

    def assessed(self, order: WorkOrder) -> Iterator[AssessedPortion | Unread]:
        """Read and assess, and give everything back in the order of the pages, once each."""

    def as_json(self) -> Mapping[str, Any]:
        """Say for the receipt what it is."""
