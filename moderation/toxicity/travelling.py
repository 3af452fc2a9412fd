"""Which models may run in several processes at once."""

from __future__ import annotations

from dataclasses import replace

from moderation.toxicity.compact import CompactScorer
from moderation.toxicity.scorer import Scorer


def is_small(scorer: Scorer) -> bool:
    """Tell whether a model is so small and quick that each process can have one of its own."""
    return isinstance(scorer, CompactScorer)


def on_one_thread(scorer: Scorer) -> Scorer:
    """Give a small model as one that keeps a single processor busy; the same scores."""
    return replace(scorer, threads=1) if isinstance(scorer, CompactScorer) else scorer
