"""A page without comments in its markup, rendered for the separator of plain text.

Lists are numbered and indented as renderers for web corpora do it, so that a list of comments looks
like one: two blanks, number, dot, blank, and two blanks more for each level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from moderation.markup.assembling import SeparatedHtml, article_lines
from moderation.markup.embeds import find_embeds
from moderation.markup.lines import Line, LineReader
from moderation.markup.tree import Tree
from moderation.records import Comment
from moderation.separator import PageReceipt, separate
from moderation.separator.surroundings import heading_count

DEEPEST_INDENT = 20
ENOUGH_SIGNED = 2


def separate_as_text(reader: LineReader, document_id: str) -> SeparatedHtml:
    """Look for comments in the text of a page; say so where a script would have loaded them."""
    tree = reader.tree
    lines = article_lines(reader, len(tree.tags))
    body = rendered(lines)
    text = f"{tree.title}\n\n{body}" if tree.title and body else tree.title or body
    separation = separate(text, document_id=document_id, whole_items=False)
    comments, receipt = separation.comments, separation.receipt
    if comments and not _is_plain(comments):
        comments, receipt = (), _turned_down(receipt)
    start = receipt.section_start if comments else None
    return SeparatedHtml(
        text=text,
        article=text if start is None else text[:start].rstrip(),
        comments=comments,
        receipt=_with_embeds(tree, lines, receipt),
    )


def _is_plain(comments: Sequence[Comment]) -> bool:
    """Tell whether comments are numbered, or several that say who wrote them and when.

    A page whose markup names no comment rarely has any, and what is left of its menus and boxes
    can look like one.
    """
    if any(comment.number is not None for comment in comments):
        return True
    signed = sum(c.author is not None and c.posted_at is not None for c in comments)
    return signed >= ENOUGH_SIGNED


def _turned_down(receipt: PageReceipt) -> PageReceipt:
    """Return the receipt of a page whose text has something like comments, but no more."""
    return PageReceipt(
        found=0,
        message=(
            "No comments were found: nothing is marked up as a comment, and what reads like one has"
            " neither a number nor several writers and dates."
        ),
        confidence=0.0,
        evidence=receipt.evidence,
    )


def rendered(lines: list[Line]) -> str:
    """Return lines as text, list items with their markers and indented."""
    pieces: list[str] = []
    for line in lines:
        depth = min(line.place.list_depth, DEEPEST_INDENT)
        if pieces:
            pieces.append("\n\n" if line.breaks > 1 else "\n" if line.breaks else " ")
        if line.marker:
            pieces.append(f"{'  ' * depth}{line.marker} {line.text}")
        elif line.breaks and depth:
            pieces.append(f"{'  ' * (depth + 1)}{line.text}")
        else:
            pieces.append(line.text)
    return "".join(pieces)


def _with_embeds(tree: Tree, lines: list[Line], receipt: PageReceipt) -> PageReceipt:
    """Add to a receipt that comments were to be loaded, or are spoken of, and are not there."""
    if receipt.found:
        return receipt
    services = find_embeds(tree)
    said = max((heading_count(line.text) or 0 for line in lines if len(line.text) < 80), default=0)
    warnings = list(receipt.warnings)
    message = receipt.message
    if services:
        names = " or ".join(services)
        message = (
            f"The comments of this page are loaded by a script ({names}) and are not in the file."
        )
        warnings.append(message)
    elif said:
        warnings.append(f"The page speaks of {said} comments; none stand in it.")
    if tree.tags_left_out:
        warnings.append(
            f"{tree.tags_left_out:,} tags were left out: the page is nested too deep to read."
        )
    return replace(receipt, message=message, warnings=tuple(warnings))
