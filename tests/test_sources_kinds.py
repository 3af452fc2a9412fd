"""What a file is, is told from its content; its name is asked only where that tells nothing."""

import codecs
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.files.kinds import HEAD_BYTES, sniff

from .conftest import SHARED_PAGES

CASES = json.loads(
    (Path(__file__).parent / "cases" / "sources" / "kinds.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_kind_is_told_from_the_content(case: dict[str, Any]) -> None:
    """Each kind is known by how it begins, and a page of prose is taken for none of them."""
    assert sniff(case["content"].encode(), whole=True).title == case["kind"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("case", CASES[10:25], ids=lambda case: case["name"])
def test_a_kind_is_told_in_other_encodings(case: dict[str, Any], encoding: str) -> None:
    """Excel and Windows save tables with a mark, or as UTF-16."""
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    content = mark + case["content"].encode(encoding)
    assert sniff(content, whole=True).title == case["kind"]


@pytest.mark.parametrize("suffix", ["", ".txt", ".csv", ".html", ".json", ".xml", ".parquet"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_lying_suffix_misleads_nobody(case: dict[str, Any], suffix: str) -> None:
    """Where the content tells, the name changes nothing."""
    if case["name"].startswith("prose") and suffix == ".csv":
        pytest.skip("might be a table, if its name says so")
    assert sniff(case["content"].encode(), whole=True, suffix=suffix).title == case["kind"]


@pytest.mark.parametrize(
    ("content", "suffix", "kind"),
    [
        ("comment\nYes.\nNo, never.\n", ".csv", "a CSV table"),
        ("comment\nYes.\nNo, never.\n", ".txt", "a text page"),
        ('text\n"Yes."\n"No, never."\n', ".txt", "a CSV table"),
        ("My holiday\nIt was fine.\n", ".csv", "a text page"),
        ("a,b\nYes.,1\nNo.,2\n", ".csv", "a CSV table"),
        ("a,b\nYes.,1\nNo.,2\n", ".txt", "a text page"),
    ],
)
def test_a_suffix_decides_what_the_content_leaves_open(
    content: str, suffix: str, kind: str
) -> None:
    """A table of one column looks like lines of text; then the name is believed."""
    assert sniff(content.encode(), whole=True, suffix=suffix).title == kind


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"PAR1" + bytes(20), "a Parquet table"),
        (b"\0" * 257 + b"ustar\x0000", "a tar archive; unpack it first"),
    ],
)
def test_what_is_no_text_is_named(content: bytes, title: str) -> None:
    """Pictures, documents and databases are called by their names."""
    assert sniff(content, whole=True).title == title


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_beginning_is_enough(case: dict[str, Any]) -> None:
    """Of a long file only the first bytes are looked at, cut wherever they are."""
    if case["name"] in {"nothing", "an empty list"}:
        pytest.skip("is nothing but its beginning")
    body = case["content"]
    kind = sniff(body.encode(), whole=False)
    assert kind.title in {case["kind"], "a JSON file"} or len(body.splitlines()) < 4


@given(st.binary(max_size=400))
def test_any_bytes_are_of_some_kind(content: bytes) -> None:
    """Nothing that lies in a folder makes the looking fail."""
    assert sniff(content, whole=True).title
    assert sniff(content, whole=False).title


def test_saved_pages_are_never_taken_for_tables() -> None:
    """A thousand real pages, all text, and four hundred of HTML."""
    if not SHARED_PAGES.exists():
        pytest.skip("the shared pages are not here")
    for name, field, wanted in (
        ("gold/numbered", "text", "text"),
        ("gold/numbered_raw", "text", "text"),
        ("gold/unnumbered", "text", "text"),
        ("gold/unnumbered_raw", "text", "text"),
        ("gold/negatives", "text", "text"),
        ("html/pages", "html", "html"),
    ):
        with gzip.open(SHARED_PAGES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                content = json.loads(line)[field].encode("utf-8", "surrogatepass")
                kind = sniff(content[:HEAD_BYTES], whole=len(content) <= HEAD_BYTES)
                assert kind.family == wanted, (name, content[:200])


@pytest.mark.parametrize(
    "piece", ["<!---->", "<!-- ", "<?a?>", "<!DOCTYPE a>", "<!DOCTYPE a [] ] ", "] >", "<", "\n<"]
)
def test_a_beginning_that_is_made_to_hurt_is_soon_told(piece: str) -> None:
    """Comments and declarations without end; ways to match that multiply would never end."""
    head = (piece * HEAD_BYTES)[:HEAD_BYTES].encode() + b"x"
    assert sniff(head, whole=True).title == "a text page"
