"""Comments in; judged comments out: the detectors, the policy and the passages, one after another.

This is all that is done to a comment between reading and writing, here or in another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from moderation.detectors import Detectors, load_detectors, page_language, score_comments
from moderation.language import UNKNOWN
from moderation.passages import with_passages
from moderation.policy import Policy, judge
from moderation.portions import Portion
from moderation.records import FoundComment, JudgedComment
from moderation.toxicity import Scorer

BATCH: Final = 64
"""Comments that are scored together: many enough for the model, few enough for a lively progress
bar. Bounds memory, and changes no score."""

TELLING: Final = 64
"""Comments of a portion that are asked for its language where the article does not tell it."""


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


def portion_language(portion: Portion, detectors: Detectors) -> str:
    """Tell the language of a page: its article does so better than its comments do."""
    if not portion.comments:
        return UNKNOWN
    language = page_language(portion.article, detectors)
    if language != UNKNOWN:
        return language
    words = "\n".join(one.text for one in islice(portion.comments, TELLING))
    return page_language(f"{portion.article}\n{words}", detectors)


def found_comments(portion: Portion, language: str) -> list[FoundComment]:
    """Give the comments of a portion as the detectors take them; ``language`` is their page's."""
    return [
        FoundComment(
            comment=comment, source=portion.sources[comment.document_id], page_language=language
        )
        for comment in portion.comments
    ]
