"""What is to be read: a file, a member of an archive, or standard input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moderation.files.archives import Archive


class UnreadablePage(ValueError):
    """A page that could not be read; the message says why, without the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file in another place: its address, and what it is to be called.

    ``id`` is its path within the folder that was named, ``folder`` that folder's name. ``is_named``
    tells a file that the user named from one that lay in a folder, and may be no page. ``size`` is
    in bytes, 0 where it is not known.
    """

    address: str
    id: str
    folder: str
    is_named: bool
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePath:
    """A page still to be read: its id in every scan, the path to show, and where it lies.

    ``folder`` is the name of the folder in which it was found, to tell pages of one name apart.
    ``path`` is None for standard input, and for a file in another place, which is ``remote``. A
    member of a zip archive has the ``archive`` and its name in there; ``path`` is the archive's.
    """

    id: str
    source: str
    path: Path | None
    folder: str = ""
    archive: Archive | None = None
    member: str = ""
    remote: RemoteFile | None = None

    @property
    def name(self) -> str:
        """What the file is called, with its suffix."""
        return self.member or (self.path.name if self.path is not None else self.id)
