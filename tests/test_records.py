"""The values that flow between stages, and the name that a comment keeps."""

import re
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.records import Comment, comment_id, with_places


def test_a_record_cannot_be_changed() -> None:
    """A stage returns new values; what it was given stays as it was."""
    comment = Comment(id="c1", document_id="d", number=1, start=0, end=1, text="x")
    with pytest.raises(FrozenInstanceError):
        comment.number = 2  # type: ignore[misc]


@given(st.text(), st.none() | st.text(), st.none() | st.text(), st.text())
def test_an_id_survives_a_spreadsheet(
    document: str, author: str | None, posted_at: str | None, text: str
) -> None:
    """An id can be read as no number, no date and no formula."""
    assert re.fullmatch("c[0-9a-f]{16}", comment_id(document, author, posted_at, text))


def test_an_id_forgets_indentation() -> None:
    """The same words saved with other white space keep their id."""
    first = comment_id("page", "Ann", None, "one\n    two")
    assert comment_id("page", "Ann", None, "one two ") == first


@pytest.mark.parametrize(
    "other",
    [("page2", "Ann", None, "x"), ("page", "Bob", None, "x"), ("page", "Ann", "May", "x")],
)
def test_an_id_tells_comments_apart(other: tuple[str, str, str | None, str]) -> None:
    """Document, author and time are part of a comment's identity."""
    assert comment_id("page", "Ann", None, "x") != comment_id(*other)


def test_equal_comments_of_a_page_have_ids_of_their_own() -> None:
    """The copy's count tells a repeated comment from the first."""
    assert comment_id("p", None, None, "x") != comment_id("p", None, None, "x", copy=1)


def test_a_reply_is_named_behind_what_it_answers() -> None:
    """Its own number alone would point at somebody else's comment."""
    comment = Comment(id="x", document_id="d", number=1, start=0, end=1, text="x")
    thread = [
        replace(comment, id="a", number=3),
        replace(comment, id="b", number=1, parent_id="a", level=1),
        replace(comment, id="c", number=None, parent_id="b", level=2),
        replace(comment, id="d", number=None),
    ]
    places = {one.id: one.place for one in with_places(thread)}
    assert places == {"a": "3", "b": "3 › 1", "c": "3 › 1 › •", "d": ""}


def test_a_comments_own_id_tells_equal_ones_apart() -> None:
    """And where there is none, ids are as they always were."""
    plain = comment_id("d", "Ann", "today", "Same")
    assert plain == comment_id("d", "Ann", "today", "Same", own_id="")
    assert len({plain, *(comment_id("d", "Ann", "today", "Same", own_id=n) for n in "12")}) == 3
