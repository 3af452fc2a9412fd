"""Judges how toxic a text is: one protocol, an embedded model, and Detoxify's models.

``load_scorer()`` gives the embedded model, which needs neither network nor PyTorch::

    scorer = load_scorer()
    scorer.score(["You are a fool."])[0]["insult"]

Nothing heavy is imported before a scorer is loaded. May import ``errors``.
"""

from __future__ import annotations

from pathlib import Path

from moderation.errors import UsageError
from moderation.toxicity.measured import measured_effect
from moderation.toxicity.scorer import LABELS, Scorer

__all__ = ["LABELS", "Scorer", "load_scorer", "measured_effect", "scorer_names"]

_DETOXIFY_NAMES = ("original", "unbiased", "multilingual", "original-small", "unbiased-small")


def scorer_names() -> tuple[str, ...]:
    """Give the names that ``load_scorer`` knows; it also takes the path of a checkpoint file."""
    return ("compact", *_DETOXIFY_NAMES)


def load_scorer(name: str = "compact") -> Scorer:
    """Load a toxicity model by name, or from a Detoxify checkpoint file.

    Args:
        name: ``compact`` for the embedded model; ``original``, ``unbiased``, ``multilingual``,
            ``original-small`` or ``unbiased-small`` for Detoxify's; or the path of a file in
            Detoxify's checkpoint format.

    Raises:
        UsageError: there is no such name and no such file.
        ModelUnavailable: the model's package or weights cannot be had here.
    """
    if name == "compact":
        from moderation.toxicity.compact import load_compact  # noqa: PLC0415 - ONNX Runtime

        return load_compact()
    if name in _DETOXIFY_NAMES or Path(name).is_file():
        from moderation.toxicity.detoxify_models import load_detoxify  # noqa: PLC0415 - PyTorch

        return load_detoxify(name)
    raise UsageError(
        f"There is no model named '{name}' and no checkpoint file at that path. "
        f"The models are {', '.join(scorer_names())}; a path must point to a file in Detoxify's "
        "checkpoint format."
    )
