"""A linear reader of word pieces and pairs of them, whose judgement the encoder learns as well.

Alone it ranks worse than the encoder, but it errs elsewhere: the sum of both ranks better than
either. The encoder is taught that sum, so that nothing of the tally ships and Detoxify runs the
same weights. Pieces and pairs by presence and rarity, and a logistic regression, follow Wang &
Manning 2012, "Baselines and Bigrams"; learning from a sum of models follows Hinton et al. 2015,
"Distilling the Knowledge in a Neural Network".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, vstack  # type: ignore[import-untyped,unused-ignore]
from sklearn.linear_model import (  # type: ignore[import-untyped,unused-ignore]
    LogisticRegression,
)

from training.graph import Array

Tokens = Sequence[Sequence[int]]

SLACKNESS = 4.0
"""The inverse of the pull towards zero (scikit-learn's C)."""

_PIECES = 2**15
"""More than the vocabulary has; pairs come behind."""
_PAIRS = 2**17
_FACTOR = 40503
_PRIME = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Tally:
    """A fitted tally: how rare each feature is, and what it says of toxicity."""

    rarity: Array
    weights: Array
    offset: float

    def logits(self, rows: Tokens) -> Array:
        """Give the logit of toxicity for each row of tokens."""
        found: Array = _scaled(_present(rows), self.rarity) @ self.weights + self.offset
        return found.astype(np.float32)


def fit_tally(rows: Tokens, values: Array, weights: Array) -> Tally:
    """Fit a tally to how toxic each row of tokens is, between 0 and 1, and how much it counts."""
    present = _present(rows)
    documents = np.asarray(present.sum(axis=0)).ravel()
    rarity = (np.log((1 + len(rows)) / (1 + documents)) + 1).astype(np.float32)
    scaled = _scaled(present, rarity)
    # Soft goals: each row once as toxic and once as not, by its shares.
    gold = np.repeat([1, 0], len(rows))
    shares = np.concatenate([weights * values, weights * (1 - values)])
    fitted = LogisticRegression(C=SLACKNESS, solver="liblinear", max_iter=40, tol=1e-2)
    fitted.fit(vstack([scaled, scaled]).tocsr(), gold, sample_weight=shares)
    return Tally(
        rarity=rarity,
        weights=fitted.coef_[0].astype(np.float32),
        offset=float(fitted.intercept_[0]),
    )


def _present(rows: Tokens) -> Any:
    """Which pieces and pairs are in each row: a sparse matrix of ones."""
    columns = [_columns(np.asarray(row, np.int64)) for row in rows]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in columns])])
    places = np.concatenate([np.zeros(0, np.int64), *columns])
    ones = np.ones(len(places), np.float32)
    return csr_matrix((ones, places, starts), shape=(len(rows), _PIECES + _PAIRS))


def _columns(row: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    pairs = (row[:-1] * _FACTOR + row[1:]) % _PRIME % _PAIRS
    return np.unique(np.concatenate([row, _PIECES + pairs]))


def _scaled(present: Any, rarity: Array) -> Any:
    """Weigh each feature by its rarity, and each row to length 1."""
    weighed = (present @ diags(rarity)).tocsr()
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    return (diags(1 / np.maximum(lengths, 1e-6)) @ weighed).tocsr()
