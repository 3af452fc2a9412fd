"""Comments in; judged comments out: the detectors, the policy and the passages, one after another.

This is all that is done to a comment between reading and writing, here or in another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moderation.detectors import Detectors, load_detectors, score_comments
from moderation.passages import with_passages
from moderation.policy import Policy, judge
from moderation.records import FoundComment, JudgedComment
from moderation.toxicity import Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """By what comments are to be assessed: everything that another process must be told.

    ``model``, ``terms`` and ``device`` are as `load_detectors` takes them.
    """

    policy: Policy
    model: str | Scorer
    terms: tuple[Path, ...] = ()
    device: str = "cpu"

    def load(self) -> Detectors:
        """Load what is asked for; raises as `load_detectors` does."""
        return load_detectors(self.model, self.terms, self.device)


def assess(
    found: Sequence[FoundComment], detectors: Detectors, policy: Policy
) -> list[JudgedComment]:
    """Measure and judge comments: as many results, in order; never raises for one's sake."""
    scored = score_comments(found, detectors)
    verdicts = [judge(one, policy) for one in scored]
    explained = with_passages(scored, verdicts, detectors.scorer)
    return [
        JudgedComment(scored=one, verdict=verdict)
        for one, verdict in zip(scored, explained, strict=True)
    ]
