"""Language, lexicon and model together: as many results as comments, whatever fails."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.detectors import (
    LONGEST_COMMENT,
    Detectors,
    load_detectors,
    score_comments,
)
from moderation.language import LanguageFinder
from moderation.lexicon import Lexicon
from moderation.records import Comment, FoundComment, TermMatch

from .conftest import WordScorer


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return load_detectors(WordScorer())


def found(text: str, page_language: str = "en") -> FoundComment:
    comment = Comment(id="c", document_id="d", number=1, start=0, end=len(text), text=text)
    return FoundComment(comment=comment, source="d.txt", page_language=page_language)


def match(text: str, term: str, language: str, context: str = "") -> TermMatch:
    return TermMatch(
        start=0,
        end=3,
        text=text[:3],
        term=term,
        language=language,
        category="profanity",
        target="",
        severity=3,
        context=context,
    )


@given(st.lists(st.text(max_size=60), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_as_many_results_as_comments_in_order(detectors: Detectors, texts: list[str]) -> None:
    """For none, one and many, and for any text."""
    scored = score_comments([found(text) for text in texts], detectors)
    assert [one.comment.text for one in scored] == texts


def test_a_row_says_what_made_its_scores(detectors: Detectors) -> None:
    """Tool, model and lexicon with their versions, in one string."""
    (scored,) = score_comments([found("A calm remark about a bridge.")], detectors)
    assert scored.scored_by.startswith("moderation ")
    assert "; words 1; lexicon " in scored.scored_by


class FailingOn(Lexicon):
    """A lexicon with a fault that one word brings out."""

    def find_all(
        self, texts: Sequence[str], *, include_ambiguous: bool = False
    ) -> list[list[TermMatch]]:
        """Fail for all of them together, as a fault in a batch does."""
        if any("bridge" in text for text in texts):
            raise KeyError("pattern")
        return [[] for _ in texts]


def test_a_failing_lexicon_marks_the_comment(detectors: Detectors) -> None:
    """A detector that fails makes one comment unchecked, not it clean, and not its neighbours."""
    broken = replace(detectors, lexicon=FailingOn([], "0"))
    texts = ("A calm remark.", "A calm remark about a bridge.", "Another calm remark.")
    before, scored, after = score_comments([found(text) for text in texts], broken)
    assert (scored.status, scored.toxicity) == ("failed", {})
    assert "the lexicon failed on it" in scored.error
    assert before.status == after.status == "scored"


def test_a_comment_of_absurd_length_is_not_given_to_the_model(detectors: Detectors) -> None:
    """It is said in numbers why."""
    (scored,) = score_comments([found("word " * (LONGEST_COMMENT // 5 + 1))], detectors)
    assert scored.status == "failed"
    assert "too long for the model: 1,000,005 characters" in scored.error


def test_terms_are_found_in_languages_that_the_model_does_not_know(detectors: Detectors) -> None:
    """The lexicon runs on every comment."""

    class Everywhere(Lexicon):
        def find_all(
            self, texts: Sequence[str], *, include_ambiguous: bool = False
        ) -> list[list[TermMatch]]:
            return [[match(text, term="das", language="de")] for text in texts]

    everywhere = replace(detectors, lexicon=Everywhere([], "0"))
    text = "Das ist doch wieder einmal typisch für diese Stadtverwaltung."
    (scored,) = score_comments([found(text, "de")], everywhere)
    assert (scored.status, len(scored.matches)) == ("unsupported_language", 1)


@pytest.mark.parametrize(
    "labels", [{}, {"toxicity": 0.1}, {"toxicity": float("nan"), "insult": 0.1}, {"toxicity": 7.0}]
)
def test_a_score_that_is_none_is_not_clean(detectors: Detectors, labels: dict[str, float]) -> None:
    """A missing label or a number out of range marks the comment as failed."""

    class Odd(WordScorer):
        def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
            return [labels for _ in texts]

    (scored,) = score_comments([found("A calm remark.")], replace(detectors, scorer=Odd()))
    assert (scored.status, scored.toxicity) == ("failed", {})


def test_a_failing_language_finder_marks_the_comment(detectors: Detectors) -> None:
    """A full temporary folder, say, makes comments unchecked and stops nothing."""

    class Broken(LanguageFinder):
        def languages(self, texts: Sequence[str], prior: str | Sequence[str] = "") -> list[str]:
            raise OSError("No space left on device")

    (scored,) = score_comments([found("A calm one.")], replace(detectors, languages=Broken()))
    assert scored.status == "failed"
    assert "its language could not be told" in scored.error


@pytest.mark.parametrize(("page_language", "matches"), [("de", 0), ("en", 1)])
def test_an_ambiguous_term_counts_in_its_own_language_only(
    detectors: Detectors, page_language: str, matches: int
) -> None:
    """What is an insult in one language may be an everyday word in another."""

    class Ambiguous(Lexicon):
        def find_all(
            self, texts: Sequence[str], *, include_ambiguous: bool = False
        ) -> list[list[TermMatch]]:
            return [[match(text, term="x", language="en", context="ambiguous")] for text in texts]

    texts = {
        "de": "Das ist doch wieder einmal typisch für diese Stadtverwaltung.",
        "en": "This is what we have come to expect of the town council.",
    }
    one = found(texts[page_language], page_language)
    (scored,) = score_comments([one], replace(detectors, lexicon=Ambiguous([], "0")))
    assert len(scored.matches) == matches


def test_a_scorer_that_miscounts_is_caught(detectors: Detectors) -> None:
    """Results are never shifted onto the wrong comment."""

    class Doubling(WordScorer):
        def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
            return super().score([*texts, *texts])

    doubled = replace(detectors, scorer=Doubling())
    scored = score_comments([found("A calm remark."), found("Another calm remark.")], doubled)
    assert [one.status for one in scored] == ["failed", "failed"]


def test_equal_texts_are_scored_once(detectors: Detectors) -> None:
    """A flood of copies costs the model as much as one of them, and each copy has its scores."""
    given: list[str] = []

    class Counting(WordScorer):
        def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
            given.extend(texts)
            return super().score(texts)

    counting = replace(detectors, scorer=Counting())
    texts = ["So glorbly.", "A calm remark.", "So glorbly."]
    scored = score_comments([found(text) for text in texts], counting)
    assert given == ["So glorbly.", "A calm remark."]
    assert [one.toxicity["toxicity"] for one in scored] == [0.9, 0.1, 0.9]
