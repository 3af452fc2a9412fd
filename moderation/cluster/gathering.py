"""What comes back from a cluster, completed with the scores of earlier scans, which lie here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.assessing import BATCH, assess
from moderation.cluster.order import AssessedPortion, Cluster, WorkOrder
from moderation.detectors import Detectors
from moderation.portions import ReadPage, Unread
from moderation.records import FoundComment, JudgedComment
from moderation.score_cache import ScoreCache


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPortion:
    """A portion with all its comments judged; ``known`` of them had been scored before."""

    language: str
    judged: tuple[JudgedComment, ...]
    finished: tuple[ReadPage, ...]
    known: int = 0


def gathered(
    cluster: Cluster, order: WorkOrder, detectors: Detectors, cache: ScoreCache | None
) -> Iterator[JudgedPortion | Unread]:
    """Have an order worked on; keep in the cache what was measured there, as soon as it comes."""
    for one in cluster.assessed(order):
        if isinstance(one, Unread):
            yield one
        else:
            yield _completed(one, order, detectors, cache)


def _completed(
    portion: AssessedPortion, order: WorkOrder, detectors: Detectors, cache: ScoreCache | None
) -> JudgedPortion:
    fresh = [one for one in portion.comments if isinstance(one, JudgedComment)]
    asked = [one for one in portion.comments if isinstance(one, FoundComment)]
    recalled = cache.recall(asked) if cache and asked else [None] * len(asked)
    # The policy may want passages that were not looked for then; seldom many, so it is done here.
    missing = [one for one, known in zip(asked, recalled, strict=True) if known is None]
    late = _assessed_here(missing, order, detectors)
    if cache:
        cache.keep([_as_found(one, portion.language) for one in fresh], fresh)
        cache.keep(missing, late)
    assessed = iter(late)
    known_or_late = iter([one or next(assessed) for one in recalled])
    return JudgedPortion(
        language=portion.language,
        judged=tuple(
            one if isinstance(one, JudgedComment) else next(known_or_late)
            for one in portion.comments
        ),
        finished=portion.finished,
        known=len(asked) - len(missing),
    )


def _assessed_here(
    found: Sequence[FoundComment], order: WorkOrder, detectors: Detectors
) -> list[JudgedComment]:
    return [
        one
        for first in range(0, len(found), BATCH)
        for one in assess(found[first : first + BATCH], detectors, order.brief.policy)
    ]


def _as_found(judged: JudgedComment, language: str) -> FoundComment:
    scored = judged.scored
    return FoundComment(comment=scored.comment, source=scored.source, page_language=language)
