"""Evidence as a sentence that a moderator can read without knowing the tool."""

from __future__ import annotations

from collections.abc import Iterable

from moderation.records import Reason


def sentence(reasons: Iterable[Reason]) -> str:
    """Join reasons for the queue: ``slur "…" (nationality: …, severe); insult 0.84 ≥ 0.70``."""
    return "; ".join(_phrase(reason) for reason in reasons)


def _phrase(reason: Reason) -> str:
    if reason.value is None or reason.threshold is None or not reason.code.startswith("toxicity."):
        return reason.detail
    return f"{reason.detail} {_shown(reason.value)} ≥ {_shown(reason.threshold)}"


def _shown(number: float) -> str:
    """Two digits, more only where two would misstate it: a threshold of 0.125 stays 0.125."""
    return f"{number:.2f}" if abs(number - round(number, 2)) < 5e-4 else f"{number:.3f}"
