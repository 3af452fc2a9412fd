"""Precision and recall of a score, from the decisions that people made.

Only comments that were flagged were judged, so both figures hold for the queue and say nothing of
what the scan let through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moderation.measures import Share
from moderation.report.findings import Curve, CurvePoint

FEWEST_HITS = 10
FEWEST_WASTED = 10
"""With fewer on either side a curve is a staircase of chance."""

MOST_POINTS = 200


def curve(name: str, judged: Sequence[tuple[float, bool]], threshold: float | None) -> Curve:
    """Make the curve of a score from ``(score, is a hit)`` of each row that was judged."""
    hits = sum(hit for _, hit in judged)
    missing = _what_is_missing(hits, len(judged) - hits)
    points = () if missing else tuple(_thinned(_points(judged, hits)))
    return Curve(
        name=name,
        judged=len(judged),
        hits=hits,
        points=points,
        in_force=_point(judged, hits, threshold) if threshold is not None and points else None,
        missing=missing,
    )


def at(points: Iterable[CurvePoint], thresholds: Sequence[float]) -> list[CurvePoint]:
    """The points of some thresholds: for each the mildest point that is not below it."""
    strictest_first = list(points)
    found = []
    for threshold in thresholds:
        reaching = [point for point in strictest_first if point.threshold >= threshold]
        if reaching and reaching[-1] not in found:
            found.append(reaching[-1])
    return found


def _what_is_missing(hits: int, wasted: int) -> str:
    needs = [
        f"{least - there:,} more {what}"
        for there, least, what in (
            (hits, FEWEST_HITS, "that you remove or escalate"),
            (wasted, FEWEST_WASTED, "that you approve"),
        )
        if there < least
    ]
    return f"A curve needs {' and '.join(needs)}." if needs else ""


def _points(judged: Sequence[tuple[float, bool]], hits: int) -> list[CurvePoint]:
    """One point for each score that occurs, the highest first."""
    points: list[CurvePoint] = []
    found = 0
    ordered = sorted(judged, key=lambda one: -one[0])
    for count, (score, hit) in enumerate(ordered, start=1):
        found += hit
        if count == len(ordered) or ordered[count][0] != score:
            points.append(
                CurvePoint(
                    threshold=score,
                    precision=Share(hits=found, trials=count),
                    recall=Share(hits=found, trials=hits),
                )
            )
    return points


def _point(judged: Sequence[tuple[float, bool]], hits: int, threshold: float) -> CurvePoint:
    reaching = [hit for score, hit in judged if score >= threshold]
    return CurvePoint(
        threshold=threshold,
        precision=Share(hits=sum(reaching), trials=len(reaching)),
        recall=Share(hits=sum(reaching), trials=hits),
    )


def _thinned(points: list[CurvePoint]) -> list[CurvePoint]:
    """Keep so many points that the curve looks the same and the page stays small."""
    if len(points) <= MOST_POINTS:
        return points
    last = len(points) - 1
    return [points[round(step * last / (MOST_POINTS - 1))] for step in range(MOST_POINTS)]
