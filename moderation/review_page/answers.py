"""What the page gets for each of its questions: one method a route, JSON out.

Knows the desk, and nothing of HTTP. Each method may wait for the disk, so the server calls it in a
thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from moderation.review_desk.desk import Desk
from moderation.review_desk.values import Done, Filters, Row, Standing, UnknownComment
from moderation.review_page.asking import (
    BadRequest,
    Query,
    band_of,
    body_of,
    change_of,
    decisions_of,
    filters_of,
    name_of,
    note_of,
    text_of,
)
from moderation.review_page.bands import Bands
from moderation.review_page.views import (
    Json,
    bins_json,
    brief_json,
    facets_json,
    related_json,
    row_json,
    standing_json,
    summary_json,
    summary_row_json,
)
from moderation.review_page.words import label_in_words
from moderation.review_queue.decisions import verdicts_in

MOST_ROWS: Final = 200
MOST_BINS: Final = 200
MOST_SAMPLED: Final = 50
MOST_CHANGED_NAMED: Final = 500
MOST_REFUSED_NAMED: Final = 50
_ROWS_AT_ONCE: Final = 1_000
_NO_END: Final = 2**53 - 1
"""The largest whole number that a script in a browser can hold."""


class Answers:
    """Asks the desk and puts what it says into words and JSON."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bands = Bands()

    def summary(self) -> Json:
        """The state of the whole queue."""
        return summary_json(
            self._desk.summary(),
            queue=self._desk.queue.name,
            reviewer=self._desk.reviewer,
            revision=self._desk.revision,
        )

    def facets(self, query: Query) -> Json:
        """The values of each filter, counted under the other filters."""
        labels = self._desk.summary().labels
        filters = filters_of(query, labels)
        query.finished()
        return facets_json(self._desk.facets(filters), labels)

    def rows(self, query: Query) -> Json:
        """A part of the list that the filters leave."""
        offset = query.whole("offset", 0, 0, _NO_END)
        limit = query.whole("limit", 50, 1, MOST_ROWS)
        filters = self._filters(query)
        found = self._desk.find(filters, offset, limit)
        return {
            "total": found.total,
            "offset": offset,
            "revision": self._desk.revision,
            "rows": self._lines(found.ids, filters.label),
        }

    def row(self, name: str, query: Query) -> Json:
        """One comment, and where it stands in the list."""
        whole = query.choice("whole", ("0", "1"), "0") == "1"
        filters = self._filters(query)
        row = self._desk.row(name)
        size = self._desk.find(Filters(group=row.group), 0, 1).total if row.group else 0
        thresholds = self._desk.summary().thresholds
        return {
            "row": row_json(row, thresholds, group_size=size, whole=whole),
            **self._place(name, filters),
            "next_undecided": self._desk.next_undecided(filters, name),
        }

    def around(self, name: str) -> Json:
        """What stands beside a comment on its page, and what was decided about its like."""
        neighbours = self._desk.neighbours(name)
        return {
            "before": brief_json(neighbours.before),
            "after": brief_json(neighbours.after),
            "parent": brief_json(neighbours.parent),
            **related_json(self._desk.related(name)),
        }

    def histogram(self, query: Query) -> Json:
        """How the scores of one label are spread; the filters' own range of scores is left out."""
        bins = query.whole("bins", 40, 1, MOST_BINS)
        filters = self._filters(query)
        label = _label(filters)
        rest = replace(filters, label="", low=0.0, high=1.0)
        return {
            "label": label,
            "words": label_in_words(label),
            "threshold": self._desk.summary().thresholds.get(label),
            "bins": bins_json(self._desk.histogram(label, rest, bins)),
        }

    def band(self, query: Query) -> Json:
        """The undecided rows of a range of scores: how many there are, and a sample of them."""
        size = query.whole("size", 12, 1, MOST_SAMPLED)
        seed = query.whole("seed", 0, 0, _NO_END)
        filters = replace(self._filters(query), verdict="undecided")
        label = _label(filters)
        found = self._desk.find(filters, 0, self._desk.summary().rows)
        frozen = self._undecided(found.ids)
        ids = self._desk.sample(label, filters.low, filters.high, filters, size, seed)
        return {
            "total_undecided": len(frozen),
            "ids_token": self._bands.freeze(frozen),
            "sample": self._lines(ids, label, whole=True),
        }

    def changes(self, query: Query) -> Json:
        """Whether somebody else changed the queue since a revision."""
        since = query.whole("since", 0, 0, _NO_END)
        query.finished()
        self._desk.notice()
        summary = self.summary()
        revision = summary["revision"]
        return {
            "revision": revision,
            "changed": revision != since,
            "warnings": summary["warnings"],
        }

    def decide(self, content: bytes) -> Json:
        """Decide about comments; on return it is on the disk."""
        asked = decisions_of(content)
        done = self._desk.decide(
            asked.ids, asked.verdict, asked.note, asked.seen, whole_group=asked.whole_group
        )
        return self._done(done)

    def note(self, content: bytes) -> Json:
        """Write a note without a verdict."""
        body = body_of(content, ("id", "note", "seen"))
        note = note_of(body)
        if note is None:
            raise BadRequest("'note' must be there; an empty one takes the note away.")
        return self._done(self._desk.note(text_of(body, "id"), note, change_of(body, "seen")))

    def decide_band(self, content: bytes) -> Json:
        """Decide about all rows of a band that are still as they were counted."""
        name, verdict, note = band_of(content)
        seen = self._bands.frozen(name)
        return self._done(self._desk.decide(tuple(seen), verdict, note, seen))

    def undo(self, content: bytes) -> Json:
        """Take the last operation back."""
        return self._moved(content, self._desk.undo, "There is nothing to undo.")

    def redo(self, content: bytes) -> Json:
        """Do what was undone once more."""
        return self._moved(content, self._desk.redo, "There is nothing to redo.")

    def name_reviewer(self, content: bytes) -> Json:
        """Say who decides from now on."""
        self._desk.reviewer = name_of(content)
        summary = self.summary()
        return {"reviewer": summary["reviewer"], "summary": summary}

    def _filters(self, query: Query) -> Filters:
        filters = filters_of(query, self._desk.summary().labels)
        query.finished()
        return filters

    def _lines(self, ids: Iterable[str], label: str, *, whole: bool = False) -> list[Json]:
        return [summary_row_json(row, label, whole=whole) for row in self._present(ids)]

    def _present(self, ids: Iterable[str]) -> Iterator[Row]:
        """The rows that are still in the queue: a scan may drop one while the page asks."""
        for name in ids:
            with contextlib.suppress(UnknownComment):
                yield self._desk.row(name)

    def _undecided(self, ids: Sequence[str]) -> dict[str, int]:
        """The rows that are undecided now, each with its number of changes.

        A part at a time, so that a decision in another window need not wait for all of them.
        """
        changes: dict[str, int] = {}
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            standings = self._desk.standings(ids[start : start + _ROWS_AT_ONCE])
            changes |= {
                name: standing.change
                for name, standing in standings.items()
                if not standing.verdict or not verdicts_in(standing.verdict)
            }
        return changes

    def _place(self, name: str, filters: Filters) -> Json:
        place = self._desk.place(filters, name)
        if place is None:
            total = self._desk.find(filters, 0, 1).total
            return {"position": None, "total": total, "previous": None, "next": None}
        first = max(place - 1, 0)
        found = self._desk.find(filters, first, 3)
        beside = dict(enumerate(found.ids, start=first))
        return {
            "position": place,
            "total": found.total,
            "previous": beside.get(place - 1),
            "next": beside.get(place + 1),
        }

    def _moved(self, content: bytes, move: Callable[[], Done | None], nothing: str) -> Json:
        body_of(content or b"{}", ())
        done = move()
        return {"nothing": True, "sentence": nothing} if done is None else self._done(done)

    def _done(self, done: Done) -> Json:
        return {
            "operation": done.operation,
            "sentence": done.sentence,
            "count": len(done.ids),
            "rows": _standings(done.standings, MOST_CHANGED_NAMED),
            "refused_count": len(done.refused),
            "refused": self._refused(done.refused),
            "summary": self.summary(),
        }

    def _refused(self, refused: Mapping[str, Standing]) -> list[Json]:
        standings = _standings(refused, MOST_REFUSED_NAMED)
        lines = {line["id"]: line for line in self._lines((one["id"] for one in standings), "")}
        shown = ("excerpt", "author", "dir", "is_rtl")
        return [
            one | {name: line[name] for name in shown if (line := lines.get(one["id"]))}
            for one in standings
        ]


def _label(filters: Filters) -> str:
    if not filters.label:
        raise BadRequest("'label' must say which of the model's scores is meant.")
    return filters.label


def _standings(standings: Mapping[str, Standing], most: int) -> list[Json]:
    first = list(standings.items())[:most]
    return [{"id": name, **standing_json(standing)} for name, standing in first]
