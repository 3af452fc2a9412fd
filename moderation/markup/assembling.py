"""A page's text with its comments in place, and the receipt of its comment section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from moderation.markup.contents import Content
from moderation.markup.evidence import Judgement
from moderation.markup.lines import Line, LineReader, joined
from moderation.markup.page import PageText
from moderation.markup.signs import NOTHING
from moderation.markup.units import Unit
from moderation.records import Comment, CommentKind, comment_id
from moderation.separator import PageReceipt
from moderation.separator.phrases import PINGBACK_STARTS, TRACKBACK_STARTS
from moderation.separator.receipt import LeftoverKind
from moderation.separator.surroundings import heading_count, is_comment_heading, leftover_kind

LINES_ABOVE = 4
"""How many lines above the comments may tell how many there are."""

FARTHEST_CONTAINER = 8
LONGEST_PREFACE = 2_000
MOST_LINK_LETTERS = 0.6
SHORT_LINE = 80
LOW_CONFIDENCE = 0.75
SHORTEST_PROSE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedHtml:
    """A page as text, its comments, and an account of its comment section.

    ``comment.text == text[comment.start:comment.end]``. ``article`` is the title and what stands
    before the comments; it tells the page's language. The positions of the receipt are those of
    ``text``.
    """

    text: str
    article: str
    comments: tuple[Comment, ...]
    receipt: PageReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundComment:
    """A comment's element with what was read in it, and its parent's place in the same list."""

    unit: Unit
    content: Content
    parent: int | None
    level: int


def article_lines(reader: LineReader, end: int) -> list[Line]:
    """Return the lines before the comments that are neither navigation nor rows of links."""
    kept = []
    for line in reader.read(0, end):
        if line.role in ("form", "aside") or line.place.in_aside:
            continue
        if line.links > MOST_LINK_LETTERS * len(line.text) and len(line.text) < SHORT_LINE:
            continue
        kept.append(line)
    return kept


def assemble(
    reader: LineReader,
    found: Sequence[FoundComment],
    judgement: Judgement,
    document_id: str,
) -> SeparatedHtml:
    """Put a page with comments together."""
    hidden_inside = reader.hidden
    tree = reader.tree
    start, end = _container(reader, found)
    above = article_lines(reader, start)
    page = PageText()
    if tree.title:
        page.add(tree.title)
    page.add(joined(above))
    article = page.text()
    section_start = page.length
    comments: list[Comment] = []
    reached = start
    headings = [line.text for line in above[-LINES_ABOVE:]]
    copies: dict[str, int] = {}
    for item in found:
        begin = min([item.unit.start, *(first for first, _ in item.unit.before)])
        if begin >= reached:
            headings += _add_gap(page, reader.read(reached, begin), before=not comments)
        reached = max([reached, item.unit.end, *(last for _, last in item.unit.behind)])
        page.add_leftover(item.content.before, "head")
        comments.append(_comment(page, item, comments, copies, document_id))
        for lines, kind in _split_behind(item.content):
            page.add_leftover(lines, kind)
    headings += _add_gap(page, reader.read(reached, end), before=False)
    receipt = PageReceipt(
        found=len(comments),
        message=_message(comments),
        leftovers=tuple(page.leftovers),
        section_start=_first_position(page, comments, section_start),
        section_end=page.length,
        confidence=judgement.confidence,
        evidence=judgement.evidence,
        warnings=(
            *_doubts(judgement, _said(headings), len(comments), hidden_inside),
            *_unread(page, tree.tags_left_out),
        ),
    )
    return SeparatedHtml(
        text=page.text(), article=article, comments=tuple(comments), receipt=receipt
    )


def _first_position(page: PageText, comments: Sequence[Comment], after: int) -> int:
    """Return where the comment section begins in the text."""
    starts = [leftover.start for leftover in page.leftovers[:1]]
    return min([*starts, comments[0].start]) if comments else after


def _container(reader: LineReader, found: Sequence[FoundComment]) -> tuple[int, int]:
    """Return the stretch of the tree that is the comment section."""
    tree = reader.tree
    first = min(min([item.unit.start, *(s for s, _ in item.unit.before)]) for item in found)
    last = max(max([item.unit.end, *(e for _, e in item.unit.behind)]) for item in found)
    node = tree.parents[first]
    start, end = first, last
    for _ in range(FARTHEST_CONTAINER):
        if node < 0:
            break
        sign = reader.signs.get(node, NOTHING)
        if sign.role == "list" and sign.firm and tree.ends[node] >= last:
            preface = sum(len(tree.texts[place].strip()) for place in range(node, first))
            if preface > LONGEST_PREFACE:
                break
            start, end = node, tree.ends[node]
        node = tree.parents[node]
    return start, end


def _add_gap(page: PageText, lines: Sequence[Line], *, before: bool) -> list[str]:
    """Add what stands in the section beside the comments; return the lines that head it."""
    headings = []
    run: list[Line] = []
    run_kind: LeftoverKind = "between"
    for line in lines:
        kind = _gap_kind(line, run_kind if run else None)
        if is_comment_heading(line.text):
            headings.append(line.text)
            kind = "heading" if before else kind
        if run and kind != run_kind:
            page.add_leftover(run, run_kind)
            run = []
        run.append(line)
        run_kind = kind
    page.add_leftover(run, run_kind)
    return headings


def _gap_kind(line: Line, previous: LeftoverKind | None) -> LeftoverKind:
    """Say what a line of the section that belongs to no comment was taken for."""
    if line.role == "form":
        return "form"
    told = leftover_kind(line.text)
    if told is not None:
        return told
    if previous in ("terminator", "form"):
        return "form"
    return "reply_link" if line.role == "foot" else "between"


def _split_behind(content: Content) -> Iterator[tuple[list[Line], LeftoverKind]]:
    """Yield what stands behind a comment's words: the head first, then the links."""
    heads = [line for line in content.behind if line.role in ("author", "date", "head")]
    links = [line for line in content.behind if line.role in ("foot", "form", "aside")]
    others = [line for line in content.behind if line not in heads and line not in links]
    yield heads, "head"
    yield others, "between"
    yield links, "reply_link"


def _comment(
    page: PageText,
    item: FoundComment,
    earlier: Sequence[Comment],
    copies: dict[str, int],
    document_id: str,
) -> Comment:
    """Add a comment to the page and return it."""
    written, text = item.content.written, item.content.text
    start, end = page.add(text)
    name = comment_id(document_id, written.author, written.posted_at, text)
    copy = copies.get(name, 0)
    copies[name] = copy + 1
    if copy > 0:
        name = comment_id(document_id, written.author, written.posted_at, text, copy)
    return Comment(
        id=name,
        document_id=document_id,
        number=len(earlier) + 1,
        start=start,
        end=end,
        text=text,
        author=written.author,
        posted_at=written.posted_at,
        parent_id=earlier[item.parent].id if item.parent is not None else None,
        level=item.level,
        site_number=written.site_number,
        kind=_kind(item, text),
    )


def _kind(item: FoundComment, text: str) -> CommentKind:
    """Tell another site's notice from a reader's comment, by its class or its first words."""
    if item.unit.kind != "comment":
        return item.unit.kind
    heads = (line.text for line in item.content.before[:2])
    for folded in (text[:40].casefold(), *(head[:40].casefold() for head in heads)):
        if folded.startswith(TRACKBACK_STARTS):
            return "trackback"
        if folded.startswith(PINGBACK_STARTS):
            return "pingback"
    return "comment"


def _message(comments: Sequence[Comment]) -> str:
    """Say in a sentence what was found."""
    total = len(comments)
    replies = sum(comment.level > 0 for comment in comments)
    notices = sum(comment.kind != "comment" for comment in comments)
    words = ["1 comment found by its markup" if total == 1 else f"{total} comments found by markup"]
    if replies:
        words.append(f"{replies} of them {'a reply' if replies == 1 else 'replies'}")
    if notices:
        words.append(
            f"{notices} of them {'a notice' if notices == 1 else 'notices'} of other sites"
        )
    return f"{', '.join(words)}."


def _said(headings: Sequence[str]) -> int:
    """Return how many comments the page says that it has."""
    return max((heading_count(text) or 0 for text in headings), default=0)


def _doubts(judgement: Judgement, said: int, found: int, hidden: int) -> Iterator[str]:
    """Yield what a person should know before trusting the result."""
    if judgement.confidence < LOW_CONFIDENCE:
        yield "It is not certain that these are comments: see the evidence."
    if said > found:
        yield f"The page speaks of {said} comments; {found} stand in it."
    if judgement.empty:
        count = judgement.empty
        yield f"{count} comment{' holds' if count == 1 else 's hold'} no words and were left out."
    if hidden:
        yield f"{hidden:,} characters in the comments are hidden by the page and were left out."


def _unread(page: PageText, tags_left_out: int) -> Iterator[str]:
    """Yield what of the page was taken for no comment, or not read."""
    unclaimed = sum(
        leftover.end - leftover.start
        for leftover in page.leftovers
        if leftover.kind == "between" and leftover.end - leftover.start >= SHORTEST_PROSE
    )
    if unclaimed:
        yield f"{unclaimed:,} characters between the comments were taken for none of them."
    if tags_left_out:
        yield f"{tags_left_out:,} tags were left out: the page is nested too deep to read."
