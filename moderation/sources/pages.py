"""Read one text page from the disk."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.encoding import NotText, decode
from moderation.files import OpenedFile, PagePath, UnreadablePage, open_file
from moderation.records import Document

LARGEST_PAGE = 256_000_000
"""Bytes, unpacked; a page is read whole, and nobody wrote one of that size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPage:
    """A page, the SHA-256 of its bytes, and what people should know about its encoding."""

    document: Document
    sha256: str
    warning: str


def read_page(page: PagePath) -> TextPage:
    """Read a text page whole.

    Raises:
        UnreadablePage: when the file has gone, cannot be read, is empty or is not a text page.
    """
    with open_file(page) as opened:
        if opened.kind.family != "text":
            raise UnreadablePage(f"it is {opened.kind.title}, not a text page")
        return read_text_page(opened)


def read_text_page(opened: OpenedFile) -> TextPage:
    """Read a text page that is open.

    Raises:
        UnreadablePage: when it cannot be read, holds nothing or is not text.
    """
    try:
        with opened.stream() as stream:
            data = stream.read(LARGEST_PAGE + 1)
    except OSError as error:
        raise UnreadablePage(error.strerror or str(error)) from error
    if len(data) > LARGEST_PAGE:
        raise UnreadablePage(f"it holds more than {LARGEST_PAGE:,} bytes, too much for one page")
    try:
        decoded = decode(data)
    except NotText as error:
        raise UnreadablePage(str(error)) from error
    if not decoded.text.strip():
        raise UnreadablePage("the file is empty")
    document = Document(
        id=opened.page.id,
        source=opened.page.source,
        text=decoded.text,
        encoding=decoded.encoding,
    )
    return TextPage(document=document, sha256=opened.sha256, warning=decoded.warning)
