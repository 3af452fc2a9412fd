"""Running a kept model: what the four architectures share."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from moderation.errors import ModelUnavailable
from moderation.toxicity.models.onnx_scorer import ExportedScorer, load_exported
from moderation.toxicity.models.store import kept_model


class Broken:
    """Stands in for a session whose arithmetic overflows on long texts."""

    def run(self, names: list[str], inputs: dict[str, Any]) -> list[Any]:
        """Give no number for more than five tokens."""
        rows, tokens = inputs["input_ids"].shape
        score = math.nan if tokens > 5 else 0.5
        return [numpy.full((rows, 6), score, numpy.float32)]


@pytest.fixture
def scorer(added: Path) -> ExportedScorer:
    """The model 'small', loaded."""
    kept = kept_model("small")
    assert kept is not None
    assert kept.manifest is not None
    return load_exported(kept.folder, kept.manifest)


def test_a_score_that_is_no_number_does_not_become_0(scorer: ExportedScorer) -> None:
    """It stays what it is, so that the comment is marked as failed; as 0 it would read as clean."""
    broken = replace(scorer, session=Broken())
    short, long = broken.score(["you", "you are a fool and everybody knows it"])
    assert short["toxicity"] == 0.5
    assert math.isnan(long["toxicity"])


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_files_that_cannot_be_loaded_are_an_error(added: Path, file: str) -> None:
    """What ONNX Runtime or the tokenizer says becomes one sentence with the folder."""
    kept = kept_model("small")
    assert kept is not None
    assert kept.manifest is not None
    (kept.folder / file).write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match=r"The model 'small' in .* could not be loaded: "):
        load_exported(kept.folder, kept.manifest)
