"""Teaches the trained encoder the sum of what it says itself and what the tally says.

The course needs no labels: its goals are the encoder's own scores, with the tally's logit added to
that of toxicity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from transformers import BertForSequenceClassification

from training import train
from training.examples import Example, bucket
from training.graph import Array
from training.tally import Tally, fit_tally
from training.train import Encoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every knob of the second course."""

    tally_share: float = 0.6
    """How much of the tally's logit is added to the encoder's."""
    texts: float = 0.5
    """Share of the first course's texts that it is taught on."""
    learning_rate: float = 1e-4
    imitation: float = 1.0


def second_course(  # noqa: PLR0913, PLR0917 - what a course needs
    model: BertForSequenceClassification,
    examples: Sequence[Example],
    encoded: Encoded,
    settings: Settings,
    first: train.Settings,
    checkpoint: Path,
    report: train.Report,
) -> train.Run:
    """Teach ``model`` and give the finished run; it goes on from ``checkpoint`` if it is there.

    ``examples`` and ``encoded`` are the texts that the first course was taught on.
    """
    # The tokens that mark beginning and end say nothing.
    rows = [row[1:-1] for row in encoded.tokens]
    report("fitting the tally")
    tally = fit_tally(rows, encoded.values[:, 0].numpy(), encoded.weights[:, 0].numpy())
    chosen = [n for n, one in enumerate(examples) if _is_taught(one, settings.texts)]
    kept = checkpoint.with_suffix(".npy")
    if not kept.exists():
        report(f"scoring {len(chosen):,} texts for the second course")
        np.save(kept, train.logits_of(model, [encoded.tokens[n] for n in chosen], first))
    own: Array = np.load(kept)
    lessons = _lessons(own, tally, chosen, encoded, settings.tally_share)
    course = replace(
        first,
        epochs=1.0,
        learning_rate=settings.learning_rate,
        imitation=settings.imitation,
    )
    return train.train(model, lessons, course, checkpoint, report)


def _is_taught(example: Example, share: float) -> bool:
    return bucket(example.twin or example.text, "second course") < share


def _lessons(
    own: Array, tally: Tally, chosen: Sequence[int], encoded: Encoded, share: float
) -> Encoded:
    """The chosen texts, with the sums for goals; twins share theirs."""
    logits = own.copy()
    logits[:, 0] += share * tally.logits([encoded.tokens[n][1:-1] for n in chosen])
    places = {number: place for place, number in enumerate(chosen)}
    twins = {
        places[one]: places[other]
        for one, other in encoded.twins.items()
        if one in places and other in places
    }
    for one, other in twins.items():
        logits[[one, other]] = (logits[one] + logits[other]) / 2
    values = torch.from_numpy(logits).sigmoid()
    return Encoded(
        tokens=tuple(encoded.tokens[n] for n in chosen),
        values=values,
        weights=torch.ones_like(values),
        twins=twins,
        imitated=torch.ones(len(chosen)),
    )
