"""Blogger's export, an Atom feed of posts and comments; that of Google's Takeout too.

The older one tells kinds by a category and a comment's post by a reference; the newer one has
elements of its own for both. Feeds of other makers are read where they follow RFC 4685, in which an
entry that is a reply says to what.
"""

from __future__ import annotations

from collections.abc import Iterator

from moderation.exports.plain import plain_text
from moderation.exports.records import Event, ExportedComment, Post, State
from moderation.exports.xml_records import Element, records
from moderation.tables.rows import Notes

_STATES: dict[str, State] = {
    "ghosted": "hidden",
    "deleted": "deleted",
    "spam": "spam",
    "spam_comment": "spam",
    "emptied": "deleted",
    "pending": "waiting for approval",
    "moderated": "waiting for approval",
}


def blogger_events(blocks: Iterator[str], notes: Notes) -> Iterator[Event]:
    """Read posts and comments in the order of the file."""
    for element, _ in records(blocks, frozenset({"entry"}), notes):
        kind = _kind(element)
        if kind == "comment":
            yield _comment(element)
        elif kind in {"post", "page"}:
            yield Post(
                id=element.text_of("id"),
                title=element.text_of("title"),
                link=_link(element) or element.text_of("blogger:filename"),
                text=plain_text(element.text_of("content", "summary")),
            )


def _kind(element: Element) -> str:
    for child in element.children:
        term = child.attributes.get("term", "")
        if child.name == "category" and "/kind#" in term:
            return term.rpartition("#")[2]
    own = element.text_of("blogger:type").lower()
    return own or ("comment" if element.child("thr:in-reply-to") is not None else "post")


def _link(element: Element) -> str:
    return next(
        (
            child.attributes.get("href", "")
            for child in element.children
            if child.name == "link" and child.attributes.get("rel", "alternate") == "alternate"
        ),
        "",
    )


def _comment(element: Element) -> ExportedComment:
    author = element.child("author")
    reply = element.child("thr:in-reply-to")
    post = reply.attributes.get("ref", "") if reply is not None else ""
    return ExportedComment(
        post_id=post or element.text_of("blogger:parent"),
        own_id=element.text_of("id"),
        parent_id=_parent(element),
        author=author.text_of("name") if author is not None else "",
        posted_at=element.text_of("published"),
        text=plain_text(element.text_of("content", "summary", "title")),
        state=_STATES.get(element.text_of("blogger:status").lower(), "approved"),
        line=element.line,
    )


def _parent(element: Element) -> str:
    """Find what a comment replies to: an element of its own, or a link that is called related."""
    own = element.text_of("blogger:inReplyTo")
    if own:
        return own
    related = next(
        (
            child.attributes.get("href", "")
            for child in element.children
            if child.name == "link" and child.attributes.get("rel") == "related"
        ),
        "",
    )
    number = related.rpartition("/")[2]
    blog = element.text_of("id").rpartition(".post-")[0]
    return f"{blog}.post-{number}" if number and blog else ""
