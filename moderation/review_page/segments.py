"""A comment cut into pieces that are each shown in one way.

Joined, the pieces are the comment as `cells.show_invisible` writes it: nothing is left out and
nothing added. A piece never holds markup, only text and the names of what is known about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from moderation.records import Reason, TermMatch
from moderation.review_queue.cells import show_invisible

Kind = Literal["term", "passage", "invisible", "cut"]
"""A matched term; a passage that moved the model; an invisible character, written out; an ellipsis
that is ours and not the author's."""

MASKED_FROM: Final = 2
"""The severity from which a term is masked until it is asked for."""

_WRITTEN_OUT: Final = re.compile("⟦U\\+[0-9A-F]{4,6}⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a text: what is shown, and the numbers of its term and of its passage."""

    text: str
    kinds: tuple[Kind, ...] = ()
    term: int | None = None
    passage: int | None = None
    is_masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is to be marked in a text: half-open spans, each with its number.

    A term's number is its place among the matches; passages are counted through all reasons.
    """

    terms: Mapping[int, tuple[int, int]]
    passages: Mapping[int, tuple[int, int]]
    masked: frozenset[int] = frozenset()


NO_MARKS: Final = Marks(terms={}, passages={})


def marks_in(text: str, matches: Sequence[TermMatch], reasons: Sequence[Reason]) -> Marks:
    """Find what to mark in a text.

    Nothing, when a single match does not stand where it says: the evidence is then about another
    text, and a wrong mark is worse than none. A reason that names the whole comment says of no
    passage that it mattered more than another.
    """
    if any(text[match.start : match.end] != match.text or match.start < 0 for match in matches):
        return NO_MARKS
    return Marks(
        terms={n: (match.start, match.end) for n, match in enumerate(matches)},
        passages=dict(enumerate(_passages(reasons, len(text)))),
        masked=frozenset(n for n, match in enumerate(matches) if match.severity >= MASKED_FROM),
    )


def segments(
    text: str, marks: Marks = NO_MARKS, start: int = 0, end: int | None = None
) -> list[Segment]:
    """Cut a text from ``start`` to ``end`` wherever something that is marked begins or ends."""
    end = len(text) if end is None else min(end, len(text))
    terms, passages = _clipped(marks.terms, start, end), _clipped(marks.passages, start, end)
    invisible = {start + place: mark for place, mark in _written_out(text[start:end]).items()}
    places = {start, end, *invisible, *(place + 1 for place in invisible)}
    for span in (*terms.values(), *passages.values()):
        places.update(span)
    active = _Active(terms, passages)
    found: list[Segment] = []
    for left, right in pairwise(sorted(places)):
        term, passage = active.at(left)
        found.append(
            Segment(
                text=invisible.get(left, text[left:right]),
                kinds=_kinds(term, passage, left in invisible),
                term=term,
                passage=passage,
                is_masked=not active.terms.isdisjoint(marks.masked),
            )
        )
    return found


def _kinds(term: int | None, passage: int | None, is_invisible: bool) -> tuple[Kind, ...]:
    kinds: list[Kind] = []
    if term is not None:
        kinds.append("term")
    if passage is not None:
        kinds.append("passage")
    if is_invisible:
        kinds.append("invisible")
    return tuple(kinds)


class _Active:
    """Which spans a place lies in; places are asked for in rising order."""

    def __init__(
        self, terms: Mapping[int, tuple[int, int]], passages: Mapping[int, tuple[int, int]]
    ) -> None:
        self.terms: set[int] = set()
        self._passages: set[int] = set()
        self._changes: dict[int, list[tuple[set[int], int, bool]]] = {}
        for spans, active in ((terms, self.terms), (passages, self._passages)):
            for number, (start, end) in spans.items():
                self._changes.setdefault(start, []).append((active, number, True))
                self._changes.setdefault(end, []).append((active, number, False))

    def at(self, place: int) -> tuple[int | None, int | None]:
        """The first term and the first passage there."""
        for active, number, begins in self._changes.get(place, ()):
            (active.add if begins else active.discard)(number)
        return min(self.terms, default=None), min(self._passages, default=None)


def _clipped(
    spans: Mapping[int, tuple[int, int]], start: int, end: int
) -> dict[int, tuple[int, int]]:
    """The parts of spans that lie between two places; an empty one marks nothing."""
    parts = {number: (max(span[0], start), min(span[1], end)) for number, span in spans.items()}
    return {number: part for number, part in parts.items() if part[0] < part[1]}


def _passages(reasons: Sequence[Reason], length: int) -> list[tuple[int, int]]:
    """The passages that moved the model, each once, as far as they are a part of the text."""
    spans = [
        span
        for reason in reasons
        if reason.code.startswith("toxicity.")
        for span in ((reason.start, reason.end), *reason.further)
    ]
    return [
        (start, end)
        for start, end in dict.fromkeys(spans)
        if start is not None and end is not None
        if 0 <= start < end <= length and end - start < length
    ]


def _written_out(text: str) -> dict[int, str]:
    """What is shown in place of each invisible character, by its place in the text."""
    shown = show_invisible(text)
    if shown == text:
        return {}
    found: dict[int, str] = {}
    longer = 0
    # What a comment holds of our own mark is written out as well, so that each mark here is ours.
    for mark in _WRITTEN_OUT.finditer(shown):
        found[mark.start() - longer] = mark[0]
        longer += len(mark[0]) - 1
    return found
