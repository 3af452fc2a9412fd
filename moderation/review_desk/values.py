"""The values that the desk takes and gives: filters, rows, standings and what a decision did.

Texts are plain (`cells.from_cell` is undone) and may hold any character that a stranger wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from moderation.errors import ModerationError
from moderation.records import Reason, TermMatch

Order = Literal["priority", "score", "page", "newest"]
"""As the file stands; by the score of the filters' label, high first; by page and place; by the
time of the decision, newest first (undecided rows last)."""

ORDERS: Final[tuple[Order, ...]] = get_args(Order)

VERDICT_FILTERS: Final = (
    *("", "undecided", "decided", "approve", "remove", "escalate", "unsure", "conflict", "noted"),
)
"""What `Filters.verdict` may be. A conflict counts neither as decided nor as undecided."""


class UnknownComment(LookupError):
    """No row of the queue has this id; the message is a sentence."""


class CannotDecide(ModerationError):
    """Decisions cannot be saved, so nothing was decided; the message says why and what to try."""

    exit_code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which rows, and in what order; a field at its default leaves nothing out.

    Each word of ``search`` must occur in text, author, note or page, in any case; words in
    "quotation marks" are looked for as one. ``reason`` is a code or its beginning (``lexicon``,
    ``toxicity.insult``). ``severity`` is that of a matched term, at least. ``low`` and ``high``
    (both ends are in) hold for the score of ``label``; without a label they mean nothing.
    """

    search: str = ""
    reason: str = ""
    severity: int = 0
    target: str = ""
    label: str = ""
    low: float = 0.0
    high: float = 1.0
    page: str = ""
    language: str = ""
    author: str = ""
    group: str = ""
    verdict: str = ""
    order: Order = "priority"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is decided about one row now.

    ``verdict`` is empty, one of `HUMAN_VERDICTS`, ``approve | remove`` for a conflict, or a word
    as a person wrote it that is not understood. ``change`` counts the log's entries of this
    comment; it grows with each decision by anybody. ``state`` has the words of the queue's column.
    ``decided_with`` is the near-duplicate whose decision the row follows.
    """

    verdict: str = ""
    note: str = ""
    reviewer: str = ""
    decided_at: str = ""
    change: int = 0
    state: str = ""
    decided_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One queue row with everything that a decision needs.

    ``scores`` are those of the model's labels, 0 to 1. ``matches`` and ``reasons`` come from the
    scores file; without one, or where it holds another text, they are empty and ``has_evidence``
    is False: ``reasons_cell`` and ``terms_cell`` then say in words what is known. With evidence,
    ``text`` is that of the scores file, and ``text[match.start:match.end] == match.text``.
    ``history`` has the newest entries of the log, at most 10, the newest first; one that took a
    decision back has no verdict.
    """

    id: str
    text: str
    source: str
    number: str
    author: str
    posted_at: str
    group: str
    language: str
    reasons_cell: str
    terms_cell: str
    scored_by: str
    priority: int
    scores: Mapping[str, float]
    matches: tuple[TermMatch, ...]
    reasons: tuple[Reason, ...]
    has_evidence: bool
    standing: Standing
    history: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A neighbour, a group member or an earlier comment.

    ``is_flagged`` when it is a row of the queue; only then has it a ``standing``. ``matches`` are
    the terms that were found in it, as far as a scores file tells them.
    """

    id: str
    author: str
    posted_at: str
    text: str
    number: str
    source: str = ""
    is_flagged: bool = False
    standing: Standing | None = None
    matches: tuple[TermMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The comments around one on its page; ``parent`` is what it replies to."""

    before: Brief | None = None
    after: Brief | None = None
    parent: Brief | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefs:
    """At most 20 of ``total`` comments."""

    total: int = 0
    briefs: tuple[Brief, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What else bears on a comment.

    ``group`` are its near-duplicates; ``same_author`` and ``same_text`` are decided comments by
    the same author, and with the same text but for case and spacing, newest decision first.
    """

    group: Briefs = Briefs()
    same_author: Briefs = Briefs()
    same_text: Briefs = Briefs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many rows the filters let through, and the ids of some of them, in order."""

    total: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a decision, a note, an undo or a redo did.

    ``ids`` are the rows that changed, near-duplicates that follow included; ``standings`` says how
    they stand now. ``refused`` are the rows that somebody decided meanwhile, with what stands
    there: nothing was written about them. ``operation`` numbers what can be undone (0 where nothing
    was done); ``sentence`` says it all to a person.
    """

    ids: tuple[str, ...]
    standings: Mapping[str, Standing]
    refused: Mapping[str, Standing]
    operation: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The state of the whole queue.

    ``verdicts`` counts rows by `HUMAN_VERDICTS`; with ``undecided`` and ``conflicts`` they add up
    to ``rows``. ``session_decided`` counts decisions at this desk since it was opened,
    ``per_minute`` those of the last ten minutes, and ``seconds_left`` is for the undecided rows at
    this pace, None while there is no pace. ``warnings`` are sentences for the reviewer, ``labels``
    the model labels that have scores, each with its threshold where the scores file tells it.
    ``read_only`` is empty, or a sentence that says why decisions cannot be saved.
    """

    rows: int
    undecided: int
    conflicts: int
    verdicts: Mapping[str, int]
    session_decided: int
    per_minute: float
    seconds_left: float | None
    can_undo: bool
    can_redo: bool
    warnings: tuple[str, ...]
    labels: tuple[str, ...]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    read_only: str = ""


Counts = tuple[tuple[str, int], ...]
"""Values with the number of their rows, most frequent first (severities: highest first)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """For each filter its values, counted under the other filters."""

    reason: Counts = ()
    severity: Counts = ()
    target: Counts = ()
    page: Counts = ()
    language: Counts = ()
    verdict: Counts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A part of a histogram: scores from ``low`` up to ``high``, which only the last one holds."""

    low: float
    high: float
    undecided: int
    decided: int
