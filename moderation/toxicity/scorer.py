"""What every toxicity model can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
"""The labels of the embedded model, named and ordered as Detoxify does."""


class Scorer(Protocol):
    """A toxicity model, ready to score."""

    @property
    def name(self) -> str:
        """The name under which ``load_scorer`` knows it."""

    @property
    def revision(self) -> str:
        """A short hash of its weights: two scorers of one name and revision score alike."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The keys of each result."""

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes of the languages that it may judge."""

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Give each text's label scores, from 0 to 1.

        As many results as texts, in their order: for none, for one and for many. A text longer
        than the model's window is read in overlapping windows, and each label's highest counts.
        """
