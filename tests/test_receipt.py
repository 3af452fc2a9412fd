"""The account of a pass adds up, and says so in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.receipt import Counts, PageAccount, Receipt
from moderation.records import PassedOver


def receipt(counts: Counts, *failures: PassedOver) -> Receipt:
    page = PageAccount(
        id="a",
        source="a",
        sha256="0",
        encoding="utf-8",
        media_type="text/plain",
        language="en",
        counts=counts,
        separation={},
    )
    return Receipt(
        counts=counts,
        pages=(page,),
        failures=failures,
        skipped=(),
        not_checked_because={},
        settings={},
    )


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_found_is_the_sum_of_the_outcomes(flagged: int, passed: int, not_checked: int) -> None:
    """Flagged, passed and not checked are all there is."""
    outcomes = {"flagged": flagged, "passed": passed, "not_checked": not_checked}
    counts = Counts.of(sum(outcomes.values()), outcomes)  # type: ignore[arg-type]
    assert counts.found == counts.flagged + counts.passed + counts.not_checked


def test_a_lost_comment_is_an_error() -> None:
    """A pass whose numbers do not add up must not be printed as if they did."""
    with pytest.raises(ValueError, match="do not add up"):
        Counts.of(3, {"flagged": 1, "passed": 1})


def test_the_sentence_shows_the_sum() -> None:
    """The line that is always printed."""
    counts = Counts(found=1_012, flagged=4, passed=1_007, not_checked=1)
    assert receipt(counts).sentence() == (
        "1 page read; 1,012 comments found = 4 flagged + 1,007 passed + 1 not checked"
    )


def test_an_unread_page_is_part_of_the_sentence() -> None:
    """What could not be read is never left out of the account."""
    unread = receipt(Counts(), PassedOver(source="b", reason="gone"))
    assert "1 page read, 1 could not be read;" in unread.sentence()


@pytest.mark.parametrize(
    ("counts", "failures", "everything"),
    [
        (Counts(found=1, passed=1), (), True),
        (Counts(found=1, not_checked=1), (), False),
        (Counts(), (PassedOver(source="b", reason="gone"),), False),
    ],
)
def test_everything_was_checked_only_if_it_was(
    counts: Counts, failures: tuple[PassedOver, ...], everything: bool
) -> None:
    """One unread page or unjudged comment is enough to say no."""
    assert receipt(counts, *failures).everything_was_checked is everything


def test_the_receipt_is_plain_data() -> None:
    """What is written beside the queue can be read by any program."""
    data = json.loads(json.dumps(receipt(Counts(found=1, flagged=1)).as_json()))
    assert data["comments"] == {"found": 1, "flagged": 1, "passed": 0, "not_checked": 0}
