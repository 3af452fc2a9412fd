"""Rounding a matrix so that what it makes of real inputs changes least."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.rounding import nearest, rounded

STEPS = 7


def related_inputs(seed: int, channels: int) -> np.ndarray:
    """Inputs whose channels go along with each other, as those of real texts do."""
    draw = np.random.default_rng(seed)
    return (draw.normal(size=(400, 3)) @ draw.normal(size=(3, channels))).astype(np.float32)


@given(st.integers(0, 200))
def test_products_change_less_than_by_rounding_to_the_nearest(seed: int) -> None:
    """Over the inputs that it was made for, the error is smaller."""
    inputs = related_inputs(seed, 24)
    weight = np.random.default_rng(seed + 1).normal(size=(24, 9)).astype(np.float32)
    scale = np.abs(weight).max(axis=0) / STEPS
    moments = inputs.T @ inputs
    errors = [
        np.square(inputs @ (found * scale - weight)).sum()
        for found in (rounded(weight, scale, STEPS, moments), nearest(weight, scale, STEPS))
    ]
    assert errors[0] < errors[1]


@given(st.integers(0, 200))
def test_steps_stay_within_their_bounds(seed: int) -> None:
    """However much the later rows have to make up for."""
    weight = np.random.default_rng(seed).normal(size=(12, 4)).astype(np.float32)
    scale = np.abs(weight).max(axis=0) / STEPS
    inputs = related_inputs(seed, 12)
    found = rounded(weight, scale, STEPS, inputs.T @ inputs)
    assert np.abs(found).max() <= STEPS


def test_inputs_that_have_nothing_in_common_leave_the_nearest_step() -> None:
    """Then no row can make up for another."""
    weight = np.random.default_rng(2).normal(size=(6, 5)).astype(np.float32)
    scale = np.abs(weight).max(axis=0) / STEPS
    same = rounded(weight, scale, STEPS, np.eye(6, dtype=np.float32))
    assert np.array_equal(same, nearest(weight, scale, STEPS))


def test_channels_that_are_never_seen_are_rounded_all_the_same() -> None:
    """A channel that is set apart has no moments at all."""
    weight = np.random.default_rng(3).normal(size=(4, 2)).astype(np.float32)
    scale = np.abs(weight).max(axis=0) / STEPS
    assert rounded(weight, scale, STEPS, np.zeros((4, 4), np.float32)).shape == (4, 2)
