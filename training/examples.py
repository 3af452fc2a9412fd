"""The values that flow through the training code: labelled texts and how they are split."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
"""The order of the labels everywhere: Detoxify's."""

Labels = tuple[float | None, ...]
"""One share between 0 and 1 for each label; None where the data set says nothing about it."""

NO_LABELS: Labels = (None,) * len(LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text to learn from.

    ``labels`` are soft: the share of raters, or a belief. ``teacher_share`` says how much of a
    known label is to be replaced by the teacher's judgement (0: none; 1: all of it). Two examples
    with the same ``twin`` differ in the identity named and must score alike.
    """

    text: str
    labels: Labels
    source: str
    weight: float = 1.0
    teacher_share: float = 0.0
    twin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """Texts with gold labels that no training text may resemble.

    ``gold`` has one row a text. ``licence_note`` says where the set comes from.
    """

    name: str
    texts: tuple[str, ...]
    gold: tuple[Labels, ...]
    licence_note: str
    groups: tuple[str, ...] = ()


def labels_of(**known: float) -> Labels:
    """Give the labels in their order, None for those not named.

    >>> labels_of(insult=1.0)
    (None, None, None, None, 1.0, None)
    """
    unknown = set(known) - set(LABELS)
    if unknown:
        raise ValueError(f"no such label: {sorted(unknown)}; known are {', '.join(LABELS)}")
    return tuple(known.get(label) for label in LABELS)


def all_labels(value: float) -> Labels:
    """Give every label the same value: for clean text, 0."""
    return (value,) * len(LABELS)


def bucket(text: str, salt: str = "") -> float:
    """Place a text between 0 and 1 by its hash: a split that never moves when rows are added."""
    digest = hashlib.sha256((salt + normalised(text)).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def normalised(text: str) -> str:
    """Lower-case the words of a text and join them with single spaces."""
    return " ".join(re.findall(r"\w+", text.lower()))


def pieces(text: str, words: int = 88) -> list[str]:
    """Cut a long text into pieces of about as many words as the model sees at once.

    A toxic comment is often toxic in one place only: each piece is then labelled by itself.
    """
    found = text.split()
    if len(found) <= words * 5 // 4:
        return [text]
    return [" ".join(found[i : i + words]) for i in range(0, len(found), words)]


def distinct(examples: Sequence[Example]) -> list[Example]:
    """Drop later examples whose text differs from an earlier one's in case or punctuation only."""
    seen: set[str] = set()
    kept = []
    for example in examples:
        key = example.text.strip() if len(example.text) < 40 else normalised(example.text)
        if key and key not in seen:
            seen.add(key)
            kept.append(example)
    return kept
