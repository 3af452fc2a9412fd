"""The measures that the model card reports; plain functions of scores and gold labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]

BOOTSTRAPS = 300
THRESHOLDS = tuple(round(step / 100, 2) for step in range(1, 100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Give the three numbers, rounded for people."""
        return {
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
        }


def auc(scores: Numbers, gold: Truth) -> float:
    """Give the area under the ROC curve; ties count half. NaN when one class is empty."""
    positive, negative = int(gold.sum()), int((~gold).sum())
    if not positive or not negative:
        return float("nan")
    order, counts = np.unique(scores, return_inverse=True, return_counts=True)[1:]
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[order]
    return float((ranks[gold].sum() - positive * (positive + 1) / 2) / (positive * negative))


def interval(
    measure: Callable[[Numbers, Truth], float], scores: Numbers, gold: Truth, seed: int = 7
) -> Interval:
    """Bootstrap a measure over texts."""
    draw = np.random.default_rng(seed)
    values = []
    for _ in range(BOOTSTRAPS):
        sample = draw.integers(0, len(scores), len(scores))
        value = measure(scores[sample], gold[sample])
        if not np.isnan(value):
            values.append(value)
    low, high = np.quantile(values, [0.025, 0.975]) if values else (np.nan, np.nan)
    return Interval(value=measure(scores, gold), low=float(low), high=float(high))


def threshold_rows(
    positives: Numbers, negatives: Numbers, base_rate: float
) -> list[dict[str, float | None]]:
    """Say for each threshold what it gives, were abuse as common as ``base_rate``."""
    rows: list[dict[str, float | None]] = []
    for threshold in THRESHOLDS:
        recall = float((positives >= threshold).mean())
        false_alarms = float((negatives >= threshold).mean())
        flagged = recall * base_rate + false_alarms * (1 - base_rate)
        precision = recall * base_rate / flagged if flagged else None
        rows.append(
            {
                "threshold": threshold,
                "precision": None if precision is None else round(precision, 4),
                "recall": round(recall, 4),
                "false_positive_rate": round(false_alarms, 5),
            }
        )
    return rows


def calibration_rows(scores: Numbers, gold: Truth, base_rate: float) -> list[dict[str, float]]:
    """Compare mean score and share of toxic texts in bands of the score, at ``base_rate``."""
    weights = class_weights(gold, base_rate)
    rows = []
    edges = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0001)
    for low, high in pairwise(edges):
        inside = (scores >= low) & (scores < high)
        if inside.any():
            rows.append(
                {
                    "from": low,
                    "to": min(high, 1.0),
                    "n": int(inside.sum()),
                    "mean_score": round(
                        float(np.average(scores[inside], weights=weights[inside])), 4
                    ),
                    "toxic_share": round(
                        float(np.average(gold[inside], weights=weights[inside])), 4
                    ),
                }
            )
    return rows


def class_weights(gold: Truth, base_rate: float) -> Numbers:
    """Weigh texts so that the toxic ones make up ``base_rate`` of the whole."""
    share = float(gold.mean())
    return np.where(gold, base_rate / share, (1 - base_rate) / (1 - share))


def fit_line(
    logits: Numbers, gold: Truth, base_rate: float, steps: int = 100
) -> tuple[float, float]:
    """Fit slope and offset of Platt's calibration at a base rate, by Newton's method.

    A weak pull towards slope 1 and offset 0 keeps it finite where a set is small.
    """
    weights = class_weights(gold, base_rate)
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    line, start, pull = np.array([1.0, 0.0]), np.array([1.0, 0.0]), 0.5
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-design @ line))
        slope = design.T @ (weights * (chance - gold)) + pull * (line - start)
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design + pull * np.eye(2)
        change = np.linalg.solve(curve, slope)
        line = line - change
        if float(np.abs(change).max()) < 1e-9:
            break
    return float(line[0]), float(line[1])


def identity_aucs(
    scores: Numbers, gold: Truth, groups: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Give subgroup, BPSN and BNSP AUC for each identity.

    After Borkan et al. 2019, 'Nuanced Metrics for Measuring Unintended Bias': BPSN pits the
    background's toxic texts against the subgroup's harmless ones, BNSP the other way round.
    """
    names = np.asarray(groups)
    table = {}
    for name in sorted(set(groups)):
        inside = names == name
        bpsn = (inside & ~gold) | (~inside & gold)
        bnsp = (inside & gold) | (~inside & ~gold)
        table[name] = {
            "n": int(inside.sum()),
            "subgroup_auc": round(auc(scores[inside], gold[inside]), 4),
            "bpsn_auc": round(auc(scores[bpsn], gold[bpsn]), 4),
            "bnsp_auc": round(auc(scores[bnsp], gold[bnsp]), 4),
        }
    return table
