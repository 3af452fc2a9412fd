"""Zip archives: each member is a file of its own, unpacked while it is read.

An archive from a stranger may be made to hurt: a few kilobytes that unpack to terabytes, members
that overlap, names that climb out of a folder. Nothing is unpacked to a name from the archive, and
what grows beyond the limits here is refused with the figures.
"""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

MOST_MEMBERS = 100_000
MOST_GROWTH = 500
"""Times its packed size that anything may unpack to; comments come to ten, sometimes fifty."""

FREE_GROWTH = 50_000_000
"""Bytes that anything may unpack to whatever its packed size."""

_OFFICE_MEMBERS = {
    "[Content_Types].xml": "an office document (.docx, .xlsx); save the sheet as CSV",
    "mimetype": "an office document or an e-book; save the sheet as CSV",
    "META-INF/MANIFEST.MF": "a program (.jar)",
}
_ENCRYPTED = 0x1


class BadArchive(ValueError):
    """An archive, or a member, that cannot be read; the message says why, without the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in an archive, and why it cannot be read, if so."""

    name: str
    problem: str = ""


class Archive:
    """A zip file on the disk, opened once for all its members."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: zipfile.ZipFile | None = None

    def __reduce__(self) -> tuple[type[Archive], tuple[Path]]:
        return (Archive, (self.path,))

    def members(self) -> Iterator[Member]:
        """List the files in it, in the order of their names; folders are none.

        Raises:
            BadArchive: when it is damaged, no archive of files but a document, or a bomb.
            OSError: when it cannot be opened.
        """
        infos = [info for info in self._opened().infolist() if not info.is_dir()]
        names = {info.filename for info in infos}
        for name, title in _OFFICE_MEMBERS.items():
            if name in names:
                raise BadArchive(f"it is {title}")
        if len(infos) > MOST_MEMBERS:
            raise BadArchive(
                f"it holds {len(infos):,} files; more than {MOST_MEMBERS:,} are not read"
            )
        self._refuse_growth(sum(info.file_size for info in infos))
        seen: set[str] = set()
        for info in sorted(infos, key=lambda info: info.filename):
            doubled = info.filename in seen
            seen.add(info.filename)
            yield Member(name=info.filename, problem=_problem(info, doubled))

    def open(self, name: str) -> tuple[zipfile.ZipExtFile, int]:
        """Open a member for reading; give its packed size too.

        Raises:
            BadArchive: when it is not there, encrypted, or packed in a way that is not known.
            OSError: when the archive cannot be opened.
        """
        file = self._opened()
        try:
            info = file.getinfo(name)
            if info.flag_bits & _ENCRYPTED:
                raise BadArchive("it is encrypted; unpack it first")
            return cast("zipfile.ZipExtFile", file.open(info)), info.compress_size
        except KeyError as error:
            raise BadArchive("the archive holds no such file any more") from error
        except (NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise BadArchive(f"it cannot be unpacked: {error}") from error

    def _opened(self) -> zipfile.ZipFile:
        with self._lock:
            if self._file is None:
                try:
                    self._file = zipfile.ZipFile(self.path)
                except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
                    reason = f"the zip archive is damaged or cut off: {error}"
                    raise BadArchive(reason) from error
            return self._file

    def _refuse_growth(self, unpacked: int) -> None:
        packed = self.path.stat().st_size
        if unpacked > max(FREE_GROWTH, MOST_GROWTH * packed):
            raise BadArchive(growth_message(packed, unpacked))


def growth_message(packed: int, unpacked: int) -> str:
    """Say that something unpacks to more than anything honest does."""
    return (
        f"its {packed:,} bytes unpack to {unpacked:,} or more, over {MOST_GROWTH} times as many, "
        "as a zip bomb does; unpack it yourself if it is meant so"
    )


def _problem(info: zipfile.ZipInfo, doubled: bool) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted; unpack it first"
    if doubled:
        return "the archive holds two files of this name; unpack it first"
    return ""
