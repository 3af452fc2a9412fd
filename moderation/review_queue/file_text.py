"""The bytes of a queue file as lines of text, one after the other, in bounded memory.

A spreadsheet saves in UTF-8 or UTF-16, with a byte-order mark or without, or in the 8-bit encoding
of its country. A file of half a gigabyte is never held as one text: Python would take four bytes
for each letter of it as soon as one comment holds an emoji.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from moderation.encoding import BYTE_ORDER_MARKS, MULTIBYTE, NotText, decode

_HEAD: Final = 1 << 16
_BLOCK: Final = 1 << 20
_BYTE_ORDER_MARK: Final = "\ufeff"

_WORKBOOK: Final = (
    "is {kind}, not a CSV file. Open it in the spreadsheet, save it as 'CSV UTF-8' and give that "
    "file instead"
)
_NAMES_COLUMNS: Final = re.compile(r"(?=.*\bid\b)(?=.*\bdecision\b)", re.IGNORECASE)

_SAMPLE: Final = 200_000
"""Bytes beyond ASCII from which an 8-bit encoding is guessed."""

_HIGH_BYTES: Final = re.compile(rb"[\x80-\xff]+")
_NON_LATIN_SHARE: Final = 0.7
"""Other alphabets put nearly all of their 8-bit letters side by side, Western ones hardly any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """How a file's bytes are to be read.

    ``has_damage`` says that there are zero bytes, bytes that the encoding does not know (both are
    read as ``\\ufffd``), or the byte-order mark of a second file. ``remark`` is a sentence for
    people where the encoding had to be guessed.
    """

    encoding: str
    has_damage: bool = False
    remark: str = ""


def recognise(file: BinaryIO) -> FileText:
    """Tell the encoding of a queue file; the file is at its beginning again afterwards.

    Raises:
        NotText: when the file is empty, a workbook or no text; the message continues a sentence
            that begins with the file's name.
    """
    head = file.read(_HEAD)
    file.seek(0)
    _refuse(head)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), None)
    found = marked or _unmarked_wide(head)
    if found is not None and found != "utf-8-sig":
        return FileText(encoding=found, has_damage=not _is_sound(file, found))
    try:
        decode(head.replace(b"\0", b"") if head.count(0) < len(head) / 100 else head)
    except NotText as error:
        raise NotText(f"cannot be read as a queue: {error}") from error
    return _narrow(file, found or "utf-8")


def lines_of(file: BinaryIO, text: FileText) -> Iterator[str]:
    """The physical lines of a file, each with ``\\n`` at its end, but for a last one without.

    A line ends at a line feed, a carriage return, or both; a NUL is read as ``\\ufffd``.
    """
    errors = "cp1252_or_latin1" if text.encoding == "cp1252" else "replace"
    wrapper = io.TextIOWrapper(file, encoding=text.encoding, errors=errors, newline=None)
    try:
        yield _without_nul(wrapper.readline().lstrip(_BYTE_ORDER_MARK))
        yield from (_mended(wrapper) if text.has_damage else wrapper)
    finally:
        wrapper.detach()


def _mended(lines: Iterable[str]) -> Iterator[str]:
    """Lines without zero bytes, and cut where another file was put behind a line without an end."""
    for line in lines:
        before, mark, after = line.partition(_BYTE_ORDER_MARK)
        if mark and _NAMES_COLUMNS.match(after):
            yield _without_nul(before + "\n")
            yield _without_nul(after)
        else:
            yield _without_nul(line)


def _without_nul(line: str) -> str:
    return line.replace("\0", "\ufffd")


def _refuse(head: bytes) -> None:
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise NotText("is empty and no queue")
    if head.startswith(b"PK\x03\x04"):
        raise NotText(_WORKBOOK.format(kind=_kind_of_archive(head)))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotText(_WORKBOOK.format(kind="an old Excel workbook (.xls)"))
    if re.match(rb"(?i)\s*(?:<!doctype html|<html|<\?xml)", head.removeprefix(codecs.BOM_UTF8)):
        raise NotText(_WORKBOOK.format(kind="a web page or XML file"))


def _kind_of_archive(head: bytes) -> str:
    if b"opendocument.spreadsheet" in head[:200]:
        return "a LibreOffice workbook (.ods)"
    if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head:
        return "an Excel workbook (.xlsx)"
    return "a zip archive"


def _unmarked_wide(head: bytes) -> str | None:
    """UTF-16 without a mark: the header's first letters are ASCII, with a zero beside each."""
    begin = head[:16]
    if len(begin) >= 8 and not any(begin[1::2]) and all(begin[0::2]):
        return "utf-16-le"
    if len(begin) >= 8 and not any(begin[0::2]) and all(begin[1::2]):
        return "utf-16-be"
    return None


def _narrow(file: BinaryIO, wanted: str) -> FileText:
    """Tell sound UTF-8, UTF-8 with damage and an 8-bit encoding apart, by all of the bytes."""
    if _is_sound(file, "utf-8"):
        return FileText(encoding=wanted)
    high, valid, sample = 0, 0, b""
    while block := file.read(_BLOCK):
        runs = b"" if block.isascii() else b" ".join(_HIGH_BYTES.findall(block))
        high += len(runs) - runs.count(b" ")
        valid += sum(map(len, MULTIBYTE.findall(runs)))
        sample += runs[: max(0, _SAMPLE - len(sample))] + b" "
    file.seek(0)
    if wanted == "utf-8-sig" or valid > high / 2 or not high:
        return FileText(encoding=wanted, has_damage=True)
    encoding = _guess_8_bit(sample)
    shown = encoding.replace("cp125", "Windows-125")
    return FileText(
        encoding=encoding,
        remark=f"The file is not UTF-8; it was read as {shown}. Letters that this encoding lacks "
        "were lost when it was saved; 'CSV UTF-8' keeps all of them.",
    )


def _is_sound(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    is_plain, begin = True, True
    try:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            is_plain &= "\0" not in text and text.find(_BYTE_ORDER_MARK, begin) < 0
            begin = False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return is_plain


def _guess_8_bit(runs: bytes) -> str:
    words = [run for run in runs.split() if len(run) > 1]
    if sum(map(len, words)) < _NON_LATIN_SHARE * len(runs.replace(b" ", b"")):
        return "cp1252"
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for files that need it

    candidates = ["cp1251", "cp1256", "cp1253", "cp1255", "cp1252"]
    best = from_bytes(b" ".join(words), cp_isolation=candidates, threshold=0.9).best()
    return best.encoding if best is not None else "cp1252"


def _latin1(error: UnicodeError) -> tuple[str, int]:
    """Windows-1252 leaves five bytes undefined; browsers read them as Latin-1, and so do we."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("cp1252_or_latin1", _latin1)
