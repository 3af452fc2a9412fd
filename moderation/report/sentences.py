"""The report's figures in words, the same on the page and on the terminal."""

from __future__ import annotations

from datetime import datetime, timezone

from moderation.measures import Interval, Share
from moderation.report.findings import Findings, Rows
from moderation.review_queue.judgements import FEW_PAIRS, PairAgreement

_NO_BREAK = "\u00a0"


def counted(count: int, noun: str) -> str:
    """``1 row``, ``1,200 rows``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def percent(share: float) -> str:
    """A share as people write it, with a decimal where it is small or nearly all."""
    digits = 0 if 0.0995 <= share <= 0.99 or share in {0, 1} else 1
    return f"{share * 100:.{digits}f}{_NO_BREAK}%"


def time_in_words(time: str) -> str:
    """``2026-11-23T23:54:53+00:00`` as ``23 November 2026, 23:54 UTC``; else as it is."""
    try:
        moment = datetime.fromisoformat(time).astimezone(timezone.utc)
    except ValueError:
        return time
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def interval_in_words(interval: Interval) -> str:
    """``12 to 31 %``."""
    return f"{percent(interval.low)[:-2]} to {percent(interval.high)}"


def share_with_interval(share: Share) -> str:
    """``25 % (12 to 44 %)``, or a dash where nothing was tried."""
    if share.value is None:
        return "–"
    return f"{percent(share.value)} ({interval_in_words(share.interval)})"


def decided_sentence(rows: Rows) -> str:
    """How far the work is, and in which ways rows are not decided."""
    share = percent(rows.progress.value or 0.0)
    rest = [
        f"{count:,} {words}"
        for count, words in (
            (rows.undecided, "undecided"),
            (rows.conflicts, "in conflict"),
            (rows.unknown, "with an unknown word"),
            (rows.damaged, "damaged"),
        )
        if count
    ]
    return (
        f"{rows.decided:,} of {counted(rows.all, 'row')} decided ({share}): "
        f"{rows.remove:,} remove, {rows.escalate:,} escalate, {rows.approve:,} approve, "
        f"{rows.unsure:,} unsure" + (f"; {', '.join(rest)}" if rest else "") + "."
    )


def precision_sentence(findings: Findings) -> str:
    """How many of the flagged rows were worth a look."""
    share = findings.precision
    return (
        f"Of {counted(share.trials, 'flagged row')} that were judged, {share.hits:,} were to be "
        f"removed or escalated: {share_with_interval(share)}."
    )


def miss_sentences(findings: Findings) -> list[str]:
    """What the audit sample says of the comments that were let through."""
    miss = findings.miss_rate
    if miss is None:
        return []
    if not miss.share.trials:
        return [
            f"Miss rate: none of the {counted(miss.asked, 'unflagged comment')} of the audit "
            "sample has been judged yet."
        ]
    low, high = miss.missed
    sentences = [
        f"Miss rate: {share_with_interval(miss.share)} of the comments that were let through, "
        f"from {miss.share.trials:,} judged of {miss.asked:,} drawn.",
        f"That is {low:,} to {high:,} comments among the {miss.drawn_from:,} that passed.",
    ]
    if miss.waiting:
        sentences.append(
            f"{counted(miss.waiting, 'comment')} of the sample wait for a verdict; the figure "
            "takes them to be like the others."
        )
    return sentences


def agreement_sentence(pair: PairAgreement) -> str:
    """How far two people agree, beyond chance."""
    found = pair.agreement
    both = (
        f"{pair.first} and {pair.second} judged {counted(found.pairs, 'comment')} both and agreed "
        f"on {found.equal:,}"
    )
    if found.kappa is None or found.interval is None:
        return f"{both}; agreement beyond chance cannot be told from these."
    few = f"; fewer than {FEW_PAIRS} comments say little" if pair.is_too_few else ""
    low, high = found.interval.low, found.interval.high
    return f"{both}: Cohen's kappa {found.kappa:.2f} ({low:.2f} to {high:.2f}){few}."
