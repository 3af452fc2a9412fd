"""Exports of comment systems become comments, a document for each post."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.exports import plain_text, read_export
from moderation.files import open_file
from moderation.records import comment_id
from moderation.sources import find_pages

from .conftest import SHARED_PAGES
from .reading_files import read_file

CASES = Path(__file__).parent / "cases" / "exports"
PLAIN = json.loads((CASES / "plain.json").read_text(encoding="utf-8"))
EXPORTS = SHARED_PAGES / "exports"

REAL: list[tuple[str, int, int, str]] = [
    ("blogger_pelican.xml", 1, 4, ""),
    ("disqus_isso.xml", 5, 4, ""),
    ("disqus_remark42.xml", 5, 2, "it breaks off: line 147 is no XML: not well-formed"),
    ("wxr_isso.xml", 8, 3, ""),
    ("wxr_nikola.xml", 0, 8, ""),
    ("wxr_pelican.xml", 4, 20, ""),
    ("wxr_wpimporter_a11y.xml", 29, 104, ""),
    ("wxr_wpimporter_small-export.xml", 1, 11, ""),
    ("wxr_wpimporter_sub-data.xml", 1, 1, ""),
    ("wxr_wptt_theme-unit-test.xml", 32, 110, ""),
]
"""A real file, its comments, its posts, and how reading it ends."""


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case["html"][:20])
def test_html_becomes_plain_text(case: dict[str, Any]) -> None:
    """Paragraphs, breaks, quotations and entities; nothing that was written is lost."""
    assert plain_text(case["html"], keep_lines=case.get("keep_lines", False)) == case["text"]


@given(st.text(alphabet="<>/!-&;abp \n\"'=", max_size=80))
def test_no_markup_hides_a_word(html: str) -> None:
    """However broken; letters outside of whole tags and comments are all there."""
    marked = html.replace("a", "").replace("b", "").replace("p", "") + "<zzz word"
    assert "word" in plain_text(marked.replace("<!--", "")).replace("<zzz", "")


def test_hostile_html_is_quick() -> None:
    """What makes parsers slow is not markup here; a hundred thousand brackets are text."""
    for hostile in ("<" * 100_000, "<a " * 50_000, "<!--" * 30_000, "<b>" * 50_000, "&" * 100_000):
        assert isinstance(plain_text(hostile), str)
    assert len(plain_text("<blockquote>" * 5_000 + "x").splitlines()[-1]) < 20
    assert plain_text("<b>x </b>" * 200_000) == ("x " * 200_000).rstrip()


def test_blank_lines_without_end_are_passed_over(tmp_path: Path) -> None:
    """Each once: a part of a Movable Type export may have millions of them."""
    blank = "\n" * 3_000_000
    parts = ("TITLE: One", "BODY:\nWords", f"{blank}COMMENT:\nAUTHOR: Ann\nHello")
    (tmp_path / "m.txt").write_text("\n-----\n".join(parts) + "\n-----\n--------\n")
    assert read_file(tmp_path / "m.txt").texts == ["Hello"]


@pytest.mark.parametrize(("name", "comments", "posts", "failure"), REAL, ids=lambda value: value)
def test_real_exports_are_read(name: str, comments: int, posts: int, failure: str) -> None:
    """Every comment that stands in them, and every post is accounted for."""
    if not EXPORTS.exists():
        pytest.skip("the shared pages are not here")
    was = read_file(EXPORTS / name)
    assert (len(was.comments), len(was.finished)) == (comments, posts)
    assert was.failure.startswith(failure)
    assert bool(was.failure) == bool(failure)


def test_wordpress(tmp_path: Path) -> None:
    """All comments whatever their state, which the receipt tells; the post as their article."""
    was = read_file(CASES / "wordpress.xml")
    assert was.texts == ["Of course\nit does.", "Why?", "Buy now", "[...] a bridge [...]"]
    bob, cem, _, ping = was.comments
    assert bob.id == comment_id(
        "wordpress.xml#12", "Bob", "2024-01-01 10:00:00", bob.text, own_id="101"
    )
    assert (bob.number, bob.site_number, bob.author) == (1, 101, "Bob")
    assert (cem.parent_id, cem.level) == (bob.id, 1)
    assert ping.kind == "pingback"
    assert was.portions[0].article == "The bridge\n\nThe bridge stays closed."
    bridge, quiet = was.finished
    assert bridge.source.endswith("wordpress.xml#https://example.org/bridge/")
    assert bridge.receipt.evidence == (
        "a WordPress export",
        "states: 1 approved, 1 waiting for approval, 1 spam, 1 in the trash, 1 pingback",
    )
    assert (quiet.id, quiet.receipt.found) == ("wordpress.xml#14", 0)
    assert quiet.warnings == ("in the whole file: 1 comment without text (line 48)",)
    assert quiet.media_type == "application/wxr+xml"


def test_blogger_from_takeout() -> None:
    """The newer form, with elements of its own for kinds, parents and states."""
    was = read_file(CASES / "takeout.atom")
    assert was.texts == ["Of course & always.", "Buy\nnow"]
    assert [comment.level for comment in was.comments] == [0, 1]
    (page,) = was.finished
    assert page.source.endswith("takeout.atom#/2024/01/bridge.html")
    assert page.receipt.evidence[1] == "states: 1 approved, 1 spam"
    assert was.portions[0].article == "The bridge"


def test_movable_type() -> None:
    """Comments and pings; a line of dashes inside a comment is part of it."""
    was = read_file(CASES / "movable_type.txt")
    assert was.texts == [
        "Of course it does.\nNOTE: I said so.\n-----\nor so it seems",
        "Why not?\n\nBecause.",
        "Somebody wrote of a bridge...",
    ]
    assert [comment.author for comment in was.comments] == ["Bob", "Cem", "Bridges daily"]
    assert [comment.kind for comment in was.comments] == ["comment", "comment", "trackback"]
    assert was.comments[0].posted_at == "02/01/2002 10:00:00 AM"
    assert [page.id for page in was.finished] == [
        "movable_type.txt#the_bridge",
        "movable_type.txt#03/01/2002 09:00:00 AM Nothing to say",
    ]
    article = "The bridge\n\nThe bridge stays closed.\nUntil spring, they say."
    assert was.portions[0].article == article


def wordpress_of(count: int, post: int = 1) -> str:
    head = (CASES / "wordpress.xml").read_text(encoding="utf-8").partition("  <item>")[0]
    comments = "".join(
        f"<wp:comment><wp:comment_id>{n}</wp:comment_id><wp:comment_content>number {n}"
        "</wp:comment_content></wp:comment>\n"
        for n in range(count)
    )
    return f"{head}<item><title>x</title><wp:post_id>{post}</wp:post_id>\n{comments}"


def test_a_long_post_comes_in_portions(tmp_path: Path) -> None:
    """And is finished once, with the last of them."""
    (tmp_path / "w.xml").write_text(wordpress_of(2500) + "</item></channel></rss>")
    was = read_file(tmp_path / "w.xml")
    assert [len(portion.comments) for portion in was.portions] == [1000, 1000, 500]
    assert [len(portion.finished) for portion in was.portions] == [0, 0, 1]


def test_an_export_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    """Packed or not, with the line, and the post is finished with what there is."""
    text = wordpress_of(1500)[:-40]
    (tmp_path / "w.xml").write_text(text)
    (tmp_path / "w.xml.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("w.xml", "w.xml.gz"):
        was = read_file(tmp_path / name)
        assert len(was.comments) == 1499
        assert was.failure == (
            "it breaks off: line 1,510 is no XML: the file ends too early. The 1,499 comments "
            "before are kept"
        )
        assert was.warnings == ["the export breaks off and was not read to its end"]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE rss [
  <!ENTITY a "ha">
  <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
]>
<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>&b;</channel></rss>"""
OUTSIDE = BOMB.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/passwd">')
CLOSED = "</item></channel></rss>"


@pytest.mark.parametrize(
    ("text", "failure", "comments"),
    [
        (BOMB, "line 3 declares an entity ('a'); entities are not expanded", 0),
        (OUTSIDE, "line 3 declares an entity ('a'); entities are not expanded", 0),
        (wordpress_of(3) + "<a>" * 100_000, "elements are nested more than 200 deep", 3),
        (wordpress_of(3) + "<b>bold</i>" + CLOSED, "line 14 is no XML: mismatched tag", 3),
        (wordpress_of(3) + "Tom & Ann" + CLOSED, "line 14 is no XML: not well-formed", 3),
        (wordpress_of(3) + "&nbsp;" + CLOSED, "line 14 is no XML: undefined entity", 3),
        (wordpress_of(3) + CLOSED + wordpress_of(1), "line 14 is no XML: junk after", 3),
        (wordpress_of(2) + "x" * 33_000_000, "an element is longer than 32,000,000", 2),
        (wordpress_of(2) + "<a/>" * 330_000, "an element is longer than 32,000,000", 2),
    ],
    ids="bomb outside deep crossed ampersand entity two-files endless empty".split(),
)
def test_what_is_made_to_hurt_or_broken_is_named_with_its_line(
    tmp_path: Path, text: str, failure: str, comments: int
) -> None:
    """And the comments before it are kept."""
    (tmp_path / "w.xml").write_text(text)
    was = read_file(tmp_path / "w.xml")
    assert failure in was.failure
    assert len(was.comments) == comments


def test_what_old_exports_are_full_of_is_read_and_said(tmp_path: Path) -> None:
    """Blank lines before, a stray mark behind, control characters, another encoding."""
    text = "\n\n" + wordpress_of(2).replace("number 0", "bad \x08 bell") + CLOSED + "\n`"
    text = text.replace("UTF-8", "ISO-8859-1").replace("number 1", "Grüße “hier”")
    (tmp_path / "w.xml").write_bytes(text.encode("cp1252"))
    was = read_file(tmp_path / "w.xml")
    assert was.texts == ["bad \N{REPLACEMENT CHARACTER} bell", "Grüße “hier”"]
    assert was.failure == ""
    assert was.warnings == [
        "'`' behind the end was left out",
        "1 control characters, which XML does not allow, are shown as \N{REPLACEMENT CHARACTER}",
    ]
    assert was.finished[0].encoding == "cp1252"


def test_an_encoding_that_is_not_so_is_said(tmp_path: Path) -> None:
    """A file that calls itself UTF-8 and is not is read as what it is."""
    text = wordpress_of(1).replace("number 0", "Grüße") + CLOSED
    (tmp_path / "w.xml").write_bytes(text.encode("cp1252"))
    was = read_file(tmp_path / "w.xml")
    assert was.texts == ["Grüße"]
    assert was.warnings == ["it is not UTF-8; read as Windows-1252"]
    (tmp_path / "w.xml").write_bytes(text.replace("UTF-8", "klingon").encode())
    was = read_file(tmp_path / "w.xml")
    assert was.texts == ["Grüße"]
    assert was.warnings == ["it says that its encoding is 'klingon', which it is not"]


def test_a_post_that_stands_there_twice_is_two_documents(tmp_path: Path) -> None:
    """Files that were glued together name no comment twice."""
    item = wordpress_of(2).partition("<item>")[2]
    (tmp_path / "w.xml").write_text(f"{wordpress_of(2)}</item><item>{item}{CLOSED}")
    was = read_file(tmp_path / "w.xml")
    assert [page.id for page in was.finished] == ["w.xml#1", "w.xml#1 (2)"]
    third = item.replace(">1<", ">1 (2)<", 1)
    (tmp_path / "w.xml").write_text(
        f"{wordpress_of(2)}</item><item>{item}</item><item>{third}{CLOSED}"
    )
    was = read_file(tmp_path / "w.xml")
    assert [page.id for page in was.finished] == ["w.xml#1", "w.xml#1 (2)", "w.xml#1 (2) (2)"]


def test_a_post_may_have_any_number_of_comments(tmp_path: Path) -> None:
    """Only what stands in it besides them has to be of a length that people write."""
    comment = "<wp:comment><wp:comment_content>{}</wp:comment_content></wp:comment>"
    count, text = 9, "words " * 600_000
    comments = "".join(comment.format(f"{text}{number}") for number in range(count))
    (tmp_path / "w.xml").write_text(f"{wordpress_of(0)}{comments}{CLOSED}")
    was = read_file(tmp_path / "w.xml")
    assert (len(was.comments), was.failure) == (count, "")


def test_memory_holds_one_post(tmp_path: Path) -> None:
    """Ten times the posts need no more of it."""

    def peak(count: int) -> int:
        head = wordpress_of(0).partition("<item>")[0]
        item = wordpress_of(20).partition("<item>")[2]
        with (tmp_path / "w.xml").open("w") as file:
            file.write(head)
            file.writelines(
                f"<item>{item.replace('>1<', f'>{n}<', 1)}</item>" for n in range(count)
            )
            file.write("</channel></rss>")
        (page,) = find_pages([tmp_path / "w.xml"]).pages
        tracemalloc.start()
        found = 0
        with open_file(page) as opened:
            for portion in read_export(opened):
                found += len(portion.comments)
        assert found == 20 * count
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak_bytes

    peak(10)
    assert peak(500) - peak(50) < 3_000_000
