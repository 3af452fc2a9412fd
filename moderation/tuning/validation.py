"""What limits will give, told from decisions that were held out when they were found.

The decisions are dealt into five parts, near-duplicates together; the search runs on four of them
and its limits are tried on the fifth, in turn, twice over. What a search promises of the decisions
that it has seen is too good: Stone, "Cross-validatory choice and assessment of statistical
predictions", Journal of the Royal Statistical Society B 36 (1974).

Rows that nobody has decided yet count as those of like priority that were (Holt and Smith, "Post
stratification", Journal of the Royal Statistical Society A 142, 1979).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from moderation.measures import Interval, Share
from moderation.tuning.evidence import NO_SEVERITY, Evidence, FlaggedRow
from moderation.tuning.search import Numbers, Sample, flagged, path

HALF_WIDTH = 0.10
"""How far from the truth a promise may lie at 95 % confidence."""

PARTS = 5
ROUNDS = 2
BAND = 5
"""Points of priority; rows within a band are taken to be alike."""

FEWEST_IN_BAND = 5
"""Decisions that a band needs before they speak for its other rows."""


def _enough() -> int:
    """The fewest decisions whose interval is at worst, at a share of a half, narrow enough."""
    trials = 1
    while True:
        interval = Share(hits=trials // 2, trials=trials).interval
        if interval.high - interval.low <= 2 * HALF_WIDTH:
            return trials
        trials += 1


ENOUGH = _enough()
"""Decisions behind every promise: with 93 a share is known to within 10 points at 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share told from held-out decisions; ``decisions`` is how many it rests on."""

    value: float
    interval: Interval
    decisions: int

    def sentence(self) -> str:
        """``83 % (78 to 87 %)``."""
        low, high = self.interval.low, self.interval.high
        return f"{100 * self.value:.0f} % ({100 * low:.0f} to {100 * high:.0f} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """What limits will give: the share of rows that are hits, and of all hits that is kept."""

    precision: Estimate
    kept: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Which rows the decisions speak for: ``weights`` by band, for the others there is no word."""

    weights: dict[int, float]

    @classmethod
    def of(cls, rows: Sequence[FlaggedRow]) -> Bands:
        """Weigh the decided rows of a band so that they stand for its open ones too.

        Rows that a person set aside are no longer open, and stand for nothing.
        """
        decided = Counter(_band(row) for row in rows if row.is_decided)
        still_open = Counter(_band(row) for row in rows if row.standing == "open")
        return cls(
            weights={
                band: 1 + still_open[band] / count
                for band, count in decided.items()
                if count >= FEWEST_IN_BAND or not still_open[band]
            }
        )

    def covers(self, row: FlaggedRow) -> bool:
        """Whether the decisions speak for this row."""
        return _band(row) in self.weights

    def weight(self, row: FlaggedRow) -> float:
        """How many rows a decided row stands for."""
        return self.weights[_band(row)]


def _band(row: FlaggedRow) -> int:
    return row.priority // BAND


def limits_of(evidence: Evidence) -> Numbers:
    """Today's limits: the thresholds in the policy's order, then the severity."""
    policy = evidence.policy
    return np.array([*policy.thresholds.values(), float(policy.severity)])


def strengths_of(rows: Sequence[FlaggedRow]) -> Numbers:
    """The rows' scores and severities, a line a row."""
    lines = [(*row.scores, float(row.severity or NO_SEVERITY)) for row in rows]
    return np.array(lines, dtype=np.float64).reshape(len(rows), -1)


def sample_of(rows: Sequence[FlaggedRow], bands: Bands) -> Sample:
    """Decided rows as the search wants them."""
    return Sample(
        strengths=strengths_of(rows),
        hits=np.array([row.standing == "hit" for row in rows], dtype=np.bool_),
        weights=np.array([bands.weight(row) for row in rows], dtype=np.float64),
    )


def validate(
    sample: Sample, kin: Sequence[str], limits: Numbers, fractions: Sequence[float]
) -> list[Validated]:
    """Say for each fraction of rows to keep what a search of this kind will give.

    ``fractions`` count today's rows, by weight. The seed is fixed: the same decisions give the same
    figures.
    """
    tally = _Tally(len(fractions))
    random = np.random.default_rng(20_250)
    names, of_row = np.unique(np.array(kin), return_inverse=True)
    for _ in range(ROUNDS):
        part = random.permutation(len(names))[of_row] % PARTS
        for held_out in range(PARTS):
            known, new = sample.where(part != held_out), sample.where(part == held_out)
            if not len(known) or not len(new):
                continue
            found = path(known, limits)
            kept_shares = np.array([kept_share(known, one) for one in found])
            for index, fraction in enumerate(fractions):
                nearest = int(np.abs(kept_shares - fraction).argmin())
                tally.add(index, new, found[nearest])
    return tally.results()


def kept_share(sample: Sample, limits: Numbers) -> float:
    """The share of a sample's rows, by weight, that limits still flag."""
    kept = flagged(sample.strengths, limits)
    return float(sample.weights[kept].sum() / sample.weights.sum())


class _Tally:
    """Adds up, for each fraction, what became of rows that the search had not seen."""

    def __init__(self, size: int) -> None:
        self.rows = np.zeros(size)
        self.rows_squared = np.zeros(size)
        self.rows_hit = np.zeros(size)
        self.hits = np.zeros(size)
        self.hits_squared = np.zeros(size)
        self.count_rows = np.zeros(size)
        self.count_hits = np.zeros(size)

    def add(self, index: int, new: Sample, limits: Numbers) -> None:
        """Count the held-out rows that limits keep."""
        kept = flagged(new.strengths, limits)
        self.rows[index] += new.weights[kept].sum()
        self.rows_squared[index] += (new.weights[kept] ** 2).sum()
        self.rows_hit[index] += new.weights[kept & new.hits].sum()
        self.hits[index] += new.weights[new.hits].sum()
        self.hits_squared[index] += (new.weights[new.hits] ** 2).sum()
        self.count_rows[index] += kept.sum()
        self.count_hits[index] += new.hits.sum()

    def results(self) -> list[Validated]:
        """Shares with their intervals; a row counts once, however often it was held out."""
        return [
            Validated(
                precision=_estimate(hit, rows, rows_squared, count_rows),
                kept=_estimate(hit, hits, hits_squared, count_hits),
            )
            for hit, rows, rows_squared, count_rows, hits, hits_squared, count_hits in zip(
                self.rows_hit,
                self.rows,
                self.rows_squared,
                self.count_rows,
                self.hits,
                self.hits_squared,
                self.count_hits,
                strict=True,
            )
        ]


def _estimate(part: float, whole: float, squares: float, count: float) -> Estimate:
    """Wilson's interval for as many decisions as the weights are worth (Kish's effective size)."""
    value = float(part / whole) if whole else 0.0
    worth = math.floor(whole * whole / squares / ROUNDS) if squares else 0
    interval = Share(hits=round(value * worth), trials=worth).interval
    return Estimate(
        value=value,
        interval=Interval(low=min(interval.low, value), high=max(interval.high, value)),
        decisions=round(count / ROUNDS),
    )
