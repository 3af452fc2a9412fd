"""Keeps texts of evaluation sets, and their near-duplicates, out of the training data.

Two texts are near-duplicates when the shorter one shares at least half of its six-word shingles
with the other. Texts of fewer than six words have one shingle, themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from training.examples import EvaluationSet, Example, normalised

SHINGLE_WORDS = 6
SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Contamination:
    """What was found: the training examples that may stay, and what was removed and why."""

    kept: tuple[Example, ...]
    removed: tuple[tuple[Example, str], ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the removed examples by training source and evaluation set."""
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for example, name in self.removed:
            table[example.source][name] += 1
        return {source: dict(sorted(table[source].items())) for source in sorted(table)}


def shingles(text: str) -> frozenset[str]:
    """Give the runs of six words in a text; of a shorter text, the text itself."""
    words = normalised(text).split()
    if len(words) < SHINGLE_WORDS:
        return frozenset([" ".join(words)]) if words else frozenset()
    count = len(words) - SHINGLE_WORDS + 1
    return frozenset(" ".join(words[i : i + SHINGLE_WORDS]) for i in range(count))


def without_contamination(
    examples: Sequence[Example], evaluation: Sequence[EvaluationSet]
) -> Contamination:
    """Part the training examples from those that resemble a text of an evaluation set."""
    index: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    names: list[str] = []
    for group in evaluation:
        for text in group.texts:
            found = shingles(text)
            for shingle in found:
                index[shingle].append(len(sizes))
            sizes.append(len(found))
            names.append(group.name)
    kept, removed = [], []
    for example in examples:
        match = _match(shingles(example.text), index, sizes)
        if match is None:
            kept.append(example)
        else:
            removed.append((example, names[match]))
    return Contamination(kept=tuple(kept), removed=tuple(removed))


def _match(found: frozenset[str], index: dict[str, list[int]], sizes: Sequence[int]) -> int | None:
    shared: Counter[int] = Counter()
    for shingle in found:
        shared.update(index.get(shingle, ()))
    for number, count in shared.most_common():
        if count >= SHARE * min(len(found), sizes[number]):
            return number
    return None
