"""What a scan looked at, so that a comment that is missing can be told from one not looked for."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from moderation.review_queue.cells import from_cell

if TYPE_CHECKING:
    import polars

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The pages that a scan read, and what it knows of those of earlier scans.

    ``pages`` maps the id of each page that was read to its path (the column ``source``). ``seen``
    are the ids of all comments that were found, flagged or not. ``folders`` are folders that were
    searched whole, or files that were deleted: a page that lay in one and is not there any more was
    deleted too. ``unread`` are paths of files and folders that could not be read, or not to their
    end. ``files`` are the paths of all files that were to be read; a page inside one has a path
    that goes on with ``#``, and one that is there no more has left the file. ``earlier`` has the
    columns id, document_id, source and start of the comments of earlier scans, or is None.
    """

    pages: Mapping[str, str]
    seen: polars.Series
    folders: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    earlier: polars.DataFrame | None = None

    def looked_at(self, rows: polars.DataFrame) -> polars.Series:
        """Tell for each row (columns id and source) whether this scan looked at its page.

        A page is known by its id, through the earlier scores, where these are at hand, else by its
        path. Two sites can have a page of the same id: it is the same page when it lies at the same
        path, or still has a comment in common.
        """
        import polars  # noqa: PLC0415

        if self.earlier is None or rows.is_empty():
            known = rows.select(source="source", document_id=polars.lit(None, polars.String))
        else:
            of_comment = self.earlier.select("id", "document_id", path="source").unique("id")
            known = rows.select("id", "source").join(
                of_comment, on="id", how="left", maintain_order="left"
            )
            known = known.select(
                source=polars.coalesce("path", "source"), document_id="document_id"
            )
        recognised, paths = self._recognised(), frozenset(self.pages.values())
        answers = {
            (source, page): self._was_looked_at(from_cell(source), page, recognised, paths)
            for source, page in known.unique().select("source", "document_id").iter_rows()
        }
        pairs = known.select("source", "document_id").iter_rows()
        return polars.Series([answers[pair] for pair in pairs], dtype=polars.Boolean)

    def _was_looked_at(
        self, source: str, page: str | None, recognised: set[str], paths: frozenset[str]
    ) -> bool:
        if any(file in self.unread for file in _files_of(source)):
            return False  # what was not found in it may stand behind the break
        if page is not None and page in self.pages:
            same_path = source == self.pages[page] and source != STANDARD_INPUT
            return same_path or page in recognised
        if _lay_inside(source, self.files):
            return True
        was_read = source in paths and source != STANDARD_INPUT
        return (page is None and was_read) or (not was_read and self._was_deleted(source))

    def _recognised(self) -> set[str]:
        """Pages of earlier scans that share a comment with this one."""
        if self.earlier is None:
            return set()
        found = self.earlier.filter(self.earlier["id"].is_in(self.seen.implode()))
        return set(found["document_id"].unique())

    def _was_deleted(self, source: str) -> bool:
        """Tell whether a page lay in a folder that was searched whole, and is there no more."""
        path = PurePosixPath(source)
        if source == STANDARD_INPUT or any(_lies_in(path, unread) for unread in self.unread):
            return False
        deleted = any(_lies_in(path, folder) for folder in self.folders)
        return deleted or _lay_inside(source, self.folders)


def _files_of(source: str) -> Iterator[str]:
    """The files that a path may lead into: itself, and what stands before each ``#``.

    >>> list(_files_of("a/export.xml#post#2"))
    ['a/export.xml#post#2', 'a/export.xml', 'a/export.xml#post']
    """
    yield source
    place = source.find("#")
    while place >= 0:
        yield source[:place]
        place = source.find("#", place + 1)


def _lay_inside(source: str, files: Collection[str]) -> bool:
    """Tell whether a page was a part of one of these files; one whose own name has a # was not."""
    around = (file for file in _files_of(source) if file != source)
    return any(file in files for file in around) and not os.path.isfile(source)  # noqa: PTH113 - takes any name


def _lies_in(path: PurePosixPath, folder: str) -> bool:
    """Tell whether a path is this folder's or lies below it; ``.`` holds all that goes nowhere up.

    >>> _lies_in(PurePosixPath("a/b.txt"), "a"), _lies_in(PurePosixPath("../b.txt"), ".")
    (True, False)
    """
    if folder == ".":
        return not path.is_absolute() and ".." not in path.parts
    return path.is_relative_to(folder)
