"""The pass as a whole: every comment has an outcome, and no fault is silent."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from moderation.errors import PolicyError, UsageError
from moderation.pipeline import Manner, Progress, ScanResult, sample_order, scan
from moderation.review_queue import queue_bytes
from moderation.separator import Separation, separate

from .conftest import PAGE, WordScorer


def numbered(*comments: str) -> str:
    items = "\n\n".join(f"  {number}. {text}" for number, text in enumerate(comments, start=1))
    article = "An article about a bridge that is closed until spring."
    return f"{article}\n\n\n\n{items}\n\nComments are closed.\n"


def outcomes(result: ScanResult) -> list[str]:
    return [one.verdict.outcome for one in result.judged]


def test_a_page_becomes_a_queue(pages: Path, words: WordScorer, word_policy: Path) -> None:
    """The abusive comment is a row, the harmless one is counted."""
    result = scan([pages], policy=word_policy, model=words)
    assert [row.text for row in result] == ["Second comment, glorbly enough to be looked at."]
    assert result.receipt.counts.sentence() == (
        "2 comments found = 1 flagged + 1 passed + 0 not checked"
    )


def test_a_comment_lies_where_it_says(pages: Path, words: WordScorer, word_policy: Path) -> None:
    """Spans point into the page's own text."""
    for one in scan([pages], policy=word_policy, model=words).judged:
        comment = one.scored.comment
        assert PAGE[comment.start : comment.end] == comment.text


def test_one_failing_comment_does_not_cost_the_others(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """The model's failure is the outcome of one comment only, with the error in words."""
    page = tmp_path / "page.txt"
    page.write_text(numbered("A calm first remark.", "This must explode now.", "So glorbly, you."))
    result = scan([page], policy=word_policy, model=words)
    assert outcomes(result) == ["passed", "not_checked", "flagged"]
    assert "no such weights" in result.rows[-1].verdict.reasons[0].detail
    assert not result.receipt.everything_was_checked


def test_a_comment_in_another_language_is_marked_not_guessed(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """A German comment is not scored as if it were English."""
    page = tmp_path / "seite.txt"
    page.write_text(
        "Die Brücke bleibt bis zum Frühjahr geschlossen, sagte die Stadt am Montag.\n\n\n\n"
        "  1. Das ist doch wieder einmal typisch für diese Stadtverwaltung, glorbly.\n\n"
        "  2. Ich fahre jetzt jeden Tag einen Umweg von zwanzig Minuten.\n"
    )
    result = scan([page], policy=word_policy, model=words)
    assert outcomes(result) == ["not_checked", "not_checked"]
    assert result.rows[0].scored.toxicity == {}
    assert "does not know the language 'de'" in result.rows[0].verdict.reasons[0].detail


@pytest.mark.parametrize(
    ("text", "outcome"), [("👏👏👏 !!!", "passed"), ("བཀྲ་ཤིས་བདེ་ལེགས།", "not_checked")]
)
def test_an_unknown_alphabet_is_not_guessed_and_emoji_are_no_language(
    tmp_path: Path, words: WordScorer, word_policy: Path, text: str, outcome: str
) -> None:
    """Letters that nobody here can read are marked; a comment without letters is scored."""
    (tmp_path / "a.txt").write_text(numbered("A calm first remark.", text, "A calm third one."))
    assert outcomes(scan([tmp_path / "a.txt"], policy=word_policy, model=words))[1] == outcome


def test_a_policy_may_leave_unjudged_comments_out_of_the_queue(
    tmp_path: Path, words: WordScorer
) -> None:
    """They are still counted as not checked."""
    policy = tmp_path / "p.toml"
    policy.write_text("[toxicity]\ntoxicity = 0.5\n[not_checked]\nqueue = false\n")
    page = tmp_path / "page.txt"
    page.write_text(numbered("A calm first remark.", "This must explode now."))
    result = scan([page], policy=policy, model=words)
    assert (len(result.rows), result.receipt.counts.not_checked) == (0, 1)


def test_worst_first_and_then_in_page_order(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """Equal rows keep the order of pages and of places, whatever the order of the arguments."""
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(numbered("One glorbly remark.", "Another glorbly remark."))
    forward = scan([tmp_path / "a.txt", tmp_path / "b.txt"], policy=word_policy, model=words)
    backward = scan([tmp_path / "b.txt", tmp_path / "a.txt"], policy=word_policy, model=words)
    places = [(Path(row.scored.source).name, row.scored.comment.number) for row in forward]
    assert places == [("a.txt", 1), ("a.txt", 2), ("b.txt", 1), ("b.txt", 2)]
    assert queue_bytes(forward.rows) == queue_bytes(backward.rows)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_the_batch_size_changes_nothing(
    tmp_path: Path,
    words: WordScorer,
    word_policy: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    """The same queue, byte for byte, however the work is cut up."""
    (tmp_path / "a.txt").write_text(numbered(*(f"Remark {n}, glorbly." for n in range(9))))
    whole = queue_bytes(scan([tmp_path / "a.txt"], policy=word_policy, model=words).rows)
    monkeypatch.setattr("moderation.pipeline.BATCH", batch)
    parts = queue_bytes(scan([tmp_path / "a.txt"], policy=word_policy, model=words).rows)
    assert parts == whole


def test_a_broken_scorer_loses_no_comment(pages: Path, word_policy: Path) -> None:
    """A model that answers with too few results is a failure, not a shift by one."""

    class Forgetful(WordScorer):
        def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
            return super().score(texts)[1:]

    assert outcomes(scan([pages], policy=word_policy, model=Forgetful())) == ["not_checked"] * 2


def test_a_fault_in_the_separator_is_that_pages_failure(
    pages: Path, words: WordScorer, word_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page on which our own code fails is in the receipt; the next page is still done."""
    (pages / "zweite.txt").write_text(numbered("A calm remark.", "Another one."))

    def faulty(text: str, *, document_id: str, whole_items: bool) -> Separation:
        if document_id == "bridge.txt":
            raise IndexError("list index out of range")
        return separate(text, document_id=document_id, whole_items=whole_items)

    monkeypatch.setattr("moderation.reading.separate", faulty)
    result = scan([pages], policy=word_policy, model=words)
    assert result.receipt.counts.found == 2
    (failure,) = result.receipt.failures
    assert "the separator failed on it" in failure.reason


def test_a_policy_that_the_model_cannot_serve_is_refused(pages: Path, words: WordScorer) -> None:
    """The standard policy asks for labels that this scorer lacks."""
    with pytest.raises(PolicyError, match="has no label"):
        scan([pages], model=words)


def test_nothing_to_read_is_wrong_usage(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """A scan of nothing is not a clean scan."""
    with pytest.raises(UsageError, match="There is nothing to read"):
        scan([tmp_path / "nowhere"], policy=word_policy, model=words)


def test_a_page_without_comments_is_an_answer(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """It is read, counted and explained, and it is no failure."""
    (tmp_path / "a.txt").write_text("Just an article about a bridge.\n")
    receipt = scan([tmp_path], policy=word_policy, model=words).receipt
    assert (receipt.counts.found, receipt.failures) == (0, ())
    assert receipt.everything_was_checked
    assert receipt.pages[0].separation["message"]


def test_a_blind_sample_is_drawn_from_what_passed(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """Its rows look like the flagged ones; the counts are those of the scan."""
    (tmp_path / "a.txt").write_text(
        numbered(*(f"Remark {n}, {'glorbly' if n % 3 == 0 else 'calm'}." for n in range(9)))
    )
    plain = scan([tmp_path / "a.txt"], policy=word_policy, model=words)
    result = scan([tmp_path / "a.txt"], policy=word_policy, model=words, audit_sample=2)
    assert result.receipt.counts == plain.receipt.counts
    passed = [o.scored.comment.id for o in result.judged if o.verdict.outcome == "passed"]
    assert list(result.sample) == sorted(passed, key=sample_order)[:2]
    sampled = [row for row in result if row.scored.comment.id in result.sample]
    assert len(result.rows) == len(plain.rows) + 2
    assert {row.verdict.priority for row in sampled} <= {row.verdict.priority for row in plain}
    assert [row.cells()[8] for row in sampled] == ["toxicity = 0.10"] * 2


def test_a_larger_sample_holds_the_smaller(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """And one that asks for more than there is takes all of it."""
    (tmp_path / "a.txt").write_text(numbered(*(f"Remark {n}, calm." for n in range(9))))
    samples = [
        scan([tmp_path / "a.txt"], policy=word_policy, model=words, audit_sample=asked).sample
        for asked in (3, 5, 50)
    ]
    assert samples[0] == samples[1][:3]
    assert len(samples[2]) == 9


def test_a_result_knows_what_the_queue_would_show_of_other_comments(
    pages: Path, words: WordScorer, word_policy: Path
) -> None:
    """A comment that is no longer flagged keeps its row while a person has worked on it."""
    result = scan([pages], policy=word_policy, model=words)
    ids = [one.scored.comment.id for one in result.judged]
    assert [row.text for row in result.other_rows(ids)] == ["First comment, quite harmless."]
    assert result.folders == (pages.as_posix(),)


def test_how_much_is_to_come_is_told_by_the_sizes_of_the_files(
    tmp_path: Path, words: WordScorer, word_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first file nothing is known; in the end the number is exact."""
    monkeypatch.setattr("moderation.pipeline.BATCH", 2)
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(numbered(*(f"Remark {n}, calm." for n in range(9))))
    heard: list[Progress] = []
    manner = Manner(on_progress=heard.append)
    scan([tmp_path / f"{n}.txt" for n in "abc"], policy=word_policy, model=words, manner=manner)
    assert heard[0].comments_expected is None
    assert heard[-1].comments_expected == heard[-1].comments_done == 27
    assert {one.comments_expected for one in heard} == {None, 27}


def test_two_documents_of_one_name_lose_no_comment(
    tmp_path: Path, words: WordScorer, word_policy: Path
) -> None:
    """A file may be called as an article in a table is; what both hold is counted, and said."""
    (tmp_path / "c.csv").write_text("id,comment,article\n1,One glorbly remark,a.txt\n2,Calm,b\n")
    (tmp_path / "c.csv#a.txt").write_text(PAGE)
    result = scan([tmp_path], policy=word_policy, model=words)
    assert result.receipt.counts.found == 4
    found = {page.id: page.counts.found for page in result.receipt.pages}
    assert found == {"c.csv#a.txt": 3, "c.csv#b": 1}
    assert any("has the same name" in one for one in result.receipt.pages[0].warnings)
