"""Holds a model that is to be kept against Detoxify's own scores, on texts written for this.

The texts and Detoxify's scores of them stay beside the model, so that a machine to which it is
carried can check it again without Detoxify.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from moderation.toxicity.models.manifest import Check, Precision
from moderation.toxicity.models.onnx_scorer import ExportedScorer

LARGEST_DIFFERENCE: Mapping[Precision, float] = {"fp32": 1e-4, "fp16": 0.02, "int8": 0.02}
"""How far a score may be from Detoxify's, by the precision of the model."""

FEWEST_SAME_FLAGS = 0.995
FLAG = 0.5
LONG_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Texts with Detoxify's scores of them; each has every label."""

    texts: tuple[str, ...]
    scores: tuple[Mapping[str, float], ...]

    def write(self, path: Path) -> None:
        """Write them as JSON."""
        content = {"texts": self.texts, "scores": self.scores}
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def probe_texts() -> tuple[str, ...]:
    """Give the texts to check on: short, long, none, in many languages and scripts, emoji.

    Comments of this project's own making, in all pairs of 20 openings and 10 endings, and others;
    the last ones are of 10,000 characters, of which Detoxify reads the beginning.
    """
    path = files("moderation.toxicity.models").joinpath("probes.json")
    parts = json.loads(path.read_text(encoding="utf-8"))
    pairs = [opening + ending for opening in parts["openings"] for ending in parts["endings"]]
    words = " ".join(pairs)
    long = [words[:LONG_CHARACTERS], "a" * LONG_CHARACTERS, "שלום " * (LONG_CHARACTERS // 5)]
    return (*pairs, *parts["other_languages"], *parts["odd"], *long)


def detoxify_scores(predict: Callable[[str], Mapping[str, float]], texts: Sequence[str]) -> Scored:
    """Ask Detoxify for its scores, text by text: in a batch, padding would move the last digits."""
    return Scored(texts=tuple(texts), scores=tuple(predict(text) for text in texts))


def read_scored(path: Path) -> Scored:
    """Read texts and scores back.

    Raises ValueError, with a sentence's end for a message, when the file is not such.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        scores = tuple({str(k): float(v) for k, v in row.items()} for row in found["scores"])
        texts = tuple(map(str, found["texts"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the scores to check it against cannot be read ({error!r})") from error
    if not texts or len(texts) != len(scores):
        raise ValueError("the scores to check it against are not complete")
    return Scored(texts=texts, scores=scores)


def check(scorer: ExportedScorer, expected: Scored) -> Check:
    """Compare a model's scores with Detoxify's, on what Detoxify reads of each text.

    Raises ValueError when their labels differ.
    """
    found = scorer.score_starts(expected.texts)
    differences, same = [0.0], 0
    for ours, theirs in zip(found, expected.scores, strict=True):
        if set(ours) != set(theirs):
            raise ValueError(f"it gives {', '.join(ours)}; Detoxify gives {', '.join(theirs)}")
        differences += [_distance(ours[label], theirs[label]) for label in ours]
        same += (max(ours.values()) >= FLAG) == (max(theirs.values()) >= FLAG)
    return Check(
        texts=len(found), largest_difference=max(differences), same_flags=same / len(found)
    )


def _distance(one: float, other: float) -> float:
    # max() passes over what is no number.
    return abs(one - other) if math.isfinite(one) and math.isfinite(other) else math.inf


def is_good(found: Check, precision: Precision) -> bool:
    """Tell whether a model may be kept."""
    near = found.largest_difference <= LARGEST_DIFFERENCE[precision]
    return near and found.same_flags >= FEWEST_SAME_FLAGS


def sentence(found: Check) -> str:
    """Say what a check found, for people."""
    return (
        f"On {found.texts:,} texts its scores are within {found.largest_difference:.1g} of "
        f"Detoxify's, and {found.same_flags:.1%} are flagged alike at {FLAG:g}"
    )
