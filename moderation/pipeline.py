"""The pass: pages in; scored comments, verdicts and a receipt out. Writes nothing.

Work flows in bounded batches. A page or a comment that cannot be handled never stops the others:
it becomes a failure in the receipt, or a comment that is marked as not checked.
"""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from moderation import __version__
from moderation.detectors import (
    Detectors,
    FoundComment,
    load_detectors,
    page_language,
    score_comments,
)
from moderation.language import UNKNOWN
from moderation.passages import with_passages
from moderation.policy import Policy, judge, load_policy
from moderation.reading import SeparatedPage, require_pages, separated_pages
from moderation.receipt import Counts, PageAccount, Receipt
from moderation.records import Outcome, PassedOver, Reason, ScoredComment, Verdict
from moderation.review_queue import QueueRow, places, queue_row
from moderation.separator import PageReceipt
from moderation.sources import FoundPages, find_pages
from moderation.sources.paths import STANDARD_INPUT
from moderation.toxicity import Scorer

BATCH = 64
"""Comments that are scored together: many enough for the model, few enough for a lively progress
bar. Bounds memory, and changes no score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a scan has come."""

    pages_read: int
    pages_total: int
    comments_found: int
    comments_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedComment:
    """A comment with everything that was measured and decided about it."""

    scored: ScoredComment
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What a pass found: every comment with its verdict, the queue's rows, and the receipt.

    ``labels`` are those of the model; each comment that was scored has all of them. ``folders`` are
    those that were searched whole. ``sample`` are the ids of the comments that are in the queue
    though nothing flagged them, of the ``sample_asked`` that were asked for.
    """

    labels: tuple[str, ...]
    judged: tuple[JudgedComment, ...]
    rows: tuple[QueueRow, ...]
    receipt: Receipt
    folders: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    sample_asked: int = 0

    def __iter__(self) -> Iterator[QueueRow]:
        """Go through the queue's rows, worst first."""
        return iter(self.rows)

    def other_rows(self, ids: Collection[str]) -> list[QueueRow]:
        """What the queue would show of comments that do not belong into it, by their ids."""
        queued = {row.scored.comment.id for row in self.rows}
        wanted = set(ids) - queued
        where = places(one.scored.comment for one in self.judged) if wanted else {}
        return [
            queue_row(one.scored, one.verdict, where[one.scored.comment.id])
            for one in self.judged
            if one.scored.comment.id in wanted
        ]


def scan(  # noqa: PLR0913 - all by keyword, all with a default
    paths: Sequence[str | Path],
    *,
    policy: str | Path | Policy = "standard",
    model: str | Scorer = "compact",
    device: str = "cpu",
    terms: Sequence[Path] = (),
    outputs: Collection[Path] = (),
    audit_sample: int = 0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ScanResult:
    """Run the whole pass over files, folders and patterns.

    ``model`` and ``device`` are as ``load_scorer`` takes them.
    ``terms`` are a desk's own term tables, which add to ours, change or silence terms.
    ``outputs`` are files that the caller is going to write, which must not be read as pages.
    ``audit_sample`` is how many comments that passed are put into the queue, unmarked there, so
    that people's verdicts on them tell what the scan misses (`blind_sample`).

    Raises:
        UsageError: when nothing that was named is a page.
        LexiconError: when one of the term tables cannot be used.
        PolicyError: when the policy cannot be used, or asks for a label that the model lacks.
        ModelUnavailable: when the model cannot be had here.
    """
    rules = policy if isinstance(policy, Policy) else load_policy(policy)
    found = require_pages(find_pages(paths, outputs))
    detectors = load_detectors(model, terms, device)
    rules.require_labels(detectors.scorer.labels, detectors.scorer.name)
    folders = tuple(searched_folders(paths))
    return _Pass(rules, detectors, on_progress).run(found, folders, audit_sample)


def blind_sample(judged: Sequence[JudgedComment], asked: int) -> list[JudgedComment]:
    """Draw comments that passed, dressed as flagged ones.

    Those with the smallest SHA-256 of their id are drawn: a uniform sample that stays one when the
    site grows, and is the same in the next scan. Each gets the priority of a flagged comment, drawn
    by the same hash, and its model's highest score for a reason; else its place in the queue would
    give it away.
    """
    passed = [one for one in judged if one.verdict.outcome == "passed"]
    drawn = sorted(passed, key=lambda one: sample_order(one.scored.comment.id))[: max(asked, 0)]
    flagged = [one.verdict.priority for one in judged if one.verdict.outcome == "flagged"]
    priorities = sorted(flagged) or [0]
    return [_dressed(one, priorities) for one in drawn]


def sample_order(comment_id: str) -> str:
    """The place of a comment in the order in which a blind sample is drawn."""
    return hashlib.sha256(comment_id.encode()).hexdigest()


def searched_folders(paths: Sequence[str | Path]) -> Iterator[str]:
    """Name the folders among the paths, as the sources of their pages begin."""
    for path in paths:
        if str(path) != STANDARD_INPUT and str(path) and Path(path).is_dir():
            yield Path(path).as_posix()


def _dressed(one: JudgedComment, priorities: Sequence[int]) -> JudgedComment:
    drawn = int(sample_order(one.scored.comment.id), 16) % len(priorities)
    scores = one.scored.toxicity
    reasons: tuple[Reason, ...] = ()
    if scores:
        label = max(scores, key=lambda name: scores[name])
        detail = f"{label.replace('_', ' ')} = {scores[label]:.2f}"
        reasons = (Reason(code=f"toxicity.{label}", detail=detail, value=scores[label]),)
    verdict = Verdict(
        comment_id=one.scored.comment.id,
        outcome="flagged",
        priority=priorities[drawn],
        reasons=reasons,
    )
    return JudgedComment(scored=one.scored, verdict=verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageRead:
    """What is kept of a page once its comments are on their way; its text is not."""

    id: str
    source: str
    sha256: str
    encoding: str
    warning: str
    language: str
    receipt: PageReceipt


class _Pass:
    """One run over the pages; collects on the way what the receipt needs."""

    def __init__(
        self, policy: Policy, detectors: Detectors, on_progress: Callable[[Progress], None]
    ) -> None:
        self.policy = policy
        self.detectors = detectors
        self.on_progress = on_progress
        self.pages: list[_PageRead] = []
        self.failures: list[PassedOver] = []
        self.pages_read = 0
        self.comments_found = 0

    def run(self, found: FoundPages, folders: tuple[str, ...], audit_sample: int) -> ScanResult:
        comments = self._comments(found)
        judged: list[JudgedComment] = []
        while batch := list(islice(comments, BATCH)):
            judged += self._judged(score_comments(batch, self.detectors))
            self._report(len(found.pages), len(judged))
        self._report(len(found.pages), len(judged))
        sample = blind_sample(judged, audit_sample)
        return ScanResult(
            labels=self.detectors.scorer.labels,
            judged=tuple(judged),
            rows=self._rows([*judged, *sample]),
            receipt=self._receipt(judged, found),
            folders=folders,
            sample=tuple(one.scored.comment.id for one in sample),
            sample_asked=audit_sample,
        )

    def _rows(self, judged: Sequence[JudgedComment]) -> tuple[QueueRow, ...]:
        """Put what belongs in the queue in its order."""
        where = places(one.scored.comment for one in judged)
        rows = [
            queue_row(one.scored, one.verdict, where[one.scored.comment.id])
            for one in judged
            if self._belongs_in_queue(one.verdict)
        ]
        return tuple(sorted(rows, key=QueueRow.sort_key))

    def _comments(self, found: FoundPages) -> Iterator[FoundComment]:
        for page in separated_pages(found, self.failures.append):
            self.pages_read += 1
            language = self._page_language(page)
            self.comments_found += len(page.separation.comments)
            self.pages.append(_page_read(page, language))
            for comment in page.separation.comments:
                yield FoundComment(comment=comment, source=page.source, page_language=language)

    def _page_language(self, page: SeparatedPage) -> str:
        """The article tells the page's language better than its comments do."""
        if not page.separation.comments:
            return UNKNOWN
        text = page.read.document.text
        article = text[: page.separation.comments[0].start]
        language = page_language(article, self.detectors)
        return language if language != UNKNOWN else page_language(text, self.detectors)

    def _judged(self, scored: Sequence[ScoredComment]) -> Iterator[JudgedComment]:
        verdicts = [judge(one, self.policy) for one in scored]
        explained = with_passages(scored, verdicts, self.detectors.scorer)
        for one, verdict in zip(scored, explained, strict=True):
            yield JudgedComment(scored=one, verdict=verdict)

    def _belongs_in_queue(self, verdict: Verdict) -> bool:
        return verdict.outcome == "flagged" or (
            verdict.outcome == "not_checked" and self.policy.queue_unchecked
        )

    def _report(self, pages_total: int, comments_done: int) -> None:
        self.on_progress(
            Progress(
                pages_read=self.pages_read,
                pages_total=pages_total,
                comments_found=self.comments_found,
                comments_done=comments_done,
            )
        )

    def _receipt(self, judged: Sequence[JudgedComment], found: FoundPages) -> Receipt:
        by_page: dict[str, Counter[Outcome]] = {page.id: Counter() for page in self.pages}
        for one in judged:
            by_page[one.scored.comment.document_id][one.verdict.outcome] += 1
        return Receipt(
            counts=Counts.of(self.comments_found, sum(by_page.values(), Counter())),
            pages=tuple(_account(page, by_page[page.id]) for page in self.pages),
            failures=tuple(self.failures),
            skipped=found.skipped,
            not_checked_because=_why_not_checked(judged),
            settings=_settings(self.policy, self.detectors),
        )


def _page_read(page: SeparatedPage, language: str) -> _PageRead:
    document = page.read.document
    return _PageRead(
        id=document.id,
        source=document.source,
        sha256=page.read.sha256,
        encoding=document.encoding,
        warning=page.read.warning,
        language=language,
        receipt=page.separation.receipt,
    )


def _account(page: _PageRead, outcomes: Counter[Outcome]) -> PageAccount:
    return PageAccount(
        id=page.id,
        source=page.source,
        sha256=page.sha256,
        encoding=page.encoding,
        language=page.language,
        counts=Counts.of(page.receipt.found, outcomes),
        separation=asdict(page.receipt),
        warnings=(page.warning,) if page.warning else (),
    )


def _why_not_checked(judged: Sequence[JudgedComment]) -> dict[str, int]:
    """Count the comments that were not checked by the reason, the most frequent first."""
    reasons = Counter(
        one.verdict.reasons[0].detail for one in judged if one.verdict.outcome == "not_checked"
    )
    return dict(reasons.most_common())


def _settings(policy: Policy, detectors: Detectors) -> dict[str, Any]:
    """Everything that decides the result, so that a queue can be made again."""
    libraries = ("langdetect", "onnxruntime", "polars", "tokenizers")
    return {
        "tool": f"moderation {__version__}",
        "model": {
            "name": detectors.scorer.name,
            "revision": detectors.scorer.revision,
            "languages": sorted(detectors.scorer.languages),
        },
        "lexicon": {"version": detectors.lexicon.version, "terms": len(detectors.lexicon.terms)},
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "thresholds": dict(policy.thresholds),
            "severity": policy.severity,
            "second_sign": policy.second_sign,
            "queue_unchecked": policy.queue_unchecked,
        },
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in libraries},
    }
