"""The tally of word pieces and pairs, whose judgement the encoder learns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("sklearn", reason="training needs scikit-learn")

from training.tally import Tally, fit_tally

TOXIC, HARMLESS = [7, 8, 9], [9, 8, 7]
rows_of_tokens = st.lists(st.lists(st.integers(1, 30_000), max_size=20), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def tally() -> Tally:
    """A tally of two texts that differ in the order of their pieces only."""
    rows = [TOXIC, HARMLESS] * 50
    values = np.array([0.9, 0.1] * 50, np.float32)
    return fit_tally(rows, values, np.ones(100, np.float32))


def test_pairs_tell_what_single_pieces_do_not(tally: Tally) -> None:
    """The same pieces in another order are told apart."""
    toxic, harmless = tally.logits([TOXIC, HARMLESS])
    assert toxic > 0.5
    assert harmless < -0.5


def test_what_counts_little_moves_little() -> None:
    """A text of small weight gives way to one of large weight."""
    fitted = fit_tally(
        [[5], [5]] * 20, np.array([1.0, 0.0] * 20), np.array([0.1, 1.0] * 20, np.float32)
    )
    assert fitted.logits([[5]])[0] < -0.5


def test_an_empty_text_gets_the_offset(tally: Tally) -> None:
    """There is nothing in it to judge."""
    assert tally.logits([[]])[0] == pytest.approx(tally.regression.intercept_[0])


@given(rows_of_tokens)
def test_a_text_is_judged_the_same_in_any_company(rows: list[list[int]]) -> None:
    """Each row's logit is its own, and a piece that is repeated alone counts once."""
    tally = fit_tally([TOXIC, HARMLESS], np.array([0.9, 0.1]), np.ones(2, np.float32))
    alone = [tally.logits([row])[0] for row in rows]
    assert tally.logits(rows).tolist() == pytest.approx(alone, abs=1e-5)
