"""How much a run of items looks like comments: named signs, their weights, and the sum.

Each sign is a sentence for people and a number for the sum; nothing is hidden in a rule that
cannot be read in the receipt.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moderation.separator.heads import is_furniture, read_writer
from moderation.separator.lines import Line
from moderation.separator.lists import Item, ItemList
from moderation.separator.phrases import PERSON_WORDS, every
from moderation.separator.surroundings import (
    awaits_first,
    heading_count,
    heads_comments,
    is_closing,
    is_comment_heading,
    is_related,
    says_none,
)
from moderation.separator.threads import Thread

MOST_ITEMS_LOOKED_AT = 20
FEWEST_ITEMS_LOOKED_AT = 5
LINES_ABOVE = 12
LINES_BELOW = 4
LONG_PARAGRAPH = 200
LONGEST_NAME_LINE = 60
MOST_COUNTS = 4
QUOTES = frozenset('"“”„«»‘‚「『')
SENTENCE_ENDS = frozenset(".!?…。！？؟।,;")
_PERSONS = every(PERSON_WORDS)


class Sign(NamedTuple):
    """One reason for or against, in words, and its weight."""

    words: str
    weight: float


PRIOR = Sign("", -2.5)
"""Most lists of a page are not comments; this goes without saying in the receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The signs for and against a run of items being comments."""

    signs: tuple[Sign, ...]
    heading: int | None

    @property
    def score(self) -> float:
        """Return the sum of the weights; above zero it is taken for comments."""
        return sum(sign.weight for sign in self.signs)

    @property
    def confidence(self) -> float:
        """Return the score as a number from 0 to 1."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.score))))


def find_heading(text: str, lines: Sequence[Line], first: int) -> int | None:
    """Return the index of the comment heading a few lines above an item, if there is one."""
    for index in range(first - 1, max(-1, first - 1 - LINES_ABOVE), -1):
        if heads_comments(text, lines[index]):
            return index
    return None


def find_closing(text: str, lines: Sequence[Line], last: int) -> int | None:
    """Return the index of the line shortly after an item that closes a comment section."""
    for index in range(last + 1, min(len(lines), last + 1 + LINES_BELOW)):
        line = text[lines[index].start : min(lines[index].end, lines[index].start + 401)]
        if is_closing(line) and not is_related(line):
            return index
    return None


def judge(text: str, lines: Sequence[Line], lists: Sequence[ItemList]) -> Judgement:
    """Weigh the signs for a run of neighbouring lists."""
    items = [item for item_list in lists for item in item_list.items]
    numbered = lists[0].numbered
    heading = find_heading(text, lines, items[0].first)
    closing = find_closing(text, lines, items[-1].last)
    framed = heading is not None or closing is not None
    sample = _sample(items, MOST_ITEMS_LOOKED_AT if framed or numbered else FEWEST_ITEMS_LOOKED_AT)
    signs = [PRIOR]
    signs += _place_signs(text, lines, items, heading, closing)
    signs += _list_signs(lines, lists, items, framed=framed)
    signs += _content_signs(text, lines, sample, framed=framed, numbered=numbered)
    return Judgement(signs=tuple(signs), heading=heading)


def judge_thread(text: str, lines: Sequence[Line], thread: Thread) -> Judgement:
    """Weigh the signs for a run of comments without markers."""
    signs = [PRIOR]
    count = len(thread.blocks)
    if thread.heading is not None:
        line = lines[thread.heading]
        signs.append(Sign(f"the heading “{text[line.start : line.end][:60]}” stands above it", 3.0))
    else:
        firmly = thread.signature == "says"
        signs.append(Sign("no heading speaks of comments", -2.0 if firmly else -3.0))
        quoted = sum(
            text[lines[min(first + 1, last)].start] in QUOTES for first, last in thread.blocks
        )
        if quoted * 2 >= count:
            signs.append(Sign("quotation marks open its texts, as where an article quotes", -3.0))
    if thread.closing is not None:
        line = lines[thread.closing]
        signs.append(Sign(f"“{text[line.start : line.end][:60]}” follows it", 2.0))
    if thread.signature == "says":
        signs.append(Sign(f"{count} lines such as “Name says:” stand in it", 2.0 + (count > 1)))
    elif thread.signature in ("byline", "name_date"):
        signs.append(Sign(f"{count} lines with a writer or a date stand in it", 1.0 + (count > 1)))
    elif thread.signature == "date":
        signs.append(Sign(f"{count} lines with a date stand in it", 0.0 + (count > 1)))
        if thread.closing is None:
            signs.append(Sign("dates alone may stand in any list", -2.0))
    else:
        signs.append(Sign("the heading counts one comment and one text stands below it", -1.0))
    if count == 1 and thread.closing is None:
        signs.append(Sign("it is a single text and nothing shows where it ends", -2.0))
    if thread.counts_on_page >= MOST_COUNTS:
        signs.append(
            Sign("many lines of the page count comments, as where articles are listed", -2.5)
        )
    personal = sum(
        _speaks(text[lines[first].start : min(lines[last].end, lines[first].start + 600)])
        for first, last in thread.blocks[:MOST_ITEMS_LOOKED_AT]
    ) / min(count, MOST_ITEMS_LOOKED_AT)
    if personal >= 0.5:
        signs.append(Sign("people speak for themselves or to each other in it", 0.5))
    return Judgement(signs=tuple(signs), heading=thread.heading)


def _sample(items: Sequence[Item], most: int) -> Sequence[Item]:
    """Return items from the whole of a long run, few enough to be read closely."""
    step = max(1, len(items) // most)
    return items[::step]


def _place_signs(
    text: str,
    lines: Sequence[Line],
    items: Sequence[Item],
    heading: int | None,
    closing: int | None,
) -> list[Sign]:
    """Return what stands above and below the run."""
    signs = []
    first, last = items[0].first, items[-1].last
    if heading is not None:
        shown = text[lines[heading].start : lines[heading].end][:60]
        signs.append(Sign(f"the heading “{shown}” stands above it", _nearness(first - heading)))
        if items[0].value is not None and heading_count(shown) == len(items) > 1:
            signs.append(Sign(f"the heading counts {len(items)}, and so many there are", 2.0))
    elif first > 0 and text[lines[first - 1].end - 1] in ":：":
        signs.append(
            Sign("the line above it ends in a colon, as before a list in an article", -2.0)
        )
    if lines[first].gap >= 2:
        signs.append(Sign("two blank lines or more set it apart from the article", 2.0))
    if heading is None and any(
        is_comment_heading(text[line.start : min(line.end, line.start + 200)])
        for line in lines[last + 1 : last + 1 + LINES_BELOW]
    ):
        signs.append(Sign("a comment heading follows it", -2.5))
    if closing is not None and any(
        awaits_first(text[line.start : line.end])
        for line in lines[last + 1 : closing + 1 + LINES_BELOW]
    ):
        signs.append(Sign("a line below it says that nobody has commented yet", -3.0))
    if closing is not None:
        shown = text[lines[closing].start : lines[closing].end][:60]
        signs.append(Sign(f"“{shown}” follows it", 2.0))
    elif any(
        line.end - line.start > LONG_PARAGRAPH and line.marker is None
        for line in lines[last + 1 : last + 3]
    ):
        signs.append(Sign("ordinary paragraphs follow it", -2.0))
    return signs


def _nearness(distance: int) -> float:
    """Return the weight of a heading so many lines above a run."""
    return 4.0 if distance <= 2 else 3.0 if distance <= 6 else 2.0


def _list_signs(
    lines: Sequence[Line], lists: Sequence[ItemList], items: Sequence[Item], *, framed: bool
) -> list[Sign]:
    """Return what the markers, numbers and blank lines tell."""
    signs = []
    if not lists[0].numbered:
        signs.append(Sign("its items are bulleted, not numbered", -2.5))
    if lists[0].style == "[1]":
        signs.append(Sign("its items are marked like footnotes", -1.5))
    if lists[0].indent == 0:
        signs.append(Sign("its items stand at the margin", -1.5))
    if lists[0].step < 0:
        signs.append(Sign("its numbers count down", -2.0))
    elif (items[0].value or 1) > 1:
        signs.append(Sign("its numbers do not begin with 1", -0.5))
    if len(items) == 1 and lists[0].indent == 0 and not framed:
        signs.append(Sign("it is a single item at the margin", -3.0))
    if len(items) > 1:
        apart = sum(lines[item.first].gap > 0 for item in items[1:]) / (len(items) - 1)
        if apart == 1.0:
            signs.append(Sign("a blank line stands between all items", 1.0))
        elif apart < 0.5:
            signs.append(Sign("most items follow each other without a blank line", -1.5))
    return signs


def _content_signs(
    text: str, lines: Sequence[Line], sample: Sequence[Item], *, framed: bool, numbered: bool
) -> list[Sign]:
    """Return what the items themselves say."""
    signs = []
    count = len(sample)
    sureness = 1.0 if count > 1 else 0.6
    heads = sum(has_head(text, lines, item) for item in sample) / count
    if heads:
        signs.append(
            Sign(
                f"{heads:.0%} of the items begin or end with a writer or a date",
                5 * heads * sureness,
            )
        )
    if count == 1 and says_none(
        text[lines[sample[0].first].start : lines[sample[0].last].end][3:90]
    ):
        signs.append(Sign("it says that there are no comments", -6.0))
    named = sum(opens_with_short_line(text, lines, item) for item in sample) / count
    if count > 1 and heads < 0.5 and named >= 0.8 and framed and lines[sample[0].first].indent > 0:
        signs.append(Sign("its items open with a short line of their own, such as a name", 2.5))
    links = sum(has_reply_link(text, lines, item) for item in sample) / count
    if links:
        signs.append(
            Sign(f"{links:.0%} of the items carry a link such as “Reply”", 4 * links * sureness)
        )
    if not numbered and not framed:
        signs.append(Sign("neither heading nor form of a comment section frames it", -2.0))
    if not numbered and not heads and not links and named < 0.8:
        signs.append(Sign("nobody is named in it", -2.0))
    lengths = [lines[item.last].end - lines[item.first].start for item in sample]
    sentences = sum(text[lines[item.last].end - 1] in SENTENCE_ENDS for item in sample) / count
    if not heads and not links and statistics.median(lengths) < 60 and sentences < 0.5 < count - 1:
        signs.append(Sign("its items are as short as links or entries", -2.0))
    personal = sum(is_personal(text, lines, item) for item in sample) / count
    if personal >= 0.5:
        signs.append(Sign("people speak for themselves or to each other in it", 1.0))
    elif personal < 0.15 and count >= 3:
        signs.append(Sign("nobody speaks for themselves in it", -1.0))
    return signs


def has_head(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether a writer or a date stands at an item's beginning or end."""
    stop = min(item.last, item.first + 3)
    for index in range(item.first, stop + 1):
        line = lines[index]
        start = line.marker.text_start if index == item.first and line.marker else line.start
        content = text[start : min(line.end, start + 200)]
        if read_writer(content, opens_item=index == item.first) is not None:
            return True
    if item.last <= stop:
        return False
    last = lines[item.last]
    return read_writer(text[last.start : min(last.end, last.start + 200)]) is not None


def opens_with_short_line(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether an item opens with a short line that a blank line sets apart."""
    if item.last == item.first or lines[item.first + 1].marker is not None:
        return False
    line = lines[item.first]
    content = text[line.marker.text_start if line.marker is not None else line.start : line.end]
    if len(content) > LONGEST_NAME_LINE or lines[item.first + 1].gap == 0:
        return False
    return content[-1:] not in SENTENCE_ENDS or (content.endswith(".") and content.count(" ") < 3)


def has_reply_link(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether a line of an item is only a link such as 'Reply'."""
    first_child = item.children[0].first if item.children else item.last + 1
    for index in range(max(item.first + 1, first_child - 3), first_child):
        line = lines[index]
        if is_furniture(text[line.start : min(line.end, line.start + 200)]):
            return True
    return False


def is_personal(text: str, lines: Sequence[Line], item: Item) -> bool:
    """Tell whether an item's opening speaks in the first or second person."""
    start = lines[item.first].start
    return _speaks(text[start : min(lines[item.last].end, start + 600)])


def _speaks(opening: str) -> bool:
    """Tell whether a text has a word of the first or second person."""
    words = opening.casefold().split()
    if not _PERSONS.isdisjoint(words):
        return True  # Most comments say 'I' or 'you' with no mark beside it.
    return not _PERSONS.isdisjoint([word.strip(".,!?:;()।") for word in words])
