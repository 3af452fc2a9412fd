"""What a file is, told from its first bytes and never from its name.

A suffix is what somebody called the file; programs and people call them wrongly. It is asked in one
case only, where the content cannot tell: a table of a single column.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from moderation.encoding import NotText, StreamDecoder
from moderation.files.dialects import TABLE_SUFFIXES, find_dialect

HEAD_BYTES = 65_536
"""How much of a file is looked at to tell what it is."""

Family = Literal["text", "html", "table", "export", "other"]
"""Who reads a kind: the separator, the HTML reader, the tables, the exports, or nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file: its media type, what to call it in a sentence, and who reads it.

    ``holds_files`` is true of what nobody reads and may have pages in it.
    """

    media_type: str
    title: str
    family: Family
    holds_files: bool = False


TEXT = Kind(media_type="text/plain", title="a text page", family="text")
HTML = Kind(media_type="text/html", title="an HTML page", family="html")
HTML_FRAGMENT = Kind(media_type="text/html", title="a piece of an HTML page", family="html")
CSV = Kind(media_type="text/csv", title="a CSV table", family="table")
TSV = Kind(media_type="text/tab-separated-values", title="a TSV table", family="table")
JSON = Kind(media_type="application/json", title="a JSON file", family="table")
JSON_LINES = Kind(media_type="application/jsonl", title="a file of JSON lines", family="table")
PARQUET = Kind(media_type="application/vnd.apache.parquet", title="a Parquet table", family="table")
WORDPRESS = Kind(media_type="application/wxr+xml", title="a WordPress export", family="export")
DISQUS = Kind(media_type="application/vnd.disqus+xml", title="a Disqus export", family="export")
BLOGGER = Kind(media_type="application/atom+xml", title="a Blogger export", family="export")
MOVABLE_TYPE = Kind(
    media_type="text/x-movable-type", title="a Movable Type export", family="export"
)
DATA_SUFFIXES = TABLE_SUFFIXES | {".json", ".jsonl", ".ndjson", ".parquet", ".xml"}
"""What tables and exports are called; whoever calls a file so expects that it is read as one."""

EMPTY = Kind(media_type="text/plain", title="an empty file", family="text")


def unread(title: str, *, holds_files: bool = False) -> Kind:
    """Name a kind that nobody here reads, in words that follow 'it is'."""
    return Kind(
        media_type="application/octet-stream",
        title=title,
        family="other",
        holds_files=holds_files,
    )


# Each can match in one way only: repeated, they would else be tried in ways without number.
_COMMENT = r"<!--[^-]*(?:-(?!->)[^-]*)*-->"
_INSTRUCTION = r"<\?[^?]*(?:\?(?!>)[^?]*)*\?>"
_DECLARATION = r"<!DOCTYPE[^>\[]*(?:\[[^\]]*(?:\](?!\s*>)[^\]]*)*\]\s*)?>"
_HTML_START = re.compile(
    rf"\s*(?:{_COMMENT}\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_HTML_TAGS = "a|article|aside|b|br|center|dd|div|dl|dt|em|font|footer|form|h[1-6]|header|hr|i|"
_HTML_TAGS += "iframe|img|li|link|main|meta|nav|ol|p|pre|script|section|span|strong|style|table|"
_HTML_TAGS += "title|tr|td|ul"
_FRAGMENT_START = re.compile(
    rf"\s*(?:{_COMMENT}\s*)*<(?:{_HTML_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_XML_START = re.compile(r"[^<]{0,16}<\?xml\s")
_XML_ROOT = re.compile(rf"[^<]{{0,16}}(?:{_INSTRUCTION}|{_COMMENT}|{_DECLARATION}|\s)*<([\w.:-]+)")
_JSON_START = re.compile(r"\s*(?:\[\s*(?:\{\s*[\"}]|\])|\{\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:|\}))")
_MOVABLE_TYPE_START = re.compile(r"\s*[A-Z][A-Z ]{2,20}: ?.*\n")
_MOVABLE_TYPE_SECTION = re.compile(
    r"^-----\n(?:BODY|EXTENDED BODY|EXCERPT|KEYWORDS|COMMENT|PING):", re.M
)


def sniff(head: bytes, *, whole: bool, suffix: str = "") -> Kind:
    """Tell what a file is by its first bytes, unpacked; ``whole`` when there are no more.

    ``suffix`` is that of the file's name, without that of a compression.
    """
    if head.startswith(b"PAR1"):
        return PARQUET
    if head[257:262] == b"ustar":
        return unread("a tar archive; unpack it first", holds_files=True)
    try:
        text = StreamDecoder().decode(head, final=whole)
    except NotText as error:
        what = str(error).removesuffix(", not a text page")
        named = what.startswith("it is ")
        return unread(what.removeprefix("it is ") if named else "binary data of an unknown kind")
    if not text.strip():
        return EMPTY if whole else TEXT
    return _marked_up(text) or _json(text, whole) or _plain(text, whole, suffix)


def _marked_up(text: str) -> Kind | None:
    if "<" not in text[:1024]:
        return None
    if _HTML_START.match(text):
        return HTML
    root = _XML_ROOT.match(text)
    if _XML_START.match(text) or _known_root(root):
        return _xml(text, root[1] if root else "")
    return HTML_FRAGMENT if _FRAGMENT_START.match(text) else None


def _known_root(root: re.Match[str] | None) -> bool:
    return root is not None and not root[0].partition("<")[0].strip() and root[1] in {
        "rss", "feed", "disqus", "svg", "rdf:RDF",
    }  # fmt: skip


def _xml(text: str, root: str) -> Kind:
    if root.lower() == "html":
        return HTML
    if root == "rss" and "wordpress.org/export/" in text:
        return WORDPRESS
    if root == "disqus":
        return DISQUS
    if root == "feed" and "http://www.w3.org/2005/Atom" in text:
        return BLOGGER
    return unread(f"an XML file of an unknown kind (<{root}>)" if root else "an XML file")


def _json(text: str, whole: bool) -> Kind | None:
    if not _JSON_START.match(text):
        return None
    if text.lstrip()[0] == "[":
        return JSON
    first, _, rest = text.strip().partition("\n")
    try:
        row = json.loads(first)
    except ValueError:
        return JSON
    except RecursionError:
        return JSON
    if rest.lstrip().startswith("{") or (whole and not rest and not _holds_rows(row)):
        return JSON_LINES
    return JSON


def _holds_rows(row: dict[str, object]) -> bool:
    return any(isinstance(value, list | dict) for value in row.values())


def _plain(text: str, whole: bool, suffix: str) -> Kind:
    if _MOVABLE_TYPE_START.match(text) and _MOVABLE_TYPE_SECTION.search(text):
        return MOVABLE_TYPE
    dialect = find_dialect(text, whole=whole, suffix=suffix)
    if dialect is None:
        return TEXT
    return TSV if dialect.delimiter == "\t" else CSV
