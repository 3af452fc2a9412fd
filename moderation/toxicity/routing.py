"""Several models as one: each comment goes to the one that knows its language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moderation.errors import UsageError
from moderation.toxicity.scorer import Scorer

JOINER = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedScorer:
    """Models in order of preference; a ``Scorer`` with the labels of the first.

    Whoever knows a text's language asks ``judge_of`` for the model that is to score it.
    """

    members: tuple[Scorer, ...]

    @property
    def name(self) -> str:
        """The members' names, joined."""
        return JOINER.join(member.name for member in self.members)

    @property
    def revision(self) -> str:
        """The members' revisions, joined."""
        return JOINER.join(member.revision for member in self.members)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the first, which all others have too."""
        return self.members[0].labels

    @property
    def languages(self) -> frozenset[str]:
        """All languages that any of them knows."""
        return frozenset().union(*(member.languages for member in self.members))

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts of which no language is known: by the first."""
        return self.members[0].score(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowedScorer:
    """A model of which only some labels are wanted; a ``Scorer``."""

    whole: Scorer
    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        """The model's own."""
        return self.whole.name

    @property
    def revision(self) -> str:
        """The model's own."""
        return self.whole.revision

    @property
    def languages(self) -> frozenset[str]:
        """The model's own."""
        return self.whole.languages

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Score texts, and keep the labels that are wanted."""
        return [{label: row[label] for label in self.labels} for row in self.whole.score(texts)]


def route(scorers: Sequence[Scorer]) -> Scorer:
    """Make one scorer of several; of one, itself.

    Raises UsageError when a later one lacks a label of the first: its comments would have a gap.
    """
    first, *others = scorers
    for other in others:
        lacking = [label for label in first.labels if label not in other.labels]
        if lacking:
            raise UsageError(
                f"The models '{first.name}' and '{other.name}' do not go together: '{other.name}' "
                f"does not give {', '.join(lacking)}. Name '{other.name}' first, or one alone."
            )
    if not others:
        return first
    narrowed = (NarrowedScorer(whole=other, labels=first.labels) for other in others)
    return RoutedScorer(members=(first, *narrowed))


def judge_of(scorer: Scorer, language: str) -> Scorer:
    """Give the model that is to score texts of a language; the first where none knows it."""
    if not isinstance(scorer, RoutedScorer):
        return scorer
    return next((one for one in scorer.members if language in one.languages), scorer.members[0])
