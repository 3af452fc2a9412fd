"""Find the pages that a user meant by the paths on the command line.

Touches the disk only to list folders. Nothing that was named is dropped without a word: what is
no page is passed over with the reason, what does not exist is reported.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from moderation.records import PassedOver
from moderation.sources.remote import RemoteFile, is_remote, local_path, search_remote

STANDARD_INPUT = "-"

PAGE_SUFFIXES = frozenset({"", ".txt", ".text", ".asc"})
"""What counts as a page inside a folder; a file that is named outright is always read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePath:
    """A page still to be read: its id in every scan, the path to show, and where it lies.

    ``folder`` is the name of the folder in which it was found, to tell pages of one name apart.
    ``path`` is None for standard input, and for a file in another place, which is ``remote``.
    """

    id: str
    source: str
    path: Path | None
    folder: str = ""
    remote: RemoteFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPages:
    """Everything that the given paths came to.

    ``skipped`` holds files that are no pages, ``missing`` what was asked for and cannot be had.
    """

    pages: tuple[PagePath, ...]
    skipped: tuple[PassedOver, ...]
    missing: tuple[PassedOver, ...]


def find_pages(paths: Sequence[str | Path], outputs: Collection[Path] = ()) -> FoundPages:
    """List the pages under ``paths``: files, folders, glob patterns, addresses, or ``-``.

    Pages come in the order of their ids, each once, however often it was named. A page's id is its
    path within the folder that was named, so that scanning from elsewhere keeps it. ``outputs`` are
    files that the caller is going to write; they are never read as pages.
    """
    search = _Search(outputs)
    for path in paths:
        search.add(str(path))
    return search.result()


class _Search:
    def __init__(self, outputs: Collection[Path]) -> None:
        self.outputs = {path.resolve() for path in outputs}
        self.pages: dict[str, PagePath] = {}
        self.skipped: list[PassedOver] = []
        self.missing: list[PassedOver] = []

    def add(self, path: str) -> None:
        try:
            if not path:
                self._miss("(an empty path)", "there is no such file or folder")
            elif path == STANDARD_INPUT:
                self.pages[path] = PagePath(id="standard-input", source="-", path=None)
            elif is_remote(path):
                self._add_remote(path)
            else:
                self._add_local(local_path(path))
        except OSError as error:
            self._miss(path, error.strerror or str(error))

    def result(self) -> FoundPages:
        return FoundPages(
            pages=tuple(sorted(_distinct_ids(self.pages.values()), key=lambda page: page.id)),
            skipped=tuple(self.skipped),
            missing=tuple(self.missing),
        )

    def _add_local(self, path: str) -> None:
        if not self._add_existing(Path(path)):
            self._add_matches(path)

    def _add_remote(self, address: str) -> None:
        """List files in another place; what they are is seen when they are fetched."""
        listing = search_remote(address)
        for file in listing.files:
            known = self.pages.get(file.address)
            if known is None or len(known.id) < len(file.id):
                self.pages[file.address] = PagePath(
                    id=file.id, source=file.address, path=None, folder=file.folder, remote=file
                )
        self.skipped += listing.skipped
        self.missing += listing.missing

    def _add_existing(self, path: Path) -> bool:
        if path.is_dir():
            self._add_folder(path)
        elif path.is_file() or path.is_fifo():
            self._add_file(path, path.name, path.resolve().parent.name)
        elif path.exists():
            self._miss(path, "it is neither a file nor a folder")
        else:
            return False
        return True

    def _add_matches(self, pattern: str) -> None:
        matches = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []
        if not matches:
            named = "there is no such file or folder"
            self._miss(
                pattern, "no file matches this pattern" if glob.has_magic(pattern) else named
            )
        for match in matches:
            if not self._add_existing(Path(match)):
                self._miss(match, "it is a link that leads nowhere")

    def _add_folder(self, folder: Path) -> None:
        pages, missing = len(self.pages), len(self.missing)
        known = False
        for file in self._walk(folder):
            try:
                known |= self._add_found(file, folder)
            except OSError as error:
                self._miss(file, error.strerror or str(error))
        if not known and (pages, missing) == (len(self.pages), len(self.missing)):
            self._miss(folder, "the folder holds no text pages (.txt)")

    def _add_found(self, file: Path, folder: Path) -> bool:
        """Take a file that lies in a folder; tell whether it is a page."""
        if file.suffix.lower() not in PAGE_SUFFIXES:
            self._skip(file, f"files ending in {file.suffix} are not read as pages")
        elif not file.is_file():
            self._skip(file, "it is no regular file")
        else:
            self._add_file(file, file.relative_to(folder).as_posix(), folder.resolve().name)
            return True
        return False

    def _add_file(self, file: Path, page_id: str, folder: str) -> None:
        resolved = file.resolve()
        if resolved in self.outputs:
            self._skip(file, "this scan writes it")
            return
        page = PagePath(
            id=_shown(page_id), source=_shown(file.as_posix()), folder=_shown(folder), path=file
        )
        known = self.pages.get(str(resolved))
        # Reached in two ways, a page has the id of the wider folder, whichever was named first.
        if known is None or len(known.id) < len(page.id):
            self.pages[str(resolved)] = page

    def _walk(self, folder: Path) -> Iterator[Path]:
        def report(error: OSError) -> None:
            self._miss(str(error.filename), f"the folder cannot be read: {error.strerror}")

        for root, folders, files in os.walk(folder, onerror=report):
            for name in sorted([*folders, *files]):
                path = Path(root) / name
                if name.startswith("."):
                    self._skip(path, "hidden files and folders are not read")
                elif name in folders and path.is_symlink():
                    self._skip(path, "links to folders are not followed; name the folder itself")
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(root) / name for name in sorted(files) if not name.startswith("."))

    def _skip(self, file: Path, reason: str) -> None:
        self.skipped.append(PassedOver(source=_shown(file.as_posix()), reason=reason))

    def _miss(self, source: str | Path, reason: str) -> None:
        self.missing.append(PassedOver(source=_shown(str(source)), reason=reason))


def _shown(path: str) -> str:
    """Write a name that is not valid Unicode, as old archives leave, so that it can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _distinct_ids(pages: Iterable[PagePath]) -> Iterator[PagePath]:
    """Tell pages of one name apart: by their folder's name, then by their whole path."""
    by_id: dict[str, list[PagePath]] = {}
    for page in pages:
        by_id.setdefault(page.id, []).append(page)
    taken = {page_id for page_id, same in by_id.items() if len(same) == 1}
    for same in by_id.values():
        if len(same) == 1:
            yield same[0]
            continue
        for page in same:
            named = (f"{page.folder}/{page.id}", page.source)
            numbered = (f"{page.source} ({number})" for number in count(2))
            new_id = next(name for name in chain(named, numbered) if name not in taken)
            taken.add(new_id)
            yield replace(page, id=new_id)
