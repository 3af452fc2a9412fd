"""Figures with their uncertainty: shares and their intervals, and agreement between two people.

Pure arithmetic on counts; every figure says from how much it was made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From ``low`` to ``high``, both included, at 95 % confidence."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of ``trials``: a precision, a miss rate, a progress.

    Raises:
        ValueError: when the counts cannot be.
    """

    hits: int
    trials: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.trials:
            raise ValueError(f"{self.hits} of {self.trials} is no share")

    @property
    def value(self) -> float | None:
        """The share, from 0 to 1; None where nothing was tried."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> Interval:
        """The Wilson score interval, which holds for few trials and for shares of 0 and 1 too.

        Source: Wilson, "Probable inference", JASA 22 (1927); Newcombe, Statistics in Medicine 17
        (1998), method 3.
        """
        if not self.trials:
            return Interval(low=0.0, high=1.0)
        z = _normal_quantile()
        share, spread = self.hits / self.trials, z * z / self.trials
        middle = (share + spread / 2) / (1 + spread)
        half = z * math.sqrt((share * (1 - share) + spread / 4) / self.trials) / (1 + spread)
        return Interval(
            low=0.0 if self.hits == 0 else max(0.0, middle - half),
            high=1.0 if self.hits == self.trials else min(1.0, middle + half),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two people agree beyond chance, on ``pairs`` comments that both judged.

    ``kappa`` is 1 for full agreement and 0 for that of chance; None where it cannot be told, since
    there are no pairs or both gave one and the same answer throughout. ``standard_error`` is the
    large-sample one, and too small where the pairs are few or kappa is near 1.
    """

    pairs: int
    equal: int
    kappa: float | None
    interval: Interval | None
    standard_error: float | None = None


def agreement(answers: Sequence[tuple[str, str]]) -> Agreement:
    """Cohen's kappa of pairs of answers, with an interval that holds for few pairs too.

    The interval is that of the share of equal answers (`Share.interval`) on the scale of kappa, the
    agreement by chance taken as known. For 10 to 400 pairs and a true kappa from 0 to 0.95 it held
    the true one in 91 to 100 of 100 simulated samples; kappa with 1.96 standard errors on either
    side did in as few as 14, and has no width at all where everybody agrees.

    Sources: Cohen, Educational and Psychological Measurement 20 (1960), who takes the agreement by
    chance as known too; for the standard error Fleiss, Cohen and Everitt, Psychological Bulletin 72
    (1969), equation 13.
    """
    pairs, equal = len(answers), sum(first == second for first, second in answers)
    if not pairs:
        return Agreement(pairs=0, equal=0, kappa=None, interval=None)
    joint = {pair: count / pairs for pair, count in Counter(answers).items()}
    first = _shares(one for one, _ in answers)
    second = _shares(other for _, other in answers)
    observed = equal / pairs
    by_chance = sum(share * second.get(answer, 0.0) for answer, share in first.items())
    if by_chance == 1:
        return Agreement(pairs=pairs, equal=equal, kappa=None, interval=None)
    kappa = (observed - by_chance) / (1 - by_chance)
    of_equal = Share(hits=equal, trials=pairs).interval
    low, high = ((one - by_chance) / (1 - by_chance) for one in (of_equal.low, of_equal.high))
    return Agreement(
        pairs=pairs,
        equal=equal,
        kappa=kappa,
        interval=Interval(low=max(-1.0, low), high=high),
        standard_error=_kappa_error(joint, first, second, kappa, pairs),
    )


def _kappa_error(
    joint: dict[tuple[str, str], float],
    first: dict[str, float],
    second: dict[str, float],
    kappa: float,
    pairs: int,
) -> float:
    by_chance = sum(share * second.get(answer, 0.0) for answer, share in first.items())
    variance = -((kappa - by_chance * (1 - kappa)) ** 2)
    for (one, other), share in joint.items():
        margin = second.get(one, 0.0) + first.get(other, 0.0)
        if one == other:
            variance += share * (1 - margin * (1 - kappa)) ** 2
        else:
            variance += share * (margin * (1 - kappa)) ** 2
    return math.sqrt(max(variance, 0.0) / pairs) / (1 - by_chance)


def _shares(answers: Iterable[str]) -> dict[str, float]:
    counts = Counter(answers)
    return {answer: count / counts.total() for answer, count in counts.items()}


def _normal_quantile() -> float:
    """The number of standard deviations that hold 95 % of a normal distribution: 1.96."""
    return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
