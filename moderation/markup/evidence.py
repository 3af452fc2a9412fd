"""Which of the elements that are named like comments are some, and how sure that is.

A name alone is not enough: pages call their comment forms, teasers and even their articles so. A
comment has words, and it says who wrote it or when, or the site numbers it as its others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.markup.contents import Content
from moderation.markup.units import Unit

ENOUGH_ALIKE = 2
ENOUGH_IN_SECTION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """For each element whether it is a comment; how sure that is of them all, and why."""

    accepted: tuple[bool, ...]
    empty: int = 0
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()


def judge(units: Sequence[Unit], contents: Sequence[Content]) -> Judgement:
    """Tell comments from elements that only bear their name."""
    pairs = list(zip(units, contents, strict=True))
    strong = [_stands_alone(unit, content) for unit, content in pairs]
    alike = _count_keys(unit for unit, is_strong in zip(units, strong, strict=True) if is_strong)
    roots = Counter(unit.key for unit, is_strong in zip(units, strong, strict=True) if is_strong)
    named = Counter(unit.key for unit, content in pairs if unit.in_section and content.body)
    told = _count_keys(unit for unit, content in pairs if content.body and content.told)
    numbered = sum(
        bool(unit.number) and is_strong for unit, is_strong in zip(units, strong, strict=True)
    )
    accepted, empty = [], 0
    for (unit, content), is_strong in zip(pairs, strong, strict=True):
        if unit.number:
            takes = is_strong or any(alike[key] for key in unit.keys)
        elif numbered >= ENOUGH_ALIKE and all(alike[key] < ENOUGH_ALIKE for key in unit.keys):
            # One box that the site does not number among those that it does is something else.
            takes = unit.kind != "comment"
        else:
            takes = is_strong or roots[unit.key] >= ENOUGH_ALIKE
            takes = takes or (
                unit.body_named and unit.in_section and named[unit.key] >= ENOUGH_IN_SECTION
            )
            takes = takes or (content.told and any(told[k] >= ENOUGH_ALIKE for k in unit.keys))
        takes = takes and not _is_article(unit)
        empty += takes and not content.body
        accepted.append(takes and bool(content.body))
    taken = [pair for pair, takes in zip(pairs, accepted, strict=True) if takes]
    return Judgement(
        accepted=tuple(accepted),
        empty=empty,
        confidence=_confidence(taken),
        evidence=_reasons(taken),
    )


def _count_keys(units: Iterable[Unit]) -> Counter[str]:
    """Return how many comments have each name."""
    return Counter(key for unit in units for key in unit.keys)


def _is_article(unit: Unit) -> bool:
    """Tell whether an element is the article under discussion: a forum's first post."""
    return unit.system == "Discourse" and unit.number == "1"


def _stands_alone(unit: Unit, content: Content) -> bool:
    """Tell whether an element would be taken for a comment if it were the only one."""
    if not content.body:
        return bool(unit.number) and content.told
    if unit.kind != "comment":
        return True
    if unit.exact or unit.number or unit.in_list:
        return content.told or (unit.exact and bool(unit.number))
    return content.signed and content.posted_at is not None and unit.body_named


def _confidence(taken: Sequence[tuple[Unit, Content]]) -> float:
    """Return how sure it is that these are comments, from 0 to 1."""
    if not taken:
        return 0.0
    signed = sum(content.signed for _, content in taken) / len(taken)
    dated = sum(content.posted_at is not None for _, content in taken) / len(taken)
    named = sum(bool(unit.number or unit.exact) for unit, _ in taken) / len(taken)
    several = min(1.0, len(taken) / 3)
    return round(0.4 + 0.2 * named + 0.15 * signed + 0.15 * dated + 0.1 * several, 2)


def _reasons(taken: Sequence[tuple[Unit, Content]]) -> tuple[str, ...]:
    """Return in words what speaks for the comments that were taken."""
    if not taken:
        return ()
    total = len(taken)
    name = Counter(unit.key for unit, _ in taken).most_common(1)[0][0]
    reasons = [f"{total} element{' is' if total == 1 else 's are'} marked up as comments ({name})"]
    systems = sorted({unit.system for unit, _ in taken if unit.system})
    if systems:
        reasons.append(f"the markup is that of {' and '.join(systems)}")
    for count, words in (
        (sum(bool(unit.number) for unit, _ in taken), "numbered by the site"),
        (sum(content.signed for _, content in taken), "with the writer's name"),
        (sum(content.posted_at is not None for _, content in taken), "with a date"),
    ):
        if count:
            reasons.append(f"{count} of {total} {words}")
    return tuple(reasons)
