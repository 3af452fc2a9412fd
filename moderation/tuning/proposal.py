"""What to do about a policy: the choices, and the one that meets a goal, or why none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from moderation.measures import Interval, Share
from moderation.policy import Policy
from moderation.tuning.evidence import Evidence, read_evidence
from moderation.tuning.precision import (
    RETIREMENT_BOUND,
    Precision,
    precision_of_reasons,
    precision_of_terms,
)
from moderation.tuning.search import Numbers, flagged, path
from moderation.tuning.validation import (
    ENOUGH,
    HALF_WIDTH,
    Bands,
    Estimate,
    Validated,
    kept_share,
    limits_of,
    sample_of,
    strengths_of,
    validate,
)

SHOWN_FRACTIONS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
"""Of today's rows: the choices that are shown."""

NEIGHBOURS = 5
"""Choices, each about one fiftieth of the rows further on, that meet a goal together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is wanted: a precision from 0 to 1, or at most so many rows in what the queue covers.

    Raises:
        ValueError: when both are given.
    """

    precision: float | None = None
    rows: int | None = None

    def __post_init__(self) -> None:
        if self.precision is not None and self.rows is not None:
            raise ValueError("a goal is a precision or a number of rows, not both")

    def sentence(self) -> str:
        """``at least 80 % of the rows are hits``, or ``at most 400 rows``."""
        if self.precision is not None:
            return f"at least {self.precision:.0%} of the flagged rows are hits"
        return f"at most {self.rows:,} rows" if self.rows is not None else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A policy and what it would give on the comments of this queue.

    ``rows`` is counted and exact: flagged comments, and those that could not be checked where the
    policy queues them. ``unknown_rows`` of them lie where too few rows were decided to say
    anything. ``expected`` is told from held-out decisions, for the other flagged rows.
    """

    policy: Policy
    rows: int
    unknown_rows: int
    expected: Validated

    def sentence(self) -> str:
        """``Expect about 83 % of what you remove today, 40 % of rows wasted, in 412 rows.``"""
        wasted = 1 - self.expected.precision.value
        return (
            f"Expect about {100 * self.expected.kept.value:.0f} % of what you remove among today's "
            f"flagged comments, {100 * wasted:.0f} % of flagged rows wasted, in {self.rows:,} rows."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The choice that meets the goal; ``is_today`` when nothing has to be raised for it."""

    goal: Goal
    choice: Choice
    is_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing is proposed, as sentences, and how much is missing where that is the reason.

    ``missing_decisions`` are rows removed, escalated or approved; ``missing_hits`` those of them
    that are removed or escalated.
    """

    reason: str
    missing_decisions: int = 0
    missing_hits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What the audit sample says of the comments that gave no reason.

    ``share`` of them people would remove; ``comments`` is that in numbers, with its interval.
    """

    share: Share
    comments: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Everything that a desk's decisions say about its policy.

    ``unread`` are the flagged comments for which the decisions do not speak: hardly any row of
    like priority was decided. They are in no share, but in every number of rows.
    """

    evidence: Evidence
    reasons: tuple[Precision, ...]
    terms: tuple[Precision, ...]
    to_retire: tuple[Precision, ...]
    choices: tuple[Choice, ...]
    result: Proposal | Refusal | None
    missed: Missed | None
    unread: int = 0

    def as_json(self) -> dict[str, Any]:
        """The tuning as plain data, in a stable order."""
        evidence, result = self.evidence, self.result
        return {
            "policy": f"{evidence.policy.name} {evidence.policy.version}",
            "decisions": len(evidence.decided),
            "hits": sum(row.standing == "hit" for row in evidence.decided),
            "flagged": len(evidence.rows),
            "flagged_without_a_promise": self.unread,
            "left_out": asdict(evidence.left_out),
            "damaged_rows": [asdict(problem) for problem in evidence.problems],
            "reasons": [_precision_as_json(one) for one in self.reasons],
            "terms": [_precision_as_json(one) for one in self.terms],
            "retire": [{"term": one.name, "language": one.language} for one in self.to_retire],
            "choices": [_choice_as_json(choice) for choice in self.choices],
            "proposal": _choice_as_json(result.choice) if isinstance(result, Proposal) else None,
            "refusal": asdict(result) if isinstance(result, Refusal) else None,
            "missed": None if self.missed is None else _missed_as_json(self.missed),
        }


def tune(
    queue: Path,
    goal: Goal | None = None,
    *,
    scores: Path | None = None,
    policy: str | Path | None = None,
    retirement_bound: float = RETIREMENT_BOUND,
) -> Tuning:
    """Learn from the decisions in a queue.

    ``scores`` are looked for beside the queue when not named; ``policy`` is needed only where no
    receipt says under which one the queue was made.

    Raises:
        UsageError: when a file is missing or cannot be read, or they do not belong together.
        PolicyError: when no policy is known.
    """
    return learn(read_evidence(queue, scores, policy), goal, retirement_bound)


def learn(
    evidence: Evidence, goal: Goal | None = None, retirement_bound: float = RETIREMENT_BOUND
) -> Tuning:
    """Learn from evidence that was read already."""
    terms = precision_of_terms(evidence)
    refusal = _too_few(evidence)
    found = () if refusal else _choices(evidence)
    return Tuning(
        evidence=evidence,
        reasons=precision_of_reasons(evidence),
        terms=terms,
        to_retire=tuple(one for one in terms if one.is_to_retire(retirement_bound)),
        choices=_to_show(found),
        result=refusal or (_result(found, goal) if goal else None),
        missed=_missed(evidence),
        unread=_unread(evidence),
    )


def _too_few(evidence: Evidence) -> Refusal | None:
    """Refuse when the decisions could not hold any promise to within ten points."""
    bands = Bands.of(evidence.rows)
    usable = [row for row in evidence.decided if bands.covers(row)]
    hits = sum(row.standing == "hit" for row in usable)
    missing, missing_hits = max(0, ENOUGH - len(usable)), max(0, ENOUGH - hits)
    if not missing and not missing_hits:
        return None
    return Refusal(
        reason=(
            f"No thresholds are proposed: there are {len(usable):,} decisions to learn from, "
            f"{hits:,} of them to remove or escalate, and it takes {ENOUGH} that are, so that what "
            f"is promised holds to within {100 * HALF_WIDTH:.0f} points. "
            f"{max(missing, missing_hits):,} more are missing, "
            f"{missing_hits:,} of them to remove or escalate."
        ),
        missing_decisions=max(missing, missing_hits),
        missing_hits=missing_hits,
    )


def _choices(evidence: Evidence) -> tuple[Choice, ...]:
    """Every policy on the way upwards, today's first, with what it would give."""
    bands = Bands.of(evidence.rows)
    decided = [row for row in evidence.decided if bands.covers(row)]
    # The order of the rows must not matter, so that the same decisions give the same figures.
    decided.sort(key=lambda row: row.comment_id)
    sample = sample_of(decided, bands)
    today = limits_of(evidence)
    found = path(sample, today)
    fractions = [kept_share(sample, limits) for limits in found]
    expected = validate(sample, [row.kin for row in decided], today, fractions)
    strengths = strengths_of(evidence.rows)
    covered = np.array([bands.covers(row) for row in evidence.rows], dtype=np.bool_)
    return tuple(
        Choice(
            policy=_with_limits(evidence.policy, limits),
            rows=int(flagged(strengths, limits).sum()) + evidence.unchecked,
            unknown_rows=int((flagged(strengths, limits) & ~covered).sum()),
            expected=one,
        )
        for limits, one in zip(found, expected, strict=True)
    )


def _with_limits(policy: Policy, limits: Numbers) -> Policy:
    *thresholds, severity = map(float, limits)
    return replace(
        policy,
        thresholds=dict(zip(policy.thresholds, thresholds, strict=True)),
        severity=int(severity),
    )


def _to_show(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices nearest to round shares of today's rows, as far as decisions bear them out."""
    sound = [choice for choice in choices if _is_sound(choice)]
    if not sound:
        return ()
    today = sound[0].rows
    nearest = [
        min(range(len(sound)), key=lambda i: abs(sound[i].rows - fraction * today))
        for fraction in SHOWN_FRACTIONS
    ]
    return tuple(sound[i] for i in dict.fromkeys(nearest))


def _is_sound(choice: Choice) -> bool:
    return choice.expected.precision.decisions >= ENOUGH


def _result(choices: Sequence[Choice], goal: Goal) -> Proposal | Refusal | None:
    """The first choice on the way upwards that meets the goal: it gives up the least."""
    if goal.precision is None and goal.rows is None:
        return None
    meeting = [index for index in range(len(choices)) if _meets(choices[index:], goal)]
    sound = [choice for choice in choices if _is_sound(choice)]
    if not meeting:
        return Refusal(reason=f"{_best(sound, goal)} {_UNREACHED}")
    first = choices[meeting[0]]
    if not _is_sound(first):
        kept = first.expected.precision.decisions
        return Refusal(
            reason=(
                f"No thresholds are proposed: of the rows that would be left for this goal "
                f"({goal.sentence()}) {kept:,} were decided, {ENOUGH - kept:,} too few for a "
                f"promise to hold to within {100 * HALF_WIDTH:.0f} points."
            ),
            missing_decisions=ENOUGH - kept,
        )
    return Proposal(goal=goal, choice=first, is_today=meeting[0] == 0)


_UNREACHED = (
    "Higher thresholds alone do not reach it: look at the reasons and terms that waste most."
)


def _meets(upwards: Sequence[Choice], goal: Goal) -> bool:
    """Whether the first of these meets the goal, and not by luck: so do the next on the mean.

    Of many estimates the first to reach a mark is likely too high; the mean of its neighbours less.
    """
    if goal.precision is None:
        return goal.rows is not None and upwards[0].rows <= goal.rows
    values = [choice.expected.precision.value for choice in upwards[:NEIGHBOURS]]
    return values[0] >= goal.precision and fmean(values) >= goal.precision


def _best(sound: Sequence[Choice], goal: Goal) -> str:
    if goal.precision is not None:
        best = max(choice.expected.precision.value for choice in sound)
        return f"No thresholds are proposed: at most {best:.0%} of the flagged rows would be hits."
    fewest = min(choice.rows for choice in sound)
    return f"No thresholds are proposed: at least {fewest:,} rows would be left."


def _missed(evidence: Evidence) -> Missed | None:
    if evidence.audit is None or evidence.audit.value is None:
        return None
    interval = evidence.audit.interval
    return Missed(
        share=evidence.audit,
        comments=evidence.audit.value * evidence.passed,
        interval=Interval(low=interval.low * evidence.passed, high=interval.high * evidence.passed),
    )


def _unread(evidence: Evidence) -> int:
    bands = Bands.of(evidence.rows)
    return sum(not bands.covers(row) for row in evidence.rows)


def _precision_as_json(one: Precision) -> dict[str, Any]:
    named = {"name": one.name} | ({"language": one.language} if one.language else {})
    return named | {"rows": _share_as_json(one.share), "alone": _share_as_json(one.alone)}


def _share_as_json(share: Share) -> dict[str, Any]:
    return {
        "hits": share.hits,
        "decisions": share.trials,
        "value": share.value,
        "low": share.interval.low,
        "high": share.interval.high,
    }


def _choice_as_json(choice: Choice) -> dict[str, Any]:
    return {
        "thresholds": dict(choice.policy.thresholds),
        "severity": choice.policy.severity,
        "rows": choice.rows,
        "rows_without_a_promise": choice.unknown_rows,
        "precision": _estimate_as_json(choice.expected.precision),
        "kept": _estimate_as_json(choice.expected.kept),
    }


def _estimate_as_json(estimate: Estimate) -> dict[str, Any]:
    interval = asdict(estimate.interval)
    return {"value": estimate.value, **interval, "decisions": estimate.decisions}


def _missed_as_json(missed: Missed) -> dict[str, Any]:
    return {
        "sample": _share_as_json(missed.share),
        "comments": missed.comments,
        **asdict(missed.interval),
    }
