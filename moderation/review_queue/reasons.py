"""Evidence as a sentence that a moderator can read without knowing the tool."""

from __future__ import annotations

from collections.abc import Iterable

from moderation.records import Reason

LONGEST_QUOTE = 80
"""Characters of a passage that a reason quotes."""


def sentence(reasons: Iterable[Reason], text: str = "") -> str:
    """Join reasons for the queue.

    ``slur "…" (nationality: …, severe); insult 0.84 ≥ 0.70: "…"``: the comment's ``text`` is
    quoted where a reason points to a passage that the one before has not quoted already.
    """
    phrases: list[str] = []
    quoted = ""
    for reason in reasons:
        quote = _quote(reason, text)
        is_new = quote and quote != quoted
        phrases.append(f"{_phrase(reason)}: {quote}" if is_new else _phrase(reason))
        quoted = quote or quoted
    return "; ".join(phrases)


def _quote(reason: Reason, text: str) -> str:
    """The passage that moved the model, in quotation marks; a long one without its middle."""
    if reason.start is None or reason.end is None or not reason.code.startswith("toxicity."):
        return ""
    passage = " ".join(text[reason.start : reason.end].split())
    if len(passage) > LONGEST_QUOTE:
        half = LONGEST_QUOTE // 2
        passage = f"{passage[:half].rstrip()} … {passage[-half:].lstrip()}"
    return f'"{passage}"' if passage else ""


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
