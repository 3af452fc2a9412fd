"""Measures a finished model on everything that it never learnt from.

The model is measured as it ships: the int8 graph, run by the package's own scorer.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from moderation.policy import PRESETS as PRESET_NAMES
from moderation.policy import load_policy
from training.examples import LABELS, EvaluationSet
from training.metrics import (
    Interval,
    Numbers,
    Truth,
    auc,
    calibration_rows,
    identity_aucs,
    interval,
    threshold_rows,
)

BASE_RATE = 0.05
"""Share of abusive comments for which calibration and precision are stated."""

PRESETS = {name: dict(load_policy(name).thresholds) for name in PRESET_NAMES}
"""The presets as they are measured: a comment is flagged when any label reaches its own."""

STANDARD = PRESETS["standard"]

AUC_SETS = (
    "jigsaw_heldout",
    "wiki_nonfuzzed",
    "wiki_context_heldout",
    "annotators_heldout",
    "surge_toxicity",
    "hatemojicheck",
    "templates_heldout",
    "generated_heldout",
    "functions",
)

Score = Callable[[Sequence[str]], list[dict[str, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An evaluation set with the model's scores, one row a text, one column a label."""

    found: EvaluationSet
    scores: Numbers

    def column(self, label: str) -> Numbers:
        """Give one label's scores."""
        return self.scores[:, LABELS.index(label)]

    def gold(self, label: str) -> tuple[Truth, Truth]:
        """Give which texts are labelled, and which of them are at least half-way positive."""
        values = [row[LABELS.index(label)] for row in self.found.gold]
        known = np.array([value is not None for value in values])
        return known, np.array([value is not None and value >= 0.5 for value in values])


def score_sets(score: Score, sets: Sequence[EvaluationSet]) -> dict[str, Scored]:
    """Score every evaluation set once."""
    return {one.name: Scored(found=one, scores=as_array(score(one.texts))) for one in sets}


def as_array(results: Sequence[Mapping[str, float]]) -> Numbers:
    """Put a scorer's results into rows and columns."""
    return np.array([[row[label] for label in LABELS] for row in results], float).reshape(
        -1, len(LABELS)
    )


def flagged(scores: Numbers, thresholds: Mapping[str, float]) -> Truth:
    """Say which rows reach the threshold of any label."""
    limits = np.array([thresholds.get(label, 2.0) for label in LABELS])
    return np.asarray((scores >= limits).any(axis=1), bool)


def reader_comments(pages: Path) -> list[str]:
    """Read the comments of saved pages; none when the pages are not there."""
    comments = []
    for name in ("numbered", "unnumbered"):
        path = pages / f"{name}.jsonl.gz"
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                for line in lines:
                    page = json.loads(line)
                    text = page["text"]
                    comments += [text[c["bstart"] : c["bend"]].strip() for c in page["comments"]]
    return [comment for comment in comments if comment]


def measure(scored: Mapping[str, Scored], page_scores: Numbers) -> dict[str, Any]:
    """Put all figures together."""
    return {
        "base_rate": BASE_RATE,
        "presets": PRESETS,
        "auc": {name: _auc_of(scored[name]) for name in AUC_SETS},
        "label_auc": _label_aucs(scored),
        "thresholds": _threshold_tables(scored),
        "false_positives": {
            name: _false_positives(scored, page_scores, limits) for name, limits in PRESETS.items()
        },
        "found": {name: _found(scored, limits) for name, limits in PRESETS.items()},
        "disguise": _disguise(scored, STANDARD),
        "identity": _identity(scored),
        "generated": _generated(scored["generated_heldout"], STANDARD),
        "functions": _generated(scored["functions"], STANDARD),
        "calibration": _calibration(scored),
        "probes": _probes(scored["probes"]),
    }


def _auc_of(one: Scored, label: str = "toxicity") -> dict[str, Any]:
    known, gold = one.gold(label)
    found = interval(auc, one.column(label)[known], gold[known])
    return {
        **found.as_dict(),
        "n": int(known.sum()),
        "positive": int(gold[known].sum()),
        "about": one.found.licence_note,
    }


def _talk_page_negatives(scored: Mapping[str, Scored], label: str) -> Numbers:
    # A talk-page comment that is not toxic is no insult either.
    parts = []
    for name in ("jigsaw_heldout", "wiki_nonfuzzed", "annotators_heldout"):
        one = scored[name]
        known, gold = one.gold(label)
        if not known.any():
            known, gold = one.gold("toxicity")
        parts.append(one.column(label)[known & ~gold])
    return np.concatenate(parts)


def _positives(scored: Mapping[str, Scored], label: str) -> Numbers:
    names = (
        ("jigsaw_heldout", "wiki_nonfuzzed")
        if label == "toxicity"
        else ("annotators_heldout", "civil_heldout")
    )
    parts = []
    for name in names:
        known, gold = scored[name].gold(label)
        parts.append(scored[name].column(label)[known & gold])
    return np.concatenate(parts)


def _label_aucs(scored: Mapping[str, Scored]) -> dict[str, Any]:
    table = {}
    for label in ("obscene", "threat", "insult", "identity_attack"):
        positives, negatives = _positives(scored, label), _talk_page_negatives(scored, label)
        values = np.concatenate([positives, negatives])
        gold = np.arange(len(values)) < len(positives)
        within_known, within_gold = scored["civil_heldout"].gold(label)
        table[label] = {
            **interval(auc, values, gold).as_dict(),
            "positive": len(positives),
            "negative": len(negatives),
            "within_toxic": interval(
                auc, scored["civil_heldout"].column(label)[within_known], within_gold[within_known]
            ).as_dict(),
        }
    return table


def _threshold_tables(scored: Mapping[str, Scored]) -> dict[str, Any]:
    tables = {}
    for label in ("toxicity", "obscene", "threat", "insult", "identity_attack"):
        positives, negatives = _positives(scored, label), _talk_page_negatives(scored, label)
        kind = (
            "Wikipedia talk comments"
            if label == "toxicity"
            else ("abusive newspaper and clean Wikipedia talk comments")
        )
        tables[label] = {
            "base_rate": BASE_RATE,
            "set": kind,
            "n": len(positives) + len(negatives),
            "positive": len(positives),
            "rows": threshold_rows(positives, negatives, BASE_RATE),
        }
    return tables


def _rate(hits: Truth) -> dict[str, Any]:
    values = hits.astype(float)
    share = interval(lambda found, _: float(found.mean()), values, hits)
    return {**share.as_dict(), "n": len(hits), "flagged": int(hits.sum())}


HARMLESS_SETS = (
    "templates_heldout",
    "jigsaw_heldout",
    "wiki_nonfuzzed",
    "wiki_context_heldout",
    "annotators_heldout",
)
TOXIC_SETS = (
    "jigsaw_heldout",
    "wiki_nonfuzzed",
    "surge_toxicity",
    "civil_heldout",
    "hatemojicheck",
)


def _false_positives(
    scored: Mapping[str, Scored], page_scores: Numbers, thresholds: Mapping[str, float]
) -> dict[str, Any]:
    table = {}
    for name in HARMLESS_SETS:
        known, gold = scored[name].gold("toxicity")
        table[name] = _rate(flagged(scored[name].scores, thresholds)[known & ~gold])
    if len(page_scores):
        table["reader_comments_flagged"] = _rate(flagged(page_scores, thresholds))
    return table


def _found(scored: Mapping[str, Scored], thresholds: Mapping[str, float]) -> dict[str, Any]:
    table = {}
    for name in TOXIC_SETS:
        known, gold = scored[name].gold("toxicity")
        table[name] = _rate(flagged(scored[name].scores, thresholds)[known & gold])
    return table


def _disguise(scored: Mapping[str, Scored], thresholds: Mapping[str, float]) -> dict[str, Any]:
    return {
        name: _rate(flagged(scored[name].scores, thresholds))
        for name in ("disguise_clean", "disguise_misspelt")
    }


def _identity(scored: Mapping[str, Scored]) -> dict[str, Any]:
    pairs = scored["counterfactual_pairs"].column("toxicity")
    difference = np.abs(pairs[0::2] - pairs[1::2])
    original, swapped = scored["wiki_nonfuzzed"], scored["wiki_fuzzed"]
    moved = [
        (first, second)
        for first, second, one, other in zip(
            original.column("toxicity"),
            swapped.column("toxicity"),
            original.found.texts,
            swapped.found.texts,
            strict=True,
        )
        if one != other
    ]
    swaps = np.array([abs(first - second) for first, second in moved])
    templates = scored["templates_heldout"]
    _, gold = templates.gold("toxicity")
    return {
        "counterfactual": _mean(difference),
        "swapped_in_comments": _mean(swaps),
        "templates": identity_aucs(templates.column("toxicity"), gold, templates.found.groups),
        "template_means": _means_by_identity(templates, gold),
    }


def _means_by_identity(templates: Scored, gold: Truth) -> dict[str, dict[str, float]]:
    names, scores = np.asarray(templates.found.groups), templates.column("toxicity")
    return {
        name: {
            "harmless": round(float(scores[(names == name) & ~gold].mean()), 4),
            "toxic": round(float(scores[(names == name) & gold].mean()), 4),
        }
        for name in sorted(set(templates.found.groups))
    }


def _mean(values: Numbers) -> dict[str, Any]:
    found: Interval = interval(
        lambda sample, _: float(sample.mean()), values, np.zeros(len(values), bool)
    )
    return {**found.as_dict(), "n": len(values), "p95": round(float(np.quantile(values, 0.95)), 4)}


def _generated(one: Scored, thresholds: Mapping[str, float]) -> dict[str, Any]:
    names, hits = np.asarray(one.found.groups), flagged(one.scores, thresholds)
    toxic = {name for name, gold in zip(names, one.found.gold, strict=True) if (gold[0] or 0) > 0.5}
    return {
        name: {
            "toxic": name in toxic,
            "n": int((names == name).sum()),
            "flagged": round(float(hits[names == name].mean()), 4),
            "mean_toxicity": round(float(one.column("toxicity")[names == name].mean()), 4),
        }
        for name in sorted(set(one.found.groups))
    }


def _calibration(scored: Mapping[str, Scored]) -> dict[str, Any]:
    table = {}
    for name in ("jigsaw_heldout", "wiki_nonfuzzed", "surge_toxicity"):
        known, gold = scored[name].gold("toxicity")
        rows = calibration_rows(scored[name].column("toxicity")[known], gold[known], BASE_RATE)
        table[name] = {"base_rate": BASE_RATE, "bands": rows}
    return table


def _probes(one: Scored) -> list[dict[str, Any]]:
    return [
        {
            "text": text,
            **{label: round(float(value), 3) for label, value in zip(LABELS, row, strict=True)},
        }
        for text, row in zip(one.found.texts, one.scores, strict=True)
    ]


def measure_beside(
    scored: Mapping[str, Scored],
    quick: Mapping[str, Scored],
    page_scores: Numbers,
    quick_page_scores: Numbers,
) -> dict[str, Any]:
    """Put all figures together, and beside them what changes with the first look."""
    measured = measure(scored, page_scores)
    measured["quick"] = quick_figures(scored, quick, page_scores, quick_page_scores)
    return measured


def quick_figures(
    scored: Mapping[str, Scored],
    quick: Mapping[str, Scored],
    page_scores: Numbers,
    quick_page_scores: Numbers,
) -> dict[str, Any]:
    """Say what the first look changes: AUC, and flags lost and won."""
    pairs = {name: (one.scores, quick[name].scores) for name, one in scored.items()}
    pairs["reader_comments_flagged"] = (page_scores, quick_page_scores)
    table: dict[str, Any] = {
        name: {"n": len(after), "presets": _changed_flags(before, after)}
        for name, (before, after) in pairs.items()
        if len(after)
    }
    for name in AUC_SETS:
        known, gold = scored[name].gold("toxicity")
        table[name] |= {
            "auc_quick": round(auc(quick[name].column("toxicity")[known], gold[known]), 4),
            "auc": round(auc(scored[name].column("toxicity")[known], gold[known]), 4),
        }
    return table


def _changed_flags(scores: Numbers, quick: Numbers) -> dict[str, Any]:
    table = {}
    for preset, limits in PRESETS.items():
        before, after = flagged(scores, limits), flagged(quick, limits)
        table[preset] = {
            "flagged": int(before.sum()),
            "lost": int((before & ~after).sum()),
            "won": int((after & ~before).sum()),
        }
    return table


def int8_difference(shipped: Score, full: Score, texts: Sequence[str]) -> dict[str, Any]:
    """Compare the scores of the int8 graph with those of the full-precision one."""
    difference = np.abs(as_array(shipped(texts)) - as_array(full(texts)))
    return {
        "n": len(texts),
        "mean": round(float(difference.mean()), 5),
        "p99": round(float(np.quantile(difference.max(axis=1), 0.99)), 5),
        "p99_each_score": round(float(np.quantile(difference, 0.99)), 5),
        "max": round(float(difference.max()), 5),
    }
