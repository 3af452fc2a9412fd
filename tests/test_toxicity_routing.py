"""Several models as one: each comment to the one that knows its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from moderation.detectors import load_detectors, score_comments
from moderation.errors import UsageError
from moderation.records import Comment, FoundComment
from moderation.toxicity.routing import RoutedScorer, judge_of, route


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedScorer:
    """A scorer that gives every text the same score."""

    name: str
    languages: frozenset[str]
    value: float
    labels: tuple[str, ...] = ("toxicity", "insult")
    revision: str = "1"

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Give the score to each label."""
        return [dict.fromkeys(self.labels, self.value) for _ in texts]


ENGLISH = FixedScorer(name="english", languages=frozenset({"en"}), value=0.1)
FRENCH = FixedScorer(
    name="french",
    languages=frozenset({"en", "fr"}),
    value=0.2,
    labels=("threat", "insult", "toxicity"),
)


def found(text: str, page_language: str) -> FoundComment:
    """A comment on a page in a language."""
    comment = Comment(id=text, document_id="d", number=1, start=0, end=len(text), text=text)
    return FoundComment(comment=comment, source="d.txt", page_language=page_language)


def test_one_model_is_itself() -> None:
    """Nothing is wrapped around a single model."""
    assert route([ENGLISH]) is ENGLISH
    assert judge_of(ENGLISH, "fr") is ENGLISH


def test_it_says_who_it_is() -> None:
    """Names and revisions are joined, languages united, and the first one's labels count."""
    both = route([ENGLISH, FRENCH])
    assert isinstance(both, RoutedScorer)
    assert (both.name, both.revision) == ("english+french", "1+1")
    assert both.languages == {"en", "fr"}
    assert both.labels == ("toxicity", "insult")
    assert both.score(["x"]) == [{"toxicity": 0.1, "insult": 0.1}]


@pytest.mark.parametrize(
    ("language", "name"), [("en", "english"), ("fr", "french"), ("und", "english")]
)
def test_the_first_that_knows_a_language_judges_it(language: str, name: str) -> None:
    """Order decides between two that know it; what nobody knows is the first one's."""
    assert judge_of(route([ENGLISH, FRENCH]), language).name == name


def test_models_that_do_not_go_together_are_refused() -> None:
    """A later model that lacks a label of the first would leave a gap in every row."""
    with pytest.raises(UsageError, match=r"'english' does not give threat\. Name 'english' first"):
        route([FRENCH, ENGLISH])


def test_each_comment_goes_to_the_one_that_knows_its_language() -> None:
    """Scores, labels and the name in the row are those of the model that judged it."""
    detectors = load_detectors(route([ENGLISH, FRENCH]))
    texts = [
        ("What a lovely article this is, thank you all.", "en"),
        ("Merci pour cet article, il est vraiment très clair.", "fr"),
        ("Danke für den Artikel, er ist wirklich sehr gut.", "de"),
        ("And the second paragraph is even better than that.", "en"),
    ]
    scored = score_comments([found(text, language) for text, language in texts], detectors)
    assert [one.comment.text for one in scored] == [text for text, _ in texts]
    assert [one.toxicity.get("toxicity") for one in scored] == [0.1, 0.2, None, 0.1]
    assert scored[2].status == "unsupported_language"
    assert all(set(one.toxicity) <= {"toxicity", "insult"} for one in scored)
    judges = ["english", "french", "english", "english"]
    assert all(f"; {judge} 1; " in one.scored_by for one, judge in zip(scored, judges, strict=True))


def test_two_added_models_share_the_comments(added: Path) -> None:
    """The same with models that were added, by their names."""
    detectors = load_detectors("small+seven")
    english, french = score_comments(
        [
            found("What a lovely article this is, thank you all.", "en"),
            found("Merci pour cet article, il est vraiment très clair.", "fr"),
        ],
        detectors,
    )
    assert "; small " in english.scored_by
    assert "; seven " in french.scored_by
    assert set(english.toxicity) == set(french.toxicity) == set(detectors.scorer.labels)
