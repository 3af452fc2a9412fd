"""What a desk's decisions say about its policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from moderation.terminal.texts import text
from moderation.tuning import Proposal, Refusal

if TYPE_CHECKING:
    from moderation.measures import Share
    from moderation.tuning import Choice, Estimate, LeftOut, Precision, Tuning

MOST_TERMS = 15

_LEFT_OUT = {
    "unsure": "unsure",
    "from_a_near_duplicate": "taken over from a near-duplicate, which counts once",
    "conflicts": "conflicts that nobody has settled",
    "unknown_words": "words in the decision column that the tool does not know",
    "not_flagged": "comments that today's policy does not flag",
    "not_checked": "comments that could not be checked",
    "unknown": "comments that are not in the scores",
}


def show_tuning(tuning: Tuning, retirement_bound: float) -> None:
    """Show precision by reason and term, the choices, and what is proposed."""
    console = Console(soft_wrap=True, highlight=False)  # a sentence is never broken in two
    decided = tuning.evidence.decided
    hits = sum(row.standing == "hit" for row in decided)
    console.print(
        text(
            f"{len(decided):,} decisions on {len(tuning.evidence.rows):,} flagged comments: "
            f"{hits:,} hits (remove or escalate), {len(decided) - hits:,} wasted (approve)."
        )
    )
    _show_left_out(console, tuning.evidence.left_out)
    for problem in tuning.evidence.problems:
        console.print(text(f"Not read: row {problem.row:,}: {problem.problem}."))
    if tuning.reasons:
        console.print(_precision_table("Reasons", tuning.reasons))
    if tuning.terms:
        console.print(_precision_table("Terms", tuning.terms[:MOST_TERMS]))
        if len(tuning.terms) > MOST_TERMS:
            console.print(f"… and {len(tuning.terms) - MOST_TERMS:,} more terms (--json has all).")
    _show_retirement(console, tuning.to_retire, retirement_bound)
    if tuning.choices:
        console.print(_choices_table(tuning))
        _show_unread(console, tuning)
        console.print(
            "Hits and kept are told from held-out decisions, with 95 % intervals. Kept is of what "
            "you remove among today's flagged comments."
        )
    _show_missed(console, tuning)
    _show_result(console, tuning)


def _show_left_out(console: Console, left_out: LeftOut) -> None:
    for name, words in _LEFT_OUT.items():
        if count := getattr(left_out, name):
            console.print(text(f"Left out: {count:,} × {words}."))


def _precision_table(title: str, found: Sequence[Precision]) -> Table:
    table = Table(title=f"{title}: how often the row was a hit", title_justify="left")
    table.add_column(title.lower().removesuffix("s"), overflow="fold")
    table.add_column("hits (95 % interval)", justify="right")
    table.add_column("decisions", justify="right")
    table.add_column("alone", justify="right")
    table.add_column("decisions", justify="right")
    for one in found:
        name = f"{one.name} ({one.language})" if one.language else one.name
        table.add_row(
            text(name),
            _share(one.share),
            f"{one.share.trials:,}",
            _share(one.alone),
            f"{one.alone.trials:,}",
        )
    return table


def _share(share: Share) -> str:
    if share.value is None:
        return "–"
    low, high = share.interval.low, share.interval.high
    return f"{100 * share.value:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def _show_retirement(console: Console, terms: Sequence[Precision], bound: float) -> None:
    for one in terms:
        console.print(
            text(
                f"Retire? '{one.name}' ({one.language}) was the only reason for "
                f"{one.alone.trials:,} decided rows, {one.alone.hits:,} of them hits: at 95 % "
                f"confidence fewer than {100 * bound:.0f} in 100. A row "
                f"'{one.name},{one.language},0' under 'term,language,severity' in a table of your "
                "own silences it; 'moderation preview --terms' shows the effect."
            )
        )


def _choices_table(tuning: Tuning) -> Table:
    policy = tuning.evidence.policy
    table = Table(title="Choices (thresholds raised from today's)", title_justify="left")
    for name in ("rows", "hits %", "kept %"):
        table.add_column(name, justify="right")
    for label in policy.thresholds:
        table.add_column(text(label.replace("_", " ")), justify="right", overflow="fold")
    table.add_column("severity", justify="right")
    chosen = tuning.result.choice if isinstance(tuning.result, Proposal) else None
    shown = list(tuning.choices)
    if chosen is not None and chosen not in shown:
        shown = sorted([*shown, chosen], key=lambda choice: -choice.rows)
    for choice in shown:
        table.add_row(*_choice_cells(choice), style="bold" if choice == chosen else "")
    return table


def _choice_cells(choice: Choice) -> list[str]:
    return [
        f"{choice.rows:,}",
        _estimate(choice.expected.precision),
        _estimate(choice.expected.kept),
        *(f"{limit:g}" for limit in choice.policy.thresholds.values()),
        str(choice.policy.severity),
    ]


def _estimate(estimate: Estimate) -> str:
    low, high = estimate.interval.low, estimate.interval.high
    return f"{100 * estimate.value:.0f} ({100 * low:.0f}–{100 * high:.0f})"


def _show_unread(console: Console, tuning: Tuning) -> None:
    if tuning.unread:
        console.print(
            f"Left out of hits and kept: {tuning.unread:,} flagged comments of which hardly any of "
            "like priority was decided. Decide some of them, and tune again."
        )


def _show_missed(console: Console, tuning: Tuning) -> None:
    missed = tuning.missed
    if missed is None:
        console.print(
            "What was never flagged nobody has read: to learn what is missed, scan with "
            "--audit-sample."
        )
        return
    low, high = missed.interval.low, missed.interval.high
    console.print(
        text(
            f"The audit sample: people would remove {missed.share.hits:,} of "
            f"{missed.share.trials:,} comments that were not flagged. That is about "
            f"{missed.comments:,.0f} ({low:,.0f} to {high:,.0f}) of all "
            f"{tuning.evidence.passed:,}, missed whatever is chosen here."
        )
    )


def _show_result(console: Console, tuning: Tuning) -> None:
    result = tuning.result
    if isinstance(result, Refusal):
        console.print(text(result.reason, style="bold"))
    elif isinstance(result, Proposal):
        if result.is_today:
            console.print(
                f"Today's thresholds meet the goal ({result.goal.sentence()}) already. Decisions "
                "on flagged comments cannot say what lower ones would bring; try one with "
                "'moderation preview', and an audit sample."
            )
        console.print(text(result.choice.sentence(), style="bold"))
