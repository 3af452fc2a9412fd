"""Find the pages that a user meant by the paths on the command line.

Nothing that was named is dropped without a word: what is no page is passed over with the reason,
what does not exist is reported. Files in folders and archives are looked at to see what they are.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from moderation.files import ColumnNames, PagePath, UnreadablePage, is_zip
from moderation.files.archives import Archive, BadArchive
from moderation.records import PassedOver
from moderation.sources.own_files import own_by_content, own_by_name
from moderation.sources.remote import is_remote, local_path, search_remote
from moderation.sources.worth_reading import why_passed_over

STANDARD_INPUT = "-"

NO_PAGES = "the folder holds no text pages (.txt), HTML pages, tables or exports"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPages:
    """Everything that the given paths came to.

    ``skipped`` holds files that are no pages, ``missing`` what was asked for and cannot be had.
    """

    pages: tuple[PagePath, ...]
    skipped: tuple[PassedOver, ...]
    missing: tuple[PassedOver, ...]


def find_pages(
    paths: Sequence[str | Path],
    outputs: Collection[Path] = (),
    columns: ColumnNames | None = None,
) -> FoundPages:
    """List the pages under ``paths``: files, folders, zip archives, patterns, addresses, or ``-``.

    What lies in a folder or an archive is looked at: pages, exports and tables are taken whatever
    their names, other files are passed over. What is named outright is always taken. ``columns``
    are those that the user named, for telling tables of comments from others.

    Pages come in the order of their ids, each once, however often it was named. A page's id is its
    path within the folder that was named, so that scanning from elsewhere keeps it. ``outputs`` are
    files that the caller is going to write; they are never read as pages.
    """
    search = _Search(outputs, columns)
    for path in paths:
        search.add(str(path))
    return search.result()


class _Search:
    def __init__(self, outputs: Collection[Path], columns: ColumnNames | None) -> None:
        self.columns = columns
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
            self._add_named(path)
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
            self._miss(folder, NO_PAGES)

    def _add_named(self, file: Path) -> None:
        folder = file.resolve().parent.name
        if own := own_by_name(file.name):
            self._miss(file, f"this tool wrote it: {own}")
        elif file.is_file() and is_zip(file):
            if not self._add_archive(file, file.name, folder):
                self._miss(file, NO_PAGES.replace("folder", "archive"))
        elif file.is_file() and (own := own_by_content(_page(file, file.name, folder))):
            self._miss(file, f"this tool wrote it: {own}; scan the pages that it was made from")
        else:
            self._add_page(_page(file, file.name, folder))

    def _add_found(self, file: Path, folder: Path) -> bool:
        """Take a file that lies in a folder; tell whether it, or something in it, is a page."""
        page_id = file.relative_to(folder).as_posix()
        if file.resolve() in self.outputs:
            self._skip(file, "this scan writes it")
            # A folder that holds nothing but the output of an earlier scan is no mistake of names.
            return True
        if not file.is_file():
            self._skip(file, "it is no regular file")
            return False
        if own := own_by_name(file.name):
            self._skip(file, f"this tool wrote it: {own}")
            return False
        if _is_zip(file):
            return self._add_archive(file, page_id, folder.resolve().name)
        return self._add_if_worth(_page(file, page_id, folder.resolve().name))

    def _add_archive(self, file: Path, page_id: str, folder: str) -> bool:
        """Take what lies in a zip archive, as from a folder; tell whether there is anything."""
        archive = Archive(file)
        taken = False
        try:
            for member in archive.members():
                page = _page(file, f"{page_id}/{member.name}", folder)
                page = replace(
                    page,
                    source=f"{_shown(file.as_posix())}/{_shown(member.name)}",
                    archive=archive,
                    member=member.name,
                )
                if ".." in member.name.split("/"):
                    self._miss(page.source, "its name leads out of the archive; unpack it first")
                    taken = True
                elif _is_hidden(member.name):
                    self._skip(page.source, "hidden files and folders are not read")
                elif member.problem:
                    self._miss(page.source, member.problem)
                    taken = True
                else:
                    taken |= self._add_if_worth(page)
        except BadArchive as error:
            self._miss(file, str(error))
            return True
        return taken

    def _add_if_worth(self, page: PagePath) -> bool:
        try:
            reason = why_passed_over(page, self.columns)
        except (OSError, UnreadablePage, BadArchive):
            # Reading it will say what is wrong, and where.
            reason = ""
        if reason:
            self._skip(page.source, reason)
            return False
        self._add_page(page)
        return True

    def _add_page(self, page: PagePath) -> None:
        assert page.path is not None
        resolved = page.path.resolve()
        if resolved in self.outputs:
            self._skip(page.source, "this scan writes it")
            return
        key = f"{resolved}\0{page.member}"
        known = self.pages.get(key)
        # Reached in two ways, a page has the id of the wider folder, whichever was named first.
        if known is None or len(known.id) < len(page.id):
            self.pages[key] = page

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

    def _skip(self, file: str | Path, reason: str) -> None:
        source = file if isinstance(file, str) else file.as_posix()
        self.skipped.append(PassedOver(source=_shown(source), reason=reason))

    def _miss(self, source: str | Path, reason: str) -> None:
        self.missing.append(PassedOver(source=_shown(str(source)), reason=reason))


def _page(file: Path, page_id: str, folder: str) -> PagePath:
    return PagePath(
        id=_shown(page_id), source=_shown(file.as_posix()), folder=_shown(folder), path=file
    )


def _is_hidden(member: str) -> bool:
    """Tell whether a name in an archive is one that a folder would hide; './' hides nothing."""
    parts = (part for part in member.split("/") if part != ".")
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _is_zip(file: Path) -> bool:
    try:
        return is_zip(file)
    except OSError:
        # Reading it will say what is wrong.
        return False


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
