"""Bytes in, text out, with a sentence about anything that was not plain UTF-8.

A saved page may come from any program of the last thirty years. Byte-order marks are believed,
then UTF-8 is tried strictly; what is left is either UTF-8 with damage, which is read with the
damage marked, or an older 8-bit or East Asian encoding, which is guessed and said.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

FILE_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)

DECLARED_ENCODINGS = frozenset(
    "iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 "
    "iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 "
    "cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp866 cp874 cp932 cp949 koi8-r koi8-u "
    "mac-roman mac-cyrillic tis-620 shift_jis euc_jp iso2022_jp euc_kr gb2312 gbk gb18030 big5 "
    "big5hkscs johab".split()
)
"""Encodings of which a file is believed that it is in them; wide ones show it by themselves."""

CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1b\0"))
MOST_CONTROL_BYTES = 0.02
"""A larger share of control characters is no text that people wrote."""

LATIN_SHARE = 0.25
"""Western languages put fewer than a quarter of their letters outside ASCII, the others nearly all
of them; only for the others is there enough evidence to guess an encoding from the bytes."""

MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


class NotText(ValueError):
    """The bytes are no text; the message says what they look like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedText:
    """Text, the name of the encoding it was read in, and what people should know about that."""

    text: str
    encoding: str
    warning: str = ""


def decode(data: bytes) -> DecodedText:
    """Read bytes as text, with line ends folded to ``\\n``.

    Raises:
        NotText: when the bytes are a picture, an archive or other data.
    """
    decoded = _decode_marked(data) or _decode_unmarked(data)
    folded = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    return DecodedText(text=folded, encoding=decoded.encoding, warning=decoded.warning)


class StreamDecoder:
    """Bytes in blocks in, text out, as `decode` gives it for the whole; for files of any size.

    The encoding is told from the first block, and once more where bytes come that it cannot be:
    until then the file was plain ASCII or UTF-8. ``encoding`` and ``warning`` are final at the end.
    ``declared`` is the encoding that the file itself names; it is believed where it can be.
    """

    def __init__(self, declared: str = "") -> None:
        self.encoding = ""
        self.warning = ""
        self._declared = declared
        self._decoder: codecs.IncrementalDecoder | None = None
        self._read = 0
        self._only_ascii = True
        self._open_line_end = False

    def decode(self, block: bytes, *, final: bool = False) -> str:
        """Read the next bytes; ``final`` when there are no more.

        Raises:
            NotText: when the first block is a picture, an archive or other data.
        """
        if self._decoder is None:
            self._begin(block)
        text = self._decode(block, final)
        self._read += len(block)
        self._only_ascii &= text.isascii()
        return self._fold_line_ends(text, final)

    def _begin(self, block: bytes) -> None:
        marked = next((name for mark, name in BYTE_ORDER_MARKS if block.startswith(mark)), None)
        wide = None if marked else _wide_encoding(block)
        self.encoding = marked or wide or self._declared_encoding(block) or "utf-8"
        if marked is None and wide is None:
            _refuse_binary(block)
        self._decoder = codecs.getincrementaldecoder(self.encoding)()

    def _declared_encoding(self, block: bytes) -> str | None:
        name = self._declared.strip().lower().replace("_", "-")
        if not name or name in {"utf-8", "utf8", "us-ascii", "ascii"}:
            return None
        try:
            fits = codecs.lookup(name).name in DECLARED_ENCODINGS and block.decode(name, "ignore")
        except LookupError:
            fits = ""
        if not fits:
            self.warning = f"it says that its encoding is {self._declared!r}, which it is not"
            return None
        # What calls itself Latin-1 is read as Windows-1252, as browsers do.
        return "cp1252" if name in {"iso-8859-1", "latin-1", "latin1"} else codecs.lookup(name).name

    def _decode(self, block: bytes, final: bool) -> str:
        assert self._decoder is not None
        if self.encoding == "cp1252":
            return "".join(_decode_byte_runs(block, self.encoding))
        pending = self._decoder.getstate()[0]
        try:
            return self._decoder.decode(block, final)
        except UnicodeDecodeError as error:
            return self._decode_bad(pending, block, final, error)

    def _decode_bad(
        self, pending: bytes, block: bytes, final: bool, error: UnicodeDecodeError
    ) -> str:
        data = pending + block
        if self.encoding == "utf-8" and self._only_ascii and not _is_damaged_utf8(data):
            self.encoding = _legacy_encoding(data)
            self.warning = f"it is not UTF-8; read as {_display_name(self.encoding)}"
            self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            return self._decode(data, final)
        place = self._read - len(pending) + error.start
        self.warning = (
            f"some bytes, the first at position {place}, are not {self.encoding.upper()}; "
            "each is shown as \N{REPLACEMENT CHARACTER}"
        )
        assert self._decoder is not None
        # The bytes that stood over are still in the decoder.
        self._decoder.errors = "replace"
        return self._decoder.decode(block, final)

    def _fold_line_ends(self, text: str, final: bool) -> str:
        if self._open_line_end:
            text = "\r" + text
        # The other half of a Windows line end may be in the next block.
        self._open_line_end = text.endswith("\r") and not final
        if self._open_line_end:
            text = text[:-1]
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decode_marked(data: bytes) -> DecodedText | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_damaged(data, encoding)
    return None


def _decode_unmarked(data: bytes) -> DecodedText:
    if (wide := _wide_encoding(data)) is not None:
        return _decode_damaged(data, wide)
    _refuse_binary(data)
    try:
        return DecodedText(text=data.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError:
        pass
    if _is_damaged_utf8(data):
        return _decode_damaged(data, "utf-8")
    return _decode_legacy(data)


def _decode_damaged(data: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(text=data.decode(encoding), encoding=encoding)
    except UnicodeDecodeError as error:
        warning = (
            f"some bytes, the first at position {error.start}, are not {encoding.upper()}; "
            "each is shown as \N{REPLACEMENT CHARACTER}"
        )
        text = data.decode(encoding, errors="replace")
        return DecodedText(text=text, encoding=encoding, warning=warning)


def _wide_encoding(data: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of Western text is then zero."""
    sample = data[:4096]
    half = len(sample) // 2
    if half < 4:
        return None
    zeros_even, zeros_odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if zeros_odd > 0.7 and zeros_even < 0.1:
        return "utf-16-le"
    if zeros_even > 0.7 and zeros_odd < 0.1:
        return "utf-16-be"
    return None


def _refuse_binary(data: bytes) -> None:
    for signature, name in FILE_SIGNATURES:
        if data.startswith(signature):
            raise NotText(f"it is {name}, not a text page")
    controls = len(data) - len(data.translate(None, CONTROL_BYTES))
    # A stray zero byte is damage; a file full of them is not text.
    zeros = data.count(0)
    if data and (controls / len(data) > MOST_CONTROL_BYTES or zeros / len(data) > 0.1):
        raise NotText("it looks like binary data, not a text page")


def _is_damaged_utf8(data: bytes) -> bool:
    """Tell UTF-8 with a few bad bytes from an 8-bit encoding, which never looks like UTF-8."""
    high_bytes = sum(map(len, re.findall(rb"[\x80-\xff]+", data)))
    valid_bytes = sum(map(len, MULTIBYTE.findall(data)))
    return valid_bytes > high_bytes / 2


def _legacy_encoding(data: bytes) -> str:
    letters = len(re.findall(rb"[A-Za-z\x80-\xff]", data))
    high = len(re.findall(rb"[\x80-\xff]", data))
    return "cp1252" if high < LATIN_SHARE * letters else _guess(data)


def _decode_legacy(data: bytes) -> DecodedText:
    encoding = _legacy_encoding(data)
    # Windows-1252 leaves five bytes undefined; browsers read them as Latin-1 does, and so do we.
    text = "".join(_decode_byte_runs(data, encoding)) if encoding == "cp1252" else None
    if text is None:
        text = data.decode(encoding, errors="replace")
    warning = f"it is not UTF-8; read as {_display_name(encoding)}"
    return DecodedText(text=text, encoding=encoding, warning=warning)


def _decode_byte_runs(data: bytes, encoding: str) -> list[str]:
    undefined = re.compile(rb"([\x81\x8d\x8f\x90\x9d]+)")
    return [
        run.decode("latin-1") if position % 2 else run.decode(encoding)
        for position, run in enumerate(undefined.split(data))
    ]


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for pages that need it

    best = from_bytes(data[:200_000]).best()
    return best.encoding if best is not None else "cp1252"


def _display_name(encoding: str) -> str:
    return encoding.replace("cp125", "Windows-125")
