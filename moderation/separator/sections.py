"""Which runs of a page are its comments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from moderation.separator.evidence import Judgement, judge, judge_thread
from moderation.separator.heads import is_furniture
from moderation.separator.lines import Line
from moderation.separator.lists import ItemList, build_lists, numbered_inside
from moderation.separator.surroundings import is_closing, is_comment_heading
from moderation.separator.threads import Thread, find_threads

NUMBERS_ADD = 1.0
"""By how much a numbered list goes before others: its items are marked beyond doubt."""

TOP_INDENT = 2
"""How far the usual renderer indents a list; a list inside it as much more."""

MOST_RUNS = 1000
"""How many runs are judged at most, half of them from the end; pages have a dozen."""

MOST_INSIDE = 50
"""How many numbered lists inside bulleted ones are judged, from the top and from the end."""

CLEAR_TITLED_SCORE = 4.0
CLEAR_SCORE = 6.0
"""From here on a list is so clearly the comments that no others are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Neighbouring lists that are judged as one, or a thread without markers, and the judgement.

    Lists that are indented deeper than ``top_indent`` hold replies.
    """

    judgement: Judgement
    lists: tuple[ItemList, ...] = ()
    top_indent: int = TOP_INDENT
    thread: Thread | None = None

    @property
    def first_line(self) -> int:
        """Return the index of the section's first line."""
        return self.lists[0].first if self.thread is None else self.thread.blocks[0][0]

    @property
    def numbered(self) -> bool:
        """Tell whether its comments carry numbers."""
        return any(item_list.numbered for item_list in self.lists)


def find_sections(text: str, lines: Sequence[Line]) -> list[Section]:
    """Return every run of lists and every thread of the page with the judgement on it."""
    lists = _resumed(build_lists(lines, partial(_breaks, text, lines)))
    runs = _neighbours(lines, lists)
    if len(runs) > MOST_RUNS:
        runs = [*runs[: MOST_RUNS // 2], *runs[-MOST_RUNS // 2 :]]
    sections = [Section(lists=tuple(run), judgement=judge(text, lines, run)) for run in runs]
    # Some pages are one large bulleted list by their layout, with the comments inside an item.
    layouts = [s.lists[0] for s in sections if not s.numbered and s.judgement.score <= 0]
    inside = [child for layout in layouts for child in numbered_inside(layout)]
    for child in [*inside[:MOST_INSIDE], *inside[MOST_INSIDE:][-MOST_INSIDE:]]:
        judgement = judge(text, lines, [child])
        sections.append(Section(judgement=judgement, lists=(child,), top_indent=child.indent))
    if not any(_is_clear(section) for section in sections):
        sections += [
            Section(thread=thread, judgement=judge_thread(text, lines, thread))
            for thread in find_threads(text, lines)
        ]
    return sections


def _is_clear(section: Section) -> bool:
    """Tell whether a list is so clearly the comments that threads need not be looked for."""
    score = section.judgement.score
    titled = section.judgement.heading is not None and section.lists[0].indent > 0
    return score >= CLEAR_SCORE or (section.numbered and titled and score >= CLEAR_TITLED_SCORE)


def choose(sections: Sequence[Section]) -> Section | None:
    """Return the run that most looks like comments, if any does.

    Where lines that name writers stand inside list items, the list is the run.
    """
    likely = [section for section in sections if section.judgement.score > 0]
    best = max(likely, key=_rank, default=None)
    if best is None or best.thread is None:
        return best
    first, last = best.thread.blocks[0][0], best.thread.blocks[-1][0]
    around = [
        section
        for section in likely
        if section.lists and section.lists[0].first <= first + 1 and section.lists[-1].last >= last
    ]
    return around[0] if around else best


def _rank(section: Section) -> float:
    """Return a section's score; numbers or many comments put it before others of the same score."""
    if section.thread is None:
        return section.judgement.score + (NUMBERS_ADD if section.numbered else 0.0)
    return section.judgement.score + min(1.0, math.log2(len(section.thread.blocks)) / 5)


def _resumed(lists: Sequence[ItemList]) -> list[ItemList]:
    """Join a list to the earlier one whose numbers it goes on with."""
    joined: list[ItemList] = []
    latest: dict[tuple[str, int], ItemList] = {}
    for item_list in lists:
        key = (item_list.style, item_list.indent)
        if joined and _lost_its_margin(joined[-1], item_list):
            item_list.items.insert(0, joined.pop().items[0])
        before = latest.get(key)
        value = item_list.items[0].value
        if (
            before is not None
            and value is not None
            and value > 1
            and before.items[-1].value == value - 1
            and item_list.step == before.step
        ):
            if item_list.indent == 0:
                # Indented lists in between were written inside the item at the margin.
                before.items[-1].last = item_list.first - 1
                while joined[-1] is not before:
                    before.items[-1].children.insert(0, joined.pop())
            before.items.extend(item_list.items)
            continue
        latest[key] = item_list
        joined.append(item_list)
    return joined


def _breaks(text: str, lines: Sequence[Line], index: int) -> bool:
    """Tell whether a line ends a list at the margin: two blank lines, a heading, a form."""
    line = lines[index]
    if line.gap >= 2:
        return True
    content = text[line.start : min(line.end, line.start + 401)]
    return is_comment_heading(content) or (is_closing(content) and not is_furniture(content))


def _lost_its_margin(before: ItemList, item_list: ItemList) -> bool:
    """Tell whether a list's first item opens the page, where stripping took its indentation."""
    value = before.items[0].value
    return (
        before.first == 0
        and before.indent == 0 < item_list.indent
        and before.style == item_list.style
        and len(before.items) == 1
        and value is not None
        and item_list.items[0].value == value + 1
    )


def _neighbours(lines: Sequence[Line], lists: Sequence[ItemList]) -> list[list[ItemList]]:
    """Group lists that follow each other with nothing in between: orphans, lists of one item."""
    runs: list[list[ItemList]] = []
    for item_list in lists:
        before = runs[-1][-1] if runs else None
        if (
            before is not None
            and item_list.first == before.last + 1
            and (before.indent > 0 or len(before.items) == 1 == len(item_list.items))
            and (item_list.indent > 0) == (before.indent > 0)
            and lines[item_list.first].gap < 2
            and (item_list.indent != before.indent or item_list.style == before.style)
        ):
            runs[-1].append(item_list)
        else:
            runs.append([item_list])
    return runs
