"""Find the pages that a user meant by the paths on the command line.

Touches the disk only to list folders. Nothing that was named is dropped without a word: what is
no page is passed over with the reason, what does not exist is reported.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STANDARD_INPUT = "-"

PAGE_SUFFIXES = frozenset({"", ".txt", ".text", ".asc"})
"""What counts as a page inside a folder; a file that is named outright is always read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePath:
    """A page still to be read: its id in every scan, the path to show, and where it lies.

    ``path`` is None for standard input.
    """

    id: str
    source: str
    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Something on the way that is not read as a page, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPages:
    """Everything that the given paths came to.

    ``skipped`` holds files that are no pages, ``missing`` what was asked for and cannot be had.
    """

    pages: tuple[PagePath, ...]
    skipped: tuple[PassedOver, ...]
    missing: tuple[PassedOver, ...]


def find_pages(paths: Sequence[str | Path]) -> FoundPages:
    """List the pages under ``paths``: files, folders, glob patterns, or ``-``.

    Pages come in the order of their ids, each once, however often it was named. A page's id is its
    path within the folder that was named, so that scanning from elsewhere keeps it.
    """
    search = _Search()
    for path in paths:
        search.add(str(path))
    return search.result()


class _Search:
    def __init__(self) -> None:
        self.pages: dict[str, PagePath] = {}
        self.skipped: list[PassedOver] = []
        self.missing: list[PassedOver] = []

    def add(self, path: str) -> None:
        if path == STANDARD_INPUT:
            self.pages[path] = PagePath(id="standard-input", source="-", path=None)
        elif Path(path).is_dir():
            self._add_folder(Path(path))
        elif Path(path).exists():
            self._add_file(Path(path), Path(path).name)
        elif glob.has_magic(path):
            self._add_matches(path)
        else:
            self._miss(path, "there is no such file or folder")

    def result(self) -> FoundPages:
        return FoundPages(
            pages=tuple(sorted(_distinct_ids(self.pages.values()), key=lambda page: page.id)),
            skipped=tuple(self.skipped),
            missing=tuple(self.missing),
        )

    def _add_matches(self, pattern: str) -> None:
        matches = sorted(glob.glob(pattern, recursive=True))
        if not matches:
            self._miss(pattern, "no file matches this pattern")
        for match in matches:
            self.add(match)

    def _add_folder(self, folder: Path) -> None:
        found_any = False
        for file in self._walk(folder):
            if file.suffix.lower() in PAGE_SUFFIXES:
                found_any = True
                self._add_file(file, file.relative_to(folder).as_posix())
            else:
                self._skip(file, f"files ending in {file.suffix} are not read as pages")
        if not found_any:
            self._miss(folder.as_posix(), "the folder holds no text pages (.txt)")

    def _add_file(self, file: Path, page_id: str) -> None:
        if not (file.is_file() or file.is_fifo()):
            self._miss(file.as_posix(), "it is neither a file nor a folder")
            return
        page = PagePath(id=page_id, source=file.as_posix(), path=file)
        self.pages.setdefault(str(file.resolve()), page)

    def _walk(self, folder: Path) -> Iterator[Path]:
        def report(error: OSError) -> None:
            self._miss(str(error.filename), f"the folder cannot be read: {error.strerror}")

        for root, folders, files in os.walk(folder, onerror=report):
            for name in (name for name in [*folders, *files] if name.startswith(".")):
                self._skip(Path(root) / name, "hidden files and folders are not read")
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(root) / name for name in sorted(files) if not name.startswith("."))

    def _skip(self, file: Path, reason: str) -> None:
        self.skipped.append(PassedOver(source=file.as_posix(), reason=reason))

    def _miss(self, source: str, reason: str) -> None:
        self.missing.append(PassedOver(source=source, reason=reason))


def _distinct_ids(pages: Iterable[PagePath]) -> Iterator[PagePath]:
    """Give pages of the same name from different folders their full source as id."""
    by_id: dict[str, list[PagePath]] = {}
    for page in pages:
        by_id.setdefault(page.id, []).append(page)
    for same in by_id.values():
        if len(same) == 1:
            yield same[0]
        else:
            yield from (PagePath(id=p.source, source=p.source, path=p.path) for p in same)
