"""A desk's decisions beside the scores of today: what thresholds can be learned from.

The scores are those of the scores file, so that a decision made under an older model counts under
the present one. The policy is the one that made the queue; what it did not flag nobody decided.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from moderation.errors import UsageError
from moderation.measures import Share
from moderation.policy import (
    SEVERITIES,
    Policy,
    flagging_matches,
    lexicon_code,
    load_policy,
    policy_of_settings,
)
from moderation.records import Decision, ScoredComment, TermMatch
from moderation.review_queue import QueuePaths
from moderation.review_queue.decisions import QueueDecisions, read_decisions
from moderation.review_queue.reading import QueueTable, RowProblem, read_table
from moderation.scores import Scores, read_scores

Standing = Literal["hit", "wasted", "open", "aside"]
"""What became of a flagged row: removed or escalated; approved; not decided; decided in a way that
counts for neither (unsure, a conflict, a word nobody knows, taken over from a near-duplicate)."""

NO_SEVERITY = 0
"""The severity of a row that no term flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedRow:
    """A comment that the policy flags, and what a person made of it.

    ``scores`` are in the order of the policy's thresholds, 0 where there is none. ``severity`` is
    that of the worst term that would flag by itself if every severity did. ``terms`` are those that
    do flag, each with its language and category. ``kin`` is the same for near-duplicates.
    """

    comment_id: str
    kin: str
    scores: tuple[float, ...]
    severity: int
    priority: int
    standing: Standing
    terms: tuple[TermMatch, ...] = ()

    @property
    def is_decided(self) -> bool:
        """Whether the row counts as a hit or as wasted."""
        return self.standing in {"hit", "wasted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Decisions from which nothing is learned, by the reason.

    ``not_flagged`` were decided while another policy flagged them, ``not_checked`` are rows that
    no threshold put there, ``unknown`` are not in the scores file.
    """

    unsure: int = 0
    from_a_near_duplicate: int = 0
    conflicts: int = 0
    unknown_words: int = 0
    not_flagged: int = 0
    not_checked: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a tuning rests on.

    ``rows`` are all comments that ``policy`` flags; ``unchecked`` how many rows the queue holds
    since they could not be checked, ``passed`` how many comments gave no reason. ``audit`` is the
    share of the blind sample of passed comments that people would remove.
    """

    policy: Policy
    rows: tuple[FlaggedRow, ...]
    unchecked: int = 0
    passed: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)
    audit: Share | None = None
    problems: tuple[RowProblem, ...] = ()

    @property
    def decided(self) -> tuple[FlaggedRow, ...]:
        """The rows that count, each as a hit or as wasted."""
        return tuple(row for row in self.rows if row.is_decided)


def read_evidence(
    queue: Path, scores: Path | None = None, policy: str | Path | None = None
) -> Evidence:
    """Read a queue, its scores and its receipt.

    ``policy`` is needed only where no receipt says under which one the queue was made.

    Raises:
        UsageError: when a file is missing or cannot be read, or they do not belong together.
        PolicyError: when no policy is known.
    """
    table = read_table(queue)
    stored = read_scores(scores or QueuePaths.beside(queue).scores)
    receipt = _receipt(queue)
    rules = load_policy(policy) if policy else policy_of_settings(receipt.get("settings", {}))
    rules.require_labels(stored.labels, "of the stored scores")
    return gather(table, stored, rules, _audit_ids(receipt))


def gather(
    table: QueueTable, scores: Scores, policy: Policy, audit_ids: Collection[str] = ()
) -> Evidence:
    """Bring decisions and scores together.

    Raises:
        UsageError: when the scores were not judged under this policy.
    """
    decided = read_decisions(table)
    outcomes: dict[str, str] = dict(scores.frame.select("id", "outcome").iter_rows())
    standings = _standings(decided)
    kin = dict(table.frame.select("id", "group").iter_rows())
    flagged = replace(scores, frame=scores.frame.filter(scores.frame["outcome"] == "flagged"))
    rows = tuple(
        _flagged_row(scored, verdict.priority, policy, standings, kin)
        for scored, verdict in flagged.judged()
    )
    _require_same_policy(scores, rows, policy)
    counts = list(outcomes.values())
    return Evidence(
        policy=policy,
        rows=rows,
        unchecked=counts.count("not_checked") if policy.queue_unchecked else 0,
        passed=counts.count("passed"),
        left_out=_left_out(decided, outcomes, frozenset(audit_ids)),
        audit=_audit(decided, outcomes, audit_ids),
        problems=table.problems,
    )


def _flagged_row(
    scored: ScoredComment,
    priority: int,
    policy: Policy,
    standings: Mapping[str, Standing],
    kin: Mapping[str, str],
) -> FlaggedRow:
    comment_id = scored.comment.id
    any_severity = replace(policy, severity=min(SEVERITIES))
    severities = [match.severity for match in flagging_matches(scored, any_severity)]
    return FlaggedRow(
        comment_id=comment_id,
        kin=kin.get(comment_id) or comment_id,
        scores=tuple(scored.toxicity.get(label, 0.0) for label in policy.thresholds),
        severity=max(severities, default=NO_SEVERITY),
        priority=priority,
        standing=standings.get(comment_id, "open"),
        terms=flagging_matches(scored, policy),
    )


def _standings(decided: QueueDecisions) -> dict[str, Standing]:
    doubtful = [one.comment_id for one in decided.conflicts]
    doubtful += [one.comment_id for one in decided.unknown]
    found: dict[str, Standing] = dict.fromkeys(doubtful, "aside")
    for comment_id, decision in decided.decisions.items():
        if decision.decided_with or decision.verdict == "unsure":
            found[comment_id] = "aside"
        else:
            found[comment_id] = "hit" if is_hit(decision) else "wasted"
    return found


def is_hit(decision: Decision) -> bool:
    """Whether the row was worth a person's time."""
    return decision.verdict in {"remove", "escalate"}


def codes(row: FlaggedRow, policy: Policy) -> tuple[str, ...]:
    """The codes of the reasons that flag a row, each once."""
    limits = zip(policy.thresholds.items(), row.scores, strict=True)
    labels = [f"toxicity.{label}" for (label, limit), score in limits if score >= limit]
    return tuple(dict.fromkeys([*map(lexicon_code, row.terms), *labels]))


def _left_out(
    decided: QueueDecisions, outcomes: Mapping[str, str], audit_ids: Collection[str]
) -> LeftOut:
    counts = dict.fromkeys(LeftOut.__dataclass_fields__, 0)
    counts["conflicts"] = len(decided.conflicts)
    counts["unknown_words"] = len(decided.unknown)
    for comment_id, decision in decided.decisions.items():
        outcome = outcomes.get(comment_id)
        if comment_id in audit_ids and outcome == "passed":
            continue
        if outcome is None:
            counts["unknown"] += 1
        elif outcome != "flagged":
            counts["not_flagged" if outcome == "passed" else "not_checked"] += 1
        elif decision.decided_with:
            counts["from_a_near_duplicate"] += 1
        elif decision.verdict == "unsure":
            counts["unsure"] += 1
    return LeftOut(**counts)


def _audit(
    decided: QueueDecisions, outcomes: Mapping[str, str], audit_ids: Collection[str]
) -> Share | None:
    sample = [decided.decisions[one] for one in audit_ids if one in decided.decisions]
    answers = [
        is_hit(decision)
        for decision in sample
        if outcomes.get(decision.comment_id) == "passed"
        and decision.verdict != "unsure"
        and not decision.decided_with
    ]
    return Share(hits=sum(answers), trials=len(answers)) if answers else None


def _require_same_policy(scores: Scores, rows: tuple[FlaggedRow, ...], policy: Policy) -> None:
    import polars  # noqa: PLC0415 - half of the command's start-up time

    passed = scores.frame.filter(polars.col("outcome") == "passed")
    over = [
        (polars.col(label) >= limit).fill_null(False) for label, limit in policy.thresholds.items()
    ]
    stray = passed.filter(polars.any_horizontal(over)).height if over else 0
    stray += sum(not codes(row, policy) for row in rows)
    if stray:
        raise UsageError(
            f"The scores were judged under another policy than {policy.name} {policy.version}: "
            f"{stray:,} comments would fall out differently. Name the policy that made the queue "
            "with --policy, or scan again."
        )


def _receipt(queue: Path) -> dict[str, Any]:
    try:
        receipt = json.loads(QueuePaths.beside(queue).receipt.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return receipt if isinstance(receipt, dict) else {}


def _audit_ids(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(map(str, receipt["audit_sample"]["ids"]))
    except (LookupError, TypeError):
        return ()
