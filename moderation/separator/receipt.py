"""What the separator hands back: comments, and an account of the rest of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from moderation.records import Comment

LeftoverKind = Literal[
    "heading",
    "head",
    "reply_link",
    "terminator",
    "form",
    "pagination",
    "related",
    "trackbacks",
    "between",
    "footer",
]
"""What a stretch of text in the comment section was taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Text after the start of the comments that belongs to no comment, and what it seems to be.

    ``start`` and ``end`` are positions in the page; ``detail`` shows the beginning of the text.
    """

    start: int
    end: int
    kind: LeftoverKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReceipt:
    """An account of one page, so that nothing after the first comment is dropped unnamed.

    ``missing_numbers`` and ``doubled_numbers`` name at most a thousand numbers of the page's own
    list. Comments and ``leftovers`` together cover the page from ``section_start`` to its end, but
    for white space and the list's own markers. ``confidence`` says from 0 to 1 how sure it is that
    this is a comment section and ``evidence`` says why, in words; on a page without comments they
    tell of the nearest thing to a comment section that was turned down.
    """

    found: int
    message: str
    missing_numbers: tuple[int, ...] = ()
    doubled_numbers: tuple[int, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    section_start: int | None = None
    section_end: int | None = None
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The comments of one page in page order, and the receipt."""

    comments: tuple[Comment, ...]
    receipt: PageReceipt
