"""What another policy, word list or model would change in a queue, before anything changes.

Compares the queue as it stands with what a new scan would make of the same comments. Where only
the policy is new the stored scores are judged again and the model is not loaded; a new word list
is looked for in the stored texts, and the scores are kept; only a new model scores again.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from moderation.detectors import Detectors, score_comments
from moderation.errors import UsageError
from moderation.language import LanguageFinder
from moderation.lexicon import Lexicon, load_lexicon
from moderation.pipeline import Progress
from moderation.policy import Policy, judge, load_policy, policy_of_settings
from moderation.receipt import Counts
from moderation.records import FoundComment, Outcome, ScoredComment, Verdict
from moderation.review_queue import REVIEWER_COLUMNS, QueuePaths, columns
from moderation.review_queue.cells import to_cell
from moderation.review_queue.decisions import JOINED, QueueDecisions, read_decisions
from moderation.review_queue.reading import ROW, RowProblem, read_table
from moderation.review_queue.reasons import sentence
from moderation.review_queue.rows import shown_text
from moderation.review_queue.side_files import write_side_file
from moderation.review_queue.states import GONE, words_of
from moderation.scores import Scores, read_scores
from moderation.toxicity import Scorer, load_scorer

if TYPE_CHECKING:
    import polars

BATCH = 64
"""Comments that are measured together where a word list or a model is new."""

Kind = Literal["added", "dropped", "kept", "changed"]
"""``kept`` is no longer flagged but stays, since a person has worked on it."""

KINDS: tuple[Kind, ...] = ("added", "dropped", "kept", "changed")

COLUMNS = (
    "change",
    "id",
    "source",
    "number",
    "decision",
    "priority_before",
    "priority_after",
    "reasons_before",
    "reasons_after",
    "text",
)
"""The columns of a preview that is written as a file."""

_OPENING = "\ufeff" + ",".join(COLUMNS) + "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried; what is None or empty stays as it was at the last scan.

    ``terms`` are a desk's own tables, laid over the packaged ones.
    """

    policy: str | Path | Policy | None = None
    terms: tuple[Path, ...] = ()
    model: str | Scorer | None = None
    device: str = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One comment whose row would be different.

    ``place`` is its number on its page. Reasons are sentences as in the queue, empty where there
    is none. ``decision`` is a person's verdict as the queue has it, ``""`` without one.
    """

    kind: Kind
    comment_id: str
    source: str
    place: str
    decision: str
    priority_before: int
    priority_after: int
    reasons_before: str
    reasons_after: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The queue now and after, and each row that differs.

    ``before`` and ``after`` count all comments of the scores file. ``strangers`` are ids of the
    queue that the scores file does not have, comments that are gone from their page left out;
    ``removed_rows`` is how many comments were flagged at the last scan but have no row today.
    """

    policy_before: str
    policy_after: str
    before: Counts
    after: Counts
    rows_before: int
    rows_after: int
    changes: tuple[Change, ...]
    removed_rows: int = 0
    strangers: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()

    def of_kind(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one kind, worst comment first."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def decided(self) -> tuple[Change, ...]:
        """The changes that touch a comment on which a person has decided."""
        return tuple(change for change in self.changes if change.decision)

    def sentence(self) -> str:
        """``Adds 41 rows, drops 12, changes 30; touches 5 that you already decided.``"""
        count = {kind: len(self.of_kind(kind)) for kind in KINDS}
        kept = f", keeps {count['kept']:,} that a person worked on" if count["kept"] else ""
        rows = "row" if count["added"] == 1 else "rows"
        return (
            f"Adds {count['added']:,} {rows}, drops {count['dropped']:,}{kept}, changes "
            f"{count['changed']:,}; touches {len(self.decided):,} that you already decided."
        )

    def as_json(self) -> dict[str, Any]:
        """The preview as plain data, in a stable order."""
        return {
            "summary": self.sentence(),
            "policy_before": self.policy_before,
            "policy_after": self.policy_after,
            "comments_before": asdict(self.before),
            "comments_after": asdict(self.after),
            "rows_before": self.rows_before,
            "rows_after": self.rows_after,
            "counts": {kind: len(self.of_kind(kind)) for kind in KINDS},
            "already_decided": len(self.decided),
            "removed_rows": self.removed_rows,
            "not_in_the_scores": list(self.strangers),
            "damaged_rows": [asdict(problem) for problem in self.problems],
            "changes": [asdict(change) for change in self.changes],
        }


def preview(
    files: Sequence[Path], trial: Trial, on_progress: Callable[[Progress], None] | None = None
) -> Preview:
    """Compare a queue and its scores, as they lie on the disk, with what a trial would give.

    ``files`` are a scores file, a queue, or both in any order; what is not named is looked for
    beside the other. Without a queue the comparison is with the last scan's verdicts.
    ``on_progress`` hears how far a new word list or model has come.

    Raises:
        UsageError: when there is no scores file, or the queue belongs to another one.
        PolicyError: when a policy is named that cannot be used.
        LexiconError: when a table is named that cannot be used.
        ModelUnavailable: when a model is named that cannot be had here.
    """
    scores_path, queue_path = find_pair(files)
    scores = read_scores(scores_path)
    receipt = _settings(scores_path)
    policy = load_policy(trial.policy) if isinstance(trial.policy, (str, Path)) else trial.policy
    policy = policy or policy_of_settings(receipt)
    queue = _queue_rows(queue_path, scores) if queue_path else _rows_of_last_scan(scores)
    before = receipt.get("policy") or {}
    comparison = _Comparison(scores, policy, queue)
    return comparison.preview(
        _measured(scores, policy, trial, on_progress or (lambda progress: None)),
        before=f"{before.get('name', 'unknown')} {before.get('version', '')}".strip(),
    )


def write_preview(shown: Preview, path: Path) -> None:
    """Write the rows that differ as a CSV file that a spreadsheet can open safely.

    Raises:
        UsageError: when another file stands there already.
        OutputError: when it cannot be written.
    """
    text = io.StringIO(newline="")
    text.write(_OPENING)
    csv.writer(text, lineterminator="\r\n").writerows(map(_cells, shown.changes))
    write_side_file(path, text.getvalue(), _OPENING)


def find_pair(files: Sequence[Path]) -> tuple[Path, Path | None]:
    """Tell the scores file from the queue by their names, and find the one that is not named.

    Raises:
        UsageError: when the files named are not one of each.
    """
    tables = [path for path in files if path.suffix.lower() == ".parquet"]
    queues = [path for path in files if path not in tables]
    if not files or len(tables) > 1 or len(queues) > 1:
        raise UsageError(
            "Name one scores file (queue.scores.parquet) and one queue (queue.csv), or one of them."
        )
    if not tables:
        return QueuePaths.beside(queues[0]).scores, queues[0]
    beside = tables[0].with_name(tables[0].name.removesuffix(".scores.parquet") + ".csv")
    return tables[0], queues[0] if queues else beside if beside.is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _QueueRows:
    """What the queue says today, by comment: where it has a row, and what people did there."""

    ids: frozenset[str]
    decisions: Mapping[str, str] = field(default_factory=dict)
    worked_on: frozenset[str] = frozenset()
    strangers: tuple[str, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def _rows_of_last_scan(scores: Scores) -> _QueueRows:
    frame = scores.frame
    return _QueueRows(ids=frozenset(frame.filter(frame["outcome"] != "passed")["id"]))


def _queue_rows(path: Path, scores: Scores) -> _QueueRows:
    table = read_table(path)
    ids = frozenset(table.frame["id"])
    states = table.frame.select("id", "state").iter_rows()
    gone = {comment_id for comment_id, state in states if GONE in words_of(state)}
    expected = gone.union(scores.frame["id"])
    strangers = tuple(dict.fromkeys(one for one in table.frame["id"] if one not in expected))
    if strangers and len(strangers) == len(ids - gone):
        raise UsageError(
            f"{path} and the scores file do not belong together: none of the queue's "
            f"{len(strangers):,} comments is in the scores. Name the scores file that the last "
            "scan wrote beside this queue."
        )
    return _QueueRows(
        ids=ids,
        decisions=_verdicts(read_decisions(table)),
        worked_on=_worked_on(table.frame),
        strangers=strangers,
        problems=table.problems,
    )


def _verdicts(decided: QueueDecisions) -> dict[str, str]:
    """What people decided, by comment; a conflict or a word that nobody knows is theirs too."""
    unknown = {one.comment_id: one.word for one in decided.unknown}
    conflicts = {one.comment_id: JOINED.join(one.verdicts) for one in decided.conflicts}
    clear = {comment_id: one.verdict for comment_id, one in decided.decisions.items()}
    return unknown | conflicts | clear


def _worked_on(frame: polars.DataFrame) -> frozenset[str]:
    """The comments in whose rows people wrote, also in columns of their own: these rows stay."""
    own = [name for name in frame.columns if name not in (*columns.COLUMNS, ROW)]
    rows = frame.select("id", *REVIEWER_COLUMNS, *own).iter_rows()
    return frozenset(row_id for row_id, *cells in rows if any(map(str.strip, cells)))


def _settings(scores_path: Path) -> Mapping[str, Any]:
    """What the receipt beside the scores says of the scan; empty where there is none to read."""
    name = scores_path.name.removesuffix(".scores.parquet") + ".receipt.json"
    try:
        receipt = json.loads(scores_path.with_name(name).read_text(encoding="utf-8"))
        settings = receipt["settings"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return settings if isinstance(settings, dict) else {}


class _Comparison:
    """The old verdicts beside the new ones; collects what differs."""

    def __init__(self, scores: Scores, policy: Policy, queue: _QueueRows) -> None:
        self.scores = scores
        self.policy = policy
        self.queue = queue

    def preview(self, measured: Iterable[tuple[ScoredComment, Verdict]], before: str) -> Preview:
        """Judge again what may differ; every other comment passed and passes still."""
        after: Counter[Outcome] = Counter()
        found: list[tuple[Kind, ScoredComment, Verdict, Verdict]] = []
        for scored, old in measured:
            new = judge(scored, self.policy)
            after[new.outcome] += 1
            if kind := self._kind(old, new):
                found.append((kind, scored, old, new))
        total = self.scores.frame.height
        after["passed"] += total - after.total()
        found.sort(key=lambda one: (KINDS.index(one[0]), -max(one[2].priority, one[3].priority)))
        kinds = Counter(one[0] for one in found)
        return Preview(
            policy_before=before,
            policy_after=f"{self.policy.name} {self.policy.version}",
            before=Counts.of(total, self._outcomes_before()),
            after=Counts.of(total, after),
            rows_before=len(self.queue.ids),
            rows_after=len(self.queue.ids) + kinds["added"] - kinds["dropped"],
            changes=tuple(self._change(*one) for one in found),
            removed_rows=self._removed_rows(),
            strangers=self.queue.strangers,
            problems=self.queue.problems,
        )

    def _kind(self, old: Verdict, new: Verdict) -> Kind | None:
        has_row = old.comment_id in self.queue.ids
        gets_row = new.outcome == "flagged" or (
            new.outcome == "not_checked" and self.policy.queue_unchecked
        )
        if gets_row and not has_row:
            return "added"
        if gets_row and has_row:
            return None if _evidence(old) == _evidence(new) else "changed"
        # A row of a comment that passed before is not there for the policy's sake, and stays.
        if has_row and old.outcome != "passed":
            return "kept" if old.comment_id in self.queue.worked_on else "dropped"
        return None

    def _change(self, kind: Kind, scored: ScoredComment, old: Verdict, new: Verdict) -> Change:
        return Change(
            kind=kind,
            comment_id=scored.comment.id,
            source=scored.source,
            place=scored.comment.place,
            decision=self.queue.decisions.get(scored.comment.id, ""),
            priority_before=old.priority,
            priority_after=new.priority,
            reasons_before=sentence(old.reasons),
            reasons_after=sentence(new.reasons),
            text=shown_text(scored.comment.text),
        )

    def _outcomes_before(self) -> dict[Outcome, int]:
        return Counter(self.scores.frame["outcome"])

    def _removed_rows(self) -> int:
        frame = self.scores.frame
        flagged = frame.filter(frame["outcome"] == "flagged")["id"]
        return sum(comment_id not in self.queue.ids for comment_id in flagged)


def _evidence(verdict: Verdict) -> tuple[int, list[tuple[str, str]]]:
    """What makes a row different: a threshold's number alone does not."""
    return verdict.priority, [(reason.code, reason.detail) for reason in verdict.reasons]


def _measured(
    scores: Scores, policy: Policy, trial: Trial, on_progress: Callable[[Progress], None]
) -> Iterator[tuple[ScoredComment, Verdict]]:
    if not trial.terms and trial.model is None:
        policy.require_labels(scores.labels, "of the stored scores")
        return _worth_judging(scores, policy).judged()
    lexicon = load_lexicon(extra=trial.terms) if trial.terms else None
    scorer = load_scorer(trial.model, trial.device) if isinstance(trial.model, str) else trial.model
    if scorer is None:
        policy.require_labels(scores.labels, "of the stored scores")
    else:
        policy.require_labels(scorer.labels, scorer.name)
    return _measured_again(scores, lexicon, scorer, on_progress)


def _worth_judging(scores: Scores, policy: Policy) -> Scores:
    """Leave out the comments that passed and, having no term and low scores, pass still."""
    import polars  # noqa: PLC0415 - half of the command's start-up time

    column = polars.col
    may_differ = (column("outcome") != "passed") | (column("status") != "scored")
    may_differ |= column("matches").list.len() > 0
    for label, threshold in policy.thresholds.items():
        may_differ |= (column(label) >= threshold).fill_null(False)
    return replace(scores, frame=scores.frame.filter(may_differ))


def _measured_again(
    scores: Scores,
    lexicon: Lexicon | None,
    scorer: Scorer | None,
    on_progress: Callable[[Progress], None],
) -> Iterator[tuple[ScoredComment, Verdict]]:
    pages, comments = scores.frame["document_id"].n_unique(), scores.frame.height
    whole = Progress(
        pages_read=pages,
        pages_total=pages,
        comments_found=comments,
        comments_done=0,
        comments_expected=comments,
    )
    judged, done = scores.judged(), 0
    detectors = Detectors(
        scorer=scorer or _SilentScorer(scores.frame["language"].unique()),
        lexicon=lexicon or Lexicon((), "none"),
        languages=_KnownLanguages(),
    )
    while batch := list(islice(judged, BATCH)):
        stored = [scored for scored, _ in batch]
        again = score_comments([_as_found(one) for one in stored], detectors)
        done += len(batch)
        on_progress(replace(whole, comments_done=done))
        for (old, verdict), new in zip(batch, again, strict=True):
            yield _merged(old, new, lexicon is not None, scorer is not None), verdict


def _merged(old: ScoredComment, new: ScoredComment, terms: bool, model: bool) -> ScoredComment:
    """Take from the new measurement what was measured anew, and the rest from the stored one.

    What had failed stays failed unless all of it was done again: unchecked is never clean.
    """
    if terms and model:
        return new
    if terms:
        failed = {"status": new.status, "error": new.error} if new.status == "failed" else {}
        return replace(old, matches=new.matches, **failed)  # type: ignore[arg-type]
    if old.status == "failed":
        return old
    return replace(old, toxicity=new.toxicity, status=new.status, error=new.error)


def _as_found(scored: ScoredComment) -> FoundComment:
    return FoundComment(comment=scored.comment, source=scored.source, page_language=scored.language)


class _KnownLanguages(LanguageFinder):
    """The languages that the last scan found, given as those of the comments' pages."""

    def languages(self, texts: Sequence[str], prior: str | Sequence[str] = "") -> list[str]:
        """Give back what is known."""
        return [prior] * len(texts) if isinstance(prior, str) else list(prior)


class _SilentScorer:
    """Stands in where the stored scores are kept: knows each language and gives no score."""

    name = "stored"
    revision = ""
    labels: tuple[str, ...] = ()

    def __init__(self, languages: Iterable[str]) -> None:
        self.languages = frozenset(languages)

    def score(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Give no score for each text."""
        return [{} for _ in texts]


def _cells(change: Change) -> list[str]:
    return [
        change.kind,
        change.comment_id,
        to_cell(change.source),
        change.place,
        to_cell(change.decision),
        str(change.priority_before),
        str(change.priority_after),
        to_cell(change.reasons_before),
        to_cell(change.reasons_after),
        to_cell(change.text),
    ]
