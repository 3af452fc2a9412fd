"""Comments found in a page's HTML by its structure."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.markup import SeparatedHtml, separate_html
from moderation.records import comment_id

from .conftest import PROJECT

CASES = PROJECT / "tests" / "cases" / "markup"
EXPECTED = json.loads((CASES / "expected.json").read_text(encoding="utf-8"))


def read_case(name: str) -> SeparatedHtml:
    """Separate one of the written pages."""
    return separate_html((CASES / f"{name}.html").read_text(encoding="utf-8"), document_id=name)


def assert_laws(page: SeparatedHtml) -> None:
    """What holds for every page."""
    assert page.receipt.found == len(page.comments)
    assert [comment.number for comment in page.comments] == list(range(1, len(page.comments) + 1))
    assert len({comment.id for comment in page.comments}) == len(page.comments)
    seen: set[str] = set()
    reached = 0
    for comment in page.comments:
        assert comment.text.strip()
        assert comment.text == page.text[comment.start : comment.end]
        assert comment.start >= reached
        assert comment.parent_id is None or comment.parent_id in seen
        assert (comment.level > 0) == (comment.parent_id is not None)
        seen.add(comment.id)
        reached = comment.end
    for leftover in page.receipt.leftovers:
        assert page.text[leftover.start : leftover.end].strip()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_system_s_comments_are_found_with_writer_date_words_and_parent(name: str) -> None:
    """One written page for each comment system, and some with traps."""
    page = read_case(name)
    places = {comment.id: place for place, comment in enumerate(page.comments)}
    found = [
        {
            "author": comment.author,
            "posted_at": comment.posted_at,
            "text": comment.text,
            "parent": places.get(comment.parent_id or ""),
            "kind": comment.kind,
        }
        for comment in page.comments
    ]
    assert found == [{"kind": "comment", **comment} for comment in EXPECTED[name]["comments"]]


@pytest.mark.parametrize("name", [name for name in EXPECTED if "warning" in EXPECTED[name]])
def test_what_a_person_should_know_is_a_warning(name: str) -> None:
    """Comments that a script loads, that are on another page or hidden are spoken of."""
    assert any(EXPECTED[name]["warning"] in warning for warning in read_case(name).receipt.warnings)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.html")), ids=lambda path: path.stem)
def test_the_laws_of_positions_ids_and_parents_hold(path: Path) -> None:
    """Spans, numbers, ids and parents agree on every written page, and each has its answer."""
    assert path.stem in EXPECTED
    assert_laws(read_case(path.stem))


def test_nothing_in_the_comment_section_is_dropped_unnamed() -> None:
    """Headings, heads, links and forms of the section stand in the receipt."""
    page = read_case("wordpress-html5")
    kinds = {leftover.kind for leftover in page.receipt.leftovers}
    assert {"heading", "head", "reply_link", "terminator", "form"} <= kinds
    section = page.text[page.receipt.section_start : page.receipt.section_end]
    for words in ("4 Gedanken", "Antworten", "Schreibe einen Kommentar", "Deine E-Mail-Adresse"):
        assert words in section
        assert not any(words in comment.text for comment in page.comments)


def test_the_article_holds_no_comment_and_no_navigation() -> None:
    """What tells the language is the title and the article's text."""
    page = read_case("wordpress-html5")
    assert page.article.startswith("Die alte Brücke")
    assert "niemand weiß" in page.article
    assert "Welche Brücke" not in page.article
    assert "Start" not in page.article


def test_confidence_and_evidence_are_said_in_words() -> None:
    """The receipt tells why these elements were taken for comments."""
    receipt = read_case("movable-type").receipt
    assert receipt.confidence >= 0.9
    assert receipt.evidence[0] == "2 elements are marked up as comments (div.comment)"
    assert "2 of 2 with the writer's name" in receipt.evidence
    assert receipt.message == "2 comments found by markup."


def test_equal_comments_get_ids_of_their_own_as_the_separator_of_text_gives_them() -> None:
    """The second of two equal comments is counted as a copy."""
    item = '<li class="comment"><cite class="fn">Ann</cite><p>First!</p></li>'
    page = separate_html(f'<ol class="commentlist">{item}{item}</ol>', document_id="p")
    assert [comment.id for comment in page.comments] == [
        comment_id("p", "Ann", None, "First!"),
        comment_id("p", "Ann", None, "First!", 1),
    ]


def test_a_page_that_is_loaded_by_a_script_does_not_look_clean() -> None:
    """The message itself says that the comments are elsewhere."""
    receipt = read_case("disqus-embed").receipt
    assert receipt.found == 0
    assert "loaded by a script (Disqus)" in receipt.message


def test_a_service_whose_comments_stand_in_the_page_is_no_cause_for_a_warning() -> None:
    """A saved page with Disqus's comments in it has them."""
    page = read_case("disqus-static")
    assert page.comments
    assert not page.receipt.warnings


@pytest.mark.parametrize("html", ["", " ", "\x00", "<", "<!--", "plain words", "\ud800", "<p>" * 9])
def test_a_page_of_next_to_nothing_has_no_comments(html: str) -> None:
    """No input is too poor."""
    page = separate_html(html)
    assert page.comments == ()
    assert "No comment" in page.receipt.message


def test_comments_that_say_the_same_or_share_an_id_are_each_found() -> None:
    """Neither a flood of one text nor a careless template makes comments vanish."""
    item = '<li class="comment" id="comment-1"><h4>Ann</h4><p>Buy this!</p></li>'
    page = separate_html(f'<ol class="commentlist">{item * 5}</ol>')
    assert [comment.text for comment in page.comments] == ["Buy this!"] * 5


def test_comments_without_writer_and_date_are_found_in_a_section_of_comments() -> None:
    """Where nothing but the words is marked up, several in a section are enough."""
    items = "".join(f'<div class="comment-text">Words number {n}</div>' for n in range(3))
    assert separate_html(f'<div id="comments">{items}</div>').receipt.found == 3
    assert separate_html(items).receipt.found == 0


def test_a_list_of_replies_beside_a_comment_belongs_to_it() -> None:
    """As Drupal indents them; what follows the list is a comment of the first level again."""
    item = '<div class="comment" id="comment-{0}"><b class="author">Ann</b><p>Words {0}</p></div>'
    page = separate_html(
        f'<div id="comments">{item.format(1)}<div class="indented">{item.format(2)}'
        f'<div class="indented">{item.format(3)}</div>{item.format(4)}</div>{item.format(5)}</div>'
    )
    assert [comment.level for comment in page.comments] == [0, 1, 2, 1, 0]
    ids = {comment.id: comment.text[-1] for comment in page.comments}
    assert [ids.get(c.parent_id or "") for c in page.comments] == [None, "1", "2", "1", None]


def test_a_trackback_is_labelled_and_not_dropped() -> None:
    """Another site's notice is told from a reader's comment by class or by its first words."""
    items = (
        '<li class="trackback" id="comment-1"><p>Somebody else <a href="x">wrote</a></p></li>'
        '<li class="comment" id="comment-2"><cite>Site</cite><p>[...] as they say [...]</p></li>'
        '<li class="comment" id="comment-3"><cite>Ann</cite><p>I agree.</p></li>'
    )
    page = separate_html(f'<ol class="commentlist">{items}</ol>')
    assert [comment.kind for comment in page.comments] == ["trackback", "pingback", "comment"]


DEEP = 100_000


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * DEEP + '<div class="comment" id="comment-1"><cite>Ann</cite><p>Deep.</p></div>',
        "<ul><li>" * DEEP,
        "".join(f"<font a{number}><p>" for number in range(DEEP // 2)),
        "<b>" * DEEP + "x" + "</b>" * DEEP,
        f"<div {' '.join(f'a{number}=1' for number in range(DEEP))}>x</div>",
        f'<p class="{"x " * DEEP}">x</p>',
        "&amp;" * DEEP + "&#x41;" * DEEP + "&" * DEEP,
        "<!--" * DEEP,
        "<script>" * DEEP,
        "<a <" * DEEP,
        '<li class="comment" id="comment-1"><p>x' * (DEEP // 20),
        '<div class="comment">' * (DEEP // 20),
        '<div class="comments">' * 500 + '<b class="author">Ann</b><p>words</p>' * (DEEP // 20),
    ],
    ids="div list font bold attribute class entity note script tag item nested section".split(),
)
def test_runaway_markup_is_read_in_linear_time(html: str) -> None:
    """A hundred thousand levels, attributes or entities neither crash nor stall the reader."""
    assert_laws(separate_html(html))


def test_what_was_too_deep_to_read_is_a_warning() -> None:
    """Tags that are left out to keep the parser linear are counted; their text stays."""
    html = '<div class="comment" id="comment-1"><cite class="fn">Ann</cite><p>' + "<div>" * 5_000
    page = separate_html(f"{html}Deep words")
    assert [comment.text for comment in page.comments] == ["Deep words"]
    assert any("nested too deep" in warning for warning in page.receipt.warnings)


TAGS = st.sampled_from(
    """<div> </div> <p> </p> <br> <ol> </ol> <li> </li> <b> </b> <table> <tr> <td> </table> <form>
    </form> <script> </script> <pre> </pre> <time> </time> <cite> </cite> <img> <a> </a>""".split()
    + [
        f'<{tag} class="{name}" id="{number}">'
        for tag in ("div", "li", "span", "article", "dd")
        for name, number in (
            ("comment", "comment-1"),
            ("comment", "comment-2"),
            ("comment-body", ""),
            ("comment-author", ""),
            ("comment-meta", ""),
            ("commentlist", ""),
            ("children", ""),
            ("reply", ""),
            ("comment-title", ""),
            ("post-message", ""),
            ("pingback", ""),
        )
    ]
)
WORDS = st.sampled_from(
    ["Ann says:", "May 3, 2012", "Reply", "words", "é 😀", " ", "\n", "&nbsp;", "&"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(TAGS, WORDS, st.text(max_size=3)), max_size=60))
def test_no_markup_however_broken_breaks_the_laws(parts: list[str]) -> None:
    """Positions, ids and parents hold for any soup of tags and words."""
    assert_laws(separate_html("".join(parts)))


LETTERS = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="<>&"), min_size=1
)
SAYINGS = st.lists(
    st.one_of(
        LETTERS, st.sampled_from(["Reply", "Ann", "says:", "May 3, 2012", "#7", "Posted by"])
    ),
    min_size=1,
    max_size=5,
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(SAYINGS, min_size=2, max_size=12),
    st.sampled_from(['<div class="comment-content"><p>{}</p></div>', "<p>{}</p>", "{}"]),
)
def test_every_comment_of_a_list_is_found_whatever_it_says(texts: list[str], shape: str) -> None:
    """No words of a comment make it disappear, for such a comment would pass unseen."""
    items = "".join(
        f'<li class="comment" id="comment-{number}"><div class="comment-author">Ann</div>'
        f"{shape.format(text)}</li>"
        for number, text in enumerate(texts)
    )
    page = separate_html(f'<ol class="commentlist">{items}</ol>')
    assert [" ".join(comment.text.split()) for comment in page.comments] == [
        " ".join(text.split()) for text in texts
    ]
