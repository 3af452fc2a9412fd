"""A comment as the queue shows it, with the places of its marks moved along.

The scores file has the comment as its page does, indented by a list; `shown_text` takes that away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from moderation.review_page.segments import Marks
from moderation.review_queue.rows import shown_text


def unindented(text: str, marks: Marks) -> tuple[str, Marks]:
    """Take the page's indentation out of a text; marks then point into what is left.

    A mark of nothing but what was taken away becomes empty, and is shown nowhere.
    """
    shown = shown_text(text)
    if shown == text:
        return text, marks
    kept = _kept_lines(text, shown)
    return shown, Marks(
        terms=_moved(marks.terms, kept), passages=_moved(marks.passages, kept), masked=marks.masked
    )


def _kept_lines(text: str, shown: str) -> list[tuple[int, int, int]]:
    """For each line what is left of it: its first place before, its first place now, its length."""
    before, now = len(text) - len(text.lstrip()), 0
    kept: list[tuple[int, int, int]] = []
    for old, new in zip(text.strip().split("\n"), shown.split("\n"), strict=True):
        indent = len(old.rstrip(" ")) - len(new) if new else 0
        kept.append((before + max(indent, 0), now, len(new) + 1))
        before += len(old) + 1
        now += len(new) + 1
    return kept


def _moved(
    spans: Mapping[int, tuple[int, int]], kept: list[tuple[int, int, int]]
) -> dict[int, tuple[int, int]]:
    starts = [line[0] for line in kept]

    def moved(place: int) -> int:
        old, new, length = kept[max(bisect_right(starts, place) - 1, 0)]
        return new + min(max(place - old, 0), length)

    return {number: (moved(start), moved(end)) for number, (start, end) in spans.items()}
