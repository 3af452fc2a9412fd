"""What people decided, how far they are, and what stands in the way."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from moderation.measures import Share
from moderation.report.findings import Findings
from moderation.report.sentences import (
    agreement_sentence,
    counted,
    decided_sentence,
    miss_sentences,
    precision_sentence,
    share_with_interval,
)
from moderation.review_queue.decisions import QueueDecisions
from moderation.review_queue.reading import QueueTable
from moderation.review_queue.verdict_words import why_unknown
from moderation.terminal.texts import text
from moderation.wordpress import Script

MOST_SHOWN = 20
MOST_REASONS = 12


def show_obstacles(table: QueueTable, decisions: QueueDecisions) -> None:
    """Name on standard error each row whose decision cannot be told, and what was put right."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for remark in table.remarks:
        console.print(text(remark))
    lines = [f"Row {problem.row}: {problem.problem}." for problem in table.problems]
    lines += [f"Row {unknown.row}: {why_unknown(unknown.word)}." for unknown in decisions.unknown]
    for conflict in decisions.conflicts:
        rows = ", ".join(map(str, conflict.rows))
        noun = "Row" if len(conflict.rows) == 1 else "Rows"
        verdicts = " and ".join(conflict.verdicts)
        people = (
            f" ({', '.join(filter(None, conflict.reviewers))})" if any(conflict.reviewers) else ""
        )
        lines.append(
            f"{noun} {rows}: {conflict.comment_id} has the verdicts {verdicts}{people}. "
            "Leave one of them."
        )
    for line in lines[:MOST_SHOWN]:
        console.print(text(line))
    if len(lines) > MOST_SHOWN:
        console.print(f"… and {len(lines) - MOST_SHOWN:,} more such rows.")


def show_left_out(script: Script) -> None:
    """Say on standard error how much the script does, and what it leaves out and why."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(text(f"The script holds {counted(script.commands, 'command')}."))
    for reason, count in script.left_out.items():
        console.print(text(f"Left out: {counted(count, 'decided comment')}, which {reason}."))


def show_findings(findings: Findings) -> None:
    """Show the main figures: counts, progress, precision, miss rate, agreement."""
    console = Console(soft_wrap=True, highlight=False)
    if findings.scanned is not None:
        console.print(text(findings.checks[0].sentence))
    console.print(text(decided_sentence(findings.rows), style="bold"))
    if findings.precision.trials:
        console.print(text(precision_sentence(findings)))
        console.print(_reasons(findings))
    for sentence in miss_sentences(findings):
        console.print(text(sentence))
    for pair in findings.pairs:
        console.print(text(agreement_sentence(pair)))
    for gap in findings.gaps:
        console.print(text(f"Not in this report: {gap}", style="yellow"))


def _reasons(findings: Findings) -> Table:
    table = Table(title="Reasons, and how often they were right", title_justify="left")
    table.add_column("reason", overflow="fold")
    table.add_column("rows", justify="right")
    table.add_column("judged", justify="right")
    table.add_column("worth a look", justify="right")
    for reason in findings.reasons[:MOST_REASONS]:
        table.add_row(
            text(reason.words),
            f"{reason.rows:,}",
            f"{reason.precision.trials:,}",
            _share(reason.precision),
        )
    return table


def _share(share: Share) -> str:
    return share_with_interval(share) if share.trials else "–"
