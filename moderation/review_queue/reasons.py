"""Evidence as a sentence that a moderator can read without knowing the tool."""

from __future__ import annotations

from collections.abc import Iterable

from moderation.records import Reason


def sentence(reasons: Iterable[Reason]) -> str:
    """Join reasons for the queue: ``slur "…" (nationality: …, severe); insult 0.84 ≥ 0.70``."""
    return "; ".join(_phrase(reason) for reason in reasons)


_DETECTORS = {"toxicity": "model", "lexicon": "word list", "not_checked": "not checked"}


def code_in_words(code: str) -> str:
    """Name a reason's code for people: ``model: insult``, ``word list: slur``."""
    if code == "not_checked.language":
        return "the model does not know the language"
    detector, _, what = code.partition(".")
    return f"{_DETECTORS.get(detector, detector)}: {what.replace('_', ' ')}"


def _phrase(reason: Reason) -> str:
    if reason.value is None or reason.threshold is None or not reason.code.startswith("toxicity."):
        return reason.detail
    return f"{reason.detail} {_compared(reason.value, reason.threshold)}"


def _compared(value: float, threshold: float) -> str:
    """Write ``0.84 ≥ 0.70``, with more digits only where two would misstate either number."""
    for digits in (2, 3, 4):
        shown, limit = f"{value:.{digits}f}", f"{threshold:.{digits}f}"
        if float(limit) == threshold and float(shown) >= float(limit):
            break
    return f"{shown} ≥ {limit}"
