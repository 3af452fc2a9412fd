"""The receipt of a page: what was found, what is missing, and what the rest was taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from moderation.records import Comment
from moderation.separator.evidence import Judgement
from moderation.separator.heads import is_furniture, read_head
from moderation.separator.items import Piece
from moderation.separator.lines import Line
from moderation.separator.receipt import Leftover, LeftoverKind, PageReceipt
from moderation.separator.sections import Section
from moderation.separator.surroundings import heading_count, leftover_kind

SHORTEST_PROSE = 60
"""Characters; a shorter line between comments is a name or a link."""

MOST_NUMBERS = 1000
LONGEST_DETAIL = 80
LOW_CONFIDENCE = 0.75


def account_for(
    text: str,
    lines: Sequence[Line],
    section: Section,
    pieces: Sequence[Piece],
    comments: Sequence[Comment],
) -> PageReceipt:
    """Return the receipt of a page with comments."""
    numbers = [piece.number for piece in pieces if piece.level == 0 and piece.number is not None]
    heading = section.judgement.heading
    first_line = heading if heading is not None else section.first_line
    section_start = min(lines[first_line].start, comments[0].start)
    missing, doubled = _number_gaps(numbers)
    leftovers = tuple(_leftovers(text, lines, first_line, comments))
    warnings = [
        *_warnings(text, lines, section, numbers, len(comments)),
        *_unclaimed(leftovers),
        *_goes_on(lines, comments[-1].end, numbers),
    ]
    return PageReceipt(
        found=len(comments),
        message=_found_message(len(comments), numbers),
        missing_numbers=missing,
        doubled_numbers=doubled,
        leftovers=leftovers,
        section_start=section_start,
        section_end=max(piece.end for piece in pieces),
        confidence=round(section.judgement.confidence, 3),
        evidence=_evidence(section.judgement),
        warnings=tuple(warnings),
    )


def account_for_none(text: str, lines: Sequence[Line], sections: Sequence[Section]) -> PageReceipt:
    """Return the receipt of a page in which no comments were found."""
    nearest = max(sections, key=lambda section: section.judgement.score, default=None)
    if not lines:
        message = "No comment section was found: the page is empty."
    elif nearest is None:
        message = "No comment section was found: nothing in the page is laid out like comments."
    else:
        message = _turned_down(text, lines, sections, nearest)
    return PageReceipt(
        found=0,
        message=message,
        confidence=round(nearest.judgement.confidence, 3) if nearest is not None else 0.0,
        evidence=_evidence(nearest.judgement) if nearest is not None else (),
    )


def _turned_down(
    text: str, lines: Sequence[Line], sections: Sequence[Section], nearest: Section
) -> str:
    """Say in a sentence what came nearest to a comment section."""
    numbered = [section for section in sections if section.numbered]
    line = lines[nearest.first_line]
    shown = text[line.start : min(line.end, line.start + 40)]
    if len(numbered) == 1:
        return (
            "No comment section was found: the only numbered list stands in the article"
            f" and begins “{shown}”."
        )
    if numbered:
        return (
            f"No comment section was found: none of the {len(numbered)} numbered lists looks like"
            f" comments; the nearest begins “{shown}”."
        )
    return f"No comment section was found: the nearest thing to one begins “{shown}”."


def _found_message(found: int, numbers: Sequence[int]) -> str:
    """Say in a sentence what was found."""
    what = "1 comment found" if found == 1 else f"{found} comments found"
    if not numbers:
        return f"{what}, without numbers."
    if min(numbers) == max(numbers):
        return f"{what}, numbered {numbers[0]}."
    return f"{what}, numbered {numbers[0]} to {numbers[-1]}."


def _number_gaps(numbers: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers that a list leaves out and those that it gives more than once."""
    if not numbers:
        return (), ()
    counts = Counter(numbers)
    missing: list[int] = []
    for number in range(min(numbers), max(numbers)):
        if number not in counts:
            missing.append(number)
            if len(missing) == MOST_NUMBERS:
                break
    doubled = sorted(number for number, count in counts.items() if count > 1)
    return tuple(missing), tuple(doubled[:MOST_NUMBERS])


def _evidence(judgement: Judgement) -> tuple[str, ...]:
    """Return the signs in words, those in favour first."""
    signs = [sign for sign in judgement.signs if sign.words]
    favour = [sign.words for sign in signs if sign.weight > 0]
    against = [f"against it: {sign.words}" for sign in signs if sign.weight < 0]
    return (*favour, *against)


def _warnings(
    text: str, lines: Sequence[Line], section: Section, numbers: Sequence[int], found: int
) -> Iterator[str]:
    """Yield what a person should know before trusting the result."""
    if section.judgement.confidence < LOW_CONFIDENCE:
        yield "It is not certain that this is a comment section: see the evidence."
    if numbers and numbers[0] > 1 and numbers[-1] > numbers[0]:
        yield f"The numbers begin with {numbers[0]}: earlier comments {_where(lines, numbers[0])}."
    if section.judgement.heading is not None:
        line = lines[section.judgement.heading]
        count = heading_count(text[line.start : line.end])
        if count is not None and count != found:
            yield f"The heading speaks of {count} comments; {found} were found."


def _where(lines: Sequence[Line], first: int) -> str:
    """Say where the comments before the first number are: not here, or above in the same list."""
    is_above = any(line.marker is not None and line.marker.value == first - 1 for line in lines)
    return "were not recognised as such" if is_above else "are not on this page"


def _goes_on(lines: Sequence[Line], end: int, numbers: Sequence[int]) -> Iterator[str]:
    """Yield a warning where the list's next number stands behind the last comment."""
    following = numbers[-1] + 1 if numbers else None
    behind = (line.marker for line in lines if line.start >= end and line.marker is not None)
    if len(numbers) > 1 and any(marker.value == following for marker in behind):
        yield (
            f"The numbering goes on with {following} after the last comment; what follows there was"
            " not taken for comments."
        )


def _unclaimed(leftovers: Sequence[Leftover]) -> Iterator[str]:
    """Yield a warning where prose between comments is in none of them: it may be one's text."""
    unclaimed = sum(
        leftover.end - leftover.start
        for leftover in leftovers
        if leftover.kind == "between" and leftover.end - leftover.start >= SHORTEST_PROSE
    )
    if unclaimed:
        yield f"{unclaimed:,} characters between the comments were taken for none of them."


def _leftovers(
    text: str, lines: Sequence[Line], first_line: int, comments: Sequence[Comment]
) -> Iterator[Leftover]:
    """Yield what stands in no comment, from the section's first line to the end of the page."""
    open_start = open_end = open_place = -1
    open_kind: LeftoverKind | None = None
    for start, end, place in _uncovered(lines, first_line, comments):
        after_comments = place == len(comments)
        kind = _kind(text[start : min(end, start + 401)], after_comments, open_kind)
        if kind == open_kind and place == open_place:
            open_end = end
            continue
        if open_kind is not None:
            yield _leftover(text, open_start, open_end, open_kind)
        open_start, open_end, open_kind, open_place = start, end, kind, place
    if open_kind is not None:
        yield _leftover(text, open_start, open_end, open_kind)


def _uncovered(
    lines: Sequence[Line], first_line: int, comments: Sequence[Comment]
) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches of lines that no comment covers, without list markers.

    With each comes the number of comments that stand before it.
    """
    place = 0
    for line in lines[first_line:]:
        start = line.start if line.marker is None else line.marker.text_start
        while start < line.end:
            while place < len(comments) and comments[place].end <= start:
                place += 1
            if place == len(comments) or comments[place].start >= line.end:
                yield start, line.end, place
                break
            if comments[place].start > start:
                yield start, comments[place].start, place
            start = comments[place].end


def _kind(text: str, after_comments: bool, before: LeftoverKind | None) -> LeftoverKind:
    """Say what a stretch of text was taken for, given what stands before it."""
    stripped = text.strip()
    told = leftover_kind(stripped)
    if told is not None:
        return told
    if before in (None, "reply_link", "head") and is_furniture(stripped):
        return "reply_link"
    if not after_comments:
        head = read_head(stripped)
        links: LeftoverKind = "head" if head is not None else "between"
        return "reply_link" if head is not None and head.kind == "furniture" else links
    follows: dict[LeftoverKind | None, LeftoverKind] = {
        "terminator": "form",
        "form": "form",
        "related": "related",
        "trackbacks": "trackbacks",
    }
    return follows.get(before, "footer")


def _leftover(text: str, start: int, end: int, kind: LeftoverKind) -> Leftover:
    """Return a leftover with the beginning of its text, the white space around it left out."""
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    stretch = stretch.strip()
    detail = " ".join(stretch[: 2 * LONGEST_DETAIL].split())[:LONGEST_DETAIL]
    return Leftover(start=start, end=start + len(stretch), kind=kind, detail=detail)
