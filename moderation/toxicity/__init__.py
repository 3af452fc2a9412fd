"""Judges how toxic a text is: one protocol, an embedded model, and Detoxify's models.

``load_scorer()`` gives the embedded model, which needs neither network nor PyTorch::

    scorer = load_scorer()
    scorer.score(["You are a fool."])[0]["insult"]

- ``scorer``: what every model can be asked. ``compact``: the embedded one.
- ``models``: adds Detoxify's models, and runs those that were added.
- ``loading``: names in, a scorer out. ``routing``: several models, each for its languages.
- ``travelling``: which models may run in several processes at once.
- ``windows``: long texts. ``measured``: what thresholds of the embedded model give.

Nothing heavy is imported before a scorer is loaded. May import ``errors``.
"""

from __future__ import annotations

from moderation.toxicity.compact import processors
from moderation.toxicity.loading import chosen_model, load_scorer, scorer_names
from moderation.toxicity.measured import measured_effect
from moderation.toxicity.routing import judge_of
from moderation.toxicity.scorer import LABELS, Scorer
from moderation.toxicity.travelling import is_small, on_one_thread

__all__ = [
    "LABELS",
    "Scorer",
    "chosen_model",
    "is_small",
    "judge_of",
    "load_scorer",
    "measured_effect",
    "on_one_thread",
    "processors",
    "scorer_names",
]
