"""The pass: pages in; scored comments, verdicts and a receipt out. Writes nothing that stays.

Work flows in bounded batches. A page or a comment that cannot be handled never stops the others:
it becomes a failure in the receipt, or a comment that is marked as not checked.
"""

from __future__ import annotations

import hashlib
import heapq
import platform
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moderation import __version__
from moderation.assessing import BATCH, Brief, found_comments, portion_language
from moderation.cluster import Cluster, WorkOrder, gathered
from moderation.detectors import Detectors
from moderation.engines import Engine, best_engine, remarks_of
from moderation.files import ColumnNames
from moderation.ledger import Ledger
from moderation.policy import Policy, load_policy
from moderation.portions import ReadPage, Unread
from moderation.reading import read_portions, require_pages
from moderation.receipt import Counts, PageAccount, Receipt
from moderation.records import FoundComment, JudgedComment, Outcome, Reason, Verdict
from moderation.remembering import Remembering
from moderation.review_queue import QueueRow, queue_row
from moderation.review_queue.showing import as_html, rows_as_html
from moderation.score_cache import ScoreCache, identity_of
from moderation.sources import FoundPages, find_pages
from moderation.sources.paths import STANDARD_INPUT
from moderation.sources.remote import is_remote, local_path
from moderation.tally import Tally, size
from moderation.toxicity import Scorer

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a scan has come; ``comments_known`` of those done had been scored before.

    ``pages_total`` are files, of which one may hold many pages. ``comments_expected`` is how many
    comments there will be, if the files still to be read are as full for their size as the others;
    None while that cannot be told, as in the midst of the first file.
    """

    pages_read: int
    pages_total: int
    comments_found: int
    comments_done: int
    comments_known: int = 0
    comments_expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """What a pass found: every comment with its verdict, the queue's rows, and the receipt.

    ``judged`` are all comments, in the order in which they were read. ``labels`` are those of the
    model; each comment that was scored has all of them. ``folders`` are those that were searched
    whole, ``files`` those that were read, by the paths to show people. ``sample`` are the ids of
    the comments that are in the queue though nothing flagged them, of the ``sample_asked`` that
    were asked for, and ``dressed`` is how their rows look. ``remarks`` are what people should know
    of how the pass went, besides what it found.
    """

    labels: tuple[str, ...]
    judged: Ledger
    receipt: Receipt
    queued: tuple[Outcome, ...]
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    sample_asked: int = 0
    dressed: tuple[JudgedComment, ...] = field(default=(), repr=False)
    remarks: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[QueueRow]:
        """Go through the queue's rows, worst first."""
        return iter(self.rows)

    @cached_property
    def rows(self) -> tuple[QueueRow, ...]:
        """The queue's rows, worst first."""
        return tuple(sorted(self.unsorted_rows(), key=QueueRow.sort_key))

    def frame(self) -> polars.DataFrame:
        """All comments, flagged or not, in the order in which they were read, as polars has them.

        A row is what the scores file has of a comment: where it stands, who wrote it, its text,
        scores, terms, outcome and reasons.
        """
        return self.judged.frame()

    def _repr_html_(self) -> str:
        """The account and the worst rows, as a notebook shows them."""
        return f"<p>{as_html(self.receipt.sentence())}</p>{rows_as_html(self.rows)}"

    def unsorted_rows(self) -> Iterator[QueueRow]:
        """The queue's rows as they come, for whoever cannot hold them all."""
        yield from map(queue_row, self.judged.with_outcomes(self.queued))
        yield from map(queue_row, self.dressed)

    def sample_rows(self, ids: Collection[str]) -> list[QueueRow]:
        """The rows of those comments of the blind sample that have one of these ids."""
        return [queue_row(one) for one in self.dressed if one.scored.comment.id in ids]

    def other_rows(self, ids: Collection[str]) -> list[QueueRow]:
        """What the queue would show of comments that do not belong into it, by their ids."""
        sample = set(self.sample)
        return [
            queue_row(one)
            for one in self.judged.chosen(ids)
            if one.verdict.outcome not in self.queued and one.scored.comment.id not in sample
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a pass does its work; nothing here changes what it finds.

    ``cache`` is the file in which scores are kept and found again; with ``anew`` they are not
    looked for there but made anew, and replaced. ``folder`` is where a large pass puts what it
    cannot hold; None is the system's place for temporary files. ``processes`` is how many may work
    at once, None for as many as pay. ``engine`` does the work elsewhere, and a ``cluster`` reads
    the pages too. ``on_progress`` hears how far it has come.
    """

    cache: Path | None = None
    anew: bool = False
    folder: Path | None = None
    processes: int | None = None
    engine: Callable[[Brief, Detectors], Engine] | None = None
    cluster: Cluster | None = None
    on_progress: Callable[[Progress], None] = lambda progress: None


def scan(  # noqa: PLR0913 - all by keyword, all with a default
    paths: Sequence[str | Path],
    *,
    policy: str | Path | Policy = "standard",
    model: str | Scorer = "compact",
    device: str = "cpu",
    terms: Sequence[Path] = (),
    outputs: Collection[Path] = (),
    columns: ColumnNames | None = None,
    audit_sample: int = 0,
    manner: Manner = Manner(),
) -> ScanResult:
    """Run the whole pass over files, folders and patterns.

    ``model`` and ``device`` are as ``load_scorer`` takes them.
    ``terms`` are a desk's own term tables, which add to ours, change or silence terms.
    ``outputs`` are files that the caller is going to write, which must not be read as pages.
    ``columns`` names the columns of tables; those that it leaves out are guessed.
    ``audit_sample`` is how many comments that passed are put into the queue, unmarked there, so
    that people's verdicts on them tell what the scan misses (`blind_sample`).

    Raises:
        UsageError: when nothing that was named is a page.
        LexiconError: when one of the term tables cannot be used.
        PolicyError: when the policy cannot be used, or asks for a label that the model lacks.
        ModelUnavailable: when the model cannot be had here.
        OutputError: when there is no room for the parts of a large pass.
    """
    brief = Brief(
        policy=policy if isinstance(policy, Policy) else load_policy(policy),
        model=model,
        terms=tuple(terms),
        device=device,
    )
    return run(
        brief,
        paths,
        outputs=outputs,
        columns=columns,
        audit_sample=audit_sample,
        manner=manner,
    )


def run(  # noqa: PLR0913 - what a pass needs
    brief: Brief,
    paths: Sequence[str | Path],
    *,
    outputs: Collection[Path] = (),
    columns: ColumnNames | None = None,
    audit_sample: int = 0,
    manner: Manner = Manner(),
) -> ScanResult:
    """Run the whole pass as a brief says; all else, and what is raised, as in `scan`."""
    found = require_pages(find_pages(paths, outputs, columns))
    detectors = brief.load()
    brief.policy.require_labels(detectors.scorer.labels, detectors.scorer.name)
    folders = tuple(searched_folders(paths))
    return Pass(brief, detectors, manner, columns).run(found, folders, audit_sample)


def blind_sample(
    judged: Iterable[JudgedComment], asked: int, priorities: Sequence[int]
) -> list[JudgedComment]:
    """Draw comments that passed, dressed as flagged ones.

    Those with the smallest SHA-256 of their id are drawn: a uniform sample that stays one when the
    site grows, and is the same in the next scan. Each gets the priority of a flagged comment, drawn
    by the same hash, and its model's highest score for a reason; else its place in the queue would
    give it away. ``priorities`` are those of the flagged comments.
    """
    passed = (one for one in judged if one.verdict.outcome == "passed")
    drawn = heapq.nsmallest(asked, passed, key=lambda one: sample_order(one.scored.comment.id))
    ordered = sorted(priorities) or [0]
    return [_dressed(one, ordered) for one in drawn]


def sample_order(comment_id: str) -> str:
    """The place of a comment in the order in which a blind sample is drawn."""
    return hashlib.sha256(comment_id.encode()).hexdigest()


def searched_folders(paths: Sequence[str | Path]) -> Iterator[str]:
    """Name the folders among the paths, as the sources of their pages begin."""
    for path in paths:
        named = local_path(str(path))
        if is_remote(named):
            yield named.rstrip("/")  # of a file that was named it says nothing new
        elif named not in {STANDARD_INPUT, ""} and Path(named).is_dir():
            yield Path(named).as_posix()


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


class Pass:
    """One run over the pages; collects on the way what the receipt needs."""

    def __init__(
        self,
        brief: Brief,
        detectors: Detectors,
        manner: Manner,
        columns: ColumnNames | None = None,
    ) -> None:
        """Prepare a run; ``detectors`` are those that the brief asks for."""
        self.columns = columns
        self.brief = brief
        self.policy = brief.policy
        self.detectors = detectors
        self.manner = manner
        self.engine = (
            manner.engine(brief, detectors)
            if manner.engine
            else best_engine(brief, detectors, manner.processes)
        )
        self.ledger = Ledger(detectors.scorer.labels, manner.folder)
        self.tally = Tally()

    def run(self, found: FoundPages, folders: tuple[str, ...], audit_sample: int) -> ScanResult:
        """Go through the pages that were found."""
        pages_total = len(found.pages)
        cluster = self.manner.cluster
        coming = (
            self._judged_by(cluster, found)
            if cluster
            else self._judged(_batches(self._comments(found)))
        )
        for judged in coming:
            self.ledger.add(judged)
            self.tally.add(judged)
            self._report(pages_total)
        self._report(pages_total)
        sample = self._sample(audit_sample)
        return ScanResult(
            labels=self.detectors.scorer.labels,
            judged=self.ledger,
            receipt=self._receipt(found),
            queued=("flagged", "not_checked") if self.policy.queue_unchecked else ("flagged",),
            folders=folders,
            files=tuple(page.source for page in found.pages),
            sample=tuple(one.scored.comment.id for one in sample),
            sample_asked=audit_sample,
            dressed=tuple(sample),
            remarks=(*self.tally.remarks, *remarks_of(self.engine)),
        )

    def _comments(self, found: FoundPages) -> Iterator[FoundComment]:
        tally = self.tally
        tally.bytes_total = size(found.pages)
        for one in _one_by_one(found):
            coming = read_portions(one, tally.failures.append, tally.skipped.append, self.columns)
            for portion in coming:
                language = portion_language(portion, self.detectors)
                tally.read(len(portion.comments), portion.finished, language)
                yield from found_comments(portion, language)
            tally.file_read(size(one.pages))

    def _judged_by(self, cluster: Cluster, found: FoundPages) -> Iterator[Sequence[JudgedComment]]:
        """Have pages read and comments assessed on a cluster."""
        self.tally.failures += found.missing
        cache = self.manner.cache
        with (
            ScoreCache(cache, self.detectors, self.policy) if cache else nullcontext()
        ) as remembered:
            order = WorkOrder(
                brief=self.brief,
                identity=identity_of(self.detectors),
                pages=found.pages,
                columns=self.columns,
                known=remembered.fingerprints() if remembered and not self.manner.anew else None,
            )
            for one in gathered(cluster, order, self.detectors, remembered):
                if isinstance(one, Unread):
                    (self.tally.failures if one.is_failure else self.tally.skipped).append(one.what)
                else:
                    self.tally.read(len(one.judged), one.finished, one.language)
                    self.tally.known += one.known
                    yield one.judged
            if remembered:
                remembered.forget_unused()
                self.tally.remarks += remembered.remarks

    def _judged(self, batches: Iterator[list[FoundComment]]) -> Iterator[list[JudgedComment]]:
        if self.manner.cache is None:
            yield from self.engine.judged(batches)
            return
        with ScoreCache(self.manner.cache, self.detectors, self.policy) as cache:
            remembering = Remembering(self.engine, cache, anew=self.manner.anew)
            for judged in remembering.judged(batches):
                self.tally.known = remembering.known
                yield judged
            cache.forget_unused()
            self.tally.remarks += cache.remarks

    def _engine_named(self) -> dict[str, Any]:
        return {"engine": dict(self.manner.cluster.as_json())} if self.manner.cluster else {}

    def _sample(self, asked: int) -> list[JudgedComment]:
        if asked <= 0:
            return []
        return blind_sample(self.ledger, asked, self.tally.priorities)

    def _report(self, pages_total: int) -> None:
        tally = self.tally
        progress = Progress(
            pages_read=tally.pages_read,
            pages_total=pages_total,
            comments_found=tally.comments_found,
            comments_done=len(self.ledger),
            comments_known=tally.known,
            comments_expected=tally.expected(),
        )
        self.manner.on_progress(progress)

    def _receipt(self, found: FoundPages) -> Receipt:
        tally = self.tally
        return Receipt(
            counts=Counts.of(tally.comments_found, sum(tally.by_page.values(), Counter())),
            pages=tuple(
                _account(page, language, tally.by_page[page.id])
                for page, language in tally.documents()
            ),
            failures=tuple(tally.failures),
            skipped=(*found.skipped, *tally.skipped),
            not_checked_because=dict(tally.not_checked_because.most_common()),
            settings=_settings(self.policy, self.detectors) | self._engine_named(),
        )


def _batches(comments: Iterator[FoundComment]) -> Iterator[list[FoundComment]]:
    while batch := list(islice(comments, BATCH)):
        yield batch


def _one_by_one(found: FoundPages) -> Iterator[FoundPages]:
    """What cannot be had, then each file by itself."""
    yield FoundPages(pages=(), skipped=(), missing=found.missing)
    for page in found.pages:
        yield FoundPages(pages=(page,), skipped=(), missing=())


def _account(page: ReadPage, language: str, outcomes: Counter[Outcome]) -> PageAccount:
    return PageAccount(
        id=page.id,
        source=page.source,
        sha256=page.sha256,
        encoding=page.encoding,
        media_type=page.media_type,
        language=language,
        counts=Counts.of(page.receipt.found, outcomes),
        separation=asdict(page.receipt),
        warnings=page.warnings,
    )


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
