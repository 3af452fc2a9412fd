"""What a report says, as records: counts that reconcile, and figures with what they rest on.

A *hit* is a comment that a person decided to remove or to escalate, a *wasted* row one that was
approved. Rows that are unsure or undecided count for neither, and a decision that was carried over
to near-duplicates counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moderation.measures import Share
from moderation.review_queue.judgements import PairAgreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The comments of the last scan by what became of them, as its receipt says."""

    found: int
    flagged: int
    passed: int
    not_checked: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The queue's rows; each is in exactly one of the fields.

    ``conflicts`` hold two verdicts, ``unknown`` a word that is no verdict, ``damaged`` could not be
    read.
    """

    approve: int = 0
    remove: int = 0
    escalate: int = 0
    unsure: int = 0
    undecided: int = 0
    conflicts: int = 0
    unknown: int = 0
    damaged: int = 0

    @property
    def all(self) -> int:
        """Every row of the file."""
        return self.decided + self.undecided + self.conflicts + self.unknown + self.damaged

    @property
    def decided(self) -> int:
        """Rows with a verdict."""
        return self.approve + self.remove + self.escalate + self.unsure

    @property
    def progress(self) -> Share:
        """The rows with a verdict, of all rows."""
        return Share(hits=self.decided, trials=self.all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Why each row is in the queue; the fields add up to the rows that could be read.

    ``gone`` and ``no_longer_flagged`` stay because a person should see them or has worked on them;
    ``other`` are rows of which the scores file knows nothing. ``without_row`` are comments that the
    scores file calls flagged and for which the queue has no row: somebody has deleted it.
    """

    flagged: int = 0
    not_checked: int = 0
    audit_sample: int = 0
    gone: int = 0
    no_longer_flagged: int = 0
    other: int = 0
    without_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A sum that must come out, with whether it does."""

    sentence: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFindings:
    """One page and its comments."""

    source: str
    found: int
    flagged: int
    not_checked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFindings:
    """A reason, the queue's rows that have it, and the hits among those that were judged."""

    code: str
    words: str
    rows: int
    precision: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How one label's scores are spread over all comments.

    ``counts`` are those of equal steps from 0 to 1. ``threshold`` is the policy's, or None;
    ``reaching`` counts the comments at or above it.
    """

    label: str
    counts: tuple[int, ...]
    scored: int
    threshold: float | None
    reaching: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What a threshold would have given among the rows that were judged.

    ``precision`` is the share of hits among the rows at or above the threshold, ``recall`` the
    share of all hits that these rows hold.
    """

    threshold: float
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Precision and recall of a label or of the priority, from the decisions.

    ``points`` run from the strictest threshold to the mildest and are empty when the decisions are
    too few: ``missing`` says in words what is. ``in_force`` is the point of the policy's threshold.
    """

    name: str
    judged: int
    hits: int
    points: tuple[CurvePoint, ...]
    in_force: CurvePoint | None
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfWork:
    """Decisions that entered the log on one day (UTC) by one reviewer."""

    day: str
    reviewer: str
    decided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissRate:
    """What the scan lets through, from unflagged comments that were judged without being marked.

    ``share`` are the hits among the comments of the sample that were judged; ``asked`` is the size
    of the sample, ``drawn_from`` the number of comments that passed.
    """

    share: Share
    asked: int
    drawn_from: int

    @property
    def waiting(self) -> int:
        """Comments of the sample without a verdict that counts."""
        return self.asked - self.share.trials

    @property
    def missed(self) -> tuple[int, int]:
        """From how many to how many hits may stand among the comments that passed."""
        interval = self.share.interval
        return round(interval.low * self.drawn_from), round(interval.high * self.drawn_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that a report says.

    ``precision`` are the hits among all judged rows that were flagged. ``not_checked_because``
    counts comments by the reason, ``pages_failed`` and ``files_skipped`` name files with the
    reason. ``settings`` are the scan's, flattened to name and value. ``gaps`` say what the
    report could not tell and why.
    """

    queue: str
    scanned: Scanned | None
    finished_at: str
    rows: Rows
    fanned_out: int
    origins: Origins | None
    checks: tuple[Check, ...]
    precision: Share
    pages: tuple[PageFindings, ...]
    reasons: tuple[ReasonFindings, ...]
    distributions: tuple[Distribution, ...]
    priority_curve: Curve
    label_curves: tuple[Curve, ...]
    pairs: tuple[PairAgreement, ...]
    days: tuple[DayOfWork, ...]
    miss_rate: MissRate | None
    not_checked_because: Mapping[str, int]
    pages_failed: Mapping[str, str]
    files_skipped: Mapping[str, str]
    settings: Mapping[str, str]
    gaps: tuple[str, ...]
