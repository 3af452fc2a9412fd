"""Remote files as pages: a copy on this disk, looked at as if it had lain in a folder here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from moderation.files import ColumnNames, PagePath, RemoteFile
from moderation.records import PassedOver
from moderation.sources.paths import FoundPages, find_pages
from moderation.sources.remote import Unreachable, fetch

_LONGEST_NAME = 60
"""Characters, of up to four bytes each; a disk takes 255 bytes."""


@contextmanager
def found_in(page: PagePath, columns: ColumnNames | None = None) -> Iterator[FoundPages]:
    """Fetch a remote file and give the pages in it, with the ids and sources of their real place.

    The copy is there as long as the context is. What cannot be fetched is ``missing``.
    """
    assert page.remote is not None
    with tempfile.TemporaryDirectory(prefix="moderation-") as folder:
        # The end of its name stays, since a suffix tells something; some names are too long here.
        copy = Path(folder, f"page-{PurePosixPath(page.remote.id).name[-_LONGEST_NAME:]}")
        try:
            fetch(page.remote, copy)
        except (Unreachable, OSError) as error:
            reason = str(error) if isinstance(error, Unreachable) else _not_kept(error)
            missing = PassedOver(source=page.source, reason=reason)
            yield FoundPages(pages=(), skipped=(), missing=(missing,))
            return
        yield _as_remote(find_pages([_named(page.remote, copy)], (), columns), page, copy)


def _named(remote: RemoteFile, copy: Path) -> Path:
    """What to search: a file that somebody named is read, one in a folder only if it is a page."""
    return copy if remote.is_named else copy.parent


def _as_remote(found: FoundPages, page: PagePath, copy: Path) -> FoundPages:
    local = copy.as_posix()

    def renamed(passed: PassedOver) -> PassedOver:
        return replace(passed, source=passed.source.replace(local, page.source, 1))

    return FoundPages(
        pages=tuple(
            replace(
                part,
                id=page.id + part.id[len(copy.name) :],
                source=part.source.replace(local, page.source, 1),
                folder=page.folder,
            )
            for part in found.pages
        ),
        skipped=tuple(map(renamed, found.skipped)),
        # That its folder holds no page is no news: the file was passed over, with the reason.
        missing=tuple(
            renamed(missing) for missing in found.missing if missing.source.startswith(local)
        ),
    )


def _not_kept(error: OSError) -> str:
    return f"it could not be fetched to {tempfile.gettempdir()}: {error.strerror or error}"
