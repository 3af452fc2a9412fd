"""Figures and their intervals, against published examples and against simulated truth."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.measures import Interval, Share, agreement


def answers(*table: tuple[int, ...]) -> list[tuple[str, str]]:
    """Pairs of answers from a square table: rows one person's answers, columns the other's."""
    return [
        (f"answer {row}", f"answer {column}")
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilson_s(
    hits: int, trials: int, low: float, high: float
) -> None:
    """The four examples of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    interval = Share(hits=hits, trials=trials).interval
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_share_lies_in_its_interval(one: int, other: int) -> None:
    """The bounds are shares too, and a share of 0 or 1 reaches its own end exactly."""
    hits, trials = min(one, other), max(one, other)
    share = Share(hits=hits, trials=trials)
    assert 0 <= share.interval.low <= (share.value or 0) <= share.interval.high <= 1
    assert (share.interval.low == 0) == (hits == 0)
    assert (share.interval.high == 1) == (hits == trials)


def test_nothing_tried_says_nothing() -> None:
    """No trials give no share, and any may be true."""
    share = Share(hits=0, trials=0)
    assert share.value is None
    assert share.interval == Interval(low=0.0, high=1.0)


@pytest.mark.parametrize(("hits", "trials"), [(2, 1), (-1, 1)])
def test_counts_that_cannot_be_are_refused(hits: int, trials: int) -> None:
    """A share of more than all is a mistake of the caller."""
    with pytest.raises(ValueError, match="is no share"):
        Share(hits=hits, trials=trials)


@pytest.mark.parametrize(
    ("table", "kappa", "error"),
    [
        # Fleiss, Cohen and Everitt (1969): kappa 0.429 with variance 0.002885.
        (((106, 10, 4), (22, 28, 10), (2, 12, 6)), 0.429, math.sqrt(0.002885)),
        # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, chapter 18.
        (((75, 1, 4), (5, 4, 1), (0, 0, 10)), 0.676, 0.088),
        # The reference page of ci.kappa in Bonett's R package statpsych.
        (((31, 12), (4, 58)), 0.6757, 0.07345),
    ],
)
def test_kappa_and_its_standard_error_are_the_published_ones(
    table: tuple[tuple[int, ...], ...], kappa: float, error: float
) -> None:
    """Three worked examples from the literature."""
    found = agreement(answers(*table))
    assert found.kappa == pytest.approx(kappa, abs=0.0005)
    assert found.standard_error == pytest.approx(error, abs=0.0005)


def test_full_agreement_of_few_is_not_certain() -> None:
    """Ten equal pairs do not prove a kappa of 1: the interval says how little they prove."""
    found = agreement(answers((5, 0), (0, 5)))
    assert found.kappa == 1
    assert found.standard_error == 0
    assert found.interval is not None
    assert found.interval.high == 1
    assert 0.3 < found.interval.low < 0.5


def test_chance_agreement_is_kappa_0_and_contradiction_is_below() -> None:
    """The scale's fixed points."""
    assert agreement(answers((25, 25), (25, 25))).kappa == 0
    assert agreement(answers((0, 50), (50, 0))).kappa == -1


@pytest.mark.parametrize("table", [(), ((7,),)])
def test_kappa_is_none_where_it_cannot_be_told(table: tuple[tuple[int, ...], ...]) -> None:
    """No pairs, or one and the same answer throughout."""
    found = agreement(answers(*table))
    assert found.kappa is None
    assert found.interval is None
    assert found.pairs == found.equal == sum(map(sum, table))


PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=60)


@given(PAIRS)
def test_kappa_lies_in_its_interval_and_does_not_depend_on_order(
    pairs: list[tuple[str, str]],
) -> None:
    """Neither on the order of the comments nor on who is named first."""
    found = agreement(pairs)
    turned = agreement([(other, one) for one, other in reversed(pairs)])
    assert turned.kappa == pytest.approx(found.kappa)
    if found.kappa is not None and found.interval is not None:
        assert -1 <= found.interval.low <= found.kappa + 1e-9
        assert found.kappa - 1e-9 <= found.interval.high <= 1


@pytest.mark.parametrize("kappa", [0.0, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("pairs", [10, 30, 100])
def test_the_interval_of_kappa_holds_the_true_one(kappa: float, pairs: int) -> None:
    """At least 90 of 100 simulated samples, also for few pairs and a kappa near 1."""
    chance = random.Random(f"{kappa} {pairs}")
    held = total = 0
    for _ in range(500):
        found = agreement([_pair(chance, kappa) for _ in range(pairs)])
        if found.interval is not None:
            total += 1
            held += found.interval.low - 1e-9 <= kappa <= found.interval.high + 1e-9
    assert held / total >= 0.9


def _pair(chance: random.Random, kappa: float) -> tuple[str, str]:
    """Two people's answers: the same one with probability kappa, else each for itself."""
    one, other = (chance.choices("abc", (70, 20, 10))[0] for _ in range(2))
    return (one, one) if chance.random() < kappa else (one, other)
