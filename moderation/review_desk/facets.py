"""How many rows each value of a filter would let through, under the other filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from moderation.review_desk.filters import CODES, MASKS, Rows
from moderation.review_desk.values import Counts, Facets, Filters
from moderation.review_queue.cells import from_cell

if TYPE_CHECKING:
    import polars

_FACETS: Final = ("reason", "severity", "target", "page", "language", "verdict")
_MOST: Final = 1_000
"""Values of a facet; a site can have many thousand pages."""


def facets(rows: Rows, filters: Filters) -> Facets:
    """Count the values of each facet; at most the 1,000 most frequent of each."""
    masks = {name: of(rows, filters) for name, of in MASKS.items()}
    counts: dict[str, Counts] = {}
    for name in _FACETS:
        others = [one for other, one in masks.items() if other != name and one is not None]
        counts[name] = _counted(name, rows, _all(rows, others))
    return Facets(**counts)


def _all(rows: Rows, masks: list[polars.Series]) -> polars.Series | None:
    if not masks:
        return None
    result = masks[0]
    for one in masks[1:]:
        result &= one
    return result


def _counted(name: str, rows: Rows, chosen: polars.Series | None) -> Counts:
    evidence = rows.fixed.evidence
    if name == "verdict":
        return _verdicts(rows, chosen)
    if name in {"page", "language"}:
        column = rows.fixed.cells("source" if name == "page" else name)
        return _frequent(column if chosen is None else column.filter(chosen))
    if evidence is None:
        return ()
    if name == "severity":
        return _severities(
            evidence.severity if chosen is None else evidence.severity.filter(chosen)
        )
    said, column_name = (
        (evidence.reasons, "code") if name == "reason" else (evidence.targets, "target")
    )
    if chosen is None:
        return _frequent(said[column_name])
    return _frequent(said[column_name].filter(chosen.gather(said["row"])))


def _frequent(values: polars.Series) -> Counts:
    counted = values.alias("value").value_counts(name="count").filter(_is_named())
    ordered = counted.sort(["count", "value"], descending=[True, False]).head(_MOST)
    return tuple((from_cell(str(value)), int(count)) for value, count in ordered.iter_rows())


def _is_named() -> polars.Expr:
    import polars  # noqa: PLC0415 - half of the start-up time

    return polars.col("value").cast(polars.String) != ""


def _severities(severity: polars.Series) -> Counts:
    """Rows with a term of at least so much severity, the highest first."""
    found = dict(severity.filter(severity > 0).value_counts().iter_rows())
    return tuple(
        (str(level), sum(count for other, count in found.items() if other >= level))
        for level in sorted(found, reverse=True)
    )


def _verdicts(rows: Rows, chosen: polars.Series | None) -> Counts:
    codes = rows.codes if chosen is None else rows.codes.filter(chosen)
    found: Mapping[int, int] = dict(codes.value_counts().iter_rows())
    noted = rows.is_noted if chosen is None else rows.is_noted & chosen
    counts = {name: sum(found.get(code, 0) for code in own) for name, own in CODES.items()}
    counts["noted"] = int(noted.sum())
    return tuple((name, count) for name, count in counts.items() if count)
