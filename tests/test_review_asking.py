"""What the page asks, and how what it must not ask is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import UsageError
from moderation.review_desk.values import Filters
from moderation.review_page.asking import (
    LONGEST_NOTE,
    Asked,
    BadRequest,
    Query,
    band_of,
    decisions_of,
    filters_of,
    name_of,
    reviewer_name,
)
from moderation.review_page.bands import MOST_KEPT, Bands

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def asked(**values: str) -> Filters:
    """The filters of a query."""
    query = Query(values.items())
    found = filters_of(query, ["insult"])
    query.finished()
    return found


def body(**values: Any) -> bytes:
    """A body as the page sends it."""
    return json.dumps(values).encode()


def test_a_filter_that_is_not_there_leaves_nothing_out() -> None:
    """The defaults of the desk's own."""
    assert asked() == Filters()


def test_every_filter_is_taken() -> None:
    """By the name of its field."""
    texts = {
        **{"search": 'a "b c"', "reason": "lexicon", "target": "x", "page": "p", "author": "A"},
        **{"language": "de", "group": "c1"},
    }
    numbers = {"severity": "3", "low": "0.25", "high": "0.5"}
    words = {"label": "insult", "verdict": "undecided", "order": "score"}
    assert asked(**texts, **numbers, **words) == Filters(
        **texts, severity=3, low=0.25, high=0.5, label="insult", verdict="undecided", order="score"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("verdict", "maybe"), ("order", "random"), ("label", "glorb"), ("severity", "5")),
        *(("severity", "high"), ("severity", "-1"), ("low", "nan"), ("low", "2"), ("high", "inf")),
        *(("colour", "red"), ("Search", "x"), ("severity", "1e0")),
    ],
)
def test_a_filter_that_is_not_known_is_named(name: str, value: str) -> None:
    """One that does nothing must not look as if it did."""
    with pytest.raises(BadRequest, match=name) as error:
        asked(**{name: value})
    assert str(error.value).endswith(".")


def test_a_filter_twice_or_upside_down_is_refused() -> None:
    """Nobody knows which of the two is meant."""
    with pytest.raises(BadRequest, match="twice"):
        Query([("search", "a"), ("search", "b")])
    with pytest.raises(BadRequest, match="above"):
        asked(low="0.6", high="0.5")


def test_a_decision_is_taken_with_all_that_it_says() -> None:
    """Each comment once."""
    content = body(
        ids=["c1", "c2", "c1"], verdict="remove", note="", seen={"c1": 0}, whole_group=True
    )
    assert decisions_of(content) == Asked(
        ids=("c1", "c2"), verdict="remove", note="", seen={"c1": 0}, whole_group=True
    )
    assert decisions_of(body(ids=["c1"], verdict="", note=None)) == Asked(ids=("c1",))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b'"remove"', b"null", b"[" * 100_000, b"\xff\xfe", b"{}"),
        *(body(verdict="remove"), body(ids=[], verdict="remove"), body(ids="c1", verdict="remove")),
        *(body(ids=[1], verdict="remove"), body(ids=[""], verdict="remove"), body(ids=["c1"])),
        *(body(ids=["c1"], verdict="delete"), body(ids=["c1"], verdict=None)),
        body(ids=["c1"], verdict=["remove"]),
        body(ids=["c1"], verdict="remove", note=3),
        body(ids=["c1"], verdict="remove", note="x" * (LONGEST_NOTE + 1)),
        body(ids=["c1"], verdict="remove", seen=[1]),
        body(ids=["c1"], verdict="remove", seen={"c1": "1"}),
        body(ids=["c1"], verdict="remove", seen={"c1": True}),
        body(ids=["c1"], verdict="remove", whole_group="yes"),
        body(ids=["c1"], verdict="remove", reviewer="somebody else"),
    ],
)
def test_what_is_no_decision_is_refused_in_a_sentence(content: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(BadRequest) as error:
        decisions_of(content)
    assert str(error.value).endswith(".")


@given(JSON)
def test_no_json_makes_more_than_a_refusal(content: Any) -> None:
    """Whatever its shape."""
    for read in (decisions_of, band_of, name_of):
        with contextlib.suppress(BadRequest):
            read(json.dumps(content).encode())


def test_a_band_needs_a_verdict() -> None:
    """It is taken back by undo, as one."""
    assert band_of(body(ids_token="t", verdict="approve", note=None)) == ("t", "approve", None)
    with pytest.raises(BadRequest, match="Undo"):
        band_of(body(ids_token="t", verdict=""))
    with pytest.raises(BadRequest, match="ids_token"):
        band_of(body(verdict="approve"))


def test_a_name_is_one_line() -> None:
    """Empty is a name too: nobody has to give one."""
    assert name_of(body(name="  Ann \n Bo ")) == "Ann Bo"
    assert name_of(body(name="")) == ""


@pytest.mark.parametrize("name", ["Ann | Bo", "Ann\u202eoB", "x" * 81, "\x07", 3, None])
def test_what_would_be_no_name_in_the_queue_is_refused(name: object) -> None:
    """The sign | parts two people there."""
    with pytest.raises(BadRequest):
        name_of(body(name=name))


def test_a_band_keeps_the_rows_that_were_counted() -> None:
    """Until enough others were looked at."""
    bands = Bands()
    first = bands.freeze({"c1": 0})
    assert bands.frozen(first) == {"c1": 0}
    for _ in range(MOST_KEPT):
        bands.freeze({})
    with pytest.raises(BadRequest, match="look at it once more"):
        bands.frozen(first)


@pytest.mark.parametrize("name", ["", "Zoë O'Neil", "می\u200cخواهم", "ශ්\u200dරී"])
def test_names_of_all_scripts_are_names(name: str) -> None:
    """Persian and Sinhala need the joiners between their letters."""
    assert reviewer_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["Ann | Bo", "\u202eeoZ", "Ann\u200b", "\u200dAnn", "x" * 81])
def test_names_that_would_mislead_are_refused(name: str) -> None:
    """A sign that parts names, what cannot be seen, and what is too long."""
    with pytest.raises(UsageError):
        reviewer_name(name)
