"""The sample pages give the queue that is committed beside them."""

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from moderation.pipeline import ScanResult, scan
from moderation.review_queue.columns import COLUMNS, LABELS

from .conftest import PROJECT

SAMPLES = PROJECT / "samples"
SAME_EVERYWHERE = set(COLUMNS) - {"id", "priority", "scored_by", *LABELS}
SCORE_DIFFERENCE = 0.02
"""Processors differ in the last digits of a score."""


def priorities(rows: Iterable[dict[str, str]]) -> list[int]:
    return [int(row["priority"]) for row in rows]


def without_scores(sentence: str) -> str:
    return re.sub(r"\d\.\d+ ≥", "≥", sentence)


@pytest.fixture(scope="module")
def result() -> ScanResult:
    before = Path.cwd()
    os.chdir(SAMPLES)
    try:
        return scan(["."])
    finally:
        os.chdir(before)


def test_the_committed_queue_is_what_a_scan_gives(result: ScanResult) -> None:
    """Same rows, same order, same words; scores within a hundredth or two."""
    with (SAMPLES / "queue.csv").open(encoding="utf-8-sig", newline="") as file:
        committed = {row["id"]: row for row in csv.DictReader(file)}
    scanned = {row.scored.comment.id: row.cells() for row in result}
    assert set(committed) == set(scanned)
    assert priorities(committed.values()) == sorted(priorities(committed.values()), reverse=True)
    for name, cells in scanned.items():
        row = dict(zip(COLUMNS, cells, strict=True))
        for column in (
            "text",
            "reasons",
            "source",
            "number",
            "author",
            "posted_at",
            "language",
            "terms",
        ):
            assert without_scores(row[column]) == without_scores(committed[name][column])
        # A score's last digits move the priority by a point or two, and with it the order.
        assert abs(int(row["priority"]) - int(committed[name]["priority"])) <= 2
        for label in LABELS:
            ours, theirs = float(row[label] or -1), float(committed[name][label] or -1)
            assert ours == pytest.approx(theirs, abs=SCORE_DIFFERENCE)


@pytest.mark.parametrize(
    ("page", "numbers"),
    [
        ("transit-site.txt", [1, 2, 3, 4, 5, 6]),
        ("cold-house.txt", [1, 2, 3, 4, 5]),
        ("school-menu.txt", [1, 2, 3, 4, 5]),
        ("raw/grand-hotel.txt", [1, 2, 4, 5, 6, 9, 10, 11, 12]),
        ("freibad.txt", [1, 2, 3]),
        ("forum/match-thread.txt", [1, 2, 3, 4, 5, 6]),
        ("nine-walks.txt", []),
        ("jisr.txt", [1, 2, 3, 4]),
        ("cake-tent.txt", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("encodings/cycle-lane.windows-1252.txt", [1, 2, 3]),
        ("encodings/library.utf-16.txt", [1, 2, 3]),
        ("threads/night-bus.txt", [1, 2, 3, 4]),
        ("threads/picnic.txt", [1, 2, 3]),
    ],
)
def test_a_sample_page_has_the_comments_that_its_readme_says(
    result: ScanResult, page: str, numbers: list[int]
) -> None:
    """The table of samples/README.md, by the numbers of the main list."""
    comments = [one.scored.comment for one in result.judged]
    found = [c.number for c in comments if c.document_id == page and c.level == 0]
    assert found == numbers


@pytest.mark.parametrize(
    ("page", "replies"), [("threads/night-bus.txt", 6), ("threads/picnic.txt", 3)]
)
def test_a_reply_knows_its_parent(result: ScanResult, page: str, replies: int) -> None:
    """Replies are comments of their own, below a comment of the same page."""
    comments = [o.scored.comment for o in result.judged if o.scored.comment.document_id == page]
    ids = {comment.id for comment in comments}
    below = [comment for comment in comments if comment.level > 0]
    assert len(below) == replies
    assert all(comment.parent_id in ids for comment in below)


def test_the_counts_of_the_samples_add_up(result: ScanResult) -> None:
    """Seventy items, as the samples' own table says."""
    counts = result.receipt.counts
    assert counts.found == 70 == counts.flagged + counts.passed + counts.not_checked
