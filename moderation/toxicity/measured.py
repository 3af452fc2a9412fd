"""What the embedded model's thresholds were measured to give, read from its package data."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


def measured_effect(label: str, threshold: float) -> str | None:
    """Say what a threshold of the embedded model was measured to give.

    The nearest measured threshold at or below the one asked for speaks for it; thresholds were
    measured in steps of a hundredth. None for a label that was not measured.
    """
    table = _measured()["thresholds"].get(label)
    if table is None:
        return None
    rows = [row for row in table["rows"] if row["threshold"] <= threshold + 1e-9]
    if not rows:
        return None
    row = rows[-1]
    precision = row["precision"]
    said = "nothing flagged" if precision is None else f"precision {precision:.2f}"
    return (
        f"{said}, recall {row['recall']:.2f}, false-positive rate {row['false_positive_rate']:.3f} "
        f"at a base rate of {table['base_rate']:.0%} ({table['set']}, n = {table['n']:,})"
    )


@cache
def _measured() -> dict[str, Any]:
    path = files("moderation.toxicity").joinpath("compact").joinpath("measured.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
