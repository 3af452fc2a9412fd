"""What the processes of a cluster do: some read pages, the others assess what those found.

Between them travel tables of one column of bytes, each a pickled value or a few.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from moderation.assessing import BATCH, Brief, assess, found_comments, portion_language
from moderation.cluster.order import AssessedPortion
from moderation.detectors import Detectors
from moderation.errors import ClusterError, ModerationError
from moderation.files import ColumnNames
from moderation.portions import Portion, Unread
from moderation.reading import contents_of
from moderation.records import FoundComment, JudgedComment
from moderation.score_cache import are_known, identity_of
from moderation.sources import PagePath
from moderation.sources.remote import Unreachable, require_storage
from moderation.toxicity import on_one_thread

if TYPE_CHECKING:
    import pyarrow

VALUE: Final = "value"
"""The one column."""

TOGETHER: Final = 256
"""Comments that are packed together, unless one portion has more: each package costs a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TravellingBrief:
    """A brief with the term tables themselves, since other machines lack the user's files.

    ``known`` is a reference to the fingerprints of what was measured before, or None.
    """

    brief: Brief
    identity: str
    tables: tuple[tuple[str, bytes], ...]
    known: Any = None

    @classmethod
    def of(cls, brief: Brief, identity: str, known: Any = None) -> TravellingBrief:
        """Pack a brief, with its term tables as they stand now."""
        return cls(
            brief=replace(brief, terms=()),
            identity=identity,
            tables=tuple((path.name, path.read_bytes()) for path in brief.terms),
            known=known,
        )

    def load(self) -> Detectors:
        """Load the detectors on the machine where it has arrived.

        Raises:
            ClusterError: when they are not the ones that the scan was started with.
        """
        with tempfile.TemporaryDirectory(prefix="moderation-") as folder:
            try:
                detectors = replace(self.brief, terms=tuple(self._unpacked(Path(folder)))).load()
            except ModerationError as error:
                raise ClusterError(f"A machine of the cluster cannot score. {error}") from error
        identity = identity_of(detectors)
        if identity != self.identity:
            raise ClusterError(
                "A machine of the cluster has another version of this tool, its model or its "
                f"lexicon: '{identity}' there, '{self.identity}' here. Install the same everywhere."
            )
        return detectors

    def _unpacked(self, folder: Path) -> Iterator[Path]:
        for number, (name, content) in enumerate(self.tables):
            path = folder / str(number) / name
            path.parent.mkdir()
            path.write_bytes(content)
            yield path


def packed(values: Sequence[object]) -> pyarrow.Table:
    """Make a table of one row that holds these values."""
    import pyarrow  # noqa: PLC0415

    data = pickle.dumps(values, protocol=pickle.HIGHEST_PROTOCOL)
    return pyarrow.table({VALUE: pyarrow.array([data], pyarrow.large_binary())})


def unpacked(table: pyarrow.Table) -> Iterator[Any]:
    """Give the values of all rows of a table, in order."""
    for data in table.column(VALUE):
        yield from pickle.loads(data.as_buffer())


def read_pages(table: pyarrow.Table, columns: ColumnNames | None = None) -> Iterator[pyarrow.Table]:
    """Read the pages of a table: tables of portions, and of what could not be read."""
    waiting: list[Portion | Unread] = []
    comments = 0
    for page in unpacked(table):
        _require_storage(page)
        for one in contents_of(page, columns):
            waiting.append(one)
            comments += len(one.comments) if isinstance(one, Portion) else 0
            if comments >= TOGETHER:
                yield packed(waiting)
                waiting, comments = [], 0
    if waiting:
        yield packed(waiting)


class Assessor:
    """A process that has loaded the detectors once, and assesses what readers found."""

    def __init__(self, brief: TravellingBrief) -> None:
        """Take the brief; what it names is loaded with the first work, so that errors are told."""
        self._brief = brief
        self._detectors: Detectors | None = None
        self._known: Any = None

    def __call__(self, table: pyarrow.Table) -> Iterator[pyarrow.Table]:
        """Assess the portions of a table: tables of assessed portions, in the same order."""
        for data in table.column(VALUE):
            yield packed(self.assessed(pickle.loads(data.as_buffer())))

    def assessed(self, contents: Sequence[Portion | Unread]) -> list[AssessedPortion | Unread]:
        """Assess portions, in the order in which they come."""
        detectors = self._loaded()
        languages = [
            portion_language(one, detectors) if isinstance(one, Portion) else "" for one in contents
        ]
        found = [
            found_comments(one, language) if isinstance(one, Portion) else []
            for one, language in zip(contents, languages, strict=True)
        ]
        everything = [one for comments in found for one in comments]
        results = iter(self._judged(everything, detectors))
        return [
            AssessedPortion(
                language=language,
                comments=tuple(next(results) for _ in comments),
                finished=one.finished,
            )
            if isinstance(one, Portion)
            else one
            for one, language, comments in zip(contents, languages, found, strict=True)
        ]

    def _judged(
        self, found: Sequence[FoundComment], detectors: Detectors
    ) -> list[JudgedComment | FoundComment]:
        known = [False] * len(found)
        if self._known is not None:
            known = are_known(found, self._brief.identity, self._known)
        new = [one for one, is_known in zip(found, known, strict=True) if not is_known]
        policy = self._brief.brief.policy
        judged = iter(
            [
                one
                for first in range(0, len(new), BATCH)
                for one in assess(new[first : first + BATCH], detectors, policy)
            ]
        )
        return [
            one if is_known else next(judged) for one, is_known in zip(found, known, strict=True)
        ]

    def _loaded(self) -> Detectors:
        if self._detectors is None:
            detectors = self._brief.load()
            self._detectors = replace(detectors, scorer=on_one_thread(detectors.scorer))
            if self._brief.known is not None:
                import ray  # noqa: PLC0415 - an extra, there where this runs

                self._known = ray.get(self._brief.known)
        return self._detectors


def _require_storage(page: PagePath) -> None:
    """Fail for all where a package is missing, instead of calling every page unreadable."""
    if page.remote is not None:
        try:
            require_storage(page.remote.address)
        except Unreachable as error:
            raise ClusterError(f"A machine of the cluster cannot read pages: {error}.") from error
