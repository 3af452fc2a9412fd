"""The values that flow from stage to stage.

Frozen, slotted, keyword-only: a stage returns new values and changes nothing that it was given.

Positions are half-open character offsets into the text that the holder has:
``comment.text == document.text[comment.start:comment.end]`` and
``match.text == comment.text[match.start:match.end]``, always.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

CommentKind = Literal["comment", "pingback", "trackback"]
"""Who wrote it: a reader, or another site's software announcing a link."""

ScoreStatus = Literal["scored", "unsupported_language", "failed"]
"""Whether the toxicity model has judged a comment, and if not, why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One saved page.

    ``id`` names the page in every scan of the same folder; ``source`` is the path to show people.
    ``text`` has its line ends folded to ``\\n``, as Python reads a text file.
    """

    id: str
    source: str
    text: str
    media_type: str = "text/plain"
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Something that was not read as a page, or could not be, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One reader comment and where it stands in its page.

    ``number`` is the number that the page's list gives it, ``site_number`` a second one that the
    site itself prints (``4. 24 Name``); either may be missing. ``posted_at`` is the page's own
    wording. ``level`` is 0 for a comment and one more for each step of reply; ``parent_id`` is the
    id of the comment that it replies to. ``place`` is its number behind those of the comments that
    it answers, as people are shown it: ``3 › 1`` (`with_places`).
    """

    id: str
    document_id: str
    number: int | None
    start: int
    end: int
    text: str
    author: str | None = None
    posted_at: str | None = None
    parent_id: str | None = None
    level: int = 0
    site_number: int | None = None
    kind: CommentKind = "comment"
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundComment:
    """A comment on its way to the detectors, with its page's path and language."""

    comment: Comment
    source: str
    page_language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermMatch:
    """A term of the lexicon found in a comment, in the comment's own spelling.

    ``via`` names the foldings that were needed to see it, in the order in which they were applied;
    it is empty when the term stands there as the table spells it. ``context`` says how the term
    is used where that could be told (``mentioned``, ``reclaimed``, or ``ambiguous`` for one that is
    often innocent and has no second sign beside it), else it is empty.
    """

    start: int
    end: int
    text: str
    term: str
    language: str
    category: str
    target: str
    severity: int
    via: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredComment:
    """A comment with everything that was measured about it, before any threshold.

    ``toxicity`` maps each label of the model to a number from 0 to 1; it is empty unless
    ``status`` is ``scored``. ``error`` says in words why a comment was not scored.
    """

    comment: Comment
    source: str
    language: str
    toxicity: Mapping[str, float] = field(default_factory=dict)
    matches: tuple[TermMatch, ...] = ()
    status: ScoreStatus = "scored"
    error: str = ""
    scored_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One piece of evidence for a flag.

    ``code`` is for programs (``toxicity.insult``, ``lexicon.slur``, ``not_checked.language``),
    ``detail`` for people. ``value`` and ``threshold`` are on the detector's own scale, and
    ``start``/``end`` point into the comment's text; each is None where it has no meaning.
    ``further`` are the places of more such evidence, weaker than the first.
    """

    code: str
    detail: str
    value: float | None = None
    threshold: float | None = None
    start: int | None = None
    end: int | None = None
    further: tuple[tuple[int, int], ...] = ()


def by_field(value: TermMatch | Reason) -> dict[str, Any]:
    """Give the fields of a value by name, in order: ``asdict`` without its care, ten times as fast.

    A cluster's results all pass through one process, which spent a third of its time on that.
    """
    return {name: getattr(value, name) for name in value.__slots__}


Outcome = Literal["flagged", "passed", "not_checked"]
"""Every comment has exactly one; their counts add up to the comments found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policy makes of one scored comment; a higher ``priority`` (0 to 100) is worse.

    A comment that could not be checked in full and gave no reason to flag it is ``not_checked``,
    never ``passed``.
    """

    comment_id: str
    outcome: Outcome
    priority: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedComment:
    """A comment with everything that was measured and decided about it."""

    scored: ScoredComment
    verdict: Verdict


HumanVerdict = Literal["approve", "remove", "escalate", "unsure"]
"""What a person can decide about a comment."""

HUMAN_VERDICTS: tuple[HumanVerdict, ...] = ("approve", "remove", "escalate", "unsure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided about a comment.

    ``decided_at`` is the person's own wording, as a spreadsheet may have changed it.
    ``decided_with`` is the id of the comment on which the decision was made, where it was carried
    over from a near-duplicate; else it is empty.
    """

    comment_id: str
    verdict: HumanVerdict
    reviewer: str = ""
    decided_at: str = ""
    note: str = ""
    decided_with: str = ""


def with_places(comments: Iterable[Comment]) -> Iterator[Comment]:
    """Say where each comment of a page stands: a number alone would be that of its parent's list.

    Comments come in page order, a reply after its parent; one without a number is a bullet.
    """
    found: dict[str, str] = {}
    for comment in comments:
        own = "•" if comment.number is None else str(comment.number)
        above = found.get(comment.parent_id or "")
        place = f"{above} › {own}" if above else own.replace("•", "")
        found[comment.id] = place
        yield replace(comment, place=place)


def comment_id(  # noqa: PLR0913 - each is a part of what tells comments apart
    document_id: str,
    author: str | None,
    posted_at: str | None,
    text: str,
    copy: int = 0,
    *,
    own_id: str = "",
) -> str:
    """Name a comment by what it says and who said it, never by its place in the file.

    White space is folded first, so that a page saved again with another indentation keeps its ids.
    ``copy`` counts earlier comments of the page that are equal in all these respects. ``own_id`` is
    the name that the comment's own system has for it; two equal comments with names of their own
    are two. The result is ``c`` and 16 hexadecimal digits: a spreadsheet can take it neither for a
    number nor a date.
    """
    parts = [document_id, author or "", posted_at or "", " ".join(text.split()), str(copy)]
    if own_id:
        parts.append(own_id)
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass"))
    return "c" + digest.hexdigest()[:16]
