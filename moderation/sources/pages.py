"""Read one page from the disk or from standard input."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass

from moderation.encoding import NotText, decode
from moderation.records import Document
from moderation.sources.paths import PagePath


class UnreadablePage(Exception):
    """A page that could not be read; the message says why, without the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page, the SHA-256 of its bytes, and what people should know about its encoding."""

    document: Document
    sha256: str
    warning: str


def read_page(page: PagePath) -> ReadPage:
    """Read a page whole.

    Raises:
        UnreadablePage: when the file has gone, cannot be read, is empty or is not text.
    """
    data = _read_bytes(page)
    try:
        decoded = decode(data)
    except NotText as error:
        raise UnreadablePage(str(error)) from error
    if not decoded.text.strip():
        raise UnreadablePage("the file is empty")
    document = Document(
        id=page.id, source=page.source, text=decoded.text, encoding=decoded.encoding
    )
    sha256 = hashlib.sha256(data).hexdigest()
    return ReadPage(document=document, sha256=sha256, warning=decoded.warning)


def _read_bytes(page: PagePath) -> bytes:
    if page.path is None and sys.stdin is None:
        raise UnreadablePage("standard input is closed")
    try:
        return sys.stdin.buffer.read() if page.path is None else page.path.read_bytes()
    except OSError as error:
        raise UnreadablePage(error.strerror or str(error)) from error
