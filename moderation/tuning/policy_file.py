"""A choice written down as a policy file that says where it comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from moderation.policy import policy_toml
from moderation.review_queue.side_files import write_side_file
from moderation.tuning.proposal import Proposal, Tuning

OPENING = "# Tuned by 'moderation tune'"


def policy_file_text(tuning: Tuning, proposal: Proposal, on: date) -> str:
    """The policy of a proposal as TOML, with its grounds and its expected effect as remarks."""
    today, chosen = tuning.evidence.policy, proposal.choice
    decided = tuning.evidence.decided
    hits = sum(row.standing == "hit" for row in decided)
    expected = chosen.expected
    opening = [
        f"{OPENING.removeprefix('# ')} on {on.isoformat()} from {len(decided):,} decisions "
        f"({hits:,} to remove or escalate, {len(decided) - hits:,} to approve).",
        f"Starts from the policy {today.name} {today.version}; thresholds were only raised.",
        f"Goal: {proposal.goal.sentence()}. Rows on the queue's own comments: {chosen.rows:,}.",
        f"Hits among the flagged rows: {expected.precision.sentence()}.",
        f"Kept of what was removed among the flagged: {expected.kept.sentence()}.",
        "Both are told from held-out decisions (95 % interval). About comments that were never",
        "flagged the decisions say nothing; an audit sample does.",
    ]
    if tuning.unread:
        opening.append(
            f"They leave out {tuning.unread:,} flagged comments of a priority that few have read."
        )
    remarks = {
        f"toxicity.{label}": f"was {before:g}"
        for label, before in today.thresholds.items()
        if chosen.policy.thresholds[label] != before
    }
    if chosen.policy.severity != today.severity:
        remarks["lexicon.severity"] = f"was {today.severity}"
    tuned = replace(chosen.policy, name=f"{today.name}-tuned")
    return policy_toml(tuned, opening, remarks)


def write_policy(tuning: Tuning, proposal: Proposal, path: Path, on: date) -> None:
    """Write the policy of a proposal, over nothing but an earlier one of this kind.

    Raises:
        UsageError: when another file stands there already.
        OutputError: when it cannot be written.
    """
    write_side_file(path, policy_file_text(tuning, proposal, on), OPENING)
