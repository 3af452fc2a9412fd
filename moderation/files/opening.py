"""A file opened: what it is, the hash of its bytes, and its content as a stream, unpacked.

What cannot be read twice, standard input and pipes, is laid into a temporary file first: its kind
has to be told before it is read, and a table has to be looked at before it is cut into comments.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import BinaryIO

from moderation.files.archives import BadArchive
from moderation.files.kinds import EMPTY, HEAD_BYTES, Kind, sniff, unread
from moderation.files.page_path import PagePath, UnreadablePage
from moderation.files.unpacking import (
    ZIP_SIGNATURES,
    Compression,
    compression_of,
    unpacked,
    unpacked_member,
)

COMPRESSED_SUFFIXES = frozenset({".gz", ".gzip", ".zst", ".zstd"})
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the beginning of a file tells: its kind, how it is compressed, and its first bytes.

    ``head`` is unpacked; ``whole`` when there is no more than that.
    """

    kind: Kind
    compression: Compression
    head: bytes
    whole: bool


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file that is being read: what was asked for, and what it turned out to be.

    ``path`` is where the bytes lie; not that of ``page`` for standard input and pipes.
    """

    page: PagePath
    path: Path
    look: Look

    @property
    def kind(self) -> Kind:
        """What it is, told from its content."""
        return self.look.kind

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the bytes on the disk; for a member of a zip archive, of the member's.

        Raises:
            UnreadablePage: when the disk fails, or the member is damaged.
        """
        digest = hashlib.sha256()
        try:
            with _packed(self.page, self.path) as stream:
                while block := stream.read(BLOCK_BYTES):
                    digest.update(block)
        except OSError as error:
            raise UnreadablePage(error.strerror or str(error)) from error
        return digest.hexdigest()

    def stream(self) -> BinaryIO:
        """Open the content, unpacked, from its beginning; may be asked for again.

        Reading raises OSError where the disk fails and `Damaged`, an OSError too, where compressed
        data breaks off.
        """
        return unpacked(_packed(self.page, self.path), self.look.compression)

    @property
    def suffix(self) -> str:
        """The file's suffix in small letters, without that of a compression."""
        return content_suffix(self.page.name)

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Give a path where the content lies unpacked, for readers that have to jump in it."""
        if not self.look.compression and not self.page.member:
            yield self.path
            return
        with _temporary_copy(self.stream()) as path:
            yield path


def content_suffix(name: str) -> str:
    """Give the suffix of a name in small letters: ``.csv`` for both ``a.csv`` and ``a.csv.gz``."""
    path = PurePath(name)
    if path.suffix.lower() in COMPRESSED_SUFFIXES:
        path = PurePath(path.stem)
    return path.suffix.lower()


def is_zip(path: Path) -> bool:
    """Tell whether a file is a zip archive by its first bytes.

    Raises:
        OSError: when it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(4) in ZIP_SIGNATURES


def look_at(page: PagePath) -> Look:
    """Look at the beginning of a file.

    Raises:
        UnreadablePage: when it is damaged.
        OSError: when it cannot be read.
    """
    assert page.path is not None
    with _packed(page, page.path) as raw:
        start = raw.read(4)
    compression = compression_of(start)
    if page.member and (compression or start in ZIP_SIGNATURES):
        inside = unread("an archive inside an archive; unpack it first", holds_files=True)
        return Look(kind=inside, compression="", head=start, whole=False)
    with unpacked(_packed(page, page.path), compression) as content:
        head = b"".join(read_some(content, HEAD_BYTES + 1))
    whole, head = len(head) <= HEAD_BYTES, head[:HEAD_BYTES]
    return Look(
        kind=_kind(page, head, whole, compression), compression=compression, head=head, whole=whole
    )


@contextmanager
def open_file(page: PagePath) -> Iterator[OpenedFile]:
    """Open a file to read it: tell its kind, hash its bytes, lay a pipe down where it can be read.

    Raises:
        UnreadablePage: when it has gone, cannot be read, is empty, or is of a kind that nobody
            reads; the message says what it is.
    """
    with ExitStack() as laid_down:
        try:
            opened = _opened(page, laid_down.enter_context(_lying_still(page)))
        except OSError as error:
            raise UnreadablePage(error.strerror or str(error)) from error
        except BadArchive as error:
            raise UnreadablePage(str(error)) from error
        yield opened


def _opened(page: PagePath, path: Path) -> OpenedFile:
    look = look_at(page if page.path == path else PagePath(id=page.id, source="", path=path))
    if look.kind is EMPTY:
        raise UnreadablePage("the file is empty")
    if look.kind.family == "other":
        raise UnreadablePage(f"it is {look.kind.title}, not a text page")
    return OpenedFile(page=page, path=path, look=look)


def _kind(page: PagePath, head: bytes, whole: bool, compression: Compression) -> Kind:
    is_zip = head[:4] in ZIP_SIGNATURES
    if compression and (is_zip or compression_of(head)):
        return unread("packed twice; unpack it first", holds_files=True)
    if is_zip:
        return unread("a zip archive or office document")
    return sniff(head, whole=whole, suffix=content_suffix(page.name))


def _packed(page: PagePath, path: Path) -> BinaryIO:
    if page.archive is None:
        return path.open("rb")
    stream, packed = page.archive.open(page.member)
    return unpacked_member(stream, packed)


def read_some(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Read until there is enough; what was read before damage is lost to no one."""
    left = most
    while left > 0:
        try:
            block = stream.read1(left)  # type: ignore[attr-defined]
        except OSError:
            if left == most:
                raise
            return
        if not block:
            return
        left -= len(block)
        yield block


@contextmanager
def _lying_still(page: PagePath) -> Iterator[Path]:
    if page.path is None and sys.stdin is None:
        raise UnreadablePage("standard input is closed")
    if page.path is None:
        with _temporary_copy(sys.stdin.buffer) as path:
            yield path
    elif page.path.is_fifo():
        with page.path.open("rb") as pipe, _temporary_copy(pipe) as path:
            yield path
    else:
        yield page.path


@contextmanager
def _temporary_copy(stream: BinaryIO) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="moderation-") as folder:
        path = Path(folder) / "content"
        with path.open("wb") as copy:
            shutil.copyfileobj(stream, copy, BLOCK_BYTES)
        yield path
