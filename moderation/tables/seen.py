"""How often an equal comment came before, told for any number of comments in eight bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from moderation.records import comment_id

LONGEST_NUMBER = 19
"""Digits, with one to spare: such a number always fits the scores file's 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a comment's id is made from, but for the count of equal ones before it."""

    document_id: str
    author: str | None
    posted_at: str | None
    text: str
    own_id: str = ""

    def id(self, copy: int = 0) -> str:
        """Make the comment's id."""
        return comment_id(
            self.document_id, self.author, self.posted_at, self.text, copy, own_id=self.own_id
        )


def site_number(own_id: str) -> int | None:
    """Give the name that a comment's own system has for it, where that is a number."""
    return int(own_id) if own_id.isdecimal() and len(own_id) < LONGEST_NUMBER else None


class Seen:
    """All comments of a file so far, by the 64 bits of their ids.

    Kept as sorted arrays, each at least twice as long as the next: a portion is looked up in a few
    of them, and a comment is moved a few times in all.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[numpy.uint64]] = []

    def ids(self, identities: Sequence[Identity]) -> list[str]:
        """Name comments in the order in which they come; equal ones are counted as copies."""
        names = [identity.id() for identity in identities]
        bits = numpy.array([int(name[1:], 16) for name in names], dtype=numpy.uint64)
        earlier = sum(
            (
                run.searchsorted(bits, "right") - run.searchsorted(bits, "left")
                for run in self._runs
            ),
            start=_earlier_within(bits),
        )
        self._add(numpy.sort(bits))
        for place in numpy.flatnonzero(earlier).tolist():
            names[place] = identities[place].id(int(earlier[place]))
        return names

    def _add(self, run: NDArray[numpy.uint64]) -> None:
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = numpy.sort(numpy.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)


def _earlier_within(bits: NDArray[numpy.uint64]) -> NDArray[numpy.int64]:
    """Count, for each value, the equal ones before it."""
    order = numpy.argsort(bits, kind="stable")
    ordered = bits[order]
    first = ordered.searchsorted(ordered, "left")
    earlier = numpy.empty(len(bits), dtype=numpy.int64)
    earlier[order] = numpy.arange(len(bits)) - first
    return earlier
