"""One decision for a group of near-duplicates: it fans out to those that nobody decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from moderation.records import HUMAN_VERDICTS, HumanVerdict
from moderation.review_queue.account import GroupConflict
from moderation.review_queue.decision_log import LogEntry, outcome
from moderation.review_queue.settling import Said, Settled, WorkedRow
from moderation.review_queue.states import change_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A decision that a comment takes over: what was decided, by whom, and on which comment."""

    verdict: HumanVerdict
    reviewer: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FannedOut:
    """The comments that follow another's decision, and the groups in which people differ."""

    followed: Mapping[str, Followed] = field(default_factory=dict)
    conflicts: tuple[GroupConflict, ...] = ()


def fan_out(
    groups: Mapping[str, str],
    settled: Mapping[str, Settled],
    order: Mapping[str, int],
    terms: Mapping[str, str],
) -> FannedOut:
    """Give the undecided members of each group the decision that people made on another member.

    ``groups`` names the group of each comment that has near-duplicates; ``order`` tells which
    decision came first, so that the origin stays the same. Where people's own decisions differ, or
    one is in conflict, nothing fans out. ``terms`` are those that the lexicon found in each, as far
    as they are known: an approval does not reach a copy to which somebody has added a slur.
    """
    members: dict[str, list[str]] = {}
    for name in sorted(groups):
        members.setdefault(groups[name], []).append(name)
    followed: dict[str, Followed] = {}
    conflicts: list[GroupConflict] = []
    for group, names in sorted(members.items()):
        decided = [name for name in names if name in settled and settled[name].verdicts]
        verdicts = {verdict for name in decided for verdict in settled[name].verdicts}
        if len(verdicts) > 1:
            conflicts.append(_conflict(group, verdicts, decided))
        elif own := [name for name in decided if settled[name].decision is not None]:
            origin = min(own, key=lambda name: (order.get(name, len(order)), name))
            followed |= _follow(origin, settled, _alike(origin, names, settled, terms))
    return FannedOut(followed=followed, conflicts=tuple(conflicts))


def is_followed(
    row: WorkedRow, origin: WorkedRow | None, histories: Mapping[str, Sequence[LogEntry]]
) -> bool:
    """Tell whether a row still says what was fanned out to it, and nobody has decided it itself.

    ``origin`` is the row that it followed, as it stands in the same file: the decision that was
    fanned out is the one which that row shows, even if the log has a later one by now.
    """
    if not row.decided_with or not row.decision.strip():
        return bool(row.decided_with)
    history = histories.get(row.decided_with, ())
    shown = change_of(origin.decided_under) if origin else 0
    entries = outcome(history[:shown] if 0 < shown <= len(history) else history)
    if len(entries) == 1:
        decision = entries[0].decision
        said: frozenset[Said] = frozenset({decision.verdict})
        reviewer = decision.reviewer
    elif origin is not None and not history:  # the log is lost, the row still stands
        said, reviewer = origin.said() or frozenset(), origin.plain("reviewer")
    else:
        return False
    reviewers = {reviewer, origin.plain("reviewer") if origin else reviewer}
    return row.said() == said and row.plain("reviewer") in reviewers


def _follow(
    origin: str, settled: Mapping[str, Settled], names: Iterable[str]
) -> dict[str, Followed]:
    verdict = settled[origin].decision
    if verdict is None:
        raise ValueError(f"{origin} was not decided")
    followed = Followed(verdict=verdict, reviewer=settled[origin].cells["reviewer"], origin=origin)
    return {name: followed for name in names if not _is_own(settled.get(name))}


def _alike(
    origin: str,
    names: Sequence[str],
    settled: Mapping[str, Settled],
    terms: Mapping[str, str],
) -> list[str]:
    """The members of a group that a decision on one of them is good for."""
    decision = settled[origin].decision
    if decision != "approve":
        return list(names)
    return [name for name in names if origin in terms and terms.get(name) == terms[origin]]


def _is_own(settled: Settled | None) -> bool:
    return settled is not None and bool(settled.cells.get("decision"))


def _conflict(group: str, verdicts: Collection[str], ids: Sequence[str]) -> GroupConflict:
    known = [*(verdict for verdict in HUMAN_VERDICTS if verdict in verdicts)]
    return GroupConflict(
        group=group,
        verdicts=(*known, *sorted(set(verdicts).difference(known))),
        ids=tuple(ids),
    )
