"""What the comments of a page have in common: where names, dates and the site's own words stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from moderation.markup.lines import AROUND, Line
from moderation.separator.dates import find_dates
from moderation.separator.heads import read_head

LONGEST_FURNITURE = 60
ENOUGH_COMMENTS = 3
NEARLY_ALL = 0.9
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Habits:
    """What was learnt from all comments of a page.

    ``furniture``, ``dates`` and ``names`` are places (``Line.slot``) of the site's own words, of
    dates and of writers' names; ``endings`` are lines, without their digits, that close many
    comments, such as 'Like or dislike: 1 0'.
    """

    furniture: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    names: frozenset[int] = frozenset()
    endings: frozenset[str] = frozenset()


def learn_habits(comments: Sequence[Sequence[Line]]) -> Habits:
    """Return what reads alike, as a date or as a name in nearly all comments of a page."""
    if len(comments) < ENOUGH_COMMENTS:
        return Habits()
    texts: dict[int, Counter[str]] = {}
    dated: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    opening: Counter[int] = Counter()
    closing: Counter[str] = Counter()
    for lines in comments:
        for slot in {line.place.slot for line in lines}:
            seen[slot] += 1
        for line in lines:
            short = len(line.text) <= LONGEST_FURNITURE
            texts.setdefault(line.place.slot, Counter())[line.text.casefold() if short else ""] += 1
            dated[line.place.slot] += short and _is_date(line.text)
        words = [line for line in lines if line.role not in AROUND]
        if len(words) > 1:
            opening[words[0].place.slot] += 1
            closing[pattern(words[-1].text)] += 1
    enough = max(ENOUGH_COMMENTS, NEARLY_ALL * len(comments))
    return Habits(
        furniture=frozenset(slot for slot, counts in texts.items() if _is_alike(counts)),
        dates=frozenset(
            slot
            for slot, counts in texts.items()
            if dated[slot] >= max(ENOUGH_COMMENTS, NEARLY_ALL * sum(counts.values()))
        ),
        names=frozenset(
            slot
            for slot, count in opening.items()
            if count >= enough and _are_names(texts[slot], seen[slot])
        ),
        endings=frozenset(
            text for text, count in closing.items() if count >= enough / 2 and len(text) <= 60
        ),
    )


def pattern(text: str) -> str:
    """Return a line with its numbers taken out."""
    return _DIGITS.sub("#", text.casefold())


def _is_alike(counts: Counter[str]) -> bool:
    """Tell whether nearly all lines of a place say the same."""
    total = sum(counts.values())
    text, most = counts.most_common(1)[0]
    return total >= ENOUGH_COMMENTS and bool(text) and most >= NEARLY_ALL * total


def _are_names(counts: Counter[str], comments: int) -> bool:
    """Tell whether a place has one short line in each comment that is no sentence."""
    total = sum(counts.values())
    if total != comments or counts[""] > 0.02 * total:
        return False
    if sum(n for text, n in counts.items() if any(map(str.isalpha, text))) < NEARLY_ALL * total:
        return False
    sentences = sum(n for text, n in counts.items() if text.endswith((".", "!", "?")))
    words = sum(n * len(text.split()) for text, n in counts.items())
    return sentences <= 0.1 * total and words <= 4 * total


def _is_date(text: str) -> bool:
    """Tell whether a line is a date and nothing else."""
    head = read_head(text) if find_dates(text) else None
    return head is not None and head.kind == "date"
