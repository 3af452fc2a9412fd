"""What ``queue split`` and ``queue join`` did."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from moderation.review_queue.judgements import FEW_PAIRS
from moderation.terminal.texts import text

if TYPE_CHECKING:
    from moderation.review_queue.joining import (
        Disagreement,
        Joined,
        JoinedQueue,
        PartAccount,
    )
    from moderation.review_queue.judgements import Judgement, PairAgreement
    from moderation.review_queue.reading import QueueTable
    from moderation.review_queue.splitting import Split

MOST_SHOWN = 20


def show_split(
    split: Split, written: Sequence[Path], table: QueueTable, queue: Path, wanted: int
) -> None:
    """Show who got how much, and that it adds up."""
    console = Console(soft_wrap=True, highlight=False)
    shown = Table(title="Parts", title_justify="left")
    shown.add_column("file", overflow="fold")
    for name in ("pages", "rows", "also judged by another"):
        shown.add_column(name, justify="right")
    for part, path in zip(split.parts, written, strict=True):
        numbers = (part.pages, part.frame.height, part.overlap)
        shown.add_row(text(str(path)), *(f"{number:,}" for number in numbers))
    console.print(shown)
    for page in split.cut_pages[:MOST_SHOWN]:
        console.print(text(f"Note: {page} is longer than a fair share and was cut."))
    if split.overlap < wanted:
        console.print(text(f"Note: Only {split.overlap:,} different rows were left to overlap."))
    for problem in table.problems[:MOST_SHOWN]:
        console.print(text(f"Left out: row {problem.row:,} of the queue: {problem.problem}."))
    _show_more(console, len(table.problems), "damaged rows")
    given = sum(part.frame.height for part in split.parts)
    twice = f" + {split.overlap:,} judged twice" if split.overlap else ""
    console.print(
        text(f"{given:,} rows given out = {split.undecided:,} undecided{twice}", style="bold")
    )
    gone = f", and {split.gone:,} gone from their pages" if split.gone else ""
    console.print(f"In the queue stay {_rows(split.decided)} that are decided{gone}.")
    parts = " ".join(map(_quoted, written))
    console.print(
        text(f"When they come back: moderation queue join {_quoted(queue)} {parts}"), style="dim"
    )


def show_joined(result: JoinedQueue) -> None:
    """Show what each part brought, on what people differ, and how far they agree."""
    console = Console(soft_wrap=True, highlight=False)
    for account in result.joined.accounts:
        console.print(text(_account(account)))
    _show_problems(console, result)
    _show_conflicts(console, result.joined.conflicts)
    for pair in result.joined.agreement:
        console.print(text(_agreement(pair)))
    done = result.recorded.account
    if standing := len(done.conflicts):
        verb = "conflict stands" if standing == 1 else "conflicts stand"
        console.print(
            f"{standing:,} {verb} in the queue. Write one verdict into the cell to settle it."
        )
    new = "1 new decision" if done.recorded == 1 else f"{done.recorded:,} new decisions"
    counts = f"{new}, {done.changed:,} changed, {done.taken_back:,} taken back"
    console.print(text(f"{counts}; recorded in {result.recorded.paths.log}", style="bold"))


def _account(account: PartAccount) -> str:
    """``queue-ann.csv (ann): 10 rows = 6 new + 4 not filled in``."""
    counts = {
        "new": account.new,
        "joined before": account.known,
        "not filled in": account.untouched,
        "not in the queue": account.strangers,
        "not readable": account.unread,
    }
    terms = [f"{count:,} {what}" for what, count in counts.items() if count] or ["none"]
    return f"{account.name} ({account.reviewer}): {_rows(account.rows)} = {' + '.join(terms)}"


def _show_problems(console: Console, result: JoinedQueue) -> None:
    joined = result.joined
    for sentence in result.recorded.warnings:
        console.print(text(f"Note: {sentence}"))
    problems = list(_problems(joined))
    for sentence in problems[:MOST_SHOWN]:
        console.print(text(sentence))
    _show_more(console, len(problems), "rows that need a look")
    for path in result.not_joined:
        console.print(
            text(f"Rows that the queue does not know were kept out, and written to {path}.")
        )


def _problems(joined: Joined) -> Iterable[str]:
    for part in joined.parts:
        for remark in part.table.remarks:
            yield f"Note: {part.name}: {remark}"
        for problem in part.table.problems:
            yield f"Not read: row {problem.row:,} of {part.name}: {problem.problem}."
    for unknown in joined.unknown_words:
        word, row = unknown.verdict.word, unknown.verdict.row
        yield (
            f"Not understood: '{word}' in row {row:,} of {unknown.part}. Write approve, remove, "
            "escalate or unsure."
        )


def _show_conflicts(console: Console, conflicts: Sequence[Disagreement]) -> None:
    for one in conflicts[:MOST_SHOWN]:
        said = "; ".join(map(_said, one.judgements))
        console.print(text(f"Conflict: {one.comment_id}: {said}."))
    _show_more(console, len(conflicts), "conflicts; filter the queue's column state")


def _said(judgement: Judgement) -> str:
    verdict = " | ".join(sorted(judgement.said))
    who = f" ({judgement.reviewer})" if judgement.reviewer else ""
    return f"{verdict}{who} in row {judgement.row:,} of {judgement.part or 'the queue'}"


def _agreement(pair: PairAgreement) -> str:
    one = pair.agreement
    comments = "1 comment" if one.pairs == 1 else f"{one.pairs:,} comments"
    begin = f"{pair.first} and {pair.second} both judged {comments} and agree on {one.equal:,}"
    if one.kappa is None or one.interval is None:
        kappa = "kappa cannot be told, since only one verdict was given"
    else:
        low, high = one.interval.low, one.interval.high
        kappa = f"Cohen's kappa is {one.kappa:.2f} (95 % interval {low:.2f} to {high:.2f})"
    few = f"; fewer than {FEW_PAIRS} comments say little" if pair.is_too_few else ""
    return f"{begin}; {kappa}{few}."


def _show_more(console: Console, count: int, what: str) -> None:
    if count > MOST_SHOWN:
        console.print(text(f"… and {count - MOST_SHOWN:,} more {what}."))


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
