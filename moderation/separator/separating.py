"""The whole way from a page's text to its comments and receipt."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.memory import without_collection
from moderation.records import Comment, comment_id
from moderation.separator.accounting import account_for, account_for_none
from moderation.separator.items import Piece, cut_lists, cut_thread
from moderation.separator.lines import Line, split_lines
from moderation.separator.receipt import Separation
from moderation.separator.sections import Section, choose, find_sections


def separate(text: str, *, document_id: str = "page", whole_items: bool = True) -> Separation:
    """Find the reader comments in a page's text and account for what follows them.

    An item of a numbered list is a comment as the page shows it: with the line that names its
    writer, which is also read into ``author`` and ``posted_at``, and with its 'Reply' link. With
    ``whole_items=False`` it is only what its writer wrote, as far as heads and links are
    recognised, and they become leftovers; comments without numbers are always cut so. A comment
    has the same id either way.
    """
    # On a very large page, looking through its many small values again and again takes a quarter
    # of the time.
    with without_collection():
        return _separate(text, document_id, whole_items)


def _separate(text: str, document_id: str, whole_items: bool) -> Separation:
    """Split the page, choose the section that holds the comments, cut it and account for it."""
    lines = split_lines(text)
    sections = find_sections(text, lines)
    chosen = choose(sections)
    pieces = _cut(text, lines, chosen) if chosen is not None else []
    if chosen is None or not pieces:
        return Separation(comments=(), receipt=account_for_none(text, lines, sections))
    comments = _comments(text, pieces, document_id, whole_items and chosen.numbered)
    return Separation(comments=comments, receipt=account_for(text, lines, chosen, pieces, comments))


def _cut(text: str, lines: Sequence[Line], section: Section) -> list[Piece]:
    """Cut the chosen section into its comments."""
    if section.thread is not None:
        return cut_thread(text, lines, section.thread)
    return cut_lists(text, lines, section.lists, section.top_indent)


def _comments(
    text: str, pieces: Sequence[Piece], document_id: str, whole_items: bool
) -> tuple[Comment, ...]:
    """Give each piece its id and its parent's id."""
    copies: dict[str, int] = {}
    comments: list[Comment] = []
    for piece in pieces:
        body = text[piece.body_start : piece.body_end]
        start, end = (
            (piece.start, piece.end) if whole_items else (piece.body_start, piece.signed_end)
        )
        name = comment_id(document_id, piece.author, piece.posted_at, body)
        copy = copies.get(name, 0)
        copies[name] = copy + 1
        if copy > 0:
            name = comment_id(document_id, piece.author, piece.posted_at, body, copy)
        comments.append(
            Comment(
                id=name,
                document_id=document_id,
                number=piece.number,
                start=start,
                end=end,
                text=text[start:end],
                author=piece.author,
                posted_at=piece.posted_at,
                parent_id=comments[piece.parent].id if piece.parent is not None else None,
                level=piece.level,
                site_number=piece.site_number,
                kind=piece.kind,
            )
        )
    return tuple(comments)
