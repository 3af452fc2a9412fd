"""The scores file holds every comment, flagged or not, with raw scores and positions."""

import io
from pathlib import Path

import polars
import pytest

from moderation.errors import UsageError
from moderation.records import Comment, Reason, ScoredComment, TermMatch, Verdict
from moderation.scores import read_scores, scores_bytes

LABELS = ("toxicity", "insult")


def judged(number: int, toxicity: dict[str, float]) -> tuple[ScoredComment, Verdict]:
    comment = Comment(
        id=f"c{number}", document_id="d", number=number, start=10, end=15, text="glorb"
    )
    match = TermMatch(
        start=0,
        end=5,
        text="glorb",
        term="glorb",
        language="en",
        category="nationality",
        target="Glorbians",
        severity=3,
        via=("case",),
    )
    scored = ScoredComment(
        comment=comment, source="d.txt", language="en", toxicity=toxicity, matches=(match,)
    )
    reason = Reason(code="lexicon.slur", detail="slur", value=3, threshold=2, start=0, end=5)
    verdict = Verdict(comment_id=comment.id, outcome="flagged", priority=70, reasons=(reason,))
    return scored, verdict


def test_every_comment_is_a_row_with_its_evidence() -> None:
    """Scores, matches and reasons come back as numbers, lists and structs."""
    content = scores_bytes([judged(1, {"toxicity": 0.123456789, "insult": 0.5})], LABELS)
    (row,) = polars.read_parquet(io.BytesIO(content)).to_dicts()
    assert row["toxicity"] == 0.123456789
    assert row["matches"][0]["via"] == ["case"]
    assert row["reasons"][0]["end"] == 5
    assert (row["start"], row["end"], row["text"]) == (10, 15, "glorb")


def test_a_comment_without_scores_has_none_not_zero() -> None:
    """Not judged is not the same as harmless."""
    frame = polars.read_parquet(io.BytesIO(scores_bytes([judged(1, {})], LABELS)))
    assert frame["toxicity"].to_list() == [None]


def test_no_comments_give_the_same_columns() -> None:
    """An empty pass can be joined with any other."""
    none = polars.read_parquet(io.BytesIO(scores_bytes([], LABELS)))
    one = polars.read_parquet(io.BytesIO(scores_bytes([judged(1, {})], LABELS)))
    assert none.schema == one.schema
    assert none.height == 0


def test_what_was_written_comes_back_as_it_was(tmp_path: Path) -> None:
    """A new policy can judge the comments of last month without the model."""
    written = [judged(1, {"toxicity": 0.123456789, "insult": 0.5}), judged(2, {})]
    path = tmp_path / "queue.scores.parquet"
    path.write_bytes(scores_bytes(written, LABELS))
    scores = read_scores(path)
    assert scores.labels == LABELS
    assert list(scores.judged()) == written


@pytest.mark.parametrize("content", [None, b"PAR1 and no more", "a table"])
def test_what_is_no_scores_file_is_named(tmp_path: Path, content: bytes | str | None) -> None:
    """A missing, broken or foreign file ends in a sentence that names it."""
    path = tmp_path / "queue.scores.parquet"
    if content == "a table":
        polars.DataFrame({"id": ["c1"]}).write_parquet(path)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"queue\.scores\.parquet"):
        read_scores(path)
