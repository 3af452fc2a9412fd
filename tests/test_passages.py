"""Passages in a verdict's reasons: evidence that changes no verdict and loses no comment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from moderation.passages import with_passages
from moderation.pipeline import scan
from moderation.policy import judge, load_policy
from moderation.records import Comment, Reason, ScoredComment, Verdict
from moderation.review_queue.reasons import LONGEST_QUOTE, sentence
from moderation.scores import read_scores, scores_bytes

from .conftest import WordScorer

POLICY = load_policy("standard")


def judged(text: str, toxicity: float = 0.9) -> tuple[ScoredComment, Verdict]:
    """A comment with a score, and what the standard policy makes of it."""
    comment = Comment(id="c1", document_id="d", number=1, start=0, end=len(text), text=text)
    scores = {"toxicity": toxicity, "insult": 0.05}
    scored = ScoredComment(comment=comment, source="d.txt", language="en", toxicity=scores)
    return scored, judge(scored, POLICY)


class Asked(WordScorer):
    """Counts the texts that it scores."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score, and remember."""
        self.texts += texts
        return super().score(texts)


def test_a_reason_of_the_model_points_to_its_passage() -> None:
    """The span is in the comment; nothing else of the verdict has changed."""
    scored, verdict = judged("A calm beginning. It is glorbly bad. A calm end.")
    (pointed,) = with_passages([scored], [verdict], WordScorer())
    (reason,) = pointed.reasons
    assert scored.comment.text[reason.start : reason.end] == "glorbly"
    assert (pointed.outcome, pointed.priority) == (verdict.outcome, verdict.priority)


def test_what_the_model_did_not_flag_costs_nothing() -> None:
    """Only flagged comments are looked at again."""
    scored, verdict = judged("A calm remark.", toxicity=0.1)
    scorer = Asked()
    assert with_passages([scored], [verdict], scorer) == [verdict]
    assert scorer.texts == []


def test_equal_texts_are_looked_at_once() -> None:
    """A flood of copies costs as one."""
    one, many = Asked(), Asked()
    scored, verdict = judged("It is glorbly bad, all of it.")
    with_passages([scored], [verdict], one)
    with_passages([scored] * 50, [verdict] * 50, many)
    assert len(many.texts) == len(one.texts) > 0


def test_a_model_that_fails_leaves_the_verdict_as_it_was() -> None:
    """A comment that cannot be explained is flagged all the same, and its neighbours explained."""
    good, bad = judged("It is glorbly bad."), judged("glorbly explode here")
    found = with_passages([good[0], bad[0]], [good[1], bad[1]], WordScorer())
    assert found[1] == bad[1]
    assert found[0].reasons[0].start is not None


def test_the_queue_quotes_the_passage(tmp_path: Path, word_policy: Path) -> None:
    """The cell with the reasons names it, the scores file has its place."""
    page = "The council met.\n\nIt was long.\n\n\n\n  1. Calm.\n\n  2. A glorbly mess, all of it.\n"
    (tmp_path / "page.txt").write_text(page)
    result = scan([tmp_path], policy=word_policy, model=WordScorer())
    (row,) = result.rows
    assert 'toxicity 0.90 ≥ 0.50: "glorbly"' in row.cells()
    path = tmp_path / "scores.parquet"
    path.write_bytes(
        scores_bytes(((one.scored, one.verdict) for one in result.judged), result.labels)
    )
    kept = {verdict.comment_id: verdict for _, verdict in read_scores(path).judged()}
    assert kept[row.verdict.comment_id] == row.verdict


def test_a_long_passage_is_quoted_without_its_middle() -> None:
    """A cell stays readable."""
    text = f"It begins so, {'glorbly ' * 40}and ends so."
    reason = Reason(
        code="toxicity.toxicity",
        detail="toxicity",
        value=0.9,
        threshold=0.5,
        start=0,
        end=len(text),
    )
    said = sentence([reason], text)
    assert said.startswith('toxicity 0.90 ≥ 0.50: "It begins so, glorbly')
    assert said.endswith('and ends so."')
    assert len(said) < LONGEST_QUOTE + 40


def test_a_passage_is_quoted_once() -> None:
    """Two labels with one passage say it once."""
    text = "glorbly it is"
    reasons = [
        Reason(code=f"toxicity.{label}", detail=label, value=0.9, threshold=0.5, start=0, end=7)
        for label in ("toxicity", "insult")
    ]
    assert sentence(reasons, text) == 'toxicity 0.90 ≥ 0.50: "glorbly"; insult 0.90 ≥ 0.50'


@given(st.lists(st.sampled_from(["It is glorbly bad.", "Calm.", "glorbly"]), max_size=8))
def test_batches_change_nothing(texts: list[str]) -> None:
    """The verdicts are the same for any batch size."""
    both = [judged(text) for text in texts]
    scored, verdicts = [one for one, _ in both], [verdict for _, verdict in both]
    together = with_passages(scored, verdicts, WordScorer())
    alone = [with_passages([one], [verdict], WordScorer())[0] for one, verdict in both]
    assert together == alone
