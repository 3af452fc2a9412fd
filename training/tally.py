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

import numpy as np
from scipy.sparse import vstack  # type: ignore[import-untyped,unused-ignore]
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped,unused-ignore]
    TfidfVectorizer,
)
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
    """A fitted tally: which features there are and how rare, and what they say of toxicity."""

    features: TfidfVectorizer
    regression: LogisticRegression

    def logits(self, rows: Tokens) -> Array:
        """Give the logit of toxicity for each row of tokens; at least one."""
        found: Array = self.regression.decision_function(self.features.transform(rows))
        return found.astype(np.float32)


def fit_tally(rows: Tokens, values: Array, weights: Array) -> Tally:
    """Fit a tally to how toxic each row of tokens is, between 0 and 1, and how much it counts."""
    features = TfidfVectorizer(analyzer=_pieces_and_pairs, binary=True, dtype=np.float32)
    scaled = features.fit_transform(rows)
    # Soft goals: each row once as toxic and once as not, by its shares.
    gold = np.repeat([1, 0], len(rows))
    shares = np.concatenate([weights * values, weights * (1 - values)])
    regression = LogisticRegression(C=SLACKNESS, solver="liblinear", max_iter=40, tol=1e-2)
    regression.fit(vstack([scaled, scaled]).tocsr(), gold, sample_weight=shares)
    return Tally(features=features, regression=regression)


def _pieces_and_pairs(row: Sequence[int]) -> list[int]:
    """Number the pieces of a row, and its pairs by their hash: there would be too many of them."""
    tokens = np.asarray(row, np.int64)
    pairs = (tokens[:-1] * _FACTOR + tokens[1:]) % _PRIME % _PAIRS
    numbers: list[int] = np.concatenate([tokens, _PIECES + pairs]).tolist()
    return numbers
