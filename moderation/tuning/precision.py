"""How often each reason and each term was right, of the rows that people decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from moderation.measures import Share
from moderation.policy import Policy
from moderation.tuning.evidence import Evidence, FlaggedRow, codes

RETIREMENT_BOUND = 0.10
"""A term is proposed for retirement when even the upper end of the interval lies below this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How often a reason or a term was right.

    ``share`` counts all decided rows that have it, ``alone`` those that it flags by itself: those
    are the rows that go when it goes. ``language`` is that of a term, empty for a reason.
    """

    name: str
    share: Share
    alone: Share
    language: str = ""

    def is_to_retire(self, bound: float = RETIREMENT_BOUND) -> bool:
        """Whether the rows that only this flags are hits in fewer than ``bound``, for certain.

        The upper end of the interval of no hit at all is below 0.10 from 35 decisions on.
        """
        return self.alone.interval.high < bound


def precision_of_reasons(evidence: Evidence) -> tuple[Precision, ...]:
    """Give the precision of each reason code, the most frequent first."""
    found = [(row, codes(row, evidence.policy)) for row in evidence.decided]
    names = sorted({code for _, all_codes in found for code in all_codes})
    counted = [
        Precision(
            name=name,
            share=_share(row for row, all_codes in found if name in all_codes),
            alone=_share(row for row, all_codes in found if all_codes == (name,)),
        )
        for name in names
    ]
    return tuple(sorted(counted, key=lambda one: -one.share.trials))


def precision_of_terms(evidence: Evidence) -> tuple[Precision, ...]:
    """Give the precision of each term of the word list that flagged a decided row."""
    rows: dict[tuple[str, str], list[FlaggedRow]] = {}
    for row in evidence.decided:
        for key in {(match.language, match.term) for match in row.terms}:
            rows.setdefault(key, []).append(row)
    counted = [
        Precision(
            name=term,
            language=language,
            share=_share(found),
            alone=_share(row for row in found if _flags_alone(row, evidence.policy)),
        )
        for (language, term), found in sorted(rows.items())
    ]
    return tuple(sorted(counted, key=lambda one: -one.share.trials))


def _flags_alone(row: FlaggedRow, policy: Policy) -> bool:
    terms = {(match.language, match.term) for match in row.terms}
    over = any(
        score >= limit for score, limit in zip(row.scores, policy.thresholds.values(), strict=True)
    )
    return len(terms) == 1 and not over


def _share(rows: Iterable[FlaggedRow]) -> Share:
    answers = [row.standing == "hit" for row in rows]
    return Share(hits=sum(answers), trials=len(answers))
