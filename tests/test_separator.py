"""The separator finds the comments of a page, and accounts for everything after the first."""

from __future__ import annotations

import gc
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.separator import Separation, separate

CASES = Path(__file__).parent / "cases" / "separator"
KNOWN_FAILURES = CASES / "known_failures"
SHARED_PAGES = Path(__file__).parents[2] / "shared" / "pages"
MARKER = re.compile(
    r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]*(?:[#\[((【]*\d+[.)\]:．：、】）]*|[•◦▪‣●○■□▸►∙⁃*\-–+·])?\s*"
)


def read_case(path: Path) -> tuple[str, dict[str, Any]]:
    """Return a page and the answer that stands beside it."""
    return path.read_text(encoding="utf-8"), json.loads(
        path.with_suffix(".json").read_text(encoding="utf-8")
    )


def fold(text: str) -> str:
    """Return a text with its white space folded."""
    return " ".join(text.split())


def told(separation: Separation, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return of the comments found what the answer speaks of."""
    places = {comment.id: place for place, comment in enumerate(separation.comments)}
    found = []
    for place, comment in enumerate(separation.comments):
        everything: dict[str, Any] = {
            "number": comment.number,
            "text": fold(comment.text),
            "level": comment.level,
            "parent": places[comment.parent_id] if comment.parent_id else None,
            "author": comment.author,
            "posted_at": comment.posted_at,
            "site_number": comment.site_number,
            "kind": comment.kind,
        }
        keys = {"number", "text", *(wanted[place] if place < len(wanted) else ())}
        if comment.level:
            keys |= {"level"}
        if comment.parent_id:
            keys |= {"parent"}
        found.append({key: everything[key] for key in sorted(keys)})
    return found


def assert_lawful(text: str, separation: Separation) -> None:
    """Check the laws that hold for every page."""
    receipt = separation.receipt
    assert receipt.found == len(separation.comments)
    assert 0.0 <= receipt.confidence <= 1.0
    assert receipt.message
    before = 0
    ends = {}
    for comment in separation.comments:
        assert comment.text == text[comment.start : comment.end]
        assert before <= comment.start < comment.end
        before = comment.end
        ends[comment.id] = comment.end
        if comment.parent_id is not None:
            assert ends[comment.parent_id] <= comment.start
    assert len(ends) == len(separation.comments)
    if not separation.comments:
        assert receipt.leftovers == ()
        return
    assert receipt.section_start is not None
    position = receipt.section_start
    stretches = [(c.start, c.end) for c in separation.comments]
    stretches += [(left.start, left.end) for left in receipt.leftovers]
    for start, end in [*sorted(stretches), (len(text), len(text))]:
        assert position <= start
        for line in text[position:start].split("\n"):
            assert MARKER.fullmatch(line), f"not accounted for: {line!r}"
        position = end


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_page_gives_the_comments_in_its_answer(path: Path) -> None:
    """Each page written for this test gives the comments that its answer lists, and no others."""
    text, answer = read_case(path)
    separation = separate(text)
    wanted = [dict(sorted(item.items())) for item in answer["comments"]]
    assert told(separation, wanted) == wanted
    assert_lawful(text, separation)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_receipt_says_what_its_answer_says(path: Path) -> None:
    """The receipt of each page names the gaps, doubled numbers, leftovers and message expected."""
    text, answer = read_case(path)
    receipt = separate(text).receipt
    if "message" in answer:
        assert receipt.message == answer["message"]
    assert list(receipt.missing_numbers) == answer.get("missing", [])
    assert list(receipt.doubled_numbers) == answer.get("doubled", [])
    if "leftovers" in answer:
        assert [leftover.kind for leftover in receipt.leftovers] == answer["leftovers"]
    assert len(receipt.warnings) >= answer.get("warnings", 0)


@pytest.mark.parametrize("path", sorted(KNOWN_FAILURES.glob("*.txt")), ids=lambda path: path.stem)
@pytest.mark.xfail(strict=True, reason="a page that the separator does not yet read rightly")
def test_known_failure(path: Path) -> None:
    """Pages known to be read wrongly are kept here until they are read rightly."""
    text, answer = read_case(path)
    separation = separate(text)
    wanted = [dict(sorted(item.items())) for item in answer["comments"]]
    assert told(separation, wanted) == wanted


def test_body_only_leaves_head_and_links_out() -> None:
    """Without whole items, a comment is what its writer wrote, and head and link are leftovers."""
    text, _ = read_case(CASES / "de_numbered_replies.txt")
    whole, bodies = separate(text), separate(text, whole_items=False)
    assert [comment.text for comment in bodies.comments][:2] == [
        "Endlich! Ich fahre dort jeden Tag mit den Kindern.",
        "Und wo soll ich parken?",
    ]
    assert [comment.id for comment in bodies.comments] == [c.id for c in whole.comments]
    kinds = [leftover.kind for leftover in bodies.receipt.leftovers]
    assert kinds.count("head") == 3
    assert kinds.count("reply_link") == 3
    assert_lawful(text, bodies)


def test_same_page_indented_otherwise_keeps_its_ids() -> None:
    """Ids come from document, writer, date and words, so another indentation leaves them alone."""
    text, _ = read_case(CASES / "fr_dit.txt")
    indented = text.replace("\n    ", "\n      ")
    ids = [comment.id for comment in separate(text).comments]
    assert [comment.id for comment in separate(indented).comments] == ids
    assert [comment.id for comment in separate(text, document_id="other").comments] != ids


def test_equal_comments_have_different_ids() -> None:
    """The same words twice are two comments with two ids."""
    text = "Title\n\n3 Comments\n\n  1. First!\n\n  2. First!\n\n  3. No, me.\n\nLeave a Reply\n"
    comments = separate(text).comments
    assert len({comment.id for comment in comments}) == 3


@pytest.mark.parametrize(
    "text", ["", "\n\n\n", "  \t ", "word", "1.", "1. ", "•", "\x00", "\ufeff"]
)
def test_nearly_nothing_is_no_comment(text: str) -> None:
    """A page with next to nothing in it has no comments, and the receipt says so."""
    separation = separate(text)
    assert separation.comments == ()
    assert separation.receipt.message.startswith("No comment section was found")


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\xa0", "\r"])
def test_only_a_line_feed_ends_a_line(mark: str) -> None:
    """Other characters that some programs take for line ends leave the spans right."""
    text = (
        f"Title\n\n2 Comments\n\n  1. One{mark}  9. more\n\n  2. Two, thank you.\n\nLeave a Reply\n"
    )
    separation = separate(text)
    assert [comment.number for comment in separation.comments] == [1, 2]
    assert separation.comments[0].text == f"One{mark}  9. more"
    assert_lawful(text, separation)


@pytest.mark.parametrize(
    "style", ["{}.", "{})", "#{}", "[{}]", "({})", "{}:", "#{}.", "({}）", "{}．", "{}、", "【{}】"]
)
@pytest.mark.parametrize("indent", ["", "  ", "\t"])
def test_every_style_of_number(style: str, indent: str) -> None:
    """Numbers are read in all the styles that lists are written in, at any indentation."""
    words = ["Thank you for this.", "I do not agree with you.", "You never do, my friend."]
    items = "".join(
        f"{indent}{style.format(number)} {line}\n\n" for number, line in enumerate(words, 1)
    )
    separation = separate(f"Title\n\nText.\n\n3 Comments\n\n{items}Leave a Reply\n\nName *\n")
    assert [(comment.number, comment.text) for comment in separation.comments] == list(
        enumerate(words, 1)
    )


@pytest.mark.parametrize(
    "digits", ["٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９"]
)
def test_digits_of_other_scripts(digits: str) -> None:
    """A number is read in the decimal digits of any script."""
    items = "".join(f"  {digits[1]}{digits[n]}. Thank you {n}.\n\n" for n in range(3))
    separation = separate(f"Title\n\n3 Comments\n\n{items}Leave a Reply\n")
    assert [comment.number for comment in separation.comments] == [10, 11, 12]


def test_right_to_left_marks_before_a_number() -> None:
    """Invisible marks that set a line's direction do not hide its number."""
    text = "عنوان\n\nالتعليقات\n\n  \u200f1. شكرا لك\n\n  \u200f2. أنا معك\n\nاترك تعليقا\n"
    separation = separate(text)
    assert [comment.text for comment in separation.comments] == ["شكرا لك", "أنا معك"]
    assert_lawful(text, separation)


def test_numbers_that_count_down_are_read_where_heads_show_comments() -> None:
    """Newest-first comments count down; their writers tell them from a countdown in an article."""
    items = "".join(
        f"  {n}. Reader {n} says:\n    July {n}, 2012 at 10:00 am\n\n    I agree.\n\n"
        for n in range(12, 7, -1)
    )
    text = f"Title\n\n12 Comments\n\n{items}Leave a Reply\n"
    assert [comment.number for comment in separate(text).comments] == [12, 11, 10, 9, 8]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("digits and dots", "1.2.3." * 170_000),
        ("one number", "1" * 1_000_000),
        ("numbers in a line", "1. " * 330_000),
        ("numbers in lines", "1.\n" * 330_000),
        ("numbered lines", "1. a\n2. b\n1. c\n" * 66_000),
        ("nested indents", "".join(" " * depth + "1. x\n" for depth in range(1_400))),
        ("blank lines", "\n" * 1_000_000),
        ("blanks", " " * 1_000_000),
        ("says", "says " * 200_000),
        ("says in lines", "a says:\n" * 125_000),
        ("headings", "2 comments\n" * 90_000),
        ("headings and heads", "2 comments\nBob says:\nhello\n" * 35_000),
        ("dates", "July 6, 2012 at 10:10 am\n" * 40_000),
        ("closings", "leave a reply\n" * 70_000),
        ("bullets", "  • a\n" * 160_000),
        ("orphans", "    1. x\n\n  • y\n" * 60_000),
        ("brackets", "(" * 1_000_000),
        ("one long line", "x" * 5_000_000),
    ],
    ids=lambda value: value if len(value) < 30 else "",
)
def test_no_page_runs_away(name: str, text: str) -> None:
    """A page of a megabyte that was made to be slow takes seconds at the most, not hours."""
    started = time.process_time()
    separation = separate(text)
    assert time.process_time() - started < 30, name
    assert separation.receipt.found == len(separation.comments)


LINES = st.sampled_from(
    [
        "",
        "",
        "",
        "1. a comment",
        "  1. one",
        "  2. two",
        "  4. four",
        "    1. a reply",
        "    • a reply",
        "      1. deeper",
        "  • bullet",
        "• bullet",
        "#1 first",
        "2) second",
        "[3] third",
        "  Bob says:",
        "Bob says:",
        "Anna schrieb am 12.03.2015 um 10:22 Uhr:",
        "July 6, 2012 at 10:10 am",
        "Reply",
        "    Reply",
        "Posted by: Iris | May 2, 2012 at 7:16 AM",
        "2 Comments",
        "Kommentare (3)",
        "Comments",
        "Leave a Reply",
        "Comments are closed.",
        "I think you are right.",
        "    And so do you.",
        "An ordinary paragraph of an article that goes on for a while, as they do.",
        "1 2 3 Next »",
        "Related Posts",
        "Trackbacks",
        "Pingback: a page",
        "  1. 24 Name",
        "1",
        "\u200f1. سلام",
        "１．はい",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=40).map("\n".join))
def test_laws_hold_on_pages_of_likely_lines(text: str) -> None:
    """On any mixture of lines that pages have, the laws of spans, order and tiling hold."""
    assert_lawful(text, separate(text))
    assert_lawful(text, separate(text, whole_items=False))


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_laws_hold_on_any_text(text: str) -> None:
    """On any text at all nothing is raised and the laws hold."""
    assert_lawful(text, separate(text))


WORDS = st.sampled_from(
    [
        "I",
        "thank",
        "you",
        "ok",
        "😀",
        "été",
        "naïve",
        "9",
        "3.",
        "(b)",
        "#4",
        "http://a.b/c?d=e",
        "—",
        "\xa0",
        "\t",
        "слово",
        "كلمة",
        "字",
        "e\u0301",
        "«so»",
        "\u2028",
        "İ",
        "ß",
        "2)",
        "says",
        "comments",
        "12:30",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=12), min_size=1, max_size=8))
def test_numbered_comments_come_back_word_for_word(words: list[list[str]]) -> None:
    """Whatever stands in numbered items under a heading comes back as it was written."""
    bodies = [" ".join(["I", *body, "think."]) for body in words]
    items = "".join(f"  {number}. {body}\n\n" for number, body in enumerate(bodies, 1))
    separation = separate(f"Title\n\nText.\n\n{len(bodies)} Comments\n\n{items}Leave a Reply\n")
    assert [comment.number for comment in separation.comments] == list(range(1, len(bodies) + 1))
    assert [comment.text for comment in separation.comments] == bodies


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    """A caller who keeps it off finds it off, and any other finds it on."""
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        separate("2 Comments\n\n  1. One.\n\n  2. Two.\n")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The library returns values and prints nothing."""
    separate((CASES / "en_plain_numbered.txt").read_text(encoding="utf-8"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(not SHARED_PAGES.is_dir(), reason="../shared/pages is not here")
@pytest.mark.parametrize("name", ["000_7811e8ebf92cc5d1.txt", "002_f12bab6f8181d4b1.txt"])
def test_seed_pages_have_two_comments_each(name: str) -> None:
    """The two pages that the project began with have comments 1 and 2."""
    text = (SHARED_PAGES / "seeds" / name).read_text(encoding="utf-8")
    separation = separate(text)
    assert [comment.number for comment in separation.comments] == [1, 2]
    assert [leftover.kind for leftover in separation.receipt.leftovers] == ["terminator"]
    assert_lawful(text, separation)


def _numbered_page(*comments: str) -> str:
    items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(comments, start=1))
    return f"The council met on Monday.\n\n\n\n{items}\n\nComments are closed.\n"


def test_a_number_above_31_is_no_day_of_a_month() -> None:
    """'32. October 2012 at 8:33' is a comment that begins with its date, not a date."""
    remarks = [f"A remark, you are right, number {number}." for number in range(40)]
    remarks[31] = "October 2012 at 8:33 am I do not agree."
    assert len(separate(_numbered_page(*remarks)).comments) == 40


def test_a_numbering_that_goes_on_behind_the_comments_is_told() -> None:
    """What may be comments and was not taken for them is never passed over in silence."""
    remarks = [f"A remark, you are right, number {number}." for number in range(5)]
    page = _numbered_page(*remarks) + "\n\n\n\nArchives\n\n6. Another remark stands down here.\n"
    receipt = separate(page).receipt
    assert receipt.found == 5
    assert any("goes on with 6" in warning for warning in receipt.warnings)
