"""A way from today's thresholds upwards that gives up wasted rows first.

Every label's threshold and the severity of terms are one row of limits; a comment is flagged when
it reaches any of them. From today's limits the search peels: it tries to raise each limit, or all
of them together, just so far that about one in fifty rows goes, takes the trial whose lost rows
were hits least often, and repeats until hardly a row is left. What comes out is a path of ever
higher limits.

Source: Friedman and Fisher, "Bump hunting in high-dimensional data", Statistics and Computing 9
(1999), section 8, "patient" peeling; here the comments that pass are the box, and it grows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP = 0.02
"""The share of today's decided rows that one step gives up."""

SMALLEST_STEP = 8
"""Rows; a step that rests on fewer would follow chance."""

HIGHEST_SCORE = 1.0
HIGHEST_SEVERITY = 4.0

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Decided rows as numbers: a line a row, a column a label, the severity of terms last.

    ``weights`` say for how many rows of the queue each stands.
    """

    strengths: Numbers
    hits: Flags
    weights: Numbers

    def __len__(self) -> int:
        return len(self.hits)

    def where(self, chosen: Flags) -> Sample:
        """The rows that are chosen."""
        return Sample(
            strengths=self.strengths[chosen],
            hits=self.hits[chosen],
            weights=self.weights[chosen],
        )


def flagged(strengths: Numbers, limits: Numbers) -> Flags:
    """Tell which rows reach any of the limits."""
    return np.asarray((strengths >= limits).any(axis=1), dtype=np.bool_)


def path(sample: Sample, limits: Numbers) -> list[Numbers]:
    """Give limits from today's upwards, each flagging fewer rows than the one before."""
    found = [limits]
    step = max(SMALLEST_STEP, math.ceil(STEP * len(sample)))
    while len(sample) >= 2 * step:
        best = _best_trial(sample, limits, step)
        if best is None:
            break
        limits = best
        sample = sample.where(flagged(sample.strengths, limits))
        found.append(limits)
    return found


def _best_trial(sample: Sample, limits: Numbers, step: int) -> Numbers | None:
    best, least = None, math.inf
    for trial in _trials(sample.strengths, limits, step):
        lost = ~flagged(sample.strengths, trial)
        if not lost.any():
            continue
        share = _share_of_hits(sample.where(lost))
        if share < least:
            best, least = trial, share
    return best


def _share_of_hits(lost: Sample) -> float:
    """Laplace's rule of succession: two imagined rows, one a hit, keep a few rows from shining."""
    scale = len(lost) / float(lost.weights.sum())
    hits = float((lost.weights * lost.hits).sum()) * scale
    return (hits + 1) / (len(lost) + 2)


def _trials(strengths: Numbers, limits: Numbers, step: int) -> Iterator[Numbers]:
    """Raise each limit, and all of them together, so far that about ``step`` rows are lost."""
    reaches = strengths >= limits
    columns = range(len(limits))
    ranks = np.column_stack([_ranks(strengths[:, i], reaches[:, i]) for i in columns])
    reached = reaches.sum(axis=1)
    for chosen in (*([i] for i in columns), list(columns)):
        # Only rows that nothing else flags are lost when these limits rise.
        alone = reached == reaches[:, chosen].sum(axis=1)
        if alone.sum() >= SMALLEST_STEP:
            margins = ranks[np.ix_(alone, chosen)].max(axis=1)
            place = min(step, len(margins)) - 1
            last = float(np.partition(margins, place)[place])
            yield _raised(strengths, limits, ranks, chosen, last)


def _ranks(scores: Numbers, reaches: Flags) -> Numbers:
    """Place each score among those that reach the limit, from 0 to 1; -1 for the others."""
    ordered = np.sort(scores[reaches])
    places = np.searchsorted(ordered, scores, side="left") / max(len(ordered), 1)
    return np.asarray(np.where(reaches, places, -1.0), dtype=np.float64)


def _raised(
    strengths: Numbers,
    limits: Numbers,
    ranks: Numbers,
    chosen: list[int],
    last: float,
) -> Numbers:
    """Put the chosen limits above every score whose rank is at most ``last``."""
    raised: Numbers = limits.copy()
    for column in chosen:
        lost = (ranks[:, column] >= 0) & (ranks[:, column] <= last)
        if lost.any():
            above = float(strengths[lost, column].max())
            raised[column] = _next_limit(above, column == len(limits) - 1, limits[column])
    return raised


def _next_limit(above: float, is_severity: bool, today: float) -> float:
    """The first round number above a score: hundredths, thousandths from 0.95 on.

    A limit that cannot be higher stays as it is: extreme terms and scores of 1 always flag.
    """
    if is_severity:
        return above + 1 if above < HIGHEST_SEVERITY else today
    per_one = 100 if above < 0.95 else 1000
    limit = (math.floor(above * per_one) + 1) / per_one
    return limit if limit <= HIGHEST_SCORE else today
