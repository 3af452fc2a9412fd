"""Compressed streams, unpacked as they are read, with limits; errors say how far it went."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO, Literal, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from moderation.files.archives import FREE_GROWTH, MOST_GROWTH, growth_message

Compression = Literal["", "gzip", "zstd"]

SIGNATURES: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")

_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError, zipfile.BadZipFile)


class SteppingStream(Protocol):
    """A stream that can be read a step of unpacking at a time."""

    def read1(self, size: int, /) -> bytes:
        """Read what one step gives; nothing only at the end."""

    def close(self) -> None:
        """Let go of it."""


class Damaged(OSError):
    """A compressed file that is cut off or damaged; the message says how far it was read."""


def compression_of(head: bytes) -> Compression:
    """Tell how a file is compressed by its first bytes; an empty answer is not at all."""
    return next((name for mark, name in SIGNATURES if head.startswith(mark)), "")


def unpacked(raw: BinaryIO, compression: Compression) -> BinaryIO:
    """Lay an unpacking stream over a file; closing it closes the file."""
    if not compression:
        return raw
    opened: SteppingStream
    opened = gzip.GzipFile(fileobj=raw) if compression == "gzip" else zstd.ZstdFile(raw)
    return io.BufferedReader(Guarded(opened, compression, packed=raw.tell, beneath=raw))


def unpacked_member(stream: SteppingStream, packed: int) -> BinaryIO:
    """Lay the same guard over a member of a zip archive, of which the packed size is known."""
    return io.BufferedReader(Guarded(stream, "zip", packed=lambda: packed))


class Guarded(io.RawIOBase):
    """A stream that is unpacked as it is read, with an eye on damage and growth.

    Raises `Damaged`, from any read, where the data breaks off or grows as a bomb does. ``packed``
    tells how many packed bytes were read so far. What was unpacked before is always given first.
    """

    def __init__(
        self,
        stream: SteppingStream,
        name: str,
        *,
        packed: Callable[[], int],
        beneath: BinaryIO | None = None,
    ) -> None:
        self._stream = stream
        self._beneath = beneath
        self._name = name
        self._packed = packed
        self._unpacked = 0

    def readable(self) -> bool:
        """Say that this is a stream to read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read what one step of unpacking gives."""
        try:
            data = self._stream.read1(len(buffer))
        except _DAMAGE as error:
            raise Damaged(
                f"the {self._name} data is damaged or cut off: {error or 'it ends too early'}; "
                f"{self._unpacked:,} bytes could be read"
            ) from error
        self._unpacked += len(data)
        if self._unpacked > max(FREE_GROWTH, MOST_GROWTH * self._packed()):
            raise Damaged(growth_message(self._packed(), self._unpacked))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close this and what lies beneath."""
        if not self.closed:
            self._stream.close()
            if self._beneath is not None:
                self._beneath.close()
        super().close()
