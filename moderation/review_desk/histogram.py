"""How the scores of a label lie, and rows drawn from a part of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from moderation.review_desk.filters import CODES, Rows, mask, places
from moderation.review_desk.values import Bin, Filters

if TYPE_CHECKING:
    import polars


def histogram(rows: Rows, label: str, filters: Filters, bins: int) -> tuple[Bin, ...]:
    """Count undecided and other rows in ``bins`` equal parts of 0 to 1, under the other filters.

    The filters' own label and score range are left out, or there would be nothing to choose from.
    """
    import polars  # noqa: PLC0415 - half of the start-up time

    scores = rows.fixed.score(label)
    edges = [number / bins for number in range(bins + 1)]
    counts = {True: [0] * bins, False: [0] * bins}
    if scores is not None:
        number = (scores * bins).floor().clip(0, bins - 1).cast(polars.Int64)
        is_open = rows.codes.is_in(CODES["undecided"])
        frame = polars.DataFrame({"bin": number, "is_open": is_open})
        chosen = frame.filter(mask(rows, filters, without="label") & scores.is_not_null())
        for place, opened, count in chosen.group_by("bin", "is_open").len().iter_rows():
            counts[opened][place] = count
    return tuple(
        Bin(low=edges[n], high=edges[n + 1], undecided=counts[True][n], decided=counts[False][n])
        for n in range(bins)
    )


def sample(  # noqa: PLR0913, PLR0917 - a range of scores, and how to draw from it
    rows: Rows, label: str, low: float, high: float, filters: Filters, size: int, seed: int
) -> polars.Series:
    """Places of undecided rows drawn from a range of scores (both ends are in), low scores first.

    The same seed draws the same rows as long as no other rows are there.
    """
    import polars  # noqa: PLC0415

    within = replace(filters, label=label, low=low, high=high, verdict="undecided", order="score")
    found = places(rows, within)
    if len(found) <= size:
        return found.reverse()
    drawn = polars.int_range(len(found), eager=True).sample(size, seed=seed).sort()
    return found.gather(drawn).reverse()
