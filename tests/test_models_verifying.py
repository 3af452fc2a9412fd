"""The check of a model against Detoxify's scores."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moderation.toxicity.models.manifest import Check
from moderation.toxicity.models.verifying import (
    Scored,
    check,
    detoxify_scores,
    is_good,
    probe_texts,
    read_scored,
    sentence,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Stands in for a loaded model: gives rows that were made before."""

    rows: Sequence[Mapping[str, float]]

    def score_starts(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Give the rows."""
        return [dict(row) for row in self.rows]


def checked(ours: Sequence[float], theirs: Sequence[float]) -> Check:
    """Check one label's scores against others."""
    model: Any = Fixed(rows=[{"toxicity": score} for score in ours])
    rows = tuple({"toxicity": score} for score in theirs)
    return check(model, Scored(texts=("x",) * len(ours), scores=rows))


def test_the_texts_are_of_all_kinds() -> None:
    """Empty, short, of 10,000 characters, with emoji, right to left; none comes twice."""
    texts = probe_texts()
    assert len(texts) == len(set(texts)) == 243
    assert "" in texts
    assert max(map(len, texts)) == 10_000
    assert any("😡" in text for text in texts)
    assert any("שלום" in text for text in texts)
    assert any("مرحبا" in text for text in texts)


def test_the_largest_difference_and_the_flags_are_told() -> None:
    """Both come from single texts, not from averages."""
    found = checked([0.1, 0.49, 0.9], [0.1, 0.505, 0.89])
    assert found.largest_difference == pytest.approx(0.015)
    assert found.same_flags == pytest.approx(2 / 3)
    assert "within 0.01 of Detoxify's" in sentence(found) or "0.02" in sentence(found)


@pytest.mark.parametrize(
    ("ours", "precision", "good"),
    [
        (0.10005, "fp32", True),
        (0.1002, "fp32", False),
        (0.119, "int8", True),
        (0.121, "int8", False),
    ],
)
def test_the_bar_depends_on_the_precision(ours: float, precision: Any, good: bool) -> None:
    """Full precision must be exact, int8 near."""
    assert is_good(checked([ours], [0.1]), precision) is good


def test_a_score_that_is_no_number_is_never_good() -> None:
    """Neither in the model's scores nor in those that it is held against."""
    assert not is_good(checked([0.1, math.nan], [0.1, 0.1]), "int8")
    assert not is_good(checked([0.1, 0.1], [0.1, math.nan]), "int8")


def test_flags_that_differ_are_never_good() -> None:
    """Small differences that change one flag in a hundred are too many."""
    assert not is_good(Check(texts=100, largest_difference=0.001, same_flags=0.99), "int8")


def test_other_labels_are_an_error() -> None:
    """Scores of other labels cannot be compared."""
    model: Any = Fixed(rows=[{"insult": 0.1}])
    with pytest.raises(ValueError, match="it gives insult; Detoxify gives toxicity"):
        check(model, Scored(texts=("x",), scores=({"toxicity": 0.1},)))


def test_scores_can_be_written_and_read(tmp_path: Path) -> None:
    """To the last digit, with their texts."""
    scored = detoxify_scores(lambda text: {"toxicity": len(text) / 7}, ["", "שלום", "😀"])
    scored.write(tmp_path / "reference.json")
    assert read_scored(tmp_path / "reference.json") == scored


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        json.dumps({"texts": [], "scores": []}),
        json.dumps({"texts": ["x"], "scores": []}),
        json.dumps({"texts": ["x"], "scores": [3]}),
    ],
)
def test_scores_that_are_not_complete_are_an_error(tmp_path: Path, content: str) -> None:
    """Nothing to check against would pass every check."""
    path = tmp_path / "reference.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="the scores to check it against"):
        read_scored(path)
